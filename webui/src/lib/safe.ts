// Logged text is hostile: a URL can hold a right-to-left override that turns "exe.fdp" into "pdf.exe", or letters that
// nobody sees. safe() shows such characters as \u{202e}. Tags need no care here: text only ever becomes a text node.

const UNSEEN = new RegExp(
  "[" +
    "\\u0000-\\u001f\\u007f-\\u009f" + // control characters
    "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u3164\\uffa0" + // letters without a shape
    "\\u200b-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\ufeff" + // zero width, line ends, bidi marks and isolates
    "\\ud800-\\udfff\\ufff0-\\ufffb" + // halves of a pair
    "\\ue000-\\uf8ff\\u{f0000}-\\u{10ffff}" + // private use: whatever a font likes
    "\\ufe00-\\ufe0f\\u{e0000}-\\u{e0fff}" + // variation selectors and tags
    "]",
  "gu",
);

export function safe(text: string | null | undefined): string {
  return (text ?? "").replace(UNSEEN, c => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}
