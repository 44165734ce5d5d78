/* head_fault.c - what is wrong with a head: status, word and sentence of each fault (head.h). The
 * sentences fit requests and responses alike. */
#include "proxy/http/head.h"

static const struct {
    unsigned status;
    const char *word, *sentence;
} faults[HEAD_FAULT_COUNT] = {
    [HEAD_OK] = {200, "ok", "Nothing is wrong."},
    [HEAD_BARE_LF] = {400, "bare-lf", "A line of the head ends in LF without CR."},
    [HEAD_BARE_CR] = {400, "bare-cr", "The head has a CR that no LF follows."},
    [HEAD_CONTROL_BYTE] = {400, "control-byte", "The head has a control byte."},
    [HEAD_LINE] = {400, "start-line", "The first line is not one of HTTP/1.1."},
    [HEAD_METHOD] = {400, "method", "The method is not a token."},
    [HEAD_METHOD_LONG] = {501, "method-long", "The method is longer than any method in use."},
    [HEAD_TARGET] = {400, "target", "The request target has no form that the method may take."},
    [HEAD_TARGET_LONG] = {414, "target-long", "The address in the request is too long."},
    [HEAD_VERSION] = {505, "version", "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
    [HEAD_FIELD_NAME] = {400, "field-name", "A header field has a malformed name."},
    [HEAD_FOLDED] = {400, "folded", "A header field is folded over more than one line."},
    [HEAD_TOO_LARGE] = {431, "too-large", "The head is larger than is accepted."},
    [HEAD_TOO_MANY_FIELDS] =
        {431, "too-many-fields",
         "There are too many header fields, or one has a huge name, or Connection lists too many."},
    [HEAD_LENGTH] = {400, "content-length", "Content-Length is not one plain number."},
    [HEAD_LENGTH_AND_CODING] = {400, "length-and-coding",
                                "Content-Length and Transfer-Encoding contradict each other."},
    [HEAD_LENGTH_MISSING] = {411, "length-missing",
                             "A request of this method must say how long its body is, even if it is empty."},
    [HEAD_CODING_UNKNOWN] = {501, "coding-unknown", "A transfer coding other than chunked is used."},
    [HEAD_CODING] = {400, "coding", "Transfer-Encoding does not end in exactly one chunked."},
    [HEAD_CODING_IN_10] = {400, "coding-in-1.0", "Transfer-Encoding stands in a message of HTTP/1.0."},
    [HEAD_BODY_UNEXPECTED] = {400, "body-unexpected", "A message of this kind has no body."},
    [HEAD_NO_HOST] = {400, "no-host", "The request has no Host field."},
    [HEAD_HOSTS] = {400, "hosts", "The request has more than one Host field."},
    [HEAD_HOST] = {400, "host", "The Host field does not hold a host."},
    [HEAD_MAX_FORWARDS] = {400, "max-forwards", "Max-Forwards is not one plain number."},
    [HEAD_STATUS] = {502, "status", "The status code is not one."},
    [HEAD_UPGRADE_UNASKED] = {502, "upgrade-unasked",
                              "The server switched protocols without being asked to."},
    [HEAD_UPGRADE_WRONG] = {502, "upgrade-wrong", "The server switched to a protocol that nobody asked for."},
};

unsigned head_fault_status(enum head_fault f)
{
    sl_assert((unsigned)f < HEAD_FAULT_COUNT);
    return faults[f].status;
}

const char *head_fault_word(enum head_fault f)
{
    sl_assert((unsigned)f < HEAD_FAULT_COUNT);
    return faults[f].word;
}

const char *head_fault_sentence(enum head_fault f)
{
    sl_assert((unsigned)f < HEAD_FAULT_COUNT);
    return faults[f].sentence;
}
