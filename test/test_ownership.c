/* Whose memory is whose: fetches of several programs in one array, feeds that lie where a run
 * writes, frees in any order, graphs that grow while programs keep what they took, children that
 * are forked off, compiled sizes and the bytes they hold. */
#include "test.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <adze/adze.h>

#include "base/lock.h"

/* ---- an allocator that counts */

struct counting {
    atomic_long bytes;
};

static void *count_resize(void *user, void *p, size_t old_size, size_t size)
{
    struct counting *c = user;
    atomic_fetch_add(&c->bytes, (long)size - (long)(p ? old_size : 0));
    if (size == 0) {
        free(p);
        return NULL;
    }
    void *fresh = aligned_alloc(64, (size + 63) / 64 * 64);
    if (fresh && p)
        memcpy(fresh, p, old_size < size ? old_size : size);
    free(fresh ? p : NULL);
    return fresh;
}

struct small {
    struct counting counting;
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *twice, *thrice;
    ad_state *state;
};

static void open_small(struct small *s)
{
    *s = (struct small){.context = NULL};
    s->context = ad_context_new(.threads = 2, .allocator = {count_resize, &s->counting});
    s->graph = ad_graph_new(s->context);
    s->x = ad_feed(s->graph, "x", AD_F32, AD_SHAPE(ad_open(s->graph, "n")));
    s->twice = ad_scale(s->x, 2);
    s->thrice = ad_scale(s->x, 3);
    s->state = ad_state_new(s->graph, 1);
}

static void close_small(struct small *s)
{
    ad_state_free(s->state);
    ad_graph_free(s->graph);
    ad_context_free(s->context);
    CHECK_EQ(s->counting.bytes, 0);
}

static ad_status run(ad_program *p, const float *x, int64_t n, ad_array *out)
{
    ad_array in = ad_f32(x, AD_SHAPE(n));
    return ad_run(p, &in, out);
}

static const float ones[4096] = {1, 1, 1, 1, 1, 1, 1, 1};

/* ---- fetches */

TEST(an_array_used_for_another_program_is_pointed_anew)
{
    struct small s;
    ad_array out = {0};
    open_small(&s);
    ad_program *a = ad_compile(s.state, .fetch = {s.twice}),
               *b = ad_compile(s.state, .fetch = {s.thrice});
    CHECK_OK(run(a, ones, 4, &out));
    ad_array first = out;
    CHECK_OK(run(b, ones, 4, &out));
    CHECK(ad_array_item(&first, 0) == 2 && ad_array_item(&out, 0) == 3);
    CHECK_OK(run(b, ones, 8, &out)); /* of another size too */
    CHECK_OK(run(a, ones, 2, &out));
    CHECK(out.shape.size[0] == 2 && ad_array_item(&out, 0) == 2);
    ad_program_free(a);
    CHECK_OK(run(b, ones, 2, &out));
    CHECK(ad_array_item(&out, 0) == 3);
    ad_program_free(b);
    close_small(&s);
}

TEST(values_looked_at_are_pointed_anew_too)
{
    struct small s;
    ad_array v = {0}, w = {0};
    open_small(&s);
    ad_tensor *weight = ad_variable(s.graph, "w", ad_full(s.graph, AD_F32, AD_SHAPE(4), 7));
    ad_program *p = ad_compile(s.state, .fetch = {s.twice});
    CHECK_OK(ad_get(s.state, weight, &v));
    CHECK_OK(run(p, ones, 4, &v));
    CHECK_OK(ad_get(s.state, weight, &w));
    CHECK(ad_array_item(&w, 0) == 7);
    CHECK(ad_array_item(&v, 0) == 2);
    ad_program_free(p);
    close_small(&s);
}

/* The program gave a block out, dropped it, and the caller got it from malloc. */
TEST(memory_of_the_caller_is_never_taken_for_the_programs)
{
    struct small s;
    ad_array out = {0};
    static float room[4096];
    open_small(&s);
    ad_program *p = ad_compile(s.state, .fetch = {s.twice}, .shapes = 1);
    CHECK_OK(run(p, ones, 1024, &out));
    void *was = out.data;
    ad_array other = ad_f32(room, AD_SHAPE(8));
    CHECK_OK(run(p, ones, 8, &other)); /* drops what out points to */
    CHECK_EQ(other.data == room, 1);
    /* Memory at that address is the caller's from here on, as far as anybody can know. */
    float *mine = was;
    ad_array again = ad_f32(mine, AD_SHAPE(8));
    void *block = aligned_alloc(64, 4160);
    if (block == was) {
        CHECK_OK(run(p, ones, 8, &again));
        CHECK(again.data == was && mine[0] == 2);
    }
    out.shape = AD_SHAPE(8); /* the library's array, given again after the drop */
    CHECK_OK(run(p, ones, 8, &out));
    CHECK(out.data != was && ad_array_item(&out, 0) == 2);
    out.data = room; /* and an array of the library's that got memory of the caller's */
    CHECK_OK(run(p, ones, 8, &out));
    CHECK(out.data == room && room[0] == 2);
    free(block);
    ad_program_free(p);
    close_small(&s);
}

