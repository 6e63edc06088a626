/* The vocabulary of cpu/vector.h for strips, four registers side by side: what op/math.inc needs to
 * be read for them.  Each step is taken for all four before the next, so none waits for its result,
 * and a constant is loaded once.
 *
 *     #include "cpu/vector.h"      for a type, and
 *     #include "op/math.inc"
 *     #include "cpu/strip.h"       strip_exp_f32, strip_tanh_f32, strip_erf_f32, or those of f64
 *
 * May be included again, for the other type; leaves the names of cpu/vector.h as they were. */

#ifdef REAL_F64
#define S(name) strip_##name##_f64
#else
#define S(name) strip_##name##_f32
#endif

typedef struct {
    vr a, b, c, d;
} S(real);

typedef struct {
    vu a, b, c, d;
} S(unsigned);

#define STRIP_OF(name, to, from)                                             \
    VECTOR_FUNCTION to S(name)(from x)                                       \
    {                                                                        \
        return (to){V(name)(x.a), V(name)(x.b), V(name)(x.c), V(name)(x.d)}; \
    }
#define STRIP_OF_2(name)                                                          \
    VECTOR_FUNCTION S(real) S(name)(S(real) x, S(real) z)                         \
    {                                                                             \
        return (S(real)){V(name)(x.a, z.a), V(name)(x.b, z.b), V(name)(x.c, z.c), \
                         V(name)(x.d, z.d)};                                      \
    }
#define STRIP_OF_3(name)                                                                         \
    VECTOR_FUNCTION S(real) S(name)(S(real) x, S(real) z, S(real) w)                             \
    {                                                                                            \
        return (S(real)){V(name)(x.a, z.a, w.a), V(name)(x.b, z.b, w.b), V(name)(x.c, z.c, w.c), \
                         V(name)(x.d, z.d, w.d)};                                                \
    }
STRIP_OF(neg, S(real), S(real))
STRIP_OF(abs, S(real), S(real))
STRIP_OF(sqrt, S(real), S(real))
STRIP_OF(bits, S(unsigned), S(real))
STRIP_OF(power, S(real), S(unsigned))
STRIP_OF_2(add)
STRIP_OF_2(sub)
STRIP_OF_2(mul)
STRIP_OF_2(div)
STRIP_OF_2(at_most)
STRIP_OF_2(copysign)
STRIP_OF_2(scale)
STRIP_OF_3(fma)
STRIP_OF_3(clamp)
#undef STRIP_OF
#undef STRIP_OF_2
#undef STRIP_OF_3

VECTOR_FUNCTION S(real) S(set)(real x)
{
    vr one = V(set)(x);
    return (S(real)){one, one, one, one};
}

#ifndef REAL_F64
VECTOR_FUNCTION S(real) S(pick)(S(unsigned) i, const float number[8])
{
    return (S(real)){V(pick)(i.a, number), V(pick)(i.b, number), V(pick)(i.c, number),
                     V(pick)(i.d, number)};
}
#endif
#undef S

#undef V
#ifdef REAL_F64
#define V(name) strip_##name##_f64
#else
#define V(name) strip_##name##_f32
#endif
#define MATH_FOR_STRIPS
#include "op/math.inc"
#undef MATH_FOR_STRIPS

#undef V
#ifdef REAL_F64
#define V(name) vector_##name##_f64
#else
#define V(name) vector_##name##_f32
#endif
