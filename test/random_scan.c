/* Random scans.  A pool of tensors grows as in random_graph.c; each knows in which of the open
 * scans it changes from step to step, as only such tensors can be stacked. */
#include "random_scan.h"

#include "arrays.h"
#include "open_sizes.h"
#include "random.h"

enum { POOL = 192, DEPTH_MAX = 3, RESULT_MAX = 24 };

struct item {
    ad_tensor *t;
    unsigned changes; /* bit d: from step to step of the open scan of depth d */
};

struct growing {
    struct random_scan *r;
    uint64_t state;
    struct item pool[POOL], result[RESULT_MAX];
    int count, results, depth, size;
    unsigned changes; /* of the tensors picked since it was set to 0 */
    ad_type type;
    int64_t batch, time, width; /* as declared: open sizes, or numbers */
    struct seen said;           /* the same three, to decide by */
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

static bool is_empty(struct growing *g, ad_tensor *t)
{
    ad_shape s = real(g, t);
    for (int i = 0; i < s.rank; i++)
        if (!s.size[i])
            return true;
    return false;
}

static int draw(struct growing *g, int below)
{
    return random_below(&g->state, below);
}

static ad_tensor *pick(struct growing *g)
{
    int recent = draw(g, 2) ? g->count : (g->count < 8 ? g->count : 8);
    struct item *item = &g->pool[g->count - 1 - draw(g, recent)];
    g->changes |= item->changes;
    return item->t;
}

/* For a second operand: one that is drawn and not taken leaves no trace. */
static ad_tensor *pick_that(struct growing *g, bool (*good)(ad_shape a, ad_shape b), ad_tensor *x)
{
    unsigned changes = g->changes;
    for (int tries = 0; tries < 8; tries++) {
        ad_tensor *z = pick(g);
        if (good(said(g, x), said(g, z)))
            return z;
        g->changes = changes;
    }
    return NULL;
}

static void keep(struct growing *g, ad_tensor *t, unsigned changes)
{
    struct seen seen = open_sizes_see(g->sizes, t);
    ad_shape s = seen.real;
    int64_t count = 1;
    for (int i = 0; i < s.rank; i++)
        count *= s.size[i];
    if (seen.made < 2 && ad_tensor_type(t) == g->type && count <= 3000 && s.rank <= 5 &&
        g->count < POOL)
        g->pool[g->count++] = (struct item){t, changes};
}

/* ---- ops */

static bool multiply(ad_shape a, ad_shape b)
{
    if (a.rank < 1 || b.rank < 1 || (a.rank == 1 && b.rank == 1))
        return false;
    if (a.size[a.rank - 1] != b.size[b.rank > 1 ? b.rank - 2 : 0])
        return false;
    return a.rank <= 2 || b.rank <= 2 ||
           (a.rank == b.rank && a.size[0] == b.size[0] && a.rank == 3);
}

static bool join(ad_shape a, ad_shape b)
{
    if (a.rank != b.rank || !a.rank)
        return false;
    for (int i = 1; i < a.rank; i++)
        if (a.size[i] != b.size[i])
            return false;
    return true;
}

static ad_tensor *unary(struct growing *g, ad_tensor *x)
{
    switch (draw(g, g->r->smooth ? 8 : 15)) {
    case 0: return ad_neg(x);
    case 1: return ad_exp(ad_tanh(x));
    case 2: return ad_tanh(x);
    case 3: return ad_sigmoid(x);
    case 4: return ad_gelu(x);
    case 5: return ad_softplus(x);
    case 6: return ad_sin(x);
    case 7: return ad_scale(x, 0.7);
    case 8: return ad_stop_gradient(x);
    case 9: return ad_abs(x);
    case 10: return ad_relu(x);
    case 11: return ad_cast(ad_cast(x, AD_I32), g->type);
    case 12: return ad_cast(ad_cast(x, g->type == AD_F32 ? AD_F64 : AD_F32), g->type);
    case 13: return ad_clip_gradient(x, 0.3);
    default: return ad_leaky_relu(x, 0.1);
    }
}

static ad_tensor *binary(struct growing *g, ad_tensor *x)
{
    ad_tensor *z = pick_that(g, shapes_broadcast, x);
    if (!z)
        z = ad_scale(x, -0.5);
    switch (draw(g, g->r->smooth ? 4 : 7)) {
    case 0: return ad_add(x, z);
    case 1: return ad_sub(x, z);
    case 2: return ad_tanh(ad_mul(x, z));
    case 3: return ad_div(x, ad_shift(ad_square(z), 1));
    case 4: return ad_maximum(x, z);
    case 5: return ad_minimum(x, z);
    default: return ad_where(ad_less(x, z), x, z);
    }
}

static ad_tensor *reduce(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    if (!s.rank)
        return NULL;
    int axis = draw(g, s.rank);
    ad_axes axes = draw(g, 5) ? AD_AXES(axis) : AD_ALL;
    bool keep_axis = draw(g, 2);
    if (is_empty(g, x))
        return NULL;
    switch (draw(g, g->r->smooth ? 2 : 3)) {
    case 0: return ad_sum(x, axes, .keep = keep_axis);
    case 1: return ad_mean(x, axes, .keep = keep_axis);
    default: return ad_max(x, axes, .keep = keep_axis);
    }
}

static ad_tensor *turn(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    ad_axes order = {s.rank, {0}};
    int by = 1 + draw(g, s.rank - 1);
    for (int i = 0; i < s.rank; i++)
        order.axis[i] = (i + by) % s.rank;
    return ad_transpose(x, order);
}

/* The last two axes as one, or the last one as two. */
static ad_tensor *regroup(struct growing *g, ad_tensor *x)
{
    struct seen seen = open_sizes_see(g->sizes, x);
    ad_shape s = ad_tensor_shape(x);
    int64_t last = seen.said.size[s.rank - 1];
    if (draw(g, 2) && s.rank > 1 && !seen.made) {
        s.size[s.rank - 2] = dim_mul(g->r->graph, s.size[s.rank - 2], s.size[s.rank - 1]);
        s.rank--;
    } else if (last < 0) {
        s.size[s.rank++] = 1;
    } else {
        s.size[s.rank - 1] = last % 2 ? 1 : 2;
        s.size[s.rank++] = last % 2 ? last : last / 2;
    }
    return ad_reshape(x, s);
}

static ad_tensor *enlarge(struct growing *g, ad_tensor *x)
{
    ad_shape s = ad_tensor_shape(x), to = {.rank = s.rank + 1, .size = {1 + draw(g, 3)}};
    memcpy(to.size + 1, s.size, sizeof *s.size * (size_t)s.rank);
    return ad_expand(x, to);
}

static ad_tensor *move(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    bool flat = !open_sizes_see(g->sizes, x).made;
    if (!s.rank || s.rank > 4)
        return flat && draw(g, 2) ? ad_reshape(x, (ad_shape){1, {AD_INFER}}) : NULL;
    int axis = draw(g, s.rank);
    bool some = s.size[axis] > 1;
    switch (draw(g, 9)) {
    case 0: return s.rank > 1 ? turn(g, x) : NULL;
    case 1: return some ? ad_slice(x, axis, 1, AD_END, 1 + draw(g, 2)) : NULL;
    case 2: return some ? ad_slice(x, axis, 0, s.size[axis] - 1, 1) : NULL;
    case 3: return flat ? ad_reshape(x, (ad_shape){1, {AD_INFER}}) : NULL;
    case 4: return regroup(g, x);
    case 5: return ad_pad(x, axis, draw(g, 2), 1, 0.25);
    case 6: {
        ad_tensor *z = pick_that(g, join, x);
        return z ? ad_concat((ad_tensor *[]){x, z}, 2, 0) : NULL;
    }
    case 7: return enlarge(g, x);
    default: return ad_concat((ad_tensor *[]){x, ad_neg(x)}, 2, axis);
    }
}

static ad_tensor *product(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    ad_tensor *z = draw(g, 3) ? pick_that(g, multiply, x) : NULL;
    if (z)
        return ad_tanh(ad_matmul(x, z));
    if (s.rank == 2 || s.rank == 3) {
        ad_axes back = s.rank == 2 ? AD_AXES(1, 0) : AD_AXES(0, 2, 1);
        return ad_scale(ad_matmul(x, ad_transpose(x, back)), 0.2);
    }
    return NULL;
}

static ad_tensor *rows(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    if (!s.rank || is_empty(g, x))
        return NULL;
    switch (draw(g, 3)) {
    case 0: return ad_softmax(x, -1);
    case 1: return ad_log_softmax(x, draw(g, s.rank));
    default: return ad_layer_normalize(x, NULL, NULL, 1e-2);
    }
}

static ad_tensor *take(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x);
    int axis = s.rank ? draw(g, s.rank) : 0;
    if (!s.rank || s.size[axis] <= 0 || s.rank > 3)
        return NULL;
    ad_tensor *largest = ad_number(g->r->graph, AD_I64, (double)(s.size[axis] - 1));
    return ad_gather(x, ad_minimum(g->r->feed[7], largest), axis);
}

