/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lang/lang.h"

#define DOMAIN "ecluse"
#define PROBE "/fr/LC_MESSAGES/" DOMAIN ".mo"

/* The name that setlocale would take for messages, "" if none is set. */
static const char *wanted(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return value;
	}
	return "";
}

/*
 * Debian generates no locale but C.UTF-8 by itself. gettext translates nothing
 * in the locale "C", and in C.UTF-8 goes by LANGUAGE.
 */
static void choose(void)
{
	const char *want = wanted();
	char language[3] = "";

	if (setlocale(LC_MESSAGES, "") || strlen(want) < 2 ||
	    !setlocale(LC_MESSAGES, "C.UTF-8"))
		return;
	memcpy(language, want, 2);
	(void)setenv("LANGUAGE", language, 0);
}

/* po/ beside the program, when the build's catalogue is there. */
static int beside(char *out, size_t size)
{
	char path[PATH_MAX + sizeof(PROBE)];
	ssize_t n = readlink("/proc/self/exe", out, size - 1);
	char *slash;

	if (n <= 0)
		return 0;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (!slash || (size_t)(slash - out) + sizeof("/po") > size)
		return 0;
	memcpy(slash, "/po", sizeof("/po"));
	(void)snprintf(path, sizeof(path), "%s" PROBE, out);
	return access(path, R_OK) == 0;
}

void lang_start(void)
{
	char folder[PATH_MAX];

	choose();
	(void)bindtextdomain(
	    DOMAIN, beside(folder, sizeof(folder)) ? folder : LOCALEDIR);
	/* what we print is UTF-8 everywhere, and no converter is loaded */
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
	(void)textdomain(DOMAIN);
}

const char *lang_text(const char *english)
{
	return english[0] ? gettext(english) : english;
}

const char *lang_counted(unsigned long long n, const char *one,
    const char *many, char out[static LANG_COUNT])
{
	(void)snprintf(
	    out, LANG_COUNT, "%llu %s", n, ngettext(one, many, n));
	return out;
}

bool lang_french(void)
{
	/* each catalogue puts its own code there */
	return strcmp(_("language code: en"), "language code: fr") == 0;
}

int64_t lang_zone_ms(int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm here;

	return localtime_r(&now, &here) ? here.tm_gmtoff * INT64_C(1000) : 0;
}
