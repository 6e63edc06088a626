/* Conversion between all pairs of element types.
 *
 * To floating point: to the nearest, ties to even, at once from the number that it was; beyond the
 * type infinite.  From floating point to
 * whole numbers: toward zero, what does not fit is the nearest limit, NaN is 0.  Between whole
 * numbers: as C does it, wrapping around.  To bool: anything but 0 is true, NaN too.
 *
 * Elements go through a small buffer of doubles, or of int64 where they are whole, so that there is
 * a loop for each type and not for each pair. */
#include "op/cast.h"

#include "base/error.h"
#include "core/number.h"

enum { CHUNK = 256 };

struct chunk {
    int64_t count;
    double real[CHUNK];
    int64_t whole[CHUNK];
};

static bool is_real(ad_type type)
{
    return type == AD_F32 || type == AD_F64 || type == AD_BF16 || type == AD_F16;
}

/* to[i] = from[i] in the order of memory. */
#define CONVERT(to, from)                      \
    for (int64_t i = 0; i < chunk->count; i++) \
    (to) = (from)

static void load(struct chunk *chunk, ad_type type, const void *at)
{
    switch (type) {
    case AD_F32: CONVERT(chunk->real[i], ((const float *)at)[i]); break;
    case AD_F64: CONVERT(chunk->real[i], ((const double *)at)[i]); break;
    case AD_BF16: CONVERT(chunk->real[i], number_from_bf16(((const uint16_t *)at)[i])); break;
    case AD_F16: CONVERT(chunk->real[i], number_from_f16(((const uint16_t *)at)[i])); break;
    case AD_I8: CONVERT(chunk->whole[i], ((const int8_t *)at)[i]); break;
    case AD_I16: CONVERT(chunk->whole[i], ((const int16_t *)at)[i]); break;
    case AD_U16: CONVERT(chunk->whole[i], ((const uint16_t *)at)[i]); break;
    case AD_U32: CONVERT(chunk->whole[i], ((const uint32_t *)at)[i]); break;
    case AD_I32: CONVERT(chunk->whole[i], ((const int32_t *)at)[i]); break;
    case AD_I64: CONVERT(chunk->whole[i], ((const int64_t *)at)[i]); break;
    case AD_U8:
    case AD_BOOL: CONVERT(chunk->whole[i], ((const uint8_t *)at)[i]); break;
    }
}

/* A number that takes the place of w where it is rounded to fewer than 40 bits. */
static double exact(int64_t w)
{
    bool large = w >= INT64_C(1) << 53 || w <= -(INT64_C(1) << 53);
    return large ? (double)(w >> 11 | ((w & 0x7ff) != 0)) * 0x1p11 : (double)w;
}

static void store_whole(const struct chunk *chunk, ad_type type, void *at)
{
    switch (type) {
    case AD_F32: CONVERT(((float *)at)[i], (float)chunk->whole[i]); break;
    case AD_F64: CONVERT(((double *)at)[i], (double)chunk->whole[i]); break;
    case AD_BF16:
        CONVERT(((uint16_t *)at)[i], number_to_bf16(number_odd(exact(chunk->whole[i]))));
        break;
    case AD_F16:
        CONVERT(((uint16_t *)at)[i], number_to_f16(number_odd(exact(chunk->whole[i]))));
        break;
    case AD_I32:
    case AD_U32: CONVERT(((uint32_t *)at)[i], (uint32_t)chunk->whole[i]); break;
    case AD_I64: CONVERT(((int64_t *)at)[i], chunk->whole[i]); break;
    case AD_I16:
    case AD_U16: CONVERT(((uint16_t *)at)[i], (uint16_t)chunk->whole[i]); break;
    case AD_I8:
    case AD_U8: CONVERT(((uint8_t *)at)[i], (uint8_t)chunk->whole[i]); break;
    case AD_BOOL: CONVERT(((uint8_t *)at)[i], chunk->whole[i] != 0); break;
    }
}

static void store_real(const struct chunk *chunk, ad_type type, void *at)
{
    const double *v = chunk->real;
    switch (type) {
    case AD_F32: CONVERT(((float *)at)[i], (float)v[i]); break;
    case AD_F64: CONVERT(((double *)at)[i], v[i]); break;
    case AD_BF16: CONVERT(((uint16_t *)at)[i], number_to_bf16(number_odd(v[i]))); break;
    case AD_F16: CONVERT(((uint16_t *)at)[i], number_to_f16(number_odd(v[i]))); break;
    default:
        for (int64_t i = 0; i < chunk->count; i++)
            number_store(type, (char *)at + (size_t)i * ad_type_size(type), v[i]);
    }
}

void cast_run(ad_type from, ad_type to, int64_t n, const void *in, void *out)
{
    struct chunk chunk;
    for (int64_t first = 0; first < n; first += CHUNK) {
        chunk.count = n - first < CHUNK ? n - first : CHUNK;
        load(&chunk, from, (const char *)in + (size_t)first * ad_type_size(from));
        void *at = (char *)out + (size_t)first * ad_type_size(to);
        if (is_real(from))
            store_real(&chunk, to, at);
        else
            store_whole(&chunk, to, at);
    }
}

static ad_status naive(const struct call *c)
{
    cast_run(c->in[0].type, c->out[0].type, shape_count(&c->out[0].shape), c->in[0].data,
             c->out[0].data);
    return AD_OK;
}

static ad_status infer(struct infer *f)
{
    const struct cast_attributes *a = f->attributes;
    f->type[0] = a->type;
    f->shape[0] = f->in[0]->shape;
    return AD_OK;
}

static void gradient(struct gradient *g)
{
    ad_type type = g->in[0]->type;
    if (is_real(type))
        g->dx[0] = ad_cast(g->dy[0], type);
}

ad_tensor *ad_cast(ad_tensor *x, ad_type type)
{
    if (!graph_is_poison(x) && (unsigned)type >= AD_TYPE_COUNT)
        return graph_poison(x->node->graph, AD_ERROR_TYPE,
                            "ad_cast: %d is no element type; see ad_type", (int)type);
    if (!graph_is_poison(x) && x->type == type)
        return x;
    return graph_node1(&op_cast, &(struct cast_attributes){type}, x);
}

static const struct field fields[] = {FIELD(cast_attributes, type, TYPE, 0)};

#define TO(type_)                                 \
    .attributes = &(const struct cast_attributes) \
    {                                             \
        type_                                     \
    }

static const struct sample samples[] = {
    {.in_count = 1, .shape = {{2, {3, 100}}}, TO(AD_F64)},
    {.in_count = 1, .shape = {{1, {7}}}, TO(AD_F32)},
    {.in_count = 1, .shape = {{1, {300}}}, .type = {AD_I32}, TO(AD_F64), .high = 9},
    {.in_count = 1, .shape = {{1, {5}}}, .type = {AD_BOOL}, TO(AD_F32), .high = 2},
    {.in_count = 1, .shape = {{2, {5, 3}}}, TO(AD_I32), .low = -9, .high = 9},
    {.in_count = 1, .shape = {{2, {5, 3}}}, TO(AD_BOOL)},
    {.in_count = 1, .shape = {{2, {0, 3}}}, TO(AD_F64)},
};

const struct op op_cast = {.name = "cast",
                           .doc = "the same values in another element type",
                           .inputs = "x",
                           .formula = "y = x as type",
                           FIELDS(fields),
                           .attribute_size = sizeof(struct cast_attributes),
                           .in_min = 1,
                           .in_max = 1,
                           .infer = infer,
                           .gradient = gradient,
                           .naive = naive,
                           SAMPLES(samples)};
