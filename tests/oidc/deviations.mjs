// What each provider does not do as the official suite would like it, and why. A finding that is not listed
// fails; a line that nothing is found for fails, too.
//
// `module` and `plan` may be left out (any); `assertion` names the finding, `skip` the reason of a skip.

const NONE = 'no unsigned ID tokens are offered'
const FEW =
  'The shipped mapping of the scope says what authentik says: name, given_name, preferred_username, nickname, groups. ' +
  'An operator adds others. What discovery promises is there (claims-of-scope-as-promised).'

export const deviations = {
  'oidc-provider': [
    { skip: NONE, module: 'oidcc-idtoken-unsigned', reason: 'Unsigned ID tokens are not offered, on purpose.' },
    {
      module: 'oidcc-ensure-request-with-acr-values-succeeds',
      assertion: 'acr-is-one-asked-for',
      reason: 'Its development pages sign people in without saying how.',
    },
    { skip: 'front-channel logout is not offered', reason: 'It dropped front-channel logout in version 7.' },
  ],
  doorward: [
    { skip: NONE, module: 'oidcc-idtoken-unsigned', reason: 'Unsigned ID tokens are not offered, on purpose.' },
    { module: 'oidcc-scope-profile', assertion: 'claims-of-scope-complete', reason: FEW },
    { module: 'oidcc-scope-all', assertion: 'claims-of-scope-complete', reason: FEW },
  ],
}

/** Whether a line is about a result's finding. */
const covers = (line, result, assertion) =>
  line.assertion === assertion &&
  (line.plan ?? result.plan) === result.plan &&
  (line.module ?? result.module) === result.module

/** The results with what is listed taken out; lines that were of no use. */
export function judged(op, results) {
  const lines = deviations[op]
  const used = new Set()
  const use = (line) => (line && used.add(line), line)
  const judge = (result) => {
    if (result.result === 'skipped') {
      const line = use(lines.find((one) => one.skip === result.why && (one.module ?? result.module) === result.module))
      return line ? { ...result, reason: line.reason } : { ...result, result: 'failed', findings: [{ assertion: 'not-skipped', detail: result.why }] }
    }
    const findings = result.findings.filter(({ assertion }) => !use(lines.find((one) => covers(one, result, assertion))))
    return { ...result, findings, result: findings.length > 0 || result.checks === 0 ? 'failed' : 'passed' }
  }
  const all = results.map(judge)
  return { results: all, unused: lines.filter((line) => !used.has(line)) }
}
