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

/* ---------------------------------------------------------------- GPT-4's and Llama 3's */

static bool is_newline(char c)
{
    return c == '\n' || c == '\r';
}

static char small(const char *p, const char *end)
{
    return p >= end ? 0 : *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
}

static const char *any_contraction(const char *p, const char *end)
{
    char a = small(p + 1, end), b = small(p + 2, end);
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l'))
        return p + 3;
    return a == 's' || a == 't' || a == 'm' || a == 'd' ? p + 2 : p;
}

static const char *digits(const char *p, const char *end, int most)
{
    int length;
    for (int i = 0; i < most && p < end; i++, p += length)
        if (unicode_kind_of(unicode_at(p, end, &length)) != UNICODE_NUMBER)
            break;
    return p;
}

/* White space up to its last end of a line; else as GPT-2 has it. */
static const char *lines(const char *p, const char *end)
{
    const char *stop = run(p, end, is_white);
    for (const char *q = stop; q > p; q--)
        if (is_newline(q[-1]))
            return q;
    return white(p, end);
}

const char *pretoken_cl100k(const char *p, const char *end, int most)
{
    int length, more;
    const char *q = *p == '\'' ? any_contraction(p, end) : p;
    if (q > p)
        return q;
    unicode_kind kind = unicode_kind_of(unicode_at(p, end, &length));
    if (kind == UNICODE_LETTER)
        return run(p, end, is_letter);
    q = p + length;
    if (kind != UNICODE_NUMBER && !is_newline(*p) && q < end &&
        unicode_kind_of(unicode_at(q, end, &more)) == UNICODE_LETTER)
        return run(q, end, is_letter);
    if (kind == UNICODE_NUMBER)
        return digits(p, end, most);
    q = *p == ' ' && p + 1 < end ? p + 1 : p;
    if (is_other(unicode_kind_of(unicode_at(q, end, &length)))) {
        q = run(q, end, is_other);
        while (q < end && is_newline(*q))
            q++;
        return q;
    }
    return lines(p, end);
}
