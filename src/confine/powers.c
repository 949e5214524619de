/* SPDX-License-Identifier: Apache-2.0 */
#include <seccomp.h>
#include <string.h>
#include <linux/capability.h>
#include "confine/powers.h"

#define S(name) SCMP_SYS(name)
#define LAST {FILTER_END, FILTER_ANY}

/* Memory, time, its own end, and descriptors it has. */
static const struct filter_call everybody[] = {
    {S(read), FILTER_ANY}, {S(write), FILTER_ANY}, {S(readv), FILTER_ANY},
    {S(writev), FILTER_ANY}, {S(close), FILTER_ANY}, {S(fstat), FILTER_ANY},
    {S(fcntl), FILTER_LOCK}, {S(brk), FILTER_ANY}, {S(munmap), FILTER_ANY},
    {S(mremap), FILTER_ANY}, {S(madvise), FILTER_ANY},
    {S(futex), FILTER_ANY}, {S(getrandom), FILTER_ANY},
    {S(clock_gettime), FILTER_ANY}, {S(clock_getres), FILTER_ANY},
    {S(gettimeofday), FILTER_ANY}, {S(time), FILTER_ANY},
    {S(clock_nanosleep), FILTER_ANY}, {S(nanosleep), FILTER_ANY},
    {S(sched_yield), FILTER_ANY}, {S(sched_getaffinity), FILTER_ANY},
    {S(getpid), FILTER_ANY}, {S(gettid), FILTER_ANY},
    {S(getppid), FILTER_ANY}, {S(geteuid), FILTER_ANY},
    {S(getuid), FILTER_ANY}, {S(uname), FILTER_ANY},
    {S(sysinfo), FILTER_ANY}, {S(prlimit64), FILTER_LOOK},
    {S(getrlimit), FILTER_ANY}, {S(rt_sigaction), FILTER_ANY},
    {S(rt_sigprocmask), FILTER_ANY}, {S(rt_sigreturn), FILTER_ANY},
    {S(sigaltstack), FILTER_ANY}, {S(restart_syscall), FILTER_ANY},
    {S(exit), FILTER_ANY}, {S(exit_group), FILTER_ANY}, LAST};

/* Ours: no code after the start; an abort is of nobody else. */
static const struct filter_call ours[] = {
    {S(mmap), FILTER_NO_CODE}, {S(mprotect), FILTER_NO_CODE},
    {S(tgkill), FILTER_SELF}, {S(newfstatat), FILTER_OPENED},
    {S(epoll_create1), FILTER_ANY}, {S(epoll_ctl), FILTER_ANY},
    {S(epoll_wait), FILTER_ANY}, {S(epoll_pwait), FILTER_ANY},
    {S(signalfd4), FILTER_ANY}, {S(poll), FILTER_ANY},
    {S(ppoll), FILTER_ANY}, {S(sendmsg), FILTER_ANY},
    {S(recvmsg), FILTER_ANY}, {S(sendto), FILTER_ANY},
    {S(recvfrom), FILTER_ANY}, {S(getsockopt), FILTER_ANY},
    {S(setsockopt), FILTER_SIZES}, LAST};

/* Connections that come to a socket it was given. */
static const struct filter_call accepts[] = {
    {S(accept4), FILTER_ANY}, LAST};

/* Files, of which landlock says which. */
static const struct filter_call files[] = {
    {S(openat), FILTER_ANY}, {S(open), FILTER_ANY},
    {S(newfstatat), FILTER_ANY}, {S(stat), FILTER_ANY},
    {S(lstat), FILTER_ANY}, {S(statx), FILTER_ANY}, {S(statfs), FILTER_ANY},
    {S(fstatfs), FILTER_ANY}, {S(access), FILTER_ANY},
    {S(faccessat), FILTER_ANY}, {S(faccessat2), FILTER_ANY},
    {S(readlink), FILTER_ANY}, {S(readlinkat), FILTER_ANY},
    {S(getcwd), FILTER_ANY}, {S(lseek), FILTER_ANY},
    {S(pread64), FILTER_ANY}, {S(pwrite64), FILTER_ANY},
    {S(pwritev), FILTER_ANY}, {S(fsync), FILTER_ANY},
    {S(fdatasync), FILTER_ANY}, {S(ftruncate), FILTER_ANY},
    {S(fadvise64), FILTER_ANY},
    {S(fchmod), FILTER_ANY}, {S(chmod), FILTER_ANY},
    {S(fchown), FILTER_ANY},
    {S(unlink), FILTER_ANY}, {S(unlinkat), FILTER_ANY},
    {S(rename), FILTER_ANY}, {S(renameat), FILTER_ANY},
    {S(renameat2), FILTER_ANY}, {S(link), FILTER_ANY},
    {S(linkat), FILTER_ANY}, {S(mkdir), FILTER_ANY},
    {S(mkdirat), FILTER_ANY}, {S(rmdir), FILTER_ANY},
    {S(getdents64), FILTER_ANY}, {S(umask), FILTER_ANY}, LAST};

