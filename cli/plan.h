/* The plan of a run: how its learning rate goes, and over how many steps. */
#ifndef ADZE_CLI_PLAN_H
#define ADZE_CLI_PLAN_H

#include "cli.h"
#include "folder.h"

/* Steps of an epoch of that many images. */
int64_t plan_steps(const ad_config *config, int64_t images);
/* Steps done when a training has come so far. */
int64_t plan_step(const ad_config *config, const position *p);
/* True where the number of epochs decides the rate of every step. */
bool plan_has_length(const ad_config *config);
/* A rate to begin a further plan with: what the old one has come down to, and no less than a
 * thirtieth of what it began with, at which losses went on falling from the first epoch. */
double plan_further_rate(const ad_config *config, const position *p);
/* Refuses to go on with the run in folder by another plan than the one it was made with. */
int plan_check(const char *folder, const ad_config *made_with, const ad_config *config);

#endif