static ad_tensor *convolve(struct growing *g, ad_tensor *x)
{
    ad_shape s = said(g, x), own = ad_tensor_shape(x);
    if (is_empty(g, x))
        return NULL;
    if (s.rank == 3) {
        s = (ad_shape){4, {s.size[0], s.size[1], s.size[2], 1}};
        x = ad_reshape(x, AD_SHAPE(own.size[0], own.size[1], own.size[2], 1));
    }
    if (s.rank != 4 || s.size[3] <= 0)
        return NULL;
    ad_tensor *w = ad_full(g->r->graph, g->type, AD_SHAPE(2, s.size[3], 3, 3), 0.1);
    int64_t k = g->said.said.size[2];
    if (draw(g, 2) && k == s.size[3])
        w = ad_expand(ad_reshape(g->r->feed[5], AD_SHAPE(1, k, 1, 1)), AD_SHAPE(2, k, 3, 3));
    if (!g->r->smooth && !draw(g, 3) && s.size[1] > 1 && s.size[2] > 1)
        return ad_max_pool(x, .window = 2);
    return ad_convolution(x, w, .padding = 1, .stride = 1 + draw(g, 2));
}

/* Random numbers are others at each step of every open scan. */
static ad_tensor *random_op(struct growing *g, ad_tensor *x)
{
    g->changes = (1u << g->depth) - 1;
    switch (draw(g, 3)) {
    case 0: return ad_dropout(x, .rate = 0.3, .always = draw(g, 2));
    case 1: return ad_add(x, ad_uniform(g->r->graph, g->type, ad_tensor_shape(x), -1, 1));
    default: return ad_mul(x, ad_normal(g->r->graph, g->type, ad_tensor_shape(x), 0, 1));
    }
}

