// The same draft as text. What is typed is checked by the gateway while it is typed and saved as a whole; where someone
// else has changed the draft meanwhile, both are put together by name, or theirs is taken.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { aborted, ApiError, send } from "../../api/client";
import { draftChanged, editDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft, Fault, Policy } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { announce } from "../../components/live-region";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { useStore } from "../../lib/store";
import { safe } from "../../lib/safe";
import { code, type Code, type Problem } from "./code";
import { Conflict, type Other } from "./conflict";
import { save as saveFile } from "./download";
import { complain, putDocument } from "./edits";
import { textKept } from "./kept";
import { merge } from "./model/merge";
import { find } from "./model/pointer";
import { print } from "./model/print";
import { rules as t } from "./text";

const MOST_BYTES = 16 << 20;
const SHOWN = 20;

type Judged = { state: "checking" } | { state: "done"; problems: Problem[] } | { state: "failed"; error: unknown };

/** The words of the browser's own JSON reader, and where it stopped. */
function broken(text: string, error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const at = /position (\d+)/.exec(message)?.[1];
  const lines = /line (\d+) column (\d+)/.exec(message);
  let from = at === undefined ? text.length : Number(at);
  if (at === undefined && lines) {
    from = text.split("\n").slice(0, Number(lines[1]) - 1).join("\n").length + Number(lines[2]); // prettier-ignore
  }
  from = Math.min(from, Math.max(0, text.length - 1));
  return { from, to: Math.min(from + 1, text.length), message };
}

function problemsOf(text: string, faults: readonly Fault[]): Problem[] {
  return faults
    .map(f => ({ ...find(text, f.pointer), message: `${f.pointer ? `${safe(f.pointer)}: ` : ""}${safe(f.message)}` }))
    .sort((a, b) => a.from - b.from);
}

