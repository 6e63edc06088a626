/* How calls of encode.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_ENCODE_CALL_H
#define ADZE_ENCODE_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_text_options .length = AD_SAME, .most = AD_SAME, .least = 1, .wrap = AD_WRAP_AUTO, .cut = AD_CUT_AUTO,
#define AD_DEFAULTS_ad_sound_options .length = AD_SAME, .seconds = AD_AUTO,
#define AD_DEFAULTS_ad_spectrum_options .length = AD_SAME, .seconds = AD_AUTO, .like = AD_LIKE_LIBROSA, .fft = AD_SAME, .hop = AD_SAME, .window_size = AD_SAME, .window = AD_WINDOW_HANN, .mels = 128, .high = AD_AUTO, .power = 2, .scale = AD_MEL_AUTO, .norm = AD_MEL_NORM_AUTO, .center = true, .padding = AD_PADDING_AUTO, .log = AD_LOG_AUTO, .floor = AD_AUTO, .top = AD_AUTO, .coefficients = AD_SAME, .over = AD_AXIS_ALL,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus

#else


#endif
#endif
/* clang-format on */
#endif
