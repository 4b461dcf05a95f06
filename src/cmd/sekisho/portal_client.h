/*
 * portal_client: the command line as a logged-in person at the LGWAN portal. It has no right of its
 * own: every call is one that the person's browser could make.
 *
 * The session (the portal's address and the cookie) stands in a file of mode 0600: SEKISHO_SESSION,
 * else sekisho/session below XDG_STATE_HOME or ~/.local/state. It ends when the portal says so.
 */
#ifndef CMD_SEKISHO_PORTAL_CLIENT_H
#define CMD_SEKISHO_PORTAL_CLIENT_H

#include "base/mem/buf.h"
#include "base/mem/err.h"

#include <jansson.h>

enum { PORTAL_URL_BYTES = 400, PORTAL_COOKIE_BYTES = 400, PORTAL_ANSWER_BYTES = 64 << 20 };

/* Exit codes of commands that speak to the portal. */
enum {
    PORTAL_DONE = 0,
    PORTAL_REFUSED = 1,
    PORTAL_USAGE = 2,
    PORTAL_FAILED = 3,
    PORTAL_DENIED = 4
};

struct portal {
    char url[PORTAL_URL_BYTES]; /* "https://lgwan.example.lg.jp", without a slash behind */
    char cookie[PORTAL_COOKIE_BYTES];
};

/* What the portal answered. */
struct portal_answer {
    unsigned status;
    json_t *body; /* NULL when it was no JSON; portal_answer_done */
};

/* Reads the session file. -1 with portal_client.no_session, file.*. */
int portal_load(struct portal *ret, struct err *err);

/* Writes PORTAL to the session file, mode 0600. -1 with portal_client.session. */
int portal_save(const struct portal *portal, struct err *err);

/* Removes the session file; that it is not there is fine. */
void portal_forget(void);

/* Sets the address of PORTAL, without a session. -1 with portal_client.url: neither
 * http://…localhost nor https://. */
int portal_address(struct portal *ret, const char *url, struct err *err);

/*
 * One call: METHOD on /api/v1/PATH with BODY (text of JSON, empty: none) to *RET. A cookie that the
 * portal sets goes to PORTAL. 0 whatever the status says; -1 with portal_client.away (it cannot be
 * reached, detail says why) or portal_client.answer.
 */
int portal_call(struct portal *portal, const char *method, const char *path, struct str body,
                struct portal_answer *ret, struct err *err);

/* The same with JSON (taken over; NULL: none). */
int portal_call_json(struct portal *portal, const char *method, const char *path, json_t *body,
                     struct portal_answer *ret, struct err *err);

/* GET of a file: its bytes to FILE (empty) with 2xx; else RET->body says why. -1 as portal_call. */
int portal_fetch(struct portal *portal, const char *path, struct buf *file,
                 struct portal_answer *ret, struct err *err);

/* Frees what ANSWER owns. */
void portal_answer_done(struct portal_answer *answer);

/* PORTAL_DONE for 2xx; else prints the sentence of the answer's code and gives the exit code. */
int portal_told(const struct portal_answer *answer);

#endif
