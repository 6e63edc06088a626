/* The interpreter of fused loops for one instruction set.
 *
 * A tile is a few rows of the space, or a part of one, about TILE elements, so that the registers
 * of a loop stay in the nearest cache.  Every register is an array with room for whole vectors, so
 * kernels have no edges; only loads and stores see the tile's true sizes.
 *
 * Chains of computations go through a tile strip by strip, stage by stage (cpu/tile_stage.inc); the
 * other instructions take the whole tile, one after another.
 *
 * What need not be written is not:
 *   - a value that only the next stage reads;
 *   - an operand whose elements of the tile lie one after another is a register as it lies there,
 *     for loads and, where nothing reads the old values later, for stores;
 *   - a constant, and the value of a row where rows are taken one by one, is one strip that is read
 *     again and again;
 *   - an operand that is the same for all rows, as a bias is, is spread over the rows of a tile
 * once for each call, or not at all where rows are long or many (repeat_rows). */
#include "cpu/tile.h"

#include <math.h>
#include <string.h>

#include "base/copy_bytes.h"
#include "core/number.h"
#include "core/order.h"
#include "cpu/native.h"
#include "op/random.h"
#include "op/reduce.h"
#include "op/row.h"
#include "op/scalar.h"

enum {
    TILE = 2048,
    OWN_ROW = 512, /* columns from which on what all rows share is better read again than spread */
    STRETCHES = 3, /* operands of an instruction that may have to be spread over a tile */
    PAD = 64,
    OPERANDS = 96,
    SPOTS_EACH = 2,    /* pointers of a stage */
    LANES = 16,        /* most elements of a vector */
    ROW_GROUP = 2,     /* rows that are summed side by side */
    STRIP = 4 * LANES, /* most elements of a strip */
    CONSTANT_BYTES = STRIP * 8,
    LANE_BYTES = AD_LANES * 8, /* of a row that is reduced */
    CACHE_LINE = 64,
    ASKED_LEAST = 2048, /* bytes of a tile from which on they are asked for early */
};

/* Rows of a register that lie one after another; no distance, as those may be negative too. */
#define DENSE INT64_MIN

/* Registers of a strip, so that additions and products that wait for their results overlap. */
#if defined(__AVX2__) || defined(__ARM_NEON)
#define STRIP_VECTORS 4
#else
#define STRIP_VECTORS 1
#endif

#if defined(ADZE_HAVE_NATIVE) && defined(__AVX512F__)
#define NATIVE_BYTES NATIVE_AVX512
#elif defined(ADZE_HAVE_NATIVE) && defined(__AVX2__)
#define NATIVE_BYTES NATIVE_AVX2
#else
#define NATIVE_BYTES 0 /* stages are not joined */
#endif

/* What an instruction reads: an array, or with step 0 one vector for all elements. */
struct side {
    const void *at;
    int64_t step;
    int64_t apart; /* from row to row: the number of columns, unless it is memory of an operand, or
                      one vector for each row */
};

/* Memory that will be needed in the next tile. */
struct ahead {
    char *at;
    int64_t bytes;
    int64_t below; /* from this tile to the one below it */
    bool written;
    int part; /* that asks for it; -1: none yet */
};

/* A register that is memory of an operand, and how far on it lies in the tile below. */
struct step {
    void **at;
    int64_t bytes;
};

/* Where a stage's pointer comes from, and how far it goes from row to row. */
struct spot {
    char **at;
    void *const *from;
    int64_t apart;
};

/* How a chain's stages were aimed. */
struct aimed {
    int spots;
    bool by_rows; /* rows are taken one by one */
    bool spreads; /* values of rows are spread over them, in each tile anew */
    bool streams; /* those that may write past the caches do */
};

