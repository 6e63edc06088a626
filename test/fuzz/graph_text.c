/* Graph text: refused with words, or a graph that prints and reads back equal, compiles, and gives
 * the same numbers on the interpreter and on the kernels. */
#include "fuzz.h"

#include <math.h>

#include "core/check.h"

enum { TEXT_MAX = 1 << 14, ELEMENTS_MAX = 1 << 12, NODES_MAX = 200, WINDOW_MAX = 64, ENDS = 4 };

/* Open sizes become 3: 2 and 1 hide too much. */
static ad_shape closed(const ad_graph *graph, const ad_shape *shape)
{
    struct dim_sizes sizes;
    for (int i = 0; i < DIM_OPEN_MAX; i++)
        sizes.size[i] = 3;
    return dim_shape_value(graph, shape, &sizes);
}

static bool is_small_shape(const ad_graph *graph, const ad_shape *shape)
{
    ad_shape s = closed(graph, shape);
    double count = 1;
    for (int i = 0; i < s.rank; i++) {
        if (s.size[i] < 0)
            return false;
        count *= s.size[i] > 1 ? (double)s.size[i] : 1;
    }
    return count <= ELEMENTS_MAX;
}

/* Windows cost time by their size alone. */
static bool has_small_numbers(const struct node *node)
{
    for (int i = 0; i < node->op->field_count; i++) {
        const struct field *f = &node->op->fields[i];
        bool window =
            strstr("window window_w kernel kernel_w dilation dilation_w padding padding_w",
                   f->name) != NULL;
        int64_t number = 0;
        if (f->kind == FIELD_INT && window)
            memcpy(&number, (const char *)node->attributes + f->offset, sizeof number);
        if (number > WINDOW_MAX)
            return false;
    }
    return true;
}

/* Costs no more than a moment. */
static bool is_small(const ad_graph *graph)
{
    bool small = graph->count <= NODES_MAX && graph->body_count <= 8;
    for (int i = 0; small && i < graph->body_count; i++)
        small = is_small(graph->bodies[i]);
    for (int i = 0; small && i < graph->count; i++) {
        small = has_small_numbers(graph->nodes[i]);
        for (int k = 0; small && k < graph->nodes[i]->out_count; k++)
            small = is_small_shape(graph, &graph->nodes[i]->out[k].shape);
    }
    return small;
}

/* ---- running */

struct given {
    ad_tensor *feed[64];
    ad_array value[64];
    int count;
};

static void fill(ad_array *a)
{
    int64_t count = ad_array_count(a);
    for (int64_t i = 0; i < count; i++)
        switch (a->type) {
        case AD_F32: ((float *)a->data)[i] = (float)(i % 7) / 4 - 0.5f; break;
        case AD_F64: ((double *)a->data)[i] = (double)(i % 5) / 4 - 0.5; break;
        case AD_I32: ((int32_t *)a->data)[i] = (int32_t)(i % 3); break;
        case AD_I64: ((int64_t *)a->data)[i] = i % 3; break;
        case AD_BF16: ((uint16_t *)a->data)[i] = 0x3f80; break;
        default: ((uint8_t *)a->data)[i] = i & 1; break;
        }
}

static bool give(ad_graph *graph, struct given *g)
{
    for (int i = 0; i < graph->count; i++) {
        ad_tensor *t = &graph->nodes[i]->out[0];
        if (graph->nodes[i]->op != &op_feed)
            continue;
        if (g->count == 64)
            return false;
        ad_array *a = &g->value[g->count];
        *a = (ad_array){.type = t->type, .shape = closed(graph, &t->shape)};
        a->data = aligned_alloc(64, (ad_array_bytes(a) + 64) / 64 * 64);
        fill(a);
        g->feed[g->count++] = t;
    }
    return true;
}

static double norm(double x)
{
    return isnan(x) ? -123456 : x;
}

static void compare(const ad_array *a, const ad_array *b)
{
    FUZZ_CHECK(a->type == b->type && a->shape.rank == b->shape.rank);
    for (int64_t i = 0; i < ad_array_count(a); i++)
        FUZZ_CHECK(norm(ad_array_item(a, i)) == norm(ad_array_item(b, i)));
}

