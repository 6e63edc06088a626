/* Loops of attention, instruction by instruction as op/attention.c has them as graphs. */
#include "cpu/attention_loop.h"

#include <float.h>

#include "op/reduce.h"
#include "op/row.h"

static void begin(struct attention_loop *l, const struct attention_scores *a)
{
    *l = (struct attention_loop){.loop = {.dims = 2,
                                          .column_dims = 1,
                                          .extent = {a->queries, a->keys},
                                          .reg = l->reg,
                                          .operand = l->operand,
                                          .instruction = l->instruction,
                                          .part = l->part,
                                          .stage = l->stage}};
}

static int reg(struct attention_loop *l, ad_type type, enum loop_class class, double constant)
{
    l->reg[l->loop.regs] =
        (struct loop_register){.type = type, .class = class, .constant = constant};
    return l->loop.regs++;
}

static int operand(struct attention_loop *l, ad_type type, int64_t row, int64_t column,
                   bool written)
{
    int i = l->loop.operands++;
    l->operand[i] = (struct loop_operand){
        .value = i, .type = type, .stride = {row, column}, .written = written};
    return i;
}

static void emit(struct attention_loop *l, struct loop_instruction instruction)
{
    l->instruction[l->loop.instructions++] = instruction;
}

static int load(struct attention_loop *l, int from)
{
    int out = reg(l, l->operand[from].type, LOOP_FULL, 0);
    emit(l, (struct loop_instruction){
                .kind = LOOP_LOAD, .out = out, .in = {-1, -1, -1}, .operand = from});
    return out;
}

static void store(struct attention_loop *l, int r, int to)
{
    emit(l, (struct loop_instruction){
                .kind = LOOP_STORE, .out = -1, .in = {r, -1, -1}, .operand = to});
}

/* y = op(x, z) or, with w, op(x, z, w); -1 for what op does not have. */
static int compute(struct attention_loop *l, const struct op *op, ad_type type, int x, int z, int w)
{
    int out = reg(l, type, LOOP_FULL, 0);
    emit(l, (struct loop_instruction){.kind = LOOP_COMPUTE, .op = op, .out = out, .in = {x, z, w}});
    return out;
}

static int row(struct attention_loop *l, const struct op *op, int x)
{
    int out = reg(l, l->reg[x].type, LOOP_ROW, 0);
    emit(l, (struct loop_instruction){
                .kind = LOOP_ROW_REDUCE, .op = op, .out = out, .in = {x, -1, -1}});
    return out;
}

/* 1 / x of a row's number */
static int reciprocal(struct attention_loop *l, int x)
{
    ad_type type = l->reg[x].type;
    int one = reg(l, type, LOOP_CONSTANT, 1), out = reg(l, type, LOOP_ROW, 0);
    emit(l, (struct loop_instruction){
                .kind = LOOP_COMPUTE, .op = &op_div, .out = out, .in = {one, x, -1}});
    return out;
}

/* Which keys are in sight: a register of truths, -1 where all are. */
static int in_sight(struct attention_loop *l, const struct attention_scores *a)
{
    int mask = a->masked ? operand(l, AD_BOOL, a->mask_query, a->mask_key, false) : -1;
    int past = a->causal ? operand(l, AD_BOOL, -1, 1, false) : -1;
    if (!a->masked || !a->causal)
        return a->masked ? load(l, mask) : a->causal ? load(l, past) : -1;
    return compute(l, &op_and, AD_BOOL, load(l, mask), load(l, past), -1);
}

/* A row's number; 0 for one that is not finite. */
static int finite(struct attention_loop *l, int x)
{
    ad_type type = l->reg[x].type;
    int is = reg(l, AD_BOOL, LOOP_ROW, 0), zero = reg(l, type, LOOP_CONSTANT, 0),
        out = reg(l, type, LOOP_ROW, 0);
    emit(l, (struct loop_instruction){
                .kind = LOOP_COMPUTE, .op = &op_is_finite, .out = is, .in = {x, -1, -1}});
    emit(l, (struct loop_instruction){
                .kind = LOOP_COMPUTE, .op = &op_where, .out = out, .in = {is, x, zero}});
    return out;
}

/* x in sight, else the constant. */
static int choose(struct attention_loop *l, ad_type type, int seen, int x, double otherwise)
{
    if (seen < 0)
        return x;
    return compute(l, &op_where, type, seen, x, reg(l, type, LOOP_CONSTANT, otherwise));
}

bool attention_loop_weights(struct attention_loop *l, const struct attention_scores *a)
{
    ad_type type = a->type;
    begin(l, a);
    int s = operand(l, type, a->apart, 1, false), p = operand(l, type, a->apart, 1, true);
    int x = load(l, s), seen = in_sight(l, a);
    x = compute(l, &op_mul, type, reg(l, type, LOOP_CONSTANT, a->scale), x, -1);
    x = choose(l, type, seen, x, type == AD_F64 ? -DBL_MAX : -FLT_MAX);
    x = compute(l, &op_exp, type, compute(l, &op_sub, type, x, row(l, &op_max, x), -1), -1, -1);
    x = compute(l, &op_mul, type, x, reciprocal(l, row(l, &op_sum, x)), -1);
    store(l, choose(l, type, seen, x, 0), p);
    return loop_finish(&l->loop);
}

bool attention_loop_gradient(struct attention_loop *l, const struct attention_scores *a)
{
    ad_type type = a->type;
    begin(l, a);
    int dp = load(l, operand(l, type, a->apart, 1, false));
    int p = load(l, operand(l, type, a->apart, 1, false));
    int ds = operand(l, type, a->apart, 1, true), seen = in_sight(l, a);
    dp = choose(l, type, seen, dp, 0);
    int total = row(l, &op_sum, compute(l, &op_mul, type, p, dp, -1));
    if (seen >= 0)
        total = finite(l, total);
    int x = compute(l, &op_mul, type, p, compute(l, &op_sub, type, dp, total, -1), -1);
    x = compute(l, &op_mul, type, reg(l, type, LOOP_CONSTANT, a->scale), x, -1);
    store(l, x, ds);
    return loop_finish(&l->loop);
}
