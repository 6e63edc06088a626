/* A look at data: what is planted is found, what is not is not, and numbers are those of
 * SciPy 1.16:
 *
 *     i = np.arange(300); a = (i * 37 % 101) / 10; b = (i[:120] * 53 % 97) / 10 + 2
 *     d = ks_2samp(a, b).statistic; kstwobign.sf(np.sqrt(300 * 120 / 420) * d)
 *     np.quantile(a, [.25, .5, .75]), a.mean(), a.std()
 *     chi2_contingency([[100, 100, 100], [80, 20, 20]]).pvalue
 */
#include "configuration_main.h"
#include "test.h"

#include <adze/inspect.h>

#include "picture_files.h"

static ad_data_look *look;

/* The findings of a path, its target, and one setting; NULL: none. */
static bool looked(const char *path, const char *target, const char *set)
{
    ad_data_look_options o = {.path = scratch(path), .targets = target != NULL};
    const char *sets[] = {set};
    o.target[0] = target;
    o.set = sets, o.set_count = set != NULL;
    ad_data_look_free(look);
    look = NULL;
    return ad_data_look_at(&o, &look) == AD_OK;
}

static const ad_finding *find(const char *code)
{
    for (int i = 0; look && i < look->findings; i++)
        if (strcmp(look->finding[i].code, code) == 0)
            return &look->finding[i];
    return NULL;
}

static const ad_look_column *column(const char *name)
{
    for (int i = 0; look && i < look->columns; i++)
        if (strcmp(look->column[i].name, name) == 0)
            return &look->column[i];
    return NULL;
}

#define WARNED(code) CHECK(find(code) && find(code)->level == AD_FINDING_WARNING)
#define NOTED(code) CHECK(find(code) && find(code)->level == AD_FINDING_NOTE)
#define SILENT(code) CHECK(!find(code))

/* ---------------------------------------------------------------- tables of our own */

typedef struct table {
    FILE *file;
    uint64_t word;
} table;

static table begin(const char *name, const char *names)
{
    write_file(name, "", 0);
    table t = {fopen(scratch(name), "w"), 88172645463325252u};
    fprintf(t.file, "%s\n", names);
    return t;
}

/* Even over 0 to 1 (xorshift, Marsaglia 2003). */
static double even(table *t)
{
    t->word ^= t->word << 13, t->word ^= t->word >> 7, t->word ^= t->word << 17;
    return (double)(t->word >> 11) * 0x1p-53;
}

/* Two numbers and a class that a linear classifier tells in nineteen of twenty. */
static void row(table *t, int i, const char *more)
{
    double a = even(t), b = even(t);
    (void)i;
    fprintf(t->file, "%.6f,%.6f,%s%s\n", a, b, a + b + 0.1 * (even(t) - 0.5) > 1 ? "yes" : "no",
            more);
}

static void parts(const char *config, const char *train, const char *test, const char *target)
{
    char text[300];
    snprintf(text, sizeof text,
             "data: {format: csv, path: %s, test: %s, target: %s}\nmodel: [flatten]\n", train, test,
             target);
    write_file(config, text, strlen(text));
}

/* ---------------------------------------------------------------- nothing is wrong */

TEST(clean_data_is_not_warned_of)
{
    table t = begin("clean.csv", "a,b,y");
    for (int i = 0; i < 400; i++)
        row(&t, i, "");
    fclose(t.file);
    REQUIRE(looked("clean.csv", "y", NULL));
    CHECK_EQ(look->warnings, 0);
    CHECK_EQ(look->part[AD_PART_TRAIN].count, 400);
    CHECK(look->linear > 0.9 && look->majority < 0.6);
    CHECK(isnan(look->apart));
    CHECK_EQ(look->examples, AD_LOOK_EXCERPT);
    CHECK_STREQ(look->reader, "csv");
    REQUIRE(looked("clean.csv", NULL, NULL)); /* without a target */
    CHECK_EQ(look->warnings, 0);
    CHECK(isnan(look->linear));
}

