// A list of names with a bar each: the largest first.
import type { ComponentChildren } from "preact";

export type Bar = { key: string; name: ComponentChildren; value: number; text: string; href?: string; title?: string };

export function Bars({ bars, tone, label }: { bars: readonly Bar[]; tone: string; label: string }) {
  const most = Math.max(1, ...bars.map(b => b.value));
  return (
    <ol class={`bars ${tone}`} aria-label={label}>
      {bars.map(b => {
        const inside = (
          <>
            <span class="bar-name" title={b.title}>
              {b.name}
            </span>
            <span class="bar-value">{b.text}</span>
            <span class="bar" aria-hidden="true">
              <i style={{ width: `${(b.value / most) * 100}%` }} />
            </span>
          </>
        );
        return <li key={b.key}>{b.href ? <a href={b.href}>{inside}</a> : <div>{inside}</div>}</li>;
      })}
    </ol>
  );
}
