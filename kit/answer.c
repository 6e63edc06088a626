/* Predictions for all that some paths name, in pieces; what is broken is an answer too. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "items.h"
#include "message.h"
#include "run.h"
#include "text.h"

enum { PIECE = 1024 };

typedef struct asking {
    ad_model *model;
    ad_status (*take)(void *user, const ad_answers *answers);
    void *user;
    int64_t width;
    float *value; /* (PIECE, width); of words (room, width) */
    int64_t room;
    bool words;               /* task tagging */
    int64_t start[PIECE + 1]; /* where the words of each begin */
    ad_rewritten *text;       /* (PIECE), of a model that writes texts; else NULL */
    const ad_rewrite_options *options;
    char *error[PIECE]; /* of a piece; those from own on are ours to free */
    bool own[PIECE];
    int64_t number[PIECE]; /* of the sound ones, in the source */
    int64_t rows;          /* given so far of this path */
    bool all;              /* of a forecast: every window */
    bool alone;            /* items alone, without what the model says */
    bool ended;            /* take failed, or what no other item can do better */
} asking;

/* ---------------------------------------------------------------- a piece */

static bool ends_all(ad_status status)
{
    return status == AD_ERROR_MEMORY || status == AD_ERROR_UNSUPPORTED;
}

/* The values of the sound items, packed to the front. */
static ad_status predict_sound(asking *k, ad_source *items, int64_t sound)
{
    ad_source *part = sound ? ad_source_part(items, k->number, sound) : NULL;
    if (!part)
        return sound ? run_fail_core(AD_RUN_BAD_DATA) : AD_OK;
    ad_status status = ad_model_predict(k->model, part, 0, sound, k->value);
    ad_source_free(part);
    return status;
}

static ad_status fail_item(asking *k, int64_t i)
{
    k->error[i] = text_copy(ad_kit_error());
    k->own[i] = true;
    return k->error[i] ? AD_OK : message_no_memory();
}

/* Where a piece fails each is tried alone, so that the others have their answers. */
static ad_status predict_each(asking *k, ad_source *items, int64_t at, int64_t count)
{
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count && !ends_all(status); i++) {
        float *to = k->value + i * k->width;
        memset(to, 0, (size_t)k->width * sizeof *to);
        status = k->error[i] ? AD_OK : ad_model_predict(k->model, items, at + i, 1, to);
        if (status == AD_OK || ends_all(status))
            continue;
        if (fail_item(k, i) != AD_OK)
            return AD_ERROR_MEMORY;
    }
    return ends_all(status) ? status : AD_OK;
}

/* From the front to their places, the last first. */
static void spread(asking *k, int64_t at, int64_t count, int64_t sound)
{
    size_t bytes = (size_t)k->width * sizeof *k->value;
    for (int64_t i = count - 1; i >= 0; i--) {
        float *to = k->value + i * k->width;
        if (sound > 0 && k->number[sound - 1] == at + i)
            memmove(to, k->value + --sound * k->width, bytes);
        else
            memset(to, 0, bytes);
    }
}

/* ---- words: as many rows as each item has of them */

static bool room_for(asking *k, int64_t rows)
{
    if (rows <= k->room)
        return true;
    float *more = realloc(k->value, (size_t)(rows * k->width) * sizeof *more);
    k->value = more ? more : k->value;
    k->room = more ? rows : k->room;
    return more;
}

/* Of items at to at + count - 1, which follow those that are there; start is set. */
static ad_status predict_words(asking *k, ad_source *items, int64_t at, int64_t count,
                               int64_t *start)
{
    int64_t *words = calloc((size_t)count + 1, sizeof *words);
    ad_status status =
        words ? ad_model_words(k->model, items, at, count, words) : message_no_memory();
    for (int64_t i = 0; i < count; i++)
        start[i + 1] = start[i] + (words ? words[i] : 0);
    free(words);
    if (status == AD_OK && !room_for(k, start[count]))
        return message_no_memory();
    return status == AD_OK
               ? ad_model_predict(k->model, items, at, count, k->value + start[0] * k->width)
               : status;
}

