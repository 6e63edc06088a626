/* A look at data as lines for a terminal. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_write.h"
#include "message.h"

enum {
    NAME_MOST = 24,
    COLUMNS_SHOWN = 40,
    NOTES_SHOWN = 12,
    ROWS_SHOWN = 5,
    PLACES_SHOWN = 6,
    PICTURES_SHOWN = 12,
    CELL = 14,
    SIDE = 20 /* of pictures, in pixels */
};

typedef struct writing {
    text_buffer t;
    const ad_data_look *look;
    const ad_terminal_options *o;
    int width;
} writing;

static void colour(writing *w, const char *code)
{
    if (w->o->colour)
        text_add_format(&w->t, "\033[%sm", code);
}

static void heading(writing *w, const char *words)
{
    text_add(&w->t, "\n");
    colour(w, "1");
    text_add(&w->t, words);
    colour(w, "0");
    text_add(&w->t, "\n");
}

/* Words broken at blanks, each line behind `indent` blanks. */
static void paragraph(writing *w, int indent, const char *words)
{
    int used = 0, room = w->width - indent;
    while (*words) {
        int size = (int)strcspn(words, " \n");
        if (used > 0 && used + 1 + size > room) {
            text_add(&w->t, "\n");
            used = 0;
        }
        if (used == 0)
            text_repeat(&w->t, " ", indent);
        else
            text_add(&w->t, " ");
        text_add_bytes(&w->t, words, (size_t)size);
        used += size + (used > 0);
        words += size + (words[size] != 0);
    }
    text_add(&w->t, "\n");
}

/* ---------------------------------------------------------------- columns */

/* At most `width` letters of UTF-8, filled up with blanks. */
static void cell(text_buffer *t, const char *words, int width)
{
    int used = 0;
    const char *p = words;
    while (*p && used < width) {
        size_t size = 1;
        while (((unsigned char)p[size] & 0xC0) == 0x80)
            size++;
        text_add_bytes(t, *p >= 0 && *p < ' ' ? " " : p, size);
        p += size, used++;
    }
    text_repeat(t, " ", width - used);
}

static void spark(writing *w, const ad_look_column *c)
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char marks[] = " .:-=+*#";
    double most = 0;
    for (int k = 0; k < c->bins; k++) {
        double all = c->bin[0][k] + c->bin[1][k] + c->bin[2][k];
        most = all > most ? all : most;
    }
    for (int k = 0; k < c->bins; k++) {
        double all = c->bin[0][k] + c->bin[1][k] + c->bin[2][k];
        int level = all > 0 ? 1 + (int)(all / most * 6.999) : 0;
        if (w->o->ascii)
            text_add_bytes(&w->t, &marks[level > 7 ? 7 : level], 1);
        else
            text_add(&w->t, blocks[level + (level == 7)]);
    }
}

/* What every picture or sound is read as. */
static void add_form(writing *w, const ad_schema_field *f)
{
    const int64_t *size = f->shape.size;
    if (f->meaning == AD_MEANS_IMAGE && f->shape.rank == 3)
        text_add_format(&w->t, ", %lld x %lld, %s", (long long)size[0], (long long)size[1],
                        size[2] == 1 ? "grey" : "colours");
    else if (f->meaning == AD_MEANS_SOUND)
        text_add_format(&w->t, ", %.0f samples a second", f->rate);
}

static void add_column(writing *w, const ad_look_column *c, int name)
{
    text_buffer range = {0};
    text_add(&w->t, "  ");
    cell(&w->t, c->name, name);
    text_add(&w->t, "  ");
    cell(&w->t, c->looked || c->field->use >= AD_USE_ID ? data_use_words[c->field->use] : "", 8);
    text_add(&w->t, "  ");
    data_add_range(&range, c);
    if (c->looked) {
        cell(&w->t, data_kind_word(c), 12);
        text_add_format(&w->t, "  %s", text_words(&range));
        add_form(w, c->field);
        if (data_missing(c))
            text_add_format(&w->t, ", %lld missing", (long long)data_missing(c));
        if (c->alone > 0.01)
            text_add_format(&w->t, ", alone %.2f", c->alone);
        if (c->bins > 0 && c->values == 0) {
            text_add(&w->t, "  ");
            spark(w, c);
        }
    } else {
        text_add(&w->t, c->field->why ? c->field->why : "");
    }
    text_add(&w->t, "\n");
    text_done(&range);
}

