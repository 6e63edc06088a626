/* Attribute structs through their field tables. */
#include "core/attributes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "core/copy.h"
#include "core/number.h"

/* ---- copy: deep where a field points to memory, and with sizes translated where the graphs differ
 */

struct copying {
    ad_graph *to;
    const ad_graph *from;
    const struct dim_sizes *sizes; /* numbers for the open dimensions, or NULL */
};

static ad_dim copy_dim(const struct copying *c, ad_dim dim)
{
    return c->sizes ? dim_value(c->from, dim, c->sizes) : dim_copy(c->from, dim, c->to);
}

static bool copy_array(ad_graph *graph, ad_array *array)
{
    size_t bytes = ad_array_bytes(array);
    void *data = arena_alloc(&graph->arena, bytes ? bytes : 1);
    if (data && bytes)
        memcpy(data, array->data, bytes);
    array->data = data;
    return data != NULL;
}

static void copy_shape(const struct copying *c, ad_shape *shape)
{
    for (int i = 0; i < shape->rank; i++)
        shape->size[i] = copy_dim(c, shape->size[i]);
}

static bool copy_text(ad_graph *graph, const char **text)
{
    if (!*text)
        return true;
    *text = arena_text(&graph->arena, *text);
    return *text != NULL;
}

/* A body belongs to its graph, so another graph gets a body of its own. */
static bool copy_body(const struct copying *c, ad_graph **body)
{
    if (c->from != c->to)
        *body = copy_whole_body(*body, c->to, c->sizes);
    return *body != NULL;
}

static bool copy_field(const struct copying *c, const struct field *field, void *member)
{
    switch (field->kind) {
    case FIELD_TEXT: return copy_text(c->to, member);
    case FIELD_ARRAY: return c->to->borrows || copy_array(c->to, member);
    case FIELD_SHAPE: copy_shape(c, member); return true;
    case FIELD_DIM: *(ad_dim *)member = copy_dim(c, *(ad_dim *)member); return true;
    case FIELD_BODY: return copy_body(c, member);
    default: return true;
    }
}

bool attributes_copy_from(ad_graph *to, const ad_graph *from, const struct dim_sizes *sizes,
                          const struct op *op, const void *attributes, void **copy)
{
    *copy = NULL;
    if (!op->attribute_size)
        return true;
    *copy = arena_alloc(&to->arena, op->attribute_size);
    if (!*copy)
        return false;
    memcpy(*copy, attributes, op->attribute_size);
    struct copying c = {to, from, sizes};
    bool ok = true;
    for (int i = 0; ok && i < op->field_count; i++)
        ok = copy_field(&c, &op->fields[i], (char *)*copy + op->fields[i].offset);
    return ok;
}

bool attributes_copy(ad_graph *graph, const struct op *op, const void *attributes, void **copy)
{
    return attributes_copy_from(graph, graph, NULL, op, attributes, copy);
}

/* ---- compare */

static bool equal_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static bool equal_array(const ad_array *a, const ad_array *b)
{
    return a->type == b->type && graph_shapes_equal(&a->shape, &b->shape) &&
           (a->data == b->data || !ad_array_bytes(a) ||
            !memcmp(a->data, b->data, ad_array_bytes(a)));
}

static bool equal_axes(const ad_axes *a, const ad_axes *b)
{
    return a->count == b->count &&
           (a->count <= 0 || !memcmp(a->axis, b->axis, sizeof a->axis[0] * (size_t)a->count));
}

static bool equal_field(enum field_kind kind, const void *a, const void *b)
{
    switch (kind) {
    case FIELD_INT: return *(const int64_t *)a == *(const int64_t *)b;
    case FIELD_NUMBER: return !memcmp(a, b, sizeof(double)); /* -0 and NaN are told apart */
    case FIELD_BOOL: return *(const bool *)a == *(const bool *)b;
    case FIELD_TYPE: return *(const ad_type *)a == *(const ad_type *)b;
    case FIELD_DIM: return *(const ad_dim *)a == *(const ad_dim *)b;
    case FIELD_SHAPE: return graph_shapes_equal(a, b);
    case FIELD_AXES: return equal_axes(a, b);
    case FIELD_TEXT: return equal_text(*(const char *const *)a, *(const char *const *)b);
    case FIELD_ARRAY: return equal_array(a, b);
    case FIELD_BODY: return *(ad_graph *const *)a == *(ad_graph *const *)b;
    case FIELD_CUSTOM: return false;
    }
    return false;
}

