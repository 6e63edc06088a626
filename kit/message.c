/* The error message of each thread.  It lives on the heap, for a report on a configuration may be
 * long, and is freed when its thread ends; where no memory is left for the words, fixed ones stand
 * in. */
#define _POSIX_C_SOURCE 200809L

#include "message.h"

#include <pthread.h>
#include <stdlib.h>

#include "text.h"

static const char no_memory[] = "out of memory\n";
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key;
static _Thread_local bool without_words;

static void make_key(void)
{
    have_key = pthread_key_create(&key, free) == 0;
}

const char *ad_kit_error(void)
{
    pthread_once(&once, make_key);
    const char *words = have_key ? pthread_getspecific(key) : NULL;
    if (words)
        return words;
    return without_words ? no_memory : "";
}

ad_status message_give(ad_status status, char *words)
{
    pthread_once(&once, make_key);
    if (have_key) {
        char *old = pthread_getspecific(key);
        if (pthread_setspecific(key, words) == 0) {
            free(old);
            without_words = !words;
            return words ? status : AD_ERROR_MEMORY;
        }
    }
    free(words);
    without_words = true;
    return AD_ERROR_MEMORY;
}

ad_status message_no_memory(void)
{
    return message_give(AD_ERROR_MEMORY, NULL);
}

ad_status message_core(void)
{
    return message_fail(ad_error_status(), "%s\n", ad_error());
}

ad_status message_fail(ad_status status, const char *format, ...)
{
    text_buffer t = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&t, format, arguments);
    va_end(arguments);
    return message_give(status, text_take(&t));
}
