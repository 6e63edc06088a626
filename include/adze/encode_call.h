/* How calls of encode.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_ENCODE_CALL_H
#define ADZE_ENCODE_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_text_options .length = AD_SAME, .most = AD_SAME, .least = 1, .wrap = AD_WRAP_AUTO,
#define AD_DEFAULTS_ad_sound_options .length = AD_SAME,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus

#else


#endif
#endif
/* clang-format on */
#endif
