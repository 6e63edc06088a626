/* Sources over arrays that came from files, and what their fields are. */
#include "array_source.h"

#include <stdlib.h>
#include <string.h>

#include "mapped.h"
#include "message.h"
#include "text.h"

enum { CLASSES_MAX = 65536 };

const char array_channels_first[] = "channels first";

/* ---------------------------------------------------------------- the input */

static bool could_be_channels(int64_t size)
{
    return size == 1 || size == 3 || size == 4;
}

static ad_status check_channels(const raw_array *raw, ad_channels channels)
{
    if (raw->rank != 4 || channels != AD_CHANNELS_UNSAID || !could_be_channels(raw->size[1]))
        return AD_OK;
    return message_fail(AD_ERROR_SHAPE,
                        "%s: (%lld, %lld, %lld, %lld): are the %lld channels or rows?\n"
                        "  say which: `channels: first` or `channels: last`\n",
                        raw->where, (long long)raw->size[0], (long long)raw->size[1],
                        (long long)raw->size[2], (long long)raw->size[3], (long long)raw->size[1]);
}

/* Of one example, channels last. */
static ad_shape example_shape(const raw_array *raw, bool first, bool picture)
{
    ad_shape shape = {.rank = raw->rank - 1};
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = raw->size[i + 1];
    if (first) {
        shape.size[0] = raw->size[2], shape.size[1] = raw->size[3];
        shape.size[2] = raw->size[1];
    }
    if (picture && shape.rank == 2)
        shape.size[shape.rank++] = 1;
    return shape;
}

ad_status array_add_input(ad_schema *schema, const raw_array *raw, ad_channels channels,
                          const char *name)
{
    if (raw->rank < 1)
        return message_fail(AD_ERROR_SHAPE, "%s: is one number, not examples\n  name an array\n",
                            raw->where);
    ad_status status = raw_no_times(raw);
    if (status == AD_OK)
        status = check_channels(raw, channels);
    if (status != AD_OK)
        return status;
    bool first = raw->rank == 4 && channels == AD_CHANNELS_FIRST;
    int64_t depth = raw->rank == 4 ? raw->size[first ? 1 : 3] : 1;
    bool picture =
        raw->kind == RAW_U8 && (raw->rank == 3 || raw->rank == 4) && could_be_channels(depth);
    char *why = text_format("%s%s", raw_words(raw->kind),
                            first            ? ", channels first: turned to the last axis"
                            : raw->rank == 4 ? ", channels last"
                                             : "");
    ad_schema_field field = {.name = (char *)(uintptr_t)(name      ? name
                                                         : picture ? "image"
                                                                   : "input"),
                             .type = picture ? AD_U8 : raw_number_type(raw->kind),
                             .shape = example_shape(raw, first, picture),
                             .meaning = picture ? AD_MEANS_IMAGE : AD_MEANS_NUMBER,
                             .why = why};
    bool good = why && ad_schema_add(schema, &field);
    free(why);
    if (good && first && !schema->own)
        good = (schema->own = text_copy(array_channels_first)) != NULL;
    return good ? AD_OK : message_no_memory();
}

/* ---------------------------------------------------------------- the target */

static bool one_each(const raw_array *raw)
{
    return raw->rank == 1 || (raw->rank == 2 && raw->size[1] == 1);
}

/* A copy of the whole numbers of a target. */
static ad_status whole_numbers(const raw_array *raw, kept_array *kept)
{
    raw_array borrowed = *raw;
    borrowed.memory = borrowed.map = NULL, borrowed.file = 0;
    return raw_take(&borrowed, AD_I64, false, kept);
}

static ad_status check_label(const raw_array *raw, int64_t i, int64_t label, int64_t classes)
{
    if (label >= 0 && label < (classes ? classes : CLASSES_MAX))
        return AD_OK;
    if (classes)
        return message_fail(AD_ERROR_RANGE,
                            "%s: label %lld is %lld, but there are %lld classes, 0 to %lld\n"
                            "  correct the label, or the number of classes\n",
                            raw->where, (long long)i, (long long)label, (long long)classes,
                            (long long)classes - 1);
    return message_fail(AD_ERROR_RANGE,
                        "%s: number %lld is %lld, and classes are 0 to %d\n  if it is a number to "
                        "predict, not a class: `target_is: number`\n",
                        raw->where, (long long)i, (long long)label, CLASSES_MAX - 1);
}

