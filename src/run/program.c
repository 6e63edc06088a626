/* Programs: checking what is fed, compiling each set of sizes once, running, keeping the last
 * results.
 *
 * ad_compile takes what it needs out of the user's graph, which it holds meanwhile, and a program
 * looks at that graph again only for a tap.  A run enters first the program's gate, then the
 * state's, and on failure has changed neither the state nor what the last run gave.  Fetched
 * numbers lie in memory of the compiled sizes, until those are dropped for others. */
#include "run/program.h"

#include <sched.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "base/list.h"
#include "base/option.h"
#include "pass/pipeline.h"
#include "run/compiled.h"

/* ---- making */

static int list_length(ad_tensor *const *fixed, ad_tensor *const *list, int count)
{
    if (list)
        return count;
    int n = 0;
    while (n < AD_LIST_MAX && fixed[n])
        n++;
    return n;
}

static ad_tensor **copy_list(ad_program *p, ad_tensor *const *fixed, ad_tensor *const *list,
                             int *count)
{
    *count = list_length(fixed, list, *count);
    ad_tensor **copy = arena_array(&p->arena, (size_t)*count + 1, sizeof *copy);
    if (copy && *count)
        memcpy(copy, list ? list : fixed, sizeof *copy * (size_t)*count);
    return copy;
}

static ad_status poisoned(const ad_graph *graph)
{
    if (graph->poison)
        return fail(graph_poison_status(graph->poison), "%s", ad_tensor_error(graph->poison));
    if (graph->loop)
        return fail(AD_ERROR_ARGUMENT, "a scan is not ended; is an ad_scan_end missing?");
    return graph->failed ? fail(AD_ERROR_MEMORY, "out of memory while the graph was built") : AD_OK;
}

static ad_status check_list(const ad_program *p, const char *what, ad_tensor *const *list,
                            int count)
{
    for (int i = 0; i < count; i++) {
        if (!list[i])
            return fail(AD_ERROR_ARGUMENT, "ad_compile: .%s[%d] is NULL", what, i);
        if (graph_is_poison(list[i]))
            return fail(graph_poison_status(list[i]), "%s", ad_tensor_error(list[i]));
        if (list[i]->node->id < 0)
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: .%s[%d] belongs to the body of a scan; ad_scan_all gives its "
                        "value at every step, ad_scan_last what a carry holds in the end",
                        what, i);
        if (list[i]->node->graph != p->graph)
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: .%s[%d] belongs to another graph than the state", what, i);
    }
    return AD_OK;
}

static ad_status check_feeds(const ad_program *p)
{
    TRY(check_list(p, "feed", p->feed, p->feeds));
    for (int i = 0; i < p->feeds; i++) {
        if (!graph_is(p->feed[i], &op_feed))
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: .feed[%d] is the result of %s, not made by ad_feed", i,
                        p->feed[i]->node->op->name);
        for (int k = 0; k < i; k++)
            if (p->feed[k] == p->feed[i])
                return fail(AD_ERROR_ARGUMENT, "ad_compile: feed '%s' is listed twice",
                            p->feed[i]->name);
    }
    return AD_OK;
}

static bool listed(const ad_program *p, const ad_tensor *feed)
{
    for (int i = 0; i < p->feeds; i++)
        if (p->feed[i] == feed)
            return true;
    return false;
}

static bool gives_dimension(const ad_program *p, int number)
{
    for (int i = 0; i < p->feeds; i++)
        for (int k = 0; k < p->feed[i]->shape.rank; k++)
            if (dim_open_number(p->graph, p->feed[i]->shape.size[k]) == number)
                return true;
    return false;
}

/* A size of the tensor is another one when that dimension is. */
static bool changes_with(const ad_program *p, const ad_tensor *t, int number)
{
    struct dim_sizes a, b;
    for (int i = 0; i < DIM_OPEN_MAX; i++)
        a.size[i] = b.size[i] = 1 << 10;
    b.size[number] = 1 << 20;
    for (int k = 0; k < t->shape.rank; k++)
        if (dim_is_open(t->shape.size[k]) &&
            dim_value(p->graph, t->shape.size[k], &a) != dim_value(p->graph, t->shape.size[k], &b))
            return true;
    return false;
}

