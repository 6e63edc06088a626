/* Finishing a loop: what follows from its instructions. */
#include "core/loop.h"

#include <string.h>

#include "core/order.h"

static int64_t product(const struct loop *l, int first, int end)
{
    int64_t n = 1;
    for (int i = first; i < end; i++)
        n *= l->extent[i];
    return n;
}

static void note_needs(struct loop *l)
{
    for (int i = 0; i < l->instructions; i++) {
        enum loop_kind kind = l->instruction[i].kind;
        l->needs_rows |= kind == LOOP_ROW_REDUCE;
        l->needs_pieces |= kind == LOOP_PIECE_REDUCE;
        l->needs_blocks |= kind == LOOP_COLUMN_REDUCE;
        l->random_step |= kind == LOOP_RANDOM;
    }
}

static void note_lives(struct loop *l)
{
    for (int r = 0; r < l->regs; r++)
        l->reg[r].maker = l->reg[r].last_reader = -1;
    for (int i = 0; i < l->instructions; i++) {
        const struct loop_instruction *code = &l->instruction[i];
        if (code->out >= 0)
            l->reg[code->out].maker = i;
        for (int k = 0; k < 3; k++)
            if (code->in[k] >= 0)
                l->reg[code->in[k]].last_reader = i;
    }
}

enum { SLOT_MAX = 256 };

/* Slots by a walk over the instructions: a register takes a free slot when it is made and gives it
 * back after its last reader. */
static bool assign_slots(struct loop *l)
{
    int free_after[SLOT_MAX];
    for (int i = 0; i < l->instructions; i++) {
        int reg = l->instruction[i].out;
        if (reg < 0 || l->reg[reg].class == LOOP_CONSTANT)
            continue;
        int slot = 0, last = l->reg[reg].last_reader;
        while (slot < l->slots && free_after[slot] >= i)
            slot++;
        if (slot == SLOT_MAX)
            return false;
        l->slots = slot == l->slots ? slot + 1 : l->slots;
        free_after[slot] = last > i ? last : i;
        l->reg[reg].slot = slot;
    }
    return true;
}

bool loop_finish(struct loop *l)
{
    l->rows = product(l, 0, l->dims - l->column_dims);
    l->columns = product(l, l->dims - l->column_dims, l->dims);
    l->pieces = (l->columns + AD_ROW_CHUNK - 1) / AD_ROW_CHUNK;
    note_needs(l);
    note_lives(l);
    return assign_slots(l);
}
