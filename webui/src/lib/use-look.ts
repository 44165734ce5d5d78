// The look in a component, following changes made elsewhere on the page.
import { useEffect, useState } from "preact/hooks";
import { CHANGED, readLook, type Look } from "./look";

export function useLook(): Look {
  const [look, setLook] = useState(readLook);
  useEffect(() => {
    const change = () => setLook(readLook());
    addEventListener(CHANGED, change);
    return () => removeEventListener(CHANGED, change);
  }, []);
  return look;
}