TEST(numbers_of_a_column)
{
    table t = begin("train.csv", "v,kind,y");
    for (int i = 0; i < 300; i++)
        fprintf(t.file, "%.1f,%c,%d\n", (i * 37 % 101) / 10.0, 'p' + i % 3, i * 29 % 7 > 3);
    fclose(t.file);
    t = begin("test.csv", "v,kind,y");
    for (int i = 0; i < 120; i++)
        fprintf(t.file, "%.1f,%c,%d\n", (i * 53 % 97) / 10.0 + 2, i % 2 ? 'p' + i % 3 : 'p',
                i * 29 % 7 > 3);
    fclose(t.file);
    REQUIRE(looked("train.csv", "y", NULL));
    const ad_look_column *v = column("v");
    REQUIRE(v);
    CHECK(fabs(v->mean - 4.989333333333334) < 1e-12);
    CHECK(fabs(v->deviation - 2.916279517162616) < 1e-12);
    CHECK(fabs(v->quartile[0] - 2.475) < 1e-12 && v->quartile[1] == 5 && v->quartile[2] == 7.5);
    CHECK(v->least == 0 && v->most == 10);
    CHECK_EQ(v->different, 101);
    double in = 0;
    for (int k = 0; k < v->bins; k++)
        in += v->bin[AD_PART_TRAIN][k];
    CHECK(in == 300);
    parts("parts.yaml", "train.csv", "test.csv", "y");
    REQUIRE(looked("parts.yaml", NULL, NULL));
    CHECK(fabs(column("v")->drift - 0.2) < 1e-12);
    CHECK(fabs(column("v")->chance - 3 * 0.002103830227430873) < 1e-12);
    CHECK(fabs(column("kind")->drift - 1.0 / 3) < 1e-12);
    CHECK(fabs(column("kind")->chance / (3 * 3.5924031961141093e-09) - 1) < 1e-9);
    WARNED("W416");
    CHECK_STREQ(find("W416")->field, "kind");
    CHECK_CONTAINS(find("W416")->what, "'p' is 66.7 % there, 33.3 % in training");
    CHECK(look->apart_low < look->apart && look->apart < look->apart_high);
}

/* ---------------------------------------------------------------- what is planted */

TEST(columns_that_leak_or_name_rows)
{
    table t = begin("leak.csv", "a,b,y,later,number,always,pounds");
    for (int i = 0; i < 400; i++) {
        double a = even(&t), b = even(&t);
        bool yes = a + b + even(&t) - 0.5 > 1;
        fprintf(t.file, "%.6f,%.6f,%s,%d,%d,17,%.8f\n", a, b, yes ? "yes" : "no",
                i % 100 ? yes : !yes, 1000 + i * 137 % 401, 2.2046 * a);
    }
    fclose(t.file);
    REQUIRE(looked("leak.csv", "y", NULL));
    WARNED("W409");
    CHECK_STREQ(find("W409")->field, "later");
    CHECK(column("later")->alone > 0.97 && column("a")->alone < 0.6);
    WARNED("W408");
    CHECK_STREQ(find("W408")->field, "number");
    NOTED("W407");
    CHECK_CONTAINS(find("W407")->what, "'always' is left out: constant");
    NOTED("W420");
    CHECK_CONTAINS(find("W420")->what, "'pounds' says what 'a' says");
    REQUIRE(looked("leak.csv", "b", NULL)); /* a number */
    SILENT("W409");
    REQUIRE(looked("leak.csv", "pounds", NULL));
    CHECK_STREQ(find("W409")->field, "a");
}

/* Of 'u' 135 of 150 lack b, of 'v' none; a name with four values is in all parts of a random cut;
 * years in even steps are the time of a series. */
