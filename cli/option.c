/* Options of all commands: one table, and its reader. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remedy.h"

static bool take_data(options *o, const char *value)
{
    o->data = value;
    return *value;
}

static bool take_out(options *o, const char *value)
{
    o->out = value;
    return *value;
}

static bool take_match(options *o, const char *value)
{
    o->match = value;
    return *value;
}

static bool take_names(options *o, const char *value)
{
    o->names = value;
    return *value;
}

static bool take_from(options *o, const char *value)
{
    o->from = value;
    return *value;
}

static bool take_query(options *o, const char *value)
{
    o->query = value;
    return *value;
}

static bool take_seed(options *o, const char *value)
{
    o->seed = value;
    return *value && strlen(value) <= 16 && value[strspn(value, "0123456789")] == 0;
}

static bool take_threads(options *o, const char *value)
{
    char *end;
    long threads = strtol(value, &end, 10);
    o->threads = threads >= 1 && threads <= 1024 ? (int)threads : 0;
    return *value && *end == 0 && o->threads > 0;
}

static bool take_set(options *o, const char *value)
{
    if (o->set_count == SETTINGS_MAX)
        return false;
    o->set[o->set_count++] = value;
    return true;
}

static bool take_json(options *o, const char *value)
{
    (void)value;
    return o->json = true;
}

static bool take_resume(options *o, const char *value)
{
    (void)value;
    return o->resume = true;
}

static bool take_force(options *o, const char *value)
{
    (void)value;
    return o->force = true;
}

static bool take_tensorboard(options *o, const char *value)
{
    (void)value;
    return o->tensorboard = true;
}

static bool take_curves(options *o, const char *value)
{
    (void)value;
    return o->curves = true;
}

static bool take_svg(options *o, const char *value)
{
    o->svg = value;
    return *value;
}

static bool take_sort(options *o, const char *value)
{
    o->sort = value;
    return *value;
}

static bool take_file_only(options *o, const char *value)
{
    (void)value;
    return o->file_only = true;
}

static bool take_gradients(options *o, const char *value)
{
    (void)value;
    return o->gradients = true;
}

static bool take_rates(options *o, const char *value)
{
    (void)value;
    return o->rates = true;
}

static bool take_seconds(options *o, const char *value)
{
    char *end;
    o->seconds = strtod(value, &end);
    return *value && *end == 0 && o->seconds > 0 && o->seconds <= 3600;
}

static bool take_steps(options *o, const char *value)
{
    char *end;
    long steps = strtol(value, &end, 10);
    o->steps = steps >= 1 && steps <= 1000000 ? (int)steps : 0;
    return *value && *end == 0 && o->steps > 0;
}

static bool take_check(options *o, const char *value)
{
    o->check = value;
    return *value;
}

static bool take_list(options *o, const char *value)
{
    (void)value;
    return o->list = true;
}

static bool take_text(options *o, const char *value)
{
    (void)value;
    return o->text = true;
}

static bool take_all(options *o, const char *value)
{
    (void)value;
    return o->all = true;
}

static bool take_format(options *o, const char *value)
{
    static const char *const words[] = {"table", "csv", "json"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, words[i]) == 0) {
            o->format = (ad_answer_format)i;
            return true;
        }
    }
    return false;
}

static bool take_json_lines(options *o, const char *value)
{
    (void)value;
    o->format = AD_ANSWER_JSON;
    return true;
}

static bool take_top(options *o, const char *value)
{
    char *end;
    long top = strtol(value, &end, 10);
    o->top = top >= 1 && top <= 100000 ? top : 0;
    return *value && *end == 0 && o->top > 0;
}

static bool take_start(options *o, const char *value)
{
    o->start = value;
    return true;
}

static bool take_class(options *o, const char *value)
{
    o->class = value;
    return true;
}

static bool take_length(options *o, const char *value)
{
    char *end;
    long length = strtol(value, &end, 10);
    o->length = length >= 1 && length <= 1 << 24 ? length : 0;
    return *value && *end == 0 && o->length > 0;
}

static bool take_heat(options *o, const char *value)
{
    char *end;
    o->heat = strtod(value, &end);
    return *value && *end == 0 && o->heat > 0 && o->heat <= 100;
}

static bool take_count(options *o, const char *value)
{
    char *end;
    long count = strtol(value, &end, 10);
    o->count = count >= 1 && count <= 100000000 ? count : 0;
    return *value && *end == 0 && o->count > 0;
}

/* "5-8", "5": numbers from 1. */
static bool take_rows(options *o, const char *value)
{
    char *end;
    if (*value < '0' || *value > '9')
        return false;
    long first = strtol(value, &end, 10), last = first;
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        last = strtol(end + 1, &end, 10);
    o->first_row = first;
    o->count = last - first + 1;
    return *end == 0 && first >= 1 && last >= first && last <= 1L << 40 && o->count <= 1 << 20;
}

