/* States as safetensors files: values under their variables' names; step and seed in the metadata.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/text.h"
#include "io/safetensors.h"
#include "run/state.h"

static ad_status read_options(const char *call, ad_file_options *o, const ad_file_options *options)
{
    ad_status status = options_read(ad_file_options, o, options);
    return status == AD_OK ? status : fail(status, "%s: %s", call, ad_error());
}

/* Running statistics belong to the weights; optimizers' memory and counters do not. */
static bool is_weight(const ad_tensor *variable)
{
    return ad_role_of(variable) <= AD_ROLE_AVERAGE;
}

/* All of a state, its step and seed too. */
static bool is_whole(const ad_file_options *o)
{
    return !o->weights_only && !o->match && !o->partial;
}

static bool is_wanted(const ad_file_options *o, const ad_tensor *variable)
{
    return (!o->weights_only || is_weight(variable)) &&
           (!o->match || text_matches(o->match, variable->name));
}

static ad_status nothing_matches(const char *call, const ad_file_options *o)
{
    return fail(AD_ERROR_ARGUMENT,
                "%s: no variable matches '%s'; full names have their scopes, and "
                "* stands for any text",
                call, o->match);
}

/* The name that a variable has in a file; NULL without memory. */
static const char *plain_name(const ad_file_options *o, const ad_tensor *variable,
                              struct arena *arena)
{
    return o->prefix ? arena_format(arena, "%s%s", o->prefix, variable->name) : variable->name;
}

/* Of the first so many variables: others may be added meanwhile. */
static ad_status list_tensors(const ad_state *state, int variables, const ad_file_options *o,
                              struct arena *arena, struct safetensor *tensors, int *count)
{
    GRAPH_HOLD(state->graph);
    *count = 0;
    for (int i = 0; i < variables; i++) {
        const struct state_value *v = state_value(state, i);
        if (!is_wanted(o, v->variable))
            continue;
        struct safetensor tensor = {.name = plain_name(o, v->variable, arena), .array = v->array};
        if (!tensor.name)
            return AD_ERROR_MEMORY;
        tensors[(*count)++] = tensor;
    }
    return *count || !o->match ? AD_OK : nothing_matches("ad_save", o);
}

static int list_notes(const ad_state *state, const ad_file_options *o, char (*text)[32],
                      struct safetensors_note *notes)
{
    int count = 0;
    if (is_whole(o)) {
        snprintf(text[0], sizeof text[0], "%" PRId64, ad_state_step(state));
        snprintf(text[1], sizeof text[1], "%" PRIu64, ad_state_seed(state));
        notes[count++] = (struct safetensors_note){"step", text[0]};
        notes[count++] = (struct safetensors_note){"seed", text[1]};
    }
    notes[count++] = (struct safetensors_note){"format", "pt"};
    if (o->note)
        notes[count++] = (struct safetensors_note){"note", o->note};
    return count;
}

/* Its caller has entered the state. */
static ad_status save(const ad_state *state, const char *path, const ad_file_options *o)
{
    const ad_allocator *allocator = &state->graph->context->allocator;
    struct arena arena;
    arena_init(&arena, allocator);
    int variables = state_count(state);
    struct safetensor *tensors = arena_array(&arena, (size_t)variables + 1, sizeof *tensors);
    ad_status status = AD_ERROR_MEMORY;
    if (tensors) {
        char text[2][32];
        struct safetensors_note notes[4];
        int count, note_count = list_notes(state, o, text, notes);
        status = list_tensors(state, variables, o, &arena, tensors, &count);
        if (status == AD_OK)
            status = safetensors_write(allocator, path, tensors, count, notes, note_count);
    }
    arena_done(&arena);
    return status;
}

ad_status ad_save(const ad_state *state, const char *path, const ad_file_options *options)
{
    if (!state || !path)
        return fail(AD_ERROR_ARGUMENT, "ad_save: the %s is NULL", state ? "path" : "state");
    ad_file_options o = AD_OPTIONS(ad_file_options);
    TRY(read_options("ad_save", &o, options));
    ad_state *gate = (ad_state *)(uintptr_t)state; /* which is no part of what const promises */
    TRY(state_enter(gate, false, false));
    ad_status status = save(state, path, &o);
    state_leave(gate, false);
    return status;
}

/* ---- loading: all is found and checked, then all is taken */

/* A variable that is asked for. */
struct wanted {
    struct state_value *value;
    const char *name;               /* in the file */
    const struct safetensor *found; /* NULL: it stays as it is, why says why */
    bool converted;
    const char *why;
};

