/*
 * table: which programs run and who is joined to whom. The one place that says so.
 */
#ifndef CMD_SEKISHOD_TABLE_H
#define CMD_SEKISHOD_TABLE_H

#include <stddef.h>

/* A program of the table. A name "portald.*" stands for one process per portal. */
struct program_row {
    const char *name;
    const char *binary;
};

/* An edge: CLIENT calls it CLIENT_EDGE, SERVER calls it SERVER_EDGE. "*" is the portal's zone in both. */
struct edge_row {
    const char *client, *client_edge;
    const char *server, *server_edge;
};

extern const struct program_row program_table[];
extern const size_t program_row_count;
extern const struct edge_row edge_table[];
extern const size_t edge_row_count;

#endif
