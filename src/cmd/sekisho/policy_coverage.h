/* policy_coverage: `sekisho policy coverage`. */
#ifndef CMD_SEKISHO_POLICY_COVERAGE_H
#define CMD_SEKISHO_POLICY_COVERAGE_H

/*
 * policy coverage FILE… [--json] [--data DIR] [--profile IDS]: per chapter what is bound, of which
 * kind and what answers it, then what of the catalogue is weaker or absent. IDS: topics or groups
 * that do not apply, "zone.standalone,cloud.". The exit code: 0 nothing is weaker or absent, 1
 * something is, 2 usage or unreadable, 3 failed.
 */
int policy_coverage_command(int argc, char **argv);

/* `sekisho policy profile FILE…`: what the text says of the body itself (format/bind/profile.h). 0,
 * 1 when a person should look at something, 2 usage, 3. */
int policy_profile_command(int argc, char **argv);

#endif
