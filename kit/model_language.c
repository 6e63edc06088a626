/* A stored language model that writes: token after token, each drawn from the chances that the
 * model gives to what may follow. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "text.h"

typedef struct writing {
    ad_model *model;
    const ad_run_data *data;
    const ad_encoder *encoder;
    const ad_write_options *o;
    int32_t *token;        /* the start and what was written */
    int64_t tokens, begun; /* begun: those before the text, which are no text */
    float *chance;
    int64_t classes;
} writing;

/* ---------------------------------------------------------------- what may follow */

/* The chance that `top` tokens have at least: those below it are not drawn. */
static float least_of(const writing *w, int64_t top, float *sorted)
{
    int64_t count = 0;
    for (int64_t i = 0; i < w->classes; i++) { /* the largest `top`, in falling order */
        int64_t at = count < top ? count++ : count;
        if (at == top && w->chance[i] <= sorted[top - 1])
            continue;
        at = at == top ? top - 1 : at;
        for (; at > 0 && sorted[at - 1] < w->chance[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = w->chance[i];
    }
    return count ? sorted[count - 1] : 0;
}

/* The token that ends a document; -1: texts of this kind do not end. */
static int32_t end_of(const writing *w)
{
    if (w->data->schema->running)
        return -1;
    int32_t end = ad_encoder_special(w->encoder, AD_SPECIAL_END);
    int32_t none = ad_encoder_special(w->encoder, AD_SPECIAL_PADDING);
    return end >= 0 ? end : none >= 0 ? none : 0;
}

/* What stands for no letters is not drawn, but for the end. */
static void hide_special(const writing *w)
{
    static const ad_special list[] = {AD_SPECIAL_PADDING,   AD_SPECIAL_UNKNOWN, AD_SPECIAL_BEGIN,
                                      AD_SPECIAL_SEPARATOR, AD_SPECIAL_MASK,    AD_SPECIAL_END};
    int32_t end = end_of(w);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        int32_t token = ad_encoder_special(w->encoder, list[i]);
        if (token >= 0 && token < w->classes && token != end)
            w->chance[token] = 0;
    }
}

/* One of the tokens, by chance^(1 / temperature) among the `top` likeliest; of equal chances at the
 * edge the ones with lower numbers. */
static int32_t draw(const writing *w, float *sorted, int64_t number)
{
    const uint64_t key[2] = {w->o->seed, (uint64_t)number};
    int64_t top = w->o->top > 0 && w->o->top < w->classes ? w->o->top : w->classes, left = top;
    double heat = w->o->temperature > 0 ? w->o->temperature : 1, sum = 0;
    float least = least_of(w, top, sorted), most = sorted[0];
    for (int64_t i = 0; i < w->classes; i++)
        left -= w->chance[i] > least;
    for (int64_t i = 0; i < w->classes; i++) {
        bool in = w->chance[i] > least || (w->chance[i] == least && left-- > 0);
        w->chance[i] = in && w->chance[i] > 0
                           ? (float)exp(log((double)w->chance[i] / (double)most) / heat)
                           : 0;
        sum += (double)w->chance[i];
    }
    double at = ad_random_at(key, 0) * sum;
    int32_t drawn = 0;
    for (int64_t i = 0; i < w->classes; i++) {
        if (!(w->chance[i] > 0))
            continue;
        drawn = (int32_t)i;
        at -= (double)w->chance[i];
        if (at < 0)
            break;
    }
    return drawn;
}

/* ---------------------------------------------------------------- writing */

/* Goes on until .length tokens are written, or the text ends. */
static ad_status write_on(writing *w, int64_t length)
{
    float *sorted = malloc((size_t)w->classes * sizeof *sorted);
    ad_status status = sorted ? AD_OK : no_memory();
    int32_t end = end_of(w);
    for (int64_t i = 0; i < length && status == AD_OK; i++) {
        int64_t seen = w->tokens < w->data->window ? w->tokens : w->data->window;
        status = model_run_tokens(w->model, w->token + w->tokens - seen, seen, w->chance);
        if (status != AD_OK)
            break;
        hide_special(w);
        int32_t next = draw(w, sorted, i);
        if (next == end)
            break;
        w->token[w->tokens++] = next;
    }
    free(sorted);
    return status;
}

static bool has_unknown(const writing *w, const int32_t *token, int64_t count)
{
    int32_t unknown = ad_encoder_special(w->encoder, AD_SPECIAL_UNKNOWN);
    for (int64_t i = 0; unknown >= 0 && i < count; i++)
        if (token[i] == unknown)
            return true;
    return false;
}

/* Letters of one character of UTF-8, or of a word. */
static size_t piece_of(const writing *w, const char *text)
{
    size_t size = 1;
    if (strcmp(ad_encoder_kind(w->encoder)->record.name, "characters") != 0)
        return strcspn(text, " \n") ? strcspn(text, " \n") : 1;
    while (((unsigned char)text[size] & 0xC0) == 0x80)
        size++;
    return size;
}

/* What the model has never seen it cannot go on from: the first such piece is named. */
static ad_status check_known(const writing *w, const char *text, const int32_t *token,
                             int64_t count)
{
    bool found = false;
    size_t size = 0;
    if (!has_unknown(w, token, count))
        return AD_OK;
    for (; !found && *text; text += found ? 0 : size) {
        void *list = NULL;
        int64_t steps = 0;
        size = piece_of(w, text);
        if (ad_encoder_encode(w->encoder, text, (int64_t)size, &list, &steps) == AD_OK)
            found = has_unknown(w, list, steps);
        free(list);
    }
    return run_fail(AD_RUN_BAD_DATA, AD_ERROR_ARGUMENT,
                    "the start has '%.*s', which no text of the training part had\n  begin with "
                    "what is in the data\n",
                    found ? (int)size : 1, found ? text : "?");
}

/* The begin of a document, and the text to go on with. */
static ad_status start(writing *w, int64_t length)
{
    const char *text = w->o->start ? w->o->start : w->data->schema->running ? "\n" : "";
    void *list = NULL;
    int64_t count = 0;
    ad_status status = ad_encoder_encode(w->encoder, text, (int64_t)strlen(text), &list, &count);
    if (status != AD_OK)
        return run_failed(AD_RUN_BAD_DATA, status);
    status = check_known(w, text, list, count);
    if (status != AD_OK) {
        free(list);
        return status;
    }
    w->token = malloc((size_t)(count + length + 1) * sizeof *w->token);
    w->chance = malloc((size_t)w->classes * sizeof *w->chance);
    if (!w->token || !w->chance) {
        free(list);
        return no_memory();
    }
    int32_t begin = ad_encoder_special(w->encoder, AD_SPECIAL_BEGIN), end = end_of(w);
    begin = begin >= 0 ? begin : end;
    const int32_t *from = list;
    if (!w->data->schema->running) { /* an encoder may have put both ends there */
        bool begins = count > 0 && from[0] == begin;
        from += begins;
        count -= begins;
        count -= count > 0 && from[count - 1] == end;
        w->token[w->tokens++] = begin;
        w->begun = 1;
    }
    if (count > 0)
        memcpy(w->token + w->tokens, from, (size_t)count * sizeof *w->token);
    w->tokens += count;
    free(list);
    return AD_OK;
}

static ad_status check(const ad_run_data *data, const ad_write_options *o)
{
    if (!data->task->of_text || strcmp(data->task->record.name, "language_model") != 0)
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_UNSUPPORTED,
                        "a model of the task %s writes no text\n  ask it about data: `adze "
                        "predict`\n",
                        data->task->record.name);
    if (o->length < 0 || o->length > 1 << 24 || o->top < 0 || !(o->temperature >= 0))
        return run_fail(AD_RUN_BAD_CONFIG, AD_ERROR_ARGUMENT,
                        "length is 0 to 16777216, top and temperature are 0 or more\n");
    return AD_OK;
}

ad_status ad_model_write(ad_model *model, const ad_write_options *options, char **text)
{
    const ad_run_data *data = ad_model_about(model);
    ad_write_options o = options ? *options : (ad_write_options){0};
    int64_t length = o.length ? o.length : 500;
    *text = NULL;
    ad_status status = check(data, &o);
    if (status != AD_OK)
        return status;
    writing w = {.model = model,
                 .data = data,
                 .encoder = run_encoder(data, data->input[0].name),
                 .o = &o,
                 .classes = ad_model_width(model)};
    if (!w.encoder)
        return run_fail(AD_RUN_DAMAGED, AD_ERROR_FORMAT, "the model has no encoder\n");
    status = start(&w, length);
    if (status == AD_OK)
        status = write_on(&w, length);
    if (status == AD_OK)
        *text = ad_encoder_decode(w.encoder, w.token + w.begun, w.tokens - w.begun);
    if (status == AD_OK && !*text)
        status = run_failed(AD_RUN_NO_FAULT, AD_ERROR_MEMORY);
    free(w.token);
    free(w.chance);
    return status;
}
