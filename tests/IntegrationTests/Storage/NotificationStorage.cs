using System.Text.Json;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Notifications;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Storage;

public abstract class NotificationStorage(DatabaseFixture database, FakeTimeProvider time) : StorageTest(database, time)
{
    private static readonly PageRequest FirstPage = new(null, null, null);

    protected static FakeTimeProvider Clock => new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private DateTimeOffset At => time.GetUtcNow();

    [Fact]
    public async Task Due_delivery_comes_with_its_batch_and_its_recipient()
    {
        var user = await AddUserAsync();
        await ChangeAsync(user, row => row.SetProperty(it => it.PhoneNumber, "+447400123456").SetProperty(it => it.PhoneNumberConfirmed, true).SetProperty(it => it.Locale, "de-AT"));
        var batch = await AddBatchAsync("news", user);
        var delivery = await AddAsync(Delivery.Of(batch, user, Channel.Sms, At));

        var due = (await FindDueAsync(delivery))!;

        Assert.Equal((delivery.Id, batch.Id, """{"a":1}""", true), (due.Delivery.Id, due.Batch!.Id, due.Batch.Variables, due.IsWanted));
        Assert.Equal((user, "+447400123456", "Ada", "Lovelace", "de-AT"), (due.Recipient!.UserId, due.Recipient.Phone, due.Recipient.FirstName, due.Recipient.LastName, due.Recipient.Locale));
    }

    [Fact]
    public async Task Phone_that_is_not_confirmed_and_account_that_is_not_active_are_none()
    {
        var user = await AddUserAsync();
        await ChangeAsync(user, row => row.SetProperty(it => it.PhoneNumber, "+447400123456"));
        var delivery = await AddAsync(Delivery.Of(await AddBatchAsync("news", user), user, Channel.Sms, At));
        Assert.Null((await FindDueAsync(delivery))!.Recipient!.Phone);

        await ChangeAsync(user, row => row.SetProperty(it => it.Status, UserStatus.Suspended));
        Assert.Null((await FindDueAsync(delivery))!.Recipient);
    }

    [Theory]
    [InlineData("news", Channel.Email, false, false)]
    [InlineData("news", Channel.Email, true, true)]
    [InlineData("news", Channel.Sms, false, true)]
    [InlineData("orders", Channel.Email, false, true)]
    [InlineData(Category.Security, Channel.Email, false, true)]
    public async Task Preference_is_of_one_category_and_one_channel_and_never_of_security(string category, Channel channel, bool enabled, bool isWanted)
    {
        var user = await AddUserAsync();
        await PreferAsync(user, category, channel, enabled);
        if (category == "orders") await PreferAsync(user, "news", Channel.Email, false);
        if (category == "orders") await PreferAsync(await AddUserAsync(), "orders", Channel.Email, false);
        var asked = category == "orders" ? "general" : category;
        var delivery = await AddAsync(Delivery.Of(await AddBatchAsync(asked, user), user, Channel.Email, At));

        Assert.Equal(isWanted, (await FindDueAsync(delivery))!.IsWanted);
        Assert.Equal(isWanted, await WithAsync((IDeliveries ledger) => ledger.IsWantedAsync(user, asked, Channel.Email, default)));
    }

    [Fact]
    public async Task Delivery_in_own_words_has_no_batch_and_nobody_and_an_unknown_one_is_none()
    {
        var delivery = await AddAsync(Delivery.To(Channel.Email, "ada@example.test", "Hello", "Words", At));

        var due = (await FindDueAsync(delivery))!;

        Assert.Equal((null, null, true, "Words"), (due.Batch, due.Recipient, due.IsWanted, due.Delivery.Body));
        Assert.Null(await WithAsync((IDeliveries ledger) => ledger.FindDueAsync(Guid.CreateVersion7(), default)));
    }

    [Fact]
    public async Task Suppression_is_of_one_channel_and_found_in_any_case()
    {
        var name = Unique();
        await WithDbAsync(db => db.Add(new Suppression(Channel.Email, $" {name}@Example.test", SuppressionReason.Complaint, "spam", At)));

        Assert.Equal(SuppressionReason.Complaint, await WithAsync((IDeliveries ledger) => ledger.FindSuppressionAsync(Channel.Email, $"{name.ToUpperInvariant()}@example.TEST", default)));
        Assert.Null(await WithAsync((IDeliveries ledger) => ledger.FindSuppressionAsync(Channel.Sms, $"{name}@example.test", default)));
        Assert.Equal(name + "@example.test", Assert.Single(Value(await WithAsync((INotificationQueries queries) =>
            queries.ListSuppressionsAsync(new SuppressionFilter("email", $"{name.ToUpperInvariant()}@example.test"), FirstPage, default))).Items).Address);
    }

