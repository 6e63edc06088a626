/* Random graphs: a pool of tensors grows by ops drawn at random; what is drawn and does not fit is
 * drawn again. */
#include "random_graph.h"

#include <math.h>

#include "arrays.h"
#include "open_sizes.h"
#include "random.h"

enum { POOL = 256 };

struct growing {
    struct random_graph *r;
    uint64_t state;
    ad_tensor *pool[POOL];
    int count;
    ad_type type;
    int devices;
    struct open_sizes *sizes;
};

/* A shape to decide by, and in numbers. */
static ad_shape said(struct growing *g, ad_tensor *t)
{
    return open_sizes_see(g->sizes, t).said;
}

static ad_shape real(struct growing *g, ad_tensor *t)
{
    return open_sizes_see(g->sizes, t).real;
}

static int draw(struct growing *g, int below)
{
    return random_below(&g->state, below);
}

static ad_tensor *pick(struct growing *g)
{
    int recent = draw(g, 2) ? g->count : (g->count < 6 ? g->count : 6);
    return g->pool[g->count - 1 - draw(g, recent)];
}

/* An axis without places: the largest of none is refused, a window finds no room. */
static bool is_empty(struct growing *g, ad_tensor *t)
{
    ad_shape s = real(g, t);
    for (int i = 0; i < s.rank; i++)
        if (!s.size[i])
            return true;
    return false;
}

static void keep(struct growing *g, ad_tensor *t)
{
    ad_shape s = real(g, t);
    int64_t count = 1;
    for (int i = 0; i < s.rank; i++)
        count *= s.size[i];
    if (ad_tensor_type(t) == g->type && count <= 6000 && g->count < POOL)
        g->pool[g->count++] = t;
}

#ifdef ADZE_EXTRAS
enum { UNARY = 20 };
#else
enum { UNARY = 16 };
#endif

static ad_tensor *unary(struct growing *g, ad_tensor *x)
{
    switch (draw(g, UNARY)) {
    case 0: return ad_neg(x);
    case 1: return ad_abs(x);
    case 2: return ad_exp(ad_tanh(x));
    case 3: return ad_tanh(x);
    case 4: return ad_sigmoid(x);
    case 5: return ad_relu(x);
    case 6: return ad_elu(x, 1.5);
    case 7: return ad_gelu(x);
    case 8: return ad_swish(x);
    case 9: return ad_softplus(x);
    case 10: return ad_sqrt(ad_abs(x));
    case 11: return ad_log1p(ad_abs(x));
    case 12: return ad_sin(x);
    case 13: return ad_leaky_relu(x, 0.1);
    case 14: return ad_scale(x, 0.7);
#ifdef ADZE_EXTRAS
    case 16: return ad_atan(x);
    case 17: return ad_lgamma(ad_shift(ad_abs(x), 0.5)); /* without a vector kernel */
    case 18: return ad_log_ndtr(x);
    case 19: return ad_clamp(x, -0.3, 0.4);
#endif
    default: return ad_erf(x);
    }
}

static ad_tensor *binary(struct growing *g, ad_tensor *x)
{
    ad_tensor *z = NULL;
    for (int tries = 0; tries < 8; tries++) {
        z = pick(g);
        if (shapes_broadcast(said(g, x), said(g, z)))
            break;
        z = NULL;
    }
    if (!z)
        z = ad_scale(x, -0.5);
    switch (draw(g, 7)) {
    case 0: return ad_add(x, z);
    case 1: return ad_sub(x, z);
    case 2: return ad_mul(x, z);
    case 3: return ad_div(x, ad_shift(ad_square(z), 1));
    case 4: return ad_maximum(x, z);
    case 5: return ad_minimum(x, z);
    default: return ad_where(ad_less(x, z), x, z);
    }
}

/* Sums, means, largest over one axis or all. */
static ad_tensor *reduce(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    if (!s.rank)
        return NULL;
    ad_axes axes = draw(g, 5) ? AD_AXES(draw(g, s.rank)) : AD_ALL;
    bool keep_axis = draw(g, 2);
    switch (draw(g, is_empty(g, x) ? 1 : 3)) {
    case 0: return ad_sum(x, axes, .keep = keep_axis);
    case 1: return ad_mean(x, axes, .keep = keep_axis);
    default: return ad_max(x, axes, .keep = keep_axis);
    }
}

