/* What losses beyond the core share. */
#include "nn/more/loss.h"

#include "op/gather.h"

static ad_tensor *settle_number(const char *call, ad_tensor *x, const ad_option *row,
                                const ad_record *record, ad_loss_options *o)
{
    double *value = (double *)(void *)((char *)o + row->offset);
    if (*value == AD_AUTO)
        *value = *(const double *)(const void *)((const char *)record->initial + row->offset);
    bool fits = *value >= row->low && *value <= row->high;
    if (fits && !(row->above_low && *value == row->low) &&
        !(row->below_high && *value == row->high))
        return NULL;
    return graph_poison(ad_tensor_graph(x), AD_ERROR_ARGUMENT,
                        "%s: .%s is %g; it lies %s %g and %s%g", call, row->name, *value,
                        row->above_low ? "above" : "between", row->low,
                        row->below_high ? "below " : "", row->high);
}

ad_tensor *loss_settle(const char *call, const ad_record *record, ad_tensor *x, ad_loss_options *o,
                       const ad_loss_options *options)
{
    ad_tensor *poison = loss_read(call, record, x, o, options);
    for (int i = 0; !poison && i < record->options; i++)
        if (record->option[i].type == AD_OPTION_NUMBER)
            poison = settle_number(call, x, &record->option[i], record, o);
    return poison;
}

ad_tensor *loss_last_sum(ad_tensor *x)
{
    return ad_sum(x, AD_AXES(-1), NULL);
}

ad_tensor *loss_power(ad_tensor *x, double p)
{
    if (graph_is_poison(x) || p == 1)
        return x;
    return p == 2 ? ad_square(x) : ad_pow(x, rows_number(x, p));
}

ad_tensor *loss_root(ad_tensor *x)
{
    if (graph_is_poison(x))
        return x;
    ad_tensor *above = ad_not_equal(x, rows_number(x, 0));
    return ad_where(above, ad_sqrt(ad_where(above, x, rows_number(x, 1))), rows_number(x, 0));
}

ad_tensor *loss_zero_where(ad_tensor *condition, ad_tensor *x)
{
    return graph_is_poison(x) ? x : ad_where(condition, rows_number(x, 0), x);
}

/* What is not finite, as NaN: of each element or row. */
static ad_tensor *soundness(ad_tensor *x, ad_tensor *target, bool rows)
{
    ad_tensor *check = ad_add(ad_sub(x, x), ad_sub(target, target));
    return rows ? loss_last_sum(check) : check;
}

static ad_tensor *check_real(const char *call, ad_tensor *x, bool rows)
{
    ad_graph *graph = ad_tensor_graph(x);
    ad_tensor *poison = graph_passed(graph, call, rows_check_real(x, "x"));
    if (poison || !rows || x->shape.rank)
        return poison;
    return graph_poison(graph, AD_ERROR_SHAPE, "%s: x needs an axis of classes, the last one",
                        call);
}

ad_tensor *loss_of_alike(const char *call, const ad_record *record, ad_tensor *x, ad_tensor *target,
                         const ad_loss_options *options, loss_rule *rule, bool rows)
{
    ad_loss_options o;
    ad_tensor *poison = loss_alike(call, x, target);
    poison = poison ? poison : check_real(call, x, rows);
    poison = poison ? poison : loss_settle(call, record, x, &o, options);
    poison = poison ? poison : loss_class_weight(call, &o, x);
    if (poison && (graph_is_poison(poison) || poison != o.class_weight))
        return poison;
    ad_tensor *out = o.weight ? loss_hidden(&o, soundness(x, target, rows)) : NULL;
    if (out && rows)
        out = rows_column(out);
    return loss_reduce(call, rule(loss_without(x, out), loss_without(target, out), &o), &o);
}

ad_tensor *loss_class_weight(const char *call, const ad_loss_options *o, const ad_tensor *x)
{
    ad_tensor *w = o->class_weight;
    if (!w)
        return NULL;
    ad_graph *graph = x->node->graph;
    ad_tensor *poison = graph_check(graph, call, &w, 1);
    if (poison)
        return poison;
    if (w->type == x->type && w->shape.rank == 1 && x->shape.rank &&
        w->shape.size[0] == x->shape.size[x->shape.rank - 1])
        return w;
    return graph_poison(graph, AD_ERROR_SHAPE,
                        "%s: .class_weight is %s %s; there has to be one number of x's type for "
                        "each class of x, %s %s",
                        call, ad_type_name(w->type), graph_shape_text(graph, &w->shape),
                        ad_type_name(x->type), graph_shape_text(graph, &x->shape));
}

ad_tensor *loss_is_label(const char *call, ad_tensor *logits, ad_tensor *label)
{
    ad_tensor *in[] = {logits, label};
    ad_graph *graph = ad_tensor_graph(logits);
    ad_tensor *poison = graph_check(graph, call, in, 2);
    poison = poison ? poison : check_real(call, logits, true);
    if (poison)
        return poison;
    ad_shape rows = logits->shape;
    ad_dim classes = rows.size[--rows.rank];
    if ((label->type != AD_I32 && label->type != AD_I64) ||
        !graph_shapes_equal(&rows, &label->shape))
        return graph_poison(graph, AD_ERROR_SHAPE,
                            "%s: logits %s want labels of i32 or i64 %s, not %s %s", call,
                            graph_shape_text(graph, &logits->shape), graph_shape_text(graph, &rows),
                            ad_type_name(label->type), graph_shape_text(graph, &label->shape));
    ad_tensor *range = ad_range(graph, label->type, classes);
    return ad_equal(rows_column(gather_check(label, classes, "label")), range);
}

/* ---------------------------------------------------------------- the list of objectives */

static const ad_record *const objectives[] = {
#define OBJECTIVE(name) &objective_##name,
#include "nn/more/objectives.def"
#undef OBJECTIVE
};

const ad_record *ad_objective_at(int i)
{
    return i >= 0 && i < (int)(sizeof objectives / sizeof *objectives) ? objectives[i] : NULL;
}
