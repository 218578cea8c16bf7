using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Staff take the list of users with them, of which there is an entry before the first of them is read.</summary>
[AuditAction("users.export")]
public sealed record ExportUsers(UserFilter Filter);

internal sealed class ExportUsersHandler(IUserQueries users, IAuditTrail audit, IUnitOfWork unitOfWork) : IUseCase<ExportUsers, ExportedUsers>
{
    public async Task<Result<ExportedUsers>> HandleAsync(ExportUsers request, CancellationToken ct)
    {
        audit.Record("users.export", AuditStatus.Success, "user");
        await unitOfWork.SaveAsync(ct);
        return new ExportedUsers(users.StreamAsync(request.Filter, ct));
    }
}

/// <param name="Rows">Read while they are written.</param>
public sealed record ExportedUsers(IAsyncEnumerable<UserDto> Rows);

/// <summary>The shape that an export has.</summary>
/// <param name="Format"><c>csv</c>, which is also what comes where nothing is named.</param>
public sealed record UserExport(string? Format) : IListFilter;

internal sealed class UserExportValidator : AbstractValidator<UserExport>
{
    public UserExportValidator() => RuleFor(export => export.Format).Must(format => format is null or "csv").WithMessage("Use csv.");
}
