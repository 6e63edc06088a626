/* Running chains: their stages are chosen before the first run and aimed at registers in each tile.
 */
#include <math.h>

#include "core/number.h"
#include "cpu/tile_private.h"

enum { SPOTS_EACH = 2 /* pointers of a stage */ };

static struct stage *stages_of(const struct tile *t, const struct loop_part *part)
{
    return t->stage + stage_place(t->loop, part);
}

size_t tile_stage_bytes(const struct loop *l)
{
    return (size_t)(l->stages + l->parts * (STAGE_ASKS + 1)) * sizeof(struct stage);
}

size_t tile_spot_bytes(const struct loop *l)
{
    return (size_t)l->stages * SPOTS_EACH * sizeof(struct spot);
}

/* Where a kernel's functions stand in tables: that of one operand, or those of two from STAGE_LEFT
 * on, every other one where it is even.  A row that is another one with its operands turned has but
 * one of its own. */
static const struct {
    uint8_t first, aside, far;
    bool turned, even;
} kernels[KERNEL_COUNT] = {
#define FLOAT(...) __VA_ARGS__
#define NUMBER(...) __VA_ARGS__
#define ANY(...) __VA_ARGS__
#define WHOLE(...)
#define TRUTH(...)
#define KERNEL1(name, types, ...) types([KERNEL_##name] = {.first = FUNCTION_##name}, )
#define KERNEL2(name, types, ...) \
    types([KERNEL_##name] = {.first = FUNCTION_##name, .aside = FUNCTION_LAST_##name}, )
#define FAR1(name, types, ...) [KERNEL_##name] = {.first = FUNCTION_far1, .far = FAR_##name},
#define FAR2(name, types, ...) \
    [KERNEL_##name] = {.first = FUNCTION_far2, .aside = FUNCTION_LAST_far2, .far = FAR_##name},
#define EVEN2(name, ...) \
    [KERNEL_##name] = {.first = FUNCTION_##name, .aside = FUNCTION_LAST_##name, .even = true},
#define FLAT_EVEN2 EVEN2
#define PRIMITIVE1 KERNEL1
#define FLAT1 KERNEL1
#define PRIMITIVE2 KERNEL2
#define FLAT2 KERNEL2
#define PRIMITIVE3 KERNEL2
#define TURNED2(name, of, ...) \
    [KERNEL_##name] = {.first = FUNCTION_##of, .aside = FUNCTION_##name, .turned = true},
#include "op/elementwise.def"
};

static int number_of(enum loop_form form, const struct op *op)
{
    if (form == STAGE_REDUCE)
        return FUNCTION_REDUCE + tile_reduction(op);
    if (!op)
        return (int)form;
    int kernel = op->row->kernel;
    if (form == STAGE_LEFT_ASIDE)
        return kernels[kernel].aside;
    int two = form == STAGE_ONE ? 0 : (int)form - STAGE_LEFT;
    return kernels[kernel].first + ((two ^ kernels[kernel].turned) >> kernels[kernel].even);
}

static struct functions functions_at(const struct tile_table *table, ad_type type, int number)
{
    const struct tile_real *real = tile_real(table, type);
    return (struct functions){real->strip ? real->strip[number] : NULL, real->single[number]};
}

static struct functions functions_of(const struct tile_table *table, ad_type type,
                                     enum loop_form form, const struct op *op)
{
    return functions_at(table, type, number_of(form, op));
}

static anything *far_of(const struct tile_table *table, ad_type type, enum loop_form form,
                        const struct op *op)
{
    if (!op || form == STAGE_REDUCE)
        return NULL;
    return tile_real(table, type)->far[kernels[op->row->kernel].far];
}

/* Joins a part, or where that cannot be, neighbours in it. */
static void join_stages(const struct loop *l, struct loop_part *part, int bytes, bool streams)
{
    part->joined[streams] = bytes > 0 ? (anything *)native_part(l, part, bytes, streams) : NULL;
    if (part->joined[streams] || bytes == 0)
        return;
    for (int i = part->stage, count; i < part->stage + part->stages; i += count) {
        l->stage[i].joined[streams] = native_stages(l, part, i, bytes, streams, &count);
        count += count == 0;
    }
}

/* Whether an instruction works on nothing but values of rows. */
static bool is_of_rows(const struct loop *l, const struct loop_instruction *i)
{
    return i->out >= 0 && l->reg[i->out].class == LOOP_ROW && i->kind != LOOP_ROW_REDUCE;
}

/* Where the span begins that is all there is between loads and stores, but for values of rows; -1:
 * there is none. */
static int one_span(const struct loop *l)
{
    int at = -1;
    for (int i = 0; i < l->parts; i += l->part[i].span ? l->part[i].span : 1) {
        const struct loop_instruction *one = &l->instruction[l->part[i].first];
        if (l->part[i].span && at < 0)
            at = i;
        else if (one->kind != LOOP_LOAD && one->kind != LOOP_STORE && !is_of_rows(l, one))
            return -1;
    }
    return at;
}

bool tile_has_strips(const struct tile_table *table, ad_type type, int64_t columns)
{
    int strip = table->strip_vectors * table->vector_bytes / (int)ad_type_size(type);
    return columns >= STAGE_LONG_ROW && columns % strip == 0;
}

/* Rows that are reduced and end in a part of a strip: code for AVX-512 may go through all of them,
 * where nothing else does. */
static bool is_ragged(const struct tile_table *table, const struct loop *l, ad_type type)
{
    return l->needs_rows && tile_native_bytes(table) == NATIVE_AVX512 &&
           l->columns >= STAGE_LONG_ROW && !tile_has_strips(table, type, l->columns);
}

/* Joins parts that follow one another; the first says how many. */
static void join_parts(const struct tile_table *table, struct loop *l)
{
    int bytes = tile_native_bytes(table);
    l->ragged = false;
    for (int i = 0, parts; i < l->parts; i += parts ? parts : 1) {
        struct loop_part *part = &l->part[i];
        part->span = parts = 0;
        bool rows = tile_rows_even(l);
        l->ragged |= is_ragged(table, l, part->type);
        bool strips = l->ragged || tile_has_strips(table, part->type, l->columns);
        if (bytes == 0 || (l->needs_rows ? !strips : !rows))
            continue;
        for (int streams = l->streams; streams >= 0; streams--)
            part->rows[streams] = (anything *)native_span(l, part, bytes, streams, &parts);
        if (!part->rows[0] || (l->streams && !part->rows[1]))
            parts = 0;
        part->span = parts;
    }
    l->one_span = one_span(l);
    for (int i = 0; i < l->parts && l->ragged && l->one_span < 0; i++)
        l->part[i].span = 0;
}

/* Whether only stores read the register: what is written there leaves. */
static bool leaves(const struct loop *l, int reg)
{
    bool stored = false, read = false;
    for (int i = 0; i < l->instructions; i++)
        for (int k = 0; k < 3; k++)
            if (l->instruction[i].in[k] == reg)
                *(l->instruction[i].kind == LOOP_STORE ? &stored : &read) = true;
    return stored && !read;
}

void tile_choose_stages(const struct tile_table *table, struct loop *l)
{
    for (struct loop_part *part = l->part; part < l->part + l->parts; part++) {
        part->streams = false;
        for (int i = part->stage; i < part->stage + part->stages; i++) {
            struct loop_stage *s = &l->stage[i];
            struct functions run = functions_of(table, part->type, s->form, s->op);
            s->strip = run.strip, s->single = run.single;
            s->far = far_of(table, part->type, s->form, s->op);
            s->joined[0] = s->joined[1] = NULL;
            s->streams = l->streams && s->form == STAGE_PUT && leaves(l, s->reg);
            part->streams |= s->streams;
        }
    }
    join_parts(table, l);
    for (struct loop_part *part = l->part, *next; part < l->part + l->parts; part = next) {
        bool spans = l->needs_rows && part->span && !l->ragged;
        next = part + (spans ? part->span : 1);
        for (int streams = 0; streams <= l->streams && !spans && !part->bare; streams++)
            join_stages(l, part, tile_native_bytes(table), streams);
    }
}

/* Before a row is gone through. */
static void open_lanes(const struct tile *t, ad_type type, int how, void *lanes)
{
    static const double identity[] = {0, -(double)INFINITY, (double)INFINITY, 1};
    number_store(type, lanes, identity[how]);
    tile_spread(t->table, type, 1, AD_LANES, lanes, lanes);
}

void tile_place_stages(const struct tile *t)
{
    const struct loop *l = t->loop;
    char *lanes = t->lanes;
    for (const struct loop_part *part = l->part; part < l->part + l->parts; part++) {
        struct stage *s = stages_of(t, part);
        const struct loop_stage *from = &l->stage[part->stage];
        for (int i = 0; part->reduces && i < part->stages; i++) {
            if (from[i].form != STAGE_REDUCE)
                continue;
            s[i].to = (struct target){.at = lanes};
            open_lanes(t, part->type, tile_reduction(from[i].op), lanes);
            lanes += TILE_LANE_BYTES;
        }
        if (part->stages)
            s[part->stages].run = functions_at(t->table, part->type, FUNCTION_END);
    }
}

/* ---- aiming */

/* Each row has a strip of its value, where rows are taken one by one; else every element has it. */
static bool rows_have_strips(const struct tile *t)
{
    return t->rows == 1 || t->whole ||
           (t->columns >= STAGE_LONG_ROW && t->columns % TILE_LANES == 0);
}

static bool is_stretched(const struct tile *t, int reg, enum loop_class class)
{
    return t->loop->reg[reg].class == LOOP_ROW && class == LOOP_FULL;
}

static void aim_at_stretched(struct tile *t, struct target *to, int reg)
{
    const struct loop_register *r = &t->loop->reg[reg];
    bool strips = rows_have_strips(t);
    int64_t columns = strips ? TILE_STRIP : t->columns;
    to->at = tile_stretch_at(t, TILE_STRETCHES + r->stretch);
    to->mask = -!strips;
    to->apart = columns * (int64_t)ad_type_size(r->type);
    if (!t->is_stretched[r->stretch])
        tile_spread(t->table, r->type, t->rows, columns, t->at[reg], to->at);
    t->is_stretched[r->stretch] = true;
}

/* Aiming says whether values of rows were spread. */
static bool aim_at(struct tile *t, struct target *to, int reg, enum loop_class class)
{
    const struct loop_register *r = &t->loop->reg[reg];
    if (is_stretched(t, reg, class)) {
        aim_at_stretched(t, to, reg);
        return true;
    }
    int64_t apart = r->class == LOOP_ROW ? 1 : tile_apart(t, reg);
    to->at = t->at[reg];
    to->mask = -(r->class != LOOP_CONSTANT);
    to->apart = to->mask & apart * (int64_t)ad_type_size(r->type);
    return false;
}

/* A row's value is a number for the stage where rows are taken one by one. */
static bool aim_at_row(struct tile *t, struct stage *s, const struct loop_stage *from, ad_type type)
{
    bool number = rows_have_strips(t) && from->op && from->op->row->arity == 2;
    if (number) {
        s->to = (struct target){.at = t->at[from->reg], .apart = (int64_t)ad_type_size(type)};
        s->run =
            functions_of(t->table, type, from->form + (STAGE_LEFT_NUMBER - STAGE_LEFT), from->op);
    } else {
        aim_at_stretched(t, &s->to, from->reg);
    }
    return !number;
}

/* Whether the rows of what a stage works on do not lie one after another. */
static bool has_gaps(const struct tile *t, int reg, enum loop_class class)
{
    return reg >= 0 &&
           (t->apart[reg] != DENSE || (is_stretched(t, reg, class) && rows_have_strips(t)));
}

/* Lanes of a row that is reduced stay where they are, its result goes to the other memory.  Stages
 * that are joined take values of rows for numbers. */
static bool aim_stage(struct tile *t, const struct loop_part *part, struct stage *s,
                      const struct loop_stage *from, bool streams)
{
    bool spreads = false;
    s->run = streams && from->streams ? functions_of(t->table, part->type, STAGE_STREAM, NULL)
                                      : (struct functions){from->strip, from->single};
    bool has_memory = from->reg >= 0 && from->form != STAGE_REDUCE;
    if (has_memory && is_stretched(t, from->reg, part->class))
        spreads = aim_at_row(t, s, from, part->type);
    else if (has_memory)
        aim_at(t, &s->to, from->reg, part->class);
    if (from->form == STAGE_REDUCE)
        s->other = (struct target){
            .at = t->at[from->reg], .mask = -1, .apart = (int64_t)ad_type_size(part->type)};
    if (from->other >= 0)
        spreads |= aim_at(t, &s->other, from->other, part->class);
    if (from->far)
        s->other = (struct target){.call = from->far};
    if (from->joined[streams] && (!part->of_rows || rows_have_strips(t)))
        s->run.strip = from->joined[streams];
    return spreads;
}

static struct spot *spots_of(const struct tile *t, const struct loop_part *part)
{
    return t->spot + part->stage * (int64_t)SPOTS_EACH;
}

static void add_spot(const struct tile *t, struct spot **next, struct target *to, int reg)
{
    if (reg >= 0 && t->loop->reg[reg].class != LOOP_CONSTANT)
        *(*next)++ = (struct spot){&to->at, &t->at[reg], to->apart};
}

/* Where pointers of stages come from and go to, for rows or tiles that follow. */
static int note_spots(const struct tile *t, const struct loop_part *part)
{
    struct stage *s = stages_of(t, part);
    struct spot *first = spots_of(t, part), *next = first;
    const struct loop_stage *from = &t->loop->stage[part->stage], *end = from + part->stages;
    for (; from < end; from++, s++) {
        add_spot(t, &next, from->form == STAGE_REDUCE ? &s->other : &s->to, from->reg);
        add_spot(t, &next, &s->other, from->other);
    }
    return (int)(next - first);
}

/* Whether all that may leave past the caches goes to memory where whole vectors lie.  Rows that are
 * taken one by one are whole vectors (has_gaps). */
static bool can_stream(const struct tile *t, const struct loop_part *part)
{
    const struct loop_stage *s = &t->loop->stage[part->stage], *end = s + part->stages;
    bool any = false;
    for (; t->streams && s < end; s++) {
        if (!s->streams)
            continue;
        size_t apart = (size_t)tile_apart(t, s->reg) * ad_type_size(part->type);
        bool lines = t->apart[s->reg] == DENSE || apart % (size_t)t->table->vector_bytes == 0;
        if (!lines || t->at[s->reg] == t->home[s->reg] ||
            (uintptr_t)t->at[s->reg] % (size_t)t->table->vector_bytes)
            return false;
        any = true;
    }
    return any;
}

static void aim(struct tile *t, const struct loop_part *part)
{
    struct stage *s = stages_of(t, part);
    const struct loop_stage *from = &t->loop->stage[part->stage], *end = from + part->stages;
    struct aimed *aimed = &t->aimed[part - t->loop->part];
    bool gaps = part->reduces > 0, spreads = false;
    aimed->streams = can_stream(t, part);
    for (; from < end; from++, s++) {
        spreads |= aim_stage(t, part, s, from, aimed->streams);
        gaps |= has_gaps(t, from->reg, part->class) || has_gaps(t, from->other, part->class);
    }
    aimed->spreads = spreads;
    aimed->by_rows = gaps && t->rows > 1;
    aimed->spots = aimed->by_rows || !t->alone ? note_spots(t, part) : 0;
}

/* In a tile that is like the last one only places have changed. */
static void aim_again(struct tile *t, const struct loop_part *part)
{
    const struct aimed *aimed = &t->aimed[part - t->loop->part];
    struct spot *spot = spots_of(t, part), *end = spot + aimed->spots;
    if (aimed->spreads || (aimed->streams && !can_stream(t, part)))
        aim(t, part);
    else
        for (; spot < end; spot++)
            *spot->at = *spot->from;
}

static struct target ahead_of(const struct tile *t, const struct ahead *a, ad_type type)
{
    return (struct target){
        .at = a->at, .mask = -1, .apart = t->columns * (int64_t)ad_type_size(type)};
}

/* What is to be asked for comes into stages before the others: what will be read into the first
 * chain that follows, what will be written into the last, as it takes time to come. */
static struct stage *ask_in_stages(struct tile *t, const struct loop_part *part, bool last)
{
    struct stage *s = stages_of(t, part);
    int number = (int)(part - t->loop->part);
    for (struct ahead *a = t->ahead; a < t->ahead + t->aheads; a++) {
        if (a->part < 0 && (!a->written || last))
            a->part = number;
        if (a->part == number)
            *--s = (struct stage){.run = functions_at(t->table, part->type, FUNCTION_ASK),
                                  .to = ahead_of(t, a, part->type)};
    }
    return s;
}

/* From row to row. */
static void next_row(const struct tile *t, const struct loop_part *part, struct stage *first)
{
    struct spot *spot = spots_of(t, part), *end = spot + t->aimed[part - t->loop->part].spots;
    for (; spot < end; spot++)
        *spot->at += spot->apart;
    for (struct stage *s = first; s < stages_of(t, part); s++)
        s->to.at += s->to.apart;
}

/* After a row has been gone through, for the next one. */
static void close_row(const struct tile *t, const struct loop_part *part, int64_t row)
{
    const struct stage *s = stages_of(t, part);
    const struct loop_stage *from = &t->loop->stage[part->stage], *end = from + part->stages;
    for (; from < end; from++, s++) {
        if (from->form != STAGE_REDUCE)
            continue;
        char *out = (char *)t->at[from->reg] + (size_t)row * ad_type_size(part->type);
        tile_real(t->table, part->type)->close_lanes(tile_reduction(from->op), s->to.at, out);
    }
}

/* Joined stages, where rows have numbers, take what they can; bytes that this was. */
static int64_t whole_strips(const struct tile *t, const struct loop_part *part,
                            const struct stage *first, int64_t n)
{
    bool streams = t->aimed[part - t->loop->part].streams;
    native_line *line = (native_line *)part->joined[streams];
    if (!line || (part->of_rows && !rows_have_strips(t)))
        return 0;
    const struct stage *stages = stages_of(t, part);
    return line(stages, 0, n * (int64_t)ad_type_size(part->type),
                (stages - first) * (int64_t)sizeof *first);
}

static void run_rows(const struct tile *t, const struct loop_part *part, struct stage *first,
                     int64_t rows, int64_t n)
{
    const struct tile_real *real = tile_real(t->table, part->type);
    for (int64_t row = 0; row < rows; row++) {
        if (row > 0)
            next_row(t, part, first);
        real->chain(first, whole_strips(t, part, first, n), n);
        if (part->reduces)
            close_row(t, part, row);
    }
}

static void aim_part(struct tile *t, const struct loop_part *part)
{
    if (t->rows == t->aimed_rows && t->columns == t->aimed_columns)
        aim_again(t, part);
    else
        aim(t, part);
}

void tile_run_chain(struct tile *t, const struct loop_part *part)
{
    aim_part(t, part);
    bool last = part == t->loop->part + t->loop->last_chain;
    struct stage *first =
        part->class == LOOP_FULL ? ask_in_stages(t, part, last) : stages_of(t, part);
    if (t->aimed[part - t->loop->part].by_rows)
        run_rows(t, part, first, t->rows, t->columns);
    else
        run_rows(t, part, first, 1, tile_count(t, part->class));
}

/* Parts that one function goes through row by row.  Streams are one choice for all of them. */
void tile_run_span(struct tile *t, const struct loop_part *first)
{
    const struct loop_part *end = first + first->span, *asking = first;
    bool any = false, all = true;
    for (const struct loop_part *part = first; part < end; part++) {
        aim_part(t, part);
        any |= part->streams;
        all &= !part->streams || t->aimed[part - t->loop->part].streams;
    }
    while (asking < end - 1 && asking->class != LOOP_FULL)
        asking++;
    bool last = end > t->loop->part + t->loop->last_chain;
    struct stage *asked = stages_of(t, asking), *ask = ask_in_stages(t, asking, last);
    native_rows *rows = (native_rows *)first->rows[any && all];
    int64_t strip = t->table->strip_vectors * t->table->vector_bytes;
    rows(stages_of(t, first), t->rows, ask, asked, t->group,
         t->columns * (int64_t)ad_type_size(first->type) / strip * strip);
}
