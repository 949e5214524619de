/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store/sqlite_own.h"

enum err sqlite_claim_file(const char *path)
{
	enum err e = ERR_OK;
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EACCES || errno == ELOOP ? ERR_REFUSED : ERR_IO;
	if (fstat(fd, &st) != 0)
		e = ERR_IO;
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		e = ERR_REFUSED;
	(void)close(fd);
	return e;
}

/*
 * Every connection that has read holds a lock on some of these bytes for as
 * long as it is open (SQLite's os.h: PENDING_BYTE, SHARED_FIRST).
 */
int64_t sqlite_holder(const struct store_options *o)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET,
	    .l_start = 0x40000000, .l_len = 512};
	int fd = open(o->where, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	int64_t holder = 0;

	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		holder = lock.l_pid > 0 ? lock.l_pid : -1;
	(void)close(fd);
	return holder;
}

enum err sqlite_put_words(const char *sql, struct buf *out)
{
	static const struct {
		const char *word, *means;
	} words[] = {
	    {":int", "INTEGER"},
	    {":bytes", "BLOB"},
	    {":keyed", "STRICT, WITHOUT ROWID"},
	};
	size_t i, n;

	while (*sql) {
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			n = strlen(words[i].word);
			if (strncmp(sql, words[i].word, n) == 0)
				break;
		}
		if (i < sizeof(words) / sizeof(words[0])) {
			buf_text(out, words[i].means);
			sql += n;
		} else {
			buf_put_u8(out, (uint8_t)*sql++);
		}
	}
	buf_put_u8(out, 0);
	return out->err;
}
