/* How calls look in a program: .field = value options, and the caller's place in every message.  Made from adze.h by
 * script/make-call-header.awk; in C the plain function is (ad_name)(...), as bindings call it. */
#ifndef ADZE_CALL_H
#define ADZE_CALL_H

/* clang-format off */
#ifndef __cplusplus

#define AD_FIRST_(first, ...) first
#define AD_REST_(first, ...) __VA_ARGS__

#define ad_context_new(...) \
    (ad_context_new)(&(ad_context_options){.size_ = sizeof(ad_context_options), __VA_ARGS__})
#define ad_feed(...) \
    ad_at(__FILE__, __LINE__, ad_feed(__VA_ARGS__))
#define ad_constant(...) \
    ad_at(__FILE__, __LINE__, ad_constant(__VA_ARGS__))
#define ad_number(...) \
    ad_at(__FILE__, __LINE__, ad_number(__VA_ARGS__))
#define ad_full(...) \
    ad_at(__FILE__, __LINE__, ad_full(__VA_ARGS__))
#define ad_range(...) \
    ad_at(__FILE__, __LINE__, ad_range(__VA_ARGS__))
#define ad_variable(...) \
    ad_at(__FILE__, __LINE__, ad_variable(__VA_ARGS__))
#define ad_buffer(...) \
    ad_at(__FILE__, __LINE__, ad_buffer(__VA_ARGS__))
#define ad_find(...) \
    ad_at(__FILE__, __LINE__, ad_find(__VA_ARGS__))
#define ad_variable_at(...) \
    ad_at(__FILE__, __LINE__, ad_variable_at(__VA_ARGS__))
#define ad_training(...) \
    ad_at(__FILE__, __LINE__, ad_training(__VA_ARGS__))
#define ad_step(...) \
    ad_at(__FILE__, __LINE__, ad_step(__VA_ARGS__))
#define ad_assign(...) \
    ad_at(__FILE__, __LINE__, ad_assign(__VA_ARGS__))
#define ad_pending(...) \
    ad_at(__FILE__, __LINE__, ad_pending(__VA_ARGS__))
#define ad_call(...) \
    ad_at(__FILE__, __LINE__, ad_call(__VA_ARGS__))
#define ad_name(...) \
    ad_at(__FILE__, __LINE__, ad_name(__VA_ARGS__))
#define ad_size(...) \
    ad_at(__FILE__, __LINE__, ad_size(__VA_ARGS__))
#define ad_cast(...) \
    ad_at(__FILE__, __LINE__, ad_cast(__VA_ARGS__))
#define ad_neg(...) \
    ad_at(__FILE__, __LINE__, ad_neg(__VA_ARGS__))
#define ad_abs(...) \
    ad_at(__FILE__, __LINE__, ad_abs(__VA_ARGS__))
#define ad_sign(...) \
    ad_at(__FILE__, __LINE__, ad_sign(__VA_ARGS__))
#define ad_exp(...) \
    ad_at(__FILE__, __LINE__, ad_exp(__VA_ARGS__))
#define ad_expm1(...) \
    ad_at(__FILE__, __LINE__, ad_expm1(__VA_ARGS__))
#define ad_log(...) \
    ad_at(__FILE__, __LINE__, ad_log(__VA_ARGS__))
#define ad_log1p(...) \
    ad_at(__FILE__, __LINE__, ad_log1p(__VA_ARGS__))
#define ad_sqrt(...) \
    ad_at(__FILE__, __LINE__, ad_sqrt(__VA_ARGS__))
#define ad_rsqrt(...) \
    ad_at(__FILE__, __LINE__, ad_rsqrt(__VA_ARGS__))
#define ad_square(...) \
    ad_at(__FILE__, __LINE__, ad_square(__VA_ARGS__))
#define ad_reciprocal(...) \
    ad_at(__FILE__, __LINE__, ad_reciprocal(__VA_ARGS__))
#define ad_sin(...) \
    ad_at(__FILE__, __LINE__, ad_sin(__VA_ARGS__))
