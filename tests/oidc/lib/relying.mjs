// The relying party's server: it answers every request and remembers what came, by path.
import https from 'node:https'
import { once } from 'node:events'

const WITHIN_MS = 8_000

export class Relying {
  #seen = []
  #waiting = []
  #documents = new Map()

  constructor(host, { cert, key }) {
    this.host = host
    this.server = https.createServer({ cert, key }, (request, response) => this.#answer(request, response))
    // Longer than anybody here keeps an unused connection, so that none is closed while it is taken up again.
    this.server.keepAliveTimeout = 600_000
  }

  async listen() {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    this.origin = `https://${this.host}:${this.server.address().port}`
    return this
  }

  url(path) {
    return this.origin + path
  }

  /** The same for whoever asks the system's resolver, which need not know names below `localhost`. */
  direct(path) {
    return `https://localhost:${this.server.address().port}${path}`
  }

  /** The same as `serve`, for whoever asks the system's resolver. */
  serveDirect(path, document) {
    this.serve(path, document)
    return this.direct(path)
  }

  /** Whether an address is on this server. */
  has(url) {
    return new URL(url).origin === this.origin
  }

  /** Serves a document from now on; JSON unless it is text. */
  serve(path, document) {
    this.#documents.set(path, document)
    return this.url(path)
  }

  /** Every request that came to this path. */
  seen(path) {
    return this.#seen.filter((one) => one.path === path)
  }

  /** The requests at a path as soon as there is one; none if nothing comes for a while. */
  async heard(path, withinMs = WITHIN_MS) {
    const end = Date.now() + withinMs
    while (this.seen(path).length === 0 && Date.now() < end) {
      await new Promise((done) => {
        const timer = setTimeout(done, Math.max(1, end - Date.now()))
        this.#waiting.push(() => (clearTimeout(timer), done()))
      })
    }
    return this.seen(path)
  }

  async #answer(request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url, this.origin)
    this.#seen.push({
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      type: (request.headers['content-type'] ?? '').split(';')[0].trim(),
      body: Buffer.concat(chunks).toString('utf8'),
    })
    this.#waiting.splice(0).forEach((wake) => wake())
    const document = this.#documents.get(url.pathname)
    const text = typeof document === 'string' ? document : JSON.stringify(document ?? {})
    const type = typeof document === 'string' ? 'text/plain' : 'application/json'
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
  }

  close() {
    this.server.closeAllConnections()
    this.server.close()
  }
}
