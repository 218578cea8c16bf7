using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Asks for the verification mail once more. The answer is the same whether there is anything to verify or not.</summary>
public sealed record ResendVerification(string Email);

internal sealed class ResendVerificationValidator : AbstractValidator<ResendVerification>
{
    public ResendVerificationValidator() => RuleFor(request => request.Email).IsEmail();
}

internal sealed class ResendVerificationHandler(IUserAccounts accounts, IUnitOfWork unitOfWork) : IUseCase<ResendVerification, Done>
{
    public async Task<Result<Done>> HandleAsync(ResendVerification request, CancellationToken ct)
    {
        if (await accounts.FindUnverifiedAsync(request.Email, ct) is { } userId)
        {
            await accounts.RequestVerificationAsync(userId, ct);
            await unitOfWork.SaveAsync(ct);
        }

        return Done.Value;
    }
}
