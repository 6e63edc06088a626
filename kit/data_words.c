/* What the writers of a look at data share. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "data_write.h"
#include "number.h"

const char *const data_use_words[4] = {[AD_USE_INPUT] = "input",
                                       [AD_USE_TARGET] = "target",
                                       [AD_USE_ID] = "id",
                                       [AD_USE_NONE] = "left out"};

const char *data_kind_word(const ad_look_column *c)
{
    static const char *const meanings[] = {
        [AD_MEANS_NUMBER] = "number", [AD_MEANS_WHOLE] = "whole number",
        [AD_MEANS_CLASS] = "class",   [AD_MEANS_IMAGE] = "picture",
        [AD_MEANS_TEXT] = "text",     [AD_MEANS_SOUND] = "sound"};
    if (c->field->meaning == AD_MEANS_TEXT && c->field->classes > 0)
        return "tags";
    if (c->looked && c->kind == AD_LOOK_MEAN && c->field->meaning == AD_MEANS_NUMBER)
        return "array";
    return meanings[c->field->meaning];
}

const char *data_unit_word(const ad_look_column *c)
{
    static const char *const units[] = {[AD_LOOK_CHARACTERS] = "characters",
                                        [AD_LOOK_BRIGHTNESS] = "brightness",
                                        [AD_LOOK_MEAN] = "mean"};
    if (c->kind == AD_LOOK_LENGTH)
        return c->field->rate > 0 ? "seconds" : "length";
    return units[c->kind];
}

int64_t data_missing(const ad_look_column *c)
{
    return c->looked ? c->missing[0] + c->missing[1] + c->missing[2] : c->field->missing;
}

const ad_look_column *data_target_column(const ad_data_look *look)
{
    bool has = look->columns > 0 && look->column[0].field->use == AD_USE_TARGET;
    return has ? &look->column[0] : NULL;
}

bool data_has_pictures(const ad_data_look *look)
{
    return look->examples > 0 && look->example[0].pixels && !look->example[0].sound;
}

bool data_is_mixed(const ad_data_look *look)
{
    int inputs = 0;
    for (int c = 0; c < look->columns; c++)
        inputs += look->column[c].looked && look->column[c].field->use == AD_USE_INPUT;
    return inputs > 1;
}

char *ad_data_place_text(const ad_data_place *p)
{
    text_buffer t = {0};
    text_add(&t, data_part_words[p->part]);
    if (p->name)
        text_add_format(&t, " %s", p->name);
    else if (p->from == p->part)
        text_add_format(&t, " row %lld", (long long)p->example + 1);
    else
        text_add_format(&t, " (row %lld of what it was cut from)", (long long)p->example + 1);
    if (p->note)
        text_add_format(&t, ": %s", p->note);
    return text_take(&t);
}

/* ---------------------------------------------------------------- numbers in words */

void data_add_number(text_buffer *t, double value)
{
    char words[40];
    snprintf(words, sizeof words, "%.4g", value);
    number_add(t, strtod(words, NULL));
}

void data_add_counts(text_buffer *t, const ad_data_look *look)
{
    static const char *const words[] = {[AD_PART_TRAIN] = "to train with",
                                        [AD_PART_VALIDATION] = "to validate",
                                        [AD_PART_TEST] = "to test"};
    int64_t count = 0, looked = 0;
    int parts = 0;
    for (int p = 0; p < AD_LOOK_PARTS; p++) {
        count += look->part[p].count, looked += look->part[p].looked;
        parts += look->part[p].count > 0;
    }
    text_add_format(t, "%lld example%s", (long long)count, count == 1 ? "" : "s");
    for (int p = 0, said = 0; p < AD_LOOK_PARTS && parts > 1; p++)
        if (look->part[p].count > 0)
            text_add_format(t, "%s%lld %s", said++ ? ", " : ": ", (long long)look->part[p].count,
                            words[p]);
    if (looked < count)
        text_add_format(t, "; %lld of them, drawn by a seed, were looked at", (long long)looked);
}

