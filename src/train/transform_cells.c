/* Values of any type as doubles, and back. */
#include "core/number.h"
#include "train/transform.h"

#define LOAD(type)                                        \
    do {                                                  \
        const type *value = (const type *)c->data + from; \
        for (int64_t i = 0; i < count; i++)               \
            to[i] = (double)value[i];                     \
    } while (0)

void cells_load(const struct cells *c, int64_t from, int64_t count, double *to)
{
    switch (c->type) {
    case AD_F64: LOAD(double); break;
    case AD_F32: LOAD(float); break;
    case AD_I32: LOAD(int32_t); break;
    case AD_I64: LOAD(int64_t); break;
    case AD_U8:
    case AD_BOOL: LOAD(uint8_t); break;
    default: {
        ad_array all = {.type = c->type, .shape = AD_SHAPE(from + count), .data = c->data};
        for (int64_t i = 0; i < count; i++)
            to[i] = ad_array_item(&all, from + i);
    }
    }
}

#define STORE(type)                           \
    do {                                      \
        type *value = (type *)c->data + from; \
        for (int64_t i = 0; i < count; i++)   \
            value[i] = (type)x[i];            \
    } while (0)

void cells_store(const struct cells *c, int64_t from, int64_t count, const double *x)
{
    switch (c->type) {
    case AD_F64: STORE(double); break;
    case AD_I32: STORE(int32_t); break;
    case AD_F32: STORE(float); break;
    default: { /* what keeps the type of a column, as fill does */
        size_t size = ad_type_size(c->type);
        for (int64_t i = 0; i < count; i++)
            number_store(c->type, (char *)c->data + (size_t)(from + i) * size, x[i]);
    }
    }
}
