/* Lines, loops and small expressions of the printed file. */
#include "emit/emit.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/number.h"

enum { LINE_WIDTH = 96 };

const char *const emit_axis[AD_RANK_MAX] = {"i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7"};

/* ---- lines */

static void indent(struct emit *e)
{
    text_add(&e->steps, "%*s", 4 * e->depth, "");
}

void emit_line(struct emit *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    indent(e);
    text_add_list(&e->steps, format, arguments);
    text_add(&e->steps, "\n");
    va_end(arguments);
}

void emit_under(struct emit *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    e->depth++;
    indent(e);
    text_add_list(&e->steps, format, arguments);
    text_add(&e->steps, "\n");
    e->depth--;
    va_end(arguments);
}

void emit_comment(struct emit *e, const char *words)
{
    size_t width = (size_t)(LINE_WIDTH - 4 * e->depth);
    text_add(&e->steps, "%*s/* ", 4 * e->depth, "");
    while (strlen(words) > width) {
        size_t n = width;
        while (n > 1 && words[n] != ' ')
            n--;
        n = n > 1 ? n : width;
        text_add(&e->steps, "%.*s\n%*s * ", (int)n, words, 4 * e->depth, "");
        words += n + (words[n] == ' ');
    }
    text_add(&e->steps, "%s */\n", words);
}

/* ---- nests */

static void push(struct emit *e, int depth)
{
    if (e->nests < EMIT_NESTS)
        e->nest[e->nests++] = depth;
    e->depth += depth;
}

void emit_open(struct emit *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    indent(e);
    text_add_list(&e->steps, format, arguments);
    text_add(&e->steps, "\n");
    va_end(arguments);
    push(e, 1);
}

void emit_nest(struct emit *e, const char *const *name, const int64_t *extent, int count)
{
    if (!count)
        emit_line(e, "{");
    for (int i = 0; i < count; i++) {
        const char *n = name[i], *brace = i == count - 1 ? " {" : "";
        text_add(&e->steps, "%*sfor (int64_t %s = 0; %s < %" PRId64 "; %s++)%s\n",
                 4 * (e->depth + i), "", n, n, extent[i], n, brace);
    }
    push(e, count ? count : 1);
}

void emit_end(struct emit *e)
{
    int levels = e->nests ? e->nest[--e->nests] : 0;
    e->depth -= levels;
    text_add(&e->steps, "%*s}\n", 4 * (e->depth + (levels ? levels - 1 : 0)), "");
}

/* ---- phrases */

struct phrase emit_phrase(const char *format, ...)
{
    struct phrase p = {{0}};
    va_list arguments;
    va_start(arguments, format);
    int size = text_format(p.text, sizeof p.text, format, arguments);
    assert(size < EMIT_PHRASE);
    (void)size;
    va_end(arguments);
    return p;
}

void emit_fill(struct text *text, const char *form, const char *const *argument)
{
    for (; *form; form++)
        if (form[0] == '$' && form[1] >= '1' && form[1] <= '9')
            text_add(text, "%s", argument[*++form - '1']);
        else
            text_bytes(text, form, 1);
}

static void add_term(struct text *text, int64_t factor, const char *name)
{
    int64_t size = factor < 0 ? -factor : factor;
    if (text->size)
        text_add(text, factor < 0 ? " - " : " + ");
    else if (factor < 0)
        text_add(text, "-");
    text_add(text, "%s", name);
    if (size != 1)
        text_add(text, " * %" PRId64, size);
}

struct phrase emit_sum(int64_t start, const int64_t *factor, const char *const *name, int count)
{
    struct phrase p = {{0}};
    struct text text;
    text_init_fixed(&text, p.text, sizeof p.text);
    if (start)
        text_add(&text, "%" PRId64, start);
    for (int i = 0; i < count; i++)
        if (factor[i])
            add_term(&text, factor[i], name[i]);
    if (!text.size)
        text_add(&text, "0");
    return p;
}

/* ---- numbers */

const char *emit_type(ad_type type)
{
    static const char *const names[] = {
        [AD_F32] = "float",  [AD_F64] = "double",   [AD_I32] = "int32_t",   [AD_I64] = "int64_t",
        [AD_U8] = "uint8_t", [AD_BOOL] = "uint8_t", [AD_BF16] = "uint16_t",
    };
    return names[type];
}

struct phrase emit_shape(const ad_shape *shape)
{
    struct phrase p = {{0}};
    struct text text;
    text_init_fixed(&text, p.text, sizeof p.text);
    text_add(&text, "(");
    for (int i = 0; i < shape->rank; i++)
        text_add(&text, "%s%" PRId64, i ? ", " : "", shape->size[i]);
    text_add(&text, ")");
    return p;
}

/* What is no plain number; false where it is one. */
static bool special(struct phrase *p, double value)
{
    if (isnan(value))
        *p = emit_phrase("NAN");
    else if (isinf(value))
        *p = emit_phrase(value < 0 ? "-INFINITY" : "INFINITY");
    return !isfinite(value);
}

static struct phrase whole(int64_t value)
{
    if (value == INT64_MIN)
        return emit_phrase("INT64_MIN");
    return emit_phrase(
        value >= -INT32_MAX && value <= INT32_MAX ? "%" PRId64 : "INT64_C(%" PRId64 ")", value);
}

static struct phrase real(ad_type type, double value)
{
    struct phrase p = {{0}};
    struct text text;
    if (special(&p, value))
        return p;
    text_init_fixed(&text, p.text, sizeof p.text);
    if (type == AD_F32)
        text_f32(&text, (float)value);
    else
        text_f64(&text, value);
    if (!strpbrk(p.text, ".e"))
        text_add(&text, ".0");
    text_add(&text, type == AD_F32 ? "f" : "");
    return p;
}

struct phrase emit_number(ad_type type, double value)
{
    union {
        float f32;
        double f64;
        int32_t i32;
        int64_t i64;
        uint8_t u8;
        uint16_t bf16;
    } u;
    number_store(type, &u, value);
    switch (type) {
    case AD_F32: return real(type, (double)u.f32);
    case AD_F64: return real(type, u.f64);
    case AD_I32: return whole(u.i32);
    case AD_I64: return whole(u.i64);
    case AD_BF16: return whole(u.bf16);
    default: return whole(u.u8);
    }
}

struct phrase emit_constant(ad_type type, const void *item)
{
    struct phrase p;
    switch (type) {
    case AD_F32:
        return special(&p, (double)*(const float *)item)
                   ? p
                   : emit_phrase("%af", (double)*(const float *)item);
    case AD_F64:
        return special(&p, *(const double *)item) ? p : emit_phrase("%a", *(const double *)item);
    case AD_I32: return whole(*(const int32_t *)item);
    case AD_I64: return whole(*(const int64_t *)item);
    case AD_BF16: return whole(*(const uint16_t *)item);
    default: return whole(*(const uint8_t *)item);
    }
}

char *emit_identifier(struct emit *e, const char *before, int number, const char *name)
{
    if (!before)
        return NULL;
    bool named = name && *name;
    char *made = named ? arena_format(&e->arena, "%s%d_%.40s", before, number, name)
                       : arena_format(&e->arena, "%s%d", before, number);
    for (char *c = made; c && *c; c++)
        if (!isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80)
            *c = '_';
    return made;
}
