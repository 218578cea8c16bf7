using FluentValidation;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

[AuditAction("users.refresh")]
public sealed record RefreshSession(string RefreshToken);

internal sealed class RefreshSessionValidator : AbstractValidator<RefreshSession>
{
    public RefreshSessionValidator() => RuleFor(request => request.RefreshToken).NotEmpty().MaximumLength(4096);
}

internal sealed class RefreshSessionHandler(ISessions sessions) : IUseCase<RefreshSession, IssuedTokens>
{
    public Task<Result<IssuedTokens>> HandleAsync(RefreshSession request, CancellationToken ct) => sessions.RefreshAsync(request.RefreshToken, ct);
}
