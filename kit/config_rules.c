/* What concerns several fields at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "group.h"
#include "model.h"
#include "option.h"
#include "suggest.h"
#include "text.h"
#include "value.h"

/* ---------------------------------------------------------------- models */

static bool has_players(const ad_config *c)
{
    return ((const ad_task_record *)c->task.record)->players;
}

/* The one task that has layers of that name; NULL: several have them. */
static const char *owner_of(const char *path)
{
    const ad_record *task;
    for (int i = 0; (task = ad_task_at(i)); i++) {
        const char *lists = ((const ad_task_record *)task)->lists;
        if (lists && suggest_listed(lists, path))
            return task->name;
    }
    return NULL;
}

static void check_model(report *r, const ad_config *c, const ad_layers *model, const char *path,
                        bool wanted)
{
    const char *name = c->task.record->name;
    bool given = config_has(c, path);
    if (wanted && !model && !given) {
        report_add(r, config_place(c, ""), "%s is missing", path);
        report_cure(r, "add '%s:' (the layers, first to last)", path);
    } else if (!wanted && given) {
        const char *owner = owner_of(path);
        report_add(r, config_place(c, path), "%s means nothing with %s%s", path,
                   owner ? "any task but " : "task: ", owner ? owner : name);
        report_cure(r, "take it out, or %s%s", owner ? "write task: " : "choose another task",
                    owner ? owner : "");
    }
}

static void check_models(report *r, const ad_config *c)
{
    if (c->source->bad[rows_find(c->source->rows, "task")])
        return;
    const struct {
        const char *name;
        const ad_layers *layers;
    } all[] = {{"model", c->model},
               {"generator", c->generator},
               {"discriminator", c->discriminator},
               {"encoder", c->encoder},
               {"decoder", c->decoder}};
    const char *lists = ((const ad_task_record *)c->task.record)->lists;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_model(r, c, all[i].layers, all[i].name,
                    suggest_listed(lists ? lists : "model", all[i].name));
    if (strcmp(c->task.record->name, "masked_language_model") != 0)
        check_model(r, c, c->next_sentence, "next_sentence", false);
}

static const char *loss_name(const ad_config *c)
{
    const ad_task_record *task = (const ad_task_record *)c->task.record;
    return config_has(c, "train.loss") || !task->loss ? c->loss.record->name : task->loss;
}

/* Whether the task is another than the one that the row's section is for. */
static bool of_other_task(const ad_config *c, const config_row *row)
{
    const char *task = row->section ? row->section->of_task : NULL;
    return task && row->kind == ROW_OPTION && !suggest_listed(task, c->task.record->name);
}

/* Sections of a task alone. */
static void check_game(report *r, const ad_config *c)
{
    const config_rows *list = c->source->rows;
    if (has_players(c) && config_has(c, "train.loss")) {
        report_add(r, config_place(c, "train.loss"), "train.loss means nothing with task: gan");
        report_cure(r, "take it out: gan.loss says what the players learn");
    }
    for (int i = 0; i < list->count; i++) {
        const config_row *row = &list->row[i];
        if (!of_other_task(c, row) || c->source->places[i].line == 0)
            continue;
        text_buffer tasks = {0};
        option_add_list(&tasks, row->section->of_task, " and ");
        report_add(r, c->source->places[i], "%s means nothing with any task but %s", row->path,
                   tasks.data ? tasks.data : "");
        report_cure(r, "take it out, or write task: %.*s", (int)strcspn(row->section->of_task, " "),
                    row->section->of_task);
        text_done(&tasks);
    }
}

/* A mistake stands in that line already. */
static bool is_refused(const report *r, place at)
{
    for (int i = 0; i < r->count; i++)
        if (r->mistakes[i].at.line == at.line)
            return true;
    return false;
}

/* A linear of no size: of a model's last layer the task says it.  model: NULL: of none. */
static void check_sizes(report *r, const model_list *list, const model_list *model)
{
    for (int i = 0; i < list->count; i++) {
        const model_item *item = &list->item[i];
        const ad_record *record = item->record ? &item->record->record : NULL;
        bool linear = record && strcmp(record->name, "linear") == 0 &&
                      !(model && model_ends_with(model, item));
        const ad_option *out = linear ? record_option(record, "out") : NULL;
        const ad_option *tied = linear ? record_option(record, "tied") : NULL;
        for (int j = 0; j < item->lists; j++)
            check_sizes(r, &item->list[j], model);
        if (!out || *(const int64_t *)((const char *)item->options + out->offset) != AD_SAME ||
            is_refused(r, item->at) ||
            *(const char *const *)((const char *)item->options + tied->offset))
            continue;
        report_add(r, item->at, "linear needs 'out', features after");
        report_cure(r, "write - linear: {out: ...}, a whole number from 1 to 100000000; the "
                       "model's last layer may leave it out");
    }
}

