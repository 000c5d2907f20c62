// One module while it runs: what it may use, and what it found. Every finding has the name of its assertion.
import { randomBytes } from 'node:crypto'
import { Browser } from './browser.mjs'
import * as tokens from './tokens.mjs'

/** Ends a module: nothing after it would mean anything. */
class Broken extends Error {}
/** Ends a module that has nothing to ask of this provider. */
export class Skipped extends Error {}

export const word = (bytes = 16) => randomBytes(bytes).toString('base64url')

export class Test {
  findings = []
  passed = new Set()

  constructor({ op, rp, wire, plan, module, variant }) {
    Object.assign(this, { op, rp, wire, plan, module, variant })
  }

  /** Notes whether an assertion holds, and goes on. */
  check(assertion, holds, detail) {
    if (holds) this.passed.add(assertion)
    else this.findings.push({ assertion, detail: String(detail ?? '').slice(0, 600) })
    return Boolean(holds)
  }

  /** The same, and the module ends here if it does not hold. */
  need(assertion, holds, detail) {
    if (!this.check(assertion, holds, detail)) throw new Broken(assertion)
  }

  skip(why) {
    throw new Skipped(why)
  }

  async run() {
    const begun = Date.now()
    const told = { plan: this.plan, module: this.module.name, variant: this.variant.name }
    try {
      await this.module.run(this)
    } catch (error) {
      if (error instanceof Skipped) return { ...told, result: 'skipped', why: error.message, ms: Date.now() - begun }
      if (!(error instanceof Broken)) this.check('no-exception', false, error.stack)
    }
    const result = this.findings.length > 0 || this.passed.size === 0 ? 'failed' : 'passed'
    return { ...told, result, checks: this.passed.size, findings: this.findings, ms: Date.now() - begun }
  }

  // ---- what a module works with

  browser() {
    return new Browser(this.wire)
  }

