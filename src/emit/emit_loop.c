/* A fused loop as plain C: for each row, for each column, one line for each instruction.
 *
 * A loop with reductions over rows goes over the columns of a row several times: a sweep ends where
 * the whole row is needed, to add it up.  What a later sweep uses again is loaded again, or kept in
 * a row buffer where it was computed. */
#include <inttypes.h>
#include <string.h>

#include "core/order.h"
#include "emit/emit.h"
#include "op/random.h"

struct printing {
    struct emit *e;
    const struct loop *l;
    int row_dims;
    int64_t rows, columns, pieces;
    int *sweep; /* of each register: a FULL one is made in that sweep, a ROW one before it */
    int *when;  /* of each instruction: its sweep */
    int *maker; /* of each register: its instruction */
    bool *live; /* by instruction: something stored depends on it */
    int sweeps;
    bool in_pieces;            /* the columns are cut in pieces, each reduced on its own */
    bool *buffered;            /* by register: a row of it is kept */
    struct phrase row, column; /* numbers of the row and the column */
};

/* ---- which sweep */

static bool over_columns(const struct printing *p, const struct loop_operand *o)
{
    for (int i = p->row_dims; i < p->l->dims; i++)
        if (o->stride[i])
            return true;
    return p->row_dims == p->l->dims;
}

/* The instruction runs for each column, not once for the row. */
static bool each_column(const struct printing *p, const struct loop_instruction *c)
{
    if (c->kind == LOOP_STORE)
        return over_columns(p, &p->l->operand[c->operand]);
    if (c->kind == LOOP_ROW_REDUCE || c->kind == LOOP_PIECE_REDUCE)
        return false;
    return c->kind == LOOP_COLUMN_REDUCE || p->l->reg[c->out].class == LOOP_FULL;
}

static void order(struct printing *p)
{
    for (int i = 0; i < p->l->instructions; i++) {
        const struct loop_instruction *c = &p->l->instruction[i];
        for (int k = 0; k < 3; k++)
            if (c->in[k] >= 0 && p->sweep[c->in[k]] > p->when[i])
                p->when[i] = p->sweep[c->in[k]];
        if (c->out >= 0) {
            p->sweep[c->out] = p->when[i] + (c->kind == LOOP_ROW_REDUCE);
            p->maker[c->out] = i;
        }
        p->sweeps = p->when[i] >= p->sweeps ? p->when[i] + 1 : p->sweeps;
        if (c->out >= 0 && p->sweep[c->out] >= p->sweeps)
            p->sweeps = p->sweep[c->out] + 1;
    }
}

static bool reads(const struct loop_instruction *c, int r)
{
    return c->in[0] == r || c->in[1] == r || c->in[2] == r;
}

bool *emit_live(struct emit *e, const struct loop *l)
{
    bool *live = arena_array(&e->arena, (size_t)l->instructions + 1, sizeof *live);
    for (int i = l->instructions - 1; live && i >= 0; i--) {
        const struct loop_instruction *c = &l->instruction[i];
        live[i] = c->out < 0;
        for (int k = i + 1; k < l->instructions && c->out >= 0; k++)
            live[i] |= live[k] && reads(&l->instruction[k], c->out);
    }
    return live;
}

static bool written(const struct loop *l, int value)
{
    for (int i = 0; i < l->operands; i++)
        if (l->operand[i].written && l->operand[i].value == value)
            return true;
    return false;
}

/* Made again where it is used again: a load of what the loop does not change, or a position. */
static bool made_again(const struct loop *l, const struct loop_instruction *c)
{
    return c->kind == LOOP_INDEX ||
           (c->kind == LOOP_LOAD && !written(l, l->operand[c->operand].value));
}

static bool is_reduction(const struct loop_instruction *c)
{
    return c->kind == LOOP_ROW_REDUCE || c->kind == LOOP_PIECE_REDUCE;
}

static void choose_buffers(struct printing *p)
{
    for (int i = 0; i < p->l->instructions; i++) {
        const struct loop_instruction *c = &p->l->instruction[i];
        for (int k = 0; k < 3; k++) {
            int r = c->in[k];
            if (r < 0 || !p->live[i])
                continue;
            bool later = p->l->reg[r].class == LOOP_FULL && p->when[i] > p->sweep[r] &&
                         !made_again(p->l, &p->l->instruction[p->maker[r]]);
            p->buffered[r] |= later || is_reduction(c);
        }
    }
}

/* The number of a place among the axes first..end - 1. */
static struct phrase place(const struct loop *l, int first, int end)
{
    int64_t factor[LOOP_DIMS] = {0}, step = 1;
    for (int i = end - 1; i >= first; i--) {
        factor[i] = step;
        step *= l->extent[i];
    }
    return emit_sum(0, factor + first, emit_axis + first, end - first);
}

