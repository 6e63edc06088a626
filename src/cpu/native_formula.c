/* Formulas (cpu/formula.h) as instructions.
 *
 * A few vectors go through all steps together, so that one need not wait for another's result: as
 * many as registers allow.  Registers come in sets of one for each of them. */
#include "cpu/formula.h"
#include "cpu/native_code.h"

enum { SETS = 16, SINGLES = 2 /* for constants */, NOWHERE = -1, PAIR = 2, LONG = 10 /* steps */ };

struct pool {
    int set[SETS][NATIVE_VECTORS];
    bool used[SETS];
    int sets;
    int single[SINGLES];
};

struct writing {
    struct native *n;
    const struct formula *formula;
    int together; /* vectors */
    int first;    /* of them in the strip */
    bool emits;   /* else finds out whether registers suffice */
    bool stays;   /* the operand is wanted later */
    struct pool pool;
    int at[FORMULA_STEPS + 1];   /* the set of the operand and of each result */
    int last[FORMULA_STEPS + 1]; /* the step that reads it last */
};

/* ---- registers */

static bool is_free(const struct native *n, int from, int to, int reg)
{
    int set = reg / NATIVE_VECTORS;
    bool strip = set == from || set == to || set == n->aside;
    bool lanes = reg >= NATIVE_KEPT && reg < NATIVE_KEPT + n->lanes;
    return !strip && !lanes && reg < NATIVE_REGISTERS - n->residents;
}

/* The operand's own registers are the first set. */
static void fill_pool(struct writing *w, int from, int to)
{
    struct native *n = w->n;
    int registers = n->code.wide ? NATIVE_REGISTERS : NATIVE_REGISTERS / 2;
    int singles = 0, members = 0;
    w->pool.sets = 1;
    for (int k = 0; k < w->together; k++)
        w->pool.set[0][k] = from * NATIVE_VECTORS + w->first + k;
    for (int reg = registers - 1; reg >= 0; reg--) {
        if (!is_free(n, from, to, reg))
            continue;
        if (singles < SINGLES) {
            w->pool.single[singles++] = reg;
        } else if (w->pool.sets < SETS) {
            w->pool.set[w->pool.sets][members++] = reg;
            w->pool.sets += members == w->together;
            members %= w->together;
        }
    }
    for (int i = 0; i < SETS; i++)
        w->pool.used[i] = i == 0;
}

static int take(struct writing *w)
{
    int set = 0;
    while (set < w->pool.sets && w->pool.used[set])
        set++;
    if (set == w->pool.sets)
        return NOWHERE;
    w->pool.used[set] = true;
    return set;
}

static bool dies(const struct writing *w, int step, int in)
{
    return in >= 0 && w->last[in] == step && !(in == 0 && w->stays);
}

static void give_back(struct writing *w, int step)
{
    for (int k = 0; k < 3; k++)
        if (dies(w, step, w->formula->step[step].in[k]))
            w->pool.used[w->at[w->formula->step[step].in[k]]] = false;
}

/* ---- constants */

/* Its number among residents; how many there are where it is none. */
static int resident_number(const struct native *n, const struct resident *constant)
{
    int k = 0;
    while (k < n->residents &&
           !(n->resident[k].bits == constant->bits && n->resident[k].eight == constant->eight))
        k++;
    return k;
}

static int resident_register(int k)
{
    return NATIVE_REGISTERS - 1 - k;
}

static void load_constant(struct native *n, int reg, const struct resident *constant)
{
    if (constant->eight)
        asm_load_eight(&n->code, reg, constant->eight);
    else
        asm_spread_bits(&n->code, reg, constant->bits);
}

void native_load_residents(struct native *n)
{
    for (int k = 0; k < n->residents; k++)
        load_constant(n, resident_register(k), &n->resident[k]);
}

/* The step's k-th operand, or what it picks from, as a constant. */
static bool is_constant(const struct formula *f, const struct formula_step *s, int k,
                        struct resident *constant)
{
    *constant = (struct resident){0};
    if (s->how == ASM_PICK && k == 1)
        constant->eight = s->pick;
    else if (s->in[k] < 0 && s->in[k] != FORMULA_NONE)
        constant->bits = f->constant[-1 - s->in[k]];
    else
        return false;
    return true;
}

/* ---- steps */

/* Constants of the step in registers: residents, or those of their own, into which they come now.
 * single[k] is operand k's. */
static void load_constants(struct writing *w, const struct formula_step *s, int single[3])
{
    struct native *n = w->n;
    int count = 0;
    for (int k = 0; k < 3; k++) {
        struct resident constant;
        single[k] = NOWHERE;
        if (!is_constant(w->formula, s, k, &constant))
            continue;
        int number = resident_number(n, &constant);
        bool resides = number < n->residents;
        single[k] = resides ? resident_register(number) : w->pool.single[count++];
        if (w->emits && !resides)
            load_constant(n, single[k], &constant);
    }
}

