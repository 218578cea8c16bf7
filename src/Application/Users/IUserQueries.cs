using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Users to read. Null where there is none, or where the account was anonymised; no list has those.</summary>
public interface IUserQueries
{
    Task<UserDto?> FindAsync(Guid id, CancellationToken ct);

    Task<ProfileDto?> FindProfileAsync(Guid id, CancellationToken ct);

    Task<Result<Page<UserDto>>> ListAsync(UserFilter filter, PageRequest page, CancellationToken ct);

    /// <summary>All that the filter lets through, in its order, however many: they are read in batches, as they are asked for.</summary>
    IAsyncEnumerable<UserDto> StreamAsync(UserFilter filter, CancellationToken ct);
}

/// <param name="Search">
/// Words that all occur in the names or the e-mail address, in any case. Those of fewer than three letters or digits in a row narrow a search;
/// where there is no other word, the last name or the address has to begin with the first.
/// </param>
/// <param name="Status"><c>active</c> or <c>suspended</c>.</param>
/// <param name="CreatedFrom">Included.</param>
/// <param name="CreatedTo">Not included.</param>
/// <param name="Sort"><c>created_at</c>, <c>email</c>, <c>last_name</c> or <c>last_login_at</c>, with a leading '-' for descending; newest first by default.</param>
public sealed record UserFilter(string? Search, string? Role, string? Status, DateTimeOffset? CreatedFrom, DateTimeOffset? CreatedTo, string? Sort) : IListFilter;

internal sealed class UserFilterValidator : AbstractValidator<UserFilter>
{
    public UserFilterValidator()
    {
        RuleFor(filter => filter.Search).MaximumLength(SearchWords.MaxLength)
            .Must(search => search is null || SearchWords.IsText(search)).WithMessage("This is not valid Unicode text.")
            .Must(search => search is null || SearchWords.Of(search).Count <= SearchWords.MaxWords).WithMessage($"Search for at most {SearchWords.MaxWords} words.");
        RuleFor(filter => filter.Role).OneOf<UserFilter, Role>();
        RuleFor(filter => filter.Status).OneOf(UserStatus.Active, UserStatus.Suspended);
        RuleFor(filter => filter.Sort).SortedBy("created_at", "email", "last_name", "last_login_at");
    }
}
