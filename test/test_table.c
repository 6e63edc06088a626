/* Tables: what is found of a file, what is read, and every way in which a file can be wrong.
 * Numbers that are compared with come from pandas 3.1.1, read_csv(FILE) and describe(), and from
 * the C library's strtod. */
#define _XOPEN_SOURCE 700

#include "test.h"

#include <adze/kit.h>

#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/table.h"

/* ---------------------------------------------------------------- scratch files */

static char folder[3000];

static const char *scratch(const char *name)
{
    static char paths[4][4096];
    static int next;
    if (!folder[0]) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/adze-table-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(folder)) {
            perror(folder);
            exit(1);
        }
    }
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static const char *write_bytes(const char *name, const void *bytes, size_t size)
{
    const char *path = scratch(name);
    FILE *file = fopen(path, "wb");
    if (file) {
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
    return path;
}

static const char *write_text(const char *name, const char *text)
{
    return write_bytes(name, text, strlen(text));
}

static void remove_files(void)
{
    char command[4096];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (folder[0] && system(command) != 0)
        perror(folder);
    folder[0] = 0;
}

/* ---------------------------------------------------------------- reading */

#define NAMES(...) \
    ((ad_names){(int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]){__VA_ARGS__}})

static const ad_reader_record *csv(void)
{
    return ad_reader_find("csv");
}

