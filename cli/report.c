/* `adze report RUN`: writes report.html anew; of two runs, which is better. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <adze/report.h>

#include "fault.h"

static int write_report(const options *o)
{
    const char *folder = o->words[0];
    ad_status status = ad_report_write(&(ad_report_options){
        .folder = folder, .out = o->out, .threads = o->threads, .moved = o->data});
    if (status != AD_OK)
        return say_run(status, o, folder);
    if (o->out)
        printf("%s\n", o->out);
    else
        printf("%s/report.html\n", folder);
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- two of them */

static void print_keys(const options *o, const ad_run_comparison *c)
{
    int path = 3, a = (int)strlen(o->words[0]);
    for (int i = 0; i < c->keys; i++) {
        const ad_run_key *k = &c->key[i];
        path = (int)strlen(k->path) > path ? (int)strlen(k->path) : path;
        a = k->a && (int)strlen(k->a) > a ? (int)strlen(k->a) : a;
    }
    a = a > 40 ? 40 : a;
    if (c->keys == 0)
        printf("their configurations are the same\n");
    else
        printf("%-*s  %-*s  %s\n", path, "configured", a, o->words[0], o->words[1]);
    for (int i = 0; i < c->keys; i++) {
        const ad_run_key *k = &c->key[i];
        printf("%-*s  %-*s  %s\n", path, k->path, a, k->a ? k->a : "-", k->b ? k->b : "-");
    }
}

static void print_difference(const ad_run_difference *d)
{
    if (d->share)
        printf("  %-10s %8.2f %%  %8.2f %%   %+.2f (%+.2f to %+.2f)\n", d->name, 100 * d->a,
               100 * d->b, 100 * d->difference, 100 * d->low, 100 * d->high);
    else
        printf("  %-10s %10.5g  %10.5g   %+.3g (%+.3g to %+.3g)\n", d->name, d->a, d->b,
               d->difference, d->low, d->high);
}

static void print_verdict(const options *o, const ad_run_comparison *c)
{
    const ad_run_difference *d = &c->difference[0];
    double scale = d->share ? 100 : 1, by = scale * fabs(d->difference);
    if (c->verdict == AD_RUN_NOT_TOLD)
        printf("which is better cannot be told with %lld examples: the interval of the difference "
               "in %s holds 0\n",
               (long long)c->examples, d->name);
    else
        printf("%s is %s than %s: its %s is %s by %.3g%s (95 %% interval %.3g to %.3g)\n",
               o->words[1], c->verdict == AD_RUN_BETTER ? "better" : "worse", o->words[0], d->name,
               d->difference > 0 ? "higher" : "lower", by, d->share ? " points" : "",
               scale * fmin(fabs(d->low), fabs(d->high)),
               scale * fmax(fabs(d->low), fabs(d->high)));
}

static void print_text(const options *o, const ad_run_comparison *c)
{
    print_keys(o, c);
    if (c->unpaired)
        printf("\non the same test text, and the difference with its 95 %% interval (their tokens "
               "differ, so it is not paired)\n");
    else
        printf("\non the same %lld test examples, and the difference with its paired 95 %% "
               "interval\n",
               (long long)c->examples);
    for (int i = 0; i < c->differences; i++)
        print_difference(&c->difference[i]);
    printf("\n");
    print_verdict(o, c);
}

static void print_key_json(const ad_run_key *k)
{
    const char *const side[2] = {k->a, k->b};
    print_json_text(k->path);
    printf(": [");
    for (int i = 0; i < 2; i++) {
        printf("%s", i ? ", " : "");
        if (side[i])
            print_json_text(side[i]);
        else
            printf("null");
    }
    printf("]");
}

static void print_json(const ad_run_comparison *c)
{
    static const char *const words[] = {"not told", "better", "worse"}, *const names[] = {
                                                                            "a", "b", "difference",
                                                                            "low", "high"};
    printf("{\"event\": \"end\", \"verdict\": \"%s\", \"count\": %lld, \"keys\": {",
           words[c->verdict], (long long)c->examples);
    for (int i = 0; i < c->keys; i++) {
        printf("%s", i ? ", " : "");
        print_key_json(&c->key[i]);
    }
    printf("}, \"metrics\": {");
    for (int i = 0; i < c->differences; i++) {
        const ad_run_difference *d = &c->difference[i];
        const double value[] = {d->a, d->b, d->difference, d->low, d->high};
        printf("%s\"%s\": {", i ? ", " : "", d->name);
        for (int k = 0; k < 5; k++) {
            printf("%s\"%s\": ", k ? ", " : "", names[k]);
            print_json_number(value[k]);
        }
        printf("}");
    }
    printf("}}\n");
}

/* The one of the two that is no folder of a run. */
static const char *missing(const options *o)
{
    return access(o->words[0], F_OK) != 0 ? o->words[0] : o->words[1];
}

static int compare(const options *o)
{
    ad_run_comparison c;
    if (o->out)
        return say(EXIT_USAGE, "two runs are compared in words, not in a file\n  leave --out out");
    ad_status status = ad_run_compare(o->words[0], o->words[1], o->threads, &c);
    int code = status == AD_OK ? EXIT_DONE : say_run(status, o, missing(o));
    if (code == EXIT_DONE && o->json)
        print_json(&c);
    else if (code == EXIT_DONE)
        print_text(o, &c);
    ad_run_comparison_done(&c);
    return code;
}

int report_command(const options *o)
{
    return o->word_count > 1 ? compare(o) : write_report(o);
}
