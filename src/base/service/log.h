/*
 * log: one JSON line on stderr per event, with journald's priority in front. Ids and fields, never
 * sentences, names, contents or typed login names. Only programs log, libraries never do.
 */
#ifndef BASE_SERVICE_LOG_H
#define BASE_SERVICE_LOG_H

#include "base/mem/err.h"

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_INFO = 6 };

/* Names the program in every line; NAME must stay. */
void log_program(const char *name);

/* Logs EVENT ("gate.scanner_down") with pairs of key and value, ended by NULL:
 * log_event(LOG_WARN, "edge.down", "edge", name, NULL). Values are escaped; a line has at most 8 KiB. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* Logs EVENT with the code, detail and place of ERR. */
void log_err(enum log_level level, const char *event, const struct err *err);

#endif
