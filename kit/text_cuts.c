/* Cuts of a text into pieces. */
#include <stdlib.h>
#include <string.h>

#include "pretoken.h"
#include "text_steps.h"
#include "unicode.h"

/* ---------------------------------------------------------------- pieces */

void piece_list_add(piece_list *p, const char *text, size_t size)
{
    if (!size)
        return;
    if (p->count == p->room) {
        int64_t room = 2 * p->room + 32;
        size_t *end = realloc(p->end, (size_t)room * sizeof *end);
        p->failed = p->failed || !end;
        if (!end)
            return;
        p->end = end, p->room = room;
    }
    text_add_bytes(&p->bytes, text, size);
    p->failed = p->failed || p->bytes.failed;
    p->end[p->count++] = p->bytes.size;
}

const char *piece_at(const piece_list *p, int64_t i, size_t *size)
{
    size_t start = i ? p->end[i - 1] : 0;
    *size = p->end[i] - start;
    return p->bytes.data + start;
}

void piece_list_clear(piece_list *p)
{
    p->bytes.size = 0;
    p->count = 0;
}

void piece_list_done(piece_list *p)
{
    text_done(&p->bytes);
    free(p->end);
    *p = (piece_list){.count = 0};
}

/* ---------------------------------------------------------------- cuts by what a character is */

static bool in_words(unsigned code)
{
    unicode_kind kind = unicode_kind_of(code);
    return kind == UNICODE_LETTER || kind == UNICODE_MARK ||
           (kind == UNICODE_NUMBER && !unicode_is_other_number(code)) || code == '_' ||
           code == 0x203F || code == 0x2040 || code == 0x200C || code == 0x200D;
}

static bool is_punctuation(unsigned code)
{
    unicode_kind kind = unicode_kind_of(code);
    return kind == UNICODE_PUNCTUATION || (code < 128 && kind == UNICODE_SYMBOL);
}

/* What cuts, character by character. */
static bool matches(const text_step *s, unsigned code)
{
    return s->kind == STEP_WHITE         ? unicode_kind_of(code) == UNICODE_SPACE
           : s->kind == STEP_PUNCTUATION ? is_punctuation(code)
                                         : unicode_kind_of(code) == UNICODE_NUMBER;
}

/* The end of the next stretch from p on, which is a match or none. */
static const char *stretch(const text_step *s, const char *p, const char *end, bool *match)
{
    int length;
    if (s->kind == STEP_LITERAL) {
        size_t size = strlen(s->from);
        *match = (size_t)(end - p) >= size && memcmp(p, s->from, size) == 0;
        if (*match)
            return p + size;
        for (p++; p < end && ((size_t)(end - p) < size || memcmp(p, s->from, size) != 0);)
            p++;
        return p;
    }
    *match = matches(s, unicode_at(p, end, &length));
    p += length;
    bool one = *match && !(s->kind == STEP_DIGITS && !s->single);
    while (!one && p < end && matches(s, unicode_at(p, end, &length)) == *match)
        p += length;
    return p;
}

static void split(const text_step *s, const char *p, const char *end, piece_list *out)
{
    const char *from = p; /* of the piece that is open */
    bool before = false;  /* the stretch before was a match */
    while (p < end) {
        bool match;
        const char *stop = stretch(s, p, end, &match);
        bool cut = s->behaviour == SPLIT_ISOLATED        ? true
                   : s->behaviour == SPLIT_REMOVED       ? true
                   : s->behaviour == SPLIT_MERGED_BEHIND ? match
                   : s->behaviour == SPLIT_MERGED_BEFORE ? before
                                                         : match != before;
        if (cut && p > from) {
            bool gone = s->behaviour == SPLIT_REMOVED && before;
            piece_list_add(out, from, gone ? 0 : (size_t)(p - from));
            from = p;
        }
        before = match;
        p = stop;
    }
    if (end > from && !(s->behaviour == SPLIT_REMOVED && before))
        piece_list_add(out, from, (size_t)(end - from));
}

/* ---------------------------------------------------------------- cuts by patterns */

