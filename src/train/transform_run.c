/* A transform at work: the fields of a source are matched with slots, and examples go through the
 * steps, some at a time, so that what lies between two steps stays in cache. */
#include "train/transform.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

/* ---- matching */

static bool same_shape(const ad_shape *a, const ad_shape *b)
{
    return a->rank == b->rank && !memcmp(a->size, b->size, sizeof a->size[0] * (size_t)a->rank);
}

static ad_status check_like(const struct run *r, const ad_source_field *given, int slot)
{
    const struct slot_field *f = &r->transform->slot[slot];
    if (given->type != f->type)
        return fail(AD_ERROR_TYPE,
                    "ad_transform_source: field \"%s\" of %s is %s, and the transform was fitted "
                    "on %s",
                    given->name, r->source->record.name, ad_type_name(given->type),
                    ad_type_name(f->type));
    if (same_shape(&given->shape, &f->shape))
        return AD_OK;
    return fail(AD_ERROR_SHAPE,
                "ad_transform_source: an example of field \"%s\" of %s has other sizes than those "
                "that the transform was fitted on",
                given->name, r->source->record.name);
}

static ad_status match_fields(struct run *r)
{
    const ad_source_record *source = &r->source->record;
    for (int f = 0; f < source->fields; f++) {
        r->slot[f] = -1;
        for (int i = 0; i < r->transform->inputs; i++)
            if (!strcmp(r->transform->slot[i].name, source->field[f].name))
                r->slot[f] = i;
        if (r->slot[f] < 0)
            continue;
        TRY(check_like(r, &source->field[f], r->slot[f]));
        r->have[r->slot[f]] = true;
    }
    return AD_OK;
}

static ad_status match_step(struct run *r, const struct step *s)
{
    const struct slot_field *slot = r->transform->slot;
    for (int i = 0; i < s->parts; i++) {
        const struct part *p = &s->part[i];
        if (s->method->joins && !r->have[p->from])
            return fail(AD_ERROR_ARGUMENT,
                        "ad_transform_source: %s has nothing to make field \"%s\" of, which the "
                        "transform puts into \"%s\"",
                        r->source->record.name, slot[p->from].name, s->to);
        if (p->made >= 0)
            r->have[p->made] = r->have[p->from];
        if (p->mark >= 0)
            r->have[p->mark] = r->have[p->from];
    }
    return AD_OK;
}

/* Which of the lengths of the source a field of it has; -1. */
static int length_number(const struct run *r, int field)
{
    int before = 0;
    if (!source_field_varies(&r->source->record.field[field]))
        return -1;
    for (int f = 0; f < field; f++)
        before += source_field_varies(&r->source->record.field[f]);
    return before;
}

/* The same of a slot that is made of a field. */
static int find_length(const struct run *r, int slot)
{
    for (int f = 0; f < r->source->record.fields; f++)
        if (r->slot[f] >= 0 && r->slot[f] == r->transform->slot[slot].varies)
            return length_number(r, f);
    return -1;
}

static void comes_out(struct run *r, int from, ad_source_field field, int varies)
{
    r->into[from] = r->fields;
    r->varies[r->fields] = varies;
    r->out[r->fields++] = field;
}

/* Fields that come out: current slots, then those that pass by. */
static void list_fields(struct run *r)
{
    const ad_transform *t = r->transform;
    for (int i = 0; i < t->slots + r->source->record.fields; i++)
        r->into[i] = -1;
    for (int i = 0; i < t->slots; i++)
        r->length[i] = find_length(r, i);
    for (int i = 0; i < t->currents; i++) {
        int slot = t->current[i];
        const struct slot_field *f = &t->slot[slot];
        if (r->have[slot])
            comes_out(r, slot, (ad_source_field){f->name, f->type, f->shape}, r->length[slot]);
    }
    for (int f = 0; f < r->source->record.fields; f++)
        if (r->slot[f] < 0)
            comes_out(r, t->slots + f, r->source->record.field[f], length_number(r, f));
}

static bool run_room(struct run *r)
{
    size_t fields = (size_t)r->source->record.fields, slots = (size_t)r->transform->slots;
    r->slot_bytes = fields * sizeof *r->slot, r->have_bytes = slots * sizeof *r->have;
    r->into_bytes = (fields + slots) * sizeof *r->into;
    r->out_bytes = (fields + slots) * sizeof *r->out;
    r->slot = memory_zeroed(memory_default(), r->slot_bytes);
    r->have = memory_zeroed(memory_default(), r->have_bytes);
    r->into = memory_zeroed(memory_default(), r->into_bytes);
    r->out = memory_zeroed(memory_default(), r->out_bytes);
    r->varies_bytes = (fields + slots) * sizeof *r->varies;
    r->varies = memory_zeroed(memory_default(), r->varies_bytes);
    r->length = memory_zeroed(memory_default(), slots * sizeof *r->length);
    return r->slot && r->have && r->into && r->out && r->varies && r->length;
}

