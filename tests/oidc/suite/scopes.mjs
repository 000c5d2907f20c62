// What scopes and `claims` bring, and where it stands (OpenID Connect Core §5.4, §5.5).
import { OF_SCOPE } from '../lib/claims.mjs'
import { module, withAccess } from './module.mjs'

const scope = (name, scopes) =>
  module(name, async (t) => {
    const client = await t.client()
    const { scopes_supported: known, claims_supported: told } = await t.op.metadata(client)
    const missing = scopes.filter((one) => !known.includes(one))
    if (missing.length > 0) t.skip(`the scopes ${missing.join(' ')} are not offered`)
    const found = await t.happy(await t.signedIn(client), client, { scope: ['openid', ...scopes].join(' ') })
    const claims = scopes.flatMap((one) => OF_SCOPE[one])
    // Without an access token the ID token is the only place.
    const where = found.userinfo ?? found.claims
    const lacks = (names) => names.filter((one) => !(one in where))
    const promised = claims.filter((one) => told.includes(one))
    t.check('claims-of-scope-as-promised', lacks(promised).length === 0, lacks(promised).join(' '))
    t.check('claims-of-scope-complete', lacks(claims).length === 0, lacks(claims).join(' '))
    if (!found.userinfo) return
    const leaked = ['name', 'email'].filter((one) => one in (found.front ?? {}) || one in (found.back ?? {}))
    t.check('claims-of-scope-not-in-id-token', leaked.length === 0, leaked.join(' '))
    const others = Object.keys(OF_SCOPE).filter((one) => !scopes.includes(one)).flatMap((one) => OF_SCOPE[one])
    const beyond = others.filter((one) => one in where)
    t.check('no-claims-of-other-scopes', beyond.length === 0, beyond.join(' '))
  })

const essential = module(
  'oidcc-claims-essential',
  async (t) => {
    const client = await t.client()
    const metadata = await t.op.metadata(client)
    if (metadata.claims_parameter_supported !== true) t.skip('the claims parameter is not offered')
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    const found = await t.happy(await t.signedIn(client), client, { claims })
    t.check('essential-claim-present', typeof found.userinfo.name === 'string', JSON.stringify(found.userinfo))
    const leaked = 'name' in (found.front ?? {}) || 'name' in (found.back ?? {})
    t.check('essential-claim-not-in-id-token', !leaked, JSON.stringify(found.claims))
  },
  withAccess,
)

export const scopes = [
  scope('oidcc-scope-profile', ['profile']),
  scope('oidcc-scope-email', ['email']),
  scope('oidcc-scope-address', ['address']),
  scope('oidcc-scope-phone', ['phone']),
  scope('oidcc-scope-all', ['profile', 'email', 'address', 'phone']),
  essential,
]
