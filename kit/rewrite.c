/* Beam search (ad_rewrite_options has the formula), for many examples at once. */
#include "rewrite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

enum { ROWS = 256, BEAM_MOST = 100, LENGTH_MOST = 1 << 20 };

/* A text under way: its tokens lie in the search, a row of `room` each. */
typedef struct kept {
    int32_t *token;
    double sum; /* of logarithms */
} kept;

/* One example. */
typedef struct writing {
    kept *kept, *next; /* at most beam */
    int64_t live;
    int64_t aside;  /* how many have ended */
    kept best;      /* of those, */
    int64_t tokens; /* with so many, the end too */
    double score;
} writing;

typedef struct search {
    ad_program *program;
    int64_t beam, most, classes, count;
    int32_t never[2], end; /* padding and begin are not written */
    const int32_t *text, *length;
    int64_t wide;
    writing *one;
    int32_t *tokens; /* of all that is kept: 2 beam + 1 rows of `most` for each example */
    kept *list;      /* 2 beam for each example */
    int32_t *in_text, *in_length, *in_written, *in_steps;
    ad_array chance;
} search;

ad_rewrite_options rewrite_options(const ad_run_data *data, const ad_rewrite_options *options)
{
    ad_rewrite_options o = options ? *options : (ad_rewrite_options){0};
    o.beam = o.beam ? o.beam : data->beam ? data->beam : 1;
    o.length = o.length ? o.length : data->longest ? data->longest : 1;
    return o;
}

/* ---------------------------------------------------------------- memory */

static void search_done(search *s)
{
    free(s->one);
    free(s->tokens);
    free(s->list);
    free(s->in_text);
    free(s->in_length);
    free(s->in_written);
    free(s->in_steps);
}

static void lay_out(search *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        writing *w = &s->one[i];
        int32_t *token = s->tokens + i * (2 * s->beam + 1) * s->most;
        w->kept = s->list + i * 2 * s->beam;
        w->next = w->kept + s->beam;
        for (int64_t k = 0; k < 2 * s->beam; k++)
            w->kept[k].token = token + k * s->most;
        w->best.token = token + 2 * s->beam * s->most;
        w->live = 1;
    }
}

static bool search_begin(search *s)
{
    size_t rows = (size_t)(s->count * s->beam), count = (size_t)s->count;
    s->one = calloc(count, sizeof *s->one);
    s->tokens = malloc(count * (size_t)((2 * s->beam + 1) * s->most) * sizeof *s->tokens);
    s->list = calloc(2 * rows, sizeof *s->list);
    s->in_text = malloc(rows * (size_t)(s->wide + 1) * sizeof *s->in_text);
    s->in_length = malloc(rows * sizeof *s->in_length);
    s->in_written = malloc(rows * (size_t)s->most * sizeof *s->in_written);
    s->in_steps = malloc(rows * sizeof *s->in_steps);
    if (!s->one || !s->tokens || !s->list || !s->in_text || !s->in_length || !s->in_written ||
        !s->in_steps)
        return false;
    lay_out(s);
    return true;
}

/* ---------------------------------------------------------------- a step */

/* A row for each text that is kept: begin, and its `done` tokens. */
static int64_t fill_rows(search *s, int32_t begin, int64_t done)
{
    int64_t rows = 0;
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t k = 0; k < s->one[i].live; k++, rows++) {
            int32_t *to = s->in_written + rows * (done + 1);
            memcpy(s->in_text + rows * s->wide, s->text + i * s->wide,
                   (size_t)s->wide * sizeof *s->text);
            s->in_length[rows] = s->length[i];
            s->in_steps[rows] = (int32_t)done + 1;
            to[0] = begin;
            memcpy(to + 1, s->one[i].kept[k].token, (size_t)done * sizeof *to);
        }
    return rows;
}

