/* Rebuilding a graph by a rule. */
#include "pass/rewrite.h"

#include <string.h>

#include "base/error.h"
#include "core/copy.h"
#include "op/scan.h"

struct rewriting {
    struct copy copy;
    rewrite_rule *rule;
    void *user;
};

enum { FEW = 16 };

static bool rewrite_into(const ad_graph *from, ad_graph *to, rewrite_rule *rule, void *user,
                         ad_tensor **roots, int count);

static bool body_reads(const ad_graph *body, const ad_tensor *feed)
{
    for (int i = 0; i < body->output_count; i++)
        if (body->outputs[i] == feed)
            return true;
    for (int id = feed->node->id + 1; id < body->count; id++)
        for (int i = 0; i < body->nodes[id]->in_count; i++)
            if (body->nodes[id]->in[i] == feed)
                return true;
    return false;
}

/* Takes out slices and captures that the rebuilt body does not read any more, so that nobody keeps
 * them for it; one slice stays, for the number of steps.  Returns how many inputs are left. */
static int drop_unread(struct scan_attributes *a, ad_tensor **in, int count)
{
    int kept = 0, slices = 0, carries_end = (int)(a->slices + a->carries);
    for (int i = 0; i < a->body->input_count; i++) {
        bool slice = i < a->slices, last_chance = i == a->slices - 1 && !slices;
        bool may_go = slice || (i >= carries_end && i < count);
        if (may_go && !last_chance && !body_reads(a->body, a->body->inputs[i]))
            continue;
        slices += slice;
        if (i < count)
            in[kept] = in[i];
        a->body->inputs[kept++] = a->body->inputs[i];
    }
    int gone = a->body->input_count - kept;
    a->body->input_count = kept;
    a->slices = slices;
    return count - gone;
}

static bool copy_rule(void *user, ad_graph *to, const struct node *node, ad_tensor *const *in,
                      ad_tensor **out)
{
    (void)user, (void)to, (void)node, (void)in, (void)out;
    return false;
}

/* The body again, rebuilt by a rule, as a body of the new graph; NULL without memory. */
static ad_graph *rewrite_body(ad_graph *to, const ad_graph *body, rewrite_rule *rule, void *user)
{
    int inputs = body->input_count, outputs = body->output_count;
    ad_graph *made = graph_body_new(to);
    ad_tensor **ends =
        made ? arena_array(&made->arena, (size_t)(inputs + outputs) + 1, sizeof *ends) : NULL;
    if (!ends)
        return NULL;
    memcpy(ends, body->inputs, sizeof *ends * (size_t)inputs);
    memcpy(ends + inputs, body->outputs, sizeof *ends * (size_t)outputs);
    if (!rewrite_into(body, made, rule, user, ends, inputs + outputs))
        return NULL;
    made->inputs = ends;
    made->input_count = inputs;
    made->outputs = ends + inputs;
    made->output_count = outputs;
    return made;
}

/* What two results stack that a rule made one value of is stacked once. */
static int result_of(const struct scan_attributes *a, int i)
{
    int carries = (int)a->carries;
    return i < carries ? i : scan_stack_of(a->body, a->body->outputs[i], carries);
}

static bool rewrite_scan(struct rewriting *r, const struct node *node)
{
    struct scan_attributes a = *(const struct scan_attributes *)node->attributes;
    a.body = rewrite_body(r->copy.to, a.body, r->rule, r->user);
    ad_tensor **in = arena_array(&r->copy.scratch, (size_t)node->in_count + 1, sizeof *in);
    if (!a.body || !in)
        return false;
    for (int i = 0; i < node->in_count; i++)
        in[i] = copy_get(&r->copy, node->in[i]);
    int count = drop_unread(&a, in, node->in_count);
    if (count < node->in_count) /* without the feeds that were taken out */
        a.body = rewrite_body(r->copy.to, a.body, copy_rule, NULL);
    ad_tensor *first = a.body ? graph_node(r->copy.to, &op_scan, &a, in, count) : graph_nowhere();
    if (graph_is_poison(first))
        return false;
    first->node->file = node->file;
    first->node->line = node->line;
    first->node->device = node->device;
    bool ok = true;
    for (int i = 0; ok && i < node->out_count; i++)
        ok = copy_put(&r->copy, &node->out[i], &first->node->out[result_of(&a, i)]);
    return ok;
}

static bool put_results(struct rewriting *r, const struct node *node, ad_tensor **out)
{
    for (int i = 0; i < node->out_count; i++) {
        if (graph_is_poison(out[i]) || !copy_put(&r->copy, &node->out[i], out[i]))
            return false;
        if (node->out[i].name && !out[i]->name)
            out[i]->name = node->out[i].name;
    }
    graph_stamp_as(r->copy.to, node);
    return true;
}

static bool rewrite_node(struct rewriting *r, const struct node *node)
{
    if (node->op == &op_scan)
        return rewrite_scan(r, node);
    ad_tensor *few[2 * FEW] = {0}, **in = few, **out = few + FEW;
    if (node->in_count > FEW || node->out_count > FEW) {
        in = arena_array(&r->copy.scratch, (size_t)node->in_count + 1, sizeof *in);
        out = arena_array(&r->copy.scratch, (size_t)node->out_count + 1, sizeof *out);
    }
    if (!in || !out)
        return false;
    for (int i = 0; i < node->in_count; i++)
        in[i] = copy_get(&r->copy, node->in[i]);
    r->copy.to->device = node->device;
    if (r->rule(r->user, r->copy.to, node, in, out))
        return put_results(r, node, out);
    return copy_node(&r->copy, node);
}

static bool rewrite_into(const ad_graph *from, ad_graph *to, rewrite_rule *rule, void *user,
                         ad_tensor **roots, int count)
{
    struct rewriting r = {.rule = rule, .user = user};
    if (!copy_begin(&r.copy, from, to))
        return false;
    copy_need(&r.copy, roots, count);
    bool ok = true;
    for (int id = 0; ok && id < r.copy.count; id++)
        if (r.copy.needed[id])
            ok = rewrite_node(&r, from->nodes[id]);
    for (int i = 0; ok && i < count; i++)
        roots[i] = roots[i] ? copy_get(&r.copy, roots[i]) : NULL;
    copy_end(&r.copy);
    return ok;
}

ad_graph *rewrite(const ad_graph *from, rewrite_rule *rule, void *user, ad_tensor **roots,
                  int count)
{
    ad_graph *to = graph_new(from->context);
    if (!to)
        return NULL;
    if (rewrite_into(from, to, rule, user, roots, count))
        return to;
    if (to->poison)
        fail(graph_poison_status(to->poison),
             "internal: a pass built what the shape rules refuse: %s", ad_tensor_error(to->poison));
    ad_graph_free(to);
    return NULL;
}
