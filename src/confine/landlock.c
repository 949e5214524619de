/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/landlock.h>
#include "confine/landlock.h"

/*
 * Linux's own header is as old as the system's: what came after ABI 2 (Linux
 * 6.1) is written here, by the kernel's documentation
 * (userspace-api/landlock.rst). Each ABI adds members to the end of the
 * ruleset and bits to its masks; an older kernel is given less.
 */
#define TRUNCATE (1ULL << 14)		/* ABI 3 */
#define DEVICE_IOCTL (1ULL << 15)	/* ABI 5 */
#define FILES (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_READ_FILE | TRUNCATE | DEVICE_IOCTL)

struct ruleset {
	uint64_t files;
	uint64_t net;		/* ABI 4: 1 bind, 2 connect */
	uint64_t scoped;	/* ABI 6: 1 abstract sockets, 2 signals */
};

struct landlock {
	int fd;
	uint64_t handled;
};

static long abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t files_of(long version)
{
	unsigned bits = version < 2 ? 13 : version < 3 ? 14 :
	    version < 5 ? 15 : 16;

	return (1ULL << bits) - 1;
}

static size_t size_of(long version)
{
	return version < 4 ? 8 : version < 6 ? 16 : sizeof(struct ruleset);
}

enum err landlock_new(struct landlock **ret)
{
	long version = abi();
	const struct ruleset all = {files_of(version), 3, 3};
	struct landlock *l;

	if (version < 1)
		return ERR_UNKNOWN;
	l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	l->handled = all.files;
	l->fd = (int)syscall(
	    SYS_landlock_create_ruleset, &all, size_of(version), 0);
	if (l->fd < 0) {
		free(l);
		return ERR_IO;
	}
	*ret = l;
	return ERR_OK;
}

void landlock_free(struct landlock *l)
{
	if (!l)
		return;
	(void)close(l->fd);
	free(l);
}

static uint64_t bits_of(enum landlock_right right)
{
	const uint64_t reads =
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

	switch (right) {
	case LANDLOCK_READ:
		return reads;
	case LANDLOCK_WRITE:
		return LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE;
	case LANDLOCK_OWN:
		return reads | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE |
		    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE |
		    LANDLOCK_ACCESS_FS_REMOVE_DIR;
	case LANDLOCK_RUN:
		return LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_EXECUTE;
	}
	return 0;
}

enum err landlock_add(struct landlock *l, int fd, enum landlock_right right)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = bits_of(right) & l->handled, .parent_fd = fd};
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FILES;
	return syscall(SYS_landlock_add_rule, l->fd,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? ERR_OK : ERR_IO;
}

enum err landlock_enforce(const struct landlock *l)
{
	return syscall(SYS_landlock_restrict_self, l->fd, 0) == 0 ? ERR_OK :
	    ERR_IO;
}
