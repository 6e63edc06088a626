/* Sums of products by letters (Einstein 1916).  An operand is a tensor with a label for each of its
 * axes: a letter, or a place of "...", counted from the right.  Operands are put together from left
 * to right, each two by one product; a label that nobody reads any more is summed away first. */
#include <string.h>

#include "base/error.h"
#include "op/matmul.h"
#include "op/more/arrange.h"

enum { ELLIPSIS = 52, LABELS = ELLIPSIS + AD_RANK_MAX };

typedef uint64_t labels; /* a set: bit i is label i */

struct operand {
    ad_tensor *x;
    unsigned char label[AD_RANK_MAX]; /* of each axis */
};

struct einsum {
    ad_graph *graph;
    const char *at; /* in the equation */
    ad_dim size[LABELS];
    int times[LABELS]; /* that inputs name it */
    labels known;
    int dots; /* axes that "..." stands for at most */
    unsigned char out[AD_RANK_MAX];
    int out_rank;
};

static labels bit(int label)
{
    return (labels)1 << label;
}

static labels labels_of(const struct operand *o)
{
    labels set = 0;
    for (int i = 0; i < o->x->shape.rank; i++)
        set |= bit(o->label[i]);
    return set;
}

static char letter_of(int label)
{
    return label >= ELLIPSIS ? '.' : (char)(label < 26 ? 'a' + label : 'A' + label - 26);
}

/* ---- the equation */

/* The next label: a letter, ELLIPSIS for "...", -1 where none is; -2 and fail() for what is none.
 */
static int next_label(struct einsum *e)
{
    e->at += strspn(e->at, " ");
    char c = *e->at;
    if (c == '\0' || c == ',' || !strncmp(e->at, "->", 2))
        return -1;
    bool dots = !strncmp(e->at, "...", 3), low = c >= 'a' && c <= 'z';
    if (!dots && !low && !(c >= 'A' && c <= 'Z')) {
        fail(AD_ERROR_ARGUMENT, "'%c' is neither a letter, \"...\", ',' nor \"->\"", c);
        return -2;
    }
    e->at += dots ? 3 : 1;
    return dots ? ELLIPSIS : low ? c - 'a' : c - 'A' + 26;
}

/* A size of 1 gives way to another. */
static ad_status note(struct einsum *e, int label, ad_dim size)
{
    bool known = e->known & bit(label);
    e->known |= bit(label);
    e->times[label]++;
    if (known && e->size[label] != 1 && size != 1 && e->size[label] != size) {
        ad_shape one = {1, {e->size[label]}}, two = {1, {size}};
        return fail(AD_ERROR_SHAPE, "'%c' has sizes %s and %s", letter_of(label),
                    graph_shape_text(e->graph, &one), graph_shape_text(e->graph, &two));
    }
    if (!known || e->size[label] == 1)
        e->size[label] = size;
    return AD_OK;
}

static ad_status read_operand(struct einsum *e, int number, ad_tensor *x, struct operand *o)
{
    int found[AD_RANK_MAX + 1], count = 0, dots = -1, label;
    while ((label = next_label(e)) >= 0) {
        if (count > AD_RANK_MAX || (label == ELLIPSIS && dots >= 0))
            return fail(AD_ERROR_ARGUMENT, "operand %d has too many letters or two \"...\"",
                        number);
        dots = label == ELLIPSIS ? count : dots;
        found[count++] = label;
    }
    if (label < -1)
        return AD_ERROR_ARGUMENT;
    int rank = x->shape.rank, more = rank - count + (dots >= 0);
    if (more < 0 || (dots < 0 && more))
        return fail(AD_ERROR_SHAPE, "operand %d is %s, and %d axes are named", number,
                    graph_shape_text(e->graph, &x->shape), count - (dots >= 0));
    e->dots = dots >= 0 && more > e->dots ? more : e->dots;
    o->x = x;
    for (int i = 0; i < rank; i++) {
        bool inside = dots >= 0 && i >= dots && i < dots + more;
        int own = inside                 ? ELLIPSIS + dots + more - 1 - i
                  : dots < 0 || i < dots ? found[i]
                                         : found[i - more + 1];
        const unsigned char *same = memchr(o->label, own, (size_t)i);
        if (same && x->shape.size[same - o->label] != x->shape.size[i])
            return fail(AD_ERROR_SHAPE, "'%c' stands twice for axes of different sizes of %s",
                        letter_of(own), graph_shape_text(e->graph, &x->shape));
        o->label[i] = (unsigned char)own;
        TRY(note(e, own, x->shape.size[i]));
    }
    return AD_OK;
}

