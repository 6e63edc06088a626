/* Asking the processor. */
#include "base/isa.h"

#include <stddef.h>
#include <string.h>

static const char *const names[ISA_COUNT] = {
#define ISA_NAME(name, text) [ISA_##name] = text,
    ISA_LIST(ISA_NAME)
#undef ISA_NAME
};

#if defined(__x86_64__)
/* The compiler's test also asks whether the system saves the wide registers. */
bool isa_supported(enum isa isa)
{
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    switch (isa) {
    case ISA_NONE:
    case ISA_SSE2: return true;
    case ISA_AVX2: return avx2;
    case ISA_AVX512:
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    default: return false;
    }
}
#else
bool isa_supported(enum isa isa)
{
#if defined(__aarch64__)
    return isa == ISA_NONE || isa == ISA_NEON;
#else
    return isa == ISA_NONE;
#endif
}
#endif

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
    for (int i = 0; i < ISA_COUNT; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *isa = (enum isa)i;
        return true;
    }
    return false;
}
