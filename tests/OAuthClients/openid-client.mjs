// openid-client, as its documentation uses it: discovery, PAR, code with PKCE, user info, refresh, introspection, revocation, client credentials.
import * as client from 'openid-client';
import { authorize, check } from './people.mjs';

const { issuer, web, machine, person } = JSON.parse(process.env.GOAPI_CLIENTS);
const options = { execute: [client.allowInsecureRequests] };

const config = await client.discovery(new URL(issuer), web.id, web.secret, client.ClientSecretBasic(web.secret), options);
const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const url = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: web.redirectUri,
  scope: 'openid email profile:read offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
});
const answer = await authorize(url.href, person);
const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
const { sub } = tokens.claims();
check((await client.fetchUserInfo(config, tokens.access_token, sub)).email === person.email, 'user info has the address');

const next = await client.refreshTokenGrant(config, tokens.refresh_token);
check(next.refresh_token && next.refresh_token !== tokens.refresh_token, 'the refresh token rotates');
const known = await client.tokenIntrospection(config, next.access_token);
check(known.active && known.client_id === web.id && known.sub === sub, 'introspection knows the token');
await client.tokenRevocation(config, next.refresh_token);
check(!(await client.tokenIntrospection(config, next.access_token)).active, 'revocation ends the grant');

const robot = await client.discovery(new URL(issuer), machine.id, undefined, client.ClientSecretPost(machine.secret), options);
const alone = await client.clientCredentialsGrant(robot, { scope: 'users:read' });
check((await client.tokenIntrospection(robot, alone.access_token)).scope === 'users:read', 'client credentials have their scope');

check(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }).pathname === '/api/v1/oauth/logout', 'the log-out address is discovered');
console.log('ok');
