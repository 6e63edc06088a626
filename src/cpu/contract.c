/* The kernels of matrix products and convolutions, for one instruction set: compiled once for each,
 * f32 and f64 from one text. */
#include "cpu/contract_private.h"
#include "cpu/convolve_geometry.h"

#include <string.h>

enum {
    TILE_SUMS = 28, /* most registers of sums in a tile */
    EVEN_ROWS = 16, /* most rows of a tile whose rows are equally far apart */
    EVEN_LEAST = 8, /* at least: two multiply-adds start in a cycle and take four */
    CACHE_LINE = 64,
    AHEAD_LINES = 64,   /* most that a tile asks for of what comes next */
    DEPTH_PIXELS = 8,   /* pixels that share a register of weights, depthwise */
    DEPTH_TAPS = 9,     /* taps that share a register of pixels in its weight gradient */
    ROW_GROUP = 16,     /* copied rows that lie side by side */
    TERMS_AT_ONCE = 32, /* taken from all panels before the next, when packing */
    ROW_PAD = 16,       /* between copied rows, so that they do not fall in the same cache sets */
};

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#include "cpu/vector.h"

#include "cpu/contract_names.inc"

#include "cpu/contract_real.inc"
#define REAL_F64
#include "cpu/vector.h"

#include "cpu/contract_real.inc"

#define TABLE_PASTE(isa) cpu_contract_##isa
#define TABLE_OF(isa) TABLE_PASTE(isa)
const struct contract_table TABLE_OF(ISA) = {
    .vector_bytes = VECTOR_BYTES,
    .registers = VECTOR_REGISTERS,
    .contract = {vector_contract_any_f32, vector_contract_any_f64},
    .convolve = {vector_convolve_any_f32, vector_convolve_any_f64},
};
