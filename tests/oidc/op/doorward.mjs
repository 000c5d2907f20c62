// Doorward, set up over its REST API as an operator would, used through its pages without JavaScript.
import { Skipped } from '../lib/test.mjs'
import { Op } from './base.mjs'

const AUTHORIZATION = 'default-provider-authorization-implicit-consent'
/** Ends the whole session: what an operator sets up whose apps sign people out of everything. */
const INVALIDATION = 'default-invalidation-flow'

const REGISTERING = 'goauthentik.io/oidc/dcr'

/** What an operator adds for the scopes that authentik ships nothing for. */
const MORE_SCOPES = {
  address: 'return {"address": {"formatted": "Somewhere 1"}}',
  phone: 'return {"phone_number": "+49 30 1", "phone_number_verified": False}',
}

export class Doorward extends Op {
  name = 'doorward'
  #count = 0
  /** So that the suite can run again on the same installation. */
  #run = Date.now().toString(36)

  #desk

  /** One sign-in at a time: several at once of one account look like guesses, and are slowed down. */
  #signing = Promise.resolve()

  async start({ url, token, user, password }) {
    Object.assign(this, { url, token, user, password })
    await Promise.all(Object.entries(MORE_SCOPES).map(([name, text]) => this.#scope(name, text)))
    const [scopes, flows, keys] = await Promise.all([
      this.#list('/propertymappings/provider/scope/'),
      this.#list('/flows/instances/'),
      this.#list('/crypto/certificatekeypairs/?has_key=true'),
    ])
    this.scopes = scopes.map((one) => one.pk)
    this.flows = Object.fromEntries(flows.map((one) => [one.slug, one.pk]))
    this.key = keys[0].pk
    return this
  }

  async call(method, path, body, status) {
    const headers = { authorization: `Bearer ${this.token}` }
    const answer = await this.wire.send(`${this.url}/api/v3${path}`, { method, headers, body })
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.json
  }

  async #list(path) {
    const separator = path.includes('?') ? '&' : '?'
    return (await this.call('GET', `${path}${separator}page_size=100`, undefined, 200)).results
  }

  #scope(name, expression) {
    const body = { name: `suite ${this.#run}: ${name}`, scope_name: name, expression }
    return this.call('POST', '/propertymappings/provider/scope/', body, 201)
  }

  async register({ key, ...spec }) {
    const slug = `suite-${this.#run}-${(this.#count += 1)}`
    const provider = await this.call('POST', '/providers/oauth2/', this.#provider(slug, spec), 201)
    await this.call('POST', '/core/applications/', { name: slug, slug, provider: provider.pk }, 201)
    const discovery = `${this.url}/application/o/${slug}/.well-known/openid-configuration`
    const { client_id, client_secret } = provider
    return { ...spec, key, client_id, client_secret, discovery, issuer: `${this.url}/application/o/${slug}/`, pk: provider.pk }
  }

  #provider(name, spec) {
    const strict = (kind) => (url) => ({ matching_mode: 'strict', url, redirect_uri_type: kind })
    const hybrid = spec.response_types.some((type) => /code .*token/.test(type)) ? ['hybrid'] : []
    return {
      name,
      authorization_flow: this.flows[AUTHORIZATION],
      invalidation_flow: this.flows[INVALIDATION],
      signing_key: this.key,
      grant_types: [...spec.grant_types, ...hybrid],
      property_mappings: this.scopes,
      include_claims_in_id_token: false,
      redirect_uris: [
        ...spec.redirect_uris.map(strict('authorization')),
        ...(spec.post_logout_redirect_uris ?? []).map(strict('logout')),
      ],
      logout_uri: spec.backchannel_logout_uri ?? spec.frontchannel_logout_uri ?? '',
      logout_method: spec.frontchannel_logout_uri ? 'frontchannel' : 'backchannel',
    }
  }

  /** The provider that clients register with, and a token of it that lets them. Made once. */
  desk() {
    this.#desk ??= this.#open()
    return this.#desk
  }

  async #open() {
    const parent = await this.client({
      redirect_uris: [this.rp.url('/parent')],
      response_types: ['code'],
      grant_types: ['authorization_code', 'implicit', 'hybrid', 'refresh_token', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_basic',
    })
    if (!(await this.#allow(parent))) throw new Skipped('clients cannot register themselves')
    const metadata = await this.metadata(parent)
    const headers = {}
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: REGISTERING })
    await this.prove(parent, metadata, headers, body)
    const answer = await this.wire.send(metadata.token_endpoint, { method: 'POST', headers, body })
    if (answer.status !== 200) throw new Error(`initial access token: ${answer.status} ${answer.text}`)
    return { parent, at: metadata.registration_endpoint, headers: { authorization: `Bearer ${answer.json.access_token}` } }
  }

  /** An operator lets clients register; answers whether that can be. */
  async #allow(parent) {
    const headers = { authorization: `Bearer ${this.token}` }
    const body = { provider: parent.pk, clients_max: 1000 }
    const answer = await this.wire.send(`${this.url}/api/v3/providers/oauth2-dcr/`, { method: 'POST', headers, body })
    if (![201, 404].includes(answer.status)) throw new Error(`registration: ${answer.status} ${answer.text}`)
    return answer.status === 201
  }

  /** A client that was registered: it speaks with the provider that it registered with. */
  async adopt(said, key) {
    const { issuer, discovery } = (await this.desk()).parent
    return { ...said, key, issuer, discovery }
  }

  /** Another key signs from now on. */
  async rotate() {
    await this.call('POST', `/crypto/certificatekeypairs/${this.key}/rotate/`, { overlap: 'seconds=0' }, 200)
  }

  async step(page, met, { rp, consent = true, leave = true }) {
    const delivered = this.delivery(page, rp)
    if (delivered) return delivered
    const form = page.forms.find((one) => one.method === 'POST')
    if (!form || page.status >= 400) return undefined
    if ('uid_field' in form.types || 'password' in form.types) {
      met.push({ asked: 'login', page })
      const name = 'uid_field' in form.types ? { uid_field: this.user } : {}
      const signed = this.#signing.then(() => page.submit(form, { ...name, password: this.password }))
      this.#signing = signed.catch(() => {})
      return signed
    }
    if (form.fields.some(([, value]) => value === 'ak-stage-consent')) {
      met.push({ asked: 'consent', page })
      return consent ? page.submit(form) : undefined
    }
    if (form.buttons.some(([name]) => name === 'scope')) {
      met.push({ asked: 'leave', page })
      return leave ? page.submit(form, {}, ['scope', 'all']) : undefined
    }
    return undefined
  }
}
