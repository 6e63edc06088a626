/* Pairs of texts. */
#include "text_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"
#include "text_lines.h"

/* ---------------------------------------------------------------- the source */

typedef struct pairs {
    text_list list;
    int first, second; /* which of the source's fields is which; -1: it is left out */
} pairs;

static void pairs_free(void *user)
{
    pairs *p = user;
    text_list_done(&p->list);
    free(p);
}

static void put(const pairs *p, int64_t span, int field, ad_array *into)
{
    const text_span *s = &p->list.span[span];
    if (field >= 0 && s->size)
        memcpy(into[field].data, s->at, (size_t)s->size);
}

static ad_status pairs_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                            ad_array *into)
{
    const pairs *p = user;
    (void)epoch, (void)count; /* of fields that vary one example is read */
    put(p, 2 * number[0], p->first, into);
    put(p, 2 * number[0] + 1, p->second, into);
    return AD_OK;
}

static ad_status pairs_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const pairs *p = user;
    (void)epoch;
    if (p->first >= 0)
        length[p->first] = p->list.span[2 * number].size;
    if (p->second >= 0)
        length[p->second] = p->list.span[2 * number + 1].size;
    return AD_OK;
}

/* The two texts of the schema that have a role. */
static int find_fields(const ad_schema *schema, pairs *p, ad_source_field *field)
{
    int fields = 0, texts = 0;
    p->first = p->second = -1;
    for (int i = 0; i < schema->fields; i++) {
        const ad_schema_field *f = &schema->field[i];
        if (f->meaning != AD_MEANS_TEXT || f->type != AD_U8 || texts == 2)
            return 0;
        int *where = texts++ ? &p->second : &p->first;
        if (f->use == AD_USE_NONE)
            continue;
        *where = fields;
        field[fields++] = (ad_source_field){f->name, f->type, f->shape};
    }
    return texts == 2 ? fields : 0;
}

ad_status text_pairs_source(text_list *list, const ad_schema *schema, const char *name,
                            ad_source **source)
{
    ad_source_field field[2];
    pairs *p = calloc(1, sizeof *p);
    int fields = p ? find_fields(schema, p, field) : 0;
    *source = NULL;
    if (!fields) {
        bool memory = p != NULL;
        text_list_done(list);
        free(p);
        return memory ? message_fail(AD_ERROR_FORMAT, "the schema is none of pairs of texts\n  "
                                                      "make it anew from the data\n")
                      : message_no_memory();
    }
    p->list = *list;
    *list = (text_list){0};
    *source = ad_source_new(&(ad_source_record){.count = p->list.count / 2,
                                                .field = field,
                                                .fields = fields,
                                                .read = pairs_read,
                                                .length = pairs_length,
                                                .free = pairs_free,
                                                .user = p,
                                                .name = name});
    if (*source)
        return AD_OK;
    pairs_free(p);
    return message_core();
}

/* ---------------------------------------------------------------- reading lines */

typedef struct reading {
    text_list list;
    int64_t empty, longest[2];
    char *first_empty;
    bool keep; /* lines without a text are pairs too, so that pair n is line n */
} reading;

static void reading_done(reading *r)
{
    text_list_done(&r->list);
    free(r->first_empty);
}

static ad_status add(reading *r, const text_file *file, const char *a, size_t a_size, const char *b,
                     size_t b_size)
{
    if (!a_size && !b_size && !r->keep) {
        if (r->empty++ == 0)
            return message_memory((r->first_empty = text_file_place(file, a)) != NULL);
        return AD_OK;
    }
    size_t size[2] = {a_size, b_size};
    for (int i = 0; i < 2; i++)
        if ((int64_t)size[i] > r->longest[i])
            r->longest[i] = (int64_t)size[i];
    return message_memory(text_list_add(&r->list, a, a_size, -1) &&
                          text_list_add(&r->list, b, b_size, -1));
}

/* Both sides of each line of one file. */
static ad_status read_one(const text_form *form, const text_file *file, reading *r)
{
    ad_status status = AD_OK;
    for (const char *at = file->bytes, *next; at && file->size && status == AD_OK; at = next) {
        const char *a = at, *b = at;
        size_t size, a_size = 0, b_size = 0;
        next = text_file_line(file, at, &size);
        if (size && !text_form_cut(form, at, size, &a, &a_size, &b, &b_size))
            return text_no_separator(form, file, at, "what its text becomes is not known",
                                     "TEXT<tab>TEXT, or name the file of the other texts: "
                                     "data.into");
        status = add(r, file, a, a_size, b, b_size);
    }
    return status;
}

static int64_t lines_of(const text_file *file)
{
    int64_t lines = 0;
    size_t size;
    for (const char *at = file->bytes; at && file->size; at = text_file_line(file, at, &size))
        lines++;
    return lines;
}

