/* The reader of texts: lines with a class, lines, folders by class, one long text. */
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "items.h"
#include "message.h"
#include "reader_table.h"
#include "stream.h"
#include "text.h"
#include "text_pairs.h"
#include "text_tagged_set.h"

#define AT(field) .offset = offsetof(ad_texts_options, field)

static const ad_option options[] = {
    {.name = "path",
     .type = AD_OPTION_PATH,
     .required = true,
     AT(path),
     .also = "file filename folder directory corpus root archive train",
     .help = "file of texts, or folder or archive with a folder for each class"},
    {.name = "valid",
     .type = AD_OPTION_PATH,
     AT(valid),
     .unset = "none",
     .also = "dev validation_path",
     .help = "a second file, to validate by"},
    {.name = "test",
     .type = AD_OPTION_PATH,
     AT(test),
     .unset = "none",
     .also = "test_path",
     .help = "a file to test with"},
    {.name = "into",
     .type = AD_OPTION_PATH,
     AT(into),
     .unset = "none",
     .also = "target targets translation parallel",
     .help = "file of what the texts become, line for line"},
    {.name = "valid_into",
     .type = AD_OPTION_PATH,
     AT(valid_into),
     .unset = "none",
     .help = "the same of the texts to validate by"},
    {.name = "test_into",
     .type = AD_OPTION_PATH,
     AT(test_into),
     .unset = "none",
     .help = "the same of the texts to test with"},
    {.name = "labels",
     .type = AD_OPTION_PATH,
     AT(labels),
     .unset = "classes are folders, or stand in the lines",
     .also = "csv annotations",
     .help = "of a folder: CSV file, a line for each text: its file, its class"},
    {.name = "form",
     .type = AD_OPTION_WORD,
     AT(form),
     .words = "auto labels lines folders corpus tagged pairs",
     .also = "kind mode documents conll",
     .help = "each line a class and a text, each line a text, a folder for each class, one text, "
             "each line a word and its tag, each line a text and what it becomes"},
    {.name = "class_at",
     .type = AD_OPTION_WORD,
     AT(class_at),
     .words = "found first last",
     .also = "label_position label_column",
     .help = "where the class stands in a line"},
    {.name = "separator",
     .type = AD_OPTION_TEXT,
     AT(separator),
     .unset = "tab",
     .also = "delimiter sep",
     .help = "between class and text, or two texts: tab, comma, blank, or what stands there"},
    {.name = "piece",
     .type = AD_OPTION_WHOLE,
     .low = 64,
     .high = 1 << 24,
     .unit = "bytes",
     AT(piece),
     .also = "chunk block",
     .help = "one long text is read in pieces of some so many"},
    {.name = "memory",
     .type = AD_OPTION_WHOLE,
     .low = 1,
     .high = 1 << 30,
     .unit = "MiB",
     AT(memory),
     .help = "that the texts of an archive may take"},
    {.name = "word_column",
     .type = AD_OPTION_WHOLE,
     .low = 0,
     .high = 99,
     AT(word_column),
     .also = "token_column form_column columns",
     .help = "of words with tags, from 1; 0: the first, of CoNLL-U the second"},
    {.name = "tag_column",
     .type = AD_OPTION_WHOLE,
     .low = 0,
     .high = 99,
     AT(tag_column),
     .also = "label_column_tags upos xpos ner",
     .help = "of words with tags, from 1; 0: the last, of CoNLL-U the fourth"},
};

static const ad_texts_options initial = AD_OPTIONS_INIT(ad_texts_options);

/* ---------------------------------------------------------------- lines of a class and a text */

/* One line of a file: taken by `take`, which may fail. */
typedef struct one_line {
    const text_file *file;
    const char *label, *text;
    size_t label_size, text_size;
} one_line;

typedef ad_status (*line_take)(void *user, const one_line *line);

static ad_status no_separator(const text_form *form, const text_file *file, const char *at)
{
    char *place = text_file_place(file, at);
    bool tab = strcmp(form->separator, "\t") == 0;
    ad_status status =
        place ? message_fail(AD_ERROR_FORMAT,
                             "%s: no %s stands in the line, so its class is not known\n  write "
                             "%s, or say how the file is to be read: data.separator, data.form\n",
                             place, tab ? "tab" : form->separator,
                             form->last ? "TEXT<tab>CLASS" : "CLASS<tab>TEXT")
              : message_no_memory();
    free(place);
    return status;
}

