/* What the columns, the classes and the schema have to be said of. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_classes.h"
#include "data_look.h"
#include "message.h"
#include "number.h"
#include "run.h"

enum {
    EXAMPLES_LEAST = 30,
    ID_LEAST = 50,
    CODES_MOST = 12,
    COMPARED_COLUMNS = 200,
    COMPARED_ROWS = 2000,
    SENTINELS = 3,     /* times that a value far from all others is there, and is no slip */
    CLASS_LEAST = 10,  /* examples of a class, for shares of it */
    MISSING_MUCH = 50, /* % more or less of a class than of others */
    EACH_LEAST = 5,    /* examples of each value of a name */
    FAR = 3            /* ranges of all others between it and them */
};

/* ---------------------------------------------------------------- making one */

ad_finding *data_found(looker *l, const char *code, ad_finding_level level, const char *field,
                       const char *format, ...)
{
    ad_data_look *look = l->look;
    ad_finding *grown =
        realloc(look->finding, (size_t)(look->findings + 1) * sizeof *look->finding);
    text_buffer t = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&t, format, arguments);
    va_end(arguments);
    char *what = text_take(&t), *of = field ? text_copy(field) : NULL;
    if (grown)
        look->finding = grown;
    if (!grown || !what || (field && !of)) {
        free(what);
        free(of);
        return NULL;
    }
    ad_finding *f = &look->finding[look->findings++];
    *f = (ad_finding){
        .code = ad_explanation_find(code)->code, .level = level, .field = of, .what = what};
    return f;
}

bool data_because(ad_finding *f, const char *reason, const char *remedy)
{
    f->reason = text_copy(reason), f->remedy = text_copy(remedy);
    return f->reason && f->remedy;
}

bool data_in_order(const looker *l)
{
    const ad_schema *s = l->data.schema;
    bool yes = l->data.forecast || s->running;
    for (int i = 0; i < s->fields; i++)
        yes = yes || (s->field[i].meaning == AD_MEANS_TIME && s->field[i].use != AD_USE_NONE);
    return yes;
}

bool data_has_groups(const looker *l)
{
    const ad_schema *s = l->data.schema;
    int inputs = 0, ids = 0;
    for (int i = 0; i < s->fields; i++) {
        inputs += s->field[i].use == AD_USE_INPUT;
        ids += s->field[i].use == AD_USE_ID;
    }
    return ids > 0 || inputs > 1;
}

bool data_place(const looker *l, ad_finding *f, int64_t i)
{
    if (f->places == AD_LOOK_PLACES)
        return true;
    int64_t origin = l->sample.origin[i], number = origin & (((int64_t)1 << 56) - 1);
    int from = (int)(origin >> 56);
    ad_data_place *p = &f->place[f->places];
    *p = (ad_data_place){.part = (ad_part)data_part_of(&l->sample, i),
                         .from = (ad_part)from,
                         .example = number,
                         .number = l->sample.number[i]};
    if (l->name[from] && number < l->names[from] && !(p->name = text_copy(l->name[from][number])))
        return false;
    f->places++;
    return true;
}

bool data_found_words(looker *l, ad_finding_level level, const char *field, const char *words)
{
    const char *code = strstr(words, " [W"), *reason = strchr(words, '\n');
    const char *remedy = reason ? strchr(reason + 1, '\n') : NULL;
    char name[8] = {0};
    if (!code || !remedy || strcspn(code + 2, "]") > 7)
        return true;
    memcpy(name, code + 2, strcspn(code + 2, "]"));
    ad_finding *f = ad_explanation_find(name)
                        ? data_found(l, name, level, field, "%.*s", (int)(code - words), words)
                        : NULL;
    char *because = text_copy_bytes(reason + 3, (size_t)(remedy - reason - 3));
    char *cure = text_copy_bytes(remedy + 3, strcspn(remedy + 3, "\n"));
    bool good = f && because && cure && data_because(f, because, cure);
    free(because);
    free(cure);
    return good;
}

/* ---------------------------------------------------------------- columns that are left out */

