/* Sizes that may be open: canonical polynomials, kept once each. */
#include "core/dim.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/graph.h"

/* Sizes on their way to a shape, and what slices make of them, may be larger than an axis. */
enum { WAY_BITS = SIZE_BITS + 4 };

enum { TERM_MAX = 16, FACTOR_MAX = 4, EXPRESSION_MAX = 4096, ATOM_MAX = 1024 };

/* The codes lie far below zero, so that a -1 given for a size is seen to be a mistake. */
#define FIRST_CODE (-((ad_dim)1 << 56))

/* coefficient * product of atoms; atoms in rising order, padded with -1. */
struct term {
    int64_t coefficient;
    int16_t atom[FACTOR_MAX];
};

/* Terms in rising order of their atoms; none with coefficient 0.  No terms: the number 0. */
struct polynomial {
    int count;
    struct term term[TERM_MAX];
};

/* An open dimension (name), or floor(inner / divisor). */
struct atom {
    const char *name;
    ad_dim inner;
    int64_t divisor;
    int open; /* number among the open dimensions */
};

/* Lies in the arena of the outermost graph, whose bodies share it. */
struct dims {
    struct polynomial *expression[EXPRESSION_MAX];
    int expressions;
    struct atom atom[ATOM_MAX];
    int atoms;
    int open_atom[DIM_OPEN_MAX];
    int opens;
};

bool dim_is_open(ad_dim dim)
{
    return dim <= FIRST_CODE && dim != AD_INFER;
}

/* The place in the table of what a code stands for. */
static int64_t place_of(ad_dim code)
{
    return FIRST_CODE - code;
}

/* The table, or NULL where nothing is open yet. */
static struct dims *dims_of(const ad_graph *graph)
{
    return graph->root->dims;
}

bool dim_is_known(const ad_graph *graph, ad_dim dim)
{
    GRAPH_HOLD(graph);
    return dim >= 0 ||
           (dim_is_open(dim) && dims_of(graph) && place_of(dim) < dims_of(graph)->expressions);
}

static struct dims *table(ad_graph *graph)
{
    ad_graph *root = graph->root;
    if (!root->dims)
        root->dims = arena_alloc(&root->arena, sizeof(struct dims));
    if (!root->dims)
        graph->failed = true;
    return root->dims;
}

static struct polynomial read_code(const struct dims *dims, ad_dim dim)
{
    struct polynomial p = {0};
    if (dim_is_open(dim))
        return *dims->expression[place_of(dim)];
    if (dim != 0) {
        p.count = 1;
        p.term[0] = (struct term){dim, {-1, -1, -1, -1}};
    }
    return p;
}

static bool is_constant(const struct polynomial *p)
{
    return p->count == 0 || (p->count == 1 && p->term[0].atom[0] < 0);
}

static bool same(const struct polynomial *a, const struct polynomial *b)
{
    return a->count == b->count &&
           memcmp(a->term, b->term, sizeof(struct term) * (size_t)a->count) == 0;
}

static ad_dim too_complex(ad_graph *graph, int most, const char *what)
{
    graph_poison(graph, AD_ERROR_SHAPE,
                 "a size became too complex: more than %d %s; name it with ad_open and feed it as "
                 "an open dimension of its own",
                 most, what);
    return 0;
}

static ad_dim many_terms(ad_graph *graph)
{
    return too_complex(graph, TERM_MAX, "sums, or products of more than 4 open sizes, in it");
}

static ad_dim too_large(ad_graph *graph)
{
    graph_poison(graph, AD_ERROR_SHAPE, "a size became larger than 2^%d", SIZE_BITS);
    return 0;
}

/* Sizes on their way, which may be below 0 in between; larger ones would read as codes. */
static ad_dim number_of(ad_graph *graph, int64_t number, bool overflow)
{
    int64_t most = (int64_t)1 << WAY_BITS;
    return overflow || number > most || number < -most ? too_large(graph) : number;
}

/* The code of a polynomial: a number, or the place of its one copy in the table. */
static ad_dim code_of(ad_graph *graph, const struct polynomial *p)
{
    if (is_constant(p))
        return p->count ? number_of(graph, p->term[0].coefficient, false) : 0;
    struct dims *dims = table(graph);
    if (!dims)
        return 0;
    for (int i = 0; i < p->count; i++)
        if (llabs(p->term[i].coefficient) > (int64_t)1 << WAY_BITS)
            return too_large(graph);
    for (int i = 0; i < dims->expressions; i++)
        if (same(dims->expression[i], p))
            return FIRST_CODE - i;
    if (dims->expressions == EXPRESSION_MAX)
        return too_complex(graph, EXPRESSION_MAX, "different sizes in one graph");
    struct polynomial *copy = arena_alloc(&graph->root->arena, sizeof *copy);
    if (!copy) {
        graph->failed = true;
        return 0;
    }
    *copy = *p;
    dims->expression[dims->expressions] = copy;
    return FIRST_CODE - dims->expressions++;
}