ad_status run_begin(struct run *r, ad_transform *t, ad_source *source)
{
    *r = (struct run){.transform = transform_hold(t), .source = source_hold(source)};
    ad_status status = run_room(r) ? match_fields(r) : AD_ERROR_MEMORY;
    for (int i = 0; status == AD_OK && i < t->steps; i++)
        status = match_step(r, &t->step[i]);
    if (status == AD_OK)
        list_fields(r);
    else
        run_done(r);
    return status;
}

void run_done(struct run *r)
{
    memory_free(memory_default(), r->slot, r->slot_bytes);
    memory_free(memory_default(), r->have, r->have_bytes);
    memory_free(memory_default(), r->into, r->into_bytes);
    memory_free(memory_default(), r->out, r->out_bytes);
    memory_free(memory_default(), r->varies, r->varies_bytes);
    memory_free(memory_default(), r->length, (size_t)r->transform->slots * sizeof *r->length);
    ad_source_free(r->source);
    ad_transform_free(r->transform);
}

/* ---- room */

enum { BYTES_AT_ONCE = 1 << 18, EXAMPLES_AT_ONCE = 1024 };

static size_t padded(size_t bytes)
{
    return (bytes + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
}

static bool in_memory(const struct run *r, int slot, const ad_array *into)
{
    return r->have[slot] && (!into || r->into[slot] < 0);
}

/* Bytes of one example of what lies in memory of the flow. */
static size_t bytes_of_example(const struct run *r, const struct flow *w, const ad_array *into)
{
    size_t bytes = 0;
    for (int i = 0; i < r->transform->slots; i++)
        if (in_memory(r, i, into))
            bytes += (size_t)w->cells[i].each * ad_type_size(w->cells[i].type);
    return bytes;
}

static size_t bytes_of_flow(const struct run *r, const struct flow *w, const ad_array *into)
{
    size_t bytes = 0;
    for (int i = 0; i < r->transform->slots; i++)
        if (in_memory(r, i, into))
            bytes +=
                padded((size_t)w->cells[i].each * ad_type_size(w->cells[i].type) * (size_t)w->most);
    return bytes;
}

static void set_cells(const struct run *r, struct flow *w, const int64_t *length)
{
    for (int i = 0; i < r->transform->slots; i++) {
        const struct slot_field *f = &r->transform->slot[i];
        int64_t rows = r->length[i] >= 0 ? length[r->length[i]] : 0;
        w->cells[i] = (struct cells){.type = f->type, .each = slot_values(f, rows)};
    }
}

static void set_inner(const struct run *r, struct flow *w, const int64_t *length)
{
    for (int f = 0; f < r->source->record.fields; f++)
        w->inner[f] = source_example(r->source, f, length);
}

ad_status flow_begin(const struct run *r, struct flow *w, int64_t count, const int64_t *length,
                     const ad_array *into)
{
    *w = (struct flow){0};
    w->cells_bytes = (size_t)r->transform->slots * sizeof *w->cells;
    w->inner_bytes = (size_t)r->source->record.fields * sizeof *w->inner;
    w->cells = memory_zeroed(memory_default(), w->cells_bytes);
    w->inner = memory_zeroed(memory_default(), w->inner_bytes);
    if (w->cells && w->inner) {
        set_cells(r, w, length);
        set_inner(r, w, length);
        size_t bytes = bytes_of_example(r, w, into);
        w->most = bytes > BYTES_AT_ONCE / EXAMPLES_AT_ONCE ? (int64_t)(BYTES_AT_ONCE / bytes)
                                                           : EXAMPLES_AT_ONCE;
        w->most = w->most < 1 ? 1 : w->most > count ? count : w->most;
        w->bytes = bytes_of_flow(r, w, into);
        w->memory = memory_alloc(memory_default(), w->bytes);
    }
    if (w->memory)
        return AD_OK;
    flow_done(w);
    return AD_ERROR_MEMORY;
}

void flow_done(struct flow *w)
{
    memory_free(memory_default(), w->cells, w->cells_bytes);
    memory_free(memory_default(), w->inner, w->inner_bytes);
    memory_free(memory_default(), w->memory, w->bytes);
}

void flow_point(const struct run *r, struct flow *w, int64_t count, int64_t first,
                const ad_array *into)
{
    char *at = w->memory;
    for (int i = 0; i < r->transform->slots; i++) {
        struct cells *c = &w->cells[i];
        size_t bytes = (size_t)c->each * ad_type_size(c->type);
        c->examples = count;
        if (in_memory(r, i, into)) {
            c->data = at;
            at += padded(bytes * (size_t)w->most);
        } else if (r->have[i]) {
            c->data = (char *)into[r->into[i]].data + bytes * (size_t)first;
        }
    }
    for (int f = 0; f < r->source->record.fields; f++) {
        ad_array *a = &w->inner[f];
        a->shape.size[0] = 1;
        size_t bytes = ad_array_bytes(a);
        a->shape.size[0] = count;
        if (r->slot[f] >= 0)
            a->data = w->cells[r->slot[f]].data;
        else
            a->data = (char *)into[r->into[r->transform->slots + f]].data + bytes * (size_t)first;
    }
}

/* ---- steps */

enum { BLOCK = 256 };

/* Values of a block whose first is of channel `channel`; the bad one, or -1. */
static int64_t map_block(const struct step *s, const struct part *p, double *x, int64_t count,
                         int64_t channel, int64_t *unseen)
{
    int64_t channels = p->channels, some = channels < count ? channels : count;
    if (!s->method->map)
        return -1;
    for (int64_t i = 0; i < some; i++) {
        const double *number = p->number + channel * s->method->numbers;
        int64_t bad = s->method->map(s->options, number, x + i, count - i, channels, unseen);
        if (bad >= 0)
            return bad + i;
        channel = channel + 1 == channels ? 0 : channel + 1;
    }
    return -1;
}

static ad_status map_values(const struct step *s, struct part *p, const struct cells *in,
                            struct cells *out, int64_t *bad)
{
    int64_t total = in->examples * in->each, unseen = 0;
    double x[BLOCK];
    for (int64_t from = 0; from < total; from += BLOCK) {
        int64_t count = total - from < BLOCK ? total - from : BLOCK;
        cells_load(in, from, count, x);
        int64_t wrong = map_block(s, p, x, count, from % p->channels, &unseen);
        if (wrong >= 0) {
            *bad = from + wrong;
            return AD_ERROR_RANGE;
        }
        cells_store(out, from, count, x);
    }
    if (unseen)
        atomic_fetch_add(&p->unseen, unseen);
    return AD_OK;
}

static void mark_missing(const struct cells *in, struct cells *out)
{
    int64_t total = in->examples * in->each;
    double x[BLOCK];
    for (int64_t from = 0; from < total; from += BLOCK) {
        int64_t count = total - from < BLOCK ? total - from : BLOCK;
        cells_load(in, from, count, x);
        for (int64_t i = 0; i < count; i++)
            x[i] = isnan(x[i]);
        cells_store(out, from, count, x);
    }
}

static ad_status refuse(const struct run *r, const struct step *s, const struct part *p,
                        const struct cells *in, int64_t bad, const int64_t *number)
{
    double x;
    char place[64] = "";
    struct text text;
    cells_load(in, bad, 1, &x);
    text_init_fixed(&text, place, sizeof place);
    if (number)
        text_add(&text, " in example %lld", (long long)number[bad / in->each]);
    return fail(AD_ERROR_RANGE, "%s: %s: field \"%s\" is %.17g%s, %s", r->source->record.name,
                s->method->record.name, r->transform->slot[p->from].name, x, place,
                s->method->refused ? s->method->refused(s->options, x) : "which it cannot take");
}

static ad_status flow_step(const struct run *r, struct flow *w, const struct step *s,
                           const int64_t *number)
{
    for (int i = 0; i < s->parts; i++) {
        struct part *p = &s->part[i];
        const struct cells *in = &w->cells[p->from];
        int64_t bad = 0;
        if (!r->have[p->from])
            continue;
        ad_status status =
            (s->method->apply ? s->method->apply : map_values)(s, p, in, &w->cells[p->made], &bad);
        if (status == AD_ERROR_RANGE)
            return refuse(r, s, p, in, bad, number);
        TRY(status);
        if (p->mark >= 0)
            mark_missing(in, &w->cells[p->mark]);
    }
    return AD_OK;
}

ad_status flow_steps(const struct run *r, struct flow *w, const int64_t *number)
{
    /* A step that is being fitted has made nothing yet. */
    for (int i = 0; i < r->transform->steps && r->transform->step[i].part[0].made >= 0; i++)
        TRY(flow_step(r, w, &r->transform->step[i], number));
    return AD_OK;
}

ad_status flow_read(const struct run *r, struct flow *w, const int64_t *number, int64_t count,
                    uint64_t epoch, int64_t first, const ad_array *into)
{
    const ad_source_record *source = &r->source->record;
    flow_point(r, w, count, first, into);
    TRY(source->read(source->user, number, count, epoch, w->inner));
    return flow_steps(r, w, number);
}
