/* policy.h - the verbs of `sluice policy` that have a source of their own. */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include "cli/cli.h"

/* policy_commit.c: what makes a version, and what follows */
int verb_apply(struct cli *cli, int argc, char **argv);
int verb_rollback(struct cli *cli, int argc, char **argv);
int verb_confirm(struct cli *cli, int argc, char **argv);
int verb_approve(struct cli *cli, int argc, char **argv);
int verb_reject(struct cli *cli, int argc, char **argv);

/* policy_lint.c: what is odd about it, and what it did */
int verb_lint(struct cli *cli, int argc, char **argv);
int verb_usage(struct cli *cli, int argc, char **argv);

#endif
