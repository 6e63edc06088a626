/* Names that a printer may stumble over. */
#ifndef NAMES_H
#define NAMES_H

static const char *const bad_names[] = {
    "x",
    "a b",
    "x */ int evil; /*",
    "*/",
    "/* open",
    "w\"q\\",
    "\\",
    "\"",
    "w\nv",
    "\r\n\t\v\f\b\a\x1b[31m",
    "%d%s%n %%",
    "%1",
    "x named.0=y : f32(3)",
    " device=1",
    " : ",
    "=",
    "?\?/",
    "*?\?/",
    "gr\xc3\xb6\xc3\x9f"
    "e",
    "\xe2\x80\xae"
    "evas",
    "\xf0\x9f\x8e\xb2",
    "\xff\xfe", /* no UTF-8 */
    "int",
    "while",
    "_",
    "a.b",
    "a_b",
    "<b>&amp;</b>",
    "'; drop table",
    "",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
    "4567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
    "890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
    "1",
};

enum { BAD_NAMES = sizeof bad_names / sizeof bad_names[0] };

#endif
