/* Tags that put words together. */
#ifndef ADZE_KIT_METRIC_SPANS_H
#define ADZE_KIT_METRIC_SPANS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether all are O, or one of B, I, E, S, L and U with a type, "B-PER". */
bool metric_are_spans(const char *const *names, int64_t classes);

#endif
