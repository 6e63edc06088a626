/* Texts become pieces as SentencePiece 0.2 has it. */
#include "sentencepiece.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "unicode.h"
#include "utf8.h"

static const char space[] = "\xE2\x96\x81";
enum { SPACE = 3 };

/* ---------------------------------------------------------------- changes of the text */

/* The longest that the double array knows (Yata, darts-clone): its bytes, 0: none; *to: where its
 * text begins. */
static size_t longest_change(const sentencepiece *s, const char *text, size_t size, size_t *to)
{
    size_t best = 0, at = 0;
    if (!s->tries)
        return 0;
    uint32_t unit = s->trie[0];
    at ^= (unit >> 10) << ((unit & (1u << 9)) >> 6);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        at ^= byte;
        if (at >= s->tries)
            break;
        unit = s->trie[at];
        if ((unit & ((1u << 31) | 0xFF)) != byte)
            break;
        at ^= (unit >> 10) << ((unit & (1u << 9)) >> 6);
        if (unit >> 8 & 1 && at < s->tries && (s->trie[at] & 0x7FFFFFFF) < s->changes) {
            best = i + 1;
            *to = s->trie[at] & 0x7FFFFFFF;
        }
    }
    return best;
}

size_t sentencepiece_own(const sentencepiece *s, const char *text, size_t size)
{
    size_t most = size < s->longest_own ? size : s->longest_own;
    for (size_t i = most; i > 0; i--) {
        int32_t at = vocabulary_find(&s->list, text, i);
        if (at >= 0 && s->type[at] == PIECE_OWN)
            return i;
    }
    return 0;
}

/* What the begin of the text becomes; returns how many bytes of it that are. */
static size_t change_one(const sentencepiece *s, const char *text, size_t size, const char **is,
                         size_t *length)
{
    size_t to = 0, own = sentencepiece_own(s, text, size);
    size_t known = own ? 0 : longest_change(s, text, size, &to);
    if (known) {
        *is = s->changed + to;
        *length = strlen(*is);
        return known;
    }
    unsigned code;
    int bytes = own ? (int)own : utf8_next(text, size, &code);
    *is = bytes ? text : "\xEF\xBF\xBD";
    *length = bytes ? (size_t)bytes : 3;
    return bytes ? (size_t)bytes : 1;
}

static void add_blank(const sentencepiece *s, text_buffer *to)
{
    text_add(to, s->escape ? space : " ");
}

static void trim_end(const sentencepiece *s, text_buffer *to)
{
    const char *blank = s->escape ? space : " ";
    size_t size = strlen(blank);
    while (to->size >= size && memcmp(to->data + to->size - size, blank, size) == 0)
        to->size -= size;
}

bool sentencepiece_normal(const sentencepiece *s, const char *text, size_t size, text_buffer *to)
{
    const char *p = text, *end = text + size, *is;
    size_t length, used;
    bool after_blank = s->trim;
    for (; s->trim && p < end; p += used) {
        used = change_one(s, p, (size_t)(end - p), &is, &length);
        if (length != 1 || *is != ' ')
            break;
    }
    if (p == end)
        return true;
    if (s->dummy && !s->behind)
        add_blank(s, to);
    for (; p < end; p += used) {
        used = change_one(s, p, (size_t)(end - p), &is, &length);
        for (; after_blank && length && *is == ' '; length--)
            is++;
        for (size_t i = 0; i < length; i++)
            if (is[i] == ' ')
                add_blank(s, to);
            else
                text_add_bytes(to, is + i, 1);
        if (length)
            after_blank = is[length - 1] == ' ';
        after_blank = after_blank && s->trim;
    }
    if (s->trim && !to->failed)
        trim_end(s, to);
    if (s->dummy && s->behind)
        add_blank(s, to);
    return !to->failed;
}

/* ---------------------------------------------------------------- what is put out */

typedef struct putting {
    const sentencepiece *s;
    token_list *out;
    bool unknown; /* the piece before was: unknown ones behind each other are one */
} putting;

static bool put(putting *p, const char *text, size_t size, int32_t id)
{
    bool unknown = id == p->s->unknown, before = p->unknown, good = true;
    p->unknown = unknown;
    if (unknown && p->s->fallback) {
        for (size_t i = 0; good && i < size; i++)
            good = token_list_add(p->out, p->s->byte[(unsigned char)text[i]]);
        return good;
    }
    return (unknown && before) || token_list_add(p->out, id);
}

static size_t letter_size(const char *p, const char *end)
{
    int length;
    unicode_at(p, end, &length);
    return (size_t)length;
}

/* ---------------------------------------------------------------- unigram (Kudo 2018) */

typedef struct best_end {
    int32_t id;
    float score;
    int64_t from; /* -1: no path ends here */
} best_end;

