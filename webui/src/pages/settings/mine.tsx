// What is one's own: the look on this machine, the password, the sessions.
import { useState } from "preact/hooks";
import { useSession } from "../../api/session";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Segmented } from "../../components/segmented";
import { Switch } from "../../components/switch";
import { Tag } from "../../components/tag";
import { ago, full, zone } from "../../lib/format";
import { changeLook, type Density, type Theme } from "../../lib/look";
import { safe } from "../../lib/safe";
import { useLook } from "../../lib/use-look";
import { ChangePassword } from "../../sign-in/change-password";
import { common } from "../../text/common";
import { SessionsCard } from "./sessions";
import { settings as t } from "./text";

const THEMES: readonly Theme[] = ["light", "dark", "system"];
const ROWS: readonly Density[] = ["comfortable", "compact"];

export function Mine() {
  const session = useSession();
  const look = useLook();
  const [password, setPassword] = useState(false);
  return (
    <>
      <Card title={t("account")}>
        <dl class="setting-lines">
          <div>
            <dt>{t("account.name")}</dt>
            <dd>
              <b>{safe(session.name)}</b> <Tag kind="accent">{common(`role.${session.role}`)}</Tag>
              <p class="note">{t(`role.${session.role}`)}</p>
            </dd>
          </div>
          <div>
            <dt>{t("account.password")}</dt>
            <dd>
              <Button icon="key" onClick={() => setPassword(true)}>
                {t("account.change")}
              </Button>
              <p class="note">{t("account.password_help")}</p>
            </dd>
          </div>
          <div>
            <dt>{t("account.session")}</dt>
            <dd>
              <span title={full(session.created)}>{t("account.since", { when: ago(session.created) })}</span>
              <p class="note">{t("account.ends", { when: ago(session.expires), minutes: session.idle_s / 60 })}</p>
            </dd>
          </div>
        </dl>
      </Card>
      <Card title={t("look")} note={t("look.note")}>
        <dl class="setting-lines">
          <div>
            <dt>{t("look.theme")}</dt>
            <dd>
              <Segmented
                label={t("look.theme")}
                value={look.theme}
                options={THEMES.map(value => ({ value, text: t(`theme.${value}`) }))}
                onChange={theme => void changeLook({ theme })}
              />
            </dd>
          </div>
          <div>
            <dt>{t("look.rows")}</dt>
            <dd>
              <Segmented
                label={t("look.rows")}
                value={look.density}
                options={ROWS.map(value => ({ value, text: t(`rows.${value}`) }))}
                onChange={density => void changeLook({ density })}
              />
            </dd>
          </div>
          <div>
            <dt>{t("look.keys")}</dt>
            <dd>
              <Switch checked={look.keys} label={t("look.keys")} onChange={keys => void changeLook({ keys })} />
              <p class="note">{t("look.keys_help")}</p>
            </dd>
          </div>
          <div>
            <dt>{t("look.zone")}</dt>
            <dd>
              {zone()}
              <p class="note">{t("look.zone_help")}</p>
            </dd>
          </div>
        </dl>
      </Card>
      <SessionsCard of={session.name} title={t("sessions.mine")} />
      {password && <ChangePassword onClose={() => setPassword(false)} />}
    </>
  );
}
