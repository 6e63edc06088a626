/* Loops over more memory than caches hold write past the caches: the same bits as when a few rows
 * are computed at a time, whatever the rows' length and where they lie. */
#include "test.h"

#include "arrays.h"
#include "cpu/kernels.h"
#include "op/row.h"
#include "small_loop.h"

enum { FETCHES = 4, BYTES = 34 << 20, PIECES = 8 };

struct net {
    ad_context *context;
    ad_graph *graph;
    ad_state *state;
    ad_program *program;
};

/* Rows that are written as they lie, with a bias; put into longer rows; reduced and written; and
 * written but also read again before the loop ends. */
static struct net open_net(const char *isa, ad_type type, int64_t rows, int64_t columns)
{
    struct net n = {.context = ad_context_new(.threads = 2, .isa = isa)};
    ad_graph *g = n.graph = ad_graph_new(n.context);
    ad_tensor *x = ad_feed(g, "x", type, AD_SHAPE(rows, columns));
    ad_tensor *w = ad_feed(g, "w", type, AD_SHAPE(columns));
    ad_tensor *sum = ad_add(ad_mul(x, w), w);
    ad_tensor *beside = ad_concat((ad_tensor *[]){ad_slice(x, 1, 0, 1, 1), ad_exp(x)}, 2, 1);
    ad_tensor *again = ad_sub(ad_square(x), w);
    ad_tensor *rest = ad_mul(again, ad_sum(again, AD_AXES(1), .keep = true));
    n.state = ad_state_new(g, 1);
    n.program = ad_compile(n.state, .feed = {x, w},
                           .fetch = {sum, beside, ad_add(again, rest), ad_softmax(x, 1)});
    if (!n.program)
        TEST_FAILED("%lld x %lld: %s", (long long)rows, (long long)columns, ad_error());
    return n;
}

static void close_net(struct net *n)
{
    ad_program_free(n->program);
    ad_state_free(n->state);
    ad_graph_free(n->graph);
    ad_context_free(n->context);
}

static ad_array piece_of(const ad_array *x, int piece, int64_t rows)
{
    ad_array part = *x;
    part.shape.size[0] = rows;
    part.data = (char *)x->data + (size_t)piece * ad_array_bytes(&part);
    return part;
}

static void check_shape(const char *isa, ad_type type, int64_t columns)
{
    int64_t row = columns * (int64_t)ad_type_size(type), few = BYTES / PIECES / 2 / row + 1;
    uint64_t random = (uint64_t)columns;
    struct net many = open_net(isa, type, few * PIECES, columns);
    struct net one = open_net(isa, type, few, columns);
    ad_array in[] = {array_random(type, AD_SHAPE(few * PIECES, columns), &random, -2, 2),
                     array_random(type, AD_SHAPE(columns), &random, -1, 1)};
    ad_array whole[FETCHES] = {0}, part[FETCHES] = {0};
    bool ran = many.program && one.program && ad_run(many.program, in, whole) == AD_OK;
    CHECK(ran);
    for (int p = 0; ran && p < PIECES; p++) {
        ran = ad_run(one.program, (ad_array[]){piece_of(&in[0], p, few), in[1]}, part) == AD_OK;
        CHECK(ran);
        for (int i = 0; ran && i < FETCHES; i++) {
            ad_array found = piece_of(&whole[i], p, few);
            if (array_difference(&found, &part[i]) >= 0)
                TEST_FAILED("%s, rows of %lld: result %d differs in piece %d", ad_type_name(type),
                            (long long)columns, i, p);
        }
    }
    free(in[0].data);
    free(in[1].data);
    close_net(&many);
    close_net(&one);
}

static void check(const char *isa)
{
    static const int64_t columns[] = {1, 100, 1000, 1001, 1024, 9000, 9001, 100003};
    if (!isa_is_here(isa))
        return;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        check_shape(isa, i % 3 ? AD_F32 : AD_F64, columns[i]);
}

TEST_SETS(check)

/* ---- results whose rows lie apart: at a multiple of a vector each, or only the first */

enum { LINES = 40, LINE = 1024, ROOM = LINES * (LINE + 16) };

/* y = (x + w) x, in a loop of its own. */
static bool run_loop(const struct tile_table *tile, int64_t apart, float *x, float *w, float *y)
{
    struct small_loop s = {
        .operand = {{.value = 0, .type = AD_F32, .stride = {LINE, 1}},
                    {.value = 1, .type = AD_F32, .stride = {0, 1}},
                    {.value = 2, .type = AD_F32, .stride = {apart, 1}, .written = true}},
        .code = {{.kind = LOOP_LOAD, .out = 0, .in = {-1, -1, -1}, .operand = 0},
                 {.kind = LOOP_LOAD, .out = 1, .in = {-1, -1, -1}, .operand = 1},
                 {.kind = LOOP_COMPUTE, .op = &op_add, .out = 2, .in = {0, 1, -1}},
                 {.kind = LOOP_COMPUTE, .op = &op_mul, .out = 3, .in = {2, 0, -1}},
                 {.kind = LOOP_STORE, .out = -1, .in = {3, -1, -1}, .operand = 2}}};
    bool finished = small_loop_finish(&s, LINES, LINE, 4, 5), streams = false;
    s.loop.streams = true;
    size_t bytes = finished ? (tile_prepare(tile, &s.loop) + 63) / 64 * 64 : 64;
    void *scratch = aligned_alloc(64, bytes), *base[] = {x, w, y};
    for (int i = 0; finished && i < s.loop.stages; i++)
        streams |= s.stage[i].streams;
    if (finished && scratch)
        tile_run(tile, &(struct loop_run){.loop = &s.loop, .base = base}, 0, LINES, 0, LINE,
                 scratch);
    free(scratch);
    return streams;
}

static void check_apart(const struct tile_table *tile, int64_t apart)
{
    static _Alignas(64) float x[LINES * LINE], w[LINE], y[ROOM];
    for (int i = 0; i < LINES * LINE; i++)
        x[i] = (float)(i % 1009), w[i % LINE] = (float)(i % LINE % 5);
    for (int i = 0; i < ROOM; i++)
        y[i] = -1;
    CHECK(run_loop(tile, apart, x, w, y));
    int wrong = 0;
    for (int64_t i = 0; i < LINES * apart; i++) {
        int64_t row = i / apart, column = i % apart, at = row * LINE + column;
        wrong += y[i] != (column < LINE ? (x[at] + w[column]) * x[at] : -1);
    }
    CHECK_EQ(wrong, 0);
}

TEST(rows_apart)
{
    ad_context *c = ad_context_new(.threads = 1);
    for (int extra = 0; extra <= 16; extra++)
        check_apart(cpu_tables(c)->tile, LINE + extra);
    ad_context_free(c);
}

TEST_MAIN
