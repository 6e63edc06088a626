/* Whole numbers that have to fit.
 *
 * Sizes: no tensor has more than 2^48 elements (shape_fits in core/graph.h), so what is counted
 * over one tensor, in elements or bytes, has room in 64 bits and needs no check.  What several
 * tensors make together, or what the caller gave, is multiplied and added here, or in bytes by
 * memory_mul and memory_add of base/memory.h.  All of them stop at the largest number, which nobody
 * can allocate. */
#ifndef BASE_WHOLE_H
#define BASE_WHOLE_H

#include <limits.h>
#include <stdint.h>

/* a b and a + b, of numbers from 0 up; INT64_MAX where the result has no room. */
static inline int64_t whole_mul(int64_t a, int64_t b)
{
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

static inline int64_t whole_add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* The number as an int, or -1, for the caller to refuse. */
static inline int whole_int(int64_t n)
{
    return n >= 0 && n <= INT_MAX ? (int)n : -1;
}

#endif