static void add_columns(writing *w)
{
    const ad_data_look *look = w->look;
    int name = 4, shown = 0;
    for (int i = 0; i < look->columns; i++) {
        int size = (int)strlen(look->column[i].name);
        name = size > name ? size : name;
    }
    name = name > NAME_MOST ? NAME_MOST : name;
    heading(w, "Columns");
    for (int i = 0; i < look->columns && shown < COLUMNS_SHOWN; i++, shown++)
        add_column(w, &look->column[i], name);
    if (look->columns > shown)
        text_add_format(&w->t, "  ... and %d more\n", look->columns - shown);
}

static void add_notes(writing *w)
{
    const char *line = w->look->schema->notes;
    int shown = 0;
    if (!line || !*line)
        return;
    heading(w, "What was understood");
    for (; *line && shown < NOTES_SHOWN; shown++) {
        size_t size = strcspn(line, "\n");
        char *copy = text_copy_bytes(line, size);
        w->t.failed = w->t.failed || !copy;
        if (copy)
            paragraph(w, 2, copy);
        free(copy);
        line += size + (line[size] == '\n');
    }
    if (*line)
        text_add(&w->t, "  ...\n");
}

/* ---------------------------------------------------------------- figures */

static bool add_figure(writing *w, const ad_figure *f)
{
    char *lines;
    if (ad_figure_terminal(f, w->o, &lines) != AD_OK)
        return false;
    text_add(&w->t, "\n");
    text_add(&w->t, lines);
    free(lines);
    return true;
}

static bool add_target(writing *w)
{
    const ad_look_column *c = data_target_column(w->look);
    column_figure f;
    return !c || !data_column_figure(w->look, c, &f) || add_figure(w, &f.figure);
}

static bool add_pictures(writing *w)
{
    const ad_data_look *look = w->look;
    ad_figure_picture picture[PICTURES_SHOWN];
    int count = 0;
    for (int i = 0; i < look->examples && count < PICTURES_SHOWN; i++) {
        const ad_look_example *e = &look->example[i];
        if (e->pixels)
            picture[count++] =
                (ad_figure_picture){{e->height, e->width, e->channels, e->pixels}, e->title};
    }
    ad_figure f = {.kind = AD_FIGURE_IMAGES, .picture = picture, .pictures = count};
    return add_figure(w, &f);
}

static bool is_cell(const ad_data_look *look, int c)
{
    return look->column[c].looked && look->example[0].cell[c];
}

static void add_row(writing *w, const ad_look_example *e)
{
    int used = 2;
    text_add(&w->t, "  ");
    for (int c = 0; c < w->look->columns && used + CELL <= w->width; c++) {
        bool text = w->look->column[c].kind == AD_LOOK_CHARACTERS && w->look->column[c].looked;
        int width = text ? w->width - used > 46 ? 46 : w->width - used - 2 : CELL - 2;
        if (!is_cell(w->look, c))
            continue;
        cell(&w->t, e ? e->cell[c] : w->look->column[c].name, width);
        text_add(&w->t, "  ");
        used += width + 2;
    }
    while (w->t.size > 0 && w->t.data[w->t.size - 1] == ' ')
        w->t.size--;
    text_add(&w->t, "\n");
}

static bool add_excerpt(writing *w)
{
    const ad_data_look *look = w->look;
    if (look->examples == 0)
        return true;
    bool pictures = data_has_pictures(look);
    heading(w, pictures ? "Some of them" : "The first rows");
    if (pictures && (!add_pictures(w) || !data_is_mixed(look)))
        return !w->t.failed;
    add_row(w, NULL);
    for (int i = 0; i < look->examples && i < ROWS_SHOWN; i++)
        add_row(w, &look->example[i]);
    return true;
}

/* ---------------------------------------------------------------- findings */

/* The beginning of the text that stands there. */
static void add_text_of(const writing *w, text_buffer *t, const ad_finding *f, int i)
{
    enum { LETTERS = 40 };
    const ad_look_example *e = f->example ? &f->example[i] : NULL;
    for (int c = 0; e && e->cell && c < w->look->columns; c++) {
        const ad_look_column *k = &w->look->column[c];
        if (!k->looked || k->kind != AD_LOOK_CHARACTERS || !e->cell[c] || !*e->cell[c])
            continue;
        bool more = strlen(e->cell[c]) > LETTERS;
        text_add(t, " \"");
        cell(t, e->cell[c], more ? LETTERS : (int)strlen(e->cell[c]));
        text_add(t, more ? "...\"" : "\"");
        return;
    }
}

