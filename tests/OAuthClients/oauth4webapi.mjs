// oauth4webapi: every grant, with discovery in both forms, and RFC 9068 validation by a resource server of its own.
import * as oauth from 'oauth4webapi';
import { Browser, check } from './people.mjs';

const { issuer, web, spa, device, exchanger, machine, signer, person } = JSON.parse(process.env.GOAPI_CLIENTS);
const insecure = { [oauth.allowInsecureRequests]: true };
const expected = new URL(issuer);

const [as, oidc] = await Promise.all(['oauth2', 'oidc'].map(discover));
check(as.token_endpoint === oidc.token_endpoint && as.issuer === oidc.issuer, 'both discovery documents say the same');

// 1. Code and PKCE: public, and confidential with the secret in the header and in the form, pushed.
const { tokens, browser } = await logIn({ client_id: spa.id }, oauth.None(), spa.redirectUri);
await logIn({ client_id: web.id }, oauth.ClientSecretPost(web.secret), web.redirectUri);
await logIn({ client_id: web.id }, oauth.ClientSecretBasic(web.secret), web.redirectUri, true);

// 2. RFC 9068, user info, refresh, revocation.
const client = { client_id: spa.id };
const { sub } = oauth.getValidatedIdTokenClaims(tokens);
const request = new Request(`${issuer}/resource`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
const claims = await oauth.validateJwtAccessToken(as, request, issuer, insecure);
check(claims.client_id === spa.id && claims.scope.split(' ').includes('profile:read'), 'the access token is one of RFC 9068');
const info = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, insecure));
check(info.sub === sub, 'user info is of who logged in');
const next = await oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token, insecure));
check(next.refresh_token !== tokens.refresh_token, 'the refresh token rotates');

// 3. A device.
const screen = { client_id: device.id };
const shown = await oauth.processDeviceAuthorizationResponse(as, screen, await oauth.deviceAuthorizationRequest(as, screen, oauth.None(), { scope: 'openid profile:read' }, insecure));
await new Browser(issuer).connect(shown.verification_uri_complete, person);
const connected = await oauth.processDeviceCodeResponse(as, screen, await oauth.deviceCodeGrantRequest(as, screen, oauth.None(), shown.device_code, insecure));
check(oauth.getValidatedIdTokenClaims(connected).sub === sub, 'the device has tokens of the person');

// 4. Token exchange.
const [gateway, secret] = [{ client_id: exchanger.id }, oauth.ClientSecretBasic(exchanger.secret)];
const traded = await oauth.processGenericTokenEndpointResponse(as, gateway, await oauth.genericTokenEndpointRequest(
  as, gateway, secret, 'urn:ietf:params:oauth:grant-type:token-exchange',
  { subject_token: next.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', scope: 'profile:read' }, insecure));
const about = await oauth.processIntrospectionResponse(as, gateway, await oauth.introspectionRequest(as, gateway, secret, traded.access_token, insecure));
check(about.active && about.sub === sub && about.scope === 'profile:read', 'the exchanged token can less');

// 5. Client credentials and introspection.
const [robot, auth] = [{ client_id: machine.id }, oauth.ClientSecretBasic(machine.secret)];
const alone = await oauth.processClientCredentialsResponse(as, robot, await oauth.clientCredentialsGrantRequest(as, robot, auth, { scope: 'users:read' }, insecure));
const known = await oauth.processIntrospectionResponse(as, robot, await oauth.introspectionRequest(as, robot, auth, alone.access_token, insecure));
check(known.active && known.scope === 'users:read', 'introspection shows the scope');

// 6. private_key_jwt.
const key = await crypto.subtle.importKey('jwk', signer.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
const [signing, proof] = [{ client_id: signer.id }, oauth.PrivateKeyJwt({ key, kid: signer.key.kid })];
const signed = await oauth.processClientCredentialsResponse(as, signing, await oauth.clientCredentialsGrantRequest(as, signing, proof, { scope: 'users:read' }, insecure));
const proved = await oauth.processIntrospectionResponse(as, signing, await oauth.introspectionRequest(as, signing, proof, signed.access_token, insecure));
check(proved.active && proved.client_id === signer.id, 'a client proves itself with its key');

// 7. Log-out with a hint; then revocation, after which the refresh token is worth nothing.
const bye = new URL(as.end_session_endpoint);
bye.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: web.logoutUri, state: 'bye' });
check((await browser.logOut(bye.href)).searchParams.get('state') === 'bye', 'the log-out returns to the client');
const again = (await logIn(client, oauth.None(), spa.redirectUri)).tokens;
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), again.refresh_token, insecure));
const refused = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), again.refresh_token, insecure);
const error = await oauth.processRefreshTokenResponse(as, client, refused).then(() => null, (fault) => fault);
check(error?.error === 'invalid_grant', 'a revoked refresh token is refused');
console.log('ok');

async function discover(algorithm) {
  return oauth.processDiscoveryResponse(expected, await oauth.discoveryRequest(expected, { algorithm, ...insecure }));
}

async function logIn(client, authentication, redirectUri, push = false) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = {
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile:read offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  };
  const pushed = push && await oauth.processPushedAuthorizationResponse(as, client, await oauth.pushedAuthorizationRequest(as, client, authentication, parameters, insecure));
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: client.client_id, ...(pushed ? { request_uri: pushed.request_uri } : parameters) });
  const browser = new Browser(issuer);
  const answer = oauth.validateAuthResponse(as, client, await browser.authorize(url.href, person), state);
  const tokens = await oauth.processAuthorizationCodeResponse(
    as, client, await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, redirectUri, verifier, insecure), { expectedNonce: nonce, requireIdToken: true });
  return { tokens, browser };
}
