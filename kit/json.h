/* JSON texts, read by cJSON. */
#ifndef ADZE_KIT_JSON_H
#define ADZE_KIT_JSON_H

#include <adze/kit.h>

typedef struct cJSON json;

/* NULL with words: where it is no JSON the line, or the package that is missing.  name: of the
 * file. */
json *json_read(const char *name, const char *text, size_t size);
void json_free(json *j);
/* Of an object, exactly that name; NULL where there is none, or null stands there. */
const json *json_get(const json *object, const char *name);
const json *json_first(const json *list); /* entries of a list or object */
const json *json_next(const json *entry);
const char *json_name(const json *entry); /* of an object's entry */
const char *json_text(const json *j);     /* NULL: it is no text */
bool json_truth(const json *object, const char *name, bool otherwise);
/* A whole number from 0 to 2^24, or -1. */
int32_t json_whole(const json *j);
bool json_is_list(const json *j);
bool json_is_object(const json *j);

#endif
