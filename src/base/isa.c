/* Asking the processor. */
#include "base/isa.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const names[ISA_COUNT] = {
#define ISA_NAME(name, text) [ISA_##name] = text,
    ISA_LIST(ISA_NAME)
#undef ISA_NAME
};

bool isa_built(enum isa isa)
{
    static const bool built[ISA_COUNT] = {
#ifdef ADZE_HAVE_SSE2
        [ISA_SSE2] = true,
#endif
#ifdef ADZE_HAVE_AVX2
        [ISA_AVX2] = true,
#endif
#ifdef ADZE_HAVE_AVX512
        [ISA_AVX512] = true,
#endif
#ifdef ADZE_HAVE_NEON
        [ISA_NEON] = true,
#endif
    };
    return (unsigned)isa < ISA_COUNT && built[isa];
}

#if defined(__x86_64__)
/* Wide registers can be used where the system saves them: XCR0 says which it does (Intel's manual,
 * volume 1, chapter 13). */
enum { SAVES_AVX = 0x06, SAVES_AVX512 = 0xe6 };

static bool system_saves(uint32_t registers)
{
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return false;
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (a & registers) == registers;
}

static bool processor_has(enum isa isa)
{
    const uint32_t wide = bit_AVX512F | bit_AVX512DQ | bit_AVX512VL | bit_AVX512BW;
    uint32_t a, more, basic, d, rest;
    if (isa == ISA_SSE2)
        return true;
    if (!__get_cpuid(1, &a, &more, &basic, &d) || !__get_cpuid_count(7, 0, &a, &more, &rest, &d))
        return false;
    bool avx2 = (basic & bit_FMA) && (more & bit_AVX2) && system_saves(SAVES_AVX);
    if (isa == ISA_AVX512)
        return avx2 && (more & wide) == wide && system_saves(SAVES_AVX512);
    return isa == ISA_AVX2 && avx2;
}
#else
static bool processor_has(enum isa isa)
{
#if defined(__aarch64__)
    return isa == ISA_NEON;
#else
    (void)isa;
    return false;
#endif
}
#endif

/* Compilers that optimize for size leave this to nobody. */
void isa_rest(void)
{
#if defined(__x86_64__)
    static atomic_int known; /* 1: there are no wide registers, 2: there are */
    int wide = atomic_load_explicit(&known, memory_order_relaxed);
    if (wide == 0) {
        wide = 1 + system_saves(SAVES_AVX);
        atomic_store_explicit(&known, wide, memory_order_relaxed);
    }
    if (wide == 2)
        __asm__ volatile("vzeroupper");
#endif
}

bool isa_moves_wide(void)
{
    static atomic_int known; /* 1: it has not, 2: it has */
    int wide = atomic_load_explicit(&known, memory_order_relaxed);
    if (wide == 0) {
        wide = 1 + processor_has(ISA_AVX2);
        atomic_store_explicit(&known, wide, memory_order_relaxed);
    }
    return wide == 2;
}

bool isa_supported(enum isa isa)
{
    return isa_built(isa) && processor_has(isa);
}

enum isa isa_best(void)
{
    static const enum isa order[] = {ISA_AVX512, ISA_AVX2, ISA_SSE2, ISA_NEON};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (isa_supported(order[i]))
            return order[i];
    return ISA_NONE;
}

const char *isa_name(enum isa isa)
{
    return (unsigned)isa < ISA_COUNT ? names[isa] : "unknown";
}

bool isa_parse(const char *name, enum isa *isa)
{
    for (int i = ISA_NONE + 1; i < ISA_COUNT; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *isa = (enum isa)i;
        return true;
    }
    return false;
}
