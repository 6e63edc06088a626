/* Tables of embeddings with a row for padding and a largest norm, and bags of their rows.
 *
 * A table is asked for rows by gather, whose gradient adds up in the numbered rows alone.  What is
 * scaled to the largest norm stands for the row while the gradient goes by it: y = stop(scaled) +
 * (row - stop(row)). */
#include <math.h>

#include <adze/ops.h>

#include "base/option.h"
#include "core/dim.h"
#include "nn/layer.h"
#include "nn/record.h"
#include "op/rows.h"

struct table {
    struct layer layer;
    ad_table_options o;
    ad_tensor *weight, *index, *inside; /* inside: bool (batch, most, 1), or NULL */
    ad_tensor *bag; /* of a flat list: each number's bag, i32 (count); or NULL */
};

static bool options_fit(const struct table *t, bool bag)
{
    const ad_table_options *o = &t->o;
    int64_t rows = o->weight ? o->weight->shape.size[0] : o->count;
    return (o->weight || o->width > 0) && rows > 0 &&
           (bag || !(o->length || o->sample_weight || o->mode || o->offset)) &&
           (o->offset ? !o->length : !o->last_offset) &&
           (o->padding == AD_SAME || (o->padding >= 0 && o->padding < rows)) &&
           (o->max_norm == AD_AUTO || o->max_norm > 0) && o->norm_type >= 1;
}

static ad_tensor *check(const struct table *t, ad_tensor *index, bool bag)
{
    const ad_table_options *o = &t->o;
    bool whole = index->type == AD_I32 || index->type == AD_I64;
    if (!whole || (bag && index->shape.rank != (o->offset ? 1 : 2)) ||
        (t->layer.type != AD_F32 && t->layer.type != AD_F64))
        return layer_mistake(&t->layer, AD_ERROR_TYPE,
                             "the index is %s %s and the table %s; they are i32 or i64, of a bag "
                             "(batch, most) or with .offset (count), and f32 or f64",
                             ad_type_name(index->type),
                             graph_shape_text(t->layer.graph, &index->shape),
                             ad_type_name(t->layer.type));
    if (!options_fit(t, bag))
        return layer_mistake(&t->layer, AD_ERROR_ARGUMENT,
                             ".count and .width have to be given, .padding is a row, .max_norm "
                             "above 0, .norm_type 1 or more, and all else is for bags");
    return o->weight ? layer_check_shared(&t->layer, o->weight, o->count, o->width)
                     : layer_check_normal(&t->layer, "normal", o->normal);
}

/* Whether each number is the row of padding. */
static ad_tensor *is_padding(const struct table *t, ad_tensor *index)
{
    return ad_equal(index, rows_number(index, (double)t->o.padding));
}

static ad_tensor *new_table(const struct table *t)
{
    ad_graph *graph = t->layer.graph;
    ad_tensor *initial =
        ad_normal(graph, t->layer.type, AD_SHAPE(t->o.count, t->o.width), 0, t->o.normal);
    if (t->o.padding != AD_SAME) {
        ad_tensor *row = rows_column(is_padding(t, ad_range(graph, AD_I32, t->o.count)));
        initial = ad_where(row, ad_number(graph, t->layer.type, 0), initial);
    }
    return layer_variable(&t->layer, AD_ROLE_TABLE, "weight", initial);
}

static ad_tensor *begin(struct table *t, const char *kind, ad_tensor *index,
                        const ad_table_options *options, bool bag)
{
    *t = (struct table){.layer = {.graph = ad_tensor_graph(index), .kind = kind},
                        .o = AD_OPTIONS(ad_table_options),
                        .index = index};
    ad_status status = options_read(ad_table_options, &t->o, options);
    ad_tensor *poison = graph_passed(t->layer.graph, kind, status);
    poison = poison ? poison : graph_check(t->layer.graph, kind, &index, 1);
    if (poison || (t->o.weight && (poison = graph_check(t->layer.graph, kind, &t->o.weight, 1))))
        return poison;
    t->layer.name = graph_layer_name(t->layer.graph, kind, t->o.name);
    t->layer.type = t->o.weight ? t->o.weight->type : t->o.type;
    poison = check(t, index, bag);
    if (poison)
        return poison;
    t->weight = t->o.weight ? t->o.weight : new_table(t);
    return graph_is_poison(t->weight) ? t->weight : NULL;
}

/* Of rows (..., width): what each is to be multiplied by, (..., 1). */
static ad_tensor *shrink(const struct table *t, ad_tensor *rows)
{
    double p = t->o.norm_type;
    ad_tensor *size = ad_abs(rows), *norm;
    if (p == INFINITY)
        norm = rows_maximum(size, -1);
    else if (p == 1 || p == 2)
        norm = p == 1 ? rows_sum(size, -1) : ad_sqrt(rows_sum(ad_square(rows), -1));
    else
        norm = ad_pow(rows_sum(ad_pow(size, rows_number(size, p)), -1), rows_number(size, 1 / p));
    ad_tensor *most = rows_number(norm, t->o.max_norm);
    return ad_where(ad_greater(norm, most), ad_div(most, ad_shift(norm, 1e-7)),
                    rows_number(norm, 1));
}

