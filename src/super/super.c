/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/log.h"
#include "msg/chan.h"
#include "proc/harden.h"
#include "proc/loop.h"
#include "super/endpoints.h"
#include "super/nginx.h"
#include "super/super.h"

#define EXIT_REFUSED 3
#define EXIT_FAILED 5
#define QUEUE 65536
#define DESCRIPTORS 16384	/* for nginx, if the system allows it */

/* How long one may take to end before it is killed: the keeper writes its
 * last entry and a snapshot, nginx and gate answer what waits. */
static const int64_t patience_ms[CHILDREN_COUNT] = {
    [CHILDREN_NGINX] = 10000,
    [CHILDREN_GATE] = 8000,
    [CHILDREN_KEEPER] = 30000,
    [CHILDREN_VAULT] = 10000,
};

enum phase { STARTING, READY, RENEWING, STOPPING };

struct super {
	const struct super_options *options;
	struct instance in;
	struct children children;
	struct clock clock;
	struct loop *loop;
	enum phase phase;
	bool announced, failed;
	int64_t started_ms;
	struct chan *keeper;		/* NULL: does not run */
	struct loop_watch *keeper_watch;
	struct loop_timer patience;
	int64_t restarts[SUPER_RESTARTS];	/* when; 0: never */
	unsigned restart;		/* the oldest of them */
};

static void step_stopping(struct super *s);

static void stop(struct super *s, bool failed)
{
	s->failed = s->failed || failed;
	if (s->phase == STOPPING)
		return;
	s->phase = STOPPING;
	step_stopping(s);
}

/* --- ready --- */

static void announce(struct super *s)
{
	int64_t ms = clock_boot_ms(&s->clock) - s->started_ms;
	static const char word[] = "ready\n";

	s->announced = true;
	printf("ready in %lld.%lld s: https://%s\n", (long long)(ms / 1000),
	    (long long)(ms % 1000 / 100), s->in.conf.flow_authority);
	(void)fflush(stdout);
	if (s->options->ready_fd >= 0) {
		if (write(s->options->ready_fd, word, sizeof(word) - 1) < 0)
			log_say(LOG_WARN, "nobody reads --ready-fd");
		(void)close(s->options->ready_fd);
	}
}

static void become_ready(struct super *s)
{
	enum err e = ERR_OK;

	s->phase = READY;
	if (s->children.pid[CHILDREN_NGINX] == 0)
		e = children_start_nginx(&s->children, &s->in);
	if (!e)
		e = endpoints_install(&s->in, &s->children);
	if (e) {
		log_say(LOG_ERROR, "nginx or endpoints.json: %s", err_text(e));
		stop(s, true);
		return;
	}
	if (!s->announced)
		announce(s);
	else
		log_say(LOG_INFO, "ready again");
}

static void drop_keeper(struct super *s)
{
	loop_drop(s->keeper_watch);
	s->keeper_watch = NULL;
	chan_free(s->keeper);
	s->keeper = NULL;
}

/* The keeper says one thing, once. Its end shows by its signal too. */
static void keeper_ready(void *ctx, unsigned bits)
{
	struct super *s = ctx;
	struct msg m;
	enum err e;

	(void)bits;
	while ((e = chan_get(s->keeper, &m)) == ERR_OK) {
		if (s->phase == STARTING || s->phase == RENEWING)
			become_ready(s);
		if (!s->keeper)
			return;
	}
	if (e == ERR_STATE)
		return;
	drop_keeper(s);
	if (e != ERR_CLOSED) {
		log_say(LOG_ERROR, "the keeper broke the protocol: %s",
		    err_text(e));
		children_kill(&s->children, CHILDREN_KEEPER);
	}
}

/* --- starting --- */

static void start_trio(struct super *s)
{
	int fd = -1;
	enum err e = children_start_trio(&s->children, &s->in, &fd);

	if (!e) {
		e = chan_new(fd, MSG_SUPER, MSG_KEEPER, QUEUE, &s->keeper);
		if (e)
			(void)close(fd);
	}
	if (!e)
		e = loop_watch(s->loop, fd, LOOP_READ, keeper_ready, s,
		    &s->keeper_watch);
	if (!e)
		return;
	log_say(LOG_ERROR, "cannot start vault, keeper and gate: %s",
	    err_text(e));
	stop(s, true);
}

/* May one more be started? Five within a minute were too many. */
static bool may_restart(struct super *s)
{
	int64_t now = clock_boot_ms(&s->clock);
	int64_t *oldest = &s->restarts[s->restart];

	if (*oldest > 0 && now - *oldest < SUPER_WINDOW_MS) {
		log_say(LOG_ERROR,
		    "%d restarts within a minute: giving up; the lines above "
		    "say why each ended", SUPER_RESTARTS);
		return false;
	}
	*oldest = now;
	s->restart = (s->restart + 1) % SUPER_RESTARTS;
	return true;
}

/* --- ending --- */

static void patience_over(void *ctx)
{
	struct super *s = ctx;

	for (unsigned who = 0; who < CHILDREN_COUNT; who++) {
		if (s->children.pid[who] == 0 ||
		    (s->phase == RENEWING && who == CHILDREN_NGINX))
			continue;
		log_say(LOG_WARN, "%s did not end: killed",
		    children_word(who));
		children_kill(&s->children, who);
		if (s->phase == STOPPING)
			break;	/* one after the other */
	}
}

static void wait_for(struct super *s, int64_t ms)
{
	if (loop_timer_set(s->loop, &s->patience, ms) != ERR_OK)
		patience_over(s);
}

