/* Which values are made again.
 *
 * A node's level says in which loop it can be at the earliest: one more than that of a product or
 * of a sum over columns that it waits for.  What it reads of a lower level comes from an earlier
 * loop, by way of memory.  Where that is large and a few sums and products of one large value that
 * is stored in any case (an input, a variable, a product's result) and of small ones, the reader
 * gets a copy of them: so the loop reads what is stored, and nothing is written for it. Of the
 * distance from the mean in batch norm nothing is kept, nor of what follows from it.
 *
 * Copies compute what the originals do, in the same order: no bit changes. */
#include "pass/again.h"

#include "op/row.h"
#include "pass/fusion.h"
#include "pass/rewrite.h"

enum {
    LARGE = 1 << 15, /* elements; what is smaller stays in the caches */
    SMALL_PART = 8,  /* a small value has less than so many parts of a large one */
    COST_MOST = 16   /* computations */
};

struct fact {
    int level;
    int cost;        /* of making it again; 0: it is not */
    int source;      /* the large node that it is made of */
    bool kept;       /* read elsewhere than in loops */
    ad_tensor *made; /* the last copy, and its level */
    int made_level;
};

struct again {
    const ad_graph *from;
    struct fact *fact; /* by node */
};

static bool in_loops(const struct node *node)
{
    enum node_class class = fuse_class(node);
    return class == CLASS_ELEMENT || class == CLASS_REDUCE;
}

static void read(struct again *a, const struct node *node)
{
    struct fact *own = &a->fact[node->id];
    for (int i = 0; i < node->in_count; i++) {
        struct fact *in = &a->fact[node->in[i]->node->id];
        int level = in->level + fuse_waits(node->in[i]->node);
        own->level = level > own->level ? level : own->level;
        in->kept |= !in_loops(node);
    }
}

/* It is in memory whatever loops do. */
static bool is_stored(const struct again *a, const struct node *node)
{
    enum node_class class = fuse_class(node);
    return class == CLASS_LEAF || class == CLASS_STRUCTURAL || a->fact[node->id].kept;
}

/* A number, or a view of something small. */
static bool is_small(const ad_tensor *t, const ad_shape *shape)
{
    while (fuse_class(t->node) == CLASS_VIEW)
        t = t->node->in[0];
    return t->node->op == &op_full || shape_count(&t->shape) * SMALL_PART <= shape_count(shape);
}

/* Adds what one input of a node costs; false where the node cannot be made again for it. */
static bool weigh(struct again *a, struct fact *own, const ad_tensor *in, const ad_shape *shape)
{
    const struct fact *f = &a->fact[in->node->id];
    if (is_small(in, shape))
        return true;
    int source = f->cost ? f->source : in->node->id;
    if (!graph_shapes_equal(&in->shape, shape) || (own->source >= 0 && own->source != source) ||
        !(f->cost || is_stored(a, in->node)))
        return false;
    own->source = source;
    own->cost += f->cost;
    return own->cost <= COST_MOST;
}

static void weigh_node(struct again *a, const struct node *node)
{
    struct fact *own = &a->fact[node->id];
    const struct op *op = node->op;
    const ad_shape *shape = &node->out[0].shape;
    bool cheap = op == &op_add || op == &op_sub || op == &op_mul || op == &op_neg;
    if (!cheap || own->kept || shape_count(shape) < LARGE)
        return;
    own->cost = 1;
    own->source = -1;
    bool may = true;
    for (int i = 0; may && i < node->in_count; i++)
        may = weigh(a, own, node->in[i], shape);
    if (!may || own->source < 0)
        own->cost = 0;
}

/* What stands for t in a loop of that level; now: what stands for it in the new graph. */
static ad_tensor *copy_at(struct again *a, const ad_tensor *t, ad_tensor *now, int level)
{
    struct fact *f = &a->fact[t->node->id];
    const struct node *old = t->node, *new = now->node;
    if (!f->cost || f->level >= level)
        return now;
    if (f->made && f->made_level == level)
        return f->made;
    ad_tensor *in[2];
    for (int i = 0; i < old->in_count; i++)
        in[i] = copy_at(a, old->in[i], new->in[i], level);
    f->made = graph_node(now->node->graph, old->op, new->attributes, in, old->in_count);
    f->made_level = level;
    return f->made;
}

static bool rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                 ad_tensor **out)
{
    struct again *a = user;
    ad_tensor *own[3];
    bool changes = false;
    if (node->graph != a->from || !in_loops(node) || node->in_count > 3)
        return false;
    for (int i = 0; i < node->in_count; i++) {
        const ad_tensor *t = node->in[i];
        bool whole =
            fuse_class(node) == CLASS_REDUCE || graph_shapes_equal(&t->shape, &node->out[0].shape);
        own[i] = whole ? copy_at(a, t, in[i], a->fact[node->id].level) : in[i];
        changes |= own[i] != in[i];
    }
    if (changes)
        out[0] = graph_node(to, node->op, node->attributes, own, node->in_count);
    return changes;
}

ad_graph *again_pass(const ad_graph *from, ad_tensor **roots, int count)
{
    struct arena arena;
    arena_init(&arena, &from->context->allocator);
    struct again a = {from, arena_array(&arena, (size_t)from->count + 1, sizeof *a.fact)};
    ad_graph *to = NULL;
    if (a.fact) {
        for (int id = 0; id < from->count; id++)
            read(&a, from->nodes[id]);
        for (int i = 0; i < count; i++)
            if (roots[i])
                a.fact[roots[i]->node->id].kept = true;
        for (int id = 0; id < from->count; id++)
            weigh_node(&a, from->nodes[id]);
        to = rewrite(from, rule, &a, roots, count);
    }
    arena_done(&arena);
    return to;
}
