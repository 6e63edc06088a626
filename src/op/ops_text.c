/* The reference of all ops, printed from their records.
 *
 * Lengths are counted past the end of the caller's buffer, so nothing is allocated: a caller asks
 * for the length first. */
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "op/row.h"

struct page {
    char *text;
    size_t size, length; /* length: of the whole text, written or not */
};

__attribute__((format(printf, 2, 3))) static void add(struct page *page, const char *format, ...)
{
    size_t room = page->length < page->size ? page->size - page->length : 0;
    va_list arguments;
    va_start(arguments, format);
    int count = text_format(room ? page->text + page->length : NULL, room, format, arguments);
    va_end(arguments);
    page->length += count > 0 ? (size_t)count : 0;
}

static void add_number(struct page *page, double value)
{
    char digits[40];
    struct text text;
    text_init_fixed(&text, digits, sizeof digits);
    text_f64(&text, value);
    add(page, "%s", digits);
}

static void begin_line(struct page *page, const char *key)
{
    add(page, "    %-13s ", key);
}

static void add_line(struct page *page, const char *key, const char *words)
{
    begin_line(page, key);
    add(page, "%s\n", words);
}

/* ---- kinds */

enum kind { ROW_PRIMITIVE, ROW_COMPOSITE, SOURCE, PRIMITIVE, COMPOSITE, KINDS };

static const struct {
    const char *one, *all;
} kind_words[KINDS] = {
    [ROW_PRIMITIVE] = {"elementwise primitive", "elementwise primitives, each with kernels"},
    [ROW_COMPOSITE] = {"elementwise composite", "elementwise composites, formulas over primitives"},
    [SOURCE] = {"source", "sources, where values enter a graph"},
    [PRIMITIVE] = {"primitive", "other primitives, each with kernels"},
    [COMPOSITE] = {"composite", "composites, graphs of other ops"},
};

static enum kind kind_of(const struct op *op)
{
    if (op->row)
        return op->row->primitive ? ROW_PRIMITIVE : ROW_COMPOSITE;
    if (op->expand)
        return COMPOSITE;
    return !op->in_max || (!op->naive && !op->gradient) ? SOURCE : PRIMITIVE;
}

/* ---- inputs and results */

static const char *const letters[] = {"x", "z", "w"};

static void add_letters(struct page *page, const struct row *row, int first)
{
    for (int i = first; i < row->arity; i++)
        add(page, i > first ? ", %s" : "%s", letters[i]);
}

static void add_row_inputs(struct page *page, const struct op *op)
{
    static const char *const words[] = {[ROW_FLOAT] = "f32 or f64",
                                        [ROW_NUMBER] = "f32, f64, i32, i64 or u8",
                                        [ROW_WHOLE] = "i32, i64 or u8",
                                        [ROW_TRUTH] = "bool",
                                        [ROW_ANY] = "any type but bf16"};
    begin_line(page, "inputs");
    bool condition = op == &op_where;
    add(page, condition ? "x: bool; " : "");
    add_letters(page, op->row, condition);
    add(page, ": %s\n", words[op->row->types]);
    add_line(page, "results",
             op->row->result == ROW_RESULT_TRUTH ? "y: bool" : "y: of the inputs' type");
}

static void add_inputs(struct page *page, const struct op *op)
{
    if (op->row) {
        add_row_inputs(page, op);
        return;
    }
    add_line(page, "inputs", op->inputs ? op->inputs : "none");
    begin_line(page, "results");
    if (op->results < 0)
        add(page, "as many as its attributes say\n");
    else
        add(page, "%d\n", op->results ? op->results : 1);
}

/* ---- attributes */

static const char *const field_words[] = {[FIELD_INT] = "whole number",
                                          [FIELD_NUMBER] = "number",
                                          [FIELD_BOOL] = "true or false",
                                          [FIELD_TYPE] = "element type",
                                          [FIELD_DIM] = "size",
                                          [FIELD_SHAPE] = "shape",
                                          [FIELD_AXES] = "axes",
                                          [FIELD_TEXT] = "text",
                                          [FIELD_ARRAY] = "array",
                                          [FIELD_BODY] = "graph",
                                          [FIELD_CUSTOM] = "the user's functions"};

