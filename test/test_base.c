/* src/base: messages, memory, arenas, lists, text, threads, jobs. */
#include "test.h"

#include <adze/adze.h>

#include <float.h>
#include <limits.h>
#include <locale.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/isa.h"
#include "base/job.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/processors.h"
#include "base/text.h"
#include "base/threads.h"
#include "failing_allocator.h"

/* ---- error.h */

TEST(error_message)
{
    error_clear();
    CHECK_STREQ(ad_error(), "");
    CHECK_EQ(fail(AD_ERROR_SHAPE, "size %d is not %d", 2, 3), AD_ERROR_SHAPE);
    CHECK_STREQ(ad_error(), "size 2 is not 3");
    fail(AD_ERROR_SHAPE, "outer: %s", ad_error());
    CHECK_STREQ(ad_error(), "outer: size 2 is not 3");
    error_set(ad_error() + 7);
    CHECK_STREQ(ad_error(), "size 2 is not 3");
    char small[5];
    error_copy(small, sizeof small);
    CHECK_STREQ(small, "size");
    CHECK_EQ(fail_system(AD_ERROR_FILE, 2, "cannot open '%s'", "x"), AD_ERROR_FILE);
    CHECK_STREQ(ad_error(), "cannot open 'x': No such file or directory");
}

TEST(error_long_message)
{
    char words[3 * ERROR_TEXT_MAX];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    fail(AD_ERROR_ARGUMENT, "%s", words);
    CHECK_EQ(strlen(ad_error()), ERROR_TEXT_MAX - 1);
    CHECK_STREQ(ad_error() + ERROR_TEXT_MAX - 5, "w...");
    fail_system(AD_ERROR_FILE, 2, "%s", words);
    CHECK_EQ(strlen(ad_error()), ERROR_TEXT_MAX - 1);
    for (int size = ERROR_TEXT_MAX - 3; size < ERROR_TEXT_MAX + 2; size++) {
        fail(AD_ERROR_ARGUMENT, "%.*s", size, words);
        CHECK_EQ(strlen(ad_error()), size < ERROR_TEXT_MAX ? size : ERROR_TEXT_MAX - 1);
        CHECK_EQ(ad_error()[ERROR_TEXT_MAX - 4], size < ERROR_TEXT_MAX ? 'w' : '.');
    }
}

static ad_status try_twice(ad_status first, ad_status second)
{
    TRY(first);
    TRY(second);
    return AD_OK;
}

TEST(error_try)
{
    CHECK_EQ(try_twice(AD_OK, AD_OK), AD_OK);
    CHECK_EQ(try_twice(AD_ERROR_TYPE, AD_ERROR_FILE), AD_ERROR_TYPE);
    CHECK_EQ(try_twice(AD_OK, AD_ERROR_FILE), AD_ERROR_FILE);
}

static void fail_elsewhere(void *argument)
{
    fail(AD_ERROR_CUSTOM, "of another thread");
    error_copy(argument, ERROR_TEXT_MAX);
}

TEST(error_is_per_thread)
{
    char message[ERROR_TEXT_MAX];
    struct job job;
    fail(AD_ERROR_CUSTOM, "mine");
    CHECK_OK(job_start(&job, fail_elsewhere, message));
    job_wait(&job);
    job_wait(&job);
    CHECK_STREQ(ad_error(), "mine");
    CHECK_STREQ(message, "of another thread");
}

TEST(names)
{
    CHECK_STREQ(ad_status_name(AD_OK), "OK");
    CHECK_STREQ(ad_status_name(AD_ERROR_SHAPE), "ERROR_SHAPE");
    CHECK_STREQ(ad_status_name((ad_status)77), "an unknown status");
    CHECK_STREQ(ad_version(), "0.1.0");
}

/* ---- memory.h */

TEST(memory_blocks)
{
    const ad_allocator *a = memory_default();
    for (size_t size = 0; size < 300; size += 37) {
        unsigned char *p = memory_zeroed(a, size);
        REQUIRE(p);
        CHECK((uintptr_t)p % MEMORY_ALIGNMENT == 0);
        for (size_t i = 0; i < size; i++)
            CHECK_EQ(p[i], 0);
        memset(p, 7, size);
        unsigned char *q = memory_resize(a, p, size, 2 * size + 1);
        REQUIRE(q);
        for (size_t i = 0; i < size; i++)
            CHECK_EQ(q[i], 7);
        p = memory_resize(a, q, 2 * size + 1, size / 2);
        REQUIRE(p);
        CHECK(size < 2 || p[size / 2 - 1] == 7);
        memory_free(a, p, size / 2);
    }
    memory_free(a, NULL, 10);
}

