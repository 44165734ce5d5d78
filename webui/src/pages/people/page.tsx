// Users and groups: who may use the proxy, what the policy calls them, and a page for each person. Accounts change at
// once; groups are part of the policy and are edited in its draft.
import { useState } from "preact/hooks";
import { useDraft } from "../../api/draft";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { PageHeader } from "../../components/page";
import { Segmented } from "../../components/segmented";
import { Async, Skeleton } from "../../components/states";
import { setQuery, usePlace } from "../../lib/router";
import { AccountSheet } from "./account";
import { GroupEditor } from "./group-editor";
import { Groups } from "./groups";
import { PersonPage } from "./person";
import { PeopleTable } from "./table";
import { people as t } from "./text";

/** What is open is in the address: ?user=NAME, ?group=ID or @new, ?form=add or password. */
export default function Page() {
  const { query } = usePlace();
  const draft = useDraft();
  const user = query.get("user");
  const group = query.get("group");
  // Looking at what others made of a group opens its sheet anew.
  const [opened, setOpened] = useState(0);
  const form = query.get("form");
  const tab = query.get("tab") === "groups" ? "groups" : "people";
  return (
    <>
      {user ? (
        <PersonPage key={user} name={user} draft={draft} />
      ) : (
        <>
          <PageHeader
            title={t("title")}
            purpose={t("purpose")}
            actions={
              <>
                <Segmented
                  label={t("tab")}
                  value={tab}
                  options={[
                    { value: "people", text: t("tab.people") },
                    { value: "groups", text: t("tab.groups") },
                  ]}
                  onChange={next => setQuery({ tab: next === "groups" ? next : null, q: null, in: null, state: null })}
                />
                {tab === "people" && may("users.write") && (
                  <Button kind="primary" icon="plus" onClick={() => setQuery({ form: "add" })}>
                    {t("add_user")}
                  </Button>
                )}
                {tab === "groups" && may("policy.draft") && (
                  <Button kind="primary" icon="plus" onClick={() => setQuery({ group: "@new" })}>
                    {t("add_group")}
                  </Button>
                )}
              </>
            }
          />
          {tab === "people" ? (
            <PeopleTable />
          ) : (
            <Async got={draft} skeleton={<Skeleton kind="table" rows={6} />}>
              {d => <Groups draft={d} />}
            </Async>
          )}
        </>
      )}
      {group && draft.data && (
        <GroupEditor
          key={`${group} ${opened}`}
          id={group === "@new" ? null : group}
          draft={draft.data}
          onClose={() => setQuery({ group: null })}
          onTheirs={() => setOpened(n => n + 1)}
        />
      )}
      {form === "add" && draft.data && may("users.write") && (
        <AccountSheet name={null} draft={draft.data} onClose={() => setQuery({ form: null })} />
      )}
      {form === "password" && user && draft.data && may("users.write") && (
        <AccountSheet name={user} draft={draft.data} onClose={() => setQuery({ form: null })} />
      )}
    </>
  );
}
