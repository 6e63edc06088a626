/* `adze predict DIR FILE...`: what a stored model says of raw input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

typedef struct prediction {
    const options *o;
    ad_model *model;
    ad_source *items;
    int64_t width;
    const char *item;  /* what is told of now: a file */
    char number[4200]; /* or a row of one */
} prediction;

static char *const *names_of(const prediction *p)
{
    return ad_run_names(ad_model_about(p->model));
}

static bool is_class(const prediction *p)
{
    return ad_run_classes(ad_model_about(p->model)) > 0;
}

static int64_t largest(const float *chance, int64_t count)
{
    int64_t best = 0;
    for (int64_t i = 1; i < count; i++)
        best = chance[i] > chance[best] ? i : best;
    return best;
}

/* ---------------------------------------------------------------- one answer */

static void print_chances_json(const prediction *p, const float *value)
{
    printf(", \"chances\": [");
    for (int64_t i = 0; i < p->width; i++)
        printf("%s%.6f", i ? ", " : "", (double)value[i]);
    printf("]");
}

static void print_class_json(const prediction *p, const float *value)
{
    int64_t class = largest(value, p->width), named = ad_run_classes(ad_model_about(p->model));
    printf(", \"class\": %lld", (long long)class);
    if (names_of(p) && class < named) {
        printf(", \"name\": ");
        print_json_text(names_of(p)[class]);
    }
    printf(", \"chance\": %.6f", (double)value[class]);
    print_chances_json(p, value);
}

static void print_json(const prediction *p, const float *value)
{
    printf("{\"file\": ");
    print_json_text(p->item);
    if (is_class(p)) {
        print_class_json(p, value);
    } else {
        printf(", \"value\": ");
        for (int64_t i = 0; i < p->width; i++) {
            printf("%s", p->width == 1 ? "" : i ? ", " : "[");
            print_json_number((double)value[i]);
        }
        printf("%s", p->width == 1 ? "" : "]");
    }
    printf("}\n");
}

static void print_words(const prediction *p, const float *value)
{
    printf("%s", p->item);
    if (is_class(p)) {
        int64_t class = largest(value, p->width), named = ad_run_classes(ad_model_about(p->model));
        printf("  %lld", (long long)class);
        if (names_of(p) && class < named)
            printf(" %s", names_of(p)[class]);
        printf("  %.1f %%\n", 100 * (double)value[class]);
        return;
    }
    for (int64_t i = 0; i < p->width; i++)
        printf("  %.6g", (double)value[i]);
    printf("\n");
}

/* ---------------------------------------------------------------- all of a file */

static int predict_items(prediction *p, const char *file)
{
    enum { BLOCK = 1024 };
    int64_t count = ad_source_count(p->items);
    float *value = malloc((size_t)(BLOCK * p->width) * sizeof *value);
    int code = value ? EXIT_DONE : say_no_memory();
    for (int64_t at = 0; code == EXIT_DONE && at < count; at += BLOCK) {
        int64_t block = count - at < BLOCK ? count - at : BLOCK;
        ad_status status = ad_model_predict(p->model, p->items, at, block, value);
        code = status == AD_OK ? EXIT_DONE : say_run(status, p->o, NULL);
        for (int64_t i = 0; code == EXIT_DONE && i < block; i++) {
            snprintf(p->number, sizeof p->number, "%s:%lld", file, (long long)(at + i + 1));
            p->item = count == 1 ? file : p->number;
            if (p->o->json)
                print_json(p, value + i * p->width);
            else
                print_words(p, value + i * p->width);
        }
    }
    free(value);
    return code;
}

static int one(prediction *p, const char *file)
{
    ad_status status = ad_model_items(p->model, &file, 1, &p->items);
    if (status != AD_OK)
        return say_run(status, p->o, NULL);
    int code = predict_items(p, file);
    ad_source_free(p->items);
    return code;
}

/* Every file gets its answers or its message; the first failure decides the exit code. */
static int all(prediction *p)
{
    int code = EXIT_DONE;
    p->width = ad_model_width(p->model);
    for (int i = 1; i < p->o->word_count; i++) {
        int found = one(p, p->o->words[i]);
        code = code == EXIT_DONE ? found : code;
    }
    return code;
}

int predict_command(const options *o)
{
    prediction p = {.o = o};
    ad_status status = ad_model_load(o->words[0], &p.model);
    int code = status == AD_OK ? all(&p) : say_run(status, o, o->words[0]);
    ad_model_free(p.model);
    return code;
}
