/* Convolution forward and its input gradient: pixels times packed weights (convolve_plan.c).  An
 * input gradient with a stride is one such product for each phase of the pixels, because the taps
 * that count differ. */

#include "cpu/convolve_private.h"

/* ---------------------------------------------------------------- the terms of the sum: (kernel
 * row, kernel column, channel) */

struct phase convolve_slide_phase(const struct convolve *c, int64_t index)
{
    int64_t across = convolve_phases(c, 1), count[2] = {0, 0};
    struct phase phase = {.c = c, .at = {index / across, index % across}};
    for (int axis = 0; axis < 2; axis++)
        for (int64_t tap = 0; tap < c->axis[axis].kernel; tap++)
            count[axis] += convolve_tap_counts(c, axis, phase.at[axis], tap);
    phase.terms = count[0] * count[1] * c->plan.channels;
    return phase;
}

bool convolve_slide_next(const struct phase *phase, int64_t from, int64_t end, struct walk *walk)
{
    const struct convolve *c = phase->c;
    int64_t taps = c->axis[0].kernel * c->axis[1].kernel, channels = c->plan.channels;
    for (int64_t i = walk->tap[0] * c->axis[1].kernel + walk->tap[1] + 1; i < taps && channels > 0;
         i++) {
        walk->tap[0] = i / c->axis[1].kernel;
        walk->tap[1] = i % c->axis[1].kernel;
        if (!convolve_tap_counts(c, 0, phase->at[0], walk->tap[0]) ||
            !convolve_tap_counts(c, 1, phase->at[1], walk->tap[1]))
            continue;
        int64_t first = walk->first;
        walk->first += channels;
        if (first + channels <= from)
            continue;
        walk->channel = from > first ? from - first : 0;
        walk->count = (end < first + channels ? end - first : channels) - walk->channel;
        return walk->count > 0;
    }
    return false;
}

/* Runs of a chunk; taps that are neighbours in the image make one run. */
static int64_t slide_terms(const struct phase *phase, const struct image *image, int64_t from,
                           int64_t end, struct terms *terms)
{
    int64_t runs = 0;
    struct walk walk = walk_start();
    while (convolve_slide_next(phase, from, end, &walk)) {
        int64_t at = convolve_tap_at(phase->c, 0, phase->at[0], walk.tap[0]) * image->row_step +
                     convolve_tap_at(phase->c, 1, phase->at[1], walk.tap[1]) * image->column_step +
                     walk.channel;
        if (runs > 0 && terms[runs - 1].row_at + terms[runs - 1].count == at)
            terms[runs - 1].count += walk.count;
        else
            terms[runs++] = (struct terms){walk.count, at, 0};
    }
    return runs;
}

/* ---------------------------------------------------------------- packing the weights:
 * [group][phase][chunk][panel][term][lane] */

static int64_t slide_lanes(const struct convolve *c)
{
    return c->plan.across ? ROW_GROUP : c->plan.width * c->kernels->lanes;
}

void *convolve_slide_panel(const struct convolve_run *run, int64_t group, int64_t phase_first,
                           int64_t column, int64_t from, int64_t terms)
{
    const struct convolve_plan *plan = &run->convolve->plan;
    int64_t columns = round_up(plan->columns, slide_lanes(run->convolve));
    int64_t at = group * plan->packed_group + columns * (phase_first + from) + column * terms;
    return element(run->shared, at, run->convolve->kernels->size);
}

static void slide_pack_chunk(const struct convolve_run *run, int64_t group,
                             const struct phase *phase, int64_t column, int64_t from, int64_t end,
                             void *to)
{
    const struct convolve *c = run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    bool back = convolve_back(c);
    int64_t left = c->plan.columns - column,
            lanes = c->plan.across ? ROW_GROUP
                                   : panel_width(kernels, c->plan.width, left) * kernels->lanes;
    int64_t filter = group * (c->filters / c->groups);
    struct walk walk = walk_start();
    while (convolve_slide_next(phase, from, end, &walk)) {
        int64_t f = filter + (back ? walk.channel : column), channel = back ? column : walk.channel;
        int64_t at = f * c->w_stride[0] + channel * c->w_stride[1] + walk.tap[0] * c->w_stride[2] +
                     walk.tap[1] * c->w_stride[3];
        struct source s = {element(run->w, at, operand_size(kernels, c->w_bf16)),
                           c->w_stride[back ? 1 : 0], c->w_stride[back ? 0 : 1], c->w_bf16};
        kernels->pack_panel(&s, left, walk.count, lanes, to);
        to = element(to, walk.count * lanes, kernels->size);
    }
}

