#include "cpu/assembler.h"

#include <string.h>

enum { INDEX_RSI = 0x30, WITH_INDEX = 4, BEHIND = 5, DISPLACED = 0x80, DIRECT = 0xc0 };
enum opcode_map { MAP_0F = 1, MAP_0F38 = 2, MAP_0F3A = 3 };
enum prefix { PREFIX_NONE, PREFIX_66, PREFIX_F3, PREFIX_F2 };
enum { EIGHT = 8, LANES = 2 /* k2 */, ZEROING = 0x80 };

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
    bool w;     /* with AVX-512 */
    bool vex_w; /* with AVX2 */
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
        byte(a, i->vex_w << 7 | second | 1 << 2 | (int)i->prefix);
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

/* Lanes outside the part stay, or become 0. */
static void encode_part(struct assembler *a, struct instruction i, bool zeroing)
{
    if (i.z.part)
        i.mask = LANES | (zeroing ? ZEROING : 0);
    encode(a, i);
}

/* mov eax, bits; kmovw k2, eax */
void asm_choose_lanes(struct assembler *a, int lanes)
{
    byte(a, 0xb8), word(a, (1 << lanes) - 1);
    byte(a, 0xc5), byte(a, 0xf8), byte(a, 0x92), byte(a, DIRECT | LANES << 3);
}

void asm_load(struct assembler *a, int to, struct place from)
{
    encode_part(a, of_type(a, from.memory ? 0x10 : 0x28, to, 0, from), from.memory);
}

void asm_store(struct assembler *a, int from, struct place to)
{
    encode_part(a, of_type(a, 0x11, from, 0, to), false);
}

void asm_stream(struct assembler *a, int from, struct place to)
{
    encode(a, of_type(a, 0x2b, from, 0, to));
}

/* A move of one number: of the vector's first lane, whatever its size. */
void asm_store_first(struct assembler *a, int from, struct place to)
{
    struct instruction i = of_type(a, 0x11, from, 0, to);
    i.prefix = a->f64 ? PREFIX_F2 : PREFIX_F3;
    encode(a, i);
}

static struct instruction spreading(const struct assembler *a, int to, struct place number)
{
    struct instruction i = of_type(a, a->f64 ? 0x19 : 0x18, to, 0, number);
    i.map = MAP_0F38, i.prefix = PREFIX_66;
    return i;
}

void asm_spread(struct assembler *a, int to, struct place number)
{
    encode(a, spreading(a, to, number));
}

/* The number's place in the list; one past it where there is no room. */
static int constant_number(struct assembler *a, uint64_t bits)
{
    int k = 0;
    while (k < a->constants && a->constant[k] != bits)
        k++;
    if (k == a->constants && k < ASM_CONSTANTS)
        a->constant[a->constants++] = bits;
    return k;
}

/* An instruction that reads the constant, where there was room for it. */
static void encode_behind(struct assembler *a, struct instruction i, int constant)
{
    if (constant >= ASM_CONSTANTS || a->uses == ASM_USES) {
        a->size = a->room + 1;
        return;
    }
    prefixes(a, &i);
    byte(a, i.opcode);
    byte(a, BEHIND | (i.reg & 7) << 3);
    word(a, 0);
    a->use[a->uses].at = a->size;
    a->use[a->uses++].constant = constant;
}

void asm_spread_bits(struct assembler *a, int to, uint64_t bits)
{
    encode_behind(a, spreading(a, to, (struct place){.memory = true}), constant_number(a, bits));
}

/* Where the eight stand in the list, one behind the other; past it where there is no room. */
static int numbers_of_eight(struct assembler *a, const uint64_t bits[EIGHT])
{
    for (int k = 0; k + EIGHT <= a->constants; k++)
        if (!memcmp(a->constant + k, bits, EIGHT * sizeof *bits))
            return k;
    if (a->constants + EIGHT > ASM_CONSTANTS)
        return ASM_CONSTANTS;
    memcpy(a->constant + a->constants, bits, EIGHT * sizeof *bits);
    a->constants += EIGHT;
    return a->constants - EIGHT;
}

