/* The per-thread message, and the words for statuses. */
#define _POSIX_C_SOURCE 200809L

#include "base/error.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static _Thread_local char message[ERROR_TEXT_MAX];
static _Thread_local ad_status last_status;

static void format_message(const char *format, va_list arguments, const char *reason)
{
    char fresh[ERROR_TEXT_MAX];
    struct text text;
    text_init_fixed(&text, fresh, sizeof fresh);
    text_add_list(&text, format, arguments);
    if (reason)
        text_add(&text, ": %s", reason);
    error_set(fresh);
    if (text.failed)
        memcpy(message + sizeof message - 4, "...", 4);
}

ad_status fail(ad_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_message(format, arguments, NULL);
    va_end(arguments);
    last_status = status;
    return status;
}

ad_status fail_system(ad_status status, int number, const char *format, ...)
{
    char reason[128];
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const char *words = locale ? strerror_l(number, locale) : NULL;
    snprintf(reason, sizeof reason, "%s", words ? words : "system error");
    if (locale)
        freelocale(locale);
    va_list arguments;
    va_start(arguments, format);
    format_message(format, arguments, reason);
    va_end(arguments);
    last_status = status;
    return status;
}

void error_clear(void)
{
    message[0] = '\0';
}

void error_copy(char *buffer, size_t size)
{
    if (size)
        snprintf(buffer, size, "%s", message);
}

void error_set(const char *text)
{
    size_t size = strnlen(text, sizeof message - 1);
    memmove(message, text, size);
    message[size] = '\0';
}

const char *ad_error(void)
{
    return message;
}

ad_status ad_error_status(void)
{
    return last_status;
}

const char *ad_status_name(ad_status status)
{
    switch (status) {
#define STATUS_NAME(name, words) \
    case AD_##name: return #name;
        AD_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "an unknown status";
}

#define VERSION_TEXT_OF(major, minor, patch) #major "." #minor "." #patch
#define VERSION_TEXT(major, minor, patch) VERSION_TEXT_OF(major, minor, patch)

const char *ad_version(void)
{
    return VERSION_TEXT(AD_VERSION_MAJOR, AD_VERSION_MINOR, AD_VERSION_PATCH);
}
