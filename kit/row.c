/* The sections of a configuration, and the rows made of them.  A field exists when a record has it,
 * or it has a line here; nothing else has to be told. */
#include "row.h"

#include <stdlib.h>
#include <string.h>

#include "group.h"

#define AT(member) offsetof(ad_config, member)
#define RANGE(least, most) .low = least, .high = most
#define COUNT(rows) .option = rows, .options = sizeof(rows) / sizeof *(rows)

/* ---------------------------------------------------------------- options of sections */

static const ad_config defaults = {
    .parts = {.split = AD_SPLIT_AUTO,
              .validation = 0,
              .test_share = 0.2,
              .fold = 1,
              .standardize = true},
    .input = {.scale = 1.0 / 255, .mean = {.count = 1}, .std = {.count = 1, .value = {1}}},
    .gan = {.noise = 16, .turns = 1},
    .vae = {.code = 16, .beta = 1},
    .diffusion = {.steps = 1000, .waves = 32},
    .samples = {.count = 2000, .steps = 20},
    .language = {.length = 64, .mask = 0.15},
    .sequence = {.beam = 1, .length = AD_SAME},
    .transcription = {.beam = 1},
    .similarity = {.normalize = true},
    .forecast = {.window = 24, .horizon = 1, .step = 1, .season = AD_SAME, .look_back = true},
    .train = {.epochs = 10,
              .batch = 64,
              .seed = 1,
              .accumulate = 1,
              .lookahead_alpha = 0.5,
              .checkpoint = {.epochs = 1, .keep = 3}},
};

const ad_config *row_defaults(void)
{
    return &defaults;
}

static const ad_option data_options[] = {
    {.name = "validation",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1),
     .below_high = true,
     .offset = AT(parts.validation),
     .also = "val val_split val_size validation_split validation_fraction holdout",
     .help = "share of the training set held out to measure by"},
    {.name = "test_share",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1),
     .below_high = true,
     .offset = AT(parts.test_share),
     .also = "test_split test_size",
     .help = "share held out to test with, of data that has no test set of its own"},
    {.name = "split",
     .type = AD_OPTION_WORD,
     .words = "random stratified in_order auto",
     .offset = AT(parts.split),
     .also = "shuffle stratify",
     .help =
         "how parts are cut: at random, each class alike, or the last examples held out; auto: in "
         "order where the data is a series, else at random"},
    {.name = "group",
     .type = AD_OPTION_TEXT,
     .offset = AT(parts.group),
     .also = "groups",
     .help = "field whose examples of one value stay in one part; nothing is learned from it"},
    {.name = "folds",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 32),
     .offset = AT(parts.folds),
     .also = "k_fold kfold n_splits cross_validation",
     .help = "so many parts alike, of which one is the test part; 0: none (see train --folds)"},
    {.name = "fold",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 32),
     .offset = AT(parts.fold),
     .help = "which of the folds is the test part, from 1"},
    {.name = "standardize",
     .type = AD_OPTION_TRUTH,
     .offset = AT(parts.standardize),
     .also = "normalize",
     .help = "numbers of a table less their mean, over their deviation in the training part"},
    {.name = "label_noise",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1),
     .offset = AT(parts.label_noise),
     .also = "noisy_labels flip_labels corrupt",
     .help = "share of the training labels that is made wrong on purpose; 0: none"},
    {.name = "label_noise_kind",
     .type = AD_OPTION_WORD,
     .words = "symmetric pair",
     .offset = AT(parts.label_noise_kind),
     .help = "any other class as likely, or always the class that follows"},
    {.name = "weight",
     .type = AD_OPTION_TEXT,
     .offset = AT(parts.weight),
     .unset = "none",
     .also = "sample_weights weight_column",
     .help = "column of numbers: batches draw examples in proportion to them, with replacement"},
};

static const ad_option input_options[] = {
    {.name = "scale",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .above_low = true,
     .offset = AT(input.scale),
     .also = "rescale rescale_factor",
     .help = "factor for pixels, which are 0 to 255"},
    {.name = "mean",
     .type = AD_OPTION_NUMBERS,
     RANGE(-1e6, 1e6),
     .unit = "channel",
     .offset = AT(input.mean),
     .also = "image_mean",
     .help = "taken off after scaling"},
    {.name = "std",
     .type = AD_OPTION_NUMBERS,
     RANGE(0, 1e6),
     .above_low = true,
     .unit = "channel",
     .offset = AT(input.std),
     .also = "deviation stddev image_std",
     .help = "divided by after that"},
    {.name = "from_data",
     .type = AD_OPTION_TRUTH,
     .offset = AT(input.from_data),
     .also = "standardize normalize do_normalize",
     .help = "mean and std of each channel are those of the training part, after scaling"},
};