static ad_tensor *move(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    if (s.rank < 2)
        return s.rank ? ad_slice(x, 0, 0, AD_END, 1) : NULL;
    int axis = draw(g, s.rank);
    ad_axes order = {s.rank, {0}};
    for (int i = 0; i < s.rank; i++)
        order.axis[i] = s.rank - 1 - i;
    switch (draw(g, 6)) {
    case 0: return ad_transpose(x, order);
    case 1: return s.size[axis] > 2 ? ad_slice(x, axis, 1, AD_END, 1 + draw(g, 2)) : NULL;
    case 2:
        return open_sizes_see(g->sizes, x).made ? NULL : ad_reshape(x, (ad_shape){1, {AD_INFER}});
    case 3: return ad_pad(x, axis, draw(g, 2), 1, 0.25);
    case 4: return ad_concat((ad_tensor *[]){x, ad_neg(x)}, 2, axis);
    default: return ad_flatten(x);
    }
}

static ad_tensor *product(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    if (s.rank < 1 || s.size[s.rank - 1] <= 0)
        return NULL;
    int64_t k = s.size[s.rank - 1];
    ad_tensor *w = ad_uniform(g->r->graph, g->type,
                              draw(g, 2) ? AD_SHAPE(k, 1 + draw(g, 20)) : AD_SHAPE(k), -0.5, 0.5);
    ad_tensor *y = ad_matmul(x, w);
    return draw(g, 2) ? y : ad_shift(ad_tanh(y), 0.1);
}

static ad_tensor *convolve(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    if (s.rank != 4 || s.size[3] <= 0 || is_empty(g, x))
        return NULL;
    int64_t channels = s.size[3];
    ad_tensor *w =
        ad_uniform(g->r->graph, g->type, AD_SHAPE(1 + draw(g, 9), channels, 3, 3), -0.3, 0.3);
    switch (draw(g, 3)) {
    case 0: return ad_convolution(x, w, .padding = 1, .stride = 1 + draw(g, 2));
    case 1: return s.size[1] >= 2 && s.size[2] >= 2 ? ad_max_pool(x, .window = 2) : NULL;
    default:
        return s.size[1] >= 2 && s.size[2] >= 2 ? ad_average_pool(x, .window = 2, .stride = 1)
                                                : NULL;
    }
}

static ad_tensor *rows(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    if (!s.rank || is_empty(g, x))
        return NULL;
    switch (draw(g, 4)) {
    case 0: return ad_softmax(x, -1);
    case 1: return ad_log_softmax(x, draw(g, s.rank));
    case 2: return ad_layer_normalize(x, NULL, NULL, 1e-5);
    default: return ad_dropout(x, .rate = 0.3);
    }
}

/* NaN where x is small, and out of sight. */
static ad_tensor *hide(struct growing *g, ad_tensor *x)
{
    ad_tensor *small = ad_less(x, ad_number(g->r->graph, g->type, 0.1));
    ad_tensor *holes = ad_where(small, ad_number(g->r->graph, g->type, NAN), x);
    switch (draw(g, 3)) {
    case 0: return ad_where(small, ad_neg(x), holes);
    case 1: return ad_where(ad_is_finite(holes), holes, ad_scale(x, 0.5));
    default:
        return ad_squared_error(holes, ad_scale(x, 0.5), .each = true,
                                .weight = ad_cast(ad_not(small), g->type));
    }
}

/* More computations in a row than a loop has room for. */
static ad_tensor *chain(struct growing *g, ad_tensor *x)
{
    for (int i = 40 + draw(g, 40); i > 0; i--)
        x = i % 3 == 0 ? ad_sin(x) : i % 3 == 1 ? ad_scale(x, 1.1) : ad_shift(x, 0.05);
    return x;
}

/* More operands than a loop has room for. */
static ad_tensor *wide(struct growing *g, ad_tensor *x)
{
    enum { PARTS = 50 };
    ad_tensor *part[PARTS], *sum = x;
    ad_shape s = said(g, x);
    if (!s.rank || s.size[0] <= 0)
        return NULL;
    for (int i = 0; i < PARTS; i++)
        part[i] = ad_scale(x, 0.02 * (i + 1));
    ad_tensor *all = ad_concat(part, PARTS, 0);
    for (int i = 0; i < PARTS; i++)
        sum = ad_add(sum, ad_slice(all, 0, i * s.size[0], (i + 1) * s.size[0], 1));
    return ad_tanh(sum);
}

static ad_tensor *grow(struct growing *g)
{
    ad_tensor *x = pick(g);
    if (g->devices > 1)
        ad_device(g->r->graph, draw(g, 2) % g->r->graph->context->devices);
    switch (draw(g, 11)) {
    case 0:
    case 1:
    case 2: return unary(g, x);
    case 3:
    case 4: return binary(g, x);
    case 5: return reduce(g, x);
    case 6: return move(g, x);
    case 7: return product(g, x);
    case 8: return convolve(g, x);
    case 9: return draw(g, 2) ? hide(g, x) : draw(g, 2) ? chain(g, x) : wide(g, x);
    default: return rows(g, x);
    }
}

