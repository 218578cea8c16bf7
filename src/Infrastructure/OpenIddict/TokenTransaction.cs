using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Redeeming the old token, writing the new ones and their audit entries is one transaction: a crash between them does not
/// lose the session, and a twin request waits and then finds the successor. It is committed before the answer is written,
/// and also where the request is refused, because a replay revokes. An idempotent request's transaction is left to its owner.
/// </summary>
internal sealed class TokenTransaction(AppDbContext db, TokenRows rows, TokenAudit audit) :
    IOpenIddictServerHandler<ProcessAuthenticationContext>, IOpenIddictServerHandler<ProcessSignInContext>, IOpenIddictServerHandler<ProcessChallengeContext>,
    IOpenIddictServerHandler<ApplyTokenResponseContext>, IOpenIddictServerHandler<ApplyRevocationResponseContext>,
    IOpenIddictServerHandler<ApplyIntrospectionResponseContext>, IOpenIddictServerHandler<ApplyPushedAuthorizationResponseContext>,
    IOpenIddictServerHandler<ApplyDeviceAuthorizationResponseContext>, IOpenIddictServerHandler<ApplyEndUserVerificationResponseContext>
{
    private const string Key = "goapi:transaction";

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        // A client's own token is two new rows, which are written as one batch: that needs no transaction around it.
        if (context.EndpointType is OpenIddictServerEndpointType.Revocation or OpenIddictServerEndpointType.DeviceAuthorization
            || context.EndpointType is OpenIddictServerEndpointType.Token && !context.Request.IsClientCredentialsGrantType()) await BeginAsync(context.Transaction);
        if (context.EndpointType is OpenIddictServerEndpointType.Token) rows.Collect();
    }

    public ValueTask HandleAsync(ProcessSignInContext context) => BeginWithDecisionAsync(context.Transaction);

    public ValueTask HandleAsync(ProcessChallengeContext context) => BeginWithDecisionAsync(context.Transaction);

    public ValueTask HandleAsync(ApplyTokenResponseContext context) => CompleteAsync(context.Transaction, context.Response, context.Request);

    public ValueTask HandleAsync(ApplyRevocationResponseContext context) => CompleteAsync(context.Transaction, context.Response, context.Request);

    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context) => CompleteAsync(context.Transaction, context.Response, context.Request);

    public ValueTask HandleAsync(ApplyPushedAuthorizationResponseContext context) => CompleteAsync(context.Transaction, context.Response, context.Request);

    public ValueTask HandleAsync(ApplyDeviceAuthorizationResponseContext context) => CompleteAsync(context.Transaction, context.Response, context.Request);

    // A decision that came too late leaves nothing; a page has decided nothing.
    public ValueTask HandleAsync(ApplyEndUserVerificationResponseContext context) =>
        context.Error is { Length: > 0 } and not Errors.AccessDenied ? UndoAsync(context.Transaction) : CompleteAsync(context.Transaction, null, null);

    // Before a person has decided on a device there are pages, and no transaction waits for people.
    private ValueTask BeginWithDecisionAsync(OpenIddictServerTransaction transaction) =>
        transaction.EndpointType is OpenIddictServerEndpointType.EndUserVerification ? BeginAsync(transaction) : default;

    private async ValueTask BeginAsync(OpenIddictServerTransaction transaction)
    {
        if (db.Database.CurrentTransaction is null)
            transaction.Properties[Key] = await db.Database.BeginTransactionAsync(transaction.CancellationToken);
    }

    private async ValueTask UndoAsync(OpenIddictServerTransaction transaction)
    {
        db.ChangeTracker.Clear();
        if (!transaction.Properties.Remove(Key, out var own)) return;
        await ((IDbContextTransaction)own!).DisposeAsync();
    }

    private async ValueTask CompleteAsync(OpenIddictServerTransaction transaction, OpenIddictResponse? response, OpenIddictRequest? request)
    {
        if (response?.Error is { Length: > 0 } error) audit.Refused(error, request?.ClientId);
        await rows.WriteAsync(CancellationToken.None);
        if (transaction.Properties.GetValueOrDefault(Key) is IDbContextTransaction own)
        {
            transaction.Properties.Remove(Key);
            await own.CommitAsync(CancellationToken.None);
            await own.DisposeAsync();
        }
    }
}
