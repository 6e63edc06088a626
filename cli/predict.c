/* `adze predict DIR FILE...`: what single images show. */
#include <stdio.h>

#include "folder.h"

/* The bytes of the UTF-8 sequence that begins here; 0 where it is none. */
static int sequence(const char *words)
{
    const unsigned char *p = (const unsigned char *)words;
    int size = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    bool good = p[0] < 0x80 || (p[0] >= 0xc2 && p[0] <= 0xf4);
    for (int i = 1; good && i < size; i++)
        good = (p[i] & 0xc0) == 0x80;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool outside = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return good && !(size > 2 && (overlong || outside)) ? size : 0;
}

/* A JSON string; control characters as \u00NN, and what is no UTF-8 (names of files may be so) as
 * the sign that stands for it. */
static void print_string(const char *words)
{
    putchar('"');
    for (int size; *words; words += size ? size : 1) {
        size = sequence(words);
        if (*words == '"' || *words == '\\')
            printf("\\%c", *words);
        else if ((unsigned char)*words < 32)
            printf("\\u%04x", (unsigned)*words);
        else if (size)
            printf("%.*s", size, words);
        else
            printf("\\ufffd");
    }
    putchar('"');
}

static void print_json(const char *file, int class, const char *name, double chance)
{
    printf("{\"file\": ");
    print_string(file);
    printf(", \"class\": %d", class);
    if (name) {
        printf(", \"name\": ");
        print_string(name);
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

static int one(const options *o, const ad_config *config, ad_program *p, image_size size,
               const char *file)
{
    ad_image image = {0};
    int code;
    ad_status status = ad_image_read(file, size.channels, &image);
    if (status != AD_OK)
        return say_kit_error(status, EXIT_DATA);
    if (image.height != size.height || image.width != size.width)
        code = say(EXIT_DATA, "%s is %lld x %lld pixels; the network takes %lld x %lld\n  scale it",
                   file, (long long)image.width, (long long)image.height, (long long)size.width,
                   (long long)size.height);
    else
        code = answer(o, config, p, file, &image);
    ad_image_done(&image);
    return code;
}

/* Every image gets its answer or its message; the first failure decides the exit code. */
static int all(const options *o, const ad_config *config, ad_program *p, image_size size)
{
    int code = EXIT_DONE;
    for (int i = 1; i < o->word_count; i++) {
        int found = one(o, config, p, size, o->words[i]);
        code = code == EXIT_DONE ? found : code;
    }
    return code;
}

static int run(const options *o, const ad_config *config)
{
    network n = {0};
    image_size size;
    const char *folder = o->words[0];
    int code = folder_model_size(folder, &size);
    if (code == EXIT_DONE)
        code = network_init(&n, config, size, o->threads);
    if (code == EXIT_DONE)
        code = folder_load_model(folder, n.state);
    ad_program *p = code == EXIT_DONE ? network_predictor(&n) : NULL;
    if (code == EXIT_DONE)
        code = p ? all(o, config, p, size) : say_error();
    ad_program_free(p);
    network_done(&n);
    return code;
}

int predict_command(const options *o)
{
    ad_config *config;
    int code = folder_read_config(o->words[0], NULL, 0, &config);
    if (code == EXIT_DONE)
        code = run(o, config);
    ad_config_free(config);
    return code;
}
