/* lint_exceptions.c - exceptions of inspection that are for ever, that go far, or that never decide. */
#include "policy/lint.h"

static struct cover_side side(const struct doc_exception *e)
{
    return (struct cover_side){&e->guard, e->then == EXCUSE_NONE};
}

static const char *pointer_of(struct lint *l, size_t i)
{
    return lint_pointer(l, "/inspection/exceptions/%zu", i);
}

/* Whatever is wrong with a site should be mended some day; who looks then? */
static void check_end(struct lint *l, size_t i)
{
    const struct doc_exception *e = &l->s->doc.exceptions[i];
    if (e->then != EXCUSE_NONE && !(e->guard.valid && e->guard.valid->has_until))
        lint_note(l, LINT_WARNING, "no-end", pointer_of(l, i), SL_STR(""),
                  "the exception '%.*s' has no end: give it an \"until\"", SL_FMT(e->id));
}

/* An attacker's certificate is one for another host, or of an unknown issuer: without a host that is meant,
 * everybody may be one. */
static void check_reach(struct lint *l, size_t i)
{
    const struct doc_exception *e = &l->s->doc.exceptions[i];
    const struct condition *when = &e->guard.when;
    bool aimed = condition_clause(when, CONDITION_HOST) || condition_clause(when, CONDITION_URL) ||
                 condition_clause(when, CONDITION_CATEGORY) || condition_clause(when, CONDITION_ADDRESS);
    if (e->then == EXCUSE_ALLOW && !aimed)
        lint_note(
            l, LINT_WARNING, "allows-any-host", pointer_of(l, i), SL_STR(""),
            "the exception '%.*s' allows the fault for every host: whoever is on the way may be anybody; "
            "name hosts",
            SL_FMT(e->id));
    if (e->then == EXCUSE_ALLOW && (e->faults & tls_fault_bit(TLS_FAULT_REVOKED)))
        lint_note(
            l, LINT_WARNING, "allows-revoked", pointer_of(l, i), SL_STR(""),
            "the exception '%.*s' allows certificates that their CA took back, as it does when a key was "
            "stolen",
            SL_FMT(e->id));
}

/* They are asked of tunnels. */
static void check_hidden(struct lint *l, size_t i)
{
    static const enum condition_kind hidden[] = {CONDITION_REGEX, CONDITION_EXTENSION, CONDITION_CONTENT_TYPE,
                                                 CONDITION_SIZE_OVER};
    const struct doc_exception *e = &l->s->doc.exceptions[i];
    for (size_t k = 0; k < SL_COUNT(hidden); k++)
        if (condition_clause(&e->guard.when, hidden[k])) {
            lint_note(l, LINT_WARNING, "never-holds", pointer_of(l, i), SL_STR(""),
                      "the exception '%.*s' never holds: in a tunnel %s is not seen", SL_FMT(e->id),
                      condition_word(hidden[k]));
            return;
        }
}

/* An earlier one that is for all of its faults holds whenever it does. */
static void check_covered(struct lint *l, size_t later)
{
    const struct doc_exception *all = l->s->doc.exceptions, *b = &all[later];
    for (size_t i = 0; i < later; i++) {
        if ((b->faults & ~all[i].faults) || !cover_guard(l, side(&all[i]), side(b)))
            continue;
        lint_note(l, LINT_WARNING, "unreachable", pointer_of(l, later), SL_STR(""),
                  "the exception '%.*s' never decides: '%.*s' before it holds for all that it is for",
                  SL_FMT(b->id), SL_FMT(all[i].id));
        return;
    }
}

void lint_exceptions(struct lint *l)
{
    for (size_t i = 0; i < l->s->doc.exception_count; i++) {
        check_end(l, i);
        check_reach(l, i);
        check_hidden(l, i);
        check_covered(l, i);
    }
}
