/* Answers as text: lines for a person, CSV, JSON lines; to a file whole or not at all. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer_forecast.h"
#include "answer_ids.h"
#include "answer_parts.h"
#include "answer_tokens.h"
#include "answer_words.h"
#include "encoder.h"
#include "message.h"
#include "number.h"
#include "option.h"
#include "run.h"
#include "text.h"

enum { FLUSH = 1 << 16 };

typedef struct writing {
    const ad_answer_options *o;
    const ad_run_data *about;
    int64_t width, top;
    bool classes;             /* else numbers */
    bool texts;               /* that are written, in place of both */
    const ad_rewritten *said; /* of the item under way, or NULL */
    bool pictures;            /* items are files; else rows of files */
    bool files;               /* rows of several files */
    answer_ids ids;
    text_buffer text;
    FILE *file;
    int32_t *order;
    ad_answer_result *result;
    forecast_text forecast;
    words_text words;
    tokens_text tokens;
} writing;

/* ---------------------------------------------------------------- what a model tells */

static const char *value_name(const writing *w, int64_t i, char number[24])
{
    int64_t at = 0;
    for (int f = 0;
         f < w->about->schema->fields && !w->about->task->of_input && !w->about->task->embeds; f++)
        if (w->about->schema->field[f].use == AD_USE_TARGET && at++ == i)
            return w->about->schema->field[f].name;
    snprintf(number, 24, "%lld", (long long)i + 1);
    return number;
}

/* Of two classes with a threshold the one that is answered comes first. */
static void decide(const writing *w, const float *value)
{
    int64_t positive = w->about->positive;
    if (!(w->about->threshold > 0) || w->width != 2)
        return;
    int64_t said = (double)value[positive] >= w->about->threshold ? positive : 1 - positive;
    w->order[0] = said;
    if (w->top > 1)
        w->order[1] = 1 - said;
}

/* The most likely first, of equal ones the first. */
static void rank(const writing *w, const float *value)
{
    answer_rank(value, w->width, w->top, w->order);
    decide(w, value);
}

static void add_number(text_buffer *t, double value)
{
    if (isfinite(value))
        text_add_format(t, "%.9g", value);
    else
        text_add(t, "null");
}

static void add_json_name(text_buffer *t, const char *before, const char *name)
{
    char *key = text_format("%s%s", before, name);
    text_add_json(t, key ? key : "", key ? strlen(key) : 0);
    t->failed = t->failed || !key;
    free(key);
}

/* ---------------------------------------------------------------- CSV */

static void add_head_class(writing *w)
{
    text_buffer *t = &w->text;
    char number[24];
    text_add(t, "class,chance");
    for (int64_t k = 1; k < w->top; k++)
        text_add_format(t, ",class_%lld,chance_%lld", (long long)k + 1, (long long)k + 1);
    for (int64_t c = 0; c < w->width && w->o->all; c++) {
        char *key = text_format("chance_%s", answer_class(w->about, c, number));
        text_add(t, ",");
        text_add_csv(t, key ? key : "", key ? strlen(key) : 0);
        free(key);
    }
}

static void add_head(writing *w)
{
    text_buffer *t = &w->text;
    char number[24];
    if (w->about->forecast) {
        forecast_head(&w->forecast);
        return;
    }
    if (w->about->task->of_words) {
        words_head(&w->words);
        return;
    }
    if (w->about->task->of_text) {
        tokens_head(&w->tokens);
        return;
    }
    text_add(t, w->pictures ? "file," : w->files ? "file,row," : "row,");
    for (int i = 0; i < w->ids.count; i++) {
        text_add_csv(t, w->ids.name[i], strlen(w->ids.name[i]));
        text_add(t, ",");
    }
    if (w->texts)
        text_add(t, "text,score,cut,unknown");
    if (w->classes)
        add_head_class(w);
    for (int64_t i = 0; i < w->width && !w->classes && !w->texts; i++) {
        char *key = text_format("value_%s", value_name(w, i, number));
        text_add(t, i ? "," : "");
        text_add_csv(t, key ? key : "", key ? strlen(key) : 0);
        free(key);
    }
    text_add(t, ",error\n");
}

