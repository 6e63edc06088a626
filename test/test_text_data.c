/* The reader of texts: lines with a class, lines, folders, one long text, and what is refused. */
#define _XOPEN_SOURCE 700

#include "picture_files.h"

static const char *put(const char *name, const char *text)
{
    return write_file(name, text, strlen(text));
}

static const ad_reader_record *text_reader(void)
{
    return ad_reader_find("text");
}

typedef struct opened {
    ad_schema *schema;
    ad_source *part[3];
    ad_status status;
} opened;

static opened open_texts(const ad_texts_options *o)
{
    opened d = {0};
    d.status = text_reader()->understand(o, &d.schema);
    for (int i = 0; i < 3 && d.status == AD_OK; i++)
        d.status = text_reader()->open(o, d.schema, (ad_part)i, &d.part[i]);
    return d;
}

static void done(opened *d)
{
    for (int i = 0; i < 3; i++)
        ad_source_free(d->part[i]);
    ad_schema_free(d->schema);
}

/* The text of example i, in a buffer of its own; its class goes to *label. */
static const char *text_at(ad_source *source, int64_t i, int32_t *label)
{
    static char text[8][4096];
    static int next;
    char *to = text[next++ % 8];
    const ad_source_field *field;
    int64_t size = 0;
    int32_t class = -2;
    int fields = ad_source_fields(source, &field);
    bool fits = ad_source_length(source, i, 0, &size) == AD_OK && size < 4096;
    CHECK(fits);
    if (!fits)
        return "";
    ad_array into[2] = {ad_u8((uint8_t *)to, AD_SHAPE(1, size)), ad_i32(&class, AD_SHAPE(1))};
    CHECK(ad_source_read(source, &i, 1, 0, into) == AD_OK);
    to[size] = 0;
    if (label)
        *label = fields > 1 ? class : -2;
    return to;
}

static void check_refused(const ad_texts_options *o, const char *words)
{
    opened d = open_texts(o);
    CHECK(d.status != AD_OK);
    CHECK_CONTAINS(ad_kit_error(), words);
    done(&d);
}

/* ---------------------------------------------------------------- lines with a class */

TEST(classes_before_a_tab)
{
    const char *path = put("sms", "ham\tGo until, \"now\"\r\nspam\tFree entry in 2 a wkly\n\n"
                                  "ham\t\nham\tOk lar. Joking\twif u\nspam\tFree \xC3\xA9 now");
    CHECK_STREQ(ad_reader_for(path)->record.name, "text");
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = path);
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK);
    CHECK(!d.schema->running && ad_schema_target(d.schema)->classes == 2);
    CHECK_STREQ(ad_schema_target(d.schema)->names[1], "spam");
    CHECK_CONTAINS(d.schema->notes, "1 empty line is left out, the first is ");
    CHECK_CONTAINS(d.schema->notes, "sms:3:1");
    CHECK_CONTAINS(d.schema->notes, "1 texts have no letter");
    CHECK_EQ(ad_source_count(d.part[0]), 5);
    CHECK(!d.part[1] && !d.part[2]);
    int32_t label;
    CHECK_STREQ(text_at(d.part[0], 0, &label), "Go until, \"now\"");
    CHECK_EQ(label, 0);
    CHECK_STREQ(text_at(d.part[0], 2, &label), "");
    CHECK_STREQ(text_at(d.part[0], 3, &label), "Ok lar. Joking\twif u");
    CHECK_STREQ(text_at(d.part[0], 4, &label), "Free \xC3\xA9 now");
    CHECK_EQ(label, 1);
    done(&d);
}

TEST(classes_behind_the_last_separator)
{
    const char *path =
        put("moods", "i am so glad today;joy\nthis ; is bad;anger\nfine by me;joy\n");
    ad_texts_options o =
        AD_OPTIONS(ad_texts_options, .path = path, .separator = ";", .class_at = AD_TEXTS_LAST);
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK);
    int32_t label;
    CHECK_STREQ(text_at(d.part[0], 1, &label), "this ; is bad");
    CHECK_EQ(label, 0);
    done(&d);
}

