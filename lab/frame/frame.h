/* What runs labs, and what writes what came of them. */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include "../lab.h"

#include <setjmp.h>
#include <stdio.h>

#include "../../kit/text.h"

typedef enum lab_language { LAB_EN, LAB_ZH, LAB_LANGUAGES } lab_language;

enum { LAB_SETS = 32 };
typedef struct lab_options {
    uint64_t seed; /* 0: 1 */
    int threads;   /* 0: all */
    bool quick;
    const char *set[LAB_SETS]; /* "key=value"; NULL: no more */
    /* Told how much is done, 0 to 1, or NULL. */
    void (*progress)(void *user, double part);
    void *user;
} lab_options;

struct lab_figure {
    ad_figure f; /* its numbers; texts are below */
    lab *l;
    lab_text title, x, y, series[AD_FIGURE_SERIES_MAX], rule[AD_FIGURE_RULES_MAX];
    lab_text *row, *column; /* of axis y and x */
    int rows, columns, series_count, rule_count;
    lab_text *box, *detail, *label;
    ad_box *boxes;
    ad_arrow *arrows;
    lab_text *below;
    ad_figure_picture *pictures;
};

/* One table: rows of cells; width cells a row. */
typedef struct lab_table {
    lab_text *cell;
    int rows, width;
} lab_table;

typedef enum lab_part { LAB_SENTENCE, LAB_FIGURE, LAB_TABLE } lab_part;

/* What a lab noted, in order. */
typedef struct lab_note {
    lab_part part;
    int number; /* of the sentence, figure or table */
} lab_note;

enum { LAB_MOST = 64 };

struct lab {
    const lab_record *record;
    lab_options options;
    double setting[LAB_SETTINGS];
    ad_context *context;
    uint64_t chance;          /* state of its stream */
    struct lab_thing *things; /* what it owns, the newest first */
    jmp_buf end;
    char why[512]; /* why it ended, or "" */
    lab_note note[LAB_MOST];
    int notes;
    lab_text sentence[LAB_MOST];
    int sentences;
    lab_figure *figure[LAB_MOST];
    int figures;
    lab_table table[LAB_MOST];
    int tables;
    lab_verdict verdict;
    lab_text because;
    double seconds;
};

/* ---- run.c */
const lab_record *lab_at(int i); /* NULL past the last */
const lab_record *lab_find(const char *name);
/* Runs a lab; what it noted is there until lab_close, which takes NULL.  NULL: no memory.  Where
 * why is not "", the experiment ended with that message. */
lab *lab_open(const lab_record *record, const lab_options *options);
void lab_close(lab *l);

/* ---- words.c */
/* The words in a language; English where there are none. */
const char *lab_choose(const char *en, const char *zh, lab_language language);
const char *lab_topic_name(lab_topic topic, lab_language language);
const char *lab_verdict_name(lab_verdict verdict, lab_language language);
/* The text with its numbers in it, by malloc; NULL: no memory. */
char *lab_words(const lab_text *text, lab_language language);
/* The highest number a text asks for, plus 1; -1 where a {} of it is wrong. */
int lab_asks(const char *words);

/* ---- figure.c */
/* Boxes, numbered from 0, and arrows. */
int lab_box(lab_figure *f, lab_text title, lab_text detail, int group);
void lab_arrow(lab_figure *f, int from, int to, lab_text label);
/* As the figure module takes it, in a language; lab_drawn_done frees its words. */
typedef struct lab_drawn {
    ad_figure f;
    char *word[AD_FIGURE_SERIES_MAX + AD_FIGURE_RULES_MAX + 4];
    char **list[5];
} lab_drawn;
bool lab_figure_in(const lab_figure *f, lab_language language, lab_drawn *d);
void lab_drawn_done(lab_drawn *d);

/* ---- print.c: for a terminal */
ad_status lab_print(const lab *l, lab_language language, FILE *out);

/* ---- page.c: NAME.html, NAME.svg, NAME.csv; of zh NAME.zh.html */
ad_status lab_write(const lab *l, const char *folder);
/* index.html and index.zh.html of labs that lab_write wrote. */
ad_status lab_write_index(lab *const *list, int count, const char *folder);

#endif
