/* Instructions of x86-64 as bytes: what cpu/native*.c need of AVX2, AVX-512 and of whole numbers.
 *
 * Registers of vectors are 0 to 15, with AVX-512 0 to 31.  Memory of vectors is [rax +
 * displacement], or with .along [rax + rsi + displacement].  Encodings: Intel 64 and IA-32
 * Architectures Software Developer's Manual, volume 2, chapter 2. */
#ifndef CPU_ASSEMBLER_H
#define CPU_ASSEMBLER_H

#include <stdbool.h>
#include <stdint.h>

enum { ASM_CONSTANTS = 96, ASM_USES = 512 };

struct assembler {
    uint8_t *code;
    int room, size; /* what does not fit is left out; the size is larger than the room then */
    bool wide;      /* 64 bytes, AVX-512, instead of 32, AVX2 */
    bool f64;
    /* Numbers that stand behind the code, and the places that want to know where. */
    int constants, uses;
    uint64_t constant[ASM_CONSTANTS];
    struct {
        int at, constant;
    } use[ASM_USES];
};

/* What an instruction reads last, or a move writes. */
struct place {
    bool memory, along;
    bool part; /* only the lanes of asm_choose_lanes; of memory that is read the others are 0 */
    int reg;   /* where not memory */
    int32_t displacement;
};

static inline struct place asm_register(int reg)
{
    return (struct place){.reg = reg};
}

/* Operations lane by lane, on numbers or on their bits; the lower byte is the opcode. */
enum arithmetic {
    ASM_SQRT = 0x51,
    ASM_ADD = 0x58,
    ASM_MUL = 0x59,
    ASM_SUB = 0x5c,
    ASM_MIN = 0x5d,
    ASM_DIV = 0x5e,
    ASM_MAX = 0x5f,
    ASM_BITS = 0x100,
    ASM_AND = ASM_BITS | 0xdb,
    ASM_OR = ASM_BITS | 0xeb,
    ASM_XOR = ASM_BITS | 0xef,
    ASM_SUB_BITS = ASM_BITS | 0xfa, /* as whole numbers */
    ASM_LEFT = 0x200,               /* asm_shift */
    ASM_RIGHT,
    ASM_FMA,   /* asm_fma */
    ASM_SCALE, /* x 2^floor(z), with AVX-512 */
    ASM_PICK,  /* asm_pick */
};

/* With AVX-512: which lanes a place of .part is; k2 from here on. */
void asm_choose_lanes(struct assembler *a, int lanes);
void asm_load(struct assembler *a, int to, struct place from);
void asm_store(struct assembler *a, int from, struct place to);
/* Past the caches; the place is a multiple of a vector. */
void asm_stream(struct assembler *a, int from, struct place to);
void asm_store_first(struct assembler *a, int from, struct place to); /* the first lane */
void asm_spread(struct assembler *a, int to, struct place number);    /* of memory */
void asm_spread_bits(struct assembler *a, int to, uint64_t bits);     /* a constant */
void asm_compute(struct assembler *a, enum arithmetic how, int out, int x, struct place z);
void asm_shift(struct assembler *a, enum arithmetic how, int out, int x, int count);

/* f32 only: eight numbers into a register, with AVX-512 twice, and of those the ones that the lower
 * three bits of x count. */
void asm_load_eight(struct assembler *a, int to, const float number[8]);
void asm_pick(struct assembler *a, int out, int x, int eight);

/* One of the factors or what is added is where the result goes. */
enum fma_form {
    ASM_OUT_Z_X = 0xa8, /* out = out x + z */
    ASM_X_Z_OUT = 0xb8, /* out = x z + out */
};
void asm_fma(struct assembler *a, enum fma_form form, int out, int x, struct place z);

/* minimum or maximum of x and z as cpu/vector.h has them: x where that is NaN.  With
 * AVX-512 out is x and not z, and k1 is used; with AVX2 registers 14 and 15 are. */
void asm_extreme(struct assembler *a, enum arithmetic how, int out, int x, struct place z);

/* Of 32 bytes, registers 0 to 15: the lanes that lie so many away, for the first of them. */
void asm_lanes_away(struct assembler *a, int out, int x, int lanes);
/* Of 64 bytes, from any register into one of the first 16: the upper half. */
void asm_upper_half(struct assembler *a, int out, int x);

/* ---- whole numbers: pointers, counts and jumps */

enum general {
    RAX = 0,
    RCX = 1,
    RDX = 2,
    RBX = 3, /* this one and rbp are the caller's */
    RBP = 5,
    RSI = 6,
    RDI = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11
};
enum condition {
    ASM_EQUAL = 0x4,
    ASM_NOT_EQUAL = 0x5,
    ASM_LESS = 0xc,
    ASM_NOT_LESS = 0xd,
    ASM_NOT_GREATER = 0xe,
    ASM_GREATER = 0xf
};

void asm_move(struct assembler *a, enum general to, enum general from);
void asm_add(struct assembler *a, enum general to, int32_t number);
void asm_subtract(struct assembler *a, enum general to, enum general from);
void asm_multiply(struct assembler *a, enum general to, enum general by);
void asm_load_general(struct assembler *a, enum general to, enum general base, int32_t at);
void asm_add_to_memory(struct assembler *a, enum general base, int32_t at, enum general from);
void asm_subtract_from_memory(struct assembler *a, enum general base, int32_t at,
                              enum general from);
void asm_push(struct assembler *a, enum general x); /* one of the first eight */
void asm_pop(struct assembler *a, enum general x);
/* Asks for the line at [rax + rsi + displacement], into the second cache. */
void asm_ask(struct assembler *a, int32_t displacement);
/* rdi += bytes, and on to where [rdi] says. */
void asm_go_on(struct assembler *a, int32_t bytes);

/* A jump takes its condition from the comparison, sum or difference right before it.  One forward
 * does not know where to yet; asm_land makes it come here. */
void asm_compare(struct assembler *a, enum general x, enum general y);
void asm_compare_number(struct assembler *a, enum general x, int32_t number);
int asm_jump_if(struct assembler *a, enum condition condition);
void asm_land(struct assembler *a, int jump);
void asm_jump_back(struct assembler *a, int to); /* where the size was so */
void asm_jump_back_if(struct assembler *a, enum condition condition, int to);
/* Returns rax. */
void asm_return(struct assembler *a);

/* Puts the constants behind the code; false where not all fitted. */
bool asm_finish(struct assembler *a);

#endif
