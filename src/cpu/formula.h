/* Primitives of one operand as steps on registers: op/math.inc read once more, where numbers are
 * not computed with but noted down.  cpu/native_formula.c makes machine code of the steps; so that
 * code does what the functions in C do, and each stands once. */
#ifndef CPU_FORMULA_H
#define CPU_FORMULA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/op.h"
#include "cpu/assembler.h"

enum { FORMULA_STEPS = 96, FORMULA_CONSTANTS = 64, FORMULA_NONE = -1000 };

/* in: 0 is the operand, i is what step i - 1 gave, -1 - k is constant k; FORMULA_NONE. */
struct formula_step {
    enum arithmetic how; /* shifts are by count */
    int in[3], count;
    const float *pick; /* of these, for ASM_PICK */
};

struct formula {
    bool wide, f64;
    bool below;           /* the operand is at most 0 */
    int steps, constants; /* the last step's result is the value */
    struct formula_step step[FORMULA_STEPS];
    uint64_t constant[FORMULA_CONSTANTS]; /* bits */
};

bool formula_exists(const struct op *op);
/* For registers of AVX-512, where .wide, or of AVX2; what comes before .steps is set.  False where
 * there is none, or no room. */
bool formula_read(struct formula *formula, const struct op *op);

#endif
