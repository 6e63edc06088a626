/* The encoder of word pieces, with BERT's changes and cuts of a text: of a vocab.txt, or learned of
 * the training part. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pretoken.h"

#include "encoder_listed.h"
#include "message.h"
#include "text_file.h"
#include "tokenizer_use.h"
#include "unicode.h"

enum { USUAL = 8192, LONGEST = 100 };
static const char goes_on[] = "##";
static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
enum { SPECIALS = 5 };

static const ad_option options[] = {{.name = "path",
                                     .type = AD_OPTION_PATH,
                                     .offset = offsetof(ad_text_options, path),
                                     .unset = "learned of the training part",
                                     .also = "vocab vocab_file file",
                                     .help = "vocab.txt: a token a line"},
                                    TEXT_ROW_LENGTH,
                                    TEXT_ROW_MOST,
                                    TEXT_ROW_LOWER,
                                    TEXT_ROW_VOCABULARY("8,192"),
                                    TEXT_ROW_LEAST,
                                    TEXT_ROW_WRAP,
                                    TEXT_ROW_FROM,
                                    TEXT_ROW_PAIR};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

/* ---------------------------------------------------------------- BERT's steps */

static void set_steps(tokenizer_use *u)
{
    static const text_step_kind always[] = {STEP_BERT_CLEAN, STEP_BERT_CHINESE};
    static const text_step_kind lower[] = {STEP_NFD, STEP_STRIP_ACCENTS, STEP_LOWER};
    tokenizer *t = &u->t;
    for (int i = 0; i < 2; i++)
        t->change.step[t->change.count++].kind = always[i];
    for (int i = 0; i < 3 && u->lower; i++)
        t->change.step[t->change.count++].kind = lower[i];
    t->cut = (text_steps){.step = {{.kind = STEP_BERT}}, .count = 1};
    t->pieces = true;
    t->longest = LONGEST;
    t->decoder = DECODE_PIECES;
    t->cleanup = true;
    strcpy(t->prefix, goes_on);
}

/* Those that are in the vocabulary stand in texts as they are written. */
static bool add_specials(tokenizer *t)
{
    t->added = calloc(SPECIALS, sizeof *t->added);
    int32_t id[SPECIALS];
    for (int i = 0; t->added && i < SPECIALS; i++) {
        size_t size = strlen(specials[i]);
        id[i] = vocabulary_find(&t->list, specials[i], size);
        if (id[i] < 0)
            continue;
        added_token *a = &t->added[t->addeds++];
        *a = (added_token){.text = text_copy(specials[i]), .size = size, .id = id[i]};
        a->special = true;
        if (!a->text)
            return false;
    }
    if (!t->added)
        return false;
    t->unknown = id[1];
    t->classes = t->list.count + (id[0] < 0);
    int32_t special[] = {id[0] < 0 ? t->list.count : id[0], id[1], id[2], id[3], id[3], id[4]};
    memcpy(t->special, special, sizeof special);
    if (id[2] >= 0)
        t->before[t->befores++] = id[2];
    if (id[3] >= 0)
        t->behind[t->behinds++] = id[3];
    return true;
}

/* Numbers are those of the lines: each token's own. */
static bool number_tokens(tokenizer *t)
{
    size_t count = (size_t)t->list.count + 1;
    t->id = malloc(count * sizeof *t->id);
    t->text_of = malloc(count * sizeof *t->text_of);
    t->ids = t->list.count;
    for (int32_t i = 0; t->id && t->text_of && i < t->list.count; i++)
        t->id[i] = t->text_of[i] = i;
    return t->id && t->text_of && add_specials(t);
}

static tokenizer_use *new_use(bool lower)
{
    tokenizer_use *u = calloc(1, sizeof *u);
    if (!u) {
        message_no_memory();
        return NULL;
    }
    u->lower = lower;
    u->t.unknown = -1;
    set_steps(u);
    return u;
}

/* ---------------------------------------------------------------- vocab.txt */

static ad_status fail_line(const text_file *file, const char *at, const char *what)
{
    char *place = text_file_place(file, at);
    ad_status status =
        place ? message_fail(AD_ERROR_FORMAT, "%s: %s\n  take the line out\n", place, what)
              : message_no_memory();
    free(place);
    return status;
}

static ad_status take_lines(tokenizer *t, const text_file *file)
{
    for (const char *at = file->bytes, *next; at; at = next) {
        size_t size;
        bool added;
        next = text_file_line(file, at, &size);
        if (vocabulary_add(&t->list, at, size, &added) < 0)
            return message_no_memory();
        if (!added)
            return fail_line(file, at, "the token stands on a line before, too");
    }
    return vocabulary_find(&t->list, "[UNK]", 5) >= 0
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT,
                              "%s: has no token [UNK]\n  give the vocab.txt of a BERT\n",
                              file->name);
}

static ad_status take_file(tokenizer *t, const char *path)
{
    text_file *file;
    ad_status status = text_file_open(path, &file);
    if (status != AD_OK)
        return status;
    status = take_lines(t, file);
    text_file_free(file);
    return status;
}

/* ---------------------------------------------------------------- learning */

typedef struct counting {
    const tokenizer *t;
    tally seen;    /* words */
    tally letters; /* "a", "##b" */
} counting;

static bool count_letters(counting *c, const char *word, size_t size, int64_t times)
{
    bool good = true;
    int length;
    for (const char *p = word, *end = word + size; good && p < end; p += length) {
        char room[16] = "";
        unicode_at(p, end, &length);
        size_t used = p > word ? (size_t)(stpcpy(room, goes_on) - room) : 0;
        memcpy(room + used, p, (size_t)length);
        good = tally_add(&c->letters, room, used + (size_t)length, times);
    }
    return good;
}

