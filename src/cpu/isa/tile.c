/* The interpreter of fused loops for one instruction set.
 *
 * A tile is a few rows of the space, or a part of one, about TILE elements, so that the registers
 * of a loop stay in the nearest cache.  Every register is an array in scratch memory with room for
 * whole vectors, so kernels have no edges; only loads and stores see the tile's true sizes.
 * Constants are spread out once for each call, row values where an instruction wants them for every
 * element. */
#include "cpu/tile.h"

#include <math.h>
#include <string.h>

#include "core/number.h"
#include "core/order.h"
#include "op/random.h"
#include "op/reduce.h"
#include "op/row.h"
#include "op/scalar.h"

enum { TILE = 1024, STRETCHES = 3, PAD = 64, OPERANDS = 96, REGISTERS = 256 };

/* What a call works on. */
struct tile {
    const struct loop_run *run;
    const struct loop *loop;
    int64_t row, rows, column, columns; /* of the tile */
    int64_t room;                       /* elements of a slot */
    char *slots, *constants, *stretch;
    bool may_alias[OPERANDS];     /* nothing in the loop writes that memory */
    const void *alias[REGISTERS]; /* of a register that is memory itself in this tile */
};

typedef void compute(int64_t n, void *out, const void *a, const void *b, const void *c);

/* clang-format off */
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/tile_real.inc"
#define REAL_F64
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/tile_real.inc"
#undef REAL_F64
/* clang-format on */

#include "cpu/tile_whole.inc"

/* ---- memory of registers */

static int64_t slot_room(const struct loop *l)
{
    int64_t elements = TILE;
    if (l->needs_pieces)
        elements = AD_ROW_CHUNK;
    if (l->needs_rows && l->columns > TILE)
        elements = l->columns;
    return elements + PAD;
}

static int constants_of(const struct loop *l)
{
    int n = 0;
    for (int i = 0; i < l->regs; i++)
        n += l->reg[i].class == LOOP_CONSTANT;
    return n;
}

static size_t scratch_bytes(const struct loop *l)
{
    return (size_t)(l->slots + constants_of(l) + STRETCHES) * (size_t)slot_room(l) * 8 + 64;
}

static void *register_at(const struct tile *t, int reg)
{
    const struct loop_register *r = &t->loop->reg[reg];
    if (t->alias[reg])
        return (void *)(uintptr_t)t->alias[reg];
    if (r->class != LOOP_CONSTANT)
        return t->slots + (size_t)r->slot * (size_t)t->room * 8;
    int n = 0;
    for (int i = 0; i < reg; i++)
        n += t->loop->reg[i].class == LOOP_CONSTANT;
    return t->constants + (size_t)n * (size_t)t->room * 8;
}

static void fill_constants(const struct tile *t, int64_t room)
{
    for (int i = 0; i < t->loop->regs; i++) {
        const struct loop_register *r = &t->loop->reg[i];
        if (r->class != LOOP_CONSTANT)
            continue;
        char *at = register_at(t, i);
        size_t size = ad_type_size(r->type);
        number_store(r->type, at, r->constant);
        if (size == 4)
            stretch_f32(1, room, (const float *)(const void *)at, (float *)(void *)at);
        else if (size == 8)
            stretch_f64(1, room, (const double *)(const void *)at, (double *)(void *)at);
        else
            for (int64_t k = 1; k < room; k++)
                memcpy(at + (size_t)k * size, at, size);
    }
}

/* A row value for every element of its row. */
static void stretch_rows(const struct tile *t, const char *from, char *to, size_t size)
{
    for (int64_t r = 0; r < t->rows; r++)
        for (int64_t c = 0; c < t->columns; c++)
            memcpy(to + (size_t)(r * t->columns + c) * size, from + (size_t)r * size, size);
}

/* The array an instruction reads: of the class that it works in. */
static const void *operand_array(const struct tile *t, int reg, enum loop_class class, int place)
{
    const struct loop_register *r = &t->loop->reg[reg];
    const void *at = register_at(t, reg);
    if (r->class != LOOP_ROW || class == LOOP_ROW)
        return at;
    char *to = t->stretch + (size_t)place * (size_t)t->room * 8;
    size_t size = ad_type_size(r->type);
    if (size == 4)
        stretch_f32(t->rows, t->columns, at, (float *)(void *)to);
    else if (size == 8)
        stretch_f64(t->rows, t->columns, at, (double *)(void *)to);
    else
        stretch_rows(t, at, to, size);
    return to;
}

