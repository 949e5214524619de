/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/outfile.h"
#include "base/text.h"
#include "feed/contract_file.h"
#include "insurer/cmd.h"
#include "lang/help.h"
#include "lang/option.h"

#define DAY_MS INT64_C(86400000)
#define DAYS_MOST 366
#define TEXT_MOST 65536

static const char help[] =
"Usage: ecluse-insurer contract --amc AMC --key FEEDKEY.pem --in FILE.contract\n"
"         --out FILE [--days N]\n"
"\n"
"Signs a contract of the mutuelle, so that the platform can price by it: a text\n"
"as docs/contracts.md describes it (`ecluse contract check` reads it), under the\n"
"code that the feed's lines have in their contract column. `ecluse load\n"
"--contracts` hands it over.\n"
"\n"
"A version counts from its own `from` day on, until a later one begins. Signed\n"
"again with the same `from`, the newer file replaces the older.\n"
"\n"
"  --amc AMC    the mutuelle's number, 10 digits\n"
"  --key FILE   its feed key (Ed25519 or P-256, PEM)\n"
"  --in FILE    the contract\n"
"  --out FILE   the signed file; replaced if it is there\n"
"  --days N     how long the file is taken, from now (30)\n"
"  --help       this text\n"
"\n"
"Exit status: 0 written, 1 not a text that can be signed, 2 wrong usage, 5 the\n"
"system refused.\n"
"\n"
"  $ ecluse-insurer contract --amc 0099100001 --key feed.pem --in c --out c.signed\n";

struct run {
	struct amc amc;
	bool has_amc;
	const char *key, *in, *out;
	uint64_t days;
};

enum { OPTION_AMC = 1, OPTION_KEY, OPTION_IN, OPTION_OUT, OPTION_DAYS,
	OPTION_HELP };

static const struct option options[] = {
    {"amc", required_argument, NULL, OPTION_AMC},
    {"key", required_argument, NULL, OPTION_KEY},
    {"in", required_argument, NULL, OPTION_IN},
    {"out", required_argument, NULL, OPTION_OUT},
    {"days", required_argument, NULL, OPTION_DAYS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool read_option(struct run *r, int option)
{
	switch (option) {
	case OPTION_AMC:
		r->has_amc = true;
		return cmd_read_amc("contract", optarg, &r->amc);
	case OPTION_KEY: r->key = optarg; return true;
	case OPTION_IN: r->in = optarg; return true;
	case OPTION_OUT: r->out = optarg; return true;
	case OPTION_DAYS:
		if (!text_u64(span_str(optarg), DAYS_MOST, &r->days) &&
		    r->days > 0)
			return true;
		cmd_say("contract", "--days wants a number from 1 to %d",
		    DAYS_MOST);
		return false;
	default:
		return false;
	}
}

static int put(const struct run *r, struct span file)
{
	struct outfile out;
	enum err e = outfile_open(&out, r->out, 0644);

	if (e)
		return cmd_out_fault("contract", r->out, e);
	if (fwrite(file.p, 1, file.n, out.f) != file.n) {
		outfile_abandon(&out);
		return cmd_out_fault("contract", r->out, ERR_IO);
	}
	e = outfile_commit(&out, true);
	return e ? cmd_out_fault("contract", r->out, e) : CMD_DONE;
}

static int sign(const struct run *r, struct span text)
{
	struct clock clock = clock_system();
	struct contract_file c = {.text = text};
	struct sign_private *key = NULL;
	struct buf out;
	enum err e = sign_private_load(r->key, &key);
	int code;

	if (e)
		return cmd_file_fault("contract", r->key, e);
	memcpy(c.amc, r->amc.text, CONTRACT_FILE_AMC);
	c.made_ms = clock_wall_ms(&clock);
	c.until_ms = c.made_ms + (int64_t)r->days * DAY_MS;
	buf_init(&out, LIMIT_CONTRACT_FILE);
	e = contract_file_pack(&c, key, &out);
	if (e) {
		cmd_say("contract", "%s: cannot be signed: %s", r->in,
		    cmd_why(e));
		code = CMD_FAULT;
	} else {
		code = put(r, buf_span(&out));
	}
	buf_release(&out);
	sign_private_free(key);
	return code;
}

int cmd_contract(int argc, char **argv)
{
	struct run r = {.days = 30};
	struct buf text;
	int option, code;
	enum err e;

	optind = 0;
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP) {
			help_print(help, stdout);
			return cmd_finish(CMD_DONE);
		}
		if (!read_option(&r, option))
			return cmd_try("contract");
	}
	if (optind != argc || !r.has_amc || !r.key || !r.in || !r.out) {
		cmd_say("contract",
		    "expected --amc, --key, --in and --out");
		return cmd_try("contract");
	}
	if (cmd_would_lose("contract", r.out,
	    (const char *const[]){r.in, r.key}, 2))
		return CMD_USAGE;
	buf_init(&text, TEXT_MOST);
	e = file_read(r.in, &text);
	code = e ? cmd_file_fault("contract", r.in, e) :
	    sign(&r, buf_span(&text));
	buf_release(&text);
	return cmd_finish(code);
}
