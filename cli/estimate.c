/* `adze plan FILE`: what a training will take. */
#include <stdio.h>

#include "configure.h"
#include "fault.h"

static void print_bytes(const char *before, int64_t bytes, const char *after)
{
    if (bytes < 100000)
        printf("%s%.1f kB%s", before, (double)bytes / 1e3, after);
    else if (bytes < 1000000000)
        printf("%s%.1f MB%s", before, (double)bytes / 1e6, after);
    else
        printf("%s%.2f GB%s", before, (double)bytes / 1e9, after);
}

static void print_seconds(const char *before, double seconds, const char *after)
{
    if (seconds < 0.1)
        printf("%s%.3g ms%s", before, 1e3 * seconds, after);
    else if (seconds < 90)
        printf("%s%.1f s%s", before, seconds, after);
    else if (seconds < 5400)
        printf("%s%.0f min%s", before, seconds / 60, after);
    else
        printf("%s%.1f h%s", before, seconds / 3600, after);
}

static void print_text(const ad_plan *p)
{
    double epoch = (double)(p->steps / p->epochs) * p->step_seconds + p->validation_seconds;
    printf("steps    %lld: %lld epochs of %lld, of %lld examples each\n", (long long)p->steps,
           (long long)p->epochs, (long long)(p->steps / p->epochs), (long long)p->batch);
    printf("learns   %lld parameters from %lld examples\n", (long long)p->parameters,
           (long long)p->examples);
    print_bytes("memory   ", p->bytes, " at most: ");
    print_bytes("", p->base_bytes, " the program, ");
    print_bytes("", p->data_bytes, " data, ");
    print_bytes("", p->state_bytes, " weights and optimizer, ");
    print_bytes("", p->program_bytes, " steps\n");
    if (p->example_bytes > 0)
        print_bytes("         ", p->example_bytes, " for each example more in train.batch\n");
    if (p->room_bytes >= 0)
        print_bytes("         ", p->room_bytes, " are free on this machine\n");
    print_seconds("time     ", p->seconds, " in all: ");
    print_seconds("", p->start_seconds, " to begin, ");
    print_seconds("", p->step_seconds, " a step, ");
    print_seconds("", epoch, " an epoch, ");
    print_seconds("", p->test_seconds, " to test, ");
    print_seconds("", p->baseline_seconds, " for baselines\n");
    printf("         without checkpoints, and where it does not end early\n");
}

static void print_number(const char *name, double value)
{
    printf(", \"%s\": ", name);
    print_json_number(value);
}

static void print_json(const ad_plan *p)
{
    printf("{\"event\": \"end\", \"examples\": %lld, \"batch\": %lld, \"epochs\": %lld, \"steps\": "
           "%lld, \"parameters\": %lld, \"bytes\": %lld, \"base_bytes\": %lld, \"data_bytes\": "
           "%lld, \"state_bytes\": %lld, \"program_bytes\": %lld, \"example_bytes\": %lld",
           (long long)p->examples, (long long)p->batch, (long long)p->epochs, (long long)p->steps,
           (long long)p->parameters, (long long)p->bytes, (long long)p->base_bytes,
           (long long)p->data_bytes, (long long)p->state_bytes, (long long)p->program_bytes,
           (long long)p->example_bytes);
    print_number("seconds", p->seconds);
    print_number("start_seconds", p->start_seconds);
    print_number("step_seconds", p->step_seconds);
    print_number("validation_seconds", p->validation_seconds);
    print_number("test_seconds", p->test_seconds);
    print_number("baseline_seconds", p->baseline_seconds);
    printf("}\n");
}

int plan_command(const options *o)
{
    ad_config *config;
    ad_plan plan;
    int code = configure(o, NULL, &config);
    ad_status status = code == EXIT_DONE ? ad_plan_of(config, o->threads, &plan) : AD_OK;
    if (status != AD_OK)
        code = say_run(status, o, NULL);
    if (code == EXIT_DONE && o->json)
        print_json(&plan);
    else if (code == EXIT_DONE)
        print_text(&plan);
    ad_config_free(config);
    return code;
}
