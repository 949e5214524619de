/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "api/client.h"
#include "base/date.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/text.h"
#include "insurer/chunks.h"
#include "insurer/cmd.h"
#include "insurer/told.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "lang/option.h"

#define TYPE "application/ecluse-feed"
#define TRIES 8			/* in a row without a chunk taken */
#define WAIT_FIRST_MS 250u	/* doubled at each */
#define WORKING_MS 2000u	/* between looks at a chunk in work */
#define WORKING_A_MINUTE (60000u / WORKING_MS)
#define WAIT_MIN 60u		/* for chunks in work, in all */
#define WAIT_MIN_MOST 1440u
#define CHUNK_S 30		/* one chunk, answered */
#define CA_MOST 65536
#define NONSENSE N_("not an answer of a feed")

static const char help[] =
"Usage: ecluse-insurer send --url URL --amc AMC --key FEEDKEY.pem --to PIN\n"
"         [--ca FILE] [--once] [--wait MIN] [--json] FILE.feed\n"
"\n"
"Hands a feed that `ecluse-insurer feed` made to the platform, chunk by chunk,\n"
"over the network. Every answer is verified against the pinned service. After a\n"
"cut it asks how far the feed is and goes on from there. A feed that is\n"
"committed already is said to be so: sending it again does no harm.\n"
"\n"
"  --url URL    the staff plane, https://HOST:PORT\n"
"  --amc AMC    the mutuelle's number, 10 digits\n"
"  --key FILE   its feed key (Ed25519 or P-256, PEM)\n"
"  --to FILE    the pin file that the operator gave\n"
"  --ca FILE    the TLS authority of URL, if it is not the pin's\n"
"  --once       do not try again after a cut\n"
"  --wait MIN   how long to wait for a chunk that the platform says it works at,\n"
"               1 to 1440 minutes (60)\n"
"  --json       the report as one object\n"
"  --help       this text\n"
"\n"
"Exit status: 0 committed, 1 the feed or an answer is not to be believed, 2\n"
"wrong usage, 3 refused, 4 this AMC or key is not enrolled, 5 no answer, or still\n"
"in work after --wait: nothing is lost, send the same file again later.\n"
"\n"
"  $ ecluse-insurer send --url https://staff.example:8446 --amc 0099100001 \\\n"
"        --key feed.pem --to service.pin book.feed\n"
"  0099100001: committed: 35237 lines: 120 added, 31 changed, 35086 unchanged,\n"
"  4 dropped; 97 new persons\n";

struct run {
	struct amc amc;
	const char *url, *key, *to, *ca, *in;
	bool has_amc, once, json;
	struct pin pin;
	struct sign_private *sign;
	struct client *client;
	struct chunks chunks;
	char path[32];
	struct progress bar;
	unsigned failed;	/* tries in a row */
	unsigned wait_min;	/* for chunks in work */
	unsigned working;	/* looks at one, without a chunk taken */
	uint32_t furthest;	/* what was to come when that was 0 */
	bool forged;		/* the last answer is not our service's */
};

enum { OPTION_URL = 1, OPTION_AMC, OPTION_KEY, OPTION_TO, OPTION_CA,
	OPTION_ONCE, OPTION_WAIT, OPTION_JSON, OPTION_HELP };

static const struct option options[] = {
    {"url", required_argument, NULL, OPTION_URL},
    {"amc", required_argument, NULL, OPTION_AMC},
    {"key", required_argument, NULL, OPTION_KEY},
    {"to", required_argument, NULL, OPTION_TO},
    {"ca", required_argument, NULL, OPTION_CA},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool read_wait(struct run *r)
{
	uint64_t minutes;

	if (text_u64(span_str(optarg), WAIT_MIN_MOST, &minutes) ||
	    minutes == 0) {
		cmd_say("send", "--wait: 1 to 1440 minutes");
		return false;
	}
	r->wait_min = (unsigned)minutes;
	return true;
}

static bool read_option(struct run *r, int option)
{
	switch (option) {
	case OPTION_URL:
		r->url = optarg;
		return true;
	case OPTION_AMC:
		r->has_amc = true;
		return cmd_read_amc("send", optarg, &r->amc);
	case OPTION_KEY:
		r->key = optarg;
		return true;
	case OPTION_TO:
		r->to = optarg;
		return true;
	case OPTION_CA:
		r->ca = optarg;
		return true;
	case OPTION_ONCE:
		r->once = true;
		return true;
	case OPTION_WAIT:
		return read_wait(r);
	case OPTION_JSON:
		r->json = true;
		return true;
	default:
		return false;
	}
}

/* One exchange; the answer as JSON, NULL: none to be believed. */
static json_t *ask(struct run *r, bool get, int *ret_status)
{
	struct client_answer a;
	const char *words;
	json_t *o = NULL;
	enum client_fault fault = client_send(r->client, r->path,
	    get ? NULL : TYPE,
	    get ? span_of(NULL, 0) : buf_span(&r->chunks.chunk), &a, &words);

	*ret_status = 0;
	r->forged = fault == CLIENT_FORGED;
	if (fault == CLIENT_FINE) {
		*ret_status = a.status;
		o = json_loadb((const char *)a.body.p, a.body.n, 0, NULL);
	}
	/* what nobody signed may be nginx saying that nobody is there */
	if (!o)
		cmd_say("send", "%s", words[0] ? lang_text(words) : _(NONSENSE));
	client_answer_release(&a);
	return o;
}

static void rest(unsigned ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL);
}

