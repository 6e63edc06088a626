/* Vector instructions of x86-64 as bytes: what cpu/native.c needs of AVX2 and AVX-512.
 *
 * Registers of vectors are 0 to 15, with AVX-512 0 to 31.  Memory is [rax + displacement], or with
 * .along [rax + rsi + displacement].  Encodings: Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2, chapter 2. */
#ifndef CPU_ASSEMBLER_H
#define CPU_ASSEMBLER_H

#include <stdbool.h>
#include <stdint.h>

struct assembler {
    uint8_t *code;
    int room, size; /* what does not fit is left out; the size is larger than the room then */
    bool wide;      /* 64 bytes, AVX-512, instead of 32, AVX2 */
    bool f64;
};

/* What an instruction reads last, or a move writes. */
struct place {
    bool memory, along;
    int reg; /* where not memory */
    int32_t displacement;
};

enum arithmetic {
    ASM_SQRT = 0x51,
    ASM_ADD = 0x58,
    ASM_MUL = 0x59,
    ASM_SUB = 0x5c,
    ASM_MIN = 0x5d,
    ASM_DIV = 0x5e,
    ASM_MAX = 0x5f,
};

void asm_load(struct assembler *a, int to, struct place from);
void asm_store(struct assembler *a, int from, struct place to);
/* Past the caches; the place is a multiple of a vector. */
void asm_stream(struct assembler *a, int from, struct place to);
void asm_spread(struct assembler *a, int to, struct place number); /* of memory */
void asm_compute(struct assembler *a, enum arithmetic how, int out, int x, struct place z);

/* minimum or maximum of x and z as cpu/vector.h has them: x where that is NaN.  With
 * AVX-512 out is x and not z; with AVX2 registers 14 and 15 are used. */
void asm_extreme(struct assembler *a, enum arithmetic how, int out, int x, struct place z);

/* rax = [rdi + displacement], or [r8 + displacement] */
void asm_load_pointer(struct assembler *a, int32_t displacement);
void asm_load_pointer_r8(struct assembler *a, int32_t displacement);
/* Asks for the line at [rax + rsi + displacement], into the second cache. */
void asm_ask(struct assembler *a, int32_t displacement);
/* rdi += bytes, and on to where [rdi] says. */
void asm_go_on(struct assembler *a, int32_t bytes);

/* For loops.  A jump forward does not know where to yet; asm_land makes it come here. */
void asm_r8_is_rdi_less_rcx(struct assembler *a);
void asm_r8_add(struct assembler *a, int32_t bytes);
void asm_rsi_add(struct assembler *a, int32_t bytes);
int asm_jump_if_r8_is_rdi(struct assembler *a);
/* Where rsi + bytes > rdx, as signed numbers; uses r8. */
int asm_jump_if_beyond(struct assembler *a, int32_t bytes);
void asm_land(struct assembler *a, int jump);
void asm_jump_back(struct assembler *a, int to); /* where the size was so */
/* Returns rsi. */
void asm_return_rsi(struct assembler *a);

#endif