static void add_attributes(struct page *page, const struct op *op)
{
    for (int i = 0; i < op->field_count; i++) {
        const struct field *field = &op->fields[i];
        begin_line(page, "attribute");
        add(page, "%s: %s", field->name, field_words[field->kind]);
        if (field->kind == FIELD_BOOL)
            add(page, ", default %s", field->initial != 0 ? "true" : "false");
        if (field->kind == FIELD_INT || field->kind == FIELD_NUMBER)
            add(page, ", default "), add_number(page, field->initial);
        add(page, "\n");
    }
}

/* ---- formulas */

/* The text of a row, with sel under the name that the op has outside. */
static void add_part(struct page *page, const char *text, const char *end)
{
    const char *found;
    while ((found = strstr(text, "sel(")) && found < end) {
        add(page, "%.*swhere(", (int)(found - text), text);
        text = found + 4;
    }
    add(page, "%.*s", (int)(end - text), text);
}

/* "t = tanh(x); 1 - t * t" as "t = tanh(x); dx = 1 - t * t". */
static void add_assignment(struct page *page, const char *letter, const char *text)
{
    const char *last = strrchr(text, ';'), *begin = last ? last + 1 : text;
    begin += strspn(begin, " ");
    if (last)
        add_part(page, text, last), add(page, "; ");
    add(page, "%s = ", letter);
    add_part(page, begin, begin + strlen(begin));
    add(page, "\n");
}

static void add_formula(struct page *page, const struct op *op)
{
    begin_line(page, "formula");
    if (op->row && op->row->value) {
        add_assignment(page, "y", op->row->value);
    } else if (op->row) {
        add(page, "y = %s(", op->name);
        add_letters(page, op->row, 0);
        add(page, ")\n");
    } else {
        add(page, "%s\n", op->formula ? op->formula : "");
    }
}

/* ---- derivatives */

static void add_row_gradient(struct page *page, const struct row *row)
{
    static const char *const gradients[] = {"dx", "dz", "dw"};
    for (int i = 0; i < row->arity; i++)
        if (row->gradient[i]) {
            begin_line(page, "gradient");
            add_assignment(page, gradients[i], row->gradient[i]);
        }
}

/* A gradient is a graph of ops that have gradients in turn, so there is no last order. */
static void add_derivatives(struct page *page, const struct op *op)
{
    if (op->row)
        add_row_gradient(page, op->row);
    else if (op->gradient || op->expand)
        add_line(page, "gradient", op->gradient ? "a graph of ops" : "that of its expansion");
    if (op->gradient || op->expand)
        add_line(page, "derivatives", "of any order");
    else
        add(page, "    %-13s none: %s\n", "derivatives", op->no_gradient ? op->no_gradient : "");
}

/* ---- tests */

static void add_range(struct page *page, float low, float high)
{
    char digits[80];
    struct text text;
    text_init_fixed(&text, digits, sizeof digits);
    text_f32(&text, low);
    text_add(&text, " to ");
    text_f32(&text, high);
    add(page, "%s", digits);
}

static void add_row_tests(struct page *page, const struct row *row)
{
    static const char *const kinks[] = {[ROW_SMOOTH] = "none",
                                        [ROW_AT_ZERO] = "x = 0",
                                        [ROW_AT_EQUAL] = "x = z",
                                        [ROW_AT_LIMITS] = "where it is cut"};
    if (row->types != ROW_TRUTH) {
        begin_line(page, "range");
        add_range(page, row->low, row->high);
        add(page, "\n");
    }
    bool slope = row->gradient[0] || row->gradient[1];
    if (slope)
        add_line(page, "kinks", kinks[row->kinks]);
}

static void add_shape(struct page *page, const ad_shape *shape)
{
    add(page, " (");
    for (int i = 0; i < shape->rank; i++)
        add(page, i ? ", %lld" : "%lld", (long long)shape->size[i]);
    add(page, ")");
}

