/* Weights and checkpoints of a run.  A note in the file's metadata, in plain "key=value" words, has
 * what is no tensor; a safetensors file (Hugging Face 2022) starts with the size of its JSON
 * header, 8 bytes, and that header. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "note.h"
#include "remedy.h"

enum { NOTE_MAX = 512 };

static const char model_name[] = "model.safetensors", checkpoint_name[] = "checkpoint.safetensors",
                  sound_name[] = "sound.safetensors";

static const char model_part[] = "model.safetensors.part",
                  checkpoint_part[] = "checkpoint.safetensors.part";

/* ---------------------------------------------------------------- notes */

#define WHOLE(record, field) .name = #field, .type = NOTE_WHOLE, .offset = offsetof(record, field)
#define LOSS(field) .name = #field, .type = NOTE_NUMBER, .offset = offsetof(position, field)
#define TRUTH(field) \
    .name = #field, .type = NOTE_TRUTH, .offset = offsetof(position, field), .high = 1

enum { EPOCHS_MAX = 1000000 };

static const note_field position_fields[] = {
    {WHOLE(position, images), .low = 1, .high = 0x1p40},
    {WHOLE(position, epoch), .high = EPOCHS_MAX},
    {WHOLE(position, done), .high = 0x1p40, .most = "images"},
    {LOSS(sum), .high = DBL_MAX},
    {LOSS(loss), .high = DBL_MAX},
    {LOSS(before), .high = DBL_MAX},
    {LOSS(held), .high = DBL_MAX},
    {LOSS(best), .high = INFINITY},
    {WHOLE(position, best_epoch), .high = EPOCHS_MAX, .most = "epoch"},
    {WHOLE(position, waited), .high = EPOCHS_MAX, .most = "epoch"},
    {TRUTH(stopped)},
    {TRUTH(falling), .optional = true},
};

static const note_field size_fields[] = {
    {WHOLE(image_size, height), .low = 1, .high = 0x1p32},
    {WHOLE(image_size, width), .low = 1, .high = 0x1p32},
    {WHOLE(image_size, channels), .low = 1, .high = 0x1p32},
    {WHOLE(image_size, classes), .high = 100000},
};

#define TABLE(fields)                            \
    {                                            \
        fields, sizeof fields / sizeof *(fields) \
    }

static const note_table position_table = TABLE(position_fields), size_table = TABLE(size_fields);

/* ---------------------------------------------------------------- reading notes */

/* What the note of a checkpoint says; false where that is no use. */
static bool peek(const char *path, position *p)
{
    char note[NOTE_MAX], why[NOTE_MAX];
    return ad_file_note(path, note, sizeof note) == AD_OK &&
           note_read(&position_table, note, p, why, sizeof why);
}

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

