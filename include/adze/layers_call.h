/* How calls of layers.h look in a program (see call.h).  Made by script/make-call-header.awk. */
#ifndef ADZE_LAYERS_CALL_H
#define ADZE_LAYERS_CALL_H

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
