/* Registers of a tile and the memory of operands: what is copied, and what is used where it lies.
 */
#include <string.h>

#include "base/copy_bytes.h"
#include "cpu/strided_way.h"
#include "cpu/tile_private.h"

enum {
    OWN_ROW = 512, /* columns from which on what all rows share is better read again than spread */
    ASKED_LEAST = 2048, /* bytes of a tile from which on they are asked for early */
};

static bool same_for_all_rows(const struct loop *l, const struct loop_operand *o)
{
    int end = l->dims - l->column_dims;
    for (int i = tile_rows_even(l) ? end - 1 : 0; i < end; i++)
        if (o->stride[i])
            return false;
    return l->rows > 1 && !o->written;
}

bool tile_can_repeat(const struct loop *l, const struct loop_instruction *i)
{
    return i->kind == LOOP_LOAD && l->reg[i->out].class == LOOP_FULL &&
           same_for_all_rows(l, &l->operand[i->operand]);
}

/* Offset of a row or a column: positions along some axes times their strides. */
int64_t tile_offset(const struct loop *l, const int64_t *stride, int first, int end,
                    int64_t position)
{
    int64_t offset = 0;
    for (int i = end - 1; i > first; i--) {
        offset += position % l->extent[i] * stride[i];
        position /= l->extent[i];
    }
    return first < end ? offset + position * stride[first] : 0;
}

/* Whether the elements of a row lie one after another. */
static bool lies_in_line(const struct loop *l, const struct loop_operand *o)
{
    int64_t step = 1;
    for (int i = l->dims; i > l->dims - l->column_dims; step *= l->extent[--i])
        if (o->stride[i - 1] != step)
            return false;
    return l->column_dims > 0;
}

/* Where the tile begins in an operand whose elements of the tile lie one after another; else NULL.
 */
static char *memory_of_tile(const struct tile *t, int operand)
{
    const struct loop *l = t->loop;
    const struct loop_operand *o = &l->operand[operand];
    bool line = lies_in_line(l, o) || (l->column_dims == 1 && t->columns == 1);
    bool rows = t->rows == 1 || (tile_rows_even(l) && o->stride[l->dims - 2] == t->columns);
    if (!line || !rows)
        return NULL;
    int64_t at = o->offset + tile_offset(l, o->stride, 0, l->dims - l->column_dims, t->row) +
                 t->column * o->stride[l->dims - 1];
    return (char *)t->run->base[operand] + at * (int64_t)ad_type_size(o->type);
}

static void copy_line(char *out, const char *in, int64_t n, int64_t out_step, int64_t in_step,
                      size_t size)
{
    const struct strided_way one = {1, 0, 0}, line = {n, out_step, in_step};
    if (n == 1 || (out_step == 1 && in_step == 1)) /* most are: small steps have thousands */
        copy_bytes(out, in, (size_t)n * size);
    else
        strided_lines(&one, &line, out, in, size);
}

static void move_line(const struct tile *t, int operand, char *base, char *line,
                      enum loop_class class, bool out)
{
    const struct loop *l = t->loop;
    const struct loop_operand *o = &l->operand[operand];
    int64_t size = (int64_t)ad_type_size(o->type), first = class == LOOP_ROW ? 0 : t->column;
    int64_t columns = class == LOOP_ROW ? 1 : t->columns;
    int row_dims = l->dims - l->column_dims;
    if (l->column_dims == 1 || columns == 1) {
        int64_t step = l->column_dims ? o->stride[l->dims - 1] : 0;
        base += size * (l->column_dims == 1 ? first * step
                                            : tile_offset(l, o->stride, row_dims, l->dims, first));
        copy_line(out ? base : line, out ? line : base, columns, out ? step : 1, out ? 1 : step,
                  (size_t)size);
        return;
    }
    int64_t step = o->stride[l->dims - 1], length = l->extent[l->dims - 1];
    for (int64_t c = 0, run; c < columns; c += run, line += run * size) {
        char *at = base + tile_offset(l, o->stride, row_dims, l->dims, first + c) * size;
        run = length - (first + c) % length;
        run = run < columns - c ? run : columns - c;
        copy_line(out ? at : line, out ? line : at, run, out ? step : 1, out ? 1 : step,
                  (size_t)size);
    }
}

/* Between an operand and a tile's register, whose rows lie apart; class says whether each row has
 * one value or all its columns. */
