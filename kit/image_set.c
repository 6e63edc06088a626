/* The files of a data set: parts and classes by folders, by a CSV file, or by the files' names. */
#include "image_set.h"

#include <stdlib.h>
#include <string.h>

#include "file_pattern.h"
#include "label_file.h"
#include "message.h"
#include "text.h"

#define LAYOUT                                                                             \
    "put each class into a folder of its own, PATH/CLASS/x.%s (or PATH/train/CLASS/x.%s\n" \
    "  and PATH/test/CLASS/x.%s), or name the classes in a file: `labels: FILE.csv`"

static void member_done(image_member *m)
{
    free(m->class);
    for (int i = 0; i < FILE_IDS_MAX; i++)
        free(m->id[i]);
}

void image_set_done(image_set *set)
{
    for (int64_t i = 0; i < set->count; i++)
        member_done(&set->member[i]);
    for (int64_t i = 0; set->name && i < set->classes; i++)
        free(set->name[i]);
    free(set->member);
    free(set->name);
    free(set->notes);
    file_ids_done(set->id, set->ids);
    pictures_done(&set->from[0]);
    pictures_done(&set->from[1]);
    *set = (image_set){0};
}

static ad_status note(image_set *set, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static ad_status note(image_set *set, const char *format, ...)
{
    text_buffer t = {0};
    text_add(&t, set->notes ? set->notes : "");
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&t, format, arguments);
    va_end(arguments);
    text_add(&t, "\n");
    free(set->notes);
    set->notes = text_take(&t);
    return set->notes ? AD_OK : message_no_memory();
}

/* ---------------------------------------------------------------- parts by folders */

/* Of a folder's name; -1: it is no part's. */
static int part_of(const char *name, size_t size)
{
    static const struct {
        const char *word;
        ad_part part;
    } words[] = {{"train", AD_PART_TRAIN},           {"training", AD_PART_TRAIN},
                 {"val", AD_PART_VALIDATION},        {"valid", AD_PART_VALIDATION},
                 {"validation", AD_PART_VALIDATION}, {"test", AD_PART_TEST},
                 {"testing", AD_PART_TEST}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == size && memcmp(words[i].word, name, size) == 0)
            return (int)words[i].part;
    return -1;
}

/* A folder that holds all the others is none of the data's: "Dataset/3/x.jpg" is "3/x.jpg".  How
 * many bytes it takes, with its slash. */
static size_t wrapping(const pictures *p, size_t start)
{
    size_t size = p->count ? strcspn(p->list[0].name + start, "/") : 0;
    if (!size || part_of(p->list[0].name + start, size) >= 0)
        return 0;
    for (int64_t i = 0; i < p->count; i++) {
        const char *name = p->list[i].name + start;
        if (strncmp(name, p->list[0].name + start, size) != 0 || name[size] != '/' ||
            !strchr(name + size + 1, '/'))
            return 0;
    }
    return size + 1;
}

/* How many pictures stand in a folder of a part, and one that does not; whether one is train. */
static int64_t in_parts(const pictures *p, size_t start, const char **outside, bool *train)
{
    int64_t count = 0;
    *train = false;
    for (int64_t i = 0; i < p->count; i++) {
        const char *name = p->list[i].name + start;
        size_t size = strcspn(name, "/");
        int part = name[size] ? part_of(name, size) : -1;
        count += part >= 0;
        *train |= part == AD_PART_TRAIN;
        if (part < 0)
            *outside = name;
    }
    return count;
}

static ad_status fail_flat(const pictures *p, const char *name)
{
    char *pattern = p->kind->by_names ? file_pattern_guess(p) : NULL;
    ad_status status =
        message_fail(AD_ERROR_FORMAT,
                     "%s: %s stands in no folder, so its class is not known\n  " LAYOUT "%s%s%s\n",
                     p->root, *name ? name : "it", p->kind->ending, p->kind->ending,
                     p->kind->ending, pattern ? ",\n  or, as the names look, say `name_is: \"" : "",
                     pattern ? pattern : "", pattern ? "\"`" : "");
    free(pattern);
    return status;
}

static ad_status class_by_folder(image_set *set, image_member *m, size_t start, bool parts)
{
    const pictures *p = &set->from[m->place];
    const char *name = p->list[m->index].name + start;
    if (parts) {
        m->part = (ad_part)part_of(name, strcspn(name, "/"));
        name += strcspn(name, "/") + 1;
    }
    size_t size = strcspn(name, "/");
    if (!name[size])
        return fail_flat(p, p->list[m->index].name);
    m->class = text_copy_bytes(name, size);
    return m->class ? AD_OK : message_no_memory();
}

