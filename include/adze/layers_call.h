/* How calls of layers.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_LAYERS_CALL_H
#define ADZE_LAYERS_CALL_H

/* clang-format off */
#ifndef __cplusplus
#define AD_DEFAULTS_ad_norm_more_options .epsilon = AD_AUTO, .momentum = AD_AUTO, .affine = true,
#define AD_DEFAULTS_ad_instance_norm_options .epsilon = AD_AUTO, .momentum = AD_AUTO,
#define AD_DEFAULTS_ad_local_response_norm_options .size = 5, .alpha = 1e-4, .beta = 0.75, .k = 1,
#define AD_DEFAULTS_ad_spectral_norm_options .iterations = 1, .epsilon = 1e-12,
#define AD_DEFAULTS_ad_conv_nd_options .filters = AD_SAME, .groups = 1, .multiplier = 1, .bias = true,
#define AD_DEFAULTS_ad_cell_options .forget_bias = AD_AUTO,
#define AD_DEFAULTS_ad_grouped_options .kv_heads = AD_SAME, .theta = 10000, .bias = true,
#define AD_DEFAULTS_ad_additive_options
#define AD_DEFAULTS_ad_llama_options .kv_heads = AD_SAME, .width = AD_SAME, .theta = 10000, .epsilon = 1e-6,
#define AD_DEFAULTS_ad_generate_options .temperature = 1, .top_p = 1, .end = -1, .length_penalty = 1,
#define AD_DEFAULTS_ad_table_options .normal = 1, .padding = AD_SAME, .max_norm = AD_AUTO, .norm_type = 2,
#define AD_DEFAULTS_ad_highway_options .carry = 2,
#define AD_DEFAULTS_ad_excite_options .reduction = 16,
#define AD_DEFAULTS_ad_inception_options
#define AD_DEFAULTS_ad_bilinear_options .bias = true,
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
#define ad_rms_norm(...) ad_rms_norm_(__COUNTER__, __VA_ARGS__)
#define ad_rms_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_rms_norm)(AD_LOCAL_(1, n), &AD_MAKE_(ad_norm_more_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_group_norm(...) ad_group_norm_(__COUNTER__, __VA_ARGS__)
#define ad_group_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_group_norm)(AD_LOCAL_(1, n), &AD_MAKE_(ad_norm_more_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_instance_norm(...) ad_instance_norm_(__COUNTER__, __VA_ARGS__)
#define ad_instance_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_instance_norm)(AD_LOCAL_(1, n), &AD_MAKE_(ad_instance_norm_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_sync_norm(...) ad_sync_norm_(__COUNTER__, __VA_ARGS__)
#define ad_sync_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_sync_norm)(AD_LOCAL_(1, n), &AD_MAKE_(ad_norm_more_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_local_response_norm(...) \
    ad_at(__FILE__, __LINE__, (ad_local_response_norm)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_local_response_norm_options, AD_REST_(__VA_ARGS__, ))))
#define ad_weight_norm(v, g, ...) ad_weight_norm_(__COUNTER__, v, g, __VA_ARGS__)
#define ad_weight_norm_(n, v, g, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = v; ad_tensor *AD_LOCAL_(2, n) = g; ad_at(__FILE__, __LINE__, (ad_weight_norm)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_spectral_norm(weight, ...) \
    ad_at(__FILE__, __LINE__, (ad_spectral_norm)(weight, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_spectral_norm_options, AD_REST_(__VA_ARGS__, ))))
#define ad_conv_nd(...) \
    ad_at(__FILE__, __LINE__, (ad_conv_nd)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_nd_options, AD_REST_(__VA_ARGS__, ))))
#define ad_conv_transpose_nd(...) \
    ad_at(__FILE__, __LINE__, (ad_conv_transpose_nd)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_nd_options, AD_REST_(__VA_ARGS__, ))))
#define ad_depthwise_conv(...) \
    ad_at(__FILE__, __LINE__, (ad_depthwise_conv)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_nd_options, AD_REST_(__VA_ARGS__, ))))
