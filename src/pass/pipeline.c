/* The passes in their order. */
#include "pass/pipeline.h"

#include "base/error.h"
#include "core/check.h"
#include "pass/again.h"
#include "pass/expand.h"
#include "pass/fold.h"
#ifdef ADZE_EXTRAS
#include "pass/more/few_rows.h"
#endif
#include "pass/precision.h"
#include "pass/simplify.h"

/* The graph as it is; NULL where checks are asked for and it is none. */
static ad_graph *checked(ad_graph *graph)
{
    if (!graph || !graph->context->checks || check_graph(graph) == AD_OK)
        return graph;
    fail(AD_ERROR_UNSUPPORTED, "internal: a pass made what is no graph: %s", ad_error());
    ad_graph_free(graph);
    return NULL;
}

/* The new graph in place of the old one. */
static ad_graph *replace(ad_graph *old, ad_graph *made)
{
    ad_graph_free(old);
    return checked(made);
}

static bool keeps_none(const struct node *node)
{
    (void)node;
    return false;
}

ad_graph *pipeline(ad_graph *graph, const struct pipeline_options *o, ad_tensor **roots, int count)
{
    bool (*keep)(const struct node *) =
        o->naive || o->off.no_composites || !o->backend->keeps ? keeps_none : o->backend->keeps;
    graph = checked(graph);
    if (graph && o->precision == AD_BF16)
        graph = replace(graph, precision_pass(graph, roots, count));
    if (o->naive)
        return graph ? replace(graph, expand_pass(graph, keep, roots, count)) : NULL;
    if (graph && !o->off.no_simplify)
        graph = replace(graph, simplify_pass(graph, roots, count));
    if (graph && !o->training && !o->off.no_fold)
        graph = replace(graph, fold_pass(graph, roots, count));
    if (graph)
        graph = replace(graph, expand_pass(graph, keep, roots, count));
    if (graph && !o->off.no_simplify)
        graph = replace(graph, simplify_pass(graph, roots, count));
#ifdef ADZE_EXTRAS
    if (graph && o->training && keep != keeps_none)
        graph = replace(graph, few_rows_pass(graph, keep, roots, count));
#endif
    if (graph && !o->off.no_fuse && !o->backend->no_loops)
        graph = replace(graph, again_pass(graph, roots, count));
    return graph;
}