/* Each open dimension that a needed tensor has must be one of a feed that the program takes. */
static ad_status check_dimensions(const ad_program *p, const bool *needed)
{
    for (int n = 0; n < dim_open_count(p->graph); n++) {
        if (gives_dimension(p, n))
            continue;
        for (int id = 0; id < p->graph->count; id++) {
            const struct node *node = p->graph->nodes[id];
            for (int i = 0; needed[id] && i < node->out_count; i++)
                if (changes_with(p, &node->out[i], n))
                    return graph_failed_at(
                        node, fail(AD_ERROR_ARGUMENT,
                                   "no feed of the program gives the size of '%s'; list one that "
                                   "has it in .feed, needed or not",
                                   dim_open_name(p->graph, n)));
        }
    }
    return AD_OK;
}

/* An update that is fetched is wanted, and without .training none is made.  What owns averages
 * only, as batch norm's result, is fetched for its value. */
static ad_status check_steps(const ad_program *p)
{
    for (int k = 0; !p->training && k < p->graph->assign_count; k++) {
        const struct assignment *a = &p->graph->assigns[k];
        for (int i = 0; ad_trainable(a->variable) && i < p->fetches; i++)
            if (p->fetch[i]->node == a->owner)
                return fail(AD_ERROR_ARGUMENT,
                            "ad_compile: .fetch[%d] would update '%s', and nothing is updated "
                            "without .training; add .training = true, or fetch the loss itself",
                            i, a->variable->name);
    }
    return AD_OK;
}

/* Feeds behind the fetches: all of them must be listed; where none is listed, they are the list. */
static ad_status settle_feeds(ad_program *p, bool given)
{
    bool *needed = arena_array(&p->arena, (size_t)p->graph->count + 1, sizeof *needed);
    if (!needed)
        return AD_ERROR_MEMORY;
    p->asked = work_request(p->graph, p->fetch, p->fetches);
    p->asked.training = p->training;
    work_mark(&p->asked, needed);
    int count = 0;
    for (int id = 0; id < p->graph->count; id++)
        count += needed[id] && p->graph->nodes[id]->op == &op_feed;
    ad_tensor **feeds = given ? p->feed : arena_array(&p->arena, (size_t)count + 1, sizeof *feeds);
    for (int id = 0; feeds && id < p->graph->count; id++) {
        ad_tensor *t = p->graph->nodes[id]->out;
        if (!needed[id] || p->graph->nodes[id]->op != &op_feed || (given && listed(p, t)))
            continue;
        if (given)
            return fail(AD_ERROR_ARGUMENT,
                        "ad_compile: the fetches need feed '%s', which .feed does not list; add "
                        "it, or leave .feed out; in ad_value, bind it",
                        t->name);
        feeds[p->feeds++] = t;
    }
    p->feed = feeds;
    p->asked.feed = feeds, p->asked.feeds = p->feeds;
    return feeds ? check_dimensions(p, needed) : AD_ERROR_MEMORY;
}

static ad_status check_counts(const ad_compile_options *o)
{
    if (o->fetch_count >= 0 && o->feed_count >= 0)
        return AD_OK;
    return fail(AD_ERROR_ARGUMENT,
                "ad_compile: .fetch_count is %d and .feed_count %d; they count the tensors of "
                ".fetch_list and .feed_list, from 0 up",
                o->fetch_count, o->feed_count);
}

static ad_status set_options(ad_program *p, const ad_compile_options *o)
{
    TRY(check_counts(o));
    p->fetches = o->fetch_count, p->feeds = o->feed_count;
    p->fetch = copy_list(p, o->fetch, o->fetch_list, &p->fetches);
    p->feed = copy_list(p, o->feed, o->feed_list, &p->feeds);
    if (!p->fetch || !p->feed)
        return AD_ERROR_MEMORY;
    p->training = o->training;
    p->wait = o->wait;
    p->naive = o->naive || o->check_finite || p->graph->context->naive;
    p->check_finite = o->check_finite;
    p->precision = o->precision;
    p->off = o->off;
    if (o->shapes < 1)
        return fail(AD_ERROR_ARGUMENT, "ad_compile: .shapes is %d; 1 or more, or leave it out",
                    o->shapes);
    if (o->precision != AD_F32 && o->precision != AD_BF16)
        return fail(AD_ERROR_ARGUMENT, "ad_compile: .precision is %s; AD_BF16, or leave it out",
                    ad_type_name(o->precision));
    p->shapes = o->shapes;
    return AD_OK;
}

