// npm's oidc-provider as the bench measures it, beside Doorward in the same rounds.
//
//   node benches/oidc_provider.mjs PORT
//
// Configured alike as far as it can be: the same client, scopes and claims, access tokens that are signed
// (at+jwt), RSA-2048 and P-256 keys, one process. Not alike, in its favor: it keeps everything in a map
// of its own process, so nothing is durable and nobody else hears of a revocation.
//
// GET /codes/CLIENT/COUNT makes codes as its authorization endpoint would, one a line; GET /token
// an access token for userinfo, which it finds by its value and does not sign.
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { Memory } from '../tests/oidc/op/memory.mjs'

const modules = createRequire(new URL('../tests/oidc/package.json', import.meta.url))
const { default: Provider } = await import(pathToFileURL(modules.resolve('oidc-provider')))

const port = Number(process.argv[2])
const ISSUER = 'https://auth.bench.example/oidc'
const API = 'urn:bench:api'
const CALLBACK = 'https://photos.bench.example/callback'
const SCOPE = 'openid profile email'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const PERSON = 'person-with-five-groups'
const CLAIMS = {
  email: 'five@bench.example', email_verified: false, name: 'Person with five groups',
  given_name: 'Person with five groups', preferred_username: 'five', nickname: 'five',
  groups: [0, 1, 2, 3, 4].map((number) => `team-00${number}`),
}

function key(kind, options, alg) {
  const { privateKey } = generateKeyPairSync(kind, options)
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `bench-${alg}` }
}

const ALGORITHMS = { rs256: 'RS256', es256: 'ES256' }
const client = (name) => ({
  client_id: name,
  client_secret: 'secret-of-the-bench',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'client_credentials'],
  id_token_signed_response_alg: ALGORITHMS[name],
})

const provider = new Provider(ISSUER, {
  adapter: Memory,
  clients: Object.keys(ALGORITHMS).map(client),
  jwks: { keys: [key('rsa', { modulusLength: 2048 }, 'RS256'), key('ec', { namedCurve: 'P-256' }, 'ES256')] },
  cookies: { keys: ['a key of the bench'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name', 'preferred_username', 'nickname', 'groups'] },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, _resource, { clientId }) => ({
        scope: SCOPE, audience: API, accessTokenFormat: 'jwt', jwt: { sign: { alg: ALGORITHMS[clientId] } },
      }),
    },
  },
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...CLAIMS }) }),
  ttl: { AccessToken: 3600, AuthorizationCode: 3600, ClientCredentials: 3600, Grant: 86400, IdToken: 3600 },
})
provider.proxy = true

async function granted(clientId) {
  const grant = new provider.Grant({ accountId: PERSON, clientId })
  grant.addOIDCScope(SCOPE)
  grant.addResourceScope(API, SCOPE)
  return { grantId: await grant.save(), accountId: PERSON, client: await provider.Client.find(clientId), scope: SCOPE, gty: 'authorization_code' }
}

async function code(clientId) {
  const of = await granted(clientId)
  const now = Math.floor(Date.now() / 1000)
  return new provider.AuthorizationCode({
    ...of, authTime: now, codeChallenge: CHALLENGE, codeChallengeMethod: 'S256', nonce: 'a nonce',
    redirectUri: CALLBACK, resource: API, claims: {},
  }).save()
}

async function made(path) {
  const [, what, clientId, count] = path.split('/')
  if (what === 'token') return new provider.AccessToken(await granted('rs256')).save()
  const all = []
  for (let number = 0; number < Number(count); number += 1) all.push(await code(clientId))
  return all.join('\n')
}

const callback = provider.callback()
createServer((request, response) => {
  if (!/^\/(codes|token)\b/.test(request.url) || request.method !== 'GET') return callback(request, response)
  made(request.url).then((text) => response.end(text), (error) => response.writeHead(500).end(String(error)))
}).listen(port, '127.0.0.1')
