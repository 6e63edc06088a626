/* The CPU backend. */
#include "core/backend.h"

#include "base/error.h"
#include "cpu/kernels.h"
#include "op/convolution.h"
#include "op/matmul.h"

#define TABLES_WITH(name, pool)                          \
    {                                                    \
#name, &tile_##name, &cpu_contract_##name, &pool \
    }
#define TABLES_OF(name) TABLES_WITH(name, cpu_pool_##name)
static const struct cpu_tables tables[ISA_COUNT] = {
#ifdef ADZE_HAVE_SSE2
    [ISA_SSE2] = TABLES_OF(sse2),
#endif
#ifdef ADZE_HAVE_AVX2
    [ISA_AVX2] = TABLES_OF(avx2),
#endif
/* Pools wait for memory: kernels of twice the width would be no faster, and are 8 KB. */
#if defined(ADZE_HAVE_AVX512) && defined(ADZE_HAVE_AVX2)
    [ISA_AVX512] = TABLES_WITH(avx512, cpu_pool_avx2),
#elif defined(ADZE_HAVE_AVX512)
    [ISA_AVX512] = TABLES_OF(avx512),
#endif
#ifdef ADZE_HAVE_NEON
    [ISA_NEON] = TABLES_OF(neon),
#endif
};

const struct cpu_tables *cpu_tables(const ad_context *context)
{
    return &tables[context->isa];
}

/* The size stands in the 64 bytes before the block. */
void *cpu_kernel_self(ad_context *context, size_t size)
{
    char *block = memory_zeroed(&context->allocator, size + 64);
    if (!block)
        return NULL;
    *(size_t *)(void *)block = size + 64;
    return block + 64;
}

void cpu_kernel_free(void *self, const ad_allocator *allocator)
{
    char *block = (char *)self - 64;
    memory_free(allocator, block, *(size_t *)(void *)block);
}

static ad_status lower(ad_context *context, const struct step *step, struct kernel *kernel)
{
    static ad_status (*const ways[])(ad_context *, const struct step *, struct kernel *) = {
        cpu_lower_loop,   cpu_lower_matmul,   cpu_lower_convolution, cpu_lower_attention,
        cpu_lower_pool,   cpu_lower_gather,   cpu_lower_scatter,     cpu_lower_move,
        cpu_lower_reduce, cpu_lower_argmax,
#ifdef ADZE_EXTRAS
        cpu_lower_along,  cpu_lower_resample,
#endif
        cpu_lower_naive};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        ad_status status = ways[i](context, step, kernel);
        if (status != AD_ERROR_UNSUPPORTED)
            return status;
    }
    return fail(AD_ERROR_UNSUPPORTED, "op %s has no kernel on the CPU", step->node->op->name);
}

/* A weight gradient is finished only when all its terms are: it has no blocks to hand on. */
static bool takes_tail(const struct node *node)
{
    bool blocks =
        node->op == &op_matmul || node->op == &op_convolution || node->op == &op_convolution_input;
    return blocks && shape_count(&node->out[0].shape) > 0;
}

static bool keeps(const struct node *node)
{
#ifdef ADZE_EXTRAS
    if (cpu_keeps_resample(node) || cpu_keeps_rows(node))
        return true;
#endif
    return cpu_keeps_attention(node);
}

const struct backend backend_cpu = {.name = "cpu",
                                    .keeps = keeps,
                                    .takes_tail = takes_tail,
#ifdef ADZE_EXTRAS
                                    .subtract = cpu_subtract,
#endif
                                    .lower = lower};
