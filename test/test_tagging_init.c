/* What `init` says of tables of sentences and tags, and of tables that only look like them. */
#define _XOPEN_SOURCE 700

#include "configuration_main.h"
#include "picture_files.h"

#include <adze/look.h>
#include <adze/run.h>

#include "kit/yaml.h"

enum { ROWS = 24 };

static const char *const sentences[] = {"the dog barks",        "a cat",     "it sleeps now",
                                        "the small cat sleeps", "dogs bark", "a bird sings here"};
static const char *const tags[] = {"D N V", "D N", "P V A", "D A N V", "N V", "D N V A"};

/* Rows of head, `before` a column more; number `bad` has a tag more than words (-1: none).  Names
 * make words differ. */
static const char *table(const char *name, const char *head, bool before, int bad)
{
    static char text[8000];
    snprintf(text, sizeof text, "%s\n", head);
    for (int i = 0; i < ROWS; i++)
        sprintf(text + strlen(text), "%s%s Bo%d,%s N%s\n",
                !before ? ""
                : i % 2 ? "a b,"
                        : "b a b,",
                sentences[i % 6], i, tags[i % 6], i == bad ? " V" : "");
    return write_file(name, text, strlen(text));
}

/* By malloc; the words of the error where it fails. */
static char *init_of(const char *path, const char *target)
{
    char *text = NULL;
    ad_init_options o = {.path = path, .target = {target}, .targets = target ? 1 : 0};
    if (ad_init_text(&o, &text) != AD_OK)
        text = strdup(ad_kit_error());
    return text;
}

/* What is written trains: its data has that many tags. */
static void trains(const char *text, int classes)
{
    ad_config *c = NULL;
    ad_run_data data = {0};
    ad_run_network net = {0};
    if (ad_config_parse(scratch("init.yaml"), text, strlen(text), NULL, 0, &c) != AD_OK ||
        ad_run_sources(c, &data) != AD_OK || ad_run_build(c, &data, 1, &net) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    CHECK_EQ(ad_run_classes(&data), classes);
    ad_run_network_done(&net);
    ad_run_data_done(&data);
    ad_config_free(c);
}

TEST(sentences_and_tags_are_a_tagging)
{
    for (int named = 0; named < 2; named++) {
        char *text = init_of(table("rows.csv", "sentence,tags", false, -1), named ? "tags" : NULL);
        CHECK_CONTAINS(text, "task: tagging");
        CHECK_CONTAINS(text, "  target: [\"tags\"]\n");
        CHECK_CONTAINS(text, "  types: [\"sentence=text\", \"tags=text\"]     # a tag for each "
                             "word, in every row\n");
        CHECK(!strstr(text, "skip:"));
        CHECK_CONTAINS(text, "gru: {width: 64, both: true}");
        trains(text, 5); /* A D N P V */
        free(text);
    }
}

TEST(other_columns_are_left_out)
{
    char *text = init_of(table("more.csv", "source,sentence,tags", true, -1), NULL);
    CHECK_CONTAINS(text, "task: tagging");
    CHECK_CONTAINS(text, "  skip: [\"source\"]\n");
    trains(text, 5);
    free(text);
}

TEST(one_row_of_other_length_is_no_tagging)
{
    const char *path = table("bad.csv", "sentence,tags", false, 17);
    char *text = init_of(path, NULL);
    CHECK_CONTAINS(text, "which column is to be learned? none is guessed");
    free(text);
    text = init_of(path, "sentence");
    CHECK(!strstr(text, "tagging"));
    free(text);
}

/* Which column a name with a point is, or is a part of, is not certain: nothing is proposed. */
TEST(columns_that_cannot_be_named_keep_the_table_as_it_is)
{
    char *text = init_of(table("point.csv", "a.b,sentence,tags", true, -1), NULL);
    CHECK_CONTAINS(text, "which column is to be learned? none is guessed");
    CHECK_CONTAINS(text, "a.b       classification, 2 classes");
    free(text);
}

/* Sentences are not the tags of tags; and what is named as the target is it. */
TEST(another_target_is_what_was_asked_for)
{
    char *text = init_of(table("more.csv", "source,sentence,tags", true, -1), "source");
    CHECK_CONTAINS(text, "task: classification");
    free(text);
}

/* Titles and towns of as many words in some rows only; places of equally many words in each. */
TEST(texts_of_many_words_are_no_tags)
{
    char text[4000] = "place,state,y\n";
    for (int i = 0; i < 40; i++)
        sprintf(text + strlen(text), "New Town%d,%s,%d\n", i, i % 2 ? "New York" : "West Ohio",
                i * 7 % 11);
    char *made = init_of(write_file("towns.csv", text, strlen(text)), "state");
    CHECK_CONTAINS(made, "task: classification");
    free(made);
    made = init_of(scratch("towns.csv"), NULL);
    CHECK_CONTAINS(made, "none is guessed");
    free(made);
    made = init_of(scratch("towns.csv"), "y");
    CHECK_CONTAINS(made, "task: count");
    free(made);
}

TEST_MAIN_OF_CONFIGURATIONS()
