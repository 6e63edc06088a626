/* Faults of runs: a row for each, with its exit code and the command that helps. */
#include "fault.h"

#include <stdio.h>
#include <string.h>

#include "remedy.h"

/* by: words before the command; command REMEDIES: none. */
typedef struct row {
    int code;
    const char *by;
    remedy command;
} row;

static const row rows[] = {
    [AD_RUN_NO_FAULT] = {EXIT_FAILED, NULL, REMEDIES},
    [AD_RUN_THERE] = {EXIT_USAGE,
                      "give --force to write over it, or another --out; to go on with it:",
                      REMEDY_RESUME},
    [AD_RUN_LOCKED] = {EXIT_USAGE, NULL, REMEDIES},
    [AD_RUN_MISSING] = {EXIT_USAGE, "make one:", REMEDY_START},
    [AD_RUN_NO_CHECKPOINT] = {EXIT_USAGE, NULL, REMEDY_BEGIN},
    [AD_RUN_NO_MODEL] = {EXIT_USAGE, "go on with:", REMEDY_RESUME},
    [AD_RUN_OTHER_CONFIG] = {EXIT_USAGE,
                             "train.epochs, train.checkpoint and --data may change, and by --set "
                             "without FILE also train.optimizer.rate, train.clip_norm, "
                             "train.clip_value and train.early_stopping; to go on with it as it "
                             "is:",
                             REMEDY_RESUME},
    [AD_RUN_OTHER_PLAN] = {EXIT_USAGE, NULL, REMEDIES}, /* train.c says more */
    [AD_RUN_OTHER_DATA] = {EXIT_DATA, NULL, REMEDIES},
    [AD_RUN_OTHER_NETWORK] = {EXIT_USAGE,
                              "to begin with that network leave FILE out, or give the model it "
                              "was trained with; to take what fits name it, --match 'conv*'; names "
                              "of another program go by --names MAP",
                              REMEDIES},
    [AD_RUN_BAD_CONFIG] = {EXIT_USAGE, NULL, REMEDIES},
    [AD_RUN_BAD_BATCH] = {EXIT_USAGE, NULL, REMEDIES}, /* train.c says more */
    [AD_RUN_BAD_DATA] = {EXIT_DATA, NULL, REMEDIES},
    [AD_RUN_NOT_WRITTEN] = {EXIT_RESOURCES,
                            "what was stored before is still there: make room, or choose another "
                            "--out that can be written to",
                            REMEDIES},
    [AD_RUN_DAMAGED] = {EXIT_FAILED,
                        "copy the file again if it was copied, or train again:", REMEDY_OVERWRITE},
    [AD_RUN_DIVERGED] = {EXIT_DIVERGED, NULL, REMEDIES}, /* train.c says more */
};

/* Reports on a configuration begin with their file. */
static void print_words(ad_run_fault fault)
{
    bool own = fault == AD_RUN_BAD_CONFIG || fault == AD_RUN_BAD_DATA || fault == AD_RUN_BAD_BATCH;
    say_words(own ? "" : "adze: ", ad_kit_error(), fault);
}

/* A training that was killed before its first checkpoint left its configuration. */
static bool has_config(const char *folder)
{
    ad_config *config;
    bool has = ad_run_config(folder, NULL, 0, &config) == AD_OK;
    ad_config_free(config);
    return has;
}

static remedy command_for(ad_run_fault fault, const options *o, const char *folder)
{
    bool kept = fault == AD_RUN_NO_CHECKPOINT && o->word_count == 0 && has_config(folder);
    return kept ? REMEDY_OVERWRITE : rows[fault].command;
}

/* Of a fold: all are gone on with. */
static void print_command(ad_run_fault fault, const options *o, const char *folder)
{
    remedy which = command_for(fault, o, folder);
    options all = o->folded ? *o->folded : *o;
    all.force = false;
    if (o->folded && which == REMEDY_RESUME)
        remedy_print(stderr, REMEDY_FOLDS, &(remedy_values){.o = &all});
    else
        remedy_print(stderr, which, &(remedy_values){.out = folder, .o = o});
}

int say_run(ad_status status, const options *o, const char *folder)
{
    ad_run_fault fault = ad_run_why();
    const row *r = &rows[fault];
    if (status == AD_ERROR_MEMORY)
        return say_no_memory();
    print_words(fault);
    if (r->by && (r->command == REMEDIES || folder))
        fprintf(stderr, "  %s\n", r->by);
    if (r->command != REMEDIES && folder)
        print_command(fault, o, folder);
    return r->code;
}
