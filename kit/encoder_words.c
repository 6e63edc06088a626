/* The encoder of words. */
#include <stdlib.h>
#include <string.h>

#include "encoder_listed.h"
#include "message.h"
#include "text_tagged.h"
#include "unicode.h"

static const ad_option options[] = {
    TEXT_ROW_LENGTH,
    TEXT_ROW_MOST,
    TEXT_ROW_LOWER,
    TEXT_ROW_VOCABULARY("20,000"),
    TEXT_ROW_LEAST,
    TEXT_ROW_SPECIAL,
    TEXT_ROW_WRAP,
    TEXT_ROW_FROM,
    TEXT_ROW_PAIR,
    {.name = "cut",
     .type = AD_OPTION_WORD,
     .words = "auto punctuation blanks",
     .offset = offsetof(ad_text_options, cut),
     .also = "split pretokenizer standardize",
     .help = "where words end; auto: of task tagging at blanks, else at punctuation too"}};
static const ad_text_options initial = AD_OPTIONS_INIT(ad_text_options);

static bool in_words(unsigned code)
{
    unicode_kind kind = unicode_kind_of(code);
    return kind == UNICODE_LETTER || kind == UNICODE_MARK || kind == UNICODE_NUMBER || code == '_';
}

static bool is_apostrophe(unsigned code)
{
    return code == '\'' || code == 0x2019;
}

/* The end of a word that begins at p: apostrophes belong to it where a word goes on behind. */
static const char *end_of_word(const char *p, const char *end)
{
    int length, more;
    while (p < end) {
        unsigned code = unicode_at(p, end, &length);
        bool inside = in_words(code);
        if (is_apostrophe(code) && p + length < end)
            inside = in_words(unicode_at(p + length, end, &more));
        if (!inside)
            break;
        p += length;
    }
    return p;
}

static const char *next(const char *p, const char *end, const char **from)
{
    int length;
    for (; p < end; p += length) {
        unsigned code = unicode_at(p, end, &length);
        if (unicode_kind_of(code) == UNICODE_SPACE)
            continue;
        *from = p;
        return in_words(code) ? end_of_word(p, end) : p + length;
    }
    return NULL;
}

static const listed_kind kind = {
    .name = "words", .next = next, .most = 20000, .joined = " ", .far = true};

static const listed_kind at_blanks = {
    .name = "words", .next = tagged_next, .most = 20000, .joined = " ", .far = true};

static ad_status fit(const void *given, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted)
{
    (void)about;
    bool blanks = ((const ad_text_options *)given)->cut == AD_CUT_BLANKS;
    return listed_fit(blanks ? &at_blanks : &kind, given, train, field, fitted);
}

static const char cut_line[] = "cut blanks\n";

static char *text(const void *fitted)
{
    char *list = listed_text(fitted);
    if (!list || ((const listed *)fitted)->kind != &at_blanks)
        return list;
    char *whole = text_format("%s%s", cut_line, list);
    free(list);
    if (!whole)
        message_no_memory();
    return whole;
}

static ad_status read(const char *text, size_t size, void **fitted)
{
    size_t line = sizeof cut_line - 1;
    bool blanks = size >= line && memcmp(text, cut_line, line) == 0;
    return blanks ? listed_read(&at_blanks, text + line, size - line, fitted)
                  : listed_read(&kind, text, size, fitted);
}

const ad_encoder_record encoder_words = {
    .record = {.name = "words",
               .also = "word tokens whitespace basic_english textvectorization",
               .help = "a token for each word of the training part, the frequent ones first",
               AD_RECORD_OPTIONS(options, initial)},
    .takes = AD_MEANS_TEXT,
    .fit = fit,
    .about = listed_about,
    .encode = listed_encode,
    .decode = listed_decode,
    .special = listed_special,
    .text = text,
    .read = read,
    .free = listed_free,
};
