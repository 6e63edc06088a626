/* What a job changes of training examples that are no pictures, of labels, and which examples it
 * draws: shares within 4.9 deviations of what is asked, everything else as it was, and the same
 * bytes for any number of threads. */
#include "test.h"

#include <adze/run.h>

#include "../kit/augment.h"
#include "configuration_main.h"
#include "job.h"
#include "scratch.h"

enum { COUNT = 2000, TIME = 12, WIDTH = 5, BLOCK = TIME * WIDTH };

/* ---------------------------------------------------------------- sources in memory */

static float steps[COUNT * BLOCK];
static int32_t words[COUNT * TIME], labels[COUNT];

/* f32 "x" (12, 5), i32 "t" (12) of which the first and last are 1 and 2 and the rest from 3 on, f32
 * "row" (12), i32 "label" 0 to 3. */
static ad_source *memory(void)
{
    for (int i = 0; i < COUNT * BLOCK; i++)
        steps[i] = (float)(i % 997) / 100 + 1;
    for (int i = 0; i < COUNT * TIME; i++)
        words[i] = i % TIME == 0 ? 1 : i % TIME == TIME - 1 ? 2 : 3 + i * 7 % 50;
    for (int i = 0; i < COUNT; i++)
        labels[i] = i % 4;
    ad_named_array list[] = {{"x", ad_f32(steps, AD_SHAPE(COUNT, TIME, WIDTH))},
                             {"t", ad_i32(words, AD_SHAPE(COUNT, TIME))},
                             {"row", ad_f32(steps, AD_SHAPE(COUNT, TIME))},
                             {"label", ad_i32(labels, AD_SHAPE(COUNT))}};
    return ad_source_arrays(list, 4);
}

/* Examples of different lengths: i has 1 + i % TIME steps, f32 "x" (time, 2) or i32 "t" (time). */
static ad_status open_length(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    (void)user, (void)epoch;
    length[0] = 1 + number % TIME;
    return AD_OK;
}

static ad_status open_read(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    (void)epoch, (void)count;
    int64_t n = ad_array_count(&into[0]);
    for (int64_t i = 0; i < n; i++)
        if (user)
            ((int32_t *)into[0].data)[i] = (int32_t)(3 + i);
        else
            ((float *)into[0].data)[i] = (float)(10 * number[0] + i);
    return AD_OK;
}

static ad_source *open_memory(bool tokens)
{
    static char yes;
    ad_source_field field = tokens ? (ad_source_field){"t", AD_I32, AD_SHAPE(AD_VARYING)}
                                   : (ad_source_field){"x", AD_F32, AD_SHAPE(AD_VARYING, 2)};
    return ad_source_new(&(ad_source_record){.count = 200,
                                             .field = &field,
                                             .fields = 1,
                                             .read = open_read,
                                             .length = open_length,
                                             .user = tokens ? &yes : NULL,
                                             .name = "open"});
}

static const token_roles roles = {.padding = 0, .mask = 55, .kept = {1, 2, -1, 55}};

static void set_number(const ad_record *r, char *options, const char *name, double value)
{
    for (int i = 0; name && i < r->options; i++)
        if (strcmp(r->option[i].name, name) == 0) {
            if (r->option[i].type == AD_OPTION_WHOLE)
                *(int64_t *)(void *)(options + r->option[i].offset) = (int64_t)value;
            else
                *(double *)(void *)(options + r->option[i].offset) = value;
            return;
        }
    CHECK(!name);
}

/* The source changed, with two options set; the one given is freed. */
static ad_source *changed(ad_source *s, const char *name, const char *field, const char *a,
                          double of_a, const char *b, double of_b)
{
    static _Alignas(16) char options[256];
    const ad_record *r = ad_record_find(ad_augmentation_at, name);
    if (!r || !change_is_one(r)) {
        TEST_FAILED("no change %s", name);
        return s;
    }
    memcpy(options, r->initial, r->size);
    set_number(r, options, a, of_a);
    set_number(r, options, b, of_b);
    ad_source *made = change_source((const change_record *)r, options, s, field, &roles, 7);
    if (!made)
        TEST_FAILED("%s: %s", name, ad_error());
    ad_source_free(s);
    return made;
}

