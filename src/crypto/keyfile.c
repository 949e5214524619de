/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "crypto/keyfile.h"
#include "crypto/secret.h"

#define LONGEST (KEYFILE_LABEL_MAX + 1 + TEXT_B64_SIZE(KEYFILE_MAX) + 1)

enum err keyfile_save(
    const char *path, const char *label, const void *key, size_t n)
{
	char text[TEXT_B64_SIZE(KEYFILE_MAX)], line[LONGEST];
	enum err e;
	int len;

	if (n > KEYFILE_MAX || strlen(label) > KEYFILE_LABEL_MAX)
		return ERR_LIMIT;
	(void)text_b64url(key, n, text);
	len = snprintf(line, sizeof(line), "%s %s\n", label, text);
	e = file_create(path, span_of(line, (size_t)len), 0600);
	secret_wipe(text, sizeof(text));
	secret_wipe(line, sizeof(line));
	return e;
}

enum err keyfile_load(
    const char *path, const char *label, void *key, size_t n)
{
	uint8_t bytes[KEYFILE_MAX];
	size_t head = strlen(label) + 1, got = 0;
	struct buf in;
	enum err e;

	buf_init(&in, LONGEST);
	e = file_read(path, &in);
	if (e)
		goto out;
	e = ERR_SHAPE;
	if (in.n <= head || in.p[in.n - 1] != '\n' ||
	    memcmp(in.p, label, head - 1) != 0 || in.p[head - 1] != ' ')
		goto out;
	if (text_unb64url(span_of(in.p + head, in.n - head - 1), bytes,
	        sizeof(bytes), &got) || got != n)
		goto out;
	memcpy(key, bytes, n);
	e = ERR_OK;
out:
	secret_wipe(bytes, sizeof(bytes));
	if (in.p)
		secret_wipe(in.p, in.cap);
	buf_release(&in);
	return e;
}
