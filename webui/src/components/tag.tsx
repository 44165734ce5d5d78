// A verdict as icon and word: colour is never the only sign. What was allowed is quiet.
import type { ComponentChildren } from "preact";
import type { Action } from "../api/types";
import { common as t } from "../text/common";
import { Icon, type IconName } from "./icon";

export const actionIcon: Record<Action, IconName> = {
  allow: "allow",
  warn: "warn",
  quota: "quota",
  block: "block",
  error: "error",
};

/** `verb`: what a rule does ("Block"), instead of what was done ("Blocked"). */
export function Verdict({ action, verb, text }: { action: Action; verb?: boolean; text?: string }) {
  const word = text ?? (verb && action !== "error" ? t(`verb.${action}`) : t(`action.${action}`));
  return (
    <span class={`tag v-${action}${verb ? " solid" : ""}`}>
      <Icon name={actionIcon[action]} size={15} />
      {word}
    </span>
  );
}

export function Tag({ children, kind }: { children: ComponentChildren; kind?: "accent" | "good" | "warn" | "bad" }) {
  return <span class={`tag plain ${kind ?? ""}`}>{children}</span>;
}