/* What the reader says of it, by the words that readers of tables have for it. */
static const char *left_out_for(const char *why)
{
    static const struct {
        const char *code, *words;
    } list[] = {
        {"W407", "constant"},
        {"W407", "all missing"},
        {"W408", "as numbers of rows do"},
        {"W408", "its name says id"},
        {"W408", "names of rows are"},
        {"W408", "as codes are"},
        {"W408", "goods, cards and machines"},
    };
    for (size_t i = 0; why && i < sizeof list / sizeof *list; i++)
        if (strstr(why, list[i].words))
            return list[i].code;
    return NULL;
}

static bool say_left_out(looker *l)
{
    bool good = true;
    for (int i = 0; good && i < l->data.schema->fields; i++) {
        const ad_schema_field *s = &l->data.schema->field[i];
        const char *code = s->use == AD_USE_NONE ? left_out_for(s->why) : NULL;
        if (!code || strncmp(s->why, "left out, as asked", 18) == 0)
            continue;
        ad_finding *f =
            data_found(l, code, AD_FINDING_NOTE, s->name, "'%s' is left out: %s", s->name, s->why);
        bool constant = strcmp(code, "W407") == 0;
        good = f && data_because(f,
                                 constant ? "what is the same in every row tells nothing"
                                          : "a number or name of a row is learned by heart, and "
                                            "tells nothing of other rows",
                                 constant ? "nothing has to be done"
                                          : "nothing, or say what it is: data.types, data.id");
    }
    return good;
}

static bool all_whole(const looker *l, int column)
{
    const double *value = data_values(&l->sample, column);
    for (int64_t i = 0; i < l->sample.count; i++)
        if (!isnan(value[i]) && value[i] != floor(value[i]))
            return false;
    return true;
}

/* Whole numbers, another in each row, with hardly a gap between them. */
static bool say_ids(looker *l)
{
    bool good = true;
    for (int i = 0; good && i < l->sample.columns; i++) {
        const ad_look_column *c = data_look_column(l, i);
        int64_t present = c->present[0] + c->present[1] + c->present[2];
        if (c->field->use != AD_USE_INPUT || c->kind != AD_LOOK_NUMBER || present < ID_LEAST ||
            l->data.schema->running || data_is_time(c) || c->different < present ||
            c->most - c->least > 3 * (double)present || !all_whole(l, i))
            continue;
        ad_finding *f = data_found(l, "W408", AD_FINDING_WARNING, c->name,
                                   "'%s' is another number in each row, from %.0f to %.0f: it "
                                   "names the row",
                                   c->name, c->least, c->most);
        good =
            f && data_because(f, "a network learns it by heart, and it tells nothing of other rows",
                              "leave it out (data.skip), or keep it beside the answers (data.id)");
    }
    return good;
}

/* ---------------------------------------------------------------- missing, nearly constant */

static bool say_without_target(looker *l, int64_t count, const char *name)
{
    char *words = run_left_out_words(count, name);
    ad_finding *f = words ? data_found(l, "W405", AD_FINDING_WARNING, name, "%s", words) : NULL;
    free(words);
    if (f)
        f->count = count;
    return f && data_because(f, run_left_out_reason, run_left_out_cure);
}

static bool say_missing(looker *l, const ad_look_column *c)
{
    int64_t missing = c->missing[0] + c->missing[1] + c->missing[2];
    int64_t all = missing + c->present[0] + c->present[1] + c->present[2];
    double share = all ? (double)missing / (double)all : 0;
    bool target = c->field->use == AD_USE_TARGET;
    if (c->kind == AD_LOOK_CHARACTERS || missing == 0 || (!target && share < 0.4))
        return true;
    if (target)
        return say_without_target(l, missing, c->name);
    ad_finding *f =
        data_found(l, "W419", share >= 0.9 ? AD_FINDING_WARNING : AD_FINDING_NOTE, c->name,
                   "'%s' is missing in %.3g %% of the examples", c->name, 100 * share);
    if (f)
        f->count = missing;
    return f && data_because(f, "what is filled in there is the same for all of them",
                             "leave the column out, unless that it is missing says something (a "
                             "column NAME.missing tells the network)");
}

