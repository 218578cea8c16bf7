using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Proves that an address belongs to whoever registered it, or wants to change to it. The token is single-use.</summary>
public sealed record VerifyEmail(string Token);

internal sealed class VerifyEmailValidator : AbstractValidator<VerifyEmail>
{
    public VerifyEmailValidator() => RuleFor(request => request.Token).NotEmpty().MaximumLength(UserRules.MaxToken);
}

internal sealed class VerifyEmailHandler(IUserAccounts accounts, ICredentialChanges credentials, IUserQueries users, IUnitOfWork unitOfWork) : IUseCase<VerifyEmail, UserDto>
{
    public async Task<Result<UserDto>> HandleAsync(VerifyEmail request, CancellationToken ct)
    {
        if ((await credentials.ConfirmEmailAsync(request.Token, ct)).Failed(out var error, out var changed)) return error;
        if (changed is not { } userId && (await accounts.VerifyEmailAsync(request.Token, ct)).Failed(out error, out userId)) return error;

        await unitOfWork.SaveAsync(ct);
        return (await users.FindAsync(userId, ct))!;
    }
}
