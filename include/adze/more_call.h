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
#define ad_smooth_l1(x, ...) ad_smooth_l1_(__COUNTER__, x, __VA_ARGS__)
#define ad_smooth_l1_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_smooth_l1)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_log_cosh(x, ...) ad_log_cosh_(__COUNTER__, x, __VA_ARGS__)
#define ad_log_cosh_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_log_cosh)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_cosine_distance(x, ...) ad_cosine_distance_(__COUNTER__, x, __VA_ARGS__)
#define ad_cosine_distance_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cosine_distance)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_poisson_nll(x, ...) ad_poisson_nll_(__COUNTER__, x, __VA_ARGS__)
#define ad_poisson_nll_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_poisson_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_gamma_nll(x, ...) ad_gamma_nll_(__COUNTER__, x, __VA_ARGS__)
#define ad_gamma_nll_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_gamma_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_negative_binomial(x, ...) ad_negative_binomial_(__COUNTER__, x, __VA_ARGS__)
#define ad_negative_binomial_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_negative_binomial)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_tweedie(x, ...) ad_tweedie_(__COUNTER__, x, __VA_ARGS__)
#define ad_tweedie_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_tweedie)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_weighted_cross_entropy(logits, ...) ad_weighted_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_weighted_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_weighted_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_focal(logits, ...) ad_focal_(__COUNTER__, logits, __VA_ARGS__)
#define ad_focal_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_focal)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_multi_margin(x, ...) ad_multi_margin_(__COUNTER__, x, __VA_ARGS__)
#define ad_multi_margin_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_multi_margin)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_ordinal(x, limit, ...) ad_ordinal_(__COUNTER__, x, limit, __VA_ARGS__)
#define ad_ordinal_(n, x, limit, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = limit; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_ordinal)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_weighted_binary_cross_entropy(logits, ...) ad_weighted_binary_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_weighted_binary_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_weighted_binary_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_binary_focal(logits, ...) ad_binary_focal_(__COUNTER__, logits, __VA_ARGS__)
#define ad_binary_focal_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_binary_focal)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_hinge(x, ...) ad_hinge_(__COUNTER__, x, __VA_ARGS__)
#define ad_hinge_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_hinge)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_multilabel_soft_margin(logits, ...) ad_multilabel_soft_margin_(__COUNTER__, logits, __VA_ARGS__)
#define ad_multilabel_soft_margin_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_multilabel_soft_margin)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_multilabel_margin(x, ...) ad_multilabel_margin_(__COUNTER__, x, __VA_ARGS__)
#define ad_multilabel_margin_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_multilabel_margin)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_dice(logits, ...) ad_dice_(__COUNTER__, logits, __VA_ARGS__)
#define ad_dice_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_dice)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_kl_divergence(log_p, ...) \
    ad_at(__FILE__, __LINE__, (ad_kl_divergence)(log_p, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, ))))
#define ad_js_divergence(log_p, ...) \
    ad_at(__FILE__, __LINE__, (ad_js_divergence)(log_p, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, ))))
#define ad_gaussian_nll(x, target, ...) ad_gaussian_nll_(__COUNTER__, x, target, __VA_ARGS__)
#define ad_gaussian_nll_(n, x, target, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = target; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_gaussian_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_laplace_nll(x, target, ...) ad_laplace_nll_(__COUNTER__, x, target, __VA_ARGS__)
#define ad_laplace_nll_(n, x, target, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = target; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_laplace_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_cosine_embedding(x, z, ...) ad_cosine_embedding_(__COUNTER__, x, z, __VA_ARGS__)
#define ad_cosine_embedding_(n, x, z, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = z; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cosine_embedding)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_triplet(anchor, positive, ...) ad_triplet_(__COUNTER__, anchor, positive, __VA_ARGS__)
#define ad_triplet_(n, anchor, positive, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = anchor; ad_tensor *AD_LOCAL_(2, n) = positive; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_triplet)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_triplet_distance(near, far, ...) ad_triplet_distance_(__COUNTER__, near, far, __VA_ARGS__)
#define ad_triplet_distance_(n, near, far, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = near; ad_tensor *AD_LOCAL_(2, n) = far; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_triplet_distance)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_contrastive(x, z, ...) ad_contrastive_(__COUNTER__, x, z, __VA_ARGS__)
#define ad_contrastive_(n, x, z, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = z; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_contrastive)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_info_nce(query, ...) ad_info_nce_(__COUNTER__, query, __VA_ARGS__)
#define ad_info_nce_(n, query, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = query; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_info_nce)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, )))); })
#define ad_ctc(log_probs, target, input_length, ...) \
    ad_at(__FILE__, __LINE__, (ad_ctc)(log_probs, target, input_length, AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_loss_options, AD_REST_(__VA_ARGS__, ))))
