/* What a lab noted, for a terminal. */
#define _POSIX_C_SOURCE 200809L

#include "frame.h"

#include <stdlib.h>

/* A text of a language in a line of its own, behind `before`. */
static bool print_text(FILE *out, const char *before, const lab_text *text, lab_language language)
{
    char *words = lab_words(text, language);
    if (words)
        fprintf(out, "%s%s\n", before, words);
    free(words);
    return words;
}

static bool print_figure(FILE *out, const lab_figure *f, lab_language language)
{
    lab_drawn d;
    char *text = NULL;
    ad_terminal_options options = ad_terminal_of(fileno(out));
    bool ok = lab_figure_in(f, language, &d) && ad_figure_terminal(&d.f, &options, &text) == AD_OK;
    if (ok)
        fprintf(out, "\n%s", text);
    free(text);
    lab_drawn_done(&d);
    return ok;
}

/* Columns a text takes: letters of CJK take two. */
static int columns_of(const char *words)
{
    int columns = 0;
    for (const unsigned char *at = (const unsigned char *)words; *at; at++)
        if ((*at & 0xc0) != 0x80)
            columns += *at >= 0xe3 && *at <= 0xef ? 2 : 1;
    return columns;
}

static bool print_row(FILE *out, const lab_table *t, int row, const int *wide,
                      lab_language language)
{
    bool ok = true;
    for (int c = 0; ok && c < t->width; c++) {
        char *words = lab_words(&t->cell[row * t->width + c], language);
        ok = words;
        if (ok)
            fprintf(out, "%s%s%*s", c ? "  " : "", words,
                    c + 1 < t->width ? wide[c] - columns_of(words) : 0, "");
        free(words);
    }
    fputc('\n', out);
    return ok;
}

static bool print_table(FILE *out, const lab_table *t, lab_language language)
{
    int wide[LAB_MOST] = {0};
    for (int i = 0; i < t->rows * t->width && t->width <= LAB_MOST; i++) {
        char *words = lab_words(&t->cell[i], language);
        int columns = words ? columns_of(words) : 0;
        wide[i % t->width] = columns > wide[i % t->width] ? columns : wide[i % t->width];
        free(words);
    }
    bool ok = t->width <= LAB_MOST;
    fputc('\n', out);
    for (int r = 0; ok && r < t->rows; r++)
        ok = print_row(out, t, r, wide, language);
    return ok;
}

static bool print_note(FILE *out, const lab *l, const lab_note *n, lab_language language)
{
    switch (n->part) {
    case LAB_FIGURE: return print_figure(out, l->figure[n->number], language);
    case LAB_TABLE: return print_table(out, &l->table[n->number], language);
    default: fputc('\n', out); return print_text(out, "", &l->sentence[n->number], language);
    }
}

static void print_ends(FILE *out, const lab_record *r, lab_language language)
{
    fprintf(out, "\n%s\n", lab_choose("What one would ask next:", "接下来可以问：", language));
    for (int i = 0; i < LAB_NEXT && r->next[i].en; i++) {
        fprintf(out, "  - %s\n", lab_choose(r->next[i].en, r->next[i].zh, language));
        if (r->next[i].set)
            fprintf(out, "    adze lab %s --set %s\n", r->name, r->next[i].set);
    }
    fprintf(out, "\n%s\n", lab_choose("To read on:", "延伸阅读：", language));
    for (int i = 0; i < LAB_SOURCES && r->source[i]; i++)
        fprintf(out, "  - %s\n", r->source[i]);
}

ad_status lab_print(const lab *l, lab_language language, FILE *out)
{
    const lab_record *r = l->record;
    bool ok = true;
    fprintf(out, "%s: %s\n", r->name, lab_choose(r->question_en, r->question_zh, language));
    for (int i = 0; ok && i < l->notes; i++)
        ok = print_note(out, l, &l->note[i], language);
    fprintf(out, "\n%s %s\n", lab_choose("It is said:", "通常的说法：", language),
            lab_choose(r->claim_en, r->claim_zh, language));
    fprintf(out, "%s %s. ", lab_choose("This", "结论：", language),
            lab_verdict_name(l->verdict, language));
    ok = ok && print_text(out, "", &l->because, language);
    print_ends(out, r, language);
    return ok ? AD_OK : AD_ERROR_MEMORY;
}
