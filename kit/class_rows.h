/* The rows of readers whose labels are numbers of classes: how many there are, and their names. */
#ifndef ADZE_KIT_CLASS_ROWS_H
#define ADZE_KIT_CLASS_ROWS_H

#include <adze/record.h>

/* clang-format off */
#define CLASS_ROWS(type_, most, names_help)                                       \
    {.name = "classes",                                                           \
     .type = AD_OPTION_WHOLE,                                                     \
     .offset = offsetof(type_, classes),                                          \
     .low = 0,                                                                    \
     .high = most,                                                                \
     .also = "num_classes n_classes nc",                                          \
     .help = "how many classes there are; 0: one more than the largest label"},   \
    {.name = "names",                                                             \
     .type = AD_OPTION_NAMES,                                                     \
     .offset = offsetof(type_, names),                                            \
     .also = "class_names labels_names",                                          \
     .help = names_help}
/* clang-format on */

#endif
