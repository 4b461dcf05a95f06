/*
 * portal_client: the command line as a person: it signs in at a portal of this machine with her
 * password and one-time code, asks, and signs out again. Root on the server gets no right by being
 * root.
 *
 * A portal speaks plain HTTP on the loopback address (what faces people stands before it), so no
 * other address is ever connected to. No session is kept on the disk.
 */
#ifndef CMD_SEKISHO_PORTAL_CLIENT_H
#define CMD_SEKISHO_PORTAL_CLIENT_H

#include "base/mem/buf.h"
#include "base/mem/err.h"

#include <jansson.h>

enum { CLIENT_ANSWER_BYTES = 64 << 20, CLIENT_WAIT_S = 60 };

struct portal_client {
    char host[256]; /* as the Host header says it: name:port */
    unsigned port;
    char cookie[512]; /* of the session; empty: none */
};

/* Takes URL, http://NAME:PORT with NAME localhost, *.localhost or 127.0.0.1. -1 client.url. */
int client_open(const char *url, struct portal_client *ret, struct err *err);

/*
 * One call below /api/v1/: METHOD and PATH, BODY (borrowed; NULL: none). 0 with *RET_STATUS and the
 * answer (a new reference, an object), whatever the status. -1 with client.connect, client.answer
 * (it is no answer of a portal), or limit.buffer.
 */
int client_call(struct portal_client *client, const char *method, const char *path,
                const json_t *body, unsigned *ret_status, json_t **ret, struct err *err);

/*
 * Signs LOGIN in: reads the password and the one-time code from the terminal without echo, or two
 * lines of standard input. 0; 1 refused, and *RET_ANSWER (a new reference) says why; -1 as
 * client_call, or client.input.
 */
int client_login(struct portal_client *client, const char *login, json_t **ret_answer,
                 struct err *err);

/* Ends the session. A failure is passed over: it ends by itself. */
void client_logout(struct portal_client *client);

/* Tells on stderr what the refusing ANSWER says. */
void client_tell(const json_t *answer);

#endif
