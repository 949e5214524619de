/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of a sealed question, for another implementation of HPKE to be the
 * other (tests/strangers/hpke.test.mjs). Lines of hex on standard input, one
 * line each on standard output: hex, or "refused: ..." and the end.
 *
 *   test_hpke_peer seal PUBLIC KEYID PLANE AUTHORITY PATH
 *	reads a question, prints it sealed; reads the sealed answer, prints it
 *	open
 *   test_hpke_peer open PRIVATE KEYID PLANE AUTHORITY PATH
 *	reads a sealed question, prints it open; reads an answer, prints it
 *	sealed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "crypto/seal.h"

#define MOST (4 * 65536)

static void refuse(enum err e)
{
	printf("refused: %s\n", err_text(e));
	exit(0);
}

static void check(enum err e)
{
	if (e)
		refuse(e);
}

static void read_hex(struct buf *to)
{
	static char line[2 * MOST + 2];
	size_t n;

	buf_clear(to);
	if (!fgets(line, sizeof(line), stdin))
		exit(0);
	n = strcspn(line, "\n");
	if (n / 2 > 0 && !buf_extend(to, n / 2))
		exit(2);
	check(text_unhex(span_of(line, n / 2 * 2), to->p, n / 2));
}

static void print_hex(const struct buf *b)
{
	static char text[2 * MOST + 1];

	text_hex(b->p, b->n, text);
	(void)puts(text);
	(void)fflush(stdout);
}

static void seal(const char *public_hex, const struct seal_about *about)
{
	uint8_t point[HPKE_PUBLIC];
	struct random random = random_system();
	struct seal_context ctx;
	struct buf in, out;

	buf_init(&in, MOST);
	buf_init(&out, MOST);
	check(text_unhex(span_str(public_hex), point, sizeof(point)));
	read_hex(&in);
	check(seal_request(
	    point, about, buf_span(&in), &random, &out, &ctx));
	print_hex(&out);
	read_hex(&in);
	buf_clear(&out);
	check(seal_open_answer(&ctx, buf_span(&in), &out));
	print_hex(&out);
	buf_release(&in);
	buf_release(&out);
}

static void open_it(const char *private_hex, const struct seal_about *about)
{
	uint8_t scalar[HPKE_PRIVATE];
	struct random random = random_system();
	struct hpke_key *key = NULL;
	struct seal_context ctx;
	struct buf in, out;

	buf_init(&in, MOST);
	buf_init(&out, MOST);
	check(text_unhex(span_str(private_hex), scalar, sizeof(scalar)));
	check(hpke_key_from(scalar, &key));
	read_hex(&in);
	check(seal_open_request(key, about, buf_span(&in), &out, &ctx));
	print_hex(&out);
	read_hex(&in);
	buf_clear(&out);
	check(seal_answer(&ctx, buf_span(&in), &random, &out));
	print_hex(&out);
	hpke_key_free(key);
	buf_release(&in);
	buf_release(&out);
}

int main(int argc, char **argv)
{
	struct seal_about about;

	if (argc != 7)
		return 2;
	about = (struct seal_about){span_str(argv[3]), span_str(argv[4]),
	    span_str(argv[5]), span_str(argv[6])};
	if (strcmp(argv[1], "seal") == 0)
		seal(argv[2], &about);
	else
		open_it(argv[2], &about);
	return 0;
}