static const ad_option gan_options[] = {
    {.name = "noise",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "numbers",
     .offset = AT(gan.noise),
     .also = "latent latent_dim noise_dim z_dim nz",
     .help = "normal numbers that the generator makes an example of"},
    {.name = "loss",
     .type = AD_OPTION_WORD,
     .words = "log squared hinge wasserstein",
     .offset = AT(gan.loss),
     .also = "gan_loss criterion",
     .help = "of the verdicts: log, non-saturating (Goodfellow et al. 2014), squared (Mao et al. "
             "2017), "
             "hinge (Lim and Ye 2017), wasserstein (Arjovsky et al. 2017)"},
    {.name = "turns",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1000),
     .unit = "steps",
     .offset = AT(gan.turns),
     .also = "n_critic critic_iters d_steps",
     .help = "steps of the discriminator before each of the generator"},
    {.name = "smoothing",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 0.5),
     .offset = AT(gan.smoothing),
     .also = "label_smoothing one_sided",
     .help = "what real examples lack of 1 as targets of the discriminator (one-sided)"},
    {.name = "penalty",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .offset = AT(gan.penalty),
     .also = "r1 gamma gradient_penalty gp",
     .help = "R1: half of this times the squared slope of the discriminator at real examples "
             "(Mescheder et al. 2018); wasserstein: this times (slope - 1)^2 between real and made "
             "ones, usual 10 (Gulrajani et al. 2017)"},
    {.name = "conditional",
     .type = AD_OPTION_TRUTH,
     .offset = AT(gan.conditional),
     .also = "class_conditional cgan conditioned labels",
     .help = "both players are told the class; `adze sample RUN --class NAME` asks for one (Mirza "
             "and Osindero 2014)"},
};

static const ad_option vae_options[] = {
    {.name = "code",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "numbers",
     .offset = AT(vae.code),
     .also = "latent latent_dim z_dim nz latent_size",
     .help = "that an example becomes, and is made of"},
    {.name = "beta",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .offset = AT(vae.beta),
     .also = "kl_weight kld_weight kl_beta",
     .help =
         "what the divergence of codes from the standard Gaussian counts (Higgins et al. 2017)"},
};

static const ad_option diffusion_options[] = {
    {.name = "steps",
     .type = AD_OPTION_WHOLE,
     RANGE(32, 1e5),
     .offset = AT(diffusion.steps),
     .also = "timesteps num_timesteps num_train_timesteps",
     .help = "from an example to noise"},
    {.name = "schedule",
     .type = AD_OPTION_WORD,
     .words = "linear cosine",
     .offset = AT(diffusion.schedule),
     .also = "beta_schedule noise_schedule",
     .help = "of the noise: linear (Ho et al. 2020), cosine (Nichol and Dhariwal 2021)"},
    {.name = "waves",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 4096),
     .offset = AT(diffusion.waves),
     .also = "time_dim time_embedding",
     .help = "layers take the step by `from: time`, as sine and cosine of so many frequencies"},
    {.name = "conditional",
     .type = AD_OPTION_TRUTH,
     .offset = AT(diffusion.conditional),
     .also = "class_conditional conditioned labels",
     .help = "`time` has one_hot of the class behind it; `adze sample RUN --class NAME` asks for "
             "one"},
};

static const ad_option autoencoder_options[] = {
    {.name = "noise",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .offset = AT(autoencoder.noise),
     .also = "noise_std noise_factor corruption denoising",
     .help = "deviation of normal numbers in what the model sees, in training and when it is "
             "measured; the target is without them (Vincent et al. 2008)"},
};

