/* `adze ops`: the list of all ops, or the whole records of some. */
#include "remedy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_text(const char *name)
{
    size_t size = ad_ops_text(name, NULL, 0) + 1;
    char *text = malloc(size);
    if (!text)
        return say(EXIT_RESOURCES, "out of memory");
    ad_ops_text(name, text, size);
    fputs(text, stdout);
    if (name && strstr(text, "derivatives   of any order"))
        printf("    %-13s %s\n", "tested",
               "value on every instruction set, slopes of first and second order by differences, "
               "empty shapes, ends of the format (test_ops); errors: doc/ops.md");
    else if (name && strstr(text, "derivatives   none"))
        printf("    %-13s %s\n", "tested",
               "value on every instruction set, empty shapes, ends of the format (test_ops)");
    free(text);
    return EXIT_DONE;
}

static int count_ops(void)
{
    int count = 0;
    while (ad_op_name(count))
        count++;
    return count;
}

static int unknown_op(const char *word)
{
    int count = count_ops();
    const char **names = calloc((size_t)count + 1, sizeof *names);
    for (int i = 0; names && i < count; i++)
        names[i] = ad_op_name(i);
    const char *best = names ? nearest(word, names) : NULL;
    free(names);
    say(EXIT_USAGE, "no op '%s'", word);
    return remedy_nearest(best, REMEDY_OPS, NULL);
}

int ops_command(const options *o)
{
    /* Words are checked first: nothing is printed of a list with a mistake. */
    for (int i = 0; i < o->word_count; i++)
        if (!ad_ops_text(o->words[i], NULL, 0))
            return unknown_op(o->words[i]);
    int code = o->word_count ? EXIT_DONE : print_text(NULL);
    for (int i = 0; code == EXIT_DONE && i < o->word_count; i++) {
        if (i)
            putchar('\n');
        code = print_text(o->words[i]);
    }
    return code;
}