#define ad_separable_conv(...) \
    ad_at(__FILE__, __LINE__, (ad_separable_conv)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_nd_options, AD_REST_(__VA_ARGS__, ))))
#define ad_local_conv(...) \
    ad_at(__FILE__, __LINE__, (ad_local_conv)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_nd_options, AD_REST_(__VA_ARGS__, ))))
#define ad_mlp_conv(...) \
    ad_at(__FILE__, __LINE__, (ad_mlp_conv)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_nd_options, AD_REST_(__VA_ARGS__, ))))
#define ad_cell(...) ad_cell_(__COUNTER__, __VA_ARGS__)
#define ad_cell_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cell)(AD_LOCAL_(1, n), &AD_MAKE_(ad_cell_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_rotary(...) \
    ad_at(__FILE__, __LINE__, ad_rotary(__VA_ARGS__))
#define ad_grouped_attention(...) ad_grouped_attention_(__COUNTER__, __VA_ARGS__)
#define ad_grouped_attention_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_grouped_attention)(AD_LOCAL_(1, n), &AD_MAKE_(ad_grouped_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_additive_attention(...) ad_additive_attention_(__COUNTER__, __VA_ARGS__)
#define ad_additive_attention_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_additive_attention)(AD_LOCAL_(1, n), &AD_MAKE_(ad_additive_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_llama(...) ad_llama_(__COUNTER__, __VA_ARGS__)
#define ad_llama_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_llama)(AD_LOCAL_(1, n), &AD_MAKE_(ad_llama_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_cache_position(...) \
    ad_at(__FILE__, __LINE__, ad_cache_position(__VA_ARGS__))
#define ad_cache_at(...) \
    ad_at(__FILE__, __LINE__, ad_cache_at(__VA_ARGS__))
#define ad_pick(logits, ...) \
    (ad_pick)(logits, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_generate_options, AD_REST_(__VA_ARGS__, )))
#define ad_generate(decoder, prompt, length, tokens, ...) \
    (ad_generate)(decoder, prompt, length, tokens, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_generate_options, AD_REST_(__VA_ARGS__, )))
#define ad_padded_embedding(...) ad_padded_embedding_(__COUNTER__, __VA_ARGS__)
#define ad_padded_embedding_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_padded_embedding)(AD_LOCAL_(1, n), &AD_MAKE_(ad_table_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_embedding_bag(...) ad_embedding_bag_(__COUNTER__, __VA_ARGS__)
#define ad_embedding_bag_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_embedding_bag)(AD_LOCAL_(1, n), &AD_MAKE_(ad_table_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_highway(...) \
    ad_at(__FILE__, __LINE__, (ad_highway)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_highway_options, AD_REST_(__VA_ARGS__, ))))
#define ad_squeeze_excite(...) \
    ad_at(__FILE__, __LINE__, (ad_squeeze_excite)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_excite_options, AD_REST_(__VA_ARGS__, ))))
#define ad_inception(...) \
    ad_at(__FILE__, __LINE__, (ad_inception)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_inception_options, AD_REST_(__VA_ARGS__, ))))
#define ad_bilinear(x, ...) ad_bilinear_(__COUNTER__, x, __VA_ARGS__)
#define ad_bilinear_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_bilinear)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_bilinear_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_spatial_dropout(...) \
    ad_at(__FILE__, __LINE__, (ad_spatial_dropout)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_dropout_options, AD_REST_(__VA_ARGS__, ))))
#define ad_drop_path(...) \
    ad_at(__FILE__, __LINE__, (ad_drop_path)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_dropout_options, AD_REST_(__VA_ARGS__, ))))
#define ad_alpha_dropout(...) \
    ad_at(__FILE__, __LINE__, (ad_alpha_dropout)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_dropout_options, AD_REST_(__VA_ARGS__, ))))
#define ad_gaussian_noise(...) \
    ad_at(__FILE__, __LINE__, ad_gaussian_noise(__VA_ARGS__))
