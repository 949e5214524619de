/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "fhir/metadata.h"
#include "fhir/place.h"
#include "json/write.h"

/* What a client must know to be heard; the profile is crypto/httpsig.h. */
static const char security_text[] =
    "Every question is signed: HTTP Message Signatures (RFC 9421) with label "
    "ecluse over (\"@method\" \"@authority\" \"@path\" \"content-digest\"), "
    "GET without the last, with the parameters created, expires (at most 30 s "
    "later), nonce (16 bytes base64url), keyid (base64url SHA-256 of the "
    "SPKI), alg (ed25519 or ecdsa-p256-sha256, may be left out) and "
    "tag=\"ecluse-v1\"; Content-Digest is sha-256 (RFC 9530). Every answer is "
    "signed with ed25519 over (\"@status\" \"content-digest\" "
    "\"content-type\" \"signature\";req;key=\"ecluse\") and "
    "tag=\"ecluse-answer-v1\", without the last component if the question "
    "bore no valid signature: refuse an answer that is not. This statement "
    "alone may be asked for without a signature. Bodies sealed to "
    "the keeper (HPKE, RFC 9180, suite 0x0010/0x0001/0x0002) are "
    "application/ecluse-sealed, and so is their answer. Keys are enrolled and "
    "pinned out of band, never taken from this statement.";

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

static const char claim_text[] =
    "use=predetermination alone: an estimate, answered at once by a "
    "ClaimResponse. It promises nothing, and reads its person as a rights "
    "question does.";

/* One interaction: create, as POST [base]/TYPE is named. */
static void write_resource(struct json_writer *w, const char *type,
    const char *profile, const char *text)
{
	json_write_begin(w, '{');
	json_write_pair(w, "type", type);
	json_write_pair(w, "profile", profile);
	json_write_pair(w, "documentation", text);
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
	write_resource(w, "CoverageEligibilityRequest",
	    PLACE_FHIR "StructureDefinition/rights-question", request_text);
	write_resource(w, "Claim",
	    PLACE_FHIR "StructureDefinition/estimate-question", claim_text);
	json_write_end(w, ']');
	json_write_name(w, "interaction");
	json_write_begin(w, '[');
	json_write_begin(w, '{');
	json_write_pair(w, "code", "batch");
	json_write_end(w, '}');
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
