/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/date.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "feed/trait_line.h"
#include "insurer/cmd.h"
#include "insurer/leave.h"
#include "insurer/namesake.h"
#include "insurer/parcel.h"
#include "insurer/report.h"
#include "insurer/since.h"
#include "insurer/source.h"
#include "insurer/whom.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "lang/option.h"

#define KIB 1024
#define PROGRESS_EVERY 64
#define FEED_READ 6	/* files that are read */

#define BAD_HEAD "line;faults;as it came\n"	/* --bad: a file, not words */

static const char help[] =
"Usage: ecluse-insurer feed --amc AMC --key FEEDKEY.pem --handle-key FILE\n"
"         (--to PIN | --sealing-key FILE) --in FILE.csv --out FILE.feed [OPTION…]\n"
"\n"
"Checks the mutuelle's file, line by line, and turns it into a feed: sealed to\n"
"the platform, signed by the mutuelle's feed key, its references encrypted with\n"
"the mutuelle's own handle key. `ecluse load` hands the feed over. docs/feed.md\n"
"is the manual of the file's columns.\n"
"\n"
"Every line is checked before anything is written. With one fault or more, all\n"
"are told (line, column, reason; the first 100 by name) and no file is made.\n"
"\n"
"  --amc AMC           the mutuelle's number, 10 digits\n"
"  --key FILE          its feed key (Ed25519 or P-256, PEM)\n"
"  --handle-key FILE   its handle key, made by `ecluse-insurer keygen`; keep it:\n"
"                      it alone turns handles back into references\n"
"  --to FILE           the pin file that the operator gave: whom to seal to\n"
"  --sealing-key FILE  or that key alone, 65 bytes in base64\n"
"  --in FILE           the mutuelle's file; read twice, never changed\n"
"  --out FILE          the feed; replaced if it is there\n"
"  --full              the whole book: who is not in it has no line any more\n"
"                      (usual)\n"
"  --delta             changed lines alone\n"
"  --since OLD.csv     what changed since this book, which the platform has: whose\n"
"                      lines differ is listed with all of them, who is not there\n"
"                      any more is said to be gone\n"
"  --effective DATE    the file is the state of this day (today)\n"
"  --keep-going        leave lines with faults out; whoever they mean stays as he\n"
"                      was. The platform does the same with faults that it alone\n"
"                      can see, and names the lines\n"
"  --bad FILE          where left-out lines go, as they came, with their faults;\n"
"                      for --keep-going. They stay at the mutuelle\n"
"  --most-bad N        no feed beyond N such lines, or N% of all (1%)\n"
"  --any-key           let NIR with a wrong key pass, and count them\n"
"  --json              the report as one object\n"
"  --help              this text\n"
"\n"
"Exit status: 0 written, 1 the file has faults, 2 wrong usage, 5 the system\n"
"refused.\n"
"\n"
"  $ ecluse-insurer feed --amc 0099100001 --key feed.pem --handle-key \\\n"
"        handle.key --to service.pin --in book.csv --out book.feed\n"
"  book.csv: 35237 lines of 0099100001, full, state of 2026-11-23\n"
"  book.feed: 68 chunks, 8861034 bytes, feed 3f84e648967f5131\n";

struct run {
	struct amc amc;
	const char *key, *handle_key, *to, *sealing_key, *in, *out;
	struct since since;
	bool comparing;		/* this reading is for run.since */
	bool has_amc, dated, delta, json, keep_going;
	const char *bad_path;
	uint32_t most_bad;	/* lines, or percent */
	bool most_is_lines;
	struct outfile bad;	/* while the file is first read */
	int32_t day;
	struct member_rules rules;
	struct clock clock;
	/* opened */
	struct sign_private *sign;
	struct handle_key handles;
	uint8_t sealing[HPKE_PUBLIC];
	struct report report;
	struct namesakes namesakes;
	uint32_t last_line;	/* where reading stopped */
};

