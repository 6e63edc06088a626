/* Whether data is what it was: a hash of its examples. */
#include "base/error.h"
#include "train/hash.h"
#include "train/source.h"

enum { LOOKED_AT = 256 };

static uint64_t mix_fields(uint64_t hash, const ad_source *source)
{
    for (int f = 0; f < source->record.fields; f++) {
        const ad_source_field *field = &source->record.field[f];
        hash = hash_bytes(hash, field->name, strlen(field->name) + 1);
        hash = hash_word(hash, field->type);
        for (int i = 0; i < field->shape.rank; i++)
            hash = hash_word(hash, (uint64_t)field->shape.size[i]);
    }
    return hash_word(hash, (uint64_t)source->record.count);
}

static ad_status mix_example(uint64_t *hash, const ad_source *source, int64_t number)
{
    int64_t length[VARYING_MAX];
    struct example e;
    TRY(source_length(source, number, 0, length));
    TRY(example_read(source, number, 0, length, &e));
    for (int f = 0; f < source->record.fields; f++)
        *hash = hash_bytes(*hash, e.array[f].data, ad_array_bytes(&e.array[f]));
    example_done(&e);
    return AD_OK;
}

ad_status ad_source_fingerprint(ad_source *source, uint64_t *fingerprint)
{
    TRY(source_check_numbered(source, "ad_source_fingerprint"));
    int64_t count = source->record.count, looked = count < LOOKED_AT ? count : LOOKED_AT;
    *fingerprint = mix_fields(0, source);
    for (int64_t i = 0; i < looked; i++)
        TRY(mix_example(fingerprint, source, i * (count / looked) + i * (count % looked) / looked));
    return AD_OK;
}
