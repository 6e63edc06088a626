/* Recursive descent over a row's text, straight to nodes. */
#include "op/reader.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "op/row.h"

enum { PARTS = 12 };

/* A piece of the text: a name. */
struct word {
    const char *text;
    size_t length;
};

struct reader {
    const struct reading *reading;
    const char *text, *at;
    struct word part[PARTS];
    ad_tensor *value[PARTS];
    int parts;
};

static ad_tensor *read_comparison(struct reader *r);

static ad_tensor *mistake(const struct reader *r, const char *what)
{
    return graph_poison(r->reading->graph, AD_ERROR_ARGUMENT,
                        "internal: row %s: %s at '%s' of \"%s\"", r->reading->op->name, what, r->at,
                        r->text);
}

static void skip_space(struct reader *r)
{
    while (*r->at == ' ')
        r->at++;
}

/* Moves past a sign of one or two characters, if it is next. */
static bool take(struct reader *r, const char *sign)
{
    skip_space(r);
    size_t n = strlen(sign);
    if (strncmp(r->at, sign, n) != 0)
        return false;
    r->at += n;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct word take_word(struct reader *r)
{
    skip_space(r);
    struct word word = {r->at, 0};
    while (is_letter(*r->at) || (word.length && is_digit(*r->at)))
        word.length++, r->at++;
    return word;
}

static bool word_is(struct word word, const char *text)
{
    return !strncmp(word.text, text, word.length) && !text[word.length];
}

static ad_tensor *number(const struct reader *r, double value)
{
    return ad_full(r->reading->graph, r->reading->type, AD_SCALAR, value);
}

/* ---- atoms */

static ad_tensor *read_number(struct reader *r, bool negative)
{
    double value;
    if (!text_read_f64(&r->at, &value))
        return mistake(r, "a number was expected");
    return number(r, negative ? -value : value);
}

/* What stands behind the name of an op: its operands in brackets. */
static ad_tensor *read_call(struct reader *r, struct word name)
{
    const bool fine = word_is(name, "fine");
    const struct op *op = fine ? &op_add : row_op_find(name.text, name.length);
    ad_tensor *in[3];
    int count = 0;
    if (!op || op->attribute_size)
        return mistake(r, "no op of that name without attributes");
    do {
        if (count == op->in_max)
            return mistake(r, "too many operands");
        in[count++] = read_comparison(r);
    } while (take(r, ","));
    if (count < op->in_min || !take(r, ")"))
        return mistake(r, "an operand or ) is missing");
    if (fine)
        return in[r->reading->type == AD_F32];
    return graph_node(r->reading->graph, op, NULL, in, count);
}

static ad_tensor *find_letter(const struct reader *r, char letter)
{
    switch (letter) {
    case 'x': return r->reading->operand[0];
    case 'z': return r->reading->operand[1];
    case 'w': return r->reading->operand[2];
    case 'y': return r->reading->y;
    case 'd': return r->reading->d;
    default: return NULL;
    }
}

static ad_tensor *find_name(struct reader *r, struct word name)
{
    const struct op *op = r->reading->op;
    for (int i = 0; i < r->parts; i++)
        if (name.length == r->part[i].length && !strncmp(name.text, r->part[i].text, name.length))
            return r->value[i];
    for (int i = 0; i < op->field_count; i++)
        if (word_is(name, op->fields[i].name))
            return number(r, r->reading->attribute[i]);
    if (word_is(name, "inf"))
        return number(r, INFINITY);
    ad_tensor *found = name.length == 1 ? find_letter(r, *name.text) : NULL;
    return found ? found : mistake(r, "a name that means nothing");
}

static ad_tensor *read_atom(struct reader *r)
{
    skip_space(r);
    if (is_digit(*r->at))
        return read_number(r, false);
    if (take(r, "(")) {
        ad_tensor *inner = read_comparison(r);
        return take(r, ")") ? inner : mistake(r, ") is missing");
    }
    struct word name = take_word(r);
    if (!name.length)
        return mistake(r, "a value was expected");
    return take(r, "(") ? read_call(r, name) : find_name(r, name);
}

/* ---- signs, from the strongest to the weakest */

static ad_tensor *read_sign(struct reader *r)
{
    bool negative = false;
    while (take(r, "-"))
        negative = !negative;
    skip_space(r);
    if (is_digit(*r->at))
        return read_number(r, negative);
    ad_tensor *atom = read_atom(r);
    return negative ? graph_node1(&op_neg, NULL, atom) : atom;
}

static ad_tensor *read_product(struct reader *r)
{
    ad_tensor *left = read_sign(r);
    for (;;) {
        const struct op *op = take(r, "*") ? &op_mul : take(r, "/") ? &op_div : NULL;
        if (!op)
            return left;
        left = graph_node2(op, NULL, left, read_sign(r));
    }
}

static ad_tensor *read_sum(struct reader *r)
{
    ad_tensor *left = read_product(r);
    for (;;) {
        const struct op *op = take(r, "+") ? &op_add : take(r, "-") ? &op_sub : NULL;
        if (!op)
            return left;
        left = graph_node2(op, NULL, left, read_product(r));
    }
}

/* Longer signs come before the shorter ones that they begin with. */
static const struct {
    const char *sign;
    const struct op *op;
} comparisons[] = {
    {"<=", &op_less_equal}, {">=", &op_greater_equal}, {"==", &op_equal},
    {"!=", &op_not_equal},  {"<", &op_less},           {">", &op_greater},
};

static ad_tensor *read_comparison(struct reader *r)
{
    ad_tensor *left = read_sum(r);
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++)
        if (take(r, comparisons[i].sign))
            return graph_node2(comparisons[i].op, NULL, left, read_sum(r));
    return left;
}

/* "t = tanh(x);" in front of the rest; false and nothing read where there is none. */
static bool read_part(struct reader *r)
{
    const char *start = r->at;
    struct word name = take_word(r);
    if (!name.length || !take(r, "=") || *r->at == '=' || r->parts == PARTS) {
        r->at = start;
        return false;
    }
    ad_tensor *value = read_comparison(r);
    r->part[r->parts] = name;
    r->value[r->parts++] = value;
    return take(r, ";");
}

ad_tensor *reader_read(const struct reading *reading, const char *text)
{
    struct reader r = {.reading = reading, .text = text, .at = text};
    while (read_part(&r))
        continue;
    ad_tensor *result = read_comparison(&r);
    skip_space(&r);
    return *r.at ? mistake(&r, "more text than expected") : result;
}
