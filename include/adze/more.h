/* Adze beyond the core: what a build with -DADZE_EXTRAS=OFF leaves out.  adze.h includes this. */
#ifndef ADZE_MORE_H
#define ADZE_MORE_H

#include <adze/adze.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- element by element
 * As those of adze.h: of f32 and f64 where nothing else is said, NaN in, NaN out. */

AD_API ad_tensor *ad_mish(ad_tensor *x); /* x tanh(log(1 + e^x)) (Misra 2019) */

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "more_call.h"

#endif
