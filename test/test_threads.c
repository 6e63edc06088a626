/* What may happen at once: every pair of calls on one graph, state and program, from two threads;
 * who waits for whom; children that are forked off; frees in any order.
 *
 * The state has one variable whose elements are all equal, whatever is done to it: where they
 * differ, somebody read what another was writing. */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <adze/adze.h>

#include "base/gate.h"

enum { W = 3000, ROWS_MAX = 64 };

struct world {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *x, *rows, *w, *y, *z, *step;
    ad_state *state, *other;
    ad_program *shared, *trainer;
    char path[40];
};

static void open_world(struct world *o)
{
    *o = (struct world){.context = ad_context_new(.threads = 2)};
    ad_graph *g = o->graph = ad_graph_new(o->context);
    o->x = ad_feed(g, "x", AD_F32, AD_SCALAR);
    o->rows = ad_feed(g, "rows", AD_F32, AD_SHAPE(ad_open(g, "n"), 4));
    o->w = ad_variable(g, "w", ad_full(g, AD_F32, AD_SHAPE(W), 100));
    o->y = ad_add(o->w, o->x);
    o->z = ad_scale(o->rows, 2);
    o->step = ad_sgd(ad_sum(ad_mul(o->w, o->x), AD_ALL), .rate = 0.125);
    o->state = ad_state_new(g, 1);
    o->other = ad_state_clone(o->state);
    o->shared = ad_compile(o->state, .fetch = {o->y, o->z}, .feed = {o->x, o->rows});
    o->trainer = ad_compile(o->state, .fetch = {o->step}, .feed = {o->x}, .training = true);
    snprintf(o->path, sizeof o->path, "/tmp/adze-threads-XXXXXX");
    close(mkstemp(o->path));
}

