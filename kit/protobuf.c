/* Protocol buffers. */
#include "protobuf.h"

#include <string.h>

static bool number(protobuf *p, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && p->at < p->end; shift += 7) {
        unsigned char byte = *p->at++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool fixed(protobuf *p, size_t size, uint64_t *value)
{
    *value = 0;
    if ((size_t)(p->end - p->at) < size)
        return false;
    for (size_t i = size; i > 0; i--)
        *value = *value << 8 | p->at[i - 1];
    p->at += size;
    return true;
}

static bool counted(protobuf *p, protobuf *bytes)
{
    uint64_t size;
    if (!number(p, &size) || size > (uint64_t)(p->end - p->at))
        return false;
    *bytes = (protobuf){p->at, p->at + size};
    p->at += size;
    return true;
}

bool protobuf_next(protobuf *p, protobuf_field *field, bool *bad)
{
    uint64_t key;
    *field = (protobuf_field){.number = 0};
    if (p->at >= p->end)
        return false;
    bool good = number(p, &key) && key >> 3 && key >> 3 < 1u << 29;
    field->number = good ? (uint32_t)(key >> 3) : 0;
    field->kind = good ? (int)(key & 7) : -1;
    switch (field->kind) {
    case 0: good = number(p, &field->value); break;
    case 1: good = fixed(p, 8, &field->value); break;
    case 2: good = counted(p, &field->bytes); break;
    case 5: good = fixed(p, 4, &field->value); break;
    default: good = false;
    }
    *bad = *bad || !good;
    return good;
}

float protobuf_float(const protobuf_field *field)
{
    uint32_t bits = (uint32_t)field->value;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
