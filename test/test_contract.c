/* Matrix products and convolutions against naive loops, bit for bit, on every instruction set that
 * this processor has; with --bench [instruction set [part of a name]] their speed.
 *
 * The naive loops are the definition of the bits (core/order.h, cpu/contract.h).  Shapes, strides,
 * types and tails are drawn at random; tasks run in random order with dirty scratch.  SSE2 has no
 * fused multiply-add and is compared by a bound. */
#define _GNU_SOURCE
#include <math.h>

#include "contract_bench.h"
#include "contract_tools.h"

/* ---------------------------------------------------------------- elements of any type */

enum kind { F32, F64, BF16 };

static size_t kind_size(enum kind kind)
{
    return kind == F64 ? 8 : kind == F32 ? 4 : 2;
}

static double get(const void *base, enum kind kind, int64_t i)
{
    if (kind == F64)
        return ((const double *)base)[i];
    if (kind == F32)
        return ((const float *)base)[i];
    uint32_t bits = (uint32_t)((const uint16_t *)base)[i] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void put(void *base, enum kind kind, int64_t i, double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    if (kind == F64)
        ((double *)base)[i] = value;
    else if (kind == F32)
        ((float *)base)[i] = narrow;
    else
        ((uint16_t *)base)[i] = (uint16_t)(bits >> 16);
}

static double fused(enum kind kind, double a, double b, double c)
{
    return kind == F64 ? fma(a, b, c) : (double)fmaf((float)a, (float)b, (float)c);
}

static double sum(enum kind kind, double a, double b)
{
    return kind == F64 ? a + b : (double)((float)a + (float)b);
}

/* A sum as core/order.h wants it. */
struct total {
    enum kind kind;
    int64_t terms;
    double total, chunk;
};

static void total_add(struct total *t, double a, double b)
{
    if (t->terms > 0 && t->terms % AD_K_CHUNK == 0) {
        t->total = t->terms == AD_K_CHUNK ? t->chunk : sum(t->kind, t->total, t->chunk);
        t->chunk = 0;
    }
    t->chunk = fused(t->kind, a, b, t->chunk);
    t->terms++;
}

static double total_end(const struct total *t)
{
    return t->terms <= AD_K_CHUNK ? t->chunk : sum(t->kind, t->total, t->chunk);
}

/* ---------------------------------------------------------------- memory */

/* A tensor of up to 4 axes with random strides. */
struct tensor {
    enum kind kind;
    int64_t size[4], stride[4], elements;
    char *memory;
    void *at;
};

static void tensor_fill(struct tensor *t)
{
    t->memory = memory_of((size_t)(t->elements + 16) * kind_size(t->kind));
    t->at = t->memory + draw(3) * (int64_t)kind_size(t->kind);
    for (int64_t i = 0; i < t->elements; i++)
        put(t->at, t->kind, i, (double)(draw(2001) - 1000) / 1000);
}

/* Axes from the slowest to the fastest, with a gap after some of them; repeated: axis that gets
 * stride 0, or -1. */
static struct tensor tensor_new(enum kind kind, const int64_t *size, const int *order, int64_t gap,
                                int repeated)
{
    struct tensor t = {.kind = kind, .elements = 1};
    for (int i = 3; i >= 0; i--) {
        int axis = order[i];
        t.size[axis] = size[axis];
        t.stride[axis] = axis == repeated ? 0 : t.elements;
        if (axis != repeated)
            t.elements = t.elements * size[axis] + (i > 0 ? gap : 0);
    }
    tensor_fill(&t);
    return t;
}

static void tensor_free(struct tensor *t)
{
    free(t->memory);
}

static double at(const struct tensor *t, int64_t i, int64_t j, int64_t k, int64_t l)
{
    return get(t->at, t->kind,
               i * t->stride[0] + j * t->stride[1] + k * t->stride[2] + l * t->stride[3]);
}

static const int orders[][4] = {{0, 1, 2, 3}, {0, 2, 1, 3}, {2, 0, 1, 3}, {1, 0, 2, 3},
                                {0, 3, 1, 2}, {0, 1, 3, 2}, {3, 2, 1, 0}};

/* ---------------------------------------------------------------- judging a result */

struct judge {
    const char *what, *isa;
    char shape[400];
    enum kind kind;
    bool exact;
    double bound;
    bool failed;
};

static void judge(struct judge *j, double wanted, double got)
{
    bool same = wanted == got || (isnan(wanted) && isnan(got));
    if (!j->exact)
        same = fabs(wanted - got) <= j->bound;
    if (!same && !j->failed)
        report(j->what, j->isa, j->shape, wanted, got);
    j->failed |= !same;
}

/* ---------------------------------------------------------------- a tail: notes each value and
 * turns its sign */

struct note {
    enum kind kind;
    int64_t rows, columns;
    bool whole, bad;
    double *value;
    int *count;
};

static void note_tail(void *user, void *c, int64_t row_stride, int64_t batch, int64_t row,
                      int64_t rows, int64_t column, int64_t columns)
{
    struct note *n = user;
    n->bad |= row % AD_COLUMN_BLOCK != 0 || (row + rows != n->rows && rows % AD_COLUMN_BLOCK != 0);
    n->bad |= n->whole && (column != 0 || columns != n->columns);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            int64_t to = (batch * n->rows + row + i) * n->columns + column + j;
            n->value[to] = get(c, n->kind, i * row_stride + j);
            n->count[to]++;
            put(c, n->kind, i * row_stride + j, -n->value[to]);
        }
}

