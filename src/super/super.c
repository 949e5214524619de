/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/log.h"
#include "base/sabotage.h"
#include "confine/confine.h"
#include "proc/harden.h"
#include "proc/loop.h"
#include "super/endpoints.h"
#include "super/heard.h"
#include "super/line.h"
#include "super/nginx.h"
#include "super/sequence.h"
#include "super/super.h"
#include "super/users.h"

#define EXIT_REFUSED 3
#define EXIT_FAILED 5
#define AGAIN "ends again and again, the lines above say why"
#define NOT_STARTED "cannot be started, the lines above say why"
#define TIMERS (1 + CHILDREN_MOST + HEARD_TIMERS)

enum phase { STARTING, RUNNING, RENEWING, STOPPING };

/* A child that has to wait for its next start. */
struct held {
	struct super *s;
	struct children_child *child;
	struct loop_timer timer;
};

struct super {
	const struct super_options *options;
	struct instance in;
	struct children children;
	struct heard heard;
	struct held held[CHILDREN_MOST];	/* by place in children */
	struct clock clock;
	struct loop *loop;
	enum phase phase;
	bool announced, failed;
	enum children_kind stopping;	/* those that end now */
	int64_t started_ms;
	struct line keeper;		/* not open: it does not run */
	struct loop_timer patience;
};

static void step_stopping(struct super *s);
static enum err start_one(struct super *s, struct children_child *child);
static void renew(struct super *s);

static bool with_keeper(const struct children_child *child)
{
	return sequence_of(child->kind)->with_keeper;
}

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
	    (long long)(ms % 1000 / 100),
	    s->in.conf.plane[CONF_FLOW].authority);
	(void)fflush(stdout);
	if (s->options->ready_fd >= 0) {
		if (write(s->options->ready_fd, word, sizeof(word) - 1) < 0)
			log_say(LOG_WARN, "nobody reads --ready-fd");
		(void)close(s->options->ready_fd);
	}
}

/* All whose turn it is, and who do not run. */
static enum err start_those(struct super *s, enum sequence_start when)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < s->children.count && !e; i++) {
		struct children_child *child = &s->children.all[i];

		if (sequence_of(child->kind)->start == when && child->pid == 0)
			e = start_one(s, child);
	}
	return e;
}

/* Whoever looks a pid up meets an older one: no reason to end all. */
static void tell_endpoints(struct super *s)
{
	if (endpoints_install(&s->in, &s->children))
		log_say(LOG_ERROR, "run/endpoints.json cannot be written: "
		    "look at the disk");
}

