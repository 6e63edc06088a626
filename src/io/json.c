/* A recursive reader over the grammar of RFC 8259. */
#include "io/json.h"

#include <string.h>

#include "base/error.h"

struct reader {
    struct arena *arena;
    const char *name;
    const char *begin, *at, *end;
    int depth, values;
};

static ad_status read_value(struct reader *r, struct json *value);

static ad_status wrong(const struct reader *r, const char *what)
{
    return fail(AD_ERROR_FORMAT, "%s: byte %zu: %s", r->name, (size_t)(r->at - r->begin), what);
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

/* The next byte after white space, or '\0' at the end. */
static char peek(struct reader *r)
{
    skip_space(r);
    return r->at < r->end ? *r->at : '\0';
}

static bool is_digit(const struct reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

/* ---- strings */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t read_hex(struct reader *r)
{
    if (r->end - r->at < 4)
        return -1;
    int32_t code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(r->at[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    r->at += 4;
    return code;
}

/* After \u: one code point, from two escapes where the first is half of a pair; -1 where it is none
 * or 0. */
static int32_t read_code_point(struct reader *r)
{
    int32_t code = read_hex(r);
    if (code < 0xD800 || code > 0xDFFF)
        return code == 0 ? -1 : code;
    if (code > 0xDBFF || r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
        return -1;
    r->at += 2;
    int32_t low = read_hex(r);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

static char *put_utf8(char *out, int32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3; /* bytes that follow the first */
    static const int lead[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(lead[more] | code >> 6 * more);
    while (more-- > 0)
        *out++ = (char)(0x80 | (code >> 6 * more & 0x3F));
    return out;
}

/* After a backslash. */
static ad_status read_escape(struct reader *r, char **out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char c = r->at < r->end ? *r->at : '\0';
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter) {
        r->at++;
        *(*out)++ = meanings[letter - letters];
        return AD_OK;
    }
    if (c != 'u')
        return wrong(r, "an escape that JSON does not have");
    r->at++;
    int32_t code = read_code_point(r);
    if (code < 0)
        return wrong(r,
                     "\\u without four hexadecimal digits, half of a surrogate pair, or \\u0000");
    *out = put_utf8(*out, code);
    return AD_OK;
}

/* The quote that ends the string, or NULL. */
static const char *find_quote(const struct reader *r)
{
    for (const char *p = r->at; p < r->end; p++) {
        if (*p == '"')
            return p;
        if (*p == '\\')
            p++;
    }
    return NULL;
}

/* At the quote that begins it.  Unescaped text is never longer than the source. */
static ad_status read_string(struct reader *r, const char **out)
{
    r->at++;
    const char *quote = find_quote(r);
    if (!quote)
        return wrong(r, "a string that does not end");
    if (!text_is_utf8(r->at, (size_t)(quote - r->at)))
        return wrong(r, "a string that is not UTF-8");
    char *text = arena_alloc(r->arena, (size_t)(quote - r->at) + 1);
    if (!text)
        return AD_ERROR_MEMORY;
    *out = text;
    while (r->at < quote) {
        if ((unsigned char)*r->at < 0x20)
            return wrong(r, "a control character in a string; it must be escaped");
        if (*r->at++ != '\\')
            *text++ = r->at[-1];
        else
            TRY(read_escape(r, &text));
    }
    r->at++;
    return AD_OK;
}

/* ---- numbers */

static bool skip_digits(struct reader *r)
{
    const char *begin = r->at;
    while (is_digit(r))
        r->at++;
    return r->at > begin;
}

static bool skip_one(struct reader *r, const char *of)
{
    if (r->at >= r->end || !*r->at || !strchr(of, *r->at))
        return false;
    r->at++;
    return true;
}

/* Moves past a number; false where the grammar is not kept. */
static bool skip_number(struct reader *r, bool *whole)
{
    *whole = true;
    skip_one(r, "-");
    if (!skip_one(r, "0") && !skip_digits(r))
        return false;
    if (skip_one(r, ".")) {
        *whole = false;
        if (!skip_digits(r))
            return false;
    }
    if (skip_one(r, "eE")) {
        *whole = false;
        skip_one(r, "+-");
        return skip_digits(r);
    }
    return true;
}

static bool to_integer(const char *digits, int64_t *out)
{
    bool negative = *digits == '-';
    int64_t value = 0;
    for (const char *p = digits + negative; *p; p++) {
        int digit = negative ? '0' - *p : *p - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

static ad_status read_number(struct reader *r, struct json *value)
{
    char digits[256];
    const char *begin = r->at;
    if (!skip_number(r, &value->whole))
        return wrong(r, "a value was expected, or a digit");
    size_t size = (size_t)(r->at - begin);
    if (size >= sizeof digits)
        return wrong(r, "a number of more than 255 characters");
    memcpy(digits, begin, size);
    digits[size] = '\0';
    const char *end = digits;
    text_read_f64(&end, &value->number);
    value->kind = JSON_NUMBER;
    value->whole = value->whole && to_integer(digits, &value->integer);
    return AD_OK;
}

/* ---- words, arrays, objects */

static ad_status read_word(struct reader *r, const char *word, enum json_kind kind,
                           struct json *value)
{
    size_t size = strlen(word);
    if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size) != 0)
        return wrong(r, "a value was expected");
    r->at += size;
    value->kind = kind;
    value->boolean = word[0] == 't';
    return AD_OK;
}

static ad_status read_key(struct reader *r, struct json *item)
{
    if (peek(r) != '"')
        return wrong(r, "the name of a member was expected, in quotes");
    TRY(read_string(r, &item->key));
    if (peek(r) != ':')
        return wrong(r, "':' was expected");
    r->at++;
    return AD_OK;
}

/* One element or member, and the ',' or the closing sign after it: *closed. */
static ad_status read_item(struct reader *r, struct json *value, struct json *item, bool *closed)
{
    bool object = value->kind == JSON_OBJECT;
    if (object)
        TRY(read_key(r, item));
    TRY(read_value(r, item));
    char c = peek(r);
    *closed = c == (object ? '}' : ']');
    if (c != ',' && !*closed)
        return wrong(r, object ? "',' or '}' was expected" : "',' or ']' was expected");
    r->at++;
    value->count++;
    return AD_OK;
}

/* At '[' or '{'. */
static ad_status read_items(struct reader *r, struct json *value)
{
    struct json **last = &value->first;
    if (++r->depth > JSON_DEPTH_MAX)
        return wrong(r, "values nested too deep");
    r->at++;
    bool closed = peek(r) == (value->kind == JSON_OBJECT ? '}' : ']');
    if (closed)
        r->at++;
    while (!closed) {
        struct json *item = arena_alloc(r->arena, sizeof *item);
        if (!item)
            return AD_ERROR_MEMORY;
        TRY(read_item(r, value, item, &closed));
        *last = item;
        last = &item->next;
    }
    r->depth--;
    return AD_OK;
}

static ad_status read_value(struct reader *r, struct json *value)
{
    char c = peek(r);
    value->offset = (size_t)(r->at - r->begin);
    if (++r->values > JSON_VALUES_MAX)
        return wrong(r, "too many values");
    switch (c) {
    case '{':
    case '[': value->kind = c == '{' ? JSON_OBJECT : JSON_ARRAY; return read_items(r, value);
    case '"': value->kind = JSON_STRING; return read_string(r, &value->text);
    case 't': return read_word(r, "true", JSON_BOOL, value);
    case 'f': return read_word(r, "false", JSON_BOOL, value);
    case 'n': return read_word(r, "null", JSON_NULL, value);
    default: return read_number(r, value);
    }
}

ad_status json_read(struct arena *arena, const char *name, const char *data, size_t size,
                    struct json **out)
{
    struct reader r = {.arena = arena, .name = name, .begin = data, .at = data, .end = data + size};
    struct json *value = arena_alloc(arena, sizeof *value);
    if (!value)
        return AD_ERROR_MEMORY;
    TRY(read_value(&r, value));
    skip_space(&r);
    if (r.at != r.end)
        return wrong(&r, "more after the end of the value");
    *out = value;
    return AD_OK;
}

const struct json *json_member(const struct json *object, const char *key)
{
    if (object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *item = object->first; item; item = item->next)
        if (strcmp(item->key, key) == 0)
            return item;
    return NULL;
}
