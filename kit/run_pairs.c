/* Two texts of an example as one (Devlin et al. 2019):
 *
 *     text       [CLS] a a a [SEP] b b [SEP]
 *     segment      0   0 0 0   0   1 1   1
 *
 * Both have one encoder, fitted on both.  What it puts round a text stands once round both, and
 * what ends one between them.  Pairs of more tokens than text.most lose them at the end of the
 * longer text, until both are of one length, and then of both in turn: as Hugging Face's tokenizers
 * cut them by longest_first.  A text alone has segment 0 throughout, where the model takes
 * segments: what BERT learned of pairs adds its first row to every token. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "model.h"
#include "run.h"
#include "text.h"

enum { PAIR_MOST = 1 << 24 };

/* ---------------------------------------------------------------- what stands round a text */

ad_status run_find_round(const ad_encoder *encoder, run_round *r)
{
    void *none = NULL, *one = NULL;
    int64_t all = 0, count = 0, before = 0;
    *r = (run_round){.token = NULL};
    ad_status status = ad_encoder_encode(encoder, "", 0, &none, &all);
    if (status == AD_OK)
        status = ad_encoder_encode(encoder, "a", 1, &one, &count);
    const int32_t *empty = none, *letter = one;
    while (status == AD_OK && before < all && before < count && letter[before] == empty[before])
        before++;
    free(one);
    *r = (run_round){none, before, all - before};
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_BAD_DATA, status);
}

/* ---------------------------------------------------------------- lengths */

void run_cut_pair(int64_t most, int64_t *a, int64_t *b)
{
    int64_t *less = *a > *b ? b : a, *more = *a > *b ? a : b;
    if (*a + *b <= most)
        return;
    if (*less <= most / 2) {
        *more = most - *less;
        return;
    }
    *less = most / 2;
    *more = most - *less;
}

/* ---------------------------------------------------------------- the texts */

typedef struct pair_map {
    int fields;            /* before */
    int texts;             /* one or two */
    int text[2], place[2]; /* fields, and their places among those that vary; -1: none */
    int varying;
    int64_t most; /* of both texts, without what stands round them */
    run_round round;
} pair_map;

static void pair_free(void *user)
{
    pair_map *p = user;
    free(p->round.token);
    free(p);
}

/* How many tokens of its own each of the wrapped texts keeps; 0 of one that is not there. */
static void kept(const pair_map *p, int64_t a, int64_t b, int64_t count[2])
{
    int64_t round = p->round.before + p->round.behind;
    count[0] = a - round, count[1] = p->texts == 2 ? b - round : 0;
    run_cut_pair(p->most, &count[0], &count[1]);
}

static int64_t pair_size(const pair_map *p, const int64_t count[2])
{
    return p->round.before + count[0] + count[1] + p->texts * p->round.behind;
}

static ad_status pair_length(void *user, const uint64_t key[2], const int64_t *in, int64_t *out)
{
    const pair_map *p = user;
    int64_t count[2];
    int to = 0;
    (void)key;
    kept(p, in[p->place[0]], p->texts == 2 ? in[p->place[1]] : 0, count);
    for (int i = 0; i < p->varying; i++)
        if (i != p->place[1])
            out[to++] = i == p->place[0] ? pair_size(p, count) : in[i];
    out[to] = pair_size(p, count);
    return AD_OK;
}

/* The second text behind `at` tokens, with what ends it. */
static void pair_second(const pair_map *p, const ad_array *text, int64_t count, int64_t at,
                        int32_t *token, int32_t *segment)
{
    memcpy(token + at, (const int32_t *)text->data + p->round.before,
           (size_t)count * sizeof *token);
    memcpy(token + at + count, p->round.token + p->round.before,
           (size_t)p->round.behind * sizeof *token);
    for (int64_t i = at; i < at + count + p->round.behind; i++)
        segment[i] = 1;
}

