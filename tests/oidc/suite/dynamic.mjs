// Clients that register themselves, with keys of their own (OpenID Connect Dynamic Client Registration 1.0,
// RFC 7591, RFC 7592, RFC 7523).
import { SignJWT, importJWK } from 'jose'
import { links, pictures } from '../lib/html.mjs'
import { word } from '../lib/test.mjs'
import { idToken, tokenRefused, tokenResponse, verified } from '../lib/tokens.mjs'
import { assertion, clientKey } from '../op/base.mjs'
import { fetched, verification } from './config.mjs'
import { module, pause } from './module.mjs'

/** So long a new key of a client may take to count, as in the official module. */
const KEY_COUNTS_MS = 60_000

const REFUSED = ['invalid_client_metadata']

/** RFC 7591 §3.2.1: what was said comes back, and nothing of it may be kept by a cache. */
function registered(t, answer, spec) {
  t.need('registration-status-201', answer.status === 201, `${answer.status} ${answer.text}`)
  t.check('registration-is-json', answer.type === 'application/json', answer.headers['content-type'])
  t.check('registration-not-stored', /\bno-store\b/.test(answer.headers['cache-control'] ?? ''), answer.headers['cache-control'])
  const said = answer.json ?? {}
  t.check('registration-has-client-id', typeof said.client_id === 'string' && said.client_id !== '', said.client_id)
  for (const [name, value] of Object.entries(spec)) {
    const same = JSON.stringify([said[name]].flat().sort()) === JSON.stringify([value].flat().sort())
    t.check('registration-echoes', same || name === 'jwks' || name === 'require_auth_time', `${name}: ${JSON.stringify(said[name])}`)
  }
  return said
}

/** RFC 7591 §3.2.2 */
function unregistered(t, answer, codes) {
  tokenRefused(t, 'registration-refused', answer, codes)
}

const manage = (t, said, method) =>
  t.wire.send(said.registration_client_uri, { method, headers: { authorization: `Bearer ${said.registration_access_token}` } })

const server = module('oidcc-server', async (t) => {
  const { key, ...spec } = t.spec({ client_name: 'A client of the suite' })
  const said = registered(t, await t.op.registration(spec), spec)
  const client = await t.op.adopt(said, key)
  await t.happy(await t.signedIn(client), client)
  const read = await manage(t, said, 'GET')
  t.check('registration-is-read', read.status === 200 && read.json?.client_id === said.client_id, `${read.status} ${read.text}`)
  const again = await manage(t, { ...said, registration_access_token: word() }, 'GET')
  t.check('registration-of-others-refused', again.status === 401, `${again.status} ${again.text}`)
  const gone = await manage(t, read.json ?? said, 'DELETE')
  t.check('client-is-unregistered', gone.status === 204, `${gone.status} ${gone.text}`)
  t.errorPage('unregistered-client-refused', await t.authorize(t.browser(), client))
})

const rs256 = module('oidcc-idtoken-rs256', async (t) => {
  const client = await t.client({ id_token_signed_response_alg: 'RS256' })
  const { claims } = await t.happy(await t.signedIn(client), client)
  t.check('id-token-alg-rs256', claims.header.alg === 'RS256', claims.header.alg)
  t.check('id-token-kid-present', Boolean(claims.header.kid), JSON.stringify(claims.header))
})

const signedUserinfo = module('oidcc-userinfo-rs256', async (t) => {
  const client = await t.client({ userinfo_signed_response_alg: 'RS256' })
  const { userinfo_signing_alg_values_supported: offered = [] } = await t.op.metadata(client)
  t.check('userinfo-rs256-offered', offered.includes('RS256'), offered.join(' '))
  const outcome = await t.authorize(await t.signedIn(client), client)
  t.answered(outcome, client)
  const tokens = tokenResponse(t, await t.redeem(client, outcome))
  const answer = await t.userinfo(client, tokens.access_token)
  t.need('userinfo-status-200', answer.status === 200, `${answer.status} ${answer.text}`)
  t.check('userinfo-is-jwt', answer.type === 'application/jwt', answer.headers['content-type'])
  const { header, claims } = await verified(t, answer.text, await t.op.keys(client), 'userinfo')
  t.check('userinfo-alg', header.alg === 'RS256', header.alg)
  t.check('userinfo-iss', claims.iss === client.issuer, claims.iss)
  t.check('userinfo-aud', [claims.aud].flat().includes(client.client_id), claims.aud)
  t.check('userinfo-without-nonce', !('nonce' in claims), claims.nonce)
})

const addressNeeded = module('oidcc-ensure-redirect-uri-in-authorization-request', async (t) => {
  const client = await t.client({ redirect_uris: [t.rp.url('/callback'), t.rp.url('/callback2')] })
  const outcome = await t.authorize(await t.signedIn(client), client, { redirect_uri: undefined })
  t.errorPage('missing-redirect-refused', outcome)
})

