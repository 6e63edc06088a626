/* scatter_add as a kernel: base with the rows of part added to its numbered rows; and descend_rows,
 * base without rate times the sum of each row's parts.
 *
 * The rows of base are cut into ranges.  Phase CHECK checks the numbers, by runs, and counts how
 * many of each run fall in each range; phase SORT writes the places range by range, keeping their
 * order; phase ADD makes the rows of one range (of one outer position, of some columns).  So equal
 * numbers are added in order, whatever the threads.  Where y lies where base does, other rows are
 * not touched. */
#include <string.h>

#include "base/copy_bytes.h"
#include "base/error.h"
#include "base/whole.h"
#include "core/number.h"
#include "cpu/index.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#ifdef ADZE_EXTRAS
#include "op/more/descend_rows.h"
#endif
#include "op/shape.h"

enum { CHECK, SORT, ADD, PHASES };
enum {
    RUN = 4096,
    RUNS_MAX = 64,
    RANGES_MAX = 64,
    TASKS_ENOUGH = 16,
    COLUMNS_UNIT = 64,
    FEW = 4,
    ROWS_EACH = 8
};

struct scatter_kernel {
    const struct view *in, *y; /* base, index, part, rate */
    struct axis_split s;       /* of base */
    int64_t count;             /* of indices */
    size_t size;               /* of an element */
    int64_t row;               /* stride of rows, where there is one */
    int64_t run, runs;         /* positions in a run, how many runs */
    int64_t range, ranges;     /* rows of a range are 2^shift */
    int shift;
    bool zeros;  /* base is all zeros: it need not be read */
    bool evenly; /* rows has one stride */
    bool descends, few;
    int64_t columns, column_tasks;
    const struct tile_table *tile;
    struct strided rows, inner; /* of part: its axes before the inner ones, and those */
};

/* What the phases share: places (a number and, below, its position: in order of both), counts of
 * (run, range), the first place of each range. */
static int64_t *order(const struct kernel *kernel, const struct run *run)
{
    return run->base[kernel->shared];
}

static int32_t *counts(const struct scatter_kernel *k, int64_t *shared)
{
    return (int32_t *)(void *)(shared + k->count);
}

static int32_t *starts(const struct scatter_kernel *k, int64_t *shared)
{
    return counts(k, shared) + k->runs * k->ranges;
}

static struct index_list list_of(const struct scatter_kernel *k, const struct run *run)
{
    return (struct index_list){k->in[1].type, strided_address(run, &k->in[1]), k->count};
}

static int64_t run_end(const struct scatter_kernel *k, int64_t number)
{
    return (number + 1) * k->run < k->count ? (number + 1) * k->run : k->count;
}

static ad_status check(const struct scatter_kernel *k, const struct run *run, int64_t *shared,
                       int number)
{
    struct index_list list = list_of(k, run);
    int32_t *count = counts(k, shared) + number * k->ranges;
    memset(count, 0, (size_t)k->ranges * sizeof *count);
    for (int64_t i = number * k->run; i < run_end(k, number); i++) {
        int64_t at = index_item(&list, i);
        if ((uint64_t)at >= (uint64_t)k->s.size)
            return index_check(&list, k->s.size, "index");
        count[at >> k->shift]++;
    }
    return AD_OK;
}

/* Where the positions of a run begin in each range.  The first run notes the ranges' starts. */
static void places_of_run(const struct scatter_kernel *k, int64_t *shared, int number,
                          int32_t *place)
{
    int32_t total = 0;
    for (int64_t r = 0; r < k->ranges; r++) {
        if (number == 0)
            starts(k, shared)[r] = total;
        for (int64_t i = 0; i < k->runs; i++) {
            if (i == number)
                place[r] = total;
            total += counts(k, shared)[i * k->ranges + r];
        }
    }
    if (number == 0)
        starts(k, shared)[k->ranges] = total;
}

static void sort(const struct scatter_kernel *k, const struct run *run, int64_t *shared, int number)
{
    struct index_list list = list_of(k, run);
    int32_t place[RANGES_MAX];
    places_of_run(k, shared, number, place);
    for (int64_t i = number * k->run; i < run_end(k, number); i++) {
        int64_t row = index_item(&list, i);
        shared[place[row >> k->shift]++] = row << 32 | i;
    }
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
    if (k->y->value == k->in[0].value)
        return;
    int64_t rows = b->rows;
    if (bytes == row) /* whole rows are one piece */
        bytes = row *= (size_t)rows, rows = 1;
    for (int64_t i = 0; i < rows; i++, at += row)
        if (k->zeros)
            memset(strided_address(run, k->y) + at, 0, bytes);
        else
            copy_bytes(strided_address(run, k->y) + at, strided_address(run, &k->in[0]) + at,
                       bytes);
}

