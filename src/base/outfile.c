/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/outfile.h"

#define DEVICES "/dev/"

/* What has the name now: may it give way, or is it written to as it comes? */
static enum err look(const char *path, bool *ret_as_it_comes)
{
	struct stat st;

	*ret_as_it_comes = false;
	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
		return ERR_OK;
	*ret_as_it_comes = !S_ISDIR(st.st_mode) &&
	    strncmp(path, DEVICES, strlen(DEVICES)) == 0;
	return *ret_as_it_comes || S_ISLNK(st.st_mode) ? ERR_OK : ERR_EXISTS;
}

/* A new file: whoever may write to the folder has no link waiting there. */
static int open_temp(const char *temp, mode_t mode)
{
	/* of an earlier process with this number, that was killed */
	(void)unlink(temp);
	return open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
}

enum err outfile_open(struct outfile *o, const char *path, mode_t mode)
{
	bool as_it_comes;
	int fd, a, b;
	enum err e = look(path, &as_it_comes);

	o->f = NULL;
	if (e)
		return e;
	a = snprintf(o->path, sizeof(o->path), "%s", path);
	b = snprintf(
	    o->temp, sizeof(o->temp), "%s.part-%d", path, (int)getpid());
	if (a < 0 || b < 0 || (size_t)b >= sizeof(o->temp))
		return ERR_LIMIT;
	if (as_it_comes)
		o->temp[0] = '\0';
	fd = as_it_comes ? open(path, O_WRONLY | O_CLOEXEC) :
	    open_temp(o->temp, mode);
	if (fd < 0)
		return ERR_IO;
	o->f = fdopen(fd, "w");
	if (!o->f) {
		close(fd);
		(void)unlink(o->temp);
		return ERR_IO;
	}
	return ERR_OK;
}

enum err outfile_commit(struct outfile *o, bool sync)
{
	bool as_it_comes = o->temp[0] == '\0';

	if (fflush(o->f) != 0 || ferror(o->f) || (!as_it_comes &&
	    ((sync && fsync(fileno(o->f)) != 0) ||
	    rename(o->temp, o->path) != 0))) {
		outfile_abandon(o);
		return ERR_IO;
	}
	(void)fclose(o->f);
	o->f = NULL;
	return ERR_OK;
}

void outfile_abandon(struct outfile *o)
{
	if (!o->f)
		return;
	(void)fclose(o->f);
	o->f = NULL;
	if (o->temp[0] != '\0')
		(void)unlink(o->temp);
}

enum err outfile_put(const char *path, struct span content, mode_t mode)
{
	struct outfile o;
	enum err e = outfile_open(&o, path, mode);

	if (e)
		return e;
	if ((o.temp[0] != '\0' && fchmod(fileno(o.f), mode) != 0) ||
	    fwrite(content.p, 1, content.n, o.f) != content.n) {
		outfile_abandon(&o);
		return ERR_IO;
	}
	return outfile_commit(&o, true);
}

bool outfile_same(const char *path, const char *other)
{
	struct stat a, b;

	return path && other && stat(path, &a) == 0 && stat(other, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