static ad_tensor *grow(struct growing *g)
{
    g->changes = 0;
    if (!draw(g, 16))
        ad_device(g->r->graph, draw(g, 2) % g->r->graph->context->devices);
    ad_tensor *x = pick(g);
    switch (draw(g, 15)) {
    case 0:
    case 1:
    case 2: return unary(g, x);
    case 3:
    case 4: return binary(g, x);
    case 5: return reduce(g, x);
    case 6:
    case 7:
    case 8: return move(g, x);
    case 9:
    case 10: return product(g, x);
    case 11: return convolve(g, x);
    case 12: return rows(g, x);
    case 13: return take(g, x);
    default: return draw(g, 2) ? random_op(g, x) : unary(g, x);
    }
}

/* ---- a scan */

struct scan {
    ad_loop *loop;
    ad_tensor *carry[4], *count;
    unsigned carry_changes[4];
    int carries;
    int64_t time;
    int first; /* of the pool */
};

static bool begin(struct growing *g, struct scan *s)
{
    struct item over = {0};
    for (int tries = 0; tries < 20 && !over.t; tries++) {
        over = g->pool[g->count - 1 - draw(g, g->count)];
        ad_shape shape = real(g, over.t);
        if (shape.rank < 2 || shape.rank > 4 || shape.size[1] > 8)
            over.t = NULL;
    }
    if (!over.t)
        return false;
    unsigned bit = 1u << g->depth++;
    s->time = said(g, over.t).size[1];
    s->first = g->count;
    ad_device(g->r->graph, draw(g, 2) % g->r->graph->context->devices);
    s->loop = ad_scan_begin(g->r->graph, draw(g, 2));
    keep(g, ad_scan_input(s->loop, over.t), over.changes | bit);
    for (int i = draw(g, 4); i > 0; i--) {
        struct item more = g->pool[draw(g, s->first)];
        ad_shape shape = said(g, more.t);
        if (shape.rank > 1 && shape.size[1] == s->time)
            keep(g, ad_scan_input(s->loop, more.t), more.changes | bit);
    }
    return true;
}