static int compare_atoms(const struct term *a, const struct term *b)
{
    for (int i = 0; i < FACTOR_MAX; i++)
        if (a->atom[i] != b->atom[i])
            return a->atom[i] < b->atom[i] ? -1 : 1;
    return 0;
}

/* p += t, keeping order; false where there is no room. */
static bool add_term(struct polynomial *p, struct term t)
{
    int i = 0;
    while (i < p->count && compare_atoms(&p->term[i], &t) < 0)
        i++;
    if (i < p->count && compare_atoms(&p->term[i], &t) == 0) {
        if (__builtin_add_overflow(p->term[i].coefficient, t.coefficient, &p->term[i].coefficient))
            return false;
        if (p->term[i].coefficient == 0) {
            memmove(&p->term[i], &p->term[i + 1], sizeof t * (size_t)(p->count - i - 1));
            p->count--;
        }
        return true;
    }
    if (p->count == TERM_MAX)
        return false;
    memmove(&p->term[i + 1], &p->term[i], sizeof t * (size_t)(p->count - i));
    p->term[i] = t;
    p->count++;
    return true;
}

static bool term_product(const struct term *a, const struct term *b, struct term *out)
{
    int n = 0, i = 0, j = 0;
    *out = (struct term){0, {-1, -1, -1, -1}};
    if (__builtin_mul_overflow(a->coefficient, b->coefficient, &out->coefficient))
        return false;
    while ((i < FACTOR_MAX && a->atom[i] >= 0) || (j < FACTOR_MAX && b->atom[j] >= 0)) {
        bool from_a = j == FACTOR_MAX || b->atom[j] < 0 ||
                      (i < FACTOR_MAX && a->atom[i] >= 0 && a->atom[i] <= b->atom[j]);
        if (n == FACTOR_MAX)
            return false;
        out->atom[n++] = from_a ? a->atom[i++] : b->atom[j++];
    }
    return true;
}

static bool is_called(const struct dims *dims, int open, const char *name, size_t length)
{
    const char *known = dims->atom[dims->open_atom[open]].name;
    return strlen(known) == length && !memcmp(known, name, length);
}

/* Of the first length bytes of name. */
static ad_dim open_named(ad_graph *graph, const char *name, size_t length)
{
    GRAPH_HOLD(graph);
    struct dims *dims = table(graph);
    if (!dims)
        return 0;
    int number = 0;
    while (number < dims->opens && !is_called(dims, number, name, length))
        number++;
    if (number == dims->opens) {
        if (dims->opens == DIM_OPEN_MAX || dims->atoms == ATOM_MAX)
            return too_complex(graph, DIM_OPEN_MAX, "open dimensions in one graph");
        char *copy = arena_alloc(&graph->root->arena, length + 1);
        if (!copy) {
            graph->failed = true;
            return 0;
        }
        memcpy(copy, name, length);
        dims->atom[dims->atoms] = (struct atom){.name = copy, .open = number};
        dims->open_atom[dims->opens++] = dims->atoms++;
    }
    struct polynomial p = {.count = 1,
                           .term = {{1, {(int16_t)dims->open_atom[number], -1, -1, -1}}}};
    return code_of(graph, &p);
}

ad_dim dim_open(ad_graph *graph, const char *name)
{
    return open_named(graph, name, strlen(name));
}

int dim_open_count(const ad_graph *graph)
{
    GRAPH_HOLD(graph);
    return dims_of(graph) ? dims_of(graph)->opens : 0;
}

const char *dim_open_name(const ad_graph *graph, int number)
{
    GRAPH_HOLD(graph);
    return dims_of(graph)->atom[dims_of(graph)->open_atom[number]].name;
}

int dim_open_number(const ad_graph *graph, ad_dim dim)
{
    if (!dim_is_open(dim))
        return -1;
    GRAPH_HOLD(graph);
    const struct polynomial *p = dims_of(graph)->expression[place_of(dim)];
    if (p->count != 1 || p->term[0].coefficient != 1 || p->term[0].atom[1] >= 0)
        return -1;
    const struct atom *atom = &dims_of(graph)->atom[p->term[0].atom[0]];
    return atom->name ? atom->open : -1;
}

