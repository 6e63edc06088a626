/* The reader of texts: lines with a class, lines, folders by class, one long text. */
#include <stdlib.h>
#include <string.h>

#include "items.h"
#include "message.h"
#include "reader_table.h"
#include "text.h"
#include "text_lines.h"
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
    status = s ? text_set_describe(&set, o, s) : message_no_memory();
    text_set_done(&set);
    if (status == AD_OK)
        *schema = s;
    else
        ad_schema_free(s);
    return status;
}

/* ---------------------------------------------------------------- the forms as sources */

static ad_status open_corpus(const text_set *set, const ad_schema *schema, ad_part part,
                             int64_t piece, ad_source **source)
{
    ad_source **list = calloc((size_t)set->files[part] + 1, sizeof(ad_source *));
    ad_status status = message_memory(list);
    for (int i = 0; i < set->files[part] && status == AD_OK; i++)
        status = text_pieces_source(text_file_held(set->file[part][i]), schema, piece, &list[i]);
    if (status == AD_OK) {
        *source = ad_source_joined(list, set->files[part]);
        if (!*source)
            status = message_core();
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
        status = message_memory(text_list_hold(list, file));
    return status == AD_OK ? message_memory(text_list_add(list, file->bytes, file->size, label))
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
                                              : text_lines_open(&set, schema, part, source);
    text_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- names */

static ad_status name_files(const image_set *f, ad_part part, char ***name, int64_t *count)
{
    char **list = calloc((size_t)f->count + 1, sizeof *list);
    ad_status status = message_memory(list);
    *name = list;
    for (int64_t i = 0; i < f->count && status == AD_OK; i++) {
        const image_member *m = &f->member[i];
        if (m->part == part)
            status =
                message_memory((list[(*count)++] = pictures_path(&f->from[m->place], m->index)));
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
    *name = NULL, *count = 0;
    ad_status status = read_form(schema, &form, &piece);
    if (status != AD_OK || form.form == AD_TEXTS_CORPUS)
        return status;
    status = text_set_find(chosen, label ? label->names : NULL, label ? label->classes : 0, &set);
    if (status != AD_OK)
        return status;
    if (form.form == AD_TEXTS_TAGGED) {
        set.form = form;
        status = tagged_set_names(&set, part, name, count);
    } else if (form.form == AD_TEXTS_FOLDERS) {
        status = name_files(&set.folders, part, name, count);
    } else {
        set.form = form;
        status = text_lines_names(&set, part, name, count);
    }
    text_set_done(&set);
    return status;
}

/* ---------------------------------------------------------------- texts to predict */

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
        return text_lines_load(path, schema, form, source);
    status = find_files(path, &p);
    if (status != AD_OK)
        return status;
    status = load_files(&p, 0, p.count, schema, source);
    pictures_done(&p);
    return status;
}

ad_status text_file_items(const ad_schema *schema, const char *const *path, int count,
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
    ad_status status = message_memory(name && error);
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        name[i] = pictures_path(p, first + i);
        status = name[i] ? take_file(p, first + i, -1, &list) : message_no_memory();
        if (status != AD_OK && status != AD_ERROR_MEMORY) {
            error[i] = text_format("%.*s", (int)strcspn(ad_kit_error(), "\n"), ad_kit_error());
            status = message_memory(error[i] && text_list_add(&list, "", 0, -1));
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

ad_status text_file_each(const ad_schema *schema, const char *path, ad_items_take take, void *user)
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

const ad_reader_record reader_text = {
    .record =
        {.name = "text",
         .help = "texts: lines with a class, lines, a folder for each class, one long text, pairs",
         .also = "txt lines corpus documents sentences textfolder imdb",
         AD_RECORD_OPTIONS(options, initial)},
    .understand = understand,
    .open = open_part,
    .items = text_file_items,
    .each = text_file_each,
    .looks = text_looks,
    .names = names};
