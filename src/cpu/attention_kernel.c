/* Attention and its gradient without the matrix of scores (op/attention.h).
 *
 * A forward task is a block of queries of one head against all its keys: scores by a product into
 * scratch memory, a fused loop that makes weights of them there, and the product with v.  Blocks
 * are as high as fit into the second-level cache with all keys beside them (BLOCK_BYTES).  There is
 * no running softmax over blocks of keys (Milakov and Gimelshein 2018): it would round differently
 * from the graph that attention means, and whole rows cost nothing while a block of them fits.
 *
 * A gradient task is a chunk of AD_K_CHUNK queries of one head, because dk and dv are sums over
 * queries and sums are taken by chunks (core/order.h).  It makes the weights again, block by block,
 * keeps them and ds for the chunk, and multiplies both with what the chunk's queries bring.  Where
 * a head has several chunks their sums wait in shared memory for a second phase that adds them up
 * in order.  So memory grows with the keys, not with queries times keys:
 *
 *     forward     a thread: block x keys
 *     gradient    a thread: 2 AD_K_CHUNK x keys, and shared: chunks x keys x (width + values) a
 * head
 *
 * Where queries see keys up to their own place and there is no mask, a block looks at those that
 * its last row sees, rounded up to KEY_STEP: half of all.  That has the bits of all keys, since a
 * weight of 0 adds nothing, but for two rare kinds of rows, whose blocks are made again with all:
 * scores that are the lowest number there is, and a sum that has come to -0.
 *
 * What is out of sight may hold NaN, and a weight of 0 does not hide that from a product
 * (op/matmul_masked.c).  Blocks are made as if there were none of it; only where a result is not
 * finite are they made again, with choices instead of products with 0.
 *
 * The price is that the gradient makes the weights a second time.  A program that keeps them is
 * faster while the scores are few, so only heads of at least SCORES_LEAST scores come here. */
#include <float.h>
#include <string.h>

#include "base/error.h"
#include "base/whole.h"
#include "cpu/attention_loop.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/attention.h"

enum {
    BLOCK_BYTES = 1 << 18,
    BLOCK_ROWS = 16, /* at least */
    KEY_STEP = 128,  /* keys that later queries see and earlier ones do not are counted in these */
    SCORES_LEAST = 128 * 128,
    ALIGNMENT = 64,
};

/* (rows, columns) of each head. */
struct matrices {
    int value; /* -1: not wanted */
    struct strided heads;
    int64_t offset, rows, columns, row, column; /* strides; in elements */
};

/* A product for blocks or chunks of .step rows, and for the last one. */
struct product {
    struct contract whole, last;
};

enum { SCORES, VALUES, WEIGHTS_GRADIENT, Q_GRADIENT, K_GRADIENT, V_GRADIENT, PRODUCTS };

struct attention_kernel {
    const struct cpu_tables *tables;
    ad_type type;
    int64_t size; /* of an element */
    int64_t queries, keys, heads;
    double scale;
    int64_t apart;                /* rows of a strip */
    int64_t block, chunk, chunks; /* rows; chunks of a head */
    struct matrices q, k, v, y, d, dq, dk, dv, mask;
    struct product product[PRODUCTS];
    struct attention_loop weights, gradient, gradient_in_sight;
    bool hides;                                    /* some queries do not see some keys */
    bool triangle;                                 /* and those are all that come later */
    size_t strips, packed_at, product_at, loop_at; /* places in scratch; strips: bytes of one */
    size_t dk_bytes, dv_bytes;                     /* of a chunk in shared memory */
    char *past; /* whether a key that is so many places behind the query is in its past or present:
                   from 1 - queries to keys - 1 places */
    bool truth[]; /* what it points into */
};

bool cpu_keeps_attention(const struct node *node)
{
    if (node->op != &op_attention && node->op != &op_attention_gradient)
        return false;
    const ad_shape *q = &node->in[0]->shape, *k = &node->in[1]->shape;
    return q->size[q->rank - 2] * k->size[k->rank - 2] >= SCORES_LEAST;
}

