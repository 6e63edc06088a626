/* A source whose examples a function makes of another's. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/source.h"

struct mapped {
    ad_source *source;
    ad_map_record map;
    uint64_t seed;
};

static void mapped_free(void *user)
{
    struct mapped *m = user;
    if (m->map.free)
        m->map.free(m->map.user);
    ad_source_free(m->source);
    memory_free(memory_default(), m, sizeof *m);
}

/* The seed and epoch in one word, the example in the other: no two alike but by chance of 2^-64. */
static void key_of(const struct mapped *m, int64_t number, uint64_t epoch, uint64_t key[2])
{
    key[0] = (m->seed ^ 0xA0761D6478BD642Fu) + epoch * 0x9E3779B97F4A7C15u;
    key[1] = (uint64_t)number;
}

/* Where example i of the arrays after lies; without the axis of the batch. */
static void point(const ad_array *into, int fields, int64_t i, ad_array *out)
{
    for (int f = 0; f < fields; f++) {
        out[f].type = into[f].type;
        out[f].shape.rank = into[f].shape.rank - 1;
        memcpy(out[f].shape.size, &into[f].shape.size[1],
               sizeof out[f].shape.size[0] * (size_t)out[f].shape.rank);
        out[f].data = (char *)into[f].data + (size_t)i * ad_array_bytes(&out[f]);
    }
}

/* Without the axis of the batch, as a map sees examples. */
static void drop_batch(ad_array *array, int fields)
{
    for (int f = 0; f < fields; f++) {
        ad_shape *s = &array[f].shape;
        memmove(s->size, &s->size[1], sizeof s->size[0] * (size_t)--s->rank);
    }
}

static ad_status map_one(const struct mapped *m, int64_t number, uint64_t epoch, ad_array *out)
{
    int64_t length[VARYING_MAX];
    uint64_t key[2];
    struct example e;
    TRY(source_length(m->source, number, epoch, length));
    TRY(example_read(m->source, number, epoch, length, &e));
    key_of(m, number, epoch, key);
    drop_batch(e.array, m->source->record.fields);
    ad_status status = m->map.map(m->map.user, key, e.array, out);
    example_done(&e);
    return status;
}

static ad_status mapped_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const struct mapped *m = user;
    int fields = m->map.field ? m->map.fields : m->source->record.fields;
    size_t bytes = (size_t)fields * sizeof(ad_array);
    ad_array *out = memory_zeroed(memory_default(), bytes);
    ad_status status = out ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t i = 0; status == AD_OK && i < count; i++) {
        point(into, fields, i, out);
        status = map_one(m, number[i], epoch, out);
    }
    memory_free(memory_default(), out, bytes);
    return status;
}

static ad_status mapped_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const struct mapped *m = user;
    int64_t before[VARYING_MAX];
    uint64_t key[2];
    if (!m->map.length)
        return source_length(m->source, number, epoch, length);
    TRY(source_length(m->source, number, epoch, before));
    key_of(m, number, epoch, key);
    return m->map.length(m->map.user, key, before, length);
}

static ad_status check_map(const ad_source *source, const ad_map_record *map)
{
    TRY(source_check_numbered(source, "ad_source_map"));
    if (!map || !map->map)
        return fail(AD_ERROR_ARGUMENT, "ad_source_map: .map is missing");
    int varying = 0;
    for (int f = 0; map->field && f < map->fields; f++)
        varying += source_field_varies(&map->field[f]);
    if (map->field && !map->length && varying && varying != source->varying)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_map: %d fields vary after the map and %d before; .length is missing",
                    varying, source->varying);
    return AD_OK;
}

ad_source *ad_source_map(ad_source *source, const ad_map_record *record, uint64_t seed)
{
    if (check_map(source, record) != AD_OK)
        return NULL;
    struct mapped *m = memory_alloc(memory_default(), sizeof *m);
    if (!m)
        return NULL;
    *m = (struct mapped){.source = source_hold(source), .map = *record, .seed = seed};
    ad_source_record r = source_like(source);
    if (record->field)
        r.field = record->field, r.fields = record->fields;
    r.read = mapped_read, r.length = mapped_length, r.free = mapped_free, r.user = m;
    ad_source *s = ad_source_new(&r);
    if (!s) {
        m->map.free = NULL; /* the caller's still */
        mapped_free(m);
    }
    return s;
}
