/* The context: where memory and threads come from, and which kernels this processor can run. */
#include "core/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/option.h"
#include "base/processors.h"
#include "base/text.h"
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

/* The names of the instruction sets that were built, "avx2, avx512". */
static const char *built_names(struct text *text)
{
    for (int i = 0; i < ISA_COUNT; i++)
        if (isa_built((enum isa)i))
            text_add(text, "%s%s", text->size ? ", " : "", isa_name((enum isa)i));
    return text_string(text);
}

static ad_status check_isa(enum isa isa)
{
    char buffer[64];
    struct text built;
    text_init_fixed(&built, buffer, sizeof buffer);
    if (isa_supported(isa))
        return AD_OK;
    if (isa_best() == ISA_NONE)
        return fail(AD_ERROR_UNSUPPORTED,
                    "this libadze was built for %s alone, which this processor has not; build it "
                    "without ADZE_INSTRUCTION_SETS, or ask for 'naive', which is slow",
                    built_names(&built));
    if (!isa_built(isa))
        return fail(AD_ERROR_UNSUPPORTED,
                    "this libadze was built without %s, for %s alone; build it with "
                    "cmake -DADZE_INSTRUCTION_SETS=%s",
                    isa_name(isa), built_names(&built), isa_name(isa));
    return fail(AD_ERROR_UNSUPPORTED, "this processor has no %s; the best it has is %s",
                isa_name(isa), isa_name(isa_best()));
}

/* The instruction set or backend asked for, by the options or by ADZE_ISA. */
static ad_status choose_isa(ad_context *context, const char *asked)
{
    const char *name = asked ? asked : getenv("ADZE_ISA");
    const struct backend *backend = name ? find_backend(name) : NULL;
    context->isa = isa_best();
    context->backend = backend ? backend : &backend_cpu;
    context->naive = name && !strcmp(name, "naive");
    if (context->naive || context->backend != &backend_cpu)
        return AD_OK;
    if (name && *name && !backend && !isa_parse(name, &context->isa))
        return fail(AD_ERROR_ARGUMENT,
                    "instruction set '%s' is not known; sse2, avx2, avx512, neon and naive are",
                    name);
    return check_isa(context->isa);
}

/* Whether an environment variable is 1. */
static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && !strcmp(value, "1");
}

static bool wants_checks(void)
{
#ifndef NDEBUG
    return true;
#else
    return is_set("ADZE_CHECK");
#endif
}

static ad_status set_up(ad_context *context, const ad_context_options *o)
{
    context->checks = wants_checks();
    context->winograd = o->winograd || is_set("ADZE_WINOGRAD");
    TRY(choose_isa(context, o->isa));
    if ((o->threads < 1 && o->threads != AD_PROCESSORS) || o->threads > 1024)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_context_new: %d threads; 1 to 1024, or leave it out for all processors",
                    o->threads);
    if (o->devices < 1 || o->devices > 16)
        return fail(AD_ERROR_ARGUMENT, "ad_context_new: %d devices; 1 to 16", o->devices);
    if (o->pool.run && o->pool.threads < 1)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_context_new: .pool.threads is %d; say how many may work at once, from 1",
                    o->pool.threads);
    context->devices = o->devices;
    int threads = o->threads > 0 ? o->threads : processors_available();
    context->threads = o->pool.run ? threads_new_pool(&context->allocator, &o->pool)
                                   : threads_new(&context->allocator, threads);
    return context->threads ? AD_OK : AD_ERROR_MEMORY;
}

ad_context *ad_context_new(const ad_context_options *options)
{
    ad_context_options o = AD_OPTIONS(ad_context_options);
    ad_status status = options_read(ad_context_options, &o, options);
    if (status != AD_OK) {
        fail(status, "ad_context_new: %s", ad_error());
        return NULL;
    }
    const ad_allocator *allocator = o.allocator.resize ? &o.allocator : memory_default();
    ad_context *context = memory_zeroed(allocator, sizeof *context);
    if (!context)
        return NULL;
    context->allocator = *allocator;
    atomic_init(&context->users, 1);
    if (set_up(context, &o) == AD_OK)
        return context;
    ad_context_free(context);
    return NULL;
}

void context_keep(ad_context *context)
{
    atomic_fetch_add(&context->users, 1);
}

void ad_context_free(ad_context *context)
{
    if (!context || atomic_fetch_sub(&context->users, 1) > 1)
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
