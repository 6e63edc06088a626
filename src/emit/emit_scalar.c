/* Functions of numbers in the printed file.
 *
 * On floats they are those of op/scalar.h, whose text goes along; what C has an operator for is
 * written with it.  On whole numbers they are small functions that wrap around as the library does,
 * added where they are used. */
#include <string.h>

#include "emit/embed.h"
#include "emit/emit.h"

void emit_helper(struct emit *e, const char *name, const char *form, const char *const *argument)
{
    struct phrase head = emit_phrase(" %s(", name);
    if (strstr(text_string(&e->helpers), head.text))
        return;
    emit_fill(&e->helpers, form, argument);
    text_add(&e->helpers, "\n");
}

/* ---- the text of op/scalar.h */

void emit_scalar_text(const struct emit *e, struct text *text)
{
    static const char include[] = "#include \"op/math.inc\"\n";
    struct text scalar;
    text_init(&scalar, text->allocator);
    embed_unpack(&scalar, text_scalar_h);
    const char *at = text_string(&scalar);
    for (const char *next; (next = strstr(at, include)) != NULL; at = next + sizeof include - 1) {
        text_bytes(text, at, (size_t)(next - at));
        embed_unpack(text, text_math_inc);
    }
    text_add(text, "%s\n", at);
    text->failed |= scalar.failed;
    text_done(&scalar);
#ifdef ADZE_EXTRAS
    if (e->special) {
        embed_unpack(text, text_special_h);
        text_add(text, "\n");
    }
#endif
    (void)e;
}

/* ---- rows of the table of elementwise ops */

static bool is_real(ad_type type)
{
    return type == AD_F32 || type == AD_F64;
}

struct form {
    const char *name, *text; /* of an expression; x, z, w as $1, $2, $3 */
};

/* On every type. */
static const struct form operators[] = {
    {"less", "$1 < $2"},           {"less_equal", "$1 <= $2"}, {"greater", "$1 > $2"},
    {"greater_equal", "$1 >= $2"}, {"equal", "$1 == $2"},      {"not_equal", "$1 != $2"},
    {"and", "$1 && $2"},           {"or", "$1 || $2"},         {"not", "!$1"},
    {"where", "$1 ? $2 : $3"},
};

/* On floats. */
static const struct form arithmetic[] = {
    {"add", "$1 + $2"},
    {"sub", "$1 - $2"},
    {"mul", "$1 * $2"},
    {"div", "$1 / $2"},
};

/* On whole numbers of type $1, as bodies; U is the unsigned type $2. */
static const struct form whole[] = {
    {"neg", "($1)(0 - ($2)x)"},
    {"abs", "x < 0 ? ($1)(0 - ($2)x) : x"},
    {"sign", "($1)((x > 0) - (x < 0))"},
    {"add", "($1)(($2)x + ($2)z)"},
    {"sub", "($1)(($2)x - ($2)z)"},
    {"mul", "($1)(($2)x * ($2)z)"},
    {"div", "z == 0 ? 0 : z == ($1)-1 && ($1)-1 < 0 ? ($1)(0 - ($2)x) : ($1)(x / z)"},
    {"minimum", "x < z ? x : z"},
    {"maximum", "x > z ? x : z"},
#ifdef ADZE_EXTRAS
    {"mod", "z == 0 ? x : z == ($1)-1 && ($1)-1 < 0 ? 0 : ($1)(x % z)"},
    {"remainder",
     "z == 0 ? x : z == ($1)-1 && ($1)-1 < 0 ? 0 : x % z != 0 && (x % z > 0) != (z > 0) "
     "? ($1)(x % z + z) : ($1)(x % z)"},
    {"bit_and", "x & z"},
    {"bit_or", "x | z"},
    {"bit_xor", "x ^ z"},
    {"bit_not", "($1)~x"},
    {"bit_shift_left", "($2)z < 8 * sizeof x ? ($1)(($2)x << z) : 0"},
    {"bit_shift_right",
     "($2)z < 8 * sizeof x ? ($1)(x >> z) : ($1)-1 < 0 ? ($1)(x >> (8 * sizeof x "
     "- 1)) : 0"},
#endif
};

#define FIND(table, name) find(table, sizeof(table) / sizeof(table)[0], name)

static const struct form *find(const struct form *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}

static struct phrase fill(const char *form, const char *const *argument)
{
    struct phrase p = {{0}};
    struct text text;
    text_init_fixed(&text, p.text, sizeof p.text);
    emit_fill(&text, form, argument);
    return p;
}

