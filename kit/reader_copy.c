/* The reader of nothing: words that are drawn, and what becomes of their letters. */
#include <stdlib.h>
#include <string.h>

#include "drawn.h"
#include "message.h"
#include "text_lines.h"
#include "text_pairs.h"

#define AT(field) .offset = offsetof(ad_copy_options, field)

enum { LONGEST = 10000 };

static const ad_option options[] = {
    DRAWN_ROWS(ad_copy_options, "words", 1e7),
    {.name = "form",
     .type = AD_OPTION_WORD,
     .words = "copy reverse sort",
     AT(form),
     .also = "mode kind problem",
     .help = "what a word becomes: itself, its letters from the last to the first, or in order"},
    {.name = "letters",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 26,
     AT(letters),
     .also = "alphabet vocabulary symbols",
     .help = "how many different ones, from a on"},
    {.name = "shortest",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = LONGEST,
     .unit = "letters",
     AT(shortest),
     .also = "min_length",
     .help = "of the shortest word"},
    {.name = "longest",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = LONGEST,
     .unit = "letters",
     AT(longest),
     .also = "max_length",
     .help = "of the longest word"},
};

static const ad_copy_options initial = AD_OPTIONS_INIT(ad_copy_options);

static ad_status understand(const void *chosen, ad_schema **schema)
{
    static const char *const why[] = {[AD_COPY_SAME] = "the word itself",
                                      [AD_COPY_REVERSED] = "its letters, the last first",
                                      [AD_COPY_SORTED] = "its letters in order"};
    const ad_copy_options *o = chosen;
    text_form form = {.form = AD_TEXTS_PAIRS, .separator = "\t"};
    *schema = NULL;
    if (o->shortest > o->longest)
        return message_fail(AD_ERROR_ARGUMENT,
                            "copy: shortest is %lld, and longest is %lld\n  make shortest no more "
                            "than longest\n",
                            (long long)o->shortest, (long long)o->longest);
    ad_schema *s = ad_schema_new("copy");
    if (s && text_pairs_fields(s, "drawn", why[o->form]) &&
        (s->own = text_form_text(&form, 1024)) && ad_schema_note(s, "words are drawn: synthetic")) {
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

/* ---------------------------------------------------------------- words */

static int by_letter(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

static void change(const ad_copy_options *o, const char *word, int64_t size, char *to)
{
    for (int64_t k = 0; k < size; k++)
        to[k] = word[o->form == AD_COPY_REVERSED ? size - 1 - k : k];
    if (o->form == AD_COPY_SORTED)
        qsort(to, (size_t)size, 1, by_letter);
}

/* Word i has a generator of its own; its first number is the length. */
static random_state start(const ad_copy_options *o, ad_part part, int64_t i, int64_t *size)
{
    random_state r = random_start((uint64_t)o->seed, (uint64_t)i * 4 + (uint64_t)part);
    *size = o->shortest + (int64_t)random_below(&r, (size_t)(o->longest - o->shortest + 1));
    return r;
}

/* Each word and what it becomes, one behind the other. */
static void draw(const ad_copy_options *o, ad_part part, int64_t count, char *to, text_list *list)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t size;
        random_state r = start(o, part, i, &size);
        for (int64_t k = 0; k < size; k++)
            to[k] = (char)('a' + (int)random_below(&r, (size_t)o->letters));
        change(o, to, size, to + size);
        list->span[2 * i] = (text_span){to, size, -1};
        list->span[2 * i + 1] = (text_span){to + size, size, -1};
        to += 2 * size;
    }
    list->count = 2 * count;
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_copy_options *o = chosen;
    int64_t count = part == AD_PART_TEST ? o->test_count : o->train_count, bytes = 0, size;
    text_list list = {0};
    text_file *file = NULL;
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    for (int64_t i = 0; i < count; i++) {
        start(o, part, i, &size);
        bytes += 2 * size;
    }
    char *text = malloc((size_t)bytes + 1);
    list.span = malloc((size_t)count * 2 * sizeof *list.span);
    if (!text || !list.span) {
        free(text);
        text_list_done(&list);
        return message_no_memory();
    }
    list.room = 2 * count;
    draw(o, part, count, text, &list);
    ad_status status = text_file_of("drawn words", text, (size_t)bytes, &file);
    if (status == AD_OK && !text_list_hold(&list, file))
        status = message_no_memory();
    if (status == AD_OK)
        return text_pairs_source(&list, schema, "drawn words", source);
    text_list_done(&list);
    return status;
}

const ad_reader_record reader_copy = {
    .record = {.name = "copy",
               .help = "words that are drawn, and the same copied, reversed or sorted: synthetic",
               .also = "reverse sort copying copy_task",
               AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = text_file_items,
    .each = text_file_each};