static const ad_option samples_options[] = {
    {.name = "features",
     .type = AD_OPTION_PATH,
     .offset = AT(samples.features),
     .also = "classifier feature_extractor inception",
     .help = "run folder, or model.safetensors, of a classifier of such pictures: measured is the "
             "Frechet distance of what its last layer sees in test pictures and in samples, and "
             "which classes it sees there (Heusel et al. 2017)"},
    {.name = "count",
     .type = AD_OPTION_WHOLE,
     RANGE(2, 1e6),
     .unit = "examples",
     .offset = AT(samples.count),
     .also = "num_samples n_samples fid_samples",
     .help = "made for that, beside as many of the test part; the distance falls with it, so "
             "compare at the same count"},
    {.name = "steps",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e5),
     .offset = AT(samples.steps),
     .also = "sampling_steps num_inference_steps",
     .help = "of a diffusion, in which they are made, as by `adze sample --steps`"},
};

static const ad_option language_options[] = {
    {.name = "length",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "tokens",
     .offset = AT(language.length),
     .also = "window block_size context context_length seq_len sequence_length bptt max_length",
     .help = "of a window of running text; longer documents are cut into several"},
    {.name = "mask",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1),
     .above_low = true,
     .below_high = true,
     .offset = AT(language.mask),
     .also = "mlm_probability mask_prob masking",
     .help = "task masked_language_model: share of the tokens that are hidden"},
};

static const ad_option sequence_options[] = {
    {.name = "shared",
     .type = AD_OPTION_TRUTH,
     .offset = AT(sequence.shared),
     .also = "joint_vocabulary joined_dictionary share_embeddings tie",
     .help = "both texts have the same tokens, learned of both; else each its own"},
    {.name = "beam",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 100),
     .unit = "texts",
     .offset = AT(sequence.beam),
     .also = "num_beams beam_size beam_width k",
     .help = "kept while one is written, by their chance; 1: the likeliest token each time"},
    {.name = "length",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "tokens",
     .offset = AT(sequence.length),
     .unset = "those of the longest target to train on",
     .also = "max_length max_new_tokens max_target_length",
     .help = "that are written at most"},
};

#ifdef ADZE_EXTRAS
static const ad_option transcription_options[] = {
    {.name = "beam",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 100),
     .unit = "texts",
     .offset = AT(transcription.beam),
     .also = "beam_size beam_width num_beams beam_search",
     .help = "beginnings kept at each step by the chance of all their ways (prefix search); 1: the "
             "likeliest way alone"},
};

static const ad_option similarity_options[] = {
    {.name = "normalize",
     .type = AD_OPTION_TRUTH,
     .offset = AT(similarity.normalize),
     .also = "normalise l2_normalize unit_norm",
     .help = "places are brought to length 1, so that distances are 0 to 2"},
};
#endif

static const ad_option forecast_options[] = {
    {.name = "window",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "rows",
     .offset = AT(forecast.window),
     .also =
         "lookback look_back_window seq_len context_length history input_chunk_length input_size",
     .help = "how many rows are looked at"},
    {.name = "horizon",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e5),
     .unit = "rows",
     .offset = AT(forecast.horizon),
     .also = "pred_len prediction_length output_chunk_length steps_ahead h forecast_length",
     .help = "how many rows behind them are forecast"},
    {.name = "step",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "rows",
     .offset = AT(forecast.step),
     .also = "stride shift",
     .help = "from one window to the next"},
    {.name = "targets",
     .type = AD_OPTION_NAMES,
     .offset = AT(forecast.targets),
     .unset = "data.target, or all columns of numbers",
     .also = "target columns channels",
     .help = "columns that are forecast"},
    {.name = "known",
     .type = AD_OPTION_NAMES,
     .offset = AT(forecast.known),
     .unset = "none",
     .also = "future known_future future_covariates exogenous covariates",
     .help = "columns whose future is known, and time.hour, weekday, day, month, yearday"},
    {.name = "quantiles",
     .type = AD_OPTION_NUMBERS,
     RANGE(0, 1),
     .above_low = true,
     .below_high = true,
     .offset = AT(forecast.quantiles),
     .unset = "none: one number each",
     .also = "quantile levels",
     .help = "that are forecast of each target and step, growing: [0.1, 0.5, 0.9]"},
    {.name = "season",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e6),
     .unit = "rows",
     .offset = AT(forecast.season),
     .unset = "by the step in time",
     .also = "seasonal_period period seasonality m",
     .help = "rows of what goes round, for the seasonal baseline; 0: none"},
    {.name = "look_back",
     .type = AD_OPTION_TRUTH,
     .offset = AT(forecast.look_back),
     .help =
         "windows of a part may begin in the part before, so that each of its rows is forecast"},
};

