/* The error message of each thread, which ad_kit_error() shows. */
#ifndef ADZE_KIT_MESSAGE_H
#define ADZE_KIT_MESSAGE_H

#include <adze/kit.h>

/* Sets the message of this thread and returns status: return message_fail(AD_ERROR_FILE, ...). */
ad_status message_fail(ad_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with a finished text, which it frees; NULL stands for a text that found no memory, and
 * gives AD_ERROR_MEMORY. */
ad_status message_give(ad_status status, char *words);
ad_status message_no_memory(void);
/* What libadze said last in this thread. */
ad_status message_core(void);
/* That, where an allocation was not good. */
static inline ad_status message_memory(bool good)
{
    return good ? AD_OK : message_no_memory();
}

#endif
