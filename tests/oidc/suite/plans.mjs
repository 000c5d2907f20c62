// Which modules make up which certification profile, and for which variants.
import { answers } from './answers.mjs'
import { config } from './config.mjs'
import { dynamic, rotate, thirdParty } from './dynamic.mjs'
import { backChannel, frontChannel, rpInitiated } from './logout.mjs'
import { people } from './people.mjs'
import { requestObjects } from './request_objects.mjs'
import { scopes } from './scopes.mjs'
import { tokenEndpoint } from './token_endpoint.mjs'

const flows = [...answers, ...people, ...scopes, ...tokenEndpoint, ...requestObjects]

const TYPES = {
  basic: ['code'],
  implicit: ['id_token', 'id_token token'],
  hybrid: ['code id_token', 'code token', 'code id_token token'],
}

const variants = (profile, mode) =>
  TYPES[profile].map((responseType) => ({ name: responseType, responseType, responseMode: mode }))

const code = [{ name: 'code', responseType: 'code' }]
const dynamicCode = [{ name: 'code', responseType: 'code', auth: 'private_key_jwt', dynamic: true }]

/** Of the modules above, those that the Dynamic profile has as well. */
const ALSO_DYNAMIC = [
  'oidcc-idtoken-unsigned',
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
  'oidcc-ensure-request-object-with-redirect-uri',
  'oidcc-refresh-token',
]

export const plans = [
  ...Object.keys(TYPES).map((one) => ({ name: `oidcc-${one}`, variants: variants(one), modules: flows })),
  ...Object.keys(TYPES).map((one) => ({
    name: `oidcc-formpost-${one}`,
    variants: variants(one, 'form_post'),
    modules: flows,
  })),
  { name: 'oidcc-config', variants: code, modules: config },
  {
    name: 'oidcc-dynamic',
    variants: dynamicCode,
    modules: [...dynamic, ...flows.filter((one) => ALSO_DYNAMIC.includes(one.name))],
  },
  // The same for clients that an operator has set up.
  { name: 'rotate-keys', variants: code, modules: [rotate] },
  { name: 'oidcc-3rdparty-init-login', variants: dynamicCode, modules: thirdParty },
  { name: 'oidcc-rp-initiated-logout', variants: code, modules: rpInitiated },
  { name: 'oidcc-backchannel-rp-initiated-logout', variants: code, modules: backChannel },
  { name: 'oidcc-frontchannel-rp-initiated-logout', variants: code, modules: frontChannel },
]

/** Every module of every plan with every variant that it is for. */
export const all = plans.flatMap(({ name: plan, variants, modules }) =>
  variants.flatMap((variant) =>
    modules.filter((module) => module.fits(variant)).map((module) => ({ plan, variant, module })),
  ),
)
