// The bar on top: search, appearance, account.
import type { RefObject } from "preact";
import { may, signOut, useSession } from "../api/session";
import { Button } from "../components/button";
import { Icon } from "../components/icon";
import { Menu, type MenuItem } from "../components/menu";
import { errorText } from "../components/states";
import { toast } from "../components/toast";
import { changeLook, type Density, type Theme } from "../lib/look";
import { href, navigate } from "../lib/router";
import { safe } from "../lib/safe";
import { useLook } from "../lib/use-look";
import { common } from "../text/common";
import { shell as t } from "./text";

type Props = {
  onMenu: () => void;
  onKeys: () => void;
  onPassword: () => void;
  search: RefObject<HTMLInputElement | null>;
};

export function TopBar({ onMenu, onKeys, onPassword, search }: Props) {
  const session = useSession();
  const look = useLook();
  const change = changeLook;
  const themes: Theme[] = ["light", "dark", "system"];
  const densities: Density[] = ["comfortable", "compact"];
  const icon = look.theme === "light" ? "sun" : look.theme === "dark" ? "moon" : "contrast";
  const appearance: MenuItem[] = [
    { heading: t("theme") },
    ...themes.map(v => ({ text: t(`theme.${v}`), checked: look.theme === v, run: () => change({ theme: v }) })),
    { heading: t("density") },
    ...densities.map(v => ({
      text: t(`density.${v}`),
      checked: look.density === v,
      run: () => change({ density: v }),
    })),
  ];
  const account: MenuItem[] = [
    { heading: `${safe(session.name)}, ${common(`role.${session.role}`)}` },
    { text: t("account.settings"), icon: "settings", href: "/settings" },
    { text: t("password"), icon: "key", run: onPassword },
    { text: t("keys.show"), icon: "keyboard", note: "?", run: onKeys },
    { text: t("keys.on"), checked: look.keys, run: () => change({ keys: !look.keys }) },
    "line",
    { text: t("sign_out"), icon: "out", run: () => signOut().catch(e => toast({ kind: "bad", text: errorText(e) })) },
  ];
  return (
    <header class="top-bar">
      <Button class="burger" icon="menu" kind="quiet" label={common("menu")} onClick={onMenu} />
      {may("log.read") && (
        <form
          class="search top-search"
          role="search"
          onSubmit={event => {
            event.preventDefault();
            const text = search.current!.value.trim();
            navigate(href("/activity", { q: text || null }));
            search.current!.value = "";
            search.current!.blur();
          }}
        >
          <Icon name="search" size={18} />
          <input
            ref={search}
            class="input"
            type="search"
            placeholder={t("search")}
            aria-label={t("search")}
            autocomplete="off"
            spellcheck={false}
          />
          <kbd aria-hidden="true">/</kbd>
        </form>
      )}
      <div class="top-right">
        <Menu icon={icon} kind="quiet" label={t("theme")} items={appearance} />
        <Menu kind="quiet" class="account" after="down" name={t("account")} items={account}>
          <span class="avatar" aria-hidden="true">
            {initials(session.name)}
          </span>
          <span class="sr-only">{t("account")} </span>
          <span class="account-name">{safe(session.name)}</span>
        </Menu>
      </div>
    </header>
  );
}

function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter(Boolean);
  const letters = parts.length > 1 ? parts[0]!.charAt(0) + parts[1]!.charAt(0) : name.slice(0, 2);
  return safe(letters.toUpperCase());
}