/* ---- operands */

static int64_t rows_of(const struct view *v)
{
    return v->shape.size[v->shape.rank - 2];
}

static struct matrices matrices_of(const struct view *v)
{
    int rank = v->shape.rank;
    return (struct matrices){.value = v->value,
                             .heads = strided_axes(v, 0, rank - 2),
                             .offset = v->offset,
                             .rows = rows_of(v),
                             .columns = v->shape.size[rank - 1],
                             .row = v->stride[rank - 2],
                             .column = v->stride[rank - 1]};
}

static struct matrices transposed(const struct matrices *m)
{
    struct matrices t = *m;
    t.rows = m->columns, t.columns = m->rows, t.row = m->column, t.column = m->row;
    return t;
}

/* A view of a mask, stretched over the axes of the scores. */
static struct view stretched(const struct view *mask, const ad_shape *scores)
{
    struct view v = *mask;
    int front = scores->rank - mask->shape.rank;
    v.shape = *scores;
    for (int i = 0; i < scores->rank; i++) {
        bool same = i < front || mask->shape.size[i - front] == 1;
        v.stride[i] = same ? 0 : mask->stride[i - front];
    }
    return v;
}

/* Of one head, from that row on. */
static char *address(const struct attention_kernel *k, const struct run *run,
                     const struct matrices *m, int64_t head, int64_t row)
{
    int64_t at = m->offset + strided_offset(&m->heads, head) + row * m->row;
    return (char *)run->base[m->value] + at * k->size;
}

/* ---- products */

static struct contract_operand operand_of(const struct matrices *m)
{
    return (struct contract_operand){0, m->row, m->column, false};
}

/* In scratch memory: so many columns, neighbours. */
static struct matrices strip_of(int64_t columns)
{
    return (struct matrices){.columns = columns, .row = columns, .column = 1};
}

static struct matrices strip_in(const struct attention_kernel *k)
{
    struct matrices m = strip_of(k->apart);
    m.columns = k->keys;
    return m;
}

static void plan(struct attention_kernel *k, struct contract *c, int64_t m, int64_t terms,
                 const struct matrices *a, const struct matrices *b, const struct matrices *out)
{
    *c = (struct contract){.type = k->type,
                           .batch = 1,
                           .alone = true,
                           .m = m,
                           .n = b->columns,
                           .k = terms,
                           .a = operand_of(a),
                           .b = operand_of(b),
                           .c = operand_of(out)};
    contract_plan(c, k->tables->contract);
}

static int64_t last_of(int64_t rows, int64_t step)
{
    return rows ? (rows - 1) % step + 1 : 0;
}

/* out = a b for blocks of rows of a. */
static void plan_block(struct attention_kernel *k, int which, const struct matrices *a,
                       const struct matrices *b, const struct matrices *out)
{
    struct product *p = &k->product[which];
    plan(k, &p->whole, k->block, a->columns, a, b, out);
    plan(k, &p->last, last_of(last_of(k->queries, k->chunk), k->block), a->columns, a, b, out);
}

/* out = a^T b, where a is a strip and b has the rows of a chunk. */
static void plan_sum(struct attention_kernel *k, int which, const struct matrices *b,
                     const struct matrices *out)
{
    struct matrices strip = strip_in(k), a = transposed(&strip);
    struct product *p = &k->product[which];
    plan(k, &p->whole, k->keys, k->chunk, &a, b, out);
    plan(k, &p->last, k->keys, last_of(k->queries, k->chunk), &a, b, out);
}

static void multiply(const struct attention_kernel *k, char *scratch, const struct contract *c,
                     const void *a, const void *b, void *out)
{
    struct contract_run r = {
        .contract = c, .a = a, .b = b, .c = out, .shared = scratch + k->packed_at};
    for (int phase = 0; phase < CONTRACT_PHASES; phase++)
        for (int task = 0; task < c->tasks[phase]; task++)
            contract_task(&r, (enum contract_phase)phase, task, scratch + k->product_at);
}

