/* The encoder of characters: code points. */
#include "encoder_listed.h"
#include "unicode.h"

static const ad_option options[] = {
    TEXT_ROW_LENGTH, TEXT_ROW_MOST,    TEXT_ROW_LOWER, TEXT_ROW_VOCABULARY("no limit"),
    TEXT_ROW_LEAST,  TEXT_ROW_SPECIAL, TEXT_ROW_WRAP,  TEXT_ROW_FROM,
    TEXT_ROW_PAIR};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

static const char *next(const char *p, const char *end, const char **from)
{
    int length;
    if (p >= end)
        return NULL;
    *from = p;
    unicode_at(p, end, &length);
    return p + length;
}

static const listed_kind kind = {.name = "characters", .next = next, .joined = ""};

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    (void)about;
    return listed_fit(&kind, given, train, field, fitted);
}

static ad_status read(const char *text, size_t size, void **fitted)
{
    return listed_read(&kind, text, size, fitted);
}

const ad_encoder_record encoder_characters = {
    .record = {.name = "characters",
               .also = "character chars char letters codepoints unicode",
               .help = "a token for each character of the training part",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .letters = true,
    .fit = fit,
    .about = listed_about,
    .encode = listed_encode,
    .decode = listed_decode,
    .special = listed_special,
    .text = listed_text,
    .read = read,
    .free = listed_free,
};
