/* What each column is like: how many values, which, and how they are spread. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "message.h"
#include "number.h"
#include "table.h"
#include "times.h"

ad_look_column *data_look_column(const looker *l, int column)
{
    return &l->look->column[column];
}

int data_target(const looker *l)
{
    const data_sample *s = &l->sample;
    return s->columns > 0 && s->column[0].field->use == AD_USE_TARGET ? 0 : -1;
}

bool data_is_time(const ad_look_column *c)
{
    const char *end = strrchr(c->name, '.');
    for (int i = 0; end && i < DATE_PARTS; i++)
        if (strcmp(end + 1, date_part_words[i]) == 0)
            return true;
    return name_says_year(c->name) || name_says_time(c->name);
}

int data_other(const looker *l)
{
    if (l->look->part[AD_PART_TEST].looked > 0)
        return AD_PART_TEST;
    return l->look->part[AD_PART_VALIDATION].looked > 0 ? AD_PART_VALIDATION : -1;
}

enum { BINS_MOST = 16 };

/* ---------------------------------------------------------------- numbers */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between two values in a line, at (count - 1) q. */
static double quantile(const double *sorted, int64_t count, double q)
{
    double at = (double)(count - 1) * q;
    int64_t i = (int64_t)at;
    if (i + 1 >= count)
        return sorted[count - 1];
    double part = at - (double)i;
    return part > 0 ? sorted[i] + part * (sorted[i + 1] - sorted[i]) : sorted[i];
}

static void spread(ad_look_column *c, const double *sorted, int64_t count)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++)
        sum += sorted[i];
    c->mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++)
        squares += (sorted[i] - c->mean) * (sorted[i] - c->mean);
    c->deviation = sqrt(squares / (double)count);
    c->least = sorted[0], c->most = sorted[count - 1];
    for (int q = 0; q < 3; q++)
        c->quartile[q] = quantile(sorted, count, 0.25 * (q + 1));
    for (int64_t i = 0; i < count; i++) {
        c->different += i == 0 || sorted[i] != sorted[i - 1];
        c->zeros += sorted[i] == 0;
    }
}

/* Widths of 1, 2 or 5 times a power of 10, from a multiple of it. */
static void make_bins(ad_look_column *c)
{
    double width = c->most - c->least, step;
    if (!(width > 0) || !isfinite(width))
        return;
    step = pow(10, floor(log10(width / 12)));
    static const double times[] = {1, 2, 2.5, 5, 10, 20};
    for (int i = 0; i < 6; i++) {
        double low = floor(c->least / (times[i] * step)) * times[i] * step;
        int bins = (int)floor((c->most - low) / (times[i] * step)) + 1;
        if (bins > BINS_MOST)
            continue;
        c->bins = bins;
        for (int k = 0; k <= bins; k++)
            c->edge[k] = low + k * times[i] * step;
        return;
    }
}

static int bin_of(const ad_look_column *c, double value)
{
    int bin = (int)((value - c->edge[0]) / (c->edge[1] - c->edge[0]));
    bin = bin < 0 ? 0 : bin >= c->bins ? c->bins - 1 : bin;
    if (bin > 0 && value < c->edge[bin])
        bin--;
    return bin + 1 < c->bins && value >= c->edge[bin + 1] ? bin + 1 : bin;
}

/* ---------------------------------------------------------------- values */

typedef struct frequent {
    double value;
    int64_t count;
} frequent;

static int by_count(const void *a, const void *b)
{
    const frequent *x = a, *y = b;
    int order = (x->count < y->count) - (x->count > y->count);
    return order ? order : (x->value > y->value) - (x->value < y->value);
}

static char *value_name(const ad_look_column *c, double value)
{
    int64_t class = (int64_t)value;
    if (c->kind == AD_LOOK_CLASS && c->field->names && class >= 0 && class < c->field->classes)
        return text_copy(c->field->names[class]);
    text_buffer t = {0};
    number_add(&t, value);
    return text_take(&t);
}

/* The different values of a sorted list with how often each is there, by malloc. */
static frequent *count_values(const double *sorted, int64_t count, int64_t different)
{
    frequent *list = calloc((size_t)different + 1, sizeof *list);
    int64_t used = 0;
    for (int64_t i = 0; list && i < count; i++) {
        used += i == 0 || sorted[i] != sorted[i - 1];
        list[used - 1].value = sorted[i];
        list[used - 1].count++;
    }
    return list;
}

static bool keep_values(ad_look_column *c, const double *sorted, int64_t count)
{
    bool class = c->kind == AD_LOOK_CLASS;
    if (!class && c->different > AD_LOOK_TOP)
        return true;
    frequent *list = count_values(sorted, count, c->different);
    int64_t most = c->different < AD_LOOK_TOP ? c->different : AD_LOOK_TOP;
    c->value = calloc((size_t)most + 1, sizeof *c->value);
    bool good = list && c->value;
    if (good)
        qsort(list, (size_t)c->different, sizeof *list, by_count);
    for (int64_t i = 0; good && i < most; i++, c->values++)
        good = (c->value[i].name = value_name(c, list[i].value)) != NULL;
    free(list);
    return good;
}

