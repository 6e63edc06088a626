/* Options of readers of pictures and sounds, of whatever files and tables name them. */
#ifndef ADZE_KIT_FILE_OPTIONS_H
#define ADZE_KIT_FILE_OPTIONS_H

#include "image.h"
#include "sound.h"

/* Rows of the options height and width, fit, resample, channels of an options struct. */
#define PICTURE_OPTIONS(type_)                                                                   \
    {.name = "size",                                                                             \
     .type = AD_OPTION_PAIR,                                                                     \
     .offset = offsetof(type_, height),                                                          \
     .second = offsetof(type_, width),                                                           \
     .low = 1,                                                                                   \
     .high = IMAGE_SIDE_MAX,                                                                     \
     .unit = "pixels",                                                                           \
     .unset = "all pictures have one size",                                                      \
     .also = "image_size img_size imgsz resize target_size shape input_shape input_size height", \
     .help = "height and width that every picture is brought to"},                               \
        {.name = "fit",                                                                          \
         .type = AD_OPTION_WORD,                                                                 \
         .offset = offsetof(type_, fit),                                                         \
         .words = "stretch crop pad",                                                            \
         .also = "mode aspect crop_to_aspect_ratio",                                             \
         .help = "other proportions: stretched, the middle cut out, or black put round"},        \
        {.name = "resample",                                                                     \
         .type = AD_OPTION_WORD,                                                                 \
         .offset = offsetof(type_, resample),                                                    \
         .words = "nearest box bilinear bicubic",                                                \
         .also = "interpolation filter",                                                         \
         .help = "how sizes are changed, antialiased as Pillow does it"},                        \
    {                                                                                            \
        .name = "channels", .type = AD_OPTION_WHOLE, .offset = offsetof(type_, channels),        \
        .low = 0, .high = 3, .also = "color_mode colors grayscale rgb",                          \
        .help = "1 grey, 3 colours; 0: 1 if every picture is grey, else 3"                       \
    }

#define KEEP_OPTION(type_)                                                                  \
    {                                                                                       \
        .name = "keep", .type = AD_OPTION_TRUTH, .offset = offsetof(type_, keep),           \
        .also = "cache in_memory", .help = "decoded pictures stay in memory where they fit" \
    }

/* And of sample_rate. */
#define SOUND_OPTIONS(type_)                                                                    \
    {                                                                                           \
        .name = "sample_rate", .type = AD_OPTION_WHOLE, .offset = offsetof(type_, sample_rate), \
        .low = 0, .high = SOUND_RATE_MAX, .unit = "samples a second",                           \
        .also = "sampling_rate sr samplerate",                                                  \
        .help = "that every sound is brought to; 0: the one that most files have"               \
    }

#endif
