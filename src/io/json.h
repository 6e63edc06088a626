/* JSON (RFC 8259), strictly: a small reader into a tree. */
#ifndef IO_JSON_H
#define IO_JSON_H

#include <adze/adze.h>

#include "base/arena.h"
#include "base/text.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

enum { JSON_DEPTH_MAX = 64, JSON_VALUES_MAX = 1 << 22 };

struct json {
    enum json_kind kind;
    bool boolean;
    bool whole; /* a number without fraction and exponent that fits integer */
    int64_t integer;
    double number;
    const char *text;   /* of a string, unescaped UTF-8 */
    const char *key;    /* where it is a member of an object */
    size_t offset;      /* byte of the source where it begins */
    int count;          /* of the elements of an array, the members of an object */
    struct json *first; /* of them, in order */
    struct json *next;  /* its neighbour */
};

/* One value and nothing after it but white space.  name is what messages call the source: "name:
 * byte 17: ...".  The tree lies in the arena. Strings with \u0000 in them are refused; keys may
 * repeat (json_member gives the first). */
ad_status json_read(struct arena *arena, const char *name, const char *data, size_t size,
                    struct json **out);

/* NULL where object is none or has no such member. */
const struct json *json_member(const struct json *object, const char *key);

#endif
