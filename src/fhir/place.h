/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical names of design §11: what stands where in our profiles. */
#pragma once

#define PLACE_ID "https://ecluse.example/id/"
#define PLACE_FHIR "https://ecluse.example/fhir/"

#define PLACE_ID_AMC PLACE_ID "amc"
#define PLACE_ID_CARD PLACE_ID "card"
#define PLACE_ID_SITE PLACE_ID "site"
#define PLACE_ID_TRANSACTION PLACE_ID "transaction"
/* domain.md §7.2 */
#define PLACE_FINESS "https://finess.esante.gouv.fr"
#define PLACE_RPPS "https://rpps.esante.gouv.fr"
#define PLACE_IDNPS "urn:oid:1.2.250.1.71.4.2.1"
#define PLACE_NIR "urn:oid:1.2.250.1.213.1.4.8"
#define PLACE_NIA "urn:oid:1.2.250.1.213.1.4.9"
#define PLACE_NIR_TEST "urn:oid:1.2.250.1.213.1.4.10"

#define PLACE_CODES_DOMAIN PLACE_FHIR "CodeSystem/domain"
#define PLACE_CODES_CLASS PLACE_FHIR "CodeSystem/coverage-class"
#define PLACE_CODES_REFUSAL PLACE_FHIR "CodeSystem/refusal"
#define PLACE_CODES_ACT PLACE_FHIR "CodeSystem/act"
#define PLACE_CODES_CIRCUMSTANCE PLACE_FHIR "CodeSystem/act-circumstance"
#define PLACE_CODES_EXEMPTION PLACE_FHIR "CodeSystem/exemption"
#define PLACE_CODES_SIDE PLACE_FHIR "CodeSystem/side"
#define PLACE_EXT_MANDATORY PLACE_FHIR "StructureDefinition/mandatory-share"
#define PLACE_EXT_BEFORE PLACE_FHIR "StructureDefinition/paid-before"
#define PLACE_EXT_REGIME PLACE_FHIR "StructureDefinition/regime"
#define PLACE_EXT_ZONE PLACE_FHIR "StructureDefinition/zone"
#define PLACE_EXT_BIRTH PLACE_FHIR "StructureDefinition/birth-date-vitale"
#define PLACE_EXT_ROUTE PLACE_FHIR "StructureDefinition/right-route"