typedef struct whole {
    float x[COUNT * BLOCK], row[COUNT * TIME];
    int32_t t[COUNT * TIME], label[COUNT];
} whole;
static whole now, before;

static void read_all(ad_source *s, uint64_t epoch, whole *a)
{
    int64_t number[COUNT];
    for (int i = 0; i < COUNT; i++)
        number[i] = i;
    ad_array into[] = {ad_f32(a->x, AD_SHAPE(COUNT, TIME, WIDTH)),
                       ad_i32(a->t, AD_SHAPE(COUNT, TIME)), ad_f32(a->row, AD_SHAPE(COUNT, TIME)),
                       ad_i32(a->label, AD_SHAPE(COUNT))};
    CHECK_OK(ad_source_read(s, number, COUNT, epoch, into));
}

/* Reads both, checks that fields that are not named are as they were, and frees. */
static void compare(ad_source *s, const char *field)
{
    ad_source *plain = memory();
    REQUIRE(s && plain);
    read_all(plain, 3, &before);
    read_all(s, 3, &now);
    CHECK(!strcmp(field, "x") || !memcmp(now.x, before.x, sizeof now.x));
    CHECK(!strcmp(field, "t") || !memcmp(now.t, before.t, sizeof now.t));
    CHECK(!strcmp(field, "row") || !memcmp(now.row, before.row, sizeof now.row));
    CHECK(!strcmp(field, "label") || !memcmp(now.label, before.label, sizeof now.label));
    ad_source_free(plain), ad_source_free(s);
}

/* share of n is p, within 4.9 deviations */
static void check_share(double share, double p, double n)
{
    CHECK_CLOSE(share, p, 4.9 * sqrt(p * (1 - p) / n));
}

/* ---------------------------------------------------------------- steps */

TEST(shifted_steps_come_in_at_the_other_end)
{
    int moved[TIME] = {0};
    compare(changed(memory(), "time_shift", "x", "share", 0.25, NULL, 0), "x");
    for (int i = 0; i < COUNT; i++) {
        int by = 0;
        while (by < TIME && memcmp(&now.x[i * BLOCK + by * WIDTH], &before.x[i * BLOCK],
                                   sizeof(float) * (size_t)(BLOCK - by * WIDTH)))
            by++;
        REQUIRE(by < TIME);
        CHECK(!memcmp(&now.x[i * BLOCK], &before.x[(i + 1) * BLOCK - by * WIDTH],
                      sizeof(float) * (size_t)(by * WIDTH)));
        moved[by]++;
    }
    for (int by = 0; by < TIME; by++) /* -3 to 3, as often each */
        if (by <= 3 || by >= TIME - 3)
            check_share(moved[by] / (double)COUNT, 1 / 7.0, COUNT);
        else
            CHECK_EQ(moved[by], 0);
}

TEST(stretched_steps_lie_between_two)
{
    compare(changed(memory(), "stretch", "x", "low", 2, "high", 2), "x");
    for (int i = 0; i < COUNT * BLOCK; i++) {
        int t = i % BLOCK / WIDTH;
        CHECK(now.x[i] == (t < TIME / 2 ? before.x[i + t * WIDTH] : 0));
    }
    compare(changed(memory(), "stretch", "x", "low", 0.5, "high", 0.5), "x");
    for (int i = 0; i < COUNT * BLOCK; i++) {
        int t = i % BLOCK / WIDTH, from = i - t * WIDTH + t / 2 * WIDTH;
        float half = (before.x[from] + before.x[from + WIDTH]) / 2;
        CHECK_CLOSE(now.x[i], t % 2 ? half : before.x[from], 1e-6);
    }
    ad_source *s = changed(open_memory(false), "stretch", "x", "low", 0.8, "high", 1.25);
    int64_t shortest = 100, longest = 0;
    for (int64_t i = TIME - 1; i < 200; i += TIME) { /* those of 12 steps */
        float x[64] = {0};
        int64_t length = 0;
        CHECK_OK(ad_source_length(s, i, 0, &length));
        REQUIRE(length > 0 && length < 32);
        ad_array into = ad_f32(x, AD_SHAPE(1, length, 2));
        CHECK_OK(ad_source_read(s, &i, 1, 0, &into));
        CHECK(x[0] == (float)(10 * i) && x[2 * (length - 1)] <= (float)(10 * i + 24));
        shortest = length < shortest ? length : shortest;
        longest = length > longest ? length : longest;
    }
    CHECK(shortest >= 10 && longest <= 15 && longest > shortest);
    ad_source_free(s);
}

