using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Identity;

/// <summary>A device that somebody has logged in from.</summary>
internal sealed class UserDevice
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>Of what the device was given to be known by. It has 256 random bits, so its plain hash tells nothing.</summary>
    public required byte[] TokenHash { get; init; }

    /// <summary>Where it was last used: <see cref="ClientNetwork"/>.</summary>
    public required string Network { get; set; }

    /// <summary>Empty where it sends none.</summary>
    public required string UserAgent { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastSeenAt { get; set; }
}

/// <summary>
/// The devices that an account knows: by what an earlier log-in gave them, which browsers keep as a cookie, or by their place – the same
/// program in the same network – for programs that keep none.
/// </summary>
internal sealed class KnownDevices(AppDbContext db, OutboxWriter outbox, ICurrentActor actor, TimeProvider time) : IKnownDevices
{
    /// <summary>A device that was not seen for so long is a new one.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(180);

    private const int MostOfOneUser = 50;
    private const int TokenSize = 32;
    private static readonly TimeSpan Noted = TimeSpan.FromHours(1);

    /// <summary>The device that is calling, where the account knows it.</summary>
    public async Task<UserDevice?> FindAsync(Guid userId, CancellationToken ct)
    {
        var (hash, network, userAgent, since) = (Hash(Own()), ClientNetwork.Of(actor.IpAddress), actor.UserAgent ?? "", time.GetUtcNow() - Kept);
        return await db.Set<UserDevice>()
            .Where(device => device.UserId == userId && device.LastSeenAt > since && (device.TokenHash == hash || device.Network == network && device.UserAgent == userAgent))
            .OrderByDescending(device => device.TokenHash == hash).ThenByDescending(device => device.LastSeenAt)
            .FirstOrDefaultAsync(ct);
    }

    /// <summary>The device that is calling is known from now on; where it was not, and is not the first, its owner is told. Tracked, not saved.</summary>
    /// <returns>What it is to be known by; null where it is known by its place.</returns>
    public async Task<string?> RecognizeAsync(Guid userId, CancellationToken ct)
    {
        var (now, own) = (time.GetUtcNow(), Own());
        if (await FindAsync(userId, ct) is { } known)
        {
            if (now - known.LastSeenAt > Noted) known.LastSeenAt = now;
            if (!known.TokenHash.AsSpan().SequenceEqual(Hash(own))) return null;

            // It may have moved.
            (known.Network, known.UserAgent) = (ClientNetwork.Of(actor.IpAddress), actor.UserAgent ?? "");
            return own;
        }

        var others = db.Set<UserDevice>().Where(device => device.UserId == userId);
        var isFirst = !await others.AnyAsync(ct);
        if (!isFirst) await others.OrderByDescending(device => device.LastSeenAt).Skip(MostOfOneUser - 1).ExecuteDeleteAsync(ct);

        var token = own ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenSize));
        var device = new UserDevice
        {
            Id = Guid.CreateVersion7(now),
            UserId = userId,
            TokenHash = Hash(token),
            Network = ClientNetwork.Of(actor.IpAddress),
            UserAgent = actor.UserAgent ?? "",
            CreatedAt = now,
            LastSeenAt = now,
        };
        db.Add(device);
        if (!isFirst && db.Scope is { } scope) scope.HasUnsentMessages |= outbox.Add(db, [new NewDeviceUsed(userId, device.Id)], scope, now);
        return token;
    }

    public Task<KnownDevice?> DescribeAsync(Guid deviceId, CancellationToken ct) => db.Set<UserDevice>().AsNoTracking()
        .Where(device => device.Id == deviceId)
        .Select(device => new KnownDevice(device.UserAgent, device.Network, device.CreatedAt)).FirstOrDefaultAsync(ct);

    // Of one browser with two users both rows have the same; what is no token of ours is none.
    private string? Own() => actor.DeviceToken is { Length: 43 } token && Base64Url.IsValid(token) ? token : null;

    private static byte[] Hash(string? token) => token is null ? [] : SHA256.HashData(Encoding.ASCII.GetBytes(token));
}

internal sealed class UserDeviceConfiguration : IEntityTypeConfiguration<UserDevice>
{
    public void Configure(EntityTypeBuilder<UserDevice> device)
    {
        device.ToTable("user_devices");
        device.IsAuditedTogether();
        device.BelongsToPerson(row => row.UserId);
        device.Property(row => row.Id).ValueGeneratedNever();
        device.Property(row => row.TokenHash).HasMaxLength(32).IsPersonalSecret();
        device.Property(row => row.Network).HasMaxLength(64).IsPersonal();
        device.Property(row => row.UserAgent).HasMaxLength(512).IsPersonal();
        device.HasOne<AppUser>().WithMany().HasForeignKey(row => row.UserId);
        // The devices of one user, the latest first.
        device.HasIndex(row => new { row.UserId, row.LastSeenAt }).HasDatabaseName("ix_user_devices_user");
        // Clean-up.
        device.HasIndex(row => row.LastSeenAt).HasDatabaseName("ix_user_devices_last_seen");
    }
}
