using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Takes back what one has allowed a program.</summary>
[AuditAction("users.revoke_authorization")]
public sealed record RevokeAuthorization(Guid Id);

internal sealed class RevokeAuthorizationHandler(IAuthorizedPrograms programs, ICurrentActor actor) : IUseCase<RevokeAuthorization, Done>
{
    public async Task<Result<Done>> HandleAsync(RevokeAuthorization request, CancellationToken ct) =>
        actor.UserId is { } user && await programs.RevokeAsync(user, request.Id, ct) ? Done.Value : UserErrors.NoSuchAuthorization;
}
