/* Sources made of the examples of others by number: a part, several joined, windows over a series.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/option.h"
#include "train/source.h"

/* ---- a part */

struct part {
    ad_source *source;
    int64_t count;
    int64_t number[];
};

static size_t part_size(int64_t count)
{
    return sizeof(struct part) + (size_t)count * sizeof(int64_t);
}

static void part_free(void *user)
{
    struct part *p = user;
    ad_source_free(p->source);
    memory_free(memory_default(), p, part_size(p->count));
}

enum { AT_ONCE = 256 };

static ad_status part_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    const struct part *p = user;
    const ad_source_record *r = &p->source->record;
    int64_t inner[AT_ONCE];
    if (count <= AT_ONCE) {
        for (int64_t i = 0; i < count; i++)
            inner[i] = p->number[number[i]];
        return r->read(r->user, inner, count, epoch, into);
    }
    size_t bytes = (size_t)count * sizeof *inner;
    int64_t *all = memory_alloc(memory_default(), bytes);
    if (!all)
        return AD_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        all[i] = p->number[number[i]];
    ad_status status = r->read(r->user, all, count, epoch, into);
    memory_free(memory_default(), all, bytes);
    return status;
}

static ad_status part_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const struct part *p = user;
    return source_length(p->source, p->number[number], epoch, length);
}

static ad_source *made(const ad_source_record *record, void (*undo)(void *user))
{
    ad_source *s = ad_source_new(record);
    if (!s)
        undo(record->user);
    return s;
}

ad_source *ad_source_part(ad_source *source, const int64_t *number, int64_t count)
{
    if (source_check_numbered(source, "ad_source_part") != AD_OK)
        return NULL;
    if (count < 0) {
        fail(AD_ERROR_ARGUMENT, "ad_source_part: %lld examples", (long long)count);
        return NULL;
    }
    for (int64_t i = 0; i < count; i++)
        if (number[i] < 0 || number[i] >= source->record.count) {
            fail(AD_ERROR_RANGE, "ad_source_part: %s has no example %lld; they are 0 to %lld",
                 source->record.name, (long long)number[i], (long long)source->record.count - 1);
            return NULL;
        }
    struct part *p = memory_alloc(memory_default(), part_size(count));
    if (!p)
        return NULL;
    p->source = source_hold(source), p->count = count;
    if (count)
        memcpy(p->number, number, (size_t)count * sizeof *number);
    ad_source_record r = source_like(source);
    r.count = count, r.read = part_read, r.length = part_length, r.free = part_free, r.user = p;
    return made(&r, part_free);
}

/* ---- joined */

struct joined {
    int count;
    struct piece {
        ad_source *source;
        int64_t first; /* number of its first example */
    } piece[];
};

static size_t joined_size(int count)
{
    return sizeof(struct joined) + (size_t)count * sizeof(struct piece);
}

static void joined_free(void *user)
{
    struct joined *j = user;
    for (int i = 0; i < j->count; i++)
        ad_source_free(j->piece[i].source);
    memory_free(memory_default(), j, joined_size(j->count));
}

static const struct piece *piece_of(const struct joined *j, int64_t number)
{
    int i = j->count - 1;
    while (i > 0 && j->piece[i].first > number)
        i--;
    return &j->piece[i];
}

/* One at a time: neighbours in a batch are seldom of one piece. */
static ad_status joined_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const struct joined *j = user;
    int fields = j->piece[0].source->record.fields;
    size_t bytes = (size_t)fields * sizeof(ad_array);
    ad_array *one = memory_alloc(memory_default(), bytes);
    ad_status status = one ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t i = 0; status == AD_OK && i < count; i++) {
        const struct piece *p = piece_of(j, number[i]);
        int64_t inner = number[i] - p->first;
        for (int f = 0; f < fields; f++) {
            one[f] = into[f];
            one[f].shape.size[0] = 1;
            one[f].data = (char *)into[f].data + (size_t)i * ad_array_bytes(&one[f]);
        }
        status = p->source->record.read(p->source->record.user, &inner, 1, epoch, one);
    }
    memory_free(memory_default(), one, bytes);
    return status;
}

static ad_status joined_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const struct piece *p = piece_of(user, number);
    return source_length(p->source, number - p->first, epoch, length);
}

static ad_status check_alike(const ad_source *a, const ad_source *b)
{
    bool alike = a->record.fields == b->record.fields;
    for (int f = 0; alike && f < a->record.fields; f++) {
        const ad_source_field *x = &a->record.field[f], *y = &b->record.field[f];
        alike =
            !strcmp(x->name, y->name) && x->type == y->type && x->shape.rank == y->shape.rank &&
            !memcmp(x->shape.size, y->shape.size, sizeof x->shape.size[0] * (size_t)x->shape.rank);
    }
    return alike ? AD_OK
                 : fail(AD_ERROR_SHAPE, "ad_source_joined: %s and %s have other fields",
                        a->record.name, b->record.name);
}

