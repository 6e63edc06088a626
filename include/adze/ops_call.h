/* How calls of ops.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_OPS_CALL_H
#define ADZE_OPS_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_pad_options
#define AD_DEFAULTS_ad_resize_options .factor = AD_AUTO,
#define AD_DEFAULTS_ad_sort_options
#define AD_DEFAULTS_ad_top_options
#define AD_DEFAULTS_ad_var_options .correction = 1,
#define AD_DEFAULTS_ad_quantile_options .interpolation = AD_INTERPOLATE_LINEAR,
#define AD_DEFAULTS_ad_scan_options
#define AD_DEFAULTS_ad_triangular_options .left = true,
#define AD_DEFAULTS_ad_window_nd_options .p = 2, .groups = 1,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
#define ad_stack(...) \
    ad_at(__FILE__, __LINE__, ad_stack(__VA_ARGS__))
#define ad_squeeze(...) \
    ad_at(__FILE__, __LINE__, ad_squeeze(__VA_ARGS__))
#define ad_unsqueeze(...) \
    ad_at(__FILE__, __LINE__, ad_unsqueeze(__VA_ARGS__))
#define ad_roll(...) \
    ad_at(__FILE__, __LINE__, ad_roll(__VA_ARGS__))
#define ad_flip(...) \
    ad_at(__FILE__, __LINE__, ad_flip(__VA_ARGS__))
#define ad_repeat(...) \
    ad_at(__FILE__, __LINE__, ad_repeat(__VA_ARGS__))
#define ad_repeat_interleave(...) \
    ad_at(__FILE__, __LINE__, ad_repeat_interleave(__VA_ARGS__))
#define ad_tril(...) \
    ad_at(__FILE__, __LINE__, ad_tril(__VA_ARGS__))
#define ad_triu(...) \
    ad_at(__FILE__, __LINE__, ad_triu(__VA_ARGS__))
#define ad_diagonal(...) \
    ad_at(__FILE__, __LINE__, ad_diagonal(__VA_ARGS__))
#define ad_diag_embed(...) \
    ad_at(__FILE__, __LINE__, ad_diag_embed(__VA_ARGS__))
#define ad_diag(...) \
    ad_at(__FILE__, __LINE__, ad_diag(__VA_ARGS__))
#define ad_trace(...) \
    ad_at(__FILE__, __LINE__, ad_trace(__VA_ARGS__))
#define ad_arange(...) \
    ad_at(__FILE__, __LINE__, ad_arange(__VA_ARGS__))
#define ad_linspace(...) \
    ad_at(__FILE__, __LINE__, ad_linspace(__VA_ARGS__))
#define ad_einsum(...) \
    ad_at(__FILE__, __LINE__, ad_einsum(__VA_ARGS__))
#define ad_outer(a, b) \
    AD_2_(__COUNTER__, ad_outer, a, b)
#define ad_kron(a, b) \
    AD_2_(__COUNTER__, ad_kron, a, b)
#define ad_pad_axes(x, axes, before, ...) \
    ad_at(__FILE__, __LINE__, (ad_pad_axes)(x, axes, before, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_pad_options, AD_REST_(__VA_ARGS__, ))))
#define ad_unfold(...) \
    ad_at(__FILE__, __LINE__, (ad_unfold)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_window_options, AD_REST_(__VA_ARGS__, ))))
#define ad_fold(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_fold)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_window_options, AD_REST_(__VA_ARGS__, ))))
#define ad_resize(...) \
    ad_at(__FILE__, __LINE__, (ad_resize)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_resize_options, AD_REST_(__VA_ARGS__, ))))
#define ad_pixel_shuffle(...) \
    ad_at(__FILE__, __LINE__, ad_pixel_shuffle(__VA_ARGS__))
#define ad_pixel_unshuffle(...) \
    ad_at(__FILE__, __LINE__, ad_pixel_unshuffle(__VA_ARGS__))
#define ad_take_along(x, index, ...) ad_take_along_(__COUNTER__, x, index, __VA_ARGS__)
#define ad_take_along_(n, x, index, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = index; ad_at(__FILE__, __LINE__, (ad_take_along)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_scatter_along(base, index, part, ...) ad_scatter_along_(__COUNTER__, base, index, part, __VA_ARGS__)
#define ad_scatter_along_(n, base, index, part, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = base; ad_tensor *AD_LOCAL_(2, n) = index; ad_tensor *AD_LOCAL_(3, n) = part; ad_at(__FILE__, __LINE__, (ad_scatter_along)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), __VA_ARGS__)); })
#define ad_sort(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_sort)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_sort_options, AD_REST_(__VA_ARGS__, ))))
#define ad_argsort(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_argsort)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_sort_options, AD_REST_(__VA_ARGS__, ))))
#define ad_top_k(x, k, ...) \
    ad_at(__FILE__, __LINE__, (ad_top_k)(x, k, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_top_options, AD_REST_(__VA_ARGS__, ))))
#define ad_arg_top_k(x, k, ...) \
    ad_at(__FILE__, __LINE__, (ad_arg_top_k)(x, k, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_top_options, AD_REST_(__VA_ARGS__, ))))
#define ad_prod(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_prod)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_any(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_any)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_all(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_all)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_logsumexp(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_logsumexp)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_norm(x, p, ...) \
    ad_at(__FILE__, __LINE__, (ad_norm)(x, p, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_var(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_var)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_var_options, AD_REST_(__VA_ARGS__, ))))
#define ad_std(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_std)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_var_options, AD_REST_(__VA_ARGS__, ))))
#define ad_quantile(x, q, ...) \
    ad_at(__FILE__, __LINE__, (ad_quantile)(x, q, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_quantile_options, AD_REST_(__VA_ARGS__, ))))
#define ad_median(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_median)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_argmin(...) \
    ad_at(__FILE__, __LINE__, ad_argmin(__VA_ARGS__))
#define ad_cumsum(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_cumsum)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_scan_options, AD_REST_(__VA_ARGS__, ))))
#define ad_cumprod(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_cumprod)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_scan_options, AD_REST_(__VA_ARGS__, ))))
#define ad_logcumsumexp(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_logcumsumexp)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_scan_options, AD_REST_(__VA_ARGS__, ))))
#define ad_cummax(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_cummax)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_scan_options, AD_REST_(__VA_ARGS__, ))))
#define ad_cumargmax(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_cumargmax)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_scan_options, AD_REST_(__VA_ARGS__, ))))
#define ad_cummin(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_cummin)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_scan_options, AD_REST_(__VA_ARGS__, ))))
#define ad_cumargmin(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_cumargmin)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_scan_options, AD_REST_(__VA_ARGS__, ))))
#define ad_recurrence(a, b, ...) ad_recurrence_(__COUNTER__, a, b, __VA_ARGS__)
#define ad_recurrence_(n, a, b, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = a; ad_tensor *AD_LOCAL_(2, n) = b; ad_at(__FILE__, __LINE__, (ad_recurrence)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_cholesky(...) \
    ad_at(__FILE__, __LINE__, ad_cholesky(__VA_ARGS__))
#define ad_triangular_solve(t, ...) ad_triangular_solve_(__COUNTER__, t, __VA_ARGS__)
#define ad_triangular_solve_(n, t, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = t; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_triangular_solve)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_triangular_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_solve(a, b) \
    AD_2_(__COUNTER__, ad_solve, a, b)
#define ad_inverse(...) \
    ad_at(__FILE__, __LINE__, ad_inverse(__VA_ARGS__))
#define ad_determinant(...) \
    ad_at(__FILE__, __LINE__, ad_determinant(__VA_ARGS__))
#define ad_logdet(...) \
    ad_at(__FILE__, __LINE__, ad_logdet(__VA_ARGS__))
#define ad_bernoulli(...) \
    ad_at(__FILE__, __LINE__, ad_bernoulli(__VA_ARGS__))
#define ad_bernoulli_of(...) \
    ad_at(__FILE__, __LINE__, ad_bernoulli_of(__VA_ARGS__))
#define ad_exponential(...) \
    ad_at(__FILE__, __LINE__, ad_exponential(__VA_ARGS__))
#define ad_gumbel(...) \
    ad_at(__FILE__, __LINE__, ad_gumbel(__VA_ARGS__))
#define ad_laplace(...) \
    ad_at(__FILE__, __LINE__, ad_laplace(__VA_ARGS__))
#define ad_truncated_normal(...) \
    ad_at(__FILE__, __LINE__, ad_truncated_normal(__VA_ARGS__))
#define ad_categorical(...) \
    ad_at(__FILE__, __LINE__, ad_categorical(__VA_ARGS__))
#define ad_permutation(...) \
    ad_at(__FILE__, __LINE__, ad_permutation(__VA_ARGS__))
#define ad_standard_gamma(...) \
    ad_at(__FILE__, __LINE__, ad_standard_gamma(__VA_ARGS__))
#define ad_convolution_nd(x, ...) ad_convolution_nd_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_nd_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution_nd)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_window_nd_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_convolution_transpose_nd(x, ...) ad_convolution_transpose_nd_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_transpose_nd_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution_transpose_nd)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_window_nd_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_max_pool_nd(...) ad_max_pool_nd_(__COUNTER__, __VA_ARGS__)
#define ad_max_pool_nd_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_max_pool_nd)(AD_LOCAL_(1, n), &AD_MAKE_(ad_window_nd_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_average_pool_nd(...) ad_average_pool_nd_(__COUNTER__, __VA_ARGS__)
#define ad_average_pool_nd_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_average_pool_nd)(AD_LOCAL_(1, n), &AD_MAKE_(ad_window_nd_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_lp_pool(...) ad_lp_pool_(__COUNTER__, __VA_ARGS__)
#define ad_lp_pool_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_lp_pool)(AD_LOCAL_(1, n), &AD_MAKE_(ad_window_nd_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_adaptive_average_pool(...) \
    ad_at(__FILE__, __LINE__, ad_adaptive_average_pool(__VA_ARGS__))
#define ad_adaptive_max_pool(x, ...) ad_adaptive_max_pool_(__COUNTER__, x, __VA_ARGS__)
#define ad_adaptive_max_pool_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_at(__FILE__, __LINE__, (ad_adaptive_max_pool)(AD_LOCAL_(1, n), __VA_ARGS__)); })
#define ad_max_unpool(x, index, ...) ad_max_unpool_(__COUNTER__, x, index, __VA_ARGS__)
#define ad_max_unpool_(n, x, index, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = index; ad_at(__FILE__, __LINE__, (ad_max_unpool)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })

#else

#define ad_stack(...) \
    ad_at(__FILE__, __LINE__, ad_stack(__VA_ARGS__))
#define ad_squeeze(...) \
    ad_at(__FILE__, __LINE__, ad_squeeze(__VA_ARGS__))
#define ad_unsqueeze(...) \
    ad_at(__FILE__, __LINE__, ad_unsqueeze(__VA_ARGS__))
#define ad_roll(...) \
    ad_at(__FILE__, __LINE__, ad_roll(__VA_ARGS__))
#define ad_flip(...) \
    ad_at(__FILE__, __LINE__, ad_flip(__VA_ARGS__))
#define ad_repeat(...) \
    ad_at(__FILE__, __LINE__, ad_repeat(__VA_ARGS__))
#define ad_repeat_interleave(...) \
    ad_at(__FILE__, __LINE__, ad_repeat_interleave(__VA_ARGS__))
#define ad_tril(...) \
    ad_at(__FILE__, __LINE__, ad_tril(__VA_ARGS__))
#define ad_triu(...) \
    ad_at(__FILE__, __LINE__, ad_triu(__VA_ARGS__))
#define ad_diagonal(...) \
    ad_at(__FILE__, __LINE__, ad_diagonal(__VA_ARGS__))
#define ad_diag_embed(...) \
    ad_at(__FILE__, __LINE__, ad_diag_embed(__VA_ARGS__))
#define ad_diag(...) \
    ad_at(__FILE__, __LINE__, ad_diag(__VA_ARGS__))
#define ad_trace(...) \
    ad_at(__FILE__, __LINE__, ad_trace(__VA_ARGS__))
#define ad_arange(...) \
    ad_at(__FILE__, __LINE__, ad_arange(__VA_ARGS__))
#define ad_linspace(...) \
    ad_at(__FILE__, __LINE__, ad_linspace(__VA_ARGS__))
#define ad_einsum(...) \
    ad_at(__FILE__, __LINE__, ad_einsum(__VA_ARGS__))
#define ad_outer(a, b) \
    AD_2_(__COUNTER__, ad_outer, a, b)
#define ad_kron(a, b) \
    AD_2_(__COUNTER__, ad_kron, a, b)
inline ad_tensor *ad_pad_axes(ad_tensor *x, ad_axes axes, ad_shape before, ad_shape after, ad_pad_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_pad_axes(x, axes, before, after, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_pad_axes(ad_tensor *x, ad_axes axes, ad_shape before, ad_shape after, T) = delete;
inline ad_tensor *ad_unfold(ad_tensor *x, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_unfold(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_unfold(ad_tensor *x, T) = delete;
inline ad_tensor *ad_fold(ad_tensor *x, ad_shape size, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_fold(x, size, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_fold(ad_tensor *x, ad_shape size, T) = delete;
inline ad_tensor *ad_resize(ad_tensor *x, ad_resize_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_resize(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_resize(ad_tensor *x, T) = delete;
#define ad_pixel_shuffle(...) \
    ad_at(__FILE__, __LINE__, ad_pixel_shuffle(__VA_ARGS__))
#define ad_pixel_unshuffle(...) \
    ad_at(__FILE__, __LINE__, ad_pixel_unshuffle(__VA_ARGS__))
#define ad_take_along(x, index, ...) ad_take_along_(__COUNTER__, x, index, __VA_ARGS__)
#define ad_take_along_(n, x, index, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = index; ad_at(__FILE__, __LINE__, (ad_take_along)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_scatter_along(base, index, part, ...) ad_scatter_along_(__COUNTER__, base, index, part, __VA_ARGS__)
#define ad_scatter_along_(n, base, index, part, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = base; ad_tensor *AD_LOCAL_(2, n) = index; ad_tensor *AD_LOCAL_(3, n) = part; ad_at(__FILE__, __LINE__, (ad_scatter_along)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), __VA_ARGS__)); })
inline ad_tensor *ad_sort(ad_tensor *x, int axis, ad_sort_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_sort(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_sort(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_argsort(ad_tensor *x, int axis, ad_sort_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_argsort(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_argsort(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_top_k(ad_tensor *x, ad_dim k, int axis, ad_top_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_top_k(x, k, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_top_k(ad_tensor *x, ad_dim k, int axis, T) = delete;
inline ad_tensor *ad_arg_top_k(ad_tensor *x, ad_dim k, int axis, ad_top_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_arg_top_k(x, k, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_arg_top_k(ad_tensor *x, ad_dim k, int axis, T) = delete;
inline ad_tensor *ad_prod(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_prod(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_prod(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_any(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_any(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_any(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_all(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_all(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_all(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_logsumexp(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_logsumexp(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_logsumexp(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_norm(ad_tensor *x, double p, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_norm(x, p, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_norm(ad_tensor *x, double p, ad_axes axes, T) = delete;
inline ad_tensor *ad_var(ad_tensor *x, ad_axes axes, ad_var_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_var(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_var(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_std(ad_tensor *x, ad_axes axes, ad_var_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_std(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_std(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_quantile(ad_tensor *x, double q, int axis, ad_quantile_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_quantile(x, q, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_quantile(ad_tensor *x, double q, int axis, T) = delete;
inline ad_tensor *ad_median(ad_tensor *x, int axis, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_median(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_median(ad_tensor *x, int axis, T) = delete;
#define ad_argmin(...) \
    ad_at(__FILE__, __LINE__, ad_argmin(__VA_ARGS__))
inline ad_tensor *ad_cumsum(ad_tensor *x, int axis, ad_scan_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_cumsum(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_cumsum(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_cumprod(ad_tensor *x, int axis, ad_scan_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_cumprod(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_cumprod(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_logcumsumexp(ad_tensor *x, int axis, ad_scan_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_logcumsumexp(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_logcumsumexp(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_cummax(ad_tensor *x, int axis, ad_scan_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_cummax(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_cummax(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_cumargmax(ad_tensor *x, int axis, ad_scan_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_cumargmax(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_cumargmax(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_cummin(ad_tensor *x, int axis, ad_scan_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_cummin(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_cummin(ad_tensor *x, int axis, T) = delete;
inline ad_tensor *ad_cumargmin(ad_tensor *x, int axis, ad_scan_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_cumargmin(x, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_cumargmin(ad_tensor *x, int axis, T) = delete;
#define ad_recurrence(a, b, ...) ad_recurrence_(__COUNTER__, a, b, __VA_ARGS__)
#define ad_recurrence_(n, a, b, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = a; ad_tensor *AD_LOCAL_(2, n) = b; ad_at(__FILE__, __LINE__, (ad_recurrence)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_cholesky(...) \
    ad_at(__FILE__, __LINE__, ad_cholesky(__VA_ARGS__))
inline ad_tensor *ad_triangular_solve(ad_tensor *t, ad_tensor *b, ad_triangular_options options, ad_nothing_ = {})
{
    return ad_triangular_solve(t, b, &options);
}
#define ad_triangular_solve(t, ...) ad_triangular_solve_(__COUNTER__, t, __VA_ARGS__)
#define ad_triangular_solve_(n, t, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = t; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_triangular_solve)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_solve(a, b) \
    AD_2_(__COUNTER__, ad_solve, a, b)
#define ad_inverse(...) \
    ad_at(__FILE__, __LINE__, ad_inverse(__VA_ARGS__))
#define ad_determinant(...) \
    ad_at(__FILE__, __LINE__, ad_determinant(__VA_ARGS__))
#define ad_logdet(...) \
    ad_at(__FILE__, __LINE__, ad_logdet(__VA_ARGS__))
#define ad_bernoulli(...) \
    ad_at(__FILE__, __LINE__, ad_bernoulli(__VA_ARGS__))
#define ad_bernoulli_of(...) \
    ad_at(__FILE__, __LINE__, ad_bernoulli_of(__VA_ARGS__))
#define ad_exponential(...) \
    ad_at(__FILE__, __LINE__, ad_exponential(__VA_ARGS__))
#define ad_gumbel(...) \
    ad_at(__FILE__, __LINE__, ad_gumbel(__VA_ARGS__))
#define ad_laplace(...) \
    ad_at(__FILE__, __LINE__, ad_laplace(__VA_ARGS__))
#define ad_truncated_normal(...) \
    ad_at(__FILE__, __LINE__, ad_truncated_normal(__VA_ARGS__))
#define ad_categorical(...) \
    ad_at(__FILE__, __LINE__, ad_categorical(__VA_ARGS__))
#define ad_permutation(...) \
    ad_at(__FILE__, __LINE__, ad_permutation(__VA_ARGS__))
#define ad_standard_gamma(...) \
    ad_at(__FILE__, __LINE__, ad_standard_gamma(__VA_ARGS__))
inline ad_tensor *ad_convolution_nd(ad_tensor *x, ad_tensor *weight, ad_window_nd_options options, ad_nothing_ = {})
{
    return ad_convolution_nd(x, weight, &options);
}
#define ad_convolution_nd(x, ...) ad_convolution_nd_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_nd_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution_nd)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_convolution_transpose_nd(ad_tensor *x, ad_tensor *weight, ad_window_nd_options options, ad_nothing_ = {})
{
    return ad_convolution_transpose_nd(x, weight, &options);
}
#define ad_convolution_transpose_nd(x, ...) ad_convolution_transpose_nd_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_transpose_nd_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution_transpose_nd)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_max_pool_nd(ad_tensor *x, ad_window_nd_options options, ad_nothing_ = {})
{
    return ad_max_pool_nd(x, &options);
}
#define ad_max_pool_nd(...) ad_max_pool_nd_(__COUNTER__, __VA_ARGS__)
#define ad_max_pool_nd_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_max_pool_nd)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_average_pool_nd(ad_tensor *x, ad_window_nd_options options, ad_nothing_ = {})
{
    return ad_average_pool_nd(x, &options);
}
#define ad_average_pool_nd(...) ad_average_pool_nd_(__COUNTER__, __VA_ARGS__)
#define ad_average_pool_nd_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_average_pool_nd)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_lp_pool(ad_tensor *x, ad_window_nd_options options, ad_nothing_ = {})
{
    return ad_lp_pool(x, &options);
}
#define ad_lp_pool(...) ad_lp_pool_(__COUNTER__, __VA_ARGS__)
#define ad_lp_pool_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_lp_pool)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_adaptive_average_pool(...) \
    ad_at(__FILE__, __LINE__, ad_adaptive_average_pool(__VA_ARGS__))
#define ad_adaptive_max_pool(x, ...) ad_adaptive_max_pool_(__COUNTER__, x, __VA_ARGS__)
#define ad_adaptive_max_pool_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_at(__FILE__, __LINE__, (ad_adaptive_max_pool)(AD_LOCAL_(1, n), __VA_ARGS__)); })
#define ad_max_unpool(x, index, ...) ad_max_unpool_(__COUNTER__, x, index, __VA_ARGS__)
#define ad_max_unpool_(n, x, index, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = index; ad_at(__FILE__, __LINE__, (ad_max_unpool)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })

#endif
#endif
/* clang-format on */
#endif
