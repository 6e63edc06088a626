/* Task tagging: each word of a sentence has a class, its tag.
 *
 * A sentence is words between white space.  Each is encoded by itself, so that it is known which
 * tokens are its own; its first token has its tag as the target, the others -1, as for BERT (Devlin
 * et al. 2019).  Whether a word behind another is encoded with the blank before it, is found by
 * asking the encoder: byte pairs want it, pieces of words do not.  What the encoder puts round a
 * text stands once round the sentence.  A word that becomes no token is an unknown one. */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "message.h"
#include "run.h"
#include "text_tagged.h"

static bool grow(void **list, int64_t room, size_t size)
{
    void *more = realloc(*list, (size_t)room * size);
    *list = more ? more : *list;
    return more;
}

/* ---------------------------------------------------------------- the source */

typedef struct tokens {
    int64_t count, used, room;
    int64_t *start; /* of each sentence, and behind the last */
    int32_t *token, *tag;
    int64_t *word;
} tokens;

static void tokens_free(void *user)
{
    tokens *t = user;
    if (!t)
        return;
    free(t->start);
    free(t->token);
    free(t->tag);
    free(t->word);
    free(t);
}

static ad_status tokens_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const tokens *t = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = t->start[number[i]];
        size_t size = (size_t)(t->start[number[i] + 1] - from);
        memcpy((int32_t *)into[0].data + (size_t)i * size, t->token + from, size * sizeof(int32_t));
        memcpy((int32_t *)into[1].data + (size_t)i * size, t->tag + from, size * sizeof(int32_t));
        memcpy((int64_t *)into[2].data + (size_t)i * size, t->word + from, size * sizeof(int64_t));
    }
    return AD_OK;
}

static ad_status tokens_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const tokens *t = user;
    (void)epoch;
    length[0] = length[1] = length[2] = t->start[number + 1] - t->start[number];
    return AD_OK;
}

static bool add_token(tokens *t, int32_t token, int32_t tag, int64_t word)
{
    if (t->used == t->room) {
        int64_t room = 2 * t->room + 1024;
        bool good = grow((void **)&t->token, room, sizeof *t->token) &&
                    grow((void **)&t->tag, room, sizeof *t->tag) &&
                    grow((void **)&t->word, room, sizeof *t->word);
        if (!good)
            return false;
        t->room = room;
    }
    t->token[t->used] = token;
    t->tag[t->used] = tag;
    t->word[t->used++] = word;
    return true;
}

/* ---------------------------------------------------------------- pieces of words */

typedef struct piece {
    int64_t at, count; /* in the pool */
} piece;

typedef struct making {
    const ad_run_data *data;
    const ad_encoder *encoder;
    bool items, letters, joined; /* joined: words behind others are encoded with a blank */
    int32_t *round;              /* what is put round a text: before + behind tokens */
    int64_t before, behind;
    int32_t unknown, padding;
    vocabulary tags, words; /* words: those that were encoded, of each its piece */
    piece *piece;
    int64_t piece_room;
    run_tokens pool;
    tokens *to;
} making;

static void making_done(making *m)
{
    free(m->round);
    vocabulary_done(&m->tags);
    vocabulary_done(&m->words);
    free(m->piece);
    free(m->pool.token);
    tokens_free(m->to);
}

static ad_status encode(const making *m, const char *text, size_t size, int32_t **list,
                        int64_t *count)
{
    void *out = NULL;
    ad_status status = ad_encoder_encode(m->encoder, text, (int64_t)size, &out, count);
    *list = out;
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_DATA, status);
}

/* Without what stands round every text; *list by malloc, of which *from is the first. */
static ad_status encode_bare(const making *m, const char *text, size_t size, int32_t **list,
                             int64_t *from, int64_t *count)
{
    ad_status status = encode(m, text, size, list, count);
    *from = m->before;
    *count -= status == AD_OK ? m->before + m->behind : 0;
    *count = *count < 0 ? 0 : *count;
    return status;
}

