/* What does attention look at?  Weights of nets that copy and that reverse a string, of several
 * heads, under a causal mask, of two layers; and what attention costs by length. */
#include "lab.h"

enum { TIME = 10, LETTERS = 12, WIDTH = 32, BATCH = 32, TEST = 200, LENGTHS = 5, NETS = 6 };

static const struct setup {
    lab_text name;
    bool reverse, causal;
    int heads, layers;
} every[NETS] = {{{"copies", "复制"}, false, false, 1, 1},
                 {{"reverses", "反转"}, true, false, 1, 1},
                 {{"reverses, causal", "反转，因果掩码"}, true, true, 1, 1},
                 {{"reverses, 4 heads", "反转，4 个头"}, true, false, 4, 1},
                 {{"reverses, 2 layers", "反转，2 层"}, true, false, 1, 2},
                 {{"reverses, 2 layers of 4 heads", "反转，2 层 4 头"}, true, false, 4, 2}};

/* softmax(q k^T / sqrt(width)) v written out, to see the softmax in *weight. */
static ad_tensor *attend(ad_tensor *x, const struct setup *s, ad_tensor **weight)
{
    ad_graph *g = ad_tensor_graph(x);
    ad_tensor *part[3], *row = ad_range(g, AD_I32, TIME);
    int64_t each = WIDTH / s->heads;
    for (int i = 0; i < 3; i++) {
        part[i] = ad_reshape(ad_linear(x, .out = WIDTH), AD_SHAPE(AD_INFER, TIME, s->heads, each));
        part[i] = ad_transpose(part[i], i == 1 ? AD_AXES(0, 2, 3, 1) : AD_AXES(0, 2, 1, 3));
    }
    ad_tensor *score = ad_scale(ad_matmul(part[0], part[1]), 1 / sqrt((double)each));
    ad_tensor *past = ad_less_equal(row, ad_reshape(row, AD_SHAPE(TIME, 1)));
    score = s->causal ? ad_where(past, score, ad_number(g, AD_F32, -1e9)) : score;
    *weight = ad_softmax(score, -1);
    x = ad_transpose(ad_matmul(*weight, part[2]), AD_AXES(0, 2, 1, 3));
    return ad_linear(ad_reshape(x, AD_SHAPE(AD_INFER, TIME, WIDTH)), .out = WIDTH);
}

/* Strings, and what is to be answered at each place. */
static void draw(lab *l, ad_array *feeds, const void *with)
{
    const struct setup *s = with;
    int32_t *x = feeds[0].data, *y = feeds[1].data;
    int count = (int)feeds[0].shape.size[0] * TIME;
    for (int i = 0; i < count; i++)
        x[i] = (int32_t)(lab_uniform(l) * LETTERS);
    for (int i = 0; i < count; i++)
        y[i] = s->reverse ? x[i - i % TIME + TIME - 1 - i % TIME] : x[i];
}

typedef struct result {
    double *weight, *right, all, there; /* of the last layer; there: weight on the place wanted */
} result;

static result train(lab *l, const struct setup *s)
{
    ad_graph *g = lab_graph(l);
    ad_dim batch = ad_open(g, "batch");
    ad_tensor *x = ad_feed(g, "x", AD_I32, AD_SHAPE(batch, TIME)), *weight = NULL;
    ad_tensor *y = ad_feed(g, "y", AD_I32, AD_SHAPE(batch, TIME));
    ad_tensor *h = ad_positions(ad_embedding(x, .count = LETTERS, .width = WIDTH), .normal = 1);
    for (int i = 0; i < s->layers; i++) {
        ad_tensor *seen = attend(h, s, &weight); /* of one layer nothing goes past */
        h = s->layers == 1 ? seen : ad_layer_norm(ad_add(h, seen));
    }
    ad_tensor *logits = ad_linear(h, .out = LETTERS);
    ad_tensor *step = ad_adam(ad_cross_entropy(logits, y), .rate = 3e-3);
    ad_tensor *hit = ad_cast(ad_equal(ad_argmax(logits, -1), y), AD_F32);
    ad_tensor *look[] = {ad_mean(weight, AD_AXES(0)), ad_mean(hit, AD_AXES(0))};
    ad_state *state = lab_state(l, g, lab_seed(l));
    ad_program *p = lab_compile(l, state, .fetch = {step}, .feed = {x, y}, .training = true);
    ad_program *test = lab_compile(l, state, .fetch = {look[0], look[1]}, .feed = {x, y});
    ad_array feeds[2], out[2];
    for (int i = 0; i < 2; i++)
        feeds[i] = ad_i32(lab_memory(l, TEST * TIME, 4), AD_SHAPE(BATCH, TIME));
    lab_loop(l, p, feeds, (int)lab_get(l, "steps"), draw, s);
    feeds[0].shape.size[0] = feeds[1].shape.size[0] = TEST;
    draw(l, feeds, s);
    lab_fetch(l, test, feeds, out, 2);
    result r = {lab_items(l, &out[0]), lab_items(l, &out[1]), 0, 0};
    for (int i = 0; i < s->heads * TIME; i++) {
        int at = i % TIME, wanted = s->reverse ? TIME - 1 - at : at;
        r.all += r.right[at] / TIME / s->heads;
        r.there += r.weight[i * TIME + wanted] / TIME / s->heads;
    }
    return r;
}

