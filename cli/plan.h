/* The plan of a run: how its learning rate goes, and over how many steps. */
#ifndef ADZE_CLI_PLAN_H
#define ADZE_CLI_PLAN_H

#include "train.h"

/* True where the number of epochs decides the rate of every step. */
bool plan_has_length(const ad_config *config);
/* A rate to begin a further plan with: what the old one has come down to after that many steps, and
 * no less than a thirtieth of what it began with, at which losses went on falling from the first
 * epoch. */
double plan_further_rate(const ad_config *config, int64_t step, int64_t images);
/* What to do where a run cannot go on by another plan; at: where it stands. */
void plan_advise(const training *t, const ad_fit_position *at);

#endif