bool attributes_equal(const struct op *op, const void *a, const void *b)
{
    for (int i = 0; i < op->field_count; i++) {
        size_t offset = op->fields[i].offset;
        if (!equal_field(op->fields[i].kind, (const char *)a + offset, (const char *)b + offset))
            return false;
    }
    return true;
}

/* ---- hash */

enum { HASHED_BYTES = 64 }; /* of a constant: the others are compared only where these are equal */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * 0x9e3779b97f4a7c15u;
}

static uint64_t mix_sizes(uint64_t hash, const int64_t *size, int count)
{
    for (int i = 0; i < count; i++)
        hash = mix(hash, (uint64_t)size[i]);
    return mix(hash, (uint64_t)count);
}

static uint64_t mix_bytes(uint64_t hash, const void *data, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = mix(hash, ((const unsigned char *)data)[i]);
    return hash;
}

static uint64_t mix_axes(uint64_t hash, const ad_axes *axes)
{
    for (int i = 0; i < axes->count; i++)
        hash = mix(hash, (uint64_t)axes->axis[i]);
    return mix(hash, (uint64_t)axes->count);
}

static uint64_t mix_array(uint64_t hash, const ad_array *array)
{
    size_t bytes = ad_array_bytes(array);
    hash = mix_sizes(mix(hash, array->type), array->shape.size, array->shape.rank);
    return mix_bytes(hash, array->data, bytes < HASHED_BYTES ? bytes : HASHED_BYTES);
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return text ? mix_bytes(hash, text, strlen(text)) : hash;
}

static uint64_t mix_field(uint64_t hash, enum field_kind kind, const void *a)
{
    uint64_t bits = 0;
    switch (kind) {
    case FIELD_INT:
    case FIELD_DIM: return mix(hash, (uint64_t) * (const int64_t *)a);
    case FIELD_NUMBER: memcpy(&bits, a, sizeof bits); return mix(hash, bits);
    case FIELD_BOOL: return mix(hash, *(const bool *)a);
    case FIELD_TYPE: return mix(hash, *(const ad_type *)a);
    case FIELD_SHAPE:
        return mix_sizes(hash, ((const ad_shape *)a)->size, ((const ad_shape *)a)->rank);
    case FIELD_AXES: return mix_axes(hash, a);
    case FIELD_TEXT: return mix_text(hash, *(const char *const *)a);
    case FIELD_ARRAY: return mix_array(hash, a);
    case FIELD_BODY: return mix(hash, (uint64_t)(uintptr_t) * (ad_graph *const *)a);
    case FIELD_CUSTOM: return hash;
    }
    return hash;
}

uint64_t attributes_hash(const struct op *op, const void *attributes)
{
    uint64_t hash = 0;
    for (int i = 0; i < op->field_count; i++)
        hash = mix_field(hash, op->fields[i].kind, (const char *)attributes + op->fields[i].offset);
    return hash;
}

/* ---- print */

static void print_array(const ad_graph *graph, const ad_array *array, struct text *text)
{
    text_add(text, "%s", ad_type_name(array->type));
    dim_print_shape(graph, &array->shape, text);
    text_add(text, "{");
    for (int64_t i = 0; i < ad_array_count(array); i++) {
        text_add(text, i ? " " : "");
        if (array->type == AD_F32)
            text_f32(text, ((const float *)array->data)[i]);
        else if (array->type == AD_F64)
            text_f64(text, ((const double *)array->data)[i]);
        else if (array->type == AD_BF16 || array->type == AD_F16)
            text_f32(text, (float)ad_array_item(array, i));
        else if (array->type == AD_I64)
            text_add(text, "%lld", (long long)((const int64_t *)array->data)[i]);
        else
            text_add(text, "%.0f", ad_array_item(array, i));
    }
    text_add(text, "}");
}

static void print_axes(const ad_axes *axes, struct text *text)
{
    text_add(text, "[");
    for (int i = 0; i < axes->count; i++)
        text_add(text, i ? ",%d" : "%d", axes->axis[i]);
    text_add(text, "]");
}

static bool is_initial(const struct field *field, const void *member)
{
    switch (field->kind) {
    case FIELD_INT: return *(const int64_t *)member == (int64_t)field->initial;
    case FIELD_NUMBER: return !memcmp(member, &field->initial, sizeof(double));
    case FIELD_BOOL: return *(const bool *)member == (field->initial != 0);
    case FIELD_TEXT: return !*(const char *const *)member;
    default: return false;
    }
}

