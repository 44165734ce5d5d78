/* resources.h - the handlers of the route table, one source (res_*.c) per area. */
#ifndef ADMINAPI_RESOURCES_H
#define ADMINAPI_RESOURCES_H

#include "adminapi/api.h"

/* res_system.c */
api_handler system_health, system_metrics, system_status, system_openapi;
/* res_gateway.c */
api_handler tunnels_all, tunnels_close, settings_all, settings_reload, proxy_pac;
api_handler upgrade_show, upgrade_begin;
api_handler trace_begin, trace_read, trace_end;
/* res_ca.c */
api_handler ca_show, ca_pem_file, ca_der_file;
/* res_ca_change.c */
api_handler ca_make, ca_rotate, ca_bring, ca_return, ca_drop_next;
/* res_session.c */
api_handler session_begin, session_show, session_leave, session_password, sessions_all, sessions_end;
/* res_policy.c */
api_handler policy_active, policy_replace, policy_schema_get, policy_versions, policy_version, policy_check,
    policy_test, policy_compare, policy_roll_back;
/* res_commit.c */
api_handler policy_confirm, draft_approve, draft_reject;
/* res_headers.c */
api_handler headers_catalogue, headers_test;
/* res_lint.c */
api_handler lint_policy, policy_usage;
/* res_draft.c */
api_handler draft_show, draft_replace, draft_discard, draft_validate, draft_rebase, draft_commit;
/* res_draft_items.c */
api_handler draft_items, draft_item, draft_item_add, draft_item_replace, draft_item_remove, draft_item_move;
/* res_regex.c */
api_handler policy_regex;
api_handler policy_regex_list;
/* res_explain.c */
api_handler explain_url, explain_many, categories_lookup;
/* res_replay.c */
api_handler replay_start;
/* res_requests.c */
api_handler requests_page, requests_one, requests_export;
/* res_stats.c */
api_handler requests_histogram, requests_suggest, stats_summary, stats_series, stats_top;
/* res_inspection.c */
api_handler inspection_show;
/* res_faulty.c */
api_handler faulty_host_show;
/* res_list_copies.c */
api_handler lists_versions, lists_approve, lists_discard, lists_roll_back, lists_resume, lists_checks;
/* res_lists.c */
api_handler lists_all, lists_one, lists_add, lists_replace, lists_upload, lists_update, lists_remove;
/* Starts the job for the list that is due the longest, when none of its kind runs. */
void lists_update_due(struct api_context *ctx, int64_t now_us);
/* res_jobs.c */
api_handler jobs_all, jobs_one, jobs_end;
/* res_people.c */
api_handler users_all, users_one, users_put, users_remove, admins_all, admins_put, admins_remove, tokens_all,
    tokens_add, tokens_remove, changes_page;
/* res_learned.c */
api_handler learned_all, learned_put, learned_remove;
/* res_quotas.c */
api_handler quotas_usage, quotas_reset;

#endif
