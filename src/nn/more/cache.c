/* Graphs of one step that look back: keys and values of the steps before are feeds, those of the
 * step are fetched. */
#include "nn/more/cache.h"

#include <adze/layers.h>

struct ad_cache {
    ad_tensor *position; /* i32, rank 0 */
    ad_dim keys;
    int count, room;
    struct pair {
        ad_tensor *past, *fresh; /* (keys, batch, heads, width), (1, batch, heads, width) */
    } * pair;
};

ad_cache *ad_cache_new(ad_graph *graph)
{
    GRAPH_HOLD(graph);
    if (graph->cache)
        return graph->cache;
    struct ad_cache *c = arena_alloc(&graph->arena, sizeof *c);
    if (!c)
        return NULL;
    c->position = ad_feed(graph, "cache.position", AD_I32, (ad_shape){0});
    c->keys = ad_open(graph, "cache_keys");
    return graph->cache = c;
}

ad_tensor *ad_cache_position(const ad_cache *cache)
{
    return cache->position;
}

int ad_cache_count(const ad_cache *cache)
{
    return cache->count;
}

ad_tensor *ad_cache_at(const ad_cache *cache, int i, ad_tensor **fresh)
{
    *fresh = cache->pair[i].fresh;
    return cache->pair[i].past;
}

/* ---- what layers ask for */

ad_tensor *cache_range(ad_graph *graph, ad_dim time)
{
    ad_tensor *range = ad_range(graph, AD_I32, time);
    return graph->cache ? ad_add(range, graph->cache->position) : range;
}

ad_tensor *cache_check(const struct layer *layer, const ad_tensor *x, bool causal,
                       const ad_tensor *length)
{
    if (causal && !length && x->shape.size[1] == 1)
        return NULL;
    return layer_mistake(
        layer, AD_ERROR_ARGUMENT,
        "a layer that looks back into a cache is causal, without .length, and x is "
        "(batch, 1, features), not %s",
        graph_shape_text(layer->graph, &x->shape));
}

ad_tensor *cache_seen(const ad_tensor *keys)
{
    ad_graph *graph = keys->node->graph;
    ad_dim count = keys->shape.size[keys->shape.rank - 2];
    ad_tensor *range = ad_reshape(ad_range(graph, AD_I32, count), AD_SHAPE(1, count));
    return ad_less_equal(range, graph->cache->position);
}

static bool remember(struct ad_cache *c, ad_graph *graph, ad_tensor *past, ad_tensor *fresh)
{
    GRAPH_HOLD(graph);
    if (!ARENA_ROOM(&graph->arena, c->pair, c->room, c->count + 1))
        return false;
    c->pair[c->count++] = (struct pair){past, fresh};
    return true;
}

static const char *next_name(const struct ad_cache *c, ad_graph *graph)
{
    GRAPH_HOLD(graph);
    const char *name = arena_format(&graph->arena, "cache.%d", c->count + 1);
    return name ? name : "";
}

ad_tensor *cache_keys(const struct layer *layer, ad_tensor *k)
{
    ad_graph *graph = layer->graph;
    struct ad_cache *c = graph->cache;
    if (graph_is_poison(k))
        return k;
    ad_shape s = AD_SHAPE(c->keys, k->shape.size[0], k->shape.size[1], k->shape.size[3]);
    ad_tensor *past = ad_feed(graph, next_name(c, graph), k->type, s);
    if (!remember(c, graph, past, ad_transpose(k, AD_AXES(2, 0, 1, 3))))
        return graph->no_memory;
    ad_tensor *range = ad_reshape(ad_range(graph, AD_I32, c->keys), AD_SHAPE(c->keys, 1));
    return ad_where(ad_equal(range, c->position), k, ad_transpose(past, AD_AXES(1, 2, 0, 3)));
}
