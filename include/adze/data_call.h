/* How calls of data.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_DATA_CALL_H
#define ADZE_DATA_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_digits_options .train_count = 12000, .test_count = 2000, .seed = 1,
#define AD_DEFAULTS_ad_moons_options .train_count = 2000, .test_count = 1000, .seed = 1, .noise = 0.1,
#define AD_DEFAULTS_ad_circles_options .train_count = 2000, .test_count = 1000, .seed = 1, .noise = 0.05, .factor = 0.8,
#define AD_DEFAULTS_ad_spirals_options .train_count = 2000, .test_count = 1000, .seed = 1, .noise = 0.02, .classes = 2, .turns = 1,
#define AD_DEFAULTS_ad_blobs_options .train_count = 2000, .test_count = 1000, .seed = 1, .noise = 1, .classes = 3, .dimensions = 2, .layout = AD_BLOBS_RANDOM, .size = 10,
#define AD_DEFAULTS_ad_sines_options .train_count = 2000, .test_count = 1000, .seed = 1, .noise = 0.1, .waves = 3,
#define AD_DEFAULTS_ad_grammar_options .train_count = 2000, .test_count = 500, .seed = 1,
#define AD_DEFAULTS_ad_copy_options .train_count = 10000, .test_count = 1000, .seed = 1, .form = AD_COPY_SAME, .letters = 26, .shortest = 3, .longest = 10,
#define AD_DEFAULTS_ad_adding_options .train_count = 10000, .test_count = 1000, .seed = 1, .length = 50,
#define AD_DEFAULTS_ad_waves_options .count = 2000, .seed = 1, .noise = 0.1, .channels = 2, .waves = 3, .period = 24, .trend = 0.001,
#define AD_DEFAULTS_ad_images_options .height = AD_SAME, .width = AD_SAME, .fit = AD_IMAGE_STRETCH, .resample = AD_RESAMPLE_BILINEAR, .keep = true, .memory = 1024,
#define AD_DEFAULTS_ad_sounds_options .memory = 1024,
#define AD_DEFAULTS_ad_tones_options .train_count = 1000, .test_count = 200, .seed = 1, .noise = 0.1, .classes = 12, .sample_rate = 8000, .longest = 0.5,
#define AD_DEFAULTS_ad_idx_options .target_is = AD_TARGET_AUTO,
#define AD_DEFAULTS_ad_cifar_options
#define AD_DEFAULTS_ad_arrays_options .channels = AD_CHANNELS_UNSAID, .target_is = AD_TARGET_AUTO,
#define AD_DEFAULTS_ad_texts_options .form = AD_TEXTS_AUTO, .class_at = AD_TEXTS_FOUND, .piece = 1024, .memory = 1024,
#define AD_DEFAULTS_ad_csv_options .height = AD_SAME, .width = AD_SAME, .fit = AD_IMAGE_STRETCH, .resample = AD_RESAMPLE_BILINEAR, .keep = true, .memory = 1024,
#define AD_DEFAULTS_ad_sqlite_options .height = AD_SAME, .width = AD_SAME, .fit = AD_IMAGE_STRETCH, .resample = AD_RESAMPLE_BILINEAR, .keep = true, .memory = 1024,
#define AD_DEFAULTS_ad_arff_options .height = AD_SAME, .width = AD_SAME, .fit = AD_IMAGE_STRETCH, .resample = AD_RESAMPLE_BILINEAR, .keep = true, .memory = 1024,
#define AD_DEFAULTS_ad_svmlight_options
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus

#else


#endif
#endif
/* clang-format on */
#endif