    [Theory]
    [InlineData(Channel.Email)]
    [InlineData(Channel.Sms)]
    public async Task Suppressed_address_of_a_recipient_is_found_with_what_is_due(Channel channel)
    {
        var user = await AddUserAsync();
        await ChangeAsync(user, set => set.SetProperty(row => row.PhoneNumber, "+4474001" + Random.Shared.Next(10_000, 99_999)).SetProperty(row => row.PhoneNumberConfirmed, true));
        var delivery = await AddAsync(Delivery.Of(await AddBatchAsync("news", user), user, channel, At));
        Assert.Null((await FindDueAsync(delivery))!.Suppressed);

        var address = channel == Channel.Email ? await EmailAsync(user) : await WithAsync((AppDbContext db) => db.Set<AppUser>().Where(row => row.Id == user).Select(row => row.PhoneNumber!).SingleAsync());
        await WithDbAsync(db => db.Add(new Suppression(channel, address.ToUpperInvariant(), SuppressionReason.Complaint, null, At)));

        Assert.Equal(SuppressionReason.Complaint, (await FindDueAsync(delivery))!.Suppressed);
    }

    [Fact]
    public async Task Suppressed_address_of_a_message_in_own_words_is_found_with_what_is_due()
    {
        var address = $"{Unique()}@example.test";
        var delivery = await AddAsync(Delivery.To(Channel.Email, address, "Hello", "Words", At));
        Assert.Null((await FindDueAsync(delivery))!.Suppressed);
        await WithDbAsync(db => db.Add(new Suppression(Channel.Email, address, SuppressionReason.HardBounce, null, At)));

        Assert.Equal(SuppressionReason.HardBounce, (await FindDueAsync(delivery))!.Suppressed);
    }