#define ad_cos(...) \
    ad_at(__FILE__, __LINE__, ad_cos(__VA_ARGS__))
#define ad_tanh(...) \
    ad_at(__FILE__, __LINE__, ad_tanh(__VA_ARGS__))
#define ad_erf(...) \
    ad_at(__FILE__, __LINE__, ad_erf(__VA_ARGS__))
#define ad_floor(...) \
    ad_at(__FILE__, __LINE__, ad_floor(__VA_ARGS__))
#define ad_ceil(...) \
    ad_at(__FILE__, __LINE__, ad_ceil(__VA_ARGS__))
#define ad_round(...) \
    ad_at(__FILE__, __LINE__, ad_round(__VA_ARGS__))
#define ad_is_finite(...) \
    ad_at(__FILE__, __LINE__, ad_is_finite(__VA_ARGS__))
#define ad_add(...) \
    ad_at(__FILE__, __LINE__, ad_add(__VA_ARGS__))
#define ad_sub(...) \
    ad_at(__FILE__, __LINE__, ad_sub(__VA_ARGS__))
#define ad_mul(...) \
    ad_at(__FILE__, __LINE__, ad_mul(__VA_ARGS__))
#define ad_div(...) \
    ad_at(__FILE__, __LINE__, ad_div(__VA_ARGS__))
#define ad_pow(...) \
    ad_at(__FILE__, __LINE__, ad_pow(__VA_ARGS__))
#define ad_min(...) \
    ad_at(__FILE__, __LINE__, ad_min(__VA_ARGS__))
#define ad_max(...) \
    ad_at(__FILE__, __LINE__, ad_max(__VA_ARGS__))
#define ad_less(...) \
    ad_at(__FILE__, __LINE__, ad_less(__VA_ARGS__))
#define ad_less_equal(...) \
    ad_at(__FILE__, __LINE__, ad_less_equal(__VA_ARGS__))
#define ad_greater(...) \
    ad_at(__FILE__, __LINE__, ad_greater(__VA_ARGS__))
#define ad_greater_equal(...) \
    ad_at(__FILE__, __LINE__, ad_greater_equal(__VA_ARGS__))
#define ad_equal(...) \
    ad_at(__FILE__, __LINE__, ad_equal(__VA_ARGS__))
#define ad_not_equal(...) \
    ad_at(__FILE__, __LINE__, ad_not_equal(__VA_ARGS__))
#define ad_and(...) \
    ad_at(__FILE__, __LINE__, ad_and(__VA_ARGS__))
#define ad_or(...) \
    ad_at(__FILE__, __LINE__, ad_or(__VA_ARGS__))
#define ad_not(...) \
    ad_at(__FILE__, __LINE__, ad_not(__VA_ARGS__))
#define ad_where(...) \
    ad_at(__FILE__, __LINE__, ad_where(__VA_ARGS__))
#define ad_scale(...) \
    ad_at(__FILE__, __LINE__, ad_scale(__VA_ARGS__))
#define ad_shift(...) \
    ad_at(__FILE__, __LINE__, ad_shift(__VA_ARGS__))
#define ad_sigmoid(...) \
    ad_at(__FILE__, __LINE__, ad_sigmoid(__VA_ARGS__))
#define ad_relu(...) \
    ad_at(__FILE__, __LINE__, ad_relu(__VA_ARGS__))
#define ad_leaky_relu(...) \
    ad_at(__FILE__, __LINE__, ad_leaky_relu(__VA_ARGS__))
#define ad_prelu(...) \
    ad_at(__FILE__, __LINE__, ad_prelu(__VA_ARGS__))
#define ad_elu(...) \
    ad_at(__FILE__, __LINE__, ad_elu(__VA_ARGS__))
#define ad_selu(...) \
    ad_at(__FILE__, __LINE__, ad_selu(__VA_ARGS__))
#define ad_gelu(...) \
    ad_at(__FILE__, __LINE__, ad_gelu(__VA_ARGS__))
