/* Weights and checkpoints of a run.  A note in the file's metadata, in plain "key=value" words, has
 * what is no tensor; a safetensors file (Hugging Face 2022) starts with the size of its JSON
 * header, 8 bytes, and that header. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"

enum { NOTE_MAX = 512, HEADER_MAX = 1 << 24 };

static const char model_name[] = "model.safetensors", checkpoint_name[] = "checkpoint.safetensors";

static int no_memory(void)
{
    return say(EXIT_RESOURCES, "out of memory");
}

/* ---------------------------------------------------------------- writing */

static int save(const char *folder, const char *name, const ad_state *state, bool weights_only,
                const char *note)
{
    char *path = folder_path(folder, name);
    if (!path)
        return no_memory();
    ad_status status = ad_save(state, path, .weights_only = weights_only, .note = note);
    free(path);
    if (status == AD_OK)
        return EXIT_DONE;
    return say(EXIT_RESOURCES, "%s", ad_error());
}

int folder_save_model(const char *folder, const ad_state *state, image_size size)
{
    char note[NOTE_MAX];
    snprintf(note, sizeof note,
             "height=%" PRId64 " width=%" PRId64 " channels=%" PRId64 " classes=%" PRId64,
             size.height, size.width, size.channels, size.classes);
    return save(folder, model_name, state, true, note);
}

/* Numbers in base 16, so that they read back as the same bits. */
int folder_save_checkpoint(const char *folder, const ad_state *state, const position *p)
{
    char note[NOTE_MAX];
    snprintf(note, sizeof note,
             "images=%" PRId64 " epoch=%" PRId64 " done=%" PRId64
             " sum=%a loss=%a before=%a held=%a best=%a best_epoch=%" PRId64 " waited=%" PRId64
             " stopped=%d",
             p->images, p->epoch, p->done, p->sum, p->loss, p->before, p->held, p->best,
             p->best_epoch, p->waited, p->stopped);
    return save(folder, checkpoint_name, state, false, note);
}

/* ---------------------------------------------------------------- reading */

static char *read_header(FILE *f)
{
    uint64_t size = 0;
    unsigned char bytes[8];
    if (fread(bytes, 1, 8, f) != 8)
        return NULL;
    for (int i = 0; i < 8; i++)
        size |= (uint64_t)bytes[i] << 8 * i;
    char *header = size <= HEADER_MAX ? malloc((size_t)size + 1) : NULL;
    if (header)
        header[fread(header, 1, (size_t)size, f)] = 0;
    return header;
}

/* The note of a file; "" where it has none. */
static bool read_note(const char *path, char *note)
{
    static const char mark[] = "\"note\":";
    FILE *f = fopen(path, "rb");
    char *header = f ? read_header(f) : NULL;
    const char *found = header ? strstr(header, mark) : NULL;
    note[0] = 0;
    if (found) {
        found += sizeof mark - 1;
        found += strspn(found, " \"");
        snprintf(note, NOTE_MAX, "%.*s", (int)strcspn(found, "\""), found);
    }
    free(header);
    if (f)
        fclose(f);
    return found != NULL;
}

static int load(const char *folder, const char *name, ad_state *state, bool weights_only,
                char *note)
{
    char *path = folder_path(folder, name);
    if (!path)
        return no_memory();
    int code = EXIT_DONE;
    if (state && ad_load(state, path, .weights_only = weights_only) != AD_OK)
        code = say(ad_error_status() == AD_ERROR_MEMORY ? EXIT_RESOURCES : EXIT_USAGE, "%s",
                   ad_error());
    else if (!read_note(path, note))
        code = say(EXIT_USAGE, "%s is missing, or was not written by adze train", path);
    free(path);
    return code;
}

static int bad_note(const char *folder, const char *name)
{
    return say(EXIT_USAGE, "%s/%s: its note cannot be understood\n  train again with --force",
               folder, name);
}

int folder_load_checkpoint(const char *folder, ad_state *state, position *p)
{
    char note[NOTE_MAX];
    int stopped = 0, code = load(folder, checkpoint_name, state, false, note);
    if (code != EXIT_DONE)
        return code;
    int found = sscanf(note,
                       "images=%" SCNd64 " epoch=%" SCNd64 " done=%" SCNd64
                       " sum=%la loss=%la before=%la held=%la best=%la best_epoch=%" SCNd64
                       " waited=%" SCNd64 " stopped=%d",
                       &p->images, &p->epoch, &p->done, &p->sum, &p->loss, &p->before, &p->held,
                       &p->best, &p->best_epoch, &p->waited, &stopped);
    p->stopped = stopped != 0;
    return found == 11 ? EXIT_DONE : bad_note(folder, checkpoint_name);
}

int folder_load_model(const char *folder, ad_state *state)
{
    char note[NOTE_MAX];
    return load(folder, model_name, state, true, note);
}

int folder_model_size(const char *folder, image_size *size)
{
    char note[NOTE_MAX];
    int code = load(folder, model_name, NULL, true, note);
    if (code != EXIT_DONE)
        return code;
    int found =
        sscanf(note, "height=%" SCNd64 " width=%" SCNd64 " channels=%" SCNd64 " classes=%" SCNd64,
               &size->height, &size->width, &size->channels, &size->classes);
    return found == 4 ? EXIT_DONE : bad_note(folder, model_name);
}