static void slide_pack_panel(const struct convolve_run *run, int64_t group, int64_t column)
{
    const struct convolve *c = run->convolve;
    int64_t first = 0;
    for (int64_t i = 0; i < convolve_phases(c, 0) * convolve_phases(c, 1); i++) {
        struct phase phase = convolve_slide_phase(c, i);
        for (int64_t from = 0; from < phase.terms; from += AD_K_CHUNK) {
            int64_t terms = chunk_terms(phase.terms, from);
            slide_pack_chunk(run, group, &phase, column, from, from + terms,
                             convolve_slide_panel(run, group, first, column, from, terms));
        }
        first += phase.terms;
    }
}

void convolve_slide_pack(const struct convolve_run *run, int task)
{
    const struct convolve_plan *plan = &run->convolve->plan;
    int64_t panel = slide_lanes(run->convolve), panels = parts(plan->columns, panel);
    int64_t tasks = parts(panels, plan->panels_a_task);
    int64_t first = task % tasks * plan->panels_a_task;
    for (int64_t i = first; i < panels && i < first + plan->panels_a_task; i++)
        slide_pack_panel(run, task / tasks, i * panel);
}

/* ---------------------------------------------------------------- a block of pixels */

struct slide convolve_slide_block(const struct convolve_run *run, int64_t index, void *scratch)
{
    const struct convolve *c = run->convolve;
    const struct convolve_plan *plan = &c->plan;
    const int64_t *stride = convolve_back(c) ? c->x_stride : c->y_stride;
    struct slide s = {.run = run, .scratch = scratch};
    s.first = index % plan->row_blocks * plan->block_rows;
    s.rows = smaller(plan->rows - s.first, plan->block_rows);
    s.column = index / plan->row_blocks * plan->block_columns;
    s.columns = smaller(plan->columns - s.column, plan->block_columns);
    if (plan->through) {
        s.out = s.scratch + plan->out_at;
        s.out_step =
            c->groups > 1 && !plan->depthwise ? c->groups * plan->columns : plan->block_columns;
    } else {
        s.out_step = convolve_result_extent(c, 1) > 1   ? stride[2]
                     : convolve_result_extent(c, 0) > 1 ? stride[1]
                                                        : stride[0];
        s.out = element(convolve_back(c) ? run->x : run->y, s.first * s.out_step + s.column,
                        c->kernels->size);
    }
    return s;
}

int64_t convolve_slide_rows(const struct slide *s, const struct phase *phase,
                            const struct image *image, const void **row, int32_t *place)
{
    const struct convolve *c = s->run->convolve;
    int64_t height = convolve_result_extent(c, 0), width = convolve_result_extent(c, 1), count = 0,
            end = s->first + s->rows, skip = convolve_phases(c, 1),
            step =
                (convolve_back(c) ? 1 : c->axis[1].stride) * image->column_step * c->kernels->size;
    for (int64_t pixel = s->first, next; pixel < end; pixel = next) {
        int64_t line = pixel / width, h = line % height, v = pixel - line * width;
        next = pixel - v + width < end ? pixel - v + width : end;
        if (h % convolve_phases(c, 0) != phase->at[0])
            continue;
        pixel += (phase->at[1] - v % skip + skip) % skip;
        const char *at =
            element(image->at, window_at(c, image, line / height, h, pixel - line * width),
                    c->kernels->size);
        for (int64_t i = pixel; place && i < next; i += skip)
            *place++ = (int32_t)(i - s->first);
        for (; pixel < next; pixel += skip, at += step)
            row[count++] = at;
    }
    return count;
}

/* What the tail reads where the block's results lie. */
static const void *beside_of(const struct slide *s)
{
    const struct convolve_run *run = s->run;
    int64_t at = s->first * s->out_step + s->column;
    return element(run->beside, at, run->convolve->kernels->size);
}