static ad_schema *schema_of(ad_csv_options o)
{
    ad_schema *s = NULL;
    ad_status status = csv()->understand(&o, &s);
    if (status != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    return s;
}

/* The message of what cannot be understood, or opened. */
static const char *refusal(ad_csv_options o)
{
    ad_schema *s = NULL;
    ad_source *rows = NULL;
    ad_status status = csv()->understand(&o, &s);
    if (status == AD_OK)
        status = csv()->open(&o, s, AD_PART_TRAIN, &rows);
    CHECK(status != AD_OK);
    ad_source_free(rows);
    ad_schema_free(s);
    return ad_kit_error();
}

static ad_source *rows_of(ad_csv_options o, const ad_schema *s, ad_part part)
{
    ad_source *rows = NULL;
    if (s && csv()->open(&o, s, part, &rows) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    return rows;
}

/* Value i of a field as a double. */
static double value(ad_source *rows, const char *name, int64_t i)
{
    const ad_source_field *field;
    int fields = ad_source_fields(rows, &field), at = ad_source_find(rows, name);
    int64_t room[64];
    ad_array into[64];
    double found = NAN;
    if (at < 0 || fields > 64) {
        TEST_FAILED("no field %s", name);
        return NAN;
    }
    for (int f = 0; f < fields; f++)
        into[f] = (ad_array){.type = field[f].type, .shape = AD_SHAPE(1), .data = &room[f]};
    if (ad_source_read(rows, &i, 1, 0, into) == AD_OK)
        found = ad_array_item(&into[at], 0);
    else
        TEST_FAILED("%s", ad_error());
    return found;
}

static const ad_schema_field *field(const ad_schema *s, const char *name)
{
    static const ad_schema_field none = {.why = (char *)""};
    const ad_schema_field *f = s ? ad_schema_find(s, name) : NULL;
    if (!f)
        TEST_FAILED("no field %s", name);
    return f ? f : &none;
}

/* ---------------------------------------------------------------- numbers */

static void check_number(const char *text)
{
    table_number n;
    double expected = strtod(text, NULL);
    CHECK(table_number_read(text, strlen(text), '.', &n) != NUMBER_NONE);
    if (memcmp(&n.value, &expected, sizeof expected) != 0)
        TEST_FAILED("%s is %a, not %a", text, n.value, expected);
}

TEST(numbers_have_the_bits_of_strtod)
{
    uint64_t state = 88172645463325252u;
    char text[64];
    for (int i = 0; i < 300000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        uint64_t digits = state >> (state % 61);
        int power = (int)(state >> 20 & 63) - 32;
        const char *forms[] = {"%llu", "-%llu.%d", "%llue%d", "%llu.5e%d", "0.000%llu"};
        int form = (int)(state >> 40) % 5;
        snprintf(text, sizeof text, forms[form < 0 ? -form : form], (unsigned long long)digits,
                 form == 1 ? abs(power) : power);
        check_number(text);
    }
    for (int i = 0; i < 100000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        double d;
        uint64_t bits = state;
        memcpy(&d, &bits, sizeof d);
        snprintf(text, sizeof text, i % 2 ? "%.17g" : "%.12g", isfinite(d) ? d : 1.5);
        check_number(text);
    }
}

TEST(hard_numbers)
{
    static const char *const texts[] = {"9007199254740993",
                                        "9007199254740992.5",
                                        "1e23",
                                        "8.41e21",
                                        "5e-324",
                                        "2.4703282292062327e-324",
                                        "2.2250738585072011e-308",
                                        "1.7976931348623158e308",
                                        "1e400",
                                        "-0",
                                        "-0.0",
                                        "0e999999999",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "0.1000000000000000055511151231257827",
                                        "123456789012345678901234567890",
                                        ".5",
                                        "5.",
                                        "+7",
                                        "1E5",
                                        "00000000000000000000001.5",
                                        "9223372036854775807e-19",
                                        "1.0000000000000001110223024625156540423631668090820312",
                                        "1.00000000000000011102230246251565404236316680908203126"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_number(texts[i]);
}

TEST(what_is_no_number)
{
    static const char *const texts[] = {"",      " ",     "-",    "+",       ".",   "1e",
                                        "1e+",   "1_000", "0x10", "1d5",     "1,5", "--1",
                                        "1.2.3", "nan",   "in",   "infinit", "1 2", "e5"};
    table_number n;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (table_number_read(texts[i], strlen(texts[i]), '.', &n) != NUMBER_NONE)
            TEST_FAILED("%s is a number", texts[i]);
    CHECK_EQ(table_number_read("-9223372036854775808", 20, '.', &n), NUMBER_WHOLE);
    CHECK(n.whole == INT64_MIN);
    CHECK_EQ(table_number_read("9223372036854775807", 19, '.', &n), NUMBER_WHOLE);
    CHECK(n.whole == INT64_MAX);
    CHECK_EQ(table_number_read("9223372036854775808", 19, '.', &n), NUMBER_LARGE);
    CHECK_EQ(table_number_read("-9223372036854775809", 20, '.', &n), NUMBER_LARGE);
    CHECK_EQ(table_number_read("99999999999999999999999", 23, '.', &n), NUMBER_LARGE);
    CHECK_EQ(table_number_read("007", 3, '.', &n), NUMBER_WHOLE);
    CHECK(n.padded && n.whole == 7);
    CHECK_EQ(table_number_read(" -1,25 ", 7, ',', &n), NUMBER_REAL);
    CHECK_CLOSE(n.value, -1.25, 0);
    CHECK_EQ(table_number_read("-Infinity", 9, '.', &n), NUMBER_REAL);
    CHECK(n.value == -INFINITY);
}

TEST(numbers_in_a_locale_with_commas)
{
    char *before = strdup(setlocale(LC_ALL, NULL));
    const char *names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (int i = 0; i < 3; i++)
        if (setlocale(LC_ALL, names[i]))
            break;
    table_number n;
    CHECK_EQ(table_number_read("1234567890.12345678901234567890", 31, '.', &n), NUMBER_REAL);
    CHECK_CLOSE(n.value, 0x1.26580b487e6b7p+30, 0);
    setlocale(LC_ALL, before);
    free(before);
}

/* ---------------------------------------------------------------- dates */

static void check_date(const char *text, int form, int year, int month, int day, int weekday,
                       int hour)
{
    table_date d;
    int expected[] = {year, month, day, weekday, hour};
    if (!table_date_read(text, strlen(text), form, &d))
        TEST_FAILED("%s is no date", text);
    else if (memcmp(d.part, expected, sizeof expected) != 0)
        TEST_FAILED("%s is %d-%d-%d (%d) %d", text, d.part[0], d.part[1], d.part[2], d.part[3],
                    d.part[4]);
}

/* Weekdays from Python's datetime. */
TEST(dates)
{
    check_date("2024-02-29", DATE_ISO, 2024, 2, 29, 3, -1);
    check_date("1900-03-01 00:59:59.123", DATE_ISO, 1900, 3, 1, 3, 0);
    check_date("2016-07-01T23:00:00Z", DATE_ISO, 2016, 7, 1, 4, 23);
    check_date("2016/7/1 7:05", DATE_ISO, 2016, 7, 1, 4, 7);
    check_date("1999-12", DATE_ISO, 1999, 12, -1, -1, -1);
    check_date("31.12.1999", DATE_DMY, 1999, 12, 31, 4, -1);
    check_date("12/31/1999 08:30:00+02:00", DATE_MDY, 1999, 12, 31, 4, 8);
    check_date("5 Mar 2024", DATE_NAMED, 2024, 3, 5, 1, -1);
    check_date("5-march-2024", DATE_NAMED, 2024, 3, 5, 1, -1);
    check_date("Mar 5, 2024", DATE_NAMED, 2024, 3, 5, 1, -1);
    check_date("19580329", DATE_COMPACT, 1958, 3, 29, 5, -1);
    static const char *const texts[] = {"2023-02-29",  "2024-13-01",       "2024-00-10",
                                        "24-01-01",    "2024-01-01 24:00", "2024-01-01 10",
                                        "2024-1/1",    "32.1.2000",        "5 Foo 2024",
                                        "2024-01-01x", "0000-01-01"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (table_date_forms(texts[i], strlen(texts[i]), DATE_ALL))
            TEST_FAILED("%s is a date", texts[i]);
}

/* Parts from Python's datetime. */
TEST(dates_with_two_digits_quarters_and_clocks)
{
    check_date("3/5/24", DATE_MDY, 2024, 3, 5, 1, -1);
    check_date("31/12/69", DATE_DMY, 1969, 12, 31, 2, -1);
    check_date("1/1/68 9:15 PM", DATE_MDY, 2068, 1, 1, 6, 21);
    check_date("05.03.24", DATE_DMY, 2024, 3, 5, 1, -1);
    check_date("Jan-1-1995", DATE_NAMED, 1995, 1, 1, 6, -1);
    check_date("Mar 2016", DATE_NAMED, 2016, 3, -1, -1, -1);
    check_date("1974Q1", DATE_ISO, 1974, 1, -1, -1, -1);
    check_date("2021-Q4", DATE_ISO, 2021, 10, -1, -1, -1);
    check_date("14:50:17", DATE_CLOCK, -1, -1, -1, -1, 14);
    check_date("12:05 AM", DATE_CLOCK, -1, -1, -1, -1, 0);
    check_date("7:17 pm", DATE_CLOCK, -1, -1, -1, -1, 19);
    check_date("1709071200", DATE_SECONDS, 2024, 2, 27, 1, 22);
    check_date("951782400", DATE_SECONDS, 2000, 2, 29, 1, 0);
    check_date("1709071200999", DATE_SECONDS, 2024, 2, 27, 1, 22);
    static const char *const texts[] = {"2.1.10", "3/5/124",  "2021Q5",  "2021-Q", "3:10",
                                        "25:00",  "13:00 PM", "0:30 AM", "Q1",     "5-3-24",
                                        "2016-1", "99999999", "16:9:00", "12:60"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (table_date_forms(texts[i], strlen(texts[i]), DATE_ALL))
            TEST_FAILED("%s is a date", texts[i]);
}

/* ---------------------------------------------------------------- numbers in dress */

static void check_dressed(const char *text, char point, double value, const char *before,
                          const char *after)
{
    table_number n;
    number_dress d;
    if (!table_number_undress(text, strlen(text), point, &n, &d))
        TEST_FAILED("%s is no number", text);
    else if (memcmp(&n.value, &value, sizeof value) != 0 || strcmp(d.before, before) != 0 ||
             strcmp(d.after, after) != 0)
        TEST_FAILED("%s is '%s' %.17g '%s'", text, d.before, n.value, d.after);
}

TEST(numbers_with_something_round_them)
{
    check_dressed("$1,234,567.5", '.', 1234567.5, "$", "");
    check_dressed("-$3", '.', -3, "$", "");
    check_dressed("US$ -0.25", '.', -0.25, "US$", "");
    check_dressed("1.234,56 \xE2\x82\xAC", ',', 1234.56, "", "\xE2\x82\xAC");
    check_dressed("17 040", ',', 17040, "", "");
    check_dressed("17\xC2\xA0"
                  "040\xC2\xA0"
                  "123 m2",
                  '.', 17040123, "", "m2");
    check_dressed("12.5%", '.', 12.5, "", "%");
    check_dressed(" -4 \xC2\xB0"
                  "C ",
                  '.', -4, "",
                  "\xC2\xB0"
                  "C");
    check_dressed("9,007,199,254,740,993", '.', 9007199254740992.0, "", "");
    static const char *const texts[] = {"17\xC2\xA0"
                                        "040\xE2\x80\xAF"
                                        "123",
                                        "12",
                                        "1,23",
                                        "1,2345",
                                        "0,123",
                                        "1,234 567",
                                        "012 kg",
                                        "kg 12",
                                        "12 kg 3",
                                        "$",
                                        "1.2.3",
                                        "12-14",
                                        "1.234,5",
                                        "1,,234",
                                        "P123",
                                        "12 Q1",
                                        "$1,23",
                                        "1,234.x",
                                        "1e3 kg",
                                        "45+",
                                        "10.0.0.1",
                                        "(617) 555",
                                        "--3%",
                                        "-%",
                                        "",
                                        " ",
                                        "-",
                                        "$ -",
                                        "12 kilograms-per-second",
                                        "5 Mar 2024"};
    table_number n;
    number_dress d;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (table_number_undress(texts[i], strlen(texts[i]), '.', &n, &d))
            TEST_FAILED("%s is a number: '%s' %g '%s'", texts[i], d.before, n.value, d.after);
}

static const char dressed[] = "price;share;weight;count;when;card\n"
                              "$1,200.50;3 %;12 kg;7;1709071200;4653450488984409\n"
                              "$80;4.5 %;9.25 kg;?;1709074800;4948464667815864\n"
                              "-$7;;11 kg;9;1709078400;4002984317802089\n"
                              "$1,000,000;0 %;NA;-;1709082000;4995876864722114\n"
                              "$2;1 %;3 kg;11;1709085600;4653450488984410\n"
                              "$3;1 %;3 kg;12;1709089200;4653450488984411\n"
                              "$4;1 %;3 kg;13;1709092800;4653450488984412\n"
                              "$5;1 %;3 kg;14;1709096400;4653450488984413\n";

TEST(dressed_columns_are_read_as_numbers)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("dressed.csv", dressed));
    ad_schema *s = schema_of(o);
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    REQUIRE(s && rows);
    CHECK_CONTAINS(field(s, "price")->why, "numbers behind $ -7 to 1000000");
    CHECK_CONTAINS(field(s, "share")->why, "numbers before % 0 to 4.5, mean 1.64286, 1 missing");
    CHECK_EQ(field(s, "count")->missing, 2);
    CHECK_CONTAINS(field(s, "count")->why, "2 missing, 2 of them written as words such as '?'");
    CHECK_EQ(field(s, "card")->use, AD_USE_NONE);
    CHECK_CLOSE(value(rows, "price", 0), 1200.5, 0);
    CHECK_CLOSE(value(rows, "price", 2), -7, 0);
    CHECK_CLOSE(value(rows, "share", 1), 4.5, 0);
    CHECK_CLOSE(value(rows, "share", 2), NAN, 0);
    CHECK_CLOSE(value(rows, "weight", 1), 9.25, 0);
    CHECK_CLOSE(value(rows, "count", 1), NAN, 0);
    CHECK_CLOSE(value(rows, "when.hour", 2), 0, 0);
    CHECK_CLOSE(value(rows, "when.weekday", 2), 2, 0); /* 2024-02-28 00:00 */
    ad_source_free(rows);
    /* other files: the same unit, or refused; the schema as text and back */
    char *text = ad_schema_text(s);
    ad_schema *again = NULL;
    REQUIRE(text);
    CHECK_EQ(ad_schema_read(text, strlen(text), &again), AD_OK);
    o.path = write_text("pounds.csv", "price;share;weight;count;when;card\n"
                                      "$1;2 %;12 lb;1;1709071200;1\n");
    CHECK(again && csv()->open(&o, again, AD_PART_TRAIN, &rows) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "pounds.csv:2:8: '12 lb' stands where 'weight' needs a number "
                                   "before kg");
    free(text);
    ad_schema_free(again);
    ad_schema_free(s);
    remove_files();
}

TEST(what_is_not_one_kind_of_number_stays_text)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .target = NAMES("grade"));
    o.path = write_text("kinds.csv", "mass,level,zip,user_id,grade\n"
                                     "1 kg,1,10115,7,1\n2 g,2,20095,8,?\n1 kg,?,10115,7,2\n"
                                     "2 g,?,20095,8,1\n1 kg,?,10115,7,?\n2 g,2,20095,8,2\n"
                                     "1 kg,?,10115,7,1\n2 g,?,20095,8,1\n");
    ad_schema *s = schema_of(o);
    REQUIRE(s);
    CHECK_EQ(field(s, "mass")->classes, 2);
    CHECK_EQ(field(s, "level")->classes, 3); /* more words than numbers */
    CHECK_EQ(field(s, "zip")->classes, 2);
    CHECK_EQ(field(s, "user_id")->classes, 2);
    CHECK_EQ(field(s, "grade")->classes, 3);
    ad_schema_free(s);
    remove_files();
}

/* ---------------------------------------------------------------- types of columns */

static const char mixed[] = "name,age,fare,port,code,big,day,same,n\n"
                            "Ann,22,7.25,S,007,9223372036854775808,2024-01-05,x,1\n"
                            "Bob,38,71.2833,C,012,12345678901234567890,2024-01-06,x,2\n"
                            "Cid,26,NA,S,113,3,2024-02-07,x,3\n"
                            "Dan,,53.1,,113,4,2024-02-08,x,4\n"
                            "Eva,35,8.05,S,007,5,2023-03-09,x,5\n"
                            "Fay,54,51.8625,Q,007,5,2023-03-10,x,6\n"
                            "Gus,2,21.075,S,012,5,2023-04-11,x,7\n"
                            "Hal,27,11.1333,S,012,5,2023-04-12,x,8\n";

TEST(types_are_found_over_all_rows)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("mixed.csv", mixed));
    o.target = NAMES("port");
    ad_schema *s = schema_of(o);
    REQUIRE(s);
    CHECK_EQ(field(s, "name")->use, AD_USE_NONE);
    CHECK_CONTAINS(field(s, "name")->why, "8 different");
    /* whole numbers, one missing: 7 of them, mean 29.142857 */
    CHECK_EQ(field(s, "age")->type, AD_F64);
    CHECK_EQ(field(s, "age")->missing, 1);
    CHECK_CONTAINS(field(s, "age")->why, "whole numbers 2 to 54, mean 29.1429, 1 missing");
    CHECK_EQ(field(s, "fare")->meaning, AD_MEANS_NUMBER);
    CHECK_CONTAINS(field(s, "fare")->why, "7.25 to 71.2833, mean 31.9649, 1 missing");
    CHECK_EQ(field(s, "port")->use, AD_USE_TARGET);
    CHECK_EQ(field(s, "port")->classes, 3);
    CHECK_STREQ(field(s, "port")->names[0], "C");
    CHECK_STREQ(field(s, "port")->names[2], "S");
    CHECK_CONTAINS(field(s, "port")->why, "'S' (5)");
    CHECK_EQ(field(s, "code")->meaning, AD_MEANS_CLASS);
    CHECK_STREQ(field(s, "code")->names[0], "007");
    CHECK_CONTAINS(field(s, "code")->why, "begin with 0");
    CHECK_CONTAINS(field(s, "big")->why, "beyond 64 bits");
    CHECK_EQ(field(s, "day.year")->use, AD_USE_INPUT);
    CHECK_EQ(field(s, "same")->use, AD_USE_NONE);
    CHECK_CONTAINS(field(s, "same")->why, "constant: 'x'");
    CHECK_EQ(field(s, "n")->use, AD_USE_NONE);
    CHECK_CONTAINS(field(s, "n")->why, "counts up by 1 from 1 to 8");
    CHECK_CONTAINS(s->notes, "the first row is names");
    CHECK_CONTAINS(s->notes, "'same' is left out: constant");
    ad_schema_free(s);
}

