/* Encoders: what a network takes of a text or a sound.  A text becomes tokens, whole numbers for an
 * embedding; a sound becomes features, rows of numbers over time.  Part of libadze-kit.
 *
 * An encoder is a record (adze/record.h) that is fitted on the training part alone (a vocabulary is
 * learned of it), is stored with the model as text, and is applied to every other part and to what
 * the model predicts.
 *
 *     ad_text_options o = AD_OPTIONS(ad_text_options, .length = 40);
 *     ad_encoder *words;
 *     if (ad_encoder_fit("words", &o, train, "message", NULL, &words) == AD_OK) {
 *         ad_source *tokens = ad_encoder_source(words, train, "message"); // i32 (40)
 *     } else
 *         fputs(ad_kit_error(), stderr); */
#ifndef ADZE_ENCODE_H
#define ADZE_ENCODE_H

#include <adze/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an encoder gives of every example. */
typedef struct ad_encoded {
    ad_type type;  /* AD_I32: tokens; AD_F32: features */
    int64_t steps; /* the first axis: AD_VARYING, or as many for all (cut, or padded with zeros) */
    int64_t width; /* features of a step, the second axis; 0: there is none */
    int64_t classes;        /* of tokens: they are 0 to classes - 1; of features 0 */
    ad_transform_axis axis; /* of features: of what they are standardized */
} ad_encoded;

/* Tokens that stand for no letters.  Decoding leaves them out. */
typedef enum ad_special {
    AD_SPECIAL_PADDING,
    AD_SPECIAL_UNKNOWN,
    AD_SPECIAL_BEGIN, /* of a text; of BERT's [CLS] */
    AD_SPECIAL_END,   /* of a text */
    AD_SPECIAL_SEPARATOR,
    AD_SPECIAL_MASK
} ad_special;

typedef struct ad_encoder_record {
    ad_record record; /* "words" */
    ad_meaning takes; /* AD_MEANS_TEXT: u8 (AD_VARYING), or AD_MEANS_SOUND: f32 (AD_VARYING) */
    bool letters;     /* of texts: white space is tokens of its own, as bytes and characters are */
    /* Learns of field number `field` of train what has to be learned.  about: the field in the
     * schema (of a sound its rate), or NULL.  Words on failure. */
    ad_status (*fit)(const void *options, const ad_schema_field *about, ad_source *train, int field,
                     void **fitted);
    void (*about)(const void *fitted, ad_encoded *about);
    /* The steps that size samples become, where that needs no look at them; NULL: every example is
     * encoded once, and kept in memory. */
    int64_t (*steps)(const void *fitted, int64_t size);
    /* One example, size bytes or samples, as steps (steps, width), by malloc; neither cut nor
     * padded to .steps of about: that is done for all encoders. */
    ad_status (*encode)(const void *fitted, const void *in, int64_t size, void **out,
                        int64_t *steps);
    /* Tokens as text again, by malloc; NULL of sounds, and on failure. */
    char *(*decode)(const void *fitted, const int32_t *token, int64_t count);
    /* The token, -1 where there is none.  NULL: token 0 is padding, and no other is special. */
    int32_t (*special)(const void *fitted, ad_special which);
    /* What was learned as text, by malloc, and back. */
    char *(*text)(const void *fitted);
    ad_status (*read)(const char *text, size_t size, void **fitted);
    void (*free)(void *fitted);
} ad_encoder_record;

AD_API const ad_record *ad_text_encoder_at(int i); /* NULL past the last */
AD_API const ad_record *ad_sound_encoder_at(int i);
AD_API const ad_record *ad_encoder_at(int i); /* those of texts, then those of sounds */

/* ---------------------------------------------------------------- the encoders */

/* Whether texts stand between the tokens begin and end. */
typedef enum ad_text_wrap {
    AD_WRAP_AUTO, /* where the encoder has such tokens, and each text is one of its own */
    AD_WRAP_NO,
    AD_WRAP_YES
} ad_text_wrap;

/* Where words end. */
typedef enum ad_text_cut {
    AD_CUT_AUTO,        /* of task tagging at blanks, else at punctuation */
    AD_CUT_PUNCTUATION, /* as "words" says below */
    AD_CUT_BLANKS       /* at white space of ASCII alone */
} ad_text_cut;

/* Of texts.  Options of all text encoders, each reads those of its record.  Cutting to a length
 * keeps the tokens begin and end.  The same texts give the same tokens on every machine, by any
 * number of threads. */
