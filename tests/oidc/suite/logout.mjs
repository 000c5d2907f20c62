// Signing out at the client's wish, and how other clients hear of it (RP-Initiated, Back-Channel and
// Front-Channel Logout 1.0).
import { SignJWT, generateKeyPair } from 'jose'
import { word } from '../lib/test.mjs'
import { now, verified } from '../lib/tokens.mjs'
import { fetched } from './config.mjs'
import { module, NOBODY_ASKED } from './module.mjs'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const DAY_S = 86_400

/** A client that may be returned to, and somebody who has just signed in to it. */
async function signedIn(t, more = {}) {
  const client = await t.client({ post_logout_redirect_uris: [t.rp.url('/bye')], ...more })
  const browser = t.browser()
  const found = await t.happy(browser, client)
  return { client, browser, found, hint: found.tokens?.id_token ?? found.response.id_token }
}

/** The end-session endpoint with these parameters, as far as the person goes along. */
async function leave(t, { client, browser }, asked, person = {}) {
  const { end_session_endpoint: at } = await t.op.metadata(client)
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== undefined))
  const met = []
  const page = await browser.open(`${at}?${query}`, { from: t.rp.url('/start') })
  const last = await t.op.meet(await page.settle(), met, { rp: t.rp, ...person })
  return { page: await last.settle(), met }
}

/** The browser came back with the state and nothing else. */
function returned(t, { page }, state) {
  t.need('returned-to-client', page.url.startsWith(t.rp.url('/bye')), `${page.status} ${page.url} ${page.text.slice(0, 300)}`)
  const url = new URL(page.url)
  const said = Object.fromEntries(url.searchParams)
  t.check('logout-state-echoed', said.state === state, page.url)
  const more = Object.keys(said).filter((name) => name !== 'state')
  t.check('nothing-beside-state', more.length === 0 && !url.hash, page.url)
}

async function signedOut(t, { client, browser }) {
  const outcome = await t.authorize(browser, client, { prompt: 'none' })
  t.need('answer-reaches-client', outcome.arrived, outcome.page.url)
  t.check('signed-out', NOBODY_ASKED.includes(outcome.response.error), JSON.stringify(outcome.response))
}

/** Nobody is sent anywhere before they have said so; a page says no or asks. */
function stays(t, { page, met }) {
  const isTheirs = !t.rp.has(page.url)
  const answered = page.status >= 400 ? page.status < 500 : met.some((one) => one.asked === 'leave')
  t.check('not-sent-on', isTheirs, page.url)
  t.check('refused-or-asked', isTheirs && answered, `${page.status} ${page.url}`)
}

const PLAIN = 'oidcc-rp-initiated-logout'

const discovery = module(`${PLAIN}-discovery-endpoint-verification`, async (t) => {
  const { said } = await fetched(t)
  t.check('end-session-endpoint', /^https:/.test(said.end_session_endpoint ?? ''), said.end_session_endpoint)
})

const withState = (name, state) =>
  module(name, async (t) => {
    const who = await signedIn(t)
    const asked = { id_token_hint: who.hint, post_logout_redirect_uri: t.rp.url('/bye'), state: state?.() }
    returned(t, await leave(t, who, asked), asked.state)
    await signedOut(t, who)
  })

/** A request that must not lead anywhere by itself. */
const kept = (name, asked) =>
  module(`${PLAIN}-${name}`, async (t) => {
    const who = await signedIn(t)
    const usual = { id_token_hint: who.hint, post_logout_redirect_uri: t.rp.url('/bye'), state: word() }
    stays(t, await leave(t, who, { ...usual, ...(await asked(t, who)) }, { leave: false }))
  })

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

const unsigned = (token) => `${part({ alg: 'none' })}.${token.split('.')[1]}.`

async function forged(token) {
  const { privateKey } = await generateKeyPair('RS256')
  const header = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'))
  return new SignJWT(JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))).setProtectedHeader(header).sign(privateKey)
}

/** Signs out, after a question at most, and a page says so. */
const onPage = (name, asked) =>
  module(`${PLAIN}-${name}`, async (t) => {
    const who = await signedIn(t)
    const { page } = await leave(t, who, asked(who))
    t.check('signed-out-page', !t.rp.has(page.url) && page.status === 200, `${page.status} ${page.url}`)
    await signedOut(t, who)
  })

export const rpInitiated = [
  discovery,
  withState(PLAIN, word),
  withState(`${PLAIN}-no-state`),
  kept('bad-post-logout-redirect-uri', (t) => ({ post_logout_redirect_uri: t.rp.url('/elsewhere') })),
  kept('query-added-to-post-logout-redirect-uri', (t) => ({ post_logout_redirect_uri: t.rp.url('/bye?foo=bar') })),
  kept('modified-id-token-hint', (_t, who) => ({ id_token_hint: unsigned(who.hint) })),
  kept('bad-id-token-hint', async (_t, who) => ({ id_token_hint: await forged(who.hint) })),
  kept('no-id-token-hint', () => ({ id_token_hint: undefined })),
  onPage('no-params', () => ({})),
  onPage('no-post-logout-redirect-uri', ({ hint }) => ({ id_token_hint: hint, state: word() })),
  onPage('only-state', () => ({ state: word() })),
]

