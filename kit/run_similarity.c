/* Task similarity: examples become places, so that those of one class are near (Hadsell, Chopra and
 * LeCun 2006; Schroff, Kalenichenko and Philbin 2015; van den Oord et al. 2018).
 *
 * An example to learn from is a group: one of the data, called the first, and others that are drawn
 * beside it.  Its fields are those of the data, each with an axis of the group in front, and the
 * target is the class of each. */
#include <stdlib.h>
#include <string.h>

#include "augment.h"
#include "config.h"
#include "message.h"
#include "model.h"
#include "run.h"

enum { BLOCK = 256 };

/* ---------------------------------------------------------------- what is learned */

static const char *loss_of(const ad_config *c)
{
    return ad_config_given(c, "train.loss") ? c->loss.record->name : "contrastive";
}

static ad_status check_augment(const ad_config *c)
{
    for (int i = 0; i < c->augment.count; i++)
        if (!change_is_one(c->augment.choice[i].record) &&
            ad_augment_mixes(c->augment.choice[i].record))
            return run_refuse(c, "augment", "take it out",
                              "%s mixes classes, and task similarity tells whether two examples "
                              "are of one",
                              c->augment.choice[i].record->name);
    return AD_OK;
}

ad_status run_decide_similarity(const ad_config *c, ad_run_data *data)
{
    if (!data->task->embeds)
        return AD_OK;
    data->group = strcmp(loss_of(c), "triplet") == 0 ? 3 : 2;
    return check_augment(c);
}

ad_status run_set_similarity(const ad_config *c, const ad_run_data *data)
{
    for (int i = 0; i < data->inputs; i++)
        if (data->input[i].shape.rank > 0 && data->input[i].shape.size[0] == AD_VARYING)
            return run_refuse(c, ad_config_given(c, "task") ? "task" : "data",
                              "give all one: sound: {seconds: N}, or text: {length: N}",
                              "task similarity takes examples of one size, and those of %s differ "
                              "in length",
                              data->input[i].name);
        else if (data->input[i].shape.rank >= AD_RANK_MAX - 1)
            return run_refuse(c, ad_config_given(c, "task") ? "task" : "data", "give it fewer axes",
                              "task similarity has no room for another axis of %s",
                              data->input[i].name);
    return AD_OK;
}

/* ---------------------------------------------------------------- groups */

typedef struct groups {
    ad_source *of;
    int64_t count, classes;
    int64_t *class; /* (count) */
    int64_t *order; /* (count): examples by class, of one in their order */
    int64_t *place; /* (count): where in it an example stands */
    int64_t *start; /* (classes + 1) */
    int size;       /* of a group */
    bool always;    /* the second is of the first's class; else with a chance of one half */
    bool anew;      /* in each epoch */
    uint64_t seed;
} groups;

static void groups_free(void *user)
{
    groups *g = user;
    ad_source_free(g->of);
    free(g->class);
    free(g->order);
    free(g->place);
    free(g->start);
    free(g);
}

/* Another example of its class; itself where there is none. */
static int64_t draw_same(const groups *g, ad_random *random, int64_t number)
{
    int64_t class = g->class[number], first = g->start[class],
            others = g->start[class + 1] - first - 1;
    if (others < 1)
        return number;
    int64_t at = first + (int64_t)ad_random_below(random, (uint64_t)others);
    return g->order[at + (at >= g->place[number])];
}

/* An example of another class; itself where there is none. */
static int64_t draw_other(const groups *g, ad_random *random, int64_t number)
{
    int64_t class = g->class[number], first = g->start[class], end = g->start[class + 1],
            others = g->count - (end - first);
    if (others < 1)
        return number;
    int64_t at = (int64_t)ad_random_below(random, (uint64_t)others);
    return g->order[at + (at >= first ? end - first : 0)];
}

