/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecluse-gate --plane PLANE DIR, started by super:
 * descriptor 3 listens for nginx, 4 is the channel to the keeper.
 */
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "base/sabotage.h"
#include "base/standard.h"
#include "confine/confine.h"
#include "gate/gate.h"
#include "proc/harden.h"
#include "proc/heap.h"

#define EXIT_USAGE 2
#define EXIT_FAILED 5

static enum err serve(const char *dir, enum ask_plane plane)
{
	struct conf conf;
	struct conf_fault fault = {0};
	struct gate *g = NULL;
	struct confine_fault why = {{0}};
	enum err e = harden_process();

	if (!e)
		e = confine_descriptors(POWERS_GATE);
	if (!e)
		e = conf_started(dir, &conf, &fault);
	if (!e) {
		gate_descriptors();
		e = confine(&(struct confine_wish){.who = POWERS_GATE,
		    .unconfined = conf.unconfined}, &why);
		memcpy(fault.text, why.text, sizeof(why.text));
	}
	if (e) {
		log_say(LOG_ERROR, "cannot start: %s",
		    fault.text[0] ? fault.text : err_text(e));
		return e;
	}
	log_init("gate", conf.log_level);
	if (conf.unconfined)
		log_say(LOG_ERROR, "alarm: unconfined = yes: for development "
		    "alone");
	if (SABOTAGE != 0)
		log_say(LOG_ERROR, SABOTAGE_WORDS, SABOTAGE);
	e = gate_new(&conf, plane, &g);
	if (e)
		log_say(LOG_ERROR, "cannot start: %s", err_text(e));
	else
		e = gate_run(g);
	gate_free(g);
	return e;
}

static const char usage[] =
"Usage: ecluse-gate --plane flow|portal|member|staff DIR\n"
"Started by ecluse-super; see `ecluse serve`.\n";

int main(int argc, char **argv)
{
	unsigned plane = argc == 4 ? conf_plane_of(span_str(argv[2])) : 0;
	int told = standard_told(argc, argv, "ecluse-gate " VERSION, usage);

	if (told >= 0)
		return told;
	log_init("gate", LOG_INFO);
	heap_keep();
	if (argc != 4 || strcmp(argv[1], "--plane") != 0 ||
	    plane == 0) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return serve(argv[3], (enum ask_plane)plane) == ERR_OK ? 0 : EXIT_FAILED;
}
