/* Figures: scales and labels, SVG that is well formed and has its marks where the axes say, lines
 * of a terminal letter by letter, whatever the words and numbers are. */
#include "test.h"

#include <adze/figure.h>

#include "../kit/figure.h"
#include "../kit/markup.h"
#include "xml.h"

/* ---------------------------------------------------------------- scales */

static void check_ticks(double low, double high, bool log, int wanted, const char *expected)
{
    figure_scale s;
    char words[400] = "";
    figure_scale_make(low, high, log, false, wanted, &s);
    for (int i = 0; i < s.ticks; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%s%s", i ? " " : "",
                 s.label[i]);
    CHECK_STREQ(words, expected);
}

TEST(ticks)
{
    check_ticks(0, 97, false, 5, "0 20 40 60 80");
    check_ticks(-1, 1, false, 4, "-1 -0.5 0 0.5 1");
    check_ticks(0.1, 0.32, false, 4, "0.1 0.15 0.2 0.25 0.3");
    check_ticks(0, 12000, false, 4, "0 2,000 4,000 6,000 8,000 10,000 12,000");
    check_ticks(1e-6, 1e-2, true, 5, "1e-6 1e-5 0.0001 0.001 0.01");
    check_ticks(1, 100, true, 5, "1 2 5 10 20 50 100");
    check_ticks(1, 1e12, true, 4, "1 1,000 1M 1e9 1e12");
    check_ticks(3, 3, false, 3, "2 3 4");                /* no range: half of it to both sides */
    check_ticks(1, -1, false, 4, "0 0.2 0.4 0.6 0.8 1"); /* nothing to show */
    check_ticks(40, 43, true, 4, "40 41 42 43");         /* no 1, 2, 5 in it */
}

