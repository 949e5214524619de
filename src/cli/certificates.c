/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/file.h"
#include "cli/certificates.h"
#include "cli/say.h"
#include "crypto/certcheck.h"

#define PEM_MOST 65536

/* Is what is there sound? Else it was said. */
static bool look_into(
    const char *path, struct span pem, enum err e, int64_t *ret_until_ms)
{
	if (e) {
		say("%s: %s", path, say_why_file(path, e));
		return false;
	}
	if (!certcheck_until(pem, ret_until_ms))
		return true;
	say("%s: not certificates in PEM", path);
	return false;
}

/* Is it sound, or not there, or not for this user? */
static bool look_at(const char *dir, const char *name, int64_t now_ms,
    certificates_each each, void *ctx)
{
	char below[32], path[PATH_MAX];
	int64_t until_ms = 0;
	bool sound = true;
	struct buf pem;

	buf_init(&pem, PEM_MOST);
	(void)snprintf(below, sizeof(below), "tls/%s.pem", name);
	if (!file_path(path, sizeof(path), dir, below) &&
	    access(path, R_OK) == 0) {
		enum err e = file_read(path, &pem);

		sound = look_into(path, buf_span(&pem), e, &until_ms);
		if (sound)
			each(ctx, name, until_ms, until_ms - now_ms);
	}
	buf_release(&pem);
	return sound;
}

bool certificates_look(const char *dir, certificates_each each, void *ctx)
{
	static const char *const names[] = {
	    "flow", "portal", "staff", "ca", "clients-ca"};
	struct clock clock = clock_system();
	int64_t now_ms = clock_wall_ms(&clock);

	bool sound = true;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sound = look_at(dir, names[i], now_ms, each, ctx) && sound;
	return sound;
}

bool certificates_due(int64_t left_ms)
{
	return left_ms <= CERTIFICATES_DAYS * DATE_DAY_MS;
}