/* The class whose examples lack the column most, or least, against all others. */
static int64_t farthest_class(const looker *l, int column, int64_t classes, double *there,
                              double *elsewhere)
{
    const data_sample *s = &l->sample;
    const double *value = data_values(s, column), *y = data_values(s, 0);
    double *count = calloc((size_t)(2 * classes), sizeof *count), all[2] = {0};
    int64_t best = -1;
    for (int64_t i = 0; count && i < s->count; i++)
        if (y[i] >= 0 && y[i] < (double)classes) {
            int64_t k = 2 * (int64_t)y[i] + (int64_t)isnan(value[i]);
            count[k]++, all[k % 2]++;
        }
    for (int64_t k = 0; count && k < classes; k++) {
        double n = count[2 * k] + count[2 * k + 1], rest = all[0] + all[1] - n;
        double a = count[2 * k + 1] / n, b = (all[1] - count[2 * k + 1]) / rest;
        if (n < CLASS_LEAST || rest < CLASS_LEAST || fabs(a - b) < MISSING_MUCH / 100.0 ||
            (best >= 0 && fabs(a - b) <= fabs(*there - *elsewhere)))
            continue;
        best = k, *there = a, *elsewhere = b;
    }
    free(count);
    return best;
}

/* That a column is missing tells the class. */
static bool say_missing_tells(looker *l, int column)
{
    const ad_look_column *c = data_look_column(l, column);
    const ad_schema_field *t = data_target(l) < 0 ? NULL : l->sample.column[0].field;
    double there = 0, elsewhere = 0;
    char number[24];
    if (!t || l->sample.column[0].kind != AD_LOOK_CLASS || c->field->use != AD_USE_INPUT ||
        c->missing[0] + c->missing[1] + c->missing[2] == 0 || t->classes < 2)
        return true;
    int64_t k = farthest_class(l, column, t->classes, &there, &elsewhere);
    if (k < 0)
        return true;
    snprintf(number, sizeof number, "%lld", (long long)k);
    ad_finding *f =
        data_found(l, "W427", AD_FINDING_WARNING, c->name,
                   "'%s' is missing in %.3g %% of the examples of class '%s', and in "
                   "%.3g %% of all others",
                   c->name, 100 * there, t->names ? t->names[k] : number, 100 * elsewhere);
    return f && data_because(f, "the network learns who filled the table in, and not what it says",
                             "ask why it is missing there; where that is known too late, leave the "
                             "column out: data.skip");
}

/* Names of files tell of more than the class: who speaks, say. */
static bool say_groups(looker *l)
{
    const ad_schema *s = l->data.schema;
    bool good = true;
    if (l->config->parts.group && *l->config->parts.group)
        return true;
    for (int i = 0; good && i < s->fields; i++) {
        const ad_schema_field *f = &s->field[i];
        if (f->use != AD_USE_ID || f->meaning != AD_MEANS_CLASS || f->classes < 2 ||
            f->classes * EACH_LEAST > l->sample.count)
            continue;
        ad_finding *found =
            data_found(l, "W428", AD_FINDING_NOTE, f->name,
                       "the data tells '%s' (%lld different), and a random cut puts each of them "
                       "into both parts",
                       f->name, (long long)f->classes);
        char *cure = text_format("measure on those that were not learned of: data.group=%s, "
                                 "data.validation=0.2",
                                 f->name);
        good = found && cure &&
               data_because(found,
                            "where they are voices, persons or places, new ones may be answered "
                            "worse than what is measured",
                            cure);
        free(cure);
    }
    return good;
}

static bool say_nearly_constant(looker *l, const ad_look_column *c)
{
    int64_t all = c->present[0] + c->present[1] + c->present[2], most = 0;
    for (int v = 0; v < c->values; v++) {
        const int64_t *n = c->value[v].count;
        most = n[0] + n[1] + n[2] > most ? n[0] + n[1] + n[2] : most;
    }
    bool scalar = c->kind == AD_LOOK_NUMBER || c->kind == AD_LOOK_CLASS;
    bool one = c->different == 1;
    if (c->field->use != AD_USE_INPUT || !scalar || all < 200 ||
        (!one && (double)most < 0.998 * (double)all))
        return true;
    ad_finding *f =
        data_found(l, "W407", AD_FINDING_NOTE, c->name, "'%s' is the same in %lld of %lld examples",
                   c->name, (long long)(one ? all : most), (long long)all);
    return f && data_because(f, "so rare a difference is learned by heart, or not at all",
                             "nothing, or leave it out: data.skip");
}

