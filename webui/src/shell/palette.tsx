// Ctrl+K: any page, a command, or what was typed as a search of the log or a check against the policy.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { may, useSession } from "../api/session";
import { Icon, type IconName } from "../components/icon";
import { changeLook } from "../lib/look";
import { href, navigate } from "../lib/router";
import { safe } from "../lib/safe";
import { ROUTES } from "../routes";
import { shell as t } from "./text";

type Choice = { key: string; text: string; kind: string; icon: IconName; run: () => void };

export function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const { permissions } = useSession();
  const box = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current!.showModal();
    return () => {
      box.current?.close();
      if (before?.isConnected) before.focus();
    };
  }, []);

  const all: Choice[] = [
    ...ROUTES.filter(r => permissions.includes(r.needs)).map(r => ({
      key: r.title,
      text: t(r.title),
      kind: t("palette.go"),
      icon: r.icon,
      run: () => navigate(r.paths[0]!),
    })),
    {
      key: "light",
      text: `${t("theme")}: ${t("theme.light")}`,
      kind: t("palette.do"),
      icon: "sun",
      run: () => changeLook({ theme: "light" }),
    },
    {
      key: "dark",
      text: `${t("theme")}: ${t("theme.dark")}`,
      kind: t("palette.do"),
      icon: "moon",
      run: () => changeLook({ theme: "dark" }),
    },
    { key: "keys", text: t("keys.show"), kind: t("palette.do"), icon: "keyboard", run: onKeys },
  ];
  const word = text.trim();
  const found = all.filter(c => matches(c.text, word));
  if (word) {
    if (may("log.read")) {
      found.push({
        key: "log",
        text: t("palette.log", { text: safe(word) }),
        kind: t("palette.do"),
        icon: "search",
        run: () => navigate(href("/activity", { q: word })),
      });
    }
    if (may("policy.read") && /[.:/]/.test(word)) {
      found.push({
        key: "check",
        text: t("palette.check", { text: safe(word) }),
        kind: t("palette.do"),
        icon: "check",
        run: () => navigate(href("/check", { url: word })),
      });
    }
  }
  const chosen = Math.min(at, found.length - 1);
  const run = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    choice.run();
  };
  return (
    <dialog
      ref={box}
      class="palette"
      aria-label={t("palette")}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={event => event.target === box.current && onClose()}
    >
      <div class="search">
        <Icon name="search" size={18} />
        <input
          class="input"
          autofocus
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found[chosen] ? `${id}-${found[chosen].key}` : undefined}
          aria-label={t("palette.hint")}
          placeholder={t("palette.hint")}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={event => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={event => {
            if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(found.length, 1));
            else if (event.key === "ArrowUp") setAt((chosen - 1 + found.length) % Math.max(found.length, 1));
            else if (event.key === "Enter") run(found[chosen]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <ul id={id} role="listbox" aria-label={t("palette")}>
        {found.map((c, i) => (
          <li
            key={c.key}
            id={`${id}-${c.key}`}
            role="option"
            aria-selected={i === chosen}
            onMouseMove={() => setAt(i)}
            onClick={() => run(c)}
          >
            <Icon name={c.icon} size={18} />
            <span>{c.text}</span>
            <small>{c.kind}</small>
          </li>
        ))}
      </ul>
    </dialog>
  );
}

/** Every letter of the word in order: "acl" finds "Activity log". */
function matches(text: string, word: string): boolean {
  let from = 0;
  const hay = text.toLowerCase();
  for (const c of word.toLowerCase()) {
    if (c === " ") continue;
    from = hay.indexOf(c, from) + 1;
    if (from === 0) return false;
  }
  return true;
}
