using System.Diagnostics;
using System.Text.Json;
using GoApi.Infrastructure.Identity;
using GoApi.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>What people who want to get in try, at the routes that take credentials.</summary>
[Trait("Promise", "S2")]
public abstract class LogInAbuseTests(GoApiHost host) : ApiTest(host)
{
    private const string Users = "/api/v1/users";
    private const string Wrong = "wrong-Horse-7-staple";

    private static readonly (string, string)[] Proxied = [("RATE_LIMIT_CREDENTIALS", "3000"), ("TRUSTED_PROXIES", "127.0.0.1,::1")];

    [Fact]
    public async Task Guesses_at_one_account_from_many_addresses_lock_it_and_its_owner_goes_on()
    {
        await using var instance = Host.Start(Proxied);
        var user = await Host.RegisterAsync();
        var cookie = (await From(instance, "198.51.100.1", user.Email, GoApiHost.Password)).Is(200).Header("Set-Cookie")!.Split(';')[0];

        for (var address = 1; address <= 10; address++) (await From(instance, $"203.0.113.{address}", user.Email, Wrong)).Is(401, "UNAUTHORIZED");

        (await From(instance, "203.0.113.99", user.Email, GoApiHost.Password)).Is(401, "UNAUTHORIZED");
        // By its place, and by its cookie from elsewhere.
        (await From(instance, "198.51.100.1", user.Email, GoApiHost.Password)).Is(200);
        (await From(instance, "192.0.2.1", user.Email, GoApiHost.Password, ("Cookie", cookie))).Is(200);
    }

    [Fact]
    public async Task Stuffing_many_accounts_from_one_address_locks_the_address()
    {
        await using var instance = Host.Start(("RATE_LIMIT_CREDENTIALS", "40"), ("TRUSTED_PROXIES", "127.0.0.1,::1"));
        var (victim, network) = (await Host.RegisterAsync(), Random.Shared.Next(0x1000, 0xffff));
        // 120 pairs out of somebody's list, each once, from the addresses of one subscriber.
        var guesses = await EachAsync(120, guess => From(instance, $"2001:db8:{network:x}:1::{guess + 1:x}", $"stuffed-{guess}-{victim.Email}", Wrong));

        // The budget of a minute lets 40 of them in, and what comes back of it meanwhile.
        Assert.InRange(guesses.Count(guess => guess.Status == 401), 40, 80);
        Assert.All(guesses.Where(guess => guess.Status != 401), guess => guess.Is(429, "RATE_LIMIT_EXCEEDED"));
        Assert.NotNull(guesses.First(guess => guess.Status == 429).Header("Retry-After"));
        (await From(instance, $"2001:db8:{network:x}:2::1", victim.Email, GoApiHost.Password)).Is(200);
    }

    [Fact]
    public async Task Address_that_goes_on_failing_is_locked_whatever_it_knows_by_then()
    {
        await using var instance = Host.Start(("RATE_LIMIT_CREDENTIALS", "1000"), ("TRUSTED_PROXIES", "127.0.0.1,::1"));
        var (victim, network) = (await Host.RegisterAsync(), Random.Shared.Next(0x1000, 0xffff));
        // As after three minutes at the full budget.
        (await From(instance, $"2001:db8:{network:x}::1", $"nobody-{victim.Email}", Wrong)).Is(401);
        await Host.WithDatabaseAsync(db => db.Set<LogInThrottle>().Where(row => row.Subject.StartsWith("address:")).ExecuteUpdateAsync(row => row.SetProperty(one => one.Failures, 2_999)));
        (await From(instance, $"2001:db8:{network:x}::2", $"nobody-{victim.Email}", Wrong)).Is(401);

        var locked = (await From(instance, $"2001:db8:{network:x}::3", victim.Email, GoApiHost.Password)).Is(401, "UNAUTHORIZED");

        Assert.Equal("The e-mail address or the password is wrong.", locked.Json.GetProperty("message").GetString());
        (await From(instance, "198.51.100.77", victim.Email, GoApiHost.Password)).Is(200);
    }

    [Fact]
    public async Task Unknown_address_takes_as_long_as_a_wrong_password()
    {
        await using var instance = Host.Start(("BCRYPT_WORK_FACTOR", "9"));
        var email = $"ada-{Guid.CreateVersion7():N}@example.test";
        (await instance.Anonymous.PostAsync($"{Users}/register", new { email, password = GoApiHost.Password, first_name = "Ada", last_name = "Lovelace" })).Is(201);
        List<double> known = [], unknown = [];

        // In turns, so that whatever else the machine does slows both. The account is locked after the tenth: that takes as long too.
        for (var round = 0; round < 40; round++)
        {
            known.Add(await MeasureAsync(instance, email));
            unknown.Add(await MeasureAsync(instance, $"nobody-{email}"));
        }

        var (of, than) = (Median(known), Median(unknown));
        TestContext.Current.TestOutputHelper?.WriteLine($"known {of:F1} ms, unknown {than:F1} ms");
        // Without the same hash one of them would be a small part of the other.
        Assert.InRange(than / of, 0.8, 1.25);
    }

