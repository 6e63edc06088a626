/* What the names of files say: their classes and what else belongs to them. */
#include "file_pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "text.h"

static const char cure[] = "write the fields in braces with something between them, one of them "
                           "label: \"{label}_{speaker}_{take}\"";

/* ---------------------------------------------------------------- reading a pattern */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool take(char *to, size_t room, const char *from, size_t size)
{
    if (size >= room)
        return false;
    memcpy(to, from, size);
    to[size] = 0;
    return true;
}

/* The field that begins behind a brace, and what stands behind it; NULL where it is none. */
static const char *take_field(const char *p, pattern_field *f)
{
    size_t size = strcspn(p, "{}");
    for (size_t i = 0; i < size; i++)
        if (!is_letter(p[i]))
            return NULL;
    if (p[size] != '}' || !size || !take(f->name, sizeof f->name, p, size))
        return NULL;
    p += size + 1;
    size = strcspn(p, "{}");
    return take(f->behind, sizeof f->behind, p, size) ? p + size : NULL;
}

static const char *find_fault(const file_pattern *p)
{
    int labels = 0;
    for (int i = 0; i < p->fields; i++) {
        labels += strcmp(p->field[i].name, "label") == 0;
        if (!p->field[i].behind[0] && i + 1 < p->fields)
            return "two fields have nothing between them";
        if (strcmp(p->field[i].name, "sound") == 0)
            return "sound is what the field of samples is called";
        for (int k = 0; k < i; k++)
            if (strcmp(p->field[i].name, p->field[k].name) == 0)
                return "a field stands in it twice";
    }
    return labels == 1 ? NULL : "no field of it is called label";
}

ad_status file_pattern_read(const char *text, file_pattern *p)
{
    *p = (file_pattern){.fields = 0};
    size_t size = strcspn(text, "{}");
    const char *at = take(p->before, sizeof p->before, text, size) ? text + size : NULL;
    while (at && *at == '{' && p->fields <= FILE_IDS_MAX)
        at = take_field(at + 1, &p->field[p->fields++]);
    const char *why = !at || *at ? "it cannot be read" : find_fault(p);
    if (why)
        return message_fail(AD_ERROR_ARGUMENT, "name_is: '%s': %s\n  %s\n", text, why, cure);
    for (int i = 0; i < p->fields; i++)
        if (strcmp(p->field[i].name, "label") == 0)
            p->label = i;
    return AD_OK;
}

/* ---------------------------------------------------------------- names */

/* Without its folder and ending. */
static const char *stem(const char *name, size_t *size)
{
    const char *slash = strrchr(name, '/');
    const char *alone = slash ? slash + 1 : name, *dot = strrchr(alone, '.');
    *size = dot ? (size_t)(dot - alone) : strlen(alone);
    return alone;
}

static const char *find_in(const char *at, const char *end, const char *words)
{
    size_t size = strlen(words);
    for (; (size_t)(end - at) >= size; at++)
        if (memcmp(at, words, size) == 0)
            return at;
    return NULL;
}

bool file_pattern_match(const file_pattern *p, const char *name, const char **start, size_t *size)
{
    size_t length, before = strlen(p->before);
    const char *at = stem(name, &length), *end = at + length;
    if (length < before || memcmp(at, p->before, before) != 0)
        return false;
    at += before;
    for (int i = 0; i < p->fields; i++) {
        const char *behind = p->field[i].behind;
        const char *stop = *behind ? find_in(at, end, behind) : end;
        if (i + 1 == p->fields && stop) /* the last ends with the name */
            stop = (size_t)(end - at) >= strlen(behind) ? end - strlen(behind) : NULL;
        if (!stop || stop == at || memcmp(stop, behind, strlen(behind)) != 0)
            return false;
        start[i] = at;
        size[i] = (size_t)(stop - at);
        at = stop + strlen(behind);
    }
    return true;
}

/* ---------------------------------------------------------------- guessing one */