enum {
	OPTION_AMC = 1, OPTION_KEY, OPTION_HANDLE_KEY, OPTION_TO,
	OPTION_SEALING_KEY, OPTION_IN, OPTION_OUT, OPTION_FULL,
	OPTION_DELTA, OPTION_KEEP_GOING, OPTION_BAD, OPTION_MOST_BAD,
	OPTION_EFFECTIVE, OPTION_SINCE, OPTION_ANY_KEY, OPTION_JSON,
	OPTION_HELP
};

static const struct option options[] = {
    {"amc", required_argument, NULL, OPTION_AMC},
    {"key", required_argument, NULL, OPTION_KEY},
    {"handle-key", required_argument, NULL, OPTION_HANDLE_KEY},
    {"to", required_argument, NULL, OPTION_TO},
    {"sealing-key", required_argument, NULL, OPTION_SEALING_KEY},
    {"in", required_argument, NULL, OPTION_IN},
    {"out", required_argument, NULL, OPTION_OUT},
    {"full", no_argument, NULL, OPTION_FULL},
    {"delta", no_argument, NULL, OPTION_DELTA},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"effective", required_argument, NULL, OPTION_EFFECTIVE},
    {"keep-going", no_argument, NULL, OPTION_KEEP_GOING},
    {"bad", required_argument, NULL, OPTION_BAD},
    {"most-bad", required_argument, NULL, OPTION_MOST_BAD},
    {"any-key", no_argument, NULL, OPTION_ANY_KEY},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool read_day(struct run *run)
{
	run->dated = true;
	if (date_parse(span_str(optarg), &run->day) == ERR_OK)
		return true;
	cmd_say("feed", "--effective wants a day like "
	      "2026-11-23");
	return false;
}

/* "20" lines, "2%" of them. */
static bool read_most(struct run *run)
{
	struct span text = span_str(optarg);
	uint64_t n = 0;

	run->most_is_lines = text.n == 0 || text.p[text.n - 1] != '%';
	if (!run->most_is_lines)
		text.n--;
	if (text_u64(text, run->most_is_lines ? UINT32_MAX : 100, &n) ==
	    ERR_OK) {
		run->most_bad = (uint32_t)n;
		return true;
	}
	cmd_say("feed", "--most-bad wants a number of lines, or "
	      "a share like 2%%");
	return false;
}

static bool read_option(struct run *run, int option)
{
	const char **names[] = {
	    [OPTION_KEY] = &run->key, [OPTION_HANDLE_KEY] = &run->handle_key,
	    [OPTION_TO] = &run->to, [OPTION_SEALING_KEY] = &run->sealing_key,
	    [OPTION_IN] = &run->in, [OPTION_OUT] = &run->out,
	    [OPTION_BAD] = &run->bad_path, [OPTION_SINCE] = &run->since.path};

	switch (option) {
	case OPTION_AMC:
		run->has_amc = true;
		return cmd_read_amc("feed", optarg, &run->amc);
	case OPTION_KEY:
	case OPTION_HANDLE_KEY:
	case OPTION_TO:
	case OPTION_SEALING_KEY:
	case OPTION_IN:
	case OPTION_OUT:
	case OPTION_BAD:
	case OPTION_SINCE:
		*names[option] = optarg;
		return true;
	case OPTION_FULL:
	case OPTION_DELTA:
		run->delta = option == OPTION_DELTA;
		return true;
	case OPTION_EFFECTIVE:
		return read_day(run);
	case OPTION_KEEP_GOING:
		run->keep_going = true;
		return true;
	case OPTION_MOST_BAD:
		return read_most(run);
	case OPTION_ANY_KEY:
		run->rules.any_key = true;
		return true;
	case OPTION_JSON:
		run->json = true;
		return true;
	default:
		return false;
	}
}

static int load_keys(struct run *run)
{
	enum err e = sign_private_load(run->key, &run->sign);

	if (e)
		return cmd_file_fault("feed", run->key, e);
	e = handle_load(run->handle_key, &run->amc, &run->handles);
	if (e)
		return cmd_file_fault("feed", run->handle_key, e);
	e = run->to ? whom_of_pin(run->to, run->sealing)
	            : whom_of_key(run->sealing_key, run->sealing);
	return e ? cmd_file_fault(
	               "feed", run->to ? run->to : run->sealing_key, e)
	         : CMD_DONE;
}

