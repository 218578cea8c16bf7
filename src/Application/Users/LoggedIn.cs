using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <param name="DeviceToken">For the device to keep, so that it is known next time; null where it is known without.</param>
public sealed record LoggedIn(IssuedTokens Tokens, string? DeviceToken);

/// <summary>The last step of a log-in is the same after a password and after a code.</summary>
internal static class LastStep
{
    /// <summary>In one transaction, so that what ends all sessions ends this one as well, or keeps it from beginning.</summary>
    public static async Task<Result<LoggedIn>> BeginAsync(
        this ISessions sessions, IUserAccounts accounts, SignedIn person, IAuditTrail audit, IUnitOfWork unitOfWork, CancellationToken ct)
    {
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if ((await accounts.CompleteLogInAsync(person, ct)).Failed(out var error, out var deviceToken))
        {
            audit.Record("users.login", AuditStatus.Failure, "user", person.UserId.ToString(), error.Code, person.UserId);
            await unitOfWork.SaveAsync(ct);
            await transaction.CommitAsync(ct);
            return error;
        }

        var tokens = await sessions.BeginAsync(person.UserId, person.Methods, ct);
        await transaction.CommitAsync(ct);
        return new LoggedIn(tokens, deviceToken);
    }
}
