/* Random streams by name.  A stream is a number of 63 bits that depends on nothing but names, so
 * first values and dropout stay the same whatever else a program builds, and in which order:
 *
 *     h = FNV-1a of 64 bits over the name (Fowler, Noll, Vo 1991)
 *     stream = mix(h + place 0x9e3779b97f4a7c15) mod 2^63    mix: the end of SplitMix64
 *                                                            (Steele et al. 2014)
 *
 * The random nodes behind a variable's first value have the variable's full name and the places 0,
 * 1, ... in the order in which a walk from the value over inputs, left to right, meets them.  Every
 * other random node has the name "scope.#kind", kind being dropout, uniform, normal or what else
 * the call is, and counts from 1 in its scope.  A copy by ad_call number n from 1 has mix(stream +
 * n 0x9e37...15).
 *
 * The lower half of a stream is part of Philox's counter and never 0, which belongs to the steps of
 * scans; the upper half goes into the key (op/scalar.h). */
#ifndef CORE_STREAM_H
#define CORE_STREAM_H

#include "core/graph.h"

int64_t stream_of(const char *name, int64_t place);
/* The stream of the time-th copy. */
int64_t stream_again(int64_t stream, int64_t time);

/* A random node that belongs to no variable, of the scope that is open; kind "dropout". */
int64_t stream_next(ad_graph *graph, const char *kind);
/* Gives the random nodes behind a variable's first value the streams of its name; what belongs to
 * another variable already stays.  False without memory. */
bool stream_claim(ad_graph *graph, ad_tensor *initial, const char *full_name);
/* Streams of its own for a copy with these attributes, the body of a scan included. */
void stream_renew(ad_graph *graph, const struct op *op, void *attributes);

#endif