static void begin_carries(struct growing *g, struct scan *s)
{
    unsigned bit = 1u << (g->depth - 1);
    for (int i = draw(g, 4); i > 0; i--) {
        struct item first = g->pool[draw(g, s->first)];
        s->carry_changes[s->carries] = first.changes | bit;
        ad_tensor *carry = s->carry[s->carries++] = ad_scan_carry(s->loop, first.t);
        keep(g, carry, first.changes | bit);
    }
    if (!draw(g, 3)) {
        s->count = ad_scan_carry(s->loop, ad_full(g->r->graph, AD_I64, AD_SHAPE(2), 1));
        keep(g, ad_scale(ad_cast(s->count, g->type), 0.1), bit);
    }
    if (!draw(g, 3))
        keep(g, ad_scale(ad_cast(ad_scan_index(s->loop), g->type), 0.3), bit);
    if (!draw(g, 3) && s->time == g->said.said.size[1] && g->depth == 1)
        keep(g, ad_cast(ad_scan_input(s->loop, g->r->feed[6]), g->type), bit);
}

/* The next value of a carry: a tensor of its shape, or it and the mean of some tensor. */
static ad_tensor *next_of(struct growing *g, ad_tensor *carry)
{
    ad_shape shape = said(g, carry);
    for (int tries = 0; tries < 10; tries++) {
        ad_tensor *t = pick(g);
        ad_shape s = said(g, t);
        if (s.rank == shape.rank && !memcmp(s.size, shape.size, sizeof *s.size * (size_t)s.rank))
            return t;
    }
    ad_tensor *t = pick(g);
    if (is_empty(g, t))
        return ad_scale(carry, 0.9);
    return ad_tanh(ad_add(carry, ad_mean(t, AD_ALL)));
}

static void add_result(struct growing *g, ad_tensor *t, unsigned changes)
{
    if (g->results < RESULT_MAX)
        g->result[g->results++] = (struct item){t, changes};
}

