/* Instructions of fused loops that are no part of chains: each takes the whole tile. */
#include <string.h>

#include "base/copy_bytes.h"
#include "core/number.h"
#include "cpu/tile_private.h"
#include "op/random.h"
#include "op/row.h"
#include "op/scalar.h"

/* ---- spreading values */

void tile_spread(const struct tile_table *table, ad_type type, int64_t rows, int64_t columns,
                 const void *from, void *to)
{
    size_t size = ad_type_size(type);
    if (size == 4)
        table->f32->stretch(rows, columns, from, to);
    else if (size == 8)
        table->f64->stretch(rows, columns, from, to);
    else if (size == 1)
        for (int64_t r = 0; r < rows; r++)
            memset((char *)to + r * columns, ((const char *)from)[r], (size_t)columns);
    else
        for (int64_t i = 0; i < rows * columns; i++)
            memcpy((char *)to + (size_t)i * size, (const char *)from + (size_t)(i / columns) * size,
                   size);
}

void *tile_stretch_at(const struct tile *t, int place)
{
    return t->stretch + (size_t)place * (size_t)t->room * 8;
}

/* A register for an instruction that works on each element, or on each row. */
static struct side side_of(const struct tile *t, int reg, enum loop_class class, int place)
{
    const struct loop_register *r = &t->loop->reg[reg];
    if (r->class == LOOP_CONSTANT)
        return (struct side){t->at[reg], 0, 0};
    if (r->class != LOOP_ROW || class == LOOP_ROW)
        return (struct side){t->at[reg], 1, tile_apart(t, reg)};
    void *to = tile_stretch_at(t, place);
    bool vectors = t->rows == 1 || t->columns >= STAGE_LONG_ROW;
    int64_t columns = vectors ? TILE_LANES : t->columns;
    tile_spread(t->table, r->type, t->rows, columns, t->at[reg], to);
    return (struct side){to, !vectors, columns};
}

struct side tile_array(const struct tile *t, int reg, enum loop_class class, int place)
{
    const struct loop_register *r = &t->loop->reg[reg];
    if (r->class == LOOP_FULL || r->class == class)
        return (struct side){t->at[reg], 1, tile_apart(t, reg)};
    int64_t columns = class == LOOP_ROW ? 1 : t->columns;
    void *to = tile_stretch_at(t, place);
    if (r->class == LOOP_ROW)
        tile_spread(t->table, r->type, t->rows, columns, t->at[reg], to);
    else
        tile_spread(t->table, r->type, 1, t->rows * columns, t->at[reg], to);
    return (struct side){to, 1, columns};
}

static const char *row_of(const struct side *side, int64_t row, size_t size)
{
    return (const char *)side->at + (size_t)(row * side->apart) * size;
}

/* ---- other instructions */

/* first, first + step..., by registers as long as i32 holds them. */
typedef int32_t counts __attribute__((vector_size(16), aligned(4)));
typedef float float_counts __attribute__((vector_size(16), aligned(4)));

static int64_t count_wide(ad_type type, void *out, int64_t n, int64_t first, int64_t step)
{
    int64_t last = first + n * step, i = 0;
    bool fit = first == (int32_t)first && last == (int32_t)last && step == (int32_t)step;
    if (!fit || (type != AD_I32 && type != AD_F32))
        return 0;
    counts now = {0, 1, 2, 3};
    for (now = now * (int32_t)step + (int32_t)first; i + 4 <= n; i += 4, now += 4 * (int32_t)step)
        if (type == AD_I32)
            *(counts *)(void *)((int32_t *)out + i) = now;
        else
            *(float_counts *)(void *)((float *)out + i) =
                __builtin_convertvector(now, float_counts);
    return i;
}

static void count_up(ad_type type, void *out, int64_t n, int64_t first, int64_t step)
{
    for (int64_t i = count_wide(type, out, n, first, step); i < n; i++) {
        int64_t now = first + i * step;
        switch (type) {
        case AD_I32: ((int32_t *)out)[i] = (int32_t)now; break;
        case AD_I64: ((int64_t *)out)[i] = now; break;
        case AD_F32: ((float *)out)[i] = (float)now; break;
        case AD_F64: ((double *)out)[i] = (double)now; break;
        default: number_store(type, (char *)out + (size_t)i * ad_type_size(type), (double)now);
        }
    }
}

/* Positions in a row along one axis of its columns. */
static void index_columns(const struct tile *t, const struct loop_instruction *i, ad_type type,
                          char *out)
{
    const struct loop *l = t->loop;
    if (l->column_dims == 1) {
        count_up(type, out, t->columns, i->start + i->scale * t->column, i->scale);
        return;
    }
    int64_t unit[LOOP_DIMS] = {0};
    unit[i->axis] = i->scale;
    for (int64_t c = 0; c < t->columns; c++)
        count_up(type, out + (size_t)c * ad_type_size(type), 1,
                 i->start + tile_offset(l, unit, l->dims - l->column_dims, l->dims, t->column + c),
                 0);
}

