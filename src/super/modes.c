/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "super/modes.h"

/* Whoever cannot enter a folder reaches nothing below it, whatever its mode. */
static const struct {
	const char *name;
	mode_t most;
} table[] = {
    {".", 0755}, {"journal", 0755}, {"registry", 0755}, {"tls", 0755},
    {"tls/ca.key", 0600}, {"tls/clients-ca.key", 0600}, {"keeper", 0700},
    {"drill", 0700}, {"vault", 0711},
    /* all may read these, and who writes one says whom clients and nginx
     * believe */
    {"tls/ca.pem", 0644}, {"tls/clients-ca.pem", 0644},
    {"journal/public", 0755}, {"journal/service-keys", 0644},
    {"registry/public", 0755},
};

/* What is not there, or not ours, is said by who needs it. */
static void close_one(const struct instance *in, const char *name, mode_t most)
{
	char path[CONF_PATH];
	struct stat st;
	int fd;

	instance_path(in, name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && (st.st_mode & 0077 & ~most) != 0) {
		bool closed = fchmod(fd, st.st_mode & (0700 | most)) == 0;

		log_say(LOG_ERROR, "alarm: %s was open to others of this "
		    "machine (mode %o): %s; who is one of them may have read "
		    "or altered what is there", path,
		    (unsigned)st.st_mode & 0777,
		    closed ? "closed" : "it cannot be closed");
	}
	(void)close(fd);
}

void modes_close(const struct instance *in)
{
	char name[64];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		close_one(in, table[i].name, table[i].most);
	for (unsigned n = 0; n < CONF_VAULTS; n++) {
		(void)snprintf(name, sizeof(name), "vault/%u", n);
		close_one(in, name, 0700);
	}
	for (unsigned p = 1; p < CONF_PLANES; p++) {
		(void)snprintf(name, sizeof(name), "tls/%s.key",
		    conf_plane_word(p));
		close_one(in, name, 0600);
		(void)snprintf(name, sizeof(name), "tls/%s.pem",
		    conf_plane_word(p));
		close_one(in, name, 0644);
	}
}
