/*
 * cmd_policy: `sekisho policy …`.
 */
#ifndef CMD_SEKISHO_CMD_POLICY_H
#define CMD_SEKISHO_CMD_POLICY_H

/*
 * policy read FILE [--format json|outline|csv] [-o OUT]   the tree of a policy text
 * policy lint FILE… [--json]                              its findings, one per line
 * policy show FILE CLAUSE [--json]                        one clause: 4(2)①, std:4(2)① or its key
 * policy render FILE --style S                            clean, in another numbering style: model,
 *                                                         point, markdown, dotted, dai, dash
 * policy bind FILE [--data DIR]                           a bind.yaml with a topic for each titled
 *                                                         clause, nothing confirmed
 * policy export FILE… --model M | --format F            policy_export.h: OSCAL, Markdown, HTML, CSV
 * policy read FILE --kind oscal                          policy_oscal.h: a catalog as a tree
 * Exit codes: 0 clean, 1 findings that ask a person or no clause, 2 usage or unreadable, 3 failed.
 */
int cmd_policy(int argc, char **argv);

#endif
