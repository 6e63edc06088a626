/* Stages of chains that follow one another as one function of machine code.
 *
 * A stage in C ends in a jump that has to be foretold, and finds its operand anew; a loop of few
 * and simple stages spends more time on that than on numbers.  Code made for the chain at hand has
 * one jump for all its simple stages, and what the chain puts aside or brings back costs nothing:
 * only the names of registers change.  It computes what the stages in C do, bit for bit. */
#ifndef CPU_NATIVE_H
#define CPU_NATIVE_H

#include <stddef.h>

#include "core/loop.h"
#include "cpu/stage.h"

enum { NATIVE_AVX2 = 32, NATIVE_AVX512 = 64 }; /* bytes of a vector */

/* The function for a strip of as many stages of the part from this one on as can be joined, and how
 * many; NULL where that is not worth it or not possible.  It is a stage's function, and goes on
 * with the stage after the last.  Rows must be taken one by one where the chain reads values of
 * rows: those are numbers to it.  Streams: stages that may write past the caches do.  ADZE_NATIVE=0
 * in the environment: always NULL. */
#ifdef ADZE_HAVE_NATIVE
anything *native_stages(const struct loop *l, const struct loop_part *part, int stage,
                        int vector_bytes, bool streams, int *count);
#else
static inline anything *native_stages(const struct loop *l, const struct loop_part *part, int stage,
                                      int vector_bytes, bool streams, int *count)
{
    (void)l, (void)part, (void)stage, (void)vector_bytes, (void)streams;
    *count = 0;
    return NULL;
}
#endif

/* Goes through a line in whole strips, from the byte at on and not past end; returns where it
 * stopped.  The stage is the part's first; so many bytes of stages that ask for memory stand before
 * it. */
typedef int64_t native_line(const struct stage *stage, int64_t at, int64_t end, int64_t asking);

/* All stages of a part as one such function, with the loop over strips; NULL where that cannot be.
 */
#ifdef ADZE_HAVE_NATIVE
native_line *native_part(const struct loop *l, const struct loop_part *part, int vector_bytes,
                         bool streams);
#else
static inline native_line *native_part(const struct loop *l, const struct loop_part *part,
                                       int vector_bytes, bool streams)
{
    (void)l, (void)part, (void)vector_bytes, (void)streams;
    return NULL;
}
#endif

/* Goes through rows of so many bytes, at least one, a group of them at a time with one part after
 * the other.  The stage is the first of the first part; those from ask to asked ask for memory.
 * Where rows are ragged, bytes are those of whole strips; the function knows what follows.
 * Values of elements that are neither loaded nor stored have room for a group.  More rows than a
 * group's may be taken in any order that gives the same. */
typedef void native_rows(const struct stage *stage, int64_t rows, const struct stage *ask,
                         const struct stage *asked, int64_t group, int64_t bytes);

/* As many parts from this one on as can be such a function together, and how many; NULL where that
 * cannot be.  Rows are whole strips, or with AVX-512 ragged, and taken one by one. */
#ifdef ADZE_HAVE_NATIVE
native_rows *native_span(const struct loop *l, const struct loop_part *first, int vector_bytes,
                         bool streams, int *parts);
#else
static inline native_rows *native_span(const struct loop *l, const struct loop_part *first,
                                       int vector_bytes, bool streams, int *parts)
{
    (void)l, (void)first, (void)vector_bytes, (void)streams;
    *parts = 0;
    return NULL;
}
#endif

#endif