static ad_status count_text(void *user, const char *text, int64_t size)
{
    counting *c = user;
    text_buffer b = {0};
    const char *from;
    ad_status status = unicode_can(text, (size_t)size);
    if (status != AD_OK)
        return status;
    text_add_bytes(&b, text, (size_t)size);
    bool good = text_steps_change(&c->t->change, &b);
    const char *p = b.size ? b.data : "", *end = p + b.size;
    while (good && (p = pretoken_bert(p, end, &from)))
        good = tally_add(&c->seen, from, (size_t)(p - from), 1);
    text_done(&b);
    return good ? AD_OK : message_no_memory();
}

/* Letters are numbered by their bytes, those that begin a word before those that go on. */
static int by_letter(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_letters(tokenizer *t, const tally *letters)
{
    int32_t count = letters->words.count;
    char **list = calloc((size_t)count + 1, sizeof *list);
    bool good = list != NULL, added;
    for (int32_t i = 0; good && i < count; i++) {
        size_t size;
        const char *text = vocabulary_text(&letters->words, i, &size);
        good = (list[i] = text_copy_bytes(text, size)) != NULL;
    }
    if (good)
        qsort(list, (size_t)count, sizeof *list, by_letter);
    for (int i = 0; good && i < SPECIALS; i++)
        good = vocabulary_add(&t->list, specials[i], strlen(specials[i]), &added) >= 0;
    for (int32_t i = 0; good && i < count; i++)
        good = vocabulary_add(&t->list, list[i], strlen(list[i]), &added) >= 0;
    for (int32_t i = 0; list && i < count; i++)
        free(list[i]);
    free(list);
    return good;
}

/* The letters of a word as tokens. */
static int64_t letters_of(void *user, const char *word, size_t size, int32_t *symbol)
{
    const tokenizer *t = user;
    int64_t count = 0;
    int length;
    for (const char *p = word, *end = word + size; p < end; p += length) {
        char room[16] = "";
        unicode_at(p, end, &length);
        size_t used = p > word ? (size_t)(stpcpy(room, goes_on) - room) : 0;
        memcpy(room + used, p, (size_t)length);
        symbol[count++] = vocabulary_find(&t->list, room, used + (size_t)length);
    }
    return count;
}

static ad_status learn(tokenizer *t, const ad_text_options *o, ad_source *train, int field)
{
    counting c = {.t = t};
    bpe merges = {.merges = 0};
    ad_status status = text_each(train, field, count_text, &c);
    for (int32_t i = 0; status == AD_OK && i < c.seen.words.count; i++) {
        size_t size;
        const char *word = vocabulary_text(&c.seen.words, i, &size);
        if (!count_letters(&c, word, size, c.seen.count[i]))
            status = message_no_memory();
    }
    if (status == AD_OK && !add_letters(t, &c.letters))
        status = message_no_memory();
    bpe_letters letters = {letters_of, t, goes_on};
    if (status == AD_OK)
        status = bpe_learn(&c.seen, &letters, o->least, o->vocabulary > 0 ? o->vocabulary : USUAL,
                           &t->list, &merges);
    bpe_done(&merges);
    tally_done(&c.seen);
    tally_done(&c.letters);
    return status;
}

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    const ad_text_options *o = given;
    (void)about;
    tokenizer_use *u = new_use(o->lower);
    if (!u)
        return AD_ERROR_MEMORY;
    u->frame = tokenizer_use_frame(o);
    ad_status status = o->path ? take_file(&u->t, o->path) : learn(&u->t, o, train, field);
    if (status == AD_OK && !number_tokens(&u->t))
        status = message_no_memory();
    if (status == AD_OK)
        *fitted = u;
    else
        tokenizer_use_free(u);
    return status;
}

/* ---------------------------------------------------------------- as text */

static char *text(const void *fitted)
{
    const tokenizer_use *u = fitted;
    text_buffer t = {0};
    text_frame_write(&t, &u->frame);
    listed_write(&t, u->lower, &u->t.list);
    char *made = text_take(&t);
    if (!made)
        message_no_memory();
    return made;
}

static ad_status read(const char *words, size_t size, void **fitted)
{
    tokenizer_use *u = NULL;
    text_frame frame;
    bool lower = false;
    vocabulary list = {0};
    const char *end = words + size, *at = text_frame_read(words, end, &frame);
    at = at ? listed_take(at, end, &lower, &list) : NULL;
    bool good = at == end && at && vocabulary_find(&list, "[UNK]", 5) >= 0;
    if (good && (u = new_use(lower))) {
        u->t.list = list, u->frame = frame;
        list = (vocabulary){0};
    }
    vocabulary_done(&list);
    if (!good)
        return message_fail(AD_ERROR_FORMAT, "this is no text of the encoder wordpiece\n  give "
                                             "what ad_encoder_text wrote\n");
    if (u && number_tokens(&u->t)) {
        *fitted = u;
        return AD_OK;
    }
    tokenizer_use_free(u);
    return message_no_memory();
}

const ad_encoder_record encoder_wordpiece = {
    .record = {.name = "wordpiece",
               .also = "bert word_piece bertwordpiece vocab_txt",
               .help = "parts of words as BERT has them, learned here or of a vocab.txt",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .fit = fit,
    .about = tokenizer_use_about,
    .encode = tokenizer_use_encode,
    .decode = tokenizer_use_decode,
    .special = tokenizer_use_special,
    .text = text,
    .read = read,
    .free = tokenizer_use_free,
};
