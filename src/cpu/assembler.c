#include "cpu/assembler.h"

#include <string.h>

enum { INDEX_RSI = 0x30, WITH_INDEX = 4, DISPLACED = 0x80, DIRECT = 0xc0 };
enum opcode_map { MAP_0F = 1, MAP_0F38 = 2, MAP_0F3A = 3 };
enum prefix { PREFIX_NONE, PREFIX_66 };

static void byte(struct assembler *a, int value)
{
    if (a->size < a->room)
        a->code[a->size] = (uint8_t)value;
    a->size++;
}

static void word(struct assembler *a, int32_t value)
{
    for (int shift = 0; shift < 32; shift += 8)
        byte(a, (int)((uint32_t)value >> shift & 0xff));
}

struct instruction {
    enum opcode_map map;
    enum prefix prefix;
    bool w; /* counts in AVX-512 only */
    int opcode, reg, x, mask;
    struct place z;
};

/* What the type says: single or double precision. */
static struct instruction of_type(const struct assembler *a, int opcode, int reg, int x,
                                  struct place z)
{
    return (struct instruction){.map = MAP_0F,
                                .prefix = a->f64 ? PREFIX_66 : PREFIX_NONE,
                                .w = a->f64,
                                .opcode = opcode,
                                .reg = reg,
                                .x = x,
                                .z = z};
}

/* Bits of registers stand inverted: the lower four of x together, the others each in its place. */
static void prefixes(struct assembler *a, const struct instruction *i)
{
    int z = i->z.memory ? 0 : i->z.reg;
    int high = !(i->reg & 8) << 7 | !(z & 16) << 6 | !(z & 8) << 5;
    int second = (~i->x & 15) << 3;
    if (a->wide) {
        byte(a, 0x62);
        byte(a, high | !(i->reg & 16) << 4 | (int)i->map);
        byte(a, i->w << 7 | second | 1 << 2 | (int)i->prefix);
        byte(a, 2 << 5 | !(i->x & 16) << 3 | i->mask);
    } else {
        byte(a, 0xc4);
        byte(a, high | (int)i->map);
        byte(a, second | 1 << 2 | (int)i->prefix);
    }
}

static void operand(struct assembler *a, int reg, struct place z)
{
    int middle = (reg & 7) << 3;
    if (!z.memory) {
        byte(a, DIRECT | middle | (z.reg & 7));
        return;
    }
    byte(a, DISPLACED | middle | (z.along ? WITH_INDEX : 0));
    if (z.along)
        byte(a, INDEX_RSI);
    word(a, z.displacement);
}

static void encode(struct assembler *a, struct instruction i)
{
    prefixes(a, &i);
    byte(a, i.opcode);
    operand(a, i.reg, i.z);
}

static struct place in_register(int reg)
{
    return (struct place){.reg = reg};
}

void asm_load(struct assembler *a, int to, struct place from)
{
    encode(a, of_type(a, from.memory ? 0x10 : 0x28, to, 0, from));
}

void asm_store(struct assembler *a, int from, struct place to)
{
    encode(a, of_type(a, 0x11, from, 0, to));
}

void asm_stream(struct assembler *a, int from, struct place to)
{
    encode(a, of_type(a, 0x2b, from, 0, to));
}

void asm_spread(struct assembler *a, int to, struct place number)
{
    struct instruction i = of_type(a, a->f64 ? 0x19 : 0x18, to, 0, number);
    i.map = MAP_0F38, i.prefix = PREFIX_66;
    encode(a, i);
}

void asm_compute(struct assembler *a, enum arithmetic how, int out, int x, struct place z)
{
    encode(a, of_type(a, (int)how, out, how == ASM_SQRT ? 0 : x, z));
}

enum { COMPARE = 0xc2, UNORDERED = 3, ORDERED = 7, BLEND_S = 0x4a, BLEND_D = 0x4b };

