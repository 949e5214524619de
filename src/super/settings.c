/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "conf/judged.h"
#include "super/settings.h"

static enum err is_others(const char *at, struct instance_fault *fault)
{
	instance_say(fault, "%s: root starts an instance only where root alone "
	    "can write, up to /: chown root, chmod go-w", at);
	return ERR_REFUSED;
}

static enum err others_write(
    const char *at, const char *mode, struct instance_fault *fault)
{
	instance_say(fault, "%s: others of this machine may write it: look at "
	    "what " CONF_FILE " says, then chmod %s, and at all that lies "
	    "beside it (docs/operations.md, \"What is in the folder\")", at,
	    mode);
	return ERR_REFUSED;
}

/* Who may write the folder puts another file in its place. */
static enum err check_folder(
    const struct instance *in, struct instance_fault *fault)
{
	return judged_folder(in->dir) ? others_write(in->dir, "755", fault) :
	    ERR_OK;
}

/* Whoever writes the settings says what programs root starts, and that it is a
 * drill: no word of theirs excuses this. */
static enum err check_file(const struct instance *in, int fd,
    const char *path, struct instance_fault *fault)
{
	enum err e = judged_file(fd, in->users);

	return e == ERR_STATE ? others_write(path, "644", fault) :
	    e == ERR_REFUSED ? is_others(path, fault) : e;
}

static enum err read_file(
    struct instance *in, struct instance_fault *fault)
{
	char path[CONF_PATH];
	enum err e;
	int fd;

	instance_path(in, CONF_FILE, path, sizeof(path));
	e = file_open_plain(path, 0, &fd);
	if (e)
		return e;
	e = check_file(in, fd, path, fault);
	if (!e)
		e = file_read_open(fd, &in->settings);
	(void)close(fd);
	return e;
}

static void say_fault(const struct instance *in,
    const struct conf_fault *words, struct instance_fault *fault)
{
	instance_say(fault, "%s/%s%s", in->dir,
	    strncmp(words->text, "line ", 5) == 0 ? CONF_FILE ": " : "",
	    words->text);
}

enum err settings_open(struct instance *in, struct instance_fault *fault)
{
	struct conf_fault words = {0};
	enum err e = check_folder(in, fault);

	if (e)
		return e;
	buf_init(&in->settings, CONF_FILE_MOST);
	e = read_file(in, fault);
	if (e == ERR_REFUSED)
		return e;
	e = conf_take(in->dir, e, buf_span(&in->settings), &in->conf, &words);
	if (e)
		say_fault(in, &words, fault);
	/* ERR_EXISTS, a setting said twice, is no instance that runs */
	return e == ERR_EXISTS ? ERR_SHAPE : e;
}

enum err settings_again(struct instance *in)
{
	struct conf_fault words;

	return conf_take(in->dir, ERR_OK, buf_span(&in->settings), &in->conf,
	    &words);
}

enum err settings_check_way(
    const struct instance *in, struct instance_fault *fault)
{
	char path[CONF_PATH];

	memcpy(path, in->dir, sizeof(path));
	return judged_way(path) ? is_others(path, fault) : ERR_OK;
}
