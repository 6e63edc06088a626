/* `adze check FILE|RUN`: whether a configuration and its data are good, without a training. */
#include <math.h>
#include <stdio.h>

#include "configure.h"
#include "fault.h"
#include "remedy.h"

static const double good_gradient = 1e-6;

static int say_good(const options *o)
{
    if (!o->json) {
        printf("%s: good\n", o->words[0]);
        return EXIT_DONE;
    }
    printf("{\"event\": \"end\", \"file\": ");
    print_json_text(o->words[0]);
    printf(", \"good\": true}\n");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- gradients */

static void print_gradient(const options *o, const ad_gradient_error *e)
{
    if (!o->json) {
        printf("  %-32s %.1e\n", e->variable, e->error);
        return;
    }
    printf("{\"event\": \"gradient\", \"variable\": ");
    print_json_text(e->variable);
    printf(", \"error\": ");
    print_json_number(e->error);
    printf("}\n");
}

static int report_gradients(const options *o, const ad_gradient_errors *e)
{
    const ad_gradient_error *worst = &e->of[e->worst];
    if (!o->json)
        printf("gradients against differences in f64, relative error of each variable:\n");
    for (int i = 0; i < e->count; i++)
        print_gradient(o, &e->of[i]);
    if (!o->json && worst->error < good_gradient)
        printf("the worst is %s\n", worst->variable);
    if (worst->error < good_gradient)
        return EXIT_DONE;
    return say(EXIT_FAILED,
               "the gradient of %s is off by %.1e, more than %g\n  a layer that bends or jumps at "
               "many places (relu of few values, rounding) may do that: take it out to see",
               worst->variable, worst->error, good_gradient);
}

static int check_gradients(const options *o, const ad_config *config, ad_run_data *data)
{
    ad_gradient_errors errors = {0};
    ad_status status = data->train ? AD_OK : ad_run_sources(config, data);
    if (status == AD_OK)
        status = ad_gradient_errors_of(config, data, o->threads, &errors);
    int code = status != AD_OK     ? say_run(status, o, NULL)
               : errors.count == 0 ? EXIT_DONE
                                   : report_gradients(o, &errors);
    ad_gradient_errors_done(&errors);
    return code;
}

/* ---------------------------------------------------------------- rates */

typedef struct told {
    const options *o;
    int count;
} told;

static void print_rate(void *user, double rate, double loss)
{
    told *t = user;
    if (t->o->json) {
        printf("{\"event\": \"rate\", \"rate\": ");
        print_json_number(rate);
        printf(", \"loss\": ");
        print_json_number(loss);
        printf("}\n");
    } else if (t->count++ % 5 == 0) {
        printf("  %-10.2g %.5g\n", rate, loss);
    }
}

static int check_rates(const options *o, const ad_config *config, ad_run_data *data)
{
    double rate;
    told t = {.o = o};
    ad_status status = data->train ? AD_OK : ad_run_sources(config, data);
    if (status == AD_OK && !o->json)
        printf("rate       loss, of a step of each\n");
    if (status == AD_OK)
        status = ad_run_rates(config, data, o->threads, print_rate, &t, &rate);
    if (status != AD_OK)
        return say_run(status, o, NULL);
    if (o->json) {
        printf("{\"event\": \"suggestion\", \"rate\": ");
        print_json_number(rate);
        printf("}\n");
    } else if (rate > 0) {
        printf("the loss falls most steeply at %.2g: train.optimizer.rate=%.2g\n", rate, rate);
    } else {
        printf("the loss never fell: more examples, or another model\n");
    }
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- the whole */

/* Data that is not there is no mistake of the file. */
static int say_data(const options *o, ad_status status)
{
    int code = say_run(status, o, NULL);
    if (ad_run_why() != AD_RUN_BAD_DATA)
        return code;
    fputs("  to look at the file alone:\n", stderr);
    remedy_print(stderr, REMEDY_FILEONLY, &(remedy_values){.o = o});
    return code;
}

/* The graph is built for the data's shapes; weights are not made. */
static int check_data(const options *o, const ad_config *config, ad_run_data *data)
{
    ad_run_network n = {0};
    ad_status status = ad_run_understand(config, data);
    if (status == AD_OK && data->inputs == 0)
        status = ad_run_sources(config, data);
    if (status != AD_OK)
        return say_data(o, status);
    status = ad_run_graph(config, data, o->threads, &n);
    ad_run_network_done(&n);
    if (status != AD_OK)
        return say_run(status, o, NULL);
    int code = o->gradients ? check_gradients(o, config, data) : EXIT_DONE;
    return code == EXIT_DONE && o->rates ? check_rates(o, config, data) : code;
}

int check_command(const options *o)
{
    ad_config *config;
    ad_run_data data = {0};
    if (o->file_only && (o->gradients || o->rates))
        return say(EXIT_USAGE,
                   "%s needs the data, and --file-only leaves it alone\n  "
                   "give one of them",
                   o->gradients ? "--gradients" : "--rates");
    int code = configure_either(o, &config);
    if (code == EXIT_DONE && !o->file_only)
        code = check_data(o, config, &data);
    if (code == EXIT_DONE)
        say_good(o);
    ad_run_data_done(&data);
    ad_config_free(config);
    return code;
}
