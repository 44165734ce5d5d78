// The sign-in form. It takes the place of whatever page the address names, so that after it work goes on there.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, ended } from "../api/client";
import { signIn } from "../api/session";
import { Button } from "../components/button";
import { Field, TextInput } from "../components/field";
import { Icon } from "../components/icon";
import { errorText } from "../components/states";
import { useStore } from "../lib/store";
import { Logo } from "../shell/nav";
import { common } from "../text/common";
import { PasswordInput } from "./password-input";
import { signInText as t } from "./text";

export function SignIn() {
  const wasEnded = useStore(ended);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [wait_s, setWait] = useState(0);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    document.title = `${t("title")} - ${common("product")}`;
    form.current?.querySelector("input")?.focus();
  }, []);
  useEffect(() => {
    if (wait_s <= 0) return;
    const timer = setTimeout(() => setWait(s => s - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait_s]);

  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || !password || wait_s > 0 || busy) return;
    setBusy(true);
    setFault(null);
    try {
      await signIn(name.trim(), password);
    } catch (error) {
      setBusy(false);
      if (error instanceof ApiError && error.status === 429) setWait(Math.max(1, Math.ceil(error.retry_s ?? 1)));
      else if (error instanceof ApiError && error.status === 401) {
        setFault(t("wrong"));
        setPassword("");
        setTried(false);
        form.current?.querySelector<HTMLInputElement>("[autocomplete=current-password]")?.focus();
      } else setFault(errorText(error));
    }
  };
  return (
    <main class="door" id="main">
      <form ref={form} class="door-card" onSubmit={submit} noValidate>
        <div class="door-brand">
          <Logo />
          <span>
            <b>{common("product")}</b>
            <small>{t("purpose")}</small>
          </span>
        </div>
        <h1>{t("title")}</h1>
        {wasEnded && !fault && wait_s <= 0 && (
          <div class="notice info">
            <Icon name="info" size={18} />
            <p>{t("ended")}</p>
          </div>
        )}
        {wait_s > 0 ? (
          <div class="notice warn" role="alert">
            <Icon name="quota" size={18} />
            <p>{t("throttled", { count: wait_s })}</p>
          </div>
        ) : (
          fault && (
            <div class="notice bad" role="alert">
              <Icon name="warn" size={18} />
              <p>{fault}</p>
            </div>
          )
        )}
        <Field label={t("name")} error={tried && !name.trim() ? t("missing_name") : null}>
          {(id, describedby) => (
            <TextInput
              id={id}
              name="username"
              autocomplete="username"
              value={name}
              onInput={setName}
              aria-describedby={describedby}
              required
            />
          )}
        </Field>
        <Field label={t("password")} error={tried && !password ? t("missing_password") : null}>
          {(id, describedby) => (
            <PasswordInput
              id={id}
              value={password}
              onInput={setPassword}
              autocomplete="current-password"
              describedby={describedby}
            />
          )}
        </Field>
        <Button type="submit" kind="primary" busy={busy} disabled={wait_s > 0}>
          {t("submit")}
        </Button>
      </form>
      <p class="door-note">{t("first")}</p>
    </main>
  );
}
