/* Task spans: questions, each with a context in which words are the answer (Rajpurkar et al. 2016).
 *
 * Question and context are a pair: see run_pairs.c.  The context's words are what stands between
 * white space, each encoded by itself, so that it is known which tokens are its own.  A model gives
 * two numbers for each token, and of each a softmax over the tokens of the context: that the answer
 * begins there, and that it ends (Devlin et al. 2019).  The target is the first token of the word
 * in which the answer begins and the last of that in which it ends.  Answered is the text of the
 * words from the begin to an end not before it whose chances have the largest product, of equal
 * ones the first. */
#define _GNU_SOURCE /* memmem */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "message.h"
#include "run.h"
#include "text.h"
#include "text_tagged.h"

/* Fields beside tokens, segments and target: of each token where its word stands in the context, in
 * bytes, -1: it has none; the context, and the right answer. */
#define SPAN_FROM "span.from"
#define SPAN_TO "span.to"
#define SPAN_CONTEXT "span.context"
#define SPAN_ANSWER "span.answer"

enum { FIELDS = 7, LISTS = 4 /* token, segment, from, to */, BLOCK = 256, SHOWN = 60 };

/* ---------------------------------------------------------------- the source */

typedef struct spans {
    int64_t count;
    run_tokens list[LISTS];
    run_tokens target; /* (count, 2) */
    int64_t *start;    /* of each example, and behind the last: in the lists... */
    int64_t *text;     /* ...and of its context and its answer in bytes: (2 count + 1) */
    text_buffer bytes;
} spans;

static void spans_free(void *user)
{
    spans *s = user;
    if (!s)
        return;
    for (int i = 0; i < LISTS; i++)
        free(s->list[i].token);
    free(s->target.token);
    free(s->start);
    free(s->text);
    text_done(&s->bytes);
    free(s);
}

static ad_status spans_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                            ad_array *into)
{
    static const int field[LISTS] = {0, 1, 3, 4};
    const spans *s = user;
    int64_t n = number[0];
    (void)epoch, (void)count; /* one at a time, as they vary */
    for (int i = 0; i < LISTS; i++)
        memcpy(into[field[i]].data, s->list[i].token + s->start[n],
               (size_t)(s->start[n + 1] - s->start[n]) * sizeof(int32_t));
    memcpy(into[2].data, s->target.token + 2 * n, 2 * sizeof(int32_t));
    for (int i = 0; i < 2; i++) {
        const int64_t *at = s->text + 2 * n + i;
        if (at[1] > at[0])
            memcpy(into[5 + i].data, s->bytes.data + at[0], (size_t)(at[1] - at[0]));
    }
    return AD_OK;
}

static ad_status spans_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const spans *s = user;
    const int64_t *at = s->text + 2 * number;
    (void)epoch;
    length[0] = length[1] = length[2] = length[3] = s->start[number + 1] - s->start[number];
    length[4] = at[1] - at[0];
    length[5] = at[2] - at[1];
    return AD_OK;
}

/* ---------------------------------------------------------------- an example */

typedef struct making {
    const ad_run_data *data;
    run_words *words;
    run_round round;
    bool items;
    spans *to;
} making;

typedef struct example {
    int64_t number;
    const char *question, *context, *answer;
    int64_t question_size, context_size, answer_size;
    int64_t from, to; /* of the answer in the context */
} example;

static bool add(making *m, const int32_t *token, int64_t count, int32_t segment, int64_t from,
                int64_t to)
{
    const int32_t value[] = {0, segment, (int32_t)from, (int32_t)to};
    for (int64_t i = 0; i < count; i++)
        for (int k = 0; k < LISTS; k++)
            if (!run_tokens_add(&m->to->list[k], k ? &value[k] : &token[i], 1))
                return false;
    return true;
}

static int64_t used(const making *m)
{
    return m->to->list[0].count - m->to->start[m->to->count];
}

