// Made by `npm run types` from adminapi/openapi.json; do not edit.
export interface paths {
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the gateway well? */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures for Prometheus */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Workers, connections, versions, journal lag, list ages */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in, and what that may do
         * @description What a page asks when it opens. Needs a session; without one 401, or 204 when `optional`.
         */
        get: operations["showSession"];
        put?: never;
        /**
         * Sign in
         * @description Ends the session that the browser held. After 5 failures for a name, or 20 from an address, each attempt has to wait, longer each time.
         */
        post: operations["signIn"];
        /** Sign out */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change one's own password
         * @description Ends all sessions of the account; this browser gets a new one.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in
         * @description Your own sessions; everybody's for the role admin.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description One of your own; anybody's for the role admin.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The active policy */
        get: operations["getPolicy"];
        /** Check, test, store and activate a policy, all or nothing */
        put: operations["applyPolicy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** JSON Schema of policy documents */
        get: operations["getPolicySchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Versions, newest first */
        get: operations["listPolicyVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One version's document */
        get: operations["getPolicyVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Every fault of a document, and its tests */
        post: operations["validatePolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run the tests of a document; without a body those of the active policy */
        post: operations["testPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What changes between two policies */
        post: operations["diffPolicies"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an older version's document the newest version */
        post: operations["rollbackPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/regex": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a regex before it goes into a policy
         * @description Bounded whatever is posted: backtracking as in a policy, and a second for everything.
         */
        post: operations["tryRegex"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/regexes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the regexes of the active policy cost, the dearest first
         * @description Given up ones come first, then by the time that a URL takes on average. Regexes of rules that are switched off do not count.
         */
        get: operations["listRegexes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The draft, or the active policy when there is none
         * @description One draft is shared by all administrators.
         */
        get: operations["getDraft"];
        /** Replace the whole draft; it may have faults */
        put: operations["replaceDraft"];
        post?: never;
        /** Discard the draft */
        delete: operations["discardDraft"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rules, categories and so on of the draft */
        get: operations["listDraftItems"];
        put?: never;
        /** Add an item */
        post: operations["addDraftItem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/{kind}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One item */
        get: operations["getDraftItem"];
        /** Replace an item, which keeps its id and place */
        put: operations["replaceDraftItem"];
        post?: never;
        /** Remove an item */
        delete: operations["removeDraftItem"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/{kind}/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move an item of an ordered kind */
        post: operations["moveDraftItem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Faults of the draft, and what each of its tests gave */
        post: operations["validateDraft"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/rebase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Do the draft's changes to the policy that is active now
         * @description Three-way, by named thing: what only one side changed is kept. 409 with `conflicts` when both changed the same thing differently; then nothing is changed.
         */
        post: operations["rebaseDraft"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/commit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish the draft: check, test, store and activate it, all or nothing
         * @description 409 with `active_version` and `changes` when a policy was applied since the draft was begun. 422 with `faults`; those of tests have pointers below /tests.
         */
        post: operations["commitDraft"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would be decided, and why */
        post: operations["explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/explain/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would be decided on many URLs */
        post: operations["explainBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/categories/lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which lists hold a host and what categories follow */
        get: operations["lookupCategories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The request log: a page either way, or the live tail
         * @description A page takes at most 250 ms and then says how far it came. after= waits (wait= seconds) for requests that ended since, in the order of their ends.
         */
        get: operations["listRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All matching records, oldest first, as JSON lines or CSV
         * @description Streamed. CSV is RFC 4180 with a header row; a cell that a spreadsheet would take for a formula has an apostrophe in front. At most four run at once.
         */
        get: operations["exportRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests/histogram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many requests in each step of time, by action
         * @description For the chart over the log, with the log's filters. Exact and from rollups unless the filters ask for more than one of who (user, client, group), where (host, method) and what came of it (category, rule, action, status, policy version), or for q: then rows are looked at, all of them up to a million, else a share of each step (approx).
         */
        get: operations["requestHistogram"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests/suggest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Values to filter by, those of most requests first */
        get: operations["suggestValues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/requests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One request, and why it was decided so */
        get: operations["getRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The figures of a period, and of the one before it
         * @description users are different users; gateway_p95_us is the time that 95 of 100 requests spent in the gateway's own work (identify and decide) at most, to an eighth; 0 without requests. from is 24 hours ago when absent; from and to are rounded outwards to minutes.
         */
        get: operations["statsSummary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures over time, of those that have the most
         * @description Names of users, hosts and clients, and filters by them, need the role auditor. What is left out by limit is in no series.
         */
        get: operations["statsSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/top": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who or what has the most
         * @description Names of users, hosts and clients, and filters by them, need the role auditor. A request counts in each of its categories. A rule that has not been hit in the period has no item.
         */
        get: operations["statsTop"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inspection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much of TLS is inspected, and what is wrong with it */
        get: operations["getInspection"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All list sources */
        get: operations["listLists"];
        put?: never;
        /** Add a source and load it (a job) */
        post: operations["addList"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One list source */
        get: operations["getList"];
        /**
         * Change where a source comes from and load that (a job)
         * @description The whole description again. The copy in use stays when the new one can not be loaded. No check of updates keeps the new one back, and a pin ends: it was asked for.
         */
        put: operations["replaceList"];
        post?: never;
        /** Remove a source that the active policy does not name */
        delete: operations["removeList"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Load a source again (a job)
         * @description A copy that looks wrong is held for approval: the job is done, and the source has the state held. A list that was rolled back is not updated before it is resumed; * leaves it out.
         */
        post: operations["updateList"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs, newest first */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Cancel a job
         * @description A running one ends soon, with state `cancelled`, and nothing is changed; one that has ended, or just puts its work to use, stays as it is.
         */
        delete: operations["cancelJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quotas/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has used how much */
        get: operations["quotaUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quotas/usage/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set usage back to nothing */
        post: operations["resetQuota"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tunnels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is open: tunnels, and transfers that have lasted a second */
        get: operations["listTunnels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tunnels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Cut a tunnel or transfer */
        delete: operations["closeTunnel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings in force */
        get: operations["listSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/proxy.pac": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The proxy auto-config file
         * @description Made from the settings: proxy.pac_proxy, or the first listener of the proxy at the address by which the caller reached this port; proxy.pac_bypass goes past it. The proxy port serves the same file at /proxy.pac and /wpad.dat.
         */
        get: operations["proxyPac"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wpad.dat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same under the name that browsers look for
         * @description Made from the settings: proxy.pac_proxy, or the first listener of the proxy at the address by which the caller reached this port; proxy.pac_bypass goes past it. The proxy port serves the same file at /proxy.pac and /wpad.dat.
         */
        get: operations["wpadDat"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Proxy users */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One proxy user */
        get: operations["getUser"];
        /** Make a proxy user or change its password */
        put: operations["putUser"];
        post?: never;
        /** Remove a proxy user */
        delete: operations["removeUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Console accounts */
        get: operations["listAdmins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admins/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Make a console account or change it
         * @description What is absent stays. A new password or role ends the account's sessions.
         */
        put: operations["putAdmin"];
        post?: never;
        /** Remove a console account with its tokens and sessions */
        delete: operations["removeAdmin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Bearer tokens (never the secret) */
        get: operations["listTokens"];
        put?: never;
        /** Make a bearer token; it is shown this once */
        post: operations["addToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a token */
        delete: operations["removeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, newest first */
        get: operations["listChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a list as a file (a job)
         * @description The body is the file as it is: a text, compressed or not, or an archive of lists; at most 1 GiB. Makes the source, or gives new content to one that exists, wherever it came from before. The file is kept, so that the list can be loaded again.
         */
        post: operations["uploadList"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The version that waits to be confirmed stays
         * @description 409 when another version waits, or none.
         */
        post: operations["confirmPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish the draft that somebody else asked to publish
         * @description 403 for the account that asked: a token counts as its account. The version is of who asked; the change log says who approved.
         */
        post: operations["approveDraft"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/draft/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the request for approval; the draft can be edited again
         * @description By the account that asked it is a withdrawal.
         */
        post: operations["rejectDraft"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a policy on recorded requests (a job)
         * @description Judges recorded requests by the active policy and by a candidate, on the same facts, and tells which would come out otherwise. The job's result is a Replay.
         */
        post: operations["startReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/lint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What is odd about a policy
         * @description A rule that is called shadowed, contradictory, duplicate or redundant never decides, whatever the request.
         */
        post: operations["lintPolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How often each rule of the active policy decided, and when last */
        get: operations["policyUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * How updates of a list are checked, and how many versions are kept
         * @description Members that are left out stay as they are. Nothing is loaded.
         */
        put: operations["setListChecks"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The copies of a list that were in use, newest first
         * @description As many as its checks say are kept. Copies with the same content share their files.
         */
        get: operations["listVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put an earlier version of a list in use (a job)
         * @description It becomes a new version. The list is pinned: updates would undo it, so there are none until it is resumed. Refused when the active policy or one of its tests does not hold with it.
         */
        post: operations["rollBackList"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put the held copy of a list in use (a job)
         * @description With a version the job fails when another one waits by now.
         */
        post: operations["approveList"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/held": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Discard the held copy of a list
         * @description The copy in use stays. What the source offers is asked about again when it changes.
         */
        delete: operations["discardList"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lists/{name}/pin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Resume the updates of a list that was rolled back
         * @description One that is fetched by itself is fetched at once.
         */
        delete: operations["resumeList"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{client}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a followed client's connections went through
         * @description Lines with a greater number than `after`, oldest first, at most 1,000; the newest 2,048 are kept. No line has credentials, cookies or bodies.
         */
        get: operations["readTrace"];
        /**
         * Follow a client's connections
         * @description Begins, or goes on. It ends by itself 60 seconds after it was last read; at most four clients are followed at once. That it began is in the change log.
         */
        put: operations["beginTrace"];
        post?: never;
        /** Follow a client no longer */
        delete: operations["endTrace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the settings file again
         * @description The whole file is read and checked, and what can fail is done (listeners, certificates); then everything takes effect at once. No connection is refused and no transfer cut. With any fault nothing changes.
         */
        post: operations["reloadSettings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upgrade": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of an upgrade */
        get: operations["showUpgrade"];
        put?: never;
        /**
         * Replace the running gateway by another binary
         * @description The new process gets listeners and state; no connection is refused and none is cut. It is done in the background: GET /upgrade tells what became of it, and is answered by the new process (another pid) when it worked.
         */
        post: operations["beginUpgrade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inspection/learned": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hosts that can't be inspected, as it was learned
         * @description What waits for a decision first. Hosts are counted while clients that are inspected elsewhere refuse them, or while they ask for a client certificate.
         */
        get: operations["listLearnedHosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inspection/learned/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Accept or dismiss a host
         * @description Accepted, its connections are tunnelled from the next one on.
         */
        put: operations["decideLearnedHost"];
        post?: never;
        /**
         * Forget a host
         * @description It is inspected again, and may be learned again.
         */
        delete: operations["forgetLearnedHost"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inspection/hosts/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was wrong with a host's TLS, with its certificates
         * @description Only the newest of each host, of some hundred hosts, and only since the gateway started: it is kept in memory.
         */
        get: operations["getFaultyHost"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The certificate authorities that sign for inspected hosts */
        get: operations["listAuthorities"];
        put?: never;
        /**
         * Make the first certificate authority
         * @description A new P-256 key in the state directory. Where one exists the next one is made by POST /ca/rotate.
         */
        post: operations["makeAuthority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca.pem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The certificate to install, as PEM
         * @description No login: it is what every client has to get. The page host serves it at /ca.pem too.
         */
        get: operations["authorityPem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca.crt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The certificate to install, as DER */
        get: operations["authorityCrt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca.der": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The certificate to install, as DER */
        get: operations["authorityDer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the next authority, or say when it signs
         * @description The next one is made and shown first, so that clients can trust it before it signs. A second call with sign_at alone says when it does; what signed before is kept until its leaves have ended. Connections go on. Organisation and name constraints are those of the current one unless given; empty lists drop the constraints.
         */
        post: operations["rotateAuthority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring an authority that somebody else made
         * @description Refused unless clients can accept what it signs: an authority, allowed to sign certificates for TLS servers, valid now, strong enough, with the right key, and a path length that leaves room.
         */
        post: operations["importAuthority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca/back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let the authority before sign again
         * @description For clients that turn out not to have the new one yet.
         */
        post: operations["returnToAuthority"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ca/next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget the next authority */
        delete: operations["cancelAuthority"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inspection/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Restrictions of other companies' services
         * @description Tenant restrictions and safe search. A header rule uses one: `{"id":"slack","use":"slack","with":{"requester":"T0123456789","workspaces":["T0123456789"]}}`.
         */
        get: operations["listServices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/headers/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Whether header rules do what they say
         * @description For each host that a rule names, and for neighbours that it must leave alone, a request with the client's own fields and parameters is judged, and its head is made as it would be sent.
         */
        post: operations["testHeaderRules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            /** @description /problems/... where programs should tell it from others. */
            type?: string;
            title: string;
            status: number;
            detail: string;
            faults?: components["schemas"]["Fault"][];
            /** @description 422 of an item: where it is, or would be, in the document; the faults' pointers begin with it */
            item_pointer?: string;
            current?: components["schemas"]["Current"];
            /** @description 409 of a commit */
            active_version?: number;
            /** @description 409 of a commit: from the draft's base to the active version */
            changes?: components["schemas"]["Change"][];
            /** @description 409 of a rebase: paths that both sides changed */
            conflicts?: string[];
            request?: components["schemas"]["ApprovalRequest"];
        };
        Fault: {
            /** @description JSON pointer (RFC 6901) */
            pointer: string;
            message: string;
        };
        /** @description See /api/v1/policy/schema. */
        Policy: {
            /** @constant */
            schema: 1;
        } & {
            [key: string]: unknown;
        };
        PolicyVersion: {
            version: number;
            /** Format: date-time */
            time: string;
            author: string;
            /** @description the second person */
            approved_by: string | null;
            comment: string;
            active: boolean;
        };
        /**
         * @description One difference, in terms of rules, categories and so on.
         * @example {
         *       "op": "change",
         *       "path": "/rules/social",
         *       "kind": "rule",
         *       "id": "social",
         *       "title": "Social networks",
         *       "before": {
         *         "id": "social",
         *         "title": "Social networks",
         *         "if": {
         *           "host": [
         *             "social.example"
         *           ]
         *         },
         *         "then": "block"
         *       },
         *       "after": {
         *         "id": "social",
         *         "title": "Social networks",
         *         "if": {
         *           "host": [
         *             "social.example"
         *           ]
         *         },
         *         "then": "warn"
         *       },
         *       "fields": [
         *         {
         *           "name": "then",
         *           "before": "block",
         *           "after": "warn"
         *         }
         *       ],
         *       "text": "Rule 'social' changed: then is \"warn\", was \"block\""
         *     }
         */
        Change: {
            /** @enum {unknown} */
            op: "add" | "remove" | "change" | "move";
            /** @description like a JSON pointer, with ids for indices */
            path: string;
            /** @description rule, category, quota, network, group, schedule, header, inspection, test, or the member's own name */
            kind: string;
            id: string | null;
            title: string;
            before?: unknown;
            after?: unknown;
            /** @description of a change: which members differ; null where one is not there */
            fields?: {
                /** @description if.category */
                name: string;
                before: unknown;
                after: unknown;
            }[];
            /** @description place in its list before, from 0 */
            from?: number;
            /** @description place in its list now, from 0 */
            to?: number;
            /** @description a sentence for people */
            text: string;
        };
        /**
         * @example {
         *       "action": "warn",
         *       "rule": "social",
         *       "categories": [
         *         "social"
         *       ],
         *       "inspect": false,
         *       "quota": null,
         *       "policy_version": 12,
         *       "reason": "rule",
         *       "report_only": [],
         *       "title": "Social networks",
         *       "message": null,
         *       "throttle": null,
         *       "source": null,
         *       "groups": [
         *         "staff"
         *       ],
         *       "text": "A warning comes first, by rule 'social' (Social networks): host 'social.example' is at or below one of: social.example.",
         *       "trace": [
         *         {
         *           "step": "rule",
         *           "id": "social",
         *           "result": "matched",
         *           "because": "host 'social.example' is at or below one of: social.example",
         *           "then": "warn"
         *         }
         *       ],
         *       "parent": null,
         *       "fault": null
         *     }
         */
        Explanation: {
            /** @enum {unknown} */
            action: "allow" | "block" | "warn" | "quota";
            rule: string | null;
            categories: string[];
            inspect: boolean;
            /** @description the quota that is used up */
            quota: string | null;
            policy_version: number;
            reason?: string;
            trace: components["schemas"]["TraceStep"][];
            /** @description the answer in one sentence */
            text: string;
            /** @description groups that the user is in */
            groups: string[];
            report_only?: string[];
            title?: string | null;
            message?: string | null;
            /** @description How fast its bytes may flow, both directions together; null: as fast as they go. */
            throttle?: {
                /** @description Such as 2Mbit/s. */
                rate: string;
                /**
                 * @description Whose bytes are counted together.
                 * @enum {unknown}
                 */
                per: "user" | "client" | "group" | "all";
                /** @description Bytes that may pass at once after a rest. */
                burst: number;
            } | null;
            /** @description The address of this machine from which the origin is dialled, as the rule says; null: the system chooses. */
            source?: string | null;
            /** @description What the rule says of parent proxies: the name of some, or `direct`. Null: it says nothing, so `default` is used where the settings have one. */
            parent: string | null;
            /** @description What becomes of the faults that the question names. Null: it names none, or they can't be: plain HTTP. */
            fault?: {
                /** @enum {unknown} */
                then: "allow" | "tunnel" | "block";
                /** @description null: no exception holds, which means block */
                exception: string | null;
            } | null;
        };
        /**
         * @example {
         *       "id": "06k3wq3g0n800",
         *       "time": "2026-11-23T09:00:00.000Z",
         *       "duration_ms": 41,
         *       "timing": {
         *         "connect_us": 900,
         *         "total_us": 41230
         *       },
         *       "client": "10.20.1.7",
         *       "client_port": 51234,
         *       "user": "alice",
         *       "groups": [
         *         "staff"
         *       ],
         *       "method": "GET",
         *       "scheme": "http",
         *       "host": "www.example.com",
         *       "port": 80,
         *       "path": "/",
         *       "query": null,
         *       "action": "allow",
         *       "rule": null,
         *       "reason": "default",
         *       "quota": null,
         *       "categories": [
         *         "news"
         *       ],
         *       "report_only": [],
         *       "policy_version": 12,
         *       "status": 200,
         *       "bytes_in": 420,
         *       "bytes_out": 12000,
         *       "upstream": "192.0.2.7:80",
         *       "parent": null,
         *       "reused": false,
         *       "error": null,
         *       "tls": null,
         *       "content_type": "text/html",
         *       "referrer": null,
         *       "user_agent": "curl/7.88.1"
         *     }
         */
        Request: {
            id: string;
            /** Format: date-time */
            time: string;
            duration_ms: number;
            timing?: components["schemas"]["Timing"];
            client: string;
            user: string | null;
            groups?: string[];
            method: string | null;
            scheme?: string | null;
            host: string | null;
            port?: number | null;
            path?: string | null;
            query?: string | null;
            /** @enum {unknown} */
            action: "allow" | "block" | "warn" | "quota" | "error";
            rule: string | null;
            /** @description Why, as a word: `default`, `rule`, `continued` (a warning was accepted), `quota`, `quota-warning` (nearly used up: a page said so, or none could be shown), `extended` (the user extended the quota); `governed`: no longer allowed while it was open; `user-changed`: its user was removed or got another password meanwhile; or what was wrong with it, such as `malformed`, `loop`, `private-address`, `auth`. */
            reason?: string | null;
            quota?: string | null;
            categories?: string[];
            report_only?: string[];
            policy_version: number;
            status: number | null;
            bytes_in: number;
            bytes_out: number;
            /** @description Who was connected to, `address:port`: the origin, or the parent proxy where `parent` names one. Null: nobody. */
            upstream?: string | null;
            /** @description The name of the parent proxy that the request went through, `default` where parents have no other. Null: it went to the origin itself. */
            parent?: string | null;
            reused?: boolean;
            error?: string | null;
            tls?: components["schemas"]["RecordTls"];
            /**
             * @description The HTTP by which the client asked; null: not known.
             * @enum {unknown}
             */
            http_version?: "1.0" | "1.1" | "2" | null;
            content_type?: string | null;
            referrer?: string | null;
            user_agent?: string | null;
        };
        ListSource: {
            name: string;
            /** @enum {unknown} */
            kind: "file" | "url" | "upload";
            /** @description Path, URL (without credentials and without the values of its query), or the name of the uploaded file. */
            location: string;
            /** @description Asked for, else as detected. */
            format: string;
            /** @description How often it is fetched by itself; null: only by hand. */
            every: string | null;
            /**
             * @description held: a new copy waits for approval; pinned: rolled back, not updated until it is resumed; failed: the last try failed; stale: overdue by more than one interval. In all of them the copy in use serves.
             * @enum {unknown}
             */
            state: "ok" | "stale" | "failed" | "pinned" | "held" | "updating";
            /** @description Of the copy in use. */
            version: number;
            held: components["schemas"]["ListHeld"] | null;
            /** @description Since it was rolled back. */
            pinned: {
                /** Format: date-time */
                since: string;
                by: string;
            } | null;
            checks: components["schemas"]["ListChecks"];
            /** @description Id of the job that loads it now. */
            job: string | null;
            /** @description Categories of the active policy. */
            used_by: string[];
            parts: components["schemas"]["ListPart"][];
            entries: number;
            /** @description Of the file as it came; null for a folder. */
            bytes: number | null;
            /** @description Of the file as it came; null for a folder. */
            sha256: string | null;
            /** @description Since the copy in use was loaded. */
            age_s: number;
            /**
             * Format: date-time
             * @description When the copy in use was loaded.
             */
            updated: string | null;
            /**
             * Format: date-time
             * @description The last try, good or bad.
             */
            checked: string | null;
            /**
             * Format: date-time
             * @description The next try; null: only by hand, or pinned.
             */
            next: string | null;
            /** @description Why the last try failed; null: it did not. */
            last_error: string | null;
            /** Format: date-time */
            error_time: string | null;
            /** @description Lines of the copy in use that could not be read. */
            errors: number;
            /** @description The first of them. */
            faults: {
                list: string;
                text: string;
            }[];
            /** @description Only in the result of an update: whether the content was new. */
            changed?: boolean;
        };
        /** @description Long work that a request started. The last 100 are kept, until the gateway ends. */
        Job: {
            id: string;
            /** @description list-add, list-replace, list-upload, list-update, list-refresh (by the timetable), list-approve, list-rollback, replay */
            kind: string;
            /** @description What it works on; * for all. */
            subject: string;
            /** @enum {unknown} */
            state: "running" | "done" | "failed" | "cancelled";
            /** @description fetch, import, compare, build, swap; replay; "" before the first. */
            phase: string;
            /** @description In units of the phase. */
            done: number;
            /** @description 0: not known. */
            total: number;
            /** @description Of the whole; null: not known. */
            progress: number | null;
            /** Format: date-time */
            started: string;
            /** Format: date-time */
            ended: string | null;
            /** @description Of a job that is done: for lists the source, or all of them; for a replay a Replay, which only operators and admins see (null to others). */
            result: components["schemas"]["Replay"] | Record<string, never> | unknown[] | null;
            /** @description Why it failed. */
            error: string | null;
            /** @description system: the timetable. */
            actor: string;
        };
        QuotaUsage: {
            quota: string;
            /** @description Of the quota; "" where it has none. */
            title: string;
            /** @enum {unknown} */
            per: "user" | "client" | "group" | "all";
            /** @description What the quota counts over: a window of the calendar, or the last stretch of a length. */
            window: ("hour" | "day" | "week" | "month") | {
                rolling: string;
            };
            /** @description User, address or group; "all". */
            subject: string;
            bytes: number;
            requests: number;
            minutes: number;
            /** @description What the quota limits, with the extensions that were taken; at least one. */
            limit: {
                bytes?: number;
                requests?: number;
                minutes?: number;
            };
            /** @description What users may add themselves: how much at a time, how often in a window, and how often it was taken in this one. null where the policy grants none. */
            extension: {
                bytes?: number;
                requests?: number;
                minutes?: number;
                times: number;
                taken: number;
            } | null;
            /** @description Of the limit that is used most. */
            percent: number;
            exhausted: boolean;
            /**
             * Format: date-time
             * @description When the window ends. Of a rolling one: when enough of what was used is old enough to count no more; below the limits, when the first of it is.
             */
            resets: string;
        };
        Health: {
            /** @enum {unknown} */
            status: "ok" | "degraded";
            version: string;
            reason?: string;
        };
        Status: {
            version: string;
            running: boolean;
            policy_version: number;
            /** Format: date-time */
            started?: string;
            uptime_s?: number;
            /** @description The compiled lists and their sources. */
            lists?: {
                /** @description changes with the contents */
                generation: string;
                lists: number;
                hosts: number;
                paths: number;
                addresses: number;
                expressions: number;
                sets: number;
                file_bytes: number;
                sources: {
                    name: string;
                    /** @enum {unknown} */
                    state: "ok" | "stale" | "failed" | "pinned" | "held";
                    entries: number;
                    /** @description of the copy that serves */
                    age_s: number;
                    /** @description since it was last asked for */
                    checked_s: number;
                    failing: boolean;
                }[];
            };
            /** @description The audit trail; left out when no gateway runs. */
            audit?: {
                appended: number;
                stored: number;
                failed: number;
                lag_records: number;
                lag_ms: number;
                failing: boolean;
                last_error: string;
                journal_bytes: number;
                database_bytes: number;
            };
            /** @description The data plane since its start; left out when no gateway runs. */
            proxy?: {
                workers: number;
                /** @description One for each worker, since the start. */
                per_worker: {
                    worker: number;
                    /** @description Client connections open now. */
                    connections: number;
                    requests: number;
                    /** @description CPU time of its thread. */
                    cpu_s: number;
                }[];
                connections: {
                    client: number;
                    idle: number;
                    upstream: number;
                    pooled: number;
                    tunnels: number;
                    refused: number;
                };
                requests: number;
                by_action: {
                    allow: number;
                    block: number;
                    warn: number;
                    quota: number;
                    error: number;
                };
                bytes: {
                    from_clients: number;
                    to_clients: number;
                    from_origins: number;
                    to_origins: number;
                };
                /** @description Times that a regex of the policy gave up on a URL since the start: a rule that blocks takes that for a match. More than a few: look at `GET /policy/regexes`. */
                regex_limits: number;
                /** @description The parent proxies of the settings and how they do. */
                parents: components["schemas"]["Parent"][];
            };
            confirm?: components["schemas"]["Unconfirmed"] | null;
            /** @description Rules in force that name parent proxies which the settings have not; their requests are refused. */
            missing_parents: {
                rule: string;
                parent: string;
            }[];
            /** @description The certificate authority that signs; null: none has been made. */
            ca: {
                id: string;
                subject: string;
                /** Format: date-time */
                not_after: string;
                expires_in_s: number;
                warnings: string[];
            } | null;
        };
        /** @description An entry of the change log. before and after hold what the action changed, never a secret. */
        LoggedChange: {
            id: number;
            /** Format: date-time */
            time: string;
            /** @description Account, token:NAME, cli:USER, or system. */
            actor: string;
            /** @description Address, or local. */
            source: string;
            /** @description AREA.VERB, such as list.add. */
            action: string;
            /** @description Name, id or version of what was changed. */
            subject: string;
            /** @description Why, where the author said so. */
            comment: string;
            /** @description null: it was not there. */
            before: unknown;
            /** @description null: it is no more. */
            after: unknown;
        };
        /**
         * @description A page of the log, or (with after=) what the live tail has.
         * @example {
         *       "items": [
         *         {
         *           "id": "06k3wq3g0n800",
         *           "time": "2026-11-23T09:00:00.000Z",
         *           "duration_ms": 41,
         *           "timing": {
         *             "connect_us": 900,
         *             "total_us": 41230
         *           },
         *           "client": "10.20.1.7",
         *           "client_port": 51234,
         *           "user": "alice",
         *           "groups": [
         *             "staff"
         *           ],
         *           "method": "GET",
         *           "scheme": "http",
         *           "host": "www.example.com",
         *           "port": 80,
         *           "path": "/",
         *           "query": null,
         *           "action": "allow",
         *           "rule": null,
         *           "reason": "default",
         *           "quota": null,
         *           "categories": [
         *             "news"
         *           ],
         *           "report_only": [],
         *           "policy_version": 12,
         *           "status": 200,
         *           "bytes_in": 420,
         *           "bytes_out": 12000,
         *           "upstream": "192.0.2.7:80",
         *           "parent": null,
         *           "reused": false,
         *           "error": null,
         *           "tls": null,
         *           "content_type": "text/html",
         *           "referrer": null,
         *           "user_agent": "curl/7.88.1"
         *         }
         *       ],
         *       "cursor": "b06k3wq3g0n800",
         *       "newer": null,
         *       "tail": "t1hq2k6j9r0000",
         *       "partial": false,
         *       "searched_to": null
         *     }
         */
        RequestPage: {
            items: components["schemas"]["Request"][];
            /** @description Give it as cursor= for the next page in this order; null: that was all. Not in the tail. */
            cursor?: string | null;
            /** @description Give it as cursor= for the page before this one, in the same order; null: this is the first. Not in the tail. */
            newer?: string | null;
            /** @description Give it as after= for what is stored from now on. A record may come twice, here and there; its id tells. null: no gateway runs. */
            tail: string | null;
            /** @description A page: the search ran out of time, and cursor goes on from there. The tail: something in between was not looked at. */
            partial: boolean;
            /**
             * Format: date-time
             * @description How far a partial page was searched. Not in the tail.
             */
            searched_to?: string | null;
            /** @description The tail: how many records are known to be passed over. */
            skipped?: number;
        };
        Draft: {
            /** @description false: the rest tells of the active version */
            exists: boolean;
            /** @description the version that the draft was made from */
            base_version: number;
            /** @description another than base_version when a policy was applied meanwhile: rebase */
            active_version: number;
            /** @description grows with each change and is never used again; 0 without a draft */
            revision: number;
            /** @description of the last change */
            author: string;
            /** Format: date-time */
            created: string | null;
            /** Format: date-time */
            changed: string | null;
            etag: string;
            document: components["schemas"]["Policy"];
            /** @description what the draft changes in its base */
            changes: components["schemas"]["Change"][];
            faults: components["schemas"]["Fault"][];
            /** @description while it waits for approval; then it cannot be edited */
            request: components["schemas"]["ApprovalRequest"] | null;
            /** @description publishing it asks a second person */
            needs_approval: boolean;
        };
        /** @description A rule, category, quota, schedule or header rule as the policy has it (see GET /api/v1/policy/schema), with its id. Networks and groups are {"id", "items"}. Items of ordered kinds have an index, which is ignored in bodies. */
        DraftItem: {
            id?: string;
            index?: number;
            items?: string[];
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "item": {
         *         "id": "social",
         *         "title": "Social networks",
         *         "if": {
         *           "host": [
         *             "social.example"
         *           ]
         *         },
         *         "then": "warn",
         *         "index": 0
         *       },
         *       "etag": "\"v12.8\"",
         *       "revision": 8,
         *       "change_count": 2,
         *       "faults": []
         *     }
         */
        DraftAnswer: {
            item?: components["schemas"]["DraftItem"];
            etag: string;
            revision: number;
            /** @description changes of the draft against its base */
            change_count: number;
            /** @description of the whole draft, such as a rule that names what was removed */
            faults: components["schemas"]["Fault"][];
        };
        Current: {
            etag: string;
            /** @description of the last change */
            author: string;
            /** Format: date-time */
            changed: string | null;
            /** @description who changed something since */
            authors: string[];
            /** @description since the caller's ETag; null when that is not remembered (50 revisions are kept) */
            changes: components["schemas"]["Change"][] | null;
        };
        /**
         * @example {
         *       "index": 0,
         *       "title": "",
         *       "url": "http://social.example/",
         *       "user": "",
         *       "at": null,
         *       "expect": "warn",
         *       "rule": "social",
         *       "ok": false,
         *       "got": "block",
         *       "got_rule": "social",
         *       "message": "expected warn by social, got block by social"
         *     }
         */
        TestResult: {
            index: number;
            title: string;
            url: string;
            user: string;
            at: string | null;
            expect: string;
            /** @description expected; null: any or the default */
            rule: string | null;
            ok: boolean;
            got: string;
            /** @description null: the default */
            got_rule: string | null;
            /** @description why it failed */
            message: string | null;
        };
        /** @description One list of a source; an archive with categories has many. */
        ListPart: {
            /** @description As policies name it: SOURCE, or SOURCE/PART. */
            name: string;
            entries: number;
            lines: number;
            hosts: number;
            urls: number;
            expressions: number;
            addresses: number;
            /** @description Lines of a kind that a gateway has no use for, such as cosmetic filters. */
            skipped: number;
            /** @description Lines that could not be read. */
            errors: number;
            /** @description Entries that the list lets through: Adblock's @@, RPZ's passthru. */
            exceptions?: number;
            /** @description Entries that were taken but that somebody should look at, such as public suffixes; among the faults. */
            warnings?: number;
            /** @description The first of them. */
            faults: string[];
            /**
             * @description What its publisher made it for, to be blocked or to be allowed; it changes nothing here. UT1's usage.
             * @enum {string}
             */
            kind?: "black" | "white";
            /** @description Its publisher's English name for it. UT1's global_usage. */
            title?: string;
            /** @description The same in a sentence. */
            description?: string;
        };
        Started: {
            /** @description Id for GET /jobs/{id}. */
            job: string;
        };
        User: {
            name: string;
            /** Format: date-time */
            created: string;
            /**
             * Format: date-time
             * @description When the password was set last.
             */
            changed: string;
            /** @description Of the active policy. */
            groups: string[];
        };
        /**
         * @description Each may do what those before it may.
         * @enum {unknown}
         */
        Role: "viewer" | "auditor" | "operator" | "admin";
        Session: {
            name: string;
            role: components["schemas"]["Role"];
            /** @description What to show; the routes decide. */
            permissions: ("figures" | "policy.read" | "log.read" | "log.export" | "changes.read" | "policy.draft" | "lists.update" | "quotas.reset" | "users.write" | "tunnels.close" | "policy.publish" | "lists.write" | "admins.write" | "tokens.write" | "settings.read" | "sessions.all" | "learned.decide" | "ca.write")[];
            /** @description To be sent as X-CSRF with every change. */
            csrf: string;
            /** @description Until PUT /session/password every other route answers 403 with type /problems/password-change-required. */
            must_change_password: boolean;
            version: string;
            policy_version: number;
            /** @description How long it may be unused. */
            idle_s: number;
            /** Format: date-time */
            created: string;
            /**
             * Format: date-time
             * @description Its end, used or not.
             */
            expires: string;
            /**
             * Format: date-time
             * @description Its end when it is not used again.
             */
            idle_expires: string;
            /** @description Name of the machine. */
            host: string;
            tls: boolean;
            /** @description Where the proxy listens. */
            proxy: string[];
            page_host: string;
        };
        SessionItem: {
            id: string;
            name: string;
            role: components["schemas"]["Role"];
            /** Format: date-time */
            created: string;
            /**
             * Format: date-time
             * @description To the nearest half minute.
             */
            last_seen: string;
            /** @description Address it was begun from. */
            source: string;
            user_agent: string;
            /** @description The one that asks. */
            current: boolean;
        };
        /**
         * @example {
         *       "name": "anna",
         *       "created": "2026-11-20T08:00:00.000Z",
         *       "changed": "2026-11-20T08:00:00.000Z",
         *       "role": "operator",
         *       "must_change_password": false,
         *       "last_login": "2026-11-26T07:58:12.000Z"
         *     }
         */
        Admin: {
            name: string;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            changed: string;
            role: components["schemas"]["Role"];
            must_change_password: boolean;
            /** Format: date-time */
            last_login: string | null;
        };
        /**
         * @example {
         *       "id": "6vnhwb2xrdt0",
         *       "name": "deploy",
         *       "admin": "admin",
         *       "role": "operator",
         *       "created": "2026-11-20T08:00:00.000Z",
         *       "expires": "2027-02-18T08:00:00.000Z",
         *       "last_used": null
         *     }
         */
        Token: {
            id: string;
            name: string;
            /** @description The account it belongs to and ends with. */
            admin: string;
            role: components["schemas"]["Role"];
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires: string | null;
            /**
             * Format: date-time
             * @description To the minute.
             */
            last_used: string | null;
        };
        Histogram: {
            /**
             * Format: date-time
             * @description What was counted begins here: a whole minute.
             */
            from: string;
            /**
             * Format: date-time
             * @description And ends before this.
             */
            to: string;
            /** @description Length of a step in seconds. */
            step_s: number;
            /** @description Where steps begin, in seconds since 1970; at most 500. */
            t: number[];
            /** @description Requests by action, one number for each step. */
            series: {
                allow: number[];
                block: number[];
                warn: number[];
                quota: number[];
                error: number[];
            };
            /** @description Requests in all. */
            total: number;
            /** @description Estimated from a share of the rows. */
            approx: boolean;
        };
        StatsSummary: {
            /**
             * Format: date-time
             * @description What was counted begins here: a whole minute.
             */
            from: string;
            /**
             * Format: date-time
             * @description And ends before this.
             */
            to: string;
            /** @description Length of a step in seconds. */
            step_s: number;
            /** @description Where steps begin, in seconds since 1970; at most 500. */
            t: number[];
            /**
             * Format: date-time
             * @description Where the period before begins, which ends at from.
             */
            previous_from: string;
            metrics: {
                /** @enum {unknown} */
                key: "requests" | "blocked" | "warned" | "users" | "bytes" | "errors" | "gateway_p95_us";
                value: number;
                previous: number;
                /** @description One number for each step. */
                spark: number[];
            }[];
            /** @description Some figures are estimates: there are more users than can be told apart. */
            approx: boolean;
        };
        StatsSeries: {
            /**
             * Format: date-time
             * @description What was counted begins here: a whole minute.
             */
            from: string;
            /**
             * Format: date-time
             * @description And ends before this.
             */
            to: string;
            /** @description Length of a step in seconds. */
            step_s: number;
            /** @description Where steps begin, in seconds since 1970; at most 500. */
            t: number[];
            series: {
                /** @description As filters take it: @none, @default or uncategorised where there is none. */
                name: string;
                /** @description From the policy in force, else the name. */
                title: string;
                values: number[];
            }[];
            approx: boolean;
        };
        StatsFigures: {
            requests: number;
            /** @description By a rule or a quota. */
            blocked: number;
            warned: number;
            errors: number;
            /** @description From and to clients. */
            bytes: number;
        };
        StatsTop: {
            /**
             * Format: date-time
             * @description What was counted begins here: a whole minute.
             */
            from: string;
            /**
             * Format: date-time
             * @description And ends before this.
             */
            to: string;
            items: (components["schemas"]["StatsFigures"] & {
                /** @description As filters take it: @none, @default or uncategorised where there is none. */
                name: string;
                /** @description From the policy in force, else the name. */
                title: string;
                /**
                 * Format: date-time
                 * @description The minute in which the last of them began.
                 */
                last: string;
            })[];
            /** @description All that is in no item. */
            others: components["schemas"]["StatsFigures"];
            approx: boolean;
        };
        Lookup: {
            /** @description In canonical form. */
            host: string;
            url: string;
            categories: string[];
            lists: {
                list: string;
                /** @description The entry that holds it. */
                entry: string;
                /** @description The entry is of a path, not of the whole host. */
                path: boolean;
                /** @description The line of the list's source in which it stands; absent when it is not known. */
                line?: number;
                /** @description The file of the source, when that is an archive or folder. */
                file?: string;
            }[];
            /** @description Entries of the policy's own categories that hold it, the most specific of each category, excepted or not. */
            entries: {
                category: string;
                /** @description As it is written. */
                entry: string;
                /** @description Where it stands in the document: a JSON pointer. */
                pointer: string;
            }[];
        };
        /**
         * @example {
         *       "id": "06k3wq3g0n800",
         *       "time": "2026-11-23T09:00:00.000Z",
         *       "duration_ms": 41,
         *       "timing": {
         *         "connect_us": 900,
         *         "total_us": 41230
         *       },
         *       "client": "10.20.1.7",
         *       "client_port": 51234,
         *       "user": "alice",
         *       "groups": [
         *         "staff"
         *       ],
         *       "method": "GET",
         *       "scheme": "http",
         *       "host": "www.example.com",
         *       "port": 80,
         *       "path": "/",
         *       "query": null,
         *       "action": "allow",
         *       "rule": null,
         *       "reason": "default",
         *       "quota": null,
         *       "categories": [
         *         "news"
         *       ],
         *       "report_only": [],
         *       "policy_version": 12,
         *       "status": 200,
         *       "bytes_in": 420,
         *       "bytes_out": 12000,
         *       "upstream": "192.0.2.7:80",
         *       "parent": null,
         *       "reused": false,
         *       "error": null,
         *       "tls": null,
         *       "content_type": "text/html",
         *       "referrer": null,
         *       "user_agent": "curl/7.88.1",
         *       "trace": [
         *         {
         *           "step": "categories",
         *           "id": "news",
         *           "result": "matched",
         *           "because": "entry 'example.com'",
         *           "sources": [
         *             {
         *               "kind": "list",
         *               "list": "ut1/press",
         *               "entry": "example.com"
         *             }
         *           ]
         *         },
         *         {
         *           "step": "default",
         *           "result": "matched",
         *           "because": "no rule matched",
         *           "then": "allow"
         *         }
         *       ],
         *       "trace_note": null,
         *       "explained": {
         *         "action": "allow",
         *         "rule": null,
         *         "categories": [
         *           "news"
         *         ]
         *       }
         *     }
         */
        RequestDetail: components["schemas"]["Request"] & {
            /** @description Each step on the way, judged again by the version that judged then; null: it can't be, and trace_note says why. */
            trace: components["schemas"]["TraceStep"][] | null;
            /** @description What may differ from then: lists or quotas that have changed, groups that are no longer known. */
            trace_note: string | null;
            /** @description What judging again gives; of an old record it may differ from what was done. */
            explained: {
                /** @enum {unknown} */
                action?: "allow" | "block" | "warn" | "quota" | "error";
                rule?: string | null;
                categories?: string[];
            } | null;
        };
        RegexCost: {
            /** @description of one run, measured just now or when it was last asked */
            ns: number;
            /** @description of a URL of the sample, on average: most need no run */
            url_ns: number;
            /** @description URLs in the built-in sample */
            urls: number;
            /** @description of them, on which it has to run: the others lack a text that it requires */
            runs: number;
            /** @description of them, which it matches */
            matches: number;
            /**
             * @description cheap: runs only where its literal stands; always-run: on every request; heavy: was given up on some URL
             * @enum {unknown}
             */
            class: "cheap" | "always-run" | "heavy";
        };
        /**
         * @example {
         *       "ok": true,
         *       "error": null,
         *       "samples": [
         *         {
         *           "given": "shop.example/cart/7",
         *           "text": "http://shop.example/cart/7",
         *           "match": [
         *             19,
         *             26
         *           ],
         *           "limited": false
         *         }
         *       ],
         *       "literal": "/cart/",
         *       "cost": {
         *         "ns": 90,
         *         "class": "cheap"
         *       },
         *       "warnings": [],
         *       "recent": {
         *         "tested": 812,
         *         "matched": 3,
         *         "hosts": [
         *           "shop.example"
         *         ]
         *       }
         *     }
         */
        RegexTrial: {
            ok: boolean;
            /** @description why it is refused; null when ok */
            error: {
                message: string;
                /** @description byte of the pattern */
                position: number;
            } | null;
            /** @description empty when it is refused */
            samples: {
                given: string;
                /** @description what was matched: the canonical URL; what is no URL, as given */
                text: string;
                /** @description start and end (excluded) in bytes of text */
                match: number[] | null;
                /** @description given up: it backtracked too much, or time was up */
                limited: boolean;
            }[];
            /** @description a text without which nothing matches; null: none, it runs on every request */
            literal: string | null;
            cost: components["schemas"]["RegexCost"] | null;
            warnings: string[];
            /** @description the newest 1,000 records of the request log, without tunnels; null below the role auditor, and when the log cannot be read */
            recent: {
                tested: number;
                matched: number;
                hosts: string[];
            } | null;
        };
        Tunnel: {
            /** @description Id of its request. */
            id: string;
            /** @enum {unknown} */
            kind: "tunnel" | "upgrade" | "download" | "upload";
            /** Format: date-time */
            started: string;
            /** @description Whole seconds since it began. */
            age_s: number;
            client: string;
            user: string | null;
            host: string | null;
            port: number;
            /** @description null: a CONNECT tunnel has none. */
            path: string | null;
            /** @description null: the default. */
            rule: string | null;
            /** @description How fast it may be, both directions together, such as 2Mbit/s; null: as fast as it goes. */
            throttle: string | null;
            /** @description Under which it was judged last. */
            policy_version: number;
            bytes_in: number;
            bytes_out: number;
            /** @description null: no connection yet. */
            upstream: string | null;
        };
        Setting: {
            key: string;
            section: string;
            /** @description As in the file; passwords are masked. */
            value: string;
            default: string;
            help: string;
            /** @description What may be written. */
            form: string;
            /** @description It is not the default. */
            changed: boolean;
            /** @description A change counts at the next start only; every other setting takes effect with a reload. */
            next_start: boolean;
        };
        /** @description One step on the way to a decision. */
        TraceStep: {
            /** @enum {unknown} */
            step: "categories" | "rule" | "quota" | "headers" | "inspection" | "exception" | "quota-use" | "consent";
            /** @description category, rule, quota or header rule; null: the default */
            id: string | null;
            /** @enum {unknown} */
            result: "matched" | "not-matched" | "passed-over" | "report-only" | "excepted" | "switched-off" | "exhausted" | "left" | "accepted";
            /** @description the fact that decided the step, for people */
            because: string;
            /** @description what the rule says */
            then?: string;
            /** @description quota-use: the highest share of a limit */
            percent?: number;
            /** @description categories: which entries put the URL there */
            sources?: {
                kind: string;
                list?: string;
                entry: string;
                /** @description The line of the list's source in which it stands; absent when it is not known. */
                line?: number;
                /** @description The file of the source, when that is an archive or folder. */
                file?: string;
            }[];
            /** @description headers: fields that are set */
            set?: string[];
            /** @description headers: fields that are taken away */
            remove?: string[];
            /** @description headers: parameters of the URL that are set */
            query?: string[];
            /** @description headers: the name whose addresses are dialled */
            resolve_as?: string | null;
            /** @description headers: `inspection` leaves the tunnel closed, so fields and parameters stay as they are */
            unseen?: boolean;
        };
        /** @description Microseconds of each phase; one that did not happen is left out. */
        Timing: {
            identify_us?: number;
            decide_us?: number;
            resolve_us?: number;
            connect_us?: number;
            send_us?: number;
            wait_us?: number;
            relay_us?: number;
            total_us: number;
        };
        /** @description The version that waits to be confirmed. */
        Unconfirmed: {
            version: number;
            /** @description the version whose document comes back */
            restores: number;
            /** Format: date-time */
            until: string;
            left_s: number;
            author: string;
            comment: string;
        };
        /** @description A draft that somebody wants to publish, and another account has to approve. */
        ApprovalRequest: {
            by: string;
            /** @description may not approve it; of a token, whose it is */
            account: string;
            /** Format: date-time */
            time: string;
            comment: string;
            /** @description 0: the version will stay */
            confirm_within_s: number;
        };
        Committed: {
            version: number;
            /** @description when a version waits to be confirmed */
            confirm: components["schemas"]["Unconfirmed"] | null;
        };
        /**
         * @description What a policy would have made of recorded requests. Counts are exact unless users_exact or hosts_exact says otherwise.
         * @example {
         *       "from": "2026-11-25T09:00:00.000Z",
         *       "to": "2026-11-26T09:00:00.000Z",
         *       "against": "active",
         *       "policy": {
         *         "draft": "\"v12.7\""
         *       },
         *       "active_version": 12,
         *       "requests": 512000,
         *       "judged": 511200,
         *       "unjudged": 800,
         *       "changed": 2114,
         *       "users": 38,
         *       "users_exact": true,
         *       "hosts_changed": 1,
         *       "hosts_exact": true,
         *       "other_rule": 0,
         *       "transitions": [
         *         {
         *           "from": "allow",
         *           "to": "block",
         *           "requests": 2114,
         *           "users": 38
         *         }
         *       ],
         *       "hosts": [
         *         {
         *           "host": "chat.example",
         *           "before": "allow",
         *           "after": "block",
         *           "rule_before": null,
         *           "rule": "ai",
         *           "requests": 2114,
         *           "users": 38,
         *           "example": "06f7xq2k3m8ap"
         *         }
         *       ],
         *       "rules": [
         *         {
         *           "before": "allow",
         *           "after": "block",
         *           "rule_before": null,
         *           "rule": "ai",
         *           "requests": 2114,
         *           "users": 38,
         *           "example": "06f7xq2k3m8ap"
         *         }
         *       ],
         *       "by_user": [
         *         {
         *           "user": "bob",
         *           "client": null,
         *           "requests": 310,
         *           "hosts": 1
         *         }
         *       ],
         *       "examples": [
         *         "06f7xq2k3m8ap"
         *       ],
         *       "notes": [
         *         {
         *           "code": "gateway",
         *           "requests": 800,
         *           "text": "ended by the gateway itself (malformed, no login, private address), whatever the policy says: not judged"
         *         }
         *       ]
         *     }
         */
        Replay: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            /** @enum {unknown} */
            against: "active" | "record";
            /** @description Which policy was tried: the draft with its entity tag, a version, or a document of the request. */
            policy: {
                draft?: string;
                version?: number;
                document?: boolean;
            };
            /** @description The policy that was active when the replay began. */
            active_version: number;
            /** @description That were recorded in the time. */
            requests: number;
            judged: number;
            unjudged: number;
            /** @description That would come out otherwise. */
            changed: number;
            /** @description Who made them; an address where nobody was identified. */
            users: number;
            /** @description false: there are more than `users`. */
            users_exact: boolean;
            hosts_changed: number;
            hosts_exact: boolean;
            /** @description That would come out the same, by another rule. */
            other_rule: number;
            transitions: {
                /** @enum {unknown} */
                from: "allow" | "block" | "warn";
                /** @enum {unknown} */
                to: "allow" | "block" | "warn";
                requests: number;
                users: number;
            }[];
            /** @description By host, outcome and rules; most requests first. */
            hosts: {
                host: string;
                /** @enum {unknown} */
                before: "allow" | "block" | "warn";
                /** @enum {unknown} */
                after: "allow" | "block" | "warn";
                /** @description null: the default */
                rule_before: string | null;
                /** @description null: the default */
                rule: string | null;
                requests: number;
                users: number;
                /** @description Id of a request. */
                example: string;
            }[];
            rules: {
                /** @enum {unknown} */
                before: "allow" | "block" | "warn";
                /** @enum {unknown} */
                after: "allow" | "block" | "warn";
                /** @description null: the default */
                rule_before: string | null;
                /** @description null: the default */
                rule: string | null;
                requests: number;
                users: number;
                example: string;
            }[];
            by_user: {
                user: string | null;
                /** @description Where nobody was identified. */
                client: string | null;
                requests: number;
                hosts: number;
            }[];
            /** @description Ids of the first requests that change. */
            examples: string[];
            /** @description What the figures do not tell. */
            notes: {
                /** @enum {unknown} */
                code: "gateway" | "unreadable" | "cut" | "tunnel" | "address" | "answer" | "size" | "state" | "lists" | "bounds";
                /** @description How many it concerns. */
                requests: number | null;
                text: string;
            }[];
        };
        LintNote: {
            /** @description shadowed, contradictory, duplicate, redundant, never-holds, expired, never-hit, open-door, regex, regex-heavy, regex-no-literal, regexes-no-literal, covered-host, empty-category, empty-group, list-overlap, missing-parent, unused, headers-everywhere, headers-unseen */
            code: string;
            /** @enum {unknown} */
            severity: "warning" | "info";
            /** @description JSON pointer (RFC 6901) into the document */
            pointer: string;
            rule: string | null;
            /** @description what is wrong and what to do */
            message: string;
        };
        RuleUsage: {
            rule: string;
            hits_24h: number;
            hits_7d: number;
            hits_30d: number;
            /**
             * Format: date-time
             * @description to the minute; null: not in 30 days
             */
            last_hit: string | null;
            /** @description of a report_only rule, since the start of the gateway */
            would_have_acted: number;
        };
        /** @description A new copy that looks wrong and waits for approval; the one before serves. */
        ListHeld: {
            version: number;
            /** Format: date-time */
            since: string;
            entries: number;
            /** @description Of the file as it came; null for a folder. */
            bytes: number | null;
            /** @description Of the file as it came; null for a folder. */
            sha256: string | null;
            /** @description Entries that the copy in use does not have. */
            added: number;
            /** @description Entries that the copy in use has and it does not. */
            removed: number;
            /** @description All reasons as one sentence. */
            reason: string;
            reasons: {
                /** @enum {unknown} */
                check: "shrink" | "grow" | "canary" | "faults";
                text: string;
            }[];
            /** @description The first entries that it adds. */
            added_examples: string[];
            /** @description The first entries that it takes away. */
            removed_examples: string[];
        };
        ListVersion: {
            version: number;
            /**
             * Format: date-time
             * @description Since when it was in use.
             */
            time: string | null;
            /** @description system: by the timetable; empty: not known. */
            author: string;
            /** @enum {unknown} */
            action: "add" | "update" | "replace" | "approve" | "rollback";
            /** @description Of a roll-back or approval: the version whose copy it is. */
            restores: number | null;
            /** @description Where the source was then. */
            location: string;
            entries: number;
            /** @description Entries that the copy before it did not have. */
            added: number;
            /** @description Entries of the copy before it that it does not have. */
            removed: number;
            /** @description Of the file as it came; null for a folder. */
            bytes: number | null;
            /** @description Of the file as it came; null for a folder. */
            sha256: string | null;
            serving: boolean;
        };
        ListChecks: {
            /** @description Versions that are kept, the one in use included. */
            keep: number;
            /** @description An update that loses so many percent of the entries is held; 0: never. Lists of 100 entries and less may shrink. */
            shrink: number;
            /** @description An update that grows by so many percent is held; 0: never. Up to 1,000 entries any list may grow. */
            grow: number;
            /** @description Hosts that an update may not begin to hold, besides well-known ones and the gateway's own. */
            never: string[];
        };
        TraceLine: {
            /** @description Counts up from 1. */
            number: number;
            /** Format: date-time */
            time: string;
            worker: number;
            /** @description Number of the connection at its worker. */
            connection: number;
            /** @description Id of the request; null between requests. */
            request: string | null;
            text: string;
        };
        SettingChange: {
            key: string;
            /** @description As in the file; passwords are masked. */
            before: string;
            after: string;
        };
        /**
         * @example {
         *       "name": "default",
         *       "url": "http://proxy.example:3128",
         *       "state": "up",
         *       "since": null,
         *       "requests": 1200,
         *       "failures": 0,
         *       "error": null
         *     }
         */
        Parent: {
            /** @description The name that rules say; parents of one name share their requests. */
            name: string;
            /** @description Scheme, host and port, never its login. */
            url: string;
            /** @enum {unknown} */
            state: "up" | "down";
            /**
             * Format: date-time
             * @description When it last went down or came up; null: it was up ever since.
             */
            since: string | null;
            requests: number;
            /** @description Of the requests, those that it could not be asked, or that it refused for our login. */
            failures: number;
            /** @description What went wrong last, as a word such as `connect-refused`; null since something went well. */
            error: string | null;
        };
        Upgrade: {
            /**
             * @description running: begun, or taken over but not for good yet. failed: the last one; the gateway goes on as it was.
             * @enum {unknown}
             */
            state: "none" | "running" | "failed";
            /** @description Why the last one failed. */
            error: string | null;
            /** @description The process that answers: another one after an upgrade. */
            pid: number;
            /** @description The process that was replaced, while it still ends what it began. */
            before: number | null;
        };
        /**
         * @description What is known of the TLS: of a tunnel what its ClientHello said; of what is inspected both sides, on the CONNECT and on each request inside. null: there was none.
         * @example {
         *       "inspected": true,
         *       "version": "TLSv1.3",
         *       "cipher": "TLS_AES_128_GCM_SHA256",
         *       "sni": "www.example.com",
         *       "fault": null,
         *       "issuer": "CN=Example CA, O=Example",
         *       "exception": null,
         *       "origin_version": "TLSv1.3",
         *       "origin_cipher": "TLS_AES_256_GCM_SHA384"
         *     }
         */
        RecordTls: {
            inspected: boolean;
            /** @description Between client and gateway. */
            version: string | null;
            /** @description Between client and gateway. */
            cipher: string | null;
            /** @description The name that the client's ClientHello asked for. */
            sni: string | null;
            /** @description What was wrong with the origin's side, as a word: `expired`, `wrong-name`, `unknown-issuer`... docs/errors.md has them all. */
            fault: string | null;
            /** @description Who issued the origin's certificate. */
            issuer: string | null;
            /** @description The policy's exception that decided about the fault. */
            exception: string | null;
            /** @description Between gateway and origin. */
            origin_version: string | null;
            /** @description Between gateway and origin. */
            origin_cipher: string | null;
        } | null;
        TlsCount: {
            /** @description A version, a cipher suite, a word for a fault, or a host. */
            name: string;
            requests: number;
            /** @description How many of them were refused. */
            blocked: number;
            /**
             * Format: date-time
             * @description The minute in which the last of them began.
             */
            last: string;
        };
        Inspection: {
            /** @description The setting inspect.enabled. */
            enabled: boolean;
            /**
             * Format: date-time
             * @description What was counted begins here: a whole minute.
             */
            from: string;
            /**
             * Format: date-time
             * @description And ends before this.
             */
            to: string;
            tunnels: {
                /** @description Requests with CONNECT. */
                total: number;
                /** @description How many of them were opened and read. */
                inspected: number;
            };
            /** @description Between clients and the gateway. */
            client: {
                /** @description Of TLS, most first. */
                versions: components["schemas"]["TlsCount"][];
                /** @description Suites, most first. */
                ciphers: components["schemas"]["TlsCount"][];
            };
            /** @description Between the gateway and origins, of what is inspected. */
            origin: {
                /** @description Of TLS, most first. */
                versions: components["schemas"]["TlsCount"][];
                /** @description Suites, most first. */
                ciphers: components["schemas"]["TlsCount"][];
            };
            /** @description What was wrong with the TLS of origins, by the words of docs/errors.md, most first. */
            faults: components["schemas"]["TlsCount"][];
            /** @description Where it was wrong, most first; null below the role auditor. */
            hosts: (components["schemas"]["TlsCount"] & {
                /** @description A host with several faults has an item for each. */
                fault: string;
                /** @description GET /inspection/hosts/{host} knows more. */
                chain: boolean;
            })[] | null;
            /** @description Not every request was looked at: figures are estimates. */
            approx: boolean;
        };
        /**
         * @example {
         *       "host": "api.bank.example",
         *       "kind": "pinned",
         *       "state": "proposed",
         *       "failures": 14,
         *       "clients": 4,
         *       "first": "2026-11-26T08:00:00.000Z",
         *       "last": "2026-11-26T15:12:00.000Z",
         *       "until": null,
         *       "by": "",
         *       "decided": null,
         *       "note": "",
         *       "categories": [
         *         "banking"
         *       ]
         *     }
         */
        LearnedHost: {
            host: string;
            /**
             * @description `pinned`: programs accept only the host's own certificate; `client-certificate`: the host asks clients for one.
             * @enum {unknown}
             */
            kind: "pinned" | "client-certificate";
            /**
             * @description Only active ones are tunnelled. A dismissed one is not proposed again.
             * @enum {unknown}
             */
            state: "proposed" | "active" | "dismissed";
            /** @description Handshakes that failed, of the day in which it was noticed last. */
            failures: number;
            /** @description How many users, or addresses of clients, they were of. */
            clients: number;
            /** Format: date-time */
            first: string;
            /** Format: date-time */
            last: string;
            /**
             * Format: date-time
             * @description When an active one ends; null: never.
             */
            until: string | null;
            /** @description Who decided; empty: nobody, or the gateway by `inspect.learn = apply`. */
            by: string;
            /** Format: date-time */
            decided: string | null;
            /** @description Why `apply` left it to an administrator. */
            note: string;
            categories?: string[];
        };
        ChainMember: {
            /** @description On one line, as the certificate has it: the site's word. */
            subject: string;
            issuer: string;
            /** @description hex */
            serial: string;
            /** @description Kind and size. */
            key: string;
            /** @description Algorithm of the signature on it. */
            signature: string;
            /** @description SHA-256, hex. */
            fingerprint: string;
            /** Format: date-time */
            not_before: string | null;
            /** Format: date-time */
            not_after: string | null;
            /** @description It is trusted by itself. */
            anchor: boolean;
            /** @description The site did not send it. */
            fetched: boolean;
            /** @description Its own, as words. */
            faults: string[];
            pem: string;
        };
        FaultyHost: {
            host: string;
            port: number;
            /** @description A word, as in the log and in exceptions. */
            fault: string;
            /** @description The same for people. */
            text: string;
            /** @description Other faults of the same chain. */
            also: string[];
            /** Format: date-time */
            seen: string | null;
            /** @description Which of the chain is at fault, from 0; null where it is the connection. */
            member: number | null;
            /** @description Whom the site's own certificate is for. */
            names: string[];
            /** @description The site's own first; empty when it did not come to certificates. */
            chain: components["schemas"]["ChainMember"][];
        };
        /**
         * @example {
         *       "id": "7a0c1f33529be104",
         *       "state": "current",
         *       "since": "2026-11-26T08:00:00.000Z",
         *       "sign_at": null,
         *       "forget_at": null,
         *       "subject": "CN=Sluice CA gw 3f2a, O=Example Ltd",
         *       "issuer": "CN=Sluice CA gw 3f2a, O=Example Ltd",
         *       "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
         *       "not_before": "2026-11-25T08:00:00.000Z",
         *       "not_after": "2031-11-26T08:00:00.000Z",
         *       "expires_in_s": 157766400,
         *       "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
         *       "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
         *       "root": true,
         *       "permitted": [],
         *       "excluded": [
         *         "bank.example"
         *       ],
         *       "signature": "ecdsa-with-SHA256",
         *       "key": {
         *         "kind": "EC P-256",
         *         "where": "file",
         *         "uri": null,
         *         "fault": null
         *       },
         *       "warnings": [],
         *       "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
         *     }
         */
        Authority: {
            /** @description The first 16 digits of its SHA-256. */
            id: string;
            /**
             * @description current: signs. next: clients should get it, it signs later. retired: signed before, and is kept until its leaves have ended.
             * @enum {unknown}
             */
            state: "current" | "next" | "retired";
            /**
             * Format: date-time
             * @description In this state.
             */
            since: string;
            /**
             * Format: date-time
             * @description Of a next one: when it begins to sign by itself; null: when somebody says so.
             */
            sign_at: string | null;
            /**
             * Format: date-time
             * @description Of a retired one.
             */
            forget_at: string | null;
            subject: string;
            issuer: string;
            serial: string;
            /** Format: date-time */
            not_before: string;
            /** Format: date-time */
            not_after: string;
            /** @description Negative once it has ended. */
            expires_in_s: number;
            sha256: string;
            sha1: string;
            /** @description Self-signed: clients install this very certificate. */
            root: boolean;
            /** @description Name constraints: it signs for these and what is below them only. Empty: for every name. */
            permitted: string[];
            /** @description It signs for none of these, and for nothing below them. */
            excluded: string[];
            signature: string;
            key: {
                /**
                 * @example EC P-256
                 * @example RSA 3072
                 */
                kind: string;
                /** @enum {unknown} */
                where: "file" | "uri";
                /** @description Where the private key lives, if not in the state directory. */
                uri: string | null;
                /** @description Why it cannot be opened: then nothing is signed. */
                fault: string | null;
            };
            /** @description Sentences: it ends soon, its key cannot be opened, strict clients refuse it. */
            warnings: string[];
            /** @description The certificate that clients install: the root, when it is known. */
            pem: string;
        };
        /** @description A restriction that the service of another company offers to networks; a header rule uses it with `use` and `with`. */
        Service: {
            /** @description for `use` */
            id: string;
            title: string;
            /**
             * @description tenant: whose accounts may be used
             * @enum {unknown}
             */
            kind: "tenant" | "safe-search";
            /** @description `login.live.com` is itself alone, `*.slack.com` is slack.com and what is below it */
            hosts: string[];
            parameters: {
                /** @description in `with`; each is required */
                name: string;
                title: string;
                /**
                 * @description tenant: a domain or a UUID
                 * @enum {unknown}
                 */
                form: "word" | "domain" | "uuid" | "tenant" | "uuid:uuid" | "base64url";
                example: string;
                /** @description several values make sense: a text, or a list of texts */
                many?: boolean;
            }[];
            /** @description fields of requests; `{name}` stands for a parameter */
            set?: {
                [key: string]: string;
            };
            /** @description parameters of the URL */
            query?: {
                [key: string]: string;
            };
            /** @description the name whose addresses are dialled, in tunnels that are not inspected too */
            resolve_as?: string;
            /** @description what people see where it bites */
            shows: string;
            note?: string;
            /** @description pages of the vendor */
            source: string[];
            /** @description header rules of the active policy */
            used_by: string[];
        };
        /** @description Whether a header rule does what it says. */
        HeaderTrial: {
            rule: string;
            /** @description the service */
            use: string | null;
            ok: boolean;
            /** @description how many it names; the first 16 are tried */
            hosts: number;
            /** @description why there is nothing to try */
            message: string | null;
            tests: {
                /** @description what a client asks for, with fields and parameters of its own */
                url: string;
                /** @description a host that the rule must leave alone */
                neighbour: boolean;
                ok: boolean;
                /** @description false: `inspection` leaves the tunnel closed, so that only `resolve_as` acts */
                inspected: boolean;
                /** @description of the fields that the rule sets: what would be sent */
                sent: {
                    [key: string]: string;
                };
                /** @description the request line that would be sent */
                request: string;
                /** @description the name whose addresses are dialled instead of the host's */
                dialled: string | null;
                /** @description what is wrong */
                message: string | null;
            }[];
        };
    };
    responses: {
        /** @description What is wrong and what to do. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Faults in the document",
                 *       "status": 422,
                 *       "detail": "the password is too short: at least 12 bytes"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The document has faults; nothing was changed. */
        Faults: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Faults in the document",
                 *       "status": 422,
                 *       "detail": "the policy has 1 fault; nothing was changed",
                 *       "faults": [
                 *         {
                 *           "pointer": "/rules/0",
                 *           "message": "'then' is missing"
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Somebody changed it since: `current` says who, and what. */
        ChangedMeanwhile: {
            headers: {
                /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                ETag?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Changed meanwhile",
                 *       "status": 412,
                 *       "detail": "changed meanwhile, last by anna: look at what changed, then try again with If-Match: \"v12.7\"",
                 *       "current": {
                 *         "etag": "\"v12.7\"",
                 *         "author": "anna",
                 *         "changed": "2026-11-26T09:04:10Z",
                 *         "authors": [
                 *           "anna"
                 *         ],
                 *         "changes": [
                 *           {
                 *             "op": "change",
                 *             "path": "/rules/social",
                 *             "kind": "rule",
                 *             "id": "social",
                 *             "title": "Social networks",
                 *             "before": {
                 *               "id": "social",
                 *               "title": "Social networks",
                 *               "if": {
                 *                 "host": [
                 *                   "social.example"
                 *                 ]
                 *               },
                 *               "then": "block"
                 *             },
                 *             "after": {
                 *               "id": "social",
                 *               "title": "Social networks",
                 *               "if": {
                 *                 "host": [
                 *                   "social.example"
                 *                 ]
                 *               },
                 *               "then": "warn"
                 *             },
                 *             "fields": [
                 *               {
                 *                 "name": "then",
                 *                 "before": "block",
                 *                 "after": "warn"
                 *               }
                 *             ],
                 *             "text": "Rule 'social' changed: then is \"warn\", was \"block\""
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request can not be understood: an unknown parameter or member, a value of the wrong kind. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Bad request",
                 *       "status": 400,
                 *       "detail": "unknown parameter 'limt'; see /api/v1/openapi.json"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No session, or one that has ended; no token, or one that is not valid. */
        LoginNeeded: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Login needed",
                 *       "status": 401,
                 *       "detail": "sign in, or send a token: Authorization: Bearer slc_... (sluice admin token makes one)"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not with this role, before the first password was changed, or from another site's page. */
        NotAllowed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Not allowed",
                 *       "status": 403,
                 *       "detail": "this needs the role admin; yours is viewer"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Not found",
                 *       "status": 404,
                 *       "detail": "no list 'ads'"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It does not go together with what is there. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Conflict",
                 *       "status": 409,
                 *       "detail": "there is a list 'ads' already"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than what is taken here. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Too large",
                 *       "status": 413,
                 *       "detail": "the body is larger than 16384 KiB"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A body that is not JSON; only with a session, since no page can borrow a token. */
        NotJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Wrong kind of body",
                 *       "status": 415,
                 *       "detail": "the body has to be JSON: Content-Type: application/json"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Called by a name that is not one of the console's (DNS rebinding). */
        WrongHost: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Not this host",
                 *       "status": 421,
                 *       "detail": "this name is not one of the console's; if it should be, add it to admin.hostnames"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A change of something shared needs If-Match. */
        MatchNeeded: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "If-Match needed",
                 *       "status": 428,
                 *       "detail": "say what you change: If-Match with the entity tag of GET /policy/draft, or *"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many failed attempts, from here or for this account; Retry-After says when to try again. */
        TooMany: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Too many",
                 *       "status": 429,
                 *       "detail": "too many attempts failed; try again in 8 seconds"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description As much as may run at a time runs already, or the gateway is ending. */
        Busy: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Not available now",
                 *       "status": 503,
                 *       "detail": "4 jobs run already; wait for one of them to end"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The disk is full or fails; nothing was changed. */
        StorageFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "title": "Storage failed",
                 *       "status": 507,
                 *       "detail": "cannot write the upload: No space left on device"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description At or after this time: RFC 3339, or relative such as -24h. */
        from: string;
        /** @description Before this time: RFC 3339, relative such as -1h, or now. */
        to: string;
        /** @description From the page before. */
        cursor: string;
        /** @description Page size. */
        limit: number;
        /**
         * @description User name; @none is no user. Given again: any of them.
         * @example [
         *       "alice"
         *     ]
         */
        user: string[];
        /**
         * @description Not this user; given again, none of them.
         * @example [
         *       "alice"
         *     ]
         */
        user_not: string[];
        /**
         * @description Client address, or network in CIDR. Given again: any of them.
         * @example [
         *       "10.20.0.0/16"
         *     ]
         */
        client: string[];
        /**
         * @description Not this client; given again, none of them.
         * @example [
         *       "10.20.0.0/16"
         *     ]
         */
        client_not: string[];
        /**
         * @description One of the groups at that time. Given again: any of them.
         * @example [
         *       "staff"
         *     ]
         */
        group: string[];
        /**
         * @description Not this group; given again, none of them.
         * @example [
         *       "staff"
         *     ]
         */
        group_not: string[];
        /**
         * @description Host, or anything below it. Given again: any of them.
         * @example [
         *       "example.com"
         *     ]
         */
        host: string[];
        /**
         * @description Not this host; given again, none of them.
         * @example [
         *       "example.com"
         *     ]
         */
        host_not: string[];
        /**
         * @description Method. Given again: any of them.
         * @example [
         *       "CONNECT"
         *     ]
         */
        method: string[];
        /**
         * @description Not this method; given again, none of them.
         * @example [
         *       "CONNECT"
         *     ]
         */
        method_not: string[];
        /**
         * @description Category; uncategorised is none. Given again: any of them.
         * @example [
         *       "social"
         *     ]
         */
        category: string[];
        /**
         * @description Not this category; given again, none of them.
         * @example [
         *       "social"
         *     ]
         */
        category_not: string[];
        /**
         * @description Id of the deciding rule; @default is none. Given again: any of them.
         * @example [
         *       "malware"
         *     ]
         */
        rule: string[];
        /**
         * @description Not this rule; given again, none of them.
         * @example [
         *       "malware"
         *     ]
         */
        rule_not: string[];
        /**
         * @description allow, block, warn, quota or error; a comma parts alternatives. Given again: any of them.
         * @example [
         *       "block,quota"
         *     ]
         */
        action: string[];
        /**
         * @description Not this action; given again, none of them.
         * @example [
         *       "block,quota"
         *     ]
         */
        action_not: string[];
        /**
         * @description Status such as 403, or a class such as 4xx; a comma parts alternatives. Given again: any of them.
         * @example [
         *       "4xx,502"
         *     ]
         */
        status: string[];
        /**
         * @description Not this status; given again, none of them.
         * @example [
         *       "4xx,502"
         *     ]
         */
        status_not: string[];
        /**
         * @description Version that judged; a comma parts alternatives. Given again: any of them.
         * @example [
         *       "12"
         *     ]
         */
        policy_version: string[];
        /**
         * @description Not this policy_version; given again, none of them.
         * @example [
         *       "12"
         *     ]
         */
        policy_version_not: string[];
        /**
         * @description What was wrong with the origin's TLS, as a word such as `expired` or `unknown-issuer`; `@none`: nothing was; a comma parts alternatives. Given again: any of them.
         * @example [
         *       "expired"
         *     ]
         */
        tls_fault: string[];
        /**
         * @description Not this tls_fault; given again, none of them.
         * @example [
         *       "expired"
         *     ]
         */
        tls_fault_not: string[];
        /**
         * @description TLS with the client; `@none`: none is known; a comma parts alternatives. Given again: any of them.
         * @example [
         *       "TLSv1.3"
         *     ]
         */
        tls_version: string[];
        /**
         * @description Not this tls_version; given again, none of them.
         * @example [
         *       "TLSv1.3"
         *     ]
         */
        tls_version_not: string[];
        /**
         * @description Cipher suite with the client; `@none`: none is known. Given again: any of them.
         * @example [
         *       "TLS_AES_128_GCM_SHA256"
         *     ]
         */
        tls_cipher: string[];
        /**
         * @description Not this tls_cipher; given again, none of them.
         * @example [
         *       "TLS_AES_128_GCM_SHA256"
         *     ]
         */
        tls_cipher_not: string[];
        /**
         * @description The id of the policy's exception that decided about a fault; `@none`: none did. Given again: any of them.
         * @example [
         *       "old-printer"
         *     ]
         */
        tls_exception: string[];
        /**
         * @description Not this tls_exception; given again, none of them.
         * @example [
         *       "old-printer"
         *     ]
         */
        tls_exception_not: string[];
        /**
         * @description `true`: requests inside inspected TLS and the CONNECT they came by; `false`: all others.
         * @example [
         *       "true"
         *     ]
         */
        inspected: string[];
        /**
         * @description Not this inspected; given again, none of them.
         * @example [
         *       "true"
         *     ]
         */
        inspected_not: string[];
        /**
         * @description Part of host, path, user or rule; ASCII letters of either case. Given again: any of them.
         * @example [
         *       "login"
         *     ]
         */
        q: string[];
        /**
         * @description Not this q; given again, none of them.
         * @example [
         *       "login"
         *     ]
         */
        q_not: string[];
        /** @description Name of the source; a slash in it is written %2F. */
        list: string;
        /** @description Name of the user. */
        user_name: string;
        /** @description Length of a step: whole minutes, such as 5m, 1h or 1d. Chosen by the server when absent. At most 500 steps. Steps lie on multiples of their length in UTC, so from and to may cut the first and the last short. */
        step: string;
        /** @example api.bank.example */
        learned_host: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Well. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok",
                     *       "version": "0.1.0"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["BadRequest"];
            421: components["responses"]["WrongHost"];
            /** @description Running, but something is wrong. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "degraded",
                     *       "version": "0.1.0",
                     *       "reason": "the audit trail can't be written"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The contract. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.0",
                     *       "info": {
                     *         "title": "Sluice admin API",
                     *         "version": "1"
                     *       },
                     *       "paths": {}
                     *     }
                     */
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            421: components["responses"]["WrongHost"];
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text exposition format 0.0.4. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example # HELP sluice_policy_version Number of the active policy version.
                     *     # TYPE sluice_policy_version gauge
                     *     sluice_policy_version 12
                     */
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of the gateway. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": "0.1.0",
                     *       "running": true,
                     *       "policy_version": 12,
                     *       "lists": {
                     *         "generation": "8f2c0d5be1a97743",
                     *         "lists": 1,
                     *         "hosts": 81302,
                     *         "paths": 0,
                     *         "addresses": 0,
                     *         "expressions": 0,
                     *         "sets": 1,
                     *         "file_bytes": 2411724,
                     *         "sources": [
                     *           {
                     *             "name": "ads",
                     *             "state": "ok",
                     *             "entries": 81302,
                     *             "age_s": 5213,
                     *             "checked_s": 5213,
                     *             "failing": false
                     *           }
                     *         ]
                     *       },
                     *       "started": "2026-11-26T07:00:00.000Z",
                     *       "uptime_s": 8043,
                     *       "audit": {
                     *         "appended": 120311,
                     *         "stored": 120311,
                     *         "failed": 0,
                     *         "lag_records": 0,
                     *         "lag_ms": 0,
                     *         "failing": false,
                     *         "last_error": "",
                     *         "journal_bytes": 67108864,
                     *         "database_bytes": 30212096
                     *       },
                     *       "proxy": {
                     *         "workers": 2,
                     *         "per_worker": [
                     *           {
                     *             "worker": 0,
                     *             "connections": 21,
                     *             "requests": 60154,
                     *             "cpu_s": 3.102
                     *           },
                     *           {
                     *             "worker": 1,
                     *             "connections": 20,
                     *             "requests": 60157,
                     *             "cpu_s": 3.087
                     *           }
                     *         ],
                     *         "connections": {
                     *           "client": 41,
                     *           "idle": 30,
                     *           "upstream": 12,
                     *           "pooled": 9,
                     *           "tunnels": 6,
                     *           "refused": 0
                     *         },
                     *         "requests": 120311,
                     *         "by_action": {
                     *           "allow": 118200,
                     *           "block": 2001,
                     *           "warn": 60,
                     *           "quota": 11,
                     *           "error": 39
                     *         },
                     *         "bytes": {
                     *           "from_clients": 90112044,
                     *           "to_clients": 4120339001,
                     *           "from_origins": 4110339001,
                     *           "to_origins": 88112044
                     *         },
                     *         "regex_limits": 0,
                     *         "parents": [
                     *           {
                     *             "name": "default",
                     *             "url": "http://proxy.example:3128",
                     *             "state": "up",
                     *             "since": null,
                     *             "requests": 1200,
                     *             "failures": 0,
                     *             "error": null
                     *           }
                     *         ]
                     *       },
                     *       "missing_parents": [],
                     *       "ca": {
                     *         "id": "7a0c1f33529be104",
                     *         "subject": "CN=Sluice CA gw 3f2a, O=Example Ltd",
                     *         "not_after": "2031-11-26T08:00:00.000Z",
                     *         "expires_in_s": 157766400,
                     *         "warnings": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Status"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    showSession: {
        parameters: {
            query?: {
                /** @description true: when nobody is signed in, answer 204 instead of 401. */
                optional?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "role": "admin",
                     *       "permissions": [
                     *         "figures",
                     *         "policy.read",
                     *         "log.read",
                     *         "log.export",
                     *         "changes.read",
                     *         "policy.draft",
                     *         "lists.update",
                     *         "quotas.reset",
                     *         "users.write",
                     *         "tunnels.close",
                     *         "policy.publish",
                     *         "lists.write",
                     *         "admins.write",
                     *         "tokens.write",
                     *         "settings.read",
                     *         "sessions.all"
                     *       ],
                     *       "csrf": "m2Xx0vN1o4cQm0m3F5r3c0bWl2d9s7n1yqkqgHc1o8I",
                     *       "must_change_password": false,
                     *       "version": "0.1.0",
                     *       "policy_version": 7,
                     *       "idle_s": 1800,
                     *       "created": "2026-11-26T09:00:00.000Z",
                     *       "expires": "2026-11-26T21:00:00.000Z",
                     *       "idle_expires": "2026-11-26T09:30:00.000Z",
                     *       "host": "gw1",
                     *       "tls": true,
                     *       "proxy": [
                     *         "10.0.0.1:3128"
                     *       ],
                     *       "page_host": "sluice.internal"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Nobody is signed in, and `optional` says that this is well. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "admin",
                 *       "password": "k3vq-8mzt-2p4a-w9xd-r5te"
                 *     }
                 */
                "application/json": {
                    name: string;
                    /** Format: password */
                    password: string;
                };
            };
        };
        responses: {
            /** @description Signed in. */
            200: {
                headers: {
                    /** @description __Host-sid (sid without TLS): the session; HttpOnly, SameSite=Strict. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "role": "admin",
                     *       "permissions": [
                     *         "figures",
                     *         "policy.read",
                     *         "log.read",
                     *         "log.export",
                     *         "changes.read",
                     *         "policy.draft",
                     *         "lists.update",
                     *         "quotas.reset",
                     *         "users.write",
                     *         "tunnels.close",
                     *         "policy.publish",
                     *         "lists.write",
                     *         "admins.write",
                     *         "tokens.write",
                     *         "settings.read",
                     *         "sessions.all"
                     *       ],
                     *       "csrf": "m2Xx0vN1o4cQm0m3F5r3c0bWl2d9s7n1yqkqgHc1o8I",
                     *       "must_change_password": false,
                     *       "version": "0.1.0",
                     *       "policy_version": 7,
                     *       "idle_s": 1800,
                     *       "created": "2026-11-26T09:00:00.000Z",
                     *       "expires": "2026-11-26T21:00:00.000Z",
                     *       "idle_expires": "2026-11-26T09:30:00.000Z",
                     *       "host": "gw1",
                     *       "tls": true,
                     *       "proxy": [
                     *         "10.0.0.1:3128"
                     *       ],
                     *       "page_host": "sluice.internal"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            /** @description Too many failures: wait. */
            429: {
                headers: {
                    /** @description Seconds. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "title": "Too many",
                     *       "status": 429,
                     *       "detail": "too many attempts failed; try again in 8 seconds"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out. */
            204: {
                headers: {
                    /** @description __Host-sid (sid without TLS): the session; HttpOnly, SameSite=Strict. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "current": "k3vq-8mzt-2p4a-w9xd-r5te",
                 *       "new": "a longer one of my own"
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    current: string;
                    /** Format: password */
                    new: string;
                };
            };
        };
        responses: {
            /** @description The new session. */
            200: {
                headers: {
                    /** @description __Host-sid (sid without TLS): the session; HttpOnly, SameSite=Strict. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "role": "admin",
                     *       "permissions": [
                     *         "figures",
                     *         "policy.read",
                     *         "log.read",
                     *         "log.export",
                     *         "changes.read",
                     *         "policy.draft",
                     *         "lists.update",
                     *         "quotas.reset",
                     *         "users.write",
                     *         "tunnels.close",
                     *         "policy.publish",
                     *         "lists.write",
                     *         "admins.write",
                     *         "tokens.write",
                     *         "settings.read",
                     *         "sessions.all"
                     *       ],
                     *       "csrf": "m2Xx0vN1o4cQm0m3F5r3c0bWl2d9s7n1yqkqgHc1o8I",
                     *       "must_change_password": false,
                     *       "version": "0.1.0",
                     *       "policy_version": 7,
                     *       "idle_s": 1800,
                     *       "created": "2026-11-26T09:00:00.000Z",
                     *       "expires": "2026-11-26T21:00:00.000Z",
                     *       "idle_expires": "2026-11-26T09:30:00.000Z",
                     *       "host": "gw1",
                     *       "tls": true,
                     *       "proxy": [
                     *         "10.0.0.1:3128"
                     *       ],
                     *       "page_host": "sluice.internal"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Problem"];
            429: components["responses"]["TooMany"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sessions, last used first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "k3vq8mzt2p4a",
                     *           "name": "admin",
                     *           "role": "admin",
                     *           "created": "2026-11-26T09:00:00.000Z",
                     *           "last_seen": "2026-11-26T09:12:30.000Z",
                     *           "source": "10.0.0.7",
                     *           "user_agent": "Mozilla/5.0",
                     *           "current": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["SessionItem"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the session.
                 * @example k3vq8mzt2p4a
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    getPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Document and version. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 12,
                     *       "document": {
                     *         "schema": 1,
                     *         "default": {
                     *           "then": "allow"
                     *         },
                     *         "categories": {
                     *           "social": {
                     *             "title": "Social networks",
                     *             "lists": [
                     *               "ut1/social_networks"
                     *             ]
                     *           }
                     *         },
                     *         "rules": [
                     *           {
                     *             "id": "social",
                     *             "title": "No social networks",
                     *             "if": {
                     *               "category": [
                     *                 "social"
                     *               ]
                     *             },
                     *             "then": "block"
                     *           }
                     *         ]
                     *       },
                     *       "confirm": null
                     *     }
                     */
                    "application/json": {
                        version: number;
                        document: components["schemas"]["Policy"];
                        confirm: components["schemas"]["Unconfirmed"] | null;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    applyPolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description Fail with 412 unless this version is active. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "document": {
                 *         "schema": 1,
                 *         "default": {
                 *           "then": "allow"
                 *         },
                 *         "categories": {
                 *           "social": {
                 *             "title": "Social networks",
                 *             "lists": [
                 *               "ut1/social_networks"
                 *             ]
                 *           }
                 *         },
                 *         "rules": [
                 *           {
                 *             "id": "social",
                 *             "title": "No social networks",
                 *             "if": {
                 *               "category": [
                 *                 "social"
                 *               ]
                 *             },
                 *             "then": "block"
                 *           }
                 *         ]
                 *       },
                 *       "comment": "No social networks"
                 *     }
                 */
                "application/json": {
                    document: components["schemas"]["Policy"];
                    comment?: string;
                    /**
                     * @description a time from 1s to 24h: the gateway goes back by itself unless the version is confirmed in time
                     * @example 5m
                     */
                    confirm_within?: string;
                    /** @description without a second person, where policy.approval asks for one; on the local socket only */
                    override?: boolean;
                };
            };
        };
        responses: {
            /** @description Active now. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 13,
                     *       "confirm": null
                     *     }
                     */
                    "application/json": components["schemas"]["Committed"];
                };
            };
            /** @description Where policy.approval asks for a second person: the draft waits for approval. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "request": {
                     *         "by": "anna",
                     *         "account": "anna",
                     *         "time": "2026-11-24T09:00:00.000Z",
                     *         "comment": "Social networks warn instead of blocking",
                     *         "confirm_within_s": 0
                     *       }
                     *     }
                     */
                    "application/json": {
                        request: components["schemas"]["ApprovalRequest"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Problem"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
        };
    };
    getPolicySchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description JSON Schema 2020-12. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "object",
                     *       "required": [
                     *         "schema"
                     *       ],
                     *       "properties": {
                     *         "schema": {
                     *           "const": 1
                     *         }
                     *       }
                     *     }
                     */
                    "application/schema+json": Record<string, never>;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    listPolicyVersions: {
        parameters: {
            query?: {
                /** @description Page size. */
                limit?: number;
                /** @description From the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "version": 12,
                     *           "time": "2026-11-26T08:00:00.000Z",
                     *           "author": "admin",
                     *           "approved_by": null,
                     *           "comment": "No social networks",
                     *           "active": true
                     *         }
                     *       ],
                     *       "cursor": "12"
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["PolicyVersion"][];
                        /** @description Give it as cursor= for the next page; null: that was all. */
                        cursor: string | null;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    getPolicyVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Version number. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Document. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 12,
                     *       "document": {
                     *         "schema": 1,
                     *         "default": {
                     *           "then": "allow"
                     *         },
                     *         "categories": {
                     *           "social": {
                     *             "title": "Social networks",
                     *             "lists": [
                     *               "ut1/social_networks"
                     *             ]
                     *           }
                     *         },
                     *         "rules": [
                     *           {
                     *             "id": "social",
                     *             "title": "No social networks",
                     *             "if": {
                     *               "category": [
                     *                 "social"
                     *               ]
                     *             },
                     *             "then": "block"
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": {
                        version: number;
                        document: components["schemas"]["Policy"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    validatePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "schema": 1,
                 *       "default": {
                 *         "then": "allow"
                 *       },
                 *       "categories": {
                 *         "social": {
                 *           "title": "Social networks",
                 *           "lists": [
                 *             "ut1/social_networks"
                 *           ]
                 *         }
                 *       },
                 *       "rules": [
                 *         {
                 *           "id": "social",
                 *           "title": "No social networks",
                 *           "if": {
                 *             "category": [
                 *               "social"
                 *             ]
                 *           },
                 *           "then": "block"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Policy"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "valid": false,
                     *       "faults": [
                     *         {
                     *           "pointer": "/rules/0",
                     *           "message": "'then' is missing"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        valid: boolean;
                        faults: components["schemas"]["Fault"][];
                        tests_passed?: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    testPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "schema": 1,
                 *       "default": {
                 *         "then": "allow"
                 *       },
                 *       "categories": {
                 *         "social": {
                 *           "title": "Social networks",
                 *           "lists": [
                 *             "ut1/social_networks"
                 *           ]
                 *         }
                 *       },
                 *       "rules": [
                 *         {
                 *           "id": "social",
                 *           "title": "No social networks",
                 *           "if": {
                 *             "category": [
                 *               "social"
                 *             ]
                 *           },
                 *           "then": "block"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Policy"];
            };
        };
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "valid": false,
                     *       "faults": [
                     *         {
                     *           "pointer": "/tests/0",
                     *           "message": "expected warn by social, got block by social"
                     *         }
                     *       ],
                     *       "tests_passed": 0,
                     *       "tests": [
                     *         {
                     *           "index": 0,
                     *           "title": "",
                     *           "url": "http://social.example/",
                     *           "user": "",
                     *           "at": null,
                     *           "expect": "warn",
                     *           "rule": "social",
                     *           "ok": false,
                     *           "got": "block",
                     *           "got_rule": "social",
                     *           "message": "expected warn by social, got block by social"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        valid: boolean;
                        faults: components["schemas"]["Fault"][];
                        tests_passed: number;
                        /** @description Each test; empty when the document has faults of another kind. */
                        tests: components["schemas"]["TestResult"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    diffPolicies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "before": {
                 *         "version": 12
                 *       },
                 *       "after": {
                 *         "draft": true
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description one of the three */
                    before: {
                        version?: number;
                        document?: components["schemas"]["Policy"];
                        /** @constant */
                        draft?: true;
                    };
                    /** @description one of the three */
                    after: {
                        version?: number;
                        document?: components["schemas"]["Policy"];
                        /** @constant */
                        draft?: true;
                    };
                };
            };
        };
        responses: {
            /** @description The changes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "changes": [
                     *         {
                     *           "op": "change",
                     *           "path": "/rules/social",
                     *           "kind": "rule",
                     *           "id": "social",
                     *           "title": "Social networks",
                     *           "before": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "block"
                     *           },
                     *           "after": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "warn"
                     *           },
                     *           "fields": [
                     *             {
                     *               "name": "then",
                     *               "before": "block",
                     *               "after": "warn"
                     *             }
                     *           ],
                     *           "text": "Rule 'social' changed: then is \"warn\", was \"block\""
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        changes: components["schemas"]["Change"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    rollbackPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 11,
                 *       "comment": "Social networks are needed after all"
                 *     }
                 */
                "application/json": {
                    version: number;
                    comment?: string;
                    /**
                     * @description a time from 1s to 24h: the gateway goes back by itself unless the version is confirmed in time
                     * @example 5m
                     */
                    confirm_within?: string;
                    /** @description without a second person, where policy.approval asks for one; on the local socket only */
                    override?: boolean;
                };
            };
        };
        responses: {
            /** @description Active now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 13,
                     *       "confirm": null
                     *     }
                     */
                    "application/json": components["schemas"]["Committed"];
                };
            };
            /** @description Where policy.approval asks for a second person: the draft waits for approval. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "request": {
                     *         "by": "anna",
                     *         "account": "anna",
                     *         "time": "2026-11-24T09:00:00.000Z",
                     *         "comment": "Social networks warn instead of blocking",
                     *         "confirm_within_s": 0
                     *       }
                     *     }
                     */
                    "application/json": {
                        request: components["schemas"]["ApprovalRequest"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
        };
    };
    tryRegex: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pattern": "/cart/[0-9]+$",
                 *       "samples": [
                 *         "shop.example/cart/7"
                 *       ]
                 *     }
                 */
                "application/json": {
                    pattern: string;
                    /** @description URLs to try it on */
                    samples?: string[];
                };
            };
        };
        responses: {
            /** @description What it does; also for a regex that is refused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "error": null,
                     *       "samples": [
                     *         {
                     *           "given": "shop.example/cart/7",
                     *           "text": "http://shop.example/cart/7",
                     *           "match": [
                     *             19,
                     *             26
                     *           ],
                     *           "limited": false
                     *         }
                     *       ],
                     *       "literal": "/cart/",
                     *       "cost": {
                     *         "ns": 90,
                     *         "url_ns": 3,
                     *         "urls": 256,
                     *         "runs": 9,
                     *         "matches": 2,
                     *         "class": "cheap"
                     *       },
                     *       "warnings": [],
                     *       "recent": {
                     *         "tested": 812,
                     *         "matched": 3,
                     *         "hosts": [
                     *           "shop.example"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RegexTrial"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    listRegexes: {
        parameters: {
            query?: {
                /** @description How many of them. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The dearest regexes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 2,
                     *       "always": 1,
                     *       "heavy": 0,
                     *       "url_ns": 88,
                     *       "items": [
                     *         {
                     *           "pattern": "^(page|m)?ad[sx]?[0-9]*\\.",
                     *           "subject": "url",
                     *           "literal": null,
                     *           "cost": {
                     *             "ns": 85,
                     *             "url_ns": 85,
                     *             "urls": 256,
                     *             "runs": 256,
                     *             "matches": 0,
                     *             "class": "always-run"
                     *           },
                     *           "used_by": [
                     *             {
                     *               "kind": "category",
                     *               "id": "ads"
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @description different regexes in all */
                        count: number;
                        /** @description of them, which run on every request */
                        always: number;
                        /** @description of them, which are given up on some URL */
                        heavy: number;
                        /** @description what all of them take of a URL, on average; less in practice, for they are looked for together */
                        url_ns: number;
                        items: {
                            /** @description null: of a list, and no text */
                            pattern: string | null;
                            /**
                             * @description schemeless: expressions of lists, which look at the URL behind ://
                             * @enum {unknown}
                             */
                            subject: "url" | "schemeless";
                            /** @description a text that it requires; null: there is none, or it is no text */
                            literal: string | null;
                            cost: components["schemas"]["RegexCost"];
                            /** @description at most 20 */
                            used_by: {
                                /** @enum {unknown} */
                                kind: "category" | "rule" | "quota" | "headers" | "inspection" | "list";
                                id: string;
                            }[];
                        }[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    getDraft: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The draft. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "exists": true,
                     *       "base_version": 12,
                     *       "active_version": 12,
                     *       "revision": 7,
                     *       "author": "anna",
                     *       "created": "2026-11-26T09:00:00Z",
                     *       "changed": "2026-11-26T09:04:10Z",
                     *       "etag": "\"v12.7\"",
                     *       "document": {
                     *         "schema": 1,
                     *         "default": {
                     *           "then": "allow"
                     *         },
                     *         "rules": [
                     *           {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "warn"
                     *           }
                     *         ]
                     *       },
                     *       "changes": [
                     *         {
                     *           "op": "change",
                     *           "path": "/rules/social",
                     *           "kind": "rule",
                     *           "id": "social",
                     *           "title": "Social networks",
                     *           "before": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "block"
                     *           },
                     *           "after": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "warn"
                     *           },
                     *           "fields": [
                     *             {
                     *               "name": "then",
                     *               "before": "block",
                     *               "after": "warn"
                     *             }
                     *           ],
                     *           "text": "Rule 'social' changed: then is \"warn\", was \"block\""
                     *         }
                     *       ],
                     *       "faults": [],
                     *       "request": null,
                     *       "needs_approval": false
                     *     }
                     */
                    "application/json": components["schemas"]["Draft"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    replaceDraft: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "schema": 1,
                 *       "default": {
                 *         "then": "allow"
                 *       },
                 *       "rules": [
                 *         {
                 *           "id": "social",
                 *           "title": "Social networks",
                 *           "if": {
                 *             "host": [
                 *               "social.example"
                 *             ]
                 *           },
                 *           "then": "warn"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Policy"];
            };
        };
        responses: {
            /** @description The draft now. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "exists": true,
                     *       "base_version": 12,
                     *       "active_version": 12,
                     *       "revision": 7,
                     *       "author": "anna",
                     *       "created": "2026-11-26T09:00:00Z",
                     *       "changed": "2026-11-26T09:04:10Z",
                     *       "etag": "\"v12.7\"",
                     *       "document": {
                     *         "schema": 1,
                     *         "default": {
                     *           "then": "allow"
                     *         },
                     *         "rules": [
                     *           {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "warn"
                     *           }
                     *         ]
                     *       },
                     *       "changes": [
                     *         {
                     *           "op": "change",
                     *           "path": "/rules/social",
                     *           "kind": "rule",
                     *           "id": "social",
                     *           "title": "Social networks",
                     *           "before": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "block"
                     *           },
                     *           "after": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "warn"
                     *           },
                     *           "fields": [
                     *             {
                     *               "name": "then",
                     *               "before": "block",
                     *               "after": "warn"
                     *             }
                     *           ],
                     *           "text": "Rule 'social' changed: then is \"warn\", was \"block\""
                     *         }
                     *       ],
                     *       "faults": [],
                     *       "request": null,
                     *       "needs_approval": false
                     *     }
                     */
                    "application/json": components["schemas"]["Draft"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    discardDraft: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no draft now. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            421: components["responses"]["WrongHost"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    listDraftItems: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: "rules" | "categories" | "quotas" | "networks" | "groups" | "schedules" | "headers" | "inspection-rules" | "exceptions";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the order of the document. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "social",
                     *           "title": "Social networks",
                     *           "if": {
                     *             "host": [
                     *               "social.example"
                     *             ]
                     *           },
                     *           "then": "warn",
                     *           "index": 0
                     *         }
                     *       ],
                     *       "etag": "\"v12.7\""
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["DraftItem"][];
                        etag: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
        };
    };
    addDraftItem: {
        parameters: {
            query?: {
                /** @description Ordered kinds (rules, quotas, headers): the id before which it goes; default: at the end. */
                before?: string;
            };
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path: {
                kind: "rules" | "categories" | "quotas" | "networks" | "groups" | "schedules" | "headers" | "inspection-rules" | "exceptions";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "social",
                 *       "title": "Social networks",
                 *       "if": {
                 *         "host": [
                 *           "social.example"
                 *         ]
                 *       },
                 *       "then": "warn"
                 *     }
                 */
                "application/json": components["schemas"]["DraftItem"];
            };
        };
        responses: {
            /** @description Added. */
            201: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DraftAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    getDraftItem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: "rules" | "categories" | "quotas" | "networks" | "groups" | "schedules" | "headers" | "inspection-rules" | "exceptions";
                /** @example social */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The item. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "social",
                     *       "title": "Social networks",
                     *       "if": {
                     *         "host": [
                     *           "social.example"
                     *         ]
                     *       },
                     *       "then": "warn",
                     *       "index": 0
                     *     }
                     */
                    "application/json": components["schemas"]["DraftItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
        };
    };
    replaceDraftItem: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path: {
                kind: "rules" | "categories" | "quotas" | "networks" | "groups" | "schedules" | "headers" | "inspection-rules" | "exceptions";
                /** @example social */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "social",
                 *       "title": "Social networks",
                 *       "if": {
                 *         "host": [
                 *           "social.example"
                 *         ]
                 *       },
                 *       "then": "warn",
                 *       "index": 0
                 *     }
                 */
                "application/json": components["schemas"]["DraftItem"];
            };
        };
        responses: {
            /** @description Replaced. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DraftAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    removeDraftItem: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path: {
                kind: "rules" | "categories" | "quotas" | "networks" | "groups" | "schedules" | "headers" | "inspection-rules" | "exceptions";
                /** @example social */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed; `faults` names what still refers to it. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "etag": "\"v12.9\"",
                     *       "revision": 9,
                     *       "change_count": 3,
                     *       "faults": []
                     *     }
                     */
                    "application/json": components["schemas"]["DraftAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            421: components["responses"]["WrongHost"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    moveDraftItem: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path: {
                kind: "rules" | "categories" | "quotas" | "networks" | "groups" | "schedules" | "headers" | "inspection-rules" | "exceptions";
                /** @example social */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "before": "social"
                 *     }
                 */
                "application/json": {
                    /** @description null: to the end */
                    before?: string | null;
                    /** @enum {unknown} */
                    to?: "top" | "bottom";
                };
            };
        };
        responses: {
            /** @description Moved. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DraftAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    validateDraft: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The result. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "valid": false,
                     *       "faults": [],
                     *       "tests": [
                     *         {
                     *           "index": 0,
                     *           "title": "",
                     *           "url": "http://social.example/",
                     *           "user": "",
                     *           "at": null,
                     *           "expect": "warn",
                     *           "rule": "social",
                     *           "ok": false,
                     *           "got": "block",
                     *           "got_rule": "social",
                     *           "message": "expected warn by social, got block by social"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /** @description no faults, and every test is ok */
                        valid: boolean;
                        faults: components["schemas"]["Fault"][];
                        /** @description empty when there are faults */
                        tests: components["schemas"]["TestResult"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    rebaseDraft: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The draft now. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "exists": true,
                     *       "base_version": 12,
                     *       "active_version": 12,
                     *       "revision": 7,
                     *       "author": "anna",
                     *       "created": "2026-11-26T09:00:00Z",
                     *       "changed": "2026-11-26T09:04:10Z",
                     *       "etag": "\"v12.7\"",
                     *       "document": {
                     *         "schema": 1,
                     *         "default": {
                     *           "then": "allow"
                     *         },
                     *         "rules": [
                     *           {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "warn"
                     *           }
                     *         ]
                     *       },
                     *       "changes": [
                     *         {
                     *           "op": "change",
                     *           "path": "/rules/social",
                     *           "kind": "rule",
                     *           "id": "social",
                     *           "title": "Social networks",
                     *           "before": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "block"
                     *           },
                     *           "after": {
                     *             "id": "social",
                     *             "title": "Social networks",
                     *             "if": {
                     *               "host": [
                     *                 "social.example"
                     *               ]
                     *             },
                     *             "then": "warn"
                     *           },
                     *           "fields": [
                     *             {
                     *               "name": "then",
                     *               "before": "block",
                     *               "after": "warn"
                     *             }
                     *           ],
                     *           "text": "Rule 'social' changed: then is \"warn\", was \"block\""
                     *         }
                     *       ],
                     *       "faults": [],
                     *       "request": null,
                     *       "needs_approval": false
                     *     }
                     */
                    "application/json": components["schemas"]["Draft"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            421: components["responses"]["WrongHost"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    commitDraft: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The ETag of what was changed; * for whatever is there. 428 without it, 412 when it is no longer so.
                 * @example "v12.7"
                 */
                "If-Match": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "comment": "Social networks warn instead of blocking"
                 *     }
                 */
                "application/json": {
                    /** @description why */
                    comment: string;
                    /**
                     * @description a time from 1s to 24h: the gateway goes back by itself unless the version is confirmed in time
                     * @example 5m
                     */
                    confirm_within?: string;
                    /** @description without a second person, where policy.approval asks for one; on the local socket only */
                    override?: boolean;
                };
            };
        };
        responses: {
            /** @description Active now; there is no draft any more. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 13,
                     *       "confirm": null
                     *     }
                     */
                    "application/json": components["schemas"]["Committed"];
                };
            };
            /** @description Where policy.approval asks for a second person: the draft waits for approval. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "request": {
                     *         "by": "anna",
                     *         "account": "anna",
                     *         "time": "2026-11-24T09:00:00.000Z",
                     *         "comment": "Social networks warn instead of blocking",
                     *         "confirm_within_s": 0
                     *       }
                     *     }
                     */
                    "application/json": {
                        request: components["schemas"]["ApprovalRequest"];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    explain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "http://social.example/",
                 *       "user": "bob",
                 *       "draft": true
                 *     }
                 */
                "application/json": {
                    url: string;
                    user?: string;
                    /** @description beside those that the policy gives the user */
                    groups?: string[];
                    /** @default 127.0.0.1 */
                    client?: string;
                    /** @default GET */
                    method?: string;
                    /** @description RFC 3339; default: now */
                    at?: string;
                    user_agent?: string;
                    /** @description of the destination, as it would be resolved */
                    address?: string;
                    /** @description of the answer */
                    content_type?: string;
                    /** @description of the answer: bytes, or 10MiB */
                    size?: number | string;
                    /** @description what would be wrong with the origin's TLS, such as ["expired"]: the answer says what the exceptions of `inspection` make of it */
                    fault?: string[];
                    /** @description judge by this document instead of the active policy */
                    policy?: components["schemas"]["Policy"];
                    /** @description judge by the draft; not together with `policy` */
                    draft?: boolean;
                    /** @description judge by this version; not together with the others */
                    version?: number;
                };
            };
        };
        responses: {
            /** @description Decision and trace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
        };
    };
    explainBatch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "urls": [
                 *         "http://social.example/",
                 *         "http://news.example/"
                 *       ],
                 *       "user": "bob"
                 *     }
                 */
                "application/json": {
                    /** @description null: one that could not be written as text, answered with an error */
                    urls: (string | null)[];
                    /**
                     * @description with the reasons, for at most 50 URLs
                     * @default false
                     */
                    trace?: boolean;
                    user?: string;
                    /** @description beside those that the policy gives the user */
                    groups?: string[];
                    /** @default 127.0.0.1 */
                    client?: string;
                    /** @default GET */
                    method?: string;
                    /** @description RFC 3339; default: now */
                    at?: string;
                    user_agent?: string;
                    /** @description of the destination, as it would be resolved */
                    address?: string;
                    /** @description of the answer */
                    content_type?: string;
                    /** @description of the answer: bytes, or 10MiB */
                    size?: number | string;
                    /** @description what would be wrong with the origin's TLS, such as ["expired"]: the answer says what the exceptions of `inspection` make of it */
                    fault?: string[];
                    /** @description judge by this document instead of the active policy */
                    policy?: components["schemas"]["Policy"];
                    /** @description judge by the draft; not together with `policy` */
                    draft?: boolean;
                    /** @description judge by this version; not together with the others */
                    version?: number;
                };
            };
        };
        responses: {
            /** @description An answer for each, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "url": "http://social.example/",
                     *           "action": "warn",
                     *           "rule": "social",
                     *           "categories": [
                     *             "social"
                     *           ],
                     *           "inspect": false,
                     *           "quota": null,
                     *           "policy_version": 12,
                     *           "reason": "rule"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: {
                            url: string | null;
                            error?: string;
                            /** @enum {unknown} */
                            action?: "allow" | "block" | "warn" | "quota";
                            rule?: string | null;
                            categories?: string[];
                            inspect?: boolean;
                            quota?: string | null;
                            policy_version?: number;
                            reason?: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
        };
    };
    lookupCategories: {
        parameters: {
            query: {
                /** @description Host name, address or URL. */
                host: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Categories and lists. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "host": "m.social.example",
                     *       "url": "http://m.social.example/",
                     *       "categories": [
                     *         "social"
                     *       ],
                     *       "lists": [
                     *         {
                     *           "list": "ut1/social_networks",
                     *           "entry": "social.example",
                     *           "path": false,
                     *           "line": 1041,
                     *           "file": "blacklists/social_networks/domains"
                     *         }
                     *       ],
                     *       "entries": [
                     *         {
                     *           "category": "social",
                     *           "entry": "m.social.example",
                     *           "pointer": "/categories/social/hosts/0"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Lookup"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    listRequests: {
        parameters: {
            query?: {
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
                /**
                 * @description User name; @none is no user. Given again: any of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                user?: components["parameters"]["user"];
                /**
                 * @description Not this user; given again, none of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                "user!"?: components["parameters"]["user_not"];
                /**
                 * @description Client address, or network in CIDR. Given again: any of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                client?: components["parameters"]["client"];
                /**
                 * @description Not this client; given again, none of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                "client!"?: components["parameters"]["client_not"];
                /**
                 * @description One of the groups at that time. Given again: any of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                group?: components["parameters"]["group"];
                /**
                 * @description Not this group; given again, none of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                "group!"?: components["parameters"]["group_not"];
                /**
                 * @description Host, or anything below it. Given again: any of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                host?: components["parameters"]["host"];
                /**
                 * @description Not this host; given again, none of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                "host!"?: components["parameters"]["host_not"];
                /**
                 * @description Method. Given again: any of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                method?: components["parameters"]["method"];
                /**
                 * @description Not this method; given again, none of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                "method!"?: components["parameters"]["method_not"];
                /**
                 * @description Category; uncategorised is none. Given again: any of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                category?: components["parameters"]["category"];
                /**
                 * @description Not this category; given again, none of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                "category!"?: components["parameters"]["category_not"];
                /**
                 * @description Id of the deciding rule; @default is none. Given again: any of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                rule?: components["parameters"]["rule"];
                /**
                 * @description Not this rule; given again, none of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                "rule!"?: components["parameters"]["rule_not"];
                /**
                 * @description allow, block, warn, quota or error; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                action?: components["parameters"]["action"];
                /**
                 * @description Not this action; given again, none of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                "action!"?: components["parameters"]["action_not"];
                /**
                 * @description Status such as 403, or a class such as 4xx; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                status?: components["parameters"]["status"];
                /**
                 * @description Not this status; given again, none of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                "status!"?: components["parameters"]["status_not"];
                /**
                 * @description Version that judged; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                policy_version?: components["parameters"]["policy_version"];
                /**
                 * @description Not this policy_version; given again, none of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                "policy_version!"?: components["parameters"]["policy_version_not"];
                /**
                 * @description What was wrong with the origin's TLS, as a word such as `expired` or `unknown-issuer`; `@none`: nothing was; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                tls_fault?: components["parameters"]["tls_fault"];
                /**
                 * @description Not this tls_fault; given again, none of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                "tls_fault!"?: components["parameters"]["tls_fault_not"];
                /**
                 * @description TLS with the client; `@none`: none is known; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                tls_version?: components["parameters"]["tls_version"];
                /**
                 * @description Not this tls_version; given again, none of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                "tls_version!"?: components["parameters"]["tls_version_not"];
                /**
                 * @description Cipher suite with the client; `@none`: none is known. Given again: any of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                tls_cipher?: components["parameters"]["tls_cipher"];
                /**
                 * @description Not this tls_cipher; given again, none of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                "tls_cipher!"?: components["parameters"]["tls_cipher_not"];
                /**
                 * @description The id of the policy's exception that decided about a fault; `@none`: none did. Given again: any of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                tls_exception?: components["parameters"]["tls_exception"];
                /**
                 * @description Not this tls_exception; given again, none of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                "tls_exception!"?: components["parameters"]["tls_exception_not"];
                /**
                 * @description `true`: requests inside inspected TLS and the CONNECT they came by; `false`: all others.
                 * @example [
                 *       "true"
                 *     ]
                 */
                inspected?: components["parameters"]["inspected"];
                /**
                 * @description Not this inspected; given again, none of them.
                 * @example [
                 *       "true"
                 *     ]
                 */
                "inspected!"?: components["parameters"]["inspected_not"];
                /**
                 * @description Part of host, path, user or rule; ASCII letters of either case. Given again: any of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                q?: components["parameters"]["q"];
                /**
                 * @description Not this q; given again, none of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                "q!"?: components["parameters"]["q_not"];
                /** @description Page size. */
                limit?: number;
                /** @description Which come first. */
                order?: "newest" | "oldest";
                /**
                 * @description cursor or newer of a page.
                 * @example b06k3wq3g0n800
                 */
                cursor?: string;
                /**
                 * @description tail of a page or of the tail itself; goes with neither cursor nor order.
                 * @example t1hq2k6j9r0000
                 */
                after?: string;
                /** @description How many seconds to wait for the first match, with after. */
                wait?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    exportRequests: {
        parameters: {
            query?: {
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
                /**
                 * @description User name; @none is no user. Given again: any of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                user?: components["parameters"]["user"];
                /**
                 * @description Not this user; given again, none of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                "user!"?: components["parameters"]["user_not"];
                /**
                 * @description Client address, or network in CIDR. Given again: any of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                client?: components["parameters"]["client"];
                /**
                 * @description Not this client; given again, none of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                "client!"?: components["parameters"]["client_not"];
                /**
                 * @description One of the groups at that time. Given again: any of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                group?: components["parameters"]["group"];
                /**
                 * @description Not this group; given again, none of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                "group!"?: components["parameters"]["group_not"];
                /**
                 * @description Host, or anything below it. Given again: any of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                host?: components["parameters"]["host"];
                /**
                 * @description Not this host; given again, none of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                "host!"?: components["parameters"]["host_not"];
                /**
                 * @description Method. Given again: any of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                method?: components["parameters"]["method"];
                /**
                 * @description Not this method; given again, none of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                "method!"?: components["parameters"]["method_not"];
                /**
                 * @description Category; uncategorised is none. Given again: any of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                category?: components["parameters"]["category"];
                /**
                 * @description Not this category; given again, none of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                "category!"?: components["parameters"]["category_not"];
                /**
                 * @description Id of the deciding rule; @default is none. Given again: any of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                rule?: components["parameters"]["rule"];
                /**
                 * @description Not this rule; given again, none of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                "rule!"?: components["parameters"]["rule_not"];
                /**
                 * @description allow, block, warn, quota or error; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                action?: components["parameters"]["action"];
                /**
                 * @description Not this action; given again, none of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                "action!"?: components["parameters"]["action_not"];
                /**
                 * @description Status such as 403, or a class such as 4xx; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                status?: components["parameters"]["status"];
                /**
                 * @description Not this status; given again, none of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                "status!"?: components["parameters"]["status_not"];
                /**
                 * @description Version that judged; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                policy_version?: components["parameters"]["policy_version"];
                /**
                 * @description Not this policy_version; given again, none of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                "policy_version!"?: components["parameters"]["policy_version_not"];
                /**
                 * @description What was wrong with the origin's TLS, as a word such as `expired` or `unknown-issuer`; `@none`: nothing was; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                tls_fault?: components["parameters"]["tls_fault"];
                /**
                 * @description Not this tls_fault; given again, none of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                "tls_fault!"?: components["parameters"]["tls_fault_not"];
                /**
                 * @description TLS with the client; `@none`: none is known; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                tls_version?: components["parameters"]["tls_version"];
                /**
                 * @description Not this tls_version; given again, none of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                "tls_version!"?: components["parameters"]["tls_version_not"];
                /**
                 * @description Cipher suite with the client; `@none`: none is known. Given again: any of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                tls_cipher?: components["parameters"]["tls_cipher"];
                /**
                 * @description Not this tls_cipher; given again, none of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                "tls_cipher!"?: components["parameters"]["tls_cipher_not"];
                /**
                 * @description The id of the policy's exception that decided about a fault; `@none`: none did. Given again: any of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                tls_exception?: components["parameters"]["tls_exception"];
                /**
                 * @description Not this tls_exception; given again, none of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                "tls_exception!"?: components["parameters"]["tls_exception_not"];
                /**
                 * @description `true`: requests inside inspected TLS and the CONNECT they came by; `false`: all others.
                 * @example [
                 *       "true"
                 *     ]
                 */
                inspected?: components["parameters"]["inspected"];
                /**
                 * @description Not this inspected; given again, none of them.
                 * @example [
                 *       "true"
                 *     ]
                 */
                "inspected!"?: components["parameters"]["inspected_not"];
                /**
                 * @description Part of host, path, user or rule; ASCII letters of either case. Given again: any of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                q?: components["parameters"]["q"];
                /**
                 * @description Not this q; given again, none of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                "q!"?: components["parameters"]["q_not"];
                /** @description How it is written. */
                format?: "ndjson" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A record a line. */
            200: {
                headers: {
                    /** @description attachment; filename="sluice-requests.csv" or .ndjson */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"id":"06k3wq3g0n800","time":"2026-11-23T09:00:00.000Z","action":"allow"} */
                    "application/x-ndjson": string;
                    /**
                     * @example id,time,duration_ms,client,user,method,host,path,action,status
                     *     06k3wq3g0n800,2026-11-23T09:00:00.000Z,41,10.20.1.7,alice,GET,www.example.com,/,allow,200
                     */
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    requestHistogram: {
        parameters: {
            query?: {
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
                /** @description Length of a step: whole minutes, such as 5m, 1h or 1d. Chosen by the server when absent. At most 500 steps. Steps lie on multiples of their length in UTC, so from and to may cut the first and the last short. */
                step?: components["parameters"]["step"];
                /**
                 * @description User name; @none is no user. Given again: any of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                user?: components["parameters"]["user"];
                /**
                 * @description Not this user; given again, none of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                "user!"?: components["parameters"]["user_not"];
                /**
                 * @description Client address, or network in CIDR. Given again: any of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                client?: components["parameters"]["client"];
                /**
                 * @description Not this client; given again, none of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                "client!"?: components["parameters"]["client_not"];
                /**
                 * @description One of the groups at that time. Given again: any of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                group?: components["parameters"]["group"];
                /**
                 * @description Not this group; given again, none of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                "group!"?: components["parameters"]["group_not"];
                /**
                 * @description Host, or anything below it. Given again: any of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                host?: components["parameters"]["host"];
                /**
                 * @description Not this host; given again, none of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                "host!"?: components["parameters"]["host_not"];
                /**
                 * @description Method. Given again: any of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                method?: components["parameters"]["method"];
                /**
                 * @description Not this method; given again, none of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                "method!"?: components["parameters"]["method_not"];
                /**
                 * @description Category; uncategorised is none. Given again: any of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                category?: components["parameters"]["category"];
                /**
                 * @description Not this category; given again, none of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                "category!"?: components["parameters"]["category_not"];
                /**
                 * @description Id of the deciding rule; @default is none. Given again: any of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                rule?: components["parameters"]["rule"];
                /**
                 * @description Not this rule; given again, none of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                "rule!"?: components["parameters"]["rule_not"];
                /**
                 * @description allow, block, warn, quota or error; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                action?: components["parameters"]["action"];
                /**
                 * @description Not this action; given again, none of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                "action!"?: components["parameters"]["action_not"];
                /**
                 * @description Status such as 403, or a class such as 4xx; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                status?: components["parameters"]["status"];
                /**
                 * @description Not this status; given again, none of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                "status!"?: components["parameters"]["status_not"];
                /**
                 * @description Version that judged; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                policy_version?: components["parameters"]["policy_version"];
                /**
                 * @description Not this policy_version; given again, none of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                "policy_version!"?: components["parameters"]["policy_version_not"];
                /**
                 * @description What was wrong with the origin's TLS, as a word such as `expired` or `unknown-issuer`; `@none`: nothing was; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                tls_fault?: components["parameters"]["tls_fault"];
                /**
                 * @description Not this tls_fault; given again, none of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                "tls_fault!"?: components["parameters"]["tls_fault_not"];
                /**
                 * @description TLS with the client; `@none`: none is known; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                tls_version?: components["parameters"]["tls_version"];
                /**
                 * @description Not this tls_version; given again, none of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                "tls_version!"?: components["parameters"]["tls_version_not"];
                /**
                 * @description Cipher suite with the client; `@none`: none is known. Given again: any of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                tls_cipher?: components["parameters"]["tls_cipher"];
                /**
                 * @description Not this tls_cipher; given again, none of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                "tls_cipher!"?: components["parameters"]["tls_cipher_not"];
                /**
                 * @description The id of the policy's exception that decided about a fault; `@none`: none did. Given again: any of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                tls_exception?: components["parameters"]["tls_exception"];
                /**
                 * @description Not this tls_exception; given again, none of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                "tls_exception!"?: components["parameters"]["tls_exception_not"];
                /**
                 * @description `true`: requests inside inspected TLS and the CONNECT they came by; `false`: all others.
                 * @example [
                 *       "true"
                 *     ]
                 */
                inspected?: components["parameters"]["inspected"];
                /**
                 * @description Not this inspected; given again, none of them.
                 * @example [
                 *       "true"
                 *     ]
                 */
                "inspected!"?: components["parameters"]["inspected_not"];
                /**
                 * @description Part of host, path, user or rule; ASCII letters of either case. Given again: any of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                q?: components["parameters"]["q"];
                /**
                 * @description Not this q; given again, none of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                "q!"?: components["parameters"]["q_not"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Figures. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "2026-11-23T09:00:00.000Z",
                     *       "to": "2026-11-23T11:00:00.000Z",
                     *       "step_s": 3600,
                     *       "t": [
                     *         1795424400,
                     *         1795428000
                     *       ],
                     *       "series": {
                     *         "allow": [
                     *           812,
                     *           790
                     *         ],
                     *         "block": [
                     *           31,
                     *           40
                     *         ],
                     *         "warn": [
                     *           2,
                     *           0
                     *         ],
                     *         "quota": [
                     *           0,
                     *           5
                     *         ],
                     *         "error": [
                     *           1,
                     *           1
                     *         ]
                     *       },
                     *       "total": 1682,
                     *       "approx": false
                     *     }
                     */
                    "application/json": components["schemas"]["Histogram"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    suggestValues: {
        parameters: {
            query: {
                /**
                 * @description Of what.
                 * @example host
                 */
                field: "category" | "rule" | "action" | "user" | "host" | "client" | "tls_fault" | "tls_version" | "tls_cipher";
                /**
                 * @description A part of the value, without regard to the case of ASCII letters.
                 * @example exam
                 */
                q?: string;
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
                /** @description How many. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Values; the words of the filters (@none, @default, uncategorised) where there is none. from is a week ago when absent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "value": "www.example.com",
                     *           "requests": 4711
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: {
                            value: string;
                            requests: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    getRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Request id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The record with its trace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestDetail"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    statsSummary: {
        parameters: {
            query?: {
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
                /** @description Length of a step: whole minutes, such as 5m, 1h or 1d. Chosen by the server when absent. At most 500 steps. Steps lie on multiples of their length in UTC, so from and to may cut the first and the last short. */
                step?: components["parameters"]["step"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Figures. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "2026-11-23T09:00:00.000Z",
                     *       "to": "2026-11-23T11:00:00.000Z",
                     *       "step_s": 3600,
                     *       "t": [
                     *         1795424400,
                     *         1795428000
                     *       ],
                     *       "previous_from": "2026-11-23T07:00:00.000Z",
                     *       "metrics": [
                     *         {
                     *           "key": "requests",
                     *           "value": 1682,
                     *           "previous": 1590,
                     *           "spark": [
                     *             846,
                     *             836
                     *           ]
                     *         },
                     *         {
                     *           "key": "gateway_p95_us",
                     *           "value": 15,
                     *           "previous": 15,
                     *           "spark": [
                     *             15,
                     *             14
                     *           ]
                     *         }
                     *       ],
                     *       "approx": false
                     *     }
                     */
                    "application/json": components["schemas"]["StatsSummary"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    statsSeries: {
        parameters: {
            query?: {
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
                /** @description Length of a step: whole minutes, such as 5m, 1h or 1d. Chosen by the server when absent. At most 500 steps. Steps lie on multiples of their length in UTC, so from and to may cut the first and the last short. */
                step?: components["parameters"]["step"];
                /** @description Of what the series are; `inspected` and `tls_...` count only requests with TLS. */
                by?: "action" | "category" | "rule" | "user" | "host" | "client" | "inspected" | "tls_fault" | "tls_version" | "tls_cipher" | "tls_issuer" | "tls_origin_version" | "tls_origin_cipher";
                /** @description What is counted; blocked is by rules and quotas. */
                metric?: "requests" | "blocked" | "warned" | "errors" | "bytes";
                /** @description How many series. */
                limit?: number;
                /**
                 * @description User name; @none is no user. Given again: any of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                user?: components["parameters"]["user"];
                /**
                 * @description Not this user; given again, none of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                "user!"?: components["parameters"]["user_not"];
                /**
                 * @description Client address, or network in CIDR. Given again: any of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                client?: components["parameters"]["client"];
                /**
                 * @description Not this client; given again, none of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                "client!"?: components["parameters"]["client_not"];
                /**
                 * @description One of the groups at that time. Given again: any of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                group?: components["parameters"]["group"];
                /**
                 * @description Not this group; given again, none of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                "group!"?: components["parameters"]["group_not"];
                /**
                 * @description Host, or anything below it. Given again: any of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                host?: components["parameters"]["host"];
                /**
                 * @description Not this host; given again, none of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                "host!"?: components["parameters"]["host_not"];
                /**
                 * @description Method. Given again: any of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                method?: components["parameters"]["method"];
                /**
                 * @description Not this method; given again, none of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                "method!"?: components["parameters"]["method_not"];
                /**
                 * @description Category; uncategorised is none. Given again: any of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                category?: components["parameters"]["category"];
                /**
                 * @description Not this category; given again, none of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                "category!"?: components["parameters"]["category_not"];
                /**
                 * @description Id of the deciding rule; @default is none. Given again: any of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                rule?: components["parameters"]["rule"];
                /**
                 * @description Not this rule; given again, none of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                "rule!"?: components["parameters"]["rule_not"];
                /**
                 * @description allow, block, warn, quota or error; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                action?: components["parameters"]["action"];
                /**
                 * @description Not this action; given again, none of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                "action!"?: components["parameters"]["action_not"];
                /**
                 * @description Status such as 403, or a class such as 4xx; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                status?: components["parameters"]["status"];
                /**
                 * @description Not this status; given again, none of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                "status!"?: components["parameters"]["status_not"];
                /**
                 * @description Version that judged; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                policy_version?: components["parameters"]["policy_version"];
                /**
                 * @description Not this policy_version; given again, none of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                "policy_version!"?: components["parameters"]["policy_version_not"];
                /**
                 * @description What was wrong with the origin's TLS, as a word such as `expired` or `unknown-issuer`; `@none`: nothing was; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                tls_fault?: components["parameters"]["tls_fault"];
                /**
                 * @description Not this tls_fault; given again, none of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                "tls_fault!"?: components["parameters"]["tls_fault_not"];
                /**
                 * @description TLS with the client; `@none`: none is known; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                tls_version?: components["parameters"]["tls_version"];
                /**
                 * @description Not this tls_version; given again, none of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                "tls_version!"?: components["parameters"]["tls_version_not"];
                /**
                 * @description Cipher suite with the client; `@none`: none is known. Given again: any of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                tls_cipher?: components["parameters"]["tls_cipher"];
                /**
                 * @description Not this tls_cipher; given again, none of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                "tls_cipher!"?: components["parameters"]["tls_cipher_not"];
                /**
                 * @description The id of the policy's exception that decided about a fault; `@none`: none did. Given again: any of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                tls_exception?: components["parameters"]["tls_exception"];
                /**
                 * @description Not this tls_exception; given again, none of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                "tls_exception!"?: components["parameters"]["tls_exception_not"];
                /**
                 * @description `true`: requests inside inspected TLS and the CONNECT they came by; `false`: all others.
                 * @example [
                 *       "true"
                 *     ]
                 */
                inspected?: components["parameters"]["inspected"];
                /**
                 * @description Not this inspected; given again, none of them.
                 * @example [
                 *       "true"
                 *     ]
                 */
                "inspected!"?: components["parameters"]["inspected_not"];
                /**
                 * @description Part of host, path, user or rule; ASCII letters of either case. Given again: any of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                q?: components["parameters"]["q"];
                /**
                 * @description Not this q; given again, none of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                "q!"?: components["parameters"]["q_not"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Series. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "2026-11-23T09:00:00.000Z",
                     *       "to": "2026-11-23T11:00:00.000Z",
                     *       "step_s": 3600,
                     *       "t": [
                     *         1795424400,
                     *         1795428000
                     *       ],
                     *       "series": [
                     *         {
                     *           "name": "social",
                     *           "title": "Social networks",
                     *           "values": [
                     *             120,
                     *             96
                     *           ]
                     *         }
                     *       ],
                     *       "approx": false
                     *     }
                     */
                    "application/json": components["schemas"]["StatsSeries"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    statsTop: {
        parameters: {
            query: {
                /**
                 * @description Of what; `inspected` and `tls_...` count only requests with TLS.
                 * @example rule
                 */
                dim: "category" | "rule" | "action" | "user" | "host" | "client" | "inspected" | "tls_fault" | "tls_version" | "tls_cipher" | "tls_issuer" | "tls_origin_version" | "tls_origin_cipher";
                /** @description By what they are ordered; those with none are in others. */
                by?: "requests" | "blocked" | "warned" | "errors" | "bytes";
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
                /** @description How many. */
                limit?: number;
                /**
                 * @description User name; @none is no user. Given again: any of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                user?: components["parameters"]["user"];
                /**
                 * @description Not this user; given again, none of them.
                 * @example [
                 *       "alice"
                 *     ]
                 */
                "user!"?: components["parameters"]["user_not"];
                /**
                 * @description Client address, or network in CIDR. Given again: any of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                client?: components["parameters"]["client"];
                /**
                 * @description Not this client; given again, none of them.
                 * @example [
                 *       "10.20.0.0/16"
                 *     ]
                 */
                "client!"?: components["parameters"]["client_not"];
                /**
                 * @description One of the groups at that time. Given again: any of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                group?: components["parameters"]["group"];
                /**
                 * @description Not this group; given again, none of them.
                 * @example [
                 *       "staff"
                 *     ]
                 */
                "group!"?: components["parameters"]["group_not"];
                /**
                 * @description Host, or anything below it. Given again: any of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                host?: components["parameters"]["host"];
                /**
                 * @description Not this host; given again, none of them.
                 * @example [
                 *       "example.com"
                 *     ]
                 */
                "host!"?: components["parameters"]["host_not"];
                /**
                 * @description Method. Given again: any of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                method?: components["parameters"]["method"];
                /**
                 * @description Not this method; given again, none of them.
                 * @example [
                 *       "CONNECT"
                 *     ]
                 */
                "method!"?: components["parameters"]["method_not"];
                /**
                 * @description Category; uncategorised is none. Given again: any of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                category?: components["parameters"]["category"];
                /**
                 * @description Not this category; given again, none of them.
                 * @example [
                 *       "social"
                 *     ]
                 */
                "category!"?: components["parameters"]["category_not"];
                /**
                 * @description Id of the deciding rule; @default is none. Given again: any of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                rule?: components["parameters"]["rule"];
                /**
                 * @description Not this rule; given again, none of them.
                 * @example [
                 *       "malware"
                 *     ]
                 */
                "rule!"?: components["parameters"]["rule_not"];
                /**
                 * @description allow, block, warn, quota or error; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                action?: components["parameters"]["action"];
                /**
                 * @description Not this action; given again, none of them.
                 * @example [
                 *       "block,quota"
                 *     ]
                 */
                "action!"?: components["parameters"]["action_not"];
                /**
                 * @description Status such as 403, or a class such as 4xx; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                status?: components["parameters"]["status"];
                /**
                 * @description Not this status; given again, none of them.
                 * @example [
                 *       "4xx,502"
                 *     ]
                 */
                "status!"?: components["parameters"]["status_not"];
                /**
                 * @description Version that judged; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                policy_version?: components["parameters"]["policy_version"];
                /**
                 * @description Not this policy_version; given again, none of them.
                 * @example [
                 *       "12"
                 *     ]
                 */
                "policy_version!"?: components["parameters"]["policy_version_not"];
                /**
                 * @description What was wrong with the origin's TLS, as a word such as `expired` or `unknown-issuer`; `@none`: nothing was; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                tls_fault?: components["parameters"]["tls_fault"];
                /**
                 * @description Not this tls_fault; given again, none of them.
                 * @example [
                 *       "expired"
                 *     ]
                 */
                "tls_fault!"?: components["parameters"]["tls_fault_not"];
                /**
                 * @description TLS with the client; `@none`: none is known; a comma parts alternatives. Given again: any of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                tls_version?: components["parameters"]["tls_version"];
                /**
                 * @description Not this tls_version; given again, none of them.
                 * @example [
                 *       "TLSv1.3"
                 *     ]
                 */
                "tls_version!"?: components["parameters"]["tls_version_not"];
                /**
                 * @description Cipher suite with the client; `@none`: none is known. Given again: any of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                tls_cipher?: components["parameters"]["tls_cipher"];
                /**
                 * @description Not this tls_cipher; given again, none of them.
                 * @example [
                 *       "TLS_AES_128_GCM_SHA256"
                 *     ]
                 */
                "tls_cipher!"?: components["parameters"]["tls_cipher_not"];
                /**
                 * @description The id of the policy's exception that decided about a fault; `@none`: none did. Given again: any of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                tls_exception?: components["parameters"]["tls_exception"];
                /**
                 * @description Not this tls_exception; given again, none of them.
                 * @example [
                 *       "old-printer"
                 *     ]
                 */
                "tls_exception!"?: components["parameters"]["tls_exception_not"];
                /**
                 * @description `true`: requests inside inspected TLS and the CONNECT they came by; `false`: all others.
                 * @example [
                 *       "true"
                 *     ]
                 */
                inspected?: components["parameters"]["inspected"];
                /**
                 * @description Not this inspected; given again, none of them.
                 * @example [
                 *       "true"
                 *     ]
                 */
                "inspected!"?: components["parameters"]["inspected_not"];
                /**
                 * @description Part of host, path, user or rule; ASCII letters of either case. Given again: any of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                q?: components["parameters"]["q"];
                /**
                 * @description Not this q; given again, none of them.
                 * @example [
                 *       "login"
                 *     ]
                 */
                "q!"?: components["parameters"]["q_not"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Most first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "2026-11-23T09:00:00.000Z",
                     *       "to": "2026-11-23T11:00:00.000Z",
                     *       "items": [
                     *         {
                     *           "name": "social-work",
                     *           "title": "No social networks at work",
                     *           "requests": 71,
                     *           "blocked": 71,
                     *           "warned": 0,
                     *           "errors": 0,
                     *           "bytes": 40121,
                     *           "last": "2026-11-23T10:58:00.000Z"
                     *         }
                     *       ],
                     *       "others": {
                     *         "requests": 1611,
                     *         "blocked": 5,
                     *         "warned": 2,
                     *         "errors": 2,
                     *         "bytes": 90312311
                     *       },
                     *       "approx": false
                     *     }
                     */
                    "application/json": components["schemas"]["StatsTop"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    getInspection: {
        parameters: {
            query?: {
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last day, if nothing else is asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "enabled": true,
                     *       "from": "2026-11-22T11:00:00.000Z",
                     *       "to": "2026-11-23T11:00:00.000Z",
                     *       "tunnels": {
                     *         "total": 4711,
                     *         "inspected": 3902
                     *       },
                     *       "client": {
                     *         "versions": [
                     *           {
                     *             "name": "TLSv1.3",
                     *             "requests": 51022,
                     *             "blocked": 0,
                     *             "last": "2026-11-23T10:58:00.000Z"
                     *           }
                     *         ],
                     *         "ciphers": [
                     *           {
                     *             "name": "TLS_AES_128_GCM_SHA256",
                     *             "requests": 51022,
                     *             "blocked": 0,
                     *             "last": "2026-11-23T10:58:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "origin": {
                     *         "versions": [
                     *           {
                     *             "name": "TLSv1.3",
                     *             "requests": 50101,
                     *             "blocked": 0,
                     *             "last": "2026-11-23T10:58:00.000Z"
                     *           },
                     *           {
                     *             "name": "TLSv1.2",
                     *             "requests": 921,
                     *             "blocked": 0,
                     *             "last": "2026-11-23T10:58:00.000Z"
                     *           }
                     *         ],
                     *         "ciphers": [
                     *           {
                     *             "name": "TLS_AES_256_GCM_SHA384",
                     *             "requests": 50101,
                     *             "blocked": 0,
                     *             "last": "2026-11-23T10:58:00.000Z"
                     *           }
                     *         ]
                     *       },
                     *       "hosts": [
                     *         {
                     *           "name": "old.example",
                     *           "requests": 12,
                     *           "blocked": 12,
                     *           "last": "2026-11-23T10:58:00.000Z",
                     *           "fault": "expired",
                     *           "chain": true
                     *         }
                     *       ],
                     *       "faults": [
                     *         {
                     *           "name": "expired",
                     *           "requests": 12,
                     *           "blocked": 12,
                     *           "last": "2026-11-23T10:58:00.000Z"
                     *         }
                     *       ],
                     *       "approx": false
                     *     }
                     */
                    "application/json": components["schemas"]["Inspection"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    listLists: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sources. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "ads",
                     *           "kind": "url",
                     *           "location": "https://lists.example/ads.txt",
                     *           "format": "hosts",
                     *           "every": "24h",
                     *           "state": "ok",
                     *           "version": 7,
                     *           "held": null,
                     *           "pinned": null,
                     *           "checks": {
                     *             "keep": 5,
                     *             "shrink": 30,
                     *             "grow": 200,
                     *             "never": []
                     *           },
                     *           "job": null,
                     *           "used_by": [
                     *             "advertising"
                     *           ],
                     *           "parts": [
                     *             {
                     *               "name": "ads",
                     *               "entries": 81302,
                     *               "lines": 81420,
                     *               "hosts": 81302,
                     *               "urls": 0,
                     *               "expressions": 0,
                     *               "addresses": 0,
                     *               "skipped": 117,
                     *               "errors": 1,
                     *               "faults": [
                     *                 "line 812: 'foo..bar': empty label"
                     *               ]
                     *             }
                     *           ],
                     *           "entries": 81302,
                     *           "bytes": 2201446,
                     *           "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "age_s": 5213,
                     *           "updated": "2026-11-26T07:47:10.000Z",
                     *           "checked": "2026-11-26T07:47:10.000Z",
                     *           "next": "2026-11-27T07:51:00.000Z",
                     *           "last_error": null,
                     *           "error_time": null,
                     *           "errors": 1,
                     *           "faults": [
                     *             {
                     *               "list": "ads",
                     *               "text": "line 812: 'foo..bar': empty label"
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["ListSource"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    addList: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "ads",
                 *       "url": "https://lists.example/ads.txt",
                 *       "every": "24h",
                 *       "category": "advertising"
                 *     }
                 */
                "application/json": {
                    name: string;
                    /** @description File or folder on the gateway. */
                    path?: string;
                    /** @description http or https. Addresses that are not public only where proxy.allow_private names them. */
                    url?: string;
                    /** @description Absent: detected. */
                    format?: string;
                    /** @description How often it is fetched again, such as 24h; absent: only by hand. */
                    every?: string;
                    /** @description Also commit a policy version in which this category holds the list. */
                    category?: string;
                } & (unknown | unknown);
            };
        };
        responses: {
            /** @description Started; the job tells progress and result. */
            202: {
                headers: {
                    /** @description Of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": "k3v9q0x7m2c5t8ab"
                     *     }
                     */
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    getList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The source. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "ads",
                     *       "kind": "url",
                     *       "location": "https://lists.example/ads.txt",
                     *       "format": "hosts",
                     *       "every": "24h",
                     *       "state": "ok",
                     *       "version": 7,
                     *       "held": null,
                     *       "pinned": null,
                     *       "checks": {
                     *         "keep": 5,
                     *         "shrink": 30,
                     *         "grow": 200,
                     *         "never": []
                     *       },
                     *       "job": null,
                     *       "used_by": [
                     *         "advertising"
                     *       ],
                     *       "parts": [
                     *         {
                     *           "name": "ads",
                     *           "entries": 81302,
                     *           "lines": 81420,
                     *           "hosts": 81302,
                     *           "urls": 0,
                     *           "expressions": 0,
                     *           "addresses": 0,
                     *           "skipped": 117,
                     *           "errors": 1,
                     *           "faults": [
                     *             "line 812: 'foo..bar': empty label"
                     *           ]
                     *         }
                     *       ],
                     *       "entries": 81302,
                     *       "bytes": 2201446,
                     *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "age_s": 5213,
                     *       "updated": "2026-11-26T07:47:10.000Z",
                     *       "checked": "2026-11-26T07:47:10.000Z",
                     *       "next": "2026-11-27T07:51:00.000Z",
                     *       "last_error": null,
                     *       "error_time": null,
                     *       "errors": 1,
                     *       "faults": [
                     *         {
                     *           "list": "ads",
                     *           "text": "line 812: 'foo..bar': empty label"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListSource"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    replaceList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://lists.example/ads.txt",
                 *       "every": "12h"
                 *     }
                 */
                "application/json": {
                    /** @description File or folder on the gateway. */
                    path?: string;
                    /** @description http or https. Addresses that are not public only where proxy.allow_private names them. */
                    url?: string;
                    /** @description Absent: detected. */
                    format?: string;
                    /** @description How often it is fetched again, such as 24h; absent: only by hand. */
                    every?: string;
                } & (unknown | unknown);
            };
        };
        responses: {
            /** @description Started; the job tells progress and result. */
            202: {
                headers: {
                    /** @description Of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": "k3v9q0x7m2c5t8ab"
                     *     }
                     */
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    removeList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
        };
    };
    updateList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; * for all. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Started; the job tells progress and result. */
            202: {
                headers: {
                    /** @description Of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": "k3v9q0x7m2c5t8ab"
                     *     }
                     */
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    listJobs: {
        parameters: {
            query?: {
                /** @description Only of this kind. */
                kind?: string;
                /** @description Only in this state. */
                state?: "running" | "done" | "failed" | "cancelled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Jobs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "k3v9q0x7m2c5t8ab",
                     *           "kind": "list-update",
                     *           "subject": "ads",
                     *           "state": "running",
                     *           "phase": "build",
                     *           "done": 40000,
                     *           "total": 81302,
                     *           "progress": 0.77,
                     *           "started": "2026-11-26T09:14:00.000Z",
                     *           "ended": null,
                     *           "result": null,
                     *           "error": null,
                     *           "actor": "admin"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Job"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Job id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "k3v9q0x7m2c5t8ab",
                     *       "kind": "list-update",
                     *       "subject": "ads",
                     *       "state": "running",
                     *       "phase": "build",
                     *       "done": 40000,
                     *       "total": 81302,
                     *       "progress": 0.77,
                     *       "started": "2026-11-26T09:14:00.000Z",
                     *       "ended": null,
                     *       "result": null,
                     *       "error": null,
                     *       "actor": "admin"
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Job id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It ends, or has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    quotaUsage: {
        parameters: {
            query?: {
                /** @description Quota id. */
                quota?: string;
                /** @description User, client, group. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Usage. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "quota": "video",
                     *           "title": "Video",
                     *           "per": "user",
                     *           "window": "day",
                     *           "subject": "alice",
                     *           "bytes": 734003200,
                     *           "requests": 911,
                     *           "minutes": 52,
                     *           "limit": {
                     *             "minutes": 60
                     *           },
                     *           "extension": {
                     *             "minutes": 15,
                     *             "times": 2,
                     *             "taken": 0
                     *           },
                     *           "percent": 86,
                     *           "exhausted": false,
                     *           "resets": "2026-11-27T00:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["QuotaUsage"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    resetQuota: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "quota": "video",
                 *       "subject": "alice"
                 *     }
                 */
                "application/json": {
                    quota?: string;
                    subject?: string;
                };
            };
        };
        responses: {
            /** @description How many were reset. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "reset": 1
                     *     }
                     */
                    "application/json": {
                        reset?: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    listTunnels: {
        parameters: {
            query?: {
                /**
                 * @description Only those. `tunnel` is CONNECT, `upgrade` a WebSocket.
                 * @example download
                 */
                kind?: "tunnel" | "upgrade" | "download" | "upload";
                /**
                 * @description Only of this user.
                 * @example bob
                 */
                user?: string;
                /**
                 * @description Only from this address.
                 * @example 10.0.0.7
                 */
                client?: string;
                /**
                 * @description Only to this host or below it.
                 * @example example.com
                 */
                host?: string;
                /**
                 * @description Only let in by this rule; empty: by the default.
                 * @example slow
                 */
                rule?: string;
                /**
                 * @description `true`: only those that a throttle slows down.
                 * @example true
                 */
                throttled?: "true" | "false";
                /**
                 * @description What comes first.
                 * @example traffic
                 */
                sort?: "newest" | "oldest" | "traffic";
                /**
                 * @description How many are shown; all are counted.
                 * @example 100
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is open. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "06f7xq2k3m8ap",
                     *           "kind": "tunnel",
                     *           "started": "2026-11-26T09:00:00.000Z",
                     *           "age_s": 754,
                     *           "client": "10.0.0.7",
                     *           "user": "bob",
                     *           "host": "www.example.com",
                     *           "port": 443,
                     *           "path": null,
                     *           "rule": "slow",
                     *           "throttle": "2Mbit/s",
                     *           "policy_version": 12,
                     *           "bytes_in": 1834,
                     *           "bytes_out": 90211,
                     *           "upstream": "192.0.2.10:443"
                     *         }
                     *       ],
                     *       "total": 1
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Tunnel"][];
                        /** @description How many match, shown or not. */
                        total: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    closeTunnel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of its request.
                 * @example 06f7xq2k3m8ap
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Cut. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    listSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Settings, in the order of the manual. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "file": "/etc/sluice/sluice.conf",
                     *       "items": [
                     *         {
                     *           "key": "admin.listen",
                     *           "section": "admin",
                     *           "value": "10.0.0.1:8443",
                     *           "default": "127.0.0.1:8080",
                     *           "help": "Where the console and the admin API are.",
                     *           "form": "comma-separated list",
                     *           "changed": true,
                     *           "next_start": false
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        file: string;
                        items: components["schemas"]["Setting"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    proxyPac: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example var proxies = "PROXY 10.0.0.1:3128"; */
                    "application/x-ns-proxy-autoconfig": string;
                };
            };
            400: components["responses"]["BadRequest"];
            421: components["responses"]["WrongHost"];
            /** @description No proxy runs yet that it could name. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "title": "Not available now",
                     *       "status": 503,
                     *       "detail": "no proxy runs that it could name"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    wpadDat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example var proxies = "PROXY 10.0.0.1:3128"; */
                    "application/x-ns-proxy-autoconfig": string;
                };
            };
            400: components["responses"]["BadRequest"];
            421: components["responses"]["WrongHost"];
            /** @description No proxy runs yet that it could name. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "title": "Not available now",
                     *       "status": 503,
                     *       "detail": "no proxy runs that it could name"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Users, by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "alice",
                     *           "created": "2026-11-20T08:00:00.000Z",
                     *           "changed": "2026-11-20T08:00:00.000Z",
                     *           "groups": [
                     *             "staff"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["User"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user. */
                name: components["parameters"]["user_name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "alice",
                     *       "created": "2026-11-20T08:00:00.000Z",
                     *       "changed": "2026-11-20T08:00:00.000Z",
                     *       "groups": [
                     *         "staff"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    putUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user. */
                name: components["parameters"]["user_name"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "create": true
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    password: string;
                    /** @description Refuse a name that exists. */
                    create?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    removeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user. */
                name: components["parameters"]["user_name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    listAdmins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accounts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "admin",
                     *           "created": "2026-11-26T09:00:00.000Z",
                     *           "changed": "2026-11-26T09:00:00.000Z",
                     *           "role": "admin",
                     *           "must_change_password": false,
                     *           "last_login": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Admin"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    putAdmin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Account name.
                 * @example carol
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "k3vq-8mzt-2p4a",
                 *       "role": "auditor",
                 *       "create": true,
                 *       "must_change_password": true
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    password?: string;
                    role?: components["schemas"]["Role"];
                    /** @description Refuse a name that exists. */
                    create?: boolean;
                    /** @description At the next sign-in. */
                    must_change_password?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    removeAdmin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Account name.
                 * @example carol
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tokens. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "k3vq8mzt2p4a",
                     *           "name": "deploy",
                     *           "admin": "admin",
                     *           "role": "operator",
                     *           "created": "2026-11-26T09:00:00.000Z",
                     *           "expires": null,
                     *           "last_used": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Token"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    addToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "admin": "admin",
                 *       "name": "deploy",
                 *       "role": "operator",
                 *       "expires": "90d"
                 *     }
                 */
                "application/json": {
                    admin: string;
                    name?: string;
                    /** @enum {unknown} */
                    role?: "admin" | "operator" | "auditor" | "viewer";
                    /** @description Such as 90d; absent: never. */
                    expires?: string;
                };
            };
        };
        responses: {
            /** @description The token. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "slc_dc3y9shmjhhfyxsn8x4rcfkq6dmxerdgbh7b713k"
                     *     }
                     */
                    "application/json": {
                        token: string;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    removeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Token id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    listChanges: {
        parameters: {
            query?: {
                /** @description Page size. */
                limit?: components["parameters"]["limit"];
                /** @description From the page before. */
                cursor?: components["parameters"]["cursor"];
                /** @description Exactly this one. */
                actor?: string;
                /** @description This action, or all of an area: list takes list.add, list.update, ... */
                action?: string;
                /** @description Exactly this one. */
                subject?: string;
                /** @description At or after this time: RFC 3339, or relative such as -24h. */
                from?: components["parameters"]["from"];
                /** @description Before this time: RFC 3339, relative such as -1h, or now. */
                to?: components["parameters"]["to"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 41,
                     *           "time": "2026-11-26T09:14:03.120Z",
                     *           "actor": "admin",
                     *           "source": "192.0.2.7",
                     *           "action": "list.update",
                     *           "subject": "ads",
                     *           "comment": "",
                     *           "before": {
                     *             "location": "https://lists.example/ads.txt",
                     *             "format": "hosts",
                     *             "every": "24h",
                     *             "entries": 81234
                     *           },
                     *           "after": {
                     *             "location": "https://lists.example/ads.txt",
                     *             "format": "hosts",
                     *             "every": "24h",
                     *             "entries": 81302
                     *           }
                     *         }
                     *       ],
                     *       "cursor": "41"
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["LoggedChange"][];
                        /** @description Give it as cursor= for the next page; null: that was all. */
                        cursor: string | null;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    uploadList: {
        parameters: {
            query?: {
                /** @description Absent: detected. */
                format?: string;
                /** @description Also commit a policy version in which this category holds the list. */
                category?: string;
                /** @description What people call the file; shown as the location of the source. */
                file?: string;
            };
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example ads.example
                 *     tracker.example
                 */
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Started; the job tells progress and result. */
            202: {
                headers: {
                    /** @description Of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": "k3v9q0x7m2c5t8ab"
                     *     }
                     */
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
            507: components["responses"]["StorageFailed"];
        };
    };
    confirmPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 13,
                 *       "comment": "works"
                 *     }
                 */
                "application/json": {
                    /** @description what the caller looked at */
                    version: number;
                    comment?: string;
                };
            };
        };
        responses: {
            /** @description It stays. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 13,
                     *       "confirm": null
                     *     }
                     */
                    "application/json": components["schemas"]["Committed"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    approveDraft: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of the draft that was looked at; or "etag" in the body.
                 * @example "v12.7"
                 */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "comment": "Looks right"
                 *     }
                 */
                "application/json": {
                    comment?: string;
                    /** @description instead of If-Match */
                    etag?: string;
                };
            };
        };
        responses: {
            /** @description Active now; there is no draft any more. */
            200: {
                headers: {
                    /** @description "vN" without a draft (N: the active version), "vN.R" with one: revision R, made from version N. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": 13,
                     *       "confirm": null
                     *     }
                     */
                    "application/json": components["schemas"]["Committed"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["ChangedMeanwhile"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    rejectDraft: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of the draft that was looked at; or "etag" in the body.
                 * @example "v12.7"
                 */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "comment": "Too wide: only for staff, please"
                 *     }
                 */
                "application/json": {
                    comment?: string;
                    /** @description instead of If-Match */
                    etag?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["ChangedMeanwhile"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            428: components["responses"]["MatchNeeded"];
        };
    };
    startReplay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "draft": true,
                 *       "from": "-24h"
                 *     }
                 */
                "application/json": {
                    /** @description try this document */
                    policy?: components["schemas"]["Policy"];
                    /** @description try the draft */
                    draft?: boolean;
                    /** @description try this version */
                    version?: number;
                    /** @description RFC 3339, or -24h; default: 24 hours before `to` */
                    from?: string;
                    /** @description Excluded; default: now */
                    to?: string;
                    /**
                     * @description Compare with what the active policy says of the same facts, or with what was recorded.
                     * @default active
                     * @enum {unknown}
                     */
                    against?: "active" | "record";
                    /**
                     * @description Of hosts, rules and users that are listed.
                     * @default 50
                     */
                    limit?: number;
                    /** @default 20 */
                    limit_examples?: number;
                };
            };
        };
        responses: {
            /** @description Started; the job tells progress and result. */
            202: {
                headers: {
                    /** @description Of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": "k3v9q0x7m2c5t8ab"
                     *     }
                     */
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
            503: components["responses"]["Busy"];
        };
    };
    lintPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A document; without one the active policy is looked at. */
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "schema": 1,
                 *       "default": {
                 *         "then": "allow"
                 *       },
                 *       "categories": {
                 *         "social": {
                 *           "title": "Social networks",
                 *           "lists": [
                 *             "ut1/social_networks"
                 *           ]
                 *         }
                 *       },
                 *       "rules": [
                 *         {
                 *           "id": "social",
                 *           "title": "No social networks",
                 *           "if": {
                 *             "category": [
                 *               "social"
                 *             ]
                 *           },
                 *           "then": "block"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Policy"];
            };
        };
        responses: {
            /** @description What there is to remark. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "notes": [
                     *         {
                     *           "code": "shadowed",
                     *           "severity": "warning",
                     *           "pointer": "/rules/4",
                     *           "rule": "social-lunch",
                     *           "message": "never decides: rule 2, 'social', above it holds whenever this one does, and blocks; move this one above it, or remove it"
                     *         }
                     *       ],
                     *       "warnings": 1
                     *     }
                     */
                    "application/json": {
                        notes: components["schemas"]["LintNote"][];
                        warnings: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
        };
    };
    policyUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the order of the rules. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "rule": "social",
                     *           "hits_24h": 12,
                     *           "hits_7d": 80,
                     *           "hits_30d": 311,
                     *           "last_hit": "2026-11-26T08:59:00Z",
                     *           "would_have_acted": 0
                     *         }
                     *       ],
                     *       "log_days": 30,
                     *       "approx": false
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["RuleUsage"][];
                        /** @description how far the log goes back */
                        log_days: number;
                        approx: boolean;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    setListChecks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "keep": 10,
                 *       "shrink": 50,
                 *       "never": [
                 *         "intranet.example"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @description Versions that are kept, the one in use included. */
                    keep?: number;
                    /** @description An update that loses so many percent of the entries is held; 0: never. Lists of 100 entries and less may shrink. */
                    shrink?: number;
                    /** @description An update that grows by so many percent is held; 0: never. Up to 1,000 entries any list may grow. */
                    grow?: number;
                    /** @description Hosts that an update may not begin to hold, besides well-known ones and the gateway's own. */
                    never?: string[];
                };
            };
        };
        responses: {
            /** @description The source as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "ads",
                     *       "kind": "url",
                     *       "location": "https://lists.example/ads.txt",
                     *       "format": "hosts",
                     *       "every": "24h",
                     *       "state": "held",
                     *       "version": 7,
                     *       "held": {
                     *         "version": 8,
                     *         "since": "2026-11-26T04:12:09.218Z",
                     *         "entries": 980,
                     *         "bytes": 24110,
                     *         "sha256": "3b9e4c1d7a8f60e5d2c1b0a9f8e7d6c5b4a3928170f6e5d4c3b2a1908f7e6d5c",
                     *         "added": 0,
                     *         "removed": 1930,
                     *         "reason": "it has 980 entries where the copy in use has 2910 (-66 %; -30 % is the limit)",
                     *         "reasons": [
                     *           {
                     *             "check": "shrink",
                     *             "text": "it has 980 entries where the copy in use has 2910 (-66 %; -30 % is the limit)"
                     *           }
                     *         ],
                     *         "added_examples": [],
                     *         "removed_examples": [
                     *           "phish980.example",
                     *           "phish981.example"
                     *         ]
                     *       },
                     *       "pinned": null,
                     *       "checks": {
                     *         "keep": 10,
                     *         "shrink": 50,
                     *         "grow": 200,
                     *         "never": [
                     *           "intranet.example"
                     *         ]
                     *       },
                     *       "job": null,
                     *       "used_by": [
                     *         "advertising"
                     *       ],
                     *       "parts": [
                     *         {
                     *           "name": "ads",
                     *           "entries": 81302,
                     *           "lines": 81420,
                     *           "hosts": 81302,
                     *           "urls": 0,
                     *           "expressions": 0,
                     *           "addresses": 0,
                     *           "skipped": 117,
                     *           "errors": 1,
                     *           "faults": [
                     *             "line 812: 'foo..bar': empty label"
                     *           ]
                     *         }
                     *       ],
                     *       "entries": 81302,
                     *       "bytes": 2201446,
                     *       "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "age_s": 5213,
                     *       "updated": "2026-11-26T07:47:10.000Z",
                     *       "checked": "2026-11-26T07:47:10.000Z",
                     *       "next": "2026-11-27T07:51:00.000Z",
                     *       "last_error": null,
                     *       "error_time": null,
                     *       "errors": 1,
                     *       "faults": [
                     *         {
                     *           "list": "ads",
                     *           "text": "line 812: 'foo..bar': empty label"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ListSource"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    listVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "version": 7,
                     *           "time": "2026-11-26T04:12:09.218Z",
                     *           "author": "system",
                     *           "action": "update",
                     *           "restores": null,
                     *           "location": "https://lists.example/phishing.txt",
                     *           "entries": 291430,
                     *           "added": 3012,
                     *           "removed": 2140,
                     *           "bytes": 7340112,
                     *           "sha256": "9f2c4d1e7b8a6f50c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0",
                     *           "serving": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["ListVersion"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    rollBackList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 6
                 *     }
                 */
                "application/json": {
                    version: number;
                };
            };
        };
        responses: {
            /** @description Started; the job tells progress and result. */
            202: {
                headers: {
                    /** @description Of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": "k3v9q0x7m2c5t8ab"
                     *     }
                     */
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    approveList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "version": 8
                 *     }
                 */
                "application/json": {
                    version?: number;
                };
            };
        };
        responses: {
            /** @description Started; the job tells progress and result. */
            202: {
                headers: {
                    /** @description Of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "job": "k3v9q0x7m2c5t8ab"
                     *     }
                     */
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            503: components["responses"]["Busy"];
        };
    };
    discardList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    resumeList: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the source; a slash in it is written %2F. */
                name: components["parameters"]["list"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    readTrace: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: number;
                /** @description How many seconds to wait for the first line. */
                wait?: number;
            };
            header?: never;
            path: {
                /**
                 * @description Address of the client.
                 * @example 10.1.2.3
                 */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lines. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "client": "10.1.2.3",
                     *       "lines": [
                     *         {
                     *           "number": 7,
                     *           "time": "2026-11-26T09:14:03.120Z",
                     *           "worker": 0,
                     *           "connection": 412,
                     *           "request": "06f7xq2k3m8ap",
                     *           "text": "dialled 192.0.2.7:80"
                     *         }
                     *       ],
                     *       "next": 7,
                     *       "lost": 0
                     *     }
                     */
                    "application/json": {
                        client: string;
                        lines: components["schemas"]["TraceLine"][];
                        /** @description For `after` of the next page. */
                        next: number;
                        /** @description Lines that were gone before they were read. */
                        lost: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    beginTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Address of the client.
                 * @example 10.1.2.3
                 */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its connections are followed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "client": "10.1.2.3",
                     *       "began": "2026-11-26T09:14:03.120Z",
                     *       "lasts_s": 60
                     *     }
                     */
                    "application/json": {
                        client: string;
                        /** Format: date-time */
                        began: string;
                        /** @description How long it goes on unless it is read. */
                        lasts_s: number;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
        };
    };
    endTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Address of the client.
                 * @example 10.1.2.3
                 */
                client: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    reloadSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What took effect, and what counts at the next start only. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "applied": [
                     *         {
                     *           "key": "proxy.timeout_idle",
                     *           "before": "60s",
                     *           "after": "30s"
                     *         }
                     *       ],
                     *       "next_start": [
                     *         {
                     *           "key": "proxy.workers",
                     *           "before": "auto",
                     *           "after": "2"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        applied: components["schemas"]["SettingChange"][];
                        next_start: components["schemas"]["SettingChange"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
        };
    };
    showUpgrade: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it stands. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "state": "none",
                     *       "error": null,
                     *       "pid": 4711,
                     *       "before": 4242
                     *     }
                     */
                    "application/json": components["schemas"]["Upgrade"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
        };
    };
    beginUpgrade: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": {
                    /** @description Its whole path. On the local socket only; left out: what lies now where the running binary was started from. */
                    binary?: string;
                };
            };
        };
        responses: {
            /** @description Begun. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "state": "running",
                     *       "error": null,
                     *       "pid": 4242,
                     *       "before": null
                     *     }
                     */
                    "application/json": components["schemas"]["Upgrade"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Problem"];
        };
    };
    listLearnedHosts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hosts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "learn": "propose",
                     *       "for_s": 2592000,
                     *       "items": [
                     *         {
                     *           "host": "api.bank.example",
                     *           "kind": "pinned",
                     *           "state": "proposed",
                     *           "failures": 14,
                     *           "clients": 4,
                     *           "first": "2026-11-26T08:00:00.000Z",
                     *           "last": "2026-11-26T15:12:00.000Z",
                     *           "until": null,
                     *           "by": "",
                     *           "decided": null,
                     *           "note": "",
                     *           "categories": [
                     *             "banking"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        /**
                         * @description The setting `inspect.learn`.
                         * @enum {unknown}
                         */
                        learn: "off" | "propose" | "apply";
                        /** @description How long a bypass holds when nobody says. */
                        for_s: number;
                        items: components["schemas"]["LearnedHost"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    decideLearnedHost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example api.bank.example */
                host: components["parameters"]["learned_host"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "state": "active",
                 *       "until": "2027-01-31T00:00:00Z"
                 *     }
                 */
                "application/json": {
                    /**
                     * @description proposed: a decision is taken back, the host waits for another.
                     * @enum {unknown}
                     */
                    state: "active" | "dismissed" | "proposed";
                    /**
                     * Format: date-time
                     * @description Of an active one; null: without end; not given: as long as `inspect.learn_for` says.
                     */
                    until?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
        };
    };
    forgetLearnedHost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example api.bank.example */
                host: components["parameters"]["learned_host"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    getFaultyHost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example old.example */
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The newest. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "host": "old.example",
                     *       "port": 443,
                     *       "fault": "expired",
                     *       "text": "the certificate has expired",
                     *       "also": [],
                     *       "seen": "2026-11-23T10:58:12.000Z",
                     *       "member": 0,
                     *       "names": [
                     *         "old.example"
                     *       ],
                     *       "chain": [
                     *         {
                     *           "subject": "CN = old.example",
                     *           "issuer": "CN = Example CA",
                     *           "serial": "0A1B2C",
                     *           "key": "P-256",
                     *           "signature": "ecdsa-with-SHA256",
                     *           "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "not_before": "2024-11-01T00:00:00.000Z",
                     *           "not_after": "2025-11-01T00:00:00.000Z",
                     *           "anchor": false,
                     *           "fetched": false,
                     *           "faults": [
                     *             "expired"
                     *           ],
                     *           "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["FaultyHost"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    listAuthorities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The current one first. Empty: none has been made. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "7a0c1f33529be104",
                     *           "state": "current",
                     *           "since": "2026-11-26T08:00:00.000Z",
                     *           "sign_at": null,
                     *           "forget_at": null,
                     *           "subject": "CN=Sluice CA gw 3f2a, O=Example Ltd",
                     *           "issuer": "CN=Sluice CA gw 3f2a, O=Example Ltd",
                     *           "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
                     *           "not_before": "2026-11-25T08:00:00.000Z",
                     *           "not_after": "2031-11-26T08:00:00.000Z",
                     *           "expires_in_s": 157766400,
                     *           "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
                     *           "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
                     *           "root": true,
                     *           "permitted": [],
                     *           "excluded": [
                     *             "bank.example"
                     *           ],
                     *           "signature": "ecdsa-with-SHA256",
                     *           "key": {
                     *             "kind": "EC P-256",
                     *             "where": "file",
                     *             "uri": null,
                     *             "fault": null
                     *           },
                     *           "warnings": [],
                     *           "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *         },
                     *         {
                     *           "id": "b81d40c2aa937fe5",
                     *           "state": "next",
                     *           "since": "2026-11-26T08:00:00.000Z",
                     *           "sign_at": "2026-12-10T00:00:00.000Z",
                     *           "forget_at": null,
                     *           "subject": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *           "issuer": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *           "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
                     *           "not_before": "2026-11-25T08:00:00.000Z",
                     *           "not_after": "2031-11-26T08:00:00.000Z",
                     *           "expires_in_s": 157766400,
                     *           "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
                     *           "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
                     *           "root": true,
                     *           "permitted": [],
                     *           "excluded": [
                     *             "bank.example"
                     *           ],
                     *           "signature": "ecdsa-with-SHA256",
                     *           "key": {
                     *             "kind": "EC P-256",
                     *             "where": "file",
                     *             "uri": null,
                     *             "fault": null
                     *           },
                     *           "warnings": [],
                     *           "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *         }
                     *       ],
                     *       "page": "http://sluice.internal/ca",
                     *       "inspection": true
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Authority"][];
                        /**
                         * Format: uri
                         * @description Where users get the certificate, through the proxy.
                         */
                        page: string;
                        /** @description inspect.enabled */
                        inspection: boolean;
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    makeAuthority: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "organisation": "Example Ltd",
                 *       "excluded": [
                 *         "bank.example"
                 *       ]
                 *     }
                 */
                "application/json": {
                    organisation?: string;
                    /** @description The common name. Left out: Sluice CA, the machine's name and four characters of chance. */
                    name?: string;
                    /** @description Name constraints: host names for which alone it signs, with what is below them. Addresses are then excluded. */
                    permitted?: string[];
                    /** @description Host names for which it signs in no case. */
                    excluded?: string[];
                    /** @description How long it lives; 1826 unless said. */
                    days?: number;
                };
            };
        };
        responses: {
            /** @description It signs from now on. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "7a0c1f33529be104",
                     *       "state": "current",
                     *       "since": "2026-11-26T08:00:00.000Z",
                     *       "sign_at": null,
                     *       "forget_at": null,
                     *       "subject": "CN=Sluice CA gw 3f2a, O=Example Ltd",
                     *       "issuer": "CN=Sluice CA gw 3f2a, O=Example Ltd",
                     *       "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
                     *       "not_before": "2026-11-25T08:00:00.000Z",
                     *       "not_after": "2031-11-26T08:00:00.000Z",
                     *       "expires_in_s": 157766400,
                     *       "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
                     *       "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
                     *       "root": true,
                     *       "permitted": [],
                     *       "excluded": [
                     *         "bank.example"
                     *       ],
                     *       "signature": "ecdsa-with-SHA256",
                     *       "key": {
                     *         "kind": "EC P-256",
                     *         "where": "file",
                     *         "uri": null,
                     *         "fault": null
                     *       },
                     *       "warnings": [],
                     *       "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *     }
                     */
                    "application/json": components["schemas"]["Authority"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            507: components["responses"]["StorageFailed"];
        };
    };
    authorityPem: {
        parameters: {
            query?: {
                /**
                 * @description Which one; left out: those that clients need, the current one first.
                 * @example 7a0c1f33529be104
                 */
                id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The current one, and the next one behind it while a rotation goes on. */
            200: {
                headers: {
                    /** @description attachment */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example -----BEGIN CERTIFICATE-----
                     *     MIIB...
                     *     -----END CERTIFICATE-----
                     */
                    "application/pem-certificate-chain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    authorityCrt: {
        parameters: {
            query?: {
                /**
                 * @description Which one; left out: those that clients need, the current one first.
                 * @example 7a0c1f33529be104
                 */
                id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One certificate: the current one unless id names another. */
            200: {
                headers: {
                    /** @description attachment */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /** @example MIIB... */
                    "application/x-x509-ca-cert": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    authorityDer: {
        parameters: {
            query?: {
                /**
                 * @description Which one; left out: those that clients need, the current one first.
                 * @example 7a0c1f33529be104
                 */
                id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One certificate: the current one unless id names another. */
            200: {
                headers: {
                    /** @description attachment */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /** @example MIIB... */
                    "application/x-x509-ca-cert": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
        };
    };
    rotateAuthority: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "sign_at": "14d"
                 *     }
                 */
                "application/json": {
                    organisation?: string;
                    /** @description The common name. Left out: Sluice CA, the machine's name and four characters of chance. */
                    name?: string;
                    /** @description Name constraints: host names for which alone it signs, with what is below them. Addresses are then excluded. */
                    permitted?: string[];
                    /** @description Host names for which it signs in no case. */
                    excluded?: string[];
                    /** @description How long it lives; 1826 unless said. */
                    days?: number;
                    /**
                     * @description When it begins to sign: now, a time, a date, or in how long (14d). Left out: when that is said by another call.
                     * @example now
                     * @example 2026-12-10
                     * @example 14d
                     */
                    sign_at?: string;
                };
            };
        };
        responses: {
            /** @description It had been made already; this is when it signs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b81d40c2aa937fe5",
                     *       "state": "current",
                     *       "since": "2026-11-26T08:00:00.000Z",
                     *       "sign_at": null,
                     *       "forget_at": null,
                     *       "subject": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *       "issuer": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *       "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
                     *       "not_before": "2026-11-25T08:00:00.000Z",
                     *       "not_after": "2031-11-26T08:00:00.000Z",
                     *       "expires_in_s": 157766400,
                     *       "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
                     *       "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
                     *       "root": true,
                     *       "permitted": [],
                     *       "excluded": [
                     *         "bank.example"
                     *       ],
                     *       "signature": "ecdsa-with-SHA256",
                     *       "key": {
                     *         "kind": "EC P-256",
                     *         "where": "file",
                     *         "uri": null,
                     *         "fault": null
                     *       },
                     *       "warnings": [],
                     *       "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *     }
                     */
                    "application/json": components["schemas"]["Authority"];
                };
            };
            /** @description Made: shown beside the current one, and signing as said. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b81d40c2aa937fe5",
                     *       "state": "next",
                     *       "since": "2026-11-26T08:00:00.000Z",
                     *       "sign_at": "2026-12-10T00:00:00.000Z",
                     *       "forget_at": null,
                     *       "subject": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *       "issuer": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *       "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
                     *       "not_before": "2026-11-25T08:00:00.000Z",
                     *       "not_after": "2031-11-26T08:00:00.000Z",
                     *       "expires_in_s": 157766400,
                     *       "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
                     *       "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
                     *       "root": true,
                     *       "permitted": [],
                     *       "excluded": [
                     *         "bank.example"
                     *       ],
                     *       "signature": "ecdsa-with-SHA256",
                     *       "key": {
                     *         "kind": "EC P-256",
                     *         "where": "file",
                     *         "uri": null,
                     *         "fault": null
                     *       },
                     *       "warnings": [],
                     *       "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *     }
                     */
                    "application/json": components["schemas"]["Authority"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            507: components["responses"]["StorageFailed"];
        };
    };
    importAuthority: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n",
                 *       "key_uri": "pkcs11:token=gw;object=ca;pin-source=file:/etc/sluice/pin"
                 *     }
                 */
                "application/json": {
                    /** @description Its certificate, those above it, and the private key unless that comes in key or key_uri. */
                    pem?: string;
                    /** @description Instead of pem: a PKCS#12 file. */
                    pkcs12?: string;
                    /** @description The private key as PEM. It is kept in a file of mode 0600 and never given out again. */
                    key?: string;
                    /**
                     * @description Where the private key lives, for OpenSSL's providers. file: on the local socket only.
                     * @example pkcs11:token=gw;object=ca;pin-source=file:/etc/sluice/pin
                     */
                    key_uri?: string;
                    /** @description Of the key or of the PKCS#12 file. */
                    password?: string;
                    /**
                     * @description When it begins to sign: now, a time, a date, or in how long (14d). Left out: when that is said by another call.
                     * @example now
                     * @example 2026-12-10
                     * @example 14d
                     */
                    sign_at?: string;
                };
            };
        };
        responses: {
            /** @description It signs now if it is the first, else it is the next one. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b81d40c2aa937fe5",
                     *       "state": "next",
                     *       "since": "2026-11-26T08:00:00.000Z",
                     *       "sign_at": "2026-12-10T00:00:00.000Z",
                     *       "forget_at": null,
                     *       "subject": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *       "issuer": "CN=Sluice CA gw 91kd, O=Example Ltd",
                     *       "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
                     *       "not_before": "2026-11-25T08:00:00.000Z",
                     *       "not_after": "2031-11-26T08:00:00.000Z",
                     *       "expires_in_s": 157766400,
                     *       "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
                     *       "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
                     *       "root": true,
                     *       "permitted": [],
                     *       "excluded": [
                     *         "bank.example"
                     *       ],
                     *       "signature": "ecdsa-with-SHA256",
                     *       "key": {
                     *         "kind": "EC P-256",
                     *         "where": "file",
                     *         "uri": null,
                     *         "fault": null
                     *       },
                     *       "warnings": [],
                     *       "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *     }
                     */
                    "application/json": components["schemas"]["Authority"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Problem"];
            507: components["responses"]["StorageFailed"];
        };
    };
    returnToAuthority: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It signs; the one that did becomes the next one. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "7a0c1f33529be104",
                     *       "state": "current",
                     *       "since": "2026-11-26T08:00:00.000Z",
                     *       "sign_at": null,
                     *       "forget_at": null,
                     *       "subject": "CN=Sluice CA gw 3f2a, O=Example Ltd",
                     *       "issuer": "CN=Sluice CA gw 3f2a, O=Example Ltd",
                     *       "serial": "5B1E2A7C90D344F1A6C05B7E8813D92F",
                     *       "not_before": "2026-11-25T08:00:00.000Z",
                     *       "not_after": "2031-11-26T08:00:00.000Z",
                     *       "expires_in_s": 157766400,
                     *       "sha256": "7A:0C:1F:33:52:9B:E1:04:6D:8A:C7:55:11:20:FE:93:0B:48:D6:7E:A1:39:5C:82:64:F0:1D:B7:2E:93:4A:C8",
                     *       "sha1": "10:F2:6B:8D:44:AE:09:C3:5D:71:E8:36:BA:97:02:4F:CC:18:63:5E",
                     *       "root": true,
                     *       "permitted": [],
                     *       "excluded": [
                     *         "bank.example"
                     *       ],
                     *       "signature": "ecdsa-with-SHA256",
                     *       "key": {
                     *         "kind": "EC P-256",
                     *         "where": "file",
                     *         "uri": null,
                     *         "fault": null
                     *       },
                     *       "warnings": [],
                     *       "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
                     *     }
                     */
                    "application/json": components["schemas"]["Authority"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            421: components["responses"]["WrongHost"];
            507: components["responses"]["StorageFailed"];
        };
    };
    cancelAuthority: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forgotten, with its key. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            421: components["responses"]["WrongHost"];
            507: components["responses"]["StorageFailed"];
        };
    };
    listServices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All that are built in. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "slack",
                     *           "title": "Slack: only these workspaces",
                     *           "kind": "tenant",
                     *           "hosts": [
                     *             "*.slack.com"
                     *           ],
                     *           "parameters": [
                     *             {
                     *               "name": "requester",
                     *               "title": "ID of your own workspace or organisation (T... or E...); exactly one",
                     *               "form": "word",
                     *               "example": "T0123456789"
                     *             },
                     *             {
                     *               "name": "workspaces",
                     *               "title": "IDs of the workspaces and organisations that may be signed in to, your own among them",
                     *               "form": "word",
                     *               "example": "T0123456789",
                     *               "many": true
                     *             }
                     *           ],
                     *           "set": {
                     *             "X-Slack-Allowed-Workspaces-Requester": "{requester}",
                     *             "X-Slack-Allowed-Workspaces": "{workspaces}"
                     *           },
                     *           "shows": "Signing in to another workspace shows an error of Slack.",
                     *           "source": [
                     *             "https://slack.com/help/articles/360024821873-Approve-Slack-workspaces-for-your-network"
                     *           ],
                     *           "used_by": [
                     *             "slack"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Service"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            421: components["responses"]["WrongHost"];
        };
    };
    testHeaderRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "rule": "slack",
                 *       "draft": true
                 *     }
                 */
                "application/json": {
                    /** @description its id; all of them when it is left out */
                    rule?: string;
                    /** @description try the rules of this document instead of the active policy's */
                    policy?: components["schemas"]["Policy"];
                    /** @description try those of the draft; not together with `policy` */
                    draft?: boolean;
                    /** @description try those of this version; not together with the others */
                    version?: number;
                };
            };
        };
        responses: {
            /** @description What would be sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "rules": [
                     *         {
                     *           "rule": "slack",
                     *           "use": "slack",
                     *           "ok": true,
                     *           "hosts": 1,
                     *           "message": null,
                     *           "tests": [
                     *             {
                     *               "url": "https://slack.com/",
                     *               "neighbour": false,
                     *               "ok": true,
                     *               "inspected": true,
                     *               "sent": {
                     *                 "X-Slack-Allowed-Workspaces-Requester": "T0123456789",
                     *                 "X-Slack-Allowed-Workspaces": "T0123456789"
                     *               },
                     *               "request": "GET / HTTP/1.1",
                     *               "dialled": null,
                     *               "message": null
                     *             },
                     *             {
                     *               "url": "https://notslack.com/",
                     *               "neighbour": true,
                     *               "ok": true,
                     *               "inspected": true,
                     *               "sent": {
                     *                 "X-Slack-Allowed-Workspaces-Requester": "of-the-client",
                     *                 "X-Slack-Allowed-Workspaces": "of-the-client"
                     *               },
                     *               "request": "GET / HTTP/1.1",
                     *               "dialled": null,
                     *               "message": null
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        ok: boolean;
                        rules: components["schemas"]["HeaderTrial"][];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["LoginNeeded"];
            403: components["responses"]["NotAllowed"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            421: components["responses"]["WrongHost"];
            422: components["responses"]["Faults"];
        };
    };
}
