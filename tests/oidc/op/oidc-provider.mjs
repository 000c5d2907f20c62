// The certified provider of npm, with its own pages, in this process: what the suite is measured by.
import https from 'node:https'
import { once } from 'node:events'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { OF_SCOPE } from '../lib/claims.mjs'
import { word } from '../lib/test.mjs'
import { Op } from './base.mjs'
import { Memory } from './memory.mjs'

const PERSON = {
  name: 'Mia Muster', family_name: 'Muster', given_name: 'Mia', middle_name: 'M', nickname: 'mia',
  preferred_username: 'mia', profile: 'https://app.localhost/mia', picture: 'https://app.localhost/mia.png',
  website: 'https://app.localhost/', gender: 'female', birthdate: '1990-01-01', zoneinfo: 'Europe/Berlin',
  locale: 'de-DE', updated_at: 1_700_000_000, email: 'mia@example.org', email_verified: false,
  address: { formatted: 'Somewhere 1' }, phone_number: '+49 30 1', phone_number_verified: false,
}

async function key(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: word(8) }
}

export class OidcProvider extends Op {
  name = 'oidc-provider'
  acr = 'urn:example:one'
  /** What is agreed to twice at once in one session gets lost here, and signing in costs nothing. */
  visits = 1

  async start({ cert, key: tlsKey }) {
    this.server = https.createServer({ cert, key: tlsKey }, (request, response) => this.handler(request, response))
    this.server.keepAliveTimeout = 600_000
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    this.issuer = `https://auth.localhost:${this.server.address().port}`
    this.secret = word()
    this.jwks = [await key('RS256'), await key('ES256')]
    this.#serve()
    return this
  }

  #serve() {
    const provider = new Provider(this.issuer, {
      jwks: { keys: this.jwks },
      adapter: Memory,
      acrValues: [this.acr],
      claims: { openid: ['sub'], acr: null, auth_time: null, iss: null, sid: null, ...OF_SCOPE },
      cookies: { keys: [this.secret], long: { httpOnly: true, sameSite: 'none', secure: true, signed: true } },
      enableHttpPostMethods: true,
      features: {
        backchannelLogout: { enabled: true },
        claimsParameter: { enabled: true },
        devInteractions: { enabled: true },
        jwtUserinfo: { enabled: true },
        registration: { enabled: true },
        registrationManagement: { enabled: true },
        revocation: { enabled: true },
      },
      fetch: (url, options) => this.#ask(url, options),
      findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...PERSON }) }),
      pairwiseIdentifier: (_ctx, account, client) => `${client.clientId}-${account}`,
      pkce: { required: () => false },
      responseTypes: ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'],
      scopes: ['openid', 'offline_access', ...Object.keys(OF_SCOPE)],
      subjectTypes: ['public', 'pairwise'],
    })
    provider.proxy = true
    this.handler = provider.callback()
  }

  /** What it asks of others, over the wire that trusts the test's authority. */
  async #ask(url, options) {
    const { method, headers, body } = options
    const sent = { method, headers: Object.fromEntries(new Headers(headers)), body: body?.toString() }
    const answer = await this.wire.send(String(url), sent)
    return new Response(answer.text || null, { status: answer.status, headers: { 'content-type': answer.type } })
  }

  /** Every client registers itself: it has no other way. */
  register(spec) {
    return this.dynamicClient(spec)
  }

  /** Where clients register, and what they bring. */
  async desk() {
    return { at: `${this.issuer}/reg`, headers: {} }
  }

  /** A client that was registered. */
  adopt(said, key) {
    const { issuer } = this
    return { ...said, key, issuer, discovery: `${issuer}/.well-known/openid-configuration` }
  }

  /** It keeps what it knows of a client's keys for a minute, unless it starts again. */
  async aMinuteLater() {
    this.#serve()
  }

  /** A new key signs from now on; the old ones stay in the set. It learns of that by starting again. */
  async rotate() {
    this.jwks.unshift(await key('RS256'))
    this.#serve()
  }

  async step(page, met, { rp, consent = true, leave = true }) {
    const delivered = this.delivery(page, rp)
    if (delivered) return delivered
    const form = page.forms[0]
    if (!form || page.status >= 400) return undefined
    const prompt = form.fields.find(([name]) => name === 'prompt')?.[1]
    if (prompt === 'login') {
      met.push({ asked: 'login', page })
      return page.submit(form, { login: 'mia', password: 'x' })
    }
    if (prompt === 'consent') {
      met.push({ asked: 'consent', page })
      return consent ? page.submit(form) : undefined
    }
    if (form.action.includes('/session/end/confirm')) {
      met.push({ asked: 'leave', page })
      return leave ? page.submit(form, { logout: 'yes' }) : undefined
    }
    return undefined
  }

  stop() {
    this.server.closeAllConnections()
    this.server.close()
  }
}
