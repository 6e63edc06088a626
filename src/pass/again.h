/* Values that are cheap to make again from what lies in memory anyway are not kept from loop to
 * loop: each loop that reads one makes its own. */
#ifndef PASS_AGAIN_H
#define PASS_AGAIN_H

#include "core/graph.h"

ad_graph *again_pass(const ad_graph *from, ad_tensor **roots, int count);

#endif