TEST(memory_failure)
{
    struct failing f;
    failing_init(&f, 0);
    CHECK(!memory_alloc(&f.allocator, 12345));
    CHECK_CONTAINS(ad_error(), "12345 bytes");
    CHECK(!memory_alloc(memory_default(), SIZE_MAX));
    failing_init(&f, 1);
    char *p = memory_alloc(&f.allocator, 10);
    REQUIRE(p);
    CHECK(!memory_resize(&f.allocator, p, 10, 20));
    memory_free(&f.allocator, p, 10);
    CHECK_EQ(f.blocks, 0);
    CHECK_EQ(f.mistakes, 0);
}

static void *crooked_resize(void *user, void *p, size_t old_size, size_t size)
{
    (void)p;
    (void)old_size;
    return size ? (char *)user + 8 : NULL;
}

TEST(memory_of_a_crooked_allocator)
{
    _Alignas(64) char room[256];
    ad_allocator a = {.resize = crooked_resize, .user = room};
    CHECK(!memory_alloc(&a, 100));
    CHECK_CONTAINS(ad_error(), "not aligned");
}

TEST(memory_sizes)
{
    size_t out;
    CHECK(memory_mul(3, 4, &out) && out == 12);
    CHECK(!memory_mul(SIZE_MAX / 2, 3, &out) && out == SIZE_MAX);
    CHECK(memory_add(3, 4, &out) && out == 7);
    CHECK(!memory_add(SIZE_MAX, 1, &out) && out == SIZE_MAX);
}

/* ---- arena.h, list.h */

TEST(arena_pieces)
{
    struct failing f;
    failing_init(&f, -1);
    struct arena arena;
    arena_init(&arena, &f.allocator);
    for (size_t size = 0; size < 3000; size = size * 3 / 2 + 1) {
        unsigned char *p = arena_alloc(&arena, size);
        REQUIRE(p);
        CHECK((uintptr_t)p % 16 == 0);
        for (size_t i = 0; i < size; i++)
            CHECK_EQ(p[i], 0);
        memset(p, 0xFF, size);
    }
    CHECK(arena_alloc(&arena, 5 << 20) != NULL);
    CHECK_STREQ(arena_text(&arena, "words"), "words");
    CHECK_STREQ(arena_format(&arena, "%s %d %.1f", "words", 7, 0.5), "words 7 0.5");
    CHECK_STREQ(arena_copy(&arena, "abc", 4), "abc");
    CHECK(!arena_alloc(&arena, SIZE_MAX));
    CHECK(!arena_alloc(&arena, SIZE_MAX / 2));
    CHECK(!arena_array(&arena, SIZE_MAX / 2, 8));
    CHECK(f.calls < 12);
    arena_done(&arena);
    CHECK_EQ(f.bytes, 0);
    CHECK_EQ(f.mistakes, 0);
    CHECK_STREQ(arena_text(&arena, "again"), "again");
    arena_done(&arena);
}

/* Each allocation of a function failed in turn: it says so, and nothing leaks; how many there
 * are. */
static long fail_each(bool (*done)(const ad_allocator *allocator))
{
    struct failing f;
    FAILING_EACH (f) {
        CHECK_EQ(done(&f.allocator), !f.failed);
        CHECK_EQ(f.blocks, 0);
        CHECK_EQ(f.mistakes, 0);
    }
    return f.calls;
}

static bool fill_arena(const ad_allocator *allocator)
{
    struct arena arena;
    arena_init(&arena, allocator);
    bool filled = true;
    for (int i = 0; i < 200 && filled; i++)
        filled = arena_alloc(&arena, 1000) && arena_format(&arena, "%d", i);
    arena_done(&arena);
    return filled;
}

TEST(arena_failure)
{
    CHECK(fail_each(fill_arena) > 4);
}

struct pair {
    int a;
    double b;
};

