// The pages: address, place in the navigation, who sees them, and how their code is fetched. A page appears in the
// navigation by its row here and nowhere else.
import type { ComponentType } from "preact";
import type { Permission } from "./api/types";
import type { IconName } from "./components/icon";
import { shell as t } from "./shell/text";

type Key = Parameters<typeof t>[0];
export type Group = "top" | "policy" | "oversight" | "system";
export type PageModule = { default: ComponentType<{ params: Record<string, string> }> };
export type Route = {
  /** Patterns; the first is the page's own address. */
  paths: readonly string[];
  title: Key;
  icon: IconName;
  group: Group;
  needs: Permission;
  /** Second key after g. */
  key?: string;
  load: () => Promise<PageModule>;
};

export const ROUTES: readonly Route[] = [
  {
    paths: ["/"],
    title: "nav.overview",
    icon: "overview",
    group: "top",
    needs: "figures",
    key: "o",
    load: () => import("./pages/overview/page"),
  },
  {
    paths: ["/activity"],
    title: "nav.activity",
    icon: "log",
    group: "top",
    needs: "log.read",
    key: "a",
    load: () => import("./pages/activity/page"),
  },
  {
    paths: ["/check"],
    title: "nav.check",
    icon: "check",
    group: "top",
    needs: "policy.read",
    key: "c",
    load: () => import("./pages/check/page"),
  },
  {
    paths: ["/rules"],
    title: "nav.rules",
    icon: "rules",
    group: "policy",
    needs: "policy.read",
    key: "p",
    load: () => import("./pages/rules/page"),
  },
  {
    paths: ["/lists"],
    title: "nav.lists",
    icon: "lists",
    group: "policy",
    needs: "policy.read",
    key: "l",
    load: () => import("./pages/lists/page"),
  },
  {
    paths: ["/quotas"],
    title: "nav.quotas",
    icon: "quotas",
    group: "policy",
    needs: "policy.read",
    key: "q",
    load: () => import("./pages/quotas/page"),
  },
  {
    paths: ["/tls"],
    title: "nav.tls",
    icon: "lock",
    group: "policy",
    needs: "policy.read",
    key: "t",
    load: () => import("./pages/tls/page"),
  },
  {
    paths: ["/people"],
    title: "nav.users",
    icon: "users",
    group: "policy",
    needs: "policy.read",
    key: "u",
    load: () => import("./pages/people/page"),
  },
  {
    paths: ["/changes"],
    title: "nav.changes",
    icon: "changes",
    group: "oversight",
    needs: "changes.read",
    key: "h",
    load: () => import("./pages/changes/page"),
  },
  {
    paths: ["/system"],
    title: "nav.health",
    icon: "system",
    group: "system",
    needs: "figures",
    key: "y",
    load: () => import("./pages/system/page"),
  },
  {
    paths: ["/settings"],
    title: "nav.settings",
    icon: "settings",
    group: "system",
    needs: "figures",
    key: "s",
    load: () => import("./pages/settings/page"),
  },
];
