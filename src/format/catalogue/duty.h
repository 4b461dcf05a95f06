/*
 * duty: `duty` of a topic's part, read. For the files of format/catalogue; the types stand in
 * catalogue.h.
 */
#ifndef FORMAT_CATALOGUE_DUTY_H
#define FORMAT_CATALOGUE_DUTY_H

#include "format/catalogue/catalogue.h"
#include "format/yaml/yaml.h"

/* Reads NODE (a list of duties; NULL: none) of PART, which belongs to the topic of that id and has
 * its key and title, into ARENA. -1 with the codes of yaml_check, control.duty, limit.memory. */
int duty_read(struct arena *arena, struct str topic, const struct yaml_node *node,
              struct topic_part *part, struct err *err);

#endif
