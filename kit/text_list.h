/* Texts that lie in files or in memory, each with a class or without, as a source. */
#ifndef ADZE_KIT_TEXT_LIST_H
#define ADZE_KIT_TEXT_LIST_H

#include "text_file.h"

typedef struct text_span {
    const char *at;
    int64_t size;
    int32_t label; /* -1: none */
} text_span;

typedef struct text_list {
    text_file **file; /* holds what the spans lie in */
    int files;
    text_span *span;
    int64_t count, room;
} text_list;

/* False without memory. */
bool text_list_add(text_list *list, const char *at, size_t size, int32_t label);
/* Takes the file over, also where it fails. */
bool text_list_hold(text_list *list, text_file *file);
void text_list_done(text_list *list);
/* Fields of the schema that have a role: text, and the class where it has one.  The list is taken
 * over, also where it fails. */
ad_status text_list_source(text_list *list, const ad_schema *schema, const char *name,
                           ad_source **source);

/* One long text in pieces of some `piece` bytes, which lie one behind the other.  A piece ends
 * before white space that follows something else, where such a place is among the next 256 bytes,
 * else between two characters; so pieces are cut where encoders cut.  Takes the file over. */
ad_status text_pieces_source(text_file *file, const ad_schema *schema, int64_t piece,
                             ad_source **source);

#endif