TEST(rows_are_what_stands_there)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("mixed.csv", mixed));
    o.target = NAMES("port");
    ad_schema *s = schema_of(o);
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    REQUIRE(rows);
    CHECK_EQ(ad_source_count(rows), 8);
    CHECK_EQ(ad_source_find(rows, "name"), -1);
    CHECK_CLOSE(value(rows, "age", 0), 22, 0);
    CHECK(isnan(value(rows, "age", 3)));
    CHECK_CLOSE(value(rows, "fare", 1), 71.2833, 0);
    CHECK(isnan(value(rows, "fare", 2)));
    CHECK_CLOSE(value(rows, "port", 1), 0, 0);
    CHECK_CLOSE(value(rows, "port", 3), -1, 0);
    CHECK_CLOSE(value(rows, "port", 5), 1, 0);
    CHECK_CLOSE(value(rows, "code", 2), 2, 0);
    CHECK_CLOSE(value(rows, "day.year", 4), 2023, 0);
    CHECK_CLOSE(value(rows, "day.month", 4), 3, 0);
    CHECK_CLOSE(value(rows, "day.day", 4), 9, 0);
    CHECK_CLOSE(value(rows, "day.weekday", 4), 3, 0);
    ad_source_free(rows);
    rows = rows_of(o, s, AD_PART_TEST);
    CHECK(!rows);
    ad_schema_free(s);
}

