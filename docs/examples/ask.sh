#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A whole client with openssl and curl: signs a question, sends it, and believes
# the answer only if the pinned service signed it for this very question.
# docs/clients.md goes through it step by step.
#
#   ask.sh KEY.pem KEY.pin QUESTION.json
#
# KEY.pem is an Ed25519 key. The body is sent plain, for openssl 3.0 has no
# HPKE: a real client seals. Prints the answer; exit status 0 answered, 3
# refused by the service, 5 no answer, or one that is not believed.
set -eu
key=$1 pin=$2 question=$3
path=/fhir/CoverageEligibilityRequest
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() { echo "ask.sh: $*" >&2; exit 5; }
b64() { base64 -w0; }
b64u() { basenc --base64url -w0 | tr -d =; }
unb64u() { tr -- '-_' '+/' | awk '{ while (length % 4) $0 = $0 "="; print }' |
	base64 -d; }
sha256() { openssl dgst -sha256 -binary "$@"; }
# An Ed25519 public key from its 32 bytes (RFC 8410).
ed25519() { { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat; } |
	openssl pkey -pubin -inform DER; }
# verify PUBLIC MESSAGE SIGNATURE: three files
verify() { openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$2" \
	-sigfile "$3" >/dev/null 2>&1; }

# 1. The pin: the log's key vouches for the service's keys. The log's key was
#    got at enrolment, and is believed because of that alone.
vkey=$(sed -n 's/^vkey //p' "$pin")
url=$(sed -n 's/^url //p' "$pin")
echo "${vkey#*+*+}" | base64 -d | tail -c 32 | ed25519 >"$work/log.pub"
sed -n '/^ecluse service keys v1$/,/^$/p' "$pin" | sed '$d' >"$work/keys"
sed -n 's/^— [^ ]* //p' "$pin" | base64 -d | tail -c 64 >"$work/keys.sig"
verify "$work/log.pub" "$work/keys" "$work/keys.sig" ||
	die "the service's keys are not signed by the pinned log"
sed -n 's/^answer //p' "$work/keys" | unb64u | ed25519 >"$work/answer.pub"
sed -n '/^-----BEGIN CERT/,$p' "$pin" >"$work/ca.pem"

# 2. The signature: RFC 9421, one fixed form.
digest="sha-256=:$(sha256 "$question" | b64):"
keyid=$(openssl pkey -in "$key" -pubout -outform DER | sha256 | b64u)
now=$(date +%s)
params='("@method" "@authority" "@path" "content-digest")'
params="$params;created=$now;expires=$((now + 30))"
params="$params;nonce=\"$(openssl rand 16 | b64u)\";keyid=\"$keyid\""
params="$params;alg=\"ed25519\";tag=\"ecluse-v1\""
{
	echo '"@method": POST'
	echo "\"@authority\": ${url#https://}"
	echo "\"@path\": $path"
	echo "\"content-digest\": $digest"
	printf '"@signature-params": %s' "$params"
} >"$work/base"
signature=":$(openssl pkeyutl -sign -inkey "$key" -rawin -in "$work/base" |
	b64):"

# 3. Sent once. Lost on the way: sign anew, with a new nonce.
status=$(curl -sS --cacert "$work/ca.pem" -D "$work/head" -o "$work/body" \
	-w '%{http_code}' "$url$path" --data-binary "@$question" \
	-H 'Content-Type: application/fhir+json' \
	-H "Content-Digest: $digest" \
	-H "Signature-Input: ecluse=$params" \
	-H "Signature: ecluse=$signature") || die "no answer"

# 4. The answer: its digest is the body's, its signature the pinned key's, over
#    the signature of our question.
field() { sed -n "s/^$1: //Ip" "$work/head" | tr -d '\r'; }
[ "$(field content-digest)" = "sha-256=:$(sha256 "$work/body" | b64):" ] ||
	die "the answer's digest is not its body's"
{
	echo "\"@status\": $status"
	echo "\"content-digest\": $(field content-digest)"
	echo "\"content-type\": $(field content-type)"
	echo "\"signature\";req;key=\"ecluse\": $signature"
	printf '"@signature-params": %s' \
		"$(field signature-input | sed 's/^ecluse=//')"
} >"$work/answer"
field signature | sed 's/^ecluse=://; s/:$//' | base64 -d >"$work/answer.sig"
verify "$work/answer.pub" "$work/answer" "$work/answer.sig" ||
	die "the answer is not signed by the pinned service for this question"
case $(field signature-input) in
'ecluse=("@status" "content-digest" "content-type" "signature";req;key="ecluse")'*) ;;
*) die "the answer does not cover the question" ;;
esac
cat "$work/body"
echo
[ "$status" = 200 ] || exit 3