static ad_status add_out(struct einsum *e, int label)
{
    if (e->out_rank == AD_RANK_MAX)
        return fail(AD_ERROR_SHAPE, "the result has more than %d axes", AD_RANK_MAX);
    if (!(e->known & bit(label)))
        return fail(AD_ERROR_ARGUMENT, "'%c' of the result is in no operand", letter_of(label));
    if (memchr(e->out, label, (size_t)e->out_rank))
        return fail(AD_ERROR_ARGUMENT, "the result has '%c' twice", letter_of(label));
    e->out[e->out_rank++] = (unsigned char)label;
    return AD_OK;
}

static ad_status add_dots(struct einsum *e)
{
    for (int i = e->dots - 1; i >= 0; i--)
        TRY(add_out(e, ELLIPSIS + i));
    return AD_OK;
}

/* Without "->": the axes of "...", then letters that come once, capitals first. */
static ad_status implied(struct einsum *e)
{
    TRY(add_dots(e));
    for (int i = 0; i < ELLIPSIS; i++) {
        int label = (i + 26) % ELLIPSIS;
        if (e->times[label] == 1)
            TRY(add_out(e, label));
    }
    return AD_OK;
}

static ad_status read_result(struct einsum *e)
{
    int label;
    if (!*e->at)
        return implied(e);
    e->at += 2;
    while ((label = next_label(e)) >= 0)
        TRY(label == ELLIPSIS ? add_dots(e) : add_out(e, label));
    if (label < -1)
        return AD_ERROR_ARGUMENT;
    return *e->at ? fail(AD_ERROR_ARGUMENT, "\"%s\" stands behind the result", e->at) : AD_OK;
}

static ad_status read_equation(struct einsum *e, ad_tensor *const *x, int count,
                               struct operand *operands)
{
    for (int i = 0; i < count; i++) {
        TRY(read_operand(e, i + 1, x[i], &operands[i]));
        bool end = *e->at != ',';
        if (end != (i == count - 1))
            return fail(AD_ERROR_ARGUMENT, "it has %s than the %d operands",
                        end ? "fewer parts" : "more parts", count);
        e->at += !end;
    }
    return read_result(e);
}

/* ---- operands */

/* Without the axes whose labels are in the set: summed, or where they have size 1 left away. */
static void sum_away(struct operand *o, labels set)
{
    ad_axes axes = {0};
    ad_shape left = {0};
    struct operand all = *o;
    bool ones = true;
    for (int i = 0; i < all.x->shape.rank; i++) {
        if (set & bit(all.label[i])) {
            ones = ones && all.x->shape.size[i] == 1;
            axes.axis[axes.count++] = i;
            continue;
        }
        o->label[left.rank] = all.label[i];
        left.size[left.rank++] = all.x->shape.size[i];
    }
    if (axes.count)
        o->x = ones ? arrange_as(&op_reshape, all.x, &left) : ad_sum(all.x, axes, NULL);
}

/* A label twice becomes the diagonal; an axis of size 1 that has another size elsewhere goes. */
static void simplify(struct einsum *e, struct operand *o)
{
    labels single = 0;
    for (int i = 0; i < o->x->shape.rank; i++)
        single |= o->x->shape.size[i] == 1 && e->size[o->label[i]] != 1 ? bit(o->label[i]) : 0;
    for (int i = 1; i < o->x->shape.rank; i++) {
        const unsigned char *same = memchr(o->label, o->label[i], (size_t)i);
        if (!same)
            continue;
        int label = o->label[i], first = (int)(same - o->label);
        ad_tensor *y = ad_diagonal(o->x, 0, first, i);
        if (graph_is_poison(y)) {
            o->x = y;
            return;
        }
        memmove(&o->label[i], &o->label[i + 1], (size_t)(o->x->shape.rank - 1 - i));
        memmove(&o->label[first], &o->label[first + 1], (size_t)(o->x->shape.rank - 2 - first));
        o->x = y;
        o->label[y->shape.rank - 1] = (unsigned char)label;
        i = 0;
    }
    sum_away(o, single);
}

/* The axes in the order of those labels, as far as it has them; with 1 in the place of the others
 * where `all`. */
static ad_tensor *ordered(const struct operand *o, const unsigned char *label, int count, bool all)
{
    ad_axes order = {0};
    ad_shape shape = {0};
    for (int i = 0; i < count; i++) {
        const unsigned char *at = memchr(o->label, label[i], (size_t)o->x->shape.rank);
        if (at)
            order.axis[order.count++] = (int)(at - o->label);
        if (all)
            shape.size[shape.rank++] = at ? o->x->shape.size[at - o->label] : 1;
    }
    ad_tensor *y = arrange_order(o->x, &order);
    return all ? arrange_as(&op_reshape, y, &shape) : y;
}

/* ---- two operands */

struct pair {
    unsigned char label[2 * AD_RANK_MAX]; /* kept of both, of one operand, of the other, summed */
    int end[4];                           /* of each */
};

static int add_labels(struct pair *p, int end, const struct operand *o, labels set)
{
    for (int i = 0; i < o->x->shape.rank; i++)
        if (set & bit(o->label[i]))
            p->label[end++] = o->label[i];
    return end;
}

