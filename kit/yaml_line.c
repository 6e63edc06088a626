/* Lines of a YAML text. */
#include "yaml_line.h"

#include <string.h>

/* The text from a line (from 1) on; NULL before the first and past the last. */
static const char *find(const source *s, int line)
{
    const char *p = s->text + s->shift, *end = s->text + s->size;
    for (int i = 1; i < line && p < end; i++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        p = newline ? newline + 1 : end;
    }
    return line > 0 && p < end ? p : NULL;
}

static size_t length(const source *s, const char *line)
{
    const char *newline = memchr(line, '\n', (size_t)(s->text + s->size - line));
    return (size_t)((newline ? newline : s->text + s->size) - line);
}

/* Blanks in front: as many as the line has at most. */
static size_t blanks(const char *line, size_t size)
{
    size_t i = 0;
    while (i < size && line[i] == ' ')
        i++;
    return i;
}

int yaml_indent(const source *s, int line)
{
    const char *p = find(s, line);
    return p ? (int)blanks(p, length(s, p)) : 0;
}

/* The next line in a direction that says something; 0 where there is none. */
static int saying(const source *s, int line, int step)
{
    for (line += step; find(s, line); line += step) {
        const char *p = find(s, line);
        size_t size = length(s, p), from = blanks(p, size);
        if (from < size && p[from] != '#' && p[from] != '\r')
            return line;
    }
    return 0;
}

static bool is_item(const source *s, int line)
{
    const char *p = find(s, line);
    size_t size = p ? length(s, p) : 0, from = p ? blanks(p, size) : 0;
    return from < size && p[from] == '-' && (from + 1 == size || p[from + 1] == ' ');
}

static bool has_colon(const source *s, int line)
{
    const char *p = find(s, line);
    size_t size = p ? length(s, p) : 0;
    for (size_t i = 0; i < size && p[i] != '#'; i++)
        if (p[i] == ':' && (i + 1 == size || p[i + 1] == ' ' || p[i + 1] == '\r'))
            return true;
    return false;
}

int yaml_line_without_colon(const source *s, int line)
{
    int above = saying(s, line, -1);
    bool goes_on = above && !is_item(s, above) && !has_colon(s, above) &&
                   yaml_indent(s, above) >= yaml_indent(s, line);
    return goes_on ? above : 0;
}

bool yaml_begins_without_colon(const source *s, int line)
{
    const char *p = find(s, line);
    size_t size = p ? length(s, p) : 0, i = p ? blanks(p, size) : 0, from = i;
    while (i < size && p[i] != ' ' && !strchr(":=[{\"'#-", p[i]))
        i++;
    size_t word = i - from;
    while (i < size && p[i] == ' ')
        i++;
    return word > 0 && i < size && strchr("=[{", p[i]);
}

bool yaml_in_list(const source *s, int line)
{
    int above = saying(s, line, -1), below = saying(s, line, 1), indent = yaml_indent(s, line);
    while (above && yaml_indent(s, above) > indent)
        above = saying(s, above, -1);
    bool up = above && is_item(s, above) && yaml_indent(s, above) == indent;
    bool down = below && is_item(s, below) && yaml_indent(s, below) == indent;
    return !is_item(s, line) && (up || down);
}