static void close_world(struct world *o)
{
    unlink(o->path);
    ad_program_free(o->shared);
    ad_program_free(o->trainer);
    ad_state_free(o->other);
    ad_state_free(o->state);
    ad_graph_free(o->graph);
    ad_context_free(o->context);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What went wrong in any thread, counted; the first words are kept. */
static atomic_int wrongs;
static char wrong_words[600];

static bool fine(bool ok, const char *what)
{
    if (!ok && atomic_fetch_add(&wrongs, 1) == 0)
        snprintf(wrong_words, sizeof wrong_words, "%s: %.500s", what, ad_error());
    return ok;
}

#define CHECK_NO_WRONGS()                                                  \
    do {                                                                   \
        if (atomic_load(&wrongs))                                          \
            TEST_FAILED("%d times wrong; first: %s", wrongs, wrong_words); \
        atomic_store(&wrongs, 0);                                          \
    } while (0)

static bool equal(const ad_array *a)
{
    const float *v = a->data;
    for (int64_t i = 1; i < ad_array_count(a); i++)
        if (v[i] != v[0])
            return false;
    return true;
}

/* Done, or refused because somebody else is at it. */
static bool legal(ad_status status, const char *what)
{
    fine(status == AD_OK || status == AD_ERROR_BUSY, what);
    return status == AD_OK;
}

/* ---- the calls; each is told how often it was made */

static ad_status run_with(struct world *o, ad_program *p, int i)
{
    static const float number[ROWS_MAX * 4];
    float one = 1;
    ad_array out[2] = {0},
             in[] = {ad_f32(&one, AD_SCALAR), ad_f32(number, AD_SHAPE(1 + i % ROWS_MAX, 4))};
    ad_status status = ad_run(p, in, out);
    if (p != o->shared && legal(status, "ad_run"))
        fine(equal(&out[0]) && out[1].shape.size[0] == 1 + i % ROWS_MAX, "a torn run");
    return status;
}

static void build(struct world *o, int i)
{
    char name[24];
    snprintf(name, sizeof name, "dim%d", i % 20);
    ad_tensor *rows = ad_linear(ad_shift(o->rows, i), .out = 3, .bias = false);
    ad_dim dim = ad_open(o->graph, name);
    ad_tensor *t = ad_reshape(rows, AD_SHAPE(AD_INFER, 1));
    fine(dim < 0 && !ad_tensor_error(t), "build");
}

static void build_gradient(struct world *o, int i)
{
    ad_tensor *dx = NULL, *y = ad_tanh(ad_scale(o->x, i));
    (ad_gradient)(y, &o->x, 1, &dx);
    ad_tensor *again = ad_call(y, &o->x, &dx, 1);
    fine(!ad_tensor_error(again), "ad_call");
}

static void build_scan(struct world *o, int i)
{
    (void)i;
    ad_loop *loop = ad_scan_begin(o->graph, false);
    fine(loop != NULL, "ad_scan_begin");
}

static void compile(struct world *o, int i)
{
    ad_program *p = ad_compile(o->state, .fetch = {o->y, o->z}, .feed = {o->x, o->rows});
    if (fine(p != NULL, "ad_compile"))
        run_with(o, p, i);
    ad_program_free(p);
}

static void new_variable(struct world *o, int i)
{
    (void)i;
    ad_tensor *v = ad_linear(ad_reshape(o->x, AD_SHAPE(1, 1)), .out = 5);
    ad_program *p = ad_compile(o->state, .fetch = {v}, .feed = {o->x});
    fine(p != NULL, "ad_compile of new variables");
    ad_program_free(p);
}

static void new_state(struct world *o, int i)
{
    ad_state *s = ad_state_new(o->graph, (uint64_t)i);
    fine(s != NULL, "ad_state_new");
    ad_state_free(s);
}

static void run_shared(struct world *o, int i)
{
    legal(run_with(o, o->shared, i), "ad_run of a shared program");
}

static void train(struct world *o, int i)
{
    float rate = i % 2 ? 1 : -1;
    ad_array in = ad_f32(&rate, AD_SCALAR), out = {0};
    legal(ad_run(o->trainer, &in, &out), "ad_run in training");
}

static void submit(struct world *o, int i)
{
    float one = 1;
    (void)i;
    ad_array in = ad_f32(&one, AD_SCALAR);
    ad_status status = ad_submit(o->trainer, &in, NULL, NULL, NULL);
    if (legal(status, "ad_submit"))
        fine(ad_wait(o->trainer) == AD_OK, "ad_wait");
}

static void get(struct world *o, int i)
{
    ad_array v = {0};
    (void)i;
    if (legal(ad_get(o->state, o->w, &v), "ad_get"))
        fine(v.data != NULL, "ad_get without data");
}

static void get_copy(struct world *o, int i)
{
    static _Thread_local float mine[W];
    ad_array v = ad_f32(mine, AD_SHAPE(W));
    (void)i;
    if (legal(ad_get_copy(o->state, o->w, v), "ad_get_copy"))
        fine(equal(&v), "a torn copy");
}

static void set(struct world *o, int i)
{
    static _Thread_local float mine[W];
    for (int k = 0; k < W; k++)
        mine[k] = (float)(i % 7);
    legal(ad_set(o->state, o->w, ad_f32(mine, AD_SHAPE(W))), "ad_set");
}

static void set_step(struct world *o, int i)
{
    legal(ad_state_set_step(o->state, i), "ad_state_set_step");
    fine(ad_state_step(o->state) >= 0 && ad_state_seed(o->state) == 1, "step or seed");
}

static void save(struct world *o, int i)
{
    char path[64];
    (void)i;
    snprintf(path, sizeof path, "%s-%lx", o->path, (unsigned long)pthread_self());
    if (legal(ad_save(o->state, path, .weights_only = false), "ad_save"))
        unlink(path);
}

static void load(struct world *o, int i)
{
    (void)i;
    ad_status status = ad_load(o->state, o->path, .weights_only = true);
    if (status != AD_ERROR_FORMAT) /* variables made since are not in the file */
        legal(status, "ad_load");
}

static void look_at_copy(struct world *o, ad_state *s)
{
    ad_array v = {0};
    fine(ad_get(s, o->w, &v) == AD_OK && equal(&v), "a torn clone or copy");
}

static void clone_state(struct world *o, int i)
{
    (void)i;
    ad_state *s = ad_state_clone(o->state);
    if (legal(s ? AD_OK : ad_error_status(), "ad_state_clone"))
        look_at_copy(o, s);
    ad_state_free(s);
}

static void copy_from(struct world *o, int i)
{
    (void)i;
    legal(ad_state_copy(o->other, o->state), "ad_state_copy");
}

static void copy_to(struct world *o, int i)
{
    (void)i;
    legal(ad_state_copy(o->state, o->other), "ad_state_copy back");
}

static void value(struct world *o, int i)
{
    ad_array v = {0};
    (void)i;
    legal(ad_value(o->state, o->w, NULL, 0, &v), "ad_value");
}

static void see_equal(void *user, const char *name, const ad_array *value)
{
    (void)user, (void)name;
    fine(equal(value), "a torn tap");
}

static void tap(struct world *o, int i)
{
    if (i < 2)
        legal(ad_tap(o->trainer, "w", see_equal, NULL), "ad_tap");
}

static void about(struct world *o, int i)
{
    fine(ad_program_about(o->shared).shapes >= 0, "ad_program_about");
    const char *text = ad_program_text(o->trainer);
    fine(*text || ad_error_status() == AD_ERROR_BUSY, "ad_program_text");
    if (i < 4)
        fine(ad_find(o->graph, "w") == o->w && ad_variable_count(o->graph) > 0, "ad_find");
}

typedef void call(struct world *o, int i);

static const struct {
    const char *name;
    call *call;
} calls[] = {{"build", build},
             {"gradient", build_gradient},
             {"compile", compile},
             {"variable", new_variable},
             {"new state", new_state},
             {"run", run_shared},
             {"train", train},
             {"submit", submit},
             {"get", get},
             {"get copy", get_copy},
             {"set", set},
             {"set step", set_step},
             {"save", save},
             {"load", load},
             {"clone", clone_state},
             {"copy from", copy_from},
             {"copy to", copy_to},
             {"value", value},
             {"tap", tap},
             {"about", about}};
enum { CALLS = sizeof calls / sizeof calls[0] };

struct side {
    struct world *world;
    call *call;
    double seconds;
    int least;
};

static void *call_often(void *argument)
{
    const struct side *s = argument;
    double end = now() + s->seconds;
    for (int i = 0; i < s->least || (now() < end && i < 200); i++)
        s->call(s->world, i);
    return NULL;
}

static void both(struct world *o, call *a, call *b, double seconds)
{
    pthread_t thread[2];
    struct side side[] = {{o, a, seconds, 2}, {o, b, seconds, 2}};
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, call_often, &side[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
}

static void every_pair(bool wait)
{
    struct world o;
    for (int i = 0; i < CALLS; i++) {
        open_world(&o);
        ad_state_wait(o.state, wait);
        ad_state_wait(o.other, wait);
        CHECK_OK(ad_save(o.state, o.path, .weights_only = true));
        for (int k = i; k < CALLS; k++) {
            both(&o, calls[i].call, calls[k].call, 3e-3);
            if (atomic_load(&wrongs))
                printf("%s beside %s\n", calls[i].name, calls[k].name);
            CHECK_NO_WRONGS();
        }
        close_world(&o);
    }
}

TEST(every_pair_of_calls_at_once)
{
    every_pair(false);
}

TEST(every_pair_of_calls_that_wait)
{
    every_pair(true);
}

/* Nobody waits for ever, and where all wait nobody is refused. */
TEST(four_threads_each_with_all_calls)
{
    struct world o;
    pthread_t thread[4];
    struct side side[4];
    call *const mixed[] = {train, copy_to, compile, clone_state};
    open_world(&o);
    ad_state_wait(o.state, true);
    for (int i = 0; i < 4; i++) {
        side[i] = (struct side){&o, mixed[i], 0.2, 20};
        pthread_create(&thread[i], NULL, call_often, &side[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    CHECK_NO_WRONGS();
    close_world(&o);
}

TEST(the_body_of_a_scan_is_built_by_one_thread)
{
    struct world o;
    pthread_t thread;
    open_world(&o);
    struct side side = {&o, build_scan, 0, 1};
    pthread_create(&thread, NULL, call_often, &side);
    pthread_join(thread, NULL);
    CHECK_CONTAINS(ad_tensor_error(ad_shift(o.x, 1)), "body of a scan");
    CHECK_NO_WRONGS();
    close_world(&o);
}

/* ---- whole values while training goes on */

struct training {
    struct world *world;
    atomic_bool stop;
    atomic_long runs, refused;
    long enough; /* runs after which it stops by itself */
};

static void *train_on(void *argument)
{
    struct training *t = argument;
    float one = 1;
    ad_array in = ad_f32(&one, AD_SCALAR);
    while (!atomic_load(&t->stop) && (!t->enough || atomic_load(&t->runs) < t->enough)) {
        ad_status status = ad_run(t->world->trainer, &in, NULL);
        legal(status, "training on");
        atomic_fetch_add(status == AD_OK ? &t->runs : &t->refused, 1);
    }
    return NULL;
}

static void save_and_look(struct world *o, ad_state *loaded)
{
    ad_array v = {0};
    fine(ad_save(o->state, o->path, .note = "between two runs") == AD_OK, "ad_save");
    fine(ad_load(loaded, o->path, .weights_only = false) == AD_OK, "ad_load");
    fine(ad_get(loaded, o->w, &v) == AD_OK && equal(&v), "a torn file");
    double steps = (100 - ad_array_item(&v, 0)) / 0.125;
    fine(steps == (double)ad_state_step(loaded), "values and step of two moments");
}

TEST(files_saved_while_training_are_whole)
{
    struct world o;
    struct training t = {.world = &o};
    pthread_t thread;
    open_world(&o);
    ad_state_wait(o.state, true);
    ad_state *loaded = ad_state_new(o.graph, 5);
    pthread_create(&thread, NULL, train_on, &t);
    for (int i = 0; i < 50; i++) {
        save_and_look(&o, loaded);
        clone_state(&o, i);
        fine(ad_state_copy(loaded, o.state) == AD_OK, "ad_state_copy");
        look_at_copy(&o, loaded);
    }
    atomic_store(&t.stop, true);
    pthread_join(thread, NULL);
    CHECK(t.runs > 0);
    CHECK_EQ(t.refused, 0);
    CHECK_NO_WRONGS();
    ad_state_free(loaded);
    close_world(&o);
}

/* ---- a state that four threads answer from */

struct serving {
    struct world *world;
    ad_state *state;
    bool wait;
    atomic_bool stop;
    atomic_long answers;
};

static void *answer_on(void *argument)
{
    struct serving *s = argument;
    const struct world *o = s->world;
    float one = 1;
    ad_array in = ad_f32(&one, AD_SCALAR), out = {0};
    ad_program *p = ad_compile(s->state, .fetch = {o->y}, .feed = {o->x}, .wait = s->wait);
    fine(p != NULL, "ad_compile");
    while (p && !atomic_load(&s->stop))
        if (legal(ad_run(p, &in, &out), "answering")) {
            fine(equal(&out), "a torn answer");
            atomic_fetch_add(&s->answers, 1);
        } else {
            sched_yield();
        }
    ad_program_free(p);
    return NULL;
}

static void serve(struct serving *s, pthread_t thread[4])
{
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, answer_on, s);
    while (atomic_load(&s->answers) < 20)
        sched_yield();
}

static void end_service(struct serving *s, pthread_t thread[4])
{
    atomic_store(&s->stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    CHECK_NO_WRONGS();
}

/* Also where it only asks again and again: 100 runs come through, not 0. */
static void train_while_four_answer(bool wait)
{
    struct world o;
    struct training t = {.world = &o, .enough = 100};
    pthread_t thread[4];
    open_world(&o);
    struct serving s = {.world = &o, .state = o.state, .wait = wait};
    serve(&s, thread);
    ad_state_wait(o.state, wait);
    double end = now() + 60;
    while (t.runs < t.enough && now() < end) {
        float one = 1;
        ad_array in = ad_f32(&one, AD_SCALAR);
        atomic_fetch_add(ad_run(o.trainer, &in, NULL) == AD_OK ? &t.runs : &t.refused, 1);
    }
    CHECK_EQ(t.runs, t.enough);
    CHECK(!wait || t.refused == 0);
    end_service(&s, thread);
    close_world(&o);
}

TEST(training_comes_through_where_four_threads_answer)
{
    train_while_four_answer(true);
    train_while_four_answer(false);
}

TEST(answers_come_through_where_training_waits_too)
{
    struct world o;
    struct training t = {.world = &o};
    pthread_t thread[4], trainer;
    open_world(&o);
    ad_state_wait(o.state, true);
    pthread_create(&trainer, NULL, train_on, &t);
    struct serving s = {.world = &o, .state = o.state, .wait = true};
    serve(&s, thread);
    end_service(&s, thread);
    atomic_store(&t.stop, true);
    pthread_join(trainer, NULL);
    CHECK(t.runs > 0);
    close_world(&o);
}

TEST(a_clone_that_answers_is_set_and_handed_values)
{
    struct world o;
    pthread_t thread[4];
    open_world(&o);
    ad_state *clone = ad_state_clone(o.state);
    struct serving s = {.world = &o, .state = clone, .wait = true};
    serve(&s, thread);
    ad_state_wait(clone, true);
    for (int i = 0; i < 40; i++) {
        train(&o, i);
        CHECK_OK(ad_state_copy(clone, o.state));
        CHECK_EQ(ad_state_step(clone), i + 1);
        set(&(struct world){.state = clone, .w = o.w}, i);
    }
    end_service(&s, thread);
    ad_state_free(clone);
    close_world(&o);
}

/* ---- one program, several threads */

static void *share(void *argument)
{
    struct world *o = argument;
    float mine[W], one = (float)(1 + (uintptr_t)pthread_self() / 4096 % 1000);
    for (int i = 0; i < 100; i++) {
        float rows[4] = {0};
        ad_array in[] = {ad_f32(&one, AD_SCALAR), ad_f32(rows, AD_SHAPE(1, 4))};
        ad_array out[] = {ad_f32(mine, AD_SHAPE(W)), {0}};
        fine(ad_run(o->shared, in, out) == AD_OK, "a run that waits");
        fine(equal(&out[0]) && mine[0] == 100 + one, "a wrong run");
    }
    return NULL;
}

TEST(one_program_run_by_three_threads)
{
    struct world o;
    pthread_t thread[3];
    open_world(&o);
    ad_state_wait(o.state, true);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, share, &o);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    CHECK_NO_WRONGS();
    close_world(&o);
}

/* ---- called back from a run */

struct callback {
    struct world *world;
    ad_status run, set, get;
};

static void call_back(void *user, const char *name, const ad_array *value)
{
    struct callback *c = user;
    const struct world *o = c->world;
    ad_array v = *value, in = {0};
    (void)name;
    c->set = ad_set(o->state, o->w, v);
    c->get = ad_get(o->state, o->w, &v);
    c->run = ad_run(o->trainer, &in, NULL);
}

TEST(a_tap_reads_the_state_and_changes_nothing)
{
    struct world o;
    open_world(&o);
    struct callback c = {.world = &o};
    ad_state_wait(o.state, true);
    CHECK_OK(ad_tap(o.trainer, "w", call_back, &c));
    train(&o, 0);
    CHECK_EQ(c.set, AD_ERROR_BUSY);
    CHECK_EQ(c.run, AD_ERROR_BUSY);
    CHECK_EQ(c.get, AD_OK);
    CHECK_NO_WRONGS();
    close_world(&o);
}

static void submit_from_it(void *user, const char *name, const ad_array *value)
{
    struct callback *c = user;
    (void)name, (void)value;
    c->run = ad_submit(c->world->shared, NULL, NULL, NULL, NULL);
}

TEST(a_tap_does_not_submit_to_its_own_state)
{
    struct world o;
    open_world(&o);
    struct callback c = {.world = &o};
    CHECK_OK(ad_tap(o.trainer, "w", submit_from_it, &c));
    train(&o, 0);
    CHECK_EQ(c.run, AD_ERROR_BUSY);
    set(&o, 1);
    train(&o, 0);
    CHECK_EQ(ad_state_step(o.state), 2);
    CHECK_NO_WRONGS();
    close_world(&o);
}

/* A run that stays inside until it is told to go on, and what was found out meanwhile. */
struct stay {
    ad_program *mine, *other;
    atomic_bool inside, go;
    ad_program_info of_mine, of_other;
};

static void stay_inside(void *user, const char *name, const ad_array *value)
{
    struct stay *s = user;
    (void)name, (void)value;
    atomic_store(&s->inside, true);
    while (!atomic_load(&s->go))
        sched_yield();
}

static void ask_about_both(void *user, const char *name, const ad_array *value)
{
    struct stay *s = user;
    (void)name, (void)value;
    s->of_mine = ad_program_about(s->mine);
    s->of_other = ad_program_about(s->other);
}

static void *run_it(void *program)
{
    ad_array x = {.type = AD_F32, .data = (float[]){1}};
    fine(ad_run(program, &x, NULL) == AD_OK, "ad_run");
    return NULL;
}

TEST(a_tap_sees_its_own_program_and_no_other_that_runs)
{
    struct world o;
    pthread_t thread;
    open_world(&o);
    struct stay s = {.mine = ad_compile(o.state, .fetch = {o.y}),
                     .other = ad_compile(o.state, .fetch = {o.y})};
    CHECK_OK(ad_tap(s.mine, "w", ask_about_both, &s));
    CHECK_OK(ad_tap(s.other, "w", stay_inside, &s));
    REQUIRE(!pthread_create(&thread, NULL, run_it, s.other));
    while (!atomic_load(&s.inside))
        sched_yield();
    run_it(s.mine);
    CHECK_EQ(s.of_mine.compiles, 1);
    CHECK_EQ(s.of_other.compiles, 0);
    atomic_store(&s.go, true);
    pthread_join(thread, NULL);
    run_it(s.mine);
    CHECK_EQ(s.of_other.compiles, 1);
    ad_program_free(s.mine);
    ad_program_free(s.other);
    CHECK_NO_WRONGS();
    close_world(&o);
}

/* ---- submitted runs that wait for their turn */

struct submitter {
    ad_program *program;
    ad_status status;
};

static void *submit_it(void *argument)
{
    struct submitter *s = argument;
    static float one = 1;
    static const ad_array x = {.type = AD_F32, .data = &one};
    s->status = ad_submit(s->program, &x, NULL, NULL, NULL);
    return NULL;
}

TEST(of_two_submits_that_wait_one_is_refused)
{
    struct world o;
    pthread_t thread[3];
    open_world(&o);
    ad_program *p = ad_compile(o.state, .fetch = {o.y}, .wait = true);
    struct stay s = {.mine = p};
    struct submitter two[2] = {{.program = p}, {.program = p}};
    CHECK_OK(ad_tap(p, "w", stay_inside, &s));
    REQUIRE(!pthread_create(&thread[2], NULL, run_it, p));
    while (!atomic_load(&s.inside))
        sched_yield();
    for (int i = 0; i < 2; i++)
        REQUIRE(!pthread_create(&thread[i], NULL, submit_it, &two[i]));
    usleep(50000); /* for both to wait at the program; it holds without, and shows less */
    atomic_store(&s.go, true);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    CHECK_EQ(two[0].status + two[1].status, AD_ERROR_BUSY);
    CHECK_OK(ad_wait(p));
    CHECK_EQ(ad_wait(p), AD_ERROR_ARGUMENT);
    ad_program_free(p);
    CHECK_NO_WRONGS();
    close_world(&o);
}

/* ---- turns of writers */

struct turn {
    struct gate gate;
    atomic_bool had;
};

static void *take_a_turn(void *argument)
{
    struct turn *t = argument;
    gate_enter(&t->gate, true, true);
    atomic_store(&t->had, true);
    gate_leave(&t->gate, true);
    return NULL;
}

TEST(a_writer_that_comes_straight_back_comes_after_those_that_wait)
{
    struct turn t = {.had = false};
    gate_init(&t.gate);
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        atomic_store(&t.had, false);
        CHECK(gate_enter(&t.gate, true, true));
        REQUIRE(!pthread_create(&thread, NULL, take_a_turn, &t));
        while (!atomic_load(&t.gate.closed))
            sched_yield();
        gate_leave(&t.gate, true);
        CHECK(gate_enter(&t.gate, true, true));
        CHECK(atomic_load(&t.had));
        gate_leave(&t.gate, true);
        pthread_join(thread, NULL);
    }
    gate_done(&t.gate);
}

TEST_MAIN
