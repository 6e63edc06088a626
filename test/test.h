/* What a test program needs.  A program is a file of TEST(name) { ... } blocks and one TEST_MAIN at
 * its end:
 *
 *     TEST(addition)
 *     {
 *         CHECK_EQ(1 + 1, 2);
 *     }
 *     TEST_MAIN
 *
 * A failed check prints its place and the test goes on.  Arguments choose the tests whose name
 * contains one of them; --list prints the names. The program prints "N passed, M failed" (tests)
 * and exits with 1 where M > 0. */
#ifndef TEST_H
#define TEST_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

static struct test *test_first, **test_last = &test_first;
static int test_failures; /* of the test that runs */

/* Prints the first few failures of a test and counts them all. */
#define TEST_FAILED(...)                           \
    do {                                           \
        if (test_failures++ < 10) {                \
            printf("%s:%d: ", __FILE__, __LINE__); \
            printf(__VA_ARGS__);                   \
            printf("\n");                          \
        }                                          \
    } while (0)

/* Each puts itself at the end of the list before main begins. */
#define TEST(name)                                                     \
    static void test_##name(void);                                     \
    static struct test test_entry_##name = {#name, test_##name, NULL}; \
    __attribute__((constructor)) static void test_add_##name(void)     \
    {                                                                  \
        *test_last = &test_entry_##name;                               \
        test_last = &test_entry_##name.next;                           \
    }                                                                  \
    static void test_##name(void)

#define CHECK(condition)                   \
    do {                                   \
        if (!(condition))                  \
            TEST_FAILED("%s", #condition); \
    } while (0)

/* For what the rest of the test stands on: leaves the test. */
#define REQUIRE(condition)                 \
    do {                                   \
        if (!(condition)) {                \
            TEST_FAILED("%s", #condition); \
            return;                        \
        }                                  \
    } while (0)

#define CHECK_EQ(a, b)                                                                      \
    do {                                                                                    \
        int64_t test_a = (int64_t)(a), test_b = (int64_t)(b);                               \
        if (test_a != test_b)                                                               \
            TEST_FAILED("%s is %" PRId64 ", not %" PRId64 " (%s)", #a, test_a, test_b, #b); \
    } while (0)

#define CHECK_STREQ(a, b)                                                         \
    do {                                                                          \
        const char *test_a = (a), *test_b = (b);                                  \
        if (!test_a || !test_b || strcmp(test_a, test_b) != 0)                    \
            TEST_FAILED("%s is \"%s\", not \"%s\"", #a, test_a ? test_a : "NULL", \
                        test_b ? test_b : "NULL");                                \
    } while (0)

/* a contains b. */
#define CHECK_CONTAINS(a, b)                                                                   \
    do {                                                                                       \
        const char *test_a = (a), *test_b = (b);                                               \
        if (!test_a || !strstr(test_a, test_b))                                                \
            TEST_FAILED("%s is \"%s\", without \"%s\"", #a, test_a ? test_a : "NULL", test_b); \
    } while (0)

/* |a - b| <= bound; equal infinities and two NaN are close too. */
#define CHECK_CLOSE(a, b, bound)                                       \
    do {                                                               \
        double test_a = (double)(a), test_b = (double)(b);             \
        if (!test_close(test_a, test_b, (bound)))                      \
            TEST_FAILED("%s is %.17g, not %.17g", #a, test_a, test_b); \
    } while (0)

/* The status is AD_OK. */
#define CHECK_OK(expr)                                                                 \
    do {                                                                               \
        ad_status test_status = (expr);                                                \
        if (test_status != AD_OK)                                                      \
            TEST_FAILED("%s: %s: %s", #expr, ad_status_name(test_status), ad_error()); \
    } while (0)

static inline bool test_close(double a, double b, double bound)
{
    return a == b || fabs(a - b) <= bound || (a != a && b != b);
}

static bool test_chosen(const char *name, int count, char **arguments)
{
    bool chosen = count < 2;
    for (int i = 1; i < count; i++)
        chosen = chosen || strstr(name, arguments[i]);
    return chosen;
}

static bool test_run(const struct test *test)
{
    test_failures = 0;
    test->run();
    if (test_failures)
        printf("FAILED %s (%d)\n", test->name, test_failures);
    fflush(stdout);
    return test_failures == 0;
}

static int test_main(int count, char **arguments)
{
    int passed = 0, failed = 0;
    setenv("ADZE_CHECK", "1", 0); /* graphs are checked between passes */
    bool list = count == 2 && strcmp(arguments[1], "--list") == 0;
    for (const struct test *test = test_first; test; test = test->next) {
        if (list)
            printf("%s\n", test->name);
        else if (test_chosen(test->name, count, arguments))
            test_run(test) ? passed++ : failed++;
    }
    if (!list)
        printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}

#define TEST_MAIN                           \
    int main(int count, char **arguments)   \
    {                                       \
        return test_main(count, arguments); \
    }

#endif
