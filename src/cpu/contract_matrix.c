/* Matrix products: packing the shared columns, and blocks of the result.  contract_plan.c derives
 * the blocks and says what is packed. */

#include "cpu/contract_private.h"

static struct source column_source(const struct contract_run *run, int64_t batch, int64_t column,
                                   int64_t term)
{
    const struct contract_plan *plan = &run->contract->plan;
    const struct contract_operand *side = &plan->column_side;
    const void *base = plan->swap ? run->a : run->b;
    return (struct source){
        .at = element(base, batch * side->batch + column * side->row + term * side->column,
                      operand_size(run->contract->kernels, side->bf16)),
        .column_step = side->row,
        .term_step = side->column,
        .bf16 = side->bf16,
    };
}

static void *packed_panel(const struct contract_run *run, int64_t batch, int64_t column,
                          int64_t term)
{
    const struct contract *c = run->contract;
    int64_t panel = c->plan.width * c->kernels->lanes, columns = round_up(c->plan.columns, panel);
    int64_t of_batch = c->plan.column_side.batch == 0 ? 0 : batch * c->plan.packed_batch;
    return element(run->shared, of_batch + columns * term + column * chunk_terms(c->k, term),
                   c->kernels->size);
}

/* Neighbouring panels of one chunk.  Where columns are neighbours a few terms of all panels are
 * taken at a time, because terms may be a page apart. */
static void pack_panels(const struct contract_run *run, int64_t batch, int64_t term, int64_t first,
                        int64_t end)
{
    const struct contract *c = run->contract;
    const struct contract_kernels *kernels = c->kernels;
    int64_t terms = chunk_terms(c->k, term), panel = c->plan.width * kernels->lanes,
            step = c->plan.column_side.row == 1 ? TERMS_AT_ONCE : terms;
    for (int64_t k = 0; k < terms; k += step)
        for (int64_t column = first; column < end; column += panel) {
            int64_t left = c->plan.columns - column,
                    lanes = panel_width(kernels, c->plan.width, left) * kernels->lanes;
            struct source s = column_source(run, batch, column, term + k);
            kernels->pack_panel(
                &s, left, smaller(terms - k, step), lanes,
                element(packed_panel(run, batch, column, term), k * lanes, kernels->size));
        }
}

static void pack_task(const struct contract_run *run, int task)
{
    const struct contract *c = run->contract;
    int64_t chunks = parts(c->k, AD_K_CHUNK),
            group = c->plan.panels_a_task * c->plan.width * c->kernels->lanes;
    int64_t groups = parts(c->plan.columns, group);
    int64_t first = task % groups * group, rest = task / groups;
    pack_panels(run, rest / chunks, rest % chunks * AD_K_CHUNK, first,
                smaller(first + group, c->plan.columns));
}

/* ---------------------------------------------------------------- a block of the result */

struct block {
    const struct contract_run *run;
    char *scratch;
    int64_t batch, row, rows, column, columns;
    void *place; /* of the result's element (row, column) */
    void *out;   /* where tiles write: place, or scratch */
    int64_t out_step;
};

static struct block block_of(const struct contract_run *run, int64_t batch, int64_t index,
                             void *scratch)
{
    const struct contract_kernels *kernels = run->contract->kernels;
    const struct contract_plan *plan = &run->contract->plan;
    struct block b = {.run = run, .scratch = scratch, .batch = batch};
    b.row = index / plan->column_blocks * plan->block_rows;
    b.column = index % plan->column_blocks * plan->block_columns;
    b.rows = smaller(plan->rows - b.row, plan->block_rows);
    b.columns = smaller(plan->columns - b.column, plan->block_columns);
    if (run->contract->symmetric) { /* rows begin where panels do */
        int64_t known = smaller(larger(b.row - b.column, 0), b.columns);
        b.column += known, b.columns -= known;
    }
    if (run->c && !run->contract->discard)
        b.place = element(
            run->c, batch * plan->out.batch + b.row * plan->out.row + b.column * plan->out.column,
            kernels->size);
    b.out = plan->through ? b.scratch + plan->out_at : b.place;
    int64_t panel = plan->width * kernels->lanes;
    b.out_step = plan->through ? round_up(b.columns, panel) + ROW_PAD : plan->out.row;
    return b;
}