static void csv_class(writing *w, const float *value)
{
    text_buffer *t = &w->text;
    char number[24];
    for (int64_t k = 0; k < w->top; k++) {
        const char *name = answer_class(w->about, value ? w->order[k] : 0, number);
        text_add(t, k ? "," : "");
        text_add_csv(t, name, value ? strlen(name) : 0);
        text_add(t, ",");
        if (value)
            text_add_format(t, "%.9g", (double)value[w->order[k]]);
    }
    for (int64_t c = 0; c < w->width && w->o->all; c++) {
        text_add(t, ",");
        if (value)
            text_add_format(t, "%.9g", (double)value[c]);
    }
}

static void csv_values(writing *w, const float *value)
{
    for (int64_t i = 0; i < w->width; i++) {
        text_add(&w->text, i ? "," : "");
        if (value)
            text_add_format(&w->text, "%.9g", (double)value[i]);
    }
}

static void csv_text(writing *w)
{
    const ad_rewritten *r = w->said;
    if (r)
        text_add_csv(&w->text, r->text, strlen(r->text));
    if (r)
        text_add_format(&w->text, ",%.9g,%s,%lld", r->score, r->cut ? "yes" : "no",
                        (long long)r->unknown);
    else
        text_add(&w->text, ",,,");
}

static void csv_answer(writing *w, const char *file, int64_t row, const float *value,
                       const char *error)
{
    text_buffer *t = &w->text;
    answer_place(t, w->pictures || w->files, file, w->pictures ? 0 : row);
    text_add(t, w->pictures ? "" : ",");
    for (int i = 0; i < w->ids.count; i++) {
        text_add_csv(t, w->ids.text[i].data ? w->ids.text[i].data : "", w->ids.text[i].size);
        text_add(t, ",");
    }
    if (w->texts)
        csv_text(w);
    else if (w->classes)
        csv_class(w, value);
    else
        csv_values(w, value);
    text_add(t, ",");
    text_add_csv(t, error ? error : "", error ? strcspn(error, "\n") : 0);
    text_add(t, "\n");
}

/* ---------------------------------------------------------------- JSON */

static void json_class(const writing *w, text_buffer *t, int64_t class, const float *value)
{
    char number[24];
    text_add_format(t, "\"class\": %lld", (long long)class);
    if (ad_run_names(w->about)) {
        const char *name = answer_class(w->about, class, number);
        text_add(t, ", \"name\": ");
        text_add_json(t, name, strlen(name));
    }
    text_add(t, ", \"chance\": ");
    add_number(t, (double)value[class]);
}

static void json_classes(writing *w, const float *value)
{
    text_buffer *t = &w->text;
    char number[24];
    json_class(w, t, w->order[0], value);
    for (int64_t k = 0; k < w->top && w->top > 1; k++) {
        text_add(t, k ? "}, {" : ", \"top\": [{");
        json_class(w, t, w->order[k], value);
    }
    text_add(t, w->top > 1 ? "}]" : "");
    for (int64_t c = 0; c < w->width && w->o->all; c++) {
        text_add(t, c ? ", " : ", \"chances\": {");
        add_json_name(t, "", answer_class(w->about, c, number));
        text_add(t, ": ");
        add_number(t, (double)value[c]);
    }
    text_add(t, w->o->all ? "}" : "");
}

static void json_values(writing *w, const float *value)
{
    char number[24];
    for (int64_t i = 0; i < w->width; i++) {
        text_add(&w->text, i ? ", " : "");
        add_json_name(&w->text, "value_", value_name(w, i, number));
        text_add(&w->text, ": ");
        add_number(&w->text, (double)value[i]);
    }
}

static void json_text(writing *w)
{
    text_add(&w->text, "\"text\": ");
    text_add_json(&w->text, w->said->text, strlen(w->said->text));
    text_add(&w->text, ", \"score\": ");
    add_number(&w->text, w->said->score);
    text_add_format(&w->text, ", \"cut\": %s, \"unknown\": %lld", w->said->cut ? "true" : "false",
                    (long long)w->said->unknown);
}

