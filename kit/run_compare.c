/* Going on with a run: what has to be as it was. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "run.h"
#include "text.h"

/* ---------------------------------------------------------------- lines that are compared */

enum { DEPTH = 8, KEY_SIZE = 48 };

/* Where a line of YAML stands: the keys above it by their indents. */
typedef struct path {
    char key[DEPTH][KEY_SIZE];
} path;

static size_t line_size(const char *line)
{
    return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
    line += line_size(line);
    return line + (*line != 0);
}

static void enter(path *p, const char *line)
{
    size_t depth = strspn(line, " ") / 2, size = strcspn(line, ":\n");
    if (depth >= DEPTH)
        return;
    for (size_t i = depth; i < DEPTH; i++)
        p->key[i][0] = 0;
    snprintf(p->key[depth], KEY_SIZE, "%.*s", (int)(size - 2 * depth), line + 2 * depth);
}

static bool is_under(const path *p, const char *wanted)
{
    for (int i = 0; i < DEPTH && *wanted; i++) {
        size_t size = strcspn(wanted, ".");
        if (strlen(p->key[i]) != size || strncmp(p->key[i], wanted, size) != 0)
            return false;
        wanted += size + (wanted[size] == '.');
    }
    return true;
}

/* A longer training and data that moved are the same run.  Other steps from here on are wanted
 * where a person sets them on top of the run's own configuration (own), and a mistake where they
 * stand in another file. */
static bool may_change(const path *p, bool own)
{
    static const char *const fields[] = {
        "train.epochs",    "train.steps",          "train.checkpoint",     "data.path",
        "metrics",         "train.optimizer.rate", "train.early_stopping", "train.clip_norm",
        "train.clip_value"};
    enum { ALWAYS = 5, ALL = sizeof fields / sizeof *fields };
    for (int i = 0; i < (own ? ALL : ALWAYS); i++)
        if (is_under(p, fields[i]))
            return true;
    return false;
}

static const char *skip_changing(path *p, const char *line, bool own)
{
    for (; *line; line = next_line(line)) {
        enter(p, line);
        if (!may_change(p, own))
            break;
    }
    return line;
}

static ad_status same_config(const char *folder, const char *old, const char *now, bool own)
{
    path a = {{{0}}}, b = {{{0}}};
    for (;; old = next_line(old), now = next_line(now)) {
        old = skip_changing(&a, old, own);
        now = skip_changing(&b, now, own);
        size_t size = line_size(old);
        if (!*old && !*now)
            return AD_OK;
        if (size == line_size(now) && memcmp(old, now, size) == 0)
            continue;
        const char *line = *now ? now : old;
        line += strspn(line, " ");
        return run_fail(AD_RUN_OTHER_CONFIG, AD_ERROR_ARGUMENT,
                        "the run in %s has another configuration: see '%.*s'\n", folder,
                        (int)line_size(line), line);
    }
}

/* ---------------------------------------------------------------- what the data is */

static ad_status describe_part(text_buffer *t, const char *part, ad_source *source)
{
    uint64_t hash;
    const ad_source_field *field;
    if (!source)
        return AD_OK;
    if (ad_source_fingerprint(source, &hash) != AD_OK)
        return run_fail_core(AD_RUN_BAD_DATA);
    int fields = ad_source_fields(source, &field);
    text_add_format(t, "%s examples: %" PRId64 "\n", part, ad_source_count(source));
    for (int i = 0; i < fields; i++) {
        text_add_format(t, "%s field %s: %s", part, field[i].name, ad_type_name(field[i].type));
        for (int k = 0; k < field[i].shape.rank; k++)
            if (field[i].shape.size[k] == AD_VARYING)
                text_add(t, k ? " x open" : " open");
            else
                text_add_format(t, "%s%" PRId64, k ? " x " : " ", (int64_t)field[i].shape.size[k]);
        text_add(t, "\n");
    }
    text_add_format(t, "%s values: %016" PRIx64 "\n", part, hash);
    return AD_OK;
}

ad_status run_describe(const ad_run_data *data, char **text)
{
    text_buffer t = {0};
    *text = NULL;
    ad_status status = describe_part(&t, "training", data->train);
    if (status == AD_OK)
        status = describe_part(&t, "validation", data->validation);
    if (status != AD_OK) {
        text_done(&t);
        return status;
    }
    *text = text_take(&t);
    return *text ? AD_OK : run_failed(AD_RUN_NO_FAULT, message_no_memory());
}