#define ad_gan_discriminator(real, made, ...) ad_gan_discriminator_(__COUNTER__, real, made, __VA_ARGS__)
#define ad_gan_discriminator_(n, real, made, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = real; ad_tensor *AD_LOCAL_(2, n) = made; ad_at(__FILE__, __LINE__, (ad_gan_discriminator)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_gan_generator(...) \
    ad_at(__FILE__, __LINE__, ad_gan_generator(__VA_ARGS__))
#define ad_gradient_penalty(score, x, ...) ad_gradient_penalty_(__COUNTER__, score, x, __VA_ARGS__)
#define ad_gradient_penalty_(n, score, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = score; ad_tensor *AD_LOCAL_(2, n) = x; ad_at(__FILE__, __LINE__, (ad_gradient_penalty)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
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
#define ad_minimize_room(...) \
    (ad_minimize_room)(AD_FIRST_(__VA_ARGS__, ), &AD_MAKE_(ad_minimize_options, AD_REST_(__VA_ARGS__, )))
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
inline ad_tensor *ad_smooth_l1(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_smooth_l1(x, target, &options);
}
#define ad_smooth_l1(x, ...) ad_smooth_l1_(__COUNTER__, x, __VA_ARGS__)
#define ad_smooth_l1_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_smooth_l1)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_log_cosh(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_log_cosh(x, target, &options);
}
#define ad_log_cosh(x, ...) ad_log_cosh_(__COUNTER__, x, __VA_ARGS__)
#define ad_log_cosh_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_log_cosh)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_cosine_distance(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_cosine_distance(x, target, &options);
}
#define ad_cosine_distance(x, ...) ad_cosine_distance_(__COUNTER__, x, __VA_ARGS__)
#define ad_cosine_distance_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cosine_distance)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_poisson_nll(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_poisson_nll(x, target, &options);
}
#define ad_poisson_nll(x, ...) ad_poisson_nll_(__COUNTER__, x, __VA_ARGS__)
#define ad_poisson_nll_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_poisson_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_gamma_nll(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_gamma_nll(x, target, &options);
}
#define ad_gamma_nll(x, ...) ad_gamma_nll_(__COUNTER__, x, __VA_ARGS__)
#define ad_gamma_nll_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_gamma_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_negative_binomial(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_negative_binomial(x, target, &options);
}
#define ad_negative_binomial(x, ...) ad_negative_binomial_(__COUNTER__, x, __VA_ARGS__)
#define ad_negative_binomial_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_negative_binomial)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_tweedie(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_tweedie(x, target, &options);
}
#define ad_tweedie(x, ...) ad_tweedie_(__COUNTER__, x, __VA_ARGS__)
#define ad_tweedie_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_tweedie)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_weighted_cross_entropy(ad_tensor *logits, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_weighted_cross_entropy(logits, target, &options);
}
#define ad_weighted_cross_entropy(logits, ...) ad_weighted_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_weighted_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_weighted_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_focal(ad_tensor *logits, ad_tensor *label, ad_loss_options options, ad_nothing_ = {})
{
    return ad_focal(logits, label, &options);
}
#define ad_focal(logits, ...) ad_focal_(__COUNTER__, logits, __VA_ARGS__)
#define ad_focal_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_focal)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_multi_margin(ad_tensor *x, ad_tensor *label, ad_loss_options options, ad_nothing_ = {})
{
    return ad_multi_margin(x, label, &options);
}
#define ad_multi_margin(x, ...) ad_multi_margin_(__COUNTER__, x, __VA_ARGS__)
#define ad_multi_margin_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_multi_margin)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_ordinal(ad_tensor *x, ad_tensor *limit, ad_tensor *label, ad_loss_options options, ad_nothing_ = {})
{
    return ad_ordinal(x, limit, label, &options);
}
#define ad_ordinal(x, limit, ...) ad_ordinal_(__COUNTER__, x, limit, __VA_ARGS__)
#define ad_ordinal_(n, x, limit, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = limit; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_ordinal)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_weighted_binary_cross_entropy(ad_tensor *logits, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_weighted_binary_cross_entropy(logits, target, &options);
}
#define ad_weighted_binary_cross_entropy(logits, ...) ad_weighted_binary_cross_entropy_(__COUNTER__, logits, __VA_ARGS__)
#define ad_weighted_binary_cross_entropy_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_weighted_binary_cross_entropy)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_binary_focal(ad_tensor *logits, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_binary_focal(logits, target, &options);
}
#define ad_binary_focal(logits, ...) ad_binary_focal_(__COUNTER__, logits, __VA_ARGS__)
#define ad_binary_focal_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_binary_focal)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_hinge(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_hinge(x, target, &options);
}
#define ad_hinge(x, ...) ad_hinge_(__COUNTER__, x, __VA_ARGS__)
#define ad_hinge_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_hinge)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_multilabel_soft_margin(ad_tensor *logits, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_multilabel_soft_margin(logits, target, &options);
}
#define ad_multilabel_soft_margin(logits, ...) ad_multilabel_soft_margin_(__COUNTER__, logits, __VA_ARGS__)
#define ad_multilabel_soft_margin_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_multilabel_soft_margin)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_multilabel_margin(ad_tensor *x, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_multilabel_margin(x, target, &options);
}
#define ad_multilabel_margin(x, ...) ad_multilabel_margin_(__COUNTER__, x, __VA_ARGS__)
#define ad_multilabel_margin_(n, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_multilabel_margin)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_dice(ad_tensor *logits, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_dice(logits, target, &options);
}
#define ad_dice(logits, ...) ad_dice_(__COUNTER__, logits, __VA_ARGS__)
#define ad_dice_(n, logits, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = logits; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_dice)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_kl_divergence(ad_tensor *log_p, ad_tensor *target, ad_loss_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_kl_divergence(log_p, target, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_kl_divergence(ad_tensor *log_p, ad_tensor *target, T) = delete;
inline ad_tensor *ad_js_divergence(ad_tensor *log_p, ad_tensor *log_q, ad_loss_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_js_divergence(log_p, log_q, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_js_divergence(ad_tensor *log_p, ad_tensor *log_q, T) = delete;
inline ad_tensor *ad_gaussian_nll(ad_tensor *x, ad_tensor *target, ad_tensor *variance, ad_loss_options options, ad_nothing_ = {})
{
    return ad_gaussian_nll(x, target, variance, &options);
}
#define ad_gaussian_nll(x, target, ...) ad_gaussian_nll_(__COUNTER__, x, target, __VA_ARGS__)
#define ad_gaussian_nll_(n, x, target, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = target; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_gaussian_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_laplace_nll(ad_tensor *x, ad_tensor *target, ad_tensor *scale, ad_loss_options options, ad_nothing_ = {})
{
    return ad_laplace_nll(x, target, scale, &options);
}
#define ad_laplace_nll(x, target, ...) ad_laplace_nll_(__COUNTER__, x, target, __VA_ARGS__)
#define ad_laplace_nll_(n, x, target, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = target; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_laplace_nll)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_cosine_embedding(ad_tensor *x, ad_tensor *z, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_cosine_embedding(x, z, target, &options);
}
#define ad_cosine_embedding(x, z, ...) ad_cosine_embedding_(__COUNTER__, x, z, __VA_ARGS__)
#define ad_cosine_embedding_(n, x, z, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = z; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_cosine_embedding)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_triplet(ad_tensor *anchor, ad_tensor *positive, ad_tensor *negative, ad_loss_options options, ad_nothing_ = {})
{
    return ad_triplet(anchor, positive, negative, &options);
}
#define ad_triplet(anchor, positive, ...) ad_triplet_(__COUNTER__, anchor, positive, __VA_ARGS__)
#define ad_triplet_(n, anchor, positive, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = anchor; ad_tensor *AD_LOCAL_(2, n) = positive; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_triplet)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_triplet_distance(ad_tensor *near, ad_tensor *far, ad_tensor *other, ad_loss_options options, ad_nothing_ = {})
{
    return ad_triplet_distance(near, far, other, &options);
}
#define ad_triplet_distance(near, far, ...) ad_triplet_distance_(__COUNTER__, near, far, __VA_ARGS__)
#define ad_triplet_distance_(n, near, far, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = near; ad_tensor *AD_LOCAL_(2, n) = far; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_triplet_distance)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_contrastive(ad_tensor *x, ad_tensor *z, ad_tensor *target, ad_loss_options options, ad_nothing_ = {})
{
    return ad_contrastive(x, z, target, &options);
}
#define ad_contrastive(x, z, ...) ad_contrastive_(__COUNTER__, x, z, __VA_ARGS__)
#define ad_contrastive_(n, x, z, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = x; ad_tensor *AD_LOCAL_(2, n) = z; ad_tensor *AD_LOCAL_(3, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_contrastive)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_LOCAL_(3, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_info_nce(ad_tensor *query, ad_tensor *key, ad_loss_options options, ad_nothing_ = {})
{
    return ad_info_nce(query, key, &options);
}
#define ad_info_nce(query, ...) ad_info_nce_(__COUNTER__, query, __VA_ARGS__)
#define ad_info_nce_(n, query, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = query; ad_tensor *AD_LOCAL_(2, n) = AD_FIRST_(__VA_ARGS__, ); ad_at(__FILE__, __LINE__, (ad_info_nce)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), AD_REST_(__VA_ARGS__, {}))); })
inline ad_tensor *ad_ctc(ad_tensor *log_probs, ad_tensor *target, ad_tensor *input_length, ad_tensor *target_length, ad_loss_options options = {}, const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE())
{
    return ad_at(file_, line_, ad_ctc(log_probs, target, input_length, target_length, &options));
}
template <class T, class = decltype(T(1) * T(1))> ad_tensor *ad_ctc(ad_tensor *log_probs, ad_tensor *target, ad_tensor *input_length, ad_tensor *target_length, T) = delete;
#define ad_gan_discriminator(real, made, ...) ad_gan_discriminator_(__COUNTER__, real, made, __VA_ARGS__)
#define ad_gan_discriminator_(n, real, made, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = real; ad_tensor *AD_LOCAL_(2, n) = made; ad_at(__FILE__, __LINE__, (ad_gan_discriminator)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
#define ad_gan_generator(...) \
    ad_at(__FILE__, __LINE__, ad_gan_generator(__VA_ARGS__))
#define ad_gradient_penalty(score, x, ...) ad_gradient_penalty_(__COUNTER__, score, x, __VA_ARGS__)
#define ad_gradient_penalty_(n, score, x, ...) \
    __extension__({ ad_tensor *AD_LOCAL_(1, n) = score; ad_tensor *AD_LOCAL_(2, n) = x; ad_at(__FILE__, __LINE__, (ad_gradient_penalty)(AD_LOCAL_(1, n), AD_LOCAL_(2, n), __VA_ARGS__)); })
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
inline int64_t ad_minimize_room(int64_t n, ad_minimize_options options = {})
{
    return ad_minimize_room(n, &options);
}
template <class T, class = decltype(T(1) * T(1))> int64_t ad_minimize_room(int64_t n, T) = delete;
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