static void measure(struct printing *p)
{
    const struct loop *l = p->l;
    p->row_dims = l->dims - l->column_dims;
    p->rows = p->columns = 1;
    for (int i = 0; i < l->dims; i++)
        *(i < p->row_dims ? &p->rows : &p->columns) *= l->extent[i];
    p->pieces = (p->columns + AD_ROW_CHUNK - 1) / AD_ROW_CHUNK;
    for (int i = 0; i < l->instructions; i++)
        p->in_pieces |= l->instruction[i].kind == LOOP_PIECE_REDUCE;
    struct phrase row = place(l, 0, p->row_dims);
    p->row = emit_phrase(strchr(row.text, ' ') ? "(%s)" : "%s", row.text);
    p->column = p->in_pieces && !l->flat ? emit_phrase("column") : place(l, p->row_dims, l->dims);
}

static bool prepare(struct printing *p)
{
    const struct loop *l = p->l;
    struct arena *arena = &p->e->arena;
    measure(p);
    p->sweep = arena_array(arena, (size_t)l->regs + 1, sizeof *p->sweep);
    p->maker = arena_array(arena, (size_t)l->regs + 1, sizeof *p->maker);
    p->buffered = arena_array(arena, (size_t)l->regs + 1, sizeof *p->buffered);
    p->when = arena_array(arena, (size_t)l->instructions + 1, sizeof *p->when);
    p->live = emit_live(p->e, l);
    if (!p->sweep || !p->maker || !p->buffered || !p->when || !p->live)
        return false;
    order(p);
    choose_buffers(p);
    return true;
}

/* ---- instructions */

static struct phrase value(const struct printing *p, int r)
{
    const struct loop_register *reg = &p->l->reg[r];
    if (reg->class == LOOP_CONSTANT)
        return emit_number(reg->type, reg->constant);
    return emit_phrase("r%d", r);
}

static struct phrase item(const struct printing *p, int operand)
{
    const struct loop_operand *o = &p->l->operand[operand];
    struct phrase at = emit_sum(o->offset, o->stride, emit_axis, p->l->dims);
    return emit_phrase("%s[%s]", emit_name(p->e, o->value), at.text);
}

static struct phrase buffered_item(const struct printing *p, int r)
{
    if (p->l->flat)
        return emit_phrase("row%d[(%s * %" PRId64 " + %s) %% PIECE]", r, p->row.text, p->columns,
                           p->column.text);
    return emit_phrase(p->in_pieces ? "row%d[%s %% PIECE]" : "row%d[%s]", r, p->column.text);
}

static struct phrase compute(const struct printing *p, const struct loop_instruction *c)
{
    struct phrase in[3] = {{{0}}};
    const char *argument[3];
    for (int k = 0; k < 3; k++) {
        if (c->in[k] >= 0)
            in[k] = value(p, c->in[k]);
        argument[k] = in[k].text;
    }
    ad_type type = p->l->reg[c->in[c->op->row->arity == 3 ? 1 : 0]].type;
    return emit_call(p->e, c->op, type, argument);
}

/* low + scale * uniform, mean + deviation * normal */
static struct phrase random_number(struct printing *p, const struct loop_instruction *c)
{
    ad_type type = p->l->reg[c->out].type;
    bool uniform = c->op == &op_uniform;
    struct phrase at = place(p->l, 0, p->l->dims), start = emit_number(type, c->low);
    struct phrase scale = emit_number(type, uniform ? c->high - c->low : c->high);
    p->e->scalar = true;
    return emit_phrase("%s + %s * scalar_%s_%s(run->seed, run->step, UINT64_C(%" PRIu64
                       "), (uint64_t)(%s))",
                       start.text, scale.text, uniform ? "uniform" : "normal", ad_type_name(type),
                       c->stream, at.text);
}

static struct phrase position(const struct printing *p, const struct loop_instruction *c)
{
    struct phrase at = emit_sum(c->start, &c->scale, &emit_axis[c->axis], 1);
    return emit_phrase(strchr(at.text, ' ') ? "(%s)(%s)" : "(%s)%s",
                       emit_type(p->l->reg[c->out].type), at.text);
}

/* What the instruction's register is made of. */
static struct phrase expression(struct printing *p, const struct loop_instruction *c)
{
    struct phrase in;
    switch (c->kind) {
    case LOOP_LOAD: return item(p, c->operand);
    case LOOP_CAST:
        in = value(p, c->in[0]);
        return emit_cast(p->e, p->l->reg[c->in[0]].type, p->l->reg[c->out].type, in.text);
    case LOOP_RANDOM: return random_number(p, c);
    case LOOP_INDEX: return position(p, c);
    default: return compute(p, c);
    }
}

