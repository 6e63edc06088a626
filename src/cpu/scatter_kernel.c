/* scatter_add as a kernel: base with the rows of part added to its numbered rows.
 *
 * The rows of base are cut into ranges.  Phase CHECK checks the numbers, by runs, and counts how
 * many of each run fall in each range; phase SORT writes the positions range by range, keeping
 * their order; phase ADD makes the rows of one range (of one outer position, of some columns).  So
 * equal numbers are added in order, whatever the threads. */
#include <string.h>

#include "base/copy_bytes.h"
#include "base/error.h"
#include "base/whole.h"
#include "core/number.h"
#include "cpu/index.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/shape.h"

enum { CHECK, SORT, ADD, PHASES };
enum { RUN = 4096, RUNS_MAX = 64, RANGES_MAX = 64, TASKS_ENOUGH = 16, COLUMNS_UNIT = 64 };

struct scatter_kernel {
    struct view base, index, part, y;
    const struct tile_table *tile;
    struct axis_split s; /* of base */
    struct strided rows; /* of part: its axes before the inner ones, which lie packed */
    int64_t count;       /* of indices */
    size_t size;         /* of an element */
    bool zeros;          /* base is all zeros: it need not be read */
    int64_t run, runs;   /* positions in a run, how many runs */
    int64_t range, ranges;
    int64_t columns, column_tasks;
};

/* What the phases share: counts of (run, range), the first position of each range, positions. */
static int32_t *counts(const struct kernel *kernel, const struct run *run)
{
    return run->base[kernel->shared];
}

static int32_t *starts(const struct scatter_kernel *k, int32_t *shared)
{
    return shared + k->runs * k->ranges;
}

static int32_t *order(const struct scatter_kernel *k, int32_t *shared)
{
    return starts(k, shared) + k->ranges + 1;
}

static struct index_list list_of(const struct scatter_kernel *k, const struct run *run)
{
    return (struct index_list){k->index.type, strided_address(run, &k->index), k->count};
}

static int64_t run_end(const struct scatter_kernel *k, int64_t number)
{
    return (number + 1) * k->run < k->count ? (number + 1) * k->run : k->count;
}

static ad_status check(const struct scatter_kernel *k, const struct run *run, int32_t *shared,
                       int number)
{
    struct index_list list = list_of(k, run);
    int32_t *count = shared + number * k->ranges;
    memset(count, 0, (size_t)k->ranges * sizeof *count);
    for (int64_t i = number * k->run; i < run_end(k, number); i++) {
        int64_t at = index_item(&list, i);
        if (at < 0 || at >= k->s.size)
            return index_check(&list, k->s.size, "index");
        count[at / k->range]++;
    }
    return AD_OK;
}

/* Where the positions of a run begin in each range.  The first run notes the ranges' starts. */
static void places_of_run(const struct scatter_kernel *k, int32_t *shared, int number,
                          int32_t *place)
{
    int32_t total = 0;
    for (int64_t r = 0; r < k->ranges; r++) {
        if (number == 0)
            starts(k, shared)[r] = total;
        for (int64_t i = 0; i < k->runs; i++) {
            if (i == number)
                place[r] = total;
            total += shared[i * k->ranges + r];
        }
    }
    if (number == 0)
        starts(k, shared)[k->ranges] = total;
}

static void sort(const struct scatter_kernel *k, const struct run *run, int32_t *shared, int number)
{
    struct index_list list = list_of(k, run);
    int32_t place[RANGES_MAX];
    places_of_run(k, shared, number, place);
    for (int64_t i = number * k->run; i < run_end(k, number); i++)
        order(k, shared)[place[index_item(&list, i) / k->range]++] = (int32_t)i;
}

/* A rectangle of y: some rows and columns of one outer position. */
struct block {
    int64_t outer, range, row, rows, column, columns;
};

static struct block block_of(const struct scatter_kernel *k, int task)
{
    struct block b = {.column = task % k->column_tasks * k->columns};
    b.range = task / k->column_tasks % k->ranges;
    b.outer = task / k->column_tasks / k->ranges;
    b.row = b.range * k->range;
    b.rows = k->s.size - b.row < k->range ? k->s.size - b.row : k->range;
    b.columns = k->s.inner - b.column < k->columns ? k->s.inner - b.column : k->columns;
    return b;
}

static void copy_base(const struct scatter_kernel *k, const struct run *run, const struct block *b)
{
    size_t row = (size_t)k->s.inner * k->size, bytes = (size_t)b->columns * k->size;
    size_t at = (size_t)((b->outer * k->s.size + b->row) * k->s.inner + b->column) * k->size;
    int64_t rows = b->rows;
    if (bytes == row) /* whole rows are one piece */
        bytes = row *= (size_t)rows, rows = 1;
    for (int64_t i = 0; i < rows; i++, at += row)
        if (k->zeros)
            memset(strided_address(run, &k->y) + at, 0, bytes);
        else
            copy_bytes(strided_address(run, &k->y) + at, strided_address(run, &k->base) + at,
                       bytes);
}

