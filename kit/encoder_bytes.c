/* The encoder of texts that learns nothing: a token for each byte. */
#include <adze/encode.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "message.h"

enum { CLASSES = 257 };

static const ad_option options[] = {TEXT_ROW_LENGTH, TEXT_ROW_MOST};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    (void)about, (void)train, (void)field;
    const ad_text_options *o = given;
    text_cut *cut = malloc(sizeof *cut);
    if (!cut)
        return message_no_memory();
    *cut = text_cut_of(o);
    *fitted = cut;
    return AD_OK;
}

static void about(const void *fitted, ad_encoded *is)
{
    const text_cut *cut = fitted;
    *is = (ad_encoded){.type = AD_I32, .steps = text_cut_steps(cut), .classes = CLASSES};
}

static ad_status encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps)
{
    const unsigned char *byte = in;
    *steps = text_cut_most(fitted, size);
    int32_t *token = malloc((size_t)*steps * sizeof *token + 1);
    if (!token)
        return message_no_memory();
    for (int64_t i = 0; i < *steps; i++)
        token[i] = 1 + byte[i];
    *out = token;
    return AD_OK;
}

static char *decode(const void *fitted, const int32_t *token, int64_t count)
{
    (void)fitted;
    char *text = malloc((size_t)count + 1);
    int64_t size = 0;
    for (int64_t i = 0; text && i < count; i++)
        if (token[i] > 0 && token[i] < CLASSES)
            text[size++] = (char)(token[i] - 1);
    if (text)
        text[size] = 0;
    else
        message_no_memory();
    return text;
}

static ad_status read(const char *text, size_t size, void **fitted)
{
    text_cut *cut = malloc(sizeof *cut);
    if (!cut)
        return message_no_memory();
    const char *end = text_cut_read(text, size, cut);
    if (end != text + size) {
        free(cut);
        return message_fail(AD_ERROR_FORMAT, "this is no text of the encoder bytes\n  give what "
                                             "ad_encoder_text wrote\n");
    }
    *fitted = cut;
    return AD_OK;
}

static char *text(const void *fitted)
{
    return text_cut_text(fitted);
}

const ad_encoder_record encoder_bytes = {
    .record = {.name = "bytes",
               .also = "byte utf8 raw",
               .help = "a token for each byte of the UTF-8",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .fit = fit,
    .about = about,
    .encode = encode,
    .decode = decode,
    .text = text,
    .read = read,
    .free = free,
};
