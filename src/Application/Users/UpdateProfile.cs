using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Replaces the caller's own profile.</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Locale">BCP 47 (<c>en-GB</c>).</param>
/// <param name="TimeZone">IANA (<c>Europe/Berlin</c>).</param>
public sealed record UpdateProfile(
    string FirstName, string LastName, string? Phone, string? Bio, DateOnly? DateOfBirth, string? Gender,
    string? Address, string? City, string? State, string? Country, string? ZipCode, string? Locale, string? TimeZone);

internal sealed class UpdateProfileValidator : AbstractValidator<UpdateProfile>
{
    public UpdateProfileValidator(TimeProvider time)
    {
        RuleFor(request => request.FirstName).IsName();
        RuleFor(request => request.LastName).IsName();
        RuleFor(request => request.Phone).IsPhone();
        RuleFor(request => request.Bio).IsProse(2_000);
        RuleFor(request => request.DateOfBirth)
            .Must(date => date is null || date >= new DateOnly(1900, 1, 1) && date <= DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime))
            .WithMessage("A date of birth lies between 1900 and today.");
        RuleFor(request => request.Gender).IsLine(32);
        RuleFor(request => request.Address).IsProse(255);
        RuleFor(request => request.City).IsLine(100);
        RuleFor(request => request.State).IsLine(100);
        RuleFor(request => request.Country).Matches(@"^[A-Z]{2}\z").WithMessage("A country is an ISO 3166-1 code of two letters, such as GB.");
        RuleFor(request => request.ZipCode).IsLine(20);
        RuleFor(request => request.Locale).MaximumLength(35).Matches(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\z").WithMessage("A locale is a BCP 47 tag, such as en-GB.");
        RuleFor(request => request.TimeZone).Must(id => id is null || id.Length <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.HasIanaId && zone.Id == id)
            .WithMessage("A time zone is an IANA name, such as Europe/Berlin.");
    }
}

internal sealed class UpdateProfileHandler(IUserAccounts accounts, IUserQueries users, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<UpdateProfile, ProfileDto>
{
    public async Task<Result<ProfileDto>> HandleAsync(UpdateProfile request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return UserErrors.NotFound;

        var profile = new Profile(
            request.FirstName, request.LastName, request.Phone, request.Bio, request.DateOfBirth, request.Gender,
            request.Address, request.City, request.State, request.Country, request.ZipCode, request.Locale, request.TimeZone);
        if ((await accounts.UpdateProfileAsync(userId, profile, ct)).Failed(out var error)) return error;

        await unitOfWork.SaveAsync(ct);
        return (await users.FindProfileAsync(userId, ct))!;
    }
}
