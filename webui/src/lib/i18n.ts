// Words. Each area has an en.json beside its code, whose keys are the type of its t(); another language is the same
// JSON, loaded when chosen. A text is a string with {names}, or an object of plural forms chosen by {count}.
//
//   const t = texts("rules", en);   t("title")   t("changes", { count: 3 })
//   t.rich("decided_by", { rule: <a href=...>...</a> })   the same with elements in the places of names
import type { ComponentChildren } from "preact";
import { count } from "./format";
import { readLook } from "./look";

type Text = string | { one?: string; other: string };
export type Values = Record<string, string | number>;
export interface Translate<K extends string> {
  (key: K, values?: Values): string;
  rich(key: K, values: Record<string, ComponentChildren>): ComponentChildren[];
  has(key: string): key is K;
}

type Area = Record<string, Text>;
const packs = new Map<string, Area>(); // area -> translations of the chosen language
let language = "en";

export function setLanguage(name: string, areas: Record<string, Area>): void {
  language = name;
  packs.clear();
  for (const [area, words] of Object.entries(areas)) packs.set(area, words);
}

/** Longer and full of accents: a cut label, or a word outside en.json, shows. Chosen by look.language = "pseudo". */
export function pseudo(text: string): string {
  const accents: Record<string, string> = {
    a: "á",
    e: "é",
    i: "í",
    o: "ö",
    u: "ü",
    A: "Á",
    E: "É",
    O: "Ö",
    c: "ç",
    n: "ñ",
  };
  const body = text.replace(/\{[^}]*\}|[aeiouAEOcn]/g, m => accents[m] ?? m);
  return `[${body}${"~".repeat(Math.ceil(text.length / 4))}]`;
}

const isPseudo = (): boolean => typeof localStorage !== "undefined" && readLook().language === "pseudo";

export function texts<A extends Area>(area: string, en: A): Translate<Extract<keyof A, string>> {
  type K = Extract<keyof A, string>;
  const rules = new Map<string, Intl.PluralRules>();
  const pseudoNow = isPseudo();
  function pick(key: K, n: unknown): string {
    const text: Text = packs.get(area)?.[key] ?? en[key]!;
    if (typeof text === "string") return pseudoNow ? pseudo(text) : text;
    let rule = rules.get(language);
    if (!rule) rules.set(language, (rule = new Intl.PluralRules(language)));
    const form = rule.select(typeof n === "number" ? n : Number(n ?? 0));
    const chosen = (form === "one" ? text.one : undefined) ?? text.other;
    return pseudoNow ? pseudo(chosen) : chosen;
  }
  const translate = ((key: K, values: Values = {}) =>
    pick(key, values["count"]).replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === "number" ? count(value) : value;
    })) as Translate<K>;
  translate.rich = (key, values) =>
    pick(key, values["count"])
      .split(/\{(\w+)\}/)
      .map((part, i) => {
        if (i % 2 === 0) return part;
        const value = values[part];
        return typeof value === "number" ? count(value) : value;
      });
  translate.has = (key: string): key is K => key in en;
  return translate;
}