TEST(what_is_missing_named_or_the_time)
{
    table t = begin("lacks.csv", "a,b,who,y");
    for (int i = 0; i < 300; i++) {
        fprintf(t.file, "%.6f,", even(&t));
        if (i % 2 || i % 20 == 0)
            fprintf(t.file, "%.3f", even(&t));
        fprintf(t.file, ",w%d,%s\n", i % 4, i % 2 ? "v" : "u");
    }
    fclose(t.file);
    REQUIRE(looked("lacks.csv", "y", NULL));
    WARNED("W427");
    CHECK_CONTAINS(find("W427")->what, "'b' is missing in 90 % of the examples of class 'u', and "
                                       "in 0 % of all others");
    SILENT("W428");
    const char text[] = "data: {format: csv, path: lacks.csv, target: y, id: [who]}\n"
                        "model: [flatten]\n";
    write_file("lacks.yaml", text, strlen(text));
    REQUIRE(looked("lacks.yaml", NULL, NULL));
    CHECK(find("W428") == NULL || strcmp(find("W428")->field, "who") == 0);
    t = begin("years.csv", "YEAR,spots");
    for (int i = 0; i < 60; i++)
        fprintf(t.file, "%d,%.3f\n", 1900 + i, even(&t));
    fclose(t.file);
    REQUIRE(looked("years.csv", NULL, NULL));
    CHECK(column("spots") && column("YEAR") && column("YEAR")->field->use == AD_USE_ID);
}

TEST(texts_among_numbers_have_their_places)
{
    table t = begin("slip.csv", "a,b,y");
    for (int i = 0; i < 400; i++)
        if (i == 99 || i == 249 || i == 250 || i == 300)
            fprintf(t.file, "0.5,%s,yes\n", i == 99 ? "see note" : "x");
        else
            row(&t, i, "");
    fclose(t.file);
    REQUIRE(looked("slip.csv", "y", NULL));
    WARNED("W415");
    CHECK_CONTAINS(find("W415")->what,
                   "'b' has 4 texts among 396 numbers, taken as missing: "
                   "'see note' on line 101, 'x' on line 251, 'x' on line 252...");
    CHECK_EQ(column("b")->missing[AD_PART_TRAIN], 4);
    /* a training refuses it, unless it is asked for */
    ad_config *c;
    ad_schema *s = NULL;
    const char *text = "data: {format: csv, path: slip.csv, target: y}\nmodel: [flatten]\n";
    REQUIRE(ad_config_parse(scratch("x.yaml"), text, strlen(text), NULL, 0, &c) == AD_OK);
    CHECK_EQ(ad_config_understand(c, &s), AD_ERROR_FORMAT);
    CHECK_CONTAINS(ad_kit_error(), "slip.csv:101:");
    ad_config_free(c);
}

/* Pairs begin with an example of the part that is spoken of. */
static void check_own_places(void)
{
    for (int i = 0; i < look->findings; i++) {
        const ad_finding *f = &look->finding[i];
        bool across = strcmp(f->code, "W411") == 0 || strcmp(f->code, "W413") == 0;
        ad_part part =
            strstr(f->what, "of the validation part") ? AD_PART_VALIDATION : AD_PART_TEST;
        for (int k = 0; across && k < f->places; k += 2)
            CHECK(f->place[k].part == part && f->place[k + 1].part == AD_PART_TRAIN);
    }
}

