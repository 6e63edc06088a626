/* A first model of a table with pictures or sounds: a branch for each of them, for the text, and
 * for all numbers and classes; what they give stands beside each other. */
#include "init.h"

#include <stdlib.h>
#include <string.h>

#include "value.h"

enum { BESIDE = 64, NUMBERS_MOST = 64 };

static bool is_file(const ad_schema_field *f)
{
    return f->use == AD_USE_INPUT &&
           (f->meaning == AD_MEANS_SOUND || (f->meaning == AD_MEANS_IMAGE && f->shape.rank == 3));
}

/* Numbers and classes, which come joined. */
static int64_t joined_width(const init_facts *f)
{
    int64_t width = 0;
    for (int i = 0; i < f->schema->fields; i++) {
        const ad_schema_field *s = &f->schema->field[i];
        if (s->use == AD_USE_INPUT && s->shape.rank == 0)
            width += s->meaning == AD_MEANS_CLASS ? s->classes : 1 + (s->missing > 0);
    }
    return width;
}

bool init_is_mixed(const init_facts *f)
{
    int files = 0;
    for (int i = 0; i < f->schema->fields; i++)
        files += is_file(&f->schema->field[i]);
    return files > 0 && (files > 1 || f->text || joined_width(f) > 0);
}

/* Code of a line, without the blanks in front of its comment; the comment, or NULL. */
static size_t code_of(const char *line, size_t size, const char **why)
{
    *why = NULL;
    for (size_t i = 0; i + 1 < size && !*why; i++)
        if (line[i] == '#' && line[i + 1] == ' ' && i > 0 && line[i - 1] == ' ')
            *why = line + i + 2;
    size_t code = *why ? (size_t)(*why - line) - 2 : size;
    while (code > 0 && line[code - 1] == ' ')
        code--;
    return code;
}

/* The first layer of a path takes its field: - conv: {filters: 16, from: photo}. */
static void add_first(text_buffer *t, const char *code, size_t size, const char *name)
{
    bool options = size > 0 && code[size - 1] == '}';
    text_add_bytes(t, code, options ? size - 1 : size);
    text_add(t, options ? ", from: " : ": {from: ");
    value_add_text(t, name);
    text_add(t, "}");
}

/* Lines of a model as a path of branches. */
static void add_path(text_buffer *t, text_buffer *layers, const char *name)
{
    bool first = true;
    for (const char *line = text_words(layers); *line;) {
        const char *why;
        size_t size = strcspn(line, "\n"), code = code_of(line, size, &why);
        text_buffer words = {0};
        char *comment = why ? text_copy_bytes(why, (size_t)(line + size - why)) : NULL;
        text_add(&words, first ? "        - " : "          ");
        if (first)
            add_first(&words, line + 2, code - 2, name);
        else
            text_add_bytes(&words, line + 2, code - 2);
        init_line(t, comment, "%s", text_words(&words));
        t->failed = t->failed || words.failed || (why && !comment);
        free(comment);
        text_done(&words);
        line += size + (line[size] == '\n');
        first = false;
    }
    t->failed = t->failed || layers->failed;
    text_done(layers);
}

static void add_numbers(text_buffer *layers, int64_t width)
{
    int64_t out = 16;
    while (out < width && out < NUMBERS_MOST)
        out *= 2;
    init_hidden(layers, out, "all numbers and classes");
}

void init_mixed_model(text_buffer *t, const init_facts *f)
{
    int64_t width = joined_width(f);
    init_line(t, "each column by layers of its own", "  - branches:");
    init_line(t, "what they give, beside each other", "      join: concat");
    text_add(t, "      paths:\n");
    for (int i = 0; i < f->schema->fields; i++) {
        const ad_schema_field *s = &f->schema->field[i];
        text_buffer layers = {0};
        if (!is_file(s) && s != f->text)
            continue;
        if (s->meaning == AD_MEANS_IMAGE)
            init_picture_layers(&layers, f, s);
        else if (s->meaning == AD_MEANS_SOUND)
            init_sound_layers(&layers, f, s);
        else
            init_read_layers(&layers);
        add_path(t, &layers, s->name);
    }
    if (width > 0) {
        const ad_schema_field *named = ad_schema_find(f->schema, "input");
        bool own = named && named->use != AD_USE_NONE && named->shape.rank > 0;
        text_buffer layers = {0};
        add_numbers(&layers, width);
        add_path(t, &layers, own ? "inputs" : "input");
    }
    init_dropout(t, "0.3", "against learning examples by heart");
    init_hidden(t, BESIDE, "what all say together");
    init_output(t, f);
}
