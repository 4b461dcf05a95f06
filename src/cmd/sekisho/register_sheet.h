/*
 * register_sheet: `sekisho register import` and `export`: tables into a register and out of it, as
 * the person who logged in at the portal.
 */
#ifndef CMD_SEKISHO_REGISTER_SHEET_H
#define CMD_SEKISHO_REGISTER_SHEET_H

/* `register import R FILE [--sheet S] [--encoding E] [--json]` previews, `register import --approve
 * BATCH --digest D` applies, `register export R --format F [--encoding E] [--fy N] -o FILE`. The
 * exit codes of portal_client.h; 1 also when rows have errors or were left. */
int register_sheet(int argc, char **argv);

#endif
