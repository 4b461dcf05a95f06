/*
 * policy: the policy, its clauses and what proves them, as core/control answers it. Runs in cored.
 */
#include "core/api/calls.h"

#include "base/mem/buf.h"
#include "base/os/time.h"
#include "core/control/control.h"

enum { POLICY_ANSWER_BYTES = 8 << 20 };

static void
policy_ask(struct api_call *call)
{
    struct control *control = api_config(call->api)->control;
    struct err err = {0};
    struct buf out;
    buf_init(&out, POLICY_ANSWER_BYTES);
    int rc = control == NULL ? 1 : control_answer(control, call->path, time_now_us(), &out, &err);
    if (rc == 0) {
        rc = buf_done(&out, &err);
    }
    if (rc > 0) {
        rc = ERR(&err, "not_found", "policy");
    }
    if (rc < 0) {
        api_fail(call, &err);
    } else {
        api_answer_text(call, "", (struct str){0}, buf_str(&out));
    }
    buf_free(&out);
}

const struct api_route api_policy_routes[] = {
    {"GET", "policy", 200, .later = policy_ask},
    {"GET", "policy/:", 200, .later = policy_ask},
    {"GET", "policy/:/clause/:", 200, .later = policy_ask},
};
const size_t api_policy_route_count = sizeof api_policy_routes / sizeof *api_policy_routes;