    [Fact]
    public async Task Nothing_tells_a_known_address_from_an_unknown_one_where_registration_is_private()
    {
        await using var instance = Host.Start(("REGISTRATION_PRIVATE", "true"));
        var (user, nobody) = (await Host.UserAsync(), $"nobody-{Guid.CreateVersion7():N}@example.test");

        foreach (var (path, body) in new (string, Func<string, object>)[]
        {
            ("register", email => new { email, password = "unusual-Horse-7-staple", first_name = "Ada", last_name = "Lovelace" }),
            ("login", email => new { email, password = Wrong }),
            ("password/forgot", email => new { email }),
            ("email/resend", email => new { email }),
        })
        {
            var known = await instance.Anonymous.PostAsync($"{Users}/{path}", body(user.Email));
            var unknown = await instance.Anonymous.PostAsync($"{Users}/{path}", body(nobody));
            Assert.Equal((known.Status, Shown(known)), (unknown.Status, Shown(unknown)));
            Assert.Equal(known.Headers.Keys.Order(), unknown.Headers.Keys.Order());
        }
    }

    [Fact]
    public async Task Token_for_one_thing_is_good_for_no_other_and_no_other_account()
    {
        var (user, other) = (await Host.RegisterAsync(), await Host.UserAsync());
        var verification = TokenIn((await MailAsync(user.Email, "Verify")).Text);
        (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = user.Email })).Is(202);
        var reset = TokenIn((await MailAsync(user.Email, "Set a new password")).Text);

        foreach (var token in new[] { reset, Short(other.AccessToken), Short(other.RefreshToken), "", "garbage" })
            (await Anonymous.PostAsync($"{Users}/email/verify", new { token })).Is(422, "VALIDATION_FAILED");
        foreach (var token in new[] { verification, Short(other.AccessToken), "garbage" })
            (await Anonymous.PostAsync($"{Users}/password/reset", new { token, new_password = "unusual-Horse-7-staple" })).Is(422, "VALIDATION_FAILED");
        foreach (var token in new[] { verification, reset, other.AccessToken })
        {
            (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = token })).Is(401, "UNAUTHORIZED");
            (await Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = Short(token), code = "123456" })).Is(401, "UNAUTHORIZED");
        }

        // All of that has used nothing up, and each works once.
        (await Anonymous.PostAsync($"{Users}/email/verify", new { token = verification })).Is(200);
        (await Anonymous.PostAsync($"{Users}/email/verify", new { token = verification })).Is(422);
        (await Anonymous.PostAsync($"{Users}/password/reset", new { token = reset, new_password = "unusual-Horse-7-staple" })).Is(200);
        (await Anonymous.PostAsync($"{Users}/password/reset", new { token = reset, new_password = "another-Horse-7-staple" })).Is(422);
    }

    [Fact]
    public async Task Of_twenty_uses_of_one_recovery_code_at_once_one_logs_in()
    {
        var user = await Host.UserAsync();
        var authenticator = new Authenticator((await user.Api.PostAsync($"{Users}/me/mfa/totp")).Is(200).Field("secret")!);
        var codes = (await user.Api.PostAsync($"{Users}/me/mfa/totp/confirm", new { code = authenticator.Code() })).Is(200).Data.GetProperty("codes");
        var login = (await Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(200).Field("mfa_token");

        var uses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = login, code = codes[0].GetString() })));

        Assert.Single(uses, use => use.Status == 200);
        Assert.All(uses.Where(use => use.Status != 200), use => use.Is(401, "UNAUTHORIZED"));
    }

    [Fact]
    public async Task Cookies_that_somebody_planted_let_nobody_in()
    {
        var (victim, thief) = (await Host.RegisterAsync(), await Host.RegisterAsync());
        var planted = (await Anonymous.PostAsync($"{Users}/login", new { email = thief.Email, password = GoApiHost.Password }, ("User-Agent", "thief"))).Is(200).Header("Set-Cookie")!.Split(';')[0];

        // The victim logs in with it. It says which device that was, to the victim's account, and nothing else.
        var answer = (await Anonymous.PostAsync($"{Users}/login", new { email = victim.Email, password = GoApiHost.Password }, ("Cookie", planted), ("User-Agent", "victim"))).Is(200);

        Assert.Equal(victim.Id, answer.Data.GetProperty("user").GetProperty("id").GetGuid());
        (await Anonymous.GetAsync($"{Users}/me", ("Cookie", planted))).Is(401);
        (await Anonymous.PostAsync($"{Users}/login", new { email = victim.Email, password = Wrong }, ("Cookie", planted))).Is(401);
    }

    [Fact]
    public async Task Nobody_makes_themselves_more_than_they_are()
    {
        var email = $"ada-{Guid.CreateVersion7():N}@example.test";
        var more = new Dictionary<string, object?>
        {
            ["role"] = "admin",
            ["status"] = "suspended",
            ["email_verified"] = true,
            ["phone_verified"] = true,
            ["mfa_enabled"] = true,
            ["id"] = Guid.Empty,
            ["user_id"] = Guid.Empty,
            ["created_at"] = "2001-01-01T00:00:00Z",
            ["last_login_at"] = "2001-01-01T00:00:00Z",
            ["avatar_url"] = "https://evil.example.test/",
            ["version"] = 99,
            ["security_stamp"] = "x",
        };
        var registered = (await Anonymous.PostAsync($"{Users}/register", With(more, new { email, password = GoApiHost.Password, first_name = "Ada", last_name = "Lovelace" }))).Is(201);
        var user = await Host.LogInAsync(new TestUser(registered.Id, email, "", "", Anonymous));
        var before = Shown((await user.Api.GetAsync($"{Users}/me")).Is(200));

        (await Anonymous.PostAsync($"{Users}/login", With(more, new { email, password = GoApiHost.Password }))).Is(200);
        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Patch })
        {
            var changed = (await user.Api.SendAsync(method, $"{Users}/me", With(more, new { first_name = "Ada", last_name = "Lovelace" }))).Is(200);
            Assert.Equal(("user", "active", false, false, false), (
                changed.Field("role"), changed.Field("status"), changed.Data.GetProperty("email_verified").GetBoolean(), changed.Data.GetProperty("phone_verified").GetBoolean(),
                changed.Data.GetProperty("mfa_enabled").GetBoolean()));
        }

        var me = (await user.Api.GetAsync($"{Users}/me")).Is(200);
        Assert.Equal((registered.Id, null), (me.Id, me.Field("avatar_url")));
        Assert.Equal(registered.Field("created_at"), me.Field("created_at"));
        Assert.Contains("\"role\":\"user\"", before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_in_that_is_under_way_when_the_password_changes_does_not_outlive_it()
    {
        // One that checked the password before the reset, and begins its session after it.
        var user = await Host.UserAsync();
        (await Anonymous.PostAsync($"{Users}/password/forgot", new { email = user.Email })).Is(202);
        var token = TokenIn((await MailAsync(user.Email, "Set a new password")).Text);

        var logIns = Enumerable.Range(0, 12).Select(_ => Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).ToArray();
        var reset = Anonymous.PostAsync($"{Users}/password/reset", new { token, new_password = "unusual-Horse-7-staple" });
        var answers = await Task.WhenAll(logIns);
        (await reset).Is(200);

        foreach (var answer in answers.Where(answer => answer.Status == 200))
        {
            (await Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = answer.Field("refresh_token") })).Is(401, "UNAUTHORIZED");
            await EventuallyAsync(async () => (await Host.Main.As(answer.Field("access_token")!).GetAsync($"{Users}/me")).Status == 401, "the session has ended");
        }
    }

    [Fact]
    public async Task Queue_of_passwords_that_is_full_answers_429_and_serves_the_others()
    {
        await using var instance = Host.Start(("BCRYPT_WORK_FACTOR", "13"), ("BCRYPT_CONCURRENCY", "1"));
        var user = await Host.UserAsync();

        // Half a second each: ten wait, and the queue is full.
        var attempts = Enumerable.Range(0, 30).Select(guess => instance.Anonymous.PostAsync($"{Users}/login", new { email = $"nobody-{guess}-{user.Email}", password = Wrong })).ToArray();
        var me = await instance.As(user.AccessToken).GetAsync($"{Users}/me");
        var answers = await Task.WhenAll(attempts);

        me.Is(200);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { 401, 429 }));
        Assert.InRange(answers.Count(answer => answer.Status == 401), 11, 29);
        var refused = answers.First(answer => answer.Status == 429).Is(429, "RATE_LIMIT_EXCEEDED");
        Assert.NotNull(refused.Header("Retry-After"));
    }

    private static Task<Answer> From(Instance instance, string address, string email, string password, params (string Name, string Value)[] headers) =>
        instance.Anonymous.PostAsync($"{Users}/login", new { email, password }, [("X-Forwarded-For", address), .. headers]);

    private static async Task<List<Answer>> EachAsync(int count, Func<int, Task<Answer>> attempt)
    {
        List<Answer> answers = [];
        for (var index = 0; index < count; index++) answers.Add(await attempt(index));
        return answers;
    }

    private static async Task<double> MeasureAsync(Instance instance, string email)
    {
        var started = Stopwatch.GetTimestamp();
        (await instance.Anonymous.PostAsync($"{Users}/login", new { email, password = Wrong })).Is(401);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static string Short(string token) => token[..Math.Min(1_000, token.Length)];

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    // What differs with every answer is not in it.
    private static string Shown(Answer answer) => answer.Text.Split("\"meta\"")[0];

    private static string With(Dictionary<string, object?> more, object body)
    {
        var all = new Dictionary<string, object?>(more);
        foreach (var member in JsonSerializer.SerializeToElement(body).EnumerateObject()) all[member.Name] = member.Value;
        return JsonSerializer.Serialize(all);
    }
}

public sealed class LogInAbuseTestsEmbedded(EmbeddedHost host) : LogInAbuseTests(host);

public sealed class LogInAbuseTestsServices(ServicesHost host) : LogInAbuseTests(host);
