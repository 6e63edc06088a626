/* Several parts as one function (cpu/native.h).  rdi: stages; rbp: bytes of a row; rdx to rcx:
 * stages that ask; rbx: rows.
 *
 * A part with values of elements, and the parts with values of rows behind it, are a section. Where
 * there are many rows, all sections run in one loop over strips, each on a row of its own: the last
 * on row r, the one before it on row r + 1, and so on.  So the steps of one section fill the waits
 * of another, and memory is read and written all the time instead of in turns:
 *
 *     for each row r
 *         for each strip: section 2 of row r, section 1 of row r + 1, section 0 of row r + 2
 *         for each section: close its sums, compute values of its row
 *
 * Before it the first sections go through the first rows alone, after it the last through the last.
 * Else a group of rows goes through one part after the other.
 *
 * doc/softmax-listing.md shows the code of softmax with comments.  No function (NULL) where a part
 * cannot be made, there are more sections than registers for their lanes, or no memory to put code
 * in; the stages in C, which give the same bits, then do the work. */
#include <stddef.h>

#include "core/order.h"
#include "cpu/native.h"
#include "cpu/native_code.h"
#include "op/reduce.h"

enum { SECTIONS = 8, LEAST = 2 /* parts that are worth a function */ };

/* Parts of a span by number: those before the one with elements, of the first section; it; and the
 * end. */
struct section {
    int first, elements, end;
    int first_kept; /* register for lanes */
};

struct span {
    const struct loop *loop;
    const struct loop_part *part;
    int parts, sections; /* 0 sections: they do not run together */
    bool asks;
    bool own[LOOP_REGISTERS]; /* of registers (find_own) */
    struct section section[SECTIONS];
};

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
    int registers = native_lane_registers(n), kept = n->first_kept;
    static const uint32_t upper[] = {0, 0xff800000, 0x7f800000, 0x3f800000}; /* 0, -inf, inf, 1 */
    static const uint32_t upper_f64[] = {0, 0xfff00000, 0x7ff00000, 0x3ff00000};
    for (int i = 0; i < n->part->stages; i++) {
        if (!native_is_reduction(n, i))
            continue;
        enum reduction how = reduction_of(n->loop->stage[n->part->stage + i].op);
        uint64_t identity = n->code.f64 ? (uint64_t)upper_f64[how] << 32 : upper[how];
        int to = n->keeps ? kept : NATIVE_SUMS;
        asm_spread_bits(&n->code, to, identity);
        if (!n->keeps)
            native_point(n, i);
        for (int r = 0; r < registers; r++)
            if (!n->keeps)
                asm_store(&n->code, to, native_lanes(n, r));
            else if (r > 0)
                asm_load(&n->code, to + r, asm_register(to));
        kept += registers;
    }
}

/* The tree of core/order.h: registers, halves of one, quarters...; the strip's registers are free.
 */
static void close_tree(struct native *n, struct joining how, int lanes)
{
    enum { RESULT = 0, AWAY = 1 };
    struct assembler *code = &n->code;
    bool wide = code->wide;
    for (int half = native_lane_registers(n) / 2; half > 0; half /= 2)
        for (int r = 0; r < half; r++)
            native_join(n, how, lanes + r, asm_register(lanes + r + half));
    if (wide) {
        asm_upper_half(code, AWAY, lanes);
        asm_load(code, RESULT, asm_register(lanes));
    }
    code->wide = false;
    if (wide)
        native_join(n, how, RESULT, asm_register(AWAY));
    for (int away = NATIVE_AVX2 / (code->f64 ? 8 : 4) / 2; away > 0; away /= 2) {
        asm_lanes_away(code, AWAY, RESULT, away);
        native_join(n, how, RESULT, asm_register(AWAY));
    }
    asm_store_first(code, RESULT, (struct place){.memory = true});
    code->wide = wide;
}

/* Results of the row. */
static void close_lanes(struct native *n)
{
    int registers = native_lane_registers(n), kept = n->first_kept;
    for (int i = 0; i < n->part->stages; i++) {
        if (!native_is_reduction(n, i))
            continue;
        if (!n->keeps)
            native_point(n, i);
        for (int r = 0; r < registers && !n->keeps; r++)
            asm_load(&n->code, r, native_lanes(n, r));
        load_other(n, i);
        close_tree(n, native_joining(n, &n->loop->stage[n->part->stage + i]), n->keeps ? kept : 0);
        kept += registers;
    }
}

static void move_target(struct native *n, enum general base, int32_t at)
{
    int32_t apart = (int32_t)offsetof(struct target, apart) - (int32_t)offsetof(struct target, at);
    asm_load_general(&n->code, RAX, base, at + apart);
    asm_add_to_memory(&n->code, base, at, RAX);
}

