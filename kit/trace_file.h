/* A safetensors file (Hugging Face 2022) of named arrays, put together in memory. */
#ifndef ADZE_KIT_TRACE_FILE_H
#define ADZE_KIT_TRACE_FILE_H

#include <adze/kit.h>

#include "text.h"

typedef struct trace_entry {
    char *name;
    ad_array array; /* data is its own */
} trace_entry;

typedef struct trace_file {
    trace_entry *entry;
    int count, room;
    text_buffer note; /* metadata, as JSON: "key": "words", ... */
} trace_file;

/* Copies the numbers; the name is KIND/NAME.  False without memory. */
bool trace_add(trace_file *f, const char *kind, const char *name, const ad_array *array);
void trace_note(trace_file *f, const char *key, const char *words);
const ad_array *trace_find(const trace_file *f, const char *kind, const char *name);
/* Written whole or not at all. */
ad_status trace_write(const trace_file *f, const char *path);
void trace_done(trace_file *f);

#endif
