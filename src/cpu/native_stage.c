/* One stage as instructions (cpu/native.h); doc/softmax-listing.md shows some with comments.
 *
 * A stage works on the strip: the vectors of elements in the registers that native.c names for it.
 * Its operand is a pointer in its struct stage (rdi + n), loaded into rax just before it is used.
 */
#include <stddef.h>

#include "core/order.h"
#include "cpu/formula.h"
#include "cpu/native_code.h"
#include "op/reduce.h"
#include "op/row.h"

/* ---- which stages */

static const struct {
    const struct op *op;
    enum arithmetic how;
} arithmetic[] = {
    {&op_add, ASM_ADD},     {&op_sub, ASM_SUB},     {&op_mul, ASM_MUL},   {&op_div, ASM_DIV},
    {&op_minimum, ASM_MIN}, {&op_maximum, ASM_MAX}, {&op_sqrt, ASM_SQRT},
};

/* 0: none */
static enum arithmetic arithmetic_of(const struct op *op)
{
    for (size_t i = 0; i < sizeof arithmetic / sizeof arithmetic[0]; i++)
        if (arithmetic[i].op == op)
            return arithmetic[i].how;
    return 0;
}

static enum loop_class class_of(const struct loop *l, int reg)
{
    return l->reg[reg].class;
}

/* A strip holds whole groups of lanes, so that it begins with lane 0. */
static bool can_reduce(const struct loop_part *part, int vector_bytes)
{
    int strip = NATIVE_VECTORS * vector_bytes / (part->type == AD_F64 ? 8 : 4);
    return strip % AD_LANES == 0;
}

bool native_has(const struct op *op)
{
    return arithmetic_of(op) || formula_exists(op);
}

bool native_is_possible(const struct loop *loop, const struct loop_part *part, int vector_bytes,
                        const struct loop_stage *s)
{
    switch (s->form) {
    case STAGE_TAKE:
    case STAGE_PUT: return class_of(loop, s->reg) == part->class;
    case STAGE_SAVE:
    case STAGE_BACK:
    case STAGE_SWAP: return true;
    case STAGE_LEFT:
    case STAGE_RIGHT: return arithmetic_of(s->op) && class_of(loop, s->reg) != LOOP_CONSTANT;
    case STAGE_REDUCE: return can_reduce(part, vector_bytes);
    case STAGE_ONE: return native_has(s->op);
    default: return arithmetic_of(s->op);
    }
}

void native_begin(struct native *n, const struct loop_part *part)
{
    n->part = part;
    n->held = NATIVE_FIRST, n->aside = NATIVE_SECOND;
    n->kept = n->first_kept;
    n->vectors = part->class == LOOP_FULL ? NATIVE_VECTORS : 1, n->ends = false;
}

/* A value of the row is in every lane of one register.  In memory it is one number, so that who
 * reads it next need not wait until it is written there. */
static bool of_row(const struct native *n)
{
    return n->part->class == LOOP_ROW;
}

/* ---- registers */

static int spare(const struct native *n)
{
    int set = NATIVE_FIRST;
    while (set == n->held || set == n->aside)
        set++;
    return set;
}

static struct place vector(int set, int k)
{
    return asm_register(set * NATIVE_VECTORS + k);
}

static void copy(struct native *n, int to, int from)
{
    for (int k = 0; k < n->vectors && to != from; k++)
        asm_load(&n->code, vector(to, k).reg, vector(from, k));
}

void native_hand_on(struct native *n)
{
    if (n->aside == NATIVE_FIRST && n->held != NATIVE_FIRST) {
        int free = n->held == NATIVE_SECOND ? NATIVE_THIRD : NATIVE_SECOND;
        copy(n, free, NATIVE_FIRST);
        n->aside = free;
    }
    copy(n, NATIVE_FIRST, n->held);
    copy(n, NATIVE_SECOND, n->aside);
}

void native_point(struct native *n, int i)
{
    asm_load_general(&n->code, RAX, RDI,
                     n->stages_at + i * (int)sizeof(struct stage) +
                         (int)offsetof(struct stage, to.at));
}

static bool is_part(const struct native *n, int k)
{
    return n->ends && k == n->vectors - 1;
}

/* Values that nobody outside of the part sees: made and read again strip by strip, they need room
 * for one.  Were there room for a row, the memory that flows by would push it out of the cache. */
static bool is_brief(const struct native *n, int reg)
{
    const struct loop_register *r = &n->loop->reg[reg];
    int first = n->part->first, end = first + n->part->count;
    return n->whole && r->class == LOOP_FULL && r->maker >= first && r->last_reader < end &&
           n->loop->instruction[r->maker].kind != LOOP_LOAD && !loop_is_stored(n->loop, reg);
}

