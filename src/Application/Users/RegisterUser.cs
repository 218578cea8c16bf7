using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Opens an account; a mail with a verification link follows.</summary>
public sealed record RegisterUser(string Email, Secret Password, string FirstName, string LastName, string? Phone);

/// <param name="User">Null with private registration, where the answer must not tell whether the address was free.</param>
public sealed record Registration(UserDto? User);

internal sealed class RegisterUserValidator : AbstractValidator<RegisterUser>
{
    public RegisterUserValidator()
    {
        RuleFor(request => request.Email).IsEmail();
        RuleFor(request => request.Password).IsNewPassword(request => [request.Email, request.FirstName, request.LastName]);
        RuleFor(request => request.FirstName).IsName();
        RuleFor(request => request.LastName).IsName();
        RuleFor(request => request.Phone).IsPhone();
    }
}

internal sealed class RegisterUserHandler(
    IUserAccounts accounts, IUserQueries users, IUnitOfWork unitOfWork, IRegistrationPolicy policy) : IUseCase<RegisterUser, Registration>
{
    public async Task<Result<Registration>> HandleAsync(RegisterUser request, CancellationToken ct)
    {
        if (await accounts.EmailExistsAsync(request.Email, ct))
        {
            if (!policy.IsPrivate) return UserErrors.EmailTaken;

            if ((await accounts.TellOwnerOfRegistrationAsync(request.Email, request.Password, ct)).Failed(out var refused)) return refused;

            await unitOfWork.SaveAsync(ct);
            return new Registration(null);
        }

        var account = new NewAccount(request.Email, request.FirstName, request.LastName, request.Phone);
        if ((await accounts.AddAsync(account, request.Password, ct)).Failed(out var error, out var id)) return error;

        try
        {
            await unitOfWork.SaveAsync(ct);
        }
        catch (UniqueViolationException) when (policy.IsPrivate)
        {
            // Somebody else took the address meanwhile. A conflict would tell that it was free a moment ago.
            return new Registration(null);
        }

        return new Registration(policy.IsPrivate ? null : await users.FindAsync(id, ct));
    }
}
