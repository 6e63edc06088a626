/* Texts become tokens, and tokens texts. */
#define _POSIX_C_SOURCE 200809L

#include "tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "encoder_listed.h"
#include "message.h"
#include "unicode.h"

void tokenizer_done(tokenizer *t)
{
    for (int32_t i = 0; i < t->addeds; i++)
        free(t->added[i].text);
    free(t->added);
    free(t->id);
    free(t->text_of);
    vocabulary_done(&t->list);
    bpe_done(&t->merges);
    bpe_cache_done(&t->cache);
    *t = (tokenizer){.unknown = -1};
}

static int32_t find(const tokenizer *t, const char *text, size_t size)
{
    int32_t i = vocabulary_find(&t->list, text, size);
    return i < 0 ? -1 : t->id[i];
}

/* ---------------------------------------------------------------- word pieces */

/* The longest token from p on, with `prefix` before it; its end, NULL where there is none. */
static const char *longest(const tokenizer *t, const char *p, const char *end, const char *prefix,
                           int32_t *id)
{
    char room[1024];
    size_t before = strlen(prefix), size = (size_t)(end - p);
    if (before + size > sizeof room)
        size = sizeof room - before;
    memcpy(room, prefix, before);
    memcpy(room + before, p, size);
    for (; size; size--) {
        if (p + size < end && ((unsigned char)p[size] & 0xC0) == 0x80)
            continue;
        *id = find(t, room, before + size);
        if (*id >= 0)
            return p + size;
    }
    return NULL;
}

static int32_t characters_in(const char *p, const char *end)
{
    int32_t count = 0;
    for (; p < end; p++)
        count += ((unsigned char)*p & 0xC0) != 0x80;
    return count;
}

bool tokenizer_pieces(const tokenizer *t, const char *word, size_t size, token_list *out)
{
    int64_t before = out->count;
    const char *p = word, *end = word + size;
    bool known = characters_in(p, end) <= t->longest;
    while (known && p < end) {
        int32_t id;
        p = longest(t, p, end, p > word ? t->prefix : "", &id);
        known = p != NULL;
        if (known && !token_list_add(out, id))
            return false;
    }
    if (known)
        return true;
    out->count = before;
    return t->unknown < 0 || token_list_add(out, t->unknown);
}

/* ---------------------------------------------------------------- byte pairs */

/* A letter that is no token: as bytes, as one that is unknown, or not at all. */
static bool add_unknown(const tokenizer *t, const char *p, int length, bool *unknown,
                        token_list *out)
{
    bool all = t->fallback;
    for (int i = 0; i < length; i++)
        all = all && t->byte_letter[(unsigned char)p[i]] >= 0;
    if (all) {
        *unknown = false;
        for (int i = 0; i < length; i++)
            if (!token_list_add(out, t->byte_letter[(unsigned char)p[i]]))
                return false;
        return true;
    }
    if (t->unknown < 0)
        return true;
    bool fused = *unknown && t->fuse;
    *unknown = true;
    return fused || token_list_add(out, t->unknown);
}

/* The letters of a piece as tokens, with the model's prefix and suffix. */
static bool add_letters(const tokenizer *t, const char *piece, size_t size, token_list *out)
{
    const char *end = piece + size;
    bool unknown = false, good = true;
    int length;
    for (const char *p = piece; good && p < end; p += length) {
        char room[48];
        size_t used = 0;
        if (t->bytes)
            length = 1;
        else
            unicode_at(p, end, &length);
        if (p > piece && *t->prefix)
            used = (size_t)(stpcpy(room, t->prefix) - room);
        memcpy(room + used, p, (size_t)length);
        used += (size_t)length;
        if (p + length >= end && *t->suffix)
            used = (size_t)(stpcpy(room + used, t->suffix) - room);
        int32_t id = find(t, room, used);
        good = id >= 0 ? token_list_add(out, id) : add_unknown(t, p, length, &unknown, out);
        unknown = unknown && id < 0;
    }
    return good;
}

enum { PIECE_MOST = 1 << 16 }; /* bytes that are merged together */

static bool add_pairs(const tokenizer *t, const char *piece, size_t size, token_list *out)
{
    uint64_t hash = vocabulary_hash(piece, size);
    const bpe_word *known = bpe_cache_find(&t->cache, piece, size, hash);
    bool good = true;
    for (uint32_t i = 0; known && good && i < known->count; i++)
        good = token_list_add(out, known->token[i]);
    if (known)
        return good;
    int64_t first = out->count;
    int32_t all = t->whole ? find(t, piece, size) : -1;
    if (all >= 0) {
        good = token_list_add(out, all);
    } else {
        good = add_letters(t, piece, size, out);
        int64_t count = out->count - first;
        good = good && (!count || bpe_apply(&t->merges, out->token + first, &count));
        out->count = first + count;
    }
    if (good && out->count > first)
        bpe_cache_put((bpe_cache *)&t->cache, piece, size, hash, out->token + first,
                      out->count - first);
    return good;
}