/* Letters that all names begin with, folder by folder: said once, not in each pair. */
static size_t common_folder(const ad_finding *f, int shown)
{
    const char *first = shown > 2 ? f->place[0].name : NULL;
    size_t same = first ? strlen(first) : 0;
    for (int i = 1; i < shown && same; i++) {
        const char *name = f->place[i].name ? f->place[i].name : "";
        size_t k = 0;
        while (k < same && name[k] == first[k])
            k++;
        same = k;
    }
    while (same && first[same - 1] != '/')
        same--;
    return same;
}

/* By malloc; without the first letters of its name. */
static char *place_text(const ad_data_place *place, size_t without)
{
    ad_data_place p = *place;
    p.name = p.name ? p.name + without : NULL;
    return ad_data_place_text(&p);
}

static void add_places(writing *w, const ad_finding *f)
{
    text_buffer t = {0};
    int step = f->paired ? 2 : 1, shown = f->places < PLACES_SHOWN ? f->places : PLACES_SHOWN;
    size_t folder = common_folder(f, shown);
    if (folder)
        text_add_format(&t, "in %.*s: ", (int)folder, f->place[0].name);
    for (int i = 0; i + step <= shown; i += step) {
        char *one = place_text(&f->place[i], folder);
        char *other = f->paired ? place_text(&f->place[i + 1], folder) : NULL;
        text_add_format(&t, "%s%s%s%s", i ? "; " : "", one ? one : "", other ? " = " : "",
                        other ? other : "");
        add_text_of(w, &t, f, i);
        free(one);
        free(other);
    }
    if (f->count * step > shown)
        text_add(&t, "; ...");
    if (f->places > 0)
        paragraph(w, 7, text_words(&t));
    w->t.failed = w->t.failed || t.failed;
    text_done(&t);
}

static void add_finding(writing *w, const ad_finding *f)
{
    text_buffer t = {0};
    bool warning = f->level == AD_FINDING_WARNING;
    text_add_format(&t, "%s", f->what);
    colour(w, warning ? "33" : "36");
    text_add(&w->t, warning ? "  !  " : "  -  ");
    colour(w, "0");
    text_add_format(&t, " [%s]", f->code);
    size_t before = w->t.size;
    paragraph(w, 5, text_words(&t));
    if (!w->t.failed && w->t.size >= before + 5) { /* its first line goes on behind the mark */
        memmove(w->t.data + before, w->t.data + before + 5, w->t.size - before - 5 + 1);
        w->t.size -= 5;
    }
    text_done(&t);
    add_places(w, f);
    paragraph(w, 7, f->reason);
    paragraph(w, 7, f->remedy);
}

static void add_findings(writing *w)
{
    const ad_data_look *look = w->look;
    char title[80];
    int notes = look->findings - look->warnings;
    snprintf(title, sizeof title, "%d warning%s, %d note%s", look->warnings,
             look->warnings == 1 ? "" : "s", notes, notes == 1 ? "" : "s");
    heading(w, title);
    for (int i = 0; i < look->findings; i++)
        add_finding(w, &look->finding[i]);
    if (look->findings)
        text_add(&w->t, "\n  `adze explain CODE` says more.\n");
}

/* ---------------------------------------------------------------- all */

static void add_head(writing *w)
{
    const ad_data_look *look = w->look;
    text_buffer t = {0};
    colour(w, "1");
    text_add(&w->t, look->path);
    colour(w, "0");
    text_add_format(&t, " (%s): ", look->reader);
    data_add_counts(&t, look);
    text_add(&w->t, text_words(&t));
    text_add(&w->t, "\n");
    w->t.failed = w->t.failed || t.failed;
    text_done(&t);
}

static void add_models(writing *w)
{
    text_buffer t = {0}, apart = {0};
    bool linear = data_add_linear(&t, w->look), told = data_add_apart(&apart, w->look);
    if (linear || told)
        heading(w, "What a simple classifier does");
    if (linear)
        paragraph(w, 2, text_words(&t));
    if (told)
        paragraph(w, 2, text_words(&apart));
    text_done(&t);
    text_done(&apart);
}

char *ad_data_look_text(const ad_data_look *look, const ad_terminal_options *terminal)
{
    writing w = {.look = look, .o = terminal, .width = terminal->width > 40 ? terminal->width : 72};
    add_head(&w);
    add_notes(&w);
    add_columns(&w);
    bool good = add_target(&w) && add_excerpt(&w);
    add_models(&w);
    add_findings(&w);
    if (!good) {
        text_done(&w.t);
        return NULL;
    }
    char *words = text_take(&w.t);
    if (!words)
        (void)message_no_memory();
    return words;
}
