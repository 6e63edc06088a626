/* Text that grows, and numbers that read back equal. */
#define _POSIX_C_SOURCE 200809L

#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* ---- the C locale for this thread, for a moment */

struct locale_scope {
    locale_t plain, before;
};

static struct locale_scope locale_begin(void)
{
    struct locale_scope scope = {.plain = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    if (scope.plain)
        scope.before = uselocale(scope.plain);
    return scope;
}

static void locale_end(struct locale_scope scope)
{
    if (!scope.plain)
        return;
    uselocale(scope.before);
    freelocale(scope.plain);
}

int text_format(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct locale_scope scope = locale_begin();
    int count = vsnprintf(buffer, size, format, arguments);
    locale_end(scope);
    return count;
}

/* ---- building */

void text_init(struct text *text, const ad_allocator *allocator)
{
    *text = (struct text){.allocator = allocator};
}

void text_init_fixed(struct text *text, char *buffer, size_t capacity)
{
    *text = (struct text){.data = buffer, .capacity = capacity};
    buffer[0] = '\0';
}

void text_done(struct text *text)
{
    if (text->allocator)
        memory_free(text->allocator, text->data, text->capacity);
    text_init(text, text->allocator);
}

void text_clear(struct text *text)
{
    text->size = 0;
    text->failed = false;
    if (text->data)
        text->data[0] = '\0';
}

const char *text_string(const struct text *text)
{
    return text->data ? text->data : "";
}

/* Room for more bytes and the end; sets failed where there is none. */
static bool reserve(struct text *text, size_t more)
{
    size_t needed;
    if (text->failed)
        return false;
    memory_add(text->size + 1, more, &needed);
    if (needed <= text->capacity)
        return true;
    size_t capacity = needed < 64 ? 64 : needed;
    if (capacity < text->capacity + text->capacity / 2)
        capacity = text->capacity + text->capacity / 2;
    char *data = NULL;
    if (text->allocator)
        data = memory_resize(text->allocator, text->data, text->capacity, capacity);
    text->failed = !data;
    if (!data)
        return false;
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_bytes(struct text *text, const void *bytes, size_t count)
{
    if (text->failed)
        return;
    if (!reserve(text, count)) {
        size_t room = text->capacity ? text->capacity - 1 - text->size : 0;
        count = room < count ? room : count;
    }
    if (!text->data)
        return;
    if (count)
        memcpy(text->data + text->size, bytes, count);
    text->size += count;
    text->data[text->size] = '\0';
}

void text_add_list(struct text *text, const char *format, va_list arguments)
{
    char small[256];
    va_list again;
    va_copy(again, arguments);
    int count = text_format(small, sizeof small, format, arguments);
    if (count < 0) {
        text->failed = true;
    } else if ((size_t)count < sizeof small) {
        text_bytes(text, small, (size_t)count);
    } else if (!text->failed) {
        bool fits = reserve(text, (size_t)count);
        size_t room = text->capacity - text->size;
        if (text->data)
            text_format(text->data + text->size, room, format, again);
        if (text->data)
            text->size += fits ? (size_t)count : room - 1;
    }
    va_end(again);
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_add_list(text, format, arguments);
    va_end(arguments);
}

/* ---- numbers */

static bool add_special(struct text *text, double value)
{
    if (isnan(value))
        text_add(text, "nan");
    else if (isinf(value))
        text_add(text, value < 0 ? "-inf" : "inf");
    return !isfinite(value);
}

void text_f32(struct text *text, float value)
{
    if (add_special(text, (double)value))
        return;
    char digits[40];
    struct locale_scope scope = locale_begin();
    for (int precision = 6; precision <= 9; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)value);
        if (strtof(digits, NULL) == value)
            break;
    }
    locale_end(scope);
    text_bytes(text, digits, strlen(digits));
}

void text_f64(struct text *text, double value)
{
    if (add_special(text, value))
        return;
    char digits[40];
    struct locale_scope scope = locale_begin();
    for (int precision = 6; precision <= 17; precision += precision == 6 ? 9 : 1) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    locale_end(scope);
    text_bytes(text, digits, strlen(digits));
}

bool text_read_f64(const char **at, double *value)
{
    char *end;
    struct locale_scope scope = locale_begin();
    *value = strtod(*at, &end);
    locale_end(scope);
    bool read = end != *at;
    *at = end;
    return read;
}

bool text_read_f32(const char **at, float *value)
{
    char *end;
    struct locale_scope scope = locale_begin();
    *value = strtof(*at, &end);
    locale_end(scope);
    bool read = end != *at;
    *at = end;
    return read;
}

/* ---- patterns */

bool text_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *resume = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* ---- UTF-8 */

/* Bytes of the sequence that begins here, 0 where it is none (overlong forms, surrogates and values
 * past 10FFFF are none). */
static size_t sequence(const unsigned char *p, size_t count)
{
    if (p[0] < 0x80)
        return 1;
    size_t size = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || size > count)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool outside = (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F);
    return overlong || outside ? 0 : size;
}

bool text_is_utf8(const char *bytes, size_t count)
{
    const unsigned char *p = (const unsigned char *)bytes;
    while (count) {
        size_t size = sequence(p, count);
        if (!size)
            return false;
        p += size;
        count -= size;
    }
    return true;
}
