/* The schema of texts: what their lines, files or folders hold. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"
#include "text_lines.h"
#include "text_pairs.h"
#include "text_tagged_set.h"

typedef struct census {
    char **name; /* of classes, in the order they were seen; sorted at last */
    int64_t classes, room;
    int64_t lines, empty, texts_empty, unlabelled, longest;
    char *first_empty; /* its place */
    int *slot;         /* of names by their hash, -1: free */
    int64_t slots;
} census;

static void census_done(census *c)
{
    for (int64_t i = 0; i < c->classes; i++)
        free(c->name[i]);
    free(c->name);
    free(c->slot);
    free(c->first_empty);
}

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3u;
    return hash ^ hash >> 29;
}

static int *slot_of(const census *c, const char *label, size_t size)
{
    int64_t at = (int64_t)(hash_of(label, size) & (uint64_t)(c->slots - 1));
    while (c->slot[at] >= 0 &&
           (strlen(c->name[c->slot[at]]) != size || memcmp(c->name[c->slot[at]], label, size) != 0))
        at = (at + 1) & (c->slots - 1);
    return &c->slot[at];
}

static bool grow(census *c)
{
    int64_t room = c->room ? 2 * c->room : 64;
    char **name = realloc(c->name, (size_t)room * sizeof *name);
    c->name = name ? name : c->name;
    int *slot = malloc((size_t)room * 2 * sizeof *slot);
    if (!name || !slot) {
        free(slot);
        return false;
    }
    free(c->slot);
    c->slot = slot, c->room = room, c->slots = 2 * room;
    memset(slot, 0xFF, (size_t)c->slots * sizeof *slot);
    for (int64_t i = 0; i < c->classes; i++)
        *slot_of(c, c->name[i], strlen(c->name[i])) = (int)i;
    return true;
}

static bool add_class(census *c, const char *label, size_t size)
{
    if (c->classes == c->room && !grow(c))
        return false;
    int *slot = slot_of(c, label, size);
    if (*slot >= 0)
        return true;
    if (!(c->name[c->classes] = text_copy_bytes(label, size)))
        return false;
    *slot = (int)c->classes++;
    return true;
}

static ad_status too_many_classes(const text_line *line)
{
    return message_fail(AD_ERROR_FORMAT,
                        "%s: has more than %d different classes\n  is it a file of classes and "
                        "texts? data.form: lines or corpus reads it as texts\n",
                        line->file->name, 1 << 16);
}

static ad_status count_line(void *user, const text_line *line)
{
    census *c = user;
    bool empty = !line->text_size && !line->label;
    if (empty && !c->empty++ && !(c->first_empty = text_file_place(line->file, line->text)))
        return message_no_memory();
    if (empty)
        return AD_OK;
    c->lines++;
    c->texts_empty += line->text_size == 0;
    c->unlabelled += line->label && line->label_size == 0;
    c->longest = (int64_t)line->text_size > c->longest ? (int64_t)line->text_size : c->longest;
    if (!line->label_size)
        return AD_OK;
    if (c->classes > 1 << 16)
        return too_many_classes(line);
    return add_class(c, line->label, line->label_size) ? AD_OK : message_no_memory();
}