static ad_dim add_scaled(ad_graph *graph, ad_dim a, ad_dim b, int64_t factor)
{
    if (a >= 0 && b >= 0) {
        int64_t part, sum;
        bool overflow = __builtin_mul_overflow(factor, b, &part);
        overflow |= __builtin_add_overflow(a, part, &sum);
        return number_of(graph, sum, overflow);
    }
    GRAPH_HOLD(graph);
    struct polynomial p = read_code(dims_of(graph), a), q = read_code(dims_of(graph), b);
    for (int i = 0; i < q.count; i++) {
        if (__builtin_mul_overflow(q.term[i].coefficient, factor, &q.term[i].coefficient))
            return too_large(graph);
        if (!add_term(&p, q.term[i]))
            return many_terms(graph);
    }
    return code_of(graph, &p);
}

ad_dim dim_add(ad_graph *graph, ad_dim a, ad_dim b)
{
    return add_scaled(graph, a, b, 1);
}

/* A size below 0 would read as a code: it is refused. */
ad_dim dim_sub(ad_graph *graph, ad_dim a, ad_dim b)
{
    if (a >= 0 && b >= 0 && a < b) {
        graph_poison(graph, AD_ERROR_SHAPE, "a size of %lld", (long long)(a - b));
        return 0;
    }
    return add_scaled(graph, a, b, -1);
}

ad_dim dim_mul(ad_graph *graph, ad_dim a, ad_dim b)
{
    if (a >= 0 && b >= 0) {
        int64_t result;
        bool overflow = __builtin_mul_overflow(a, b, &result);
        return number_of(graph, result, overflow);
    }
    GRAPH_HOLD(graph);
    struct polynomial p = read_code(dims_of(graph), a), q = read_code(dims_of(graph), b),
                      product = {0};
    for (int i = 0; i < p.count; i++)
        for (int j = 0; j < q.count; j++) {
            struct term t;
            if (!term_product(&p.term[i], &q.term[j], &t) || !add_term(&product, t))
                return many_terms(graph);
        }
    return code_of(graph, &product);
}

static int64_t floor_quotient(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && a < 0);
}

/* The atom floor(inner / divisor), kept once. */
static int quotient_atom(ad_graph *graph, ad_dim inner, int64_t divisor)
{
    struct dims *dims = dims_of(graph);
    for (int i = 0; i < dims->atoms; i++)
        if (!dims->atom[i].name && dims->atom[i].inner == inner && dims->atom[i].divisor == divisor)
            return i;
    if (dims->atoms == ATOM_MAX)
        return -1;
    dims->atom[dims->atoms] = (struct atom){.inner = inner, .divisor = divisor};
    return dims->atoms++;
}

/* Terms that the divisor divides leave the floor: (4 t + r) / 4 = t + floor(r / 4). */
ad_dim dim_floor_div(ad_graph *graph, ad_dim a, int64_t divisor)
{
    if (a >= 0)
        return a / divisor;
    GRAPH_HOLD(graph);
    struct polynomial p = read_code(dims_of(graph), a), whole = {0}, rest = {0};
    for (int i = 0; i < p.count; i++) {
        struct term t = p.term[i];
        bool divides = t.coefficient % divisor == 0;
        t.coefficient = divides ? t.coefficient / divisor : t.coefficient;
        add_term(divides ? &whole : &rest, t);
    }
    if (is_constant(&rest)) {
        int64_t number = rest.count ? floor_quotient(rest.term[0].coefficient, divisor) : 0;
        ad_dim code = code_of(graph, &whole);
        return number < 0 ? dim_sub(graph, code, -number) : dim_add(graph, code, number);
    }
    int atom = quotient_atom(graph, code_of(graph, &rest), divisor);
    if (atom < 0)
        return too_complex(graph, ATOM_MAX, "quotients of open sizes in one graph");
    if (!add_term(&whole, (struct term){1, {(int16_t)atom, -1, -1, -1}}))
        return many_terms(graph);
    return code_of(graph, &whole);
}

/* Takes the atoms of b (one term) out of t; false where they are not all there. */
static bool term_quotient(const struct term *t, const struct term *b, struct term *out)
{
    *out = (struct term){0, {-1, -1, -1, -1}};
    int n = 0, j = 0;
    if (t->coefficient % b->coefficient)
        return false;
    out->coefficient = t->coefficient / b->coefficient;
    for (int i = 0; i < FACTOR_MAX && t->atom[i] >= 0; i++) {
        if (j < FACTOR_MAX && b->atom[j] == t->atom[i])
            j++;
        else
            out->atom[n++] = t->atom[i];
    }
    return j == FACTOR_MAX || b->atom[j] < 0;
}