/* ---------------------------------------------------------------- values far from all others */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* next: of all others the nearest. */
static bool say_far(looker *l, const ad_look_column *c, double value, int64_t times, double next)
{
    text_buffer t = {0};
    text_add_format(&t, "'%s' has the value ", c->name);
    number_add(&t, value);
    text_add_format(&t, " %lld time%s, and the nearest other is %.6g", (long long)times,
                    times == 1 ? "" : "s", next);
    char *words = text_take(&t);
    ad_finding *f =
        words ? data_found(l, "W422", times >= SENTINELS ? AD_FINDING_WARNING : AD_FINDING_NOTE,
                           c->name, "%s", words)
              : NULL;
    free(words);
    if (f)
        f->count = times;
    return f && data_because(f,
                             "it may stand for a missing value, or be a slip; all others are then "
                             "squeezed into a small range",
                             "name it among the words for a missing value (data.missing), or "
                             "correct it");
}

/* Codes of few values have gaps of their own; nines, and -1, are no such codes. */
static bool may_be_far(const ad_look_column *c, double value)
{
    double nines = 9;
    while (nines < 1e9 && fabs(value) > nines)
        nines = 10 * nines + 9;
    return c->different >= CODES_MOST || fabs(value) == nines || value == -1;
}

/* One value at an end, with a gap to the next that is FAR times as wide as all others spread. */
static bool find_far(looker *l, const ad_look_column *c, const double *sorted, int64_t count)
{
    int64_t low = 1, high = 1;
    while (low < count && sorted[low] == sorted[0])
        low++;
    while (high < count && sorted[count - 1 - high] == sorted[count - 1])
        high++;
    if (low >= count || high >= count)
        return true;
    double below = sorted[low] - sorted[0], rest = sorted[count - 1] - sorted[low];
    double above = sorted[count - 1] - sorted[count - 1 - high];
    double others = sorted[count - 1 - high] - sorted[0];
    bool few = low * 10 <= count, few_high = high * 10 <= count;
    if (rest > 0 && few && may_be_far(c, sorted[0]) && below > FAR * rest)
        return say_far(l, c, sorted[0], low, sorted[low]);
    if (others > 0 && few_high && may_be_far(c, sorted[count - 1]) && above > FAR * others)
        return say_far(l, c, sorted[count - 1], high, sorted[count - 1 - high]);
    return true;
}

static bool look_for_far(looker *l, int column, double *sorted)
{
    const ad_look_column *c = data_look_column(l, column);
    const double *value = data_values(&l->sample, column);
    int64_t count = 0;
    if (c->kind != AD_LOOK_NUMBER || c->different < 6)
        return true;
    for (int64_t i = 0; i < l->sample.count; i++)
        if (isfinite(value[i]))
            sorted[count++] = value[i];
    if (count < EXAMPLES_LEAST)
        return true;
    qsort(sorted, (size_t)count, sizeof *sorted, by_number);
    return find_far(l, c, sorted, count);
}

static bool say_columns(looker *l)
{
    double *sorted = malloc((size_t)(l->sample.count + 1) * sizeof *sorted);
    bool good = sorted != NULL;
    for (int i = 0; good && i < l->sample.columns; i++) {
        const ad_look_column *c = data_look_column(l, i);
        good = say_missing(l, c) && say_missing_tells(l, i) && say_nearly_constant(l, c) &&
               look_for_far(l, i, sorted);
    }
    free(sorted);
    return good;
}

/* ---------------------------------------------------------------- columns that say the same */

/* The correlation of the first rows where both are there; 0 where they are too few. */
static double correlation(const double *x, const double *y, int64_t count)
{
    double n = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i]))
            continue;
        n++;
        double dx = x[i] - mx, dy = y[i] - my;
        mx += dx / n, my += dy / n;
        xx += dx * (x[i] - mx), yy += dy * (y[i] - my), xy += dx * (y[i] - my);
    }
    return n >= EXAMPLES_LEAST && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

static bool is_number_input(const looker *l, int i)
{
    const ad_look_column *c = data_look_column(l, i);
    return c->field->use == AD_USE_INPUT && c->kind == AD_LOOK_NUMBER && c->different > 2;
}

