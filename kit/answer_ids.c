/* What names a row. */
#include "answer_ids.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "number.h"
#include "times.h"

static int count_ids(const ad_schema *schema)
{
    int count = 0;
    for (int i = 0; i < schema->fields; i++)
        count += schema->field[i].use == AD_USE_ID;
    return count;
}

bool answer_ids_begin(answer_ids *ids, const ad_schema *schema)
{
    size_t count = (size_t)count_ids(schema);
    *ids = (answer_ids){.name = calloc(count + 1, sizeof(char *)),
                        .field = calloc(count + 1, sizeof *ids->field),
                        .text = calloc(count + 1, sizeof(text_buffer))};
    if (!ids->name || !ids->text || !ids->field)
        return false;
    for (int i = 0; i < schema->fields; i++)
        if (schema->field[i].use == AD_USE_ID)
            ids->field[ids->count] = &schema->field[i],
            ids->name[ids->count++] = schema->field[i].name;
    return true;
}

static void free_room(answer_ids *ids)
{
    for (int i = 0; ids->room && i < ids->fields; i++)
        free(ids->room[i].data);
    free(ids->room);
    free(ids->length);
    ids->room = NULL;
    ids->length = NULL;
}

void answer_ids_done(answer_ids *ids)
{
    free_room(ids);
    for (int i = 0; ids->text && i < ids->count; i++)
        text_done(&ids->text[i]);
    free(ids->text);
    free(ids->name);
    free(ids->field);
}

/* An array for one example of each field, as large as this one needs. */
static ad_status make_room(answer_ids *ids, ad_source *source, int64_t number)
{
    const ad_source_field *field;
    free_room(ids);
    ids->fields = ad_source_fields(source, &field);
    ids->room = calloc((size_t)ids->fields, sizeof *ids->room);
    ids->length = calloc((size_t)ids->fields, sizeof *ids->length);
    if (!ids->room || !ids->length)
        return message_no_memory();
    if (ad_source_length(source, number, 0, ids->length) != AD_OK)
        return message_core();
    for (int i = 0, varying = 0; i < ids->fields; i++) {
        ad_array *a = &ids->room[i];
        *a = (ad_array){.type = field[i].type, .shape = {.rank = field[i].shape.rank + 1}};
        a->shape.size[0] = 1;
        for (int k = 0; k < field[i].shape.rank; k++) {
            bool open = field[i].shape.size[k] == AD_VARYING;
            a->shape.size[k + 1] = open ? ids->length[varying++] : field[i].shape.size[k];
        }
        a->data = malloc(ad_array_bytes(a) + 1);
        if (!a->data)
            return message_no_memory();
    }
    return AD_OK;
}

/* Nothing where the class is missing, or none of the model's data. */
static void add_class(text_buffer *t, const ad_schema_field *f, int64_t class)
{
    if (class >= 0 && f->names && class < f->classes)
        text_add(t, f->names[class]);
    else if (class >= 0)
        text_add_format(t, "%lld", (long long)class);
}

static void add_value(text_buffer *t, const ad_schema_field *f, const ad_array *a)
{
    if (f->meaning == AD_MEANS_TIME)
        times_text(t, ad_array_item(a, 0), f->rate > 0 ? TIMES_FULL : TIMES_NUMBERS);
    else if (a->type == AD_U8 && a->shape.rank == 2)
        text_add_bytes(t, a->data, (size_t)a->shape.size[1]);
    else if (f->meaning == AD_MEANS_CLASS)
        add_class(t, f, (int64_t)ad_array_item(a, 0));
    else if (a->type == AD_I64 && *(const int64_t *)a->data == INT64_MIN)
        text_add(t, ""); /* there is none */
    else if (a->type == AD_I64)
        text_add_format(t, "%lld", (long long)*(const int64_t *)a->data);
    else if (a->type == AD_I32)
        text_add_format(t, "%lld", (long long)*(const int32_t *)a->data);
    else if (!isnan(ad_array_item(a, 0)))
        number_add(t, ad_array_item(a, 0));
    text_add(t, "");
}

ad_status answer_ids_read(answer_ids *ids, ad_source *source, int64_t i)
{
    bool failed = false;
    for (int k = 0; k < ids->count; k++)
        ids->text[k].size = 0;
    for (int k = 0; k < ids->count && ids->text[k].data; k++)
        ids->text[k].data[0] = 0;
    if (!ids->count || !source)
        return AD_OK;
    ad_status status = make_room(ids, source, i);
    if (status != AD_OK)
        return status;
    if (ad_source_read(source, &i, 1, 0, ids->room) != AD_OK)
        return message_core();
    for (int k = 0; k < ids->count; k++) {
        int at = ad_source_find(source, ids->name[k]);
        if (at >= 0)
            add_value(&ids->text[k], ids->field[k], &ids->room[at]);
        failed = failed || ids->text[k].failed;
    }
    return failed ? message_no_memory() : AD_OK;
}
