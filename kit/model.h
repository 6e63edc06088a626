/* Models: lists of layers, which may hold lists. */
#ifndef ADZE_KIT_MODEL_H
#define ADZE_KIT_MODEL_H

#include <adze/kit.h>

#include "report.h"
#include "text.h"

typedef enum item_kind {
    ITEM_LAYER,
    ITEM_LAYERS,   /* a list in a list, and what a block becomes */
    ITEM_REPEAT,   /* its list so many times, each with weights of its own */
    ITEM_RESIDUAL, /* its list, and what went in (or a shortcut's list of it) added */
    ITEM_BRANCHES  /* several lists of one input, joined */
} item_kind;

typedef enum join { JOIN_ADD, JOIN_MULTIPLY, JOIN_CONCAT } join;

typedef struct model_list {
    struct model_item *item;
    int count;
} model_list;

typedef struct model_item {
    item_kind kind;
    const ad_layer_record *record; /* ITEM_LAYER */
    void *options;                 /* its struct */
    place at;
    const char *name; /* what `from` calls its output; NULL: nothing */
    ad_names from;    /* what it takes instead of the output before it */
    int64_t times;
    int join;
    model_list *list; /* repeat, layers: one; residual: layers and shortcut; branches: paths */
    int lists;
} model_item;

struct ad_layers {
    model_list layers;
    int count; /* items at any depth */
};

/* One kind of item that is no layer; its options lie in model_item. */
typedef struct structure {
    ad_record record;
    item_kind kind;
    const char *lists;  /* names of its lists, spaces between; the first is required */
    bool list_of_lists; /* `paths` of branches */
} structure;
const structure *structure_at(int i); /* NULL past the last */
/* Keys of every item beside its own: name and from. */
const ad_option *item_options(int *count);
/* Number of the list of that name, or -1; and the name of list i. */
int structure_list(const structure *s, const char *name);
void structure_list_name(text_buffer *t, const structure *s, int i);

/* Lists of layers with a name. */
typedef struct block {
    const char *name; /* in the tree */
    place at;
    const tree *arguments; /* a map of defaults, "" for one that has to be given; or NULL */
    const tree *layers;
    bool bad; /* a key was refused: nothing more is said of it and its uses */
} block;

typedef struct blocks {
    block *block;
    int count;
} blocks;

/* t may be NULL: none. */
blocks blocks_read(report *r, const tree *t);
void blocks_done(blocks *b);
const block *blocks_find(const blocks *b, const char *name);
/* The block's list with the arguments of a use in place of $NAME, to be freed with tree_free; NULL
 * where a mistake was reported. */
tree *block_use(report *r, const block *b, const tree *use, place at);
/* With the defaults; TREE_BAD, of which nothing more is said, stands for what has none. */
tree *block_default(report *r, const block *b);

void blocks_try(report *r, const blocks *known);
/* Never NULL but without memory (report.failed).  */
ad_layers *model_read(report *r, const blocks *known, const tree *t);
/* Who looks on while a model is built. */
typedef struct model_watch {
    /* Before an item; and where list >= 0 before that one of the lists in it. */
    void (*enter)(void *user, const model_item *item, int list);
    /* Behind an item or list.  in, options: what a layer was made of; of all others count is 0. */
    void (*leave)(void *user, const model_item *item, int list, ad_tensor *const *in, int count,
                  const void *options, ad_tensor *output);
    void *user;
} model_watch;
/* ad_layers_build with one who looks on, or NULL. */
ad_status model_build(const ad_config *config, const ad_layers *model, const ad_layers_input *input,
                      int inputs, const model_watch *watch, ad_tensor **output);
/* ad_layers_build; length: of the output's examples, NULL where all are of one length. */
ad_status model_build_timed(const ad_config *config, const ad_layers *model,
                            const ad_layers_input *input, int inputs, const model_watch *watch,
                            ad_tensor **output, ad_tensor **length);
/* What a layer calls by its option `to` or `start`; NULL: nothing. */
const char *model_refers(const model_item *item, const char *option);
/* Where options of a record with the row `to` have .to; behind it stands .to_length. */
ad_tensor **model_to(const ad_record *record, void *options);
/* Whether some layer starts from the state of the one of that name. */
bool model_starts(const ad_layers *model, const char *name);
/* Whether some item takes `name` by from, or attends to it. */
bool model_takes(const ad_layers *model, const char *name);
/* Whether some item is called so. */
bool model_gives(const ad_layers *model, const char *name);
/* The layer whose output the model's is, through lists and loops; NULL: it is no single one. */
const model_item *model_last(const model_list *list);
/* Whether the item is a layer whose output is the list's, or is added to (multiplied by) others to
 * make it. */
bool model_ends_with(const model_list *list, const model_item *item);
/* Whether it ends with branches. */
bool model_is_joined(const model_list *list);
/* Whether the states of some layer go on from batch to batch. */
bool model_carries(const ad_layers *model);
void model_free(ad_layers *model);
/* As YAML, each item a line that begins with "- ", that many blanks before it. */
void model_write(text_buffer *t, const ad_layers *model, int indent);

/* ---- model_time.c: x (batch, time, ...), length i32 (batch) */
/* x with `past` at all steps behind the end of its example. */
ad_tensor *time_cut(ad_tensor *x, ad_tensor *length, double past);
/* Each step is made of itself. */
bool time_is_plain(const ad_layer_window *w);
/* x with so many steps more that a window fits in, however short all examples are. */
ad_tensor *time_room(ad_tensor *x, const ad_layer_window *w);
/* Lengths behind the windows. */
ad_tensor *time_after(ad_tensor *length, const ad_layer_window *w);

/* ---- model_carry.c */
typedef struct carry {
    ad_tensor *fresh; /* i32 (batch): 1 where a stream begins; NULL: nothing is carried */
    int64_t streams;
    int count; /* layers so far, times their cells */
    ad_tensor *buffer[2], *last[2];
    int cells;
} carry;
/* The file says `carry` of that layer. */
bool carry_wanted(const ad_layer_record *record, const void *options);
/* Options of a recurrent layer: its states come of a buffer; and what the layer gives, with the
 * buffer kept up. */
void carry_begin(carry *c, ad_tensor *x, const ad_layer_record *record, void *options);
ad_tensor *carry_end(const carry *c, ad_tensor *x, ad_tensor *y);

#endif