static ad_status pair_join(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    const pair_map *p = user;
    const ad_array *second = p->texts == 2 ? &in[p->text[1]] : NULL;
    int64_t count[2];
    int to = 0;
    int32_t *token = NULL;
    (void)key;
    for (int i = 0; i < p->fields; i++) {
        if (i == p->text[0])
            token = out[to++].data;
        else if (i != p->text[1]) {
            memcpy(out[to].data, in[i].data, ad_array_bytes(&in[i]));
            to++;
        }
    }
    int32_t *segment = out[to].data;
    kept(p, ad_array_count(&in[p->text[0]]), second ? ad_array_count(second) : 0, count);
    int64_t first = p->round.before + count[0], at = first + p->round.behind;
    memcpy(token, in[p->text[0]].data, (size_t)first * sizeof *token);
    memcpy(token + first, p->round.token + p->round.before,
           (size_t)p->round.behind * sizeof *token);
    memset(segment, 0, (size_t)at * sizeof *segment);
    if (second)
        pair_second(p, second, count[1], at, token, segment);
    return AD_OK;
}

static bool varies(const ad_source_field *f)
{
    return f->shape.rank > 0 && f->shape.size[0] == AD_VARYING;
}

/* Of the fields of the texts; after: room for one more than there are. */
static bool look(pair_map *p, ad_source *texts, const char *const name[2], ad_source_field *after)
{
    const ad_source_field *before;
    int to = 0;
    p->fields = ad_source_fields(texts, &before);
    p->text[1] = p->place[1] = -1;
    for (int k = 0; k < p->texts; k++)
        p->text[k] = ad_source_find(texts, name[k]), p->place[k] = 0;
    for (int i = 0; i < p->fields; i++) {
        for (int k = 0; k < p->texts; k++)
            p->place[k] += varies(&before[i]) && i < p->text[k];
        p->varying += varies(&before[i]);
        if (i != p->text[1])
            after[to++] = before[i];
    }
    after[to] = (ad_source_field){RUN_SEGMENT, AD_I32, AD_SHAPE(AD_VARYING)};
    return p->text[0] >= 0 && (p->texts == 1 || p->text[1] >= 0);
}

/* The fields of tokens as one, and their segments. */
static ad_status join_texts(const ad_run_data *data, const char *const name[2], int count,
                            ad_source **texts)
{
    const ad_source_field *before;
    int fields = ad_source_fields(*texts, &before);
    ad_source_field *after = calloc((size_t)fields + 1, sizeof *after);
    pair_map *p = calloc(1, sizeof *p);
    ad_status status =
        after && p ? run_find_round(data->encoder[0].encoder, &p->round) : no_memory();
    if (p)
        p->texts = count;
    if (status == AD_OK && !look(p, *texts, name, after))
        status = run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                          count == 2 ? "the data lacks one of the texts %s and %s\n  give both\n"
                                     : "the data lacks the text %s\n  give it\n",
                          name[0], name[1]);
    if (status == AD_OK)
        p->most = data->pair - p->round.before - count * p->round.behind;
    ad_source *made = status != AD_OK ? NULL
                                      : ad_source_map(*texts,
                                                      &(ad_map_record){.field = after,
                                                                       .fields = fields + 2 - count,
                                                                       .map = pair_join,
                                                                       .length = pair_length,
                                                                       .free = pair_free,
                                                                       .user = p},
                                                      0);
    free(after);
    if (made) {
        ad_source_free(*texts);
        *texts = made;
        return AD_OK;
    }
    if (p)
        pair_free(p);
    return status == AD_OK ? run_fail_core(AD_RUN_BAD_DATA) : status;
}

/* ---------------------------------------------------------------- which texts */

int run_pair_texts(const ad_schema *schema, const char *name[2])
{
    int count = 0;
    name[0] = name[1] = NULL;
    for (int i = 0; i < schema->fields; i++) {
        const ad_schema_field *f = &schema->field[i];
        if (f->use == AD_USE_INPUT && f->meaning == AD_MEANS_TEXT && count++ < 2)
            name[count - 1] = f->name;
    }
    return count;
}