/* Where x is a number the instruction's result, else x stays. */
static void extreme_wide(struct assembler *a, enum arithmetic how, int x, struct place z)
{
    enum { CHOICE = 1 };
    encode(a, of_type(a, COMPARE, CHOICE, x, in_register(x)));
    byte(a, ORDERED);
    struct instruction i = of_type(a, (int)how, x, x, z);
    i.mask = CHOICE;
    encode(a, i);
}

void asm_extreme(struct assembler *a, enum arithmetic how, int out, int x, struct place z)
{
    enum { STRANGE = 14, RESULT = 15 };
    if (a->wide) {
        extreme_wide(a, how, x, z);
        return;
    }
    encode(a, of_type(a, COMPARE, STRANGE, x, in_register(x)));
    byte(a, UNORDERED);
    asm_compute(a, how, RESULT, x, z);
    struct instruction i = of_type(a, a->f64 ? BLEND_D : BLEND_S, out, RESULT, in_register(x));
    i.map = MAP_0F3A, i.prefix = PREFIX_66;
    encode(a, i);
    byte(a, STRANGE << 4);
}

/* ---- pointers and jumps */

static void bytes(struct assembler *a, int count, const uint8_t *code)
{
    for (int i = 0; i < count; i++)
        byte(a, code[i]);
}
#define BYTES(a, ...) \
    bytes(a, (int)sizeof(const uint8_t[]){__VA_ARGS__}, (const uint8_t[]){__VA_ARGS__})
#define BYTES_AND(a, number, ...) (BYTES(a, __VA_ARGS__), word(a, number))

void asm_load_pointer(struct assembler *a, int32_t displacement)
{
    BYTES_AND(a, displacement, 0x48, 0x8b, 0x87);
}

void asm_load_pointer_r8(struct assembler *a, int32_t displacement)
{
    BYTES_AND(a, displacement, 0x49, 0x8b, 0x80);
}

void asm_ask(struct assembler *a, int32_t displacement)
{
    BYTES(a, 0x0f, 0x18);
    operand(a, 2, (struct place){.memory = true, .along = true, .displacement = displacement});
}

void asm_go_on(struct assembler *a, int32_t bytes_on)
{
    BYTES_AND(a, bytes_on, 0x48, 0x81, 0xc7);
    BYTES(a, 0xff, 0x27);
}

void asm_r8_is_rdi_less_rcx(struct assembler *a)
{
    BYTES(a, 0x49, 0x89, 0xf8, 0x49, 0x29, 0xc8);
}

void asm_r8_add(struct assembler *a, int32_t number)
{
    BYTES_AND(a, number, 0x49, 0x81, 0xc0);
}

void asm_rsi_add(struct assembler *a, int32_t number)
{
    BYTES_AND(a, number, 0x48, 0x81, 0xc6);
}

static int jump_from_here(struct assembler *a)
{
    word(a, 0);
    return a->size;
}

int asm_jump_if_r8_is_rdi(struct assembler *a)
{
    BYTES(a, 0x49, 0x39, 0xf8, 0x0f, 0x84);
    return jump_from_here(a);
}

int asm_jump_if_beyond(struct assembler *a, int32_t number)
{
    BYTES_AND(a, number, 0x4c, 0x8d, 0x86);
    BYTES(a, 0x49, 0x39, 0xd0, 0x0f, 0x8f);
    return jump_from_here(a);
}

/* The distance stands in the four bytes before where the jump would go on. */
void asm_land(struct assembler *a, int jump)
{
    int32_t distance = a->size - jump;
    if (a->size <= a->room)
        memcpy(a->code + jump - sizeof distance, &distance, sizeof distance);
}

void asm_jump_back(struct assembler *a, int to)
{
    byte(a, 0xe9);
    word(a, to - a->size - (int)sizeof(int32_t));
}

void asm_return_rsi(struct assembler *a)
{
    BYTES(a, 0xc5, 0xf8, 0x77, 0x48, 0x89, 0xf0, 0xc3); /* vzeroupper; mov rax, rsi; ret */
}
