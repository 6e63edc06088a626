/* A configuration's graph with its state, and the programs that train and measure it. */
#ifndef ADZE_CLI_NETWORK_H
#define ADZE_CLI_NETWORK_H

#include <adze/kit.h>

typedef struct network {
    ad_context *context;
    ad_graph *graph;
    ad_tensor *image, *label, *rate; /* feeds; rate NULL where it is constant */
    ad_tensor *logits, *loss, *predicted, *chances;
    ad_tensor *trained; /* the loss, owning the updates */
    ad_state *state;
} network;

/* Size of images, and number of classes, 0 where that is not known. */
typedef struct image_size {
    int64_t height, width, channels, classes;
} image_size;

image_size size_of(const ad_dataset *data);
/* Builds everything; an exit code, with the message printed. */
int network_init(network *n, const ad_config *config, image_size size, int threads);
/* The first batch norm that sees one value of each channel for each image, so that batches need two
 * images and more; NULL where there is none. */
const ad_layer *network_needs_two(const network *n, const ad_config *config, image_size size);
void network_done(network *n);

/* Feeds image, label and, where there is one, rate; fetches the loss of the batch (f32). */
ad_program *network_trainer(network *n);
/* Feeds image and label; fetches loss (f32) and the predicted class (i32) of each image. */
ad_program *network_measurer(network *n, ad_state *state);
/* Feeds image; fetches the chance of each class (f32) and the predicted class (i32). */
ad_program *network_predictor(network *n);

#endif
