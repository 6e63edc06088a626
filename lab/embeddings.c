/* What do embeddings learn?  Words of a made-up corpus, sentences of a small grammar, as vectors
 * from which the words around are guessed (skip-gram): their neighbours, their plane, and
 * differences. */
#include "lab.h"

enum { BATCH = 64, GROUPS = 12, SHOWN = 7, PEOPLE = 8, PATTERNS = 22 };

/* Words of the grammar.  The last groups cut people in other ways. */
static const char *const group[GROUPS] = {"man woman boy girl king queen prince princess",
                                          "dog cat horse cow",
                                          "bread rice soup fish apple",
                                          "paris berlin tokyo rome cairo",
                                          "france germany japan italy egypt",
                                          "runs sleeps walks swims",
                                          "hot cold",
                                          "man boy king prince",
                                          "woman girl queen princess",
                                          "king queen prince princess",
                                          "boy girl prince princess",
                                          "man woman boy girl"};
static const lab_text group_name[SHOWN] = {
    {"people", "人"},      {"animals", "动物"}, {"food", "食物"},        {"cities", "城市"},
    {"countries", "国家"}, {"moves", "动作"},   {"hot and cold", "冷热"}};
static const char *const pattern[PATTERNS] = {
    "the H puts on his hat",    "the I puts on her hat",
    "the H and his brother",    "the I and her sister",
    "the J lives in a palace",  "the J wears a crown",
    "the L lives in a village", "the K goes to school",
    "the K plays with a toy",   "the L works for money",
    "the A F with the B",       "the B F on grass",
    "feed the B some hay",      "the A eats G C",
    "she cooks C for dinner",   "he buys C at the market",
    "a train to D is late",     "streets of D are full",
    "the border of E is long",  "they speak the tongue of E",
    "the water is G today",     "he F every day"};

static void draw(lab *l, ad_array *feeds, const void *with)
{
    int32_t *word = feeds[0].data, *near = feeds[1].data;
    for (int k = 0; k < BATCH; k++)
        lab_draw_near(l, with, 3, &word[k], &near[k]);
}

/* Vectors (words, width), of length 1. */
static double *learn(lab *l, const lab_corpus *c, int width)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_I32, AD_SHAPE(BATCH, 1));
    ad_tensor *y = ad_feed(g, "y", AD_I32, AD_SHAPE(BATCH));
    ad_tensor *h =
        ad_embedding(x, .count = c->words, .width = width, .normal = 0.1, .name = "table");
    h = ad_linear(ad_flatten(h), .out = c->words, .bias = false);
    ad_tensor *step = ad_adam(ad_cross_entropy(h, y), .rate = 1e-2);
    ad_state *state = lab_state(l, g, lab_seed(l));
    lab_data room = lab_texts(l, BATCH, 1, c->words);
    lab_loop(l, lab_compile(l, state, .fetch = {step}, .feed = {x, y}, .training = true),
             lab_all(&room).feed, (int)lab_get(l, "steps"), draw, c);
    int64_t count;
    double *v = lab_value(l, state, ad_find(g, "table.weight"), &count);
    lab_unit(v, c->words, width);
    return v;
}

/* a is to b as c to d, people who differ in one thing: shares of d that are found, where the three
 * are left out and where not. */
static void analogies(const double *v, int known, int width, double *without, double *with)
{
    int asked = 0, hit[2] = {0};
    double to[64];
    for (int i = 0; i < PEOPLE * PEOPLE * 3; i++) {
        int a = i / 3 / PEOPLE, d = i / 3 % PEOPLE,
            bit = 1 << i % 3; /* people are the first words */
        int three[] = {a, a ^ bit, d ^ bit};
        if (((a ^ d) & bit) == 0 || d == (a ^ bit))
            continue;
        for (int k = 0; k < width; k++)
            to[k] = v[three[1] * width + k] - v[a * width + k] + v[three[2] * width + k];
        hit[0] += lab_nearest(v, known, width, to, three, 3) == d;
        hit[1] += lab_nearest(v, known, width, to, three, 0) == d;
        asked++;
    }
    *without = (double)hit[0] / asked, *with = (double)hit[1] / asked;
}

static void draw_plane(lab *l, const lab_corpus *c, const double *v, int width, double same)
{
    double *pair = lab_plane(l, v, c->words, width);
    lab_figure *f = lab_plot(l, T("Of {0%} of the words the nearest is of the same kind",
                                  "{0%} 的词，其最近的词属于同一类", same));
    lab_axes(f, T("first direction", "第一方向"), T("second direction", "第二方向"));
    for (int from = 0, to = 0; c->of[from] < SHOWN - 1; from = to) {
        while (c->of[to] == c->of[from])
            to++;
        lab_pairs(f, group_name[c->of[from]], pair + 2 * from, to - from);
    }
}

