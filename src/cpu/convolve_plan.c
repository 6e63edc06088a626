/* Choosing how a convolution is carried out.
 *
 * No matrix of windows is ever built.  A task copies the few rows of the image that its results
 * need to scratch, with a margin of zeros, and the tiles' row pointers (contract_tile.inc) point
 * into that copy: forward and for input gradients at the window of each pixel, for weight gradients
 * at each element of the window over the first pixel.  An element is copied once and used kernel
 * height x width x columns times.
 *
 * Forward and input gradient: rows are pixels, columns filters (or channels), and the packed
 * weights are shared.  512 pixels of a 32-wide image with 16 channels need 18 rows, 38 KiB; of a
 * 14-wide one with 32 channels about 42 rows, 84 KiB: in the nearest or the second cache.  Fewer
 * columns than a register holds are the rows instead (convolve_across.c).  A block of few
 * channels is little work beside finding its pixels and taps: such blocks are larger.
 *
 * 256 pixels of 16 channels, 3 x 3, multiply for 9000 cycles; reading their 16 KiB and writing as
 * much takes a third of that if it is waited for.  So while the tiles of a block multiply they ask
 * for the image of the next, which mostly is the same thread's.
 *
 * Weight gradient: rows are (kernel row, kernel column, channel), columns filters, and the sum runs
 * over pixels.  Totals of a block stay in scratch while chunk after chunk of pixels goes by; 256
 * rows of a block let the copy of the image be used 256 x columns times.  With few rows the chunks
 * are multiplied side by side instead and added up, in their order, by the second phase. */
#include "base/whole.h"
#include "cpu/convolve_geometry.h"

#include <string.h>

enum {
    BLOCK_ROWS = 512,
    MOST_ROWS = 1024,      /* where a block is less work than */
    BLOCK_WORK = 1 << 18,  /* multiplications */
    IMAGE_BYTES = 3 << 17, /* of a copied band; it shares the second cache with the weights */
    MANY_TASKS = 16,
    MOST_TASKS = 128,    /* more blocks are taken a few at a time */
    TASK_WORK = 1 << 19, /* multiplications worth a task of their own */
    PACK_WORK = 1 << 14, /* weights packed by a task */
    PART_ROWS = 300,     /* weight gradients of so few rows are cut along the sum */
    PART_CHUNKS = 4,     /* at least */
    PART_BYTES = 4 << 20,
    WEIGHT_ROWS = 256, /* of a block of a weight gradient, at most; blocks are even in number */
};

static void plan_axis(struct convolve *c, int axis)
{
    const struct convolve_axis *a = &c->axis[axis];
    struct convolve_plan *plan = &c->plan;
    plan->margin[axis] = convolve_back(c) ? 0 : a->padding;
    int64_t low = 0, high = 0;
    for (int64_t phase = 0; phase < convolve_phases(c, axis); phase++)
        for (int64_t tap = 0; tap < a->kernel; tap++) {
            if (!convolve_tap_counts(c, axis, phase, tap))
                continue;
            low = smaller(low, convolve_tap_at(c, axis, phase, tap));
            high = larger(high, convolve_tap_at(c, axis, phase, tap));
        }
    if (convolve_back(c))
        plan->margin[axis] = -low;
    plan->reach[axis] = high - low;
    plan->extent[axis] =
        convolve_place_at(c, axis, convolve_result_extent(c, axis) - 1) + plan->reach[axis] + 1;
}

static const int64_t *image_stride(const struct convolve *c)
{
    return convolve_back(c) ? c->y_stride : c->x_stride;
}

static const int64_t *result_stride(const struct convolve *c)
{
    return convolve_back(c) ? c->x_stride : c->y_stride;
}

static bool is_direct(const struct convolve *c)
{
    const struct convolve_plan *plan = &c->plan;
    if (convolve_back(c) ? c->y_bf16 : c->x_bf16)
        return false;
    for (int i = 0; i < 2; i++)
        if (plan->margin[i] != 0 || plan->extent[i] > convolve_image_extent(c, i))
            return false;
    return plan->channels == 1 || image_stride(c)[3] == 1;
}

/* Rows of the result, counted through, lie one constant step apart. */
static bool is_regular(const struct convolve *c)
{
    const int64_t *stride = result_stride(c);
    int64_t height = convolve_result_extent(c, 0), width = convolve_result_extent(c, 1);
    bool lines = height == 1 || stride[1] == width * stride[2];
    bool images = c->batch == 1 || stride[0] == height * width * stride[2];
    return lines && images && (stride[3] == 1 || c->plan.columns * c->groups == 1);
}

