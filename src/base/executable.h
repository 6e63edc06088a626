/* Memory for code that is made while the program runs. */
#ifndef BASE_EXECUTABLE_H
#define BASE_EXECUTABLE_H

#include <stddef.h>
#include <stdint.h>

/* Where a copy of the code lies, the same for the same bytes, until the process ends; NULL where
 * the system allows no such memory or it is full.  The code must not depend on its address.  Any
 * thread may call. */
const void *executable_keep(const uint8_t *code, size_t bytes);

#endif
