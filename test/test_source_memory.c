/* Sources, batches and transforms where memory ends: each allocation fails in turn, and what was
 * taken is given back.  The library's own allocator is replaced when this program is linked. */
#include "test.h"

#include <adze/train.h>

#include "base/memory.h"
#include "failing_allocator.h"

const ad_allocator *__real_memory_default(void);
const ad_allocator *__wrap_memory_default(void);

static struct failing failing;
static bool fails;

const ad_allocator *__wrap_memory_default(void)
{
    return fails ? &failing.allocator : __real_memory_default();
}

/* The body makes something and frees it; ok: whether it was made. */
#define CHECK_EACH(ok)                                       \
    FAILING_EACH (failing) {                                 \
        fails = true;                                        \
        bool made = (ok);                                    \
        fails = false;                                       \
        CHECK(made != failing.failed);                       \
        CHECK(made || ad_error_status() == AD_ERROR_MEMORY); \
        CHECK_EQ(failing.blocks, 0);                         \
        CHECK_EQ(failing.mistakes, 0);                       \
    }

enum { COUNT = 12 };

static ad_source *table(void)
{
    static double age[COUNT] = {1, NAN, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static int32_t port[COUNT] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
    ad_named_array list[] = {{"age", ad_f64(age, AD_SHAPE(COUNT))},
                             {"port", ad_i32(port, AD_SHAPE(COUNT))}};
    return ad_source_arrays(list, 2);
}

/* All examples through batches. */
static bool read_all(ad_source *s)
{
    ad_batches *b = s ? ad_batches_new(s, .size = 5, .threads = 0) : NULL;
    ad_batch batch = {.count = 1};
    bool ok = b != NULL;
    while (ok && batch.count)
        ok = ad_batches_next(b, &batch) == AD_OK;
    ad_batches_free(b);
    return ok;
}

static bool try_parts(void)
{
    ad_source *s = table(), *a = NULL, *b = NULL, *c = NULL, *d = NULL;
    bool ok =
        s && ad_source_split(s, .share = {0.5, 0.5}, .stratify = "port", .part = {&a, &b}) == AD_OK;
    if (ok)
        c = ad_source_joined((ad_source *[]){a, b}, 2);
    if (c)
        d = ad_source_kept(c);
    ok = read_all(d);
    ad_source_free(a), ad_source_free(b), ad_source_free(c), ad_source_free(d);
    ad_source_free(s);
    return ok;
}

TEST(parts)
{
    CHECK_EACH(try_parts());
    CHECK(failing.calls > 50); /* it does take the library's place */
}

static bool try_windows(void)
{
    ad_source *s = table(), *w = s ? ad_source_windows(s, .length = 3) : NULL;
    bool ok = read_all(w);
    ad_source_free(w), ad_source_free(s);
    return ok;
}

TEST(windows)
{
    CHECK_EACH(try_windows());
}

static ad_transform *fit(ad_source *s)
{
    static const char *const ages[] = {"age", NULL}, *const ports[] = {"port", NULL};
    static const char *const all[] = {"age", "age.missing", "port", NULL};
    ad_fill_options o = AD_OPTIONS(ad_fill_options, .indicator = true);
    ad_transform_step steps[] = {{.method = "fill", .from = ages, .options = &o},
                                 {.method = "standardize", .from = ages},
                                 {.method = "one_hot", .from = ports},
                                 {.method = "join", .from = all, .to = "input"}};
    ad_transform *t = NULL;
    return ad_transform_fit(s, steps, 4, &t) == AD_OK ? t : NULL;
}

static bool try_transform(void)
{
    ad_source *s = table();
    ad_transform *t = s ? fit(s) : NULL;
    ad_source *made = t ? ad_transform_source(t, s) : NULL;
    bool ok = read_all(made);
    ad_source_free(made), ad_source_free(s);
    ad_transform_free(t);
    return ok;
}

TEST(transforms)
{
    CHECK_EACH(try_transform());
}

static bool try_text(void)
{
    ad_source *s = table();
    ad_transform *t = s ? fit(s) : NULL, *again = NULL;
    char *text = t ? ad_transform_text(t) : NULL;
    bool ok = text && ad_transform_read(text, strlen(text), &again) == AD_OK;
    free(text);
    ad_transform_free(t), ad_transform_free(again);
    ad_source_free(s);
    return ok;
}

TEST(transforms_as_text)
{
    CHECK_EACH(try_text());
}

static bool try_augment(void)
{
    static uint8_t image[COUNT][4][4][3];
    static int32_t label[COUNT];
    ad_named_array list[] = {{"image", ad_u8(&image[0][0][0][0], AD_SHAPE(COUNT, 4, 4, 3))},
                             {"label", ad_i32(label, AD_SHAPE(COUNT))}};
#ifdef ADZE_EXTRAS
    const char *last = "cut_mix";
#else
    const char *last = "shift";
#endif
    ad_augment_step steps[] = {{.method = "crop"}, {.method = "turn"}, {.method = last}};
    ad_source *s = ad_source_arrays(list, 2);
    ad_source *a = s ? ad_source_augment(s, "image", "label", steps, 3, 1) : NULL;
    bool ok = read_all(a);
    ad_source_free(a), ad_source_free(s);
    return ok;
}

TEST(augmentation)
{
    CHECK_EACH(try_augment());
}

TEST_MAIN
