// Someone else was faster: who, what they changed, and the two ways on.
import type { Diff, Problem } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { ago } from "../../lib/format";
import { safe } from "../../lib/safe";
import { Changes } from "./changes";
import { rules as t } from "./text";

/** `changes` null: too long ago to be remembered. */
export type Other = Omit<NonNullable<Problem["current"]>, "changes"> & { changes: Diff[] | null };

type Props = { other: Other; onTheirs: () => void; onMine: () => void; mineText?: string; note?: string };

export function Conflict({ other, onTheirs, onMine, mineText, note }: Props) {
  return (
    <section class="conflict" role="alert">
      <h3>
        <Icon name="users" size={18} />
        {t("conflict.title", { author: safe(other.author), when: other.changed ? ago(other.changed) : "" })}
      </h3>
      {other.changes ? <Changes changes={other.changes} small /> : <p class="note">{t("conflict.unknown")}</p>}
      <p class="note">{note ?? t("conflict.help")}</p>
      <div class="row">
        <Button small onClick={onTheirs}>
          {t("conflict.theirs")}
        </Button>
        <Button small kind="primary" onClick={onMine}>
          {mineText ?? t("conflict.mine")}
        </Button>
      </div>
    </section>
  );
}
