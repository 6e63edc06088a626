/* Sentences whose words have tags. */
#include "text_tagged.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *tagged_next(const char *p, const char *end, const char **from)
{
    while (p < end && is_white(*p))
        p++;
    *from = p;
    while (p < end && !is_white(*p))
        p++;
    return p > *from ? p : NULL;
}

int64_t tagged_words(const char *text, int64_t size)
{
    int64_t words = 0;
    const char *from;
    for (const char *p = text; (p = tagged_next(p, text + size, &from));)
        words++;
    return words;
}

/* ---------------------------------------------------------------- the list */

void tagged_list_done(tagged_list *list)
{
    text_done(&list->words);
    text_done(&list->tags);
    free(list->word_end);
    free(list->tag_end);
    free(list->line);
    *list = (tagged_list){.count = 0};
}

/* Blanks within a word become ones that do not end it. */
static void add_whole(text_buffer *t, const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_white(word[i]))
            text_add(t, "\xC2\xA0");
        else
            text_add_bytes(t, word + i, 1);
}

bool tagged_list_word(tagged_list *list, const char *word, size_t size, const char *tag,
                      size_t tag_size)
{
    text_add(&list->words, list->open ? " " : "");
    text_add(&list->tags, list->open && tag_size ? " " : "");
    add_whole(&list->words, word, size);
    add_whole(&list->tags, tag, tag_size);
    list->open = true;
    return !list->words.failed && !list->tags.failed;
}

static bool grow(tagged_list *list)
{
    int64_t room = 2 * list->room + 256;
    size_t *words = realloc(list->word_end, (size_t)room * sizeof *words);
    list->word_end = words ? words : list->word_end;
    size_t *tags = realloc(list->tag_end, (size_t)room * sizeof *tags);
    list->tag_end = tags ? tags : list->tag_end;
    int64_t *line = realloc(list->line, (size_t)room * sizeof *line);
    list->line = line ? line : list->line;
    bool good = words && tags && line;
    list->room = good ? room : list->room;
    return good;
}

bool tagged_list_end(tagged_list *list)
{
    if (list->count == list->room && !grow(list))
        return false;
    list->word_end[list->count] = list->words.size;
    list->line[list->count] = list->begins;
    list->tag_end[list->count++] = list->tags.size;
    list->open = false;
    return true;
}

/* ---------------------------------------------------------------- as a source */

typedef struct tagged {
    tagged_list list;
    int text, tags; /* fields; -1: not in the schema */
} tagged;

static void tagged_free(void *user)
{
    tagged *t = user;
    tagged_list_done(&t->list);
    free(t);
}

static void span_of(const text_buffer *all, const size_t *end, int64_t i, const char **at,
                    size_t *size)
{
    size_t from = i ? end[i - 1] : 0;
    *at = all->data ? all->data + from : "";
    *size = end[i] - from;
}

static ad_status source_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const tagged *t = user;
    const char *at;
    size_t size;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        span_of(&t->list.words, t->list.word_end, number[i], &at, &size);
        if (size)
            memcpy(into[t->text].data, at, size);
        span_of(&t->list.tags, t->list.tag_end, number[i], &at, &size);
        if (size && t->tags >= 0)
            memcpy(into[t->tags].data, at, size);
    }
    return AD_OK;
}

static ad_status source_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const tagged *t = user;
    const char *at;
    size_t size;
    (void)epoch;
    span_of(&t->list.words, t->list.word_end, number, &at, &size);
    length[t->text] = (int64_t)size;
    span_of(&t->list.tags, t->list.tag_end, number, &at, &size);
    if (t->tags >= 0)
        length[t->tags] = (int64_t)size;
    return AD_OK;
}

/* Fields that have a role are the words and, as the target, their tags. */
static bool find_fields(const ad_schema *schema, tagged *t, ad_source_field *field, int *fields)
{
    t->text = t->tags = -1, *fields = 0;
    for (int i = 0; i < schema->fields; i++) {
        const ad_schema_field *f = &schema->field[i];
        int *at = f->use == AD_USE_TARGET ? &t->tags : &t->text;
        if (f->use == AD_USE_NONE)
            continue;
        if (*at >= 0 || f->type != AD_U8 || f->shape.rank != 1 || f->shape.size[0] != AD_VARYING)
            return false;
        *at = *fields;
        field[(*fields)++] = (ad_source_field){f->name, f->type, f->shape};
    }
    return t->text >= 0;
}