static ad_status fail_example(const making *m, const example *e, const char *what, const char *cure)
{
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                    "%s: example %lld: the answer '%.*s' %s\n  %s\n",
                    ad_schema_target(m->data->schema)->name, (long long)e->number + 1,
                    (int)(e->answer_size < SHOWN ? e->answer_size : SHOWN), e->answer, what, cure);
}

static bool inside_word(const char *text, int64_t size, int64_t at)
{
    return at > 0 && at < size && isalnum((unsigned char)text[at - 1]) &&
           isalnum((unsigned char)text[at]);
}

/* Where the answer stands first, not within words if that can be. */
static bool find_answer(example *e)
{
    const char *end = e->context + e->context_size, *at = e->context;
    e->from = -1;
    while (e->answer_size > 0 &&
           (at = memmem(at, (size_t)(end - at), e->answer, (size_t)e->answer_size))) {
        int64_t from = at++ - e->context, to = from + e->answer_size;
        bool whole = !inside_word(e->context, e->context_size, from) &&
                     !inside_word(e->context, e->context_size, to);
        if (e->from < 0 || whole)
            e->from = from, e->to = to;
        if (whole)
            break;
    }
    return e->from >= 0;
}

static void trim(const char **text, int64_t *size)
{
    while (*size > 0 && isspace((unsigned char)**text))
        ++*text, --*size;
    while (*size > 0 && isspace((unsigned char)(*text)[*size - 1]))
        --*size;
}

static ad_status locate(const making *m, example *e)
{
    trim(&e->answer, &e->answer_size);
    e->from = e->to = -1;
    if (m->items)
        return AD_OK;
    if (e->answer_size == 0)
        return fail_example(m, e, "is empty",
                            "leave questions without an answer out: this task always answers");
    return find_answer(e) ? AD_OK
                          : fail_example(m, e, "does not stand in its context",
                                         "write it as it stands there, letter for letter");
}

static ad_status add_question(making *m, const example *e)
{
    void *list = NULL;
    int64_t count = 0, round = m->round.before + m->round.behind;
    ad_status status = ad_encoder_encode(m->data->encoder[0].encoder, e->question, e->question_size,
                                         &list, &count);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    count = count > round ? count - round : 0;
    const int32_t *token = (const int32_t *)list + m->round.before;
    bool fits = m->round.before + count + 2 * m->round.behind < m->data->pair;
    bool good = !fits || (add(m, m->round.token, m->round.before, 0, -1, -1) &&
                          add(m, token, count, 0, -1, -1) &&
                          add(m, m->round.token + m->round.before, m->round.behind, 0, -1, -1));
    free(list);
    if (!fits)
        return run_fail(AD_RUN_BAD_DATA, AD_ERROR_FORMAT,
                        "example %lld: its question is %lld tokens, and text.most leaves no room "
                        "for the context\n  raise text.most\n",
                        (long long)e->number + 1, (long long)count);
    return good ? AD_OK : no_memory();
}

/* The word from..end of the context, as far as there is room; *full: there was none. */
static ad_status add_word(making *m, const example *e, const char *from, const char *end,
                          int32_t target[2], bool *full)
{
    const int32_t *token;
    int64_t count, first, begin = from - e->context, stop = end - e->context;
    ad_status status = run_word_tokens(m->words, from, end, begin > 0, &token, &count, &first);
    if (status != AD_OK)
        return status;
    *full = used(m) + count + m->round.behind > m->data->pair;
    if (*full)
        return AD_OK;
    if (e->from >= begin && e->from < stop)
        target[0] = (int32_t)(used(m) + first);
    if (!add(m, token, count, 1, begin, stop))
        return no_memory();
    if (e->to > begin && e->to <= stop)
        target[1] = (int32_t)(used(m) - 1);
    return AD_OK;
}

