/* What is kept to be looked at after a training. */
#include "seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <adze/report.h>

/* In quotes where a shell would read more than a word. */
static void add_word(char *line, size_t size, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@%=";
    bool bare = *word && word[strspn(word, plain)] == 0;
    size_t at = strlen(line);
    snprintf(line + at, size - at, "%s%s", at ? " " : "", bare ? "" : "'");
    for (at = strlen(line); *word && at + 8 < size; word++) {
        const char *quote = !bare && *word == '\'' ? "'\\''" : NULL;
        at += (size_t)snprintf(line + at, size - at, quote ? "%s" : "%.1s", quote ? quote : word);
    }
    snprintf(line + at, size - at, "%s", bare ? "" : "'");
}

/* The command line, at most 4000 bytes of it, by malloc. */
static char *command_line(const options *o)
{
    enum { LINE = 4000 };
    char *line = calloc(1, LINE);
    for (int i = 0; line && i < o->argument_count; i++) {
        const char *word = o->arguments[i], *slash = i == 0 ? strrchr(word, '/') : NULL;
        if (strlen(line) + strlen(word) + 16 < LINE)
            add_word(line, LINE, slash ? slash + 1 : word);
    }
    return line;
}

static ad_status store_result(const training *t)
{
    ad_run_summary s;
    ad_status status = ad_run_summarize(t->config, &t->data, &t->n, &t->r, t->o->out,
                                        t->measured ? &t->m : NULL, &t->b, &s);
    if (status != AD_OK)
        return status;
    s.command = command_line(t->o);
    s.threads = t->o->threads;
    status = ad_run_summary_write(t->o->out, &s);
    ad_run_summary_done(&s);
    return status;
}

void seen_store(const training *t)
{
    if (!t->o->out)
        return;
    ad_status status = store_result(t);
    if (status == AD_OK)
        status = ad_report_write(&(ad_report_options){.folder = t->o->out,
                                                      .threads = t->o->threads,
                                                      .config = t->config,
                                                      .data = &t->data,
                                                      .network = &t->n,
                                                      .measured = t->measured ? &t->m : NULL});
    if (status != AD_OK)
        say_words("adze: there is no report: ", ad_kit_error(), AD_RUN_NO_FAULT);
}

ad_listener seen_tensorboard(const training *t, bool *lost)
{
    return ad_listen_tensorboard(&(ad_tensorboard_options){.folder = t->o->out,
                                                           .config = t->config,
                                                           .data = &t->data,
                                                           .network = &t->n,
                                                           .failed = lost});
}

int seen_kept(const training *t, ad_listener *list)
{
    list[0] = ad_listen_norms(
        &(ad_norms_options){.folder = t->o->out, .data = &t->data, .network = &t->n});
    list[1] = ad_listen_losses(t->o->out);
    list[2] = ad_listen_samples(
        &(ad_samples_options){.folder = t->o->out, .data = &t->data, .network = &t->n});
    return list[2].event ? 3 : 2;
}

ad_listener seen_curves(training *t)
{
    t->curves = ad_curves_new(t->o->resume ? t->o->out : NULL, t->data.validation != NULL);
    return t->curves ? ad_curves_listener(t->curves) : (ad_listener){0};
}

void seen_print_curves(const training *t)
{
    char *text;
    ad_terminal_options terminal = ad_terminal_of(STDOUT_FILENO);
    if (!t->curves || t->o->json)
        return;
    terminal.width = terminal.width > 100 ? 100 : terminal.width;
    if (ad_curves_text(t->curves, &terminal, &text) != AD_OK)
        return;
    printf("%s%s", text, *text ? "\n" : "");
    free(text);
}

void seen_done(training *t)
{
    ad_curves_free(t->curves);
    t->curves = NULL;
}
