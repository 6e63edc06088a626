/* `adze train --folds K`: cross-validation.  K trainings, each of which holds another part of the
 * examples out and is tested on it; each has a folder of its own in that of the run. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "train.h"

enum { FOLDS_MAX = 32, TABLES_MAX = 1 + AD_BASELINES_MAX };

/* What all folds measured: of the network, then of each baseline. */
typedef struct table {
    const char *name; /* of the baseline; NULL: the network */
    char measure[AD_RUN_MEASURES_MAX][80];
    int measures;
    double value[AD_RUN_MEASURES_MAX][FOLDS_MAX];
} table;

typedef struct folds {
    const options *o;
    table table[TABLES_MAX];
    int tables, done;
} folds;

/* ---------------------------------------------------------------- sums */

typedef struct summary {
    double mean, deviation, low, high; /* deviation: of single folds, over count - 1 */
} summary;

static summary summarize(const double *value, int count)
{
    summary s = {0, 0, value[0], value[0]};
    for (int i = 0; i < count; i++) {
        s.mean += value[i] / count;
        s.low = fmin(s.low, value[i]);
        s.high = fmax(s.high, value[i]);
    }
    for (int i = 0; i < count; i++)
        s.deviation += (value[i] - s.mean) * (value[i] - s.mean);
    s.deviation = count > 1 ? sqrt(s.deviation / (count - 1)) : 0;
    return s;
}

static void note(folds *f, int at, const char *name, const ad_measured *list, int count)
{
    table *t = &f->table[at];
    t->name = name;
    t->measures = count;
    for (int i = 0; i < count; i++) {
        snprintf(t->measure[i], sizeof t->measure[i], "%s", list[i].name);
        t->value[i][f->done] = list[i].value;
    }
}

static void note_all(folds *f, const training *t)
{
    note(f, 0, NULL, t->m.measured, t->m.measures);
    for (int i = 0; i < t->b.count; i++)
        note(f, 1 + i, t->b.list[i].name, t->b.list[i].measured, t->b.list[i].measures);
    f->tables = 1 + t->b.count;
    f->done++;
}

/* ---------------------------------------------------------------- words */

static void print_fold(const folds *f, const training *t, const char *folder)
{
    if (f->o->json) {
        printf("{\"event\": \"fold\", \"fold\": %d, \"folds\": %d, ", f->done, f->o->folds);
        measure_print_json(&t->m);
        printf(", \"count\": %lld, \"path\": ", (long long)t->m.count);
        print_json_text(folder ? folder : "");
        printf("}\n");
    } else {
        printf("fold %d of %d, ", f->done, f->o->folds);
        measure_print_all(&t->m);
    }
    fflush(stdout);
}

static void print_summary(const char *name, const summary *s)
{
    if (strcmp(name, "accuracy") == 0)
        printf("%s %.2f %% (deviation %.2f, from %.2f to %.2f)", name, 100 * s->mean,
               100 * s->deviation, 100 * s->low, 100 * s->high);
    else
        printf("%s %.4g (deviation %.2g, from %.4g to %.4g)", name, s->mean, s->deviation, s->low,
               s->high);
}

static void print_table(const folds *f, const table *t)
{
    if (t->name)
        printf("baseline, %s: ", baseline_words(t->name));
    else
        printf("mean of %d folds: ", f->done);
    for (int i = 0; i < t->measures; i++) {
        summary s = summarize(t->value[i], f->done);
        printf("%s", i ? ", " : "");
        print_summary(t->measure[i], &s);
    }
    printf("\n");
}

static void print_table_json(const folds *f, const table *t)
{
    static const char *const words[] = {"value", "low", "high", "deviation"};
    printf("\"metrics\": {");
    for (int i = 0; i < t->measures; i++) {
        summary s = summarize(t->value[i], f->done);
        const double value[] = {s.mean, s.low, s.high, s.deviation};
        printf("%s\"%s\": {", i ? ", " : "", t->measure[i]);
        for (int k = 0; k < 4; k++) {
            printf("%s\"%s\": ", k ? ", " : "", words[k]);
            print_json_number(value[k]);
        }
        printf("}");
    }
    printf("}");
}

static void print_end_json(const folds *f)
{
    printf("{\"event\": \"end\", \"folds\": %d, \"done\": %d", f->o->folds, f->done);
    if (f->done == f->o->folds) {
        printf(", ");
        print_table_json(f, &f->table[0]);
        printf(", \"baselines\": [");
        for (int i = 1; i < f->tables; i++) {
            printf("%s{\"name\": \"%s\", ", i > 1 ? ", " : "", f->table[i].name);
            print_table_json(f, &f->table[i]);
            printf("}");
        }
        printf("]");
    }
    printf("}\n");
}

static void print_end(const folds *f)
{
    if (f->o->json)
        print_end_json(f);
    for (int i = 0; i < f->tables && f->done == f->o->folds && !f->o->json; i++)
        print_table(f, &f->table[i]);
}

/* ---------------------------------------------------------------- one fold */

/* The folder of the fold holds a training that has come to a checkpoint: it is gone on with; else
 * what is there is begun anew. */
static int find_begun(options *o)
{
    ad_run_folder *run;
    ad_status status = ad_run_open(o->out, AD_RUN_RESUME, &run);
    ad_run_close(run);
    if (status == AD_OK)
        return EXIT_DONE;
    if (ad_run_why() != AD_RUN_NO_CHECKPOINT)
        return say_run(status, o, o->out);
    o->resume = false;
    o->force = true;
    return EXIT_DONE;
}

/* The configuration of a fold that is not there yet, where no FILE was given: the first one's. */
static void take_first(options *o, const char **word)
{
    if (o->resume || !o->folded->resume || o->word_count > 0)
        return;
    o->words = word;
    o->word_count = 1;
}

static int run_fold(folds *f, int number)
{
    char folder[4096], first[4096], count[32], fold[32];
    const char *word = first;
    options o = *f->o;
    o.folded = f->o;
    snprintf(folder, sizeof folder, "%s/fold-%d", o.out ? o.out : "", number);
    snprintf(first, sizeof first, "%s/fold-1/config.yaml", o.out ? o.out : "");
    snprintf(count, sizeof count, "data.folds=%d", o.folds);
    snprintf(fold, sizeof fold, "data.fold=%d", number);
    o.set[o.set_count++] = count;
    o.set[o.set_count++] = fold;
    o.out = o.out ? folder : NULL;
    int code = o.resume ? find_begun(&o) : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    take_first(&o, &word);
    training t = {.o = &o, .r = {.end = AD_END_FAILED}};
    code = train_run(&t);
    if (code == EXIT_DONE) {
        note_all(f, &t);
        print_fold(f, &t, o.out);
    }
    train_done(&t);
    return code;
}

static int check(const options *o)
{
    if (o->set_count > SETTINGS_MAX - 2)
        return say(EXIT_USAGE, "--set is given more than %d times", SETTINGS_MAX - 2);
    if (o->resume && !o->out)
        return say(EXIT_USAGE, "--resume needs the folder of the run\n  add --out DIR");
    return EXIT_DONE;
}

int folds_command(const options *o)
{
    folds f = {.o = o};
    int code = check(o);
    for (int i = 1; i <= o->folds && code == EXIT_DONE; i++)
        code = run_fold(&f, i);
    print_end(&f);
    return code;
}
