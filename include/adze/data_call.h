/* How calls of data.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_DATA_CALL_H
#define ADZE_DATA_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_digits_options .train_count = 12000, .test_count = 2000, .seed = 1,
#define AD_DEFAULTS_ad_images_options .height = AD_SAME, .width = AD_SAME, .fit = AD_IMAGE_STRETCH, .resample = AD_RESAMPLE_BILINEAR, .keep = true, .memory = 1024,
#define AD_DEFAULTS_ad_idx_options .target_is = AD_TARGET_AUTO,
#define AD_DEFAULTS_ad_cifar_options
#define AD_DEFAULTS_ad_arrays_options .channels = AD_CHANNELS_UNSAID, .target_is = AD_TARGET_AUTO,
#define AD_DEFAULTS_ad_csv_options
#define AD_DEFAULTS_ad_sqlite_options
#define AD_DEFAULTS_ad_arff_options
#define AD_DEFAULTS_ad_svmlight_options
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus

#else


#endif
#endif
/* clang-format on */
#endif
