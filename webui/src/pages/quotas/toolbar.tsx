// The search above each of the three lists, and what stands there when it finds nothing.
import type { ComponentChildren } from "preact";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { SearchInput } from "../../components/field";
import { Empty } from "../../components/states";
import { setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { quotas as t } from "./text";

type Kind = "quotas" | "schedules" | "networks";

export function Toolbar({ kind, find, children }: { kind: Kind; find: string; children?: ComponentChildren }) {
  return (
    <div class="toolbar">
      <SearchInput
        value={find}
        onInput={q => setQuery({ q: q || null }, { replace: true })}
        label={t(`find.${kind}`)}
      />
      {children}
    </div>
  );
}

export function NoneFound({ find }: { find: string }) {
  return (
    <Card>
      <Empty
        icon="search"
        title={t("none_found", { text: safe(find) })}
        actions={<Button onClick={() => setQuery({ q: null })}>{t("clear_find")}</Button>}
      />
    </Card>
  );
}
