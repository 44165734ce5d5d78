// What surrounds every page: navigation, top bar, draft bar, palette, keys, toasts. It fetches the page's code, puts a
// boundary around it, and moves the focus when the page changes.
import type { ComponentType } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { expire, roleWith, useSession } from "../api/session";
import { Button } from "../components/button";
import { ErrorBoundary } from "../components/error-boundary";
import { announce } from "../components/live-region";
import { PageHeader } from "../components/page";
import { Empty, Failed, Forbidden, Skeleton } from "../components/states";
import { watchIdle } from "../lib/idle";
import { useHotkeys } from "../lib/keys";
import { match, navigate, usePlace } from "../lib/router";
import { safe } from "../lib/safe";
import { ROUTES, type Route } from "../routes";
import { common } from "../text/common";
import { ChangePassword } from "../sign-in/change-password";
import { DraftBar } from "./draft-bar";
import { Help } from "./help";
import { Nav } from "./nav";
import { Palette } from "./palette";
import { shell as t } from "./text";
import { TopBar } from "./top-bar";
import { TrialBar } from "./trial-bar";

type Found = { route: Route; params: Record<string, string> } | null;

function find(path: string): Found {
  for (const route of ROUTES) {
    for (const pattern of route.paths) {
      const params = match(pattern, path);
      if (params) return { route, params };
    }
  }
  return null;
}

/** Fetches the code of the page that the address names, while the session is being asked for. */
export function preload(path: string): void {
  find(path)
    ?.route.load()
    .catch(() => {}); // the page itself will say so
}

export function Shell() {
  const { path } = usePlace();
  const { permissions, idle_s } = useSession();
  const [drawer, setDrawer] = useState(false);
  const [over, setOver] = useState<"palette" | "help" | "password" | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const main = useRef<HTMLElement>(null);
  const found = useMemo(() => find(path), [path]);

  useEffect(() => setDrawer(false), [path]);
  const drawerBox = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!drawer) return;
    drawerBox.current!.querySelector<HTMLElement>("[aria-current], a")!.focus();
    return () => {
      // Back to the button that opened it, unless a page was chosen.
      if (drawerBox.current?.contains(document.activeElement)) document.querySelector<HTMLElement>(".burger")?.focus();
    };
  }, [drawer]);
  useEffect(() => watchIdle(idle_s, () => void expire()), [idle_s]);
  const shownRoute = useRef<Route | null | undefined>(undefined);
  useEffect(() => {
    const route = found?.route ?? null;
    // The first page keeps the browser's focus; later ones take it, as a reload would.
    if (shownRoute.current !== undefined && shownRoute.current !== route) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
      if (route) announce(t(route.title));
    }
    shownRoute.current = route;
  }, [found?.route]);

  useHotkeys([
    { keys: "/", run: () => (document.querySelector<HTMLInputElement>("[data-find]") ?? search.current)?.focus() },
    { keys: "?", run: () => setOver("help") },
    { keys: "ctrl+k", run: () => setOver(o => (o === "palette" ? null : "palette")) },
    ...ROUTES.filter(r => r.key && permissions.includes(r.needs)).map(r => ({
      keys: `g ${r.key}`,
      run: () => navigate(r.paths[0]!),
    })),
  ]);

  return (
    <div class="shell">
      <a class="skip" href="#main">
        {common("skip")}
      </a>
      <div
        ref={drawerBox}
        class={`drawer ${drawer ? "open" : ""}`}
        onClick={event => event.target === event.currentTarget && setDrawer(false)}
        onKeyDown={event => event.key === "Escape" && setDrawer(false)}
      >
        <Nav />
      </div>
      <div class="column">
        <TopBar
          search={search}
          onMenu={() => setDrawer(true)}
          onKeys={() => setOver("help")}
          onPassword={() => setOver("password")}
        />
        <TrialBar />
        <main id="main" ref={main} tabIndex={-1}>
          <ErrorBoundary at={path}>
            {!found ? (
              <NotFound path={path} />
            ) : permissions.includes(found.route.needs) ? (
              <Page found={found} />
            ) : (
              <>
                <PageHeader title={t(found.route.title)} />
                <Forbidden needed={roleWith(found.route.needs)} />
              </>
            )}
          </ErrorBoundary>
        </main>
        <DraftBar />
      </div>
      {over === "palette" && <Palette onClose={() => setOver(null)} onKeys={() => setOver("help")} />}
      {over === "help" && <Help onClose={() => setOver(null)} />}
      {over === "password" && <ChangePassword onClose={() => setOver(null)} />}
    </div>
  );
}

const fetched = new Map<Route, ComponentType<{ params: Record<string, string> }>>();

function Page({ found }: { found: NonNullable<Found> }) {
  const { route, params } = found;
  const [failure, setFailure] = useState<{ route: Route; error: unknown } | null>(null);
  const [, setDone] = useState<Route | null>(null);
  const load = () => {
    setFailure(null);
    route.load().then(
      module => {
        fetched.set(route, module.default);
        setDone(route);
      },
      (error: unknown) => setFailure({ route, error }),
    );
  };
  useEffect(() => {
    if (!fetched.has(route)) load();
  }, [route]);
  const Component = fetched.get(route);
  if (Component) return <Component key={route.title} params={params} />;
  return (
    <>
      <PageHeader title={t(route.title)} />
      {failure?.route === route ? (
        <Failed error={failure.error} onRetry={() => location.reload()} />
      ) : (
        <Skeleton kind="table" rows={8} />
      )}
    </>
  );
}

function NotFound({ path }: { path: string }) {
  return (
    <>
      <PageHeader title={common("not_found")} />
      <Empty icon="search" title={common("not_found")} actions={<Button href="/">{common("to_overview")}</Button>}>
        {common("not_found_help", { path: safe(path) })}
      </Empty>
    </>
  );
}
