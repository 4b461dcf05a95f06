/*
 * task: see task.h. A task is in one of three states: disarming, inspecting, done. Each worker ends
 * in finish_worker(), where it is killed and reaped before a byte of what it wrote is looked at.
 */
#include "proto/disarm/task.h"

#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/text/utf8.h"
#include "format/disarm/report.h"
#include "proto/disarm/spawn.h"
#include "proto/disarm/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum task_state { STATE_DISARM, STATE_INSPECT, STATE_DONE };
enum { REPORT_MOST = 2 << 20 };

struct disarm_task {
    enum task_state state;
    struct disarm_config config;
    char *program_dir;
    struct disarm_profile profile;
    bool only_inspect;
    pid_t pid;
    int control, input, output, report_fd;
    uint64_t deadline_ms, input_bytes;
    struct buf report, inspection, name, kind, reason, layers;
    char input_name[WIRE_NAME_MOST + 1];
    size_t input_name_n;
    uint64_t cpu_us, peak_kib, inflated;
    struct disarm_result result;
};

static uint64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t
cpu_seconds(const struct disarm_task *task)
{
    if (task->config.cpu_seconds > 0)
        return task->config.cpu_seconds;
    uint64_t seconds = 10 + 2 * (task->input_bytes >> 20);
    return seconds > 120 ? 120 : seconds;
}

static int
memory_file(const char *name, struct err *err)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd >= 0 ? fd : ERR_ERRNO(err, "disarm.start", "%s", name);
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- reports of the parent's own ---- */

/* A report about a file of which no worker gave (or could be believed to give) an account. */
static void
own_report(struct disarm_task *task, const char *reason)
{
    struct disarm_report report = {.verdict = VERDICT_BLOCKED};
    report.input.name = (struct str){task->input_name, task->input_name_n};
    report.input.kind = "";
    report.input.size = (size_t)task->input_bytes;
    int code = reason_find(reason);
    report.reasons[0].reason = code < 0 ? REASON_WORKER_OUTPUT : (enum disarm_reason)code;
    report.reasons[0].at = "";
    report.reason_count = 1;
    if (task->input_bytes > 0) {
        void *p = mmap(NULL, (size_t)task->input_bytes, PROT_READ, MAP_PRIVATE, task->input, 0);
        if (p != MAP_FAILED) {
            digest_hex((struct str){p, (size_t)task->input_bytes}, report.input.sha256);
            munmap(p, (size_t)task->input_bytes);
        }
    }
    buf_clear(&task->report);
    disarm_report_put(&task->report, &report, &task->profile);
}

static void
finish(struct disarm_task *task, enum disarm_task_verdict verdict, const char *reason)
{
    struct disarm_result *r = &task->result;
    task->state = STATE_DONE;
    if (verdict == TASK_BLOCKED)
        close_fd(&task->output);
    if (reason != NULL) {
        buf_clear(&task->reason);
        buf_put_z(&task->reason, reason);
        if (!task->only_inspect)
            own_report(task, reason);
    }
    if (task->only_inspect) {
        buf_clear(&task->report);
        buf_put_str(&task->report, buf_str(&task->inspection));
    } else {
        buf_put_z(&task->report, ",\"inspection\":");
        if (task->inspection.n > 0)
            buf_put_str(&task->report, buf_str(&task->inspection));
        else
            buf_put_z(&task->report, "null");
        buf_printf(&task->report,
                   ",\"cost\":{\"cpu_ms\":%llu,\"peak_kib\":%llu,\"inflated\":%llu}}",
                   (unsigned long long)(task->cpu_us / 1000), (unsigned long long)task->peak_kib,
                   (unsigned long long)task->inflated);
    }
    bool rebuilt = verdict == TASK_REBUILT;
    r->verdict = verdict;
    r->output_fd = rebuilt ? task->output : -1;
    if (!rebuilt) {
        r->output_bytes = 0;
        r->output_sha256[0] = '\0';
        buf_clear(&task->name);
    }
    r->reason = rebuilt ? STR("") : buf_str(&task->reason);
    r->name = buf_str(&task->name);
    r->kind = buf_str(&task->kind);
    r->layers = buf_str(&task->layers);
    r->report = buf_str(&task->report);
}

