/*
 * calls: the route tables of core/api. For api.c alone.
 */
#ifndef CORE_API_CALLS_H
#define CORE_API_CALLS_H

#include "core/api/api.h"

extern const struct api_route api_person_routes[];
extern const size_t api_person_route_count;
extern const struct api_route api_transfer_routes[];
extern const size_t api_transfer_route_count;
extern const struct api_route api_record_routes[];
extern const size_t api_record_route_count;
extern const struct api_route api_ledger_routes[];
extern const size_t api_ledger_route_count;
extern const struct api_route api_policy_routes[];
extern const size_t api_policy_route_count;
extern const struct api_route api_absence_routes[];
extern const size_t api_absence_route_count;
extern const struct api_route api_people_routes[];
extern const size_t api_people_route_count;
extern const struct api_route api_notice_routes[];
extern const size_t api_notice_route_count;
extern const struct api_route api_list_routes[];
extern const size_t api_list_route_count;
extern const struct api_route api_sheet_routes[];
extern const size_t api_sheet_route_count;
extern const struct api_route api_duty_routes[];
extern const size_t api_duty_route_count;
extern const struct api_route api_bulk_routes[];
extern const size_t api_bulk_route_count;
extern const struct api_route api_name_routes[];
extern const size_t api_name_route_count;

enum { DUTIES_INBOX_MOST = 100 };

/* Adds to LIST the duties the caller has to begin with, and to *LATE those past their day. */
int duties_inbox(struct api_call *call, json_t *list, int64_t *late, struct err *err);

#endif