static void move(const struct tile *t, int operand, void *reg, int64_t apart, enum loop_class class,
                 bool out)
{
    const struct loop *l = t->loop;
    const struct loop_operand *o = &l->operand[operand];
    size_t size = ad_type_size(o->type);
    bool dense = class == LOOP_FULL && apart == t->columns;
    char *straight = dense ? memory_of_tile(t, operand) : NULL;
    if (straight) {
        copy_bytes(out ? straight : reg, out ? reg : straight,
                   (size_t)(t->rows * t->columns) * size);
        return;
    }
    for (int64_t r = 0; r < t->rows; r++) {
        int64_t at = o->offset + tile_offset(l, o->stride, 0, l->dims - l->column_dims, t->row + r);
        move_line(t, operand, (char *)t->run->base[operand] + at * (int64_t)size,
                  (char *)reg + (size_t)(r * apart) * size, class, out);
    }
}

bool tile_copies(const struct loop *l)
{
    const struct loop_instruction *i = l->instruction;
    return l->instructions == 2 && i[0].kind == LOOP_LOAD && i[1].kind == LOOP_STORE &&
           i[1].in[0] == i[0].out && l->reg[i[0].out].class == LOOP_FULL;
}

void tile_copy(const struct loop_run *run, int64_t row, int64_t rows, int64_t column,
               int64_t columns)
{
    const struct loop *l = run->loop;
    const int from = l->instruction[0].operand, to = l->instruction[1].operand;
    const struct loop_operand *in = &l->operand[from], *out = &l->operand[to];
    const size_t size = ad_type_size(in->type);
    struct strided_way way[LOOP_DIMS];
    for (int i = 0; i < l->dims; i++)
        way[i] = (struct strided_way){l->extent[i], out->stride[i], in->stride[i]};
    const bool whole = columns == l->columns;
    for (int64_t r = 0; r < (whole ? 1 : rows); r++)
        strided_move(way, l->dims, (row + r) * l->columns + column,
                     whole ? rows * columns : columns,
                     (char *)run->base[to] + out->offset * (int64_t)size,
                     (const char *)run->base[from] + in->offset * (int64_t)size, size);
}

/* ---- operands used where they lie */

static bool same_place(const struct loop *l, const struct loop_operand *a,
                       const struct loop_operand *b)
{
    return a->offset == b->offset && ad_type_size(a->type) == ad_type_size(b->type) &&
           !memcmp(a->stride, b->stride, sizeof a->stride[0] * (size_t)l->dims);
}

static const struct loop_instruction *toucher(const struct loop *l, int operand)
{
    return &l->instruction[l->operand[operand].toucher];
}

/* A result may be computed into the operand that it is stored in, where no load of that memory
 * comes between the two, no other store goes there, and the result goes nowhere else before. */
static bool can_store_in_place(const struct tile *t, int operand)
{
    const struct loop *l = t->loop;
    int at = l->operand[operand].toucher, reg = l->instruction[at].in[0];
    int maker = l->reg[reg].maker; /* a constant has none */
    if (l->reg[reg].class != LOOP_FULL || maker < 0)
        return false;
    enum loop_kind kind = l->instruction[maker].kind;
    if (kind != LOOP_COMPUTE && kind != LOOP_CAST)
        return false;
    for (int i = 0; i < l->operands; i++) {
        const struct loop_operand *o = &l->operand[i];
        bool touch = i != operand && t->run->base[i] == t->run->base[operand];
        if (touch && (o->written || o->toucher > maker))
            return false;
        if (o->written && o->toucher < at && toucher(l, i)->kind == LOOP_STORE &&
            toucher(l, i)->in[0] == reg)
            return false;
    }
    return true;
}

/* When an operand is written: the number of the instruction. */
static int written_at(const struct tile *t, int operand)
{
    const struct loop *l = t->loop;
    return t->in_place[operand] ? l->reg[toucher(l, operand)->in[0]].maker
                                : l->operand[operand].toucher;
}

/* A loaded operand may be the register, where whoever writes that memory does so element by element
 * at the same place, and not before the last that reads the register. */
static bool can_load_in_place(const struct tile *t, int operand)
{
    const struct loop *l = t->loop;
    const struct loop_operand *load = &l->operand[operand];
    int last = l->reg[toucher(l, operand)->out].last_reader;
    for (int i = 0; i < l->operands; i++) {
        const struct loop_operand *w = &l->operand[i];
        if (!w->written || t->run->base[i] != t->run->base[operand])
            continue;
        if (toucher(l, i)->kind != LOOP_STORE || written_at(t, i) < last || !same_place(l, w, load))
            return false;
    }
    return true;
}

void tile_find_in_place(struct tile *t)
{
    const struct loop *l = t->loop;
    for (int i = 0; i < l->operands; i++)
        t->in_place[i] = toucher(l, i)->kind == LOOP_STORE && can_store_in_place(t, i);
    for (int i = 0; i < l->operands; i++)
        if (toucher(l, i)->kind == LOOP_LOAD)
            t->in_place[i] = can_load_in_place(t, i);
}

