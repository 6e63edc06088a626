/* Tensors of a file that are one variable here.  The parts are read as variables of a graph of
 * their own, which knows types and shapes; then they are laid one behind the other. */
#include "name_join.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { PARTS_MAX = 16 };

/* A variable that is made of several tensors. */
typedef struct joined {
    ad_tensor *variable; /* in the graph that is loaded */
    const char *name;
    const char *theirs; /* with braces */
    char *part_name[PARTS_MAX];
    ad_tensor *part[PARTS_MAX];
    int parts;
    bool there;
} joined;

typedef struct joining {
    joined *list;
    int count;
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_load_report *report; /* the caller's, or NULL */
} joining;

/* ---------------------------------------------------------------- names */

static bool has_parts(const char *name)
{
    const char *open = strchr(name, '{');
    return open && strchr(open, '}');
}

/* The names that braces mean; false without memory. */
static bool name_parts(joined *j)
{
    const char *open = strchr(j->theirs, '{'), *close = strchr(open, '}');
    for (const char *at = open + 1; at <= close && j->parts < PARTS_MAX;) {
        size_t size = strcspn(at, ",}");
        char *name =
            text_format("%.*s%.*s%s", (int)(open - j->theirs), j->theirs, (int)size, at, close + 1);
        if (!name)
            return false;
        j->part_name[j->parts++] = name;
        at += size + 1;
    }
    return true;
}

static joined *find_part(const joining *all, const char *tensor)
{
    for (int i = 0; i < all->count; i++)
        for (int k = 0; k < all->list[i].parts; k++)
            if (strcmp(all->list[i].part_name[k], tensor) == 0)
                return &all->list[i];
    return NULL;
}

static joined *find_variable(const joining *all, const char *name)
{
    for (int i = 0; i < all->count; i++)
        if (strcmp(all->list[i].name, name) == 0)
            return &all->list[i];
    return NULL;
}

/* ---------------------------------------------------------------- parts */

static void open_parts(joining *all, joined *j)
{
    ad_shape shape = ad_tensor_shape(j->variable);
    ad_type type = ad_tensor_type(j->variable);
    if (shape.rank < 1 || shape.size[0] % j->parts)
        return; /* of no size that could fit: none is there */
    shape.size[0] /= j->parts;
    for (int k = 0; k < j->parts; k++)
        j->part[k] =
            (ad_variable)(all->graph, j->part_name[k], (ad_normal)(all->graph, type, shape, 0, 1));
}

/* Which tensors were there. */
static void note_part(void *user, const char *variable, const char *tensor, const char *what)
{
    joining *all = user;
    joined *j = variable && !tensor ? find_part(all, variable) : NULL;
    (void)what;
    if (j)
        j->there = false;
}

/* Parts that are not there are no failure, and a file may have none of them. */
static void read_parts(joining *all, const char *path, const ad_file_options *options)
{
    ad_load_report report = {.each = note_part, .user = all};
    for (int i = 0; i < all->count; i++)
        all->list[i].there = all->list[i].part[0] != NULL;
    if (ad_load(all->state, path, .weights_only = true, .prefix = options->prefix, .convert = true,
                .partial = true, .report = &report) == AD_OK)
        return;
    for (int i = 0; i < all->count; i++)
        all->list[i].there = false;
}

static ad_status put_together(const joining *all, const joined *j, ad_state *state)
{
    ad_array whole = {.type = ad_tensor_type(j->variable), .shape = ad_tensor_shape(j->variable)};
    size_t at = 0;
    char *bytes = malloc(ad_array_bytes(&whole) + 1);
    ad_status status = bytes ? AD_OK : AD_ERROR_MEMORY;
    for (int k = 0; k < j->parts && status == AD_OK; k++) {
        ad_array part = {0};
        status = ad_get(all->state, j->part[k], &part);
        if (status == AD_OK)
            memcpy(bytes + at, part.data, ad_array_bytes(&part));
        at += ad_array_bytes(&part);
    }
    whole.data = bytes;
    if (status == AD_OK)
        status = ad_set(state, j->variable, whole);
    free(bytes);
    return status;
}

/* ---------------------------------------------------------------- the report */

/* What was put together is neither missing nor left. */
static void pass_on(void *user, const char *variable, const char *tensor, const char *what)
{
    joining *all = user;
    const joined *j = variable ? find_variable(all, variable) : NULL;
    const joined *part = !variable && tensor ? find_part(all, tensor) : NULL;
    if (part && part->there) {
        all->report->left--;
        return;
    }
    if (j && j->there) {
        tensor = j->theirs;
        what = "taken";
        all->report->taken++;
        all->report->missing--;
    }
    if (all->report->each)
        all->report->each(all->report->user, variable, tensor, what);
}

/* ---------------------------------------------------------------- all of it */

static bool open_joining(joining *all, const ad_graph *graph, const name_map *map,
                         const char *match)
{
    all->list = calloc((size_t)map->pairs + 1, sizeof *all->list);
    bool good = all->list != NULL;
    for (int i = 0; i < map->pairs && good; i++) {
        if (!has_parts(map->pair[2 * i]) ||
            (match && !ad_name_matches(match, map->pair[2 * i + 1])))
            continue;
        joined *j = &all->list[all->count++];
        j->theirs = map->pair[2 * i];
        j->name = map->pair[2 * i + 1];
        j->variable = ad_find((ad_graph *)graph, j->name);
        good = j->variable && name_parts(j);
    }
    if (!good || all->count == 0)
        return good;
    all->context = ad_context_new(.threads = 1);
    all->graph = all->context ? ad_graph_new(all->context) : NULL;
    for (int i = 0; i < all->count && all->graph; i++)
        open_parts(all, &all->list[i]);
    all->state = all->graph ? ad_state_new(all->graph, 1) : NULL;
    return all->state != NULL;
}

static void close_joining(joining *all)
{
    for (int i = 0; i < all->count; i++)
        for (int k = 0; k < all->list[i].parts; k++)
            free(all->list[i].part_name[k]);
    free(all->list);
    ad_state_free(all->state);
    ad_graph_free(all->graph);
    ad_context_free(all->context);
}

ad_status name_join_load(ad_state *state, const ad_graph *graph, const char *path,
                         const name_map *map, const ad_file_options *options)
{
    joining all = {.count = 0};
    bool good = open_joining(&all, graph, map, options->match);
    if (good && all.count == 0) {
        close_joining(&all);
        return (ad_load)(state, path, options);
    }
    ad_load_report report = {.each = pass_on, .user = &all}, none = {0};
    ad_file_options own = *options;
    all.report = own.report ? own.report : &none;
    own.report = &report;
    if (good)
        read_parts(&all, path, options);
    *all.report = (ad_load_report){.each = all.report->each, .user = all.report->user};
    ad_status status = good ? (ad_load)(state, path, &own) : AD_ERROR_MEMORY;
    for (int i = 0; i < all.count && status == AD_OK; i++)
        if (all.list[i].there)
            status = put_together(&all, &all.list[i], state);
    all.report->taken += report.taken;
    all.report->converted = report.converted;
    all.report->missing += report.missing;
    all.report->left += report.left;
    close_joining(&all);
    return status;
}
