/* YAML text to a tree. */
#ifndef ADZE_KIT_YAML_H
#define ADZE_KIT_YAML_H

#include "report.h"

/* Reads a source, from its shift on.  *root is NULL where nothing stands in it; tree_free it. False
 * where the text cannot be read to its end, which is reported (or memory ran out: report.failed).
 * What is refused on the way, such as a key given twice, is reported too, but the tree is there, so
 * that its values can be checked. */
bool yaml_read(report *r, const source *s, tree **root);
/* True where the kit was built with libyaml. */
bool yaml_available(void);

#endif
