/* Winograd's convolution (Lavin and Gray 2016): fewer products, other sums.
 *
 * Two results of r taps need n = r + 1 products instead of 2 r, four of a square n n instead of
 * 4 r r: 16 for 36 of r = 3, 9 for 16 of r = 2.  With V = B d Bt of each channel of an n x n square
 * d of the image and U = G g Gt of the weights, the 2 x 2 results are A (sum over channels of V .
 * U) At.  For each of the n n numbers that is a product of matrices, (tiles, channels) times
 * (channels, filters), which the usual tiles carry out.
 *
 * Kernels of s r taps with stride s come down to r taps with stride 1.  Forward, the s s phases of
 * the image are as many channels more: row s (i + t) + a is tap t of phase a.  In an input gradient
 * the phases are those of the result (convolve_geometry.h), each with r r taps of its own.
 *
 * Weight gradient: the same form turned round.  The n n sums over tiles of V and of S y St are made
 * block after block, in parts, and the total goes through T . Tt.
 *
 * The bits depend on the shape alone: order of terms, chunks, blocks and parts do.  Beside exact
 * sums a result is off by at most (k + 10) 2^-24 c times the sum over the k terms of the largest
 * |d| of the square times the largest |g|, c = 64 for r = 3 and 16 for r = 2: |B|, |G| and |A| of
 * one axis add up to 8 and 4; each step of a sum and each of the 10 steps of the transforms rounds
 * once.  A weight gradient likewise: tiles + parts + 10 steps, c = 36 and 16, |d| times |y|. */
#include "base/whole.h"
#include "cpu/convolve_private.h"

enum {
    UNIT = 16,             /* channels and columns come in so many, on every instruction set */
    BLOCK_BYTES = 1 << 18, /* of a block's numbers: they stay in the second cache */
    LEAST_TILES = 32,
    MOST_TILES = 512,
    MOST_PARTS = 16,
    LEAST_PARTS = 4,
    PART_BYTES = 16 << 20, /* of all parts */
    WORKERS = 16,          /* blocks, rather than large ones */
};

/* Phases of the image along an axis, which are channels more. */
static int64_t image_phases(const struct convolve *c, int axis)
{
    return convolve_back(c) ? 1 : c->axis[axis].stride;
}

static int64_t all_image_phases(const struct convolve *c)
{
    return image_phases(c, 0) * image_phases(c, 1);
}

static bool axis_fits(const struct convolve *c, int axis)
{
    const struct convolve_axis *a = &c->axis[axis];
    int64_t taps = a->kernel / a->stride;
    return a->dilation == 1 && a->kernel % a->stride == 0 && (taps == 2 || taps == 3) &&
           taps == c->axis[0].kernel / c->axis[0].stride &&
           convolve_result_extent(c, axis) % (2 * convolve_phases(c, axis)) == 0;
}

static bool fits(const struct convolve *c)
{
    bool plain = c->groups == 1 && !c->x_bf16 && !c->w_bf16 && !c->y_bf16;
    return c->winograd && c->kernels->winograd && plain && axis_fits(c, 0) && axis_fits(c, 1) &&
           c->plan.channels % UNIT == 0 && c->plan.columns % UNIT == 0;
}

static int64_t taps(const struct convolve *c)
{
    return c->plan.winograd.side - 1;
}

static int64_t numbers(const struct convolve *c)
{
    return c->plan.winograd.side * c->plan.winograd.side;
}

static const struct winograd_transforms *transforms(const struct convolve *c)
{
    return &c->kernels->winograd[taps(c) - 2];
}

/* From one number of a block to the next, of so many terms or columns: not as far as lines of the
 * nearest cache that fall in one set. */
static int64_t number_apart(int64_t tiles, int64_t terms)
{
    return tiles * terms + ROW_PAD;
}

/* ---------------------------------------------------------------- planning */

/* Pixels of a row of tiles. */
static int64_t line_pixels(const struct convolve *c)
{
    return 2 * convolve_phases(c, 0) * convolve_result_extent(c, 1);
}

/* Blocks are whole rows of tiles and begin where tails may. */
static void plan_blocks(struct convolve *c)
{
    struct convolve_plan *plan = &c->plan;
    struct winograd_plan *w = &plan->winograd;
    int64_t pixels = line_pixels(c), unit = 1;
    while (unit * pixels % AD_COLUMN_BLOCK != 0)
        unit++;
    w->line = convolve_result_extent(c, 1) / (2 * convolve_phases(c, 1));
    int64_t bytes = numbers(c) * (w->terms + plan->columns) * c->kernels->size;
    int64_t tiles = smaller(larger(BLOCK_BYTES / bytes, LEAST_TILES), MOST_TILES);
    int64_t lines = unit * larger(1, tiles / (unit * w->line));
    while (lines > unit && parts(plan->rows, lines * pixels) < WORKERS)
        lines = round_up(lines / 2, unit);
    plan->block_rows = lines * pixels;
    plan->row_blocks = parts(plan->rows, plan->block_rows);
    plan->column_blocks = 1;
    plan->block_columns = plan->columns;
    w->tiles = lines * w->line;
}