static void add_samples(struct page *page, const struct op *op)
{
    for (int i = 0; i < op->sample_count; i++) {
        if (!op->samples[i].in_count)
            continue;
        begin_line(page, "tested with");
        add(page, "shapes");
        for (int k = 0; k < op->samples[i].in_count; k++)
            add_shape(page, &op->samples[i].shape[k]);
        add(page, "\n");
    }
}

/* ---- source: "... (Maas et al. 2013)" at the end of the description */

static bool is_year(const char *end)
{
    return strspn(end, "0123456789") == 4 && !strcmp(end + 4, ")");
}

static void add_paper(struct page *page, const char *doc)
{
    size_t length = strlen(doc);
    const char *begin = strrchr(doc, '(');
    if (begin && length > 5 && is_year(doc + length - 5))
        add(page, "    %-13s %.*s\n", "source", (int)strlen(begin + 1) - 1, begin + 1);
}

/* ---- the whole */

static void add_op(struct page *page, const struct op *op)
{
    add(page, "%s: %s\n", op->name, op->doc);
    add_line(page, "kind", kind_words[kind_of(op)].one);
    add_inputs(page, op);
    add_attributes(page, op);
    add_formula(page, op);
    add_derivatives(page, op);
    if (op->row)
        add_row_tests(page, op->row);
    add_samples(page, op);
    if (op->random)
        add_line(page, "random", "its value changes from run to run");
    add_paper(page, op->doc);
}

/* ---- calls that are no ops */

#define CALL(name, inputs, formula, words) #name "\0" inputs "\0" formula "\0" words,
static const char *const calls[] = {
#ifdef ADZE_EXTRAS
#include "op/more/calls.def"
#endif
    NULL};
#undef CALL

static const char *next_word(const char *word)
{
    return word + strlen(word) + 1;
}

static const char *call_find(const char *name)
{
    int i = 0;
    while (calls[i] && strcmp(calls[i], name) != 0)
        i++;
    return calls[i];
}

static void add_call(struct page *page, const char *name)
{
    const char *inputs = next_word(name), *formula = next_word(inputs), *words = next_word(formula);
    add(page, "%s: %s\n", name, words);
    add_line(page, "kind", "call");
    add_line(page, "inputs", inputs);
    add_line(page, "formula", formula);
    add_line(page, "derivatives", "those of the ops that it builds");
    add_paper(page, words);
}

static void add_calls(struct page *page)
{
    for (int i = 0; calls[i]; i++) {
        const char *words = next_word(next_word(next_word(calls[i])));
        add(page, i ? "" : "\ncalls, which build other ops\n");
        add(page, "  %-22s %s\n", calls[i], words);
    }
}

static void add_list(struct page *page, enum kind kind)
{
    const struct op *op;
    add(page, kind ? "\n%s\n" : "%s\n", kind_words[kind].all);
    for (int i = 0; (op = op_at(i)); i++)
        if (kind_of(op) == kind)
            add(page, "  %-22s %s\n", op->name, op->doc);
}

const char *ad_op_name(int i)
{
    const struct op *op = op_at(i);
    int ops = 0;
    if (op || i < 0)
        return op ? op->name : NULL;
    while (op_at(ops))
        ops++;
    return i - ops < (int)(sizeof calls / sizeof *calls) ? calls[i - ops] : NULL;
}

size_t ad_ops_text(const char *name, char *text, size_t size)
{
    struct page page = {text, text ? size : 0, 0};
    const struct op *op = name ? op_find(name) : NULL;
    const char *call = name && !op ? call_find(name) : NULL;
    if (page.size)
        text[0] = '\0';
    if (op)
        add_op(&page, op);
    else if (call)
        add_call(&page, call);
    else if (name)
        fail(AD_ERROR_ARGUMENT, "ad_ops_text: no op is called '%s'", name);
    for (enum kind kind = 0; !name && kind < KINDS; kind++)
        add_list(&page, kind);
    if (!name)
        add_calls(&page);
    return page.length;
}
