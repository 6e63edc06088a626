/* `adze predict RUN FILE...`: what a stored model says of files, folders, archives, tables,
 * standard input. */
#include <stdio.h>
#include <string.h>

#include "fault.h"

enum { TOLD = 10 };

/* The first of those that are broken, on stderr. */
static void tell(void *user, const char *words)
{
    int *told = user;
    if (++*told > TOLD)
        return;
    say_words("", words, AD_RUN_BAD_DATA);
    fputc('\n', stderr);
}

static int broken(const ad_answer_result *r, int told)
{
    if (told > TOLD)
        fprintf(stderr, "and %d more\n", told - TOLD);
    return say(EXIT_DATA, "%lld of %lld %s broken%s\n  mend what is named above, or leave it out",
               (long long)r->broken, (long long)r->items, r->broken == 1 ? "is" : "are",
               r->broken < r->items ? "; the others are answered" : "");
}

static int answer(const options *o, ad_model *model)
{
    int told = 0;
    ad_answer_result result;
    ad_answer_options given = {.format = o->format,
                               .top = o->top,
                               .all = o->all,
                               .rewrite = {.beam = o->beam, .length = o->length},
                               .out = o->out,
                               .file = stdout,
                               .broken = tell,
                               .user = &told};
    ad_status status = ad_model_answer(model, o->words + 1, o->word_count - 1, &given, &result);
    if (status != AD_OK)
        return say_run(status, o, NULL);
    return result.broken ? broken(&result, told) : EXIT_DONE;
}

int predict_command(const options *o)
{
    ad_model *model;
    ad_status status = ad_model_load(o->words[0], &model);
    int code = status == AD_OK ? answer(o, model) : say_run(status, o, o->words[0]);
    ad_model_free(model);
    return code;
}
