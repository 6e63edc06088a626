/* What a lab noted, as a page, a drawing and a table; and the index of a book of them. */
#include "frame.h"

#include <stdlib.h>

#include "../../kit/markup.h"
#include "../../kit/message.h"
#include "../../kit/run.h"

#define LAB(name) extern const unsigned char lab_source_##name[];
#include "../labs.def"
#undef LAB

static const char *source_of(const lab_record *record)
{
    static const unsigned char *const source[] = {
#define LAB(name) lab_source_##name,
#include "../labs.def"
#undef LAB
    };
    for (int i = 0; lab_at(i); i++)
        if (lab_at(i) == record)
            return (const char *)source[i];
    return "";
}

static const char *const code[LAB_LANGUAGES] = {"en", "zh"};
/* Before .html of a page in that language. */
static const char *const ending[LAB_LANGUAGES] = {"", ".zh"};

/* ---------------------------------------------------------------- a page */

/* "5 %" stays on one line. */
static ad_status add_words(text_buffer *t, const lab_text *text, lab_language language)
{
    char *words = lab_words(text, language), *rest = words, *percent;
    while (rest && (percent = strstr(rest, " %"))) {
        *percent = 0;
        markup_add(t, rest);
        text_add(t, "\xC2\xA0");
        rest = percent + 1;
    }
    markup_add(t, rest ? rest : "");
    free(words);
    return words ? AD_OK : message_no_memory();
}

static ad_status add_sentence(text_buffer *t, const lab_text *text, lab_language language)
{
    text_add(t, "<p>");
    ad_status status = add_words(t, text, language);
    text_add(t, "</p>\n");
    return status;
}

static ad_status add_figure(text_buffer *t, const lab_figure *f, int number, lab_language language)
{
    char id[24];
    lab_drawn d;
    snprintf(id, sizeof id, "figure-%d", number + 1);
    ad_status status = lab_figure_in(f, language, &d) ? AD_OK : message_no_memory();
    if (status == AD_OK)
        status = markup_add_figure(t, &d.f, id);
    lab_drawn_done(&d);
    return status;
}

