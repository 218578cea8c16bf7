using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Proves that the address belongs to whoever registered it. The token is single-use.</summary>
public sealed record VerifyEmail(string Token);

internal sealed class VerifyEmailValidator : AbstractValidator<VerifyEmail>
{
    public VerifyEmailValidator() => RuleFor(request => request.Token).NotEmpty().MaximumLength(UserRules.MaxToken);
}

internal sealed class VerifyEmailHandler(IUserAccounts accounts, IUserQueries users, IUnitOfWork unitOfWork) : IUseCase<VerifyEmail, UserDto>
{
    public async Task<Result<UserDto>> HandleAsync(VerifyEmail request, CancellationToken ct)
    {
        if ((await accounts.VerifyEmailAsync(request.Token, ct)).Failed(out var error, out var userId)) return error;

        await unitOfWork.SaveAsync(ct);
        return (await users.FindAsync(userId, ct))!;
    }
}
