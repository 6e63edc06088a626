/* All that a file may say, as text for --help. */
#include <string.h>

#include "model.h"
#include "option.h"
#include "row.h"

enum { NAME_WIDTH = 32, LAYER_WIDTH = 20 };

/* ---------------------------------------------------------------- defaults */

static bool has(const ad_record *record, const char *name)
{
    return record_option(record, name) != NULL;
}

/* "default 0.001, with sgd 0.01": the first record's, and those of records that differ. */
static void add_defaults(text_buffer *t, const config_row *r)
{
    text_buffer first = {0}, other = {0};
    for (int i = 0; r->section->records(i); i++) {
        const ad_record *record = r->section->records(i);
        if (!has(record, r->option.name) ||
            !option_default(&other, record, record_option(record, r->option.name)))
            continue;
        if (!first.size)
            text_add_format(t, "; default %s", text_words(&other));
        else if (strcmp(text_words(&first), text_words(&other)) != 0)
            text_add_format(t, ", with %s %s", record->name, text_words(&other));
        if (!first.size)
            text_add(&first, text_words(&other));
        text_part(t, &other);
        other = (text_buffer){0};
    }
    text_part(t, &first);
    text_part(t, &other);
}

static void add_default(text_buffer *t, const config_row *r)
{
    text_buffer value = {0};
    if (r->chooser)
        text_add_format(t, "; default %s", r->section->first);
    else if (r->of_record)
        add_defaults(t, r);
    else if (option_value(&value, &r->option, row_defaults()))
        text_add_format(t, "; default %s", text_words(&value));
    text_part(t, &value);
    if (r->option.required)
        text_add(t, "; required");
}

/* ---------------------------------------------------------------- config_rows */

static int record_count(const config_section *s)
{
    int count = 0;
    while (s->records(count))
        count++;
    return count;
}

static int word_count(const char *words)
{
    int count = *words != 0;
    for (const char *p = words; *p; p++)
        count += *p == ' ';
    return count;
}

/* Said where not every record has the option. */
static void add_condition(text_buffer *t, const config_row *r)
{
    if (!r->of_record || word_count(r->with.data) == record_count(r->section))
        return;
    text_add_format(t, "; only with %s ", r->section->chooser);
    option_add_list(t, r->with.data, " or ");
}

static void add_choice(text_buffer *t, const config_section *s)
{
    for (int i = 0; s->records(i); i++)
        text_add_format(t, "%s%s",
                        i == 0              ? ""
                        : s->records(i + 1) ? ", "
                                            : " or ",
                        s->records(i)->name);
}

/* What record i of the row's section says of the option; NULL: it has none. */
static const char *help_of(const config_row *r, int i)
{
    const ad_option *o = record_option(r->section->records(i), r->option.name);
    return o ? o->help : NULL;
}

/* The first record that says so. */
static int first_with(const config_row *r, const char *help)
{
    int i = 0;
    while (!help_of(r, i) || strcmp(help_of(r, i), help) != 0)
        i++;
    return i;
}

static bool differ(const config_row *r)
{
    for (int i = 0; r->of_record && r->section->records(i); i++)
        if (help_of(r, i) && strcmp(help_of(r, i), r->help) != 0)
            return true;
    return false;
}

/* A line for each different text, with the records that say it in front. */
static void add_helps(text_buffer *t, const config_row *r)
{
    for (int i = 0; r->section->records(i); i++) {
        const char *help = help_of(r, i);
        if (!help || first_with(r, help) < i)
            continue;
        text_add_format(t, "%*s%s", NAME_WIDTH + 3, "", r->section->records(i)->name);
        for (int j = i + 1; r->section->records(j); j++)
            if (help_of(r, j) && strcmp(help_of(r, j), help) == 0)
                text_add_format(t, ", %s", r->section->records(j)->name);
        text_add_format(t, ": %s\n", help);
    }
}

static void add_row(text_buffer *t, const config_row *r)
{
    text_add_format(t, "  %-*s ", NAME_WIDTH, r->path);
    if (r->chooser)
        add_choice(t, r->section);
    else
        option_describe(t, &r->option);
    if (r->option.unit && !option_is_list(&r->option))
        text_add_format(t, ", %s", r->option.unit);
    add_default(t, r);
    add_condition(t, r);
    text_add(t, "\n");
    if (differ(r))
        add_helps(t, r);
    else
        text_add_format(t, "%*s%s\n", NAME_WIDTH + 3, "", r->help);
}

/* ---------------------------------------------------------------- layers */

static void add_option(text_buffer *t, const ad_record *record, const ad_option *o)
{
    text_buffer value = {0};
    text_add_format(t, "        %-*s ", LAYER_WIDTH + 4, o->name);
    option_describe(t, o);
    if (option_default(&value, record, o))
        text_add_format(t, "; default %s", text_words(&value));
    else if (o->unset)
        text_add_format(t, "; default: %s", o->unset);
    text_part(t, &value);
    text_add_format(t, "%s\n%*s%s\n", o->required ? "; required" : "", LAYER_WIDTH + 13, "",
                    o->help);
}

static void add_record(text_buffer *t, const ad_record *record)
{
    text_add_format(t, "  - %-*s %s\n", LAYER_WIDTH + 8, record->name, record->help);
    for (int i = 0; i < record->options; i++)
        add_option(t, record, &record->option[i]);
}

static void add_lists(text_buffer *t, const structure *s)
{
    text_add_format(t, "        %-*s ", LAYER_WIDTH + 4, "");
    option_add_list(t, s->lists, ", ");
    text_add(t, s->list_of_lists ? ": a list of lists of layers\n" : ": lists of layers\n");
}

static void add_layers(text_buffer *t)
{
    for (int i = 0; ad_layer_at(i); i++)
        add_record(t, ad_layer_at(i));
    for (int i = 0; structure_at(i); i++) {
        add_record(t, &structure_at(i)->record);
        add_lists(t, structure_at(i));
    }
    int count;
    const ad_option *rows = item_options(&count);
    text_add(t, "  every layer takes\n");
    for (int i = 0; i < count; i++)
        text_add_format(t, "        %-*s %s\n", LAYER_WIDTH + 4, rows[i].name, rows[i].help);
}

char *ad_config_help(void)
{
    config_rows *list = rows_new();
    text_buffer t = {.failed = !list};
    for (int i = 0; list && i < list->count; i++) {
        const config_row *r = &list->row[i];
        if (r->kind == ROW_OPTION)
            add_row(&t, r);
        else
            text_add_format(&t, "%s%s: %s\n", i ? "\n" : "", r->path, r->help);
        for (int j = 0; r->kind == ROW_CHOICES && r->records(j); j++)
            add_record(&t, r->records(j));
        if (strcmp(r->path, "model") == 0)
            add_layers(&t);
    }
    rows_free(list);
    return text_take(&t);
}
