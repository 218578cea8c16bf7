using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class PhoneChanges(AppDbContext db, StoredKeys keys, TimeProvider time) : IPhoneChanges
{
    private const int MessagesAnHour = 5;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public async Task<Result<Done>> RequestAsync(Guid userId, string phone, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;
        if (PhoneNumbers.ToE164(phone) is not { } number || !PhoneNumbers.CostsNothingExtra(number)) return UserErrors.BadPhone;

        var now = time.GetUtcNow();
        var waiting = await db.Set<UserPhoneChange>().FirstOrDefaultAsync(row => row.UserId == userId, ct);
        DateTimeOffset[] sent = [.. (waiting?.Sent ?? []).Select(DateTimeOffset.FromUnixTimeMilliseconds).Where(at => now - at < Hour)];
        var wait = TimeSpan.Zero;
        if (sent.Length > 0) wait = sent[^1] + Between - now;
        if (sent.Length >= MessagesAnHour && sent[^MessagesAnHour] + Hour - now is var full && full > wait) wait = full;
        if (wait > TimeSpan.Zero) return UserErrors.TooManyMessages(wait);

        // The nonce is a concurrency token: of two requests at once one sends a message.
        var (nonce, counted) = (Guid.CreateVersion7(now), sent.Append(now).Select(at => at.ToUnixTimeMilliseconds()).ToArray());
        if (waiting is null) db.Add(new UserPhoneChange { UserId = userId, Phone = number, Nonce = nonce, ExpiresAt = now + Life, Sent = counted });
        else (waiting.Phone, waiting.Nonce, waiting.ExpiresAt, waiting.Attempts, waiting.Sent) = (number, nonce, now + Life, 0, counted);
        user.Raise(new PhoneChangeRequested(userId, nonce));
        return Done.Value;
    }

    public async Task<(string Phone, string Code, string? Locale)?> MakeCodeAsync(Guid userId, Guid nonce, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var waiting = await db.Set<UserPhoneChange>().AsNoTracking().FirstOrDefaultAsync(row => row.UserId == userId && row.Nonce == nonce && row.ExpiresAt > now, ct);
        if (waiting is null) return null;
        return (waiting.Phone, Code(waiting), await db.Set<AppUser>().Where(user => user.Id == userId).Select(user => user.Locale).FirstOrDefaultAsync(ct));
    }

    public async Task<Result<Done>> ConfirmAsync(Guid userId, Secret code, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var open = db.Set<UserPhoneChange>().Where(row => row.UserId == userId && row.ExpiresAt > now);
        // Counted before anything is compared: of any number of guesses at once no more than the limit are looked at.
        var counted = await open.Where(row => row.Attempts < UserPhoneChange.MaxAttempts).ExecuteUpdateAsync(row => row.SetProperty(one => one.Attempts, one => one.Attempts + 1), ct);
        if (counted == 0 || await open.AsNoTracking().FirstOrDefaultAsync(ct) is not { } waiting) return UserErrors.WrongPhoneCode;

        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Code(waiting)), Encoding.UTF8.GetBytes(Plain(code)))) return UserErrors.WrongPhoneCode;
        // Not by the time alone: whoever waited for this row came with an earlier one.
        var claimed = await open.Where(row => row.Nonce == waiting.Nonce && row.Attempts != UserPhoneChange.Answered)
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.Attempts, UserPhoneChange.Answered).SetProperty(one => one.ExpiresAt, now), ct);
        if (claimed == 0) return UserErrors.WrongPhoneCode;
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;

        (user.PhoneNumber, user.PhoneNumberConfirmed, user.UpdatedAt) = (waiting.Phone, true, now);
        user.Raise(new PhoneChanged(userId));
        return Done.Value;
    }

    // Dynamic truncation as of RFC 4226, section 5.3, over more than a counter.
    private string Code(UserPhoneChange change)
    {
        var mac = HMACSHA256.HashData(keys.Get(StoredKeys.PhoneCodes), Encoding.UTF8.GetBytes($"{change.UserId}\n{change.Phone}\n{change.Nonce}"));
        return (BinaryPrimitives.ReadUInt64BigEndian(mac) % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    private static string Plain(Secret code) => string.Concat(code.Value!.Where(letter => !char.IsWhiteSpace(letter) && letter != '-'));
}
