/* policy_export: `sekisho policy export`. */
#ifndef CMD_SEKISHO_POLICY_EXPORT_H
#define CMD_SEKISHO_POLICY_EXPORT_H

/*
 * policy export FILE… --model M [--oscal-version V] [--zone Z] [--kind K] [--topic T] [--bind FILE]
 *     [--state FILE] [--body NAME] [--date DAY] [--data DIR] [-o DIR] [--json]
 * policy export FILE… --format html|md|csv [-o DIR] [--json]
 * both: [--for public|staff|chief], documents others may not see are left out: the basic policy is
 * public, procedures are the chief's, all else is for staff.
 *
 * FILE is a source text, a tree that `policy read` wrote, or an OSCAL catalog. M is catalog,
 * profile, component-definition, system-security-plan, assessment-plan, assessment-results, poam,
 * mapping (several by commas) or all. The bindings are those of --bind, or of bind.yaml beside the
 * first FILE; the states of clauses those of --state (what the policy pages' API answered:
 * policy_states.h). Without -o the one file goes to the standard output. ARGV[0] is "export".
 * 0 done, 1 done but something could not be carried over, 2 usage or unreadable, 3 failed.
 */
int policy_export_command(int argc, char **argv);

#endif
