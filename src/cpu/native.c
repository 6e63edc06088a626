#include "cpu/native.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/executable.h"
#include "cpu/native_code.h"
#include "op/reduce.h"

enum { LEAST = 2 /* stages, or parts, from which on it is worth a function */ };

static bool is_wanted(void)
{
    const char *wanted = getenv("ADZE_NATIVE");
    return !wanted || strcmp(wanted, "0");
}

static int length(const struct loop *l, const struct loop_part *part, int vector_bytes, int stage)
{
    int end = stage;
    while (end < part->stage + part->stages &&
           native_is_possible(l, part, vector_bytes, &l->stage[end]))
        end++;
    return end - stage;
}

static void start(struct native *n, const struct loop *l, const struct loop_part *part,
                  int vector_bytes, bool streams)
{
    n->code.room = NATIVE_CODE, n->code.size = 0;
    n->code.code = n->room;
    n->code.wide = vector_bytes == NATIVE_AVX512;
    n->code.f64 = part->type == AD_F64;
    n->code.constants = n->code.uses = 0;
    n->loop = l;
    n->bytes = vector_bytes;
    n->streams = streams;
    n->keeps = false;
    n->stages_at = 0;
    native_begin(n, part);
}

static anything *finished(struct native *n)
{
    if (!asm_finish(&n->code))
        return NULL;
    return (anything *)(uintptr_t)executable_keep(n->code.code, (size_t)n->code.size);
}

/* ---- stages of a part, a strip at a time */

anything *native_stages(const struct loop *l, const struct loop_part *part, int stage,
                        int vector_bytes, bool streams, int *count)
{
    struct native n;
    *count = length(l, part, vector_bytes, stage);
    if (*count < LEAST || part->class != LOOP_FULL || !is_wanted())
        return NULL;
    start(&n, l, part, vector_bytes, streams);
    int first = stage - part->stage;
    n.stages_at = -first * (int)sizeof(struct stage); /* rdi is at the first of these */
    for (int i = first; i < first + *count; i++)
        native_stage(&n, i);
    if (stage + *count < part->stage + part->stages)
        native_hand_on(&n);
    asm_go_on(&n.code, (int32_t)(*count * (int)sizeof(struct stage)));
    return finished(&n);
}

/* ---- a part, line by line */

/* Stages from where `from` points up to `to` ask for memory; uses r8. */
static void ask(struct native *n, enum general from, enum general to)
{
    enum { LINE = 64 };
    struct assembler *code = &n->code;
    asm_move(code, R8, from);
    int top = code->size;
    asm_compare(code, R8, to);
    int done = asm_jump_if(code, ASM_EQUAL);
    asm_load_general(code, RAX, R8, (int32_t)offsetof(struct stage, to.at));
    for (int at = 0; at < NATIVE_VECTORS * n->bytes; at += LINE)
        asm_ask(code, at);
    asm_add(code, R8, (int32_t)sizeof(struct stage));
    asm_jump_back(code, top);
    asm_land(code, done);
}

static bool is_whole(const struct loop *l, const struct loop_part *part, int vector_bytes)
{
    return part->stages > 0 && length(l, part, vector_bytes, part->stage) == part->stages;
}

/* Lanes stay in registers where there are enough. */
static bool can_keep(const struct native *n)
{
    return n->code.wide &&
           n->part->reduces * native_lane_registers(n) <= NATIVE_REGISTERS - NATIVE_KEPT;
}

static bool is_reduction(const struct native *n, int stage)
{
    return n->loop->stage[n->part->stage + stage].form == STAGE_REDUCE;
}

/* Lanes stay in registers while a loop runs. */
static void move_lanes(struct native *n, bool out)
{
    int to = NATIVE_KEPT, registers = native_lane_registers(n);
    for (int i = 0; n->keeps && i < n->part->stages; i++) {
        if (!is_reduction(n, i))
            continue;
        native_point(n, i);
        for (int r = 0; r < registers; r++, to++)
            if (out)
                asm_store(&n->code, to, native_lanes(n, r));
            else
                asm_load(&n->code, to, native_lanes(n, r));
    }
}

static void all_stages(struct native *n)
{
    for (int i = 0; i < n->part->stages; i++)
        native_stage(n, i);
}

