/* States as safetensors files: values under their variables' names; step and seed in the metadata.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/option.h"
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

/* Of the first so many variables: others may be added meanwhile. */
static int list_tensors(const ad_state *state, int variables, bool weights_only,
                        struct safetensor *tensors)
{
    GRAPH_HOLD(state->graph);
    int count = 0;
    for (int i = 0; i < variables; i++) {
        const struct state_value *v = state_value(state, i);
        if (!weights_only || is_weight(v->variable))
            tensors[count++] = (struct safetensor){v->variable->name, v->array};
    }
    return count;
}

static int list_notes(const ad_state *state, const ad_file_options *o, char (*text)[32],
                      struct safetensors_note *notes)
{
    int count = 0;
    if (!o->weights_only) {
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
        int count = list_tensors(state, variables, o->weights_only, tensors),
            note_count = list_notes(state, o, text, notes);
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

static ad_status check_tensor(const char *path, const ad_tensor *variable, const ad_array *own,
                              const struct safetensor *found)
{
    if (!found)
        return fail(
            AD_ERROR_FORMAT,
            "%s: no tensor named '%s'; the file belongs to another model, or holds weights only",
            path, variable->name);
    const ad_graph *graph = variable->node->graph;
    if (found->array.type != own->type || !graph_shapes_equal(&found->array.shape, &own->shape))
        return fail(AD_ERROR_SHAPE, "%s: tensor '%s' is %s %s; the model wants %s %s", path,
                    variable->name, ad_type_name(found->array.type),
                    graph_shape_text(graph, &found->array.shape), ad_type_name(own->type),
                    graph_shape_text(graph, &own->shape));
    return AD_OK;
}

/* First everything is checked, then everything is copied. */
static ad_status take_tensors(ad_state *state, const char *path, const struct safetensors *file,
                              bool weights_only)
{
    GRAPH_HOLD(state->graph);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < state_count(state); i++) {
            struct state_value *value = state_value(state, i);
            const ad_tensor *variable = value->variable;
            if (weights_only && !is_weight(variable))
                continue;
            const struct safetensor *found = safetensors_find(file, variable->name);
            ad_array *own = &value->array;
            if (pass == 0) {
                TRY(check_tensor(path, variable, own, found));
                continue;
            }
            memcpy(own->data, found->array.data, ad_array_bytes(own));
            value->version++;
        }
    return AD_OK;
}

static ad_status take_notes(ad_state *state, const char *path, const struct safetensors *file)
{
    const char *step = safetensors_note(file, "step"), *seed = safetensors_note(file, "seed");
    if (!step || !seed)
        return fail(AD_ERROR_FORMAT,
                    "%s: no step and seed in the metadata; load it with .weights_only", path);
    state->step = strtoll(step, NULL, 10);
    state->seed = strtoull(seed, NULL, 10);
    return AD_OK;
}

ad_status ad_load(ad_state *state, const char *path, const ad_file_options *options)
{
    if (!state || !path)
        return fail(AD_ERROR_ARGUMENT, "ad_load: the %s is NULL", state ? "path" : "state");
    ad_file_options o = AD_OPTIONS(ad_file_options);
    TRY(read_options("ad_load", &o, options));
    struct safetensors file;
    TRY(state_extend(state));
    TRY(safetensors_read(&state->graph->context->allocator, path, &file));
    ad_status status = state_enter(state, true, false);
    if (status == AD_OK) {
        status = take_tensors(state, path, &file, o.weights_only);
        if (status == AD_OK && !o.weights_only)
            status = take_notes(state, path, &file);
        state_leave(state, true);
    }
    safetensors_free(&file);
    return status;
}
