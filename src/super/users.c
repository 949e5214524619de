/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "super/users.h"

#define NGINX_FIRST 8
#define VAULT_FIRST 16

_Static_assert(VAULT_FIRST + CONF_VAULTS <= USERS_COUNT, "vaults");
_Static_assert(NGINX_FIRST + CONF_PLANES <= VAULT_FIRST, "planes");

static uid_t user(const struct instance *in, unsigned nth)
{
	return in->users ? in->conf.users_base + nth : 0;
}

uid_t users_keeper(const struct instance *in)
{
	return user(in, 0);
}

uid_t users_gate(const struct instance *in, unsigned plane)
{
	return user(in, plane);
}

uid_t users_nginx(const struct instance *in, unsigned plane)
{
	return user(in, NGINX_FIRST + plane);
}

uid_t users_vault(const struct instance *in, unsigned nth)
{
	return user(in, VAULT_FIRST + nth);
}

static enum err blame(const struct instance *in, const char *name,
    struct instance_fault *fault)
{
	instance_say(fault, "%s/%s: %s", in->dir, name, strerror(errno));
	return ERR_IO;
}

/* Where it stands in a tree that is given. */
struct gift {
	uid_t owner;
	bool whole;	/* the top has another owner yet */
	unsigned depth;
};

/* Folders in folders: a third of it is ours. What lies deeper was laid there
 * by the owner, to keep us busy or from starting. */
#define DEPTH_MOST 16

/*
 * A tree whose top has its owner was given before: then only what root laid
 * into it since (a restored log, a key file). Not a file that has another
 * name elsewhere: the owner of the folder could have made this one.
 */
static bool is_due(const struct gift *g, const struct stat *st)
{
	return g->whole || (st->st_uid == 0 && (S_ISDIR(st->st_mode) ||
	    (S_ISREG(st->st_mode) && st->st_nlink == 1)));
}

static int give_folder(struct gift g, int fd);

/* One name in a folder that is held open: no part of its way is followed, and
 * what is given is what was looked at. */
