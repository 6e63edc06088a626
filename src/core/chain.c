/* Chains: computations of a loop that follow one another, as stages on an accumulator.
 *
 * Of the instructions of y = tanh(x w + b) (x, b: elements, w: one number)
 *
 *     r0 = load x, r1 = load w, r2 = mul r0 r1, r3 = load b, r4 = add r2 r3, r5 = tanh r4, store r5
 *
 * the three computations are one chain with the stages
 *
 *     take r0, mul r1, add r3, tanh, put r5 (where r5 is memory: the result's)
 *
 * A strip of elements goes through all of them in machine registers; r2 and r4 are nowhere in
 * memory.  A chain ends where a value is read by more than the next stage and the one place beside
 * it is taken, or where an instruction is not of elements. */
#include "core/chain.h"

#include "core/order.h"

/* ---- order */

static bool moves(const struct loop_instruction *i)
{
    return i->kind == LOOP_LOAD || i->kind == LOOP_STORE || i->kind == LOOP_COMPUTE ||
           i->kind == LOOP_ROW_REDUCE;
}

/* Whether one that is behind may not come before the other. */
static bool must_follow(const struct loop *l, const struct loop_instruction *behind,
                        const struct loop_instruction *before)
{
    switch (behind->kind) {
    case LOOP_LOAD:
        return before->kind == LOOP_LOAD ||
               (before->kind == LOOP_STORE &&
                l->operand[before->operand].value == l->operand[behind->operand].value);
    case LOOP_COMPUTE:
    case LOOP_ROW_REDUCE: return before->kind != LOOP_STORE;
    default: return true;
    }
}

/* Each instruction sinks toward the front past those that it need not follow: loads past
 * computations, reductions of rows and stores, computations and reductions past stores. */
void chain_order(struct loop *l)
{
    for (int i = 1; i < l->instructions; i++) {
        struct loop_instruction one = l->instruction[i];
        int to = i;
        while (moves(&one) && to > 0 && moves(&l->instruction[to - 1]) &&
               !must_follow(l, &one, &l->instruction[to - 1])) {
            l->instruction[to] = l->instruction[to - 1];
            to--;
        }
        l->instruction[to] = one;
    }
}

/* ---- finding */

static int operands_of(const struct loop_instruction *i)
{
    int n = 0;
    while (n < 3 && i->in[n] >= 0)
        n++;
    return n;
}

/* The type that a computation works on: where's choice comes first. */
static ad_type type_of(const struct loop *l, const struct loop_instruction *i)
{
    return l->reg[i->in[operands_of(i) - 1]].type;
}

static bool is_real(const struct loop *l, const struct loop_instruction *i)
{
    ad_type type = type_of(l, i);
    return type == AD_F32 || type == AD_F64;
}

static bool chains(const struct loop *l, const struct loop_instruction *i)
{
    return i->kind == LOOP_COMPUTE && is_real(l, i) && !i->op->special;
}

enum { REDUCE_COLUMNS = 64 }; /* from which on rows are worth going through one by one */

/* Whether an earlier instruction of the chain makes the register. */
static bool made_in(const struct loop *l, int first, int end, int reg)
{
    int maker = reg < 0 ? -1 : l->reg[reg].maker;
    return maker >= first && maker < end;
}

/* A reduction over one piece. */
static bool reduces(const struct loop *l, const struct loop_instruction *i)
{
    return i->kind == LOOP_ROW_REDUCE && is_real(l, i) && l->reg[i->in[0]].class == LOOP_FULL &&
           l->columns >= REDUCE_COLUMNS && l->columns <= AD_ROW_CHUNK;
}

/* Rows that are whole groups of lanes: others are reduced alone. */
static bool has_groups(const struct loop *l)
{
    return l->columns % AD_LANES == 0;
}

/* A chain takes one of values that it makes. */
static bool can_reduce(const struct loop *l, int first, int at)
{
    const struct loop_instruction *i = &l->instruction[at];
    return has_groups(l) && reduces(l, i) && made_in(l, first, at, i->in[0]);
}

/* A row's result is there when the chain has gone through the row. */
static bool waits_for_row(const struct loop *l, int first, int at)
{
    const struct loop_instruction *i = &l->instruction[at];
    for (int k = 0; k < 3; k++)
        if (made_in(l, first, at, i->in[k]) &&
            l->instruction[l->reg[i->in[k]].maker].kind == LOOP_ROW_REDUCE)
            return true;
    return false;
}

