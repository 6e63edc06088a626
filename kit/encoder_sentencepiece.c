/* The encoder by a model of SentencePiece. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "image.h"
#include "message.h"
#include "sentencepiece.h"

typedef struct pieces {
    sentencepiece s;
    text_frame frame; /* its special tokens are those that a text may stand between */
    int32_t padding, classes;
    unsigned char *bytes; /* the file */
    size_t size;
} pieces;

static const ad_option options[] = {{.name = "path",
                                     .type = AD_OPTION_PATH,
                                     .required = true,
                                     .offset = offsetof(ad_text_options, path),
                                     .also = "file model model_file spm",
                                     .help = "the model, such as spm.model"},
                                    TEXT_ROW_LENGTH,
                                    TEXT_ROW_MOST,
                                    TEXT_ROW_WRAP,
                                    TEXT_ROW_PAIR};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

static void pieces_free(void *fitted)
{
    pieces *p = fitted;
    if (!p)
        return;
    sentencepiece_done(&p->s);
    free(p->bytes);
    free(p);
}

/* Takes the bytes over. */
static ad_status of_bytes(const char *name, unsigned char *bytes, size_t size,
                          const text_frame *frame, void **fitted)
{
    pieces *p = calloc(1, sizeof *p);
    if (!p) {
        free(bytes);
        return message_no_memory();
    }
    p->bytes = bytes, p->size = size, p->frame = *frame;
    ad_status status = sentencepiece_read(name, bytes, size, &p->s);
    if (status != AD_OK) {
        pieces_free(p);
        return status;
    }
    p->padding = p->s.padding < 0 ? p->s.list.count : p->s.padding;
    p->classes = p->s.list.count + (p->s.padding < 0);
    p->frame.special[AD_SPECIAL_BEGIN] = p->s.begin;
    p->frame.special[AD_SPECIAL_END] = p->s.end;
    *fitted = p;
    return AD_OK;
}

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    const ad_text_options *o = given;
    uint8_t *bytes;
    size_t size;
    (void)about, (void)train, (void)field;
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "sentencepiece: no file is given\n  path: "
                                               "spm.model\n");
    ad_status status = image_file(o->path, &bytes, &size);
    /* as SentencePiece, nothing stands round a text but where it is asked for */
    text_frame frame = {o->length, o->most, {0, -1, -1, -1, -1, -1}, o->wrap == AD_WRAP_YES};
    return status == AD_OK ? of_bytes(o->path, bytes, size, &frame, fitted) : status;
}

static void about(const void *fitted, ad_encoded *is)
{
    const pieces *p = fitted;
    *is = (ad_encoded){.type = AD_I32, .steps = text_frame_steps(&p->frame), .classes = p->classes};
}

static ad_status encode(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps)
{
    const pieces *p = fitted;
    token_list tokens = {0};
    if (sentencepiece_encode(&p->s, size ? in : "", (size_t)size, &tokens))
        return text_frame_put(&p->frame, tokens.token, tokens.count, out, steps);
    free(tokens.token);
    return message_no_memory();
}

static char *decode(const void *fitted, const int32_t *token, int64_t count)
{
    return sentencepiece_decode(&((const pieces *)fitted)->s, token, count);
}

static int32_t special(const void *fitted, ad_special which)
{
    const pieces *p = fitted;
    return which == AD_SPECIAL_PADDING   ? p->padding
           : which == AD_SPECIAL_UNKNOWN ? p->s.unknown
                                         : p->frame.special[which];
}

/* ---------------------------------------------------------------- as text: in base 16 */

static char *text(const void *fitted)
{
    static const char digits[] = "0123456789abcdef";
    const pieces *p = fitted;
    text_buffer t = {0};
    text_frame_write(&t, &p->frame);
    for (size_t i = 0; i < p->size && !t.failed; i++) {
        char two[2] = {digits[p->bytes[i] >> 4], digits[p->bytes[i] & 15]};
        text_add_bytes(&t, two, 2);
    }
    text_add(&t, "\n");
    char *made = text_take(&t);
    if (!made)
        message_no_memory();
    return made;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* By malloc; NULL where it is no such line. */
static unsigned char *from_digits(const char *at, const char *end, size_t *size)
{
    *size = (size_t)(end - at) / 2;
    unsigned char *bytes = malloc(*size + 1);
    bool good = bytes && (size_t)(end - at) == 2 * *size + 1 && end[-1] == '\n';
    for (size_t i = 0; good && i < *size; i++) {
        int high = digit(at[2 * i]), low = digit(at[2 * i + 1]);
        good = high >= 0 && low >= 0;
        bytes[i] = (unsigned char)(high * 16 + low);
    }
    if (good)
        return bytes;
    free(bytes);
    return NULL;
}

static ad_status read_text(const char *words, size_t length, void **fitted)
{
    text_frame frame;
    size_t size = 0;
    const char *end = words + length, *at = text_frame_read(words, end, &frame);
    unsigned char *bytes = at && at < end ? from_digits(at, end, &size) : NULL;
    if (bytes)
        return of_bytes("the stored model", bytes, size, &frame, fitted);
    return message_fail(AD_ERROR_FORMAT, "this is no text of the encoder sentencepiece\n  give "
                                         "what ad_encoder_text wrote\n");
}

const ad_encoder_record encoder_sentencepiece = {
    .record = {.name = "sentencepiece",
               .also = "spm sp unigram sentence_piece llama t5",
               .help = "as a model of SentencePiece says: unigram or byte pairs",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .fit = fit,
    .about = about,
    .encode = encode,
    .decode = decode,
    .special = special,
    .text = text,
    .read = read_text,
    .free = pieces_free,
};
