// One request over TLS that trusts the test's authority and no other. Follows nothing, stores nothing.
import https from 'node:https'
import { once } from 'node:events'

const LOOPBACK = { address: '127.0.0.1', family: 4 }
const WITHIN_MS = 30_000

/** Names below `localhost` are this machine, whatever the resolver says. */
function lookup(_host, options, done) {
  if (options.all) done(null, [LOOPBACK])
  else done(null, LOOPBACK.address, LOOPBACK.family)
}

export class Wire {
  constructor(ca) {
    this.agent = new https.Agent({ ca, lookup, keepAlive: true, maxSockets: 16 })
  }

  /** `body`: URLSearchParams for a form, any other object for JSON. */
  async send(url, { method = 'GET', headers = {}, body } = {}) {
    const all = { accept: '*/*', ...headers }
    let text
    if (body instanceof URLSearchParams) {
      text = body.toString()
      all['content-type'] ??= 'application/x-www-form-urlencoded'
    } else if (body !== undefined) {
      text = typeof body === 'string' ? body : JSON.stringify(body)
      all['content-type'] ??= 'application/json'
    }
    if (text !== undefined) all['content-length'] = Buffer.byteLength(text)
    const request = https.request(url, { method, headers: all, agent: this.agent, timeout: WITHIN_MS })
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url}`)))
    request.end(text)
    const [response] = await once(request, 'response')
    const chunks = []
    for await (const chunk of response) chunks.push(chunk)
    return new Answer(url, response, Buffer.concat(chunks).toString('utf8'))
  }

  close() {
    this.agent.destroy()
  }
}

export class Answer {
  constructor(url, response, text) {
    this.url = url
    this.status = response.statusCode
    this.headers = response.headers
    this.cookies = response.headers['set-cookie'] ?? []
    this.text = text
  }

  /** `application/json` of a header that may have parameters. */
  get type() {
    return (this.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()
  }

  /** The body as JSON; nothing if it is none. */
  get json() {
    try {
      return JSON.parse(this.text)
    } catch {
      return undefined
    }
  }
}
