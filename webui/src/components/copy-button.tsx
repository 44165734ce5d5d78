// Copies, and says so.
import type { ComponentChildren } from "preact";
import { common as t } from "../text/common";
import { Button } from "./button";
import { announce } from "./live-region";
import { toast } from "./toast";

export async function copyText(text: string, done: string = t("copied")): Promise<void> {
  try {
    await copy(text);
    announce(done);
    toast({ text: done });
  } catch {
    toast({ kind: "bad", text: t("copy_failed") });
  }
}

/** The clipboard exists only on https and localhost; elsewhere a selected field and the old command do. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr-only";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy refused");
}

type Props = {
  text: string | (() => string);
  children?: ComponentChildren;
  label?: string;
  small?: boolean;
  kind?: "quiet";
};

export function CopyButton({ text, children, label = t("copy"), small, kind }: Props) {
  return (
    <Button
      icon="copy"
      small={small}
      kind={kind}
      label={label}
      onClick={() => copyText(typeof text === "string" ? text : text())}
    >
      {children}
    </Button>
  );
}
