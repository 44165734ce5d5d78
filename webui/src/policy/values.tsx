// The values of one condition, with what the policy, the log and common sense suggest.
import { useEffect, useState } from "preact/hooks";
import { may } from "../api/session";
import type { Policy } from "../api/types";
import { useGet } from "../api/use-get";
import { ChipsInput, TextInput } from "../components/field";
import { safe } from "../lib/safe";
import type { Kind } from "./condition";
import { policy as t } from "./text";

type Known = { value: string; text?: string }[];
type Props = {
  document: Policy;
  kind: Exclude<Kind, "regex">;
  label: string;
  values: string[];
  disabled: boolean;
  onChange: (values: string[]) => void;
};

const words = (text: string): Known => text.split(" ").map(value => ({ value }));
const METHODS = words("GET POST PUT PATCH DELETE HEAD OPTIONS CONNECT");
const SCHEMES = words("http https ws wss ftp connect");
const PORTS = words("80 443 8080 8443 1024-65535");
const EXTENSIONS = words("exe msi scr bat cmd ps1 js vbs jar apk dmg iso img zip rar 7z docm xlsm torrent");
const TYPES = words(
  "video/* audio/* application/zip application/x-msdownload application/octet-stream application/java-archive " +
    "application/vnd.android.package-archive application/x-bittorrent",
);
const AGENTS = words("curl* Wget* python-requests* Go-http-client*");

/** Values that the log has seen, for those who may read it; asked when typing rests. */
function useSeen(field: "user" | "host" | null, text: string): Known {
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(text.trim()), 250);
    return () => clearTimeout(timer);
  }, [text]);
  const path = field && may("log.read") ? "/requests/suggest" : null;
  const seen = useGet<{ items: { value: string }[] }>(path, { query: { field, q }, fresh_ms: 60_000 });
  return (seen.data?.items ?? []).filter(i => !i.value.startsWith("@")).map(i => ({ value: i.value }));
}

/** People with an account, for those who may see them. */
function useUsers(kind: Kind): Known {
  const users = useGet<{ items: { name: string }[] }>(kind === "user" && may("users.write") ? "/users" : null, {
    fresh_ms: 60_000,
  });
  return (users.data?.items ?? []).map(u => ({ value: u.name }));
}

function fromPolicy(document: Policy, kind: Kind): Known | null {
  const titled = (all: Record<string, { title?: string } | unknown> | undefined): Known =>
    Object.entries(all ?? {}).map(([value, item]) => {
      const title = (item as { title?: string }).title;
      return title && title !== value ? { value, text: safe(title) } : { value };
    });
  if (kind === "category")
    return [...titled(document.categories), { value: "uncategorised", text: t("uncategorised") }];
  if (kind === "schedule") return titled(document.schedules);
  if (kind === "group") return Object.keys(document.groups ?? {}).map(value => ({ value }));
  if (kind === "network") return Object.keys(document.networks ?? {}).map(value => ({ value }));
  if (kind === "user") return Object.values(document.groups ?? {}).flatMap(g => g.map(value => ({ value })));
  return null;
}

const FIXED: Partial<Record<Kind, Known>> = {
  method: METHODS,
  scheme: SCHEMES,
  port: PORTS,
  extension: EXTENSIONS,
  content_type: TYPES,
  user_agent: AGENTS,
};

export function Values({ document, kind, label, values, disabled, onChange }: Props) {
  const [text, setText] = useState("");
  const seen = useSeen(kind === "user" || kind === "host" ? kind : null, text);
  const users = useUsers(kind);
  const known = [...(fromPolicy(document, kind) ?? []), ...users, ...(FIXED[kind] ?? []), ...seen];
  const once = known.filter((k, i) => known.findIndex(o => o.value === k.value) === i);
  const help = t.has(`hint.${kind}`) ? t(`hint.${kind}` as "hint.host") : undefined;
  if (kind === "size_over") {
    return (
      <TextInput
        value={values[0] ?? ""}
        disabled={disabled}
        aria-label={label}
        placeholder="100MiB"
        onInput={value => onChange(value.trim() ? [value.trim()] : [])}
      />
    );
  }
  return (
    <ChipsInput
      values={values}
      onChange={onChange}
      known={once}
      label={label}
      disabled={disabled}
      whole={kind === "user_agent" || kind === "group" || kind === "url"}
      mono={kind === "url" || kind === "user_agent" || kind === "address"}
      placeholder={values.length ? undefined : help}
      onText={setText}
    />
  );
}
