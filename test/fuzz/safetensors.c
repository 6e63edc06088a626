/* A safetensors file: refused with words, or tensors whose every number can be read; and loaded
 * into a state, which is as before where that fails. */
#include "fuzz.h"

#include "base/memory.h"
#include "io/safetensors.h"

static volatile double seen;

static void look(const struct safetensors *file)
{
    for (int i = 0; i < file->count; i++) {
        const struct safetensor *t = &file->tensors[i];
        FUZZ_CHECK(safetensors_find(file, t->name) == t);
        for (int64_t k = 0; !t->unread && k < ad_array_count(&t->array); k++)
            seen += ad_array_item(&t->array, k);
        for (ad_type to = AD_F32; to <= AD_F64 && safetensors_converts(t, to); to++) {
            void *out = malloc((size_t)ad_array_count(&t->array) * ad_type_size(to) + 1);
            FUZZ_CHECK(out);
            safetensors_convert(t, to, out);
            free(out);
        }
    }
}

static void load(const uint8_t *data, size_t size)
{
    struct fuzz_memory memory = {0};
    ad_allocator allocator = {fuzz_resize, &memory};
    ad_context *c = ad_context_new(.threads = 1, .allocator = allocator);
    ad_graph *g = ad_graph_new(c);
    ad_tensor *w = ad_variable(g, "a", ad_full(g, AD_F32, AD_SHAPE(2), 5));
    ad_tensor *b = ad_variable(g, "b", ad_full(g, AD_F64, AD_SHAPE(1), 6));
    ad_state *s = ad_state_new(g, 1);
    FUZZ_CHECK(s);
    const char *path = fuzz_file("safetensors", data, size);
    char note[16];
    if (ad_file_note(path, note, sizeof note) == AD_OK)
        FUZZ_CHECK(memchr(note, 0, sizeof note));
    bool whole = ad_load(s, path) == AD_OK;
    ad_array value[2] = {0};
    FUZZ_CHECK(ad_get(s, w, &value[0]) == AD_OK && ad_get(s, b, &value[1]) == AD_OK);
    if (!whole)
        FUZZ_CHECK(ad_array_item(&value[0], 0) == 5 && ad_array_item(&value[1], 0) == 6 &&
                   ad_state_step(s) == 0 && ad_state_seed(s) == 1);
    FUZZ_CHECK(ad_state_step(s) >= 0);
    ad_load_report report = {0};
    if (ad_load(s, path, .partial = true, .convert = true, .report = &report) == AD_OK)
        FUZZ_CHECK(report.taken + report.missing == 2 && report.taken > 0);
    remove(path);
    ad_state_free(s), ad_graph_free(g), ad_context_free(c);
    FUZZ_CHECK(memory.used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct safetensors file;
    ad_status status = safetensors_parse(memory_default(), "file", (const char *)data, size, &file);
    FUZZ_CHECK(status == AD_OK || *ad_error());
    if (status == AD_OK) {
        look(&file);
        safetensors_free(&file);
    }
    load(data, size);
    return 0;
}
