// openid-client, as its documentation uses it: every grant, with discovery in both forms.
import * as client from 'openid-client';
import { Browser, check } from './people.mjs';

const { issuer, web, spa, device, exchanger, machine, signer, person } = JSON.parse(process.env.GOAPI_CLIENTS);
const options = { execute: [client.allowInsecureRequests] };
const server = new URL(issuer);
const scope = 'openid email profile:read offline_access';

// 1. Code and PKCE: pushed with client_secret_basic, plain with client_secret_post, and a public client.
const config = await client.discovery(server, web.id, web.secret, client.ClientSecretBasic(web.secret), options);
const posting = await client.discovery(server, web.id, web.secret, client.ClientSecretPost(web.secret), { ...options, algorithm: 'oauth2' });
const open = await client.discovery(server, spa.id, undefined, client.None(), options);
const { tokens, browser } = await logIn(config, web.redirectUri, client.buildAuthorizationUrlWithPAR);
await logIn(posting, web.redirectUri, client.buildAuthorizationUrl);
const inBrowser = await logIn(open, spa.redirectUri, client.buildAuthorizationUrl);
await logIn(open, spa.redirectUri, client.buildAuthorizationUrlWithPAR);

// 2. User info, refresh, introspection, revocation.
const { sub } = tokens.claims();
check((await client.fetchUserInfo(config, tokens.access_token, sub)).email === person.email, 'user info has the address');
const next = await client.refreshTokenGrant(config, tokens.refresh_token);
check(next.refresh_token && next.refresh_token !== tokens.refresh_token, 'the refresh token rotates');
const narrow = await client.refreshTokenGrant(config, next.refresh_token, { scope: 'openid email' });
check((await client.tokenIntrospection(config, narrow.access_token)).scope === 'openid email', 'a refresh can ask for less');
const known = await client.tokenIntrospection(config, next.access_token);
check(known.active && known.client_id === web.id && known.sub === sub, 'introspection knows the token');
await client.tokenRevocation(config, narrow.refresh_token);
check(!(await client.tokenIntrospection(config, next.access_token)).active, 'revocation ends the grant');
check((await client.refreshTokenGrant(open, inBrowser.tokens.refresh_token)).access_token, 'a public client refreshes');

// 3. Client credentials.
const robot = await client.discovery(server, machine.id, undefined, client.ClientSecretPost(machine.secret), options);
const alone = await client.clientCredentialsGrant(robot, { scope: 'users:read' });
check((await client.tokenIntrospection(robot, alone.access_token)).scope === 'users:read', 'client credentials have their scope');

// 4. A device: the person allows it in a browser of their own, the device polls.
const screen = await client.discovery(server, device.id, undefined, client.None(), options);
const shown = await client.initiateDeviceAuthorization(screen, { scope: 'openid profile:read offline_access' });
const [connected] = await Promise.all([client.pollDeviceAuthorizationGrant(screen, shown), new Browser(issuer).connect(shown.verification_uri_complete, person)]);
check(connected.claims().sub === sub && connected.refresh_token, 'the device has tokens of the person');

// 5. Token exchange: the gateway gets less, in the name of the person.
const gateway = await client.discovery(server, exchanger.id, undefined, client.ClientSecretBasic(exchanger.secret), options);
const traded = await client.genericGrantRequest(gateway, 'urn:ietf:params:oauth:grant-type:token-exchange', {
  subject_token: connected.access_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  scope: 'profile:read',
});
const about = await client.tokenIntrospection(gateway, traded.access_token);
check(about.sub === sub && about.client_id === exchanger.id && about.scope === 'profile:read', 'the exchanged token can less');

// 6. private_key_jwt: the client signs that it is itself.
const key = await crypto.subtle.importKey('jwk', signer.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
const signing = await client.discovery(server, signer.id, undefined, client.PrivateKeyJwt({ key, kid: signer.key.kid }), options);
const signed = await client.clientCredentialsGrant(signing, { scope: 'users:read' });
check((await client.tokenIntrospection(signing, signed.access_token)).client_id === signer.id, 'a client proves itself with its key');

// 7. Log-out, with a hint and back to the client.
const bye = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: web.logoutUri, state: 'bye' });
check((await browser.logOut(bye.href)).href === `${web.logoutUri}?state=bye`, 'the log-out returns to the client');
console.log('ok');

async function logIn(configuration, redirectUri, build) {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = await build(configuration, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const browser = new Browser(issuer);
  const answer = await browser.authorize(url.href, person);
  const tokens = await client.authorizationCodeGrant(configuration, answer, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
  return { tokens, browser };
}
