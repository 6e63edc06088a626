/* Learning merges: pairs are counted once, and where a merge changes words the counts follow. */
#include <stdlib.h>
#include <string.h>

#include "bpe.h"
#include "message.h"

/* Words that a pair stands in, as numbers. */
typedef struct places {
    int32_t *word;
    int32_t count, room;
} places;

typedef struct pair {
    uint64_t key;
    int64_t count;
    places newly; /* words that it came into by the merge that is made */
} pair;

/* A pair that waits for its turn, with the count that it had when it was put here. */
typedef struct candidate {
    int64_t count;
    uint64_t key;
    places at;
} candidate;

typedef struct learning {
    const tally *words;
    const bpe_letters *letters;
    int32_t *symbol; /* of all words */
    int64_t *start;
    int32_t *length; /* symbols that are left of each word */
    pair *pairs;
    int64_t pair_count, pair_room;
    int32_t *slot;
    size_t slots;
    candidate *heap;
    int64_t heaped, heap_room;
    int32_t *touched; /* pairs that came into words by this merge */
    int64_t touches, touch_room;
    bool failed; /* no memory */
} learning;

/* ---------------------------------------------------------------- room */

static bool room_for(learning *l, void **list, int64_t count, int64_t *room, size_t each)
{
    if (count < *room)
        return true;
    int64_t more = 2 * *room + 256;
    void *grown = realloc(*list, (size_t)more * each);
    if (!grown) {
        l->failed = true;
        return false;
    }
    *list = grown, *room = more;
    return true;
}

static void add_place(learning *l, places *p, int32_t word)
{
    if (p->count && p->word[p->count - 1] == word)
        return;
    if (p->count == p->room) {
        int32_t room = p->room ? 2 * p->room : 4;
        int32_t *list = realloc(p->word, (size_t)room * sizeof *list);
        if (!list) {
            l->failed = true;
            return;
        }
        p->word = list, p->room = room;
    }
    p->word[p->count++] = word;
}

/* ---------------------------------------------------------------- pairs by their key */

static size_t slot_for(uint64_t key, size_t slots)
{
    key *= 0x9E3779B97F4A7C15u;
    return (size_t)(key >> 20) & (slots - 1);
}

static size_t find_slot(const learning *l, uint64_t key)
{
    size_t at = slot_for(key, l->slots);
    while (l->slot[at] >= 0 && l->pairs[l->slot[at]].key != key)
        at = (at + 1) & (l->slots - 1);
    return at;
}

static bool grow_slots(learning *l)
{
    size_t slots = l->slots ? 2 * l->slots : 1 << 12;
    int32_t *slot = malloc(slots * sizeof *slot);
    if (!slot) {
        l->failed = true;
        return false;
    }
    free(l->slot);
    l->slot = slot, l->slots = slots;
    memset(slot, 0xFF, slots * sizeof *slot);
    for (int64_t i = 0; i < l->pair_count; i++)
        slot[find_slot(l, l->pairs[i].key)] = (int32_t)i;
    return true;
}

/* Its number, made where there is none; -1 without memory. */
static int32_t pair_of(learning *l, int32_t left, int32_t right)
{
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    if (2 * (size_t)(l->pair_count + 1) >= l->slots && !grow_slots(l))
        return -1;
    size_t at = find_slot(l, key);
    if (l->slot[at] >= 0)
        return l->slot[at];
    if (!room_for(l, (void **)&l->pairs, l->pair_count, &l->pair_room, sizeof *l->pairs))
        return -1;
    l->pairs[l->pair_count] = (pair){.key = key};
    l->slot[at] = (int32_t)l->pair_count;
    return (int32_t)l->pair_count++;
}

/* One pair more or less in that word. */
static void change(learning *l, int32_t left, int32_t right, int sign, int32_t word)
{
    int32_t i = pair_of(l, left, right);
    if (i < 0)
        return;
    pair *p = &l->pairs[i];
    p->count += sign * l->words->count[word];
    if (sign < 0)
        return;
    if (!p->newly.count &&
        room_for(l, (void **)&l->touched, l->touches, &l->touch_room, sizeof *l->touched))
        l->touched[l->touches++] = i;
    add_place(l, &p->newly, word);
}

/* ---------------------------------------------------------------- which is next */

static bool sooner(const candidate *a, const candidate *b)
{
    return a->count != b->count ? a->count > b->count : a->key < b->key;
}

static void push(learning *l, candidate x)
{
    if (!room_for(l, (void **)&l->heap, l->heaped, &l->heap_room, sizeof *l->heap)) {
        free(x.at.word);
        return;
    }
    int64_t i = l->heaped++;
    for (; i > 0 && sooner(&x, &l->heap[(i - 1) / 2]); i = (i - 1) / 2)
        l->heap[i] = l->heap[(i - 1) / 2];
    l->heap[i] = x;
}