#define ad_gelu_tanh(...) \
    ad_at(__FILE__, __LINE__, ad_gelu_tanh(__VA_ARGS__))
#define ad_swish(...) \
    ad_at(__FILE__, __LINE__, ad_swish(__VA_ARGS__))
#define ad_softplus(...) \
    ad_at(__FILE__, __LINE__, ad_softplus(__VA_ARGS__))
#define ad_matmul(...) \
    ad_at(__FILE__, __LINE__, ad_matmul(__VA_ARGS__))
#define ad_mm(...) \
    ad_at(__FILE__, __LINE__, ad_mm(__VA_ARGS__))
#define ad_dot(...) \
    ad_at(__FILE__, __LINE__, ad_dot(__VA_ARGS__))
#define ad_sum(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_sum)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_reduce_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_reduce_options))}))
#define ad_mean(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_mean)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_reduce_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_reduce_options))}))
#define ad_maximum(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_maximum)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_reduce_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_reduce_options))}))
#define ad_minimum(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_minimum)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_reduce_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_reduce_options))}))
#define ad_variance(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_variance)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_reduce_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_reduce_options))}))
#define ad_argmax(...) \
    ad_at(__FILE__, __LINE__, ad_argmax(__VA_ARGS__))
#define ad_reshape(...) \
    ad_at(__FILE__, __LINE__, ad_reshape(__VA_ARGS__))
#define ad_flatten(...) \
    ad_at(__FILE__, __LINE__, ad_flatten(__VA_ARGS__))
#define ad_transpose(...) \
    ad_at(__FILE__, __LINE__, ad_transpose(__VA_ARGS__))
#define ad_expand(...) \
    ad_at(__FILE__, __LINE__, ad_expand(__VA_ARGS__))
#define ad_slice(...) \
    ad_at(__FILE__, __LINE__, ad_slice(__VA_ARGS__))
#define ad_concat(...) \
    ad_at(__FILE__, __LINE__, ad_concat(__VA_ARGS__))
#define ad_pad(...) \
    ad_at(__FILE__, __LINE__, ad_pad(__VA_ARGS__))
#define ad_gather(...) \
    ad_at(__FILE__, __LINE__, ad_gather(__VA_ARGS__))
#define ad_scatter_add(...) \
    ad_at(__FILE__, __LINE__, ad_scatter_add(__VA_ARGS__))
#define ad_one_hot(...) \
    ad_at(__FILE__, __LINE__, ad_one_hot(__VA_ARGS__))
#define ad_stop_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_stop_gradient(__VA_ARGS__))
#define ad_uniform(...) \
    ad_at(__FILE__, __LINE__, ad_uniform(__VA_ARGS__))
#define ad_normal(...) \
    ad_at(__FILE__, __LINE__, ad_normal(__VA_ARGS__))
#define ad_dropout(...) \
    ad_at(__FILE__, __LINE__, (ad_dropout)(AD_FIRST_(__VA_ARGS__, 0), &(ad_dropout_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_dropout_options))}))
#define ad_convolution(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_convolution)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_window_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_window_options))}))
#define ad_convolution_transpose(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_convolution_transpose)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_window_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_window_options))}))
#define ad_max_pool(...) \
    ad_at(__FILE__, __LINE__, (ad_max_pool)(AD_FIRST_(__VA_ARGS__, 0), &(ad_window_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_window_options))}))
#define ad_average_pool(...) \
    ad_at(__FILE__, __LINE__, (ad_average_pool)(AD_FIRST_(__VA_ARGS__, 0), &(ad_window_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_window_options))}))
#define ad_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_softmax(__VA_ARGS__))
#define ad_log_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_log_softmax(__VA_ARGS__))
#define ad_layer_normalize(...) \
    ad_at(__FILE__, __LINE__, ad_layer_normalize(__VA_ARGS__))
