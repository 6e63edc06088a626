#include "cpu/formula.h"

#include <math.h>
#include <string.h>

#include "op/row.h"

/* What numbers are while op/math.inc is read: a step's result, a constant, or a constant's bits.
 * Two registers hold one: most of this file's code hands them on. */
enum { NUMBER = -1, BITS = -2 };

typedef struct {
    union {
        struct formula *formula; /* of a step */
        double number;
        uint64_t bits;
    };
    int64_t step; /* or NUMBER or BITS */
} value;

static value number(double x)
{
    return (value){.number = x, .step = NUMBER};
}

static value bits(uint64_t x)
{
    return (value){.bits = x, .step = BITS};
}

static uint64_t bits_of(const struct formula *f, double x)
{
    float single = (float)x;
    uint32_t half;
    uint64_t all;
    memcpy(&half, &single, sizeof half);
    memcpy(&all, &x, sizeof all);
    return f->f64 ? all : half;
}

/* Its number among inputs. */
static int input(struct formula *f, value x)
{
    if (x.step >= 0)
        return (int)x.step;
    uint64_t wanted = x.step == BITS ? x.bits : bits_of(f, x.number);
    int k = 0;
    while (k < f->constants && k < FORMULA_CONSTANTS && f->constant[k] != wanted)
        k++;
    if (k < FORMULA_CONSTANTS)
        f->constant[k] = wanted;
    f->constants = k < f->constants ? f->constants : k + 1;
    return -1 - k;
}

/* At least one operand is a step's. */
static value step(enum arithmetic how, int operands, const value *x, int count)
{
    int with = 0;
    while (x[with].step < 0)
        with++;
    struct formula *f = x[with].formula;
    struct formula_step s = {how, {FORMULA_NONE, FORMULA_NONE, FORMULA_NONE}, count, NULL};
    for (int k = 0; k < operands; k++)
        s.in[k] = input(f, x[k]);
    if (f->steps < FORMULA_STEPS)
        f->step[f->steps] = s;
    return (value){.formula = f, .step = ++f->steps};
}

static value two(enum arithmetic how, value a, value b)
{
    return step(how, 2, (value[]){a, b}, 0);
}

static value shifted(enum arithmetic how, value x, int count)
{
    return step(how, 1, &x, count);
}

/* ---- the vocabulary of cpu/vector.h */

static uint64_t sign_of(value x)
{
    return x.formula->f64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
}

static uint64_t size_of(value x)
{
    return sign_of(x) - 1;
}

static value vabs(value x)
{
    return two(ASM_AND, x, bits(size_of(x)));
}

static value vneg(value x)
{
    return two(ASM_XOR, x, bits(sign_of(x)));
}

static value vcopysign(value x, value s)
{
    return two(ASM_OR, vabs(x), two(ASM_AND, s, bits(sign_of(s))));
}

static value vfma(value a, value b, value c)
{
    return step(ASM_FMA, 3, (value[]){a, b, c}, 0);
}

/* The instructions give their second operand where one is NaN. */
static value vat_most(value x, value high)
{
    return two(ASM_MIN, high, x);
}

static value vclamp(value x, value low, value high)
{
    value above = two(ASM_MAX, low, x);
    return x.step == 0 && x.formula->below && high.number >= 0 ? above : vat_most(above, high);
}

static value vsqrt(value x)
{
    return step(ASM_SQRT, 1, &x, 0);
}

/* 2^n of an exponent's bits. */
static value vpower(value x)
{
    return shifted(ASM_LEFT, x, x.formula->f64 ? 52 : 23);
}

static value vpick(value i, const float number[8])
{
    value picked = step(ASM_PICK, 1, &i, 0);
    if (picked.step <= FORMULA_STEPS)
        i.formula->step[picked.step - 1].pick = number;
    return picked;
}

/* x 2^floor(n), rounded once: with AVX2 by two powers, of which only the second can round. */
static value vscale(value x, value n)
{
    if (x.formula->wide)
        return two(ASM_SCALE, x, n);
    double shifter = x.formula->f64 ? 0x1.8p49 + 2 * 1023 : 0x1.8p20 + 2 * 127;
    value twice = shifted(ASM_RIGHT, two(ASM_ADD, n, number(shifter)), 3);
    value floor = shifted(ASM_RIGHT, twice, 1);
    value ceil = two(ASM_SUB_BITS, twice, floor);
    return two(ASM_MUL, two(ASM_MUL, x, vpower(floor)), vpower(ceil));
}

#define MATH_FUNCTION static inline __attribute__((unused))
#define MATH_FOR_STRIPS
#define vr value
#define vu value
#define vset number
#define vadd(a, b) two(ASM_ADD, a, b)
#define vsub(a, b) two(ASM_SUB, a, b)
#define vmul(a, b) two(ASM_MUL, a, b)
#define vdiv(a, b) two(ASM_DIV, a, b)
#define vbits(x) (x)

#define real float
#define V(name) name##_f32
#include "op/math.inc"
#undef real
#undef V

#define REAL_F64
#define real double
#define V(name) name##_f64
#include "op/math.inc"

/* ---- the primitives that have one */

static const struct {
    const struct op *op;
    value (*f32)(value x), (*f64)(value x);
} known[] = {
    {&op_neg, vneg, vneg},          {&op_abs, vabs, vabs},       {&op_exp, exp_f32, exp_f64},
    {&op_tanh, tanh_f32, tanh_f64}, {&op_erf, erf_f32, erf_f64}, {&op_rsqrt, rsqrt_f32, rsqrt_f64},
};

enum { KNOWN = sizeof known / sizeof known[0] };

static int number_of(const struct op *op)
{
    int i = 0;
    while (i < KNOWN && known[i].op != op)
        i++;
    return i;
}

bool formula_exists(const struct op *op)
{
    return number_of(op) < KNOWN;
}

bool formula_read(struct formula *formula, const struct op *op)
{
    int i = number_of(op);
    formula->steps = formula->constants = 0;
    if (i == KNOWN)
        return false;
    (formula->f64 ? known[i].f64 : known[i].f32)((value){.formula = formula});
    return formula->steps <= FORMULA_STEPS && formula->constants <= FORMULA_CONSTANTS;
}
