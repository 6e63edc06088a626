/* Commands in messages, by the table in remedies.def. */
#define _POSIX_C_SOURCE 200809L

#include "remedy.h"

#include <string.h>
#include <unistd.h>

static const char *const commands[REMEDIES] = {
#define REMEDY(name, command) [REMEDY_##name] = command,
#include "remedies.def"
#undef REMEDY
};

static const char *program = "adze";

void remedy_program(const char *name)
{
    program = name ? name : program;
}

/* In single quotes where a shell would see more than the word; without an end. */
static void print_part(FILE *to, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";
    if (*word && word[strspn(word, plain)] == 0) {
        fputs(word, to);
        return;
    }
    putc('\'', to);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", to);
        else
            putc(*word, to);
    putc('\'', to);
}

/* A folder or file whose name looks like an option is written as a path. */
static void print_path(FILE *to, const char *path)
{
    fputs(path[0] == '-' ? "./" : "", to);
    print_part(to, path);
}

/* out-2, or the first number after it that nothing has. */
static void print_new(FILE *to, const char *out)
{
    char name[4096];
    int size = (int)strlen(out), number = 2;
    while (size > 1 && out[size - 1] == '/')
        size--;
    do
        snprintf(name, sizeof name, "%.*s-%d", size, out, number);
    while (access(name, F_OK) == 0 && number++ < 10000);
    print_path(to, name);
}

static void print_option(FILE *to, const char *name, const char *value)
{
    if (!value)
        return;
    fprintf(to, " %s ", name);
    print_part(to, value);
}

/* Both are key=value, of the same key. */
static bool same_key(const char *a, const char *b)
{
    size_t size = strcspn(a, "=");
    return strncmp(a, b, size) == 0 && b[size] == '=';
}

/* Each with a space before it; a setting that is about to be changed is left out. */
static void print_words(FILE *to, const options *o, const char *changed)
{
    for (int i = 0; i < o->word_count; i++) {
        putc(' ', to);
        print_path(to, o->words[i]);
    }
    print_option(to, "--from", o->from);
    print_option(to, "--match", o->match);
    print_option(to, "--names", o->names);
    print_option(to, "--data", o->data);
    print_option(to, "--out", o->out);
    if (o->folds)
        fprintf(to, " --folds %d", o->folds);
    print_option(to, "--query", o->query);
    print_option(to, "--seed", o->seed);
    fputs(o->force ? " --force" : "", to);
    for (int i = 0; i < o->set_count; i++)
        if (!changed || !same_key(changed, o->set[i]))
            print_option(to, "--set", o->set[i]);
}

static bool is(const char *name, size_t size, const char *wanted)
{
    return strlen(wanted) == size && memcmp(name, wanted, size) == 0;
}

static void print_value(FILE *to, const char *name, size_t size, const remedy_values *v)
{
    if (is(name, size, "adze"))
        print_part(to, program);
    else if (is(name, size, "out"))
        print_path(to, v->out);
    else if (is(name, size, "new"))
        print_new(to, v->out);
    else if (is(name, size, "words"))
        print_words(to, v->o, v->setting);
    else if (is(name, size, "whole"))
        fprintf(to, "%lld", v->whole);
    else if (is(name, size, "number"))
        fprintf(to, "%.3g", v->number);
    else
        print_part(to, v->setting);
}

void remedy_print(FILE *to, remedy which, const remedy_values *values)
{
    fputs("    ", to);
    for (const char *p = commands[which]; *p;) {
        size_t plain = strcspn(p, "{");
        fwrite(p, 1, plain, to);
        p += plain;
        if (*p == 0)
            break;
        size_t name = strcspn(++p, "}");
        print_value(to, p, name, values);
        p += name + 1;
    }
    putc('\n', to);
}

int remedy_nearest(const char *best, remedy list, const remedy_values *values)
{
    if (best) {
        fprintf(stderr, "  did you mean '%s'?\n", best);
        return EXIT_USAGE;
    }
    fputs("  this lists them:\n", stderr);
    remedy_print(stderr, list, values);
    return EXIT_USAGE;
}

void remedy_print_changed(FILE *to, const options *o, bool stored, const char *setting)
{
    remedy_print(to, o->out && stored ? REMEDY_ANEW : REMEDY_AGAIN,
                 &(remedy_values){.out = o->out, .o = o, .setting = setting});
}
