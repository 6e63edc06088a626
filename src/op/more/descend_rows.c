/* y = base - rate scatter_add(0, index, part), as it stands there bit for bit: the parts of a row
 * are added up from +0 in rising order, and rate times the sum is taken from the row once.  Where
 * rate is a number from +0 up, rows without parts stay as they are, x - 0 rate being x, and a
 * kernel need not look at them.  pass/more/few_rows.c makes these nodes. */
#include "op/more/descend_rows.h"

#include "base/error.h"

static ad_status infer(struct infer *f)
{
    ad_type type = f->in[3]->type;
    TRY(op_scatter_add.infer(f));
    if ((type != AD_F32 && type != AD_F64) || type != f->type[0] || f->in[3]->shape.rank)
        return fail(AD_ERROR_TYPE, "the rate is one number, f32 or f64 as the base is");
    return AD_OK;
}

static void expand(ad_graph *graph, const struct node *node, ad_tensor *const *in, ad_tensor **out)
{
    ad_tensor *zeros = ad_full(graph, in[0]->type, in[0]->shape, 0);
    ad_tensor *sum = graph_node3(&op_scatter_add, node->attributes, zeros, in[1], in[2]);
    out[0] = ad_sub(in[0], ad_mul(sum, in[3]));
}

static const struct field fields[] = {FIELD(gather_attributes, axis, INT, 0)};

/* clang-format off */
#define AXIS(n) .attributes = &(const struct gather_attributes){n}
static const struct sample samples[] = {
    {.in_count = 4,
     .shape = {{2, {90, 5}}, {1, {7}}, {2, {7, 5}}, {0, {0}}},
     .type = {0, AD_I32},
     AXIS(0),
     .high = 90},
    {.in_count = 4, /* every row several times, and a rate below 0 */
     .shape = {{2, {3, 2}}, {2, {4, 5}}, {3, {4, 5, 2}}, {0, {0}}},
     .type = {0, AD_I64},
     AXIS(0),
     .low = -1,
     .high = 3},
    {.in_count = 4,
     .shape = {{1, {4}}, {1, {0}}, {1, {0}}, {0, {0}}},
     .type = {0, AD_I32},
     AXIS(0),
     .high = 4},
};
/* clang-format on */

const struct op op_descend_rows = {
    .name = "descend_rows",
    .fallible = true,
    .doc = "a base without rate times the sums of parts for the numbered rows",
    .inputs = "base (rows, b), index (i), part (i, b), rate",
    .formula = "y = base - rate scatter_add(0, index, part)",
    FIELDS(fields),
    .attribute_size = sizeof(struct gather_attributes),
    .in_min = 4,
    .in_max = 4,
    .infer = infer,
    .expand = expand,
    SAMPLES(samples)};
