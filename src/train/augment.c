/* A source whose images are changed.  Examples are read into the caller's arrays, and each image is
 * changed there, in place or by way of a second room. */
#include "train/augment.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "train/options.h"

#define METHOD(name) extern const struct augmentation augment_##name;
#include "train/augmentations.def"
#undef METHOD

static const struct augmentation *const methods[] = {
#define METHOD(name) &augment_##name,
#include "train/augmentations.def"
#undef METHOD
};

const ad_record *ad_augment_at(int i)
{
    int count = (int)(sizeof methods / sizeof *methods);
    return i >= 0 && i < count ? &methods[i]->record : NULL;
}

bool ad_augment_mixes(const ad_record *method)
{
    return ((const struct augmentation *)method)->mix != NULL;
}

struct change {
    const struct augmentation *method;
    void *options;
};

enum { NAME_MAX_BYTES = 256 };

struct augmented {
    ad_source *source;
    int field, label;     /* label: -1 without a step that mixes */
    int mixes;            /* which step; steps where there is none */
    struct picture shape; /* sizes of images, no data */
    uint64_t seed;
    int steps;
    ad_source_field *out; /* fields, where there are more than the source's */
    char other[NAME_MAX_BYTES], share[NAME_MAX_BYTES];
    struct change step[];
};

static size_t augmented_size(int steps)
{
    return sizeof(struct augmented) + (size_t)steps * sizeof(struct change);
}

static size_t out_size(const struct augmented *a)
{
    return (size_t)(a->source->record.fields + 2) * sizeof *a->out;
}

static void augmented_free(void *user)
{
    struct augmented *a = user;
    for (int i = 0; i < a->steps; i++)
        if (a->step[i].method)
            memory_free(memory_default(), a->step[i].options, a->step[i].method->record.size);
    memory_free(memory_default(), a->out, out_size(a));
    ad_source_free(a->source);
    memory_free(memory_default(), a, augmented_size(a->steps));
}

/* ---- one image */

/* A generator for each step of each example of each epoch. */
static ad_random random_of(const struct augmented *a, int64_t number, uint64_t epoch, int step)
{
    ad_random r = ad_random_start(a->seed, epoch);
    r = ad_random_start(ad_random_next(&r), (uint64_t)number);
    return ad_random_start(ad_random_next(&r), (uint64_t)step);
}

/* What b does after a, as where values are taken: at a's place of b's place. */
static struct place place_after(const struct place *a, const struct place *b)
{
    return (struct place){.xx = a->xx * b->xx + a->xy * b->yx,
                          .xy = a->xx * b->xy + a->xy * b->yy,
                          .yx = a->yx * b->xx + a->yy * b->yx,
                          .yy = a->yx * b->xy + a->yy * b->yy,
                          .x = a->xx * b->x + a->xy * b->y + a->x,
                          .y = a->yx * b->x + a->yy * b->y + a->y};
}

static bool joins_map(const struct change *a, const struct change *b)
{
    return b->method->place && a->method->fill(a->options) == b->method->fill(b->options);
}

/* Steps from `from` that are one map; the step after them. */
static int map_plane(const struct augmented *a, int from, int end, int64_t number, uint64_t epoch,
                     struct picture *p)
{
    struct place whole = {.xx = 1, .yy = 1};
    int i = from;
    for (; i < end && (i == from || joins_map(&a->step[from], &a->step[i])); i++) {
        ad_random r = random_of(a, number, epoch, i);
        struct place one = {.xx = 1, .yy = 1};
        a->step[i].method->place(a->step[i].options, &r, p, &one);
        whole = place_after(&whole, &one);
    }
    picture_place(p, &whole, (int)a->step[from].method->fill(a->step[from].options));
    return i;
}

