/* Finishing a loop: what follows from its instructions. */
#include "core/loop.h"

#include <string.h>

#include "core/chain.h"
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

static bool touches_memory(const struct loop_instruction *i)
{
    return i->kind == LOOP_LOAD || i->kind == LOOP_STORE || i->kind == LOOP_PIECE_REDUCE ||
           i->kind == LOOP_COLUMN_REDUCE;
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
        if (touches_memory(code))
            l->operand[code->operand].toucher = i;
    }
}

/* The instructions of a chain take turns on a few elements at a time, so what one of them reads or
 * makes lives from the first to the last. */
static const struct loop_part *part_of(const struct loop *l, int instruction)
{
    const struct loop_part *part = l->part;
    while (part->first + part->count <= instruction)
        part++;
    return part;
}

/* Slots by a walk over the instructions: a register takes a free slot when it is made and gives it
 * back after its last reader.  Values of rows keep apart from those of elements: a backend may take
 * a few rows through several parts before the next, while values of all rows are there. */
static bool assign_slots(struct loop *l)
{
    int free_after[LOOP_REGISTERS];
    enum loop_class class[LOOP_REGISTERS];
    for (int i = 0; i < l->instructions; i++) {
        struct loop_register *r = l->instruction[i].out < 0 ? NULL : &l->reg[l->instruction[i].out];
        if (!r || r->class == LOOP_CONSTANT || r->passing)
            continue;
        bool stays = loop_stays(l, &l->instruction[i]);
        int slot = stays ? l->slots : 0, first = part_of(l, i)->first;
        const struct loop_part *last = part_of(l, r->last_reader > i ? r->last_reader : i);
        while (slot < l->slots && (free_after[slot] >= first || class[slot] != r->class))
            slot++;
        if (slot == LOOP_REGISTERS)
            return false;
        l->slots = slot == l->slots ? slot + 1 : l->slots;
        free_after[slot] = stays ? l->instructions : last->first + last->count - 1;
        class[slot] = r->class;
        r->slot = slot;
    }
    return true;
}

bool loop_is_stored(const struct loop *l, int reg)
{
    for (int i = 0; i < l->instructions; i++)
        if (l->instruction[i].kind == LOOP_STORE && l->instruction[i].in[0] == reg)
            return true;
    return false;
}

bool loop_finish(struct loop *l)
{
    l->rows = product(l, 0, l->dims - l->column_dims);
    l->columns = product(l, l->dims - l->column_dims, l->dims);
    l->pieces = (l->columns + AD_ROW_CHUNK - 1) / AD_ROW_CHUNK;
    note_needs(l);
    l->flat = l->needs_pieces && AD_ROW_CHUNK % (l->columns ? l->columns : 1) == 0;
    chain_order(l);
    note_lives(l);
    chain_parts(l);
    return assign_slots(l);
}
