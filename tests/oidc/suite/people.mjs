// Who is signed in, since when, and who is asked again: `prompt`, `max_age`, hints.
import { now } from '../lib/tokens.mjs'
import { module, NOBODY_ASKED, pause } from './module.mjs'

/** Longer than a second, so that two times in whole seconds differ. */
const A_MOMENT_MS = 1_100
const LONGER_THAN_MAX_AGE_MS = 2_100

const promptLogin = module('oidcc-prompt-login', async (t) => {
  const client = await t.client()
  const browser = t.browser()
  const first = await t.happy(browser, client)
  await pause(A_MOMENT_MS)
  const second = await t.happy(browser, client, { prompt: 'login' })
  t.check('login-is-shown', second.outcome.wasAsked('login'), 'nobody was asked to sign in')
  t.check('auth-time-later', second.claims.auth_time > first.claims.auth_time, `${first.claims.auth_time} ${second.claims.auth_time}`)
  t.check('same-sub', second.claims.sub === first.claims.sub, second.claims.sub)
})

const nobody = module('oidcc-prompt-none-not-logged-in', async (t) => {
  const client = await t.client()
  const outcome = await t.authorize(t.browser(), client, { prompt: 'none' })
  t.check('nobody-is-asked', outcome.met.length === 0, outcome.page.url)
  t.refused(outcome, client, NOBODY_ASKED)
})

const silent = module('oidcc-prompt-none-logged-in', async (t) => {
  const client = await t.client()
  const browser = await t.signedIn(client)
  const first = await t.happy(browser, client)
  const second = await t.happy(browser, client, { prompt: 'none' })
  t.check('nobody-is-asked', second.outcome.met.length === 0, second.outcome.met.length)
  t.check('same-sub', second.claims.sub === first.claims.sub, second.claims.sub)
  t.check('same-auth-time', second.claims.auth_time === first.claims.auth_time, second.claims.auth_time)
})

const maxAge1 = module('oidcc-max-age-1', async (t) => {
  const client = await t.client()
  const browser = t.browser()
  const first = await t.happy(browser, client)
  await pause(LONGER_THAN_MAX_AGE_MS)
  const second = await t.happy(browser, client, { max_age: '1' })
  t.check('login-is-shown', second.outcome.wasAsked('login'), 'nobody was asked to sign in')
  t.need('auth-time-present', Number.isInteger(second.claims.auth_time), second.claims.auth_time)
  t.check('auth-time-later', second.claims.auth_time > first.claims.auth_time, second.claims.auth_time)
  t.check('auth-time-recent', now() - second.claims.auth_time < 60, second.claims.auth_time)
})

const maxAge10000 = module('oidcc-max-age-10000', async (t) => {
  const client = await t.client()
  const browser = await t.signedIn(client)
  const first = await t.happy(browser, client, { max_age: '15000' })
  const second = await t.happy(browser, client, { max_age: '10000' })
  t.check('nobody-is-asked', second.outcome.met.length === 0, second.outcome.met.length)
  t.need('auth-time-present', Number.isInteger(second.claims.auth_time), second.claims.auth_time)
  t.check('same-auth-time', second.claims.auth_time === first.claims.auth_time, second.claims.auth_time)
})

const idTokenHint = module('oidcc-id-token-hint', async (t) => {
  const client = await t.client()
  const browser = await t.signedIn(client)
  const first = await t.happy(browser, client)
  const hint = first.tokens?.id_token ?? first.response.id_token
  const second = await t.happy(browser, client, { prompt: 'none', id_token_hint: hint })
  t.check('same-sub', second.claims.sub === first.claims.sub, second.claims.sub)
})

const loginHint = module('oidcc-login-hint', async (t) => {
  const client = await t.client()
  const { outcome } = await t.happy(t.browser(), client, { login_hint: 'mia@example.org' })
  const asked = outcome.met.find((one) => one.asked === 'login')
  t.need('login-is-shown', asked, 'nobody was asked to sign in')
  const fields = asked.page.forms[0].fields.map(([, value]) => value)
  t.check('login-hint-is-filled-in', fields.includes('mia@example.org'), fields.join(' '))
})

export const people = [promptLogin, nobody, silent, maxAge1, maxAge10000, idTokenHint, loginHint]
