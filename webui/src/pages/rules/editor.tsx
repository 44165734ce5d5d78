// The editor of a rule: what it does, when, and what people read; a sentence says what that comes to. Saving changes
// the draft, never traffic.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import { changeDraft, editDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft, Fault, Rule, Status } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { confirm } from "../../components/confirm";
import { Field, Select, TextArea, TextInput } from "../../components/field";
import { Icon, type IconName } from "../../components/icon";
import { Sheet } from "../../components/sheet";
import { Switch } from "../../components/switch";
import { toast } from "../../components/toast";
import { navigate, place } from "../../lib/router";
import { safe } from "../../lib/safe";
import { Conditions } from "../../policy/conditions";
import { ID, slug } from "../../policy/ids";
import { Words } from "../../policy/words";
import { common } from "../../text/common";
import { Conflict, type Other } from "./conflict";
import { complain, all, deleteRule, duplicateRule, titleOf } from "./edits";
import { formsKept as kept } from "./kept";
import { formOf, ruleOf, type Form } from "./model/form";
import { RuleAction } from "./row";
import { rules as t } from "./text";

const CHOICES = ["allow", "block", "warn", "report"] as const;
const ICONS: Record<(typeof CHOICES)[number], IconName> = {
  allow: "allow",
  block: "block",
  warn: "warn",
  report: "info",
};
const WARN_FOR = ["", "5m", "15m", "1h", "4h", "8h", "1d", "1w"] as const;
const END = "";

type Props = {
  draft: Draft;
  rule: Rule;
  /** Not in the draft yet; `before`: where it goes. */
  fresh?: boolean;
  before?: string | null;
  onClose: () => void;
};

/** A fault's place in the rule: "/rules/3/if/host/0" -> "/if/host/0". */
const within = (fault: Fault, root: string): Fault => ({
  pointer: fault.pointer.startsWith(root) ? fault.pointer.slice(root.length) : fault.pointer,
  message: fault.message,
});