/* Along an axis of the columns all rows are alike, along one of the rows all of a row is. */
static void index_values(const struct tile *t, const struct loop_instruction *i,
                         enum loop_class class)
{
    const struct loop *l = t->loop;
    ad_type type = l->reg[i->out].type;
    char *out = t->at[i->out];
    int row_dims = l->dims - l->column_dims;
    int64_t unit[LOOP_DIMS] = {0}, columns = class == LOOP_ROW ? 1 : t->columns;
    size_t bytes = (size_t)columns * ad_type_size(type);
    bool of_columns = class != LOOP_ROW && i->axis >= row_dims;
    if (of_columns && t->below) /* loop_stays */
        return;
    unit[i->axis] = i->scale;
    for (int64_t row = 0; row < t->rows; row++, out += bytes)
        if (!of_columns)
            count_up(type, out, columns, i->start + tile_offset(l, unit, 0, row_dims, t->row + row),
                     0);
        else if (row == 0)
            index_columns(t, i, type, out);
        else
            copy_bytes(out, t->at[i->out], bytes);
}

/* Elements are numbered along the rows, so those of whole rows are one stretch. */
static void random_values(const struct tile *t, const struct loop_instruction *i)
{
    const struct random_key key = {scalar_stream_key(t->run->seed, i->stream), t->run->step,
                                   (uint32_t)i->stream};
    const ad_type type = t->loop->reg[i->out].type;
    const struct tile_real *real = tile_real(t->table, type);
    bool uniform = i->op == &op_uniform;
    bool whole = t->columns == t->loop->columns;
    int64_t lines = whole ? 1 : t->rows, length = whole ? t->rows * t->columns : t->columns;
    for (int64_t k = 0; k < lines; k++) {
        uint64_t first = (uint64_t)((t->row + k) * t->loop->columns + t->column);
        void *out = (char *)t->at[i->out] + (size_t)(k * length) * ad_type_size(type);
        real->random(uniform, out, length, &key, first, i->low, i->high);
    }
}

static bool is_real(ad_type type)
{
    return type == AD_F32 || type == AD_F64;
}

/* Rows that lie apart, each into one number. */
static void reduce_rows(const struct tile_table *table, ad_type type, int how, const void *in,
                        int64_t apart, int64_t rows, int64_t n, void *out)
{
    size_t size = ad_type_size(type);
    if (is_real(type))
        tile_real(table, type)->reduce_rows(how, in, apart, rows, n, out);
    else
        for (int64_t r = 0; r < rows; r++)
            tile_whole_row(type, how, (const char *)in + (size_t)(r * apart) * size, n,
                           (char *)out + (size_t)r * size);
}

void tile_reduce_row(const struct tile_table *table, ad_type type, int how, const void *in,
                     int64_t n, void *out)
{
    reduce_rows(table, type, how, in, n, 1, n, out);
}

/* Joins rows that lie apart to out, or to the identity where they are the first. */
void tile_reduce_columns(const struct tile_table *table, ad_type type, int how, bool first,
                         const void *in, int64_t apart, int64_t rows, void *out, int64_t n)
{
    size_t size = ad_type_size(type);
    if (is_real(type))
        tile_real(table, type)->reduce_columns(how, first, in, apart, rows, out, n);
    else
        for (int64_t r = 0; r < rows; r++)
            tile_whole_columns(type, how, first && r == 0,
                               (const char *)in + (size_t)(r * apart) * size, out, n);
}

static void row_reduce(const struct tile *t, const struct loop_instruction *i)
{
    struct side in = tile_array(t, i->in[0], LOOP_FULL, 0);
    reduce_rows(t->table, t->loop->reg[i->out].type, tile_reduction(i->op), in.at, in.apart,
                t->rows, t->columns, t->at[i->out]);
}

/* All of a tile is one piece. */
static void flat_reduce(const struct tile *t, const struct loop_instruction *i,
                        const struct side *side)
{
    ad_type type = t->loop->operand[i->operand].type;
    size_t size = ad_type_size(type), line = (size_t)t->columns * size;
    const char *in = side->at;
    if (side->apart != t->columns) {
        char *to = tile_stretch_at(t, 1);
        for (int64_t r = 0; r < t->rows; r++)
            copy_bytes(to + (size_t)r * line, row_of(side, r, size), line);
        in = to;
    }
    int64_t piece = t->row * t->columns / AD_ROW_CHUNK;
    tile_reduce_row(t->table, type, tile_reduction(i->op), in, t->rows * t->columns,
                    (char *)t->run->base[i->operand] + (size_t)piece * size);
}