static ad_status by_folders(image_set *set, int place, image_member *m)
{
    const pictures *p = &set->from[place];
    size_t start = 0, more;
    const char *outside = NULL;
    bool train;
    while ((more = wrapping(p, start)))
        start += more;
    int64_t sorted = in_parts(p, start, &outside, &train);
    bool parts = place == 0 && sorted > 0 && (train || sorted == p->count);
    if (parts && outside)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: holds folders of parts (train, test), and %s beside them\n"
                            "  move it into one of them, or away\n",
                            p->root, outside);
    if (parts && !train)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: holds a folder of test or validation, and none called train\n"
                            "  name the folder above it, or the folder of the classes\n",
                            p->root);
    ad_status status = AD_OK;
    for (int64_t i = 0; i < p->count && status == AD_OK; i++)
        status = class_by_folder(set, &m[i], start, parts);
    if (status == AD_OK && start)
        status = note(set, "the classes are the folders in %s/%.*s", p->root, (int)start - 1,
                      p->list[0].name);
    return status;
}

/* ---------------------------------------------------------------- classes by a CSV file */

/* What a line may call picture `index`: its name below the root or alone, with its ending or not.
 */
typedef struct key {
    char *name;
    int64_t index;
} key;

static int by_key(const void *a, const void *b)
{
    return strcmp(((const key *)a)->name, ((const key *)b)->name);
}

static void free_keys(key *keys, int64_t count)
{
    for (int64_t i = 0; keys && i < count; i++)
        free(keys[i].name);
    free(keys);
}

static key *make_keys(const pictures *p)
{
    key *keys = calloc((size_t)p->count * 4 + 1, sizeof *keys);
    bool good = keys != NULL;
    for (int64_t i = 0; good && i < p->count; i++) {
        const char *full = p->list[i].name, *slash = strrchr(full, '/');
        const char *alone = slash ? slash + 1 : full, *dot = strrchr(alone, '.');
        size_t ending = dot ? strlen(dot) : 0;
        keys[4 * i].name = text_copy(full);
        keys[4 * i + 1].name = text_copy(alone);
        keys[4 * i + 2].name = text_copy_bytes(full, strlen(full) - ending);
        keys[4 * i + 3].name = text_copy_bytes(alone, strlen(alone) - ending);
        for (int k = 0; k < 4; k++) {
            keys[4 * i + k].index = i;
            good = good && keys[4 * i + k].name;
        }
    }
    if (good) {
        qsort(keys, (size_t)p->count * 4, sizeof *keys, by_key);
        return keys;
    }
    free_keys(keys, p->count * 4);
    return NULL;
}

