/* What a network's chances over time say as tokens: connectionist temporal classification (Graves
 * et al. 2006).  A way is a class for each step; what it says is its classes without repeats, then
 * without blanks, class 0: 0 1 1 0 1 2 says 1 1 2. */
#ifndef ADZE_KIT_CTC_H
#define ADZE_KIT_CTC_H

#include <adze/kit.h>

/* What is said by chances (steps, classes), each row's sum 1.  beam 1: by the likeliest way, at
 * each step the first of the largest; score is the logarithm of its chance.  Above: the text with
 * the highest chance, that of all its ways, of those found by keeping `beam` beginnings at each
 * step (prefix search: Graves et al. 2006, Hannun et al. 2014, without a language model; of equal
 * ones the first found); score is the logarithm of what was found of it.  token: room for `steps`.
 * Fails without memory alone. */
ad_status ctc_say(const float *chance, int64_t steps, int64_t classes, int64_t beam, int32_t *token,
                  int64_t *count, double *score);
/* Steps that a target takes at least: a repeat has a blank before it. */
int64_t ctc_least(const int32_t *target, int64_t count);

#endif