/* Values of elements that are the loop's own: neither loaded nor stored. */
static void find_own(struct span *s)
{
    const struct loop *l = s->loop;
    for (int i = 0; i < l->regs; i++)
        s->own[i] = l->reg[i].class == LOOP_FULL && l->reg[i].maker >= 0 &&
                    l->instruction[l->reg[i].maker].kind != LOOP_LOAD;
    for (int i = 0; i < l->instructions; i++)
        if (l->instruction[i].kind == LOOP_STORE)
            s->own[l->instruction[i].in[0]] = false;
}

static bool is_own(const struct span *s, int reg)
{
    return reg >= 0 && s->own[reg];
}

/* Memory of the next row; what is the loop's own may stay where it is. */
static void next_row(struct native *n, const struct span *s, bool moves_own)
{
    for (int i = 0; i < n->part->stages; i++) {
        int reg = n->loop->stage[n->part->stage + i].reg;
        if (native_is_reduction(n, i))
            move_target(n, RDI, in_stage(n, i, offsetof(struct stage, other.at)));
        else if (reg >= 0 && n->loop->reg[reg].class != LOOP_CONSTANT &&
                 (moves_own || !is_own(s, reg)))
            move_target(n, RDI, in_stage(n, i, offsetof(struct stage, to.at)));
    }
}

static void ask_in_next_row(struct native *n)
{
    move_target(n, R8, (int32_t)offsetof(struct stage, to.at));
}

static void ask_for_next_row(struct native *n)
{
    native_each_asking(n, RDX, RCX, ask_in_next_row);
}

/* The part's stages come next. */
static void begin(struct native *n, const struct span *s, int part, int first_kept)
{
    n->first_kept = first_kept;
    native_begin(n, &s->part[part]);
    n->stages_at = stages_from(s->loop, s->part, &s->part[part]);
}

/* ---- one row of one section */

static void begin_strips(struct native *n)
{
    asm_subtract(&n->code, RSI, RSI);
}

static void end_strips(struct native *n, int top)
{
    asm_add(&n->code, RSI, NATIVE_VECTORS * n->bytes);
    asm_compare(&n->code, RSI, RBP);
    asm_jump_back_if(&n->code, ASM_LESS, top);
}

/* Of a row, behind whole strips. */
static int bytes_left(const struct native *n)
{
    int64_t bytes = n->loop->columns * (n->code.f64 ? 8 : 4);
    return n->loop->ragged ? (int)(bytes % (NATIVE_VECTORS * n->bytes)) : 0;
}

/* The same stages for those: fewer vectors, the last one in part. */
static void end_of_row(struct native *n)
{
    int left = bytes_left(n);
    if (!left)
        return;
    native_begin(n, n->part);
    n->vectors = (left + n->bytes - 1) / n->bytes;
    n->ends = left % n->bytes > 0;
    native_all_stages(n);
}

/* The part's elements of a row. */
static void strips_of_row(struct native *n, bool asks)
{
    open_lanes(n);
    begin_strips(n);
    int top = n->code.size;
    if (asks)
        native_ask(n, RDX, RCX);
    native_all_stages(n);
    end_strips(n, top);
    end_of_row(n);
}

/* Values of rows in parts from one to another. */
static void values_of_row(struct native *n, const struct span *s, int part, int end)
{
    for (; part < end; part++) {
        begin(n, s, part, NATIVE_KEPT);
        native_all_stages(n);
        next_row(n, s, false);
    }
}

static void begin_elements(struct native *n, const struct span *s, const struct section *section)
{
    begin(n, s, section->elements, section->first_kept);
}

static void end_elements(struct native *n, const struct span *s, const struct section *section,
                         bool asks)
{
    begin_elements(n, s, section);
    close_lanes(n);
    next_row(n, s, false);
    if (asks)
        ask_for_next_row(n);
}

static void row_of_section(struct native *n, const struct span *s, int number)
{
    const struct section *section = &s->section[number];
    bool asks = s->asks && number == 0;
    values_of_row(n, s, section->first, section->elements);
    begin_elements(n, s, section);
    strips_of_row(n, asks);
    end_elements(n, s, section, asks);
    values_of_row(n, s, section->elements + 1, section->end);
}

/* ---- all sections together, each a row behind the one before it */

/* Of what one section leaves for the next there is one row: it is read before it is written. */
static void rows_of_all(struct native *n, const struct span *s)
{
    const struct section *first = s->section, *end = first + s->sections, *at;
    values_of_row(n, s, first->first, first->elements);
    for (at = first; at < end; at++) {
        begin_elements(n, s, at);
        open_lanes(n);
    }
    begin_strips(n);
    int top = n->code.size;
    if (s->asks)
        native_ask(n, RDX, RCX);
    for (at = end - 1; at >= first; at--) {
        begin_elements(n, s, at);
        native_all_stages(n);
    }
    end_strips(n, top);
    for (at = end - 1; at >= first; at--) {
        begin_elements(n, s, at);
        end_of_row(n);
    }
    for (at = first; at < end; at++)
        end_elements(n, s, at, s->asks && at == first);
    for (at = first; at < end; at++)
        values_of_row(n, s, at->elements + 1, at->end);
}

