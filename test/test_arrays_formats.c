/* Arrays from safetensors and HDF5 files, which script/array-goldens wrote: the same numbers from
 * each; what is refused; every header that is cut off or changed. */
#include "kit/array_list.h"
#include "picture_files.h"

#define FILES ADZE_TEST_DIR "/arrays/"

static const ad_reader_record *reader(void)
{
    return ad_reader_find("arrays");
}

/* Number i of the inputs is i / 8 - 1, and classes are 0 1 2 0 1 2: as the script says. */
static void check_part(const ad_arrays_options *o, const ad_schema *s, ad_part part, int64_t count)
{
    ad_source *source = NULL;
    float x[24];
    int32_t y[6];
    int64_t number[] = {0, 1, 2, 3, 4, 5};
    CHECK_EQ(reader()->open(o, s, part, &source), AD_OK);
    REQUIRE(source);
    CHECK_EQ(ad_source_count(source), count);
    const ad_source_field *field;
    CHECK_EQ(ad_source_fields(source, &field), 2);
    if (field[0].type == AD_F64) { /* as it stands in the file */
        double wide[24];
        ad_array into[] = {ad_f64(wide, AD_SHAPE(count, 4)), ad_i32(y, AD_SHAPE(count))};
        CHECK_EQ(ad_source_read(source, number, count, 0, into), AD_OK);
        for (int i = 0; i < count * 4; i++)
            x[i] = (float)wide[i];
    } else {
        ad_array into[] = {ad_f32(x, AD_SHAPE(count, 4)), ad_i32(y, AD_SHAPE(count))};
        CHECK_EQ(ad_source_read(source, number, count, 0, into), AD_OK);
    }
    for (int i = 0; i < count * 4; i++)
        CHECK(x[i] == (float)i / 8 - 1);
    for (int i = 0; i < count; i++)
        CHECK_EQ(y[i], i % 3);
    ad_source_free(source);
}

static void check_file(const ad_arrays_options *o)
{
    ad_schema *s = NULL;
    if (reader()->understand(o, &s) != AD_OK) {
        CHECK_CONTAINS(ad_kit_error(), "libhdf5-dev");
        return;
    }
    CHECK_EQ(ad_schema_target(s)->classes, 3);
    check_part(o, s, AD_PART_TRAIN, 6);
    check_part(o, s, AD_PART_TEST, 3);
    ad_schema_free(s);
}

TEST(the_same_numbers)
{
    ad_arrays_options o = AD_OPTIONS(ad_arrays_options, .path = FILES "six.safetensors");
    check_file(&o);
    o = AD_OPTIONS(ad_arrays_options, .path = FILES "six.h5", .input = "train/x",
                   .target = "train/y", .test_input = "test/x", .test_target = "test/y");
    check_file(&o);
}

/* bf16, the upper half of an f32: 1.5, -2, 0.25 and 4. */
TEST(bf16_is_read)
{
    static const char header[] =
        "{\"x\":{\"dtype\":\"BF16\",\"shape\":[4,1],\"data_offsets\":[0,8]},"
        "\"y\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[8,16]}}";
    static const uint8_t numbers[] = {0xc0, 0x3f, 0x00, 0xc0, 0x80, 0x3e, 0x80, 0x40};
    static const double right[] = {1.5, -2, 0.25, 4};
    uint8_t file[8 + sizeof header - 1 + 16] = {sizeof header - 1};
    memcpy(file + 8, header, sizeof header - 1);
    memcpy(file + sizeof file - 16, numbers, 8);
    memcpy(file + sizeof file - 8, numbers, 8);
    ad_arrays_options o = AD_OPTIONS(
        ad_arrays_options, .path = write_file("b.safetensors", (char *)file, sizeof file));
    ad_schema *s = NULL;
    ad_source *source = NULL;
    CHECK_EQ(reader()->understand(&o, &s), AD_OK);
    CHECK_EQ(s ? reader()->open(&o, s, AD_PART_TRAIN, &source) : AD_ERROR_ARGUMENT, AD_OK);
    for (int64_t i = 0; source && i < 4; i++) {
        float x = 0, y = 0;
        ad_array into[] = {ad_f32(&x, AD_SHAPE(1, 1)), ad_f32(&y, AD_SHAPE(1))};
        CHECK(ad_source_read(source, &i, 1, 0, into) == AD_OK && (double)x == right[i] &&
              (double)y == right[i]);
    }
    ad_source_free(source);
    ad_schema_free(s);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, room, file) : 0;
    if (file)
        fclose(file);
    return size;
}

static int looks(const char *path)
{
    unsigned char bytes[4096];
    size_t size = read_file(path, bytes, sizeof bytes);
    return reader()->looks(path, bytes, size);
}

TEST(they_are_known_by_their_bytes)
{
    CHECK_EQ(looks(FILES "six.safetensors"), 90);
    CHECK_EQ(looks(FILES "six.h5"), 100);
    CHECK(ad_reader_for(FILES "six.safetensors") == reader());
}

TEST(what_is_no_array)
{
    ad_schema *s = NULL;
    ad_arrays_options o =
        AD_OPTIONS(ad_arrays_options, .path = FILES "six.safetensors", .input = "z");
    CHECK_EQ(reader()->understand(&o, &s), AD_ERROR_ARGUMENT);
    CHECK_CONTAINS(ad_kit_error(), "holds no array 'z'; it holds x, x_test, y, y_test");
    o = AD_OPTIONS(ad_arrays_options, .path = FILES "six.h5", .input = "words");
    if (reader()->understand(&o, &s) == AD_ERROR_UNSUPPORTED)
        return;
    CHECK_CONTAINS(ad_kit_error(), "six.h5: words: an array of it cannot be read: no numbers");
    o.path = write_file("cut.h5", "\211HDF\r\n\032\n and no more", 20);
    CHECK(reader()->understand(&o, &s) == AD_ERROR_FORMAT && !s);
    CHECK_CONTAINS(ad_kit_error(), "cut.h5: not an HDF5 file that can be read");
}

/* No byte of the header that is changed, and no end, does more than fail with words. */
TEST(headers_of_safetensors)
{
    static unsigned char whole[4096], copy[4096];
    size_t size = read_file(FILES "six.safetensors", whole, sizeof whole);
    REQUIRE(size > 200);
    for (size_t cut = 0; cut < size; cut++) {
        array_list list = {.count = 0};
        CHECK_EQ(safetensors_list("cut", whole, cut, &list), AD_ERROR_FORMAT);
        array_list_done(&list);
    }
    for (size_t at = 0; at < 300; at++)
        for (int with = 0; with < 4; with++) {
            array_list list = {.count = 0};
            memcpy(copy, whole, size);
            copy[at] = (unsigned char[]){0, '"', '9', '{'}[with];
            ad_status status = safetensors_list("changed", copy, size, &list);
            if (status != AD_OK)
                CHECK(*ad_kit_error());
            for (int64_t i = 0; status == AD_OK && i < list.count; i++)
                CHECK(list.list[i].bytes >= copy && list.list[i].bytes <= copy + size);
            array_list_done(&list);
        }
    static const char bad[] = "\x40\0\0\0\0\0\0\0"
                              "{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],"
                              "\"data_offsets\":[0,4]}}       1234";
    array_list list = {.count = 0};
    CHECK_EQ(safetensors_list("large", (const uint8_t *)bad, sizeof bad - 1, &list),
             AD_ERROR_FORMAT);
    array_list_done(&list);
}

TEST_MAIN
