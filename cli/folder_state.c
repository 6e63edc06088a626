/* Weights and checkpoints of a run.  A note in the file's metadata, in plain "key=value" words, has
 * what is no tensor; a safetensors file (Hugging Face 2022) starts with the size of its JSON
 * header, 8 bytes, and that header. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"

enum { NOTE_MAX = 512, HEADER_MAX = 1 << 24 };

static const char model_name[] = "model.safetensors", checkpoint_name[] = "checkpoint.safetensors";

static const char model_part[] = "model.safetensors.part",
                  checkpoint_part[] = "checkpoint.safetensors.part";

/* ---------------------------------------------------------------- writing */

static int save(const char *folder, const char *name, const ad_state *state, bool weights_only,
                const char *note)
{
    char *path = folder_path(folder, name);
    if (!path)
        return say_no_memory();
    ad_status status = ad_save(state, path, .weights_only = weights_only, .note = note);
    free(path);
    if (status == AD_OK)
        return EXIT_DONE;
    return ad_error_status() == AD_ERROR_MEMORY ? say_error() : say_not_written(ad_error(), folder);
}

static int save_model(const char *folder, const ad_state *state, const image_size *size)
{
    char note[NOTE_MAX];
    snprintf(note, sizeof note,
             "height=%" PRId64 " width=%" PRId64 " channels=%" PRId64 " classes=%" PRId64,
             size->height, size->width, size->channels, size->classes);
    return save(folder, model_part, state, true, note);
}

/* Numbers in base 16, so that they read back as the same bits. */
static int save_checkpoint(const char *folder, const ad_state *state, const position *p)
{
    char note[NOTE_MAX];
    snprintf(note, sizeof note,
             "images=%" PRId64 " epoch=%" PRId64 " done=%" PRId64
             " sum=%a loss=%a before=%a held=%a best=%a best_epoch=%" PRId64 " waited=%" PRId64
             " stopped=%d",
             p->images, p->epoch, p->done, p->sum, p->loss, p->before, p->held, p->best,
             p->best_epoch, p->waited, p->stopped);
    return save(folder, checkpoint_part, state, false, note);
}

static void drop(const char *folder, const char *name)
{
    char *path = folder_path(folder, name);
    if (path)
        unlink(path);
    free(path);
}

static int move(const char *folder, const char *from, const char *to)
{
    char what[512], *old = folder_path(folder, from), *new = folder_path(folder, to);
    int code = old && new ? EXIT_DONE : say_no_memory();
    if (code == EXIT_DONE && rename(old, new) != 0) {
        snprintf(what, sizeof what, "%s cannot be written: %s", new, strerror(errno));
        code = say_not_written(what, folder);
    }
    free(old);
    free(new);
    return code;
}

/* New names outlive a power cut only when their folder is on the disk. */
static void flush_folder(const char *folder)
{
    int handle = open(folder, O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        return;
    (void)fsync(handle);
    close(handle);
}

/* Names only change here, which takes no room on the disk.  The model goes before the checkpoint,
 * so that a checkpoint never speaks of a best model that is not there; a run stopped in its first
 * epoch has none, and one that lies there belongs to another run. */
static int replace(const char *folder, bool model, const position *p)
{
    int code = folder_keep_config(folder);
    if (code == EXIT_DONE && model)
        code = move(folder, model_part, model_name);
    else if (code == EXIT_DONE && p->epoch == 0)
        drop(folder, model_name);
    if (code == EXIT_DONE)
        code = move(folder, checkpoint_part, checkpoint_name);
    flush_folder(folder);
    return code;
}

int folder_store(const char *folder, const ad_state *state, const image_size *size,
                 const position *p)
{
    int code = size ? save_model(folder, state, size) : EXIT_DONE;
    if (code == EXIT_DONE)
        code = save_checkpoint(folder, state, p);
    if (code == EXIT_DONE)
        return replace(folder, size != NULL, p);
    drop(folder, model_part);
    drop(folder, checkpoint_part);
    return code;
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

static int damaged(const char *folder, const char *what)
{
    return say(EXIT_FAILED,
               "%s\n  copy the file again if it was copied, or train again: adze train --out %s "
               "--force",
               what, folder);
}

static int bad_note(const char *folder, const char *name)
{
    char what[512];
    snprintf(what, sizeof what, "%s/%s has no note of adze train, or a damaged one", folder, name);
    return damaged(folder, what);
}

static int load(const char *folder, const char *name, ad_state *state, bool weights_only,
                char *note)
{
    char *path = folder_path(folder, name);
    if (!path)
        return say_no_memory();
    int code = EXIT_DONE;
    if (!folder_has(folder, name))
        code = say(EXIT_USAGE, "%s is missing: no epoch ended yet\n  adze train --out %s --resume",
                   path, folder);
    else if (state && ad_load(state, path, .weights_only = weights_only) != AD_OK)
        code = ad_error_status() == AD_ERROR_MEMORY ? say_error() : damaged(folder, ad_error());
    else if (!read_note(path, note))
        code = bad_note(folder, name);
    free(path);
    return code;
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
