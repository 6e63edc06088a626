/* A first model of sounds: log-mel features, and convolutions over time. */
#include <math.h>
#include <stdlib.h>

#include "init.h"
#include "message.h"

enum { BANDS = 40, BLOCKS_MAX = 4, POOLED = 16, LONGEST = 10 /* seconds */ };

static int by_value(const void *a, const void *b)
{
    int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
    return (p > q) - (p < q);
}

const ad_schema_field *init_sound_of(const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++)
        if (s->field[i].meaning == AD_MEANS_SOUND && s->field[i].use == AD_USE_INPUT)
            return &s->field[i];
    return NULL;
}

/* 95 of 100 sounds are no longer, to two digits. */
ad_status init_sound_look(init_facts *f, ad_source *train)
{
    int64_t count = ad_source_count(train), at = (count - 1) * 95 / 100;
    const ad_schema_field *sound = init_sound_of(f->schema);
    int varying, place = init_place_among_varying(train, sound->name, &varying);
    int64_t *length = calloc((size_t)count + (size_t)varying + 1, sizeof *length);
    int64_t *all = length ? length + count : NULL;
    ad_status status = length ? AD_OK : message_no_memory();
    for (int64_t i = 0; i < count && status == AD_OK; i++) {
        if (ad_source_length(train, i, 0, all) != AD_OK)
            status = message_core();
        length[i] = all[place];
    }
    if (status == AD_OK) {
        qsort(length, (size_t)count, sizeof *length, by_value);
        double seconds = (double)length[at] / sound->rate;
        double unit = pow(10, floor(log10(seconds > 0.01 ? seconds : 0.01)) - 1);
        f->seconds = ceil(seconds / unit - 1e-9) * unit;
        f->seconds = f->seconds < 0.05 ? 0.05 : f->seconds > LONGEST ? LONGEST : f->seconds;
    }
    free(length);
    return status;
}

/* The power of two from 25 ms on. */
static int64_t fft_of(double rate)
{
    int64_t size = 64;
    while ((double)size < rate * 0.025)
        size *= 2;
    return size;
}

static int64_t hop_of(double rate)
{
    return rate < 200 ? 1 : (int64_t)(rate / 100);
}

void init_sound(text_buffer *t, const init_facts *f)
{
    double rate = init_sound_of(f->schema)->rate;
    text_add(t, "sound:\n");
    init_line(t, "how strong each band of frequencies is, step by step", "  features: log_mel");
    init_line(t, "of the defaults", "  like: torchaudio");
    init_line(t, "samples of a window: 25 ms and more", "  fft: %lld", (long long)fft_of(rate));
    init_line(t, "to the next: 10 ms", "  hop: %lld", (long long)hop_of(rate));
    init_line(t, NULL, "  mels: %d", BANDS);
    init_line(t, "95 of 100 are no longer; others are cut, shorter ones padded", "  seconds: %g",
              f->seconds);
}

static void add_block(text_buffer *t, int64_t *steps, int block)
{
    init_line(t, block ? "more time for each step" : "what sounds within 5 steps",
              "  - conv1d: {filters: 64, kernel: 5, same: true}");
    text_add(t, "  - batch_norm\n  - relu\n");
    if (*steps >= POOLED) {
        *steps /= 2;
        init_line(t, "half as many steps", "  - max_pool: {window: 2}");
    }
}

void init_sound_layers(text_buffer *t, const init_facts *f, const ad_schema_field *of)
{
    double rate = of->rate;
    int64_t steps = 1 + (int64_t)(f->seconds * rate) / hop_of(rate);
    int block = 0;
    do
        add_block(t, &steps, block++);
    while (steps >= POOLED && block < BLOCKS_MAX);
    init_line(t, "wherever it sounded", "  - global_pool: {method: max}");
}

void init_sound_model(text_buffer *t, const init_facts *f)
{
    init_sound_layers(t, f, f->whole);
    init_dropout(t, "0.3", "against learning examples by heart");
    init_output(t, f);
}