static const ad_option train_options[] = {
    {.name = "epochs",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "epochs",
     .offset = AT(train.epochs),
     .also = "epoch_count num_epochs max_epochs n_epochs nb_epoch num_train_epochs max_iter",
     .help = "passes over the training set"},
    {.name = "steps",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e12),
     .unit = "steps",
     .offset = AT(train.steps),
     .also = "max_steps num_steps iterations max_iters total_steps num_training_steps",
     .help = "so many batches, whatever epochs says; 0: by epochs"},
    {.name = "batch",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "examples",
     .offset = AT(train.batch),
     .also = "batch_size batchsize minibatch mini_batch_size bs train_batch_size "
             "per_device_train_batch_size",
     .help = "examples in a step"},
    {.name = "seed",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 9007199254740992),
     .offset = AT(train.seed),
     .also = "random_seed random_state seed_everything",
     .help = "of first weights, order and dropout; same seed, same bits"},
    {.name = "accumulate",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1e6),
     .unit = "batches",
     .offset = AT(train.accumulate),
     .also = "accumulation_steps grad_accum gradient_accumulation_steps accumulate_grad_batches",
     .help = "gradients of so many batches are averaged, then one step is made"},
    {.name = "balance",
     .type = AD_OPTION_TRUTH,
     .offset = AT(train.balance),
     .also = "class_weight class_weights sample_weight balanced weighted_sampler",
     .help = "batches draw every class equally often, with replacement"},
    {.name = "average",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1),
     .below_high = true,
     .offset = AT(train.average),
     .also = "ema ema_decay averaged swa",
     .help = "share of a moving average of the weights kept each step, 0.999; what is measured and "
             "stored are the averages; 0: none"},
#ifdef ADZE_EXTRAS
    {.name = "initial",
     .type = AD_OPTION_WORD,
     .offset = AT(train.initial),
     .words = CONFIG_INITIALS,
     .also = "init initializer initialization weight_init kernel_initializer init_method",
     .help =
         "how weights begin; pytorch: as their layers say; lsuv: so that outputs of layers have "
         "variance 1 (Mishkin and Matas 2016); fixup: residual branches begin as nothing "
         "(Zhang et al. 2019)"},
#endif
    {.name = "freeze",
     .type = AD_OPTION_NAMES,
     .offset = AT(train.freeze),
     .also = "frozen fixed freeze_layers frozen_layers",
     .help = "variables that are not trained, by name; * stands for any text: conv*"},
    {.name = "no_decay",
     .type = AD_OPTION_NAMES,
     .offset = AT(train.no_decay),
     .also = "no_weight_decay decay_exclude",
     .help =
         "variables that weight decay leaves alone, by name, 8 patterns at most: *bias, *norm*"},
    {.name = "clip_norm",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.clip_norm),
     .also = "max_norm grad_clip gradient_clip gradient_clip_val gradient_clipping max_grad_norm "
             "clip_grad_norm clipnorm global_clipnorm clip",
     .help = "largest global norm of the gradients; 0: no limit"},
    {.name = "clip_value",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.clip_value),
     .also = "clipvalue clip_grad_value",
     .help = "largest size of any one element of a gradient; 0: no limit"},
    {.name = "freeze_epochs",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e6),
     .unit = "epochs",
     .offset = AT(train.freeze_epochs),
     .also = "unfreeze_at unfreeze_epoch",
     .help = "what freeze names is trained after so many epochs; 0: never"},
    {.name = "mode",
     .type = AD_OPTION_WORD,
     .words = "mini_batch full_batch one_example",
     .offset = AT(train.mode),
     .also = "gradient_descent stochastic sgd_mode",
     .help = "examples in a step: batch of them, all, or one"},
    {.name = "schedules_at",
     .type = AD_OPTION_NUMBERS,
     RANGE(0, 1e6),
     .above_low = true,
     .unit = "epoch",
     .offset = AT(train.schedules_at),
     .unset = "none",
     .also = "milestones_of_schedules sequential",
     .help = "from which on each of schedules but the first counts, rising"},
