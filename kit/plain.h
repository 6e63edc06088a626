/* The part of YAML that the built-in configuration is written in, for builds without libyaml. */
#ifndef ADZE_KIT_PLAIN_H
#define ADZE_KIT_PLAIN_H

#include "tree.h"

/* Block maps and lists, {flow: maps} of plain scalars in one line, plain scalars, comments in lines
 * of their own.  NULL where the text, from its shift on, is anything else, or without memory. */
tree *plain_read(const source *s);

#endif