static bool say_pairs(looker *l)
{
    const data_sample *s = &l->sample;
    int columns = s->columns < COMPARED_COLUMNS ? s->columns : COMPARED_COLUMNS;
    int64_t rows = s->count < COMPARED_ROWS ? s->count : COMPARED_ROWS;
    for (int i = 0; i < columns; i++)
        for (int k = 0; is_number_input(l, i) && k < i; k++) {
            double r =
                is_number_input(l, k) ? correlation(data_values(s, i), data_values(s, k), rows) : 0;
            if (fabs(r) < 0.9999)
                continue;
            const ad_look_column *a = data_look_column(l, k), *b = data_look_column(l, i);
            ad_finding *f =
                data_found(l, "W420", AD_FINDING_NOTE, b->name,
                           "'%s' says what '%s' says (correlation %.5f)", b->name, a->name, r);
            if (!f || !data_because(f, "the second tells nothing more",
                                    "nothing, or leave one out: data.skip"))
                return false;
            break;
        }
    return true;
}

/* ---------------------------------------------------------------- classes that are one */

/* Small letters and digits alone. */
static uint64_t plain_hash(const char *name)
{
    uint64_t hash = 5;
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        c = c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c >= 0x80)
            hash = data_mix(hash ^ c);
    }
    return hash;
}

static bool has_letter(const char *name)
{
    for (; *name; name++)
        if ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
            (unsigned char)*name >= 0x80)
            return true;
    return false;
}

typedef struct named_class {
    uint64_t hash;
    int64_t class;
} named_class;

static int by_hash(const void *a, const void *b)
{
    const named_class *x = a, *y = b;
    int order = (x->hash > y->hash) - (x->hash < y->hash);
    return order ? order : (x->class > y->class) - (x->class < y->class);
}

static bool say_same_classes(looker *l, const ad_schema_field *s, const named_class *list,
                             int64_t count)
{
    for (int64_t i = 1; i < count; i++) {
        if (list[i].hash != list[i - 1].hash)
            continue;
        ad_finding *f =
            data_found(l, "W421", AD_FINDING_WARNING, s->name, "'%s' has the classes '%s' and '%s'",
                       s->name, s->names[list[i - 1].class], s->names[list[i].class]);
        if (!f || !data_because(f,
                                "they differ in case, blanks or marks alone, and are probably one; "
                                "the network learns them as two",
                                "write them alike in the data"))
            return false;
    }
    return true;
}

static bool say_names(looker *l)
{
    const ad_schema *schema = l->data.schema;
    bool good = true;
    for (int i = 0; good && i < schema->fields; i++) {
        const ad_schema_field *s = &schema->field[i];
        if (s->meaning != AD_MEANS_CLASS || !s->names || s->use > AD_USE_TARGET)
            continue;
        named_class *list = malloc((size_t)(s->classes + 1) * sizeof *list);
        int64_t count = 0;
        for (int64_t k = 0; list && k < s->classes; k++)
            if (has_letter(s->names[k]))
                list[count++] = (named_class){plain_hash(s->names[k]), k};
        if (list)
            qsort(list, (size_t)count, sizeof *list, by_hash);
        good = list && say_same_classes(l, s, list, count);
        free(list);
    }
    return good;
}

/* ---------------------------------------------------------------- empty examples */

static int64_t printed_missing(const looker *l)
{
    int64_t missing = 0;
    for (int i = 0; i < l->sample.columns; i++) {
        const ad_look_column *c = data_look_column(l, i);
        if (c->field == l->sample.printed)
            missing += c->missing[0] + c->missing[1] + c->missing[2];
    }
    return missing;
}

