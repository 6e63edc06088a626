/* Names in what is printed. */
#include "base/quote.h"

#include <ctype.h>
#include <string.h>

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* A quote, a backslash or a control character, escaped; false where c is none. */
static bool put_escaped(struct text *text, char c)
{
    if (c == '"' || c == '\\')
        text_add(text, "\\%c", c);
    else if (is_control(c))
        text_add(text, "\\x%02x", (unsigned char)c);
    else
        return false;
    return true;
}

void quote_text(struct text *text, const char *name)
{
    text_bytes(text, "\"", 1);
    for (; *name; name++)
        if (!put_escaped(text, *name))
            text_bytes(text, name, 1);
    text_bytes(text, "\"", 1);
}

size_t quote_room(const char *at)
{
    return strcspn(at, "\n") + 1;
}

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* What stands behind a backslash; 0 where nothing may. */
static char read_escape(const char **at)
{
    const char *p = *at;
    if (*p == '"' || *p == '\\') {
        ++*at;
        return *p;
    }
    if (*p != 'x' || !isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2]))
        return 0;
    *at += 3;
    return (char)(hex(p[1]) * 16 + hex(p[2]));
}

bool quote_read(const char **at, char *out)
{
    if (**at != '"')
        return false;
    ++*at;
    while (**at && **at != '"' && **at != '\n') {
        char c = *(*at)++;
        if (c == '\\')
            c = read_escape(at);
        if (!c)
            return false;
        *out++ = c;
    }
    *out = 0;
    if (**at != '"')
        return false;
    ++*at;
    return true;
}

/* ---- C */

void quote_c(struct text *text, const char *name)
{
    text_bytes(text, "\"", 1);
    for (; *name; name++)
        if (*name == '"' || *name == '\\' || *name == '?') /* ??/ would be a backslash */
            text_add(text, "\\%c", *name);
        else if (is_control(*name) || (unsigned char)*name >= 0x80)
            text_add(text, "\\%03o", (unsigned char)*name);
        else
            text_bytes(text, name, 1);
    text_bytes(text, "\"", 1);
}

/* The length of the UTF-8 sequence at p; 0 where it is none, or one that changes how its neighbours
 * are shown. */
static size_t shown_as_it_is(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t size = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    bool turns = (u[0] == 0xe2 && (u[1] == 0x80 || u[1] == 0x81)) ||
                 (u[0] == 0xd8 && u[1] == 0x9c) || (u[0] == 0xc2 && u[1] < 0xa0);
    bool whole = memchr(p, 0, size) == NULL;
    return whole && !turns && text_is_utf8(p, size) ? size : 0;
}

void quote_comment(struct text *text, const char *name)
{
    char before = 0;
    text_bytes(text, "\"", 1);
    for (size_t size; *name; before = *name, name += size) {
        size = shown_as_it_is(name);
        if ((before == '*' && *name == '/') || (before == '/' && *name == '*'))
            text_bytes(text, " ", 1);
        if (put_escaped(text, *name))
            size = 1;
        else if (size)
            text_bytes(text, name, size);
        else
            text_add(text, "\\x%02x", (unsigned char)*name), size = 1;
    }
    text_bytes(text, "\"", 1);
}

/* ---- JSON */

void quote_json(struct text *text, const char *name)
{
    text_bytes(text, "\"", 1);
    for (; *name; name++)
        if (*name == '"' || *name == '\\')
            text_add(text, "\\%c", *name);
        else if ((unsigned char)*name < ' ')
            text_add(text, "\\u%04x", (unsigned)*name);
        else
            text_bytes(text, name, 1);
    text_bytes(text, "\"", 1);
}
