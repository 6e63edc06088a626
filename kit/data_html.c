/* A look at data as a page of HTML: one file, no script, no network. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_look.h"
#include "data_write.h"
#include "figure.h"
#include "markup.h"
#include "message.h"

enum { FIGURES_MOST = 60, ROWS_MOST = 8, CELLS_MOST = 12 };

/* ---------------------------------------------------------------- the head */

static void add_fact(text_buffer *t, const char *number, const char *words)
{
    text_add(t, "<li><b>");
    markup_add(t, number);
    text_add(t, "</b><span>");
    markup_add(t, words);
    text_add(t, "</span></li>\n");
}

static void add_count(text_buffer *t, int64_t count, const char *words)
{
    char number[FIGURE_LABEL];
    figure_number(number, (double)count);
    add_fact(t, number, words);
}

static void add_facts(text_buffer *t, const ad_data_look *look)
{
    static const char *const words[] = {[AD_PART_TRAIN] = "examples to train with",
                                        [AD_PART_VALIDATION] = "to validate",
                                        [AD_PART_TEST] = "to test"};
    char number[32];
    text_add(t, "<ul class=\"facts\">\n");
    for (int p = 0; p < AD_LOOK_PARTS; p++)
        if (look->part[p].count > 0)
            add_count(t, look->part[p].count, words[p]);
    add_count(t, look->columns, look->columns == 1 ? "column" : "columns");
    add_count(t, look->warnings, look->warnings == 1 ? "warning" : "warnings");
    if (!isnan(look->linear)) {
        snprintf(number, sizeof number, "%.1f %%", 100 * look->linear);
        add_fact(t, number, "right by a linear classifier");
        snprintf(number, sizeof number, "%.1f %%", 100 * look->majority);
        add_fact(t, number, "by the most frequent class");
    }
    text_add(t, "</ul>\n");
}

static void add_head(text_buffer *t, const ad_data_look *look)
{
    text_buffer line = {0};
    text_add(t, "<h1>");
    markup_add(t, look->path);
    text_add(t, "</h1>\n<p class=\"soft\">Read as ");
    markup_add(t, look->reader);
    text_add(t, ". ");
    data_add_counts(&line, look);
    markup_add(t, text_words(&line));
    text_add(t, ".</p>\n");
    text_part(t, &line);
    add_facts(t, look);
}

/* ---------------------------------------------------------------- findings */

/* A sentence, which begins with a capital letter and ends in a point. */
static void add_sentence(text_buffer *t, const char *words)
{
    char first[2] = {words[0], 0};
    size_t size = strlen(words);
    first[0] = words[0] >= 'a' && words[0] <= 'z' ? (char)(words[0] - 32) : words[0];
    markup_add(t, first);
    markup_add(t, size ? words + 1 : "");
    text_add(t, size && words[size - 1] != '.' ? "." : "");
}

static ad_status add_picture(text_buffer *t, const ad_look_example *e, const char *below)
{
    ad_image image = {e->height, e->width, e->channels, e->pixels};
    text_add(t, "<figure><img alt=\"");
    markup_add(t, below);
    text_add(t, "\" src=\"");
    ad_status status = markup_add_picture(t, &image);
    text_add(t, "\"><figcaption>");
    markup_add(t, below);
    text_add(t, "</figcaption></figure>\n");
    return status;
}

/* The first text of an example, or nothing. */
static const char *text_of(const ad_data_look *look, const ad_look_example *e)
{
    for (int c = 0; e && e->cell && c < look->columns; c++)
        if (look->column[c].looked && look->column[c].kind == AD_LOOK_CHARACTERS && e->cell[c])
            return e->cell[c];
    return NULL;
}

