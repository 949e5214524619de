/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands between the keeper and the real vault, as `ecluse-vault`: passes
 * everything on, but for one lie. DIR/lie says which; never installed. The real
 * one is beside this program, as ecluse-vault.true. A keeper that asks more
 * than it writes looks to the vault just like this.
 *
 *   swap    every second person that is named is the one named before
 *   old     whoever was answered before is answered so again, whatever a feed
 *           says since: an old row
 *   probe   every question of the keeper is asked three times over, the
 *           answers to the other two kept
 *   copied  says twice that its store is copied
 *   long    every answer is as long as one may be
 *   between vault 0's first answer opens a list in which the next line of the
 *           bundle is hidden, with another in its place; its second closes it
 *   own     every answer has an extension of its own, as the keeper adds one
 *   covers  every text says covered, and to the keeper the vault says it of
 *           nobody: rights without a promise
 *   hides   every text says that nobody is covered, as the vault says it to the
 *           keeper, and tells the level all the same
 *   sooner  to the keeper every cover needs prior authorisation, and no text
 *           says so: a promise that is not the text's
 *   rights  every text says rights, whatever was asked
 *   more    every text says another level than the vault says to the keeper
 *   others  vault 0 says in vault/0/asked what it was asked, and no more; the
 *           other says in vault/1/asked that it was asked something, and
 *           answers, when its number stands in DIR/asked, that question with
 *           what it was asked itself: no answer comes without a question
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>
#include "base/log.h"
#include "msg/chan.h"
#include "msg/rights.h"

#define QUEUE (64u << 20)
#define OURS (UINT64_C(1) << 62)	/* in the ref of what we ask */

static struct chan *keeper, *vault;
static char lie[16];
static const char *dir;		/* the instance's */
static bool first;		/* are we vault 0? */
static uint64_t before;
static unsigned named;

/* What was answered about the first persons asked about, and who is meant. */
#define ROWS 64
#define PENDING 1024	/* places of the keeper's questions, more than it has */
static struct old_row {
	uint64_t number;
	struct buf done;
} rows[ROWS];
static struct { uint64_t ref, number; } asked[PENDING];
static unsigned row_count, asked_next;

static void must(enum err e)
{
	if (e == ERR_CLOSED)
		_exit(0);
	if (e) {
		log_say(LOG_ERROR, "%s", err_text(e));
		_exit(70);
	}
}

static void read_lie(void)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/lie", dir);
	f = fopen(path, "re");
	if (f && !fgets(lie, sizeof(lie), f))
		lie[0] = '\0';
	if (f)
		(void)fclose(f);
}

static void start_true(const char *self, char **argv)
{
	char program[4096];
	int pair[2];

	(void)snprintf(program, sizeof(program), "%s.true", self);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		_exit(71);
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (dup2(pair[1], 3) != 3)
			_exit(72);
		(void)close(pair[0]);
		(void)close(pair[1]);
		(void)execv(program, argv);
		_exit(73);
	}
	(void)close(pair[1]);
	must(chan_new(pair[0], MSG_KEEPER, MSG_VAULT, QUEUE, &vault));
}

static void write_asked(uint64_t ref)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/vault/%d/asked", dir,
	    first ? 0 : 1);
	f = fopen(path, "we");
	must(f ? ERR_OK : ERR_IO);
	(void)fprintf(f, "%llu\n", (unsigned long long)ref);
	(void)fclose(f);
}

/* As soon as it is told. */
static uint64_t read_asked(void)
{
	char path[4096], text[32] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/asked", dir);
	while (!(f = fopen(path, "re")))
		(void)poll(NULL, 0, 10);
	must(fgets(text, sizeof(text), f) ? ERR_OK : ERR_IO);
	(void)fclose(f);
	return strtoull(text, NULL, 10);
}

static void say_resolved(uint64_t ref)
{
	struct rights_resolved r = {.number = 7};
	struct buf out;

	buf_init(&out, 64);
	rights_resolved_pack(&r, &out);
	must(chan_put(keeper, MSG_RESOLVED, ref, buf_span(&out)));
	buf_release(&out);
}

static void say_done(uint64_t ref)
{
	static const char body[] =
	    "{\"resourceType\":\"CoverageEligibilityResponse\"";
	struct rights_done d = {.state = RIGHTS_COVERED,
	    .level = span_str("BR500"), .body = span_str(body)};
	struct buf out;

	buf_init(&out, 512);
	rights_done_pack(&d, &out);
	must(chan_put(keeper, MSG_DONE, ref, buf_span(&out)));
	buf_release(&out);
}

