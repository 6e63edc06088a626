/* The manual's first pages, which adze.h includes: status and errors, element types, shapes,
 * arrays.
 */
#ifndef ADZE_ARRAY_H
#define ADZE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define AD_API __attribute__((visibility("default")))
#define AD_CHECKED __attribute__((warn_unused_result))
#else
#define AD_API
#define AD_CHECKED
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- status and errors */

#define AD_STATUS_LIST(X)                                                       \
    X(OK, "ok")                                                                 \
    X(ERROR_MEMORY, "out of memory")                                            \
    X(ERROR_ARGUMENT, "an argument that makes no sense")                        \
    X(ERROR_SHAPE, "shapes that do not fit")                                    \
    X(ERROR_TYPE, "element types that do not fit")                              \
    X(ERROR_RANGE, "an index or label out of range")                            \
    X(ERROR_BUSY, "a state or program that is in use")                          \
    X(ERROR_NOT_FINITE, "a value that is not finite")                           \
    X(ERROR_FORMAT, "a file or text that cannot be understood")                 \
    X(ERROR_FILE, "a file that cannot be read or written")                      \
    X(ERROR_SYSTEM, "a call to the system that failed")                         \
    X(ERROR_UNSUPPORTED, "something that this build or this backend cannot do") \
    X(ERROR_CUSTOM, "a custom op that reported a failure")

typedef enum ad_status {
#define AD_STATUS_ENUM(name, words) AD_##name,
    AD_STATUS_LIST(AD_STATUS_ENUM)
#undef AD_STATUS_ENUM
} ad_status;

AD_API const char *ad_status_name(ad_status status); /* "ERROR_SHAPE" */
/* The message of the last call of this thread that failed; "" where none did.  Valid until the next
 * failure in this thread. */
AD_API const char *ad_error(void);
/* Its status: for calls that return NULL. */
AD_API ad_status ad_error_status(void);

/* ---------------------------------------------------------------- element types, shapes, arrays */

/* name, bytes, C type, text name.  AD_BOOL holds 0 or 1.  Those from AD_BF16 on are for storage:
 * fed, fetched, kept, moved and cast; arithmetic takes what ad_cast makes of them.  AD_BF16 is the
 * upper half of an f32, AD_F16 the half of IEEE 754, both as their bits. */
#define AD_TYPE_LIST(X)          \
    X(F32, 4, float, "f32")      \
    X(F64, 8, double, "f64")     \
    X(I32, 4, int32_t, "i32")    \
    X(I64, 8, int64_t, "i64")    \
    X(U8, 1, uint8_t, "u8")      \
    X(BOOL, 1, uint8_t, "bool")  \
    X(BF16, 2, uint16_t, "bf16") \
    X(F16, 2, uint16_t, "f16")   \
    X(I8, 1, int8_t, "i8")       \
    X(I16, 2, int16_t, "i16")    \
    X(U16, 2, uint16_t, "u16")   \
    X(U32, 4, uint32_t, "u32")

typedef enum ad_type {
#define AD_TYPE_ENUM(name, bytes, ctype, text) AD_##name,
    AD_TYPE_LIST(AD_TYPE_ENUM)
#undef AD_TYPE_ENUM
} ad_type;

#define AD_TYPE_ONE_(name, bytes, ctype, text) +1
#define AD_TYPE_COUNT (0 AD_TYPE_LIST(AD_TYPE_ONE_))

AD_API const char *ad_type_name(ad_type type); /* "f32" */
AD_API size_t ad_type_size(ad_type type);      /* bytes of one element */

enum { AD_RANK_MAX = 8 };

/* A size along one axis: a number >= 0, or an open dimension made by ad_open (a negative code that
 * only Adze reads). */
typedef int64_t ad_dim;

typedef struct ad_shape {
    int rank;
    ad_dim size[AD_RANK_MAX];
} ad_shape;

/* AD_SHAPE(64, 28, 28, 1); AD_SCALAR is the shape of rank 0, one element. */
#ifdef __cplusplus
} /* extern "C" */
template <class... Sizes> constexpr ad_shape ad_shape_of(Sizes... sizes)
{
    return ad_shape{int(sizeof...(sizes)), {ad_dim(sizes)...}};
}
extern "C" {
#define AD_SHAPE(...) ad_shape_of(__VA_ARGS__)
#define AD_SCALAR (ad_shape{0, {0}})
#else
#define AD_SHAPE(...) \
    ((ad_shape){(int)(sizeof((ad_dim[]){__VA_ARGS__}) / sizeof(ad_dim)), {__VA_ARGS__}})
#define AD_SCALAR ((ad_shape){0, {0}})
#endif

/* In ad_reshape: the one size that follows from the others. */
#define AD_INFER INT64_MIN
/* In ad_slice: to the end of the axis. */
#define AD_END INT64_MAX

/* Numbers in memory, last axis contiguous.  The memory belongs to whoever made it. */
typedef struct ad_array {
    ad_type type;
    ad_shape shape; /* concrete: no open dimensions */
    void *data;
    const void *given_; /* data, where the library put it there: see ad_run; leave it alone */
} ad_array;

AD_API ad_array ad_f32(const float *data, ad_shape shape);
AD_API ad_array ad_f64(const double *data, ad_shape shape);
AD_API ad_array ad_i32(const int32_t *data, ad_shape shape);
AD_API ad_array ad_i64(const int64_t *data, ad_shape shape);
AD_API ad_array ad_u8(const uint8_t *data, ad_shape shape);
AD_API ad_array ad_bools(const uint8_t *data, ad_shape shape); /* bytes 0 or 1 */
AD_API ad_array ad_array_of(ad_type type, const void *data, ad_shape shape);
AD_API int64_t ad_array_count(const ad_array *array); /* number of elements */
AD_API size_t ad_array_bytes(const ad_array *array);
/* Element i (in memory order) as a double, so an i64 past 2^53 is rounded; NaN where i is out of
 * range. */
AD_API double ad_array_item(const ad_array *array, int64_t i);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
