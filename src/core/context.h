/* The context: allocator, threads, instruction set. */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include <adze/adze.h>

#include <stdatomic.h>

#include "base/isa.h"
#include "base/memory.h"
#include "base/threads.h"

struct backend;

struct ad_context {
    ad_allocator allocator;
    struct threads *threads;
    const struct backend *backend;
    enum isa isa;
    int devices;
    bool winograd; /* convolutions may take fewer products */
    bool naive;    /* ADZE_ISA=naive: every program runs on the interpreter */
    bool checks;   /* ADZE_CHECK=1, or a build with assertions: graphs are checked between passes */
    atomic_int users; /* graphs, and the user until ad_context_free */
};

/* One more user, who calls ad_context_free when done. */
void context_keep(ad_context *context);

#endif
