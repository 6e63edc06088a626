/* Looking before a training: a first configuration of data.  Part of libadze-kit.
 *
 *     char *text;
 *     if (ad_init_text(&(ad_init_options){.path = "iris.csv", .target = {"species"}, .targets = 1},
 *                      &text) != AD_OK)
 *         fputs(ad_kit_error(), stderr); */
#ifndef ADZE_LOOK_H
#define ADZE_LOOK_H

#include <adze/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- a first configuration */

enum { AD_INIT_TARGETS_MAX = 16 };

typedef struct ad_init_options {
    const char *path; /* of the data: what ad_reader_for knows */
    const char *target[AD_INIT_TARGETS_MAX];
    int targets;            /* columns of a table to learn; of pictures and arrays none is needed */
    const char *const *set; /* fields of the section data, "data.query=SELECT ..." */
    int set_count;
} ad_init_options;

/* A configuration of the data as YAML that trains as it is, by malloc.  Comments say what was found
 * in the data and what was left out, and why each number is what it is; paths stand in it as they
 * were given.  Model, batch and epochs follow from the kind and number of the examples alone, so
 * the same data gives the same text.
 *
 * A table without a target is an error (AD_ERROR_ARGUMENT) whose words list the columns and say
 * which of them could be it; none is guessed. */
AD_API AD_CHECKED ad_status ad_init_text(const ad_init_options *options, char **text);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
