/* JSON texts, read by cJSON. */
#include "json.h"

#include <string.h>

#include "message.h"

#ifdef ADZE_HAVE_CJSON

#include <cjson/cJSON.h>

json *json_read(const char *name, const char *text, size_t size)
{
    const char *stop = NULL;
    long long line = 1;
    json *j = memchr(text, 0, size) ? NULL : cJSON_ParseWithLengthOpts(text, size, &stop, false);
    for (; !j && stop && stop > text; stop--)
        line += *stop == '\n';
    if (!j)
        message_fail(AD_ERROR_FORMAT, "%s:%lld: this is no JSON\n  fetch or make the file again\n",
                     name, line);
    return j;
}

void json_free(json *j)
{
    cJSON_Delete(j);
}

const json *json_get(const json *object, const char *name)
{
    const json *j = cJSON_GetObjectItemCaseSensitive(object, name);
    return j && !cJSON_IsNull(j) ? j : NULL;
}

const json *json_first(const json *list)
{
    return list ? list->child : NULL;
}

const json *json_next(const json *entry)
{
    return entry->next;
}

const char *json_name(const json *entry)
{
    return entry->string ? entry->string : "";
}

const char *json_text(const json *j)
{
    return cJSON_IsString(j) ? j->valuestring : NULL;
}

bool json_truth(const json *object, const char *name, bool otherwise)
{
    const json *j = json_get(object, name);
    return cJSON_IsBool(j) ? cJSON_IsTrue(j) : otherwise;
}

int32_t json_whole(const json *j)
{
    double value = cJSON_IsNumber(j) ? j->valuedouble : -1;
    return value >= 0 && value <= 1 << 24 && value == (double)(int32_t)value ? (int32_t)value : -1;
}

bool json_is_list(const json *j)
{
    return cJSON_IsArray(j);
}

bool json_is_object(const json *j)
{
    return cJSON_IsObject(j);
}

#else

json *json_read(const char *name, const char *text, size_t size)
{
    (void)text, (void)size;
    message_fail(AD_ERROR_UNSUPPORTED,
                 "%s: this build cannot read JSON\n  install the package libcjson-dev and build "
                 "again\n",
                 name);
    return NULL;
}

void json_free(json *j)
{
    (void)j;
}

const json *json_get(const json *object, const char *name)
{
    (void)object, (void)name;
    return NULL;
}

const json *json_first(const json *list)
{
    (void)list;
    return NULL;
}

const json *json_next(const json *entry)
{
    (void)entry;
    return NULL;
}

const char *json_name(const json *entry)
{
    (void)entry;
    return "";
}

const char *json_text(const json *j)
{
    (void)j;
    return NULL;
}

bool json_truth(const json *object, const char *name, bool otherwise)
{
    (void)object, (void)name;
    return otherwise;
}

int32_t json_whole(const json *j)
{
    (void)j;
    return -1;
}

bool json_is_list(const json *j)
{
    (void)j;
    return false;
}

bool json_is_object(const json *j)
{
    (void)j;
    return false;
}

#endif