/* What one reading of the file does with each packed line. */
struct sink {
	struct hash_stream *hash;
	struct parcel *parcel;		/* NULL: the first reading */
	struct buf packed;
};

static const struct member *without_nir(
    const struct member *m, struct member *ret)
{
	*ret = *m;
	ret->has_nir = false;
	return ret;
}

static enum err put_bytes(void *ctx, struct span packed)
{
	struct sink *sink = ctx;

	hash_stream_put(sink->hash, packed);
	return sink->parcel ? parcel_put(sink->parcel, packed) : ERR_OK;
}

static enum err put_packed(struct sink *sink)
{
	return put_bytes(sink, buf_span(&sink->packed));
}

/* A line left out, to the file that stays here: its number, its faults, and
 * itself as it came. */
static void keep_bad(struct run *run, const struct source *s,
    const struct member_faults *faults)
{
	FILE *f = run->bad.f;

	if (!f)
		return;
	(void)fprintf(f, "%u;", source_line(s));
	for (size_t i = 0; i < faults->count; i++)
		(void)fprintf(f, "%s%s:%s", i ? "," : "",
		    fault_column_name(faults->list[i].column),
		    fault_reason_name(faults->list[i].reason));
	(void)fprintf(f, ";%.*s\n", (int)s->text_n, s->text);
}

static enum err put_stays(struct run *run, struct sink *sink,
    const struct member *m, const struct member_faults *faults,
    uint32_t number)
{
	enum err e;

	if (!member_has_ref(faults))
		return ERR_OK;
	if (run->comparing)
		return since_line(&run->since, number, m, true, &run->handles,
		    &sink->packed);
	buf_clear(&sink->packed);
	e = parcel_pack_bare(FEED_TRAITS_STAYS, m->ref, number, &run->handles, &sink->packed);
	return e ? e : put_packed(sink);
}

static enum err put_member(struct run *run, struct sink *sink,
    const struct member *m, uint32_t number)
{
	struct member bare;
	enum err e;

	e = namesakes_note(&run->namesakes, m);
	if (e)
		return e;
	if (namesakes_has(&run->namesakes, m))
		m = without_nir(m, &bare);
	if (run->comparing)
		return since_line(&run->since, number, m, false,
		    &run->handles, &sink->packed);
	if (!since_wants(&run->since, number))
		return ERR_OK;
	buf_clear(&sink->packed);
	e = parcel_pack(m, number, &run->handles, &sink->packed);
	if (e)
		return e;
	e = put_packed(sink);
	if (!e && !sink->parcel)
		report_passed(&run->report, m);
	return e;
}

static void show(const struct sink *sink, const struct source *s,
    struct progress *bar)
{
	if (s->lines.number % PROGRESS_EVERY == 0)
		progress_step(bar, sink->parcel ? sink->parcel->lines
		                                : source_bytes(s) / KIB);
}

/* A line that was read, whole or with faults. */
static enum err take_line(struct run *run, struct sink *sink, enum err e,
    const struct member *m, const struct member_faults *faults,
    const struct source *s)
{
	uint32_t number = source_line(s);

	if (e && run->keep_going) {
		if (!sink->parcel) {
			run->report.lines++;
			report_faults(&run->report, number, faults);
			keep_bad(run, s, faults);
		}
		return put_stays(run, sink, m, faults, number);
	}
	if (sink->parcel)	/* it was whole at the first reading */
		return e ? ERR_CORRUPT : put_member(run, sink, m, number);
	run->report.lines++;
	if (!e)
		return put_member(run, sink, m, number);
	report_faults(&run->report, number, faults);
	return ERR_OK;
}

/* ERR_OK when the end was reached; faults are in the report. */
static enum err read_lines(struct run *run, struct sink *sink,
    struct source *s, struct progress *bar)
{
	struct member_faults faults;
	struct member m;
	enum err e = ERR_OK;

	while (!e) {
		e = source_next(s, &m, &faults);
		if (e && e != ERR_SHAPE)
			break;
		e = take_line(run, sink, e, &m, &faults, s);
		show(sink, s, bar);
	}
	run->report.empty = s->empty;
	run->last_line = source_line(s);
	secret_wipe(&m, sizeof(m));
	return e == ERR_CLOSED ? ERR_OK : e;
}

