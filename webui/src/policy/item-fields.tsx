// The fields that everything named in the policy has: a name, and an id that is made from it once and then stays.
import { useState } from "preact/hooks";
import type { Draft } from "../api/types";
import { Field, TextInput } from "../components/field";
import { Icon } from "../components/icon";
import { Tag } from "../components/tag";
import { ID, slug } from "./ids";
import { itemState, type ItemKind } from "./items";
import { policy as t } from "./text";

/** The id that belongs to a title as long as nobody has typed another. */
export function useNewId(existing: string | null, title: string, taken: ReadonlySet<string>) {
  const [typed, setTyped] = useState<string | null>(null);
  const id = existing ?? typed ?? (title ? slug(title, taken) : "");
  const wrong = existing ? null : !ID.test(id) ? (title ? t("id.wrong") : null) : taken.has(id) ? t("id.taken") : null;
  return { id, setId: setTyped, fault: wrong, dirty: typed !== null };
}

type Props = {
  title: string;
  onTitle: (title: string) => void;
  titleFault?: string | null;
  id: string;
  onId?: (id: string) => void;
  idFault?: string | null;
  disabled?: boolean;
};

export function NameFields({ title, onTitle, titleFault, id, onId, idFault, disabled }: Props) {
  return (
    <div class="fields">
      <Field label={t("title")} error={titleFault}>
        {(f, d) => (
          <TextInput id={f} aria-describedby={d} value={title} onInput={onTitle} maxLength={500} disabled={disabled} />
        )}
      </Field>
      <Field label={t("id")} help={onId ? t("id.help") : undefined} error={idFault}>
        {(f, d) => (
          <TextInput
            id={f}
            aria-describedby={d}
            mono
            value={id}
            onInput={text => onId?.(text.trim())}
            maxLength={64}
            disabled={disabled || !onId}
          />
        )}
      </Field>
    </div>
  );
}

/** All that a refusal said and no field shows. */
export function FaultNotice({ faults }: { faults: readonly string[] }) {
  if (!faults.length) return null;
  return (
    <div class="notice bad" role="alert">
      <Icon name="warn" size={18} />
      <p>
        {faults.length > 1 && <b>{t("faults", { count: faults.length })}. </b>}
        {faults.join("; ")}
      </p>
    </div>
  );
}

export function StateTag({ draft, kind, id }: { draft: Draft; kind: ItemKind; id: string }) {
  const state = itemState(draft, kind, id);
  return state && <Tag kind="accent">{t(`state.${state}`)}</Tag>;
}