/* The same where a is 0 out of sight, which leaves out what b holds there. */
static void multiply_seen(const struct attention_kernel *k, char *scratch, const struct contract *c,
                          const void *a, const void *b, void *out)
{
    struct contract_run r = {.contract = c, .a = a, .b = b, .c = out};
    multiply(k, scratch, c, a, b, out);
    if (k->hides)
        contract_nonzero(&r, 0);
}

/* ---- blocks */

/* Rows of queries of one head, all in one chunk. */
struct block {
    int64_t head, row, rows, in_chunk; /* in_chunk: rows of the chunk before it */
    int64_t keys;                      /* that are looked at */
};

/* All that the queries before `end` see, and some more. */
static int64_t keys_before(const struct attention_kernel *k, int64_t end)
{
    int64_t keys = (end + KEY_STEP - 1) / KEY_STEP * KEY_STEP;
    return k->triangle && keys < k->keys ? keys : k->keys;
}

/* A product of fewer keys. */
static struct contract of_keys(const struct contract *all, int which, int64_t keys)
{
    struct contract c = *all;
    int64_t *extent = which == SCORES || which == WEIGHTS_GRADIENT ? &c.n : &c.k;
    if (*extent != keys) {
        *extent = keys;
        contract_plan(&c, c.table);
    }
    return c;
}

static struct contract of_block(const struct attention_kernel *k, int which, const struct block *b)
{
    const struct product *p = &k->product[which];
    return of_keys(b->rows == k->block ? &p->whole : &p->last, which, b->keys);
}

/* A strip of a chunk, from the block's first row on, and as if the head's first row lay there. */
static char *strip(const struct attention_kernel *k, char *scratch, int i, int64_t row)
{
    return scratch + (size_t)i * k->strips + (size_t)(row * k->apart * k->size);
}

static char *from_head(const struct attention_kernel *k, char *at, const struct block *b)
{
    return (char *)((uintptr_t)at - (uintptr_t)(b->row * k->apart * k->size));
}

static void run_loop(const struct attention_kernel *k, const struct attention_loop *l,
                     void *const *base, const struct block *b, char *scratch)
{
    struct loop_run r = {.loop = &l->loop, .base = base};
    tile_run(k->tables->tile, &r, b->row, b->rows, 0, b->keys, scratch + k->loop_at);
}

/* Behind the first operands of a loop, what says which keys are in sight. */
static void add_sight(const struct attention_kernel *k, const struct run *run,
                      const struct block *b, void **operand)
{
    if (k->mask.value >= 0)
        *operand++ = (char *)run->base[k->mask.value] +
                     (k->mask.offset + strided_offset(&k->mask.heads, b->head));
    *operand = k->past;
}

/* Keys out of sight have the lowest score there is, and count in the sum of a row whose scores all
 * are that low.  Each query sees the first key. */
static bool all_lowest(const struct attention_kernel *k, const char *row)
{
    double score, lowest = k->type == AD_F64 ? -DBL_MAX : -FLT_MAX;
    if (k->type == AD_F64)
        score = k->scale * *(const double *)(const void *)row;
    else
        score = (float)k->scale * *(const float *)(const void *)row;
    return score <= lowest;
}

static void make_scores(const struct attention_kernel *k, const struct run *run,
                        const struct block *b, char *scratch, char *p)
{
    struct contract c = of_block(k, SCORES, b);
    multiply(k, scratch, &c, address(k, run, &k->q, b->head, b->row),
             address(k, run, &k->k, b->head, 0), p);
}

