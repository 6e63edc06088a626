/* Sources of examples, what is made of them, and batches: each beside what it has to give, example
 * by example; the same for any number of threads. */
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include <adze/train.h>

#include "base/memory.h"
#include "base/text.h"

enum { COUNT = 103 };

/* Example i: x is {i, 1000 + i}, y is i % 4. */
static ad_source *numbers(int count)
{
    static float x[2000];
    static int32_t y[1000];
    for (int i = 0; i < count; i++) {
        x[2 * i] = (float)i, x[2 * i + 1] = (float)(1000 + i);
        y[i] = i % 4;
    }
    ad_named_array list[] = {{"x", ad_f32(x, AD_SHAPE(count, 2))},
                             {"y", ad_i32(y, AD_SHAPE(count))}};
    return ad_source_arrays(list, 2, .name = "numbers");
}

/* The number that example i of a source of such examples stands for; -1: it is none. */
static int64_t read_number(ad_source *s, int64_t i)
{
    float x[2] = {-1, -1};
    int32_t y = -1;
    ad_array into[] = {ad_f32(x, AD_SHAPE(1, 2)), ad_i32(&y, AD_SHAPE(1))};
    if (ad_source_read(s, &i, 1, 0, into) != AD_OK)
        return -1;
    return x[1] == x[0] + 1000 && y == (int)x[0] % 4 ? (int64_t)x[0] : -1;
}

TEST(arrays_give_their_examples)
{
    ad_source *s = numbers(COUNT);
    REQUIRE(s);
    CHECK_EQ(ad_source_count(s), COUNT);
    CHECK_EQ(ad_source_find(s, "y"), 1);
    CHECK_EQ(ad_source_find(s, "z"), -1);
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(read_number(s, i), i);
    CHECK_EQ(read_number(s, COUNT), -1);
    CHECK_EQ(read_number(s, -1), -1);
    CHECK(strstr(ad_error(), "numbers: there is no example -1; they are 0 to 102"));
    ad_source_free(s);
    ad_source_free(NULL);
}

TEST(a_source_that_makes_no_sense_is_refused)
{
    float x[6] = {0};
    ad_named_array unlike[] = {{"a", ad_f32(x, AD_SHAPE(3, 2))}, {"b", ad_f32(x, AD_SHAPE(2, 3))}};
    ad_named_array alike[] = {{"a", ad_f32(x, AD_SHAPE(3, 2))}, {"a", ad_f32(x, AD_SHAPE(3))}};
    ad_named_array scalar[] = {{"a", ad_f32(x, AD_SCALAR)}};
    CHECK(!ad_source_arrays(unlike, 2) &&
          strstr(ad_error(), "\"a\" has 3 examples and \"b\" has 2"));
    CHECK(!ad_source_arrays(alike, 2) && strstr(ad_error(), "two fields are called \"a\""));
    CHECK(!ad_source_arrays(scalar, 1) && strstr(ad_error(), "one number"));
    CHECK(!ad_source_arrays(alike, 0));
    CHECK(!ad_source_new(NULL));
    CHECK(!ad_source_part(NULL, NULL, 0));
    ad_source_field open = {"a", AD_F32, {2, {3, AD_VARYING}}};
    CHECK(!ad_source_new(&(ad_source_record){.count = -1, .field = &open, .fields = 1}));
    CHECK(strstr(ad_error(), "only the first may be AD_VARYING"));
}

