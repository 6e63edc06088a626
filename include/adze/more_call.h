/* How calls of more.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_MORE_CALL_H
#define ADZE_MORE_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_constraint_options .match = "*", .rate = 1,
#define AD_DEFAULTS_ad_minimize_options .memory = 10, .tolerance = 1e-8, .evaluations = 1000,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
#define ad_log2(...) \
    ad_at(__FILE__, __LINE__, ad_log2(__VA_ARGS__))
#define ad_exp2(...) \
    ad_at(__FILE__, __LINE__, ad_exp2(__VA_ARGS__))
#define ad_tan(...) \
    ad_at(__FILE__, __LINE__, ad_tan(__VA_ARGS__))
#define ad_asin(...) \
    ad_at(__FILE__, __LINE__, ad_asin(__VA_ARGS__))
#define ad_acos(...) \
    ad_at(__FILE__, __LINE__, ad_acos(__VA_ARGS__))
#define ad_atan(...) \
    ad_at(__FILE__, __LINE__, ad_atan(__VA_ARGS__))
#define ad_sinh(...) \
    ad_at(__FILE__, __LINE__, ad_sinh(__VA_ARGS__))
#define ad_cosh(...) \
    ad_at(__FILE__, __LINE__, ad_cosh(__VA_ARGS__))
#define ad_asinh(...) \
    ad_at(__FILE__, __LINE__, ad_asinh(__VA_ARGS__))
#define ad_acosh(...) \
    ad_at(__FILE__, __LINE__, ad_acosh(__VA_ARGS__))
#define ad_atanh(...) \
    ad_at(__FILE__, __LINE__, ad_atanh(__VA_ARGS__))
#define ad_atan2(y, x) \
    AD_2_(__COUNTER__, ad_atan2, y, x)
#define ad_hypot(x, z) \
    AD_2_(__COUNTER__, ad_hypot, x, z)
#define ad_erfc(...) \
    ad_at(__FILE__, __LINE__, ad_erfc(__VA_ARGS__))
#define ad_erfinv(...) \
    ad_at(__FILE__, __LINE__, ad_erfinv(__VA_ARGS__))
#define ad_ndtr(...) \
    ad_at(__FILE__, __LINE__, ad_ndtr(__VA_ARGS__))
#define ad_log_ndtr(...) \
    ad_at(__FILE__, __LINE__, ad_log_ndtr(__VA_ARGS__))
#define ad_ndtri(...) \
    ad_at(__FILE__, __LINE__, ad_ndtri(__VA_ARGS__))
#define ad_lgamma(...) \
    ad_at(__FILE__, __LINE__, ad_lgamma(__VA_ARGS__))
#define ad_digamma(...) \
    ad_at(__FILE__, __LINE__, ad_digamma(__VA_ARGS__))
#define ad_trigamma(...) \
    ad_at(__FILE__, __LINE__, ad_trigamma(__VA_ARGS__))
#define ad_polygamma(...) \
    ad_at(__FILE__, __LINE__, ad_polygamma(__VA_ARGS__))
#define ad_mod(x, z) \
    AD_2_(__COUNTER__, ad_mod, x, z)
#define ad_remainder(x, z) \
    AD_2_(__COUNTER__, ad_remainder, x, z)
#define ad_is_nan(...) \
    ad_at(__FILE__, __LINE__, ad_is_nan(__VA_ARGS__))
#define ad_is_inf(...) \
    ad_at(__FILE__, __LINE__, ad_is_inf(__VA_ARGS__))
#define ad_bit_and(x, z) \
    AD_2_(__COUNTER__, ad_bit_and, x, z)
#define ad_bit_or(x, z) \
    AD_2_(__COUNTER__, ad_bit_or, x, z)
#define ad_bit_xor(x, z) \
    AD_2_(__COUNTER__, ad_bit_xor, x, z)
#define ad_bit_not(...) \
    ad_at(__FILE__, __LINE__, ad_bit_not(__VA_ARGS__))
#define ad_bit_shift_left(x, z) \
    AD_2_(__COUNTER__, ad_bit_shift_left, x, z)
#define ad_bit_shift_right(x, z) \
    AD_2_(__COUNTER__, ad_bit_shift_right, x, z)
#define ad_clamp(...) \
    ad_at(__FILE__, __LINE__, ad_clamp(__VA_ARGS__))
#define ad_log_sigmoid(...) \
    ad_at(__FILE__, __LINE__, ad_log_sigmoid(__VA_ARGS__))
#define ad_logit(...) \
    ad_at(__FILE__, __LINE__, ad_logit(__VA_ARGS__))
#define ad_mish(...) \
    ad_at(__FILE__, __LINE__, ad_mish(__VA_ARGS__))
#define ad_relu6(...) \
    ad_at(__FILE__, __LINE__, ad_relu6(__VA_ARGS__))
#define ad_hard_sigmoid(...) \
    ad_at(__FILE__, __LINE__, ad_hard_sigmoid(__VA_ARGS__))
#define ad_hard_swish(...) \
    ad_at(__FILE__, __LINE__, ad_hard_swish(__VA_ARGS__))
#define ad_softsign(...) \
    ad_at(__FILE__, __LINE__, ad_softsign(__VA_ARGS__))
#define ad_tanh_shrink(...) \
    ad_at(__FILE__, __LINE__, ad_tanh_shrink(__VA_ARGS__))
#define ad_celu(...) \
    ad_at(__FILE__, __LINE__, ad_celu(__VA_ARGS__))
#define ad_hard_tanh(...) \
    ad_at(__FILE__, __LINE__, ad_hard_tanh(__VA_ARGS__))
#define ad_hard_shrink(...) \
    ad_at(__FILE__, __LINE__, ad_hard_shrink(__VA_ARGS__))
#define ad_soft_shrink(...) \
    ad_at(__FILE__, __LINE__, ad_soft_shrink(__VA_ARGS__))
#define ad_threshold(...) \
    ad_at(__FILE__, __LINE__, ad_threshold(__VA_ARGS__))
#define ad_glu(...) \
    ad_at(__FILE__, __LINE__, ad_glu(__VA_ARGS__))
#define ad_maxout(...) \
    ad_at(__FILE__, __LINE__, ad_maxout(__VA_ARGS__))
#define ad_adagrad(...) \
    ad_at(__FILE__, __LINE__, (ad_adagrad)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_adadelta(...) \
    ad_at(__FILE__, __LINE__, (ad_adadelta)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_adamax(...) \
    ad_at(__FILE__, __LINE__, (ad_adamax)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_nadam(...) \
    ad_at(__FILE__, __LINE__, (ad_nadam)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_radam(...) \
    ad_at(__FILE__, __LINE__, (ad_radam)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_adafactor(...) \
    ad_at(__FILE__, __LINE__, (ad_adafactor)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_lion(...) \
    ad_at(__FILE__, __LINE__, (ad_lion)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_lamb(...) \
    ad_at(__FILE__, __LINE__, (ad_lamb)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_lars(...) \
    ad_at(__FILE__, __LINE__, (ad_lars)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_muon(...) \
    ad_at(__FILE__, __LINE__, (ad_muon)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_rprop(...) \
    ad_at(__FILE__, __LINE__, (ad_rprop)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_asgd(...) \
    ad_at(__FILE__, __LINE__, (ad_asgd)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, ))))
#define ad_swa(...) \
    ad_at(__FILE__, __LINE__, ad_swa(__VA_ARGS__))
#define ad_lookahead(...) \
    ad_at(__FILE__, __LINE__, ad_lookahead(__VA_ARGS__))
#define ad_sam(...) \
    ad_at(__FILE__, __LINE__, ad_sam(__VA_ARGS__))
#define ad_noisy_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_noisy_gradient(__VA_ARGS__))
#define ad_constrain(...) ad_constrain_(__COUNTER__, __VA_ARGS__)
#define ad_constrain_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_constrain)(AD_LOCAL_(1, n), &AD_MAKE_(ad_constraint_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_orthogonal_penalty(...) \
    ad_at(__FILE__, __LINE__, ad_orthogonal_penalty(__VA_ARGS__))
#define ad_minimize(f, n, ...) \
    (ad_minimize)(f, n, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_minimize_options, AD_REST_(__VA_ARGS__, )))
#define ad_minimize_loss(state, loss, feed, array, ...) \
    (ad_minimize_loss)(state, loss, feed, array, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_minimize_options, AD_REST_(__VA_ARGS__, )))

#else

#define ad_log2(...) \
    ad_at(__FILE__, __LINE__, ad_log2(__VA_ARGS__))
#define ad_exp2(...) \
    ad_at(__FILE__, __LINE__, ad_exp2(__VA_ARGS__))
#define ad_tan(...) \
    ad_at(__FILE__, __LINE__, ad_tan(__VA_ARGS__))
#define ad_asin(...) \
    ad_at(__FILE__, __LINE__, ad_asin(__VA_ARGS__))
#define ad_acos(...) \
    ad_at(__FILE__, __LINE__, ad_acos(__VA_ARGS__))
#define ad_atan(...) \
    ad_at(__FILE__, __LINE__, ad_atan(__VA_ARGS__))
#define ad_sinh(...) \
    ad_at(__FILE__, __LINE__, ad_sinh(__VA_ARGS__))
#define ad_cosh(...) \
    ad_at(__FILE__, __LINE__, ad_cosh(__VA_ARGS__))
#define ad_asinh(...) \
    ad_at(__FILE__, __LINE__, ad_asinh(__VA_ARGS__))
#define ad_acosh(...) \
    ad_at(__FILE__, __LINE__, ad_acosh(__VA_ARGS__))
#define ad_atanh(...) \
    ad_at(__FILE__, __LINE__, ad_atanh(__VA_ARGS__))
#define ad_atan2(y, x) \
    AD_2_(__COUNTER__, ad_atan2, y, x)
#define ad_hypot(x, z) \
    AD_2_(__COUNTER__, ad_hypot, x, z)
#define ad_erfc(...) \
    ad_at(__FILE__, __LINE__, ad_erfc(__VA_ARGS__))
#define ad_erfinv(...) \
    ad_at(__FILE__, __LINE__, ad_erfinv(__VA_ARGS__))
#define ad_ndtr(...) \
    ad_at(__FILE__, __LINE__, ad_ndtr(__VA_ARGS__))
#define ad_log_ndtr(...) \
    ad_at(__FILE__, __LINE__, ad_log_ndtr(__VA_ARGS__))
#define ad_ndtri(...) \
    ad_at(__FILE__, __LINE__, ad_ndtri(__VA_ARGS__))
#define ad_lgamma(...) \
    ad_at(__FILE__, __LINE__, ad_lgamma(__VA_ARGS__))
#define ad_digamma(...) \
    ad_at(__FILE__, __LINE__, ad_digamma(__VA_ARGS__))
#define ad_trigamma(...) \
    ad_at(__FILE__, __LINE__, ad_trigamma(__VA_ARGS__))
#define ad_polygamma(...) \
    ad_at(__FILE__, __LINE__, ad_polygamma(__VA_ARGS__))
#define ad_mod(x, z) \
    AD_2_(__COUNTER__, ad_mod, x, z)
#define ad_remainder(x, z) \
    AD_2_(__COUNTER__, ad_remainder, x, z)
#define ad_is_nan(...) \
    ad_at(__FILE__, __LINE__, ad_is_nan(__VA_ARGS__))
#define ad_is_inf(...) \
    ad_at(__FILE__, __LINE__, ad_is_inf(__VA_ARGS__))
#define ad_bit_and(x, z) \
    AD_2_(__COUNTER__, ad_bit_and, x, z)
#define ad_bit_or(x, z) \
    AD_2_(__COUNTER__, ad_bit_or, x, z)
#define ad_bit_xor(x, z) \
    AD_2_(__COUNTER__, ad_bit_xor, x, z)
#define ad_bit_not(...) \
    ad_at(__FILE__, __LINE__, ad_bit_not(__VA_ARGS__))
#define ad_bit_shift_left(x, z) \
    AD_2_(__COUNTER__, ad_bit_shift_left, x, z)
#define ad_bit_shift_right(x, z) \
    AD_2_(__COUNTER__, ad_bit_shift_right, x, z)
#define ad_clamp(...) \
    ad_at(__FILE__, __LINE__, ad_clamp(__VA_ARGS__))
#define ad_log_sigmoid(...) \
    ad_at(__FILE__, __LINE__, ad_log_sigmoid(__VA_ARGS__))
#define ad_logit(...) \
    ad_at(__FILE__, __LINE__, ad_logit(__VA_ARGS__))
#define ad_mish(...) \
    ad_at(__FILE__, __LINE__, ad_mish(__VA_ARGS__))
#define ad_relu6(...) \
    ad_at(__FILE__, __LINE__, ad_relu6(__VA_ARGS__))
#define ad_hard_sigmoid(...) \
    ad_at(__FILE__, __LINE__, ad_hard_sigmoid(__VA_ARGS__))
#define ad_hard_swish(...) \
    ad_at(__FILE__, __LINE__, ad_hard_swish(__VA_ARGS__))
#define ad_softsign(...) \
    ad_at(__FILE__, __LINE__, ad_softsign(__VA_ARGS__))
#define ad_tanh_shrink(...) \
    ad_at(__FILE__, __LINE__, ad_tanh_shrink(__VA_ARGS__))
#define ad_celu(...) \
    ad_at(__FILE__, __LINE__, ad_celu(__VA_ARGS__))
#define ad_hard_tanh(...) \
    ad_at(__FILE__, __LINE__, ad_hard_tanh(__VA_ARGS__))
#define ad_hard_shrink(...) \
    ad_at(__FILE__, __LINE__, ad_hard_shrink(__VA_ARGS__))
#define ad_soft_shrink(...) \
    ad_at(__FILE__, __LINE__, ad_soft_shrink(__VA_ARGS__))
#define ad_threshold(...) \
    ad_at(__FILE__, __LINE__, ad_threshold(__VA_ARGS__))
#define ad_glu(...) \
    ad_at(__FILE__, __LINE__, ad_glu(__VA_ARGS__))
#define ad_maxout(...) \
    ad_at(__FILE__, __LINE__, ad_maxout(__VA_ARGS__))
inline ad_tensor *ad_adagrad(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_adagrad(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_adagrad(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_adadelta(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_adadelta(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_adadelta(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_adamax(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_adamax(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_adamax(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_nadam(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_nadam(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_nadam(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_radam(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_radam(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_radam(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_adafactor(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_adafactor(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_adafactor(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_lion(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_lion(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_lion(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_lamb(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_lamb(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_lamb(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_lars(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_lars(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_lars(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_muon(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_muon(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_muon(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_rprop(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_rprop(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_rprop(ad_tensor *loss, T) = delete;
inline ad_tensor *ad_asgd(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_asgd(loss, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_asgd(ad_tensor *loss, T) = delete;
#define ad_swa(...) \
    ad_at(__FILE__, __LINE__, ad_swa(__VA_ARGS__))
#define ad_lookahead(...) \
    ad_at(__FILE__, __LINE__, ad_lookahead(__VA_ARGS__))
#define ad_sam(...) \
    ad_at(__FILE__, __LINE__, ad_sam(__VA_ARGS__))
#define ad_noisy_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_noisy_gradient(__VA_ARGS__))
inline ad_tensor *ad_constrain(ad_tensor *step, ad_constraint_options options, ad_nothing_ = {})
{
    return ad_constrain(step, &options);
}
#define ad_constrain(...) ad_constrain_(__COUNTER__, __VA_ARGS__)
#define ad_constrain_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_constrain)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_orthogonal_penalty(...) \
    ad_at(__FILE__, __LINE__, ad_orthogonal_penalty(__VA_ARGS__))
inline ad_status ad_minimize(const ad_objective *f, int64_t n, double *x, ad_minimize_options options = {})
{
    return ad_minimize(f, n, x, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_minimize(const ad_objective *f, int64_t n, double *x, T) = delete;
inline ad_status ad_minimize_loss(ad_state *state, ad_tensor *loss, ad_tensor *const *feed, const ad_array *array, int feeds, ad_minimize_options options = {})
{
    return ad_minimize_loss(state, loss, feed, array, feeds, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_minimize_loss(ad_state *state, ad_tensor *loss, ad_tensor *const *feed, const ad_array *array, int feeds, T) = delete;

#endif
#endif
/* clang-format on */
#endif
