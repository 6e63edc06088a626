#include "encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

text_cut text_cut_of(const ad_text_options *options)
{
    return (text_cut){options->length, options->most};
}

int64_t text_cut_steps(const text_cut *cut)
{
    return cut->length == AD_SAME ? AD_VARYING : cut->length;
}

int64_t text_cut_most(const text_cut *cut, int64_t count)
{
    if (cut->length != AD_SAME && count > cut->length)
        count = cut->length;
    return cut->most != AD_SAME && count > cut->most ? cut->most : count;
}

static long long written(int64_t value)
{
    return value == AD_SAME ? 0 : (long long)value;
}

char *text_cut_text(const text_cut *cut)
{
    char *text = text_format("cut %lld %lld\n", written(cut->length), written(cut->most));
    if (!text)
        message_no_memory();
    return text;
}

const char *text_cut_read(const char *text, size_t size, text_cut *cut)
{
    char line[64], again[64];
    long long length, most;
    const char *end = memchr(text, '\n', size);
    size_t used = end ? (size_t)(end - text) + 1 : sizeof line;
    if (used >= sizeof line)
        return NULL;
    memcpy(line, text, used);
    line[used] = 0;
    if (sscanf(line, "cut %lld %lld", &length, &most) != 2 || length < 0 || most < 0 ||
        length > 1 << 24 || most > 1 << 24)
        return NULL;
    snprintf(again, sizeof again, "cut %lld %lld\n", length, most);
    if (strcmp(line, again) != 0)
        return NULL;
    *cut = (text_cut){length ? length : AD_SAME, most ? most : AD_SAME};
    return end + 1;
}
