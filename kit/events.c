/* Records and messages of event files. */
#include "events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"
#include "image.h"
#include "message.h"

/* ---------------------------------------------------------------- checksums */

uint32_t crc32c(const void *bytes, size_t size)
{
    /* of four bits; reflected polynomial 0x82F63B78 */
    static const uint32_t table[16] = {0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1,
                                       0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
                                       0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
                                       0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
    uint32_t sum = ~0u;
    for (const uint8_t *p = bytes; size > 0; size--, p++) {
        sum = table[(sum ^ *p) & 15] ^ sum >> 4;
        sum = table[(sum ^ *p >> 4) & 15] ^ sum >> 4;
    }
    return ~sum;
}

uint32_t crc32c_masked(const void *bytes, size_t size)
{
    uint32_t sum = crc32c(bytes, size);
    return (sum >> 15 | sum << 17) + 0xA282EAD8u;
}

/* ---------------------------------------------------------------- messages */

static void add_varint(text_buffer *t, uint64_t number)
{
    do {
        uint8_t byte = (uint8_t)((number & 127) | (number > 127 ? 128 : 0));
        text_add_bytes(t, (const char *)&byte, 1);
        number >>= 7;
    } while (number);
}

static void add_fixed(text_buffer *t, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(number >> 8 * i);
        text_add_bytes(t, (const char *)&byte, 1);
    }
}

void proto_varint(text_buffer *t, int field, uint64_t number)
{
    add_varint(t, (uint64_t)field << 3);
    add_varint(t, number);
}

static void add_double(text_buffer *t, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    add_fixed(t, bits, 8);
}

void proto_double(text_buffer *t, int field, double number)
{
    add_varint(t, (uint64_t)field << 3 | 1);
    add_double(t, number);
}

void proto_float(text_buffer *t, int field, float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    add_varint(t, (uint64_t)field << 3 | 5);
    add_fixed(t, bits, 4);
}

void proto_bytes(text_buffer *t, int field, const void *bytes, size_t size)
{
    add_varint(t, (uint64_t)field << 3 | 2);
    add_varint(t, size);
    text_add_bytes(t, bytes, size);
}

void proto_text(text_buffer *t, int field, const char *words)
{
    proto_bytes(t, field, words, strlen(words));
}

void proto_part(text_buffer *t, int field, text_buffer *part)
{
    proto_bytes(t, field, text_words(part), part->size);
    text_part(t, part);
}

void proto_doubles(text_buffer *t, int field, const double *number, int count)
{
    add_varint(t, (uint64_t)field << 3 | 2);
    add_varint(t, 8 * (uint64_t)count);
    for (int i = 0; i < count; i++)
        add_double(t, number[i]);
}

/* ---------------------------------------------------------------- records */

enum { HEAD = 12, TAIL = 4 }; /* bytes of a record before and behind its message */

static void add_record(text_buffer *t, text_buffer *message)
{
    uint8_t size[8];
    for (int i = 0; i < 8; i++)
        size[i] = (uint8_t)((uint64_t)message->size >> 8 * i);
    text_add_bytes(t, (const char *)size, 8);
    add_fixed(t, crc32c_masked(size, 8), 4);
    text_add_bytes(t, text_words(message), message->size);
    add_fixed(t, crc32c_masked(text_words(message), message->size), 4);
    text_part(t, message);
}

static uint64_t fixed_at(const uint8_t *p, int bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)p[i] << 8 * i;
    return number;
}

/* The step of an Event, 0 where it has none: field 2 stands in front of what is long. */
static int64_t step_of(const uint8_t *p, size_t size)
{
    size_t at = size > 9 && p[0] == 9 ? 9 : 0; /* field 1, wall_time */
    uint64_t step = 0;
    if (at >= size || p[at] != 16)
        return 0;
    for (int shift = 0; ++at < size && shift < 63; shift += 7) {
        step |= (uint64_t)(p[at] & 127) << shift;
        if (p[at] < 128)
            break;
    }
    return (int64_t)step;
}

