/* The configuration that a command line means. */
#ifndef ADZE_CLI_CONFIGURE_H
#define ADZE_CLI_CONFIGURE_H

#include "cli.h"

/* Of the file that is the first word; else of the run in that folder; else (run NULL) the built-in
 * one.  --data, --seed and --set go on top.  An exit code, with the message printed. */
int configure(const options *o, const char *run, ad_config **config);
/* The same of a run whatever the words are, with --data alone on top. */
int configure_run(const options *o, const char *run, ad_config **config);
/* Whether the first word is a run's folder, where a file may stand too; and its configuration. */
bool configure_is_run(const options *o);
int configure_either(const options *o, ad_config **config);
/* Says that --option, which chooses among the weights of --from, stands without that. */
int configure_lacks_from(const char *option);

#endif
