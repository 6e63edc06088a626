/* Text that grows, for messages and written files. */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static bool reserve(text_buffer *t, size_t more)
{
    if (t->failed || more >= SIZE_MAX / 4 - t->size) {
        t->failed = true;
        return false;
    }
    if (t->size + more + 1 <= t->room)
        return true;
    size_t room = 2 * (t->size + more + 1) + 64;
    char *data = realloc(t->data, room);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->room = room;
    return true;
}

void text_add_bytes(text_buffer *t, const char *bytes, size_t size)
{
    if (!reserve(t, size))
        return;
    memcpy(t->data + t->size, bytes, size);
    t->size += size;
    t->data[t->size] = 0;
}

void text_add(text_buffer *t, const char *words)
{
    if (words)
        text_add_bytes(t, words, strlen(words));
    else
        t->failed = true;
}

void text_repeat(text_buffer *t, const char *words, int count)
{
    for (int i = 0; i < count; i++)
        text_add(t, words);
}

void text_add_arguments(text_buffer *t, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0 || !reserve(t, (size_t)size)) {
        t->failed = true;
        return;
    }
    vsnprintf(t->data + t->size, (size_t)size + 1, format, arguments);
    t->size += (size_t)size;
}

void text_add_format(text_buffer *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(t, format, arguments);
    va_end(arguments);
}

char *text_take(text_buffer *t)
{
    reserve(t, 0);
    char *data = t->data;
    if (t->failed) {
        free(data);
        data = NULL;
    } else {
        data[t->size] = 0;
    }
    *t = (text_buffer){0};
    return data;
}

void text_part(text_buffer *t, text_buffer *part)
{
    t->failed = t->failed || part->failed;
    text_done(part);
}

const char *text_words(const text_buffer *t)
{
    return t->data ? t->data : "";
}

void text_done(text_buffer *t)
{
    free(t->data);
    *t = (text_buffer){0};
}

char *text_copy_bytes(const char *bytes, size_t size)
{
    text_buffer t = {0};
    text_add_bytes(&t, bytes, size);
    return text_take(&t);
}

char *text_copy(const char *words)
{
    return text_copy_bytes(words, strlen(words));
}

char *text_format(const char *format, ...)
{
    text_buffer t = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(&t, format, arguments);
    va_end(arguments);
    return text_take(&t);
}

void text_add_json(text_buffer *t, const char *words, size_t size)
{
    text_add(t, "\"");
    for (size_t i = 0; i < size;) {
        unsigned code, c = (unsigned char)words[i];
        int letter = utf8_next(words + i, size - i, &code);
        if (c == '"' || c == '\\')
            text_add_format(t, "\\%c", c);
        else if (c < 32)
            text_add_format(t, "\\u%04x", c);
        else if (letter)
            text_add_bytes(t, words + i, (size_t)letter);
        else
            text_add(t, "\\ufffd");
        i += letter ? (size_t)letter : 1;
    }
    text_add(t, "\"");
}

static bool csv_plain(const char *words, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (words[i] == ',' || words[i] == '"' || words[i] == '\n' || words[i] == '\r')
            return false;
    return size == 0 || (words[0] != ' ' && words[size - 1] != ' ');
}

void text_add_csv(text_buffer *t, const char *words, size_t size)
{
    if (csv_plain(words, size)) {
        text_add_bytes(t, words, size);
        return;
    }
    text_add(t, "\"");
    for (size_t i = 0; i < size; i++)
        text_add_bytes(t, words[i] == '"' ? "\"\"" : &words[i], words[i] == '"' ? 2 : 1);
    text_add(t, "\"");
}

void text_add_quoted(text_buffer *t, const char *words)
{
    const int longest = 40;
    text_add(t, "'");
    int count = 0;
    for (const unsigned char *c = (const unsigned char *)words; *c; c++) {
        bool starts = (*c & 0xC0) != 0x80;
        if (starts && ++count > longest) {
            text_add(t, "...");
            break;
        }
        if (*c < 32 || *c == 127)
            text_add_format(t, "\\x%02X", *c);
        else
            text_add_bytes(t, (const char *)c, 1);
    }
    text_add(t, "'");
}

void text_add_escaped(text_buffer *t, const char *words)
{
    for (const char *p = words; *p; p++)
        if ((unsigned char)*p < 32 || *p == '\\')
            text_add_format(t, "\\%02x", (unsigned)(unsigned char)*p);
        else
            text_add_bytes(t, p, 1);
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

bool text_unescape(char *words)
{
    char *to = words;
    for (const char *p = words; *p; p++) {
        int high = *p == '\\' ? hex(p[1]) : -1, low = high >= 0 ? hex(p[2]) : -1;
        if (*p == '\\' && (low < 0 || high * 16 + low == 0))
            return false;
        char c = *p == '\\' ? (char)(high * 16 + low) : *p;
        p += *p == '\\' ? 2 : 0;
        *to++ = c; /* behind p by now: to may be where p was */
    }
    *to = 0;
    return true;
}