/* p into strip 0. */
static char *make_weights(const struct attention_kernel *k, const struct run *run, struct block *b,
                          char *scratch)
{
    char *p = strip(k, scratch, 0, b->in_chunk);
    make_scores(k, run, b, scratch, p);
    for (int64_t row = 0; b->keys < k->keys && row < b->rows; row++)
        if (all_lowest(k, p + row * k->apart * k->size)) {
            b->keys = k->keys;
            make_scores(k, run, b, scratch, p);
        }
    void *scores = from_head(k, p, b), *base[ATTENTION_OPERANDS] = {scores, scores};
    add_sight(k, run, b, base + 2);
    run_loop(k, &k->weights, base, b, scratch);
    return p;
}

/* ds into strip 1. */
static char *make_scores_gradient(const struct attention_kernel *k, const struct run *run,
                                  const struct block *b, const struct attention_loop *loop, char *p,
                                  char *scratch)
{
    char *ds = strip(k, scratch, 1, b->in_chunk);
    struct contract c = of_block(k, WEIGHTS_GRADIENT, b);
    multiply(k, scratch, &c, address(k, run, &k->d, b->head, b->row),
             address(k, run, &k->v, b->head, 0), ds);
    void *scores = from_head(k, ds, b),
         *base[ATTENTION_OPERANDS] = {scores, from_head(k, p, b), scores};
    add_sight(k, run, b, base + 3);
    run_loop(k, loop, base, b, scratch);
    return ds;
}

static bool is_finite(const struct contract *c, void *out)
{
    return contract_finite(&(struct contract_run){.contract = c, .c = out}, 0);
}

/* ds, and the rows of dq where they are wanted.  They are made again, with choices, where what they
 * come to is not finite; where dq is not wanted, or empty, ds says so itself. */
static void make_gradient(const struct attention_kernel *k, const struct run *run,
                          const struct block *b, char *p, char *scratch)
{
    struct contract c = of_block(k, Q_GRADIENT, b), scores = of_block(k, WEIGHTS_GRADIENT, b);
    bool wanted = k->dq.value >= 0;
    char *dq = wanted ? address(k, run, &k->dq, b->head, b->row) : NULL;
    const char *keys = address(k, run, &k->k, b->head, 0);
    char *ds = make_scores_gradient(k, run, b, &k->gradient, p, scratch);
    if (wanted)
        multiply(k, scratch, &c, ds, keys, dq);
    bool told = wanted && k->dq.columns > 0;
    if (!k->hides || (told ? is_finite(&c, dq) : is_finite(&scores, ds)))
        return;
    ds = make_scores_gradient(k, run, b, &k->gradient_in_sight, p, scratch);
    if (wanted)
        multiply_seen(k, scratch, &c, ds, keys, dq);
}

static int64_t rows_of_chunk(const struct attention_kernel *k, int64_t chunk)
{
    int64_t rows = k->queries - chunk * k->chunk;
    return rows < k->chunk ? rows : k->chunk;
}

static struct block block_at(const struct attention_kernel *k, int64_t head, int64_t chunk,
                             int64_t in_chunk)
{
    int64_t row = chunk * k->chunk + in_chunk, rows = rows_of_chunk(k, chunk) - in_chunk;
    rows = rows < k->block ? rows : k->block;
    return (struct block){head, row, rows, in_chunk, keys_before(k, row + rows)};
}

typedef int32_t four_words __attribute__((vector_size(16)));

static bool is_minus_zero(const struct attention_kernel *k, const char *at)
{
    int64_t bits = 0;
    memcpy(&bits, at, (size_t)k->size);
    return k->size == sizeof bits ? bits == INT64_MIN : (int32_t)bits == INT32_MIN;
}

/* Four of f32 at a time, as there are many and one hardly ever is. */
static bool has_minus_zero(const struct attention_kernel *k, const char *row, int64_t count,
                           int64_t step)
{
    bool found = false;
    int64_t i = 0;
    four_words word, any = {0};
    for (; k->size == 4 && step == 1 && i + 4 <= count; i += 4) {
        memcpy(&word, row + i * 4, sizeof word);
        any |= word == INT32_MIN;
    }
    for (; i < count; i++)
        found |= is_minus_zero(k, row + i * step * k->size);
    return found || any[0] || any[1] || any[2] || any[3];
}

