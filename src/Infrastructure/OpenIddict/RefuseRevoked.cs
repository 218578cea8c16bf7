using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// OpenIddict knows of a token what its row says. What else ends one – its client was turned off, its user suspended – is in the revocations,
/// and holds at userinfo, introspection and token exchange as it does at every route.
/// </summary>
internal sealed class RefuseRevoked(TokenRevocations revocations) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is not { } token || token.GetTokenType() != TokenTypeIdentifiers.AccessToken || token.GetTokenId() is not { } id) return;

        var issued = TokenIdentity.TimeOf(id, token.GetCreationDate() ?? DateTimeOffset.MinValue);
        var identity = new TokenIdentity(id, token.GetClaim("sid"), token.GetClaim(Claims.Subject), token.GetClaim(Claims.ClientId), issued, new JsonWebToken(context.Token).Kid);
        if (await revocations.IsRevokedAsync(identity, context.CancellationToken)) context.Reject(Errors.InvalidToken, "The token is no longer valid.");
    }
}