static ad_status add_place(text_buffer *t, const ad_data_look *look, const ad_finding *f, int i)
{
    const ad_look_example *e = f->example ? &f->example[i] : NULL;
    const char *text = text_of(look, e);
    char *place = ad_data_place_text(&f->place[i]);
    ad_status status = place ? AD_OK : message_no_memory();
    if (status == AD_OK && e && e->pixels) {
        text_add(t, f->paired && i % 2 == 0 ? "<div class=\"pair\">" : "");
        status = add_picture(t, e, place);
        text_add(t, f->paired && i % 2 ? "</div>" : "");
    } else if (status == AD_OK) {
        text_add(t, f->paired && i % 2 ? " = " : "<li>");
        markup_add(t, place);
        text_add(t, text ? ": <q>" : "");
        markup_add(t, text ? text : "");
        text_add(t, text ? "</q>" : "");
    }
    free(place);
    return status;
}

static ad_status add_places(text_buffer *t, const ad_data_look *look, const ad_finding *f)
{
    bool pictures = f->example && f->example[0].pixels;
    ad_status status = AD_OK;
    if (f->places < 1)
        return AD_OK;
    text_add_format(t, "<details%s><summary>%s</summary>%s\n",
                    pictures && f->level == AD_FINDING_WARNING ? " open" : "",
                    f->paired ? "Each, and the one that it repeats" : "Where",
                    !pictures   ? "<ol>"
                    : f->paired ? "<div class=\"pictures pairs\">"
                                : "<div class=\"pictures\">");
    for (int i = 0; i < f->places && status == AD_OK; i++)
        status = add_place(t, look, f, i);
    text_add(t, pictures ? "</div>" : "</ol>");
    if (f->count * (f->paired ? 2 : 1) > f->places)
        text_add_format(t, "<p class=\"soft\">%lld in all.</p>", (long long)f->count);
    text_add(t, "</details>\n");
    return status;
}

static ad_status add_finding(text_buffer *t, const ad_data_look *look, const ad_finding *f)
{
    bool warning = f->level == AD_FINDING_WARNING;
    text_add_format(t, "<article class=\"card finding%s\">\n<h3>", warning ? " warning" : "");
    markup_add(t, f->what);
    text_add_format(t, " <code>%s</code></h3>\n<p>", f->code);
    add_sentence(t, f->reason);
    text_add(t, "</p>\n<p><b>Remedy:</b> ");
    add_sentence(t, f->remedy);
    text_add(t, "</p>\n");
    ad_status status = add_places(t, look, f);
    text_add(t, "</article>\n");
    return status;
}

/* Findings from to to - 1. */
static ad_status add_list(text_buffer *t, const ad_data_look *look, int from, int to)
{
    ad_status status = AD_OK;
    text_add(t, "<div class=\"findings\">\n");
    for (int i = from; i < to && status == AD_OK; i++)
        status = add_finding(t, look, &look->finding[i]);
    text_add(t, "</div>\n");
    return status;
}

static ad_status add_findings(text_buffer *t, const ad_data_look *look)
{
    if (look->warnings == 0)
        text_add(t, "<h2>No warnings</h2>\n");
    else
        text_add_format(t, "<h2>%d warning%s</h2>\n", look->warnings,
                        look->warnings == 1 ? "" : "s");
    if (look->warnings == 0)
        text_add(t, "<p>Nothing was found that would make learning or measuring go wrong.</p>\n");
    ad_status status = add_list(t, look, 0, look->warnings);
    if (status != AD_OK || look->findings == look->warnings)
        return status;
    text_add(t, "<h2>Worth knowing</h2>\n");
    return add_list(t, look, look->warnings, look->findings);
}

static void add_notes(text_buffer *t, const ad_data_look *look)
{
    const char *line = look->schema->notes;
    if (!line || !*line)
        return;
    text_add(t, "<h2>What was understood</h2>\n<ul>\n");
    while (*line) {
        size_t size = strcspn(line, "\n");
        char *copy = text_copy_bytes(line, size);
        t->failed = t->failed || !copy;
        text_add(t, "<li>");
        markup_add(t, copy ? copy : "");
        text_add(t, "</li>\n");
        free(copy);
        line += size + (line[size] == '\n');
    }
    text_add(t, "</ul>\n");
}

/* ---------------------------------------------------------------- columns */

