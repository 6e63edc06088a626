/* How calls of more.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_MORE_CALL_H
#define ADZE_MORE_CALL_H

/* clang-format off */
#ifndef __cplusplus
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
#define ad_mish(...) \
    ad_at(__FILE__, __LINE__, ad_mish(__VA_ARGS__))
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

#else

#define ad_mish(...) \
    ad_at(__FILE__, __LINE__, ad_mish(__VA_ARGS__))
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

#endif
#endif
/* clang-format on */
#endif
