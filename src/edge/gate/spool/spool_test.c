/*
 * spool_test: objects come back as they were put; every cut, flip and swap is refused; an upload
 * goes on at its synced offset after a crash at any place; keys leave finished files; the limits
 * hold.
 */
#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/os/file.h"
#include "edge/gate/spool/reader.h"
#include "edge/gate/spool/spool.h"
#include "edge/gate/spool/writer.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LENGTH = CHUNK_BYTES * 2 + 4321 };

static char dir[64];
static struct spool *spool;
static uint8_t bytes[CHUNK_BYTES * 4];

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/spool_test.XXXXXX");
    if (mkdtemp(dir) == NULL || spool_open(dir, 64 << 20, &spool, NULL) != 0)
        return -1;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 997);
    return 0;
}

static int
remove_one(void *context, const char *path, const struct stat *st, struct err *err)
{
    (void)err;
    if (S_ISREG(st->st_mode))
        unlinkat(*(int *)context, path, 0);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    spool_close(spool);
    spool = NULL;
    int fd = open(dir, O_RDONLY | O_DIRECTORY);
    file_walk(fd, ".", remove_one, &fd, NULL);
    close(fd);
    return 0;
}

static struct spool_ref
ref_fresh(void)
{
    struct spool_ref ref;
    assert_int_equal(spool_ref_new(&ref, STR("internet"), NULL), 0);
    return ref;
}

/* Writes `bytes` in one go. */
static struct spool_receipt
object_make(const struct spool_ref *ref, size_t n)
{
    struct spool_writer *w;
    struct spool_receipt receipt;
    struct err err;
    assert_int_equal(spool_writer_new(spool, ref, n, &w, &err), 0);
    assert_int_equal(spool_writer_put(w, bytes, n, &err), 0);
    assert_int_equal(spool_writer_seal(w, &receipt, &err), 0);
    assert_int_equal(spool_writer_finish(w, &err), 0);
    spool_writer_close(w);
    return receipt;
}

/* Reads all of REF; 0 when it is BYTES[0, n), else -1 with the code in ERR. */
static int
object_read(const struct spool_ref *ref, const char *key, size_t n, struct err *err)
{
    struct spool_reader *r;
    if (spool_reader_open(spool, ref, str_of(key), &r, err) != 0)
        return -1;
    size_t at = 0;
    struct str part;
    int rc;
    while ((rc = spool_reader_next(r, &part, err)) == 0 && part.n > 0) {
        assert_true(at + part.n <= n);
        assert_memory_equal(part.p, bytes + at, part.n);
        at += part.n;
    }
    if (rc == 0)
        assert_int_equal(at, n);
    spool_reader_close(r);
    return rc;
}

