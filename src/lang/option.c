/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "lang/lang.h"
#include "lang/option.h"

#define SHORTS 32

/* What getopt stopped at, up to its value. */
static void tell(char *const *argv, int c)
{
	const char *at = argv[optind - 1];
	char letter[] = {'-', (char)optopt, '\0'};
	bool valued = strchr(at, '=') && optopt;
	int n;

	if (strncmp(at, "--", 2) != 0)
		at = letter;
	n = (int)strcspn(at, "=");
	if (c == ':')
		(void)fprintf(stderr, _("%.*s: its value is missing\n"), n, at);
	else if (valued)
		(void)fprintf(stderr, _("%.*s: it takes no value\n"), n, at);
	else
		(void)fprintf(stderr, _("%.*s: no such option\n"), n, at);
}

int lang_option(int argc, char *const *argv, const char *shorts,
    const struct option *options)
{
	char form[SHORTS + 2];
	int c;

	opterr = 0;
	(void)snprintf(form, sizeof(form), ":%s", shorts);
	c = getopt_long(argc, argv, form, options, NULL);
	if (c != '?' && c != ':')
		return c;
	tell(argv, c);
	return '?';
}
