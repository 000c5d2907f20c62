// What a claim set may say and in which shape (OpenID Connect Core §2, §5.1).

/** Claims of the protocol itself: what an ID token for the scope `openid` alone may have. */
export const PROTOCOL = new Set(
  'iss sub aud exp iat auth_time nonce acr amr azp at_hash c_hash nbf jti sid s_hash txn'.split(' '),
)

/** The claims of each scope (§5.4). */
export const OF_SCOPE = {
  profile: [
    'name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile',
    'picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
}

const TEXTS = [
  ...OF_SCOPE.profile.filter((one) => one !== 'updated_at'), 'email', 'phone_number', 'sub', 'iss', 'nonce', 'acr',
  'azp', 'at_hash', 'c_hash', 's_hash', 'sid', 'jti',
]
const FLAGS = ['email_verified', 'phone_number_verified']
const NUMBERS = ['updated_at', 'exp', 'iat', 'nbf', 'auth_time']

/** Names of the claims that have the wrong type. */
export function misshapen(claims) {
  const wrong = (names, fits) => names.filter((one) => one in claims && !fits(claims[one]))
  return [
    ...wrong(TEXTS, (one) => typeof one === 'string' && one !== ''),
    ...wrong(FLAGS, (one) => typeof one === 'boolean'),
    ...wrong(NUMBERS, (one) => Number.isInteger(one)),
    ...wrong(['address'], (one) => typeof one === 'object' && one !== null && !Array.isArray(one)),
    ...wrong(['amr'], (one) => Array.isArray(one) && one.every((word) => typeof word === 'string')),
  ]
}