/* In training runs the rows that were asked for are stored so; the assignment belongs to y. */
static ad_tensor *store(const struct table *t, ad_tensor *y)
{
    ad_dim rows = t->weight->shape.size[0];
    ad_tensor *zeros = ad_full(t->layer.graph, AD_I32, AD_SHAPE(rows), 0), *list = t->index;
    ad_tensor *counts = t->inside ? ad_reshape(t->inside, list->shape) : ad_equal(list, list);
    ad_tensor *ones = ad_cast(counts, AD_I32);
    ad_tensor *asked = rows_column(ad_greater(ad_scatter_add(zeros, list, ones, 0), zeros));
    ad_tensor *now = ad_pending(t->weight);
    return ad_assign(y, t->weight, ad_where(asked, ad_mul(now, shrink(t, now)), now));
}

/* The rows asked for, (..., width). */
static ad_tensor *rows_of(struct table *t)
{
    ad_tensor *rows = ad_gather(t->weight, t->index, 0);
    if (graph_is_poison(rows))
        return rows;
    if (t->o.max_norm != AD_AUTO) {
        ad_tensor *given = rows, *scaled = ad_mul(rows, shrink(t, rows));
        rows = ad_add(ad_stop_gradient(scaled), ad_sub(given, ad_stop_gradient(given)));
    }
    if (t->o.padding != AD_SAME)
        rows = ad_where(rows_column(is_padding(t, t->index)), ad_stop_gradient(rows), rows);
    return rows;
}

static ad_tensor *finished(const struct table *t, ad_tensor *y)
{
    return graph_is_poison(y) || t->o.max_norm == AD_AUTO ? y : store(t, y);
}

ad_tensor *ad_padded_embedding(ad_tensor *index, const ad_table_options *options)
{
    struct table t;
    ad_tensor *poison = begin(&t, "padded_embedding", index, options, false);
    return poison ? poison : finished(&t, rows_of(&t));
}

/* ---------------------------------------------------------------- bags */

/* Sets t->inside, and numbers behind a bag's end to 0. */
static ad_tensor *find_inside(struct table *t)
{
    ad_tensor *poison = layer_check_length(&t->layer, t->index, t->o.length);
    if (poison || !t->o.length)
        return poison;
    t->inside = layer_inside(&t->layer, t->index, t->o.length);
    if (graph_is_poison(t->inside))
        return t->inside;
    ad_tensor *flat = ad_reshape(t->inside, t->index->shape);
    t->index = ad_where(flat, t->index, rows_number(t->index, 0));
    return NULL;
}

static ad_tensor *without_last(ad_tensor *x)
{
    return ad_slice(x, 0, 0, -1, 1);
}

/* Sets t->bag: so many bags begin at or before each place of the list. */
static ad_tensor *find_bags(struct table *t)
{
    ad_graph *graph = t->layer.graph;
    ad_tensor *offset = t->o.offset;
    ad_tensor *poison = offset ? graph_check(graph, t->layer.kind, &offset, 1) : NULL;
    if (poison || !offset)
        return poison;
    if (offset->shape.rank != 1)
        return layer_mistake(&t->layer, AD_ERROR_SHAPE, ".offset is %s and has to be (bags)",
                             graph_shape_text(graph, &offset->shape));
    ad_dim count = t->index->shape.size[0];
    ad_tensor *none = ad_full(graph, AD_I32, AD_SHAPE(dim_add(graph, count, 1)), 0);
    ad_tensor *begin = ad_scatter_add(none, offset, ad_cast(ad_equal(offset, offset), AD_I32), 0);
    t->bag = ad_sub((ad_cumsum)(without_last(begin), 0, NULL), rows_number(begin, 1));
    return graph_is_poison(t->bag) ? t->bag : NULL;
}

/* (bags, width) of a number for each of the rows x (count, width) */
static ad_tensor *for_bags(const struct table *t, const ad_tensor *x, double value)
{
    return ad_full(t->layer.graph, x->type, AD_SHAPE(t->o.offset->shape.size[0], x->shape.size[1]),
                   value);
}

static ad_tensor *sum_of(const struct table *t, ad_tensor *x)
{
    return t->bag ? ad_scatter_add(for_bags(t, x, 0), t->bag, x, 0) : ad_sum(x, AD_AXES(1), NULL);
}

static ad_tensor *largest_of(const struct table *t, ad_tensor *x)
{
    return t->bag ? ad_scatter_along(for_bags(t, x, -INFINITY), rows_column(t->bag), x, 0,
                                     AD_SCATTER_MAX)
                  : ad_max(x, AD_AXES(1), NULL);
}

/* Which rows count: bool (batch, most, 1), or NULL: all. */
static ad_tensor *counted(const struct table *t)
{
    if (t->o.padding == AD_SAME)
        return t->inside;
    ad_tensor *other = rows_column(ad_not(is_padding(t, t->index)));
    return t->inside ? ad_and(t->inside, other) : other;
}

