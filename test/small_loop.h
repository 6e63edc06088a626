/* A fused loop of two operands and a result, made by hand: memory for it, and the fields that all
 * such loops have alike. */
#ifndef TEST_SMALL_LOOP_H
#define TEST_SMALL_LOOP_H

#include "core/loop.h"

enum { SMALL_REGISTERS = 5, SMALL_OPERANDS = 3, SMALL_INSTRUCTIONS = 6 };

struct small_loop {
    struct loop_register reg[SMALL_REGISTERS];
    struct loop_operand operand[SMALL_OPERANDS];
    struct loop_instruction code[SMALL_INSTRUCTIONS];
    struct loop_part part[SMALL_INSTRUCTIONS + 1];
    struct loop_stage stage[SMALL_INSTRUCTIONS * STAGES_EACH + 1];
    struct loop loop;
    int row; /* the register that has a value for each row; 0: none */
};

/* Of f32, over rows and columns (over columns alone where rows is 0), with what .operand and .code
 * say already; false where that is no loop. */
static inline bool small_loop_finish(struct small_loop *s, int64_t rows, int64_t columns, int regs,
                                     int instructions)
{
    for (int i = 0; i < regs; i++)
        s->reg[i] = (struct loop_register){.type = AD_F32,
                                           .class = i && i == s->row ? LOOP_ROW : LOOP_FULL};
    s->loop = (struct loop){.dims = rows ? 2 : 1,
                            .column_dims = 1,
                            .reg = s->reg,
                            .regs = regs,
                            .operand = s->operand,
                            .operands = SMALL_OPERANDS,
                            .instruction = s->code,
                            .instructions = instructions,
                            .part = s->part,
                            .stage = s->stage};
    s->loop.extent[0] = rows ? rows : columns;
    s->loop.extent[rows != 0] = columns;
    return loop_finish(&s->loop);
}

#endif
