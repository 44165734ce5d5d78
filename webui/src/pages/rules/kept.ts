// What someone typed and has not saved, kept while they look at another part of the console or sign in again. Another
// person who signs in finds nothing of it.
import { session } from "../../api/client";
import type { Draft } from "../../api/types";
import { createStore } from "../../lib/store";
import type { Form } from "./model/form";

/** `base`: the draft that the text was made from. */
export type Kept = { text: string; base: Draft };
export const textKept = createStore<Kept | null>(null);
/** Rules that were open, by id. */
export const formsKept = new Map<string, Form>();

let owner: string | null = null;
session.subscribe(() => {
  const name = session.get()?.name;
  if (!name || name === owner) return;
  if (owner !== null) {
    textKept.set(null);
    formsKept.clear();
  }
  owner = name;
});
owner = session.get()?.name ?? null;
