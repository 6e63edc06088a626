/* How calls of ops.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_OPS_CALL_H
#define ADZE_OPS_CALL_H

/* clang-format off */
#ifndef __cplusplus
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus
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

#else

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

#endif
#endif
/* clang-format on */
#endif
