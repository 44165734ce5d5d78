// ? : the keys.
import { useSession } from "../api/session";
import { Sheet } from "../components/sheet";
import { ROUTES } from "../routes";
import { shell as t } from "./text";

function Keys({ of, text }: { of: string; text: string }) {
  return (
    <div class="key-row">
      <dt>
        {of.split(" ").map((k, i) => (
          <kbd key={i}>{k}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </div>
  );
}

export function Help({ onClose }: { onClose: () => void }) {
  const { permissions } = useSession();
  return (
    <Sheet kind="box" title={t("help.title")} onClose={onClose} footnote={t("help.off")}>
      <h3>{t("help.everywhere")}</h3>
      <dl class="keys">
        <Keys of="/" text={t("help.search")} />
        <Keys of="Ctrl K" text={t("help.palette")} />
        <Keys of="?" text={t("help.help")} />
        {ROUTES.filter(r => r.key && permissions.includes(r.needs)).map(r => (
          <Keys key={r.title} of={`g ${r.key}`} text={t("help.goto", { page: t(r.title) })} />
        ))}
      </dl>
      <h3>{t("help.log")}</h3>
      <dl class="keys">
        <Keys of="j" text={t("help.down")} />
        <Keys of="k" text={t("help.up")} />
        <Keys of="Enter" text={t("help.open")} />
        <Keys of="m" text={t("help.menu")} />
        <Keys of="Esc" text={t("help.close")} />
      </dl>
    </Sheet>
  );
}
