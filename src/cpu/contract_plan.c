/* Choosing how a matrix product is carried out: which operand lies along the vectors, what is
 * packed and when, and the blocks.
 *
 * Costs are counted in cycles of a core that starts two vector operations a cycle.
 *
 * A task is a block of the result.  It takes the chunks of k in order; within a chunk it takes the
 * panels of columns, and each panel goes past all rows of the block.
 *
 * A panel is 512 terms x 2 registers (64 KiB with AVX-512).  It comes from the second cache, 128
 * bytes for 28 additions, and from the third once for 64 rows: less than 2 bytes a cycle.  The rows
 * of a block, 64 x 512 terms, are 128 KiB of f32 and stay in the second cache while all panels go
 * by; so do the block's totals, 64 x 1024, which are read and written once a chunk.  The more
 * columns, the less does copying the rows weigh: 1 in 1024 / 32 steps.
 *
 * Up to 192 rows there is one row of blocks.  Each panel is then wanted by one task only, which
 * packs it just before use, and no phase is needed before.  More rows share packed columns. */
#include "base/whole.h"
#include "cpu/contract_private.h"

#include <string.h>

enum {
    BLOCK_ROWS = 64,
    FEW_ROWS = 192,
    BLOCK_COLUMNS = 1024,
    MANY_TASKS = 16,
    TASK_WORK = 1 << 20,  /* multiplications worth a task of their own */
    TASK_READ = 1 << 17,  /* elements worth a task */
    SMALL_WORK = 1 << 18, /* products of a batch are taken together up to this many */
    PACK_WORK = 1 << 14,  /* elements packed by a task: few, as multiplying waits for all of them */
    NEAR_BYTES = 1 << 15, /* of a matrix that may be read with any step */
};

int64_t contract_lanes(const struct contract_table *table, ad_type type)
{
    return table->vector_bytes / (type == AD_F64 ? 8 : 4);
}

size_t contract_reserve(size_t *bytes, int64_t elements, size_t size)
{
    size_t at = *bytes;
    *bytes += ((size_t)elements * size + 63) / 64 * 64;
    return at;
}

/* Registers in a panel. */
int contract_width(const struct contract_table *table, int64_t lanes, int64_t rows, int64_t columns)
{
    int64_t few = table->registers == 32 ? 6 : 2;
    if (columns <= lanes)
        return 1;
    return columns > 2 * lanes && rows <= few ? 4 : 2;
}

/* ---------------------------------------------------------------- which way round */

static struct contract_plan oriented(const struct contract *c, bool swap)
{
    struct contract_plan plan = {
        .swap = swap, .rows = swap ? c->n : c->m, .columns = swap ? c->m : c->n, .out = c->c};
    struct contract_operand a = c->a, b = {c->b.batch, c->b.column, c->b.row, c->b.bf16};
    plan.row_side = swap ? b : a;
    plan.column_side = swap ? a : b;
    if (swap)
        plan.out = (struct contract_operand){c->c.batch, c->c.column, c->c.row, false};
    return plan;
}

/* Cycles to pack or place an element that lies so. */
static double cost_to_move(int64_t step, int64_t other_step, bool bf16)
{
    double cost = step == 1 ? 0.1 : other_step == 1 ? 0.25 : 1.5;
    return bf16 ? 2 * cost : cost;
}

static double cost_of(const struct contract *c, const struct contract_plan *plan, int64_t lanes)
{
    int64_t registers = parts(plan->columns, lanes);
    double terms = (double)plan->rows * (double)registers * (double)c->k;
    double cost = terms / 2;
    int width = contract_width(c->table, lanes, plan->rows, plan->columns);
    if (width == 1)
        cost *= 1.2;
    double sums = (double)plan->rows * (double)smaller(registers, width);
    if (sums < 8)
        cost *= 8 / sums;
    if (!c->keep)
        cost +=
            cost_to_move(plan->column_side.row, plan->column_side.column, plan->column_side.bf16) *
            (double)plan->columns * (double)c->k;
    if (plan->out.column != 1 && plan->columns > 1)
        cost += cost_to_move(plan->out.column, plan->out.row, false) * (double)plan->rows *
                (double)plan->columns;
    return cost;
}

