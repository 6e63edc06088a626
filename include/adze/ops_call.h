/* How calls of ops.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_OPS_CALL_H
#define ADZE_OPS_CALL_H

/* clang-format off */
#ifndef __cplusplus
#endif

#ifndef ADZE_PLAIN_CALLS
#ifndef __cplusplus

#else


#endif
#endif
/* clang-format on */
#endif