/* vbroadcastf32x8 or vmovups */
void asm_load_eight(struct assembler *a, int to, const float number[EIGHT])
{
    uint64_t bits[EIGHT];
    for (int k = 0; k < EIGHT; k++) {
        uint32_t half;
        memcpy(&half, number + k, sizeof half);
        bits[k] = half;
    }
    struct instruction i = of_type(a, 0x10, to, 0, (struct place){.memory = true});
    if (a->wide)
        i.map = MAP_0F38, i.prefix = PREFIX_66, i.opcode = 0x1b;
    encode_behind(a, i, numbers_of_eight(a, bits));
}

/* What the type says where bits are worked on, or where it stands in the prefix only. */
static struct instruction of_bits(const struct assembler *a, enum opcode_map map, int opcode,
                                  int reg, int x, struct place z)
{
    struct instruction i = of_type(a, opcode, reg, x, z);
    i.map = map, i.prefix = PREFIX_66;
    return i;
}

void asm_compute(struct assembler *a, enum arithmetic how, int out, int x, struct place z)
{
    int opcode = how & 0xff;
    if (how == ASM_SCALE)
        encode(a, of_bits(a, MAP_0F38, 0x2c, out, x, z));
    else if (how & ASM_BITS)
        encode(a, of_bits(a, MAP_0F, opcode + (how == ASM_SUB_BITS && a->f64), out, x, z));
    else
        encode_part(a, of_type(a, opcode, out, how == ASM_SQRT ? 0 : x, z), z.memory);
}

void asm_shift(struct assembler *a, enum arithmetic how, int out, int x, int count)
{
    enum { LEFT = 6, RIGHT = 2 };
    encode(a, of_bits(a, MAP_0F, a->f64 ? 0x73 : 0x72, how == ASM_LEFT ? LEFT : RIGHT, out,
                      asm_register(x)));
    byte(a, count);
}

/* vpermps */
void asm_pick(struct assembler *a, int out, int x, int eight)
{
    encode(a, of_bits(a, MAP_0F38, 0x16, out, x, asm_register(eight)));
}

void asm_fma(struct assembler *a, enum fma_form form, int out, int x, struct place z)
{
    struct instruction i = of_bits(a, MAP_0F38, (int)form, out, x, z);
    i.vex_w = a->f64;
    encode(a, i);
}

enum { COMPARE = 0xc2, UNORDERED = 3, ORDERED = 7, BLEND_S = 0x4a, BLEND_D = 0x4b };

/* Where x is a number, of the lanes of z, the instruction's result, else x stays. */
static void extreme_wide(struct assembler *a, enum arithmetic how, int x, struct place z)
{
    enum { CHOICE = 1 };
    struct place same = {.reg = x, .part = z.part};
    encode_part(a, of_type(a, COMPARE, CHOICE, x, same), false);
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
    encode(a, of_type(a, COMPARE, STRANGE, x, asm_register(x)));
    byte(a, UNORDERED);
    asm_compute(a, how, RESULT, x, z);
    struct instruction i = of_type(a, a->f64 ? BLEND_D : BLEND_S, out, RESULT, asm_register(x));
    i.map = MAP_0F3A, i.prefix = PREFIX_66;
    encode(a, i);
    byte(a, STRANGE << 4);
}

/* ---- lanes of one register */

/* vextractf128, vpermilpd or vpermilps */
void asm_lanes_away(struct assembler *a, int out, int x, int lanes)
{
    int away = lanes * (a->f64 ? 8 : 4);
    bool halves = away == 16;
    int reg = halves ? x : out, from = halves ? out : x;
    struct instruction i = {.map = MAP_0F3A,
                            .prefix = PREFIX_66,
                            .opcode = halves      ? 0x19
                                      : away == 8 ? 0x05
                                                  : 0x04,
                            .reg = reg,
                            .z = asm_register(from)};
    encode(a, i);
    byte(a, halves ? 1 : away == 8 ? 5 : 0xb1);
}

/* vextractf64x4 */
void asm_upper_half(struct assembler *a, int out, int x)
{
    struct instruction i = {.map = MAP_0F3A,
                            .prefix = PREFIX_66,
                            .w = true,
                            .opcode = 0x1b,
                            .reg = x,
                            .z = asm_register(out)};
    encode(a, i);
    byte(a, 1);
}

/* ---- whole numbers */