static bool take_f64(options *o, const char *value)
{
    (void)value;
    return o->f64 = true;
}

static bool take_part(options *o, const char *value)
{
    o->part = value;
    return strcmp(value, "train") == 0 || strcmp(value, "validation") == 0 ||
           strcmp(value, "test") == 0 || strcmp(value, "all") == 0;
}

static bool take_folds(options *o, const char *value)
{
    char *end;
    long folds = strtol(value, &end, 10);
    o->folds = folds >= 2 && folds <= 32 ? (int)folds : 0;
    return *value && *end == 0 && o->folds > 0;
}

static bool take_beam(options *o, const char *value)
{
    char *end;
    o->beam = strtol(value, &end, 10);
    return *value && *end == 0 && o->beam >= 1 && o->beam <= 100;
}

static bool take_by(options *o, const char *value)
{
    o->by = value;
    return *value;
}

static bool take_html(options *o, const char *value)
{
    o->html = value;
    return *value;
}

static bool take_language(options *o, const char *value)
{
    o->language = value;
    return strcmp(value, "en") == 0 || strcmp(value, "zh") == 0;
}

static bool take_quick(options *o, const char *value)
{
    (void)value;
    return o->quick = true;
}

static bool take_help(options *o, const char *value)
{
    (void)value;
    return o->help = true;
}

/* Options of one command alone, before those that several have. */
typedef struct own_row {
    const char *command;
    option_row row;
} own_row;