#ifdef ADZE_EXTRAS
    {.name = "sam",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .offset = AT(train.sam),
     .also = "rho sharpness_aware",
     .help = "slopes are taken so far uphill, 0.05 for example; 0: here (Foret et al. 2021)"},
    {.name = "swa",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e6),
     .unit = "epochs",
     .offset = AT(train.swa),
     .also = "swa_start stochastic_weight_averaging",
     .help = "what is measured and stored are the means of the weights at the ends of that epoch "
             "and all later ones; 0: none (Izmailov et al. 2018)"},
    {.name = "lookahead",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e6),
     .unit = "steps",
     .offset = AT(train.lookahead),
     .also = "look_ahead lookahead_k",
     .help = "after each so many steps weights go back to a share of the way; 0: never (Zhang et "
             "al. 2019)"},
    {.name = "lookahead_alpha",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1),
     .above_low = true,
     .offset = AT(train.lookahead_alpha),
     .help = "that share"},
    {.name = "gradient_noise",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.gradient_noise),
     .also = "eta noise",
     .help = "variance of normal numbers added to slopes, over (1 + step)^0.55; 0: none "
             "(Neelakantan et al. 2015)"},
    {.name = "entropy",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .offset = AT(train.entropy),
     .also = "confidence_penalty entropy_penalty",
     .help = "of classes: that times the entropy of what is said is taken off the loss (Pereyra "
             "et al. 2017)"},
    {.name = "clip_adaptive",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .offset = AT(train.clip_adaptive),
     .also = "agc adaptive_gradient_clipping",
     .help = "largest norm of a row of a gradient, as a share of the weights'; 0: any (Brock et "
             "al. 2021)"},
    {.name = "cycle_momentum",
     .type = AD_OPTION_TRUTH,
     .offset = AT(train.cycle_momentum),
     .also = "cyclic_momentum momentum_schedule",
     .help = "method sgd with the schedule one_cycle or cyclic: momentum from 0.85 to 0.95, high "
             "where the rate is low (Smith 2018)"},
    {.name = "skip_nonfinite",
     .type = AD_OPTION_TRUTH,
     .offset = AT(train.skip_nonfinite),
     .also = "skip_nan skip_nonfinite_gradients",
     .help = "steps whose slopes are not all finite are left out, and counted"},
#endif
};

#ifdef ADZE_EXTRAS
static const ad_option constraint_options[] = {
    {.name = "match",
     .type = AD_OPTION_TEXT,
     .offset = AT(train.constraints.match),
     .unset = "*.weight",
     .also = "pattern variables",
     .help = "which variables, by their full names; * stands for any text"},
    {.name = "l1",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.constraints.l1),
     .also = "proximal lasso sparsity",
     .help = "proximal: each weight goes that times the rate toward 0, and stays at 0 exactly"},
    {.name = "l2",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.constraints.l2),
     .also = "ridge elastic_net",
     .help = "proximal: each weight over 1 + rate times this; with l1 the elastic net"},
    {.name = "group_lasso",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.constraints.group_lasso),
     .also = "group",
     .help = "proximal: whole rows, the weights of one output, go to 0"},
    {.name = "max_norm",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.constraints.max_norm),
     .also = "maxnorm kernel_constraint",
     .help = "largest norm of a row; 0: any (Srivastava et al. 2014)"},
    {.name = "orthogonal",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.constraints.orthogonal),
     .help = "in the loss, that times |W W^T - I|^2 of each matrix (Brock et al. 2017)"},
};
#endif

static const ad_option stopping_options[] = {
    {.name = "patience",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e6),
     .unit = "epochs",
     .offset = AT(train.early_stopping.patience),
     .also = "n_iter_no_change early_stopping_patience wait rounds",
     .help = "epochs without a lower validation loss; 0: never end early"},
    {.name = "min_delta",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e9),
     .offset = AT(train.early_stopping.min_delta),
     .also = "delta tol tolerance threshold early_stopping_threshold",
     .help = "what counts as lower: by more than this"},
};

static const ad_option checkpoint_options[] = {
    {.name = "epochs",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e6),
     .unit = "epochs",
     .offset = AT(train.checkpoint.epochs),
     .also = "every_epochs save_epochs every_n_epochs save_freq",
     .help = "at the end of every so many epochs; 0: not so"},
    {.name = "steps",
     .type = AD_OPTION_WHOLE,
     RANGE(0, 1e9),
     .unit = "steps",
     .offset = AT(train.checkpoint.steps),
     .also = "every_steps save_steps every_n_train_steps",
     .help = "after every so many steps; 0: not so"},
    {.name = "minutes",
     .type = AD_OPTION_NUMBER,
     RANGE(0, 1e6),
     .unit = "minutes",
     .offset = AT(train.checkpoint.minutes),
     .also = "every_minutes",
     .help = "where the last is so old; 0: not so"},
    {.name = "keep",
     .type = AD_OPTION_WHOLE,
     RANGE(1, 1000),
     .offset = AT(train.checkpoint.keep),
     .also = "max_to_keep save_total_limit keep_last save_top_k",
     .help = "how many stay: the newest"},
};