/* Copies rows as they are where terms are neighbours. */
static void copy_rows_straight(const struct block *b, const struct source *s, int64_t terms,
                               const void **row)
{
    const struct contract_kernels *kernels = b->run->contract->kernels;
    int64_t size = operand_size(kernels, s->bf16);
    char *to = b->scratch + b->run->contract->plan.rows_at;
    for (int64_t r = 0; r < b->rows; r++, to += (terms + ROW_PAD) * kernels->size) {
        row[r] = to;
        const char *from = element(s->at, r * s->column_step, size), *next = from;
        if (r + 2 < b->rows)
            next = element(s->at, (r + 2) * s->column_step, size);
        for (int64_t i = 0; i < terms * kernels->size; i += CACHE_LINE)
            __builtin_prefetch(next + i);
        kernels->copy_line(from, 1, s->bf16, terms, to);
    }
}

/* Else in groups of neighbouring rows, which lie term by term; a few terms of all groups at a time.
 */
static void copy_rows_grouped(const struct block *b, const struct source *s, int64_t terms,
                              const void **row)
{
    const struct contract_kernels *kernels = b->run->contract->kernels;
    int64_t size = operand_size(kernels, s->bf16);
    char *to = b->scratch + b->run->contract->plan.rows_at;
    for (int64_t k = 0; k < terms; k += TERMS_AT_ONCE)
        for (int64_t r = 0; r < b->rows; r += ROW_GROUP) {
            struct source part = *s;
            part.at = element(s->at, r * s->column_step + k * s->term_step, size);
            kernels->pack_panel(&part, b->rows - r, smaller(terms - k, TERMS_AT_ONCE), ROW_GROUP,
                                element(to, r * terms + k * ROW_GROUP, kernels->size));
        }
    for (int64_t r = 0; r < b->rows; r++)
        row[r] = element(to, r / ROW_GROUP * ROW_GROUP * terms + r % ROW_GROUP, kernels->size);
}

/* Sets the row pointers for a chunk and returns the step from term to term. */
static int64_t fill_rows(const struct block *b, int64_t term, int64_t terms, const void **row)
{
    const struct contract_kernels *kernels = b->run->contract->kernels;
    const struct contract_plan *plan = &b->run->contract->plan;
    const struct contract_operand *side = &plan->row_side;
    const void *base = plan->swap ? b->run->b : b->run->a;
    int64_t at = b->batch * side->batch + b->row * side->row + term * side->column;
    struct source s = {element(base, at, operand_size(kernels, side->bf16)), side->row,
                       side->column, side->bf16};
    if (plan->copy_rows && side->column == 1)
        return copy_rows_straight(b, &s, terms, row), 1;
    if (plan->copy_rows)
        return copy_rows_grouped(b, &s, terms, row), ROW_GROUP;
    for (int64_t r = 0; r < b->rows; r++)
        row[r] = element(s.at, r * side->row, kernels->size);
    return side->column;
}

/* Sets chunk->column_step too. */
static const void *fill_columns(const struct block *b, int64_t column, int64_t term, int width,
                                struct chunk *chunk)
{
    const struct contract_kernels *kernels = b->run->contract->kernels;
    const struct contract_plan *plan = &b->run->contract->plan;
    int64_t left = plan->columns - column, lanes = width * kernels->lanes;
    chunk->column_step = lanes;
    if (plan->columns_from == COLUMNS_SHARED)
        return packed_panel(b->run, b->batch, column, term);
    struct source s = column_source(b->run, b->batch, column, term);
    if (plan->columns_from == COLUMNS_DIRECT && left >= lanes) {
        chunk->column_step = s.term_step;
        return s.at;
    }
    void *to = b->scratch + plan->columns_at;
    kernels->pack_panel(&s, left, chunk->terms->count, lanes, to);
    return to;
}