static bool say_empty(looker *l)
{
    const data_sample *s = &l->sample;
    static const char *const words[] = {[PRINT_PICTURE] = "of one colour",
                                        [PRINT_WAVE] = "empty or silent",
                                        [PRINT_TEXT] = "without a letter or digit"};
    int64_t count = 0;
    for (int64_t i = 0; s->print && i < s->count; i++)
        count += s->range[i] == 0;
    if (count == 0)
        return true;
    bool marks = s->kind == PRINT_TEXT && !printed_missing(l); /* ":-)" may be meant */
    ad_finding *f = data_found(l, "W423", marks ? AD_FINDING_NOTE : AD_FINDING_WARNING,
                               s->printed->name, "%lld '%s' %s %s", (long long)count,
                               s->printed->name, count == 1 ? "is" : "are", words[s->kind]);
    if (!f)
        return false;
    f->count = count;
    for (int64_t i = 0; i < s->count; i++)
        if (s->range[i] == 0 && !data_place(l, f, i))
            return false;
    return data_because(f, "there is nothing in them to learn from",
                        "look at them, and delete them unless they are meant");
}

/* ---------------------------------------------------------------- classes of the target */

typedef struct hearer {
    looker *l;
    bool good;
    bool sampled; /* a class that is not seen may be there */
} hearer;

static void hear(void *user, const char *words)
{
    hearer *h = user;
    if (h->sampled && !strstr(words, "[W404]"))
        return;
    const char *target = h->l->sample.column[0].field->name;
    h->good = data_found_words(h->l, AD_FINDING_WARNING, target, words) && h->good;
}

static void count_classes(const looker *l, int64_t *of, int64_t classes, int64_t *turns)
{
    const data_sample *s = &l->sample;
    const double *y = data_values(s, 0);
    double last = NAN;
    for (int64_t i = 0; i < s->count; i++) {
        if (isnan(y[i]) || y[i] >= (double)classes)
            continue;
        of[data_part_of(s, i) * classes + (int64_t)y[i]]++;
        *turns += i < s->first[1] && !isnan(last) && y[i] != last;
        last = y[i];
    }
}

static bool say_classes(looker *l)
{
    const ad_schema_field *t = data_target(l) < 0 ? NULL : l->sample.column[0].field;
    if (!t || l->sample.column[0].kind != AD_LOOK_CLASS || t->classes < 1)
        return true;
    const ad_config *c = l->config;
    int64_t *of = calloc((size_t)(AD_LOOK_PARTS * t->classes), sizeof *of);
    class_counts counts = {.classes = t->classes, .names = t->names, .target = t->name};
    hearer h = {l, of != NULL, false};
    if (of)
        count_classes(l, of, t->classes, &counts.turns);
    for (int part = 0; part < AD_LOOK_PARTS; part++)
        h.sampled = h.sampled || l->look->part[part].looked < l->look->part[part].count;
    for (int part = 0; of && part < AD_LOOK_PARTS; part++)
        counts.of[part] =
            part == 0 || l->look->part[part].looked > 0 ? of + part * t->classes : NULL;
    counts.cut_in_order =
        l->given && c->parts.split == AD_SPLIT_IN_ORDER &&
        (c->parts.test_share > 0 || c->parts.folds > 0 || c->parts.validation > 0);
    if (of)
        h.good = class_warn(&counts, hear, &h) && h.good;
    free(of);
    return h.good;
}

static bool say_left_over(looker *l)
{
    int64_t count = l->data.without_target;
    return count <= 0 || say_without_target(l, count, NULL);
}

/* ---------------------------------------------------------------- what the reader noted */

/* Notes of the schema on texts among numbers, which end in their code. */
static bool say_notes(looker *l)
{
    const char *line = l->data.schema->notes;
    bool good = true;
    while (good && line && *line) {
        size_t size = strcspn(line, "\n");
        char code[8] = {0};
        if (size > 6 && memcmp(line + size - 6, "[W415]", 6) == 0)
            memcpy(code, line + size - 5, 4);
        const ad_explanation *e = *code ? ad_explanation_find(code) : NULL;
        if (e) {
            ad_finding *f =
                data_found(l, code, AD_FINDING_WARNING, NULL, "%.*s", (int)size - 7, line);
            good = f && data_because(f, e->meaning, e->cure);
        }
        line += size + (line[size] == '\n');
    }
    return good;
}

ad_status data_findings(looker *l)
{
    bool good = say_notes(l) && say_left_over(l) && say_classes(l) && say_names(l) && say_ids(l) &&
                say_columns(l) && say_empty(l) && say_pairs(l) && say_groups(l) && say_left_out(l);
    return good ? AD_OK : message_no_memory();
}
