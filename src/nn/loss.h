/* What losses share: reading options, leaving examples out, means. */
#ifndef NN_LOSS_H
#define NN_LOSS_H

#include "core/graph.h"
#include "nn/record.h"

extern const ad_loss_options loss_initial; /* all defaults */
/* Options of a call, for the loss of this record: poison where one is set that it does not read,
 * else NULL. */
ad_tensor *loss_read(const char *call, const ad_record *record, ad_tensor *x, ad_loss_options *o,
                     const ad_loss_options *options);
/* Poison unless x and target have one type and shape, else NULL. */
ad_tensor *loss_alike(const char *call, ad_tensor *x, ad_tensor *target);
ad_tensor *loss_hidden(const ad_loss_options *o, ad_tensor *check);
ad_tensor *loss_without(ad_tensor *x, ad_tensor *hidden);
ad_tensor *loss_reduce(const char *call, ad_tensor *loss, const ad_loss_options *o);

#endif
