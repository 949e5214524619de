/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/refuse.h"

/* Texts hold nothing that JSON would escape; test_refuse checks it. */
static const struct refuse_text table[REFUSE_COUNT] = {
    [REFUSE_PATH] = {404, 0, "not-found", "path", "404.json",
	"There is nothing at this address. GET /fhir/metadata lists the "
	"addresses; the path is compared byte by byte.",
	"Il n'y a rien à cette adresse. GET /fhir/metadata donne les "
	"adresses."},
    [REFUSE_QUERY] = {404, 0, "not-found", "path", NULL,
	"This address takes no query string. Put everything into the body.",
	"Cette adresse ne prend pas de paramètres : tout est dans le corps."},
    [REFUSE_METHOD] = {405, 0, "not-supported", "method", "405.json",
	"This address does not answer this method. POST a question, GET "
	"/fhir/metadata.",
	"Cette adresse ne répond pas à cette méthode. POST pour une question, "
	"GET pour /fhir/metadata."},
    [REFUSE_REQUEST] = {400, 0, "structure", "http", "400.json",
	"This is not HTTP as RFC 9112 writes it. Check request line, Host, "
	"lengths and field names.",
	"La requête n'a pas la forme de HTTP (RFC 9112)."},
    [REFUSE_TLS] = {400, 0, "security", "http", "tls.json",
	"Plain HTTP on a TLS port. Use https and TLS 1.3.",
	"HTTP en clair sur un port TLS. Employer https et TLS 1.3."},
    [REFUSE_CERTIFICATE] = {400, 0, "security", "http", "certificate.json",
	"The TLS client certificate is missing, over, or of an issuer that "
	"is not known here.",
	"Le certificat TLS du client manque, est périmé ou vient d'un "
	"émetteur inconnu ici."},
    [REFUSE_TWICE] = {400, 0, "structure", "http", NULL,
	"A field came twice. Send it once.",
	"Un champ est présent deux fois. L'envoyer une seule fois."},
    [REFUSE_HOST] = {400, 0, "required", "http", NULL,
	"The Host field is missing or is not a host and port of at most 255 "
	"characters.",
	"Le champ Host manque ou n'est pas un nom de machine."},
    [REFUSE_LENGTH] = {400, 0, "structure", "http", NULL,
	"Content-Length is not the length of the body.",
	"Content-Length n'est pas la longueur du corps."},
    [REFUSE_NO_BODY] = {400, 0, "required", "http", NULL,
	"A question has a body. Send a CoverageEligibilityRequest, sealed or "
	"plain.",
	"Une question a un corps : CoverageEligibilityRequest, scellé ou en "
	"clair."},
    [REFUSE_BODY] = {400, 0, "structure", "http", NULL,
	"GET takes no body here.", "GET ne prend pas de corps ici."},
    [REFUSE_CHARACTER] = {400, 0, "structure", "http", NULL,
	"A field holds a character that is not printable ASCII.",
	"Un champ contient un caractère qui n'est pas de l'ASCII imprimable."},
    [REFUSE_TOO_LARGE] = {413, 0, "too-long", "too-large", "413.json",
	"The body is longer than this address takes; docs/limits.md lists "
	"all limits.",
	"Le corps est plus long que cette adresse n'en prend."},
    [REFUSE_URI] = {414, 0, "too-long", "too-large", "414.json",
	"The request target is longer than any address here.",
	"L'adresse demandée est plus longue que toutes celles d'ici."},
    [REFUSE_FIELD] = {431, 0, "too-long", "too-large", "431.json",
	"A header field, or all of them together, is beyond its limit; "
	"docs/limits.md lists all limits.",
	"Un champ d'en-tête, ou tous ensemble, dépasse sa limite."},
    [REFUSE_MEDIA_TYPE] = {415, 0, "not-supported", "media-type", NULL,
	"This content type is not taken. Send a question as "
	"application/ecluse-sealed or application/fhir+json, a feed as "
	"application/ecluse-feed, a contract as application/ecluse-contract.",
	"Ce type de contenu n'est pas reçu. Envoyer une question en "
	"application/ecluse-sealed ou application/fhir+json, un flux en "
	"application/ecluse-feed, un contrat en application/ecluse-contract."},
    [REFUSE_ENCODING] = {415, 0, "not-supported", "media-type", NULL,
	"Content-Encoding is not taken. Send the body as it is.",
	"Content-Encoding n'est pas reçu. Envoyer le corps tel quel."},
    [REFUSE_CONNECTIONS] = {429, 2, "throttled", "busy", "429.json",
	"Too many requests of this address at the same time. Wait for "
	"answers before asking more.",
	"Trop de requêtes de cette adresse en même temps. Attendre les "
	"réponses."},
    [REFUSE_BUSY] = {503, 2, "transient", "busy", NULL,
	"Too many questions are waiting. Send a new question in a few "
	"seconds.",
	"Trop de questions attendent. Envoyer une question neuve dans "
	"quelques secondes."},
    [REFUSE_AWAY] = {503, 2, "transient", "busy", "503.json",
	"The service is starting again. Send a new question in a few "
	"seconds; cards can be read without it.",
	"Le service redémarre. Envoyer une question neuve dans quelques "
	"secondes ; la carte se lit sans lui."},
    [REFUSE_SILENT] = {504, 5, "timeout", "busy", NULL,
	"The answer took too long. Send a new question: asking again about a "
	"person already read costs nothing.",
	"La réponse a trop tardé. Envoyer une question neuve : redemander une "
	"personne déjà lue ne coûte rien."},
};

const struct refuse_text *refuse_text(enum refuse_why why)
{
	return &table[why > REFUSE_NOT && why < REFUSE_COUNT ? why
	                                                     : REFUSE_REQUEST];
}

void refuse_write(enum refuse_why why, const char *field, struct buf *out)
{
	const struct refuse_text *t = refuse_text(why);

	buf_text(out, "{\"resourceType\":\"OperationOutcome\",\"issue\":[{"
	              "\"severity\":\"error\",\"code\":\"");
	buf_text(out, t->issue);
	buf_text(out, "\",\"details\":{\"coding\":[{\"system\":\""
	              "https://ecluse.example/fhir/CodeSystem/refusal\","
	              "\"code\":\"");
	buf_text(out, t->code);
	buf_text(out, "\"}],\"text\":\"");
	buf_text(out, t->fr);
	buf_text(out, "\"},\"diagnostics\":\"");
	buf_text(out, t->en);
	if (field) {
		buf_text(out, " Field: ");
		buf_text(out, field);
		buf_text(out, ".");
	}
	buf_text(out, "\"}]}\n");
}
