using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Every version in every language goes; a template of the system has its own text again.</summary>
public sealed record DeleteTemplate(string Name);

internal sealed class DeleteTemplateHandler(ITemplates templates, ITemplateRepository stored, IUnitOfWork unitOfWork) : IUseCase<DeleteTemplate, Done>
{
    public async Task<Result<Done>> HandleAsync(DeleteTemplate request, CancellationToken ct)
    {
        var versions = await stored.FindAllAsync(request.Name, ct);
        if (versions.Count == 0) return templates.FindSystemCategory(request.Name) is null ? TemplateErrors.NotFound : TemplateErrors.NotOverridden;

        foreach (var version in versions) stored.Remove(version);
        await unitOfWork.SaveAsync(ct);
        return Done.Value;
    }
}