TEST(whole_numbers_keep_their_last_digit)
{
    ad_csv_options o = AD_OPTIONS(
        ad_csv_options,
        .path = write_text("w.csv", "a,b\n9007199254740993,1\n-9223372036854775808,2.5\n7,3\n"));
    ad_schema *s = schema_of(o);
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    REQUIRE(rows);
    CHECK_EQ(field(s, "a")->type, AD_I64);
    int64_t number[] = {0, 1, 2}, a[3];
    double b[3];
    ad_array into[] = {ad_i64(a, AD_SHAPE(3)), ad_f64(b, AD_SHAPE(3))};
    CHECK_OK(ad_source_read(rows, number, 3, 0, into));
    CHECK(a[0] == 9007199254740993 && a[1] == INT64_MIN && a[2] == 7);
    CHECK(b[0] == 1 && b[1] == 2.5 && b[2] == 3);
    ad_source_free(rows);
    ad_schema_free(s);
}

TEST(targets_of_numbers)
{
    static char text[4096] = "x,few,many,real\n";
    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d.5,%d,%d,%d.0\n", i, i % 12,
                 i * 7 % 59, i % 3);
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("t.csv", text));
    o.target = NAMES("few", "many", "real");
    ad_schema *s = schema_of(o);
    CHECK_EQ(field(s, "few")->meaning, AD_MEANS_CLASS);
    CHECK_EQ(field(s, "few")->classes, 12);
    CHECK_STREQ(field(s, "few")->names[2], "2"); /* in order of the numbers, not of their texts */
    CHECK_STREQ(field(s, "few")->names[11], "11");
    CHECK_EQ(field(s, "many")->meaning, AD_MEANS_NUMBER);
    CHECK_EQ(field(s, "real")->meaning, AD_MEANS_CLASS);
    CHECK_STREQ(field(s, "real")->names[2], "2.0");
    ad_schema_free(s);
}