/* All lines, those that are empty too: without text and label then.  What may have no separator is
 * text as a whole, with no label. */
static ad_status each_line(const text_form *form, const text_file *file, bool needed,
                           line_take take, void *user)
{
    ad_status status = AD_OK;
    for (const char *at = file->bytes, *next; at && file->size && status == AD_OK; at = next) {
        one_line line = {.file = file, .text = at};
        next = text_file_line(file, at, &line.text_size);
        bool cut = form->form == AD_TEXTS_LABELS && line.text_size &&
                   text_form_cut(form, at, line.text_size, &line.label, &line.label_size,
                                 &line.text, &line.text_size);
        if (!cut && needed && form->form == AD_TEXTS_LABELS && line.text_size)
            return no_separator(form, file, at);
        status = take(user, &line);
    }
    return status;
}

/* ---------------------------------------------------------------- what the lines hold */

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

static ad_status too_many_classes(const one_line *line)
{
    return message_fail(AD_ERROR_FORMAT,
                        "%s: has more than %d different classes\n  is it a file of classes and "
                        "texts? data.form: lines or corpus reads it as texts\n",
                        line->file->name, 1 << 16);
}

static ad_status count_line(void *user, const one_line *line)
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

static ad_status take_memory(bool good)
{
    return good ? AD_OK : message_no_memory();
}

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
        status = each_line(&set->form, set->file[AD_PART_TRAIN][i], true, count_line, &c);
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
        status = take_memory(add_text(s, "%lld lines, the longest of %lld bytes",
                                      (long long)c.lines, (long long)c.longest) &&
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
    return take_memory(add_text(s, "one long text of %lld bytes in %lld files", bytes,
                                set->files[AD_PART_TRAIN]) &&
                       (!set->form.because || ad_schema_note(s, "%s", set->form.because)));
}

static ad_status describe_folders(const text_set *set, const ad_texts_options *o, ad_schema *s)
{
    const image_set *f = &set->folders;
    const int64_t *n = f->in_part;
    return take_memory(
        add_text(s, "%lld files in %lld folders", (long long)f->count, (long long)f->classes) &&
        add_label(s, f->name, f->classes, 0, o->labels ? "by the file of labels" : "by folders") &&
        ad_schema_note(s, "%lld texts to train, %lld to validate, %lld to test",
                       (long long)n[AD_PART_TRAIN], (long long)n[AD_PART_VALIDATION],
                       (long long)n[AD_PART_TEST]) &&
        (!f->notes || ad_schema_note(s, "%.*s", (int)strlen(f->notes) - 1, f->notes)));
}

static ad_status describe(const text_set *set, const ad_texts_options *o, ad_schema *s)
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