/* ---------------------------------------------------------------- sections, models */

static const config_section sections[] = {
    {.path = "",
     .records = ad_task_at,
     .chooser = "task",
     .chooser_also = "objective problem problem_type",
     .chooser_help = "what is learned; `adze tasks` describes each",
     .first = "auto",
     .choice = AT(task)},
    {.path = "data",
     .also = "dataset datasets",
     .help = "the examples",
     .records = ad_reader_at,
     .chooser = "format",
     .chooser_also = "type kind dataset reader",
     .chooser_help = "what reads it; `adze readers` describes each",
     .first = "idx",
     .choice = AT(data),
     .by_name = true,
     COUNT(data_options)},
    {.path = "input",
     .also = "inputs preprocess transform normalize normalization",
     .help = "what happens to a pixel: (pixel * scale - mean) / std",
     COUNT(input_options)},
    {.path = "text",
     .also = "tokenizer tokenize texts",
     .help = "how texts become tokens",
     .records = ad_text_encoder_at,
     .chooser = "tokens",
     .chooser_also = "tokenizer type kind level",
     .chooser_help = "what a token is; `adze encoders` describes each",
     .first = "bytes",
     .when_given = true,
     .choice = AT(text)},
    {.path = "sound",
     .also = "audio sounds",
     .help = "how sounds become numbers over time",
     .records = ad_sound_encoder_at,
     .chooser = "features",
     .chooser_also = "feature type kind",
     .chooser_help = "what a step is; `adze encoders` describes each",
     .first = "samples",
     .when_given = true,
     .choice = AT(sound)},
    {.path = "gan",
     .also = "adversarial",
     .help = "task gan: the game of generator and discriminator",
     .of_task = "gan",
     COUNT(gan_options)},
    {.path = "vae",
     .also = "variational variational_autoencoder",
     .help = "task vae: the code between encoder and decoder",
     .of_task = "vae",
     COUNT(vae_options)},
    {.path = "diffusion",
     .also = "ddpm scheduler",
     .help = "task diffusion: how examples become noise",
     .of_task = "diffusion",
     COUNT(diffusion_options)},
    {.path = "autoencoder",
     .also = "denoising denoising_autoencoder",
     .help = "task autoencoder: noise that it is to take off",
     .of_task = "autoencoder",
     .when_given = true,
     COUNT(autoencoder_options)},
    {.path = "samples",
     .also = "sampling evaluation fid",
     .help = "tasks that make examples: how these are judged",
     .of_task = "gan vae diffusion",
     .when_given = true,
     COUNT(samples_options)},
    {.path = "language",
     .also = "language_model lm",
     .help = "tasks of one text: how it is cut",
     .of_task = "language_model masked_language_model",
     COUNT(language_options)},
    {.path = "sequence",
     .also = "seq2seq decoding generation decoder",
     .help = "task sequence_to_sequence: the vocabulary, and how texts are written",
     .of_task = "sequence_to_sequence",
     COUNT(sequence_options)},
#ifdef ADZE_EXTRAS
    {.path = "transcription",
     .also = "ctc speech recognition asr ocr",
     .help = "task transcription: how what is said over time is read",
     .of_task = "transcription",
     COUNT(transcription_options)},
    {.path = "similarity",
     .also = "metric_learning siamese embedding",
     .help = "task similarity: the places of examples",
     .of_task = "similarity",
     COUNT(similarity_options)},
#endif
    {.path = "forecast",
     .also = "series timeseries forecasting",
     .help = "task forecast: what is looked at, and what follows it",
     .of_task = "forecast",
     COUNT(forecast_options)},
    {.path = "train", /* the models stand before it */
     .also = "fit trainer training",
     .help = "how the model learns",
     .records = ad_config_loss_at,
     .chooser = "loss",
     .chooser_also = "criterion objective loss_fn loss_function",
     .chooser_help = "what is made small; that of the task where it is not given",
     .command = "losses",
     .first = "cross_entropy",
     .by_task = true,
     .choice = AT(loss),
     COUNT(train_options)},
    {.path = "train.optimizer",
     .also = "optim optimiser solver",
     .help = "the rule of each step",
     .records = ad_config_optimizer_at,
     .chooser = "method",
     .chooser_also = "type name kind algorithm algo",
     .chooser_help = "formulas as in PyTorch",
     .first = "adam",
     .choice = AT(optimizer)},
    {.path = "train.schedule",
     .also = "scheduler lr_schedule lr_scheduler lr_scheduler_type lr_policy",
     .help = "how the learning rate changes",
     .records = ad_schedule_at,
     .chooser = "method",
     .chooser_also = "type name kind",
     .chooser_help = "constant; cosine: down to final; step: times factor now and then",
     .first = "constant",
     .choice = AT(schedule)},
#ifdef ADZE_EXTRAS
    {.path = "train.constraints",
     .also = "constraint regularization regularizers",
     .help = "what weights are held to after each step",
     COUNT(constraint_options)},
#endif
    {.path = "train.early_stopping",
     .also = "early_stop",
     .help = "end when the validation set shows no gain",
     COUNT(stopping_options)},
    {.path = "train.checkpoint",
     .also = "checkpoints save save_every save_strategy model_checkpoint",
     .help = "when to store all that is needed to go on; also when it stops",
     COUNT(checkpoint_options)},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

/* In the file itself, but those of `train`, which stand behind its options. */
static const config_row models[] = {
    {.kind = ROW_CHOICES,
     .path = "train.groups",
     .also = "param_groups parameter_groups layer_rates lr_multipliers rate_groups paramwise_cfg",
     .model = AT(groups),
     .records = group_at,
     .item = "group",
     .bare = true,
     .help = "variables with a rate, or a weight decay, of their own, 8 groups at most; a variable "
             "is of the first that matches: [{match: encoder.*, rate: 0.1}]"},
#ifdef ADZE_EXTRAS
    {.kind = ROW_CHOICES,
     .path = "train.initializers",
     .also = "inits initializations weight_inits init_cfg",
     .model = AT(initial),
     .records = ad_initializer_at,
     .item = "initializer",
     .help = "how weights of some names begin, one after another behind train.initial; `adze "
             "initializers` describes each"},
#endif
    {.kind = ROW_CHOICES,
     .path = "augment",
     .also = "augmentation augmentations transforms",
     .model = AT(augment),
     .records = ad_augmentation_at,
     .item = "augmentation",
     .help = "how training examples are changed at random; `adze augmentations` describes each"},
    {.kind = ROW_CHOICES,
     .path = "schedules",
     .model = AT(schedules),
     .records = ad_schedule_at,
     .item = "schedule",
     .help = "rates that follow one another, in the place of train.schedule; train.schedules_at "
             "says when; `adze schedules` describes each"},
    {.kind = ROW_CHOICES,
     .path = "metrics",
     .also = "metric measures scores scoring eval_metrics",
     .model = AT(metrics),
     .records = ad_metric_at,
     .item = "metric",
     .help = "what is measured of the test part, the first told last; those of the task where it "
             "is not given; `adze metrics` describes each"},
    {.kind = ROW_BLOCKS,
     .path = "blocks",
     .also = "modules",
     .help = "lists of layers with a name, to be used in a model like a layer"},
    {.kind = ROW_MODEL,
     .path = "model",
     .also = "layers network net architecture arch",
     .model = AT(model),
     .help = "the layers, first to last"},
    {.kind = ROW_MODEL,
     .path = "generator",
     .model = AT(generator),
     .help = "task gan: from noise to an example"},
    {.kind = ROW_MODEL,
     .path = "discriminator",
     .also = "critic",
     .model = AT(discriminator),
     .help = "task gan: from an example to one number"},
    {.kind = ROW_MODEL,
     .path = "encoder",
     .model = AT(encoder),
     .help = "task vae: from an example to the mean of its code and the logarithm of its variance, "
             "twice vae.code numbers"},
    {.kind = ROW_MODEL,
     .path = "decoder",
     .model = AT(decoder),
     .help = "task vae: from a code to an example"},
    {.kind = ROW_MODEL,
     .path = "next_sentence",
     .also = "nsp next_sentence_prediction",
     .model = AT(next_sentence),
     .help = "task masked_language_model: layers that begin with one of the model's, `from`, and "
             "tell windows whose second half goes on from those where it is from elsewhere"},
};

/* ---------------------------------------------------------------- config_rows */

static config_row *add(config_rows *list, row_kind kind, const char *section, const char *name)
{
    config_row *grown = realloc(list->row, ((size_t)list->count + 1) * sizeof *list->row);
    if (!grown)
        return NULL;
    list->row = grown;
    config_row *r = &grown[list->count++];
    *r = (config_row){.kind = kind};
    size_t size = strlen(section), more = strlen(name);
    if (size + more + 2 > sizeof r->path)
        return NULL;
    memcpy(r->path, section, size);
    r->path[size] = '.';
    memcpy(r->path + size + (size && more), name, more + 1);
    return r;
}

static bool add_option(config_rows *list, const config_section *s, const ad_option *option,
                       const char *record)
{
    char path[ROW_PATH_MAX * 2];
    strcat(strcat(strcpy(path, s->path), *s->path ? "." : ""), option->name);
    int known = rows_find(list, path);
    config_row *r = known >= 0 ? &list->row[known] : add(list, ROW_OPTION, s->path, option->name);
    if (!r)
        return false;
    if (known < 0) {
        r->option = *option;
        r->help = option->help;
        r->also = option->also;
        r->section = s;
        r->of_record = record != NULL;
    }
    if (record && r->of_record) {
        text_add(&r->with, r->with.size ? " " : "");
        text_add(&r->with, record);
    }
    return !r->with.failed;
}

static bool add_chooser(config_rows *list, const config_section *s)
{
    ad_option o = {.name = s->chooser,
                   .type = AD_OPTION_WORD,
                   .also = s->chooser_also,
                   .help = s->chooser_help};
    if (!add_option(list, s, &o, NULL))
        return false;
    list->row[list->count - 1].chooser = true;
    return true;
}

static bool add_records(config_rows *list, const config_section *s)
{
    for (int i = 0; s->records && s->records(i); i++)
        for (int j = 0; j < s->records(i)->options; j++)
            if (!add_option(list, s, &s->records(i)->option[j], s->records(i)->name))
                return false;
    return true;
}

static bool add_section(config_rows *list, const config_section *s)
{
    if (*s->path) {
        config_row *r = add(list, ROW_SECTION, s->path, "");
        if (!r)
            return false;
        r->help = s->help;
        r->also = s->also;
        r->section = s;
    }
    if (s->records && !add_chooser(list, s))
        return false;
    for (int i = 0; i < s->options; i++)
        if (!add_option(list, s, &s->option[i], NULL))
            return false;
    return add_records(list, s);
}

static bool add_models(config_rows *list, bool of_train)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        if (row_below(&models[i], "train") != of_train)
            continue;
        config_row *r = add(list, models[i].kind, models[i].path, "");
        if (!r)
            return false;
        *r = models[i];
    }
    return true;
}