TEST(examples_that_are_there_twice)
{
    table t = begin("train.csv", "a,b,y");
    for (int i = 0; i < 400; i++)
        row(&t, i, "");
    for (int i = 0; i < 12; i++)
        fprintf(t.file, "0.%d,0.25,%s\n", 1 + i % 6, "yes"); /* 6 repeat 6 */
    for (int i = 0; i < 8; i++)
        fprintf(t.file, "0.%d,0.25,no\n", 1 + i % 6); /* with another class */
    fclose(t.file);
    t = begin("test.csv", "a,b,y");
    for (int i = 0; i < 95; i++)
        fprintf(t.file, "%.6f,%.6f,%s\n", even(&t), even(&t), i % 2 ? "yes" : "no");
    for (int i = 0; i < 5; i++)
        fprintf(t.file, "0.%d,0.25,yes\n", 1 + i);
    fclose(t.file);
    parts("parts.yaml", "train.csv", "test.csv", "y");
    REQUIRE(looked("parts.yaml", NULL, NULL));
    WARNED("W410");
    CHECK_EQ(find("W410")->count, 14);
    CHECK_EQ(look->part[AD_PART_TRAIN].repeated, 14);
    WARNED("W411");
    CHECK_EQ(find("W411")->count, 5);
    CHECK_EQ(look->part[AD_PART_TEST].seen, 5);
    const ad_data_place *p = find("W411")->place;
    CHECK(p[0].part == AD_PART_TEST && p[1].part == AD_PART_TRAIN);
    CHECK_EQ(p[0].example, 95);
    CHECK_EQ(p[1].example, 400);
    char *words = ad_data_place_text(&p[0]);
    CHECK_STREQ(words, "test row 96");
    free(words);
    WARNED("W414");
    CHECK_EQ(find("W414")->count, 8);
    check_own_places();
}

static bool has_cell(const ad_look_example *e, const char *text)
{
    for (int c = 0; e && e->cell && c < look->columns; c++)
        if (e->cell[c] && strcmp(e->cell[c], text) == 0)
            return true;
    return false;
}

TEST(texts_that_are_nearly_the_same)
{
    static const char *const words[] = {"river", "stone", "lamp",  "green",  "seven", "walks",
                                        "under", "the",   "old",   "bridge", "where", "nobody",
                                        "looks", "for",   "bread", "and",    "salt",  "today"};
    table t = begin("lines.txt", "a\tthe first of all lines");
    for (int i = 0; i < 200; i++) {
        fprintf(t.file, "%c\t", 'a' + i % 2);
        for (int k = 0; k < 9; k++)
            fprintf(t.file, "%s ", words[(int)(18 * even(&t))]);
        fprintf(t.file, "%d\n", i);
    }
    fprintf(t.file, "b\tThe FIRST, of all: lines!\nb\tthe first of all lines\na\t:-)\n");
    fclose(t.file);
    REQUIRE(looked("lines.txt", NULL, NULL));
    CHECK_STREQ(look->reader, "text");
    CHECK(find("W412") && find("W412")->count == 1);
    REQUIRE(find("W412") && find("W412")->example);
    CHECK_EQ(find("W412")->place[0].example, 201);
    CHECK(has_cell(&find("W412")->example[0], "The FIRST, of all: lines!"));
    CHECK(has_cell(&find("W412")->example[1], "the first of all lines"));
    CHECK(find("W410") && find("W410")->count == 1);
    CHECK(find("W414") && find("W414")->count == 1);
    NOTED("W423");
    CHECK(column("text")->kind == AD_LOOK_CHARACTERS && column("text")->least == 3);
}

TEST(labels_that_are_flipped)
{
    table t = begin("flip.csv", "a,b,y");
    bool flipped[1000] = {false};
    for (int i = 0; i < 1000; i++) {
        double a = even(&t), b = even(&t);
        flipped[i] = i % 17 == 3;
        fprintf(t.file, "%.6f,%.6f,%s\n", a, b, (a + b > 1) != flipped[i] ? "yes" : "no");
    }
    fclose(t.file);
    REQUIRE(looked("flip.csv", "y", NULL));
    WARNED("W418");
    const ad_finding *f = find("W418");
    int right = 0;
    for (int i = 0; i < f->places; i++)
        right += flipped[f->place[i].example];
    CHECK_EQ(f->places, AD_LOOK_PLACES);
    CHECK_EQ(right, AD_LOOK_PLACES);
    CHECK_CONTAINS(f->place[0].note, ", probably '");
}

