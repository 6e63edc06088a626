/* The reader of nothing: digits that are drawn. */
#include <string.h>

#include "drawn.h"
#include "items.h"
#include "message.h"

static const ad_option options[] = {
    DRAWN_ROWS(ad_digits_options, "images", 1e9),
};

static const ad_digits_options initial = AD_OPTIONS_INIT(ad_digits_options);

static char *const digit_names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

static ad_status understand(const void *chosen, ad_schema **schema)
{
    (void)chosen;
    ad_schema *s = ad_schema_new("digits");
    ad_schema_field image = {.name = (char *)"image",
                             .type = AD_U8,
                             .shape = AD_SHAPE(28, 28, 1),
                             .meaning = AD_MEANS_IMAGE,
                             .why = (char *)"drawn"};
    ad_schema_field label = {.name = (char *)"label",
                             .type = AD_I32,
                             .meaning = AD_MEANS_CLASS,
                             .use = AD_USE_TARGET,
                             .classes = 10,
                             .names = (char **)digit_names,
                             .why = (char *)"which digit was drawn"};
    if (s && ad_schema_add(s, &image) && ad_schema_add(s, &label)) {
        *schema = s;
        return AD_OK;
    }
    ad_schema_free(s);
    return message_no_memory();
}

static ad_source *source_of(const ad_dataset *d)
{
    const ad_dataset_info *i = ad_dataset_about(d);
    ad_named_array list[] = {
        {"image", ad_u8(i->images, AD_SHAPE(i->count, i->height, i->width, i->channels))},
        {"label", ad_i32(i->labels, AD_SHAPE(i->count))}};
    return ad_source_arrays(list, 2, .name = "the drawn digits");
}

static ad_status open_part(const void *chosen, const ad_schema *schema, ad_part part,
                           ad_source **source)
{
    (void)schema;
    const ad_digits_options *o = chosen;
    ad_dataset *d;
    *source = NULL;
    if (part == AD_PART_VALIDATION)
        return AD_OK;
    int64_t count = part == AD_PART_TEST ? o->test_count : o->train_count;
    ad_status status = ad_dataset_digits(count, part, (uint64_t)o->seed, &d);
    if (status != AD_OK)
        return status;
    *source = source_of(d);
    ad_dataset_free(d);
    return *source ? AD_OK : message_core();
}

const ad_reader_record reader_digits = {.record = {.name = "digits",
                                                   .help = "digits that are drawn: synthetic",
                                                   AD_RECORD_OPTIONS(options, initial)},
                                        .understand = understand,
                                        .open = open_part,
                                        .items = items_open,
                                        .each = items_each};