/* How many classes there are, and how many different ones stand there. */
static ad_status count_classes(const raw_array *raw, int64_t given, int64_t *classes,
                               int64_t *different)
{
    kept_array labels;
    ad_status status = whole_numbers(raw, &labels);
    if (status != AD_OK)
        return status;
    bool *seen = calloc(CLASSES_MAX + 1, sizeof *seen);
    int64_t largest = 0, count = raw_count(raw);
    *different = 0;
    status = seen ? AD_OK : message_no_memory();
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        int64_t label = ((const int64_t *)labels.array.data)[i];
        status = check_label(raw, i, label, given);
        if (status != AD_OK)
            break;
        largest = label > largest ? label : largest;
        int64_t slot = label < CLASSES_MAX ? label : CLASSES_MAX;
        *different += !seen[slot];
        seen[slot] = true;
    }
    free(seen);
    kept_done(&labels);
    *classes = given ? given : largest + 1;
    return status;
}

static ad_status add_class(ad_schema *schema, const raw_array *raw, const target_form *form)
{
    int64_t classes = 0, different = 0;
    int64_t given = form->names && form->names->count ? form->names->count : form->classes;
    if (form->classes && given != form->classes)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%lld classes, but %lld names of classes\n  correct one of them\n",
                            (long long)form->classes, (long long)given);
    ad_status status = count_classes(raw, given, &classes, &different);
    if (status != AD_OK)
        return status;
    char *why = text_format("whole numbers 0 to %lld, %lld different", (long long)classes - 1,
                            (long long)different);
    ad_schema_field field = {.name = (char *)(uintptr_t)(form->name ? form->name : "label"),
                             .type = AD_I32,
                             .meaning = AD_MEANS_CLASS,
                             .use = AD_USE_TARGET,
                             .classes = classes,
                             .names = form->names && form->names->count ? form->names->text : NULL,
                             .why = why};
    bool good = why && ad_schema_add(schema, &field);
    if (good && different < classes)
        good = ad_schema_note(schema, "%lld of the %lld classes have no example",
                              (long long)(classes - different), (long long)classes);
    free(why);
    return good ? AD_OK : message_no_memory();
}

static ad_status add_number(ad_schema *schema, const raw_array *raw, const char *name)
{
    ad_schema_field field = {.name = (char *)(uintptr_t)(name ? name : "target"),
                             .type = raw_number_type(raw->kind),
                             .shape =
                                 one_each(raw) ? (ad_shape){0} : example_shape(raw, false, false),
                             .use = AD_USE_TARGET,
                             .why = (char *)raw_words(raw->kind)};
    return ad_schema_add(schema, &field) ? AD_OK : message_no_memory();
}

ad_status array_add_target(ad_schema *schema, raw_array *raw, const target_form *form)
{
    bool could = raw_whole(raw->kind) && one_each(raw);
    if (raw->rank < 1)
        return message_fail(AD_ERROR_SHAPE,
                            "%s: is one number, not a target for each example\n"
                            "  name another array\n",
                            raw->where);
    ad_status status = raw_no_times(raw);
    if (status != AD_OK)
        return status;
    if (form->kind == AD_TARGET_CLASS && !could)
        return message_fail(AD_ERROR_TYPE,
                            "%s: holds numbers %s, of rank %d; classes are whole numbers, one for "
                            "each example\n  store them so, or say `target_is: number`\n",
                            raw->where, raw_words(raw->kind), raw->rank);
    bool classes = could && form->kind != AD_TARGET_NUMBER;
    return classes ? add_class(schema, raw, form) : add_number(schema, raw, form->name);
}

/* ---------------------------------------------------------------- arrays for fields */

