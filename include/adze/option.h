/* How the options of adze.h are made; what it means stands there.
 *
 * Every options struct begins with AD_HEAD_: its size, and a mark.  A field says its default by
 * AD_IS: in C++ that is the initializer of the member, in C script/make-call-header.awk writes the
 * defaults of each struct to call.h, as AD_DEFAULTS_<struct>.  What is written comes behind them.
 * An option without a name lands on the mark, which is a pointer to nothing that exists: a number
 * does not compile there, and the library refuses every other mark than AD_NAMED_. */
#ifndef ADZE_OPTION_H
#define ADZE_OPTION_H

#include <stddef.h>
#include <stdint.h>

struct ad_named_;
#define AD_OPTIONS(...) AD_OPTIONS_(AD_FIRST_(__VA_ARGS__, ), AD_REST_(__VA_ARGS__, ))
#define AD_OPTIONS_INIT(...) AD_INIT_(AD_FIRST_(__VA_ARGS__, ), AD_REST_(__VA_ARGS__, ))
#define AD_FIRST_(first, ...) first
#define AD_REST_(first, ...) __VA_ARGS__

#ifdef __cplusplus
#define AD_NAMED_ (reinterpret_cast<const struct ad_named_ *>(static_cast<uintptr_t>(0xade5)))
#define AD_IS(value) = value
#define AD_HEAD_(type)                \
    size_t size_ AD_IS(sizeof(type)); \
    const struct ad_named_ *named_ AD_IS(AD_NAMED_)
#define AD_OPTIONS_(type, ...) (type{__VA_ARGS__})
#define AD_INIT_(type, ...) \
    {                       \
        __VA_ARGS__         \
    }
#else
#define AD_NAMED_ ((const struct ad_named_ *)(uintptr_t)0xade5)
#define AD_IS(value)
#define AD_HEAD_(type) \
    size_t size_;      \
    const struct ad_named_ *named_
#define AD_OPTIONS_(type, ...) AD_MAKE_(type, __VA_ARGS__)
#define AD_INIT_(type, ...) AD_BRACES_(type, __VA_ARGS__)
#define AD_MAKE_(type, ...) ((type)AD_BRACES_(type, __VA_ARGS__))
#define AD_BRACES_(type, ...)                                                     \
    {                                                                             \
        .named_ = AD_NAMED_, AD_DEFAULTS_##type.size_ = sizeof(type), __VA_ARGS__ \
    }
#endif

#endif
