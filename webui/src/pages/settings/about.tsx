// What this is, where it runs, and what it is made of.
import { useSession } from "../../api/session";
import { Card } from "../../components/card";
import { CopyButton } from "../../components/copy-button";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { settings as t } from "./text";

/** What the built console holds of others; the whole texts are in licences.txt, which the build writes. */
const PARTS = [
  { name: "Inter", licence: "SIL Open Font License 1.1" },
  { name: "Preact", licence: "MIT" },
  { name: "CodeMirror, Lezer", licence: "MIT" },
  { name: "style-mod, w3c-keyname, crelt", licence: "MIT" },
] as const;

export function About() {
  const me = useSession();
  const facts: [string, string][] = [
    [t("about.version"), safe(me.version)],
    [t("about.host"), safe(me.host)],
    [t("about.policy"), `v${me.policy_version}`],
    [t("about.proxy"), me.proxy.map(safe).join(", ")],
    [t("about.page"), safe(me.page_host)],
    [t("about.tls"), t(me.tls ? "about.tls_on" : "about.tls_off")],
  ];
  return (
    <>
      <Card
        title={t("about.title")}
        note={t("about.note")}
        actions={
          <CopyButton small text={() => facts.map(f => f.join(": ")).join("\n")} label={t("about.copy")}>
            {t("about.copy")}
          </CopyButton>
        }
      >
        <dl class="setting-lines">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="wrap">{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title={t("about.licences")} note={t("about.licences_note")}>
        <dl class="setting-lines">
          <div>
            <dt>{common("product")}</dt>
            <dd>MIT</dd>
          </div>
          {PARTS.map(p => (
            <div key={p.name}>
              <dt>{p.name}</dt>
              <dd>{p.licence}</dd>
            </div>
          ))}
        </dl>
        <p class="fact-note">
          <a href="/licences.txt" target="_blank" rel="noopener">
            {t("about.whole")}
          </a>
        </p>
      </Card>
    </>
  );
}
