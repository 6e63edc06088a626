/* Failures.  Whoever finds a mistake writes the message with fail() and returns its status; callers
 * pass the status on with TRY. The message is kept per thread in a fixed buffer, so reporting "out
 * of memory" needs no memory. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <adze/adze.h>

enum { ERROR_TEXT_MAX = 1024 }; /* bytes of a message, with its end; longer ones end in "..." */

/* Sets this thread's message and returns status.  The arguments may point into the old message
 * (ad_error()). */
ad_status fail(ad_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));
/* The same with ": " and the system's words for an errno at the end. */
ad_status fail_system(ad_status status, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* Returns from the caller where expr is not AD_OK. */
#define TRY(expr)                       \
    do {                                \
        ad_status try_status_ = (expr); \
        if (try_status_ != AD_OK)       \
            return try_status_;         \
    } while (0)

void error_clear(void);
/* The message as it is now, cut to size bytes with its end; to carry it to another thread, where
 * error_set makes it that thread's. */
void error_copy(char *buffer, size_t size);
void error_set(const char *message);

#endif