static int
object_open_raw(const struct spool_ref *ref, const char *suffix)
{
    char name[SPOOL_NAME_CHARS];
    spool_name(ref, suffix, name);
    int fd = openat(spool_dir(spool), name, O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

static void
test_round_trip(void **state)
{
    (void)state;
    static const size_t sizes[] = {
        1, 17, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, CHUNK_BYTES * 2, LENGTH};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct err err;
        uint8_t want[SHA256_BYTES];
        struct spool_ref ref = ref_fresh();
        struct spool_receipt receipt = object_make(&ref, sizes[i]);
        sha256_of(bytes, sizes[i], want);
        assert_memory_equal(receipt.sha256, want, sizeof want);
        assert_int_equal(receipt.size, sizes[i]);
        assert_int_equal(object_read(&ref, receipt.key, sizes[i], &err), 0);
        int fd = object_open_raw(&ref, "");
        assert_int_equal(lseek(fd, 0, SEEK_END), object_file_bytes(sizes[i]));
        close(fd);
    }
}

static void
test_every_change_is_refused(void **state)
{
    (void)state;
    struct err err;
    struct spool_ref ref = ref_fresh();
    struct spool_receipt receipt = object_make(&ref, LENGTH);
    uint64_t total = object_file_bytes(LENGTH);
    int fd = object_open_raw(&ref, "");
    for (uint64_t at = 0; at < total; at += at < 140 ? 1 : 991) {
        uint8_t byte;
        bool key_field = at >= 32 && at < 40; /* the row names the key, the header only says it */
        bool wrapped_field = at >= 48 && at < 120;
        if (key_field || wrapped_field)
            continue;
        assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        assert_int_equal(object_read(&ref, receipt.key, LENGTH, &err), -1);
        assert_string_equal(err.code, "gate.damaged");
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    }
    assert_int_equal(object_read(&ref, receipt.key, LENGTH, &err), 0);
    close(fd);
}

static void
test_cut_and_swap(void **state)
{
    (void)state;
    struct err err;
    struct spool_ref ref = ref_fresh();
    struct spool_receipt receipt = object_make(&ref, CHUNK_BYTES * 3);
    int fd = object_open_raw(&ref, "");
    static uint8_t a[CHUNK_SEALED_BYTES];
    static uint8_t b[CHUNK_SEALED_BYTES];
    assert_int_equal(pread(fd, a, sizeof a, (off_t)object_chunk_at(0)), sizeof a);
    assert_int_equal(pread(fd, b, sizeof b, (off_t)object_chunk_at(1)), sizeof b);
    assert_int_equal(pwrite(fd, b, sizeof b, (off_t)object_chunk_at(0)), sizeof b);
    assert_int_equal(pwrite(fd, a, sizeof a, (off_t)object_chunk_at(1)), sizeof a);
    assert_int_equal(object_read(&ref, receipt.key, CHUNK_BYTES * 3, &err), -1);
    assert_int_equal(pwrite(fd, a, sizeof a, (off_t)object_chunk_at(0)), sizeof a);
    assert_int_equal(pwrite(fd, b, sizeof b, (off_t)object_chunk_at(1)), sizeof b);
    /* Cut to two chunks, with the header's length made to fit: the last flag is missing. */
    uint8_t length[8] = {0, 0, 2, 0, 0, 0, 0, 0};
    assert_int_equal(pwrite(fd, length, 8, 40), 8);
    assert_int_equal(ftruncate(fd, (off_t)object_file_bytes(CHUNK_BYTES * 2)), 0);
    assert_int_equal(object_read(&ref, receipt.key, CHUNK_BYTES * 2, &err), -1);
    assert_string_equal(err.code, "gate.damaged");
    close(fd);
}

static void
test_another_objects_key_or_side(void **state)
{
    (void)state;
    struct err err;
    struct spool_ref one = ref_fresh();
    struct spool_ref two = ref_fresh();
    struct spool_receipt a = object_make(&one, 100);
    struct spool_receipt b = object_make(&two, 100);
    assert_int_equal(object_read(&one, b.key, 100, &err), -1);
    assert_string_equal(err.code, "gate.damaged");
    struct spool_ref other;
    assert_int_equal(spool_ref_set(&other, STR("lgwan"), str_of(one.object), &err), 0);
    assert_int_equal(object_read(&other, a.key, 100, &err), -1);
    assert_string_equal(err.code, "file.missing");
    assert_int_equal(spool_side_ready(spool, "lgwan", &err), 0);
    char from[SPOOL_NAME_CHARS];
    char to[SPOOL_NAME_CHARS];
    spool_name(&one, "", from);
    spool_name(&other, "", to);
    assert_int_equal(renameat(spool_dir(spool), from, spool_dir(spool), to), 0);
    assert_int_equal(object_read(&other, a.key, 100, &err), -1);
    assert_string_equal(err.code, "gate.key");
}

static struct spool_writer *
upload_open(const struct spool_ref *ref, size_t length)
{
    struct spool_writer *w;
    struct err err;
    assert_int_equal(spool_writer_resume(spool, ref, length, &w, &err), 0);
    int rc;
    while ((rc = spool_writer_verify(w, CHUNK_BYTES, &err)) == 1)
        ;
    assert_int_equal(rc, 0);
    return w;
}

static void
test_upload_in_pieces(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 5000, CHUNK_BYTES - 5001, 50000, 3, 10000};
    struct err err;
    struct spool_ref ref = ref_fresh();
    size_t at = 0;
    for (size_t i = 0; i < 6 && at < LENGTH; i++) {
        struct spool_writer *w = upload_open(&ref, LENGTH);
        assert_int_equal(spool_writer_offset(w), at);
        assert_int_equal(spool_writer_put(w, bytes + at, steps[i], &err), 0);
        at += steps[i];
        assert_int_equal(spool_writer_sync(w, &err), 0);
        assert_int_equal(spool_writer_synced(w), at);
        spool_writer_close(w);
    }
    struct spool_writer *w = upload_open(&ref, LENGTH);
    assert_int_equal(spool_writer_put(w, bytes + at, LENGTH - at + 1, &err), -1);
    assert_string_equal(err.code, "gate.too_long");
    assert_int_equal(spool_writer_put(w, bytes + at, LENGTH - at, &err), 0);
    struct spool_receipt receipt;
    uint8_t want[SHA256_BYTES];
    assert_int_equal(spool_writer_seal(w, &receipt, &err), 0);
    spool_writer_close(w);
    sha256_of(bytes, LENGTH, want);
    assert_memory_equal(receipt.sha256, want, sizeof want);
    assert_int_equal(spool_publish(spool, &ref, &err), 0);
    assert_int_equal(spool_publish(spool, &ref, &err), 0);
    assert_true(spool_has(spool, &ref));
    assert_false(spool_has_part(spool, &ref));
    assert_int_equal(object_read(&ref, receipt.key, LENGTH, &err), 0);
    /* Its key is not in the file any more. */
    uint8_t wrapped[CHUNK_WRAPPED_BYTES];
    static const uint8_t zeros[CHUNK_WRAPPED_BYTES];
    int fd = object_open_raw(&ref, "");
    assert_int_equal(pread(fd, wrapped, sizeof wrapped, 48), sizeof wrapped);
    assert_memory_equal(wrapped, zeros, sizeof zeros);
    close(fd);
}