#define ad_attention(q, k, ...) \
    ad_at(__FILE__, __LINE__, (ad_attention)(q, k, AD_FIRST_(__VA_ARGS__, 0), &(ad_attention_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_attention_options))}))
#define ad_cross_entropy(logits, ...) \
    ad_at(__FILE__, __LINE__, (ad_cross_entropy)(logits, AD_FIRST_(__VA_ARGS__, 0), &(ad_loss_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_loss_options))}))
#define ad_binary_cross_entropy(logits, ...) \
    ad_at(__FILE__, __LINE__, (ad_binary_cross_entropy)(logits, AD_FIRST_(__VA_ARGS__, 0), &(ad_loss_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_loss_options))}))
#define ad_squared_error(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_squared_error)(x, AD_FIRST_(__VA_ARGS__, 0), &(ad_loss_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_loss_options))}))
#define ad_accuracy(...) \
    ad_at(__FILE__, __LINE__, ad_accuracy(__VA_ARGS__))
#define ad_linear(...) \
    ad_at(__FILE__, __LINE__, (ad_linear)(AD_FIRST_(__VA_ARGS__, 0), &(ad_linear_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_linear_options))}))
#define ad_conv1d(...) \
    ad_at(__FILE__, __LINE__, (ad_conv1d)(AD_FIRST_(__VA_ARGS__, 0), &(ad_conv_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_conv_options))}))
#define ad_conv2d(...) \
    ad_at(__FILE__, __LINE__, (ad_conv2d)(AD_FIRST_(__VA_ARGS__, 0), &(ad_conv_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_conv_options))}))
#define ad_conv_transpose2d(...) \
    ad_at(__FILE__, __LINE__, (ad_conv_transpose2d)(AD_FIRST_(__VA_ARGS__, 0), &(ad_conv_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_conv_options))}))
#define ad_batch_norm(...) \
    ad_at(__FILE__, __LINE__, (ad_batch_norm)(AD_FIRST_(__VA_ARGS__, 0), &(ad_norm_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_norm_options))}))
#define ad_layer_norm(...) \
    ad_at(__FILE__, __LINE__, (ad_layer_norm)(AD_FIRST_(__VA_ARGS__, 0), &(ad_norm_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_norm_options))}))
#define ad_embedding(...) \
    ad_at(__FILE__, __LINE__, (ad_embedding)(AD_FIRST_(__VA_ARGS__, 0), &(ad_embedding_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_embedding_options))}))
#define ad_rnn(...) \
    ad_at(__FILE__, __LINE__, (ad_rnn)(AD_FIRST_(__VA_ARGS__, 0), &(ad_recurrent_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_recurrent_options))}))
#define ad_gru(...) \
    ad_at(__FILE__, __LINE__, (ad_gru)(AD_FIRST_(__VA_ARGS__, 0), &(ad_recurrent_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_recurrent_options))}))
#define ad_lstm(...) \
    ad_at(__FILE__, __LINE__, (ad_lstm)(AD_FIRST_(__VA_ARGS__, 0), &(ad_recurrent_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_recurrent_options))}))
#define ad_sgd(...) \
    ad_at(__FILE__, __LINE__, (ad_sgd)(AD_FIRST_(__VA_ARGS__, 0), &(ad_optimizer_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_optimizer_options))}))
#define ad_rmsprop(...) \
    ad_at(__FILE__, __LINE__, (ad_rmsprop)(AD_FIRST_(__VA_ARGS__, 0), &(ad_optimizer_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_optimizer_options))}))
#define ad_adam(...) \
    ad_at(__FILE__, __LINE__, (ad_adam)(AD_FIRST_(__VA_ARGS__, 0), &(ad_optimizer_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_optimizer_options))}))
#define ad_adamw(...) \
    ad_at(__FILE__, __LINE__, (ad_adamw)(AD_FIRST_(__VA_ARGS__, 0), &(ad_optimizer_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_optimizer_options))}))
#define ad_save(state, ...) \
    (ad_save)(state, AD_FIRST_(__VA_ARGS__, 0), &(ad_file_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_file_options))})
