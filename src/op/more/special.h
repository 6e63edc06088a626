/* Functions that no short formula over the primitives serves, of single numbers.  With op/scalar.h,
 * which comes before it, it is all that a program printed as C carries along for them.
 *
 * They are computed in f64; in f32 they are that, rounded.  Errors stand in units of the last place
 * of f64.  Polynomials are minimax for the relative error, fitted by Remez exchange. */
#ifndef OP_MORE_SPECIAL_H
#define OP_MORE_SPECIAL_H

#define SPECIAL_TWO(name)                                        \
    SCALAR_FUNCTION float scalar_##name##_f32(float x, float z)  \
    {                                                            \
        return (float)scalar_##name##_f64((double)x, (double)z); \
    }

/* c[0] + x (c[1] + x (c[2] ... */
SCALAR_FUNCTION double scalar_polynomial(double x, const double *c, int count)
{
    double y = c[count - 1];
    for (int i = count - 2; i >= 0; i--)
        y = y * x + c[i];
    return y;
}

/* ---- the rest that erf leaves to 1 */

/* e^(x^2): the square is taken with what rounding takes from it. */
SCALAR_FUNCTION double scalar_exp_square(double x)
{
    double square = x * x;
    return scalar_exp_of_sum_f64(square, fma(x, x, -square));
}

/* Derivative z of e^(x^2) erfc(x), z whole: (-2)^z z! times e^(x^2) times the z-fold integral of
 * erfc from x to infinity, I_n, for which I_(n-2) = 2 n I_n + 2 x I_(n-1),  I_-1 = 2 / sqrt(pi)
 * Forward where that loses little, else by ratios from an order on that does not matter any more
 * (Gautschi 1961).  2 units, and 2 more for each order. */
SCALAR_FUNCTION double scalar_erfcx_f64(double x, double z)
{
    int order = z > 0 ? z < 200 ? (int)(z + 0.5) : 200 : 0;
    double last = -1.1283791670955126, ratio = 0;
    double y =
        x < 0 ? 2 * scalar_exp_square(x) - scalar_erfcx_above_f64(-x) : scalar_erfcx_above_f64(x);
    if (!(x > 0.7)) {
        for (int n = 1; n <= order; n++) {
            double next = 2 * x * y + last;
            last = 2 * n * y, y = next;
        }
        return y;
    }
    for (int n = order + 20 + (int)(400 / (x * x)); n >= 1 && order > 0; n--) {
        ratio = 0.5 / (x + (n + 1) * ratio);
        y = n <= order ? -2 * n * y * ratio : y;
    }
    return y;
}
SPECIAL_TWO(erfcx)

/* ---- the gamma function */

/* The zero of digamma is a factor; steps of 1 lead to where the polynomial holds. */
SCALAR_FUNCTION double scalar_digamma_above(double x)
{
    static const double c[] = {
        0x1.c227a3d784d51p-1,   -0x1.633af989a2e0ep-2,  0x1.63a950ae42158p-3,
        -0x1.83327365c946cp-4,  0x1.b606b3dc515e8p-5,   -0x1.f973a4dfe1fb9p-6,
        0x1.26d632e27be0dp-6,   -0x1.5a2263e5e498bp-7,  0x1.97de241f0cb86p-8,
        -0x1.e1af3d6b8ff87p-9,  0x1.1cd36f75700aap-9,   -0x1.511d6b3f46803p-10,
        0x1.8ede30e19b48ep-11,  -0x1.d86708e537c53p-12, 0x1.1ba355653f49dp-12,
        -0x1.50acd832ee6c0p-13, 0x1.5b73fea232263p-14,  -0x1.971d744cb8568p-15,
        0x1.b32b34e303d32p-15,  -0x1.05c84c3ef5608p-15};
    static const double tail[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                  1.0 / 132, -691.0 / 32760, 1.0 / 12};
    if (x >= 10) {
        double square = 1 / x / x;
        return scalar_log_f64(x) - (0.5 / x + square * scalar_polynomial(square, tail, 7));
    }
    double sum = 0;
    for (; x < 1.1875; x += 1)
        sum -= 1 / x;
    for (; x >= 2.1875; sum += 1 / x)
        x -= 1;
    double zero = (x - 0x1.762d86356be3fp+0) - 0x1.b86a722197829p-54;
    return zero * scalar_polynomial(x - 1.6875, c, 20) + sum;
}

/* x^n, n >= 0 */
SCALAR_FUNCTION double scalar_whole_power(double x, int n)
{
    double product = 1;
    if (n > 4)
        return scalar_pow_f64(x, n);
    for (int i = 0; i < n; i++)
        product *= x;
    return product;
}

/* Sum of (x + k)^-s over k >= 0, for x > 0: terms up to 6 + 2 s, then Euler's and Maclaurin's
 * formula. */
SCALAR_FUNCTION double scalar_zeta(int s, double x)
{
    static const double c[] = {1.0 / 12,          -1.0 / 720,
                               1.0 / 30240,       -1.0 / 1209600,
                               1.0 / 47900160,    -691.0 / 1307674368000,
                               1.0 / 74724249600, -3617.0 / 10670622842880000};
    double sum = 0;
    for (; x < 6 + 2 * s; x += 1)
        sum += 1 / scalar_whole_power(x, s);
    double integral = 1 / scalar_whole_power(x, s - 1), term = integral / x;
    double f = s * (term / x), tail = 0;
    for (int j = 0; j < 8; j++) {
        tail += c[j] * f;
        f *= (s + 2 * j + 1) / x * ((s + 2 * j + 2) / x);
    }
    return sum + (integral / (s - 1) + (term / 2 + tail));
}

/* The same below 0: terms on both sides of 0. */
SCALAR_FUNCTION double scalar_zeta_below(int s, double x)
{
    double left = scalar_zeta(s, ceil(x) - x) - scalar_zeta(s, 1 - x);
    double right = scalar_zeta(s, x - floor(x));
    return s % 2 ? right - left : right + left;
}

/* The derivative of order z + 1 of lgamma, z up to 170: 6 units; of digamma near its zeros below 0,
 * and of any below 0, 6 of the largest term.  Poles: of order 0 NaN, and at 0 infinite with the
 * sign of -x; else infinite with the sign from above. */
SCALAR_FUNCTION double scalar_polygamma_f64(double x, double z)
{
    int order = z > 0 ? z < 200 ? (int)(z + 0.5) : 200 : 0;
    if (x == 0 && order == 0)
        return -1 / x;
    if (!(x > 0) && (order == 0 || !(x - x == 0))) {
        double rest = x - rint(x), angle = 3.141592653589793 * rest;
        return rest == 0 || x - x != 0
                   ? (double)NAN
                   : scalar_digamma_above(1 - x) -
                         3.141592653589793 * scalar_cos_f64(angle) / scalar_sin_f64(angle);
    }
    if (order == 0)
        return scalar_digamma_above(x);
    double factor = order % 2 ? 1 : -1;
    if (x == floor(x) && x <= 0)
        return factor * (double)INFINITY;
    for (int i = 2; i <= order; i++)
        factor *= i;
    return x - x != 0
               ? factor * 0
               : factor * (x > 0 ? scalar_zeta(order + 1, x) : scalar_zeta_below(order + 1, x));
}
SPECIAL_TWO(polygamma)

#undef SPECIAL_TWO

#endif