/*
 * The keeper's own: a lock for each log, a folder's files on the disk at once,
 * an administrator hung up on. What others share is not theirs to undo: the
 * lock of the instance, which keeper and vaults hold with super, a socket that
 * listens, which the next gate listens at.
 */
static const struct filter_call keepers[] = {
    {S(flock), FILTER_TAKE}, {S(syncfs), FILTER_ANY},
    {S(shutdown), FILTER_ANY}, {S(setpriority), FILTER_ITSELF}, LAST};

/* The keeper's snapshot is written by a copy of itself, which stands back. */
static const struct filter_call copies[] = {
    {S(clone), FILTER_FORK}, {S(set_robust_list), FILTER_ANY},
    {S(wait4), FILTER_ANY}, LAST};

/*
 * nginx and its loader. Code comes from files alone (Landlock: which), never
 * from memory that was written; sockets are local, the TCP port comes from
 * super. kill: of its own processes, says Landlock.
 */
static const struct filter_call fronts[] = {
    {S(execveat), FILTER_PROGRAM}, {S(mmap), FILTER_NO_WRITTEN_CODE},
    {S(mprotect), FILTER_NO_WRITTEN_CODE}, {S(arch_prctl), FILTER_ANY},
    {S(set_tid_address), FILTER_ANY}, {S(rseq), FILTER_ANY},
    {S(prctl), FILTER_DUMPABLE}, {S(fcntl), FILTER_ANY},
    {S(ioctl), FILTER_BLOCKING}, {S(socket), FILTER_UNIX},
    {S(socketpair), FILTER_UNIX}, {S(connect), FILTER_ANY},
    {S(listen), FILTER_ANY}, {S(getsockname), FILTER_ANY},
    {S(getsockopt), FILTER_ANY}, {S(setsockopt), FILTER_ANY},
    {S(sendmsg), FILTER_ANY}, {S(recvmsg), FILTER_ANY},
    {S(sendto), FILTER_ANY}, {S(recvfrom), FILTER_ANY},
    {S(shutdown), FILTER_ANY}, {S(sendfile), FILTER_ANY},
    {S(epoll_create), FILTER_ANY}, {S(epoll_create1), FILTER_ANY},
    {S(epoll_ctl), FILTER_ANY}, {S(epoll_wait), FILTER_ANY},
    {S(epoll_pwait), FILTER_ANY}, {S(eventfd2), FILTER_ANY},
    {S(io_setup), FILTER_ANY}, {S(io_destroy), FILTER_ANY},
    {S(poll), FILTER_ANY}, {S(dup2), FILTER_ANY}, {S(dup3), FILTER_ANY},
    {S(pipe2), FILTER_ANY}, {S(kill), FILTER_ANY}, {S(tgkill), FILTER_ANY},
    {S(rt_sigsuspend), FILTER_ANY}, {S(setitimer), FILTER_ANY},
    {S(getgid), FILTER_ANY}, {S(getegid), FILTER_ANY}, LAST};

/*
 * Nobody below super does this, whatever else it is: other systems' insides,
 * other processes', the kernel's, the clock, mounts and namespaces; and words
 * put into the terminal that one was started from, which its shell would run.
 */
static const struct filter_call never[] = {
    {S(ptrace), FILTER_ANY}, {S(process_vm_readv), FILTER_ANY},
    {S(process_vm_writev), FILTER_ANY}, {S(pidfd_getfd), FILTER_ANY},
    {S(kcmp), FILTER_ANY}, {S(perf_event_open), FILTER_ANY},
    {S(bpf), FILTER_ANY}, {S(userfaultfd), FILTER_ANY},
    {S(io_uring_setup), FILTER_ANY}, {S(io_uring_enter), FILTER_ANY},
    {S(io_uring_register), FILTER_ANY}, {S(mount), FILTER_ANY},
    {S(umount2), FILTER_ANY}, {S(move_mount), FILTER_ANY},
    {S(fsopen), FILTER_ANY}, {S(fsmount), FILTER_ANY},
    {S(fspick), FILTER_ANY}, {S(fsconfig), FILTER_ANY},
    {S(open_tree), FILTER_ANY}, {S(mount_setattr), FILTER_ANY},
    {S(pivot_root), FILTER_ANY}, {S(chroot), FILTER_ANY},
    {S(unshare), FILTER_ANY}, {S(setns), FILTER_ANY},
    {S(clone), FILTER_NAMESPACE}, {S(clone3), FILTER_MISSING},
    {S(open_by_handle_at), FILTER_ANY}, {S(init_module), FILTER_ANY},
    {S(finit_module), FILTER_ANY}, {S(delete_module), FILTER_ANY},
    {S(kexec_load), FILTER_ANY}, {S(kexec_file_load), FILTER_ANY},
    {S(reboot), FILTER_ANY}, {S(swapon), FILTER_ANY},
    {S(swapoff), FILTER_ANY}, {S(settimeofday), FILTER_ANY},
    {S(clock_settime), FILTER_ANY}, {S(clock_adjtime), FILTER_ANY},
    {S(adjtimex), FILTER_ANY}, {S(sethostname), FILTER_ANY},
    {S(setdomainname), FILTER_ANY}, {S(acct), FILTER_ANY},
    {S(quotactl), FILTER_ANY}, {S(syslog), FILTER_ANY},
    {S(add_key), FILTER_ANY}, {S(request_key), FILTER_ANY},
    {S(keyctl), FILTER_ANY}, {S(iopl), FILTER_ANY},
    {S(ioperm), FILTER_ANY}, {S(modify_ldt), FILTER_ANY},
    {S(ioctl), FILTER_TYPING}, LAST};