static bool belongs(const struct loop *l, int first, int at)
{
    const struct loop_instruction *a = &l->instruction[first], *b = &l->instruction[at];
    bool joins =
        can_reduce(l, first, at) || (chains(l, b) && l->reg[a->out].class == l->reg[b->out].class);
    return joins && type_of(l, a) == type_of(l, b) && !waits_for_row(l, first, at);
}

/* ---- stages */

struct chaining {
    struct loop *loop;
    int instruction, end; /* this one; the chain's */
    int held, aside;      /* registers whose values are at hand; -1: none */
    bool emits;
};

/* The first walk finds what is read from memory, the second writes stages. */
static void stage(struct chaining *c, enum loop_form form, const struct op *op, int reg, int other)
{
    struct loop *l = c->loop;
    bool number = form == STAGE_LEFT_NUMBER || form == STAGE_RIGHT_NUMBER;
    if (c->emits)
        l->stage[l->stages++] = (struct loop_stage){
            .form = form, .op = op, .reg = reg, .other = other, .instruction = c->instruction};
    else if (reg >= 0 && !number)
        l->reg[reg].passing = false;
    if (!c->emits && other >= 0)
        l->reg[other].passing = false;
}

/* Whether a later instruction of the chain works on it. */
static bool needed(const struct chaining *c, int reg)
{
    for (int i = c->instruction + 1; reg >= 0 && i < c->end; i++) {
        const struct loop_instruction *later = &c->loop->instruction[i];
        for (int k = operands_of(later) > 2, n = operands_of(later); k < n; k++)
            if (later->in[k] == reg)
                return true;
    }
    return false;
}

/* The accumulator's value is wanted again: aside with it, unless what is there is wanted too. */
static void save(struct chaining *c, int wanted)
{
    bool taken = c->aside >= 0 && (c->aside == wanted || needed(c, c->aside));
    if (taken || c->aside == c->held)
        return;
    stage(c, STAGE_SAVE, NULL, -1, -1);
    c->aside = c->held;
}

static void swap(struct chaining *c)
{
    int held = c->held;
    stage(c, STAGE_SWAP, NULL, -1, -1);
    c->held = c->aside;
    c->aside = held;
}

static void bring(struct chaining *c, int reg, int wanted)
{
    if (c->held == reg)
        return;
    if (c->aside == reg && needed(c, c->held)) {
        swap(c);
        return;
    }
    if (needed(c, c->held))
        save(c, wanted);
    if (c->aside == reg)
        stage(c, STAGE_BACK, NULL, -1, -1);
    else
        stage(c, STAGE_TAKE, NULL, reg, -1);
    c->held = reg;
}

/* Of two operands the second has to be in the accumulator where only that one is at hand, or the
 * first is a constant. */
static bool takes_second(const struct chaining *c, int first, int second)
{
    if (second < 0 || c->held == first || c->held == second)
        return second >= 0 && c->held != first;
    if (c->aside == first || c->aside == second)
        return c->aside != first;
    return c->loop->reg[first].class == LOOP_CONSTANT;
}

static void compute_two(struct chaining *c, const struct loop_instruction *i, bool right, int reg,
                        int other)
{
    bool choice = operands_of(i) > 2;
    if (reg == c->aside && !choice) {
        if (right)
            swap(c);
        stage(c, STAGE_LEFT_ASIDE, i->op, -1, other);
    } else if (c->loop->reg[reg].class == LOOP_CONSTANT && !choice) {
        stage(c, right ? STAGE_RIGHT_NUMBER : STAGE_LEFT_NUMBER, i->op, reg, other);
    } else {
        stage(c, right ? STAGE_RIGHT : STAGE_LEFT, i->op, reg, other);
    }
}

/* Works on the last one or two operands; where has its choice before them. */
static void stages_of(struct chaining *c, const struct loop_instruction *i)
{
    int n = operands_of(i), first = i->in[n > 2 ? 1 : 0], second = n > 1 ? i->in[n - 1] : -1;
    bool truth = c->loop->reg[i->out].type == AD_BOOL;
    bool right = takes_second(c, first, second);
    int reg = right ? first : second, other = truth ? i->out : n > 2 ? i->in[0] : -1;
    bring(c, right ? second : first, reg);
    if (i->kind == LOOP_ROW_REDUCE) {
        stage(c, STAGE_REDUCE, i->op, i->out, -1);
        return;
    }
    if ((!truth && needed(c, c->held)) || reg == c->held)
        save(c, reg == c->held ? -1 : reg);
    if (n == 1)
        stage(c, STAGE_ONE, i->op, -1, other);
    else
        compute_two(c, i, right, reg, other);
    if (truth)
        return;
    c->held = i->out;
    if (c->emits && !c->loop->reg[i->out].passing)
        stage(c, STAGE_PUT, NULL, i->out, -1);
}

