/* Arrays: numbers in the caller's memory. */
#include <adze/adze.h>
#include <math.h>

#include "base/memory.h"
#include "base/whole.h"
#include "core/number.h"

#define TYPE_NAME(name, bytes, ctype, text) [AD_##name] = text,
#define TYPE_SIZE(name, bytes, ctype, text) [AD_##name] = bytes,
static const char *const type_names[] = {AD_TYPE_LIST(TYPE_NAME)};
static const size_t type_sizes[] = {AD_TYPE_LIST(TYPE_SIZE)};

const char *ad_type_name(ad_type type)
{
    return (unsigned)type < AD_TYPE_COUNT ? type_names[type] : "unknown";
}

size_t ad_type_size(ad_type type)
{
    return (unsigned)type < AD_TYPE_COUNT ? type_sizes[type] : 0;
}

/* The library never writes to an array it was given as input, so data is kept without its const. */
static ad_array make(ad_type type, const void *data, ad_shape shape)
{
    return (ad_array){.type = type, .shape = shape, .data = (void *)(uintptr_t)data};
}

ad_array ad_f32(const float *data, ad_shape shape)
{
    return make(AD_F32, data, shape);
}

ad_array ad_f64(const double *data, ad_shape shape)
{
    return make(AD_F64, data, shape);
}

ad_array ad_i32(const int32_t *data, ad_shape shape)
{
    return make(AD_I32, data, shape);
}

ad_array ad_i64(const int64_t *data, ad_shape shape)
{
    return make(AD_I64, data, shape);
}

ad_array ad_u8(const uint8_t *data, ad_shape shape)
{
    return make(AD_U8, data, shape);
}

ad_array ad_bools(const uint8_t *data, ad_shape shape)
{
    return make(AD_BOOL, data, shape);
}

ad_array ad_array_of(ad_type type, const void *data, ad_shape shape)
{
    return make(type, data, shape);
}

int64_t ad_array_count(const ad_array *array)
{
    int64_t count = 1;
    for (int i = 0; i < array->shape.rank; i++)
        count = whole_mul(count, array->shape.size[i]);
    return count;
}

size_t ad_array_bytes(const ad_array *array)
{
    size_t bytes;
    memory_mul((size_t)ad_array_count(array), ad_type_size(array->type), &bytes);
    return bytes < SIZE_MAX / 2 ? bytes : SIZE_MAX / 2 + 1; /* more than there can be */
}

double ad_array_item(const ad_array *array, int64_t i)
{
    if (!array->data || i < 0 || i >= ad_array_count(array))
        return NAN;
    switch (array->type) {
    case AD_F32: return ((const float *)array->data)[i];
    case AD_F64: return ((const double *)array->data)[i];
    case AD_I32: return ((const int32_t *)array->data)[i];
    case AD_I64: return (double)((const int64_t *)array->data)[i];
    case AD_U8:
    case AD_BOOL: return ((const uint8_t *)array->data)[i];
    case AD_BF16: return number_from_bf16(((const uint16_t *)array->data)[i]);
    case AD_F16: return number_from_f16(((const uint16_t *)array->data)[i]);
    case AD_I8: return ((const int8_t *)array->data)[i];
    case AD_I16: return ((const int16_t *)array->data)[i];
    case AD_U16: return ((const uint16_t *)array->data)[i];
    case AD_U32: return ((const uint32_t *)array->data)[i];
    }
    return NAN;
}
