// A part whose code is fetched when it is first shown: its skeleton until then, and a way on when it can't be fetched.
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Skeleton } from "./states";

export function lazy<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  waiting: (props: P) => JSX.Element = () => <Skeleton kind="table" rows={6} />,
): (props: P) => JSX.Element {
  let fetched: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, redraw] = useState(0);
    const [error, setError] = useState<unknown>(null);
    useEffect(() => {
      if (fetched) return;
      let here = true;
      load().then(
        module => {
          fetched = module.default;
          if (here) redraw(n => n + 1);
        },
        (reason: unknown) => here && setError(reason),
      );
      return () => {
        here = false;
      };
    }, []);
    const Part = fetched;
    if (Part) return <Part {...props} />;
    return error ? <Failed error={error} onRetry={() => location.reload()} /> : waiting(props);
  };
}
