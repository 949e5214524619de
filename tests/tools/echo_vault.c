/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for the vault: says it is ready and waits for its end. */
#include <signal.h>
#include "base/log.h"
#include "msg/chan.h"
#include "proc/harden.h"
#include "proc/loop.h"

static struct loop *loop;
static struct chan *keeper;

static void must(enum err e)
{
	if (e) {
		log_say(LOG_ERROR, "%s", err_text(e));
		exit(70);
	}
}

static void stop(void *ctx, int number)
{
	(void)ctx;
	(void)number;
	loop_stop(loop);
}

static void ready(void *ctx, unsigned bits)
{
	struct msg m;
	enum err e = chan_get(keeper, &m);

	(void)bits;
	if (e == ERR_CLOSED)	/* its signal comes from super */
		loop_drop(*(struct loop_watch **)ctx);
	else if (e != ERR_STATE)
		must(e ? e : ERR_STATE);
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	struct clock clock = clock_system();
	struct loop_watch *watch;

	(void)argv;
	log_init("echo-vault", LOG_INFO);
	if (argc != 4)
		return 2;
	must(harden_process());
	must(loop_new(&clock, &loop));
	must(chan_new(3, MSG_VAULT, MSG_KEEPER, 65536, &keeper));
	must(loop_watch(loop, 3, LOOP_READ, ready, &watch, &watch));
	must(loop_signals(loop, signals, stop, NULL));
	must(chan_put(keeper, MSG_VAULT_READY, 0, span_of(NULL, 0)));
	must(chan_flush(keeper));
	must(loop_run(loop));
	chan_free(keeper);
	loop_free(loop);
	return 0;
}
