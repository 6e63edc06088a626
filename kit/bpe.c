/* Byte-pair encoding: applying merges, and remembering what words became. */
#include "bpe.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT = 64 }; /* symbols that are looked through each time */

/* ---------------------------------------------------------------- merges by their pair */

static uint64_t key_of(int32_t left, int32_t right)
{
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

static size_t slot_for(uint64_t key, size_t slots)
{
    key *= 0x9E3779B97F4A7C15u;
    return (size_t)(key >> 20) & (slots - 1);
}

bool bpe_add(bpe *b, bpe_merge merge)
{
    if (b->merges == b->room) {
        int32_t room = 2 * b->room + 256;
        bpe_merge *list = realloc(b->merge, (size_t)room * sizeof *list);
        if (!list)
            return false;
        b->merge = list, b->room = room;
    }
    b->merge[b->merges++] = merge;
    return true;
}

bool bpe_index(bpe *b)
{
    size_t slots = 256;
    while (slots < 2 * ((size_t)b->merges + 1))
        slots *= 2;
    free(b->entry);
    b->entry = malloc(slots * sizeof *b->entry);
    b->slots = b->entry ? slots : 0;
    for (size_t i = 0; i < b->slots; i++)
        b->entry[i] = (bpe_entry){.rank = -1};
    for (int32_t i = 0; b->entry && i < b->merges; i++) {
        const bpe_merge *m = &b->merge[i];
        uint64_t key = key_of(m->left, m->right);
        size_t at = slot_for(key, slots);
        while (b->entry[at].rank >= 0 && b->entry[at].key != key)
            at = (at + 1) & (slots - 1);
        if (b->entry[at].rank < 0)
            b->entry[at] = (bpe_entry){key, i, m->made};
    }
    return b->entry != NULL;
}

void bpe_done(bpe *b)
{
    free(b->merge);
    free(b->entry);
    *b = (bpe){.merges = 0};
}

/* NULL: the pair is not merged. */
static const bpe_entry *find(const bpe *b, int32_t left, int32_t right)
{
    uint64_t key = key_of(left, right);
    size_t at = slot_for(key, b->slots);
    for (; b->entry[at].rank >= 0; at = (at + 1) & (b->slots - 1))
        if (b->entry[at].key == key)
            return &b->entry[at];
    return NULL;
}

static int32_t rank_of(const bpe *b, int32_t left, int32_t right)
{
    const bpe_entry *e = find(b, left, right);
    return e ? e->rank : INT32_MAX;
}

/* ---------------------------------------------------------------- short words */

static int64_t apply_short(const bpe *b, int32_t *symbol, int64_t count)
{
    int32_t rank[SHORT];
    for (int64_t i = 0; i + 1 < count; i++)
        rank[i] = rank_of(b, symbol[i], symbol[i + 1]);
    while (count > 1) {
        int64_t best = 0;
        for (int64_t i = 1; i + 1 < count; i++)
            best = rank[i] < rank[best] ? i : best;
        if (rank[best] == INT32_MAX)
            break;
        symbol[best] = b->merge[rank[best]].made;
        count--;
        memmove(symbol + best + 1, symbol + best + 2, (size_t)(count - best - 1) * sizeof *symbol);
        if (best + 1 < count) {
            memmove(rank + best, rank + best + 1, (size_t)(count - best - 1) * sizeof *rank);
            rank[best] = rank_of(b, symbol[best], symbol[best + 1]);
        }
        if (best > 0)
            rank[best - 1] = rank_of(b, symbol[best - 1], symbol[best]);
    }
    return count;
}

/* ---------------------------------------------------------------- long words
 * A heap of pairs, the one to be merged next on top; symbols are linked. */

typedef struct waiting {
    int32_t rank;
    int32_t left, right; /* the symbols that stood there */
    int64_t at;
} waiting;

typedef struct long_word {
    int32_t *symbol; /* -1: was merged into the one before */
    int64_t *next, *before;
    waiting *heap;
    int64_t heaped;
} long_word;

static bool sooner(const waiting *a, const waiting *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void push(long_word *w, waiting x)
{
    int64_t i = w->heaped++;
    for (; i > 0 && sooner(&x, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
        w->heap[i] = w->heap[(i - 1) / 2];
    w->heap[i] = x;
}

static waiting pop(long_word *w)
{
    waiting top = w->heap[0], last = w->heap[--w->heaped];
    int64_t i = 0, child;
    while ((child = 2 * i + 1) < w->heaped) {
        if (child + 1 < w->heaped && sooner(&w->heap[child + 1], &w->heap[child]))
            child++;
        if (!sooner(&w->heap[child], &last))
            break;
        w->heap[i] = w->heap[child];
        i = child;
    }
    w->heap[i] = last;
    return top;
}

static void push_pair(const bpe *b, long_word *w, int64_t at)
{
    int64_t next = w->next[at];
    if (next < 0)
        return;
    int32_t rank = rank_of(b, w->symbol[at], w->symbol[next]);
    if (rank < INT32_MAX)
        push(w, (waiting){rank, w->symbol[at], w->symbol[next], at});
}

static void merge_at(const bpe *b, long_word *w, const waiting *x)
{
    int64_t next = w->next[x->at];
    if (w->symbol[x->at] != x->left || next < 0 || w->symbol[next] != x->right)
        return; /* it has changed since */
    w->symbol[x->at] = b->merge[x->rank].made;
    w->symbol[next] = -1;
    w->next[x->at] = w->next[next];
    if (w->next[next] >= 0)
        w->before[w->next[next]] = x->at;
    push_pair(b, w, x->at);
    if (w->before[x->at] >= 0)
        push_pair(b, w, w->before[x->at]);
}

static bool apply_long(const bpe *b, int32_t *symbol, int64_t *count)
{
    size_t n = (size_t)*count;
    long_word w = {.symbol = symbol};
    w.next = malloc(n * sizeof *w.next);
    w.before = malloc(n * sizeof *w.before);
    w.heap = malloc(3 * n * sizeof *w.heap); /* each merge puts two more in */
    bool good = w.next && w.before && w.heap;
    for (int64_t i = 0; good && i < *count; i++) {
        w.next[i] = i + 1 < *count ? i + 1 : -1;
        w.before[i] = i - 1;
    }
    for (int64_t i = 0; good && i < *count; i++)
        push_pair(b, &w, i);
    while (good && w.heaped) {
        waiting x = pop(&w);
        merge_at(b, &w, &x);
    }
    int64_t kept = 0;
    for (int64_t i = 0; good && i >= 0; i = w.next[i])
        symbol[kept++] = symbol[i];
    *count = good ? kept : *count;
    free(w.next);
    free(w.before);
    free(w.heap);
    return good;
}

bool bpe_apply(const bpe *b, int32_t *symbol, int64_t *count)
{
    if (*count > SHORT)
        return apply_long(b, symbol, count);
    *count = apply_short(b, symbol, *count);
    return true;
}

/* ---------------------------------------------------------------- words that are remembered */

bool bpe_cache_begin(bpe_cache *c, size_t slots)
{
    c->word = malloc(slots * sizeof *c->word);
    c->slots = c->word ? slots : 0;
    for (size_t i = 0; i < c->slots; i++)
        atomic_init(&c->word[i], NULL);
    return c->word != NULL;
}

void bpe_cache_done(bpe_cache *c)
{
    for (size_t i = 0; i < c->slots; i++)
        free(atomic_load(&c->word[i]));
    free(c->word);
    *c = (bpe_cache){.slots = 0};
}

const bpe_word *bpe_cache_find(const bpe_cache *c, const char *text, size_t size, uint64_t hash)
{
    if (size > BPE_CACHED || !c->slots)
        return NULL;
    const bpe_word *w = atomic_load_explicit(&c->word[hash & (c->slots - 1)], memory_order_acquire);
    bool same =
        w && w->hash == hash && w->size == size && memcmp(w->token + w->count, text, size) == 0;
    return same ? w : NULL;
}

/* The first word of a slot stays. */
void bpe_cache_put(bpe_cache *c, const char *text, size_t size, uint64_t hash, const int32_t *token,
                   int64_t count)
{
    bpe_word *none = NULL, *w;
    if (size > BPE_CACHED || !c->slots ||
        atomic_load_explicit(&c->word[hash & (c->slots - 1)], memory_order_relaxed))
        return;
    w = malloc(sizeof *w + (size_t)count * sizeof *token + size);
    if (!w)
        return;
    *w = (bpe_word){.hash = hash, .size = (uint32_t)size, .count = (uint32_t)count};
    memcpy(w->token, token, (size_t)count * sizeof *token);
    memcpy(w->token + count, text, size);
    if (!atomic_compare_exchange_strong(&c->word[hash & (c->slots - 1)], &none, w))
        free(w);
}
