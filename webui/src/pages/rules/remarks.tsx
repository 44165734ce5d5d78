// What the gateway remarks on a policy (lint): rules that never decide, regexes that say something else, names nobody
// uses.
import { useEffect, useState } from "preact/hooks";
import { aborted, send } from "../../api/client";
import type { Note, Policy } from "../../api/types";
import { Icon } from "../../components/icon";
import { safe } from "../../lib/safe";
import { editorOf } from "../../policy/uses";
import { rules as t } from "./text";

const SHOWN = 8;

/** Of the document as it is now; null until it is known, and while the document has faults. */
export function useRemarks(etag: string, document: Policy, wanted = true): readonly Note[] | null {
  const [notes, setNotes] = useState<readonly Note[] | null>(null);
  useEffect(() => {
    if (!wanted) return setNotes(null);
    const running = new AbortController();
    send<{ notes: Note[] }>("POST", "/policy/lint", { body: document, signal: running.signal }).then(
      a => setNotes(a.data.notes),
      (error: unknown) => aborted(error) || setNotes(null),
    );
    return () => running.abort();
  }, [etag, wanted]);
  return notes;
}

/** Warnings by the rule that they are about. */
export function byRule(notes: readonly Note[] | null): Map<string, Note[]> {
  const made = new Map<string, Note[]>();
  for (const note of notes ?? []) if (note.rule) made.set(note.rule, [...(made.get(note.rule) ?? []), note]);
  return made;
}

/** What a fault or remark is about: its editor when there is one, else where it stands in the text. */
export function Place({ document, pointer }: { document: Policy; pointer: string }) {
  const editor = editorOf(document, pointer);
  return editor ? <a href={editor.href}>{safe(editor.title)}</a> : <code>{safe(pointer)}</code>;
}

export function Remarks({ notes, document }: { notes: readonly Note[] | null; document: Policy }) {
  const [more, setMore] = useState(false);
  if (!notes || notes.length === 0) return null;
  const sorted = [...notes].sort((a, b) => Number(b.severity === "warning") - Number(a.severity === "warning"));
  const shown = more ? sorted : sorted.slice(0, SHOWN);
  return (
    <section class="review-part">
      <h3>{t("remarks", { count: notes.length })}</h3>
      <ul class="fault-list remarks">
        {shown.map(note => {
          return (
            <li key={note.pointer + note.message} class={note.severity}>
              <Icon name={note.severity === "warning" ? "warn" : "info"} size={15} />
              <span class="wrap">
                <Place document={document} pointer={note.pointer} /> {safe(note.message)}
              </span>
            </li>
          );
        })}
      </ul>
      {sorted.length > shown.length && (
        <button type="button" class="link" onClick={() => setMore(true)}>
          {t("remarks.more", { count: sorted.length - shown.length })}
        </button>
      )}
    </section>
  );
}
