// The navigation: groups of pages that this role may see, and what the gateway is enforcing right now.
import type { Got } from "../api/client";
import { useSession } from "../api/session";
import { useGet } from "../api/use-get";
import { Icon } from "../components/icon";
import { usePlace } from "../lib/router";
import { safe } from "../lib/safe";
import { ROUTES, type Group } from "../routes";
import { common } from "../text/common";
import { shell as t } from "./text";

const GROUPS: readonly Group[] = ["top", "policy", "oversight", "system"];

export function Logo() {
  return <img class="logo" src="/icon.svg" alt="" width={28} height={28} />;
}

export function Nav() {
  const { permissions, host } = useSession();
  const { path } = usePlace();
  const here = (paths: readonly string[]) =>
    paths[0] === "/" ? path === "/" : path === paths[0] || path.startsWith(`${paths[0]}/`);
  return (
    <nav class="nav" aria-label={t("nav.label")}>
      <a class="brand" href="/">
        <Logo />
        <span>
          <b>{common("product")}</b>
          <small>{safe(host)}</small>
        </span>
      </a>
      <div class="nav-groups">
        {GROUPS.map(group => {
          const pages = ROUTES.filter(r => r.group === group && permissions.includes(r.needs));
          if (!pages.length) return null;
          return (
            <div class="nav-group" key={group}>
              {group !== "top" && <h2>{t(`nav.${group}`)}</h2>}
              <ul>
                {pages.map(r => (
                  <li key={r.title}>
                    <a href={r.paths[0]} aria-current={here(r.paths) ? "page" : undefined}>
                      <Icon name={r.icon} />
                      {t(r.title)}
                      {r.title === "nav.lists" && <FailingLists />}
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </div>
      <Enforcing />
    </nav>
  );
}

const useStatus = () => useGet<Got<"/status">>("/status", { poll_ms: 15_000 });

function FailingLists() {
  const failing = useStatus().data?.lists?.sources?.filter(s => s.failing).length;
  return failing ? (
    <span class="nav-badge numbers" title={t("failing_lists", { count: failing })}>
      <span aria-hidden="true">{failing}</span>
      <span class="sr-only">{t("failing_lists", { count: failing })}</span>
    </span>
  ) : null;
}

function Enforcing() {
  const status = useStatus();
  const session = useSession();
  const version = status.data?.policy_version ?? session.policy_version;
  if (status.error) {
    return (
      <div class="enforcing bad">
        <i />
        <span>
          <b>{t("not_answering")}</b>
          <small>{t("enforcing_version", { version: String(version) })}</small>
        </span>
      </div>
    );
  }
  const well = status.data?.running ?? true;
  return (
    <div class={`enforcing ${well ? "good" : "warn"}`}>
      <i />
      <span>
        <b>{status.data ? (well ? t("enforcing") : t("draining")) : t("checking")}</b>
        <small>{t("enforcing_version", { version: String(version) })}</small>
      </span>
    </div>
  );
}
