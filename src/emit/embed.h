/* Texts of the source tree that printed programs carry with them; the build makes them. */
#ifndef EMIT_EMBED_H
#define EMIT_EMBED_H

extern const char text_scalar_h[];  /* op/scalar.h */
extern const char text_math_inc[];  /* op/math.inc */
extern const char text_special_h[]; /* op/more/special.h, where there are extras */

#endif
