/* Matrix products as kernels.
 *
 * Batch axes are merged as far as strides allow: into the rows when b is the same for all of them
 * (a linear layer over (batch, time, features)), else with one another.  What cannot be merged is a
 * list of products that run as one step. */
#include <string.h>

#include "base/error.h"
#include "base/whole.h"
#include "cpu/kernels.h"
#include "op/matmul.h"
#include "op/shape.h"

struct axis {
    int64_t size, a, b, c; /* strides */
};

struct matmul_kernel {
    struct contract contract;
    struct cpu_tail tail;
    bool has_tail, nonzero;
    struct axis outer[AD_RANK_MAX]; /* left over */
    int outers;
    int64_t products; /* of the outer axes */
    int a, b, c;      /* values */
    int64_t a_at, b_at, c_at;
    size_t type_a, type_b, type_c, shared;
    int64_t rows; /* of one product, as the tail counts them */
    struct packing packing;
};

static int64_t stride_of(const struct view *v, int axis_from_end)
{
    int axis = v->shape.rank - axis_from_end;
    return axis >= 0 && v->shape.size[axis] != 1 ? v->stride[axis] : 0;
}

/* Batch axes from the last to the first, those of size 1 left out. */
static int batch_axes(const struct step *step, struct axis *axes)
{
    const ad_shape *out = &step->out[0].shape;
    int n = 0;
    for (int i = 3; i <= out->rank; i++) {
        struct axis x = {out->size[out->rank - i], stride_of(&step->in[0], i),
                         stride_of(&step->in[1], i), step->out[0].stride[out->rank - i]};
        if (x.size == 1)
            continue;
        struct axis *last = n ? &axes[n - 1] : NULL;
        if (last && x.a == last->a * last->size && x.b == last->b * last->size &&
            x.c == last->c * last->size)
            last->size *= x.size;
        else
            axes[n++] = x;
    }
    return n;
}

static void fill_matrices(struct matmul_kernel *k, const struct step *step)
{
    const struct view *a = &step->in[0], *b = &step->in[1], *c = &step->out[0];
    struct contract *t = &k->contract;
    int ra = a->shape.rank, rb = b->shape.rank, rc = c->shape.rank;
    t->type = c->type;
    t->batch = 1;
    t->m = c->shape.size[rc - 2], t->n = c->shape.size[rc - 1], t->k = a->shape.size[ra - 1];
    t->a = (struct contract_operand){0, a->stride[ra - 2], a->stride[ra - 1], a->type == AD_BF16};
    t->b = (struct contract_operand){0, b->stride[rb - 2], b->stride[rb - 1], b->type == AD_BF16};
    t->c = (struct contract_operand){0, c->stride[rc - 2], c->stride[rc - 1], false};
    k->a = a->value, k->b = b->value, k->c = c->value;
    k->a_at = a->offset, k->b_at = b->offset, k->c_at = c->offset;
    k->type_a = ad_type_size(a->type), k->type_b = ad_type_size(b->type),
    k->type_c = ad_type_size(c->type);
}

static void place_batches(struct matmul_kernel *k, const struct step *step)
{
    struct contract *t = &k->contract;
    struct axis axes[AD_RANK_MAX];
    int n = batch_axes(step, axes), used = 0;
    if (n && axes[0].b == 0 &&
        (t->m == 1 || (axes[0].a == t->m * t->a.row && axes[0].c == t->m * t->c.row))) {
        if (t->m == 1)
            t->a.row = axes[0].a, t->c.row = axes[0].c;
        t->m *= axes[0].size;
        used = 1;
    } else if (n) {
        t->batch = axes[0].size;
        t->a.batch = axes[0].a, t->b.batch = axes[0].b, t->c.batch = axes[0].c;
        used = 1;
    }
    k->products = 1;
    for (int i = used; i < n; i++) {
        k->outer[k->outers++] = axes[i];
        k->products *= axes[i].size;
    }
}

static bool is_turned(const ad_tensor *x, const ad_tensor *y)
{
    const struct transpose_attributes *t = y->node->attributes;
    return y->node->op == &op_transpose && y->node->in[0] == x && t->order.count == 2 &&
           t->order.axis[0] == 1;
}

/* x x^T or x^T x, which has the same bits on both sides of its diagonal. */
static bool is_square_of(const struct node *node)
{
    return node->op == &op_matmul &&
           (is_turned(node->in[0], node->in[1]) || is_turned(node->in[1], node->in[0]));
}

/* Whether b is a transposed. */
static bool is_symmetric(const struct matmul_kernel *k, const struct step *step)
{
    const struct contract *t = &k->contract;
    bool same = k->a == k->b && k->a_at == k->b_at && t->m == t->n && t->a.batch == t->b.batch;
    for (int i = 0; i < k->outers; i++)
        same &= k->outer[i].a == k->outer[i].b;
    bool turned = t->a.row == t->b.column && t->a.column == t->b.row,
         straight = t->a.row == t->b.row && t->a.column == t->b.column && t->m == t->k;
    return same && !k->nonzero && (turned || (straight && is_square_of(step->node->in[0]->node)));
}

