// Runs the suite against one provider. Everything it needs comes in CONFORMANCE, as JSON:
//
//   op         "oidc-provider" or "doorward"
//   ca, cert, key    files: the authority, and a certificate of it for app.localhost and auth.localhost
//   url, token, user, password    of Doorward: its public address, an API token, somebody to sign in
//   only       patterns of "plan/module" to run; left out, everything runs
//   strict     whether lines of deviations.mjs that nothing is found for are findings themselves
//
// `--json` prints one object; without it, a line for each module. Ends with 1 if something failed.
import { readFileSync } from 'node:fs'
import { judged } from './deviations.mjs'
import { Relying } from './lib/relying.mjs'
import { Test } from './lib/test.mjs'
import { Wire } from './lib/http.mjs'
import { all } from './suite/plans.mjs'

// oidc-provider says on the console what it would like changed; the result stands alone on standard output.
console.info = console.warn = () => {}

const told = JSON.parse(process.env.CONFORMANCE ?? '{}')
const asJson = process.argv.includes('--json')

async function provider(wire, rp, files) {
  if (told.op === 'doorward') {
    const { Doorward } = await import('./op/doorward.mjs')
    return new Doorward({ wire, rp }).start(told)
  }
  const { OidcProvider } = await import('./op/oidc-provider.mjs')
  return new OidcProvider({ wire, rp }).start(files)
}

const name = ({ plan, module }) => `${plan}/${module.name}`
const wanted = all.filter((one) => !told.only || told.only.some((pattern) => new RegExp(pattern).test(name(one))))

/** Modules that share clients, and so sessions, run one after the other: a person has one pair of hands. */
function groups() {
  const found = new Map()
  for (const one of wanted) {
    const name = `${one.plan.replace('formpost-', '')} ${one.variant.name}`
    found.set(name, [...(found.get(name) ?? []), one])
  }
  return found
}

async function main() {
  const begun = Date.now()
  const [ca, cert, key] = [told.ca, told.cert, told.key].map((file) => readFileSync(file))
  const wire = new Wire(ca)
  const rp = await new Relying('app.localhost', { cert, key }).listen()
  const op = await provider(wire, rp, { cert, key })
  const found = []
  await op.prepare()
  const inTurn = async (ones) => {
    for (const one of ones) found.push(await new Test({ op, rp, wire, ...one }).run())
  }
  await Promise.all([...groups().values()].map(inTurn))
  const { results, unused } = judged(op.name, found)
  op.stop?.()
  rp.close()
  wire.close()
  report(results, told.strict === false ? [] : unused, Date.now() - begun)
}

function report(results, unused, ms) {
  const failed = results.filter((one) => one.result === 'failed')
  if (asJson) {
    process.stdout.write(JSON.stringify({ op: told.op, ms, results, unused }))
  } else {
    for (const one of results) {
      console.log(`${one.result} ${one.plan}/${one.module} [${one.variant}] ${one.why ?? ''} ${one.ms} ms`)
      for (const { assertion, detail } of one.findings ?? []) console.log(`    ${assertion}: ${detail}`)
    }
    for (const line of unused) console.log(`nothing found for: ${JSON.stringify(line)}`)
    const count = (word) => results.filter((one) => one.result === word).length
    console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped in ${ms} ms`)
  }
  process.exitCode = failed.length + unused.length > 0 ? 1 : 0
}

await main()