static int64_t count_of(const struct tile *t, enum loop_class class)
{
    return class == LOOP_ROW ? t->rows : t->rows * t->columns;
}

/* ---- loads and stores */

/* Offset of a row or a column: positions along some axes times their strides. */
static int64_t offset_of(const struct loop *l, const int64_t *stride, int first, int end,
                         int64_t position)
{
    int64_t offset = 0;
    for (int i = end - 1; i >= first; i--) {
        offset += position % l->extent[i] * stride[i];
        position /= l->extent[i];
    }
    return offset;
}

static void copy_line(char *out, const char *in, int64_t n, int64_t out_step, int64_t in_step,
                      size_t size)
{
    if (out_step == 1 && in_step == 1) {
        memcpy(out, in, (size_t)n * size);
        return;
    }
    switch (size) {
    case 4:
        for (int64_t i = 0; i < n; i++)
            ((float *)(void *)out)[i * out_step] = ((const float *)(const void *)in)[i * in_step];
        break;
    case 8:
        for (int64_t i = 0; i < n; i++)
            ((double *)(void *)out)[i * out_step] = ((const double *)(const void *)in)[i * in_step];
        break;
    default:
        for (int64_t i = 0; i < n; i++)
            memcpy(out + i * out_step * (int64_t)size, in + i * in_step * (int64_t)size, size);
    }
}

/* Between an operand and a tile's register; class says whether each row has one value or all its
 * columns. */
static void move(const struct tile *t, int operand, void *reg, enum loop_class class, bool out)
{
    const struct loop *l = t->loop;
    const struct loop_operand *o = &l->operand[operand];
    size_t size = ad_type_size(o->type);
    int row_dims = l->dims - l->column_dims;
    int64_t columns = class == LOOP_ROW ? 1 : t->columns, first = class == LOOP_ROW ? 0 : t->column;
    for (int64_t r = 0; r < t->rows; r++) {
        char *base = (char *)t->run->base[operand] +
                     (o->offset + offset_of(l, o->stride, 0, row_dims, t->row + r)) * (int64_t)size;
        char *line = (char *)reg + (size_t)(r * columns) * size;
        if (l->column_dims == 1 || columns == 1) {
            int64_t step = l->column_dims ? o->stride[l->dims - 1] : 0;
            base += (l->column_dims == 1 ? first * step
                                         : offset_of(l, o->stride, row_dims, l->dims, first)) *
                    (int64_t)size;
            copy_line(out ? base : line, out ? line : base, columns, out ? step : 1, out ? 1 : step,
                      size);
            continue;
        }
        for (int64_t c = 0; c < columns; c++) {
            char *at = base + offset_of(l, o->stride, row_dims, l->dims, first + c) * (int64_t)size;
            memcpy(out ? at : line + (size_t)c * size, out ? line + (size_t)c * size : at, size);
        }
    }
}

static void note_aliases(struct tile *t)
{
    const struct loop *l = t->loop;
    for (int i = 0; i < l->operands; i++) {
        t->may_alias[i] = !l->operand[i].written;
        for (int k = 0; k < l->operands; k++)
            if (l->operand[k].written && t->run->base[k] == t->run->base[i])
                t->may_alias[i] = false;
    }
}

/* The operand's elements of this tile lie in memory one after another, in whole vectors: the
 * register can be that memory. */
static bool alias_load(struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    const struct loop_operand *o = &l->operand[i->operand];
    t->alias[i->out] = NULL;
    bool line = l->column_dims == 1 && o->stride[l->dims - 1] == 1;
    bool rows = t->rows == 1 || (l->dims == 2 && o->stride[0] == t->columns);
    if (l->reg[i->out].class != LOOP_FULL || !line || !rows || !t->may_alias[i->operand] ||
        t->rows * t->columns % 16)
        return false;
    int64_t at = o->offset + offset_of(l, o->stride, 0, l->dims - 1, t->row) + t->column;
    t->alias[i->out] = (const char *)t->run->base[i->operand] + at * (int64_t)ad_type_size(o->type);
    return true;
}

static void load(struct tile *t, const struct loop_instruction *i, enum loop_class class)
{
    if (!alias_load(t, i))
        move(t, i->operand, register_at(t, i->out), class, false);
}