#define ad_load(state, ...) \
    (ad_load)(state, AD_FIRST_(__VA_ARGS__, 0), &(ad_file_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_file_options))})
#define ad_compile(...) \
    (ad_compile)(AD_FIRST_(__VA_ARGS__, 0), &(ad_compile_options){AD_REST_(__VA_ARGS__, .size_ = sizeof(ad_compile_options))})
#define ad_scan_input(...) \
    ad_at(__FILE__, __LINE__, ad_scan_input(__VA_ARGS__))
#define ad_scan_carry(...) \
    ad_at(__FILE__, __LINE__, ad_scan_carry(__VA_ARGS__))
#define ad_scan_index(...) \
    ad_at(__FILE__, __LINE__, ad_scan_index(__VA_ARGS__))
#define ad_scan_all(...) \
    ad_at(__FILE__, __LINE__, ad_scan_all(__VA_ARGS__))
#define ad_scan_last(...) \
    ad_at(__FILE__, __LINE__, ad_scan_last(__VA_ARGS__))

#else

inline ad_context *ad_context_new(ad_context_options options = {})
{
    options.size_ = sizeof options;
    return ad_context_new(&options);
}
#define ad_feed(...) \
    ad_at(__FILE__, __LINE__, ad_feed(__VA_ARGS__))
#define ad_constant(...) \
    ad_at(__FILE__, __LINE__, ad_constant(__VA_ARGS__))
#define ad_number(...) \
    ad_at(__FILE__, __LINE__, ad_number(__VA_ARGS__))
#define ad_full(...) \
    ad_at(__FILE__, __LINE__, ad_full(__VA_ARGS__))
#define ad_range(...) \
    ad_at(__FILE__, __LINE__, ad_range(__VA_ARGS__))
#define ad_variable(...) \
    ad_at(__FILE__, __LINE__, ad_variable(__VA_ARGS__))
#define ad_buffer(...) \
    ad_at(__FILE__, __LINE__, ad_buffer(__VA_ARGS__))
#define ad_find(...) \
    ad_at(__FILE__, __LINE__, ad_find(__VA_ARGS__))
#define ad_variable_at(...) \
    ad_at(__FILE__, __LINE__, ad_variable_at(__VA_ARGS__))
#define ad_training(...) \
    ad_at(__FILE__, __LINE__, ad_training(__VA_ARGS__))
#define ad_step(...) \
    ad_at(__FILE__, __LINE__, ad_step(__VA_ARGS__))
#define ad_assign(...) \
    ad_at(__FILE__, __LINE__, ad_assign(__VA_ARGS__))
#define ad_pending(...) \
    ad_at(__FILE__, __LINE__, ad_pending(__VA_ARGS__))
#define ad_call(...) \
    ad_at(__FILE__, __LINE__, ad_call(__VA_ARGS__))
#define ad_name(...) \
    ad_at(__FILE__, __LINE__, ad_name(__VA_ARGS__))
#define ad_size(...) \
    ad_at(__FILE__, __LINE__, ad_size(__VA_ARGS__))
#define ad_cast(...) \
    ad_at(__FILE__, __LINE__, ad_cast(__VA_ARGS__))
#define ad_neg(...) \
    ad_at(__FILE__, __LINE__, ad_neg(__VA_ARGS__))
#define ad_abs(...) \
    ad_at(__FILE__, __LINE__, ad_abs(__VA_ARGS__))
#define ad_sign(...) \
    ad_at(__FILE__, __LINE__, ad_sign(__VA_ARGS__))
#define ad_exp(...) \
    ad_at(__FILE__, __LINE__, ad_exp(__VA_ARGS__))
#define ad_expm1(...) \
    ad_at(__FILE__, __LINE__, ad_expm1(__VA_ARGS__))
#define ad_log(...) \
    ad_at(__FILE__, __LINE__, ad_log(__VA_ARGS__))
#define ad_log1p(...) \
    ad_at(__FILE__, __LINE__, ad_log1p(__VA_ARGS__))