static ad_status add_context(making *m, const example *e)
{
    const char *at = e->context, *word;
    int32_t target[2] = {-1, -1};
    bool full = false;
    ad_status status = AD_OK;
    while (status == AD_OK && !full && (at = tagged_next(at, e->context + e->context_size, &word)))
        status = add_word(m, e, word, at, target, &full);
    if (status != AD_OK)
        return status;
    if (!m->items && (target[0] < 0 || target[1] < 0))
        return fail_example(m, e, "stands behind what text.most leaves of its context",
                            "raise text.most, or cut contexts into several examples");
    return add(m, m->round.token + m->round.before, m->round.behind, 1, -1, -1) &&
                   run_tokens_add(&m->to->target, target, 2)
               ? AD_OK
               : no_memory();
}

static ad_status add_example(making *m, example *e)
{
    spans *s = m->to;
    ad_status status = locate(m, e);
    if (status == AD_OK)
        status = add_question(m, e);
    if (status == AD_OK)
        status = add_context(m, e);
    if (status != AD_OK)
        return status;
    int64_t n = s->count++;
    s->start[n + 1] = s->list[0].count;
    text_add_bytes(&s->bytes, e->context, (size_t)e->context_size);
    s->text[2 * n + 1] = (int64_t)s->bytes.size;
    text_add_bytes(&s->bytes, e->answer, (size_t)e->answer_size);
    s->text[2 * n + 2] = (int64_t)s->bytes.size;
    return s->bytes.failed ? no_memory() : AD_OK;
}

/* ---------------------------------------------------------------- all examples */

static ad_status take_all(making *m, text_reader r[3], int64_t count)
{
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        example e = {.number = i, .answer = ""};
        status = text_reader_read(&r[0], i, &e.question, &e.question_size);
        if (status == AD_OK)
            status = text_reader_read(&r[1], i, &e.context, &e.context_size);
        if (status == AD_OK && r[2].source)
            status = text_reader_read(&r[2], i, &e.answer, &e.answer_size);
        status = status == AD_OK ? add_example(m, &e) : run_failed(AD_RUN_BAD_DATA, status);
    }
    return status;
}

static ad_status read_all(making *m, ad_source *from, const char *const name[3])
{
    text_reader r[3] = {{.source = NULL}};
    int64_t count = ad_source_count(from);
    ad_status status = AD_OK;
    m->to = calloc(1, sizeof *m->to);
    if (!m->to || !(m->to->start = calloc((size_t)count + 1, sizeof *m->to->start)) ||
        !(m->to->text = calloc((size_t)count * 2 + 1, sizeof *m->to->text)))
        return no_memory();
    for (int i = 0; i < 3 && status == AD_OK; i++) {
        int at = ad_source_find(from, name[i]);
        if (at >= 0)
            status = text_reader_begin(&r[i], from, at);
        else if (i < 2 || !m->items)
            return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                            "the data has no field %s\n  give question and context\n", name[i]);
    }
    status = status == AD_OK ? take_all(m, r, count) : run_failed(AD_RUN_BAD_DATA, status);
    for (int i = 0; i < 3; i++)
        text_reader_done(&r[i]);
    return status;
}

static ad_source *source_of(making *m, const char *const name[3])
{
    ad_shape open = AD_SHAPE(AD_VARYING);
    ad_source_field field[FIELDS] = {{name[0], AD_I32, open},        {RUN_SEGMENT, AD_I32, open},
                                     {name[2], AD_I32, AD_SHAPE(2)}, {SPAN_FROM, AD_I32, open},
                                     {SPAN_TO, AD_I32, open},        {SPAN_CONTEXT, AD_U8, open},
                                     {SPAN_ANSWER, AD_U8, open}};
    ad_source *made = ad_source_new(&(ad_source_record){.count = m->to->count,
                                                        .field = field,
                                                        .fields = FIELDS,
                                                        .read = spans_read,
                                                        .length = spans_length,
                                                        .free = spans_free,
                                                        .user = m->to,
                                                        .name = "the questions"});
    m->to = made ? NULL : m->to;
    return made;
}