static void block_chunk(const struct block *b, int64_t term)
{
    const struct contract *c = b->run->contract;
    const struct contract_kernels *kernels = c->kernels;
    const void **row = (const void **)(void *)(b->scratch + c->plan.pointers_at);
    struct terms terms = {.count = chunk_terms(c->k, term)};
    struct chunk chunk = {.terms = &terms, .runs = 1, .apart = kernels->lanes, .add = term > 0};
    chunk.row_step = fill_rows(b, term, terms.count, row);
    int64_t panel = c->plan.width * kernels->lanes;
    for (int64_t i = 0; i < b->columns; i += panel) {
        int width = panel_width(kernels, c->plan.width, b->columns - i);
        const void *columns = fill_columns(b, b->column + i, term, width, &chunk);
        bool whole = c->plan.through || b->columns - i >= width * kernels->lanes;
        void *out = whole ? element(b->out, i, kernels->size) : b->scratch + c->plan.out_at;
        kernels->multiply_panel(&chunk, width, row, b->rows, columns, out,
                                whole ? b->out_step : width * kernels->lanes);
    }
}

/* What has been collected in scratch goes to its place, all of it or a partial last panel. */
static void block_place(const struct block *b)
{
    const struct contract_kernels *kernels = b->run->contract->kernels;
    const struct contract_plan *plan = &b->run->contract->plan;
    const void *from = b->scratch + plan->out_at;
    if (plan->through && b->place)
        kernels->place_block(from, b->out_step, b->rows, b->columns, b->place, plan->out.row,
                             plan->out.column);
    int64_t panel = plan->width * kernels->lanes, full = b->columns / panel * panel,
            rest = b->columns - full;
    int64_t lanes = panel_width(kernels, plan->width, rest) * kernels->lanes;
    if (!plan->through && rest % lanes != 0)
        kernels->place_block(from, lanes, b->rows, rest, element(b->place, full, kernels->size),
                             plan->out.row, 1);
}

/* The columns of a symmetric product right of the block's rows are rows below it too. */
static void block_mirror(const struct block *b)
{
    const struct contract_run *run = b->run;
    const struct contract_plan *plan = &run->contract->plan;
    int64_t size = run->contract->kernels->size, end = b->column + b->columns,
            first = larger(b->column, b->row + b->rows);
    if (first >= end)
        return;
    void *to = element(
        run->c, b->batch * plan->out.batch + first * plan->out.row + b->row * plan->out.column,
        size);
    run->contract->kernels->place_block(element(b->out, first - b->column, size), b->out_step,
                                        b->rows, end - first, to, plan->out.column, plan->out.row);
    if (run->tail)
        run->tail(run->user, to, plan->out.row, b->batch, first, end - first, b->row, b->rows);
}

/* Results are put in their place; a tail runs before or after, whichever
 * finds neighbouring columns. */
static void block_finish(const struct block *b)
{
    const struct contract_run *run = b->run;
    const struct contract_plan *plan = &run->contract->plan;
    bool early = plan->through && !plan->swap && !run->contract->tail_in_place;
    if (run->tail && early)
        run->tail(run->user, b->out, b->out_step, b->batch, b->row, b->rows, b->column, b->columns);
    block_place(b);
    if (run->contract->symmetric)
        block_mirror(b);
    if (!run->tail || early)
        return;
    if (plan->swap)
        run->tail(run->user, b->place, plan->out.column, b->batch, b->column, b->columns, b->row,
                  b->rows);
    else
        run->tail(run->user, b->place, plan->out.row, b->batch, b->row, b->rows, b->column,
                  b->columns);
}

static void multiply_block(const struct contract_run *run, int64_t batch, int64_t index,
                           void *scratch)
{
    struct block b = block_of(run, batch, index, scratch);
    int64_t term = 0;
    if (b.columns == 0)
        return;
    do
        block_chunk(&b, term);
    while ((term += AD_K_CHUNK) < run->contract->k);
    block_finish(&b);
}

void contract_task(const struct contract_run *run, enum contract_phase phase, int task,
                   void *scratch)
{
    const struct contract *c = run->contract;
    int64_t blocks = c->plan.row_blocks * c->plan.column_blocks, group = c->plan.batches_a_task;
    if (phase == CONTRACT_PACK) {
        pack_task(run, task);
    } else if (group == 1) {
        multiply_block(run, task / blocks, task % blocks, scratch);
    } else {
        for (int64_t i = task * group; i < c->batch && i < (task + 1) * group; i++)
            multiply_block(run, i, 0, scratch);
    }
}