native_line *native_part(const struct loop *l, const struct loop_part *part, int vector_bytes,
                         bool streams)
{
    struct native n;
    struct assembler *code = &n.code;
    if (part->class != LOOP_FULL || !is_whole(l, part, vector_bytes) || !is_wanted())
        return NULL;
    start(&n, l, part, vector_bytes, streams);
    n.keeps = can_keep(&n);
    int strip = NATIVE_VECTORS * vector_bytes;
    move_lanes(&n, false);
    asm_move(code, R9, RDI), asm_subtract(code, R9, RCX); /* where asking begins */
    asm_add(code, RDX, -strip);                           /* where the last strip would */
    int top = code->size;
    asm_compare(code, RSI, RDX);
    int done = asm_jump_if(code, ASM_GREATER);
    ask(&n, R9, RDI);
    all_stages(&n);
    asm_add(code, RSI, strip);
    asm_jump_back(code, top);
    asm_land(code, done);
    move_lanes(&n, true);
    asm_move(code, RAX, RSI);
    asm_return(code);
    return (native_line *)finished(&n);
}

/* ---- several parts, for all rows of a tile: rbx rows that are left, r9 those of a group, at most
 * r11, r10 those left of it, rbp bytes of a row */

/* A part's first stage, in bytes from that of another. */
static int stages_from(const struct loop *l, const struct loop_part *first,
                       const struct loop_part *part)
{
    return (stage_place(l, part) - stage_place(l, first)) * (int)sizeof(struct stage);
}

static int32_t in_stage(const struct native *n, int i, size_t field)
{
    return (int32_t)(n->stages_at + i * (int)sizeof(struct stage) + (int)field);
}

static void load_other(struct native *n, int i)
{
    asm_load_general(&n->code, RAX, RDI, in_stage(n, i, offsetof(struct stage, other.at)));
}

/* Lanes at the identity, for each row. */
static void open_lanes(struct native *n)
{
    int registers = native_lane_registers(n), kept = NATIVE_KEPT;
    uint64_t sign = n->code.f64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
    uint64_t infinity = n->code.f64 ? UINT64_C(0x7ff) << 52 : UINT64_C(0xff) << 23;
    for (int i = 0; i < n->part->stages; i++) {
        if (!is_reduction(n, i))
            continue;
        const struct op *how = n->loop->stage[n->part->stage + i].op;
        uint64_t identity = how == &op_sum ? 0 : how == &op_maximum ? infinity | sign : infinity;
        int to = n->keeps ? kept : NATIVE_SUMS;
        asm_spread_bits(&n->code, to, identity);
        if (!n->keeps)
            native_point(n, i);
        for (int r = 0; r < registers; r++)
            if (!n->keeps)
                asm_store(&n->code, to, native_lanes(n, r));
            else if (r > 0)
                asm_load(&n->code, to + r, (struct place){.reg = to});
        kept += registers;
    }
}

/* The tree of core/order.h: registers, halves of one, quarters...; the strip's registers are free.
 */
static void close_tree(struct native *n, const struct op *how, int lanes)
{
    enum { RESULT = 0, AWAY = 1 };
    struct assembler *code = &n->code;
    bool wide = code->wide;
    for (int half = native_lane_registers(n) / 2; half > 0; half /= 2)
        for (int r = 0; r < half; r++)
            native_join(n, how, lanes + r, (struct place){.reg = lanes + r + half});
    if (wide) {
        asm_upper_half(code, AWAY, lanes);
        asm_load(code, RESULT, (struct place){.reg = lanes});
    }
    code->wide = false;
    if (wide)
        native_join(n, how, RESULT, (struct place){.reg = AWAY});
    for (int away = NATIVE_AVX2 / (code->f64 ? 8 : 4) / 2; away > 0; away /= 2) {
        asm_lanes_away(code, AWAY, RESULT, away);
        native_join(n, how, RESULT, (struct place){.reg = AWAY});
    }
    asm_store_first(code, RESULT, (struct place){.memory = true});
    code->wide = wide;
}

/* Results of the row. */
static void close_lanes(struct native *n)
{
    int registers = native_lane_registers(n), kept = NATIVE_KEPT;
    for (int i = 0; i < n->part->stages; i++) {
        if (!is_reduction(n, i))
            continue;
        if (!n->keeps)
            native_point(n, i);
        for (int r = 0; r < registers && !n->keeps; r++)
            asm_load(&n->code, r, native_lanes(n, r));
        load_other(n, i);
        close_tree(n, n->loop->stage[n->part->stage + i].op, n->keeps ? kept : 0);
        kept += registers;
    }
}

static void move_target(struct native *n, enum general base, int32_t at)
{
    int32_t apart = (int32_t)offsetof(struct target, apart) - (int32_t)offsetof(struct target, at);
    asm_load_general(&n->code, RAX, base, at + apart);
    asm_add_to_memory(&n->code, base, at, RAX);
}

/* Memory of the next row. */
static void next_row(struct native *n)
{
    for (int i = 0; i < n->part->stages; i++) {
        int reg = n->loop->stage[n->part->stage + i].reg;
        if (is_reduction(n, i))
            move_target(n, RDI, in_stage(n, i, offsetof(struct stage, other.at)));
        else if (reg >= 0 && n->loop->reg[reg].class != LOOP_CONSTANT)
            move_target(n, RDI, in_stage(n, i, offsetof(struct stage, to.at)));
    }
}