static struct note note_new(enum kind kind, int64_t batch, int64_t rows, int64_t columns,
                            bool whole)
{
    size_t count = (size_t)(batch * rows * columns);
    struct note n = {.kind = kind, .rows = rows, .columns = columns, .whole = whole};
    n.value = memory_of(count * sizeof *n.value);
    n.count = memory_of(count * sizeof *n.count);
    memset(n.count, 0, count * sizeof *n.count);
    return n;
}

static void note_free(struct note *n)
{
    free(n->value);
    free(n->count);
}

/* ---------------------------------------------------------------- matrices */

static struct contract_operand operand_of(const struct tensor *t)
{
    return (struct contract_operand){t->stride[0], t->stride[1], t->stride[2], t->kind == BF16};
}

static void judge_matrix(struct judge *j, const struct contract *c, const struct tensor *a,
                         const struct tensor *b, const struct tensor *out, const struct note *note)
{
    for (int64_t n = 0; n < c->batch; n++)
        for (int64_t row = 0; row < c->m; row++)
            for (int64_t column = 0; column < c->n; column++) {
                struct total total = {.kind = j->kind};
                for (int64_t k = 0; k < c->k; k++)
                    total_add(&total, at(a, n, row, k, 0), at(b, n, k, column, 0));
                double wanted = total_end(&total), got = at(out, n, row, column, 0);
                int64_t noted = (n * c->m + row) * c->n + column;
                if (!c->discard)
                    judge(j, c->has_tail ? -wanted : wanted, got);
                if (c->has_tail)
                    judge(j, wanted, note->count[noted] == 1 ? note->value[noted] : INFINITY);
            }
}

static struct tensor random_operand(enum kind kind, int64_t batch, int64_t rows, int64_t columns,
                                    bool repeat)
{
    static const int layout[][4] = {
        {0, 1, 2, 3}, {0, 2, 1, 3}, {1, 0, 2, 3}, {2, 1, 0, 3}, {0, 1, 3, 2}};
    int64_t size[4] = {batch, rows, columns, 1};
    const int *order = layout[PICK(0, 0, 0, 1, 1, 2, 3)];
    return tensor_new(kind, size, order, draw(3) ? 0 : draw(4), repeat && draw(2) ? 0 : -1);
}