/* a = f b for polynomials of several terms, where f is a single term: the only case that reshapes
 * meet. */
static ad_dim proportional(ad_graph *graph, const struct polynomial *p, const struct polynomial *q)
{
    struct term factor;
    if (!p->count || !term_quotient(&p->term[p->count - 1], &q->term[q->count - 1], &factor))
        return AD_INFER;
    struct polynomial f = {.count = 1, .term = {factor}};
    ad_dim code = code_of(graph, &f), product = dim_mul(graph, code, code_of(graph, q));
    return product == code_of(graph, p) ? code : AD_INFER;
}

ad_dim dim_exact_div(ad_graph *graph, ad_dim a, ad_dim b)
{
    if (b == 0)
        return AD_INFER;
    if (a >= 0 && b > 0)
        return a % b ? AD_INFER : a / b;
    GRAPH_HOLD(graph);
    if (!dims_of(graph))
        return AD_INFER;
    struct polynomial p = read_code(dims_of(graph), a), q = read_code(dims_of(graph), b),
                      quotient = {0};
    if (q.count != 1)
        return proportional(graph, &p, &q);
    for (int i = 0; i < p.count; i++) {
        struct term t;
        if (!term_quotient(&p.term[i], &q.term[0], &t) || !add_term(&quotient, t))
            return AD_INFER;
    }
    return code_of(graph, &quotient);
}

ad_dim dim_product(ad_graph *graph, const ad_shape *shape, int first, int end)
{
    ad_dim product = 1;
    for (int i = first; i < end; i++)
        product = dim_mul(graph, product, shape->size[i]);
    return product;
}

/* DIM_TOO_LARGE stays what it is whatever is done with it. */
static int64_t atom_value(const ad_graph *graph, int number, const struct dim_sizes *sizes)
{
    const struct atom *atom = &dims_of(graph)->atom[number];
    if (atom->name)
        return sizes->size[atom->open];
    int64_t inner = dim_value(graph, atom->inner, sizes);
    return inner == DIM_TOO_LARGE ? inner : floor_quotient(inner, atom->divisor);
}

int64_t dim_value(const ad_graph *graph, ad_dim dim, const struct dim_sizes *sizes)
{
    if (!dim_is_open(dim))
        return dim;
    GRAPH_HOLD(graph);
    const struct polynomial *p = dims_of(graph)->expression[place_of(dim)];
    int64_t sum = 0;
    bool overflow = false;
    for (int i = 0; i < p->count; i++) {
        int64_t product = p->term[i].coefficient;
        for (int j = 0; j < FACTOR_MAX && p->term[i].atom[j] >= 0; j++) {
            int64_t factor = atom_value(graph, p->term[i].atom[j], sizes);
            overflow |=
                factor == DIM_TOO_LARGE || __builtin_mul_overflow(product, factor, &product);
        }
        overflow |= __builtin_add_overflow(sum, product, &sum);
    }
    return overflow ? DIM_TOO_LARGE : sum;
}

ad_shape dim_shape_value(const ad_graph *graph, const ad_shape *shape,
                         const struct dim_sizes *sizes)
{
    ad_shape out = *shape;
    for (int i = 0; i < shape->rank; i++)
        out.size[i] = dim_value(graph, shape->size[i], sizes);
    return out;
}

static void print_atom(const ad_graph *graph, int number, struct text *text)
{
    const struct atom *atom = &dims_of(graph)->atom[number];
    if (atom->name) {
        text_add(text, "%s", atom->name);
        return;
    }
    text_add(text, "floor(");
    dim_print(graph, atom->inner, text);
    text_add(text, ", %lld)", (long long)atom->divisor);
}

static void print_term(const ad_graph *graph, const struct term *t, bool first, struct text *text)
{
    int64_t c = t->coefficient;
    if (!first)
        text_add(text, c < 0 ? " - " : " + ");
    else if (c < 0)
        text_add(text, "-");
    c = c < 0 ? -c : c;
    if (c != 1 || t->atom[0] < 0)
        text_add(text, t->atom[0] < 0 ? "%lld" : "%lld*", (long long)c);
    for (int i = 0; i < FACTOR_MAX && t->atom[i] >= 0; i++) {
        if (i)
            text_add(text, "*");
        print_atom(graph, t->atom[i], text);
    }
}