static ad_status refuse_data(const char *folder, const char *old, const char *now)
{
    return run_fail(AD_RUN_OTHER_DATA, AD_ERROR_ARGUMENT,
                    "the run in %s was made with other data: it had '%.*s', now there is '%.*s'\n"
                    "  give the data it was made with, or begin another training\n",
                    folder, (int)line_size(old), old, (int)line_size(now), now);
}

ad_status run_same_data(const char *folder, const char *now)
{
    char *stored;
    ad_status status = run_read(folder, "data.txt", &stored);
    if (status != AD_OK || !stored)
        return status;
    for (const char *old = stored; status == AD_OK && (*old || *now);
         old = next_line(old), now = next_line(now)) {
        size_t size = line_size(old);
        if (size != line_size(now) || memcmp(old, now, size) != 0)
            status = refuse_data(folder, old, now);
    }
    free(stored);
    return status;
}

bool ad_run_is_data(const char *folder, const ad_config *config, const ad_run_data *data)
{
    char line[64], *stored = NULL;
    uint64_t hash = 0;
    if (!data->train || run_read(folder, "data.txt", &stored) != AD_OK || !stored)
        return false;
    snprintf(line, sizeof line, "training examples: %" PRId64 "\n", ad_source_count(data->train));
    bool same = strncmp(stored, line, strlen(line)) == 0;
    if (same && config->augment.count == 0) {
        same = ad_source_fingerprint(data->train, &hash) == AD_OK;
        snprintf(line, sizeof line, "\ntraining values: %016" PRIx64 "\n", hash);
        same = same && strstr(stored, line);
    }
    free(stored);
    return same;
}

/* ---------------------------------------------------------------- all of it */

static ad_status count_examples(const char *folder, int64_t *examples)
{
    char *text;
    ad_status status = run_read(folder, "data.txt", &text);
    const char *found = text ? strstr(text, "training examples: ") : NULL;
    *examples = found ? strtoll(found + strlen("training examples: "), NULL, 10) : 0;
    free(text);
    return status;
}

/* Of the newest checkpoint, by its name and the history. */
static ad_status find_position(const char *folder, ad_fit_position *at)
{
    history h;
    *at = (ad_fit_position){.step = run_state_before(folder, "step", INT64_MAX)};
    ad_status status = history_read(&h, folder);
    for (int64_t i = 0; status == AD_OK && i < h.rows; i++)
        if (h.row[i].value[HISTORY_STEP] <= (double)at->step)
            at->epoch = (int64_t)h.row[i].value[HISTORY_EPOCH];
    history_done(&h);
    return status == AD_OK ? count_examples(folder, &at->examples) : status;
}

static double next_rate(const ad_config *c, const ad_fit_position *at)
{
    ad_schedule s[AD_NUMBERS_MAX + 1];
    int64_t batch = config_batch(c, at->examples);
    config_schedules(c, (at->examples + batch - 1) / batch, s);
    return ad_schedule_rate(s, at->step);
}

static bool has_length(const ad_config *c)
{
    int last = c->schedules.count - 1;
    return ad_schedule_has_length(last >= 0 ? c->schedules.choice[last].options
                                            : c->schedule.options);
}

/* Some schedules fall over all steps of a run: with other epochs the rate of the next step would be
 * another than the one that the run came down to. */
static ad_status check_plan(const char *folder, const ad_config *old, const ad_config *now,
                            const ad_fit_position *at)
{
    bool same = old->train.steps == now->train.steps &&
                (old->train.steps > 0 || old->train.epochs == now->train.epochs);
    if (!has_length(now) || same)
        return AD_OK;
    return run_fail(
        AD_RUN_OTHER_PLAN, AD_ERROR_ARGUMENT,
        "the rate of the run in %s follows the schedule %s over %lld epochs, of which %lld "
        "are done, and %lld would be another plan\n  the rate of the next step would "
        "be %.3g instead of %.3g: the losses would jump\n",
        folder, now->schedule.record->name, (long long)old->train.epochs, (long long)at->epoch,
        (long long)now->train.epochs, next_rate(now, at), next_rate(old, at));
}

ad_status ad_run_check(const ad_run_folder *run, const ad_config *config, ad_fit_position *at)
{
    ad_config *old;
    ad_status status = ad_run_config(run->folder, NULL, 0, &old);
    if (status != AD_OK)
        return status;
    char *before = ad_config_text(old, run->folder), *now = ad_config_text(config, run->folder);
    status = before && now ? find_position(run->folder, at)
                           : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    if (status == AD_OK)
        status = same_config(run->folder, before, now, strcmp(config->file, old->file) == 0);
    if (status == AD_OK)
        status = check_plan(run->folder, old, config, at);
    free(before);
    free(now);
    ad_config_free(old);
    return status;
}
