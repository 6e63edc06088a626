/* The table of fields as text for --help. */
#include <adze/kit.h>

#include <string.h>

#include "field.h"
#include "text.h"

enum { NAME_WIDTH = 32, LAYER_WIDTH = 20 };

static void add_default(text_buffer *t, const ad_field *f)
{
    if (f->initial)
        text_add_format(t, "; default %s", f->initial);
    for (const char *p = f->instead; p && *p;) {
        size_t size = strcspn(p, " "), word = strcspn(p, "=");
        text_add_format(t, ", with %.*s %.*s", (int)word, p, (int)(size - word - 1), p + word + 1);
        p += size + (p[size] == ' ');
    }
    if (f->required)
        text_add(t, "; required");
}

static void add_condition(text_buffer *t, const ad_field *f)
{
    if (f->with) {
        const char *dot = strrchr(f->chooser, '.');
        text_add_format(t, "; only with %s ", dot + 1);
        field_add_list(t, f->with, " or ");
    }
}

static void add_field(text_buffer *t, const ad_field *f, int indent, int width)
{
    text_repeat(t, " ", indent);
    text_add_format(t, "%-*s ", width, f->path);
    field_describe(t, f);
    if (f->unit)
        text_add_format(t, ", %s", f->unit);
    add_default(t, f);
    add_condition(t, f);
    text_add(t, "\n");
    text_repeat(t, " ", indent + width + 1);
    text_add_format(t, "%s\n", f->help);
}

static void add_layers(text_buffer *t)
{
    int count;
    const ad_layer_kind *kinds = ad_layer_kinds(&count);
    for (int i = 0; i < count; i++) {
        text_add_format(t, "  - %-*s %s\n", LAYER_WIDTH + 8, kinds[i].name, kinds[i].help);
        for (int j = 0; j < kinds[i].field_count; j++)
            add_field(t, &kinds[i].fields[j], 8, LAYER_WIDTH + 4);
    }
}

char *ad_config_help(void)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    text_buffer t = {0};
    for (int i = 0; i < count; i++) {
        if (rows[i].type == AD_FIELD_SECTION || rows[i].type == AD_FIELD_MODEL)
            text_add_format(&t, "%s%s: %s\n", i ? "\n" : "", rows[i].path, rows[i].help);
        else
            add_field(&t, &rows[i], 2, NAME_WIDTH);
        if (rows[i].type == AD_FIELD_MODEL)
            add_layers(&t);
    }
    return text_take(&t);
}