static void reserve(struct convolve *c, int64_t rows, int64_t columns)
{
    struct convolve_plan *plan = &c->plan;
    size_t *bytes = &c->scratch_bytes, size = (size_t)c->kernels->size;
    int64_t tiles = plan->winograd.tiles;
    plan->pointers_at =
        contract_reserve(bytes, larger(tiles, plan->winograd.terms), sizeof(void *));
    plan->image_at = contract_reserve(
        bytes, plan->direct ? 0 : convolve_largest_image(c, plan->rows, plan->block_rows), size);
    plan->columns_at =
        contract_reserve(bytes, numbers(c) * number_apart(tiles, plan->winograd.terms), size);
    plan->aside_at = contract_reserve(
        bytes, larger(columns, numbers(c) * number_apart(tiles, plan->columns)), size);
    plan->out_at = contract_reserve(bytes, plan->through ? rows * plan->columns : 0, size);
}

static void plan_slide(struct convolve *c, int64_t lanes, bool regular)
{
    struct convolve_plan *plan = &c->plan;
    struct winograd_plan *w = &plan->winograd;
    plan->width = plan->columns > lanes ? 2 : 1;
    plan->through = c->discard || !regular;
    plan_blocks(c);
    int64_t panel = plan->width * lanes, phases = convolve_phases(c, 0) * convolve_phases(c, 1);
    w->padded = round_up(plan->columns, panel);
    plan->blocks_a_task = 1;
    c->shared_bytes = (size_t)(phases * numbers(c) * w->terms * w->padded * c->kernels->size);
    c->tasks[CONTRACT_PACK] = whole_int(w->padded / panel);
    c->tasks[CONTRACT_MULTIPLY] = whole_int(plan->row_blocks);
    reserve(c, plan->block_rows, taps(c) * taps(c) * plan->channels * panel);
}

/* All rows of all numbers. */
static int64_t part_elements(const struct convolve *c)
{
    return numbers(c) * c->plan.winograd.terms * c->plan.columns;
}

static bool plan_weight(struct convolve *c, int64_t lanes)
{
    struct convolve_plan *plan = &c->plan;
    struct winograd_plan *w = &plan->winograd;
    int64_t most = PART_BYTES / (part_elements(c) * c->kernels->size);
    if (most < LEAST_PARTS || c->y_stride[3] != 1)
        return false;
    plan->width = plan->columns > lanes ? 2 : 1;
    plan_blocks(c);
    w->parts = smaller(plan->row_blocks, smaller(most, MOST_PARTS));
    c->shared_bytes = (size_t)(w->parts * part_elements(c) * c->kernels->size);
    c->tasks[CONTRACT_PACK] = whole_int(w->parts);
    c->tasks[CONTRACT_MULTIPLY] = whole_int(w->terms / UNIT);
    reserve(c, 0, taps(c) * taps(c) * UNIT * plan->columns);
    return true;
}

bool convolve_winograd_plan(struct convolve *c, int64_t lanes, bool regular)
{
    struct convolve_plan *plan = &c->plan;
    if (!fits(c))
        return false;
    plan->winograd.side = (int)(c->axis[0].kernel / c->axis[0].stride) + 1;
    plan->winograd.terms = all_image_phases(c) * plan->channels;
    plan->rows = c->batch * convolve_result_extent(c, 0) * convolve_result_extent(c, 1);
    if (c->kind != CONVOLVE_WEIGHT_GRADIENT)
        plan_slide(c, lanes, regular);
    else if (!plan_weight(c, lanes))
        plan->winograd.side = 0;
    return plan->winograd.side > 0;
}

/* ---------------------------------------------------------------- where things lie */

/* A phase of both axes of the image (forward) or of the result (backward), the other being 0. */
struct turn {
    int64_t at[2];
};

static struct turn turn_of(const struct convolve *c, int64_t index)
{
    int64_t across = convolve_back(c) ? convolve_phases(c, 1) : image_phases(c, 1);
    return (struct turn){{index / across, index % across}};
}

