/* What do embeddings learn?  Words of a made-up corpus, sentences of a small grammar, as vectors
 * from which the words around are guessed (skip-gram): their neighbours, their plane, and
 * differences. */
#include "lab.h"

#include <stdio.h>

enum { MOST = 96, WINDOW = 3, BATCH = 64, GROUPS = 12, SHOWN = 7, PEOPLE = 8, SENTENCES = 22 };

/* Words of the grammar; a letter in a sentence stands for a word of that group, "A" for the first.
 * The last groups cut people in other ways. */
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
static const char *const group_name[SHOWN][2] = {
    {"people", "人"},      {"animals", "动物"}, {"food", "食物"},        {"cities", "城市"},
    {"countries", "国家"}, {"moves", "动作"},   {"hot and cold", "冷热"}};
static const char *const sentence[SENTENCES] = {
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

typedef struct corpus {
    char word[MOST][12];
    int words, of[MOST]; /* of: the first group a word is in, or -1 */
    int32_t *text;       /* -1 between sentences */
    int count;
} corpus;

static int number_of(corpus *c, const char *word)
{
    int i = 0;
    while (i < c->words && strcmp(c->word[i], word) != 0)
        i++;
    if (i == c->words && c->words < MOST)
        snprintf(c->word[c->words], sizeof c->word[0], "%s", word), c->of[c->words++] = -1;
    return i;
}

/* The k-th word of a list, or the number of words where there are fewer. */
static int pick(const char *list, int k, char word[12])
{
    int at = 0, used = 0;
    while (at <= k && sscanf(list, "%11s%n", word, &used) == 1)
        at++, list += used;
    return at;
}

static void write_corpus(lab *l, corpus *c)
{
    char word[12];
    int most = 8 * (int)lab_get(l, "sentences");
    c->text = lab_memory(l, (size_t)most, sizeof *c->text);
    for (int g = 0; g < SHOWN; g++)
        for (int k = 0; pick(group[g], k, word) == k + 1; k++)
            c->of[number_of(c, word)] = g;
    while (c->count + 8 <= most) {
        const char *s = sentence[(int)(lab_uniform(l) * SENTENCES)];
        for (int k = 0; pick(s, k, word) == k + 1; k++) {
            const char *list =
                word[0] >= 'A' && word[0] < 'A' + GROUPS && !word[1] ? group[word[0] - 'A'] : NULL;
            if (list)
                pick(list, (int)(lab_uniform(l) * pick(list, MOST, word)), word);
            c->text[c->count++] = number_of(c, word);
        }
        c->text[c->count++] = -1;
    }
}

/* One word and one that stands at most WINDOW from it in its sentence. */
static void draw(lab *l, const corpus *c, int32_t *word, int32_t *near)
{
    for (;;) {
        int at = (int)(lab_uniform(l) * c->count), by = 1 + (int)(lab_uniform(l) * WINDOW);
        int to = lab_uniform(l) < 0.5 ? at + by : at - by, step = to > at ? 1 : -1;
        bool inside = to >= 0 && to < c->count && c->text[at] >= 0;
        for (int i = at; inside && i != to + step; i += step)
            inside = c->text[i] >= 0;
        if (inside) {
            *word = c->text[at], *near = c->text[to];
            return;
        }
    }
}

/* Vectors (words, width), of length 1. */
static double *learn(lab *l, const corpus *c, int width)
{
    ad_graph *g = lab_graph(l);
    ad_tensor *x = ad_feed(g, "x", AD_I32, AD_SHAPE(BATCH)),
              *y = ad_feed(g, "y", AD_I32, AD_SHAPE(BATCH));
    ad_tensor *h =
        ad_embedding(x, .count = c->words, .width = width, .normal = 0.1, .name = "table");
    ad_tensor *loss = ad_cross_entropy(ad_linear(h, .out = c->words, .bias = false), y);
    ad_state *state = lab_state(l, g, lab_seed(l));
    ad_program *p = lab_compile(l, state, .fetch = {ad_adam(loss, .rate = 1e-2)}, .feed = {x, y},
                                .training = true);
    int32_t in[BATCH], wanted[BATCH];
    ad_array feed[] = {ad_i32(in, AD_SHAPE(BATCH)), ad_i32(wanted, AD_SHAPE(BATCH))};
    int steps = (int)lab_get(l, "steps");
    for (int i = 0; i < steps; i++) {
        for (int k = 0; k < BATCH; k++)
            draw(l, c, &in[k], &wanted[k]);
        lab_step(l, p, feed);
        if (i % 100 == 0)
            lab_progress(l, (double)i / steps);
    }
    int64_t count;
    double *v = lab_value(l, state, ad_find(g, "table.weight"), &count);
    for (int i = 0; i < c->words; i++) {
        double size = 0;
        for (int k = 0; k < width; k++)
            size += v[i * width + k] * v[i * width + k];
        for (int k = 0; k < width; k++)
            v[i * width + k] /= sqrt(size);
    }
    return v;
}

static double dot(const double *a, const double *b, int width)
{
    double sum = 0;
    for (int k = 0; k < width; k++)
        sum += a[k] * b[k];
    return sum;
}

/* The word of the groups whose vector goes most with `to`, but for those left out. */
static int nearest(const corpus *c, const double *v, int width, const double *to, const int *out,
                   int outs)
{
    int best = -1;
    for (int i = 0; i < c->words; i++) {
        bool left = c->of[i] < 0;
        for (int k = 0; k < outs; k++)
            left = left || out[k] == i;
        if (!left && (best < 0 || dot(v + i * width, to, width) > dot(v + best * width, to, width)))
            best = i;
    }
    return best;
}

/* a is to b as c to d, people who differ in one thing: shares of d that are found, where the three
 * are left out and where not. */
static void analogies(const corpus *c, const double *v, int width, double *without, double *with)
{
    int asked = 0, hit[2] = {0};
    double to[64];
    for (int a = 0; a < PEOPLE; a++)
        for (int bit = 1; bit < PEOPLE; bit *= 2)
            for (int d = 0; d < PEOPLE; d++) {
                int three[] = {a, a ^ bit, d ^ bit}; /* people are the first words */
                if (((a ^ d) & bit) == 0 || d == (a ^ bit))
                    continue;
                for (int k = 0; k < width; k++)
                    to[k] = v[three[1] * width + k] - v[a * width + k] + v[three[2] * width + k];
                hit[0] += nearest(c, v, width, to, three, 3) == d;
                hit[1] += nearest(c, v, width, to, three, 0) == d;
                asked++;
            }
    *without = (double)hit[0] / asked, *with = (double)hit[1] / asked;
}

/* The two directions in which count vectors differ most (power iteration), and where each lies. */
static void plane(lab *l, const double *v, int count, int width, double *x, double *y)
{
    double *rest = lab_numbers(l, (int64_t)count * width), way[64], next[64], *out[] = {x, y};
    for (int i = 0; i < count * width; i++) {
        double mean = 0;
        for (int k = 0; k < count; k++)
            mean += v[k * width + i % width] / count;
        rest[i] = v[i] - mean;
    }
    for (int d = 0; d < 2; d++) {
        for (int k = 0; k < width; k++)
            way[k] = lab_normal(l);
        for (int t = 0; t < 200; t++) {
            memset(next, 0, sizeof next);
            for (int i = 0; i < count; i++)
                for (int k = 0; k < width; k++)
                    next[k] += dot(rest + i * width, way, width) * rest[i * width + k];
            for (int k = 0; k < width; k++)
                way[k] = next[k] / sqrt(dot(next, next, width));
        }
        for (int i = 0; i < count; i++) {
            out[d][i] = dot(rest + i * width, way, width);
            for (int k = 0; k < width; k++)
                rest[i * width + k] -= out[d][i] * way[k];
        }
    }
}

static void draw_plane(lab *l, const corpus *c, const double *v, int width, double same)
{
    double x[MOST], y[MOST];
    int at = 0;
    plane(l, v, c->words, width, x, y);
    lab_figure *f = lab_plot(l, T("Of {0%} of the words the nearest is of the same kind",
                                  "{0%} 的词，其最近的词属于同一类", same));
    lab_x(f, T("first direction", "第一方向"), NULL, false);
    lab_y(f, T("second direction", "第二方向"), NULL, false);
    for (int g = 0; g < 6; g++) {
        int from = at;
        while (at < c->words && c->of[at] == g)
            at++;
        lab_points(f, T(group_name[g][0], group_name[g][1]), x + from, y + from, at - from);
    }
}

static void draw_people(lab *l, const corpus *c, const double *v, int width, double found)
{
    double near[PEOPLE * PEOPLE];
    for (int i = 0; i < PEOPLE * PEOPLE; i++)
        near[i] = dot(v + i / PEOPLE * width, v + i % PEOPLE * width, width);
    lab_figure *f = lab_heat(l,
                             T("Words that share more are nearer; {0%} of analogies come out",
                               "共同点越多越近；{0%} 的类比正确", found),
                             near, PEOPLE, PEOPLE);
    lab_x(f, T("word", "词"), NULL, false);
    lab_y(f, T("cosine with", "与之的余弦"), NULL, false);
    for (int i = 0; i < PEOPLE; i++) {
        const char *word = c->word[i];
        lab_row(f, T(word, word));
        lab_column(f, T(word, word));
    }
}

static void run(lab *l)
{
    corpus *c = lab_memory(l, 1, sizeof *c);
    write_corpus(l, c);
    int width = (int)lab_get(l, "width"), same = 0, all = 0;
    double *v = learn(l, c, width), without, with;
    analogies(c, v, width, &without, &with);
    lab_cells(l, (lab_text[]){T("word", "词"), T("nearest", "最近"), T("cosine", "余弦"), {0}});
    for (int i = 0; i < c->words && c->of[i] >= 0; i++) {
        int n = nearest(c, v, width, v + i * width, &i, 1);
        all++, same += c->of[n] == c->of[i];
        if (i == 0 || c->of[i] != c->of[i - 1])
            lab_cells(l, (lab_text[]){T(c->word[i], c->word[i]),
                                      T(c->word[n], c->word[n]),
                                      T("{0:2}", "{0:2}", dot(v + i * width, v + n * width, width)),
                                      {0}});
    }
    int hot = number_of(c, "hot"), cold = number_of(c, "cold");
    double kind = (double)same / all, opposite = dot(v + hot * width, v + cold * width, width);
    draw_plane(l, c, v, width, kind);
    draw_people(l, c, v, width, without);
    lab_say(l, T("The corpus is made by {0} patterns of sentences, {1} words in all; nobody says "
                 "which are of a kind. A word's vector learns which words stand near it, and words "
                 "that stand in the same places get the same vector.",
                 "语料由 {0} 个句型生成，共 {1} 个词次；没有人告诉它哪些词同类。词向量学到的是"
                 "附近会出现哪些词，出现在相同位置的词得到相同的向量。",
                 SENTENCES, c->count));
    lab_say(l,
            T("King less man plus woman: {0%} of such sums find the fourth word, where the three "
              "given words are left out of the search, as is usual; {1%} where they are not.",
              "king - man + woman：按惯例排除三个已知词时，{0%} 能找到第四个词；不排除时为 {1%}。",
              without, with));
    bool holds = kind > 0.9 && without > 0.6;
    lab_judge(
        l,
        !holds           ? LAB_FAILS
        : opposite > 0.8 ? LAB_PARTLY
                         : LAB_HOLDS,
        T("Near are words of the same places, which is not the same meaning: hot and cold "
          "have a cosine of {0:2}. Sums of words come out in {1%}, on a corpus whose patterns "
          "are that regular; of real ones much comes from leaving the given words out "
          "(Linzen 2016; Nissim et al. 2020).",
          "相近的是出现在相同位置的词，而不是意义相同的词：hot 与 cold 的余弦为 {0:2}。"
          "在句型如此规则的语料上，词的加减有 {1%} 正确；在真实语料上，很大程度来自排除已知词"
          "（Linzen 2016；Nissim 等 2020）。",
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
             {"Does counting pairs of words give the same?", "直接统计共现能得到同样结果吗？",
              NULL},
             {"What does a vector say of a word with two meanings?", "多义词的向量是什么样？",
              NULL}},
    .source =
        {"Mikolov et al. 2013: efficient estimation of word representations in vector space "
         "(arXiv:1301.3781)",
         "Levy and Goldberg 2014: neural word embedding as implicit matrix factorization",
         "Linzen 2016 (arXiv:1606.07736); Nissim et al. 2020: fair is better than sensational "
         "(arXiv:1905.09866)",
         "include/adze/adze.h: ad_embedding"},
};