/* A crash that tears what was written behind the last sync, at any place: the synced offset stands
 * and the upload ends up whole. */
static void
test_torn_writes(void **state)
{
    (void)state;
    static const size_t synced[] = {1000, CHUNK_BYTES, CHUNK_BYTES + 500};
    for (size_t i = 0; i < 3; i++) {
        for (uint64_t torn = 0; torn < CHUNK_SEALED_BYTES; torn += 9001) {
            struct err err;
            struct spool_ref ref = ref_fresh();
            struct spool_writer *w = upload_open(&ref, LENGTH);
            assert_int_equal(spool_writer_put(w, bytes, synced[i], &err), 0);
            assert_int_equal(spool_writer_sync(w, &err), 0);
            assert_int_equal(spool_writer_put(w, bytes + synced[i], 68000, &err), 0);
            spool_writer_close(w); /* without a sync: as if killed */
            int fd = object_open_raw(&ref, ".part");
            uint8_t zeros[64] = {0};
            uint64_t chunk = synced[i] / CHUNK_BYTES; /* the one begun behind the sync */
            assert_int_equal(pwrite(fd, zeros, sizeof zeros, (off_t)(object_chunk_at(chunk) + torn)), sizeof zeros);
            close(fd);
            w = upload_open(&ref, LENGTH);
            size_t at = spool_writer_offset(w);
            assert_true(at >= synced[i]);
            assert_int_equal(spool_writer_synced(w), at);
            assert_int_equal(spool_writer_put(w, bytes + at, LENGTH - at, &err), 0);
            struct spool_receipt receipt;
            assert_int_equal(spool_writer_seal(w, &receipt, &err), 0);
            spool_writer_close(w);
            assert_int_equal(spool_publish(spool, &ref, &err), 0);
            assert_int_equal(object_read(&ref, receipt.key, LENGTH, &err), 0);
            assert_int_equal(spool_destroy(spool, &ref, &err), 0);
        }
    }
}

static int fails_at;

static int
failing_sync(int fd)
{
    if (--fails_at == 0) {
        errno = EIO;
        return -1;
    }
    return fdatasync(fd);
}

static void
test_failed_sync_begins_anew(void **state)
{
    (void)state;
    struct os_calls calls = os_calls_real;
    struct err err;
    struct spool_ref ref = ref_fresh();
    struct spool_writer *w = upload_open(&ref, LENGTH);
    assert_int_equal(spool_writer_put(w, bytes, 70000, &err), 0);
    calls.fdatasync = failing_sync;
    fails_at = 1;
    const struct os_calls *former = os_calls_set(&calls);
    assert_int_equal(spool_writer_sync(w, &err), -1);
    os_calls_set(former);
    assert_string_equal(err.code, "file.sync");
    spool_writer_close(w);
    assert_false(spool_has_part(spool, &ref));
    w = upload_open(&ref, LENGTH);
    assert_int_equal(spool_writer_offset(w), 0);
    spool_writer_close(w);
}

static int
count_one(void *arg, const struct spool_entry *entry)
{
    int *count = arg;
    count[entry->part ? 1 : 0]++;
    return 0;
}