/* The image's row under tap t of the first result of a phase. */
static int64_t window_row(const struct convolve *c, int axis, int64_t phase, int64_t t)
{
    const struct convolve_axis *a = &c->axis[axis];
    if (!convolve_back(c))
        return a->stride * t + phase;
    int64_t last_tap = a->kernel - a->stride + (phase + a->padding) % a->stride;
    return (phase + a->padding - last_tap) / a->stride + c->plan.margin[axis] + t;
}

/* The tap of the kernel that is tap t of a phase. */
static int64_t tap_of(const struct convolve *c, int axis, int64_t phase, int64_t t)
{
    const struct convolve_axis *a = &c->axis[axis];
    int64_t row = window_row(c, axis, phase, t);
    return convolve_back(c) ? phase + a->padding - a->stride * (row - c->plan.margin[axis]) : row;
}

/* Elements of w before tap (t[0], t[1]) of a phase. */
static int64_t weight_at(const struct convolve *c, const struct turn *turn, int64_t t0, int64_t t1)
{
    return tap_of(c, 0, turn->at[0], t0) * c->w_stride[2] +
           tap_of(c, 1, turn->at[1], t1) * c->w_stride[3];
}

/* ---------------------------------------------------------------- weights: [phase of the
 * result][number][chunk][panel][term][lane] */

static int64_t panel_lanes(const struct convolve *c)
{
    return c->plan.width * c->kernels->lanes;
}

/* The panel that begins with a column, of the chunk that begins with a term. */
static void *packed(const struct convolve_run *run, int64_t phase, int64_t number, int64_t from,
                    int64_t column)
{
    const struct winograd_plan *w = &run->convolve->plan.winograd;
    int64_t at = (phase * numbers(run->convolve) + number) * w->terms * w->padded;
    at += from * w->padded + column * chunk_terms(w->terms, from);
    return element(run->shared, at, run->convolve->kernels->size);
}

/* Terms of one phase of the image and one chunk. */
struct piece {
    int64_t phase, channel, chunk, from, count;
};

static struct piece piece_from(const struct convolve *c, int64_t term)
{
    int64_t channels = c->plan.channels;
    struct piece p = {term / channels, term % channels, term - term % AD_K_CHUNK, term, 0};
    p.count = smaller(channels - p.channel, AD_K_CHUNK - term % AD_K_CHUNK);
    return p;
}

static void pack_piece(const struct convolve_run *run, int64_t phase, const struct piece *p,
                       int64_t column, char *taps_at)
{
    const struct convolve *c = run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    bool back = convolve_back(c);
    int64_t left = c->plan.columns - column, side = c->plan.winograd.side, r = taps(c),
            lanes = panel_width(kernels, c->plan.width, left) * kernels->lanes,
            filter = back ? p->channel : column, channel = back ? column : p->channel,
            first = filter * c->w_stride[0] + channel * c->w_stride[1], block = p->count * lanes,
            apart = c->plan.winograd.terms * c->plan.winograd.padded;
    struct turn turn = turn_of(c, back ? phase : p->phase);
    for (int64_t t = 0; t < r * r; t++) {
        int64_t at = first + weight_at(c, &turn, t / r, t % r);
        struct source s = {element(run->w, at, kernels->size), c->w_stride[back],
                           c->w_stride[!back], false};
        kernels->pack_panel(&s, left, p->count, lanes, element(taps_at, t * block, kernels->size));
    }
    struct winograd_walk walk = {r * block, block, 0, side * apart, apart, 0, 1, block};
    char *to = packed(run, phase, 0, p->chunk, column);
    transforms(c)->weight(&walk, taps_at, element(to, (p->from - p->chunk) * lanes, kernels->size));
}

void convolve_winograd_pack(const struct convolve_run *run, int task, char *scratch)
{
    const struct convolve *c = run->convolve;
    const struct convolve_plan *plan = &c->plan;
    int64_t phases = convolve_phases(c, 0) * convolve_phases(c, 1);
    int64_t column = task * panel_lanes(c);
    for (int64_t phase = 0; phase < phases; phase++)
        for (int64_t term = 0; term < plan->winograd.terms;) {
            struct piece p = piece_from(c, term);
            pack_piece(run, phase, &p, column, scratch + plan->aside_at);
            term += p.count;
        }
}

/* ---------------------------------------------------------------- the numbers of a block */

/* Whole rows of tiles; rows counted through all images. */
struct tiles {
    const struct convolve_run *run;
    char *scratch;
    int64_t first_line, lines; /* rows of tiles */
    int64_t count;             /* tiles */
};