static void define(struct printing *p, const struct loop_instruction *c)
{
    struct phrase made = expression(p, c);
    emit_line(p->e, "const %s r%d = %s;", emit_type(p->l->reg[c->out].type), c->out, made.text);
}

static void fill_buffer(struct printing *p, int r)
{
    struct phrase to = buffered_item(p, r), from = value(p, r);
    emit_line(p->e, "%s = %s;", to.text, from.text);
}

/* The rows of a block are added up in order where their sum is kept; the first one starts it. */
static void column_reduce(struct printing *p, const struct loop_instruction *c)
{
    ad_type type = p->l->reg[c->in[0]].type;
    struct phrase x = value(p, c->in[0]), first = emit_identity(c->op, type), so_far = first;
    const char *array = emit_name(p->e, p->l->operand[c->operand].value);
    struct phrase at = emit_phrase("%s[%s]", array, p->column.text);
    if (p->rows > AD_COLUMN_BLOCK)
        at = emit_phrase("%s[%s / BLOCK * %" PRId64 " + %s]", array, p->row.text, p->columns,
                         p->column.text);
    if (p->rows > 1)
        so_far = emit_phrase("(%s %% BLOCK == 0 ? %s : %s)", p->row.text, first.text, at.text);
    struct phrase sum = emit_combine(p->e, c->op, type, so_far.text, x.text);
    emit_line(p->e, "%s = %s;", at.text, sum.text);
}

static void store(struct printing *p, const struct loop_instruction *c)
{
    struct phrase to = item(p, c->operand), from = value(p, c->in[0]);
    emit_line(p->e, "%s = %s;", to.text, from.text);
}

static void instruction(struct printing *p, const struct loop_instruction *c)
{
    if (c->kind == LOOP_STORE) {
        store(p, c);
    } else if (c->kind == LOOP_COLUMN_REDUCE) {
        column_reduce(p, c);
    } else {
        define(p, c);
        if (p->l->reg[c->out].class == LOOP_FULL && p->buffered[c->out])
            fill_buffer(p, c->out);
    }
}

/* ---- sweeps */

static bool used_in(const struct printing *p, int r, int sweep)
{
    for (int i = 0; i < p->l->instructions; i++)
        if (p->live[i] && p->when[i] == sweep && reads(&p->l->instruction[i], r) &&
            each_column(p, &p->l->instruction[i]))
            return true;
    return false;
}

/* The instruction has a line in that sweep, among those of the columns or those of the row. */
static bool belongs(const struct printing *p, int i, int sweep, bool columns)
{
    const struct loop_instruction *c = &p->l->instruction[i];
    if (!p->live[i] || p->when[i] != sweep || is_reduction(c) || each_column(p, c) != columns)
        return false;
    return !columns || c->out < 0 || p->buffered[c->out] || used_in(p, c->out, sweep);
}

/* Loads come first, so that nothing is read after it was overwritten. */
static void run_instructions(struct printing *p, int sweep, bool columns)
{
    for (int loads = 1; loads >= 0; loads--)
        for (int i = 0; i < p->l->instructions; i++) {
            const struct loop_instruction *c = &p->l->instruction[i];
            if ((c->kind == LOOP_LOAD) == loads && belongs(p, i, sweep, columns))
                instruction(p, c);
        }
}

/* What earlier sweeps made and this one uses. */
static void take_up(struct printing *p, int sweep)
{
    for (int r = 0; r < p->l->regs; r++) {
        if (p->l->reg[r].class != LOOP_FULL || p->sweep[r] >= sweep || !used_in(p, r, sweep))
            continue;
        const struct loop_instruction *c = &p->l->instruction[p->maker[r]];
        struct phrase kept = made_again(p->l, c) ? expression(p, c) : buffered_item(p, r);
        emit_line(p->e, "const %s r%d = %s;", emit_type(p->l->reg[r].type), r, kept.text);
    }
}

/* Rows and constants that are to be reduced as if they were an element each. */
static void stretch(struct printing *p, int sweep)
{
    for (int i = 0; i < p->l->instructions; i++) {
        const struct loop_instruction *c = &p->l->instruction[i];
        if (p->live[i] && is_reduction(c) && p->when[i] == sweep &&
            p->l->reg[c->in[0]].class != LOOP_FULL)
            fill_buffer(p, c->in[0]);
    }
}

static bool has_columns(const struct printing *p, int sweep)
{
    for (int i = 0; i < p->l->instructions; i++) {
        const struct loop_instruction *c = &p->l->instruction[i];
        if (p->live[i] && p->when[i] == sweep && (each_column(p, c) || is_reduction(c)))
            return true;
    }
    return false;
}

static void columns_body(struct printing *p, int sweep)
{
    take_up(p, sweep);
    run_instructions(p, sweep, true);
    stretch(p, sweep);
}

