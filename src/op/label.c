/* What is built from class numbers: one-hot rows and accuracy. */
#include "core/graph.h"
#include "op/gather.h"

ad_tensor *ad_one_hot(ad_tensor *index, int64_t depth, ad_type type)
{
    ad_graph *graph = ad_tensor_graph(index);
    ad_tensor *poison = graph_check(graph, "ad_one_hot", &index, 1);
    if (poison)
        return poison;
    if (index->type != AD_I32 && index->type != AD_I64)
        return graph_poison(graph, AD_ERROR_TYPE,
                            "ad_one_hot: the index is %s; it has to be i32 or "
                            "i64, see ad_cast",
                            ad_type_name(index->type));
    if (depth < 1 || index->shape.rank == AD_RANK_MAX)
        return graph_poison(
            graph, AD_ERROR_SHAPE,
            "ad_one_hot: depth %lld for an index of %d axes; there has to be a class, "
            "and room for one more axis",
            (long long)depth, index->shape.rank);
    ad_shape column = index->shape;
    column.size[column.rank++] = 1;
    ad_tensor *classes = ad_range(graph, index->type, depth);
    return ad_cast(ad_equal(ad_reshape(index, column), classes), type);
}

ad_tensor *ad_accuracy(ad_tensor *logits, ad_tensor *label)
{
    ad_tensor *in[] = {logits, label};
    ad_graph *graph = ad_tensor_graph(logits);
    ad_tensor *poison = graph_check(graph, "ad_accuracy", in, 2);
    if (poison)
        return poison;
    ad_shape rows = logits->shape;
    rows.rank--;
    if (rows.rank < 0 || !graph_shapes_equal(&rows, &label->shape))
        return graph_poison(
            graph, AD_ERROR_SHAPE,
            "ad_accuracy: logits %s and labels %s; logits (..., classes) want labels "
            "(...)",
            graph_shape_text(graph, &logits->shape), graph_shape_text(graph, &label->shape));
    ad_type type = label->type == AD_I64 ? AD_I64 : AD_I32; /* a label past 2^32 is no small one */
    ad_tensor *right = ad_equal(ad_cast(ad_argmax(logits, -1), type), ad_cast(label, type));
    return ad_mean(ad_cast(right, AD_F32), AD_ALL, NULL);
}
