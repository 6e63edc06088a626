/* Mistakes made with ops while a graph is built; the cases of test_misuse.c. */
#ifndef MISUSE_BUILDING_H
#define MISUSE_BUILDING_H

#include "misuse.h"

static void shapes(void)
{
    HEADING("Shapes that do not fit");
    BUILD("a product whose inner sizes differ", ad_matmul(x, floats(AD_SHAPE(3, 5))));
    BUILD("a product whose batches differ",
          ad_matmul(floats(AD_SHAPE(2, 3, 4)), floats(AD_SHAPE(5, 4, 3))));
    BUILD("a product with a single number", ad_matmul(x, ad_number(graph, AD_F32, 2)));
    BUILD("ad_mm of three axes", ad_mm(floats(AD_SHAPE(2, 3, 4)), floats(AD_SHAPE(4, 3))));
    BUILD("ad_dot of a matrix", ad_dot(x, floats(AD_SHAPE(4))));
    BUILD("ad_dot of vectors of two lengths", ad_dot(floats(AD_SHAPE(3)), floats(AD_SHAPE(4))));
    BUILD("ad_matmul of a matrix and a vector that is too short",
          ad_matmul(x, floats(AD_SHAPE(3))));
    BUILD("a sum that does not broadcast", ad_add(x, floats(AD_SHAPE(3))));
    BUILD("two open dimensions in one axis",
          ad_add(x, ad_feed(graph, "z", AD_F32, AD_SHAPE(ad_open(graph, "time"), 4))));
    BUILD("an open dimension against a number", ad_add(x, floats(AD_SHAPE(64, 4))));
    BUILD("a reshape that loses elements", ad_reshape(image, AD_SHAPE(batch, 100)));
    BUILD("a reshape of an open size that does not divide", ad_reshape(x, AD_SHAPE(AD_INFER, 3)));
    BUILD("a reshape with two unknown sizes", ad_reshape(x, AD_SHAPE(AD_INFER, AD_INFER)));
    BUILD("a reshape to -1, which is AD_INFER elsewhere", ad_reshape(x, AD_SHAPE(-1, 2)));
    BUILD("ad_flatten of a single number", ad_flatten(ad_number(graph, AD_F32, 2)));
    BUILD("an expand that shrinks", ad_expand(floats(AD_SHAPE(3)), AD_SHAPE(2)));
    BUILD("a transpose that names an axis twice", ad_transpose(x, AD_AXES(0, 0)));
    BUILD("a transpose that leaves axes out", ad_transpose(image, AD_AXES(1, 0)));
    BUILD("nine axes", floats((ad_shape){.rank = 9}));
    BUILD("axes below zero", floats((ad_shape){.rank = -1}));
    BUILD("a feed with a size of -1", ad_feed(graph, "z", AD_F32, AD_SHAPE(4, -1)));
    BUILD("a size of -7", floats(AD_SHAPE(-7)));
    BUILD("AD_INFER where nothing can be inferred", floats(AD_SHAPE(AD_INFER, 3)));
    BUILD("a constant of an open size", ad_constant(graph, ad_f32(NULL, AD_SHAPE(batch))));
    BUILD("a constant without data", ad_constant(graph, ad_f32(NULL, AD_SHAPE(3))));
    BUILD("a range of a negative count", ad_range(graph, AD_I32, -5));
}

static void places(void)
{
    HEADING("Axes, slices, rows by number");
    BUILD("a sum over an axis that is not there", ad_sum(x, AD_AXES(2)));
    BUILD("a mean over one axis twice", ad_mean(x, AD_AXES(1, -1)));
    BUILD("nine axes to sum over", ad_sum(x, (ad_axes){.count = 9}));
    BUILD("ad_argmax along a missing axis", ad_argmax(x, -3));
    BUILD("ad_argmax of an empty axis", ad_argmax(floats(AD_SHAPE(3, 0)), 1));
    BUILD("ad_size of a missing axis", ad_size(x, 2));
    BUILD("ad_softmax along a missing axis", ad_softmax(x, 2));
    BUILD("a slice of a missing axis", ad_slice(x, 3, 0, 1, 1));
    BUILD("a slice with a step of 0", ad_slice(x, 1, 0, 4, 0));
    BUILD("a slice past the end", ad_slice(x, 1, 2, 9, 1));
    BUILD("ad_concat of nothing", ad_concat(NULL, 0, 0));
    BUILD("ad_concat of two types",
          ad_concat((ad_tensor *[]){floats(AD_SHAPE(2)), integers(AD_SHAPE(2))}, 2, 0));
    BUILD("ad_concat of parts that do not line up",
          ad_concat((ad_tensor *[]){floats(AD_SHAPE(2, 3)), floats(AD_SHAPE(2, 4))}, 2, 0));
    BUILD("a padding below 0", ad_pad(x, 1, -1, 0, 0));
    BUILD("ad_gather by floats", ad_gather(floats(AD_SHAPE(5, 2)), x, 0));
    BUILD("ad_gather along a missing axis", ad_gather(floats(AD_SHAPE(5, 2)), label, 2));
    BUILD("ad_scatter_add of a part of the wrong shape",
          ad_scatter_add(floats(AD_SHAPE(5, 2)), integers(AD_SHAPE(3)), floats(AD_SHAPE(3)), 0));
    BUILD("one_hot of no class", ad_one_hot(label, 0, AD_F32));
    BUILD("one_hot of floats", ad_one_hot(x, 10, AD_F32));
}