/* How many tokens of what an empty text becomes stand before one that is not empty. */
static ad_status find_round(making *m)
{
    int32_t *one = NULL;
    int64_t all = 0, count = 0, before = 0;
    ad_status status = encode(m, "", 0, &m->round, &all);
    if (status == AD_OK)
        status = encode(m, "a", 1, &one, &count);
    while (status == AD_OK && before < all && before < count && one[before] == m->round[before])
        before++;
    m->before = before;
    m->behind = all - before;
    free(one);
    return status;
}

static bool same_joined(const int32_t *all, int64_t count, const int32_t *a, int64_t a_count,
                        const int32_t *b, int64_t b_count)
{
    return count == a_count + b_count && memcmp(all, a, (size_t)a_count * sizeof *all) == 0 &&
           memcmp(all + a_count, b, (size_t)b_count * sizeof *all) == 0;
}

/* "a b" becomes what a and b become, or what a and " b" do. */
static ad_status find_joined(making *m)
{
    static const char *const text[] = {"a b", "a", "b", " b"};
    int32_t *list[4] = {NULL};
    int64_t from[4], count[4] = {0};
    ad_status status = AD_OK;
    for (int i = 0; i < 4 && status == AD_OK; i++)
        status = encode_bare(m, text[i], strlen(text[i]), &list[i], &from[i], &count[i]);
    bool alone = status == AD_OK && same_joined(list[0] + from[0], count[0], list[1] + from[1],
                                                count[1], list[2] + from[2], count[2]);
    m->joined = status == AD_OK && !alone &&
                same_joined(list[0] + from[0], count[0], list[1] + from[1], count[1],
                            list[3] + from[3], count[3]);
    for (int i = 0; i < 4; i++)
        free(list[i]);
    return status;
}

static bool keep_piece(making *m, int32_t number, const int32_t *list, int64_t count)
{
    if (number >= m->piece_room) {
        m->piece_room = 2 * m->piece_room + 256;
        if (!grow((void **)&m->piece, m->piece_room, sizeof *m->piece))
            return false;
    }
    m->piece[number] = (piece){m->pool.count, count};
    return run_tokens_add(&m->pool, list, count);
}

/* text: the word, a blank before it where it is encoded so.  Each is encoded once. */
static ad_status piece_of(making *m, const char *text, size_t size, piece *p)
{
    bool added;
    int32_t number = vocabulary_add(&m->words, text, size, &added);
    if (number < 0)
        return no_memory();
    if (added) {
        int32_t *list = NULL;
        int64_t from = 0, count = 0;
        ad_status status = encode_bare(m, text, size, &list, &from, &count);
        if (status == AD_OK && count == 0)
            status = keep_piece(m, number, &m->unknown, 1) ? AD_OK : no_memory();
        else if (status == AD_OK)
            status = keep_piece(m, number, list + from, count) ? AD_OK : no_memory();
        free(list);
        if (status != AD_OK)
            return status;
    }
    *p = m->piece[number];
    return AD_OK;
}

/* The word from..end, before which a blank stands where another word does; *first: the first of its
 * tokens that is not the blank alone. */
static ad_status word_piece(making *m, const char *from, const char *end, bool follows, piece *p,
                            int64_t *first)
{
    size_t size = (size_t)(end - from);
    bool blank = follows && (m->joined || m->letters);
    char *spaced = blank ? malloc(size + 1) : NULL;
    *p = (piece){0, 0};
    if (blank && !spaced)
        return no_memory();
    if (blank) {
        *spaced = ' ';
        memcpy(spaced + 1, from, size);
    }
    ad_status status = piece_of(m, blank ? spaced : from, size + blank, p);
    free(spaced);
    *first = blank && m->letters && p->count > 1;
    return status;
}

/* ---------------------------------------------------------------- words for other tasks */

struct run_words {
    making making;
};