/* -1: none, -2: several pictures. */
static int64_t find_key(const key *keys, int64_t count, const char *name)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strcmp(keys[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t found = -1;
    for (; low < count && strcmp(keys[low].name, name) == 0; low++) {
        if (found >= 0 && found != keys[low].index)
            return -2;
        found = keys[low].index;
    }
    return found;
}

static ad_status take_row(const pictures *p, const char *file, const label_row *row, int64_t found,
                          image_member *m)
{
    if (found < 0)
        return message_fail(AD_ERROR_FORMAT, "%s:%lld: there %s %s %s in %s\n  %s\n", file,
                            (long long)row->line, found == -1 ? "is no" : "are several",
                            found == -1 ? p->kind->one : p->kind->many, row->name, p->root,
                            found == -1 ? "correct the name, or take the line out"
                                        : "write the name with its folder, as from there");
    if (m[found].class && strcmp(m[found].class, row->label) != 0)
        return message_fail(AD_ERROR_FORMAT,
                            "%s:%lld: %s is of class %s here and of class %s before\n"
                            "  take one of the lines out\n",
                            file, (long long)row->line, row->name, row->label, m[found].class);
    if (!m[found].class)
        m[found].class = text_copy(row->label);
    return m[found].class ? AD_OK : message_no_memory();
}

static ad_status take_rows(image_set *set, int place, const char *file, const label_file *rows,
                           image_member *m)
{
    const pictures *p = &set->from[place];
    key *keys = make_keys(p);
    ad_status status = keys ? AD_OK : message_no_memory();
    for (int64_t i = 0; i < rows->rows && status == AD_OK; i++) {
        int64_t found = find_key(keys, p->count * 4, rows->row[i].name);
        if (i == 0 && found == -1) /* the names of the columns */
            status = note(set, "%s:%lld: %s, %s: taken for the columns' names", file,
                          (long long)rows->row[i].line, rows->row[i].name, rows->row[i].label);
        else
            status = take_row(p, file, &rows->row[i], found, m);
    }
    if (status == AD_OK && rows->more)
        status = note(set, "%s: cells after the second are not read", file);
    free_keys(keys, p->count * 4);
    return status;
}

static ad_status by_file(image_set *set, int place, const char *file, image_member *m)
{
    label_file rows;
    const pictures *p = &set->from[place];
    ad_status status = label_file_read(file, &rows);
    if (status != AD_OK)
        return status;
    status = take_rows(set, place, file, &rows, m);
    label_file_done(&rows);
    int64_t left = 0, last = -1;
    for (int64_t i = 0; i < p->count; i++)
        if (!m[i].class)
            left++, last = i;
    if (status == AD_OK && left == p->count)
        return message_fail(AD_ERROR_FORMAT, "%s: names no %s of %s\n  write FILE,CLASS\n", file,
                            p->kind->one, p->root);
    if (status == AD_OK && left)
        status =
            note(set, "%lld of %lld %s have no line in %s and are left out, such as %s",
                 (long long)left, (long long)p->count, p->kind->many, file, p->list[last].name);
    return status;
}

/* ---------------------------------------------------------------- the classes */

static bool is_number(const char *name)
{
    return *name && !name[strspn(name, "0123456789")];
}

static int by_value(const void *a, const void *b)
{
    const char *p = *(char *const *)a, *q = *(char *const *)b;
    const char *pv = p + strspn(p, "0"), *qv = q + strspn(q, "0");
    size_t ps = strlen(pv), qs = strlen(qv);
    int order = ps != qs ? (ps > qs) - (ps < qs) : strcmp(pv, qv);
    return order ? order : strcmp(p, q);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int64_t file_sort_names(char **all, int64_t count)
{
    int64_t kept = 0;
    bool numbers = true;
    for (int64_t i = 0; i < count; i++)
        numbers = numbers && is_number(all[i]);
    qsort(all, (size_t)count, sizeof *all, numbers ? by_value : by_bytes);
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || strcmp(all[i], all[kept - 1]) != 0) {
            char *one = all[i];
            all[i] = all[kept];
            all[kept++] = one;
        }
    return kept;
}

/* The different ones of the training part. */
static ad_status name_classes(image_set *set)
{
    char **all = malloc((size_t)(set->count + 1) * sizeof *all);
    int64_t count = 0;
    if (!all)
        return message_no_memory();
    for (int64_t i = 0; i < set->count; i++)
        if (set->member[i].part == AD_PART_TRAIN)
            all[count++] = set->member[i].class;
    int64_t kept = file_sort_names(all, count);
    set->name = calloc((size_t)kept + 1, sizeof *set->name);
    set->classes = set->name ? kept : 0;
    bool good = set->name != NULL;
    for (int64_t i = 0; good && i < kept; i++)
        good = (set->name[i] = text_copy(all[i])) != NULL;
    free(all);
    return good ? AD_OK : message_no_memory();
}

static ad_status copy_classes(image_set *set, char *const *name, int64_t classes)
{
    set->name = calloc((size_t)classes + 1, sizeof *set->name);
    set->classes = set->name ? classes : 0;
    for (int64_t i = 0; i < set->classes; i++)
        if (!(set->name[i] = text_copy(name[i])))
            return message_no_memory();
    return set->name ? AD_OK : message_no_memory();
}

typedef struct entry {
    const char *name;
    int32_t label;
} entry;

static int by_entry(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static ad_status number_members(image_set *set)
{
    static const char *const words[] = {"training", "validation", "test"};
    const file_kind *kind = set->from[0].kind;
    entry *table = malloc((size_t)(set->classes + 1) * sizeof *table);
    if (!table)
        return message_no_memory();
    for (int64_t i = 0; i < set->classes; i++)
        table[i] = (entry){set->name[i], (int32_t)i};
    qsort(table, (size_t)set->classes, sizeof *table, by_entry);
    ad_status status = AD_OK;
    for (int64_t i = 0; i < set->count && status == AD_OK; i++) {
        image_member *m = &set->member[i];
        const entry wanted = {m->class, 0};
        const entry *found = bsearch(&wanted, table, (size_t)set->classes, sizeof *table, by_entry);
        m->label = found ? found->label : -1;
        set->in_part[m->part]++;
        if (!found)
            status = message_fail(AD_ERROR_FORMAT,
                                  "%s/%s: a %s %s of class %s, which the training %s "
                                  "do not have\n  take it out, or add training %s of it\n",
                                  set->from[m->place].root, set->from[m->place].list[m->index].name,
                                  words[m->part], kind->one, m->class, kind->many, kind->many);
    }
    free(table);
    return status;
}

/* ---------------------------------------------------------------- all */

static ad_status fail_none(const pictures *p)
{
    return message_fail(
        AD_ERROR_FILE, "%s: holds no %s%s%s (their names end in %s)\n  " LAYOUT "\n", p->root,
        p->kind->one, p->other ? ", only files such as " : "", p->other ? p->other : "",
        p->kind->endings, p->kind->ending, p->kind->ending, p->kind->ending);
}

/* Where the classes stand. */
static ad_status sort_place(image_set *set, const image_places *o, int place, image_member *more)
{
    const char *labels = place ? o->test_labels : o->labels;
    if (o->name_is && labels)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s: both labels and name_is say the classes\n  give one of them\n",
                            o->kind->many);
    if (o->name_is)
        return image_set_by_names(set, place, o->name_is, more);
    return labels ? by_file(set, place, labels, more) : by_folders(set, place, more);
}

static ad_status find_place(image_set *set, const image_places *o, int place)
{
    pictures *p = &set->from[place];
    const char *path = place ? o->test : o->path;
    ad_status status = files_find(path, (size_t)o->memory << 20, o->kind, p);
    if (status != AD_OK)
        return status;
    if (!p->count)
        return fail_none(p);
    image_member *more =
        realloc(set->member, (size_t)(set->count + p->count) * sizeof *set->member);
    if (!more)
        return message_no_memory();
    set->member = more;
    more += set->count;
    for (int64_t i = 0; i < p->count; i++)
        more[i] = (image_member){
            .index = i, .place = place, .part = place ? AD_PART_TEST : AD_PART_TRAIN};
    set->count += p->count;
    status = sort_place(set, o, place, more);
    if (status == AD_OK && p->others)
        status = note(set, "%s: %lld %s no %s by name and left out, such as %s", p->root,
                      (long long)p->others, p->others == 1 ? "file is" : "files are", p->kind->many,
                      p->other ? p->other : "one");
    return status;
}

/* Those without a class go. */
static void pack(image_set *set)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < set->count; i++)
        if (set->member[i].class)
            set->member[kept++] = set->member[i];
    set->count = kept;
}