/* Is it kept from the vault? The first question is answered at once, so that
 * the other vault is asked on before the second one's comes. */
static bool for_others(const struct msg *m)
{
	if (strcmp(lie, "others") != 0 ||
	    (m->type != MSG_RESOLVE && m->type != MSG_DO))
		return false;
	if (first && m->type == MSG_RESOLVE) {
		write_asked(m->ref);
	} else if (!first && m->type == MSG_DO) {
		say_done(read_asked());
	} else if (!first && named++ == 0) {
		write_asked(m->ref);
		say_resolved(read_asked());
	} else {
		return false;
	}
	return true;
}

static void remember_asked(const struct msg *m)
{
	struct rights_do q;

	must(rights_do_unpack(m->body, &q));
	asked[asked_next % PENDING].ref = m->ref;
	asked[asked_next++ % PENDING].number = q.number;
}

static uint64_t number_of(uint64_t ref)
{
	for (unsigned i = 0; i < PENDING; i++)
		if (asked[i].ref == ref)
			return asked[i].number;
	return 0;
}

/* The answer of before, or this one, which is kept. */
static struct span old_answer(const struct msg *m)
{
	uint64_t number = number_of(m->ref);
	struct old_row *r = rows;

	while (r < rows + row_count && r->number != number)
		r++;
	if (r == rows + ROWS || !number)
		return m->body;
	if (r == rows + row_count) {
		row_count++;
		r->number = number;
		buf_init(&r->done, LIMIT_BODY + 256);
		buf_put_span(&r->done, m->body);
	}
	return buf_span(&r->done);
}

static void to_vault(const struct msg *m)
{
	if (for_others(m))
		return;
	if (m->type == MSG_DO && strcmp(lie, "old") == 0)
		remember_asked(m);
	must(chan_put(vault, m->type, m->ref, m->body));
	if (m->type != MSG_RESOLVE || strcmp(lie, "probe") != 0)
		return;
	must(chan_put(vault, m->type, OURS, m->body));
	must(chan_put(vault, m->type, OURS, m->body));
}

static void lengthen(const struct msg *m)
{
	static uint8_t text[LIMIT_BODY - 256];
	struct rights_done d;
	struct buf out;

	must(rights_done_unpack(m->body, &d));
	memset(text, ' ', sizeof(text));
	memcpy(text, d.body.p, d.body.n);
	d.body = span_of(text, sizeof(text));
	buf_init(&out, LIMIT_BODY + 256);
	rights_done_pack(&d, &out);
	must(chan_put(keeper, m->type, m->ref, buf_span(&out)));
	buf_release(&out);
}

/* The keeper writes around each text: {"resource":TEXT,"extension":...},
 * "response":...} and a comma to the next. */
static void say_between(const struct msg *m)
{
	static const char opens[] = "},\"response\":{\"status\":\"200\"}},"
	    "{\"resource\":{\"resourceType\":"
	    "\"CoverageEligibilityResponse\"},\"response\":{\"status\":"
	    "\"200\"},\"x\":[{\"resource\":{\"y\":1";
	static const char closes[] =
	    "{\"z\":1},\"response\":1}]},{\"resource\":";
	static unsigned said;
	struct rights_done d;
	struct buf text, out;

	must(rights_done_unpack(m->body, &d));
	buf_init(&text, LIMIT_BODY);
	buf_init(&out, LIMIT_BODY + 256);
	if (said % 2)
		buf_text(&text, closes);
	buf_put_span(&text, d.body);
	if (said++ % 2 == 0)
		buf_text(&text, opens);
	d.body = buf_span(&text);
	rights_done_pack(&d, &out);
	must(text.err ? text.err : out.err);
	must(chan_put(keeper, m->type, m->ref, buf_span(&out)));
	buf_release(&text);
	buf_release(&out);
}

/* Wherever old stands it becomes what is as long. */
static void turn(struct buf *text, const char *old, const char *to)
{
	uint8_t *at;

	while ((at = memmem(text->p, text->n, old, strlen(old))))
		memcpy(at, to, strlen(to));
}

static void say_rights(struct buf *text)
{
	buf_text(text, "{\"resourceType\":\"CoverageEligibilityResponse\","
	    "\"insurance\":[{\"extension\":[{\"url\":\"https://"
	    "ecluse.example/fhir/StructureDefinition/answer-state\","
	    "\"valueCode\":\"covered\"}],\"item\":[{\"benefit\":[{"
	    "\"allowedString\":\"BR500\"}]}]}]");
}