/* Classes that are numbers stand in their order; those of a second file have to be known. */
TEST(parts_in_files_of_their_own)
{
    const char *path = put("a.txt", "10\tone two three\n9\tfour five six\n10\tseven eight nine\n");
    const char *test = put("b.txt", "9\tten eleven\n"), *bad = put("c.txt", "9\ta b\n11\tc d\n");
    ad_texts_options o =
        AD_OPTIONS(ad_texts_options, .path = path, .test = test, .form = AD_TEXTS_LABELS);
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK);
    CHECK_STREQ(ad_schema_target(d.schema)->names[0], "9");
    int32_t label;
    CHECK_STREQ(text_at(d.part[2], 0, &label), "ten eleven");
    CHECK_EQ(label, 0);
    done(&d);
    o.test = bad;
    check_refused(&o, "c.txt:2:1: the class 11 is not among those that are learned");
}

/* Of lines to predict the class may be there or not; every line is one text. */
TEST(lines_to_predict)
{
    const char *path = put("sms", "ham\ta b c\nspam\td e f\nham\tg h i\n"), *one[1];
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = path);
    opened d = open_texts(&o);
    ad_source *rows = NULL;
    int32_t label;
    one[0] = put("new", "hello you\n\nham\tx\n");
    REQUIRE(d.status == AD_OK && text_reader()->items(d.schema, one, 1, &rows) == AD_OK);
    CHECK_EQ(ad_source_count(rows), 3);
    CHECK_STREQ(text_at(rows, 0, &label), "hello you");
    CHECK_EQ(label, -1);
    CHECK_STREQ(text_at(rows, 1, &label), "");
    CHECK_STREQ(text_at(rows, 2, &label), "ham\tx");
    ad_source_free(rows);
    one[0] = put("old", "spam\thello you\nham\tx\n");
    REQUIRE(text_reader()->items(d.schema, one, 1, &rows) == AD_OK);
    CHECK_STREQ(text_at(rows, 0, &label), "hello you");
    CHECK_EQ(label, 1);
    ad_source_free(rows);
    done(&d);
}

/* ---------------------------------------------------------------- lines and one long text */

TEST(short_lines_are_texts_of_their_own)
{
    char names[512] = "";
    for (int i = 0; i < 25; i++)
        snprintf(names + strlen(names), 32, "name%d\n", i);
    const char *path = put("names.txt", names);
    CHECK_STREQ(ad_reader_for(path)->record.name, "text");
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = path);
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK);
    CHECK(!d.schema->running && !ad_schema_target(d.schema));
    CHECK_EQ(ad_source_count(d.part[0]), 25);
    CHECK_STREQ(text_at(d.part[0], 24, NULL), "name24");
    done(&d);
}

/* Nothing is lost between pieces, and they end before white space. */
TEST(a_long_text_in_pieces)
{
    enum { WORDS = 3000 };
    static char text[WORDS * 12], joined[WORDS * 12];
    for (int i = 0; i < WORDS; i++)
        snprintf(text + strlen(text), 16, "w\xC3\xB6rd%d%s", i, i % 9 ? " " : ".\n\n");
    const char *path = put("long.txt", text);
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = path);
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK && d.schema->running);
    int64_t count = ad_source_count(d.part[0]);
    CHECK_EQ(count, (int64_t)(strlen(text) + 1023) / 1024);
    joined[0] = 0;
    for (int64_t i = 0; i < count; i++) {
        const char *piece = text_at(d.part[0], i, NULL);
        CHECK(i == 0 || *piece == ' ' || *piece == '\n');
        strcat(joined, piece);
    }
    CHECK_STREQ(joined, text);
    done(&d);
}

/* Without white space pieces end between characters. */
TEST(pieces_of_one_word)
{
    static char text[8001];
    for (int i = 0; i < 4000; i++)
        strcat(text + 2 * i, "\xC3\xB6");
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = put("one.txt", text), .piece = 101);
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK);
    int64_t size = 0, all = 0;
    for (int64_t i = 0; i < ad_source_count(d.part[0]); i++) {
        CHECK(ad_source_length(d.part[0], i, 0, &size) == AD_OK && size % 2 == 0 && size > 0);
        all += size;
    }
    CHECK_EQ(all, 8000);
    done(&d);
}

/* ---------------------------------------------------------------- folders */

