/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "fhir/fault.h"

static const struct fhir_fault faults[FAULT_COUNT] = {
    [FAULT_JSON] = {400, "structure", "not-json",
	"Le corps n'est pas du JSON en UTF-8 (RFC 8259).",
	"The body is not JSON in UTF-8 (RFC 8259). Send one JSON object and "
	"nothing behind it."},
    [FAULT_NAME_TWICE] = {400, "structure", "name-twice",
	"Un même nom figure deux fois dans un objet JSON.",
	"One JSON object holds the same name twice. Write each member once."},
    [FAULT_TOO_MUCH] = {400, "too-long", "json-limit",
	"Le JSON dépasse une limite (64 Kio, 16 niveaux, 4096 valeurs, 64 "
	"membres par objet).",
	"The JSON is beyond a limit (64 KiB, 16 levels, 4096 values, 64 "
	"members of one object). Send only what the profile names."},
    [FAULT_BUNDLE_LIMIT] = {400, "too-long", "bundle-limit",
	"Le lot dépasse une limite (192 Kio, 16 niveaux, 32768 valeurs, 64 "
	"membres par objet).",
	"The bundle is beyond a limit (192 KiB, 16 levels, 32768 values, 64 "
	"members of one object). Send fewer lines, or only what the profile "
	"names."},
    [FAULT_NO_RESOURCE] = {400, "structure", "not-fhir",
	"Le corps n'est pas une ressource FHIR : resourceType manque.",
	"The body is not a FHIR resource: resourceType is missing. Send a "
	"CoverageEligibilityRequest."},
    [FAULT_TYPE] = {400, "structure", "wrong-type",
	"Cet élément n'a pas le type que FHIR R4 lui donne.",
	"This element does not have the type that FHIR R4 gives it. Check the "
	"brackets and quotes."},
    [FAULT_BUNDLE] = {422, "not-supported", "bundle",
	"Un Bundle n'est pas accepté ici : une question porte sur une seule "
	"personne.",
	"A Bundle is not accepted here: a question is about one person. Send "
	"the CoverageEligibilityRequest itself, with its Patient and Coverage "
	"contained, or the Bundle to the base, POST /fhir."},
    [FAULT_NO_BUNDLE] = {422, "not-supported", "no-bundle",
	"Cette adresse ne reçoit qu'un lot de questions (Bundle).",
	"This address takes a Bundle of questions. Send one question to "
	"/fhir/CoverageEligibilityRequest."},
    [FAULT_BATCH] = {422, "value", "batch",
	"Le type du Bundle doit être « batch ».",
	"The Bundle's type must be \"batch\": each line is answered for "
	"itself."},
    [FAULT_ENTRIES] = {422, "business-rule", "bundle-lines",
	"Un lot compte de 1 à 50 questions.",
	"A bundle holds 1 to 50 questions. Send the rest in another one."},
    [FAULT_ENTRY] = {422, "not-supported", "bundle-entry",
	"Chaque ligne d'un lot demande POST CoverageEligibilityRequest.",
	"Each line of a bundle asks for POST CoverageEligibilityRequest: set "
	"request.method and request.url so."},
    [FAULT_CLAIM] = {422, "not-supported", "claim",
	"Les factures et les demandes de prise en charge ne sont pas reçues à "
	"cette adresse.",
	"Claims and prior authorisations are not taken at this address. To "
	"ask for rights send a CoverageEligibilityRequest; for an estimate "
	"send the Claim to /fhir/Claim."},
    [FAULT_RESOURCE] = {422, "not-supported", "other-resource",
	"Cette ressource n'est pas reçue à cette adresse.",
	"This resource is not taken at this address. Send a "
	"CoverageEligibilityRequest."},
    [FAULT_MODIFIER] = {422, "extension", "modifier-extension",
	"Une modifierExtension change le sens de la question : elle est "
	"refusée.",
	"A modifierExtension changes the meaning of the question and none is "
	"known here. Leave it out."},
    [FAULT_RULES] = {422, "not-supported", "implicit-rules",
	"implicitRules change le sens de la question : il est refusé.",
	"implicitRules changes the meaning of the question and none is known "
	"here. Leave it out."},
    [FAULT_MISSING] = {422, "required", "missing",
	"Cet élément est obligatoire dans le profil.",
	"This element is required by the profile. Fill it in."},
    [FAULT_NOT_ONE] = {422, "business-rule", "not-one",
	"Cet élément doit figurer une fois et une seule.",
	"This element must be there exactly once. Ask about one person, one "
	"coverage and one domain at a time."},
    [FAULT_STATUS] = {422, "value", "status",
	"L'état doit être « active ».",
	"The status must be \"active\"."},
    [FAULT_PURPOSE] = {422, "value", "purpose",
	"L'objet de la question doit être « benefits » ou « validation ».",
	"The purpose must be \"benefits\" or \"validation\": looking for "
	"coverages (discovery) is not offered."},
    [FAULT_DATE] = {422, "value", "date",
	"La date doit être complète et exister (AAAA-MM-JJ).",
	"The date must be whole and exist (YYYY-MM-DD)."},
    [FAULT_PERIOD] = {422, "not-supported", "serviced-period",
	"Les droits se jugent à une date de soins, pas sur une période.",
	"Rights are judged on a date of care, not over a period. Give "
	"servicedDate."},
    [FAULT_CARE_DATE] = {422, "value", "care-date",
	"La date de soins est hors des limites : trois ans en arrière, un an "
	"en avant.",
	"The date of care is out of bounds: three years back, one year "
	"ahead."},
    [FAULT_CONTAINED] = {422, "value", "contained",
	"La référence doit désigner une ressource contenue (« #… »).",
	"The reference must be to a contained resource (\"#...\"): put the "
	"Patient and the Coverage into contained."},
    [FAULT_DANGLING] = {422, "not-found", "dangling",
	"La ressource contenue désignée n'existe pas, ou existe deux fois.",
	"The contained resource of that id and type is not there, or is there "
	"twice."},
    [FAULT_BENEFICIARY] = {422, "business-rule", "beneficiary",
	"Le bénéficiaire de la Coverage doit être le patient de la question.",
	"The beneficiary of the Coverage must be the patient of the "
	"question. Give both the same reference."},
    [FAULT_SYSTEM] = {422, "code-invalid", "system",
	"Aucun des systèmes d'identification attendus à cet endroit.",
	"None of the systems expected here. docs/api.md lists them."},
    [FAULT_AMC] = {422, "value", "amc",
	"Le numéro d'AMC compte 1 à 10 chiffres.",
	"The AMC number has 1 to 10 digits. Copy it from the card."},
    [FAULT_AMC_DIFFERS] = {422, "business-rule", "amc-differs",
	"L'AMC de la Coverage n'est pas celle de la question.",
	"The payor of the Coverage and the insurer of the question are not "
	"the same AMC. Give both the number on the card."},
    [FAULT_CLASS] = {422, "value", "class",
	"Convention (8 caractères au plus) ou CSR (20 au plus) mal formés ou "
	"en double.",
	"Convention (up to 8 characters) or CSR (up to 20) is malformed or "
	"there twice. Copy them from the card."},
    [FAULT_MEMBER] = {422, "value", "member",
	"Le numéro d'adhérent compte 1 à 20 lettres et chiffres (espaces, . - "
	"et / entre eux).",
	"The member number has 1 to 20 letters and digits, not zeros alone, "
	"with spaces, . - / between them. Copy it from the card."},
    [FAULT_RANK] = {422, "value", "rank",
	"Le rang est un chiffre de 1 à 9.",
	"The rank is one digit from 1 to 9. Read it from the carte Vitale; it "
	"is 1 but for twins."},
    [FAULT_NIR] = {422, "value", "nir",
	"Le NIR compte 13 caractères, ou 15 avec sa clé, sans espace.",
	"The NIR has 13 characters, or 15 with its key, without spaces."},
    [FAULT_BIRTH] = {422, "value", "birth-date",
	"La date de naissance doit être complète ; lunaire, elle va dans "
	"l'extension birth-date-vitale (AAAAMMJJ).",
	"The birth date must be whole (YYYY-MM-DD); one that no calendar has "
	"goes into the extension birth-date-vitale (YYYYMMDD)."},
    [FAULT_BIRTH_TWICE] = {422, "business-rule", "birth-date-twice",
	"La date de naissance est donnée deux fois.",
	"The birth date is given twice. Give birthDate or the extension "
	"birth-date-vitale, not both."},
    [FAULT_CARD] = {422, "value", "card-shape",
	"Le jeton de carte est mal formé (TP1:…) ou en double.",
	"The card token is malformed (TP1:...) or there twice. Scan the card "
	"again."},
    [FAULT_DOMAIN] = {422, "value", "domain",
	"Le code du domaine compte 1 à 8 lettres capitales ou chiffres.",
	"The domain code has 1 to 8 capital letters or digits, e.g. OPTI."},
    [FAULT_SITE] = {422, "value", "site-number",
	"Le numéro du lieu d'exercice est mal formé (FINESS : 9 caractères ; "
	"facturation : 8 à 14).",
	"The number of the site is malformed (FINESS: 9 characters; billing "
	"number: 8 to 14)."},
    [FAULT_RPPS] = {422, "value", "rpps",
	"Le numéro RPPS compte 11 chiffres (IDNPS : 8 devant).",
	"The RPPS number has 11 digits (IDNPS: an 8 in front)."},
    [FAULT_PERSON] = {422, "business-rule", "person",
	"Rien ne désigne la personne : donner le jeton de sa carte, ou le "
	"numéro d'adhérent (ou le NIR de l'ouvrant droit) avec date de "
	"naissance et rang.",
	"Nothing names the person. Give the card token (Coverage.identifier), "
	"or the member number (Coverage.subscriberId) or the NIR of the "
	"opening insured (Coverage.subscriber) with birth date "
	"(Patient.birthDate) and rank (Coverage.dependent)."},
    [FAULT_NO_CLAIM] = {422, "not-supported", "no-claim",
	"Cette adresse ne reçoit qu'une demande d'estimation (Claim).",
	"This address takes a Claim. Ask for rights at "
	"/fhir/CoverageEligibilityRequest."},
    [FAULT_USE] = {422, "value", "use",
	"Seules les estimations sont reçues (use : predetermination).",
	"Only estimates are taken: use must be \"predetermination\". Bills and "
	"prior authorisations are not taken yet."},
    [FAULT_ACTS] = {422, "business-rule", "acts",
	"Une estimation compte de 1 à 10 actes.",
	"An estimate is about 1 to 10 acts. Ask about the rest in another "
	"one."},
    [FAULT_DAYS] = {422, "business-rule", "days",
	"Tous les actes d'une estimation sont d'un même jour.",
	"All acts of an estimate are of one day. Ask once for each day."},
    [FAULT_MONEY] = {422, "value", "money",
	"Un montant est en euros, positif, avec deux décimales au plus.",
	"An amount is in euros (EUR), not negative, with at most two "
	"decimals, written as 12.50."},
    [FAULT_WHOLE] = {422, "value", "whole-number",
	"Un nombre entier de 1 à 100 000 est attendu.",
	"A whole number from 1 to 100,000 is expected."},
    [FAULT_WORD] = {422, "code-invalid", "code",
	"Ce code n'est pas de ceux attendus à cet endroit, ou en contredit un "
	"autre.",
	"This code is none of those expected here, or contradicts another "
	"one. docs/api.md lists them."},
    [FAULT_ACT] = {422, "not-found", "act",
	"Cet acte n'est pas connu ce jour-là dans ce domaine.",
	"This act is not known on that day in the Claim's domain. "
	"data/rules/acts.csv lists them."},
    [FAULT_EXEMPTION] = {422, "not-found", "exemption",
	"Cette exonération n'existe pas pour cet acte à cette date.",
	"There is no such exemption for this act on that day. "
	"data/rules/exemptions.csv lists them."},
    [FAULT_BASE] = {422, "required", "base",
	"Base ou taux inconnus pour cet acte : donner la part obligatoire.",
	"Base or rate of this act is not known here. Give the extension "
	"mandatory-share with base and amount."},
    [FAULT_FIGURE] = {422, "business-rule", "figures",
	"Les montants de cet acte se contredisent.",
	"The amounts of this act contradict each other: the parts paid by "
	"others cannot exceed the price."},
};

struct fhir_fault fault_of(enum fhir_fault_kind kind)
{
	return faults[kind < FAULT_COUNT ? kind : FAULT_JSON];
}

static void append(char *path, const char *text)
{
	size_t n = strlen(path);

	(void)snprintf(path + n, FHIR_PATH_SIZE - n, "%s", text);
}

struct fhir_fault fault_at(enum fhir_fault_kind kind, const struct json *j,
    uint16_t at, const char *child)
{
	struct fhir_fault f = fault_of(kind);
	uint16_t type = json_member(j, JSON_TOP, "resourceType");
	char way[FHIR_PATH_SIZE];

	json_path(j, at, way, sizeof(way));
	append(f.path, json_is(j, type, "Bundle") ? "Bundle" :
	    json_is(j, type, "Claim") ? "Claim" :
	    "CoverageEligibilityRequest");
	if (way[0])
		append(f.path, ".");
	append(f.path, way);
	if (child) {
		append(f.path, ".");
		append(f.path, child);
	}
	return f;
}
