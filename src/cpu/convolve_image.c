/* The image that a window slides over: read where it lies, or a band of its rows copied to scratch
 * with the margin of zeros (convolve_geometry.h). */

#include "cpu/convolve_private.h"

enum { AHEAD_LINES = 64 }; /* most that a tile asks for of what comes next */

/* columns pixels of a row, channels of one group. */
static void copy_pixels(const struct convolve *c, const void *from, int64_t columns, void *to)
{
    const struct contract_kernels *kernels = c->kernels;
    const int64_t *stride = image_stride(c), channels = c->plan.channels;
    bool bf16 = image_bf16(c);
    if (stride[3] == 1 && stride[2] == channels) {
        kernels->copy_line(from, 1, bf16, columns * channels, to);
        return;
    }
    if (stride[3] != 1 && stride[2] == 1 && !bf16) {
        kernels->place_block(from, stride[3], channels, columns, to, 1, channels);
        return;
    }
    int64_t size = operand_size(kernels, bf16);
    for (int64_t i = 0; i < columns; i++)
        kernels->copy_line(element(from, i * stride[2], size), stride[3], bf16, channels,
                           element(to, i * channels, kernels->size));
}

static void copy_row(const struct convolve_run *run, int64_t group, int64_t stacked, void *to)
{
    const struct convolve *c = run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    const struct convolve_plan *plan = &c->plan;
    const int64_t *stride = image_stride(c);
    int64_t n = stacked / plan->extent[0], row = stacked % plan->extent[0] - plan->margin[0];
    int64_t line = plan->extent[1] * plan->channels, left = plan->margin[1] * plan->channels;
    int64_t columns = smaller(plan->extent[1] - plan->margin[1], convolve_image_extent(c, 1));
    if (row < 0 || row >= convolve_image_extent(c, 0) || columns <= 0) {
        kernels->clear_line(to, line);
        return;
    }
    int64_t at = n * stride[0] + row * stride[1] + group * plan->channels * stride[3];
    int64_t end = left + columns * plan->channels;
    kernels->clear_line(to, left);
    copy_pixels(c, element(image_operand(run), at, operand_size(kernels, image_bf16(c))), columns,
                element(to, left, kernels->size));
    kernels->clear_line(element(to, end, kernels->size), line - end);
}

struct image convolve_image_for(const struct convolve_run *run, int64_t group, int64_t first,
                                int64_t rows, char *scratch)
{
    const struct convolve *c = run->convolve;
    const struct convolve_plan *plan = &c->plan;
    const int64_t *stride = image_stride(c), size = c->kernels->size;
    if (plan->direct) {
        const void *at = element(image_operand(run), group * plan->channels * stride[3], size);
        return (struct image){at, stride[0], stride[1], stride[2]};
    }
    struct convolve_band band = convolve_band(c, first, rows);
    int64_t line = plan->extent[1] * plan->channels;
    char *to = scratch + plan->image_at;
    for (int64_t i = 0; i < band.count; i++)
        copy_row(run, group, band.first + i, element(to, i * line, size));
    return (struct image){element(to, -band.first * line, size), plan->extent[0] * line, line,
                          plan->channels};
}

/* More lines at once would wait for each other. */
void convolve_ahead_set(struct ahead *ahead, int i, const void *at, int64_t bytes, int64_t tiles)
{
    int64_t lines = bytes / CACHE_LINE;
    ahead->at[i] = at;
    ahead->lines[i] = lines <= tiles * AHEAD_LINES ? parts(lines, tiles) : 0;
}

void convolve_image_ahead(const struct convolve_run *run, int64_t first, int64_t rows,
                          int64_t tiles, struct ahead *ahead)
{
    const struct convolve *c = run->convolve;
    const int64_t *stride = image_stride(c), size = c->kernels->size;
    struct convolve_band band = convolve_band(c, first, rows);
    int64_t behind = band.first + band.count, height = c->plan.extent[0],
            row = behind % height - c->plan.margin[0],
            results = convolve_result_extent(c, 0) * convolve_result_extent(c, 1);
    if (image_bf16(c))
        return;
    int64_t at = behind / height * stride[0] + (row < 0 ? 0 : row) * stride[1];
    convolve_ahead_set(ahead, 0, element(image_operand(run), at, size),
                       stride[0] * rows / results * size, tiles);
}
