#include "cpu/native.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/executable.h"
#include "cpu/native_code.h"

enum {
    LEAST = 2, /* stages from which on it is worth a function */
    FLOWS = 3, /* and arrays from which on to ask for them */
};

bool native_is_wanted(void)
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

void native_start(struct native *n, const struct loop *l, const struct loop_part *part,
                  int vector_bytes, bool streams)
{
    n->code.code = n->room, n->code.room = NATIVE_CODE;
    n->code.wide = vector_bytes == NATIVE_AVX512;
    n->code.f64 = part->type == AD_F64;
    n->loop = l, n->part = part;
    n->bytes = vector_bytes;
    n->streams = streams, n->whole = false, n->asks_early = false;
    n->keeps = false;
    n->lanes = 0, n->first_kept = NATIVE_KEPT;
    n->stages_at = 0;
}

static void write_anew(struct native *n, void (*write)(struct native *n, const void *what),
                       const void *what)
{
    n->code.size = n->code.constants = n->code.uses = 0;
    native_begin(n, n->part);
    write(n, what);
}

/* Not all formulas need fit beside the residents that the first of them left room for. */
anything *native_function(struct native *n, void (*write)(struct native *n, const void *what),
                          const void *what)
{
    n->residents = 0, n->collects = n->code.wide;
    write_anew(n, write, what);
    n->collects = false;
    if (n->residents)
        write_anew(n, write, what);
    if (n->residents && n->code.size > n->code.room) {
        n->residents = 0;
        write_anew(n, write, what);
    }
    if (!asm_finish(&n->code))
        return NULL;
    return (anything *)(uintptr_t)executable_keep(n->code.code, (size_t)n->code.size);
}

/* ---- stages of a part, a strip at a time */

struct stages {
    int first, count; /* of the part's */
};

/* One strip is not worth residents. */
static void write_stages(struct native *n, const void *what)
{
    const struct stages *s = what;
    n->collects = false;
    for (int i = s->first; i < s->first + s->count; i++)
        native_stage(n, i);
    if (s->first + s->count < n->part->stages)
        native_hand_on(n);
    asm_go_on(&n->code, (int32_t)(s->count * (int)sizeof(struct stage)));
}

anything *native_stages(const struct loop *l, const struct loop_part *part, int stage,
                        int vector_bytes, bool streams, int *count)
{
    struct native n;
    *count = length(l, part, vector_bytes, stage);
    if (*count < LEAST || part->class != LOOP_FULL || !native_is_wanted())
        return NULL;
    native_start(&n, l, part, vector_bytes, streams);
    struct stages s = {stage - part->stage, *count};
    n.stages_at = -s.first * (int)sizeof(struct stage); /* rdi is at the first of these */
    return native_function(&n, write_stages, &s);
}

/* ---- a part, line by line */

static void ask(struct native *n)
{
    enum { LINE = 64 };
    asm_load_general(&n->code, RAX, R8, (int32_t)offsetof(struct stage, to.at));
    for (int at = 0; at < NATIVE_VECTORS * n->bytes; at += LINE)
        asm_ask(&n->code, at);
}

void native_ask(struct native *n, enum general from, enum general to)
{
    native_each_asking(n, from, to, ask);
}

void native_each_asking(struct native *n, enum general from, enum general to,
                        void (*what)(struct native *n))
{
    struct assembler *code = &n->code;
    asm_move(code, R8, from);
    int top = code->size;
    asm_compare(code, R8, to);
    int done = asm_jump_if(code, ASM_EQUAL);
    what(n);
    asm_add(code, R8, (int32_t)sizeof(struct stage));
    asm_jump_back(code, top);
    asm_land(code, done);
}

bool native_is_whole(const struct loop *l, const struct loop_part *part, int vector_bytes)
{
    return part->stages > 0 && length(l, part, vector_bytes, part->stage) == part->stages;
}

int native_kept_lanes(const struct native *n, int reductions)
{
    int registers = reductions * native_lane_registers(n);
    return n->code.wide && registers <= NATIVE_REGISTERS - NATIVE_KEPT ? registers : 0;
}

bool native_is_reduction(const struct native *n, int stage)
{
    return n->loop->stage[n->part->stage + stage].form == STAGE_REDUCE;
}

/* Lanes stay in registers while a loop runs. */
static void move_lanes(struct native *n, bool out)
{
    int to = NATIVE_KEPT, registers = native_lane_registers(n);
    for (int i = 0; n->keeps && i < n->part->stages; i++) {
        if (!native_is_reduction(n, i))
            continue;
        native_point(n, i);
        for (int r = 0; r < registers; r++, to++)
            if (out)
                asm_store(&n->code, to, native_lanes(n, r));
            else
                asm_load(&n->code, to, native_lanes(n, r));
    }
}

void native_all_stages(struct native *n)
{
    for (int i = 0; i < n->part->stages; i++)
        native_stage(n, i);
}

static void write_line(struct native *n, const void *what)
{
    struct assembler *code = &n->code;
    int strip = NATIVE_VECTORS * n->bytes;
    (void)what;
    native_load_residents(n);
    move_lanes(n, false);
    asm_move(code, R9, RDI), asm_subtract(code, R9, RCX); /* where asking begins */
    asm_add(code, RDX, -strip);                           /* where the last strip would */
    int top = code->size;
    asm_compare(code, RSI, RDX);
    int done = asm_jump_if(code, ASM_GREATER);
    native_ask(n, R9, RDI);
    native_all_stages(n);
    asm_add(code, RSI, strip);
    asm_jump_back(code, top);
    asm_land(code, done);
    move_lanes(n, true);
    asm_move(code, RAX, RSI);
    asm_return(code);
}

/* Arrays that are read from end to end. */
static int flows_of(const struct loop *l)
{
    int flows = 0;
    for (int i = 0; i < l->instructions; i++)
        flows +=
            l->instruction[i].kind == LOOP_LOAD && l->reg[l->instruction[i].out].class == LOOP_FULL;
    return flows;
}

/* Of one or two arrays the processor foresees by itself what comes.  Of 25 million weights,
 * momentum's three are 1.15 times as fast when asked for, Adadelta's four 1.35 times. */
native_line *native_part(const struct loop *l, const struct loop_part *part, int vector_bytes,
                         bool streams)
{
    struct native n;
    if (part->class != LOOP_FULL || !native_is_whole(l, part, vector_bytes) || !native_is_wanted())
        return NULL;
    native_start(&n, l, part, vector_bytes, streams);
    n.whole = true, n.asks_early = flows_of(l) >= FLOWS;
    n.lanes = native_kept_lanes(&n, part->reduces);
    n.keeps = n.lanes > 0;
    return (native_line *)native_function(&n, write_line, NULL);
}