static const char *unsigned_type(ad_type type)
{
    return type == AD_I32 ? "uint32_t" : type == AD_I64 ? "uint64_t" : "uint8_t";
}

static struct phrase whole_call(struct emit *e, const struct row *row, ad_type type,
                                const char *const *argument)
{
    static const char one[] = "static inline $1 $2($1 x)\n{\n    return $3;\n}\n";
    static const char two[] = "static inline $1 $2($1 x, $1 z)\n{\n    return $3;\n}\n";
    const struct form *form = FIND(whole, row->name);
    const char *types[] = {emit_type(type), unsigned_type(type)};
    struct phrase body = fill(form ? form->text : "x", types);
    struct phrase name = emit_phrase("%s_%s", row->name, ad_type_name(type));
    bool pair = row->arity > 1;
    emit_helper(e, name.text, pair ? two : one,
                (const char *const[]){types[0], name.text, body.text});
    return emit_phrase(pair ? "%s(%s, %s)" : "%s(%s)", name.text, argument[0], argument[1]);
}

struct phrase emit_call(struct emit *e, const struct op *op, ad_type type,
                        const char *const *argument)
{
    const struct row *row = op->row;
    const struct form *form = FIND(operators, row->name);
    if (!form && is_real(type))
        form = FIND(arithmetic, row->name);
    if (form)
        return fill(form->text, argument);
    if (!is_real(type))
        return whole_call(e, row, type, argument);
    e->scalar = true;
    e->special |= op->special;
    return emit_phrase(row->arity > 1 ? "scalar_%s_%s(%s, %s)" : "scalar_%s_%s(%s)", row->name,
                       ad_type_name(type), argument[0], argument[1]);
}

struct phrase emit_add(struct emit *e, ad_type type, const char *a, const char *b)
{
    return emit_call(e, &op_add, type, (const char *const[]){a, b, ""});
}

/* ---- conversion */

static const char from_bf16[] = "/* A bf16 is the upper half of a float. */\n"
                                "static inline float from_bf16(uint16_t bits)\n"
                                "{\n"
                                "    const uint32_t whole = (uint32_t)bits << 16;\n"
                                "    float x;\n"
                                "    memcpy(&x, &whole, sizeof x);\n"
                                "    return x;\n"
                                "}\n";

static const char to_bf16[] = "/* To the nearest, ties to even; NaN stays NaN. */\n"
                              "static inline uint16_t to_bf16(float x)\n"
                              "{\n"
                              "    uint32_t bits;\n"
                              "    memcpy(&bits, &x, sizeof bits);\n"
                              "    if (x != x)\n"
                              "        return (uint16_t)((bits >> 16) | 0x40);\n"
                              "    return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);\n"
                              "}\n";

static const char toward_zero[] =
    "/* x toward zero, held between two limits; NaN is 0. */\n"
    "static inline int64_t toward_zero(double x, double low, int64_t lowest, double high,\n"
    "                                  int64_t highest)\n"
    "{\n"
    "    if (x != x)\n"
    "        return 0;\n"
    "    return x <= low ? lowest : x >= high ? highest : (int64_t)x;\n"
    "}\n";

static struct phrase float_to_whole(struct emit *e, ad_type to, const char *x)
{
    static const char *const limits[] = {
        [AD_I32] = "INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX",
        [AD_I64] = "-0x1p63, INT64_MIN, 0x1p63, INT64_MAX",
        [AD_U8] = "0, 0, UINT8_MAX, UINT8_MAX",
    };
    emit_helper(e, "toward_zero", toward_zero, NULL);
    return emit_phrase("(%s)toward_zero((double)%s, %s)", emit_type(to), x, limits[to]);
}

struct phrase emit_real(struct emit *e, ad_type type, const char *x)
{
    if (type != AD_BF16)
        return emit_phrase("%s", x);
    emit_helper(e, "from_bf16", from_bf16, NULL);
    return emit_phrase("from_bf16(%s)", x);
}

struct phrase emit_cast(struct emit *e, ad_type from, ad_type to, const char *x)
{
    if (from == AD_BF16) {
        struct phrase real = emit_real(e, from, x);
        return emit_cast(e, AD_F32, to, real.text);
    }
    if (to == AD_BF16) {
        emit_helper(e, "to_bf16", to_bf16, NULL);
        return emit_phrase("to_bf16((float)%s)", x);
    }
    if (to == AD_BOOL)
        return emit_phrase("%s != 0", x);
    if (is_real(from) && !is_real(to))
        return float_to_whole(e, to, x);
    return emit_phrase("(%s)%s", emit_type(to), x);
}