TEST(folders_by_class)
{
    put("imdb/train/pos/1.txt", "good\n");
    put("imdb/train/neg/2.txt", "bad");
    put("imdb/test/neg/3.txt", "worse");
    put("imdb/train/pos/x.jpg", "no");
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = scratch("imdb"));
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK);
    CHECK_STREQ(ad_schema_target(d.schema)->names[1], "pos");
    int32_t label;
    CHECK_STREQ(text_at(d.part[0], 1, &label), "good\n");
    CHECK_EQ(label, 1);
    CHECK_EQ(ad_source_count(d.part[2]), 1);
    ad_source *rows = NULL;
    const char *one = scratch("imdb/test");
    CHECK(text_reader()->items(d.schema, &one, 1, &rows) == AD_OK && ad_source_count(rows) == 1);
    ad_source_free(rows);
    done(&d);
}

TEST(files_called_train_and_valid)
{
    put("wiki/wiki.train.tokens", "a long text of many words\n");
    put("wiki/wiki.valid.tokens", "another text of many words\n");
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = scratch("wiki"));
    opened d = open_texts(&o);
    REQUIRE(d.status == AD_OK && d.schema->running);
    CHECK(d.part[1] && !d.part[2]);
    CHECK_STREQ(text_at(d.part[1], 0, NULL), "another text of many words\n");
    done(&d);
    put("wiki2/test.txt", "another text of many words\n");
    o.path = scratch("wiki2");
    check_refused(&o, "and none called train");
}

/* ---------------------------------------------------------------- columns of tables */

static const char *write_reviews(bool stars)
{
    static char text[30 * 80];
    text[0] = 0;
    for (int i = 0; i < 30; i++)
        snprintf(text + strlen(text), 80, "%s\"review %d says, it is %s\",%s\n",
                 stars ? (i % 3 ? "4," : "5,") : "", i, i % 2 ? "fine" : "bad",
                 i % 2 ? "good" : "poor");
    char all[30 * 80 + 40];
    snprintf(all, sizeof all, "%stext,label\n%s", stars ? "stars," : "", text);
    return put("reviews.csv", all);
}

static ad_schema *understand_table(const char *path, ad_names types)
{
    char *target[] = {"label"};
    ad_schema *schema = NULL;
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = path, .target = {1, target});
    o.types = types;
    CHECK(ad_reader_find("csv")->understand(&o, &schema) == AD_OK);
    return schema;
}

/* Free text is what is learned from where nothing else is left, or where it is asked for. */
TEST(a_column_of_texts)
{
    ad_schema *s = understand_table(write_reviews(false), (ad_names){0});
    REQUIRE(s);
    const ad_schema_field *f = ad_schema_find(s, "text");
    CHECK(f && f->meaning == AD_MEANS_TEXT && f->use == AD_USE_INPUT && f->type == AD_U8);
    CHECK_CONTAINS(f->why, "free text; taken as text, as no other column is left");
    ad_schema_free(s);
    s = understand_table(write_reviews(true), (ad_names){0});
    REQUIRE(s);
    CHECK(ad_schema_find(s, "text")->use == AD_USE_NONE);
    CHECK_CONTAINS(s->notes, "'text' is left out: ");
    CHECK_CONTAINS(s->notes, "an input where types says COLUMN=text");
    ad_schema_free(s);
    char *types[] = {"text=text"};
    s = understand_table(write_reviews(true), (ad_names){1, types});
    REQUIRE(s);
    f = ad_schema_find(s, "text");
    CHECK(f && f->meaning == AD_MEANS_TEXT && f->use == AD_USE_INPUT);
    ad_source *rows = NULL;
    char *target[] = {"label"};
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = write_reviews(true),
                                  .target = {1, target}, .types = {1, types});
    CHECK(ad_reader_find("csv")->open(&o, s, AD_PART_TRAIN, &rows) == AD_OK);
    int64_t length = 0;
    CHECK(rows && ad_source_length(rows, 10, 0, &length) == AD_OK && length == 25);
    ad_source_free(rows);
    ad_schema_free(s);
}

/* ---------------------------------------------------------------- drawn sentences */

