/* Whether a text is well formed: tags that close, attributes in quotes, entities that are known,
 * UTF-8.  HTML's tags that have no end are known too. */
#ifndef XML_H
#define XML_H

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool xml_is_empty(const char *name, size_t size)
{
    static const char *const empty[] = {"meta", "link", "br", "img", "!doctype"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        if (strlen(empty[i]) == size && strncmp(empty[i], name, size) == 0)
            return true;
    return false;
}

static bool xml_entity(const char *p)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(p, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

/* Behind the attributes of a tag, at its > or />; NULL: they are not well formed. */
static const char *xml_attributes(const char *p)
{
    while (*p && *p != '>' && !(p[0] == '/' && p[1] == '>')) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        size_t name = strcspn(p, "= />\"<");
        if (name == 0)
            return NULL;
        p += name;
        if (*p != '=')
            continue; /* HTML: an attribute without a value */
        if (p[1] != '"')
            return NULL;
        for (p += 2; *p && *p != '"'; p++)
            if (*p == '<' || (*p == '&' && !xml_entity(p)))
                return NULL;
        if (*p++ != '"')
            return NULL;
    }
    return *p ? p : NULL;
}

static bool xml_utf8(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        int more = *p < 0x80 ? 0 : *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC2 ? 1 : -1;
        if (more < 0 || (*p < 32 && *p != '\n' && *p != '\t'))
            return false;
        for (; more > 0; more--)
            if ((*++p & 0xC0) != 0x80)
                return false;
    }
    return true;
}

/* NULL: it is well formed; else what is wrong, and where. */
static const char *xml_wrong(const char *text)
{
    static char words[200];
    const char *open[64];
    size_t size[64];
    int depth = 0;
    if (!xml_utf8(text))
        return "no UTF-8, or control characters";
    for (const char *p = text; *p; p++) {
        if (*p == '&' && !xml_entity(p)) {
            snprintf(words, sizeof words, "entity at %.40s", p);
            return words;
        }
        if (*p != '<')
            continue;
        const char *tag = p + 1;
        bool close = *tag == '/';
        tag += close;
        size_t name = strcspn(tag, " >/\n");
        const char *end = close ? tag + name : xml_attributes(tag + name);
        if (name == 0 || !end ||
            (close && (*end != '>' || depth == 0 || size[depth - 1] != name ||
                       strncmp(open[depth - 1], tag, name) != 0))) {
            snprintf(words, sizeof words, "tag at %.80s", p);
            return words;
        }
        if (close)
            depth--;
        else if (*end != '/' && !xml_is_empty(tag, name) && depth < 64)
            open[depth] = tag, size[depth++] = name;
        p = strchr(end, '>');
    }
    if (depth == 0)
        return NULL;
    snprintf(words, sizeof words, "not closed: %.40s", open[depth - 1]);
    return words;
}

#endif
