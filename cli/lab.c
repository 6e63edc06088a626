/* `adze lab`: questions answered by an experiment. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lab/frame/frame.h"
#include "cli.h"

static lab_language language_of(const options *o)
{
    return o->language && strcmp(o->language, "zh") == 0 ? LAB_ZH : LAB_EN;
}

/* ---------------------------------------------------------------- the list */

static int list_labs(lab_language language)
{
    for (int topic = 0; topic < LAB_TOPICS; topic++) {
        int found = 0;
        for (int i = 0; lab_at(i); i++) {
            const lab_record *r = lab_at(i);
            if ((int)r->topic != topic)
                continue;
            if (found++ == 0)
                printf("%s%s\n", topic ? "\n" : "", lab_topic_name((lab_topic)topic, language));
            printf("  %-22s %s\n", r->name, lab_choose(r->question_en, r->question_zh, language));
        }
    }
    printf("\n%s\n    adze lab NAME\n", lab_choose("run one of them:", "运行其中一个：", language));
    return close_output(EXIT_DONE);
}

/* ---------------------------------------------------------------- one */

static void show_progress(void *user, double part)
{
    const char *name = user;
    fprintf(stderr, "\r%s %3.0f %%", name, 100 * part);
    if (part >= 1)
        fprintf(stderr, "\r%*s\r", (int)strlen(name) + 6, "");
}

static lab *run_lab(const options *o, const lab_record *r)
{
    lab_options given = {.seed = o->seed ? strtoull(o->seed, NULL, 10) : 1,
                         .threads = o->threads,
                         .quick = o->quick};
    for (int i = 0; i < o->set_count && i < LAB_SETS - 1; i++)
        given.set[i] = o->set[i];
    if (isatty(STDERR_FILENO)) {
        given.progress = show_progress;
        given.user = (void *)r->name;
    }
    return lab_open(r, &given);
}

/* EXIT_DONE where the lab ran to its end. */
static int judge(const lab *l)
{
    if (!l)
        return say_no_memory();
    if (l->why[0])
        return say(l->context ? EXIT_FAILED : EXIT_USAGE, "%s", l->why);
    return EXIT_DONE;
}

static int make_folder(const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return say(EXIT_RESOURCES, "%s cannot be made: %s", folder, strerror(errno));
    return EXIT_DONE;
}

static int one_lab(const options *o, const char *name)
{
    const lab_record *r = lab_find(name);
    if (!r) {
        const char *names[256] = {NULL};
        for (int i = 0; lab_at(i) && i < 255; i++)
            names[i] = lab_at(i)->name;
        const char *best = nearest(name, names);
        return say(EXIT_USAGE, "no lab '%s'\n  %s%s%s`adze lab` lists them", name,
                   best ? "is it " : "", best ? best : "", best ? "? " : "");
    }
    lab *l = run_lab(o, r);
    int done = judge(l);
    if (done == EXIT_DONE && lab_print(l, language_of(o), stdout) != AD_OK)
        done = say_no_memory();
    if (done == EXIT_DONE && o->out)
        done = make_folder(o->out);
    if (done == EXIT_DONE && o->out) {
        ad_status status = lab_write(l, o->out);
        done = status == AD_OK ? EXIT_DONE : say_kit_error(status, EXIT_RESOURCES);
    }
    lab_close(l);
    return close_output(done);
}

/* ---------------------------------------------------------------- the book */

enum { LABS_MOST = 256 };

static int write_book(const options *o)
{
    lab *list[LABS_MOST];
    int count = 0, done = make_folder(o->out);
    for (; done == EXIT_DONE && lab_at(count) && count < LABS_MOST; count++) {
        lab *l = list[count] = run_lab(o, lab_at(count));
        done = judge(l);
        ad_status status = done == EXIT_DONE ? lab_write(l, o->out) : AD_OK;
        done = status == AD_OK ? done : say_kit_error(status, EXIT_RESOURCES);
        if (done == EXIT_DONE)
            printf("%-22s %-14s %5.1f s\n", l->record->name,
                   lab_verdict_name(l->verdict, language_of(o)), l->seconds);
    }
    if (done == EXIT_DONE && lab_write_index(list, count, o->out) != AD_OK)
        done = say_kit_error(AD_ERROR_FILE, EXIT_RESOURCES);
    if (done == EXIT_DONE)
        printf("%s/index.html\n", o->out);
    for (int i = 0; i < count; i++)
        lab_close(list[i]);
    return close_output(done);
}

int lab_command(const options *o)
{
    if (o->all && !o->out)
        return say(EXIT_USAGE, "a book of all labs wants a folder\n  adze lab --all --out book");
    if (o->all)
        return write_book(o);
    return o->word_count ? one_lab(o, o->words[0]) : list_labs(language_of(o));
}
