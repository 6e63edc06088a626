/* Event files for TensorBoard, byte for byte what its own package writes (golden_events/make.py);
 * and what is cut off a file when a training goes on. */
#include "test.h"

#include <adze/report.h>

#include "../kit/config_keys.h"
#include "../kit/events.h"

static char golden[1 << 14];

/* The bytes of a line of the golden file as hexadecimal digits; "" where there is none. */
static const char *golden_of(const char *name)
{
    FILE *f = fopen(ADZE_TEST_DIR "/golden_events/golden.txt", "r");
    size_t size = strlen(name);
    bool found = false;
    while (f && !found && fgets(golden, sizeof golden, f))
        found = strncmp(golden, name, size) == 0 && golden[size] == ' ';
    if (f)
        fclose(f);
    golden[found ? strcspn(golden, "\n") : 0] = 0;
    return found ? golden + size + 1 : golden;
}

static void check_bytes(const char *name, text_buffer *t)
{
    text_buffer hex = {0};
    for (size_t i = 0; i < t->size; i++)
        text_add_format(&hex, "%02x", (unsigned)(uint8_t)t->data[i]);
    if (strcmp(text_words(&hex), golden_of(name)) != 0)
        TEST_FAILED("%s is %s, not %s", name, text_words(&hex), golden_of(name));
    text_done(&hex);
    text_done(t);
}

TEST(checksum)
{
    uint8_t zeros[32] = {0};
    CHECK_EQ(crc32c("123456789", 9), 0xE3069283); /* RFC 3720, B.4 */
    CHECK_EQ(crc32c(zeros, 32), 0x8A9136AA);
    CHECK_EQ(crc32c("", 0), 0);
}

TEST(events)
{
    text_buffer t = {0};
    events_version(&t, 1.5);
    check_bytes("version", &t);
    events_scalar(&t, 2.25, 300, "train/loss", 0.125);
    check_bytes("scalar", &t);
    events_scalar(&t, 1e9 + 0.5, 123456789012, "a", -1e-30);
    check_bytes("large_step", &t);
    events_text(&t, 3, 7, "note", "*\xC3\xA9*");
    check_bytes("text", &t);
    float weights[] = {-1, 0, 0.5f, 0.5f, 2};
    ad_array values = ad_f32(weights, AD_SHAPE(5));
    events_histogram(&t, 4, 5, "weights/a", &values);
    check_bytes("histogram", &t);
}

TEST(hyper_parameters)
{
    text_buffer t = {0};
    config_keys keys;
    CHECK_OK(config_keys_read("model:\n  - relu\ntrain:\n  epochs: 3\n", &keys));
    events_parameters(&t, 6, &keys, "run");
    config_keys_done(&keys);
    check_bytes("hparams", &t);
}

/* Numbers that a histogram has no place for are left out; without others nothing is written. */
TEST(odd_histograms)
{
    text_buffer t = {0};
    float odd[] = {NAN, INFINITY, -INFINITY};
    ad_array values = ad_f32(odd, AD_SHAPE(3));
    events_histogram(&t, 4, 5, "a", &values);
    CHECK_EQ(t.size, 0);
    float wide[] = {3e38f, -3e38f, 1e-40f, NAN};
    values = ad_f32(wide, AD_SHAPE(4));
    events_histogram(&t, 4, 5, "a", &values);
    CHECK(t.size > 0);
    text_done(&t);
}

TEST(images)
{
    text_buffer t = {0};
    uint8_t pixels[] = {0, 255, 255, 0};
    CHECK_OK(events_image(&t, 1, 2, "a", &(ad_image){2, 2, 1, pixels}));
    CHECK(memmem(t.data, t.size, "\x89PNG\r\n", 6));
    text_done(&t);
}

/* Steps 0, 1, 2, 3 in a file; a training goes on from each. */
TEST(cut_off)
{
    text_buffer t = {0};
    size_t end[4];
    int64_t last;
    events_version(&t, 1);
    for (int step = 1; step < 4; step++) {
        end[step - 1] = t.size;
        events_scalar(&t, 1 + step, step, "a", step);
    }
    end[3] = t.size;
    const uint8_t *bytes = (const uint8_t *)t.data;
    for (int step = 0; step < 4; step++) {
        CHECK_EQ(events_whole(bytes, t.size, step, &last), end[step]);
        CHECK_EQ(last, step);
    }
    /* cut at any byte, and with any byte changed: whole records are kept */
    for (size_t size = 0; size < t.size; size++) {
        size_t whole = events_whole(bytes, size, 9, &last), expected = 0;
        for (int i = 0; i < 4; i++)
            expected = end[i] <= size ? end[i] : expected;
        CHECK_EQ(whole, expected);
    }
    for (size_t i = 0; i < t.size; i++) {
        t.data[i] ^= 1;
        CHECK(events_whole(bytes, t.size, 9, &last) <= i);
        t.data[i] ^= 1;
    }
    text_done(&t);
}

TEST(keys)
{
    static const char text[] = "task: regression\n"
                               "augment:\n"
                               "  - flip: {}\n"
                               "model:\n"
                               "  - linear: {out: 4}\n"
                               "  - residual:\n"
                               "      layers:\n"
                               "        - relu\n"
                               "        - linear: {out: 4}\n"
                               "  - tanh\n"
                               "train:\n"
                               "  epochs: 3\n"
                               "  optimizer:\n"
                               "    method: adam\n"
                               "  batch: 8\n";
    static const char *const expected[][2] = {
        {"task", "regression"},
        {"augment[1]", "flip: {}"},
        {"model[1]", "linear: {out: 4}"},
        {"model[2].layers[1]", "relu"},
        {"model[2].layers[2]", "linear: {out: 4}"},
        {"model[3]", "tanh"},
        {"train.epochs", "3"},
        {"train.optimizer.method", "adam"},
        {"train.batch", "8"},
    };
    config_keys keys;
    CHECK_OK(config_keys_read(text, &keys));
    CHECK_EQ(keys.count, sizeof expected / sizeof *expected);
    for (int i = 0; i < keys.count; i++) {
        CHECK_STREQ(keys.key[i].path, expected[i][0]);
        CHECK_STREQ(keys.key[i].value, expected[i][1]);
    }
    CHECK_STREQ(config_keys_find(&keys, "train.epochs"), "3");
    CHECK(!config_keys_find(&keys, "train"));
    config_keys_done(&keys);
    CHECK_OK(config_keys_read("", &keys));
    CHECK_EQ(keys.count, 0);
    config_keys_done(&keys);
}

TEST_MAIN
