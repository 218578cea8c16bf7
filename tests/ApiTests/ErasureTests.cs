using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Identity;
using GoApi.Tests.Hosting;
using GoApi.Tests.Pictures;
using GoApi.Tests.Privacy;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NATS.Client.Core;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "A4")]
public abstract class ErasureTests(GoApiHost host) : ApiTest(host)
{
    private const string Me = "/api/v1/users/me";

    private static readonly object Right = new { password = GoApiHost.Password };

    [Fact]
    public async Task Nothing_that_a_person_left_anywhere_is_found_after_the_erasure()
    {
        var (log, canaries) = (CapturedLog.Install(), new Canaries());
        await using var queue = await QueueAsync();
        await using var instance = Host.Start(("LOG_LEVEL", "verbose"), ("RATE_LIMIT_RPS", "1000"), ("RATE_LIMIT_CREDENTIALS", "10000"));
        var user = await PlantAsync(instance, canaries);

        var export = (await user.GetAsync($"{Me}/export")).Is(200);
        var planted = await Host.WithDatabaseAsync(db => WholeDatabase.FindAsync(db.Database.GetDbConnection(), canaries, default));
        // All of them are looked for in the right places, and the person is shown all of them.
        Assert.Equal(canaries.In(string.Join(' ', canaries.Words)).Order(), canaries.In(export.Text).Order());
        Assert.NotEmpty(planted);

        (await user.SendAsync(HttpMethod.Delete, Me, Right)).Is(200);

        Assert.Empty(await Host.WithDatabaseAsync(db => WholeDatabase.FindAsync(db.Database.GetDbConnection(), canaries, default)));
        Assert.Empty(canaries.In(log.ToString()));
        Assert.Empty(canaries.In(queue.Seen));
        Assert.Empty(canaries.In(await RedisAsync()));
        await EventuallyAsync(async () =>
        {
            await instance.Services.GetServices<IHostedService>().OfType<Housekeeping>().Single().CleanAsync(default);
            return (await FilesAsync(canaries)).Length == 0;
        }, "no file has any of it");
    }

    [Fact]
    public async Task Picture_is_in_the_archive_and_gone_after_the_erasure()
    {
        var user = await Host.UserAsync();
        using (var form = new MultipartFormDataContent { { new ByteArrayContent(SamplePictures.Photo()), "file", "me.jpg" } }) (await user.Api.SendAsync(HttpMethod.Put, $"{Me}/avatar", form)).Is(200);
        var picture = new Uri((await user.Api.GetAsync(Me)).Is(200).Field("avatar_url")!).AbsolutePath;
        (await Anonymous.GetAsync(picture)).Is(200);

        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Me}/export?format=zip") { Headers = { Authorization = new("Bearer", user.AccessToken) } };
        using var answer = await Host.Main.Http.SendAsync(request);
        using var archive = new ZipArchive(await answer.Content.ReadAsStreamAsync());
        Assert.Equal(["avatar.webp", "data.json"], archive.Entries.Select(entry => entry.Name).Order());
        Assert.Equal(await Host.Main.Http.GetByteArrayAsync(picture), Bytes(archive.GetEntry("files/avatar.webp") ?? archive.Entries.Single(entry => entry.Name == "avatar.webp")));

        (await user.Api.SendAsync(HttpMethod.Delete, Me, Right)).Is(200);

