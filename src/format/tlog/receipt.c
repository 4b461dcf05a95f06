/*
 * receipt: see receipt.h for the bytes. Pure; used by ledgerd, cored and the command line.
 */
#include "format/tlog/receipt.h"

#include "base/crypt/encode.h"

/* Splits BYTES at the first blank line: HEAD keeps its last LF. */
static bool
split_head(struct str bytes, struct str *ret_head, struct str *ret_checkpoint)
{
    ptrdiff_t blank = str_find(bytes, STR("\n\n"), 0);
    if (blank < 0)
        return false;
    *ret_head = str_slice(bytes, 0, (size_t)blank);
    *ret_checkpoint = str_slice(bytes, (size_t)blank + 2, bytes.n);
    return true;
}

/* Takes the next line of *HEAD if it begins with WORD and a blank. */
static bool
line_of(struct str *head, struct str word, struct str *ret)
{
    struct str rest = *head;
    struct str line;
    if (!str_split_next(&rest, '\n', &line) || !str_starts(line, word))
        return false;
    *ret = str_slice(line, word.n, line.n);
    *head = rest;
    return true;
}

static int
parse_proof(struct str head, struct tlog_proof *ret, const char *code, struct err *err)
{
    struct str line;
    ret->n = 0;
    while (str_split_next(&head, '\n', &line)) {
        size_t n;
        if (ret->n == TLOG_PROOF_MOST)
            return ERR(err, code, "more than %d hashes", TLOG_PROOF_MOST);
        if (!base64_decode(line, ret->hash[ret->n++].b, TLOG_HASH_BYTES, &n) ||
            n != TLOG_HASH_BYTES)
            return ERR(err, code, "proof line %u", ret->n);
    }
    return 0;
}

static void
put_proof(struct buf *buf, const struct tlog_proof *proof, struct str checkpoint)
{
    for (unsigned i = 0; i < proof->n; i++) {
        base64_put(buf, proof->hash[i].b, TLOG_HASH_BYTES);
        buf_put_char(buf, '\n');
    }
    buf_put_char(buf, '\n');
    buf_put_str(buf, checkpoint);
}

int
receipt_parse(struct str bytes, struct receipt *ret, struct err *err)
{
    struct str head;
    struct str word;
    if (bytes.n > RECEIPT_MOST || !split_head(bytes, &head, &ret->checkpoint))
        return ERR(err, "ledger.receipt", "no blank line before the checkpoint");
    if (!line_of(&head, STR("c2sp.org/tlog-proof@v1"), &word) || word.n != 0)
        return ERR(err, "ledger.receipt", "first line");
    ret->entry_n = 0;
    ret->has_entry = line_of(&head, STR("extra "), &word);
    if (ret->has_entry && !base64_decode(word, ret->entry, sizeof ret->entry, &ret->entry_n))
        return ERR(err, "ledger.receipt", "extra line");
    if (!line_of(&head, STR("index "), &word) || !str_to_u64(word, &ret->index))
        return ERR(err, "ledger.receipt", "index line");
    if (parse_proof(head, &ret->proof, "ledger.receipt", err) != 0)
        return -1;
    return note_parse(ret->checkpoint, &ret->note, err);
}

int
receipt_check(const struct receipt *receipt, struct str entry, struct err *err)
{
    struct tlog_hash leaf;
    const struct tlog_tree *tree = &receipt->note.tree;
    if (receipt->index >= tree->size)
        return ERR(err, "ledger.receipt", "index %llu of %llu", (unsigned long long)receipt->index,
                   (unsigned long long)tree->size);
    tlog_leaf_hash(entry, &leaf);
    if (!tlog_check_inclusion(&receipt->proof, tree, receipt->index, &leaf))
        return ERR(err, "ledger.receipt", "this is not entry %llu of the log",
                   (unsigned long long)receipt->index);
    return 0;
}

void
receipt_put(struct buf *buf, struct str entry, uint64_t index, const struct tlog_proof *proof,
            struct str checkpoint)
{
    buf_put_z(buf, "c2sp.org/tlog-proof@v1\n");
    if (entry.p != NULL) {
        buf_put_z(buf, "extra ");
        base64_put(buf, entry.p, entry.n);
        buf_put_char(buf, '\n');
    }
    buf_printf(buf, "index %llu\n", (unsigned long long)index);
    put_proof(buf, proof, checkpoint);
}

int
witness_request_parse(struct str bytes, struct witness_request *ret, struct err *err)
{
    struct str head;
    struct str word;
    if (bytes.n > 2 * NOTE_MOST || !split_head(bytes, &head, &ret->checkpoint))
        return ERR(err, "ledger.witness", "no blank line before the checkpoint");
    if (!line_of(&head, STR("old "), &word) || !str_to_u64(word, &ret->old))
        return ERR(err, "ledger.witness", "first line");
    if (parse_proof(head, &ret->proof, "ledger.witness", err) != 0)
        return -1;
    return note_parse(ret->checkpoint, &ret->note, err);
}

void
witness_request_put(struct buf *buf, uint64_t old, const struct tlog_proof *proof,
                    struct str checkpoint)
{
    buf_printf(buf, "old %llu\n", (unsigned long long)old);
    put_proof(buf, proof, checkpoint);
}
