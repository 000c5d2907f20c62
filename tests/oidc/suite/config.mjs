// The discovery document and the key set (OpenID Connect Discovery 1.0 §3, §4; RFC 8414 §2).
import { module } from './module.mjs'

/** Every member that the registry of RFC 8414 and the specifications of the profiles know. */
const KNOWN = new Set(
  `issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint scopes_supported
  response_types_supported response_modes_supported grant_types_supported acr_values_supported subject_types_supported
  id_token_signing_alg_values_supported id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
  userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
  request_object_signing_alg_values_supported request_object_encryption_alg_values_supported
  request_object_encryption_enc_values_supported token_endpoint_auth_methods_supported
  token_endpoint_auth_signing_alg_values_supported display_values_supported claim_types_supported claims_supported
  service_documentation claims_locales_supported ui_locales_supported claims_parameter_supported
  request_parameter_supported request_uri_parameter_supported require_request_uri_registration op_policy_uri op_tos_uri
  revocation_endpoint revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
  introspection_endpoint introspection_endpoint_auth_methods_supported
  introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported signed_metadata
  device_authorization_endpoint tls_client_certificate_bound_access_tokens mtls_endpoint_aliases
  pushed_authorization_request_endpoint require_pushed_authorization_requests dpop_signing_alg_values_supported
  authorization_response_iss_parameter_supported end_session_endpoint check_session_iframe
  frontchannel_logout_supported frontchannel_logout_session_supported backchannel_logout_supported
  backchannel_logout_session_supported prompt_values_supported require_signed_request_object
  protected_resources authorization_details_types_supported client_id_metadata_document_supported
  introspection_signing_alg_values_supported authorization_signing_alg_values_supported`.split(/\s+/),
)
const NEEDED = 'issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri'.split(' ')
const FLAGS = 'request_parameter_supported request_uri_parameter_supported claims_parameter_supported'.split(' ')
const OIDC_TYPES = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token']
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const isHttps = (text) => typeof text === 'string' && URL.canParse(text) && new URL(text).protocol === 'https:'
const isTexts = (list) => Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string' && one !== '')

export async function fetched(t) {
  const client = await t.client()
  const answer = await t.wire.send(client.discovery)
  t.need('discovery-status-200', answer.status === 200, answer.status)
  t.check('discovery-is-json', answer.type === 'application/json', answer.headers['content-type'])
  return { client, said: answer.json ?? {} }
}

function identity(t, client, said) {
  const at = client.discovery
  t.check('discovery-address', at.endsWith('/.well-known/openid-configuration') && isHttps(at), at)
  const base = at.slice(0, -'/.well-known/openid-configuration'.length)
  t.check('issuer-is-address', said.issuer?.replace(/\/$/, '') === base.replace(/\/$/, ''), said.issuer)
  t.check('issuer-is-https', isHttps(said.issuer) && !/[?#]/.test(said.issuer), said.issuer)
}

function members(t, said) {
  const unknown = Object.keys(said).filter((one) => !KNOWN.has(one))
  t.check('discovery-without-unknown-members', unknown.length === 0, unknown.join(' '))
  for (const name of NEEDED) t.check(`${name.replaceAll('_', '-')}-valid`, isHttps(said[name]), said[name])
  const places = Object.entries(said).filter(([name]) => /_(endpoint|uri|iframe)$/.test(name))
  const plain = places.filter(([, value]) => !isHttps(value)).map(([name]) => name)
  t.check('every-endpoint-is-https', plain.length === 0, plain.join(' '))
  for (const name of FLAGS) t.check(`${name.replaceAll('_', '-')}-boolean`, typeof (said[name] ?? false) === 'boolean', said[name])
  // OpenID Connect Discovery §3: left out, it means true.
  t.check('request-uri-parameter-supported-said', 'request_uri_parameter_supported' in said, 'left out means true')
}

function lists(t, said) {
  const types = said.response_types_supported ?? []
  t.check('response-types', types.some((one) => OIDC_TYPES.includes(one)), types.join(','))
  const subjects = said.subject_types_supported ?? []
  t.check('subject-types', isTexts(subjects) && subjects.every((one) => ['public', 'pairwise'].includes(one)), subjects)
  const algorithms = said.id_token_signing_alg_values_supported ?? []
  t.check('rs256-offered', algorithms.includes('RS256'), algorithms.join(' '))
  t.check('claims-supported', isTexts(said.claims_supported), said.claims_supported)
  const scopes = said.scopes_supported ?? []
  t.check('scopes-supported', scopes.includes('openid') && scopes.every((one) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(one)), scopes)
  t.check('challenge-methods', isTexts(said.code_challenge_methods_supported), said.code_challenge_methods_supported)
  for (const name of ['grant_types_supported', 'token_endpoint_auth_methods_supported', 'response_modes_supported']) {
    t.check(name.replaceAll('_', '-'), said[name] === undefined || isTexts(said[name]), said[name])
  }
  for (const name of ['ui_locales_supported', 'claims_locales_supported']) {
    const tags = said[name] ?? []
    const proper = Array.isArray(tags) && tags.every((tag) => Intl.getCanonicalLocales(tag)[0] === tag)
    t.check(name.replaceAll('_', '-'), proper, tags)
  }
}

async function keys(t, said) {
  const answer = await t.wire.send(said.jwks_uri)
  t.need('jwks-status-200', answer.status === 200, answer.status)
  const set = answer.json?.keys ?? []
  t.need('jwks-has-keys', Array.isArray(set) && set.length > 0, answer.text)
  const ids = set.map((key) => key.kid)
  t.check('jwks-kids-distinct', ids.every(Boolean) && new Set(ids).size === ids.length, ids.join(' '))
  const leaked = set.flatMap((key) => PRIVATE.filter((name) => name in key))
  t.check('jwks-without-private-members', leaked.length === 0, leaked.join(' '))
  t.check('jwks-has-rsa', set.some((key) => key.kty === 'RSA' && (key.alg ?? 'RS256') === 'RS256'), ids.join(' '))
}

export const verification = module('oidcc-discovery-endpoint-verification', async (t) => {
  const { client, said } = await fetched(t)
  identity(t, client, said)
  members(t, said)
  lists(t, said)
  await keys(t, said)
})

export const config = [verification]
