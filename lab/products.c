/* mul, dot, mm, matmul and @: which shapes go together, and what comes out.  Every pair of some
 * shapes is tried with every product, and the rules of PyTorch are asked of what came. */
#include "lab.h"

#include <stdio.h>

enum { SHAPES = 7, PRODUCTS = 4 };

static const struct shape {
    int rank;
    ad_dim size[3];
} shapes[SHAPES] = {{0, {0}},    {1, {3}},       {1, {4}},      {2, {3, 4}},
                    {2, {4, 3}}, {3, {5, 3, 4}}, {3, {5, 4, 3}}};
static const char *const product[PRODUCTS] = {"mul", "dot", "mm", "matmul"};

static ad_tensor *multiply(int kind, ad_tensor *a, ad_tensor *b)
{
    switch (kind) {
    case 0: return ad_mul(a, b);
    case 1: return ad_dot(a, b);
    case 2: return ad_mm(a, b);
    default: return ad_matmul(a, b);
    }
}

static ad_tensor *feed(ad_graph *g, const char *name, int i)
{
    ad_shape s = {.rank = shapes[i].rank};
    memcpy(s.size, shapes[i].size, sizeof shapes[i].size);
    return ad_feed(g, name, AD_F64, s);
}

static void write_shape(char *words, const ad_tensor *t)
{
    ad_shape s = ad_tensor_shape(t);
    size_t at = (size_t)sprintf(words, "(");
    for (int i = 0; i < s.rank; i++)
        at += (size_t)sprintf(words + at, "%s%d", i ? ", " : "", (int)s.size[i]);
    sprintf(words + at, ")");
}

/* What PyTorch's documentation says of two ranks: does the product take them at all? */
static bool takes(int kind, int a, int b)
{
    return kind == 0 ? true : kind == 1 ? a == 1 && b == 1 : kind == 2 ? a == 2 && b == 2 : a && b;
}

static void run(lab *l)
{
    double made[PRODUCTS][SHAPES * SHAPES] = {{0}}, goes[PRODUCTS] = {0};
    int against = 0, tried = 0;
    char *first_wrong = lab_memory(l, 600, 1);
    lab_cells(l, (lab_text[]){T("a", "a"),
                              T("b", "b"),
                              T("mul", "mul"),
                              T("dot", "dot"),
                              T("mm", "mm"),
                              T("matmul, @", "matmul, @"),
                              {0}});
    for (int i = 0; i < SHAPES; i++)
        for (int j = 0; j < SHAPES; j++) {
            char *words = lab_memory(l, 6, 40);
            bool some = false;
            for (int k = 0; k < PRODUCTS; k++) {
                ad_graph *g = lab_graph(l); /* of its own: a mistake spoils a graph */
                ad_tensor *a = feed(g, "a", i), *b = feed(g, "b", j), *y = multiply(k, a, b);
                bool good = ad_tensor_error(y) == NULL;
                write_shape(words, a);
                write_shape(words + 40, b);
                if (good)
                    write_shape(words + 80 + 40 * k, y);
                else
                    strcpy(words + 80 + 40 * k, "-");
                if (!good && k == 3 && shapes[i].rank == 2 && shapes[j].rank == 2 && !*first_wrong)
                    snprintf(first_wrong, 600, "%s", ad_tensor_error(y));
                made[k][i * SHAPES + j] = good;
                goes[k] += good;
                against += good && !takes(k, shapes[i].rank, shapes[j].rank);
                tried++;
                some = some || (good && k > 0);
            }
            if (some)
                lab_cells(l, (lab_text[]){T(words, words),
                                          T(words + 40, words + 40),
                                          T(words + 80, words + 80),
                                          T(words + 120, words + 120),
                                          T(words + 160, words + 160),
                                          T(words + 200, words + 200),
                                          {0}});
        }
    lab_figure *f = lab_bars(l, T("Of {0} pairs matmul takes {1}, mm {2}, dot {3}",
                                  "{0} 对形状中，matmul 接受 {1} 对，mm {2} 对，dot {3} 对",
                                  SHAPES * SHAPES, goes[3], goes[2], goes[1]));
    for (int k = 0; k < PRODUCTS; k++)
        lab_row(f, T(product[k], product[k]));
    lab_x(f, T("pairs of shapes that go together", "可以相乘的形状对数"), NULL, false);
    lab_bar(f, T("", ""), goes, NULL, NULL, PRODUCTS);
    lab_say(
        l,
        T("mul goes element by element and stretches axes of size 1; dot is of two vectors; mm of "
          "two matrices, without any stretching; matmul, written @, is all of these and more: it "
          "drops the axis that it lends a vector, and its leading axes are batches.",
          "mul 逐元素相乘并广播大小为 1 的轴；dot 只接受两个向量；mm "
          "只接受两个矩阵，不广播；matmul（即 "
          "@）兼容以上各种：给向量补的轴会再去掉，前面的轴是批。"));
    lab_say(l, T("A pair that does not go together is told with names, shapes and the cure:",
                 "不能相乘时，错误信息会给出名字、形状和改法："));
    lab_say(l, T(first_wrong, first_wrong));
    bool matmul_is_more = true;
    for (int p = 0; p < SHAPES * SHAPES; p++)
        matmul_is_more = matmul_is_more && made[3][p] >= fmax(made[1][p], made[2][p]);
    lab_judge(l, against == 0 && matmul_is_more && goes[0] != goes[3] ? LAB_HOLDS : LAB_FAILS,
              T("In {0} trials each product took only ranks that PyTorch's documents name, and "
                "matmul took "
                "every pair that dot or mm take.",
                "在 {0} 次尝试中，每种乘法只接受 PyTorch 文档所说的维数，matmul 接受 dot 和 mm "
                "接受的所有形状。",
                tried));
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
    .setting = {{"unused", 0, 0, 0, 1, "nothing: there is no chance in it", "无：没有随机性"}},
    .next = {{"Does chance play a part?", "结果与随机性有关吗？", "unused=1"},
             {"Which of them does a fully connected layer use?", "全连接层用的是哪一种？", NULL},
             {"How is a matmul of batches computed fast?", "批量矩阵乘法如何算得快？", NULL}},
    .source = {"PyTorch 2.15, torch.matmul, torch.mm, torch.dot, torch.mul",
               "include/adze/adze.h: products"},
};