TEST(noise_has_the_power_that_is_asked)
{
    double ratio = 0;
    compare(changed(memory(), "sound_noise", "x", "low", 20, "high", 20), "x");
    for (int i = 0; i < COUNT; i++) {
        double noise = 0, power = 0;
        for (int k = i * BLOCK; k < (i + 1) * BLOCK; k++) {
            noise += pow(now.x[k] - before.x[k], 2);
            power += pow(before.x[k], 2);
        }
        ratio += noise / power / COUNT;
    }
    CHECK_CLOSE(ratio, 0.01, 4.9 * 0.01 * sqrt(2.0 / (COUNT * BLOCK)));
}

/* Steps, or features, in a row are -9; how many are 0 to 4, as often each. */
static void check_masks(bool time)
{
    int sizes[6] = {0};
    for (int i = 0; i < COUNT; i++) {
        int first = -1, count = 0, lines = time ? TIME : WIDTH, others = BLOCK / lines;
        for (int a = 0; a < lines; a++) {
            int masked = 0;
            for (int b = 0; b < others; b++) {
                int k = i * BLOCK + (time ? a * WIDTH + b : b * WIDTH + a);
                masked += now.x[k] == -9;
                CHECK(now.x[k] == -9 || now.x[k] == before.x[k]);
            }
            CHECK(masked == 0 || masked == others);
            first = masked && first < 0 ? a : first;
            count += masked > 0;
            CHECK(!masked || a == first + count - 1);
        }
        REQUIRE(count < 6);
        sizes[count]++;
    }
    for (int n = 0; n < 6; n++)
        if (n <= 4)
            check_share(sizes[n] / (double)COUNT, 0.2, COUNT);
        else
            CHECK_EQ(sizes[n], 0);
}

TEST(masks_are_rows_and_columns)
{
    compare(changed(memory(), "time_mask", "x", "width", 4, "value", -9), "x");
    check_masks(true);
    compare(changed(memory(), "frequency_mask", "x", "width", 4, "value", -9), "x");
    check_masks(false);
}

/* ---------------------------------------------------------------- tokens */

TEST(dropped_tokens_leave_the_others_in_order)
{
    double gone = 0;
    compare(changed(memory(), "drop_tokens", "t", "chance", 0.2, NULL, 0), "t");
    for (int i = 0; i < COUNT; i++) {
        const int32_t *x = &before.t[i * TIME], *y = &now.t[i * TIME];
        int at = 0, left = 0;
        while (left < TIME && y[left])
            left++;
        for (int k = 0; k < left; k++, at++) {
            while (at < TIME && x[at] != y[k])
                at++;
            CHECK(at < TIME);
        }
        CHECK(y[0] == 1 && y[left - 1] == 2);
        for (int k = left; k < TIME; k++)
            CHECK_EQ(y[k], 0);
        gone += TIME - left;
    }
    check_share(gone / (COUNT * (TIME - 2)), 0.2, COUNT * (TIME - 2));
}

TEST(open_texts_become_shorter)
{
    ad_source *s = changed(open_memory(true), "drop_tokens", "t", "chance", 0.5, NULL, 0);
    double gone = 0, might = 0;
    for (int64_t i = 0; i < 200; i++) {
        int32_t t[TIME] = {0};
        int64_t length = 0, steps_before = 1 + i % TIME;
        CHECK_OK(ad_source_length(s, i, 5, &length));
        REQUIRE(length >= (steps_before < 2 ? steps_before : 2) && length <= steps_before);
        ad_array into = ad_i32(t, AD_SHAPE(1, length));
        CHECK_OK(ad_source_read(s, &i, 1, 5, &into));
        CHECK(t[0] == 3 && t[length - 1] == 2 + steps_before);
        for (int k = 1; k < length; k++)
            CHECK(t[k] > t[k - 1]);
        gone += (double)(steps_before - length);
        might += steps_before > 2 ? (double)steps_before - 2 : 0;
    }
    check_share(gone / might, 0.5, might);
    ad_source_free(s);
}

