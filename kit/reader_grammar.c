/* The reader of nothing: sentences of a small grammar, and what kind of sentence each is. */
#include <stdlib.h>
#include <string.h>

#include "drawn.h"
#include "message.h"
#include "random.h"
#include "text.h"
#include "text_form.h"
#include "text_lines.h"
#include "text_tagged.h"

static const ad_option options[] = {
    DRAWN_ROWS(ad_grammar_options, "sentences", 1e7),
    {.name = "tags",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(ad_grammar_options, tags),
     .also = "pos parts_of_speech tagged",
     .help = "the target is the part of speech of each word, not the kind of the sentence"},
};

static const ad_grammar_options initial = AD_OPTIONS_INIT(ad_grammar_options);

enum { KINDS = 4 };
static char *const kinds[] = {"command", "exclamation", "question", "statement"};

/* ---------------------------------------------------------------- the grammar */

typedef struct sentence {
    random_state random;
    text_buffer *to;
    tagged_list *tagged; /* or NULL: where words go with their tags, in place of `to` */
    bool any;            /* a word stands there */
} sentence;

/* Each of the words with its tag, on blanks. */
static void say_tagged(sentence *s, const char *words, const char *tags)
{
    const char *word, *tag, *end = words + strlen(words), *tag_end = tags + strlen(tags);
    while ((words = tagged_next(words, end, &word)) && (tags = tagged_next(tags, tag_end, &tag)))
        if (!tagged_list_word(s->tagged, word, (size_t)(words - word), tag, (size_t)(tags - tag)))
            s->tagged->words.failed = true;
}

static void say(sentence *s, const char *words, const char *tags)
{
    if (s->tagged) {
        say_tagged(s, words, tags);
        return;
    }
    text_add(s->to, s->any ? " " : "");
    text_add(s->to, words);
    s->any = true;
}

static bool sometimes(sentence *s)
{
    return random_below(&s->random, 2) == 0;
}

static void one_of(sentence *s, const char *const *words, size_t count, const char *tag)
{
    say(s, words[random_below(&s->random, count)], tag);
}

static void adjective(sentence *s)
{
    static const char *const words[] = {"old", "small", "clever", "green", "loud", "quiet"};
    one_of(s, words, sizeof words / sizeof *words, "ADJ");
}

/* With tags some nouns are written as verbs are. */
static void noun(sentence *s)
{
    static const char *const words[] = {"dog",   "poet",  "farmer", "queen", "bird",
                                        "horse", "child", "help",   "paint"};
    if (sometimes(s))
        adjective(s);
    one_of(s, words, s->tagged ? 9 : 7, "NOUN");
}

static void noun_phrase(sentence *s)
{
    static const char *const words[] = {"the", "a", "every", "my"};
    one_of(s, words, sizeof words / sizeof *words, "DET");
    noun(s);
}

static void verb(sentence *s, bool third)
{
    static const char *const plain[] = {"see", "follow", "greet", "paint", "help"};
    static const char *const thirds[] = {"sees", "follows", "greets", "paints", "helps"};
    one_of(s, third ? thirds : plain, sizeof plain / sizeof *plain, "VERB");
}

static void adverb(sentence *s)
{
    static const char *const words[][2] = {{"today", "ADV"},
                                           {"often", "ADV"},
                                           {"at night", "ADP NOUN"},
                                           {"near the river", "ADP DET NOUN"}};
    if (!sometimes(s))
        return;
    const char *const *chosen = words[random_below(&s->random, sizeof words / sizeof *words)];
    say(s, chosen[0], chosen[1]);
}

static void asking(sentence *s)
{
    static const char *const words[][2] = {
        {"does", "AUX"}, {"will", "AUX"}, {"can", "AUX"}, {"why does", "ADV AUX"}};
    const char *const *chosen = words[random_below(&s->random, sizeof words / sizeof *words)];
    say(s, chosen[0], chosen[1]);
}

static void sentence_of(sentence *s, int kind)
{
    switch (kind) {
    case 0:
        verb(s, false);
        noun_phrase(s);
        break;
    case 1:
        say(s, "what a", "PRON DET");
        noun(s);
        if (!sometimes(s))
            return;
        noun_phrase(s);
        verb(s, true);
        break;
    case 2:
        asking(s);
        noun_phrase(s);
        verb(s, false);
        noun_phrase(s);
        break;
    default:
        noun_phrase(s);
        verb(s, true);
        noun_phrase(s);
    }
    adverb(s);
}

/* ---------------------------------------------------------------- the reader */

