/* Changes of a text as a whole. */
#include <stdlib.h>
#include <string.h>

#include "text_steps.h"
#include "unicode.h"

static bool is_bert_control(unsigned code)
{
    if (code == '\t' || code == '\n' || code == '\r')
        return false;
    unicode_kind kind = unicode_kind_of(code);
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || kind == UNICODE_CONTROL ||
           kind == UNICODE_OTHER;
}

/* As BERT has them. */
static bool is_ideograph(unsigned code)
{
    return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x3400 && code <= 0x4DBF) ||
           (code >= 0x20000 && code <= 0x2A6DF) || (code >= 0x2A700 && code <= 0x2B73F) ||
           (code >= 0x2B740 && code <= 0x2B81F) || (code >= 0x2B920 && code <= 0x2CEAF) ||
           (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x2F800 && code <= 0x2FA1F);
}

static void change_one(const text_step *s, unsigned code, text_buffer *to)
{
    switch (s->kind) {
    case STEP_LOWER: unicode_add_lower(to, code); return;
    case STEP_STRIP_ACCENTS:
        if (!unicode_is_accent(code))
            unicode_add(to, code);
        return;
    case STEP_BERT_CLEAN:
        if (code != 0xFFFD && code && !is_bert_control(code))
            unicode_add(to, unicode_kind_of(code) == UNICODE_SPACE ? ' ' : code);
        return;
    default: /* STEP_BERT_CHINESE */
        if (is_ideograph(code))
            text_add(to, " ");
        unicode_add(to, code);
        if (is_ideograph(code))
            text_add(to, " ");
    }
}

static void replace(const char *p, const char *end, const text_step *s, text_buffer *to)
{
    size_t size = strlen(s->from);
    while (p < end) {
        bool here = size && (size_t)(end - p) >= size && memcmp(p, s->from, size) == 0;
        if (here)
            text_add(to, s->to);
        else
            text_add_bytes(to, p, 1);
        p += here ? size : 1;
    }
}

static void strip(const char *p, const char *end, const text_step *s, text_buffer *to)
{
    int length;
    while (s->left && p < end && unicode_kind_of(unicode_at(p, end, &length)) == UNICODE_SPACE)
        p += length;
    while (s->right && p < end) {
        const char *last = end - 1;
        while (last > p && ((unsigned char)*last & 0xC0) == 0x80)
            last--;
        if (unicode_kind_of(unicode_at(last, end, &length)) != UNICODE_SPACE)
            break;
        end = last;
    }
    text_add_bytes(to, p, (size_t)(end - p));
}

static void change_each(const char *p, const char *end, const text_step *s, text_buffer *to)
{
    for (int length; p < end; p += length) {
        unsigned code = unicode_at(p, end, &length);
        change_one(s, code, to);
    }
}

static void normalize(const char *text, size_t size, const text_step *s, text_buffer *to)
{
    size_t normal;
    char *made = unicode_normal(text, size, (unicode_form)(s->kind - STEP_NFC), &normal);
    if (made)
        text_add_bytes(to, made, normal);
    to->failed = to->failed || !made;
    free(made);
}

static void change(const text_step *s, const text_buffer *from, text_buffer *to)
{
    const char *p = from->size ? from->data : "", *end = p + from->size;
    if (s->kind >= STEP_NFC && s->kind <= STEP_NFKD) {
        normalize(p, from->size, s, to);
    } else if (s->kind == STEP_REPLACE) {
        replace(p, end, s, to);
    } else if (s->kind == STEP_STRIP) {
        strip(p, end, s, to);
    } else if (s->kind == STEP_PREPEND) {
        text_add(to, from->size ? s->to : "");
        text_add_bytes(to, p, from->size);
    } else {
        change_each(p, end, s, to);
    }
}

bool text_steps_change(const text_steps *steps, text_buffer *text)
{
    for (int i = 0; i < steps->count && !text->failed; i++) {
        text_buffer to = {0};
        change(&steps->step[i], text, &to);
        text_done(text);
        *text = to;
    }
    return !text->failed;
}