/* NULL where several products pack, each in a place that the other operands have a say in. */
static const struct packing *packing_of(struct matmul_kernel *k)
{
    const struct contract *c = &k->contract;
    k->packing =
        (struct packing){c->kernels,
                         {PACKING_PRODUCT, k->b_at, c->n, c->k, c->b.batch, c->b.row, c->b.column,
                          c->b.bf16, c->plan.width, c->b.batch ? c->batch : 1}};
    return k->products == 1 ? &k->packing : NULL;
}

static ad_status run_matmul(const struct kernel *kernel, const struct run *run, int phase, int task,
                            void *scratch)
{
    const struct matmul_kernel *k = kernel->self;
    int tasks = phase < CONTRACT_PHASES ? k->contract.tasks[phase] : (int)k->contract.batch;
    int64_t product = task / tasks, a = k->a_at, b = k->b_at, c = k->c_at, left = product;
    for (int i = 0; i < k->outers; i++) {
        int64_t at = left % k->outer[i].size;
        left /= k->outer[i].size;
        a += at * k->outer[i].a, b += at * k->outer[i].b, c += at * k->outer[i].c;
    }
    char *shared = kernel->shared >= 0
                       ? (char *)run->base[kernel->shared] + (size_t)product * k->shared
                       : NULL;
    struct cpu_tail_run tail = {&k->tail, run, product * k->rows,
                                (char *)scratch + k->contract.scratch_bytes};
    struct contract_run r = {&k->contract,
                             (char *)run->base[k->a] + a * (int64_t)k->type_a,
                             (char *)run->base[k->b] + b * (int64_t)k->type_b,
                             (char *)run->base[k->c] + c * (int64_t)k->type_c,
                             shared,
                             k->has_tail ? cpu_tail_call : NULL,
                             &tail};
    if (phase < CONTRACT_PHASES)
        contract_task(&r, (enum contract_phase)phase, task % tasks, scratch);
    else
        contract_nonzero(&r, task % tasks);
    return AD_OK;
}

ad_status cpu_lower_matmul(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (!step->node || (step->node->op != &op_matmul && step->node->op != &op_matmul_nonzero) ||
        (step->out[0].type != AD_F32 && step->out[0].type != AD_F64) ||
        (step->node->op == &op_matmul_nonzero && step->in[0].type == AD_BF16))
        return AD_ERROR_UNSUPPORTED;
    struct matmul_kernel *k = cpu_kernel_self(context, sizeof *k);
    if (!k)
        return AD_ERROR_MEMORY;
    k->nonzero = step->node->op == &op_matmul_nonzero;
    fill_matrices(k, step);
    place_batches(k, step);
    k->has_tail = k->contract.has_tail = k->contract.tail_in_place = step->loop != NULL;
    size_t tail_scratch = 0;
    if (step->loop) {
        k->tail = (struct cpu_tail){cpu_tables(context)->tile, step->loop, step->tail_operand,
                                    k->contract.m};
        k->contract.whole_rows = step->loop->needs_rows;
        tail_scratch = tile_prepare(k->tail.tile, step->loop);
    }
    k->contract.keep = !step->fixed && (step->fixed_in & 2);
    k->contract.symmetric = is_symmetric(k, step);
    contract_plan(&k->contract, cpu_tables(context)->contract);
    k->contract.scratch_bytes = (k->contract.scratch_bytes + 63) / 64 * 64;
    k->shared = (k->contract.shared_bytes + 63) / 64 * 64;
    k->rows = k->contract.batch * k->contract.m;
    int64_t rows = whole_mul(k->products * k->contract.batch, k->contract.m);
    int64_t macs = whole_mul(whole_mul(rows, k->contract.n), k->contract.k);
    size_t shared;
    memory_mul(k->shared, (size_t)k->products, &shared);
    *kernel = (struct kernel){.name = "product",
                              .phases = CONTRACT_PHASES + k->nonzero,
                              .shared = -1,
                              .shared_bytes = shared,
                              .fixed_phases = k->contract.keep && k->shared > 0,
                              .packing = packing_of(k),
                              .scratch_bytes = k->contract.scratch_bytes + tail_scratch,
                              .flops = whole_mul(k->contract.symmetric ? 1 : 2, macs),
                              .self = k,
                              .run = run_matmul,
                              .free = cpu_kernel_free};
    for (int i = 0; i < CONTRACT_PHASES; i++)
        kernel->tasks[i] = whole_int(whole_mul(k->contract.tasks[i], k->products));
    if (k->nonzero)
        kernel->tasks[CONTRACT_PHASES] = whole_int(whole_mul(k->contract.batch, k->products));
    return AD_OK;
}