TEST(parts_joined_windows_and_kept)
{
    ad_source *s = numbers(10);
    int64_t some[] = {9, 0, 0, 4};
    ad_source *part = ad_source_part(s, some, 4), *both[] = {s, part};
    ad_source *joined = ad_source_joined(both, 2), *kept = ad_source_kept(joined);
    ad_source *windows = ad_source_windows(s, .length = 4, .step = 3);
    ad_source_free(s); /* the others hold it */
    ad_source_free(part);
    REQUIRE(kept && windows);
    CHECK_EQ(ad_source_count(joined), 14);
    for (int i = 0; i < 14; i++) {
        CHECK_EQ(read_number(joined, i), i < 10 ? i : some[i - 10]);
        CHECK_EQ(read_number(kept, i), i < 10 ? i : some[i - 10]);
    }
    float x[2][4][2];
    int32_t y[2][4];
    ad_array into[] = {ad_f32(&x[0][0][0], AD_SHAPE(2, 4, 2)), ad_i32(&y[0][0], AD_SHAPE(2, 4))};
    CHECK_EQ(ad_source_count(windows), 3);
    CHECK_OK(ad_source_read(windows, (int64_t[]){2, 0}, 2, 0, into));
    for (int t = 0; t < 4; t++)
        CHECK(x[0][t][0] == 6 + t && x[1][t][1] == 1000 + t && y[0][t] == (6 + t) % 4);
    CHECK(!ad_source_part(kept, (int64_t[]){14}, 1));
    CHECK(!ad_source_windows(kept, .step = 1));
    ad_source_free(joined), ad_source_free(kept), ad_source_free(windows);
}

/* ---- parts */

static void count_members(ad_source *s, int *times, int group_of_four[4])
{
    for (int64_t i = 0, last = -1; i < ad_source_count(s); i++) {
        int64_t n = read_number(s, i);
        REQUIRE(n >= 0 && n < COUNT);
        CHECK(n > last); /* examples keep their order */
        last = n;
        times[n]++;
        group_of_four[n % 4]++;
    }
}

TEST(a_split_has_each_example_once)
{
    ad_source *s = numbers(COUNT), *a, *b, *c;
    int times[COUNT] = {0}, four[3][4] = {{0}};
    CHECK_OK(ad_source_split(s, .share = {0.7, 0.2, 0.1}, .seed = 3, .part = {&a, &b, &c}));
    count_members(a, times, four[0]), count_members(b, times, four[1]);
    count_members(c, times, four[2]);
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(times[i], 1);
    CHECK_EQ(ad_source_count(a), 72);
    CHECK_EQ(ad_source_count(b), 21);
    ad_source_free(a), ad_source_free(b), ad_source_free(c);
    CHECK_OK(ad_source_split(s, .share = {0.8, 0.2}, .in_order = true, .part = {&a, &b}));
    CHECK_EQ(read_number(b, 0), 82);
    ad_source_free(a), ad_source_free(b);
    CHECK_OK(ad_source_split(s, .share = {0.5, 0.5}, .stratify = "y", .part = {&a, &b}));
    int of_a[4] = {0}, of_b[4] = {0}, again[COUNT] = {0};
    count_members(a, again, of_a), count_members(b, again, of_b);
    for (int i = 0; i < 4; i++)
        CHECK(abs(of_a[i] - of_b[i]) <= 1);
    ad_source_free(a), ad_source_free(b);
    CHECK_OK(ad_source_split(s, .share = {0.5, 0.5}, .group = "y", .part = {&a, &b}));
    int ga[4] = {0}, gb[4] = {0}, more[COUNT] = {0};
    count_members(a, more, ga), count_members(b, more, gb);
    for (int i = 0; i < 4; i++)
        CHECK((ga[i] == 0) != (gb[i] == 0));
    ad_source_free(a), ad_source_free(b), ad_source_free(s);
}

TEST(a_split_that_cannot_be_is_refused)
{
    ad_source *s = numbers(3), *a = s, *b = s;
    CHECK(ad_source_split(s, .share = {0.9, 0.1}, .part = {&a, &b}) != AD_OK && !a && !b);
    CHECK(strstr(ad_error(), "would be empty"));
    CHECK(ad_source_split(s, .share = {0.9, 0.2}, .part = {&a, &b}) != AD_OK);
    CHECK(ad_source_split(s, .share = {1.0}) != AD_OK);
    CHECK(ad_source_split(s, .share = {0.5, 0.5}, .stratify = "z", .part = {&a, &b}) != AD_OK);
    CHECK(ad_source_split(s, .share = {0.5, 0.5}, .stratify = "x", .part = {&a, &b}) != AD_OK);
    CHECK(ad_source_split(s, .share = {0.5, 0.5}, .stratify = "y", .in_order = true,
                          .part = {&a, &b}) != AD_OK);
    CHECK(ad_source_fold(s, &a, &b, .folds = 1) != AD_OK);
    CHECK(ad_source_fold(s, &a, &b, .folds = 4) != AD_OK);
    ad_source_free(s);
}