static const char *part_at(const struct scatter_kernel *k, const char *part, int64_t position)
{
    int64_t at = k->evenly ? position * k->row : strided_offset(&k->rows, position);
    return part + at * (int64_t)k->size;
}

/* All of an outer position in order, where that takes less time than sorting: rows are few numbers,
 * and there are not many for each index. */
static void add_few(const struct scatter_kernel *k, const struct run *run, int outer)
{
    struct index_list list = list_of(k, run);
    struct block b = {.outer = outer, .rows = k->s.size, .columns = k->s.inner};
    char *y = strided_address(run, k->y) + (size_t)(outer * k->s.size * k->s.inner) * k->size;
    const char *part = strided_address(run, &k->in[2]);
    copy_base(k, run, &b);
    for (int64_t i = 0; i < k->count; i++) {
        int64_t from = (outer * k->count + i) * k->row, to = index_item(&list, i) * k->s.inner;
        for (int64_t c = 0; c < k->s.inner; c++, from++, to++)
            switch (k->y->type) {
            case AD_F32:
                ((float *)(void *)y)[to] += ((const float *)(const void *)part)[from];
                break;
            case AD_F64:
                ((double *)(void *)y)[to] += ((const double *)(const void *)part)[from];
                break;
            case AD_I32:
                ((uint32_t *)(void *)y)[to] += ((const uint32_t *)(const void *)part)[from];
                break;
            default: ((uint64_t *)(void *)y)[to] += ((const uint64_t *)(const void *)part)[from];
            }
    }
}

static void add(const struct scatter_kernel *k, const struct run *run, int64_t *shared, int task)
{
    struct block b = block_of(k, task);
    size_t row = (size_t)k->s.inner * k->size, column = (size_t)b.column * k->size;
    char *y = strided_address(run, k->y) + (size_t)(b.outer * k->s.size) * row + column;
    const char *part = strided_address(run, &k->in[2]) + column;
    copy_base(k, run, &b);
    for (int32_t i = starts(k, shared)[b.range]; i < starts(k, shared)[b.range + 1]; i++)
        tile_reduce_columns(k->tile, k->y->type, 0, false,
                            part_at(k, part, b.outer * k->count + (int32_t)shared[i]), 0, 1,
                            y + (size_t)(shared[i] >> 32) * row, b.columns);
}

#ifdef ADZE_EXTRAS
/* By Shell's method. */
static void sort_places(int64_t *list, int64_t n)
{
    for (int64_t gap = n; gap > 1;) {
        gap = gap < 5 ? 1 : gap * 5 / 11;
        for (int64_t i = gap; i < n; i++) {
            int64_t p = list[i], to = i;
            for (; to >= gap && p < list[to - gap]; to -= gap)
                list[to] = list[to - gap];
            list[to] = p;
        }
    }
}

/* y -= rate x, of f32 four at a time */
static void take(ad_type type, void *to, const void *from, double rate, int64_t n)
{
    typedef float lanes __attribute__((vector_size(16), aligned(4), may_alias));
    float *y = to, by = (float)rate;
    const float *x = from;
    int64_t i = 0;
    for (; type == AD_F64 && i < n; i++)
        ((double *)to)[i] -= ((const double *)from)[i] * rate;
    for (; i + 4 <= n; i += 4)
        *(lanes *)(void *)(y + i) -= *(const lanes *)(const void *)(x + i) * by;
    for (; i < n; i++)
        y[i] -= x[i] * by;
}

/* The rows of a range, of all columns; sum has room for two rows. */
static void descend(const struct scatter_kernel *k, const struct run *run, int64_t *shared,
                    int task, char *sum)
{
    struct block b = block_of(k, task);
    size_t bytes = (size_t)k->s.inner * k->size;
    char *y = strided_address(run, k->y), *rate = strided_address(run, &k->in[3]);
    const char *part = strided_address(run, &k->in[2]);
    int64_t *p = shared + starts(k, shared)[task];
    const int64_t *end = shared + starts(k, shared)[task + 1];
    double by = k->y->type == AD_F32 ? *(float *)(void *)rate : *(double *)(void *)rate;
    bool few = by - by == 0 && !__builtin_signbit(by);
    copy_base(k, run, &b);
    sort_places(p, end - p);
    for (int64_t row = b.row; row < b.row + b.rows && !(few && p == end); row++) {
        row = few ? *p >> 32 : row;
        memset(sum, 0, bytes);
        for (; p < end && *p >> 32 == row; p++) {
            const char *x = part_at(k, part, (int32_t)*p);
            if (!strided_packed(&k->inner)) {
                strided_copy(&k->inner, x, sum + bytes, k->size);
                x = sum + bytes;
            }
            tile_reduce_columns(k->tile, k->y->type, 0, false, x, 0, 1, sum, k->s.inner);
        }
        take(k->y->type, y + (size_t)row * bytes, sum, by, k->s.inner);
    }
}

