/*
 * cmd_auth: `sekisho auth check RULES.yaml`: the rules of signing in, offline.
 */
#ifndef CMD_SEKISHO_CMD_AUTH_H
#define CMD_SEKISHO_CMD_AUTH_H

/*
 * auth check RULES.yaml [--roles ROLES.yaml] [--json]: loads the file as cored would. ROLES is by
 * default roles.yaml in the folder above that of RULES. Exit 0: it loads; 1: it is refused, with
 * file:line:column; 2: usage, or a file cannot be read.
 */
int cmd_auth(int argc, char **argv);

#endif
