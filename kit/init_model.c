/* A first model and plan of training, by the kind and number of examples alone.  The sizes are
 * rules of thumb: small enough to train in minutes on a processor, and each is said in its comment.
 */
#include "init.h"

#include <stdio.h>
#include <string.h>

#include "run.h"

enum {
    COLUMN = 44,        /* where comments begin */
    FEW_ROWS = 60,      /* below, a linear model */
    SMALL_TABLE = 2000, /* below, one hidden layer */
    LARGE_TABLE = 50000,
    FEW_PICTURES = 5000,
    POOLED = 8 /* sides from here on are halved */
};

void init_line(text_buffer *t, const char *why, const char *format, ...)
{
    va_list arguments;
    size_t before = t->size;
    va_start(arguments, format);
    text_add_arguments(t, format, arguments);
    va_end(arguments);
    int used = (int)(t->size - before);
    if (why) {
        text_repeat(t, " ", used < COLUMN ? COLUMN - used : 1);
        text_add_format(t, "# %s", why);
    }
    text_add(t, "\n");
}

/* ---------------------------------------------------------------- numbers that follow */

static int64_t batch_of(int64_t examples)
{
    static const int64_t most[] = {64, 500, 5000, 50000};
    int64_t batch = 8;
    for (size_t i = 0; i < sizeof most / sizeof *most; i++)
        batch *= examples >= most[i] ? 2 : 1;
    return batch;
}

enum { STEPS = 3000, EPOCHS_LEAST = 5, EPOCHS_MOST = 300 };

static int64_t epochs_of(int64_t examples)
{
    int64_t batch = batch_of(examples), steps = (examples + batch - 1) / batch;
    int64_t epochs = (STEPS + steps - 1) / (steps > 0 ? steps : 1);
    return epochs < EPOCHS_LEAST ? EPOCHS_LEAST : epochs > EPOCHS_MOST ? EPOCHS_MOST : epochs;
}

/* ---------------------------------------------------------------- the model */

static bool is_class(const init_facts *f)
{
    return strcmp(f->task, "classification") == 0;
}

void init_output(text_buffer *t, const init_facts *f)
{
    char why[80];
    if (init_is_language(f) || init_is_rewriting(f)) {
        init_line(t, "a number for each token", "  - linear");
        return;
    }
    if (init_is_tagging(f)) {
        init_line(t, "a number for each tag, at each word", "  - linear");
        return;
    }
    if (is_class(f))
        snprintf(why, sizeof why, "a number for each class");
    else if (strcmp(f->task, "count") == 0)
        snprintf(why, sizeof why, "the logarithm of the mean count");
    else
        snprintf(why, sizeof why, f->targets > 1 ? "a number for each target" : "the target");
    init_line(t, why, "  - linear: {out: %lld}",
              (long long)(is_class(f) ? f->classes : f->targets));
}

static bool is_wide(const init_facts *f)
{
    return f->text && f->width > 0;
}

void init_hidden(text_buffer *t, int64_t out, const char *why)
{
    init_line(t, why, "  - linear: {out: %lld}", (long long)out);
    text_add(t, "  - relu\n");
}

void init_dropout(text_buffer *t, const char *rate, const char *why)
{
    init_line(t, why, "  - dropout: {rate: %s}", rate);
}

/* A power of two from width on, at least 16, at most most. */
static int64_t hidden(int64_t width, int64_t most)
{
    int64_t size = 16;
    while (size < width && size < most)
        size *= 2;
    return size;
}

static void add_table_model(text_buffer *t, const init_facts *f)
{
    char why[120];
    int64_t rows = init_examples(f);
    if (rows < FEW_ROWS) {
        snprintf(why, sizeof why, "%lld rows to learn from: a linear model, for a larger",
                 (long long)rows);
        text_add_format(t, "  # %s one would learn them by heart\n", why);
        init_output(t, f);
        return;
    }
    int64_t most = rows < SMALL_TABLE ? 64 : rows < LARGE_TABLE ? 128 : 256;
    snprintf(why, sizeof why, "by the %lld inputs, at most %lld for %lld rows", (long long)f->width,
             (long long)most, (long long)rows);
    init_hidden(t, hidden(f->width, most), why);
    if (rows >= SMALL_TABLE)
        init_hidden(t, hidden(f->width, most) / 2, "enough rows for a second layer");
    if (rows < LARGE_TABLE)
        init_dropout(t, "0.1", "against learning rows by heart");
    init_output(t, f);
}

/* Halves what is long enough. */
static void add_pool(text_buffer *t, int64_t *height, int64_t *width)
{
    char why[80];
    int down = *height >= POOLED ? 2 : 1, across = *width >= POOLED ? 2 : 1;
    *height /= down, *width /= across;
    snprintf(why, sizeof why, "%lld x %lld are left", (long long)*height, (long long)*width);
    if (down == across)
        init_line(t, why, "  - max_pool: {window: 2}");
    else
        init_line(t, why, "  - max_pool: {window: [%d, %d]}", down, across);
}