/* What the scan gives goes to the pool and among the results. */
static void give(struct growing *g, const struct scan *s)
{
    unsigned mask = (1u << (g->depth - 1)) - 1;
    struct item body[POOL];
    int count = g->count - s->first, first_result = g->results;
    memcpy(body, g->pool + s->first, sizeof *body * (size_t)count);
    g->count = s->first;
    g->depth--;
    for (int i = 0; i < s->carries; i++)
        add_result(g, ad_scan_last(s->loop, s->carry[i]), s->carry_changes[i] & mask);
    for (int i = 0; i < 5 && count; i++) {
        struct item t = body[count - 1 - draw(g, draw(g, 2) && count > 6 ? 6 : count)];
        if (t.changes >> g->depth & 1)
            add_result(g, ad_scan_all(s->loop, t.t), t.changes & mask);
    }
    if (s->count)
        g->r->fetch[g->r->fetches] = g->depth ? NULL : ad_scan_last(s->loop, s->count);
    g->r->fetches += s->count && !g->depth;
    for (int i = first_result; i < g->results; i++)
        keep(g, g->result[i].t, g->result[i].changes);
    if (g->depth) /* only the outermost scan's results are seen from outside */
        g->results = first_result;
}

static bool make_scan(struct growing *g, int size)
{
    struct scan s = {0};
    if (!begin(g, &s))
        return true;
    begin_carries(g, &s);
    for (int i = 0; i < size; i++) {
        if (g->depth < DEPTH_MAX && !draw(g, 12) && !make_scan(g, size / 2))
            return false;
        ad_tensor *t = grow(g);
        if (t && ad_tensor_error(t))
            return false;
        if (t)
            keep(g, t, g->changes);
    }
    for (int i = 0; i < s.carries; i++)
        ad_scan_update(s.loop, s.carry[i], next_of(g, s.carry[i]));
    if (s.count)
        ad_scan_update(s.loop, s.count, ad_add(s.count, g->r->feed[7]));
    if (ad_scan_end(s.loop) != AD_OK)
        return false;
    give(g, &s);
    return true;
}

/* ---- the graph */

static void fill(struct growing *g, ad_array *a)
{
    for (int64_t i = 0; i < ad_array_count(a); i++) {
        double v = 3 * random_unit(&g->state) - 1.5;
        array_put(a, i, a->type == AD_I64 ? draw(g, 4) : v);
    }
}

static void make_feeds(struct growing *g)
{
    static const int64_t widths[] = {1, 2, 3, 4, 5, 16, 19};
    static const char *const sizes[OPEN_SIZES] = {"batch", "time", "width"};
    int64_t number[OPEN_SIZES];
    number[0] = 1 + draw(g, 3);
    number[1] = draw(g, 30) ? 1 + draw(g, 4) : 0;
    number[2] = widths[draw(g, 7)];
    open_sizes_declare(g->sizes, g->r->graph, sizes, number);
    int64_t b = g->batch = g->sizes->dim[0], t = g->time = g->sizes->dim[1],
            w = g->width = g->sizes->dim[2];
    ad_shape third[] = {AD_SHAPE(b, t), AD_SHAPE(b, t, w, 3), AD_SHAPE(b, t, 3, 4, w)};
    ad_shape shapes[SCAN_FEEDS] = {AD_SHAPE(b, t, w), AD_SHAPE(b, t, w), third[draw(g, 3)],
                                   AD_SHAPE(b, w),    AD_SHAPE(w, w),    AD_SHAPE(w),
                                   AD_SHAPE(b, t),    AD_SHAPE(2)};
    static const char *const names[] = {"x", "y", "z", "h", "w", "v", "n", "k"};
    for (int i = 0; i < SCAN_FEEDS; i++) {
        ad_type type = i < 6 ? g->type : AD_I64;
        g->r->feed[i] = ad_feed(g->r->graph, names[i], type, shapes[i]);
        g->r->value[i] = array_new(type, real(g, g->r->feed[i]));
        fill(g, &g->r->value[i]);
        keep(g, g->r->feed[i], 0);
    }
    g->said = open_sizes_see(g->sizes, g->r->feed[0]);
}