/* With tags files to predict are a word and its tag a line, or sentences. */
static ad_status understand_tags(ad_schema **schema)
{
    static const char *const names[] = {"ADJ", "ADP", "ADV", "AUX", "DET", "NOUN", "PRON", "VERB"};
    enum { TAGS = sizeof names / sizeof *names };
    text_form form = {.form = AD_TEXTS_TAGGED, .separator = "t 2 1 2"};
    ad_schema *s = ad_schema_new("grammar");
    ad_schema_field text = {.name = (char *)"text",
                            .type = AD_U8,
                            .shape = AD_SHAPE(AD_VARYING),
                            .meaning = AD_MEANS_TEXT,
                            .why = (char *)"drawn"};
    ad_schema_field tags = text;
    tags.name = (char *)"tags", tags.use = AD_USE_TARGET;
    tags.classes = TAGS, tags.names = (char **)names;
    tags.why = (char *)"parts of speech, one for each word";
    bool good = s && ad_schema_add(s, &text) && ad_schema_add(s, &tags);
    if (good && (s->own = text_form_text(&form, 1024))) {
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

static ad_status understand(const void *chosen, ad_schema **schema)
{
    text_form form = {.form = AD_TEXTS_LABELS, .separator = "\t"};
    *schema = NULL;
    if (((const ad_grammar_options *)chosen)->tags)
        return understand_tags(schema);
    ad_schema *s = ad_schema_new("grammar");
    ad_schema_field text = {.name = (char *)"text",
                            .type = AD_U8,
                            .shape = AD_SHAPE(AD_VARYING),
                            .meaning = AD_MEANS_TEXT,
                            .why = (char *)"drawn"};
    ad_schema_field label = {.name = (char *)"label",
                             .type = AD_I32,
                             .meaning = AD_MEANS_CLASS,
                             .use = AD_USE_TARGET,
                             .classes = KINDS,
                             .names = (char **)kinds,
                             .why = (char *)"which kind of sentence was drawn"};
    bool good = s && ad_schema_add(s, &text) && ad_schema_add(s, &label);
    if (good && (s->own = text_form_text(&form, 1024))) {
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

/* All sentences one behind the other; where each ends goes to end. */
static char *draw(const ad_grammar_options *o, ad_part part, int64_t count, size_t *end)
{
    text_buffer all = {0};
    for (int64_t i = 0; i < count && !all.failed; i++) {
        uint64_t stream = (uint64_t)i * 4 + (uint64_t)part;
        sentence s = {.random = random_start((uint64_t)o->seed, stream), .to = &all};
        sentence_of(&s, (int)(i % KINDS));
        end[i] = all.size;
    }
    return text_take(&all);
}

static ad_status open_tagged(const ad_grammar_options *o, const ad_schema *schema, ad_part part,
                             int64_t count, ad_source **source)
{
    tagged_list list = {.count = 0};
    bool good = true;
    for (int64_t i = 0; i < count && good; i++) {
        uint64_t stream = (uint64_t)i * 4 + (uint64_t)part;
        sentence s = {.random = random_start((uint64_t)o->seed, stream), .tagged = &list};
        sentence_of(&s, (int)(i % KINDS));
        good = tagged_list_end(&list) && !list.words.failed && !list.tags.failed;
    }
    if (good)
        return tagged_list_source(&list, schema, "drawn sentences", source);
    tagged_list_done(&list);
    return message_no_memory();
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_grammar_options *o = chosen;
    int64_t count = part == AD_PART_TEST ? o->test_count : o->train_count;
    text_list list = {0};
    text_file *file = NULL;
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    if (o->tags)
        return open_tagged(o, schema, part, count, source);
    size_t *end = malloc((size_t)count * sizeof *end + 1);
    char *text = end ? draw(o, part, count, end) : NULL;
    ad_status status =
        text ? text_file_of("drawn sentences", text, end[count - 1], &file) : message_no_memory();
    if (status == AD_OK && !text_list_hold(&list, file))
        status = message_no_memory();
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        size_t from = i ? end[i - 1] : 0;
        if (!text_list_add(&list, file->bytes + from, end[i] - from, (int32_t)(i % KINDS)))
            status = message_no_memory();
    }
    free(end);
    if (status == AD_OK)
        return text_list_source(&list, schema, "drawn sentences", source);
    text_list_done(&list);
    return status;
}

const ad_reader_record reader_grammar = {
    .record = {.name = "grammar",
               .help = "sentences that are drawn, and their kind: synthetic",
               .also = "toy_language synthetic_text",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = text_file_items};
