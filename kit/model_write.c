/* A model as YAML, defaults written out, so that it reads back the same in a later version. */
#include "model.h"

#include <string.h>

#include "option.h"
#include "value.h"

static void add_options(text_buffer *t, const ad_option *rows, int count, const void *base,
                        bool *any)
{
    for (int i = 0; i < count; i++) {
        text_buffer value = {0};
        if (option_value(&value, &rows[i], base)) {
            text_add_format(t, "%s%s: %s", *any ? ", " : "{", rows[i].name,
                            value.data ? value.data : "");
            *any = true;
        }
        t->failed = t->failed || value.failed;
        text_done(&value);
    }
}

/* name and from; a layer's own name is written already where its options have it. */
static void add_item_options(text_buffer *t, const model_item *item, bool *any)
{
    int count;
    const ad_option *rows = item_options(&count);
    for (int i = 0; i < count; i++) {
        bool own = false;
        for (int j = 0; item->record && j < item->record->record.options; j++)
            own = own || strcmp(item->record->record.option[j].name, rows[i].name) == 0;
        if (!own)
            add_options(t, &rows[i], 1, item, any);
    }
}

static const structure *structure_of(const model_item *item)
{
    for (int i = 0; structure_at(i); i++)
        if (structure_at(i)->kind == item->kind)
            return structure_at(i);
    return NULL;
}

static void write_list(text_buffer *t, const model_list *list, int indent);

static void write_key(text_buffer *t, const char *name, const char *value, int indent)
{
    text_repeat(t, " ", indent);
    text_add_format(t, "%s: %s\n", name, value);
}

static void write_options(text_buffer *t, const ad_option *rows, int count, const void *base,
                          int indent)
{
    for (int i = 0; i < count; i++) {
        text_buffer value = {0};
        if (option_value(&value, &rows[i], base))
            write_key(t, rows[i].name, value.data ? value.data : "", indent);
        t->failed = t->failed || value.failed;
        text_done(&value);
    }
}

static void write_lists(text_buffer *t, const structure *s, const model_item *item, int indent)
{
    for (int i = 0; i < item->lists; i++) {
        if (!s->list_of_lists || i == 0) {
            text_repeat(t, " ", indent);
            structure_list_name(t, s, i);
            text_add(t, ":\n");
        }
        if (s->list_of_lists) {
            text_repeat(t, " ", indent + 2);
            text_add(t, item->list[i].count ? "-\n" : "- []\n");
            write_list(t, &item->list[i], indent + 4);
        } else if (item->list[i].count) {
            write_list(t, &item->list[i], indent + 2);
        } else {
            text_repeat(t, " ", indent + 2);
            text_add(t, "[]\n");
        }
    }
}

static void write_structure(text_buffer *t, const model_item *item, int indent)
{
    const structure *s = structure_of(item);
    int count;
    const ad_option *rows = item_options(&count);
    text_add_format(t, "%s:\n", s->record.name);
    write_options(t, s->record.option, s->record.options, item, indent + 4);
    write_options(t, rows, count, item, indent + 4);
    write_lists(t, s, item, indent + 4);
}

static void write_layer(text_buffer *t, const model_item *item)
{
    const ad_record *record = &item->record->record;
    text_buffer keys = {0};
    bool any = false;
    add_options(&keys, record->option, record->options, item->options, &any);
    add_item_options(&keys, item, &any);
    text_add_format(t, any ? "%s: %s}\n" : "%s\n", record->name, keys.data);
    t->failed = t->failed || keys.failed;
    text_done(&keys);
}

static void write_list(text_buffer *t, const model_list *list, int indent)
{
    for (int i = 0; i < list->count; i++) {
        text_repeat(t, " ", indent);
        text_add(t, "- ");
        if (list->item[i].record)
            write_layer(t, &list->item[i]);
        else
            write_structure(t, &list->item[i], indent);
    }
}

void model_write(text_buffer *t, const ad_layers *model, int indent)
{
    write_list(t, &model->layers, indent);
}