#define ad_sqrt(...) \
    ad_at(__FILE__, __LINE__, ad_sqrt(__VA_ARGS__))
#define ad_rsqrt(...) \
    ad_at(__FILE__, __LINE__, ad_rsqrt(__VA_ARGS__))
#define ad_square(...) \
    ad_at(__FILE__, __LINE__, ad_square(__VA_ARGS__))
#define ad_reciprocal(...) \
    ad_at(__FILE__, __LINE__, ad_reciprocal(__VA_ARGS__))
#define ad_sin(...) \
    ad_at(__FILE__, __LINE__, ad_sin(__VA_ARGS__))
#define ad_cos(...) \
    ad_at(__FILE__, __LINE__, ad_cos(__VA_ARGS__))
#define ad_tanh(...) \
    ad_at(__FILE__, __LINE__, ad_tanh(__VA_ARGS__))
#define ad_erf(...) \
    ad_at(__FILE__, __LINE__, ad_erf(__VA_ARGS__))
#define ad_floor(...) \
    ad_at(__FILE__, __LINE__, ad_floor(__VA_ARGS__))
#define ad_ceil(...) \
    ad_at(__FILE__, __LINE__, ad_ceil(__VA_ARGS__))
#define ad_round(...) \
    ad_at(__FILE__, __LINE__, ad_round(__VA_ARGS__))
#define ad_is_finite(...) \
    ad_at(__FILE__, __LINE__, ad_is_finite(__VA_ARGS__))
#define ad_add(...) \
    ad_at(__FILE__, __LINE__, ad_add(__VA_ARGS__))
#define ad_sub(...) \
    ad_at(__FILE__, __LINE__, ad_sub(__VA_ARGS__))
#define ad_mul(...) \
    ad_at(__FILE__, __LINE__, ad_mul(__VA_ARGS__))
#define ad_div(...) \
    ad_at(__FILE__, __LINE__, ad_div(__VA_ARGS__))
#define ad_pow(...) \
    ad_at(__FILE__, __LINE__, ad_pow(__VA_ARGS__))
#define ad_min(...) \
    ad_at(__FILE__, __LINE__, ad_min(__VA_ARGS__))
#define ad_max(...) \
    ad_at(__FILE__, __LINE__, ad_max(__VA_ARGS__))
#define ad_less(...) \
    ad_at(__FILE__, __LINE__, ad_less(__VA_ARGS__))
#define ad_less_equal(...) \
    ad_at(__FILE__, __LINE__, ad_less_equal(__VA_ARGS__))
#define ad_greater(...) \
    ad_at(__FILE__, __LINE__, ad_greater(__VA_ARGS__))
#define ad_greater_equal(...) \
    ad_at(__FILE__, __LINE__, ad_greater_equal(__VA_ARGS__))
#define ad_equal(...) \
    ad_at(__FILE__, __LINE__, ad_equal(__VA_ARGS__))
#define ad_not_equal(...) \
    ad_at(__FILE__, __LINE__, ad_not_equal(__VA_ARGS__))
#define ad_and(...) \
    ad_at(__FILE__, __LINE__, ad_and(__VA_ARGS__))
#define ad_or(...) \
    ad_at(__FILE__, __LINE__, ad_or(__VA_ARGS__))
#define ad_not(...) \
    ad_at(__FILE__, __LINE__, ad_not(__VA_ARGS__))
#define ad_where(...) \
    ad_at(__FILE__, __LINE__, ad_where(__VA_ARGS__))
#define ad_scale(...) \
    ad_at(__FILE__, __LINE__, ad_scale(__VA_ARGS__))
#define ad_shift(...) \
    ad_at(__FILE__, __LINE__, ad_shift(__VA_ARGS__))
#define ad_sigmoid(...) \
    ad_at(__FILE__, __LINE__, ad_sigmoid(__VA_ARGS__))
#define ad_relu(...) \
    ad_at(__FILE__, __LINE__, ad_relu(__VA_ARGS__))