/* Operations of one layer over a series of that length, of attention or of a GRU. */
static double operations(lab *l, int64_t length, bool attention)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_F32, AD_SHAPE(1, length, WIDTH));
    ad_tensor *y = attention ? ad_self_attention(x, .heads = 1) : ad_gru(x, .width = WIDTH);
    ad_program *p = lab_compile(l, lab_state(l, g, 1), .fetch = {ad_sum(y, AD_ALL)}, .feed = {x});
    ad_array feed = ad_f32(lab_floats(l, length * WIDTH), AD_SHAPE(1, length, WIDTH));
    lab_step(l, p, &feed);
    return (double)ad_program_about(p).flops;
}

static void show_cost(lab *l)
{
    double length[LENGTHS] = {16, 64, 256, 1024, 4096}, cost[2][LENGTHS];
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < LENGTHS; i++)
            cost[k][i] = operations(l, (int64_t)length[i], k == 0);
    double power = lab_power(length + 2, cost[0] + 2, 3);
    lab_figure *f =
        lab_plot(l, T("Attention's cost grows as length to the {0:2}, a GRU's to the {1:2}",
                      "注意力的运算量按长度的 {0:2} 次方增长，GRU 按 {1:2} 次方", power,
                      lab_power(length + 2, cost[1] + 2, 3)));
    lab_x(f, T("length of the series", "序列长度"), NULL, true);
    lab_y(f, T("operations of one layer", "每层运算次数"), NULL, true);
    lab_line(f, T("attention", "注意力"), length, cost[0], LENGTHS);
    lab_line(f, T("GRU", "GRU"), length, cost[1], LENGTHS);
}

static void draw_weights(lab *l, const result *r, lab_text title)
{
    lab_figure *f = lab_heat(l, title, r->weight, TIME, TIME);
    lab_axes(f, T("place that is looked at", "被注意的位置"), T("place of the answer", "输出位置"));
}

static void run(lab *l)
{
    result r[NETS];
    double right[NETS], there[NETS], least = 1, most = 0;
    lab_text name[NETS];
    for (int i = 0; i < NETS; i++) {
        r[i] = train(l, &every[i]);
        name[i] = every[i].name, right[i] = r[i].all, there[i] = r[i].there;
        if (right[i] > 0.95)
            least = fmin(least, there[i]), most = fmax(most, there[i]);
        lab_progress(l, (i + 1.0) / NETS);
    }
    draw_weights(l, &r[0],
                 T("To copy, a place looks at itself: {0%} of the weight",
                   "复制：每个位置看自己，占权重的 {0%}", there[0]));
    draw_weights(l, &r[1],
                 T("To reverse, at its mirror image: {0%} of the weight",
                   "反转：看镜像位置，占权重的 {0%}", there[1]));
    draw_weights(l, &r[2],
                 T("Under a causal mask the first answer is right in {0%}, the last in {1%}",
                   "因果掩码下首位正确率 {0%}，末位 {1%}", r[2].right[0], r[2].right[TIME - 1]));
    lab_text title =
        T("Nets that are right have {0%} to {1%} of the weight on the letter that they answer",
          "答对的网络在所答字母上的权重从 {0%} 到 {1%} 不等", least, most);
    lab_figure *f = lab_named_bars(l, title, name, NETS, T("share", "比例"));
    lab_bar(f, T("answers right", "正确率"), right, NULL, NULL, NETS);
    lab_bar(f, T("weight on the letter that is wanted", "所需字母上的权重"), there, NULL, NULL,
            NETS);
    show_cost(l);
    lab_say(l, T("A causal mask hides what comes later, which the first half of a reversed string "
                 "needs: {0%} of all answers are right, where a guess gives {1%}. The mask makes a "
                 "model that writes, and takes what it cannot know.",
                 "因果掩码遮住后文，而反转的前半部分正需要后面的字母：总正确率为 {0%}，随机猜测为 "
                 "{1%}。有掩码才能逐字生成，但看不到后文。",
                 right[2], 1. / LETTERS));
    lab_weigh(l, right[1] > 0.95 && there[1] > 0.9, least >= 0.8,
              T("They do where one layer reverses: {0%} of the weight lie on the letter answered. "
                "But a net that is always right has only {1%} there: several layers and heads mix "
                "places before, and a copy can be read out of weights that hardly differ. Jain "
                "and Wallace 2019 say that attention is no explanation, Wiegreffe and Pinter 2019 "
                "when it is.",
                "单层反转时成立：{0%} 的权重落在所答字母上。但有的网络全对，那里却只有 {1%}：多层"
                "多头先混合了各位置，而复制可以从几乎相同的权重中读出。Jain 和 Wallace 2019 认为注"
                "意力不是解释，Wiegreffe 和 Pinter 2019 讨论了何时是。",
                there[1], least));
}

const lab_record lab_record_attention = {
    .name = "attention",
    .topic = LAB_LAYERS,
    .question_en = "What does attention look at?",
    .question_zh = "注意力在看什么？",
    .claim_en = "Attention weights show which inputs an answer comes from.",
    .claim_zh = "注意力权重显示输出来自哪些输入。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 1000, 700, 10, 100000, "training steps", "训练步数"}},
    .next = {{"Do weights gather with more training?", "训练更久后权重会更集中吗？", "steps=5000"},
             {"What do positions do for it?", "位置编码起什么作用？", NULL},
             {"How does one attend to long texts for less?", "长文本如何降低注意力的开销？", NULL}},
    .source =
        {"Vaswani et al. 2017: attention is all you need (arXiv:1706.03762)",
         "Jain and Wallace 2019 (arXiv:1902.10186); Wiegreffe and Pinter 2019 (arXiv:1908.04626)",
         "include/adze/adze.h: ad_attention, ad_self_attention"},
};