TEST(order_sentinels_and_names)
{
    table t = begin("odd.csv", "a,b,y,port,gone");
    for (int i = 0; i < 400; i++)
        fprintf(t.file, "%.4f,%.4f,%s,%s,%s\n", i % 80 ? even(&t) : -999, even(&t),
                i < 180   ? "a"
                : i < 385 ? "b"
                          : "c",
                i % 3 ? i % 5 ? "Cork" : "cork." : "Kiel",
                i % 20   ? ""
                : i % 40 ? "1.5"
                         : "2.5");
    fclose(t.file);
    REQUIRE(looked("odd.csv", "y", NULL));
    WARNED("W406");
    WARNED("W422");
    CHECK_CONTAINS(find("W422")->what, "'a' has the value -999 5 times");
    WARNED("W421");
    CHECK_CONTAINS(find("W421")->what, "'port' has the classes 'Cork' and 'cork.'");
    WARNED("W419");
    CHECK_CONTAINS(find("W419")->what, "'gone' is missing in 95 %");
    WARNED("W404");
    CHECK_CONTAINS(find("W404")->what, "class 'b' has 205 training examples, class 'c' 15");
    t = begin("line.csv", "a,y");
    for (int i = 0; i < 200; i++)
        fprintf(t.file, "%.4f,%.4f\n", even(&t), sin(i / 20.0) + 0.1 * even(&t));
    fclose(t.file);
    REQUIRE(looked("line.csv", "y", NULL));
    NOTED("W424");
}

/* ---------------------------------------------------------------- pictures */

static void write_pgm(const char *name, int seed, double light, int noise)
{
    unsigned char bytes[13 + 24 * 24] = "P5\n24 24\n255\n";
    table t = {NULL, 1000003u * (uint64_t)(seed + 1)}, n = {NULL, 77u + (uint64_t)seed};
    double block[36];
    for (int i = 0; i < 36; i++)
        block[i] = 20 + 200 * even(&t);
    for (int i = 0; i < 24 * 24; i++)
        bytes[13 + i] = (unsigned char)(light * block[i / 96 * 6 + i % 24 / 4] + noise * even(&n));
    write_file(name, bytes, sizeof bytes);
}

TEST(pictures_that_are_nearly_the_same)
{
    char name[80];
    for (int i = 0; i < 80; i++) {
        snprintf(name, sizeof name, "p/%s/%c/%03d.pgm", i % 4 ? "train" : "test", 'a' + i % 2, i);
        write_pgm(name, i, 1, 0);
    }
    for (int i = 1; i < 9; i += 2) { /* of the training part's b, darker and with noise */
        snprintf(name, sizeof name, "p/test/b/copy%d.pgm", i);
        write_pgm(name, i, 0.85, 3);
    }
    write_pgm("p/test/a/equal.pgm", 2, 1, 0);
    unsigned char flat[13 + 24 * 24] = "P5\n24 24\n255\n";
    memset(flat + 13, 9, 24 * 24);
    write_file("p/train/a/flat.pgm", flat, sizeof flat);
    REQUIRE(looked("p", NULL, NULL));
    CHECK_STREQ(look->reader, "images");
    WARNED("W413");
    CHECK_EQ(find("W413")->count, 4);
    REQUIRE(find("W413")->places == 8);
    CHECK_CONTAINS(find("W413")->place[0].name, "p/test/b/copy1.pgm");
    CHECK_CONTAINS(find("W413")->place[1].name, "p/train/b/001.pgm");
    CHECK(find("W413")->example && find("W413")->example[0].pixels);
    WARNED("W411");
    CHECK_EQ(find("W411")->count, 1);
    WARNED("W423");
    CHECK_CONTAINS(find("W423")->place[0].name, "flat.pgm");
    SILENT("W406"); /* files lie class by class */
}

/* ---------------------------------------------------------------- writing, and what is refused */

