/* The CPU backend's ways of lowering a step, tried in order; the last one takes everything. */
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include "core/backend.h"
#include "cpu/contract.h"
#include "cpu/pool.h"
#include "cpu/tile.h"

/* Kernels of the context's instruction set. */
struct cpu_tables {
    const char *isa;
    const struct tile_table *tile;
    const struct contract_table *contract;
    const struct pool_table *pool;
};
const struct cpu_tables *cpu_tables(const ad_context *context);

/* Each answers AD_ERROR_UNSUPPORTED (without a message) where the step is not its kind. */
ad_status cpu_lower_loop(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_matmul(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_convolution(ad_context *context, const struct step *step,
                                struct kernel *kernel);
ad_status cpu_lower_attention(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_pool(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_gather(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_scatter(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_move(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_reduce(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_argmax(ad_context *context, const struct step *step, struct kernel *kernel);
#ifdef ADZE_EXTRAS
ad_status cpu_lower_along(ad_context *context, const struct step *step, struct kernel *kernel);
ad_status cpu_lower_resample(ad_context *context, const struct step *step, struct kernel *kernel);
#endif
ad_status cpu_lower_naive(ad_context *context, const struct step *step, struct kernel *kernel);

/* struct backend's. */
bool cpu_subtract(ad_context *context, const struct subtract *s);

bool cpu_is_convolution(const struct op *op);
bool cpu_keeps_attention(const struct node *node);
bool cpu_keeps_resample(const struct node *node);
bool cpu_keeps_rows(const struct node *node);

/* A tail: a loop run on blocks of a product's result. */
struct cpu_tail {
    const struct tile_table *tile;
    const struct loop *loop;
    int operand;        /* that is the product's result */
    int64_t batch_rows; /* rows of the loop in one batch of the product */
};
struct cpu_tail_run {
    const struct cpu_tail *tail;
    const struct run *run;
    int64_t first_row; /* of the loop, where batch 0 begins */
    void *scratch;
};
void cpu_tail_call(void *user, void *c, int64_t row_stride, int64_t batch, int64_t row,
                   int64_t rows, int64_t column, int64_t columns);
void cpu_kernel_free(
    void *self,
    const ad_allocator *allocator); /* for a self that is one block with its size in front */
void *cpu_kernel_self(ad_context *context, size_t size);

#endif
