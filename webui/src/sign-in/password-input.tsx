// A password field that can be looked at.
import { useState } from "preact/hooks";
import { TextInput } from "../components/field";
import { signInText as t } from "./text";

type Props = {
  id: string;
  value: string;
  onInput: (value: string) => void;
  autocomplete: "current-password" | "new-password";
  describedby?: string;
  wrong?: boolean;
  autofocus?: boolean;
};

export function PasswordInput({ id, value, onInput, autocomplete, describedby, wrong, autofocus }: Props) {
  const [seen, setSeen] = useState(false);
  return (
    <div class="password">
      <TextInput
        id={id}
        type={seen ? "text" : "password"}
        name={autocomplete}
        value={value}
        onInput={onInput}
        autocomplete={autocomplete}
        aria-describedby={describedby}
        aria-invalid={wrong}
        autofocus={autofocus}
        required
      />
      <button type="button" class="btn quiet small" aria-pressed={seen} onClick={() => setSeen(!seen)}>
        {seen ? t("hide") : t("show")}
      </button>
    </div>
  );
}
