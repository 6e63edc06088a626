/* Files of words with tags as parts of a data set. */
#include "text_tagged_set.h"

#include <stdlib.h>

#include "message.h"

static ad_status layout(const text_form *form, tagged_form *found)
{
    return tagged_form_read(form->separator, found)
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT, "the schema does not say how words and tags lie in "
                                               "their lines\n  read the data again\n");
}

/* All sentences of the files of a part. */
static ad_status read_part(const text_set *set, ad_part part, const vocabulary *known,
                           tagged_list *list)
{
    tagged_form form;
    ad_status status = layout(&set->form, &form);
    for (int i = 0; i < set->files[part] && status == AD_OK; i++)
        status = tagged_read(set->file[part][i], &form, known, list);
    return status;
}

static ad_status fail_none(const text_set *set, const char *what)
{
    return message_fail(AD_ERROR_FORMAT,
                        "%s: %s\n  write a word and its tag in each line, and an empty line behind "
                        "a sentence\n",
                        set->file[AD_PART_TRAIN][0]->name, what);
}

ad_status tagged_set_describe(const text_set *set, ad_schema *schema)
{
    tagged_list list = {.count = 0};
    ad_status status = read_part(set, AD_PART_TRAIN, NULL, &list);
    if (status == AD_OK && list.count == 0)
        status = fail_none(set, "holds no word");
    if (status == AD_OK)
        status = tagged_describe(&list, schema);
    if (status == AD_OK && schema->field[schema->fields - 1].classes == 0)
        status = fail_none(set, "no word has a tag");
    if (status == AD_OK && set->form.because && !ad_schema_note(schema, "%s", set->form.because))
        status = message_no_memory();
    tagged_list_done(&list);
    return status;
}

ad_status tagged_set_open(const text_set *set, const ad_schema *schema, ad_part part,
                          ad_source **source)
{
    tagged_list list = {.count = 0};
    vocabulary known = {.count = 0};
    ad_status status = tagged_names(schema, &known);
    if (status == AD_OK)
        status = read_part(set, part, &known, &list);
    vocabulary_done(&known);
    if (status == AD_OK)
        return tagged_list_source(&list, schema, set->file[part][0]->name, source);
    tagged_list_done(&list);
    return status;
}

ad_status tagged_set_names(const text_set *set, ad_part part, char ***name, int64_t *count)
{
    tagged_list list = {.count = 0};
    tagged_form form;
    char **all = NULL;
    int64_t named = 0;
    ad_status status = layout(&set->form, &form);
    for (int i = 0; i < set->files[part] && status == AD_OK; i++) {
        status = tagged_read(set->file[part][i], &form, NULL, &list);
        char **more = status == AD_OK ? realloc(all, ((size_t)list.count + 1) * sizeof *all) : NULL;
        all = more ? more : all;
        if (status == AD_OK && !more)
            status = message_no_memory();
        for (; status == AD_OK && named < list.count; named += all[named] != NULL)
            if (!(all[named] = text_format("%s:%lld", set->file[part][i]->name,
                                           (long long)list.line[named])))
                status = message_no_memory();
    }
    tagged_list_done(&list);
    *name = all, *count = named;
    return status;
}

ad_status tagged_load(const char *path, const ad_schema *schema, const text_form *form,
                      ad_source **source)
{
    text_file *file;
    tagged_form found;
    tagged_list list = {.count = 0};
    vocabulary known = {.count = 0};
    ad_status status = layout(form, &found);
    if (status == AD_OK)
        status = text_file_open(path, &file);
    if (status != AD_OK)
        return status;
    status = tagged_names(schema, &known);
    if (status == AD_OK)
        status = tagged_items(file, &found, &known, &list);
    if (status == AD_OK)
        status = tagged_list_source(&list, schema, file->name, source);
    tagged_list_done(&list);
    vocabulary_done(&known);
    text_file_free(file);
    return status;
}
