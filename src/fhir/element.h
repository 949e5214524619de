/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of FHIR resources as the allow-list reads them. Every function
 * returns false after it has written the fault; what is absent and may be is
 * true with nothing in the output.
 */
#pragma once
#include <stdbool.h>
#include "fhir/fault.h"
#include "json/read.h"

#define ELEMENT_ID_SIZE 66	/* "#", a FHIR id of 64 characters, NUL */

struct element_reading {
	const struct json *j;
	struct fhir_fault *fault;
};

/* Writes the fault at member child (NULL: none) of at; always false. */
bool element_bad(const struct element_reading *r, enum fhir_fault_kind kind,
    uint16_t at, const char *child);

/* A member that must be there, of that type. */
bool element_need(const struct element_reading *r, uint16_t at,
    const char *name, enum json_type type, uint16_t *ret);
/* One that may be there: JSON_NOWHERE if not. */
bool element_may(const struct element_reading *r, uint16_t at,
    const char *name, enum json_type type, uint16_t *ret);
/* An array that must hold exactly one object: that object. */
bool element_one(const struct element_reading *r, uint16_t at,
    const char *name, uint16_t *ret);
/* No modifierExtension and no implicitRules here. */
bool element_plain(const struct element_reading *r, uint16_t at);

/* A required code that must be this one. */
bool element_code(const struct element_reading *r, uint16_t at,
    const char *name, const char *code, enum fhir_fault_kind otherwise);
/*
 * A string checked by good() and copied; longer or other ones are `otherwise`.
 * at is the string's own token.
 */
bool element_text(const struct element_reading *r, uint16_t at,
    bool (*good)(const char *text), enum fhir_fault_kind otherwise,
    char *out, size_t size);
/*
 * The value of an Identifier object whose system is one of systems (ends with
 * NULL): its token and which system.
 */
bool element_identifier(const struct element_reading *r, uint16_t at,
    const char *const *systems, uint16_t *ret_value, size_t *ret_which);
/* The local reference ("#id") in member name of at, copied with its #. */
bool element_local(const struct element_reading *r, uint16_t at,
    const char *name, char ret[static ELEMENT_ID_SIZE]);
/* The contained resource of that type and local reference. */
bool element_contained(const struct element_reading *r, const char *type,
    const char *local, uint16_t *ret);
