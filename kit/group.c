/* train.groups: rates and weight decays by the names of variables. */
#include "group.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "option.h"
#include "run.h"
#include "suggest.h"
#include "text.h"

enum { GROUPS_MAX = 8, NAMES_TOLD = 3 }; /* GROUPS_MAX: of ad_optimizer_options */

static const ad_option options[] = {
    {.name = "match",
     .type = AD_OPTION_TEXT,
     .offset = offsetof(ad_group, match),
     .required = true,
     .also = "names name pattern params parameters variables custom_keys",
     .help = "which variables, by their full names; * stands for any text: encoder.*"},
    {.name = "rate",
     .type = AD_OPTION_NUMBER,
     .high = 1e6,
     .offset = offsetof(ad_group, rate_scale),
     .also = "lr lr_mult lr_scale rate_scale learning_rate multiplier scale",
     .help = "their rate, as a share of that of the optimizer and its schedule; 0: they stay"},
    {.name = "decay",
     .type = AD_OPTION_NUMBER,
     .high = 1e6,
     .offset = offsetof(ad_group, decay),
     .unset = "that of the optimizer",
     .also = "weight_decay decay_mult l2 wd",
     .help = "their weight decay, itself and not a share"},
};
static const ad_group initial = AD_OPTIONS_INIT(ad_group);
static const ad_record record = {.name = "group",
                                 .help = "variables that are trained in their own way",
                                 AD_RECORD_OPTIONS(options, initial)};

const ad_record *group_at(int i)
{
    return i == 0 ? &record : NULL;
}

static const ad_group *group(const ad_config *c, int i)
{
    return c->groups.choice[i].options;
}

/* Whether it is trained, at once or later. */
static bool trains(const ad_config *c, const ad_tensor *variable)
{
    bool stays = ad_config_freezes(c, ad_tensor_name(variable)) >= 0 && !c->train.freeze_epochs;
    return ad_trainable(variable) && !stays;
}

int ad_config_group(const ad_config *config, const char *variable)
{
    for (int i = 0; i < config->groups.count; i++)
        if (ad_name_matches(group(config, i)->match, variable))
            return i;
    return -1;
}

/* ---------------------------------------------------------------- mistakes */

void groups_check_file(report *r, const ad_config *c)
{
    if (c->groups.count > GROUPS_MAX) {
        report_add(r, config_place(c, "train.groups"), "train.groups has %d groups",
                   c->groups.count);
        report_cure(r, "%d at most: * stands for any text, encoder.*", GROUPS_MAX);
    }
    for (int i = 0; i < c->groups.count; i++)
        if (group(c, i)->decay != AD_AUTO && !record_option(c->optimizer.record, "decay")) {
            report_add(r, config_place(c, "train.groups"),
                       "group '%s' has a decay, and method %s has none", group(c, i)->match,
                       c->optimizer.record->name);
            report_cure(r, "take decay out, or choose method: adamw");
        }
    if (c->groups.count && c->train.no_decay.count) {
        report_add(r, config_place(c, "train.no_decay"),
                   "train.groups and train.no_decay both say which weight decay variables have");
        report_cure(r, "write {match: '%s', decay: 0} among the groups, and leave no_decay out",
                    c->train.no_decay.text[0]);
    }
}

/* How far a name, or its begin or end of that length, is from a pattern without its stars. */
static int distance(const char *name, const char *plain)
{
    size_t size = strlen(name), wanted = strlen(plain);
    char part[256];
    int best = suggest_distance(name, plain, 1000);
    if (size <= wanted || wanted >= sizeof part)
        return best;
    memcpy(part, name, wanted);
    part[wanted] = 0;
    int begin = suggest_distance(part, plain, 1000),
        end = suggest_distance(name + size - wanted, plain, 1000);
    best = begin < best ? begin : best;
    return end < best ? end : best;
}

static bool is_asked(const ad_tensor *v, bool weights)
{
    return ad_trainable(v) && (!weights || ad_role_of(v) == AD_ROLE_WEIGHT);
}

/* The variable behind `after` and its distance in the order of distances, then of the graph. */
static int next_near(ad_graph *graph, const char *plain, bool weights, int after, int *reached)
{
    int best = -1, least = 0, count = ad_variable_count(graph);
    for (int i = 0; i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (!is_asked(v, weights))
            continue;
        int d = distance(ad_tensor_name(v), plain);
        bool later = after < 0 || d > *reached || (d == *reached && i > after);
        if (later && (best < 0 || d < least)) {
            best = i;
            least = d;
        }
    }
    *reached = least;
    return best;
}

