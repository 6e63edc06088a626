/* What attention layers beyond the core share. */
#ifndef NN_MORE_FORMS_H
#define NN_MORE_FORMS_H

#include "nn/layer.h"

/* x as (a, b, c, d) or, where e is not 0, (a, b, c, d, e). */
ad_tensor *form(ad_tensor *x, ad_dim a, ad_dim b, ad_dim c, ad_dim d, ad_dim e);
/* (a, b, c, d) to (a, c, b, d) */
ad_tensor *form_swapped(ad_tensor *x);
/* "NAME.part", in the graph's arena. */
const char *form_name(const struct layer *layer, const char *part);
/* A linear map called so. */
ad_tensor *form_linear(const struct layer *layer, ad_tensor *x, const char *part, int64_t out,
                       bool bias);
/* x with zeros past the ends; *inside: bool (batch, time, 1), left alone where length is NULL. */
ad_tensor *form_cut(const struct layer *layer, ad_tensor *x, ad_tensor *length, ad_tensor **inside);
/* x where inside, which may be NULL, else 0. */
ad_tensor *form_only(ad_tensor *inside, ad_tensor *x);
/* Over the last axis, of what is seen, NULL: of all; 0 elsewhere. */
ad_tensor *form_softmax(ad_tensor *score, ad_tensor *seen);
/* NULL where x is (batch, time, features) and to (batch, keys, any features), of one type. */
ad_tensor *form_check(const struct layer *layer, ad_tensor *x, ad_tensor *to, ad_tensor *to_length);

#endif
