/* Answers of a model of a text: gaps that are filled, and how likely a text is.
 *
 * Texts longer than the window are read by windows that overlap by half, so that all tokens but the
 * first ones have half a window before them. */
#include "answer_tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer_parts.h"
#include "encoder.h"
#include "message.h"
#include "run.h"

static const char gap_words[] = "[MASK]";

void tokens_begin(tokens_text *t, ad_model *model, const ad_answer_options *o, text_buffer *text,
                  bool files)
{
    const ad_run_data *about = ad_model_about(model);
    *t = (tokens_text){.text = text, .model = model, .about = about, .o = o, .files = files};
    t->encoder = run_encoder(about, about->input[0].name);
    t->classes = ad_model_width(model);
    t->top = o->top > 0 ? o->top : TOKENS_TOP;
    t->top = t->top < t->classes ? t->top : t->classes;
    t->masked = strcmp(about->task->record.name, "masked_language_model") == 0;
}

static void forget(tokens_text *t)
{
    free(t->all.token);
    free(t->bits);
    free(t->likely);
    free(t->chance);
    t->all = (run_tokens){.count = 0};
    t->likely = NULL;
    t->bits = t->chance = NULL;
    t->unknown = t->gaps = 0;
}

void tokens_done(tokens_text *t)
{
    forget(t);
}

/* ---------------------------------------------------------------- tokens of a text */

static int32_t special(const tokens_text *t, ad_special which)
{
    return ad_encoder_special(t->encoder, which);
}

static bool ends_text(const tokens_text *t, int32_t token)
{
    return token >= 0 &&
           (token == special(t, AD_SPECIAL_END) || token == special(t, AD_SPECIAL_SEPARATOR));
}

/* A piece between gaps: what an encoder puts around a text stands at the text's ends alone. */
static ad_status add_piece(tokens_text *t, const char *text, int64_t size, bool first, bool last)
{
    void *list = NULL;
    int64_t count = 0;
    ad_status status = ad_encoder_encode(t->encoder, text, size, &list, &count);
    const int32_t *from = list;
    int32_t begin = special(t, AD_SPECIAL_BEGIN);
    if (status == AD_OK && !first && count > 0 && begin >= 0 && from[0] == begin)
        from++, count--;
    if (status == AD_OK && !last && count > 0 && ends_text(t, from[count - 1]))
        count--;
    if (status == AD_OK && !run_tokens_add(&t->all, from, count))
        status = message_no_memory();
    free(list);
    return status;
}

/* Where a blank is no token of its own it belongs to the token behind it, which is the hidden one.
 */
static bool blanks_are_tokens(const tokens_text *t)
{
    const char *name = ad_encoder_kind(t->encoder)->record.name;
    return strcmp(name, "characters") == 0 || strcmp(name, "bytes") == 0;
}

static const char *find_gap(const char *text, const char *end)
{
    size_t size = sizeof gap_words - 1;
    for (; text + size <= end; text++)
        if (memcmp(text, gap_words, size) == 0)
            return text;
    return NULL;
}

static ad_status encode_with_gaps(tokens_text *t, const char *text, int64_t size)
{
    const char *end = text + size, *from = text, *gap;
    int32_t mask = special(t, AD_SPECIAL_MASK);
    ad_status status = AD_OK;
    while (status == AD_OK && (gap = find_gap(from, end))) {
        bool blank = gap > from && gap[-1] == ' ' && !blanks_are_tokens(t);
        status = add_piece(t, from, gap - from - blank, from == text, false);
        if (status == AD_OK && !run_tokens_add(&t->all, &mask, 1))
            status = message_no_memory();
        from = gap + sizeof gap_words - 1;
    }
    return status == AD_OK ? add_piece(t, from, end - from, from == text, true) : status;
}

/* As a language model writes it: a document stands between its ends. */
static ad_status encode_whole(tokens_text *t, const char *text, int64_t size)
{
    int32_t end = special(t, AD_SPECIAL_END), none = special(t, AD_SPECIAL_PADDING);
    int32_t begin = special(t, AD_SPECIAL_BEGIN);
    end = end >= 0 ? end : none >= 0 ? none : 0;
    begin = begin >= 0 ? begin : end;
    bool document = !t->about->schema->running;
    if (document && !run_tokens_add(&t->all, &begin, 1))
        return message_no_memory();
    ad_status status = add_piece(t, text, size, !document, !document);
    if (status == AD_OK && document && !run_tokens_add(&t->all, &end, 1))
        status = message_no_memory();
    return status;
}

