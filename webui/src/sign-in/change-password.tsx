// A new password: at the first sign-in in the page's place, later as a sheet.
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { changePassword, signOut } from "../api/session";
import { Button } from "../components/button";
import { Field } from "../components/field";
import { Icon } from "../components/icon";
import { Sheet } from "../components/sheet";
import { errorText } from "../components/states";
import { toast } from "../components/toast";
import { PASSWORD_LEAST } from "../lib/password";
import { Logo } from "../shell/nav";
import { common } from "../text/common";
import { PasswordInput } from "./password-input";
import { signInText as t } from "./text";

function useChange(done: () => void) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<{ current?: string; next?: string; other?: string }>({});
  const short = PASSWORD_LEAST - [...next].length;
  const wrong = {
    current: fault.current ?? null,
    next:
      fault.next ??
      (tried && short > 0 ? t("too_short", { count: short }) : null) ??
      (tried && next === current ? t("same") : null),
    again: tried && next !== again ? t("not_again") : null,
  };
  const submit = async () => {
    setTried(true);
    setFault({});
    if (short > 0 || next === current || next !== again || busy) return;
    setBusy(true);
    try {
      await changePassword(current, next);
      toast({ text: t("changed") });
      done();
    } catch (error) {
      setBusy(false);
      if (error instanceof ApiError && error.status === 403) setFault({ current: t("wrong_current") });
      else if (error instanceof ApiError && error.status === 422) setFault({ next: errorText(error) });
      else setFault({ other: errorText(error) });
    }
  };
  const fields = (
    <>
      {fault.other && (
        <div class="notice bad" role="alert">
          <Icon name="warn" size={18} />
          <p>{fault.other}</p>
        </div>
      )}
      <Field label={t("current")} error={wrong.current}>
        {(id, by) => (
          <PasswordInput
            id={id}
            value={current}
            onInput={setCurrent}
            autocomplete="current-password"
            describedby={by}
            autofocus
          />
        )}
      </Field>
      <Field label={t("new")} help={t("new_help")} error={wrong.next}>
        {(id, by) => (
          <PasswordInput id={id} value={next} onInput={setNext} autocomplete="new-password" describedby={by} />
        )}
      </Field>
      <Field label={t("again")} error={wrong.again}>
        {(id, by) => (
          <PasswordInput id={id} value={again} onInput={setAgain} autocomplete="new-password" describedby={by} />
        )}
      </Field>
    </>
  );
  return { fields, submit, busy };
}

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const { fields, submit, busy } = useChange(onClose);
  return (
    <Sheet
      kind="box"
      title={t("change_title")}
      onClose={onClose}
      onSubmit={submit}
      actions={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {t("change")}
          </Button>
        </>
      }
    >
      {fields}
    </Sheet>
  );
}

export function FirstPassword() {
  const { fields, submit, busy } = useChange(() => {});
  useEffect(() => {
    document.title = `${t("change_title")} - ${common("product")}`;
  }, []);
  return (
    <main class="door" id="main">
      <form
        class="door-card"
        noValidate
        onSubmit={event => {
          event.preventDefault();
          void submit();
        }}
      >
        <div class="door-brand">
          <Logo />
          <span>
            <b>{common("product")}</b>
            <small>{t("purpose")}</small>
          </span>
        </div>
        <h1>{t("change_title")}</h1>
        <p class="note">{t("change_first")}</p>
        {fields}
        <Button type="submit" kind="primary" busy={busy}>
          {t("change")}
        </Button>
        <Button kind="quiet" onClick={() => void signOut()}>
          {t("sign_out")}
        </Button>
      </form>
    </main>
  );
}
