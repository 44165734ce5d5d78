/* routes.c - every resource of the admin API, in one table. openapi.json describes the same rows; a test
 * holds the two together. */
#include "adminapi/route.h"

#include "adminapi/resources.h"

#define V1 "/api/v1"

const struct route routes[] = {
    {"GET", V1 "/health", ROLE_NONE, system_health},
    {"GET", V1 "/openapi.json", ROLE_NONE, system_openapi},
    {"GET", V1 "/metrics", ROLE_VIEWER, system_metrics},
    {"GET", V1 "/status", ROLE_VIEWER, system_status},

    {"POST", V1 "/session", ROLE_NONE, session_begin},
    {"GET", V1 "/session", ROLE_NONE, session_show},
    {"DELETE", V1 "/session", ROLE_VIEWER, session_leave, .always = true},
    {"PUT", V1 "/session/password", ROLE_VIEWER, session_password, .always = true},
    {"GET", V1 "/sessions", ROLE_VIEWER, sessions_all},
    {"DELETE", V1 "/sessions/{id}", ROLE_VIEWER, sessions_end},

    {"GET", V1 "/policy", ROLE_VIEWER, policy_active},
    {"PUT", V1 "/policy", ROLE_ADMIN, policy_replace},
    {"GET", V1 "/policy/schema", ROLE_VIEWER, policy_schema_get},
    {"GET", V1 "/policy/versions", ROLE_VIEWER, policy_versions},
    {"GET", V1 "/policy/versions/{version}", ROLE_VIEWER, policy_version},
    {"POST", V1 "/policy/validate", ROLE_VIEWER, policy_check},
    {"POST", V1 "/policy/test", ROLE_VIEWER, policy_test},
    {"POST", V1 "/policy/lint", ROLE_VIEWER, lint_policy},
    {"GET", V1 "/policy/usage", ROLE_VIEWER, policy_usage},
    {"POST", V1 "/policy/diff", ROLE_VIEWER, policy_compare},
    {"POST", V1 "/policy/rollback", ROLE_ADMIN, policy_roll_back},
    {"POST", V1 "/policy/confirm", ROLE_ADMIN, policy_confirm},
    {"POST", V1 "/policy/regex", ROLE_VIEWER, policy_regex},
    {"GET", V1 "/policy/regexes", ROLE_VIEWER, policy_regex_list},

    {"GET", V1 "/policy/draft", ROLE_VIEWER, draft_show},
    {"PUT", V1 "/policy/draft", ROLE_OPERATOR, draft_replace},
    {"DELETE", V1 "/policy/draft", ROLE_OPERATOR, draft_discard},
    {"POST", V1 "/policy/draft/validate", ROLE_VIEWER, draft_validate},
    {"POST", V1 "/policy/draft/rebase", ROLE_OPERATOR, draft_rebase},
    {"POST", V1 "/policy/draft/commit", ROLE_ADMIN, draft_commit},
    {"POST", V1 "/policy/draft/approve", ROLE_ADMIN, draft_approve},
    {"POST", V1 "/policy/draft/reject", ROLE_ADMIN, draft_reject},
    {"GET", V1 "/policy/draft/{kind}", ROLE_VIEWER, draft_items},
    {"POST", V1 "/policy/draft/{kind}", ROLE_OPERATOR, draft_item_add},
    {"GET", V1 "/policy/draft/{kind}/{id}", ROLE_VIEWER, draft_item},
    {"PUT", V1 "/policy/draft/{kind}/{id}", ROLE_OPERATOR, draft_item_replace},
    {"DELETE", V1 "/policy/draft/{kind}/{id}", ROLE_OPERATOR, draft_item_remove},
    {"POST", V1 "/policy/draft/{kind}/{id}/move", ROLE_OPERATOR, draft_item_move},

    {"POST", V1 "/explain", ROLE_VIEWER, explain_url},
    {"POST", V1 "/explain/batch", ROLE_VIEWER, explain_many},
    {"POST", V1 "/replay", ROLE_OPERATOR, replay_start},
    {"GET", V1 "/categories/lookup", ROLE_VIEWER, categories_lookup},

    {"GET", V1 "/requests", ROLE_AUDITOR, requests_page},
    {"GET", V1 "/requests/export", ROLE_AUDITOR, requests_export},
    {"GET", V1 "/requests/histogram", ROLE_AUDITOR, requests_histogram},
    {"GET", V1 "/requests/suggest", ROLE_AUDITOR, requests_suggest},
    {"GET", V1 "/requests/{id}", ROLE_AUDITOR, requests_one},
    {"GET", V1 "/stats/summary", ROLE_VIEWER, stats_summary},
    {"GET", V1 "/stats/series", ROLE_VIEWER, stats_series},
    {"GET", V1 "/stats/top", ROLE_VIEWER, stats_top},

    {"GET", V1 "/lists", ROLE_VIEWER, lists_all},
    {"POST", V1 "/lists", ROLE_ADMIN, lists_add},
    {"GET", V1 "/lists/{name}", ROLE_VIEWER, lists_one},
    {"PUT", V1 "/lists/{name}", ROLE_ADMIN, lists_replace},
    {"DELETE", V1 "/lists/{name}", ROLE_ADMIN, lists_remove},
    {"POST", V1 "/lists/{name}/update", ROLE_OPERATOR, lists_update},
    {"POST", V1 "/lists/{name}/upload", ROLE_ADMIN, lists_upload, .spool = true},
    {"PUT", V1 "/lists/{name}/checks", ROLE_ADMIN, lists_checks},
    {"GET", V1 "/lists/{name}/versions", ROLE_VIEWER, lists_versions},
    {"POST", V1 "/lists/{name}/rollback", ROLE_ADMIN, lists_roll_back},
    {"POST", V1 "/lists/{name}/approve", ROLE_ADMIN, lists_approve},
    {"DELETE", V1 "/lists/{name}/held", ROLE_ADMIN, lists_discard},
    {"DELETE", V1 "/lists/{name}/pin", ROLE_ADMIN, lists_resume},
    {"GET", V1 "/jobs", ROLE_VIEWER, jobs_all},
    {"GET", V1 "/jobs/{id}", ROLE_VIEWER, jobs_one},
    {"DELETE", V1 "/jobs/{id}", ROLE_OPERATOR, jobs_end},

    {"GET", V1 "/quotas/usage", ROLE_AUDITOR, quotas_usage},
    {"POST", V1 "/quotas/usage/reset", ROLE_OPERATOR, quotas_reset},

    {"GET", V1 "/tunnels", ROLE_AUDITOR, tunnels_all},
    {"DELETE", V1 "/tunnels/{id}", ROLE_OPERATOR, tunnels_close},
    {"GET", V1 "/settings", ROLE_ADMIN, settings_all},

    {"GET", V1 "/users", ROLE_OPERATOR, users_all},
    {"GET", V1 "/users/{name}", ROLE_OPERATOR, users_one},
    {"PUT", V1 "/users/{name}", ROLE_OPERATOR, users_put},
    {"DELETE", V1 "/users/{name}", ROLE_OPERATOR, users_remove},
    {"GET", V1 "/admins", ROLE_ADMIN, admins_all},
    {"PUT", V1 "/admins/{name}", ROLE_ADMIN, admins_put},
    {"DELETE", V1 "/admins/{name}", ROLE_ADMIN, admins_remove},
    {"GET", V1 "/tokens", ROLE_ADMIN, tokens_all},
    {"POST", V1 "/tokens", ROLE_ADMIN, tokens_add},
    {"DELETE", V1 "/tokens/{id}", ROLE_ADMIN, tokens_remove},
    {"GET", V1 "/changes", ROLE_AUDITOR, changes_page},
};
const size_t route_count = SL_COUNT(routes);