/* ---- feeds that lie where the run writes */

TEST(feed_and_fetch_may_be_one_array)
{
    enum { N = 64 };
    struct small s;
    static float m[N * N];
    float mine[N], x[N];
    open_small(&s);
    for (int i = 0; i < N * N; i++)
        m[i] = (float)((i * 7) % 13 - 6) / 40;
    ad_tensor *h = ad_feed(s.graph, "h", AD_F32, AD_SHAPE(1, N));
    ad_tensor *next = ad_tanh(ad_matmul(h, ad_constant(s.graph, ad_f32(m, AD_SHAPE(N, N)))));
    ad_program *p = ad_compile(s.state, .fetch = {next}), *q = ad_compile(s.state, .fetch = {next});
    for (int i = 0; i < N; i++)
        mine[i] = x[i] = (float)i / N;
    ad_array given = ad_f32(x, AD_SHAPE(1, N)), own = ad_f32(mine, AD_SHAPE(1, N)), out = {0};
    for (int i = 0; i < 5; i++) {
        CHECK_OK(ad_run(p, i ? &out : &given, &out)); /* where the last run's result lies */
        CHECK_OK(ad_run(q, &own, &own));              /* memory of the caller's */
        CHECK(!memcmp(out.data, mine, sizeof mine));
        memcpy(x, mine, sizeof x);
    }
    ad_program_free(p);
    ad_program_free(q);
    close_small(&s);
}

/* The feed is the weight itself, which the run changes in place. */
TEST(a_feed_may_be_the_value_of_a_variable)
{
    struct small s;
    ad_array v = {0}, out[2] = {{0}};
    open_small(&s);
    ad_tensor *w = ad_variable(s.graph, "w", ad_full(s.graph, AD_F32, AD_SHAPE(2000), 3));
    ad_tensor *x = ad_feed(s.graph, "values", AD_F32, AD_SHAPE(2000));
    ad_tensor *sum = ad_assign(ad_sum(ad_mul(w, x), AD_ALL), w, ad_shift(w, 1));
    ad_program *p = ad_compile(s.state, .fetch = {sum, ad_exp(ad_sub(x, sum))}, .training = true);
    CHECK_OK(ad_get(s.state, w, &v));
    CHECK_OK(ad_run(p, &v, out));
    CHECK(ad_array_item(&out[0], 0) == 18000 && ad_array_item(&v, 1999) == 4);
    CHECK_OK(ad_run(p, &v, out));
    CHECK(ad_array_item(&out[0], 0) == 32000 && ad_array_item(&v, 0) == 5);
    ad_program_free(p);
    close_small(&s);
}

TEST(a_feed_may_lie_in_sizes_that_the_run_drops)
{
    struct small s;
    ad_array out = {0};
    open_small(&s);
    ad_tensor *more = ad_concat((ad_tensor *[]){s.x, s.x}, 2, 0);
    ad_program *p = ad_compile(s.state, .fetch = {more}, .shapes = 1);
    CHECK_OK(run(p, ones, 1, &out));
    for (int i = 0; i < 6; i++)
        CHECK_OK(ad_run(p, &out, &out));
    CHECK_EQ(out.shape.size[0], 128);
    CHECK(ad_array_item(&out, 127) == 1);
    ad_program_free(p);
    close_small(&s);
}

/* ---- frees */

static void free_one(struct small *s, ad_program *p, int which)
{
    switch (which) {
    case 0: ad_context_free(s->context); break;
    case 1: ad_graph_free(s->graph); break;
    case 2: ad_state_free(s->state); break;
    default: ad_program_free(p); break;
    }
}

TEST(frees_in_any_order)
{
    for (int order = 0; order < 24; order++) {
        struct small s;
        int left[] = {0, 1, 2, 3}, rest = order;
        open_small(&s);
        ad_program *p = ad_compile(s.state, .fetch = {s.twice});
        CHECK_OK(run(p, ones, 4, NULL));
        bool there = true;
        for (int n = 4; n; n--) {
            int which = left[rest % n];
            left[rest % n] = left[n - 1];
            rest /= n;
            free_one(&s, p, which);
            there = there && which != 3;
            if (there)
                CHECK_OK(run(p, ones, 5 + n, NULL)); /* new sizes: all that compiling needs lives */
        }
        CHECK_EQ(s.counting.bytes, 0);
    }
}

/* ---- what a program keeps */