static int give_name(struct gift g, int folder, const char *name)
{
	int fd = openat(
	    folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), in = -1, r = -1;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == 0)
		r = 0;
	if (r == 0 && S_ISDIR(st.st_mode) && g.depth++ < DEPTH_MOST) {
		in = openat(folder, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = in < 0 ? -1 : give_folder(g, in);
	}
	/* what is below first, the top last: one that was broken off begins
	 * anew */
	if (r == 0 && is_due(&g, &st))
		r = fchownat(fd, "", g.owner, (gid_t)g.owner,
		    AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
	(void)close(fd);
	return r;
}

/* Takes fd. */
static int give_folder(struct gift g, int fd)
{
	DIR *d = fdopendir(fd);
	const struct dirent *at;
	int r = 0;

	if (!d) {
		(void)close(fd);
		return -1;
	}
	while (r == 0 && (at = readdir(d)) != NULL)
		if (strcmp(at->d_name, ".") != 0 &&
		    strcmp(at->d_name, "..") != 0)
			r = give_name(g, dirfd(d), at->d_name);
	(void)closedir(d);
	return r;
}

static enum err give_tree(const struct instance *in, const char *name,
    uid_t owner, struct instance_fault *fault)
{
	struct gift g = {.owner = owner};
	char path[CONF_PATH];
	struct stat st;

	instance_path(in, name, path, sizeof(path));
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? ERR_OK : blame(in, name, fault);
	g.whole = st.st_uid != owner;
	if (give_name(g, AT_FDCWD, path) != 0)
		return blame(in, name, fault);
	return ERR_OK;
}

/* One file or folder; one that is not there is somebody else's error. */
static enum err give(const struct instance *in, const char *name,
    uid_t owner, struct instance_fault *fault)
{
	char path[CONF_PATH];

	instance_path(in, name, path, sizeof(path));
	if (lchown(path, owner, (gid_t)owner) != 0 && errno != ENOENT)
		return blame(in, name, fault);
	return ERR_OK;
}

/* Lets everybody do more with one of root's own, not with what a link leads
 * to. */
static enum err widen(const struct instance *in, const char *name,
    mode_t more, struct instance_fault *fault)
{
	char path[CONF_PATH];
	enum err e = ERR_OK;
	struct stat st;
	int fd;

	instance_path(in, name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 ||
	    ((st.st_mode & more) != more &&
		fchmod(fd, (st.st_mode & 07777) | more) != 0))
		e = blame(in, name, fault);
	if (fd >= 0)
		(void)close(fd);
	return e;
}

static enum err check_free(
    const struct instance *in, struct instance_fault *fault)
{
	for (unsigned i = 0; i < USERS_COUNT; i++) {
		const struct passwd *who = getpwuid(user(in, i));

		if (who) {
			instance_say(fault, "users.base %u: user %u is %s "
			    "already: choose another",
			    in->conf.users_base, user(in, i), who->pw_name);
			return ERR_REFUSED;
		}
	}
	return ERR_OK;
}

/* Started by somebody: what root's processes left is closed to him. */
enum err users_check(
    const struct instance *in, struct instance_fault *fault)
{
	char path[CONF_PATH];
	struct stat st;

	if (in->users)
		return ERR_OK;
	instance_path(in, "keeper", path, sizeof(path));
	if (stat(path, &st) == 0 && st.st_uid != geteuid()) {
		instance_say(fault, "%s belongs to user %u: this instance was "
		    "started by root, or by another user. Start it as before, "
		    "or give the whole folder to one user (chown -R)",
		    path, st.st_uid);
		return ERR_REFUSED;
	}
	return ERR_OK;
}

enum err users_give_tls(
    const struct instance *in, struct instance_fault *fault)
{
	enum err e = ERR_OK;
	char name[64];

	for (unsigned p = 1; in->users && p < CONF_PLANES && !e; p++) {
		if (!in->conf.plane[p].enabled)
			continue;
		(void)snprintf(name, sizeof(name), "tls/%s.key",
		    conf_plane_word(p));
		e = give(in, name, users_nginx(in, p), fault);
	}
	return e;
}

static enum err give_planes(
    const struct instance *in, struct instance_fault *fault)
{
	enum err e = users_give_tls(in, fault);
	char name[64];

	for (unsigned p = 1; p < CONF_PLANES && !e; p++) {
		if (!in->conf.plane[p].enabled)
			continue;
		(void)snprintf(name, sizeof(name), "run/nginx-%s",
		    conf_plane_word(p));
		e = give_tree(in, name, users_nginx(in, p), fault);
		(void)snprintf(name, sizeof(name), "run/gate-%s.sock",
		    conf_plane_word(p));
		if (!e)
			e = give(in, name, users_nginx(in, p), fault);
	}
	return e;
}

static enum err give_vaults(
    const struct instance *in, struct instance_fault *fault)
{
	enum err e = widen(in, "vault", 0711, fault);
	char name[64];

	for (unsigned n = 0; n < in->conf.vault_count && !e; n++) {
		(void)snprintf(name, sizeof(name), "vault/%u", n);
		e = give_tree(in, name, users_vault(in, n), fault);
	}
	return e;
}

enum err users_give(const struct instance *in, struct instance_fault *fault)
{
	static const char *const keeper[] = {"keeper", "journal", "registry"};
	static const struct {
		const char *name;
		mode_t more;
	} open[] = {{".", 0711}, {"run", 0711}, {"tls", 0711},
	    {CONF_FILE, 0444}};
	enum err e;

	if (!in->users)
		return ERR_OK;
	e = check_free(in, fault);
	for (size_t i = 0; i < 4 && !e; i++)
		e = widen(in, open[i].name, open[i].more, fault);
	for (size_t i = 0; i < 3 && !e; i++)
		e = give_tree(in, keeper[i], users_keeper(in), fault);
	if (!e)
		e = give(in, "run/admin.sock", users_keeper(in), fault);
	if (!e)
		e = give_vaults(in, fault);
	return e ? e : give_planes(in, fault);
}