static void draw(const groups *g, int64_t number, uint64_t epoch, int64_t *member)
{
    uint64_t turn = g->anew ? epoch + 1 : 0;
    ad_random random = ad_random_start(g->seed ^ turn * 0x9E3779B97F4A7C15u, (uint64_t)number);
    bool alone = g->start[g->class[number] + 1] - g->start[g->class[number]] < 2,
         lonely = g->start[g->class[number] + 1] - g->start[g->class[number]] == g->count;
    bool same = g->always || (ad_random_below(&random, 2) == 0 && !alone) || lonely;
    member[0] = number;
    member[1] = same ? draw_same(g, &random, number) : draw_other(g, &random, number);
    if (g->size > 2)
        member[2] = draw_other(g, &random, number);
}

static ad_status groups_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const groups *g = user;
    const ad_source_field *field;
    int fields = ad_source_fields(g->of, &field);
    ad_array *part = calloc((size_t)fields + 1, sizeof *part);
    ad_status status = part ? AD_OK : ad_source_fail(AD_ERROR_MEMORY, "out of memory");
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        int64_t member[3];
        draw(g, number[i], epoch, member);
        for (int f = 0; f < fields; f++) {
            part[f] = into[f];
            ad_shape *s = &part[f].shape; /* without the axis of the batch */
            memmove(s->size, s->size + 1, (size_t)--s->rank * sizeof *s->size);
            part[f].data = (char *)into[f].data + (size_t)i * ad_array_bytes(&part[f]);
        }
        status = ad_source_read(g->of, member, g->size, epoch, part);
    }
    free(part);
    return status;
}

/* ---- classes */

static ad_status read_classes(groups *g, const ad_run_data *data, ad_source *part)
{
    ad_batches *b = ad_batches_new(part, .size = BLOCK, .order = AD_ORDER_AS_IS, .threads = 0);
    ad_batch batch = {.count = 0};
    ad_status status = b ? ad_batches_next(b, &batch) : ad_error_status();
    int at = b ? run_batch_field(b, data->target.name, "") : -1;
    int64_t seen = 0;
    for (; status == AD_OK && at >= 0 && batch.count > 0; status = ad_batches_next(b, &batch))
        for (int64_t i = 0; i < batch.count && seen < g->count; i++) {
            int64_t class = (int64_t)ad_array_item(&batch.array[at], i);
            g->class[seen++] = class >= 0 && class < g->classes ? class : 0;
        }
    ad_batches_free(b);
    return status == AD_OK && at >= 0 ? AD_OK : run_fail_core(AD_RUN_BAD_DATA);
}

static void sort_classes(groups *g)
{
    for (int64_t i = 0; i < g->count; i++)
        g->start[g->class[i] + 1]++;
    for (int64_t c = 0; c < g->classes; c++)
        g->start[c + 1] += g->start[c];
    for (int64_t i = 0; i < g->count; i++) { /* start: where the next of a class goes */
        g->place[i] = g->start[g->class[i]]++;
        g->order[g->place[i]] = i;
    }
    memmove(g->start + 1, g->start, (size_t)g->classes * sizeof *g->start);
    g->start[0] = 0;
}

/* Two classes, and one with two examples. */
static ad_status check_classes(const ad_config *c, const groups *g)
{
    int64_t there = 0, most = 0;
    for (int64_t i = 0; i < g->classes; i++) {
        int64_t count = g->start[i + 1] - g->start[i];
        there += count > 0;
        most = count > most ? count : most;
    }
    if (there >= 2 && most >= 2)
        return AD_OK;
    return run_refuse(c, ad_config_given(c, "task") ? "task" : "data",
                      "give several examples of two classes and more",
                      there < 2 ? "the training part has one class alone, so that nothing is to be "
                                  "told apart"
                                : "no class of the training part has two examples, so that none "
                                  "belong together");
}