static void json_answer(writing *w, const char *file, int64_t row, const float *value,
                        const char *error)
{
    text_buffer *t = &w->text;
    text_add(t, "{\"file\": ");
    text_add_json(t, file, strlen(file));
    if (row)
        text_add_format(t, ", \"row\": %lld", (long long)row);
    for (int i = 0; i < w->ids.count; i++) {
        text_add(t, i ? ", " : ", \"ids\": {");
        add_json_name(t, "", w->ids.name[i]);
        text_add(t, ": ");
        text_add_json(t, w->ids.text[i].data ? w->ids.text[i].data : "", w->ids.text[i].size);
    }
    text_add(t, w->ids.count ? "}" : "");
    text_add(t, ", ");
    if (error) {
        text_add(t, "\"error\": ");
        text_add_json(t, error, strcspn(error, "\n"));
    } else if (w->texts) {
        json_text(w);
    } else if (w->classes) {
        json_classes(w, value);
    } else {
        json_values(w, value);
    }
    text_add(t, "}\n");
}

/* ---------------------------------------------------------------- for a person */

static void table_class(writing *w, const float *value)
{
    text_buffer *t = &w->text;
    char number[24];
    for (int64_t k = 0; k < w->top; k++) {
        int64_t class = w->order[k];
        const char *name = answer_class(w->about, class, number);
        char own[24];
        snprintf(own, sizeof own, "%lld", (long long)class);
        text_add_format(t, strcmp(own, name) ? "  %s %s" : "  %s", own, name);
        text_add_format(t, "  %.1f %%", 100 * (double)value[class]);
    }
    for (int64_t c = 0; c < w->width && w->o->all; c++)
        text_add_format(t, "%s%s %.1f %%", c ? ", " : "  (", answer_class(w->about, c, number),
                        100 * (double)value[c]);
    text_add(t, w->o->all ? ")" : "");
}

static void table_text(writing *w)
{
    const ad_rewritten *r = w->said;
    text_add_format(&w->text, "  %s%s", r->text, r->cut ? "  (cut: it did not end)" : "");
    if (r->unknown)
        text_add_format(&w->text, "  (asked with %lld token%s that the model has never seen)",
                        (long long)r->unknown, r->unknown == 1 ? "" : "s");
}

static void table_answer(writing *w, const char *file, int64_t row, const float *value,
                         const char *error)
{
    text_buffer *t = &w->text;
    text_add(t, w->pictures || w->files || !row ? file : "");
    if (row)
        text_add_format(t, "%s%lld", w->pictures || w->files ? ":" : "", (long long)row);
    for (int i = 0; i < w->ids.count; i++)
        text_add_format(t, "  %s %s", w->ids.name[i],
                        w->ids.text[i].size ? w->ids.text[i].data : "-");
    if (error)
        text_add(t, "  no answer");
    else if (w->texts)
        table_text(w);
    else if (w->classes)
        table_class(w, value);
    for (int64_t i = 0; i < w->width && !w->classes && !w->texts && !error; i++)
        text_add_format(t, "  %.6g", (double)value[i]);
    text_add(t, "\n");
}

/* ---------------------------------------------------------------- all answers */

static ad_status not_written(const writing *w)
{
    return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_FILE, "%s cannot be written: %s\n",
                    w->o->out ? w->o->out : "the answers", strerror(errno));
}

static ad_status flush(writing *w)
{
    if (w->text.failed)
        return message_no_memory();
    bool good = fwrite(w->text.data ? w->text.data : "", 1, w->text.size, w->file) == w->text.size;
    w->text.size = 0;
    return good ? AD_OK : not_written(w);
}

static ad_status write_sentence(writing *w, const ad_answers *a, int64_t i)
{
    const ad_items *items = a->items;
    const char *file = items->name ? items->name[a->at + i] : items->path;
    return words_rows(&w->words, file, items->name ? 0 : items->first + a->at + i, items->source,
                      a->at + i, a->value + a->start[i] * w->width, a->start[i + 1] - a->start[i],
                      a->error[i]);
}