static void test_matrix(const struct machine *machine, int64_t batch, int64_t m, int64_t n,
                        int64_t k)
{
    enum kind kind = draw(2) ? F32 : F64, bf16 = kind == F32 && draw(4) == 0 ? BF16 : kind;
    struct contract c = {
        .type = kind == F64 ? AD_F64 : AD_F32, .batch = batch, .m = m, .n = n, .k = k};
    c.keep = draw(4) == 0;
    c.has_tail = draw(3) == 0;
    c.whole_rows = c.has_tail && draw(2);
    c.discard = c.has_tail && draw(2);
    struct tensor a = random_operand(bf16, batch, m, k, true),
                  b = random_operand(draw(2) ? bf16 : kind, batch, k, n, true);
    struct tensor out = random_operand(kind, batch, m, n, false);
    c.a = operand_of(&a), c.b = operand_of(&b), c.c = operand_of(&out);
    contract_plan(&c, machine->table);
    struct note note = note_new(kind, batch, m, n, c.whole_rows);
    struct contract_run run = {
        .contract = &c, .a = a.at, .b = b.at, .c = out.at, .shared = memory_of(c.shared_bytes)};
    run.tail = c.has_tail ? note_tail : NULL;
    run.user = &note;
    run_phase(matrix_step, &run, CONTRACT_PACK, c.tasks[CONTRACT_PACK], c.scratch_bytes);
    run_phase(matrix_step, &run, CONTRACT_MULTIPLY, c.tasks[CONTRACT_MULTIPLY], c.scratch_bytes);
    struct judge j = {
        .what = "matrix", .isa = machine->name, .kind = kind, .exact = machine->isa != ISA_SSE2};
    j.bound = (kind == F64 ? 0x1p-53 : 0x1p-24) * (double)(k + 4) * (double)(k + 4);
    snprintf(j.shape, sizeof j.shape,
             "%s batch %d m %d n %d k %d, a (%d %d %d)%s b (%d %d %d)%s c (%d %d %d) keep %d tail "
             "%d whole %d discard %d swap %d",
             kind == F64 ? "f64" : "f32", (int)batch, (int)m, (int)n, (int)k, (int)c.a.batch,
             (int)c.a.row, (int)c.a.column, c.a.bf16 ? "bf16" : "", (int)c.b.batch, (int)c.b.row,
             (int)c.b.column, c.b.bf16 ? "bf16" : "", (int)c.c.batch, (int)c.c.row, (int)c.c.column,
             c.keep, c.has_tail, c.whole_rows, c.discard, c.plan.swap);
    judge_matrix(&j, &c, &a, &b, &out, &note);
    if (note.bad)
        report("tail blocks of matrix", machine->name, j.shape, 0, 1);
    free(run.shared);
    note_free(&note);
    tensor_free(&a), tensor_free(&b), tensor_free(&out);
}

static void test_matrices(const struct machine *machine, int rounds)
{
    static const int64_t fixed[][4] = {
        {1, 2, 16, 16},   {1, 32, 1, 20},   {1, 1, 1, 1},     {1, 300, 40, 5}, {1, 40, 300, 5},
        {1, 200, 100, 3}, {0, 3, 3, 3},     {2, 0, 3, 3},     {2, 3, 0, 3},    {2, 3, 3, 0},
        {1, 1, 70, 600},  {1, 70, 1, 600},  {1, 13, 7, 1030}, {48, 8, 8, 8},   {3, 130, 70, 40},
        {1, 5, 200, 513}, {1, 400, 10, 30}, {1, 257, 65, 513}};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        for (int again = 0; again < 6; again++)
            test_matrix(machine, fixed[i][0], fixed[i][1], fixed[i][2], fixed[i][3]);
    for (int i = 0; i < rounds; i++)
        test_matrix(machine, PICK(1, 1, 2, 3), 1 + draw(PICK(4, 20, 80, 300)),
                    1 + draw(PICK(4, 20, 40, 140)), 1 + draw(PICK(4, 20, 40, 600)));
}

/* ---------------------------------------------------------------- convolutions */

struct images {
    struct tensor x, w, y;
};

static int64_t to_index(const struct convolve *c, int axis, int64_t out, int64_t tap)
{
    const struct convolve_axis *a = &c->axis[axis];
    return out * a->stride - a->padding + tap * a->dilation;
}

