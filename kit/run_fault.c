/* What went wrong with a run: a fault for those who give advice beside the words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "text.h"

static _Thread_local ad_run_fault fault_now;

ad_run_fault ad_run_why(void)
{
    return fault_now;
}

ad_status run_failed(ad_run_fault fault, ad_status status)
{
    fault_now = status == AD_ERROR_MEMORY ? AD_RUN_NO_FAULT : fault;
    return status;
}

ad_status run_fail(ad_run_fault fault, ad_status status, const char *format, ...)
{
    text_buffer t = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&t, format, arguments);
    va_end(arguments);
    return run_failed(fault, message_give(status, text_take(&t)));
}

ad_status run_fail_core(ad_run_fault fault)
{
    ad_status status = ad_error_status();
    return run_fail(fault, status, "%s\n", ad_error());
}

ad_status run_refused(const ad_config *c, const char *path, const char *what, const char *cure)
{
    char *words = what ? ad_config_report(c, path, what, cure) : NULL;
    return run_failed(AD_RUN_BAD_CONFIG, message_give(AD_ERROR_ARGUMENT, words));
}

ad_status run_refused_or_task(const ad_config *c, const char *path, const char *what,
                              const char *cure)
{
    return run_refused(c, ad_config_given(c, path) ? path : "task", what, cure);
}

ad_status run_refuse(const ad_config *c, const char *path, const char *cure, const char *format,
                     ...)
{
    text_buffer what = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&what, format, arguments);
    va_end(arguments);
    char *words = text_take(&what);
    ad_status status = run_refused(c, path, words, cure);
    free(words);
    return status;
}

ad_status run_not_written(const char *folder, const char *name, int why)
{
    return run_fail(AD_RUN_NOT_WRITTEN, AD_ERROR_FILE, "%s%s%s cannot be written: %s\n", folder,
                    *name ? "/" : "", name, strerror(why));
}