/* Vector k of the stage's operand, where rax points. */
static struct place memory(const struct native *n, const struct loop_stage *s, int k)
{
    return (struct place){.memory = true,
                          .along = !is_brief(n, s->reg),
                          .part = is_part(n, k),
                          .displacement = k * n->bytes};
}

static bool is_loaded(const struct native *n, int reg)
{
    const struct loop_register *r = &n->loop->reg[reg];
    return r->class == LOOP_FULL && r->maker >= 0 &&
           n->loop->instruction[r->maker].kind == LOOP_LOAD;
}

/* For what the stage will read in a few strips, where rax points. */
static void ask_early(struct native *n, const struct loop_stage *s)
{
    enum { EARLY = 1536, LINE = 64 };
    for (int at = 0; is_loaded(n, s->reg) && at < n->vectors * n->bytes; at += LINE)
        asm_ask(&n->code, EARLY + at);
}

/* What joins lanes. */
static struct place joined(const struct native *n, int k)
{
    struct place held = vector(n->held, k);
    held.part = is_part(n, k);
    return held;
}

/* Where results go: over the accumulator, unless it is aside too. */
static int result_set(const struct native *n)
{
    return n->held == n->aside ? spare(n) : n->held;
}

/* ---- computing */

static bool is_extreme(enum arithmetic how)
{
    return how == ASM_MIN || how == ASM_MAX;
}

static void compute(struct native *n, enum arithmetic how, int out, int x, struct place z)
{
    if (!is_extreme(how) || !n->code.wide) {
        (is_extreme(how) ? asm_extreme : asm_compute)(&n->code, how, out, x, z);
        return;
    }
    int work = !z.memory && z.reg == out ? NATIVE_WORK : out;
    if (work != x)
        asm_load(&n->code, work, asm_register(x));
    asm_extreme(&n->code, how, work, work, z);
    if (work != out)
        asm_load(&n->code, out, asm_register(work));
}

/* The instructions give their second operand where one is NaN or both are 0.  So max(x, number) and
 * max(number, x) are one instruction, with the number first, unless that is NaN, or second and 0.
 */
static bool is_plain(const struct native *n, const struct loop_stage *s, enum arithmetic how)
{
    if (!is_extreme(how) || class_of(n->loop, s->reg) != LOOP_CONSTANT)
        return false;
    double number = n->loop->reg[s->reg].constant;
    bool zero = n->code.f64 ? number == 0 : (float)number == 0;
    return number == number && (s->form == STAGE_RIGHT_NUMBER || !zero);
}

/* op(accumulator, other), or op(other, accumulator), where other is memory or one number. */
static void with_other(struct native *n, const struct loop_stage *s, bool right, bool one)
{
    enum arithmetic how = arithmetic_of(s->op);
    bool plain = is_plain(n, s, how);
    int to = result_set(n);
    if (one)
        asm_spread(&n->code, NATIVE_OTHER, (struct place){.memory = true});
    else if (n->asks_early)
        ask_early(n, s);
    for (int k = 0; k < n->vectors; k++) {
        struct place held = vector(n->held, k);
        if (right && !one)
            asm_load(&n->code, NATIVE_OTHER, memory(n, s, k));
        if (plain)
            asm_compute(&n->code, how, vector(to, k).reg, NATIVE_OTHER, held);
        else if (right)
            compute(n, how, vector(to, k).reg, NATIVE_OTHER, held);
        else
            compute(n, how, vector(to, k).reg, held.reg,
                    one ? asm_register(NATIVE_OTHER) : memory(n, s, k));
    }
    n->held = to;
}

static void with_aside(struct native *n, const struct loop_stage *s)
{
    int to = result_set(n);
    for (int k = 0; k < n->vectors; k++)
        compute(n, arithmetic_of(s->op), vector(to, k).reg, vector(n->held, k).reg,
                vector(n->aside, k));
    n->held = to;
}

/* x less the largest of its row, as in softmax. */
static bool is_below_zero(const struct loop *l, int reg)
{
    const struct loop_instruction *maker = NULL, *largest = NULL;
    if (l->reg[reg].maker >= 0)
        maker = &l->instruction[l->reg[reg].maker];
    if (maker && maker->op == &op_sub && l->reg[maker->in[1]].maker >= 0)
        largest = &l->instruction[l->reg[maker->in[1]].maker];
    return largest && largest->kind == LOOP_ROW_REDUCE && largest->op == &op_max &&
           largest->in[0] == maker->in[0];
}