/* May it be tried again? Waits before. */
static bool wait_a_little(struct run *r)
{
	unsigned ms = WAIT_FIRST_MS << (r->failed < 6 ? r->failed : 6);

	if (r->once || ++r->failed > TRIES)
		return false;
	rest(ms);
	return true;
}

/* It is at a chunk, says the platform, and may say so without an end. -1: look
 * again; else the exit code. */
static int wait_for_work(struct run *r)
{
	r->failed = 0;	/* no failure: it takes long */
	if (r->once || ++r->working > r->wait_min * WORKING_A_MINUTE) {
		cmd_say("send", "the platform still works at this feed. "
		    "Nothing is lost: send the same file again later, and it "
		    "goes on from there or says that it was taken. If it is no "
		    "further by then, call the operator");
		return CMD_OUTPUT;
	}
	rest(WORKING_MS);
	return -1;
}

static int given_up(const struct run *r)
{
	return r->forged ? CMD_FAULT : CMD_OUTPUT;
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *t = json_string_value(json_object_get(o, name));

	return t ? t : "";
}

static bool is_ours(const struct run *r, const json_t *o)
{
	char id[2 * FEED_CHUNK_ID + 1], made[DATE_STAMP_SIZE];

	text_hex(r->chunks.head.id, FEED_CHUNK_ID, id);
	date_format_stamp(r->chunks.head.made_ms, made);
	return strcmp(text_of(o, "id"), id) == 0 &&
	    strcmp(text_of(o, "made"), made) == 0;
}

static int refused(const json_t *o, int status)
{
	told_refusal(json_object_get(o, "error"));
	if (status == 401 || status == 404)
		return CMD_UNKNOWN;
	return status == 422 || status == 400 ? CMD_FAULT : CMD_REFUSED;
}

/* Signed, and yet no answer to this. */
static int nonsense(void)
{
	cmd_say("send", NONSENSE);
	return CMD_FAULT;
}

/* The feed was taken, if that is what this says. */
static int finish(const struct run *r, const json_t *report)
{
	if (!told_is_report(report) || !is_ours(r, report))
		return nonsense();
	told_report(report, r->json);
	return CMD_DONE;
}

