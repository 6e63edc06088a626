/* How much a file or folder looks like one of texts. */
#include <string.h>

#include "archive.h"
#include "reader_table.h"
#include "text_lines.h"
#include "text_tagged.h"

/* The first name in a tar or zip archive that is not packed as a whole is a text's. */
static bool archive_of_texts(const unsigned char *bytes, size_t size)
{
    char name[101] = "";
    size_t length = size > 30 && memcmp(bytes, "PK\3\4", 4) == 0
                        ? (size_t)bytes[26] | (size_t)bytes[27] << 8
                        : 0;
    if (length && length <= 100 && length + 30 <= size)
        memcpy(name, bytes + 30, length);
    else if (size >= 512 && memcmp(bytes + 257, "ustar", 5) == 0)
        memcpy(name, bytes, 100);
    return *name && text_files.named(name);
}

/* How often c stands in each of the whole lines, where it does equally often; else 0. */
static int64_t in_each_line(const char *bytes, size_t size, char c)
{
    int64_t each = -1, lines = 0;
    for (const char *at = bytes, *end = bytes + size, *stop; at < end; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            break;
        int64_t here = 0;
        for (const char *p = at; p < stop; p++)
            here += *p == c;
        if (stop - at > 1 && each >= 0 && here != each)
            return 0;
        if (stop - at > 1)
            each = here, lines++;
    }
    return lines > 1 && each > 0 ? each : 0;
}

static bool mostly_no_letters(const char *bytes, size_t size)
{
    size_t letters = 0;
    for (size_t i = 0; i < size; i++)
        letters += (bytes[i] | 32) >= 'a' || (unsigned char)bytes[i] >= 0x80;
    return 2 * letters < size;
}

/* What stands between marks such as commas in some lines. */
typedef struct cells {
    int64_t lines, ended; /* those that end as sentences do */
    int64_t thin;         /* lines of which a cell has fewer than two words */
    int64_t cells, words;
    int64_t tight; /* marks without a blank behind */
} cells;

/* '.', '!' and the like, a quote or bracket behind it too, or a sign beyond ASCII. */
static bool ends_sentence(const char *line, const char *stop)
{
    while (stop > line && (stop[-1] == '\r' || stop[-1] == ' '))
        stop--;
    return stop > line && (strchr(".!?:\"')", stop[-1]) || (unsigned char)stop[-1] >= 0x80);
}

/* At once, behind a quote, or at the end. */
static bool blank_behind(const char *p, const char *stop)
{
    p += p < stop && *p == '"';
    while (p < stop && (unsigned char)*p >= 0x80)
        p++;
    return p == stop || *p == ' ' || *p == '\r';
}

static void look_at_line(cells *found, const char *line, const char *stop, char mark)
{
    bool thin = false;
    int64_t words = 0;
    for (const char *p = line; p <= stop; p++) {
        bool end = p == stop || *p == mark;
        words += end ? 0 : *p != ' ' && (p == line || p[-1] == ' ' || p[-1] == mark);
        if (!end)
            continue;
        thin = thin || words < 2;
        found->words += words, found->cells++;
        found->tight += p < stop && !blank_behind(p + 1, stop);
        words = 0;
    }
    found->lines++;
    found->thin += thin;
    found->ended += ends_sentence(line, stop);
}

/* Whether lines that have equally many commas are sentences all the same: a blank stands behind
 * each comma, words on both sides, and most lines end as sentences do. */
static bool like_sentences(const char *bytes, size_t size, char mark)
{
    cells c = {.lines = 0};
    for (const char *at = bytes, *end = bytes + size, *stop; at < end; at = stop + 1) {
        if (!(stop = memchr(at, '\n', (size_t)(end - at))))
            break;
        if (stop - at > 1)
            look_at_line(&c, at, stop, mark);
    }
    return c.tight == 0 && c.words > 3 * c.cells && 2 * c.thin < c.lines && 2 * c.ended >= c.lines;
}

/* Cells in every line, or little but numbers. */
static bool like_table(const char *bytes, size_t size)
{
    for (const char *c = ",;\t|"; *c; c++)
        if (in_each_line(bytes, size, *c) &&
            !((*c == ',' || *c == ';') && like_sentences(bytes, size, *c)))
            return true;
    return mostly_no_letters(bytes, size);
}

static int folder_looks(const char *path)
{
    pictures p;
    if (files_find(path, 0, &text_files, &p) != AD_OK)
        return 0;
    int found = p.count > 0 ? 60 : 0;
    pictures_done(&p);
    return found;
}

static const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool text_named_plainly(const char *path)
{
    return text_files.named(path) || path_ends(path, ".txt.gz");
}

int text_looks(const char *path, const unsigned char *bytes, size_t size)
{
    text_form form;
    if (!bytes)
        return folder_looks(path);
    if (archive_looks(bytes, size))
        return archive_of_texts(bytes, size) ? 70 : 0;
    if (memchr(bytes, 0, size) || path_ends(path, ".csv") || path_ends(path, ".tsv"))
        return 0;
    const char *words = (const char *)bytes;
    if (size > 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        words += 3, size -= 3;
    if (tagged_form_looks(words, size))
        return 85;
    if (text_form_classes(words, size, &form))
        return 75;
    bool named = text_named_plainly(path), bare = !strchr(path_name(path), '.');
    if ((named || bare) && text_form_pairs(words, size) && !mostly_no_letters(words, size))
        return 72;
    return (!named && !bare) || like_table(words, size) ? 0 : named ? 60 : 25;
}
