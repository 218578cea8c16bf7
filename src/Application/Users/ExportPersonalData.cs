using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Hands out all that any module keeps of the caller. Whoever took a session over would want it too: it has an entry in the audit trail.</summary>
/// <param name="Format"><c>json</c> by default; <c>zip</c> has the files as well.</param>
[AuditAction("users.export_own")]
public sealed record ExportPersonalData(string? Format) : IListFilter;

/// <summary>What the export is written as.</summary>
public enum ExportFormat
{
    Json,
    Zip,
}

internal sealed class ExportPersonalDataValidator : AbstractValidator<ExportPersonalData>
{
    public ExportPersonalDataValidator() => RuleFor(request => request.Format).OneOf<ExportPersonalData, ExportFormat>();
}

internal sealed class ExportPersonalDataHandler(IEnumerable<IPersonalData> modules, IUserQueries users, IAuditTrail audit, IUnitOfWork unitOfWork, ICurrentActor actor)
    : IUseCase<ExportPersonalData, PersonalExport>
{
    public async Task<Result<PersonalExport>> HandleAsync(ExportPersonalData request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId || await users.FindAsync(userId, ct) is null) return UserErrors.NotFound;

        audit.Record("users.export_own", AuditStatus.Success, "user", userId.ToString());
        await unitOfWork.SaveAsync(ct);
        return new PersonalExport(userId, EnumText.Parse<ExportFormat>(request.Format) ?? ExportFormat.Json, [.. modules.OrderBy(module => module.Section, StringComparer.Ordinal)]);
    }
}

/// <summary>The export, read from the modules while it is written: it is as long as the person has been here.</summary>
public sealed class PersonalExport(Guid userId, ExportFormat format, IReadOnlyList<IPersonalData> modules)
{
    public ExportFormat Format => format;

    /// <summary>One for each module that keeps anything. Each is to be written before the next is asked for.</summary>
    public async IAsyncEnumerable<(string Name, object Data)> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var module in modules)
            if (await module.ExportAsync(userId, ct) is { } data)
                yield return (module.Section, data);
    }

    public IAsyncEnumerable<PersonalFile> ListFilesAsync(CancellationToken ct) => modules.ToAsyncEnumerable().SelectMany(module => module.ListFilesAsync(userId, ct));
}
