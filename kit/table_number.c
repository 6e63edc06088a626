/* Decimal text to numbers, to the same bits as strtod in the C locale, whatever the locale is.
 *
 * Three ways, each exact: up to 2^53 and 10^22 by one operation of doubles; other 19 digits with
 * exponents to 19 by integers of 128 bits, rounded once; everything else by strtod. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

__extension__ typedef unsigned __int128 wide;

static const uint64_t tens[] = {1u,
                                10u,
                                100u,
                                1000u,
                                10000u,
                                100000u,
                                1000000u,
                                10000000u,
                                100000000u,
                                1000000000u,
                                10000000000u,
                                100000000000u,
                                1000000000000u,
                                10000000000000u,
                                100000000000000u,
                                1000000000000000u,
                                10000000000000000u,
                                100000000000000000u,
                                1000000000000000000u,
                                10000000000000000000u};
static const double exact_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* What the digits say: digits * 10^power; exact where no digit was left out. */
typedef struct decimal {
    uint64_t digits;
    int power, count; /* count: significant digits seen */
    bool negative;
} decimal;

static double times_two_to(double value, int power)
{
    uint64_t bits = (uint64_t)(1023 + power) << 52;
    double two;
    memcpy(&two, &bits, sizeof two);
    return value * two;
}

/* digits / 10^power, 1 to 19: 63 bits or more of the quotient, the rest folded into the last. */
static double divided(uint64_t digits, int power)
{
    uint64_t below = tens[power];
    int up = __builtin_clzll(digits), up_below = __builtin_clzll(below);
    wide above = (wide)(digits << up) << 63;
    below <<= up_below;
    uint64_t quotient = (uint64_t)(above / below);
    quotient |= (wide)quotient * below != above;
    return times_two_to((double)quotient, up_below - up - 63);
}

/* digits * 10^power, 1 to 19 */
static double multiplied(uint64_t digits, int power)
{
    wide product = (wide)digits * tens[power];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if (!high)
        return (double)low;
    int up = __builtin_clzll(high);
    product <<= up;
    high = (uint64_t)(product >> 64);
    high |= (uint64_t)product != 0;
    return times_two_to((double)high, 64 - up);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t plain; /* "C"; made once, for making it costs more than a conversion */

static void make_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* strtod of a copy, with a point for a point. */
static double by_library(const char *text, size_t size, char point)
{
    char small[128], *copy = size < sizeof small ? small : malloc(size + 1);
    if (!copy)
        return NAN;
    memcpy(copy, text, size);
    copy[size] = 0;
    char *p = memchr(copy, point, size);
    if (p)
        *p = '.';
    pthread_once(&once, make_plain);
    locale_t before = plain ? uselocale(plain) : (locale_t)0;
    double value = strtod(copy, NULL);
    if (plain)
        uselocale(before);
    if (copy != small)
        free(copy);
    return value;
}

static double magnitude(const decimal *d, const char *text, size_t size, char point)
{
    if (d->count > 19)
        return by_library(text, size, point);
    if (d->digits == 0)
        return 0;
    if (d->digits <= (uint64_t)1 << 53 && d->power >= -22 && d->power <= 22)
        return d->power < 0 ? (double)d->digits / exact_tens[-d->power]
                            : (double)d->digits * exact_tens[d->power];
    if (d->power == 0)
        return (double)d->digits;
    if (d->power < 0 && d->power >= -19)
        return divided(d->digits, -d->power);
    if (d->power > 0 && d->power <= 19)
        return multiplied(d->digits, d->power);
    return by_library(text, size, point);
}

/* Digits from p on; zeros in front of the first other one do not count. */
static inline const char *digits(const char *p, const char *end, decimal *d)
{
    while (d->count == 0 && p < end && *p == '0')
        p++;
    const char *from = p;
    uint64_t value = d->digits;
    for (; p < end; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9)
            break;
        value = value * 10 + digit;
    }
    d->digits = value;
    d->count += p - from < 1000 ? (int)(p - from) : 1000;
    return p;
}

/* NULL where no exponent stands at p. */
static const char *exponent(const char *p, const char *end, decimal *d)
{
    bool negative = ++p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    int value = 0;
    const char *from = p;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        value = value < 100000 ? value * 10 + (*p - '0') : value;
    d->power += negative ? -value : value;
    return p > from ? p : NULL;
}

static bool endless(const char *p, size_t size)
{
    return (size == 3 && strncasecmp(p, "inf", 3) == 0) ||
           (size == 8 && strncasecmp(p, "infinity", 8) == 0);
}

static void set_whole(table_number *n, const decimal *d)
{
    uint64_t most = (uint64_t)INT64_MAX + d->negative;
    bool fits = d->count < 19 || (d->count == 19 && d->digits <= most);
    n->kind = fits ? NUMBER_WHOLE : NUMBER_LARGE;
    n->whole = !fits ? 0 : d->negative ? (int64_t)(0 - d->digits) : (int64_t)d->digits;
}

static number_kind set_endless(table_number *n, bool negative)
{
    n->kind = NUMBER_REAL;
    n->value = negative ? -INFINITY : INFINITY;
    return n->kind;
}

