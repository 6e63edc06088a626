/* The context: where memory and threads come from, and which kernels this processor can run. */
#include "core/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/backend.h"

static const struct backend *find_backend(const char *name)
{
#define BACKEND_ADDRESS(name) &backend_##name,
    static const struct backend *const backends[] = {BACKENDS(BACKEND_ADDRESS)};
#undef BACKEND_ADDRESS
    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
        if (!strcmp(backends[i]->name, name))
            return backends[i];
    return NULL;
}

/* The instruction set or backend asked for, by the options or by ADZE_ISA. */
static ad_status choose_isa(ad_context *context, const char *asked)
{
    const char *name = asked ? asked : getenv("ADZE_ISA");
    const struct backend *backend = name ? find_backend(name) : NULL;
    context->isa = isa_best();
    context->backend = backend ? backend : &backend_cpu;
    if (backend)
        return AD_OK;
    if (!name || !*name)
        return AD_OK;
    if (!strcmp(name, "naive")) {
        context->naive = true;
        return AD_OK;
    }
    if (!isa_parse(name, &context->isa))
        return fail(AD_ERROR_ARGUMENT,
                    "instruction set '%s' is not known; sse2, avx2, avx512, neon and naive are",
                    name);
    if (!isa_supported(context->isa))
        return fail(AD_ERROR_UNSUPPORTED, "this processor has no %s; the best it has is %s", name,
                    isa_name(isa_best()));
    return AD_OK;
}

static ad_status set_up(ad_context *context, const ad_context_options *o)
{
    TRY(choose_isa(context, o->isa));
    if (o->threads < 0 || o->threads > 1024)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_context_new: %d threads; 1 to 1024, or leave it out for all processors",
                    o->threads);
    if (o->devices < 0 || o->devices > 16)
        return fail(AD_ERROR_ARGUMENT, "ad_context_new: %d devices; 1 to 16", o->devices);
    context->devices = o->devices ? o->devices : 1;
    int threads = o->threads ? o->threads : threads_available();
    context->threads = o->pool.run ? threads_new_pool(&context->allocator, &o->pool)
                                   : threads_new(&context->allocator, threads);
    return context->threads ? AD_OK : AD_ERROR_MEMORY;
}

ad_context *ad_context_new(const ad_context_options *options)
{
    static const ad_context_options none;
    const ad_context_options *o = options ? options : &none;
    const ad_allocator *allocator = o->allocator.resize ? &o->allocator : memory_default();
    ad_context *context = memory_zeroed(allocator, sizeof *context);
    if (!context)
        return NULL;
    context->allocator = *allocator;
    if (set_up(context, o) == AD_OK)
        return context;
    ad_context_free(context);
    return NULL;
}

void ad_context_free(ad_context *context)
{
    if (!context)
        return;
    threads_free(context->threads);
    ad_allocator allocator = context->allocator;
    memory_free(&allocator, context, sizeof *context);
}

int ad_context_threads(const ad_context *context)
{
    return context ? threads_count(context->threads) : 0;
}

const char *ad_context_isa(const ad_context *context)
{
    if (!context)
        return "";
    if (context->backend != &backend_cpu)
        return context->backend->name;
    return context->naive ? "naive" : isa_name(context->isa);
}