static double pixel(const struct tensor *t, int64_t n, int64_t row, int64_t column, int64_t channel)
{
    bool inside = row >= 0 && row < t->size[1] && column >= 0 && column < t->size[2];
    return inside ? at(t, n, row, column, channel) : 0;
}

static double naive_forward(const struct convolve *c, const struct images *s, enum kind kind,
                            int64_t n, int64_t i, int64_t j, int64_t f)
{
    struct total total = {.kind = kind};
    int64_t channels = c->channels / c->groups, first = f / (c->filters / c->groups) * channels;
    for (int64_t p = 0; p < c->axis[0].kernel; p++)
        for (int64_t q = 0; q < c->axis[1].kernel; q++)
            for (int64_t k = 0; k < channels; k++)
                total_add(&total,
                          pixel(&s->x, n, to_index(c, 0, i, p), to_index(c, 1, j, q), first + k),
                          at(&s->w, f, k, p, q));
    return total_end(&total);
}

static double naive_input(const struct convolve *c, const struct images *s, enum kind kind,
                          int64_t n, int64_t h, int64_t v, int64_t channel)
{
    struct total total = {.kind = kind};
    int64_t channels = c->channels / c->groups, filters = c->filters / c->groups,
            group = channel / channels;
    for (int64_t p = 0; p < c->axis[0].kernel; p++)
        for (int64_t q = 0; q < c->axis[1].kernel; q++) {
            int64_t i = h + c->axis[0].padding - p * c->axis[0].dilation,
                    j = v + c->axis[1].padding - q * c->axis[1].dilation;
            if (i % c->axis[0].stride != 0 || j % c->axis[1].stride != 0)
                continue;
            for (int64_t k = 0; k < filters; k++)
                total_add(&total,
                          pixel(&s->y, n, i / c->axis[0].stride, j / c->axis[1].stride,
                                group * filters + k),
                          at(&s->w, group * filters + k, channel % channels, p, q));
        }
    return total_end(&total);
}

static double naive_weight(const struct convolve *c, const struct images *s, enum kind kind,
                           int64_t f, int64_t channel, int64_t p, int64_t q)
{
    struct total total = {.kind = kind};
    int64_t first = f / (c->filters / c->groups) * (c->channels / c->groups);
    for (int64_t n = 0; n < c->batch; n++)
        for (int64_t i = 0; i < c->axis[0].out; i++)
            for (int64_t j = 0; j < c->axis[1].out; j++)
                total_add(
                    &total, at(&s->y, n, i, j, f),
                    pixel(&s->x, n, to_index(c, 0, i, p), to_index(c, 1, j, q), first + channel));
    return total_end(&total);
}

static void judge_convolve(struct judge *j, const struct convolve *c, const struct images *s,
                           const struct note *note)
{
    const struct tensor *out = c->kind == CONVOLVE_FORWARD          ? &s->y
                               : c->kind == CONVOLVE_INPUT_GRADIENT ? &s->x
                                                                    : &s->w;
    int64_t noted = 0;
    for (int64_t n = 0; n < out->size[0]; n++)
        for (int64_t h = 0; h < out->size[1]; h++)
            for (int64_t v = 0; v < out->size[2]; v++)
                for (int64_t k = 0; k < out->size[3]; k++, noted++) {
                    double wanted = c->kind == CONVOLVE_FORWARD
                                        ? naive_forward(c, s, j->kind, n, h, v, k)
                                    : c->kind == CONVOLVE_INPUT_GRADIENT
                                        ? naive_input(c, s, j->kind, n, h, v, k)
                                        : naive_weight(c, s, j->kind, n, h, v, k);
                    if (!c->discard)
                        judge(j, c->has_tail ? -wanted : wanted, at(out, n, h, v, k));
                    if (c->has_tail)
                        judge(j, wanted, note->count[noted] == 1 ? note->value[noted] : INFINITY);
                }
}

