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
 * The bits depend on the shape alone, and in a weight gradient on whether the channels of y are
 * neighbours: so do the order of terms, chunks, and there blocks and parts.  Beside exact
 * sums a result is off by at most (k + 10) 2^-24 c times the sum over the k terms of the largest
 * |d| of the square times the largest |g|, c = 64 for r = 3 and 16 for r = 2: |B|, |G| and |A| of
 * one axis add up to 8 and 4; each step of a sum and each of the 10 steps of the transforms rounds
 * once.  A weight gradient likewise: tiles + parts + 10 steps, c = 36 and 16, |d| times |y|. */
#include "base/whole.h"
#include "cpu/convolve_private.h"

enum {
    UNIT = 16,             /* channels and columns come in so many, on every instruction set */
    STRIP_BYTES = 1 << 18, /* of the numbers of a strip of tiles: they stay in the second cache */
    LINE_BYTES = 1 << 23,  /* of a row of tiles, at most */
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

/* Taps of a phase along an axis. */
static int64_t taps(const struct convolve *c)
{
    return c->axis[0].kernel / c->axis[0].stride;
}

/* Numbers of a square. */
static int64_t numbers(const struct convolve *c)
{
    return (taps(c) + 1) * (taps(c) + 1);
}

/* Terms of a number's sum; of a weight gradient its rows. */
static int64_t terms_of(const struct convolve *c)
{
    return all_image_phases(c) * c->plan.channels;
}

/* Tiles in a row. */
static int64_t line_tiles(const struct convolve *c)
{
    return convolve_result_extent(c, 1) / (2 * convolve_phases(c, 1));
}

/* Results under a row of tiles. */
static int64_t line_pixels(const struct convolve *c)
{
    return 2 * convolve_phases(c, 0) * convolve_result_extent(c, 1);
}

/* Of a tile's numbers, before and behind the product. */
static int64_t tile_bytes(const struct convolve *c)
{
    return numbers(c) * (terms_of(c) + c->plan.columns) * c->kernels->size;
}

/* All rows of all numbers of a weight gradient. */
static int64_t part_elements(const struct convolve *c)
{
    return numbers(c) * terms_of(c) * c->plan.columns;
}

static int64_t most_parts(const struct convolve *c)
{
    return PART_BYTES / (part_elements(c) * c->kernels->size);
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

static bool axis_fits(const struct convolve *c, int axis)
{
    const struct convolve_axis *a = &c->axis[axis];
    return a->dilation == 1 && a->kernel == taps(c) * a->stride &&
           convolve_result_extent(c, axis) % (2 * convolve_phases(c, axis)) == 0;
}

static bool in_units(int64_t count)
{
    return count > 0 && count % UNIT == 0;
}

/* Whether it goes this way: the batch does not count, so that an example has the same bits in any.
 */
static bool fits(const struct convolve *c)
{
    bool plain = c->groups == 1 && !c->x_bf16 && !c->w_bf16 && !c->y_bf16;
    if (!c->winograd || !c->kernels->winograd || !plain || taps(c) < 2 || taps(c) > 3 ||
        !axis_fits(c, 0) || !axis_fits(c, 1) || !in_units(c->plan.channels) ||
        !in_units(c->plan.columns) || line_tiles(c) > LINE_BYTES / tile_bytes(c))
        return false;
    return c->kind != CONVOLVE_WEIGHT_GRADIENT ||
           (c->y_stride[3] == 1 && most_parts(c) >= LEAST_PARTS);
}

/* Blocks are rows of tiles, multiples of `unit` rows; a strip of them is multiplied at a time. */
static void plan_blocks(struct convolve *c, int64_t unit)
{
    struct convolve_plan *plan = &c->plan;
    int64_t pixels = line_pixels(c);
    int64_t tiles = smaller(larger(STRIP_BYTES / tile_bytes(c), LEAST_TILES), MOST_TILES);
    int64_t wanted = larger(1, tiles / line_tiles(c)), lines = unit * larger(1, wanted / unit);
    while (lines > unit && parts(plan->rows, lines * pixels) < WORKERS)
        lines = round_up(lines / 2, unit);
    plan->block_rows = lines * pixels;
    plan->row_blocks = parts(plan->rows, plan->block_rows);
    plan->column_blocks = 1;
    plan->block_columns = plan->columns;
    plan->winograd.strip = smaller(lines, wanted) * pixels;
    plan->winograd.tiles = smaller(plan->winograd.strip, plan->rows) / pixels * plan->winograd.line;
}

/* Few blocks are cut along the columns too. */
static void cut_columns(struct convolve *c, int64_t panel)
{
    struct convolve_plan *plan = &c->plan;
    while (!c->whole_rows && plan->block_columns > panel &&
           plan->row_blocks * parts(plan->columns, plan->block_columns) < WORKERS)
        plan->block_columns = round_up(plan->block_columns / 2, panel);
    plan->column_blocks = parts(plan->columns, plan->block_columns);
}

/* gathered: elements that lie where later the products do. */
static void reserve(struct convolve *c, int64_t gathered)
{
    struct convolve_plan *plan = &c->plan;
    size_t *bytes = &c->scratch_bytes, size = (size_t)c->kernels->size;
    int64_t tiles = plan->winograd.tiles, terms = plan->winograd.terms;
    int64_t products = numbers(c) * number_apart(tiles, plan->block_columns);
    plan->pointers_at = contract_reserve(bytes, larger(tiles, terms), sizeof(void *));
    plan->image_at = contract_reserve(
        bytes, plan->direct ? 0 : convolve_largest_image(c, plan->rows, plan->block_rows), size);
    plan->columns_at = contract_reserve(bytes, numbers(c) * number_apart(tiles, terms), size);
    plan->aside_at = contract_reserve(bytes, larger(gathered, products), size);
    plan->out_at = contract_reserve(
        bytes, plan->through ? smaller(plan->block_rows, plan->rows) * plan->block_columns : 0,
        size);
}

/* Tails may begin at some pixels only. */
static void plan_slide(struct convolve *c, int64_t lanes, bool regular)
{
    struct convolve_plan *plan = &c->plan;
    struct winograd_plan *w = &plan->winograd;
    int64_t panel = plan->width * lanes, phases = convolve_phases(c, 0) * convolve_phases(c, 1),
            unit = 1;
    while (unit * line_pixels(c) % AD_COLUMN_BLOCK != 0)
        unit++;
    plan->through = c->discard || !regular;
    plan->blocks_a_task = 1;
    plan_blocks(c, unit);
    cut_columns(c, panel);
    w->padded = round_up(plan->columns, panel);
    c->shared_bytes = (size_t)(phases * numbers(c) * w->terms * w->padded * c->kernels->size);
    c->tasks[CONTRACT_PACK] = whole_int(w->padded / panel);
    c->tasks[CONTRACT_MULTIPLY] = whole_int(plan->row_blocks * plan->column_blocks);
    reserve(c, taps(c) * taps(c) * plan->channels * panel);
}

static void plan_weight(struct convolve *c)
{
    struct convolve_plan *plan = &c->plan;
    struct winograd_plan *w = &plan->winograd;
    plan_blocks(c, 1);
    w->parts = smaller(plan->row_blocks, smaller(most_parts(c), MOST_PARTS));
    c->shared_bytes = (size_t)(w->parts * part_elements(c) * c->kernels->size);
    c->tasks[CONTRACT_PACK] = whole_int(w->parts);
    c->tasks[CONTRACT_MULTIPLY] = whole_int(w->terms / UNIT);
    reserve(c, taps(c) * taps(c) * UNIT * plan->columns);
}

bool convolve_winograd_plan(struct convolve *c, int64_t lanes, bool regular)
{
    struct convolve_plan *plan = &c->plan;
    if (!fits(c))
        return false;
    plan->winograd.side = (int)taps(c) + 1;
    plan->winograd.terms = terms_of(c);
    plan->winograd.line = line_tiles(c);
    plan->rows = c->batch * convolve_result_extent(c, 0) * convolve_result_extent(c, 1);
    plan->width = plan->columns > lanes ? 2 : 1;
    if (c->kind == CONVOLVE_WEIGHT_GRADIENT)
        plan_weight(c);
    else
        plan_slide(c, lanes, regular);
    return true;
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
    struct winograd_walk walk = {.in_row = r * block,
                                 .in_column = block,
                                 .out_row = side * apart,
                                 .out_column = apart,
                                 .tiles = 1,
                                 .count = block};
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
    struct winograd_walk walk = {.in_row = step[0] * image->row_step,
                                 .in_column = step[1] * image->column_step,
                                 .in_tile = 2 * step[1] * image->column_step,
                                 .out_row = w->side * apart,
                                 .out_column = apart,
                                 .out_tile = w->terms,
                                 .tiles = w->line,
                                 .count = c->plan.channels};
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

/* One number's product, all chunks and panels of the block: [tile][column]. */
static void multiply_number(const struct tiles *t, const struct slide *s, int64_t phase,
                            int64_t number)
{
    const struct convolve *c = t->run->convolve;
    const struct contract_kernels *kernels = c->kernels;
    const struct convolve_plan *plan = &c->plan;
    int64_t k = plan->winograd.terms, size = kernels->size;
    char *image = t->scratch + plan->columns_at,
         *out = t->scratch + plan->aside_at + number * number_apart(t->count, s->columns) * size;
    for (int64_t i = 0; i < t->count; i++)
        pointers(t)[i] = element(image, number * number_apart(t->count, k) + i * k, size);
    for (int64_t from = 0; from < k; from += AD_K_CHUNK) {
        struct terms terms = {chunk_terms(k, from), from, 0};
        struct chunk chunk = {
            .terms = &terms, .runs = 1, .row_step = 1, .apart = kernels->lanes, .add = from > 0};
        for (int64_t column = 0; column < s->columns; column += panel_lanes(c)) {
            int width = panel_width(kernels, plan->width, s->columns - column);
            chunk.column_step = width * kernels->lanes;
            kernels->multiply_panel(&chunk, width, pointers(t), t->count,
                                    packed(t->run, phase, number, from, s->column + column),
                                    element(out, column, size), s->columns);
        }
    }
}

/* The 2 x 2 results of each tile, in the strip's rows. */
static void place_results(const struct tiles *t, const struct slide *s, int64_t phase)
{
    const struct convolve *c = t->run->convolve;
    int64_t apart = number_apart(t->count, s->columns), line = c->plan.winograd.line,
            down = convolve_phases(c, 0), across = convolve_phases(c, 1),
            width = convolve_result_extent(c, 1), size = c->kernels->size;
    struct winograd_walk walk = {.in_row = c->plan.winograd.side * apart,
                                 .in_column = apart,
                                 .in_tile = s->columns,
                                 .out_row = down * width * s->out_step,
                                 .out_column = across * s->out_step,
                                 .out_tile = 2 * across * s->out_step,
                                 .tiles = line,
                                 .count = s->columns};
    const char *from = t->scratch + c->plan.aside_at;
    for (int64_t i = 0; i < t->lines; i++) {
        int64_t pixel = i * line_pixels(c) + phase / across * width + phase % across;
        transforms(c)->result(&walk, element(from, i * line * s->columns, size),
                              element(s->out, pixel * s->out_step, size));
    }
}

static void slide_strip(const struct slide *s, const struct image *image)
{
    const struct convolve *c = s->run->convolve;
    struct tiles t = tiles_of(s->run, s->first, s->rows, s->scratch);
    for (int64_t phase = 0; phase < convolve_phases(c, 0) * convolve_phases(c, 1); phase++) {
        transform_image(&t, image, phase);
        for (int64_t i = 0; i < numbers(c); i++)
            multiply_number(&t, s, phase, i);
        place_results(&t, s, phase);
    }
}

void convolve_winograd_slide(const struct slide *s)
{
    const struct convolve *c = s->run->convolve;
    struct image image = convolve_image_for(s->run, 0, s->first, s->rows, s->scratch);
    int64_t strip = c->plan.winograd.strip;
    for (int64_t from = 0; from < s->rows; from += strip) {
        struct slide part = *s;
        part.first += from;
        part.rows = smaller(s->rows - from, strip);
        part.out = element(s->out, from * s->out_step, c->kernels->size);
        slide_strip(&part, &image);
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
    struct winograd_walk walk = {.in_row = stride[1],
                                 .in_column = stride[2],
                                 .in_tile = 2 * stride[2],
                                 .out_row = w->side * apart,
                                 .out_column = apart,
                                 .out_tile = c->plan.columns,
                                 .tiles = w->line,
                                 .count = c->plan.columns};
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
    struct chunk chunk = {.terms = &terms,
                          .runs = 1,
                          .row_step = k,
                          .column_step = plan->columns,
                          .apart = kernels->lanes,
                          .add = add};
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
    struct winograd_walk walk = {.in_row = w->side * apart,
                                 .in_column = apart,
                                 .out_row = r * count,
                                 .out_column = count,
                                 .tiles = 1,
                                 .count = count};
    transforms(c)->gather(&walk, total, gathered);
    struct turn turn = turn_of(c, task * UNIT / c->plan.channels);
    for (int64_t t = 0; t < r * r; t++) {
        int64_t at = channel * c->w_stride[1] + weight_at(c, &turn, t / r, t % r);
        kernels->place_block(element(gathered, t * count, kernels->size), columns, UNIT, columns,
                             element(run->w, at, kernels->size), c->w_stride[1], c->w_stride[0]);
    }
}
