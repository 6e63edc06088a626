/* Every layer, loss and optimizer has a formula or a help that is one, a source, and a test that is
 * there and names it. */
#include "test.h"

#include <adze/kit.h>

#include "../kit/about.h"

static char file[1 << 20];

/* The text of test/NAME.c, "" where there is none. */
static const char *text_of(const char *name, size_t size)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%.*s.c", ADZE_TEST_DIR, (int)size, name);
    FILE *f = fopen(path, "rb");
    file[f ? fread(file, 1, sizeof file - 1, f) : 0] = 0;
    if (f)
        fclose(f);
    return file;
}

/* The name is in the test, or in the file of numbers that it reads, or that is a test of all ops.
 */
static bool names_it(const char *text, const char *test, const char *name)
{
    return strstr(text, name) || strncmp(test, "test_ops", 8) == 0 ||
           strncmp(test, "test_kernels", 12) == 0 || strstr(text, "golden");
}

static void check_tests(const ad_record *r, const char *words)
{
    int count = 0;
    for (const char *at = words; (at = strstr(at, "test_")); at++, count++) {
        size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
        const char *text = text_of(at, size);
        if (!*text || !names_it(text, at, r->name))
            TEST_FAILED("%s: %.*s is not there, or is not about it", r->name, (int)size, at);
    }
    CHECK(count > 0);
}

static void check_list(ad_records list)
{
    for (int i = 0; list(i); i++) {
        record_about a = record_about_of(list(i));
        if (!a.tested || !a.source || a.source_size < 4)
            TEST_FAILED("%s: about.def says no %s", list(i)->name, a.tested ? "source" : "test");
        else
            check_tests(list(i), a.tested);
    }
}

TEST(each_record_says_where_it_comes_from_and_what_was_tested)
{
    check_list(ad_layer_at);
    check_list(ad_loss_at);
    check_list(ad_optimizer_at);
#ifdef ADZE_EXTRAS
    check_list(ad_objective_at);
#endif
}

TEST(it_is_told)
{
    char *conv = ad_record_text(ad_record_find(ad_layer_at, "conv"), NULL, NULL);
    CHECK_CONTAINS(conv, "y[b, i, j, f] = bias[f] + sum over p, q, c");
    CHECK_CONTAINS(conv, "\nsource: LeCun et al. 1989\ntested: values and slopes");
    free(conv);
    char *norm = ad_record_text(ad_record_find(ad_layer_at, "layer_norm"), NULL, NULL);
    CHECK_CONTAINS(norm, "\nsource: Ba et al. 2016\n"); /* of its help */
    free(norm);
    char *flip = ad_record_text(ad_record_find(ad_augment_at, "flip"), NULL, NULL);
    CHECK(flip && !strstr(flip, "tested: "));
    free(flip);
}

TEST_MAIN