#define ad_gaussian_dropout(...) \
    ad_at(__FILE__, __LINE__, ad_gaussian_dropout(__VA_ARGS__))
#define ad_drop_connect(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_drop_connect)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_linear_options, AD_REST_(__VA_ARGS__, ))))

#else

inline ad_tensor *ad_rms_norm(ad_tensor *x, ad_norm_more_options options, ad_nothing_ = {})
{
    return ad_rms_norm(x, &options);
}
#define ad_rms_norm(...) ad_rms_norm_(__COUNTER__, __VA_ARGS__)
#define ad_rms_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_rms_norm)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_group_norm(ad_tensor *x, ad_norm_more_options options, ad_nothing_ = {})
{
    return ad_group_norm(x, &options);
}
#define ad_group_norm(...) ad_group_norm_(__COUNTER__, __VA_ARGS__)
#define ad_group_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_group_norm)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_instance_norm(ad_tensor *x, ad_instance_norm_options options, ad_nothing_ = {})
{
    return ad_instance_norm(x, &options);
}
#define ad_instance_norm(...) ad_instance_norm_(__COUNTER__, __VA_ARGS__)
#define ad_instance_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_instance_norm)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_sync_norm(ad_tensor *x, ad_norm_more_options options, ad_nothing_ = {})
{
    return ad_sync_norm(x, &options);
}
#define ad_sync_norm(...) ad_sync_norm_(__COUNTER__, __VA_ARGS__)
#define ad_sync_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_sync_norm)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_local_response_norm(ad_tensor *x, ad_local_response_norm_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_local_response_norm(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_local_response_norm(ad_tensor *x, T) = delete;
#define ad_weight_norm(v, g, ...) ad_weight_norm_(__COUNTER__, v, g, __VA_ARGS__)
#define ad_weight_norm_(n, v, g, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = v; ad_tensor *AD_LOCAL_(2, n) = g; ad_at(__FILE__, __LINE__, (ad_weight_norm)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
inline ad_tensor *ad_spectral_norm(ad_tensor *weight, int axis, ad_spectral_norm_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_spectral_norm(weight, axis, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_spectral_norm(ad_tensor *weight, int axis, T) = delete;
inline ad_tensor *ad_conv_nd(ad_tensor *x, ad_conv_nd_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_conv_nd(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_conv_nd(ad_tensor *x, T) = delete;
inline ad_tensor *ad_conv_transpose_nd(ad_tensor *x, ad_conv_nd_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_conv_transpose_nd(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_conv_transpose_nd(ad_tensor *x, T) = delete;
inline ad_tensor *ad_depthwise_conv(ad_tensor *x, ad_conv_nd_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_depthwise_conv(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_depthwise_conv(ad_tensor *x, T) = delete;
inline ad_tensor *ad_separable_conv(ad_tensor *x, ad_conv_nd_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_separable_conv(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_separable_conv(ad_tensor *x, T) = delete;
inline ad_tensor *ad_local_conv(ad_tensor *x, ad_conv_nd_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_local_conv(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_local_conv(ad_tensor *x, T) = delete;
inline ad_tensor *ad_mlp_conv(ad_tensor *x, ad_conv_nd_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_mlp_conv(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_mlp_conv(ad_tensor *x, T) = delete;
inline ad_tensor *ad_cell(ad_tensor *x, ad_cell_options options, ad_nothing_ = {})
{
    return ad_cell(x, &options);
}
#define ad_cell(...) ad_cell_(__COUNTER__, __VA_ARGS__)
#define ad_cell_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cell)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_rotary(...) \
    ad_at(__FILE__, __LINE__, ad_rotary(__VA_ARGS__))
inline ad_tensor *ad_grouped_attention(ad_tensor *x, ad_grouped_options options, ad_nothing_ = {})
{
    return ad_grouped_attention(x, &options);
}
#define ad_grouped_attention(...) ad_grouped_attention_(__COUNTER__, __VA_ARGS__)
#define ad_grouped_attention_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_grouped_attention)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_additive_attention(ad_tensor *x, ad_additive_options options, ad_nothing_ = {})
{
    return ad_additive_attention(x, &options);
}
#define ad_additive_attention(...) ad_additive_attention_(__COUNTER__, __VA_ARGS__)
#define ad_additive_attention_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_additive_attention)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_llama(ad_tensor *x, ad_llama_options options, ad_nothing_ = {})
{
    return ad_llama(x, &options);
}
#define ad_llama(...) ad_llama_(__COUNTER__, __VA_ARGS__)
#define ad_llama_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_llama)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_cache_position(...) \
    ad_at(__FILE__, __LINE__, ad_cache_position(__VA_ARGS__))
#define ad_cache_at(...) \
    ad_at(__FILE__, __LINE__, ad_cache_at(__VA_ARGS__))
inline int64_t ad_pick(float *logits, int64_t count, ad_generate_options options = {})
{
    return ad_pick(logits, count, &options);
}
template <class T, class = decltype(T(1) * T(1))> int64_t ad_pick(float *logits, int64_t count, T) = delete;
inline ad_status ad_generate(ad_decoder *decoder, const int32_t *prompt, int64_t length, int32_t *tokens, int64_t *count, ad_generate_options options = {})
{
    return ad_generate(decoder, prompt, length, tokens, count, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_generate(ad_decoder *decoder, const int32_t *prompt, int64_t length, int32_t *tokens, int64_t *count, T) = delete;
inline ad_tensor *ad_padded_embedding(ad_tensor *index, ad_table_options options, ad_nothing_ = {})
{
    return ad_padded_embedding(index, &options);
}
#define ad_padded_embedding(...) ad_padded_embedding_(__COUNTER__, __VA_ARGS__)
#define ad_padded_embedding_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_padded_embedding)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_embedding_bag(ad_tensor *index, ad_table_options options, ad_nothing_ = {})
{
    return ad_embedding_bag(index, &options);
}
#define ad_embedding_bag(...) ad_embedding_bag_(__COUNTER__, __VA_ARGS__)
#define ad_embedding_bag_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_embedding_bag)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_highway(ad_tensor *x, ad_highway_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_highway(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_highway(ad_tensor *x, T) = delete;
inline ad_tensor *ad_squeeze_excite(ad_tensor *x, ad_excite_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_squeeze_excite(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_squeeze_excite(ad_tensor *x, T) = delete;
inline ad_tensor *ad_inception(ad_tensor *x, ad_inception_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_inception(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_inception(ad_tensor *x, T) = delete;
inline ad_tensor *ad_bilinear(ad_tensor *x, ad_tensor *z, ad_bilinear_options options, ad_nothing_ = {})
{
    return ad_bilinear(x, z, &options);
}
#define ad_bilinear(x, ...) ad_bilinear_(__COUNTER__, x, __VA_ARGS__)
#define ad_bilinear_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_bilinear)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_spatial_dropout(ad_tensor *x, ad_dropout_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_spatial_dropout(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_spatial_dropout(ad_tensor *x, T) = delete;
inline ad_tensor *ad_drop_path(ad_tensor *x, ad_dropout_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_drop_path(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_drop_path(ad_tensor *x, T) = delete;
inline ad_tensor *ad_alpha_dropout(ad_tensor *x, ad_dropout_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_alpha_dropout(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_alpha_dropout(ad_tensor *x, T) = delete;
#define ad_gaussian_noise(...) \
    ad_at(__FILE__, __LINE__, ad_gaussian_noise(__VA_ARGS__))
#define ad_gaussian_dropout(...) \
    ad_at(__FILE__, __LINE__, ad_gaussian_dropout(__VA_ARGS__))
inline ad_tensor *ad_drop_connect(ad_tensor *x, double rate, ad_linear_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_drop_connect(x, rate, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_drop_connect(ad_tensor *x, double rate, T) = delete;

#endif
#endif
/* clang-format on */
#endif