/* The softmax of a softmax: it would train, and badly. */
static void check_last(report *r, const ad_config *c)
{
    static const char *const taken[][2] = {{"softmax", "cross_entropy"},
                                           {"sigmoid", "binary_cross_entropy"}};
    const model_item *last = c->model ? model_last(&c->model->layers) : NULL;
    for (int i = 0; last && i < 2; i++) {
        const char *layer = taken[i][0], *loss = taken[i][1];
        if (strcmp(last->record->record.name, layer) != 0 || strcmp(loss_name(c), loss) != 0)
            continue;
        report_add(r, last->at, "a %s at the end, and %s takes one itself", layer, loss);
        report_cure(r, "leave it out: the loss takes the %s of the last layer itself", layer);
    }
}

/* ---------------------------------------------------------------- names of items */

static int count_named(const model_list *list)
{
    int count = 0;
    for (int i = 0; i < list->count; i++) {
        count += list->item[i].name != NULL;
        for (int j = 0; j < list->item[i].lists; j++)
            count += count_named(&list->item[i].list[j]);
    }
    return count;
}

static void add_named(const model_list *list, const model_item **named, int *count)
{
    for (int i = 0; i < list->count; i++) {
        if (list->item[i].name)
            named[(*count)++] = &list->item[i];
        for (int j = 0; j < list->item[i].lists; j++)
            add_named(&list->item[i].list[j], named, count);
    }
}

