using GoApi.Application.Abstractions.PersonalData;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Embedded;

/// <summary>What the local mailbox holds for the person's addresses. Mail that a provider has taken is with its receiver.</summary>
internal sealed class MailboxPersonalData(AppDbContext db) : IPersonalData
{
    public string Section => "mailbox";

    public Task<object?> ExportAsync(Guid userId, CancellationToken ct) => Task.FromResult<object?>(To(userId).AsNoTracking().OrderBy(mail => mail.CreatedAt)
        .Select(mail => new { mail.Channel, mail.To, mail.Subject, mail.Text, mail.CreatedAt }).StreamAsync(ct));

    public Task EraseAsync(Guid userId, CancellationToken ct) => To(userId).ExecuteDeleteAsync(ct);

    // Also addresses that wait for their proof; they are known for as long as the account's own module has not erased them, which is registered after this.
    private IQueryable<MailboxMessage> To(Guid userId) => db.Set<MailboxMessage>().Where(mail =>
        db.Set<AppUser>().Any(user => user.Id == userId && (user.Email == mail.To || user.PhoneNumber == mail.To))
        || db.Set<UserEmailChange>().Any(change => change.UserId == userId && (change.NewEmail == mail.To || change.OldEmail == mail.To))
        || db.Set<UserPhoneChange>().Any(change => change.UserId == userId && change.Phone == mail.To));
}
