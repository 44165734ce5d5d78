// What stands around the rows: new ones that wait, why there are none, and what is below the last.
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { Empty, errorText } from "../../components/states";
import { clock, count, dayClock } from "../../lib/format";
import { MOST, type LogWindow } from "../../lib/log-window";
import { isEmpty, type Filter } from "./filters";
import { activity as t } from "./text";

export function Held({ count: n, onClick }: { count: number; onClick: () => void }) {
  return (
    <button type="button" class="held" onClick={onClick}>
      <Icon name="up" size={14} /> {t("held", { count: n })}
    </button>
  );
}

export function Nothing({ filter, live, onClear }: { filter: Filter; live: boolean; onClear: () => void }) {
  if (isEmpty(filter))
    return (
      <Empty icon="log" title={t("empty_title")}>
        {live ? t("live_waits") : t("empty_none")}
      </Empty>
    );
  return (
    <Empty icon="filter" title={t("empty_title")}>
      {t.rich("empty_text", {
        clear: (
          <button type="button" class="link" onClick={onClear}>
            {t("empty_clear")}
          </button>
        ),
      })}
    </Empty>
  );
}

type Props = { log: LogWindow; busy: boolean; error: unknown; live: boolean; onMore: () => void };

/** How far back the search has come. */
function searched({ searched_to }: LogWindow): string {
  if (!searched_to) return t("searching");
  const far = Date.now() - Date.parse(searched_to) > 86_400_000;
  return t("partial", { time: far ? dayClock(searched_to) : clock(searched_to) });
}

export function Foot({ log, busy, error, onMore }: Props) {
  const skipped = log.skipped > 0 && <p>{t("skipped", { count: log.skipped })}</p>;
  let text;
  if (error) text = errorText(error);
  else if (busy) text = log.partial ? searched(log) : t(log.rows.length ? "loading_more" : "searching");
  else if (log.full) text = t("full", { count: MOST });
  else if (log.partial && log.cursor) text = searched(log);
  else if (!log.cursor) text = `${t("end")} · ${count(log.rows.length)}`;
  return (
    <>
      {skipped}
      <p class="row foot-row">
        {text}
        {!busy && log.cursor && (
          <Button small onClick={onMore}>
            {t("partial_more")}
          </Button>
        )}
      </p>
    </>
  );
}
