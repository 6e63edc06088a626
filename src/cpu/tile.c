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
 * once for each call, or not at all where rows are long or many (tile_repeat_rows). */
#include <string.h>

#include "core/number.h"
#include "cpu/tile_private.h"

enum {
    TILE = 2048,
    PAD = 64,
    CONSTANT_BYTES = TILE_STRIP * 8,
};

/* ---- scratch memory */

/* Whether a loaded value may be used where it lies, or is spread over rows once for each call. */
static bool lies_ready(const struct loop *l, const struct loop_instruction *load)
{
    return tile_can_repeat(l, load) ||
           (l->dims > 0 && l->operand[load->operand].stride[l->dims - 1] == 1);
}

/* Values of elements that are neither in machine registers nor in memory of operands. */
static int own_values(const struct loop *l)
{
    int count = 0;
    for (int i = 0; i < l->instructions; i++) {
        const struct loop_instruction *maker = &l->instruction[i];
        const struct loop_register *r = maker->out < 0 ? NULL : &l->reg[maker->out];
        bool ready = maker->kind == LOOP_LOAD && lies_ready(l, maker);
        if (r && r->class == LOOP_FULL && !r->passing && !ready && !loop_is_stored(l, maker->out))
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

/* Rows of the last axis of rows, where they make tiles that are worth it, and of a flat loop whole
 * pieces; 0: rows do not lie evenly. */
static int64_t even_rows(const struct loop *l)
{
    int64_t rows = l->column_dims == 1 && l->dims > 1 ? l->extent[l->dims - 2] : 0;
    if (l->dims > 2 &&
        (rows * l->columns < TILE / 2 || (l->flat && rows * l->columns % AD_ROW_CHUNK)))
        return 0;
    return rows;
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
        n += tile_can_repeat(l, &l->instruction[i]);
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

/* ---- a call */

static void run_tile(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
    tile_begin(t, row, rows, column, columns);
    const struct loop_part *part = t->loop->part, *end = part + t->loop->parts;
    while (part < end) {
        bool spans = part->span && (t->whole || (t->loop->needs_rows && !t->loop->ragged));
        if (spans)
            tile_run_span(t, part);
        else if (part->stages && !part->bare)
            tile_run_chain(t, part);
        else
            tile_execute(t, &t->loop->instruction[part->first]);
        part += spans ? part->span : 1;
    }
    t->aimed_rows = rows, t->aimed_columns = columns;
    tile_end(t);
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
                tile_spread(t->table, r->type, 1, TILE_STRIP, at, at);
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
    bool pieces = l->needs_pieces && !l->flat;
    int64_t elements = l->flat ? AD_ROW_CHUNK : l->tile;
    t->wide = l->needs_rows ? columns : pieces ? AD_ROW_CHUNK : elements;
    t->high = columns > 0 && columns < elements && !pieces ? elements / columns : 1;
    if (t->high > TILE_LANES)
        t->high = t->high / TILE_LANES * TILE_LANES;
    t->group = t->high;
    t->whole =
        l->one_span >= 0 && tile_lies_by_rows(t) && (l->needs_rows || tile_wants_rows(t, columns));
    if (t->whole)
        t->high = t->room - PAD;
    t->streams &= !l->ragged;
}

/* Columns of the next tile: whole vectors apart from the rest, so that they may stay in place. */
static int64_t next_columns(const struct tile *t, int64_t left)
{
    if (left >= t->wide || t->loop->needs_rows || t->loop->needs_pieces)
        return left < t->wide ? left : t->wide;
    return t->apart_rows && left > 4 * TILE_LANES && left % TILE_LANES
               ? left / TILE_LANES * TILE_LANES
               : left;
}

static struct loop_scratch divide(const struct loop *l)
{
    size_t room = (size_t)slot_room(l) * 8;
    struct loop_scratch at = {.periodic = (size_t)l->slots * room};
    at.stretch = at.periodic + (size_t)periodic_count(l) * room;
    at.constants = at.stretch + (size_t)(TILE_STRETCHES + l->stretches) * room;
    at.lanes = at.constants + (size_t)constant_count(l) * CONSTANT_BYTES;
    at.stages = at.lanes + (size_t)reduce_count(l) * TILE_LANE_BYTES;
    at.spots = at.stages + tile_stage_bytes(l);
    at.end = at.spots + tile_spot_bytes(l);
    return at;
}

size_t tile_prepare(const struct tile_table *table, struct loop *l)
{
    l->block = even_rows(l);
    l->tile = tile_size(l);
    tile_choose_stages(table, l);
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

/* Of the rows from here on, those that lie evenly with the first. */
static int64_t block_of(const struct loop *l, int64_t row, int64_t rows)
{
    int64_t left = l->block && l->dims > 2 ? l->block - row % l->block : rows;
    return left < rows ? left : rows;
}

static void run_block(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
    tile_repeat_rows(t, row, rows < t->high ? rows : t->high, column, columns);
    for (int64_t r = 0; r < rows; r += t->high)
        run_tile(t, row + r, rows - r < t->high ? rows - r : t->high, column, columns);
}

void tile_run(const struct tile_table *table, const struct loop_run *run, int64_t row, int64_t rows,
              int64_t column, int64_t columns, void *scratch)
{
    const struct loop *l = run->loop;
    if (tile_copies(l)) {
        tile_copy(run, row, rows, column, columns);
        return;
    }
    struct tile t;
    t.table = table, t.run = run, t.loop = l, t.room = slot_room(l);
    place_scratch(&t, scratch);
    t.apart_rows = columns < l->columns || columns > TILE;
    t.aimed_rows = t.aimed_columns = -1, t.steps = -1;
    place_registers(&t);
    tile_place_stages(&t);
    tile_find_in_place(&t);
    t.streams = l->streams && !tile_overwrites(&t);
    cut(&t, columns);
    int64_t block = block_of(l, row, rows);
    t.alone = rows <= t.high && rows == block && columns <= t.wide; /* or two of different widths */
    for (int64_t c = 0, next; c < columns; c += next) {
        next = next_columns(&t, columns - c);
        for (int64_t r = 0; r < rows; r += block) {
            block = block_of(l, row + r, rows - r);
            run_block(&t, row + r, block, column + c, next);
        }
    }
    if (t.streams)
        table->fence();
}
