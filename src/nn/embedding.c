/* Rows of a table by number. */
#include "base/option.h"
#include "nn/layer.h"
#include "nn/record.h"

static ad_tensor *check(const struct layer *layer, ad_tensor *index, const ad_embedding_options *o)
{
    if (index->type != AD_I32 && index->type != AD_I64)
        return layer_mistake(layer, AD_ERROR_TYPE,
                             "the index is %s and has to be i32 or i64; ad_cast it",
                             ad_type_name(index->type));
    if (o->weight)
        return layer_check_shared(layer, o->weight, o->count, o->width);
    if (o->type != AD_F32 && o->type != AD_F64)
        return layer_mistake(layer, AD_ERROR_TYPE, ".type is %s; a table is f32 or f64",
                             ad_type_name(o->type));
    if (o->count > 0 && o->width > 0)
        return layer_check_normal(layer, "normal", o->normal);
    return layer_mistake(
        layer, AD_ERROR_ARGUMENT,
        ".count is %lld and .width %lld; give the rows of the table and the features "
        "of each, .count = 1000, .width = 64 for example",
        (long long)o->count, (long long)o->width);
}

static ad_tensor *table(const struct layer *layer, const ad_embedding_options *o)
{
    ad_shape shape = AD_SHAPE(o->count, o->width);
    return layer_variable(layer, AD_ROLE_TABLE, "weight",
                          ad_normal(layer->graph, layer->type, shape, 0, o->normal));
}

ad_tensor *ad_embedding(ad_tensor *index, const ad_embedding_options *options)
{
    struct layer layer = {.graph = ad_tensor_graph(index), .kind = "embedding"};
    ad_embedding_options o = AD_OPTIONS(ad_embedding_options);
    ad_status status = options_read(ad_embedding_options, &o, options);
    ad_tensor *poison = graph_passed(layer.graph, "ad_embedding", status);
    poison = poison ? poison : graph_check(layer.graph, layer.kind, &index, 1);
    if (poison)
        return poison;
    layer.name = graph_layer_name(layer.graph, layer.kind, o.name);
    layer.type = o.weight ? o.weight->type : o.type;
    poison = check(&layer, index, &o);
    return poison ? poison : ad_gather(o.weight ? o.weight : table(&layer, &o), index, 0);
}

/* ---------------------------------------------------------------- record */

static const ad_option rows[] = {
    {.name = "width",
     .type = AD_OPTION_WHOLE,
     .required = true,
     .offset = offsetof(ad_embedding_options, width),
     ROW_RANGE(1, 1e6),
     .also = "dim out size features embedding_dim output_dim embed_dim",
     .help = "features of each row"},
    ROW_WHOLE(ad_embedding_options, count, 0, 1e9,
              "num_embeddings n_embeddings vocab vocab_size input_dim rows",
              "rows of the table; 0: as many as the input has classes"),
    {.name = "normal",
     .type = AD_OPTION_NUMBER,
     .offset = offsetof(ad_embedding_options, normal),
     ROW_RANGE(0, 1000),
     .also = "std init_std initializer_range",
     .help = "deviation of its first values"},
    ROW_NAME(ad_embedding_options),
};

static const ad_embedding_options initial = AD_OPTIONS_INIT(ad_embedding_options);

static ad_tensor *make(ad_tensor *const *in, int count, const void *options)
{
    (void)count;
    return ad_embedding(in[0], options);
}

const ad_layer_record layer_embedding = {.record = {.name = "embedding",
                                                    .help = "a learned row for each whole number",
                                                    .also = "embed lookup",
                                                    AD_RECORD_OPTIONS(rows, initial)},
                                         ONE_INPUT,
                                         .time = AD_TIME_KEPT,
                                         .make = make};
