/* The table of configuration fields.  A field exists when it has a row here; nothing else has to be told. */
#include <adze/kit.h>

#define AT(member) offsetof(ad_config, member)
#define RANGE(least, most) .low = least, .high = most

static const char format[] = "data.format";
static const char method[] = "train.optimizer.method";
static const char schedule[] = "train.schedule.method";

static const ad_field fields[] = {
    {.path = "data", .type = AD_FIELD_SECTION, .also = "dataset datasets", .help = "the images and their labels"},
    {.path = "data.format", .type = AD_FIELD_WORD, .words = "idx digits", .initial = "idx", .offset = AT(data.format),
     .also = "type kind dataset", .help = "idx: a folder with the four files of MNIST; digits: drawn by Adze, synthetic"},
    {.path = "data.path", .type = AD_FIELD_PATH, .required = true, .chooser = format, .with = "idx", .offset = AT(data.path),
     .also = "folder dir directory root", .help = "the folder, relative to this file"},
    {.path = "data.classes", .type = AD_FIELD_WHOLE, RANGE(0, 100000), .initial = "0", .chooser = format, .with = "idx",
     .offset = AT(data.classes), .also = "num_classes", .help = "labels are 0 to classes - 1; 0: as many as the labels show"},
    {.path = "data.names", .type = AD_FIELD_NAMES, .chooser = format, .with = "idx", .offset = AT(data.names),
     .also = "class_names labels", .help = "names of the classes, in order"},
    {.path = "data.validation", .type = AD_FIELD_NUMBER, RANGE(0, 1), .below_high = true, .initial = "0",
     .offset = AT(data.validation), .also = "val val_split validation_split holdout",
     .help = "share of the training set held out to measure by"},
    {.path = "data.train_count", .type = AD_FIELD_WHOLE, RANGE(0, 1e9), .initial = "0", .chooser = format,
     .instead = "digits=12000", .unit = "images", .offset = AT(data.train_count), .also = "train",
     .help = "use only the first ones, or draw that many; 0: all there are"},
    {.path = "data.test_count", .type = AD_FIELD_WHOLE, RANGE(0, 1e9), .initial = "0", .chooser = format,
     .instead = "digits=2000", .unit = "images", .offset = AT(data.test_count), .also = "test",
     .help = "the same of the test set"},
    {.path = "data.seed", .type = AD_FIELD_WHOLE, RANGE(0, 9007199254740992), .initial = "1", .chooser = format,
     .with = "digits", .offset = AT(data.seed), .help = "other digits for each seed"},

    {.path = "input", .type = AD_FIELD_SECTION, .also = "inputs preprocess transform normalize normalization",
     .help = "what happens to a pixel: (pixel * scale - mean) / std"},
    {.path = "input.scale", .type = AD_FIELD_NUMBER, RANGE(0, 1e6), .above_low = true, .initial = "1/255",
     .offset = AT(input.scale), .also = "rescale", .help = "factor for pixels, which are 0 to 255"},
    {.path = "input.mean", .type = AD_FIELD_NUMBERS, RANGE(-1e6, 1e6), .initial = "0", .offset = AT(input.mean),
     .help = "taken off after scaling"},
    {.path = "input.std", .type = AD_FIELD_NUMBERS, RANGE(0, 1e6), .above_low = true, .initial = "1", .offset = AT(input.std),
     .also = "deviation stddev", .help = "divided by after that"},

    {.path = "model", .type = AD_FIELD_MODEL, .required = true, .also = "layers network net", .help = "the layers, first to last"},

    {.path = "train", .type = AD_FIELD_SECTION, .also = "fit trainer", .help = "how the model learns"},
    {.path = "train.epochs", .type = AD_FIELD_WHOLE, RANGE(1, 1e6), .initial = "10", .unit = "epochs", .offset = AT(train.epochs),
     .also = "num_epochs max_epochs", .help = "passes over the training set"},
    {.path = "train.batch", .type = AD_FIELD_WHOLE, RANGE(1, 1e6), .initial = "64", .unit = "images", .offset = AT(train.batch),
     .also = "batch_size batchsize minibatch", .help = "images in a step"},
    {.path = "train.seed", .type = AD_FIELD_WHOLE, RANGE(0, 9007199254740992), .initial = "1", .offset = AT(train.seed),
     .also = "random_seed random_state", .help = "of first weights, order and dropout; same seed, same bits"},
    {.path = "train.loss", .type = AD_FIELD_WORD, .words = "cross_entropy squared_error", .initial = "cross_entropy",
     .offset = AT(train.loss), .also = "criterion objective",
     .help = "cross_entropy of the softmax of the last layer, or squared_error from one-hot targets"},
    {.path = "train.label_smoothing", .type = AD_FIELD_NUMBER, RANGE(0, 1), .below_high = true, .initial = "0",
     .chooser = "train.loss", .with = "cross_entropy", .offset = AT(train.label_smoothing), .also = "smoothing",
     .help = "share of the target spread evenly over the classes"},
    {.path = "train.clip_norm", .type = AD_FIELD_NUMBER, RANGE(0, 1e9), .initial = "0", .offset = AT(train.clip_norm),
     .also = "max_norm grad_clip gradient_clip max_grad_norm clip", .help = "largest global norm of the gradients; 0: no limit"},
    {.path = "train.clip_value", .type = AD_FIELD_NUMBER, RANGE(0, 1e9), .initial = "0", .offset = AT(train.clip_value),
     .help = "largest size of any one element of a gradient; 0: no limit"},

    {.path = "train.optimizer", .type = AD_FIELD_SECTION, .also = "optim optimiser solver", .help = "the rule of each step"},
    {.path = "train.optimizer.method", .type = AD_FIELD_WORD, .words = "sgd rmsprop adam adamw", .initial = "adam",
     .offset = AT(train.optimizer.method), .also = "type name kind algorithm", .help = "formulas as in PyTorch"},
    {.path = "train.optimizer.rate", .type = AD_FIELD_NUMBER, RANGE(0, 1000), .above_low = true, .initial = "0.01",
     .instead = "adam=0.001 adamw=0.001", .chooser = method, .offset = AT(train.optimizer.rate),
     .also = "lr learning_rate learningrate step_size eta", .help = "learning rate"},
    {.path = "train.optimizer.momentum", .type = AD_FIELD_NUMBER, RANGE(0, 1), .below_high = true, .initial = "0",
     .chooser = method, .with = "sgd rmsprop", .offset = AT(train.optimizer.momentum), .help = "share of the last step kept"},
    {.path = "train.optimizer.nesterov", .type = AD_FIELD_TRUTH, .initial = "false", .chooser = method, .with = "sgd",
     .offset = AT(train.optimizer.nesterov), .help = "look ahead by the momentum"},
    {.path = "train.optimizer.beta1", .type = AD_FIELD_NUMBER, RANGE(0, 1), .below_high = true, .initial = "0.9",
     .chooser = method, .with = "adam adamw", .offset = AT(train.optimizer.beta1), .also = "betas",
     .help = "share of the old mean kept"},
    {.path = "train.optimizer.beta2", .type = AD_FIELD_NUMBER, RANGE(0, 1), .below_high = true, .initial = "0.999",
     .chooser = method, .with = "adam adamw", .offset = AT(train.optimizer.beta2), .help = "share of the old mean square kept"},
    {.path = "train.optimizer.alpha", .type = AD_FIELD_NUMBER, RANGE(0, 1), .below_high = true, .initial = "0.99",
     .chooser = method, .with = "rmsprop", .offset = AT(train.optimizer.alpha), .also = "rho",
     .help = "share of the old mean square kept"},
    {.path = "train.optimizer.epsilon", .type = AD_FIELD_NUMBER, RANGE(0, 1), .above_low = true, .initial = "1e-8",
     .chooser = method, .with = "rmsprop adam adamw", .offset = AT(train.optimizer.epsilon), .also = "eps",
     .help = "added below the division"},
    {.path = "train.optimizer.decay", .type = AD_FIELD_NUMBER, RANGE(0, 1000), .initial = "0", .instead = "adamw=0.01",
     .chooser = method, .offset = AT(train.optimizer.decay), .also = "weight_decay l2",
     .help = "weight decay: L2 in the gradient, or off the weight with adamw"},

    {.path = "train.schedule", .type = AD_FIELD_SECTION, .also = "scheduler lr_schedule lr_scheduler",
     .help = "how the learning rate changes"},
    {.path = "train.schedule.method", .type = AD_FIELD_WORD, .words = "constant cosine step", .initial = "constant",
     .offset = AT(train.schedule.kind), .also = "type name kind", .help = "cosine: down to final; step: times factor now and then"},
    {.path = "train.schedule.warmup", .type = AD_FIELD_WHOLE, RANGE(0, 1e9), .initial = "0", .unit = "steps",
     .offset = AT(train.schedule.warmup), .also = "warmup_steps", .help = "the rate rises evenly to its value over these first steps"},
    {.path = "train.schedule.final", .type = AD_FIELD_NUMBER, RANGE(0, 1000), .initial = "0", .chooser = schedule,
     .with = "cosine", .offset = AT(train.schedule.final), .also = "eta_min min_lr end", .help = "the rate at the end"},
    {.path = "train.schedule.every", .type = AD_FIELD_WHOLE, RANGE(1, 1e6), .initial = "10", .unit = "epochs",
     .chooser = schedule, .with = "step", .offset = AT(train.schedule.every), .also = "step_size",
     .help = "epochs from one drop to the next"},
    {.path = "train.schedule.factor", .type = AD_FIELD_NUMBER, RANGE(0, 1), .above_low = true, .initial = "0.1",
     .chooser = schedule, .with = "step", .offset = AT(train.schedule.factor), .also = "gamma", .help = "of each drop"},

    {.path = "train.early_stopping", .type = AD_FIELD_SECTION, .also = "earlystopping",
     .help = "end when the validation set shows no gain"},
    {.path = "train.early_stopping.patience", .type = AD_FIELD_WHOLE, RANGE(0, 1e6), .initial = "0", .unit = "epochs",
     .offset = AT(train.early_stopping.patience), .help = "epochs without a lower validation loss; 0: never end early"},
    {.path = "train.early_stopping.min_delta", .type = AD_FIELD_NUMBER, RANGE(0, 1e9), .initial = "0",
     .offset = AT(train.early_stopping.min_delta), .also = "delta tolerance", .help = "what counts as lower: by more than this"},
};

const ad_field *ad_config_fields(int *count)
{
    *count = sizeof fields / sizeof *fields;
    return fields;
}