static void piece_reduce(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    ad_type type = l->operand[i->operand].type;
    size_t size = ad_type_size(type);
    struct side in = tile_array(t, i->in[0], LOOP_FULL, 0);
    if (l->flat)
        flat_reduce(t, i, &in);
    for (int64_t r = 0; r < t->rows && !l->flat; r++) {
        int64_t piece = (t->row + r) * l->pieces + t->column / AD_ROW_CHUNK;
        tile_reduce_row(t->table, type, tile_reduction(i->op), row_of(&in, r, size), t->columns,
                        (char *)t->run->base[i->operand] + (size_t)piece * size);
    }
}

static void column_reduce(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    ad_type type = l->operand[i->operand].type;
    size_t size = ad_type_size(type);
    struct side in = tile_array(t, i->in[0], LOOP_FULL, 0);
    for (int64_t r = 0, next; r < t->rows; r = next) {
        int64_t row = t->row + r, block = row / AD_COLUMN_BLOCK,
                end = (block + 1) * AD_COLUMN_BLOCK;
        next = end - t->row < t->rows ? end - t->row : t->rows;
        char *out =
            (char *)t->run->base[i->operand] + (size_t)(block * l->columns + t->column) * size;
        tile_reduce_columns(t->table, type, tile_reduction(i->op), row % AD_COLUMN_BLOCK == 0,
                            row_of(&in, r, size), in.apart, next - r, out, t->columns);
    }
}

/* Of whole numbers, truths and special rows: the others are chains. */
static void compute_line(ad_type type, const struct row *row, int64_t n, void *out,
                         const struct side *in)
{
    row_run(type, row->kernel, n, (const void *[]){in[0].at, in[1].at, in[2].at},
            (const int64_t[]){in[0].step, in[1].step, in[2].step}, out);
}

/* Lines of an operand's memory lie apart: one after another then. */
static void compute_lines(const struct tile *t, const struct loop_instruction *i, ad_type type,
                          const struct side *in)
{
    size_t out_size = ad_type_size(t->loop->reg[i->out].type);
    for (int64_t r = 0; r < t->rows; r++) {
        struct side line[3] = {in[0], in[1], in[2]};
        for (int k = 0; k < i->op->row->arity; k++)
            line[k].at = row_of(&in[k], r, ad_type_size(t->loop->reg[i->in[k]].type));
        compute_line(type, i->op->row, t->columns,
                     (char *)t->at[i->out] + (size_t)(r * tile_apart(t, i->out)) * out_size, line);
    }
}

static void compute_values(const struct tile *t, const struct loop_instruction *i,
                           enum loop_class class)
{
    const struct row *row = i->op->row;
    struct side in[3] = {{NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}};
    bool dense = t->apart[i->out] == DENSE;
    for (int k = 0; k < row->arity; k++) {
        in[k] = side_of(t, i->in[k], class, k);
        dense &=
            t->apart[i->in[k]] == DENSE && (t->rows == 1 || in[k].step == 1 || in[k].apart == 0);
    }
    ad_type type = t->loop->reg[i->in[row->arity - 1]].type;
    if (dense)
        compute_line(type, row, tile_count(t, class), t->at[i->out], in);
    else
        compute_lines(t, i, type, in);
}

static void cast_line(const struct tile_table *table, ad_type from, ad_type to, int64_t n,
                      const void *in, void *out)
{
    if (from == AD_F32 && to == AD_F64)
        table->widen(n, in, out);
    else
        cast_run(from, to, n, in, out);
}

static void cast_values(const struct tile *t, const struct loop_instruction *i,
                        enum loop_class class)
{
    ad_type from = t->loop->reg[i->in[0]].type, to = t->loop->reg[i->out].type;
    struct side in = tile_array(t, i->in[0], class, 0);
    bool dense = t->apart[i->out] == DENSE && t->apart[i->in[0]] == DENSE;
    int64_t lines = dense ? 1 : t->rows, n = dense ? tile_count(t, class) : t->columns;
    for (int64_t r = 0; r < lines; r++)
        cast_line(t->table, from, to, n, row_of(&in, r, ad_type_size(from)),
                  (char *)t->at[i->out] + (size_t)(r * tile_apart(t, i->out)) * ad_type_size(to));
}

void tile_execute(struct tile *t, const struct loop_instruction *i)
{
    enum loop_class class = i->out >= 0 ? t->loop->reg[i->out].class : LOOP_FULL;
    switch (i->kind) {
    case LOOP_LOAD: tile_load(t, i, class); break;
    case LOOP_STORE: tile_store(t, i); break;
    case LOOP_COMPUTE: compute_values(t, i, class); break;
    case LOOP_CAST: cast_values(t, i, class); break;
    case LOOP_RANDOM: random_values(t, i); break;
    case LOOP_INDEX: index_values(t, i, class); break;
    case LOOP_ROW_REDUCE: row_reduce(t, i); break;
    case LOOP_PIECE_REDUCE: piece_reduce(t, i); break;
    case LOOP_COLUMN_REDUCE: column_reduce(t, i); break;
    }
}
