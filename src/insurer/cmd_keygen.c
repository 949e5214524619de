/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/keyfile.h"
#include "crypto/sign.h"
#include "insurer/cmd.h"
#include "insurer/handle.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse-insurer keygen --out DIR [--amc AMC] [--feed-alg ALG]\n"
"\n"
"Makes a mutuelle's keys, where they are used:\n"
"\n"
"  feed.pem, feed.pub.pem  signs feeds\n"
"  card.pem, card.pub.pem  signs card tokens (P-256)\n"
"  handle.key              encrypts references into handles, and opens them\n"
"\n"
"The operator gets the two .pub.pem files and nothing else. Keep a copy of\n"
"handle.key in a safe place: without it no list of the platform can be joined to\n"
"names any more. DIR is made when it is not there; no file is ever replaced, and\n"
"if one cannot be made none is left.\n"
"\n"
"  --out DIR       where to\n"
"  --amc AMC       the mutuelle's number: the enrolment is then spelled out\n"
"  --feed-alg ALG  of the feed key: ed25519 (usual) or p256\n"
"  --help          this text\n"
"\n"
"Exit status: 0 done, 2 wrong usage (a key is there already), 5 the system\n"
"refused.\n"
"\n"
"  $ ecluse-insurer keygen --out keys --amc 0099100001\n"
"  keys/feed.pub.pem  8c1f02aa19b3d7e4…\n"
"  keys/card.pub.pem  5a1b0c77e1dd9f02…\n";

#define KEYGEN_FILES 5

struct run {
	const char *out;
	struct amc amc;
	bool has_amc;
	enum sign_alg feed_alg;
	char made[KEYGEN_FILES][PATH_MAX];	/* by this run */
	unsigned made_count;
};

static void note_made(struct run *run, const char *path)
{
	(void)snprintf(run->made[run->made_count++], PATH_MAX, "%s", path);
}

/* Keys of which some are missing would be in the way of the next run, and
 * look like a mutuelle's. */
static void remove_made(struct run *run)
{
	while (run->made_count > 0)
		(void)unlink(run->made[--run->made_count]);
}

static int make_pair(
    struct run *run, const char *name, enum sign_alg alg)
{
	const char *where;
	struct random random = random_system();
	struct sign_private *key = NULL;
	uint8_t id[SIGN_KEY_ID];
	char text[SIGN_KEY_ID_TEXT], path[PATH_MAX], public[PATH_MAX];
	char file[16];
	enum err e;

	(void)snprintf(file, sizeof(file), "%.4s.pem", name);
	e = file_path(path, sizeof(path), run->out, file);
	(void)snprintf(file, sizeof(file), "%.4s.pub.pem", name);
	if (!e)
		e = file_path(public, sizeof(public), run->out, file);
	if (!e)
		e = sign_private_make(alg, &random, &key);
	if (!e)
		e = sign_private_save(key, path);
	where = e ? path : public;
	if (!e) {
		note_made(run, path);
		e = sign_public_save(sign_private_public(key), public);
	}
	if (!e) {
		note_made(run, public);
		sign_public_id(sign_private_public(key), id);
		sign_key_id_text(id, text);
		printf("%s  %s\n", public, text);
	}
	sign_private_free(key);
	return e ? cmd_out_fault("keygen", where, e) : CMD_DONE;
}

static int make_handle_key(struct run *run)
{
	struct random random = random_system();
	uint8_t key[AEAD_SIV_KEY];
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), run->out, "handle.key");

	random_fill(&random, key, sizeof(key));
	if (!e)
		e = keyfile_save(path, HANDLE_LABEL, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	if (!e)
		note_made(run, path);
	return e ? cmd_out_fault("keygen", path, e) : CMD_DONE;
}

static int make_keys(struct run *run)
{
	enum err e = file_mkdir(run->out, 0700);
	int status;

	if (e && e != ERR_EXISTS)
		return cmd_out_fault("keygen", run->out, e);
	status = make_handle_key(run);
	if (status == CMD_DONE)
		status = make_pair(run, "feed", run->feed_alg);
	if (status == CMD_DONE)
		status = make_pair(run, "card", SIGN_P256);
	if (status != CMD_DONE)
		remove_made(run);
	if (status == CMD_DONE && run->has_amc)
		printf(_("the operator enrols them with:\n"
		       "  ecluse enrol insurer --amc %s --feed-key "
		       "%s/feed.pub.pem --card-key %s/card.pub.pem …\n"),
		    run->amc.text, run->out, run->out);
	return cmd_finish(status);
}

enum { OPTION_OUT = 1, OPTION_AMC, OPTION_FEED_ALG, OPTION_HELP };

static bool read_alg(struct run *run)
{
	if (strcmp(optarg, "ed25519") == 0)
		run->feed_alg = SIGN_ED25519;
	else if (strcmp(optarg, "p256") == 0)
		run->feed_alg = SIGN_P256;
	else
		run->feed_alg = SIGN_NONE;
	if (run->feed_alg != SIGN_NONE)
		return true;
	cmd_say("keygen", "--feed-alg wants ed25519 or p256");
	return false;
}

static bool read_option(struct run *run, int option)
{
	switch (option) {
	case OPTION_OUT:
		run->out = optarg;
		return true;
	case OPTION_AMC:
		run->has_amc = true;
		return cmd_read_amc("keygen", optarg, &run->amc);
	case OPTION_FEED_ALG:
		return read_alg(run);
	default:
		return false;
	}
}

int cmd_keygen(int argc, char **argv)
{
	static const struct option options[] = {
	    {"out", required_argument, NULL, OPTION_OUT},
	    {"amc", required_argument, NULL, OPTION_AMC},
	    {"feed-alg", required_argument, NULL, OPTION_FEED_ALG},
	    {"help", no_argument, NULL, OPTION_HELP},
	    {NULL, 0, NULL, 0},
	};
	struct run run = {.feed_alg = SIGN_ED25519};
	int option;

	optind = 0;
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP) {
			help_print(help, stdout);
			return cmd_finish(CMD_DONE);
		}
		if (!read_option(&run, option))
			goto usage;
	}
	if (run.out && optind == argc)
		return make_keys(&run);
	cmd_say("keygen", "expected --out");
usage:
	return cmd_try("keygen");
}