static bool is_number(const char *name)
{
    return *name && strlen(name) < 18 && !name[strspn(name, "0123456789")];
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_value(const void *a, const void *b)
{
    long long p = atoll(*(char *const *)a), q = atoll(*(char *const *)b);
    return p != q ? (p > q) - (p < q) : by_bytes(a, b);
}

static void sort_classes(census *c)
{
    bool numbers = true;
    for (int64_t i = 0; i < c->classes; i++)
        numbers = numbers && is_number(c->name[i]);
    if (c->classes)
        qsort(c->name, (size_t)c->classes, sizeof *c->name, numbers ? by_value : by_bytes);
}

/* ---------------------------------------------------------------- the schema */

static bool add_text(ad_schema *s, const char *format, long long a, long long b)
{
    char *why = text_format(format, a, b);
    ad_schema_field text = {.name = (char *)"text",
                            .type = AD_U8,
                            .shape = AD_SHAPE(AD_VARYING),
                            .meaning = AD_MEANS_TEXT,
                            .why = why};
    bool good = why && ad_schema_add(s, &text);
    free(why);
    return good;
}

static bool add_label(ad_schema *s, char **name, int64_t classes, int64_t missing, const char *how)
{
    char *why = text_format("%lld classes, %s", (long long)classes, how);
    ad_schema_field label = {.name = (char *)"label",
                             .type = AD_I32,
                             .meaning = AD_MEANS_CLASS,
                             .use = AD_USE_TARGET,
                             .classes = classes,
                             .names = name,
                             .missing = missing,
                             .why = why};
    bool good = why && ad_schema_add(s, &label);
    free(why);
    return good;
}

static bool note_lines(ad_schema *s, const census *c, const text_form *form)
{
    bool good = true;
    if (c->empty)
        good = ad_schema_note(s, "%lld empty %s left out, the first is %s", (long long)c->empty,
                              c->empty == 1 ? "line is" : "lines are", c->first_empty);
    if (good && c->texts_empty)
        good = ad_schema_note(s, "%lld texts have no letter", (long long)c->texts_empty);
    if (good && c->classes == 1)
        good = ad_schema_note(s, "there is one class only, %s: nothing can be learned from it",
                              c->name[0]);
    if (good && form->because)
        good = ad_schema_note(s, "%s", form->because);
    return good;
}

static ad_status describe_lines(const text_set *set, ad_schema *s)
{
    census c = {0};
    ad_status status = AD_OK;
    for (int i = 0; i < set->files[AD_PART_TRAIN] && status == AD_OK; i++)
        status = text_lines_each(&set->form, set->file[AD_PART_TRAIN][i], true, count_line, &c);
    sort_classes(&c);
    if (status == AD_OK && !c.lines)
        status = message_fail(AD_ERROR_FORMAT,
                              "%s: holds nothing but empty lines\n  name a file "
                              "with some text\n",
                              set->file[AD_PART_TRAIN][0]->name);
    if (status == AD_OK && set->form.form == AD_TEXTS_LABELS && !c.classes)
        status = message_fail(AD_ERROR_FORMAT,
                              "%s: no line has a class\n  data.form: lines reads "
                              "texts without\n",
                              set->file[AD_PART_TRAIN][0]->name);
    if (status == AD_OK)
        status =
            message_memory(add_text(s, "%lld lines, the longest of %lld bytes", (long long)c.lines,
                                    (long long)c.longest) &&
                           (set->form.form != AD_TEXTS_LABELS ||
                            add_label(s, c.name, c.classes, c.unlabelled, "beside the texts")) &&
                           note_lines(s, &c, &set->form));
    census_done(&c);
    return status;
}

static ad_status describe_corpus(const text_set *set, ad_schema *s)
{
    long long bytes = 0;
    for (int i = 0; i < set->files[AD_PART_TRAIN]; i++)
        bytes += (long long)set->file[AD_PART_TRAIN][i]->size;
    s->running = true;
    const char *format = set->files[AD_PART_TRAIN] == 1
                             ? "one long text of %lld bytes"
                             : "one long text of %lld bytes in %lld files";
    return message_memory(add_text(s, format, bytes, set->files[AD_PART_TRAIN]) &&
                          (!set->form.because || ad_schema_note(s, "%s", set->form.because)));
}

static ad_status describe_folders(const text_set *set, const ad_texts_options *o, ad_schema *s)
{
    const image_set *f = &set->folders;
    const int64_t *n = f->in_part;
    return message_memory(
        add_text(s, "%lld files in %lld folders", (long long)f->count, (long long)f->classes) &&
        add_label(s, f->name, f->classes, 0, o->labels ? "by the file of labels" : "by folders") &&
        ad_schema_note(s, "%lld texts to train, %lld to validate, %lld to test",
                       (long long)n[AD_PART_TRAIN], (long long)n[AD_PART_VALIDATION],
                       (long long)n[AD_PART_TEST]) &&
        (!f->notes || ad_schema_note(s, "%.*s", (int)strlen(f->notes) - 1, f->notes)));
}

ad_status text_set_describe(const text_set *set, const ad_texts_options *o, ad_schema *s)
{
    ad_status status = set->form.form == AD_TEXTS_CORPUS    ? describe_corpus(set, s)
                       : set->form.form == AD_TEXTS_PAIRS   ? text_pairs_describe(set, s)
                       : set->form.form == AD_TEXTS_FOLDERS ? describe_folders(set, o, s)
                       : set->form.form == AD_TEXTS_TAGGED  ? tagged_set_describe(set, s)
                                                            : describe_lines(set, s);
    free(s->own);
    s->own = text_form_text(&set->form, o->piece);
    return status == AD_OK && !s->own ? message_no_memory() : status;
}
