/* `adze init DATA [TARGET...]`: a first configuration of data. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remedy.h"

/* The words that --query stands for, by malloc. */
static char *query_setting(const char *query)
{
    size_t size = 2 * strlen(query) + 16;
    char *setting = malloc(size), *p = setting;
    if (!setting)
        return NULL;
    p += sprintf(p, "data.query='");
    for (; *query; query++) {
        *p++ = *query;
        if (*query == '\'')
            *p++ = '\'';
    }
    sprintf(p, "'");
    return setting;
}

/* A table whose target is not named is the usual mistake. */
static int say_failed(const options *o, ad_status status)
{
    int code = say_kit_error(status, status == AD_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_DATA);
    if (status != AD_ERROR_ARGUMENT || o->word_count > 1)
        return code;
    if (strstr(ad_kit_error(), "which column"))
        remedy_print(stderr, REMEDY_TARGET, &(remedy_values){.o = o});
    else if (strstr(ad_kit_error(), "no query"))
        fputs("  here: --query 'SELECT ... FROM ...'\n", stderr);
    return code;
}

static int make(const options *o, const char *const *set, int set_count)
{
    char *text;
    ad_init_options given = {.path = o->words[0], .set = set, .set_count = set_count};
    for (int i = 1; i < o->word_count; i++)
        given.target[given.targets++] = o->words[i];
    ad_status status = ad_init_text(&given, &text);
    if (status != AD_OK)
        return say_failed(o, status);
    fputs(text, stdout);
    free(text);
    return EXIT_DONE;
}

int init_command(const options *o)
{
    const char *set[SETTINGS_MAX + 1];
    char *query = o->query ? query_setting(o->query) : NULL;
    int count = 0;
    if (o->query && !query)
        return say_no_memory();
    if (query)
        set[count++] = query;
    for (int i = 0; i < o->set_count; i++)
        set[count++] = o->set[i];
    int code = make(o, set, count);
    free(query);
    return code;
}
