/* Texts as a source. */
#include "text_list.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

bool text_list_add(text_list *list, const char *at, size_t size, int32_t label)
{
    if (list->count == list->room) {
        int64_t room = 2 * list->room + 256;
        text_span *span = realloc(list->span, (size_t)room * sizeof *span);
        if (!span)
            return false;
        list->span = span, list->room = room;
    }
    list->span[list->count++] = (text_span){at, (int64_t)size, label};
    return true;
}

bool text_list_hold(text_list *list, text_file *file)
{
    text_file **more = realloc(list->file, (size_t)(list->files + 1) * sizeof *more);
    if (!more) {
        text_file_free(file);
        return false;
    }
    list->file = more;
    more[list->files++] = file;
    return true;
}

void text_list_done(text_list *list)
{
    for (int i = 0; i < list->files; i++)
        text_file_free(list->file[i]);
    free(list->file);
    free(list->span);
    *list = (text_list){0};
}

/* ---------------------------------------------------------------- the fields */

/* Those of the schema that have a role; which one is the text, and the class or -1. */
typedef struct roles {
    ad_source_field field[2];
    int fields, text, label;
} roles;

static bool find_roles(const ad_schema *schema, roles *r)
{
    *r = (roles){.text = -1, .label = -1};
    for (int i = 0; i < schema->fields; i++) {
        const ad_schema_field *f = &schema->field[i];
        if (f->use == AD_USE_NONE)
            continue;
        bool text = f->meaning == AD_MEANS_TEXT && f->type == AD_U8 && f->shape.rank == 1 &&
                    f->shape.size[0] == AD_VARYING;
        bool label = f->meaning == AD_MEANS_CLASS && f->type == AD_I32 && f->shape.rank == 0;
        if (r->fields == 2 || (text ? r->text >= 0 : !label || r->label >= 0))
            return false;
        *(text ? &r->text : &r->label) = r->fields;
        r->field[r->fields++] = (ad_source_field){f->name, f->type, f->shape};
    }
    return r->text >= 0;
}

static ad_status fail_roles(void)
{
    return message_fail(AD_ERROR_FORMAT, "the schema is none of texts\n  make it anew from the "
                                         "data\n");
}

static ad_status made(ad_source *source, ad_source **to)
{
    *to = source;
    return source ? AD_OK : message_core();
}

/* ---------------------------------------------------------------- lists */

typedef struct listed {
    text_list list;
    roles roles;
    bool mapped; /* some file is */
} listed;

/* The mapped file that the text lies in, or NULL. */
static const text_file *mapped_of(const text_list *list, const char *at)
{
    for (int i = 0; i < list->files; i++) {
        const text_file *f = list->file[i];
        if (f->map && at >= f->bytes && at <= f->bytes + f->size)
            return f;
    }
    return NULL;
}

static void listed_free(void *user)
{
    listed *l = user;
    text_list_done(&l->list);
    free(l);
}

static ad_status listed_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const listed *l = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        const text_span *s = &l->list.span[number[i]];
        const text_file *file = l->mapped ? mapped_of(&l->list, s->at) : NULL;
        ad_status status =
            file ? text_file_copy(file, s->at, (size_t)s->size, into[l->roles.text].data) : AD_OK;
        if (status != AD_OK)
            return status;
        if (!file && s->size)
            memcpy(into[l->roles.text].data, s->at, (size_t)s->size);
        if (l->roles.label >= 0)
            ((int32_t *)into[l->roles.label].data)[i] = s->label;
    }
    return AD_OK;
}

static ad_status listed_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    (void)epoch;
    *length = ((const listed *)user)->list.span[number].size;
    return AD_OK;
}