size_t events_whole(const uint8_t *bytes, size_t size, int64_t most, int64_t *last)
{
    size_t at = 0;
    *last = -1;
    while (size - at > HEAD + TAIL) {
        const uint8_t *record = bytes + at;
        uint64_t inside = fixed_at(record, 8);
        if (crc32c_masked(record, 8) != fixed_at(record + 8, 4) ||
            inside > size - at - HEAD - TAIL ||
            crc32c_masked(record + HEAD, inside) != fixed_at(record + HEAD + inside, 4))
            break;
        int64_t step = step_of(record + HEAD, inside);
        if (step > most)
            break;
        *last = step;
        at += HEAD + inside + TAIL;
    }
    return at;
}

/* ---------------------------------------------------------------- events */

static void add_event(text_buffer *t, double when, int64_t step, text_buffer *value)
{
    text_buffer event = {0}, summary = {0};
    proto_double(&event, 1, when);
    if (step) /* what is 0 is not written */
        proto_varint(&event, 2, (uint64_t)step);
    proto_part(&summary, 1, value);
    proto_part(&event, 5, &summary);
    add_record(t, &event);
}

void events_version(text_buffer *t, double when)
{
    text_buffer event = {0};
    proto_double(&event, 1, when);
    proto_text(&event, 3, "brain.Event:2");
    add_record(t, &event);
}

void events_scalar(text_buffer *t, double when, int64_t step, const char *tag, double value)
{
    text_buffer v = {0};
    proto_text(&v, 1, tag);
    proto_float(&v, 2, (float)value);
    add_event(t, when, step, &v);
}

/* Metadata that names the plug-in a value is for. */
static void add_metadata(text_buffer *v, const char *plugin, text_buffer *content, int class)
{
    text_buffer data = {0}, metadata = {0};
    proto_text(&data, 1, plugin);
    if (content)
        proto_part(&data, 2, content);
    proto_part(&metadata, 1, &data);
    if (class)
        proto_varint(&metadata, 4, (uint64_t) class);
    proto_part(v, 9, &metadata);
}

void events_text(text_buffer *t, double when, int64_t step, const char *tag, const char *markdown)
{
    enum { STRING = 7, TENSOR = 2 };
    text_buffer v = {0}, tensor = {0}, shape = {0}, size = {0};
    proto_varint(&size, 1, 1);
    proto_part(&shape, 2, &size);
    proto_varint(&tensor, 1, STRING);
    proto_part(&tensor, 2, &shape);
    proto_text(&tensor, 8, markdown);
    proto_text(&v, 1, tag);
    proto_part(&v, 8, &tensor);
    add_metadata(&v, "text", NULL, TENSOR);
    add_event(t, when, step, &v);
}

ad_status events_image(text_buffer *t, double when, int64_t step, const char *tag,
                       const ad_image *image)
{
    text_buffer v = {0}, inside = {0};
    uint8_t *bytes;
    size_t size;
    ad_status status = png_bytes(image, &bytes, &size);
    if (status != AD_OK)
        return status;
    proto_varint(&inside, 1, (uint64_t)image->height);
    proto_varint(&inside, 2, (uint64_t)image->width);
    proto_varint(&inside, 3, (uint64_t)image->channels);
    proto_bytes(&inside, 4, bytes, size);
    proto_text(&v, 1, tag);
    proto_part(&v, 4, &inside);
    add_event(t, when, step, &v);
    free(bytes);
    return t->failed ? message_no_memory() : AD_OK;
}

/* ---------------------------------------------------------------- histograms */

/* Edges at 1e-12 times 1.1^k up to 1e20, and the same below 0; the last takes all that is more. */
enum { SIDE = 775, EDGES = 2 * SIDE + 1 };

/* In a log scale the place follows at once; then it is put right. */
static int place_of(const double *edge, double value)
{
    double size = fabs(value);
    int near = size > 1e-12 ? (int)(log(size / 1e-12) / log(1.1)) : 0;
    int at = SIDE + (value < 0 ? -near - 1 : near);
    at = at < 0 ? 0 : at >= EDGES ? EDGES - 1 : at;
    while (at > 0 && value < edge[at - 1])
        at--;
    while (at + 1 < EDGES && value >= edge[at])
        at++;
    return at;
}

static void make_edges(double *edge)
{
    double size = 1e-12;
    edge[SIDE] = 0;
    for (int i = 1; i <= SIDE; i++, size *= 1.1) {
        edge[SIDE + i] = size;
        edge[SIDE - i] = -size;
    }
    edge[EDGES - 1] = 1.7976931348623157e308;
}

