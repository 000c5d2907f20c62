// Requests in a JWT: done, or refused as the standards say; never ignored (OpenID Connect Core §6).
import { word } from '../lib/test.mjs'
import { idToken, tokenResponse } from '../lib/tokens.mjs'
import { module } from './module.mjs'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const unsigned = (claims) => `${part({ alg: 'none' })}.${part(claims)}.`

/** Either it is refused with this word, or the nonce of the object is the one that counts. */
async function doneOrRefused(t, client, outcome, nonce, refusal) {
  t.need('answer-reaches-client', outcome.arrived, `${outcome.page.status} ${outcome.page.url}`)
  if (outcome.response.error) return t.refused(outcome, client, [refusal])
  t.answered(outcome, client)
  const keys = await t.op.keys(client)
  const token = outcome.response.id_token ?? tokenResponse(t, await t.redeem(client, outcome)).id_token
  await idToken(t, token, { client, nonce, keys })
}

const byValue = module('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async (t) => {
  const client = await t.client()
  const nonce = word()
  const outer = t.request(client, { nonce: word() })
  const request = unsigned({ ...outer, nonce, aud: client.issuer, iss: client.client_id })
  const outcome = await t.authorize(await t.signedIn(client), client, { ...outer, request })
  await doneOrRefused(t, client, outcome, nonce, 'request_not_supported')
})

const byReference = module('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported', async (t) => {
  const client = await t.client()
  const nonce = word()
  const outer = t.request(client, { nonce: word() })
  const request = unsigned({ ...outer, nonce, aud: client.issuer, iss: client.client_id })
  const request_uri = t.rp.serveDirect(`/request-${word(6)}`, request)
  const outcome = await t.authorize(await t.signedIn(client), client, { ...outer, request_uri })
  await doneOrRefused(t, client, outcome, nonce, 'request_uri_not_supported')
})

const redirectInside = module('oidcc-ensure-request-object-with-redirect-uri', async (t) => {
  const client = await t.client()
  const browser = await t.signedIn(client)
  const outer = t.request(client, { redirect_uri: t.rp.url('/elsewhere') })
  const inner = { ...outer, redirect_uri: client.redirect_uris[0], aud: client.issuer, iss: client.client_id }
  const outcome = await t.authorize(browser, client, { ...outer, request: unsigned(inner) })
  if (!outcome.arrived) return t.errorPage('refused-by-page', outcome)
  t.check('address-of-object-wins', outcome.page.url.startsWith(client.redirect_uris[0]), outcome.page.url)
})

export const requestObjects = [byValue, byReference, redirectInside]
