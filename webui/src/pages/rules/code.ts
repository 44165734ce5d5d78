// CodeMirror as this console uses it: JSON, faults at their places, search, the colours of the tokens. It lives in a
// shadow root, where its styles are constructable style sheets: the content security policy allows no inline ones.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

export type Problem = { from: number; to: number; message: string };
export type Code = {
  text: () => string;
  /** Puts other text there; Ctrl+Z brings the old one back. */
  replace: (text: string) => void;
  mark: (problems: readonly Problem[]) => void;
  goto: (at: number) => void;
  search: () => void;
  freeze: (readOnly: boolean) => void;
  destroy: () => void;
};

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--text-2)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--t-quota)" },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: "var(--muted)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--text) 5%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--sel)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--b-warn)" },
  ".cm-searchMatch": { backgroundColor: "var(--b-warn)", outline: "1px solid var(--c-warn)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--sel)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--hover)", outline: "1px solid var(--line-2)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--hover)", border: "0", color: "var(--muted)", padding: "0 6px" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "8px 36px 8px 12px", font: "13px/20px var(--font)" },
  ".cm-panel.cm-search label": { fontSize: "12.5px" },
  ".cm-panel.cm-search [name=close]": {
    inlineSize: "28px",
    blockSize: "28px",
    color: "var(--text)",
    cursor: "pointer",
  },
  ".cm-textfield": {
    minHeight: "28px",
    border: "1px solid var(--ctl)",
    borderRadius: "6px",
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    padding: "2px 8px",
    font: "13px/20px var(--font)",
  },
  ".cm-panel input:focus-visible, .cm-panel button:focus-visible": { outline: "2px solid var(--focus)" },
  ".cm-panel input[type=checkbox]": { verticalAlign: "-2px", accentColor: "var(--accent-solid)" },
  ".cm-button": {
    minHeight: "28px",
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--line-2)",
    borderRadius: "6px",
    color: "var(--text)",
    font: "550 12.5px/18px var(--font)",
    cursor: "pointer",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
  },
  ".cm-diagnostic": { font: "13px/20px var(--font)", padding: "6px 10px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--c-block)" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--c-block)",
    textUnderlineOffset: "3px",
  },
  ".then-block, .then-block span": { color: "var(--t-block)", fontWeight: "600" },
  ".then-warn, .then-warn span": { color: "var(--t-warn)", fontWeight: "600" },
  ".then-allow, .then-allow span": { color: "var(--t-allow)", fontWeight: "600" },
});

/** Verdicts in the colour that they have elsewhere. */
const verdicts = (() => {
  const matcher = new MatchDecorator({
    regexp: /(?<="then": )"(allow|block|warn)"/g,
    decoration: match => Decoration.mark({ class: `then-${match[1]}` }),
  });
  return ViewPlugin.fromClass(
    class {
      marks: DecorationSet;
      constructor(view: EditorView) {
        this.marks = matcher.createDeco(view);
      }
      update(update: ViewUpdate): void {
        this.marks = matcher.updateDeco(update, this.marks);
      }
    },
    { decorations: it => it.marks },
  );
})();

/**
 * Typing over a selection that begins in coloured text: the browser would keep its colour by an inline style, which the
 * content security policy refuses with noise in the console. So the replacement is made here.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { state } = view;
    if (event.inputType !== "insertText" || event.isComposing || !event.data || state.readOnly) return false;
    if (state.selection.ranges.every(r => r.empty)) return false;
    view.dispatch(state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

type Options = {
  text: string;
  label: string;
  readOnly: boolean;
  phrases: Record<string, string>;
  onChange: (text: string) => void;
  onSave: () => void;
};

export function code(host: HTMLElement, options: Options): Code {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const frozen = new Compartment();
  const freeze = (readOnly: boolean) => [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly)];
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        codeFolding(),
        foldGutter(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightSelectionMatches(),
        search({ top: true }),
        json(),
        syntaxHighlighting(colours),
        verdicts,
        typedOver,
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
        EditorState.phrases.of(options.phrases),
        frozen.of(freeze(options.readOnly)),
        keymap.of([
          { key: "Mod-s", preventDefault: true, run: () => (options.onSave(), true) },
          ...searchKeymap,
          ...lintKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...defaultKeymap,
        ]),
        EditorView.updateListener.of(update => update.docChanged && options.onChange(update.state.doc.toString())),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: text => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    mark: problems => {
      const most = view.state.doc.length;
      const shown = problems.map((p): Diagnostic => ({
        from: Math.min(p.from, most),
        to: Math.min(p.to, most),
        severity: "error",
        message: p.message,
      }));
      view.dispatch(setDiagnostics(view.state, shown));
    },
    goto: at => {
      const pos = Math.min(at, view.state.doc.length);
      view.dispatch({ selection: { anchor: pos }, effects: EditorView.scrollIntoView(pos, { y: "center" }) });
      view.focus();
    },
    search: () => openSearchPanel(view),
    freeze: readOnly => view.dispatch({ effects: frozen.reconfigure(freeze(readOnly)) }),
    destroy: () => view.destroy(),
  };
}