/* A piece that is longer than any word is cut between letters. */
static bool add_piece(const tokenizer *t, const char *piece, size_t size, token_list *out)
{
    bool good = true;
    while (good && size) {
        size_t now = size;
        if (now > PIECE_MOST)
            for (now = PIECE_MOST; ((unsigned char)piece[now] & 0xC0) == 0x80;)
                now--;
        good = add_pairs(t, piece, now, out);
        piece += now, size -= now;
    }
    return good;
}

/* ---------------------------------------------------------------- tokens that are added */

static bool is_word(unsigned code)
{
    unicode_kind kind = unicode_kind_of(code);
    return kind == UNICODE_LETTER || kind == UNICODE_MARK || kind == UNICODE_NUMBER || code == '_';
}

static bool white_at(const char *p, const char *end, int *length)
{
    return unicode_kind_of(unicode_at(p, end, length)) == UNICODE_SPACE;
}

static const char *before_of(const char *begin, const char *p)
{
    do
        p--;
    while (p > begin && ((unsigned char)*p & 0xC0) == 0x80);
    return p;
}

static bool stands_alone(const char *begin, const char *at, const char *stop, const char *end)
{
    int length;
    return (at == begin || !is_word(unicode_at(before_of(begin, at), end, &length))) &&
           (stop == end || !is_word(unicode_at(stop, end, &length)));
}

/* The longest that stands at p; -1: none. */
static int32_t added_at(const tokenizer *t, const char *p, const char *end, bool normalized)
{
    int32_t best = -1;
    for (int32_t i = 0; i < t->addeds; i++) {
        const added_token *a = &t->added[i];
        if (a->normalized == normalized && a->size && *a->text == *p &&
            a->size <= (size_t)(end - p) && memcmp(a->text, p, a->size) == 0 &&
            (best < 0 || a->size > t->added[best].size))
            best = i;
    }
    return best;
}

typedef ad_status (*part_take)(const tokenizer *t, const char *text, size_t size, bool first,
                               token_list *out);

/* Gives what stands between added tokens to part, and puts their ids between. */
static ad_status between(const tokenizer *t, const char *text, size_t size, bool first,
                         bool normalized, part_take part, token_list *out)
{
    const char *from = text, *end = text + size, *begin = text;
    ad_status status = AD_OK;
    for (const char *p = text; p < end && status == AD_OK;) {
        int32_t i = added_at(t, p, end, normalized);
        const added_token *a = i < 0 ? NULL : &t->added[i];
        const char *stop = a ? p + a->size : p + 1;
        if (!a || (a->single && !stands_alone(begin, p, stop, end))) {
            p = stop;
            continue;
        }
        const char *at = p;
        int length;
        while (a->left && at > from && white_at(before_of(from, at), end, &length))
            at = before_of(from, at);
        while (a->right && stop < end && white_at(stop, end, &length))
            stop += length;
        if (at > from)
            status = part(t, from, (size_t)(at - from), first && from == begin, out);
        if (status == AD_OK && !token_list_add(out, a->id))
            status = message_no_memory();
        from = p = stop;
    }
    if (status == AD_OK && end > from)
        status = part(t, from, (size_t)(end - from), first && from == begin, out);
    return status;
}

/* ---------------------------------------------------------------- the whole */

static ad_status model(const tokenizer *t, const char *text, size_t size, bool first,
                       token_list *out)
{
    piece_list pieces = {0}, room = {0};
    piece_list_add(&pieces, text, size);
    bool good = !pieces.failed && text_steps_cut(&t->cut, first, &pieces, &room);
    for (int64_t i = 0; good && i < pieces.count; i++) {
        size_t length;
        const char *piece = piece_at(&pieces, i, &length);
        good =
            t->pieces ? tokenizer_pieces(t, piece, length, out) : add_piece(t, piece, length, out);
    }
    piece_list_done(&pieces);
    piece_list_done(&room);
    return good ? AD_OK : message_no_memory();
}

static ad_status changed(const tokenizer *t, const char *text, size_t size, bool first,
                         token_list *out)
{
    text_buffer b = {0};
    text_add_bytes(&b, text, size);
    ad_status status = text_steps_change(&t->change, &b) ? AD_OK : message_no_memory();
    if (status == AD_OK && b.size)
        status = between(t, b.data, b.size, first, true, model, out);
    text_done(&b);
    return status;
}