/* ---- workers ---- */

/* Ends the worker that runs and adds up its cost. *RET_STATUS is its wait status. */
static void
finish_worker(struct disarm_task *task, int *ret_status)
{
    struct rusage usage = {0};
    *ret_status = 0;
    close_fd(&task->control);
    if (task->pid <= 0)
        return;
    kill(task->pid, SIGKILL);
    while (wait4(task->pid, ret_status, 0, &usage) < 0 && errno == EINTR)
        continue;
    task->pid = -1;
    task->cpu_us += (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    if ((uint64_t)usage.ru_maxrss > task->peak_kib)
        task->peak_kib = (uint64_t)usage.ru_maxrss;
}

static int
start_worker(struct disarm_task *task, const char *program, const struct wire_job *job,
             struct err *err)
{
    struct buf packet;
    buf_init(&packet, WIRE_PACKET_MOST);
    wire_put_job(&packet, job);
    bool disarm = task->state == STATE_DISARM;
    struct stat st = {0};
    (void)fstat(disarm ? task->input : task->output, &st);
    uint64_t bytes = (uint64_t)st.st_size;
    close_fd(&task->report_fd);
    task->report_fd = memory_file("disarm-report", err);
    struct spawn spawn = {
        .program_dir = task->program_dir,
        .program = program,
        .cpu_seconds = cpu_seconds(task),
        .memory_bytes = task->config.memory_bytes > 0 ? task->config.memory_bytes
                                                      : (UINT64_C(1280) << 20) + 4 * bytes,
        .input = disarm ? task->input : task->output,
        .output = disarm ? task->output : -1,
        .report = task->report_fd,
    };
    int answer = -1;
    if (packet.over)
        answer = ERR(err, "disarm.wire", "job");
    else if (task->report_fd >= 0)
        answer = spawn_worker(&spawn, buf_str(&packet), &task->pid, &task->control, err);
    uint64_t wall = task->config.wall_ms > 0 ? task->config.wall_ms : 3000 * spawn.cpu_seconds;
    task->deadline_ms = now_ms() + wall;
    buf_free(&packet);
    return answer;
}

/* Reads what the dead worker wrote as its report. False when it is not BYTES long or no JSON object
 * of plain form; CLOSED: the object is whole (the disarm worker leaves its end to us). */
static bool
read_report(struct disarm_task *task, uint64_t bytes, bool closed, struct buf *out)
{
    struct stat st;
    buf_clear(out);
    if (bytes == 0 || bytes > REPORT_MOST || fstat(task->report_fd, &st) < 0 ||
        (uint64_t)st.st_size != bytes)
        return false;
    char *to = buf_reserve(out, (size_t)bytes);
    if (to == NULL || pread(task->report_fd, to, (size_t)bytes, 0) != (ssize_t)bytes)
        return false;
    out->n = (size_t)bytes;
    if (!utf8_valid(buf_str(out)) || to[0] != '{')
        return false;
    bool quoted = false;
    int depth = 0;
    for (size_t i = 0; i < out->n; i++) {
        if ((unsigned char)to[i] < 0x20)
            return false;
        if (quoted && to[i] == '\\')
            i++;
        else if (to[i] == '"')
            quoted = !quoted;
        else if (!quoted && (to[i] == '{' || to[i] == '['))
            depth++;
        else if (!quoted && (to[i] == '}' || to[i] == ']'))
            depth--;
        if (depth <= 0 && i + 1 < out->n)
            return false;
    }
    return !quoted && depth == (closed ? 0 : 1);
}

/* Seals the output and compares its digest with what the worker said. */
static bool
check_output(struct disarm_task *task, const struct wire_done *done)
{
    struct stat st;
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (fcntl(task->output, F_ADD_SEALS, seals) < 0 || fstat(task->output, &st) < 0 ||
        (uint64_t)st.st_size != done->output_bytes || st.st_size == 0)
        return false;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, task->output, 0);
    if (p == MAP_FAILED)
        return false;
    digest_hex((struct str){p, (size_t)st.st_size}, task->result.output_sha256);
    munmap(p, (size_t)st.st_size);
    task->result.output_bytes = (uint64_t)st.st_size;
    return str_equal_z(done->sha256, task->result.output_sha256);
}

