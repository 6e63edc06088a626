/* Tables that are no CSV: SQLite (values from the shell sqlite3 3.40), ARFF (from scipy 1.17,
 * scipy.io.arff.loadarff) and svmlight (from scikit-learn 1.9, load_svmlight_file), and what they
 * refuse. */
#define _XOPEN_SOURCE 700

#include "test.h"

#include <adze/kit.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static const char *write_text(const char *name, const char *text)
{
    const char *path = scratch(name);
    FILE *file = fopen(path, "wb");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
    return path;
}

#define NAMES(...) \
    ((ad_names){(int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]){__VA_ARGS__}})

/* The schema and, where rows is given, the rows to train on; false with the message. */
static bool reads(const char *reader, const void *options, ad_schema **s, ad_source **rows)
{
    const ad_reader_record *r = ad_reader_find(reader);
    *s = NULL;
    if (rows)
        *rows = NULL;
    if (r->understand(options, s) != AD_OK)
        return false;
    if (!rows || r->open(options, *s, AD_PART_TRAIN, rows) == AD_OK)
        return true;
    ad_schema_free(*s);
    *s = NULL;
    return false;
}

static const char *refusal(const char *reader, const void *options)
{
    ad_schema *s;
    ad_source *rows;
    bool good = reads(reader, options, &s, &rows);
    CHECK(!good);
    if (good) {
        ad_source_free(rows);
        ad_schema_free(s);
    }
    return ad_kit_error();
}

static double value(ad_source *rows, const char *name, int64_t i)
{
    const ad_source_field *field;
    int fields = ad_source_fields(rows, &field), at = ad_source_find(rows, name);
    int64_t room[64];
    ad_array into[64];
    if (at < 0 || fields > 64) {
        TEST_FAILED("no field %s", name);
        return NAN;
    }
    for (int f = 0; f < fields; f++)
        into[f] = (ad_array){field[f].type, AD_SHAPE(1), &room[f], NULL};
    if (ad_source_read(rows, &i, 1, 0, into) == AD_OK)
        return ad_array_item(&into[at], 0);
    TEST_FAILED("%s", ad_error());
    return NAN;
}

/* ---------------------------------------------------------------- SQLite */

/* A data base of two tables and a view, made by the shell; NULL where there is none. */
static const char *base_file(void)
{
    const char *path = scratch("base.sqlite");
    char command[9000];
    unlink(path);
    snprintf(command, sizeof command,
             "sqlite3 '%s' \"CREATE TABLE people (id INTEGER, name TEXT, height REAL, born TEXT, "
             "kind TEXT, big INTEGER, pic BLOB); INSERT INTO people VALUES "
             "(10,'Ann',0.1,'1990-05-06','a',9007199254740993,NULL),"
             "(20,'Bob',1e300,'1991-07-08','b',-5,NULL),"
             "(31,'Cid',NULL,'1992-09-10','a',6,x'00');"
             "CREATE TABLE \\\"od d\\\" (x REAL); INSERT INTO \\\"od d\\\" VALUES (1.5),(2);\" "
             "2>/dev/null",
             path);
    return system(command) == 0 ? path : NULL;
}

TEST(rows_of_a_query)
{
    const char *path = base_file();
    if (!path)
        return;
    ad_sqlite_options o = AD_OPTIONS(ad_sqlite_options, .path = path);
    o.query = "SELECT id, height, born, kind, big FROM people ORDER BY id";
    o.target = NAMES("kind");
    o.id = NAMES("id");
    ad_schema *s;
    ad_source *rows;
    if (!reads("sqlite", &o, &s, &rows)) {
        CHECK_CONTAINS(ad_kit_error(), "libsqlite3-dev");
        return;
    }
    CHECK_EQ(ad_source_count(rows), 3);
    CHECK_CLOSE(value(rows, "id", 2), 31, 0);
    CHECK_CLOSE(value(rows, "height", 0), 0.1, 0);
    CHECK_CLOSE(value(rows, "height", 1), 1e300, 0);
    CHECK(isnan(value(rows, "height", 2)));
    CHECK_CLOSE(value(rows, "kind", 1), 1, 0);
    CHECK_CLOSE(value(rows, "born.month", 1), 7, 0);
    int64_t number = 0, big = 0, room[16];
    const ad_source_field *field;
    ad_array into[16];
    int fields = ad_source_fields(rows, &field);
    for (int f = 0; f < fields; f++)
        into[f] = (ad_array){field[f].type, AD_SHAPE(1), &room[f], NULL};
    into[ad_source_find(rows, "big")].data = &big;
    CHECK_OK(ad_source_read(rows, &number, 1, 0, into));
    CHECK(big == 9007199254740993);
    ad_source_free(rows);
    const ad_reader_record *r = ad_reader_find("sqlite");
    CHECK_EQ(r->items(s, &path, 1, &rows), AD_OK);
    CHECK_EQ(ad_source_count(rows), 3);
    ad_source_free(rows);
    o.test = "SELECT * FROM people WHERE id > 99";
    CHECK_EQ(r->open(&o, s, AD_PART_TEST, &rows), AD_OK);
    CHECK_EQ(ad_source_count(rows), 0);
    ad_source_free(rows);
    ad_schema_free(s);
}