/* What a model makes of no text at all says nothing. */
static bool is_empty(const writing *w, ad_source *source, int64_t i)
{
    text_reader r = {.source = NULL};
    const char *text;
    int64_t size = 1;
    int at = ad_source_find(source, w->about->input[0].name);
    if (at < 0 || text_reader_begin(&r, source, at) != AD_OK ||
        text_reader_read(&r, i, &text, &size) != AD_OK)
        size = 1;
    text_reader_done(&r);
    return size == 0;
}

/* *own: what is wrong with it, by malloc. */
static ad_status write_item(writing *w, const ad_answers *a, int64_t i, char **own)
{
    static void (*const ways[])(writing *, const char *, int64_t, const float *,
                                const char *) = {[AD_ANSWER_TABLE] = table_answer,
                                                 [AD_ANSWER_CSV] = csv_answer,
                                                 [AD_ANSWER_JSON] = json_answer};
    const ad_items *items = a->items;
    const char *error = a->error[i];
    if (!error && w->about->task->rewrites && is_empty(w, items->source, a->at + i))
        error = *own = text_format("%s, row %lld: the text is empty", items->path,
                                   (long long)(items->first + a->at + i));
    const float *value = error || w->texts ? NULL : a->value + i * w->width;
    w->said = error || !w->texts ? NULL : &a->text[i];
    const char *file = items->name ? items->name[a->at + i] : items->path;
    ad_status status = w->about->forecast ? forecast_rows(&w->forecast, file, items->source,
                                                          a->at + i, value, error)
                                          : answer_ids_read(&w->ids, items->source, a->at + i);
    if (status != AD_OK)
        return status;
    if (value && w->classes)
        rank(w, value);
    if (!w->about->forecast)
        ways[w->o->format](w, file, items->name ? 0 : items->first + a->at + i, value, error);
    return AD_OK;
}

static ad_status count_item(writing *w, const char *error)
{
    w->result->items++;
    w->result->broken += error != NULL;
    if (error && w->o->broken)
        w->o->broken(w->o->user, error);
    return w->text.size > FLUSH || w->text.failed ? flush(w) : AD_OK;
}

/* What is wrong with the text itself is its answer: *own, by malloc. */
static ad_status write_text(writing *w, const ad_answers *a, int64_t i, char **own)
{
    const ad_items *items = a->items;
    const char *file = items->name ? items->name[a->at + i] : items->path;
    ad_status status = a->error[i] ? AD_OK : tokens_ask(&w->tokens, items->source, a->at + i);
    if (status == AD_ERROR_MEMORY || status == AD_ERROR_UNSUPPORTED)
        return status;
    int64_t row = items->name ? 0 : items->first + a->at + i;
    if (status != AD_OK) {
        *own = row ? text_format("%s, row %lld: %s", file, (long long)row, ad_kit_error())
                   : text_format("%s: %s", file, ad_kit_error());
        size_t size = *own ? strlen(*own) : 0;
        if (size && (*own)[size - 1] == '\n')
            (*own)[size - 1] = 0;
    }
    if (status != AD_OK && !*own)
        return message_no_memory();
    tokens_rows(&w->tokens, file, row, a->error[i] ? a->error[i] : *own);
    return AD_OK;
}

static ad_status write_one(writing *w, const ad_answers *a, int64_t i)
{
    char *own = NULL;
    const ad_task_record *task = w->about->task;
    ad_status status = task->of_words  ? write_sentence(w, a, i)
                       : task->of_text ? write_text(w, a, i, &own)
                                       : write_item(w, a, i, &own);
    if (status == AD_OK)
        status = count_item(w, own ? own : a->error[i]);
    free(own);
    return status;
}

static ad_status take(void *user, const ad_answers *a)
{
    ad_status status = AD_OK;
    for (int64_t i = 0; i < a->count && status == AD_OK; i++)
        status = write_one(user, a, i);
    return status;
}

static ad_status answer_all(writing *w, ad_model *model, const char *const *path, int count)
{
    if (w->o->format == AD_ANSWER_CSV)
        add_head(w);
    ad_status status =
        model_each(model, path, count, w->o->all, w->about->task->of_text, &w->o->rewrite, take, w);
    if (status == AD_OK)
        status = flush(w);
    if (status == AD_OK && fflush(w->file) != 0)
        status = not_written(w);
    return status;
}

