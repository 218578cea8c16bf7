using System.Runtime.CompilerServices;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class UserQueries(AppDbContext db, PageReader pages, IUserSearch search, UserProjections show) : IUserQueries
{
    public Task<UserDto?> FindAsync(Guid id, CancellationToken ct) => Known(id).Select(show.User).FirstOrDefaultAsync(ct);

    public Task<ProfileDto?> FindProfileAsync(Guid id, CancellationToken ct) => Known(id).Select(show.Profile).FirstOrDefaultAsync(ct);

    public async Task<Result<Page<UserDto>>> ListAsync(UserFilter filter, PageRequest page, CancellationToken ct)
    {
        await using var reading = await search.BeginAsync(db, ct);
        return (await pages.ReadAsync("users", Filtered(filter), users => users.Select(show.Row), OrderOf(filter.Sort), page, ct)).Failed(out var error, out var found)
            ? error
            : found.Select(row => row.User);
    }

    public async IAsyncEnumerable<UserDto> StreamAsync(UserFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in PageReader.StreamAsync(Filtered(filter), users => users.Select(show.Row), OrderOf(filter.Sort), ct)) yield return row.User;
    }

    private IQueryable<AppUser> Filtered(UserFilter filter)
    {
        var users = (filter.Search is { } text && SearchWords.Of(text) is { Count: > 0 } words ? search.Matching(db, words) : db.Set<AppUser>()).AsNoTracking();
        var (status, role) = (EnumText.Parse<UserStatus>(filter.Status), EnumText.Parse<Role>(filter.Role));
        users = status is { } given ? users.Where(user => user.Status == given) : users.Where(user => user.Status != UserStatus.Anonymized);
        if (role is { } of) users = users.Where(user => user.Role == of);
        if (filter.CreatedFrom?.ToUniversalTime() is { } from) users = users.Where(user => user.CreatedAt >= from);
        if (filter.CreatedTo?.ToUniversalTime() is { } to) users = users.Where(user => user.CreatedAt < to);
        return users;
    }

    private static ListOrder<UserRow> OrderOf(string? sort)
    {
        var descending = sort is null || sort.StartsWith('-');
        return sort?.TrimStart('-') switch
        {
            "email" => new ByText<UserRow>("email", descending, row => row.Email, row => row.Id),
            "last_name" => new ByText<UserRow>("last_name", descending, row => row.LastName, row => row.Id),
            "last_login_at" => new ByField<UserRow, DateTimeOffset>("last_login_at", descending, row => row.LastLoginAt, row => row.Id, "O"),
            _ => new ByField<UserRow, DateTimeOffset>("created_at", descending, row => row.CreatedAt, row => row.Id, "O"),
        };
    }

    private IQueryable<AppUser> Known(Guid id) => db.Set<AppUser>().AsNoTracking().Where(user => user.Id == id && user.Status != UserStatus.Anonymized);
}

internal sealed class UserDirectory(AppDbContext db) : IUserDirectory
{
    public async Task<(string Email, string FirstName, string? Locale)?> FindAddressAsync(Guid userId, CancellationToken ct)
    {
        var found = await db.Set<AppUser>().AsNoTracking()
            .Where(user => user.Id == userId && user.Status == UserStatus.Active)
            .Select(user => new { user.Email, user.FirstName, user.Locale })
            .FirstOrDefaultAsync(ct);
        return found is null ? null : (found.Email!, found.FirstName, found.Locale);
    }
}
