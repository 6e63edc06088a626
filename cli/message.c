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

/* The bytes of the UTF-8 sequence that begins here; 0 where it is none. */
static int sequence(const char *words)
{
    const unsigned char *p = (const unsigned char *)words;
    int size = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    bool good = p[0] < 0x80 || (p[0] >= 0xc2 && p[0] <= 0xf4);
    for (int i = 1; good && i < size; i++)
        good = (p[i] & 0xc0) == 0x80;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool outside = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return good && !(size > 2 && (overlong || outside)) ? size : 0;
}

/* A JSON string; control characters as \u00NN, and what is no UTF-8 (names of files may be so) as
 * the sign that stands for it. */
void print_json_text(const char *words)
{
    putchar('"');
    for (int size; *words; words += size ? size : 1) {
        size = sequence(words);
        if (*words == '"' || *words == '\\')
            printf("\\%c", *words);
        else if ((unsigned char)*words < 32)
            printf("\\u%04x", (unsigned)*words);
        else if (size)
            printf("%.*s", size, words);
        else
            printf("\\ufffd");
    }
    putchar('"');
}

/* Lines of cures and of a marked source begin with blanks; "3 mistakes" is a sum. */
static bool begins_message(const char *line)
{
    size_t digits = strspn(line, "0123456789");
    bool sum = digits > 0 && strncmp(line + digits, " mistakes", 9) == 0;
    return *line && *line != ' ' && *line != '\n' && !sum;
}

void say_words(const char *before, const char *words, ad_run_fault fault)
{
    fputs(before, stderr);
    for (const char *line = words; *line;) {
        int size = (int)strcspn(line, "\n");
        const ad_explanation *e = begins_message(line) ? ad_explanation_of(fault, line) : NULL;
        bool has = e && strstr(line, e->code) && strstr(line, e->code) < line + size;
        fprintf(stderr, "%.*s", size, line);
        if (e && !has)
            fprintf(stderr, " [%s]", e->code);
        line += size;
        if (*line == '\n')
            putc(*line++, stderr);
    }
}

int say(int code, const char *format, ...)
{
    char words[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    say_words("adze: ", words, AD_RUN_NO_FAULT);
    fputc('\n', stderr);
    return code;
}

int say_no_memory(void)
{
    return say(EXIT_RESOURCES, "out of memory%s", memory_cure);
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
    say_words("", ad_kit_error(), AD_RUN_NO_FAULT);
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

/* Edits from a to b: insert, delete, replace, and two neighbours exchanged (optimal string
 * alignment). Long words count as far apart. */
static int distance(const char *a, const char *b)
{
    int rows[3][NAME_MAX_SIZE + 1], size = (int)strlen(b);
    if (size > NAME_MAX_SIZE || strlen(a) > NAME_MAX_SIZE)
        return NAME_MAX_SIZE;
    for (int j = 0; j <= size; j++)
        rows[0][j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int *row = rows[i % 3], *before = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= size; j++) {
            row[j] =
                least(before[j - 1] + (a[i - 1] != b[j - 1]), 1 + least(before[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], 1 + two[j - 2]);
        }
    }
    return rows[strlen(a) % 3][size];
}

/* One edit in three letters, "--" not counted; a start that is long enough counts too. */
static bool near(const char *wrong, const char *name, int edits)
{
    size_t size = strlen(wrong), letters = size - strspn(wrong, "-");
    return edits <= (int)(letters + 1) / 3 || (size >= 4 && strncmp(wrong, name, size) == 0);
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