/* Which chunk is to come; false: none that there could be. */
static bool next_of(const json_t *o, uint32_t *ret)
{
	const json_t *next = json_object_get(o, "next");
	json_int_t n = json_is_integer(next) ? json_integer_value(next) : -1;

	if (n < 0 || n >= UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* A chunk was taken; not again and again the same ones. */
static int took(struct run *r, const json_t *o, uint32_t *next)
{
	uint32_t sent = *next;

	if (!next_of(o, next) || *next <= sent)
		return nonsense();
	if (*next > r->furthest) {
		r->furthest = *next;
		r->failed = 0;
		r->working = 0;
	}
	progress_step(&r->bar, r->chunks.done);
	return -1;
}

/* -1: go on with *next; else the exit code. */
static int look_where(struct run *r, uint32_t *next)
{
	int status = 0, code = -1;
	json_t *o = ask(r, true, &status);
	const json_t *open = json_object_get(o, "open");
	const json_t *last = json_object_get(o, "last");

	if (!o || status >= 500) {
		code = wait_a_little(r) ? -1 : given_up(r);
	} else if (status != 200) {
		code = refused(o, status);
	} else if (is_ours(r, open) &&
	    strcmp(text_of(open, "state"), "working") == 0) {
		code = wait_for_work(r);
		*next = UINT32_MAX;	/* look again */
	} else if (is_ours(r, open)) {
		code = next_of(open, next) ? -1 : nonsense();
	} else if (is_ours(r, last) && json_object_get(last, "report")) {
		code = finish(r, json_object_get(last, "report"));
	} else {
		*next = 0;
	}
	json_decref(o);
	return code;
}

/* -1: *next is the next chunk, or UINT32_MAX to ask which. */
static int send_one(struct run *r, uint32_t *next)
{
	int status = 0, code = -1;
	json_t *o;

	if (chunks_read(&r->chunks, *next)) {
		cmd_say("send", "%s: the file is damaged "
		    "or ends before the feed does", r->in);
		return CMD_FAULT;
	}
	o = ask(r, false, &status);
	if (!o || status >= 500) {
		*next = UINT32_MAX;
		code = wait_a_little(r) ? -1 : given_up(r);
	} else if (status == 409 && strcmp(text_of(
	    json_object_get(o, "error"), "code"), "feed-order") == 0) {
		*next = UINT32_MAX;
		code = wait_a_little(r) ? -1 : CMD_REFUSED;
	} else if (status != 200) {
		code = refused(o, status);
	} else if (strcmp(text_of(o, "state"), "open") == 0) {
		code = took(r, o, next);
	} else {
		code = finish(r, o);
	}
	json_decref(o);
	return code;
}

static int send_all(struct run *r)
{
	struct clock clock = clock_system();
	uint32_t next = UINT32_MAX;
	int code = -1;

	if (chunks_read(&r->chunks, 0)) {
		cmd_say("send", "%s: not a feed: "
		    "ecluse-insurer feed makes them", r->in);
		return CMD_FAULT;
	}
	progress_start(
	    &r->bar, "sending", "bytes", r->chunks.size, &clock);
	while (code < 0)
		code = next == UINT32_MAX ? look_where(r, &next)
		                          : send_one(r, &next);
	progress_end(&r->bar);
	return code;
}

/* The pin's authority, or the file's in its place. */
static enum err load_pin(struct run *r)
{
	struct buf ca;
	enum err e = pin_load(r->to, &r->pin);

	if (e || !r->ca)
		return e;
	buf_init(&ca, CA_MOST);
	e = file_read(r->ca, &ca);
	if (e) {
		buf_release(&ca);
		return e;
	}
	buf_release(&r->pin.ca);
	r->pin.ca = ca;
	return ERR_OK;
}

static int open_all(struct run *r)
{
	struct client_options o = {.pin = &r->pin, .url = r->url,
	    .clock = clock_system(), .random = random_system(),
	    .timeout_s = CHUNK_S};
	enum err e = load_pin(r);

	if (e)
		return cmd_file_fault("send", r->ca ? r->ca : r->to, e);
	e = sign_private_load(r->key, &r->sign);
	if (e)
		return cmd_file_fault("send", r->key, e);
	o.key = r->sign;
	e = client_new(&o, &r->client);
	if (e) {
		cmd_say("send", "--url wants "
		    "https://HOST:PORT");
		return CMD_USAGE;
	}
	e = chunks_open(&r->chunks, r->in);
	if (e)
		return cmd_file_fault("send", r->in, e);
	(void)snprintf(r->path, sizeof(r->path), "/feed/%.10s", r->amc.text);
	return -1;
}

int cmd_send(int argc, char **argv)
{
	struct run r = {.wait_min = WAIT_MIN};
	int option, code;

	optind = 0;
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP) {
			help_print(help, stdout);
			return cmd_finish(CMD_DONE);
		}
		if (!read_option(&r, option))
			goto usage;
	}
	if (optind + 1 != argc || !r.has_amc || !r.url || !r.key || !r.to) {
		cmd_say("send", "expected --url, --amc, --key, "
		      "--to and one feed");
		goto usage;
	}
	r.in = argv[optind];
	code = open_all(&r);
	if (code < 0)
		code = send_all(&r);
	client_free(r.client);
	sign_private_free(r.sign);
	chunks_close(&r.chunks);
	pin_release(&r.pin);
	return cmd_finish(code);
usage:
	return cmd_try("send");
}
