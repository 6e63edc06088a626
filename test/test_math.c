/* The scalar functions against the C library at higher precision, the vector functions of every
 * instruction set against the scalar ones bit for bit, and the random numbers against published
 * words. ADZE_SOAK=1 tries more numbers, ADZE_SOAK=all every f32, which takes an hour. */
#include <stdlib.h>

#include "base/isa.h"
#include "math_lanes.h"
#include "op/scalar.h"
#include "test.h"

enum { BLOCK = 4096 };

/* How much more to try than usual. */
static int soak(int usual, int many)
{
    return getenv("ADZE_SOAK") ? many : usual;
}

/* Every how manieth f32 is tried. */
static uint64_t step_f32(void)
{
    const char *wish = getenv("ADZE_SOAK");
    return wish && strcmp(wish, "all") == 0 ? 1 : (uint64_t)soak(9973, 61);
}

/* ---- instruction sets of this processor */

struct lanes {
    enum isa isa;
    const struct math_lanes *table;
    bool fused; /* its bits are those of the scalar functions */
};

static const struct lanes all_lanes[] = {
#ifdef ADZE_HAVE_SSE2
    {ISA_SSE2, &math_lanes_sse2, false},
#endif
#ifdef ADZE_HAVE_AVX2
    {ISA_AVX2, &math_lanes_avx2, true},
#endif
#ifdef ADZE_HAVE_AVX512
    {ISA_AVX512, &math_lanes_avx512, true},
#endif
#ifdef ADZE_HAVE_NEON
    {ISA_NEON, &math_lanes_neon, true},
#endif
    {ISA_NONE, NULL, false},
};

#define FOR_EACH_LANES(l)                                          \
    for (const struct lanes *l = all_lanes; l->table != NULL; l++) \
        if (isa_supported(l->isa))

/* ---- the functions */

static double rsqrt_f64(double x)
{
    return 1 / sqrt(x);
}

static long double rsqrt_f80(long double x)
{
    return 1 / sqrtl(x);
}

struct function {
    const char *name;
    float (*f32)(float);
    double (*f64)(double);
    double (*reference_f32)(double);
    long double (*reference_f64)(long double);
    double bound_f32, bound_f64;
};