void data_add_range(text_buffer *t, const ad_look_column *c)
{
    int64_t present = c->present[0] + c->present[1] + c->present[2];
    if (!c->looked || present == 0)
        return;
    if (c->kind == AD_LOOK_CLASS) {
        text_add_format(t, "%lld different", (long long)c->different);
        if (c->field->meaning == AD_MEANS_TEXT)
            text_add_format(t, ", of %lld words", (long long)present);
        return;
    }
    if (c->field->meaning == AD_MEANS_TEXT && c->kind != AD_LOOK_CHARACTERS)
        return;
    data_add_number(t, c->least);
    if (c->most > c->least) {
        text_add(t, " to ");
        data_add_number(t, c->most);
        text_add(t, ", median ");
        data_add_number(t, c->quartile[1]);
    }
    if (data_unit_word(c))
        text_add_format(t, " %s", data_unit_word(c));
}

bool data_add_linear(text_buffer *t, const ad_data_look *look)
{
    if (isnan(look->linear))
        return false;
    text_add_format(
        t,
        "a linear classifier is right on %.1f %% of held-out examples, always answering "
        "the most frequent class on %.1f %% (of %lld)",
        100 * look->linear, 100 * look->majority, (long long)look->learned_of);
    return true;
}

bool data_add_apart(text_buffer *t, const ad_data_look *look)
{
    if (isnan(look->apart))
        return false;
    text_add_format(t,
                    "a linear classifier that is to tell the parts apart: area %.3f, 95 %% "
                    "interval %.3f to %.3f (0.5: it cannot)",
                    look->apart, look->apart_low, look->apart_high);
    return true;
}

/* ---------------------------------------------------------------- figures */

static int parts_of(const ad_data_look *look)
{
    int parts = 0;
    for (int p = 0; p < AD_LOOK_PARTS; p++)
        parts += look->part[p].looked > 0;
    return parts;
}

static int by_number(const void *a, const void *b)
{
    double x = strtod((*(const ad_look_value *const *)a)->name, NULL),
           y = strtod((*(const ad_look_value *const *)b)->name, NULL);
    return (x > y) - (x < y);
}

/* Numbers by their size; classes stay as they are, the most frequent first. */
static void order_values(const ad_look_column *c, const ad_look_value **value)
{
    for (int v = 0; v < c->values; v++)
        value[v] = &c->value[v];
    if (c->kind == AD_LOOK_NUMBER && c->values > 0)
        qsort((void *)value, (size_t)c->values, sizeof *value, by_number);
}

bool data_column_figure(const ad_data_look *look, const ad_look_column *c, column_figure *f)
{
    bool counted = c->kind == AD_LOOK_CLASS || c->kind == AD_LOOK_NUMBER;
    bool bars = c->values > 0 && (counted || c->bins < 1);
    int count = bars ? c->values : c->bins, used = 0;
    bool shares = parts_of(look) > 1;
    const ad_look_value *value[AD_LOOK_TOP];
    double times = shares ? 100 : 1;
    *f = (column_figure){
        .figure = {.kind = bars ? AD_FIGURE_BARS : AD_FIGURE_HISTOGRAM, .title = c->name}};
    if (!c->looked || count < 1)
        return false;
    order_values(c, value);
    for (int v = 0; bars && v < count; v++)
        f->name[v] = value[v]->name;
    for (int p = 0; p < AD_LOOK_PARTS; p++) {
        double all = shares && c->present[p] > 0 ? (double)c->present[p] : 1;
        if (look->part[p].looked < 1)
            continue;
        for (int k = 0; k < count; k++)
            f->y[used][k] = times / all * (bars ? (double)value[k]->count[p] : c->bin[p][k]);
        f->figure.series[used] = (ad_series){.name = parts_of(look) > 1 ? data_part_words[p] : NULL,
                                             .x = bars ? NULL : c->edge,
                                             .y = f->y[used],
                                             .count = count};
        used++;
    }
    if (bars)
        f->figure.y.name = f->name, f->figure.x.title = shares ? "% of the part"
                                                        : c->field->meaning == AD_MEANS_TEXT
                                                            ? "words"
                                                            : "examples";
    else
        f->figure.x.title = data_unit_word(c),
        f->figure.y.title = shares ? "% of the part" : "examples";
    return true;
}