char *group_near(ad_graph *graph, const char *pattern, bool weights)
{
    text_buffer t = {0};
    char plain[256] = "";
    size_t size = 0;
    for (const char *p = pattern; *p && size < sizeof plain - 1; p++)
        if (*p != '*')
            plain[size++] = *p;
    int reached = 0, at = -1;
    for (int i = 0; i < NAMES_TOLD; i++) {
        at = next_near(graph, plain, weights, at, &reached);
        if (at < 0)
            break;
        text_add_format(&t, "%s%s", i ? ", " : "the nearest names are ",
                        ad_tensor_name(ad_variable_at(graph, at)));
    }
    text_add(&t, t.size ? "; `adze show` lists all" : "the model has none that are trained");
    return text_take(&t);
}

/* What is wrong with group k, by malloc; NULL: it has a variable, or there is no memory (*failed).
 */
static char *wrong_with(const ad_config *c, ad_graph *graph, int k, bool *failed)
{
    const char *match = group(c, k)->match;
    int named = 0, frozen = 0;
    for (int i = 0, count = ad_variable_count(graph); i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        const char *name = ad_tensor_name(v);
        if (!ad_trainable(v) || !ad_name_matches(match, name))
            continue;
        named++;
        frozen += !trains(c, v);
        if (trains(c, v) && ad_config_group(c, name) == k)
            return NULL;
    }
    char *words =
        !named ? text_format("no variable that is trained is called '%.100s'", match)
        : frozen == named
            ? text_format("every variable called '%.100s' is one that train.freeze names", match)
            : text_format("every variable called '%.100s' is of a group before", match);
    *failed = !words;
    return words;
}

ad_status groups_check(const ad_config *c, ad_graph *graph)
{
    bool failed = false;
    for (int k = 0; k < c->groups.count; k++) {
        char *wrong = wrong_with(c, graph, k, &failed);
        if (failed)
            return no_memory();
        if (!wrong)
            continue;
        bool unknown = strncmp(wrong, "no ", 3) == 0;
        char *near = unknown ? group_near(graph, group(c, k)->match, false)
                             : text_copy("the first group that matches counts; take this one out");
        ad_status status = near ? run_refused(c, "train.groups", wrong, near) : no_memory();
        free(near);
        free(wrong);
        return status;
    }
    return initializers_check(c, graph);
}

/* ---------------------------------------------------------------- in words */

static void add_group(text_buffer *t, const ad_config *c, ad_graph *graph, int k)
{
    const ad_group *g = group(c, k);
    int64_t variables = 0, numbers = 0;
    for (int i = 0, count = ad_variable_count(graph); i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        if (!trains(c, v) || ad_config_group(c, ad_tensor_name(v)) != k)
            continue;
        ad_shape shape = ad_tensor_shape(v);
        int64_t size = 1;
        for (int a = 0; a < shape.rank; a++)
            size *= shape.size[a];
        variables++;
        numbers += size;
    }
    text_add_format(t, "group %s: %lld variable%s of %lld parameter%s, rate times %g", g->match,
                    (long long)variables, variables == 1 ? "" : "s", (long long)numbers,
                    numbers == 1 ? "" : "s", g->rate_scale);
    if (g->decay != AD_AUTO)
        text_add_format(t, ", decay %g", g->decay);
    text_add(t, "\n");
}

ad_status ad_config_groups(const ad_config *config, const ad_run_data *data, char **text)
{
    ad_run_network n = {0};
    text_buffer t = {0};
    ad_status status = AD_OK;
    *text = NULL;
    if (config->groups.count)
        status = ad_run_graph(config, data, 1, &n);
    for (int k = 0; status == AD_OK && k < config->groups.count; k++)
        add_group(&t, config, n.graph, k);
    ad_run_network_done(&n);
    text_add(&t, "");
    *text = text_take(&t);
    return status == AD_OK && !*text ? no_memory() : status;
}

/* ---------------------------------------------------------------- what the optimizer is told */

/* Whether some variable that this optimizer trains is of the pattern: a group without is refused.
 */
static bool has_any(const ad_config *c, ad_graph *graph, const char *scope, const char *match)
{
    for (int i = 0, count = ad_variable_count(graph); i < count; i++) {
        ad_tensor *v = ad_variable_at(graph, i);
        const char *name = ad_tensor_name(v);
        if (trains(c, v) && ad_name_matches(match, name) &&
            (!scope || strncmp(name, scope, strlen(scope)) == 0))
            return true;
    }
    return false;
}

void groups_set(const ad_config *c, ad_graph *graph, const char *scope, ad_optimizer_options *o)
{
    int count = 0;
    for (int i = 0; i < c->train.no_decay.count && i < GROUPS_MAX; i++)
        o->groups[count++] = AD_GROUP(.match = c->train.no_decay.text[i], .decay = 0);
    for (int i = 0; i < c->groups.count && count < GROUPS_MAX; i++)
        if (has_any(c, graph, scope, group(c, i)->match))
            o->groups[count++] = *group(c, i);
}
