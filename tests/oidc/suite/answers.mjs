// What every response type has to do: the answer, its ID token, what the request says about it.
import { PROTOCOL } from '../lib/claims.mjs'
import { entropy } from '../lib/tokens.mjs'
import { module, withAccess, withCode, withFrontIdToken } from './module.mjs'

const unasked = (claims) => Object.keys(claims ?? {}).filter((one) => one !== 'header' && !PROTOCOL.has(one))

const server = module('oidcc-server', async (t) => {
  const client = await t.client()
  const found = await t.happy(await t.signedIn(client), client)
  if (t.has('code')) {
    const { code } = found.response
    t.check('code-length', code.length >= 16, code.length)
    t.check('code-entropy', entropy(code) > 96, entropy(code))
    t.check('code-legal', /^[\x20-\x7e]+$/.test(code), code)
  }
  const more = [...unasked(found.front), ...unasked(found.back)]
  t.check('id-token-without-unasked-claims', more.length === 0, more.join(' '))
  if (found.userinfo) {
    const told = Object.keys(found.userinfo).filter((one) => one !== 'sub')
    t.check('userinfo-without-unasked-claims', told.length === 0, told.join(' '))
  }
})

const typeMissing = module('oidcc-response-type-missing', async (t) => {
  const client = await t.client()
  const outcome = await t.authorize(await t.signedIn(client), client, { response_type: undefined })
  if (!outcome.arrived) return t.errorPage('refused-by-page', outcome)
  const place = t.variant.responseMode ? 'form' : outcome.places[0]
  t.refused(outcome, client, ['unsupported_response_type', 'invalid_request'], place)
})

const signature = module('oidcc-idtoken-signature', async (t) => {
  const client = await t.client()
  const { claims } = await t.happy(await t.signedIn(client), client)
  t.check('id-token-alg-rs256', claims.header.alg === 'RS256', claims.header.alg)
  t.check('id-token-kid-present', Boolean(claims.header.kid), JSON.stringify(claims.header))
})

const unsigned = module('oidcc-idtoken-unsigned', async (t) => {
  const { id_token_signing_alg_values_supported: algorithms } = await t.op.metadata(await t.client())
  if (!algorithms.includes('none')) t.skip('no unsigned ID tokens are offered')
  t.check('none-not-offered', false, algorithms.join(' '))
})

const userinfo = (name, how) =>
  module(
    name,
    async (t) => {
      const client = await t.client()
      const { access, claims } = await t.happy(await t.signedIn(client), client)
      const answer = await t.userinfo(client, access, how)
      t.need('userinfo-taken', answer.status === 200, `${answer.status} ${answer.text}`)
      t.check('userinfo-same-sub', answer.json.sub === claims.sub, answer.text)
      t.check('userinfo-not-stored', !/\b(public|max-age=[1-9])/.test(answer.headers['cache-control'] ?? ''), answer.headers['cache-control'])
    },
    withAccess,
  )

const withoutNonce = module(
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
  async (t) => {
    const client = await t.client()
    const { claims } = await t.happy(await t.signedIn(client), client, { nonce: undefined })
    t.check('no-nonce-claim', !('nonce' in claims), claims.nonce)
  },
  (variant) => variant.responseType === 'code',
)

const nonceNeeded = module(
  'oidcc-ensure-request-without-nonce-fails',
  async (t) => {
    const client = await t.client()
    const outcome = await t.authorize(await t.signedIn(client), client, { nonce: undefined })
    if (!outcome.arrived) return t.errorPage('refused-by-page', outcome)
    t.refused(outcome, client, ['invalid_request'])
  },
  withFrontIdToken,
)

const alternate = module('oidcc-alternate-happy-flow', async (t) => {
  const client = await t.client()
  const browser = await t.signedIn(client)
  const first = await t.happy(browser, client, { scope: 'openid email' })
  const turned = Object.fromEntries(Object.entries(t.request(client, { scope: 'email openid' })).reverse())
  // `request` puts them in its own order again, so the whole is given as changes to nothing.
  const metadata = await t.op.metadata(client)
  const query = new URLSearchParams(turned)
  const page = await browser.open(`${metadata.authorization_endpoint}?${query}`, { from: t.rp.url('/start') })
  const last = await t.op.meet(page, [], { rp: t.rp })
  t.need('reversed-order-arrives', t.rp.has(last.url), last.url)
  const found = await t.happy(browser, client, { scope: 'email openid' })
  t.check('same-sub', found.claims.sub === first.claims.sub, found.claims.sub)
})

/** A parameter that changes nothing. */
const ignored = (name, changes) =>
  module(name, async (t) => {
    const client = await t.client()
    await t.happy(await t.signedIn(client), client, changes)
  })

const acr = module('oidcc-ensure-request-with-acr-values-succeeds', async (t) => {
  const client = await t.client()
  const { acr_values_supported: values } = await t.op.metadata(client)
  const asked = values ?? ['1', '2']
  const { claims } = await t.happy(await t.signedIn(client), client, { acr_values: asked.join(' ') })
  t.check('acr-is-one-asked-for', asked.includes(claims.acr), claims.acr)
})

const byPost = module('oidcc-ensure-post-request-succeeds', async (t) => {
  const client = await t.client()
  await t.happy(await t.signedIn(client), client, {}, { method: 'POST' })
})

const registered = module('oidcc-ensure-registered-redirect-uri', async (t) => {
  const client = await t.client()
  const browser = await t.signedIn(client)
  for (const suffix of ['/more', 'more', '?more=1', '/../other']) {
    const outcome = await t.authorize(browser, client, { redirect_uri: t.rp.url('/callback') + suffix })
    t.errorPage('unregistered-redirect-refused', outcome)
  }
})

export const answers = [
  server,
  typeMissing,
  signature,
  unsigned,
  userinfo('oidcc-userinfo-get', {}),
  userinfo('oidcc-userinfo-post-header', { method: 'POST' }),
  userinfo('oidcc-userinfo-post-body', { method: 'POST', inBody: true }),
  withoutNonce,
  nonceNeeded,
  alternate,
  ignored('oidcc-display-page', { display: 'page' }),
  ignored('oidcc-display-popup', { display: 'popup' }),
  ignored('oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }),
  ignored('oidcc-ui-locales', { ui_locales: 'se' }),
  ignored('oidcc-claims-locales', { claims_locales: 'se' }),
  acr,
  byPost,
  registered,
]
export { withCode }
