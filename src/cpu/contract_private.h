/* What the files of products and convolutions share. */
#ifndef CPU_CONTRACT_PRIVATE_H
#define CPU_CONTRACT_PRIVATE_H

#include "cpu/contract.h"

static inline int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t parts(int64_t n, int64_t size)
{
    return (n + size - 1) / size;
}

static inline int64_t round_up(int64_t n, int64_t unit)
{
    return parts(n, unit) * unit;
}

/* Toward minus infinity. */
static inline int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Element i of memory whose elements have that size. */
static inline void *element(const void *base, int64_t i, int64_t size)
{
    return (char *)base + i * size;
}

/* Bytes of an element of an operand. */
static inline int64_t operand_size(const struct contract_kernels *kernels, bool bf16)
{
    return bf16 ? (int64_t)sizeof(uint16_t) : kernels->size;
}

/* Terms of the chunk that begins with term `from`. */
static inline int64_t chunk_terms(int64_t k, int64_t from)
{
    return smaller(k - from, AD_K_CHUNK);
}

/* A panel's registers: all but the last panel are full. */
static inline int panel_width(const struct contract_kernels *kernels, int width, int64_t columns)
{
    int64_t wanted = parts(columns, kernels->lanes);
    return wanted >= width ? width : wanted <= 1 ? 1 : wanted <= 2 ? 2 : 4;
}

/* Elements in a register. */
int64_t contract_lanes(const struct contract_table *table, ad_type type);
/* Registers in a panel of columns. */
int contract_width(const struct contract_table *table, int64_t lanes, int64_t rows,
                   int64_t columns);
/* Takes a 64-byte aligned place behind *bytes. */
size_t contract_reserve(size_t *bytes, int64_t elements, size_t size);

#endif