#define ad_leaky_relu(...) \
    ad_at(__FILE__, __LINE__, ad_leaky_relu(__VA_ARGS__))
#define ad_prelu(...) \
    ad_at(__FILE__, __LINE__, ad_prelu(__VA_ARGS__))
#define ad_elu(...) \
    ad_at(__FILE__, __LINE__, ad_elu(__VA_ARGS__))
#define ad_selu(...) \
    ad_at(__FILE__, __LINE__, ad_selu(__VA_ARGS__))
#define ad_gelu(...) \
    ad_at(__FILE__, __LINE__, ad_gelu(__VA_ARGS__))
#define ad_gelu_tanh(...) \
    ad_at(__FILE__, __LINE__, ad_gelu_tanh(__VA_ARGS__))
#define ad_swish(...) \
    ad_at(__FILE__, __LINE__, ad_swish(__VA_ARGS__))
#define ad_softplus(...) \
    ad_at(__FILE__, __LINE__, ad_softplus(__VA_ARGS__))
#define ad_matmul(...) \
    ad_at(__FILE__, __LINE__, ad_matmul(__VA_ARGS__))
#define ad_mm(...) \
    ad_at(__FILE__, __LINE__, ad_mm(__VA_ARGS__))
#define ad_dot(...) \
    ad_at(__FILE__, __LINE__, ad_dot(__VA_ARGS__))
inline ad_tensor *ad_sum(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_sum(x, axes, &options));
}
inline ad_tensor *ad_mean(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_mean(x, axes, &options));
}
inline ad_tensor *ad_maximum(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_maximum(x, axes, &options));
}
inline ad_tensor *ad_minimum(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_minimum(x, axes, &options));
}
inline ad_tensor *ad_variance(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_variance(x, axes, &options));
}
#define ad_argmax(...) \
    ad_at(__FILE__, __LINE__, ad_argmax(__VA_ARGS__))
#define ad_reshape(...) \
    ad_at(__FILE__, __LINE__, ad_reshape(__VA_ARGS__))
#define ad_flatten(...) \
    ad_at(__FILE__, __LINE__, ad_flatten(__VA_ARGS__))
#define ad_transpose(...) \
    ad_at(__FILE__, __LINE__, ad_transpose(__VA_ARGS__))
#define ad_expand(...) \
    ad_at(__FILE__, __LINE__, ad_expand(__VA_ARGS__))
#define ad_slice(...) \
    ad_at(__FILE__, __LINE__, ad_slice(__VA_ARGS__))
#define ad_concat(...) \
    ad_at(__FILE__, __LINE__, ad_concat(__VA_ARGS__))
#define ad_pad(...) \
    ad_at(__FILE__, __LINE__, ad_pad(__VA_ARGS__))
#define ad_gather(...) \
    ad_at(__FILE__, __LINE__, ad_gather(__VA_ARGS__))
#define ad_scatter_add(...) \
    ad_at(__FILE__, __LINE__, ad_scatter_add(__VA_ARGS__))
#define ad_one_hot(...) \
    ad_at(__FILE__, __LINE__, ad_one_hot(__VA_ARGS__))
#define ad_stop_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_stop_gradient(__VA_ARGS__))
#define ad_uniform(...) \
    ad_at(__FILE__, __LINE__, ad_uniform(__VA_ARGS__))
#define ad_normal(...) \
    ad_at(__FILE__, __LINE__, ad_normal(__VA_ARGS__))
inline ad_tensor *ad_dropout(ad_tensor *x, ad_dropout_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_dropout(x, &options));
}
inline ad_tensor *ad_convolution(ad_tensor *x, ad_tensor *weight, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_convolution(x, weight, &options));
}
inline ad_tensor *ad_convolution_transpose(ad_tensor *x, ad_tensor *weight, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_convolution_transpose(x, weight, &options));
}
inline ad_tensor *ad_max_pool(ad_tensor *x, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_max_pool(x, &options));
}
inline ad_tensor *ad_average_pool(ad_tensor *x, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_average_pool(x, &options));
}
#define ad_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_softmax(__VA_ARGS__))
#define ad_log_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_log_softmax(__VA_ARGS__))
#define ad_layer_normalize(...) \
    ad_at(__FILE__, __LINE__, ad_layer_normalize(__VA_ARGS__))