static void try_path(best_end *to, float score, int64_t from, int32_t id)
{
    if (to->from < 0 || score > to->score)
        *to = (best_end){id, score, from};
}

/* All pieces that begin at `at`. */
static void extend(const sentencepiece *s, const char *text, int64_t size, int64_t at,
                   best_end *best)
{
    int64_t letter = (int64_t)letter_size(text + at, text + size);
    int64_t most = size - at < (int64_t)s->longest ? size - at : (int64_t)s->longest;
    float here = best[at].score;
    bool single = false;
    for (int64_t n = 1; n <= most; n++) {
        int32_t id = vocabulary_find(&s->list, text + at, (size_t)n);
        int type = id < 0 ? PIECE_UNUSED : s->type[id];
        if (type != PIECE_NORMAL && type != PIECE_OWN)
            continue;
        /* a piece of the user is always chosen */
        float score = type == PIECE_OWN ? -0.1f : s->score[id];
        try_path(&best[at + n], score + here, at, id);
        single = single || n == letter;
    }
    if (!single)
        try_path(&best[at + letter], s->least - 10.0f + here, at, s->unknown);
}

static bool unigram(const sentencepiece *s, const char *text, int64_t size, putting *to)
{
    best_end *best = malloc(((size_t)size + 1) * sizeof *best);
    int64_t *path = malloc(((size_t)size + 1) * sizeof *path), count = 0;
    bool good = best && path;
    for (int64_t i = 0; good && i <= size; i++)
        best[i] = (best_end){-1, 0, -1};
    for (int64_t at = 0; good && at < size; at += (int64_t)letter_size(text + at, text + size))
        extend(s, text, size, at, best);
    for (int64_t at = size; good && at > 0; at = best[at].from)
        path[count++] = at;
    while (good && count--) {
        const best_end *b = &best[path[count]];
        good = put(to, text + b->from, (size_t)(path[count] - b->from), b->id);
    }
    free(best);
    free(path);
    return good;
}

/* ---------------------------------------------------------------- byte pairs */

typedef struct symbol {
    int64_t at, size; /* size 0: merged into the one before */
    int64_t before, next;
    bool own;
} symbol;

typedef struct waiting {
    float score;
    int64_t left, right, size;
} waiting;

typedef struct merging {
    const sentencepiece *s;
    const char *text;
    symbol *symbol;
    int64_t count;
    waiting *heap;
    int64_t heaped;
    int64_t *half; /* of each piece that is not to be used: bytes of the left one it is made of */
} merging;

static bool sooner(const waiting *a, const waiting *b)
{
    return a->score != b->score ? a->score > b->score : a->left < b->left;
}