static size_t real_size(const struct convolve *c)
{
    return c->type == AD_F64 ? sizeof(double) : sizeof(float);
}

int64_t convolve_largest_image(const struct convolve *c, int64_t total, int64_t rows)
{
    int64_t most = 0;
    for (int64_t first = 0; first < total; first += rows)
        most = larger(most, convolve_band(c, first, smaller(rows, total - first)).count);
    int64_t line = c->plan.across ? convolve_part(c) * (convolve_back(c) ? 1 : c->axis[1].stride)
                                  : c->plan.extent[1];
    return most * line * c->plan.channels;
}

/* ---------------------------------------------------------------- forward, input gradient */

static int64_t all_terms(const struct convolve *c)
{
    return c->axis[0].kernel * c->axis[1].kernel *
           c->plan.channels; /* each tap counts in one phase of each axis, or in none */
}

static void cut(struct convolve *c, int64_t panel)
{
    struct convolve_plan *plan = &c->plan;
    const struct convolve_axis *a = c->axis;
    double work = (double)plan->rows * (double)(c->groups * plan->columns) *
                  (double)(plan->channels * a[0].kernel * a[1].kernel);
    int64_t wanted = larger(
        1, work >= (double)MANY_TASKS * TASK_WORK ? MANY_TASKS : (int64_t)(work / TASK_WORK));
    plan->block_rows = BLOCK_ROWS;
    while (plan->block_rows < MOST_ROWS &&
           plan->block_rows * plan->columns * all_terms(c) < BLOCK_WORK)
        plan->block_rows *= 2;
    while (plan->block_rows > AD_COLUMN_BLOCK &&
           (parts(plan->rows, plan->block_rows) < wanted ||
            (!plan->direct &&
             convolve_largest_image(c, plan->rows, plan->block_rows) * (int64_t)real_size(c) >
                 IMAGE_BYTES)))
        plan->block_rows /= 2;
    plan->row_blocks = parts(plan->rows, plan->block_rows);
    plan->block_columns = round_up(plan->columns, panel);
    while (c->groups == 1 && !c->whole_rows && plan->block_columns > panel &&
           plan->row_blocks * parts(plan->columns, plan->block_columns) < wanted)
        plan->block_columns = round_up(plan->block_columns / 2, panel);
    plan->column_blocks = parts(plan->columns, plan->block_columns);
}

/* Few columns leave lanes of a register idle, short lines do so when pixels lie along the vectors,
 * and then image and result are turned round besides. */
static bool is_across(const struct convolve *c, int64_t lanes)
{
    int64_t line = parts(convolve_result_extent(c, 1), convolve_phases(c, 1));
    double pixels = (double)line / (double)round_up(line, lanes),
           columns = (double)c->plan.columns / (double)lanes;
    return c->plan.columns <= lanes && 0.9 * pixels > columns;
}

/* Places for the block's pixels and the runs of terms.  Across, registers of pixels are listed, at
 * most 3 numbers a pixel, and the terms of all chunks. */
static void reserve_lists(struct convolve *c)
{
    struct convolve_plan *plan = &c->plan;
    size_t *bytes = &c->scratch_bytes;
    int64_t terms = all_terms(c), taps = c->axis[0].kernel * c->axis[1].kernel,
            chunks = parts(terms, AD_K_CHUNK) + 1;
    int64_t runs = plan->across ? taps + chunks : smaller(terms, AD_K_CHUNK);
    plan->pointers_at =
        contract_reserve(bytes, plan->across ? chunks : plan->block_rows, sizeof(int64_t));
    plan->places_at = contract_reserve(bytes, 3 * plan->block_rows, sizeof(int64_t));
    plan->terms_at = contract_reserve(bytes, 3 * runs, sizeof(int64_t));
}

