/*
 * receipt_fuzz: receipts and witness requests that parse are written again byte for byte.
 */
#include "format/tlog/receipt.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    static struct receipt receipt;
    static struct witness_request request;
    struct err err;
    struct buf again;
    buf_init(&again, 4 * RECEIPT_MOST);
    if (receipt_parse(s, &receipt, &err) == 0) {
        struct str entry = {receipt.has_entry ? (const char *)receipt.entry : NULL,
                            receipt.entry_n};
        receipt_put(&again, entry, receipt.index, &receipt.proof, receipt.checkpoint);
        ensure(str_equal(buf_str(&again), s));
        (void)receipt_check(&receipt, entry, &err);
    }
    buf_clear(&again);
    if (witness_request_parse(s, &request, &err) == 0) {
        witness_request_put(&again, request.old, &request.proof, request.checkpoint);
        ensure(str_equal(buf_str(&again), s));
    }
    buf_free(&again);
    return 0;
}
