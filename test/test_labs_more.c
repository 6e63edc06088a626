/* Labs: each ends with the verdict that its record says, with the default seed and two others; its
 * texts ask the same numbers in both languages; what it writes is well formed. */
#include "../lab/frame/frame.h"

#include <sys/stat.h>
#include <unistd.h>

#include "test.h"
#include "xml.h"

/* Sanitizers are slow, and look at memory, which is the same with every seed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEEDS = 1 };
#else
enum { SEEDS = 3 };
#endif

static lab *open_quick(const lab_record *r, uint64_t seed)
{
    return lab_open(r, &(lab_options){.seed = seed, .threads = 1, .quick = true});
}

/* ---- records */

static void check_record(const lab_record *r)
{
    int asked = 0, answered = 0, sources = 0;
    CHECK(r->question_en && r->question_zh && r->claim_en && r->claim_zh && r->run);
    CHECK(r->verdict != LAB_UNJUDGED && r->seeds >= 1 && r->seeds <= 20);
    for (int i = 0; i < LAB_NEXT; i++) {
        asked += r->next[i].en && r->next[i].zh;
        answered += r->next[i].set != NULL;
    }
    while (sources < LAB_SOURCES && r->source[sources])
        sources++;
    if (asked != 3 || answered < 1 || sources < 1)
        TEST_FAILED("%s: %d next questions (3), %d of them answered (1), %d sources (1)", r->name,
                    asked, answered, sources);
    for (int i = 0; i < LAB_SETTINGS && r->setting[i].key; i++) {
        const lab_setting *s = &r->setting[i];
        CHECK(s->en && s->zh && s->least <= s->value && s->value <= s->most);
        CHECK(s->quick == 0 || (s->least <= s->quick && s->quick <= s->most));
    }
}

TEST(records_are_whole)
{
    for (int i = 0; lab_at(i); i++) {
        check_record(lab_at(i));
        CHECK(lab_find(lab_at(i)->name) == lab_at(i));
        CHECK(strspn(lab_at(i)->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(lab_at(i)->name));
    }
    CHECK(lab_at(-1) == NULL && lab_find("no-such") == NULL);
}

/* ---- texts */

static void check_text(const lab_record *r, const lab_text *t)
{
    int en = t->en ? lab_asks(t->en) : 0, zh = t->zh ? lab_asks(t->zh) : 0;
    if (!t->en || !t->zh || en < 0 || en > LAB_NUMBERS || en != zh)
        TEST_FAILED("%s: \"%s\" asks for %d numbers, \"%s\" for %d", r->name, t->en, en, t->zh, zh);
}

static void check_texts(const lab *l)
{
    for (int i = 0; i < l->sentences; i++)
        check_text(l->record, &l->sentence[i]);
    for (int i = 0; i < l->figures; i++) {
        const lab_figure *f = l->figure[i];
        check_text(l->record, &f->title);
        for (int s = 0; s < f->series_count; s++)
            check_text(l->record, &f->series[s]);
        if (f->f.kind == AD_FIGURE_PLOT && (!f->x.en || !f->y.en))
            TEST_FAILED("%s: figure %d has an axis without a title", l->record->name, i + 1);
    }
    check_text(l->record, &l->because);
}

/* ---- files */

static char *read_whole(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, 1 << 22);
    size_t got = f && text ? fread(text, 1, (1 << 22) - 1, f) : 0;
    if (f)
        fclose(f);
    if (got == 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void check_file(const char *folder, const char *name, const char *ends, const char *holds)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ends);
    char *text = read_whole(path);
    const char *wrong = text && !strstr(ends, ".csv") ? xml_wrong(text) : NULL;
    if (!text || wrong || !strstr(text, holds))
        TEST_FAILED("%s: %s", path, !text ? "is not there" : wrong ? wrong : "lacks what it is of");
    free(text);
    unlink(path);
}

static void check_files(const lab *l)
{
    char folder[] = "/tmp/adze-test-XXXXXX";
    REQUIRE(mkdtemp(folder));
    CHECK(lab_write(l, folder) == AD_OK);
    CHECK(lab_write_index(&(lab *){(lab *)l}, 1, folder) == AD_OK);
    check_file(folder, l->record->name, ".html", "lang=\"en\"");
    check_file(folder, l->record->name, ".zh.html", "lang=\"zh\"");
    check_file(folder, "index", ".html", l->record->name);
    check_file(folder, "index", ".zh.html", l->record->name);
    check_file(folder, l->record->name, ".csv", "figure,series,x,y,low,high");
    for (int i = 0; i < l->figures; i++) {
        char ends[24];
        snprintf(ends, sizeof ends, i ? "-%d.svg" : ".svg", i + 1);
        check_file(folder, l->record->name, ends, "<svg");
    }
    CHECK(rmdir(folder) == 0); /* nothing else was written */
}

