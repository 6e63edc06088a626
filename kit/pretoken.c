/* How texts are cut before they become tokens. */
#include "pretoken.h"

#include <stdbool.h>
#include <stddef.h>

#include "unicode.h"

typedef bool (*kind_rule)(unicode_kind kind);

static bool is_letter(unicode_kind kind)
{
    return kind == UNICODE_LETTER;
}

static bool is_number(unicode_kind kind)
{
    return kind == UNICODE_NUMBER;
}

static bool is_white(unicode_kind kind)
{
    return kind == UNICODE_SPACE;
}

static bool is_other(unicode_kind kind)
{
    return kind != UNICODE_LETTER && kind != UNICODE_NUMBER && kind != UNICODE_SPACE;
}

static const char *run(const char *p, const char *end, kind_rule rule)
{
    int length;
    while (p < end && rule(unicode_kind_of(unicode_at(p, end, &length))))
        p += length;
    return p;
}

/* 's, 't, 're... behind an apostrophe; p itself where none stands there. */
static const char *contraction(const char *p, const char *end)
{
    char a = p + 1 < end ? p[1] : 0, b = p + 2 < end ? p[2] : 0;
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l'))
        return p + 3;
    return a == 's' || a == 't' || a == 'm' || a == 'd' ? p + 2 : p;
}

/* White space: all at the end of the text, else all but the last character, or the only one. */
static const char *white(const char *p, const char *end)
{
    const char *stop = run(p, end, is_white), *last = stop - 1;
    while (((unsigned char)*last & 0xC0) == 0x80)
        last--;
    return stop == end || last == p ? stop : last;
}

const char *pretoken_gpt2(const char *p, const char *end)
{
    int length;
    const char *q = *p == '\'' ? contraction(p, end) : p;
    if (q > p)
        return q;
    q = *p == ' ' && p + 1 < end ? p + 1 : p;
    unicode_kind kind = unicode_kind_of(unicode_at(q, end, &length));
    if (kind == UNICODE_SPACE)
        return white(p, end);
    return run(q, end,
               kind == UNICODE_LETTER   ? is_letter
               : kind == UNICODE_NUMBER ? is_number
                                        : is_other);
}

static bool bert_punctuation(unsigned code)
{
    unicode_kind kind = unicode_kind_of(code);
    return kind == UNICODE_PUNCTUATION || (code < 128 && kind == UNICODE_SYMBOL);
}

const char *pretoken_bert(const char *p, const char *end, const char **from)
{
    int length;
    for (; p < end; p += length)
        if (unicode_kind_of(unicode_at(p, end, &length)) != UNICODE_SPACE)
            break;
    if (p == end)
        return NULL;
    *from = p;
    if (bert_punctuation(unicode_at(p, end, &length)))
        return p + length;
    for (; p < end; p += length) {
        unsigned code = unicode_at(p, end, &length);
        if (unicode_kind_of(code) == UNICODE_SPACE || bert_punctuation(code))
            break;
    }
    return p;
}