static ad_dim product_of(const struct einsum *e, const struct pair *p, int part)
{
    ad_dim product = 1;
    for (int i = part ? p->end[part - 1] : 0; i < p->end[part]; i++)
        product = dim_mul(e->graph, product, e->size[p->label[i]]);
    return product;
}

/* (batch, m, summed) times the turned (batch, n, summed) */
static ad_tensor *matrix_product(const struct einsum *e, ad_tensor *x, ad_tensor *z,
                                 const struct pair *p)
{
    ad_dim batch = product_of(e, p, 0), k = product_of(e, p, 3);
    ad_tensor *a = arrange_rows(&op_reshape, x, batch, product_of(e, p, 1), k);
    ad_tensor *b = arrange_rows(&op_reshape, z, batch, product_of(e, p, 2), k);
    ad_shape shape = {.rank = p->end[2]};
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = e->size[p->label[i]];
    return arrange_as(&op_reshape, ad_matmul(a, matmul_swapped(b)), &shape);
}

/* Element by element, then summed: where nothing is summed or shared labels are all that there is,
 * and of whole numbers. */
static ad_tensor *of_elements(ad_tensor *x, ad_tensor *z, const struct pair *p)
{
    ad_axes last = {0};
    for (int i = p->end[2]; i < p->end[3]; i++)
        last.axis[last.count++] = i;
    ad_tensor *y = ad_mul(x, z);
    return last.count ? ad_sum(y, last, NULL) : y;
}

/* a becomes the product of both, with the labels of `keep`. */
static ad_status contract(const struct einsum *e, struct operand *a, struct operand *b, labels keep)
{
    struct pair p;
    labels in_a = labels_of(a), in_b = labels_of(b);
    sum_away(a, in_a & ~in_b & ~keep);
    sum_away(b, in_b & ~in_a & ~keep);
    p.end[0] = add_labels(&p, 0, a, in_b & keep);
    p.end[1] = add_labels(&p, p.end[0], a, ~in_b);
    p.end[2] = add_labels(&p, p.end[1], b, ~in_a);
    p.end[3] = add_labels(&p, p.end[2], a, in_b & ~keep);
    bool real = a->x->type == AD_F32 || a->x->type == AD_F64;
    bool matrix = real && p.end[3] > p.end[2] && p.end[2] > p.end[0];
    if (p.end[matrix ? 2 : 3] > AD_RANK_MAX)
        return fail(AD_ERROR_SHAPE, "a product on the way has more than %d axes", AD_RANK_MAX);
    ad_tensor *x = ordered(a, p.label, p.end[3], !matrix);
    ad_tensor *z = ordered(b, p.label, p.end[3], !matrix);
    a->x = matrix ? matrix_product(e, x, z, &p) : of_elements(x, z, &p);
    memcpy(a->label, p.label,
           (size_t)p.end[2] < sizeof a->label ? (size_t)p.end[2] : sizeof a->label);
    return AD_OK;
}

static labels read_later(const struct einsum *e, const struct operand *o, int from, int count)
{
    labels set = 0;
    for (int i = 0; i < e->out_rank; i++)
        set |= bit(e->out[i]);
    for (int i = from; i < count; i++)
        set |= labels_of(&o[i]);
    return set;
}

static ad_status all_products(struct einsum *e, struct operand *o, int count, ad_tensor **y)
{
    for (int i = 0; i < count; i++)
        simplify(e, &o[i]);
    for (int i = 1; i < count; i++)
        if (!graph_is_poison(o[0].x) && !graph_is_poison(o[i].x))
            TRY(contract(e, &o[0], &o[i], read_later(e, o, i + 1, count)));
    for (int i = 0; i < count; i++)
        if (graph_is_poison(o[i].x)) {
            *y = o[i].x;
            return AD_OK;
        }
    sum_away(&o[0], ~read_later(e, o, 0, 0));
    *y = ordered(&o[0], e->out, e->out_rank, false);
    return AD_OK;
}

ad_tensor *ad_einsum(const char *equation, ad_tensor *const *x, int count)
{
    ad_graph *graph = x && count > 0 ? ad_tensor_graph(x[0]) : NULL;
    struct operand operands[32];
    const int most = (int)(sizeof operands / sizeof *operands);
    if (!x || !equation || count < 1 || count > most)
        return graph_poison(graph, AD_ERROR_ARGUMENT,
                            "ad_einsum: %d operands; it takes an equation and 1 to %d", count,
                            most);
    ad_tensor *y = graph_check(graph, "ad_einsum", x, count);
    if (y)
        return y;
    struct einsum e = {.graph = graph, .at = equation};
    ad_status status = read_equation(&e, x, count, operands);
    if (status == AD_OK)
        status = all_products(&e, operands, count, &y);
    if (status == AD_OK)
        return y;
    return graph_poison(graph, status, "ad_einsum: \"%s\": %s", equation, ad_error());
}
