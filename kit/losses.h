/* Losses that a file may choose: those of libadze, and of a build with extras those that take what
 * no call of two tensors and numbers says (spreads of their own, weights of classes, limits). */
#ifndef ADZE_KIT_LOSSES_H
#define ADZE_KIT_LOSSES_H

#include <adze/kit.h>

/* Options of the losses of this file: what a call takes, and lists that it takes as tensors. */
typedef struct loss_options {
    ad_loss_options core; /* stands first */
    ad_numbers class_weight, pos_weight;
    ad_tensor *steps, *tokens; /* ctc: (batch), of the prediction and of the target */
} loss_options;

/* The loss as a file says it, of examples that count by weight (NULL: alike); each: one for each
 * example in place of the mean. */
ad_tensor *loss_make(const ad_loss_record *loss, const void *options, ad_tensor *prediction,
                     ad_tensor *target, ad_tensor *weight, bool each);
/* The loss ctc, (batch) i32 of the steps of the prediction and of the tokens of the target. */
ad_tensor *loss_of_ways(const ad_loss_record *loss, const void *options, ad_tensor *prediction,
                        ad_tensor *steps, ad_tensor *target, ad_tensor *tokens);
/* A loss whose target is the number of a class; others take 1 for it and 0 for the rest. */
bool loss_of_labels(const ad_record *loss);
/* Losses of groups of places, task similarity: prediction (batch, group, numbers), and the class of
 * each, (batch, group). */
bool loss_of_groups(const ad_record *loss);
/* Numbers that the model gives for each target, one behind the other: of a likelihood with a spread
 * of its own two, the mean and a logarithm; else 1. */
int loss_parts(const ad_record *loss);
/* The first of them for each target: what is predicted. */
ad_tensor *loss_first_part(ad_tensor *output, int parts);
/* The model gives a score for each example, which limits part into classes. */
bool loss_is_ordinal(const ad_record *loss);
/* Logarithms of the chances of so many classes, (batch, classes), of a score (batch, 1) and the
 * variable ordinal.limit, made here: limits that grow. */
ad_tensor *loss_ordinal_chances(ad_tensor *score, int64_t classes);

#endif