ad_status tokenizer_encode(const tokenizer *t, const char *text, size_t size, token_list *out)
{
    ad_status status = unicode_can(text, size);
    return status == AD_OK && size ? between(t, text, size, true, false, changed, out) : status;
}

/* ---------------------------------------------------------------- tokens as text */

const char *tokenizer_text(const tokenizer *t, int32_t id, size_t *size)
{
    int32_t at = id >= 0 && id < t->ids ? t->text_of[id] : -1;
    if (at >= 0)
        return vocabulary_text(&t->list, at, size);
    if (at == -1)
        return NULL;
    *size = t->added[-2 - at].size;
    return t->added[-2 - at].text;
}

static bool left_out(const tokenizer *t, int32_t id)
{
    if (id == t->special[AD_SPECIAL_PADDING])
        return true;
    for (int32_t i = 0; i < t->addeds; i++)
        if (t->added[i].id == id)
            return t->added[i].special;
    return false;
}

/* "<0x0A>" is a byte. */
static bool is_byte(const char *text, size_t size, char *byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *high = size == 6 && memcmp(text, "<0x", 3) == 0 && text[5] == '>' && text[3]
                           ? strchr(digits, text[3])
                           : NULL;
    const char *low = high && text[4] ? strchr(digits, text[4]) : NULL;
    if (low)
        *byte = (char)((high - digits) * 16 + (low - digits));
    return low != NULL;
}

static void add_metaspace(text_buffer *b, const char *text, size_t size)
{
    char byte;
    if (is_byte(text, size, &byte)) {
        text_add_bytes(b, &byte, 1);
        return;
    }
    for (size_t i = 0; i < size;) {
        bool blank = size - i >= 3 && memcmp(text + i, "\xE2\x96\x81", 3) == 0;
        text_add_bytes(b, blank ? " " : text + i, 1);
        i += blank ? 3 : 1;
    }
}

static bool begins(const char *text, size_t size, const char *word)
{
    return *word && size >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

static bool ends(const char *text, size_t size, const char *word)
{
    return *word && size >= strlen(word) &&
           memcmp(text + size - strlen(word), word, strlen(word)) == 0;
}

/* No blank stands before these, where the decoder WordPiece cleans up. */
static bool is_mark(const char *text, size_t size)
{
    static const char *const marks[] = {".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (begins(text, size, marks[i]))
            return true;
    return false;
}

static void add_decoded(const tokenizer *t, const char *text, size_t size, bool any, text_buffer *b)
{
    bool goes_on = begins(text, size, t->prefix), over = ends(text, size, t->suffix);
    switch (t->decoder) {
    case DECODE_BYTES: text_add_bytes(b, text, size); break;
    case DECODE_METASPACE: add_metaspace(b, text, size); break;
    case DECODE_PIECES:
        text_add(b, any && !goes_on && !(t->cleanup && is_mark(text, size)) ? " " : "");
        text_add_bytes(b, goes_on && any ? text + strlen(t->prefix) : text,
                       goes_on && any ? size - strlen(t->prefix) : size);
        break;
    case DECODE_SUFFIX:
        text_add_bytes(b, text, over ? size - strlen(t->suffix) : size);
        text_add(b, over ? " " : "");
        break;
    default: text_add(b, any ? " " : ""); text_add_bytes(b, text, size);
    }
}

char *tokenizer_decode(const tokenizer *t, const int32_t *token, int64_t count)
{
    text_buffer b = {0};
    bool any = false;
    for (int64_t i = 0; i < count; i++) {
        size_t size;
        const char *text = left_out(t, token[i]) ? NULL : tokenizer_text(t, token[i], &size);
        if (!text)
            continue;
        add_decoded(t, text, size, any, &b);
        any = true;
    }
    bool blank = b.size && !b.failed &&
                 (t->decoder == DECODE_SUFFIX ? b.data[b.size - 1] == ' '
                                              : t->decoder == DECODE_METASPACE && *b.data == ' ');
    if (blank && t->decoder == DECODE_SUFFIX)
        b.size--;
    char *made = b.failed ? NULL
                 : blank && *b.data == ' ' && t->decoder == DECODE_METASPACE
                     ? text_copy_bytes(b.data + 1, b.size - 1)
                     : text_copy_bytes(b.size ? b.data : "", b.size);
    text_done(&b);
    if (!made)
        message_no_memory();
    return made;
}
