/* How calls of train.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_TRAIN_CALL_H
#define ADZE_TRAIN_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_source_options
#define AD_DEFAULTS_ad_windows_options .step = 1,
#define AD_DEFAULTS_ad_split_options .seed = 1,
#define AD_DEFAULTS_ad_fold_options .folds = 5, .seed = 1,
#define AD_DEFAULTS_ad_fill_options .with = AD_FILL_MEDIAN, .value = AD_AUTO, .axis = AD_AXIS_LAST,
#define AD_DEFAULTS_ad_standardize_options .axis = AD_AXIS_LAST,
#define AD_DEFAULTS_ad_scale_options .high = 1, .axis = AD_AXIS_LAST,
#define AD_DEFAULTS_ad_clip_options .low = AD_AUTO, .high = AD_AUTO, .low_quantile = AD_AUTO, .high_quantile = AD_AUTO, .axis = AD_AXIS_LAST,
#define AD_DEFAULTS_ad_log_options .offset = AD_AUTO,
#define AD_DEFAULTS_ad_one_hot_options .classes = AD_SAME, .missing = AD_MISSING_ZEROS, .unseen = AD_UNSEEN_COUNTED,
#define AD_DEFAULTS_ad_index_options .classes = AD_SAME, .unseen = AD_UNSEEN_COUNTED,
#define AD_DEFAULTS_ad_join_options
#define AD_DEFAULTS_ad_flip_options .horizontal = 0.5,
#define AD_DEFAULTS_ad_crop_options .padding = 4, .border = AD_BORDER_FILL,
#define AD_DEFAULTS_ad_shift_options .share = 0.1,
#define AD_DEFAULTS_ad_turn_options .degrees = 15, .least = AD_AUTO,
#define AD_DEFAULTS_ad_zoom_options .low = 0.8, .high = 1.2,
#define AD_DEFAULTS_ad_shear_options .degrees = 10, .least = AD_AUTO,
#define AD_DEFAULTS_ad_colour_options .brightness = 0.2, .contrast = 0.2, .saturation = 0.2,
#define AD_DEFAULTS_ad_grey_options .chance = 0.1,
#define AD_DEFAULTS_ad_noise_options .deviation = 8,
#define AD_DEFAULTS_ad_cut_out_options .size = AD_SAME, .chance = 1,
#define AD_DEFAULTS_ad_erase_options .low = 0.02, .high = 0.33, .ratio = 3.3, .chance = 0.5,
#define AD_DEFAULTS_ad_rand_augment_options .count = 2, .magnitude = 9,
#define AD_DEFAULTS_ad_mix_up_options .alpha = 0.2, .chance = 1,
#define AD_DEFAULTS_ad_cut_mix_options .alpha = 1, .chance = 1,
#define AD_DEFAULTS_ad_batches_options .size = 32, .order = AD_ORDER_SHUFFLED, .seed = 1, .buffer = 4096, .threads = AD_AS_NEEDED, .ahead = 3,
#define AD_DEFAULTS_ad_schedule .shape = AD_RATE_CONSTANT, .factor = 0.1, .power = 1, .share = 0.3, .start = 25, .end = 1e4, .threshold = 1e-4, .times = 1, .down = AD_SAME, .width = 512, .patience = 10, .momentum_low = 0.85, .momentum_high = 0.95,
#define AD_DEFAULTS_ad_initial_options .gain = 1, .deviation = 0.01, .share = 0.1, .seed = 1, .match = "*",
#define AD_DEFAULTS_ad_lsuv_options .within = 0.01, .seed = 1,
#define AD_DEFAULTS_ad_fit_options .epochs = -1, .steps = -1, .save_epochs = 1, .keep = 2,
#define AD_DEFAULTS_ad_evaluate_options .size = 256,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
#define ad_source_arrays(list, ...) \
    (ad_source_arrays)(list, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_source_options, AD_REST_(__VA_ARGS__, )))
#define ad_source_windows(...) \
    (ad_source_windows)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_windows_options, AD_REST_(__VA_ARGS__, )))
#define ad_source_split(...) \
    (ad_source_split)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_split_options, AD_REST_(__VA_ARGS__, )))
#define ad_source_fold(source, kept, ...) \
    (ad_source_fold)(source, kept, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_fold_options, AD_REST_(__VA_ARGS__, )))
#define ad_batches_new(...) \
    (ad_batches_new)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_batches_options, AD_REST_(__VA_ARGS__, )))
#define ad_initialize(state, ...) \
    (ad_initialize)(state, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_initial_options, AD_REST_(__VA_ARGS__, )))
#define ad_initialize_lsuv(state, weight, output, layers, feed, array, ...) \
    (ad_initialize_lsuv)(state, weight, output, layers, feed, array, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_lsuv_options, AD_REST_(__VA_ARGS__, )))
#define ad_fit(...) \
    (ad_fit)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_fit_options, AD_REST_(__VA_ARGS__, )))
#define ad_evaluate(state, ...) \
    (ad_evaluate)(state, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_evaluate_options, AD_REST_(__VA_ARGS__, )))

#else

inline ad_source *ad_source_arrays(const ad_named_array *list, int count, ad_source_options options = {})
{
    return ad_source_arrays(list, count, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_source *ad_source_arrays(const ad_named_array *list, int count, T) = delete;
inline ad_source *ad_source_windows(ad_source *source, ad_windows_options options = {})
{
    return ad_source_windows(source, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_source *ad_source_windows(ad_source *source, T) = delete;
inline ad_status ad_source_split(ad_source *source, ad_split_options options = {})
{
    return ad_source_split(source, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_source_split(ad_source *source, T) = delete;
inline ad_status ad_source_fold(ad_source *source, ad_source **kept, ad_source **held, ad_fold_options options = {})
{
    return ad_source_fold(source, kept, held, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_source_fold(ad_source *source, ad_source **kept, ad_source **held, T) = delete;
inline ad_batches *ad_batches_new(ad_source *source, ad_batches_options options = {})
{
    return ad_batches_new(source, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_batches *ad_batches_new(ad_source *source, T) = delete;
inline ad_status ad_initialize(ad_state *state, const ad_graph *graph, ad_initial_options options = {})
{
    return ad_initialize(state, graph, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_initialize(ad_state *state, const ad_graph *graph, T) = delete;
inline ad_status ad_initialize_lsuv(ad_state *state, ad_tensor *const *weight, ad_tensor *const *output, int layers, ad_tensor *const *feed, const ad_array *array, int feeds, ad_lsuv_options options = {})
{
    return ad_initialize_lsuv(state, weight, output, layers, feed, array, feeds, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_initialize_lsuv(ad_state *state, ad_tensor *const *weight, ad_tensor *const *output, int layers, ad_tensor *const *feed, const ad_array *array, int feeds, T) = delete;
inline ad_status ad_fit(ad_state *state, ad_fit_options options = {})
{
    return ad_fit(state, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_fit(ad_state *state, T) = delete;
inline ad_status ad_evaluate(ad_state *state, ad_source *source, ad_evaluate_options options = {})
{
    return ad_evaluate(state, source, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_evaluate(ad_state *state, ad_source *source, T) = delete;

#endif
#endif
/* clang-format on */
#endif
