/*
 * codec_fuzz: any packet is decoded or refused; what was decoded encodes to the same bytes.
 */
#include "base/ipc/codec.h"
#include "base/mem/ensure.h"

#include <stdbool.h>
#include <string.h>

struct sample {
    uint64_t a;
    bool b;
    struct str c, d;
    unsigned char e[32];
    int64_t f;
};

static const struct ipc_field fields[] = {
    IPC_FIELD(struct sample, a, IPC_U64), IPC_FIELD(struct sample, b, IPC_BOOL),
    IPC_TEXT(struct sample, c, 40),       IPC_TEXT(struct sample, d, 1000),
    IPC_FIELD(struct sample, e, IPC_HASH), IPC_FIELD(struct sample, f, IPC_I64),
};

static const struct ipc_message message = {7, "sample", sizeof(struct sample), fields, 6, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipc_header header;
    struct sample sample;
    struct str packet = {(const char *)data, size};
    if (ipc_decode_header(packet, &header, NULL) != 0 ||
        ipc_decode(packet, &message, &sample, NULL) != 0)
        return 0;
    struct buf again;
    buf_init(&again, IPC_PACKET_BYTES);
    ensure(ipc_encode(&again, &header, &message, &sample, NULL) == 0);
    ensure(str_equal(buf_str(&again), packet));
    buf_free(&again);
    return 0;
}
