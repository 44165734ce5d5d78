// Titles of rules and categories in a component.
import { useMemo } from "preact/hooks";
import { namesOf, type Names } from "../lib/names";
import { common as t } from "../text/common";
import type { Policy } from "./types";
import { useGet } from "./use-get";

export function useNames(): Names {
  const { data } = useGet<{ document: Policy }>("/policy", { fresh_ms: 60_000 });
  return useMemo(
    () => namesOf(data?.document, { default: t("default_rule"), uncategorised: t("uncategorised") }),
    [data],
  );
}
