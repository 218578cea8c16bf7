using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// A refresh token that is presented again within the grace gets the same successor, where OpenIddict would give another one
/// each time. The successor is a keyed hash of the old token's id: it is kept nowhere in the clear, and is unique in the table.
/// </summary>
internal sealed class RefreshSuccessor(TokenManager tokens, AppDbContext db, StoredKeys keys)
    : IOpenIddictServerHandler<ProcessSignInContext>, IOpenIddictServerHandler<GenerateTokenContext>
{
    private const string Key = "goapi:refresh-successor";

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (!context.GenerateRefreshToken || !context.Request.IsRefreshTokenGrantType()
            || context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)?.RefreshTokenPrincipal?.GetTokenId() is not { } old) return;

        var reference = Base64Url.EncodeToString(HMACSHA256.HashData(keys.Get(StoredKeys.RefreshSuccessors), Encoding.UTF8.GetBytes(old)));
        // Redemption and successor are one transaction: a token that was not redeemed when this one locked it has none.
        var presented = await tokens.FindByIdAsync(old, context.CancellationToken) ?? throw new InvalidOperationException("The token's entry is missing.");
        var wasRedeemed = db.Entry(presented).Property(row => row.Status).OriginalValue == Statuses.Redeemed;
        if (!wasRedeemed || await tokens.FindByReferenceIdAsync(reference, context.CancellationToken) is null)
        {
            context.Transaction.Properties[Key] = reference;
            return;
        }

        context.GenerateRefreshToken = false;
        context.RefreshToken = reference;
    }

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is not TokenTypeIdentifiers.RefreshToken || !context.IsReferenceToken
            || context.Transaction.Properties.GetValueOrDefault(Key) is not string reference) return;

        // What OpenIddict would do next, with our reference in place of a random one.
        var token = await tokens.FindByIdAsync(context.Principal.GetTokenId()!, context.CancellationToken) ?? throw new InvalidOperationException("The token's entry is missing.");
        var descriptor = new OpenIddictTokenDescriptor();
        await tokens.PopulateAsync(descriptor, token, context.CancellationToken);
        (descriptor.Payload, descriptor.Principal, descriptor.ReferenceId) = (context.Token, context.Principal, reference);
        await tokens.UpdateAsync(token, descriptor, context.CancellationToken);
        context.Token = reference;
        context.PersistTokenPayload = false;
    }
}
