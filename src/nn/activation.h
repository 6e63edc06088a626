/* Records of functions of each element: one line for each. */
#ifndef NN_ACTIVATION_H
#define NN_ACTIVATION_H

#include "nn/layer.h"
#include "nn/record.h"

/* ---------------------------------------------------------------- without options */

#define PLAIN(function, help_, also_)                                                       \
    static ad_tensor *make_##function(ad_tensor *const *in, int count, const void *options) \
    {                                                                                       \
        (void)count, (void)options;                                                         \
        return ad_##function(in[0]);                                                        \
    }                                                                                       \
    const ad_layer_record layer_##function = {                                              \
        .record = {.name = #function, .help = help_, .also = also_},                        \
        ONE_INPUT,                                                                          \
        .time = AD_TIME_KEPT,                                                               \
        .make = make_##function}

/* ---------------------------------------------------------------- with numbers */

struct one_number {
    double value;
};

/* make and record of a call with x and a number; row: what else its option is */
#define WITH_NUMBER(function, default_, help_, also_, ...)                                      \
    static const struct one_number function##_initial = {default_};                             \
    static const ad_option function##_rows[] = {                                                \
        {.type = AD_OPTION_NUMBER, .offset = offsetof(struct one_number, value), __VA_ARGS__}}; \
    static ad_tensor *make_##function(ad_tensor *const *in, int count, const void *options)     \
    {                                                                                           \
        const struct one_number *o = options ? options : &function##_initial;                   \
        (void)count;                                                                            \
        return ad_##function(in[0], o->value);                                                  \
    }                                                                                           \
    const ad_layer_record layer_##function = {                                                  \
        .record = {.name = #function,                                                           \
                   .help = help_,                                                               \
                   .also = also_,                                                               \
                   AD_RECORD_OPTIONS(function##_rows, function##_initial)},                     \
        ONE_INPUT,                                                                              \
        .time = AD_TIME_KEPT,                                                                   \
        .make = make_##function}

struct two_numbers {
    double first, second;
};

/* The same of two; their options are OF_FIRST(...), OF_SECOND(...) */
#define OF_FIRST(...)                                                                        \
    {                                                                                        \
        .type = AD_OPTION_NUMBER, .offset = offsetof(struct two_numbers, first), __VA_ARGS__ \
    }
#define OF_SECOND(...)                                                                        \
    {                                                                                         \
        .type = AD_OPTION_NUMBER, .offset = offsetof(struct two_numbers, second), __VA_ARGS__ \
    }
#define WITH_TWO(function, first_, second_, help_, also_, ...)                              \
    static const struct two_numbers function##_initial = {first_, second_};                 \
    static const ad_option function##_rows[] = {__VA_ARGS__};                               \
    static ad_tensor *make_##function(ad_tensor *const *in, int count, const void *options) \
    {                                                                                       \
        const struct two_numbers *o = options ? options : &function##_initial;              \
        (void)count;                                                                        \
        return ad_##function(in[0], o->first, o->second);                                   \
    }                                                                                       \
    const ad_layer_record layer_##function = {                                              \
        .record = {.name = #function,                                                       \
                   .help = help_,                                                           \
                   .also = also_,                                                           \
                   AD_RECORD_OPTIONS(function##_rows, function##_initial)},                 \
        ONE_INPUT,                                                                          \
        .time = AD_TIME_KEPT,                                                               \
        .make = make_##function}

#endif
