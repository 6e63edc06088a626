/* What every command of `adze` shares: exit codes, options, messages.
 *
 * Results go to stdout, progress and messages to stderr. */
#ifndef ADZE_CLI_CLI_H
#define ADZE_CLI_CLI_H

#include <adze/kit.h>

typedef enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,    /* while running; also a stored run that is damaged */
    EXIT_USAGE = 2,     /* command, configuration, or both with this data */
    EXIT_DATA = 3,      /* the data, or an image */
    EXIT_DIVERGED = 4,  /* a loss that is not finite */
    EXIT_RESOURCES = 5, /* no memory or disk */
    EXIT_SIGNAL = 128   /* + number of the signal: stopped, with a checkpoint written */
} exit_code;

enum { SETTINGS_MAX = 256 };

/* Everything that an option can set; each command uses its part. */
typedef struct options {
    char **arguments; /* of the process */
    int argument_count;
    const char **words; /* what is no option, in order */
    int word_count;
    const char *data, *out, *seed, *from, *match, *names, *query;
    int threads; /* 0: all processors */
    const char *set[SETTINGS_MAX];
    int set_count;
    char instead[4][160]; /* settings that were written as options: --epochs 3 */
    int instead_count;
    const char *part, *by;
    int folds;                    /* 0: none */
    const struct options *folded; /* of one fold: those of all */
    ad_answer_format format;
    int64_t top, count; /* 0: not given */
    const char *svg, *sort;
    bool tensorboard, curves;
    bool json, resume, force, help, list, all, text, file_only, gradients, rates;
    int steps;            /* 0: as many as the seconds allow */
    double seconds;       /* 0: the default */
    const char *check;    /* a file */
    const char *html;     /* a file to write */
    const char *language; /* of a lab; NULL: English */
    bool quick;
    const char *start; /* of a text */
    const char *class; /* of examples */
    int64_t length;    /* of it; 0: not given */
    long beam;         /* 0: not given */
    int64_t first_row; /* from 1; 0: not given */
    bool f64;
    double heat; /* temperature; below 0: not given */
} options;

typedef struct option_row {
    const char *name, *argument, *help;          /* argument NULL: a switch */
    bool (*take)(options *o, const char *value); /* false: the value makes no sense */
    const char *wants;                           /* what does, for the message */
} option_row;

typedef struct command {
    const char *name, *usage, *help;
    const char *options; /* names of the options it takes, with spaces between */
    int (*run)(const options *o);
    int least, most; /* words; most < 0: any number */
    bool fields;     /* its help lists the fields of a configuration */
} command;

/* Reads arguments of a command.  EXIT_DONE, or EXIT_USAGE with the message printed. */
int options_read(const command *c, int count, char **arguments, options *o);
void options_done(options *o);
void options_help(const command *c);

/* The name of a list (NULL at its end) that wrong was meant to be, or NULL. */
const char *nearest(const char *wrong, const char *const *names);

/* Prints "adze: ..." to stderr and returns code. */
int say(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints a message of one or more paragraphs to stderr, before it `before` ("adze: " or ""), each
 * first line with its code at the end; fault: of a run, or AD_RUN_NO_FAULT. */
void say_words(const char *before, const char *words, ad_run_fault fault);
int say_no_memory(void);
/* The message of libadze's last failure, and the exit code that its status means. */
int say_error(void);
/* Of the kit's; otherwise is the code where neither memory nor disk is to blame. */
int say_kit_error(ad_status status, int otherwise);
/* To stdout; JSON has no NaN and no infinity: null stands for them. */
void print_json_number(double number);
void print_json_text(const char *words);
/* Flushes stdout; a full disk or closed pipe is found here. */
int close_output(int code);

int init_command(const options *o);
int data_command(const options *o);
int show_command(const options *o);
int check_command(const options *o);
int plan_command(const options *o);
int trace_command(const options *o);
int train_command(const options *o);
int folds_command(const options *o);
int eval_command(const options *o);
int predict_command(const options *o);
int sample_command(const options *o);
int report_command(const options *o);
int runs_command(const options *o);
int explain_command(const options *o);
int schema_command(const options *o);
int bench_command(const options *o);
int lab_command(const options *o);
int ops_command(const options *o);
#define RECORDS(command, one, all, list, section, chooser) int command##_command(const options *o);
#include "records.def"
#undef RECORDS

#endif
