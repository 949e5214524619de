/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "cli/believed.h"
#include "cli/say.h"
#include "conf/judged.h"

static enum err others_write(const char *at, const char *mode)
{
	say("%s: others of this machine may write it: look at what ecluse.conf "
	    "says, then chmod %s", at, mode);
	return ERR_REFUSED;
}

static enum err is_others(const char *at)
{
	say("%s: root acts on settings only where root alone can write, up to "
	    "/: look at what ecluse.conf says, then chown root, chmod go-w",
	    at);
	return ERR_REFUSED;
}

static enum err read_judged(const char *path, struct buf *out)
{
	int fd;
	enum err e = file_open_plain(path, 0, &fd);

	if (e)
		return e;
	e = judged_file(fd, geteuid() == 0);
	if (e == ERR_STATE)
		e = others_write(path, "644");
	else if (e == ERR_REFUSED)
		e = is_others(path);
	else if (!e)
		e = file_read_open(fd, out);
	(void)close(fd);
	return e;
}

/* As conf_take says it; ERR_REFUSED was said. */
static enum err take(const char *dir, enum err how, const struct buf *text,
    struct conf *ret)
{
	struct conf_fault fault = {""};
	enum err e = how == ERR_REFUSED ? how :
	    conf_take(dir, how, buf_span(text), ret, &fault);

	if (e && how != ERR_REFUSED)
		say("%s", say_why(fault.text, e));
	return e;
}

static enum err read_text(const char *dir, struct buf *out)
{
	char path[PATH_MAX];
	enum err e = judged_folder(dir);

	if (e)
		return others_write(dir, "755");
	e = file_path(path, sizeof(path), dir, CONF_FILE);
	return e ? e : read_judged(path, out);
}

enum err believed_text(const char *dir, struct buf *out)
{
	struct conf any;
	enum err e = read_text(dir, out);

	return e ? take(dir, e, out, &any) : ERR_OK;
}

enum err believed_conf(const char *dir, struct conf *ret)
{
	char way[PATH_MAX];
	struct conf c = {.drill = false};
	struct buf text;
	enum err e;

	buf_init(&text, CONF_FILE_MOST);
	e = read_text(dir, &text);
	e = take(dir, e, &text, &c);
	buf_release(&text);
	if (e)
		return e;
	if (geteuid() == 0 && !c.drill) {
		bool found = realpath(dir, way) != NULL;

		if (!found || judged_way(way))
			return is_others(found ? way : dir);
	}
	*ret = c;
	return ERR_OK;
}