  /** A browser of somebody who is signed in and has agreed; the sign-in itself is not asserted here. */
  async signedIn(client) {
    const twin = (await this.op.remembered(client, () => this.#visit(client))).twin()
    return twin
  }

  async #visit(client) {
    const browser = this.browser()
    const outcome = await this.authorize(browser, client)
    if (outcome.response.error || !outcome.arrived) throw new Error(`no sign-in: ${outcome.page.url} ${outcome.page.text.slice(0, 400)}`)
    return browser
  }

  get type() {
    return this.variant.responseType
  }

  has(part) {
    return this.type.split(' ').includes(part)
  }

  /** Where the answer has to stand. */
  get place() {
    if (this.variant.responseMode) return 'form'
    return this.type === 'code' ? 'query' : 'fragment'
  }

  /** A client as this variant wants it, made once; `more` makes it another one. */
  client(more = {}) {
    const spec = this.spec(more)
    return this.variant.dynamic ? this.op.dynamicClient(spec) : this.op.client(spec)
  }

  /** What such a client says of itself; `key` is its private one. */
  spec(more = {}) {
    const grants = { code: 'authorization_code', token: 'implicit', id_token: 'implicit' }
    const own = this.variant.dynamic && { jwks: { keys: [this.op.clientKey.public] }, key: this.op.clientKey.private }
    const spec = {
      redirect_uris: [this.rp.url('/callback')],
      response_types: [this.type],
      grant_types: [...new Set(this.type.split(' ').map((part) => grants[part]))],
      token_endpoint_auth_method: this.variant.auth ?? 'client_secret_basic',
      require_auth_time: true,
      ...own,
      ...more,
    }
    return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined))
  }

  /** The parameters of a request; one that is `undefined` is left out. */
  request(client, changes = {}) {
    const all = {
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0],
      response_type: this.type,
      response_mode: this.variant.responseMode,
      scope: 'openid',
      state: word(),
      nonce: word(),
      ...changes,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }

  /** A request to the authorization endpoint, whatever comes of it. `person`: what to do when asked. */
  async authorize(browser, client, changes = {}, { method = 'GET', person = {} } = {}) {
    const asked = this.request(client, changes)
    const metadata = await this.op.metadata(client)
    const query = new URLSearchParams(asked)
    const from = this.rp.url('/start')
    const page =
      method === 'POST'
        ? await browser.open(metadata.authorization_endpoint, { method, body: query, from })
        : await browser.open(`${metadata.authorization_endpoint}?${query}`, { from })
    const met = []
    const last = await this.op.meet(page, met, { rp: this.rp, ...person })
    return new Outcome({ asked, met, page: last, rp: this.rp })
  }

  /** Everything of section 3.1: the answer, the tokens, userinfo. */
  async happy(browser, client, changes = {}, how = {}) {
    const outcome = await this.authorize(browser, client, changes, how)
    this.answered(outcome, client)
    return { ...(await this.#redeemed(outcome, client, how)), outcome }
  }

  /** Checks an answer that is no refusal. */
  answered(outcome, client) {
    this.delivered(outcome, client)
    const { response } = outcome
    this.need('no-error', response.error === undefined, `${response.error} ${response.error_description}`)
    const type = outcome.asked.response_type
    const has = (part) => type.split(' ').includes(part)
    this.need('answer-has-code', has('code') === ('code' in response), JSON.stringify(response))
    this.need('answer-has-token', has('token') === ('access_token' in response), JSON.stringify(response))
    this.need('answer-has-id-token', has('id_token') === ('id_token' in response), JSON.stringify(response))
    if (has('token')) tokens.accessToken(this, response)
  }

  /** Checks where an answer came to and what goes back with it, refusal or not. */
  delivered(outcome, client, place = this.place) {
    const { page, response } = outcome
    this.need('answer-reaches-client', outcome.arrived, `${page.status} ${page.url} ${page.text.slice(0, 300)}`)
    this.check('answer-in-right-place', outcome.places.join() === place, `${outcome.places.join()} for ${place}`)
    this.check('answer-to-right-address', page.url.split(/[#]/)[0].startsWith(outcome.asked.redirect_uri.split('?')[0]), page.url)
    if (place === 'form') {
      const type = page.request.body instanceof URLSearchParams
      this.check('answer-by-post', page.request.method === 'POST' && type, page.request.method)
    }
    this.check('state-echoed', response.state === outcome.asked.state, `${response.state} for ${outcome.asked.state}`)
    this.check('answer-iss', response.iss === undefined || response.iss === client.issuer, response.iss)
  }

  /** A refusal that came back to the client. */
  refused(outcome, client, codes, place = this.place) {
    this.delivered(outcome, client, place)
    const { response } = outcome
    this.check('error-as-expected', codes.includes(response.error), `${response.error} for ${codes.join(' ')}`)
    const alongside = ['code', 'access_token', 'id_token'].filter((name) => name in response)
    this.check('nothing-beside-error', alongside.length === 0, alongside.join(' '))
    tokens.errorTexts(this, response)
  }

  /** A page of the provider's that says no; the client hears nothing. */
  errorPage(name, outcome) {
    const page = outcome.page ?? outcome
    const isTheirs = !this.rp.has(page.url)
    this.check(name, isTheirs && page.status >= 400 && page.status < 500, `${page.status} ${page.url}`)
  }

  async #redeemed(outcome, client, { alg = 'RS256' } = {}) {
    const { response, asked } = outcome
    const answer = response.code && (await this.redeem(client, outcome))
    // After the last token was made, or its key might be newer than the set.
    const keys = await this.op.keys(client)
    const found = { response, tokens: undefined, access: response.access_token }
    if (response.id_token) {
      found.front = await tokens.idToken(this, response.id_token, { client, nonce: asked.nonce, keys, alg })
      tokens.hashes(this, found.front, { code: response.code, token: response.access_token, required: true })
    }
    if (response.code) {
      const openid = asked.scope.split(' ').includes('openid')
      found.tokens = tokens.tokenResponse(this, answer, { idToken: openid })
      found.back = await tokens.idToken(this, found.tokens.id_token, { client, nonce: asked.nonce, keys, alg })
      tokens.hashes(this, found.back, { code: response.code, token: found.tokens.access_token, required: false })
      found.access = found.tokens.access_token
    }
    if (found.front && found.back) {
      const agree = found.front.iss === found.back.iss && found.front.sub === found.back.sub
      this.check('id-tokens-agree', agree, `${found.front.sub} and ${found.back.sub}`)
    }
    found.claims = found.back ?? found.front
    if (found.access) found.userinfo = tokens.userinfo(this, await this.userinfo(client, found.access), found.claims?.sub)
    return found
  }

  /** The code of an outcome at the token endpoint. */
  redeem(client, outcome, more = {}) {
    return this.token(client, {
      grant_type: 'authorization_code',
      code: outcome.response.code,
      redirect_uri: outcome.asked.redirect_uri,
      ...more,
    })
  }

  /** A call of the token endpoint by a client that proves itself in its way. */
  async token(client, form) {
    const metadata = await this.op.metadata(client)
    const headers = {}
    const body = new URLSearchParams(form)
    await this.op.prove(client, metadata, headers, body)
    return this.wire.send(metadata.token_endpoint, { method: 'POST', headers, body })
  }

  async userinfo(client, token, { method = 'GET', inBody = false } = {}) {
    const { userinfo_endpoint: at } = await this.op.metadata(client)
    if (inBody) return this.wire.send(at, { method, body: new URLSearchParams({ access_token: token }) })
    return this.wire.send(at, { method, headers: { authorization: `Bearer ${token}` } })
  }
}

/** Where a request ended, and what the client got. */
class Outcome {
  constructor({ asked, met, page, rp }) {
    Object.assign(this, { asked, met, page })
    this.arrived = rp.has(page.url)
    const url = new URL(page.url)
    const registered = new URL(asked.redirect_uri ?? page.url).searchParams
    const found = {
      query: [...url.searchParams].filter(([name]) => !registered.has(name)),
      fragment: [...new URLSearchParams(url.hash.slice(1))],
      form: page.request.body instanceof URLSearchParams ? [...page.request.body] : [],
    }
    if (!this.arrived) found.query = found.fragment = found.form = []
    /** Where something stands. */
    this.places = Object.keys(found).filter((place) => found[place].length > 0)
    this.response = Object.fromEntries(Object.values(found).flat())
  }

  /** Whether a page asked for this on the way: `login`, `consent`, `leave`. */
  wasAsked(what) {
    return this.met.some((one) => one.asked === what)
  }
}