TEST(numbers)
{
    static const struct {
        double value;
        const char *label;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {1.5, "1.5"},
                 {2, "2"},
                 {0.1234567, "0.1235"},
                 {1234, "1,234"},
                 {1234567, "1.23M"},
                 {-45000, "-45,000"},
                 {2e-5, "2e-5"},
                 {3e10, "3e10"},
                 {NAN, "-"},
                 {INFINITY, "inf"},
                 {999.96, "1000"},
                 {123.45, "123.5"},
                 {1e-300, "1e-300"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char label[FIGURE_LABEL];
        figure_number(label, cases[i].value);
        CHECK_STREQ(label, cases[i].label);
    }
}

/* numpy 2.3: numpy.histogram(v, bins=[0, 2, 4, 6, 8, 10, 12])[0], v = [0, 1, 2, 3.5, 10, 4, 5.9,
 * 7]. */
TEST(bins)
{
    static const double value[] = {0, 1, 2, 3.5, 10, 4, 5.9, 7, NAN, INFINITY};
    static const double edges[] = {0, 2, 4, 6, 8, 10}, counts[] = {2, 2, 2, 1, 1};
    double edge[AD_BINS_MAX + 1], in[AD_BINS_MAX];
    REQUIRE(ad_histogram(value, 10, 5, edge, in) == 5);
    for (int i = 0; i < 5; i++)
        CHECK_CLOSE(in[i], counts[i], 0);
    for (int i = 0; i <= 5; i++)
        CHECK_CLOSE(edge[i], edges[i], 1e-12);
    CHECK_EQ(ad_histogram(value + 8, 2, 5, edge, in), 0);
    CHECK_EQ(ad_histogram(value, 0, 5, edge, in), 0);
    REQUIRE(ad_histogram(value + 4, 1, 5, edge, in) > 0);
    const double wide[] = {-1e300, 1e300, 0};
    int bins = ad_histogram(wide, 3, 30, edge, in);
    double sum = 0;
    for (int i = 0; i < bins; i++)
        sum += in[i];
    CHECK_CLOSE(sum, 3, 0);
}

/* ---------------------------------------------------------------- SVG */

static char *svg_of(const ad_figure *f, const ad_svg_options *o)
{
    char *svg = NULL;
    CHECK_OK(ad_figure_svg(f, o, &svg));
    const char *wrong = svg ? xml_wrong(svg) : "no text";
    if (wrong)
        TEST_FAILED("%s: %s", f->title, wrong);
    return svg ? svg : calloc(1, 1);
}

/* The number behind the n-th place where `mark` stands, or NaN. */
static double number_after(const char *text, const char *mark, int n)
{
    for (; text && n >= 0; n--) {
        text = strstr(text, mark);
        text = text ? text + strlen(mark) : NULL;
    }
    return text ? strtod(text, NULL) : NAN;
}

/* Points lie on the grid line of their tick, and as far apart as their values. */
TEST(coordinates)
{
    static const double x[] = {0, 10, 20, 40}, y[] = {0, 1, 2, 4};
    ad_figure f = {.title = "Line", .series = {{.x = x, .y = y, .count = 4}}};
    char *svg = svg_of(&f, NULL);
    double place[4][2];
    const char *p = strstr(svg, "<path d=\"M");
    while (p && !strstr(p, "class=\"s s1\""))
        p = NULL;
    const char *path = NULL;
    for (p = svg; (p = strstr(p, "<path d=\"M")); p++)
        if (strstr(p, "class=\"") == strstr(p, "class=\"s s1\""))
            path = p + 9;
    REQUIRE(path);
    for (int i = 0; i < 4; i++) {
        char *end;
        place[i][0] = strtod(path + 1, &end);
        place[i][1] = strtod(end, &end);
        path = end;
    }
    CHECK_CLOSE(place[1][0] - place[0][0], (place[3][0] - place[0][0]) / 4, 0.11);
    CHECK_CLOSE(place[2][1] - place[0][1], (place[3][1] - place[0][1]) / 2, 0.11);
    CHECK_CLOSE(place[3][0], 294, 0.01); /* 6 of 300 px are free at the right */
    CHECK_CLOSE(place[0][1], 183, 0.01); /* and 22 of 205 below */
    CHECK_CLOSE(place[3][1], 34, 0.01);  /* 26 above for the title, 8 more */
    CHECK_CLOSE(number_after(svg, "<path d=\"M15.1 ", 0), 183, 0.01); /* the line of tick 0 */
    free(svg);
}

TEST(told)
{
    static const double loss[] = {2, 0.5, 1};
    ad_figure f = {.title = "Loss & rate",
                   .x = {.title = "time", .unit = "s"},
                   .series = {{.name = "a<b", .y = loss, .count = 3}},
                   .rule = {{"best", 2, true}}};
    char *svg = svg_of(&f, &(ad_svg_options){.id = "one"});
    CHECK_CONTAINS(svg, "role=\"img\" aria-labelledby=\"one-t one-d\"");
    CHECK_CONTAINS(svg, "<title id=\"one-t\">Loss &amp; rate</title>");
    CHECK_CONTAINS(svg, "<desc id=\"one-d\">Values over time (s). a&lt;b: 2 at 1 to 1 at 3, lowest "
                        "0.5 at 2. best: 2.</desc>");
    CHECK_CONTAINS(svg, "prefers-color-scheme:dark");
    CHECK(!strstr(svg, "<script") && !strstr(svg, "href="));
    free(svg);
    svg = svg_of(&f, &(ad_svg_options){.in_page = true});
    CHECK(!strstr(svg, "<style") && !strstr(svg, "xmlns"));
    free(svg);
    f.description = "said";
    svg = svg_of(&f, NULL);
    CHECK_CONTAINS(svg, ">said</desc>");
    free(svg);
}

/* What is many is thinned out: its lowest and highest stay. */
TEST(many_points)
{
    enum { MANY = 100000 };
    double *y = malloc(MANY * sizeof *y);
    REQUIRE(y);
    for (int i = 0; i < MANY; i++)
        y[i] = i == 77777 ? 50 : i % 2;
    ad_figure f = {.title = "Many", .series = {{.y = y, .count = MANY}}};
    char *svg = svg_of(&f, NULL);
    CHECK(strlen(svg) < 40000);
    CHECK_CONTAINS(svg, "highest 50 at 77,778");
    double top = number_after(svg, "class=\"fg-t\"", 0);
    (void)top;
    CHECK_CONTAINS(svg, " 34.0L"); /* the peak reaches the upper end */
    free(svg);
    free(y);
}

/* ---------------------------------------------------------------- words that are long */

typedef struct written {
    double left, right, y;
    char words[200];
} written;

/* The texts of a drawing that are not turned, with the room that they take. */
static int texts_of(const char *svg, written *all, int most)
{
    int count = 0;
    for (const char *p = svg; count < most && (p = strstr(p, "<text x=\"")); p++) {
        written *w = &all[count++];
        const char *words = strchr(p, '>') + 1, *anchor = strstr(p, "text-anchor=\"");
        snprintf(w->words, sizeof w->words, "%.*s", (int)(strstr(words, "</text>") - words), words);
        double x = number_after(p, "x=\"", 0), width = svg_width(w->words);
        char how = anchor && anchor < words ? anchor[13] : 's';
        w->left = x - (how == 'm' ? width / 2 : how == 'e' ? width : 0);
        w->right = w->left + width;
        w->y = number_after(p, "y=\"", 0);
    }
    return count;
}

/* Titles too: all words of a figure that is 300 wide are in it, and none lies on another. */
static void check_words_fit(const ad_figure *f)
{
    static written w[100];
    char *svg = svg_of(f, NULL);
    int count = texts_of(svg, w, 100), last = 0;
    for (int i = 0; i < count; i++) {
        if (w[i].left < -0.1 || w[i].right > 300.1)
            TEST_FAILED("%s: \"%s\" lies from %.0f to %.0f", f->title, w[i].words, w[i].left,
                        w[i].right);
        for (int k = 0; k < i; k++)
            if (fabs(w[i].y - w[k].y) < 11 && w[i].left < w[k].right && w[k].left < w[i].right)
                TEST_FAILED("%s: \"%s\" lies on \"%s\"", f->title, w[i].words, w[k].words);
        last += strstr(w[i].words, "end") != NULL;
    }
    CHECK(count > 0 && last > 0);
    free(svg);
}

TEST(long_words_stay_whole)
{
    static const char words[] = "what is left of the error over that of always saying no, the end",
                      square[] = "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92"
                                 "end"
                                 "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92"
                                 "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92"
                                 "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92"
                                 "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92"
                                 "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92"
                                 "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92"
                                 "\xE8\xAF\xAF\xE5\xB7\xAE\xE4\xB8\x8E\xE6\x81\x92";
    static const double y[] = {1, 3, 2, 4};
    static const char *const names[] = {"a", "b"};
    uint8_t pixels[12] = {0, 100, 200};
    const ad_image image = {2, 2, 3, pixels};
    const ad_axis plain = {.title = "steps", .name = names},
                  other = {.title = words, .name = names};
    const char *const titles[] = {words, square};
    for (int i = 0; i < 2; i++) {
        const ad_axis axis = {.title = titles[i], .unit = "s", .name = names};
        const ad_figure_picture pictures[] = {
            {image, titles[i]}, {image, "horizontal borders"}, {image, NULL},
            {image, titles[i]}, {image, "extraordinarily"},    {image, "end"}};
        const ad_figure figures[] = {
            {.title = "y", .y = axis, .x = plain, .series = {{.y = y, .count = 4}}},
            {.title = "x", .x = axis, .series = {{.y = y, .count = 4}}},
            {.title = "both",
             .x = axis,
             .y = other,
             .series = {{.name = words, .y = y, .count = 4}}},
            {.title = "a rule",
             .series = {{.y = y, .count = 4}},
             .rule = {{titles[i], 2.2, .upright = true}}},
            {.title = "bars",
             .kind = AD_FIGURE_BARS,
             .x = axis,
             .y = {.name = titles},
             .series = {{.y = y, .count = 2}}},
            {.title = "heat",
             .kind = AD_FIGURE_HEAT,
             .x = axis,
             .y = other,
             .value = y,
             .rows = 2,
             .columns = 2},
            {.title = "pictures", .kind = AD_FIGURE_IMAGES, .picture = pictures, .pictures = 6},
        };
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
            check_words_fit(&figures[k]);
    }
}

/* Whether all second numbers of the path with that class, "M1 2L3 4...", lie from 34 to 183, where
 * the axes are. */
static void check_inside(const char *svg, const char *class, int points)
{
    const char *p = strstr(svg, class);
    while (p && p > svg && strncmp(p, "d=\"", 3) != 0)
        p--;
    REQUIRE(p);
    int seen = 0;
    for (p += 3; *p == 'M' || *p == 'L'; seen++) {
        char *end;
        strtod(p + 1, &end);
        double y = strtod(end, &end);
        CHECK(y >= 33.9 && y <= 183.1);
        p = end;
    }
    CHECK_EQ(seen, points);
}

/* Where a band is wider than what its axis shows, or goes below what a log scale can. */
TEST(bands_stay_inside)
{
    static const double y[] = {0.1, 0.5, 0.9}, low[] = {-4, 0.4, -1}, high[] = {0.2, 3, 1};
    ad_figure f = {.title = "Band",
                   .y = {.low = 0, .high = 1},
                   .series = {{.y = y, .low = low, .high = high, .count = 3}}};
    char *svg = svg_of(&f, NULL);
    check_inside(svg, "class=\"d f1\"", 6);
    free(svg);
    f.y = (ad_axis){.log = true};
    svg = svg_of(&f, NULL);
    check_inside(svg, "class=\"d f1\"", 6);
    free(svg);
    static const double wide[] = {-3, 0.4, -1}, far[] = {3, 0.6, 5};
    f = (ad_figure){.title = "Bars",
                    .kind = AD_FIGURE_BARS,
                    .x = {.low = 0, .high = 1},
                    .series = {{.y = y, .low = wide, .high = far, .count = 3}}};
    svg = svg_of(&f, NULL);
    for (int i = 0; i < 3; i++) {
        double from = number_after(svg, "<path d=\"M", i), by = 0;
        const char *p = svg;
        for (int k = 0; k <= i; k++)
            p = strstr(p, "<path d=\"M") + 1;
        sscanf(p, "path d=\"M%*f %*fl%lf", &by);
        CHECK(from >= 0 && by > 0 && from + by <= 300);
    }
    free(svg);
}

/* ---------------------------------------------------------------- every kind, any words */

static const char bad[] = "<a href=\"x\">&\x01\xFF'\xE2\x82";

static void try_kinds(const ad_figure *figures, int count)
{
    for (int i = 0; i < count; i++) {
        char *svg = svg_of(&figures[i], NULL), *text = NULL;
        CHECK(!strstr(svg, "<a ") && !strstr(svg, "nan") && !strstr(svg, "inf\""));
        free(svg);
        for (int k = 0; k < 8; k++) {
            ad_terminal_options o = {
                .width = k & 4 ? 30 : 0, .colour = k & 1, .ascii = (k & 2) != 0};
            CHECK_OK(ad_figure_terminal(&figures[i], &o, &text));
            free(text);
        }
    }
}

TEST(any_words_and_numbers)
{
    static const double odd[] = {NAN, 1, -INFINITY, 3, 1e300, NAN}, zero[6] = {0};
    static const char *const names[] = {bad, bad, bad, "", bad, bad};
    static const int64_t counts[] = {1, 0, 3, 0, 0, 0, 0, 0, 9000000000};
    uint8_t pixels[12] = {0, 100, 200};
    const ad_figure_picture pictures[] = {{{2, 2, 3, pixels}, bad}, {{1, 3, 1, pixels}, NULL}};
    const ad_box boxes[] = {{bad, bad, 1}, {"b", NULL, 0}, {"c", "1\n2", 1}};
    const ad_arrow arrows[] = {{0, 1, bad}, {1, 2, NULL}, {0, 2, bad}};
    const ad_axis words = {.title = bad, .unit = bad, .name = names};
    const ad_figure figures[] = {
        {.title = bad, .x = {.title = bad}, .series = {{.name = bad, .y = odd, .count = 6}}},
        {.title = "log", .y = {.log = true}, .series = {{.y = odd, .count = 6}}},
        {.title = "log of nothing", .y = {.log = true}, .series = {{.y = zero, .count = 6}}},
        {.title = "no series"},
        {.title = "no points", .series = {{.y = odd, .count = 0}}},
        {.title = "one", .series = {{.y = zero, .count = 1}}},
        {.title = "points",
         .series = {{.y = odd, .low = zero, .high = odd, .count = 6, .mark = AD_MARK_POINTS}}},
        {.title = "steps",
         .series = {{.y = zero, .low = zero, .high = odd, .count = 6, .mark = AD_MARK_STEPS}}},
        {.title = "bars", .kind = AD_FIGURE_BARS, .y = words, .series = {{.y = odd, .count = 6}}},
        {.title = "no bars", .kind = AD_FIGURE_BARS},
        {.title = "two bars",
         .kind = AD_FIGURE_BARS,
         .series = {{.y = zero, .count = 2}, {.y = odd, .count = 5}}},
        {.title = "histogram", .kind = AD_FIGURE_HISTOGRAM, .series = {{.y = odd, .count = 6}}},
        {.title = "heat",
         .kind = AD_FIGURE_HEAT,
         .x = words,
         .y = words,
         .value = odd,
         .rows = 2,
         .columns = 3},
        {.title = "no heat", .kind = AD_FIGURE_HEAT},
        {.title = "confusion",
         .kind = AD_FIGURE_CONFUSION,
         .x = words,
         .y = words,
         .counts = counts,
         .rows = 3,
         .columns = 3},
        {.title = "pictures", .kind = AD_FIGURE_IMAGES, .picture = pictures, .pictures = 2},
        {.title = "no pictures", .kind = AD_FIGURE_IMAGES},
        {.title = "boxes",
         .kind = AD_FIGURE_BOXES,
         .box = boxes,
         .boxes = 3,
         .arrow = arrows,
         .arrows = 3},
        {.title = "no boxes", .kind = AD_FIGURE_BOXES},
    };
    try_kinds(figures, sizeof figures / sizeof *figures);
}

/* A class of a thousand: cells, but no more than there are counts. */
TEST(many_classes)
{
    enum { MANY = 300 };
    int64_t *counts = calloc((size_t)MANY * MANY, sizeof *counts);
    REQUIRE(counts);
    for (int i = 0; i < MANY; i++)
        counts[i * MANY + i] = 10;
    ad_figure f = {.title = "Many",
                   .kind = AD_FIGURE_CONFUSION,
                   .counts = counts,
                   .rows = MANY,
                   .columns = MANY};
    char *svg = svg_of(&f, NULL);
    CHECK(strlen(svg) < 60000);
    free(svg);
    free(counts);
}

TEST(pictures_inline)
{
    uint8_t pixels[] = {0, 255, 255, 0};
    text_buffer t = {0};
    CHECK_OK(markup_add_picture(&t, &(ad_image){2, 2, 1, pixels}));
    CHECK_CONTAINS(text_words(&t), "data:image/png;base64,iVBORw0KGgo");
    text_done(&t);
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"}; /* RFC 4648 */
    for (size_t i = 0; i <= 6; i++) {
        markup_add_base64(&t, (const uint8_t *)"foobar", i);
        CHECK_STREQ(text_words(&t), coded[i]);
        text_done(&t);
    }
}

/* ---------------------------------------------------------------- the terminal */

static void check_terminal(const ad_figure *f, ad_terminal_options o, const char *expected)
{
    char *text = NULL;
    CHECK_OK(ad_figure_terminal(f, &o, &text));
    if (!text || strcmp(text, expected) != 0)
        TEST_FAILED("%s is\n%s, not\n%s", f->title, text ? text : "NULL", expected);
    free(text);
}

TEST(terminal)
{
    static const double y[] = {0, 1, 2, 3, 4, 3, 2, 1, 0}, z[] = {4, 3, 2, 1, 0, 1, 2, 3, 4};
    ad_figure f = {.title = "Tent", .x = {.title = "i"}, .series = {{.y = y, .count = 9}}};
    check_terminal(&f, (ad_terminal_options){.width = 30, .height = 5},
                   "Tent\n"
                   "4 ┤           ⢀⠔⠊⠢⣀\n"
                   "  │        ⢀⠤⠊⠁    ⠑⠤⡀\n"
                   "2 ┤     ⢀⡠⠒⠁         ⠈⠒⢄⡀\n"
                   "  │  ⢀⡠⠒⠁               ⠈⠒⢄⡀\n"
                   "0 ┤⡠⠔⠁                     ⠈⠢⢄\n"
                   "  └───┬──────┬─────┬──────┬───\n"
                   "      2      4     6      8\n"
                   "                i\n");
    f.series[0].name = "up";
    f.series[1] = (ad_series){.name = "down", .y = z, .count = 9};
    check_terminal(&f, (ad_terminal_options){.width = 30, .height = 5},
                   "Tent\n"
                   "  * up   o down\n"
                   "4 ┤oo          ***          oo\n"
                   "  │  ooo    ***   ***    ooo\n"
                   "2 ┤     oooo         oooo\n"
                   "  │  ***    ooo   ooo    ***\n"
                   "0 ┤**          ooo          **\n"
                   "  └───┬──────┬─────┬──────┬───\n"
                   "      2      4     6      8\n"
                   "                i\n");
    check_terminal(&f, (ad_terminal_options){.width = 30, .height = 5, .ascii = true},
                   "Tent\n"
                   "  * up   o down\n"
                   "4 +oo          ***          oo\n"
                   "  |  ooo    ***   ***    ooo\n"
                   "2 +     oooo         oooo\n"
                   "  |  ***    ooo   ooo    ***\n"
                   "0 +**          ooo          **\n"
                   "  +---+------+-----+------+---\n"
                   "      2      4     6      8\n"
                   "                i\n");
    check_terminal(
        &f, (ad_terminal_options){.width = 30, .height = 3, .colour = true},
        "\033[1mTent\033[0m\n"
        "  \033[36m━━\033[0m up   \033[33m━━\033[0m down\n"
        "\033[90m4\033[0m \033[90m┤\033[33m⠉⠒⠤⣀\033[0m     \033[36m⢀⣀⠤⠒⠉⠒⠤⣀⡀\033[0m    "
        "\033[33m⢀⣀⠤⠒⠉\033[0m\n"
        "\033[90m2\033[0m \033[90m┤\033[0m    \033[33m⢉⣒⠤⢔⣊⡁\033[0m       \033[33m⢈⣑⡢⠴⣊⡁\033[0m\n"
        "\033[90m0\033[0m \033[90m┤\033[36m⣀⠤⠒⠉⠁\033[0m    \033[33m⠈⠉⠒⠤⣀⠤⠒⠉⠁\033[0m    "
        "\033[36m⠈⠉⠒⠤⣀\033[0m\n"
        "  \033[90m└───┬──────┬─────┬──────┬───\033[0m\n"
        "      \033[90m2\033[0m      \033[90m4\033[0m     \033[90m6\033[0m      \033[90m8\033[0m\n"
        "                \033[90mi\033[0m\n");
}

TEST(terminal_bars)
{
    static const double y[] = {1, 0.5, 0.0625};
    static const char *const names[] = {"one", "a half", "little"};
    ad_figure f = {.title = "Bars",
                   .kind = AD_FIGURE_BARS,
                   .y = {.name = names},
                   .series = {{.y = y, .count = 3}}};
    check_terminal(&f, (ad_terminal_options){.width = 34},
                   "Bars\n"
                   "one     ████████████████ 1\n"
                   "a half  ████████ 0.5\n"
                   "little  █ 0.0625\n");
    static const double edge[] = {0, 1, 2, 3, 4}, in[] = {1, 8, 4, 0};
    f = (ad_figure){.title = "Histogram",
                    .kind = AD_FIGURE_HISTOGRAM,
                    .series = {{.x = edge, .y = in, .count = 4}}};
    check_terminal(&f, (ad_terminal_options){.width = 24, .height = 4},
                   "Histogram\n"
                   "10 ┤     ▂▂▂▂▂\n"
                   "   │     █████\n"
                   " 5 ┤     █████▅▅▅▅▅\n"
                   " 0 ┤▃▃▃▃▃██████████\n"
                   "   └┬────┬────┬───┬────┬\n"
                   "    0    1    2   3    4\n");
}

TEST(terminal_grid)
{
    static const int64_t counts[] = {90, 10, 0, 100};
    static const char *const names[] = {"cat", "dog"};
    ad_figure f = {.title = "Confusion",
                   .kind = AD_FIGURE_CONFUSION,
                   .x = {.name = names},
                   .y = {.name = names},
                   .counts = counts,
                   .rows = 2,
                   .columns = 2};
    check_terminal(&f, (ad_terminal_options){.width = 40},
                   "Confusion\n"
                   "       0    1\n"
                   "cat   90   10\n"
                   "dog    .  100\n");
}

TEST_MAIN