/* Terms of 0 are left out behind those of the keys in sight.  They change a sum only where it has
 * come to -0, by products too small for the type.  Then the block is made again with all keys. */
static bool needs_all_keys(const struct attention_kernel *k, const struct run *run, struct block *b,
                           const struct matrices *out)
{
    bool found = false;
    for (int64_t row = 0; b->keys < k->keys && row < b->rows && !found; row++)
        found = has_minus_zero(k, address(k, run, out, b->head, b->row + row), out->columns,
                               out->column);
    if (found)
        b->keys = k->keys;
    return found;
}

static ad_status run_forward(const struct kernel *kernel, const struct run *run, int phase,
                             int task, void *scratch)
{
    (void)phase;
    const struct attention_kernel *k = kernel->self;
    struct block b = block_at(k, task / k->chunks, task % k->chunks, 0);
    do {
        char *p = make_weights(k, run, &b, scratch);
        struct contract c = of_block(k, VALUES, &b);
        multiply_seen(k, scratch, &c, p, address(k, run, &k->v, b.head, 0),
                      address(k, run, &k->y, b.head, b.row));
    } while (needs_all_keys(k, run, &b, &k->y));
    return AD_OK;
}

/* ---- sums over queries */

static char *partial(const struct kernel *kernel, const struct run *run, int64_t head,
                     int64_t chunk, bool of_v)
{
    const struct attention_kernel *k = kernel->self;
    size_t each = k->dk_bytes + k->dv_bytes;
    return (char *)run->base[kernel->shared] + (size_t)(head * k->chunks + chunk) * each +
           (of_v ? k->dk_bytes : 0);
}

/* Keys from .first on, and the chunk's rows that see some of them, from .skip on. */
struct piece {
    int64_t first, keys, skip, terms;
};

/* The piece at that key.  Queries that do not see a key bring 0 before those that do: a sum begins
 * with 0 as well. */
static struct piece piece_at(const struct attention_kernel *k, int64_t chunk, int64_t first)
{
    int64_t begin = chunk * k->chunk, rows = rows_of_chunk(k, chunk);
    struct piece p = {first, k->keys - first, 0, rows};
    if (!k->triangle)
        return p;
    p.skip = first > begin ? first - begin : 0;
    p.skip = p.skip < rows ? p.skip : rows;
    p.terms = rows - p.skip;
    int64_t keys = first < begin ? begin - first : p.terms > 0 ? KEY_STEP : p.keys;
    p.keys = keys < p.keys ? keys : p.keys;
    return p;
}

static struct contract of_piece(const struct attention_kernel *k, int which, int64_t chunk,
                                const struct piece *piece)
{
    const struct product *p = &k->product[which];
    struct contract c = chunk == k->chunks - 1 ? p->last : p->whole;
    if (k->triangle) {
        c.m = piece->keys, c.k = piece->terms;
        contract_plan(&c, c.table);
    }
    return c;
}

static void sum_over_piece(const struct kernel *kernel, const struct run *run, int64_t head,
                           int64_t chunk, bool of_v, const struct piece *piece, char *scratch)
{
    const struct attention_kernel *k = kernel->self;
    const struct matrices *out = of_v ? &k->dv : &k->dk, *b = of_v ? &k->d : &k->q;
    struct contract c = of_piece(k, of_v ? V_GRADIENT : K_GRADIENT, chunk, piece);
    int64_t in_partial = piece->first * out->columns * k->size;
    multiply_seen(k, scratch, &c,
                  strip(k, scratch, of_v ? 0 : 1, piece->skip) + piece->first * k->size,
                  address(k, run, b, head, chunk * k->chunk + piece->skip),
                  k->chunks > 1 ? partial(kernel, run, head, chunk, of_v) + in_partial
                                : address(k, run, out, head, piece->first));
}

