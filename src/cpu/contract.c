/* The kernels of matrix products and convolutions, for one instruction set: compiled once for each, f32 and f64 from one text. */
#include "cpu/contract_private.h"
#include "cpu/convolve_geometry.h"

#include <string.h>

#define GLUE_(a, b) a##_##b
#define GLUE(a, b) GLUE_(a, b)
#define TYPED(name) GLUE(name, SUFFIX)
#include "cpu/contract_names.inc"

enum {
    TILE_SUMS = 28, /* most registers of a tile */
    ROW_GROUP = 16, /* copied rows that lie side by side */
    ROW_PAD = 16,   /* between copied rows, so that they do not fall in the same cache sets */
};

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#define REAL_BITS 32
#define SUFFIX f32
#include "cpu/vector.h"
#include "cpu/contract_real.inc"
#undef REAL_BITS
#undef SUFFIX

#define REAL_BITS 64
#define SUFFIX f64
#include "cpu/vector.h"
#include "cpu/contract_real.inc"
#undef REAL_BITS
#undef SUFFIX

const struct contract_table GLUE(cpu_contract, ISA) = {
    .vector_bytes = VBYTES,
    .registers = REGISTERS,
    .contract = {contract_any_f32, contract_any_f64},
    .convolve = {convolve_any_f32, convolve_any_f64},
};