bool cpu_keeps_rows(const struct node *node)
{
    const struct gather_attributes *a = node->attributes;
    return node->op == &op_descend_rows && a->axis == 0 &&
           node->in[0]->shape.size[0] <= INT32_MAX && shape_count(&node->in[0]->shape) > 0 &&
           shape_count(&node->in[1]->shape) <= INT32_MAX;
}
#endif

static ad_status run_scatter(const struct kernel *kernel, const struct run *run, int phase,
                             int task, void *scratch)
{
    (void)scratch;
    const struct scatter_kernel *k = kernel->self;
    int64_t *shared = order(kernel, run);
    if (phase == CHECK)
        return check(k, run, shared, task);
    if (k->few)
        add_few(k, run, task);
    else if (phase == SORT)
        sort(k, run, shared, task);
#ifdef ADZE_EXTRAS
    else if (k->descends)
        descend(k, run, shared, task, scratch);
#endif
    else
        add(k, run, shared, task);
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
    while (parts(k->s.size, (int64_t)1 << k->shift) > RANGES_MAX)
        k->shift++;
    k->range = (int64_t)1 << k->shift;
    k->ranges = parts(k->s.size, k->range);
    int64_t wanted = k->descends ? 1 : parts(TASKS_ENOUGH, k->s.outer * k->ranges);
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

static bool lies_well(const struct step *step)
{
    return strided_is_array(&step->in[0]) && strided_is_array(&step->in[1]) &&
           strided_is_array(&step->out[0]);
}

static void describe(struct scatter_kernel *k, ad_context *context, const struct step *step)
{
    const struct gather_attributes *a = step->node->attributes;
    k->in = step->in, k->y = step->out;
    k->tile = cpu_tables(context)->tile;
    k->rows = strided_axes(&k->in[2], 0, row_axes(step));
    k->inner = strided_axes(&k->in[2], row_axes(step), k->in[2].shape.rank);
    k->evenly = strided_single(&k->rows, &k->row);
    k->s = shape_split(&k->in[0].shape, a->axis);
    k->count = shape_count(&k->in[1].shape);
    k->size = ad_type_size(k->y->type);
    k->descends = step->node->op != &op_scatter_add;
    double value;
    k->zeros = !k->descends && graph_number(step->node->in[0], &value) && value == 0 &&
               !__builtin_signbit(value);
}

static bool is_scatter(const struct step *step)
{
    if (!step->node || step->loop || step->out[0].value < 0)
        return false;
#ifdef ADZE_EXTRAS
    if (cpu_keeps_rows(step->node))
        return true;
#endif
    return step->node->op == &op_scatter_add;
}

/* Rows of part may lie anywhere, as those of a broadcast one do. */
static bool can(const struct scatter_kernel *k)
{
    return k->s.outer * k->s.size * k->s.inner > 0 && k->count <= INT32_MAX &&
           k->s.size <= INT32_MAX && (k->descends || strided_packed(&k->inner));
}

ad_status cpu_lower_scatter(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (!is_scatter(step) || !lies_well(step))
        return AD_ERROR_UNSUPPORTED;
    struct scatter_kernel *k = cpu_kernel_self(context, sizeof *k);
    if (!k)
        return AD_ERROR_MEMORY;
    describe(k, context, step);
    if (!can(k)) {
        cpu_kernel_free(k, &context->allocator);
        return AD_ERROR_UNSUPPORTED;
    }
    cut(k);
    k->few = !k->descends && k->evenly && k->s.inner <= FEW && k->s.size <= ROWS_EACH * k->count;
    int64_t written = k->y->value == k->in[0].value ? 0 : shape_count(&k->y->shape);
    int64_t moved = (k->zeros ? 1 : 2) * written + 3 * shape_count(&k->in[2].shape);
    int64_t shared = k->runs * k->ranges + k->ranges + 1 + 2 * k->count;
    *kernel = (struct kernel){
        .name = "scatter rows",
        .phases = PHASES,
        .tasks = {whole_int(k->runs), k->few ? 0 : whole_int(k->runs),
                  whole_int(k->few ? k->s.outer
                                   : whole_mul(k->s.outer, k->ranges * k->column_tasks))},
        .shared = -1,
        .shared_bytes = (size_t)shared * sizeof(int32_t),
        .scratch_bytes = k->descends ? 2 * (size_t)k->s.inner * k->size : 0,
        .bytes = moved * (int64_t)k->size,
        .self = k,
        .run = run_scatter,
        .free = cpu_kernel_free};
    return AD_OK;
}