static void sum_over_chunk(const struct kernel *kernel, const struct run *run, int64_t head,
                           int64_t chunk, bool of_v, char *scratch)
{
    const struct attention_kernel *k = kernel->self;
    const struct matrices *out = of_v ? &k->dv : &k->dk;
    for (int64_t first = 0; out->value >= 0 && first < k->keys;) {
        struct piece piece = piece_at(k, chunk, first);
        sum_over_piece(kernel, run, head, chunk, of_v, &piece, scratch);
        first += piece.keys;
    }
}

static void gradient_of_chunk(const struct kernel *kernel, const struct run *run, int64_t head,
                              int64_t chunk, char *scratch)
{
    const struct attention_kernel *k = kernel->self;
    int64_t rows = rows_of_chunk(k, chunk);
    for (int64_t row = 0; row < rows; row += k->block) {
        struct block b = block_at(k, head, chunk, row);
        do {
            char *p = make_weights(k, run, &b, scratch);
            if (k->dq.value >= 0 || k->dk.value >= 0)
                make_gradient(k, run, &b, p, scratch);
        } while (k->dq.value >= 0 && needs_all_keys(k, run, &b, &k->dq));
    }
    sum_over_chunk(kernel, run, head, chunk, false, scratch);
    sum_over_chunk(kernel, run, head, chunk, true, scratch);
}

/* The chunks of a head, added up in order. */
static void join_chunks(const struct kernel *kernel, const struct run *run, int64_t head, bool of_v)
{
    const struct attention_kernel *k = kernel->self;
    const struct matrices *out = of_v ? &k->dv : &k->dk;
    if (out->value < 0)
        return;
    char *sum = partial(kernel, run, head, 0, of_v), *to = address(k, run, out, head, 0);
    for (int64_t chunk = 1; chunk < k->chunks; chunk++)
        tile_reduce_columns(k->tables->tile, k->type, 0, false,
                            partial(kernel, run, head, chunk, of_v), 0, 1, sum,
                            out->rows * out->columns);
    int64_t at_once = out->column == 1 ? out->columns : 1;
    for (int64_t row = 0; row < out->rows; row++)
        for (int64_t c = 0; c < out->columns; c += at_once, sum += at_once * k->size)
            memcpy(to + (row * out->row + c * out->column) * k->size, sum,
                   (size_t)(at_once * k->size));
}

static ad_status run_gradient(const struct kernel *kernel, const struct run *run, int phase,
                              int task, void *scratch)
{
    const struct attention_kernel *k = kernel->self;
    if (phase == 0) {
        gradient_of_chunk(kernel, run, task / k->chunks, task % k->chunks, scratch);
    } else {
        join_chunks(kernel, run, task, false);
        join_chunks(kernel, run, task, true);
    }
    return AD_OK;
}

/* ---- lowering */

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* A power of two, so that chunks are whole blocks. */
static int64_t height_of_blocks(const struct attention_kernel *k)
{
    int64_t rows = BLOCK_ROWS;
    while (rows < AD_K_CHUNK && 2 * rows * k->keys * k->size <= BLOCK_BYTES)
        rows *= 2;
    return rows;
}

static void fill(struct attention_kernel *k, const struct step *step, const struct view *mask)
{
    ad_shape scores = step->in[0].shape;
    k->type = step->in[0].type;
    k->size = (int64_t)ad_type_size(k->type);
    k->q = matrices_of(&step->in[0]), k->k = matrices_of(&step->in[1]);
    k->v = matrices_of(&step->in[2]);
    k->queries = k->q.rows, k->keys = k->k.rows;
    k->apart = k->keys + (contract_crowds(k->keys, (size_t)k->size) ? ROW_PAD : 0);
    k->heads = strided_count(&k->q.heads);
    k->block = height_of_blocks(k);
    k->mask.value = k->y.value = k->dq.value = k->dk.value = k->dv.value = -1;
    scores.size[scores.rank - 1] = k->keys;
    if (mask) {
        struct view v = stretched(mask, &scores);
        k->mask = matrices_of(&v);
    }
}

