/* Which key of a telephone two tones are.  usage: sound_keys [FOLDER FILE], FOLDER: a folder of
 * sounds for each class; without it tones that are drawn, and one of them instead of FILE. */
#include <adze/kit.h>

#include <stdio.h>
enum { STEPS = 51, BANDS = 40 };

static ad_tensor *block(ad_tensor *x)
{
    return ad_relu(ad_batch_norm(ad_conv1d(x, .filters = 32, .kernel = 5, .same = true)));
}

int main(int count, char **arguments)
{
    const char *path = count > 2 ? arguments[1] : NULL, **file = (const char **)arguments + 2;
    const ad_reader_record *reader = ad_reader_find(path ? "sounds" : "tones");
    ad_sounds_options folder = AD_OPTIONS(ad_sounds_options, .path = path);
    const void *options = path ? (const void *)&folder : reader->record.initial;
    ad_spectrum_options mel =
        AD_OPTIONS(ad_spectrum_options, .fft = 256, .hop = 80, .mels = BANDS, .length = STEPS);
    ad_schema *schema;
    ad_encoder *encoder;
    ad_source *train, *raw = NULL;
    if (reader->understand(options, &schema) != AD_OK ||
        reader->open(options, schema, AD_PART_TRAIN, &train) != AD_OK ||
        ad_encoder_fit("log_mel", &mel, train, "sound", &schema->field[0], &encoder) != AD_OK ||
        (path ? reader->items(schema, file, 1, &raw)
              : reader->open(options, schema, AD_PART_TEST, &raw)) != AD_OK)
        return puts(ad_kit_error()), 1;
    ad_source *features = ad_encoder_source(encoder, train, "sound"), *kept = NULL;
    ad_source *asked = ad_encoder_source(encoder, raw, "sound");
    if (!features || !asked || !(kept = ad_source_kept(features)))
        return puts(ad_error()), 1;

    int64_t classes = schema->field[1].classes, first = 0;
    ad_context *c = ad_context_new();
    ad_graph *g = ad_graph_new(c);
    ad_tensor *x = ad_feed(g, "sound", AD_F32, AD_SHAPE(ad_open(g, "batch"), STEPS, BANDS));
    ad_tensor *y = ad_feed(g, "label", AD_I32, AD_SHAPE(ad_open(g, "batch")));
    ad_tensor *h = ad_max(block(block(x)), AD_AXES(1)), *logits = ad_linear(h, .out = classes);
    ad_tensor *step = ad_adam(ad_cross_entropy(logits, y), .rate = 2e-3);
    ad_state *s = ad_state_new(g, 1);
    if (ad_fit(s, .train = kept, .player = {{.step = step}}, .epochs = 6) != AD_OK)
        return puts(ad_error()), 1;

    static float sound[STEPS * BANDS];
    int32_t label = -1;
    ad_array one[] = {ad_f32(sound, AD_SHAPE(1, STEPS, BANDS)), ad_i32(&label, AD_SHAPE(1))};
    ad_array key = {0};
    ad_program *p = ad_compile(s, .fetch = {ad_argmax(logits, -1)}, .feed = {x});
    if (ad_source_read(asked, &first, 1, 0, one) != AD_OK || ad_run(p, one, &key) != AD_OK)
        return puts(ad_error()), 1;
    int32_t answer = *(const int32_t *)key.data;
    printf("%s: %s\n", path ? *file : "a drawn sound", schema->field[1].names[answer]);
    ad_program_free(p), ad_state_free(s), ad_graph_free(g), ad_context_free(c);
    ad_source_free(train), ad_source_free(features), ad_source_free(kept);
    ad_source_free(raw), ad_source_free(asked), ad_encoder_free(encoder), ad_schema_free(schema);
    return !path && answer != label;
}
