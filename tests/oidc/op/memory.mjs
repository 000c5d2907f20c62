// Where oidc-provider keeps things during a run: a map. Its own default forgets all but the last thousand.

const kept = new Map()

export class Memory {
  constructor(kind) {
    this.kind = kind
  }

  #key(id) {
    return `${this.kind}:${id}`
  }

  async upsert(id, payload) {
    kept.set(this.#key(id), payload)
    if (payload.uid) kept.set(`uid:${payload.uid}`, this.#key(id))
  }

  async find(id) {
    return kept.get(this.#key(id))
  }

  async findByUid(uid) {
    return kept.get(kept.get(`uid:${uid}`))
  }

  async consume(id) {
    const payload = kept.get(this.#key(id))
    if (payload) payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    kept.delete(this.#key(id))
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key)
  }
}
