/* Transforms as text: refused with words, or a transform that prints and reads back equal, and that
 * goes over examples of zeros and ones without harm. */
#include "fuzz.h"

#include <adze/train.h>

enum { BYTES_MAX = 1 << 16, FIELDS_MAX = 64 };

static ad_status ones_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    const ad_source_record *r = user;
    (void)epoch;
    for (int f = 0; f < r->fields; f++)
        memset(into[f].data, (int)(number[0] & 1), ad_array_bytes(&into[f]));
    (void)count;
    return AD_OK;
}

static ad_status ones_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    const ad_source_record *r = user;
    (void)epoch;
    for (int f = 0, v = 0; f < r->fields; f++)
        if (r->field[f].shape.rank && r->field[f].shape.size[0] == AD_VARYING)
            length[v++] = number;
    return AD_OK;
}

/* The fields that the text begins with: NULL where they are too large to be tried. */
static int fields_of(char *text, ad_source_field *field)
{
    int count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        ad_source_field *f = &field[count];
        char type[8], *at = strchr(line, '"');
        if (strncmp(line, "field ", 6) != 0)
            continue;
        if (count == FIELDS_MAX || strchr(line, '\\') || sscanf(line, "field %7s", type) != 1)
            return 0;
        *f = (ad_source_field){.name = at + 1};
        while (strcmp(ad_type_name(f->type), type) != 0)
            f->type++;
        at = strchr(at + 1, '"');
        *at++ = 0;
        for (; *at == ' '; f->shape.rank++) {
            bool varies = !strncmp(at + 1, "varying", 7);
            f->shape.size[f->shape.rank] = varies ? AD_VARYING : (int64_t)strtod(at, &at);
            at += varies ? 8 : 0;
        }
        count++;
    }
    return count;
}

/* All that one example needs. */
static double bytes_of(const ad_source_field *field, int fields)
{
    double bytes = 0;
    for (int f = 0; f < fields; f++) {
        double each = 8;
        for (int i = 0; i < field[f].shape.rank; i++)
            each *= field[f].shape.size[i] == AD_VARYING ? 3 : (double)field[f].shape.size[i];
        bytes += each;
    }
    return bytes;
}

static void read_some(ad_source *s)
{
    const ad_source_field *field;
    int fields = ad_source_fields(s, &field), varying = 0;
    if (bytes_of(field, fields) > BYTES_MAX)
        return;
    for (int f = 0; f < fields; f++)
        varying += field[f].shape.rank && field[f].shape.size[0] == AD_VARYING;
    ad_array *into = calloc((size_t)fields, sizeof *into);
    int64_t *length = calloc((size_t)varying + 1, sizeof *length);
    for (int64_t i = 0; i < 3; i++) {
        FUZZ_CHECK(ad_source_length(s, i, 0, length) == AD_OK);
        for (int f = 0, v = 0; f < fields; f++) {
            ad_array a = {.type = field[f].type, .shape = {field[f].shape.rank + 1, {1}}};
            for (int k = 0; k < field[f].shape.rank; k++)
                a.shape.size[k + 1] =
                    field[f].shape.size[k] == AD_VARYING ? length[v++] : field[f].shape.size[k];
            a.data = malloc(ad_array_bytes(&a) + 1);
            into[f] = a;
        }
        if (ad_source_read(s, &i, 1, 0, into) != AD_OK)
            FUZZ_CHECK(*ad_error());
        for (int f = 0; f < fields; f++)
            free(into[f].data);
    }
    free(into), free(length);
}

static void run(const ad_transform *t, char *text)
{
    ad_source_field field[FIELDS_MAX];
    int fields = fields_of(text, field);
    if (!fields || bytes_of(field, fields) > BYTES_MAX)
        return;
    ad_source_record r = {.count = 3,
                          .field = field,
                          .fields = fields,
                          .read = ones_read,
                          .length = ones_length,
                          .user = &r};
    ad_source *s = ad_source_new(&r);
    ad_source *made = s ? ad_transform_source(t, s) : NULL;
    if (made)
        read_some(made);
    ad_source_free(made), ad_source_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ad_transform *t, *again;
    if (ad_transform_read((const char *)data, size, &t) != AD_OK) {
        FUZZ_CHECK(!t && *ad_error());
        return 0;
    }
    char *text = ad_transform_text(t);
    FUZZ_CHECK(text && ad_transform_read(text, strlen(text), &again) == AD_OK);
    char *printed = ad_transform_text(again);
    FUZZ_CHECK(printed && !strcmp(text, printed));
    run(again, text);
    free(text), free(printed);
    ad_transform_free(t), ad_transform_free(again);
    return 0;
}
