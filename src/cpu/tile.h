/* Running fused loops on the CPU: an interpreter whose instructions are vector loops over tiles.
 * One table of them for each instruction set. */
#ifndef CPU_TILE_H
#define CPU_TILE_H

#include "core/loop.h"

struct tile_table;

/* Chooses the functions of the loop's stages, before its first run, and says how many bytes of
 * scratch memory one thread needs to run it. */
size_t tile_prepare(const struct tile_table *table, struct loop *loop);
/* Runs the rectangle of the space; scratch is 64-byte aligned. */
void tile_run(const struct tile_table *table, const struct loop_run *run, int64_t row, int64_t rows,
              int64_t column, int64_t columns, void *scratch);
/* The reductions of loops, for others that reduce: how is an enum reduction, of f32, f64,
 * i32 or i64. One row of at most AD_ROW_CHUNK numbers into out[0]; rows that lie apart,
 * joined to out in order, or to the identity where they are the first. */
void tile_reduce_row(const struct tile_table *table, ad_type type, int how, const void *in,
                     int64_t n, void *out);
void tile_reduce_columns(const struct tile_table *table, ad_type type, int how, bool first,
                         const void *in, int64_t apart, int64_t rows, void *out, int64_t n);

extern const struct tile_table tile_sse2, tile_avx2, tile_avx512, tile_neon;

#endif