/* One reading; out gets the hash of the packed lines. */
static enum err read_file(struct run *run, struct parcel *parcel,
    uint64_t total, uint8_t out[static HASH_SIZE])
{
	struct head_fault faults[HEAD_FAULTS];
	struct sink sink = {.hash = hash_stream_new(), .parcel = parcel};
	struct progress bar;
	struct source s;
	size_t count = 0;
	enum err e = sink.hash ? source_open(&s, run->in, &run->rules, faults,
	                             &count)
	                       : ERR_NOMEM;

	if (e) {
		report_head(&run->report, faults, count);
		hash_stream_free(sink.hash);
		return e == ERR_SHAPE && !parcel ? ERR_OK : e;
	}
	buf_init(&sink.packed, FEED_TRAITS_PACKED_MAX);
	progress_start(&bar, parcel ? "sealing" : "checking",
	    parcel ? "lines" : "KiB", total, &run->clock);
	e = read_lines(run, &sink, &s, &bar);
	if (!e && run->since.settled)
		e = since_gone(&run->since, &run->rules, &run->handles,
		    put_bytes, &sink);
	progress_end(&bar);
	hash_stream_end(sink.hash, out);
	hash_stream_free(sink.hash);
	source_close(&s);
	if (sink.packed.p)
		secret_wipe(sink.packed.p, sink.packed.cap);
	buf_release(&sink.packed);
	return e;
}

static enum err write_feed(struct run *run)
{
	struct feed_chunk_head *head = &run->report.head;
	uint8_t again[HASH_SIZE];
	struct parcel p;
	enum err e;

	memcpy(head->amc, run->amc.text, sizeof(head->amc));
	head->keep_going = run->keep_going;
	head->kind = run->since.path ? FEED_CHUNK_CHANGES : run->delta ? FEED_CHUNK_DELTA : FEED_CHUNK_FULL;
	head->made_ms = clock_wall_ms(&run->clock);
	head->effective_day = run->dated ? run->day :
	    date_of_ms(head->made_ms + lang_zone_ms(head->made_ms));
	e = parcel_open(&p, run->out, head, run->sealing, run->sign);
	if (!e)
		e = read_file(run, &p, run->report.lines, again);
	if (!e && memcmp(again, head->id, sizeof(again)) != 0)
		e = ERR_CORRUPT;
	if (!e)
		e = parcel_close(&p);
	if (e) {
		parcel_abandon(&p);
		return e;
	}
	run->report.chunks = p.head.number;
	run->report.bytes = p.bytes;
	return ERR_OK;
}

static int fail(const struct run *run, enum err e)
{
	if (e == ERR_STATE)	/* asked to end: the signal says it */
		return CMD_FAULT;
	if (e == ERR_CORRUPT) {
		cmd_say("feed", "%s: changed while it "
		    "was read; nothing was written", run->in);
		return CMD_FAULT;
	}
	if (e == ERR_UNKNOWN)
		return cmd_file_fault("feed", run->in, e);
	cmd_say("feed", "%s:%u to %s: %s", run->in,
	    run->last_line, run->out, cmd_why(e));
	return e == ERR_IO || e == ERR_NOMEM ? CMD_OUTPUT : CMD_FAULT;
}

static bool too_many(const struct run *run)
{
	const struct report *r = &run->report;

	return run->most_is_lines ? r->faulty > run->most_bad :
	    r->faulty * 100 > r->lines * run->most_bad;
}

/* Both books, line by line. */
static enum err compare_books(struct run *run, uint64_t kib)
{
	uint8_t ignored[HASH_SIZE];
	enum err e = since_begin(&run->since, &run->rules, &run->handles);

	if (e == ERR_UNKNOWN || e == ERR_SHAPE) {
		run->last_line = 1;
		run->in = run->since.path;
	}
	run->comparing = true;
	if (!e)
		e = read_file(run, NULL, kib, ignored);
	run->comparing = false;
	return e ? e : since_settle(&run->since);
}

/*
 * The first reading: faults, and the feed's id. When it found that members
 * share a NIR, the packed lines change, and so it reads once more for the id.
 */
