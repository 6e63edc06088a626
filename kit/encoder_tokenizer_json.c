/* The encoder by a tokenizer.json of Hugging Face's tokenizers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text_file.h"
#include "tokenizer_use.h"

static const ad_option options[] = {{.name = "path",
                                     .type = AD_OPTION_PATH,
                                     .required = true,
                                     .offset = offsetof(ad_text_options, path),
                                     .also = "file tokenizer tokenizer_file pretrained",
                                     .help = "the file, such as tokenizer.json"},
                                    TEXT_ROW_LENGTH,
                                    TEXT_ROW_MOST,
                                    TEXT_ROW_WRAP,
                                    TEXT_ROW_PAIR};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

/* Takes text over. */
static ad_status of_text(const char *name, char *text, text_frame frame, void **fitted)
{
    tokenizer_use *u = calloc(1, sizeof *u);
    if (!u) {
        free(text);
        return message_no_memory();
    }
    u->json = text, u->frame = frame;
    ad_status status = tokenizer_read(name, text, strlen(text), &u->t);
    if (status == AD_OK)
        *fitted = u;
    else
        tokenizer_use_free(u);
    return status;
}

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    const ad_text_options *o = given;
    text_file *file;
    (void)about, (void)train, (void)field;
    if (!o->path)
        return message_fail(AD_ERROR_ARGUMENT, "tokenizer_json: no file is given\n  path: "
                                               "tokenizer.json\n");
    ad_status status = text_file_open(o->path, &file);
    if (status != AD_OK)
        return status;
    char *text = text_copy_bytes(file->bytes, file->size);
    status = text ? of_text(file->name, text, tokenizer_use_frame(o), fitted) : message_no_memory();
    text_file_free(file);
    return status;
}

static char *text(const void *fitted)
{
    const tokenizer_use *u = fitted;
    text_buffer t = {0};
    text_frame_write(&t, &u->frame);
    text_add(&t, u->json);
    char *made = text_take(&t);
    if (!made)
        message_no_memory();
    return made;
}

static ad_status read(const char *words, size_t size, void **fitted)
{
    text_frame frame;
    const char *end = words + size, *at = text_frame_read(words, end, &frame);
    char *copy = at ? text_copy_bytes(at, (size_t)(end - at)) : NULL;
    if (!at)
        return message_fail(AD_ERROR_FORMAT, "this is no text of the encoder tokenizer_json\n"
                                             "  give what ad_encoder_text wrote\n");
    return copy ? of_text("the stored tokenizer", copy, frame, fitted) : message_no_memory();
}

const ad_encoder_record encoder_tokenizer_json = {
    .record = {.name = "tokenizer_json",
               .also = "huggingface hf tokenizers tokenizer pretrained",
               .help = "as a tokenizer.json of Hugging Face's tokenizers says: BPE or WordPiece",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .fit = fit,
    .about = tokenizer_use_about,
    .encode = tokenizer_use_encode,
    .decode = tokenizer_use_decode,
    .special = tokenizer_use_special,
    .text = text,
    .read = read,
    .free = tokenizer_use_free,
};
