/* `adze explain CODE`: what a message means. */
#include <stdio.h>
#include <string.h>

#include "remedy.h"

static int list(void)
{
    const ad_explanation *e;
    for (int i = 0; (e = ad_explanation_at(i)) != NULL; i++)
        printf("%s  %s\n", e->code, e->title);
    return EXIT_DONE;
}

/* "[e201]" is E201 too. */
static const ad_explanation *find(const char *word)
{
    char code[8] = "";
    size_t size = 0;
    for (; *word && size < sizeof code - 1; word++)
        if (*word != '[' && *word != ']')
            code[size++] = *word == 'e' ? 'E' : *word == 'w' ? 'W' : *word;
    return ad_explanation_find(code);
}

/* Lines of at most 88 characters, cut at blanks; its own newlines stay. */
static void print_wrapped(const char *head, const char *words)
{
    enum { WIDEST = 88 };
    printf("\n%s\n", head);
    while (*words) {
        size_t size = strcspn(words, "\n");
        if (size > WIDEST) {
            size = WIDEST;
            while (size > 0 && words[size] != ' ')
                size--;
        }
        printf("  %.*s\n", (int)size, words);
        words += size + (words[size] != 0);
    }
}

static void print(const ad_explanation *e)
{
    printf("%s: %s\n", e->code, e->title);
    print_wrapped("what it means", e->meaning);
    print_wrapped("what to do", e->cure);
    print_wrapped("for example", e->example);
}

int explain_command(const options *o)
{
    for (int i = 0; i < o->word_count; i++) {
        if (find(o->words[i]))
            continue;
        say(EXIT_USAGE, "no code '%s'", o->words[i]);
        return remedy_nearest(NULL, REMEDY_CODES, NULL);
    }
    for (int i = 0; i < o->word_count; i++) {
        printf("%s", i ? "\n" : "");
        print(find(o->words[i]));
    }
    return o->word_count ? EXIT_DONE : list();
}