static ad_status add_table(text_buffer *t, const lab_table *table, lab_language language)
{
    ad_status status = AD_OK;
    text_add(t, "<div class=\"scroll\" tabindex=\"0\"><table class=\"numbers\">\n");
    for (int r = 0; r < table->rows; r++) {
        const char *cell = r == 0 ? "th scope=\"col\"" : "td";
        text_add(t, r == 0 ? "<thead><tr>" : "<tr>");
        for (int c = 0; status == AD_OK && c < table->width; c++) {
            text_add_format(t, "<%s>", cell);
            status = add_words(t, &table->cell[r * table->width + c], language);
            text_add(t, r == 0 ? "</th>" : "</td>");
        }
        text_add(t, r == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n");
    }
    text_add(t, "</tbody></table></div>\n");
    return status;
}

static ad_status add_note(text_buffer *t, const lab *l, const lab_note *n, lab_language language)
{
    switch (n->part) {
    case LAB_FIGURE: return add_figure(t, l->figure[n->number], n->number, language);
    case LAB_TABLE: return add_table(t, &l->table[n->number], language);
    default: return add_sentence(t, &l->sentence[n->number], language);
    }
}

/* The other language, and the index. */
static void add_links(text_buffer *t, const char *name, lab_language language)
{
    lab_language other = language == LAB_EN ? LAB_ZH : LAB_EN;
    text_add_format(t,
                    "<nav aria-label=\"%s\"><a href=\"index%s.html\">%s</a><a href=\"%s%s.html\" "
                    "lang=\"%s\" hreflang=\"%s\">%s</a></nav>\n",
                    lab_choose("book", "全书", language), ending[language],
                    lab_choose("All labs", "全部实验", language), name, ending[other], code[other],
                    code[other], lab_choose("中文", "English", language));
}

static void add_head(text_buffer *t, const lab_record *r, lab_language language)
{
    const char *question = lab_choose(r->question_en, r->question_zh, language);
    markup_begin_page(t, question, code[language]);
    add_links(t, r->name, language);
    text_add(t, "<h1>");
    markup_add(t, question);
    text_add_format(t, "</h1>\n<p class=\"soft\">%s: ", lab_topic_name(r->topic, language));
    text_add_format(t, "<code>adze lab %s</code></p>\n", r->name);
}

static ad_status add_verdict(text_buffer *t, const lab *l, lab_language language)
{
    const lab_record *r = l->record;
    text_add_format(t, "<h2 id=\"verdict\">%s</h2>\n<div class=\"card\"><p class=\"soft\">%s ",
                    lab_choose("What is said, and what is so", "通常的说法与事实", language),
                    lab_choose("It is said:", "通常的说法：", language));
    markup_add(t, lab_choose(r->claim_en, r->claim_zh, language));
    text_add_format(t, "</p>\n<p class=\"result\"><b>%s</b>",
                    lab_choose("This ", "结论：", language));
    text_add_format(t, "<b>%s</b>%s", lab_verdict_name(l->verdict, language),
                    lab_choose(". ", "。", language));
    ad_status status = add_words(t, &l->because, language);
    text_add(t, "</p></div>\n");
    return status;
}

static void add_ends(text_buffer *t, const lab_record *r, lab_language language)
{
    text_add_format(t, "<h2 id=\"next\">%s</h2>\n<ul>\n",
                    lab_choose("What one would ask next", "接下来可以问", language));
    for (int i = 0; i < LAB_NEXT && r->next[i].en; i++) {
        text_add(t, "<li>");
        markup_add(t, lab_choose(r->next[i].en, r->next[i].zh, language));
        if (r->next[i].set)
            text_add_format(t, "<pre tabindex=\"0\">adze lab %s --set %s</pre>", r->name,
                            r->next[i].set);
        text_add(t, "</li>\n");
    }
    text_add_format(t, "</ul>\n<h2 id=\"sources\">%s</h2>\n<ul>\n",
                    lab_choose("To read on", "延伸阅读", language));
    for (int i = 0; i < LAB_SOURCES && r->source[i]; i++) {
        text_add(t, "<li>");
        markup_add(t, r->source[i]);
        text_add(t, "</li>\n");
    }
    text_add_format(t, "</ul>\n<h2 id=\"code\">%s</h2>\n<pre tabindex=\"0\"><code lang=\"en\">",
                    lab_choose("The experiment", "实验代码", language));
    markup_add(t, source_of(r));
    text_add(t, "</code></pre>\n");
}

/* What was noted, in order; figures that follow one another stand side by side where there is room.
 */
static ad_status add_notes(text_buffer *t, const lab *l, lab_language language)
{
    ad_status status = AD_OK;
    bool within = false;
    for (int i = 0; status == AD_OK && i < l->notes; i++) {
        bool drawn = l->note[i].part == LAB_FIGURE;
        if (drawn != within)
            text_add(t, drawn ? "<div class=\"grid wide\">\n" : "</div>\n");
        within = drawn;
        status = add_note(t, l, &l->note[i], language);
    }
    text_add(t, within ? "</div>\n" : "");
    return status;
}

static ad_status make_page(text_buffer *t, const lab *l, lab_language language)
{
    add_head(t, l->record, language);
    ad_status status = add_notes(t, l, language);
    if (status == AD_OK)
        status = add_verdict(t, l, language);
    add_ends(t, l->record, language);
    markup_end_page(t);
    return status;
}

/* ---------------------------------------------------------------- numbers */

static void add_cell(text_buffer *t, const char *words)
{
    text_add_csv(t, words ? words : "", words ? strlen(words) : 0);
}

static void add_number(text_buffer *t, const double *list, int64_t i)
{
    if (list && isfinite(list[i]))
        text_add_format(t, ",%.9g", list[i]);
    else
        text_add(t, ",");
}

/* Lines of figure, series, x, y, low, high. */
static void add_series(text_buffer *t, int figure, const ad_series *s)
{
    for (int64_t i = 0; i < s->count; i++) {
        text_add_format(t, "%d,", figure);
        add_cell(t, s->name);
        if (s->x)
            add_number(t, s->x, i);
        else
            text_add_format(t, ",%lld", (long long)i + 1);
        add_number(t, s->y, i);
        add_number(t, s->low, i);
        add_number(t, s->high, i);
        text_add(t, "\n");
    }
}

/* Of a grid: series is the row, x the column. */
static void add_grid(text_buffer *t, int figure, const ad_figure *f)
{
    for (int64_t i = 0; f->value && i < f->rows * f->columns; i++) {
        int64_t row = i / f->columns, column = i % f->columns;
        text_add_format(t, "%d,", figure);
        if (f->y.name)
            add_cell(t, f->y.name[row]);
        else
            text_add_format(t, "%lld", (long long)row + 1);
        text_add_format(t, ",%lld", (long long)column + 1);
        add_number(t, f->value, i);
        text_add(t, ",,\n");
    }
}

static ad_status make_numbers(text_buffer *t, const lab *l)
{
    text_add(t, "figure,series,x,y,low,high\n");
    for (int i = 0; i < l->figures; i++) {
        lab_drawn d;
        if (!lab_figure_in(l->figure[i], LAB_EN, &d)) {
            lab_drawn_done(&d);
            return message_no_memory();
        }
        for (int s = 0; s < l->figure[i]->series_count; s++)
            add_series(t, i + 1, &d.f.series[s]);
        add_grid(t, i + 1, &d.f);
        lab_drawn_done(&d);
    }
    return AD_OK;
}

/* ---------------------------------------------------------------- files */

static ad_status write_text(const char *folder, const char *name, const char *ends, text_buffer *t)
{
    char *text = text_take(t), *file = text_format("%s%s", name, ends);
    ad_status status = text && file ? run_write(folder, file, text) : message_no_memory();
    free(text);
    free(file);
    return status;
}

static ad_status write_drawing(const lab *l, const char *folder, int number)
{
    lab_drawn d;
    char *svg = NULL, ends[24];
    ad_status status = lab_figure_in(l->figure[number], LAB_EN, &d) ? AD_OK : message_no_memory();
    if (status == AD_OK)
        status = ad_figure_svg(&d.f, NULL, &svg);
    lab_drawn_done(&d);
    if (status != AD_OK)
        return status;
    text_buffer t = {0};
    text_add(&t, svg);
    free(svg);
    snprintf(ends, sizeof ends, number ? "-%d.svg" : ".svg", number + 1);
    return write_text(folder, l->record->name, ends, &t);
}

ad_status lab_write(const lab *l, const char *folder)
{
    ad_status status = AD_OK;
    for (int language = 0; status == AD_OK && language < LAB_LANGUAGES; language++) {
        text_buffer t = {0};
        status = make_page(&t, l, (lab_language)language);
        if (status == AD_OK)
            status = write_text(folder, l->record->name, language ? ".zh.html" : ".html", &t);
        text_done(&t);
    }
    for (int i = 0; status == AD_OK && i < l->figures; i++)
        status = write_drawing(l, folder, i);
    text_buffer t = {0};
    if (status == AD_OK)
        status = make_numbers(&t, l);
    if (status == AD_OK)
        status = write_text(folder, l->record->name, ".csv", &t);
    text_done(&t);
    return status;
}

/* ---------------------------------------------------------------- the book */

static void add_entry(text_buffer *t, const lab *l, lab_language language)
{
    const lab_record *r = l->record;
    text_add_format(t, "<li><a href=\"%s%s.html\">", r->name, ending[language]);
    markup_add(t, lab_choose(r->question_en, r->question_zh, language));
    text_add(t, "</a><p>");
    markup_add(t, lab_choose(r->claim_en, r->claim_zh, language));
    text_add_format(t, " <b>%s</b></p></li>\n", lab_verdict_name(l->verdict, language));
}

static void make_index(text_buffer *t, lab *const *list, int count, lab_language language)
{
    const char *title = lab_choose("Deep learning, by experiment", "用实验学深度学习", language);
    markup_begin_page(t, title, code[language]);
    add_links(t, "index", language);
    text_add_format(
        t, "<h1>%s</h1>\n<p>%s</p>\n", title,
        lab_choose("Each page asks one question, runs an experiment, and says whether what "
                   "is commonly said holds.",
                   "每一页提出一个问题，做一个实验，并说明通常的说法是否成立。", language));
    for (int topic = 0; topic < LAB_TOPICS; topic++) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            if ((int)list[i]->record->topic != topic)
                continue;
            if (found++ == 0)
                text_add_format(t, "<h2>%s</h2>\n<ul class=\"worst\">\n",
                                lab_topic_name((lab_topic)topic, language));
            add_entry(t, list[i], language);
        }
        text_add(t, found ? "</ul>\n" : "");
    }
    markup_end_page(t);
}

ad_status lab_write_index(lab *const *list, int count, const char *folder)
{
    ad_status status = AD_OK;
    for (int language = 0; status == AD_OK && language < LAB_LANGUAGES; language++) {
        text_buffer t = {0};
        make_index(&t, list, count, (lab_language)language);
        status = write_text(folder, "index", language ? ".zh.html" : ".html", &t);
    }
    return status;
}
