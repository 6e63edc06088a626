/* `adze schema`: the JSON Schema of configuration files. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>

int schema_command(const options *o)
{
    (void)o;
    char *text = ad_config_schema();
    if (!text)
        return say_no_memory();
    fputs(text, stdout);
    free(text);
    return EXIT_DONE;
}