/* From here on the program knows its own graph, and the state's values by number. */
static ad_status take_out(ad_program *p)
{
    TRY(work_build(&p->open, &p->asked));
    p->graph = p->open.graph;
    p->feed = p->open.feed;
    p->fetch = p->open.fetch;
    p->value = arena_array(&p->arena, (size_t)p->open.variables + 1, sizeof *p->value);
    for (int i = 0; p->value && i < p->open.variables; i++)
        p->value[i] = state_value(p->state, i);
    return p->value ? AD_OK : AD_ERROR_MEMORY;
}

static ad_status set_up(ad_program *p, const ad_compile_options *o, bool looked_at)
{
    GRAPH_HOLD(p->graph);
    TRY(poisoned(p->graph));
    TRY(set_options(p, o));
    if (!p->fetches)
        return fail(AD_ERROR_ARGUMENT, "ad_compile: nothing to fetch; give .fetch = {...}");
    TRY(check_list(p, "fetch", p->fetch, p->fetches));
    TRY(check_feeds(p));
    if (!looked_at)
        TRY(check_steps(p));
    TRY(settle_feeds(p, p->feeds > 0 || o->feed_list));
    TRY(state_extend(p->state));
    return take_out(p);
}

ad_program *program_new(ad_state *state, const ad_compile_options *options, bool looked_at)
{
    if (!state) {
        fail(AD_ERROR_ARGUMENT, "ad_compile: the state is NULL");
        return NULL;
    }
    ad_compile_options o = AD_OPTIONS(ad_compile_options);
    ad_status status = options_read(ad_compile_options, &o, options);
    if (status != AD_OK) {
        fail(status, "ad_compile: %s", ad_error());
        return NULL;
    }
    ad_program *p = memory_zeroed(&state->graph->context->allocator, sizeof *p);
    if (!p)
        return NULL;
    state_keep(state);
    p->state = state;
    p->graph = state->graph;
    gate_init(&p->gate);
    arena_init(&p->arena, &p->graph->context->allocator);
    arena_init(&p->aside, &p->graph->context->allocator);
    if (set_up(p, &o, looked_at) == AD_OK)
        return p;
    ad_program_free(p);
    return NULL;
}

static void drop_cache(ad_program *p)
{
    for (int i = 0; i < p->cached; i++)
        compiled_free(p, p->cache[i].compiled);
    p->cached = 0;
    p->kept_bytes = 0;
    p->last = NULL;
}

ad_program *ad_compile(ad_state *state, const ad_compile_options *options)
{
    return program_new(state, options, false);
}

void ad_program_free(ad_program *p)
{
    if (!p)
        return;
    job_wait(&p->job);
    bool entered = gate_enter(&p->gate, true, true);
    ad_state *state = p->state;
    const ad_allocator *allocator = &state->graph->context->allocator;
    drop_cache(p);
    LIST_FREE(allocator, p->cache, p->cache_size);
    if (p->open.roots)
        work_done(&p->open);
    arena_done(&p->aside);
    memory_free(allocator, p->memory, p->memory_bytes);
    memory_free(allocator, p->text, p->text_size);
    memory_free(allocator, p->c_text, p->c_size);
    arena_done(&p->arena);
    if (entered)
        gate_leave(&p->gate, true);
    gate_done(&p->gate);
    memory_free(allocator, p, sizeof *p);
    state_drop(state);
}

/* ---- feeding */

static ad_status wrong_size(const ad_program *p, int i, const ad_array *a)
{
    return fail(AD_ERROR_SHAPE, "feed '%s': got shape %s; it is declared %s", p->feed[i]->name,
                graph_shape_text(p->graph, &a->shape),
                graph_shape_text(p->graph, &p->feed[i]->shape));
}

