using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The account's own row at its erasure, in a transaction of the caller.</summary>
public interface IAnonymization
{
    /// <summary>
    /// Keeps everybody else from changing the account until the transaction ends. <see cref="UserErrors.NotFound"/> where there is none, or
    /// where it is erased already.
    /// </summary>
    Task<Result<Done>> BeginAsync(Guid userId, CancellationToken ct);

    /// <summary>Overwrites all that it says of the person, and raises <see cref="UserAnonymized"/>. The caller saves.</summary>
    Task OverwriteAsync(Guid userId, CancellationToken ct);
}
