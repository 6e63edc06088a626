/* Depthwise convolutions: each channel has a filter of its own, so channels lie along the vectors
 * and nothing is summed over them.  Each addition loads an element of the image, so half the peak
 * is the limit; memory usually is before.
 *
 * Forward and input gradient: DEPTH_PIXELS pixels at once share each register of weights, packed
 * (kernel row, kernel column, channel).  Weight gradient: DEPTH_TAPS taps at once share each
 * register of y; chunks of pixels are summed for themselves in the first phase. */

#include "cpu/convolve_private.h"

static int64_t depth_lanes(const struct convolve *c)
{
    return round_up(c->channels, c->kernels->lanes);
}

void convolve_depthwise_pack(const struct convolve_run *run)
{
    const struct convolve *c = run->convolve;
    int64_t across = c->axis[1].kernel, lanes = depth_lanes(c);
    for (int64_t i = 0; i < c->axis[0].kernel * across; i++) {
        int64_t at = i / across * c->w_stride[2] + i % across * c->w_stride[3];
        struct source s = {element(run->w, at, operand_size(c->kernels, c->w_bf16)), c->w_stride[0],
                           1, c->w_bf16};
        c->kernels->pack_panel(&s, c->channels, 1, lanes,
                               element(run->shared, i * lanes, c->kernels->size));
    }
}

static int64_t depth_taps(const struct convolve_run *run, const struct phase *phase,
                          const struct image *image, struct tap *tap)
{
    const struct convolve *c = run->convolve;
    int64_t across = c->axis[1].kernel, count = 0;
    for (int64_t i = 0; i < c->axis[0].kernel * across; i++) {
        int64_t p = i / across, q = i % across;
        if (!convolve_tap_counts(c, 0, phase->at[0], p) ||
            !convolve_tap_counts(c, 1, phase->at[1], q))
            continue;
        int64_t at = convolve_tap_at(c, 0, phase->at[0], p) * image->row_step +
                     convolve_tap_at(c, 1, phase->at[1], q) * image->column_step;
        tap[count++] = (struct tap){at, element(run->shared, i * depth_lanes(c), c->kernels->size)};
    }
    return count;
}

void convolve_depthwise_slide(const struct slide *s)
{
    const struct convolve *c = s->run->convolve;
    const void **row = (const void **)(void *)(s->scratch + c->plan.pointers_at);
    int32_t *place = (int32_t *)(void *)(s->scratch + c->plan.places_at);
    struct tap *tap = (struct tap *)(void *)(s->scratch + c->plan.terms_at);
    struct image image = convolve_image_for(s->run, 0, s->first, s->rows, s->scratch);
    for (int64_t i = 0; i < convolve_phases(c, 0) * convolve_phases(c, 1); i++) {
        struct phase phase = convolve_slide_phase(c, i);
        int64_t taps = depth_taps(s->run, &phase, &image, tap),
                rows = convolve_slide_rows(s, &phase, &image, row, place);
        for (int64_t r = 0, count; r < rows; r += count) {
            count = rows - r < DEPTH_PIXELS ? 1 : DEPTH_PIXELS;
            struct pixels pixels = {count, row + r, place + r};
            c->kernels->depth_pixels(&pixels, tap, taps, c->channels, s->out, s->out_step);
        }
    }
}

/* ---------------------------------------------------------------- weight gradient */

static void depth_weight_chunk(const struct weight *w, int64_t from, int64_t count)
{
    const struct convolve *c = w->run->convolve;
    struct terms *terms = (struct terms *)(void *)(w->scratch + c->plan.terms_at);
    struct image image = convolve_image_for(w->run, 0, from, count, w->scratch);
    struct chunk chunk = {.terms = terms,
                          .row_step = c->axis[1].stride * image.column_step,
                          .column_step = depth_lanes(c)};
    chunk.runs = convolve_weight_terms(c, &image, from, count, false, terms);
    const void *y = convolve_weight_pack(w, &chunk, from, 0, chunk.column_step);
    int64_t taps = c->axis[0].kernel * c->axis[1].kernel, across = c->axis[1].kernel;
    for (int64_t first = 0, now; first < taps; first += now) {
        const void *row[DEPTH_TAPS];
        now = smaller(taps - first, DEPTH_TAPS);
        for (int64_t i = 0; i < now; i++) {
            int64_t at = convolve_tap_at(c, 0, 0, (first + i) / across) * image.row_step +
                         convolve_tap_at(c, 1, 0, (first + i) % across) * image.column_step;
            row[i] = element(image.at, at, c->kernels->size);
        }
        c->kernels->depth_weight_taps(&chunk, now, row, y,
                                      element(w->out, first * chunk.column_step, c->kernels->size));
    }
}

void convolve_depthwise_part(const struct convolve_run *run, int task, void *scratch)
{
    const struct convolve *c = run->convolve;
    int64_t pixels = c->batch * c->axis[0].out * c->axis[1].out, chunks = parts(pixels, AD_K_CHUNK);
    struct weight w = {.run = run, .scratch = scratch};
    for (int64_t i = chunks * task / c->tasks[0]; i < chunks * (task + 1) / c->tasks[0]; i++) {
        w.out =
            element(run->shared, i * c->plan.block_rows * c->plan.block_columns, c->kernels->size);
        depth_weight_chunk(&w, i * AD_K_CHUNK, chunk_terms(pixels, i * AD_K_CHUNK));
    }
}

void convolve_depthwise_place(const struct convolve_run *run)
{
    const struct convolve *c = run->convolve;
    int64_t lanes = depth_lanes(c), across = c->axis[1].kernel, size = c->kernels->size;
    for (int64_t i = 0; i < c->plan.block_rows; i++) {
        int64_t at = i / across * c->w_stride[2] + i % across * c->w_stride[3];
        c->kernels->place_block(element(run->shared, i * lanes, size), 0, 1, c->channels,
                                element(run->w, at, size), 0, c->w_stride[0]);
    }
}
