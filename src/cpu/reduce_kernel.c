/* Sums, largest and smallest over several groups of axes, or over middle ones, as kernels: the
 * steps of core/reduce_order.h, one phase each, with what lies between them in the kernel's memory.
 *
 * A step reads (outer, n, inner) and writes (outer, inner).  Rows (inner == 1): a task is a run of
 * outer positions.  Columns: a task is a run of outer positions, or a part of the columns of one.
 * A column of more than AD_COLUMN_BLOCK rows keeps a running row for each level of blocks: when a
 * block is full, its row is joined to the next level's. */
#include "base/error.h"
#include "base/whole.h"
#include "core/order.h"
#include "core/reduce_order.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/reduce.h"

enum {
    TASK_BYTES = 1 << 16,
    STEPS_MAX = 4,
    LEVELS_MAX = 11,
    COLUMNS = 1024,
    SHORT_ROW = 256,
    FEW_ROWS = 8
};

struct reducing {
    int64_t outer, n, inner;
    struct strided outers; /* of the source */
    int64_t row;           /* from one of n to the next */
    int64_t columns;       /* of a task */
    int64_t column_tasks, outer_step, tasks;
    int levels;      /* of blocks */
    size_t from, to; /* place in the kernel's memory of the source and of the result */
};

struct reduce_kernel {
    struct view x, y;
    const struct tile_table *tile;
    ad_type type;
    size_t size;
    int how, steps;
    struct reducing step[STEPS_MAX];
};

/* ---- one row, one column */

static void reduce_row(const struct reduce_kernel *k, const char *x, int64_t n, char *scratch,
                       char *y)
{
    while (n > AD_ROW_CHUNK) {
        int64_t pieces = 0;
        for (int64_t i = 0; i < n; i += AD_ROW_CHUNK, pieces++)
            tile_reduce_row(k->tile, k->type, k->how, x + (size_t)i * k->size,
                            n - i < AD_ROW_CHUNK ? n - i : AD_ROW_CHUNK,
                            scratch + (size_t)pieces * k->size);
        x = scratch;
        n = pieces;
    }
    tile_reduce_row(k->tile, k->type, k->how, x, n, y);
}

/* Rows joined so far at each level of blocks. */
struct levels {
    int count;
    int64_t rows[LEVELS_MAX];
    char *sum[LEVELS_MAX];
};

static void join(const struct reduce_kernel *k, struct levels *l, int level, const char *row,
                 int64_t apart, int64_t rows, int64_t columns)
{
    tile_reduce_columns(k->tile, k->type, k->how, l->rows[level] == 0, row, apart, rows,
                        l->sum[level], columns);
    l->rows[level] += rows;
}

/* A finished block goes to the next level. */
static void carry(const struct reduce_kernel *k, struct levels *l, int level, int64_t columns)
{
    join(k, l, level + 1, l->sum[level], 0, 1, columns);
    l->rows[level] = 0;
}

/* The last level lies in y. */
static void reduce_columns(const struct reduce_kernel *k, const struct reducing *r, const char *x,
                           int64_t columns, char *scratch, char *y)
{
    struct levels l = {.count = r->levels};
    for (int i = 0; i < l.count; i++)
        l.sum[i] = i + 1 < l.count ? scratch + (size_t)(i * r->columns) * k->size : y;
    int64_t most = columns <= SHORT_ROW ? AD_COLUMN_BLOCK : FEW_ROWS; /* of which blocks are made */
    for (int64_t i = 0, rows; i < r->n; i += rows) {
        rows = r->n - i < most ? r->n - i : most;
        join(k, &l, 0, x + i * r->row * (int64_t)k->size, r->row, rows, columns);
        for (int i2 = 0; i2 + 1 < l.count && l.rows[i2] == AD_COLUMN_BLOCK; i2++)
            carry(k, &l, i2, columns);
    }
    for (int i = 0; i + 1 < l.count; i++)
        if (l.rows[i])
            carry(k, &l, i, columns);
}

/* ---- tasks */

static char *source(const struct kernel *kernel, const struct run *run, int step)
{
    const struct reduce_kernel *k = kernel->self;
    return step == 0 ? strided_address(run, &k->x)
                     : (char *)run->base[kernel->shared] + k->step[step].from;
}

static char *result(const struct kernel *kernel, const struct run *run, int step)
{
    const struct reduce_kernel *k = kernel->self;
    return step == k->steps - 1 ? strided_address(run, &k->y)
                                : (char *)run->base[kernel->shared] + k->step[step].to;
}

static ad_status run_reduce(const struct kernel *kernel, const struct run *run, int phase, int task,
                            void *scratch)
{
    const struct reduce_kernel *k = kernel->self;
    const struct reducing *r = &k->step[phase];
    const char *from = source(kernel, run, phase);
    char *to = result(kernel, run, phase);
    int64_t column = task % r->column_tasks * r->columns;
    int64_t columns = r->inner - column < r->columns ? r->inner - column : r->columns;
    int64_t outer = task / r->column_tasks * r->outer_step, end = outer + r->outer_step;
    for (end = end < r->outer ? end : r->outer; outer < end; outer++) {
        const char *x = from + (strided_offset(&r->outers, outer) + column) * (int64_t)k->size;
        char *y = to + (size_t)(outer * r->inner + column) * k->size;
        if (r->inner == 1)
            reduce_row(k, x, r->n, scratch, y);
        else
            reduce_columns(k, r, x, columns, scratch, y);
    }
    return AD_OK;
}

