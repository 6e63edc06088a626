/* What the files of a run share: its folder, history and checkpoints. */
#ifndef ADZE_KIT_RUN_H
#define ADZE_KIT_RUN_H

#include <adze/kit.h>

#include "message.h"

struct model_watch;

/* Examples that are measured at once, and how many of a network: fewer where its model says much of
 * each, as for each place of a text a number for every word. */
enum { RUN_MEASURED_AT_ONCE = 500 };
int64_t run_measured_at_once(const ad_run_network *network);

struct ad_run_folder {
    char *folder;
    int lock; /* handle, or -1 */
    ad_run_mode mode;
    bool begun, stored; /* files of this training are there; and a checkpoint is among them */
};

/* ---- failing: sets what ad_run_why says, and the words */
ad_status run_fail(ad_run_fault fault, ad_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The words are there already (ad_kit_error). */
ad_status run_failed(ad_run_fault fault, ad_status status);
/* libadze's words and status; without memory the fault is the status alone. */
ad_status run_fail_core(ad_run_fault fault);
/* AD_RUN_BAD_CONFIG: what is wrong at a path of the configuration, and the cure.  what: NULL where
 * there was no memory for it. */
ad_status run_refused(const ad_config *c, const char *path, const char *what, const char *cure);
/* The same at the task, where the path is not given. */
ad_status run_refused_or_task(const ad_config *c, const char *path, const char *what,
                              const char *cure);
/* The same with words made here. */
ad_status run_refuse(const ad_config *c, const char *path, const char *cure, const char *format,
                     ...) __attribute__((format(printf, 4, 5)));
static inline ad_status no_memory(void)
{
    return run_failed(AD_RUN_NO_FAULT, message_no_memory());
}
/* "FOLDER/name cannot be written: why". */
ad_status run_not_written(const char *folder, const char *name, int why);

/* ---- run_folder.c */
char *run_path(const char *folder, const char *name); /* by malloc; NULL with words */
bool run_has(const char *folder, const char *name);
/* The number of the newest file KIND-N.safetensors with N below step, or -1; and its path. */
int64_t run_state_before(const char *folder, const char *kind, int64_t step);
char *run_state_path(const char *folder, const char *kind, int64_t step);
bool run_has_checkpoint(const char *folder);
/* The text becomes the file, or the old one stays. */
ad_status run_write(const char *folder, const char *name, const char *text);
/* All of a file by malloc; *text is NULL, and the status AD_OK, where there is none. */
ad_status run_read(const char *folder, const char *name, char **text);

/* ---- run_begin.c: before, at and instead of the first checkpoint */
ad_status run_begin(ad_run_folder *run, const char *config, const char *data);
ad_status run_settle(ad_run_folder *run);
void run_abandon(ad_run_folder *run);
/* What a kill left half done is brought to an end, or taken back. */
ad_status run_recover(const char *folder);

/* ---- run_compare.c */
/* Resume: what must be as it was. */
ad_status run_same_data(const char *folder, const char *now);
/* What the data is, a fact a line, by malloc. */
ad_status run_describe(const ad_run_data *data, char **text);

/* ---- run_encode_from.c: the encoder of a text as the run in o->from has it, for a field of that
 * name, or its only one; name: which kind it has to be */
ad_status run_encoder_from(const ad_config *config, const char *name, const ad_text_options *o,
                           const char *field, ad_encoder **encoder);

/* ---- run_augment.c: the training part changed, data->plain what it was */
ad_status run_augment(const ad_config *config, ad_run_data *data);
/* One for each example of the training part, by malloc; NULL where the configuration names none. */
ad_status run_weights(const ad_config *config, const ad_run_data *data, double **weight);

/* ---- config_build.c: examples of a step, of a training part of so many */
int64_t config_batch(const ad_config *config, int64_t examples);
/* The schedules, each the next of the one before, in list, which has room for AD_NUMBERS_MAX + 1;
 * how many. */
int config_schedules(const ad_config *config, int64_t steps_per_epoch, ad_schedule *list);
bool config_rate_changes(const ad_config *config);

/* ---- run_around.c: what the configuration puts around the optimizer */
/* The loss with what is added to it, or taken at other weights. */
ad_tensor *run_around_loss(const ad_config *config, const ad_run_data *data,
                           const ad_run_network *n, ad_tensor *loss);
/* What follows the step of the only player. */
ad_status run_around_step(const ad_config *config, const ad_run_data *data, ad_run_network *n);
/* Of a game nothing stands around. */
ad_status run_around_game(const ad_config *config);
int64_t run_skipped(const ad_run_network *n);

/* ---- run_whole.c: minimizers of train.optimizer */
/* The buffer that a minimizer keeps what it knows in, of a graph that is whole. */
ad_tensor *run_whole_keeps(const ad_config *c, ad_graph *graph);
/* NULL without memory. */
struct run_whole *run_whole_new(const ad_config *c, ad_run_network *n);
void run_whole_free(struct run_whole *whole);
/* ad_player.run; user: a run_whole. */
ad_status run_whole_step(void *user, ad_tensor *const *feed, const ad_array *array, int feeds,
                         double *loss, bool *over);

/* ---- run_initial.c: train.initial fixup, else lsuv */
/* kit/initializer.c: train.initializers, each in its turn. */
ad_status run_initializers(const ad_config *c, ad_run_network *n);
ad_status run_initialize(const ad_config *c, const ad_run_data *data, ad_run_network *n,
                         bool fixup);

/* ---- run_make.c: tasks that make examples */
typedef struct run_maker run_maker;
/* Of the network's state as it is when something is made.  NULL where it cannot be. */
run_maker *run_maker_new(const ad_run_network *n, const ad_run_data *data);
void run_maker_free(run_maker *m); /* takes NULL */
int64_t run_made_width(const ad_run_network *n);
/* Examples from number `first` on, (count, run_made_width), as the graph gives them; steps: of a
 * diffusion, at most all. */
ad_status run_maker_make(run_maker *m, int64_t first, int64_t count, int64_t steps, float *made);
/* The class that an example is told, where one is. */
int32_t run_told_class(const ad_run_data *data, int64_t example);

/* ---- run_judge.c: tasks that make examples */
/* What is made beside `source`: measures behind the others, and *words; nothing without
 * data->samples. */
ad_status run_judge(const ad_run_network *n, const ad_run_data *data, ad_source *source,
                    ad_run_measured *result);
/* The classifier of samples.features fits the data. */
ad_status run_check_judge(const ad_config *c, const ad_run_data *data);

/* ---- run_network.c */
/* A model of the configuration alone, in an empty graph, with one who looks on. */
ad_status run_watch(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                    const ad_layers *model, const struct model_watch *watch);
/* The loss of the network in f64, in n->graph, which is there: for differences.  No optimizer. */
ad_status run_double(const ad_config *config, const ad_run_data *data, ad_run_network *n);
/* As ad_layers_need_two, in an empty graph of its own. */
int run_needs_two(const ad_config *c, const ad_run_data *data, ad_graph *scratch);

/* ---- run_answers.c: what is measured, kept whole */
typedef struct run_keeping {
    ad_metric_kind kind; /* 0: nothing is kept */
    int64_t width, right_width, count, room, examples;
    float *said;      /* (count, width) */
    double *right;    /* (count, right_width) */
    int64_t *example; /* (count); of a forecast blocks of examples that share targets */
    int64_t block;    /* examples of each */
    bool clustered;   /* several rows of one */
    int64_t most;     /* bytes that are kept at most */
    bool unkept;      /* there were more, so nothing is kept */
    double labels;    /* LOSSES: counted so far */
    double *pinball;  /* (losses): of each example the mean over its numbers and quantiles */
    int64_t losses, losses_room;
    int64_t crossed, crossable; /* numbers whose quantiles crossed, of so many */
} run_keeping;

void run_keeping_begin(run_keeping *k, const ad_run_data *data);
void run_keeping_done(run_keeping *k);
/* out: what is measured and the targets of count examples. */
ad_status run_keep(run_keeping *k, const ad_array *out, int64_t count);
/* The same of a language model while its log_loss, which is m, is added to sums. */
ad_status run_keep_losses(run_keeping *k, const ad_measure_record *m, void *sums,
                          const ad_array *out, int64_t count);
/* The metrics of what was kept, into r, in place of the task's own measures (of a language model
 * beside them); and what was kept. */
ad_status run_measure_kept(run_keeping *k, const ad_run_data *data, ad_source *source,
                           ad_run_measured *r);
/* Intervals of what was kept for those of the measures that are metrics, as the network's: of a
 * forecast windows that share targets are drawn together.  k is empty behind it. */
ad_status run_intervals(run_keeping *k, const ad_run_data *data, ad_source *source,
                        ad_measured *list, int count);
/* ---- run_inspect.c: W405; target: the field's name, or NULL */
char *run_left_out_words(int64_t count, const char *target);
extern const char run_left_out_reason[], run_left_out_cure[];

/* ---- run_quantiles.c: of forecasts */
bool run_has_quantiles(const ad_run_data *data);
/* The quantiles of each number in growing order: (batch, numbers quantiles). */
ad_tensor *run_sort_quantiles(const ad_run_data *data, ad_tensor *prediction);
/* Quantile `which` of each number: (batch, numbers). */
ad_tensor *run_one_quantile(const ad_run_data *data, ad_tensor *all, int which);
/* all: as they were before they were sorted, of `count` examples whose targets are right. */
ad_status run_keep_quantiles(run_keeping *k, const ad_run_data *data, const ad_array *all,
                             const ad_array *right, int64_t count);
/* The mean of the pinball losses, with an interval as of mae. */
ad_status run_pinball(const run_keeping *k, const ad_array *cluster, int resamples,
                      ad_metric_value *value);
void run_take_answers(run_keeping *k, const ad_run_data *data, ad_source *source,
                      ad_run_answers *answers);
/* Sets data's threshold by the validation part. */
ad_status run_calibrate(const ad_run_network *network, ad_run_data *data);

/* The metrics of r->answers, which are of that kind, into r. */
ad_status run_measure_answers(const ad_run_data *data, ad_run_measured *r);

/* ---- run_rewrite.c: task sequence_to_sequence: sentences; *cut: how many did not end */
ad_status run_rewrite_answers(const ad_run_network *network, const ad_run_data *data,
                              ad_source *source, void (*progress)(void *user, int64_t done),
                              void *user, ad_run_answers *answers, int64_t *cut);

/* Texts, each ended by a zero, that begin in `all` at those places; takes it. */
struct text_buffer;
ad_status run_hand_over_texts(struct text_buffer *all, const size_t *said, const size_t *right,
                              int64_t count, ad_run_answers *answers);

/* ---- run_measure.c: the loss and the task's own measures alone */
ad_status run_measure_sums(const ad_run_network *network, const ad_run_data *data,
                           ad_source *source, ad_run_measured *result);
/* Of so many classes of a row the first of the largest, as ad_argmax. */
int64_t run_largest(const ad_array *a, int64_t row, int64_t classes);

/* ---- run_model.c */
ad_status run_save_model(const char *folder, const ad_state *state, const ad_run_data *data,
                         const ad_run_network *network);
/* Of the options: the weights of .from that .match names; counts into result. */
ad_status run_begin_from(const ad_run_options *o, ad_run_result *result);
/* All of a model's file but the weights; *graph by malloc.  *weights: the sum of theirs. */
ad_status run_read_model(const char *path, ad_run_data *data, char **graph, uint64_t *weights);
/* The same of a note without its sum; path is for messages.  weights NULL: it may lack theirs. */
ad_status run_parse_model(const char *path, const char *note, ad_run_data *data, char **graph,
                          uint64_t *weights);
/* After the weights of that file were taken: whether they are those that were stored. */
ad_status run_check_weights(const char *path, const ad_graph *inference, const ad_graph *graph,
                            const ad_state *state, uint64_t weights);

/* ---- baseline.c */
/* Seconds that ad_run_baselines would take, by a tenth of its steps.  0: there are none. */
ad_status run_time_baselines(const ad_run_network *network, const ad_run_data *data,
                             ad_source *source, int threads, double *seconds);

/* ---- estimate.c */
double run_clock(void); /* seconds since some moment */
/* The first examples of a source, all where it has fewer; NULL on failure (ad_error). */
ad_source *run_first_of(ad_source *source, int64_t count);

/* ---- model_sum.c */
uint64_t run_sum(uint64_t sum, const void *data, size_t size);
/* Of the variables of inference, as state has them in graph. */
ad_status run_sum_weights(const ad_graph *inference, const ad_graph *graph, const ad_state *state,
                          uint64_t *sum);

/* ---- run_data.c, run_inputs.c */
/* The first field of pictures that is learned from; NULL: none. */
const ad_schema_field *run_image(const ad_schema *schema);
/* The next field of pictures behind `last`, which may be NULL; NULL: no more. */
const ad_schema_field *run_next_image(const ad_schema *schema, const ad_schema_field *last);
/* The reader's parts, one for each ad_part; and what a training makes of them: examples without a
 * target are left out, and parts that are not there are cut off. */
ad_status run_open_parts(const ad_config *config, const ad_run_data *data, ad_source **raw);
ad_status run_settle_parts(const ad_config *config, ad_run_data *data, ad_source **raw);
/* The source with the transform applied, in memory where it is no pictures. */
ad_status run_transformed(const ad_run_data *data, ad_source *raw, ad_source **source);
/* Which fields the model takes, what makes them of the data's, and the task. */
/* The field of data.group becomes one that names rows, where the model does not take it. */
void run_leave_group(const ad_config *config, ad_schema *schema);
ad_status run_decide(const ad_config *config, ad_run_data *data);
ad_status run_fit_transform(const ad_config *config, ad_run_data *data, ad_source *train);
ad_status run_target_moments(ad_run_data *data);

/* ---- run_step_loss.c */
extern const ad_measure_record run_step_loss; /* prediction: the loss; target: classes, -1: none */
double run_steps(const ad_array *wanted);     /* that have a target */

/* ---- run_batch.c */
/* The place of the field called name and ending ("", ".length") in batches, or -1. */
int run_batch_field(const ad_batches *b, const char *name, const char *ending);
/* Examples first, first + 1... of a source, `count` of them; *rows is the caller's to free. */
ad_status run_row_source(ad_source *all, int64_t first, int64_t count, ad_source **rows);
/* In batches of that size, which are the caller's to free, too; where it fails either may be NULL.
 */
ad_status run_row_batches(ad_source *all, int64_t first, int64_t count, int64_t size,
                          ad_source **rows, ad_batches **b);

/* ---- run_tokens.c */
/* Tokens one behind the other; zeros at first, .token is to be freed. */
typedef struct run_tokens {
    int32_t *token;
    int64_t count, room;
} run_tokens;
/* False without memory. */
bool run_tokens_add(run_tokens *all, const int32_t *token, int64_t count);

/* ---- run_encode.c */
/* Fits an encoder for each field of texts and sounds that is taken, on the training part. */
ad_status run_fit_encoders(const ad_config *config, ad_run_data *data, ad_source *train);
/* Whether the features of sounds of all parts, which are encoded, are kept: data->features_read. */
void run_decide_features(ad_run_data *data, ad_source *const *raw, int parts);
/* *source kept in memory, in its place, where it has features that are to be; NULL stays. */
ad_status run_keep_features(const ad_run_data *data, ad_source **source);
/* *source with those fields encoded, in its place; NULL stays.  items: they are to be predicted. */
ad_status run_encode(const ad_run_data *data, ad_source **source, bool items);
bool run_is_encoded(const ad_schema_field *field);
/* The encoder of a field, or NULL. */
const ad_encoder *run_encoder(const ad_run_data *data, const char *field);
/* The task's own examples in the place of train, validation and test. */
ad_status run_examples(const ad_config *config, ad_run_data *data);

/* ---- answer.c */
/* The raw source of items as the model takes it. */
ad_status model_items(const ad_model *model, ad_source *raw, ad_source **items);
/* Of a forecast: the window at the end of the rows, or all of them.  path: for messages. */
ad_status model_windows(const ad_model *model, ad_source *raw, const char *path, bool all,
                        ad_source **items);
/* ad_model_each; all: of a forecast every window of a path; alone: the items without values.
 * options: of texts that are written; or NULL. */
ad_status model_each(ad_model *model, const char *const *path, int count, bool all, bool alone,
                     const ad_rewrite_options *options,
                     ad_status (*take)(void *user, const ad_answers *answers), void *user);

/* ---- run_check.c: refused with the place in the configuration, or the example */
ad_status run_check_config(const ad_config *config, const ad_run_data *data);
/* Metrics that the task, or its number of classes, gives no meaning. */
ad_status run_check_metrics(const ad_config *config, const ad_run_data *data);
ad_status run_check_inputs(const ad_config *config, const ad_run_data *data);
/* Of the targets of a batch; part in words. */
ad_status run_check_values(const ad_run_data *data, const char *part, const ad_source_field *field,
                           int fields, const ad_batch *batch);

/* ---- model_step.c: NULL, and ad_error, where the text is no graph of one token */
struct model_step *model_step_new(ad_context *context, const char *text, const char *token,
                                  const ad_state *weights, int64_t most);
void model_step_free(struct model_step *step);
/* Whether it should be asked: there is room, and not all is new. */
bool model_step_can(const struct model_step *step, const int32_t *token, int64_t count);
/* As model_run_tokens. */
ad_status model_step_run(struct model_step *step, const int32_t *token, int64_t count,
                         float *chance);
/* Tokens were run by steps already. */
bool model_is_stepping(const ad_model *model);
/* ---- run_step_graph.c: as text, by malloc; NULL where a layer has no step, or no memory */
char *run_step_graph(const ad_config *c, const ad_run_data *data, ad_context *context);

/* ---- model_file.c */
/* Fails for a model that makes examples instead. */
ad_status model_check_predicts(const ad_model *model);
/* Of a language model: tokens (count) to the chance of each token to follow, (classes). */
ad_status model_run_tokens(ad_model *model, const int32_t *token, int64_t count, float *chance);
/* Of a model of a text, masked or not: *chance (count, classes) at each token, until the next run.
 */
ad_status model_run_steps(ad_model *model, const int32_t *token, int64_t count,
                          const float **chance);
/* noise (count, width), and of a model that is told them classes (count), to made (count,
 * ad_model_width). */
ad_status model_run_noise(ad_model *model, const float *noise, const int32_t *told, int64_t count,
                          float *made);
/* run_chain's .see of a stored model, which is user. */
ad_status model_see(void *user, const float *x, const int32_t *time, const int32_t *told,
                    int64_t count, float *clean, float *made);

/* ---- run_players.c: task gan */
/* The field of noise, in data->noise. */
ad_status run_decide_noise(const ad_config *c, ad_run_data *data);
/* Noise beside what the part has: the task's .examples. */
ad_status run_add_noise(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made);
/* The generator on a new feed of noise; made: as the model takes examples; *meant: named
 * prediction, pixels as bytes have them. */
ad_status run_generator(const ad_config *c, const ad_run_data *data, ad_graph *graph, ad_dim batch,
                        ad_tensor *told, ad_tensor **noise, ad_tensor **made, ad_tensor **meant);
/* The feed of the class that is told, or NULL; and x with one_hot of it behind its last axis. */
ad_tensor *run_told(const ad_run_data *data, ad_graph *graph, ad_dim batch);
ad_tensor *run_with_told(const ad_run_data *data, ad_tensor *x, ad_tensor *told);
/* The whole game on the feed `real`, which the discriminator takes as x. */
ad_status run_players(ad_run_network *n, const ad_config *c, const ad_run_data *data, ad_dim batch,
                      ad_tensor *real, ad_tensor *x);
/* The line of a batch norm of either player that needs batches of two; 0: none does. */
int run_players_need_two(const ad_config *c, const ad_run_data *data, ad_tensor *x);

/* What is made of x, as the model takes examples, as the data has them. */
ad_tensor *run_pixels_back(const ad_config *c, const ad_run_data *data, ad_tensor *x);
/* Layers in a scope of that name, so that their variables are told apart. */
ad_status run_build_in(const ad_config *c, const char *scope, const ad_layers *model,
                       const ad_layers_input *in, ad_tensor **out);
/* What examples are made of is one field, of no texts or sounds that are encoded. */
ad_status run_check_one_field(const ad_config *c, const ad_run_data *data);

/* ---- run_vae.c: task vae */
/* n's inputs, output, target, loss and what is measured: what the decoder makes of the noise. */
ad_status run_vae(ad_run_network *n, const ad_config *c, const ad_run_data *data, ad_dim batch,
                  ad_tensor *real, ad_tensor *x);
/* The decoder on a feed of noise: a tensor named prediction. */
ad_status run_vae_decoder(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                          ad_dim batch);
int run_vae_needs_two(const ad_config *c, const ad_run_data *data, ad_tensor *x);

/* ---- run_diffusion.c: task diffusion */
#define RUN_TIME "step.time" /* the feed of the step of each example, from 0 */
#define RUN_CLEAN "clean"    /* the example that is seen, as the model takes them */
/* As those of run_vae: the network on examples, and the graph of a step on feeds. */
ad_status run_diffusion(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                        ad_dim batch, ad_tensor *real, ad_tensor *x);
ad_status run_diffusion_step(const ad_config *c, const ad_run_data *data, ad_graph *graph,
                             ad_dim batch);
int run_diffusion_needs_two(const ad_config *c, const ad_run_data *data, ad_tensor *x);
/* What layers take as `time`. */
ad_status run_time_input(const ad_config *c, const ad_run_data *data, ad_tensor *time,
                         ad_tensor *told, ad_layers_input *in);
/* Of each step what is left of the example, by malloc; see ad_diffusion. */
double *run_shares(const ad_run_data *data);

/* Examples first to first + count - 1, of width numbers, that are made; see ad_make_options. */
typedef struct run_chain {
    const ad_run_data *data;
    int64_t steps, first, count, width;
    bool noise; /* new in each step */
    uint64_t seed;
    const int32_t *told; /* (count) */
    /* x (count, width) at steps time to the example that is seen, and that in the data's units. */
    ad_status (*see)(void *user, const float *x, const int32_t *time, const int32_t *told,
                     int64_t count, float *clean, float *made);
    void *user;
} run_chain;
ad_status run_walk(const run_chain *chain, float *made); /* (count, width) */

/* ---- run_network.c */
/* The configuration's loss, or the task's. */
ad_tensor *run_loss_of(const ad_config *c, const ad_run_data *data, ad_tensor *output,
                       ad_tensor *target);
/* The loss of the configuration, or the task's, of the sum over an example's numbers. */
ad_tensor *run_summed_loss(const ad_config *c, const ad_run_data *data, ad_tensor *output,
                           ad_tensor *target);

/* What ad_run_trace looks at. */
typedef struct run_traces {
    ad_tensor *taken[AD_RUN_INPUTS_MAX]; /* inputs as the model takes them */
    ad_tensor *target;                   /* as the loss takes it */
    ad_tensor *loss;                     /* before what the step adds */
    int variables;                       /* of the model, before the optimizer's */
} run_traces;
/* The network in a graph that n has, of a task that makes no examples, with one who looks on while
 * the model is built. */
ad_status run_traced(const ad_config *config, const ad_run_data *data, bool f64,
                     const struct model_watch *watch, run_traces *t, ad_run_network *n);

/* ---- run_language.c: tasks of one text */
#define RUN_FRESH "fresh"               /* the field that says where a stream begins */
#define RUN_FRESH_KEYS "cache.fresh.%d" /* of a graph of one token: what belongs into cache.%d */
#define RUN_MOMENTUM "momentum"         /* the feed of train.cycle_momentum */
#define RUN_CHANCES "chances"           /* of a model of a text: of every token at each step */
/* The windows and their targets: the task's .examples. */
ad_status run_language(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made);
/* Before the data is opened: window and streams. */
ad_status run_decide_language(const ad_config *c, ad_run_data *data);
/* Behind the encoders: input and target. */
ad_status run_set_language(const ad_config *c, ad_run_data *data);
/* The bytes of a part's text, before it is encoded. */
ad_status run_count_bytes(ad_run_data *data, ad_part part, ad_source *raw);
/* What follows from the mean log-loss of a token: perplexity and bits a byte, behind list[0] to
 * list[*count - 1], of which one is log_loss; room for AD_RUN_MEASURES_MAX. */
/* Which part it is: validation, training, else the test part. */
ad_part run_part_of(const ad_run_data *data, const ad_source *measured);
void run_add_derived(const ad_run_data *data, const ad_source *measured, ad_measured *list,
                     int *count);

/* ---- run_next.c: next_sentence */
#define RUN_NEXT \
    "next" /* the feed that says whether the second half of a window goes on: 1, or 0 */
/* The model, and its head of the two kinds: (batch, 2). */
ad_status run_build_next(const ad_config *c, const ad_layers_input *in, int inputs,
                         ad_tensor **output, ad_tensor **logits);
extern const ad_measure_record run_next_accuracy; /* prediction: of the head; target: RUN_NEXT */

/* ---- run_tagging.c: task tagging */
#define RUN_WORD "word.begins" /* i64 of each token: 0, where a word begins its hash, not 0 */
/* Before the data is opened: one text and its tags, of which those of a table are learned. */
ad_status run_decide_tagging(const ad_config *c, ad_run_data *data);
/* *source with the fields that are learned from, tokens, their tags (-1: none) and RUN_WORD, in its
 * place.  items: tags may be missing, or unknown. */
ad_status run_tag_tokens(const ad_run_data *data, ad_source **source, bool items);

/* ---- run_pairs.c: text.pair */
#define RUN_SEGMENT "segment" /* the field that says which text of a pair a token is of: 0, 1 */
/* What an encoder puts round every text: tokens before it and behind it, by malloc. */
typedef struct run_round {
    int32_t *token;
    int64_t before, behind;
} run_round;
ad_status run_find_round(const ad_encoder *encoder, run_round *round);
/* Before the data is opened: whether texts are pairs, and of how many tokens at most. */
ad_status run_decide_pair(const ad_config *c, ad_run_data *data);
/* Behind the encoder: it parts texts. */
ad_status run_check_pair(const ad_config *c, const ad_run_data *data);
/* The texts that are learned from, the first two of them; how many there are. */
int run_pair_texts(const ad_schema *schema, const char *name[2]);
/* The field is the second of a pair, which is a part of the first. */
bool run_is_second(const ad_run_data *data, const char *field);
/* Two counts of tokens cut to `most` together. */
void run_cut_pair(int64_t most, int64_t *a, int64_t *b);
/* *source with both texts as one field of tokens and RUN_SEGMENT, in its place; NULL stays. */
ad_status run_join_pairs(const ad_run_data *data, ad_source **source);

/* ---- run_tagging.c: words of a text, each encoded by itself */
typedef struct run_words run_words;
ad_status run_words_begin(const ad_encoder *encoder, run_words **words);
void run_words_done(run_words *words);
/* The word from..end, behind another where it follows, as tokens, until the next; *first: the first
 * of them that is no blank. */
ad_status run_word_tokens(run_words *words, const char *from, const char *end, bool follows,
                          const int32_t **token, int64_t *count, int64_t *first);

/* ---- run_spans.c: task spans */
/* Before the data is opened: two texts, and nothing else. */
ad_status run_decide_spans(const ad_config *c, const ad_run_data *data);
/* As run_tag_tokens: tokens and segments of question and context, and the target, i32 (2): tokens
 * where the answer begins and ends.  NULL stays. */
ad_status run_span_tokens(const ad_run_data *data, ad_source **source, bool items);
/* output (batch, time, 2) as (batch, 2, time), far below 0 where no context is. */
ad_tensor *run_span_logits(ad_tensor *output, ad_tensor *segment, ad_tensor *length);
/* An answer in the context, and the right one, or "": not ended by a zero. */
typedef struct run_span {
    const char *said, *right;
    int64_t said_size, right_size;
    double score; /* logarithm of the product of both chances; 0 of an empty context */
} run_span;
typedef ad_status (*span_take)(void *user, const run_span *span);
/* All examples of the part in order; program: feeds tokens and segments, then their lengths,
 * fetches the prediction. */
ad_status run_span_each(ad_program *program, const ad_run_data *data, ad_source *part,
                        span_take take, void *user);
ad_status run_span_answers(const ad_run_network *network, const ad_run_data *data,
                           ad_source *source, ad_run_answers *answers);
/* Whether texts are written, and whether what is answered are texts. */
static inline bool run_writes(const ad_task_record *task)
{
    return task->rewrites || task->transcribes;
}
static inline bool run_says_texts(const ad_task_record *task)
{
    return run_writes(task) || task->spans;
}

/* ---- run_sequence.c: task sequence_to_sequence */
/* The three fields of tokens: the task's .examples. */
ad_status run_sequence(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made);
/* Before the data is opened: what it is; and behind the encoders: inputs and target. */
ad_status run_decide_sequence(const ad_config *c, ad_run_data *data);
ad_status run_set_sequence(const ad_config *c, ad_run_data *data);

/* ---- run_transcribe.c: task transcription */
/* Before the data is opened: what it is; and behind the encoders: the target. */
ad_status run_decide_transcription(const ad_config *c, ad_run_data *data);
ad_status run_set_transcription(const ad_config *c, ad_run_data *data);
/* Targets of one size, 0 behind their end, and NAME.length: the task's .examples. */
ad_status run_pad_targets(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made);
/* What the last layer gives is (batch, steps, classes). */
ad_status run_check_said(const ad_config *c, const ad_run_data *data, ad_tensor *output);
/* Chances of it; behind the end of an example (steps: (batch), or NULL) a blank is certain. */
ad_tensor *run_said_chances(ad_tensor *output, ad_tensor *steps);
/* n's target, its length as one more input, and loss.  steps: of the output, or NULL. */
ad_status run_transcription(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                            ad_dim batch, ad_tensor *steps);
/* Every text to learn can be said in its steps. */
ad_status run_check_steps(const ad_config *c, const ad_run_data *data, const ad_run_network *n);

/* ---- run_similarity.c: task similarity */
/* Before the data is opened: data->group; and behind the transform: whether inputs can be grouped.
 */
ad_status run_decide_similarity(const ad_config *c, ad_run_data *data);
ad_status run_set_similarity(const ad_config *c, const ad_run_data *data);
/* Each example with those that are drawn beside it: the task's .examples. */
ad_status run_groups(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made);
/* What the last layer gives is (batch, numbers); and the place that it means. */
ad_status run_check_place(const ad_config *c, ad_tensor *output);
ad_tensor *run_place(const ad_config *c, ad_tensor *output);
/* A feed (batch, group, ...) as examples one behind the other. */
ad_tensor *run_in_groups(ad_tensor *feed);
/* n's target, what is measured and the loss, of the places of all in groups. */
ad_status run_similarity(ad_run_network *n, const ad_config *c, const ad_run_data *data,
                         ad_dim batch, ad_tensor *places);

/* ---- forecast.c: task forecast */
/* data->forecast, by the configuration and the schema. */
ad_status run_decide_forecast(const ad_config *c, ad_run_data *data);
void run_forecast_free(ad_forecast *f);
char *run_forecast_text(const ad_forecast *f); /* by malloc */
/* False where it is no such text, or names fields that the schema has not. */
bool run_forecast_read(const char *text, const ad_schema *schema, ad_forecast **f);
/* Which part of the calendar a name among `known` is; -1: it is a field. */
int run_forecast_part(const ad_schema *schema, const char *known);
/* Numbers of a prediction: horizon targets, and of each all quantiles. */
int64_t run_forecast_width(const ad_run_data *data);
/* The quantile next to the middle. */
int run_forecast_middle(const ad_forecast *f);

/* ---- run_step.c */
/* Each step of the horizon measured alone: groups "1", "2"..., without the loss. */
ad_status run_measure_steps(const ad_run_network *network, const ad_run_data *data,
                            ad_source *source, ad_run_groups *groups);

/* ---- run_windows.c */
/* What the transform makes for it of each row: channels, targets as they are, and what is known of
 * the future, fields f32 of one axis. */
extern const char run_series_input[], run_series_target[], run_series_future[];
/* Windows of the part's rows, in their place: the task's .examples. */
ad_status run_windows(const ad_config *c, ad_run_data *data, ad_part part, ad_source **made);

/* ---- baseline_language.c: of a task of one text */
ad_status run_count_baselines(const ad_run_data *data, ad_source *part,
                              const ad_run_measured *measured, ad_baselines *b);

/* ---- baseline_words.c: of task tagging */
ad_status run_word_baseline(const ad_run_data *data, ad_source *part,
                            const ad_run_measured *measured, ad_baselines *b);

/* ---- baseline_rewrite.c: of task sequence_to_sequence */
ad_status run_rewrite_baselines(const ad_run_data *data, ad_source *part,
                                const ad_run_measured *measured, ad_baselines *b);

/* ---- run_history.c */
enum { HISTORY_COLUMNS = 32 };

typedef struct history_row {
    double value[HISTORY_COLUMNS];
} history_row;

typedef struct history {
    const char *folder; /* NULL: rows are kept in memory only */
    bool validated;     /* rows wait for the validation that follows */
    int columns;
    char *name[HISTORY_COLUMNS];
    history_row *row;
    int64_t rows, room;
    history_row next;
    int64_t named; /* columns of next that are filled */
    double before; /* seconds spent before this call */
    ad_status status;
} history;

enum { HISTORY_EPOCH, HISTORY_STEP, HISTORY_RATE, HISTORY_LOSS };

/* Rows of a folder that stand there, none where it has no history. */
ad_status history_read(history *h, const char *folder);
void history_done(history *h);
/* A listener. */
bool history_event(void *user, const ad_event *event);
/* Rows of later epochs go, in the files too. */
ad_status history_cut(history *h, int64_t epoch);
/* NaN where there is no such column or row. */
double history_value(const history *h, int64_t row, const char *name);

/* ---- run_losses.c */
typedef struct run_loss {
    int64_t step;
    double loss; /* mean over the steps since the row before */
} run_loss;

/* Of RUN/losses.csv up to step `last`, at most `most`; how many, 0 where there are none. */
int64_t run_losses_read(const char *folder, int64_t last, run_loss *row, int64_t most);

/* ---- run_sound.c */
/* Keeps the checkpoint of that step, which is the newest, aside: its losses fell. */
void run_keep_sound(const char *folder, int64_t step);
/* After a divergence. */
void run_put_back(const ad_run_options *o, history *h, ad_run_result *result);

#endif