/* What a call works on. */
struct tile {
    const struct loop_run *run;
    const struct loop *loop;
    int64_t row, rows, column, columns; /* of the tile */
    int64_t room;                       /* elements of a slot */
    int64_t wide, high;                 /* of tiles that are not at an edge */
    int64_t group;   /* rows that a span works on at once, where it takes parts in turns */
    bool whole;      /* a span goes through many rows, of which its own values have no copies */
    bool apart_rows; /* the call is for a part of each row */
    bool alone;      /* one tile is all */
    bool streams;    /* stages may write past the caches */
    char *slots, *periodic, *constants, *stretch, *lanes;
    struct stage *stage;
    struct spot *spot;
    void *home[LOOP_REGISTERS];    /* the register's own memory */
    void *at[LOOP_REGISTERS];      /* where it lies in this tile */
    int64_t apart[LOOP_REGISTERS]; /* from row to row of it there; DENSE: the number of columns */
    bool is_periodic[LOOP_REGISTERS];  /* loaded before the first tile */
    bool is_stretched[LOOP_REGISTERS]; /* by .stretch: done in this tile */
    bool in_place[OPERANDS];           /* the operand's memory may be the register */
    struct aimed aimed[LOOP_INSTRUCTIONS];
    int64_t aimed_rows, aimed_columns; /* of the tile that stages were aimed at last */
    struct ahead ahead[STAGE_ASKS];
    struct step step[OPERANDS];
    int aheads, steps;
    bool below; /* the tile is like the last one, and right below it */
};

static int reduce_number(const struct op *op)
{
    return op == &op_sum ? 0 : op == &op_max ? 1 : 2;
}

/* clang-format off */
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/strip.h"
#include "cpu/random.inc"
#include "cpu/tile_real.inc"
#define REAL_F64
#include "cpu/vector.h"
#include "op/math.inc"
#include "cpu/strip.h"
#include "cpu/random.inc"
#include "cpu/tile_real.inc"
#undef REAL_F64
/* clang-format on */

#include "cpu/tile_whole.inc"

/* ---- scratch memory */

static bool same_for_all_rows(const struct loop *l, const struct loop_operand *o)
{
    for (int i = 0; i < l->dims - l->column_dims; i++)
        if (o->stride[i])
            return false;
    return l->rows > 1 && !o->written;
}

static bool can_repeat(const struct loop *l, const struct loop_instruction *i)
{
    return i->kind == LOOP_LOAD && l->reg[i->out].class == LOOP_FULL &&
           same_for_all_rows(l, &l->operand[i->operand]);
}

/* Whether a loaded value may be used where it lies, or is spread over rows once for each call. */
static bool lies_ready(const struct loop *l, const struct loop_instruction *load)
{
    return can_repeat(l, load) ||
           (l->dims > 0 && l->operand[load->operand].stride[l->dims - 1] == 1);
}

static bool is_stored(const struct loop *l, int reg)
{
    for (int i = 0; i < l->instructions; i++)
        if (l->instruction[i].kind == LOOP_STORE && l->instruction[i].in[0] == reg)
            return true;
    return false;
}

/* Values of elements that are neither in machine registers nor in memory of operands. */
static int own_values(const struct loop *l)
{
    int count = 0;
    for (int i = 0; i < l->instructions; i++) {
        const struct loop_instruction *maker = &l->instruction[i];
        const struct loop_register *r = maker->out < 0 ? NULL : &l->reg[maker->out];
        bool ready = maker->kind == LOOP_LOAD && lies_ready(l, maker);
        if (r && r->class == LOOP_FULL && !r->passing && !ready && !is_stored(l, maker->out))
            count++;
    }
    return count;
}

/* Elements of a tile: TILE, or more where values hardly need memory of their own.  What rows are
 * reduced from is read again at once and should still be near. */
static int64_t tile_size(const struct loop *l)
{
    int own = own_values(l);
    int64_t times = !l->needs_rows && own <= 1 ? 4 : 1;
    int64_t all = (l->rows * l->columns + PAD) / PAD * PAD;
    return all < times * TILE ? all : times * TILE;
}

