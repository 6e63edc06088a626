/* Rows that the tables of several layers have, and the records of all of them.
 *
 * A record's make is called with in_min to in_max tensors, and with options that were made from its
 * initial, or NULL; it makes the call that a C program would make, and nothing else. */
#ifndef NN_RECORD_H
#define NN_RECORD_H

#include <adze/record.h>

#define LAYER(name) extern const ad_layer_record layer_##name;
#include "nn/layers.def"
#undef LAYER
#define LOSS(name) extern const ad_loss_record loss_##name;
#include "nn/losses.def"
#undef LOSS

#ifdef ADZE_EXTRAS
#define OBJECTIVE(name) extern const ad_record objective_##name;
#include "nn/more/objectives.def"
#undef OBJECTIVE
#endif

#define ONE_INPUT .in_min = 1, .in_max = 1
#define ROW_RANGE(least, most) .low = least, .high = most

#define ROW_NAME(struct_)                                                              \
    {                                                                                  \
        .name = "name", .type = AD_OPTION_NAME, .offset = offsetof(struct_, name),     \
        .unset = "numbered", .also = "id label", .help = "of its weights, NAME.weight" \
    }

/* Of layers that attend to what a file calls by name. */
#define ROW_TO(struct_)                                                                           \
    {                                                                                             \
        .name = "to", .type = AD_OPTION_NAME, .offset = offsetof(struct_, to), .unset = "itself", \
        .help = "layer whose steps are attended to"                                               \
    }

/* Two members, the second called with _w behind. */
#define ROW_PAIR(struct_, name_, least, also_, help_)                                  \
    {                                                                                  \
        .name = #name_, .type = AD_OPTION_PAIR, .offset = offsetof(struct_, name_),    \
        .second = offsetof(struct_, name_##_w), ROW_RANGE(least, 4096), .also = also_, \
        .help = help_                                                                  \
    }

#define ROW_WHOLE(struct_, name_, least, most, also_, help_)                         \
    {                                                                                \
        .name = #name_, .type = AD_OPTION_WHOLE, .offset = offsetof(struct_, name_), \
        ROW_RANGE(least, most), .also = also_, .help = help_                         \
    }

#define ROW_NORMAL(struct_, name_, help_)                                             \
    {                                                                                 \
        .name = #name_, .type = AD_OPTION_NUMBER, .offset = offsetof(struct_, name_), \
        ROW_RANGE(0, 1000), .unset = "uniform, by the features before",               \
        .also = "std init_std initializer_range", .help = help_                       \
    }

#define ROW_TRUTH(struct_, name_, also_, help_)                                      \
    {                                                                                \
        .name = #name_, .type = AD_OPTION_TRUTH, .offset = offsetof(struct_, name_), \
        .also = also_, .help = help_                                                 \
    }

#endif
