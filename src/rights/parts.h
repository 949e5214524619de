/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of FHIR R4 that answers about rights and estimates share: what is
 * known of somebody, in our words, and the elements around it. Each writes at
 * the writer's place; texts are UTF-8, and errors stay in the writer's buffer.
 */
#pragma once
#include "json/write.h"
#include "msg/rights.h"

#define PARTS_ID "https://ecluse.example/id/"
#define PARTS_FHIR "https://ecluse.example/fhir/"
#define PARTS_STATE PARTS_FHIR "StructureDefinition/answer-state"

struct parts_words {
	const char *code;	/* of CodeSystem/answer-state */
	const char *fr, *en;
};

/* state is below RIGHTS_STATE_COUNT and one that is answered in FHIR; of
 * others code is NULL. */
const struct parts_words *parts_state(enum rights_state state);

/* "name": {"identifier": {"system", "value"}} */
void parts_identifier(struct json_writer *w, const char *name,
    const char *scheme, struct span value);
/* {"system", "code"} */
void parts_coding(
    struct json_writer *w, const char *scheme, struct span code);
/* "name": {"coding": [{"system", "code"}]} */
void parts_concept(struct json_writer *w, const char *name,
    const char *scheme, struct span code);
/* {"url", value_name: value} */
void parts_extension(struct json_writer *w, const char *url,
    const char *value_name, const char *value);
/* "disposition" in French, its English in HL7's translation extension. */
void parts_disposition(struct json_writer *w, const struct parts_words *say);
