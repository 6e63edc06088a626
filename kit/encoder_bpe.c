/* The encoder of byte pairs: learned of the training part, on the bytes of UTF-8, so that every
 * text can be said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpe.h"
#include "encoder_listed.h"
#include "image_source.h"
#include "message.h"
#include "pretoken.h"
#include "unicode.h"

enum {
    USUAL = 8192,
    FIRST = 1,
    BYTES = 256,
    CACHE = 1 << 15,
    SLICES_MOST = 32,
    WORD_MOST = 1 << 16
};

typedef struct pairs {
    text_frame frame;
    bool lower;
    int32_t base;          /* the token of the first byte */
    int32_t letter[BYTES]; /* of each byte, in tokens */
    vocabulary tokens;     /* their bytes */
    bpe merges;
    bpe_cache cache;
} pairs;

static const ad_option options[] = {
    TEXT_ROW_LENGTH, TEXT_ROW_MOST,    TEXT_ROW_LOWER, TEXT_ROW_VOCABULARY("8,192"),
    TEXT_ROW_LEAST,  TEXT_ROW_SPECIAL, TEXT_ROW_WRAP,  TEXT_ROW_FROM,
    TEXT_ROW_PAIR};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

static void pairs_free(void *fitted)
{
    pairs *p = fitted;
    if (!p)
        return;
    vocabulary_done(&p->tokens);
    bpe_done(&p->merges);
    bpe_cache_done(&p->cache);
    free(p);
}

/* Bytes are numbered as those of GPT-2 that are seen as they are, ! to ~ and U+00A1 to U+00FF but
 * for U+00AD, and then the others. */
static bool seen_as_it_is(int byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
}

static bool add_letters(pairs *p)
{
    bool good = true, added;
    for (int turn = 0; turn < 2; turn++)
        for (int b = 0; good && b < BYTES; b++) {
            char c = (char)b;
            if (seen_as_it_is(b) != (turn == 0))
                continue;
            p->letter[b] = vocabulary_add(&p->tokens, &c, 1, &added);
            good = p->letter[b] >= 0;
        }
    return good;
}

static pairs *new_pairs(void)
{
    pairs *p = calloc(1, sizeof *p);
    if (p && add_letters(p) && bpe_cache_begin(&p->cache, CACHE))
        return p;
    pairs_free(p);
    message_no_memory();
    return NULL;
}

/* ---------------------------------------------------------------- counting words */

/* The text in small letters where that was asked for; NULL with words. */
static const char *prepared(const pairs *p, const char *text, int64_t *size, char **own)
{
    *own = NULL;
    if (unicode_can(text, (size_t)*size) != AD_OK)
        return NULL;
    if (!p->lower)
        return *size ? text : "";
    size_t small;
    *own = unicode_lower(text, (size_t)*size, &small);
    *size = (int64_t)small;
    if (!*own)
        message_no_memory();
    return *own;
}

/* The end of the word that begins at p; one that is longer than any word is cut between letters, so
 * that memory does not grow with it. */
static const char *end_of_word(const char *p, const char *end)
{
    if (end - p > WORD_MOST) {
        end = p + WORD_MOST;
        while (((unsigned char)*end & 0xC0) == 0x80)
            end--;
    }
    return pretoken_gpt2(p, end);
}

/* A text is looked at line by line, each with its end. */
static bool count_words(tally *seen, const char *at, const char *end)
{
    bool good = true;
    while (at < end && good) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline + 1 : end;
        for (const char *next; at < stop && good; at = next) {
            next = end_of_word(at, stop);
            good = tally_add(seen, at, (size_t)(next - at), 1);
        }
    }
    return good;
}

typedef struct counting {
    const pairs *p;
    ad_source *train;
    int field;
    int slices;
    tally seen[SLICES_MOST]; /* of each slice of the examples */
} counting;

static ad_status count_slice(void *user, int64_t i)
{
    counting *c = user;
    int64_t count = ad_source_count(c->train);
    int64_t first = count * i / c->slices, end = count * (i + 1) / c->slices, size;
    text_reader r;
    const char *text;
    ad_status status = text_reader_begin(&r, c->train, c->field);
    for (int64_t n = first; n < end && status == AD_OK; n++) {
        char *own = NULL;
        status = text_reader_read(&r, n, &text, &size);
        if (status == AD_OK && !(text = prepared(c->p, text, &size, &own)))
            status = AD_ERROR_UNSUPPORTED;
        if (status == AD_OK && !count_words(&c->seen[i], text, text + size))
            status = message_no_memory();
        free(own);
    }
    text_reader_done(&r);
    return status;
}