/* ---- all of them, or the one that ADZE_LAB names */

static const lab_record *asked(int i)
{
    const char *name = getenv("ADZE_LAB");
    const lab_record *r = name ? lab_find(name) : lab_at(i);
    return name && i > 0 ? NULL : r;
}

static void check_seed(const lab_record *r, uint64_t seed)
{
    lab *l = open_quick(r, seed);
    REQUIRE(l);
    if (l->why[0] || l->verdict != r->verdict)
        TEST_FAILED("%s with seed %d: %s, not %s%s%s", r->name, (int)seed,
                    lab_verdict_name(l->verdict, LAB_EN), lab_verdict_name(r->verdict, LAB_EN),
                    l->why[0] ? ": " : "", l->why);
    else if (seed == 1) {
        check_texts(l);
        check_files(l);
        FILE *nowhere = fopen("/dev/null", "w");
        CHECK(nowhere && lab_print(l, LAB_ZH, nowhere) == AD_OK);
        if (nowhere)
            fclose(nowhere);
    }
    lab_close(l);
}

TEST(verdicts_hold_for_three_seeds)
{
    REQUIRE(asked(0));
    for (int i = 0; asked(i); i++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            check_seed(asked(i), seed);
}

/* With how many of 20 seeds the verdict comes; only with ADZE_SOAK. */
TEST(verdicts_of_twenty_seeds)
{
    for (int i = 0; getenv("ADZE_SOAK") && asked(i); i++) {
        const lab_record *r = asked(i);
        int same = 0;
        for (uint64_t seed = 1; seed <= 20; seed++) {
            lab *l = open_quick(r, seed);
            same += l && !l->why[0] && l->verdict == r->verdict;
            lab_close(l);
        }
        if (same != r->seeds)
            TEST_FAILED("%s: with %d of 20 seeds, not %d", r->name, same, r->seeds);
    }
}

/* ---- words */

static void check_words(const char *en, double number, const char *wanted)
{
    char *words = lab_words(&(lab_text){en, NULL, {number}}, LAB_EN);
    if (!words || strcmp(words, wanted) != 0)
        TEST_FAILED("%s of %g is \"%s\", not \"%s\"", en, number, words, wanted);
    free(words);
}

TEST(numbers_in_words)
{
    check_words("{0} steps", 12345, "12345 steps");
    check_words("{0}", 0.12345, "0.123");
    check_words("{0}", 1234.5, "1234"); /* to even */
    check_words("{0%}", 0.0523, "5.23 %");
    check_words("{0:2}", 0.5, "0.50");
    check_words("{0%:1}", 0.5, "50.0 %");
    check_words("{0}", NAN, "NaN");
    check_words("a {b} c", 1, "a {b} c");
    CHECK(lab_asks("{0} and {3%}") == 4 && lab_asks("none") == 0 && lab_asks("{x}") == -1);
}

/* ---- figures */

static void draw_back_and_forth(lab *l)
{
    double x[] = {5, 20, 60, 30}, y[] = {1, 2, 4, 3};
    lab_band b = {x, y, y, y, 4};
    lab_figure *f = lab_plot(l, T("t", "t"));
    lab_line(f, T("line", "line"), x, y, 4);
    lab_series(f, T("band", "band"), &b);
    lab_path(f, T("path", "path"), x, y, 4);
    lab_judge(l, LAB_HOLDS, T("", ""));
}

TEST(lines_go_forward)
{
    static const lab_record r = {.name = "lines", .run = draw_back_and_forth};
    lab *l = open_quick(&r, 1);
    REQUIRE(l && l->figures == 1);
    for (int i = 0; i < 3; i++) {
        const ad_series *s = &l->figure[0]->f.series[i];
        CHECK_CLOSE(s->x[2], i < 2 ? 30 : 60, 0);
        CHECK_CLOSE(s->y[3], i < 2 ? 4 : 3, 0);
        CHECK_CLOSE(i == 1 ? s->low[2] : 3, 3, 0);
        CHECK_CLOSE(i == 1 ? s->high[2] : 3, 3, 0);
    }
    lab_close(l);
}

/* ---- settings */

static void check_refused(const char *set, const char *holds)
{
    lab_options o = {.seed = 1, .threads = 1, .set = {set}};
    lab *l = lab_open(lab_find("linear-collapse"), &o);
    REQUIRE(l);
    if (!strstr(l->why, holds))
        TEST_FAILED("%s: \"%s\" lacks \"%s\"", set, l->why, holds);
    lab_close(l);
}

TEST(settings_that_make_no_sense)
{
    check_refused("dept=3", "there are: depth, seeds, steps");
    check_refused("depth", "there are: depth");
    check_refused("depth=many", "write a number from 2 to 1000");
    check_refused("depth=1e9", "write a number from 2 to 1000");
    check_refused("depth=3x", "write a number from 2 to 1000");
}

TEST_MAIN