/* ---- lowering */

static void cut(struct reducing *r, size_t size)
{
    r->columns = r->inner < 2 * COLUMNS ? r->inner : COLUMNS;
    r->column_tasks = (r->inner + r->columns - 1) / r->columns;
    int64_t bytes = r->n * r->columns * (int64_t)size;
    r->outer_step = bytes < TASK_BYTES ? TASK_BYTES / bytes : 1;
    r->tasks = (r->outer + r->outer_step - 1) / r->outer_step * r->column_tasks;
    r->levels = 1;
    for (int64_t blocks = r->n; blocks > AD_COLUMN_BLOCK; r->levels++)
        blocks = (blocks + AD_COLUMN_BLOCK - 1) / AD_COLUMN_BLOCK;
}

static size_t scratch_of(const struct reducing *r, size_t size)
{
    int64_t numbers = r->inner == 1 ? r->n / AD_ROW_CHUNK + 1 : (r->levels - 1) * r->columns;
    return (size_t)numbers * size;
}

/* The first step reads a view: axes before, in and after the innermost group. */
static bool fill_first(struct reducing *r, const struct view *x)
{
    int64_t inner = 1, n = 1;
    int last = x->shape.rank, middle;
    while (last > 0 && inner < r->inner)
        inner *= x->shape.size[--last];
    for (middle = last; middle > 0 && n < r->n;)
        n *= x->shape.size[--middle];
    struct strided inners = strided_axes(x, last, x->shape.rank);
    struct strided group = strided_axes(x, middle, last);
    r->outers = strided_axes(x, 0, middle);
    bool even = strided_single(&group, &r->row);
    return even && strided_packed(&inners) && (r->inner > 1 || strided_packed(&group));
}

/* The following ones read arrays. */
static void fill_next(struct reducing *r)
{
    r->row = r->inner;
    r->outers = (struct strided){1, {r->outer}, {r->n * r->inner}};
}

static bool fill_steps(struct reduce_kernel *k, const struct reduce_step *steps, size_t *shared,
                       size_t *scratch)
{
    for (int i = 0; i < k->steps; i++) {
        struct reducing *r = &k->step[i];
        *r = (struct reducing){.outer = steps[i].outer, .n = steps[i].n, .inner = steps[i].inner};
        r->from = i ? k->step[i - 1].to : 0;
        r->to = *shared;
        if (i == 0 && !fill_first(r, &k->x))
            return false;
        if (i > 0)
            fill_next(r);
        cut(r, k->size);
        if (i < k->steps - 1)
            *shared += ((size_t)(r->outer * r->inner) * k->size + 63) / 64 * 64;
        *scratch = scratch_of(r, k->size) > *scratch ? scratch_of(r, k->size) : *scratch;
    }
    return true;
}

static struct reduce_kernel describe(ad_context *context, const struct step *step)
{
    const struct op *op = step->node->op;
    struct reduce_kernel k = {.x = step->in[0],
                              .y = step->out[0],
                              .tile = cpu_tables(context)->tile,
                              .type = step->out[0].type,
                              .size = ad_type_size(step->out[0].type)};
    k.how = (int)reduction_of(op);
    return k;
}

ad_status cpu_lower_reduce(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct op *op = step->node && !step->loop ? step->node->op : NULL;
    if (!op || reduction_of(op) == REDUCTIONS || step->out[0].value < 0 ||
        !strided_is_array(&step->out[0]) || !shape_count(&step->in[0].shape))
        return AD_ERROR_UNSUPPORTED;
    const struct reduce_attributes *a = step->node->attributes;
    struct reduce_step steps[AD_RANK_MAX];
    struct reduce_kernel k = describe(context, step);
    size_t shared = 0, scratch = 0;
    k.steps = reduce_order(&k.x.shape, &a->axes, steps);
    if (!k.steps || !fill_steps(&k, steps, &shared, &scratch))
        return AD_ERROR_UNSUPPORTED;
    struct reduce_kernel *self = cpu_kernel_self(context, sizeof k);
    if (!self)
        return AD_ERROR_MEMORY;
    *self = k;
    *kernel = (struct kernel){.name = "reduce",
                              .phases = k.steps,
                              .shared = -1,
                              .shared_bytes = shared,
                              .scratch_bytes = scratch,
                              .bytes = shape_count(&k.x.shape) * (int64_t)k.size,
                              .self = self,
                              .run = run_reduce,
                              .free = cpu_kernel_free};
    for (int i = 0; i < k.steps; i++)
        kernel->tasks[i] = whole_int(k.step[i].tasks);
    return AD_OK;
}
