/* What encoders of texts share: how long a text may become. */
#ifndef ADZE_KIT_ENCODER_H
#define ADZE_KIT_ENCODER_H

#include <adze/encode.h>

#include "text.h"

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

#define TEXT_ROW_LOWER                                                                        \
    {                                                                                         \
        .name = "lower", .type = AD_OPTION_TRUTH, .offset = offsetof(ad_text_options, lower), \
        .also = "lowercase do_lower_case lower_case uncased",                                 \
        .help = "letters become small ones first"                                             \
    }
#define TEXT_ROW_VOCABULARY(words)                                                          \
    {                                                                                       \
        .name = "vocabulary", .type = AD_OPTION_WHOLE, .low = 0, .high = 1 << 24,           \
        .unit = "tokens", .offset = offsetof(ad_text_options, vocabulary),                  \
        .also = "vocab_size max_tokens max_features num_words vocab size max_vocab merges", \
        .help = "most tokens, special ones too; 0: " words                                  \
    }
#define TEXT_ROW_LEAST                                                                          \
    {                                                                                           \
        .name = "least", .type = AD_OPTION_WHOLE, .low = 1, .high = 1e9, .unit = "times",       \
        .offset = offsetof(ad_text_options, least), .also = "min_frequency min_freq min_count", \
        .help = "what is seen less often in the training part is no token"                      \
    }
#define TEXT_ROW_SPECIAL                                                                          \
    {                                                                                             \
        .name = "special", .type = AD_OPTION_NAMES, .offset = offsetof(ad_text_options, special), \
        .unset = "none", .also = "special_tokens specials bos eos",                               \
        .help = "more tokens: begin, end, separator, mask"                                        \
    }
#define TEXT_ROW_WRAP                                                                            \
    {                                                                                            \
        .name = "wrap", .type = AD_OPTION_WORD, .words = "auto no yes",                          \
        .offset = offsetof(ad_text_options, wrap), .also = "add_special_tokens add_bos",         \
        .help = "texts stand between the tokens begin and end, where there are such; auto: but " \
                "not pieces of one long text"                                                    \
    }

#define TEXT_ROW_FROM                                                                              \
    {                                                                                              \
        .name = "from", .type = AD_OPTION_PATH, .offset = offsetof(ad_text_options, from),         \
        .unset = "learned of the training part", .also = "run pretrained",                         \
        .help = "a run folder, whose vocabulary is taken as it is: what goes on from its weights " \
                "needs it"                                                                         \
    }

#define TEXT_ROW_PAIR                                                                           \
    {                                                                                           \
        .name = "pair", .type = AD_OPTION_TRUTH, .offset = offsetof(ad_text_options, pair),     \
        .also = "text_pair pairs sentence_pair",                                                \
        .help = "the data's two texts are one, a [SEP] b [SEP], and the model takes beside it " \
                "`segment`: 0 in the first, 1 in the second; most is of both"                   \
    }

/* Texts of a source, one after the other, in room of its own. */
typedef struct text_reader {
    ad_source *source;
    const ad_source_field *field;
    int fields, at, varying;
    ad_array *in;
    size_t *room;
    int64_t *length;
} text_reader;

/* Words on failure. */
ad_status text_reader_begin(text_reader *r, ad_source *source, int field);
/* Valid until the next. */
ad_status text_reader_read(text_reader *r, int64_t number, const char **text, int64_t *size);
void text_reader_done(text_reader *r);

typedef ad_status (*text_given)(void *user, const char *text, int64_t size);
/* Gives all texts of the field, in order. */
ad_status text_each(ad_source *train, int field, text_given take, void *user);

/* The tokens that stand for no letters, and how texts are cut: what encoders learned here share. */
typedef struct text_frame {
    int64_t length, most; /* as in ad_text_options; AD_SAME: not set */
    int32_t special[6];   /* by ad_special; -1: none */
    bool wrap;            /* texts stand between begin and end, where there are such */
} text_frame;

/* padding is token 0; unknown: 1, or -1; the ones asked for follow from `first` on; *next is the
 * first free one.  Words on failure. */
ad_status text_frame_of(const ad_text_options *o, int32_t unknown, int32_t first, text_frame *f,
                        int32_t *next);
/* How many of count tokens are kept, begin and end not counted. */
int64_t text_frame_most(const text_frame *f, int64_t count);
/* The tokens, which are taken over, cut and with begin and end; *count of them. */
ad_status text_frame_put(const text_frame *f, int32_t *token, int64_t count, void **out,
                         int64_t *steps);
/* Whether the special tokens beyond padding and unknown are first to *next - 1, each once. */
bool text_frame_follows(const text_frame *f, int32_t first, int32_t *next);
int64_t text_frame_steps(const text_frame *f); /* for .steps of ad_encoded */
bool text_frame_special(const text_frame *f, int32_t token);
/* One line. */
void text_frame_write(text_buffer *t, const text_frame *f);
/* Behind that line; NULL where it is none. */
const char *text_frame_read(const char *text, const char *end, text_frame *f);

/* The text of an encoder of texts, as ad_encoder_text writes it, with lengths and ends as options
 * say, by malloc; NULL with words. */
char *text_frame_renewed(const char *text, const ad_text_options *o);

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