static bool may_swap(const struct contract *c)
{
    if (c->keep || c->symmetric)
        return false;
    return !c->has_tail || (c->c.column == 1 && !c->discard && !c->whole_rows);
}

static void orient(struct contract *c, int64_t lanes)
{
    c->plan = oriented(c, false);
    struct contract_plan other = oriented(c, true);
    if (may_swap(c) && cost_of(c, &other, lanes) < cost_of(c, &c->plan, lanes))
        c->plan = other;
}

/* ---------------------------------------------------------------- blocks */

/* Work counts, and so does memory where each element is used but a few times. */
static int64_t tasks_wanted(const struct contract *c)
{
    double work = (double)c->batch * (double)c->m * (double)c->n * (double)c->k;
    double read = (double)c->batch * ((double)c->m + (double)c->n) * (double)c->k;
    double wanted = work / TASK_WORK + read / TASK_READ;
    if (c->alone)
        return 1;
    return wanted >= MANY_TASKS ? MANY_TASKS : larger(1, (int64_t)wanted);
}

static void set_blocks(struct contract_plan *plan, int64_t block_rows, int64_t block_columns,
                       int64_t unit)
{
    plan->block_rows = larger(1, smaller(block_rows, plan->rows));
    plan->row_blocks = parts(plan->rows, plan->block_rows);
    plan->column_blocks = parts(plan->columns, block_columns);
    plan->block_columns = round_up(parts(plan->columns, larger(1, plan->column_blocks)), unit);
    plan->block_columns = larger(unit, plan->block_columns);
    plan->column_blocks = parts(plan->columns, plan->block_columns);
}

static void cut(struct contract *c, int64_t lanes)
{
    struct contract_plan *plan = &c->plan;
    int64_t panel = plan->width * lanes;
    int64_t unit =
        c->has_tail && (plan->swap || c->symmetric) ? larger(panel, AD_COLUMN_BLOCK) : panel;
    bool whole = c->whole_rows && !plan->swap;
    int64_t rows = plan->rows <= FEW_ROWS ? FEW_ROWS : BLOCK_ROWS;
    int64_t columns = whole ? larger(plan->columns, 1) : BLOCK_COLUMNS;
    int64_t wanted = tasks_wanted(c);
    set_blocks(plan, rows, columns, unit);
    while (!whole && plan->block_columns > unit &&
           c->batch * plan->row_blocks * plan->column_blocks < wanted)
        set_blocks(plan, rows, round_up(plan->block_columns / 2, unit), unit);
    if (c->batch * plan->row_blocks * plan->column_blocks < wanted && plan->rows > AD_COLUMN_BLOCK)
        set_blocks(plan, AD_COLUMN_BLOCK, plan->block_columns, unit);
    double work = (double)plan->rows * (double)plan->columns * (double)larger(c->k, 1);
    plan->batches_a_task = 1;
    if (plan->row_blocks * plan->column_blocks <= 1)
        plan->batches_a_task =
            larger(1, smaller(c->batch, (int64_t)(SMALL_WORK / larger(1, (int64_t)work))));
}

/* ---------------------------------------------------------------- what is packed */

static enum contract_columns columns_from(const struct contract *c, size_t size)
{
    const struct contract_plan *plan = &c->plan;
    const struct contract_operand *side = &plan->column_side;
    bool neighbours = side->row == 1 && !side->bf16;
    if (c->keep)
        return COLUMNS_SHARED;
    if (neighbours &&
        (plan->rows <= 2 * 14 || (plan->rows <= 64 && !contract_crowds(side->column, size))))
        return COLUMNS_DIRECT;
    bool slow = side->row != 1;
    return plan->row_blocks >= (slow ? 2 : 3) ? COLUMNS_SHARED : COLUMNS_TASK;
}

