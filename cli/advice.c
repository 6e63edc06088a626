/* What to try next: rules of thumb over the curves of a training, each with the command that does
 * it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"
#include "remedy.h"
#include "train.h"

static double rate_of(const ad_config *c)
{
    return ((const ad_optimizer_options *)c->optimizer.options)->rate;
}

static void setting_number(char *words, size_t size, const char *path, double value)
{
    snprintf(words, size, "%s=%.3g", path, value);
}

static void print_changed(const training *t, const char *setting)
{
    remedy_print_changed(stdout, t->o, true, setting);
}

/* With a plan over the epochs a network goes on by a plan of its own; see plan.h. */
static void advise_more_epochs(const training *t)
{
    char setting[48];
    const ad_config *c = t->config;
    if (c->train.steps > 0) { /* whatever the epochs are */
        snprintf(setting, sizeof setting, "train.steps=%lld", 2 * (long long)c->train.steps);
        if (!t->o->out)
            print_changed(t, setting);
        return;
    }
    remedy_values v = {.out = t->o->out, .whole = 2 * (long long)c->train.epochs};
    snprintf(setting, sizeof setting, "train.epochs=%lld", v.whole);
    if (!t->o->out) {
        print_changed(t, setting);
    } else if (plan_has_length(c)) {
        v.whole = c->train.epochs;
        v.number = plan_further_rate(c, t->r.at.step, ad_source_count(t->data.train));
        printf("    (a cosine over %lld epochs of its own, from a rate of %.3g)\n", v.whole,
               v.number);
        remedy_print(stdout, REMEDY_FURTHER, &v);
    } else {
        remedy_print(stdout, REMEDY_LONGER, &v);
    }
}

/* By more than a twentieth in an epoch. */
static bool still_falls(const training *t)
{
    return t->r.before > 0 && t->r.loss < 0.95 * t->r.before;
}

/* The weights that are kept are older than the last, so more epochs would be lost as well. */
static bool held_rises(const training *t)
{
    return t->r.best_epoch > 0 && t->r.best_epoch < t->r.at.epoch && t->r.held > 1.02 * t->r.best;
}

static void advise_longer(const training *t)
{
    if (t->r.end == AD_END_EARLY || t->r.end == AD_END_CONVERGED || held_rises(t) ||
        !still_falls(t))
        return;
    printf("  - the training loss still falls (%.5g to %.5g): train longer\n", t->r.before,
           t->r.loss);
    advise_more_epochs(t);
}

static void advise_rate(const training *t)
{
    char setting[64];
    if (ad_config_is_whole(t->config))
        return;
    setting_number(setting, sizeof setting, "train.optimizer.rate", rate_of(t->config) / 3);
    if (t->r.before > 0 && t->r.loss > t->r.before) {
        printf("  - the training loss rose in the last epoch: lower the rate\n");
        print_changed(t, setting);
    } else if (!t->config->schedules.count &&
               ((const ad_schedule *)t->config->schedule.options)->shape == AD_RATE_CONSTANT &&
               t->r.at.epoch >= 5 && !still_falls(t)) {
        /* while the loss falls, half the rate is half the way */
        printf("  - the rate is constant: let it fall\n");
        print_changed(t, "train.schedule.method=cosine");
    }
}

/* Better than chance by half, or nothing was learned: steps too large where the loss is above that
 * of an even guess or rises, else too small. */
static bool advise_start(const training *t, const measure *m)
{
    char setting[64];
    double even = log((double)m->classes), rate = rate_of(t->config);
    bool entropy = strcmp(t->config->loss.record->name, "cross_entropy") == 0;
    ad_measured accuracy;
    if (ad_config_is_whole(t->config) || !ad_run_accuracy(m, &accuracy) ||
        accuracy.value > 1.5 / (double)m->classes)
        return false;
    bool large = (entropy && t->r.loss > 1.05 * even) ||
                 (t->r.before > 0 && t->r.loss > t->r.before) || rate > 0.1;
    bool still = t->r.before > 0 && fabs(t->r.before - t->r.loss) < 1e-3 * t->r.before;
    setting_number(setting, sizeof setting, "train.optimizer.rate",
                   large   ? rate / 10
                   : still ? 10 * rate
                           : 3 * rate);
    printf("  - this is hardly better than guessing: look at the data, and try a %s rate\n",
           large ? "lower" : "higher");
    print_changed(t, setting);
    if (!large && !still && t->r.before > 0 && t->r.loss < t->r.before) {
        printf("  - the training loss falls (%.5g to %.5g): or train longer\n", t->r.before,
               t->r.loss);
        advise_more_epochs(t);
    }
    return true;
}