static void print_field(const ad_graph *graph, enum field_kind kind, const void *member,
                        struct text *text)
{
    switch (kind) {
    case FIELD_INT: text_add(text, "%lld", (long long)*(const int64_t *)member); break;
    case FIELD_NUMBER: text_f64(text, *(const double *)member); break;
    case FIELD_BOOL: text_add(text, *(const bool *)member ? "true" : "false"); break;
    case FIELD_TYPE: text_add(text, "%s", ad_type_name(*(const ad_type *)member)); break;
    case FIELD_DIM:
        text_add(text, "<"), dim_print(graph, *(const ad_dim *)member, text), text_add(text, ">");
        break;
    case FIELD_SHAPE: dim_print_shape(graph, member, text); break;
    case FIELD_AXES: print_axes(member, text); break;
    case FIELD_TEXT: quote_text(text, *(const char *const *)member); break;
    case FIELD_ARRAY: print_array(graph, member, text); break;
    case FIELD_BODY:
        text_add(text, "body%d", graph_body_number(graph, *(ad_graph *const *)member));
        break;
    case FIELD_CUSTOM: text_add(text, "custom:%s", ((const ad_custom_op *)member)->name); break;
    }
}

void attributes_print(const ad_graph *graph, const struct op *op, const void *attributes,
                      struct text *text)
{
    for (int i = 0; i < op->field_count; i++) {
        const struct field *field = &op->fields[i];
        const void *member = (const char *)attributes + field->offset;
        if (is_initial(field, member))
            continue;
        text_add(text, " %s=", field->name);
        print_field(graph, field->kind, member, text);
    }
}

/* ---- read */

static bool read_int(const char **at, int64_t *value)
{
    char *end;
    if (!isdigit((unsigned char)**at) && **at != '-')
        return false;
    errno = 0;
    *value = strtoll(*at, &end, 10);
    bool ok = end != *at && errno != ERANGE;
    *at = end;
    return ok;
}

/* No spaces in front, which text_read_f64 would skip, ends of lines among them. */
static bool is_space(const char *at)
{
    return isspace((unsigned char)*at);
}

static bool accept(const char **at, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*at, word, n))
        return false;
    *at += n;
    return true;
}

static bool read_type(const char **at, ad_type *type)
{
    for (ad_type t = AD_F32; t < AD_TYPE_COUNT; t++)
        if (accept(at, ad_type_name(t))) {
            *type = t;
            return true;
        }
    return false;
}

static bool read_shape_field(ad_graph *graph, const char **at, ad_shape *shape)
{
    *shape = (ad_shape){0};
    if (!accept(at, "("))
        return false;
    while (**at && **at != ')') {
        if (shape->rank == AD_RANK_MAX || !dim_read(graph, at, &shape->size[shape->rank]))
            return false;
        shape->rank++;
        if (!accept(at, ", ") && **at != ')')
            return false;
    }
    return accept(at, ")");
}

static bool read_axes(const char **at, ad_axes *axes)
{
    *axes = (ad_axes){0};
    if (!accept(at, "["))
        return false;
    while (**at && **at != ']') {
        int64_t axis;
        if (axes->count == AD_RANK_MAX || !read_int(at, &axis) || axis != (int)axis)
            return false;
        axes->axis[axes->count++] = (int)axis;
        accept(at, ",");
    }
    return accept(at, "]");
}

static bool read_text(ad_graph *graph, const char **at, const char **out)
{
    char *copy = arena_alloc(&graph->arena, quote_room(*at));
    *out = copy;
    return copy && quote_read(at, copy);
}

/* Whole numbers that fit the type; a bool is 0 or 1. */
static bool read_whole_item(const char **at, ad_type type, void *data, int64_t i)
{
    int64_t whole;
    if (!read_int(at, &whole))
        return false;
    switch (type) {
    case AD_I32: return (((int32_t *)data)[i] = (int32_t)whole) == whole;
    case AD_I64: ((int64_t *)data)[i] = whole; return true;
    case AD_BOOL: return (((uint8_t *)data)[i] = (uint8_t)whole) == whole && whole <= 1;
    case AD_I8: return (((int8_t *)data)[i] = (int8_t)whole) == whole;
    case AD_I16: return (((int16_t *)data)[i] = (int16_t)whole) == whole;
    case AD_U16: return (((uint16_t *)data)[i] = (uint16_t)whole) == whole;
    case AD_U32: return (((uint32_t *)data)[i] = (uint32_t)whole) == whole;
    default: return (((uint8_t *)data)[i] = (uint8_t)whole) == whole;
    }
}

