/* mul, dot, mm, matmul and @: which shapes go together, and what comes out.  Every pair of some
 * shapes is tried with every product, and the rules of PyTorch are asked of what came. */
#include "lab.h"

#include <stdio.h>

enum { MUL, DOT, MM, MATMUL, PRODUCTS };
enum { SHAPES = 7 };

static const struct shape {
    int rank;
    ad_dim size[3];
} shapes[SHAPES] = {{0, {0}},    {1, {3}},       {1, {4}},      {2, {3, 4}},
                    {2, {4, 3}}, {3, {5, 3, 4}}, {3, {5, 4, 3}}};
static const lab_text product[PRODUCTS] = {
    {"mul", "mul"}, {"dot", "dot"}, {"mm", "mm"}, {"matmul", "matmul"}};

static ad_tensor *multiply(int kind, ad_tensor *a, ad_tensor *b)
{
    switch (kind) {
    case MUL: return ad_mul(a, b);
    case DOT: return ad_dot(a, b);
    case MM: return ad_mm(a, b);
    default: return ad_matmul(a, b);
    }
}

static ad_tensor *feed(ad_graph *g, const char *name, int i)
{
    ad_shape s = {.rank = shapes[i].rank};
    memcpy(s.size, shapes[i].size, sizeof shapes[i].size);
    return ad_feed(g, name, AD_F64, s);
}

static lab_text shape_of(lab *l, const ad_tensor *t)
{
    char words[80] = "(";
    ad_shape s = ad_tensor_shape(t);
    for (int i = 0; i < s.rank; i++)
        snprintf(words + strlen(words), 20, "%s%d", i ? ", " : "", (int)s.size[i]);
    strcat(words, ")");
    return lab_quote(l, words);
}

/* What PyTorch's documentation says of two ranks: does the product take them at all? */
static bool takes(int kind, int a, int b)
{
    return kind == MUL || (kind == DOT && a == 1 && b == 1) || (kind == MM && a == 2 && b == 2) ||
           (kind == MATMUL && a && b);
}

/* Of all pairs: how many a product takes, whether against its rule, and whether matmul takes what
 * dot or mm take; what each says of the first pair of right ranks and wrong sizes. */
typedef struct found {
    double goes[PRODUCTS];
    int tried, against;
    bool matmul_is_more;
    lab_text refused[PRODUCTS];
} found;

/* A pair with every product; a row of the table where one takes it, mul alone if asked. */
static void try_pair(lab *l, int i, int j, found *all)
{
    bool made[PRODUCTS];
    lab_text cell[2 + PRODUCTS + 1] = {{0}};
    for (int k = 0; k < PRODUCTS; k++) {
        ad_graph *g = lab_graph(l); /* of its own: a mistake spoils a graph */
        ad_tensor *a = feed(g, "a", i), *b = feed(g, "b", j), *y = multiply(k, a, b);
        const char *why = ad_tensor_error(y);
        made[k] = !why;
        if (why && takes(k, shapes[i].rank, shapes[j].rank) && !all->refused[k].en)
            all->refused[k] = lab_quote(l, why);
        cell[0] = shape_of(l, a), cell[1] = shape_of(l, b);
        cell[2 + k] = why ? T("-", "-") : shape_of(l, y);
        all->goes[k] += made[k];
        all->against += made[k] && !takes(k, shapes[i].rank, shapes[j].rank);
        all->tried++;
    }
    all->matmul_is_more = all->matmul_is_more && (made[MATMUL] || !(made[DOT] || made[MM]));
    if (made[DOT] || made[MM] || made[MATMUL] || (made[MUL] && lab_get(l, "all") > 0))
        lab_cells(l, cell);
}

static void run(lab *l)
{
    found all = {.matmul_is_more = true};
    lab_cells(l, (lab_text[]){T("a", "a"),
                              T("b", "b"),
                              product[MUL],
                              product[DOT],
                              product[MM],
                              T("matmul, @", "matmul, @"),
                              {0}});
    for (int p = 0; p < SHAPES * SHAPES; p++)
        try_pair(l, p / SHAPES, p % SHAPES, &all);
    lab_figure *f = lab_named_bars(
        l,
        T("Of {0} pairs matmul takes {1}, mm {2}, dot {3}",
          "{0} 对形状中，matmul 接受 {1} 对，mm {2} 对，dot {3} 对", SHAPES * SHAPES,
          all.goes[MATMUL], all.goes[MM], all.goes[DOT]),
        product, PRODUCTS, T("pairs of shapes that go together", "可以相乘的形状对数"));
    lab_bar(f, T("", ""), all.goes, NULL, NULL, PRODUCTS);
    lab_say(
        l,
        T("mul goes element by element and stretches axes of size 1; dot is of two vectors; mm of "
          "two matrices, without any stretching; matmul, written @, is all of these and more: it "
          "drops the axis that it lends a vector, and its leading axes are batches.",
          "mul 逐元素相乘并广播大小为 1 的轴；dot 只接受两个向量；mm 只接受两个矩阵，不广播；matmul"
          "（即 @）兼容以上各种：给向量补的轴会再去掉，前面的轴是批。"));
    lab_say(l, T("A pair that does not go together is told with names, shapes and the cure:",
                 "不能相乘时，错误信息会给出名字、形状和改法："));
    for (int k = 0; k < PRODUCTS; k++)
        if (all.refused[k].en)
            lab_say(l, all.refused[k]);
    lab_judge(l,
              all.against == 0 && all.matmul_is_more && all.goes[MUL] != all.goes[MATMUL]
                  ? LAB_HOLDS
                  : LAB_FAILS,
              T("In {0} trials each product took only ranks that PyTorch's documents name, and "
                "matmul took every pair that dot or mm take.",
                "在 {0} 次尝试中，每种乘法只接受 PyTorch 文档所说的维数，matmul 接受 dot 和 mm "
                "接受的所有形状。",
                all.tried));
}

const lab_record lab_record_products = {
    .name = "products",
    .topic = LAB_ENGINE,
    .question_en = "What do mul, dot, mm, matmul and @ multiply?",
    .question_zh = "mul、dot、mm、matmul 和 @ 有什么区别？",
    .claim_en = "matmul covers dot and mm; mul is another thing.",
    .claim_zh = "matmul 涵盖 dot 和 mm；mul 是另一回事。",
    .verdict = LAB_HOLDS,
    .seeds = 20,
    .run = run,
    .setting = {{"all", 0, 0, 0, 1, "1: a row for what mul alone takes",
                 "1：也列出只有 mul 接受的"}},
    .next = {{"Which pairs does mul alone take?", "哪些形状只有 mul 接受？", "all=1"},
             {"Which of them does a fully connected layer use?", "全连接层用的是哪一种？", NULL},
             {"How is a matmul of batches computed fast?", "批量矩阵乘法如何算得快？", NULL}},
    .source = {"PyTorch 2.15, torch.matmul, torch.mm, torch.dot, torch.mul",
               "include/adze/adze.h: products"},
};
