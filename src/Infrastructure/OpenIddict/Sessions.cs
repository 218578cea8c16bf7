using System.Security.Claims;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>Our own sessions: the same server pipeline, issuer and tables as every other grant. <see cref="TokenTransaction"/> makes each call one transaction.</summary>
internal sealed class Sessions(
    IOpenIddictServerFactory factory, IOpenIddictServerDispatcher dispatcher, AppDbContext db, SessionEnding ending, TokenAudit tokenAudit, IAuditTrail audit,
    RevocationWriter revocations, IUnitOfWork unitOfWork) : ISessions
{
    public async Task<IssuedTokens> BeginAsync(Guid userId, AuthenticationMethods methods, CancellationToken ct)
    {
        audit.Record("users.login", AuditStatus.Success, "user", userId.ToString(), actorUserId: userId);
        var transaction = await SendAsync(new OpenIddictRequest { GrantType = FirstParty.GrantType }, new LoggedInPerson(userId, methods), ct);
        return Tokens(transaction) ?? throw (transaction.Response?.Error == Errors.InvalidGrant
            // Suspended between the check of the password and now.
            ? new ConcurrencyConflictException(new InvalidOperationException(transaction.Response.ErrorDescription))
            : new InvalidOperationException($"The token pipeline refused a log-in: {transaction.Response?.Error} {transaction.Response?.ErrorDescription}"));
    }

    public async Task<Result<IssuedTokens>> RefreshAsync(string refreshToken, CancellationToken ct)
    {
        // PostgreSQL's text knows no NUL; and no token of ours has one.
        if (refreshToken.Contains('\0', StringComparison.Ordinal)) return UserErrors.BadRefreshToken;

        var transaction = await SendAsync(new OpenIddictRequest { GrantType = GrantTypes.RefreshToken, RefreshToken = refreshToken }, null, ct);
        return Tokens(transaction) is { } tokens ? tokens : UserErrors.BadRefreshToken;
    }

    public async Task EndAsync(Guid sessionId, CancellationToken ct)
    {
        await using var transaction = await db.JoinTransactionAsync(ct);
        var (ended, userId) = await ending.EndAsync(sessionId, ct);
        if (ended.Count == 0) return;

        foreach (var one in ended) tokenAudit.SessionEnded(one, userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public Task<string?> FindProgramAsync(Guid sessionId, CancellationToken ct) => db.Set<OAuthAuthorization>().AsNoTracking()
        .Where(session => session.Id == sessionId && session.Application!.ClientId != FirstParty.ClientId).Select(session => session.Application!.DisplayName).FirstOrDefaultAsync(ct);

    public async Task EndAllAsync(Guid userId, Guid? except, CancellationToken ct)
    {
        await using var transaction = await db.JoinTransactionAsync(ct);
        foreach (var sessionId in await ending.EndAllAsync(userId, except, ct)) tokenAudit.SessionEnded(sessionId, userId);
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public Task RefuseRoleAsync(Guid userId, Role earlier, CancellationToken ct)
    {
        revocations.Add(RevocationKind.Role, TokenIdentity.RoleOf(userId.ToString(), earlier.ToString().ToLowerInvariant()));
        return Task.CompletedTask;
    }

    // The public way into the pipeline: a transaction of the token endpoint that no HTTP request belongs to.
    private async Task<OpenIddictServerTransaction> SendAsync(OpenIddictRequest request, LoggedInPerson? person, CancellationToken ct)
    {
        request.ClientId = FirstParty.ClientId;
        var transaction = await factory.CreateTransactionAsync();
        transaction.CancellationToken = ct;
        transaction.EndpointType = OpenIddictServerEndpointType.Token;
        transaction.Request = request;
        FirstParty.Mark(transaction, person);

        var context = new ProcessRequestContext(transaction);
        await dispatcher.DispatchAsync(context);
        if (context.IsRejected)
        {
            // As OpenIddict's own host does: it normalises the error, and the transaction is committed, because a replay revokes.
            await dispatcher.DispatchAsync(new ProcessErrorContext(transaction)
            {
                Error = context.Error ?? Errors.InvalidRequest,
                ErrorDescription = context.ErrorDescription,
                ErrorUri = context.ErrorUri,
                Response = new OpenIddictResponse(),
            });
        }

        return transaction;
    }

    private static IssuedTokens? Tokens(OpenIddictServerTransaction transaction)
    {
        if (transaction.Response is not { AccessToken: { } access, RefreshToken: { } refresh } response) return null;

        var userId = Guid.Parse(IssuedPrincipal.Of(transaction)!.GetClaim(Claims.Subject)!);
        return new IssuedTokens(access, refresh, TokenTypes.Bearer, (int)(response.ExpiresIn ?? 0), userId);
    }
}

/// <summary>Keeps who the tokens were issued for where the transaction's owner finds it.</summary>
internal sealed class IssuedPrincipal : IOpenIddictServerHandler<ProcessSignInContext>
{
    private const string Key = "goapi:issued-principal";

    public static ClaimsPrincipal? Of(OpenIddictServerTransaction transaction) => transaction.Properties.GetValueOrDefault(Key) as ClaimsPrincipal;

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        context.Transaction.Properties[Key] = context.Principal!;
        return default;
    }
}
