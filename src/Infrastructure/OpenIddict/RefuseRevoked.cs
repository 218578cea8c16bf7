using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// OpenIddict knows of a token what its row says. What else ends one – its client was turned off, its user suspended, its key revoked – is in
/// the revocations, and holds at userinfo, introspection, token exchange and for hints as it does at every route. What others read is signed
/// with a published key, so that our own one, which signs what only we read, verifies none of it.
/// </summary>
internal sealed class RefuseRevoked(TokenRevocations revocations) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is not { } token || token.GetTokenType() is not (TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken)) return;

        var jwt = new JsonWebToken(context.Token);
        var id = token.GetTokenId() ?? "";
        var issued = TokenIdentity.TimeOf(id, token.GetCreationDate() ?? DateTimeOffset.MinValue);
        // A hint says who somebody was: it is good after the session has ended, but never by a key that somebody else may have.
        var identity = token.GetTokenType() == TokenTypeIdentifiers.AccessToken
            ? new TokenIdentity(id, token.GetClaim("sid"), token.GetClaim(Claims.Subject), token.GetClaim(Claims.ClientId), issued, jwt.Kid, Role: token.GetClaim(Claims.Role))
            : new TokenIdentity(id, null, null, null, issued, jwt.Kid);
        if (jwt.Alg != SecurityAlgorithms.EcdsaSha256 || await revocations.IsRevokedAsync(identity, context.CancellationToken))
            context.Reject(Errors.InvalidToken, "The token is no longer valid.");
    }
}