static int save_noted(const char *folder, const char *name, const ad_state *state,
                      bool weights_only, const note_table *table, const void *record)
{
    char note[NOTE_MAX];
    if (!note_write(table, record, note, sizeof note))
        return say(EXIT_FAILED, "internal: the note of %s is too long\n  report it", name);
    return save(folder, name, state, weights_only, note);
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

/* The checkpoint that lies in the folder stays as sound.safetensors where its epoch ended with
 * finite and falling losses and it is an earlier one of this run, for the case that what follows it
 * diverges. Without hard links nothing is kept. */
static void keep_sound(const char *folder, const position *p)
{
    position old = {0};
    char *from = folder_path(folder, checkpoint_name), *to = folder_path(folder, sound_name);
    bool first = p->epoch == 0 || (p->epoch == 1 && p->done == 0);
    bool earlier = from && peek(from, &old) && old.falling && old.images == p->images &&
                   (old.epoch < p->epoch || (old.epoch == p->epoch && old.done < p->done));
    if (to && (first || earlier))
        unlink(to);
    if (to && earlier && link(from, to) != 0)
        errno = 0;
    free(from);
    free(to);
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
    if (code == EXIT_DONE) {
        keep_sound(folder, p);
        code = move(folder, checkpoint_part, checkpoint_name);
    }
    flush_folder(folder);
    return code;
}

int folder_store(const char *folder, const ad_state *state, const image_size *size,
                 const position *p)
{
    int code = size ? save_noted(folder, model_part, state, true, &size_table, size) : EXIT_DONE;
    if (code == EXIT_DONE)
        code = save_noted(folder, checkpoint_part, state, false, &position_table, p);
    if (code == EXIT_DONE)
        return replace(folder, size != NULL, p);
    drop(folder, model_part);
    drop(folder, checkpoint_part);
    return code;
}

/* ---------------------------------------------------------------- reading */

static int damaged(const char *folder, const char *what)
{
    say(EXIT_FAILED, "%s\n  copy the file again if it was copied, or train again:", what);
    remedy_print(stderr, REMEDY_OVERWRITE, &(remedy_values){.out = folder});
    return EXIT_FAILED;
}

static int bad_note(const char *folder, const char *name, const char *why)
{
    char what[2 * NOTE_MAX];
    snprintf(what, sizeof what, "%s/%s: its note is none of a training: %s", folder, name, why);
    return damaged(folder, what);
}

static int no_model_yet(const char *folder, const char *path)
{
    say(EXIT_USAGE, "%s is missing: no epoch ended yet\n  go on with:", path);
    remedy_print(stderr, REMEDY_RESUME, &(remedy_values){.out = folder});
    return EXIT_USAGE;
}

static int load(const char *folder, const char *name, ad_state *state, bool weights_only,
                char *note)
{
    char *path = folder_path(folder, name);
    if (!path)
        return say_no_memory();
    int code = EXIT_DONE;
    if (!folder_has(folder, name))
        code = no_model_yet(folder, path);
    else if (state && ad_load(state, path, .weights_only = weights_only) != AD_OK)
        code = ad_error_status() == AD_ERROR_MEMORY ? say_error() : damaged(folder, ad_error());
    else if (ad_file_note(path, note, NOTE_MAX) != AD_OK)
        code = bad_note(folder, name, "it is missing");
    free(path);
    return code;
}

/* Reads state (where it is not NULL) and the record of the note. */
static int load_noted(const char *folder, const char *name, ad_state *state, bool weights_only,
                      const note_table *table, void *record)
{
    char note[NOTE_MAX], why[NOTE_MAX];
    int code = load(folder, name, state, weights_only, note);
    if (code == EXIT_DONE && !note_read(table, note, record, why, sizeof why))
        code = bad_note(folder, name, why);
    return code;
}

int folder_load_checkpoint(const char *folder, ad_state *state, position *p)
{
    return load_noted(folder, checkpoint_name, state, false, &position_table, p);
}

bool folder_load_sound(const char *folder, bool latest, ad_state *state, position *p)
{
    char *path = folder_path(folder, latest ? checkpoint_name : sound_name);
    bool good = path && peek(path, p) && p->falling && ad_load(state, path) == AD_OK;
    free(path);
    return good;
}

int folder_load_model(const char *folder, ad_state *state)
{
    image_size size;
    return load_noted(folder, model_name, state, true, &size_table, &size);
}

int folder_begin_with(const char *folder, ad_state *state)
{
    char *path = folder_path(folder, model_name);
    if (!path)
        return say_no_memory();
    ad_status status = ad_load(state, path, .weights_only = true);
    free(path);
    if (status == AD_OK)
        return EXIT_DONE;
    if (ad_error_status() == AD_ERROR_MEMORY)
        return say_error();
    return say(EXIT_USAGE,
               "%s\n  to begin with that network leave FILE out, or give the model it was trained "
               "with; its head cannot change",
               ad_error());
}

int folder_model_size(const char *folder, image_size *size)
{
    const double most = 0x1p40;
    int code = load_noted(folder, model_name, NULL, true, &size_table, size);
    if (code == EXIT_DONE &&
        (double)size->height * (double)size->width * (double)size->channels > most)
        code = bad_note(folder, model_name, "height, width and channels make more than 2^40");
    return code;
}
