// Asks before what can't be undone. Drafts never ask: their toast has Undo.
import { render } from "preact";
import { useState } from "preact/hooks";
import { common as t } from "../text/common";
import { Button } from "./button";
import { Field, TextInput } from "./field";
import { Sheet } from "./sheet";

type Question = {
  title: string;
  text: string;
  /** The word on the button: what happens, not "OK". */
  verb: string;
  danger?: boolean;
  /** What must be typed first, for what can't be brought back at all. */
  typed?: { label: string; word: string };
};

function Ask({ question, done }: { question: Question; done: (yes: boolean) => void }) {
  const [text, setText] = useState("");
  const ready = !question.typed || text.trim() === question.typed.word;
  return (
    <Sheet
      kind="box"
      title={question.title}
      onClose={() => done(false)}
      onSubmit={() => ready && done(true)}
      actions={
        <>
          <Button onClick={() => done(false)}>{t("cancel")}</Button>
          <Button type="submit" kind={question.danger ? "danger" : "primary"} disabled={!ready}>
            {question.verb}
          </Button>
        </>
      }
    >
      <p>{question.text}</p>
      {question.typed && (
        <Field label={question.typed.label}>
          {id => <TextInput id={id} value={text} onInput={setText} autofocus />}
        </Field>
      )}
    </Sheet>
  );
}

export function confirm(question: Question): Promise<boolean> {
  const place = document.createElement("div");
  document.body.append(place);
  return new Promise(resolve => {
    render(
      <Ask
        question={question}
        done={yes => {
          render(null, place);
          place.remove();
          resolve(yes);
        }}
      />,
      place,
    );
  });
}

/** For a sheet's mayClose: asks before what was typed is lost, and closes when that is meant. */
export function keepEdits(dirty: boolean, words: Omit<Question, "typed">, close: () => void): () => boolean {
  return () => {
    if (!dirty) return true;
    void confirm({ ...words, danger: true }).then(yes => yes && close());
    return false;
  };
}
