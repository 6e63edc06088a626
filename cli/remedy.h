/* Commands in messages: whole, so that they can be copied, and quoted for a shell. */
#ifndef ADZE_CLI_REMEDY_H
#define ADZE_CLI_REMEDY_H

#include <stdio.h>

#include "cli.h"

typedef enum remedy {
#define REMEDY(name, command) REMEDY_##name,
#include "remedies.def"
#undef REMEDY
    REMEDIES
} remedy;

/* What stands for the words in braces; a command takes what it needs. */
typedef struct remedy_values {
    const char *out;     /* the folder of a run; {new} is one beside it that is not there yet */
    const options *o;    /* {words}: the arguments that the training was started with */
    long long whole;     /* {whole} */
    double number;       /* {number}, with three digits */
    const char *setting; /* {setting}: key=value, or another word */
} remedy_values;

/* The name by which the program was called, for {adze}. */
void remedy_program(const char *name);
/* Prints the command on a line of its own, four spaces in. */
void remedy_print(FILE *to, remedy which, const remedy_values *values);
/* "did you mean 'best'?", or where best is NULL the command that lists what there is; EXIT_USAGE.
 */
int remedy_nearest(const char *best, remedy list, const remedy_values *values);
/* The training again with one setting changed: where its folder keeps the configuration, from that
 * into a new folder, else by the words it was started with. */
void remedy_print_changed(FILE *to, const options *o, bool stored, const char *setting);

#endif
