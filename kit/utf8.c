/* UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing above 10FFFF. */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

int utf8_next(const char *p, size_t size, unsigned *code)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)p[0];
    int length = first < 0x80    ? 1
                 : first >= 0xF8 ? 0
                 : first >= 0xF0 ? 4
                 : first >= 0xE0 ? 3
                 : first >= 0xC0 ? 2
                                 : 0;
    if (length == 0 || (size_t)length > size)
        return 0;
    unsigned value = length == 1 ? first : first & (0x7Fu >> length);
    for (int i = 1; i < length; i++) {
        unsigned char c = (unsigned char)p[i];
        if ((c & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (c & 0x3F);
    }
    bool surrogate = value >= 0xD800 && value < 0xE000;
    *code = value;
    return value < smallest[length] || surrogate || value > 0x10FFFF ? 0 : length;
}

/* What is wrong with a character, or NULL. */
static const char *objection(unsigned code, char following)
{
    if (code == 0)
        return "a zero byte";
    if (code == '\r' && following != '\n')
        return "a carriage return without a line feed";
    if (code == '\n' || code == '\t' || code == '\r')
        return NULL;
    if (code < 32 || (code >= 127 && code < 160) || code == 0xFFFE || code == 0xFFFF)
        return "a control character";
    return code == 0x2028 || code == 0x2029 || code == 0xFEFF ? "an invisible character" : NULL;
}

static void complain(report *r, place at, const char *what, unsigned code)
{
    if (what) {
        report_add(r, at, "%s (U+%04X) in the text", what, code);
        report_cure(r, "delete it");
    } else {
        report_add(r, at, "byte 0x%02X is not UTF-8", code);
        report_cure(r, "save the file as UTF-8");
    }
}

bool utf8_check(report *r, const source *s)
{
    place at = {s, 1, 1, 1};
    const char *p = s->text, *end = p + s->size;
    while (p < end) {
        unsigned code = 0;
        int length = utf8_next(p, (size_t)(end - p), &code);
        const char *what = length ? objection(code, p + 1 < end ? p[1] : 0) : NULL;
        if (length == 0 || what) {
            complain(r, at, what, length ? code : (unsigned char)*p);
            return false;
        }
        at.column = code == '\n' ? 1 : at.column + 1;
        at.line += code == '\n';
        p += length;
    }
    return true;
}

const char *utf8_bad_byte(const char *text, size_t size)
{
    const char *p = text, *end = text + size;
    while (p < end) {
        uint64_t word = 0x8080808080808080u;
        if (end - p >= 8)
            memcpy(&word, p, 8);
        if (!(word & 0x8080808080808080u)) {
            p += 8;
            continue;
        }
        unsigned code;
        int length = utf8_next(p, (size_t)(end - p), &code);
        if (!length)
            return p;
        p += length;
    }
    return memchr(text, 0, size);
}
