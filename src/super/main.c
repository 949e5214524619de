/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse-super [--libexec FOLDER] [--ready-fd N] DIR; see `ecluse serve`. */
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "base/text.h"
#include "super/super.h"

#define EXIT_USAGE 2

static int usage(void)
{
	(void)fprintf(stderr,
	    "usage: ecluse-super [--libexec FOLDER] [--ready-fd N] DIR\n"
	    "Runs the instance in DIR until TERM or INT. It prints one line\n"
	    "when it is ready, and writes \"ready\\n\" to descriptor N.\n"
	    "FOLDER: where the other programs are (default: beside it).\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct super_options o = {.ready_fd = -1};
	uint64_t fd;
	int i = 1;

	log_init("super", LOG_INFO);
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--libexec") == 0)
			o.libexec = argv[i + 1];
		else if (strcmp(argv[i], "--ready-fd") == 0 &&
		    text_u64(span_str(argv[i + 1]), 1023, &fd) == ERR_OK)
			o.ready_fd = (int)fd;
		else
			return usage();
	}
	if (i + 1 != argc || argv[i][0] == '-')
		return usage();
	o.dir = argv[i];
	return super_run(&o);
}
