// What every provider under test has: its documents, its clients, how a client proves itself.
import { importJWK, SignJWT, generateKeyPair, exportJWK } from 'jose'
import { word } from '../lib/test.mjs'

export class Op {
  #clients = new Map()
  #metadata = new Map()
  #browsers = new Map()
  /** So many modules share a sign-in. */
  visits = 7

  constructor({ wire, rp }) {
    Object.assign(this, { wire, rp })
  }

  /** What every provider needs before anything runs. */
  async prepare() {
    this.clientKey = await clientKey()
  }

  /** A client with this metadata (RFC 7591 §2), made once. */
  client(spec) {
    const key = JSON.stringify(spec)
    if (!this.#clients.has(key)) this.#clients.set(key, this.register(spec))
    return this.#clients.get(key)
  }

  /** The same, registered by itself. */
  dynamicClient({ key, ...spec }) {
    const name = `dynamic ${JSON.stringify(spec)}`
    const register = async () => {
      const answer = await this.registration(spec)
      if (answer.status !== 201) throw new Error(`registration: ${answer.status} ${answer.text}`)
      return this.adopt(answer.json, key)
    }
    if (!this.#clients.has(name)) this.#clients.set(name, register())
    return this.#clients.get(name)
  }

  /** What a client sends to be registered, and the answer, whatever it is. */
  async registration(body) {
    const { at, headers } = await this.desk()
    return this.wire.send(at, { method: 'POST', headers, body })
  }

  /** What the discovery document says to a client. */
  async metadata(client) {
    const at = client.discovery
    if (!this.#metadata.has(at)) this.#metadata.set(at, this.wire.send(at).then((answer) => answer.json))
    return this.#metadata.get(at)
  }

  /** The key set as it is now. */
  async keys(client) {
    const { jwks_uri: at } = await this.metadata(client)
    return (await this.wire.send(at)).json
  }

  /** A browser that has been there before, but not too often: a session that opens one client on and on is slowed down. */
  remembered(client, visit) {
    const key = client.client_id
    const kept = this.#browsers.get(key)
    const one = kept && kept.left > 0 ? kept : { browser: visit(), left: this.visits }
    one.left -= 1
    this.#browsers.set(key, one)
    return one.browser
  }

  /** RFC 6749 §2.3, RFC 7523 §2.2 */
  async prove(client, metadata, headers, body) {
    const method = client.token_endpoint_auth_method
    if (method === 'client_secret_basic') {
      const pair = [client.client_id, client.client_secret].map(encodeURIComponent).join(':')
      headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
      return
    }
    body.set('client_id', client.client_id)
    if (method === 'client_secret_post') body.set('client_secret', client.client_secret)
    if (method === 'private_key_jwt') {
      body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      body.set('client_assertion', await assertion(client, metadata.token_endpoint))
    }
  }

  /** Does what the pages ask until the browser is at the client or nothing can be done. */
  async meet(page, met, person) {
    for (let step = 0; step < 8 && !person.rp.has(page.url); step += 1) {
      const next = await this.step(page, met, person)
      if (!next) return page
      page = next
    }
    return page
  }

  /** The form of a page that takes an answer to the client (Form Post Response Mode). */
  delivery(page, rp) {
    const form = page.forms.find((one) => one.method === 'POST' && rp.has(one.action))
    return form && page.submit(form)
  }
}

/** A key pair of a client, with the public half as it registers it. */
export async function clientKey(kid = word(8)) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const use = { kid, use: 'sig', alg: 'RS256' }
  return { public: { ...(await exportJWK(publicKey)), ...use }, private: { ...(await exportJWK(privateKey)), ...use } }
}

/** RFC 7523 §3 */
export async function assertion(client, audience, key = client.key) {
  return new SignJWT({})
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .setIssuer(client.client_id)
    .setSubject(client.client_id)
    .setAudience(audience)
    .setJti(word())
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(await importJWK(key, key.alg))
}
