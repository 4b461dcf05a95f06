/*
 * scanner: is there a virus scanner that can be believed? Probed with the EICAR test file at start,
 * every hour, and every few seconds while it gives wrong answers. Private to edge/gate.
 */
#ifndef EDGE_GATE_SCANNER_H
#define EDGE_GATE_SCANNER_H

#include "edge/gate/clamd.h"

struct gate;
struct scanner;

/* Begins probing when the gate has a clamd. Never NULL. */
struct scanner *scanner_new(struct gate *gate);

/* "up", "down" or "none". */
const char *scanner_word(const struct scanner *scanner);

/* True if files may be scanned now. */
bool scanner_is_up(const struct scanner *scanner);

/* True if there is none set up: items are "unscanned". */
bool scanner_is_none(const struct scanner *scanner);

/* What the leaf of a scan names; "none" and "" without a scanner. */
const char *scanner_engine(const struct scanner *scanner);
const char *scanner_signatures(const struct scanner *scanner);

/* A scan failed: the scanner counts as down until a probe says otherwise. */
void scanner_doubt(struct scanner *scanner);

#endif
