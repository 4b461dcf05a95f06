/*
 * markup: text into HTML or XML.
 */
#ifndef BASE_TEXT_MARKUP_H
#define BASE_TEXT_MARKUP_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

/* Appends TEXT for text or a quoted attribute value: & < > " ' become references. */
void markup_put(struct buf *out, struct str text);

#endif