static const own_row own_rows[] = {
    {"data",
     {"--html", "FILE", "write all of it there as a page, with pictures", take_html, "a file"}},
    {"predict",
     {"--format", "WORD", "table (for a person), csv or json (one object a line)", take_format,
      "table, csv or json"}},
    {"predict", {"--json", NULL, "the same as --format json", take_json_lines, NULL}},
    {"predict",
     {"--top", "K", "tell the K most likely classes, or tokens", take_top,
      "a number from 1 to 100000"}},
    {"predict",
     {"--all", NULL, "tell the chance of every class; forecast every window of a file", take_all,
      NULL}},
    {"predict",
     {"--beam", "N",
      "tasks that write texts: kept while one is written; 1: the likeliest each time", take_beam,
      "a number from 1 to 100"}},
    {"predict",
     {"--length", "N", "sequence_to_sequence: tokens written at most", take_length,
      "a number from 1 to 16777216"}},
    {"predict",
     {"--out", "FILE", "write there, the whole or nothing; without it, to standard output",
      take_out, "a file"}},
    {"sample",
     {"--count", "N", "how many: 16, or of a language model 1, if not given", take_count,
      "a number from 1 to 100000000"}},
    {"sample",
     {"--start", "TEXT", "language model: what the text begins with", take_start, "a text"}},
    {"sample",
     {"--length", "N", "language model: tokens written, 500 if not given", take_length,
      "a number from 1 to 16777216"}},
    {"sample",
     {"--class", "NAME", "of that class, where the model is told them; else of all by turns",
      take_class, "the name of a class"}},
    {"sample",
     {"--steps", "N",
      "diffusion: in so many steps without new noise (DDIM), in place of all with it", take_steps,
      "a number from 1 to 1000000"}},
    {"sample",
     {"--temperature", "T", "language model: below 1 likely tokens are likelier still", take_heat,
      "a number above 0, at most 100"}},
    {"sample",
     {"--top", "K", "language model: of the K likeliest tokens alone; 1: always the likeliest",
      take_top, "a number from 1 to 100000"}},
    {"sample",
     {"--seed", "N", "other examples for each; 1 if not given", take_seed,
      "a whole number of at most 16 digits"}},
    {"sample",
     {"--out", "PATH", "a CSV file, else standard output; of pictures a folder, which is needed",
      take_out, "a file or folder"}},
    {"report", {"--out", "FILE", "write there; without it, RUN/report.html", take_out, "a file"}},
    {"report",
     {"--data", "PATH", "where the data is, where it has moved", take_data, "a file or folder"}},
    {"trace",
     {"--rows", "A-B", "of the training part, in the order of the data, from 1; else the first",
      take_rows, "numbers, such as 1-8, at most 1048576 of them"}},
    {"trace",
     {"--batch", "N", "so many rows, from the first; else train.batch", take_count,
      "a number from 1 to 100000000"}},
    {"trace",
     {"--steps", "N", "make so many steps on these rows, and write the weights behind them",
      take_steps, "a number from 1 to 1000000"}},
    {"trace", {"--f64", NULL, "compute in f64, from the same first weights", take_f64, NULL}},
    {"trace",
     {"--match", "NAMES", "layers whose names match alone, such as 'conv*'", take_match,
      "a name of layers, in which * stands for any text"}},
    {"trace",
     {"--from", "PATH", "of these weights: a run folder, or a safetensors file", take_from,
      "a folder or file"}},
    {"trace", {"--out", "FILE", "write there; without it, trace.safetensors", take_out, "a file"}},
    {"train",
     {"--tensorboard", NULL, "write event files for TensorBoard into --out, too", take_tensorboard,
      NULL}},
    {"train", {"--curves", NULL, "draw losses and measures at the end", take_curves, NULL}},
    {"lab", {"--set", "key=value", "a setting of the lab; may be repeated", take_set, "key=value"}},
    {"lab",
     {"--seed", "N", "other numbers by chance; 1 if not given", take_seed,
      "a whole number of at most 16 digits"}},
    {"lab",
     {"--out", "DIR", "write a page, a drawing and all numbers there", take_out, "a folder"}},
    {"lab", {"--all", NULL, "run all labs and write a book of them into --out", take_all, NULL}},
    {"lab", {"--quick", NULL, "fewer steps and seeds", take_quick, NULL}},
    {"lab", {"--lang", "WORD", "the language: en or zh", take_language, "en or zh"}},
    {"show", {"--svg", "FILE", "draw the model, with shapes and parameters", take_svg, "a file"}},
    {"runs",
     {"--sort", "NAME", "by that column; a measure, epochs, seconds, ended (the default)",
      take_sort, "the name of a column"}},
    {"eval",
     {"--data", "PATH", "where the data has moved to, or other data of its kind: all of it counts",
      take_data, "a file or folder"}},
    {"eval",
     {"--part", "WORD", "train, validation, test (the default), or all that the data holds",
      take_part, "train, validation, test or all"}},
    {"eval",
     {"--beam", "N",
      "tasks that write texts: kept while one is written; 1: the likeliest each time", take_beam,
      "a number from 1 to 100"}},
    {"eval",
     {"--length", "N", "sequence_to_sequence: tokens written at most", take_length,
      "a number from 1 to 16777216"}},
    {"eval",
     {"--by", "FIELD",
      "measure each value of a field alone: a class, or whole numbers; a forecast by step", take_by,
      "the name of a field"}},
};

