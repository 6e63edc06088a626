/* Files whose lines are texts, or classes and texts: cut, and given as a source. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"
#include "text_lines.h"

ad_status text_no_separator(const text_form *form, const text_file *file, const char *at,
                            const char *unknown, const char *remedy)
{
    char *place = text_file_place(file, at);
    bool tab = strcmp(form->separator, "\t") == 0;
    ad_status status =
        place ? message_fail(AD_ERROR_FORMAT, "%s: no %s stands in the line, so %s\n  write %s\n",
                             place, tab ? "tab" : form->separator, unknown, remedy)
              : message_no_memory();
    free(place);
    return status;
}

static ad_status no_class(const text_form *form, const text_file *file, const char *at)
{
    const char *how = ", or say how the file is to be read: data.separator, data.form";
    char remedy[120];
    snprintf(remedy, sizeof remedy, "%s%s", form->last ? "TEXT<tab>CLASS" : "CLASS<tab>TEXT", how);
    return text_no_separator(form, file, at, "its class is not known", remedy);
}

/* All lines, those that are empty too: without text and label then.  What may have no separator is
 * text as a whole, with no label. */
ad_status text_lines_each(const text_form *form, const text_file *file, bool needed,
                          text_line_take take, void *user)
{
    ad_status status = AD_OK;
    for (const char *at = file->bytes, *next; at && file->size && status == AD_OK; at = next) {
        text_line line = {.file = file, .text = at};
        next = text_file_line(file, at, &line.text_size);
        bool cut = form->form == AD_TEXTS_LABELS && line.text_size &&
                   text_form_cut(form, at, line.text_size, &line.label, &line.label_size,
                                 &line.text, &line.text_size);
        if (!cut && needed && form->form == AD_TEXTS_LABELS && line.text_size)
            return no_class(form, file, at);
        status = take(user, &line);
    }
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

static ad_status fail_class(const text_line *line)
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

static ad_status gather(void *user, const text_line *line)
{
    gathering *g = user;
    if (!line->text_size && !line->label && !g->keep_empty)
        return AD_OK;
    int32_t label = line->label_size ? class_of(g, line->label, line->label_size) : -1;
    if (label < 0 && line->label_size)
        return fail_class(line);
    return message_memory(text_list_add(g->list, line->text, line->text_size, label));
}

ad_status text_lines_open(const text_set *set, const ad_schema *schema, ad_part part,
                          ad_source **source)
{
    text_list list = {0};
    gathering g = {.list = &list};
    ad_status status = message_memory(begin_gathering(&g, schema));
    for (int i = 0; i < set->files[part] && status == AD_OK; i++) {
        text_file *file = set->file[part][i];
        status = message_memory(text_list_hold(&list, text_file_held(file)));
        if (status == AD_OK)
            status = text_lines_each(&set->form, file, true, gather, &g);
    }
    free(g.class);
    if (status == AD_OK)
        return text_list_source(&list, schema, set->file[part][0]->name, source);
    text_list_done(&list);
    return status;
}

/* ---------------------------------------------------------------- lines to predict */

static ad_status look_for_class(void *user, const text_line *line)
{
    gathering *g = user;
    bool empty = !line->text_size && !line->label;
    g->unknown =
        g->unknown || (!empty && (!line->label || class_of(g, line->label, line->label_size) < 0));
    return AD_OK;
}

/* Lines of a file, each a text; where every line has a class that is known, class and text. */
ad_status text_lines_load(const char *path, const ad_schema *schema, text_form form,
                          ad_source **source)
{
    text_file *file;
    text_list list = {0};
    gathering g = {.list = &list, .keep_empty = true};
    ad_status status = text_file_open(path, &file);
    if (status != AD_OK)
        return status;
    status = message_memory(text_list_hold(&list, file));
    if (status == AD_OK)
        status = message_memory(begin_gathering(&g, schema));
    if (status == AD_OK)
        status = text_lines_each(&form, file, false, look_for_class, &g);
    if (g.unknown)
        form.form = AD_TEXTS_LINES;
    if (status == AD_OK)
        status = text_lines_each(&form, file, false, gather, &g);
    free(g.class);
    if (status == AD_OK)
        return text_list_source(&list, schema, file->name, source);
    text_list_done(&list);
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
static ad_status name_line(void *user, const text_line *l)
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
    return message_memory(n->name[n->count++]);
}

static ad_status name_lines(const text_set *set, ad_part part, naming *n)
{
    ad_status status = AD_OK;
    for (int turn = 0; turn < 2 && status == AD_OK; turn++) {
        for (int i = 0; i < set->files[part] && status == AD_OK; i++)
            status = text_lines_each(&set->form, set->file[part][i], true, name_line, n);
        if (turn == 0 && status == AD_OK)
            status = message_memory((n->name = calloc((size_t)n->count + 1, sizeof *n->name)));
        n->count = turn == 0 ? 0 : n->count;
    }
    return status;
}

ad_status text_lines_names(const text_set *set, ad_part part, char ***name, int64_t *count)
{
    naming n = {.count = 0};
    ad_status status = name_lines(set, part, &n);
    *name = n.name, *count = n.name ? n.count : 0;
    return status;
}
