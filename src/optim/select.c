/* Which variables are trained, and by which group's settings. */
#include <string.h>

#include "base/option.h"
#include "base/text.h"
#include "optim/optimizer.h"

/* ---- the caller's list */

static ad_tensor *check_listed(const struct optimizer *s, ad_tensor *v)
{
    ad_tensor *poison = graph_check(s->graph, s->name, &v, 1);
    if (poison)
        return poison;
    if (ad_trainable(v))
        return NULL;
    return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                             "'%s' %s in the list of variables is no variable that can be trained; "
                             "ad_variable makes one",
                             ad_tensor_name(v), graph_shape_text(s->graph, &v->shape));
}

static void add_once(struct optimizer *s, ad_tensor *v)
{
    for (int i = 0; i < s->count; i++)
        if (s->variable[i] == v)
            return;
    s->variable[s->count++] = v;
}

static ad_tensor *take_list(struct optimizer *s, ad_tensor *const *list, int count)
{
    for (int i = 0; i < count; i++) {
        ad_tensor *poison = check_listed(s, list[i]);
        if (poison)
            return poison;
        add_once(s, list[i]);
    }
    return NULL;
}

/* ---- what the loss depends on */

static bool *reachable(const struct optimizer *s)
{
    int last = s->loss->node->id;
    bool *needed = arena_array(&s->graph->arena, (size_t)last + 1, sizeof *needed);
    if (!needed)
        return NULL;
    needed[last] = true;
    for (int id = last; id >= 0; id--) {
        const struct node *node = s->graph->nodes[id];
        if (!needed[id] || node->op == &op_variable)
            continue;
        for (int i = 0; i < node->in_count; i++)
            needed[node->in[i]->node->id] = true;
    }
    return needed;
}

static bool in_scope(const ad_tensor *v, const char *scope)
{
    return !scope || !strncmp(v->name, scope, strlen(scope));
}

static bool take_reachable(struct optimizer *s)
{
    const bool *needed = reachable(s);
    for (int i = 0; needed && i < s->graph->variable_count; i++) {
        ad_tensor *v = s->graph->variables[i];
        if (v->node->id <= s->loss->node->id && needed[v->node->id] && ad_trainable(v) &&
            in_scope(v, s->o.scope))
            s->variable[s->count++] = v;
    }
    return needed != NULL;
}

/* ---- gradients, which show whether the loss depends on a variable smoothly */

static bool is_zero(const ad_tensor *t)
{
    double value;
    return graph_is(t, &op_full) && graph_number(t, &value) && value == 0;
}

static ad_tensor *take_gradients(struct optimizer *s, bool listed)
{
    int kept = 0;
    ad_gradient(s->loss, s->variable, s->count, s->gradient);
    for (int i = 0; i < s->count; i++) {
        if (graph_is_poison(s->gradient[i]))
            return s->gradient[i];
        if (is_zero(s->gradient[i]) && listed)
            return optimizer_mistake(
                s, AD_ERROR_ARGUMENT,
                "the loss does not depend on '%s', which is in the list of variables",
                s->variable[i]->name);
        s->variable[kept] = s->variable[i];
        s->gradient[kept] = s->gradient[i];
        kept += !is_zero(s->gradient[i]);
    }
    s->count = kept;
    return NULL;
}

/* reached: how many variables the loss depends on, though with a gradient of zero. */
static ad_tensor *nothing_to_train(const struct optimizer *s, int reached)
{
    if (reached)
        return optimizer_mistake(
            s, AD_ERROR_ARGUMENT,
            "the gradient is zero for every variable that the loss depends on, %d in all ('%s'); "
            "is there an ad_stop_gradient, a comparison, or a custom op without .gradient between?",
            reached, s->variable[0]->name);
    return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                             "the loss depends on no variable that can be trained%s%s%s",
                             s->o.scope ? " and whose name starts with '" : "",
                             s->o.scope ? s->o.scope : "", s->o.scope ? "'" : "");
}

static int listed_count(const ad_optimizer_options *o)
{
    int count = 0;
    while (count < AD_LIST_MAX && o->variables[count])
        count++;
    return count;
}

ad_tensor *optimizer_select(struct optimizer *s)
{
    const ad_optimizer_options *o = &s->o;
    int few = listed_count(o), many = o->variable_list ? o->variable_count : 0;
    size_t room = (size_t)(few + many + s->graph->variable_count + 1);
    if ((few > 0) + (many > 0) + (o->scope != NULL) > 1)
        return optimizer_mistake(
            s, AD_ERROR_ARGUMENT,
            ".variables, .variable_list and .scope are ways to say one thing; give one");
    if (many < 0)
        return optimizer_mistake(s, AD_ERROR_ARGUMENT,
                                 ".variable_count is %d; it counts .variable_list, from 0 up",
                                 many);
    s->variable = arena_array(&s->graph->arena, room, sizeof *s->variable);
    s->gradient = arena_array(&s->graph->arena, room, sizeof *s->gradient);
    if (!s->variable || !s->gradient)
        return optimizer_mistake(s, AD_ERROR_MEMORY, "out of memory");
    ad_tensor *poison =
        few ? take_list(s, o->variables, few) : take_list(s, o->variable_list, many);
    if (!poison && !few && !many && !take_reachable(s))
        return optimizer_mistake(s, AD_ERROR_MEMORY, "out of memory");
    int reached = s->count;
    poison = poison ? poison : take_gradients(s, few || many);
    if (poison || s->count)
        return poison;
    return nothing_to_train(s, reached);
}

/* ---- groups */

/* The first group that takes the variable, -1 for none. */
static int group_of(const struct optimizer *s, const ad_tensor *variable)
{
    for (int k = 0; k < 8 && s->o.groups[k].match; k++)
        if (text_matches(s->o.groups[k].match, variable->name))
            return k;
    return -1;
}

ad_tensor *optimizer_check_groups(const struct optimizer *s)
{
    for (int k = 0; k < 8 && s->o.groups[k].match; k++) {
        int i = 0;
        while (i < s->count && !text_matches(s->o.groups[k].match, s->variable[i]->name))
            i++;
        if (i == s->count)
            return optimizer_mistake(
                s, AD_ERROR_ARGUMENT,
                ".groups[%d], '%s', matches none of the %d variables that are trained ('%s'...); a "
                "pattern is for the full name, with * for any text",
                k, s->o.groups[k].match, s->count, s->variable[0]->name);
    }
    return NULL;
}

struct parameter optimizer_parameter(const struct optimizer *s, int i)
{
    struct parameter p = {s->variable[i], s->gradient[i], 1, option_auto(s->o.decay, 0)};
    int k = group_of(s, p.variable);
    if (k < 0)
        return p;
    p.rate_scale = s->o.groups[k].rate_scale;
    p.decay = option_auto(s->o.groups[k].decay, p.decay);
    return p;
}