static void add_cell(text_buffer *t, bool number, const char *words)
{
    text_add(t, number ? "<td class=\"n\">" : "<td>");
    markup_add(t, words);
    text_add(t, "</td>");
}

static void add_score(text_buffer *t, double value)
{
    char words[32] = "";
    if (!isnan(value))
        snprintf(words, sizeof words, "%.2f", value);
    add_cell(t, true, words);
}

static void add_column(text_buffer *t, const ad_look_column *c, bool parts, bool target)
{
    text_buffer range = {0};
    char missing[32];
    data_add_range(&range, c);
    snprintf(missing, sizeof missing, "%lld", (long long)data_missing(c));
    text_add(t, "<tr><th scope=\"row\">");
    markup_add(t, c->name);
    text_add(t, "</th>");
    add_cell(t, false, data_use_words[c->field->use]);
    add_cell(t, false, data_kind_word(c));
    text_add(t, "<td class=\"w\">");
    markup_add(t, text_words(&range));
    text_add(t, "</td>");
    add_cell(t, true, missing);
    if (target)
        add_score(t, c->alone);
    if (parts)
        add_score(t, c->drift);
    text_add(t, "<td class=\"why\">");
    markup_add(t, c->field->why ? c->field->why : "");
    text_add(t, "</td></tr>\n");
    text_part(t, &range);
}

static void add_columns(text_buffer *t, const ad_data_look *look)
{
    bool parts = look->part[AD_PART_TEST].looked + look->part[AD_PART_VALIDATION].looked > 0;
    bool target = data_target_column(look) != NULL;
    text_add(t, "<h2>Columns</h2>\n<div class=\"scroll card\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Columns\"><table>\n<thead><tr><th scope=\"col\">Name</th>"
                "<th scope=\"col\">Use</th><th scope=\"col\">Kind</th><th scope=\"col\">Values</th>"
                "<th scope=\"col\" class=\"n\">Missing</th>");
    if (target)
        text_add(t, "<th scope=\"col\" class=\"n\">Alone</th>");
    if (parts)
        text_add(t, "<th scope=\"col\" class=\"n\">Drift</th>");
    text_add(t, "<th scope=\"col\">Why</th></tr></thead>\n<tbody>\n");
    for (int i = 0; i < look->columns; i++)
        add_column(t, &look->column[i], parts, target);
    text_add(t, "</tbody></table></div>\n");
    if (target || parts)
        text_add(t, "<p class=\"soft\">");
    if (target)
        text_add(t, "Alone: what the column by itself tells of the target, 0 nothing, 1 all. ");
    if (parts)
        text_add(t, "Drift: how far the parts differ in it, 0 not at all, 1 wholly.");
    text_add(t, target || parts ? "</p>\n" : "");
}

static ad_status add_figures(text_buffer *t, const ad_data_look *look)
{
    ad_status status = AD_OK;
    int shown = 0;
    for (int i = 0; i < look->columns && shown < FIGURES_MOST && status == AD_OK; i++) {
        column_figure f;
        char id[32];
        if (!data_column_figure(look, &look->column[i], &f))
            continue;
        if (shown == 0)
            text_add(t, "<h2>How they are spread</h2>\n<div class=\"grid loose\">\n");
        snprintf(id, sizeof id, "column%d", i);
        status = markup_add_figure(t, &f.figure, id);
        shown++;
    }
    text_add(t, shown ? "</div>\n" : "");
    return status;
}

/* ---------------------------------------------------------------- series */

/* One line for each part, in the colours that its histograms have. */
static ad_status add_line(text_buffer *t, const ad_data_look *look, const ad_look_column *c,
                          const char *id)
{
    double x[AD_LOOK_BLOCKS], rows = 0, end = 0;
    ad_figure f = {.title = c->name, .x = {.title = "row"}};
    int parts = 0, series = 0, from = 0;
    for (int p = 0; p < AD_LOOK_PARTS; p++)
        rows += (double)look->part[p].looked, parts += look->part[p].looked > 0;
    for (int b = 0; b < c->blocks; b++)
        x[b] = ((double)b + 0.5) * rows / c->blocks;
    for (int p = 0; p < AD_LOOK_PARTS; p++) {
        int to = from;
        end += (double)look->part[p].looked;
        while (to < c->blocks && x[to] < end)
            to++;
        if (look->part[p].looked > 0)
            f.series[series++] = (ad_series){.name = parts > 1 ? data_part_words[p] : NULL,
                                             .x = x + from,
                                             .y = c->over + from,
                                             .count = to - from};
        from = to;
    }
    return markup_add_figure(t, &f, id);
}

