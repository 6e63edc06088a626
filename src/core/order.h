/* The order in which sums are taken: constants that every kernel, the naive interpreter and emitted
 * C share, so that all of them give the same bits on every instruction set that has a fused
 * multiply-add and for any number of threads.  Changing one changes results in the last place.
 * Convolutions take other sums where a context's .winograd asks for it (cpu/convolve_winograd.c).
 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

enum {
    /* Matrix products and convolutions.  The summed axis is cut in chunks of this many terms, the
     * last one shorter.  A chunk starts at 0 and takes its terms in order, acc = fma(a, b, acc);
     * the total is the first chunk, to which the others are added in order, each sum rounded to the
     * type. No terms give +0.  512 is a multiple of common widths, and a panel of two registers
     * (512 x 128 bytes) stays near the core. */
    AD_K_CHUNK = 512,

    /* Reductions of n neighbouring elements: lane[i % AD_LANES] takes element i, each lane starting
     * at the identity, over pieces of AD_ROW_CHUNK elements. A piece ends with   for (w = AD_LANES
     * / 2; w; w /= 2) for (i < w) lane[i] = lane[i] op lane[i + w]. The results of several pieces
     * are an array that is reduced by the same rule. */
    AD_ROW_CHUNK = 4096,
    AD_LANES = 32,

    /* Reductions of n rows, element by element: rows are taken in order, starting at the identity,
     * in blocks of this many.  The results of several blocks are an array of rows that is reduced
     * by the same rule. */
    AD_COLUMN_BLOCK = 64,
};

#endif