/* Whether results go where something is read: there they are in the nearest cache already. */
bool tile_overwrites(const struct tile *t)
{
    const struct loop *l = t->loop;
    for (int i = 0; i < l->operands; i++)
        for (int k = 0; k < l->operands; k++)
            if (l->operand[i].written && !l->operand[k].written &&
                t->run->base[i] == t->run->base[k])
                return true;
    return false;
}

/* Makes the register the operand's memory where that is allowed and whole vectors lie there, else
 * its own memory; says which. */
static bool place(struct tile *t, int operand, int reg)
{
    const struct loop *l = t->loop;
    const struct loop_operand *o = &l->operand[operand];
    t->at[reg] = t->home[reg], t->apart[reg] = DENSE;
    if (!t->in_place[operand] || (!t->whole && t->rows * t->columns % TILE_LANES))
        return false;
    char *memory = memory_of_tile(t, operand);
    bool lines = tile_rows_even(l) && o->stride[l->dims - 1] == 1 && o->stride[l->dims - 2];
    bool vectors = t->columns % TILE_LANES == 0 && t->columns >= 2 * TILE_LANES;
    if (!memory && lines && (vectors || t->whole)) {
        int64_t at = o->offset + tile_offset(l, o->stride, 0, l->dims - 1, t->row) + t->column;
        memory = (char *)t->run->base[operand] + at * (int64_t)ad_type_size(o->type);
        t->apart[reg] = o->stride[l->dims - 2];
    }
    if (memory)
        t->at[reg] = memory;
    return memory;
}

/* Whether all values of elements that are loaded or stored lie in memory in rows, however many, and
 * no others are stored there, which would have to be spread first. */
bool tile_lies_by_rows(const struct tile *t)
{
    const struct loop *l = t->loop;
    bool lies = tile_rows_even(l);
    for (int i = 0; i < l->operands && lies; i++) {
        const struct loop_operand *o = &l->operand[i];
        const struct loop_instruction *by = toucher(l, i);
        int reg = by->kind == LOOP_STORE ? by->in[0] : by->out;
        if (l->reg[reg].class == LOOP_FULL && !tile_can_repeat(l, by))
            lies = t->in_place[i] && o->stride[l->dims - 1] == 1 && o->stride[l->dims - 2];
        else if (by->kind == LOOP_STORE)
            lies = l->reg[reg].class == LOOP_ROW && o->stride[l->dims - 1] == 0;
    }
    return lies;
}

/* Whether rows would be taken one by one in any case, as they do not lie one after another or have
 * values of their own. */
bool tile_wants_rows(const struct tile *t, int64_t columns)
{
    const struct loop *l = t->loop;
    bool gaps = l->stretches > 0;
    for (int i = 0; i < l->operands; i++)
        gaps |= l->operand[i].stride[l->dims - 2] != columns;
    return gaps && columns <= l->tile &&
           tile_has_strips(t->table, l->part[l->one_span].type, columns);
}

/* ---- before the first tile: operands that are the same for all rows; of long ones, and where a
 * span goes through all rows, one row, and that where it lies if it can be */

void tile_repeat_rows(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
    const struct loop *l = t->loop;
    if (rows < 2 && (l->dims == 2 || !tile_rows_even(l)))
        return;
    bool once = t->whole || (columns >= OWN_ROW && columns % TILE_LANES == 0);
    for (int i = 0, count = 0; i < l->instructions; i++) {
        const struct loop_instruction *load = &l->instruction[i];
        if (!tile_can_repeat(l, load))
            continue;
        size_t line = (size_t)columns * ad_type_size(l->reg[load->out].type);
        char *to = t->periodic + (size_t)count++ * (size_t)t->room * 8;
        t->row = row, t->rows = 1, t->column = column, t->columns = columns;
        char *lies = once && t->in_place[load->operand] ? memory_of_tile(t, load->operand) : NULL;
        if (lies)
            to = lies;
        else
            move(t, load->operand, to, columns, LOOP_FULL, false);
        for (int64_t done = 1; !once && done < rows; done *= 2)
            copy_bytes(to + (size_t)done * line, to,
                       line * (size_t)(rows - done < done ? rows - done : done));
        t->is_periodic[load->out] = true;
        t->apart[load->out] = once ? 0 : DENSE;
        t->at[load->out] = to;
    }
}

/* ---- in each tile */

/* Memory that is worked on where it lies, and read or written again and again before the next tile,
 * is asked for a tile early, or as many rows as a span takes at once: strip by strip, as stages of
 * the first chain; all at once the lines would wait for one another.  Loops that go through memory
 * once leave that to the processor, which does it better. */
