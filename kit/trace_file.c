/* Named arrays as a safetensors file: 8 bytes with the length of the header, little end first; the
 * header, JSON; the numbers. */
#include "trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

bool trace_add(trace_file *f, const char *kind, const char *name, const ad_array *array)
{
    if (f->count == f->room) {
        int room = 2 * f->room + 32;
        trace_entry *grown = realloc(f->entry, (size_t)room * sizeof *grown);
        if (!grown)
            return false;
        f->entry = grown;
        f->room = room;
    }
    size_t bytes = ad_array_bytes(array);
    trace_entry e = {text_format("%s/%s", kind, name), *array};
    e.array.data = malloc(bytes + 1);
    if (!e.name || !e.array.data) {
        free(e.name);
        free(e.array.data);
        return false;
    }
    if (bytes)
        memcpy(e.array.data, array->data, bytes);
    f->entry[f->count++] = e;
    return true;
}

void trace_note(trace_file *f, const char *key, const char *words)
{
    text_add_format(&f->note, "%s\"%s\": ", f->note.size ? ", " : "", key);
    text_add_json(&f->note, words, strlen(words));
}

const ad_array *trace_find(const trace_file *f, const char *kind, const char *name)
{
    size_t size = strlen(kind);
    for (int i = 0; i < f->count; i++)
        if (strncmp(f->entry[i].name, kind, size) == 0 && f->entry[i].name[size] == '/' &&
            strcmp(f->entry[i].name + size + 1, name) == 0)
            return &f->entry[i].array;
    return NULL;
}

/* What the format calls a type. */
static const char *dtype(ad_type type)
{
    switch (type) {
    case AD_F32: return "F32";
    case AD_F64: return "F64";
    case AD_BF16: return "BF16";
    case AD_I32: return "I32";
    case AD_I64: return "I64";
    case AD_U8: return "U8";
    default: return "BOOL";
    }
}

static void add_entry(text_buffer *t, const trace_entry *e, size_t *at)
{
    size_t end = *at + ad_array_bytes(&e->array);
    text_add(t, ", ");
    text_add_json(t, e->name, strlen(e->name));
    text_add_format(t, ": {\"dtype\": \"%s\", \"shape\": [", dtype(e->array.type));
    for (int i = 0; i < e->array.shape.rank; i++)
        text_add_format(t, "%s%lld", i ? ", " : "", (long long)e->array.shape.size[i]);
    text_add_format(t, "], \"data_offsets\": [%zu, %zu]}", *at, end);
    *at = end;
}

/* Blanks behind it, so that numbers begin at a multiple of 8. */
static char *header(const trace_file *f, size_t *size)
{
    text_buffer t = {0};
    size_t at = 0;
    text_add_format(&t, "{\"__metadata__\": {%s}", text_words(&f->note));
    for (int i = 0; i < f->count; i++)
        add_entry(&t, &f->entry[i], &at);
    text_add(&t, "}");
    text_repeat(&t, " ", (int)((8 - t.size % 8) % 8));
    *size = t.size;
    return f->note.failed ? (text_done(&t), NULL) : text_take(&t);
}

static bool write_all(const trace_file *f, FILE *file, const char *text, size_t size)
{
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)size >> (8 * i));
    bool good = fwrite(length, 1, 8, file) == 8 && fwrite(text, 1, size, file) == size;
    for (int i = 0; good && i < f->count; i++) {
        size_t bytes = ad_array_bytes(&f->entry[i].array);
        good = fwrite(f->entry[i].array.data, 1, bytes, file) == bytes;
    }
    return good;
}

static ad_status not_written(const char *path, int why)
{
    return message_fail(AD_ERROR_FILE, "%s cannot be written: %s\n  write somewhere else\n", path,
                        strerror(why));
}

ad_status trace_write(const trace_file *f, const char *path)
{
    size_t size = 0;
    char *text = header(f, &size), *part = text_format("%s.part", path);
    ad_status status = text && part ? AD_OK : message_no_memory();
    FILE *file = status == AD_OK ? fopen(part, "wb") : NULL;
    if (status == AD_OK && !file)
        status = not_written(path, errno);
    if (file) {
        bool good = write_all(f, file, text, size);
        int why = errno;
        if (fclose(file) != 0 && good) {
            good = false;
            why = errno;
        }
        if (good && rename(part, path) != 0) {
            good = false;
            why = errno;
        }
        if (!good) {
            unlink(part);
            status = not_written(path, why);
        }
    }
    free(text);
    free(part);
    return status;
}

void trace_done(trace_file *f)
{
    for (int i = 0; i < f->count; i++) {
        free(f->entry[i].name);
        free(f->entry[i].array.data);
    }
    free(f->entry);
    text_done(&f->note);
    *f = (trace_file){0};
}
