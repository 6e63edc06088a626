/* A table of which one column holds sentences, and another as many tags as each has words. */
#include "init.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "encoder.h"
#include "message.h"
#include "option.h"
#include "table.h"
#include "text_tagged.h"

enum {
    COLUMNS = 8,     /* that are compared with each other, at most */
    ROWS_LEAST = 8,  /* from which equal numbers of words are no accident */
    WORDS_LEAST = 2, /* a sentence has more, on the mean */
    TAGS_MOST = 256
};

/* Columns of texts, and what their rows hold. */
typedef struct columns {
    int count;
    const char *name[COLUMNS];
    bool unlike[COLUMNS][COLUMNS]; /* a row has not as many words in both */
    bool varies[COLUMNS];          /* in their number */
    int64_t words[COLUMNS], first[COLUMNS];
    tally seen[COLUMNS];
    text_reader reader[COLUMNS];
} columns;

static void columns_done(columns *c)
{
    for (int i = 0; i < c->count; i++) {
        text_reader_done(&c->reader[i]);
        tally_done(&c->seen[i]);
    }
}

/* ---------------------------------------------------------------- which columns are texts */

/* Some class of several words, or a text that was left out. */
static bool may_be_words(const ad_schema_field *f)
{
    if (f->use == AD_USE_ID || f->shape.rank > 1)
        return false;
    if (f->meaning == AD_MEANS_TEXT)
        return true;
    for (int64_t i = 0; f->meaning == AD_MEANS_CLASS && f->names && i < f->classes; i++)
        if (strchr(f->names[i], ' '))
            return true;
    return false;
}

static ad_status keep_name(ad_names *list, const char *name)
{
    return message_memory((list->text[list->count] = text_copy(name)) && ++list->count);
}

/* Their names, into f->texts. */
static ad_status find_columns(init_facts *f)
{
    table_names_done(&f->texts);
    f->texts = (ad_names){.text = calloc((size_t)f->schema->fields + 1, sizeof *f->texts.text)};
    ad_status status = message_memory(f->texts.text);
    for (int i = 0; i < f->schema->fields && status == AD_OK; i++)
        if (may_be_words(&f->schema->field[i]))
            status = keep_name(&f->texts, f->schema->field[i].name);
    return status;
}

/* ---------------------------------------------------------------- their rows */

static ad_status read_row(columns *c, int64_t row)
{
    int64_t words[COLUMNS];
    ad_status status = AD_OK;
    for (int i = 0; i < c->count && status == AD_OK; i++) {
        const char *text;
        int64_t size;
        status = text_reader_read(&c->reader[i], row, &text, &size);
        if (status != AD_OK)
            break;
        words[i] = tagged_words(text, size);
        c->words[i] += words[i];
        c->first[i] = row ? c->first[i] : words[i];
        c->varies[i] = c->varies[i] || words[i] != c->first[i];
        status = message_memory(tagged_count(text, (size_t)size, &c->seen[i]));
    }
    for (int i = 0; i < c->count && status == AD_OK; i++)
        for (int k = 0; k < i; k++)
            if (words[i] != words[k] || !words[i])
                c->unlike[i][k] = c->unlike[k][i] = true;
    return status;
}

/* Whether two columns may still be sentences and their tags. */
static bool any_alike(const columns *c)
{
    for (int i = 0; i < c->count; i++)
        for (int k = 0; k < i; k++)
            if (!c->unlike[i][k])
                return true;
    return false;
}

static ad_status read_rows(columns *c, ad_source *rows)
{
    int64_t count = ad_source_count(rows);
    ad_status status = AD_OK;
    for (int i = 0; i < c->count && status == AD_OK; i++)
        status = text_reader_begin(&c->reader[i], rows, ad_source_find(rows, c->name[i]));
    for (int64_t row = 0; row < count && status == AD_OK && any_alike(c); row++)
        status = read_row(c, row);
    return status;
}

static bool are_tags(const columns *c, int sentence, int tag, int64_t rows)
{
    int32_t words = c->seen[sentence].words.count, tags = c->seen[tag].words.count;
    return sentence != tag && !c->unlike[sentence][tag] && c->varies[tag] && rows >= ROWS_LEAST &&
           c->words[tag] > WORDS_LEAST * rows && tags > 1 && tags <= TAGS_MOST && 2 * tags <= words;
}

