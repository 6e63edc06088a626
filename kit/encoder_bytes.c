/* The encoder of texts that learns nothing: a token for each byte. */
#include <adze/encode.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "message.h"

enum { BYTES = 257 }; /* padding, and one for each byte */

typedef struct bytes {
    text_frame frame;
    int32_t classes;
} bytes;

static const ad_option options[] = {TEXT_ROW_LENGTH, TEXT_ROW_MOST, TEXT_ROW_SPECIAL, TEXT_ROW_WRAP,
                                    TEXT_ROW_PAIR};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    (void)about, (void)train, (void)field;
    bytes *b = malloc(sizeof *b);
    if (!b)
        return message_no_memory();
    ad_status status = text_frame_of(given, -1, BYTES, &b->frame, &b->classes);
    if (status == AD_OK)
        *fitted = b;
    else
        free(b);
    return status;
}

static void about(const void *fitted, ad_encoded *is)
{
    const bytes *b = fitted;
    *is = (ad_encoded){.type = AD_I32, .steps = text_frame_steps(&b->frame), .classes = b->classes};
}

static ad_status encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps)
{
    const bytes *b = fitted;
    const unsigned char *byte = in;
    int64_t count = text_frame_most(&b->frame, size);
    int32_t *token = malloc((size_t)count * sizeof *token + 1);
    if (!token)
        return message_no_memory();
    for (int64_t i = 0; i < count; i++)
        token[i] = 1 + byte[i];
    return text_frame_put(&b->frame, token, count, out, steps);
}

static char *decode(const void *fitted, const int32_t *token, int64_t count)
{
    (void)fitted;
    char *text = malloc((size_t)count + 1);
    int64_t size = 0;
    for (int64_t i = 0; text && i < count; i++)
        if (token[i] > 0 && token[i] < BYTES)
            text[size++] = (char)(token[i] - 1);
    if (text)
        text[size] = 0;
    else
        message_no_memory();
    return text;
}

static int32_t special(const void *fitted, ad_special which)
{
    return ((const bytes *)fitted)->frame.special[which];
}

static char *text(const void *fitted)
{
    text_buffer t = {0};
    text_frame_write(&t, &((const bytes *)fitted)->frame);
    char *made = text_take(&t);
    if (!made)
        message_no_memory();
    return made;
}

static ad_status read(const char *text, size_t size, void **fitted)
{
    bytes *b = malloc(sizeof *b);
    if (!b)
        return message_no_memory();
    if (text_frame_read(text, text + size, &b->frame) != text + size ||
        !text_frame_follows(&b->frame, BYTES, &b->classes)) {
        free(b);
        return message_fail(AD_ERROR_FORMAT, "this is no text of the encoder bytes\n  give what "
                                             "ad_encoder_text wrote\n");
    }
    *fitted = b;
    return AD_OK;
}

const ad_encoder_record encoder_bytes = {
    .record = {.name = "bytes",
               .also = "byte utf8 raw",
               .help = "a token for each byte of the UTF-8",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .letters = true,
    .fit = fit,
    .about = about,
    .encode = encode,
    .decode = decode,
    .special = special,
    .text = text,
    .read = read,
    .free = free,
};