/* Values of elements that are the loop's own lie where those of the last group did. */
static bool is_own(const struct native *n, int reg)
{
    const struct loop *l = n->loop;
    bool own = l->reg[reg].class == LOOP_FULL && l->reg[reg].maker >= 0 &&
               l->instruction[l->reg[reg].maker].kind != LOOP_LOAD;
    for (int i = 0; i < l->instructions; i++)
        own &= l->instruction[i].kind != LOOP_STORE || l->instruction[i].in[0] != reg;
    return own;
}

static void next_group(struct native *n)
{
    struct assembler *code = &n->code;
    for (int i = 0; i < n->part->stages; i++) {
        int reg = n->loop->stage[n->part->stage + i].reg;
        if (is_reduction(n, i) || reg < 0 || !is_own(n, reg))
            continue;
        asm_load_general(code, RAX, RDI, in_stage(n, i, offsetof(struct stage, to.apart)));
        asm_multiply(code, RAX, R9);
        asm_subtract_from_memory(code, RDI, in_stage(n, i, offsetof(struct stage, to.at)), RAX);
    }
}

static void ask_for_next_row(struct native *n)
{
    struct assembler *code = &n->code;
    asm_move(code, R8, RDX);
    int top = code->size;
    asm_compare(code, R8, RCX);
    int done = asm_jump_if(code, ASM_EQUAL);
    move_target(n, R8, (int32_t)offsetof(struct stage, to.at));
    asm_add(code, R8, (int32_t)sizeof(struct stage));
    asm_jump_back(code, top);
    asm_land(code, done);
}

/* The elements of a row. */
static void elements_of_row(struct native *n, bool asks)
{
    struct assembler *code = &n->code;
    open_lanes(n);
    asm_subtract(code, RSI, RSI);
    int top = code->size;
    if (asks)
        ask(n, RDX, RCX);
    all_stages(n);
    asm_add(code, RSI, NATIVE_VECTORS * n->bytes);
    asm_compare(code, RSI, RBP);
    asm_jump_back_if(code, ASM_LESS, top);
    close_lanes(n);
    if (asks)
        ask_for_next_row(n);
}

static void part_of_span(struct native *n, bool asks)
{
    struct assembler *code = &n->code;
    asm_move(code, R10, R9);
    int row = code->size;
    if (n->part->class == LOOP_FULL)
        elements_of_row(n, asks);
    else
        all_stages(n);
    next_row(n);
    asm_add(code, R10, -1);
    asm_jump_back_if(code, ASM_NOT_EQUAL, row);
    next_group(n);
}

/* How many parts from this one on one function can go through: with reductions of rows two at
 * least, as one alone is better done by those who know it. */
static int span_of(const struct loop *l, const struct loop_part *first, int vector_bytes)
{
    const struct loop_part *end = l->part + l->parts, *part = first;
    bool elements = false;
    for (; part < end && part->type == first->type && is_whole(l, part, vector_bytes); part++)
        elements |= part->class == LOOP_FULL;
    int parts = (int)(part - first);
    return !elements || (l->needs_rows && parts < LEAST) ? 0 : parts;
}

native_rows *native_span(const struct loop *l, const struct loop_part *first, int vector_bytes,
                         bool streams, int *parts)
{
    struct native n;
    struct assembler *code = &n.code;
    *parts = span_of(l, first, vector_bytes);
    if (*parts == 0 || !is_wanted())
        return NULL;
    start(&n, l, first, vector_bytes, streams);
    asm_push(code, RBX), asm_push(code, RBP);
    asm_move(code, RBX, RSI), asm_move(code, RBP, R9), asm_move(code, R11, R8);
    int group = code->size;
    asm_move(code, R9, R11);
    asm_compare(code, RBX, R11);
    int full = asm_jump_if(code, ASM_NOT_LESS);
    asm_move(code, R9, RBX);
    asm_land(code, full);
    bool asks = true;
    for (const struct loop_part *part = first; part < first + *parts; part++) {
        bool reads = part->class == LOOP_FULL && !part->bare;
        native_begin(&n, part);
        n.stages_at = stages_from(l, first, part);
        n.keeps = can_keep(&n);
        part_of_span(&n, asks && reads);
        asks &= !reads;
    }
    asm_subtract(code, RBX, R9);
    asm_jump_back_if(code, ASM_NOT_EQUAL, group);
    asm_pop(code, RBP), asm_pop(code, RBX);
    asm_return(code);
    return (native_rows *)finished(&n);
}