static void store(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop_register *r = &t->loop->reg[i->in[0]];
    const struct loop_operand *o = &t->loop->operand[i->operand];
    bool fixed = true;
    for (int k = t->loop->dims - t->loop->column_dims; k < t->loop->dims; k++)
        fixed &= o->stride[k] == 0;
    enum loop_class class = r->class == LOOP_ROW && fixed ? LOOP_ROW : LOOP_FULL;
    move(t, i->operand, (void *)(uintptr_t)operand_array(t, i->in[0], class, 0), class, true);
}

/* ---- other instructions */

static void index_values(const struct tile *t, const struct loop_instruction *i,
                         enum loop_class class)
{
    const struct loop *l = t->loop;
    const struct loop_register *r = &l->reg[i->out];
    char *out = register_at(t, i->out);
    size_t size = ad_type_size(r->type);
    int64_t unit[LOOP_DIMS] = {0};
    unit[i->axis] = i->scale;
    int row_dims = l->dims - l->column_dims;
    int64_t columns = class == LOOP_ROW ? 1 : t->columns;
    for (int64_t row = 0; row < t->rows; row++)
        for (int64_t c = 0; c < columns; c++) {
            int64_t v =
                i->start + offset_of(l, unit, 0, row_dims, t->row + row) +
                offset_of(l, unit, row_dims, l->dims, class == LOOP_ROW ? 0 : t->column + c);
            number_store(r->type, out + (size_t)(row * columns + c) * size, (double)v);
        }
}

static void random_values(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop_register *r = &t->loop->reg[i->out];
    bool uniform = i->op == &op_uniform;
    for (int64_t row = 0; row < t->rows; row++) {
        uint64_t first = (uint64_t)((t->row + row) * t->loop->columns + t->column);
        for (int64_t c = 0; c < t->columns; c++) {
            uint64_t e = first + (uint64_t)c;
            int64_t at = row * t->columns + c;
            if (r->type == AD_F32) {
                float low = (float)i->low, high = (float)i->high;
                ((float *)register_at(t, i->out))[at] =
                    uniform
                        ? low + (float)(i->high - i->low) *
                                    scalar_uniform_f32(t->run->seed, t->run->step, i->stream, e)
                        : low + high * scalar_normal_f32(t->run->seed, t->run->step, i->stream, e);
            } else {
                ((double *)register_at(t, i->out))[at] =
                    uniform
                        ? i->low + (i->high - i->low) *
                                       scalar_uniform_f64(t->run->seed, t->run->step, i->stream, e)
                        : i->low +
                              i->high * scalar_normal_f64(t->run->seed, t->run->step, i->stream, e);
            }
        }
    }
}

static int reduce_number(const struct op *op)
{
    return op == &op_sum ? 0 : op == &op_maximum ? 1 : 2;
}

static void reduce_row(ad_type type, int how, const void *in, int64_t n, void *out)
{
    switch (type) {
    case AD_F32: *(float *)out = reduce_row_f32(how, in, n); break;
    case AD_F64: *(double *)out = reduce_row_f64(how, in, n); break;
    default: whole_reduce_row(type, how, in, n, out); break;
    }
}

static void reduce_columns(ad_type type, int how, bool first, const void *in, void *out, int64_t n)
{
    switch (type) {
    case AD_F32: reduce_columns_f32(how, first, in, out, n); break;
    case AD_F64: reduce_columns_f64(how, first, in, out, n); break;
    default: whole_reduce_columns(type, how, first, in, out, n); break;
    }
}

static void row_reduce(const struct tile *t, const struct loop_instruction *i)
{
    ad_type type = t->loop->reg[i->out].type;
    int how = reduce_number(i->op);
    size_t size = ad_type_size(type);
    const char *in = operand_array(t, i->in[0], LOOP_FULL, 0);
    char *out = register_at(t, i->out);
    for (int64_t r = 0; r < t->rows; r++, in += (size_t)t->columns * size, out += size)
        reduce_row(type, how, in, t->columns, out);
}

static void piece_reduce(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    ad_type type = l->operand[i->operand].type;
    int how = reduce_number(i->op);
    const char *in = operand_array(t, i->in[0], LOOP_FULL, 0);
    for (int64_t r = 0; r < t->rows; r++) {
        char *out =
            (char *)t->run->base[i->operand] +
            (size_t)((t->row + r) * l->pieces + t->column / AD_ROW_CHUNK) * ad_type_size(type);
        const char *line = in + (size_t)(r * t->columns) * ad_type_size(type);
        reduce_row(type, how, line, t->columns, out);
    }
}

