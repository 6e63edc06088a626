/* `adze show FILE|RUN`: the layers of a model, their shapes, parameters and work. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <adze/report.h>

#include "configure.h"
#include "fault.h"

/* What is known of the data without reading more of it than the model's inputs need. */
static int find_inputs(const options *o, const ad_config *config, ad_run_data *data)
{
    const char *run = configure_is_run(o) ? o->words[0] : NULL;
    ad_status status = run ? ad_run_model_data(run, data) : ad_run_understand(config, data);
    if (status == AD_OK && data->inputs == 0)
        status = ad_run_sources(config, data);
    return status == AD_OK ? EXIT_DONE : say_run(status, o, run);
}

/* ---------------------------------------------------------------- printing */

/* "height 28 width 28 channels 16": without the batch. */
static int print_shape(char *words, size_t size, const ad_shape *s)
{
    size_t used = 0;
    words[0] = 0;
    for (int i = 1; i < s->rank && used < size; i++) {
        char number[24] = "open";
        if (s->size[i] >= 0)
            snprintf(number, sizeof number, "%lld", (long long)s->size[i]);
        used += (size_t)snprintf(words + used, size - used, "%s%s %s", i > 1 ? " " : "",
                                 ad_axis_name(s->rank, i), number);
    }
    return (int)strlen(words);
}

static void print_row(const ad_layer_about *l, int width, int name)
{
    char shape[200], left[120];
    print_shape(shape, sizeof shape, &l->shape);
    snprintf(left, sizeof left, "%*s%s", 2 * l->depth, "", l->layer);
    if (l->shape.rank == 0 && !l->inner) {
        printf("%s\n", left);
        return;
    }
    printf("%-*s  %-*s  ", width, left, name, l->name ? l->name : "");
    if (l->inner && l->trained + l->buffers + l->flops > 0)
        printf("%-38s %12lld %14lld\n", shape, (long long)l->trained, (long long)l->flops);
    else
        printf("%s\n", shape);
}

static void print_text(const ad_model_layers *a)
{
    int width = 5, name = 4;
    for (int i = 0; i < a->layers; i++) {
        const ad_layer_about *l = &a->layer[i];
        int size = 2 * l->depth + (int)strlen(l->layer);
        width = size > width ? size : width;
        name = l->name && (int)strlen(l->name) > name ? (int)strlen(l->name) : name;
    }
    printf("%-*s  %-*s  %-38s %12s %14s\n", width, "layer", name, "name", "output of one example",
           "parameters", "FLOPs");
    for (int i = 0; i < a->layers; i++)
        print_row(&a->layer[i], width, name);
    printf("\n%lld parameters are trained", (long long)a->trained);
    if (a->buffers)
        printf(", %lld numbers are kept beside them", (long long)a->buffers);
    printf("\n%.4g million FLOPs for a forward pass of one example: multiplications and additions "
           "of the products\n",
           (double)a->flops / 1e6);
}

/* Rates of their own. */
static ad_status print_groups(const ad_config *config, const ad_run_data *data)
{
    char *words;
    ad_status status = ad_config_groups(config, data, &words);
    if (status == AD_OK)
        fputs(words, stdout);
    free(words);
    return status;
}

static void print_json(const ad_model_layers *a)
{
    for (int i = 0; i < a->layers; i++) {
        const ad_layer_about *l = &a->layer[i];
        printf("{\"event\": \"layer\", \"depth\": %d, \"layer\": ", l->depth);
        print_json_text(l->layer);
        printf(", \"name\": ");
        if (l->name)
            print_json_text(l->name);
        else
            printf("null");
        printf(", \"line\": %d, \"shape\": [", l->line);
        for (int k = 0; k < l->shape.rank; k++) {
            printf("%s", k ? ", " : "");
            if (l->shape.size[k] < 0)
                printf("null");
            else
                printf("%lld", (long long)l->shape.size[k]);
        }
        printf("], \"axes\": [");
        for (int k = 0; k < l->shape.rank; k++)
            printf("%s\"%s\"", k ? ", " : "", ad_axis_name(l->shape.rank, k));
        printf("], \"list\": %s, \"parameters\": %lld, \"buffers\": %lld, \"flops\": %lld}\n",
               l->inner ? "false" : "true", (long long)l->trained, (long long)l->buffers,
               (long long)l->flops);
    }
    printf("{\"event\": \"end\", \"parameters\": %lld, \"buffers\": %lld, \"flops\": %lld}\n",
           (long long)a->trained, (long long)a->buffers, (long long)a->flops);
}

/* ---------------------------------------------------------------- a drawing */

static int write_svg(const char *path, const char *svg)
{
    FILE *f = fopen(path, "w");
    bool good = f && fputs(svg, f) >= 0;
    int why = errno;
    good = f && fclose(f) == 0 && good;
    if (good)
        return EXIT_DONE;
    return say(EXIT_RESOURCES, "%s cannot be written: %s\n  write somewhere else", path,
               strerror(why ? why : errno));
}

static int draw(const options *o, const ad_run_data *data, const ad_model_layers *about)
{
    char *svg;
    const char *slash = strrchr(o->words[0], '/');
    if (ad_model_svg(about, data, slash && slash[1] ? slash + 1 : o->words[0], &svg) != AD_OK)
        return say_kit_error(AD_ERROR_MEMORY, EXIT_FAILED);
    int code = write_svg(o->svg, svg);
    free(svg);
    return code;
}

static int show(const options *o, const ad_config *config, ad_run_data *data)
{
    ad_model_layers about = {0};
    int code = find_inputs(o, config, data);
    ad_status status = code == EXIT_DONE ? ad_model_layers_of(config, data, &about) : AD_OK;
    if (status != AD_OK)
        code = say_run(status, o, NULL);
    if (code == EXIT_DONE && o->json) {
        print_json(&about);
    } else if (code == EXIT_DONE) {
        print_text(&about);
        if ((status = print_groups(config, data)) != AD_OK)
            code = say_run(status, o, NULL);
    }
    if (code == EXIT_DONE && o->svg)
        code = draw(o, data, &about);
    ad_model_layers_done(&about);
    return code;
}

int show_command(const options *o)
{
    ad_config *config;
    ad_run_data data = {0};
    int code = configure_either(o, &config);
    if (code == EXIT_DONE)
        code = show(o, config, &data);
    ad_run_data_done(&data);
    ad_config_free(config);
    return code;
}