static enum err check_file(struct run *run, uint64_t kib)
{
	struct report before;
	enum err e = ERR_OK;

	if (run->bad_path)
		e = outfile_open(&run->bad, run->bad_path, 0600);
	if (run->bad.f && !e)
		(void)fputs(BAD_HEAD, run->bad.f);
	if (!e)
		e = read_file(run, NULL, kib, run->report.head.id);
	if (run->bad.f && (e || run->report.faulty == 0))
		outfile_abandon(&run->bad);
	else if (run->bad.f)
		e = outfile_commit(&run->bad, true);
	run->bad.f = NULL;
	run->report.over = run->keep_going && too_many(run);
	if (e || report_stops(&run->report))
		return e;
	before = run->report;
	before.namesakes = namesakes_settle(&run->namesakes);
	if (run->since.path)
		e = compare_books(run, kib);
	if (!e && (before.namesakes > 0 || run->since.path))
		e = read_file(run, NULL, kib, before.head.id);
	run->report = before;
	run->report.since = run->since.path ? &run->since.counts : NULL;
	return e;
}

static int make_feed(struct run *run)
{
	struct stat st;
	enum err e;

	if (stat(run->in, &st) != 0)
		return cmd_file_fault("feed", run->in,
		    errno == ENOENT ? ERR_UNKNOWN : ERR_IO);
	if (!S_ISREG(st.st_mode)) {
		cmd_say("feed", "%s: not a file; it is "
		    "read twice", run->in);
		return CMD_USAGE;
	}
	e = check_file(run, (uint64_t)st.st_size / KIB);
	if (!e && run->report.faults == 0 && run->report.lines == 0) {
		cmd_say("feed", "%s: no line behind the "
		    "head", run->in);
		return CMD_FAULT;
	}
	if (!e && !report_stops(&run->report) && !report_is_idle(&run->report))
		e = write_feed(run);
	if (e)
		return fail(run, e);
	report_tell(&run->report);
	return report_stops(&run->report) ? CMD_FAULT : CMD_DONE;
}

static int check_names(const struct run *run)
{
	const char *const read[FEED_READ] = {run->in, run->since.path, run->key,
	    run->handle_key, run->to, run->sealing_key};

	if (cmd_would_lose("feed", run->out, read, FEED_READ) ||
	    cmd_would_lose("feed", run->bad_path, read, FEED_READ))
		return CMD_USAGE;
	if (!run->bad_path || strcmp(run->bad_path, run->out) != 0)
		return CMD_DONE;
	cmd_say("feed", "--bad and --out name one file");
	return CMD_USAGE;
}

static int run_feed(struct run *run)
{
	int status = check_names(run);
	sigset_t before;

	if (status == CMD_DONE)
		status = load_keys(run);

	leave_hold(&before);
	run->report.in = run->in;
	run->report.out = run->out;
	run->report.json = run->json;
	run->report.bad = run->keep_going ? run->bad_path : NULL;
	if (status == CMD_DONE)
		status = make_feed(run);
	sign_private_free(run->sign);
	handle_wipe(&run->handles);
	namesakes_release(&run->namesakes);
	since_release(&run->since);
	leave_let(&before);
	return cmd_finish(status);
}

static bool is_complete(const struct run *run)
{
	return run->has_amc && run->key && run->handle_key && run->in &&
	    run->out && !(run->since.path && run->delta) && !run->to != !run->sealing_key &&
	    run->keep_going == (run->bad_path != NULL);
}

int cmd_feed(int argc, char **argv)
{
	static struct run run;
	int option;

	run = (struct run){.clock = clock_system(), .most_bad = 1};
	optind = 0;
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP) {
			help_print(help, stdout);
			return cmd_finish(CMD_DONE);
		}
		if (!read_option(&run, option))
			goto usage;
	}
	if (optind == argc && is_complete(&run))
		return run_feed(&run);
	cmd_say("feed", "expected --amc, --key, --handle-key, --in, "
	      "--out and one of --to, --sealing-key; --bad with --keep-going; --since "
	      "without --delta");
usage:
	return cmd_try("feed");
}