static ad_status run_rows(search *s, int64_t rows, int64_t done)
{
    ad_array in[] = {ad_i32(s->in_text, AD_SHAPE(rows, s->wide)),
                     ad_i32(s->in_written, AD_SHAPE(rows, done + 1)),
                     ad_i32(s->in_length, AD_SHAPE(rows)), ad_i32(s->in_steps, AD_SHAPE(rows))};
    s->chance = (ad_array){0};
    if (ad_run(s->program, in, &s->chance) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    if (s->chance.shape.rank != 2 || s->chance.shape.size[1] < s->classes)
        return run_fail(AD_RUN_DAMAGED, AD_ERROR_SHAPE,
                        "the model gives no chance for each token\n  train again\n");
    return AD_OK;
}

/* A continuation: text k of an example, and a token. */
typedef struct onward {
    double sum;
    int64_t from;
    int32_t token;
} onward;

/* The best `beam`, in order; those before are at least as good as what comes later. */
static void offer(onward *best, int64_t *count, int64_t most, onward one)
{
    int64_t at = *count;
    while (at > 0 && one.sum > best[at - 1].sum)
        at--;
    if (at == most)
        return;
    int64_t last = *count < most ? (*count)++ : most - 1;
    memmove(best + at + 1, best + at, (size_t)(last - at) * sizeof *best);
    best[at] = one;
}

static int64_t find_best(const search *s, const writing *w, int64_t row, onward *best)
{
    int64_t count = 0, wide = s->chance.shape.size[1];
    for (int64_t k = 0; k < w->live; k++)
        for (int64_t c = 0; c < s->classes; c++) {
            if (c != s->end && (c == s->never[0] || c == s->never[1]))
                continue;
            double p = ad_array_item(&s->chance, (row + k) * wide + c);
            offer(best, &count, s->beam,
                  (onward){w->kept[k].sum + log(p > 0 ? p : 1e-300), k, (int32_t)c});
        }
    return count;
}

/* One that has ended with `tokens` tokens, the end too. */
static void put_aside(writing *w, const kept *from, double sum, int64_t tokens)
{
    double score = sum / (double)tokens;
    if (w->aside++ && !(score > w->score))
        return;
    if (tokens > 1)
        memcpy(w->best.token, from->token, (size_t)(tokens - 1) * sizeof *w->best.token);
    w->score = score;
    w->tokens = tokens;
}

static void take_best(const search *s, writing *w, const onward *best, int64_t count, int64_t done)
{
    int64_t live = 0;
    for (int64_t i = 0; i < count; i++) {
        const kept *from = &w->kept[best[i].from];
        if (best[i].token == s->end) {
            put_aside(w, from, best[i].sum, done + 1);
            continue;
        }
        kept *to = &w->next[live++];
        memcpy(to->token, from->token, (size_t)done * sizeof *to->token);
        to->token[done] = best[i].token;
        to->sum = best[i].sum;
    }
    kept *swap = w->kept;
    w->kept = w->next;
    w->next = swap;
    w->live = w->aside >= s->beam ? 0 : live;
}

static ad_status step(search *s, int32_t begin, int64_t done, onward *best, bool *more)
{
    int64_t rows = fill_rows(s, begin, done), row = 0;
    *more = rows > 0;
    ad_status status = rows ? run_rows(s, rows, done) : AD_OK;
    for (int64_t i = 0; i < s->count && rows && status == AD_OK; i++) {
        writing *w = &s->one[i];
        int64_t live = w->live;
        if (live)
            take_best(s, w, best, find_best(s, w, row, best), done);
        row += live;
    }
    return status;
}

/* ---------------------------------------------------------------- a batch */

static bool hand_over(const writing *w, int64_t done, rewrite_made *made)
{
    bool cut = w->aside == 0;
    const kept *from = cut ? &w->kept[0] : &w->best;
    int64_t count = cut ? done : w->tokens - 1;
    *made = (rewrite_made){.count = count,
                           .cut = cut,
                           .score = !cut       ? w->score
                                    : done > 0 ? w->kept[0].sum / (double)done
                                               : 0};
    made->token = malloc((size_t)count * sizeof *made->token + 1);
    if (made->token && count)
        memcpy(made->token, from->token, (size_t)count * sizeof *made->token);
    return made->token;
}

static ad_status write_all(search *s, int32_t begin, rewrite_made *made)
{
    onward *best = malloc((size_t)(s->beam + 1) * sizeof *best);
    ad_status status = best && search_begin(s) ? AD_OK : no_memory();
    bool more = true;
    int64_t done = 0;
    for (; done < s->most && more && status == AD_OK; done += more)
        status = step(s, begin, done, best, &more);
    for (int64_t i = 0; i < s->count && status == AD_OK; i++)
        if (!hand_over(&s->one[i], done, &made[i]))
            status = no_memory();
    free(best);
    return status;
}

static ad_status check_options(const ad_rewrite_options *o)
{
    if (o->beam < 1 || o->beam > BEAM_MOST)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "a beam of %lld texts is not possible\n  it is 1 to %d\n",
                        (long long)o->beam, BEAM_MOST);
    if (o->length < 1 || o->length > LENGTH_MOST)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "a length of %lld tokens is not possible\n  it is 1 to %d\n",
                        (long long)o->length, LENGTH_MOST);
    return AD_OK;
}

void rewrite_made_done(rewrite_made *made, int64_t count)
{
    for (int64_t i = 0; made && i < count; i++) {
        free(made[i].token);
        made[i].token = NULL;
    }
}

static int64_t count_unknown(const ad_run_data *data, const int32_t *token, int64_t count)
{
    const ad_encoder *encoder = run_encoder(data, data->input[0].name);
    int32_t unknown = encoder ? ad_encoder_special(encoder, AD_SPECIAL_UNKNOWN) : -1;
    int64_t found = 0;
    for (int64_t i = 0; unknown >= 0 && i < count; i++)
        found += token[i] == unknown;
    return found;
}

