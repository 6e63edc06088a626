/* Settings of a first configuration beyond those of its data: put where they belong in its text. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "init.h"
#include "message.h"
#include "text.h"

enum { PATH_MOST = 120 };

static bool is_of_data(const char *set)
{
    return strncmp(set, "data.", 5) == 0;
}

ad_status init_task(const init_facts *f, const ad_record **task)
{
    const char *name = init_set(f->o, "task");
    *task = name ? ad_record_find(ad_task_at, name) : NULL;
    return *task || !name
               ? AD_OK
               : message_fail(AD_ERROR_ARGUMENT,
                              "there is no task '%s'\n  `adze tasks` lists them\n", name);
}

/* ---------------------------------------------------------------- lines of the text */

/* The line that begins with words, from `at` to `end`; NULL: there is none. */
static char *line_with(char *at, const char *end, const char *words)
{
    size_t size = strlen(words);
    while (at < end) {
        char *stop = strchr(at, '\n');
        if (strncmp(at, words, size) == 0)
            return at;
        at = stop ? stop + 1 : (char *)end;
    }
    return NULL;
}

/* Where the section that begins in that line ends. */
static char *section_end(char *line)
{
    char *at = strchr(line, '\n') + 1;
    while (*at == ' ')
        at = strchr(at, '\n') + 1;
    return at;
}

/* The text with `with` in place of what is between the two. */
static char *replaced(const char *text, const char *from, const char *to, const char *with)
{
    return text_format("%.*s%s%s", (int)(from - text), text, with, to);
}

/* A line of its own. */
static char *line_of(const char *before, const char *key, const char *value)
{
    text_buffer t = {0};
    init_line(&t, "as asked", "%s%s: %s", before, key, value);
    return text_take(&t);
}

static char *with_line(const char *text, const char *from, const char *to, const char *before,
                       const char *key, const char *value)
{
    char *line = line_of(before, key, value);
    char *made = line ? replaced(text, from, to, line) : NULL;
    free(line);
    return made;
}

/* ---------------------------------------------------------------- {key: value, ...} in a line */

/* The value of the key between the braces that begin at `open`; NULL: it is not there.  *end: its
 * end. */
static char *value_within(char *open, const char *key, char **end)
{
    size_t size = strlen(key);
    char *close = open + strcspn(open, "}\n");
    for (char *at = open + 1; at < close; at++)
        if ((at[-1] == '{' || at[-1] == ' ') && strncmp(at, key, size) == 0 && at[size] == ':') {
            at += size + 2;
            *end = at + strcspn(at, ",}\n");
            return at;
        }
    *end = close;
    return NULL;
}

static char *set_within(const char *text, char *line, const char *key, const char *value)
{
    char *open = line + strcspn(line, "{\n#"), *end;
    if (*open != '{')
        return NULL;
    char *at = value_within(open, key, &end);
    if (at)
        return replaced(text, at, end, value);
    char *more = text_format(", %s: %s", key, value);
    char *made = more && *end == '}' ? replaced(text, end, end, more) : NULL;
    free(more);
    return made;
}

/* ---------------------------------------------------------------- one setting */

/* key of a section, `a` or `a.b`. */
static char *set_in_section(const char *text, char *section, const char *key, const char *value)
{
    const char *dot = strchr(key, '.');
    char words[PATH_MOST + 8] = "  ";
    strncat(words, key, dot ? (size_t)(dot - key) : PATH_MOST);
    strcat(words, ":");
    char *stop = section_end(section), *line = line_with(section, stop, words);
    if (dot && line)
        return set_within(text, line, dot + 1, value);
    if (dot) {
        char *group = strchr(dot + 1, '.') ? NULL : text_format("{%s: %s}", dot + 1, value);
        char *name = text_copy_bytes(key, (size_t)(dot - key));
        char *made = group && name ? with_line(text, stop, stop, "  ", name, group) : NULL;
        free(name);
        free(group);
        return made;
    }
    return with_line(text, line ? line : stop, line ? strchr(line, '\n') + 1 : stop, "  ", key,
                     value);
}

/* NULL: it has no place. */
static char *set_one(char *text, const char *path, const char *value)
{
    const char *dot = strchr(path, '.');
    char words[PATH_MOST + 8] = "";
    char *end = text + strlen(text);
    strncat(words, path, dot ? (size_t)(dot - path) : PATH_MOST);
    strcat(words, ":");
    char *line = line_with(text, end, words);
    if (!dot)
        return with_line(text, line ? line : end, line ? strchr(line, '\n') + 1 : end, "", path,
                         value);
    if (line && line[strlen(words)] != '\n')
        return strchr(dot + 1, '.') ? NULL : set_within(text, line, dot + 1, value);
    if (line)
        return set_in_section(text, line, dot + 1, value);
    char *made = strchr(dot + 1, '.') ? NULL : text_format("%s%s\n", text, words), *last;
    last = made ? with_line(made, made + strlen(made), "", "  ", dot + 1, value) : NULL;
    free(made);
    return last;
}

static ad_status no_place(const char *set)
{
    return message_fail(AD_ERROR_ARGUMENT,
                        "'%s' has no place in what is written first\n  change it in the file\n",
                        set);
}

static ad_status put(const char *set, char **text)
{
    const char *equals = strchr(set, '=');
    char path[PATH_MOST] = "";
    if (!equals || equals - set >= PATH_MOST)
        return no_place(set);
    strncat(path, set, (size_t)(equals - set));
    char *made = set_one(*text, path, equals + 1);
    if (!made)
        return no_place(set);
    free(*text);
    *text = made;
    return AD_OK;
}

/* ---------------------------------------------------------------- all */

static ad_status check(const char *text, const char *const *set, int count)
{
    ad_config *c = NULL;
    ad_status status = ad_config_parse("init", text, strlen(text), set, count, &c);
    ad_config_free(c);
    return status;
}

ad_status init_settings(const init_facts *f, char **text)
{
    const ad_init_options *o = f->o;
    const char **set = calloc((size_t)o->set_count + 1, sizeof *set);
    int count = 0;
    for (int i = 0; set && i < o->set_count; i++)
        if (!is_of_data(o->set[i]))
            set[count++] = o->set[i];
    ad_status status = !set ? message_no_memory() : count ? check(*text, set, count) : AD_OK;
    for (int i = 0; i < count && status == AD_OK; i++)
        status = put(set[i], text);
    if (status == AD_OK && count)
        status = check(*text, NULL, 0);
    free(set);
    return status;
}