export default function Editor({ draft, rule, fresh = false, before, onClose }: Props) {
  const key = fresh ? "@new" : rule.id;
  const start = useRef({ rule, etag: draft.etag, form: formOf(draft.document, rule, fresh, before) });
  const [form, setForm] = useState<Form>(() => kept.get(key) ?? start.current.form);
  const [faults, setFaults] = useState<Fault[]>(() => {
    const root = `/rules/${all(draft.document).findIndex(r => r.id === rule.id)}`;
    return fresh ? [] : draft.faults.filter(f => f.pointer.startsWith(`${root}/`)).map(f => within(f, root));
  });
  const [busy, setBusy] = useState(false);
  const [other, setOther] = useState<Other | null>(null);
  const edits = may("policy.draft");
  const set = (change: Partial<Form>) => setForm(f => ({ ...f, ...change }));
  const taken = new Set(all(draft.document).map(r => r.id));
  const dirty = JSON.stringify(form) !== JSON.stringify(start.current.form);
  const made = useMemo(() => ruleOf(form, start.current.rule), [form]);
  const id = fresh && !form.id ? slug(form.title, taken) : form.id;
  const decidesAll =
    form.enabled && !form.reportOnly && Object.keys(made.if ?? {}).length === 0 && made.unless === undefined;
  const choice = form.reportOnly ? "report" : form.then;

  const done = useRef(false);
  const latest = useRef({ form, dirty });
  latest.current = { form, dirty };
  useEffect(() => {
    kept.delete(key);
    const at = place.get();
    return () => {
      if (done.current || !latest.current.dirty) return;
      kept.set(key, latest.current.form);
      const back = `${at.path}?${at.query.toString()}`;
      toast({
        text: t("unsaved", { name: safe(latest.current.form.title || id) }),
        action: { text: t("go_on"), run: () => navigate(back) },
      });
    };
  }, []);
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [dirty]);

  const leave = () => {
    done.current = true;
    onClose();
  };
  const mayClose = () => {
    if (!dirty || !edits) {
      done.current = true;
      return true;
    }
    void confirm({ title: t("leave.title"), text: t("leave.text"), verb: t("leave.verb"), danger: true }).then(
      yes => yes && leave(),
    );
    return false;
  };

  const status = useGet<Status>("/status");
  // A name that the settings have lost stays to be seen.
  const named = [...(status.data?.proxy?.parents ?? []).map(p => p.name), form.parent];
  const parents = [...new Set(["", "direct", ...named])];
  const parentText = (name: string) =>
    name === "" ? t("parent.usual") : name === "direct" ? t("parent.direct") : safe(name);
  const fault = (pointer: string) => faults.find(f => f.pointer === pointer)?.message ?? null;
  const placed = [
    "/title",
    "/note",
    "/section",
    "/message",
    "/warn_for",
    "/throttle",
    "/throttle/rate",
    "/source",
    "/parent",
    "/from",
    "/until",
    "/id",
  ];
  const rest = faults.filter(f => !placed.includes(f.pointer) && !/^\/(if|unless)\/\w+/.test(f.pointer));

  async function save(etag?: string): Promise<void> {
    setFaults([]);
    setOther(null);
    if (fresh && !ID.test(id)) return setFaults([{ pointer: "/id", message: t("id.bad") }]);
    const body = { ...made, id };
    setBusy(true);
    try {
      await put(body, etag ?? start.current.etag);
    } catch (error) {
      if (error instanceof ApiError && error.status === 412 && error.problem.current) {
        const theirs = error.problem.current;
        const touched = theirs.changes === null || theirs.changes.some(c => c.kind === "rule" && c.id === id);
        // Someone changed something else: that is no reason to ask.
        if (!touched && etag !== theirs.etag) return await save(theirs.etag);
        return setOther(theirs);
      }
      if (error instanceof ApiError && error.problem.faults?.length) {
        const root = String(error.problem["item_pointer"] ?? "");
        return setFaults(error.problem.faults.map(f => within(f, root)));
      }
      if (error instanceof ApiError && error.status === 409 && fresh)
        return setFaults([{ pointer: "/id", message: t("id.taken") }]);
      return complain(error);
    } finally {
      setBusy(false);
    }
  }

  async function put(body: Rule, etag: string): Promise<void> {
    const was = start.current.rule;
    if (fresh) {
      const next = form.before === END ? null : form.before;
      await changeDraft("POST", "/rules", { body, query: { before: next }, etag });
    } else await changeDraft("PUT", "/rules/{id}", { params: { id }, body, etag });
    done.current = true;
    void editDraft(t(fresh ? "done.added" : "done.saved", { name: titleOf(body) }), async () => {}, () =>
      fresh
        ? changeDraft("DELETE", "/rules/{id}", { params: { id } })
        : changeDraft("PUT", "/rules/{id}", { params: { id }, body: was }),
    ); // prettier-ignore
    onClose();
  }

  const pick = (to: (typeof CHOICES)[number]) =>
    set(
      to === "report"
        ? { reportOnly: true, then: form.then === "allow" ? "block" : form.then }
        : { reportOnly: false, then: to },
    );
  const line = (name: "throttle" | "source" | "from" | "until", placeholder: string) => (
    <Field
      label={t(`field.${name}`)}
      optional
      help={t(`field.${name}_help`)}
      error={fault(`/${name}`) ?? fault(`/${name}/rate`)}
    >
      {(field, describedby) => (
        <TextInput
          id={field}
          aria-describedby={describedby}
          value={form[name]}
          maxLength={45}
          placeholder={placeholder}
          onInput={value => set({ [name]: value })}
        />
      )}
    </Field>
  );
  const area = (name: "message" | "note") => (
    <Field label={t(`field.${name}`)} optional help={t(`field.${name}_help`)} error={fault(`/${name}`)}>
      {(field, describedby) => (
        <TextArea
          id={field}
          aria-describedby={describedby}
          rows={2}
          value={form[name]}
          onInput={value => set({ [name]: value })}
        />
      )}
    </Field>
  );
  const sections = [...new Set(all(draft.document).flatMap(r => (r.section ? [r.section] : [])))];

  return (
    <Sheet
      kind="wide"
      title={fresh ? t("editor.new") : edits ? t("editor.edit") : titleOf(rule)}
      note={fresh ? t("editor.new_note") : safe(rule.id)}
      onClose={leave}
      mayClose={mayClose}
      onSubmit={() => edits && void save()}
      footnote={edits ? t("editor.foot") : t("editor.read_only")}
      actions={
        edits ? (
          <>
            <Button onClick={() => mayClose() && onClose()}>{common("cancel")}</Button>
            <Button type="submit" kind="primary" busy={busy}>
              {t("editor.save")}
            </Button>
          </>
        ) : (
          <Button onClick={leave}>{common("close")}</Button>
        )
      }
    >
      {other && (
        <Conflict
          other={other}
          onTheirs={() => {
            done.current = true;
            onClose();
          }}
          onMine={() => void save(other.etag)}
        />
      )}
      {rest.length > 0 && (
        <div class="notice bad" role="alert">
          <Icon name="warn" size={18} />
          <ul class="wrap">
            {rest.map(f => (
              <li key={f.pointer + f.message}>
                {f.pointer && <code>{safe(f.pointer)}</code>} {safe(f.message)}
              </li>
            ))}
          </ul>
        </div>
      )}
      <fieldset class="stack editor" disabled={!edits}>
        <Field label={t("field.title")} error={fault("/title")}>
          {(field, describedby) => (
            <TextInput
              id={field}
              aria-describedby={describedby}
              value={form.title}
              maxLength={500}
              autofocus={fresh}
              onInput={title => set({ title })}
              placeholder={t("field.title_hint")}
            />
          )}
        </Field>
        <div class="field">
          <span class="field-label" id="editor-action">
            {t("field.action")}
          </span>
          <div class="choices" role="radiogroup" aria-labelledby="editor-action">
            {CHOICES.map(c => (
              <label key={c} class={`choice v-${c} ${choice === c ? "on" : ""}`}>
                <input type="radio" name="action" value={c} checked={choice === c} onChange={() => pick(c)} />
                <Icon name={ICONS[c]} size={20} />
                <b>{t(`choice.${c}`)}</b>
                <small>{t(`choice.${c}_help`)}</small>
              </label>
            ))}
          </div>
        </div>
        {form.reportOnly && (
          <Field label={t("field.would")} help={t("field.would_help")}>
            {field => (
              <Select
                id={field}
                value={form.then}
                options={(["block", "warn", "allow"] as const).map(v => ({ value: v, text: common(`verb.${v}`) }))}
                onChange={then => set({ then })}
              />
            )}
          </Field>
        )}
        <Conditions
          document={draft.document}
          lines={form.lines}
          faults={faults}
          disabled={!edits}
          onChange={lines => set({ lines })}
        />
        <div class="in-words" aria-live="polite">
          <span class="note">{t("in_words")}</span>
          <p>
            <RuleAction rule={made} /> <Words document={draft.document} rule={made} most={4} />.
          </p>
          {decidesAll && (
            <p class="fault">
              <Icon name="warn" size={15} /> {t("in_words.all")}
            </p>
          )}
        </div>
        {form.then !== "allow" && area("message")}
        {form.then === "allow" && line("throttle", "2Mbit/s")}
        {form.then === "allow" && line("source", "192.0.2.7")}
        {form.then !== "block" && (
          <Field label={t("field.parent")} optional help={t("field.parent_help")} error={fault("/parent")}>
            {field => (
              <Select
                id={field}
                value={form.parent}
                options={parents.map(value => ({ value, text: parentText(value) }))}
                onChange={parent => set({ parent })}
              />
            )}
          </Field>
        )}
        {form.then === "warn" && (
          <Field label={t("field.warn_for")} help={t("field.warn_for_help")} error={fault("/warn_for")}>
            {field => (
              <Select
                id={field}
                value={form.warnFor}
                options={[...new Set([...WARN_FOR, form.warnFor])].map(v => ({
                  value: v,
                  text: t.has(`warn_for.${v || "usual"}`) ? t(`warn_for.${v || "usual"}` as "warn_for.usual") : safe(v),
                }))}
                onChange={warnFor => set({ warnFor })}
              />
            )}
          </Field>
        )}
        <div class="fields">
          {line("from", "2026-12-01")}
          {line("until", "2026-12-31")}
        </div>
        <div class="fields">
          <Field label={t("field.section")} optional error={fault("/section")}>
            {(field, describedby) => (
              <>
                <TextInput
                  id={field}
                  aria-describedby={describedby}
                  value={form.section}
                  maxLength={100}
                  list="editor-sections"
                  onInput={section => set({ section })}
                />
                <datalist id="editor-sections">
                  {sections.map(s => (
                    <option key={s} value={s} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          {fresh ? (
            <Field label={t("field.place")} help={t("field.place_help")}>
              {field => (
                <Select
                  id={field}
                  value={form.before}
                  options={[
                    { value: END, text: t("field.place_end") },
                    ...all(draft.document).map((r, i) => ({
                      value: r.id,
                      text: t("field.place_before", { number: i + 1, name: titleOf(r) }),
                    })),
                  ]}
                  onChange={to => {
                    const near = all(draft.document).find(r => r.id === to);
                    set({ before: to, section: near?.section ?? form.section });
                  }}
                />
              )}
            </Field>
          ) : (
            <div class="field">
              <span class="field-label">{t("field.enabled")}</span>
              <div class="row">
                <Switch
                  checked={form.enabled}
                  disabled={!edits}
                  label={t("switch", { name: titleOf(rule) })}
                  onChange={enabled => set({ enabled })}
                />
                <span class="note">{t(form.enabled ? "field.enabled_on" : "field.enabled_off")}</span>
              </div>
            </div>
          )}
        </div>
        {area("note")}
        {fresh && (
          <Field label={t("field.id")} help={t("field.id_help")} error={fault("/id")}>
            {(field, describedby) => (
              <TextInput
                id={field}
                aria-describedby={describedby}
                mono
                value={form.id}
                placeholder={id}
                maxLength={64}
                onInput={value => set({ id: value })}
              />
            )}
          </Field>
        )}
        {!fresh && edits && (
          <div class="row editor-more">
            <Button
              small
              icon="copy"
              onClick={() => {
                if (!mayClose()) return;
                onClose();
                void duplicateRule(draft.document, rule);
              }}
            >
              {t("menu.duplicate")}
            </Button>
            <Button
              small
              icon="trash"
              kind="danger"
              onClick={() => {
                leave();
                void deleteRule(draft.document, rule);
              }}
            >
              {t("menu.delete")}
            </Button>
          </div>
        )}
      </fieldset>
    </Sheet>
  );
}