static ad_status add_series(text_buffer *t, const ad_data_look *look)
{
    ad_status status = AD_OK;
    int shown = 0;
    for (int i = 0; i < look->columns && shown < FIGURES_MOST / 2 && status == AD_OK; i++) {
        char id[32];
        if (look->column[i].blocks < 2)
            continue;
        text_add(t, shown++ ? "" : "<h2>Over time</h2>\n<div class=\"grid\">\n");
        snprintf(id, sizeof id, "series%d", i);
        status = add_line(t, look, &look->column[i], id);
    }
    text_add(t, shown ? "</div>\n" : "");
    return status;
}

/* ---------------------------------------------------------------- examples */

/* "7, 0.43 s" of a sound. */
static void title_of(const ad_data_look *look, const ad_look_example *e, char *words, size_t size)
{
    snprintf(words, size, "%s", e->title ? e->title : "");
    for (int c = 0; e->sound && c < look->columns; c++)
        if (look->column[c].kind == AD_LOOK_LENGTH && look->column[c].field->rate > 0 && e->cell &&
            e->cell[c])
            snprintf(words + strlen(words), size - strlen(words), "%s%.4s s", *words ? ", " : "",
                     e->cell[c]);
}

static ad_status add_pictures(text_buffer *t, const ad_data_look *look)
{
    ad_status status = AD_OK;
    bool sounds = look->example[0].sound;
    text_add(t, sounds ? "<div class=\"pictures sounds\">\n" : "<div class=\"pictures\">\n");
    for (int i = 0; i < look->examples && status == AD_OK; i++) {
        char words[120];
        title_of(look, &look->example[i], words, sizeof words);
        if (look->example[i].pixels)
            status = add_picture(t, &look->example[i], words);
    }
    text_add(t, "</div>\n");
    return status;
}

static bool is_shown(const ad_data_look *look, int c, int *shown)
{
    return look->column[c].looked && look->example[0].cell[c] && (*shown)++ < CELLS_MOST;
}

/* Of several pictures the first is kept. */
static bool is_picture(const ad_data_look *look, int c)
{
    for (int i = 0; i < c; i++)
        if (look->column[i].looked && look->column[i].kind == AD_LOOK_BRIGHTNESS)
            return false;
    return look->column[c].kind == AD_LOOK_BRIGHTNESS;
}

static ad_status add_value(text_buffer *t, const ad_data_look *look, const ad_look_example *e,
                           int c)
{
    ad_image image = {e->height, e->width, e->channels, e->pixels};
    if (!e->pixels || !is_picture(look, c)) {
        add_cell(t, false, e->cell[c] ? e->cell[c] : "");
        return AD_OK;
    }
    text_add(t, "<td><img alt=\"");
    markup_add(t, look->column[c].name);
    text_add(t, "\" src=\"");
    ad_status status = markup_add_picture(t, &image);
    text_add(t, "\"></td>");
    return status;
}

static ad_status add_rows(text_buffer *t, const ad_data_look *look)
{
    ad_status status = AD_OK;
    text_add(t, "<div class=\"scroll card\" tabindex=\"0\" role=\"region\" aria-label=\"Rows\">"
                "<table><thead><tr>");
    for (int c = 0, shown = 0; c < look->columns; c++)
        if (is_shown(look, c, &shown)) {
            text_add(t, "<th scope=\"col\">");
            markup_add(t, look->column[c].name);
            text_add(t, "</th>");
        }
    text_add(t, "</tr></thead><tbody>\n");
    for (int i = 0; i < look->examples && i < ROWS_MOST; i++) {
        text_add(t, "<tr>");
        for (int c = 0, shown = 0; c < look->columns && status == AD_OK; c++)
            if (is_shown(look, c, &shown))
                status = add_value(t, look, &look->example[i], c);
        text_add(t, "</tr>\n");
    }
    text_add(t, "</tbody></table></div>\n");
    return status;
}