static ad_status begin_encoder(making *m)
{
    int32_t padding = ad_encoder_special(m->encoder, AD_SPECIAL_PADDING),
            unknown = ad_encoder_special(m->encoder, AD_SPECIAL_UNKNOWN);
    m->padding = padding >= 0 ? padding : 0;
    m->unknown = unknown >= 0 ? unknown : m->padding;
    m->letters = ad_encoder_kind(m->encoder)->letters;
    ad_status status = find_round(m);
    return status == AD_OK ? find_joined(m) : status;
}

ad_status run_words_begin(const ad_encoder *encoder, run_words **words)
{
    *words = calloc(1, sizeof **words);
    if (!*words)
        return no_memory();
    (*words)->making = (making){.encoder = encoder};
    return begin_encoder(&(*words)->making);
}

void run_words_done(run_words *words)
{
    if (words)
        making_done(&words->making);
    free(words);
}

ad_status run_word_tokens(run_words *words, const char *from, const char *end, bool follows,
                          const int32_t **token, int64_t *count, int64_t *first)
{
    piece p;
    ad_status status = word_piece(&words->making, from, end, follows, &p, first);
    *token = status == AD_OK ? words->making.pool.token + p.at : NULL;
    *count = p.count;
    return status;
}

/* ---------------------------------------------------------------- a sentence */

typedef struct sentence {
    const char *text, *tags;
    int64_t size, tags_size, number;
} sentence;

static const char *target_of(const making *m)
{
    return ad_schema_target(m->data->schema)->name;
}

/* Which class a tag is; -1: none. */
static ad_status tag_of(const making *m, const sentence *s, const char *tag, size_t size,
                        int32_t *class)
{
    *class = vocabulary_find(&m->tags, tag, size);
    if (*class >= 0 || m->items || tagged_is_none(tag, size))
        return AD_OK;
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                    "%s: example %lld has the tag %.*s, which the training part has not\n  correct "
                    "it, write _ for no tag, or add training sentences with it\n",
                    target_of(m), (long long)s->number + 1, (int)(size < 40 ? size : 40), tag);
}

static ad_status fail_count(const making *m, const sentence *s, int64_t words, int64_t tags)
{
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                    "%s: example %lld has %lld word%s and %lld tag%s\n  give each word a tag, with "
                    "blanks between, _ for none\n",
                    target_of(m), (long long)s->number + 1, (long long)words, words == 1 ? "" : "s",
                    (long long)tags, tags == 1 ? "" : "s");
}

static ad_status add_word(making *m, const char *from, const char *end, bool follows, int32_t tag)
{
    piece p;
    int64_t first, hash = (int64_t)(vocabulary_hash(from, (size_t)(end - from)) | 1);
    ad_status status = word_piece(m, from, end, follows, &p, &first);
    for (int64_t i = 0; i < p.count && status == AD_OK; i++)
        if (!add_token(m->to, m->pool.token[p.at + i], i == first ? tag : -1,
                       i == first ? hash : 0))
            status = no_memory();
    return status;
}

static ad_status add_round(making *m, int64_t from, int64_t end)
{
    for (int64_t i = from; i < end; i++)
        if (!add_token(m->to, m->round[i], -1, 0))
            return no_memory();
    return AD_OK;
}

static ad_status add_words(making *m, const sentence *s)
{
    const char *text = s->text, *tags = s->tags, *word, *tag = NULL;
    int64_t words = tagged_words(s->text, s->size), tag_count = tagged_words(s->tags, s->tags_size);
    bool tagged = words == tag_count;
    ad_status status = tagged || m->items ? AD_OK : fail_count(m, s, words, tag_count);
    for (bool follows = false;
         status == AD_OK && (text = tagged_next(text, s->text + s->size, &word)); follows = true) {
        int32_t class = -1;
        if (tagged && (tags = tagged_next(tags, s->tags + s->tags_size, &tag)))
            status = tag_of(m, s, tag, (size_t)(tags - tag), &class);
        if (status == AD_OK)
            status = add_word(m, word, text, follows, class);
    }
    return status;
}

