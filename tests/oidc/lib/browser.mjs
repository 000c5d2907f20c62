// A browser without JavaScript: cookies by host and path, `SameSite`, redirects, fragments, forms, frames.
import { forms, frames } from './html.mjs'

const REDIRECTS_MAX = 25

/** Where two addresses are of one site: the last two labels of the name. */
function site(url) {
  return new URL(url).hostname.split('.').slice(-2).join('.')
}

export class Browser {
  constructor(wire) {
    this.wire = wire
    this.jar = []
  }

  /** Another one with the same cookies, which go their own way from now on. */
  twin() {
    const twin = new Browser(this.wire)
    twin.jar = this.jar.map((cookie) => ({ ...cookie }))
    return twin
  }

  /**
   * Opens an address and follows where it leads. `from`: the page that it was opened from, if any; a
   * POST from another site carries no cookie that is `Lax`.
   */
  async open(url, { method = 'GET', body, from, framed = false } = {}) {
    let at = { url: new URL(url).href, method, body }
    for (let hop = 0; hop < REDIRECTS_MAX; hop += 1) {
      const foreign = from !== undefined && site(from) !== site(at.url)
      const withheld = foreign && (at.method !== 'GET' || framed)
      const answer = await this.wire.send(at.url.split('#')[0], {
        method: at.method,
        body: at.body,
        headers: this.#headers(at, withheld, from),
      })
      this.#keep(at.url, answer.cookies)
      const to = [301, 302, 303, 307, 308].includes(answer.status) && answer.headers.location
      if (!to) return new Page(this, at, answer)
      at = this.#next(at, answer.status, to)
    }
    throw new Error(`more than ${REDIRECTS_MAX} redirects from ${url}`)
  }

  #next(at, status, to) {
    const url = new URL(to, at.url)
    // RFC 9110 §10.2.2: a fragment goes along unless the new address has one.
    if (!url.hash) url.hash = new URL(at.url).hash
    const stays = [307, 308].includes(status)
    return stays ? { ...at, url: url.href } : { url: url.href, method: 'GET', body: undefined }
  }

  #headers(at, withheld, from) {
    const headers = {}
    const cookie = this.#cookies(at.url, withheld)
    if (cookie) headers.cookie = cookie
    if (from !== undefined && at.method === 'POST') headers.origin = new URL(from).origin
    return headers
  }

  #cookies(url, withheld) {
    const { hostname, pathname } = new URL(url)
    const fits = (one) =>
      one.host === hostname &&
      (pathname === one.path || pathname.startsWith(one.path.replace(/\/?$/, '/'))) &&
      (!withheld || one.sameSite === 'none') &&
      one.until > Date.now()
    return this.jar.filter(fits).map((one) => `${one.name}=${one.value}`).join('; ')
  }

  #keep(url, cookies) {
    const { hostname, pathname } = new URL(url)
    for (const text of cookies) {
      const [pair, ...rest] = text.split(';').map((part) => part.trim())
      const said = Object.fromEntries(rest.map((part) => [part.split('=')[0].toLowerCase(), part.split('=')[1] ?? '']))
      const at = pair.indexOf('=')
      const one = {
        host: hostname,
        path: said.path?.startsWith('/') ? said.path : pathname.replace(/\/[^/]*$/, '') || '/',
        name: pair.slice(0, at),
        value: pair.slice(at + 1),
        sameSite: (said.samesite ?? 'lax').toLowerCase(),
        until: Infinity,
      }
      if (said.expires) one.until = Date.parse(said.expires)
      if (said['max-age'] !== undefined) one.until = Date.now() + Number(said['max-age']) * 1000
      this.jar = this.jar.filter((old) => !(old.host === one.host && old.path === one.path && old.name === one.name))
      if (one.until > Date.now()) this.jar.push(one)
    }
  }
}

/** What is in front of the person, and the request that it answers. */
export class Page {
  constructor(browser, request, answer) {
    this.browser = browser
    this.request = request
    this.url = request.url
    this.status = answer.status
    this.headers = answer.headers
    this.text = answer.text
  }

  get forms() {
    return forms(this.text, this.url)
  }

  get frames() {
    return frames(this.text, this.url)
  }

  /** Fills a form of the page in and presses a button, `[name, value]`. */
  submit(form, values = {}, button) {
    const fields = form.fields.filter(([name]) => !(name in values))
    const all = [...fields, ...Object.entries(values), ...(button ? [button] : [])]
    const body = new URLSearchParams(all)
    if (form.method === 'POST') return this.browser.open(form.action, { method: 'POST', body, from: this.url })
    const to = new URL(form.action)
    to.search = body.toString()
    return this.browser.open(to.href, { from: this.url })
  }

  /** Loads the frames, each from this page, and goes on as the page says (`Refresh`). */
  async settle() {
    for (const frame of this.frames) await this.browser.open(frame, { from: this.url, framed: true })
    const on = /^\s*\d+\s*;\s*url=(.*)$/i.exec(this.headers.refresh ?? '')
    return on ? this.browser.open(new URL(on[1], this.url).href) : this
  }
}