#define CAP(name) (1ULL << (name))

/* 4,160 connections of nginx and its own. The memory is an estimate: twice what
 * all of them take, each with a bundle that came in and one that goes out. */
#define GATE_FDS 4176
#define GATE_MEMORY ((rlim_t)4 << 30)
/* Channels, administrators and files: 19 were seen in an idle keeper; the
 * rest is room. */
#define STORE_FDS 256

static const struct powers table[POWERS_COUNT] = {
    [POWERS_GATE] = {
        .word = "gate",
        .fds = {3, 4},		/* listens for nginx; the keeper */
        .limits = {{RLIMIT_NPROC, 0}, {RLIMIT_NOFILE, GATE_FDS},
            {RLIMIT_AS, GATE_MEMORY}},
        .filter = {.lists = {everybody, ours, accepts}},
    },
    [POWERS_KEEPER] = {
        .word = "keeper",
        .fds = {3, 5, 9},	/* super; admin.sock; the lock */
        .places = {
            {"keeper", false, "", LANDLOCK_OWN, false},
            {"journal", false, "", LANDLOCK_OWN, false},
            {"registry", false, "", LANDLOCK_OWN, false},
            {"/proc/sys/kernel/random/boot_id", false, "", LANDLOCK_READ,
                false},
        },
        .limits = {{RLIMIT_NOFILE, STORE_FDS}},
        .filter = {.lists = {everybody, ours, accepts, files, keepers,
            copies}},
    },
    [POWERS_VAULT] = {
        .word = "vault",
        .fds = {3, 9},		/* the keeper; the lock */
        .places = {{"vault/", true, "", LANDLOCK_OWN, false}},
        .limits = {{RLIMIT_NPROC, 0}, {RLIMIT_NOFILE, STORE_FDS}},
        .filter = {.lists = {everybody, ours, files}},
    },
    [POWERS_NGINX] = {
        .word = "nginx",
        .fds = {3, 4},		/* journal/public; the TCP port */
        .fd_read = 3,
        .places = {
            /* a folder: a renewed certificate is another file */
            {"tls", false, "", LANDLOCK_READ, false},
            {"run/nginx-", true, ".conf", LANDLOCK_READ, false},
            {"run/nginx-", true, "", LANDLOCK_OWN, false},
            {"run/oo", false, "", LANDLOCK_READ, false},
            {"/lib", false, "", LANDLOCK_READ, false},
            {"/lib64", false, "", LANDLOCK_READ, true},
            {"/usr/lib", false, "", LANDLOCK_READ, false},
            {"/usr/lib64", false, "", LANDLOCK_READ, true},
            {"/etc/ld.so.cache", false, "", LANDLOCK_READ, true},
            {"/etc/ssl/openssl.cnf", false, "", LANDLOCK_READ, true},
            {"/etc/localtime", false, "", LANDLOCK_READ, true},
            {"/sys/devices/system/cpu/online", false, "", LANDLOCK_READ,
                true},
            {"/dev/null", false, "", LANDLOCK_WRITE, false},
        },
        .filter = {.lists = {everybody, files, fronts, accepts,
            copies}},
    },
    [POWERS_SUPER] = {
        .word = "super",
        .fds = {3},		/* who waits for its word */
        .everywhere = true,
        .capabilities = CAP(CAP_CHOWN) | CAP(CAP_DAC_OVERRIDE) |
            CAP(CAP_DAC_READ_SEARCH) | CAP(CAP_FOWNER) | CAP(CAP_KILL) |
            CAP(CAP_SETGID) | CAP(CAP_SETUID) | CAP(CAP_SYS_NICE),
        .filter = {.lists = {never}, .forbids = true},
    },
};

const struct powers *powers_of(enum powers_of who)
{
	return &table[who];
}

enum powers_of powers_named(const char *word)
{
	unsigned who = 0;

	while (who < POWERS_COUNT &&
	    (!table[who].word || strcmp(table[who].word, word) != 0))
		who++;
	return who;
}