ad_status run_span_tokens(const ad_run_data *data, ad_source **from, bool items)
{
    const char *name[3];
    making m = {.data = data, .items = items};
    if (!*from)
        return AD_OK;
    run_pair_texts(data->schema, name);
    name[2] = ad_schema_target(data->schema)->name;
    ad_status status = run_words_begin(data->encoder[0].encoder, &m.words);
    if (status == AD_OK)
        status = run_find_round(data->encoder[0].encoder, &m.round);
    if (status == AD_OK)
        status = read_all(&m, *from, name);
    ad_source *made = status == AD_OK ? source_of(&m, name) : NULL;
    if (status == AD_OK && !made)
        status = run_fail_core(AD_RUN_BAD_DATA);
    run_words_done(m.words);
    free(m.round.token);
    spans_free(m.to);
    if (status != AD_OK)
        return status;
    ad_source_free(*from);
    *from = made;
    return AD_OK;
}

ad_status run_decide_spans(const ad_config *c, const ad_run_data *data)
{
    const ad_schema *s = data->schema;
    if (!data->task->spans)
        return AD_OK;
    for (int i = 0; i < s->fields; i++)
        if (s->field[i].use == AD_USE_INPUT && s->field[i].meaning != AD_MEANS_TEXT)
            return run_refused_or_task(
                c, "data", "the data has other columns beside questions, contexts and answers",
                "leave them out: data: {skip: [COLUMN]}; columns of text: data: {types: "
                "[NAME=text]}");
    return AD_OK;
}

/* ---------------------------------------------------------------- the graph */

ad_tensor *run_span_logits(ad_tensor *output, ad_tensor *segment, ad_tensor *length)
{
    ad_graph *graph = ad_tensor_graph(output);
    ad_shape shape = ad_tensor_shape(segment);
    ad_type type = ad_tensor_type(output);
    ad_tensor *steps = (ad_range)(graph, AD_I32, shape.size[1]);
    ad_tensor *there = (ad_less)(steps, (ad_reshape)(length, AD_SHAPE(shape.size[0], 1)));
    ad_tensor *second = (ad_greater)(segment, (ad_number)(graph, AD_I32, 0));
    ad_tensor *may = (ad_mul)((ad_cast)(there, type), (ad_cast)(second, type));
    ad_tensor *off = (ad_scale)((ad_sub)(may, (ad_number)(graph, type, 1)), 1e30);
    ad_tensor *rows = (ad_transpose)(output, AD_AXES(0, 2, 1));
    return (ad_add)(rows, (ad_reshape)(off, AD_SHAPE(shape.size[0], 1, shape.size[1])));
}

/* ---------------------------------------------------------------- answers */

typedef struct columns {
    int at, length;
} columns;

static columns find(const ad_batches *b, const char *name)
{
    return (columns){run_batch_field(b, name, ""), run_batch_field(b, name, ".length")};
}

/* Of one example: chance (time, 2), the best begin and end among tokens that have a word. */
static double best_of(const ad_array *chance, int64_t row, int64_t wide, const int32_t *from,
                      int64_t steps, int64_t best[2])
{
    int64_t begin = -1;
    double product = -1, first = -1;
    best[0] = best[1] = -1;
    for (int64_t t = 0; t < steps; t++) {
        if (from[t] < 0)
            continue;
        double begins = ad_array_item(chance, (row * wide + t) * 2),
               ends = ad_array_item(chance, (row * wide + t) * 2 + 1);
        if (begins > first)
            first = begins, begin = t;
        if (first * ends > product)
            product = first * ends, best[0] = begin, best[1] = t;
    }
    return product;
}