enum { WIDE = 0x48, EXTEND_REG = 4, EXTEND_BASE = 1 };

/* An instruction on 64 bits with a register, or a part of the opcode, and a register or memory. */
static void general(struct assembler *a, int opcode, int reg, enum general base, int mode)
{
    byte(a, WIDE | (reg & 8 ? EXTEND_REG : 0) | (base & 8 ? EXTEND_BASE : 0));
    byte(a, opcode);
    byte(a, mode | (reg & 7) << 3 | (base & 7));
}

void asm_move(struct assembler *a, enum general to, enum general from)
{
    general(a, 0x89, (int)from, to, DIRECT);
}

void asm_add(struct assembler *a, enum general to, int32_t number)
{
    general(a, 0x81, 0, to, DIRECT);
    word(a, number);
}

void asm_subtract(struct assembler *a, enum general to, enum general from)
{
    general(a, 0x29, (int)from, to, DIRECT);
}

void asm_multiply(struct assembler *a, enum general to, enum general by)
{
    byte(a, WIDE | (to & 8 ? EXTEND_REG : 0) | (by & 8 ? EXTEND_BASE : 0));
    byte(a, 0x0f), byte(a, 0xaf);
    byte(a, DIRECT | (to & 7) << 3 | (by & 7));
}

void asm_load_general(struct assembler *a, enum general to, enum general base, int32_t at)
{
    general(a, 0x8b, (int)to, base, DISPLACED);
    word(a, at);
}

void asm_add_to_memory(struct assembler *a, enum general base, int32_t at, enum general from)
{
    general(a, 0x01, (int)from, base, DISPLACED);
    word(a, at);
}

void asm_subtract_from_memory(struct assembler *a, enum general base, int32_t at, enum general from)
{
    general(a, 0x29, (int)from, base, DISPLACED);
    word(a, at);
}

void asm_push(struct assembler *a, enum general x)
{
    byte(a, 0x50 | (int)x);
}

void asm_pop(struct assembler *a, enum general x)
{
    byte(a, 0x58 | (int)x);
}

void asm_ask(struct assembler *a, int32_t displacement)
{
    byte(a, 0x0f), byte(a, 0x18);
    operand(a, 2, (struct place){.memory = true, .along = true, .displacement = displacement});
}

void asm_go_on(struct assembler *a, int32_t bytes_on)
{
    asm_add(a, RDI, bytes_on);
    byte(a, 0xff), byte(a, 0x27);
}

void asm_compare(struct assembler *a, enum general x, enum general y)
{
    general(a, 0x39, (int)y, x, DIRECT);
}

void asm_compare_number(struct assembler *a, enum general x, int32_t number)
{
    general(a, 0x81, 7, x, DIRECT);
    word(a, number);
}

int asm_jump_if(struct assembler *a, enum condition condition)
{
    byte(a, 0x0f), byte(a, 0x80 | (int)condition);
    word(a, 0);
    return a->size;
}

/* The distance stands in the four bytes before where the jump would go on. */
static void set_distance(struct assembler *a, int jump, int to)
{
    int32_t distance = to - jump;
    if (a->size <= a->room)
        memcpy(a->code + jump - sizeof distance, &distance, sizeof distance);
}

void asm_land(struct assembler *a, int jump)
{
    set_distance(a, jump, a->size);
}

void asm_jump_back(struct assembler *a, int to)
{
    byte(a, 0xe9);
    word(a, to - a->size - (int)sizeof(int32_t));
}

void asm_jump_back_if(struct assembler *a, enum condition condition, int to)
{
    int jump = asm_jump_if(a, condition);
    set_distance(a, jump, to);
}

void asm_return(struct assembler *a)
{
    byte(a, 0xc5), byte(a, 0xf8), byte(a, 0x77); /* vzeroupper */
    byte(a, 0xc3);
}

bool asm_finish(struct assembler *a)
{
    int first = a->size, bytes = a->f64 ? 8 : 4;
    for (int k = 0; k < a->constants; k++)
        for (int i = 0; i < bytes; i++)
            byte(a, (int)(a->constant[k] >> 8 * i & 0xff));
    for (int i = 0; i < a->uses; i++)
        set_distance(a, a->use[i].at, first + a->use[i].constant * bytes);
    return a->size <= a->room;
}