static bool join(tally *to, const tally *from)
{
    bool good = true;
    for (int32_t i = 0; good && i < from->words.count; i++) {
        size_t size;
        const char *text = vocabulary_text(&from->words, i, &size);
        good = tally_add(to, text, size, from->count[i]);
    }
    return good;
}

/* Each processor a slice; sums do not depend on how they are cut. */
static ad_status count_all(counting *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    bool bad[SLICES_MOST];
    image_broken broken;
    c->slices = cores < 1 ? 1 : cores > SLICES_MOST ? SLICES_MOST : (int)cores;
    ad_status status = image_each(c->slices, count_slice, c, bad, &broken);
    if (status == AD_OK && broken.count)
        status = message_fail(AD_ERROR_FORMAT, "%s", broken.words);
    free(broken.words);
    for (int i = 1; i < c->slices && status == AD_OK; i++)
        if (!join(&c->seen[0], &c->seen[i]))
            status = message_no_memory();
    return status;
}

static int64_t letters_of(void *user, const char *word, size_t size, int32_t *symbol)
{
    const pairs *p = user;
    for (size_t i = 0; i < size; i++)
        symbol[i] = p->letter[(unsigned char)word[i]];
    return (int64_t)size;
}

static ad_status learn(pairs *p, const ad_text_options *o, ad_source *train, int field)
{
    counting *c = calloc(1, sizeof *c);
    if (!c)
        return message_no_memory();
    c->p = p, c->train = train, c->field = field;
    ad_status status = text_frame_of(o, -1, FIRST, &p->frame, &p->base);
    if (status == AD_OK)
        status = count_all(c);
    if (status == AD_OK)
        status = bpe_learn(&c->seen[0], &(bpe_letters){letters_of, p, ""}, o->least,
                           (o->vocabulary > 0 ? o->vocabulary : USUAL) - p->base, &p->tokens,
                           &p->merges);
    for (int i = 0; i < SLICES_MOST; i++)
        tally_done(&c->seen[i]);
    free(c);
    return status;
}

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    const ad_text_options *o = given;
    (void)about;
    pairs *p = new_pairs();
    if (!p)
        return AD_ERROR_MEMORY;
    p->lower = o->lower;
    ad_status status = learn(p, o, train, field);
    if (status == AD_OK)
        *fitted = p;
    else
        pairs_free(p);
    return status;
}

/* ---------------------------------------------------------------- use */

static void about(const void *fitted, ad_encoded *is)
{
    const pairs *p = fitted;
    *is = (ad_encoded){
        .type = AD_I32, .steps = text_frame_steps(&p->frame), .classes = p->base + p->tokens.count};
}

static bool reserve(token_list *t, int64_t more)
{
    if (t->count + more <= t->room)
        return true;
    int64_t room = 2 * t->room + more + 64;
    int32_t *list = realloc(t->token, (size_t)room * sizeof *list);
    if (!list)
        return false;
    t->token = list, t->room = room;
    return true;
}

static bool add_word(const pairs *p, const char *text, size_t size, token_list *t)
{
    uint64_t hash = vocabulary_hash(text, size);
    const bpe_word *known = bpe_cache_find(&p->cache, text, size, hash);
    if (!reserve(t, known ? known->count : (int64_t)size))
        return false;
    int32_t *to = t->token + t->count;
    if (known) {
        memcpy(to, known->token, known->count * sizeof *to);
        t->count += known->count;
        return true;
    }
    int64_t count = (int64_t)size;
    for (size_t i = 0; i < size; i++)
        to[i] = p->letter[(unsigned char)text[i]];
    if (!bpe_apply(&p->merges, to, &count))
        return false;
    for (int64_t i = 0; i < count; i++)
        to[i] += p->base;
    bpe_cache_put((bpe_cache *)&p->cache, text, size, hash, to, count);
    t->count += count;
    return true;
}

static ad_status encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps)
{
    const pairs *p = fitted;
    token_list t = {.count = 0};
    char *own;
    const char *at = prepared(p, in, &size, &own), *end = at + size;
    int64_t most = text_frame_most(&p->frame, INT64_MAX);
    bool good = true;
    if (!at)
        return AD_ERROR_UNSUPPORTED;
    for (const char *next; at < end && good && t.count < most; at = next) {
        next = end_of_word(at, end);
        good = add_word(p, at, (size_t)(next - at), &t);
    }
    free(own);
    if (good)
        return text_frame_put(&p->frame, t.token, t.count, out, steps);
    free(t.token);
    return message_no_memory();
}