static ad_status check_array(const ad_program *p, int i, const ad_array *a)
{
    const ad_tensor *feed = p->feed[i];
    if (a->type != feed->type)
        return fail(AD_ERROR_TYPE,
                    "feed '%s': got %s; it is declared %s; convert the data, or declare the feed "
                    "so and use ad_cast",
                    feed->name, ad_type_name(a->type), ad_type_name(feed->type));
    if (a->shape.rank != feed->shape.rank)
        return wrong_size(p, i, a);
    for (int k = 0; k < a->shape.rank; k++)
        if (a->shape.size[k] < 0)
            return fail(AD_ERROR_SHAPE,
                        "feed '%s': axis %d has size %lld; sizes of data are numbers from 0 up",
                        feed->name, k, (long long)a->shape.size[k]);
    if (!a->data && ad_array_count(a))
        return fail(AD_ERROR_ARGUMENT, "feed '%s': the array has no data", feed->name);
    return AD_OK;
}

/* Takes the sizes of open dimensions from where they stand alone. */
static ad_status learn_sizes(const ad_program *p, int i, const ad_array *a, struct dim_sizes *sizes,
                             const char **from)
{
    for (int k = 0; k < a->shape.rank; k++) {
        int n = dim_open_number(p->graph, p->feed[i]->shape.size[k]);
        if (n < 0)
            continue;
        if (sizes->size[n] >= 0 && sizes->size[n] != a->shape.size[k])
            return fail(AD_ERROR_SHAPE,
                        "feed '%s': dimension '%s' is %lld here and %lld in feed '%s'; one run has "
                        "one size for it",
                        p->feed[i]->name, dim_open_name(p->graph, n), (long long)a->shape.size[k],
                        (long long)sizes->size[n], from[n]);
        sizes->size[n] = a->shape.size[k];
        from[n] = p->feed[i]->name;
    }
    return AD_OK;
}

static ad_status check_sizes(const ad_program *p, int i, const ad_array *a,
                             const struct dim_sizes *sizes)
{
    for (int k = 0; k < a->shape.rank; k++)
        if (dim_value(p->graph, p->feed[i]->shape.size[k], sizes) != a->shape.size[k])
            return wrong_size(p, i, a);
    return AD_OK;
}

static ad_status read_sizes(const ad_program *p, const ad_array *feeds, struct dim_sizes *sizes)
{
    const char *from[DIM_OPEN_MAX] = {0};
    memset(sizes, -1, sizeof *sizes);
    if (p->feeds && !feeds)
        return fail(AD_ERROR_ARGUMENT, "ad_run: no feeds given; the program takes %d, first '%s'",
                    p->feeds, p->feed[0]->name);
    for (int i = 0; i < p->feeds; i++) {
        TRY(check_array(p, i, &feeds[i]));
        TRY(learn_sizes(p, i, &feeds[i], sizes, from));
    }
    for (int i = 0; i < p->feeds; i++)
        TRY(check_sizes(p, i, &feeds[i], sizes));
    return AD_OK;
}

/* ---- the cache of compiled sizes */

static const int64_t kept_bytes_max = 64 << 20; /* where no number of shapes was asked for */

/* FNV-1a (Fowler, Noll, Vo 1991) of words. */
static uint64_t key_of(const ad_program *p, const struct dim_sizes *sizes)
{
    uint64_t key = UINT64_C(14695981039346656037);
    for (int i = 0; i < dim_open_count(p->graph); i++)
        key = (key ^ (uint64_t)sizes->size[i]) * UINT64_C(1099511628211);
    return key;
}

static struct compiled *find_compiled(ad_program *p, uint64_t key, const struct dim_sizes *sizes)
{
    size_t bytes = sizeof sizes->size[0] * (size_t)dim_open_count(p->graph);
    for (int i = 0; i < p->cached; i++)
        if (p->cache[i].key == key && !memcmp(p->cache[i].compiled->sizes.size, sizes->size, bytes))
            return p->cache[i].compiled;
    return NULL;
}

static int oldest(const ad_program *p)
{
    int old = 0;
    for (int i = 1; i < p->cached; i++)
        if (p->cache[i].compiled->used < p->cache[old].compiled->used)
            old = i;
    return old;
}