ad_source *ad_source_joined(ad_source *const *list, int count)
{
    int64_t total = 0;
    if (count < 1) {
        fail(AD_ERROR_ARGUMENT, "ad_source_joined: no source is given");
        return NULL;
    }
    for (int i = 0; i < count; i++)
        if (source_check_numbered(list[i], "ad_source_joined") != AD_OK ||
            check_alike(list[0], list[i]) != AD_OK)
            return NULL;
    struct joined *j = memory_alloc(memory_default(), joined_size(count));
    if (!j)
        return NULL;
    j->count = count;
    for (int i = 0; i < count; i++) {
        j->piece[i] = (struct piece){source_hold(list[i]), total};
        total += list[i]->record.count;
    }
    ad_source_record r = source_like(list[0]);
    r.count = total, r.read = joined_read, r.length = joined_length, r.free = joined_free,
    r.user = j;
    return made(&r, joined_free);
}

/* ---- windows */

struct windows {
    ad_source *source;
    int64_t length, step;
};

static void windows_free(void *user)
{
    struct windows *w = user;
    ad_source_free(w->source);
    memory_free(memory_default(), w, sizeof *w);
}

/* (count, length, ...) is count times (length, ...), which is what the source gives for length
 * examples. */
static ad_status windows_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                              ad_array *into)
{
    const struct windows *w = user;
    const ad_source_record *r = &w->source->record;
    size_t numbers = (size_t)w->length * sizeof(int64_t), arrays = (size_t)r->fields * sizeof *into;
    int64_t *inner = memory_alloc(memory_default(), numbers);
    ad_array *one = memory_alloc(memory_default(), arrays);
    ad_status status = inner && one ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t i = 0; status == AD_OK && i < count; i++) {
        for (int64_t t = 0; t < w->length; t++)
            inner[t] = number[i] * w->step + t;
        for (int f = 0; f < r->fields; f++) {
            one[f] = into[f];
            one[f].shape.rank--;
            memmove(one[f].shape.size, &into[f].shape.size[1],
                    sizeof one[f].shape.size[0] * (size_t)one[f].shape.rank);
            one[f].data = (char *)into[f].data + (size_t)i * ad_array_bytes(&one[f]);
        }
        status = r->read(r->user, inner, w->length, epoch, one);
    }
    memory_free(memory_default(), one, arrays);
    memory_free(memory_default(), inner, numbers);
    return status;
}

static ad_status check_windows(const ad_source *source, const ad_windows_options *o)
{
    TRY(source_check_numbered(source, "ad_source_windows"));
    if (source->varying)
        return fail(AD_ERROR_SHAPE, "ad_source_windows: a field of %s varies", source->record.name);
    if (o->length < 1 || o->step < 1)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_windows: .length is %lld and .step %lld; both are "
                    "1 or more",
                    (long long)o->length, (long long)o->step);
    for (int f = 0; f < source->record.fields; f++)
        if (source->record.field[f].shape.rank + 2 > AD_RANK_MAX)
            return fail(AD_ERROR_SHAPE, "ad_source_windows: field \"%s\" has too many axes",
                        source->record.field[f].name);
    return AD_OK;
}

static void lengthen(ad_source_field *field, int64_t length)
{
    memmove(&field->shape.size[1], field->shape.size,
            sizeof field->shape.size[0] * (size_t)field->shape.rank);
    field->shape.size[0] = length;
    field->shape.rank++;
}

ad_source *ad_source_windows(ad_source *source, const ad_windows_options *options)
{
    ad_windows_options o = AD_OPTIONS(ad_windows_options);
    if (options_read(ad_windows_options, &o, options) != AD_OK ||
        check_windows(source, &o) != AD_OK)
        return NULL;
    ad_source_record r = source_like(source);
    size_t bytes = (size_t)r.fields * sizeof *r.field;
    ad_source_field *field = memory_alloc(memory_default(), bytes);
    struct windows *w = memory_alloc(memory_default(), sizeof *w);
    ad_source *s = NULL;
    if (field && w) {
        memcpy(field, r.field, bytes);
        for (int f = 0; f < r.fields; f++)
            lengthen(&field[f], o.length);
        *w = (struct windows){source_hold(source), o.length, o.step};
        r.count = r.count < o.length ? 0 : (r.count - o.length) / o.step + 1;
        r.field = field, r.read = windows_read, r.free = windows_free, r.user = w;
        s = made(&r, windows_free);
    } else {
        memory_free(memory_default(), w, sizeof *w);
    }
    memory_free(memory_default(), field, bytes);
    return s;
}
