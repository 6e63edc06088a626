/* Options: zero means the default, and AD_ZERO (-0.0) means zero. */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stdint.h>

static inline double option(double value, double initial)
{
    return value != 0 ? value : __builtin_signbit(value) ? 0 : initial;
}

static inline int64_t option_whole(int64_t value, int64_t initial)
{
    return value ? value : initial;
}

/* Something was asked for: neither left out nor AD_ZERO. */
static inline bool option_given(double value)
{
    return value != 0;
}

#endif
