/* Instruction sets: which of them kernels were compiled for, and which of these this processor
 * has. */
#ifndef BASE_ISA_H
#define BASE_ISA_H

#include <stdbool.h>

/* name, text name */
#define ISA_LIST(X)                                                   \
    X(NONE, "none")     /* none of the below: another architecture */ \
    X(SSE2, "sse2")     /* every x86-64 */                            \
    X(AVX2, "avx2")     /* with FMA */                                \
    X(AVX512, "avx512") /* F, DQ, VL, BW */                           \
    X(NEON, "neon")     /* every ARM64 */

enum isa {
#define ISA_ENUM(name, text) ISA_##name,
    ISA_LIST(ISA_ENUM)
#undef ISA_ENUM
        ISA_COUNT
};

/* After kernels of wide registers, before other code: the upper parts of registers are empty again.
 * With anything in them each instruction of narrow ones, which is all that the rest of a program
 * has, waits for the one before it: drawing lines took 2.7 times as long. */
void isa_rest(void);

/* The best that is supported, or ISA_NONE. */
enum isa isa_best(void);
/* Kernels for it are in this library (ADZE_INSTRUCTION_SETS of the build). */
bool isa_built(enum isa isa);
/* Built, and the processor has it. */
bool isa_supported(enum isa isa);
/* The processor has AVX2, whatever was built: for moves of any size.  Asked once. */
bool isa_moves_wide(void);
const char *isa_name(enum isa isa);
/* false for a name that is none of the above. */
bool isa_parse(const char *name, enum isa *isa);

#endif
