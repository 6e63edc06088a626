/* Convolutions with few columns (filters, or channels for an input gradient), fewer than a register
 * holds: here the pixels lie along the vectors and the filters are the rows.  The image is copied
 * plane by plane, (channel, row, column), so neighbouring pixels of a line are neighbours in memory
 * and a tap moves them all by one distance.  With a stride the columns of a line are sorted by
 * their rest, column w at (w % stride, w / stride), so that this stays true.  A register that
 * reaches past its line computes what nobody reads.
 *
 * 8 filters are one tile of 8 rows x 2 registers: 18 loads for 16 additions on 32 pixels.  As
 * columns they would leave half of each addition idle, which costs more than to turn image and
 * result round; 16 filters fill a register, and are columns. */

#include "cpu/convolve_private.h"

/* A register of pixels: where they are in the planes, which pixel of the block is the first, how
 * many are wanted. */
struct stretch {
    int64_t at, pixel, count;
};

struct planes {
    const void *at;
    int64_t plane, pitch, part,
        first; /* part: of a line, columns of equal rest; first: stacked row */
};

static int64_t planes_step(const struct convolve *c)
{
    return convolve_back(c) ? 1 : c->axis[1].stride;
}

/* A line of pixels of one rest. */
static void copy_part(const void *from, int64_t step, const struct convolve *c, int64_t count,
                      int64_t plane, void *to)
{
    const struct contract_kernels *kernels = c->kernels;
    const int64_t *stride = image_stride(c), channels = c->plan.channels;
    bool bf16 = image_bf16(c);
    if (!bf16 && step == 1) {
        kernels->place_block(from, stride[3], channels, count, to, plane, 1);
        return;
    }
    if (!bf16 && stride[3] == 1) {
        kernels->place_block(from, step, count, channels, to, 1, plane);
        return;
    }
    for (int64_t i = 0; i < channels; i++)
        kernels->copy_line(element(from, i * stride[3], operand_size(kernels, bf16)), step, bf16,
                           count, element(to, i * plane, kernels->size));
}

static void copy_planes_row(const struct convolve_run *run, int64_t group, int64_t stacked,
                            const struct planes *planes, void *to)
{
    const struct convolve *c = run->convolve;
    const struct convolve_plan *plan = &c->plan;
    const int64_t *stride = image_stride(c);
    int64_t row = stacked % plan->extent[0] - plan->margin[0], step = planes_step(c);
    if (row < 0 || row >= convolve_image_extent(c, 0))
        return;
    int64_t at = stacked / plan->extent[0] * stride[0] + row * stride[1] +
                 group * plan->channels * stride[3];
    int64_t end = smaller(plan->margin[1] + convolve_image_extent(c, 1), plan->extent[1]);
    for (int64_t w = plan->margin[1]; w < plan->margin[1] + step && w < end; w++) {
        const void *from = element(image_operand(run), at + (w - plan->margin[1]) * stride[2],
                                   operand_size(c->kernels, image_bf16(c)));
        copy_part(from, step * stride[2], c, parts(end - w, step), planes->plane,
                  element(to, w % step * planes->part + w / step, c->kernels->size));
    }
}

static struct planes planes_for(const struct slide *s, int64_t group)
{
    const struct convolve *c = s->run->convolve;
    struct convolve_band band = convolve_band(c, s->first, s->rows);
    struct planes planes = {.part = convolve_part(c), .first = band.first};
    planes.pitch = planes_step(c) * planes.part;
    planes.plane = band.count * planes.pitch;
    char *to = s->scratch + c->plan.image_at;
    planes.at = to;
    c->kernels->clear_line(to, planes.plane * c->plan.channels);
    for (int64_t i = 0; i < band.count; i++)
        copy_planes_row(s->run, group, band.first + i, &planes,
                        element(to, i * planes.pitch, c->kernels->size));
    return planes;
}

/* The registers that cover the block's pixels of the phase, line by line. */
static int64_t across_stretches(const struct slide *s, const struct phase *phase,
                                const struct planes *planes, struct stretch *stretch)
{
    const struct convolve *c = s->run->convolve;
    const int64_t lanes = c->kernels->lanes;
    int64_t height = convolve_result_extent(c, 0), width = convolve_result_extent(c, 1), count = 0;
    int64_t phases[2] = {convolve_phases(c, 0), convolve_phases(c, 1)};
    for (int64_t pixel = s->first, next; pixel < s->first + s->rows; pixel = next) {
        int64_t line = pixel / width, v = pixel - line * width, n = line / height,
                h = line - n * height;
        next = smaller(pixel - v + width, s->first + s->rows);
        int64_t skip = (phase->at[1] - v % phases[1] + phases[1]) % phases[1];
        int64_t left = parts(next - pixel - skip, phases[1]);
        if (h % phases[0] != phase->at[0])
            continue;
        int64_t row = n * c->plan.extent[0] + convolve_place_at(c, 0, h) - planes->first;
        int64_t at = row * planes->pitch + (v + skip) / phases[1];
        for (int64_t i = 0; i < left; i += lanes)
            stretch[count++] = (struct stretch){at + i, pixel + skip + i * phases[1] - s->first,
                                                smaller(left - i, lanes)};
    }
    return count;
}