static void note_ahead(struct tile *t, int reg, bool written)
{
    size_t size = ad_type_size(t->loop->reg[reg].type);
    int64_t rows = t->rows < t->group ? t->rows : t->group;
    int64_t bytes = rows * t->columns * (int64_t)size;
    char *next = (char *)t->at[reg] + bytes;
    bool known = !t->loop->needs_rows;
    for (int i = 0; i < t->aheads; i++)
        known |= t->ahead[i].at == next;
    if (!known && t->apart[reg] == DENSE && size >= 4 && bytes >= ASKED_LEAST &&
        t->aheads < STAGE_ASKS)
        t->ahead[t->aheads++] =
            (struct ahead){next, bytes, t->rows * t->columns * (int64_t)size, written, -1};
}

/* Results that are computed right into memory, from now on. */
static void place_stores(struct tile *t)
{
    t->aheads = 0;
    for (int i = 0; i < t->loop->operands; i++) {
        const struct loop_instruction *s = toucher(t->loop, i);
        if (t->in_place[i] && s->kind == LOOP_STORE && place(t, i, s->in[0]) && !t->streams)
            note_ahead(t, s->in[0], true);
    }
}

/* What no chain asked for. */
static void ask_ahead(const struct tile *t)
{
    for (const struct ahead *a = t->ahead; a < t->ahead + t->aheads; a++)
        for (int64_t at = 0; a->part < 0 && at < a->bytes; at += TILE_CACHE_LINE)
            __builtin_prefetch(a->at + at);
}

/* Where all registers will lie in the tile below, if it is like this one. */
static void note_steps(struct tile *t)
{
    const struct loop *l = t->loop;
    t->steps = tile_rows_even(l) ? 0 : -1;
    for (int i = 0; t->steps >= 0 && i < l->operands; i++) {
        const struct loop_operand *o = &l->operand[i];
        const struct loop_instruction *by = toucher(l, i);
        int reg = by->kind == LOOP_STORE ? by->in[0] : by->out;
        if (t->in_place[i] && !t->is_periodic[reg] && t->at[reg] != t->home[reg])
            t->step[t->steps++] = (struct step){&t->at[reg], t->rows * o->stride[l->dims - 2] *
                                                                 (int64_t)ad_type_size(o->type)};
    }
}

static bool is_below(const struct tile *t, int64_t row, int64_t rows, int64_t column,
                     int64_t columns)
{
    return t->steps >= 0 && (t->loop->dims == 2 || row % t->loop->block) && row == t->row + rows &&
           rows == t->rows && column == t->column && columns == t->columns;
}

static void go_below(struct tile *t)
{
    for (const struct step *s = t->step; s < t->step + t->steps; s++)
        *s->at = (char *)*s->at + s->bytes;
    for (struct ahead *a = t->ahead; a < t->ahead + t->aheads; a++)
        a->at += a->below;
}

void tile_begin(struct tile *t, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
    t->below = is_below(t, row, rows, column, columns);
    t->row = row, t->rows = rows, t->column = column, t->columns = columns;
    memset(t->is_stretched, 0, (size_t)t->loop->stretches);
    if (t->below)
        go_below(t);
    else
        place_stores(t);
}

void tile_end(struct tile *t)
{
    if (!t->below)
        note_steps(t);
    ask_ahead(t);
}

void tile_load(struct tile *t, const struct loop_instruction *i, enum loop_class class)
{
    if (t->is_periodic[i->out])
        return;
    if (t->below && t->at[i->out] != t->home[i->out])
        return;
    if (!t->below && class == LOOP_FULL && place(t, i->operand, i->out)) {
        note_ahead(t, i->out, false);
        return;
    }
    move(t, i->operand, t->home[i->out], class == LOOP_ROW ? 1 : t->columns, class, false);
}

void tile_store(const struct tile *t, const struct loop_instruction *i)
{
    const struct loop *l = t->loop;
    if (t->in_place[i->operand] && t->at[i->in[0]] != t->home[i->in[0]])
        return;
    const struct loop_operand *o = &l->operand[i->operand];
    bool fixed = true;
    for (int k = l->dims - l->column_dims; k < l->dims; k++)
        fixed &= o->stride[k] == 0;
    enum loop_class class = l->reg[i->in[0]].class == LOOP_ROW && fixed ? LOOP_ROW : LOOP_FULL;
    struct side from = tile_array(t, i->in[0], class, 0);
    move(t, i->operand, (void *)(uintptr_t)from.at, class == LOOP_ROW ? 1 : from.apart, class,
         true);
}
