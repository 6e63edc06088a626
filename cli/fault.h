/* What to do about a run that fails: exit code and advice by its fault. */
#ifndef ADZE_CLI_FAULT_H
#define ADZE_CLI_FAULT_H

#include "cli.h"

/* Prints the kit's words about the run in folder (NULL: stored nowhere) and the commands that help;
 * the exit code. */
int say_run(ad_status status, const options *o, const char *folder);

#endif