TEST(swapped_tokens_are_neighbours)
{
    double swaps = 0;
    compare(changed(memory(), "swap_tokens", "t", "chance", 0.2, NULL, 0), "t");
    for (int i = 0; i < COUNT; i++) {
        const int32_t *x = &before.t[i * TIME], *y = &now.t[i * TIME];
        CHECK(y[0] == 1 && y[TIME - 1] == 2);
        for (int k = 1; k < TIME - 1; k++)
            if (x[k] != y[k]) {
                CHECK(y[k] == x[k + 1] && y[k + 1] == x[k]);
                swaps++, k++;
            }
    }
    /* pairs that are looked at: 9, less those behind a swap; the chance of each is 0.2 */
    CHECK(swaps / COUNT > 9 * 0.2 / 1.2 * 0.93 && swaps / COUNT < 9 * 0.2 / 1.2 * 1.07);
}

TEST(masked_tokens_are_as_many_as_asked)
{
    double masked = 0;
    compare(changed(memory(), "mask_tokens", "t", "chance", 0.15, NULL, 0), "t");
    for (int i = 0; i < COUNT * TIME; i++) {
        CHECK(now.t[i] == before.t[i] || now.t[i] == 55);
        CHECK(i % TIME && i % TIME < TIME - 1 ? true : now.t[i] == before.t[i]);
        masked += now.t[i] != before.t[i];
    }
    check_share(masked / (COUNT * (TIME - 2)), 0.15, COUNT * (TIME - 2));
}

/* ---------------------------------------------------------------- numbers and labels */

TEST(numbers_get_noise_or_are_dropped)
{
    double mean = 0, square = 0, gone = 0, n = COUNT * TIME;
    compare(changed(memory(), "number_noise", "row", "deviation", 0.5, NULL, 0), "row");
    for (int i = 0; i < COUNT * TIME; i++) {
        double off = (double)now.row[i] - (double)before.row[i];
        mean += off / n, square += off * off / n;
    }
    CHECK_CLOSE(mean, 0, 4.9 * 0.5 / sqrt(n));
    CHECK_CLOSE(square, 0.25, 4.9 * 0.25 * sqrt(2 / n));
    compare(changed(memory(), "drop_numbers", "row", "chance", 0.1, NULL, 0), "row");
    for (int i = 0; i < COUNT * TIME; i++) {
        CHECK(now.row[i] == 0 || now.row[i] == before.row[i]);
        gone += now.row[i] == 0;
    }
    check_share(gone / n, 0.1, n);
}

TEST(labels_are_wrong_as_often_as_asked)
{
    double wrong = 0, by[4] = {0};
    ad_source *plain = memory(), *s = change_labels(plain, "label", 4, 0.3, false, 1);
    static whole other;
    read_all(s, 9, &other);
    compare(s, "label");
    CHECK(!memcmp(other.label, now.label, sizeof now.label)); /* in every epoch */
    for (int i = 0; i < COUNT; i++) {
        CHECK(now.label[i] >= 0 && now.label[i] < 4);
        by[(now.label[i] - before.label[i] + 4) % 4]++;
        wrong += now.label[i] != before.label[i];
    }
    check_share(wrong / COUNT, 0.3, COUNT);
    for (int k = 1; k < 4; k++)
        check_share(by[k] / wrong, 1 / 3.0, wrong);
    compare(change_labels(plain, "label", 4, 0.45, true, 1), "label");
    wrong = 0;
    for (int i = 0; i < COUNT; i++) {
        CHECK(now.label[i] == before.label[i] || now.label[i] == (before.label[i] + 1) % 4);
        wrong += now.label[i] != before.label[i];
    }
    check_share(wrong / COUNT, 0.45, COUNT);
    ad_source_free(plain);
}

/* ---------------------------------------------------------------- threads */

static uint64_t hash_of(const char *name, const char *field, int threads)
{
    ad_source *s = changed(memory(), name, field, NULL, 0, NULL, 0);
    ad_batches *b = ad_batches_new(s, .size = 33, .threads = threads);
    ad_batch batch = {.count = 1};
    uint64_t hash = 1;
    CHECK_OK(ad_batches_seek(b, 2, 0));
    while (ad_batches_next(b, &batch) == AD_OK && batch.count)
        for (int f = 0; f < 4; f++)
            for (size_t i = 0; i < ad_array_bytes(&batch.array[f]); i++)
                hash = hash * 1099511628211u + ((const uint8_t *)batch.array[f].data)[i];
    ad_batches_free(b);
    ad_source_free(s);
    return hash;
}