/* Exactly pandas' words: pandas._libs.parsers.STR_NA_VALUES. */
TEST(words_for_missing)
{
    static const char *const words[] = {"",         "#N/A", "#N/A N/A", "#NA",    "-1.#IND",
                                        "-1.#QNAN", "-NaN", "-nan",     "1.#IND", "1.#QNAN",
                                        "<NA>",     "N/A",  "NA",       "NULL",   "NaN",
                                        "None",     "n/a",  "nan",      "null"};
    static const char *const others[] = {"na", "NAN", "none", "Null", "NaT",
                                         "?",  "-",   "nil",  "0",    " "};
    missing_words m;
    missing_words_set(&m, NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!missing_word(&m, words[i], strlen(words[i])))
            TEST_FAILED("'%s' is not missing", words[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (missing_word(&m, others[i], strlen(others[i])))
            TEST_FAILED("'%s' is missing", others[i]);
    ad_names more = NAMES("?", "-999");
    missing_words_set(&m, &more);
    CHECK(missing_word(&m, "?", 1) && missing_word(&m, "-999", 4) && !missing_word(&m, "-99", 3));
}

/* ---------------------------------------------------------------- dialects */

static void check_dialect(const char *text, const char *note, double first, double last)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("d.csv", text));
    ad_schema *s = schema_of(o);
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    if (!rows) {
        TEST_FAILED("%s", text);
    } else {
        CHECK_CONTAINS(s->notes, note);
        CHECK_EQ(ad_source_count(rows), 3);
        CHECK_CLOSE(value(rows, "a", 0), first, 0);
        CHECK_CLOSE(value(rows, "b", 2), last, 0);
    }
    ad_source_free(rows);
    ad_schema_free(s);
}

TEST(dialects)
{
    check_dialect("a,b\n1.5,2\n2,3\n3,4.25\n", "between ','", 1.5, 4.25);
    check_dialect("a;b\n1,5;2\n2;3\n3;4,25\n", "decimal comma", 1.5, 4.25);
    check_dialect("a\tb\n1.5\t2\n2\t3\n3\t4.25\n", "between tab", 1.5, 4.25);
    check_dialect("a|b\n1.5|2\n2|3\n3|4.25", "between '|'", 1.5, 4.25);
    check_dialect("  a   b\n1.5 2  \n  2\t 3\n 3    4.25\n", "between blanks", 1.5, 4.25);
    check_dialect("a, b\n1.5, 2\n2, 3\n3, 4.25\n", "blanks round cells do not count", 1.5, 4.25);
    check_dialect("\"a\",\"b\"\r\n\"1.5\",2\r\n2,3\r\n3,\"4.25\"\r\n", "between ','", 1.5, 4.25);
    check_dialect("'a'\t'b'\n1.5\t2\n2\t3\n3\t4.25\n", "quotes are", 1.5, 4.25);
    check_dialect("a,b\r1.5,2\r2,3\r3,4.25\r", "carriage return alone", 1.5, 4.25);
    check_dialect("# made by hand, \"in May\n#\na,b\n1.5,2\n# between\n\n2,3\n3,4.25\n",
                  "begin with '#' are comments", 1.5, 4.25);
    check_dialect("\xEF\xBB\xBF"
                  "a,b\n1.5,2\n2,3\n3,4.25\n",
                  "between ','", 1.5, 4.25);
    check_dialect("Report of May\na,b\n1.5,2\n2,3\n3,4.25\n", "lines 1 to 1 are no part", 1.5,
                  4.25);
}

TEST(quotes)
{
    const char *text =
        "q,n\n\"a \"\"b\"\", c\",1\n\"two\nlines\",2\nx\" y,3\n\"\",4\n\"a \"\"b\"\", c\",5\n";
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("q.csv", text));
    o.types = NAMES("n=number");
    ad_schema *s = schema_of(o);
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    REQUIRE(rows);
    CHECK_EQ(field(s, "q")->classes, 3);
    CHECK_STREQ(field(s, "q")->names[0], "a \"b\", c");
    CHECK_STREQ(field(s, "q")->names[1], "two\nlines");
    CHECK_STREQ(field(s, "q")->names[2], "x\" y");
    CHECK_CLOSE(value(rows, "q", 3), -1, 0);
    CHECK_CLOSE(value(rows, "q", 4), 0, 0);
    CHECK_CLOSE(value(rows, "n", 4), 5, 0);
    ad_source_free(rows);
    ad_schema_free(s);
}

TEST(quotes_that_are_letters)
{
    const char *text = "k\tt\nham\tyes\nspam\t\"no\nham\tyes\nham\t\"no\n";
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("l.csv", text), .header = 1);
    ad_schema *s = schema_of(o);
    CHECK_CONTAINS(s->notes, "quotes are none");
    CHECK_STREQ(field(s, "t")->names[0], "\"no");
    ad_schema_free(s);
}