static ad_status understand(const void *chosen, ad_schema **schema)
{
    const ad_texts_options *o = chosen;
    text_set set;
    *schema = NULL;
    ad_status status = o->path ? table_twice_readable(o->path) : AD_OK;
    if (status == AD_OK)
        status = text_set_find(o, NULL, 0, &set);
    if (status != AD_OK)
        return status;
    ad_schema *s = ad_schema_new("text");
    status = s ? describe(&set, o, s) : message_no_memory();
    text_set_done(&set);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

/* ---------------------------------------------------------------- lines as a source */

typedef struct entry {
    const char *name;
    int32_t label;
} entry;

typedef struct gathering {
    text_list *list;
    entry *class; /* sorted by name */
    int64_t classes;
    const text_form *form;
    bool keep_empty; /* empty lines are texts too, so that text n is line n */
    bool whole;      /* lines are texts as a whole, whatever stands in them */
    bool unknown;    /* set where a line has no class that is known */
} gathering;

static int by_entry(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

/* -1: none of them. */
static int32_t class_of(const gathering *g, const char *label, size_t size)
{
    int64_t low = 0, high = g->classes;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        const char *name = g->class[middle].name;
        size_t length = strlen(name);
        int order = memcmp(name, label, length < size ? length : size);
        order = order ? order : (length > size) - (length < size);
        if (order == 0)
            return g->class[middle].label;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static bool begin_gathering(gathering *g, const ad_schema *schema)
{
    const ad_schema_field *label = ad_schema_target(schema);
    g->classes = label ? label->classes : 0;
    g->class = calloc((size_t)g->classes + 1, sizeof *g->class);
    for (int64_t i = 0; g->class && i < g->classes; i++)
        g->class[i] = (entry){label->names[i], (int32_t)i};
    if (g->class)
        qsort(g->class, (size_t)g->classes, sizeof *g->class, by_entry);
    return g->class != NULL;
}

static ad_status fail_class(const one_line *line)
{
    char *place = text_file_place(line->file, line->label);
    int size = (int)(line->label_size < 40 ? line->label_size : 40);
    ad_status status =
        place ? message_fail(AD_ERROR_FORMAT,
                             "%s: the class %.*s is not among those that are learned\n  correct "
                             "it, take the line out, or add training texts of it\n",
                             place, size, line->label)
              : message_no_memory();
    free(place);
    return status;
}

static ad_status gather(void *user, const one_line *line)
{
    gathering *g = user;
    if (!line->text_size && !line->label && !g->keep_empty)
        return AD_OK;
    int32_t label = line->label_size ? class_of(g, line->label, line->label_size) : -1;
    if (label < 0 && line->label_size)
        return fail_class(line);
    return take_memory(text_list_add(g->list, line->text, line->text_size, label));
}

static ad_status open_lines(const text_set *set, const ad_schema *schema, ad_part part,
                            ad_source **source)
{
    text_list list = {0};
    gathering g = {.list = &list};
    ad_status status = take_memory(begin_gathering(&g, schema));
    for (int i = 0; i < set->files[part] && status == AD_OK; i++) {
        text_file *file = set->file[part][i];
        status = take_memory(text_list_hold(&list, text_file_held(file)));
        if (status == AD_OK)
            status = each_line(&set->form, file, true, gather, &g);
    }
    free(g.class);
    if (status == AD_OK)
        return text_list_source(&list, schema, set->file[part][0]->name, source);
    text_list_done(&list);
    return status;
}

/* ---------------------------------------------------------------- the other forms */

static ad_status open_corpus(const text_set *set, const ad_schema *schema, ad_part part,
                             int64_t piece, ad_source **source)
{
    ad_source **list = calloc((size_t)set->files[part] + 1, sizeof(ad_source *));
    ad_status status = take_memory(list);
    for (int i = 0; i < set->files[part] && status == AD_OK; i++)
        status = text_pieces_source(text_file_held(set->file[part][i]), schema, piece, &list[i]);
    if (status == AD_OK) {
        *source = ad_source_joined(list, set->files[part]);
        if (!*source)
            status = message_fail(ad_error_status(), "%s\n", ad_error());
    }
    for (int i = 0; list && i < set->files[part]; i++)
        ad_source_free(list[i]);
    free(list);
    return status;
}

static ad_status take_file(const pictures *p, int64_t i, int32_t label, text_list *list)
{
    text_file *file;
    ad_status status = text_set_file(p, i, &file);
    if (status == AD_OK)
        status = take_memory(text_list_hold(list, file));
    return status == AD_OK ? take_memory(text_list_add(list, file->bytes, file->size, label))
                           : status;
}

static ad_status open_folders(const text_set *set, const ad_schema *schema, ad_part part,
                              ad_source **source)
{
    const image_set *f = &set->folders;
    text_list list = {0};
    ad_status status = AD_OK;
    for (int64_t i = 0; i < f->count && status == AD_OK; i++) {
        const image_member *m = &f->member[i];
        if (m->part == part)
            status = take_file(&f->from[m->place], m->index, m->label, &list);
    }
    if (status == AD_OK && list.count)
        return text_list_source(&list, schema, f->from[0].root, source);
    text_list_done(&list);
    return status;
}

static ad_status read_form(const ad_schema *schema, text_form *form, int64_t *piece)
{
    if (text_form_read(schema->own, form, piece))
        return AD_OK;
    return message_fail(AD_ERROR_FORMAT, "the schema does not say how texts lie in their files\n"
                                         "  read the data again\n");
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    const ad_texts_options *o = chosen;
    const ad_schema_field *label = ad_schema_target(schema);
    text_form form;
    int64_t piece;
    text_set set;
    *source = NULL;
    ad_status status = read_form(schema, &form, &piece);
    if (status == AD_OK)
        status = text_set_find(o, label ? label->names : NULL, label ? label->classes : 0, &set);
    if (status != AD_OK)
        return status;
    if (form.form != set.form.form &&
        AD_TEXTS_FOLDERS == (form.form == AD_TEXTS_FOLDERS ? form.form : set.form.form))
        status = message_fail(AD_ERROR_FORMAT,
                              "%s: the texts lie otherwise than when they were understood\n  read "
                              "the data again\n",
                              o->path);
    set.form = status == AD_OK ? form : set.form;
    if (status == AD_OK && form.form == AD_TEXTS_TAGGED && set.files[part])
        status = tagged_set_open(&set, schema, part, source);
    else if (status == AD_OK && form.form == AD_TEXTS_FOLDERS)
        status = open_folders(&set, schema, part, source);
    else if (status == AD_OK && set.files[part] && form.form == AD_TEXTS_PAIRS)
        status = text_pairs_open(&set, schema, part, source);
    else if (status == AD_OK && set.files[part])
        status = form.form == AD_TEXTS_CORPUS ? open_corpus(&set, schema, part, piece, source)
                                              : open_lines(&set, schema, part, source);
    text_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- names */

typedef struct naming {
    char **name; /* NULL: they are counted */
    int64_t count, line;
    const text_file *file;
    const char *at; /* the begin of that line */
} naming;

/* "sms.txt:12", counted on from the line before. */
static ad_status name_line(void *user, const one_line *l)
{
    naming *n = user;
    if (!l->text_size && !l->label)
        return AD_OK;
    if (!n->name) {
        n->count++;
        return AD_OK;
    }
    if (n->file != l->file)
        n->file = l->file, n->at = l->file->bytes, n->line = 1;
    for (const char *end; (end = memchr(n->at, '\n', (size_t)(l->text - n->at))); n->at = end + 1)
        n->line++;
    n->name[n->count] = text_format("%s:%lld", l->file->name, (long long)n->line);
    return take_memory(n->name[n->count++]);
}

static ad_status name_lines(const text_set *set, ad_part part, naming *n)
{
    ad_status status = AD_OK;
    for (int turn = 0; turn < 2 && status == AD_OK; turn++) {
        for (int i = 0; i < set->files[part] && status == AD_OK; i++)
            status = each_line(&set->form, set->file[part][i], true, name_line, n);
        if (turn == 0 && status == AD_OK)
            status = take_memory((n->name = calloc((size_t)n->count + 1, sizeof *n->name)));
        n->count = turn == 0 ? 0 : n->count;
    }
    return status;
}

static ad_status name_files(const image_set *f, ad_part part, naming *n)
{
    n->name = calloc((size_t)f->count + 1, sizeof *n->name);
    ad_status status = take_memory(n->name);
    for (int64_t i = 0; i < f->count && status == AD_OK; i++) {
        const image_member *m = &f->member[i];
        if (m->part == part)
            status =
                take_memory((n->name[n->count++] = pictures_path(&f->from[m->place], m->index)));
    }
    return status;
}

/* The pieces of a corpus have none. */
static ad_status names(const void *chosen, const ad_schema *schema, ad_part part, char ***name,
                       int64_t *count)
{
    const ad_schema_field *label = ad_schema_target(schema);
    text_form form;
    int64_t piece;
    text_set set;
    naming n = {.count = 0};
    *name = NULL, *count = 0;
    ad_status status = read_form(schema, &form, &piece);
    if (status != AD_OK || form.form == AD_TEXTS_CORPUS)
        return status;
    status = text_set_find(chosen, label ? label->names : NULL, label ? label->classes : 0, &set);
    if (status != AD_OK)
        return status;
    if (form.form == AD_TEXTS_TAGGED) {
        set.form = form;
        status = tagged_set_names(&set, part, &n.name, &n.count);
    } else if (form.form == AD_TEXTS_FOLDERS) {
        status = name_files(&set.folders, part, &n);
    } else {
        set.form = form;
        status = name_lines(&set, part, &n);
    }
    text_set_done(&set);
    *name = n.name, *count = n.name ? n.count : 0;
    return status;
}

/* ---------------------------------------------------------------- texts to predict */

static ad_status look_for_class(void *user, const one_line *line)
{
    gathering *g = user;
    bool empty = !line->text_size && !line->label;
    g->unknown =
        g->unknown || (!empty && (!line->label || class_of(g, line->label, line->label_size) < 0));
    return AD_OK;
}

/* Lines of a file, each a text; where every line has a class that is known, class and text. */
static ad_status load_lines(const char *path, const ad_schema *schema, text_form form,
                            ad_source **source)
{
    text_file *file;
    text_list list = {0};
    gathering g = {.list = &list, .keep_empty = true};
    ad_status status = text_file_open(path, &file);
    if (status != AD_OK)
        return status;
    status = take_memory(text_list_hold(&list, file));
    if (status == AD_OK)
        status = take_memory(begin_gathering(&g, schema));
    if (status == AD_OK)
        status = each_line(&form, file, false, look_for_class, &g);
    if (g.unknown)
        form.form = AD_TEXTS_LINES;
    if (status == AD_OK)
        status = each_line(&form, file, false, gather, &g);
    free(g.class);
    if (status == AD_OK)
        return text_list_source(&list, schema, file->name, source);
    text_list_done(&list);
    return status;
}

static ad_status load_pieces(const char *path, const ad_schema *schema, int64_t piece,
                             ad_source **source)
{
    text_file *file;
    ad_status status = text_file_open(path, &file);
    return status == AD_OK ? text_pieces_source(file, schema, piece, source) : status;
}

/* Files first to first + count - 1, one text each. */
static ad_status load_files(const pictures *p, int64_t first, int64_t count,
                            const ad_schema *schema, ad_source **source)
{
    text_list list = {0};
    ad_status status = AD_OK;
    for (int64_t i = 0; i < count && status == AD_OK; i++)
        status = take_file(p, first + i, -1, &list);
    if (status == AD_OK)
        return text_list_source(&list, schema, p->root, source);
    text_list_done(&list);
    return status;
}

static ad_status find_files(const char *path, pictures *p)
{
    ad_status status = files_find(path, (size_t)1 << 30, &text_files, p);
    if (status != AD_OK || p->count)
        return status;
    pictures_done(p);
    return message_fail(AD_ERROR_FILE,
                        "%s: holds no text (.txt)\n  name a file, or a folder of "
                        "texts\n",
                        path);
}

static ad_status load(const char *path, const ad_schema *schema, ad_source **source)
{
    text_form form;
    int64_t piece;
    pictures p;
    *source = NULL;
    ad_status status = read_form(schema, &form, &piece);
    if (status != AD_OK)
        return status;
    if (form.form == AD_TEXTS_TAGGED)
        return tagged_load(path, schema, &form, source);
    if (form.form == AD_TEXTS_CORPUS)
        return load_pieces(path, schema, piece, source);
    if (form.form == AD_TEXTS_PAIRS)
        return text_pairs_load(path, schema, &form, source);
    if (form.form != AD_TEXTS_FOLDERS || strcmp(path, "-") == 0)
        return load_lines(path, schema, form, source);
    status = find_files(path, &p);
    if (status != AD_OK)
        return status;
    status = load_files(&p, 0, p.count, schema, source);
    pictures_done(&p);
    return status;
}

static ad_status items(const ad_schema *schema, const char *const *path, int count,
                       ad_source **source)
{
    return joined_items(schema, path, count, load, source);
}

/* Some files, each with its name, and words in the place of one that cannot be read. */
static ad_status give_files(const pictures *p, int64_t first, int64_t count,
                            const ad_schema *schema, ad_items_take take, void *user)
{
    text_list list = {0};
    ad_items items = {.path = p->root, .count = count};
    char **name = calloc((size_t)count, sizeof *name),
         **error = calloc((size_t)count, sizeof *error);
    ad_status status = take_memory(name && error);
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        name[i] = pictures_path(p, first + i);
        status = name[i] ? take_file(p, first + i, -1, &list) : message_no_memory();
        if (status != AD_OK && status != AD_ERROR_MEMORY) {
            error[i] = text_format("%.*s", (int)strcspn(ad_kit_error(), "\n"), ad_kit_error());
            status = take_memory(error[i] && text_list_add(&list, "", 0, -1));
        }
    }
    if (status == AD_OK)
        status = text_list_source(&list, schema, p->root, &items.source);
    items.name = name, items.error = error;
    if (status == AD_OK)
        status = take(user, &items);
    ad_source_free(items.source);
    text_list_done(&list);
    for (int64_t i = 0; i < count; i++) {
        free(name ? name[i] : NULL);
        free(error ? error[i] : NULL);
    }
    free(name);
    free(error);
    return status;
}

static ad_status each_file(const ad_schema *schema, const char *path, ad_items_take take,
                           void *user)
{
    enum { PIECE = 256 };
    pictures p;
    ad_status status = find_files(path, &p);
    if (status != AD_OK)
        return status;
    for (int64_t at = 0; at < p.count && status == AD_OK; at += PIECE)
        status =
            give_files(&p, at, p.count - at < PIECE ? p.count - at : PIECE, schema, take, user);
    pictures_done(&p);
    return status;
}

static ad_status each(const ad_schema *schema, const char *path, ad_items_take take, void *user)
{
    text_form form;
    int64_t piece;
    ad_source *source = NULL;
    ad_status status = read_form(schema, &form, &piece);
    if (status == AD_OK && form.form == AD_TEXTS_FOLDERS && strcmp(path, "-") != 0)
        return each_file(schema, path, take, user);
    if (status == AD_OK)
        status = load(path, schema, &source);
    if (status == AD_OK)
        status = items_in_pieces(source, path, take, user);
    ad_source_free(source);
    return status;
}

/* ---------------------------------------------------------------- looks */

/* The first name in a tar or zip archive that is not packed as a whole is a text's. */
static bool archive_of_texts(const unsigned char *bytes, size_t size)
{
    char name[101] = "";
    size_t length = size > 30 && memcmp(bytes, "PK\3\4", 4) == 0
                        ? (size_t)bytes[26] | (size_t)bytes[27] << 8
                        : 0;
    if (length && length <= 100 && length + 30 <= size)
        memcpy(name, bytes + 30, length);
    else if (size >= 512 && memcmp(bytes + 257, "ustar", 5) == 0)
        memcpy(name, bytes, 100);
    return *name && text_files.named(name);
}

/* How often c stands in each of the whole lines, where it does equally often; else 0. */
static int64_t in_each_line(const char *bytes, size_t size, char c)
{
    int64_t each = -1, lines = 0;
    for (const char *at = bytes, *end = bytes + size, *stop; at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            break;
        int64_t here = 0;
        for (const char *p = at; p < stop; p++)
            here += *p == c;
        if (stop - at > 1 && each >= 0 && here != each)
            return 0;
        if (stop - at > 1)
            each = here, lines++;
    }
    return lines > 1 && each > 0 ? each : 0;
}

static bool mostly_no_letters(const char *bytes, size_t size)
{
    size_t letters = 0;
    for (size_t i = 0; i < size; i++)
        letters += (bytes[i] | 32) >= 'a' || (unsigned char)bytes[i] >= 0x80;
    return 2 * letters < size;
}

/* Cells in every line, or little but numbers. */
static bool like_table(const char *bytes, size_t size)
{
    for (const char *c = ",;\t|"; *c; c++)
        if (in_each_line(bytes, size, *c))
            return true;
    return mostly_no_letters(bytes, size);
}

static int folder_looks(const char *path)
{
    pictures p;
    if (files_find(path, 0, &text_files, &p) != AD_OK)
        return 0;
    int found = p.count > 0 ? 60 : 0;
    pictures_done(&p);
    return found;
}

static const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool text_named_plainly(const char *path)
{
    return text_files.named(path) || path_ends(path, ".txt.gz");
}

static int looks(const char *path, const unsigned char *bytes, size_t size)
{
    text_form form;
    if (!bytes)
        return folder_looks(path);
    if (archive_looks(bytes, size))
        return archive_of_texts(bytes, size) ? 70 : 0;
    if (memchr(bytes, 0, size) || path_ends(path, ".csv") || path_ends(path, ".tsv"))
        return 0;
    const char *words = (const char *)bytes;
    if (size > 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        words += 3, size -= 3;
    if (tagged_form_looks(words, size))
        return 85;
    if (text_form_classes(words, size, &form))
        return 75;
    bool named = text_named_plainly(path), bare = !strchr(path_name(path), '.');
    if ((named || bare) && text_form_pairs(words, size) && !mostly_no_letters(words, size))
        return 72;
    return (!named && !bare) || like_table(words, size) ? 0 : named ? 60 : 25;
}

const ad_reader_record reader_text = {
    .record =
        {.name = "text",
         .help = "texts: lines with a class, lines, a folder for each class, one long text, pairs",
         .also = "txt lines corpus documents sentences textfolder imdb",
         AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = items,
    .each = each,
    .looks = looks,
    .names = names};
