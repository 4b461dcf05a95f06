/*
 * calls: the route tables of core/api. For api.c alone.
 */
#ifndef CORE_API_CALLS_H
#define CORE_API_CALLS_H

#include "core/api/api.h"

extern const struct api_route api_person_routes[], api_transfer_routes[], api_record_routes[],
    api_ledger_routes[], api_policy_routes[], api_absence_routes[], api_notice_routes[],
    api_people_routes[];
extern const size_t api_person_route_count, api_transfer_route_count, api_record_route_count,
    api_ledger_route_count, api_policy_route_count, api_absence_route_count, api_notice_route_count,
    api_people_route_count;

#endif
