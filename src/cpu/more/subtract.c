/* C -= A B for ops that factor matrices: a product whose tail takes its blocks away from C. */
#include "base/isa.h"
#include "base/memory.h"
#include "cpu/kernels.h"

struct subtraction {
    struct contract contract;
    struct contract_run run;
    const struct subtract *s;
    enum contract_phase phase;
    char *scratch;
    size_t scratch_bytes;
};

typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

static void take_away(void *user, void *c, int64_t row_stride, int64_t batch, int64_t row,
                      int64_t rows, int64_t column, int64_t columns)
{
    const struct subtract *s = user;
    (void)batch;
    for (int64_t i = 0; i < rows; i++) {
        const double *from = (const double *)c + i * row_stride;
        double *to = s->c + (row + i) * s->c_row + column * s->c_column;
        int64_t j = 0;
        for (; s->c_column == 1 && j + 2 <= columns; j += 2)
            *(pair *)(to + j) -= *(const pair *)(from + j);
        for (; j < columns; j++)
            to[j * s->c_column] -= from[j];
    }
}

static void run_task(void *argument, int task, int thread)
{
    struct subtraction *t = argument;
    contract_task(&t->run, t->phase, task, t->scratch + (size_t)thread * t->scratch_bytes);
    isa_rest();
}

static void run_phases(struct subtraction *t, struct threads *threads)
{
    for (int phase = 0; phase < CONTRACT_PHASES; phase++) {
        t->phase = (enum contract_phase)phase;
        if (!t->s->alone)
            threads_run(threads, t->contract.tasks[phase], false, run_task, t);
        for (int i = 0; t->s->alone && i < t->contract.tasks[phase]; i++)
            run_task(t, i, 0);
    }
}

bool cpu_subtract(ad_context *context, const struct subtract *s)
{
    struct subtraction t = {.contract = {.type = AD_F64,
                                         .batch = 1,
                                         .m = s->m,
                                         .n = s->n,
                                         .k = s->k,
                                         .a = {0, s->a_row, s->a_column, false},
                                         .b = {0, s->b_row, s->b_column, false},
                                         .c = {0, s->n, 1, false},
                                         .has_tail = true,
                                         .discard = true},
                            .s = s};
    if (!cpu_tables(context)->contract)
        return false;
    contract_plan(&t.contract, cpu_tables(context)->contract);
    size_t threads = s->alone ? 1 : (size_t)threads_count(context->threads);
    t.scratch_bytes = (t.contract.scratch_bytes + 63) / 64 * 64;
    size_t bytes = threads * t.scratch_bytes + t.contract.shared_bytes + 64;
    char *memory = memory_alloc(&context->allocator, bytes);
    if (!memory)
        return false;
    t.scratch = memory;
    t.run = (struct contract_run){.contract = &t.contract,
                                  .a = s->a,
                                  .b = s->b,
                                  .shared = memory + threads * t.scratch_bytes,
                                  .tail = take_away,
                                  .user = (void *)(uintptr_t)s};
    run_phases(&t, context->threads);
    memory_free(&context->allocator, memory, bytes);
    return true;
}
