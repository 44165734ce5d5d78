// A moment as people say it; the exact time is the title.
import { ago, full } from "../lib/format";

export const Ago = ({ at }: { at: string }) => <span title={full(at)}>{ago(at)}</span>;
