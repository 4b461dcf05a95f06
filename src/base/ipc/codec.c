/*
 * codec: see codec.h for the byte layout. Pure; used by every daemon and worker.
 */
#include "base/ipc/codec.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

enum { HASH_BYTES = 32 };

static void
put_u64(struct buf *out, uint64_t v)
{
    v = htole64(v);
    buf_put(out, &v, sizeof v);
}

static int
field_encode(struct buf *out, const struct ipc_field *field, const char *at, struct err *err)
{
    switch (field->type) {
    case IPC_U64:
    case IPC_I64: {
        uint64_t v;
        memcpy(&v, at, sizeof v);
        put_u64(out, v);
        return 0;
    }
    case IPC_BOOL: {
        bool v;
        memcpy(&v, at, sizeof v);
        buf_put_char(out, v ? 1 : 0);
        return 0;
    }
    case IPC_STR: {
        struct str s;
        memcpy(&s, at, sizeof s);
        if (s.n > field->limit_bytes)
            return ERR(err, "ipc.too_large", "%s %zu", field->name, s.n);
        uint32_t n = htole32((uint32_t)s.n);
        buf_put(out, &n, sizeof n);
        buf_put_str(out, s);
        return 0;
    }
    case IPC_HASH:
        buf_put(out, at, HASH_BYTES);
        return 0;
    }
    return ERR(err, "ipc.malformed", "%s", field->name);
}

int
ipc_encode(struct buf *out, const struct ipc_header *header, const struct ipc_message *message,
           const void *value, struct err *err)
{
    uint16_t head[4] = {htole16(header->type), htole16(header->flag), 0, 0};
    buf_put(out, head, sizeof head);
    put_u64(out, header->call);
    for (size_t i = 0; i < message->field_count; i++) {
        const struct ipc_field *field = &message->fields[i];
        if (field_encode(out, field, (const char *)value + field->offset, err) != 0)
            return -1;
    }
    if (buf_done(out, NULL) != 0)
        return ERR(err, "ipc.too_large", "%s", message->name);
    return 0;
}

/* Takes N bytes off the front of *REST, or NULL. */
static const char *
take(struct str *rest, size_t n)
{
    if (rest->n < n)
        return NULL;
    const char *p = rest->p;
    rest->p += n;
    rest->n -= n;
    return p;
}

static bool
take_u64(struct str *rest, uint64_t *ret)
{
    const char *p = take(rest, sizeof *ret);
    if (p == NULL)
        return false;
    memcpy(ret, p, sizeof *ret);
    *ret = le64toh(*ret);
    return true;
}

static bool
take_str(struct str *rest, size_t limit, struct str *ret)
{
    uint32_t n;
    const char *p = take(rest, sizeof n);
    if (p == NULL)
        return false;
    memcpy(&n, p, sizeof n);
    ret->n = le32toh(n);
    ret->p = ret->n > limit ? NULL : take(rest, ret->n);
    return ret->p != NULL;
}

static bool
field_decode(struct str *rest, const struct ipc_field *field, char *at)
{
    switch (field->type) {
    case IPC_U64:
    case IPC_I64: {
        uint64_t v;
        if (!take_u64(rest, &v))
            return false;
        memcpy(at, &v, sizeof v);
        return true;
    }
    case IPC_BOOL: {
        const char *p = take(rest, 1);
        if (p == NULL || (*p != 0 && *p != 1))
            return false;
        bool v = *p == 1;
        memcpy(at, &v, sizeof v);
        return true;
    }
    case IPC_STR: {
        struct str s;
        if (!take_str(rest, field->limit_bytes, &s))
            return false;
        memcpy(at, &s, sizeof s);
        return true;
    }
    case IPC_HASH: {
        const char *p = take(rest, HASH_BYTES);
        if (p == NULL)
            return false;
        memcpy(at, p, HASH_BYTES);
        return true;
    }
    }
    return false;
}

int
ipc_decode_header(struct str packet, struct ipc_header *ret_header, struct err *err)
{
    if (packet.n < IPC_HEADER_BYTES || packet.n > IPC_PACKET_BYTES)
        return ERR(err, "ipc.malformed", "%zu bytes", packet.n);
    uint16_t head[4];
    memcpy(head, packet.p, sizeof head);
    struct str rest = {packet.p + sizeof head, packet.n - sizeof head};
    *ret_header = (struct ipc_header){.type = le16toh(head[0]), .flag = le16toh(head[1])};
    take_u64(&rest, &ret_header->call);
    if (head[2] != 0 || head[3] != 0 || ret_header->flag < IPC_REQUEST ||
        ret_header->flag > IPC_NOTE)
        return ERR(err, "ipc.malformed", "header");
    return 0;
}

int
ipc_decode(struct str packet, const struct ipc_message *message, void *ret_value, struct err *err)
{
    struct str rest = {packet.p + IPC_HEADER_BYTES, packet.n - IPC_HEADER_BYTES};
    memset(ret_value, 0, message->size);
    for (size_t i = 0; i < message->field_count; i++) {
        const struct ipc_field *field = &message->fields[i];
        if (!field_decode(&rest, field, (char *)ret_value + field->offset))
            return ERR(err, "ipc.malformed", "%s.%s", message->name, field->name);
    }
    if (rest.n != 0)
        return ERR(err, "ipc.malformed", "%s: %zu bytes too many", message->name, rest.n);
    return 0;
}
