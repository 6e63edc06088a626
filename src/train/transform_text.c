/* Transforms as lines of text:
 *
 *     adze transform 1
 *     field f64 "age"
 *     field f32 "word" varying 50
 *     step fill "age"
 *     option indicator true
 *     learned 28 177
 *     step join "age" "age.missing" to "input"
 *     end
 *
 * A field says its sizes behind its name.  `option` lines are those that are not the default,
 * `learned` lines one for each field that the step takes, all numbers of its channels.  Reading
 * does what fitting does, with these numbers in place of learning. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/quote.h"
#include "train/transform.h"

/* ---- writing */

static void write_field(struct text *text, const struct slot_field *f)
{
    text_add(text, "field %s ", ad_type_name(f->type));
    quote_text(text, f->name);
    for (int i = 0; i < f->shape.rank; i++)
        if (f->shape.size[i] == AD_VARYING)
            text_add(text, " varying");
        else
            text_add(text, " %lld", (long long)f->shape.size[i]);
    text_add(text, "\n");
}

/* Word number `word` of words. */
static void write_word(struct text *text, const char *words, int word)
{
    for (; word > 0; word--)
        words = strchr(words, ' ') + 1;
    text_bytes(text, words, strcspn(words, " "));
}

/* Sizes of options as they lie in their structs. */
static size_t option_size(const ad_option *o)
{
    switch (o->type) {
    case AD_OPTION_NUMBER: return sizeof(double);
    case AD_OPTION_WHOLE: return sizeof(int64_t);
    case AD_OPTION_TRUTH: return sizeof(bool);
    default: return sizeof(int); /* words; transforms have no others */
    }
}

static void write_option(struct text *text, const ad_record *r, const ad_option *o,
                         const void *options)
{
    const char *at = (const char *)options + o->offset;
    if (!memcmp(at, (const char *)r->initial + o->offset, option_size(o)))
        return;
    text_add(text, "option %s ", o->name);
    if (o->type == AD_OPTION_NUMBER)
        text_f64(text, *(const double *)(const void *)at);
    else if (o->type == AD_OPTION_WHOLE)
        text_add(text, "%lld", (long long)*(const int64_t *)(const void *)at);
    else if (o->type == AD_OPTION_TRUTH)
        text_add(text, *(const bool *)at ? "true" : "false");
    else
        write_word(text, o->words, *(const int *)(const void *)at);
    text_add(text, "\n");
}

static void write_step(struct text *text, const ad_transform *t, const struct step *s)
{
    const ad_record *r = &s->method->record;
    text_add(text, "step %s", r->name);
    for (int i = 0; i < s->parts; i++) {
        text_add(text, " ");
        quote_text(text, t->slot[s->part[i].from].name);
    }
    if (s->to) {
        text_add(text, " to ");
        quote_text(text, s->to);
    }
    text_add(text, "\n");
    for (int i = 0; i < r->options; i++)
        write_option(text, r, &r->option[i], s->options);
    for (int i = 0; i < s->parts && s->method->numbers; i++) {
        text_add(text, "learned");
        for (int64_t k = 0; k < s->part[i].channels * s->method->numbers; k++) {
            text_add(text, " ");
            text_f64(text, s->part[i].number[k]);
        }
        text_add(text, "\n");
    }
}

char *ad_transform_text(const ad_transform *t)
{
    struct text text;
    text_init(&text, memory_default());
    text_add(&text, "adze transform 1\n");
    for (int i = 0; i < t->inputs; i++)
        write_field(&text, &t->slot[i]);
    for (int i = 0; i < t->steps; i++)
        write_step(&text, t, &t->step[i]);
    text_add(&text, "end\n");
    char *copy = text.failed ? NULL : malloc(text.size + 1);
    if (copy)
        memcpy(copy, text_string(&text), text.size + 1);
    else
        fail(AD_ERROR_MEMORY, "ad_transform_text: out of memory");
    text_done(&text);
    return copy;
}

/* ---- reading */

struct reader {
    const char *at, *end; /* of the text */
    int line;             /* of the text, where `at` is */
    char *name;           /* room for a name: as large as the text */
    ad_source_field *field;
    char **names;
    int fields, field_room, name_room, names_held;
    ad_transform *t;
};

static ad_status wrong(const struct reader *r, const char *words)
{
    return fail(AD_ERROR_FORMAT, "a transform as text, line %d: %s", r->line, words);
}

/* What a call said, with the line before it. */
static ad_status wrong_by(const struct reader *r, ad_status status)
{
    if (status == AD_OK || status == AD_ERROR_MEMORY)
        return status;
    return fail(AD_ERROR_FORMAT, "a transform as text, line %d: %s", r->line, ad_error());
}

/* Moves past a word and a blank behind it. */
static bool take(struct reader *r, const char *word)
{
    size_t size = strlen(word);
    if (strncmp(r->at, word, size) != 0)
        return false;
    char after = r->at[size];
    if (after && after != ' ' && after != '\n')
        return false;
    r->at += size + (after == ' ');
    return true;
}

static bool ends_line(const struct reader *r)
{
    return *r->at == '\n';
}

