using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.QueryPlans;

/// <summary>The inbox of somebody with a thousand messages among very many, and the ledger as staff, the worker and the webhooks read it.</summary>
public abstract partial class QueryPlans<TDatabase>
{
    [Theory, Trait("Promise", "P2")]
    [InlineData(null, null, null)]
    [InlineData(true, null, null)]
    [InlineData(null, "orders.shipped", null)]
    [InlineData(null, null, "email")]
    public async Task Inbox(bool? unread, string? type, string? channel)
    {
        var filter = new InboxFilter(unread, type, channel);
        Inbox? first = null;
        await AssertIndexedAsync(async services => first = Value(await services.GetRequiredService<INotificationQueries>().ListAsync(filled.AuthorId, filter, FirstPage, default)));
        await AssertIndexedAsync(async services => Assert.NotEmpty(
            Value(await services.GetRequiredService<INotificationQueries>().ListAsync(filled.AuthorId, filter, FirstPage with { Cursor = first!.Page.NextCursor }, default)).Page.Items));
    }

    [Theory, Trait("Promise", "P2")]
    [MemberData(nameof(DeliveryFilters.All), MemberType = typeof(DeliveryFilters))]
    public Task Deliveries_that_are(string what, DeliveryFilter filter) => AssertPagedAsync(what, filter);

    private protected async Task AssertPagedAsync(string what, DeliveryFilter filter)
    {
        Page<DeliveryDto>? first = null;
        await AssertIndexedAsync(async services => first = Value(await services.GetRequiredService<INotificationQueries>().ListDeliveriesAsync(filter, FirstPage, default)));
        Assert.True(first!.NextCursor is not null, what);
        await AssertIndexedAsync(async services => Assert.NotEmpty(Value(await services.GetRequiredService<INotificationQueries>().ListDeliveriesAsync(filter, FirstPage with { Cursor = first.NextCursor }, default)).Items));
    }

    [Fact, Trait("Promise", "P2")]
    public Task Deliveries_of_a_person() => AssertIndexedAsync(async services =>
        Assert.NotEmpty(Value(await services.GetRequiredService<INotificationQueries>().ListDeliveriesAsync(new DeliveryFilter(null, null, filled.AuthorId, null, null), FirstPage, default)).Items));

    [Fact, Trait("Promise", "P2")]
    public Task Delivery_that_is_due() => AssertIndexedAsync(async services =>
    {
        var id = await services.GetRequiredService<AppDbContext>().Set<Delivery>().Where(row => row.UserId == filled.AuthorId).OrderBy(row => row.Id).Select(row => row.Id).FirstAsync();
        Assert.NotNull(await services.GetRequiredService<IDeliveries>().FindDueAsync(id, default));
    });

    [Fact, Trait("Promise", "P2")]
    public Task Report_of_a_provider() => AssertIndexedAsync(services => services.GetRequiredService<IDeliveryReports>().RecordAsync(
        [new DeliveryReport(Channel.Email, null, "provider-7", null, ReportKind.Delivered, null, DateTimeOffset.UnixEpoch), new DeliveryReport(Channel.Email, DeliveryFilters.OneBatch, null, null, ReportKind.Delivered, null, DateTimeOffset.UnixEpoch)], default));
}

/// <summary>What the ledger is searched for.</summary>
public static class DeliveryFilters
{
    /// <summary>Of a thousand deliveries: its id is that of the tenth row.</summary>
    public static Guid OneBatch { get; } = new("01977420-dc09-7000-8000-000000000009");

    public static TheoryData<string, DeliveryFilter> All => new()
    {
        { "dead", new DeliveryFilter("dead", null, null, null, null) },
        { "pending", new DeliveryFilter("pending", null, null, null, null) },
        { "ambiguous", new DeliveryFilter(null, null, null, null, true) },
        { "of a batch", new DeliveryFilter(null, null, null, OneBatch, null) },
    };
}
