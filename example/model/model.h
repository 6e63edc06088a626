/* The models of the field, each a short C definition in a file of its own.
 *
 * A definition is a function of tensors: of what goes in it makes what comes out, at any size.
 * Beside it stands a `model`: the same at a small size, with its loss and what feeds it.  By it the
 * program `models` (models.c) trains the model beside PyTorch's numbers, and checks its gradients.
 * A new model is a file here, a row of models.def and a function of test/golden/models.py. */
#ifndef EXAMPLE_MODEL_H
#define EXAMPLE_MODEL_H

#include <adze/adze.h>

/* What a feed holds; each is a hash of (name of the feed, index), as in ../common.h. */
typedef enum model_fill {
    MODEL_NUMBERS, /* -1 to 1, in the type of the run */
    MODEL_SHARES,  /* 0 to 1, in the type of the run */
    MODEL_COUNTS,  /* whole numbers 0 to below - 1, in the type of the run */
    MODEL_CLASSES  /* the same as AD_I32 */
} model_fill;

/* Sizes end with a 0; the first of them is that of the batch, which is open in the graph. */
typedef struct model_feed {
    const char *name;
    int size[6];
    model_fill fill;
    int below;
} model_feed;

enum { MODEL_FEEDS = 6, MODEL_PLAYERS = 2 };

typedef struct model {
    const char *name;  /* that of its file, and of what trains it: example/NAME.yaml */
    const char *shows; /* what one sees with it */
    model_feed feed[MODEL_FEEDS];
    /* Losses of the feeds; a second one makes it a game of two players, who learn by turns. */
    void (*build)(ad_tensor *const *feed, ad_tensor **loss);
    const char *player[MODEL_PLAYERS]; /* scopes of their variables, as "generator."; of a game */
    double rate;                       /* of SGD with momentum 0.75; 0: 1 / 16 */
} model;

/* Images (batch, height, width, channels) of half the height and width, and of twice. */
static inline ad_tensor *model_halved(ad_tensor *x, int filters, const char *name)
{
    return ad_conv2d(x, .filters = filters, .kernel = 4, .stride = 2, .padding = 1, .name = name);
}

static inline ad_tensor *model_doubled(ad_tensor *x, int filters, const char *name)
{
    return ad_conv_transpose2d(x, .filters = filters, .kernel = 4, .stride = 2, .padding = 1,
                               .name = name);
}

#define MODEL(name) extern const model model_##name;
#include "models.def"
#undef MODEL

#endif