const queryKept = module('oidcc-redirect-uri-query-OK', async (t) => {
  const client = await t.client({ redirect_uris: [t.rp.url('/callback?foo=bar')] })
  const { outcome } = await t.happy(await t.signedIn(client), client)
  t.check('query-is-kept', new URL(outcome.page.url).searchParams.get('foo') === 'bar', outcome.page.url)
})

const queryOther = (name, own, asked) =>
  module(name, async (t) => {
    const client = await t.client({ redirect_uris: [t.rp.url(own)] })
    const outcome = await t.authorize(await t.signedIn(client), client, { redirect_uri: t.rp.url(asked) })
    t.errorPage('unregistered-redirect-refused', outcome)
  })

const fragment = module('oidcc-redirect-uri-regfrag', async (t) => {
  const { key, ...spec } = t.spec({ redirect_uris: [t.rp.url('/callback#fragment')] })
  unregistered(t, await t.op.registration(spec), ['invalid_redirect_uri', 'invalid_client_metadata'])
})

const discovery = module('oidcc-discovery-endpoint-verification', async (t) => {
  await verification.run(t)
  const { said } = await fetched(t)
  const lacks = (list, names) => names.filter((one) => !(said[list] ?? []).includes(one))
  const types = lacks('response_types_supported', ['code', 'id_token', 'id_token token'])
  t.check('dynamic-response-types', types.length === 0, types.join(','))
  const grants = lacks('grant_types_supported', ['authorization_code', 'implicit'])
  t.check('dynamic-grant-types', grants.length === 0, grants.join(','))
  t.check('registration-endpoint', /^https:/.test(said.registration_endpoint ?? ''), said.registration_endpoint)
})

/** The pages that somebody meets who comes to a client for the first time. */
async function met(t, client) {
  const { outcome } = await t.happy(t.browser(), client)
  return outcome.met.map(({ page }) => page)
}

/** What a client says of itself is shown to who is asked: a link that tells its own page nothing of ours. */
const told = (name, member) =>
  module(name, async (t) => {
    const address = t.rp.url(`/${member}-${word(4)}`)
    const pages = await met(t, await t.client({ [member]: address }))
    const seen = pages.flatMap((page) => links(page.text, page.url)).filter(({ href }) => href === address)
    const what = member.replace('_', '-')
    t.check(`${what}-is-shown`, seen.length > 0, pages.map((page) => page.url).join(' '))
    const opens = seen.filter(({ target, rel }) => target === '_blank' && !/\bnoopener\b/.test(rel ?? ''))
    t.check(`${what}-has-no-opener`, opens.length === 0, JSON.stringify(opens))
  })

/** The picture that is shown is the client's, wherever it comes from. */
const logo = module('oidcc-registration-logo-uri', async (t) => {
  const picture = `GIF89a ${word()}`
  const path = `/logo-${word(4)}`
  const client = await t.client({ logo_uri: t.rp.serveDirect(path, picture) })
  const pages = await met(t, client)
  const shown = [...new Set(pages.flatMap((page) => pictures(page.text, page.url)))].filter((one) => one.startsWith('https:'))
  const answers = await Promise.all(shown.map((one) => t.wire.send(one)))
  t.check('logo-uri-is-shown', answers.some(({ text }) => text === picture), shown.join(' '))
})

const byReference = module('oidcc-registration-jwks-uri', async (t) => {
  const key = await clientKey()
  const jwks_uri = t.rp.serveDirect(`/jwks-${word(4)}`, { keys: [key.public] })
  const client = await t.client({ jwks: undefined, jwks_uri, key: key.private })
  await t.happy(await t.signedIn(client), client)
})

/** A document of a sector, and a registration that names it. */
async function sector(t, uris) {
  const sector_identifier_uri = t.rp.serveDirect(`/sector-${word(4)}`, uris)
  const { key, ...spec } = t.spec({ subject_type: 'pairwise', sector_identifier_uri })
  return { key, spec, answer: await t.op.registration(spec) }
}

const sectorGood = module('oidcc-registration-sector-uri', async (t) => {
  const { key, spec, answer } = await sector(t, [t.rp.url('/callback'), t.rp.url('/other')])
  const client = await t.op.adopt(registered(t, answer, spec), key)
  const found = await t.happy(await t.signedIn(client), client)
  const plain = await t.client()
  const other = await t.happy(await t.signedIn(plain), plain)
  t.check('pairwise-sub-is-its-own', found.claims.sub !== other.claims.sub, found.claims.sub)
})

const sectorBad = module('oidcc-registration-sector-bad', async (t) => {
  const { answer } = await sector(t, [t.rp.url('/elsewhere')])
  unregistered(t, answer, REFUSED)
})

export const rotate = module('oidcc-server-rotate-keys', async (t) => {
  const client = await t.client()
  const kids = async () => (await t.op.keys(client)).keys.map((key) => key.kid)
  const browser = t.browser()
  const { tokens } = await t.happy(browser, client)
  const before = await kids()
  await t.op.rotate()
  const after = await kids()
  t.check('new-key-is-published', after.some((kid) => !before.includes(kid)), after.join(' '))
  t.check('old-keys-are-still-published', before.every((kid) => after.includes(kid)), after.join(' '))
  const nonce = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url')).nonce
  await idToken(t, tokens.id_token, { client, nonce, keys: await t.op.keys(client) })
  await t.happy(browser, client)
})

