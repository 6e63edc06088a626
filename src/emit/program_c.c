/* ad_program_c: what it asks of its arguments, and the printer or, in a library that was built
 * without it, how to get one that has it. */
#include <ctype.h>

#include "base/error.h"
#include "emit/emit.h"
#include "run/program.h"

static bool is_identifier(const char *name)
{
    bool good = name && (isalpha((unsigned char)*name) || *name == '_');
    for (const char *c = name; good && *c; c++)
        good = (isalnum((unsigned char)*c) || *c == '_') && (unsigned char)*c < 0x80;
    return good;
}

static ad_status check(const ad_program *p, const char *prefix)
{
    if (!p)
        return fail(AD_ERROR_ARGUMENT, "ad_program_c: the program is NULL");
    if (!is_identifier(prefix))
        return fail(
            AD_ERROR_ARGUMENT,
            "ad_program_c: the prefix '%s' cannot begin a name in C; use letters, digits and _",
            prefix ? prefix : "NULL");
    return AD_OK;
}

/* The program is entered. */
static const char *print(ad_program *program, const char *prefix)
{
    if (!program->last) {
        fail(AD_ERROR_ARGUMENT, "ad_program_c: the sizes are not known yet; run the program once");
        return NULL;
    }
#ifdef ADZE_EXPORT_C
    return emit_program(program, prefix);
#else
    (void)prefix;
    fail(AD_ERROR_UNSUPPORTED,
         "ad_program_c: this libadze was built without printing C; build it with "
         "cmake -DADZE_EXPORT_C=ON");
    return NULL;
#endif
}

const char *ad_program_c(ad_program *program, const char *prefix)
{
    if (check(program, prefix) != AD_OK || program_enter(program, "ad_program_c") != AD_OK)
        return NULL;
    const char *text = print(program, prefix);
    program_leave(program);
    return text;
}
