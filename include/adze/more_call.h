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

#else

#define ad_mish(...) \
    ad_at(__FILE__, __LINE__, ad_mish(__VA_ARGS__))

#endif
#endif
/* clang-format on */
#endif
