/* `adze predict DIR FILE...`: what single images show. */
#include <stdio.h>

#include "fault.h"

static void print_json(const char *file, int class, const char *name, double chance)
{
    printf("{\"file\": ");
    print_json_text(file);
    printf(", \"class\": %d", class);
    if (name) {
        printf(", \"name\": ");
        print_json_text(name);
    }
    printf(", \"chance\": %.6f}\n", chance);
}

static void print(const options *o, const char *file, int class, const char *name, double chance)
{
    if (o->json)
        print_json(file, class, name, chance);
    else if (name)
        printf("%s  %d %s  %.1f %%\n", file, class, name, 100 * chance);
    else
        printf("%s  %d  %.1f %%\n", file, class, 100 * chance);
}

/* The name of a class, or NULL. */
static const char *name_of(const ad_config *config, int class)
{
    return class < config->data.names.count ? config->data.names.text[class] : NULL;
}

static int answer(const options *o, const ad_config *config, ad_program *p, const char *file,
                  const ad_image *image)
{
    ad_array feed = ad_u8(image->pixels, AD_SHAPE(1, image->height, image->width, image->channels));
    ad_array out[2] = {{0}};
    if (ad_run(p, &feed, out) != AD_OK)
        return say_error();
    int class = (int)ad_array_item(&out[1], 0);
    print(o, file, class, name_of(config, class), ad_array_item(&out[0], class));
    return EXIT_DONE;
}

static int one(const options *o, const ad_config *config, ad_program *p, const ad_run_data *size,
               const char *file)
{
    ad_image image = {0};
    int code;
    ad_status status = ad_image_read(file, size->channels, &image);
    if (status != AD_OK)
        return say_kit_error(status, EXIT_DATA);
    if (image.height != size->height || image.width != size->width)
        code = say(EXIT_DATA, "%s is %lld x %lld pixels; the network takes %lld x %lld\n  scale it",
                   file, (long long)image.width, (long long)image.height, (long long)size->width,
                   (long long)size->height);
    else
        code = answer(o, config, p, file, &image);
    ad_image_done(&image);
    return code;
}

/* Every image gets its answer or its message; the first failure decides the exit code. */
static int all(const options *o, const ad_config *config, ad_program *p, const ad_run_data *size)
{
    int code = EXIT_DONE;
    for (int i = 1; i < o->word_count; i++) {
        int found = one(o, config, p, size, o->words[i]);
        code = code == EXIT_DONE ? found : code;
    }
    return code;
}

static int run(const options *o, const ad_config *config, ad_run_network *n)
{
    ad_run_data size = {0};
    const char *folder = o->words[0];
    ad_status status = ad_run_model_size(folder, &size);
    if (status == AD_OK)
        status = ad_run_build(config, &size, o->threads, n);
    if (status == AD_OK)
        status = ad_run_model(folder, n->state);
    if (status != AD_OK)
        return say_run(status, o, folder);
    ad_program *p = ad_compile(n->state, .fetch = {n->chances, n->predicted}, .feed = {n->image});
    int code = p ? all(o, config, p, &size) : say_error();
    ad_program_free(p);
    return code;
}

int predict_command(const options *o)
{
    ad_config *config;
    ad_run_network n = {0};
    ad_status status = ad_run_config(o->words[0], NULL, 0, &config);
    int code = status == AD_OK ? run(o, config, &n) : say_run(status, o, o->words[0]);
    ad_run_network_done(&n);
    ad_config_free(config);
    return code;
}