const flags = (name, members) =>
  module(name, async (t) => {
    const { said } = await fetched(t)
    for (const member of members) t.check(member.replaceAll('_', '-'), said[member] === true, said[member])
    t.check('end-session-endpoint', /^https:/.test(said.end_session_endpoint ?? ''), said.end_session_endpoint)
  })

const backchannel = module('oidcc-backchannel-rp-initiated-logout', async (t) => {
  const path = `/backchannel-${word(6)}`
  const more = { backchannel_logout_uri: t.rp.direct(path), backchannel_logout_session_required: true }
  const who = await signedIn(t, more)
  const asked = { id_token_hint: who.hint, post_logout_redirect_uri: t.rp.url('/bye'), state: word() }
  returned(t, await leave(t, who, asked), asked.state)
  const heard = await t.rp.heard(path)
  t.need('backchannel-one-post', heard.length === 1 && heard[0].method === 'POST', `${heard.length} ${heard[0]?.method}`)
  t.check('backchannel-is-form', heard[0].type === 'application/x-www-form-urlencoded', heard[0].type)
  const said = [...new URLSearchParams(heard[0].body)]
  t.check('backchannel-only-logout-token', said.length === 1 && said[0][0] === 'logout_token', said.map(([name]) => name))
  t.check('backchannel-nothing-in-query', [...heard[0].query].length === 0, heard[0].query)
  await logoutToken(t, who, said.find(([name]) => name === 'logout_token')?.[1] ?? '')
  await signedOut(t, who)
})

/** Back-Channel Logout §2.4, §2.6 */
async function logoutToken(t, { client, found }, token) {
  const { header, claims } = await verified(t, token, await t.op.keys(client), 'logout-token')
  t.check('logout-token-alg', header.alg === 'RS256', header.alg)
  t.check('logout-token-typ', [undefined, 'logout+jwt', 'JWT'].includes(header.typ), header.typ)
  t.check('logout-token-iss', claims.iss === client.issuer, claims.iss)
  t.check('logout-token-aud', [claims.aud].flat().includes(client.client_id), claims.aud)
  t.check('logout-token-iat', claims.iat <= now() + 5 && claims.iat > now() - DAY_S, claims.iat)
  t.check('logout-token-exp', claims.exp === undefined || claims.exp > now(), claims.exp)
  t.check('logout-token-jti', typeof claims.jti === 'string' && claims.jti !== '', claims.jti)
  const events = Object.entries(claims.events ?? {})
  t.check('logout-token-events', events.length === 1 && events[0][0] === EVENT, JSON.stringify(claims.events))
  t.check('logout-token-event-empty', JSON.stringify(claims.events?.[EVENT]) === '{}', JSON.stringify(claims.events))
  t.check('logout-token-without-nonce', !('nonce' in claims), claims.nonce)
  t.check('logout-token-sub', claims.sub === undefined || claims.sub === found.claims.sub, claims.sub)
  t.check('logout-token-sid', typeof claims.sid === 'string' && claims.sid === found.claims.sid, `${claims.sid} for ${found.claims.sid}`)
}

export const backChannel = [
  flags('oidcc-backchannel-logout-discovery-endpoint-verification', ['backchannel_logout_supported', 'backchannel_logout_session_supported']),
  backchannel,
]

const frontchannel = module('oidcc-frontchannel-rp-initiated-logout', async (t) => {
  const path = `/frontchannel-${word(6)}`
  const more = { frontchannel_logout_uri: t.rp.url(path), frontchannel_logout_session_required: true }
  const who = await signedIn(t, more)
  const asked = { id_token_hint: who.hint, post_logout_redirect_uri: t.rp.url('/bye'), state: word() }
  returned(t, await leave(t, who, asked), asked.state)
  const heard = t.rp.seen(path)
  t.need('frontchannel-one-get', heard.length === 1 && heard[0].method === 'GET', `${heard.length} ${heard[0]?.method}`)
  const said = Object.fromEntries(heard[0].query)
  t.check('frontchannel-only-iss-and-sid', Object.keys(said).sort().join() === 'iss,sid', Object.keys(said))
  t.check('frontchannel-iss', said.iss === who.client.issuer, said.iss)
  t.check('frontchannel-sid', typeof said.sid === 'string' && said.sid === who.found.claims.sid, `${said.sid} for ${who.found.claims.sid}`)
  await signedOut(t, who)
})

const FRONT_FLAGS = ['frontchannel_logout_supported', 'frontchannel_logout_session_supported']
const FRONT_DISCOVERY = 'oidcc-frontchannel-logout-discovery-endpoint-verification'

/** Nothing is asked of a provider that does not offer it at all. */
const offered = ({ name, run, fits }) =>
  module(
    name,
    async (t) => {
      const { said } = await fetched(t)
      if (!(FRONT_FLAGS[0] in said)) t.skip('front-channel logout is not offered')
      await run(t)
    },
    fits,
  )

export const frontChannel = [flags(FRONT_DISCOVERY, FRONT_FLAGS), frontchannel].map(offered)
