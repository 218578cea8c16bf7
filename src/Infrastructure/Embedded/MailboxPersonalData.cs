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

    private IQueryable<MailboxMessage> To(Guid userId) =>
        db.Set<MailboxMessage>().Where(mail => db.Set<AppUser>().Any(user => user.Id == userId && (user.Email == mail.To || user.PhoneNumber == mail.To)));
}
