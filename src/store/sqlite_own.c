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