static void column_reduce(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    ad_type type = l->operand[i->operand].type;
    int how = reduce_number(i->op);
    const char *in = operand_array(t, i->in[0], LOOP_FULL, 0);
    for (int64_t r = 0; r < t->rows; r++) {
        int64_t row = t->row + r;
        bool first = row % AD_COLUMN_BLOCK == 0;
        char *out = (char *)t->run->base[i->operand] +
                    (size_t)(row / AD_COLUMN_BLOCK * l->columns + t->column) * ad_type_size(type);
        const char *line = in + (size_t)(r * t->columns) * ad_type_size(type);
        reduce_columns(type, how, first, line, out, t->columns);
    }
}

static void compute_values(const struct tile *t, const struct loop_instruction *i,
                           enum loop_class class)
{
    const struct row *row = i->op->row;
    const void *in[3] = {NULL, NULL, NULL};
    for (int k = 0; k < row->arity; k++)
        in[k] = operand_array(t, i->in[k], class, k);
    ad_type type = t->loop->reg[i->in[row->arity - 1]].type;
    void *out = register_at(t, i->out);
    int64_t n = count_of(t, class);
    if (type == AD_F32)
        table_f32[row->number](n, out, in[0], in[1], in[2]);
    else if (type == AD_F64)
        table_f64[row->number](n, out, in[0], in[1], in[2]);
    else
        row_run(type, row->number, n, in, (const int64_t[]){1, 1, 1}, out);
}

static void cast_values(const struct tile *t, const struct loop_instruction *i,
                        enum loop_class class)
{
    cast_run(t->loop->reg[i->in[0]].type, t->loop->reg[i->out].type, count_of(t, class),
             operand_array(t, i->in[0], class, 0), register_at(t, i->out));
}

static void execute(struct tile *t, const struct loop_instruction *i)
{
    enum loop_class class = i->out >= 0 ? t->loop->reg[i->out].class : LOOP_FULL;
    switch (i->kind) {
    case LOOP_LOAD: load(t, i, class); break;
    case LOOP_STORE: store(t, i); break;
    case LOOP_COMPUTE: compute_values(t, i, class); break;
    case LOOP_CAST: cast_values(t, i, class); break;
    case LOOP_RANDOM: random_values(t, i); break;
    case LOOP_INDEX: index_values(t, i, class); break;
    case LOOP_ROW_REDUCE: row_reduce(t, i); break;
    case LOOP_PIECE_REDUCE: piece_reduce(t, i); break;
    case LOOP_COLUMN_REDUCE: column_reduce(t, i); break;
    }
}

static void run_tile(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
    t->row = row, t->rows = rows, t->column = column, t->columns = columns;
    for (int i = 0; i < t->loop->instructions; i++)
        execute(t, &t->loop->instruction[i]);
}

static void run(const struct loop_run *run, int64_t row, int64_t rows, int64_t column,
                int64_t columns, void *scratch)
{
    const struct loop *l = run->loop;
    struct tile t = {.run = run, .loop = l, .room = slot_room(l), .slots = scratch};
    t.constants = t.slots + (size_t)l->slots * (size_t)t.room * 8;
    t.stretch = t.constants + (size_t)constants_of(l) * (size_t)t.room * 8;
    int64_t wide = l->needs_rows ? columns : l->needs_pieces ? AD_ROW_CHUNK : TILE;
    int64_t high = columns > 0 && columns < wide ? wide / columns : 1;
    if (l->needs_rows)
        high = columns > 0 && columns < TILE ? TILE / columns : 1;
    if (l->needs_pieces)
        high = 1;
    int64_t most = (rows < high ? rows : high) * (columns < wide ? columns : wide);
    fill_constants(&t, most + 16 < t.room ? most + 16 : t.room);
    note_aliases(&t);
    for (int64_t r = 0; r < rows; r += high)
        for (int64_t c = 0; c < columns; c += wide)
            run_tile(&t, row + r, rows - r < high ? rows - r : high, column + c,
                     columns - c < wide ? columns - c : wide);
}

#define TABLE_PASTE(isa) tile_##isa
#define TABLE_OF(isa) TABLE_PASTE(isa)
const struct tile_table TABLE_OF(ISA) = {.scratch_bytes = scratch_bytes,
                                         .run = run,
                                         .reduce_row = reduce_row,
                                         .reduce_columns = reduce_columns};