ad_status text_list_source(text_list *list, const ad_schema *schema, const char *name,
                           ad_source **source)
{
    listed *l = calloc(1, sizeof *l);
    *source = NULL;
    if (!l || !find_roles(schema, &l->roles)) {
        text_list_done(list);
        bool memory = l != NULL;
        free(l);
        return memory ? fail_roles() : message_no_memory();
    }
    l->list = *list;
    *list = (text_list){0};
    for (int i = 0; i < l->list.files; i++)
        l->mapped = l->mapped || l->list.file[i]->map;
    ad_source *s = ad_source_new(&(ad_source_record){.count = l->list.count,
                                                     .field = l->roles.field,
                                                     .fields = l->roles.fields,
                                                     .read = listed_read,
                                                     .length = listed_length,
                                                     .free = listed_free,
                                                     .user = l,
                                                     .name = name});
    if (!s)
        listed_free(l);
    return made(s, source);
}

/* ---------------------------------------------------------------- pieces */

typedef struct pieces {
    text_file *file;
    int64_t piece, count;
    roles roles;
} pieces;

enum { REACH = 256 }; /* how far behind its place a piece may end */

static bool is_white(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Where piece i begins. */
static ad_status begin_of(const pieces *p, int64_t i, int64_t *begin)
{
    char text[REACH + 8];
    int64_t size = (int64_t)p->file->size, at = i * p->piece;
    *begin = i == 0 ? 0 : size;
    if (i == 0 || i >= p->count)
        return AD_OK;
    int64_t reach = p->piece / 2 < REACH ? p->piece / 2 : REACH, from = at - 1;
    int64_t bytes = size - from < (int64_t)sizeof text ? size - from : (int64_t)sizeof text;
    ad_status status = text_file_copy(p->file, p->file->bytes + from, (size_t)bytes, text);
    if (status != AD_OK)
        return status;
    for (int64_t k = 1; k <= reach && k < bytes; k++)
        if (is_white(text[k]) && !is_white(text[k - 1])) {
            *begin = from + k;
            return AD_OK;
        }
    int64_t k = 1; /* a letter has 4 bytes at most */
    while (k < bytes && continues(text[k]))
        k++;
    *begin = from + k;
    return AD_OK;
}

static ad_status ends_of(const pieces *p, int64_t i, int64_t *from, int64_t *to)
{
    ad_status status = begin_of(p, i, from);
    return status == AD_OK ? begin_of(p, i + 1, to) : status;
}

static void pieces_free(void *user)
{
    pieces *p = user;
    text_file_free(p->file);
    free(p);
}

static ad_status pieces_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const pieces *p = user;
    (void)epoch;
    for (int64_t i = 0; i < count; i++) {
        int64_t from, to;
        ad_status status = ends_of(p, number[i], &from, &to);
        if (status == AD_OK && to > from)
            status = text_file_copy(p->file, p->file->bytes + from, (size_t)(to - from),
                                    into[p->roles.text].data);
        if (status != AD_OK)
            return status;
        if (p->roles.label >= 0)
            ((int32_t *)into[p->roles.label].data)[i] = -1;
    }
    return AD_OK;
}

static ad_status pieces_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const pieces *p = user;
    (void)epoch;
    int64_t from = 0, to = 0;
    ad_status status = ends_of(p, number, &from, &to);
    *length = to - from;
    return status;
}

ad_status text_pieces_source(text_file *file, const ad_schema *schema, int64_t piece,
                             ad_source **source)
{
    pieces *p = calloc(1, sizeof *p);
    *source = NULL;
    if (!p || !find_roles(schema, &p->roles)) {
        text_file_free(file);
        bool memory = p != NULL;
        free(p);
        return memory ? fail_roles() : message_no_memory();
    }
    p->file = file;
    p->piece = piece < 8 ? 8 : piece;
    p->count = ((int64_t)file->size + p->piece - 1) / p->piece;
    ad_source *s = ad_source_new(&(ad_source_record){.count = p->count,
                                                     .field = p->roles.field,
                                                     .fields = p->roles.fields,
                                                     .read = pieces_read,
                                                     .length = pieces_length,
                                                     .free = pieces_free,
                                                     .user = p,
                                                     .name = file->name});
    if (!s)
        pieces_free(p);
    return made(s, source);
}