TEST(tables_without_names)
{
    ad_csv_options o = AD_OPTIONS(
        ad_csv_options, .path = write_text("n.csv", "5.1,3,a\n4.9,4,b\n4.7,3,a\n4.8,3,b\n"));
    o.target = NAMES("3");
    ad_schema *s = schema_of(o);
    CHECK_CONTAINS(s->notes, "columns are named by their number, from 1");
    CHECK_EQ(field(s, "3")->classes, 2);
    CHECK_EQ(field(s, "1")->meaning, AD_MEANS_NUMBER);
    /* to predict: the same columns, or those without the target */
    const char *whole = write_text("p1.csv", "1.5,2,b\n"),
               *part = write_text("p2.csv", "1.5,2\n2.5,3\n");
    const char *paths[] = {whole, part};
    ad_source *rows = NULL;
    CHECK_EQ(csv()->items(s, paths, 2, &rows), AD_OK);
    REQUIRE(rows);
    CHECK_EQ(ad_source_count(rows), 3);
    CHECK_CLOSE(value(rows, "3", 0), 1, 0);
    CHECK_CLOSE(value(rows, "3", 1), -1, 0);
    CHECK_CLOSE(value(rows, "1", 2), 2.5, 0);
    ad_source_free(rows);
    const char *wrong = write_text("p3.csv", "1.5\n2.5\n");
    CHECK(csv()->items(s, &wrong, 1, &rows) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "1 columns; the table that was learned from had 3");
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- other files by the same schema
 */

TEST(other_files_by_name)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("mixed.csv", mixed));
    o.target = NAMES("port");
    o.skip = NAMES("name", "big");
    o.id = NAMES("n");
    ad_schema *s = schema_of(o), *again = NULL;
    char *text = ad_schema_text(s);
    REQUIRE(text);
    CHECK_EQ(ad_schema_read(text, strlen(text), &again), AD_OK);
    free(text);
    ad_schema_free(s);
    const char *path = write_text("new.csv", "n,more,fare,age,code,day\n90,z,1.5,4,113,2023-01-01\n"
                                             "91,z,,5,,2024-05-01\n");
    ad_source *rows = NULL;
    if (csv()->items(again, &path, 1, &rows) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    REQUIRE(rows);
    CHECK_CLOSE(value(rows, "fare", 0), 1.5, 0);
    CHECK(isnan(value(rows, "fare", 1)));
    CHECK_CLOSE(value(rows, "age", 1), 5, 0);
    CHECK_CLOSE(value(rows, "code", 0), 2, 0);
    CHECK_CLOSE(value(rows, "code", 1), -1, 0);
    CHECK_CLOSE(value(rows, "port", 0), -1, 0);
    CHECK_CLOSE(value(rows, "n", 1), 91, 0);
    CHECK_CLOSE(value(rows, "day.month", 1), 5, 0);
    ad_source_free(rows);
    path = write_text("new.csv", "n,fares,age,code,day\n90,1.5,4,113,2023-01-01\n");
    CHECK(csv()->items(again, &path, 1, &rows) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "no column 'fare'");
    CHECK_CONTAINS(ad_kit_error(), "there is 'fares'");
    ad_schema_free(again);
}

TEST(a_bad_cell_is_named_with_its_place)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("mixed.csv", mixed));
    o.target = NAMES("port");
    o.test = write_text("test.csv", "name,age,fare,port,code,big,day,same,n\n"
                                    "\"A\nB\",1,2,S,007,1,2024-01-01,x,9\n"
                                    "\xC3\xA4,1,2x,S,007,1,2024-01-01,x,9\n");
    ad_schema *s = schema_of(o);
    ad_source *rows = NULL;
    CHECK(csv()->open(&o, s, AD_PART_TEST, &rows) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "test.csv:4:5: '2x' stands where 'fare' needs a number\n  ");
    o.test = write_text("test.csv", "port,age,fare,code,day\nX,1,2,007,2024-01-01\n");
    CHECK(csv()->open(&o, s, AD_PART_TEST, &rows) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(),
                   "test.csv:2:1: 'X' stands where 'port' needs a class that is known");
    o.test = write_text("test.csv", "port,age,fare,code,day\nS,1,2,008,2024-01-01\n");
    CHECK(csv()->open(&o, s, AD_PART_TEST, &rows) != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), "test.csv:2:7: '008' stands where 'code'");
    ad_schema_free(s);
    o.unknown = 1;
    s = schema_of(o);
    rows = rows_of(o, s, AD_PART_TEST);
    REQUIRE(rows);
    CHECK_CLOSE(value(rows, "code", 0), -1, 0);
    ad_source_free(rows);
    ad_schema_free(s);
}

TEST(texts_of_ids)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("mixed.csv", mixed));
    o.id = NAMES("name");
    o.skip = NAMES("age", "fare", "port", "code", "big", "same");
    ad_schema *s = schema_of(o);
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    REQUIRE(rows);
    CHECK_EQ(field(s, "name")->meaning, AD_MEANS_TEXT);
    const ad_source_field *f;
    int fields = ad_source_fields(rows, &f), at = ad_source_find(rows, "name");
    int64_t length[8] = {0}, room[8];
    CHECK_OK(ad_source_length(rows, 3, 0, length));
    CHECK_EQ(length[0], 3);
    ad_array into[8];
    char letters[8] = "";
    for (int i = 0; i < fields; i++)
        into[i] = (ad_array){f[i].type, AD_SHAPE(1), &room[i], NULL};
    into[at].shape = AD_SHAPE(1, 3);
    into[at].data = letters;
    int64_t third = 3;
    CHECK_OK(ad_source_read(rows, &third, 1, 0, into));
    CHECK_STREQ(letters, "Dan");
    ad_source_free(rows);
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- what is asked */