const newKey = module('oidcc-refresh-token-rp-key-rotation', async (t) => {
  const [old, fresh] = [await clientKey(), await clientKey()]
  const path = `/jwks-${word(4)}`
  const jwks_uri = t.rp.serveDirect(path, { keys: [old.public] })
  const more = { grant_types: ['authorization_code', 'refresh_token'] }
  const client = await t.client({ ...more, jwks: undefined, jwks_uri, key: old.private })
  const asked = { scope: 'openid offline_access', prompt: 'consent' }
  const { tokens } = await t.happy(await t.signedIn(client), client, asked)
  t.rp.serveDirect(path, { keys: [fresh.public] })
  await t.op.aMinuteLater?.()
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  const end = Date.now() + KEY_COUNTS_MS
  let answer = await t.token({ ...client, key: fresh.private }, form)
  while (answer.status === 401 && Date.now() < end) {
    await pause(2_500)
    answer = await t.token({ ...client, key: fresh.private }, form)
  }
  t.check('new-key-of-client-counts', answer.status === 200, `${answer.status} ${answer.text}`)
})

const audience = module('oidcc-ensure-client-assertion-with-iss-aud-succeeds', async (t) => {
  const client = await t.client()
  const outcome = await t.authorize(await t.signedIn(client), client)
  t.answered(outcome, client)
  const { token_endpoint: at } = await t.op.metadata(client)
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: outcome.response.code,
    redirect_uri: outcome.asked.redirect_uri,
    client_id: client.client_id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(client, client.issuer),
  })
  const answer = await t.wire.send(at, { method: 'POST', body })
  t.check('assertion-for-issuer-taken', answer.status === 200, `${answer.status} ${answer.text}`)
  // RFC 7523 §3: one that nobody of this client's signed proves nothing.
  const stranger = { ...client, key: (await clientKey(client.key.kid)).private }
  const refused = await t.token(stranger, { grant_type: 'authorization_code', code: word(), redirect_uri: outcome.asked.redirect_uri })
  tokenRefused(t, 'assertion-of-a-stranger-refused', refused, ['invalid_client'], [401, 400])
})

const signedRequest = module('oidcc-request-uri-signed-rs256', async (t) => {
  const client = await t.client()
  const outer = t.request(client, { nonce: word() })
  const nonce = word()
  const request = await new SignJWT({ ...outer, nonce, iss: client.client_id, aud: client.issuer })
    .setProtectedHeader({ alg: 'RS256', kid: client.key.kid })
    .sign(await importJWK(client.key, 'RS256'))
  const request_uri = t.rp.serveDirect(`/request-${word(4)}`, request)
  const outcome = await t.authorize(await t.signedIn(client), client, { ...outer, request_uri })
  t.need('answer-reaches-client', outcome.arrived, `${outcome.page.status} ${outcome.page.url}`)
  if (outcome.response.error) return t.refused(outcome, client, ['request_uri_not_supported'])
  t.answered(outcome, client)
  const said = tokenResponse(t, await t.redeem(client, outcome))
  await idToken(t, said.id_token, { client, nonce, keys: await t.op.keys(client) })
})

export const dynamic = [
  server,
  rs256,
  signedUserinfo,
  addressNeeded,
  queryKept,
  queryOther('oidcc-redirect-uri-query-mismatch', '/callback?foo=bar', '/callback?bar=foo'),
  queryOther('oidcc-redirect-uri-query-added', '/callback', '/callback?foo=bar'),
  fragment,
  discovery,
  logo,
  told('oidcc-registration-policy-uri', 'policy_uri'),
  told('oidcc-registration-tos-uri', 'tos_uri'),
  byReference,
  sectorGood,
  sectorBad,
  rotate,
  newKey,
  audience,
  signedRequest,
]

const begins = module('oidcc-3rd_party-init-login', async (t) => {
  const { key, ...spec } = t.spec({ initiate_login_uri: t.rp.url('/initiate') })
  const said = registered(t, await t.op.registration(spec), spec)
  t.check('initiate-login-uri-echoed', said.initiate_login_uri === spec.initiate_login_uri, said.initiate_login_uri)
  const read = await manage(t, said, 'GET')
  t.check('initiate-login-uri-read', read.json?.initiate_login_uri === spec.initiate_login_uri, `${read.status} ${read.text}`)
})

const beginsPlainly = module('oidcc-3rd_party-init-login-nohttps', async (t) => {
  const { key, ...spec } = t.spec({ initiate_login_uri: t.rp.url('/initiate').replace('https:', 'http:') })
  unregistered(t, await t.op.registration(spec), REFUSED)
})

export const thirdParty = [begins, beginsPlainly]
