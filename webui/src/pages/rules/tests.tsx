// The policy's tests: requests with the verdict that they must get. They run here whenever the draft changes, and
// before every publication, which a failing one refuses.
import { useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import { editDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft, Fault, Policy } from "../../api/types";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { ChipsInput, Field, Select, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { Menu } from "../../components/menu";
import { Sheet } from "../../components/sheet";
import { Empty, Failed } from "../../components/states";
import { Table } from "../../components/table";
import { toast } from "../../components/toast";
import { full } from "../../lib/format";
import { setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { actionWord, useCheck, type TestResult } from "./check";
import { Conflict, type Other } from "./conflict";
import { complain, all, putDocument, titleOf } from "./edits";
import { rules as t } from "./text";

export type Test = {
  title?: string;
  note?: string;
  url: string;
  user?: string;
  groups?: string[];
  client?: string;
  method?: string;
  at?: string;
  expect: "allow" | "block" | "warn";
  rule?: string | null;
  [more: string]: unknown;
};

const testsOf = (document: Policy): Test[] => (document.tests ?? []) as Test[];
const replaced = (document: Policy, tests: Test[]): Policy => ({ ...document, tests });
const inserted = (tests: Test[], at: number, test: Test): Test[] => [...tests.slice(0, at), test, ...tests.slice(at)];
const equal = (a: Test, b: Test): boolean => JSON.stringify(a) === JSON.stringify(b);

export default function Tests({ draft }: { draft: Draft }) {
  const { query } = usePlace();
  const check = useCheck(draft.etag);
  const tests = testsOf(draft.document);
  const edits = may("policy.draft");
  const result = (i: number) => check.data?.tests.find(r => r.index === i);
  const failing = check.data?.tests.filter(r => !r.ok).length ?? 0;
  const asked = query.get("test");
  const editing = asked === null || !edits ? null : asked === "new" ? tests.length : Number(asked);
  const close = () => setQuery({ test: null });

  const remove = (i: number) => {
    let after: Draft | null = null;
    const gone = tests[i]!;
    const rest = tests.filter((_, j) => j !== i);
    void editDraft(
      t("done.test_deleted"),
      async () => (after = await putDocument(draft, replaced(draft.document, rest))),
      () => putDocument(after!, replaced(after!.document, inserted(testsOf(after!.document), i, gone))),
    );
  };

  return (
    <Card
      title={t("tests.title")}
      note={
        check.data?.faults.length
          ? t("review.tests_later")
          : check.data && tests.length
            ? t(failing ? "review.tests_failing" : "review.tests_passing", { count: failing || tests.length })
            : t("tests.purpose")
      }
      actions={
        <>
          {tests.length > 0 && (
            <Button small icon="play" busy={check.running} onClick={check.run}>
              {t("tests.run")}
            </Button>
          )}
          {edits && (
            <Button small kind="primary" icon="plus" onClick={() => setQuery({ test: "new" })}>
              {t("tests.add")}
            </Button>
          )}
        </>
      }
      flush
    >
      {check.error !== null && <Failed small error={check.error} title={t("check.failed")} onRetry={check.run} />}
      {tests.length === 0 ? (
        <Empty icon="check" title={t("tests.none")}>
          {t("tests.none_help")}
        </Empty>
      ) : (
        <Table
          label={t("view.tests")}
          rows={tests}
          rowKey={(test, i) => `${i} ${test.url}`}
          onRow={edits ? test => setQuery({ test: String(tests.indexOf(test)) }) : undefined}
          columns={[
            {
              key: "test",
              title: t("tests.test"),
              main: true,
              cell: (test, i) => (
                <div class="test-name">
                  {test.title && <b>{safe(test.title)}</b>}
                  <span class="mono wrap">{safe(test.url)}</span>
                  {result(i)?.ok === false && <span class="test-why">{why(result(i)!)}</span>}
                </div>
              ),
            },
            { key: "who", title: t("tests.who"), cell: test => who(test) },
            {
              key: "expect",
              title: t("tests.expect"),
              cell: test => actionWord(test.expect) + (test.rule ? `, ${safe(test.rule)}` : ""),
            },
            {
              key: "result",
              title: t("tests.result"),
              width: "7rem",
              cell: (_, i) => <Result result={result(i)} running={check.running} />,
            },
            {
              key: "menu",
              title: <span class="sr-only">{common("more")}</span>,
              width: "3rem",
              cell: (test, i) =>
                edits && (
                  <Menu
                    icon="dots"
                    kind="quiet"
                    small
                    label={common("actions_of", { name: safe(test.title || test.url) })}
                    items={[
                      { text: t("menu.edit"), icon: "edit", run: () => setQuery({ test: String(i) }) },
                      { text: t("menu.delete"), icon: "trash", danger: true, run: () => remove(i) },
                    ]}
                  />
                ),
            },
          ]}
        />
      )}
      {editing !== null && editing >= 0 && editing <= tests.length && (
        <Edit key={editing} draft={draft} index={editing} onClose={close} />
      )}
    </Card>
  );
}

function why(result: TestResult): string {
  if (!result.got) return safe(result.message ?? "");
  const by = (action: string, rule: string | null) =>
    rule ? t("test.by", { action: actionWord(action), rule: safe(rule) }) : actionWord(action);
  return t("test.expected", { expect: by(result.expect, result.rule), got: by(result.got, result.got_rule) });
}

function who(test: Test): string {
  const parts = [test.user, test.client, test.method, test.groups?.join(", "), test.at && full(test.at)];
  return parts.filter(Boolean).map(v => safe(v as string)).join(", ") || t("tests.anyone"); // prettier-ignore
}

function Result({ result, running }: { result: TestResult | undefined; running: boolean }) {
  if (!result) return <span class="note">{running ? t("check.running") : t("tests.unknown")}</span>;
  return (
    <span class={`tag plain ${result.ok ? "good" : "bad"}`}>
      <Icon name={result.ok ? "tick" : "close"} size={14} />
      {t(result.ok ? "test.ok" : "test.bad")}
    </span>
  );
}

const ANY = "";
const DEFAULT = "@default";

function Edit({ draft, index, onClose }: { draft: Draft; index: number; onClose: () => void }) {
  // What is edited, and the draft that it was taken from; both go on when a save has left faults.
  const [start, setStart] = useState({ draft, was: testsOf(draft.document)[index] ?? null });
  const [test, setTest] = useState<Test>(start.was ?? { url: "", expect: "block" });
  const [faults, setFaults] = useState<Fault[]>([]);
  const [other, setOther] = useState<Other | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<Test>) => setTest(now => ({ ...now, ...change }));
  const fault = (name: string) => faults.find(f => f.pointer.split("/")[3] === name)?.message ?? null;
  const fresh = start.was === null;

  const save = async (on: Draft) => {
    const body = Object.fromEntries(
      Object.entries(test).filter(([, v]) => v !== "" && v !== undefined && !(Array.isArray(v) && v.length === 0)),
    ) as Test;
    if (!test.url.trim()) return setFaults([{ pointer: "/tests/0/url", message: t("tests.url_missing") }]);
    // Others may have added or removed tests since: it is found by what it was.
    const there = testsOf(on.document);
    const at = start.was ? there.findIndex(o => equal(o, start.was!)) : -1;
    const tests = at < 0 ? [...there, body] : there.map((o, i) => (i === at ? body : o));
    setBusy(true);
    setOther(null);
    try {
      const after = await putDocument(on, replaced(on.document, tests));
      const root = `/tests/${at < 0 ? there.length : at}/`;
      const own = after.faults.filter(f => f.pointer.startsWith(root));
      setFaults(own);
      setStart({ draft: after, was: body });
      if (own.length) return;
      toast({ text: t(fresh ? "done.test_added" : "done.test_saved") });
      onClose();
    } catch (error) {
      if (error instanceof ApiError && error.status === 412 && error.problem.current) setOther(error.problem.current);
      else complain(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Sheet
      title={fresh ? t("tests.add") : t("tests.edit")}
      onClose={onClose}
      onSubmit={() => void save(start.draft)}
      footnote={t("editor.foot")}
      actions={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {t("editor.save")}
          </Button>
        </>
      }
    >
      {other && <Conflict other={other} onTheirs={onClose} onMine={() => void save(draft)} />}
      <Field label={t("tests.url")} error={fault("url")}>
        {(id, describedby) => (
          <TextInput
            id={id}
            aria-describedby={describedby}
            mono
            value={test.url}
            placeholder="https://www.example.com/"
            onInput={url => set({ url })}
          />
        )}
      </Field>
      <Field label={t("tests.name")} optional>
        {id => <TextInput id={id} value={test.title ?? ""} onInput={title => set({ title })} maxLength={500} />}
      </Field>
      <div class="fields">
        <Field label={t("tests.expect")} error={fault("expect")}>
          {id => (
            <Select
              id={id}
              value={test.expect}
              options={(["allow", "block", "warn"] as const).map(v => ({ value: v, text: common(`verb.${v}`) }))}
              onChange={expect => set({ expect })}
            />
          )}
        </Field>
        <Field label={t("tests.rule")} error={fault("rule")}>
          {id => (
            <Select
              id={id}
              value={test.rule === undefined ? ANY : (test.rule ?? DEFAULT)}
              options={[
                { value: ANY, text: t("tests.rule_any") },
                { value: DEFAULT, text: t("tests.rule_default") },
                ...all(draft.document).map(r => ({ value: r.id, text: titleOf(r) })),
              ]}
              onChange={v => set({ rule: v === ANY ? undefined : v === DEFAULT ? null : v })}
            />
          )}
        </Field>
      </div>
      <div class="fields">
        <Field label={t("tests.user")} optional error={fault("user")}>
          {id => <TextInput id={id} value={test.user ?? ""} onInput={user => set({ user })} />}
        </Field>
        <Field label={t("tests.client")} optional error={fault("client")}>
          {id => (
            <TextInput
              id={id}
              mono
              value={test.client ?? ""}
              placeholder="10.20.0.7"
              onInput={client => set({ client })}
            />
          )}
        </Field>
        <Field label={t("tests.method")} optional error={fault("method")}>
          {id => (
            <TextInput id={id} mono value={test.method ?? ""} placeholder="GET" onInput={method => set({ method })} />
          )}
        </Field>
        <Field label={t("tests.at")} optional help={t("tests.at_help")} error={fault("at")}>
          {(id, describedby) => (
            <TextInput
              id={id}
              aria-describedby={describedby}
              mono
              value={test.at ?? ""}
              placeholder="2026-11-23T10:00:00+01:00"
              onInput={at => set({ at })}
            />
          )}
        </Field>
      </div>
      <Field label={t("tests.groups")} optional help={t("tests.groups_help")} error={fault("groups")}>
        {(id, describedby) => (
          <ChipsInput
            id={id}
            describedby={describedby}
            values={test.groups ?? []}
            known={Object.keys(draft.document.groups ?? {}).map(value => ({ value }))}
            onChange={groups => set({ groups })}
          />
        )}
      </Field>
    </Sheet>
  );
}