TEST(types_that_are_asked_for)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_text("mixed.csv", mixed));
    o.types = NAMES("age=class", "code=number", "n=whole", "name=class", "day=class");
    ad_schema *s = schema_of(o);
    CHECK_EQ(field(s, "age")->classes, 7);
    CHECK_STREQ(field(s, "age")->names[0], "2"); /* by number */
    CHECK_EQ(field(s, "code")->meaning, AD_MEANS_NUMBER);
    CHECK_EQ(field(s, "n")->use, AD_USE_INPUT);
    CHECK_EQ(field(s, "n")->type, AD_I64);
    CHECK_EQ(field(s, "name")->use, AD_USE_INPUT);
    CHECK_EQ(field(s, "day")->classes, 8);
    ad_schema_free(s);
    o.types = NAMES("name=number");
    CHECK_CONTAINS(refusal(o), "mixed.csv:2:1: 'Ann' stands where 'name' needs a number");
    o.types = NAMES("age=whole");
    CHECK_CONTAINS(refusal(o), "cannot be of type whole");
    o.types = NAMES("agee=whole");
    CHECK_CONTAINS(refusal(o), "did you mean 'age'");
    o.types = NAMES("age=int");
    CHECK_CONTAINS(refusal(o), "'int' is no type");
    o.types = NAMES("age");
    CHECK_CONTAINS(refusal(o), "COLUMN=TYPE");
    o.types = (ad_names){0};
    o.target = NAMES("Port");
    CHECK_CONTAINS(refusal(o), "no column 'Port', which target names\n  did you mean 'port'?");
    o.target = NAMES("port");
    o.skip = NAMES("port");
    CHECK_CONTAINS(refusal(o), "is the target and is left out too");
}

TEST(days_before_months_or_not)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options,
                                  .path = write_text("day.csv", "d,x\n1/2/2024,1.5\n3/4/2024,2\n"));
    ad_schema *s = schema_of(o);
    CHECK_EQ(field(s, "d")->use, AD_USE_NONE);
    CHECK_CONTAINS(field(s, "d")->why, "d=dmy or =mdy");
    ad_schema_free(s);
    o.types = NAMES("d=mdy");
    s = schema_of(o);
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    REQUIRE(rows);
    CHECK_CLOSE(value(rows, "d.month", 0), 1, 0);
    CHECK_CLOSE(value(rows, "d.day", 1), 4, 0);
    ad_source_free(rows);
    ad_schema_free(s);
}

/* 40 rows of numbers, all different, with other words in the cells of the rows that are named. */
static const char *with_slips(const char *first, const char *second)
{
    char text[2000] = "a,b\n", *end = text + 4;
    for (int i = 0; i < 40; i++) {
        const char *word = i == 6 ? first : i == 30 ? second : NULL;
        end += word ? sprintf(end, "%d,%s\n", i % 3, word) : sprintf(end, "%d,%d.5\n", i % 3, i);
    }
    return write_text("slip.csv", text);
}

TEST(a_text_among_numbers)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = with_slips("12O", NULL));
    CHECK_CONTAINS(refusal(o), "slip.csv:8:3: '12O' stands in 'b', where 39 of 40 are numbers\n");
    o.missing = NAMES("12O");
    ad_schema *s = schema_of(o);
    CHECK_EQ(field(s, "b")->meaning, AD_MEANS_NUMBER);
    CHECK_EQ(field(s, "b")->missing, 1);
    ad_schema_free(s);
    o.missing = (ad_names){0};
    o.types = NAMES("b=class");
    s = schema_of(o);
    CHECK_EQ(field(s, "b")->meaning, AD_MEANS_CLASS);
    ad_schema_free(s);
    o.types = (ad_names){0};
    o.skip = NAMES("b");
    s = schema_of(o);
    CHECK_EQ(field(s, "b")->use, AD_USE_NONE);
    ad_schema_free(s);
    /* two in 38 are more than one in twenty: texts */
    s = schema_of(AD_OPTIONS(ad_csv_options, .path = with_slips("x", "y")));
    CHECK_EQ(field(s, "b")->use, AD_USE_NONE);
    ad_schema_free(s);
    /* few different numbers may be codes */
    s = schema_of(AD_OPTIONS(ad_csv_options, .target = NAMES("t"),
                             .path = write_text("codes.csv",
                                                "c,t\n1,0\n2,1\n3,0\n1,1\n2,0\n3,1\n1,0\n2,1\n3,0\n"
                                                "1,0\n2,1\n3,0\n1,1\n2,0\n3,1\n1,0\n2,1\n3,0\n"
                                                "1,0\n2,1\n3,0\n1,1\n2,0\n3,1\n1,0\n2,1\nA,0\n")));
    CHECK_EQ(field(s, "c")->meaning, AD_MEANS_CLASS);
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- files that are wrong */

static const char *refused(const char *text)
{
    return refusal(AD_OPTIONS(ad_csv_options, .path = write_text("bad.csv", text)));
}