struct loading {
    ad_state *state;
    const char *path;
    const ad_file_options *o;
    struct safetensors file;
    struct arena arena;
    struct wanted *wanted;
    int count;
    int64_t step;
    uint64_t seed;
};

static const char *type_in_file(const struct safetensor *tensor)
{
    return tensor->unread ? tensor->dtype : ad_type_name(tensor->array.type);
}

static bool fits(const struct loading *l, const ad_array *own, struct wanted *w)
{
    bool same = !w->found->unread && w->found->array.type == own->type;
    w->converted = !same && l->o->convert && safetensors_converts(w->found, own->type);
    return (same || w->converted) && graph_shapes_equal(&w->found->array.shape, &own->shape);
}

/* Why a tensor of the file is not what the variable takes. */
static const char *misfit(struct loading *l, const ad_array *own, const struct wanted *w)
{
    const struct safetensor *found = w->found;
    const ad_graph *graph = l->state->graph;
    if (found->unread)
        return arena_format(&l->arena, "has %s, which is not read", found->unread);
    bool other = found->array.type != own->type && safetensors_converts(found, own->type);
    return arena_format(&l->arena, "is %s %s; the model wants %s %s%s", type_in_file(found),
                        graph_shape_text(graph, &found->array.shape), ad_type_name(own->type),
                        graph_shape_text(graph, &own->shape),
                        other && !l->o->convert ? "; see .convert" : "");
}

static ad_status check_found(struct loading *l, struct wanted *w)
{
    const ad_array *own = &w->value->array;
    w->found = safetensors_find(&l->file, w->name);
    if (w->found && fits(l, own, w))
        return AD_OK;
    w->why = w->found ? misfit(l, own, w) : "not in the file";
    if (!w->why)
        return AD_ERROR_MEMORY;
    if (!l->o->partial && w->found)
        return fail(AD_ERROR_SHAPE, "%s: tensor '%s' %s", l->path, w->name, w->why);
    if (!l->o->partial)
        return fail(AD_ERROR_FORMAT,
                    "%s: no tensor named '%s'; the file belongs to another model, or holds weights "
                    "only",
                    l->path, w->name);
    w->found = NULL;
    return AD_OK;
}

/* The name in the file for a variable that .names has; NULL where it has none. */
static const char *named_in_pairs(const ad_file_options *o, const char *variable)
{
    for (const char *const *pair = o->names; pair && pair[0]; pair += 2)
        if (!strcmp(pair[1], variable))
            return pair[0];
    return NULL;
}

/* Each pair is of a variable that there is. */
static ad_status check_pairs(const struct loading *l)
{
    for (const char *const *pair = l->o->names; pair && pair[0]; pair += 2) {
        const ad_tensor *variable = pair[1] ? ad_find(l->state->graph, pair[1]) : NULL;
        if (!variable || !graph_is(variable, &op_variable))
            return fail(AD_ERROR_ARGUMENT,
                        "ad_load: .names has '%s' for '%s', and no variable is "
                        "called that",
                        pair[0], pair[1] ? pair[1] : "NULL");
    }
    return AD_OK;
}

static ad_status find_wanted(struct loading *l)
{
    int taken = 0;
    int variables = state_count(l->state);
    l->wanted = arena_array(&l->arena, (size_t)variables + 1, sizeof *l->wanted);
    if (!l->wanted)
        return AD_ERROR_MEMORY;
    TRY(check_pairs(l));
    for (int i = 0; i < variables; i++) {
        struct state_value *value = state_value(l->state, i);
        const ad_tensor *variable = value->variable;
        if (!is_wanted(l->o, variable))
            continue;
        struct wanted *w = &l->wanted[l->count++];
        w->value = value;
        w->name = named_in_pairs(l->o, variable->name);
        w->name = w->name ? w->name : plain_name(l->o, variable, &l->arena);
        if (!w->name)
            return AD_ERROR_MEMORY;
        TRY(check_found(l, w));
        taken += w->found != NULL;
    }
    if (l->o->match && !l->count)
        return nothing_matches("ad_load", l->o);
    if (l->o->partial && l->count && !taken)
        return fail(AD_ERROR_FORMAT,
                    "%s: none of the %d variables is in it, the first would be '%s'", l->path,
                    l->count, l->wanted[0].name);
    return AD_OK;
}