static bool
plain_name(struct str name)
{
    return name.n > 0 && name.n <= 255 && utf8_valid(name) && memchr(name.p, '/', name.n) == NULL &&
           (utf8_classes(name) & (UTF8_CONTROL | UTF8_BIDI)) == 0 && name.p[0] != '.';
}

static void
keep(struct buf *buf, struct str s)
{
    buf_clear(buf);
    buf_put_str(buf, s);
}

/* The disarm worker's answer. */
static int
take_disarmed(struct disarm_task *task, const struct wire_done *done, struct err *err)
{
    keep(&task->kind, str_slice(done->kind, 0, 20));
    keep(&task->layers, str_slice(done->layers, 0, 200));
    task->result.removed = done->removed;
    task->inflated = done->inflated;
    bool sane = read_report(task, done->report_bytes, false, &task->report) &&
                str_starts(buf_str(&task->report), STR("{\"report\":1,"));
    if (sane && done->verdict == WIRE_BLOCKED) {
        char word[64];
        struct str reason = str_slice(done->reason, 0, sizeof word - 1);
        memcpy(word, reason.p, reason.n);
        word[reason.n] = '\0';
        if (reason_find(word) >= 0) {
            keep(&task->reason, reason);
            finish(task, TASK_BLOCKED, NULL);
            return 0;
        }
        sane = false;
    }
    if (!sane || !plain_name(done->name) || !check_output(task, done)) {
        finish(task, TASK_BLOCKED, "worker.output");
        return 0;
    }
    keep(&task->name, done->name);
    task->state = STATE_INSPECT;
    struct wire_job job = {.type = buf_str(&task->kind)};
    if (start_worker(task, "inspect-worker", &job, err) < 0) {
        finish(task, TASK_BLOCKED, "worker.died");
        return -1;
    }
    return 0;
}

static void
take_inspected(struct disarm_task *task, const struct wire_done *done)
{
    if (!read_report(task, done->report_bytes, true, &task->inspection))
        finish(task, TASK_BLOCKED, "worker.output");
    else if (done->verdict == WIRE_REBUILT)
        finish(task, TASK_REBUILT, NULL);
    else
        finish(task, TASK_BLOCKED, "inspect.residue");
}

int
disarm_task_step(struct disarm_task *task, bool *ret_done, struct err *err)
{
    static char packet[WIRE_PACKET_MOST];
    int answer = 0, status = 0;
    if (task->state != STATE_DONE) {
        ssize_t n = recv(task->control, packet, sizeof packet, MSG_DONTWAIT);
        if (n < 0 &&
            errno == ECONNRESET) /* it left its job unread; what it said before still counts */
            n = recv(task->control, packet, sizeof packet, MSG_DONTWAIT);
        bool nothing = n < 0 && (errno == EAGAIN || errno == EINTR);
        struct wire_done done;
        if (nothing && now_ms() >= task->deadline_ms) {
            finish_worker(task, &status);
            finish(task, TASK_BLOCKED, "limit.time");
        } else if (!nothing && n <= 0) {
            /* It closed its end without an answer: it is dead or dying; a CPU limit tells itself.
             */
            if (waitpid(task->pid, &status, 0) == task->pid)
                task->pid = -1;
            bool late = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
            finish_worker(task, &(int){0});
            finish(task, TASK_BLOCKED, late ? "limit.time" : "worker.died");
        } else if (!nothing) {
            bool disarm = task->state == STATE_DISARM;
            finish_worker(task, &status);
            if (wire_get_done((struct str){packet, (size_t)n}, &done, NULL) < 0)
                finish(task, TASK_BLOCKED, "worker.output");
            else if (disarm)
                answer = take_disarmed(task, &done, err);
            else
                take_inspected(task, &done);
        }
    }
    *ret_done = task->state == STATE_DONE;
    return answer;
}

/* ---- life ---- */

