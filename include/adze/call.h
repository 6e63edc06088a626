/* How calls look in a program: .field = value options, and the caller's place in every message.  Made from adze.h by
 * script/make-call-header.awk; in C the plain function is (ad_name)(...), as bindings call it.  Tensors given to a call are
 * evaluated from left to right. */
#ifndef ADZE_CALL_H
#define ADZE_CALL_H

/* clang-format off */
#ifndef __cplusplus

/* What is written overrides a default. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#define AD_DEFAULTS_ad_context_options .threads = AD_PROCESSORS, .devices = 1,
#define AD_DEFAULTS_ad_reduce_options
#define AD_DEFAULTS_ad_dropout_options .rate = 0.5,
#define AD_DEFAULTS_ad_window_options .window = 2, .window_w = AD_SAME, .stride = AD_SAME, .stride_w = AD_SAME, .padding_w = AD_SAME, .dilation = 1, .dilation_w = AD_SAME, .groups = 1, .output_padding_w = AD_SAME,
#define AD_DEFAULTS_ad_attention_options .scale = AD_AUTO,
#define AD_DEFAULTS_ad_loss_options .delta = 1, .quantile = 0.5, .log_input = true, .ignore_index = -100, .alpha = AD_AUTO, .beta = AD_AUTO, .epsilon = AD_AUTO, .gamma = AD_AUTO, .margin = AD_AUTO, .p = AD_AUTO, .power = AD_AUTO, .shape = AD_AUTO, .smooth = AD_AUTO, .temperature = AD_AUTO,
#define AD_DEFAULTS_ad_linear_options .bias = true, .normal = AD_AUTO,
#define AD_DEFAULTS_ad_conv_options .kernel_w = AD_SAME, .stride = 1, .stride_w = AD_SAME, .padding_w = AD_SAME, .dilation = 1, .dilation_w = AD_SAME, .groups = 1, .output_padding_w = AD_SAME, .bias = true,
#define AD_DEFAULTS_ad_norm_options .epsilon = 1e-5, .momentum = 0.1, .affine = true,
#define AD_DEFAULTS_ad_embedding_options .normal = 1,
#define AD_DEFAULTS_ad_recurrent_options .bias = true, .layers = 1,
#define AD_DEFAULTS_ad_self_attention_options .bias = true, .normal = AD_AUTO, .normal_out = AD_AUTO,
#define AD_DEFAULTS_ad_transformer_options .width = AD_SAME, .normal = AD_AUTO, .depth = AD_SAME, .epsilon = 1e-5, .bias = true,
#define AD_DEFAULTS_ad_positions_options .count = AD_SAME, .normal = 0.02,
#define AD_DEFAULTS_ad_pool_time_options
#define AD_DEFAULTS_ad_group .rate_scale = 1, .decay = AD_AUTO,
#define AD_DEFAULTS_ad_optimizer_options .rate = AD_AUTO, .momentum = AD_AUTO, .beta1 = AD_AUTO, .beta2 = AD_AUTO, .alpha = AD_AUTO, .epsilon = AD_AUTO, .decay = AD_AUTO, .clip_norm = AD_AUTO, .clip_value = AD_AUTO, .accumulate = 1, .momentum_decay = AD_AUTO, .beta2_decay = AD_AUTO, .epsilon2 = AD_AUTO, .threshold = AD_AUTO, .eta_minus = AD_AUTO, .eta_plus = AD_AUTO, .step_min = AD_AUTO, .step_max = AD_AUTO, .lambda = AD_AUTO, .begin = AD_AUTO, .trust = AD_AUTO, .ns_a = AD_AUTO, .ns_b = AD_AUTO, .ns_c = AD_AUTO, .ns_steps = 5, .clip_adaptive = AD_AUTO,
#define AD_DEFAULTS_ad_file_options
#define AD_DEFAULTS_ad_compile_options .shapes = AD_AS_FIT,
#endif

#ifndef ADZE_PLAIN_CALLS
#define AD_LOCAL_(i, n) AD_LOCAL_NAME_(i, n)
#define AD_LOCAL_NAME_(i, n) ad_##i##_##n
#define AD_2_(n, call, x, z) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = z; ad_at(__FILE__, __LINE__, (call)(AD_LOCAL_(1, n), AD_LOCAL_(2, n))); })
#define AD_3_(n, call, x, y, z) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = y; ad_tensor *AD_LOCAL_(3, n) = z; ad_at(__FILE__, __LINE__, (call)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n))); })

#ifndef __cplusplus

#define ad_context_new(...) \
    (ad_context_new)(&AD_MAKE_(ad_context_options, __VA_ARGS__))
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
#define ad_mark(...) \
    ad_at(__FILE__, __LINE__, ad_mark(__VA_ARGS__))
#define ad_training(...) \
    ad_at(__FILE__, __LINE__, ad_training(__VA_ARGS__))
#define ad_step(...) \
    ad_at(__FILE__, __LINE__, ad_step(__VA_ARGS__))
#define ad_assign(owner, variable, value) \
    AD_3_(__COUNTER__, ad_assign, owner, variable, value)
#define ad_pending(...) \
    ad_at(__FILE__, __LINE__, ad_pending(__VA_ARGS__))
#define ad_call(y, ...) ad_call_(__COUNTER__, y, __VA_ARGS__)
#define ad_call_(n, y, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = y; ad_at(__FILE__, __LINE__, (ad_call)(AD_LOCAL_(1, n), __VA_ARGS__)); })
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
#define ad_add(x, z) \
    AD_2_(__COUNTER__, ad_add, x, z)
#define ad_sub(x, z) \
    AD_2_(__COUNTER__, ad_sub, x, z)
#define ad_mul(x, z) \
    AD_2_(__COUNTER__, ad_mul, x, z)
#define ad_div(x, z) \
    AD_2_(__COUNTER__, ad_div, x, z)
#define ad_pow(x, z) \
    AD_2_(__COUNTER__, ad_pow, x, z)
#define ad_minimum(x, z) \
    AD_2_(__COUNTER__, ad_minimum, x, z)
#define ad_maximum(x, z) \
    AD_2_(__COUNTER__, ad_maximum, x, z)
#define ad_less(x, z) \
    AD_2_(__COUNTER__, ad_less, x, z)
#define ad_less_equal(x, z) \
    AD_2_(__COUNTER__, ad_less_equal, x, z)
#define ad_greater(x, z) \
    AD_2_(__COUNTER__, ad_greater, x, z)
#define ad_greater_equal(x, z) \
    AD_2_(__COUNTER__, ad_greater_equal, x, z)
#define ad_equal(x, z) \
    AD_2_(__COUNTER__, ad_equal, x, z)
#define ad_not_equal(x, z) \
    AD_2_(__COUNTER__, ad_not_equal, x, z)
#define ad_and(x, z) \
    AD_2_(__COUNTER__, ad_and, x, z)
#define ad_or(x, z) \
    AD_2_(__COUNTER__, ad_or, x, z)
#define ad_not(...) \
    ad_at(__FILE__, __LINE__, ad_not(__VA_ARGS__))
#define ad_where(condition, yes, no) \
    AD_3_(__COUNTER__, ad_where, condition, yes, no)
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
#define ad_prelu(x, slope) \
    AD_2_(__COUNTER__, ad_prelu, x, slope)
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
#define ad_matmul(a, b) \
    AD_2_(__COUNTER__, ad_matmul, a, b)
#define ad_mm(a, b) \
    AD_2_(__COUNTER__, ad_mm, a, b)
#define ad_dot(a, b) \
    AD_2_(__COUNTER__, ad_dot, a, b)
#define ad_sum(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_sum)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_mean(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_mean)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_max(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_max)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_min(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_min)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
#define ad_variance(x, ...) \
    ad_at(__FILE__, __LINE__, (ad_variance)(x, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_reduce_options, AD_REST_(__VA_ARGS__, ))))
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
#define ad_gather(x, index, ...) ad_gather_(__COUNTER__, x, index, __VA_ARGS__)
#define ad_gather_(n, x, index, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = index; ad_at(__FILE__, __LINE__, (ad_gather)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_scatter_add(base, index, part, ...) ad_scatter_add_(__COUNTER__, base, index, part, __VA_ARGS__)
#define ad_scatter_add_(n, base, index, part, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = base; ad_tensor *AD_LOCAL_(2, n) = index; ad_tensor *AD_LOCAL_(3, n) = part; ad_at(__FILE__, __LINE__, (ad_scatter_add)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), __VA_ARGS__)); })
#define ad_one_hot(...) \
    ad_at(__FILE__, __LINE__, ad_one_hot(__VA_ARGS__))
#define ad_stop_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_stop_gradient(__VA_ARGS__))
#define ad_clip_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_clip_gradient(__VA_ARGS__))
#define ad_uniform(...) \
    ad_at(__FILE__, __LINE__, ad_uniform(__VA_ARGS__))
#define ad_normal(...) \
    ad_at(__FILE__, __LINE__, ad_normal(__VA_ARGS__))
#define ad_dropout(...) \
    ad_at(__FILE__, __LINE__, (ad_dropout)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_dropout_options, AD_REST_(__VA_ARGS__, ))))
#define ad_convolution(x, ...) ad_convolution_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_window_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_convolution_transpose(x, ...) ad_convolution_transpose_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_transpose_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution_transpose)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_window_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_max_pool(...) \
    ad_at(__FILE__, __LINE__, (ad_max_pool)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_window_options, AD_REST_(__VA_ARGS__, ))))
#define ad_average_pool(...) \
    ad_at(__FILE__, __LINE__, (ad_average_pool)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_window_options, AD_REST_(__VA_ARGS__, ))))
#define ad_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_softmax(__VA_ARGS__))
#define ad_log_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_log_softmax(__VA_ARGS__))
#define ad_layer_normalize(x, scale, offset, ...) ad_layer_normalize_(__COUNTER__, x, scale, offset, __VA_ARGS__)
#define ad_layer_normalize_(n, x, scale, offset, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = scale; ad_tensor *AD_LOCAL_(3, n) = offset; ad_at(__FILE__, __LINE__, (ad_layer_normalize)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), __VA_ARGS__)); })
#define ad_attention(q, k, ...) ad_attention_(__COUNTER__, q, k, __VA_ARGS__)
#define ad_attention_(n, q, k, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = q; ad_tensor *AD_LOCAL_(2, n) = k; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_attention)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_attention_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_cross_entropy(logits, ...) ad_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_binary_cross_entropy(logits, ...) ad_binary_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_binary_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_binary_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_squared_error(x, ...) ad_squared_error_(__COUNTER__, x, __VA_ARGS__)
#define ad_squared_error_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_squared_error)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_absolute_error(x, ...) ad_absolute_error_(__COUNTER__, x, __VA_ARGS__)
#define ad_absolute_error_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_absolute_error)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_huber(x, ...) ad_huber_(__COUNTER__, x, __VA_ARGS__)
#define ad_huber_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_huber)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_poisson_loss(x, ...) ad_poisson_loss_(__COUNTER__, x, __VA_ARGS__)
#define ad_poisson_loss_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_poisson_loss)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_pinball(x, ...) ad_pinball_(__COUNTER__, x, __VA_ARGS__)
#define ad_pinball_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_pinball)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_accuracy(logits, label) \
    AD_2_(__COUNTER__, ad_accuracy, logits, label)
#define ad_linear(...) ad_linear_(__COUNTER__, __VA_ARGS__)
#define ad_linear_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_linear)(AD_LOCAL_(1, n), &AD_MAKE_(ad_linear_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_conv1d(...) \
    ad_at(__FILE__, __LINE__, (ad_conv1d)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_options, AD_REST_(__VA_ARGS__, ))))
#define ad_conv2d(...) \
    ad_at(__FILE__, __LINE__, (ad_conv2d)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_options, AD_REST_(__VA_ARGS__, ))))
#define ad_conv_transpose2d(...) \
    ad_at(__FILE__, __LINE__, (ad_conv_transpose2d)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_conv_options, AD_REST_(__VA_ARGS__, ))))
#define ad_batch_norm(...) ad_batch_norm_(__COUNTER__, __VA_ARGS__)
#define ad_batch_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_batch_norm)(AD_LOCAL_(1, n), &AD_MAKE_(ad_norm_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_layer_norm(...) ad_layer_norm_(__COUNTER__, __VA_ARGS__)
#define ad_layer_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_layer_norm)(AD_LOCAL_(1, n), &AD_MAKE_(ad_norm_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_embedding(...) ad_embedding_(__COUNTER__, __VA_ARGS__)
#define ad_embedding_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_embedding)(AD_LOCAL_(1, n), &AD_MAKE_(ad_embedding_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_rnn(...) ad_rnn_(__COUNTER__, __VA_ARGS__)
#define ad_rnn_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_rnn)(AD_LOCAL_(1, n), &AD_MAKE_(ad_recurrent_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_gru(...) ad_gru_(__COUNTER__, __VA_ARGS__)
#define ad_gru_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_gru)(AD_LOCAL_(1, n), &AD_MAKE_(ad_recurrent_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_lstm(...) ad_lstm_(__COUNTER__, __VA_ARGS__)
#define ad_lstm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_lstm)(AD_LOCAL_(1, n), &AD_MAKE_(ad_recurrent_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_self_attention(...) ad_self_attention_(__COUNTER__, __VA_ARGS__)
#define ad_self_attention_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_self_attention)(AD_LOCAL_(1, n), &AD_MAKE_(ad_self_attention_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_transformer(...) ad_transformer_(__COUNTER__, __VA_ARGS__)
#define ad_transformer_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_transformer)(AD_LOCAL_(1, n), &AD_MAKE_(ad_transformer_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_positions(...) \
    ad_at(__FILE__, __LINE__, (ad_positions)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_positions_options, AD_REST_(__VA_ARGS__, ))))
#define ad_pool_time(...) ad_pool_time_(__COUNTER__, __VA_ARGS__)
#define ad_pool_time_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_pool_time)(AD_LOCAL_(1, n), &AD_MAKE_(ad_pool_time_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_gradient_from(y, dy, ...) ad_gradient_from_(__COUNTER__, y, dy, __VA_ARGS__)
#define ad_gradient_from_(n, y, dy, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = y; ad_tensor *AD_LOCAL_(2, n) = dy; (ad_gradient_from)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__); })
#define ad_sgd(...) ad_sgd_(__COUNTER__, __VA_ARGS__)
#define ad_sgd_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_sgd)(AD_LOCAL_(1, n), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_rmsprop(...) ad_rmsprop_(__COUNTER__, __VA_ARGS__)
#define ad_rmsprop_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_rmsprop)(AD_LOCAL_(1, n), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_adam(...) ad_adam_(__COUNTER__, __VA_ARGS__)
#define ad_adam_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_adam)(AD_LOCAL_(1, n), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_adamw(...) ad_adamw_(__COUNTER__, __VA_ARGS__)
#define ad_adamw_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_adamw)(AD_LOCAL_(1, n), &AD_MAKE_(ad_optimizer_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_average(...) \
    ad_at(__FILE__, __LINE__, ad_average(__VA_ARGS__))
#define ad_averaged(...) \
    ad_at(__FILE__, __LINE__, ad_averaged(__VA_ARGS__))
#define ad_save(state, ...) \
    (ad_save)(state, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_file_options, AD_REST_(__VA_ARGS__, )))
#define ad_load(state, ...) \
    (ad_load)(state, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_file_options, AD_REST_(__VA_ARGS__, )))
#define ad_compile(...) \
    (ad_compile)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_compile_options, AD_REST_(__VA_ARGS__, )))
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

struct ad_nothing_ {};
inline ad_context *ad_context_new(ad_context_options options = {})
{
    return ad_context_new(&options);
}
template <class T, class = decltype(T(1) * T(1))> ad_context *ad_context_new(T) = delete;
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
#define ad_mark(...) \
    ad_at(__FILE__, __LINE__, ad_mark(__VA_ARGS__))
#define ad_training(...) \
    ad_at(__FILE__, __LINE__, ad_training(__VA_ARGS__))
#define ad_step(...) \
    ad_at(__FILE__, __LINE__, ad_step(__VA_ARGS__))
#define ad_assign(owner, variable, value) \
    AD_3_(__COUNTER__, ad_assign, owner, variable, value)
#define ad_pending(...) \
    ad_at(__FILE__, __LINE__, ad_pending(__VA_ARGS__))
#define ad_call(y, ...) ad_call_(__COUNTER__, y, __VA_ARGS__)
#define ad_call_(n, y, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = y; ad_at(__FILE__, __LINE__, (ad_call)(AD_LOCAL_(1, n), __VA_ARGS__)); })
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
#define ad_add(x, z) \
    AD_2_(__COUNTER__, ad_add, x, z)
#define ad_sub(x, z) \
    AD_2_(__COUNTER__, ad_sub, x, z)
#define ad_mul(x, z) \
    AD_2_(__COUNTER__, ad_mul, x, z)
#define ad_div(x, z) \
    AD_2_(__COUNTER__, ad_div, x, z)
#define ad_pow(x, z) \
    AD_2_(__COUNTER__, ad_pow, x, z)
#define ad_minimum(x, z) \
    AD_2_(__COUNTER__, ad_minimum, x, z)
#define ad_maximum(x, z) \
    AD_2_(__COUNTER__, ad_maximum, x, z)
#define ad_less(x, z) \
    AD_2_(__COUNTER__, ad_less, x, z)
#define ad_less_equal(x, z) \
    AD_2_(__COUNTER__, ad_less_equal, x, z)
#define ad_greater(x, z) \
    AD_2_(__COUNTER__, ad_greater, x, z)
#define ad_greater_equal(x, z) \
    AD_2_(__COUNTER__, ad_greater_equal, x, z)
#define ad_equal(x, z) \
    AD_2_(__COUNTER__, ad_equal, x, z)
#define ad_not_equal(x, z) \
    AD_2_(__COUNTER__, ad_not_equal, x, z)
#define ad_and(x, z) \
    AD_2_(__COUNTER__, ad_and, x, z)
#define ad_or(x, z) \
    AD_2_(__COUNTER__, ad_or, x, z)
#define ad_not(...) \
    ad_at(__FILE__, __LINE__, ad_not(__VA_ARGS__))
#define ad_where(condition, yes, no) \
    AD_3_(__COUNTER__, ad_where, condition, yes, no)
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
#define ad_prelu(x, slope) \
    AD_2_(__COUNTER__, ad_prelu, x, slope)
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
#define ad_matmul(a, b) \
    AD_2_(__COUNTER__, ad_matmul, a, b)
#define ad_mm(a, b) \
    AD_2_(__COUNTER__, ad_mm, a, b)
#define ad_dot(a, b) \
    AD_2_(__COUNTER__, ad_dot, a, b)
inline ad_tensor *ad_sum(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_sum(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_sum(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_mean(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_mean(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_mean(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_max(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_max(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_max(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_min(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_min(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_min(ad_tensor *x, ad_axes axes, T) = delete;
inline ad_tensor *ad_variance(ad_tensor *x, ad_axes axes, ad_reduce_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_variance(x, axes, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_variance(ad_tensor *x, ad_axes axes, T) = delete;
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
#define ad_gather(x, index, ...) ad_gather_(__COUNTER__, x, index, __VA_ARGS__)
#define ad_gather_(n, x, index, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = index; ad_at(__FILE__, __LINE__, (ad_gather)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_scatter_add(base, index, part, ...) ad_scatter_add_(__COUNTER__, base, index, part, __VA_ARGS__)
#define ad_scatter_add_(n, base, index, part, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = base; ad_tensor *AD_LOCAL_(2, n) = index; ad_tensor *AD_LOCAL_(3, n) = part; ad_at(__FILE__, __LINE__, (ad_scatter_add)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), __VA_ARGS__)); })
#define ad_one_hot(...) \
    ad_at(__FILE__, __LINE__, ad_one_hot(__VA_ARGS__))
#define ad_stop_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_stop_gradient(__VA_ARGS__))
#define ad_clip_gradient(...) \
    ad_at(__FILE__, __LINE__, ad_clip_gradient(__VA_ARGS__))
#define ad_uniform(...) \
    ad_at(__FILE__, __LINE__, ad_uniform(__VA_ARGS__))
#define ad_normal(...) \
    ad_at(__FILE__, __LINE__, ad_normal(__VA_ARGS__))
inline ad_tensor *ad_dropout(ad_tensor *x, ad_dropout_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_dropout(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_dropout(ad_tensor *x, T) = delete;
inline ad_tensor *ad_convolution(ad_tensor *x, ad_tensor *weight, ad_window_options options, ad_nothing_ = {})
{
    return ad_convolution(x, weight, &options);
}
#define ad_convolution(x, ...) ad_convolution_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_convolution_transpose(ad_tensor *x, ad_tensor *weight, ad_window_options options, ad_nothing_ = {})
{
    return ad_convolution_transpose(x, weight, &options);
}
#define ad_convolution_transpose(x, ...) ad_convolution_transpose_(__COUNTER__, x, __VA_ARGS__)
#define ad_convolution_transpose_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_convolution_transpose)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_max_pool(ad_tensor *x, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_max_pool(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_max_pool(ad_tensor *x, T) = delete;
inline ad_tensor *ad_average_pool(ad_tensor *x, ad_window_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_average_pool(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_average_pool(ad_tensor *x, T) = delete;
#define ad_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_softmax(__VA_ARGS__))
#define ad_log_softmax(...) \
    ad_at(__FILE__, __LINE__, ad_log_softmax(__VA_ARGS__))
#define ad_layer_normalize(x, scale, offset, ...) ad_layer_normalize_(__COUNTER__, x, scale, offset, __VA_ARGS__)
#define ad_layer_normalize_(n, x, scale, offset, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = scale; ad_tensor *AD_LOCAL_(3, n) = offset; ad_at(__FILE__, __LINE__, (ad_layer_normalize)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), __VA_ARGS__)); })
inline ad_tensor *ad_attention(ad_tensor *q, ad_tensor *k, ad_tensor *v, ad_attention_options options, ad_nothing_ = {})
{
    return ad_attention(q, k, v, &options);
}
#define ad_attention(q, k, ...) ad_attention_(__COUNTER__, q, k, __VA_ARGS__)
#define ad_attention_(n, q, k, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = q; ad_tensor *AD_LOCAL_(2, n) = k; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_attention)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_cross_entropy(ad_tensor *logits, ad_tensor *label, ad_loss_options options, ad_nothing_ = {})
{
    return ad_cross_entropy(logits, label, &options);
}
#define ad_cross_entropy(logits, ...) ad_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_binary_cross_entropy(ad_tensor *logits, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_binary_cross_entropy(logits, target, &options);
}
#define ad_binary_cross_entropy(logits, ...) ad_binary_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_binary_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_binary_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_squared_error(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_squared_error(x, target, &options);
}
#define ad_squared_error(x, ...) ad_squared_error_(__COUNTER__, x, __VA_ARGS__)
#define ad_squared_error_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_squared_error)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_absolute_error(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_absolute_error(x, target, &options);
}
#define ad_absolute_error(x, ...) ad_absolute_error_(__COUNTER__, x, __VA_ARGS__)
#define ad_absolute_error_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_absolute_error)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_huber(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_huber(x, target, &options);
}
#define ad_huber(x, ...) ad_huber_(__COUNTER__, x, __VA_ARGS__)
#define ad_huber_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_huber)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_poisson_loss(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_poisson_loss(x, target, &options);
}
#define ad_poisson_loss(x, ...) ad_poisson_loss_(__COUNTER__, x, __VA_ARGS__)
#define ad_poisson_loss_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_poisson_loss)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_pinball(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_pinball(x, target, &options);
}
#define ad_pinball(x, ...) ad_pinball_(__COUNTER__, x, __VA_ARGS__)
#define ad_pinball_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_pinball)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_accuracy(logits, label) \
    AD_2_(__COUNTER__, ad_accuracy, logits, label)
inline ad_tensor *ad_linear(ad_tensor *x, ad_linear_options options, ad_nothing_ = {})
{
    return ad_linear(x, &options);
}
#define ad_linear(...) ad_linear_(__COUNTER__, __VA_ARGS__)
#define ad_linear_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_linear)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_conv1d(ad_tensor *x, ad_conv_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_conv1d(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_conv1d(ad_tensor *x, T) = delete;
inline ad_tensor *ad_conv2d(ad_tensor *x, ad_conv_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_conv2d(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_conv2d(ad_tensor *x, T) = delete;
inline ad_tensor *ad_conv_transpose2d(ad_tensor *x, ad_conv_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_conv_transpose2d(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_conv_transpose2d(ad_tensor *x, T) = delete;
inline ad_tensor *ad_batch_norm(ad_tensor *x, ad_norm_options options, ad_nothing_ = {})
{
    return ad_batch_norm(x, &options);
}
#define ad_batch_norm(...) ad_batch_norm_(__COUNTER__, __VA_ARGS__)
#define ad_batch_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_batch_norm)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_layer_norm(ad_tensor *x, ad_norm_options options, ad_nothing_ = {})
{
    return ad_layer_norm(x, &options);
}
#define ad_layer_norm(...) ad_layer_norm_(__COUNTER__, __VA_ARGS__)
#define ad_layer_norm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_layer_norm)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_embedding(ad_tensor *index, ad_embedding_options options, ad_nothing_ = {})
{
    return ad_embedding(index, &options);
}
#define ad_embedding(...) ad_embedding_(__COUNTER__, __VA_ARGS__)
#define ad_embedding_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_embedding)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_rnn(ad_tensor *x, ad_recurrent_options options, ad_nothing_ = {})
{
    return ad_rnn(x, &options);
}
#define ad_rnn(...) ad_rnn_(__COUNTER__, __VA_ARGS__)
#define ad_rnn_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_rnn)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_gru(ad_tensor *x, ad_recurrent_options options, ad_nothing_ = {})
{
    return ad_gru(x, &options);
}
#define ad_gru(...) ad_gru_(__COUNTER__, __VA_ARGS__)
#define ad_gru_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_gru)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_lstm(ad_tensor *x, ad_recurrent_options options, ad_nothing_ = {})
{
    return ad_lstm(x, &options);
}
#define ad_lstm(...) ad_lstm_(__COUNTER__, __VA_ARGS__)
#define ad_lstm_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_lstm)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_self_attention(ad_tensor *x, ad_self_attention_options options, ad_nothing_ = {})
{
    return ad_self_attention(x, &options);
}
#define ad_self_attention(...) ad_self_attention_(__COUNTER__, __VA_ARGS__)
#define ad_self_attention_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_self_attention)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_transformer(ad_tensor *x, ad_transformer_options options, ad_nothing_ = {})
{
    return ad_transformer(x, &options);
}
#define ad_transformer(...) ad_transformer_(__COUNTER__, __VA_ARGS__)
#define ad_transformer_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_transformer)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_positions(ad_tensor *x, ad_positions_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_positions(x, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_positions(ad_tensor *x, T) = delete;
inline ad_tensor *ad_pool_time(ad_tensor *x, ad_pool_time_options options, ad_nothing_ = {})
{
    return ad_pool_time(x, &options);
}
#define ad_pool_time(...) ad_pool_time_(__COUNTER__, __VA_ARGS__)
#define ad_pool_time_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_pool_time)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_gradient_from(y, dy, ...) ad_gradient_from_(__COUNTER__, y, dy, __VA_ARGS__)
#define ad_gradient_from_(n, y, dy, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = y; ad_tensor *AD_LOCAL_(2, n) = dy; (ad_gradient_from)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__); })
inline ad_tensor *ad_sgd(ad_tensor *loss, ad_optimizer_options options, ad_nothing_ = {})
{
    return ad_sgd(loss, &options);
}
#define ad_sgd(...) ad_sgd_(__COUNTER__, __VA_ARGS__)
#define ad_sgd_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_sgd)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_rmsprop(ad_tensor *loss, ad_optimizer_options options, ad_nothing_ = {})
{
    return ad_rmsprop(loss, &options);
}
#define ad_rmsprop(...) ad_rmsprop_(__COUNTER__, __VA_ARGS__)
#define ad_rmsprop_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_rmsprop)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_adam(ad_tensor *loss, ad_optimizer_options options, ad_nothing_ = {})
{
    return ad_adam(loss, &options);
}
#define ad_adam(...) ad_adam_(__COUNTER__, __VA_ARGS__)
#define ad_adam_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_adam)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_adamw(ad_tensor *loss, ad_optimizer_options options, ad_nothing_ = {})
{
    return ad_adamw(loss, &options);
}
#define ad_adamw(...) ad_adamw_(__COUNTER__, __VA_ARGS__)
#define ad_adamw_(n, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_adamw)(AD_LOCAL_(1, n), AD_REST_(__VA_ARGS__, {}))); })
#define ad_average(...) \
    ad_at(__FILE__, __LINE__, ad_average(__VA_ARGS__))
#define ad_averaged(...) \
    ad_at(__FILE__, __LINE__, ad_averaged(__VA_ARGS__))
inline ad_status ad_save(const ad_state *state, const char *path, ad_file_options options = {})
{
    return ad_save(state, path, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_save(const ad_state *state, const char *path, T) = delete;
inline ad_status ad_load(ad_state *state, const char *path, ad_file_options options = {})
{
    return ad_load(state, path, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_status ad_load(ad_state *state, const char *path, T) = delete;
inline ad_program *ad_compile(ad_state *state, ad_compile_options options = {})
{
    return ad_compile(state, &options);
}
template <class T, class = decltype(T(1) * T(1))> ad_program *ad_compile(ad_state *state, T) = delete;
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
#endif
/* clang-format on */
#endif
