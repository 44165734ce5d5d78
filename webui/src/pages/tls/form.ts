// An inspection rule or an exception as the fields of its form, and back.
import type { InspectionRule, TlsException } from "../../api/types";
import { conditionOf, line, ruleLines, type Kind, type Line } from "../../policy/condition";
import { tidy } from "../../policy/items";

/** What is known of a tunnel before it is opened: conditions on anything else never decide. */
export const KINDS: readonly Kind[] = [
  "category",
  "host",
  "user",
  "group",
  "network",
  "schedule",
  "port",
  "address",
  "user_agent",
];

export type Form = {
  title: string;
  note: string;
  lines: Line[];
  then: string;
  fault: string[];
  from: string;
  until: string;
};

export function formOf(item: Partial<InspectionRule & Omit<TlsException, "then">> | undefined, then: string): Form {
  return {
    title: item?.title ?? "",
    note: item?.note ?? "",
    lines: item ? ruleLines({ if: item.if ?? {}, unless: item.unless }) : [line("if", "host")],
    then: item?.then ?? then,
    fault: item?.fault ?? [],
    from: item?.from ?? "",
    until: item?.until ?? "",
  };
}

/** What the form says, on top of what the document holds and the form does not show. */
export function itemOfForm<T extends InspectionRule | TlsException>(form: Form, id: string, was: T | undefined): T {
  const unless = conditionOf(form.lines, "unless", was?.unless);
  return tidy({
    ...was,
    id,
    title: form.title.trim(),
    note: form.note.trim(),
    if: conditionOf(form.lines, "if", was?.if),
    unless: Object.keys(unless).length ? unless : undefined,
    fault: form.fault,
    then: form.then,
    from: form.from.trim(),
    until: form.until.trim(),
  }) as unknown as T;
}