static void count_unknown(tokens_text *t)
{
    int32_t unknown = special(t, AD_SPECIAL_UNKNOWN);
    for (int64_t i = 0; unknown >= 0 && i < t->all.count; i++)
        t->unknown += t->all.token[i] == unknown;
}

/* ---------------------------------------------------------------- what the model says */

/* The likeliest of chances (classes) as the next gap. */
static bool add_gap(tokens_text *t, const float *chance)
{
    size_t count = (size_t)((t->gaps + 1) * t->top);
    int32_t *likely = realloc(t->likely, count * sizeof *likely);
    t->likely = likely ? likely : t->likely;
    float *value = likely ? realloc(t->chance, count * sizeof *value) : NULL;
    t->chance = value ? value : t->chance;
    if (!value)
        return false;
    likely += t->gaps * t->top, value += t->gaps * t->top;
    answer_rank(chance, t->classes, t->top, likely);
    for (int64_t k = 0; k < t->top; k++)
        value[k] = chance[likely[k]];
    t->gaps++;
    return true;
}

/* Steps from to to - 1 of a window that begins with token `first`. */
static bool take_steps(tokens_text *t, const float *chance, int64_t first, int64_t from, int64_t to)
{
    int32_t mask = special(t, AD_SPECIAL_MASK);
    bool good = true;
    for (int64_t i = from; good && i < to; i++) {
        const float *of = chance + i * t->classes;
        int64_t at = first + i, next = at + 1;
        if (t->masked)
            good = t->all.token[at] != mask || add_gap(t, of);
        else if (next < t->all.count && t->all.token[next] < t->classes)
            t->bits[next] = -log2f(of[t->all.token[next]]);
        else if (t->about->schema->running)
            good = add_gap(t, of);
        /* what follows a document that has not ended yet */
        if (!t->masked && !t->about->schema->running && next == t->all.count - 1)
            good = add_gap(t, of);
    }
    return good;
}

static ad_status run_windows_of(tokens_text *t)
{
    int64_t window = t->about->window > 0 ? t->about->window : t->all.count, done = 0;
    int64_t count =
        t->all.count - (!t->masked && !t->about->schema->running); /* the end is no input */
    for (int64_t first = 0; done < count;) {
        int64_t size = count - first < window ? count - first : window;
        const float *chance = NULL;
        ad_status status = model_run_steps(t->model, t->all.token + first, size, &chance);
        if (status == AD_OK && !take_steps(t, chance, first, done - first, size))
            status = message_no_memory();
        if (status != AD_OK)
            return status;
        done = first + size;
        int64_t back = window / 2 < 1 ? 0 : window / 2;
        first = done - back > first ? done - back : done;
    }
    return AD_OK;
}

static ad_status ask_text(tokens_text *t, const char *text, int64_t size)
{
    ad_status status = t->masked ? encode_with_gaps(t, text, size) : encode_whole(t, text, size);
    int32_t mask = special(t, AD_SPECIAL_MASK);
    int64_t gaps = 0;
    for (int64_t i = 0; i < t->all.count; i++)
        gaps += t->all.token[i] == mask;
    if (status == AD_OK && t->masked && gaps == 0)
        return message_fail(AD_ERROR_ARGUMENT,
                            "no token is hidden\n  write [MASK] in the place of each that the "
                            "model is to guess\n");
    if (status == AD_OK && t->all.count == 0)
        return message_fail(AD_ERROR_ARGUMENT, "the text is empty\n  leave the line out\n");
    t->bits = malloc((size_t)(t->all.count + 1) * sizeof *t->bits);
    for (int64_t i = 0; t->bits && i < t->all.count; i++)
        t->bits[i] = NAN;
    count_unknown(t);
    if (status == AD_OK && !t->bits)
        status = message_no_memory();
    return status == AD_OK ? run_windows_of(t) : status;
}