/* One element of an array's text. */
static bool read_item(const char **at, ad_type type, void *data, int64_t i)
{
    float number;
    if (is_space(*at))
        return false;
    switch (type) {
    case AD_F32: return text_read_f32(at, (float *)data + i);
    case AD_F64: return text_read_f64(at, (double *)data + i);
    case AD_BF16:
    case AD_F16:
        if (!text_read_f32(at, &number))
            return false;
        number_store(type, (uint16_t *)data + i, (double)number);
        return true;
    default: return read_whole_item(at, type, data, i);
    }
}

static bool read_array(ad_graph *graph, const char **at, ad_array *array)
{
    if (!read_type(at, &array->type) || !read_shape_field(graph, at, &array->shape) ||
        !accept(at, "{"))
        return false;
    for (int i = 0; i < array->shape.rank; i++)
        if (array->shape.size[i] < 0 || array->shape.size[i] > (int64_t)1 << 40)
            return false;
    int64_t count = ad_array_count(array);
    if (count < 0 ||
        (size_t)count > strcspn(*at, "\n")) /* each element takes a character at least */
        return false;
    array->data = arena_alloc(&graph->arena, ad_array_bytes(array) + 1);
    bool ok = array->data != NULL;
    for (int64_t i = 0; ok && i < count; i++) {
        accept(at, " ");
        ok = read_item(at, array->type, array->data, i);
    }
    return ok && accept(at, "}");
}

static bool read_dim(ad_graph *graph, const char **at, ad_dim *dim)
{
    return accept(at, "<") && dim_read(graph, at, dim) && accept(at, ">");
}

static bool read_body(ad_graph *graph, const char **at, ad_graph **body)
{
    int64_t number;
    if (!accept(at, "body") || !read_int(at, &number))
        return false;
    *body = graph_body(graph, (int)number);
    return *body != NULL;
}

static bool read_field(ad_graph *graph, const char **at, enum field_kind kind, void *member)
{
    switch (kind) {
    case FIELD_INT: return read_int(at, member);
    case FIELD_NUMBER: return !is_space(*at) && text_read_f64(at, member);
    case FIELD_BOOL: return (*(bool *)member = accept(at, "true")) || accept(at, "false");
    case FIELD_TYPE: return read_type(at, member);
    case FIELD_DIM: return read_dim(graph, at, member);
    case FIELD_SHAPE: return read_shape_field(graph, at, member);
    case FIELD_AXES: return read_axes(at, member);
    case FIELD_TEXT: return read_text(graph, at, member);
    case FIELD_ARRAY: return read_array(graph, at, member);
    case FIELD_BODY: return read_body(graph, at, member);
    case FIELD_CUSTOM: return false;
    }
    return false;
}

static void set_initial(const struct op *op, void *attributes)
{
    for (int i = 0; i < op->field_count; i++) {
        const struct field *field = &op->fields[i];
        void *member = (char *)attributes + field->offset;
        if (field->kind == FIELD_INT)
            *(int64_t *)member = (int64_t)field->initial;
        else if (field->kind == FIELD_NUMBER)
            *(double *)member = field->initial;
        else if (field->kind == FIELD_BOOL)
            *(bool *)member = field->initial != 0;
    }
}

static const struct field *find_field(const struct op *op, const char **at)
{
    for (int i = 0; i < op->field_count; i++) {
        size_t n = strlen(op->fields[i].name);
        if (!strncmp(*at, op->fields[i].name, n) && (*at)[n] == '=') {
            *at += n + 1;
            return &op->fields[i];
        }
    }
    return NULL;
}

void *attributes_read(ad_graph *graph, const struct op *op, const char **at)
{
    char *attributes = arena_alloc(&graph->arena, op->attribute_size + 1);
    if (!attributes) {
        fail(AD_ERROR_MEMORY, "out of memory");
        return NULL;
    }
    set_initial(op, attributes);
    while (**at == ' ') {
        const char *start = *at, *value = start + 1;
        const struct field *field = find_field(op, &value);
        if (!field)
            break;
        *at = value;
        if (!read_field(graph, at, field->kind, attributes + field->offset)) {
            fail(AD_ERROR_FORMAT, "op %s has no attribute like '%.*s'", op->name,
                 (int)strcspn(start + 1, "\n") < 40 ? (int)strcspn(start + 1, "\n") : 40,
                 start + 1);
            return NULL;
        }
    }
    return attributes;
}
