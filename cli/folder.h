/* The folder of a training run: model.safetensors (weights), checkpoint.safetensors (everything
 * needed to go on), sound.safetensors (the last checkpoint before it that ended an epoch with
 * finite and falling losses), config.yaml. */
#ifndef ADZE_CLI_FOLDER_H
#define ADZE_CLI_FOLDER_H

#include "cli.h"
#include "network.h"

/* How far a training has come: together with weights, optimizer memory and step it decides every
 * later bit.  Kept in the checkpoint's note. */
typedef struct position {
    int64_t images;      /* of the training set; another number means other data */
    int64_t epoch, done; /* epochs finished, images of the next one done */
    double sum;          /* of the losses of those images */
    double loss, before; /* mean loss of the last epoch, and of the one before; 0: none */
    double held;         /* last validation loss */
    double best;         /* lowest validation loss; infinity: none yet */
    int64_t best_epoch;  /* from 1 */
    int64_t waited;      /* epochs since then */
    bool stopped;        /* early */
    bool falling;        /* the last epoch's losses were finite, the training loss below the one
                            before */
} position;

/* DIR/name by malloc, or NULL. */
char *folder_path(const char *folder, const char *name);
bool folder_has(const char *folder, const char *name);
/* Makes the folder; refuses where a run is in it and neither --resume nor --force was given, where
 * --resume finds none, or another training is at work there. *lock is a handle, or -1, that keeps
 * others off until it is closed. */
int folder_open(const options *o, int *lock);
/* Writes the configuration beside config.yaml; with resume, first checks that the run was made with
 * the same one. */
int folder_config(const options *o, const ad_config *config);
/* Puts it in the place of config.yaml, where that was not done yet; or removes it. */
int folder_keep_config(const char *folder);
void folder_drop_config(const char *folder);
/* Stores the model (unless size is NULL) and the checkpoint.  Until all of it lies on the disk,
 * what the folder held, of this run or of an earlier one, stays as it is. */
int folder_store(const char *folder, const ad_state *state, const image_size *size,
                 const position *p);
/* state NULL: only how far it came. */
int folder_load_checkpoint(const char *folder, ad_state *state, position *p);
/* The latest checkpoint, or the one kept before it; false, without a word, where it is not there,
 * damaged, or its losses did not fall. */
bool folder_load_sound(const char *folder, bool latest, ad_state *state, position *p);
int folder_load_model(const char *folder, ad_state *state);
/* The same for another run to begin with: a network that does not fit is the user's to change. */
int folder_begin_with(const char *folder, ad_state *state);
/* The size of images that the stored model takes. */
int folder_model_size(const char *folder, image_size *size);
/* config.yaml of a folder, with settings on top. */
int folder_read_config(const char *folder, const char *const *set, int set_count,
                       ad_config **config);

#endif
