// oauth4webapi, a public client with PKCE against RFC 8414 metadata, and RFC 9068 validation by a resource server of its own.
import * as oauth from 'oauth4webapi';
import { authorize, check } from './people.mjs';

const { issuer, spa, machine, person } = JSON.parse(process.env.GOAPI_CLIENTS);
const insecure = { [oauth.allowInsecureRequests]: true };
const expected = new URL(issuer);

const as = await oauth.processDiscoveryResponse(expected, await oauth.discoveryRequest(expected, { algorithm: 'oauth2', ...insecure }));
const client = { client_id: spa.id };
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const url = new URL(as.authorization_endpoint);
for (const [name, value] of Object.entries({
  client_id: spa.id,
  redirect_uri: spa.redirectUri,
  response_type: 'code',
  scope: 'openid profile:read offline_access',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
})) url.searchParams.set(name, value);

const answer = oauth.validateAuthResponse(as, client, await authorize(url.href, person), state);
const tokens = await oauth.processAuthorizationCodeResponse(
  as, client, await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, spa.redirectUri, verifier, insecure), { requireIdToken: true });

const request = new Request(`${issuer}/resource`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
const claims = await oauth.validateJwtAccessToken(as, request, issuer, insecure);
check(claims.client_id === spa.id && claims.scope.split(' ').includes('profile:read'), 'the access token is one of RFC 9068');

const next = await oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token, insecure));
check(next.refresh_token !== tokens.refresh_token, 'the refresh token rotates');
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), next.refresh_token, insecure));
const refused = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), next.refresh_token, insecure);
const error = await oauth.processRefreshTokenResponse(as, client, refused).then(() => null, (fault) => fault);
check(error?.error === 'invalid_grant', 'a revoked refresh token is refused');

const robot = { client_id: machine.id };
const auth = oauth.ClientSecretBasic(machine.secret);
const alone = await oauth.processClientCredentialsResponse(as, robot, await oauth.clientCredentialsGrantRequest(as, robot, auth, { scope: 'users:read' }, insecure));
const known = await oauth.processIntrospectionResponse(as, robot, await oauth.introspectionRequest(as, robot, auth, alone.access_token, insecure));
check(known.active && known.scope === 'users:read', 'introspection shows the scope');
console.log('ok');