typedef struct ad_text_options {
    AD_HEAD_(ad_text_options);
    /* tokens of every example: longer texts are cut at their end, shorter ones padded;
     * AD_SAME: as long as each text is */
    int64_t length AD_IS(AD_SAME);
    int64_t most AD_IS(AD_SAME);  /* longer texts are cut at their end; AD_SAME: none is */
    bool lower AD_IS(false);      /* letters become small ones first */
    int64_t vocabulary AD_IS(0);  /* most tokens, special ones too; 0: as the encoder says */
    int64_t least AD_IS(1);       /* what is seen less often in training is no token */
    ad_names special;             /* more tokens: begin, end, separator, mask */
    const char *path AD_IS(NULL); /* of a file that holds a vocabulary */
    /* a run folder, whose vocabulary is taken as it is; read by ad_run_sources alone */
    const char *from AD_IS(NULL);
    bool pair AD_IS(false); /* two texts of an example are one; read by ad_run_sources alone */
    ad_text_wrap wrap AD_IS(AD_WRAP_AUTO);
    ad_text_cut cut AD_IS(AD_CUT_AUTO); /* words */
} ad_text_options;

/* "bytes": token 1 + b for each byte b of the UTF-8; 0 is padding, then the special ones, so there
 * are 257 and more.
 *
 * "characters": a token for each code point.  0 padding, 1 unknown, then the special tokens asked
 * for, then characters by how often the training part has them, equal ones by their UTF-8 bytes.
 * vocabulary: no limit.
 *
 * "words": a word is a run of letters, marks, digits, _ and of apostrophes between such; each other
 * character that is no white space is a token by itself (Unicode's general categories).  Numbered
 * as characters are; vocabulary: 20,000.  Decoded words stand with blanks between.
 *
 * "bpe": byte-level byte-pair encoding (Sennrich et al. 2016, Radford et al. 2019): merges and ids
 * of Hugging Face's ByteLevel BPE trained on the same lines, with a padding token and the special
 * ones first.  Words are cut by GPT-2's pattern, line by line in training; the most frequent pair
 * is merged next, of equal ones that with the smaller left, then right id; words of more than 64
 * KiB are cut.  0 padding, the special tokens asked for, the 256 bytes, then what was merged;
 * nothing is unknown.  vocabulary: 8,192.
 *
 * "wordpiece": parts of words (Wu et al. 2016) with BERT's changes and cuts of a text: controls are
 * left out, ideographs stand alone, with `lower` accents go too; words at white space and
 * punctuation; then the longest token that begins there, and ## before those that go on.  path: a
 * vocab.txt, a token a line; else learned of the training part as byte pairs are, on letters:
 * [PAD] [UNK] [CLS] [SEP] [MASK], letters by their bytes, then what was merged.  vocabulary: 8,192.
 *
 * "tokenizer_json": as the tokenizer.json at path says (Hugging Face's tokenizers 0.23): models BPE
 * and WordPiece; what is not known is refused by name.  Its own cutting and padding are not used;
 * where it has no padding token one more is put behind all others.  Wants libcjson.
 *
 * "sentencepiece": as the model at path says (SentencePiece 0.2, Kudo and Richardson 2018): unigram
 * and bpe, its normalization and its special tokens; <s> and </s> stand round a text only where
 * wrap: yes asks for them.  Padding as of tokenizer_json.
 *
 * Letters beyond ASCII want libutf8proc for all but bytes, characters and sentencepiece. */

/* Of sounds, alike: "samples", the sound itself, (time, 1). */
typedef struct ad_sound_options {
    AD_HEAD_(ad_sound_options);
    /* steps of every example: longer ones are cut at their end, shorter ones padded with zeros;
     * AD_SAME: as long as each sound is */
    int64_t length AD_IS(AD_SAME);
    double seconds AD_IS(AD_AUTO); /* the same as a time: round(seconds x rate) steps */
} ad_sound_options;

typedef enum ad_sound_like { AD_LIKE_LIBROSA, AD_LIKE_TORCHAUDIO } ad_sound_like;
typedef enum ad_sound_window {
    AD_WINDOW_HANN,     /* 0.5 - 0.5 cos(2 pi i / window) */
    AD_WINDOW_HAMMING,  /* 0.54 - 0.46 cos */
    AD_WINDOW_BLACKMAN, /* 0.42 - 0.5 cos + 0.08 cos(4 pi i / window) */
    AD_WINDOW_ONES
} ad_sound_window;
/* AUTO: that of `like`. */
typedef enum ad_mel_scale { AD_MEL_AUTO, AD_MEL_SLANEY, AD_MEL_HTK } ad_mel_scale;
typedef enum ad_mel_norm { AD_MEL_NORM_AUTO, AD_MEL_NORM_SLANEY, AD_MEL_NORM_NONE } ad_mel_norm;
typedef enum ad_sound_padding {
    AD_PADDING_AUTO,
    AD_PADDING_ZERO,
    AD_PADDING_REFLECT
} ad_sound_padding;
/* AUTO: natural of log_mel, db of mfcc. */
typedef enum ad_sound_log { AD_LOG_AUTO, AD_LOG_NATURAL, AD_LOG_DB, AD_LOG_NONE } ad_sound_log;

