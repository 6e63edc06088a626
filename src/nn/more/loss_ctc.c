/* Connectionist temporal classification (Graves et al. 2006): the chance of all ways in which a
 * target is written over time, by a scan.
 *
 * The target is spread to places 0..2S: blank, first label, blank, ...  alpha[s] is the logarithm
 * of the chance of all ways to stand at place s after some steps:
 *
 *     alpha'[s] = logsumexp(alpha[s], alpha[s - 1], alpha[s - 2] where one may skip) + x[label[s]]
 *
 * where one may skip a blank between two labels that differ.  Before the first step alpha is 0 at
 * place 0.  Minus infinity is -1e30 within, so that every derivative is finite. */
#include <math.h>

#include "nn/more/loss.h"
#include "op/gather.h"

static const double never = -1e30;

struct ctc {
    ad_graph *graph;
    ad_tensor *x, *target, *times, *lengths; /* whole numbers as i64, lengths (batch, 1) */
    ad_dim batch, time, classes;
    int64_t labels, places;
    int64_t blank;
};

static ad_tensor *whole(const struct ctc *c, int64_t value)
{
    return ad_number(c->graph, AD_I64, (double)value);
}

/* x moved so many places on, with a number before. */
static ad_tensor *moved(const struct ctc *c, ad_tensor *x, int64_t by, double before)
{
    return ad_slice(ad_pad(x, 1, by, 0, before), 1, 0, c->places, 1);
}

/* Which places are labels of the target, not blank. */
static ad_tensor *is_label(const struct ctc *c, ad_tensor *place)
{
    ad_tensor *odd = ad_remainder(place, whole(c, 2));
    return ad_and(ad_equal(odd, whole(c, 1)), ad_less(place, ad_mul(c->lengths, whole(c, 2))));
}

/* What stands at each place, (batch, places). */
static ad_tensor *spread(const struct ctc *c, ad_tensor *place)
{
    ad_tensor *blank = whole(c, c->blank);
    ad_shape shape = AD_SHAPE(c->batch, c->places);
    if (!c->labels)
        return ad_expand(blank, shape);
    ad_tensor *which = ad_floor(ad_scale(ad_cast(place, AD_F64), 0.5));
    which = ad_minimum(ad_cast(which, AD_I64), whole(c, c->labels - 1));
    ad_tensor *label = ad_where(is_label(c, place), ad_gather(c->target, which, 1), blank);
    return gather_check(label, c->classes, "label");
}

/* x[n, t, label[n, s]], and at least -1e30: (batch, time, places). */
static ad_tensor *emitted(const struct ctc *c, ad_tensor *label)
{
    ad_tensor *row = ad_mul(ad_range(c->graph, AD_I64, c->batch), ad_size(c->x, 1));
    ad_tensor *step = ad_reshape(ad_range(c->graph, AD_I64, c->time), AD_SHAPE(1, c->time, 1));
    row = ad_add(ad_reshape(row, AD_SHAPE(c->batch, 1, 1)), step);
    label = ad_reshape(label, AD_SHAPE(c->batch, 1, c->places));
    ad_tensor *index = ad_add(ad_mul(row, ad_size(c->x, 2)), label);
    ad_tensor *e = ad_gather(ad_reshape(c->x, AD_SHAPE(AD_INFER)), index, 0);
    return ad_maximum(e, rows_number(e, never));
}

/* The logarithm of the sum of their exponentials. */
static ad_tensor *add_logs(ad_tensor *a, ad_tensor *b, ad_tensor *z)
{
    ad_tensor *most = ad_stop_gradient(ad_maximum(ad_maximum(a, b), z));
    ad_tensor *sum = ad_add(ad_exp(ad_sub(a, most)), ad_exp(ad_sub(b, most)));
    return ad_add(most, ad_log(ad_add(sum, ad_exp(ad_sub(z, most)))));
}

/* alpha after the last step of each example. */
static ad_tensor *forward(const struct ctc *c, ad_tensor *emission, ad_tensor *label,
                          ad_tensor *place)
{
    ad_tensor *low = rows_number(emission, never);
    ad_tensor *skip = ad_and(is_label(c, place), ad_not_equal(label, moved(c, label, 2, -1)));
    ad_tensor *first = ad_where(ad_equal(place, whole(c, 0)), rows_number(emission, 0), low);
    ad_loop *loop = ad_scan_begin(c->graph, false);
    ad_tensor *e = ad_scan_input(loop, emission);
    ad_tensor *alpha = ad_scan_carry(loop, ad_expand(first, AD_SHAPE(c->batch, c->places)));
    ad_tensor *two = ad_where(skip, moved(c, alpha, 2, never), low);
    ad_tensor *next = ad_add(add_logs(alpha, moved(c, alpha, 1, never), two), e);
    ad_tensor *live = ad_less(ad_scan_index(loop), c->times);
    ad_scan_update(loop, alpha, ad_where(live, next, alpha));
    ad_status status = ad_scan_end(loop);
    if (status != AD_OK)
        return graph_passed(c->graph, "ad_ctc", status);
    return ad_scan_last(loop, alpha);
}