TEST(a_program_is_as_its_graph_was)
{
    struct small s;
    ad_array out = {0};
    open_small(&s);
    ad_tensor *w = ad_variable(s.graph, "w", ad_full(s.graph, AD_F32, AD_SCALAR, 3));
    ad_tensor *y = ad_mul(s.x, w);
    ad_program *p = ad_compile(s.state, .fetch = {y}, .training = true);
    ad_tensor *end = ad_assign(y, w, ad_shift(w, 1)); /* later: not the program's */
    for (int i = 0; i < 3; i++) {
        CHECK_OK(run(p, ones, 1 + i, &out));
        CHECK(ad_array_item(&out, 0) == 3);
        const char *name = (const char *const[]){"one", "two", "three"}[i];
        ad_scope_begin(s.graph, name);
        ad_feed(s.graph, "feed", AD_F32, AD_SHAPE(ad_open(s.graph, name)));
        ad_variable(s.graph, "v", ad_full(s.graph, AD_F32, AD_SHAPE(100), 1));
        ad_scope_end(s.graph);
    }
    ad_program *q = ad_compile(s.state, .fetch = {end}, .training = true);
    CHECK_OK(run(q, ones, 1, &out));
    CHECK_OK(run(q, ones, 1, &out));
    CHECK(ad_array_item(&out, 0) == 4);
    ad_program_free(p);
    ad_program_free(q);
    close_small(&s);
}

static void see_nothing(void *user, const char *name, const ad_array *value)
{
    (void)name, (void)value;
    ++*(int *)user;
}

TEST(what_a_tap_sees_is_not_assigned)
{
    struct small s;
    ad_array v = {0};
    int seen = 0;
    open_small(&s);
    ad_tensor *w = ad_variable(s.graph, "w", ad_full(s.graph, AD_F32, AD_SCALAR, 3));
    ad_name(ad_assign(ad_shift(s.twice, 1), w, ad_shift(w, 1)), "owner");
    ad_program *p = ad_compile(s.state, .fetch = {s.thrice}, .training = true);
    CHECK_OK(ad_tap(p, "owner", see_nothing, &seen));
    CHECK_OK(run(p, ones, 3, NULL));
    CHECK_OK(ad_get(s.state, w, &v));
    CHECK_EQ(seen, 1);
    CHECK(ad_array_item(&v, 0) == 3);
    ad_program_free(p);
    close_small(&s);
}

/* ---- compiled sizes */

TEST(compiled_sizes_are_bounded_by_bytes)
{
    struct small s;
    ad_array out = {0};
    open_small(&s);
    ad_program *p = ad_compile(s.state, .fetch = {s.twice}), *big;
    for (int round = 0; round < 2; round++)
        for (int n = 1; n <= 300; n++)
            CHECK_OK(run(p, ones, n, &out));
    ad_program_info info = ad_program_about(p);
    CHECK_EQ(info.compiles, 300);
    CHECK_EQ(info.shapes, 300);
    CHECK(info.kept_bytes > 300 * 1000 && info.kept_bytes < 16 << 20);
    ad_program_free(p);
    ad_dim n = ad_tensor_shape(s.x).size[0];
    big = ad_compile(s.state,
                     .fetch = {ad_add(s.x, ad_full(s.graph, AD_F32, AD_SHAPE(1 << 20, n), 1))});
    for (int i = 1; big && i <= 8; i++)
        CHECK_OK(run(big, ones, i, &out));
    info = ad_program_about(big);
    CHECK(info.kept_bytes <= 64 << 20);
    CHECK(info.shapes >= 1 && info.shapes < 8);
    CHECK(ad_array_item(&out, (8 << 20) - 1) == 2);
    ad_program_free(big);
    close_small(&s);
}

/* ---- fork.  The thread sanitizer does not let a child of several threads start others. */

#if defined(__SANITIZE_THREAD__)
#define NO_FORK 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_FORK 1
#endif
#endif

#ifndef NO_FORK
/* What the child returns; 99 where it hung. */
static int in_child(int (*call)(void *), void *argument)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        _exit(call(argument));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

struct forked {
    struct small small;
    ad_program *program, *trainer;
    ad_tensor *y;
    float *big;
};

enum { BIG = 200000 };

static void open_forked(struct forked *f)
{
    open_small(&f->small);
    struct small *s = &f->small;
    ad_tensor *w = ad_variable(s->graph, "w", ad_full(s->graph, AD_F32, AD_SCALAR, 3));
    f->y = ad_mul(ad_exp(s->x), w);
    f->program = ad_compile(s->state, .fetch = {f->y});
    f->trainer = ad_compile(s->state, .fetch = {ad_sgd(ad_mean(f->y, AD_ALL))}, .training = true);
    f->big = calloc(BIG, sizeof *f->big);
    CHECK_OK(run(f->program, f->big, BIG, NULL));
}