static int value_at(const ad_look_column *c, const char *name)
{
    for (int i = 0; i < c->values; i++)
        if (strcmp(c->value[i].name, name) == 0)
            return i;
    return -1;
}

/* Counts of the listed values in each part; there are few different ones, or classes. */
static bool count_by_part(ad_look_column *c, const data_sample *s, const double *value)
{
    double last = NAN;
    int at = -1;
    for (int64_t i = 0; c->values > 0 && i < s->count; i++) {
        if (isnan(value[i]))
            continue;
        if (value[i] != last) {
            char *name = value_name(c, value[i]);
            if (!name)
                return false;
            at = value_at(c, name);
            last = value[i];
            free(name);
        }
        if (at >= 0)
            c->value[at].count[data_part_of(s, i)]++;
    }
    return true;
}

/* ---------------------------------------------------------------- one column, all columns */

static bool look_at(looker *l, int column, double *sorted)
{
    const data_sample *s = &l->sample;
    const double *value = data_values(s, column);
    ad_look_column *c = data_look_column(l, column);
    int64_t count = 0;
    for (int64_t i = 0; i < s->count; i++) {
        int part = data_part_of(s, i);
        bool missing = isnan(value[i]);
        c->missing[part] += missing;
        c->present[part] += !missing;
        if (!missing)
            sorted[count++] = value[i];
    }
    c->looked = true;
    if (count == 0)
        return true;
    qsort(sorted, (size_t)count, sizeof *sorted, by_number);
    spread(c, sorted, count);
    if (c->kind != AD_LOOK_CLASS)
        make_bins(c);
    for (int64_t i = 0; c->bins > 0 && i < s->count; i++)
        if (!isnan(value[i]))
            c->bin[data_part_of(s, i)][bin_of(c, value[i])]++;
    return keep_values(c, sorted, count) && count_by_part(c, s, value);
}

/* Rows in their order, which is that of time: parts are cut one behind the other. */
static void follow(ad_look_column *c, const data_sample *s, const double *value)
{
    int blocks = s->count < AD_LOOK_BLOCKS ? (int)s->count : AD_LOOK_BLOCKS;
    for (c->blocks = 0; c->blocks < blocks; c->blocks++) {
        double sum = 0;
        int64_t count = 0, to = (c->blocks + 1) * s->count / blocks;
        for (int64_t i = c->blocks * s->count / blocks; i < to; i++)
            if (!isnan(value[i]))
                sum += value[i], count++;
        c->over[c->blocks] = count ? sum / (double)count : NAN;
    }
}

static char *column_name(const data_sample *s, int column)
{
    const data_column *c = &s->column[column];
    bool alone =
        c->offset == 0 && (column + 1 >= s->columns || s->column[column + 1].field != c->field);
    return alone ? text_copy(c->field->name)
                 : text_format("%s[%lld]", c->field->name, (long long)c->offset);
}

static bool was_looked_at(const data_sample *s, const ad_schema_field *f)
{
    for (int c = 0; c < s->columns; c++)
        if (s->column[c].field == f)
            return true;
    return false;
}

/* Columns that were looked at, then those that name rows, then what is left out. */
static ad_status list_columns(looker *l)
{
    const data_sample *s = &l->sample;
    ad_data_look *look = l->look;
    const ad_schema *schema = l->data.schema;
    look->column = calloc((size_t)(s->columns + schema->fields) + 1, sizeof *look->column);
    bool good = look->column != NULL;
    for (int c = 0; good && c < s->columns; c++) {
        look->column[c] = (ad_look_column){.field = s->column[c].field,
                                           .kind = s->column[c].kind,
                                           .alone = NAN,
                                           .drift = NAN,
                                           .chance = NAN};
        good = (look->column[look->columns++].name = column_name(s, c)) != NULL;
    }
    for (int use = AD_USE_ID; good && use <= AD_USE_NONE; use++)
        for (int i = 0; good && i < schema->fields; i++) {
            const ad_schema_field *f = &schema->field[i];
            if ((int)f->use != use || was_looked_at(s, f))
                continue;
            look->column[look->columns] =
                (ad_look_column){.field = f, .alone = NAN, .drift = NAN, .chance = NAN};
            good = (look->column[look->columns++].name = text_copy(f->name)) != NULL;
        }
    return good ? AD_OK : message_no_memory();
}

ad_status data_facts(looker *l)
{
    ad_status status = list_columns(l);
    double *sorted = malloc((size_t)(l->sample.count + 1) * sizeof *sorted);
    for (int c = 0; status == AD_OK && c < l->sample.columns; c++)
        if (!sorted || !look_at(l, c, sorted))
            status = message_no_memory();
    for (int c = 0; status == AD_OK && times_field(l->data.schema) && c < l->sample.columns; c++)
        if (l->sample.column[c].kind == AD_LOOK_NUMBER)
            follow(data_look_column(l, c), &l->sample, data_values(&l->sample, c));
    free(sorted);
    return status;
}