static int64_t slot_room(const struct loop *l)
{
    int64_t elements = l->tile;
    if (l->needs_pieces)
        elements = AD_ROW_CHUNK;
    if (l->needs_rows)
        elements = l->columns > l->tile ? l->columns : l->tile;
    return elements + PAD;
}

static int periodic_count(const struct loop *l)
{
    int n = 0;
    for (int i = 0; i < l->instructions; i++)
        n += can_repeat(l, &l->instruction[i]);
    return n;
}

static int constant_count(const struct loop *l)
{
    int n = 0;
    for (int i = 0; i < l->regs; i++)
        n += l->reg[i].class == LOOP_CONSTANT;
    return n;
}

static int reduce_count(const struct loop *l)
{
    int n = 0;
    for (int i = 0; i < l->parts; i++)
        n += l->part[i].reduces;
    return n;
}

/* ---- spreading values */

static void spread(ad_type type, int64_t rows, int64_t columns, const void *from, void *to)
{
    size_t size = ad_type_size(type);
    if (size == 4)
        stretch_f32(rows, columns, from, to);
    else if (size == 8)
        stretch_f64(rows, columns, from, to);
    else
        for (int64_t i = 0; i < rows * columns; i++)
            memcpy((char *)to + (size_t)i * size, (const char *)from + (size_t)(i / columns) * size,
                   size);
}

static void *stretch_at(const struct tile *t, int place)
{
    return t->stretch + (size_t)place * (size_t)t->room * 8;
}

static int64_t apart_of(const struct tile *t, int reg)
{
    return t->apart[reg] == DENSE ? t->columns : t->apart[reg];
}

/* A register for an instruction that works on each element, or on each row. */
static struct side side_of(const struct tile *t, int reg, enum loop_class class, int place)
{
    const struct loop_register *r = &t->loop->reg[reg];
    if (r->class == LOOP_CONSTANT)
        return (struct side){t->at[reg], 0, 0};
    if (r->class != LOOP_ROW || class == LOOP_ROW)
        return (struct side){t->at[reg], 1, apart_of(t, reg)};
    void *to = stretch_at(t, place);
    bool vectors = t->rows == 1 || t->columns >= STAGE_LONG_ROW;
    int64_t columns = vectors ? LANES : t->columns;
    spread(r->type, t->rows, columns, t->at[reg], to);
    return (struct side){to, !vectors, columns};
}

/* The same as an array in any case. */
static struct side array_of(const struct tile *t, int reg, enum loop_class class, int place)
{
    const struct loop_register *r = &t->loop->reg[reg];
    if (r->class == LOOP_FULL || r->class == class)
        return (struct side){t->at[reg], 1, apart_of(t, reg)};
    int64_t columns = class == LOOP_ROW ? 1 : t->columns;
    void *to = stretch_at(t, place);
    if (r->class == LOOP_ROW)
        spread(r->type, t->rows, columns, t->at[reg], to);
    else
        spread(r->type, 1, t->rows * columns, t->at[reg], to);
    return (struct side){to, 1, columns};
}

static const char *row_of(const struct side *side, int64_t row, size_t size)
{
    return (const char *)side->at + (size_t)(row * side->apart) * size;
}

static int64_t count_of(const struct tile *t, enum loop_class class)
{
    return class == LOOP_ROW ? t->rows : t->rows * t->columns;
}

#include "cpu/tile_chain.inc"
#include "cpu/tile_memory.inc"

/* ---- other instructions */