static void draw_people(lab *l, const lab_corpus *c, const double *v, int width, double found)
{
    double near[PEOPLE * PEOPLE];
    for (int i = 0; i < PEOPLE * PEOPLE; i++)
        near[i] = lab_dot(v + i / PEOPLE * width, v + i % PEOPLE * width, width);
    lab_figure *f = lab_heat(l,
                             T("Words that share more are nearer; {0%} of analogies come out",
                               "共同点越多越近；{0%} 的类比正确", found),
                             near, PEOPLE, PEOPLE);
    lab_axes(f, T("word", "词"), T("cosine with", "与之的余弦"));
    for (int i = 0; i < PEOPLE; i++) {
        lab_row(f, lab_quote(l, c->word[i]));
        lab_column(f, lab_quote(l, c->word[i]));
    }
}

static void run(lab *l)
{
    int width = (int)lab_get(l, "width"), words = LAB_SENTENCE_WORDS * (int)lab_get(l, "sentences");
    lab_corpus *c = lab_write_corpus(l, group, SHOWN, pattern, PATTERNS, words);
    double *v = learn(l, c, width), without, with, same = 0;
    analogies(v, c->known, width, &without, &with);
    lab_cells(l, (lab_text[]){T("word", "词"), T("nearest", "最近"), T("cosine", "余弦"), {0}});
    for (int i = 0; i < c->known; i++) {
        int n = lab_nearest(v, c->known, width, v + i * width, &i, 1);
        double cosine = lab_dot(v + i * width, v + n * width, width);
        same += c->of[n] == c->of[i];
        if (i == 0 || c->of[i] != c->of[i - 1])
            lab_cells(l, (lab_text[]){lab_quote(l, c->word[i]),
                                      lab_quote(l, c->word[n]),
                                      T("{0:2}", "{0:2}", cosine),
                                      {0}});
    }
    const double *hot = v + lab_word(c, "hot") * width, *cold = v + lab_word(c, "cold") * width;
    double kind = same / c->known, opposite = lab_dot(hot, cold, width);
    draw_plane(l, c, v, width, kind);
    draw_people(l, c, v, width, without);
    lab_say(l, T("{0} patterns of sentences make {1} words; nobody says which are of a kind. A "
                 "vector learns which words stand near: the same places give the same vector.",
                 "语料由 {0} 个句型生成，共 {1} 个词次；没有人说哪些词同类。词向量学到附近会出现哪"
                 "些词：位置相同的词向量相同。",
                 PATTERNS, c->count));
    lab_say(l, T("King less man plus woman: {0%} of such sums find the fourth word with the three "
                 "given ones left out of the search, as is usual; {1%} else.",
                 "king - man + woman：按惯例排除三个已知词时，{0%} 能找到第四个词；不排除时 {1%}。",
                 without, with));
    lab_weigh(l, kind > 0.9 && without > 0.6, opposite <= 0.8,
              T("Near are words of the same places, not of the same meaning: hot and cold have a "
                "cosine of {0:2}. Sums of words come out in {1%}, on so regular a corpus; of real "
                "ones much comes from leaving the given words out (Linzen 2016; Nissim et al. "
                "2020).",
                "相近的是位置相同的词，而不是意义相同的词：hot 与 cold 的余弦为 {0:2}。在如此规则"
                "的语料上，词的加减有 {1%} 正确；在真实语料上，很大程度来自排除已知词（Linzen "
                "2016；Nissim 等 2020）。",
                opposite, without));
}

const lab_record lab_record_embeddings = {
    .name = "embeddings",
    .topic = LAB_LAYERS,
    .question_en = "What do embeddings learn?",
    .question_zh = "词嵌入学到了什么？",
    .claim_en = "Words of like meaning have near vectors, and king - man + woman = queen.",
    .claim_zh = "意义相近的词向量相近，且 king - man + woman = queen。",
    .verdict = LAB_PARTLY,
    .seeds = 20,
    .run = run,
    .setting = {{"steps", 8000, 4000, 100, 1000000, "training steps", "训练步数"},
                {"width", 12, 0, 2, 64, "numbers of a vector", "向量维数"},
                {"sentences", 4000, 0, 100, 100000, "sentences of the corpus", "语料句数"}},
    .next = {{"Are two numbers a word enough?", "每个词两个数够吗？", "width=2"},
             {"Does counting pairs give the same?", "直接统计共现能得到同样结果吗？", NULL},
             {"What of a word with two meanings?", "多义词的向量是什么样？", NULL}},
    .source = {"Mikolov et al. 2013: efficient estimation of word vectors (arXiv:1301.3781)",
               "Levy and Goldberg 2014: neural word embedding as implicit matrix factorization",
               "Linzen 2016 (arXiv:1606.07736); Nissim et al. 2020 (arXiv:1905.09866)",
               "include/adze/adze.h: ad_embedding"},
};