#define FUNCTION(name, of_f32, of_f64)           \
    [MATH_##name] = {.bound_f32 = of_f32,        \
                     .bound_f64 = of_f64,        \
                     .f32 = scalar_##name##_f32, \
                     .f64 = scalar_##name##_f64, \
                     REFERENCE_##name},
#define REFERENCE(name) .reference_f32 = name, .reference_f64 = name##l
#define REFERENCE_exp REFERENCE(exp)
#define REFERENCE_exp2 REFERENCE(exp2)
#define REFERENCE_log2 REFERENCE(log2)
#define REFERENCE_expm1 REFERENCE(expm1)
#define REFERENCE_log REFERENCE(log)
#define REFERENCE_log1p REFERENCE(log1p)
#define REFERENCE_tanh REFERENCE(tanh)
#define REFERENCE_erf REFERENCE(erf)
#define REFERENCE_sin REFERENCE(sin)
#define REFERENCE_cos REFERENCE(cos)
#define REFERENCE_atan REFERENCE(atan)
#define REFERENCE_sqrt REFERENCE(sqrt)
#define REFERENCE_floor REFERENCE(floor)
#define REFERENCE_ceil REFERENCE(ceil)
#define REFERENCE_round REFERENCE(rint)
#define REFERENCE_abs REFERENCE(fabs)
#define REFERENCE_rsqrt .reference_f32 = rsqrt_f64, .reference_f64 = rsqrt_f80
static const struct function functions[MATH_UNARY_COUNT] = {MATH_UNARY(FUNCTION)};

#define NAME(name, of_f32, of_f64) #name,
static const char *const unary_names[] = {MATH_UNARY(NAME)};

/* ---- errors in units of the last place */

/* What the type would have above its largest number counts as its infinity. */
static double error_f32(float got, double want)
{
    if (isnan(got) || isnan(want))
        return isnan(got) && isnan(want) ? 0 : INFINITY;
    if (fabs(want) >= 0x1p128)
        want = copysign((double)INFINITY, want);
    if (want == (double)got)
        return !signbit(want) == !signbit(got) ? 0 : INFINITY;
    int exponent = 0;
    frexp(fabs(want) < 0x1p128 ? want : 0x1.8p127, &exponent);
    double wide = isinf(got) ? copysign(0x1p128, (double)got) : (double)got;
    if (isinf(want))
        want = copysign(0x1p128, want);
    return fabs(wide - want) / ldexp(1, exponent < -125 ? -149 : exponent - 24);
}

static double error_f64(double got, long double want)
{
    if (isnan(got) || isnan(want))
        return isnan(got) && isnan(want) ? 0 : INFINITY;
    if (fabsl(want) >= 0x1p1024L)
        want = copysignl((long double)INFINITY, want);
    if (want == (long double)got)
        return !signbit(want) == !signbit(got) ? 0 : INFINITY;
    int exponent = 0;
    frexpl(fabsl(want) < 0x1p1024L ? want : 0x1.8p1023L, &exponent);
    long double wide = isinf(got) ? copysignl(0x1p1024L, (long double)got) : (long double)got;
    if (isinf(want))
        want = copysignl(0x1p1024L, want);
    return (double)(fabsl(wide - want) / ldexpl(1, exponent < -1021 ? -1074 : exponent - 53));
}

static bool same_f32(float a, float b)
{
    return scalar_bits_f32(a) == scalar_bits_f32(b) || (isnan(a) && isnan(b));
}

static bool same_f64(double a, double b)
{
    return scalar_bits_f64(a) == scalar_bits_f64(b) || (isnan(a) && isnan(b));
}

/* The largest error seen of a function, and where. */
struct worst {
    double error, at, with;
};

static void worst_add(struct worst *w, double error, double at, double with)
{
    if (!(error <= w->error))
        *w = (struct worst){error, at, with};
}

static void worst_check(const struct worst *w, const char *name, const char *who, double bound)
{
    if (getenv("ADZE_TEST_VERBOSE"))
        printf("%-7s %-7s %8.4f at %.17g %.17g\n", name, who, w->error, w->at, w->with);
    if (!(w->error <= bound))
        TEST_FAILED("%s (%s): error %.4f ulp at %.17g (%a), %.17g; allowed are %g", name, who,
                    w->error, w->at, w->at, w->with, bound);
}

/* Without a fused multiply-add more is lost; tails of angles and powers are kept even so. */
static double bound_of(double bound, bool fused)
{
    return fused || bound == 0 || bound == 0.5 ? bound : bound + 2;
}

/* ---- numbers to try */

static uint64_t random_state = 88172645463325252u;

/* xorshift64* (Vigna 2014) */
static uint64_t random_bits(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717u;
}

static double random_between(double low, double high)
{
    return low + (high - low) * (double)(random_bits() >> 11) * 0x1p-53;
}

/* Any bits; numbers of ordinary size; numbers near whole multiples of pi / 2. */
static double random_f64(void)
{
    switch (random_bits() % 4) {
    case 0: return scalar_frombits_f64(random_bits());
    case 1: return random_between(-1, 1) * 750;
    case 2: return random_between(-3, 3);
    default: return rint(random_between(-1, 1) * 1e8) * 1.5707963267948966;
    }
}

static const double edges[] = {
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    -2,
    3,
    -3,
    INFINITY,
    -INFINITY,
    NAN,
    0x1p-149,
    -0x1p-149,
    0x1p-126,
    0x1.fffffep127,
    -0x1.fffffep127,
    0x1p-1074,
    -0x1p-1074,
    0x1p-1022,
    -0x1p-1022,
    0x1.fffffffffffffp-1023,
    0x1.fffffffffffffp1023,
    -0x1.fffffffffffffp1023,
    88.72283,
    88.72284,
    -103.97,
    -104,
    -87.34,
    709.782712893384,
    709.782712893385,
    -745.13,
    -745.14,
    -708.4,
    0.7071067811865475,
    0.7071067811865476,
    1.4142135623730950,
    1.4142135623730951,
    0x1.fffffffffffffp-1,
    0x1.0000000000001p0,
    0x1.fffffep-1,
    0x1.000002p0,
    9.01,
    9.02,
    19.1,
    22,
    3.92,
    5.93,
    5.95,
    6,
    0.41421355,
    0.41421357,
    2.4142134,
    2.4142137,
    1e5,
    131072,
    131073,
    1e8,
    1e9,
    0x1p30,
    1e22,
    1e300,
    0x1.0p53,
    0x1p52,
    0x1p23,
    0x1p24,
    4503599627370495.5,
    8388607.5,
    2.5,
    -2.5,
    0x1.6ac5b262ca1ffp849,
    0.34657359,
    0.34657360,
    -0.34657359,
    1e-10,
    -1e-10,
    1e-20,
    1e-40,
    -1e-40,
    1e-310,
};
enum { EDGES = sizeof edges / sizeof edges[0] };

/* ---- one function of f32 over a block of numbers, on all instruction sets */

static void try_block_f32(int which, const float *x, int n, struct worst *scalar,
                          struct worst *sse2)
{
    const struct function *f = &functions[which];
    static float want[BLOCK], got[BLOCK];
    static double exact[BLOCK];
    for (int i = 0; i < n; i++) {
        want[i] = f->f32(x[i]);
        exact[i] = f->reference_f32((double)x[i]);
        worst_add(scalar, error_f32(want[i], exact[i]), (double)x[i], 0);
    }
    FOR_EACH_LANES(l)
    {
        l->table->f32->unary[which](x, got, n);
        for (int i = 0; i < n; i++)
            if (!l->fused)
                worst_add(sse2, error_f32(got[i], exact[i]), (double)x[i], 0);
            else if (!same_f32(got[i], want[i]))
                TEST_FAILED("%s(%a) is %a on %s, %a as scalar", f->name, (double)x[i],
                            (double)got[i], isa_name(l->isa), (double)want[i]);
    }
}

static void try_function_f32(int which)
{
    static float x[BLOCK];
    struct worst scalar = {0}, sse2 = {0};
    uint64_t step = step_f32();
    for (int i = 0; i < EDGES; i++)
        x[i] = (float)edges[i];
    try_block_f32(which, x, EDGES, &scalar, &sse2);
    for (uint64_t next = 0; next < (uint64_t)1 << 32;) {
        int n = 0;
        for (; n < BLOCK && next < (uint64_t)1 << 32; next += step)
            x[n++] = scalar_frombits_f32((uint32_t)next);
        try_block_f32(which, x, n, &scalar, &sse2);
    }
    worst_check(&scalar, unary_names[which], "f32", functions[which].bound_f32);
    worst_check(&sse2, unary_names[which], "f32sse2", bound_of(functions[which].bound_f32, false));
}

TEST(functions_f32)
{
    for (int i = 0; i < MATH_UNARY_COUNT; i++)
        try_function_f32(i);
}

/* ---- the same for f64 */

static void try_block_f64(int which, const double *x, int n, struct worst *scalar,
                          struct worst *sse2)
{
    const struct function *f = &functions[which];
    static double want[BLOCK], got[BLOCK];
    static long double exact[BLOCK];
    for (int i = 0; i < n; i++) {
        want[i] = f->f64(x[i]);
        exact[i] = f->reference_f64((long double)x[i]);
        worst_add(scalar, error_f64(want[i], exact[i]), x[i], 0);
    }
    FOR_EACH_LANES(l)
    {
        l->table->f64->unary[which](x, got, n);
        for (int i = 0; i < n; i++)
            if (!l->fused)
                worst_add(sse2, error_f64(got[i], exact[i]), x[i], 0);
            else if (!same_f64(got[i], want[i]))
                TEST_FAILED("%s(%a) is %a on %s, %a as scalar", f->name, x[i], got[i],
                            isa_name(l->isa), want[i]);
    }
}

static void try_function_f64(int which)
{
    static double x[BLOCK];
    struct worst scalar = {0}, sse2 = {0};
    try_block_f64(which, edges, EDGES, &scalar, &sse2);
    for (int block = soak(30, 3000); block > 0; block--) {
        for (int i = 0; i < BLOCK; i++)
            x[i] = random_f64();
        try_block_f64(which, x, BLOCK, &scalar, &sse2);
    }
    worst_check(&scalar, unary_names[which], "f64", functions[which].bound_f64);
    worst_check(&sse2, unary_names[which], "f64sse2", bound_of(functions[which].bound_f64, false));
}

TEST(functions_f64)
{
    for (int i = 0; i < MATH_UNARY_COUNT; i++)
        try_function_f64(i);
}

/* ---- powers */

/* A base of any size and an exponent that keeps the power in range; or bases near 1; or any two. */
static void random_power(double *x, double *z)
{
    double range = random_between(-1, 1);
    switch (random_bits() % 4) {
    case 0:
        *x = exp(random_between(-87, 87));
        *z = range * 90 / log(*x);
        break;
    case 1:
        *x = 1 + range * 0.3;
        *z = random_between(-1, 1) * 104 / log(*x);
        break;
    case 2:
        *x = range * 40;
        *z = rint(random_between(-20, 20));
        break;
    default:
        *x = scalar_frombits_f64(random_bits());
        *z = random_between(-1, 1) * 700 / log(fabs(*x));
        break;
    }
}

static void try_pow_f32(const float *x, const float *z, int n, struct worst *scalar,
                        struct worst *sse2)
{
    static float want[BLOCK], got[BLOCK];
    static double exact[BLOCK];
    for (int i = 0; i < n; i++) {
        want[i] = scalar_pow_f32(x[i], z[i]);
        exact[i] = (double)powl((long double)x[i], (long double)z[i]);
        worst_add(scalar, error_f32(want[i], exact[i]), (double)x[i], (double)z[i]);
    }
    FOR_EACH_LANES(l)
    {
        l->table->f32->binary[MATH_pow](x, z, got, n);
        for (int i = 0; i < n; i++)
            if (!l->fused)
                worst_add(sse2, error_f32(got[i], exact[i]), (double)x[i], (double)z[i]);
            else if (!same_f32(got[i], want[i]))
                TEST_FAILED("pow(%a, %a) is %a on %s, %a as scalar", (double)x[i], (double)z[i],
                            (double)got[i], isa_name(l->isa), (double)want[i]);
    }
}

static void try_pow_f64(const double *x, const double *z, int n, struct worst *scalar,
                        struct worst *sse2)
{
    static double want[BLOCK], got[BLOCK];
    static long double exact[BLOCK];
    for (int i = 0; i < n; i++) {
        want[i] = scalar_pow_f64(x[i], z[i]);
        exact[i] = powl((long double)x[i], (long double)z[i]);
        worst_add(scalar, error_f64(want[i], exact[i]), x[i], z[i]);
    }
    FOR_EACH_LANES(l)
    {
        l->table->f64->binary[MATH_pow](x, z, got, n);
        for (int i = 0; i < n; i++)
            if (!l->fused)
                worst_add(sse2, error_f64(got[i], exact[i]), x[i], z[i]);
            else if (!same_f64(got[i], want[i]))
                TEST_FAILED("pow(%a, %a) is %a on %s, %a as scalar", x[i], z[i], got[i],
                            isa_name(l->isa), want[i]);
    }
}

TEST(powers)
{
    static double x[BLOCK], z[BLOCK];
    static float short_x[BLOCK], short_z[BLOCK];
    struct worst f32 = {0}, f32_sse2 = {0}, f64 = {0}, f64_sse2 = {0};
    for (int block = soak(100, 3000); block > 0; block--) {
        for (int i = 0; i < BLOCK; i++) {
            random_power(&x[i], &z[i]);
            short_x[i] = (float)x[i], short_z[i] = (float)z[i];
        }
        try_pow_f32(short_x, short_z, BLOCK, &f32, &f32_sse2);
        try_pow_f64(x, z, BLOCK, &f64, &f64_sse2);
    }
    for (int k = 0; k < EDGES; k++) {
        for (int i = 0; i < EDGES; i++) {
            x[i] = edges[k], z[i] = edges[i];
            short_x[i] = (float)x[i], short_z[i] = (float)z[i];
        }
        try_pow_f32(short_x, short_z, EDGES, &f32, &f32_sse2);
        try_pow_f64(x, z, EDGES, &f64, &f64_sse2);
    }
    worst_check(&f32, "pow", "f32", 2.5);
    worst_check(&f64, "pow", "f64", 2.5);
    worst_check(&f32_sse2, "pow", "f32sse2", bound_of(2.5, false));
    worst_check(&f64_sse2, "pow", "f64sse2", bound_of(2.5, false));
}

/* ---- remainders, which are exact */

/* Numbers of like size, far apart, or any two; of which some are a multiple and what is beside it.
 */
static void random_quotient(double *x, double *z)
{
    *z = exp(random_between(-40, 40));
    *x = *z * exp(random_between(-2, 40));
    switch (random_bits() % 4) {
    case 0: *x = *z * rint(random_between(1, 1e6)); break;
    case 1:
        *x = nextafter(*z * rint(random_between(1, 100)), random_between(-1, 1) * INFINITY);
        break;
    case 2: *x = scalar_frombits_f64(random_bits()), *z = scalar_frombits_f64(random_bits()); break;
    default: break;
    }
    *x = random_bits() % 2 ? -*x : *x, *z = random_bits() % 2 ? -*z : *z;
}

static double remainder_down(double x, double z)
{
    double rest = fmod(x, z);
    return rest != 0 && (rest < 0) != (z < 0) ? rest + z : rest;
}

/* Of f32 the sum of remainder is taken in its own type. */
static float remainder_down_short(float x, float z)
{
    float rest = (float)fmod((double)x, (double)z);
    return rest != 0 && (rest < 0) != (z < 0) ? rest + z : rest;
}

static void try_remainders(const double *x, const double *z, const float *short_x,
                           const float *short_z, int n)
{
    static double got[2][BLOCK];
    static float short_got[2][BLOCK];
    FOR_EACH_LANES(l)
    {
        l->table->f64->binary[MATH_mod](x, z, got[0], n);
        l->table->f64->binary[MATH_remainder](x, z, got[1], n);
        l->table->f32->binary[MATH_mod](short_x, short_z, short_got[0], n);
        l->table->f32->binary[MATH_remainder](short_x, short_z, short_got[1], n);
        for (int i = 0; i < n; i++) {
            float a = short_x[i], b = short_z[i];
            if (!same_f64(got[0][i], fmod(x[i], z[i])) ||
                !same_f64(got[1][i], remainder_down(x[i], z[i])) ||
                !same_f64(scalar_mod_f64(x[i], z[i]), got[0][i]) ||
                !same_f64(scalar_remainder_f64(x[i], z[i]), got[1][i]))
                TEST_FAILED("%a by %a leaves %a and %a on %s", x[i], z[i], got[0][i], got[1][i],
                            isa_name(l->isa));
            if (!same_f32(short_got[0][i], (float)fmod((double)a, (double)b)) ||
                !same_f32(short_got[1][i], remainder_down_short(a, b)) ||
                !same_f32(scalar_mod_f32(a, b), short_got[0][i]) ||
                !same_f32(scalar_remainder_f32(a, b), short_got[1][i]))
                TEST_FAILED("f32: %a by %a leaves %a and %a on %s", (double)a, (double)b,
                            (double)short_got[0][i], (double)short_got[1][i], isa_name(l->isa));
        }
    }
}

TEST(remainders)
{
    static double x[BLOCK], z[BLOCK];
    static float short_x[BLOCK], short_z[BLOCK];
    for (int block = soak(100, 3000); block > 0; block--) {
        for (int i = 0; i < BLOCK; i++) {
            random_quotient(&x[i], &z[i]);
            short_x[i] = (float)x[i], short_z[i] = (float)z[i];
        }
        try_remainders(x, z, short_x, short_z, BLOCK);
    }
    for (int k = 0; k < EDGES; k++) {
        for (int i = 0; i < EDGES; i++) {
            x[i] = edges[k], z[i] = edges[i];
            short_x[i] = (float)x[i], short_z[i] = (float)z[i];
        }
        try_remainders(x, z, short_x, short_z, EDGES);
    }
}

/* ---- minimum, maximum, choices, trees, whole numbers, bf16 */

TEST(smaller_and_larger)
{
    static double x[EDGES], z[EDGES], small[EDGES], large[EDGES];
    static float x32[EDGES], z32[EDGES], small32[EDGES], large32[EDGES];
    FOR_EACH_LANES(l)
    for (int k = 0; k < EDGES; k++) {
        for (int i = 0; i < EDGES; i++) {
            x[i] = edges[k], z[i] = edges[i];
            x32[i] = (float)x[i], z32[i] = (float)z[i];
        }
        l->table->f64->binary[MATH_min](x, z, small, EDGES);
        l->table->f64->binary[MATH_max](x, z, large, EDGES);
        l->table->f32->binary[MATH_min](x32, z32, small32, EDGES);
        l->table->f32->binary[MATH_max](x32, z32, large32, EDGES);
        for (int i = 0; i < EDGES; i++) {
            CHECK(same_f64(small[i], scalar_minimum_f64(x[i], z[i])));
            CHECK(same_f64(large[i], scalar_maximum_f64(x[i], z[i])));
            CHECK(same_f32(small32[i], scalar_minimum_f32(x32[i], z32[i])));
            CHECK(same_f32(large32[i], scalar_maximum_f32(x32[i], z32[i])));
        }
    }
}

/* The order of core/order.h. */
static double tree_f64(double lane[AD_LANES], int how)
{
    for (int w = AD_LANES / 2; w > 0; w /= 2)
        for (int i = 0; i < w; i++)
            lane[i] = how == 0   ? lane[i] + lane[i + w]
                      : how == 1 ? scalar_maximum_f64(lane[i], lane[i + w])
                                 : scalar_minimum_f64(lane[i], lane[i + w]);
    return lane[0];
}

static float tree_f32(float lane[AD_LANES], int how)
{
    for (int w = AD_LANES / 2; w > 0; w /= 2)
        for (int i = 0; i < w; i++)
            lane[i] = how == 0   ? lane[i] + lane[i + w]
                      : how == 1 ? scalar_maximum_f32(lane[i], lane[i + w])
                                 : scalar_minimum_f32(lane[i], lane[i + w]);
    return lane[0];
}

TEST(trees)
{
    FOR_EACH_LANES(l)
    for (int try = 0; try < 300; try++) {
        double lane[AD_LANES];
        float lane32[AD_LANES];
        for (int i = 0; i < AD_LANES; i++)
            lane[i] = random_between(-1, 1), lane32[i] = (float)lane[i];
        if (try % 3 == 0)
            lane[try % AD_LANES] = lane32[try % AD_LANES] = NAN;
        double got = l->table->f64->tree[try % 3](lane);
        float got32 = l->table->f32->tree[try % 3](lane32);
        CHECK(same_f64(got, tree_f64(lane, try % 3)));
        CHECK(same_f32(got32, tree_f32(lane32, try % 3)));
    }
}

TEST(choices)
{
    double x[32], z[32], y[32];
    float x32[32], z32[32], y32[32];
    uint8_t less[32], less32[32];
    FOR_EACH_LANES(l)
    for (int try = 0; try < 100; try++) {
        for (int i = 0; i < 32; i++) {
            x[i] = random_bits() % 8 ? random_between(-1, 1) : NAN, z[i] = random_between(-1, 1);
            x32[i] = (float)x[i], z32[i] = (float)z[i];
        }
        l->table->f64->less(x, z, less, 32);
        l->table->f32->less(x32, z32, less32, 32);
        l->table->f64->choose(less, z, x, y, 32);
        l->table->f32->choose(less32, z32, x32, y32, 32);
        for (int i = 0; i < 32; i++) {
            CHECK(less[i] == (x[i] < z[i]) && less32[i] == (x32[i] < z32[i]));
            CHECK(same_f64(y[i], x[i] < z[i] ? z[i] : x[i]));
            CHECK(same_f32(y32[i], x32[i] < z32[i] ? z32[i] : x32[i]));
        }
    }
}

TEST(whole_numbers)
{
    double x[32], y[32];
    float x32[32], y32[32];
    FOR_EACH_LANES(l)
    for (int try = 0; try < 100; try++) {
        for (int i = 0; i < 32; i++) {
            double size = pow(10, random_between(0, 15));
            x[i] = i % 4 ? random_between(-size, size) : rint(random_between(-9, 9)) + 0.5;
            x32[i] = (float)(i % 4 ? random_between(-2e9, 2e9) : x[i]);
        }
        l->table->f64->whole(x, y, 32);
        l->table->f32->whole(x32, y32, 32);
        for (int i = 0; i < 32; i++)
            CHECK(y[i] == rint(x[i]) && y32[i] == rintf(x32[i]));
    }
}

TEST(bf16)
{
    uint16_t half[32];
    float x[32], y[32];
    FOR_EACH_LANES(l)
    for (int try = 0; try < 1000; try++) {
        for (int i = 0; i < 32; i++)
            x[i] =
                scalar_frombits_f32((uint32_t)random_bits() & (i % 2 ? 0xffffffffu : 0xffff8000u));
        x[0] = NAN, x[1] = scalar_frombits_f32(0x7f800001), x[2] = 0x1.fffffep127f;
        l->table->to_bf16(x, half, 32);
        l->table->from_bf16(half, y, 32);
        for (int i = 0; i < 32; i++) {
            CHECK_EQ(half[i], scalar_to_bf16(x[i]));
            CHECK(same_f32(y[i], scalar_from_bf16(half[i])));
        }
    }
    CHECK_EQ(scalar_to_bf16(1.00390625f), 0x3f80); /* half way: to the even one */
    CHECK_EQ(scalar_to_bf16(1.01171875f), 0x3f82);
}

/* ---- random numbers */

/* Words of the authors' reference implementation. */
TEST(philox)
{
    static const uint32_t counter[3][4] = {
        {0, 0, 0, 0}, {~0u, ~0u, ~0u, ~0u}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
    static const uint32_t key[3][2] = {{0, 0}, {~0u, ~0u}, {0xa4093822, 0x299f31d0}};
    static const uint32_t want[3][4] = {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                        {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                                        {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (int i = 0; i < 3; i++) {
        uint32_t got[4];
        scalar_philox(counter[i], key[i], got);
        CHECK(memcmp(got, want[i], sizeof got) == 0);
    }
}

TEST(random_vectors)
{
    enum { MANY = 200 };
    float f32[MANY];
    double f64[MANY];
    FOR_EACH_LANES(l)
    for (int try = 0; try < 200; try++) {
        uint64_t seed = random_bits(), first = random_bits() >> (random_bits() % 60 + 2);
        uint32_t step = (uint32_t)random_bits(), stream = (uint32_t)random_bits();
        int n = (int)(random_bits() % MANY);
        l->table->f32->uniform(f32, n, seed, step, stream, first);
        l->table->f64->uniform(f64, n, seed, step, stream, first);
        for (int i = 0; i < n; i++) {
            CHECK(same_f32(f32[i], scalar_uniform_f32(seed, step, stream, first + (uint64_t)i)));
            CHECK(same_f64(f64[i], scalar_uniform_f64(seed, step, stream, first + (uint64_t)i)));
        }
        l->table->f32->normal(f32, n, seed, step, stream, first);
        l->table->f64->normal(f64, n, seed, step, stream, first);
        for (int i = 0; i < n; i++) {
            float want32 = scalar_normal_f32(seed, step, stream, first + (uint64_t)i);
            double want64 = scalar_normal_f64(seed, step, stream, first + (uint64_t)i);
            CHECK(l->fused ? same_f32(f32[i], want32) : fabsf(f32[i] - want32) < 2e-6f);
            CHECK(l->fused ? same_f64(f64[i], want64) : fabs(f64[i] - want64) < 1e-14);
        }
    }
}

/* Mean, variance, third and fourth moment, each within five standard errors. */
TEST(moments)
{
    enum { MANY = 1 << 18 };
    double u = 0, u2 = 0, n1 = 0, n2 = 0, n3 = 0, n4 = 0, w1 = 0, w2 = 0, w4 = 0;
    for (uint64_t i = 0; i < MANY; i++) {
        double a = (double)scalar_uniform_f32(7, 1, 2, i),
               b = (double)scalar_normal_f32(7, 1, 2, i);
        double c = scalar_normal_f64(7, 1, 2, i);
        CHECK(a >= 0 && a < 1);
        u += a, u2 += a * a, n1 += b, n2 += b * b, n3 += b * b * b, n4 += b * b * b * b;
        w1 += c, w2 += c * c, w4 += c * c * c * c;
    }
    CHECK_CLOSE(u / MANY, 0.5, 5 * 0.2887 / 512);
    CHECK_CLOSE(u2 / MANY, 1.0 / 3, 5 * 0.2982 / 512);
    CHECK_CLOSE(n1 / MANY, 0, 5.0 / 512);
    CHECK_CLOSE(n2 / MANY, 1, 5 * 1.42 / 512);
    CHECK_CLOSE(n3 / MANY, 0, 5 * 3.9 / 512);
    CHECK_CLOSE(n4 / MANY, 3, 5 * 9.8 / 512);
    CHECK_CLOSE(w1 / MANY, 0, 5.0 / 512);
    CHECK_CLOSE(w2 / MANY, 1, 5 * 1.42 / 512);
    CHECK_CLOSE(w4 / MANY, 3, 5 * 9.8 / 512);
}

TEST_MAIN