static ad_tensor *weighted(const struct table *t, ad_tensor *rows)
{
    ad_tensor *w = t->o.sample_weight;
    if (!w)
        return rows;
    ad_tensor *poison = graph_check(t->layer.graph, t->layer.kind, &w, 1);
    if (poison)
        return poison;
    if (t->o.mode != AD_BAG_SUM || w->type != t->layer.type ||
        !graph_shapes_equal(&w->shape, &t->index->shape))
        return layer_mistake(&t->layer, AD_ERROR_ARGUMENT,
                             ".sample_weight is for mode sum, of the table's type and the index's "
                             "shape");
    return ad_mul(rows, rows_column(w));
}

/* rows (batch, most, width), or of a flat list (count, width), to (batch, width) */
static ad_tensor *bagged(const struct table *t, ad_tensor *rows, ad_tensor *counts)
{
    bool most = t->o.mode == AD_BAG_MAX;
    ad_tensor *zero = rows_number(rows, 0);
    if (counts)
        rows = ad_where(counts, rows, rows_number(rows, most ? -INFINITY : 0));
    ad_tensor *y = most ? largest_of(t, rows) : sum_of(t, rows);
    if (t->o.mode == AD_BAG_SUM)
        return y;
    if (t->bag && !counts)
        counts = rows_column(ad_equal(t->bag, t->bag));
    ad_tensor *n = counts ? sum_of(t, ad_cast(counts, rows->type)) : rows_size(rows, 1);
    return most ? ad_where(ad_greater(n, zero), y, zero)
                : ad_div(y, ad_maximum(n, rows_number(zero, 1)));
}

ad_tensor *ad_embedding_bag(ad_tensor *index, const ad_table_options *options)
{
    struct table t;
    ad_tensor *poison = begin(&t, "embedding_bag", index, options, true);
    poison = poison ? poison : find_inside(&t);
    poison = poison ? poison : find_bags(&t);
    ad_tensor *rows = poison ? poison : weighted(&t, rows_of(&t));
    if (graph_is_poison(rows))
        return rows;
    ad_tensor *y = bagged(&t, rows, counted(&t));
    return finished(&t, t.o.last_offset ? without_last(y) : y);
}

/* ---------------------------------------------------------------- records */

#define TABLE_ROWS                                                                 \
    {.name = "width",                                                              \
     .type = AD_OPTION_WHOLE,                                                      \
     .required = true,                                                             \
     .offset = offsetof(ad_table_options, width),                                  \
     ROW_RANGE(1, 1e6),                                                            \
     .also = "dim out size features embedding_dim output_dim embed_dim",           \
     .help = "features of each row"},                                              \
        ROW_WHOLE(ad_table_options, count, 0, 1e9,                                 \
                  "num_embeddings n_embeddings vocab vocab_size input_dim rows",   \
                  "rows of the table; 0: as many as the input has classes"),       \
        {.name = "padding",                                                        \
         .type = AD_OPTION_WHOLE,                                                  \
         .offset = offsetof(ad_table_options, padding),                            \
         ROW_RANGE(0, 1e9),                                                        \
         .unset = "none",                                                          \
         .also = "padding_idx pad",                                                \
         .help = "a row that stays as it is, zeros"},                              \
        {.name = "max_norm",                                                       \
         .type = AD_OPTION_NUMBER,                                                 \
         .offset = offsetof(ad_table_options, max_norm),                           \
         ROW_RANGE(0, 1e9),                                                        \
         .above_low = true,                                                        \
         .unset = "any",                                                           \
         .also = "max",                                                            \
         .help = "rows that are longer are made so long when they are asked for"}, \
        ROW_NAME(ad_table_options)

static const ad_option rows[] = {
    {.name = "mode",
     .type = AD_OPTION_WORD,
     .words = "mean sum max",
     .offset = offsetof(ad_table_options, mode),
     .also = "how combiner reduction",
     .help = "what is made of the rows of a bag"},
    TABLE_ROWS,
};

static const ad_table_options initial = AD_OPTIONS_INIT(ad_table_options);

static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_padded_embedding(in[0], options);
}

static ad_tensor *make_bag(ad_tensor *const *in, int count, const void *options)
{
    ad_table_options o = options ? *(const ad_table_options *)options : initial;
    o.length = count > 1 ? in[1] : NULL;
    return ad_embedding_bag(in[0], &o);
}

const ad_layer_record layer_padded_embedding = {
    .record = {.name = "padded_embedding",
               .help = "embedding with a row for padding and a largest norm",
               .option = rows + 1,
               .options = (int)(sizeof rows / sizeof *rows) - 1,
               .initial = &initial,
               .size = sizeof initial},
    ONE_INPUT,
    .time = AD_TIME_KEPT,
    .make = make};

const ad_layer_record layer_embedding_bag = {
    .record = {.name = "embedding_bag",
               .help = "what is made of a list of embedding's rows",
               .also = "embeddingbag bag",
               AD_RECORD_OPTIONS(rows, initial)},
    .in_min = 1,
    .in_max = 2,
    .time = AD_TIME_TAKEN,
    .make = make_bag};