static void drop_compiled(ad_program *p, int place)
{
    struct compiled *c = p->cache[place].compiled;
    p->last = p->last == c ? NULL : p->last;
    p->kept_bytes -= c->bytes;
    p->cache[place] = p->cache[--p->cached];
    compiled_free(p, c);
}

/* After a run, so that its feeds may be what another compiled size gave. */
static void drop_old(ad_program *p)
{
    bool as_fit = p->shapes == AD_AS_FIT;
    while (as_fit ? p->cached > 1 && p->kept_bytes > kept_bytes_max : p->cached > p->shapes)
        drop_compiled(p, oldest(p));
}

static ad_status keep_compiled(ad_program *p, uint64_t key, struct compiled *c)
{
    if (!LIST_ROOM(&p->graph->context->allocator, p->cache, p->cache_size, p->cached + 1))
        return AD_ERROR_MEMORY;
    p->cache[p->cached++] = (struct kept){key, c};
    p->kept_bytes += c->bytes;
    return AD_OK;
}

static ad_status compile_at(ad_program *p, uint64_t key, const struct dim_sizes *sizes,
                            struct compiled **c)
{
    double begin = clock_seconds();
    int64_t before = memory_held();
    TRY(compiled_new(p, sizes, c));
    (*c)->bytes = memory_held() - before;
    p->compile_ms = 1e3 * (clock_seconds() - begin);
    p->compiles++;
    ad_status status = keep_compiled(p, key, *c);
    if (status != AD_OK)
        compiled_free(p, *c);
    return status;
}

static ad_status find_or_compile(ad_program *p, const struct dim_sizes *sizes,
                                 struct compiled **out)
{
    uint64_t key = key_of(p, sizes);
    struct compiled *c = find_compiled(p, key, sizes);
    if (!c)
        TRY(compile_at(p, key, sizes, &c));
    c->used = ++p->clock;
    *out = c;
    return AD_OK;
}

/* ---- running */

/* The array is empty, or filled by the library, whichever program did it: not memory of the
 * caller's.  Told by a mark in the array and not by its address, which may be the caller's when
 * what the library had there is freed. */
static bool is_ours(const ad_array *fetch)
{
    return !fetch->data || fetch->data == fetch->given_;
}

static ad_status check_fetch(const ad_program *p, int i, const ad_array *want, const ad_array *have)
{
    if (is_ours(want))
        return AD_OK;
    if (want->type != have->type || !graph_shapes_equal(&want->shape, &have->shape))
        return fail(AD_ERROR_SHAPE,
                    "fetch %d: the array given is %s %s, the value %s %s; leave .data NULL to be "
                    "given memory",
                    i, ad_type_name(want->type), graph_shape_text(p->graph, &want->shape),
                    ad_type_name(have->type), graph_shape_text(p->graph, &have->shape));
    return AD_OK;
}

static void give(ad_program *p, const struct compiled *c, ad_array *fetches)
{
    for (int i = 0; fetches && i < p->fetches; i++) {
        const ad_array *have = &c->fetched[i];
        if (is_ours(&fetches[i]))
            fetches[i] = *have;
        else if (ad_array_bytes(have))
            memcpy(fetches[i].data, have->data, ad_array_bytes(have));
    }
    for (int i = 0; i < p->taps; i++)
        p->tap[i].see(p->tap[i].user, p->tap[i].name, &c->fetched[p->tap[i].fetch]);
}

static ad_status run_visiting(ad_program *p, const ad_array *feeds, ad_array *fetches)
{
    struct dim_sizes sizes;
    struct compiled *c = NULL;
    TRY(read_sizes(p, feeds, &sizes));
    TRY(find_or_compile(p, &sizes, &c));
    for (int i = 0; fetches && i < p->fetches; i++)
        TRY(check_fetch(p, i, &fetches[i], &c->fetched[i]));
    TRY(compiled_run(p, c, feeds));
    p->last = c;
    if (p->training)
        atomic_fetch_add(&p->state->step, 1);
    drop_old(p);
    give(p, c, fetches);
    return AD_OK;
}