static ad_status next_line(struct reader *r)
{
    if (!ends_line(r))
        return wrong(r, *r->at ? "there is more than should be" : "it ends within a line");
    r->at++;
    r->line++;
    return AD_OK;
}

/* The length of the word that begins here. */
static size_t word_size(const struct reader *r)
{
    return strcspn(r->at, " \n");
}

static void pass_blank(struct reader *r)
{
    if (*r->at == ' ' && r->at[1] != '\n' && r->at[1] != ' ')
        r->at++;
}

static ad_status read_name(struct reader *r)
{
    if (!quote_read(&r->at, r->name) || !*r->name)
        return wrong(r, "a name in quotes is missing");
    pass_blank(r);
    return AD_OK;
}

static ad_status read_number(struct reader *r, double *x)
{
    const char *begin = r->at;
    if (strchr(" \t\n\v\f\r", *begin) || !text_read_f64(&r->at, x) ||
        (size_t)(r->at - begin) != strcspn(begin, " \n"))
        return wrong(r, "a number is missing");
    pass_blank(r);
    return AD_OK;
}

static ad_status read_whole(struct reader *r, int64_t *n)
{
    double x;
    TRY(read_number(r, &x));
    if (!(x >= 0 && x <= 0x1p48 && x == floor(x)))
        return wrong(r, "a whole number, 0 or more, is missing");
    *n = (int64_t)x;
    return AD_OK;
}

/* ---- fields */

static ad_status read_type(struct reader *r, ad_type *type)
{
#define READ_TYPE(name, bytes, ctype, text) \
    if (take(r, text)) {                    \
        *type = AD_##name;                  \
        return AD_OK;                       \
    }
    AD_TYPE_LIST(READ_TYPE)
#undef READ_TYPE
    return wrong(r, "the type of a field is missing, such as f32");
}

static ad_status read_sizes(struct reader *r, ad_shape *shape)
{
    for (; !ends_line(r); shape->rank++) {
        if (shape->rank == AD_RANK_MAX - 1)
            return wrong(r, "a field has too many axes");
        if (shape->rank == 0 && take(r, "varying"))
            shape->size[0] = AD_VARYING;
        else
            TRY(read_whole(r, &shape->size[shape->rank]));
    }
    return AD_OK;
}

static ad_status read_field(struct reader *r)
{
    ad_source_field field = {0};
    TRY(read_type(r, &field.type));
    TRY(read_name(r));
    for (int i = 0; i < r->fields; i++)
        if (!strcmp(r->field[i].name, r->name))
            return wrong(r, "this field is there already");
    if (!LIST_ROOM(memory_default(), r->field, r->field_room, r->fields + 1) ||
        !LIST_ROOM(memory_default(), r->names, r->name_room, r->fields + 1))
        return AD_ERROR_MEMORY;
    size_t size = strlen(r->name) + 1;
    char *copy = memory_alloc(memory_default(), size);
    if (!copy)
        return AD_ERROR_MEMORY;
    field.name = r->names[r->names_held++] = memcpy(copy, r->name, size);
    TRY(read_sizes(r, &field.shape));
    r->field[r->fields++] = field;
    return next_line(r);
}

static ad_status read_fields(struct reader *r)
{
    while (take(r, "field"))
        TRY(read_field(r));
    if (!r->fields)
        return wrong(r, "a line \"field ...\" is missing");
    r->t = transform_new(r->field, r->fields);
    return r->t ? AD_OK : wrong_by(r, ad_error_status());
}

/* ---- steps */

static ad_status read_word(struct reader *r, const char *words, int *word)
{
    size_t size = word_size(r);
    const char *w = words;
    for (*word = 0; *w; ++*word) {
        size_t length = strcspn(w, " ");
        if (length == size && !strncmp(w, r->at, size)) {
            r->at += size;
            return AD_OK;
        }
        w += length + (w[length] == ' ');
    }
    return wrong(r, "the value of an option is none of its words");
}

static ad_status read_value(struct reader *r, const ad_option *o, char *at)
{
    double x;
    int64_t n;
    int word;
    switch (o->type) {
    case AD_OPTION_NUMBER:
        TRY(read_number(r, &x));
        memcpy(at, &x, sizeof x);
        return AD_OK;
    case AD_OPTION_WHOLE:
        TRY(read_whole(r, &n));
        memcpy(at, &n, sizeof n);
        return AD_OK;
    case AD_OPTION_TRUTH:
        TRY(read_word(r, "false true", &word));
        *(bool *)at = word == 1;
        return AD_OK;
    default:
        TRY(read_word(r, o->words, &word));
        memcpy(at, &word, sizeof word);
        return AD_OK;
    }
}

static ad_status read_option(struct reader *r, const ad_record *record, void *options)
{
    for (int i = 0; i < record->options; i++)
        if (take(r, record->option[i].name)) {
            TRY(read_value(r, &record->option[i], (char *)options + record->option[i].offset));
            return next_line(r);
        }
    return wrong(r, "the method has no such option");
}

