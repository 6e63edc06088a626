/* A first configuration for texts: what they are like, how they become tokens, and the layers that
 * read them. */
#include "init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum {
    LANGUAGE_WINDOW = 64,
    LETTERS_MOST = 256, /* different characters, up to which each is a token */
    WORDS_LEAST = 8,
    WORDS_MOST = 400,
    FEW_WORDS = 6,
    VOCABULARY_LEAST = 512,
    VOCABULARY_MOST = 8192,
    BYTES_A_PART = 1000 /* some 250 tokens of four letters */
};

bool init_is_language(const init_facts *f)
{
    return strcmp(f->task, "language_model") == 0;
}

bool init_is_tagging(const init_facts *f)
{
    return strcmp(f->task, "tagging") == 0;
}

bool init_is_rewriting(const init_facts *f)
{
    return strcmp(f->task, "sequence_to_sequence") == 0;
}

/* A token of parts of words is some four letters. */
double init_windows(const init_facts *f)
{
    return (double)f->bytes / LANGUAGE_WINDOW / (f->letters <= LETTERS_MOST ? 1 : 4);
}

/* ---------------------------------------------------------------- what texts are like */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The length that 19 of 20 texts have at most; the field's place among those that vary is
 * `varies`. */
static ad_status usual_length(ad_source *source, int varies, int varying, int64_t *usual,
                              int64_t *sum)
{
    int64_t count = ad_source_count(source);
    int64_t *all = malloc(((size_t)count + 1) * sizeof *all);
    int64_t *length = malloc(((size_t)varying + 1) * sizeof *length);
    ad_status status = all && length ? AD_OK : message_no_memory();
    *sum = 0;
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        status = ad_source_length(source, i, 0, length);
        all[i] = status == AD_OK ? length[varies] : 0;
        *sum += all[i];
        if (status != AD_OK)
            message_fail(status, "%s\n", ad_error());
    }
    if (status == AD_OK && count) {
        qsort(all, (size_t)count, sizeof *all, by_number);
        *usual = all[(count - 1) * 19 / 20];
    }
    free(all);
    free(length);
    return status;
}

int init_place_among_varying(ad_source *source, const char *name, int *varying)
{
    const ad_source_field *field;
    int fields = ad_source_fields(source, &field), place = 0;
    *varying = 0;
    for (int i = 0; i < fields; i++) {
        if (strcmp(field[i].name, name) == 0)
            place = *varying;
        *varying += field[i].shape.rank > 0 && field[i].shape.size[0] == AD_VARYING;
    }
    return place;
}

static ad_status count_words(init_facts *f, ad_source *train)
{
    ad_encoder *words = NULL;
    int varying;
    int64_t sum;
    ad_status status = ad_encoder_fit("words", NULL, train, f->text->name, f->text, &words);
    ad_source *tokens = status == AD_OK ? ad_encoder_source(words, train, f->text->name) : NULL;
    if (status == AD_OK)
        status = tokens ? AD_OK : AD_ERROR_FORMAT;
    if (status == AD_OK) {
        int place = init_place_among_varying(tokens, f->text->name, &varying);
        status = usual_length(tokens, place, varying, &f->words, &sum);
    }
    ad_source_free(tokens);
    ad_encoder_free(words);
    return status;
}

static ad_status count_letters(init_facts *f, ad_source *train)
{
    ad_encoder *letters = NULL;
    ad_encoded about = {.classes = 0};
    int varying;
    int64_t usual;
    int place = init_place_among_varying(train, f->text->name, &varying);
    ad_status status = ad_encoder_fit("characters", NULL, train, f->text->name, f->text, &letters);
    if (status == AD_OK)
        ad_encoder_about(letters, &about);
    f->letters = about.classes;
    ad_encoder_free(letters);
    return status == AD_OK ? usual_length(train, place, varying, &usual, &f->bytes) : status;
}

ad_status init_look_at_texts(init_facts *f, ad_source *train)
{
    return ad_schema_target(f->schema) ? count_words(f, train) : count_letters(f, train);
}

/* ---------------------------------------------------------------- writing */

/* A multiple of ten. */
static int64_t length_of(const init_facts *f)
{
    int64_t length = (f->words + 9) / 10 * 10;
    return length < WORDS_LEAST ? WORDS_LEAST : length > WORDS_MOST ? WORDS_MOST : length;
}

/* Parts of words of which each comes some hundred times and more among the text's tokens. */
static int64_t vocabulary_of(const init_facts *f)
{
    int64_t size = VOCABULARY_LEAST;
    while (size < VOCABULARY_MOST && 2 * size * BYTES_A_PART <= f->bytes)
        size *= 2;
    return size;
}

