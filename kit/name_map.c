/* Lines "theirs ours" of a file, and the pairs of names that they mean. */
#include "name_map.h"

#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "message.h"
#include "text.h"

enum { STARS_MAX = 8 };

/* What the stars of a pattern stand for in a name. */
typedef struct stars {
    const char *at[STARS_MAX];
    size_t size[STARS_MAX];
} stars;

static int count_stars(const char *pattern)
{
    int count = 0;
    for (; *pattern; pattern++)
        count += *pattern == '*';
    return count;
}

/* Each star takes as little as it can. */
static bool match(const char *pattern, const char *name, stars *s, int star)
{
    for (; *pattern && *pattern != '*'; pattern++, name++)
        if (*pattern != *name)
            return false;
    if (!*pattern)
        return !*name;
    for (size_t size = 0; size <= strlen(name); size++) {
        s->at[star] = name;
        s->size[star] = size;
        if (match(pattern + 1, name + size, s, star + 1))
            return true;
    }
    return false;
}

/* The star stands for a number above 0 and the pattern goes on with what lowers it: *-1. */
static bool lowers(const char *pattern, const char *text, size_t size)
{
    return strncmp(pattern, "*-1", 3) == 0 && size > 0 && size < 10 &&
           strspn(text, "0123456789") >= size && strtol(text, NULL, 10) > 0;
}

/* The pattern with the texts in place of its stars, by malloc. */
static char *fill(const char *pattern, const stars *s)
{
    text_buffer t = {0};
    for (int star = 0; *pattern; pattern++)
        if (*pattern == '*') {
            if (lowers(pattern, s->at[star], s->size[star])) {
                text_add_format(&t, "%ld", strtol(s->at[star], NULL, 10) - 1);
                pattern += 2;
            } else {
                text_add_format(&t, "%.*s", (int)s->size[star], s->at[star]);
            }
            star++;
        } else {
            text_add_format(&t, "%c", *pattern);
        }
    return text_take(&t);
}

/* ---------------------------------------------------------------- pairs */

static bool has(const name_map *map, const char *variable)
{
    for (int i = 0; i < map->pairs; i++)
        if (strcmp(map->pair[2 * i + 1], variable) == 0)
            return true;
    return false;
}

static bool add(name_map *map, const char *theirs, const char *variable, const stars *s)
{
    char *name = fill(theirs, s), *ours = name ? text_copy(variable) : NULL;
    if (!ours) {
        free(name);
        return false;
    }
    map->pair[2 * map->pairs] = name;
    map->pair[2 * map->pairs++ + 1] = ours;
    return true;
}

static bool learned(const ad_graph *graph, int i)
{
    return ad_role_of(ad_variable_at(graph, i)) <= AD_ROLE_AVERAGE;
}

static ad_status bad_line(int failed)
{
    (void)failed;
    return AD_ERROR_FORMAT;
}

/* All variables of one line. */
static ad_status apply(const line_reader *r, const char *theirs, const char *ours,
                       const ad_graph *graph, name_map *map)
{
    stars s;
    bool matched = false;
    for (int i = 0; i < ad_variable_count(graph); i++) {
        const char *name = ad_tensor_name(ad_variable_at(graph, i));
        if (!learned(graph, i) || !match(ours, name, &s, 0))
            continue;
        matched = true;
        if (!has(map, name) && !add(map, theirs, name, &s))
            return message_no_memory();
    }
    if (matched)
        return AD_OK;
    return bad_line(line_fail(r, ours,
                              "no variable is called '%s'\n  `adze show` lists the layers; "
                              "variables are called LAYER.weight, LAYER.bias...\n",
                              ours));
}

/* ---------------------------------------------------------------- lines */

/* The next word of the line, ended; NULL: there is none. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " \t"), *end = word + strcspn(word, " \t");
    *at = *end ? end + 1 : end;
    *end = 0;
    return *word ? word : NULL;
}

static ad_status take_line(const line_reader *r, const ad_graph *graph, name_map *map)
{
    char *at = r->line;
    at[strcspn(at, "#")] = 0;
    char *theirs = next_word(&at), *ours = theirs ? next_word(&at) : NULL;
    if (!theirs)
        return AD_OK;
    if (!ours || next_word(&at))
        return bad_line(
            line_fail(r, theirs, "no pair of names\n  write: their name, a blank, our name\n"));
    if (count_stars(theirs) != count_stars(ours) || count_stars(ours) > STARS_MAX)
        return bad_line(
            line_fail(r, theirs,
                      "'%s' and '%s' differ in their number of *\n  each * of ours stands for "
                      "the same text as that of theirs; there may be %d\n",
                      theirs, ours, STARS_MAX));
    return apply(r, theirs, ours, graph, map);
}

static ad_status read_lines(line_reader *r, const ad_graph *graph, name_map *map)
{
    int got = 1;
    ad_status status = AD_OK;
    while (status == AD_OK && (got = line_next(r)) > 0)
        status = take_line(r, graph, map);
    return got < 0 ? AD_ERROR_FORMAT : status;
}

ad_status name_map_read(const char *path, const ad_graph *graph, name_map *map)
{
    line_reader r;
    *map = (name_map){.pairs = 0};
    ad_status status = line_open(&r, path);
    if (status != AD_OK)
        return status;
    map->pair = calloc(2 * (size_t)ad_variable_count(graph) + 1, sizeof *map->pair);
    status = map->pair ? read_lines(&r, graph, map) : message_no_memory();
    line_close(&r);
    if (status != AD_OK)
        name_map_done(map);
    return status;
}

void name_map_done(name_map *map)
{
    for (int i = 0; i < 2 * map->pairs; i++)
        free((char *)map->pair[i]);
    free(map->pair);
    *map = (name_map){.pairs = 0};
}