ad_status tokens_ask(tokens_text *t, ad_source *source, int64_t i)
{
    text_reader r = {.source = NULL};
    const char *text = NULL;
    int64_t size = 0;
    forget(t);
    ad_status status =
        text_reader_begin(&r, source, ad_source_find(source, t->about->input[0].name));
    if (status == AD_OK)
        status = text_reader_read(&r, i, &text, &size);
    if (status == AD_OK)
        status = ask_text(t, text, size);
    text_reader_done(&r);
    return status;
}

/* ---------------------------------------------------------------- as text */

/* The letters of a token, by malloc; of one that stands for none its name. */
static char *letters(const tokens_text *t, int32_t token)
{
    static const char *const names[] = {"[padding]", "[unknown]",   "[begin]",
                                        "[end]",     "[separator]", "[mask]"};
    bool ends = !t->about->schema->running && !t->masked && token == t->all.token[t->all.count - 1];
    for (int i = AD_SPECIAL_MASK; i >= 0; i--)
        if (token == special(t, (ad_special)i))
            return text_copy(ends && i == AD_SPECIAL_PADDING ? "[end]" : names[i]);
    return ad_encoder_decode(t->encoder, &token, 1);
}

static void add_letters(const tokens_text *t, int32_t token, bool csv)
{
    char *words = letters(t, token);
    size_t size = words ? strlen(words) : 0;
    t->text->failed = t->text->failed || !words;
    if (csv)
        text_add_csv(t->text, words ? words : "", size);
    else
        text_add_json(t->text, words ? words : "", size);
    free(words);
}

static double all_bits(const tokens_text *t, int64_t *counted)
{
    double sum = 0;
    *counted = 0;
    for (int64_t i = 0; i < t->all.count; i++)
        if (!isnan(t->bits[i]))
            sum += (double)t->bits[i], ++*counted;
    return sum;
}

/* ---- CSV */

void tokens_head(const tokens_text *t)
{
    text_add(t->text, t->files ? "file,row," : "row,");
    text_add(t->text, t->masked ? "gap,token,chance" : "tokens,bits,perplexity,token,chance");
    for (int64_t k = 1; k < t->top; k++)
        text_add_format(t->text, ",token_%lld,chance_%lld", (long long)k + 1, (long long)k + 1);
    text_add(t->text, ",unknown,error\n");
}

static void csv_place(const tokens_text *t, const char *file, int64_t row)
{
    answer_place(t->text, t->files, file, row);
    text_add(t->text, ",");
}

static void csv_gap(const tokens_text *t, int64_t gap)
{
    int64_t counted = 0;
    double bits = t->masked ? 0 : all_bits(t, &counted);
    if (t->masked)
        text_add_format(t->text, "%lld", (long long)gap + 1);
    else if (counted)
        text_add_format(t->text, "%lld,%.9g,%.9g", (long long)counted, bits,
                        exp2(bits / (double)counted));
    else
        text_add(t->text, "0,0,");
    for (int64_t k = 0; k < t->top; k++) {
        text_add(t->text, ",");
        add_letters(t, t->likely[gap * t->top + k], true);
        text_add_format(t->text, ",%.9g", (double)t->chance[gap * t->top + k]);
    }
    text_add_format(t->text, ",%lld,\n", (long long)t->unknown);
}

static void csv_rows(const tokens_text *t, const char *file, int64_t row, const char *error)
{
    for (int64_t g = 0; !error && g < t->gaps; g++) {
        csv_place(t, file, row);
        csv_gap(t, g);
    }
    if (!error)
        return;
    csv_place(t, file, row);
    for (int64_t k = 0; k < 2 * t->top + (t->masked ? 2 : 4); k++)
        text_add(t->text, ",");
    text_add_csv(t->text, error, strcspn(error, "\n"));
    text_add(t->text, "\n");
}

/* ---- JSON */

static void json_gap(const tokens_text *t, int64_t gap)
{
    text_add(t->text, "[");
    for (int64_t k = 0; k < t->top; k++) {
        text_add(t->text, k ? ", {\"token\": " : "{\"token\": ");
        add_letters(t, t->likely[gap * t->top + k], false);
        text_add_format(t->text, ", \"chance\": %.9g}", (double)t->chance[gap * t->top + k]);
    }
    text_add(t->text, "]");
}