TEST(the_same_bytes_for_any_threads)
{
    static const char *const fields[] = {"x", "t", "row"};
    for (int i = 0, count = 0; ad_augmentation_at(i); i++) {
        const change_record *r = (const change_record *)ad_augmentation_at(i);
        if (!change_is_one(&r->record))
            continue;
        const char *field = fields[r->of];
        uint64_t one = hash_of(r->record.name, field, 0);
        CHECK(one == hash_of(r->record.name, field, 4));
        CHECK(one == hash_of(r->record.name, field, 1));
        CHECK(++count <= 10);
    }
}

/* ---------------------------------------------------------------- jobs */

#define ROWS 400

static void write_tables(void)
{
    FILE *f = fopen(scratch("t.csv"), "w"), *g = fopen(scratch("texts.csv"), "w");
    REQUIRE(f && g);
    fprintf(f, "a,b,y,kind,w\n");
    fprintf(g, "text,kind\n");
    for (int i = 0; i < ROWS; i++) {
        double a = (i * 37 % 101) / 10.0;
        bool out = i % 3 == 0; /* of no weight */
        fprintf(f, "%.1f,%d,%.1f,%s,%d\n", a, i * 53 % 17, out ? -99 : 3 * a + 1,
                i % 2 ? "one" : "two", out ? 0 : 2);
        fprintf(g, "this is number %d of many short texts,%s\n", i, i % 2 ? "one" : "two");
    }
    fclose(f), fclose(g);
}

static bool begin(job *j, const char *text)
{
    *j = (job){.config = NULL};
    bool good =
        ad_config_parse(scratch("job.yaml"), text, strlen(text), NULL, 0, &j->config) == AD_OK &&
        ad_run_sources(j->config, &j->data) == AD_OK;
    return good;
}

/* The first input of the training part differs from the plain one in some share of examples; the
 * target does in none. */
static void check_changed(const char *text)
{
    job j;
    if (!begin(&j, text)) {
        TEST_FAILED("%s: %s", text, ad_kit_error());
        done(&j);
        return;
    }
    REQUIRE(j.data.plain);
    ad_batches *a = ad_batches_new(j.data.plain, .size = 1, .order = AD_ORDER_AS_IS),
               *b = ad_batches_new(j.data.train, .size = 1, .order = AD_ORDER_AS_IS);
    ad_batch x = {.count = 0}, y = {.count = 0};
    int input = ad_source_find(j.data.train, j.data.input[0].name), differ = 0, all = 0;
    int target = ad_source_find(j.data.train, j.data.target.name);
    while (ad_batches_next(a, &x) == AD_OK && ad_batches_next(b, &y) == AD_OK && x.count) {
        const ad_array *p = &x.array[input], *q = &y.array[input];
        differ += ad_array_bytes(p) != ad_array_bytes(q) ||
                  memcmp(p->data, q->data, ad_array_bytes(p)) != 0;
        CHECK(
            !memcmp(x.array[target].data, y.array[target].data, ad_array_bytes(&x.array[target])));
        all++;
    }
    CHECK(all > 100 && differ > all / 4);
    ad_batches_free(a), ad_batches_free(b);
    done(&j);
}

#define OF_TABLE "data: {csv: t.csv, target: y, skip: [kind, w], test_share: 0.1}\n"
#define OF_TEXTS "data: {csv: texts.csv, target: kind, types: {text: text}, test_share: 0.1}\n"
#define OF_SERIES                                                                          \
    "task: forecast\ndata: {csv: t.csv, series: true, skip: [kind, w], test_share: 0.2}\n" \
    "forecast: {window: 12, horizon: 2, targets: y}\nmodel: [flatten, linear]\n"
#define ONE "model: [linear: {out: 1}]\n"
#define MEANS "model: [embedding: {width: 4}, pool_time, linear]\n"

