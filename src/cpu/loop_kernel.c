/* Fused loops as kernels: the space is cut into rectangles, one a task.  How, follows from the
 * shape alone. */
#include "base/whole.h"
#include "cpu/kernels.h"

enum {
    TASK_LEAST = 1 << 15, /* elements of a task, in a large loop more: */
    TASK_MOST = 1 << 17,
    TASKS_ENOUGH = 128,
    OPERANDS = LOOP_REGISTERS, /* each is loaded into one, or stored from one */
};

struct loop_kernel {
    const struct tile_table *tile;
    const struct loop *loop;
    int64_t row_step, column_step; /* of a task */
    int64_t column_tasks;
};

static int64_t blocks(int64_t n, int64_t size)
{
    return n ? (n + size - 1) / size : 0;
}

static int64_t up_to(int64_t n, int64_t multiple)
{
    return blocks(n, multiple) * multiple;
}

/* Where a task begins nobody has asked for memory yet, and where it ends what was streamed is
 * waited for. */
static int64_t task_elements(const struct loop *l)
{
    int64_t share = l->rows * l->columns / TASKS_ENOUGH;
    return share < TASK_LEAST ? TASK_LEAST : share > TASK_MOST ? TASK_MOST : share;
}

/* Whole rows where there are several and they are short enough; pieces of columns else. */
static void cut(struct loop_kernel *k)
{
    const struct loop *l = k->loop;
    const int64_t elements = task_elements(l);
    int64_t unit_rows = l->needs_blocks ? AD_COLUMN_BLOCK : 1, unit_columns = AD_ROW_CHUNK;
    if (l->flat && unit_rows * l->columns < AD_ROW_CHUNK) /* both are powers of two */
        unit_rows = AD_ROW_CHUNK / l->columns;
    k->row_step = l->rows, k->column_step = l->columns;
    if (l->rows * l->columns <= elements)
        return;
    if (l->needs_rows || l->columns <= elements) {
        int64_t rows = l->columns ? elements / l->columns : l->rows;
        k->row_step = up_to(rows > 0 ? rows : 1, unit_rows);
        if (!l->needs_rows && k->row_step >= l->rows && l->columns > 2 * unit_columns)
            k->column_step = up_to(blocks(l->columns, 2), unit_columns);
        return;
    }
    k->row_step = unit_rows;
    k->column_step = up_to(elements / unit_rows > 0 ? elements / unit_rows : 1, unit_columns);
}

static ad_status run_loop(const struct kernel *kernel, const struct run *run, int phase, int task,
                          void *scratch)
{
    (void)phase;
    const struct loop_kernel *k = kernel->self;
    const struct loop *l = k->loop;
    void *base[OPERANDS];
    for (int i = 0; i < l->operands; i++)
        base[i] = run->base[l->operand[i].value];
    struct loop_run r = {l, base, run->seed, run->step};
    int64_t row = task / k->column_tasks * k->row_step,
            column = task % k->column_tasks * k->column_step;
    int64_t rows = l->rows - row < k->row_step ? l->rows - row : k->row_step;
    int64_t columns = l->columns - column < k->column_step ? l->columns - column : k->column_step;
    tile_run(k->tile, &r, row, rows, column, columns, scratch);
    return AD_OK;
}

static int64_t loop_bytes(const struct loop *l)
{
    int64_t bytes = 0;
    for (int i = 0; i < l->operands; i++) {
        int64_t n = 1;
        for (int k = 0; k < l->dims; k++)
            n *= l->operand[i].stride[k] ? l->extent[k] : 1;
        bytes += n * (int64_t)ad_type_size(l->operand[i].type);
    }
    return bytes;
}

/* Loops that move so much push it out of the last cache before anyone reads it again.  Written past
 * the caches it need not be read first, a third of the traffic of y = f(x). */
enum { STREAM_BYTES = 16 << 20 };

ad_status cpu_lower_loop(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (step->node)
        return AD_ERROR_UNSUPPORTED;
    struct loop_kernel *k = cpu_kernel_self(context, sizeof *k);
    if (!k)
        return AD_ERROR_MEMORY;
    k->tile = cpu_tables(context)->tile;
    k->loop = step->loop;
    cut(k);
    step->loop->streams = loop_bytes(k->loop) >= STREAM_BYTES;
    k->column_tasks = blocks(k->loop->columns, k->column_step ? k->column_step : 1);
    int64_t tasks = k->column_tasks * blocks(k->loop->rows, k->row_step ? k->row_step : 1);
    *kernel = (struct kernel){.name = "loop",
                              .phases = tasks > 0,
                              .tasks = {whole_int(tasks)},
                              .shared = -1,
                              .scratch_bytes = tile_prepare(k->tile, step->loop),
                              .bytes = loop_bytes(k->loop),
                              .self = k,
                              .run = run_loop,
                              .free = cpu_kernel_free};
    return AD_OK;
}

/* ---- tails */

void cpu_tail_call(void *user, void *c, int64_t row_stride, int64_t batch, int64_t row,
                   int64_t rows, int64_t column, int64_t columns)
{
    const struct cpu_tail_run *t = user;
    const struct loop *l = t->tail->loop;
    (void)c, (void)row_stride;
    void *base[OPERANDS];
    for (int i = 0; i < l->operands; i++)
        base[i] = t->run->base[l->operand[i].value];
    struct loop_run r = {l, base, t->run->seed, t->run->step};
    tile_run(t->tail->tile, &r, t->first_row + batch * t->tail->batch_rows + row, rows, column,
             columns, t->scratch);
}
