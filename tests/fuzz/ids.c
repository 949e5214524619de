/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifiers of every kind, as somebody typed them: one that is readable
 * has a spelling that reads as itself.
 */
#include <string.h>
#include "fuzz.h"
#include "ids/ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char text[IDS_TEXT_SIZE] = "", again[IDS_TEXT_SIZE] = "";
	struct span in = span_of(p, n), own;
	enum ids_kind kind = (enum ids_kind)choose(&in, IDS_KINDS);

	if (!ids_readable(ids_parse(kind, in, text))) {
		must(text[0] == '\0');
		return 0;
	}
	must(memchr(text, '\0', sizeof(text)) && text[0] != '\0');
	own = span_of((const uint8_t *)text, strlen(text));
	must(ids_readable(ids_parse(kind, own, again)));
	must(strcmp(text, again) == 0);
	return 0;
}