enum { PARTS_MIN = 2, PARTS_MAX = 5, CLASSES_MAX = 100, EACH_MIN = 4 };

/* Parts of a name between marks; 0: it has none. */
static int count_parts(const char *name, char mark)
{
    size_t size;
    const char *at = stem(name, &size);
    int parts = 1;
    for (size_t i = 0; i < size; i++) {
        bool empty = at[i] == mark && (i == 0 || i + 1 == size || at[i + 1] == mark);
        if (empty)
            return 0;
        parts += at[i] == mark;
    }
    return parts;
}

/* By the first parts of the names. */
static bool may_be_classes(const pictures *files, char mark)
{
    char **first = calloc((size_t)files->count + 1, sizeof *first);
    const char marks[] = {mark, 0};
    int64_t count = 0, kept = 0;
    for (; first && count < files->count; count++) {
        size_t size;
        const char *at = stem(files->list[count].name, &size);
        first[count] = text_copy_bytes(at, strcspn(at, marks));
        if (!first[count])
            break;
    }
    if (count == files->count)
        kept = file_sort_names(first, count);
    for (int64_t i = 0; i < count; i++)
        free(first[i]);
    free(first);
    return kept >= 2 && kept <= CLASSES_MAX && kept * EACH_MIN <= count;
}

char *file_pattern_guess(const pictures *files)
{
    int parts = 0;
    char mark = 0;
    for (const char *m = "_-"; *m && !mark; m++) {
        parts = files->count ? count_parts(files->list[0].name, *m) : 0;
        bool same = parts >= PARTS_MIN && parts <= PARTS_MAX;
        for (int64_t i = 1; i < files->count && same; i++)
            same = count_parts(files->list[i].name, *m) == parts;
        mark = same ? *m : 0;
    }
    if (!mark || !may_be_classes(files, mark))
        return NULL;
    text_buffer t = {0};
    text_add(&t, "{label}");
    for (int i = 2; i <= parts; i++)
        text_add_format(&t, "%c{part%d}", mark, i);
    return text_take(&t);
}

/* ---------------------------------------------------------------- of a set */

static ad_status fail_name(const pictures *p, const char *name, const char *pattern)
{
    return message_fail(AD_ERROR_FORMAT,
                        "%s/%s: is not called as name_is says: %s\n  rename it, or move it away\n",
                        p->root, name, pattern);
}

static ad_status take_name(const file_pattern *p, const char **start, const size_t *size,
                           image_member *m)
{
    int ids = 0;
    for (int i = 0; i < p->fields; i++) {
        char *words = text_copy_bytes(start[i], size[i]);
        if (!words)
            return message_no_memory();
        if (i == p->label)
            m->class = words;
        else
            m->id[ids++] = words;
    }
    return AD_OK;
}

static ad_status name_fields(image_set *set, const file_pattern *p)
{
    if (set->ids) /* the training part's place came before */
        return AD_OK;
    for (int i = 0; i < p->fields; i++) {
        if (i == p->label)
            continue;
        set->id[set->ids].name = text_copy(p->field[i].name);
        if (!set->id[set->ids++].name)
            return message_no_memory();
    }
    return AD_OK;
}

ad_status image_set_by_names(image_set *set, int place, const char *pattern, image_member *m)
{
    file_pattern p;
    const pictures *files = &set->from[place];
    ad_status status = file_pattern_read(pattern, &p);
    if (status == AD_OK)
        status = name_fields(set, &p);
    for (int64_t i = 0; i < files->count && status == AD_OK; i++) {
        const char *start[FILE_IDS_MAX + 1];
        size_t size[FILE_IDS_MAX + 1];
        status = file_pattern_match(&p, files->list[i].name, start, size)
                     ? take_name(&p, start, size, &m[i])
                     : fail_name(files, files->list[i].name, pattern);
    }
    return status;
}

/* ---------------------------------------------------------------- which are the test */

/* One entry: of which id, and its value or the ends of a range. */
typedef struct condition {
    int id;
    const char *value; /* behind the = */
    bool range;
    double low, high;
} condition;