typedef struct moments {
    double least, most, count, sum, square;
} moments;

static moments count_values(const ad_array *values, const double *edge, double *in)
{
    moments m = {INFINITY, -INFINITY, 0, 0, 0};
    int64_t count = ad_array_count(values);
    for (int64_t i = 0; i < count; i++) {
        double v = ad_array_item(values, i);
        if (!isfinite(v))
            continue;
        in[place_of(edge, v)]++;
        m.least = fmin(m.least, v);
        m.most = fmax(m.most, v);
        m.count++, m.sum += v, m.square += v * v;
    }
    return m;
}

/* Empty bins beside each other become one, those behind the last that is not empty go. */
static int drop_empty(double *edge, double *in)
{
    int kept = 0, last = EDGES - 1;
    while (last > 0 && !(in[last] > 0))
        last--;
    for (int i = 0; i <= last; i++) {
        bool again = kept > 0 && !(in[i] > 0) && !(in[kept - 1] > 0);
        kept -= again;
        edge[kept] = edge[i];
        in[kept++] = in[i];
    }
    return kept;
}

void events_histogram(text_buffer *t, double when, int64_t step, const char *tag,
                      const ad_array *values)
{
    double edge[EDGES], in[EDGES] = {0};
    text_buffer v = {0}, h = {0};
    make_edges(edge);
    moments m = count_values(values, edge, in);
    if (!(m.count > 0))
        return;
    int bins = drop_empty(edge, in);
    proto_double(&h, 1, m.least);
    proto_double(&h, 2, m.most);
    proto_double(&h, 3, m.count);
    proto_double(&h, 4, m.sum);
    proto_double(&h, 5, m.square);
    proto_doubles(&h, 6, edge, bins);
    proto_doubles(&h, 7, in, bins);
    proto_text(&v, 1, tag);
    proto_part(&v, 5, &h);
    add_event(t, when, step, &v);
}

/* ---------------------------------------------------------------- hyper-parameters */

/* A value of the plug-in: its message is in the metadata, beside an empty tensor. */
static void add_plugin(text_buffer *t, double when, int64_t step, const char *tag, int field,
                       text_buffer *part)
{
    enum { FLOAT = 1 };
    text_buffer v = {0}, content = {0}, tensor = {0}, shape = {0}, size = {0};
    proto_part(&content, field, part);
    proto_part(&shape, 2, &size); /* 0 */
    proto_varint(&tensor, 1, FLOAT);
    proto_part(&tensor, 2, &shape);
    proto_text(&v, 1, tag);
    proto_part(&v, 8, &tensor);
    add_metadata(&v, "hparams", &content, 0);
    add_event(t, when, step, &v);
}

/* google.protobuf.Value: number, text or truth. */
static void add_value(text_buffer *entry, const char *words)
{
    text_buffer value = {0};
    char *end;
    double number = strtod(words, &end);
    if (strcmp(words, "true") == 0 || strcmp(words, "false") == 0)
        proto_varint(&value, 4, words[0] == 't');
    else if (*words && *end == 0)
        proto_double(&value, 2, number);
    else
        proto_text(&value, 3, words);
    proto_part(entry, 2, &value);
}

/* Layers are no hyper-parameters of one name. */
static bool is_parameter(const config_key *k)
{
    return !strchr(k->path, '[') && strncmp(k->path, "model", 5) != 0;
}

void events_parameters(text_buffer *t, double when, const config_keys *keys, const char *name)
{
    text_buffer start = {0};
    for (int i = 0; i < keys->count; i++) {
        text_buffer entry = {0};
        if (!is_parameter(&keys->key[i]))
            continue;
        proto_text(&entry, 1, keys->key[i].path);
        add_value(&entry, keys->key[i].value);
        proto_part(&start, 1, &entry);
    }
    proto_text(&start, 4, name);
    proto_double(&start, 5, when);
    add_plugin(t, when, 0, "_hparams_/session_start_info", 3, &start);
}

void events_parameters_end(text_buffer *t, double when, int64_t step)
{
    enum { SUCCESS = 1 };
    text_buffer end = {0};
    proto_varint(&end, 1, SUCCESS);
    proto_double(&end, 2, when);
    add_plugin(t, when, step, "_hparams_/session_end_info", 4, &end);
}