/* ---------------------------------------------------------------- the file */

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static ad_status check_out(const char *out, const char *const *path, int count)
{
    struct stat about;
    if (stat(out, &about) == 0 && S_ISDIR(about.st_mode))
        return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_FILE, "%s is a folder\n  name a file in it\n",
                        out);
    for (int i = 0; i < count; i++)
        if (same_file(out, path[i]))
            return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_FILE,
                            "%s is what is to be read, too\n  write to another file\n", out);
    return AD_OK;
}

/* Beside the file first, and renamed when it is whole: devices and pipes are written to. */
static ad_status answer_to_file(writing *w, ad_model *model, const char *const *path, int count)
{
    struct stat about;
    const char *out = w->o->out;
    bool direct = stat(out, &about) == 0 && !S_ISREG(about.st_mode);
    char *part = direct ? text_copy(out) : text_format("%s.part", out);
    ad_status status = part ? check_out(out, path, count) : message_no_memory();
    if (status == AD_OK && !(w->file = fopen(part, "w")))
        status = not_written(w);
    bool opened = w->file != NULL;
    if (status == AD_OK)
        status = answer_all(w, model, path, count);
    if (opened && status == AD_OK && !direct && fsync(fileno(w->file)) != 0)
        status = not_written(w);
    if (opened && fclose(w->file) != 0 && status == AD_OK)
        status = not_written(w);
    if (status == AD_OK && !direct && rename(part, out) != 0)
        status = not_written(w);
    if (opened && status != AD_OK && !direct)
        unlink(part);
    free(part);
    return status;
}

static bool is_file(const ad_schema_field *f)
{
    return f->meaning == AD_MEANS_IMAGE || f->meaning == AD_MEANS_SOUND;
}

static bool items_are_rows(const ad_schema *schema)
{
    const ad_record *reader = ad_record_find(ad_reader_at, schema->reader);
    if (reader && record_option(reader, "types")) /* a table, which may name pictures */
        return true;
    for (int i = 0; i < schema->fields; i++)
        if (schema->field[i].use == AD_USE_INPUT && is_file(&schema->field[i]))
            return false;
    return true;
}

ad_status ad_model_answer(ad_model *model, const char *const *path, int count,
                          const ad_answer_options *options, ad_answer_result *result)
{
    const ad_task_record *task = ad_model_about(model)->task;
    if (options->top > 0 && !ad_run_classes(ad_model_about(model)) && !task->of_text)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "a model of the task %s answers with %s, which have no likeliest ones\n"
                        "  leave --top out%s\n",
                        task->record.name, run_says_texts(task) ? "a text" : "numbers",
                        run_writes(task) ? "; a wider search: --beam" : "");
    writing w = {.o = options,
                 .about = ad_model_about(model),
                 .result = result,
                 .file = options->file,
                 .width = ad_model_width(model)};
    *result = (ad_answer_result){0};
    w.texts = run_says_texts(w.about->task);
    w.classes = ad_run_classes(w.about) > 0;
    w.top = !w.classes || options->top < 1 ? 1 : options->top;
    w.top = w.top < w.width ? w.top : w.width;
    w.pictures = !items_are_rows(w.about->schema);
    w.files = count > 1;
    w.forecast = (forecast_text){&w.text, w.about, options->format, w.files, options->all};
    if (w.about->task->of_text)
        tokens_begin(&w.tokens, model, options, &w.text, w.files);
    w.order = calloc((size_t)(options->all ? w.width : w.top) + 1, sizeof *w.order);
    w.words = (words_text){&w.text, w.about, options, w.width, w.top, w.files, w.order};
    ad_status status =
        w.order && answer_ids_begin(&w.ids, w.about->schema) ? AD_OK : message_no_memory();
    if (status == AD_OK)
        status = options->out ? answer_to_file(&w, model, path, count)
                              : answer_all(&w, model, path, count);
    answer_ids_done(&w.ids);
    tokens_done(&w.tokens);
    text_done(&w.text);
    free(w.order);
    return status == AD_ERROR_MEMORY ? run_failed(AD_RUN_NO_FAULT, status) : status;
}
