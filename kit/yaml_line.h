/* Lines of a YAML text, looked at one by one: for what a parser cannot say of broken ones. */
#ifndef ADZE_KIT_YAML_LINE_H
#define ADZE_KIT_YAML_LINE_H

#include <stdbool.h>

#include "tree.h"

/* Blanks that a line (from 1) begins with. */
int yaml_indent(const source *s, int line);
/* The line above this one, comments and empty ones left out, where it is neither a key nor an item
 * of a list nor less indented, so that this line goes on with it; else 0. */
int yaml_line_without_colon(const source *s, int line);
/* "model = [...", "train {...": a word with no colon before a value. */
bool yaml_begins_without_colon(const source *s, int line);
/* Whether the line before or after, indented as much, is an item of a list, and this one is not. */
bool yaml_in_list(const source *s, int line);

#endif