static void push(merging *m, waiting x)
{
    int64_t i = m->heaped++;
    for (; i > 0 && sooner(&x, &m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = x;
}

static waiting pop(merging *m)
{
    waiting top = m->heap[0], last = m->heap[--m->heaped];
    int64_t i = 0, child;
    while ((child = 2 * i + 1) < m->heaped) {
        if (child + 1 < m->heaped && sooner(&m->heap[child + 1], &m->heap[child]))
            child++;
        if (!sooner(&m->heap[child], &last))
            break;
        m->heap[i] = m->heap[child];
        i = child;
    }
    m->heap[i] = last;
    return top;
}

static void push_pair(merging *m, int64_t left, int64_t right)
{
    if (left < 0 || right < 0 || m->symbol[left].own || m->symbol[right].own)
        return;
    int64_t size = m->symbol[left].size + m->symbol[right].size;
    int32_t id = vocabulary_find(&m->s->list, m->text + m->symbol[left].at, (size_t)size);
    int type = id < 0 ? 0 : m->s->type[id];
    if (type == PIECE_UNUSED)
        m->half[id] = m->symbol[left].size;
    if (type == PIECE_NORMAL || type == PIECE_OWN || type == PIECE_UNUSED)
        push(m, (waiting){m->s->score[id], left, right, size});
}

static void merge(merging *m, const waiting *x)
{
    symbol *left = &m->symbol[x->left], *right = &m->symbol[x->right];
    if (!left->size || !right->size || left->size + right->size != x->size)
        return;
    left->size += right->size;
    left->next = right->next;
    if (right->next >= 0)
        m->symbol[right->next].before = x->left;
    right->size = 0;
    push_pair(m, left->before, x->left);
    push_pair(m, x->left, left->next);
}

static bool begin(merging *m, int64_t size)
{
    m->symbol = malloc(((size_t)size + 1) * sizeof *m->symbol);
    m->heap = malloc(3 * ((size_t)size + 1) * sizeof *m->heap);
    m->half = m->s->unused ? calloc((size_t)m->s->list.count, sizeof *m->half) : NULL;
    if (!m->symbol || !m->heap || (m->s->unused && !m->half))
        return false;
    for (int64_t at = 0; at < size; m->count++) {
        size_t own = sentencepiece_own(m->s, m->text + at, (size_t)(size - at));
        size_t length = own ? own : letter_size(m->text + at, m->text + size);
        m->symbol[m->count] = (symbol){at, (int64_t)length, m->count - 1, m->count + 1, own > 0};
        at += (int64_t)length;
    }
    m->symbol[m->count - 1].next = -1;
    for (int64_t i = 1; i < m->count; i++)
        push_pair(m, i - 1, i);
    return true;
}

static int32_t piece_id(const sentencepiece *s, const char *text, int64_t size)
{
    int32_t id = vocabulary_find(&s->list, text, (size_t)size);
    return id < 0 ? s->unknown : id;
}

/* A piece that is not to be used is put out as the halves that it was made of. */
static bool put_piece(const merging *m, int64_t at, int64_t size, putting *to)
{
    int32_t id = piece_id(m->s, m->text + at, size);
    int64_t half = m->s->type[id] == PIECE_UNUSED ? m->half[id] : 0;
    if (half < 1 || half >= size)
        return put(to, m->text + at, (size_t)size, id);
    return put_piece(m, at, half, to) && put_piece(m, at + half, size - half, to);
}

static bool pairs(const sentencepiece *s, const char *text, int64_t size, putting *to)
{
    merging m = {.s = s, .text = text};
    bool good = begin(&m, size);
    while (good && m.heaped) {
        waiting x = pop(&m);
        merge(&m, &x);
    }
    for (int64_t i = 0; good && i >= 0; i = m.symbol[i].next)
        good = put_piece(&m, m.symbol[i].at, m.symbol[i].size, to);
    free(m.symbol);
    free(m.heap);
    free(m.half);
    return good;
}

bool sentencepiece_encode(const sentencepiece *s, const char *text, size_t size, token_list *out)
{
    text_buffer normal = {0};
    putting to = {.s = s, .out = out};
    bool good = sentencepiece_normal(s, text, size, &normal);
    if (good && normal.size)
        good = (s->pairs ? pairs : unigram)(s, normal.data, (int64_t)normal.size, &to);
    text_done(&normal);
    return good;
}

/* ---------------------------------------------------------------- pieces as text */

/* Bytes that are no UTF-8 become U+FFFD each. */
static void flush(text_buffer *bytes, text_buffer *to)
{
    for (size_t i = 0; i < bytes->size && !bytes->failed;) {
        unsigned code;
        int length = utf8_next(bytes->data + i, bytes->size - i, &code);
        text_add_bytes(to, length ? bytes->data + i : "\xEF\xBF\xBD", length ? (size_t)length : 3);
        i += length ? (size_t)length : 1;
    }
    to->failed = to->failed || bytes->failed;
    bytes->size = 0;
}

static void add_piece(const char *text, size_t size, text_buffer *to)
{
    for (size_t i = 0; i < size;) {
        bool blank = size - i >= SPACE && memcmp(text + i, space, SPACE) == 0;
        text_add_bytes(to, blank ? " " : text + i, 1);
        i += blank ? SPACE : 1;
    }
}

char *sentencepiece_decode(const sentencepiece *s, const int32_t *token, int64_t count)
{
    text_buffer to = {0}, bytes = {0};
    bool begins = true, taken = false; /* nothing was said yet; a blank was left out before it */
    for (int64_t i = 0; i < count; i++) {
        size_t size;
        if (token[i] < 0 || token[i] >= s->list.count)
            continue;
        const char *text = vocabulary_text(&s->list, token[i], &size);
        int type = s->type[token[i]];
        if (type == PIECE_BYTE) {
            char byte = (char)strtol(text + 1, NULL, 16);
            text_add_bytes(&bytes, &byte, 1);
            continue;
        }
        flush(&bytes, &to);
        begins = begins && !taken && !to.size;
        taken = false;
        if (type == PIECE_UNKNOWN)
            text_add(&to, s->surface);
        if (type == PIECE_UNKNOWN || type == PIECE_CONTROL)
            continue;
        bool blank = size >= SPACE && memcmp(text, space, SPACE) == 0;
        bool skip = begins && blank && (s->dummy || s->trim);
        taken = skip && !s->trim;
        add_piece(skip ? text + SPACE : text, skip ? size - SPACE : size, &to);
    }
    flush(&bytes, &to);
    text_done(&bytes);
    char *made = to.size || to.failed ? text_take(&to) : text_copy("");
    if (!made)
        message_no_memory();
    return made;
}