static void row_reductions(struct printing *p, int sweep)
{
    for (int i = 0; i < p->l->instructions; i++) {
        const struct loop_instruction *c = &p->l->instruction[i];
        if (c->kind != LOOP_ROW_REDUCE || p->when[i] != sweep || !p->live[i])
            continue;
        ad_type type = p->l->reg[c->in[0]].type;
        struct phrase function = emit_row_function(p->e, c->op, type);
        emit_line(p->e, "const %s r%d = %s(row%d, %" PRId64 ");", emit_type(type), c->out,
                  function.text, c->in[0], p->columns);
    }
}

static void sweep_row(struct printing *p, int sweep)
{
    const struct loop *l = p->l;
    run_instructions(p, sweep, false);
    if (!has_columns(p, sweep))
        return;
    if (l->column_dims)
        emit_nest(p->e, emit_axis + p->row_dims, l->extent + p->row_dims, l->column_dims);
    columns_body(p, sweep);
    if (l->column_dims)
        emit_end(p->e);
    row_reductions(p, sweep);
}

/* ---- pieces of long rows */

static void piece_reductions(struct printing *p)
{
    for (int i = 0; i < p->l->instructions; i++) {
        const struct loop_instruction *c = &p->l->instruction[i];
        if (c->kind != LOOP_PIECE_REDUCE)
            continue;
        struct phrase function = emit_row_function(p->e, c->op, p->l->reg[c->in[0]].type);
        const char *array = emit_name(p->e, p->l->operand[c->operand].value);
        if (p->l->flat) {
            emit_line(p->e, "%s[last / PIECE] = %s(row%d, last %% PIECE + 1);", array,
                      function.text, c->in[0]);
            continue;
        }
        struct phrase at = emit_phrase("%s * %" PRId64 " + piece", p->row.text, p->pieces);
        emit_line(p->e, "%s[%s] = %s(row%d, end - piece * PIECE);", array,
                  p->rows > 1 ? at.text : "piece", function.text, c->in[0]);
    }
}

/* The axes of the columns from the number of a column. */
static void split_column(struct printing *p)
{
    const struct loop *l = p->l;
    int64_t step = p->columns;
    for (int i = p->row_dims; i < l->dims; i++) {
        step /= l->extent[i];
        if (l->column_dims == 1)
            emit_line(p->e, "const int64_t %s = column;", emit_axis[i]);
        else
            emit_line(p->e, "const int64_t %s = column / %" PRId64 " %% %" PRId64 ";", emit_axis[i],
                      step, l->extent[i]);
    }
}

static void sweep_pieces(struct printing *p)
{
    run_instructions(p, 0, false);
    emit_nest(p->e, (const char *const[]){"piece"}, &p->pieces, 1);
    emit_line(p->e, "const int64_t end = piece < %" PRId64 " ? (piece + 1) * PIECE : %" PRId64 ";",
              p->pieces - 1, p->columns);
    emit_open(p->e, "for (int64_t column = piece * PIECE; column < end; column++) {");
    split_column(p);
    columns_body(p, 0);
    emit_end(p->e);
    piece_reductions(p);
    emit_end(p->e);
}

/* Rows that fill pieces. */
static void sweep_flat(struct printing *p)
{
    sweep_row(p, 0);
    emit_line(p->e, "const int64_t last = (%s + 1) * %" PRId64 " - 1;", p->row.text, p->columns);
    emit_open(p->e, "if ((last + 1) %% PIECE == 0 || last == %" PRId64 ") {",
              p->rows * p->columns - 1);
    piece_reductions(p);
    emit_end(p->e);
}

/* ---- all of it */

static void declare_buffers(struct printing *p)
{
    int64_t size = p->in_pieces ? AD_ROW_CHUNK : p->columns;
    for (int r = 0; r < p->l->regs; r++) {
        if (!p->buffered[r])
            continue;
        const char *type = emit_type(p->l->reg[r].type);
        size_t at = emit_scratch(p->e, size, p->l->reg[r].type);
        emit_line(p->e, "%s *row%d = (%s *)(arena + %zu); /* one row of r%d */", type, r, type, at,
                  r);
    }
}

void emit_loop(struct emit *e, const struct loop *l)
{
    struct printing p = {.e = e, .l = l};
    if (!prepare(&p)) {
        e->status = AD_ERROR_MEMORY;
        return;
    }
    declare_buffers(&p);
    if (p.row_dims)
        emit_nest(e, emit_axis, l->extent, p.row_dims);
    if (l->flat)
        sweep_flat(&p);
    else if (p.in_pieces)
        sweep_pieces(&p);
    for (int sweep = 0; !p.in_pieces && sweep < p.sweeps; sweep++)
        sweep_row(&p, sweep);
    if (p.row_dims)
        emit_end(e);
}