const ad_schema_field *array_field(const ad_schema *schema, ad_use use)
{
    for (int f = 0; f < schema->fields; f++)
        if (schema->field[f].use == use)
            return &schema->field[f];
    return NULL;
}

static ad_status take_labels(const ad_schema_field *field, raw_array *raw, kept_array *kept)
{
    kept_array whole;
    ad_status status = raw_whole(raw->kind) && one_each(raw)
                           ? whole_numbers(raw, &whole)
                           : message_fail(AD_ERROR_TYPE,
                                          "%s: classes are whole numbers, one for each example\n"
                                          "  name another array\n",
                                          raw->where);
    if (status != AD_OK)
        return status;
    int64_t count = raw_count(raw);
    int32_t *to = malloc((size_t)count * sizeof *to + 1);
    status = to ? AD_OK : message_no_memory();
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        int64_t label = ((const int64_t *)whole.array.data)[i];
        status = check_label(raw, i, label, field->classes);
        to[i] = (int32_t)label;
    }
    kept_done(&whole);
    *kept = (kept_array){.array = ad_i32(to, AD_SHAPE(count)), .memory = to};
    if (status != AD_OK)
        kept_done(kept);
    return status;
}

static void add_shape(text_buffer *t, const int64_t *size, int rank)
{
    for (int i = 0; i < rank; i++)
        text_add_format(t, "%s%lld", i ? " x " : "", (long long)size[i]);
    if (!rank)
        text_add(t, "a number");
}

static ad_status fail_shape(const char *where, const ad_schema_field *field, const ad_shape *shape)
{
    text_buffer t = {0};
    text_add_format(&t, "%s: an example is ", where);
    add_shape(&t, shape->size, shape->rank);
    text_add_format(&t, ", and the field %s is ", field->name);
    add_shape(&t, field->shape.size, field->shape.rank);
    text_add(&t, "\n  give arrays of the size of the training data\n");
    return message_give(AD_ERROR_SHAPE, text_take(&t));
}

ad_status array_for_field(const ad_schema *schema, const ad_schema_field *field, raw_array *raw,
                          kept_array *kept)
{
    *kept = (kept_array){0};
    ad_status status = raw_no_times(raw);
    if (status != AD_OK || field->meaning == AD_MEANS_CLASS) {
        status = status == AD_OK ? take_labels(field, raw, kept) : status;
        raw_done(raw);
        return status;
    }
    bool picture = field->meaning == AD_MEANS_IMAGE, target = field->use == AD_USE_TARGET;
    bool first = !target && raw->rank == 4 && schema->own &&
                 strncmp(schema->own, array_channels_first, strlen(array_channels_first)) == 0;
    ad_shape shape = target && one_each(raw) ? (ad_shape){0} : example_shape(raw, first, picture);
    if (raw->rank < 1 || shape.rank != field->shape.rank ||
        memcmp(shape.size, field->shape.size, (size_t)shape.rank * sizeof *shape.size) != 0)
        status = fail_shape(raw->where, field, &shape);
    else if (picture && raw->kind != RAW_U8)
        status = message_fail(AD_ERROR_TYPE,
                              "%s: holds numbers %s, and pictures are unsigned bytes\n"
                              "  store them so\n",
                              raw->where, raw_words(raw->kind));
    else if (!picture && raw_number_type(raw->kind) == AD_F64 && field->type == AD_F32)
        status = message_fail(AD_ERROR_TYPE,
                              "%s: holds numbers %s, which the training data's type, f32, would "
                              "round\n  store them as f32\n",
                              raw->where, raw_words(raw->kind));
    int64_t examples = raw->rank ? raw->size[0] : 0;
    if (status == AD_OK)
        status = raw_take(raw, field->type, first, kept);
    raw_done(raw);
    kept->array.shape.rank = shape.rank + 1;
    kept->array.shape.size[0] = examples;
    for (int i = 0; i < shape.rank; i++)
        kept->array.shape.size[i + 1] = shape.size[i];
    return status;
}

/* ---------------------------------------------------------------- the source */

typedef struct arrays {
    kept_array *list;
    size_t *bytes; /* of one example */
    char *name;    /* of the file */
    int count;
} arrays;

