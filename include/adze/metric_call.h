/* How calls of metric.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_METRIC_CALL_H
#define ADZE_METRIC_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_top_k_options .k = 5,
#define AD_DEFAULTS_ad_calibration_options .bins = 15,
#define AD_DEFAULTS_ad_mase_options .season = 1,
#define AD_DEFAULTS_ad_pinball_options .quantile = 0.5,
#define AD_DEFAULTS_ad_metric_answers .scale = AD_METRIC_LOGITS, .positive = 1, .references = 1,
#define AD_DEFAULTS_ad_metrics_options .seed = 1, .resamples = 1000,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
#define ad_metrics(answers, metric, count, ...) \
    (ad_metrics)(answers, metric, count, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_metrics_options, AD_REST_(__VA_ARGS__, )))
#define ad_metric_difference(a, b, metric, ...) \
    (ad_metric_difference)(a, b, metric, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_metrics_options, AD_REST_(__VA_ARGS__, )))
#define ad_metrics_by(answers, group, metric, count, ...) \
    (ad_metrics_by)(answers, group, metric, count, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_metrics_options, AD_REST_(__VA_ARGS__, )))
#define ad_metric_classes(answers, ...) \
    (ad_metric_classes)(answers, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_metrics_options, AD_REST_(__VA_ARGS__, )))

#else

inline ad_status ad_metrics(const ad_metric_answers *answers, const ad_choice *metric, int count, ad_metric_value *value, ad_metrics_options options = {})
{
    return ad_metrics(answers, metric, count, value, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_metrics(const ad_metric_answers *answers, const ad_choice *metric, int count, ad_metric_value *value, T) = delete;
inline ad_status ad_metric_difference(const ad_metric_answers *a, const ad_metric_answers *b, const ad_choice *metric, ad_metric_value *value, ad_metrics_options options = {})
{
    return ad_metric_difference(a, b, metric, value, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_metric_difference(const ad_metric_answers *a, const ad_metric_answers *b, const ad_choice *metric, ad_metric_value *value, T) = delete;
inline ad_status ad_metrics_by(const ad_metric_answers *answers, const ad_array *group, const ad_choice *metric, int count, ad_metric_groups *groups, ad_metrics_options options = {})
{
    return ad_metrics_by(answers, group, metric, count, groups, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_metrics_by(const ad_metric_answers *answers, const ad_array *group, const ad_choice *metric, int count, ad_metric_groups *groups, T) = delete;
inline ad_status ad_metric_classes(const ad_metric_answers *answers, ad_metric_class *row, ad_metrics_options options = {})
{
    return ad_metric_classes(answers, row, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_metric_classes(const ad_metric_answers *answers, ad_metric_class *row, T) = delete;

#endif
#endif
/* clang-format on */
#endif