/* Both ways; where one has room the other may not, but what both give is equal. */
static void run(ad_graph *graph, ad_tensor *const *fetch, int count, bool training)
{
    struct given g = {0};
    ad_program *p[2] = {NULL, NULL};
    ad_state *state[2] = {NULL, NULL};
    ad_array out[2][ENDS] = {0};
    bool ok = give(graph, &g);
    for (int way = 0; ok && way < 2; way++) {
        ad_compile_options o = AD_OPTIONS(ad_compile_options);
        o.fetch_list = fetch, o.fetch_count = count;
        o.feed_list = g.feed, o.feed_count = g.count;
        o.training = training, o.naive = way == 0;
        state[way] = ad_state_new(graph, 1);
        p[way] = state[way] ? (ad_compile)(state[way], &o) : NULL;
        ok = p[way] && ad_run(p[way], g.value, out[way]) == AD_OK;
        FUZZ_CHECK(ok || *ad_error());
    }
    for (int i = 0; ok && i < count; i++)
        compare(&out[0][i], &out[1][i]);
    for (int way = 0; way < 2; way++) {
        ad_program_free(p[way]);
        ad_state_free(state[way]);
    }
    for (int i = 0; i < g.count; i++)
        free(g.value[i].data);
}

/* The last tensors of the graph. */
static int ends_of(ad_graph *graph, ad_tensor **end)
{
    int count = 0;
    for (int i = graph->count - 1; i >= 0 && count < ENDS; i--)
        for (int k = 0; k < graph->nodes[i]->out_count && count < ENDS; k++)
            end[count++] = &graph->nodes[i]->out[k];
    return count;
}

static bool is_real(const ad_tensor *t)
{
    return t->type == AD_F32 || t->type == AD_F64;
}

/* Gradients of the last real tensor at the first feeds and variables. */
static void differentiate(ad_graph *graph)
{
    ad_tensor *x[ENDS], *dx[ENDS] = {0}, *y = NULL;
    int count = 0, last = graph->count - 1;
    for (; last >= 0 && !y; last--)
        y = is_real(&graph->nodes[last]->out[0]) ? &graph->nodes[last]->out[0] : NULL;
    for (int i = 0; i < graph->count && count < ENDS; i++)
        if ((graph->nodes[i]->op == &op_feed || graph->nodes[i]->op == &op_variable) &&
            is_real(&graph->nodes[i]->out[0]))
            x[count++] = &graph->nodes[i]->out[0];
    if (!y || !count)
        return;
    ad_gradient(y, x, count, dx);
    if (graph->poison || graph->failed)
        return;
    FUZZ_CHECK(check_graph(graph) == AD_OK);
    if (is_small(graph))
        run(graph, dx, count, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_memory memory = {0};
    ad_allocator allocator = {fuzz_resize, &memory};
    if (size > TEXT_MAX)
        return 0;
    setenv("ADZE_CHECK", "1", 1);
    ad_context *context = ad_context_new(.threads = 1, .devices = 2, .allocator = allocator);
    char *text = malloc(size + 1);
    FUZZ_CHECK(context && text);
    memcpy(text, data, size);
    text[size] = 0;
    ad_graph *graph = ad_graph_read(context, text);
    FUZZ_CHECK(graph || *ad_error());
    if (graph) {
        char *printed = strdup(ad_graph_text(graph));
        ad_graph *again = ad_graph_read(context, printed);
        FUZZ_CHECK(again && !strcmp(ad_graph_text(again), printed));
        ad_graph_free(again);
        free(printed);
        ad_tensor *end[ENDS];
        int count = ends_of(graph, end);
        if (count && is_small(graph)) {
            run(graph, end, count, graph->assign_count > 0);
            differentiate(graph);
        }
    }
    ad_graph_free(graph);
    ad_context_free(context);
    FUZZ_CHECK(memory.used == 0);
    free(text);
    return 0;
}