/* Steps from to end of an image, whose bytes are where they were in the end. */
static void change_image(const struct augmented *a, int from, int end, int64_t number,
                         uint64_t epoch, uint8_t *data, uint8_t *spare)
{
    struct picture p = a->shape;
    p.data = data, p.spare = spare;
    for (int i = from; i < end;) {
        const struct change *c = &a->step[i];
        if (c->method->place) {
            i = map_plane(a, i, end, number, epoch, &p);
            continue;
        }
        ad_random r = random_of(a, number, epoch, i++);
        c->method->change(c->options, &r, &p);
    }
    if (p.data != data)
        memcpy(data, p.data, picture_bytes(&p));
}

/* ---- two images */

/* label: of the first; becomes that of the other. */
static ad_status mix_with(const struct augmented *a, ad_random *r, uint64_t epoch, uint8_t *data,
                          uint8_t *spare, int32_t *label, float *share)
{
    int64_t other = (int64_t)ad_random_below(r, (uint64_t)a->source->record.count);
    int64_t length[VARYING_MAX];
    struct example e;
    TRY(source_length(a->source, other, epoch, length));
    TRY(example_read(a->source, other, epoch, length, &e));
    const struct change *c = &a->step[a->mixes];
    struct picture p = a->shape;
    p.data = data, p.spare = spare;
    change_image(a, 0, a->mixes, other, epoch, e.array[a->field].data, spare);
    *share = c->method->mix(c->options, r, &p, e.array[a->field].data);
    *label = *(const int32_t *)e.array[a->label].data;
    example_done(&e);
    return AD_OK;
}

static ad_status mix_one(const struct augmented *a, int64_t i, int64_t number, uint64_t epoch,
                         uint8_t *data, uint8_t *spare, ad_array *into)
{
    const struct change *c = &a->step[a->mixes];
    int fields = a->source->record.fields;
    int32_t *label = (int32_t *)into[fields].data + i;
    float *share = (float *)into[fields + 1].data + i;
    ad_random r = random_of(a, number, epoch, a->mixes);
    *label = ((const int32_t *)into[a->label].data)[i];
    *share = 1;
    return random_chance(&r, c->method->chance(c->options))
               ? mix_with(a, &r, epoch, data, spare, label, share)
               : AD_OK;
}

static ad_status augmented_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                                ad_array *into)
{
    const struct augmented *a = user;
    const ad_source_record *source = &a->source->record;
    size_t bytes = picture_bytes(&a->shape);
    TRY(source->read(source->user, number, count, epoch, into));
    uint8_t *spare = memory_alloc(memory_default(), bytes);
    ad_status status = spare ? AD_OK : AD_ERROR_MEMORY;
    for (int64_t i = 0; status == AD_OK && i < count; i++) {
        uint8_t *data = (uint8_t *)into[a->field].data + (size_t)i * bytes;
        change_image(a, 0, a->mixes, number[i], epoch, data, spare);
        if (a->mixes == a->steps)
            continue;
        status = mix_one(a, i, number[i], epoch, data, spare, into);
        change_image(a, a->mixes + 1, a->steps, number[i], epoch, data, spare);
    }
    memory_free(memory_default(), spare, bytes);
    return status;
}

static ad_status augmented_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const struct augmented *a = user;
    return source_length(a->source, number, epoch, length);
}

/* ---- making */

static ad_status find_images(struct augmented *a, const char *name)
{
    const char *source = a->source->record.name;
    a->field = name ? ad_source_find(a->source, name) : -1;
    if (a->field < 0)
        return fail(AD_ERROR_ARGUMENT, "ad_source_augment: %s has no field \"%s\"", source,
                    name ? name : "");
    const ad_source_field *f = &a->source->record.field[a->field];
    if (f->type != AD_U8 || f->shape.rank != 3 || f->shape.size[0] < 1 || f->shape.size[1] < 1 ||
        f->shape.size[2] < 1 || f->shape.size[2] > 4)
        return fail(AD_ERROR_SHAPE,
                    "ad_source_augment: field \"%s\" of %s is no image: those are u8 (height, "
                    "width, channels) with 1 to 4 channels, all of one size",
                    name, source);
    a->shape = (struct picture){
        .height = f->shape.size[0], .width = f->shape.size[1], .channels = f->shape.size[2]};
    return AD_OK;
}