static struct convolve_axis random_axis(void)
{
    struct convolve_axis a = {
        .kernel = PICK(1, 2, 3, 3, 5), .stride = PICK(1, 1, 1, 2, 3), .dilation = PICK(1, 1, 1, 2)};
    a.padding = draw(a.kernel + 1);
    a.in = 1 + draw(PICK(4, 14));
    int64_t span = (a.kernel - 1) * a.dilation + 1;
    if (a.in + 2 * a.padding < span)
        a.in = span;
    a.out = (a.in + 2 * a.padding - span) / a.stride + 1;
    if (draw(8) == 0 && a.out > 1)
        a.out--;
    return a;
}

static void random_convolve(struct convolve *c)
{
    c->batch = PICK(1, 2, 3, 7);
    c->groups = PICK(1, 1, 1, 2, 3);
    c->channels = c->groups * PICK(1, 1, 3, 4, 8, 17);
    c->filters = c->groups * PICK(1, 2, 3, 8, 16, 17, 32, 40);
    if (draw(5) == 0)
        c->groups = c->channels = c->filters = PICK(3, 8, 16, 21, 40);
    c->axis[0] = draw(4) == 0 ? (struct convolve_axis){1, 1, 1, 1, 0, 1} : random_axis();
    c->axis[1] = random_axis();
    int64_t cost = c->batch * c->axis[0].out * c->axis[1].out * c->filters * c->channels *
                   c->axis[0].kernel * c->axis[1].kernel;
    if (cost / c->groups > 3000000)
        c->batch = 1;
}

static struct images images_new(struct convolve *c, enum kind kind)
{
    struct images s;
    enum kind other = kind == F32 && draw(4) == 0 ? BF16 : kind;
    enum kind x = c->kind == CONVOLVE_INPUT_GRADIENT ? kind : other,
              w = c->kind == CONVOLVE_WEIGHT_GRADIENT || draw(2) ? kind : other;
    enum kind y = c->kind == CONVOLVE_FORWARD ? kind : other;
    int64_t sx[4] = {c->batch, c->axis[0].in, c->axis[1].in, c->channels},
            sy[4] = {c->batch, c->axis[0].out, c->axis[1].out, c->filters};
    int64_t sw[4] = {c->filters, c->channels / c->groups, c->axis[0].kernel, c->axis[1].kernel};
    s.x = tensor_new(x, sx, orders[PICK(0, 0, 0, 1, 2, 3, 4, 5, 6)], draw(4) ? 0 : draw(3), -1);
    s.y = tensor_new(y, sy, orders[PICK(0, 0, 0, 1, 2, 3, 4, 5, 6)], draw(4) ? 0 : draw(3), -1);
    s.w = tensor_new(w, sw, orders[PICK(0, 0, 0, 1, 2, 3, 4, 5, 6)], 0, -1);
    memcpy(c->x_stride, s.x.stride, sizeof c->x_stride);
    memcpy(c->y_stride, s.y.stride, sizeof c->y_stride);
    memcpy(c->w_stride, s.w.stride, sizeof c->w_stride);
    c->x_bf16 = x == BF16, c->w_bf16 = w == BF16, c->y_bf16 = y == BF16;
    return s;
}

static void describe(struct judge *j, const struct convolve *c)
{
    static const char *const kinds[] = {"forward", "input gradient", "weight gradient"};
    const struct convolve_axis *h = &c->axis[0], *v = &c->axis[1];
    snprintf(j->shape, sizeof j->shape,
             "%s %s batch %d channels %d filters %d groups %d height (%d to %d, kernel %d stride "
             "%d padding %d dilation %d) width (%d to %d, kernel %d stride "
             "%d padding %d dilation %d) tail %d discard %d bf16 %d%d%d",
             kinds[c->kind], c->type == AD_F64 ? "f64" : "f32", (int)c->batch, (int)c->channels,
             (int)c->filters, (int)c->groups, (int)h->in, (int)h->out, (int)h->kernel,
             (int)h->stride, (int)h->padding, (int)h->dilation, (int)v->in, (int)v->out,
             (int)v->kernel, (int)v->stride, (int)v->padding, (int)v->dilation, c->has_tail,
             c->discard, c->x_bf16, c->w_bf16, c->y_bf16);
}