/* A sentence of no words is one token of no meaning, as a network needs a step. */
static ad_status add_sentence(making *m, const sentence *s)
{
    int64_t begun = m->to->used;
    ad_status status = add_round(m, 0, m->before);
    if (status == AD_OK)
        status = add_words(m, s);
    if (status == AD_OK)
        status = add_round(m, m->before, m->before + m->behind);
    if (status == AD_OK && m->to->used == begun && !add_token(m->to, m->padding, -1, 0))
        status = no_memory();
    m->to->start[++m->to->count] = m->to->used;
    return status;
}

/* ---------------------------------------------------------------- all sentences */

static ad_status begin(making *m)
{
    ad_status status = tagged_names(m->data->schema, &m->tags);
    return status == AD_OK ? begin_encoder(m) : status;
}

static ad_status take_all(making *m, text_reader *text, text_reader *tags, int64_t count)
{
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        sentence s = {.number = i, .tags = ""};
        status = text_reader_read(text, i, &s.text, &s.size);
        if (status == AD_OK && tags)
            status = text_reader_read(tags, i, &s.tags, &s.tags_size);
        status = status == AD_OK ? add_sentence(m, &s) : run_failed(AD_RUN_BAD_DATA, status);
    }
    return status;
}

static ad_status read_sentences(making *m, ad_source *source, int text_at, int tags_at)
{
    text_reader text = {.source = NULL}, tags = {.source = NULL};
    int64_t count = ad_source_count(source);
    m->to = calloc(1, sizeof *m->to);
    if (!m->to || !(m->to->start = calloc((size_t)count + 1, sizeof *m->to->start)))
        return no_memory();
    ad_status status = text_reader_begin(&text, source, text_at);
    if (status == AD_OK && tags_at >= 0)
        status = text_reader_begin(&tags, source, tags_at);
    status = status == AD_OK ? take_all(m, &text, tags_at >= 0 ? &tags : NULL, count)
                             : run_failed(AD_RUN_BAD_DATA, status);
    text_reader_done(&text);
    text_reader_done(&tags);
    return status;
}

static ad_source *source_of(making *m, const char *text)
{
    ad_source_field field[] = {{text, AD_I32, AD_SHAPE(AD_VARYING)},
                               {target_of(m), AD_I32, AD_SHAPE(AD_VARYING)},
                               {RUN_WORD, AD_I64, AD_SHAPE(AD_VARYING)}};
    ad_source *made = ad_source_new(&(ad_source_record){.count = m->to->count,
                                                        .field = field,
                                                        .fields = 3,
                                                        .read = tokens_read,
                                                        .length = tokens_length,
                                                        .free = tokens_free,
                                                        .user = m->to,
                                                        .name = "the sentences"});
    m->to = made ? NULL : m->to;
    return made;
}

ad_status run_tag_tokens(const ad_run_data *data, ad_source **source, bool items)
{
    if (!*source)
        return AD_OK;
    const char *name = data->encoder[0].field;
    making m = {.data = data, .encoder = data->encoder[0].encoder, .items = items};
    ad_status status = begin(&m);
    if (status == AD_OK)
        status = read_sentences(&m, *source, ad_source_find(*source, name),
                                ad_source_find(*source, target_of(&m)));
    ad_source *made = status == AD_OK ? source_of(&m, name) : NULL;
    if (status == AD_OK && !made)
        status = run_fail_core(AD_RUN_BAD_DATA);
    making_done(&m);
    if (status != AD_OK)
        return status;
    ad_source_free(*source);
    *source = made;
    return AD_OK;
}

/* ---------------------------------------------------------------- before the data is opened */

static ad_status fail_row(const ad_run_data *data, ad_part part, int64_t row, int64_t words,
                          int64_t tags)
{
    static const char *const part_words[] = {
        [AD_PART_TRAIN] = "training", [AD_PART_VALIDATION] = "validation", [AD_PART_TEST] = "test"};
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                    "%s: row %lld of the %s data has %lld word%s and %lld tag%s\n  give each word "
                    "a tag, with blanks between, _ for none\n",
                    ad_schema_target(data->schema)->name, (long long)row + 1, part_words[part],
                    (long long)words, words == 1 ? "" : "s", (long long)tags, tags == 1 ? "" : "s");
}

