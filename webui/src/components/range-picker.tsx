// The period that a page looks at: four that follow the clock, or the one dragged on a chart, with its way back.
import { Button } from "./button";
import { Segmented } from "./segmented";
import { dayClock } from "../lib/format";
import { RANGES, type Range } from "../lib/range";
import { common as t } from "../text/common";

type Props = { range: Range; onChange: (range: Range) => void };

export function RangePicker({ range, onChange }: Props) {
  return (
    <>
      {range.name === null && (
        <span class="chip lone">
          {t("range.custom", { from: dayClock(range.from), to: dayClock(range.to) })}
          <Button icon="close" small kind="quiet" label={t("range.clear")} onClick={() => onChange({ name: "24h" })} />
        </span>
      )}
      <Segmented
        label={t("range.label")}
        value={range.name}
        options={RANGES.map(r => ({ value: r, text: t(`range.${r}`) }))}
        onChange={name => onChange({ name })}
      />
    </>
  );
}
