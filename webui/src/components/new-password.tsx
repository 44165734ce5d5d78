// A password that is set for someone else: typed, or made here and handed over; both can be seen and copied.
import { useState } from "preact/hooks";
import { newPassword } from "../lib/password";
import { common as t } from "../text/common";
import { Button } from "./button";
import { CopyButton } from "./copy-button";
import { Field, TextInput } from "./field";

type Props = {
  value: string;
  onInput: (value: string) => void;
  label: string;
  help?: string;
  error?: string | null;
  optional?: boolean;
};

export function NewPassword({ value, onInput, label, help, error, optional }: Props) {
  const [seen, setSeen] = useState(false);
  return (
    <Field label={label} help={help} error={error} optional={optional}>
      {(id, by) => (
        <div class="new-password">
          <div class="password">
            <TextInput
              id={id}
              type={seen ? "text" : "password"}
              mono={seen}
              name="new-password"
              autocomplete="new-password"
              aria-describedby={by}
              value={value}
              onInput={onInput}
            />
            <Button small kind="quiet" pressed={seen} onClick={() => setSeen(!seen)}>
              {t(seen ? "password.hide" : "password.show")}
            </Button>
          </div>
          <Button
            icon="key"
            onClick={() => {
              onInput(newPassword());
              setSeen(true);
            }}
          >
            {t("password.make")}
          </Button>
          {seen && value && <CopyButton text={value} label={t("password.copy")} />}
        </div>
      )}
    </Field>
  );
}