static void close_forked(struct forked *f)
{
    ad_program_free(f->program);
    ad_program_free(f->trainer);
    free(f->big);
    close_small(&f->small);
}

static int free_all(void *argument)
{
    struct forked *f = argument;
    close_forked(f);
    return 0;
}

static int run_and_free(void *argument)
{
    struct forked *f = argument;
    ad_array out = {0};
    for (int i = 0; i < 20; i++) {
        if (run(f->program, f->big, BIG - i % 3, &out) || ad_array_item(&out, BIG - 9) != 3)
            return 1;
        if (run(f->trainer, f->big, BIG, NULL))
            return 2;
        if (ad_state_step(f->small.state) != i + 1)
            return 3;
        float w = 3;
        ad_array set = {.type = AD_F32, .data = &w};
        if (ad_set(f->small.state, ad_find(f->small.graph, "w"), set))
            return 4;
    }
    if (ad_submit(f->program, &(ad_array){.type = AD_F32, .shape = AD_SHAPE(1), .data = f->big},
                  NULL, NULL, NULL) ||
        ad_wait(f->program))
        return 5;
    return free_all(f);
}

TEST(a_forked_child_frees_all)
{
    struct forked f;
    open_forked(&f);
    CHECK_EQ(in_child(free_all, &f), 0);
    CHECK_OK(run(f.program, f.big, BIG, NULL));
    close_forked(&f);
}

TEST(a_forked_child_runs_with_threads_of_its_own)
{
    struct forked f;
    open_forked(&f);
    CHECK_EQ(in_child(run_and_free, &f), 0);
    CHECK_OK(run(f.program, f.big, BIG, NULL));
    close_forked(&f);
}

/* A run of the parent's other thread stops in the child where it was. */
static int find_it_busy(void *argument)
{
    struct forked *f = argument;
    ad_state_wait(f->small.state, true); /* waiting would be for ever */
    if (ad_wait(f->trainer) != AD_ERROR_SYSTEM)
        return 1;
    if (run(f->trainer, f->big, BIG, NULL) != AD_ERROR_BUSY || !strstr(ad_error(), "forked"))
        return 2;
    ad_tensor *w = ad_find(f->small.graph, "w");
    if (ad_set(f->small.state, w, ad_f32(ones, AD_SCALAR)) != AD_ERROR_BUSY ||
        !strstr(ad_error(), "forked"))
        return 3;
    return free_all(f);
}

struct meeting {
    atomic_bool inside, forked;
};

static void stay_inside(void *user, const char *name, const ad_array *value)
{
    struct meeting *m = user;
    (void)name, (void)value;
    atomic_store(&m->inside, true);
    while (!atomic_load(&m->forked))
        sched_yield();
}

TEST(a_child_forked_while_a_run_writes_says_so)
{
    struct forked f;
    struct meeting m = {.inside = false};
    open_forked(&f);
    ad_name(f.y, "y");
    CHECK_OK(ad_tap(f.trainer, "y", stay_inside, &m));
    ad_array in = ad_f32(f.big, AD_SHAPE(BIG));
    CHECK_OK(ad_submit(f.trainer, &in, NULL, NULL, NULL));
    while (!atomic_load(&m.inside))
        sched_yield();
    int result = in_child(find_it_busy, &f);
    atomic_store(&m.forked, true);
    CHECK_OK(ad_wait(f.trainer));
    CHECK_EQ(result, 0);
    close_forked(&f);
}

/* Two threads of a child that take a lock of the parent's at once: one of them has it. */
struct both {
    struct lock lock;
    atomic_int here, inside, wrong;
};

static void *take_it(void *argument)
{
    struct both *b = argument;
    atomic_fetch_add(&b->here, 1);
    while (atomic_load(&b->here) < 2)
        ;
    lock_take(&b->lock);
    atomic_fetch_add(&b->wrong, atomic_fetch_add(&b->inside, 1) || b->lock.torn);
    for (volatile int i = 0; i < 200000; i++)
        ;
    atomic_fetch_sub(&b->inside, 1);
    lock_drop(&b->lock);
    return NULL;
}

static int take_it_twice(void *argument)
{
    struct both *b = argument;
    pthread_t thread;
    if (pthread_create(&thread, NULL, take_it, b))
        return 2;
    take_it(b);
    pthread_join(thread, NULL);
    return b->wrong != 0;
}

TEST(two_threads_of_a_child_take_turns_from_the_start)
{
    struct both b = {.here = 0};
    lock_init(&b.lock);
    int wrong = 0;
    for (int i = 0; i < 200; i++)
        wrong += in_child(take_it_twice, &b) != 0;
    CHECK_EQ(wrong, 0);
    lock_done(&b.lock);
}
#endif

TEST_MAIN
