/* A look at data as JSON objects, one a line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "data_write.h"
#include "message.h"
#include "number.h"

static void add_text(text_buffer *t, const char *key, const char *words)
{
    text_add_format(t, ", \"%s\": ", key);
    if (words)
        text_add_json(t, words, strlen(words));
    else
        text_add(t, "null");
}

static void add_number(text_buffer *t, const char *key, double value)
{
    text_add_format(t, ", \"%s\": ", key);
    if (isfinite(value))
        number_add(t, value);
    else
        text_add(t, "null");
}

static void add_whole(text_buffer *t, const char *key, int64_t value)
{
    text_add_format(t, ", \"%s\": %lld", key, (long long)value);
}

/* ---------------------------------------------------------------- parts, columns */

static void add_part(text_buffer *t, const ad_look_part *p, int part)
{
    text_add(t, "{\"event\": \"part\"");
    add_text(t, "part", data_part_words[part]);
    add_whole(t, "examples", p->count);
    add_whole(t, "looked_at", p->looked);
    add_whole(t, "repeated", p->repeated);
    add_whole(t, "seen_in_training", p->seen);
    add_whole(t, "nearly_repeated", p->near);
    add_whole(t, "nearly_seen_in_training", p->near_seen);
    text_add(t, "}\n");
}

static void add_counts(text_buffer *t, const ad_data_look *look, const char *key,
                       const int64_t *count)
{
    int said = 0;
    text_add_format(t, ", \"%s\": {", key);
    for (int p = 0; p < AD_LOOK_PARTS; p++)
        if (look->part[p].looked > 0)
            text_add_format(t, "%s\"%s\": %lld", said++ ? ", " : "", data_part_words[p],
                            (long long)count[p]);
    text_add(t, "}");
}

static void add_spread(text_buffer *t, const ad_look_column *c)
{
    if (c->kind == AD_LOOK_CLASS || c->present[0] + c->present[1] + c->present[2] == 0)
        return;
    add_text(t, "of", data_unit_word(c) ? data_unit_word(c) : "value");
    add_number(t, "least", c->least);
    add_number(t, "quarter", c->quartile[0]);
    add_number(t, "median", c->quartile[1]);
    add_number(t, "three_quarters", c->quartile[2]);
    add_number(t, "most", c->most);
    add_number(t, "mean", c->mean);
    add_number(t, "deviation", c->deviation);
    add_whole(t, "zeros", c->zeros);
}

static void add_values(text_buffer *t, const ad_data_look *look, const ad_look_column *c)
{
    text_add(t, ", \"values\": [");
    for (int v = 0; v < c->values; v++) {
        text_add(t, v ? ", {\"value\": " : "{\"value\": ");
        text_add_json(t, c->value[v].name, strlen(c->value[v].name));
        add_counts(t, look, "examples", c->value[v].count);
        text_add(t, "}");
    }
    text_add(t, "]");
}

static void add_bins(text_buffer *t, const ad_look_column *c)
{
    text_add(t, ", \"edges\": [");
    for (int k = 0; k <= c->bins && c->bins; k++) {
        text_add(t, k ? ", " : "");
        number_add(t, c->edge[k]);
    }
    text_add(t, "], \"bins\": [");
    for (int k = 0; k < c->bins; k++)
        text_add_format(t, "%s%.0f", k ? ", " : "", c->bin[0][k] + c->bin[1][k] + c->bin[2][k]);
    text_add(t, "]");
}

static void add_column(text_buffer *t, const ad_data_look *look, const ad_look_column *c)
{
    text_add(t, "{\"event\": \"column\"");
    add_text(t, "name", c->name);
    add_text(t, "kind", data_kind_word(c));
    add_text(t, "use", data_use_words[c->field->use]);
    add_text(t, "why", c->field->why);
    if (c->field->rate > 0)
        add_number(t, "rate", c->field->rate);
    if (c->looked) {
        add_counts(t, look, "present", c->present);
        add_counts(t, look, "missing", c->missing);
        add_whole(t, "different", c->different);
        add_spread(t, c);
        add_values(t, look, c);
        add_bins(t, c);
        add_number(t, "alone", c->alone);
        add_number(t, "drift", c->drift);
        add_number(t, "chance", c->chance);
    }
    text_add(t, "}\n");
}

/* ---------------------------------------------------------------- findings */

static void add_place(text_buffer *t, const ad_data_place *p)
{
    text_add_format(t, "{\"part\": \"%s\", \"of\": \"%s\", \"example\": %lld",
                    data_part_words[p->part], data_part_words[p->from], (long long)p->example);
    if (p->name)
        add_text(t, "file", p->name);
    if (p->note)
        add_text(t, "note", p->note);
    text_add(t, "}");
}

static void add_finding(text_buffer *t, const ad_finding *f)
{
    text_add_format(t, "{\"event\": \"%s\", \"code\": \"%s\"",
                    f->level == AD_FINDING_WARNING ? "warning" : "note", f->code);
    add_text(t, "column", f->field);
    add_text(t, "what", f->what);
    add_text(t, "reason", f->reason);
    add_text(t, "remedy", f->remedy);
    add_whole(t, "examples", f->count);
    text_add_format(t, ", \"%s\": [", f->paired ? "pairs" : "places");
    for (int i = 0; i < f->places; i++) {
        text_add(t, i ? ", " : "");
        text_add(t, f->paired && i % 2 == 0 ? "[" : "");
        add_place(t, &f->place[i]);
        text_add(t, f->paired && i % 2 ? "]" : "");
    }
    text_add(t, "]}\n");
}

char *ad_data_look_json(const ad_data_look *look)
{
    text_buffer t = {0};
    text_add(&t, "{\"event\": \"begin\"");
    add_text(&t, "path", look->path);
    add_text(&t, "format", look->reader);
    add_text(&t, "notes", look->schema->notes);
    text_add(&t, "}\n");
    for (int p = 0; p < AD_LOOK_PARTS; p++)
        if (look->part[p].count > 0)
            add_part(&t, &look->part[p], p);
    for (int i = 0; i < look->columns; i++)
        add_column(&t, look, &look->column[i]);
    for (int i = 0; i < look->findings; i++)
        add_finding(&t, &look->finding[i]);
    text_add_format(&t, "{\"event\": \"end\", \"warnings\": %d, \"notes\": %d", look->warnings,
                    look->findings - look->warnings);
    add_number(&t, "linear_accuracy", look->linear);
    add_number(&t, "majority", look->majority);
    add_number(&t, "apart", look->apart);
    add_number(&t, "apart_low", look->apart_low);
    add_number(&t, "apart_high", look->apart_high);
    add_number(&t, "seconds", look->seconds);
    text_add(&t, "}\n");
    char *words = text_take(&t);
    if (!words)
        (void)message_no_memory();
    return words;
}