static int reductions_of_all(const struct span *s)
{
    int reductions = 0;
    for (int i = 0; i < s->parts; i++)
        reductions += s->part[i].reduces;
    return reductions;
}

/* r9 counts. */
static void all_rows(struct native *n, const struct span *s)
{
    struct assembler *code = &n->code;
    n->keeps = native_kept_lanes(n, reductions_of_all(s)) > 0;
    for (int rows = 1; rows < s->sections; rows++)
        for (int k = rows - 1; k >= 0; k--)
            row_of_section(n, s, k);
    asm_move(code, R9, RBX);
    asm_add(code, R9, 1 - s->sections);
    int row = code->size;
    rows_of_all(n, s);
    asm_add(code, R9, -1);
    asm_jump_back_if(code, ASM_NOT_EQUAL, row);
    for (int rows = s->sections - 1; rows > 0; rows--)
        for (int k = s->sections - 1; k >= s->sections - rows; k--)
            row_of_section(n, s, k);
}

/* ---- one part after the other: rbx rows that are left, r9 those of a group, at most r11, r10
 * those left of it */

/* What is the loop's own lies where that of the last group did. */
static void next_group(struct native *n, const struct span *s)
{
    struct assembler *code = &n->code;
    for (int i = 0; i < n->part->stages; i++) {
        if (native_is_reduction(n, i) || !is_own(s, n->loop->stage[n->part->stage + i].reg))
            continue;
        asm_load_general(code, RAX, RDI, in_stage(n, i, offsetof(struct stage, to.apart)));
        asm_multiply(code, RAX, R9);
        asm_subtract_from_memory(code, RDI, in_stage(n, i, offsetof(struct stage, to.at)), RAX);
    }
}

static void elements_of_row(struct native *n, bool asks)
{
    strips_of_row(n, asks);
    close_lanes(n);
    if (asks)
        ask_for_next_row(n);
}

static void part_of_group(struct native *n, const struct span *s, bool asks)
{
    struct assembler *code = &n->code;
    n->keeps = native_kept_lanes(n, n->part->reduces) > 0;
    asm_move(code, R10, R9);
    int row = code->size;
    if (n->part->class == LOOP_FULL)
        elements_of_row(n, asks);
    else
        native_all_stages(n);
    next_row(n, s, true);
    asm_add(code, R10, -1);
    asm_jump_back_if(code, ASM_NOT_EQUAL, row);
    next_group(n, s);
}

static void groups(struct native *n, const struct span *s)
{
    struct assembler *code = &n->code;
    int group = code->size;
    bool asks = s->asks;
    asm_move(code, R9, R11);
    asm_compare(code, RBX, R11);
    int full = asm_jump_if(code, ASM_NOT_LESS);
    asm_move(code, R9, RBX);
    asm_land(code, full);
    for (int i = 0; i < s->parts; i++) {
        bool reads = s->part[i].class == LOOP_FULL && !s->part[i].bare;
        begin(n, s, i, NATIVE_KEPT);
        part_of_group(n, s, asks && reads);
        asks &= !reads;
    }
    asm_subtract(code, RBX, R9);
    asm_jump_back_if(code, ASM_NOT_EQUAL, group);
}

/* ---- which parts, and how */

/* A sum or product that stays in registers.  Extremes alone are better done in C, which looks for
 * NaN beside them. */
static bool keeps_one(const struct loop *l, const struct loop_part *part, int vector_bytes)
{
    enum reduction how = reduction_of(l->stage[part->stage + part->stages - 1].op);
    return vector_bytes == NATIVE_AVX512 && (how == REDUCE_SUM || how == REDUCE_PRODUCT);
}

/* With reductions of rows two parts at least, or one that is worth it. */
static int span_of(const struct loop *l, const struct loop_part *first, int vector_bytes)
{
    const struct loop_part *end = l->part + l->parts, *part = first;
    bool elements = false;
    for (; part < end && part->type == first->type && native_is_whole(l, part, vector_bytes);
         part++)
        elements |= part->class == LOOP_FULL;
    int parts = (int)(part - first);
    bool few = l->needs_rows && parts < LEAST;
    return !elements || (few && !keeps_one(l, first, vector_bytes)) ? 0 : parts;
}

