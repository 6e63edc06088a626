/* `adze data FILE|DIR|CONFIG.yaml|RUN [TARGET...]`: what data is, and what may be wrong with it. */
#include <adze/inspect.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "fault.h"

static int write_page(const char *path, const ad_data_look *look)
{
    char *page = ad_data_look_html(look);
    if (!page)
        return say_kit_error(AD_ERROR_FILE, EXIT_FAILED);
    errno = 0;
    FILE *f = fopen(path, "w");
    bool good = f && fputs(page, f) >= 0;
    good = f && fclose(f) == 0 && good;
    free(page);
    if (!good)
        return say(EXIT_RESOURCES, "%s cannot be written: %s\n  name another file", path,
                   strerror(errno));
    return EXIT_DONE;
}

static int print(const options *o, const ad_data_look *look)
{
    ad_terminal_options terminal = ad_terminal_of(STDOUT_FILENO);
    char *words = o->json ? ad_data_look_json(look) : ad_data_look_text(look, &terminal);
    if (!words)
        return say_kit_error(AD_ERROR_MEMORY, EXIT_FAILED);
    fputs(words, stdout);
    fflush(stdout);
    free(words);
    return EXIT_DONE;
}

int data_command(const options *o)
{
    ad_data_look *look;
    ad_data_look_options given = {
        .path = o->words[0], .set = o->set, .set_count = o->set_count, .threads = o->threads};
    for (int i = 1; i < o->word_count; i++)
        given.target[given.targets++] = o->words[i];
    ad_status status = ad_data_look_at(&given, &look);
    if (status != AD_OK)
        return say_kit_error(status, status == AD_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_DATA);
    int code = print(o, look);
    if (code == EXIT_DONE && o->html)
        code = write_page(o->html, look);
    if (code == EXIT_DONE && o->html && !o->json)
        fprintf(stderr, "adze: %s was written\n", o->html);
    ad_data_look_free(look);
    return code;
}
