/* `adze trace FILE`: what every layer makes of one batch, its gradients and a few steps, for
 * script/compare-with-torch and its like. */
#include <stdio.h>

#include "configure.h"
#include "fault.h"

static void print_text(const options *o, const ad_run_trace_result *r, const char *out)
{
    printf("%s: rows %lld to %lld, outputs of %d layers, gradients of %d variables\n", out,
           (long long)r->first + 1, (long long)(r->first + r->count), r->layers, r->gradients);
    printf("loss %.9g, in training %.9g", r->loss, r->loss_training);
    if (o->steps)
        printf(", after %d step%s %.9g", o->steps, o->steps == 1 ? "" : "s", r->loss_after);
    printf("\n");
    if (r->random)
        printf("outputs in training are drawn at random (dropout, noise): compare those at "
               "inference, or set the rates to 0\n");
}

static void print_json(const options *o, const ad_run_trace_result *r, const char *out)
{
    printf("{\"event\": \"end\", \"out\": ");
    print_json_text(out);
    printf(", \"first\": %lld, \"last\": %lld, \"layers\": %d, \"gradients\": %d, \"loss\": ",
           (long long)r->first + 1, (long long)(r->first + r->count), r->layers, r->gradients);
    print_json_number(r->loss);
    printf(", \"loss_training\": ");
    print_json_number(r->loss_training);
    printf(", \"loss_after\": ");
    if (o->steps)
        print_json_number(r->loss_after);
    else
        printf("null");
    printf(", \"random\": %s}\n", r->random ? "true" : "false");
}

static int trace(const options *o, const ad_config *config, ad_run_data *data)
{
    const char *out = o->out ? o->out : "trace.safetensors";
    ad_run_trace_result result;
    ad_run_trace_options with = {.out = out,
                                 .first = o->first_row ? o->first_row - 1 : 0,
                                 .count = o->count,
                                 .steps = o->steps,
                                 .f64 = o->f64,
                                 .match = o->match,
                                 .from = o->from || !configure_is_run(o) ? o->from : o->words[0],
                                 .names = o->names,
                                 .threads = o->threads};
    ad_status status = ad_run_sources(config, data);
    if (status == AD_OK)
        status = ad_run_trace(config, data, &with, &result);
    if (status != AD_OK)
        return say_run(status, o, NULL);
    (o->json ? print_json : print_text)(o, &result, out);
    return EXIT_DONE;
}

int trace_command(const options *o)
{
    ad_config *config;
    ad_run_data data = {0};
    if (o->names && !o->from)
        return configure_lacks_from("names");
    int code = configure_either(o, &config);
    if (code == EXIT_DONE)
        code = trace(o, config, &data);
    ad_run_data_done(&data);
    ad_config_free(config);
    return code;
}