        await EventuallyAsync(async () => (await Anonymous.GetAsync(picture)).Status == 404, "the picture is gone");
        Assert.DoesNotContain(Directory.GetFiles(Host.Settings["DATA_PATH"], "*", SearchOption.AllDirectories), file => file.EndsWith(picture.Split('/')[^1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Account_ends_at_once_everywhere_and_its_address_can_be_registered_again()
    {
        var user = await Host.UserAsync();
        await using var other = Host.Start();
        (await other.As(user.AccessToken).GetAsync(Me)).Is(200);

        var answer = (await user.Api.PostAsync($"{Me}/anonymize", Right)).Is(200);

        (await user.Api.GetAsync(Me)).Is(401);
        (await user.Api.PostAsync($"{Me}/anonymize", Right)).Is(401);
        await EventuallyAsync(async () => (await other.As(user.AccessToken).GetAsync(Me)).Status == 401, "the other instance refuses the token", seconds: 2);
        (await Anonymous.PostAsync("/api/v1/users/refresh", new { refresh_token = user.RefreshToken })).Is(401);
        (await Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = GoApiHost.Password })).Is(401);
        var message = Assert.Single(await OutboxAsync(answer));
        Assert.Equal(("users.user-anonymized.v1", "users.finish-erasure"), (message.Event, message.Consumer));

        var again = (await Anonymous.PostAsync("/api/v1/users/register", new { email = user.Email, password = GoApiHost.Password, first_name = "Ada", last_name = "Again" })).Is(201);
        Assert.NotEqual(user.Id, again.Id);
    }

    [Fact]
    public async Task Administrator_erases_without_a_password_and_once()
    {
        var admin = await Host.UserAsync(Role.Admin);
        foreach (var (method, path) in new[] { (HttpMethod.Delete, ""), (HttpMethod.Post, "/anonymize") })
        {
            var user = await Host.UserAsync();
            var answer = (await admin.Api.SendAsync(method, $"/api/v1/users/{user.Id}{path}")).Is(200);

            var entry = await AuditedAsync(answer, "users.anonymize");
            Assert.Equal((admin.Id, user.Id, user.Id.ToString()), (entry.ActorUserId, entry.SubjectUserId!.Value, entry.ResourceId));
            Assert.DoesNotContain(user.Email, entry.Changes, StringComparison.OrdinalIgnoreCase);
            (await user.Api.GetAsync(Me)).Is(401);
            await LeftNothingAsync((await admin.Api.SendAsync(method, $"/api/v1/users/{user.Id}{path}")).Is(404, "NOT_FOUND"));
        }
    }

    [Fact]
    public async Task Wrong_password_is_the_field_at_fault_and_audited()
    {
        var user = await Host.UserAsync();
        var before = (await user.Api.GetAsync(Me)).Is(200).Data.ToString();

        var answer = (await user.Api.SendAsync(HttpMethod.Delete, Me, new { password = "wrong", role = "admin", status = "suspended", email_verified = true })).Is(422, "VALIDATION_FAILED");
        Assert.Equal(["password"], answer.Fields);
        await AuditedAsync(answer, "users.anonymize_account", AuditStatus.Failure);
        await LeftNothingAsync((await user.Api.SendAsync(HttpMethod.Delete, Me, "{}")).Is(422, "VALIDATION_FAILED"));
        Assert.Equal(before, (await user.Api.GetAsync(Me)).Is(200).Data.ToString());
    }

    [Fact]
    public async Task If_Match_of_an_older_version_keeps_the_account()
    {
        var user = await Host.UserAsync();
        var before = (await user.Api.GetAsync(Me)).Header("ETag")!;
        (await user.Api.PatchAsync(Me, new { city = "London" })).Is(200);

        (await user.Api.SendAsync(HttpMethod.Delete, Me, Right, ("If-Match", before))).Is(412);
        (await user.Api.SendAsync(HttpMethod.Delete, Me, Right, ("If-Match", (await user.Api.GetAsync(Me)).Header("ETag")!))).Is(200);
    }

    [Fact]
    public async Task Published_review_stays_without_its_author_and_others_go()
    {
        var (user, moderator) = (await Host.UserAsync(), await ModeratorAsync());
        var (published, pending) = (await PublishAsync(user, moderator), await SubmitAsync(user));

        (await user.Api.SendAsync(HttpMethod.Delete, Me, Right)).Is(200);

        var stays = (await Anonymous.GetAsync($"/api/v1/reviews/{published.Id}")).Is(200);
        Assert.Equal(("Deleted User", "I have used it every day."), (stays.Field("author_name"), stays.Field("content")));
        (await moderator.Api.GetAsync($"/api/v1/reviews/{pending.Id}")).Is(404);
    }

    [Fact]
    public async Task Erasures_at_once_happen_once()
    {
        var (user, admin) = (await Host.UserAsync(), await Host.UserAsync(Role.Admin));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => number % 2 == 0
            ? user.Api.PostAsync($"{Me}/anonymize", Right) : admin.Api.PostAsync($"/api/v1/users/{user.Id}/anonymize")));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 200, 401, 404, 409 }));
    }

    [Fact]
    public async Task Log_in_that_runs_beside_the_erasure_gives_nothing_that_works()
    {
        for (var round = 0; round < 3; round++)
        {
            var user = await Host.UserAsync();
            var logIns = Enumerable.Range(0, 8).Select(_ => Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = GoApiHost.Password })).ToArray();
            (await user.Api.PostAsync($"{Me}/anonymize", Right)).Is(200);

            foreach (var answer in await Task.WhenAll(logIns))
            {
                Assert.Contains(answer.Status, new[] { 200, 401, 409 });
                if (answer.Status != 200) continue;
                (await Host.Main.As(answer.Field("access_token")!).GetAsync(Me)).Is(401);
                (await Anonymous.PostAsync("/api/v1/users/refresh", new { refresh_token = answer.Field("refresh_token") })).Is(401);
            }
        }
    }

    [Fact]
    public async Task Entries_are_readable_before_and_not_after_and_not_a_byte_of_them_has_changed()
    {
        var (user, agent) = (await Host.UserAsync(), $"Agent/{Guid.CreateVersion7():N}");
        (await user.Api.PatchAsync(Me, new { city = "Canterbury" }, ("User-Agent", agent))).Is(200);
        var before = await StoredAsync(user.Id);
        var read = (await user.Api.GetAsync($"{Me}/export")).Is(200);
        Assert.Contains("Canterbury", read.Data.GetProperty("activity").ToString(), StringComparison.Ordinal);
        Assert.Contains(agent, read.Data.GetProperty("activity").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Canterbury", string.Join(' ', before), StringComparison.Ordinal);

        (await user.Api.SendAsync(HttpMethod.Delete, Me, Right)).Is(200);

        var after = await StoredAsync(user.Id);
        Assert.Equal(before, after[..before.Length]);
        await using var scope = Host.Main.Services.CreateAsyncScope();
        var (protection, db) = (scope.ServiceProvider.GetRequiredService<AuditProtection>(), scope.ServiceProvider.GetRequiredService<Infrastructure.Persistence.AppDbContext>());
        var keys = await protection.KeysAsync(db, [user.Id], default);
        var entries = await db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.SubjectUserId == user.Id).ToListAsync();
        Assert.Empty(keys);
        Assert.NotEmpty(entries);
        Assert.All(entries, entry => Assert.Equal((null, null), (AuditProtection.IpAddressOf(entry, keys), AuditProtection.UserAgentOf(entry, keys))));
        // What is not personal is as readable as before.
        Assert.Contains(entries, entry => AuditProtection.ChangesOf(entry, keys)?.ToString() == """{"city":{"old":null,"new":null}}""");
        Assert.Contains(entries, entry => entry.Changes?.Contains("\"status\":{\"old\":\"active\",\"new\":\"anonymized\"}", StringComparison.Ordinal) == true);
    }

    // As it is stored, to the byte.
    private Task<string[]> StoredAsync(Guid userId) => Host.WithDatabaseAsync(db => db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.SubjectUserId == userId).OrderBy(entry => entry.Sequence)
        .Select(entry => $"{entry.Sequence} {entry.Id} {entry.ActorUserId} {entry.Action} {entry.IpAddress} {entry.UserAgent} {entry.Changes}").ToArrayAsync());

    // Everything that somebody can leave, through the API.
    private async Task<Caller> PlantAsync(Instance instance, Canaries canaries)
    {
        var (email, password) = (canaries.Add("e-mail", $"{Guid.CreateVersion7():N}@example.test"), GoApiHost.Password);
        (string, string) Agent(string name) => ("User-Agent", canaries.Word($"program that {name}"));
        (await instance.Anonymous.PostAsync("/api/v1/users/register", new { email, password, first_name = canaries.Word("first name at registration"), last_name = canaries.Word("last name at registration") }, Agent("registers"))).Is(201);
        await MailAsync(email, "Verify");
        (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password = "wrong" }, Agent("guesses"))).Is(401);
        (await instance.Anonymous.PostAsync("/api/v1/users/password/forgot", new { email }, Agent("forgot"))).Is(202);
        await MailAsync(email, "Set a new password");
        var logIn = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password }, Agent("logs in"))).Is(200);
        var user = instance.As(logIn.Field("access_token")!);
        (await instance.Anonymous.PostAsync("/api/v1/users/refresh", new { refresh_token = logIn.Field("refresh_token") }, Agent("refreshes"))).Is(200);

        object Profile(string which) => new
        {
            first_name = canaries.Word($"first name {which}"),
            last_name = canaries.Word($"last name {which}"),
            phone = canaries.Phone($"phone {which}"),
            bio = canaries.Word($"bio {which}"),
            gender = canaries.Word($"gender {which}"),
            address = canaries.Word($"address {which}"),
            city = canaries.Word($"city {which}"),
            state = canaries.Word($"state {which}"),
            zip_code = canaries.Word($"zip code {which}"),
            country = "GB",
            date_of_birth = "1907-03-11",
            locale = $"en-{canaries.Word($"locale {which}", 8)}",
            time_zone = "Europe/London",
        };
        (await user.PutAsync(Me, Profile("once"), Agent("changes the profile"))).Is(200);
        (await user.PutAsync(Me, Profile("now"))).Is(200);
        (await user.GetAsync("/api/v1/clients", Agent("is refused"))).Is(403);

        var (review, edited) = (canaries.Word("review"), canaries.Word("edited review"));
        var written = (await user.PostAsync("/api/v1/reviews", ReviewOf(NewResource(), content: review), ("Idempotency-Key", Guid.CreateVersion7().ToString()), Agent("writes"))).Is(201);
        (await user.PutAsync($"/api/v1/reviews/{written.Id}", new { rating = 1, title = canaries.Word("title"), content = edited })).Is(200);
        var published = await PublishAsync(await Host.UserAsync(), await ModeratorAsync());
        (await user.PostAsync($"/api/v1/reviews/{published.Id}/report", new { reason = canaries.Word("report") }, Agent("reports"))).Is(201);

        var (id, title) = ((await user.GetAsync(Me)).Is(200).Id, canaries.Word("notification"));
        (await (await Host.UserAsync(Role.Admin)).Api.PostAsync("/api/v1/notifications", new { user_ids = new[] { id }, channels = new[] { "in_app", "email" }, title, content = canaries.Word("text of the notification") })).Is(202);
        await MailAsync(email, title);
        (await user.PutAsync("/api/v1/notifications/preferences", new { preferences = new[] { new { category = "general", channel = "email", enabled = false } } }, Agent("wants no mail"))).Is(200);

        var enrolment = (await user.PostAsync($"{Me}/mfa/totp", null, Agent("enrols"))).Is(200);
        var authenticator = new Authenticator(enrolment.Field("secret")!);
        (await user.PostAsync($"{Me}/mfa/totp/confirm", new { code = authenticator.WrongCode() }, Agent("mistypes"))).Is(422);
        (await user.PostAsync($"{Me}/mfa/totp/confirm", new { code = authenticator.Code() }, Agent("confirms"))).Is(200);
        await MailAsync(email, "authentication is on");
        var step = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password }, Agent("begins"))).Is(200);
        (await instance.Anonymous.PostAsync("/api/v1/users/login/mfa", new { mfa_token = step.Field("mfa_token"), code = authenticator.WrongCode() }, Agent("guesses a code"))).Is(401);
        (await instance.Anonymous.PostAsync("/api/v1/users/login/mfa", new { mfa_token = step.Field("mfa_token"), code = authenticator.Code(1) }, Agent("ends"))).Is(200);

        var (next, number) = (canaries.Add("next e-mail", $"{Guid.CreateVersion7():N}@example.test"), canaries.Add("next phone", $"+44740{Random.Shared.Next(0, 10):D1}{RandomNumberGenerator.GetString("0123456789", 6)}"));
        (await user.PostAsync($"{Me}/email", new { email = next, password }, Agent("moves"))).Is(202);
        await MailAsync(next, "Confirm");
        (await user.PostAsync($"{Me}/phone", new { phone = number }, Agent("calls"))).Is(202);
        (await user.PutAsync($"{Me}/password", new { old_password = password, new_password = password + "-2" }, Agent("changes the password"))).Is(200);
        (await user.PutAsync($"{Me}/password", new { old_password = password + "-2", new_password = password }, Agent("changes it back"))).Is(200);
        await MailAsync(email, "Your password was changed", 2);
        return user;
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        return copy.ToArray();
    }

    private async Task<string[]> FilesAsync(Canaries canaries)
    {
        List<string> found = [];
        foreach (var path in Directory.GetFiles(Host.Settings["DATA_PATH"], "*", SearchOption.AllDirectories))
        {
            try
            {
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var reader = new StreamReader(file, Encoding.Latin1);
                found.AddRange(canaries.In(await reader.ReadToEndAsync()).Select(canary => $"{Path.GetFileName(path)}: {canary}"));
            }
            catch (FileNotFoundException)
            {
                // A journal or a draft that has been done with meanwhile: nothing is left in it.
            }
        }

        return [.. found];
    }

    // Keys and values; the tests of others use the same one, and that is no matter.
    private async Task<string> RedisAsync()
    {
        if (Host.Settings["REDIS_ADDRESSES"].Length == 0) return "";

        // A connection of its own: it is given up on quickly, and reading everything takes longer than that.
        var services = Host.Main.Services;
        await using var redis = ActivatorUtilities.CreateInstance<Infrastructure.Redis.RedisConnection>(services);
        await redis.PingAsync(default);
        // What is there shows that it is read; the limits' own keys live for seconds.
        var (read, mark) = (new TaskCompletionSource<string>(), $"goapi:test:{Guid.CreateVersion7():N}");
        await redis.TryAsync<string>(async database =>
        {
            await database.StringSetAsync(mark, mark, TimeSpan.FromMinutes(1));
            var all = new StringBuilder();
            foreach (var endpoint in database.Multiplexer.GetEndPoints())
                await foreach (var key in database.Multiplexer.GetServer(endpoint).KeysAsync(database.Database))
                    all.Append(key).Append(' ').AppendLine((await database.ExecuteAsync("DUMP", key)).ToString());
            read.SetResult(all.ToString());
            return "";
        });
        var text = await read.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains(mark, text, StringComparison.Ordinal);
        return text;
    }

    private async Task<Queue> QueueAsync()
    {
        if (Host.Settings["NATS_URLS"].Length == 0) return new Queue(null, "");

        var token = Host.Settings.GetValueOrDefault("NATS_TOKEN");
        var connection = new NatsConnection(new NatsOpts { Url = Host.Settings["NATS_URLS"], AuthOpts = string.IsNullOrEmpty(token) ? NatsAuthOpts.Default : new NatsAuthOpts { Token = token } });
        await connection.ConnectAsync();
        return new Queue(connection, $"{Host.Settings["NATS_STREAM_NAME"].ToLowerInvariant()}.>");
    }

    /// <summary>Hears every message that is sent to the workers, with its headers.</summary>
    private sealed class Queue : IAsyncDisposable
    {
        private readonly StringBuilder seen = new();
        private readonly CancellationTokenSource stop = new();
        private readonly NatsConnection? connection;
        private readonly Task listening;

        public Queue(NatsConnection? connection, string subject) => (this.connection, listening) = (connection, connection is null ? Task.CompletedTask : ListenAsync(connection, subject));

        public string Seen
        {
            get
            {
                lock (seen)
                {
                    if (connection is not null) Assert.NotEqual(0, seen.Length);
                    return seen.ToString();
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await listening.ContinueWith(_ => { }, TaskScheduler.Default);
            if (connection is not null) await connection.DisposeAsync();
            stop.Dispose();
        }

        private async Task ListenAsync(NatsConnection from, string subject)
        {
            await foreach (var message in from.SubscribeAsync<byte[]>(subject, cancellationToken: stop.Token))
                lock (seen) seen.Append(message.Subject).Append(' ').Append(message.Headers).AppendLine(Encoding.UTF8.GetString(message.Data ?? []));
        }
    }
}

public sealed class ErasureTestsEmbedded(EmbeddedHost host) : ErasureTests(host);

public sealed class ErasureTestsServices(ServicesHost host) : ErasureTests(host);