ad_status tagged_list_source(tagged_list *list, const ad_schema *schema, const char *name,
                             ad_source **source)
{
    ad_source_field field[2];
    int fields;
    tagged *t = calloc(1, sizeof *t);
    *source = NULL;
    if (!t || !find_fields(schema, t, field, &fields)) {
        tagged_list_done(list);
        bool memory = t != NULL;
        free(t);
        return memory ? message_fail(AD_ERROR_FORMAT, "the schema is none of words with tags\n  "
                                                      "make it anew from the data\n")
                      : message_no_memory();
    }
    t->list = *list;
    *list = (tagged_list){.count = 0};
    *source = ad_source_new(&(ad_source_record){.count = t->list.count,
                                                .field = field,
                                                .fields = fields,
                                                .read = source_read,
                                                .length = source_length,
                                                .free = tagged_free,
                                                .user = t,
                                                .name = name});
    if (*source)
        return AD_OK;
    tagged_free(t);
    return message_core();
}

/* ---------------------------------------------------------------- the schema */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **name, int64_t count)
{
    for (int64_t i = 0; name && i < count; i++)
        free(name[i]);
    free(name);
}

bool tagged_is_none(const char *tag, size_t size)
{
    return size == 1 && *tag == '_';
}

bool tagged_count(const char *tags, size_t size, tally *seen)
{
    const char *from, *end = tags + size;
    bool good = true;
    for (const char *p = tags; good && (p = tagged_next(p, end, &from));)
        if (!tagged_is_none(from, (size_t)(p - from)))
            good = tally_add(seen, from, (size_t)(p - from), 1);
    return good;
}

char **tagged_sorted(const tally *seen)
{
    int32_t count = seen->words.count;
    bool good = true;
    char **name = calloc((size_t)count + 1, sizeof *name);
    for (int32_t i = 0; name && i < count; i++) {
        size_t size;
        const char *text = vocabulary_text(&seen->words, i, &size);
        good = (name[i] = text_copy_bytes(text, size)) && good;
    }
    if (!name || !good) {
        free_names(name, count);
        return NULL;
    }
    if (count)
        qsort(name, (size_t)count, sizeof *name, by_bytes);
    return name;
}

/* Different tags, in order of their bytes; NULL without memory. */
static char **names_of(const tagged_list *list, int64_t *count)
{
    tally seen = {.room = 0};
    const char *tags = list->tags.data;
    bool good = true;
    size_t at = 0; /* sentences follow one another without a blank */
    for (int64_t i = 0; i < list->count && good && tags; at = list->tag_end[i++])
        good = tagged_count(tags + at, list->tag_end[i] - at, &seen);
    *count = seen.words.count;
    char **name = good ? tagged_sorted(&seen) : NULL;
    tally_done(&seen);
    return name;
}

static int64_t words_of(const tagged_list *list)
{
    int64_t words = 0;
    size_t at = 0;
    for (int64_t i = 0; i < list->count; at = list->word_end[i++]) {
        words += list->word_end[i] > at;
        for (size_t k = at; k < list->word_end[i]; k++)
            words += list->words.data[k] == ' ';
    }
    return words;
}

ad_status tagged_describe(const tagged_list *list, ad_schema *schema)
{
    int64_t count;
    char **name = names_of(list, &count);
    char *text_why = text_format("%lld sentences, %lld words", (long long)list->count,
                                 (long long)words_of(list)),
         *tags_why = text_format("%lld different, one for each word", (long long)count);
    ad_schema_field text = {.name = (char *)"text",
                            .type = AD_U8,
                            .shape = AD_SHAPE(AD_VARYING),
                            .meaning = AD_MEANS_TEXT,
                            .why = text_why};
    ad_schema_field tags = text;
    tags.name = (char *)"tags", tags.use = AD_USE_TARGET, tags.why = tags_why;
    tags.classes = count, tags.names = name;
    bool good = name && text_why && tags_why && ad_schema_add(schema, &text) &&
                ad_schema_add(schema, &tags);
    free_names(name, count);
    free(text_why);
    free(tags_why);
    return message_memory(good);
}

ad_status tagged_names(const ad_schema *schema, vocabulary *known)
{
    const ad_schema_field *tags = ad_schema_target(schema);
    bool good = true, added;
    for (int64_t i = 0; tags && tags->names && i < tags->classes && good; i++)
        good = vocabulary_add(known, tags->names[i], strlen(tags->names[i]), &added) >= 0;
    return message_memory(good);
}
