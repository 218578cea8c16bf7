using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>There is always somebody who can administer the system.</summary>
public interface IAdministrators
{
    /// <summary>
    /// Asked before anybody is demoted, suspended or erased, within a transaction (<c>IUnitOfWork.BeginAsync</c>): <see cref="UserErrors.LastAdministrator"/>
    /// where they are the only active administrator. The answer holds until the transaction ends: others that ask meanwhile wait.
    /// </summary>
    Task<Result<Done>> MayLeaveAsync(Guid userId, CancellationToken ct);
}