static void types(void)
{
    HEADING("Element types that do not fit");
    BUILD("a sum of f32 and i32", ad_add(ad_sum(x, AD_AXES(1)), label));
    BUILD("a square root of integers", ad_sqrt(label));
    BUILD("ad_and of floats", ad_and(x, x));
    BUILD("ad_where with a condition of floats", ad_where(x, x, x));
    BUILD("a product of integers", ad_matmul(integers(AD_SHAPE(2, 2)), integers(AD_SHAPE(2, 2))));
    BUILD("a mean of integers", ad_mean(label, AD_ALL));
    BUILD("a sum of bools", ad_sum(ad_less(x, x), AD_ALL));
    BUILD("a softmax of integers", ad_softmax(label, 0));
    BUILD("normal numbers as integers", ad_normal(graph, AD_I32, AD_SHAPE(3), 0, 1));
    BUILD("a cast to no type", ad_cast(x, (ad_type)99));
    BUILD("a feed of no type", ad_feed(graph, "z", (ad_type)99, AD_SHAPE(2)));
    BUILD("numbers of no type", full((ad_type)99, AD_SHAPE(2)));
    BUILD("a constant of no type",
          ad_constant(graph,
                      (ad_array){.type = (ad_type)99, .shape = AD_SHAPE(1), .data = &(float){1}}));
    BUILD("a sum of bf16", ad_add(ad_full(graph, AD_BF16, AD_SHAPE(2), 1), x));
}

static void operands(void)
{
    HEADING("Operands that are no operands");
    BUILD("an op of NULL", ad_relu(NULL));
    BUILD("a sum with NULL", ad_add(x, NULL));
    BUILD("a name that nothing has", ad_relu(ad_find(graph, "imgae")));
    BUILD("the first of two mistakes is told",
          ad_matmul(ad_add(x, floats(AD_SHAPE(3))), floats(AD_SHAPE(9, 9))));
    BUILD("a tensor of another graph", ad_add(x, of_another_graph()));
    BUILD("a layer of NULL", ad_linear(NULL, .out = 3));
    BUILD("a graph that is NULL", ad_feed(NULL, "x", AD_F32, AD_SHAPE(1)));
    REFUSED("a graph of a context that is NULL", ad_graph_new(NULL));
    BUILD("ad_call with a tensor of another type",
          ad_call(ad_relu(x), (ad_tensor *[]){x}, (ad_tensor *[]){label}, 1));
    BUILD("a rate of dropout above 1", ad_dropout(x, .rate = 20));
    BUILD("dropout of integers", ad_dropout(label));
    BUILD("uniform numbers from 1 to 0", ad_uniform(graph, AD_F32, AD_SHAPE(3), 1, 0));
    BUILD("a negative deviation", ad_normal(graph, AD_F32, AD_SHAPE(3), 0, -1));
    BUILD("a device that is not there", (ad_device(graph, 3), ad_relu(x)));
}

static ad_tensor *open_scopes(int count)
{
    for (int i = 0; i < count; i++)
        ad_scope_begin(graph, "block");
    return weight();
}

static void names(void)
{
    HEADING("Variables, names, scopes");
    BUILD("two variables of one name", ad_mul(weight(), weight()));
    BUILD("two layers of one name",
          ad_linear(ad_linear(x, .out = 4, .name = "fc"), .out = 4, .name = "fc"));
    BUILD("a feed with a name that is taken", ad_feed(graph, "x", AD_F32, AD_SHAPE(2)));
    BUILD("a feed without a name", ad_feed(graph, NULL, AD_F32, AD_SHAPE(2)));
    BUILD("a variable of open size", ad_variable(graph, "w", ad_scale(x, 0)));
    BUILD("a variable whose first value needs a feed",
          ad_variable(graph, "w", ad_feed(graph, "start", AD_F32, AD_SHAPE(4))));
    BUILD("a variable whose first value is another variable",
          ad_variable(graph, "copy", ad_scale(weight(), 2)));
    BUILD("a variable without a first value", ad_variable(graph, "w", NULL));
    BUILD("a buffer without a name", ad_buffer(graph, NULL, floats(AD_SHAPE(2))));
    BUILD("an open dimension with a space", floats(AD_SHAPE(ad_open(graph, "batch size"))));
    BUILD("scopes that are never closed", open_scopes(1000));
    BUILD("a scope without a name", (ad_scope_begin(graph, NULL), weight()));
    BUILD("a scope closed twice", (ad_scope_end(graph), weight()));
    BUILD("an assignment to a feed", ad_assign(loss(), x, x));
    BUILD("an assignment of another shape", ad_assign(x, weight(), floats(AD_SHAPE(5))));
}

#endif
