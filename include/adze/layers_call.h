/* How calls of layers.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_LAYERS_CALL_H
#define ADZE_LAYERS_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_cell_options .forget_bias = AD_AUTO,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
#define ad_cell(...) ad_cell_(__COUNTER__, __VA_ARGS__)
#define ad_cell_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cell)(AD_LOCAL_(1, n), &AD_MAKE_(ad_cell_options, AD_REST_(__VA_ARGS__, )))); })

#else

inline ad_tensor *ad_cell(ad_tensor *x, ad_cell_options options, ad_nothing_ = {})
{
    return ad_cell(x, &options);
}
#define ad_cell(...) ad_cell_(__COUNTER__, __VA_ARGS__)
#define ad_cell_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cell)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })

#endif
#endif
/* clang-format on */
#endif