static candidate pop(learning *l)
{
    candidate top = l->heap[0], last = l->heap[--l->heaped];
    int64_t i = 0, child;
    while ((child = 2 * i + 1) < l->heaped) {
        if (child + 1 < l->heaped && sooner(&l->heap[child + 1], &l->heap[child]))
            child++;
        if (!sooner(&l->heap[child], &last))
            break;
        l->heap[i] = l->heap[child];
        i = child;
    }
    l->heap[i] = last;
    return top;
}

/* Pairs that came into words wait for their turn, those words with them. */
static void push_touched(learning *l)
{
    for (int64_t i = 0; i < l->touches; i++) {
        pair *p = &l->pairs[l->touched[i]];
        if (p->count > 0)
            push(l, (candidate){p->count, p->key, p->newly});
        else
            free(p->newly.word);
        p->newly = (places){.word = NULL};
    }
    l->touches = 0;
}

/* ---------------------------------------------------------------- merging */

static void merge_word(learning *l, int32_t word, int32_t left, int32_t right, int32_t made)
{
    int32_t *s = l->symbol + l->start[word], count = l->length[word], to = 0;
    for (int32_t i = 0; i < count; i++, to++) {
        if (s[i] != left || i + 1 >= count || s[i + 1] != right) {
            s[to] = s[i];
            continue;
        }
        if (to > 0) {
            change(l, s[to - 1], left, -1, word);
            change(l, s[to - 1], made, 1, word);
        }
        if (i + 2 < count) {
            change(l, right, s[i + 2], -1, word);
            change(l, made, s[i + 2], 1, word);
        }
        s[to] = made;
        i++;
    }
    l->length[word] = to;
}

/* The token of both together, which may be there already; -1 without memory. */
static int32_t token_of(vocabulary *tokens, const char *prefix, int32_t left, int32_t right)
{
    size_t first, second, skip = strlen(prefix);
    bool added;
    text_buffer t = {0};
    const char *text = vocabulary_text(tokens, left, &first);
    text_add_bytes(&t, text, first);
    text = vocabulary_text(tokens, right, &second);
    skip = second >= skip && memcmp(text, prefix, skip) == 0 ? skip : 0;
    text_add_bytes(&t, text + skip, second - skip);
    int32_t made = t.failed ? -1 : vocabulary_add(tokens, t.data, t.size, &added);
    text_done(&t);
    return made;
}

static void merge_next(learning *l, const candidate *c, vocabulary *tokens, bpe *b)
{
    int32_t left = (int32_t)(c->key >> 32), right = (int32_t)(c->key & 0xFFFFFFFF);
    int32_t made = token_of(tokens, l->letters->prefix, left, right);
    if (made < 0 || !bpe_add(b, (bpe_merge){left, right, made})) {
        l->failed = true;
        return;
    }
    for (int32_t i = 0; i < c->at.count && !l->failed; i++)
        merge_word(l, c->at.word[i], left, right, made);
    push_touched(l);
}

static void learn(learning *l, int64_t least, int64_t most, vocabulary *tokens, bpe *b)
{
    while (!l->failed && tokens->count < most && l->heaped) {
        candidate c = pop(l);
        int64_t count = l->pairs[l->slot[find_slot(l, c.key)]].count;
        if (c.count != count) {
            c.count = count;
            push(l, c);
            continue;
        }
        bool enough = count >= 1 && count >= least;
        if (enough)
            merge_next(l, &c, tokens, b);
        free(c.at.word);
        if (!enough)
            break;
    }
}

/* ---------------------------------------------------------------- begin and end */

static bool begin(learning *l)
{
    int32_t words = l->words->words.count;
    l->symbol = malloc((l->words->words.used + 1) * sizeof *l->symbol);
    l->start = malloc(((size_t)words + 1) * sizeof *l->start);
    l->length = malloc(((size_t)words + 1) * sizeof *l->length);
    if (!l->symbol || !l->start || !l->length)
        return false;
    for (int32_t w = 0; w < words; w++) {
        size_t size;
        const char *text = vocabulary_text(&l->words->words, w, &size);
        l->start[w] = text - l->words->words.bytes;
        int32_t *s = l->symbol + l->start[w];
        l->length[w] = (int32_t)l->letters->letters(l->letters->user, text, size, s);
        for (int32_t i = 0; i + 1 < l->length[w]; i++)
            change(l, s[i], s[i + 1], 1, w);
    }
    push_touched(l);
    return !l->failed;
}

static void end(learning *l)
{
    for (int64_t i = 0; i < l->heaped; i++)
        free(l->heap[i].at.word);
    for (int64_t i = 0; i < l->pair_count; i++)
        free(l->pairs[i].newly.word);
    free(l->heap);
    free(l->pairs);
    free(l->slot);
    free(l->touched);
    free(l->symbol);
    free(l->start);
    free(l->length);
}

ad_status bpe_learn(const tally *words, const bpe_letters *letters, int64_t least, int64_t most,
                    vocabulary *tokens, bpe *b)
{
    learning l = {.words = words, .letters = letters};
    bool good = grow_slots(&l) && begin(&l);
    if (good)
        learn(&l, least, most, tokens, b);
    good = good && !l.failed && bpe_index(b);
    end(&l);
    return good ? AD_OK : message_no_memory();
}