static void plan_slide(struct convolve *c, int64_t lanes)
{
    struct convolve_plan *plan = &c->plan;
    size_t size = real_size(c), *bytes = &c->scratch_bytes;
    plan->rows = c->batch * convolve_result_extent(c, 0) * convolve_result_extent(c, 1);
    plan->width = plan->columns > lanes ? 2 : 1;
    plan->across = is_across(c, lanes);
    plan->direct &= !plan->across;
    int64_t panel = plan->across ? ROW_GROUP : plan->width * lanes,
            panels = parts(plan->columns, panel);
    cut(c, panel);
    plan->through = c->discard || !is_regular(c);
    int64_t phases = convolve_phases(c, 0) * convolve_phases(c, 1);
    plan->aside = phases > 1 || plan->columns % lanes != 0;
    plan->packed_group = round_up(panels * panel * all_terms(c), 64);
    plan->panels_a_task = larger(1, smaller(panels, PACK_WORK / larger(1, panel * all_terms(c))));
    c->shared_bytes = (size_t)(c->groups * plan->packed_group) * size;
    c->tasks[CONTRACT_PACK] = whole_int(c->groups * parts(panels, plan->panels_a_task));
    plan->blocks_a_task = larger(1, plan->row_blocks * plan->column_blocks / MOST_TASKS);
    c->tasks[CONTRACT_MULTIPLY] =
        whole_int(parts(plan->row_blocks * plan->column_blocks, plan->blocks_a_task));
    int64_t columns = plan->block_columns, aside = plan->aside ? plan->block_rows * columns : 0;
    if (plan->across)
        aside = plan->columns * 4 * lanes;
    reserve_lists(c);
    plan->image_at = contract_reserve(
        bytes, plan->direct ? 0 : convolve_largest_image(c, plan->rows, plan->block_rows) + lanes,
        size);
    plan->aside_at = contract_reserve(bytes, aside, size);
    plan->out_at =
        contract_reserve(bytes, plan->through ? plan->block_rows * columns * c->groups : 0, size);
}

/* ---------------------------------------------------------------- weight gradient */

/* A result of few rows cannot be cut among threads without making its tiles too small to fill the
 * pipeline. */
static void plan_parts(struct convolve *c, int64_t pixels)
{
    struct convolve_plan *plan = &c->plan;
    int64_t chunks = parts(pixels, AD_K_CHUNK),
            columns = round_up(plan->columns, plan->block_columns);
    size_t bytes = (size_t)(chunks * plan->rows * columns) * real_size(c);
    if (c->groups > 1 || plan->rows > PART_ROWS || chunks < PART_CHUNKS ||
        columns > plan->block_columns || bytes > PART_BYTES)
        return;
    plan->parted = true;
    plan->block_rows = plan->rows;
    plan->row_blocks = 1;
    c->shared_bytes = bytes;
    c->tasks[CONTRACT_PACK] = whole_int(smaller(chunks, MANY_TASKS));
    c->tasks[CONTRACT_MULTIPLY] = 1;
}

static void plan_weight(struct convolve *c, int64_t lanes)
{
    struct convolve_plan *plan = &c->plan;
    size_t size = real_size(c), *bytes = &c->scratch_bytes;
    int64_t pixels = c->batch * c->axis[0].out * c->axis[1].out;
    plan->rows = all_terms(c);
    plan->width = plan->columns > lanes ? 2 : 1;
    int64_t panel = plan->width * lanes;
    int64_t blocks =
        c->groups > 1 || plan->rows < 2 ? 1 : round_up(parts(plan->rows, WEIGHT_ROWS), 2);
    plan->block_rows = parts(plan->rows, blocks);
    plan->row_blocks = parts(plan->rows, plan->block_rows);
    plan->block_columns = round_up(plan->columns, panel);
    while (plan->block_rows * plan->block_columns * (int64_t)size > IMAGE_BYTES &&
           plan->block_columns > panel)
        plan->block_columns = round_up(plan->block_columns / 2, panel);
    plan->column_blocks = parts(plan->columns, plan->block_columns);
    c->tasks[CONTRACT_MULTIPLY] = whole_int(c->groups * plan->row_blocks * plan->column_blocks);
    plan_parts(c, pixels);
    int64_t terms = smaller(pixels, AD_K_CHUNK);
    plan->pointers_at = contract_reserve(bytes, plan->block_rows, sizeof(void *));
    plan->terms_at =
        contract_reserve(bytes, 3 * (terms / larger(1, c->axis[1].out) + 2), sizeof(int64_t));
    plan->image_at = contract_reserve(
        bytes, plan->direct ? 0 : convolve_largest_image(c, pixels, AD_K_CHUNK), size);
    plan->columns_at = contract_reserve(bytes, plan->width * lanes * terms, size);
    plan->out_at = contract_reserve(bytes, plan->block_rows * plan->block_columns, size);
}

/* ---------------------------------------------------------------- depthwise */

static bool is_depthwise(const struct convolve *c)
{
    int64_t taps = c->axis[0].kernel * c->axis[1].kernel;
    return c->groups > 1 && c->channels == c->groups && c->filters == c->groups && taps > 0 &&
           taps <= AD_K_CHUNK;
}