inline ad_tensor *ad_attention(ad_tensor *q, ad_tensor *k, ad_tensor *v, ad_attention_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_attention(q, k, v, &options));
}
inline ad_tensor *ad_cross_entropy(ad_tensor *logits, ad_tensor *label, ad_loss_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_cross_entropy(logits, label, &options));
}
inline ad_tensor *ad_binary_cross_entropy(ad_tensor *logits, ad_tensor *target, ad_loss_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_binary_cross_entropy(logits, target, &options));
}
inline ad_tensor *ad_squared_error(ad_tensor *x, ad_tensor *target, ad_loss_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_squared_error(x, target, &options));
}
#define ad_accuracy(...) \
    ad_at(__FILE__, __LINE__, ad_accuracy(__VA_ARGS__))
inline ad_tensor *ad_linear(ad_tensor *x, ad_linear_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_linear(x, &options));
}
inline ad_tensor *ad_conv1d(ad_tensor *x, ad_conv_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_conv1d(x, &options));
}
inline ad_tensor *ad_conv2d(ad_tensor *x, ad_conv_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_conv2d(x, &options));
}
inline ad_tensor *ad_conv_transpose2d(ad_tensor *x, ad_conv_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_conv_transpose2d(x, &options));
}
inline ad_tensor *ad_batch_norm(ad_tensor *x, ad_norm_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_batch_norm(x, &options));
}
inline ad_tensor *ad_layer_norm(ad_tensor *x, ad_norm_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_layer_norm(x, &options));
}
inline ad_tensor *ad_embedding(ad_tensor *index, ad_embedding_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_embedding(index, &options));
}
inline ad_tensor *ad_rnn(ad_tensor *x, ad_recurrent_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_rnn(x, &options));
}
inline ad_tensor *ad_gru(ad_tensor *x, ad_recurrent_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_gru(x, &options));
}
inline ad_tensor *ad_lstm(ad_tensor *x, ad_recurrent_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_lstm(x, &options));
}
inline ad_tensor *ad_sgd(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_sgd(loss, &options));
}
inline ad_tensor *ad_rmsprop(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_rmsprop(loss, &options));
}
inline ad_tensor *ad_adam(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_adam(loss, &options));
}
inline ad_tensor *ad_adamw(ad_tensor *loss, ad_optimizer_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    options.size_ = sizeof options;
    return ad_at(file_, line_, ad_adamw(loss, &options));
}
inline ad_status ad_save(const ad_state *state, const char *path, ad_file_options options = {})
{
    options.size_ = sizeof options;
    return ad_save(state, path, &options);
}
inline ad_status ad_load(ad_state *state, const char *path, ad_file_options options = {})
{
    options.size_ = sizeof options;
    return ad_load(state, path, &options);
}
inline ad_program *ad_compile(ad_state *state, ad_compile_options options = {})
{
    options.size_ = sizeof options;
    return ad_compile(state, &options);
}
#define ad_scan_input(...) \
    ad_at(__FILE__, __LINE__, ad_scan_input(__VA_ARGS__))
#define ad_scan_carry(...) \
    ad_at(__FILE__, __LINE__, ad_scan_carry(__VA_ARGS__))
#define ad_scan_index(...) \
    ad_at(__FILE__, __LINE__, ad_scan_index(__VA_ARGS__))
#define ad_scan_all(...) \
    ad_at(__FILE__, __LINE__, ad_scan_all(__VA_ARGS__))
#define ad_scan_last(...) \
    ad_at(__FILE__, __LINE__, ad_scan_last(__VA_ARGS__))

#endif
/* clang-format on */
#endif