void dim_print(const ad_graph *graph, ad_dim dim, struct text *text)
{
    if (!dim_is_open(dim)) {
        text_add(text, "%lld", (long long)dim);
        return;
    }
    const struct polynomial *p = dims_of(graph)->expression[place_of(dim)];
    for (int i = p->count - 1; i >= 0; i--)
        print_term(graph, &p->term[i], i == p->count - 1, text);
}

void dim_print_shape(const ad_graph *graph, const ad_shape *shape, struct text *text)
{
    text_add(text, "(");
    for (int i = 0; i < shape->rank; i++) {
        if (i)
            text_add(text, ", ");
        dim_print(graph, shape->size[i], text);
    }
    text_add(text, ")");
}

/* ---- reading: sum := ['-'] product {('+' | '-') product};  product := factor {'*' factor} */

static void skip_space(const char **at)
{
    while (**at == ' ')
        (*at)++;
}

static bool read_sum(ad_graph *graph, const char **at, ad_dim *dim, int depth);

static bool read_floor(ad_graph *graph, const char **at, ad_dim *dim, int depth)
{
    ad_dim inner;
    if (depth == ATOM_MAX || !read_sum(graph, at, &inner, depth + 1) || **at != ',')
        return false;
    char *end;
    long long divisor = strtoll(*at + 1, &end, 10);
    if (divisor <= 0 || *end != ')')
        return false;
    *at = end + 1;
    *dim = dim_floor_div(graph, inner, divisor);
    return true;
}

static bool read_factor(ad_graph *graph, const char **at, ad_dim *dim, int depth)
{
    skip_space(at);
    if (isdigit((unsigned char)**at)) {
        char *end;
        *dim = strtoll(*at, &end, 10);
        *at = end;
        return true;
    }
    const char *name = *at;
    while (isalnum((unsigned char)**at) || **at == '_' || **at == '.')
        (*at)++;
    size_t length = (size_t)(*at - name);
    if (length == 5 && !memcmp(name, "floor", 5) && **at == '(') {
        (*at)++;
        return read_floor(graph, at, dim, depth);
    }
    *dim = length ? open_named(graph, name, length) : 0;
    return length > 0;
}

static bool read_product(ad_graph *graph, const char **at, ad_dim *dim, int depth)
{
    ad_dim factor;
    if (!read_factor(graph, at, dim, depth))
        return false;
    for (skip_space(at); **at == '*'; skip_space(at)) {
        (*at)++;
        if (!read_factor(graph, at, &factor, depth))
            return false;
        *dim = dim_mul(graph, *dim, factor);
    }
    return true;
}

static bool read_sum(ad_graph *graph, const char **at, ad_dim *dim, int depth)
{
    *dim = 0;
    skip_space(at);
    bool minus = **at == '-';
    if (minus)
        (*at)++;
    do {
        ad_dim part;
        if (!read_product(graph, at, &part, depth))
            return false;
        *dim = add_scaled(graph, *dim, part, minus ? -1 : 1);
        skip_space(at);
        minus = **at == '-';
    } while ((**at == '+' || **at == '-') && (*at)++);
    return true;
}

bool dim_read(ad_graph *graph, const char **at, ad_dim *dim)
{
    return read_sum(graph, at, dim, 0);
}

bool dim_copy_table(const ad_graph *from, ad_graph *to)
{
    if (dims_of(from))
        to->dims = arena_copy(&to->arena, dims_of(from), sizeof *to->dims);
    to->sizes_of = from->root;
    return to->dims || !dims_of(from);
}

static ad_dim copy_atom(const ad_graph *from, int number, ad_graph *to)
{
    const struct atom *atom = &dims_of(from)->atom[number];
    if (atom->name)
        return dim_open(to, atom->name);
    return dim_floor_div(to, dim_copy(from, atom->inner, to), atom->divisor);
}

ad_dim dim_copy(const ad_graph *from, ad_dim dim, ad_graph *to)
{
    if (!dim_is_open(dim) || from->root == to->root || to->root->sizes_of == from->root)
        return dim;
    const struct polynomial *p = dims_of(from)->expression[place_of(dim)];
    ad_dim sum = 0;
    for (int i = 0; i < p->count; i++) {
        ad_dim product = 1;
        for (int j = 0; j < FACTOR_MAX && p->term[i].atom[j] >= 0; j++)
            product = dim_mul(to, product, copy_atom(from, p->term[i].atom[j], to));
        sum = add_scaled(to, sum, product, p->term[i].coefficient);
    }
    return sum;
}