/* Three examples of each value, five folds: none is empty, and each has as much of all values as
 * can be. */
TEST(values_with_few_examples_are_dealt_out)
{
    static int32_t value[300];
    for (int i = 0; i < 300; i++)
        value[i] = i / 3;
    ad_named_array list[] = {{"value", ad_i32(value, AD_SHAPE(300))}};
    ad_source *s = ad_source_arrays(list, 1), *kept, *held;
    for (int fold = 0; fold < 5; fold++) {
        CHECK_OK(ad_source_fold(s, &kept, &held, .fold = fold, .stratify = "value"));
        CHECK_EQ(ad_source_count(held), 60);
        ad_source_free(kept), ad_source_free(held);
    }
    CHECK_OK(ad_source_split(s, .share = {0.9, 0.1}, .stratify = "value", .part = {&kept, &held}));
    CHECK_EQ(ad_source_count(held), 30);
    ad_source_free(kept), ad_source_free(held), ad_source_free(s);
}

TEST(folds_hold_each_example_out_once)
{
    ad_source *s = numbers(COUNT);
    int times[COUNT] = {0}, four[4] = {0};
    for (int fold = 0; fold < 7; fold++) {
        ad_source *kept, *held;
        CHECK_OK(ad_source_fold(s, &kept, &held, .folds = 7, .fold = fold, .stratify = "y"));
        CHECK_EQ(ad_source_count(kept) + ad_source_count(held), COUNT);
        count_members(held, times, four);
        ad_source_free(kept), ad_source_free(held);
    }
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(times[i], 1);
    ad_source_free(s);
}

/* ---- maps */

static ad_status jitter(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    const float *x = in[0].data;
    float *sum = out[0].data;
    *sum = x[0] + x[1] + (float)ad_random_at(key, 0);
    CHECK(in[0].shape.rank == 1 && out[0].shape.rank == 0);
    ++*(int *)user;
    return AD_OK;
}

TEST(a_map_depends_on_seed_epoch_and_example)
{
    static int calls;
    ad_source *s = numbers(20);
    ad_source_field field = {"sum", AD_F32, {0, {0}}};
    ad_map_record record = {.field = &field, .fields = 1, .map = jitter, .user = &calls};
    ad_source *a = ad_source_map(s, &record, 5), *b = ad_source_map(s, &record, 5),
              *c = ad_source_map(s, &record, 6);
    float of[4][20];
    int64_t all[20];
    for (int i = 0; i < 20; i++)
        all[i] = i;
    for (int i = 0; i < 4; i++) {
        ad_array into = ad_f32(of[i], AD_SHAPE(20));
        CHECK_OK(ad_source_read(i == 3 ? c : i ? b : a, all, 20, i == 2, &into));
    }
    int same = 0;
    for (int i = 0; i < 20; i++) {
        CHECK(of[0][i] == of[1][i] && of[0][i] >= 1000 + 2 * i && of[0][i] <= 1001 + 2 * i);
        same += (of[0][i] == of[2][i]) + (of[0][i] == of[3][i]);
    }
    CHECK_EQ(same, 0);
    ad_source_free(a), ad_source_free(b), ad_source_free(c), ad_source_free(s);
}

static ad_status never(void *user, const uint64_t key[2], const ad_array *in, ad_array *out)
{
    (void)user, (void)key, (void)in, (void)out;
    return AD_OK;
}

TEST(a_map_whose_fields_vary_says_how_long_they_are)
{
    ad_source *s = numbers(20);
    ad_source_field field = {"text", AD_U8, {1, {AD_VARYING}}};
    ad_map_record record = {.field = &field, .fields = 1, .map = never};
    CHECK(!ad_source_map(s, &record, 1) && strstr(ad_error(), ".length is missing"));
    ad_source_free(s);
}

