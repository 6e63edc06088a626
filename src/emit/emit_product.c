/* Sums of products as plain C: matrix products, and the chunks that all products share.
 *
 * The terms are cut in chunks of CHUNK; each chunk is added up from 0 with fused multiply-adds, and
 * the chunks are added to the first one in order (core/order.h). */
#include <inttypes.h>

#include "core/order.h"
#include "emit/emit.h"
#include "op/matmul.h"
#include "pass/view.h"

ad_type emit_product_type(ad_type operand)
{
    return operand == AD_BF16 ? AD_F32 : operand;
}

void emit_terms(struct emit *e, ad_type type, int64_t terms)
{
    struct phrase zero = emit_number(type, 0);
    if (terms <= AD_K_CHUNK) {
        emit_line(e, "%s sum = %s;", emit_type(type), zero.text);
        return;
    }
    emit_line(e, "%s total = %s, sum = %s;", emit_type(type), zero.text, zero.text);
    emit_line(e, "int64_t terms = 0;");
}

void emit_term(struct emit *e, ad_type type, int64_t terms, const char *a, const char *b,
               bool nonzero)
{
    if (terms > AD_K_CHUNK) {
        emit_open(e, "if (terms > 0 && terms %% CHUNK == 0) {");
        emit_line(e, "total = terms == CHUNK ? sum : total + sum;");
        emit_line(e, "sum = 0;");
        emit_end(e);
        emit_line(e, "terms++;");
    }
    if (nonzero)
        emit_line(e, "if (%s != 0)", a);
    emit_line(e, "%ssum = %s(%s, %s, sum);", nonzero ? "    " : "", type == AD_F64 ? "fma" : "fmaf",
              a, b);
}

const char *emit_total(int64_t terms)
{
    return terms <= AD_K_CHUNK ? "sum" : "terms > CHUNK ? total + sum : sum";
}

/* ---- matrix products: y (..., m, n) = a (..., m, k) b (..., k, n) */

/* Names for the axes of an operand: the batch axes, then two more. */
static void name_axes(const char **name, int batches, const char *row, const char *column)
{
    static const char *const batch[] = {"b0", "b1", "b2", "b3", "b4", "b5"};
    for (int i = 0; i < batches; i++)
        name[i] = batch[i];
    name[batches] = row;
    name[batches + 1] = column;
}

/* The operand with the batch axes of the result: those it lacks or has with size 1 do not move. */
static struct view with_batches(const struct view *v, const ad_shape *result)
{
    ad_shape shape = *result;
    for (int i = 1; i <= 2; i++)
        shape.size[shape.rank - i] = v->shape.size[v->shape.rank - i];
    return view_broadcast(v, &shape);
}

void emit_matmul(struct emit *e, const struct step *step)
{
    const struct view *y = &step->out[0];
    struct view a = with_batches(&step->in[0], &y->shape),
                b = with_batches(&step->in[1], &y->shape);
    const char *left[AD_RANK_MAX], *right[AD_RANK_MAX], *result[AD_RANK_MAX];
    int batches = y->shape.rank - 2;
    int64_t k = a.shape.size[batches + 1];
    ad_type type = emit_product_type(a.type);
    name_axes(left, batches, "i", "k");
    name_axes(right, batches, "k", "j");
    name_axes(result, batches, "i", "j");
    struct phrase pa = emit_item(e, &a, left), pb = emit_item(e, &b, right);
    pa = emit_real(e, a.type, pa.text), pb = emit_real(e, b.type, pb.text);
    struct phrase py = emit_item(e, y, result);
    emit_nest(e, result, y->shape.size, y->shape.rank);
    emit_terms(e, type, k);
    emit_nest(e, (const char *const[]){"k"}, &k, 1);
    emit_term(e, type, k, pa.text, pb.text, step->node->op == &op_matmul_nonzero);
    emit_end(e);
    emit_line(e, "%s = %s;", py.text, emit_total(k));
    emit_end(e);
}
