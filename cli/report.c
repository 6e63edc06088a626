/* `adze report RUN`: writes report.html anew. */
#include <stdio.h>

#include <adze/report.h>

#include "fault.h"

static int write_report(const options *o)
{
    const char *folder = o->words[0];
    ad_status status = ad_report_write(&(ad_report_options){
        .folder = folder, .out = o->out, .threads = o->threads, .moved = o->data});
    if (status != AD_OK)
        return say_run(status, o, folder);
    if (o->out)
        printf("%s\n", o->out);
    else
        printf("%s/report.html\n", folder);
    return EXIT_DONE;
}

int report_command(const options *o)
{
    return write_report(o);
}