static ad_status take_batch(const ad_batches *b, const ad_batch *batch, const ad_array *chance,
                            span_take take, void *user)
{
    columns from = find(b, SPAN_FROM), to = find(b, SPAN_TO), context = find(b, SPAN_CONTEXT),
            answer = find(b, SPAN_ANSWER);
    if (from.at < 0 || to.at < 0 || context.at < 0 || answer.at < 0)
        return run_fail(
            AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
            "the data does not say where words stand\n  give what ad_model_items gave\n");
    int64_t wide = ad_array_count(&batch->array[from.at]) / batch->count,
            bytes = ad_array_count(&batch->array[context.at]) / batch->count,
            right = ad_array_count(&batch->array[answer.at]) / batch->count;
    ad_status status = AD_OK;
    for (int64_t i = 0; i < batch->count && status == AD_OK; i++) {
        const int32_t *begin = (const int32_t *)batch->array[from.at].data + i * wide,
                      *end = (const int32_t *)batch->array[to.at].data + i * wide;
        int64_t best[2], steps = ((const int32_t *)batch->array[from.length].data)[i];
        run_span s = {.right = (const char *)batch->array[answer.at].data + i * right,
                      .right_size = ((const int32_t *)batch->array[answer.length].data)[i],
                      .said = ""};
        double product = best_of(chance, i, wide, begin, steps, best);
        s.score = product > 0 ? log(product) : product < 0 ? 0 : -HUGE_VAL;
        if (best[0] >= 0) {
            s.said = (const char *)batch->array[context.at].data + i * bytes + begin[best[0]];
            s.said_size = end[best[1]] - begin[best[0]];
        }
        status = take(user, &s);
    }
    return status;
}

/* The program's feeds: tokens and segments, then their lengths. */
static ad_status answer_batch(ad_program *program, const ad_run_data *data, const ad_batches *b,
                              const ad_batch *batch, span_take take, void *user)
{
    ad_array in[4], out = {0};
    for (int i = 0; i < 4; i++) {
        int at = run_batch_field(b, data->input[i % 2].name, i < 2 ? "" : ".length");
        if (at < 0)
            return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT, "the data has no field %s\n",
                            data->input[i % 2].name);
        in[i] = batch->array[at];
    }
    if (ad_run(program, in, &out) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    return take_batch(b, batch, &out, take, user);
}

ad_status run_span_each(ad_program *program, const ad_run_data *data, ad_source *part,
                        span_take take, void *user)
{
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status =
        b && ad_batches_next(b, &batch) == AD_OK ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
    while (status == AD_OK && batch.count > 0) {
        status = answer_batch(program, data, b, &batch, take, user);
        if (status == AD_OK && ad_batches_next(b, &batch) != AD_OK)
            status = run_fail_core(AD_RUN_BAD_DATA);
    }
    ad_batches_free(b);
    return status;
}

/* ---------------------------------------------------------------- of a part that is measured */

typedef struct listed {
    text_buffer text;
    size_t *said, *right; /* where each begins in it */
    int64_t count;
} listed;

static ad_status list_one(void *user, const run_span *s)
{
    listed *l = user;
    l->said[l->count] = l->text.size;
    text_add_bytes(&l->text, s->said, (size_t)s->said_size);
    text_add_bytes(&l->text, "", 1);
    l->right[l->count++] = l->text.size;
    text_add_bytes(&l->text, s->right, (size_t)s->right_size);
    text_add_bytes(&l->text, "", 1);
    return l->text.failed ? no_memory() : AD_OK;
}

ad_status run_span_answers(const ad_run_network *n, const ad_run_data *data, ad_source *part,
                           ad_run_answers *answers)
{
    size_t count = (size_t)ad_source_count(part);
    listed l = {.said = calloc(count + 1, sizeof *l.said),
                .right = calloc(count + 1, sizeof *l.right)};
    *answers = (ad_run_answers){.memory = {NULL}};
    ad_program *program = ad_compile(n->state, .fetch = {n->prediction},
                                     .feed_list = (ad_tensor **)n->input, .feed_count = n->inputs);
    ad_status status = program ? AD_OK : run_fail_core(AD_RUN_NO_FAULT);
    status = l.said && l.right ? status : no_memory();
    if (status == AD_OK)
        status = run_span_each(program, data, part, list_one, &l);
    if (status == AD_OK)
        status = run_hand_over_texts(&l.text, l.said, l.right, l.count, answers);
    if (status != AD_OK)
        ad_run_answers_done(answers);
    ad_program_free(program);
    text_done(&l.text);
    free(l.said);
    free(l.right);
    return status;
}
