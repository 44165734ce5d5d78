// The schedules of the draft as cards: the week in small, whether it is on now, and who uses it.
import { useEffect, useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft, Schedule } from "../../api/types";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Menu, type MenuItem } from "../../components/menu";
import { Empty } from "../../components/states";
import { duration, weekday } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { StateTag } from "../../policy/item-fields";
import { removeItem } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy, usesText } from "../../policy/used-by";
import { allUses, type Use } from "../../policy/uses";
import {
  DAY,
  DAYS,
  daysOff,
  minuteOfWeek,
  minutes,
  readSpans,
  standing,
  WEEK,
  type Interval,
} from "../../policy/weekly";
import { common } from "../../text/common";
import { quotas as t } from "./text";
import { NoneFound, Toolbar } from "./toolbar";

/** The time, again each half minute: whether a schedule is on changes by itself. */
function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Schedules({ draft }: { draft: Draft }) {
  const { query } = usePlace();
  const now = useNow();
  const find = query.get("q") ?? "";
  const all = Object.entries(draft.document.schedules ?? {});
  const uses = useMemo(() => allUses(draft.document, "schedule"), [draft.document]);
  if (!all.length) {
    return (
      <Card>
        <Empty
          icon="calendar"
          title={t("schedules.empty")}
          actions={
            may("policy.draft") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ schedule: "@new", tab: "schedules" })}>
                {t("add.schedules")}
              </Button>
            )
          }
        >
          {t("schedules.empty_help")}
        </Empty>
      </Card>
    );
  }
  const wanted = find.trim().toLowerCase();
  const shown = all.filter(([id, s]) => `${id}\n${s.title ?? ""}\n${s.note ?? ""}`.toLowerCase().includes(wanted));
  return (
    <>
      {(all.length > 6 || find) && <Toolbar kind="schedules" find={find} />}
      {shown.length === 0 ? (
        <NoneFound find={find} />
      ) : (
        <ul class="item-cards">
          {shown.map(([id, s]) => (
            <ScheduleCard key={id} id={id} schedule={s} draft={draft} uses={uses.get(id) ?? []} now={now} />
          ))}
        </ul>
      )}
    </>
  );
}

type CardProps = { id: string; schedule: Schedule; draft: Draft; uses: Use[]; now: Date };

function ScheduleCard({ id, schedule: s, draft, uses, now }: CardProps) {
  const week = useMemo(() => readSpans(s.spans), [s.spans]);
  const zone = s.timezone ?? draft.document.timezone;
  const minute = minuteOfWeek(now, zone);
  const title = safe(s.title ?? id);
  return (
    <li class="card item-card">
      <div class="item-card-head">
        <h2>
          <a href={href("/quotas", { tab: "schedules", schedule: id })}>{title}</a>
        </h2>
        <StateTag draft={draft} kind="schedules" id={id} />
        <ScheduleMenu id={id} schedule={s} title={title} uses={uses} />
      </div>
      <p class="row">
        <Standing week={s.except?.length ? readSpans(s.spans, daysOff(s.except, now, zone)) : week} minute={minute} />
        <span class="note">{zone ? safe(zone) : t("zone.own")}</span>
      </p>
      <MiniWeek week={week} minute={minute} />
      <p class="item-foot">
        <UsedBy uses={uses} />
        <span class="end">
          {hoursText(week)}
          {!!s.except?.length && ` · ${t("schedule.but_on", { count: s.except.length })}`}
        </span>
      </p>
    </li>
  );
}

function hoursText(week: readonly Interval[]): string {
  const on = minutes(week);
  if (on === 0) return t("schedule.never");
  return on === WEEK ? t("schedule.always") : t("schedule.hours", { hours: String(Math.round(on / 6) / 10) });
}

function Standing({ week, minute }: { week: readonly Interval[]; minute: number | null }) {
  if (minute === null) return null;
  const { on, changes } = standing(week, minute);
  const key =
    changes === null ? (on ? "schedule.on" : "schedule.off") : on ? "schedule.on_until" : "schedule.off_until";
  return (
    <span class={`standing ${on ? "on" : ""}`}>
      <i />
      {t(key, { time: duration((changes ?? 0) * 60) })}
    </span>
  );
}

/** Decorative: the card says in words what it shows. */
function MiniWeek({ week, minute }: { week: readonly Interval[]; minute: number | null }) {
  return (
    <div class="mini-week" aria-hidden="true">
      {DAYS.map((_, d) => (
        <div key={d} class="mini-day">
          <span>{weekday(d, "short")}</span>
          <div>
            {week
              .filter(i => i.from < (d + 1) * DAY && i.to > d * DAY)
              .map(i => {
                const from = Math.max(i.from - d * DAY, 0);
                const to = Math.min(i.to - d * DAY, DAY);
                const place = {
                  insetInlineStart: `${(from / DAY) * 100}%`,
                  inlineSize: `${((to - from) / DAY) * 100}%`,
                };
                return <i key={i.from} style={place} />;
              })}
            {minute !== null && Math.floor(minute / DAY) === d && (
              <b style={{ insetInlineStart: `${((minute % DAY) / DAY) * 100}%` }} />
            )}
          </div>
        </div>
      ))}
      <div class="mini-day mini-hours">
        <span />
        <div>
          {[0, 6, 12, 18].map(h => (
            <small key={h} style={{ insetInlineStart: `${(h / 24) * 100}%` }}>
              {String(h).padStart(2, "0")}
            </small>
          ))}
        </div>
      </div>
    </div>
  );
}

type MenuProps = { id: string; schedule: Schedule; title: string; uses: Use[] };

function ScheduleMenu({ id, schedule, title, uses }: MenuProps) {
  const edit = may("policy.draft");
  const items: MenuItem[] = [
    {
      text: t(edit ? "edit" : "look"),
      icon: edit ? "edit" : "search",
      run: () => setQuery({ schedule: id, tab: "schedules" }),
    },
  ];
  if (edit) {
    items.push(
      {
        text: t("duplicate"),
        icon: "copy",
        run: () => setQuery({ schedule: "@new", copy: id, tab: "schedules" }),
      },
      "line",
      {
        text: t("remove"),
        icon: "trash",
        danger: true,
        disabled: uses.length > 0,
        note: uses.length ? policy("uses.keep", { uses: usesText(uses) }) : undefined,
        run: () => void removeItem("schedules", { ...schedule, id }, title),
      },
    );
  }
  return (
    <Menu small kind="quiet" icon="dots" class="end" label={common("actions_of", { name: title })} items={items} />
  );
}