static void by_words(const char *p, const char *end, piece_list *out)
{
    int length;
    while (p < end) {
        const char *from = p;
        unsigned code = unicode_at(p, end, &length);
        bool white = unicode_kind_of(code) == UNICODE_SPACE, word = in_words(code);
        for (; p < end; p += length) {
            code = unicode_at(p, end, &length);
            if ((unicode_kind_of(code) == UNICODE_SPACE) != white || in_words(code) != word)
                break;
        }
        piece_list_add(out, from, white ? 0 : (size_t)(p - from));
    }
}

static void by_pattern(const text_step *s, const char *p, const char *end, piece_list *out)
{
    for (const char *next; p < end; p = next) {
        next = s->kind == STEP_GPT2 ? pretoken_gpt2(p, end)
                                    : pretoken_cl100k(p, end, s->kind == STEP_CL100K ? 3 : 1);
        piece_list_add(out, p, (size_t)(next - p));
    }
}

static void by_bert(const char *p, const char *end, piece_list *out)
{
    const char *from;
    while ((p = pretoken_bert(p, end, &from)))
        piece_list_add(out, from, (size_t)(p - from));
}

static void metaspace(const text_step *s, const char *p, const char *end, bool first,
                      piece_list *out)
{
    text_buffer t = {0};
    size_t size = strlen(s->to);
    bool has = *p == ' ' || ((size_t)(end - p) >= size && memcmp(p, s->to, size) == 0);
    if (!has && (s->always || (s->first && first)))
        text_add(&t, s->to);
    for (; p < end; p++)
        text_add_bytes(&t, *p == ' ' ? s->to : p, *p == ' ' ? size : 1);
    text_step cut = {.kind = STEP_LITERAL, .behaviour = SPLIT_MERGED_BEHIND};
    memcpy(cut.from, s->to, sizeof cut.from);
    if (s->right && !t.failed)
        split(&cut, t.data, t.data + t.size, out);
    else if (!t.failed)
        piece_list_add(out, t.data, t.size);
    out->failed = out->failed || t.failed;
    text_done(&t);
}

static void prefix(const char *p, const char *end, piece_list *out)
{
    text_buffer t = {0};
    if (*p != ' ')
        text_add(&t, " ");
    text_add_bytes(&t, p, (size_t)(end - p));
    if (!t.failed)
        piece_list_add(out, t.data, t.size);
    out->failed = out->failed || t.failed;
    text_done(&t);
}

static void cut(const text_step *s, const char *p, size_t size, bool first, piece_list *out)
{
    const char *end = p + size;
    switch (s->kind) {
    case STEP_BERT: by_bert(p, end, out); break;
    case STEP_GPT2:
    case STEP_CL100K:
    case STEP_QWEN2: by_pattern(s, p, end, out); break;
    case STEP_WORDS: by_words(p, end, out); break;
    case STEP_METASPACE: metaspace(s, p, end, first, out); break;
    case STEP_PREFIX: prefix(p, end, out); break;
    default: split(s, p, end, out);
    }
}

bool text_steps_cut(const text_steps *steps, bool first, piece_list *p, piece_list *room)
{
    for (int i = 0; i < steps->count && !p->failed; i++) {
        piece_list_clear(room);
        for (int64_t k = 0; k < p->count; k++) {
            size_t size;
            const char *text = piece_at(p, k, &size);
            cut(&steps->step[i], text, size, first && k == 0, room);
        }
        piece_list other = *p;
        *p = *room;
        *room = other;
    }
    return !p->failed && !room->failed;
}

bool text_steps_pattern(const char *regex, text_step_kind *kind)
{
    static const struct {
        const char *regex;
        text_step_kind kind;
    } known[] = {
        {"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
         STEP_GPT2},
        {"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
         "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
         STEP_CL100K},
        {"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
         "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
         STEP_QWEN2},
        {"\\w+|[^\\w\\s]+", STEP_WORDS}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].regex, regex) == 0) {
            *kind = known[i].kind;
            return true;
        }
    return false;
}
