// What can be wrong with a site's TLS, by the words of the log and of the policy: what each is called, what it means
// and what helps (en.json beside this).
import { safe } from "../lib/safe";
import { inspection as t } from "./text";

/** Faults of certificates that an exception may name, the commonest first; the gateway has the last word. */
export const OF_CERTIFICATE: readonly string[] = [
  "expired",
  "not-yet-valid",
  "wrong-name",
  "self-signed",
  "unknown-issuer",
  "incomplete-chain",
  "weak-signature",
  "weak-key",
  "revocation-unknown",
  "staple-missing",
  "name-constraints",
  "wrong-usage",
  "key-usage",
  "path-length",
  "not-a-ca",
  "certificate-policy",
  "critical-extension",
  "long-chain",
  "bad-signature",
  "malformed",
  "revoked",
  "untrusted",
];
/** Faults of the connection: no inspected one comes about, so an exception can only leave the tunnel closed. */
export const OF_CONNECTION: readonly string[] = [
  "version",
  "cipher",
  "weak-dh",
  "client-certificate",
  "alpn",
  "refused",
  "no-certificate",
  "protocol",
  "certificate-refused",
];
export const EXCEPTED: readonly string[] = [...OF_CERTIFICATE, ...OF_CONNECTION];

/** Whether an exception would help: clients that refuse the gateway's certificate are a matter of bypasses. */
export const helpsToExcept = (word: string): boolean => EXCEPTED.includes(word) && word !== "certificate-refused";

/** "Expired"; a word that this console does not know yet stays as it is. */
export function faultName(word: string): string {
  const key = `fault.${word}`;
  return t.has(key) ? t(key) : safe(word);
}

/** What it means, in a sentence; "" when this console does not know the word. */
export function faultMeans(word: string): string {
  const key = `means.${word}`;
  return t.has(key) ? t(key) : "";
}

/** What to do about it. */
export function faultHelp(word: string): string {
  const key = `help.${word}`;
  return t(t.has(key) ? key : "help.other");
}