/* A whole number written in digits and nothing else, no more than most. */
static bool read_count(const char *text, uint64_t most, uint64_t *number)
{
    const char *p = text;
    for (*number = 0; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(*p - '0'), number) || *number > most)
            return false;
    return p > text && !*p;
}

static bool is_of_weights(const struct loading *l)
{
    for (int i = 0; i < l->count; i++)
        if (!is_weight(l->wanted[i].value->variable))
            return false;
    return true;
}

/* A file without metadata, made elsewhere, is all that a state of nothing but weights needs: its
 * own step and seed stay. */
static ad_status read_notes(struct loading *l)
{
    const char *step = safetensors_note(&l->file, "step"),
               *seed = safetensors_note(&l->file, "seed");
    uint64_t count;
    l->step = l->state->step, l->seed = l->state->seed;
    if (!l->file.note_count && is_of_weights(l))
        return AD_OK;
    if (!step || !seed)
        return fail(AD_ERROR_FORMAT,
                    "%s: no step and seed in the metadata; load it with .weights_only", l->path);
    if (!read_count(step, INT64_MAX, &count) || !read_count(seed, UINT64_MAX, &l->seed))
        return fail(AD_ERROR_FORMAT,
                    "%s: step '%.40s' and seed '%.40s' have to be whole numbers from 0 up; load it "
                    "with .weights_only",
                    l->path, step, seed);
    l->step = (int64_t)count;
    return AD_OK;
}

static void take(struct loading *l)
{
    for (int i = 0; i < l->count; i++) {
        const struct wanted *w = &l->wanted[i];
        struct state_value *value = w->value;
        if (!w->found)
            continue;
        if (w->converted)
            safetensors_convert(w->found, value->array.type, value->array.data);
        else if (ad_array_bytes(&value->array))
            memcpy(value->array.data, w->found->array.data, ad_array_bytes(&value->array));
        value->version++;
    }
    if (is_whole(l->o)) {
        l->state->step = l->step;
        l->state->seed = l->seed;
    }
}

/* ---- the report */

static bool is_taken(const struct loading *l, const struct safetensor *tensor)
{
    for (int i = 0; i < l->count; i++)
        if (l->wanted[i].found == tensor)
            return true;
    return false;
}

static void report(const struct loading *l, ad_load_report *r)
{
    r->taken = r->converted = r->missing = r->left = 0;
    for (int i = 0; i < l->count; i++) {
        const struct wanted *w = &l->wanted[i];
        r->taken += w->found != NULL;
        r->converted += w->found && w->converted;
        r->missing += !w->found;
        if (r->each)
            r->each(r->user, w->value->variable->name, w->found ? w->name : NULL,
                    !w->found      ? w->why
                    : w->converted ? "converted"
                                   : "taken");
    }
    for (int i = 0; i < l->file.count; i++) {
        const struct safetensor *tensor = &l->file.tensors[i];
        if (is_taken(l, tensor))
            continue;
        r->left++;
        if (r->each)
            r->each(r->user, NULL, tensor->name, "left");
    }
}

static ad_status load(struct loading *l)
{
    GRAPH_HOLD(l->state->graph);
    TRY(find_wanted(l));
    if (is_whole(l->o))
        TRY(read_notes(l));
    take(l);
    return AD_OK;
}

ad_status ad_load(ad_state *state, const char *path, const ad_file_options *options)
{
    if (!state || !path)
        return fail(AD_ERROR_ARGUMENT, "ad_load: the %s is NULL", state ? "path" : "state");
    const ad_allocator *allocator = &state->graph->context->allocator;
    ad_file_options o = AD_OPTIONS(ad_file_options);
    struct loading l = {.state = state, .path = path, .o = &o};
    TRY(read_options("ad_load", &o, options));
    TRY(state_extend(state));
    TRY(safetensors_read(allocator, path, &l.file));
    arena_init(&l.arena, allocator);
    ad_status status = state_enter(state, true, false);
    if (status == AD_OK) {
        status = load(&l);
        state_leave(state, true);
    }
    if (status == AD_OK && l.o->report)
        report(&l, l.o->report);
    arena_done(&l.arena);
    safetensors_free(&l.file);
    return status;
}

ad_status ad_file_note(const char *path, char *note, size_t size)
{
    if (!path || !note || !size)
        return fail(AD_ERROR_ARGUMENT, "ad_file_note: no path, or no room for the note");
    return safetensors_read_note(memory_default(), path, "note", note, size);
}

bool ad_name_matches(const char *pattern, const char *name)
{
    return text_matches(pattern, name);
}