/* The section whose elements are made in a part; -1: it is none of theirs. */
static int section_of(const struct span *s, int instruction)
{
    for (int i = 0; i < s->sections; i++) {
        const struct loop_part *part = &s->part[s->section[i].elements];
        if (instruction >= part->first && instruction < part->first + part->count)
            return i;
    }
    return -1;
}

/* While rows are in flight a slot is free for others only when those are through it. */
static bool shares_slot(const struct span *s, int reg)
{
    const struct loop *l = s->loop;
    for (int i = 0; i < l->regs; i++)
        if (i != reg && s->own[i] && !l->reg[i].passing && l->reg[i].slot == l->reg[reg].slot)
            return true;
    return false;
}

/* There is one row of what is the loop's own, so nobody but the next section may read it, and it
 * lies where nothing else does. */
static bool can_run_together(const struct span *s)
{
    const struct loop *l = s->loop;
    for (int i = 0; i < s->sections; i++) {
        const struct loop_part *part = &s->part[s->section[i].elements];
        for (const struct loop_stage *stage = &l->stage[part->stage], *end = stage + part->stages;
             stage < end; stage++)
            if (is_own(s, stage->reg) &&
                (i - section_of(s, l->reg[stage->reg].maker) > 1 || shares_slot(s, stage->reg)))
                return false;
    }
    return true;
}

/* Where much is computed the processor foresees what will be read, and what asks is in its way. */
static bool wants_asking(const struct span *s)
{
    const struct loop_stage *stage = &s->loop->stage[s->part[0].stage];
    const struct loop_part *last = &s->part[s->parts - 1];
    for (; stage < &s->loop->stage[last->stage + last->stages]; stage++)
        if (stage->form == STAGE_ONE && native_is_long(stage->op))
            return false;
    return true;
}

/* Whichever way is gone, and wherever in it. */
static int most_lanes(const struct native *n, const struct span *s)
{
    int most = native_kept_lanes(n, reductions_of_all(s));
    for (int i = 0; i < s->parts; i++) {
        int lanes = native_kept_lanes(n, s->part[i].reduces);
        most = lanes > most ? lanes : most;
    }
    return most;
}

static void find_sections(struct span *s, int lane_registers)
{
    int kept = NATIVE_KEPT, first = 0;
    s->sections = 0;
    for (int i = 0; i < s->parts; i++) {
        if (s->part[i].class != LOOP_FULL) {
            if (s->sections)
                s->section[s->sections - 1].end = i + 1;
            continue;
        }
        if (s->sections == SECTIONS) {
            s->sections = 0;
            return;
        }
        s->section[s->sections++] = (struct section){first, i, i + 1, kept};
        kept += s->part[i].reduces * lane_registers;
        first = i + 1;
    }
    for (int i = 1; i < s->sections; i++)
        s->section[i].first = s->section[i].elements;
    if (s->sections < LEAST || !can_run_together(s))
        s->sections = 0;
}

/* Both ways, or only the second, which is shorter, where sections do not run together. */
static void write_span(struct native *n, const void *what)
{
    const struct span *s = what;
    struct assembler *code = &n->code;
    asm_push(code, RBX), asm_push(code, RBP);
    asm_move(code, RBX, RSI), asm_move(code, RBP, R9), asm_move(code, R11, R8);
    native_load_residents(n);
    if (bytes_left(n) % n->bytes)
        asm_choose_lanes(code, bytes_left(n) % n->bytes / (code->f64 ? 8 : 4));
    if (s->sections) {
        asm_compare(code, RBX, R11);
        int one_group = asm_jump_if(code, ASM_NOT_GREATER);
        asm_compare_number(code, RBX, s->sections);
        int few = asm_jump_if(code, ASM_LESS);
        all_rows(n, s);
        asm_pop(code, RBP), asm_pop(code, RBX);
        asm_return(code);
        asm_land(code, one_group), asm_land(code, few);
    }
    groups(n, s);
    asm_pop(code, RBP), asm_pop(code, RBX);
    asm_return(code);
}

native_rows *native_span(const struct loop *l, const struct loop_part *first, int vector_bytes,
                         bool streams, int *parts)
{
    struct native n;
    *parts = span_of(l, first, vector_bytes);
    if (*parts == 0 || !native_is_wanted())
        return NULL;
    native_start(&n, l, first, vector_bytes, streams);
    n.whole = true;
    struct span s = {.loop = l, .part = first, .parts = *parts};
    find_own(&s);
    find_sections(&s, native_lane_registers(&n));
    s.asks = wants_asking(&s);
    n.lanes = most_lanes(&n, &s);
    native_rows *rows = (native_rows *)native_function(&n, write_span, &s);
    if (rows || !s.sections)
        return rows;
    s.sections = 0;
    return (native_rows *)native_function(&n, write_span, &s);
}
