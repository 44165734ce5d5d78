// A header rule that uses a service of the catalogue: its parameters, and for whom.
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { HeaderRule } from "../../api/types";
import { Button } from "../../components/button";
import { ChipsInput, Field, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { safe } from "../../lib/safe";
import { conditionOf, ruleLines, type Kind } from "../../policy/condition";
import { Conditions } from "../../policy/conditions";
import type { EditorProps } from "../../policy/editor-props";
import { slug } from "../../policy/ids";
import { ItemSheet, MissingSheet, useSaving } from "../../policy/item-sheet";
import { tidy } from "../../policy/items";
import { Outcome, tryRule, type Tried } from "./self-test";
import { tls as t } from "./text";
import type { Service } from "./types";

/** For whom: the hosts are the service's own. */
const KINDS: readonly Kind[] = ["group", "user", "network", "schedule"];
const CONDITION = /^(?:if|unless)\//;

const valuesOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : value.split(/\s*,\s*/);

export function ServiceEditor({ service, id, draft, onClose, onTheirs }: EditorProps & { service: Service }) {
  const saving = useSaving("headers", id, draft, onClose);
  const was = (saving.was as HeaderRule | null) ?? undefined;
  const [first] = useState(() => ({
    values: Object.fromEntries(service.parameters.map(p => [p.name, valuesOf(was?.with?.[p.name])])),
    lines: was ? ruleLines({ if: was.if ?? {}, unless: was.unless }) : [],
  }));
  const [form, setForm] = useState(first);
  const [tried, setTried] = useState<Tried | null>(null);
  const [trying, setTrying] = useState(false);
  const edit = may("policy.draft");
  const all = draft.document.headers ?? [];
  const newId = useMemo(() => slug(service.id, new Set(all.map(h => h.id))), [draft.document]);
  if (saving.missing) return <MissingSheet id={id!} title={safe(service.title)} onClose={onClose} />;

  const set = (change: Partial<typeof form>) => {
    setForm(f => ({ ...f, ...change }));
    setTried(null);
    saving.touched();
  };
  const given = (name: string) => form.values[name] ?? [];
  const missing = service.parameters.filter(p => given(p.name).length === 0);
  const unless = conditionOf(form.lines, "unless", was?.unless);
  const made: HeaderRule = tidy({
    ...was,
    id: was?.id ?? newId,
    title: was?.title ?? service.title,
    use: service.id,
    with: service.parameters.length
      ? Object.fromEntries(service.parameters.map(p => [p.name, p.many ? given(p.name) : (given(p.name)[0] ?? "")]))
      : undefined,
    if: conditionOf(form.lines, "if", was?.if),
    unless: Object.keys(unless).length ? unless : undefined,
  });
  const fault = (name: string) =>
    [...saving.faults].find(([at]) => at === `with/${name}` || at.startsWith(`with/${name}/`))?.[1] ??
    (saving.tried && missing.some(p => p.name === name) ? t("services.missing") : null);
  const test = async () => {
    setTrying(true);
    const headers = was ? all.map(h => (h.id === made.id ? made : h)) : [...all, made];
    setTried(await tryRule({ rule: made.id, policy: { ...draft.document, headers } }));
    setTrying(false);
  };
  return (
    <ItemSheet
      saving={saving}
      kind="wide"
      titles={{ edit: safe(service.title), new: safe(service.title) }}
      note={safe(service.shows)}
      dirty={!was || JSON.stringify(form) !== JSON.stringify(first)}
      shown={at => CONDITION.test(at) || at.startsWith("with/")}
      onSave={() => void saving.save({ ...made }, service.title, missing.length === 0)}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      {service.note && (
        <div class="notice info">
          <Icon name="info" size={18} />
          <p>{safe(service.note)}</p>
        </div>
      )}
      {service.parameters.map(p => (
        <Field
          key={p.name}
          label={safe(p.title)}
          error={fault(p.name)}
          help={t("services.example", { example: safe(p.example) })}
        >
          {(field, by) =>
            p.many ? (
              <ChipsInput
                id={field}
                describedby={by}
                mono
                values={given(p.name)}
                disabled={!edit}
                placeholder={p.example}
                onChange={values => set({ values: { ...form.values, [p.name]: values } })}
              />
            ) : (
              <TextInput
                id={field}
                aria-describedby={by}
                mono
                value={given(p.name)[0] ?? ""}
                disabled={!edit}
                placeholder={p.example}
                onInput={value => set({ values: { ...form.values, [p.name]: value.trim() ? [value.trim()] : [] } })}
              />
            )
          }
        </Field>
      ))}
      <Conditions
        document={draft.document}
        lines={form.lines}
        faults={[...saving.faults]
          .filter(([at]) => CONDITION.test(at))
          .map(([at, message]) => ({ pointer: `/${at}`, message }))}
        disabled={!edit}
        kinds={KINDS}
        empty={t("services.everyone")}
        onChange={lines => set({ lines })}
      />
      <section>
        <h3>{t("services.does")}</h3>
        <dl class="facts">
          <dt>{t("services.hosts")}</dt>
          <dd class="mono wrap">
            {service.hosts.slice(0, 8).map(safe).join(", ")}
            {service.hosts.length > 8 && ` +${service.hosts.length - 8}`}
          </dd>
          {[...Object.entries(service.set ?? {}), ...Object.entries(service.query ?? {})].map(([name, value]) => (
            <>
              <dt class="wrap">{safe(name)}</dt>
              <dd class="mono wrap">{safe(filled(String(value), form.values))}</dd>
            </>
          ))}
          {service.resolve_as && (
            <>
              <dt>{t("services.resolve_as")}</dt>
              <dd class="mono wrap">{safe(service.resolve_as)}</dd>
            </>
          )}
          <dt>{t("services.source")}</dt>
          <dd class="wrap">{service.source.map(safe).join(" ")}</dd>
        </dl>
      </section>
      <div class="row">
        <Button small icon="check" busy={trying} disabled={missing.length > 0} onClick={() => void test()}>
          {t("test.run")}
        </Button>
        {tried && <Outcome tried={tried} />}
      </div>
    </ItemSheet>
  );
}

/** The template with what has been typed so far. */
const filled = (template: string, values: Record<string, string[]>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name]?.join(",") || whole);