TEST(queries_that_are_wrong)
{
    const char *path = base_file();
    if (!path)
        return;
    ad_sqlite_options o = AD_OPTIONS(ad_sqlite_options, .path = path);
    const char *words = refusal("sqlite", &o);
    if (strstr(words, "libsqlite3-dev"))
        return;
    CHECK_CONTAINS(words, "has 2 tables: od d, people, and no query is given");
    o.query = "SELEC 1";
    CHECK_CONTAINS(refusal("sqlite", &o), "near \"SELEC\": syntax error");
    o.query = "SELECT * FROM peopel";
    CHECK_CONTAINS(refusal("sqlite", &o), "no such table: peopel");
    o.query = "DELETE FROM people";
    CHECK_CONTAINS(refusal("sqlite", &o), "gives no rows");
    o.query = "SELECT 1; SELECT 2";
    CHECK_CONTAINS(refusal("sqlite", &o), "not one statement");
    o.query = "SELECT id, id FROM people";
    CHECK_CONTAINS(refusal("sqlite", &o), "two columns of the query are called 'id'");
    o.query = "SELECT id, pic FROM people ORDER BY id";
    CHECK_CONTAINS(refusal("sqlite", &o), "base.sqlite:3:2: a BLOB stands in the column 'pic'");
    o.query = NULL;
    o.path = write_text("no.sqlite", "this is a text that is no data base at all, and long enough");
    CHECK_CONTAINS(refusal("sqlite", &o), "file is not a database");
    o.path = scratch("absent");
    CHECK_CONTAINS(refusal("sqlite", &o), "unable to open database file");
}

/* ---------------------------------------------------------------- ARFF */

static const char weather[] = "% Weather\n"
                              "@RELATION weather\n\n"
                              "@attribute outlook {sunny, overcast, 'very rainy'}\n"
                              "@ATTRIBUTE 'temp erature' NUMERIC\n"
                              "@attribute humidity real\n"
                              "@attribute when date 'yyyy-MM-dd'\n"
                              "@attribute play {yes, no}\n"
                              "@data\n"
                              "sunny,85,8.5e1,2024-01-02,no\n"
                              "'very rainy', 80 ,?,'2024-02-03',yes\n"
                              "% between\n"
                              "overcast,?,86,2023-02-03,yes\n"
                              "{2 1.5, 3 2024-01-01}\n";

TEST(rows_of_arff)
{
    ad_arff_options o = AD_OPTIONS(ad_arff_options, .path = write_text("w.arff", weather));
    o.target = NAMES("play");
    ad_schema *s;
    ad_source *rows;
    if (!reads("arff", &o, &s, &rows)) {
        TEST_FAILED("%s", ad_kit_error());
        return;
    }
    CHECK_EQ(ad_source_count(rows), 4);
    const ad_schema_field *outlook = ad_schema_find(s, "outlook");
    CHECK_EQ(outlook->classes, 3);
    CHECK_STREQ(outlook->names[0], "sunny");
    CHECK_STREQ(outlook->names[2], "very rainy");
    CHECK_CLOSE(value(rows, "outlook", 1), 2, 0);
    CHECK_CLOSE(value(rows, "outlook", 3), 0, 0);
    CHECK_CLOSE(value(rows, "temp erature", 1), 80, 0);
    CHECK(isnan(value(rows, "temp erature", 2)));
    CHECK_CLOSE(value(rows, "temp erature", 3), 0, 0);
    CHECK_CLOSE(value(rows, "humidity", 0), 85, 0);
    CHECK_CLOSE(value(rows, "humidity", 3), 1.5, 0);
    CHECK_CLOSE(value(rows, "play", 0), 1, 0);
    CHECK_CLOSE(value(rows, "play", 1), 0, 0);
    CHECK_CLOSE(value(rows, "when.year", 2), 2023, 0);
    ad_source_free(rows);
    const char *other = write_text("o.arff", "@relation r\n@attribute humidity numeric\n"
                                             "@attribute outlook {overcast, sunny}\n"
                                             "@attribute 'temp erature' numeric\n"
                                             "@attribute when date\n"
                                             "@data\n1,overcast,2,2024-01-05\n");
    CHECK_EQ(ad_reader_find("arff")->items(s, &other, 1, &rows), AD_OK);
    CHECK_CLOSE(value(rows, "outlook", 0), 1, 0);
    CHECK_CLOSE(value(rows, "play", 0), -1, 0);
    ad_source_free(rows);
    ad_schema_free(s);
}

