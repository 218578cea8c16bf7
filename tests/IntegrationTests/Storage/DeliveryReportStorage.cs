using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.IntegrationTests.Storage;

public abstract class DeliveryReportStorage(DatabaseFixture database) : StorageTest(database)
{
    private readonly string address = $"u{Guid.CreateVersion7():N}@example.test";
    private readonly string providerId = $"sg-{Guid.CreateVersion7():N}";

    [Fact]
    public async Task Report_is_found_by_our_id_or_else_by_the_providers()
    {
        var (sent, other) = (await AddAsync(isSent: true), await AddAsync());

        await RecordAsync(Report(null, ReportKind.Delivered));
        await RecordAsync(Report(other.Id, ReportKind.Failed) with { Reason = "mailbox full" });

        Assert.Equal((DeliveryState.Sent, DeliveryVerdict.Delivered, null), await ReadAsync(sent));
        Assert.Equal((DeliveryState.Pending, DeliveryVerdict.Failed, "mailbox full"), await ReadAsync(other));
        Assert.Null(await SuppressionAsync());
    }

    [Theory]
    [InlineData(new[] { ReportKind.Failed, ReportKind.Delivered }, DeliveryVerdict.Delivered)]
    [InlineData(new[] { ReportKind.Delivered, ReportKind.Failed }, DeliveryVerdict.Delivered)]
    [InlineData(new[] { ReportKind.HardBounce, ReportKind.HardBounce }, DeliveryVerdict.Failed)]
    [InlineData(new[] { ReportKind.Delivered, ReportKind.Complaint, ReportKind.Complaint }, DeliveryVerdict.Delivered)]
    public async Task Reports_come_in_any_order_and_repeatedly_together_or_one_by_one(ReportKind[] kinds, DeliveryVerdict verdict)
    {
        var (together, oneByOne) = (await AddAsync(), await AddAsync());

        await RecordAsync([.. kinds.Select(kind => Report(together.Id, kind))]);
        foreach (var kind in kinds) await RecordAsync(Report(oneByOne.Id, kind));
        await RecordAsync([.. kinds.Select(kind => Report(together.Id, kind))]);

        Assert.Equal(verdict, (await ReadAsync(together)).Verdict);
        Assert.Equal(verdict, (await ReadAsync(oneByOne)).Verdict);
        SuppressionReason? reason = kinds.Contains(ReportKind.HardBounce) ? SuppressionReason.HardBounce : kinds.Contains(ReportKind.Complaint) ? SuppressionReason.Complaint : null;
        Assert.Equal(reason, await SuppressionAsync());
    }

    [Fact]
    public async Task Report_that_comes_before_the_sending_is_recorded_is_kept_and_so_is_the_sending()
    {
        var delivery = await AddAsync();

        await SaveAsync(async (IDeliveries ledger) =>
        {
            // The worker has it loaded while the webhook is called.
            var loaded = (await ledger.FindAsync(delivery.Id, default))!;
            await RecordAsync(Report(delivery.Id, ReportKind.Delivered));
            var attempt = new DeliveryAttempt(delivery.Id, 1, AttemptOutcome.Sent, providerId, null, Now, Now);
            ledger.Add(attempt);
            loaded.Record(attempt, address, false, Now);
            return 0;
        });

        Assert.Equal((DeliveryState.Sent, DeliveryVerdict.Delivered, null), await ReadAsync(delivery));
    }

    [Fact]
    public async Task Address_comes_from_the_delivery_where_the_report_has_none()
    {
        var delivery = await AddAsync(isSent: true);

        await RecordAsync(Report(delivery.Id, ReportKind.HardBounce) with { Address = null });

        Assert.Equal(SuppressionReason.HardBounce, await SuppressionAsync());
    }

    [Fact]
    public async Task Report_of_what_we_do_not_know_suppresses_its_address_all_the_same()
    {
        await RecordAsync(Report(Guid.CreateVersion7(), ReportKind.Complaint) with { Address = address.ToUpperInvariant() }, Report(null, ReportKind.Delivered) with { ProviderId = null });

        Assert.Equal(SuppressionReason.Complaint, await SuppressionAsync());
    }

    [Fact]
    public async Task Many_at_once_suppress_one_address_once_and_none_is_refused()
    {
        var deliveries = new List<Delivery>();
        for (var number = 0; number < 6; number++) deliveries.Add(await AddAsync());

        await Task.WhenAll(deliveries.Select(delivery => Task.Run(() => RecordAsync(Report(delivery.Id, ReportKind.HardBounce)))));

        Assert.Equal(1, await WithAsync((AppDbContext db) => db.Set<Suppression>().CountAsync(row => row.Address == address)));
        foreach (var delivery in deliveries) Assert.Equal(DeliveryVerdict.Failed, (await ReadAsync(delivery)).Verdict);
    }

    private DeliveryReport Report(Guid? id, ReportKind kind) => new(Channel.Email, id, providerId, address, kind, null, Now);

    private Task<int> RecordAsync(params DeliveryReport[] reports) => WithAsync(async (IDeliveryReports ledger) =>
    {
        await ledger.RecordAsync(reports, default);
        return 0;
    });

    private Task<SuppressionReason?> SuppressionAsync() => WithAsync((IDeliveries ledger) => ledger.FindSuppressionAsync(Channel.Email, address, default));

    private async Task<(DeliveryState State, DeliveryVerdict? Verdict, string? Reason)> ReadAsync(Delivery delivery)
    {
        var found = (await WithAsync((IDeliveries ledger) => ledger.FindAsync(delivery.Id, default)))!;
        return (found.State, found.Verdict, found.VerdictReason);
    }

    private async Task<Delivery> AddAsync(bool isSent = false)
    {
        var delivery = Delivery.To(Channel.Email, address, "Hello", "Words", Now);
        if (isSent) delivery.Record(new DeliveryAttempt(delivery.Id, 1, AttemptOutcome.Sent, providerId, null, Now, Now), address, false, Now);
        await SaveAsync((IDeliveries ledger) =>
        {
            ledger.Add(delivery);
            return Task.FromResult(0);
        });
        return delivery;
    }
}

public sealed class DeliveryReportStorageOnSqlite(SqliteDatabase database) : DeliveryReportStorage(database), IClassFixture<SqliteDatabase>;

public sealed class DeliveryReportStorageOnPostgreSql(PostgreSqlDatabase database) : DeliveryReportStorage(database), IClassFixture<PostgreSqlDatabase>;
