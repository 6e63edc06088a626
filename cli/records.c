/* `adze layers`, `adze optimizers`, `adze losses`, `adze readers`: what a configuration may say of
 * each, from the records themselves. */
#include "remedy.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct kind {
    const char *name; /* of one: "layer" */
    ad_records list;
    const char *section, *chooser; /* where a configuration has it; NULL: in a list */
    remedy all;
} kind;

static const kind layers = {"layer", ad_layer_at, NULL, NULL, REMEDY_LAYERS};
static const kind optimizers = {"optimizer", ad_optimizer_at, "optimizer", "method",
                                REMEDY_OPTIMIZERS};
static const kind losses = {"loss", ad_loss_at, "loss", "method", REMEDY_LOSSES};
static const kind readers = {"reader of data", ad_reader_at, "data", "format", REMEDY_READERS};

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
    return remedy_nearest(ad_record_near(k->list, word), k->all, NULL);
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
        code = print(ad_record_text(record, k->section, k->chooser));
    }
    return code;
}

int layers_command(const options *o)
{
    return records_command(&layers, o);
}

int optimizers_command(const options *o)
{
    return records_command(&optimizers, o);
}

int losses_command(const options *o)
{
    return records_command(&losses, o);
}

int readers_command(const options *o)
{
    return records_command(&readers, o);
}
