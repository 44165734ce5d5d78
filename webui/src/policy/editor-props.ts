// What a page gives the editor of a named thing of the policy.
import type { Draft } from "../api/types";

export type EditorProps = {
  /** null: a new one. */
  id: string | null;
  draft: Draft;
  onClose: () => void;
  /** Opens it anew, as others have left it. */
  onTheirs: () => void;
};