static struct tiles tiles_of(const struct convolve_run *run, int64_t first, int64_t rows,
                             char *scratch)
{
    const struct convolve *c = run->convolve;
    int64_t pixels = line_pixels(c);
    struct tiles t = {run, scratch, first / pixels, rows / pixels, 0};
    t.count = t.lines * c->plan.winograd.line;
    return t;
}

/* V: [number][tile][term]. */
static void transform_image(const struct tiles *t, const struct image *image, int64_t phase)
{
    const struct convolve *c = t->run->convolve;
    const struct winograd_plan *w = &c->plan.winograd;
    int64_t size = c->kernels->size,
            lines = convolve_result_extent(c, 0) / (2 * convolve_phases(c, 0)),
            apart = number_apart(t->count, w->terms), step[2];
    for (int axis = 0; axis < 2; axis++)
        step[axis] = image_phases(c, axis);
    struct winograd_walk walk = {step[0] * image->row_step,
                                 step[1] * image->column_step,
                                 2 * step[1] * image->column_step,
                                 w->side * apart,
                                 apart,
                                 w->terms,
                                 w->line,
                                 c->plan.channels};
    for (int64_t line = 0; line < t->lines; line++)
        for (int64_t i = 0; i < all_image_phases(c); i++) {
            struct turn turn = turn_of(c, convolve_back(c) ? phase : i);
            int64_t n = (t->first_line + line) / lines, row = (t->first_line + line) % lines;
            int64_t at = n * image->image_step +
                         (2 * row * step[0] + window_row(c, 0, turn.at[0], 0)) * image->row_step +
                         window_row(c, 1, turn.at[1], 0) * image->column_step;
            int64_t to = line * w->line * w->terms + i * c->plan.channels;
            transforms(c)->image(&walk, element(image->at, at, size),
                                 element(t->scratch + c->plan.columns_at, to, size));
        }
}

static const void **pointers(const struct tiles *t)
{
    return (const void **)(void *)(t->scratch + t->run->convolve->plan.pointers_at);
}

/* ---------------------------------------------------------------- forward, input gradient */

/* One number's product, all chunks and panels: [tile][column]. */
static void multiply_number(const struct tiles *t, int64_t phase, int64_t number, void *out)
{
    const struct convolve *c = t->run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    const struct convolve_plan *plan = &c->plan;
    int64_t k = plan->winograd.terms;
    char *image = t->scratch + plan->columns_at;
    for (int64_t i = 0; i < t->count; i++)
        pointers(t)[i] = element(image, number * number_apart(t->count, k) + i * k, kernels->size);
    for (int64_t from = 0; from < k; from += AD_K_CHUNK) {
        struct terms terms = {chunk_terms(k, from), from, 0};
        struct chunk chunk = {&terms, 1, 1, 0, kernels->lanes, from > 0, NULL};
        for (int64_t column = 0; column < plan->columns; column += panel_lanes(c)) {
            int width = panel_width(kernels, plan->width, plan->columns - column);
            chunk.column_step = width * kernels->lanes;
            kernels->multiply_panel(&chunk, width, pointers(t), t->count,
                                    packed(t->run, phase, number, from, column),
                                    element(out, column, kernels->size), plan->columns);
        }
    }
}

/* The 2 x 2 results of each tile, in the block's rows. */
static void place_results(const struct tiles *t, const struct slide *s, int64_t phase)
{
    const struct convolve *c = t->run->convolve;
    const struct convolve_plan *plan = &c->plan;
    int64_t apart = number_apart(t->count, plan->columns), size = c->kernels->size,
            down = convolve_phases(c, 0), across = convolve_phases(c, 1),
            width = convolve_result_extent(c, 1);
    struct winograd_walk walk = {plan->winograd.side * apart,
                                 apart,
                                 plan->columns,
                                 down * width * s->out_step,
                                 across * s->out_step,
                                 2 * across * s->out_step,
                                 plan->winograd.line,
                                 plan->columns};
    for (int64_t line = 0; line < t->lines; line++) {
        int64_t pixel = line * line_pixels(c) + phase / across * width + phase % across;
        transforms(c)->result(
            &walk,
            element(t->scratch + plan->aside_at, line * plan->winograd.line * plan->columns, size),
            element(s->out, pixel * s->out_step, size));
    }
}

void convolve_winograd_slide(const struct slide *s)
{
    const struct convolve *c = s->run->convolve;
    struct image image = convolve_image_for(s->run, 0, s->first, s->rows, s->scratch);
    struct tiles t = tiles_of(s->run, s->first, s->rows, s->scratch);
    for (int64_t phase = 0; phase < convolve_phases(c, 0) * convolve_phases(c, 1); phase++) {
        transform_image(&t, &image, phase);
        for (int64_t i = 0; i < numbers(c); i++)
            multiply_number(&t, phase, i,
                            element(s->scratch + c->plan.aside_at,
                                    i * number_apart(t.count, c->plan.columns), c->kernels->size));
        place_results(&t, s, phase);
    }
}