/* Texts are read, not tabled: each with what else the example has. */
static void add_texts(text_buffer *t, const ad_data_look *look)
{
    text_add(t, "<ol class=\"worst\">\n");
    for (int i = 0; i < look->examples && i < ROWS_MOST; i++) {
        const ad_look_example *e = &look->example[i];
        const char *text = text_of(look, e);
        text_add(t, "<li><p>");
        markup_add(t, e->title ? e->title : "");
        text_add(t, " <small>");
        char *place = ad_data_place_text(&e->place);
        markup_add(t, place ? place : "");
        free(place);
        text_add(t, "</small></p><blockquote>");
        markup_add(t, text ? text : "");
        text_add(t, "</blockquote></li>\n");
    }
    text_add(t, "</ol>\n");
}

static ad_status add_examples(text_buffer *t, const ad_data_look *look)
{
    if (look->examples == 0)
        return AD_OK;
    text_add(t, "<h2>Examples</h2>\n");
    if ((data_has_pictures(look) || look->example[0].sound) && !data_is_mixed(look))
        return add_pictures(t, look);
    if (text_of(look, &look->example[0]) && !data_is_mixed(look)) {
        add_texts(t, look);
        return AD_OK;
    }
    return add_rows(t, look);
}

/* ---------------------------------------------------------------- the whole */

static void add_models(text_buffer *t, const ad_data_look *look)
{
    text_buffer linear = {0}, apart = {0};
    bool a = data_add_linear(&linear, look), b = data_add_apart(&apart, look);
    if (a || b)
        text_add(t, "<h2>What a simple classifier does</h2>\n<ul>\n");
    if (a) {
        text_add(t, "<li>");
        markup_add(t, text_words(&linear));
        text_add(t, ".</li>\n");
    }
    if (b) {
        text_add(t, "<li>");
        markup_add(t, text_words(&apart));
        text_add(t, ".</li>\n");
    }
    text_add(t, a || b ? "</ul>\n" : "");
    text_part(t, &linear);
    text_part(t, &apart);
}

char *ad_data_look_html(const ad_data_look *look)
{
    text_buffer t = {0};
    markup_begin_page(&t, look->path, "en");
    text_add(&t, "<style>.findings{display:grid;gap:12px}.finding{border-left:4px solid "
                 "var(--figure-1)}.finding.warning{border-left-color:var(--figure-2)}"
                 ".finding h3{margin:0 0 6px;overflow-wrap:anywhere}"
                 ".finding p{margin:4px 0}.finding ol{overflow-wrap:anywhere;margin:4px 0;"
                 "padding-left:28px}.finding "
                 ".pictures{margin-top:8px}.pictures.sounds{grid-template-columns:repeat(auto-fill,"
                 "minmax(150px,1fr))}.sounds img{height:72px;"
                 "image-rendering:auto}.pairs{grid-template-columns:"
                 "repeat(auto-fill,minmax(180px,1fr))}.pair{display:grid;gap:6px;"
                 "grid-template-columns:1fr 1fr}.scroll table{min-width:"
                 "560px}.why{min-width:240px}</style>\n");
    add_head(&t, look);
    ad_status status = add_findings(&t, look);
    add_models(&t, look);
    add_columns(&t, look);
    if (status == AD_OK)
        status = add_series(&t, look);
    if (status == AD_OK)
        status = add_figures(&t, look);
    if (status == AD_OK)
        status = add_examples(&t, look);
    add_notes(&t, look);
    markup_end_page(&t);
    char *words = status == AD_OK ? text_take(&t) : NULL;
    if (status == AD_OK && !words)
        (void)message_no_memory();
    text_done(&t);
    return words;
}
