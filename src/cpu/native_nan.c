/* Where the largest or smallest of a row need not look for NaN (cpu/native_code.h): a row with a
 * NaN in it is NaN in all that depends on its extreme, as in x - max x over its sum.  So what the
 * extreme is makes no difference, and half of the instructions that find it can go. */
#include <string.h>

#include "cpu/native_code.h"
#include "op/reduce.h"
#include "op/row.h"

/* What a value is where its row has a NaN. */
enum {
    DEPENDS = 1, /* of the extreme made */
    HERE = 2,    /* NaN where that NaN is */
    ALL = 4,     /* NaN in all of the row */
};

static unsigned of_compute(const struct loop_instruction *instruction, const uint8_t *known)
{
    unsigned all = 0;
    for (int k = 0; k < 3; k++)
        if (instruction->in[k] >= 0)
            all |= known[instruction->in[k]];
    return native_has(instruction->op) ? all : all & DEPENDS;
}

static unsigned of_row(const struct loop_instruction *instruction, const uint8_t *known)
{
    unsigned in = known[instruction->in[0]];
    bool adds = instruction->op == &op_sum && in & (HERE | ALL);
    return (in & DEPENDS) | (adds ? ALL : 0);
}

/* Of what the instruction makes, or stores. */
static unsigned found(const struct loop_instruction *instruction, const uint8_t *known)
{
    switch (instruction->kind) {
    case LOOP_COMPUTE: return of_compute(instruction, known);
    case LOOP_ROW_REDUCE: return of_row(instruction, known);
    case LOOP_STORE: return known[instruction->in[0]];
    default: return instruction->in[0] >= 0 ? known[instruction->in[0]] & DEPENDS : 0;
    }
}

bool native_nan_shows(const struct loop *l, int extreme)
{
    uint8_t known[LOOP_REGISTERS] = {0};
    int read = l->instruction[extreme].in[0], maker = l->reg[read].maker;
    for (int i = 0; i < l->instructions; i++) {
        const struct loop_instruction *instruction = &l->instruction[i];
        unsigned what = i == extreme ? DEPENDS : found(instruction, known);
        if (instruction->out < 0 && what & DEPENDS && !(what & ALL))
            return false;
        if (instruction->out >= 0)
            known[instruction->out] = (uint8_t)(i == maker ? what | HERE : what);
    }
    return true;
}
