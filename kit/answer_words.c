/* Tags of words as text: a line for each sentence, in CSV one for each word. */
#include "answer_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer_parts.h"
#include "encoder.h"
#include "message.h"
#include "run.h"
#include "text_tagged.h"

static int64_t likeliest(const words_text *w, const float *value)
{
    answer_rank(value, w->width, 1, w->order);
    return w->order[0];
}

/* ---------------------------------------------------------------- CSV */

static void add_key(text_buffer *t, const char *before, const char *name)
{
    char *key = text_format("%s%s", before, name);
    text_add_csv(t, key ? key : "", key ? strlen(key) : 0);
    t->failed = t->failed || !key;
    free(key);
}

void words_head(const words_text *w)
{
    text_buffer *t = w->text;
    char number[24];
    text_add(t, w->files ? "file,row,word,text,class,chance" : "row,word,text,class,chance");
    for (int64_t k = 1; k < w->top; k++)
        text_add_format(t, ",class_%lld,chance_%lld", (long long)k + 1, (long long)k + 1);
    for (int64_t c = 0; c < w->width && w->o->all; c++) {
        text_add(t, ",");
        add_key(t, "chance_", answer_class(w->about, c, number));
    }
    text_add(t, ",error\n");
}

static void csv_word(const words_text *w, const char *word, size_t size, int64_t number,
                     const float *value)
{
    text_buffer *t = w->text;
    char name[24];
    text_add_format(t, ",%lld,", (long long)number);
    text_add_csv(t, word, size);
    answer_rank(value, w->width, w->top, w->order);
    for (int64_t k = 0; k < w->top; k++) {
        int64_t class = w->order[k];
        const char *tag = answer_class(w->about, class, name);
        text_add(t, ",");
        text_add_csv(t, tag, strlen(tag));
        text_add_format(t, ",%.9g", (double)value[class]);
    }
    for (int64_t c = 0; c < w->width && w->o->all; c++)
        text_add_format(t, ",%.9g", (double)value[c]);
    text_add(t, ",\n");
}

static void csv_error(const words_text *w, const char *file, int64_t row, const char *error)
{
    answer_place(w->text, w->files, file, row);
    text_add(w->text, ",,");
    for (int64_t k = 0; k < 2 * w->top + (w->o->all ? w->width : 0); k++)
        text_add(w->text, ",");
    text_add(w->text, ",");
    text_add_csv(w->text, error, strcspn(error, "\n"));
    text_add(w->text, "\n");
}

/* ---------------------------------------------------------------- JSON */

typedef struct spoken {
    const char *text;
    int64_t size, words;
    const float *value;
} spoken;

typedef void add_one(const words_text *w, const char *word, size_t size, const float *value);

static void json_word(const words_text *w, const char *word, size_t size, const float *value)
{
    (void)value;
    text_add_json(w->text, word, size);
}

static void json_tag(const words_text *w, const char *word, size_t size, const float *value)
{
    char number[24];
    const char *tag = answer_class(w->about, likeliest(w, value), number);
    (void)word, (void)size;
    text_add_json(w->text, tag, strlen(tag));
}

static void json_chance(const words_text *w, const char *word, size_t size, const float *value)
{
    (void)word, (void)size;
    text_add_format(w->text, "%.9g", (double)value[likeliest(w, value)]);
}

static void json_pair(const words_text *w, int64_t k, int64_t class, const float *value)
{
    char number[24];
    const char *tag = answer_class(w->about, class, number);
    text_add(w->text, k ? ", " : "");
    text_add_json(w->text, tag, strlen(tag));
    text_add_format(w->text, ": %.9g", (double)value[class]);
}

static void json_top(const words_text *w, const char *word, size_t size, const float *value)
{
    (void)word, (void)size;
    text_add(w->text, "{");
    answer_rank(value, w->width, w->top, w->order);
    for (int64_t k = 0; k < w->top; k++)
        json_pair(w, k, w->order[k], value);
    text_add(w->text, "}");
}

static void json_all(const words_text *w, const char *word, size_t size, const float *value)
{
    (void)word, (void)size;
    text_add(w->text, "{");
    for (int64_t c = 0; c < w->width; c++)
        json_pair(w, c, c, value);
    text_add(w->text, "}");
}

