/* Models: what an item may be beside a layer, and their end. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "option.h"
#include "value.h"

#define AT(member) offsetof(model_item, member)

static const ad_option every_item[] = {
    {.name = "name",
     .type = AD_OPTION_NAME,
     .offset = AT(name),
     .also = "id label",
     .help = "what `from` may call its output; of a layer with weights their name too"},
    {.name = "from",
     .type = AD_OPTION_NAMES,
     .offset = AT(from),
     .also = "input inputs source",
     .help = "what it takes: names of inputs or of items above; else the output before it"},
};

const ad_option *item_options(int *count)
{
    *count = sizeof every_item / sizeof *every_item;
    return every_item;
}

static const ad_option repeat_options[] = {
    {.name = "times",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 10000,
     .required = true,
     .offset = AT(times),
     .also = "count n repeat",
     .help = "how often"},
};

static const ad_option branches_options[] = {
    {.name = "join",
     .type = AD_OPTION_WORD,
     .words = "add multiply concat",
     .offset = AT(join),
     .also = "merge mode combine",
     .help = "how the outputs become one; concat: along the last axis"},
};

static const model_item initial = {.times = AD_SAME};
static const model_item branches_initial = {.join = JOIN_CONCAT};

static const structure structures[] = {
    {.record = {.name = "layers",
                .also = "sequential list",
                .help = "a list in a list",
                .initial = &initial,
                .size = sizeof initial},
     .kind = ITEM_LAYERS,
     .lists = "layers"},
    {.record = {.name = "repeat",
                .also = "times loop",
                .help = "the layers so many times, each time with weights of their own",
                AD_RECORD_OPTIONS(repeat_options, initial)},
     .kind = ITEM_REPEAT,
     .lists = "layers"},
    {.record = {.name = "residual",
                .also = "skip shortcut resnet residual_block resblock basic_block",
                .help = "the layers, and what went in added to what comes out (He et al. 2015); "
                        "shortcut: layers for what went in, where the shape changes",
                .initial = &initial,
                .size = sizeof initial},
     .kind = ITEM_RESIDUAL,
     .lists = "layers shortcut"},
    {.record = {.name = "branches",
                .also = "parallel branch inception",
                .help = "several lists of layers on one input, joined",
                AD_RECORD_OPTIONS(branches_options, branches_initial)},
     .kind = ITEM_BRANCHES,
     .lists = "paths",
     .list_of_lists = true},
};

const structure *structure_at(int i)
{
    return i >= 0 && i < (int)(sizeof structures / sizeof *structures) ? &structures[i] : NULL;
}

int structure_list(const structure *s, const char *name)
{
    int i = 0;
    for (const char *p = s->lists; *p; i++) {
        size_t size = strcspn(p, " ");
        if (strlen(name) == size && memcmp(name, p, size) == 0)
            return i;
        p += size + (p[size] == ' ');
    }
    return -1;
}

void structure_list_name(text_buffer *t, const structure *s, int i)
{
    const char *p = s->lists;
    for (; i > 0 && !s->list_of_lists; i--)
        p += strcspn(p, " ") + 1;
    text_add_bytes(t, p, strcspn(p, " "));
}

const char *model_refers(const model_item *item, const char *option)
{
    const ad_option *o = item->record ? record_option(&item->record->record, option) : NULL;
    if (!o || o->type != AD_OPTION_NAME)
        return NULL;
    return *(const char *const *)((const char *)item->options + o->offset);
}

typedef bool item_rule(const model_item *item, const char *name);

/* Some item, at any depth, of which the rule holds. */
static bool any_item(const model_list *list, item_rule *rule, const char *name)
{
    for (int i = 0; i < list->count; i++) {
        const model_item *item = &list->item[i];
        if (rule(item, name))
            return true;
        for (int j = 0; j < item->lists; j++)
            if (any_item(&item->list[j], rule, name))
                return true;
    }
    return false;
}

static bool refers_to(const model_item *item, const char *option, const char *name)
{
    const char *other = model_refers(item, option);
    return other && strcmp(other, name) == 0;
}

static bool takes(const model_item *item, const char *name)
{
    for (int j = 0; j < item->from.count; j++)
        if (strcmp(item->from.text[j], name) == 0)
            return true;
    return refers_to(item, "to", name);
}

static bool gives(const model_item *item, const char *name)
{
    return item->name && strcmp(item->name, name) == 0;
}

bool model_gives(const ad_layers *model, const char *name)
{
    return model && any_item(&model->layers, gives, name);
}

bool model_takes(const ad_layers *model, const char *name)
{
    return model && any_item(&model->layers, takes, name);
}

static bool starts(const model_item *item, const char *name)
{
    return refers_to(item, "start", name);
}

bool model_starts(const ad_layers *model, const char *name)
{
    return model && any_item(&model->layers, starts, name);
}

const model_item *model_last(const model_list *list)
{
    const model_item *last = list->count ? &list->item[list->count - 1] : NULL;
    while (last && (last->kind == ITEM_LAYERS || last->kind == ITEM_REPEAT) && last->lists) {
        list = &last->list[0];
        last = list->count ? &list->item[list->count - 1] : NULL;
    }
    return last && last->record ? last : NULL;
}

bool model_ends_with(const model_list *list, const model_item *item)
{
    const model_item *last = list->count ? &list->item[list->count - 1] : NULL;
    bool one = last && (last->kind == ITEM_LAYERS || last->kind == ITEM_REPEAT);
    bool paths = last && last->kind == ITEM_BRANCHES && last->join != JOIN_CONCAT;
    int lists = one && last->lists ? 1 : paths ? last->lists : 0;
    for (int i = 0; i < lists; i++)
        if (model_ends_with(&last->list[i], item))
            return true;
    return last == item && item->record;
}

bool model_is_joined(const model_list *list)
{
    return list->count && list->item[list->count - 1].kind == ITEM_BRANCHES;
}

static bool carries(const model_item *item, const char *name)
{
    return (void)name, item->record && carry_wanted(item->record, item->options);
}

bool model_carries(const ad_layers *model)
{
    return model && any_item(&model->layers, carries, NULL);
}

/* ---------------------------------------------------------------- end */

static void free_list(model_list *list)
{
    for (int i = 0; i < list->count; i++) {
        model_item *item = &list->item[i];
        if (item->record)
            record_options_free(&item->record->record, item->options);
        for (int j = 0; j < (int)(sizeof every_item / sizeof *every_item); j++)
            value_done(&every_item[j], item);
        for (int j = 0; j < item->lists; j++)
            free_list(&item->list[j]);
        free(item->list);
    }
    free(list->item);
}

void model_free(ad_layers *model)
{
    if (model)
        free_list(&model->layers);
    free(model);
}