static bool fill_lists(const ad_allocator *allocator)
{
    struct pair *pairs = NULL;
    const char **names = NULL;
    int pair_capacity = 0, name_capacity = 0, count = 0;
    for (; count < 1000; count++) {
        if (!LIST_ROOM(allocator, pairs, pair_capacity, count + 1) ||
            !LIST_ROOM(allocator, names, name_capacity, count + 1))
            break;
        CHECK_EQ(pairs[count].a, 0);
        pairs[count] = (struct pair){count, 0.5 * count};
        names[count] = "name";
    }
    for (int i = 0; i < count; i++)
        CHECK(pairs[i].a == i && pairs[i].b == 0.5 * i);
    LIST_FREE(allocator, pairs, pair_capacity);
    LIST_FREE(allocator, names, name_capacity);
    return count == 1000;
}

TEST(list_growth)
{
    CHECK(fail_each(fill_lists) < 40);
    double *numbers = NULL;
    int capacity = 0;
    CHECK(LIST_ROOM(memory_default(), numbers, capacity, 0) && !numbers);
    CHECK(!list_grow(memory_default(), &numbers, &capacity, INT_MAX, SIZE_MAX / 8));
    CHECK(!numbers && capacity == 0);
}

/* ---- text.h */

static bool fill_text(const ad_allocator *allocator)
{
    struct text text;
    text_init(&text, allocator);
    CHECK_STREQ(text_string(&text), "");
    for (int i = 0; i < 100; i++)
        text_add(&text, "%d,", i);
    text_add(&text, "%0500d", 7);
    text_bytes(&text, "\0\1", 2);
    bool whole = !text.failed;
    CHECK(!whole || text.size == 290 + 500 + 2);
    CHECK(!whole || strncmp(text.data, "0,1,2,3,", 8) == 0);
    CHECK(!whole || memcmp(text.data + 288, "9,000", 5) == 0);
    text_clear(&text);
    text_add(&text, "x");
    CHECK(text.failed || strcmp(text.data, "x") == 0);
    text_done(&text);
    return whole;
}

TEST(text_building)
{
    CHECK(fail_each(fill_text) > 4);
}

TEST(text_fixed)
{
    for (size_t room = 1; room < 12; room++) {
        char buffer[16];
        memset(buffer, '#', sizeof buffer);
        struct text text;
        text_init_fixed(&text, buffer, room);
        text_add(&text, "%s", "abc");
        text_bytes(&text, "defghi", 6);
        text_add(&text, "later");
        CHECK_EQ(text.failed, room < 15);
        CHECK_EQ(strlen(buffer), room - 1);
        CHECK(strncmp(buffer, "abcdefghilater", room - 1) == 0);
        CHECK_EQ(buffer[room], '#');
        text_done(&text);
    }
    char wide[300];
    struct text text;
    text_init_fixed(&text, wide, sizeof wide);
    text_add(&text, "%0400d", 1);
    CHECK(text.failed && strlen(wide) == sizeof wide - 1);
}

static void check_f64(double value)
{
    char buffer[64];
    struct text text;
    text_init_fixed(&text, buffer, sizeof buffer);
    text_f64(&text, value);
    const char *at = buffer;
    double back = 0;
    CHECK(text_read_f64(&at, &back));
    CHECK_EQ(*at, '\0');
    if (memcmp(&back, &value, sizeof value) != 0 && !(isnan(back) && isnan(value)))
        TEST_FAILED("%a reads back as %a", value, back);
}

static void check_f32(float value)
{
    char buffer[64];
    struct text text;
    text_init_fixed(&text, buffer, sizeof buffer);
    text_f32(&text, value);
    const char *at = buffer;
    float back = 0;
    CHECK(text_read_f32(&at, &back));
    CHECK_EQ(*at, '\0');
    if (memcmp(&back, &value, sizeof value) != 0 && !(isnan(back) && isnan(value)))
        TEST_FAILED("%a reads back as %a", (double)value, (double)back);
}

static void check_numbers(void)
{
    static const double numbers[] = {0.0,     -0.0,          1,           0.1,       1.0 / 3,
                                     1e-5,    1e300,         DBL_MAX,     DBL_MIN,   DBL_TRUE_MIN,
                                     -1e22,   123456789.125, INFINITY,    -INFINITY, NAN,
                                     FLT_MAX, FLT_MIN,       FLT_TRUE_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        check_f64(numbers[i]);
        check_f32((float)fmin(fmax(numbers[i], -FLT_MAX), FLT_MAX));
    }
    uint64_t bits = 1;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        uint64_t mixed = bits ^ bits >> 29;
        uint32_t half = (uint32_t)(mixed >> 16);
        double value;
        float small;
        memcpy(&value, &mixed, sizeof value);
        memcpy(&small, &half, sizeof small);
        check_f64(value);
        check_f32(small);
    }
}