/* The one pair of columns that are sentences and tags; false: there is none, or there are more. */
static bool find_pair(const init_facts *f, const columns *c, int64_t rows, int *sentence, int *tag)
{
    int found = 0;
    for (int i = 0; i < c->count; i++)
        for (int k = 0; k < c->count; k++)
            if (are_tags(c, i, k, rows) &&
                (!f->o->targets || strcmp(c->name[k], f->o->target[0]) == 0))
                *sentence = i, *tag = k, found++;
    return found == 1;
}

/* ---------------------------------------------------------------- the whole */

/* All other columns that would be learned from are to be skipped; false where the name of one may
 * be that of a part of it. */
static ad_status skip_others(init_facts *f, const char *sentence, const char *tags, bool *good)
{
    f->skip = (ad_names){.text = calloc((size_t)f->schema->fields + 1, sizeof *f->skip.text)};
    ad_status status = message_memory(f->skip.text);
    for (int i = 0; i < f->schema->fields && status == AD_OK; i++) {
        const ad_schema_field *s = &f->schema->field[i];
        if (s->use != AD_USE_INPUT || strcmp(s->name, sentence) == 0 || strcmp(s->name, tags) == 0)
            continue;
        *good = *good && !strchr(s->name, '.');
        status = keep_name(&f->skip, s->name);
    }
    return status;
}

/* The pair becomes f->texts and f->tags, where there is one. */
static ad_status take_pair(init_facts *f, const columns *c, int64_t rows, bool *yes)
{
    int sentence, tag;
    *yes = find_pair(f, c, rows, &sentence, &tag);
    if (!*yes)
        return AD_OK;
    ad_names pair = {.text = calloc(2, sizeof *pair.text)};
    ad_status status = message_memory(pair.text);
    if (status == AD_OK)
        status = keep_name(&pair, c->name[sentence]);
    if (status == AD_OK)
        status = keep_name(&pair, c->name[tag]);
    if (status == AD_OK)
        status = skip_others(f, c->name[sentence], c->name[tag], yes);
    table_names_done(&f->texts);
    f->texts = pair;
    return status;
}

static ad_status find_pair_in(init_facts *f, bool *yes)
{
    columns c = {.count = 0};
    ad_source *rows = NULL;
    ad_status status = ad_config_open(f->config, f->schema, AD_PART_TRAIN, &rows);
    for (int i = 0; i < f->texts.count && i < COLUMNS; i++)
        c.name[c.count++] = f->texts.text[i];
    if (status == AD_OK)
        status = read_rows(&c, rows);
    if (status == AD_OK)
        status = take_pair(f, &c, ad_source_count(rows), yes);
    columns_done(&c);
    ad_source_free(rows);
    return status;
}

/* Whether it is a table of which nothing is asked that says what its columns are, and the target,
 * where it is known, may be tags. */
static bool is_open(const init_facts *f)
{
    static const char *const given[] = {"data.types", "data.skip",   "data.id",
                                        "data.time",  "data.series", "data.group"};
    const ad_record *reader = f->config->data.record;
    const ad_schema_field *target = f->schema ? ad_schema_target(f->schema) : NULL;
    if (f->o->targets > 1 || !record_option(reader, "types") || !record_option(reader, "skip"))
        return false;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (config_has(f->config, given[i]))
            return false;
    return !target || may_be_words(target);
}

/* f->texts are all columns that may be, of what is understood without a target, or with what it
 * has of its own. */
static ad_status ask_for_texts(init_facts *f, const ad_reader_record *reader)
{
    f->all_texts = true;
    ad_status status = f->schema ? AD_OK : init_understand(f, reader);
    if (status == AD_OK)
        status = find_columns(f);
    return status == AD_OK && f->texts.count > 1 ? init_understand(f, reader) : status;
}

ad_status init_find_tags(init_facts *f, const ad_reader_record *reader, ad_status understood)
{
    bool yes = false, none = understood != AD_OK && understood != AD_ERROR_FORMAT;
    if (none || !f->config || (understood != AD_OK && !f->o->targets) || !is_open(f))
        return understood;
    ad_status status = ask_for_texts(f, reader);
    bool as_it_was = status == AD_OK && f->texts.count < 2 && understood == AD_OK;
    if (status == AD_OK && f->texts.count > 1)
        status = find_pair_in(f, &yes);
    f->all_texts = false;
    if (status == AD_ERROR_MEMORY)
        return status;
    if (yes)
        f->tags = f->texts.text[1];
    else
        table_names_done(&f->texts), table_names_done(&f->skip);
    return as_it_was ? AD_OK : init_understand(f, reader);
}
