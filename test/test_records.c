/* Records: words about their options; and of every record of every list that its table and its
 * struct agree, and that what it makes is what the call of adze.h makes. */
#include "test.h"

#include <adze/kit.h>

#include <stdlib.h>

#include "../kit/option.h"

/* ---------------------------------------------------------------- words */

static void describes(ad_option option, const char *wanted)
{
    text_buffer t = {0};
    option_describe(&t, &option);
    char *words = text_take(&t);
    CHECK_STREQ(words, wanted);
    free(words);
}

TEST(what_may_be_written)
{
    describes((ad_option){.type = AD_OPTION_NUMBER, .high = 1000, .above_low = true},
              "a number above 0, at most 1000");
    describes((ad_option){.type = AD_OPTION_NUMBER, .high = 1, .below_high = true},
              "a number from 0 to below 1");
    describes((ad_option){.type = AD_OPTION_NUMBER}, "a number");
    describes((ad_option){.type = AD_OPTION_WHOLE, .low = -1, .high = 1e6},
              "a whole number from -1 to 1000000");
    describes((ad_option){.type = AD_OPTION_TRUTH}, "true or false");
    describes((ad_option){.type = AD_OPTION_WORD, .words = "mean max sum"}, "mean, max or sum");
    describes((ad_option){.type = AD_OPTION_PAIR, .low = 1, .high = 4096},
              "a whole number, or [height, width] of whole numbers from 1 to 4096");
    describes((ad_option){.type = AD_OPTION_NUMBERS, .low = -1e6, .high = 1e6, .unit = "channel"},
              "a number, or a list of them, one for each channel, from -1000000 to 1000000");
    describes((ad_option){.type = AD_OPTION_NAMES}, "a text, or a list of them");
    describes((ad_option){.type = AD_OPTION_NAME}, "a name of letters, digits, _ and -");
}

struct all {
    double number;
    int64_t whole, height, width;
    bool truth;
    int word;
    const char *text;
    ad_numbers numbers;
    ad_names names;
};
#define ROW(type_, member)                                    \
    {                                                         \
        .type = type_, .offset = offsetof(struct all, member) \
    }

static void writes(ad_option option, struct all value, const char *wanted)
{
    text_buffer t = {0};
    option.second = offsetof(struct all, width);
    option.words = "one two";
    bool set = option_value(&t, &option, &value);
    char *words = text_take(&t);
    CHECK_EQ(set, wanted != NULL);
    CHECK_STREQ(words, wanted ? wanted : "");
    free(words);
}

TEST(values_as_a_file_has_them)
{
    ad_option number = ROW(AD_OPTION_NUMBER, number), pair = ROW(AD_OPTION_PAIR, height);
    ad_option whole = ROW(AD_OPTION_WHOLE, whole), text = ROW(AD_OPTION_TEXT, text);
    ad_option numbers = ROW(AD_OPTION_NUMBERS, numbers), names = ROW(AD_OPTION_NAMES, names);
    char *two[] = {(char *)"a", (char *)"b \"c\""};
    writes(number, (struct all){.number = 0.001}, "0.001");
    writes(number, (struct all){.number = 1e-5}, "1e-5");
    writes(number, (struct all){.number = 1. / 255}, "1/255");
    writes(number, (struct all){.number = -1. / 3}, "-1/3");
    writes(number, (struct all){.number = 0.1 + 0.2}, "0.30000000000000004");
    writes(number, (struct all){.number = 3}, "3");
    writes(number, (struct all){.number = AD_AUTO}, NULL);
    writes(whole, (struct all){.whole = -7}, "-7");
    writes(whole, (struct all){.whole = AD_SAME}, NULL);
    writes(pair, (struct all){.height = 3, .width = 5}, "[3, 5]");
    writes(pair, (struct all){.height = 3, .width = AD_SAME}, "3");
    writes(pair, (struct all){.height = AD_SAME, .width = AD_SAME}, NULL);
    writes((ad_option)ROW(AD_OPTION_TRUTH, truth), (struct all){.truth = true}, "true");
    writes((ad_option)ROW(AD_OPTION_WORD, word), (struct all){.word = 1}, "two");
    writes(text, (struct all){.text = "a b"}, "\"a b\"");
    writes(text, (struct all){.text = NULL}, NULL);
    writes(numbers, (struct all){.numbers = {2, {0.5, 1}}}, "[0.5, 1]");
    writes(numbers, (struct all){.numbers = {1, {4}}}, "4");
    writes(numbers, (struct all){.numbers = {0}}, NULL);
    writes(names, (struct all){.names = {2, two}}, "[\"a\", \"b \\\"c\\\"\"]");
    writes(names, (struct all){.names = {0}}, NULL);
}

TEST_MAIN