/* Runs of a chunk: for each tap its channels, a plane apart.  The packed weights of all chunks of a
 * phase lie one after another. */
static int64_t across_terms(const struct phase *phase, const struct planes *planes, int64_t from,
                            int64_t end, struct terms *terms)
{
    int64_t runs = 0, behind = 0, step = planes_step(phase->c), term = from;
    struct walk walk = walk_start();
    while (convolve_slide_next(phase, from, end, &walk)) {
        int64_t column = convolve_tap_at(phase->c, 1, phase->at[1], walk.tap[1]);
        int64_t at = convolve_tap_at(phase->c, 0, phase->at[0], walk.tap[0]) * planes->pitch +
                     column % step * planes->part + column / step + walk.channel * planes->plane;
        terms[runs++] = (struct terms){walk.count, term * ROW_GROUP, at - behind};
        behind = at + walk.count * planes->plane;
        term += walk.count;
    }
    return runs;
}

/* Registers taken at once: 4 where few rows would not fill the pipeline and the registers lie
 * equally far apart. */
static int across_width(const struct convolve *c, const struct stretch *stretch, int64_t left)
{
    if (left < 4 || c->plan.columns > c->kernels->most_wide)
        return left < 2 ? 1 : 2;
    int64_t apart = stretch[1].at - stretch[0].at;
    bool equal = stretch[2].at - stretch[1].at == apart && stretch[3].at - stretch[2].at == apart;
    return equal ? 4 : 2;
}

struct across_work {
    const struct slide *slide;
    const struct planes *planes;
    const struct phase *phase;
    int64_t group;
    struct terms *terms;        /* of all chunks */
    int64_t *runs;              /* of each chunk */
    const void *row[ROW_GROUP]; /* the packed weights of each filter */
    struct ahead *ahead;
};

/* A few registers of pixels, all chunks, and to their place. */
static void across_pixels(const struct across_work *a, const struct stretch *stretch, int width)
{
    const struct slide *s = a->slide;
    const struct convolve *c = s->run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    const int64_t lanes = kernels->lanes, phases = convolve_phases(c, 1);
    char *result = s->scratch + c->plan.aside_at;
    struct chunk chunk = {.terms = a->terms,
                          .row_step = ROW_GROUP,
                          .column_step = a->planes->plane,
                          .ahead = a->ahead};
    chunk.apart = width > 1 ? stretch[1].at - stretch[0].at : 0;
    int64_t from = 0;
    do {
        chunk.runs = a->runs[from / AD_K_CHUNK];
        chunk.add = from > 0;
        kernels->multiply_panel(&chunk, width, a->row, c->plan.columns,
                                element(a->planes->at, stretch->at, kernels->size), result,
                                width * lanes);
        chunk.terms += chunk.runs;
    } while ((from += AD_K_CHUNK) < a->phase->terms);
    for (int64_t i = 0; i < width; i++) {
        int64_t at = a->group * c->plan.columns + stretch[i].pixel * s->out_step;
        kernels->place_block(element(result, i * lanes, kernels->size), width * lanes,
                             c->plan.columns, stretch[i].count, element(s->out, at, kernels->size),
                             1, s->out_step * phases);
    }
}

static void across_phase(const struct slide *s, int64_t group, const struct phase *phase,
                         int64_t phase_first, const struct planes *planes)
{
    const struct convolve_plan *plan = &s->run->convolve->plan;
    struct across_work a = {.slide = s, .planes = planes, .phase = phase, .group = group};
    struct stretch *stretch = (struct stretch *)(void *)(s->scratch + plan->places_at);
    a.terms = (struct terms *)(void *)(s->scratch + plan->terms_at);
    a.runs = (int64_t *)(void *)(s->scratch + plan->pointers_at);
    a.row[0] = convolve_slide_panel(s->run, group, phase_first, 0, 0, 0);
    for (int64_t i = 1; i < plan->columns; i++)
        a.row[i] = element(a.row[0], i, s->run->convolve->kernels->size);
    int64_t from = 0, runs = 0, stretches = across_stretches(s, phase, planes, stretch);
    do {
        int64_t count = chunk_terms(phase->terms, from),
                now = across_terms(phase, planes, from, from + count, a.terms + runs);
        a.runs[from / AD_K_CHUNK] = now;
        runs += now;
    } while ((from += AD_K_CHUNK) < phase->terms);
    struct ahead ahead = {0};
    a.ahead = convolve_slide_ahead(s, parts(stretches, 2) * parts(plan->columns, 8), &ahead);
    for (int64_t i = 0, width; i < stretches; i += width) {
        width = across_width(s->run->convolve, stretch + i, stretches - i);
        across_pixels(&a, stretch + i, (int)width);
    }
}

void convolve_across_group(const struct slide *s, int64_t group)
{
    const struct convolve *c = s->run->convolve;
    struct planes planes = planes_for(s, group);
    int64_t first = 0;
    for (int64_t i = 0; i < convolve_phases(c, 0) * convolve_phases(c, 1); i++) {
        struct phase phase = convolve_slide_phase(c, i);
        across_phase(s, group, &phase, first, &planes);
        first += phase.terms;
    }
}