static const char *arff_refused(const char *text)
{
    ad_arff_options o = AD_OPTIONS(ad_arff_options, .path = write_text("b.arff", text));
    return refusal("arff", &o);
}

#define HEAD "@relation r\n@attribute a numeric\n@attribute b {x,y}\n@data\n"

TEST(arff_that_is_wrong)
{
    CHECK_CONTAINS(arff_refused(HEAD "1,x\n1x,y\n"), "b.arff:6:1: '1x' stands where 'a' needs a");
    CHECK_CONTAINS(arff_refused(HEAD "1,z\n"), "b.arff:5:3: 'z' stands where 'b' needs one of");
    CHECK_CONTAINS(arff_refused(HEAD "1\n"), "b.arff:5:2: the row ends here");
    CHECK_CONTAINS(arff_refused(HEAD "1,x,2\n"), "b.arff:5:4: something stands behind");
    CHECK_CONTAINS(arff_refused(HEAD "1,'x\n"), "b.arff:5:3: a quote that is never closed");
    CHECK_CONTAINS(arff_refused(HEAD "{2 x}\n"), "b.arff:5:2: this is no index");
    CHECK_CONTAINS(arff_refused(HEAD "{1 y, 0 1}\n"), "b.arff:5:7: this is no index");
    CHECK_CONTAINS(arff_refused(HEAD "{1 y\n"), "b.arff:5:5: a sparse row is not closed");
    CHECK_CONTAINS(arff_refused(HEAD ",x\n"), "b.arff:5:1: a value is empty");
    CHECK_CONTAINS(arff_refused("@relation r\n"), "no line @data");
    CHECK_CONTAINS(arff_refused("@relation r\n@data\n"), "no attribute stands before");
    CHECK_CONTAINS(arff_refused("@relation r\n@attribute a {x,x}\n"), "stands twice");
    CHECK_CONTAINS(arff_refused("@relation r\n@attribute a {x\n"), "b.arff:2:16: no comma");
    CHECK_CONTAINS(arff_refused("@relation r\n@attribute a relational\n"), "no type");
    CHECK_CONTAINS(arff_refused("@attribute a real\n@attribute a real\n"), "has this name");
    CHECK_CONTAINS(arff_refused("a,b\n1,2\n"), "b.arff:1:1: this is no line of an ARFF file");
}

/* ---------------------------------------------------------------- svmlight */

/* load_svmlight_file gives X = [[0, 2.5, 0, -0.125], [1, 0, 0, 0], [0, 0, 3, 0]], y = [1, -1, 1].
 */
static const char sparse[] = "# a comment\n"
                             "1 2:2.5 4:-1.25e-1 # of a row\n"
                             "-1 qid:7 1:1\n"
                             "+1 3:3\n";

TEST(rows_of_svmlight)
{
    ad_svmlight_options o =
        AD_OPTIONS(ad_svmlight_options, .path = write_text("s.svmlight", sparse));
    ad_schema *s;
    ad_source *rows;
    if (!reads("svmlight", &o, &s, &rows)) {
        TEST_FAILED("%s", ad_kit_error());
        return;
    }
    CHECK_CONTAINS(s->notes, "indices begin with 1: none of them is 0");
    CHECK_CONTAINS(s->notes, "qid");
    static const float expected[] = {0, 0, 3, 0, 0, 2.5f, 0, -0.125f};
    int64_t number[] = {2, 0};
    float x[8];
    const ad_schema_field *label = ad_schema_find(s, "label");
    CHECK_EQ(label->classes, 2); /* 1 and +1 are one */
    REQUIRE(label->classes == 2);
    CHECK_STREQ(label->names[0], "-1");
    int32_t y[2];
    ad_array into[] = {ad_i32(y, AD_SHAPE(2)), ad_f32(x, AD_SHAPE(2, 4))};
    CHECK_OK(ad_source_read(rows, number, 2, 0, into));
    CHECK(y[0] == 1 && y[1] == 1);
    CHECK(memcmp(x, expected, sizeof x) == 0);
    ad_source_free(rows);
    ad_schema_free(s);
    o.width = 10, o.base = 1;
    REQUIRE(reads("svmlight", &o, &s, &rows));
    CHECK_EQ(ad_schema_find(s, "input")->shape.size[0], 10);
    ad_source_free(rows);
    ad_schema_free(s);
}

