// The console starts here: who is signed in, then the shell, the sign-in form or the first password.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { session } from "./api/client";
import { resume } from "./api/session";
import { LiveRegion } from "./components/live-region";
import { Failed } from "./components/states";
import { Toasts } from "./components/toast";
import { onKey } from "./lib/keys";
import { startRouter } from "./lib/router";
import { useStore } from "./lib/store";
import { Shell, preload } from "./shell/shell";
import { FirstPassword } from "./sign-in/change-password";
import { SignIn } from "./sign-in/sign-in";

function App() {
  const now = useStore(session);
  const [error, setError] = useState<unknown>(null);
  const start = () => {
    setError(null);
    resume().catch(setError);
  };
  useEffect(start, []);
  return (
    <>
      {error ? (
        <main class="door">
          <Failed error={error} onRetry={start} />
        </main>
      ) : now === undefined ? null : now === null ? (
        <SignIn />
      ) : now.must_change_password ? (
        <FirstPassword />
      ) : (
        <Shell />
      )}
      <Toasts />
      <LiveRegion />
    </>
  );
}

startRouter();
preload(location.pathname);
addEventListener("keydown", onKey);
render(<App />, document.getElementById("app")!);
