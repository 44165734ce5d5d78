// A role, with what it may do beside it: each can do all that those above it can.
import { useId } from "preact/hooks";
import type { Role } from "../../api/types";
import { common } from "../../text/common";
import { settings as t } from "./text";

export const ROLES: readonly Role[] = ["viewer", "auditor", "operator", "admin"];

type Props = { value: Role; onChange: (role: Role) => void; most?: Role };

export function RoleChoice({ value, onChange, most = "admin" }: Props) {
  const name = useId();
  return (
    <fieldset class="roles">
      <legend>{t("col.role")}</legend>
      {ROLES.slice(0, ROLES.indexOf(most) + 1).map(role => (
        <label key={role} class={role === value ? "on" : ""}>
          <input type="radio" name={name} value={role} checked={role === value} onChange={() => onChange(role)} />
          <span>
            <b>{common(`role.${role}`)}</b>
            <small class="muted">{t(`role.${role}`)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
