/* What encoders of texts share: how long a text may become. */
#ifndef ADZE_KIT_ENCODER_H
#define ADZE_KIT_ENCODER_H

#include <adze/encode.h>

/* Rows of ad_text_options, for the tables of records. */
#define TEXT_ROW_LENGTH                                                                         \
    {                                                                                           \
        .name = "length", .type = AD_OPTION_WHOLE, .low = 1, .high = 1 << 24, .unit = "tokens", \
        .offset = offsetof(ad_text_options, length), .unset = "as long as each text is",        \
        .also = "max_length maxlen sequence_length seq_len pad_to",                             \
        .help = "of every text: longer ones are cut at their end, shorter ones padded"          \
    }
#define TEXT_ROW_MOST                                                                         \
    {                                                                                         \
        .name = "most", .type = AD_OPTION_WHOLE, .low = 1, .high = 1 << 24, .unit = "tokens", \
        .offset = offsetof(ad_text_options, most), .unset = "no limit",                       \
        .also = "truncate truncation max_tokens model_max_length",                            \
        .help = "longer texts are cut at their end"                                           \
    }

typedef struct text_cut {
    int64_t length, most; /* as in ad_text_options; AD_SAME: not set */
} text_cut;

text_cut text_cut_of(const ad_text_options *options);
/* For .steps of ad_encoded. */
int64_t text_cut_steps(const text_cut *cut);
/* How many of count tokens are kept. */
int64_t text_cut_most(const text_cut *cut, int64_t count);
/* One line "cut LENGTH MOST", 0 for what is not set; NULL with words. */
char *text_cut_text(const text_cut *cut);
/* Reads that line; behind it, or NULL where it is none. */
const char *text_cut_read(const char *text, size_t size, text_cut *cut);

#endif
