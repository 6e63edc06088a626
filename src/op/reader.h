/* Reads the texts of the elementwise table and makes nodes of them.
 *
 *     text        part = sum ; ... sum with an optional comparison
 *     comparison  sum (< <= > >= == !=) sum
 *     sum         product (+ -) product ...
 *     product     sign (* /) sign ...
 *     sign        - sign, or an atom
 *     atom        number, inf, letter, attribute, part, op(text, ...), (text)
 *
 * Texts are our own and short, so the recursion is shallow.  A mistake in one gives a poisoned
 * tensor; a test reads them all. */
#ifndef OP_READER_H
#define OP_READER_H

#include "core/graph.h"

struct reading {
    ad_graph *graph;
    const struct op *op;   /* a row's */
    double attribute[2];   /* values of its attributes */
    ad_type type;          /* of numbers in the text */
    ad_tensor *operand[3]; /* x, z, w */
    ad_tensor *y, *d;      /* NULL in texts of values */
};

ad_tensor *reader_read(const struct reading *reading, const char *text);

#endif
