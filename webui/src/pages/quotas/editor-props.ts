// What the page gives each of its editors.
import type { Draft } from "../../api/types";

export type EditorProps = {
  /** null: a new one. */
  id: string | null;
  draft: Draft;
  onClose: () => void;
  /** Opens it anew, as others have left it. */
  onTheirs: () => void;
};