/* Holding images out takes them from the training, so there is no command for it: it shows more and
 * teaches less. */
static void advise_overfitting(const training *t, const measure *m)
{
    if (!t->data.validation) {
        if (measure_loss(m) > 1.5 * t->r.loss)
            printf("  - the test loss is far above the training loss (%.5g, %.5g): more dropout or "
                   "train.optimizer.decay;\n    data.validation=0.1 would show when it begins to "
                   "overfit, at the cost of a tenth of the training examples\n",
                   measure_loss(m), t->r.loss);
        return;
    }
    if (t->r.held > 1.5 * t->r.loss)
        printf("  - the validation loss is far above the training loss (%.5g, %.5g): more dropout "
               "or train.optimizer.decay\n",
               t->r.held, t->r.loss);
}

/* "3 three", or "3" where that is its name or it has none. */
static void print_class(const ad_run_data *data, int64_t number)
{
    char digits[24];
    char *const *names = number < ad_run_classes(data) ? ad_run_names(data) : NULL;
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    bool named = names && strcmp(names[number], digits) != 0;
    printf("%s%s%s", digits, named ? " " : "", named ? names[number] : "");
}

static void advise_confusion(const training *t, const measure *m)
{
    int64_t most = 0, row = 0, column = 0;
    for (int64_t i = 0; i < m->classes * m->classes; i++)
        if (i / m->classes != i % m->classes && m->matrix[i] > most) {
            most = m->matrix[i];
            row = i / m->classes;
            column = i % m->classes;
        }
    if (most == 0)
        return;
    printf("  - most often, class ");
    print_class(&t->data, row);
    printf(" is taken for ");
    print_class(&t->data, column);
    printf(" (%lld example%s): look at those\n", (long long)most, most == 1 ? "" : "s");
}

/* Pictures themselves are asked about, not tables that name them. */
static bool takes_images(const ad_schema *schema)
{
    const ad_record *reader = ad_record_find(ad_reader_at, schema->reader);
    for (int i = 0; reader && i < reader->options; i++)
        if (strcmp(reader->option[i].name, "types") == 0)
            return false;
    for (int i = 0; i < schema->fields; i++)
        if (schema->field[i].meaning == AD_MEANS_IMAGE)
            return true;
    return false;
}

static void advise_storing(const training *t)
{
    bool image = t->data.schema && takes_images(t->data.schema);
    const remedy_values v = {.out = t->o->out, .setting = image ? "IMAGE" : "FILE"};
    if (!t->o->out) {
        printf("  - nothing was stored: give --out DIR to keep the network\n");
        return;
    }
    bool writes = strcmp(t->data.task->record.name, "language_model") == 0;
    bool masked = t->data.task->of_text && !writes;
    bool makes = t->data.task->makes || writes;
    printf("  - look at %s/report.html in a browser; measure the network, or %s\n", t->o->out,
           writes   ? "let it write"
           : makes  ? "let it make examples"
           : masked ? "ask it what stands in the gaps, [MASK], of other texts"
           : image  ? "ask it about images"
                    : "ask it about other rows");
    remedy_print(stdout, REMEDY_EVAL, &v);
    remedy_print(stdout, writes ? REMEDY_WRITE : makes ? REMEDY_SAMPLE : REMEDY_PREDICT, &v);
}

void train_advise(const training *t, const measure *m)
{
    if (t->r.end == AD_END_EARLY || t->r.best_epoch > 0)
        printf("\n%sthe weights are those of epoch %lld, of the lowest validation %s (%.5g)\n",
               t->r.end == AD_END_EARLY ? "stopped early; " : "", (long long)t->r.best_epoch,
               t->data.task->players ? "energy distance" : "loss", t->r.best);
    printf("\nwhat to try next\n");
    if (t->data.task->players) {
        printf("  - two players: losses that stay where they are say that neither wins; what "
               "counts is "
               "the energy\n    distance, 0 where examples are as the data is: train while it "
               "falls\n");
    } else if (!advise_start(t, m)) {
        advise_longer(t);
        advise_rate(t);
        advise_overfitting(t, m);
        advise_confusion(t, m);
    }
    advise_storing(t);
    printf("\n");
}