static struct disarm_task *
task_new(const struct disarm_config *config)
{
    struct disarm_task *task = calloc(1, sizeof *task);
    ensure(task != NULL);
    task->config = *config;
    task->program_dir = strdup(config->program_dir);
    ensure(task->program_dir != NULL);
    task->pid = task->control = task->input = task->output = task->report_fd = -1;
    task->result.output_fd = -1;
    struct buf *bufs[] = {&task->report, &task->inspection, &task->name,
                          &task->kind,   &task->reason,     &task->layers};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
        buf_init(bufs[i], 2 * REPORT_MOST);
    return task;
}

void
disarm_task_free(struct disarm_task *task)
{
    int status;
    if (task == NULL)
        return;
    finish_worker(task, &status);
    close_fd(&task->input);
    close_fd(&task->output);
    close_fd(&task->report_fd);
    struct buf *bufs[] = {&task->report, &task->inspection, &task->name,
                          &task->kind,   &task->reason,     &task->layers};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
        buf_free(bufs[i]);
    free(task->program_dir);
    free(task);
}

static int
take_input(struct disarm_task *task, int fd, struct err *err)
{
    struct stat st;
    task->input = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (task->input < 0 || fstat(task->input, &st) < 0 || !S_ISREG(st.st_mode))
        return ERR(err, "disarm.start", "input");
    task->input_bytes = (uint64_t)st.st_size;
    return 0;
}

int
disarm_task_start(const struct disarm_config *config, const struct disarm_job *job,
                  struct disarm_task **ret, struct err *err)
{
    if (job->name.n > WIRE_NAME_MOST || job->declared_type.n > 256)
        return ERR(err, "disarm.start", "name");
    struct disarm_task *task = task_new(config);
    struct buf profile;
    task->profile = job->profile;
    memcpy(task->input_name, job->name.p == NULL ? "" : job->name.p, job->name.n);
    task->input_name_n = job->name.n;
    buf_init(&profile, 16 << 10);
    disarm_profile_put(&profile, &job->profile);
    struct wire_job wire = {job->name, job->declared_type, buf_str(&profile)};
    int answer = take_input(task, job->input_fd, err);
    if (answer == 0)
        task->output = memory_file("disarm-output", err);
    if (answer < 0 || task->output < 0 || start_worker(task, "disarm-worker", &wire, err) < 0)
        answer = -1;
    buf_free(&profile);
    if (answer < 0) {
        disarm_task_free(task);
        return -1;
    }
    *ret = task;
    return 0;
}

int
disarm_task_fd(const struct disarm_task *task)
{
    return task->control;
}

uint64_t
disarm_task_deadline_ms(const struct disarm_task *task)
{
    return task->deadline_ms;
}

const struct disarm_result *
disarm_task_result(const struct disarm_task *task)
{
    ensure(task->state == STATE_DONE);
    return &task->result;
}

static int
wait_task(struct disarm_task *task, struct err *err)
{
    bool done = task->state == STATE_DONE;
    int answer = 0;
    while (!done) {
        struct pollfd poller = {.fd = task->control, .events = POLLIN};
        uint64_t now = now_ms();
        uint64_t left = task->deadline_ms > now ? task->deadline_ms - now : 0;
        (void)poll(&poller, 1, left > 3600000 ? 3600000 : (int)left + 1);
        if (disarm_task_step(task, &done, err) < 0)
            answer = -1;
    }
    return answer;
}

int
disarm_run_wait(const struct disarm_config *config, const struct disarm_job *job,
                struct disarm_task **ret, struct err *err)
{
    struct disarm_task *task;
    if (disarm_task_start(config, job, &task, err) < 0)
        return -1;
    if (wait_task(task, err) < 0) {
        disarm_task_free(task);
        return -1;
    }
    *ret = task;
    return 0;
}

int
disarm_inspect_wait(const struct disarm_config *config, int input_fd, struct str kind,
                    struct disarm_task **ret, struct err *err)
{
    struct disarm_task *task = task_new(config);
    struct wire_job job = {.type = kind};
    task->only_inspect = true;
    task->state = STATE_INSPECT;
    if (take_input(task, input_fd, err) < 0) {
        disarm_task_free(task);
        return -1;
    }
    task->output = fcntl(task->input, F_DUPFD_CLOEXEC, 0);
    if (start_worker(task, "inspect-worker", &job, err) < 0 || wait_task(task, err) < 0) {
        disarm_task_free(task);
        return -1;
    }
    *ret = task;
    return 0;
}
