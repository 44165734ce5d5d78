/* openapi.c - see openapi.h. The assembler puts the file in as it is; CMake names it and rebuilds when it
 * changes. */
#include "adminapi/openapi.h"

__asm__(".section .rodata\n"
        ".global openapi_begin\n"
        ".global openapi_end\n"
        "openapi_begin:\n"
        ".incbin \"" OPENAPI_FILE "\"\n"
        "openapi_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const char openapi_begin[], openapi_end[];

struct sl_str openapi_document(void)
{
    return sl_str(openapi_begin, (size_t)(openapi_end - openapi_begin));
}
