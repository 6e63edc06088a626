/* What contract_plan.c and convolve_plan.c share. */
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

/* Elements in a register. */
int64_t contract_lanes(const struct contract_table *table, ad_type type);
/* Registers in a panel of columns. */
int contract_width(const struct contract_table *table, int64_t lanes, int64_t rows,
                   int64_t columns);
/* Takes a 64-byte aligned place behind *bytes. */
size_t contract_reserve(size_t *bytes, int64_t elements, size_t size);

#endif