static void json_surprise(const tokens_text *t)
{
    int64_t counted, told = 0;
    double bits = all_bits(t, &counted);
    text_add_format(t->text, "\"tokens\": %lld, \"bits\": %.9g, ", (long long)counted, bits);
    if (counted)
        text_add_format(t->text, "\"perplexity\": %.9g, ", exp2(bits / (double)counted));
    text_add(t->text, "\"surprise\": [");
    for (int64_t i = 0; i < t->all.count; i++) {
        if (isnan(t->bits[i]))
            continue;
        text_add(t->text, told++ ? ", {\"token\": " : "{\"token\": ");
        add_letters(t, t->all.token[i], false);
        if (isfinite(t->bits[i]))
            text_add_format(t->text, ", \"bits\": %.9g}", (double)t->bits[i]);
        else
            text_add(t->text, ", \"bits\": null}");
    }
    text_add(t->text, "], \"next\": ");
}

static void json_rows(const tokens_text *t, const char *file, int64_t row, const char *error)
{
    text_add(t->text, "{\"file\": ");
    text_add_json(t->text, file, strlen(file));
    if (row)
        text_add_format(t->text, ", \"row\": %lld", (long long)row);
    text_add(t->text, error ? ", \"error\": " : ", ");
    if (error)
        text_add_json(t->text, error, strcspn(error, "\n"));
    else if (t->masked)
        text_add(t->text, "\"gaps\": [");
    else
        json_surprise(t);
    for (int64_t g = 0; !error && g < t->gaps; g++) {
        text_add(t->text, g ? ", " : "");
        json_gap(t, g);
    }
    text_add(t->text, !error && t->masked ? "]" : "");
    if (!error && t->unknown)
        text_add_format(t->text, ", \"unknown\": %lld", (long long)t->unknown);
    text_add(t->text, "}\n");
}

/* ---- for a person */

static void table_gap(const tokens_text *t, int64_t gap)
{
    for (int64_t k = 0; k < t->top; k++) {
        text_add(t->text, k ? ", " : "  ");
        add_letters(t, t->likely[gap * t->top + k], false);
        text_add_format(t->text, " %.1f %%", 100 * (double)t->chance[gap * t->top + k]);
    }
}

static void table_surprise(const tokens_text *t)
{
    int64_t counted;
    double bits = all_bits(t, &counted);
    text_add_format(t->text, "  %lld token%s", (long long)counted, counted == 1 ? "" : "s");
    if (counted)
        text_add_format(t->text, ", %.3g bits a token (perplexity %.4g)", bits / (double)counted,
                        exp2(bits / (double)counted));
    for (int64_t i = 0; t->o->all && i < t->all.count; i++) {
        if (isnan(t->bits[i]))
            continue;
        text_add(t->text, "\n    ");
        add_letters(t, t->all.token[i], false);
        text_add_format(t->text, " %.2f bits", (double)t->bits[i]);
    }
    text_add(t->text, t->o->all ? "\n    next:" : "; next:");
}

static void table_rows(const tokens_text *t, const char *file, int64_t row, const char *error)
{
    text_add(t->text, t->files || !row ? file : "");
    if (row)
        text_add_format(t->text, "%s%lld", t->files ? ":" : "", (long long)row);
    if (error)
        text_add(t->text, "  no answer");
    else if (!t->masked)
        table_surprise(t);
    for (int64_t g = 0; !error && g < t->gaps; g++) {
        text_add(t->text, t->gaps > 1 ? "\n  " : "");
        table_gap(t, g);
    }
    if (!error && t->unknown)
        text_add_format(t->text, "  (%lld token%s that the model has never seen)",
                        (long long)t->unknown, t->unknown == 1 ? "" : "s");
    text_add(t->text, "\n");
}

void tokens_rows(const tokens_text *t, const char *file, int64_t row, const char *error)
{
    static void (*const ways[])(const tokens_text *, const char *, int64_t, const char *) = {
        [AD_ANSWER_TABLE] = table_rows, [AD_ANSWER_CSV] = csv_rows, [AD_ANSWER_JSON] = json_rows};
    ways[t->o->format](t, file, row, error);
}
