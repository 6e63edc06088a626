/* What is a data-flow graph?  A net drawn from what the engine has of it, how many of its nodes a
 * fetch needs and how many kernels they become, sizes that change, and two nodes on two devices
 * with the times at which they ran. */
#include "lab.h"

enum { FETCHES = 4, SIZES = 6 };

static const lab_text fetch_name[FETCHES] = {{"hidden layer", "隐藏层"},
                                             {"loss", "损失"},
                                             {"gradients", "梯度"},
                                             {"training step", "训练步"}};

/* Two branches, the second on another device. */
static void draw_graph(lab *l)
{
    ad_graph *g = lab_graph_on(l, 2);
    ad_dim batch = ad_open(g, "batch");
    ad_tensor *first = ad_full(g, AD_F32, AD_SHAPE(4, 3), 1);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(batch, 4));
    ad_tensor *left = ad_tanh(ad_matmul(x, ad_variable(g, "w", first)));
    ad_device(g, 1);
    ad_tensor *z = ad_feed(g, "z", AD_F32, AD_SHAPE(batch, 4));
    ad_tensor *right = ad_sigmoid(ad_matmul(z, ad_variable(g, "u", first)));
    ad_device(g, 0);
    ad_sum(ad_mul(left, right), AD_AXES(1));
    lab_text title =
        T("Nodes compute, arrays flow on edges; what is on grey ground runs on a second device",
          "节点做运算，数组沿边流动；灰底部分在第二个设备上运行");
    lab_nodes(lab_boxes(l, title), g);
}

/* One run with a batch of so many zeros. */
static void run_once(lab *l, ad_program *p, int64_t count)
{
    ad_array feed[] = {ad_f32(lab_floats(l, count * 8), AD_SHAPE(count, 8)),
                       ad_f32(lab_floats(l, count), AD_SHAPE(count, 1))};
    lab_step(l, p, feed);
}

typedef struct counts {
    double nodes[FETCHES], kernels[FETCHES]; /* in the graph so far; of a program for the fetch */
    double bytes[SIZES], compiles;           /* memory of a step by batch size */
} counts;

/* Nodes as the graph grows, kernels for each fetch, and one program run with all sizes. */
static counts count(lab *l, const double *size)
{
    counts c;
    ad_graph *g = lab_graph(l);
    ad_dim batch = ad_open(g, "batch");
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(batch, 8)), *fetch[FETCHES];
    ad_tensor *y = ad_feed(g, "y", AD_F32, AD_SHAPE(batch, 1)), *w;
    fetch[0] = ad_tanh(ad_linear(x, .out = 32, .name = "hidden"));
    c.nodes[0] = lab_node_count(g);
    fetch[1] = ad_squared_error(ad_linear(fetch[0], .out = 1), y);
    c.nodes[1] = lab_node_count(g);
    w = ad_find(g, "hidden.weight");
    ad_gradient(fetch[1], &w, 1, &fetch[2]);
    c.nodes[2] = lab_node_count(g);
    fetch[3] = ad_sgd(fetch[1], .rate = 0.01);
    c.nodes[3] = lab_node_count(g);
    ad_state *state = lab_state(l, g, lab_seed(l));
    ad_program *p = NULL;
    for (int k = 0; k < FETCHES; k++) {
        p = lab_compile(l, state, .fetch = {fetch[k]}, .feed = {x, y}, .training = true);
        run_once(l, p, 64);
        c.kernels[k] = ad_program_about(p).kernels;
    }
    for (int i = 0; i < SIZES; i++) {
        run_once(l, p, (int64_t)size[i]);
        c.bytes[i] = (double)ad_program_about(p).arena_bytes / 1024;
    }
    c.compiles = ad_program_about(p).shapes;
    return c;
}

/* Milliseconds. */
typedef struct span {
    double begin, end, work;
} span;

/* A node that notes when it begins and ends. */
static int busy(void *user, const ad_array *in, int count, const ad_array *out)
{
    span *s = user;
    s->begin = 1e3 * lab_seconds();
    memcpy(out[0].data, in[0].data, (size_t)ad_array_count(&in[0]) * sizeof(float));
    do
        s->end = 1e3 * lab_seconds();
    while (count > 0 && s->end < s->begin + s->work);
    return 0;
}

/* How much of their time two nodes that need nothing of each other ran at once. */
static double together(lab *l, span s[2])
{
    ad_graph *g = lab_graph_on(l, 2);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(4)), *part[2];
    for (int k = 0; k < 2; k++) {
        ad_custom_op op = {
            .name = k ? "right" : "left", .results = 1, .value = busy, .user = &s[k]};
        ad_device(g, k);
        ad_custom(g, &op, &x, 1, &part[k]);
    }
    ad_device(g, 0);
    ad_tensor *sum = ad_sum(ad_add(part[0], part[1]), AD_ALL);
    ad_array feed = ad_f32(lab_floats(l, 4), AD_SHAPE(4));
    lab_step(l, lab_compile(l, lab_state(l, g, 1), .fetch = {sum}, .feed = {x}), &feed);
    double both = fmin(s[0].end, s[1].end) - fmax(s[0].begin, s[1].begin);
    return fmax(0, both) / fmin(s[0].end - s[0].begin, s[1].end - s[1].begin);
}

