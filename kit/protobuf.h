/* Protocol buffers as they lie in a file: numbered fields, one behind the other. */
#ifndef ADZE_KIT_PROTOBUF_H
#define ADZE_KIT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct protobuf {
    const unsigned char *at, *end;
} protobuf;

typedef struct protobuf_field {
    uint32_t number;
    int kind;       /* 0 a number, 1 eight bytes, 2 bytes, 5 four bytes */
    uint64_t value; /* of a number, or of four or eight bytes */
    protobuf bytes;
} protobuf_field;

/* The next field; false at the end, or where *bad is set. */
bool protobuf_next(protobuf *p, protobuf_field *field, bool *bad);
float protobuf_float(const protobuf_field *field);

#endif