export default function TextEditor({ draft }: { draft: Draft }) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Code | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const kept = useStore(textKept);
  const [judged, setJudged] = useState<Judged>({ state: "checking" });
  const [other, setOther] = useState<Other | null>(null);
  const [clashes, setClashes] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const edits = may("policy.draft");
  const original = useMemo(() => print(draft.document), [draft.etag]);
  const base = kept?.base ?? draft;
  const baseText = useMemo(() => print(base.document), [base.etag]);
  const text = kept?.text ?? original;
  const dirty = kept !== null;
  const behind = dirty && base.etag !== draft.etag;

  // What the listeners of the editor see: they are made once.
  const now = useRef({ base, baseText, save: () => {} });
  now.current = { base, baseText, save: () => void save() };

  useEffect(() => {
    const it = code(host.current!, {
      text,
      label: t("text.label"),
      readOnly: !edits,
      phrases: { "Find": t("text.find"), "replace": t("text.replace") }, // prettier-ignore
      onChange: typed => textKept.set(typed === now.current.baseText ? null : { text: typed, base: now.current.base }),
      onSave: () => now.current.save(),
    });
    editor.current = it;
    return () => it.destroy();
  }, []);

  // The draft as others change it, as long as nothing is typed here.
  useEffect(() => {
    if (!dirty && editor.current && editor.current.text() !== original) editor.current.replace(original);
  }, [original, dirty]);

  useEffect(() => {
    let value: Policy;
    try {
      value = JSON.parse(text) as Policy;
    } catch (error) {
      const problems = [broken(text, error)];
      setJudged({ state: "done", problems });
      editor.current?.mark(problems);
      return;
    }
    const running = new AbortController();
    const timer = setTimeout(() => {
      send<{ faults: Fault[] }>("POST", "/policy/validate", { body: value, signal: running.signal }).then(
        a => {
          const problems = problemsOf(text, a.data.faults);
          setJudged({ state: "done", problems });
          editor.current?.mark(problems);
        },
        (error: unknown) => {
          if (aborted(error)) return;
          const faults = error instanceof ApiError ? error.problem.faults : undefined;
          if (!faults) return setJudged({ state: "failed", error });
          const problems = problemsOf(text, faults);
          setJudged({ state: "done", problems });
          editor.current?.mark(problems);
        },
      );
    }, 400);
    return () => {
      clearTimeout(timer);
      running.abort();
    };
  }, [text]);

  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [dirty]);

  /** The editor shows this draft, with nothing typed. */
  const show = (to: Draft) => {
    const shown = print(to.document);
    now.current = { ...now.current, base: to, baseText: shown };
    editor.current?.replace(shown);
    textKept.set(null);
    setOther(null);
    setClashes([]);
  };

  async function save(): Promise<void> {
    const typed = editor.current?.text() ?? text;
    let document: Policy;
    try {
      document = JSON.parse(typed) as Policy;
    } catch (error) {
      editor.current?.goto(broken(typed, error).from);
      return toast({ kind: "bad", text: t("text.broken") });
    }
    if (!dirty) return;
    setBusy(true);
    const was = base;
    try {
      const after = await putDocument(was, document);
      show(after);
      void editDraft(t("text.saved"), async () => {}, () => putDocument(after, was.document)); // prettier-ignore
    } catch (error) {
      if (error instanceof ApiError && error.status === 412 && error.problem.current) setOther(error.problem.current);
      else complain(error);
    } finally {
      setBusy(false);
    }
  }

  const fresh = () => send<Draft>("GET", "/policy/draft").then(a => a.data);
  const theirs = () => fresh().then(show, (error: unknown) => complain(error));
  const mine = async () => {
    try {
      const them = await fresh();
      const put = merge(base.document, JSON.parse(text) as Policy, them.document);
      const merged = print(put.document);
      now.current = { ...now.current, base: them, baseText: print(them.document) };
      editor.current?.replace(merged);
      textKept.set({ text: merged, base: them });
      setOther(null);
      setClashes(put.clashes);
      draftChanged(them.etag);
      announce(t("text.merged"));
      toast({ text: t("text.merged") });
    } catch (error) {
      complain(error);
    }
  };
  const upload = async (chosen: File | undefined) => {
    if (!chosen) return;
    if (chosen.size > MOST_BYTES) return toast({ kind: "bad", text: t("text.too_large") });
    editor.current?.replace(await chosen.text());
    toast({ text: t("text.uploaded", { name: safe(chosen.name) }) });
  };

  const problems = judged.state === "done" ? judged.problems : [];
  return (
    <section class="card flush text-card" aria-label={t("view.text")}>
      <div class="text-bar">
        <span class="note text-purpose">{t("text.purpose")}</span>
        <span class="text-state" aria-live="polite">
          {judged.state === "checking" && <span class="note">{t("check.running")}</span>}
          {judged.state === "failed" && <span class="note">{errorText(judged.error)}</span>}
          {judged.state === "done" &&
            (problems.length ? (
              <button
                type="button"
                class="tag bad text-problems"
                onClick={() => editor.current?.goto(problems[0]!.from)}
              >
                <Icon name="warn" size={15} /> {t("text.problems", { count: problems.length })}
              </button>
            ) : (
              <span class="tag good">
                <Icon name="tick" size={15} /> {t("text.no_problems")}
              </span>
            ))}
        </span>
        <div class="row">
          <Button small icon="search" label={t("text.find")} onClick={() => editor.current?.search()} />
          <Button
            small
            icon="download"
            onClick={() => saveFile(`sluice-policy-draft-v${base.base_version}.json`, text)}
          >
            {t("text.download")}
          </Button>
          {edits && (
            <>
              <Button small icon="upload" onClick={() => file.current?.click()}>
                {t("text.upload")}
              </Button>
              <input
                ref={file}
                type="file"
                accept=".json,application/json"
                hidden
                onChange={event => {
                  void upload(event.currentTarget.files?.[0]);
                  event.currentTarget.value = "";
                }}
              />
              {dirty && (
                <Button small onClick={() => show(draft)}>
                  {t("text.revert")}
                </Button>
              )}
              <Button small kind="primary" busy={busy} disabled={!dirty} onClick={() => void save()}>
                {t("editor.save")}
              </Button>
            </>
          )}
        </div>
      </div>
      {other ? (
        <Conflict
          other={other}
          onTheirs={theirs}
          onMine={mine}
          mineText={t("text.merge")}
          note={t("text.merge_help")}
        />
      ) : behind ? (
        <div class="notice warn text-notice">
          <Icon name="users" size={18} />
          <p>{t("text.behind", { author: safe(draft.author ?? "") })}</p>
          <Button small onClick={() => void mine()}>
            {t("text.merge")}
          </Button>
        </div>
      ) : null}
      {clashes.length > 0 && (
        <div class="notice warn text-notice">
          <Icon name="warn" size={18} />
          <div class="wrap">
            {t("text.clashes", { count: clashes.length })}{" "}
            {clashes.map((c, i) => (
              <>
                {i > 0 && ", "}
                <code key={c}>{safe(c)}</code>
              </>
            ))}
          </div>
        </div>
      )}
      <div ref={host} class="cm-editor code-host" />
      {problems.length > 0 && (
        <ul class="problem-list">
          {problems.slice(0, SHOWN).map((p, i) => (
            <li key={i}>
              <button type="button" onClick={() => editor.current?.goto(p.from)}>
                <Icon name="warn" size={15} />
                <span class="note numbers">{t("text.line", { line: text.slice(0, p.from).split("\n").length })}</span>
                <span class="wrap">{p.message}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
