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

/* What the examples of the test part are called. */
typedef struct page_places {
    bool looked;
    char **name; /* (count); NULL: they have no names */
    int64_t count;
} page_places;

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
    page_places places;
    int figures, advices;
    ad_status status; /* the first failure; nothing is added after it */
} page;

/* ---- page.c */
void page_figure(page *p, const ad_figure *figure);
/* A heading, with its words in the list at the top. */
void page_section(page *p, const char *id, const char *title);
/* The name of a class, or its number in `number`. */
const char *page_class(const page *p, int64_t class, char number[24]);
const ad_schema_field *page_image(const page *p); /* that is drawn; NULL: none */

/* ---- page_words.c */
/* "91.20 %", or "50.62". */
void page_value(char *words, size_t size, const char *name, double value);
/* "90.10 to 92.30 %"; false, and "", where there is none. */
bool page_interval(char *words, size_t size, const ad_summary_value *v);
bool page_is_share(const char *name);
/* "mean absolute error" of "mae". */
const char *page_measure(const page *p, const char *name, char words[80]);
const char *page_examples(const page *p); /* "examples", "windows", "texts" */

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

/* ---- page_pass.c */
enum { PAGE_FETCH_MAX = 4 };
/* Tensors of the network for batches of a source that is as the model takes it, until take says
 * false.  False then, and where the network cannot be run so: nothing is drawn. */
bool page_pass(const page *p, ad_source *source, ad_tensor *const *fetch, int count,
               bool (*take)(void *user, const ad_batch *batch, const ad_array *out), void *user);

/* ---- page_quantiles.c */
typedef struct page_quantiles {
    int count; /* 0: there are none */
    const double *at;
    float *value; /* (windows, horizon, targets, count), by malloc */
} page_quantiles;

page_quantiles page_quantiles_of(const page *p);
void page_coverage(page *p, const page_quantiles *quantiles); /* a table */

/* ---- page_places.c */
void page_place(page *p, int64_t example); /* "digits/7_theo_3.wav", "test.txt:12" */
void page_places_done(page_places *places);

/* ---- page_worst*.c */
enum { PAGE_COLUMNS_MAX = 12 };

typedef struct page_reader {
    ad_source *source;
    ad_batches *batches; /* to be freed at the end */
} page_reader;

/* One example of a source; NULL on failure. */
const ad_batch *page_read(page_reader *r, int64_t number, ad_batch *batch);
void page_verdict(page *p, int64_t example); /* what was said of it, and what is right */
/* Fields that a reader wants to see, ids first, then inputs: their places in p->raw; how many. */
int page_columns(const page *p, int *field, const ad_schema_field **of);
void page_cell(page *p, const ad_schema_field *f, const ad_array *value);
/* Whether a field, or its values, are pictures that can be drawn; and one of them. */
bool page_is_picture(const ad_schema_field *f, const ad_array *values);
void page_picture(page *p, const ad_schema_field *f, const ad_array *value);
void page_worst_pictures(page *p, const int64_t *worst, int64_t count);
void page_worst_list(page *p, const int64_t *worst, int64_t count);
void page_worst_rows(page *p, const int64_t *worst, int64_t count);
void page_sentences(page *p); /* page_sentences.c: of words with tags */

/* ---- page_tokens.c: what a model of a text says of each token of the part that was held out */
enum { PAGE_PASSAGE = 64, PAGE_PASSAGES = 6, PAGE_POSITIONS_MAX = 4096 };

typedef struct page_token {
    int64_t count, right; /* how often it came, and was the likeliest */
    double loss;          /* their sum, in nats */
} page_token;

/* Tokens one behind the other. */
typedef struct page_passage {
    int32_t token[PAGE_PASSAGE];
    float loss[PAGE_PASSAGE]; /* in nats; NaN of those that were not asked for */
    int tokens;
    double mean;
} page_passage;

typedef struct page_tokens {
    bool masked;
    page_token *of; /* (classes) */
    int64_t classes, count;
    page_token *at; /* (positions): by the place in the window */
    int64_t positions;
    int shortest;                      /* passages that are looked at, in tokens */
    page_passage worst[PAGE_PASSAGES]; /* the most surprising first */
    int passages;
} page_tokens;

/* Of the first examples, so many as take little time.  False where nothing is known. */
bool page_tokens_find(page *p, page_tokens *t);
void page_tokens_done(page_tokens *t);

/* ---- page_surprise.c */
/* The text of `count` tokens, each with how surprising it was. */
void page_surprise(page *p, const ad_encoder *encoder, const page_passage *passage);
/* ---- page_texts.c */
void page_texts(page *p); /* what a model of texts that become others writes */

/* ---- page_written.c */
void page_written(page *p); /* what the model writes */

/* ---- what parts share */
/* The name of number k of the target. */
const char *page_target(const page *p, int64_t k); /* page_numbers.c */
/* A cell of a share in percent, with a bar behind it: page_classes.c. */
void page_share_cell(page *p, const ad_metric_value *value);
/* The places of the largest losses, the largest first; how many: page_worst.c. */
int64_t page_find_worst(const page_answers *a, int64_t most, int64_t *worst);
/* The pictures that it was given are given back: page_rebuilt.c. */
bool page_rebuilds(const page *p);

/* ---- the parts, in their order */
void page_head(page *p);      /* page_head.c */
void page_advice(page *p);    /* page_advice.c */
void page_curves(page *p);    /* page_curves.c */
void page_norms(page *p);     /* page_norms.c: figures in it */
void page_classes(page *p);   /* page_classes.c */
void page_labels(page *p);    /* page_labels.c */
void page_numbers(page *p);   /* page_numbers.c */
void page_rebuilt(page *p);   /* page_rebuilt.c */
void page_forecasts(page *p); /* page_forecast.c */
void page_language(page *p);  /* page_language.c: models of a text */
void page_worst(page *p);     /* page_worst.c */
void page_samples(page *p);   /* page_samples.c: of a GAN */
void page_growth(page *p);    /* page_growth.c: of a GAN, as it learned */
void page_baselines(page *p); /* page_head.c */
void page_model(page *p);     /* page_model.c */
void page_repeat(page *p);    /* page_repeat.c */

#endif