/* Slots of the names of a line "step METHOD NAME..."; room for all current ones. */
static ad_status read_froms(struct reader *r, int *slot, int *count)
{
    while (*r->at == '"') {
        TRY(read_name(r));
        int found = transform_find(r->t, r->name);
        if (found < 0)
            return wrong(r, "a step takes a field that is not there");
        if (*count == r->t->currents)
            return wrong(r, "a step takes a field twice");
        slot[(*count)++] = found;
    }
    return AD_OK;
}

static ad_status read_learned_part(struct reader *r, const struct step *s, struct part *p)
{
    int64_t numbers = p->channels * s->method->numbers;
    if (!take(r, "learned"))
        return wrong(r, "a line \"learned ...\" is missing");
    for (int64_t k = 0; k < numbers; k++)
        TRY(read_number(r, &p->number[k]));
    for (int64_t c = 0; c < p->channels; c++)
        if (!s->method->valid(s->options, p->number + c * s->method->numbers))
            return wrong(r, "the method can have learned no such numbers");
    return next_line(r);
}

static ad_status read_learned(struct reader *r)
{
    struct step *s = &r->t->step[r->t->steps - 1];
    for (int i = 0; i < s->parts; i++) /* a number takes two bytes at least */
        if (s->part[i].channels * s->method->numbers > r->end - r->at)
            return wrong(r, "there are fewer numbers than the field has channels");
    TRY(step_numbers_room(s));
    for (int i = 0; i < s->parts && s->method->numbers; i++)
        TRY(read_learned_part(r, s, &s->part[i]));
    return wrong_by(r, transform_end(r->t));
}

/* The line of a step and its options, up to what was learned.  slot: room for all current slots;
 * options: for those of the method. */
static ad_status read_begin(struct reader *r, const struct method *m, int *slot, void *options)
{
    int count = 0;
    char *to = NULL;
    TRY(read_froms(r, slot, &count));
    if (take(r, "to")) {
        TRY(read_name(r));
        to = r->name;
    }
    TRY(next_line(r));
    while (take(r, "option"))
        TRY(read_option(r, &m->record, options));
    return wrong_by(r, transform_begin(r->t, m, options, slot, count, to));
}

static const struct method *read_method(struct reader *r)
{
    for (int i = 0; ad_transform_at(i); i++)
        if (take(r, ad_transform_at(i)->name))
            return (const struct method *)(const void *)ad_transform_at(i);
    wrong(r, "there is no such method");
    return NULL;
}

static ad_status read_step(struct reader *r)
{
    const struct method *m = read_method(r);
    if (!m)
        return AD_ERROR_FORMAT;
    size_t size = m->record.size, bytes = (size_t)r->t->currents * sizeof(int);
    void *options = size ? memory_alloc(memory_default(), size) : NULL;
    int *slot = memory_alloc(memory_default(), bytes);
    ad_status status = slot && (options || !size) ? AD_OK : AD_ERROR_MEMORY;
    if (status == AD_OK && size)
        memcpy(options, m->record.initial, size);
    if (status == AD_OK)
        status = read_begin(r, m, slot, options);
    memory_free(memory_default(), slot, bytes);
    memory_free(memory_default(), options, size);
    TRY(status);
    return read_learned(r);
}

static ad_status read_all(struct reader *r)
{
    if (!take(r, "adze transform 1"))
        return wrong(r, "\"adze transform 1\" is missing: this is no transform, or of another "
                        "version");
    TRY(next_line(r));
    TRY(read_fields(r));
    while (take(r, "step"))
        TRY(read_step(r));
    if (!take(r, "end"))
        return wrong(r, "a line \"step ...\" or \"end\" is missing");
    TRY(next_line(r));
    return r->at == r->end ? AD_OK : wrong(r, "there is more behind its end");
}

static void reader_done(struct reader *r)
{
    for (int i = 0; i < r->names_held; i++)
        memory_free(memory_default(), r->names[i], strlen(r->names[i]) + 1);
    LIST_FREE(memory_default(), r->names, r->name_room);
    LIST_FREE(memory_default(), r->field, r->field_room);
}

static ad_status read_text(const char *text, size_t size, char *name, ad_transform **transform)
{
    struct reader r = {.at = text, .end = text + size, .line = 1, .name = name};
    ad_status status = read_all(&r);
    char words[ERROR_TEXT_MAX];
    error_copy(words, sizeof words);
    reader_done(&r);
    if (status == AD_OK) {
        *transform = r.t;
        return AD_OK;
    }
    ad_transform_free(r.t);
    return fail(status, "%s", words);
}

ad_status ad_transform_read(const char *text, size_t size, ad_transform **transform)
{
    *transform = NULL;
    if (!text || memchr(text, 0, size))
        return fail(AD_ERROR_FORMAT, "a transform as text: there is a byte 0 in it, or no text");
    char *copy = memory_alloc(memory_default(), size + 1);
    char *name = memory_alloc(memory_default(), size + 1);
    ad_status status = copy && name ? AD_OK : AD_ERROR_MEMORY;
    if (status == AD_OK) {
        memcpy(copy, text, size);
        copy[size] = 0;
        status = read_text(copy, size, name, transform);
    }
    memory_free(memory_default(), copy, size + 1);
    memory_free(memory_default(), name, size + 1);
    return status;
}
