// The checks of section 3.1 on tokens: their response, the ID token, its hashes, userinfo.
import { createHash } from 'node:crypto'
import { createLocalJWKSet, compactVerify, decodeProtectedHeader } from 'jose'
import { misshapen } from './claims.mjs'

const YEAR_S = 365 * 86_400
const SKEW_S = 300

export const now = () => Math.floor(Date.now() / 1000)

/** Shannon's entropy of a text, bits. */
export function entropy(text) {
  const counts = new Map()
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  const shares = [...counts.values()].map((count) => count / text.length)
  return text.length * -shares.reduce((sum, share) => sum + share * Math.log2(share), 0)
}

/** RFC 6749 appendix A: what tokens and codes may be made of. */
const isVisible = (text) => typeof text === 'string' && /^[\x20-\x7e]+$/.test(text)

/** RFC 6749 §5.1 */
export function tokenResponse(t, answer, { idToken = true } = {}) {
  t.need('token-status-200', answer.status === 200, `${answer.status} ${answer.text}`)
  t.check('token-is-json', answer.type === 'application/json', answer.headers['content-type'])
  t.check('token-not-stored', /\bno-store\b/.test(answer.headers['cache-control'] ?? ''), answer.headers['cache-control'])
  const said = answer.json ?? {}
  accessToken(t, said)
  if (idToken) t.need('id-token-present', typeof said.id_token === 'string', answer.text)
  return said
}

/** What stands beside an access token, wherever it comes from. */
export function accessToken(t, said) {
  t.check('access-token-legal', isVisible(said.access_token), said.access_token)
  t.check('token-type-bearer', /^bearer$/i.test(said.token_type ?? ''), said.token_type)
  const lives = Number(said.expires_in)
  t.check('expires-in-positive', Number.isInteger(lives) && lives > 0, said.expires_in)
}

/** RFC 6749 §5.2 */
export function tokenRefused(t, name, answer, codes, statuses = [400]) {
  const said = answer.json ?? {}
  t.check(name, statuses.includes(answer.status) && codes.includes(said.error), `${answer.status} ${answer.text}`)
  t.check('refusal-is-json', answer.type === 'application/json', answer.headers['content-type'])
  t.check('refusal-not-stored', /\bno-store\b/.test(answer.headers['cache-control'] ?? ''), answer.headers['cache-control'])
  errorTexts(t, said)
}

/** RFC 6749 §4.1.2.1: the signs that an error may be told with. */
export function errorTexts(t, said) {
  const legal = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/
  t.check('error-legal', legal.test(said.error ?? ''), said.error)
  t.check('error-description-legal', legal.test(said.error_description ?? ''), said.error_description)
  t.check('error-uri-legal', said.error_uri === undefined || URL.canParse(said.error_uri), said.error_uri)
}

/** The header and claims of a token whose signature is one of the set's. */
export async function verified(t, token, keys, name = 'id-token') {
  let header
  try {
    header = decodeProtectedHeader(token)
  } catch (error) {
    t.need(`${name}-readable`, false, error.message)
  }
  t.check(`${name}-has-kid`, typeof header.kid === 'string' && header.kid !== '', JSON.stringify(header))
  t.check(`${name}-kid-in-jwks`, keys.keys.some((key) => key.kid === header.kid), header.kid)
  try {
    const { payload } = await compactVerify(token, createLocalJWKSet(keys))
    return { header, claims: JSON.parse(Buffer.from(payload).toString('utf8')) }
  } catch (error) {
    t.need(`${name}-signature`, false, error.message)
  }
}

/** OpenID Connect Core §3.1.3.7, for a client; answers the claims. */
export async function idToken(t, token, { client, nonce, keys, alg = 'RS256' }) {
  const { header, claims } = await verified(t, token, keys)
  t.check('id-token-alg', header.alg === alg, header.alg)
  const audience = [claims.aud].flat()
  t.check('id-token-iss', claims.iss === client.issuer, claims.iss)
  t.check('id-token-aud', audience.includes(client.client_id), JSON.stringify(claims.aud))
  t.check('id-token-azp', audience.length === 1 || claims.azp === client.client_id, claims.azp)
  t.check('id-token-exp', claims.exp > now() && claims.exp < now() + 50 * YEAR_S, claims.exp)
  t.check('id-token-iat', Math.abs(now() - claims.iat) < SKEW_S, claims.iat)
  const late = claims.auth_time ?? now()
  t.check('id-token-auth-time', late <= now() + 1 && late > now() - YEAR_S, claims.auth_time)
  t.check('id-token-acr', claims.acr === undefined || claims.acr !== '', claims.acr)
  t.check('id-token-sub', typeof claims.sub === 'string' && /^[\x20-\x7e]{1,255}$/.test(claims.sub), claims.sub)
  t.check('id-token-nonce', claims.nonce === nonce, `${claims.nonce} for ${nonce}`)
  t.check('id-token-types', misshapen(claims).length === 0, misshapen(claims).join(' '))
  return { ...claims, header }
}

/** OpenID Connect Core §3.3.2.11: the left half, by the algorithm of the signature. */
export function hashes(t, claims, { code, token, required }) {
  for (const [name, value] of [['c_hash', code], ['at_hash', token]]) {
    const fits = claims[name] === undefined ? !(required && value) : !value || claims[name] === half(claims.header.alg, value)
    t.check(`id-token-${name.replace('_', '-')}`, fits, claims[name])
  }
}

function half(alg, text) {
  const bits = /(256|384|512)$/.exec(alg)?.[1] ?? '512'
  const all = createHash(`sha${bits}`).update(text).digest()
  return all.subarray(0, all.length / 2).toString('base64url')
}

/** OpenID Connect Core §5.3.2 */
export function userinfo(t, answer, sub) {
  t.need('userinfo-status-200', answer.status === 200, `${answer.status} ${answer.text}`)
  t.check('userinfo-is-json', answer.type === 'application/json', answer.headers['content-type'])
  const said = answer.json ?? {}
  t.check('userinfo-sub', typeof said.sub === 'string' && (sub === undefined || said.sub === sub), `${said.sub} for ${sub}`)
  t.check('userinfo-types', misshapen(said).length === 0, misshapen(said).join(' '))
  return said
}