TEST(jobs_change_what_they_are_told)
{
    write_tables();
    check_changed(OF_TABLE ONE "augment: [number_noise, drop_numbers: {chance: 0.3}]\n");
    check_changed(OF_TEXTS "text: {tokens: words}\n" MEANS "augment: [drop_tokens]\n");
    check_changed(OF_TEXTS "text: {tokens: words, length: 12}\n" MEANS
                           "augment: [drop_tokens, swap_tokens, mask_tokens]\n");
    check_changed(OF_SERIES "augment: [time_mask, frequency_mask, sound_noise, stretch, "
                            "time_shift]\n");
}

static void check_refused(const char *text, const char *said)
{
    job j;
    CHECK(!begin(&j, text));
    CHECK_CONTAINS(ad_kit_error(), said);
    done(&j);
}

TEST(what_does_not_fit_is_refused)
{
    check_refused(OF_TABLE ONE "augment: [time_mask]\n", "time_mask: the model takes no sounds");
    check_refused(OF_TABLE ONE "augment: [flip]\n", "the data has no images");
    check_refused(OF_TEXTS MEANS "augment: [number_noise]\n", "takes no numbers of a table");
    check_refused(OF_TABLE ONE "augment: [swap_tokens]\n", "swap_tokens: the model takes no texts");
    check_refused(OF_TEXTS "text: {tokens: bytes}\n" MEANS "augment: [mask_tokens]\n",
                  "no token for what is hidden");
    check_refused(OF_TABLE ONE "augment: [drop_numbers: {chance: 2}]\n", "chance");
    check_refused("data: {csv: t.csv, target: y, label_noise: 0.1}\n" ONE, "no class");
}

/* Half of the labels are wrong: the training part's alone. */
TEST(a_job_spoils_labels)
{
    job j, k;
    write_tables();
    bool good = begin(&j, "data: {csv: t.csv, target: kind, label_noise: 0.5, label_noise_kind: "
                          "pair, test_share: 0.1}\n" ONE) &&
                begin(&k, "data: {csv: t.csv, target: kind, test_share: 0.1}\n" ONE);
    double wrong = 0, all = 0;
    REQUIRE(good && !j.data.plain);
    ad_source *parts[2][2] = {{j.data.train, k.data.train}, {j.data.test, k.data.test}};
    for (int part = 0; part < 2; part++) {
        ad_batches *a = ad_batches_new(parts[part][0], .size = 500, .order = AD_ORDER_AS_IS),
                   *b = ad_batches_new(parts[part][1], .size = 500, .order = AD_ORDER_AS_IS);
        ad_batch x = {.count = 0}, y = {.count = 0};
        CHECK(ad_batches_next(a, &x) == AD_OK && ad_batches_next(b, &y) == AD_OK);
        int f = ad_source_find(parts[part][0], "kind");
        for (int64_t i = 0; i < x.count; i++) {
            bool off = ad_array_item(&x.array[f], i) != ad_array_item(&y.array[f], i);
            CHECK(part == 0 || !off);
            wrong += off, all += part == 0;
        }
        ad_batches_free(a), ad_batches_free(b);
    }
    check_share(wrong / all, 0.5, all);
    done(&j), done(&k);
}

/* Rows of weight 0, whose target is nonsense, are never drawn, and their column is not learned
 * from. */
TEST(examples_are_drawn_by_their_weights)
{
    job j;
    write_tables();
    REQUIRE(begin(&j,
                  "data: {csv: t.csv, target: y, skip: [kind, b], weight: w, test_share: 0.1}\n" ONE
                  "train: {epochs: 60, batch: 10, optimizer: {method: adam, rate: 0.05}}\n"));
    CHECK_EQ(j.data.input[0].shape.size[0], 1);
    REQUIRE(ad_run_build(j.config, &j.data, 1, &j.net) == AD_OK);
    ad_run_options o = {.config = j.config, .data = &j.data, .network = &j.net};
    if (ad_run_train(&o, &j.result) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    CHECK(j.result.loss < 0.01); /* in units of a deviation of about 50: y = 3 a + 1 is exact */
    done(&j);
    REQUIRE(begin(&j, "data: {csv: t.csv, target: y, weight: no, test_share: 0.1}\n" ONE));
    REQUIRE(ad_run_build(j.config, &j.data, 1, &j.net) == AD_OK);
    o = (ad_run_options){.config = j.config, .data = &j.data, .network = &j.net};
    CHECK(ad_run_train(&o, &j.result) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "the examples have no such field");
    done(&j);
}

TEST_MAIN_OF_CONFIGURATIONS(write_tables())