static void fill_past(struct attention_kernel *k)
{
    for (int64_t i = 0; i < k->queries; i++)
        k->truth[i] = true;
    k->past = (char *)k->truth + (k->queries > 0 ? k->queries - 1 : 0);
}

static bool fill_loops(struct attention_kernel *k, const struct step *step)
{
    const struct attention_attributes *a = step->node->attributes;
    struct attention_scores s = {.type = k->type,
                                 .queries = k->queries,
                                 .keys = k->keys,
                                 .apart = k->apart,
                                 .scale = a->scale,
                                 .causal = a->causal,
                                 .masked = k->mask.value >= 0,
                                 .mask_query = k->mask.row,
                                 .mask_key = k->mask.column};
    k->hides = s.causal || s.masked;
    k->triangle = s.causal && !s.masked && k->keys % KEY_STEP == 0;
    k->scale = s.scale;
    bool ok = attention_loop_weights(&k->weights, &s) &&
              attention_loop_gradient(&k->gradient_in_sight, &s);
    s.causal = s.masked = false;
    return ok && attention_loop_gradient(&k->gradient, &s);
}

static void plan_scores(struct attention_kernel *k)
{
    struct matrices keys = transposed(&k->k), strip = strip_in(k);
    plan_block(k, SCORES, &k->q, &keys, &strip);
}

static void plan_forward(struct attention_kernel *k, const struct step *step)
{
    struct matrices strip = strip_in(k);
    k->y = matrices_of(&step->out[0]);
    k->chunk = k->block;
    plan_scores(k);
    plan_block(k, VALUES, &strip, &k->v, &k->y);
}

/* Where a sum over a chunk goes: its place, or an array in shared memory. */
static struct matrices sum_of(const struct attention_kernel *k, const struct matrices *out)
{
    return k->queries > k->chunk ? strip_of(out->columns) : *out;
}

