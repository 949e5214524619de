/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "fhir/metadata.h"
#include "fhir/place.h"
#include "json/write.h"

/* design §3, §11 and security.md §1.8: what a client must know to be heard. */
static const char security_text[] =
    "Every question is signed: HTTP Message Signatures (RFC 9421) with label "
    "ecluse over exactly (\"@method\" \"@authority\" \"@path\" "
    "\"content-digest\"), parameters created, expires (at most 30 s later), "
    "nonce (22 characters base64url), keyid (base64url SHA-256 of the SPKI), "
    "alg (ecdsa-p256-sha256 or ed25519) and tag=\"ecluse-v1\", in this order; "
    "Content-Digest is sha-256 (RFC 9530). GET /fhir/metadata alone may come "
    "unsigned. Every answer is signed too, over (\"@status\" "
    "\"content-digest\" \"signature\";req;key=\"ecluse\"): refuse one that is "
    "not. Bodies sealed to the keeper (HPKE, RFC 9180, suite "
    "0x0010/0x0001/0x0002) are application/ecluse-sealed, and so is their "
    "answer. Keys are enrolled and pinned out of band, never taken from this "
    "statement.";

static const char request_text[] =
    "Answered at once by a CoverageEligibilityResponse about the asker's own "
    "domain only. There is no read, no search and no history: a question "
    "names one person by what that person brought.";

static void write_text(
    struct json_writer *w, const char *name, struct span text)
{
	json_write_name(w, name);
	json_write_span(w, text);
}

static void write_software(struct json_writer *w, const struct metadata *m)
{
	json_write_name(w, "software");
	json_write_begin(w, '{');
	json_write_pair(w, "name", "Ecluse");
	write_text(w, "version", m->version);
	json_write_end(w, '}');
	json_write_name(w, "implementation");
	json_write_begin(w, '{');
	json_write_pair(w, "description",
	    "Rights questions of tiers payant, counted and journaled");
	write_text(w, "url", m->base);
	json_write_end(w, '}');
}

static void write_formats(struct json_writer *w, bool plain)
{
	json_write_name(w, "format");
	json_write_begin(w, '[');
	if (plain)
		json_write_text(w, METADATA_TYPE);
	json_write_text(w, "application/ecluse-sealed");
	json_write_end(w, ']');
}

/* One resource, one interaction: create, as POST [base]/TYPE is named. */
static void write_resource(struct json_writer *w)
{
	json_write_begin(w, '{');
	json_write_pair(w, "type", "CoverageEligibilityRequest");
	json_write_pair(w, "profile",
	    PLACE_FHIR "StructureDefinition/rights-question");
	json_write_pair(w, "documentation", request_text);
	json_write_name(w, "interaction");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "code", "create");
	json_write_end(w, '}');
	json_write_end(w, ']');
	json_write_pair(w, "versioning", "no-version");
	json_write_end(w, '}');
}

static void write_rest(struct json_writer *w)
{
	json_write_name(w, "rest");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "mode", "server");
	json_write_name(w, "security");
	json_write_begin(w, '{');
	json_write_name(w, "cors");
	json_write_bool(w, false);
	json_write_pair(w, "description", security_text);
	json_write_end(w, '}');
	json_write_name(w, "resource");
	json_write_begin(w, '[');
	write_resource(w);
	json_write_end(w, ']');
	json_write_end(w, '}');
	json_write_end(w, ']');
}

void metadata_write(const struct metadata *m, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	char date[DATE_STAMP_SIZE];

	date_format_stamp(m->started_ms, date);
	json_write_begin(&w, '{');
	json_write_pair(&w, "resourceType", "CapabilityStatement");
	json_write_pair(&w, "status", "active");
	json_write_pair(&w, "date", date);
	json_write_pair(&w, "kind", "instance");
	write_software(&w, m);
	json_write_pair(&w, "fhirVersion", "4.0.1");
	write_formats(&w, m->plain);
	write_rest(&w);
	json_write_end(&w, '}');
}
