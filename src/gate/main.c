/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecluse-gate --plane PLANE DIR, started by super:
 * descriptor 3 listens for nginx, 4 is the channel to the keeper.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "gate/gate.h"
#include "proc/harden.h"

#define EXIT_USAGE 2
#define EXIT_FAILED 5

static enum err plane_of(const char *word, enum ask_plane *ret)
{
	static const struct {
		const char *word;
		enum ask_plane plane;
	} planes[] = {{"flow", ASK_FLOW}, {"portal", ASK_PORTAL},
	    {"member", ASK_MEMBER}, {"staff", ASK_STAFF}};

	for (size_t i = 0; i < sizeof(planes) / sizeof(planes[0]); i++)
		if (strcmp(word, planes[i].word) == 0) {
			*ret = planes[i].plane;
			return ERR_OK;
		}
	return ERR_UNKNOWN;
}

/* Everything that needs the instance's folder comes before the user changes,
 * and nothing from outside is read before it has. */
static enum err serve(const char *dir, enum ask_plane plane)
{
	struct conf conf;
	struct conf_fault fault = {0};
	struct gate *g = NULL;
	enum err e = harden_process();

	if (!e)
		e = conf_load(dir, &conf, &fault);
	if (e) {
		log_say(LOG_ERROR, "cannot start: %s",
		    fault.text[0] ? fault.text : err_text(e));
		return e;
	}
	log_init("gate", conf.log_level);
	e = gate_new(&conf, plane, &g);
	if (!e)
		e = harden_become(GATE_USER, SIGTERM);
	if (e)
		log_say(LOG_ERROR, "cannot start: %s", err_text(e));
	else
		e = gate_run(g);
	gate_free(g);
	return e;
}

int main(int argc, char **argv)
{
	enum ask_plane plane;

	log_init("gate", LOG_INFO);
	if (argc != 4 || strcmp(argv[1], "--plane") != 0 ||
	    plane_of(argv[2], &plane) != ERR_OK) {
		(void)fprintf(stderr,
		    "usage: ecluse-gate --plane flow|portal|member|staff "
		    "DIR\nStarted by ecluse-super; see `ecluse serve`.\n");
		return EXIT_USAGE;
	}
	return serve(argv[3], plane) == ERR_OK ? 0 : EXIT_FAILED;
}
