/* A program: what to fetch from what feeds, compiled once for each set of sizes. */
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H

#include "base/job.h"
#include "run/state.h"
#include "run/work.h"

struct plan;

/* The program at one set of sizes. */
struct compiled {
    struct dim_sizes sizes;
    struct work work; /* expanded, for the interpreter; empty where there is a plan */
    struct plan *plan;
    void **addresses; /* of feeds, variables and fetches, for a run of the plan */
    ad_array
        *fetched; /* what the last run gave; memory of the interpreter's results, or of the plan */
    int64_t used; /* for dropping the one not used for longest */
};

struct tap {
    int fetch; /* its place among the fetches */
    const char *name;
    void (*see)(void *user, const char *name, const ad_array *value);
    void *user;
};

struct ad_program {
    ad_state *state;
    ad_graph *graph;
    struct arena arena;
    ad_tensor **feed, **fetch;
    int feeds, fetches, taps; /* fetches of the user; the taps' tensors follow in fetch */
    struct tap *tap;
    bool training, naive, check_finite;
    ad_type precision;
    ad_pass_switches off;
    struct compiled **cache;
    int cached, cache_size;
    int64_t clock;
    struct compiled *last;
    const void **given; /* pointers given out as fetches of the last run */
    double compile_ms;
    int compiles;
    void *memory; /* between kernels; shared by all compiled sizes */
    size_t memory_bytes;
    char *text, *c_text;
    size_t text_size, c_size;
    struct job job;
    bool submitted;
    struct submission *submission;
};

#endif