ad_status rewrite_batch(ad_program *program, const ad_run_data *data,
                        const ad_rewrite_options *options, const int32_t *text,
                        const int32_t *length, int64_t count, int64_t wide, rewrite_made *made)
{
    ad_rewrite_options o = rewrite_options(data, options);
    const ad_encoder *encoder = run_encoder(data, ad_schema_target(data->schema)->name);
    int32_t ends[2];
    ad_status status = check_options(&o);
    memset(made, 0, (size_t)count * sizeof *made);
    if (status != AD_OK || count == 0)
        return status;
    run_sequence_ends(data, ends);
    search s = {.program = program,
                .beam = o.beam,
                .most = o.length,
                .classes = data->target.classes,
                .count = count,
                .never = {ad_encoder_special(encoder, AD_SPECIAL_PADDING), ends[0]},
                .end = ends[1],
                .text = text,
                .length = length,
                .wide = wide};
    status = write_all(&s, ends[0], made);
    for (int64_t i = 0; i < count; i++)
        made[i].unknown = count_unknown(data, text + i * wide, length[i]);
    search_done(&s);
    if (status != AD_OK)
        rewrite_made_done(made, count);
    return status;
}

/* ---------------------------------------------------------------- a source */

static ad_status each_batch(ad_program *program, const ad_run_data *data,
                            const ad_rewrite_options *options, ad_batches *b, int64_t count,
                            rewrite_made *made, void (*progress)(void *user, int64_t done),
                            void *user)
{
    const char *name = data->input[0].name;
    int at = run_batch_field(b, name, ""), length = run_batch_field(b, name, ".length");
    ad_status status = AD_OK;
    if (at < 0 || length < 0)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n", name);
    for (int64_t done = 0; done < count && status == AD_OK;) {
        ad_batch batch = {.count = 0};
        if (ad_batches_next(b, &batch) != AD_OK || batch.count == 0)
            return run_fail_core(AD_RUN_BAD_DATA);
        status =
            rewrite_batch(program, data, options, batch.array[at].data, batch.array[length].data,
                          batch.count, ad_array_count(&batch.array[at]) / batch.count, made + done);
        done += batch.count;
        if (progress)
            progress(user, done);
    }
    return status;
}

ad_status rewrite_source(ad_program *program, const ad_run_data *data,
                         const ad_rewrite_options *options, ad_source *source, int64_t first,
                         int64_t count, rewrite_made *made,
                         void (*progress)(void *user, int64_t done), void *user)
{
    if (data->task->transcribes)
        return transcribe_source(program, data, options, source, first, count, made, progress,
                                 user);
    ad_rewrite_options o = rewrite_options(data, options);
    int64_t size = o.beam > 0 && o.beam < ROWS ? ROWS / o.beam : 1;
    memset(made, 0, (size_t)count * sizeof *made);
    ad_source *part;
    ad_batches *b;
    ad_status status = run_row_batches(source, first, count, size, &part, &b);
    if (status == AD_OK)
        status = each_batch(program, data, options, b, count, made, progress, user);
    ad_batches_free(b);
    ad_source_free(part);
    if (status != AD_OK)
        rewrite_made_done(made, count);
    return status;
}

/* ---------------------------------------------------------------- tokens as text */

static char *no_text(void)
{
    run_failed(AD_RUN_NO_FAULT, message_no_memory());
    return NULL;
}

/* Whether decoded words stand with blanks between. */
static bool in_words(const ad_encoder *encoder)
{
    return strcmp(ad_encoder_kind(encoder)->record.name, "words") == 0;
}

char *rewrite_text(const ad_run_data *data, bool target, const int32_t *token, int64_t count)
{
    const char *field = target ? ad_schema_target(data->schema)->name : data->input[0].name;
    const ad_encoder *encoder = run_encoder(data, field);
    int32_t unknown = ad_encoder_special(encoder, AD_SPECIAL_UNKNOWN);
    text_buffer t = {0};
    for (int64_t from = 0, at = 0; at <= count; at++) {
        if (at < count && (unknown < 0 || token[at] != unknown))
            continue;
        char *part = ad_encoder_decode(encoder, token + from, at - from);
        bool blank = in_words(encoder) && part && *part;
        text_add(&t, blank && t.size ? " " : "");
        text_add(&t, part ? part : "");
        if (at < count)
            text_add(&t, in_words(encoder) && t.size ? " \xEF\xBF\xBD" : "\xEF\xBF\xBD");
        t.failed = t.failed || !part;
        free(part);
        from = at + 1;
    }
    char *text = text_take(&t);
    return text ? text : no_text();
}

char *rewrite_said(const ad_run_data *data, const rewrite_made *made)
{
    const ad_encoder *encoder = run_encoder(data, ad_schema_target(data->schema)->name);
    char *text = ad_encoder_decode(encoder, made->token, made->count);
    return text ? text : no_text();
}
