/* What losses beyond the core share. */
#ifndef NN_MORE_LOSS_H
#define NN_MORE_LOSS_H

#include "nn/loss.h"
#include "nn/record.h"
#include "op/row.h"
#include "op/rows.h"

/* As loss_read, and numbers that are AD_AUTO become those of the record, which have to lie in the
 * ranges of its rows. */
ad_tensor *loss_settle(const char *call, const ad_record *record, ad_tensor *x, ad_loss_options *o,
                       const ad_loss_options *options);

/* A loss for each element, or with rows for each row of the last axis, of x and a target of its
 * shape. */
typedef ad_tensor *loss_rule(ad_tensor *x, ad_tensor *target, const ad_loss_options *o);
ad_tensor *loss_of_alike(const char *call, const ad_record *record, ad_tensor *x, ad_tensor *target,
                         const ad_loss_options *options, loss_rule *rule, bool rows);

/* o->class_weight, or NULL; poison unless it is one number of x's type for each of the last axis.
 */
ad_tensor *loss_class_weight(const char *call, const ad_loss_options *o, const ad_tensor *x);
/* Logits (..., classes), label (...) of i32 or i64: which class is the label, bool (..., classes);
 * a number outside fails the run. */
ad_tensor *loss_is_label(const char *call, ad_tensor *logits, ad_tensor *label);

ad_tensor *loss_last_sum(ad_tensor *x);
ad_tensor *loss_power(ad_tensor *x, double p); /* x^p; p 1 and 2 exact */
/* sqrt(x) with gradient 0 at 0. */
ad_tensor *loss_root(ad_tensor *x);
ad_tensor *loss_zero_where(ad_tensor *condition, ad_tensor *x);

#define ROW_LOSS(name_, low_, high_, also_, help_)                                            \
    {                                                                                         \
        .name = #name_, .type = AD_OPTION_NUMBER, .offset = offsetof(ad_loss_options, name_), \
        .low = low_, .high = high_, .also = also_, .help = help_                              \
    }
#define ROW_LOSS_ABOVE(name_, low_, high_, also_, help_)                                      \
    {                                                                                         \
        .name = #name_, .type = AD_OPTION_NUMBER, .offset = offsetof(ad_loss_options, name_), \
        .low = low_, .high = high_, .above_low = true, .also = also_, .help = help_           \
    }
#define LOSS_PLAIN .initial = &loss_initial, .size = sizeof loss_initial
#define LOSS_ROWS(name_, ...)                                                                     \
    static const ad_loss_options name_##_initial = AD_OPTIONS_INIT(ad_loss_options, __VA_ARGS__); \
    static const ad_option name_##_rows[]

#endif