static void json_list(const words_text *w, const char *key, const spoken *s, add_one *add)
{
    const char *word, *end = s->text + s->size, *p = s->text;
    text_add_format(w->text, ", \"%s\": [", key);
    for (int64_t i = 0; i < s->words && (p = tagged_next(p, end, &word)); i++) {
        text_add(w->text, i ? ", " : "");
        add(w, word, (size_t)(p - word), s->value + i * w->width);
    }
    text_add(w->text, "]");
}

static void json_sentence(const words_text *w, const char *file, int64_t row, const spoken *s,
                          const char *error)
{
    text_buffer *t = w->text;
    text_add(t, "{\"file\": ");
    text_add_json(t, file, strlen(file));
    if (row)
        text_add_format(t, ", \"row\": %lld", (long long)row);
    if (error) {
        text_add(t, ", \"error\": ");
        text_add_json(t, error, strcspn(error, "\n"));
    } else {
        json_list(w, "words", s, json_word);
        json_list(w, "tags", s, json_tag);
        json_list(w, "chances", s, json_chance);
        if (w->top > 1)
            json_list(w, "top", s, json_top);
        if (w->o->all)
            json_list(w, "all", s, json_all);
    }
    text_add(t, "}\n");
}

/* ---------------------------------------------------------------- for a person */

static void table_place(const words_text *w, const char *file, int64_t row)
{
    text_add(w->text, w->files || !row ? file : "");
    if (row)
        text_add_format(w->text, "%s%lld", w->files ? ":" : "", (long long)row);
}

/* "DET 98.1 %, NOUN 1.2 %" */
static void table_chances(const words_text *w, const float *value)
{
    char number[24];
    int64_t most = w->o->all ? w->width : w->top;
    answer_rank(value, w->width, most, w->order);
    for (int64_t k = 0; k < most; k++) {
        int64_t class = w->order[k];
        text_add_format(w->text, "%s%s %.1f %%", k ? ", " : "  ",
                        answer_class(w->about, class, number), 100 * (double)value[class]);
    }
}

static void table_sentence(const words_text *w, const char *file, int64_t row, const spoken *s,
                           const char *error)
{
    char number[24];
    bool lines = w->top > 1 || w->o->all;
    const char *word, *end = s->text + s->size, *p = s->text;
    table_place(w, file, row);
    text_add(w->text, error ? "  no answer" : s->words && !lines ? " " : "");
    for (int64_t i = 0; !error && i < s->words && (p = tagged_next(p, end, &word)); i++) {
        const float *value = s->value + i * w->width;
        text_add(w->text, lines ? "\n  " : " ");
        text_add_bytes(w->text, word, (size_t)(p - word));
        if (lines)
            table_chances(w, value);
        else
            text_add_format(w->text, "/%s", answer_class(w->about, likeliest(w, value), number));
    }
    text_add(w->text, "\n");
}

/* ---------------------------------------------------------------- a sentence */

static void csv_sentence(const words_text *w, const char *file, int64_t row, const spoken *s,
                         const char *error)
{
    const char *word, *end = s->text + s->size, *p = s->text;
    if (error)
        csv_error(w, file, row, error);
    for (int64_t i = 0; !error && i < s->words && (p = tagged_next(p, end, &word)); i++) {
        answer_place(w->text, w->files, file, row);
        csv_word(w, word, (size_t)(p - word), i + 1, s->value + i * w->width);
    }
}

ad_status words_rows(const words_text *w, const char *file, int64_t row, ad_source *source,
                     int64_t i, const float *value, int64_t words, const char *error)
{
    static void (*const ways[])(const words_text *, const char *, int64_t, const spoken *,
                                const char *) = {[AD_ANSWER_TABLE] = table_sentence,
                                                 [AD_ANSWER_CSV] = csv_sentence,
                                                 [AD_ANSWER_JSON] = json_sentence};
    text_reader r = {.source = NULL};
    spoken s = {.text = "", .words = words, .value = value};
    ad_status status = AD_OK;
    if (!error && source) {
        status = text_reader_begin(&r, source, ad_source_find(source, w->about->encoder[0].field));
        if (status == AD_OK)
            status = text_reader_read(&r, i, &s.text, &s.size);
    }
    if (status == AD_OK)
        ways[w->o->format](w, file, row, &s, error);
    text_reader_done(&r);
    return status;
}
