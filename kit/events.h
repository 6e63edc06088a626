/* Event files of TensorBoard: records with checksums (tensorflow/core/lib/io/record_writer.h), each
 * an Event in the encoding of protocol buffers (tensorflow/core/util/event.proto, summary.proto).
 */
#ifndef ADZE_KIT_EVENTS_H
#define ADZE_KIT_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include <adze/kit.h>

#include "config_keys.h"
#include "text.h"

/* CRC-32C (Castagnoli et al. 1993), and as a record has it. */
uint32_t crc32c(const void *bytes, size_t size);
uint32_t crc32c_masked(const void *bytes, size_t size);

/* ---- fields of a message */
void proto_varint(text_buffer *t, int field, uint64_t number);
void proto_double(text_buffer *t, int field, double number);
void proto_float(text_buffer *t, int field, float number);
void proto_bytes(text_buffer *t, int field, const void *bytes, size_t size);
void proto_text(text_buffer *t, int field, const char *words);
/* A message in a message; part is emptied. */
void proto_part(text_buffer *t, int field, text_buffer *part);
void proto_doubles(text_buffer *t, int field, const double *number, int count); /* packed */

/* ---- events: each a whole record added to t */
void events_version(text_buffer *t, double when); /* the first of a file */
void events_scalar(text_buffer *t, double when, int64_t step, const char *tag, double value);
void events_text(text_buffer *t, double when, int64_t step, const char *tag, const char *markdown);
ad_status events_image(text_buffer *t, double when, int64_t step, const char *tag,
                       const ad_image *image);
/* Bins at which each edge is a tenth above the one before (as TensorBoard's own writers). */
void events_histogram(text_buffer *t, double when, int64_t step, const char *tag,
                      const ad_array *values);
/* The configuration as keys, in the forms of TensorBoard's plug-in for hyper-parameters: begin, and
 * an end. */
void events_parameters(text_buffer *t, double when, const config_keys *keys, const char *name);
void events_parameters_end(text_buffer *t, double when, int64_t step);

/* The bytes of a file that are whole records of events of at most that step; *last: the step of the
 * last, -1: none. */
size_t events_whole(const uint8_t *bytes, size_t size, int64_t most, int64_t *last);

#endif