/* What lies with strides of its own, to run over. */
static void make_views(struct growing *g)
{
    ad_tensor *x = g->r->feed[0];
    if (g->said.said.size[0] == g->said.said.size[1] || draw(g, 2))
        keep(g,
             ad_transpose(ad_slice(ad_concat((ad_tensor *[]){x, x}, 2, 2), 2, 1, AD_END, 1),
                          AD_AXES(0, 1, 2)),
             0);
    keep(g,
         ad_transpose(ad_expand(ad_reshape(g->r->feed[4], AD_SHAPE(1, g->width, g->width)),
                                AD_SHAPE(2, g->width, g->width)),
                      AD_AXES(0, 2, 1)),
         0);
    keep(g,
         ad_expand(ad_reshape(g->r->feed[3], AD_SHAPE(g->batch, 1, g->width)),
                   AD_SHAPE(g->batch, g->time, g->width)),
         0);
}

static ad_tensor *loss_over(struct growing *g, ad_tensor *const *t, int count)
{
    ad_tensor *loss = ad_number(g->r->graph, g->type, 0);
    for (int i = 0; i < count; i++) {
        ad_tensor *part = ad_scale(ad_sum(ad_square(t[i]), AD_ALL), 0.1 * (i + 1));
        loss = ad_add(loss, ad_tanh(ad_scale(part, 0.01)));
    }
    return loss;
}

static bool fetch(struct random_scan *r, ad_tensor *const *t, int count)
{
    for (int i = 0; i < count; i++) {
        if (ad_tensor_error(t[i]))
            return false;
        if (r->fetches < SCAN_FETCHES)
            r->fetch[r->fetches++] = t[i];
    }
    return true;
}

static bool make_fetches(struct growing *g)
{
    struct random_scan *r = g->r;
    ad_tensor *results[RESULT_MAX], *dx[6], *ddx[6];
    for (int i = 0; i < g->results; i++)
        results[i] = g->result[i].t;
    r->real_feeds = 6;
    memcpy(r->real_feed, r->feed, sizeof r->real_feed);
    r->loss = loss_over(g, results, g->results);
    ad_gradient(r->loss, r->feed, 6, dx);
    int used = 0; /* a feed that the loss depends on: what it does not ad_call refuses */
    while (used < 5 && graph_is(dx[used], &op_full))
        used++;
    ad_tensor *again = ad_neg(r->feed[used]), *called = r->loss;
    if (!graph_is(dx[used], &op_full))
        called = ad_call(r->loss, &r->feed[used], &again, 1);
    if (!fetch(r, &r->loss, 1) || !fetch(r, &called, 1) || !fetch(r, dx, 6) ||
        !fetch(r, results, g->results))
        return false;
    if (!r->twice)
        return true;
    ad_gradient(loss_over(g, dx, 6), r->feed, 6, ddx);
    return fetch(r, ddx, 6);
}

static bool make(struct growing *g, ad_context *context, int size, bool smooth)
{
    *g->r = (struct random_scan){.graph = ad_graph_new(context), .smooth = smooth};
    if (!g->r->graph)
        return false;
    g->r->twice = smooth && size <= 6;
    make_feeds(g);
    make_views(g);
    return make_scan(g, size) && (draw(g, 2) || make_scan(g, size)) && make_fetches(g);
}

bool random_scan_make(struct random_scan *r, ad_context *context, uint64_t number, int size,
                      ad_type type, bool smooth, int order)
{
    uint64_t state = number;
    bool open = random_below(&state, 2);
    struct open_sizes sizes = {.open = open, .order = order < 0 ? 0 : order};
    struct growing *g = malloc(sizeof *g),
                   first = {.r = r, .state = state, .type = type, .size = size, .sizes = &sizes};
    *g = first;
    bool ok = make(g, context, size, smooth);
    if (ok && open && order < 0) {
        random_scan_free(r);
        sizes.open = false, sizes.twin = true;
        *g = first;
        ok = make(g, context, size, smooth);
    }
    r->open = open;
    free(sizes.notes);
    free(g);
    return ok;
}

void random_scan_free(struct random_scan *r)
{
    for (int i = 0; i < SCAN_FEEDS; i++)
        free(r->value[i].data);
    ad_graph_free(r->graph);
}
