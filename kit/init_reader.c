/* Which reader a first configuration takes: the one that is asked for, or the one that knows the
 * data; of a file of pairs of texts the one of texts, where no column is named. */
#include "init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "text_form.h"

enum { LOOKED_AT = 1 << 18, PAIRS_LEAST = 8 };

const char *init_set(const ad_init_options *o, const char *path)
{
    const char *value = NULL;
    size_t size = strlen(path);
    for (int i = 0; i < o->set_count; i++)
        if (strncmp(o->set[i], path, size) == 0 && o->set[i][size] == '=')
            value = o->set[i] + size + 1;
    return value;
}

/* Texts as spans. */
typedef struct span {
    const char *text;
    size_t size;
} span;

static int by_text(const void *a, const void *b)
{
    const span *x = a, *y = b;
    size_t least = x->size < y->size ? x->size : y->size;
    int order = memcmp(x->text, y->text, least);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

static bool is_number(const span *s)
{
    char words[64];
    double value;
    if (s->size == 0 || s->size >= sizeof words)
        return false;
    memcpy(words, s->text, s->size);
    words[s->size] = 0;
    return number_read(words, &value);
}

/* Texts of which most come once, and few are numbers: no classes and no measurements. */
static bool are_texts(span *list, size_t count)
{
    size_t different = 0, numbers = 0;
    for (size_t i = 0; i < count; i++)
        numbers += is_number(&list[i]);
    qsort(list, count, sizeof *list, by_text);
    for (size_t i = 0; i < count; i++)
        different += i == 0 || by_text(&list[i - 1], &list[i]) != 0;
    return count >= PAIRS_LEAST && 2 * different > count && 10 * numbers < count;
}

/* Lines of TEXT<tab>TEXT; the last may be cut. */
static bool are_pairs(const char *bytes, size_t size)
{
    text_form form;
    size_t count = 0;
    if (!text_form_pairs(bytes, size) || text_form_classes(bytes, size, &form))
        return false;
    span *list = malloc((size + 1) * sizeof *list), *second = list ? list + size / 2 : NULL;
    for (const char *at = bytes, *end = bytes + size, *stop; list && at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            break;
        const char *tab = memchr(at, '\t', (size_t)(stop - at));
        if (!tab)
            continue;
        const char *last = stop > tab + 1 && stop[-1] == '\r' ? stop - 1 : stop;
        second[count] = (span){tab + 1, (size_t)(last - tab) - 1};
        list[count++] = (span){at, (size_t)(tab - at)};
    }
    bool pairs = list && are_texts(list, count) && are_texts(second, count);
    free(list);
    return pairs;
}

static bool file_has_pairs(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = file ? malloc(LOOKED_AT) : NULL;
    size_t size = bytes ? fread(bytes, 1, LOOKED_AT, file) : 0;
    bool pairs = size && !memchr(bytes, 0, size) && are_pairs(bytes, size);
    free(bytes);
    if (file)
        fclose(file);
    return pairs;
}

static const ad_reader_record *reader_called(const char *name)
{
    return (const ad_reader_record *)ad_record_find(ad_reader_at, name);
}

/* Whether a setting says how the data is read, not only how it is cut into parts. */
static bool says_how(const char *set)
{
    static const char *const parts[] = {"data.test_share=", "data.validation=", "data.split="};
    bool how = strncmp(set, "data.", 5) == 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        how = how && strncmp(set, parts[i], strlen(parts[i])) != 0;
    return how;
}

const ad_reader_record *init_reader(const ad_init_options *o)
{
    const char *format = init_set(o, "data.format");
    const ad_reader_record *asked = format ? reader_called(format) : NULL;
    const ad_reader_record *reader = ad_reader_for(o->path);
    if (asked && reader)
        return asked;
    bool named = o->targets > 0;
    for (int i = 0; i < o->set_count; i++)
        named = named || says_how(o->set[i]);
    bool table = reader && strcmp(reader->record.name, "csv") == 0;
    return table && !named && file_has_pairs(o->path) ? reader_called("text") : reader;
}

bool init_reader_guessed(const ad_init_options *o, const ad_reader_record *reader)
{
    return !init_set(o, "data.format") && reader != ad_reader_for(o->path);
}
