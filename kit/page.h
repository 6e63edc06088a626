/* report.html: what its parts share. */
#ifndef ADZE_KIT_PAGE_H
#define ADZE_KIT_PAGE_H

#include <adze/figure.h>
#include <adze/metric.h>
#include <adze/report.h>

#include "markup.h"
#include "run.h"

enum { PAGE_EXAMPLES_MAX = 20000 };

/* What the network says of the first examples of the test part. */
typedef struct page_answers {
    const ad_metric_answers *all; /* of all of it */
    ad_run_answers own;           /* where they were not given */
    bool classes, each;           /* each: answer i is that of example i */
    int64_t count, width;         /* width: classes, or numbers of a target */
    float *value;                 /* (count, width): chances, or numbers */
    float *target;                /* (count): the class; (count, width): numbers */
    double *loss; /* (count): -log of the chance of what is right, or squared errors */
} page_answers;

typedef struct page {
    text_buffer t;
    text_buffer list; /* links to the parts */
    const char *folder;
    const ad_config *config;
    const ad_run_data *data;
    const ad_run_network *network;
    ad_source *raw; /* the test part before its transform, as long as it; or NULL */
    ad_run_summary s;
    history h;
    page_answers a;
    int figures;
    ad_status status; /* the first failure; nothing is added after it */
} page;

/* ---- page.c */
void page_figure(page *p, const ad_figure *figure);
/* A heading, with its words in the list at the top. */
void page_section(page *p, const char *id, const char *title);
/* "accuracy 91.20 %"; with_interval: "(90.1 to 92.3)" behind. */
void page_value(char *words, size_t size, const char *name, double value);
bool page_is_share(const char *name);
/* The name of a class, or its number in `number`. */
const char *page_class(const page *p, int64_t class, char number[24]);
const ad_schema_field *page_image(const page *p); /* that is drawn; NULL: none */

/* ---- page_load.c */
typedef struct page_loaded {
    ad_config *config;
    ad_run_data data;
    ad_run_network network;
} page_loaded;

/* Give it zeros; page_loaded_done after a failure too.  moved: data.path, or NULL. */
ad_status page_load(const char *folder, const char *moved, int threads, page_loaded *l);
void page_loaded_done(page_loaded *l);

/* ---- page_answers.c */
/* given: what the network was asked already, or NULL. */
ad_status page_answers_make(page *p, const ad_run_answers *given);
void page_answers_done(page_answers *a);
int64_t page_answered(const page_answers *a, int64_t i); /* the likeliest class */

/* ---- the parts, in their order */
void page_head(page *p);      /* page_head.c */
void page_curves(page *p);    /* page_curves.c */
void page_norms(page *p);     /* page_norms.c: figures in it */
void page_classes(page *p);   /* page_classes.c */
void page_numbers(page *p);   /* page_numbers.c */
void page_forecasts(page *p); /* page_forecast.c */
void page_worst(page *p);     /* page_worst.c */
void page_samples(page *p);   /* page_samples.c: of a GAN */
void page_baselines(page *p); /* page_head.c */
void page_model(page *p);     /* page_model.c */
void page_repeat(page *p);    /* page_repeat.c */

#endif
