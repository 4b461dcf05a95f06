/*
 * ledger_report: how the outcome of `sekisho ledger verify` is printed, as text or JSON.
 */
#ifndef CMD_SEKISHO_LEDGER_REPORT_H
#define CMD_SEKISHO_LEDGER_REPORT_H

#include "core/ledgercheck/check.h"

/* Prints the outcome of check_log (ERR is NULL when it is good). TRUST_FROM names the trust file,
 * PATH the folder. Returns the exit code. */
int ledger_report(const struct check_options *options, const struct check_report *report,
                  const char *path, const char *trust_from, bool json, const struct err *err);

#endif
