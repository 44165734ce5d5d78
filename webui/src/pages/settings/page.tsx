// Settings: one's own look, password and sessions; for administrators the people who administer, their tokens and
// sessions, and what the settings file says.
import { roleWith, useSession } from "../../api/session";
import type { Permission } from "../../api/types";
import { Icon, type IconName } from "../../components/icon";
import { PageHeader } from "../../components/page";
import { Forbidden } from "../../components/states";
import { href, usePlace } from "../../lib/router";
import { About } from "./about";
import { Admins } from "./admins";
import { FileSettings } from "./file-settings";
import { Mine } from "./mine";
import { Sessions } from "./sessions";
import { settings as t } from "./text";
import { Tokens } from "./tokens";

const TABS = ["me", "admins", "tokens", "sessions", "file", "about"] as const;
type Tab = (typeof TABS)[number];
const ICON: Record<Tab, IconName> = {
  me: "user",
  admins: "users",
  tokens: "key",
  sessions: "globe",
  file: "settings",
  about: "info",
};
const NEEDS: Partial<Record<Tab, Permission>> = {
  admins: "admins.write",
  tokens: "tokens.write",
  sessions: "sessions.all",
  file: "settings.read",
};

export default function Page() {
  const { query } = usePlace();
  const { permissions } = useSession();
  const tab = TABS.find(name => name === query.get("tab")) ?? "me";
  const allowed = (name: Tab) => !NEEDS[name] || permissions.includes(NEEDS[name]);
  const Part = { me: Mine, admins: Admins, tokens: Tokens, sessions: Sessions, file: FileSettings, about: About }[tab];
  return (
    <>
      <PageHeader title={t("title")} purpose={t("purpose")} />
      <div class="settings">
        <nav class="settings-nav" aria-label={t("tab")}>
          <ul>
            {TABS.filter(allowed).map(name => (
              <li key={name}>
                <a
                  href={href("/settings", { tab: name === "me" ? null : name })}
                  aria-current={name === tab ? "page" : undefined}
                >
                  <Icon name={ICON[name]} size={18} />
                  {t(`tab.${name}`)}
                </a>
              </li>
            ))}
          </ul>
          {!allowed("admins") && <p class="note">{t("only_admins")}</p>}
        </nav>
        <div class="stack settings-part">{allowed(tab) ? <Part /> : <Forbidden needed={roleWith(NEEDS[tab]!)} />}</div>
      </div>
    </>
  );
}
