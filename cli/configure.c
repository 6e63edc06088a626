/* The configuration that a command line means.
 *
 * --data PATH is data.path where the configuration has a reader of files.  Where it has not, or
 * says nothing of its data, the reader is chosen by what the file or folder looks like. */
#include "configure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fault.h"

enum { OWN_SETTINGS = 3 };

typedef struct settings {
    const char *all[SETTINGS_MAX + OWN_SETTINGS];
    int count;
} settings;

/* before 'PATH' after, in YAML's single quotes, by malloc. */
static char *quoted(const char *before, const char *path, const char *after)
{
    size_t size = strlen(before) + 2 * strlen(path) + strlen(after) + 3;
    char *setting = malloc(size), *p = setting;
    if (!setting)
        return NULL;
    p += sprintf(p, "%s'", before);
    for (; *path; path++) {
        *p++ = *path;
        if (*path == '\'')
            *p++ = '\'';
    }
    sprintf(p, "'%s", after);
    return setting;
}

static void add(settings *s, const char *setting)
{
    if (setting)
        s->all[s->count++] = setting;
}

static ad_status parse(const options *o, const char *run, const settings *s, ad_config **config)
{
    const char *text = ad_config_builtin();
    if (run)
        return ad_run_config(run, s->all, s->count, config);
    if (o->word_count > 0)
        return ad_config_read(o->words[0], s->all, s->count, config);
    return ad_config_parse("built-in", text, strlen(text), s->all, s->count, config);
}

/* With one setting for the data in front of those of the command line. */
static ad_status read_with(const options *o, const char *run, bool whole, const char *data,
                           ad_config **config)
{
    char seed[64];
    settings s = {.count = 0};
    snprintf(seed, sizeof seed, "train.seed=%s", o->seed ? o->seed : "");
    add(&s, data);
    for (int i = 0; whole && i < o->set_count; i++)
        add(&s, o->set[i]);
    add(&s, whole && o->seed ? seed : NULL);
    return parse(o, run, &s, config);
}

/* data={format: NAME, path: PATH}; NULL with the words in ad_kit_error(). */
static char *by_looks(const char *path)
{
    char before[80];
    const ad_reader_record *reader = ad_reader_for(path);
    if (!reader)
        return NULL;
    snprintf(before, sizeof before, "data={format: %s, path: ", reader->record.name);
    return quoted(before, path, "}");
}

/* The words of the first try are the ones to print where the second does no better. */
static ad_status read_data(const options *o, const char *run, bool whole, ad_config **config)
{
    bool builtin = !run && o->word_count == 0;
    char *path = quoted("data.path=", o->data, ""), *reader = NULL;
    ad_status status = AD_ERROR_MEMORY;
    if (path && !builtin)
        status = read_with(o, run, whole, path, config);
    bool chosen = status == AD_OK && ad_config_given(*config, "data.format");
    if (path && !chosen)
        reader = by_looks(o->data);
    if (status == AD_OK && reader) {
        ad_config_free(*config);
        status = read_with(o, run, whole, reader, config);
    } else if (reader && read_with(o, run, whole, reader, config) == AD_OK) {
        status = AD_OK;
    } else if (path && status != AD_OK && !builtin) {
        status = read_with(o, run, whole, path, config);
    } else if (builtin && path) {
        status = AD_ERROR_FORMAT;
    }
    free(path);
    free(reader);
    return status;
}

static int read_all(const options *o, const char *run, bool whole, ad_config **config)
{
    *config = NULL;
    if (o->data && !run && o->word_count == 0 && !ad_reader_for(o->data))
        return say_kit_error(AD_ERROR_FILE, EXIT_DATA);
    ad_status status =
        o->data ? read_data(o, run, whole, config) : read_with(o, run, whole, NULL, config);
    if (status == AD_OK)
        return EXIT_DONE;
    return run ? say_run(status, o, run) : say_kit_error(status, EXIT_USAGE);
}

int configure(const options *o, const char *run, ad_config **config)
{
    return read_all(o, o->word_count > 0 ? NULL : run, true, config);
}

int configure_run(const options *o, const char *run, ad_config **config)
{
    return read_all(o, run, false, config);
}

bool configure_is_run(const options *o)
{
    struct stat about;
    return stat(o->words[0], &about) == 0 && S_ISDIR(about.st_mode);
}

int configure_either(const options *o, ad_config **config)
{
    return configure_is_run(o) ? configure_run(o, o->words[0], config) : configure(o, NULL, config);
}

int configure_lacks_from(const char *option)
{
    return say(EXIT_USAGE, "--%s says which weights of --from PATH are taken\n  add --from PATH",
               option);
}
