/* What answers as text have in common. */
#include "answer_parts.h"

#include <stdio.h>
#include <string.h>

const char *answer_class(const ad_run_data *about, int64_t class, char number[24])
{
    char *const *names = ad_run_names(about);
    if (names && class < ad_run_classes(about))
        return names[class];
    snprintf(number, 24, "%lld", (long long)class);
    return number;
}

void answer_rank(const float *chance, int64_t width, int64_t count, int32_t *order)
{
    int64_t held = 0;
    for (int64_t c = 0; c < width; c++) {
        int64_t at = held < count ? held++ : count;
        if (at == count && !(chance[c] > chance[order[--at]]))
            continue;
        for (; at > 0 && chance[c] > chance[order[at - 1]]; at--)
            order[at] = order[at - 1];
        order[at] = (int32_t)c;
    }
}

void answer_place(text_buffer *t, bool files, const char *file, int64_t row)
{
    if (files) {
        text_add_csv(t, file, strlen(file));
        text_add(t, ",");
    }
    if (row)
        text_add_format(t, "%lld", (long long)row);
}
