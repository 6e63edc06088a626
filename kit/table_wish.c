/* What is asked of a table: columns by name, and their types. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "suggest.h"
#include "table.h"

static bool among(const ad_names *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->text[i], name) == 0)
            return true;
    return false;
}

const char *table_asked_type(const table_wish *w, const char *name)
{
    size_t size = strlen(name);
    for (int i = 0; i < w->types.count; i++)
        if (strncmp(w->types.text[i], name, size) == 0 && w->types.text[i][size] == '=')
            return w->types.text[i] + size + 1;
    return NULL;
}

static ad_status no_such_column(const table_wish *w, const char *option, const char *name)
{
    suggest near = {.wrong = name};
    for (int i = 0; i < w->column_names->count; i++)
        suggest_try(&near, w->column_names->text[i], NULL);
    text_buffer t = {0};
    text_add_format(&t, "%s: there is no column '%s', which %s names\n  ", w->name, name, option);
    if (near.best)
        text_add_format(&t, "did you mean '%s'? ", near.best);
    text_add(&t, "the columns are");
    for (int i = 0; i < w->column_names->count && i < 30; i++)
        text_add_format(&t, "%s %s", i ? "," : "", w->column_names->text[i]);
    text_add(&t, w->column_names->count > 30 ? "...\n" : "\n");
    return message_give(AD_ERROR_ARGUMENT, text_take(&t));
}

static ad_status check_names(const table_wish *w, const char *option, const ad_names *list)
{
    for (int i = 0; i < list->count; i++)
        if (!among(w->column_names, list->text[i]))
            return no_such_column(w, option, list->text[i]);
    return AD_OK;
}

static ad_status check_type(const table_wish *w, const char *text)
{
    static const char words[] = "number whole class text date picture sound id "
                                "none iso dmy mdy named compact";
    const char *equals = strrchr(text, '=');
    if (!equals || equals == text)
        return message_fail(AD_ERROR_ARGUMENT,
                            "types: '%s' does not say a type\n  write COLUMN=TYPE, such as "
                            "zip=class\n",
                            text);
    if (!suggest_listed(words, equals + 1))
        return message_fail(AD_ERROR_ARGUMENT,
                            "types: '%s' is no type of a column\n  the types are number, whole, "
                            "class, text, date, picture, sound, id and none; dmy and mdy say which "
                            "date\n",
                            equals + 1);
    char *name = text_copy_bytes(text, (size_t)(equals - text));
    if (!name)
        return message_no_memory();
    ad_status status = among(w->column_names, name) ? AD_OK : no_such_column(w, "types", name);
    free(name);
    return status;
}

ad_status table_check_wish(const table_wish *w)
{
    ad_status status = check_names(w, "target", &w->target);
    if (status == AD_OK)
        status = check_names(w, "skip", &w->skip);
    if (status == AD_OK)
        status = check_names(w, "id", &w->id);
    if (status == AD_OK && w->time && !among(w->column_names, w->time))
        status = no_such_column(w, "time", w->time);
    if (status == AD_OK && w->time && (among(&w->target, w->time) || among(&w->skip, w->time)))
        status = message_fail(AD_ERROR_ARGUMENT,
                              "the column '%s' is the time and is %s too\n  take it out of %s\n",
                              w->time, among(&w->skip, w->time) ? "left out" : "the target",
                              among(&w->skip, w->time) ? "skip" : "target");
    for (int i = 0; i < w->types.count && status == AD_OK; i++)
        status = check_type(w, w->types.text[i]);
    for (int i = 0; i < w->target.count && status == AD_OK; i++)
        if (among(&w->skip, w->target.text[i]) || among(&w->id, w->target.text[i]))
            status = message_fail(AD_ERROR_ARGUMENT,
                                  "the column '%s' is the target and is left out too\n  take it "
                                  "out of skip and id\n",
                                  w->target.text[i]);
    return status;
}

ad_use table_wished_use(const table_wish *w, const char *name)
{
    return among(&w->target, name)                 ? AD_USE_TARGET
           : among(&w->id, name)                   ? AD_USE_ID
           : w->time && strcmp(w->time, name) == 0 ? AD_USE_ID
           : among(&w->skip, name)                 ? AD_USE_NONE
                                                   : AD_USE_INPUT;
}
