/*
 * when: conditions of routes (format/cond) over the fields of a definition. For the files of
 * core/register alone.
 */
#ifndef CORE_REGISTER_WHEN_H
#define CORE_REGISTER_WHEN_H

#include "core/register/reader.h"
#include "core/register/record.h"
#include "format/cond/cond.h"

/* The condition in NODE, read against the fields of READER->def; NULL with a finding (r102). */
const struct cond *when_read(struct reader *reader, const struct yaml_node *node);

/* Does COND hold for ASK->record now? UNKNOWN is the answer where there is none. */
bool when_holds(const struct step_ask *ask, const struct cond *cond, bool unknown);

#endif