static void depth_slide(struct convolve *c, int64_t lanes)
{
    struct convolve_plan *plan = &c->plan;
    size_t size = real_size(c), *bytes = &c->scratch_bytes;
    int64_t taps = c->axis[0].kernel * c->axis[1].kernel;
    plan->rows = c->batch * convolve_result_extent(c, 0) * convolve_result_extent(c, 1);
    plan->through = c->discard || !is_regular(c);
    plan->block_rows = AD_COLUMN_BLOCK;
    plan->row_blocks = parts(plan->rows, plan->block_rows);
    plan->column_blocks = 1;
    plan->block_columns = round_up(plan->columns, lanes);
    c->shared_bytes = (size_t)(taps * plan->block_columns) * size;
    c->tasks[CONTRACT_PACK] = 1;
    plan->blocks_a_task = 1;
    c->tasks[CONTRACT_MULTIPLY] = whole_int(plan->row_blocks);
    plan->pointers_at = contract_reserve(bytes, plan->block_rows, sizeof(void *));
    plan->places_at = contract_reserve(bytes, plan->block_rows, sizeof(int32_t));
    plan->terms_at = contract_reserve(bytes, 2 * taps, sizeof(int64_t));
    plan->image_at = contract_reserve(
        bytes, plan->direct ? 0 : convolve_largest_image(c, plan->rows, plan->block_rows) + lanes,
        size);
    plan->out_at =
        contract_reserve(bytes, plan->through ? plan->block_rows * plan->block_columns : 0, size);
}

static void depth_weight(struct convolve *c, int64_t lanes)
{
    struct convolve_plan *plan = &c->plan;
    size_t size = real_size(c), *bytes = &c->scratch_bytes;
    int64_t pixels = c->batch * c->axis[0].out * c->axis[1].out, chunks = parts(pixels, AD_K_CHUNK);
    int64_t terms = smaller(pixels, AD_K_CHUNK);
    plan->rows = plan->block_rows = c->axis[0].kernel * c->axis[1].kernel;
    plan->block_columns = round_up(plan->columns, lanes);
    c->shared_bytes = (size_t)(chunks * plan->rows * plan->block_columns) * size;
    c->tasks[CONTRACT_PACK] = whole_int(smaller(chunks, MANY_TASKS));
    c->tasks[CONTRACT_MULTIPLY] = 1;
    plan->terms_at = contract_reserve(bytes, 3 * (terms / c->axis[1].out + 2), sizeof(int64_t));
    plan->image_at = contract_reserve(
        bytes, plan->direct ? 0 : convolve_largest_image(c, pixels, AD_K_CHUNK) + lanes, size);
    plan->columns_at = contract_reserve(bytes, plan->block_columns * terms, size);
}

static void plan_depthwise(struct convolve *c, int64_t lanes)
{
    c->plan.depthwise = true;
    c->plan.channels = c->plan.columns = c->channels;
    c->plan.direct = is_direct(c) && c->channels % lanes == 0;
    if (c->kind == CONVOLVE_WEIGHT_GRADIENT)
        depth_weight(c, lanes);
    else
        depth_slide(c, lanes);
}

void convolve_plan(struct convolve *c, const struct contract_table *table)
{
    int64_t lanes = contract_lanes(table, c->type);
    c->table = table;
    c->kernels = table->kernels[c->type == AD_F64];
    c->shared_bytes = c->scratch_bytes = 0;
    memset(c->tasks, 0, sizeof c->tasks);
    memset(&c->plan, 0, sizeof c->plan);
    int64_t in = c->groups ? c->channels / c->groups : 0,
            out = c->groups ? c->filters / c->groups : 0;
    c->plan.channels = convolve_back(c) ? out : in;
    c->plan.columns = convolve_back(c) ? in : out;
    for (int i = 0; i < 2; i++)
        plan_axis(c, i);
    c->plan.direct = is_direct(c);
    bool weight = c->kind == CONVOLVE_WEIGHT_GRADIENT;
    int64_t results = weight
                          ? all_terms(c)
                          : c->batch * convolve_result_extent(c, 0) * convolve_result_extent(c, 1);
    if (results <= 0 || c->plan.columns <= 0)
        return;
    bool pixels = c->batch * c->axis[0].out * c->axis[1].out > 0;
    if (is_depthwise(c) && pixels)
        plan_depthwise(c, lanes);
    else if (pixels && convolve_winograd_plan(c, lanes, is_regular(c)))
        return;
    else if (weight)
        plan_weight(c, lanes);
    else
        plan_slide(c, lanes);
}