static ad_status run_entered(ad_program *p, const ad_array *feeds, ad_array *fetches)
{
    struct state_visit visit;
    state_visit_begin(&visit, p->state, p);
    ad_status status = run_visiting(p, feeds, fetches);
    state_visit_end(&visit);
    return status;
}

/* ---- who may run */

static ad_status program_busy(const ad_program *p, const char *call)
{
    if (gate_held(&p->gate) == -2)
        return fail(AD_ERROR_BUSY,
                    "%s: this process was forked off while the program ran, so its memory is half "
                    "written here; compile another",
                    call);
    return fail(AD_ERROR_BUSY,
                "%s: the program is running; a program does one run at a time: wait for it "
                "(.wait of ad_compile, ad_state_wait), or compile one for each thread",
                call);
}

/* From what a run of the state calls back nothing waits: it could wait for itself. */
ad_status program_enter(ad_program *p, const char *call)
{
    bool wait = (p->wait || atomic_load(&p->state->wait)) && !state_visited(p->state);
    return gate_enter(&p->gate, true, wait) ? AD_OK : program_busy(p, call);
}

void program_leave(ad_program *p)
{
    gate_leave(&p->gate, true);
}

static ad_status submitted(const char *call)
{
    return fail(AD_ERROR_BUSY, "%s: the program has a run submitted; ad_wait for it first", call);
}

/* Where no run is submitted, also none while this call waited for its turn. */
static ad_status program_enter_free(ad_program *p, const char *call)
{
    if (atomic_load(&p->submitted))
        return submitted(call);
    TRY(program_enter(p, call));
    if (!atomic_load(&p->submitted))
        return AD_OK;
    program_leave(p);
    return submitted(call);
}

ad_status ad_run(ad_program *p, const ad_array *feeds, ad_array *fetches)
{
    if (!p)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_run: the program is NULL; ad_compile says why in ad_error()");
    TRY(program_enter_free(p, "ad_run"));
    ad_status status = state_enter(p->state, p->training, p->wait);
    if (status == AD_OK) {
        status = run_entered(p, feeds, fetches);
        state_leave(p->state, p->training);
    }
    program_leave(p);
    return status;
}

/* ---- running beside the caller */

enum { STARTING = 1, SUBMITTED, WAITED_FOR };

struct submission {
    ad_program *program;
    const ad_array *feeds;
    ad_array *fetches;
    void (*done)(void *user, ad_status status);
    void *user;
    bool entered; /* the state, by the caller of ad_submit; else the thread waits for it */
    ad_status status;
    char message[ERROR_TEXT_MAX];
};

static void run_submission(void *argument)
{
    struct submission *s = argument;
    ad_program *p = s->program;
    s->status = s->entered ? AD_OK : state_enter(p->state, p->training, true);
    if (s->status == AD_OK) {
        s->status = run_entered(p, s->feeds, s->fetches);
        state_leave(p->state, p->training);
    }
    error_copy(s->message, sizeof s->message);
    void (*done)(void *user, ad_status status) = s->done;
    void *user = s->user;
    ad_status status = s->status;
    program_leave(p);
    if (done)
        done(user, status);
}

/* The program is entered. */
static ad_status submit(ad_program *p, const struct submission *s)
{
    if (!p->submission)
        p->submission = arena_alloc(&p->arena, sizeof *p->submission);
    if (!p->submission)
        return AD_ERROR_MEMORY;
    bool waits = p->wait || atomic_load(&p->state->wait);
    if (!waits)
        TRY(state_enter(p->state, p->training, false));
    *p->submission = *s;
    p->submission->entered = !waits;
    atomic_store(&p->submitting, fork_generation());
    atomic_store(&p->submitted, STARTING);
    ad_status status = job_start(&p->job, run_submission, p->submission);
    atomic_store(&p->submitted, status == AD_OK ? SUBMITTED : 0);
    if (status == AD_OK)
        return AD_OK;
    if (!waits)
        state_leave(p->state, p->training);
    return status;
}