static void
test_folder(void **state)
{
    (void)state;
    struct err err;
    int count[2] = {0, 0};
    struct spool_ref done = ref_fresh();
    struct spool_ref part = ref_fresh();
    struct spool_ref cut = ref_fresh();
    struct spool_receipt receipt = object_make(&done, 1000);
    struct spool_writer *w = upload_open(&part, LENGTH);
    spool_writer_close(w);
    uint64_t used = spool_used_bytes(spool);
    assert_int_equal(used, object_file_bytes(1000) + object_file_bytes(LENGTH));
    char name[SPOOL_NAME_CHARS]; /* left behind by a process that was killed */
    spool_name(&cut, ".new", name);
    int fd = openat(spool_dir(spool), name, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, bytes, 5000), 5000);
    close(fd);
    /* A new process finds the same, less what was being written in one go. */
    spool_close(spool);
    assert_int_equal(spool_open(dir, 1 << 20, &spool, &err), 0);
    assert_int_equal(spool_used_bytes(spool), used);
    assert_int_not_equal(faccessat(spool_dir(spool), name, F_OK, 0), 0);
    assert_int_equal(spool_list(spool, count_one, count, &err), 0);
    assert_int_equal(count[0], 1);
    assert_int_equal(count[1], 1);
    assert_int_equal(object_read(&done, receipt.key, 1000, &err), 0);
    assert_int_equal(spool_destroy(spool, &done, &err), 0);
    assert_int_equal(spool_destroy(spool, &part, &err), 0);
    assert_int_equal(spool_destroy(spool, &part, &err), 0);
    assert_int_equal(spool_used_bytes(spool), 0);
    assert_int_equal(object_read(&done, receipt.key, 1000, &err), -1);
}

static void
test_pressure(void **state)
{
    (void)state;
    struct err err;
    struct spool_writer *w;
    spool_close(spool);
    assert_int_equal(spool_open(dir, 1000000, &spool, &err), 0);
    struct spool_ref big = ref_fresh();
    struct spool_ref next = ref_fresh();
    struct spool_receipt unused;
    assert_false(spool_is_full(spool));
    w = upload_open(&big, 850000);
    assert_true(spool_is_full(spool));
    assert_false(spool_is_stopped(spool));
    struct spool_writer *refused = NULL;
    assert_int_equal(spool_writer_resume(spool, &next, 10, &refused, &err), -1);
    assert_string_equal(err.code, "gate.full");
    /* What runs goes on, also after a restart of the upload. */
    spool_writer_close(w);
    w = upload_open(&big, 850000);
    static uint8_t many[850000];
    assert_int_equal(spool_writer_put(w, many, sizeof many, &err), 0);
    assert_int_equal(spool_writer_seal(w, &unused, &err), 0);
    spool_writer_close(w);
    assert_int_equal(spool_destroy(spool, &big, &err), 0);
    assert_false(spool_is_full(spool));
}

static void
test_names(void **state)
{
    (void)state;
    struct spool_ref ref;
    struct err err;
    struct str good = STR("00112233445566778899aabbccddeeff");
    assert_int_equal(spool_ref_set(&ref, STR("internet"), good, &err), 0);
    static const char *const sides[] = {"", "../x", "Internet", "a/b", "1a", ".", "a.b"};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        assert_int_equal(spool_ref_set(&ref, str_of(sides[i]), good, &err), -1);
    static const char *const objects[] = {"", "..", "00112233445566778899aabbccddeef",
                                          "00112233445566778899AABBCCDDEEFF",
                                          "00112233445566778899aabbccddee/f"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        assert_int_equal(spool_ref_set(&ref, STR("internet"), str_of(objects[i]), &err), -1);
}

static void
test_key_file_of_others(void **state)
{
    (void)state;
    struct err err;
    char path[128];
    assert_int_equal(spool_side_ready(spool, "internet", &err), 0);
    spool_close(spool);
    snprintf(path, sizeof path, "%s/keys/internet.key", dir);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(spool_open(dir, 1 << 20, &spool, &err), 0);
    assert_int_equal(spool_side_ready(spool, "internet", &err), -1);
    assert_string_equal(err.code, "gate.key");
}

#define WITH_SPOOL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SPOOL(test_round_trip),
        WITH_SPOOL(test_every_change_is_refused),
        WITH_SPOOL(test_cut_and_swap),
        WITH_SPOOL(test_another_objects_key_or_side),
        WITH_SPOOL(test_upload_in_pieces),
        WITH_SPOOL(test_torn_writes),
        WITH_SPOOL(test_failed_sync_begins_anew),
        WITH_SPOOL(test_folder),
        WITH_SPOOL(test_pressure),
        WITH_SPOOL(test_names),
        WITH_SPOOL(test_key_file_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