static void test_convolve(const struct machine *machine, struct convolve c)
{
    enum kind kind = draw(2) ? F32 : F64;
    c.type = kind == F64 ? AD_F64 : AD_F32;
    c.kind = (enum convolve_kind)draw(3);
    c.has_tail = c.kind != CONVOLVE_WEIGHT_GRADIENT && draw(3) == 0;
    c.whole_rows = c.has_tail && draw(2);
    c.discard = c.has_tail && draw(2);
    struct images s = images_new(&c, kind);
    const struct tensor *out = c.kind == CONVOLVE_FORWARD ? &s.y : &s.x;
    convolve_plan(&c, machine->table);
    struct note note =
        note_new(kind, 1, out->size[0] * out->size[1] * out->size[2], out->size[3], c.whole_rows);
    struct convolve_run run = {
        .convolve = &c, .x = s.x.at, .w = s.w.at, .y = s.y.at, .shared = memory_of(c.shared_bytes)};
    run.tail = c.has_tail ? note_tail : NULL;
    run.user = &note;
    run_phase(convolve_step, &run, CONTRACT_PACK, c.tasks[CONTRACT_PACK], c.scratch_bytes);
    run_phase(convolve_step, &run, CONTRACT_MULTIPLY, c.tasks[CONTRACT_MULTIPLY], c.scratch_bytes);
    struct judge j = {.what = "convolution",
                      .isa = machine->name,
                      .kind = kind,
                      .exact = machine->isa != ISA_SSE2};
    j.bound = (kind == F64 ? 0x1p-53 : 0x1p-24) * 4e6;
    describe(&j, &c);
    judge_convolve(&j, &c, &s, &note);
    if (note.bad)
        report("tail blocks of convolution", machine->name, j.shape, 0, 1);
    free(run.shared);
    note_free(&note);
    tensor_free(&s.x), tensor_free(&s.w), tensor_free(&s.y);
}

static void test_convolves(const struct machine *machine, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        struct convolve c = {0};
        random_convolve(&c);
        if (i % 50 == 0)
            c.batch = 0;
        if (i % 50 == 1)
            c.axis[1].out = 0;
        test_convolve(machine, c);
    }
}

/* Taps outside the image are factors 0, also against weights that are not finite. */
static void test_infinite_margin(const struct machine *machine)
{
    float x[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, w[9] = {INFINITY, 1, 1, 1, 1, 1, 1, 1, 1}, y[9];
    struct convolve c = {.type = AD_F32,
                         .batch = 1,
                         .channels = 1,
                         .filters = 1,
                         .groups = 1,
                         .axis = {{3, 3, 3, 1, 1, 1}, {3, 3, 3, 1, 1, 1}},
                         .x_stride = {9, 3, 1, 1},
                         .w_stride = {9, 9, 3, 1},
                         .y_stride = {9, 3, 1, 1}};
    convolve_plan(&c, machine->table);
    struct convolve_run run = {
        .convolve = &c, .x = x, .w = w, .y = y, .shared = memory_of(c.shared_bytes)};
    run_phase(convolve_step, &run, CONTRACT_PACK, c.tasks[CONTRACT_PACK], c.scratch_bytes);
    run_phase(convolve_step, &run, CONTRACT_MULTIPLY, c.tasks[CONTRACT_MULTIPLY], c.scratch_bytes);
    if (!isnan(y[0]) || !isinf(y[4]))
        report("margin", machine->name, "3x3", NAN, y[0]);
    free(run.shared);
}

int main(int count, char **words)
{
    bool bench = count > 1 && strcmp(words[1], "--bench") == 0;
    for (const struct machine *m = machines; m->name; m++) {
        if (!isa_supported(m->isa) || (bench && count > 2 && strcmp(words[2], m->name) != 0))
            continue;
        if (bench) {
            bench_only = count > 3 ? words[3] : "";
            bench_matrices(m);
            bench_convolves(m);
            if (count <= 2)
                break;
            continue;
        }
        test_matrices(m, 300);
        test_convolves(m, 400);
        test_infinite_margin(m);
    }
    if (failures)
        printf("%d failures\n", failures);
    return failures ? 1 : 0;
}