/* Both last places: the last label, and the blank behind it. */
static ad_tensor *ended(const struct ctc *c, ad_tensor *alpha, ad_tensor *place)
{
    ad_tensor *end = ad_mul(c->lengths, whole(c, 2));
    ad_tensor *there = ad_or(ad_equal(place, end), ad_equal(place, ad_sub(end, whole(c, 1))));
    alpha = ad_where(there, alpha, rows_number(alpha, never));
    ad_tensor *most = ad_stop_gradient(ad_max(alpha, AD_AXES(-1), NULL));
    ad_tensor *sum = loss_last_sum(ad_exp(ad_sub(alpha, rows_column(most))));
    return ad_neg(ad_add(most, ad_log(sum)));
}

static ad_tensor *reduced(const struct ctc *c, ad_tensor *loss, const ad_loss_options *o)
{
    if (!o->each && o->reduction == AD_REDUCE_MEAN) {
        ad_tensor *length = ad_maximum(c->lengths, whole(c, 1));
        length = ad_cast(ad_reshape(length, AD_SHAPE(c->batch)), c->x->type);
        loss = ad_div(loss, length);
    }
    return loss_reduce("ad_ctc", loss, o);
}

static bool is_whole(const ad_tensor *x, int rank, ad_dim batch)
{
    return (x->type == AD_I32 || x->type == AD_I64) && x->shape.rank == rank &&
           x->shape.size[0] == batch;
}

static ad_tensor *check(ad_tensor *x, ad_tensor *target, ad_tensor *times, ad_tensor *lengths,
                        const ad_loss_options *o)
{
    ad_graph *graph = x->node->graph;
    ad_dim batch = x->shape.size[0], classes = x->shape.size[2];
    if ((x->type != AD_F32 && x->type != AD_F64) || x->shape.rank != 3 ||
        !is_whole(target, 2, batch) || !is_whole(times, 1, batch) || !is_whole(lengths, 1, batch) ||
        target->shape.size[1] < 0 || classes < 0)
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "ad_ctc: log_probs are (batch, time, classes) of f32 or f64, here %s, "
                            "target (batch, labels), here %s, and both lengths (batch) of i32 or "
                            "i64; classes and labels are sizes that are known",
                            graph_shape_text(graph, &x->shape),
                            graph_shape_text(graph, &target->shape));
    if (o->blank < 0 || o->blank >= classes)
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_ctc: .blank is %lld; classes are 0 to %lld", (long long)o->blank,
                            (long long)classes - 1);
    return NULL;
}

/* Lengths, not above the sizes of what they are of. */
static struct ctc open_ctc(ad_tensor *x, ad_tensor *target, ad_tensor *times, ad_tensor *lengths,
                           const ad_loss_options *o)
{
    struct ctc c = {.graph = x->node->graph,
                    .x = x,
                    .blank = o->blank,
                    .batch = x->shape.size[0],
                    .time = x->shape.size[1],
                    .classes = x->shape.size[2],
                    .labels = target->shape.size[1]};
    c.places = 2 * c.labels + 1;
    c.target = ad_cast(target, AD_I64);
    c.lengths = gather_check(ad_cast(lengths, AD_I64), c.labels + 1, "target length");
    c.lengths = ad_reshape(c.lengths, AD_SHAPE(c.batch, 1));
    c.times = ad_cast(times, AD_I64);
    if (c.time > 0)
        c.times = gather_check(c.times, c.time + 1, "input length");
    c.times = ad_reshape(c.times, AD_SHAPE(c.batch, 1));
    return c;
}

ad_tensor *ad_ctc(ad_tensor *log_probs, ad_tensor *target, ad_tensor *input_length,
                  ad_tensor *target_length, const ad_loss_options *options)
{
    ad_loss_options o;
    ad_tensor *in[] = {log_probs, target, input_length, target_length};
    ad_tensor *poison = graph_check(ad_tensor_graph(log_probs), "ad_ctc", in, 4);
    poison = poison ? poison : loss_settle("ad_ctc", &objective_ctc, log_probs, &o, options);
    poison = poison ? poison : check(log_probs, target, input_length, target_length, &o);
    if (poison)
        return poison;
    struct ctc c = open_ctc(log_probs, target, input_length, target_length, &o);
    ad_tensor *place = ad_range(c.graph, AD_I64, c.places), *label = spread(&c, place);
    ad_tensor *alpha = forward(&c, emitted(&c, label), label, place);
    if (graph_is_poison(alpha))
        return alpha;
    ad_tensor *loss = ended(&c, alpha, place);
    ad_tensor *lost = ad_greater(loss, rows_number(loss, -0.5 * never));
    ad_tensor *instead = rows_number(loss, o.zero_infinity ? 0 : HUGE_VAL);
    return reduced(&c, ad_where(lost, instead, loss), &o);
}

static const ad_option ctc_rows[] = {
    ROW_WHOLE(ad_loss_options, blank, 0, 1e9, "blank_id", "the class that stands for no label"),
    ROW_TRUTH(ad_loss_options, zero_infinity, NULL, "targets that cannot be written cost 0")};

const ad_record objective_ctc = {
    .name = "ctc",
    .help = "labels in an order, at times that nobody said (Graves et al. 2006)",
    .formula =
        "- log of the sum over all ways to write the target, with blanks and repeats, of the "
        "product of their chances",
    AD_RECORD_OPTIONS(ctc_rows, loss_initial)};