static void plan_gradient(struct attention_kernel *k, const struct step *step)
{
    struct matrices strip = strip_in(k), values = transposed(&k->v);
    k->d = matrices_of(&step->in[3]);
    k->dq = matrices_of(&step->out[0]), k->dk = matrices_of(&step->out[1]);
    k->dv = matrices_of(&step->out[2]);
    k->chunk = AD_K_CHUNK;
    struct matrices dk = sum_of(k, &k->dk), dv = sum_of(k, &k->dv);
    plan_scores(k);
    plan_block(k, WEIGHTS_GRADIENT, &k->d, &values, &strip);
    plan_block(k, Q_GRADIENT, &strip, &k->k, &k->dq);
    plan_sum(k, K_GRADIENT, &k->q, &dk);
    plan_sum(k, V_GRADIENT, &k->d, &dv);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

struct needs {
    size_t packed, product;
};

static void add_needs(struct needs *n, const struct contract *c)
{
    n->packed = larger(n->packed, c->shared_bytes);
    n->product = larger(n->product, c->scratch_bytes);
}

static void add_block_needs(const struct attention_kernel *k, int which, struct needs *n)
{
    const struct product *p = &k->product[which];
    for (int64_t end = 1; end <= k->queries; end += KEY_STEP) {
        struct contract whole = of_keys(&p->whole, which, keys_before(k, end)),
                        last = of_keys(&p->last, which, keys_before(k, end));
        add_needs(n, &whole);
        add_needs(n, &last);
    }
}

static void add_sum_needs(const struct attention_kernel *k, int which, struct needs *n)
{
    for (int64_t chunk = 0; chunk < k->chunks; chunk++)
        for (int64_t first = 0; first < k->keys;) {
            struct piece piece = piece_at(k, chunk, first);
            struct contract c = of_piece(k, which, chunk, &piece);
            add_needs(n, &c);
            first += piece.keys;
        }
}

/* Of all products that there are. */
static struct needs needs_of(const struct attention_kernel *k)
{
    struct needs n = {0};
    for (int i = 0; i < PRODUCTS; i++) {
        bool made = k->product[i].whole.table, sum = i == K_GRADIENT || i == V_GRADIENT;
        if (!made)
            continue;
        add_needs(&n, &k->product[i].whole);
        add_needs(&n, &k->product[i].last);
        if (k->triangle && !sum)
            add_block_needs(k, i, &n);
        if (k->triangle && sum)
            add_sum_needs(k, i, &n);
    }
    return n;
}

/* Scratch: strips, then what products and loops need in turn. */
static size_t place_scratch(struct attention_kernel *k, int strips)
{
    struct needs n = needs_of(k);
    int64_t rows = k->queries < k->chunk ? k->queries : k->chunk;
    k->strips = aligned((size_t)(rows * k->apart * k->size));
    k->packed_at = (size_t)strips * k->strips;
    k->product_at = k->packed_at + aligned(n.packed);
    k->loop_at = k->product_at + aligned(n.product);
    const struct tile_table *tile = k->tables->tile;
    size_t gradient = larger(tile_prepare(tile, &k->gradient.loop),
                             tile_prepare(tile, &k->gradient_in_sight.loop));
    return k->loop_at + larger(tile_prepare(tile, &k->weights.loop), gradient);
}

static int64_t flops(const struct attention_kernel *k, bool gradient)
{
    int64_t wide = k->q.columns, high = k->v.columns, scores = 0;
    for (int64_t row = 0; row < k->queries; row += k->block) {
        int64_t rows = k->queries - row < k->block ? k->queries - row : k->block;
        scores += rows * keys_before(k, row + rows);
    }
    return whole_mul(whole_mul(2 * k->heads, scores), gradient ? 2 * wide + 2 * high : wide + high);
}

static struct kernel describe(struct attention_kernel *k, bool gradient)
{
    k->chunks = (k->queries + k->chunk - 1) / k->chunk;
    bool parted = gradient && k->chunks > 1;
    k->dk_bytes = k->dk.value < 0 ? 0 : (size_t)(k->keys * k->dk.columns * k->size);
    k->dv_bytes = k->dv.value < 0 ? 0 : (size_t)(k->keys * k->dv.columns * k->size);
    size_t partials = (size_t)(k->heads * k->chunks) * (k->dk_bytes + k->dv_bytes);
    return (struct kernel){.name = gradient ? "attention gradient" : "attention",
                           .phases = parted ? 2 : 1,
                           .tasks = {whole_int(k->heads * k->chunks), whole_int(k->heads)},
                           .shared = -1,
                           .shared_bytes = parted ? partials : 0,
                           .scratch_bytes = place_scratch(k, gradient ? 2 : 1),
                           .flops = flops(k, gradient),
                           .self = k,
                           .run = gradient ? run_gradient : run_forward,
                           .free = cpu_kernel_free};
}

ad_status cpu_lower_attention(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (!step->node || !cpu_keeps_attention(step->node))
        return AD_ERROR_UNSUPPORTED;
    bool gradient = step->node->op == &op_attention_gradient;
    int mask = gradient ? 4 : 3;
    size_t places = (size_t)(rows_of(&step->in[0]) + rows_of(&step->in[1]));
    struct attention_kernel *k = cpu_kernel_self(context, sizeof *k + places);
    if (!k)
        return AD_ERROR_MEMORY;
    k->tables = cpu_tables(context);
    fill(k, step, step->node->in_count > mask ? &step->in[mask] : NULL);
    if (gradient)
        plan_gradient(k, step);
    else
        plan_forward(k, step);
    fill_past(k);
    if (!fill_loops(k, step)) {
        cpu_kernel_free(k, &context->allocator);
        return fail(AD_ERROR_UNSUPPORTED, "internal: a loop of attention is not well formed");
    }
    *kernel = describe(k, gradient);
    return AD_OK;
}
