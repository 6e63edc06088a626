/* Configuration, machine, and how to do it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "page.h"

static void add_fact(page *p, const char *name, const char *words)
{
    if (!words || !*words)
        return;
    text_add_format(&p->t, "<tr><th scope=\"row\">%s</th><td>", name);
    markup_add(&p->t, words);
    text_add(&p->t, "</td></tr>\n");
}

static void add_machine(page *p)
{
    char threads[80], seed[32];
    snprintf(seed, sizeof seed, "%lld", (long long)p->config->train.seed);
    snprintf(threads, sizeof threads, p->s.threads ? "%d" : "all processors", p->s.threads);
    text_add(&p->t,
             "<div class=\"card scroll\" tabindex=\"0\"><table><caption>What it was made with"
             "</caption>\n<tbody>\n");
    add_fact(p, "command", p->s.command);
    add_fact(p, "adze", p->s.version ? p->s.version : ad_version());
    add_fact(p, "machine", p->s.machine);
    add_fact(p, "threads", threads);
    add_fact(p, "seed", seed);
    add_fact(p, "data", p->s.data);
    text_add(&p->t, "</tbody></table></div>\n");
}

/* Quoted for a shell. */
static void add_path(page *p, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@%";
    if (*path && path[strspn(path, plain)] == 0) {
        markup_add(&p->t, path);
        return;
    }
    text_add(&p->t, "&#39;");
    for (const char *end; (end = strchr(path, '\'')); path = end + 1) {
        char *part = text_copy_bytes(path, (size_t)(end - path));
        markup_add(&p->t, part);
        free(part);
        text_add(&p->t, "&#39;\\&#39;&#39;");
    }
    markup_add(&p->t, path);
    text_add(&p->t, "&#39;");
}

static void add_command(page *p, const char *before, const char *after)
{
    text_add_format(&p->t, "adze %s ", before);
    add_path(p, p->folder);
    text_add_format(&p->t, "%s\n", after);
}

static void add_commands(page *p)
{
    text_add(&p->t, "<h3>Again</h3>\n<pre>");
    add_command(p, "eval", "");
    add_command(p, "train", "/config.yaml --out again");
    text_add(&p->t, "</pre>\n<p class=\"soft\">The same data, configuration and seed give the same "
                    "bits, on any number of threads.</p>\n");
}

static void add_config(page *p)
{
    char *text;
    if (run_read(p->folder, "config.yaml", &text) != AD_OK || !text)
        return;
    text_add(&p->t, "<details><summary>The configuration, with all defaults</summary>\n<pre>");
    markup_add(&p->t, text);
    text_add(&p->t, "</pre></details>\n");
    free(text);
}

static void add_data(page *p)
{
    char *text;
    if (run_read(p->folder, "data.txt", &text) != AD_OK || !text)
        return;
    text_add(&p->t, "<details><summary>What the data was</summary>\n<pre>");
    markup_add(&p->t, text);
    text_add(&p->t, "</pre></details>\n");
    free(text);
}

void page_repeat(page *p)
{
    page_section(p, "repeat", "How to repeat it");
    add_machine(p);
    add_commands(p);
    add_config(p);
    add_data(p);
}
