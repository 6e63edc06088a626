/* What a configuration says of variables by their names: train.groups, and train.initializers. */
#ifndef ADZE_KIT_GROUP_H
#define ADZE_KIT_GROUP_H

#include <adze/kit.h>

#include "report.h"

/* The only record of train.groups: keys of an ad_group. */
const ad_record *group_at(int i);
/* Mistakes that the file alone shows. */
void groups_check_file(report *r, const ad_config *c);
void initializers_check_file(report *r, const ad_config *c);
/* Every group has a variable that is trained, and every initializer something to begin. */
ad_status groups_check(const ad_config *c, ad_graph *graph);
ad_status initializers_check(const ad_config *c, ad_graph *graph);
/* Groups of variables whose names begin with scope (NULL: of all), or those of train.no_decay, into
 * o->groups; texts are the configuration's. */
void groups_set(const ad_config *c, ad_graph *graph, const char *scope, ad_optimizer_options *o);
/* "did you mean a, b?": the names of trained variables (weights: those that are weights) that are
 * nearest to a pattern, by malloc; NULL without memory. */
char *group_near(ad_graph *graph, const char *pattern, bool weights);

#endif