/* first, first + step... */
static void count_up(ad_type type, void *out, int64_t n, int64_t first, int64_t step)
{
    for (int64_t i = 0; i < n; i++, first += step)
        switch (type) {
        case AD_I32: ((int32_t *)out)[i] = (int32_t)first; break;
        case AD_I64: ((int64_t *)out)[i] = first; break;
        case AD_F32: ((float *)out)[i] = (float)first; break;
        case AD_F64: ((double *)out)[i] = (double)first; break;
        default: number_store(type, (char *)out + (size_t)i * ad_type_size(type), (double)first);
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
                 i->start + offset_of(l, unit, l->dims - l->column_dims, l->dims, t->column + c),
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
    unit[i->axis] = i->scale;
    for (int64_t row = 0; row < t->rows; row++, out += bytes)
        if (!of_columns)
            count_up(type, out, columns, i->start + offset_of(l, unit, 0, row_dims, t->row + row),
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
    bool uniform = i->op == &op_uniform, f32 = t->loop->reg[i->out].type == AD_F32;
    bool whole = t->columns == t->loop->columns;
    int64_t lines = whole ? 1 : t->rows, length = whole ? t->rows * t->columns : t->columns;
    for (int64_t k = 0; k < lines; k++) {
        uint64_t first = (uint64_t)((t->row + k) * t->loop->columns + t->column);
        void *out = (char *)t->at[i->out] + (size_t)(k * length) * (f32 ? 4 : 8);
        if (f32)
            random_f32(uniform, out, length, &key, first, i->low, i->high);
        else
            random_f64(uniform, out, length, &key, first, i->low, i->high);
    }
}

static void reduce_row(ad_type type, int how, const void *in, int64_t n, void *out)
{
    switch (type) {
    case AD_F32: *(float *)out = reduce_row_f32(how, in, n); break;
    case AD_F64: *(double *)out = reduce_row_f64(how, in, n); break;
    default: whole_reduce_row(type, how, in, n, out); break;
    }
}

/* Joins rows that lie apart to out, or to the identity where they are the first. */
static void reduce_lines(ad_type type, int how, bool first, const void *in, int64_t apart,
                         int64_t rows, void *out, int64_t n)
{
    size_t size = ad_type_size(type);
    if (type == AD_F32)
        reduce_columns_f32(how, first, in, apart, rows, out, n);
    else if (type == AD_F64)
        reduce_columns_f64(how, first, in, apart, rows, out, n);
    else
        for (int64_t r = 0; r < rows; r++)
            whole_reduce_columns(type, how, first && r == 0,
                                 (const char *)in + (size_t)(r * apart) * size, out, n);
}

static void reduce_columns(ad_type type, int how, bool first, const void *in, void *out, int64_t n)
{
    reduce_lines(type, how, first, in, n, 1, out, n);
}

static void row_reduce(const struct tile *t, const struct loop_instruction *i)
{
    ad_type type = t->loop->reg[i->out].type;
    size_t size = ad_type_size(type);
    struct side in = array_of(t, i->in[0], LOOP_FULL, 0);
    char *out = t->at[i->out];
    int64_t r = 0;
    for (; type == AD_F32 && r + ROW_GROUP <= t->rows; r += ROW_GROUP, out += ROW_GROUP * size)
        reduce_rows_f32(reduce_number(i->op), (const float *)(const void *)row_of(&in, r, size),
                        in.apart, t->columns, (float *)(void *)out);
    for (; r < t->rows; r++, out += size)
        reduce_row(type, reduce_number(i->op), row_of(&in, r, size), t->columns, out);
}

static void piece_reduce(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    ad_type type = l->operand[i->operand].type;
    size_t size = ad_type_size(type);
    struct side in = array_of(t, i->in[0], LOOP_FULL, 0);
    for (int64_t r = 0; r < t->rows; r++) {
        int64_t piece = (t->row + r) * l->pieces + t->column / AD_ROW_CHUNK;
        reduce_row(type, reduce_number(i->op), row_of(&in, r, size), t->columns,
                   (char *)t->run->base[i->operand] + (size_t)piece * size);
    }
}

static void column_reduce(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    ad_type type = l->operand[i->operand].type;
    size_t size = ad_type_size(type);
    struct side in = array_of(t, i->in[0], LOOP_FULL, 0);
    for (int64_t r = 0, next; r < t->rows; r = next) {
        int64_t row = t->row + r, block = row / AD_COLUMN_BLOCK,
                end = (block + 1) * AD_COLUMN_BLOCK;
        next = end - t->row < t->rows ? end - t->row : t->rows;
        char *out =
            (char *)t->run->base[i->operand] + (size_t)(block * l->columns + t->column) * size;
        reduce_lines(type, reduce_number(i->op), row % AD_COLUMN_BLOCK == 0, row_of(&in, r, size),
                     in.apart, next - r, out, t->columns);
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
                     (char *)t->at[i->out] + (size_t)(r * apart_of(t, i->out)) * out_size, line);
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
        compute_line(type, row, count_of(t, class), t->at[i->out], in);
    else
        compute_lines(t, i, type, in);
}

/* f32 to f64, as norms of gradients take it: four at once where compilers see no way. */
static void widen(int64_t n, const float *in, double *out)
{
    int64_t i = 0;
#ifdef __AVX__
    for (; i + 16 <= n; i += 16) {
        _mm256_storeu_pd(out + i, _mm256_cvtps_pd(_mm_loadu_ps(in + i)));
        _mm256_storeu_pd(out + i + 4, _mm256_cvtps_pd(_mm_loadu_ps(in + i + 4)));
        _mm256_storeu_pd(out + i + 8, _mm256_cvtps_pd(_mm_loadu_ps(in + i + 8)));
        _mm256_storeu_pd(out + i + 12, _mm256_cvtps_pd(_mm_loadu_ps(in + i + 12)));
    }
#endif
    for (; i < n; i++)
        out[i] = in[i];
}

static void cast_line(ad_type from, ad_type to, int64_t n, const void *in, void *out)
{
    if (from == AD_F32 && to == AD_F64)
        widen(n, in, out);
    else
        cast_run(from, to, n, in, out);
}

static void cast_values(const struct tile *t, const struct loop_instruction *i,
                        enum loop_class class)
{
    ad_type from = t->loop->reg[i->in[0]].type, to = t->loop->reg[i->out].type;
    struct side in = array_of(t, i->in[0], class, 0);
    bool dense = t->apart[i->out] == DENSE && t->apart[i->in[0]] == DENSE;
    int64_t lines = dense ? 1 : t->rows, n = dense ? count_of(t, class) : t->columns;
    for (int64_t r = 0; r < lines; r++)
        cast_line(from, to, n, row_of(&in, r, ad_type_size(from)),
                  (char *)t->at[i->out] + (size_t)(r * apart_of(t, i->out)) * ad_type_size(to));
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

/* ---- a call */

static void run_tile(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
    t->below = is_below(t, row, rows, column, columns);
    t->row = row, t->rows = rows, t->column = column, t->columns = columns;
    memset(t->is_stretched, 0, (size_t)t->loop->stretches);
    if (t->below)
        go_below(t);
    else
        place_stores(t);
    const struct loop_part *part = t->loop->part, *end = part + t->loop->parts;
    while (part < end) {
        bool spans = NATIVE_BYTES > 0 && part->span && (t->whole || t->loop->needs_rows);
        if (spans)
            run_span(t, part);
        else if (part->stages && !part->bare)
            run_chain(t, part);
        else
            execute(t, &t->loop->instruction[part->first]);
        part += spans ? part->span : 1;
    }
    t->aimed_rows = rows, t->aimed_columns = columns;
    if (!t->below)
        note_steps(t);
    ask_ahead(t);
}

static void place_registers(struct tile *t)
{
    const struct loop *l = t->loop;
    for (int i = 0, constants = 0; i < l->regs; i++) {
        const struct loop_register *r = &l->reg[i];
        if (r->class == LOOP_CONSTANT) {
            char *at = t->constants + constants++ * CONSTANT_BYTES;
            number_store(r->type, at, r->constant);
            if (!r->passing)
                spread(r->type, 1, STRIP, at, at);
            t->home[i] = at;
        } else {
            t->home[i] = t->slots + (size_t)r->slot * (size_t)t->room * 8;
        }
        t->at[i] = t->home[i];
        t->apart[i] = DENSE;
        t->is_periodic[i] = false;
    }
}

/* Sizes of tiles.  As many rows as fit, and where it can be so many that their elements fill whole
 * vectors. */
static void cut(struct tile *t, int64_t columns)
{
    const struct loop *l = t->loop;
    t->wide = l->needs_rows ? columns : l->needs_pieces ? AD_ROW_CHUNK : l->tile;
    t->high = columns > 0 && columns < l->tile && !l->needs_pieces ? l->tile / columns : 1;
    if (t->high > LANES)
        t->high = t->high / LANES * LANES;
    t->group = t->high;
    t->whole = NATIVE_BYTES > 0 && l->one_span >= 0 && lies_by_rows(t) &&
               (l->needs_rows || wants_rows(t, columns));
    if (t->whole)
        t->high = t->room - PAD;
}

/* Columns of the next tile: whole vectors apart from the rest, so that they may stay in place. */
static int64_t next_columns(const struct tile *t, int64_t left)
{
    if (left >= t->wide || t->loop->needs_rows || t->loop->needs_pieces)
        return left < t->wide ? left : t->wide;
    return t->apart_rows && left > 4 * LANES && left % LANES ? left / LANES * LANES : left;
}

static struct loop_scratch divide(const struct loop *l)
{
    size_t room = (size_t)slot_room(l) * 8;
    struct loop_scratch at = {.periodic = (size_t)l->slots * room};
    at.stretch = at.periodic + (size_t)periodic_count(l) * room;
    at.constants = at.stretch + (size_t)(STRETCHES + l->stretches) * room;
    at.lanes = at.constants + (size_t)constant_count(l) * CONSTANT_BYTES;
    at.stages = at.lanes + (size_t)reduce_count(l) * LANE_BYTES;
    at.spots = at.stages + stage_bytes(l);
    at.end = at.spots + (size_t)l->stages * SPOTS_EACH * sizeof(struct spot);
    return at;
}

static size_t prepare(struct loop *l)
{
    l->tile = tile_size(l);
    choose_stages(l);
    l->scratch = divide(l);
    return l->scratch.end;
}

static void place_scratch(struct tile *t, char *scratch)
{
    const struct loop_scratch at = t->loop->scratch;
    t->slots = scratch;
    t->periodic = scratch + at.periodic;
    t->stretch = scratch + at.stretch;
    t->constants = scratch + at.constants;
    t->lanes = scratch + at.lanes;
    t->stage = (void *)(scratch + at.stages);
    t->spot = (void *)(scratch + at.spots);
}

static void run(const struct loop_run *run, int64_t row, int64_t rows, int64_t column,
                int64_t columns, void *scratch)
{
    const struct loop *l = run->loop;
    struct tile t;
    t.run = run, t.loop = l, t.room = slot_room(l);
    place_scratch(&t, scratch);
    t.apart_rows = columns < l->columns || columns > TILE;
    t.aimed_rows = t.aimed_columns = -1, t.steps = -1;
    place_registers(&t);
    place_stages(&t);
    find_in_place(&t);
    t.streams = l->streams && !overwrites(&t);
    cut(&t, columns);
    t.alone = rows <= t.high && columns <= t.wide; /* or two of different widths */
    for (int64_t c = 0, next; c < columns; c += next) {
        next = next_columns(&t, columns - c);
        repeat_rows(&t, row, rows < t.high ? rows : t.high, column + c, next);
        for (int64_t r = 0; r < rows; r += t.high)
            run_tile(&t, row + r, rows - r < t.high ? rows - r : t.high, column + c, next);
    }
    if (t.streams)
        VECTOR_FENCE;
}

#define TABLE_PASTE(isa) tile_##isa
#define TABLE_OF(isa) TABLE_PASTE(isa)
const struct tile_table TABLE_OF(ISA) = {
    .prepare = prepare, .run = run, .reduce_row = reduce_row, .reduce_columns = reduce_columns};
