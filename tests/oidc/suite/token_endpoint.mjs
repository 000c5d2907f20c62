// Codes, refresh tokens and verifiers at the token endpoint.
import { createHash } from 'node:crypto'
import { word } from '../lib/test.mjs'
import { entropy, idToken, now, tokenRefused, tokenResponse } from '../lib/tokens.mjs'
import { module, pause, withCode } from './module.mjs'

/** The official module waits thirty seconds; what it asserts does not depend on how long. */
const LATER_MS = 1_500
const A_MOMENT_MS = 1_100

const codeReuse = module(
  'oidcc-codereuse',
  async (t) => {
    const client = await t.client()
    const { outcome } = await t.happy(await t.signedIn(client), client)
    tokenRefused(t, 'second-use-refused', await t.redeem(client, outcome), ['invalid_grant'])
  },
  withCode,
)

const codeReuseLater = module(
  'oidcc-codereuse-30seconds',
  async (t) => {
    const client = await t.client()
    const { outcome, tokens } = await t.happy(await t.signedIn(client), client)
    await pause(LATER_MS)
    tokenRefused(t, 'second-use-refused', await t.redeem(client, outcome), ['invalid_grant'])
    const answer = await t.userinfo(client, tokens.access_token)
    t.check('first-access-token-is-dead', [400, 401].includes(answer.status), `${answer.status} ${answer.text}`)
  },
  withCode,
)

const secretPost = module(
  'oidcc-server-client-secret-post',
  async (t) => {
    const client = await t.client({ token_endpoint_auth_method: 'client_secret_post' })
    await t.happy(await t.signedIn(client), client)
  },
  withCode,
)

const pkce = module(
  'oidcc-ensure-request-with-valid-pkce-succeeds',
  async (t) => {
    const client = await t.client()
    const browser = await t.signedIn(client)
    const verifier = word(32)
    const challenge = {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }
    const good = await t.authorize(browser, client, challenge)
    t.answered(good, client)
    tokenResponse(t, await t.redeem(client, good, { code_verifier: verifier }))
    // RFC 7636 §4.6: what does not fit is refused.
    for (const [name, more] of [['wrong-verifier-refused', { code_verifier: word(32) }], ['missing-verifier-refused', {}]]) {
      const bad = await t.authorize(browser, client, challenge)
      tokenRefused(t, name, await t.redeem(client, bad, more), ['invalid_grant', 'invalid_request'])
    }
  },
  withCode,
)

const refresh = module(
  'oidcc-refresh-token',
  async (t) => {
    const more = { grant_types: ['authorization_code', 'implicit', 'refresh_token'] }
    const client = await t.client(more)
    const other = await t.client({ ...more, redirect_uris: [t.rp.url('/callback'), t.rp.url('/other')] })
    const asked = { scope: 'openid offline_access', prompt: 'consent', nonce: word(32) }
    const first = await t.happy(await t.signedIn(client), client, asked)
    t.need('refresh-token-present', typeof first.tokens.refresh_token === 'string', JSON.stringify(Object.keys(first.tokens)))
    sound(t, first.tokens.refresh_token)
    const stolen = await t.token(other, { grant_type: 'refresh_token', refresh_token: first.tokens.refresh_token })
    tokenRefused(t, 'refresh-token-of-another-client-refused', stolen, ['invalid_grant'])
    await pause(A_MOMENT_MS)
    const again = await t.token(client, { grant_type: 'refresh_token', refresh_token: first.tokens.refresh_token })
    const second = tokenResponse(t, again, { idToken: false })
    t.check('refresh-token-rotates-or-stays', second.refresh_token === undefined || sound(t, second.refresh_token), 'not sound')
    t.check('access-token-differs', second.access_token !== first.tokens.access_token, 'the same')
    if (second.id_token) await follows(t, client, first, second.id_token)
  },
  withCode,
)

function sound(t, token) {
  t.check('refresh-token-legal', /^[\x20-\x7e]+$/.test(token), token)
  return t.check('refresh-token-entropy', token.length >= 16 && entropy(token) > 96, entropy(token))
}

/** OpenID Connect Core §12.2 */
async function follows(t, client, first, token) {
  const keys = await t.op.keys(client)
  const nonce = JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).nonce
  const claims = await idToken(t, token, { client, nonce, keys })
  t.check('refreshed-nonce', nonce === undefined || nonce === first.outcome.asked.nonce, nonce)
  for (const name of ['iss', 'sub', 'aud', 'auth_time', 'azp']) {
    const same = JSON.stringify(claims[name]) === JSON.stringify(first.back[name])
    t.check(`refreshed-same-${name.replace('_', '-')}`, same, `${first.back[name]} ${claims[name]}`)
  }
  t.check('refreshed-new-iat', claims.iat > first.back.iat && claims.iat <= now() + 1, claims.iat)
}

export const tokenEndpoint = [codeReuse, codeReuseLater, secretPost, pkce, refresh]
