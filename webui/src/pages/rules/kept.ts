// Text that someone typed and has not saved, kept while they look at another part of the console.
import { createStore } from "../../lib/store";
import type { Draft } from "../../api/types";

/** `base`: the draft that the text was made from. */
export type Kept = { text: string; base: Draft };
export const textKept = createStore<Kept | null>(null);