TEST(the_fingerprint_sees_one_byte)
{
    ad_source *s = numbers(600);
    uint64_t a, b, c;
    CHECK_OK(ad_source_fingerprint(s, &a));
    CHECK_OK(ad_source_fingerprint(s, &b));
    CHECK_EQ(a, b);
    int64_t order[600];
    for (int i = 0; i < 600; i++)
        order[i] = i;
    order[300] = 299;
    ad_source *other = ad_source_part(s, order, 600);
    CHECK_OK(ad_source_fingerprint(other, &c));
    CHECK(a != c);
    ad_source_free(other), ad_source_free(s);
}

/* ---- batches */

/* All batches of an epoch as one line of text: numbers of examples, batches divided by "|". */
static void line_of(ad_batches *b, struct text *line)
{
    ad_batch batch;
    for (;;) {
        if (ad_batches_next(b, &batch) != AD_OK) {
            text_add(line, "failed: %s", ad_error());
            return;
        }
        if (!batch.count)
            return;
        const float *x = batch.array[0].data;
        const int32_t *y = batch.array[1].data;
        for (int64_t i = 0; i < batch.count; i++) {
            bool whole = x[2 * i + 1] == x[2 * i] + 1000 && y[i] == (int)x[2 * i] % 4;
            text_add(line, "%d%s ", (int)x[2 * i], whole ? "" : "?");
        }
        text_add(line, "| ");
    }
}