ad_status image_set_find(const image_places *o, char *const *class_name, int64_t classes,
                         image_set *set)
{
    *set = (image_set){0};
    ad_status status =
        o->path ? find_place(set, o, 0)
                : message_fail(AD_ERROR_ARGUMENT,
                               "%s: no path is given\n  name the folder or archive: `path: "
                               "FOLDER`\n",
                               o->kind->many);
    if (status == AD_OK && o->test)
        status = find_place(set, o, 1);
    pack(set);
    if (status == AD_OK && o->test_when && o->test_when->count)
        status = image_set_choose_test(set, o->test_when);
    if (status == AD_OK)
        status = class_name ? copy_classes(set, class_name, classes) : name_classes(set);
    if (status == AD_OK)
        status = number_members(set);
    for (int64_t i = 0; status == AD_OK && o->test && i < set->count; i++)
        if (set->member[i].place == 0 && set->member[i].part == AD_PART_TEST)
            status = message_fail(AD_ERROR_ARGUMENT,
                                  "%s: holds a test part already, and `test: %s` names another\n"
                                  "  leave `test` out, or give the folder of training alone\n",
                                  o->path, o->test);
    if (status == AD_OK)
        status = image_set_name_ids(set);
    if (status != AD_OK)
        image_set_done(set);
    return status;
}

bool image_set_note_missing(ad_schema *s, const image_set *set, ad_part part, const char *words)
{
    bool *seen = calloc((size_t)set->classes + 1, sizeof *seen);
    int64_t missing = 0, one = 0;
    for (int64_t i = 0; seen && i < set->count; i++)
        if (set->member[i].part == part)
            seen[set->member[i].label] = true;
    for (int64_t i = set->classes; seen && i > 0; i--)
        if (!seen[i - 1])
            missing++, one = i - 1;
    bool good = seen != NULL;
    free(seen);
    return good &&
           (!missing || !set->in_part[part] ||
            ad_schema_note(s, "%lld of the classes have no %s %s: %s%s", (long long)missing, words,
                           set->from[0].kind->one, set->name[one], missing > 1 ? "..." : ""));
}

bool image_set_note_sizes(ad_schema *s, const image_set *set)
{
    enum { TIMES = 10 };
    int64_t *of = calloc((size_t)set->classes + 1, sizeof *of), most = 0, least = -1;
    for (int64_t i = 0; of && i < set->count; i++)
        if (set->member[i].part == AD_PART_TRAIN)
            of[set->member[i].label]++;
    for (int64_t k = 0; of && k < set->classes; k++) {
        most = of[k] > of[most] ? k : most;
        if (of[k] > 0 && (least < 0 || of[k] < of[least]))
            least = k;
    }
    bool good = of && (least < 0 || of[most] <= TIMES * of[least] ||
                       ad_schema_note(s,
                                      "class '%s' has %lld %s to train with, class '%s' %lld: "
                                      "accuracy says little of the small one [W404]",
                                      set->name[most], (long long)of[most], set->from[0].kind->many,
                                      set->name[least], (long long)of[least]));
    free(of);
    return good;
}