static ad_status predict_sentences(asking *k, ad_source *items, int64_t at, int64_t count)
{
    bool sound = true;
    for (int64_t i = 0; i < count; i++)
        sound = sound && !k->error[i];
    ad_status status = sound ? predict_words(k, items, at, count, k->start) : AD_ERROR_FORMAT;
    if (status == AD_OK || ends_all(status))
        return status;
    status = AD_OK;
    for (int64_t i = 0; i < count && !ends_all(status); i++) {
        status = k->error[i] ? AD_OK : predict_words(k, items, at + i, 1, k->start + i);
        if (!k->error[i] && status == AD_OK)
            continue;
        k->start[i + 1] = k->start[i];
        if (status != AD_OK && !ends_all(status))
            status = fail_item(k, i);
    }
    return status;
}

/* Texts of the sound items, in their places. */
static ad_status write_texts(asking *k, ad_source *items, int64_t at, int64_t count)
{
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        int64_t end = i;
        while (end < count && !k->error[end])
            end++;
        if (end > i)
            status = ad_model_rewrite(k->model, items, at + i, end - i, k->options, k->text + i);
        i = end;
    }
    return status;
}

static ad_status predict_piece(asking *k, ad_source *items, int64_t at, int64_t count)
{
    int64_t sound = 0;
    if (k->words)
        return predict_sentences(k, items, at, count);
    if (k->text)
        return write_texts(k, items, at, count);
    for (int64_t i = 0; i < count; i++)
        if (!k->error[i])
            k->number[sound++] = at + i;
    ad_status status = predict_sound(k, items, sound);
    if (status != AD_OK && !ends_all(status))
        return predict_each(k, items, at, count);
    spread(k, at, count, sound);
    return status;
}

static void free_errors(asking *k, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (k->own[i])
            free(k->error[i]);
}

static ad_status give(asking *k, const ad_items *items, ad_source *source, int64_t at,
                      int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        k->error[i] = items->error ? items->error[at + i] : NULL;
        k->own[i] = false;
    }
    memset(k->start, 0, sizeof k->start);
    ad_status status = source && !k->alone ? predict_piece(k, source, at, count) : AD_OK;
    ad_answers a = {.items = items,
                    .at = at,
                    .count = count,
                    .value = k->text ? NULL : k->value,
                    .text = k->text,
                    .error = (const char *const *)k->error,
                    .start = k->words ? k->start : NULL};
    if (status == AD_OK)
        status = k->take(k->user, &a);
    free_errors(k, count);
    if (k->text)
        ad_rewritten_done(k->text, count);
    return status;
}

static ad_status take_items(void *user, const ad_items *items)
{
    asking *k = user;
    ad_source *source = NULL;
    ad_status status = model_items(k->model, items->source, &source);
    for (int64_t at = 0; at < items->count && status == AD_OK; at += PIECE)
        status = give(k, items, source, at, items->count - at < PIECE ? items->count - at : PIECE);
    ad_source_free(source);
    k->rows += items->count;
    k->ended = status != AD_OK;
    return status;
}

/* ---------------------------------------------------------------- a path */

/* A path is one series. */
static ad_status read_series(asking *k, const ad_reader_record *reader, const char *path)
{
    const ad_run_data *about = ad_model_about(k->model);
    ad_source *raw = NULL, *windows = NULL;
    ad_status status = reader->items(about->schema, &path, 1, &raw);
    if (status == AD_OK)
        status = model_windows(k->model, raw, path, k->all, &windows);
    int64_t count = status == AD_OK ? ad_source_count(windows) : 0;
    char **none = calloc((size_t)count + 1, sizeof *none);
    ad_items items = {.path = path, .count = count, .source = windows, .first = 1, .error = none};
    if (status == AD_OK && !none)
        status = message_no_memory();
    for (int64_t at = 0; at < count && status == AD_OK; at += PIECE) {
        status = give(k, &items, windows, at, count - at < PIECE ? count - at : PIECE);
        k->ended = status != AD_OK;
    }
    free(none);
    ad_source_free(windows);
    ad_source_free(raw);
    return status;
}

