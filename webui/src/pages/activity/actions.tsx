// The period, the live tail, the columns, and the export of what the filter shows.
import { BASE, address } from "../../api/client";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Menu } from "../../components/menu";
import { RangePicker } from "../../components/range-picker";
import { changeLook, type Look } from "../../lib/look";
import type { Range } from "../../lib/range";
import { OPTIONAL, USUAL } from "./columns";
import { apiQuery, type Filter } from "./filters";
import { activity as t } from "./text";

type Props = {
  range: Range;
  filter: Filter;
  live: boolean;
  look: Look;
  onRange: (range: Range) => void;
  onLive: (on: boolean) => void;
};

export function Actions({ range, filter, live, look, onRange, onLive }: Props) {
  const chosen = look.columns ?? USUAL;
  const toggle = (key: string) =>
    changeLook({ columns: OPTIONAL.filter(k => (k === key ? !chosen.includes(k) : chosen.includes(k))) });
  const file = (format: string) => address("/requests/export", { query: { ...apiQuery(filter, range), format } });
  return (
    <>
      <RangePicker range={range} onChange={onRange} />
      <Button
        icon={live ? "pause" : "play"}
        pressed={live}
        title={live ? t("live_stop") : undefined}
        onClick={() => onLive(!live)}
      >
        {live ? t("live_on") : t("live")}
      </Button>
      <Menu
        icon="columns"
        label={t("columns")}
        class="wide-only"
        items={[
          { heading: t("columns") },
          ...OPTIONAL.map(key => ({ text: t(`col.${key}`), checked: chosen.includes(key), run: () => toggle(key) })),
        ]}
      />
      {may("log.export") && (
        <Menu
          icon="download"
          after="down"
          label={t("export")}
          items={[
            { heading: t("export_note") },
            { text: t("export_csv"), run: () => download(file("csv")) },
            { text: t("export_ndjson"), run: () => download(file("ndjson")) },
          ]}
        >
          <span class="wide-only">{t("export")}</span>
        </Menu>
      )}
    </>
  );
}

/** The gateway streams it as an attachment: the page stays. */
function download(url: string): void {
  if (!url.startsWith(BASE)) return;
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
