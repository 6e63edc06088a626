#include "cpu/native.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/executable.h"
#include "core/order.h"
#include "cpu/assembler.h"
#include "op/reduce.h"
#include "op/row.h"

enum {
    VECTORS = 4, /* of a strip */
    OTHER = 12,  /* a register for an operand that is spread or loaded first */
    SUMS = 13,   /* for lanes of a reduction */
    WORK = 15,   /* for a result that may not be where it goes yet */
    KEPT = 16,   /* and those from it on for lanes that are kept, with AVX-512 */
    REGISTERS = 32,
    CODE_BYTES = 8192, /* room for one function */
    LEAST = 2,         /* stages from which on it is worth a function */
};

/* Three sets of VECTORS registers.  The stages' functions hand on the accumulator in the first and
 * what is aside in the second. */
enum { FIRST, SECOND, THIRD };

struct native {
    struct assembler code;
    const struct loop *loop;
    const struct loop_part *part;
    int held, aside; /* sets */
    int bytes;       /* of a vector */
    bool streams;    /* what may be */
    bool keeps;      /* lanes in registers */
    int kept;        /* the next one for them */
};

/* ---- which stages */

static const struct {
    const struct op *op;
    enum arithmetic how;
} arithmetic[] = {
    {&op_add, ASM_ADD}, {&op_sub, ASM_SUB}, {&op_mul, ASM_MUL},   {&op_div, ASM_DIV},
    {&op_min, ASM_MIN}, {&op_max, ASM_MAX}, {&op_sqrt, ASM_SQRT},
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
static bool can_sum(const struct loop_part *part, const struct loop_stage *s, int vector_bytes)
{
    int strip = VECTORS * vector_bytes / (part->type == AD_F64 ? 8 : 4);
    return s->op == &op_sum && strip % AD_LANES == 0;
}

static bool is_possible(const struct loop *l, const struct loop_part *part, int vector_bytes,
                        const struct loop_stage *s)
{
    switch (s->form) {
    case STAGE_TAKE:
    case STAGE_PUT: return class_of(l, s->reg) == LOOP_FULL;
    case STAGE_SAVE:
    case STAGE_BACK:
    case STAGE_SWAP: return true;
    case STAGE_LEFT:
    case STAGE_RIGHT: return arithmetic_of(s->op) && class_of(l, s->reg) != LOOP_CONSTANT;
    case STAGE_REDUCE: return can_sum(part, s, vector_bytes);
    default: return arithmetic_of(s->op);
    }
}

/* ---- registers */

static int spare(const struct native *n)
{
    int set = FIRST;
    while (set == n->held || set == n->aside)
        set++;
    return set;
}

static struct place vector(int set, int k)
{
    return (struct place){.reg = set * VECTORS + k};
}

static void copy(struct native *n, int to, int from)
{
    for (int k = 0; k < VECTORS && to != from; k++)
        asm_load(&n->code, vector(to, k).reg, vector(from, k));
}

/* As the next stage in C expects them. */
static void hand_on(struct native *n)
{
    if (n->aside == FIRST && n->held != FIRST) {
        int free = n->held == SECOND ? THIRD : SECOND;
        copy(n, free, FIRST);
        n->aside = free;
    }
    copy(n, FIRST, n->held);
    copy(n, SECOND, n->aside);
}

/* ---- one stage */

/* rax = the stage's memory */
static void point(struct native *n, int i)
{
    asm_load_pointer(&n->code,
                     (int32_t)(i * (int)sizeof(struct stage) + (int)offsetof(struct stage, to.at)));
}

static struct place memory(const struct native *n, int k)
{
    return (struct place){.memory = true, .along = true, .displacement = k * n->bytes};
}

/* Where results go: over the accumulator, unless it is aside too. */
static int result_set(const struct native *n)
{
    return n->held == n->aside ? spare(n) : n->held;
}

static void compute(struct native *n, enum arithmetic how, int out, int x, struct place z)
{
    bool extreme = how == ASM_MIN || how == ASM_MAX;
    if (!extreme || !n->code.wide) {
        (extreme ? asm_extreme : asm_compute)(&n->code, how, out, x, z);
        return;
    }
    int work = !z.memory && z.reg == out ? WORK : out;
    if (work != x)
        asm_load(&n->code, work, (struct place){.reg = x});
    asm_extreme(&n->code, how, work, work, z);
    if (work != out)
        asm_load(&n->code, out, (struct place){.reg = work});
}

/* The instructions give their second operand where one is NaN or both are 0.  So max(x, number) and
 * max(number, x) are one instruction, with the number first, unless that is NaN, or second and 0.
 */
static bool is_plain(const struct native *n, const struct loop_stage *s, enum arithmetic how)
{
    bool extreme = how == ASM_MIN || how == ASM_MAX;
    if (!extreme || class_of(n->loop, s->reg) != LOOP_CONSTANT)
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
        asm_spread(&n->code, OTHER, (struct place){.memory = true});
    for (int k = 0; k < VECTORS; k++) {
        struct place held = vector(n->held, k);
        if (right && !one)
            asm_load(&n->code, OTHER, memory(n, k));
        if (plain)
            asm_compute(&n->code, how, vector(to, k).reg, OTHER, held);
        else if (right)
            compute(n, how, vector(to, k).reg, OTHER, held);
        else
            compute(n, how, vector(to, k).reg, held.reg,
                    one ? (struct place){.reg = OTHER} : memory(n, k));
    }
    n->held = to;
}

static void alone(struct native *n, const struct loop_stage *s)
{
    enum arithmetic how = arithmetic_of(s->op);
    int to = result_set(n);
    for (int k = 0; k < VECTORS; k++)
        if (s->form == STAGE_ONE)
            asm_compute(&n->code, how, vector(to, k).reg, 0, vector(n->held, k));
        else
            compute(n, how, vector(to, k).reg, vector(n->held, k).reg, vector(n->aside, k));
    n->held = to;
}

/* ---- sums of rows: element i joins lane i modulo AD_LANES */

static int lane_registers(const struct native *n)
{
    return AD_LANES * (n->code.f64 ? 8 : 4) / n->bytes;
}

static struct place lanes(const struct native *n, int r)
{
    return (struct place){.memory = true, .displacement = r * n->bytes};
}

static void sum(struct native *n)
{
    int registers = lane_registers(n), kept = n->kept;
    n->kept += n->keeps ? registers : 0;
    for (int r = 0; r < registers; r++) {
        int to = n->keeps ? kept + r : SUMS;
        if (!n->keeps)
            asm_load(&n->code, to, lanes(n, r));
        for (int k = r; k < VECTORS; k += registers)
            asm_compute(&n->code, ASM_ADD, to, to, vector(n->held, k));
        if (!n->keeps)
            asm_store(&n->code, to, lanes(n, r));
    }
}

/* Lanes stay in registers while a loop runs. */
static void move_lanes(struct native *n, bool out)
{
    int to = KEPT, registers = lane_registers(n);
    for (int i = 0; n->keeps && i < n->part->stages; i++) {
        if (n->loop->stage[n->part->stage + i].form != STAGE_REDUCE)
            continue;
        point(n, i);
        for (int r = 0; r < registers; r++, to++)
            if (out)
                asm_store(&n->code, to, lanes(n, r));
            else
                asm_load(&n->code, to, lanes(n, r));
    }
}

static void move(struct native *n, const struct loop_stage *s)
{
    int held = n->held;
    switch (s->form) {
    case STAGE_TAKE:
        n->held = result_set(n);
        for (int k = 0; k < VECTORS; k++)
            asm_load(&n->code, vector(n->held, k).reg, memory(n, k));
        break;
    case STAGE_PUT:
        for (int k = 0; k < VECTORS; k++)
            (n->streams && s->streams ? asm_stream : asm_store)(&n->code, vector(n->held, k).reg,
                                                                memory(n, k));
        break;
    case STAGE_SAVE: n->aside = n->held; break;
    case STAGE_BACK: n->held = n->aside; break;
    default: n->held = n->aside, n->aside = held; break;
    }
}

static void one_stage(struct native *n, const struct loop_stage *s, int i)
{
    if (s->reg >= 0 && !(n->keeps && s->form == STAGE_REDUCE))
        point(n, i);
    switch (s->form) {
    case STAGE_ONE:
    case STAGE_LEFT_ASIDE: alone(n, s); break;
    case STAGE_LEFT:
    case STAGE_RIGHT:
        with_other(n, s, s->form == STAGE_RIGHT, class_of(n->loop, s->reg) == LOOP_ROW);
        break;
    case STAGE_LEFT_NUMBER:
    case STAGE_RIGHT_NUMBER: with_other(n, s, s->form == STAGE_RIGHT_NUMBER, true); break;
    case STAGE_REDUCE: sum(n); break;
    default: move(n, s); break;
    }
}

/* ---- functions */

static int length(const struct loop *l, const struct loop_part *part, int vector_bytes, int stage)
{
    int end = stage;
    while (end < part->stage + part->stages && is_possible(l, part, vector_bytes, &l->stage[end]))
        end++;
    return end - stage;
}

static bool is_wanted(void)
{
    const char *wanted = getenv("ADZE_NATIVE");
    return !wanted || strcmp(wanted, "0");
}

static struct native start(const struct loop *l, const struct loop_part *part, int vector_bytes,
                           bool streams, uint8_t *code)
{
    return (struct native){.code = {.code = code,
                                    .room = CODE_BYTES,
                                    .wide = vector_bytes == NATIVE_AVX512,
                                    .f64 = part->type == AD_F64},
                           .loop = l,
                           .part = part,
                           .held = FIRST,
                           .aside = SECOND,
                           .bytes = vector_bytes,
                           .streams = streams,
                           .kept = KEPT};
}

static void stages(struct native *n, int first, int count)
{
    for (int i = 0; i < count; i++)
        one_stage(n, &n->loop->stage[first + i], i);
}

static anything *finished(const struct native *n)
{
    if (n->code.size > n->code.room)
        return NULL;
    return (anything *)(uintptr_t)executable_keep(n->code.code, (size_t)n->code.size);
}

anything *native_stages(const struct loop *l, const struct loop_part *part, int stage,
                        int vector_bytes, bool streams, int *count)
{
    uint8_t code[CODE_BYTES];
    *count = length(l, part, vector_bytes, stage);
    if (*count < LEAST || part->class != LOOP_FULL || !is_wanted())
        return NULL;
    struct native n = start(l, part, vector_bytes, streams, code);
    stages(&n, stage, *count);
    if (stage + *count < part->stage + part->stages)
        hand_on(&n);
    asm_go_on(&n.code, (int32_t)(*count * (int)sizeof(struct stage)));
    return finished(&n);
}

/* The stages before the first, which ask for memory. */
static void ask(struct native *n)
{
    enum { LINE = 64 };
    asm_r8_is_rdi_less_rcx(&n->code);
    int top = n->code.size, done = asm_jump_if_r8_is_rdi(&n->code);
    asm_load_pointer_r8(&n->code, (int32_t)offsetof(struct stage, to.at));
    for (int at = 0; at < VECTORS * n->bytes; at += LINE)
        asm_ask(&n->code, at);
    asm_r8_add(&n->code, (int32_t)sizeof(struct stage));
    asm_jump_back(&n->code, top);
    asm_land(&n->code, done);
}

native_line *native_part(const struct loop *l, const struct loop_part *part, int vector_bytes,
                         bool streams)
{
    uint8_t code[CODE_BYTES];
    if (part->stages == 0 || part->class != LOOP_FULL ||
        length(l, part, vector_bytes, part->stage) < part->stages || !is_wanted())
        return NULL;
    struct native n = start(l, part, vector_bytes, streams, code);
    n.keeps = n.code.wide && part->reduces * lane_registers(&n) <= REGISTERS - KEPT;
    int strip = VECTORS * vector_bytes;
    move_lanes(&n, false);
    int top = n.code.size, done = asm_jump_if_beyond(&n.code, strip);
    ask(&n);
    stages(&n, part->stage, part->stages);
    asm_rsi_add(&n.code, strip);
    asm_jump_back(&n.code, top);
    asm_land(&n.code, done);
    move_lanes(&n, true);
    asm_return_rsi(&n.code);
    return (native_line *)finished(&n);
}
