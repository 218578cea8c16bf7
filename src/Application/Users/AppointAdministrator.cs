using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Opens an administrator's account: for the first start and the command line, whose operator is trusted to own the address.</summary>
[AuditAction("users.appoint_administrator")]
public sealed record AppointAdministrator(string Email, Secret Password);

internal sealed class AppointAdministratorValidator : AbstractValidator<AppointAdministrator>
{
    public AppointAdministratorValidator()
    {
        RuleFor(request => request.Email).IsEmail();
        RuleFor(request => request.Password).IsNewPassword(request => [request.Email]);
    }
}

internal sealed class AppointAdministratorHandler(IUserAccounts accounts, IUnitOfWork unitOfWork) : IUseCase<AppointAdministrator, Guid>
{
    public async Task<Result<Guid>> HandleAsync(AppointAdministrator request, CancellationToken ct)
    {
        if (await accounts.EmailExistsAsync(request.Email, ct)) return UserErrors.EmailTaken;

        var administrator = new NewAccount(request.Email, "System", "Administrator", Phone: null, Role.Admin, EmailVerified: true);
        if ((await accounts.AddAsync(administrator, request.Password, ct)).Failed(out var error, out var id)) return error;

        await unitOfWork.SaveAsync(ct);
        return id;
    }
}
