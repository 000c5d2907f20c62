// How a module is written down: its name in the official suite, which variants it is for, what it does.

export const module = (name, run, fits = () => true) => ({ name, run, fits })

export const withCode = (variant) => variant.responseType.split(' ').includes('code')
export const withAccess = (variant) => variant.responseType !== 'id_token'
export const withFrontIdToken = (variant) => variant.responseType.split(' ').includes('id_token')

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** What `prompt=none` may answer instead of tokens (OpenID Connect Core §3.1.2.6). */
export const NOBODY_ASKED = ['login_required', 'interaction_required', 'account_selection_required', 'consent_required']