static void make_feeds(struct growing *g)
{
    static const char *const names[RANDOM_FEEDS] = {"a", "b", "c"};
    static const char *const sizes[OPEN_SIZES] = {"rows", "batch", "time"};
    int64_t number[OPEN_SIZES] = {draw(g, 4) ? 5 : 1 + draw(g, 70), draw(g, 4) ? 2 : draw(g, 70),
                                  draw(g, 8) ? 6 : 1};
    ad_shape shapes[RANDOM_FEEDS] = {AD_SHAPE(number[0], 12), AD_SHAPE(number[1], number[2], 5, 3),
                                     AD_SHAPE(17)};
    open_sizes_declare(g->sizes, g->r->graph, sizes, number);
    const ad_dim *dim = g->sizes->dim;
    ad_shape declared[RANDOM_FEEDS] = {AD_SHAPE(dim[0], 12), AD_SHAPE(dim[1], dim[2], 5, 3),
                                       AD_SHAPE(17)};
    for (int i = 0; i < RANDOM_FEEDS; i++) {
        g->r->value[i] = array_random(g->type, shapes[i], &g->state, -2, 2);
        g->r->feed[i] = ad_feed(g->r->graph, names[i], g->type, declared[i]);
        keep(g, g->r->feed[i]);
    }
}

static void make_variables(struct growing *g, ad_tensor **variable)
{
    variable[0] =
        ad_variable(g->r->graph, "u", ad_uniform(g->r->graph, g->type, AD_SHAPE(12, 9), -0.5, 0.5));
    variable[1] =
        ad_variable(g->r->graph, "v", ad_normal(g->r->graph, g->type, AD_SHAPE(12), 0, 1));
    keep(g, variable[0]);
    keep(g, variable[1]);
    keep(g, ad_matmul(ad_mul(g->r->feed[0], variable[1]), variable[0]));
}

/* A loss over a few tensors of the pool, gradients for feeds and variables, updates. */
static void make_fetches(struct growing *g, ad_tensor **variable)
{
    struct random_graph *r = g->r;
    ad_tensor *loss = ad_number(r->graph, g->type, 0);
    for (int i = 0; i < 3; i++) {
        ad_tensor *t = g->pool[g->count - 1 - draw(g, g->count < 8 ? g->count : 8)];
        loss = ad_add(loss, is_empty(g, t) ? ad_sum(t, AD_ALL) : ad_mean(ad_tanh(t), AD_ALL));
    }
    loss = ad_add(loss, ad_mean(ad_square(variable[0]), AD_ALL));
    ad_tensor *x[] = {r->feed[0], r->feed[1], variable[0], variable[1]}, *dx[4];
    ad_gradient(loss, x, 4, dx);
    r->fetch[r->fetches++] = loss;
    r->fetch[r->fetches++] = dx[draw(g, 2)];
    for (int i = 0; i < 3; i++)
        r->fetch[r->fetches++] = pick(g);
    r->training = true;
    ad_assign(loss, variable[0], ad_sub(variable[0], ad_scale(dx[2], 0.1)));
    ad_assign(loss, variable[1], ad_sub(variable[1], ad_scale(dx[3], 0.1)));
}

static bool make(struct random_graph *r, ad_context *context, struct growing *g, int size)
{
    *r = (struct random_graph){.graph = ad_graph_new(context)};
    if (!r->graph)
        return false;
    ad_tensor *variable[RANDOM_VARIABLES];
    make_feeds(g);
    make_variables(g, variable);
    for (int i = 0; i < size; i++) {
        ad_tensor *t = grow(g);
        if (!t)
            continue;
        if (ad_tensor_error(t))
            return false;
        keep(g, t);
    }
    make_fetches(g, variable);
    return true;
}

bool random_graph_make(struct random_graph *r, ad_context *context, uint64_t number, int size,
                       ad_type type, int order)
{
    uint64_t state = number;
    bool open = random_below(&state, 3) == 0;
    int devices = 1 + (random_below(&state, 4) == 0);
    struct open_sizes sizes = {.open = open, .order = order < 0 ? 0 : order};
    struct growing g = {.r = r, .state = state, .type = type, .devices = devices, .sizes = &sizes};
    bool ok = make(r, context, &g, size);
    if (ok && open && order < 0) {
        struct growing again = {
            .r = r, .state = state, .type = type, .devices = devices, .sizes = &sizes};
        random_graph_free(r);
        sizes.open = false, sizes.twin = true;
        ok = make(r, context, &again, size);
    }
    r->open = open;
    free(sizes.notes);
    return ok;
}

void random_graph_free(struct random_graph *r)
{
    for (int i = 0; i < RANDOM_FEEDS; i++)
        free(r->value[i].data);
    ad_graph_free(r->graph);
}