TEST(files_that_are_wrong)
{
    CHECK_CONTAINS(refused("a,b\n1,2\n3,4\n5\n"),
                   "bad.csv:4:1: 1 cells; the table has 2 columns\n");
    CHECK_CONTAINS(refused("a,b\n1,2\n3,4\n5,6,7\n"), "bad.csv:4:5: 3 cells; the table has 2");
    /* one row of no inputs and a class without a name: not what the first row says */
    CHECK_CONTAINS(refused("1,0,\n0]\n"), "bad.csv:2:1: 1 cells; the table has 3 columns");
    CHECK_CONTAINS(refused(""), "is empty");
    CHECK_CONTAINS(refused("\n\n"), "has no row");
    CHECK_CONTAINS(refused("a,b\n1,\xFF\n"), "bad.csv:2:3: byte 0xFF is not UTF-8");
    CHECK_CONTAINS(refused("\xFF\xFE"
                           "a"),
                   "UTF-16");
    CHECK_CONTAINS(refused("a,b\n"), "no column is left");
    const char zero[] = "a,b\n1,2\n3,\0\n";
    CHECK_CONTAINS(
        refusal(AD_OPTIONS(ad_csv_options, .path = write_bytes("zero.csv", zero, sizeof zero - 1))),
        "zero.csv:3:3: a zero byte");
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = scratch("not there"));
    CHECK_CONTAINS(refusal(o), "cannot be opened");
    o.path = folder;
    CHECK_CONTAINS(refusal(o), "is a folder");
    o.path = "-";
    CHECK_CONTAINS(refusal(o), "read twice");
    o.path = NULL;
    CHECK_CONTAINS(refusal(o), "no path");
    o.path = write_text("q.csv", "a,b\n1,\"2\n3,4\n");
    o.quote = "\"";
    CHECK_CONTAINS(refusal(o), "q.csv:2:3: a quote that is never closed");
    o.path = write_text("q.csv", "a,b\n1,\"2\"x\n3,4\n");
    CHECK_CONTAINS(refusal(o), "q.csv:2:6: something stands behind a closing quote");
    o.quote = "ab";
    CHECK_CONTAINS(refusal(o), "quote: 'ab'");
    o.quote = NULL, o.decimal = ";";
    CHECK_CONTAINS(refusal(o), "decimal: ';'");
}

/* printf 'a,b\n1,2\n3,4\n' | gzip -n */
static const unsigned char packed[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4b, 0xd4, 0x49, 0xe2, 0x32, 0xd4,
    0x31, 0xe2, 0x32, 0xd6, 0x31, 0xe1, 0x02, 0x00, 0xe5, 0xe9, 0xd6, 0xce, 0x0c, 0x00, 0x00, 0x00};

TEST(gzip)
{
    unsigned char more[2 * sizeof packed + 1];
    memcpy(more, packed, sizeof packed);
    more[sizeof packed] = 'x';
    ad_csv_options o =
        AD_OPTIONS(ad_csv_options, .path = write_bytes("p.csv.gz", packed, sizeof packed));
    ad_schema *s = NULL;
    if (csv()->understand(&o, &s) == AD_ERROR_UNSUPPORTED)
        return;
    ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
    REQUIRE(rows);
    CHECK_CLOSE(value(rows, "b", 1), 4, 0);
    ad_source_free(rows);
    ad_schema_free(s);
    o.path = write_bytes("p.csv.gz", packed, sizeof packed - 3);
    CHECK_CONTAINS(refusal(o), "the gzip file is cut off");
    o.path = write_bytes("p.csv.gz", packed, 20);
    CHECK_CONTAINS(refusal(o), "the gzip file is cut off");
    o.path = write_bytes("p.csv.gz", more, sizeof packed + 1);
    CHECK_CONTAINS(refusal(o), "stands behind the gzip data");
    more[12] ^= 0x40;
    o.path = write_bytes("p.csv.gz", more, sizeof packed);
    CHECK_CONTAINS(refusal(o), "the gzip file is damaged");
    memcpy(more, packed, sizeof packed);
    memcpy(more + sizeof packed, packed, sizeof packed);
    o.path = write_bytes("p.csv.gz", more, 2 * sizeof packed); /* two members: their texts joined */
    s = schema_of(o);
    CHECK_EQ(field(s, "1")->classes, 3); /* 1, 3, a */
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- long files */

/* Five megabytes with quotes over lines, so that there are blocks to cut. */
static const char *write_long(void)
{
    const char *path = scratch("long.csv");
    FILE *f = fopen(path, "wb");
    fprintf(f, "id,x,word,text,y\n");
    for (int i = 0; i < 90000; i++)
        fprintf(f, "%d,%.17g,w%d,\"%s, \"\"%d\"\"\n,\",%d\n", i, sin(i), i % 500,
                i % 3 ? "long\n" : "", i % 77, i % 4);
    fclose(f);
    return path;
}

TEST(any_number_of_threads_gives_the_same)
{
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_long());
    o.target = NAMES("y");
    char *first = NULL;
    uint64_t print = 0;
    for (int threads = 1; threads <= 5; threads += 2) {
        o.threads = threads;
        ad_schema *s = schema_of(o);
        char *text = ad_schema_text(s);
        ad_source *rows = rows_of(o, s, AD_PART_TRAIN);
        REQUIRE(rows && text);
        uint64_t now;
        CHECK_OK(ad_source_fingerprint(rows, &now));
        if (!first) {
            first = text;
            print = now;
            CHECK_EQ(ad_source_count(rows), 90000);
            CHECK_CLOSE(value(rows, "x", 89999), sin(89999), 0);
            CHECK_EQ(field(s, "word")->classes, 500);
            CHECK_EQ(field(s, "text")->classes, 77 * 2);
        } else {
            CHECK_STREQ(text, first);
            CHECK(now == print);
            free(text);
        }
        ad_source_free(rows);
        ad_schema_free(s);
    }
    free(first);
}

TEST(a_mistake_far_behind_has_its_line)
{
    const char *path = write_long();
    FILE *f = fopen(path, "ab");
    fprintf(f, "7,8,9\n");
    for (int i = 0; i < 100000; i++)
        fprintf(f, "1,2\n");
    fclose(f);
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = path, .threads = 3);
    /* 90000 rows of 2 lines and one more for 2 of 3, and the header */
    CHECK_CONTAINS(refusal(o), "long.csv:240002:1: 3 cells; the table has 5 columns");
    remove_files();
}

TEST_MAIN
