// A policy as a file of the person's own.
import type { Policy } from "../../api/types";
import { print } from "./model/print";

export function save(name: string, document: Policy | string): void {
  const text = typeof document === "string" ? document : `${print(document)}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = window.document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