/* Lines of two files. */
static ad_status read_two(const text_file *first, const text_file *second, reading *r)
{
    int64_t lines[2] = {lines_of(first), lines_of(second)};
    if (lines[0] != lines[1])
        return message_fail(AD_ERROR_FORMAT,
                            "%s has %lld lines and %s %lld, so which belong together is not "
                            "known\n  give both a line for each text\n",
                            first->name, (long long)lines[0], second->name, (long long)lines[1]);
    const char *a = first->bytes, *b = second->bytes;
    ad_status status = AD_OK;
    for (int64_t i = 0; i < lines[0] && status == AD_OK; i++) {
        size_t a_size, b_size;
        const char *a_next = text_file_line(first, a, &a_size),
                   *b_next = text_file_line(second, b, &b_size);
        status = add(r, first, a, a_size, b, b_size);
        a = a_next, b = b_next;
    }
    return status;
}

static ad_status read_part(const text_set *set, ad_part part, reading *r)
{
    ad_status status = AD_OK;
    bool two = !*set->form.separator;
    for (int i = 0; i < set->files[part] && status == AD_OK; i++) {
        text_file *file = set->file[part][i], *into = two ? set->into[part] : NULL;
        if (two && !into)
            return message_fail(AD_ERROR_ARGUMENT,
                                "%s: the file of what its texts become is not named\n  name it: "
                                "`data.%s`\n",
                                file->name,
                                part == AD_PART_TEST         ? "test_into"
                                : part == AD_PART_VALIDATION ? "valid_into"
                                                             : "into");
        status = message_memory(text_list_hold(&r->list, text_file_held(file)) &&
                                (!into || text_list_hold(&r->list, text_file_held(into))));
        if (status == AD_OK)
            status = two ? read_two(file, into, r) : read_one(&set->form, file, r);
    }
    return status;
}

/* ---------------------------------------------------------------- what the reader does */

bool text_pairs_fields(ad_schema *schema, const char *why_text, const char *why_target)
{
    ad_schema_field field = {.name = (char *)"text",
                             .type = AD_U8,
                             .shape = AD_SHAPE(AD_VARYING),
                             .meaning = AD_MEANS_TEXT,
                             .why = (char *)why_text};
    if (!ad_schema_add(schema, &field))
        return false;
    field.name = (char *)"target";
    field.use = AD_USE_TARGET;
    field.why = (char *)why_target;
    return ad_schema_add(schema, &field) != NULL;
}

static bool describe(const text_set *set, const reading *r, ad_schema *s)
{
    char *text = text_format("%lld lines, the longest of %lld bytes", (long long)r->list.count / 2,
                             (long long)r->longest[0]);
    char *target =
        text_format("what the texts become, the longest of %lld bytes", (long long)r->longest[1]);
    bool good = text && target && text_pairs_fields(s, text, target);
    if (good && r->empty)
        good = ad_schema_note(s, "%lld empty %s left out, the first is %s", (long long)r->empty,
                              r->empty == 1 ? "line is" : "lines are", r->first_empty);
    if (good && set->form.because)
        good = ad_schema_note(s, "%s", set->form.because);
    free(text);
    free(target);
    return good;
}

ad_status text_pairs_describe(const text_set *set, ad_schema *schema)
{
    reading r = {.empty = 0};
    ad_status status = read_part(set, AD_PART_TRAIN, &r);
    if (status == AD_OK && r.list.count == 0)
        status = message_fail(AD_ERROR_FORMAT,
                              "%s: holds nothing but empty lines\n  name a file with some text\n",
                              set->file[AD_PART_TRAIN][0]->name);
    if (status == AD_OK)
        status = message_memory(describe(set, &r, schema));
    reading_done(&r);
    return status;
}

ad_status text_pairs_open(const text_set *set, const ad_schema *schema, ad_part part,
                          ad_source **source)
{
    reading r = {.empty = 0};
    ad_status status = read_part(set, part, &r);
    if (status == AD_OK)
        status = text_pairs_source(&r.list, schema, set->file[part][0]->name, source);
    reading_done(&r);
    return status;
}

/* ---------------------------------------------------------------- to predict */

static bool all_cut(const text_form *form, const text_file *file)
{
    const char *a, *b;
    size_t size, a_size, b_size;
    bool all = *form->separator != 0;
    for (const char *at = file->bytes, *next; at && file->size && all; at = next) {
        next = text_file_line(file, at, &size);
        all = !size || text_form_cut(form, at, size, &a, &a_size, &b, &b_size);
    }
    return all;
}

static ad_status read_whole(const text_file *file, reading *r)
{
    ad_status status = AD_OK;
    for (const char *at = file->bytes, *next; at && file->size && status == AD_OK; at = next) {
        size_t size;
        next = text_file_line(file, at, &size);
        status = add(r, file, at, size, at, 0);
    }
    return status;
}

ad_status text_pairs_load(const char *path, const ad_schema *schema, const text_form *form,
                          ad_source **source)
{
    reading r = {.keep = true};
    text_file *file;
    ad_status status = text_file_open(path, &file);
    if (status != AD_OK)
        return status;
    status = message_memory(text_list_hold(&r.list, file));
    if (status == AD_OK)
        status = all_cut(form, file) ? read_one(form, file, &r) : read_whole(file, &r);
    if (status == AD_OK)
        status = text_pairs_source(&r.list, schema, file->name, source);
    reading_done(&r);
    return status;
}