static const option_row rows[] = {
    {"--data", "DIR", "the folder with the images: the four files of MNIST, or of its kind",
     take_data, "a folder"},
    {"--out", "DIR", "store the network, checkpoints and the configuration there", take_out,
     "a folder"},
    {"--from", "PATH", "begin with the weights of a run folder, or of a safetensors file",
     take_from, "a folder or file"},
    {"--match", "NAMES",
     "with --from: only variables whose names match, such as 'conv*'; others begin anew",
     take_match, "a name of variables, in which * stands for any text"},
    {"--names", "MAP",
     "with --from: a text file of lines 'theirs ours', in which * is any text, and "
     "*-1 of theirs a number less one",
     take_names, "a file"},
    {"--folds", "K", "cross-validation: K trainings, each tested on the part it has not seen",
     take_folds, "a number from 2 to 32"},
    {"--query", "SQL", "of a database: the SELECT whose rows are the examples", take_query,
     "one SELECT"},
    {"--seed", "N", "of first weights, order and dropout; same seed, same bits", take_seed,
     "a whole number of at most 16 digits"},
    {"--threads", "N", "processors to use; the bits do not depend on it", take_threads,
     "a number from 1 to 1024"},
    {"--set", "key=value", "a field of the configuration, such as train.epochs=3; may be repeated",
     take_set, "key=value, at most 256 times"},
    {"--json", NULL, "results as JSON, one object a line", take_json, NULL},
    {"--resume", NULL, "go on with the run in --out, to the same bits as if never stopped",
     take_resume, NULL},
    {"--force", NULL, "write over the run in --out", take_force, NULL},
    {"--file-only", NULL, "leave the data alone: only what the file says", take_file_only, NULL},
    {"--gradients", NULL, "compare the model's gradients with differences, in f64", take_gradients,
     NULL},
    {"--rates", NULL, "try learning rates from 1e-7 to 10, and say which to begin with", take_rates,
     NULL},
    {"--seconds", "S", "time each workload for so long", take_seconds,
     "seconds, more than 0 and at most 3600"},
    {"--steps", "N", "make so many steps of each workload, untimed: for counting instructions",
     take_steps, "a number from 1 to 1000000"},
    {"--check", "FILE",
     "compare with weights that bench/check.py stored, or with the interpreter (naive), untimed",
     take_check, "a file, or naive"},
    {"--list", NULL, "names of all workloads", take_list, NULL},
    {"--text", NULL, "print the compiled programs instead of timing them", take_text, NULL},
    {"--all", NULL, "every workload", take_all, NULL},
    {"--help", NULL, "this text", take_help, NULL},
};

enum { OWN = sizeof own_rows / sizeof *own_rows, ROWS = OWN + sizeof rows / sizeof *rows };

/* Own rows first. */
static const option_row *row_at(int i)
{
    return i < OWN ? &own_rows[i].row : &rows[i - OWN];
}

/* ---------------------------------------------------------------- reading */

static bool listed(const char *list, const char *name, size_t size)
{
    for (const char *p = list; (p = strstr(p, name)) != NULL; p += size)
        if ((p == list || p[-1] == ' ') && (p[size] == ' ' || p[size] == 0))
            return true;
    return false;
}

static bool takes(const command *c, int i)
{
    const option_row *row = row_at(i);
    if (i < OWN && strcmp(own_rows[i].command, c->name) != 0)
        return false;
    return row->take == take_help || listed(c->options, row->name, strlen(row->name));
}

static const option_row *find(const command *c, const char *word, size_t size)
{
    if (strcmp(word, "-h") == 0)
        return row_at(ROWS - 1);
    for (int i = 0; i < ROWS; i++)
        if (strlen(row_at(i)->name) == size && memcmp(row_at(i)->name, word, size) == 0 &&
            takes(c, i))
            return row_at(i);
    return NULL;
}

/* Whether row i is what the command takes by its name. */
static bool is_its(const command *c, int i)
{
    return find(c, row_at(i)->name, strlen(row_at(i)->name)) == row_at(i);
}

static int unknown(const command *c, const char *word, size_t size)
{
    const char *names[ROWS + 1] = {NULL}, *best;
    int count = 0;
    for (int i = 0; i < ROWS; i++)
        if (is_its(c, i))
            names[count++] = row_at(i)->name;
    char start[64];
    snprintf(start, sizeof start, "%.*s", (int)size, word);
    best = nearest(start, names);
    say(EXIT_USAGE, "%s has no option '%s'", c->name, start);
    return remedy_nearest(best, REMEDY_OPTIONS, &(remedy_values){.setting = c->name});
}

/* "--epochs 3": a field of the configuration, in o as the setting that was meant; false where it is
 * none, or cannot be one of this command.  *used counts the arguments that are its. */
