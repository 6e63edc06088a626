/* The list of augmentations, and sources whose examples are changed by those of the kit. */
#include "augment.h"

#include <stdlib.h>
#include <string.h>

#define CHANGE(name) extern const change_record change_##name;
#include "augmentations.def"
#undef CHANGE

static const change_record *const changes[] = {
#define CHANGE(name) &change_##name,
#include "augmentations.def"
#undef CHANGE
};

enum { CHANGES = sizeof changes / sizeof *changes };

const ad_record *ad_augmentation_at(int i)
{
    int pictures = 0;
    while (ad_augment_at(pictures))
        pictures++;
    if (i < pictures)
        return ad_augment_at(i);
    return i - pictures < CHANGES ? &changes[i - pictures]->record : NULL;
}

bool change_is_one(const ad_record *record)
{
    for (int i = 0; i < CHANGES; i++)
        if (record == &changes[i]->record)
            return true;
    return false;
}

/* ---------------------------------------------------------------- one field of a source */

typedef struct changed {
    const change_record *record; /* NULL: labels */
    void *options;
    token_roles tokens;
    int field, fields;
    int varying[2]; /* place of the field among those that vary, -1: it does not; how many do */
    /* labels */
    int64_t classes;
    double share;
    bool next;
    uint64_t seed;
} changed;

static void changed_free(void *user)
{
    changed *c = user;
    free(c->options);
    free(c);
}

static ad_random random_of(const uint64_t key[2])
{
    ad_random r = ad_random_start(key[0], key[1]);
    return ad_random_start(ad_random_next(&r), key[1]);
}

static void copy_others(const changed *c, const ad_array *in, ad_array *out)
{
    for (int f = 0; f < c->fields; f++)
        if (f != c->field && ad_array_bytes(&out[f]))
            memcpy(out[f].data, in[f].data, ad_array_bytes(&out[f]));
}

static int64_t width_of(const ad_array *a)
{
    int64_t width = 1;
    for (int i = 1; i < a->shape.rank; i++)
        width *= a->shape.size[i];
    return width;
}

static ad_status change_one(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    const changed *c = user;
    changing one = {.options = c->options,
                    .random = random_of(key),
                    .in = in[c->field].data,
                    .out = out[c->field].data,
                    .steps = in[c->field].shape.size[0],
                    .after = out[c->field].shape.size[0],
                    .varies = c->varying[0] >= 0,
                    .width = width_of(&in[c->field]),
                    .tokens = &c->tokens};
    copy_others(c, in, out);
    if (one.steps > 0)
        c->record->change(&one);
    else
        memset(one.out, 0, ad_array_bytes(&out[c->field]));
    return AD_OK;
}

static ad_status change_length(void *user, const uint64_t key[2], const int64_t *in, int64_t *out)
{
    const changed *c = user;
    ad_random r = random_of(key);
    memcpy(out, in, (size_t)c->varying[1] * sizeof *out);
    int64_t *own = &out[c->varying[0]];
    *own = *own > 0 ? c->record->length(c->options, &r, *own) : 0;
    return AD_OK;
}

static changed *begin(ad_source *source, const char *name)
{
    const ad_source_field *field;
    changed *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->fields = ad_source_fields(source, &field);
    c->field = ad_source_find(source, name);
    c->varying[0] = -1;
    for (int f = 0; f < c->fields; f++) {
        bool varies = field[f].shape.rank > 0 && field[f].shape.size[0] == AD_VARYING;
        if (varies && f == c->field)
            c->varying[0] = c->varying[1];
        c->varying[1] += varies;
    }
    return c;
}

static ad_source *finish(changed *c, ad_source *source, ad_map_record *map, uint64_t seed)
{
    map->user = c, map->free = changed_free;
    ad_source *made = c->field >= 0 ? ad_source_map(source, map, seed) : NULL;
    if (!made)
        changed_free(c);
    return made;
}

ad_source *change_source(const change_record *record, const void *options, ad_source *source,
                         const char *field, const token_roles *tokens, uint64_t seed)
{
    changed *c = begin(source, field);
    if (!c)
        return NULL;
    c->record = record;
    c->options = malloc(record->record.size);
    if (!c->options) {
        changed_free(c);
        return NULL;
    }
    memcpy(c->options, options, record->record.size);
    if (tokens)
        c->tokens = *tokens;
    ad_map_record map = {.map = change_one};
    if (record->length && c->varying[0] >= 0)
        map.length = change_length;
    return finish(c, source, &map, seed);
}

/* ---------------------------------------------------------------- labels */

static ad_status change_label(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    const changed *c = user;
    ad_random r = ad_random_start(c->seed, key[1]); /* of the example, not of the epoch */
    int32_t label = *(const int32_t *)in[c->field].data, *to = out[c->field].data;
    copy_others(c, in, out);
    *to = label;
    if (label < 0 || change_share(&r) >= c->share)
        return AD_OK;
    uint64_t others = (uint64_t)c->classes - 1;
    int64_t on = c->next ? 1 : 1 + (int64_t)ad_random_below(&r, others);
    *to = (int32_t)((label + on) % c->classes);
    return AD_OK;
}

ad_source *change_labels(ad_source *source, const char *field, int64_t classes, double share,
                         bool next, uint64_t seed)
{
    changed *c = begin(source, field);
    if (!c)
        return NULL;
    c->classes = classes, c->share = share, c->next = next;
    ad_random r = ad_random_start(seed, 0x1abe1);
    c->seed = ad_random_next(&r);
    ad_map_record map = {.map = change_label};
    return finish(c, source, &map, seed);
}