static int chain_length(const struct loop *l, int first)
{
    int count = 1;
    while (first + count < l->instructions && count < CHAIN_MAX && belongs(l, first, first + count))
        count++;
    return count;
}

static void walk_chain(struct loop *l, struct loop_part *part, bool emits)
{
    struct chaining c = {l, part->first, part->first + part->count, -1, -1, emits};
    part->stage = l->stages;
    for (; c.instruction < c.end; c.instruction++) {
        const struct loop_instruction *one = &l->instruction[c.instruction];
        part->reduces += emits && one->kind == LOOP_ROW_REDUCE;
        for (int k = 0; k < operands_of(one); k++)
            part->of_rows |= part->class == LOOP_FULL && l->reg[one->in[k]].class == LOOP_ROW;
        stages_of(&c, one);
    }
    part->stages = l->stages - part->stage;
}

/* Reductions of one value that follow one another: one, or a chain. */
static int reductions_of_one(const struct loop *l, int first)
{
    int count = 1;
    while (has_groups(l) && first + count < l->instructions &&
           reduces(l, &l->instruction[first + count]) &&
           l->instruction[first + count].in[0] == l->instruction[first].in[0])
        count++;
    return count;
}

static void find_parts(struct loop *l)
{
    for (int i = 0; i < l->instructions; i += l->part[l->parts++].count) {
        const struct loop_instruction *first = &l->instruction[i];
        l->part[l->parts] = (struct loop_part){.first = i, .count = 1};
        if (reduces(l, first)) {
            int count = reductions_of_one(l, i);
            l->part[l->parts] = (struct loop_part){
                .first = i, .count = count, .type = type_of(l, first), .bare = count == 1};
        }
        if (chains(l, first))
            l->part[l->parts] = (struct loop_part){.first = i,
                                                   .count = chain_length(l, i),
                                                   .type = type_of(l, first),
                                                   .class = l->reg[first->out].class};
    }
}

static bool is_chain(const struct loop *l, const struct loop_part *part)
{
    return part->bare || part->count > 1 || chains(l, &l->instruction[part->first]);
}

static void note_memory(struct loop *l)
{
    for (int i = 0; i < l->regs; i++)
        l->reg[i].passing = l->reg[i].class == LOOP_CONSTANT;
    for (int i = 0; i < l->instructions; i++)
        if (chains(l, &l->instruction[i]))
            l->reg[l->instruction[i].out].passing = true;
    for (int i = 0; i < l->parts; i++) {
        const struct loop_instruction *one = &l->instruction[l->part[i].first];
        if (is_chain(l, &l->part[i]))
            walk_chain(l, &l->part[i], false);
        for (int k = 0; k < 3 && !is_chain(l, &l->part[i]); k++)
            if (one->in[k] >= 0)
                l->reg[one->in[k]].passing = false;
    }
}

static void number_stretches(struct loop *l)
{
    for (int i = 0; i < l->regs; i++)
        l->reg[i].stretch = -1;
    for (int i = 0; i < l->instructions; i++)
        for (int k = 0; k < 3 && chains(l, &l->instruction[i]); k++) {
            const struct loop_instruction *one = &l->instruction[i];
            struct loop_register *r = one->in[k] < 0 ? NULL : &l->reg[one->in[k]];
            if (r && r->class == LOOP_ROW && l->reg[one->out].class == LOOP_FULL && r->stretch < 0)
                r->stretch = l->stretches++;
        }
}

void chain_parts(struct loop *l)
{
    find_parts(l);
    note_memory(l);
    for (int i = 0; i < l->parts; i++)
        if (is_chain(l, &l->part[i]))
            walk_chain(l, &l->part[i], true);
    number_stretches(l);
    l->last_chain = -1;
    for (int i = 0; i < l->parts; i++)
        if (l->part[i].stages && l->part[i].class == LOOP_FULL && !l->part[i].bare)
            l->last_chain = i;
}
