/* What recurrent layers share with those that have more to a step. */
#ifndef NN_RECURRENT_H
#define NN_RECURRENT_H

#include "nn/layer.h"

enum { LAYERS_MAX = 64 };

/* One step: a (batch, gates width) and the states h and, for lstm, c; gives the new ones. */
struct cell {
    ad_tensor *h, *c;
};
struct recurrent;
typedef struct cell cell_rule(struct recurrent *r, ad_tensor *a, struct cell before);

struct recurrent {
    struct layer layer;
    ad_recurrent_options o;
    int64_t width, out; /* features of c and the gates, and of h: the same but with a projection */
    int gates, ways;    /* ways: 2 with .both */
    cell_rule *rule;
    bool lstm;
    char part[40];
    ad_tensor *weight_hh, *bias_hh; /* weight_hh transposed; bias_hh NULL without bias */
    ad_tensor *inside; /* bool (batch, time, 1): within the example's length; or NULL */
    ad_loop *loop;
#ifdef ADZE_EXTRAS
    /* NULL but for a layer with more to it, whose own struct begins with this one: checks it; makes
     * what the rule needs and gives x as the weights see it; takes what it wants of a loop that
     * ended, number layer * ways + way; and gives a bias its first values, of uniform ones. */
    const struct recurrent_more *more;
#endif
};

struct recurrent_more {
    ad_tensor *(*check)(struct recurrent *r, ad_tensor *x);
    ad_tensor *(*begin)(struct recurrent *r, ad_tensor *x, int layer, int way);
    void (*end)(struct recurrent *r, int number);
    ad_tensor *(*bias)(struct recurrent *r, ad_tensor *uniform, bool hidden);
};

/* Gate i of those side by side; h weight_hh^T + bias_hh. */
ad_tensor *recurrent_gate(const struct recurrent *r, ad_tensor *all, int i);
ad_tensor *recurrent_from_state(const struct recurrent *r, ad_tensor *h);
/* A state after a step, whose gradient .clip_gradient limits. */
ad_tensor *recurrent_limited(const struct recurrent *r, ad_tensor *state);
/* "weight_ih_l0", of the way back "weight_ih_l0_reverse"; valid until the next call. */
const char *recurrent_part(struct recurrent *r, const char *name, int layer, int way);
/* kind: an ad_cell_kind.  r is 0 but for .more and .rule, which may be set. */
ad_tensor *recurrent_build(struct recurrent *r, ad_tensor *x, const ad_recurrent_options *options,
                           int kind);

#endif