static ad_status count_tags(const ad_run_data *data, ad_part part, ad_source *source,
                            const char *text_name, tally *seen)
{
    text_reader text = {.source = NULL}, tags = {.source = NULL};
    const char *words, *said;
    int64_t size, said_size;
    int tags_at = ad_source_find(source, ad_schema_target(data->schema)->name);
    ad_status status = text_reader_begin(&text, source, ad_source_find(source, text_name));
    if (status == AD_OK)
        status = text_reader_begin(&tags, source, tags_at);
    for (int64_t i = 0; i < ad_source_count(source) && status == AD_OK; i++) {
        status = text_reader_read(&text, i, &words, &size);
        if (status == AD_OK)
            status = text_reader_read(&tags, i, &said, &said_size);
        if (status != AD_OK)
            break;
        int64_t count = tagged_words(words, size), tag_count = tagged_words(said, said_size);
        if (count != tag_count)
            status = fail_row(data, part, i, count, tag_count);
        else if (part == AD_PART_TRAIN && !tagged_count(said, (size_t)said_size, seen))
            status = no_memory();
    }
    text_reader_done(&text);
    text_reader_done(&tags);
    return status;
}

/* Of a table: the tags of the training part are the classes. */
static ad_status learn_tags(const ad_config *c, ad_run_data *data, ad_schema_field *target,
                            const char *text)
{
    tally seen = {.room = 0};
    ad_status status = AD_OK;
    for (ad_part part = AD_PART_TRAIN; part <= AD_PART_TEST && status == AD_OK; part++) {
        ad_source *raw = NULL;
        status = ad_config_open(c, data->schema, part, &raw);
        if (status != AD_OK)
            status = run_failed(AD_RUN_BAD_DATA, status);
        else if (raw)
            status = count_tags(data, part, raw, text, &seen);
        ad_source_free(raw);
    }
    if (status == AD_OK && !(target->names = tagged_sorted(&seen)))
        status = no_memory();
    target->classes = status == AD_OK ? seen.words.count : 0;
    tally_done(&seen);
    return status;
}

/* The one text among the inputs, where nothing else is; or NULL. */
static const ad_schema_field *only_text(const ad_schema *s, int *others)
{
    const ad_schema_field *text = NULL;
    *others = 0;
    for (int i = 0; i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (f->use != AD_USE_INPUT)
            continue;
        *others += text || f->meaning != AD_MEANS_TEXT;
        text = f->meaning == AD_MEANS_TEXT && !text ? f : text;
    }
    return text;
}

ad_status run_decide_tagging(const ad_config *c, ad_run_data *data)
{
    int others;
    if (!data->task->of_words)
        return AD_OK;
    ad_schema_field *target = (ad_schema_field *)ad_schema_target(data->schema);
    const ad_schema_field *text = only_text(data->schema, &others);
    if (!text)
        return run_refused_or_task(
            c, "data", "the data has no text whose words could be tagged",
            "of a table say which column is one: data: {types: [COLUMN=text]}");
    if (others)
        return run_refused_or_task(c, "data",
                                   "the data has other columns beside the sentences and their tags",
                                   "leave them out: data: {skip: [COLUMN]}");
    const ad_text_options *o = c->text.options;
    if (o && (o->length != AD_SAME || o->most != AD_SAME))
        return run_refused_or_task(c, o->length != AD_SAME ? "text.length" : "text.most",
                                   "sentences are tagged as a whole, and this cuts them",
                                   "take it out");
    ad_status status = target->classes ? AD_OK : learn_tags(c, data, target, text->name);
    if (status == AD_OK && target->classes < 2)
        return run_refused_or_task(c, "data",
                                   "all words have the same tag, so there is nothing to learn",
                                   "give sentences of two tags and more");
    return status;
}
