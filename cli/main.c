/* The command adze: its table of commands.  A command exists when it has a row here. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "remedy.h"

static const command commands[] = {
    {"init", "DATA [TARGET...]", "write a first configuration of DATA to stdout", "--query --set",
     init_command, 1, 1 + AD_INIT_TARGETS_MAX, false},
    {"data", "DATA|FILE.yaml|RUN [TARGET...]", "say what data is, and what may be wrong with it",
     "--html --set --threads --json", data_command, 1, 1 + AD_INIT_TARGETS_MAX, false},
    {"show", "FILE|RUN", "list a model's layers: shapes, parameters, FLOPs",
     "--data --set --json --svg", show_command, 1, 1, false},
    {"plan", "[FILE]", "say what a training takes: memory, time, steps; nothing is stored",
     "--data --threads --set --json", plan_command, 0, 1, false},
    {"check", "FILE|RUN", "say whether a configuration is good, with its data; nothing is trained",
     "--data --set --threads --file-only --gradients --rates --json", check_command, 1, 1, false},
    {"trace", "FILE|RUN",
     "write what every layer makes of one batch, gradients and weights behind some steps",
     "--data --rows --batch --steps --f64 --match --from --names --out --threads --set --json",
     trace_command, 1, 1, false},
    {"train", "[FILE.yaml]", "train a network and test it; without FILE, on built-in digits",
     "--data --out --from --match --names --folds --seed --threads --set --json --resume --force "
     "--tensorboard --curves",
     train_command, 0, 1, true},
    {"eval", "RUN", "test the network that a training stored in the folder RUN",
     "--data --part --by --beam --length --threads --json", eval_command, 1, 1, false},
    {"predict", "RUN FILE...",
     "answer for files, folders or - (standard input), by a run folder or a model file",
     "--format --json --top --all --beam --length --out", predict_command, 2, -1, false},
    {"sample", "RUN",
     "new examples, by the generator of a task gan in a run folder or model file; or a text, by a "
     "language model",
     "--count --class --steps --start --length --temperature --top --seed --out", sample_command, 1,
     1, false},
    {"report", "RUN [RUN]", "write report.html of a run; of two, say which is better",
     "--out --data --threads --json", report_command, 1, 2, false},
    {"runs", "[FOLDER]", "list the runs there and in folders in it", "--sort --json", runs_command,
     0, 1, false},
    {"explain", "[CODE...]",
     "say what the code at the end of a message means; without one, list all", "", explain_command,
     0, -1, false},
    {"schema", "", "print the JSON Schema of configuration files, for editors", "", schema_command,
     0, 0, false},
    {"bench", "[NAME...]", "time training steps, inference and kernels on this machine",
     "--threads --seconds --steps --json --list --all --text --check", bench_command, 0, -1, false},
#ifdef ADZE_LABS
    {"lab", "[NAME]",
     "answer a question about deep learning by an experiment; without NAME, list them",
     "--seed --set --threads --out --all --quick --lang", lab_command, 0, 1, false},
#endif
    {"ops", "[NAME...]", "list the ops, or say all that is known of some", "", ops_command, 0, -1,
     false},
#define RECORDS(command, one, all, list, section, chooser) \
    {#command,                                             \
     "[NAME...]",                                          \
     "list " all ", or say all that is known of some",     \
     "",                                                   \
     command##_command,                                    \
     0,                                                    \
     -1,                                                   \
     false},
#include "records.def"
#undef RECORDS
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int help(void)
{
    puts("adze: trains neural networks on pictures, tables, texts, sounds and series\n\nusage:");
    for (int i = 0; i < COMMANDS; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].usage);
        printf("  adze %-22s %s\n", left, commands[i].help);
    }
    puts("  adze --version\n"
         "  adze COMMAND --help      its options, and what a configuration may say\n"
         "\n"
         "A message ends with a code, such as [E201]: `adze explain E201` says what it means.\n"
         "\n"
         "start with:");
    remedy_print(stdout, REMEDY_START, &(remedy_values){.out = "run"});
    puts("\n"
         "with data of your own (pictures, a table, texts, sounds, a series, arrays, a database):\n"
         "    adze init DATA [TARGET] >my.yaml\n"
         "    adze train my.yaml --out run\n"
         "    adze predict run FILE\n"
         "\n"
         "exit codes: 0 done, 1 failed while running, 2 command or configuration, 3 data,\n"
         "4 diverged, 5 no memory or disk, 130 and 143 stopped by a signal");
    return EXIT_DONE;
}

static int version(void)
{
    printf("adze %s\n", ad_version());
    return EXIT_DONE;
}

/* What others call a command. */
static const char *const also[][2] = {
    {"new", "init"},       {"create", "init"},   {"generate", "init"}, {"summary", "show"},
    {"info", "show"},      {"inspect", "show"},  {"describe", "show"}, {"model", "show"},
    {"estimate", "plan"},  {"dry-run", "plan"},  {"profile", "plan"},  {"lint", "check"},
    {"validate", "check"}, {"verify", "check"},  {"fit", "train"},     {"run", "train"},
    {"test", "eval"},      {"evaluate", "eval"}, {"infer", "predict"}, {"inference", "predict"},
};

static const char *meant(const char *word)
{
    for (size_t i = 0; i < sizeof also / sizeof *also; i++)
        if (strcmp(also[i][0], word) == 0)
            return also[i][1];
    return NULL;
}

static int unknown(const char *word)
{
    const char *names[COMMANDS + 3] = {NULL};
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    names[COMMANDS] = "--help";
    names[COMMANDS + 1] = "--version";
    const char *best = meant(word) ? meant(word) : nearest(word, names);
    say(EXIT_USAGE, word[0] == '-' ? "adze has no option '%s'" : "no command '%s'", word);
    return remedy_nearest(best, REMEDY_HELP, NULL);
}

static int none(void)
{
    say(EXIT_USAGE, "no command\n  start with the first of these, or see the second:");
    remedy_print(stderr, REMEDY_START, &(remedy_values){.out = "run"});
    remedy_print(stderr, REMEDY_HELP, NULL);
    return EXIT_USAGE;
}

static int run(const command *c, int count, char **arguments)
{
    options o = {.arguments = arguments, .argument_count = count};
    int code = options_read(c, count - 2, arguments + 2, &o);
    if (code == EXIT_DONE && o.help)
        options_help(c);
    else if (code == EXIT_DONE)
        code = c->run(&o);
    options_done(&o);
    return code;
}

static bool is(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static const command *find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

/* `help VERB` is `VERB --help`. */
static int help_on(const char *name)
{
    const command *c = find(name);
    if (!c)
        return unknown(name);
    options_help(c);
    return EXIT_DONE;
}

static int dispatch(int count, char **arguments)
{
    if (count < 2)
        return none();
    if (is(arguments[1], "help", "--help") && count > 2)
        return help_on(arguments[2]);
    if (is(arguments[1], "--help", "-h") || is(arguments[1], "help", "help"))
        return help();
    if (is(arguments[1], "--version", "version"))
        return version();
    const command *c = find(arguments[1]);
    return c ? run(c, count, arguments) : unknown(arguments[1]);
}

int main(int count, char **arguments)
{
    remedy_program(arguments[0]);
    return close_output(dispatch(count, arguments));
}