static void add(const struct scatter_kernel *k, const struct run *run, int32_t *shared, int task)
{
    struct block b = block_of(k, task);
    struct index_list list = list_of(k, run);
    size_t row = (size_t)k->s.inner * k->size, column = (size_t)b.column * k->size;
    char *y = strided_address(run, &k->y) + (size_t)(b.outer * k->s.size) * row + column;
    const char *part = strided_address(run, &k->part) + column;
    copy_base(k, run, &b);
    for (int32_t i = starts(k, shared)[b.range]; i < starts(k, shared)[b.range + 1]; i++) {
        int32_t at = order(k, shared)[i];
        int64_t from = strided_offset(&k->rows, b.outer * k->count + at) * (int64_t)k->size;
        tile_reduce_columns(k->tile, k->y.type, 0, false, part + from,
                            y + (size_t)index_item(&list, at) * row, b.columns);
    }
}

static ad_status run_scatter(const struct kernel *kernel, const struct run *run, int phase,
                             int task, void *scratch)
{
    (void)scratch;
    const struct scatter_kernel *k = kernel->self;
    if (phase == CHECK)
        return check(k, run, counts(kernel, run), task);
    if (phase == SORT)
        sort(k, run, counts(kernel, run), task);
    else
        add(k, run, counts(kernel, run), task);
    return AD_OK;
}

static int64_t parts(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

static void cut(struct scatter_kernel *k)
{
    k->run = parts(k->count, RUNS_MAX) > RUN ? parts(k->count, RUNS_MAX) : RUN;
    k->runs = k->count ? parts(k->count, k->run) : 1;
    k->range = parts(k->s.size, RANGES_MAX);
    k->ranges = parts(k->s.size, k->range);
    int64_t wanted = parts(TASKS_ENOUGH, k->s.outer * k->ranges);
    k->columns = parts(parts(k->s.inner, wanted), COLUMNS_UNIT) * COLUMNS_UNIT;
    k->column_tasks = parts(k->s.inner, k->columns);
}

/* Axes of part before the inner ones. */
static int row_axes(const struct step *step)
{
    const struct gather_attributes *a = step->node->attributes;
    int inner = step->in[0].shape.rank - 1 - (int)a->axis;
    return step->in[2].shape.rank - inner;
}

/* Rows of part may lie anywhere, as those of a broadcast one do. */
static bool lies_well(const struct step *step)
{
    const struct view *part = &step->in[2];
    struct strided inner = strided_axes(part, row_axes(step), part->shape.rank);
    return strided_is_array(&step->in[0]) && strided_is_array(&step->in[1]) &&
           strided_packed(&inner) && strided_is_array(&step->out[0]);
}

static struct scatter_kernel describe(ad_context *context, const struct step *step)
{
    const struct gather_attributes *a = step->node->attributes;
    struct scatter_kernel k = {.base = step->in[0],
                               .index = step->in[1],
                               .part = step->in[2],
                               .y = step->out[0],
                               .tile = cpu_tables(context)->tile,
                               .rows = strided_axes(&step->in[2], 0, row_axes(step)),
                               .s = shape_split(&step->in[0].shape, a->axis),
                               .count = shape_count(&step->in[1].shape),
                               .size = ad_type_size(step->out[0].type)};
    double value = 1;
    uint64_t sign = 0;
    if (graph_number(step->node->in[0], &value))
        memcpy(&sign, &value, sizeof sign);
    k.zeros = value == 0 && sign == 0;
    return k;
}

ad_status cpu_lower_scatter(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (!step->node || step->loop || step->node->op != &op_scatter_add || step->out[0].value < 0 ||
        !lies_well(step))
        return AD_ERROR_UNSUPPORTED;
    struct scatter_kernel k = describe(context, step);
    if (k.s.outer * k.s.size * k.s.inner == 0 || k.count > INT32_MAX)
        return AD_ERROR_UNSUPPORTED;
    cut(&k);
    struct scatter_kernel *self = cpu_kernel_self(context, sizeof k);
    if (!self)
        return AD_ERROR_MEMORY;
    *self = k;
    int64_t written = shape_count(&k.y.shape), added = shape_count(&k.part.shape);
    int64_t shared = k.runs * k.ranges + k.ranges + 1 + k.count;
    *kernel = (struct kernel){.name = "scatter rows",
                              .phases = PHASES,
                              .tasks = {whole_int(k.runs), whole_int(k.runs),
                                        whole_int(whole_mul(k.s.outer, k.ranges * k.column_tasks))},
                              .shared = -1,
                              .shared_bytes = (size_t)shared * sizeof(int32_t),
                              .bytes = ((k.zeros ? 1 : 2) * written + 3 * added) * (int64_t)k.size,
                              .self = self,
                              .run = run_scatter,
                              .free = cpu_kernel_free};
    return AD_OK;
}