static bool lines_equal(const struct text *a, const struct text *b)
{
    return a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

static struct text text_empty(void)
{
    struct text t;
    text_init(&t, memory_default());
    return t;
}

TEST(batches_are_the_same_for_any_number_of_threads)
{
    ad_source *s = numbers(COUNT);
    struct text first = text_empty();
    for (int threads = 0; threads <= 5; threads++) {
        struct text line = text_empty();
        ad_batches *b =
            ad_batches_new(s, .size = 10, .seed = 3, .threads = threads, .ahead = 1 + threads);
        REQUIRE(b);
        CHECK_EQ(ad_batches_count(b), 11);
        for (uint64_t epoch = 0; epoch < 4; epoch++) {
            CHECK_OK(ad_batches_seek(b, epoch, 0));
            line_of(b, &line);
            line_of(b, &line); /* the end again */
        }
        if (threads)
            CHECK(lines_equal(&first, &line));
        else
            first = line;
        if (threads)
            text_done(&line);
        ad_batches_free(b);
    }
    int64_t order[COUNT];
    ad_shuffle(order, COUNT, 3, 0);
    CHECK_EQ(strtol(first.data, NULL, 10), order[0]);
    text_done(&first);
    ad_source_free(s);
}

TEST(a_seek_goes_on_where_another_stopped)
{
    ad_source *s = numbers(COUNT);
    for (int from = 0; from <= 11; from++) {
        struct text whole = text_empty(), rest = text_empty();
        ad_batches *a = ad_batches_new(s, .size = 10, .threads = 2);
        ad_batches *b = ad_batches_new(s, .size = 10, .threads = 0);
        ad_batch batch;
        CHECK_OK(ad_batches_seek(a, 7, 0));
        for (int i = 0; i < from; i++)
            CHECK_OK(ad_batches_next(a, &batch));
        line_of(a, &whole);
        CHECK_OK(ad_batches_seek(b, 7, from));
        line_of(b, &rest);
        CHECK(lines_equal(&whole, &rest));
        ad_batches_free(a), ad_batches_free(b);
        text_done(&whole), text_done(&rest);
    }
    ad_source_free(s);
}

TEST(weights_say_how_often)
{
    ad_source *s = numbers(100);
    double weight[100] = {0};
    weight[7] = 1, weight[9] = 3;
    ad_batches *b = ad_batches_new(s, .order = AD_ORDER_WEIGHTED, .weight = weight, .size = 50);
    ad_batch batch;
    int of[2] = {0};
    for (int epoch = 0; epoch < 40; epoch++) {
        CHECK_OK(ad_batches_seek(b, (uint64_t)epoch, 0));
        for (int k = 0; k < 2; k++) {
            CHECK_OK(ad_batches_next(b, &batch));
            for (int i = 0; i < batch.count; i++) {
                CHECK(batch.example[i] == 7 || batch.example[i] == 9);
                of[batch.example[i] == 9]++;
            }
        }
    }
    CHECK(abs(of[1] - 3000) < 140); /* 5 standard deviations of 4000 draws */
    ad_batches_free(b);
    ad_source_free(s);
    s = numbers(5); /* y: 0 1 2 3 0 */
    b = ad_batches_new(s, .order = AD_ORDER_WEIGHTED, .balance = "y", .size = 5);
    int values[4] = {0};
    for (int epoch = 0; epoch < 800; epoch++) {
        CHECK_OK(ad_batches_seek(b, (uint64_t)epoch, 0));
        CHECK_OK(ad_batches_next(b, &batch));
        for (int i = 0; i < batch.count; i++)
            values[((const int32_t *)batch.array[1].data)[i]]++;
    }
    for (int i = 0; i < 4; i++)
        CHECK(abs(values[i] - 1000) < 140);
    ad_batches_free(b);
    weight[7] = -1;
    ad_batch unused;
    (void)unused;
    CHECK(!ad_batches_new(s, .order = AD_ORDER_WEIGHTED));
    CHECK(!ad_batches_new(s, .size = 0));
    CHECK(!ad_batches_new(s, .size = INT64_MAX));
    CHECK(!ad_batches_new(s, .balance = "y") && strstr(ad_error(), "need .order"));
    CHECK(!ad_source_part(s, NULL, -1) && strstr(ad_error(), "-1 examples"));
    CHECK(!ad_batches_new(NULL));
    ad_source_free(s);
}

/* ---- lengths that differ: example i has 1 + i % 7 rows of 2, each 100 i + row */

static ad_status read_rows(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                           ad_array *into)
{
    float *x = into[0].data;
    (void)user, (void)epoch;
    CHECK(count == 1 && into[0].shape.size[1] == 1 + number[0] % 7);
    for (int64_t r = 0; r < into[0].shape.size[1]; r++)
        x[2 * r] = x[2 * r + 1] = (float)(100 * number[0] + r);
    ((int64_t *)into[1].data)[0] = number[0];
    return AD_OK;
}

static ad_status row_count(void *user, int64_t number, uint64_t epoch, int64_t *length)
{
    (void)user, (void)epoch;
    length[0] = 1 + number % 7;
    return AD_OK;
}

static ad_source *rows(int64_t count)
{
    ad_source_field fields[] = {{"rows", AD_F32, {2, {AD_VARYING, 2}}}, {"id", AD_I64, {0, {0}}}};
    return ad_source_new(&(ad_source_record){.count = count,
                                             .field = fields,
                                             .fields = 2,
                                             .read = read_rows,
                                             .length = row_count,
                                             .name = "rows"});
}

static void check_padded(const ad_batch *b)
{
    const float *x = b->array[0].data;
    const int64_t *id = b->array[1].data;
    const int32_t *length = b->array[2].data;
    int64_t most = b->array[0].shape.size[1], longest = 0;
    for (int64_t i = 0; i < b->count; i++) {
        CHECK_EQ(id[i], b->example[i]);
        CHECK_EQ(length[i], 1 + id[i] % 7);
        longest = length[i] > longest ? length[i] : longest;
        for (int64_t r = 0; r < most; r++)
            CHECK(x[2 * (i * most + r)] == (r < length[i] ? (float)(100 * id[i] + r) : 0));
    }
    CHECK_EQ(most, longest);
}

TEST(batches_are_padded_and_say_how_long_examples_are)
{
    ad_source *s = rows(50), *kept = ad_source_kept(s);
    REQUIRE(kept);
    for (int k = 0; k < 4; k++) {
        ad_batches *b = ad_batches_new(k % 2 ? kept : s, .size = 8, .threads = k,
                                       .similar = k > 1 ? "rows" : NULL);
        const ad_source_field *field;
        REQUIRE(b);
        CHECK_EQ(ad_batches_fields(b, &field), 3);
        CHECK(!strcmp(field[2].name, "rows.length"));
        ad_batch batch;
        int64_t seen = 0, padding = 0;
        for (;;) {
            CHECK_OK(ad_batches_next(b, &batch));
            if (!batch.count)
                break;
            check_padded(&batch);
            seen += batch.count;
            for (int64_t i = 0; i < batch.count; i++)
                padding += batch.array[0].shape.size[1] - ((int32_t *)batch.array[2].data)[i];
        }
        CHECK_EQ(seen, 50);
        CHECK(k > 1 ? padding < 30 : padding > 80);
        ad_batches_free(b);
    }
    CHECK(!ad_batches_new(s, .similar = "id"));
    ad_source_free(s), ad_source_free(kept);
}

/* What does not fill a batch is not always the longest. */
TEST(no_length_is_always_left_out)
{
    ad_source *s = rows(30); /* lengths 1 to 7, the longest of examples 6, 13, 20, 27 */
    ad_batches *b = ad_batches_new(s, .size = 8, .similar = "rows", .drop_last = true);
    ad_batch batch;
    int seen[30] = {0};
    REQUIRE(b);
    for (uint64_t epoch = 0; epoch < 60; epoch++) {
        CHECK_OK(ad_batches_seek(b, epoch, 0));
        for (int k = 0; k < 3; k++) {
            CHECK_OK(ad_batches_next(b, &batch));
            for (int64_t i = 0; i < batch.count; i++)
                seen[batch.example[i]]++;
        }
    }
    for (int i = 0; i < 30; i++)
        CHECK(seen[i] > 10 && seen[i] <= 60);
    ad_batches_free(b);
    ad_source *y, *held; /* a field that does not vary may stand beside one that does */
    CHECK_OK(ad_source_split(s, .share = {0.5, 0.5}, .group = "id", .part = {&y, &held}));
    ad_source_free(y), ad_source_free(held), ad_source_free(s);
}

/* ---- streams */

struct counter {
    int64_t at, end;
};

static ad_status count_next(void *user, ad_array *into, bool *end)
{
    struct counter *c = user;
    *end = c->at >= c->end;
    if (*end)
        return AD_OK;
    float *x = into[0].data;
    x[0] = (float)c->at, x[1] = (float)(1000 + c->at);
    *(int32_t *)into[1].data = (int32_t)(c->at++ % 4);
    return AD_OK;
}

static ad_status count_again(void *user, uint64_t epoch)
{
    ((struct counter *)user)->at = 0;
    (void)epoch;
    return AD_OK;
}

TEST(a_stream_is_shuffled_through_a_buffer)
{
    struct counter c = {0, 57};
    ad_source_field fields[] = {{"x", AD_F32, {1, {2}}}, {"y", AD_I32, {0, {0}}}};
    ad_source *s = ad_source_new(&(ad_source_record){.count = -1,
                                                     .field = fields,
                                                     .fields = 2,
                                                     .next = count_next,
                                                     .rewind = count_again,
                                                     .user = &c});
    REQUIRE(s);
    struct text first = text_empty();
    for (int threads = 0; threads < 3; threads++) {
        struct text line = text_empty(), tail = text_empty();
        ad_batches *b = ad_batches_new(s, .size = 10, .buffer = 20, .threads = threads);
        REQUIRE(b);
        CHECK_EQ(ad_batches_count(b), -1);
        line_of(b, &line);
        CHECK_OK(ad_batches_seek(b, 0, 3));
        line_of(b, &tail);
        CHECK(tail.size < line.size &&
              !memcmp(line.data + line.size - tail.size, tail.data, tail.size));
        int seen[57] = {0}, n = 0;
        char *p = line.data;
        for (char *end; *p; p = end + 1) {
            long v = strtol(p, &end, 10);
            if (end == p) {
                end = p;
                continue;
            }
            REQUIRE(v >= 0 && v < 57);
            CHECK(v < 20 + n + 1); /* nothing comes before it can have been in the buffer */
            seen[v]++, n++;
        }
        for (int i = 0; i < 57; i++)
            CHECK_EQ(seen[i], 1);
        if (threads)
            CHECK(lines_equal(&first, &line));
        if (threads)
            text_done(&line);
        else
            first = line;
        text_done(&tail);
        ad_batches_free(b);
    }
    ad_batches *b = ad_batches_new(s, .size = 10, .order = AD_ORDER_AS_IS, .drop_last = true);
    struct text line = text_empty();
    line_of(b, &line);
    CHECK(!strncmp(line.data, "0 1 2 3 4 5 6 7 8 9 | 10 ", 25) && !strstr(line.data, "50 "));
    ad_batches_free(b);
    text_done(&line), text_done(&first);
    CHECK(!ad_source_kept(s) && strstr(ad_error(), "is a stream"));
    ad_source_free(s);
}

/* ---- a source that fails */

static ad_status next_or_fail(void *user, ad_array *into, bool *end)
{
    struct counter *c = user;
    if (c->at == 25 && c->end == 57) {
        c->end = 56; /* once */
        return ad_source_fail(AD_ERROR_FILE, "line 25 is torn");
    }
    return count_next(user, into, end);
}

TEST(a_stream_that_failed_once_goes_on)
{
    for (int threads = 0; threads < 2; threads++) {
        struct counter c = {0, 57};
        ad_source_field fields[] = {{"x", AD_F32, {1, {2}}}, {"y", AD_I32, {0, {0}}}};
        ad_source *s = ad_source_new(&(ad_source_record){.count = -1,
                                                         .field = fields,
                                                         .fields = 2,
                                                         .next = next_or_fail,
                                                         .rewind = count_again,
                                                         .user = &c});
        ad_batches *b = ad_batches_new(s, .size = 10, .order = AD_ORDER_AS_IS, .threads = threads);
        ad_batch batch;
        for (int i = 0; i < 2; i++)
            CHECK_OK(ad_batches_next(b, &batch));
        CHECK_EQ(ad_batches_next(b, &batch), AD_ERROR_FILE);
        CHECK_OK(ad_batches_next(b, &batch));
        CHECK(batch.count == 10 && ((const float *)batch.array[0].data)[0] == 20);
        ad_batches_free(b);
        ad_source_free(s);
    }
}

struct failing_source {
    ad_source *inner;
    int left; /* failures to come */
};

static ad_status read_or_fail(void *user, const int64_t *number, int64_t count, uint64_t epoch,
                              ad_array *into)
{
    struct failing_source *f = user;
    for (int64_t i = 0; i < count; i++)
        if (number[i] == 42 && f->left > 0) {
            f->left--;
            return ad_source_fail(AD_ERROR_FILE, "picture %d.png is broken", 42);
        }
    return ad_source_read(f->inner, number, count, epoch, into);
}

TEST(a_source_that_fails_is_reported_in_its_place)
{
    for (int threads = 0; threads < 4; threads++) {
        struct failing_source f = {numbers(COUNT), 1};
        const ad_source_field *field;
        int fields = ad_source_fields(f.inner, &field);
        ad_source *s = ad_source_new(&(ad_source_record){.count = COUNT,
                                                         .field = field,
                                                         .fields = fields,
                                                         .read = read_or_fail,
                                                         .user = &f,
                                                         .name = "pictures"});
        ad_batches *b = ad_batches_new(s, .size = 10, .threads = threads, .order = AD_ORDER_AS_IS);
        ad_batch batch;
        for (int i = 0; i < 4; i++) {
            CHECK_OK(ad_batches_next(b, &batch));
            CHECK_EQ(batch.example[0], 10 * i);
        }
        CHECK_EQ(ad_batches_next(b, &batch), AD_ERROR_FILE);
        CHECK(strstr(ad_error(), "picture 42.png is broken"));
        CHECK_OK(ad_batches_next(b, &batch)); /* again, and it is whole now */
        CHECK(batch.count == 10 && batch.example[0] == 40);
        ad_batches_free(b);
        ad_source_free(s), ad_source_free(f.inner);
    }
}

TEST_MAIN
