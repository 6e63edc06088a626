/* Reverse-mode gradients as graphs. */
#ifndef CORE_GRADIENT_H
#define CORE_GRADIENT_H

#include "core/graph.h"

/* Given gradients dy[i] (NULL: none) at y[i], adds the gradients at x[i] to dx[i] (NULL at first;
 * stays NULL where nothing depends).  Only nodes numbered first and above are walked; older tensors
 * are leaves. */
ad_status gradient_walk(ad_graph *graph, int first, ad_tensor *const *y, ad_tensor *const *dy,
                        int y_count, ad_tensor *const *x, int x_count, ad_tensor **dx);

#endif
