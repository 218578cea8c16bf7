using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Staff look for people, of which there is an entry. What they looked for is not in it: that may be somebody's name.</summary>
[AuditAction("users.list")]
public sealed record ListUsers(UserFilter Filter, PageRequest Page);

internal sealed class ListUsersHandler(IUserQueries users, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<ListUsers, Page<UserDto>>
{
    public async Task<Result<Page<UserDto>>> HandleAsync(ListUsers request, CancellationToken ct)
    {
        if ((await users.ListAsync(request.Filter, request.Page, ct)).Failed(out var error, out var page)) return error;

        audit.Record("users.list", AuditStatus.Success, "user");
        await unitOfWork.SaveAsync(ct);
        return page;
    }
}