static void add_language(text_buffer *t, const init_facts *f)
{
    char why[120];
    bool letters = f->letters <= LETTERS_MOST;
    long long parts = (long long)vocabulary_of(f);
    text_add(t, "text:\n");
    snprintf(why, sizeof why, "few different ones: each is a token; or: bpe, with vocabulary: %lld",
             parts);
    if (letters)
        init_line(t, why, "  tokens: characters");
    else
        init_line(t, "parts of words, learned here", "  tokens: bpe");
    snprintf(why, sizeof why, "by the %lld bytes: each part comes often", (long long)f->bytes);
    if (!letters)
        init_line(t, why, "  vocabulary: %lld", parts);
    if (!f->schema->running)
        init_line(t, "each text begins and ends", "  special: [begin, end]");
    init_line(t, "tokens that are learned from at once", "language: {length: %d}", LANGUAGE_WINDOW);
}

static void add_rewriting(text_buffer *t, const init_facts *f)
{
    text_add(t, "text:\n");
    if (f->words <= FEW_WORDS)
        init_line(t, "short texts: each letter is a token; or: words, bpe", "  tokens: characters");
    else
        init_line(t, "parts of words, learned here, of each side its own", "  tokens: bpe");
    if (f->words > FEW_WORDS)
        init_line(t, NULL, "  vocabulary: 4000");
    init_line(t, "1: the likeliest token each time; more is slower, and may write better",
              "sequence: {beam: 1}");
}

void init_text(text_buffer *t, const init_facts *f)
{
    char why[80];
    if (!f->text)
        return;
    if (init_is_rewriting(f)) {
        add_rewriting(t, f);
        return;
    }
    if (init_is_language(f)) {
        add_language(t, f);
        return;
    }
    text_add(t, "text:\n");
    if (init_is_tagging(f)) {
        init_line(t, "or: characters, which tell more of new words", "  tokens: words");
        init_line(t, "what is seen once stands for new words", "  least: 2");
        return;
    }
    init_line(t, "or: characters, bpe", "  tokens: words");
    init_line(t, "so that Free and free are one word", "  lower: true");
    init_line(t, "what is seen once teaches nothing", "  least: 2");
    snprintf(why, sizeof why, "19 of 20 texts have at most %lld; longer ones are cut",
             (long long)f->words);
    init_line(t, why, "  length: %lld", (long long)length_of(f));
}

static void add_language_layers(text_buffer *t, const init_facts *f)
{
    bool letters = f->letters <= LETTERS_MOST;
    init_line(t, "a row of numbers for each token", "  - embedding: {width: %d}",
              letters ? 64 : 128);
    init_line(t, "reads on, token by token", "  - gru: {width: %d}", letters ? 192 : 256);
}

static void add_tagging_layers(text_buffer *t)
{
    init_line(t, "a row of numbers for each word", "  - embedding: {width: 64}");
    init_dropout(t, "0.3", "against learning sentences by heart");
    init_line(t, "what stands before it, and behind", "  - gru: {width: 64, both: true}");
    init_dropout(t, "0.3", NULL);
}

static void add_rewriting_layers(text_buffer *t, const init_facts *f)
{
    int width = f->words <= FEW_WORDS ? 64 : 128;
    init_line(t, "a row of numbers for each token of the text", "  - embedding: {width: %d}",
              width);
    init_line(t, "reads it", "  - gru: {width: %d, name: reader}", 2 * width);
    init_line(t, "what was written before each token", "  - embedding: {width: %d, from: written}",
              width);
    init_line(t, "writes on, from what was read",
              "  - gru: {width: %d, start: reader, name: writer}", 2 * width);
    init_line(t, "looks where it is in the text",
              "  - attention: {heads: 1, to: reader, name: seen}");
    text_add(t, "  - concat: {from: [writer, seen]}\n");
    init_hidden(t, 2 * width, "what both say together");
}

void init_text_layers(text_buffer *t, const init_facts *f)
{
    if (init_is_rewriting(f)) {
        add_rewriting_layers(t, f);
        return;
    }
    if (init_is_language(f)) {
        add_language_layers(t, f);
        return;
    }
    bool more = f->width > 0;
    if (init_is_tagging(f)) {
        add_tagging_layers(t);
        return;
    }
    text_buffer from = {0};
    if (more)
        text_add_format(&from, ", from: %s", f->text->name);
    init_line(t, "a row of numbers for each word", "  - embedding: {width: 64%s}",
              text_words(&from));
    text_done(&from);
    init_line(t, "what stands together", "  - conv1d: {filters: 64, kernel: 5, same: true}");
    text_add(t, "  - relu\n");
    init_line(t, "whether it stands anywhere", "  - global_pool: {method: max%s}",
              more ? ", name: read" : "");
    init_line(t, "against learning texts by heart", "  - dropout: {rate: 0.3}");
    if (more)
        init_line(t, "the other columns beside it", "  - concat: {from: [read, input]}");
}

/* What init_text_layers has of a text alone, up to what was read. */
void init_read_layers(text_buffer *t)
{
    init_line(t, "a row of numbers for each word", "  - embedding: {width: 64}");
    init_line(t, "what stands together", "  - conv1d: {filters: 64, kernel: 5, same: true}");
    text_add(t, "  - relu\n");
    init_line(t, "whether it stands anywhere", "  - global_pool: {method: max}");
}