static bool read_field(const command *c, char **arguments, int left, options *o, int *used)
{
    const char *word = arguments[0], *value = strchr(word, '=');
    char name[64], *setting = o->instead[o->instead_count];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    bool settable = listed(c->options, "--set", strlen("--set")) && strncmp(name, "--", 2) == 0;
    char *path = settable ? ad_config_field(name + 2) : NULL;
    if (!path || o->instead_count == 4 || o->set_count == SETTINGS_MAX) {
        free(path);
        return false;
    }
    bool next = !value && left > 1 && arguments[1][0] != '-';
    *used = next ? 2 : 1;
    snprintf(setting, sizeof o->instead[0], "%s=%s", path,
             value  ? value + 1
             : next ? arguments[1]
                    : "VALUE");
    say(EXIT_USAGE, "%s has no option '%s': it is %s of the configuration", c->name, name, path);
    o->set[o->set_count++] = setting;
    o->instead_count++;
    free(path);
    return true;
}

/* Reads the option at *arguments; *used counts the arguments it took. */
static int read_option(const command *c, char **arguments, int left, options *o, int *used)
{
    const char *word = arguments[0], *value = strchr(word, '=');
    size_t size = value ? (size_t)(value - word) : strlen(word);
    const option_row *row = find(c, word, size);
    *used = 1;
    if (!row)
        return read_field(c, arguments, left, o, used) ? EXIT_DONE : unknown(c, word, size);
    if (!row->argument && value)
        return say(EXIT_USAGE, "%s takes no value\n  write %s alone", row->name, row->name);
    if (row->argument && !value && left > 1)
        value = arguments[(*used)++];
    else
        value = value ? value + 1 : row->argument ? NULL : "";
    if (!value)
        return say(EXIT_USAGE, "%s lacks its value\n  write %s %s", row->name, row->name,
                   row->argument);
    if (!row->take(o, value))
        return say(EXIT_USAGE, "%s '%s' makes no sense\n  it takes %s", row->name, value,
                   row->wants);
    return EXIT_DONE;
}

static int check_words(const command *c, const options *o)
{
    if (o->instead_count > 0) {
        fputs("  write it as a setting:\n", stderr);
        remedy_print(stderr, REMEDY_SETTING, &(remedy_values){.o = o, .setting = c->name});
        return EXIT_USAGE;
    }
    if (o->help)
        return EXIT_DONE;
    if (o->word_count < c->least)
        return say(EXIT_USAGE, "%s lacks an argument\n  usage: adze %s %s", c->name, c->name,
                   c->usage);
    if (c->most >= 0 && o->word_count > c->most)
        return say(EXIT_USAGE, "%s: '%s' is one argument too many\n  usage: adze %s %s", c->name,
                   o->words[c->most], c->name, c->usage);
    return EXIT_DONE;
}

int options_read(const command *c, int count, char **arguments, options *o)
{
    bool only_words = false;
    o->words = calloc((size_t)count + 1, sizeof *o->words);
    if (!o->words)
        return say_no_memory();
    for (int i = 0, used = 1; i < count; i += used) {
        const char *word = arguments[i];
        used = 1;
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (only_words || word[0] != '-' || word[1] == 0) {
            o->words[o->word_count++] = word;
        } else {
            int code = read_option(c, arguments + i, count - i, o, &used);
            if (code != EXIT_DONE)
                return code;
        }
    }
    return check_words(c, o);
}

void options_done(options *o)
{
    free(o->words);
}

/* ---------------------------------------------------------------- help */

void options_help(const command *c)
{
    printf("adze %s %s: %s\n\noptions:\n", c->name, c->usage, c->help);
    for (int i = 0; i < ROWS; i++) {
        char left[32];
        const option_row *row = row_at(i);
        snprintf(left, sizeof left, "%s %s", row->name, row->argument ? row->argument : "");
        if (is_its(c, i))
            printf("  %-18s %s\n", left, row->help);
    }
    if (!c->fields)
        return;
    char *text = ad_config_help();
    printf("\nWithout FILE this is trained:\n\n%s\nA configuration may say:\n\n%s",
           ad_config_builtin(), text ? text : "");
    free(text);
}