/* Every < of a tag closes, and no script or address of another page is in it. */
static void check_page(const char *page)
{
    REQUIRE(page);
    CHECK(strncmp(page, "<!doctype html>", 15) == 0);
    CHECK(!strstr(page, "<script") && !strstr(page, "http://") && !strstr(page, "https://"));
    CHECK_CONTAINS(page, "prefers-color-scheme:dark");
    CHECK_CONTAINS(page, "</html>");
}

TEST(text_json_and_page)
{
    table t = begin("a<b>&.csv", "a,b,y,<i>");
    for (int i = 0; i < 100; i++)
        row(&t, i, i % 2 ? ",\"<u>\"" : ",\"&amp;\"");
    fclose(t.file);
    REQUIRE(looked("a<b>&.csv", "y", NULL));
    char *page = ad_data_look_html(look), *json = ad_data_look_json(look);
    char *words = ad_data_look_text(look, &(ad_terminal_options){.width = 80, .ascii = true});
    check_page(page);
    CHECK(page && !strstr(page, "<u>") && !strstr(page, "<i>"));
    CHECK_CONTAINS(page, "&lt;u&gt;");
    CHECK_CONTAINS(json, "{\"event\": \"end\", \"warnings\": ");
    CHECK_CONTAINS(words, "Columns\n");
    for (const char *line = words; line && *line; line += strcspn(line, "\n") + 1)
        for (size_t k = 0; k < strcspn(line, "\n"); k++)
            CHECK((unsigned char)line[k] < 0x80);
    free(page);
    free(json);
    free(words);
}

TEST(the_same_for_any_number_of_threads)
{
    char *first = NULL;
    REQUIRE(looked("flip.csv", "y", NULL));
    for (int threads = 1; threads <= 3; threads += 2) {
        ad_data_look_options o = {
            .path = scratch("flip.csv"), .target = {"y"}, .targets = 1, .threads = threads};
        ad_data_look_free(look);
        REQUIRE(ad_data_look_at(&o, &look) == AD_OK);
        look->seconds = 0;
        char *json = ad_data_look_json(look);
        if (first)
            CHECK_STREQ(json, first);
        else
            first = json;
        if (json != first)
            free(json);
    }
    free(first);
}

TEST(a_sample_of_many)
{
    ad_data_look_options o = {.path = scratch("flip.csv"), .target = {"y"}, .targets = 1};
    o.examples = 300;
    ad_data_look_free(look);
    REQUIRE(ad_data_look_at(&o, &look) == AD_OK);
    CHECK_EQ(look->part[AD_PART_TRAIN].count, 1000);
    CHECK_EQ(look->part[AD_PART_TRAIN].looked, 300);
    char *words = ad_data_look_text(look, &(ad_terminal_options){.width = 80});
    CHECK_CONTAINS(words, "300 of them, drawn by a seed, were looked at");
    free(words);
}

TEST(what_cannot_be_looked_at)
{
    CHECK(!looked("nothing.csv", NULL, NULL));
    CHECK_CONTAINS(ad_kit_error(), "nothing.csv");
    CHECK(!looked("clean.csv", "z", NULL));
    CHECK_CONTAINS(ad_kit_error(), "'z'");
    CHECK(!looked("p", "label", NULL));
    CHECK_CONTAINS(ad_kit_error(), "has no place\n  leave it out");
    CHECK(!looked("parts.yaml", "y", NULL));
    CHECK_CONTAINS(ad_kit_error(), "--set data.target=y");
    write_file("empty.csv", "a,b\n", 4);
    CHECK(!looked("empty.csv", NULL, NULL));
    write_file("one.csv", "a,b,y\n1,2,x\n", 12);
    CHECK(looked("one.csv", "y", NULL));
    write_file("bad.yaml", "data: {format: csv}\n", 20);
    CHECK(!looked("bad.yaml", NULL, NULL));
    ad_data_look_free(look);
    look = NULL;
}

TEST_MAIN_OF_CONFIGURATIONS()
