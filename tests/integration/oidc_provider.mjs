// A real OpenID Connect provider on loopback, for the tests. Its settings are its argument, as JSON. It prints its
// address. /test/rotate gives it another key, and forgets the old one; /test/redirect also gives it another address
// of the client.
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'

const { Provider } = await import(
  new URL('../../frontend/node_modules/oidc-provider/lib/index.js', import.meta.url)
)

const settings = JSON.parse(process.argv[2])

let rotations = 0
function newKeys() {
  rotations += 1
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: `key-${rotations}`, use: 'sig', alg: 'RS256' }] }
}

function newProvider(issuer) {
  const provider = new Provider(issuer, {
    clients: settings.clients,
    jwks: newKeys(),
    cookies: { keys: ['only for tests'] },
    claims: {
      openid: ['sub'],
      profile: ['preferred_username', 'name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: ['openid', 'profile', 'email', 'groups'],
    conformIdTokenClaims: settings.conformIdTokenClaims ?? true,
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    async findAccount(context, login) {
      const claims = settings.accounts[login]
      return claims && { accountId: login, claims: async () => ({ sub: login, ...claims }) }
    },
    // Nobody is asked for consent.
    async loadExistingGrant(context) {
      const { client, session, provider: self, params } = context.oidc
      const grant = new self.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope(params.scope)
      await grant.save()
      return grant
    },
  })
  return provider.callback()
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, issuer)
  if (pathname === '/test/rotate' || pathname === '/test/redirect') {
    if (searchParams.has('uri')) settings.clients[0].redirect_uris = [searchParams.get('uri')]
    handle = newProvider(issuer)
    response.end('done')
    return
  }
  handle(request, response)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`
let handle = newProvider(issuer)
console.log(issuer)
