/* Messages to a person, and the nearest name. */
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char memory_cure[] =
    "\n  a smaller batch takes less: --set train.batch=N; or close other programs";

void print_json_number(double number)
{
    if (isfinite(number))
        printf("%.9g", number);
    else
        printf("null");
}

int say(int code, const char *format, ...)
{
    va_list arguments;
    fputs("adze: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return code;
}

int say_no_memory(void)
{
    return say(EXIT_RESOURCES, "out of memory%s", memory_cure);
}

int say_not_written(const char *what, const char *folder)
{
    return say(EXIT_RESOURCES,
               "%s\n  what %s held before is still there: make room, or choose another --out", what,
               folder);
}

static int code_of(ad_status status, int otherwise)
{
    return status == AD_ERROR_MEMORY ? EXIT_RESOURCES : otherwise;
}

int say_error(void)
{
    ad_status status = ad_error_status();
    return say(code_of(status, status == AD_ERROR_NOT_FINITE ? EXIT_DIVERGED : EXIT_FAILED), "%s%s",
               ad_error(), status == AD_ERROR_MEMORY ? memory_cure : "");
}

int say_kit_error(ad_status status, int otherwise)
{
    fputs(ad_kit_error(), stderr);
    if (status == AD_ERROR_MEMORY)
        fprintf(stderr, "%s\n", memory_cure + 1);
    return code_of(status, otherwise);
}

int close_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (code != EXIT_DONE)
        return code;
    return say(EXIT_RESOURCES,
               "the results could not be written: %s\n  make room, or send them elsewhere",
               strerror(errno));
}

/* ---------------------------------------------------------------- nearest name */

enum { NAME_MAX_SIZE = 40 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Edits from a to b: insert, delete, replace (Levenshtein 1966).  Long words count as far apart. */
static int distance(const char *a, const char *b)
{
    int row[NAME_MAX_SIZE + 1], size = (int)strlen(b);
    if (size > NAME_MAX_SIZE || strlen(a) > NAME_MAX_SIZE)
        return NAME_MAX_SIZE;
    for (int j = 0; j <= size; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= size; j++) {
            int replaced = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            row[j] = least(replaced, 1 + least(row[j], row[j - 1]));
        }
    }
    return row[size];
}

/* One edit in three letters, "--" not counted; a start that is long enough counts too. */
static bool near(const char *wrong, const char *name, int edits)
{
    size_t size = strlen(wrong);
    return edits <= (int)(size + strspn(wrong, "-")) / 4 + 1 ||
           (size >= 4 && strncmp(wrong, name, size) == 0);
}

const char *nearest(const char *wrong, const char *const *names)
{
    const char *best = NULL;
    int edits = NAME_MAX_SIZE;
    for (; *names; names++) {
        int found = distance(wrong, *names);
        if (found < edits && near(wrong, *names, found)) {
            best = *names;
            edits = found;
        }
    }
    return best;
}
