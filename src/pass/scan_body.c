/* The body of a scan as something to schedule.  It runs on the device of its scan, whose slices and
 * results it reads and writes by strides, so nothing in it is moved between devices. */
#include "pass/scan_body.h"

#include <string.h>

#include "base/error.h"
#include "op/scan.h"
#include "pass/rewrite.h"
#include "pass/view.h"

struct ends {
    const struct step *step;
    const struct scan_attributes *a;
    ad_tensor **end; /* inputs, then the outputs that are wanted */
    struct view *feed, *fetch;
    int feeds, fetches;
};

static bool copy_rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                      ad_tensor **out)
{
    (void)user, (void)to, (void)node, (void)in, (void)out;
    return false;
}

int scan_body_axis(const struct view *over_time)
{
    return over_time->shape.rank > 1 ? 1 : 0;
}

int64_t scan_body_time(const struct step *step)
{
    return step->in[0].shape.size[scan_body_axis(&step->in[0])];
}

/* One step of (batch, time, ...): the time axis is dropped, its stride left to the address. */
static struct view without_time(const struct view *all)
{
    struct view v = {.type = all->type, .shape = {.rank = all->shape.rank - 1}};
    for (int i = 0, axis = scan_body_axis(all); i < v.shape.rank; i++) {
        v.shape.size[i] = all->shape.size[i < axis ? i : i + 1];
        v.stride[i] = all->stride[i < axis ? i : i + 1];
    }
    return v;
}

static bool allocate(struct scan_body *b, struct ends *e, struct arena *arena)
{
    const ad_graph *body = e->a->body;
    size_t in = (size_t)body->input_count + 1, out = (size_t)body->output_count + 1;
    e->end = arena_array(arena, in + out, sizeof *e->end);
    e->feed = arena_array(arena, in, sizeof *e->feed);
    e->fetch = arena_array(arena, out, sizeof *e->fetch);
    b->stack = arena_array(arena, out, sizeof *b->stack);
    return e->end && e->feed && e->fetch && b->stack;
}

static void describe_feeds(struct ends *e)
{
    const ad_graph *body = e->a->body;
    e->feeds = body->input_count;
    for (int i = 0; i < e->feeds; i++) {
        const ad_tensor *t = e->end[i] = body->inputs[i];
        e->feed[i] = view_whole(0, t->type, &t->shape);
        if (i < e->a->slices)
            e->feed[i] = without_time(&e->step->in[i]);
        else if (i >= e->a->slices + e->a->carries && i < e->step->node->in_count)
            memcpy(e->feed[i].stride, e->step->in[i].stride, sizeof e->feed[i].stride);
    }
}

static void describe_fetches(struct scan_body *b, struct ends *e)
{
    const ad_graph *body = e->a->body;
    for (int i = 0; i < body->output_count; i++) {
        const struct view *all = &e->step->out[i];
        ad_tensor *t = body->outputs[i];
        bool carry = i < e->a->carries;
        if (!carry && all->value < 0)
            continue;
        if (!carry)
            b->stack[b->stacks++] = *all;
        e->end[e->feeds + e->fetches] = t;
        e->fetch[e->fetches++] = carry ? view_whole(0, t->type, &t->shape) : without_time(all);
    }
}

ad_status scan_body_build(struct scan_body *b, struct arena *arena, const struct step *step)
{
    struct ends e = {.step = step, .a = step->node->attributes};
    *b = (struct scan_body){0};
    if (!allocate(b, &e, arena))
        return AD_ERROR_MEMORY;
    describe_feeds(&e);
    describe_fetches(b, &e);
    b->graph = rewrite(e.a->body, copy_rule, NULL, e.end, e.feeds + e.fetches);
    for (int i = 0; b->graph && i < b->graph->count; i++)
        b->graph->nodes[i]->device = 0; /* of this graph: where the scan is */
    b->request = (struct schedule_request){.graph = b->graph,
                                           .feed = e.end,
                                           .feeds = e.feeds,
                                           .feed_view = e.feed,
                                           .fetch = e.end + e.feeds,
                                           .fetches = e.fetches,
                                           .fetch_view = e.fetch};
    return b->graph ? AD_OK : AD_ERROR_MEMORY;
}
