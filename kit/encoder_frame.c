/* Special tokens, and how texts are cut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "message.h"
#include "suggest.h"

static const char *const names[] = {
    [AD_SPECIAL_PADDING] = "padding",     [AD_SPECIAL_UNKNOWN] = "unknown",
    [AD_SPECIAL_BEGIN] = "begin",         [AD_SPECIAL_END] = "end",
    [AD_SPECIAL_SEPARATOR] = "separator", [AD_SPECIAL_MASK] = "mask"};
enum { SPECIALS = 6, TOKENS_MOST = 1 << 26 };

static int which(const char *name)
{
    for (int i = AD_SPECIAL_BEGIN; i < SPECIALS; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

ad_status text_frame_of(const ad_text_options *o, int32_t unknown, int32_t first, text_frame *f,
                        int32_t *next)
{
    *f = (text_frame){.length = o->length,
                      .most = o->most,
                      .special = {0, unknown, -1, -1, -1, -1},
                      .wrap = o->wrap != AD_WRAP_NO};
    for (int i = 0; i < o->special.count; i++) {
        const char *name = o->special.text[i];
        int is = which(name);
        if (is < 0)
            return message_fail(AD_ERROR_ARGUMENT,
                                "'%s' is no special token\n  there are begin, end, separator and "
                                "mask; padding and unknown are there by themselves\n",
                                name);
        if (f->special[is] < 0)
            f->special[is] = first++;
    }
    *next = first;
    return AD_OK;
}

static int64_t around(const text_frame *f)
{
    return f->wrap ? (f->special[AD_SPECIAL_BEGIN] >= 0) + (f->special[AD_SPECIAL_END] >= 0) : 0;
}

int64_t text_frame_most(const text_frame *f, int64_t count)
{
    int64_t most = count;
    if (f->length != AD_SAME && f->length - around(f) < most)
        most = f->length - around(f);
    if (f->most != AD_SAME && f->most - around(f) < most)
        most = f->most - around(f);
    return most < 0 ? 0 : most;
}

ad_status text_frame_put(const text_frame *f, int32_t *token, int64_t count, void **out,
                         int64_t *steps)
{
    int64_t kept = text_frame_most(f, count), extra = around(f);
    bool begin = extra && f->special[AD_SPECIAL_BEGIN] >= 0;
    int32_t *list =
        extra || !token ? realloc(token, (size_t)(kept + extra + 1) * sizeof *list) : token;
    if (!list) {
        free(token);
        return message_no_memory();
    }
    if (begin) {
        memmove(list + 1, list, (size_t)kept * sizeof *list);
        list[0] = f->special[AD_SPECIAL_BEGIN];
    }
    if (extra > begin)
        list[kept + begin] = f->special[AD_SPECIAL_END];
    *out = list;
    *steps = kept + extra;
    return AD_OK;
}

bool text_frame_follows(const text_frame *f, int32_t first, int32_t *next)
{
    unsigned seen = 0, all = 0;
    for (int i = AD_SPECIAL_BEGIN; i < SPECIALS; i++) {
        int32_t token = f->special[i];
        if (token < 0)
            continue;
        if (token < first || token >= first + SPECIALS)
            return false;
        seen |= 1u << (token - first);
        all = all << 1 | 1;
    }
    *next = first;
    for (unsigned left = all; left; left >>= 1)
        ++*next;
    return seen == all && f->special[AD_SPECIAL_PADDING] == 0;
}

int64_t text_frame_steps(const text_frame *f)
{
    return f->length == AD_SAME ? AD_VARYING : f->length;
}

bool text_frame_special(const text_frame *f, int32_t token)
{
    for (int i = 0; i < SPECIALS; i++)
        if (f->special[i] == token && i != AD_SPECIAL_UNKNOWN)
            return true;
    return false;
}

static long long written(int64_t value)
{
    return value == AD_SAME ? 0 : (long long)value;
}

void text_frame_write(text_buffer *t, const text_frame *f)
{
    text_add_format(t, "frame %lld %lld %d", written(f->length), written(f->most), f->wrap);
    for (int i = 0; i < SPECIALS; i++)
        text_add_format(t, " %d", (int)f->special[i]);
    text_add(t, "\n");
}

char *text_frame_renewed(const char *text, const ad_text_options *o)
{
    text_frame f;
    text_buffer t = {0};
    size_t begin = strcspn(text, "\n") + 1;
    const char *end = text + strlen(text);
    const char *rest = text + begin <= end ? text_frame_read(text + begin, end, &f) : NULL;
    if (!rest) {
        message_fail(AD_ERROR_FORMAT, "this is no text of an encoder\n  give what ad_encoder_text "
                                      "wrote\n");
        return NULL;
    }
    f.length = o->length;
    f.most = o->most;
    f.wrap = o->wrap != AD_WRAP_NO;
    text_add_bytes(&t, text, begin);
    text_frame_write(&t, &f);
    text_add(&t, rest);
    char *made = text_take(&t);
    if (!made)
        message_no_memory();
    return made;
}

const char *text_frame_read(const char *text, const char *end, text_frame *f)
{
    char line[160];
    long long length, most;
    int wrap, s[SPECIALS];
    const char *stop = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
    size_t size = stop ? (size_t)(stop - text) : sizeof line;
    if (size >= sizeof line)
        return NULL;
    memcpy(line, text, size);
    line[size] = 0;
    if (sscanf(line, "frame %lld %lld %d %d %d %d %d %d %d", &length, &most, &wrap, &s[0], &s[1],
               &s[2], &s[3], &s[4], &s[5]) != 9 ||
        length < 0 || most < 0 || length > 1 << 24 || most > 1 << 24)
        return NULL;
    *f = (text_frame){length ? length : AD_SAME, most ? most : AD_SAME, {0}, wrap != 0};
    for (int i = 0; i < SPECIALS; i++) {
        if (s[i] < -1 || s[i] > TOKENS_MOST)
            return NULL;
        f->special[i] = s[i];
    }
    return stop + 1;
}
