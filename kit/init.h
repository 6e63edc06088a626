/* What `init` knows of data, and what it writes of it. */
#ifndef ADZE_KIT_INIT_H
#define ADZE_KIT_INIT_H

#include <adze/kit.h>

#include "text.h"

/* What the data is like. */
typedef struct init_facts {
    const ad_init_options *o;
    ad_config *config; /* of the section data alone */
    ad_schema *schema;
    const char *task;    /* a task's name */
    int64_t train, test; /* examples; test 0: there is no such part */
    bool validation;     /* it has a part to validate by */
    int64_t width;       /* numbers of an example where they are joined: a class is one for each */
    int64_t classes;     /* of the target; 0: it is no class */
    int64_t rarest;      /* examples of the class that has fewest */
    int targets;         /* numbers to learn */
    const char *resized; /* why pictures are brought to a size; NULL: they are not */
    const ad_schema_field *text;  /* the first text that is learned from; or NULL */
    int64_t words;                /* of texts: as many as all but the longest twentieth have */
    int64_t letters;              /* different characters of the texts */
    int64_t bytes;                /* of all texts to train with */
    const ad_schema_field *whole; /* the picture, array or sound that the model begins with */
    char *name_is;                /* a pattern that was found in the names of files; or NULL */
    double seconds;               /* most sounds are no longer; 0: there is none */
    bool all_texts;               /* understood without a target, and f->texts as texts */
    ad_names texts, skip;         /* columns that are texts, and that are left out */
    const char *tags;             /* of those the one of tags; NULL: it is none */
    ad_names times;               /* columns that may be one */
    bool pairs;                   /* a table was taken for pairs of texts */
    double test_share, validation_share; /* that are held out */
    bool no_memory;
    const char *time;    /* the column of times of a series; NULL: it is none */
    int64_t step_months; /* its step, as in time_step */
    double step_seconds;
    int64_t season, window, horizon; /* rows */
} init_facts;

/* A line of YAML, and why it is so in a comment. */
void init_line(text_buffer *t, const char *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* init.c: the data anew, with what is known of it. */
ad_status init_understand(init_facts *f, const ad_reader_record *reader);

/* init_tags.c: whether it is a table of sentences and of tags, one for each of their words: it is
 * understood so then; else as it was.  understood: how that ended, whose status it gives. */
ad_status init_find_tags(init_facts *f, const ad_reader_record *reader, ad_status understood);

/* init_pairs.c: a table whose target is a text made of another: both as f->texts then. */
ad_status init_find_pairs(init_facts *f, const ad_reader_record *reader);

/* init_text.c: what texts are like, the section text, and the layers that read them. */
ad_status init_look_at_texts(init_facts *f, ad_source *train);
void init_text(text_buffer *t, const init_facts *f);
void init_text_layers(text_buffer *t, const init_facts *f);
void init_read_layers(text_buffer *t);
/* Which of the fields that vary it is, and how many there are. */
int init_place_among_varying(ad_source *source, const char *name, int *varying);
bool init_is_language(const init_facts *f);
bool init_is_tagging(const init_facts *f);
bool init_is_rewriting(const init_facts *f);
double init_windows(const init_facts *f); /* of one long text */

/* init_series.c: columns that may be the time of a series; whether rows by f->time are in even
 * steps; how far to look; sections forecast and model. */
ad_status init_time_columns(const ad_schema *schema, ad_names *found);
ad_status init_is_series(init_facts *f, bool *yes);
void init_horizon(init_facts *f);
void init_forecast(text_buffer *t, const init_facts *f);
void init_series_model(text_buffer *t, const init_facts *f);

/* init_model.c: sections model, augment and train. */
void init_model(text_buffer *t, const init_facts *f);
void init_train(text_buffer *t, const init_facts *f);
void init_hidden(text_buffer *t, int64_t out, const char *why);
void init_dropout(text_buffer *t, const char *rate, const char *why);
/* Up to a layer of what is seen together. */
void init_picture_layers(text_buffer *t, const init_facts *f, const ad_schema_field *of);
/* init_mixed.c: pictures or sounds beside other columns, or several of them: a branch for each, and
 * one for all numbers and classes. */
bool init_is_mixed(const init_facts *f);
void init_mixed_model(text_buffer *t, const init_facts *f);
/* A number for each class or target. */
void init_output(text_buffer *t, const init_facts *f);
/* init_sound.c: what most sounds last, into f->seconds; the section sound, and the layers. */
ad_status init_sound_look(init_facts *f, ad_source *train);
void init_sound(text_buffer *t, const init_facts *f);
void init_sound_layers(text_buffer *t, const init_facts *f, const ad_schema_field *of);
void init_sound_model(text_buffer *t, const init_facts *f);
/* The first sound that is learned from; NULL: none. */
const ad_schema_field *init_sound_of(const ad_schema *schema);
/* init_parts.c: the shares to test with and to validate by of the whole (or the part to train
 * with), and what the section data says of them. */
ad_status init_shares(init_facts *f, ad_source *whole);
void init_parts(text_buffer *t, const init_facts *f);
/* Examples that are left to train with. */
int64_t init_examples(const init_facts *f);

/* init_reader.c: which reads the path; NULL: none.  The value that was set for a path such as
 * data.format; NULL: none. */
const ad_reader_record *init_reader(const ad_init_options *o);
/* Whether it is another than the one that knows the data, and was not asked for. */
bool init_reader_guessed(const ad_init_options *o, const ad_reader_record *reader);
const char *init_set(const ad_init_options *o, const char *path);

/* init_set.c: settings of other sections than data, checked as `train` would with the text, stand
 * in it where they have their place; it is replaced. */
ad_status init_settings(const init_facts *f, char **text);
/* The task that was set; *task NULL: none. */
ad_status init_task(const init_facts *f, const ad_record **task);

#endif