/* Rows are read where they lie unless they are read several times and lie badly: far apart at a
 * step that crowds the cache, or with their terms far apart. */
static bool copy_rows(const struct contract *c, int64_t panel, size_t size)
{
    const struct contract_plan *plan = &c->plan;
    const struct contract_operand *side = &plan->row_side;
    int64_t panels = parts(smaller(plan->block_columns, plan->columns), panel);
    if (side->bf16)
        return true;
    if (panels < 2 || plan->rows == 1)
        return false;
    if (side->column == 1)
        return contract_crowds(side->row, size);
    int64_t reach = side->column * smaller(c->k, AD_K_CHUNK) * (int64_t)size;
    return side->row != 1 || reach > NEAR_BYTES || contract_crowds(side->column, size);
}

static void lay_out(struct contract *c, int64_t lanes, size_t size)
{
    struct contract_plan *plan = &c->plan;
    int64_t terms = smaller(c->k, AD_K_CHUNK), panel = plan->width * lanes;
    int64_t columns = round_up(smaller(plan->block_columns, plan->columns), panel);
    size_t *bytes = &c->scratch_bytes;
    *bytes = 0;
    plan->pointers_at = contract_reserve(bytes, plan->block_rows, sizeof(void *));
    plan->rows_at = contract_reserve(
        bytes, plan->copy_rows ? round_up(plan->block_rows, 16) * (terms + ROW_PAD) : 0, size);
    plan->columns_at =
        contract_reserve(bytes, plan->columns_from == COLUMNS_SHARED ? 0 : panel * terms, size);
    plan->out_at = contract_reserve(
        bytes, plan->block_rows * (plan->through ? columns + ROW_PAD : panel), size);
}

static void plan_packing(struct contract *c, int64_t lanes, size_t size)
{
    struct contract_plan *plan = &c->plan;
    if (plan->columns_from != COLUMNS_SHARED || c->k == 0)
        return;
    int64_t panel = plan->width * lanes, panels = parts(plan->columns, panel),
            chunks = parts(c->k, AD_K_CHUNK);
    int64_t batches = plan->column_side.batch == 0 ? 1 : c->batch;
    plan->packed_batch = round_up(panels * panel * c->k, 64);
    plan->panels_a_task =
        larger(1, smaller(panels, PACK_WORK / larger(1, panel * smaller(c->k, AD_K_CHUNK))));
    c->tasks[CONTRACT_PACK] = whole_int(batches * chunks * parts(panels, plan->panels_a_task));
    c->shared_bytes = (size_t)(batches * plan->packed_batch) * size;
}

void contract_plan(struct contract *c, const struct contract_table *table)
{
    size_t size = c->type == AD_F64 ? sizeof(double) : sizeof(float);
    int64_t lanes = contract_lanes(table, c->type);
    c->table = table;
    c->kernels = table->kernels[c->type == AD_F64];
    memset(c->tasks, 0, sizeof c->tasks);
    c->shared_bytes = c->scratch_bytes = 0;
    c->symmetric &= c->m > FEW_ROWS && !c->whole_rows;
    orient(c, lanes);
    if (c->batch <= 0 || c->m <= 0 || c->n <= 0)
        return;
    struct contract_plan *plan = &c->plan;
    plan->width = contract_width(table, lanes, plan->rows, plan->columns);
    cut(c, lanes);
    plan->columns_from = columns_from(c, size);
    plan->copy_rows = copy_rows(c, plan->width * lanes, size);
    bool again = c->k > AD_K_CHUNK && plan->rows > 1; /* totals are read back */
    plan->through = c->discard || (plan->out.column != 1 && plan->columns > 1) ||
                    (again && contract_crowds(plan->out.row, size));
    plan_packing(c, lanes, size);
    lay_out(c, lanes, size);
    c->tasks[CONTRACT_MULTIPLY] =
        whole_int(plan->batches_a_task > 1 ? parts(c->batch, plan->batches_a_task)
                                           : c->batch * plan->row_blocks * plan->column_blocks);
}
