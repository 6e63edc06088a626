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
    struct span {
        uintptr_t begin, end;
    } * written, hull; /* memory that kernels of the plan write for good, and what is around it */
    int written_count;
    int64_t used;  /* for dropping the one not used for longest */
    int64_t bytes; /* that it holds */
};

struct kept {
    uint64_t key; /* of its sizes, to look at them only where it is the same */
    struct compiled *compiled;
};

struct tap {
    int fetch; /* its place among the fetches */
    const char *name;
    void (*see)(void *user, const char *name, const ad_array *value);
    void *user;
};

struct ad_program {
    ad_state *state;
    struct arena arena;
    struct work_request asked; /* of the user's graph; the taps' tensors follow the fetches */
    struct work open;          /* the same as a graph of the program's own, which it runs by */
    ad_graph *graph;           /* that of open, and its leaves and fetches */
    ad_tensor **feed, **fetch;
    int feeds, fetches, taps;   /* fetches of the user; the taps' tensors follow in fetch */
    struct state_value **value; /* of the variables of open */
    struct tap *tap;
    bool training, naive, check_finite, wait;
    struct gate gate; /* one run at a time */
    ad_type precision;
    ad_pass_switches off;
    struct kept *cache;
    int cached, cache_size;
    int shapes;         /* how many may be kept */
    int64_t kept_bytes; /* that they hold */
    int64_t clock;
    struct compiled *last;
    double compile_ms;
    int compiles;
    struct arena aside; /* feeds that lie where this run writes */
    void *memory;       /* between kernels; shared by all compiled sizes */
    size_t memory_bytes;
    char *text, *c_text;
    size_t text_size, c_size;
    struct job job;
    atomic_int submitted;   /* 0, or STARTING, SUBMITTED, WAITED_FOR */
    atomic_uint submitting; /* the process, by its forks, that was at STARTING last */
    struct submission *submission;
};

/* ad_compile, also of a step that is only looked at: its value is the loss. */
ad_program *program_new(ad_state *state, const ad_compile_options *options, bool looked_at);
/* One call on a program at a time; AD_ERROR_BUSY, or a wait where that was asked for. */
ad_status program_enter(ad_program *p, const char *call);
void program_leave(ad_program *p);

#endif