TEST(text_numbers)
{
    char buffer[128];
    struct text text;
    text_init_fixed(&text, buffer, sizeof buffer);
    text_f64(&text, 0.1);
    text_add(&text, " ");
    text_f32(&text, 0.1f);
    text_add(&text, " ");
    text_f32(&text, -INFINITY);
    text_add(&text, " ");
    text_f64(&text, (double)NAN);
    CHECK_STREQ(buffer, "0.1 0.1 -inf nan");
    check_numbers();
    const char *at = "x";
    double value;
    CHECK(!text_read_f64(&at, &value) && *at == 'x');
}

TEST(text_numbers_in_a_locale)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *set = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !set; i++)
        set = setlocale(LC_ALL, names[i]);
    check_numbers();
    char buffer[64];
    struct text text;
    text_init_fixed(&text, buffer, sizeof buffer);
    text_add(&text, "%g", 0.5);
    CHECK_STREQ(buffer, "0.5");
    setlocale(LC_ALL, "C");
}

TEST(text_utf8)
{
    static const char *const good[] = {
        "", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\x80",
                                      "\xC3",
                                      "\xC0\xAF",
                                      "\xE0\x80\x80",
                                      "\xED\xA0\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xE2\x82",
                                      "a\xFF",
                                      "\xC3\x28"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!text_is_utf8(bad[i], strlen(bad[i])));
}

/* ---- isa.h, clock.h */

TEST(isa_names)
{
    enum isa isa = ISA_NONE;
    CHECK(isa_parse("avx2", &isa) && isa == ISA_AVX2);
    CHECK(!isa_parse("mmx", &isa) && isa == ISA_AVX2);
    CHECK_STREQ(isa_name(ISA_NEON), "neon");
    CHECK_STREQ(isa_name((enum isa)99), "unknown");
    CHECK(isa_supported(isa_best()));
    CHECK(!isa_supported(ISA_NEON) || !isa_supported(ISA_SSE2));
#if defined(__x86_64__)
    CHECK(isa_best() != ISA_NONE && isa_best() != ISA_NEON);
#endif
}

TEST(clock_moves)
{
    double begin = clock_seconds();
    while (clock_seconds() == begin)
        continue;
    CHECK(clock_seconds() > begin);
}

/* ---- threads.h */

enum { TASK_MAX = 1000 };

struct tally {
    struct threads *threads;
    atomic_int done[TASK_MAX];
    atomic_int inside[64]; /* tasks that run now, by thread number */
    atomic_int mistakes;
    int plain[TASK_MAX]; /* each written by one task, read after the run */
    int value;
    int depth;
};

static void count_task(void *argument, int task, int thread)
{
    struct tally *t = argument;
    if (thread < 0 || thread >= threads_count(t->threads) ||
        atomic_fetch_add(&t->inside[thread], 1))
        atomic_fetch_add(&t->mistakes, 1);
    atomic_fetch_add(&t->done[task], 1);
    t->plain[task] = t->value + task;
    atomic_fetch_sub(&t->inside[thread], 1);
}

static void check_run(struct tally *t, int tasks, int value)
{
    t->value = value;
    for (int i = 0; i < tasks; i++)
        atomic_store(&t->done[i], 0);
    threads_run(t->threads, tasks, value % 2, count_task, t);
    for (int i = 0; i < tasks; i++)
        if (atomic_load(&t->done[i]) != 1 || t->plain[i] != value + i)
            TEST_FAILED("task %d of %d ran %d times", i, tasks, atomic_load(&t->done[i]));
    CHECK_EQ(atomic_load(&t->mistakes), 0);
}

static void wait_a_little(double seconds)
{
    for (double end = clock_seconds() + seconds; clock_seconds() < end;)
        continue;
}

static void check_threads(struct threads *threads)
{
    struct tally t = {.threads = threads};
    for (int i = 0; i < 300; i++)
        check_run(&t, i % 17, i);
    for (int i = 0; i < 10; i++) {
        wait_a_little(300e-6); /* the workers fall asleep */
        check_run(&t, TASK_MAX, i);
    }
}