struct ahead *convolve_slide_ahead(const struct slide *s, int64_t tiles, struct ahead *ahead)
{
    const struct convolve *c = s->run->convolve;
    if (c->groups > 1 || convolve_phases(c, 0) * convolve_phases(c, 1) > 1)
        return NULL;
    if (s->first + s->rows < c->plan.rows)
        convolve_image_ahead(s->run, s->first, s->rows, tiles, ahead);
    if (c->plan.through)
        return ahead;
    int64_t bytes = s->rows * s->out_step * c->kernels->size;
    convolve_ahead_set(ahead, 1, s->out, bytes, tiles);
    if (s->run->beside)
        convolve_ahead_set(ahead, 2, beside_of(s), bytes, tiles);
    return ahead;
}

/* One phase of one group: all chunks, all panels. */
static void slide_phase(const struct slide *s, int64_t group, const struct phase *phase,
                        int64_t phase_first, const struct image *image)
{
    const struct contract_kernels *kernels = s->run->convolve->kernels;
    const struct convolve_plan *plan = &s->run->convolve->plan;
    const void **row = (const void **)(void *)(s->scratch + plan->pointers_at);
    int32_t *place = (int32_t *)(void *)(s->scratch + plan->places_at);
    struct terms *terms = (struct terms *)(void *)(s->scratch + plan->terms_at);
    int64_t rows = convolve_slide_rows(s, phase, image, row, plan->aside ? place : NULL), from = 0;
    char *out = element(s->out, group * plan->columns, kernels->size),
         *aside = s->scratch + plan->aside_at, *to = plan->aside ? aside : out;
    int64_t panel = plan->width * kernels->lanes,
            step = plan->aside ? plan->block_columns : s->out_step;
    int64_t chunks = phase->terms / AD_K_CHUNK + 1;
    struct ahead ahead = {0};
    struct ahead *next =
        convolve_slide_ahead(s, (rows / EVEN_ROWS + 1) * chunks * parts(s->columns, panel), &ahead);
    do {
        int64_t count = chunk_terms(phase->terms, from);
        struct chunk chunk = {
            .terms = terms, .row_step = 1, .apart = kernels->lanes, .add = from > 0, .ahead = next};
        chunk.runs = slide_terms(phase, image, from, from + count, terms);
        for (int64_t i = 0; i < s->columns; i += panel) {
            int width = panel_width(kernels, plan->width, s->columns - i);
            const void *weights =
                convolve_slide_panel(s->run, group, phase_first, s->column + i, from, count);
            chunk.column_step = width * kernels->lanes;
            kernels->multiply_panel(&chunk, width, row, rows, weights,
                                    element(to, i, kernels->size), step);
        }
    } while ((from += AD_K_CHUNK) < phase->terms);
    for (int64_t i = 0; plan->aside && i < rows; i++)
        kernels->copy_line(element(aside, i * step, kernels->size), 1, false, s->columns,
                           element(out, place[i] * s->out_step, kernels->size));
}

void convolve_slide_group(const struct slide *s, int64_t group)
{
    const struct convolve *c = s->run->convolve;
    struct image image = convolve_image_for(s->run, group, s->first, s->rows, s->scratch);
    int64_t first = 0;
    for (int64_t i = 0; i < convolve_phases(c, 0) * convolve_phases(c, 1); i++) {
        struct phase phase = convolve_slide_phase(c, i);
        slide_phase(s, group, &phase, first, &image);
        first += phase.terms;
    }
}

void convolve_slide_place(const struct slide *s, int64_t columns)
{
    const struct convolve *c = s->run->convolve;
    const int64_t *stride = convolve_back(c) ? c->x_stride : c->y_stride;
    int64_t height = convolve_result_extent(c, 0), width = convolve_result_extent(c, 1);
    void *to = convolve_back(c) ? s->run->x : s->run->y;
    int64_t size = c->kernels->size;
    for (int64_t i = 0; i < s->rows;) {
        int64_t pixel = s->first + i, v = pixel % width, count = smaller(width - v, s->rows - i);
        int64_t at = pixel / (height * width) * stride[0] + pixel / width % height * stride[1] +
                     v * stride[2] + s->column * stride[3];
        c->kernels->place_block(element(s->out, i * s->out_step, size), s->out_step, count, columns,
                                element(to, at, size), stride[2], stride[3]);
        i += count;
    }
}