static ad_status take_step(struct augmented *a, int i, const ad_augment_step *step)
{
    const struct augmentation *m = (const struct augmentation *)(const void *)options_record(
        ad_augment_at, "augmentation", step->method);
    if (!m)
        return ad_error_status();
    a->step[i].method = m;
    TRY(options_take(&m->record, step->options, &a->step[i].options));
    if (m->mix && a->mixes < a->steps)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_augment: %s and %s both take a second example; there can be one "
                    "such step",
                    a->step[a->mixes].method->record.name, m->record.name);
    if (m->mix)
        a->mixes = i;
    return m->check ? m->check(a->step[i].options, &a->shape) : AD_OK;
}

static ad_status find_label(struct augmented *a, const char *name)
{
    const char *method = a->step[a->mixes].method->record.name;
    a->label = name ? ad_source_find(a->source, name) : -1;
    if (a->label < 0)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_source_augment: %s needs the field of labels, and %s has no \"%s\"", method,
                    a->source->record.name, name ? name : "");
    const ad_source_field *f = &a->source->record.field[a->label];
    if (f->type != AD_I32 || f->shape.rank != 0)
        return fail(AD_ERROR_TYPE,
                    "ad_source_augment: %s needs labels that are one i32, and field \"%s\" is not",
                    method, name);
    return AD_OK;
}

/* Fields of the source, then those of the other. */
static ad_status list_fields(struct augmented *a, ad_source_record *r)
{
    const char *label = r->field[a->label].name;
    struct text other, share;
    text_init_fixed(&other, a->other, sizeof a->other);
    text_init_fixed(&share, a->share, sizeof a->share);
    text_add(&other, "%s.other", label);
    text_add(&share, "%s.share", label);
    if (other.failed || share.failed)
        return fail(AD_ERROR_ARGUMENT, "ad_source_augment: the name of the label is too long");
    a->out = memory_zeroed(memory_default(), out_size(a));
    if (!a->out)
        return AD_ERROR_MEMORY;
    memcpy(a->out, r->field, (size_t)r->fields * sizeof *a->out);
    a->out[r->fields++] = (ad_source_field){a->other, AD_I32, AD_SCALAR};
    a->out[r->fields++] = (ad_source_field){a->share, AD_F32, AD_SCALAR};
    r->field = a->out;
    return AD_OK;
}

static ad_status begin(struct augmented *a, ad_source_record *r, const char *field,
                       const char *label, const ad_augment_step *step)
{
    TRY(find_images(a, field));
    for (int i = 0; i < a->steps; i++)
        TRY(take_step(a, i, &step[i]));
    if (a->mixes < a->steps) {
        TRY(find_label(a, label));
        TRY(list_fields(a, r));
    }
    r->read = augmented_read, r->length = augmented_length, r->free = augmented_free;
    r->user = a;
    return AD_OK;
}

ad_source *ad_source_augment(ad_source *source, const char *field, const char *label,
                             const ad_augment_step *step, int steps, uint64_t seed)
{
    if (source_check_numbered(source, "ad_source_augment") != AD_OK)
        return NULL;
    if (steps < 0 || (steps && !step)) {
        fail(AD_ERROR_ARGUMENT, "ad_source_augment: %d steps", steps);
        return NULL;
    }
    struct augmented *a = memory_zeroed(memory_default(), augmented_size(steps));
    if (!a)
        return NULL;
    a->source = source_hold(source), a->steps = a->mixes = steps;
    a->label = -1, a->seed = seed;
    ad_source_record r = source_like(source);
    ad_source *s = begin(a, &r, field, label, step) == AD_OK ? ad_source_new(&r) : NULL;
    if (!s)
        augmented_free(a);
    return s;
}