ad_status ad_submit(ad_program *p, const ad_array *feeds, ad_array *fetches,
                    void (*done)(void *user, ad_status status), void *user)
{
    if (!p)
        return fail(AD_ERROR_ARGUMENT,
                    "ad_submit: the program is NULL; ad_compile says why in ad_error()");
    if (state_visited(p->state))
        return fail(AD_ERROR_BUSY, "ad_submit: a tap or an op of your own submits to the state "
                                   "whose run called it; do it after the run");
    TRY(program_enter_free(p, "ad_submit"));
    struct submission s = {
        .program = p, .feeds = feeds, .fetches = fetches, .done = done, .user = user};
    ad_status status = submit(p, &s);
    if (status != AD_OK)
        program_leave(p);
    return status;
}

/* The one that waits for it.  While the thread is being made there is nothing to wait for yet; one
 * that was being made when this process was forked off never is. */
static bool take_submission(ad_program *p, int *was)
{
    while ((*was = atomic_load(&p->submitted)) == STARTING &&
           atomic_load(&p->submitting) == fork_generation())
        sched_yield();
    return (*was == STARTING || *was == SUBMITTED) &&
           atomic_compare_exchange_strong(&p->submitted, was, WAITED_FOR);
}

ad_status ad_wait(ad_program *p)
{
    int was;
    if (!p || !take_submission(p, &was))
        return fail(AD_ERROR_ARGUMENT, "ad_wait: nothing was submitted");
    bool lost = was == STARTING || job_lost(&p->job);
    job_wait(&p->job);
    ad_status status = p->submission->status;
    if (lost)
        status = fail(AD_ERROR_SYSTEM, "ad_wait: the run was submitted before this process was "
                                       "forked off, and goes on in the other one");
    else if (status != AD_OK)
        error_set(p->submission->message);
    atomic_store(&p->submitted, 0);
    return status;
}

/* ---- taps */

/* What the program asked for, and one more tensor to be seen. */
static ad_status ask_for(ad_program *p, ad_tensor *t, struct work_request *asked)
{
    *asked = p->asked;
    ad_tensor **fetch = arena_array(&p->arena, (size_t)asked->fetches + 1, sizeof *fetch);
    if (!fetch)
        return AD_ERROR_MEMORY;
    memcpy(fetch, asked->fetch, sizeof *fetch * (size_t)asked->fetches);
    fetch[asked->fetches++] = t;
    asked->fetch = fetch;
    asked->watched++;
    return AD_OK;
}

/* Takes the program out of the graph again; on failure it is as before. */
static ad_status add_tap(ad_program *p, const struct tap *tap, ad_tensor *t)
{
    struct work_request asked;
    struct work open;
    struct tap *taps = arena_array(&p->arena, (size_t)p->taps + 1, sizeof *taps);
    TRY(taps ? ask_for(p, t, &asked) : AD_ERROR_MEMORY);
    TRY(work_build(&open, &asked));
    if (p->taps)
        memcpy(taps, p->tap, sizeof *taps * (size_t)p->taps);
    drop_cache(p);
    work_done(&p->open);
    taps[p->taps] = *tap;
    taps[p->taps].fetch = asked.fetches - 1;
    p->tap = taps, p->taps++;
    p->asked = asked, p->open = open;
    p->graph = open.graph, p->feed = open.feed, p->fetch = open.fetch;
    return AD_OK;
}

static ad_status find_and_tap(ad_program *p, struct tap *tap)
{
    GRAPH_HOLD(p->state->graph);
    ad_tensor *t = tap->name ? ad_find(p->state->graph, tap->name) : NULL;
    if (!t)
        return fail(AD_ERROR_ARGUMENT, "ad_tap: no tensor named '%s'; ad_name gives one a name",
                    tap->name ? tap->name : "NULL");
    tap->name = t->name;
    return add_tap(p, tap, t);
}

ad_status ad_tap(ad_program *p, const char *name,
                 void (*see)(void *user, const char *name, const ad_array *value), void *user)
{
    if (!p || !see)
        return fail(AD_ERROR_ARGUMENT, "ad_tap: the %s is NULL",
                    p ? "function that sees the values" : "program");
    TRY(program_enter_free(p, "ad_tap"));
    struct tap tap = {.name = name, .see = see, .user = user};
    ad_status status = find_and_tap(p, &tap);
    program_leave(p);
    return status;
}