static char *decode(const void *fitted, const int32_t *token, int64_t count)
{
    const pairs *p = fitted;
    text_buffer t = {0};
    for (int64_t i = 0; i < count; i++) {
        size_t size;
        int32_t is = token[i] - p->base;
        if (is < 0 || is >= p->tokens.count)
            continue;
        const char *bytes = vocabulary_text(&p->tokens, is, &size);
        text_add_bytes(&t, bytes, size);
    }
    char *made = t.size || t.failed ? text_take(&t) : text_copy("");
    if (!made)
        message_no_memory();
    return made;
}

static int32_t special(const void *fitted, ad_special which)
{
    return ((const pairs *)fitted)->frame.special[which];
}

/* ---------------------------------------------------------------- as text */

static char *text(const void *fitted)
{
    const pairs *p = fitted;
    text_buffer t = {0};
    text_frame_write(&t, &p->frame);
    text_add_format(&t, "lower %d\nmerges %d\n", p->lower, (int)p->merges.merges);
    for (int32_t i = 0; i < p->merges.merges; i++)
        text_add_format(&t, "%d %d\n", (int)p->merges.merge[i].left, (int)p->merges.merge[i].right);
    char *made = text_take(&t);
    if (!made)
        message_no_memory();
    return made;
}

/* "12", and what ends it; behind that, NULL where it is none from 0 to below bound. */
static const char *take_number(const char *at, const char *end, char stop, int64_t bound,
                               int64_t *number)
{
    const char *from = at;
    *number = 0;
    for (; at < end && *at >= '0' && *at <= '9' && at - from < 10; at++)
        *number = *number * 10 + (*at - '0');
    bool plain = at > from && (*from != '0' || at == from + 1);
    return plain && at < end && *at == stop && *number < bound ? at + 1 : NULL;
}

static const char *take_word(const char *at, const char *end, const char *word)
{
    size_t size = strlen(word);
    return at && (size_t)(end - at) >= size && memcmp(at, word, size) == 0 ? at + size : NULL;
}

static bool take_merge(pairs *p, int64_t left, int64_t right)
{
    size_t first, second;
    bool added;
    text_buffer t = {0};
    const char *bytes = vocabulary_text(&p->tokens, (int32_t)left, &first);
    text_add_bytes(&t, bytes, first);
    bytes = vocabulary_text(&p->tokens, (int32_t)right, &second);
    text_add_bytes(&t, bytes, second);
    int32_t made =
        t.failed || t.size > 1 << 20 ? -1 : vocabulary_add(&p->tokens, t.data, t.size, &added);
    text_done(&t);
    return made >= 0 && bpe_add(&p->merges, (bpe_merge){(int32_t)left, (int32_t)right, made});
}

/* Everything behind the frame; the end, or NULL. */
static const char *take_merges(pairs *p, const char *at, const char *end)
{
    int64_t lower = 0, count = 0, left, right;
    at = take_word(at, end, "lower ");
    at = at ? take_number(at, end, '\n', 2, &lower) : NULL;
    at = take_word(at, end, "merges ");
    at = at ? take_number(at, end, '\n', 1 << 24, &count) : NULL;
    p->lower = lower;
    for (int64_t i = 0; i < count && at; i++) {
        at = take_number(at, end, ' ', p->tokens.count, &left);
        at = at ? take_number(at, end, '\n', p->tokens.count, &right) : NULL;
        if (at && !take_merge(p, left, right))
            at = NULL;
    }
    return at && bpe_index(&p->merges) ? at : NULL;
}

static ad_status read_pairs(const char *words, size_t size, void **fitted)
{
    pairs *p = new_pairs();
    const char *end = words + size;
    if (!p)
        return AD_ERROR_MEMORY;
    words = text_frame_read(words, end, &p->frame);
    if (words && !text_frame_follows(&p->frame, FIRST, &p->base))
        words = NULL;
    if (words && take_merges(p, words, end) == end) {
        *fitted = p;
        return AD_OK;
    }
    pairs_free(p);
    return message_fail(AD_ERROR_FORMAT, "this is no text of the encoder bpe\n  give what "
                                         "ad_encoder_text wrote\n");
}

const ad_encoder_record encoder_bpe = {
    .record = {.name = "bpe",
               .also = "byte_pair bytepair gpt2 subword subwords byte_level bbpe",
               .help = "byte pairs learned of the training part, as GPT-2 has them",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .fit = fit,
    .about = about,
    .encode = encode,
    .decode = decode,
    .special = special,
    .text = text,
    .read = read_pairs,
    .free = pairs_free,
};
