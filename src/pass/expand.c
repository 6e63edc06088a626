/* Composites become the graphs that they mean.  An expansion may hold composites again, so the pass
 * repeats until none is left. */
#include "pass/expand.h"

#include "pass/rewrite.h"

struct expanding {
    bool (*keep)(const struct node *node);
    bool again;
};

static bool composite(const struct expanding *e, const struct node *node)
{
    return node->op->expand && !(e->keep && e->keep(node));
}

static bool rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                 ad_tensor **out)
{
    struct expanding *e = user;
    if (!composite(e, node))
        return false;
    int first = to->count;
    node->op->expand(to, node, in, out);
    for (int i = first; i < to->count; i++)
        e->again |= composite(e, to->nodes[i]);
    return true;
}

ad_graph *expand_pass(const ad_graph *from, bool (*keep)(const struct node *node),
                      ad_tensor **roots, int count)
{
    struct expanding e = {keep, false};
    ad_graph *graph = rewrite(from, rule, &e, roots, count);
    while (graph && e.again) {
        e.again = false;
        ad_graph *next = rewrite(graph, rule, &e, roots, count);
        ad_graph_free(graph);
        graph = next;
    }
    return graph;
}
