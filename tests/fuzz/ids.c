/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifiers of every kind, as somebody typed them: one that is readable
 * has a spelling that reads as itself.
 */
#include <string.h>
#include "fuzz.h"
#include "ids/ids.h"

static void was_read(enum ids_kind kind)
{
	switch (kind) {
	case IDS_NIR:
		met("a NIR");
		break;
	case IDS_RPPS:
		met("an RPPS");
		break;
	case IDS_FINESS:
		met("a FINESS");
		break;
	case IDS_SIREN:
		met("a SIREN");
		break;
	case IDS_SIRET:
		met("a SIRET");
		break;
	default:
		met("an AMC");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char text[IDS_TEXT_SIZE] = "", again[IDS_TEXT_SIZE] = "";
	struct span in = span_of(p, n), own;
	enum ids_kind kind = (enum ids_kind)choose(&in, IDS_KINDS);

	if (!ids_readable(ids_parse(kind, in, text))) {
		must(text[0] == '\0');
		return 0;
	}
	was_read(kind);
	must(memchr(text, '\0', sizeof(text)) && text[0] != '\0');
	own = span_of((const uint8_t *)text, strlen(text));
	must(ids_readable(ids_parse(kind, own, again)));
	must(strcmp(text, again) == 0);
	return 0;
}