/* "log_mel" and "mfcc".  A window of `fft` samples goes over the sound, `hop` further at each step,
 * and is weighed by `window`; S = |its discrete Fourier transform|^power at rate k / fft, k = 0 to
 * fft / 2; `mels` triangles, whose corners are even on the mel scale from low to high, give M =
 * sum over k of their weight and S.
 *
 *     log_mel    (steps, mels)          L = log(M + floor)                           natural
 *                                       L = 20 / power log10(max(M, floor)), and no less than the
 *                                           sound's largest L - top                  db
 *                                       L = M                                        none
 *     mfcc       (steps, coefficients)  sum over m of w_k L_m cos(pi k (2 m + 1) / (2 mels)), w_0 =
 *                                       sqrt(1 / mels), others sqrt(2 / mels)
 *
 * Steps of n samples: 1 + n / hop, rounded down, where windows are centred (then fft / 2 samples
 * stand before and behind the sound), else 1 + (n - fft) / hop, and 1 of a sound shorter than fft,
 * which is padded with zeros at its end.  Of no samples there are no steps.
 *
 * What is not given is as librosa 0.11 (melspectrogram, power_to_db, mfcc) or torchaudio 2.11
 * (MelSpectrogram, AmplitudeToDB, MFCC) have it:
 *
 *                  fft    hop        scale    norm     padding   top          coefficients
 *     librosa      2048   fft / 4    slaney   slaney   zero      80           20
 *     torchaudio   400    window/2   htk      none     reflect   mfcc: 80     40
 *
 * Scale htk: mel = 2595 log10(1 + f / 700); slaney: 3 f / 200 up to 1000 Hz, then 15 + 27 ln(f /
 * 1000) / ln 6.4.  Norm slaney: triangle m by 2 / (its width in Hz).  Computed in f32, filters in
 * f64; equal to both to 1e-4.  A narrow triangle may hold no k: its M is 0. */
typedef struct ad_spectrum_options {
    AD_HEAD_(ad_spectrum_options);
    int64_t length AD_IS(AD_SAME); /* of steps, as above: cut, or padded with zeros */
    /* the sound itself is cut or padded with silence to so many seconds before all */
    double seconds AD_IS(AD_AUTO);
    ad_sound_like like AD_IS(AD_LIKE_LIBROSA);
    int64_t fft AD_IS(AD_SAME);         /* samples; even */
    int64_t hop AD_IS(AD_SAME);         /* samples */
    int64_t window_size AD_IS(AD_SAME); /* samples, in the middle of fft; AD_SAME: fft */
    ad_sound_window window AD_IS(AD_WINDOW_HANN);
    int64_t mels AD_IS(128);
    double low AD_IS(0), high AD_IS(AD_AUTO); /* Hz; AD_AUTO: half of the rate */
    double power AD_IS(2);
    ad_mel_scale scale AD_IS(AD_MEL_AUTO);
    ad_mel_norm norm AD_IS(AD_MEL_NORM_AUTO);
    bool center AD_IS(true);
    ad_sound_padding padding AD_IS(AD_PADDING_AUTO);
    ad_sound_log log AD_IS(AD_LOG_AUTO);
    double floor AD_IS(AD_AUTO);         /* AD_AUTO: natural 1e-6, db 1e-10 */
    double top AD_IS(AD_AUTO);           /* dB below the largest; 0: no limit */
    int64_t coefficients AD_IS(AD_SAME); /* of mfcc */
    /* what data.standardize takes a mean and deviation of: all values, or each band */
    ad_transform_axis over AD_IS(AD_AXIS_ALL);
} ad_spectrum_options;

/* ---------------------------------------------------------------- use */

typedef struct ad_encoder ad_encoder;

/* name: of either kind.  options: its record's struct, NULL: defaults. */
AD_API AD_CHECKED ad_status ad_encoder_fit(const char *name, const void *options, ad_source *train,
                                           const char *field, const ad_schema_field *about,
                                           ad_encoder **encoder);
AD_API void ad_encoder_free(ad_encoder *encoder);
AD_API const ad_encoder_record *ad_encoder_kind(const ad_encoder *encoder);
AD_API void ad_encoder_about(const ad_encoder *encoder, ad_encoded *about);
/* The source with that field encoded in its place, under its name.  Holds both: free yours in any
 * order.  NULL with words. */
AD_API ad_source *ad_encoder_source(ad_encoder *encoder, ad_source *source, const char *field);
/* One text or sound, size bytes or samples, as .encode of the record. */
AD_API AD_CHECKED ad_status ad_encoder_encode(const ad_encoder *encoder, const void *in,
                                              int64_t size, void **out, int64_t *steps);
/* Tokens as text, by malloc; NULL with words. */
AD_API char *ad_encoder_decode(const ad_encoder *encoder, const int32_t *token, int64_t count);
/* The token that is that; -1 where there is none, as of sounds. */
AD_API int32_t ad_encoder_special(const ad_encoder *encoder, ad_special which);
/* As text, by malloc, and back: one line "encoder NAME", then the record's own. */
AD_API char *ad_encoder_text(const ad_encoder *encoder);
AD_API AD_CHECKED ad_status ad_encoder_read(const char *text, size_t size, ad_encoder **encoder);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "encode_call.h"

#endif
