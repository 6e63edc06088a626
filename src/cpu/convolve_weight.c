/* Weight gradients: rows (kernel row, kernel column, channel), columns filters, summed over pixels
 * (convolve_plan.c).  y is read where it lies if its filters are neighbours; a partial panel of the
 * last pixels is packed.  The rows of a kernel row are neighbours in the copied image, so with up
 * to 16 filters they are tiles of even rows (contract_tile.inc).  While the tiles of a chunk
 * multiply, they ask for the image and y of the next. */

#include "cpu/convolve_private.h"

static struct weight weight_block(const struct convolve_run *run, int task, void *scratch)
{
    const struct convolve_plan *plan = &run->convolve->plan;
    int64_t blocks = plan->row_blocks * plan->column_blocks, block = task % blocks;
    struct weight w = {.run = run, .scratch = scratch, .group = task / blocks};
    w.out = w.scratch + plan->out_at;
    w.row = block % plan->row_blocks * plan->block_rows;
    w.rows = smaller(plan->rows - w.row, plan->block_rows);
    w.column = block / plan->row_blocks * plan->block_columns;
    w.columns = smaller(plan->columns - w.column, plan->block_columns);
    return w;
}

/* Row pointers at the elements of the window over the pixel at the image's origin. */
static void weight_rows(const struct weight *w, const struct image *image, const void **row)
{
    const struct convolve *c = w->run->convolve;
    int64_t channels = c->plan.channels, across = c->axis[1].kernel;
    for (int64_t i = 0; i < w->rows; i++) {
        int64_t tap = (w->row + i) / channels, channel = (w->row + i) % channels;
        int64_t at = convolve_tap_at(c, 0, 0, tap / across) * image->row_step +
                     convolve_tap_at(c, 1, 0, tap % across) * image->column_step + channel;
        row[i] = element(image->at, at, c->kernels->size);
    }
}

int64_t convolve_weight_terms(const struct convolve *c, const struct image *image, int64_t from,
                              int64_t count, bool direct, struct terms *terms)
{
    int64_t height = c->axis[0].out, width = c->axis[1].out, runs = 0, behind = 0;
    for (int64_t pixel = from; pixel < from + count;) {
        int64_t v = pixel % width, h = pixel / width % height, n = pixel / (width * height),
                left = from + count - pixel;
        int64_t length = smaller(width - v, left);
        int64_t at = n * c->y_stride[0] + h * c->y_stride[1] + v * c->y_stride[2];
        terms[runs] = (struct terms){length, window_at(c, image, n, h, v),
                                     direct && runs > 0 ? at - behind : 0};
        behind = at + length * c->y_stride[2];
        pixel += length;
        runs++;
    }
    return runs;
}

static const void *weight_y(const struct weight *w, int64_t pixel, int64_t column)
{
    const struct convolve *c = w->run->convolve;
    int64_t height = c->axis[0].out, width = c->axis[1].out;
    int64_t at = pixel / (height * width) * c->y_stride[0] +
                 pixel / width % height * c->y_stride[1] + pixel % width * c->y_stride[2] +
                 (w->group * c->plan.columns + column) * c->y_stride[3];
    return element(w->run->y, at, operand_size(c->kernels, c->y_bf16));
}

/* Whether tiles may read a panel of y where it lies.  Lanes past its last filter then hold what
 * lies behind in y, which nobody reads; so behind the last pixels there must be more of it. */
static bool weight_direct(const struct weight *w, int64_t end, int64_t column, int64_t lanes)
{
    const struct convolve *c = w->run->convolve;
    const int64_t *stride = c->y_stride;
    bool dense = stride[2] > 0 && stride[1] == c->axis[1].out * stride[2] &&
                 stride[0] == c->axis[0].out * stride[1];
    int64_t pixels = c->batch * c->axis[0].out * c->axis[1].out;
    if (stride[3] != 1 || c->y_bf16)
        return false;
    return w->columns - column >= lanes || (dense && (pixels - end) * stride[2] >= lanes);
}

void *convolve_weight_pack(const struct weight *w, const struct chunk *chunk, int64_t from,
                           int64_t column, int64_t lanes)
{
    const struct convolve *c = w->run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    char *packed = w->scratch + c->plan.columns_at, *to = packed;
    for (int64_t i = 0; i < chunk->runs; i++) {
        struct source s = {weight_y(w, from, column), c->y_stride[3], c->y_stride[2], c->y_bf16};
        kernels->pack_panel(&s, c->plan.columns - column, chunk->terms[i].count, lanes, to);
        to += chunk->terms[i].count * lanes * kernels->size;
        from += chunk->terms[i].count;
    }
    return packed;
}

static const void **weight_pointers(const struct weight *w)
{
    return (const void **)(void *)(w->scratch + w->run->convolve->plan.pointers_at);
}