/* Every form of a number. */
static __attribute__((noinline)) number_kind read_any(const char *text, size_t size, char point,
                                                      table_number *n)
{
    const char *p = text, *end = text + size;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    decimal d = {.negative = p < end && *p == '-'};
    p += p < end && (*p == '-' || *p == '+');
    const char *from = p;
    n->kind = NUMBER_NONE;
    n->padded = end - p > 1 && *p == '0';
    p = digits(p, end, &d);
    ptrdiff_t seen = p - from;
    bool real = p < end;
    if (p < end && *p == point) {
        const char *behind = ++p;
        p = digits(p, end, &d);
        seen += p - behind;
        d.power = behind - p < -100000 ? -100000 : (int)(behind - p);
    }
    if (seen == 0)
        return endless(from, (size_t)(end - from)) ? set_endless(n, d.negative) : NUMBER_NONE;
    if (p < end && (*p == 'e' || *p == 'E') && !(p = exponent(p, end, &d)))
        return NUMBER_NONE;
    if (p != end)
        return NUMBER_NONE;
    n->kind = NUMBER_REAL;
    if (!real)
        set_whole(n, &d);
    double value = magnitude(&d, from, (size_t)(end - from), point);
    n->value = d.negative ? -value : value;
    return n->kind;
}

#define BYTES(b) (UINT64_MAX / 255 * (b))

/* 1 to 8 bytes as a number, the first one lowest. */
static inline uint64_t load(const char *text, size_t size)
{
    uint64_t all;
    uint32_t first, last;
    if (size == 8) {
        memcpy(&all, text, 8);
        return all;
    }
    if (size >= 4) {
        memcpy(&first, text, 4);
        memcpy(&last, text + size - 4, 4);
        return first | (uint64_t)last << 8 * (size - 4); /* what both hold is the same */
    }
    const unsigned char *p = (const unsigned char *)text;
    return p[0] | (uint64_t)p[size / 2] << 8 * (size / 2) | (uint64_t)p[size - 1] << 8 * (size - 1);
}

/* Whether each of 8 bytes is 0 to 9. */
static inline bool all_digits(uint64_t v)
{
    return !((v | (v + BYTES(0x76))) & BYTES(0x80));
}

/* 8 digits, the first one lowest (Lemire 2018, after Mula). */
static inline uint64_t eight(uint64_t v)
{
    v = v * 10 + (v >> 8);
    return ((v & 0x000000FF000000FF) * 0x000F424000000064 +
            (v >> 16 & 0x000000FF000000FF) * 0x0000271000000001) >>
           32;
}

/* Bit 7 of the lowest byte of v that is c, and maybe of higher ones. */
static inline uint64_t marks_of(uint64_t v, char c)
{
    v ^= BYTES((unsigned char)c);
    return (v - BYTES(1)) & ~v & BYTES(0x80);
}

static inline bool set_usual(table_number *n, uint64_t value, bool negative, bool real,
                             size_t behind)
{
    double all = real ? (double)value / exact_tens[behind] : (double)value;
    n->kind = real ? NUMBER_REAL : NUMBER_WHOLE;
    n->whole = negative ? -(int64_t)value : (int64_t)value;
    n->value = negative ? -all : all;
    return true;
}

/* Digits with or without a point among them, of 1 to 8 bytes; false for what is not that. */
static inline bool read_short(const char *text, size_t size, bool negative, char point,
                              table_number *n)
{
    uint64_t v = load(text, size), marks = marks_of(v, point);
    size_t digits = size, at = size;
    n->padded = size > 1 && *text == '0';
    if (marks) {
        at = (size_t)__builtin_ctzll(marks) / 8;
        uint64_t below = ((uint64_t)1 << 8 * at) - 1;
        v = (v & below) | (v >> 8 & ~below);
        if (--digits == 0)
            return false;
    }
    v = (v ^ BYTES('0')) << 8 * (8 - digits); /* zeros in front */
    return all_digits(v) && set_usual(n, eight(v), negative, marks != 0, digits - at);
}

/* The same of 9 to 15 bytes, the point among the first 8 or nowhere. */
static inline bool read_long(const char *text, size_t size, bool negative, char point,
                             table_number *n)
{
    size_t left = size - 8;
    uint64_t v = load(text, 8), back = load(text + 8, left), marks = marks_of(v, point);
    size_t at = size;
    n->padded = *text == '0';
    if (marks) {
        at = (size_t)__builtin_ctzll(marks) / 8;
        uint64_t below = ((uint64_t)1 << 8 * at) - 1;
        v = (v & below) | (v >> 8 & ~below);
        v = (v & UINT64_MAX >> 8) | back << 56; /* the first byte behind closes the gap */
        back >>= 8;
        left--;
        size--;
    }
    v ^= BYTES('0');
    if (!all_digits(v))
        return false;
    uint64_t value = eight(v);
    if (left) {
        back = (back ^ BYTES('0')) << 8 * (8 - left);
        if (!all_digits(back))
            return false;
        static const uint32_t shift[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
        value = value * shift[left] + eight(back);
    }
    return set_usual(n, value, negative, marks != 0, size - at);
}

number_kind table_number_read(const char *text, size_t size, char point, table_number *n)
{
    bool negative = size && *text == '-';
    const char *from = text + negative;
    size_t left = size - negative;
    if (left - 1 < 15 && *from <= '9' &&
        (left <= 8 ? read_short(from, left, negative, point, n)
                   : read_long(from, left, negative, point, n)))
        return n->kind;
    if (size && *text > '9' && (*text | 32) != 'i') /* inf */
        return n->kind = NUMBER_NONE;
    return read_any(text, size, point, n);
}
