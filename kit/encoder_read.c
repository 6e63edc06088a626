/* Texts of a source, one field of it: its other fields are read and left. */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "message.h"

static bool varies(const ad_source_field *f)
{
    return f->shape.rank > 0 && f->shape.size[0] == AD_VARYING;
}

ad_status text_reader_begin(text_reader *r, ad_source *source, int field)
{
    *r = (text_reader){.source = source, .at = field};
    r->fields = ad_source_fields(source, &r->field);
    r->in = calloc((size_t)r->fields, sizeof *r->in);
    r->room = calloc((size_t)r->fields, sizeof *r->room);
    r->length = calloc((size_t)r->fields + 1, sizeof *r->length);
    for (int f = 0; f < r->fields; f++)
        r->varying += varies(&r->field[f]);
    if (r->in && r->room && r->length)
        return AD_OK;
    text_reader_done(r);
    return message_no_memory();
}

void text_reader_done(text_reader *r)
{
    for (int f = 0; r->in && f < r->fields; f++)
        free(r->in[f].data);
    free(r->in);
    free(r->room);
    free(r->length);
    *r = (text_reader){.at = -1};
}

static ad_status failed(const text_reader *r, ad_status status)
{
    return message_fail(status, "%s cannot be encoded: %s\n  look at what stands there\n",
                        r->field[r->at].name, ad_error());
}

/* The arrays of one example, with room for it. */
static bool point(text_reader *r)
{
    for (int f = 0, v = 0; f < r->fields; f++) {
        ad_array *a = &r->in[f];
        const ad_source_field *is = &r->field[f];
        a->type = is->type;
        a->shape = (ad_shape){.rank = is->shape.rank + 1, .size = {1}};
        for (int k = 0; k < is->shape.rank; k++)
            a->shape.size[k + 1] = is->shape.size[k];
        if (varies(is))
            a->shape.size[1] = r->length[v++];
        size_t bytes = ad_array_bytes(a) + 1;
        if (bytes <= r->room[f])
            continue;
        free(a->data);
        r->room[f] = 0;
        a->data = malloc(bytes + bytes / 2);
        if (!a->data)
            return false;
        r->room[f] = bytes + bytes / 2;
    }
    return true;
}

ad_status text_reader_read(text_reader *r, int64_t number, const char **text, int64_t *size)
{
    ad_status status = r->varying ? ad_source_length(r->source, number, 0, r->length) : AD_OK;
    if (status == AD_OK && !point(r))
        return message_no_memory();
    if (status == AD_OK)
        status = ad_source_read(r->source, &number, 1, 0, r->in);
    if (status != AD_OK)
        return failed(r, status);
    *text = r->in[r->at].data;
    *size = r->in[r->at].shape.size[1];
    return AD_OK;
}

ad_status text_each(ad_source *train, int field, text_given take, void *user)
{
    text_reader r;
    const char *text;
    int64_t size;
    ad_status status = text_reader_begin(&r, train, field);
    for (int64_t i = 0; status == AD_OK && i < ad_source_count(train); i++) {
        status = text_reader_read(&r, i, &text, &size);
        if (status == AD_OK)
            status = take(user, text, size);
    }
    text_reader_done(&r);
    return status;
}
