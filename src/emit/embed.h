/* Texts of the source tree that printed programs carry with them; the build packs them
 * (cmake/pack.c says how). */
#ifndef EMIT_EMBED_H
#define EMIT_EMBED_H

#include "base/text.h"

extern const unsigned char text_scalar_h[];  /* op/scalar.h */
extern const unsigned char text_math_inc[];  /* op/math.inc */
extern const unsigned char text_special_h[]; /* op/more/special.h, where there are extras */

/* Adds what was packed to a text that has an allocator. */
void embed_unpack(struct text *text, const unsigned char *packed);

#endif