    [Theory]
    [InlineData("dead", true)]
    [InlineData("open", false)]
    [InlineData("done", false)]
    public async Task Batch_is_stalled_and_can_be_resumed_where_its_next_part_was_given_up(string name, bool isStalled)
    {
        var state = Enum.Parse<OutboxState>(name, ignoreCase: true);
        var batch = await AddBatchAsync("news", await AddUserAsync());
        await WithAsync((AppDbContext db) => db.Set<OutboxMessage>().Where(row => row.Id == batch.NextPart).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, state)));

        Assert.Equal(isStalled, (await WithAsync((INotificationQueries queries) => queries.FindBatchAsync(batch.Id, default)))!.IsStalled);
        Assert.Equal(isStalled, await WithAsync(async (IBatches batches) => await batches.ReopenAsync((await batches.FindAsync(batch.Id, default))!, default)));

        Assert.False((await WithAsync((INotificationQueries queries) => queries.FindBatchAsync(batch.Id, default)))!.IsStalled);
        Assert.Equal(state == OutboxState.Done ? OutboxState.Done : OutboxState.Open, await WithAsync((AppDbContext db) => db.Set<OutboxMessage>().Where(row => row.Id == batch.NextPart).Select(row => row.State).SingleAsync()));
    }

    [Theory]
    [InlineData("dead", true)]
    [InlineData("waiting", true)]
    [InlineData("in work", false)]
    [InlineData("gone", false)]
    public async Task Message_of_a_delivery_is_reopened_unless_a_worker_is_on_it(string state, bool isReopened)
    {
        var delivery = await AddAsync(Delivery.To(Channel.Email, "ada@example.test", "Hello", "Words", At));
        if (state == "gone") await WithAsync((AppDbContext db) => Message(db, delivery).ExecuteDeleteAsync());
        else await WithAsync((AppDbContext db) => Message(db, delivery).ExecuteUpdateAsync(row => row
            .SetProperty(it => it.State, state == "dead" ? OutboxState.Dead : OutboxState.Open)
            .SetProperty(it => it.LeaseUntil, state == "in work" ? At.AddMinutes(1) : (DateTimeOffset?)null)
            .SetProperty(it => it.ClosedAt, state == "dead" ? At : (DateTimeOffset?)null)
            .SetProperty(it => it.DueAt, At.AddHours(1)).SetProperty(it => it.Attempts, 5).SetProperty(it => it.Dispatches, 5).SetProperty(it => it.Settled, 4)));
        time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(isReopened, await WithAsync((IDeliveries ledger) => ledger.ReopenAsync(delivery.Id, default)));

        if (state == "gone") return;
        var message = await WithAsync((AppDbContext db) => Message(db, delivery).SingleAsync());
        Assert.Equal(isReopened ? (OutboxState.Open, At, 5, 5, 5) : (OutboxState.Open, At.AddMinutes(50), 5, 0, 4), (message.State, message.DueAt, message.Attempts, message.AttemptsBefore, message.Settled));
        Assert.Null(message.ClosedAt);
    }

    [Fact]
    public async Task Dead_ones_are_reopened_oldest_first_of_the_channel_and_the_batch_that_are_asked_for()
    {
        var user = await AddUserAsync();
        var (batch, other) = (await AddBatchAsync("news", user), await AddBatchAsync("news", user));
        List<Delivery> mails = [];
        for (var number = 0; number < 3; number++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            mails.Add(await AddDeadAsync(batch, user, Channel.Email));
        }

        var text = await AddDeadAsync(batch, user, Channel.Sms);
        var delivered = await AddDeadAsync(batch, user, Channel.Email, DeliveryVerdict.Delivered);
        var foreign = await AddDeadAsync(other, user, Channel.Email);

        Assert.Equal(2, await ReopenDeadAsync(Channel.Email, batch.Id, 2));
        Assert.Equal([DeliveryState.Pending, DeliveryState.Pending, DeliveryState.Dead], [await StateAsync(mails[0]), await StateAsync(mails[1]), await StateAsync(mails[2])]);
        Assert.Equal(OutboxState.Open, (await WithAsync((AppDbContext db) => Message(db, mails[0]).SingleAsync())).State);
        Assert.Equal(OutboxState.Dead, (await WithAsync((AppDbContext db) => Message(db, mails[2]).SingleAsync())).State);

        Assert.Equal(2, await ReopenDeadAsync(null, batch.Id, 10));
        Assert.Equal([DeliveryState.Pending, DeliveryState.Pending, DeliveryState.Dead, DeliveryState.Dead], [await StateAsync(mails[2]), await StateAsync(text), await StateAsync(delivered), await StateAsync(foreign)]);
        Assert.Equal(0, await ReopenDeadAsync(null, batch.Id, 10));
    }

    [Fact]
    public async Task Audience_is_gone_through_in_parts_each_person_once_with_the_channels_they_want()
    {
        var users = new List<Guid>();
        for (var number = 0; number < 5; number++) users.Add(await AddUserAsync());
        await ChangeAsync(users[0], row => row.SetProperty(it => it.PhoneNumber, "+447400123456").SetProperty(it => it.PhoneNumberConfirmed, true));
        await ChangeAsync(users[3], row => row.SetProperty(it => it.Status, UserStatus.Suspended));
        await PreferAsync(users[1], "news", Channel.Email, false);
        await PreferAsync(users[2], "other", Channel.Email, false);
        var batch = await AddBatchAsync("news", [.. users]);

        List<Listener> seen = [];
        for (IReadOnlyList<Listener> part; (part = await WithAsync((IBatches batches) => batches.NextAsync(batch, 2, default))).Count > 0;)
        {
            Assert.InRange(part.Count, 1, 2);
            seen.AddRange(part);
            batch.Advance(part[^1].Person.UserId, part.Count, 0, false, At);
        }

        Assert.Equal(users.Where(user => user != users[3]).Order(), seen.Select(one => one.Person.UserId));
        var channels = seen.ToDictionary(one => one.Person.UserId, one => one.Channels.Order().ToArray());
        Assert.Equal(new[] { Channel.InApp, Channel.Email, Channel.Sms }.Order(), channels[users[0]]);
        Assert.Equal([Channel.InApp], channels[users[1]]);
        Assert.Equal(new[] { Channel.InApp, Channel.Email }.Order(), channels[users[2]]);

        var security = await AddBatchAsync(Category.Security, users[1]);
        await PreferAsync(users[1], Category.Security, Channel.Email, false);
        Assert.Contains(Channel.Email, Assert.Single(await WithAsync((IBatches batches) => batches.NextAsync(security, 2, default))).Channels);
    }

    [Fact]
    public async Task Audience_of_a_role_is_counted_and_who_is_no_active_account_is_named()
    {
        var (support, suspended, unknown) = (await AddUserAsync(), await AddUserAsync(), Guid.CreateVersion7());
        await ChangeAsync(support, row => row.SetProperty(it => it.Role, Role.Support));
        await ChangeAsync(suspended, row => row.SetProperty(it => it.Role, Role.Support).SetProperty(it => it.Status, UserStatus.Suspended));

        Assert.Equal(1, await WithAsync((IBatches batches) => batches.CountAsync(new Audience("support", []), default)));
        Assert.Equal([suspended, unknown], (await WithAsync((IBatches batches) => batches.FindMissingAsync([support, suspended, unknown], default))).Order());
        Assert.Equal(support, Assert.Single(await WithAsync((IBatches batches) => batches.NextAsync(
            NotificationBatch.Accept(null, new Audience("support", []), [Channel.Email], "t", "news", "{}", null, 1, At), 10, default))).Person.UserId);
    }

    public static TheoryData<DeliveryStatus[]> AllStatuses => new() { Enum.GetValues<DeliveryStatus>() };

    [Theory]
    [MemberData(nameof(AllStatuses))]
    public async Task Each_status_finds_exactly_what_it_is_called(DeliveryStatus[] statuses)
    {
        var user = await AddUserAsync();
        var batch = await AddBatchAsync("news", user);
        foreach (var state in Enum.GetValues<DeliveryState>())
            foreach (var verdict in new DeliveryVerdict?[] { null, DeliveryVerdict.Delivered, DeliveryVerdict.Failed })
                foreach (var message in new[] { "gone", "waiting", "queued", "in work", "lease over", "lease over and queued" })
                    await AddAsync(batch, user, state, verdict, message);
        await AddAsync(Delivery.Of(batch, user, Channel.InApp, At));

        var all = await ListAsync(new DeliveryFilter(null, null, null, batch.Id, null));
        Assert.Equal(4 * 3 * 6 + 1, all.Count);
        foreach (var status in statuses)
        {
            var expected = all.Where(delivery => delivery.Status == status).Select(delivery => delivery.Id).ToArray();
            Assert.NotEmpty(expected);
            Assert.Equal(expected, (await ListAsync(new DeliveryFilter(status.ToText(), null, null, batch.Id, null))).Select(delivery => delivery.Id));
        }
    }

    [Fact]
    public async Task Deliveries_are_found_by_channel_person_and_whether_they_are_ambiguous_and_read_with_their_attempts()
    {
        var (user, other) = (await AddUserAsync(), await AddUserAsync());
        var batch = await AddBatchAsync("news", user, other);
        var (mail, text, foreign) = (Delivery.Of(batch, user, Channel.Email, At), Delivery.Of(batch, user, Channel.Sms, At), Delivery.Of(batch, other, Channel.Email, At));
        var attempts = mail.CutOff(2, At).Append(new DeliveryAttempt(mail.Id, 2, AttemptOutcome.Unavailable, null, "503", At, At)).ToArray();
        mail.Record(attempts[1], "ada@example.test", false, At);
        foreach (var delivery in new[] { mail, text, foreign }) await AddAsync(delivery, delivery == mail ? attempts : []);

        Assert.Equal(new[] { text.Id, mail.Id }.OrderDescending(), (await ListAsync(new DeliveryFilter(null, null, user, batch.Id, null))).Select(delivery => delivery.Id));
        Assert.Equal([text.Id], (await ListAsync(new DeliveryFilter(null, "sms", null, batch.Id, null))).Select(delivery => delivery.Id));
        Assert.Equal([mail.Id], (await ListAsync(new DeliveryFilter(null, null, null, batch.Id, true))).Select(delivery => delivery.Id));
        Assert.Equal(2, (await ListAsync(new DeliveryFilter(null, null, null, batch.Id, false))).Count);

        var found = (await WithAsync((INotificationQueries queries) => queries.FindDeliveryAsync(mail.Id, default)))!;
        Assert.Equal((DeliveryStatus.Pending, true, "503", "ada@example.test", At), (found.Status, found.Ambiguous, found.Error, found.To, found.NextAttemptAt));
        Assert.Equal([(1, AttemptOutcome.Unknown, null), (2, AttemptOutcome.Unavailable, At)], found.Attempts.Select(attempt => (attempt.Number, attempt.Outcome, attempt.EndedAt)));
        Assert.Null(await WithAsync((INotificationQueries queries) => queries.FindDeliveryAsync(Guid.CreateVersion7(), default)));
        Assert.Equal(new DeliveryCounts(3, 0, 0, 0), (await WithAsync((INotificationQueries queries) => queries.FindBatchAsync(batch.Id, default)))!.Deliveries);
    }

    [Fact]
    public async Task Inbox_is_filtered_and_the_unread_of_all_are_counted()
    {
        var (user, other) = (await AddUserAsync(), await AddUserAsync());
        var mailed = await AddNotificationAsync(user, "orders.shipped", Channel.InApp, Channel.Email);
        var texted = await AddNotificationAsync(user, "orders.late", Channel.InApp, Channel.Sms);
        var read = await AddNotificationAsync(user, "orders.shipped", Channel.InApp);
        await AddNotificationAsync(other, "orders.shipped", Channel.InApp);
        await WithAsync(async (AppDbContext db) =>
        {
            (await db.Set<Notification>().SingleAsync(row => row.Id == read.Id)).Read(At);
            return await db.SaveChangesAsync();
        });

        await FindsAsync(new InboxFilter(null, null, null), read, texted, mailed);
        await FindsAsync(new InboxFilter(true, null, null), texted, mailed);
        await FindsAsync(new InboxFilter(false, null, null), read);
        await FindsAsync(new InboxFilter(null, "orders.shipped", null), read, mailed);
        await FindsAsync(new InboxFilter(null, null, "email"), mailed);
        await FindsAsync(new InboxFilter(null, null, "sms"), texted);
        await FindsAsync(new InboxFilter(null, null, "in_app"), read, texted, mailed);
        await FindsAsync(new InboxFilter(false, "orders.late", "sms"));

        var found = (await WithAsync((INotificationQueries queries) => queries.FindAsync(mailed.Id, user, default)))!;
        Assert.Equal([Channel.InApp, Channel.Email], found.Channels);
        Assert.Null(await WithAsync((INotificationQueries queries) => queries.FindAsync(mailed.Id, other, default)));

        Assert.Equal(2, await SaveAsync((INotificationRepository repository) => repository.ReadAllAsync(user, At, default)));
        Assert.Equal(0, await SaveAsync((INotificationRepository repository) => repository.ReadAllAsync(user, At, default)));
        Assert.Equal(1, Value(await WithAsync((INotificationQueries queries) => queries.ListAsync(other, new InboxFilter(null, null, null), FirstPage, default))).Unread);

        async Task FindsAsync(InboxFilter filter, params Notification[] expected)
        {
            var inbox = Value(await WithAsync((INotificationQueries queries) => queries.ListAsync(user, filter, FirstPage, default)));
            Assert.Equal(expected.Select(one => one.Id), inbox.Page.Items.Select(one => one.Id));
            Assert.Equal(2, inbox.Unread);
        }
    }

    [Fact]
    public async Task Every_known_category_has_a_preference_for_every_channel()
    {
        var user = await AddUserAsync();
        await PreferAsync(user, "news", Channel.Email, false);

        var found = (await WithAsync((INotificationQueries queries) => queries.ListPreferencesAsync(user, default))).Preferences;

        Assert.Equal((Category.All.Count + 1) * Enum.GetValues<Channel>().Length, found.Count);
        Assert.Equal(new PreferenceDto("news", Channel.Email, false), Assert.Single(found, preference => !preference.Enabled));
    }

    [Fact]
    public async Task Ledger_and_read_inbox_are_kept_for_a_year_and_what_is_open_stays()
    {
        var user = await AddUserAsync();
        var batch = await AddBatchAsync("news", user);
        var (sent, dead, pending) = (await AddAsync(batch, user, DeliveryState.Sent, null, "gone"), await AddDeadAsync(batch, user, Channel.Email), await AddAsync(Delivery.Of(batch, user, Channel.Email, At)));
        var empty = await AddBatchAsync("news", user);
        var (read, unread) = (await AddNotificationAsync(user, "t", Channel.InApp), await AddNotificationAsync(user, "t", Channel.InApp));
        await WithAsync((AppDbContext db) => db.Set<Notification>().Where(row => row.Id == read.Id).ExecuteUpdateAsync(row => row.SetProperty(it => it.ReadAt, At)));

        time.Advance(NotificationRetention.Keep - TimeSpan.FromSeconds(1));
        var young = await AddAsync(batch, user, DeliveryState.Sent, null, "gone");
        await CleanAsync();
        Assert.NotNull(await FindDueAsync(sent));

        time.Advance(TimeSpan.FromSeconds(2));
        await CleanAsync();

        Assert.Null(await FindDueAsync(sent));
        Assert.All([await FindDueAsync(dead), await FindDueAsync(pending), await FindDueAsync(young)], Assert.NotNull);
        Assert.Equal([unread.Id], Value(await WithAsync((INotificationQueries queries) => queries.ListAsync(user, new InboxFilter(null, null, null), FirstPage, default))).Page.Items.Select(one => one.Id));
        Assert.Null(await WithAsync((INotificationQueries queries) => queries.FindBatchAsync(empty.Id, default)));
        Assert.NotNull(await WithAsync((INotificationQueries queries) => queries.FindBatchAsync(batch.Id, default)));
    }

    [Fact, Trait("Promise", "A4")]
    public async Task Persons_notifications_are_exported_and_erased_and_nobody_elses()
    {
        var (user, other) = (await AddUserAsync(), await AddUserAsync());
        var (alone, together) = (await AddBatchAsync("news", user), await AddBatchAsync("news", user, other));
        foreach (var person in new[] { user, other })
        {
            await AddNotificationAsync(person, "t", Channel.InApp);
            await PreferAsync(person, "news", Channel.Email, false);
            await AddAsync(Delivery.Of(together, person, Channel.Email, At));
            var email = await EmailAsync(person);
            await WithDbAsync(db => db.Add(new Suppression(Channel.Email, email, SuppressionReason.HardBounce, null, At)));
        }

        Assert.Equal((1, 1, 1), await ExportAsync(user));
        await SaveAsync(async (IEnumerable<IPersonalData> modules) =>
        {
            await modules.Single(module => module.Section == "notifications").EraseAsync(user, default);
            return 0;
        });

        Assert.Equal((0, 0, 0), await ExportAsync(user));
        Assert.Equal((1, 1, 1), await ExportAsync(other));
        Assert.Null(await WithAsync((INotificationQueries queries) => queries.FindBatchAsync(alone.Id, default)));
        Assert.NotNull(await WithAsync((INotificationQueries queries) => queries.FindBatchAsync(together.Id, default)));
        Assert.Null(await WithAsync(async (IDeliveries ledger) => await ledger.FindSuppressionAsync(Channel.Email, await EmailAsync(user), default)));
        Assert.NotNull(await WithAsync(async (IDeliveries ledger) => await ledger.FindSuppressionAsync(Channel.Email, await EmailAsync(other), default)));
    }

    private static string Unique() => $"u{Guid.CreateVersion7():N}";

    private static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(error.Message) : value;

    private static IQueryable<OutboxMessage> Message(AppDbContext db, Delivery delivery) => db.Set<OutboxMessage>().Where(row => row.Id == delivery.Id);

    private Task<string> EmailAsync(Guid user) => WithAsync((AppDbContext db) => db.Set<AppUser>().Where(row => row.Id == user).Select(row => row.Email!).SingleAsync());

    private Task<DueDelivery?> FindDueAsync(Delivery delivery) => WithAsync((IDeliveries ledger) => ledger.FindDueAsync(delivery.Id, default));

    private Task<DeliveryState> StateAsync(Delivery delivery) => WithAsync((AppDbContext db) => db.Set<Delivery>().Where(row => row.Id == delivery.Id).Select(row => row.State).SingleAsync());

    private async Task<IReadOnlyList<DeliveryDto>> ListAsync(DeliveryFilter filter) =>
        Value(await WithAsync((INotificationQueries queries) => queries.ListDeliveriesAsync(filter, new PageRequest(null, 100, null), default))).Items;

    private Task<int> ReopenDeadAsync(Channel? channel, Guid batchId, int limit) => WithAsync((IDeliveries ledger) => ledger.ReopenDeadAsync(channel, batchId, limit, At, default));

    private Task<int> CleanAsync() => WithAsync(async (IEnumerable<IRetention> retentions) =>
    {
        await retentions.OfType<NotificationRetention>().Single().CleanAsync(default);
        return 0;
    });

    private Task<int> ChangeAsync(Guid user, Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<AppUser>> change) =>
        WithAsync((AppDbContext db) => db.Set<AppUser>().Where(row => row.Id == user).ExecuteUpdateAsync(change));

    private Task<int> WithDbAsync(Action<AppDbContext> change) => SaveAsync((AppDbContext db) =>
    {
        change(db);
        return Task.FromResult(0);
    });

    private Task<int> PreferAsync(Guid user, string category, Channel channel, bool enabled) => WithDbAsync(db => db.Add(new NotificationPreference(user, category, channel, enabled)));

    private async Task<NotificationBatch> AddBatchAsync(string category, params Guid[] users)
    {
        var batch = NotificationBatch.Accept(null, new Audience(null, users), [Channel.InApp, Channel.Email, Channel.Sms], "orders.shipped", category, """{"a":1}""", null, users.Length, At);
        await WithDbAsync(db => db.Add(batch));
        return batch;
    }

    private async Task<Notification> AddNotificationAsync(Guid user, string type, params Channel[] channels)
    {
        time.Advance(TimeSpan.FromMilliseconds(1));
        var notification = Notification.Of(user, null, type, "news", channels, "Title", "Content", At);
        await WithDbAsync(db => db.Add(notification));
        return notification;
    }

    private async Task<Delivery> AddAsync(Delivery delivery, params DeliveryAttempt[] attempts)
    {
        await WithDbAsync(db =>
        {
            db.Add(delivery);
            db.AddRange(attempts);
        });
        return delivery;
    }

    private async Task<Delivery> AddDeadAsync(NotificationBatch batch, Guid user, Channel channel, DeliveryVerdict? verdict = null)
    {
        var delivery = Delivery.Of(batch, user, channel, At);
        delivery.GiveUp(1, At);
        if (verdict is { } told) delivery.Judge(told, null, At);
        await AddAsync(delivery);
        await WithAsync((AppDbContext db) => Message(db, delivery).ExecuteUpdateAsync(row => row.SetProperty(it => it.State, OutboxState.Dead).SetProperty(it => it.ClosedAt, At)));
        return delivery;
    }

    private async Task<Delivery> AddAsync(NotificationBatch batch, Guid user, DeliveryState state, DeliveryVerdict? verdict, string message)
    {
        var delivery = Delivery.Of(batch, user, Channel.Email, At);
        if (state == DeliveryState.Sent) delivery.Record(new DeliveryAttempt(delivery.Id, 1, AttemptOutcome.Sent, null, null, At, At), "ada@example.test", false, At);
        if (state == DeliveryState.Failed) delivery.Fail(1, "no", At);
        if (state == DeliveryState.Dead) delivery.GiveUp(1, At);
        if (verdict is { } told) delivery.Judge(told, null, At);
        await AddAsync(delivery);
        if (message == "gone") await WithAsync((AppDbContext db) => Message(db, delivery).ExecuteDeleteAsync());
        else await WithAsync((AppDbContext db) => Message(db, delivery).ExecuteUpdateAsync(row => row
            .SetProperty(it => it.Dispatches, message.EndsWith("queued", StringComparison.Ordinal) || message == "in work" ? 1 : 0)
            .SetProperty(it => it.LeaseUntil, message == "in work" ? At.AddMinutes(1) : message.StartsWith("lease", StringComparison.Ordinal) ? At.AddSeconds(-1) : (DateTimeOffset?)null)));
        return delivery;
    }

    private Task<(int Inbox, int Deliveries, int Preferences)> ExportAsync(Guid user) => WithAsync(async (IEnumerable<IPersonalData> modules) =>
    {
        using var json = new MemoryStream();
        await JsonSerializer.SerializeAsync(json, await modules.Single(module => module.Section == "notifications").ExportAsync(user, default), JsonSerializerOptions.Web);
        var root = JsonDocument.Parse(json.ToArray()).RootElement;
        return (root.GetProperty("inbox").GetArrayLength(), root.GetProperty("deliveries").GetArrayLength(), root.GetProperty("preferences").GetArrayLength());
    });
}

public sealed class NotificationStorageOnSqlite(SqliteDatabase database) : NotificationStorage(database, Clock), IClassFixture<SqliteDatabase>;

public sealed class NotificationStorageOnPostgreSql(PostgreSqlDatabase database) : NotificationStorage(database, Clock), IClassFixture<PostgreSqlDatabase>;