static void become_ready(struct super *s)
{
	enum err e = s->announced ? ERR_OK : start_those(s, SEQUENCE_READY);

	s->phase = RUNNING;
	if (!e && s->announced)
		tell_endpoints(s);
	else if (!e)
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

/* --- what the keeper says --- */

/* Said while all end, it is too late. */
static void keeper_ready(void *ctx)
{
	struct super *s = ctx;

	if (s->phase == STARTING || s->phase == RUNNING)
		become_ready(s);
}

/* A gate or vault broke the protocol: its end brings another. */
static enum err stop_sibling(
    void *ctx, const struct sibling *who, uint64_t turn)
{
	struct super *s = ctx;
	struct children_child *child = children_of(&s->children,
	    who->kind == SIBLING_GATE ? CHILDREN_GATE : CHILDREN_VAULT,
	    who->nth);

	if (!child)
		return ERR_RANGE;
	/* not another one that was started meanwhile; at the end each closes
	 * its channel before it is gone, and patience_over sees to the rest */
	if (child->turn == turn && s->phase != STOPPING)
		children_kill(child);
	return ERR_OK;
}

static void keeper_broke(void *ctx)
{
	struct super *s = ctx;

	children_kill(children_of(&s->children, CHILDREN_KEEPER, 0));
}

static const struct line_calls keeper_calls = {
    keeper_ready, stop_sibling, keeper_broke};

/* --- starting --- */

/* Hands the keeper its end of a sibling's channel. */
static enum err introduce(
    struct super *s, const struct children_child *child, int fd)
{
	struct sibling who = {child->kind == CHILDREN_GATE ? SIBLING_GATE :
	    SIBLING_VAULT, (uint8_t)child->nth};

	return line_introduce(&s->keeper, &who, child->turn, fd);
}

static enum err start_one(struct super *s, struct children_child *child)
{
	int fd = -1;
	enum err e = children_start(&s->children, child, &s->in, &fd);

	if (e)
		log_say(LOG_ERROR, "%s cannot be started: %s", child->name,
		    err_text(e));
	else if (child->kind == CHILDREN_KEEPER)
		e = line_open(&s->keeper, fd);
	else if (fd >= 0)
		e = introduce(s, child, fd);
	return e;
}

/* There is room for all (run): at the end nobody is killed for want of it. */
static void wake(struct super *s, struct loop_timer *t, int64_t ms)
{
	loop_timer_clear(s->loop, t);
	loop_timer_again(s->loop, t, ms);
}

/* why: what is said of it. */
static void hold(struct super *s, struct children_child *child, int64_t ms,
    const char *why)
{
	struct held *h = &s->held[child - s->children.all];

	log_say(LOG_ERROR, "alarm: %s %s: its next start is in %lld s%s",
	    child->name, why, (long long)((ms + 999) / 1000),
	    child->kind == CHILDREN_KEEPER ?
	    ", nothing is answered before" :
	    ", the others go on without it");
	if (child->kind == CHILDREN_KEEPER)
		children_turn_away(&s->in);
	wake(s, &h->timer, ms);
}

/* A gate, a vault or an nginx, alone. */
static void start_again(struct super *s, struct children_child *child)
{
	int64_t wait_ms = restart_wait_ms(
	    &child->restart, clock_boot_ms(&s->clock));

	if (wait_ms > 0)
		hold(s, child, wait_ms, AGAIN);
	else if (start_one(s, child))
		hold(s, child, RESTART_WINDOW_MS, NOT_STARTED);
	if (s->keeper.ready && s->phase == RUNNING)
		tell_endpoints(s);
}

static void hold_over(void *ctx)
{
	struct held *h = ctx;

	if (h->child->kind == CHILDREN_KEEPER && h->s->phase == RENEWING)
		renew(h->s);
	else if (h->child->pid == 0 && (h->s->phase == RUNNING ||
	    (h->s->phase == RENEWING && !with_keeper(h->child))))
		start_again(h->s, h->child);
}

/* All but those who wait for the keeper's word. */
static enum err start_all(struct super *s)
{
	enum err e = start_those(s, SEQUENCE_FIRST);

	return e ? e : start_those(s, SEQUENCE_CHANNEL);
}

/* --- ending --- */

static void patience_over(void *ctx)
{
	struct super *s = ctx;

	for (size_t i = 0; i < s->children.count; i++) {
		const struct children_child *child = &s->children.all[i];

		if (child->pid == 0 ||
		    (s->phase == RENEWING && !with_keeper(child)) ||
		    (s->phase == STOPPING && child->kind != s->stopping))
			continue;	/* nobody asked it to end */
		log_say(LOG_WARN, "%s did not end: killed", child->name);
		children_kill(child);
	}
}

/* Asks the first kind of which one still runs to end; each end brings us here
 * again, to wait for the others of that kind. */
static void step_stopping(struct super *s)
{
	for (size_t o = 0; o < CHILDREN_KINDS; o++) {
		enum children_kind kind = sequence_end(o);

		if (!children_runs(&s->children, kind))
			continue;
		s->stopping = kind;
		for (size_t i = 0; i < s->children.count; i++)
			if (s->children.all[i].kind == kind)
				children_end(&s->children.all[i]);
		wake(s, &s->patience, sequence_of(kind)->patience_ms);
		return;
	}
	loop_stop(s->loop);
}

static bool any_with_keeper(const struct super *s)
{
	for (size_t i = 0; i < s->children.count; i++)
		if (s->children.all[i].pid &&
		    with_keeper(&s->children.all[i]))
			return true;
	return false;
}

static void begin_renewing(struct super *s)
{
	s->phase = RENEWING;
	for (size_t i = 0; i < s->children.count; i++)
		if (with_keeper(&s->children.all[i]))
			children_end(&s->children.all[i]);
	wake(s, &s->patience, sequence_of(CHILDREN_GATE)->patience_ms);
}

/* The keeper is gone, and with it everybody's channel. */
static void renew(struct super *s)
{
	struct children_child *keeper =
	    children_of(&s->children, CHILDREN_KEEPER, 0);
	int64_t wait_ms;

	if (s->phase == RUNNING)
		begin_renewing(s);
	if (any_with_keeper(s))
		return;
	loop_timer_clear(s->loop, &s->patience);
	line_close(&s->keeper);
	wait_ms = restart_wait_ms(
	    &keeper->restart, clock_boot_ms(&s->clock));
	if (wait_ms > 0) {
		hold(s, keeper, wait_ms, AGAIN);
		return;
	}
	s->phase = RUNNING;
	if (start_all(s) == ERR_OK)
		return;
	/* those that were started end, and bring us here again */
	begin_renewing(s);
	if (!any_with_keeper(s))
		hold(s, keeper, RESTART_WINDOW_MS, NOT_STARTED);
}

/* A gate or a vault may be seen to end before the keeper that it followed. That
 * one closes our channel first. */
static bool keeper_ends(const struct super *s)
{
	return s->phase == RENEWING || line_has_end(&s->keeper);
}

static void child_ended(struct super *s, struct children_child *child)
{
	switch (s->phase) {
	case STARTING:
		log_say(LOG_ERROR, "%s ended before the instance was ready",
		    child->name);
		stop(s, true);
		return;
	case RUNNING:
	case RENEWING:
		if (child->kind == CHILDREN_KEEPER ||
		    (with_keeper(child) && keeper_ends(s)))
			renew(s);
		else
			start_again(s, child);
		return;
	case STOPPING:
		step_stopping(s);
		return;
	}
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
	struct children_child *child;
	int status;
	pid_t pid;

	while ((pid = next_ended()) > 0) {
		(void)kill(-pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid)
			return;
		child = children_ended(&s->children, pid);
		if (!child)
			continue;
		if (!children_say_end(child, status, s->phase == STOPPING) &&
		    s->phase == STOPPING && child->kind == CHILDREN_KEEPER)
			s->failed = true;
		child_ended(s, child);
	}
}

/* Certificates were renewed, or the folder was moved. */
static void hang_up(struct super *s)
{
	struct instance_fault fault = {{0}};

	if (users_give_tls(&s->in, &fault))
		log_say(LOG_ERROR, "%s", fault.text);
	for (size_t i = 0; i < s->children.count; i++)
		if (s->children.all[i].kind == CHILDREN_NGINX &&
		    s->children.all[i].pid > 0)
			(void)kill(s->children.all[i].pid, SIGHUP);
	if (s->keeper.ready && s->phase == RUNNING)
		tell_endpoints(s);
}

static void signal_came(void *ctx, int number)
{
	struct super *s = ctx;

	if (number == SIGCHLD)
		reap(s);
	else if (number == SIGHUP)
		hang_up(s);
	else
		stop(s, false);
}

/* --- life --- */

static enum err prepare(struct super *s)
{
	enum children_kind missing = CHILDREN_KINDS;
	enum err e;

	children_list(&s->children, &s->in);
	for (size_t i = 0; i < s->children.count; i++) {
		s->held[i].s = s;
		s->held[i].child = &s->children.all[i];
		loop_timer_init(&s->held[i].timer, hold_over, &s->held[i]);
	}
	e = children_find(
	    &s->children, &s->in, s->options->libexec, &missing);
	if (e) {
		log_say(LOG_ERROR, "%s: the program is not there (%s)",
		    children_word(missing), s->children.program[missing]);
		return e;
	}
	e = nginx_install(&s->in);
	if (e) {
		log_say(LOG_ERROR, "run/nginx-*.conf: %s", err_text(e));
		return e;
	}
	return children_test_nginxes(&s->children, &s->in);
}

static void end_of_turn(void *ctx)
{
	struct super *s = ctx;

	line_flush(&s->keeper);
}

static enum err run(struct super *s)
{
	static const int signals[] = {
	    SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0};
	enum err e = loop_new(&s->clock, &s->loop);

	if (e)
		return e;
	loop_timer_init(&s->patience, patience_over, s);
	loop_at_end(s->loop, end_of_turn, s);
	line_init(&s->keeper, s->loop, &keeper_calls, s);
	e = loop_room(s->loop, TIMERS);
	if (!e)
		e = loop_signals(s->loop, signals, signal_came, s);
	if (!e)
		e = heard_open(&s->heard, s->loop, &s->in);
	if (!e)
		e = prepare(s);
	if (e)
		return e;
	if (start_all(s))
		stop(s, true);
	line_flush(&s->keeper);
	return loop_run(s->loop);
}

/* Sockets are bound and folders given: what is left needs little of root. */
static enum err give_up(
    const struct instance *in, struct instance_fault *fault)
{
	const struct confine_wish wish = {
	    .who = POWERS_SUPER, .unconfined = in->conf.unconfined};
	struct confine_fault why;
	enum err e = confine(&wish, &why);

	if (e)
		instance_say(fault, "%s", why.text);
	else if (in->conf.unconfined)
		log_say(LOG_ERROR, "alarm: unconfined = yes: for development "
		    "alone");
	if (SABOTAGE != 0)
		log_say(LOG_ERROR, SABOTAGE_WORDS, SABOTAGE);
	return e;
}

/* Who renews certificates finds super by its socket, before the loop is there
 * to hear: it waits for that, and ends nobody. */
static enum err hold_hangup(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	return sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? ERR_OK : ERR_IO;
}

int super_run(const struct super_options *options)
{
	struct super s = {.options = options, .clock = clock_system()};
	struct instance_fault fault = {{0}};
	enum err e = harden_process();

	s.started_ms = clock_boot_ms(&s.clock);
	(void)unsetenv("NGINX");
	if (!e)
		e = hold_hangup();
	if (!e)
		e = instance_open(options->dir, &s.in, &fault);
	if (!e)
		e = give_up(&s.in, &fault);
	if (e) {
		log_say(LOG_ERROR, "cannot start: %s",
		    fault.text[0] ? fault.text : err_text(e));
		return e == ERR_EXISTS ? EXIT_REFUSED : EXIT_FAILED;
	}
	log_init("super", s.in.conf.log_level);
	e = run(&s);
	line_close(&s.keeper);
	heard_close(&s.heard);
	loop_free(s.loop);
	instance_close(&s.in);
	return e || s.failed ? EXIT_FAILED : 0;
}
