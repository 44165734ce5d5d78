// Following one client: each step of its connections, as it happens. For a help desk on the phone with somebody.
// The address of the page names the client, so that a row of the log can lead here.
import { useEffect, useRef, useState } from "preact/hooks";
import { aborted, send, type Got as Answer } from "../../api/client";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { TextInput } from "../../components/field";
import { errorText } from "../../components/states";
import { fraction, time } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { system as t } from "./text";

type Page = Answer<"/traces/{client}">;
type Line = Page["lines"][number];
const KEPT = 1000;
const WAIT_S = 20;

type Followed = { lines: Line[]; lost: number; error: string | null };
const NOTHING: Followed = { lines: [], lost: 0, error: null };

/** Reads on for as long as this client is asked for; the gateway ends it when nobody reads any more. */
function useTrace(client: string): Followed {
  const [followed, setFollowed] = useState(NOTHING);
  useEffect(() => {
    if (!client) return;
    const stop = new AbortController();
    const params = { client };
    const read = async () => {
      await send("PUT", "/traces/{client}", { params, signal: stop.signal });
      for (let after = 0; ;) {
        const query = { after, wait: WAIT_S };
        const { data } = await send<Page>("GET", "/traces/{client}", { params, query, signal: stop.signal });
        after = data.next;
        setFollowed(was => ({
          lines: [...was.lines, ...data.lines].slice(-KEPT),
          lost: was.lost + data.lost,
          error: null,
        }));
      }
    };
    setFollowed(NOTHING);
    read().catch((error: unknown) => {
      if (!aborted(error)) setFollowed(was => ({ ...was, error: errorText(error) }));
    });
    return () => stop.abort();
  }, [client]);
  return followed;
}

/** Keeps the newest line in sight, unless the reader has scrolled up. */
function useBottom(count: number) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [count]);
  const onScroll = () => {
    const at = box.current;
    if (at) follows.current = at.scrollHeight - at.scrollTop - at.clientHeight < 40;
  };
  return { box, onScroll };
}

/** What a line is about, for its look. */
function kindOf(text: string): string {
  if (/^ends in /.test(text)) return "bad";
  if (/^(asks|answer|policy|recorded)/.test(text)) return "loud";
  return "";
}

function Lines({ client, lines }: { client: string; lines: Line[] }) {
  const { box, onScroll } = useBottom(lines.at(-1)?.number ?? 0);
  return (
    <div
      class="follow-lines mono"
      role="log"
      aria-label={t("follow.lines", { client })}
      tabIndex={0}
      ref={box}
      onScroll={onScroll}
    >
      <ol>
        {lines.map(l => (
          <li key={l.number} class={kindOf(l.text)}>
            <span class="muted">{time(l.time) + fraction(l.time)}</span>
            <span class="muted">{`#${l.worker}.${l.connection}`}</span>
            <span>
              {l.text.startsWith("recorded") && l.request ? (
                <a href={href("/activity", { open: l.request })}>{safe(l.text)}</a>
              ) : (
                safe(l.text)
              )}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

export function Follow() {
  const client = usePlace().query.get("follow") ?? "";
  const [typed, setTyped] = useState(client);
  const { lines, lost, error } = useTrace(client);
  return (
    <Card title={t("follow.title")} note={t("follow.note")} flush>
      <form
        class="toolbar card-tools"
        onSubmit={event => {
          event.preventDefault();
          setQuery({ follow: typed.trim() || null });
        }}
      >
        <TextInput
          mono
          class="follow-client"
          value={typed}
          onInput={setTyped}
          aria-label={t("follow.client")}
          placeholder="10.1.2.3"
        />
        <Button type="submit" kind="primary" disabled={!typed.trim() || typed.trim() === client}>
          {t("follow.begin")}
        </Button>
        {client && <Button onClick={() => setQuery({ follow: null })}>{t("follow.end")}</Button>}
      </form>
      {error && (
        <p class="fault follow-say" role="alert">
          {error}
        </p>
      )}
      {client && !error && lines.length === 0 && (
        <p class="note follow-say">{t("follow.waiting", { client: safe(client) })}</p>
      )}
      {lost > 0 && <p class="note follow-say">{t("follow.lost", { count: lost })}</p>}
      {client && lines.length > 0 && <Lines client={safe(client)} lines={lines} />}
    </Card>
  );
}