/* ---------------------------------------------------------------- weight gradient */

/* S y St: [number][tile][column]. */
static void spread_results(const struct tiles *t)
{
    const struct convolve *c = t->run->convolve;
    const struct winograd_plan *w = &c->plan.winograd;
    const int64_t *stride = c->y_stride;
    int64_t lines = c->axis[0].out / 2, apart = number_apart(t->count, c->plan.columns),
            size = c->kernels->size;
    struct winograd_walk walk = {stride[1], stride[2],       2 * stride[2], w->side * apart,
                                 apart,     c->plan.columns, w->line,       c->plan.columns};
    for (int64_t line = 0; line < t->lines; line++) {
        int64_t n = (t->first_line + line) / lines, row = (t->first_line + line) % lines;
        transforms(c)->spread(
            &walk, element(t->run->y, n * stride[0] + 2 * row * stride[1], size),
            element(t->scratch + c->plan.aside_at, line * w->line * c->plan.columns, size));
    }
}

/* One number's product of a block: added to those of the part. */
static void weight_number(const struct tiles *t, int64_t number, bool add, void *out)
{
    const struct convolve *c = t->run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    const struct convolve_plan *plan = &c->plan;
    int64_t k = plan->winograd.terms;
    struct terms terms = {t->count, 0, 0};
    struct chunk chunk = {&terms, 1, k, plan->columns, kernels->lanes, add, NULL};
    for (int64_t i = 0; i < k; i++)
        pointers(t)[i] = element(t->scratch + plan->columns_at,
                                 number * number_apart(t->count, k) + i, kernels->size);
    for (int64_t column = 0; column < plan->columns; column += panel_lanes(c))
        kernels->multiply_panel(
            &chunk, panel_width(kernels, plan->width, plan->columns - column), pointers(t), k,
            element(t->scratch + plan->aside_at,
                    number * number_apart(t->count, plan->columns) + column, kernels->size),
            element(out, column, kernels->size), plan->columns);
}

void convolve_winograd_part(const struct convolve_run *run, int task, char *scratch)
{
    const struct convolve *c = run->convolve;
    const struct convolve_plan *plan = &c->plan;
    int64_t rows = plan->winograd.terms * plan->columns, size = c->kernels->size,
            first = plan->row_blocks * task / plan->winograd.parts,
            end = plan->row_blocks * (task + 1) / plan->winograd.parts;
    char *part = element(run->shared, task * part_elements(c), size);
    for (int64_t block = first; block < end; block++) {
        int64_t at = block * plan->block_rows, pixels = smaller(plan->rows - at, plan->block_rows);
        struct image image = convolve_image_for(run, 0, at, pixels, scratch);
        struct tiles t = tiles_of(run, at, pixels, scratch);
        transform_image(&t, &image, 0);
        spread_results(&t);
        for (int64_t i = 0; i < numbers(c); i++)
            weight_number(&t, i, block > first, element(part, i * rows, size));
    }
}

/* UNIT rows, which are channels of one phase: their total, and the taps that it comes to. */
void convolve_winograd_total(const struct convolve_run *run, int task, char *scratch)
{
    const struct convolve *c = run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    const struct winograd_plan *w = &c->plan.winograd;
    int64_t columns = c->plan.columns, count = UNIT * columns, apart = w->terms * columns,
            r = taps(c), channel = task * UNIT % c->plan.channels;
    char *total = element(run->shared, task * count, kernels->size),
         *gathered = scratch + c->plan.aside_at;
    for (int64_t part = 1; part < w->parts; part++)
        for (int64_t i = 0; i < numbers(c); i++)
            kernels->add_line(element(total, i * apart, kernels->size),
                              element(total, part * part_elements(c) + i * apart, kernels->size),
                              count);
    struct winograd_walk walk = {w->side * apart, apart, 0, r * count, count, 0, 1, count};
    transforms(c)->gather(&walk, total, gathered);
    struct turn turn = turn_of(c, task * UNIT / c->plan.channels);
    for (int64_t t = 0; t < r * r; t++) {
        int64_t at = channel * c->w_stride[1] + weight_at(c, &turn, t / r, t % r);
        kernels->place_block(element(gathered, t * count, kernels->size), columns, UNIT, columns,
                             element(run->w, at, kernels->size), c->w_stride[1], c->w_stride[0]);
    }
}