TEST(threads_do_every_task_once)
{
    for (int count = 1; count <= 5; count++) {
        struct threads *threads = threads_new(memory_default(), count);
        REQUIRE(threads);
        CHECK(threads_count(threads) >= 1 && threads_count(threads) <= count);
        check_threads(threads);
        threads_free(threads);
    }
    threads_free(NULL);
    CHECK(processors_available() >= 1);
}

TEST(threads_start_and_stop)
{
    for (int i = 0; i < 50; i++) {
        struct threads *threads = threads_new(memory_default(), 3);
        REQUIRE(threads);
        struct tally t = {.threads = threads};
        if (i % 2)
            check_run(&t, 5, i);
        threads_free(threads);
    }
}

TEST(threads_failure)
{
    struct failing f;
    FAILING_EACH (f) {
        struct threads *threads = threads_new(&f.allocator, 3);
        CHECK_EQ(!threads, f.failed);
        threads_free(threads);
        CHECK_EQ(f.blocks, 0);
        CHECK_EQ(f.mistakes, 0);
    }
}

/* Tasks that take long enough for the caller to sleep before the end. */
static void slow_task(void *argument, int task, int thread)
{
    struct tally *t = argument;
    wait_a_little(task % 2 ? 1e-3 : 1e-6);
    count_task(t, task, thread);
}

TEST(threads_caller_sleeps)
{
    struct threads *threads = threads_new(memory_default(), 2);
    REQUIRE(threads);
    struct tally t = {.threads = threads};
    for (int i = 0; i < 30; i++)
        threads_run(threads, 3, i % 2, slow_task, &t);
    CHECK_EQ(atomic_load(&t.done[0]), 30);
    CHECK_EQ(atomic_load(&t.done[2]), 30);
    CHECK_EQ(atomic_load(&t.mistakes), 0);
    threads_free(threads);
}

/* A task that uses the pool itself. */
static void nested_task(void *argument, int task, int thread)
{
    struct tally *t = argument;
    struct tally inner = {.threads = t->threads};
    check_run(&inner, 7, task);
    (void)thread;
}

static void run_often(void *argument)
{
    struct tally t = {.threads = argument};
    for (int i = 0; i < 500; i++)
        check_run(&t, 1 + i % 9, i);
}

TEST(threads_of_several_callers)
{
    struct threads *threads = threads_new(memory_default(), 3);
    REQUIRE(threads);
    struct tally t = {.threads = threads};
    threads_run(threads, 20, false, nested_task, &t);
    struct job jobs[3];
    for (int i = 0; i < 3; i++)
        CHECK_OK(job_start(&jobs[i], run_often, threads));
    run_often(threads);
    for (int i = 0; i < 3; i++)
        job_wait(&jobs[i]);
    threads_free(threads);
}

/* A pool of the user's: backwards, on one thread. */
static void run_backwards(void *user, int count, void (*task)(void *argument, int i),
                          void *argument)
{
    ++*(int *)user;
    while (count-- > 0)
        task(argument, count);
}

/* And one that starts a thread for each. */
struct pool_call {
    void (*task)(void *argument, int i);
    void *argument;
    int i;
};

static void pool_job(void *argument)
{
    struct pool_call *call = argument;
    call->task(call->argument, call->i);
}

static void run_on_jobs(void *user, int count, void (*task)(void *argument, int i), void *argument)
{
    (void)user;
    struct job jobs[8];
    struct pool_call calls[8];
    for (int i = 0; i < count; i++) {
        calls[i] = (struct pool_call){task, argument, i};
        if (job_start(&jobs[i], pool_job, &calls[i]) != AD_OK)
            pool_job(&calls[i]);
    }
    for (int i = 0; i < count; i++)
        job_wait(&jobs[i]);
}

TEST(threads_of_the_user)
{
    int calls = 0;
    ad_pool pool = {.run = run_backwards, .user = &calls, .threads = 4};
    struct threads *threads = threads_new_pool(memory_default(), &pool);
    REQUIRE(threads);
    CHECK_EQ(threads_count(threads), 4);
    check_threads(threads);
    CHECK(calls > 200);
    threads_free(threads);
    pool = (ad_pool){.run = run_on_jobs, .threads = 3};
    threads = threads_new_pool(memory_default(), &pool);
    REQUIRE(threads);
    struct tally t = {.threads = threads};
    for (int i = 0; i < 20; i++)
        check_run(&t, i, i);
    threads_free(threads);
}

TEST_MAIN