static void draw(lab *l, const double *size, const counts *c, const span s[2], double both)
{
    lab_text title = T("{0} nodes of a training step run as {1} kernels; the hidden layer as {2}",
                       "训练步有 {0} 个节点，合并为 {1} 个内核；只取隐藏层时为 {2} 个", c->nodes[3],
                       c->kernels[3], c->kernels[0]);
    lab_figure *f = lab_named_bars(l, title, fetch_name, FETCHES, T("how many", "个数"));
    lab_bar(f, T("nodes in the graph", "图中节点"), c->nodes, NULL, NULL, FETCHES);
    lab_bar(f, T("kernels that run", "运行的内核"), c->kernels, NULL, NULL, FETCHES);
    f = lab_plot(l, T("One program takes batches of 1 to {0}: memory goes from {1} to {2} KiB",
                      "同一程序接受 1 到 {0} 的批量：内存从 {1} 到 {2} KiB", size[SIZES - 1],
                      c->bytes[0], c->bytes[SIZES - 1]));
    lab_x(f, T("batch size", "批量大小"), NULL, true);
    lab_y(f, T("memory of a run", "一次运行的内存"), "KiB", true);
    lab_line(f, T("", ""), size, c->bytes, SIZES);
    f = lab_plot(l, T("Two nodes on two devices that could run at once do so {0%} of the time",
                      "两个设备上互不依赖的两个节点，有 {0%} 的时间同时运行", both));
    double from = fmin(s[0].begin, s[1].begin);
    lab_x(f, T("time", "时间"), "ms", false);
    lab_y(f, T("device", "设备"), NULL, false);
    lab_y_limits(f, -0.5, 1.5);
    for (int k = 0; k < 2; k++)
        lab_line(f, k ? T("right", "右") : T("left", "左"),
                 (double[]){s[k].begin - from, s[k].end - from}, (double[]){k, k}, 2);
}

static void run(lab *l)
{
    double size[SIZES] = {1, 4, 16, 64, 256, 1024}, work = lab_get(l, "work");
    draw_graph(l);
    counts c = count(l, size);
    span s[2] = {{.work = work}, {.work = work}};
    double both = together(l, s);
    draw(l, size, &c, s, both);
    lab_say(l, T("Feeds are given to a run, variables kept by a state, a fetch is what one asks "
                 "for: other nodes are not run. Gradients and updates are nodes too: {0} become "
                 "{1}.",
                 "馈入是给一次运行的数据，变量保存在状态里，取出是所要的结果：不需要的节点不运行。"
                 "梯度和更新也是节点：从 {0} 个增加到 {1} 个。",
                 c.nodes[1], c.nodes[3]));
    lab_say(l, T("The batch is an open size: a program compiles once for each it meets, {0} here.",
                 "批量是开放维度：程序为遇到的每种大小编译一次，这里共 {0} 次。", c.compiles));
    lab_weigh(l, c.kernels[3]<c.nodes[3] / 2, both> 0.5,
              T("The graph says what may run at once; whether it does is the engine's matter. "
                "TensorFlow ran such nodes side by side (Abadi et al. 2016); this one lets all "
                "threads work on one after the other, {0%} of the time together, and joins {1} "
                "nodes to {2} kernels.",
                "图说明哪些节点可以同时运行，是否同时由引擎决定。TensorFlow 让它们并行（Abadi 等 "
                "2016）；本引擎让所有线程依次合作完成每一个（同时的时间占 {0%}），并把 {1} 个节点"
                "合并成 {2} 个内核。",
                both, c.nodes[3], c.kernels[3]));
}

const lab_record lab_record_graph = {
    .name = "graph",
    .topic = LAB_ENGINE,
    .question_en = "What is a data-flow graph?",
    .question_zh = "什么是数据流图？",
    .claim_en = "Nodes are operations, edges are arrays, and what does not depend on one another "
                "runs at the same time.",
    .claim_zh = "节点是运算，边是张量，互不依赖的节点并行执行。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"work", 4, 0, 0.1, 1000, "milliseconds of a node", "每个节点的毫秒数"}},
    .next = {{"Do nodes that work longer run at once?", "更耗时的节点会同时运行吗？", "work=200"},
             {"What does a fused loop save?", "融合循环节省了什么？", NULL},
             {"How does a loop over time fit into a graph?", "时间循环如何放进图里？", NULL}},
    .source = {"Abadi et al. 2016: TensorFlow (arXiv:1605.08695)",
               "include/adze/adze.h: ad_graph_text, ad_program_text, ad_device",
               "example/two_devices.c"},
};
