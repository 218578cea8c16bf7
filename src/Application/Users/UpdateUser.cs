using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>An administrator replaces what they see of a user; the rest of the profile stays.</summary>
public sealed record UpdateUser(string FirstName, string LastName, string? Phone)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class UpdateUserValidator : AbstractValidator<UpdateUser>
{
    public UpdateUserValidator()
    {
        RuleFor(request => request.FirstName).NotEmpty().MaximumLength(UserRules.MaxName);
        RuleFor(request => request.LastName).NotEmpty().MaximumLength(UserRules.MaxName);
        RuleFor(request => request.Phone).IsPhone();
    }
}

internal sealed class UpdateUserHandler(IUserAdministration administration, IUserQueries users, IUnitOfWork unitOfWork) : IUseCase<UpdateUser, UserDto>
{
    public async Task<Result<UserDto>> HandleAsync(UpdateUser request, CancellationToken ct)
    {
        if (await administration.FindAsync(request.Id, ct) is not { } user) return UserErrors.NotFound;

        await administration.SetNameAsync(user.Id, request.FirstName, request.LastName, request.Phone, ct);
        await unitOfWork.SaveAsync(ct);
        return (await users.FindAsync(user.Id, ct))!;
    }
}
