// "2 rules, 1 quota": a menu whose items lead there. Nothing used is said quietly.
import { Menu } from "../components/menu";
import { list } from "../lib/format";
import { safe } from "../lib/safe";
import { policy as t } from "./text";
import { useHref, type Use } from "./uses";

const KINDS = ["rule", "quota", "category", "header", "inspection", "exception"] as const;

export function usesText(uses: readonly Use[]): string {
  return list(
    KINDS.flatMap(kind => {
      const count = uses.filter(u => u.kind === kind).length;
      return count ? [t(`uses.${kind}`, { count })] : [];
    }),
  );
}

export function UsedBy({ uses }: { uses: readonly Use[] }) {
  if (!uses.length) return <span class="muted">{t("unused")}</span>;
  const text = usesText(uses);
  return (
    <Menu
      small
      kind="quiet"
      class="used-by"
      align="start"
      after="down"
      items={uses.map(u => ({
        text: safe(u.title),
        note: t(`uses.${u.kind}`, { count: 1 }).replace(/^\S+ /, ""),
        href: useHref(u),
      }))}
      aria-label={`${t("uses")} ${text}`}
    >
      {text}
    </Menu>
  );
}