static void alone(struct native *n, const struct loop_stage *s)
{
    enum arithmetic how = arithmetic_of(s->op);
    int to = result_set(n);
    if (!how)
        native_formula(n, s->op, is_below_zero(n->loop, n->loop->instruction[s->instruction].in[0]),
                       n->held, to);
    for (int k = 0; k < n->vectors && how; k++)
        asm_compute(&n->code, how, vector(to, k).reg, 0, vector(n->held, k));
    n->held = to;
}

/* ---- reductions of rows: element i joins lane i modulo AD_LANES */

int native_lane_registers(const struct native *n)
{
    return AD_LANES * (n->code.f64 ? 8 : 4) / n->bytes;
}

struct place native_lanes(const struct native *n, int r)
{
    return (struct place){.memory = true, .displacement = r * n->bytes};
}

struct joining native_joining(const struct native *n, const struct loop_stage *s)
{
    if (s->op == &op_sum)
        return (struct joining){ASM_ADD, false};
    if (reduction_of(s->op) == REDUCE_PRODUCT)
        return (struct joining){ASM_MUL, false};
    return (struct joining){s->op == &op_max ? ASM_MAX : ASM_MIN,
                            !native_nan_shows(n->loop, s->instruction)};
}

void native_join(struct native *n, struct joining joining, int out, struct place z)
{
    (joining.watches ? asm_extreme : asm_compute)(&n->code, joining.how, out, out, z);
}

/* Vectors for the same lanes join them.  Sums have an order; of extremes those of the strip come
 * first, which do not wait for lanes. */
static void join_vectors(struct native *n, struct joining joining, int lanes, int first)
{
    int registers = native_lane_registers(n);
    if (!is_extreme(joining.how) || first + registers >= n->vectors || !n->code.wide) {
        for (int k = first; k < n->vectors; k += registers)
            native_join(n, joining, lanes, joined(n, k));
        return;
    }
    asm_load(&n->code, NATIVE_WORK, vector(n->held, first));
    for (int k = first + registers; k < n->vectors; k += registers)
        native_join(n, joining, NATIVE_WORK, joined(n, k));
    native_join(n, joining, lanes, asm_register(NATIVE_WORK));
}

static void reduce(struct native *n, const struct loop_stage *s)
{
    struct joining joining = native_joining(n, s);
    int registers = native_lane_registers(n), kept = n->kept;
    n->kept += n->keeps ? registers : 0;
    for (int r = 0; r < registers; r++) {
        int to = n->keeps ? kept + r : NATIVE_SUMS;
        if (!n->keeps)
            asm_load(&n->code, to, native_lanes(n, r));
        join_vectors(n, joining, to, r);
        if (!n->keeps)
            asm_store(&n->code, to, native_lanes(n, r));
    }
}

/* ---- moving */

static void move(struct native *n, const struct loop_stage *s)
{
    int held = n->held;
    switch (s->form) {
    case STAGE_TAKE:
        n->held = result_set(n);
        if (of_row(n))
            asm_spread(&n->code, vector(n->held, 0).reg, (struct place){.memory = true});
        if (n->asks_early)
            ask_early(n, s);
        for (int k = 0; k < n->vectors && !of_row(n); k++)
            asm_load(&n->code, vector(n->held, k).reg, memory(n, s, k));
        break;
    case STAGE_PUT:
        if (of_row(n)) {
            asm_store_first(&n->code, vector(n->held, 0).reg, (struct place){.memory = true});
            break;
        }
        for (int k = 0; k < n->vectors; k++)
            (n->streams && s->streams ? asm_stream : asm_store)(&n->code, vector(n->held, k).reg,
                                                                memory(n, s, k));
        break;
    case STAGE_SAVE: n->aside = n->held; break;
    case STAGE_BACK: n->held = n->aside; break;
    default: n->held = n->aside, n->aside = held; break;
    }
}

void native_stage(struct native *n, int i)
{
    const struct loop_stage *s = &n->loop->stage[n->part->stage + i];
    if (s->reg >= 0 && !(n->keeps && s->form == STAGE_REDUCE))
        native_point(n, i);
    switch (s->form) {
    case STAGE_ONE: alone(n, s); break;
    case STAGE_LEFT_ASIDE: with_aside(n, s); break;
    case STAGE_LEFT:
    case STAGE_RIGHT:
        with_other(n, s, s->form == STAGE_RIGHT, class_of(n->loop, s->reg) == LOOP_ROW);
        break;
    case STAGE_LEFT_NUMBER:
    case STAGE_RIGHT_NUMBER: with_other(n, s, s->form == STAGE_RIGHT_NUMBER, true); break;
    case STAGE_REDUCE: reduce(n, s); break;
    default: move(n, s); break;
    }
}
