/* Points that are drawn, as formulas: what readers of them and their tests share. */
#ifndef ADZE_KIT_DRAWN_H
#define ADZE_KIT_DRAWN_H

#include <adze/data.h>

#include "random.h"

/* Rows of the options train_count, test_count and seed, which all readers of what is drawn have.
 * what: "sounds"; most: of them. */
#define DRAWN_ROWS(type_, what, most)                                                \
    {.name = "train_count",                                                          \
     .type = AD_OPTION_WHOLE,                                                        \
     .low = 1,                                                                       \
     .high = most,                                                                   \
     .unit = what,                                                                   \
     .offset = offsetof(type_, train_count),                                         \
     .also = "train count samples n_samples",                                        \
     .help = "how many are drawn to train on"},                                      \
        {.name = "test_count",                                                       \
         .type = AD_OPTION_WHOLE,                                                    \
         .low = 1,                                                                   \
         .high = most,                                                               \
         .unit = what,                                                               \
         .offset = offsetof(type_, test_count),                                      \
         .also = "test",                                                             \
         .help = "how many are drawn to test with"},                                 \
    {                                                                                \
        .name = "seed", .type = AD_OPTION_WHOLE, .low = 0, .high = 9007199254740992, \
        .offset = offsetof(type_, seed), .help = "other " what " for each seed"      \
    }

/* Points without noise; t 0 to 1; point: x, y. */
void drawn_moon(double t, int64_t label, double *point);
void drawn_circle(double t, int64_t label, double factor, double *point);
void drawn_spiral(double t, int64_t label, int64_t labels, double turns, double *point);
/* Of sines: y at x. */
double drawn_sines(double x, int64_t waves, uint64_t seed);

/* 0 to below 1, in steps of 2^-53. */
double drawn_even(random_state *r);
/* Mean 0, deviation 1 (Box and Muller 1958). */
double drawn_normal(random_state *r);

#endif