static ad_status read_condition(const image_set *set, const char *text, condition *c)
{
    const char *equal = strchr(text, '=');
    size_t size = equal ? (size_t)(equal - text) : 0;
    char low[32] = "";
    *c = (condition){.id = -1};
    for (int i = 0; i < set->ids; i++)
        if (equal && strlen(set->id[i].name) == size && !strncmp(set->id[i].name, text, size))
            c->id = i;
    if (c->id < 0 || !equal[1])
        return message_fail(AD_ERROR_ARGUMENT,
                            "test_when: '%s' names no field of name_is and its value\n"
                            "  write FIELD=VALUE or FIELD=LOW-HIGH\n",
                            text);
    c->value = equal + 1;
    const char *dash = strchr(c->value, '-');
    c->range = dash && take(low, sizeof low, c->value, (size_t)(dash - c->value)) &&
               number_read(low, &c->low) && number_read(dash + 1, &c->high);
    return AD_OK;
}

static bool fulfils(const condition *c, const char *value)
{
    double number;
    if (strcmp(c->value, value) == 0)
        return true;
    return c->range && number_read(value, &number) && number >= c->low && number <= c->high;
}

ad_status image_set_choose_test(image_set *set, const ad_names *when)
{
    for (int k = 0; k < when->count; k++) {
        condition c;
        int64_t met = 0;
        ad_status status = read_condition(set, when->text[k], &c);
        if (status != AD_OK)
            return status;
        for (int64_t i = 0; i < set->count; i++) {
            bool fits = set->member[i].id[c.id] && fulfils(&c, set->member[i].id[c.id]);
            met += fits;
            if (fits)
                set->member[i].part = AD_PART_TEST;
        }
        if (!met)
            return message_fail(AD_ERROR_ARGUMENT,
                                "test_when: no file is so: '%s'\n  correct it, or take it out\n",
                                when->text[k]);
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- values of ids */

void file_ids_done(file_id *id, int count)
{
    for (int k = 0; k < count; k++) {
        for (int64_t i = 0; id[k].value && i < id[k].values; i++)
            free(id[k].value[i]);
        free(id[k].value);
        free(id[k].name);
    }
}

static ad_status list_values(const image_set *set, int k, file_id *id)
{
    char **all = malloc((size_t)(set->count + 1) * sizeof *all);
    if (!all)
        return message_no_memory();
    for (int64_t i = 0; i < set->count; i++)
        all[i] = set->member[i].id[k];
    int64_t kept = file_sort_names(all, set->count);
    id->value = calloc((size_t)kept + 1, sizeof *id->value);
    for (; id->value && id->values < kept; id->values++)
        if (!(id->value[id->values] = text_copy(all[id->values])))
            break;
    free(all);
    return id->value && id->values == kept ? AD_OK : message_no_memory();
}

typedef struct entry {
    const char *words;
    int32_t value;
} entry;

static int by_words(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->words, ((const entry *)b)->words);
}

static ad_status number_values(image_set *set, int k)
{
    const file_id *id = &set->id[k];
    entry *table = malloc((size_t)(id->values + 1) * sizeof *table);
    if (!table)
        return message_no_memory();
    for (int64_t i = 0; i < id->values; i++)
        table[i] = (entry){id->value[i], (int32_t)i};
    qsort(table, (size_t)id->values, sizeof *table, by_words);
    for (int64_t i = 0; i < set->count; i++) {
        const entry wanted = {set->member[i].id[k], 0};
        const entry *found = bsearch(&wanted, table, (size_t)id->values, sizeof *table, by_words);
        set->member[i].value[k] = found ? found->value : -1;
    }
    free(table);
    return AD_OK;
}

ad_status image_set_name_ids(image_set *set)
{
    ad_status status = AD_OK;
    for (int k = 0; k < set->ids && status == AD_OK; k++) {
        status = list_values(set, k, &set->id[k]);
        if (status == AD_OK)
            status = number_values(set, k);
    }
    return status;
}