/* One panel of one chunk. */
static void weight_panel(const struct weight *w, const struct image *image, int64_t from,
                         int64_t count, int64_t column)
{
    const struct convolve *c = w->run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    const struct convolve_plan *plan = &c->plan;
    int width = panel_width(kernels, plan->width, w->columns - column);
    int64_t lanes = width * kernels->lanes;
    struct terms *terms = (struct terms *)(void *)(w->scratch + plan->terms_at);
    bool direct = weight_direct(w, from + count, column, lanes);
    struct chunk chunk = {.terms = terms,
                          .row_step = c->axis[1].stride * image->column_step,
                          .apart = kernels->lanes,
                          .ahead = w->ahead,
                          .add = from > 0 && !plan->parted};
    chunk.runs = convolve_weight_terms(c, image, from, count, direct, terms);
    chunk.column_step = direct ? c->y_stride[2] : lanes;
    const void *columns = NULL;
    if (count > 0 && direct)
        columns = weight_y(w, from, w->column + column);
    else if (count > 0)
        columns = convolve_weight_pack(w, &chunk, from, w->column + column, lanes);
    kernels->multiply_panel(&chunk, width, weight_pointers(w), w->rows, columns,
                            element(w->out, column, kernels->size), plan->block_columns);
}

/* What tiles ask for: the image and y of the next chunk, which mostly is the same thread's. */
static void weight_ahead(struct weight *w, int64_t from, int64_t count, struct ahead *ahead)
{
    const struct convolve *c = w->run->convolve;
    int64_t next = from + count, pixels = c->batch * c->axis[0].out * c->axis[1].out;
    int64_t panel = c->plan.width * c->kernels->lanes,
            tiles = parts(w->columns, panel) * parts(w->rows, EVEN_ROWS);
    if (next >= pixels || c->groups > 1)
        return;
    w->ahead = ahead;
    convolve_image_ahead(w->run, from, count, tiles, ahead);
    if (!c->y_bf16)
        convolve_ahead_set(ahead, 1, weight_y(w, next, 0),
                           count * c->y_stride[2] * c->kernels->size, tiles);
}

static void weight_chunk(struct weight *w, int64_t from, int64_t count)
{
    struct ahead ahead = {0};
    const struct convolve *c = w->run->convolve;
    struct image image = {0};
    w->ahead = NULL;
    if (count > 0)
        weight_ahead(w, from, count, &ahead);
    if (count > 0)
        image = convolve_image_for(w->run, w->group, from, count, w->scratch);
    weight_rows(w, &image, weight_pointers(w));
    for (int64_t column = 0; column < w->columns; column += c->plan.width * c->kernels->lanes)
        weight_panel(w, &image, from, count, column);
}

/* The rows of a tap are channels, which are one step apart. */
static void weight_place(const struct weight *w)
{
    const struct convolve *c = w->run->convolve;
    const int64_t *stride = c->w_stride, size = c->kernels->size;
    int64_t channels = c->plan.channels, across = c->axis[1].kernel;
    int64_t first = (w->group * c->plan.columns + w->column) * stride[0];
    for (int64_t i = 0, count; i < w->rows; i += count) {
        int64_t tap = (w->row + i) / channels, channel = (w->row + i) % channels;
        int64_t at =
            first + channel * stride[1] + tap / across * stride[2] + tap % across * stride[3];
        count = smaller(channels - channel, w->rows - i);
        c->kernels->place_block(element(w->out, i * c->plan.block_columns, size),
                                c->plan.block_columns, count, w->columns,
                                element(w->run->w, at, size), stride[1], stride[0]);
    }
}

void convolve_weight_task(const struct convolve_run *run, int task, void *scratch)
{
    const struct convolve *c = run->convolve;
    struct weight w = weight_block(run, task, scratch);
    int64_t pixels = c->batch * c->axis[0].out * c->axis[1].out, from = 0;
    do
        weight_chunk(&w, from, chunk_terms(pixels, from));
    while ((from += AD_K_CHUNK) < pixels);
    weight_place(&w);
}

/* ---------------------------------------------------------------- small results: chunks side by
 * side in shared memory, then their sum */

void convolve_weight_part(const struct convolve_run *run, int task, void *scratch)
{
    const struct convolve *c = run->convolve;
    int64_t pixels = c->batch * c->axis[0].out * c->axis[1].out, chunks = parts(pixels, AD_K_CHUNK);
    struct weight w = weight_block(run, 0, scratch);
    for (int64_t i = chunks * task / c->tasks[0]; i < chunks * (task + 1) / c->tasks[0]; i++) {
        w.out =
            element(run->shared, i * c->plan.block_rows * c->plan.block_columns, c->kernels->size);
        weight_chunk(&w, i * AD_K_CHUNK, chunk_terms(pixels, i * AD_K_CHUNK));
    }
}

void *convolve_weight_total(const struct convolve_run *run)
{
    const struct convolve *c = run->convolve;
    int64_t pixels = c->batch * c->axis[0].out * c->axis[1].out,
            size = c->plan.block_rows * c->plan.block_columns;
    for (int64_t chunk = 1; chunk * AD_K_CHUNK < pixels; chunk++)
        c->kernels->add_line(run->shared, element(run->shared, chunk * size, c->kernels->size),
                             size);
    return run->shared;
}

void convolve_weight_place_total(const struct convolve_run *run, void *scratch)
{
    struct weight w = weight_block(run, 0, scratch);
    w.out = convolve_weight_total(run);
    weight_place(&w);
}
