// What a part of a page shows when it has no data: the skeleton of what will come, nothing there (and what to do), an
// error (and whether traffic is still filtered), no permission (and whom to ask), or data that is old.
import type { ComponentChildren } from "preact";
import { ApiError, aborted } from "../api/client";
import type { Role } from "../api/types";
import { session } from "../api/client";
import type { Got } from "../api/use-get";
import { clock } from "../lib/format";
import { safe } from "../lib/safe";
import { common as t } from "../text/common";
import { Button } from "./button";
import { Icon, type IconName } from "./icon";

/** Grey bars in the shape of what will come; quiet for screen readers, which hear aria-busy of the part. */
export function Skeleton({ rows = 4, kind = "lines" }: { rows?: number; kind?: "lines" | "table" | "chart" }) {
  return (
    <div class={`skeleton ${kind}`} aria-busy="true" aria-label={t("loading")} role="status">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}

type EmptyProps = {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  kind?: "bad";
};

export function Empty({ icon, title, children, actions, kind }: EmptyProps) {
  return (
    <div class={`empty ${kind ?? ""}`}>
      <span class="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
      {actions && <div class="row">{actions}</div>}
    </div>
  );
}

/** What went wrong, in a sentence for people. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) {
    const wait = error.retry_s ? ` (${error.retry_s} s)` : "";
    return safe(error.message) + wait;
  }
  if (error instanceof Error && error.name === "Unreachable") return t("unreachable");
  return safe(error instanceof Error ? error.message : String(error));
}

const NEEDED = /role (viewer|auditor|operator|admin)/;

type FailedProps = { error: unknown; title?: string; onRetry?: () => void; small?: boolean };

export function Failed({ error, title, onRetry, small }: FailedProps) {
  if (error instanceof ApiError && error.status === 403)
    return <Forbidden needed={NEEDED.exec(error.message)?.[1] as Role} />;
  const text = errorText(error);
  const filtering = error instanceof ApiError && error.status >= 500;
  const retry = onRetry && (
    <Button icon="refresh" small onClick={onRetry}>
      {t("try_again")}
    </Button>
  );
  if (small) {
    return (
      <div class="notice bad" role="alert">
        <Icon name="warn" size={18} />
        <p>
          <b>{title ?? t("failed")}.</b> {text} {filtering && t("still_filtering")}
        </p>
        {retry}
      </div>
    );
  }
  return (
    <Empty icon="warn" kind="bad" title={title ?? t("failed")} actions={retry}>
      {text} {filtering && t("still_filtering")}
    </Empty>
  );
}

export function Forbidden({ needed = "admin" }: { needed?: Role }) {
  const role = session.get()?.role ?? "viewer";
  return (
    <Empty icon="lock" title={t("forbidden")}>
      {t("forbidden_help", { role: t(`role.${role}`), needed: t(`role.${needed}`) })}
    </Empty>
  );
}

type AsyncProps<T> = {
  got: Got<T>;
  skeleton?: ComponentChildren;
  title?: string;
  small?: boolean;
  children: (data: T) => ComponentChildren;
};

/** An answer in whatever state it is: skeleton, error, or data with a note when it is old. */
export function Async<T>({ got, skeleton, title, small, children }: AsyncProps<T>) {
  const failed = got.error && !aborted(got.error);
  if (got.data === undefined) {
    if (failed) return <Failed error={got.error} title={title} small={small} onRetry={got.reload} />;
    return <>{skeleton ?? <Skeleton />}</>;
  }
  return (
    <>
      {failed && (
        <div class="notice warn">
          <Icon name="warn" size={18} />
          <p>
            {t("stale", { time: clock(got.at / 1000) })} {errorText(got.error)}
          </p>
          <Button small icon="refresh" onClick={got.reload}>
            {t("try_again")}
          </Button>
        </div>
      )}
      {children(got.data)}
    </>
  );
}
