using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using GoApi.Application;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>Scenarios that hold in both modes: a class derived for each runs the same tests on that mode's host.</summary>
public abstract partial class ApiTest : IAsyncLifetime
{
    protected ApiTest(GoApiHost host) => Host = host;

    protected GoApiHost Host { get; }

    protected Caller Anonymous => Host.Main.Anonymous;

    public virtual ValueTask InitializeAsync()
    {
        Host.Needed();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Host.Watcher.AssertComplete();
        return ValueTask.CompletedTask;
    }

    /// <summary>The entries of the audit trail that a request made, in order; not those of the consumers of its messages, whenever they come.</summary>
    internal async Task<AuditEntry[]> AuditAsync(Answer answer)
    {
        var consumers = Host.Main.Services.GetServices<ConsumerRegistration>().Select(consumer => consumer.Attribute.Name).ToHashSet();
        return [.. (await AuditAsync(answer.RequestId)).Where(entry => !consumers.Contains(entry.Action))];
    }

    internal Task<AuditEntry[]> AuditAsync(string requestId) =>
        Host.WithDatabaseAsync(db => db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.RequestId == requestId).OrderBy(entry => entry.Sequence).ToArrayAsync());

    /// <summary>The messages that a request left behind.</summary>
    internal Task<OutboxMessage[]> OutboxAsync(Answer answer) =>
        Host.WithDatabaseAsync(db => db.Set<OutboxMessage>().AsNoTracking().Where(message => message.RequestId == answer.RequestId).OrderBy(message => message.Id).ToArrayAsync());

    /// <summary>Neither an entry nor a message came of it.</summary>
    protected async Task LeftNothingAsync(Answer answer)
    {
        Assert.Empty(await AuditAsync(answer));
        Assert.Empty(await OutboxAsync(answer));
    }

    /// <summary>The one entry that a change left.</summary>
    internal async Task<AuditEntry> AuditedAsync(Answer answer, string action, AuditStatus status = AuditStatus.Success)
    {
        var entry = Assert.Single(await AuditAsync(answer));
        Assert.Equal((action, status), (entry.Action, entry.Status));
        return entry;
    }

    /// <summary>Strangers guess until the account is locked for devices that it does not know.</summary>
    protected Task LockAsync(TestUser user) =>
        Task.WhenAll(Enumerable.Range(0, 10).Select(guess => Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = $"wrong-Horse-{guess}" })));

    /// <summary>The failures that are counted of somebody's devices, which the account knows.</summary>
    protected Task<int> FailuresAsync(TestUser user) => Host.WithDatabaseAsync(async db =>
    {
        var devices = await db.Set<UserDevice>().Where(row => row.UserId == user.Id).Select(row => row.Id).ToListAsync();
        var subjects = devices.ConvertAll(id => $"device:{id}");
        return await db.Set<LogInThrottle>().Where(row => subjects.Contains(row.Subject)).SumAsync(row => row.Failures);
    });

    /// <summary>The mail to somebody whose subject holds this, when it has come.</summary>
    internal async Task<MailboxMessage> MailAsync(string to, string subject, int count = 1)
    {
        MailboxMessage[] found = [];
        await EventuallyAsync(
            async () => (found = await MailsAsync(to, subject)).Length >= count, $"{count} mail(s) “{subject}” to {to} arrived");
        Assert.Equal(count, found.Length);
        return found[^1];
    }

    internal Task<MailboxMessage[]> MailsAsync(string to, string subject) => Host.WithDatabaseAsync(db => db.Set<MailboxMessage>().AsNoTracking()
        .Where(mail => mail.To == to && mail.Subject.Contains(subject)).OrderBy(mail => mail.Id).ToArrayAsync());

    internal static string TokenIn(string text) => TokenPattern().Match(text) is { Success: true } found ? found.Groups[1].Value : throw new InvalidOperationException("The mail has no token.");

    /// <summary>Polls with a deadline: no test waits longer than it must, and none for ever.</summary>
    protected static async Task EventuallyAsync(Func<Task<bool>> condition, string what, double seconds = 30)
    {
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), $"Within {seconds} s it did not come about that {what}.");
            await tick.WaitForNextTickAsync();
        }
    }

    protected static object ReviewOf(string resource, int rating = 4, string content = "I have used it every day.") =>
        new { resource_type = "product", resource_id = resource, rating, title = "Good", content };

    protected static string NewResource() => Guid.CreateVersion7().ToString("N");

    protected static async Task<Answer> SubmitAsync(TestUser author, string? resource = null, int rating = 4) =>
        (await author.Api.PostAsync("/api/v1/reviews", ReviewOf(resource ?? NewResource(), rating))).Is(201);

    /// <summary>A review that everybody sees.</summary>
    protected static async Task<Answer> PublishAsync(TestUser author, TestUser moderator, string? resource = null, int rating = 4)
    {
        var review = await SubmitAsync(author, resource, rating);
        return (await moderator.Api.PutAsync($"/api/v1/reviews/{review.Id}/moderate", new { status = "approved" })).Is(200);
    }

    /// <summary>A notification that is in somebody's inbox, unread.</summary>
    protected async Task<Guid> NotifyAsync(TestUser user)
    {
        var title = $"A word {Guid.CreateVersion7():N}";
        var admin = await Host.UserAsync(Role.Admin);
        (await admin.Api.PostAsync("/api/v1/notifications", new { user_ids = new[] { user.Id }, channels = new[] { "in_app" }, title, content = "To you alone." })).Is(202);
        return (await InboxAsync(user, title)).GetProperty("id").GetGuid();
    }

    /// <summary>What is in somebody's inbox under this title, when it has come.</summary>
    protected static async Task<JsonElement> InboxAsync(TestUser user, string title)
    {
        JsonElement found = default;
        await EventuallyAsync(
            async () => (found = (await user.Api.GetAsync("/api/v1/notifications")).Is(200).Data.EnumerateArray().FirstOrDefault(one => one.GetProperty("title").GetString() == title)).ValueKind != JsonValueKind.Undefined,
            $"“{title}” is in the inbox");
        return found;
    }

    protected Task<TestUser> ModeratorAsync() => Host.UserAsync(Role.Moderator);

    [GeneratedRegex(@"token=([A-Za-z0-9_-]+)")]
    private static partial Regex TokenPattern();
}