config_rows *rows_new(void)
{
    config_rows *list = calloc(1, sizeof *list);
    bool good = list;
    for (int i = 0; good && i < SECTIONS; i++) {
        bool train = strcmp(sections[i].path, "train") == 0;
        good = (!train || add_models(list, false)) && add_section(list, &sections[i]) &&
               (!train || add_models(list, true));
    }
    if (good)
        return list;
    rows_free(list);
    return NULL;
}

void rows_free(config_rows *list)
{
    if (!list)
        return;
    for (int i = 0; i < list->count; i++)
        text_done(&list->row[i].with);
    free(list->row);
    free(list);
}

int rows_find(const config_rows *list, const char *path)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->row[i].path, path) == 0)
            return i;
    return -1;
}

const char *row_name(const config_row *r)
{
    const char *dot = strrchr(r->path, '.');
    return dot ? dot + 1 : r->path;
}

bool row_below(const config_row *r, const char *section)
{
    size_t size = strlen(section);
    return size == 0 || (strncmp(r->path, section, size) == 0 && r->path[size] == '.');
}

bool row_inside(const config_row *r, const char *section)
{
    size_t before = strlen(section) + (*section != 0);
    return row_below(r, section) && row_name(r) == r->path + before;
}

void row_section(const config_row *r, char section[ROW_PATH_MAX])
{
    size_t size = (size_t)(row_name(r) - r->path);
    memcpy(section, r->path, size);
    section[size ? size - 1 : 0] = 0;
}