static void arrays_free(void *user)
{
    arrays *a = user;
    for (int i = 0; i < a->count; i++)
        kept_done(&a->list[i]);
    free(a->list);
    free(a->bytes);
    free(a->name);
    free(a);
}

/* Example `number` of a field. */
static ad_status read_one(const arrays *a, int f, int64_t number, char *to)
{
    const kept_array *k = &a->list[f];
    const char *from = (const char *)k->array.data + (size_t)number * a->bytes[f];
    if (k->file)
        return mapped_read(k->file - 1, a->name, k->mapped, (size_t)(from - (const char *)k->map),
                           to, a->bytes[f]);
    memcpy(to, from, a->bytes[f]);
    return AD_OK;
}

static ad_status read_arrays(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                             ad_array *into)
{
    const arrays *a = user;
    (void)epoch;
    ad_status status = AD_OK;
    for (int f = 0; f < a->count; f++)
        for (int64_t i = 0; i < count && status == AD_OK; i++)
            status = read_one(a, f, number[i], (char *)into[f].data + (size_t)i * a->bytes[f]);
    return status;
}

/* Each has as many examples as the first; words where not. */
static ad_status check_counts(const kept_array *list, int count, const char *name)
{
    for (int f = 1; f < count; f++)
        if (list[f].array.shape.size[0] != list[0].array.shape.size[0])
            return message_fail(AD_ERROR_SHAPE,
                                "%s: %lld examples, but %lld targets\n  the two do not belong "
                                "together\n",
                                name, (long long)list[0].array.shape.size[0],
                                (long long)list[f].array.shape.size[0]);
    return list[0].array.shape.size[0] > 0
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT, "%s: holds no example\n  is it the right file?\n",
                              name);
}

static int list_fields(const ad_schema *schema, ad_source_field *field)
{
    int fields = 0;
    for (int f = 0; f < schema->fields; f++) {
        const ad_schema_field *from = &schema->field[f];
        if (from->use != AD_USE_NONE)
            field[fields++] = (ad_source_field){from->name, from->type, from->shape};
    }
    return fields;
}

static ad_status make_source(const ad_schema *schema, arrays *a, int64_t most, const char *name,
                             ad_source_field *field, ad_source **source)
{
    int fields = list_fields(schema, field);
    if (fields != a->count)
        return message_fail(AD_ERROR_ARGUMENT,
                            "%s: %d arrays for %d fields of the schema\n  read the data again\n",
                            name, a->count, fields);
    ad_status status = check_counts(a->list, a->count, name);
    if (status != AD_OK)
        return status;
    int64_t examples = a->list[0].array.shape.size[0];
    for (int f = 0; f < fields; f++)
        a->bytes[f] = ad_array_bytes(&a->list[f].array) / (size_t)examples;
    *source = ad_source_new(&(ad_source_record){.count = most && most < examples ? most : examples,
                                                .field = field,
                                                .fields = fields,
                                                .read = read_arrays,
                                                .free = arrays_free,
                                                .user = a,
                                                .name = name});
    return *source ? AD_OK : message_core();
}

ad_status array_source(const ad_schema *schema, kept_array *list, int count, int64_t most,
                       const char *name, ad_source **source)
{
    arrays *a = calloc(1, sizeof *a);
    size_t room = (size_t)(count < schema->fields ? schema->fields : count) + 1;
    ad_source_field *field = calloc(room, sizeof *field);
    *source = NULL;
    if (a) {
        a->list = calloc(room, sizeof *a->list);
        a->bytes = calloc(room, sizeof *a->bytes);
        a->name = text_copy(name);
    }
    bool memory = a && field && a->list && a->bytes && a->name;
    if (memory) {
        a->count = count;
        memcpy(a->list, list, (size_t)count * sizeof *list);
    }
    for (int i = 0; !memory && i < count; i++)
        kept_done(&list[i]);
    ad_status status =
        memory ? make_source(schema, a, most, name, field, source) : message_no_memory();
    if (status != AD_OK && a)
        arrays_free(a);
    free(field);
    return status;
}