static ad_source *source_of(groups *g, ad_source *part)
{
    const ad_source_field *before;
    int fields = ad_source_fields(part, &before);
    ad_source_field *after = calloc((size_t)fields + 1, sizeof *after);
    for (int f = 0; after && f < fields; f++) {
        ad_shape *s = &after[f].shape;
        after[f] = before[f];
        memmove(s->size + 1, s->size, (size_t)s->rank++ * sizeof *s->size);
        s->size[0] = g->size;
    }
    ad_source *made = after ? ad_source_new(&(ad_source_record){.count = g->count,
                                                                .field = after,
                                                                .fields = fields,
                                                                .read = groups_read,
                                                                .free = groups_free,
                                                                .user = g,
                                                                .name = "groups of examples"})
                            : NULL;
    free(after);
    return made;
}

ad_status run_groups(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made)
{
    groups *g = calloc(1, sizeof *g);
    size_t count = (size_t)ad_source_count(*made);
    if (!g)
        return no_memory();
    *g = (groups){.count = (int64_t)count,
                  .classes = data->target.classes,
                  .size = data->group,
                  .always = strcmp(loss_of(c), "contrastive") != 0,
                  .anew = part == AD_PART_TRAIN,
                  .seed = (uint64_t)c->train.seed * 4 + (uint64_t)part};
    g->class = calloc(count + 1, sizeof *g->class);
    g->order = calloc(count + 1, sizeof *g->order);
    g->place = calloc(count + 1, sizeof *g->place);
    g->start = calloc((size_t)g->classes + 2, sizeof *g->start);
    ad_status status =
        g->class && g->order && g->place && g->start ? read_classes(g, data, *made) : no_memory();
    if (status == AD_OK)
        sort_classes(g);
    if (status == AD_OK && part == AD_PART_TRAIN)
        status = check_classes(c, g);
    g->of = status == AD_OK ? ad_source_joined(made, 1) : NULL;
    ad_source *groups_of = g->of ? source_of(g, *made) : NULL;
    if (!groups_of) {
        groups_free(g);
        return status == AD_OK ? run_fail_core(AD_RUN_BAD_DATA) : status;
    }
    ad_source_free(*made);
    *made = groups_of;
    return AD_OK;
}

/* ---------------------------------------------------------------- the network */

ad_status run_check_place(const ad_config *c, ad_tensor *output)
{
    const model_list *list = &c->model->layers;
    int rank = ad_tensor_shape(output).rank;
    if (rank == 2)
        return AD_OK;
    return run_failed(AD_RUN_BAD_CONFIG,
                      config_fail_at(AD_ERROR_SHAPE, list->item[list->count - 1].at,
                                     "put - flatten before the first linear, and end with - "
                                     "linear: {out: N}, any N: the numbers of a place",
                                     "the model ends with %d axes; it has to end with (batch, "
                                     "numbers)",
                                     rank));
}

ad_tensor *run_place(const ad_config *c, ad_tensor *output)
{
    if (!c->similarity.normalize)
        return output;
    ad_tensor *square =
        (ad_sum)((ad_square)(output), AD_AXES(-1), &AD_OPTIONS(ad_reduce_options, .keep = true));
    return (ad_div)(output, (ad_sqrt)((ad_shift)(square, 1e-12)));
}

ad_tensor *run_in_groups(ad_tensor *feed)
{
    ad_shape shape = ad_tensor_shape(feed), one = {.rank = shape.rank - 1, .size = {AD_INFER}};
    memcpy(one.size + 1, shape.size + 2, (size_t)(shape.rank - 2) * sizeof *one.size);
    return (ad_reshape)(feed, one);
}

ad_status run_similarity(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                         ad_dim batch, ad_tensor *places)
{
    int64_t group = data->group, width = ad_tensor_shape(places).size[1];
    n->target = (ad_feed)(n->graph, data->target.name, data->target.type, AD_SHAPE(batch, group));
    n->output = (ad_reshape)(places, AD_SHAPE(batch, group, width));
    ad_tensor *first = (ad_slice)(n->output, 1, 0, 1, 1);
    n->prediction = n->measured = (ad_reshape)(first, AD_SHAPE(batch, width));
    n->wanted = (ad_reshape)((ad_slice)(n->target, 1, 0, 1, 1), AD_SHAPE(batch));
    n->loss = run_loss_of(c, data, n->output, n->target);
    return AD_OK;
}