static bool before(const place *a, const place *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

static int compare_items(const void *a, const void *b)
{
    const model_item *p = *(const model_item *const *)a, *q = *(const model_item *const *)b;
    int order = strcmp(p->name, q->name);
    return order ? order : before(&q->at, &p->at) - before(&p->at, &q->at);
}

/* A block used twice gives its names twice, from one place: the second use means its own. */
static void check_pair(report *r, const model_item *first, const model_item *second)
{
    bool same_place = !before(&first->at, &second->at) && !before(&second->at, &first->at);
    if (strcmp(first->name, second->name) != 0 || same_place)
        return;
    report_add(r, second->at, "a second layer is named '%s'", second->name);
    report_cure(r, "the first is in line %d: give each its own name", first->at.line);
}

static void check_names(report *r, const ad_layers *model)
{
    int count = 0;
    const model_item **named =
        calloc((size_t)(model ? count_named(&model->layers) : 0) + 1, sizeof *named);
    r->failed = r->failed || !named;
    if (model && named)
        add_named(&model->layers, named, &count);
    if (named)
        qsort(named, (size_t)count, sizeof *named, compare_items);
    for (int i = 1; i < count; i++)
        check_pair(r, named[i - 1], named[i]);
    free(named);
}

/* ---------------------------------------------------------------- pairs of fields */

/* The value of an option of the reader, or NULL. */
static const void *data_option(const ad_config *c, const char *name)
{
    const ad_option *o = record_option(c->data.record, name);
    return o ? (const char *)c->data.options + o->offset : NULL;
}

static void check_classes(report *r, ad_config *c)
{
    const ad_names *names = data_option(c, "names");
    const int64_t *classes = data_option(c, "classes");
    if (!names || !classes || names->count == 0)
        return;
    if (names->count == 1) {
        report_add(r, config_place(c, "data.names"), "data.names has one name only");
        report_cure(r, "write the names of all classes in brackets: [cat, dog]");
    } else if (*classes > 0 && names->count != *classes) {
        report_add(r, config_place(c, "data.names"), "%d names for %lld classes", names->count,
                   (long long)*classes);
        report_cure(r, "give each class one name, or leave data.classes out");
    }
}

/* A reader of files, and no file is named. */
static void check_data(report *r, const ad_config *c)
{
    const ad_record *record = c->data.record;
    const ad_option *path = record_option(record, "path");
    if (!path || path->required || c->source->bad[rows_find(c->source->rows, "data.format")] ||
        c->source->bad[rows_find(c->source->rows, "data")])
        return;
    for (int i = 0; i < record->options; i++) {
        const ad_option *o = &record->option[i];
        char name[ROW_PATH_MAX];
        snprintf(name, sizeof name, "data.%s", o->name);
        if (o->type == AD_OPTION_PATH && config_has(c, name))
            return;
    }
    report_add(r, config_place(c, "data"), "data.path is missing");
    report_cure(r, "add data: {path: PATH} (%s), give --data PATH, or choose format: digits",
                path->help);
}

static void check_folds(report *r, const ad_config *c)
{
    if (c->parts.folds == 1) {
        report_add(r, config_place(c, "data.folds"), "one fold leaves nothing to train with");
        report_cure(r, "give 2 or more, such as 5");
    } else if (c->parts.folds > 0 && c->parts.fold > c->parts.folds) {
        report_add(r, config_place(c, "data.fold"), "fold %lld of %lld", (long long)c->parts.fold,
                   (long long)c->parts.folds);
        report_cure(r, "give a number from 1 to %lld", (long long)c->parts.folds);
    }
}

static void check_training(report *r, const ad_config *c)
{
    if (c->train.early_stopping.patience > 0 && !(c->parts.validation > 0)) {
        report_add(r, config_place(c, "train.early_stopping.patience"),
                   "early stopping measures by a validation set, and there is none");
        report_cure(r, "set data.validation, such as 0.1");
    }
    const ad_schedule *schedule = c->schedule.options;
    if (schedule->shape == AD_RATE_PLATEAU && !(c->parts.validation > 0)) {
        report_add(r, config_place(c, "train.schedule.method"),
                   "a plateau is seen by a validation set, and there is none");
        report_cure(r, "set data.validation, such as 0.1");
    }
    for (int i = 1; i < schedule->at.count; i++)
        if (schedule->at.value[i] <= schedule->at.value[i - 1]) {
            report_add(r, config_place(c, "train.schedule.at"), "the epochs of at do not rise");
            report_cure(r, "write them in their order, each once");
            break;
        }
    int joined = c->schedules.count, at = c->train.schedules_at.count;
    if (joined > AD_NUMBERS_MAX || at != (joined ? joined - 1 : 0)) {
        report_add(r, config_place(c, "train.schedules_at"),
                   "%d schedules follow one another at "
                   "%d epochs",
                   joined, at);
        report_cure(r, "say for each but the first when it begins: schedules_at: [5, 10]");
    }
    for (int i = 1; i < at; i++)
        if (c->train.schedules_at.value[i] <= c->train.schedules_at.value[i - 1]) {
            report_add(r, config_place(c, "train.schedules_at"), "the epochs do not rise");
            report_cure(r, "write them in their order, each once");
            break;
        }
    for (int i = 0; i < joined; i++)
        if (((const ad_schedule *)c->schedules.choice[i].options)->shape == AD_RATE_PLATEAU) {
            report_add(r, config_place(c, "schedules"), "a plateau is not joined with others");
            report_cure(r, "let it stand alone: train: {schedule: {method: plateau}}");
        }
    bool cycles = schedule->shape == AD_RATE_ONE_CYCLE || schedule->shape == AD_RATE_CYCLIC;
    bool moves = strcmp(c->optimizer.record->name, "sgd") == 0;
    if (c->train.cycle_momentum && (!cycles || !moves || joined || has_players(c))) {
        report_add(r, config_place(c, "train.cycle_momentum"),
                   "momentum cycles with the rate of one schedule, one_cycle or cyclic, of method "
                   "sgd and one model");
        report_cure(r, "take it out, or write optimizer: {method: sgd}, schedule: {method: "
                       "one_cycle}");
    }
    if (c->train.average > 0 && c->train.swa > 0) {
        report_add(r, config_place(c, "train.swa"),
                   "swa and average are both means of the weights");
        report_cure(r, "leave one of them out");
    }
    if (c->train.no_decay.count > 8) {
        report_add(r, config_place(c, "train.no_decay"), "train.no_decay has %d patterns",
                   c->train.no_decay.count);
        report_cure(r, "8 at most: * stands for any text, *bias");
    }
    groups_check_file(r, c);
    initializers_check_file(r, c);
    const ad_option *nesterov = record_option(c->optimizer.record, "nesterov");
    const ad_optimizer_options *o = c->optimizer.options;
    if (nesterov && o->nesterov && !(o->momentum > 0)) {
        report_add(r, config_place(c, "train.optimizer.nesterov"),
                   "nesterov looks ahead by the momentum, which is 0");
        report_cure(r, "set train.optimizer.momentum, such as 0.9");
    }
}

/* ---------------------------------------------------------------- minimizers */

/* What of a layer makes values at random, or of the other examples, in training; NULL: nothing. */
static const char *not_fixed(const model_item *item)
{
    const ad_layer_record *l = item->kind == ITEM_LAYER ? item->record : NULL;
    if (!l)
        return NULL;
    if (suggest_listed("dropout spatial_dropout drop_path alpha_dropout gaussian_noise "
                       "gaussian_dropout drop_connect",
                       l->record.name))
        return "draws at random";
    if (l->over_batch)
        return "learns its averages batch by batch";
    for (int i = 0; i < l->record.options; i++) {
        const ad_option *o = &l->record.option[i];
        const void *at = (const char *)item->options + o->offset;
        if (o->type == AD_OPTION_NUMBER && (strstr(o->name, "drop") || !strcmp(o->name, "zoneout")))
            if (*(const double *)at > 0)
                return "draws at random";
        if (o->type == AD_OPTION_TRUTH && !strcmp(o->name, "carry") && *(const bool *)at)
            return "goes on from batch to batch";
    }
    return NULL;
}

static void check_fixed(report *r, const ad_config *c, const model_list *list)
{
    for (int i = 0; i < list->count; i++) {
        const model_item *item = &list->item[i];
        const char *why = not_fixed(item);
        for (int k = 0; k < item->lists; k++)
            check_fixed(r, c, &item->list[k]);
        if (!why || is_refused(r, item->at))
            continue;
        report_add(r, item->at, "%s %s, and method %s needs a loss that is the same each time",
                   item->record->record.name, why, c->optimizer.record->name);
        report_cure(r, "take it out, or choose method: adam");
    }
}

/* Keys of steps that a method of all examples does not make. */
static void check_whole(report *r, const ad_config *c)
{
    const ad_schedule *schedule = c->schedule.options;
    const struct {
        const char *path;
        bool on;
    } all[] = {{"train.mode", c->train.mode == 2},
               {"train.accumulate", c->train.accumulate > 1},
               {"train.clip_norm", c->train.clip_norm > 0},
               {"train.clip_value", c->train.clip_value > 0},
               {"train.clip_adaptive", c->train.clip_adaptive > 0},
               {"train.balance", c->train.balance},
               {"data.weight", c->parts.weight != NULL},
               {"train.average", c->train.average > 0},
               {"train.swa", c->train.swa > 0},
               {"train.sam", c->train.sam > 0},
               {"train.lookahead", c->train.lookahead > 0},
               {"train.groups", c->groups.count > 0},
               {"train.gradient_noise", c->train.gradient_noise > 0},
               {"train.skip_nonfinite", c->train.skip_nonfinite},
               {"train.freeze_epochs", c->train.freeze_epochs > 0},
               {"train.constraints.l1", c->train.constraints.l1 > 0},
               {"train.constraints.l2", c->train.constraints.l2 > 0},
               {"train.constraints.group_lasso", c->train.constraints.group_lasso > 0},
               {"train.constraints.max_norm", c->train.constraints.max_norm > 0},
               {"train.schedule", schedule->shape != AD_RATE_CONSTANT || schedule->warmup > 0},
               {"schedules", c->schedules.count > 0},
               {"augment", c->augment.count > 0}};
    const char *method = c->optimizer.record->name, *task = c->task.record->name;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].on) {
            report_add(r, config_place(c, all[i].path),
                       "%s means nothing with method %s, which looks at all examples as they are "
                       "and searches its own steps",
                       all[i].path, method);
            report_cure(r, "take it out, or choose method: adam");
        }
    if (has_players(c) || strcmp(task, "masked_language_model") == 0) {
        report_add(r, config_place(c, "train.optimizer.method"),
                   "method %s needs a loss that is the same each time, and that of task %s is not",
                   method, task);
        report_cure(r, "choose method: adam");
    }
    if (c->model)
        check_fixed(r, c, &c->model->layers);
}

void config_check(report *r, ad_config *c)
{
    check_models(r, c);
    if (!c->source->bad[rows_find(c->source->rows, "task")])
        check_game(r, c);
    check_last(r, c);
    if (c->model)
        check_sizes(r, &c->model->layers, &c->model->layers);
    if (c->generator)
        check_sizes(r, &c->generator->layers, NULL);
    if (c->discriminator)
        check_sizes(r, &c->discriminator->layers, NULL);
    if (c->encoder)
        check_sizes(r, &c->encoder->layers, NULL);
    if (c->decoder)
        check_sizes(r, &c->decoder->layers, NULL);
    if (c->next_sentence)
        check_sizes(r, &c->next_sentence->layers, &c->next_sentence->layers);
    check_classes(r, c);
    check_data(r, c);
    check_folds(r, c);
    check_training(r, c);
    if (ad_config_is_whole(c))
        check_whole(r, c);
    check_names(r, c->model);
    check_names(r, c->generator);
    check_names(r, c->discriminator);
    check_names(r, c->encoder);
    check_names(r, c->decoder);
    check_names(r, c->next_sentence);
}