/* Asks the first that still runs to end; its end brings us here again. */
static void step_stopping(struct super *s)
{
	for (unsigned who = 0; who < CHILDREN_COUNT; who++) {
		if (s->children.pid[who] == 0)
			continue;
		children_end(&s->children, who);
		wait_for(s, patience_ms[who]);
		return;
	}
	loop_stop(s->loop);
}

static void renew(struct super *s)
{
	if (s->phase == READY) {
		s->phase = RENEWING;
		for (unsigned who = CHILDREN_GATE; who < CHILDREN_COUNT; who++)
			children_end(&s->children, who);
		wait_for(s, patience_ms[CHILDREN_KEEPER]);
	}
	if (children_trio_runs(&s->children))
		return;
	loop_timer_clear(s->loop, &s->patience);
	if (s->keeper)
		drop_keeper(s);
	if (may_restart(s))
		start_trio(s);
	else
		stop(s, true);
}

static void renew_nginx(struct super *s)
{
	enum err e = ERR_REFUSED;

	if (may_restart(s))
		e = children_start_nginx(&s->children, &s->in);
	if (!e && s->phase == READY)
		e = endpoints_install(&s->in, &s->children);
	if (e)
		stop(s, true);
}

static void child_ended(struct super *s, enum children_name who)
{
	switch (s->phase) {
	case STARTING:
		log_say(LOG_ERROR, "%s ended before the instance was ready",
		    children_word(who));
		stop(s, true);
		return;
	case READY:
	case RENEWING:
		if (who == CHILDREN_NGINX)
			renew_nginx(s);
		else
			renew(s);
		return;
	case STOPPING:
		step_stopping(s);
		return;
	}
}

static void note_end(enum children_name who, int status, enum phase phase)
{
	enum log_level level = LOG_WARN;

	if (phase == STOPPING && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		level = LOG_DEBUG;
	if (WIFSIGNALED(status))
		log_say(level, "%s was ended by signal %d",
		    children_word(who), WTERMSIG(status));
	else
		log_say(level, "%s ended with status %d", children_word(who),
		    WEXITSTATUS(status));
}

/* The pid of a child that ended and is not reaped yet, 0 if there is none. */
static pid_t next_ended(void)
{
	siginfo_t info = {0};

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return 0;
	return info.si_pid;
}

/*
 * What a child left behind ends with it: workers of an nginx that was killed
 * would go on serving. Each child leads a process group (proc/spawn), and as
 * long as it is not reaped its number belongs to nobody else.
 */
static void reap(struct super *s)
{
	enum children_name who;
	int status;
	pid_t pid;

	while ((pid = next_ended()) > 0) {
		(void)kill(-pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid)
			return;
		who = children_ended(&s->children, pid);
		if (who == CHILDREN_COUNT)
			continue;
		note_end(who, status, s->phase);
		/* a keeper that fails at the end did not end cleanly */
		if (s->phase == STOPPING && status != 0 &&
		    who == CHILDREN_KEEPER)
			s->failed = true;
		child_ended(s, who);
	}
}

static void signal_came(void *ctx, int number)
{
	struct super *s = ctx;

	if (number == SIGCHLD)
		reap(s);
	else if (number == SIGHUP) {	/* certificates were renewed */
		if (s->children.pid[CHILDREN_NGINX] > 0)
			(void)kill(s->children.pid[CHILDREN_NGINX], SIGHUP);
	} else
		stop(s, false);
}

/* --- life --- */

static enum err prepare(struct super *s)
{
	enum children_name missing = CHILDREN_COUNT;
	enum err e = children_find(
	    &s->children, &s->in, s->options->libexec, &missing);

	if (e) {
		log_say(LOG_ERROR, "%s: the program is not there (%s)",
		    children_word(missing), s->children.program[missing]);
		return e;
	}
	e = nginx_install(&s->in);
	if (e) {
		log_say(LOG_ERROR, "run/" NGINX_CONF ": %s", err_text(e));
		return e;
	}
	e = children_test_nginx(&s->children, &s->in);
	if (e == ERR_REFUSED)
		log_say(LOG_ERROR, "nginx does not take run/" NGINX_CONF
		                   "; its lines above say why");
	else if (e)
		log_say(LOG_ERROR, "nginx cannot be started: %s", err_text(e));
	return e;
}

static enum err run(struct super *s)
{
	static const int signals[] = {
	    SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0};
	enum err e = loop_new(&s->clock, &s->loop);

	if (e)
		return e;
	loop_timer_init(&s->patience, patience_over, s);
	e = loop_signals(s->loop, signals, signal_came, s);
	if (!e)
		e = prepare(s);
	if (e)
		return e;
	start_trio(s);
	return loop_run(s->loop);
}

int super_run(const struct super_options *options)
{
	struct super s = {.options = options, .clock = clock_system()};
	struct instance_fault fault = {{0}};
	enum err e = harden_process();

	s.started_ms = clock_boot_ms(&s.clock);
	/* as far as the system goes; nginx gets fewer connections then */
	for (size_t most = DESCRIPTORS; !e && most >= 1024; most /= 2)
		if (harden_descriptors(most) == ERR_OK)
			break;
	(void)unsetenv("NGINX");
	if (!e)
		e = instance_open(options->dir, &s.in, &fault);
	if (e) {
		log_say(LOG_ERROR, "cannot start: %s",
		    fault.text[0] ? fault.text : err_text(e));
		return e == ERR_EXISTS ? EXIT_REFUSED : EXIT_FAILED;
	}
	log_init("super", s.in.conf.log_level);
	e = run(&s);
	if (s.keeper)
		drop_keeper(&s);
	loop_free(s.loop);
	instance_close(&s.in);
	return e || s.failed ? EXIT_FAILED : 0;
}