TEST(sentences_of_a_grammar)
{
    const ad_reader_record *r = ad_reader_find("grammar");
    ad_grammar_options o = AD_OPTIONS(ad_grammar_options, .train_count = 8, .test_count = 4);
    ad_schema *schema = NULL;
    ad_source *train = NULL, *test = NULL, *again = NULL;
    CHECK(r->understand(&o, &schema) == AD_OK);
    REQUIRE(schema && r->open(&o, schema, AD_PART_TRAIN, &train) == AD_OK);
    CHECK(r->open(&o, schema, AD_PART_TEST, &test) == AD_OK);
    o.train_count = 5;
    CHECK(r->open(&o, schema, AD_PART_TRAIN, &again) == AD_OK);
    CHECK(ad_source_count(train) == 8 && ad_source_count(test) == 4);
    for (int64_t i = 0; i < 5; i++) {
        int32_t label, same;
        const char *text = text_at(train, i, &label);
        CHECK_STREQ(text_at(again, i, &same), text);
        CHECK(label == i % 4 && same == label);
        CHECK(strchr(text, ' ') && !strchr(text, '\t'));
        CHECK_EQ(label == 1, strncmp(text, "what a ", 7) == 0);
    }
    CHECK(strcmp(text_at(train, 0, NULL), text_at(test, 0, NULL)) != 0);
    ad_source_free(train);
    ad_source_free(test);
    ad_source_free(again);
    ad_schema_free(schema);
}

/* ---------------------------------------------------------------- what is refused */

/* A name that may be of both: sentences with a comma each are a text, cells are a table. */
TEST(sentences_with_a_comma_each_are_no_table)
{
    static const char *const files[][2] = {
        {"text", "It rained all day in the valley, and nobody wanted to go out.\n\n"
                 "When the sun came out at last, we all went down to the river.\n\n"
                 "\"I have never seen it so high,\" said the old man at the bridge.\n"},
        {"text", "The first thing was the noise, then the light over the hills.\r\n"
                 "Nobody in the house moved, for none of us knew what it was.\r\n"},
        {"text", "We had bread, a little cheese, and water from the well behind it.\n"
                 "They took the road by the sea, the long one, as it was still dry.\n"},
        {"text", "They came late in the night; the rooms were cold and dark by then.\n"
                 "She lit the fire in the kitchen; he went to bring in the horses.\n"},
        {"csv",
         "text,label\nIt rained all day in the valley.,bad\nThe sun came out at last.,good\n"},
        {"csv", "label, text\nbad, It rained all day in the valley.\ngood, The sun came out.\n"},
        {"csv", "text, label\nIt rained all day in the valley and nobody went out, bad weather\n"
                "The sun came out at last and we went to the river, good weather\n"},
        {"csv", "It rained all day in the valley,and nobody wanted to go out.\n"
                "When the sun came out at last,we all went down to the river.\n"},
        {"csv", "John Smith, New York, 23\nMary Ann Miller, San Jose, 31\n"},
        {"csv", "1.5, 2.5, a\n2.5, 3.5, b\n"},
        {"csv", "a;b\n1;2\n3;4\n"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const ad_reader_record *found = ad_reader_for(put("either.txt", files[i][1]));
        REQUIRE(found);
        CHECK_STREQ(found->record.name, files[i][0]);
    }
}

TEST(what_is_no_text)
{
    ad_texts_options o = AD_OPTIONS(ad_texts_options, .path = put("e.txt", ""));
    check_refused(&o, "e.txt: holds no text");
    o.path = put("bad.txt", "good line\nb\xC3\xA4"
                            "d \xFF\n");
    check_refused(&o, "bad.txt:2:5: byte 0xFF is not UTF-8 text");
    o.path = write_file("zero.txt", "a\0b", 3);
    check_refused(&o, "zero.txt:1:2: byte 0x00 is not UTF-8 text");
    o.path = put("empty.txt", "\n\n\n");
    o.form = AD_TEXTS_LINES;
    check_refused(&o, "holds nothing but empty lines");
    o.path = put("mixed.txt", "ham\tone\nno class here\n");
    o.form = AD_TEXTS_LABELS;
    check_refused(&o, "mixed.txt:2:1: no tab stands in the line");
    o.path = scratch("nowhere");
    check_refused(&o, "nowhere");
    o.path = NULL;
    check_refused(&o, "no path is given");
}

TEST_MAIN