static ad_status read_path(asking *k, const ad_reader_record *reader, const char *path)
{
    const ad_schema *schema = ad_model_about(k->model)->schema;
    ad_source *source = NULL;
    if (ad_model_about(k->model)->forecast)
        return read_series(k, reader, path);
    if (reader->each)
        return reader->each(schema, path, take_items, k);
    ad_status status = reader->items(schema, &path, 1, &source);
    if (status == AD_OK)
        status = items_in_pieces(source, path, take_items, k);
    ad_source_free(source);
    return status;
}

/* The path itself is an item that is broken. */
static ad_status give_broken(asking *k, const char *path)
{
    char *words = text_copy(ad_kit_error()), *name = text_copy(path);
    size_t size = words ? strlen(words) : 0;
    if (size && words[size - 1] == '\n')
        words[size - 1] = 0;
    ad_items items = {
        .path = path, .count = 1, .first = k->rows + 1, .name = &name, .error = &words};
    memset(k->value, 0, (size_t)k->width * sizeof *k->value);
    ad_status status = words && name ? give(k, &items, NULL, 0, 1) : message_no_memory();
    k->ended = status != AD_OK;
    free(words);
    free(name);
    return status;
}

/* A model of texts that is given one in the place of a file. */
static bool is_sentence(const asking *k, const char *path)
{
    const ad_schema *s = ad_model_about(k->model)->schema;
    return strcmp(s->reader, "text") == 0 && strcmp(path, "-") != 0 && access(path, F_OK) != 0;
}

static ad_status ask(asking *k, const ad_reader_record *reader, const char *path)
{
    k->rows = 0;
    ad_status status =
        is_sentence(k, path)
            ? message_fail(AD_ERROR_FILE,
                           "%s: there is no such file\n  a text of your own is read from standard "
                           "input: echo TEXT | adze predict RUN -\n",
                           path)
            : read_path(k, reader, path);
    if (status == AD_OK || k->ended || ends_all(status))
        return status;
    return give_broken(k, path);
}

static ad_status no_items(const ad_reader_record *reader, const char *name)
{
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_UNSUPPORTED,
                    reader ? "data of the format %s has no files to predict from\n  train on files "
                             "of another reader\n"
                           : "no reader of data is called %s here\n  use a build that has it\n",
                    name);
}

ad_status ad_model_each(ad_model *model, const char *const *path, int count,
                        ad_status (*take)(void *user, const ad_answers *answers), void *user)
{
    return model_each(model, path, count, false, false, NULL, take, user);
}

ad_status model_each(ad_model *model, const char *const *path, int count, bool all, bool alone,
                     const ad_rewrite_options *options,
                     ad_status (*take)(void *user, const ad_answers *answers), void *user)
{
    const char *name = ad_model_about(model)->schema->reader;
    const ad_reader_record *reader = ad_reader_find(name);
    ad_status may = model_check_predicts(model);
    if (may != AD_OK)
        return may;
    if (!reader || !reader->items)
        return no_items(reader, name);
    asking *k = calloc(1, sizeof *k);
    ad_status status = run_failed(AD_RUN_NO_FAULT, AD_OK);
    if (k) {
        bool texts = run_says_texts(ad_model_about(model)->task);
        *k = (asking){.model = model, .take = take, .user = user, .options = options};
        k->all = all, k->alone = alone;
        k->width = texts ? 1 : ad_model_width(model);
        k->text = texts ? calloc(PIECE, sizeof *k->text) : NULL;
        k->words = ad_model_about(model)->task->of_words;
        k->room = PIECE;
        k->value = calloc((size_t)(PIECE * k->width), sizeof *k->value);
    }
    if (!k || !k->value || (!k->text && run_says_texts(ad_model_about(model)->task)))
        status = message_no_memory();
    for (int i = 0; i < count && status == AD_OK; i++)
        status = ask(k, reader, path[i]);
    free(k ? k->value : NULL);
    free(k ? k->text : NULL);
    free(k);
    if (status == AD_OK)
        return AD_OK;
    return run_failed(ad_run_why() == AD_RUN_NOT_WRITTEN ? AD_RUN_NOT_WRITTEN : AD_RUN_BAD_DATA,
                      status);
}
