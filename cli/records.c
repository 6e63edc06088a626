/* `adze layers`, `adze readers` and the like: what a configuration may say of each, from the
 * records themselves. */
#include "remedy.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct kind {
    const char *name, *command; /* of one: "layer"; "layers" */
    ad_records list;
    const char *section, *chooser; /* where a configuration has it */
} kind;

/* Those that a file may choose, then those of C programs. */
static const ad_record *any_loss(int i)
{
    int count = 0;
    while (ad_config_loss_at(count))
        count++;
#ifdef ADZE_EXTRAS
    const ad_record *r = NULL;
    for (int k = 0; i >= count && (r = ad_objective_at(k)); k++) {
        count += !ad_record_find(ad_config_loss_at, r->name);
        if (i < count)
            return r;
    }
#endif
    return i < count ? ad_config_loss_at(i) : NULL;
}

static const char *section_of(const kind *k, const ad_record *record)
{
    bool of_program = k->list == any_loss && !ad_record_find(ad_config_loss_at, record->name);
    return of_program ? "" : k->section;
}

static int print(char *text)
{
    if (!text)
        return say_no_memory();
    fputs(text, stdout);
    free(text);
    return EXIT_DONE;
}

static int unknown_record(const kind *k, const char *word)
{
    say(EXIT_USAGE, "no %s '%s'", k->name, word);
    return remedy_nearest(ad_record_near(k->list, word), REMEDY_RECORDS,
                          &(remedy_values){.setting = k->command});
}

static int records_command(const kind *k, const options *o)
{
    /* Words are checked first: nothing is printed of a list with a mistake. */
    for (int i = 0; i < o->word_count; i++)
        if (!ad_record_find(k->list, o->words[i]))
            return unknown_record(k, o->words[i]);
    int code = o->word_count ? EXIT_DONE : print(ad_records_text(k->list));
    for (int i = 0; code == EXIT_DONE && i < o->word_count; i++) {
        if (i)
            putchar('\n');
        const ad_record *record = ad_record_find(k->list, o->words[i]);
        code = print(ad_record_text(record, section_of(k, record), k->chooser));
    }
    return code;
}

#define RECORDS(command, one, all, list, section, chooser)                         \
    int command##_command(const options *o)                                        \
    {                                                                              \
        return records_command(&(kind){one, #command, list, section, chooser}, o); \
    }
#include "records.def"
