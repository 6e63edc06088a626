/* The method that puts fields beside one another. */
#include "train/transform.h"

#include "base/error.h"

enum { BLOCK = 256 };

/* Values of one part into its places of the rows; width: of a row. */
static ad_status join_apply(const struct step *s, struct part *p, const struct cells *in,
                            struct cells *out, int64_t *bad)
{
    int64_t total = in->examples * in->each, inside = 0;
    float *row = (float *)out->data + p->at;
    double x[BLOCK];
    (void)s, (void)bad;
    for (int64_t from = 0; from < total; from += BLOCK) {
        int64_t count = total - from < BLOCK ? total - from : BLOCK;
        cells_load(in, from, count, x);
        for (int64_t i = 0; i < count; i++) {
            row[inside] = (float)x[i];
            if (++inside == in->each)
                inside = 0, row += out->each;
        }
    }
    return AD_OK;
}

static const ad_option join_options[] = {
    {.name = "keep",
     .type = AD_OPTION_TRUTH,
     .offset = offsetof(ad_join_options, keep),
     .help = "the fields stay beside what is made of them"},
};
static const ad_join_options join_initial = AD_OPTIONS_INIT(ad_join_options);

const struct method method_join = {
    .record = {.name = "join",
               .help = "several fields, flattened, one after the other, as one f32 (width)",
               .also = "concat concatenate stack column_transformer",
               AD_RECORD_OPTIONS(join_options, join_initial)},
    .joins = true,
    .takes = takes_numbers,
    .taken = "fields of numbers",
    .apply = join_apply,
};
