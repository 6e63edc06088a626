/* Tasks: what is learned, as records: which target, loss and measures, and what a prediction is. */
#include "run.h"

static ad_tensor *chances(ad_tensor *output)
{
    return (ad_softmax)(output, -1);
}

static ad_tensor *each_chance(ad_tensor *output)
{
    return (ad_sigmoid)(output);
}

static ad_tensor *mean_count(ad_tensor *output)
{
    return (ad_exp)(output);
}

static ad_tensor *itself(ad_tensor *output)
{
    return output;
}

static const ad_task_record tasks[] = {
    {.record = {.name = "auto",
                .help = "classification where the target is a class, regression where it is a "
                        "number"}},
    {.record = {.name = "classification",
                .also = "classify classifier multiclass binary",
                .help = "which class: the last layer gives one number for each"},
     .target = AD_MEANS_CLASS,
     .loss = "cross_entropy",
     .losses = "cross_entropy squared_error focal multi_margin weighted_cross_entropy ordinal",
     .measure = {"accuracy", "log_loss"},
     .answers = AD_METRIC_CLASSES,
     .metrics = "accuracy log_loss",
     .predict = chances},
    {.record = {.name = "regression",
                .also = "regress regressor number",
                .help = "a number, or several: learned less their mean, over their deviation"},
     .target = AD_MEANS_NUMBER,
     .standardized = true,
     .loss = "squared_error",
     .losses = "squared_error absolute_error huber smooth_l1 log_cosh pinball gaussian_nll "
               "laplace_nll cosine_distance",
     .measure = {"mae", "mse", "r2"},
     .answers = AD_METRIC_NUMBERS,
     .metrics = "mae mse r2",
     .predict = itself},
    {.record = {.name = "count",
                .also = "poisson counts",
                .help = "how often: the last layer gives the logarithm of the mean (Poisson)"},
     .target = AD_MEANS_NUMBER,
     .loss = "poisson",
     .losses = "poisson gamma_nll negative_binomial tweedie poisson_nll",
     .measure = {"mae", "mse", "r2"},
     .answers = AD_METRIC_NUMBERS,
     .metrics = "mae mse r2 poisson_deviance",
     .predict = mean_count},
    {.record = {.name = "labels",
                .also = "multilabel multi_label",
                .help = "several targets that are 0 or 1, each on its own"},
     .target = AD_MEANS_NUMBER,
     .truths = true,
     .loss = "binary_cross_entropy",
     .losses = "binary_cross_entropy binary_focal hinge multilabel_margin "
               "dice weighted_binary_cross_entropy multilabel_soft_margin",
     .measure = {"mse"},
     .answers = AD_METRIC_LABELS,
     .metrics = "mse f1_macro subset_accuracy",
     .predict = each_chance},
#ifdef ADZE_EXTRAS
    {.record = {.name = "shares",
                .also = "distribution soft_labels soft_targets proportions compositional",
                .help =
                    "several targets from 0 on that together are 1: shares, chances of classes"},
     .target = AD_MEANS_NUMBER,
     .shares = true,
     .loss = "kl_divergence",
     .losses = "kl_divergence js_divergence weighted_cross_entropy",
     .measure = {"mae", "mse"},
     .answers = AD_METRIC_NUMBERS,
     .metrics = "mae mse",
     .predict = chances},
#endif
    {.record = {.name = "tagging",
                .also = "tagger sequence_labeling sequence_labelling token_classification ner "
                        "pos_tagging",
                .help = "a class for each word of a sentence: parts of speech, names"},
     .target = AD_MEANS_CLASS,
     .over_time = true,
     .of_words = true,
     .loss = "cross_entropy",
     .losses = "cross_entropy focal multi_margin weighted_cross_entropy",
     .measure = {"accuracy", "log_loss"},
     .answers = AD_METRIC_CLASSES,
     .metrics = "accuracy f1_macro",
     .predict = chances},
    {.record = {.name = "spans",
                .also = "question_answering extractive_question_answering qa squad span "
                        "reading_comprehension",
                .help = "words of a context that answer a question: where they begin and end"},
     .target = AD_MEANS_TEXT,
     .spans = true,
     .loss = "cross_entropy",
     .losses = "cross_entropy",
     .measure = {"log_loss", "accuracy"},
     .answers = AD_METRIC_SENTENCES,
     .metrics = "squad_exact_match squad_f1",
     .predict = chances},
    {.record = {.name = "autoencoder",
                .also = "reconstruction auto_encoder",
                .help = "the input again, through what the model leaves of it"},
     .of_input = true,
     .loss = "squared_error",
     .losses = "squared_error absolute_error huber smooth_l1 log_cosh cosine_distance",
     .measure = {"mae", "mse"},
     .answers = AD_METRIC_NUMBERS,
     .metrics = "mae mse",
     .predict = itself},
    {.record = {.name = "forecast",
                .also = "forecasting timeseries time_series",
                .help = "what follows in a series: the next rows, of a window of those before"},
     .of_input = true,
     .standardized = true,
     .loss = "squared_error",
     .losses = "squared_error absolute_error huber smooth_l1 log_cosh pinball gaussian_nll "
               "laplace_nll cosine_distance",
     .measure = {"mae", "mse"},
     .answers = AD_METRIC_NUMBERS,
     .metrics = "mae mse rmse",
     .predict = itself,
     .examples = run_windows},
    {.record = {.name = "gan",
                .also = "generative adversarial",
                .help = "new examples: a generator that a discriminator cannot tell from the data "
                        "(Goodfellow et al. 2014)"},
     .of_input = true,
     .players = true,
     .makes = AD_MAKES_BY_GAME,
     .lists = "generator discriminator",
     .measure = {"energy"},
     .predict = itself,
     .examples = run_add_noise},
    {.record = {.name = "vae",
                .also = "variational_autoencoder beta_vae",
                .help = "new examples, and codes of old ones: an autoencoder whose codes are drawn "
                        "near a Gaussian (Kingma and Welling 2014)"},
     .of_input = true,
     .makes = AD_MAKES_BY_CODE,
     .lists = "encoder decoder",
     .loss = "binary_cross_entropy",
     .losses = "binary_cross_entropy squared_error absolute_error huber",
     .measure = {"energy"},
     .predict = itself,
     .examples = run_add_noise},
    {.record = {.name = "diffusion",
                .also = "ddpm ddim score_based denoising_diffusion",
                .help = "new examples, of pure noise step by step: the model says which noise is "
                        "in what it is given (Ho et al. 2020)"},
     .of_input = true,
     .makes = AD_MAKES_BY_STEPS,
     .loss = "squared_error",
     .losses = "squared_error absolute_error huber smooth_l1",
     .predict = itself},
    {.record = {.name = "language_model",
                .also = "lm causal_lm language next_token text_generation char_rnn",
                .help = "the token that follows, at each token of a text; `adze sample` writes on"},
     .of_input = true,
     .over_time = true,
     .of_text = true,
     .loss = "cross_entropy",
     .losses = "cross_entropy focal weighted_cross_entropy",
     .measure = {"log_loss", "accuracy"},
     .answers = AD_METRIC_LOSSES,
     .metrics = "perplexity bits_a_byte",
     .predict = chances,
     .examples = run_language},
    {.record = {.name = "masked_language_model",
                .also = "mlm masked_lm bert fill_mask",
                .help = "tokens of a text that were hidden (Devlin et al. 2019)"},
     .of_input = true,
     .over_time = true,
     .of_text = true,
     .loss = "cross_entropy",
     .losses = "cross_entropy focal weighted_cross_entropy",
     .measure = {"log_loss", "accuracy"},
     .predict = chances,
     .examples = run_language},
    {.record = {.name = "sequence_to_sequence",
                .also = "seq2seq translation translate text_to_text encoder_decoder summarization "
                        "summarize",
                .help = "a text becomes another: translation, spelling, reversal (Sutskever et al. "
                        "2014)"},
     .target = AD_MEANS_TEXT,
     .over_time = true,
     .rewrites = true,
     .loss = "cross_entropy",
     .losses = "cross_entropy focal weighted_cross_entropy",
     .measure = {"log_loss", "accuracy"},
     .answers = AD_METRIC_SENTENCES,
     .metrics = "exact_match bleu character_error_rate word_error_rate",
     .predict = chances,
     .examples = run_sequence},
#ifdef ADZE_EXTRAS
    {.record = {.name = "transcription",
                .also = "ctc speech_recognition speech_to_text asr transcribe ocr handwriting",
                .help = "a text of what is said over time, or stands in a row: speech, writing; "
                        "which step says what need not be known (Graves et al. 2006)"},
     .target = AD_MEANS_TEXT,
     .transcribes = true,
     .loss = "ctc",
     .losses = "ctc",
     .answers = AD_METRIC_SENTENCES,
     .metrics = "exact_match character_error_rate word_error_rate",
     .predict = chances,
     .examples = run_pad_targets},
    {.record = {.name = "similarity",
                .also = "siamese metric_learning embedding embeddings contrastive_learning triplet "
                        "verification face_recognition",
                .help = "places of examples, near where they are of one class, also of classes "
                        "never seen (Bromley et al. 1993)"},
     .target = AD_MEANS_CLASS,
     .embeds = true,
     .loss = "contrastive",
     .losses = "contrastive triplet info_nce",
     .answers = AD_METRIC_PLACES,
     .metrics = "recall_at_1 pair_area",
     .predict = itself,
     .examples = run_groups},
#endif
};

const ad_record *ad_task_at(int i)
{
    return i >= 0 && i < (int)(sizeof tasks / sizeof *tasks) ? &tasks[i].record : NULL;
}
