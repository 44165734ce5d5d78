// What would happen, and why, before anyone complains: one request judged by the live policy or the draft. The
// question is in the address, so an answer can be sent to a colleague.
import { useEffect, useState } from "preact/hooks";
import { ApiError, send } from "../../api/client";
import { useDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Explanation, Policy } from "../../api/types";
import { useGet } from "../../api/use-get";
import { useNames } from "../../api/use-names";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Field, Select, TextInput } from "../../components/field";
import { PageHeader } from "../../components/page";
import { Segmented } from "../../components/segmented";
import { Empty, Failed, Skeleton, errorText } from "../../components/states";
import { setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { Answer } from "./answer";
import { check as t } from "./text";

/** Facts that are rarely asked for: texts, in the address and the body under one name. */
const EXTRAS = ["client", "user_agent", "address", "content_type", "size"] as const;
type Extra = (typeof EXTRAS)[number];
const EXAMPLES: Record<Extra, string> = {
  client: "127.0.0.1",
  user_agent: "curl/8.5",
  address: "192.0.2.1",
  content_type: "video/mp4",
  size: "10MiB",
};

export type Question = { url: string; who: string; method: string; at: string; draft: boolean } & Record<Extra, string>;
export type Asked = Question & { user: string; group: string };

const METHODS = ["GET", "POST", "PUT", "HEAD", "CONNECT"].map(value => ({ value, text: value }));

const read = (query: URLSearchParams): Question => ({
  ...(Object.fromEntries(EXTRAS.map(name => [name, query.get(name) ?? ""])) as Record<Extra, string>),
  url: query.get("url") ?? "",
  who: query.get("who") ?? "",
  method: query.get("method") ?? "GET",
  at: query.get("at") ?? "",
  draft: query.get("policy") === "draft",
});

/** A group is tried through its first member; one that the identity source fills, by itself. */
function resolve(question: Question, policy: Policy | undefined): Asked {
  const members = policy?.groups?.[question.who];
  return members
    ? { ...question, user: members[0] ?? "", group: question.who }
    : { ...question, user: question.who, group: "" };
}

type Result = { asked: Asked; answer: Explanation } | { error: unknown } | null;

export default function Check() {
  const { query } = usePlace();
  const asked = read(query);
  const [form, setForm] = useState<Question>(asked);
  const [result, setResult] = useState<Result>(null);
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [more, setMore] = useState(asked.method !== "GET" || EXTRAS.some(name => asked[name] !== ""));
  const names = useNames();
  const policy = useGet<{ document: Policy }>("/policy", { fresh_ms: 60_000 });
  const users = useGet<{ items: { name: string }[] }>(may("users.write") ? "/users" : null, { fresh_ms: 60_000 });
  const draft = useDraft();
  const address = query.toString();

  useEffect(() => {
    const question = read(query);
    setForm(question);
    if (!question.url || !policy.data) return setResult(null);
    const stop = new AbortController();
    const whole = resolve(question, policy.data.document);
    setBusy(true);
    send<Explanation>("POST", "/explain", { body: body(whole), signal: stop.signal })
      .then(({ data }) => setResult({ asked: whole, answer: data }))
      .catch((error: unknown) => !stop.signal.aborted && setResult({ error }))
      .finally(() => !stop.signal.aborted && setBusy(false));
    return () => stop.abort();
    // A draft that changed answers anew; the live policy is named by its version.
  }, [address, policy.data?.document, asked.draft ? draft.data?.etag : null]);

  const submit = (event: Event) => {
    event.preventDefault();
    setMissing(!form.url.trim());
    if (!form.url.trim()) return;
    setQuery({
      url: form.url.trim(),
      who: form.who.trim(),
      ...Object.fromEntries(EXTRAS.map(name => [name, form[name].trim()])),
      method: form.method === "GET" ? null : form.method,
      at: form.at,
      policy: form.draft ? "draft" : null,
    });
  };
  const put = (change: Partial<Question>) => setForm({ ...form, ...change });
  const fault = result && "error" in result && result.error instanceof ApiError && result.error.status === 400;
  const wrongUrl = fault && /^url/.test((result as { error: ApiError }).error.message);
  const known = [...names.groups, ...(users.data?.items ?? []).map(u => u.name)];
  return (
    <>
      <PageHeader title={t("title")} purpose={t("purpose")} />
      <div class="check stack">
        <Card>
          <form class="check-form" onSubmit={submit} noValidate>
            <Field
              class="check-url"
              label={t("url")}
              error={missing ? t("url_missing") : wrongUrl ? errorText((result as { error: unknown }).error) : null}
            >
              {(id, by) => (
                <TextInput
                  id={id}
                  mono
                  value={form.url}
                  onInput={url => put({ url })}
                  placeholder={t("url_placeholder")}
                  aria-describedby={by}
                  aria-invalid={missing || Boolean(wrongUrl)}
                  data-find="url"
                />
              )}
            </Field>
            <Field label={t("who")}>
              {(id, by) => (
                <>
                  <TextInput
                    id={id}
                    value={form.who}
                    onInput={who => put({ who })}
                    list={`${id}-list`}
                    aria-describedby={by}
                    placeholder={t("who_help")}
                  />
                  <datalist id={`${id}-list`}>
                    {known.map(name => (
                      <option key={name} value={name} />
                    ))}
                  </datalist>
                </>
              )}
            </Field>
            <Field label={t("at")}>
              {id =>
                form.at ? (
                  <span class="check-at">
                    <TextInput
                      id={id}
                      type="datetime-local"
                      value={localTime(form.at)}
                      onInput={v => put({ at: v ? new Date(v).toISOString() : "" })}
                    />
                    <Button icon="close" kind="quiet" label={t("at.now")} onClick={() => put({ at: "" })} />
                  </span>
                ) : (
                  <Select
                    id={id}
                    value="now"
                    options={[
                      { value: "now", text: t("at.now") },
                      { value: "other", text: t("at.other") },
                    ]}
                    onChange={v => v === "other" && put({ at: new Date().toISOString() })}
                  />
                )
              }
            </Field>
            {more && (
              <>
                {EXTRAS.map(name => (
                  <Field key={name} label={t(name)}>
                    {id => (
                      <TextInput
                        id={id}
                        mono
                        value={form[name]}
                        onInput={value => put({ [name]: value })}
                        placeholder={EXAMPLES[name]}
                      />
                    )}
                  </Field>
                ))}
                <Field label={t("method")}>
                  {id => <Select id={id} value={form.method} options={METHODS} onChange={method => put({ method })} />}
                </Field>
              </>
            )}
            <div class="check-last">
              <div class="field">
                <span class="field-label">{t("policy")}</span>
                <Segmented
                  label={t("policy")}
                  value={form.draft ? "draft" : "live"}
                  options={[
                    { value: "live", text: t("policy.live") },
                    { value: "draft", text: t("policy.draft") },
                  ]}
                  onChange={v => put({ draft: v === "draft" })}
                />
              </div>
              <Button type="submit" kind="primary" busy={busy}>
                {t("submit")}
              </Button>
              <Button kind="quiet" onClick={() => setMore(!more)}>
                {more ? t("less") : t("more")}
              </Button>
            </div>
          </form>
        </Card>
        {busy && !result ? (
          <Card>
            <Skeleton rows={8} />
          </Card>
        ) : !result ? (
          <Card>
            <Empty icon="check" title={t("empty")}>
              {t("empty_help")}
            </Empty>
          </Card>
        ) : "error" in result ? (
          !wrongUrl && <Failed error={result.error} small />
        ) : (
          <Answer {...result} names={names} draftExists={Boolean(draft.data?.exists)} editable={may("policy.draft")} />
        )}
      </div>
    </>
  );
}

function body(q: Asked): Record<string, unknown> {
  return {
    url: q.url,
    ...(q.user && { user: q.user }),
    ...(q.group && !q.user && { groups: [q.group] }),
    ...Object.fromEntries(EXTRAS.filter(name => q[name]).map(name => [name, q[name]])),
    ...(q.method !== "GET" && { method: q.method }),
    ...(q.at && { at: q.at }),
    ...(q.draft && { draft: true }),
  };
}

/** A moment as the browser's field for local times wants it. */
function localTime(at: string): string {
  const d = new Date(at);
  if (Number.isNaN(d.getTime())) return "";
  return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const hostOf = (url: string): string => safe(/^(?:[a-z]+:\/\/)?([^/?#]+)/i.exec(url)?.[1] ?? url);
