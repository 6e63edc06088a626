/* Arrays in tests: filled, kept and compared; and what a test that compares programs asks of the
 * machine and of its environment. */
#ifndef TEST_ARRAYS_H
#define TEST_ARRAYS_H

#include <adze/adze.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

/* Memory for an array; free(array.data) gives it back. */
static inline ad_array array_new(ad_type type, ad_shape shape)
{
    ad_array a = {.type = type, .shape = shape};
    a.data = calloc(1, ad_array_bytes(&a) + 8);
    return a;
}

/* Element i, in memory order, becomes value; as ad_array_item reads it. */
static inline void array_put(const ad_array *a, int64_t i, double value)
{
    switch (a->type) {
    case AD_F32: ((float *)a->data)[i] = (float)value; break;
    case AD_F64: ((double *)a->data)[i] = value; break;
    case AD_I32: ((int32_t *)a->data)[i] = (int32_t)value; break;
    case AD_I64: ((int64_t *)a->data)[i] = (int64_t)value; break;
    default: ((uint8_t *)a->data)[i] = (uint8_t)value; break;
    }
}

/* Filled with numbers in [low, high). */
static inline ad_array array_random(ad_type type, ad_shape shape, uint64_t *state, double low,
                                    double high)
{
    ad_array a = array_new(type, shape);
    for (int64_t i = 0; i < ad_array_count(&a); i++)
        array_put(&a, i, (high - low) * random_unit(state) + low);
    return a;
}

/* What a program gave, in memory of its own. */
static inline ad_array array_kept(const ad_array *found)
{
    ad_array a = array_new(found->type, found->shape);
    memcpy(a.data, found->data, ad_array_bytes(found));
    return a;
}

/* Index of the first element whose bits differ, or -1; a NaN equals a NaN, whose bits are not ours
 * to promise. */
static inline int64_t array_difference(const ad_array *a, const ad_array *b)
{
    size_t size = ad_type_size(a->type);
    if (!a->data || !b->data)
        return a->data == b->data ? -1 : 0;
    for (int64_t i = 0; i < ad_array_count(a); i++) {
        const char *x = (const char *)a->data + (size_t)i * size;
        const char *y = (const char *)b->data + (size_t)i * size;
        if (memcmp(x, y, size) && !(isnan(ad_array_item(a, i)) && isnan(ad_array_item(b, i))))
            return i;
    }
    return -1;
}

/* The two can be operands of one sum. */
static inline bool shapes_broadcast(ad_shape a, ad_shape b)
{
    int rank = a.rank < b.rank ? a.rank : b.rank;
    for (int i = 1; i <= rank; i++) {
        ad_dim p = a.size[a.rank - i], q = b.size[b.rank - i];
        if (p != q && p != 1 && q != 1)
            return false;
    }
    return true;
}

/* This processor has the instruction set or backend; NULL, the best, is always there. */
static inline bool isa_is_here(const char *isa)
{
    ad_context *c = isa ? ad_context_new(.isa = isa, .threads = 1) : NULL;
    ad_context_free(c);
    return !isa || c;
}

/* Tests of check(isa), which leaves out what is not here: the best set, and those with bits or ways
 * of their own. */
#define TEST_SETS(check) \
    TEST(best)           \
    {                    \
        check(NULL);     \
    }                    \
    TEST(avx2)           \
    {                    \
        check("avx2");   \
    }                    \
    TEST(sse2)           \
    {                    \
        check("sse2");   \
    }

/* How many trials: ADZE_SOAK asks for many. */
static inline int soak(int usual, int many)
{
    return getenv("ADZE_SOAK") ? many : usual;
}

#endif