static void add_convolutions(text_buffer *t, int64_t height, int64_t width)
{
    int64_t filters = 16;
    bool first = true;
    if (height < 3 || width < 3)
        return;
    do {
        init_line(t, first ? "edges and colours; padding keeps the size" : "more for less pixels",
                  "  - conv: {filters: %lld, kernel: 3, padding: 1}", (long long)filters);
        text_add(t, "  - relu\n");
        if (height >= POOLED || width >= POOLED)
            add_pool(t, &height, &width);
        filters = filters < 128 ? filters * 2 : filters;
        first = false;
    } while (height >= POOLED || width >= POOLED);
}

void init_picture_layers(text_buffer *t, const init_facts *f, const ad_schema_field *of)
{
    const ad_shape *s = &of->shape;
    bool few = init_examples(f) < FEW_PICTURES;
    if (s->rank == 3)
        add_convolutions(t, s->size[0], s->size[1]);
    init_line(t, "all positions and channels in a row", "  - flatten");
    init_hidden(t, few ? 64 : 128, few ? "few pictures: a small layer" : "what is seen together");
}

static void add_picture_model(text_buffer *t, const init_facts *f)
{
    bool few = init_examples(f) < FEW_PICTURES;
    init_picture_layers(t, f, f->whole);
    init_dropout(t, few ? "0.5" : "0.25", "against learning examples by heart");
    init_output(t, f);
}

static void add_augment(text_buffer *t, const init_facts *f)
{
    const ad_schema_field *of = run_image(f->schema);
    if (!of || init_examples(f) >= FEW_PICTURES || of->shape.size[0] < POOLED ||
        of->shape.size[1] < POOLED)
        return;
    text_add_format(t,
                    "# %lld pictures are few: each is seen a little moved every time.  Where "
                    "mirrored ones mean the\n# same, add - flip.\naugment:\n",
                    (long long)init_examples(f));
    init_line(t, "at most a tenth of each side", "  - shift: {share: 0.1}");
}

void init_model(text_buffer *t, const init_facts *f)
{
    add_augment(t, f);
    text_add(t, "model:\n");
    if (f->time)
        init_series_model(t, f);
    else if (init_is_mixed(f))
        init_mixed_model(t, f);
    else if (f->text) {
        init_text_layers(t, f);
        if (is_wide(f))
            init_hidden(t, hidden(f->width + 64, 128), "what both say together");
        init_output(t, f);
    } else if (f->whole && f->whole->meaning == AD_MEANS_SOUND)
        init_sound_model(t, f);
    else if (f->whole)
        add_picture_model(t, f);
    else
        add_table_model(t, f);
}

/* ---------------------------------------------------------------- training */

static void add_optimizer(text_buffer *t, const init_facts *f)
{
    int64_t rows = init_examples(f);
    if (f->text && !init_is_mixed(f))
        init_line(t, "does well on texts", "  optimizer: {method: adam, rate: %s}",
                  init_is_language(f) || init_is_rewriting(f) ? "2e-3" : "1e-3");
    else if (!f->whole && rows < FEW_ROWS)
        init_line(t, "a linear model takes large steps", "  optimizer: {method: adam, rate: 1e-2}");
    else if (!f->whole && rows < SMALL_TABLE)
        init_line(t, "few rows: weights are drawn to 0",
                  "  optimizer: {method: adamw, rate: 3e-3, decay: 0.01}");
    else
        init_line(t, "does well nearly everywhere", "  optimizer: {method: adam, rate: 1e-3}");
}

/* A class of few examples is seldom learned; drawing it more often is for the user to choose. */
static void add_balance(text_buffer *t, const init_facts *f)
{
    if (f->classes < 2 || f->rarest == 0 || f->rarest * f->classes * 5 >= f->train)
        return;
    text_add_format(t,
                    "  # the rarest class has %lld of %lld examples; to draw each class equally "
                    "often: balance: true\n",
                    (long long)f->rarest, (long long)f->train);
}

void init_train(text_buffer *t, const init_facts *f)
{
    char why[120];
    int64_t examples = init_examples(f), batch = batch_of(examples), epochs = epochs_of(examples);
    int64_t steps = (examples + batch - 1) / batch;
    text_add(t, "train:\n");
    snprintf(why, sizeof why, "%lld steps an epoch: some %lld in all", (long long)steps,
             (long long)(steps * epochs));
    init_line(t, why, "  epochs: %lld", (long long)epochs);
    snprintf(why, sizeof why, "by %s %lld examples: small for few",
             f->schema->running && f->bytes ? "some" : "the", (long long)examples);
    init_line(t, why, "  batch: %lld", (long long)batch);
    add_optimizer(t, f);
    if (f->time)
        init_line(t, "to nothing at the end: a forecast is all the better for it",
                  "  schedule: {method: cosine}");
    add_balance(t, f);
    if (f->validation_share > 0 || f->validation)
        init_line(t, "ends when the validation loss has not fallen for so long",
                  "  early_stopping: {patience: %lld}",
                  (long long)(epochs / 5 > 5 ? epochs / 5 : 5));
}