/* Rows to predict, as they come. */
typedef struct asked {
    int64_t rows, broken, pieces;
    float sum;
    char words[300];
} asked;

static ad_status note_rows(void *user, const ad_items *items)
{
    asked *a = user;
    CHECK_EQ(items->first, a->rows + 1);
    for (int64_t i = 0; i < items->count; i++) {
        float x[4];
        int32_t y;
        ad_array into[] = {ad_i32(&y, AD_SHAPE(1)), ad_f32(x, AD_SHAPE(1, 4))};
        CHECK_OK(ad_source_read(items->source, &i, 1, 0, into));
        a->sum += x[0] + x[1] + x[2] + x[3];
        if (items->error && items->error[i]) {
            a->broken++;
            snprintf(a->words, sizeof a->words, "%s", items->error[i]);
        }
    }
    a->rows += items->count;
    a->pieces++;
    return AD_OK;
}

TEST(a_broken_row_of_svmlight_is_its_own)
{
    ad_svmlight_options o =
        AD_OPTIONS(ad_svmlight_options, .path = write_text("s.svmlight", sparse));
    const ad_reader_record *r = (const ad_reader_record *)ad_record_find(ad_reader_at, "svmlight");
    ad_schema *s = NULL;
    REQUIRE(r->understand(&o, &s) == AD_OK);
    asked a = {0};
    CHECK_OK(r->each(s, write_text("p.svm", "1 1:2\n1 x:1\n7 4:1\n1 5:1\n-1 2:x\n\n1 3:8\n"),
                     note_rows, &a));
    CHECK_EQ(a.rows, 6);
    CHECK_EQ(a.broken, 3);
    CHECK_EQ(a.sum, 11);
    CHECK_CONTAINS(a.words, "p.svm:5:6: 'x' is no number");
    char *many = malloc(10000 * 8 + 1);
    REQUIRE(many);
    for (int i = 0; i < 10000; i++)
        memcpy(many + (size_t)i * 8, i == 9000 ? "1 4:1:1\n" : "1 2:0.5\n", 9);
    a = (asked){0};
    CHECK_OK(r->each(s, write_text("p.svm", many), note_rows, &a));
    CHECK(a.rows == 10000 && a.broken == 1 && a.pieces == 3 && a.sum == 9999 * 0.5f);
    CHECK(r->each(s, "/nowhere.svm", note_rows, &a) != AD_OK);
    free(many);
    ad_schema_free(s);
}

static const char *svm_refused(const char *text)
{
    ad_svmlight_options o = AD_OPTIONS(ad_svmlight_options, .path = write_text("b.svm", text));
    return refusal("svmlight", &o);
}

TEST(svmlight_that_is_wrong)
{
    CHECK_CONTAINS(svm_refused("1 2:1\n1 3\n"), "b.svm:2:3: '3' is not INDEX:VALUE");
    CHECK_CONTAINS(svm_refused("1 2:1 2:1\n"), "b.svm:1:7: the index 2 does not grow");
    CHECK_CONTAINS(svm_refused("1 2:x\n"), "b.svm:1:5: 'x' is no number");
    CHECK_CONTAINS(svm_refused("a 2:1\n"), "b.svm:1:1: 'a' is no label");
    CHECK_CONTAINS(svm_refused("1,2 2:1\n"), "several labels");
    CHECK_CONTAINS(svm_refused("1 99999999999:1\n"), "larger than");
    CHECK_CONTAINS(svm_refused("1 -1:1\n"), "not INDEX:VALUE");
    CHECK_CONTAINS(svm_refused("1\n1\n"), "not in a width of");
    CHECK_CONTAINS(svm_refused("1 0:1 16777216:1\n2 1:1\n"), "are more than 16777216");
    CHECK_CONTAINS(svm_refused("# nothing\n"), "has no row");
    ad_svmlight_options o = AD_OPTIONS(
        ad_svmlight_options, .path = write_text("b.svm", "1 0:1 3:1\n2 1:1\n"), .base = 2);
    CHECK_CONTAINS(refusal("svmlight", &o), "an index is 0");
    o.base = 0, o.width = 3;
    CHECK_CONTAINS(refusal("svmlight", &o), "the largest index is 3");
    char command[4096];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK(system(command) == 0);
}

TEST_MAIN