/* Is it one of those of say_beside? */
static bool is_beside(void)
{
	static const char *const lies[] = {
	    "own", "covers", "more", "hides", "sooner", "rights"};
	bool is = false;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		is |= strcmp(lie, lies[i]) == 0;
	return is;
}

/* The text says what it said, and something else is said beside it. */
static void say_beside(const struct msg *m)
{
	static const char extension[] = ",\"extension\":[{\"url\":\"https://"
	    "ecluse.example/fhir/StructureDefinition/promise\","
	    "\"valueString\":\"another's\"}]";
	struct rights_done d;
	struct buf text, out;

	must(rights_done_unpack(m->body, &d));
	buf_init(&text, LIMIT_BODY);
	buf_init(&out, LIMIT_BODY + 256);
	if (strcmp(lie, "rights") != 0)
		buf_put_span(&text, d.body);
	else
		say_rights(&text);
	if (strcmp(lie, "own") == 0)
		buf_text(&text, extension);
	else if (strcmp(lie, "more") == 0)
		d.level = span_str("BR500");
	else if (strcmp(lie, "sooner") == 0)
		d.authorization = 1;
	else if (strcmp(lie, "rights") != 0)
		d.state = RIGHTS_NOT_COVERED;
	if (strcmp(lie, "hides") == 0)
		turn(&text, "\"covered\"", "\"closed\" ");
	if (strcmp(lie, "sooner") == 0)
		turn(&text, "Required\":true", "Required\":null");
	d.body = buf_span(&text);
	rights_done_pack(&d, &out);
	must(text.err ? text.err : out.err);
	must(chan_put(keeper, m->type, m->ref, buf_span(&out)));
	buf_release(&text);
	buf_release(&out);
}

/* Past the channel, which says nothing twice. */
static void say_again(const struct msg *m)
{
	struct buf out;
	size_t begun;

	must(chan_put(keeper, m->type, m->ref, m->body));
	must(chan_flush(keeper));
	buf_init(&out, LIMIT_DATAGRAM);
	begun = msg_begin(&out, m->type, m->ref);
	buf_put_span(&out, m->body);
	msg_end(&out, begun);
	must(out.err);
	(void)!send(3, out.p, out.n, 0);
	buf_release(&out);
}

static void to_keeper(const struct msg *m)
{
	struct rights_resolved r;
	struct buf out;

	if (m->ref == OURS)
		return;
	if (m->type == MSG_DONE && strcmp(lie, "long") == 0) {
		lengthen(m);
		return;
	}
	if (m->type == MSG_DONE && first && strcmp(lie, "between") == 0) {
		say_between(m);
		return;
	}
	if (m->type == MSG_DONE && is_beside()) {
		say_beside(m);
		return;
	}
	if (m->type == MSG_DONE && strcmp(lie, "old") == 0) {
		must(chan_put(keeper, m->type, m->ref, old_answer(m)));
		return;
	}
	if (m->type == MSG_COPIED && strcmp(lie, "copied") == 0)
		say_again(m);
	if (m->type != MSG_RESOLVED || strcmp(lie, "swap") != 0) {
		must(chan_put(keeper, m->type, m->ref, m->body));
		return;
	}
	must(rights_resolved_unpack(m->body, &r));
	if (r.number && ++named % 2 == 0) {
		r.number = before;
	} else if (r.number) {
		before = r.number;
	}
	buf_init(&out, 64);
	rights_resolved_pack(&r, &out);
	must(chan_put(keeper, m->type, m->ref, buf_span(&out)));
	buf_release(&out);
}

/* The keeper numbers its questions by place and turn (keeper/slot.c). */
static void pass(struct chan *from, void (*to)(const struct msg *m))
{
	struct msg m;
	enum err e;

	while (!(e = chan_get(from, &m)))
		to(&m);
	if (e != ERR_STATE)
		must(e);
	must(chan_flush(keeper));
	must(chan_flush(vault));
}

int main(int argc, char **argv)
{
	char self[4096] = "";

	log_init("lying-vault", LOG_INFO);
	if (argc < 4 || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 2;
	first = strcmp(argv[2], "0") == 0;
	dir = argv[argc - 1];
	read_lie();
	(void)signal(SIGTERM, SIG_DFL);
	start_true(self, argv);
	must(chan_new(3, MSG_VAULT, MSG_KEEPER, QUEUE, &keeper));
	for (;;) {
		struct pollfd p[2] = {{.fd = 3, .events = POLLIN},
		    {.fd = chan_fd(vault), .events = POLLIN}};

		(void)poll(p, 2, 100);	/* what waits goes on, too */
		pass(keeper, to_vault);
		pass(vault, to_keeper);
	}
}
