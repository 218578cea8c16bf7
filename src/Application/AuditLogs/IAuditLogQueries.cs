using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.Application.AuditLogs;

/// <summary>The audit trail to read, newest first: by id, which is by creation (decision 0006).</summary>
public interface IAuditLogQueries
{
    Task<Result<Page<AuditLogDto>>> ListAsync(AuditLogFilter filter, PageRequest page, CancellationToken ct);

    /// <summary>Null where there is none.</summary>
    Task<AuditLogDto?> FindAsync(Guid id, CancellationToken ct);

    /// <summary>All that the filter lets through, however many: they are read in batches, as they are asked for.</summary>
    IAsyncEnumerable<AuditLogDto> StreamAsync(AuditLogFilter filter, CancellationToken ct);
}

/// <summary>An entry has to meet all that is given.</summary>
/// <param name="UserId">Who did it.</param>
/// <param name="ClientId">The OAuth client that was used.</param>
/// <param name="Action"><c>module.verb</c>, or <c>module.*</c> for all of a module.</param>
/// <param name="Status"><c>success</c>, <c>failure</c> or <c>denied</c>.</param>
/// <param name="Ip">The address that it came from, in any spelling. Nothing is found of people who are erased.</param>
/// <param name="From">Included.</param>
/// <param name="To">Not included.</param>
public sealed record AuditLogFilter(
    Guid? UserId, string? ClientId, string? Action, string? Resource, string? ResourceId, string? Status, string? Ip, string? RequestId, DateTimeOffset? From, DateTimeOffset? To)
    : IListFilter
{
    public const int MaxClientId = 100;
    public const int MaxAction = 100;
    public const int MaxResource = 64;
    public const int MaxResourceId = 128;
    public const int MaxRequestId = 128;
    public const int MaxIp = 64;

    public static readonly AuditLogFilter None = new(null, null, null, null, null, null, null, null, null, null);

    /// <summary>Whose history was looked at, where it is somebody's; for the entry about the reading.</summary>
    internal (string Resource, string? Id) Read => UserId is { } user ? ("user", user.ToString()) : ("audit_log", null);
}

internal sealed class AuditLogFilterValidator : AbstractValidator<AuditLogFilter>
{
    public AuditLogFilterValidator()
    {
        RuleFor(filter => filter.ClientId).MaximumLength(AuditLogFilter.MaxClientId);
        RuleFor(filter => filter.Action).MaximumLength(AuditLogFilter.MaxAction).Matches(@"^[a-z0-9_]+\.([a-z0-9_]+|\*)\z").WithMessage("Use an action (module.verb), or module.* for all of a module.");
        RuleFor(filter => filter.Resource).MaximumLength(AuditLogFilter.MaxResource);
        RuleFor(filter => filter.ResourceId).MaximumLength(AuditLogFilter.MaxResourceId);
        RuleFor(filter => filter.Status).OneOf<AuditLogFilter, AuditStatus>();
        RuleFor(filter => filter.Ip).MaximumLength(AuditLogFilter.MaxIp).Must(ip => ip is null || ClientAddress.Canonical(ip) is not null).WithMessage("This is not an IP address.");
        RuleFor(filter => filter.RequestId).MaximumLength(AuditLogFilter.MaxRequestId);
    }
}