bool run_is_second(const ad_run_data *data, const char *field)
{
    const char *name[2];
    return data->pair && run_pair_texts(data->schema, name) == 2 && strcmp(name[1], field) == 0;
}

ad_status run_join_pairs(const ad_run_data *data, ad_source **texts)
{
    const char *name[2];
    if (!*texts)
        return AD_OK;
    int count = run_pair_texts(data->schema, name);
    for (int k = 0; k < count; k++) {
        ad_source *made = ad_encoder_source(data->encoder[0].encoder, *texts, name[k]);
        if (!made)
            return run_failed(AD_RUN_BAD_DATA, AD_ERROR_FORMAT);
        ad_source_free(*texts);
        *texts = made;
    }
    return join_texts(data, name, count, texts);
}

ad_status run_check_pair(const ad_config *c, const ad_run_data *data)
{
    const char *name[2];
    run_round r;
    int count = run_pair_texts(data->schema, name);
    ad_status status = run_find_round(data->encoder[0].encoder, &r);
    bool parted = status != AD_OK || r.behind > 0 || count == 1;
    free(r.token);
    if (!parted)
        return run_refuse(c, "text",
                          "let texts end by a token: text: {special: [begin, end]}; of wordpiece "
                          "leave wrap: no out",
                          "text.pair puts what ends a text between two, and here nothing ends one");
    if (status == AD_OK && data->pair < r.before + count * (r.behind + 1))
        return run_refuse(c, "text.most", "give room for some more",
                          "text.most is %lld, and what stands round %s is %lld tokens already",
                          (long long)data->pair, count == 1 ? "a text" : "two texts",
                          (long long)(r.before + count * r.behind));
    return status;
}

/* ---------------------------------------------------------------- before the data is opened */

/* A model that takes segments of one text, which the data does not have itself. */
static bool is_alone(const ad_config *c, const ad_run_data *data)
{
    const ad_text_options *o = c->text.options;
    const ad_task_record *task = data->task;
    const char *name[2];
    return o && o->length == AD_SAME && !task->over_time && !task->of_input && !task->makes &&
           !task->of_words && !task->rewrites && run_pair_texts(data->schema, name) == 1 &&
           !ad_schema_find(data->schema, RUN_SEGMENT) && model_takes(c->model, RUN_SEGMENT);
}

static int64_t most_of(const ad_text_options *o)
{
    return o->most == AD_SAME ? PAIR_MOST : o->most;
}

ad_status run_decide_pair(const ad_config *c, ad_run_data *data)
{
    const ad_text_options *o = c->text.options;
    const ad_task_record *task = data->task;
    const char *name[2];
    if (!task->spans && !(o && o->pair)) {
        data->pair = is_alone(c, data) ? most_of(o) : 0;
        return AD_OK;
    }
    const char *path = o && o->pair ? "text.pair" : "task";
    if (!o || task->over_time || task->of_input || task->makes)
        return run_refuse(c, path, "take it out, or choose task: classification or regression",
                          "pairs of texts are of tasks with a target, and task %s learns %s",
                          task->record.name,
                          task->rewrites ? "what a text becomes" : "of one text");
    int count = run_pair_texts(data->schema, name);
    if (count != 2)
        return run_refuse(c, path,
                          "give a table with two columns of texts: data: {types: [A=text, B=text]}",
                          "a pair is of two texts, and the data has %d", count);
    if (ad_schema_find(data->schema, RUN_SEGMENT))
        return run_refuse(c, path, "give the field another name in the data",
                          "the data has a field " RUN_SEGMENT
                          ", the name of what says which text of the pair a token is of");
    if (o->length != AD_SAME)
        return run_refuse(c, "text.length", "write text.most, which is of both together",
                          "text.length pads each text, and here two are one");
    data->pair = most_of(o);
    return AD_OK;
}
