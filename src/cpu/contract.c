/* The kernels of matrix products and convolutions (contract_kernels.h), for one instruction set:
 * compiled once for each, f32 and f64 from one text. */
#include "cpu/contract.h"

#include <string.h>

enum {
    TILE_SUMS = 28, /* most registers of sums in a tile */
    TALL_ROWS = 9,  /* of a tile that has loads to spare */
    TERMS_AHEAD = 128,
    EVEN_LEAST = 8, /* rows, at least: two multiply-adds start in a cycle and take four */
};

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#include "cpu/vector.h"

/* Where 12 sums take 6 cycles, a pointer loaded for each row of each term would take as long as
 * they do (doc/speed-notes.md): they stay in registers, of which GCC finds enough by -O2 alone. */
#if VECTOR_BYTES == 32
enum { NEAR_ROWS = 9 }; /* of a tile, at most */
#else
enum { NEAR_ROWS = 0 };
#endif
#if VECTOR_BYTES == 32 && !defined(__clang__)
#define TILE_FAST               \
    _Pragma("GCC push_options") \
        _Pragma("GCC optimize(\"O2,no-ivopts,no-align-loops,no-align-jumps\")")
#define TILE_SMALL _Pragma("GCC pop_options")
#else
#define TILE_FAST
#define TILE_SMALL
#endif

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
    .kernels = {&vector_kernel_record_f32, &vector_kernel_record_f64},
};