static int register_of(const struct writing *w, const struct formula_step *s, const int single[3],
                       int operand, int k)
{
    return single[operand] != NOWHERE ? single[operand] : w->pool.set[w->at[s->in[operand]]][k];
}

/* out = a b + c, over one of the three where it dies. */
static void multiply_and_add(struct assembler *code, int out, int a, int b, int c)
{
    if (out == a) {
        asm_fma(code, ASM_OUT_Z_X, out, b, asm_register(c));
    } else if (out == b) {
        asm_fma(code, ASM_OUT_Z_X, out, a, asm_register(c));
    } else {
        if (out != c)
            asm_load(code, out, asm_register(c));
        asm_fma(code, ASM_X_Z_OUT, out, a, asm_register(b));
    }
}

static void write_step(struct writing *w, const struct formula_step *s, const int single[3], int to)
{
    struct assembler *code = &w->n->code;
    for (int k = 0; k < w->together; k++) {
        int out = w->pool.set[to][k], x = register_of(w, s, single, 0, k);
        if (s->how == ASM_LEFT || s->how == ASM_RIGHT)
            asm_shift(code, s->how, out, x, s->count);
        else if (s->how == ASM_FMA)
            multiply_and_add(code, out, x, register_of(w, s, single, 1, k),
                             register_of(w, s, single, 2, k));
        else if (s->how == ASM_PICK)
            asm_pick(code, out, x, single[1]);
        else if (s->how == ASM_SQRT)
            asm_compute(code, s->how, out, 0, asm_register(x));
        else
            asm_compute(code, s->how, out, x, asm_register(register_of(w, s, single, 1, k)));
    }
}

/* A sum of a product goes over an operand that is not wanted any more; the others may go anywhere,
 * as an instruction reads before it writes. */
static int place_result(struct writing *w, int step)
{
    const struct formula_step *s = &w->formula->step[step];
    give_back(w, step);
    for (int k = 2; s->how == ASM_FMA && k >= 0; k--)
        if (dies(w, step, s->in[k])) {
            w->pool.used[w->at[s->in[k]]] = true;
            return w->at[s->in[k]];
        }
    return take(w);
}

static bool write(struct writing *w, int from, int to)
{
    const struct formula *f = w->formula;
    fill_pool(w, from, to);
    w->at[0] = 0;
    for (int i = 0; i < f->steps; i++) {
        int single[3], set = place_result(w, i);
        if (set == NOWHERE)
            return false;
        load_constants(w, &f->step[i], single);
        if (w->emits)
            write_step(w, &f->step[i], single, set);
        w->at[i + 1] = set;
    }
    for (int k = 0; k < w->together && w->emits; k++) {
        int out = to * NATIVE_VECTORS + w->first + k, result = w->pool.set[w->at[f->steps]][k];
        if (out != result)
            asm_load(&w->n->code, out, asm_register(result));
    }
    return true;
}

static void note_last(struct writing *w)
{
    for (int i = 0; i <= w->formula->steps; i++)
        w->last[i] = NOWHERE;
    for (int i = 0; i < w->formula->steps; i++)
        for (int k = 0; k < 3; k++)
            if (w->formula->step[i].in[k] >= 0)
                w->last[w->formula->step[i].in[k]] = i;
}

/* Constants become residents while there are registers for pairs of vectors beside them. */
static void collect(struct writing *w, int from, int to)
{
    struct native *n = w->n;
    w->together = PAIR;
    for (int i = 0; i < 3 * w->formula->steps; i++) {
        struct resident constant;
        if (!is_constant(w->formula, &w->formula->step[i / 3], i % 3, &constant))
            continue;
        int k = resident_number(n, &constant);
        if (k < n->residents || k == NATIVE_RESIDENTS ||
            resident_register(k) < NATIVE_KEPT + n->lanes)
            continue;
        n->resident[n->residents++] = constant;
        if (!write(w, from, to)) {
            n->residents--;
            break;
        }
    }
    w->together = n->vectors;
}

void native_formula(struct native *n, const struct op *op, bool below, int from, int to)
{
    struct formula formula;
    formula.wide = n->code.wide, formula.f64 = n->code.f64, formula.below = below;
    struct writing w = {.n = n, .formula = &formula, .together = n->vectors, .stays = from != to};
    if (formula_read(&formula, op))
        note_last(&w);
    else
        w.together = 0;
    if (w.together && n->collects && n->vectors > 1)
        collect(&w, from, to);
    while (w.together && !write(&w, from, to))
        w.together /= 2;
    if (!w.together) {
        n->code.size = n->code.room + 1; /* as if there were no room: no function */
        return;
    }
    w.emits = true;
    for (; w.first < n->vectors; w.first += w.together)
        write(&w, from, to);
}

bool native_is_long(const struct op *op)
{
    struct formula formula = {.wide = true};
    return formula_read(&formula, op) && formula.steps >= LONG;
}
