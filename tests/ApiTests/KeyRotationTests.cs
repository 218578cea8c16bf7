using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Hosting;
using GoApi.Tests.Privacy;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.ApiTests;

public sealed class EmbeddedKeyRotation() : KeyRotationTests(new EmbeddedHost());

public sealed class ServicesKeyRotation() : KeyRotationTests(new ServicesHost());

/// <summary>ENCRYPTION_KEY is changed in an installation that is in use; one of its own, because every other test shares its key.</summary>
[Trait("Promise", "A4")]
public abstract class KeyRotationTests(GoApiHost host) : IAsyncLifetime
{
    private const string Users = "/api/v1/users";
    private const string Reviews = "/api/v1/reviews";

    // However long the machine takes: a refresh token that is presented again shall be within it.
    private static readonly (string, string) LongGrace = ("OAUTH_REFRESH_TOKEN_GRACE", "300");

    public async ValueTask InitializeAsync()
    {
        host.Needed();
        await host.InitializeAsync();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return host.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_notices_that_the_key_is_changed_and_nothing_is_lost()
    {
        var (before, now) = (await File.ReadAllTextAsync(Path.Combine(host.Settings["DATA_PATH"], "encryption.key")), NewKey());
        await using var old = host.Start(LongGrace);
        var person = await Person.ComeAsync(host, old);
        await person.FindsEverythingAsync(old);

        await using (var both = host.Start(LongGrace, ("ENCRYPTION_KEY", now), ("ENCRYPTION_KEY_PREVIOUS", before)))
        {
            await person.FindsEverythingAsync(both);
            var (needed, _, why) = await CommandAsync(now, before, "check");
            Assert.True(needed == 1 && why.Contains("still need ENCRYPTION_KEY_PREVIOUS", StringComparison.Ordinal), why);

            var trail = await TrailAsync();
            var (done, output, errors) = await CommandAsync(now, before, "rotate");
            Assert.True(done == 0 && output.Contains("Nothing needs ENCRYPTION_KEY_PREVIOUS.", StringComparison.Ordinal), output + errors);
            Assert.Matches(@"(?m)^person_keys\.wrapped_key +[1-9]\d* +0 +0 +[1-9]\d*$", output);
            Assert.Equal(trail, (await TrailAsync()).Take(trail.Count));
            // It has not been told, and goes on.
            await person.FindsEverythingAsync(both);
            await person.TypesCodeAsync(both, 0);
        }

        Assert.Equal(0, (await CommandAsync(now, "", "check")).Status);
        await using var after = host.Start(LongGrace, ("ENCRYPTION_KEY", now));
        await person.FindsEverythingAsync(after);
        await person.TypesCodeAsync(after, 1);
        Assert.Empty((await EncryptedPlacesAsync(after)).Except(EncryptedColumn.Of(await ModelAsync()).Select(column => column.Name)));
    }

    [Fact]
    public async Task Wrong_key_is_told_at_the_start_and_a_command_that_there_is_not_in_a_line()
    {
        var foreign = NewKey();

        foreach (var words in new[] { "check", "rotate" })
        {
            var (status, output, errors) = await CommandAsync(foreign, "", words);
            Assert.Equal(1, status);
            Assert.Matches(@"^ENCRYPTION_KEY \(key [0-9a-f]{6}\) is not the one that this database was encrypted with: .*stored_keys\.wrapped_key.* cannot be decrypted\.", errors.Trim());
            Assert.DoesNotContain(foreign, output + errors, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await HostCommand.RunAsync(host.Settings, "encryption", "burn")).Status);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private Task<(int Status, string Output, string Errors)> CommandAsync(string key, string previous, string word) =>
        HostCommand.RunAsync(new Dictionary<string, string>(host.Settings) { ["ENCRYPTION_KEY"] = key, ["ENCRYPTION_KEY_PREVIOUS"] = previous }, "encryption", word);

    private Task<List<string>> TrailAsync() => host.WithDatabaseAsync(async db =>
    {
        List<string> rows = [];
        await foreach (var (place, text) in WholeDatabase.ReadAsync(db.Database.GetDbConnection(), default))
            if (place.StartsWith("audit_entries.", StringComparison.Ordinal))
                rows.Add($"{place}: {text}");
        return rows;
    });

    private Task<Microsoft.EntityFrameworkCore.Metadata.IModel> ModelAsync() => host.WithDatabaseAsync(db => Task.FromResult(db.Model));

    /// <summary>The columns that hold what this key has encrypted, whatever the model says of them; also as base64 within a text.</summary>
    private async Task<HashSet<string>> EncryptedPlacesAsync(Instance instance)
    {
        // The same before each: the id of the key. As base64, three of its four bytes are a text of their own.
        var prefix = instance.Services.GetRequiredService<EncryptionKey>().Encrypt("test", [])[..4];
        var (bytes, text) = (Encoding.Latin1.GetString(prefix), Convert.ToBase64String(prefix, 0, 3));
        return await host.WithDatabaseAsync(async db =>
        {
            HashSet<string> found = [];
            await foreach (var (place, value) in WholeDatabase.ReadAsync(db.Database.GetDbConnection(), default))
                if (value.StartsWith(bytes, StringComparison.Ordinal) || value.StartsWith(text, StringComparison.Ordinal) || value.Contains($">{text}", StringComparison.Ordinal) || value.Contains($"\"{text}", StringComparison.Ordinal))
                    found.Add(place);
            Assert.Contains("person_keys.wrapped_key", found);
            Assert.Contains("data_protection_keys.xml", found);
            return found;
        });
    }

    /// <summary>Somebody with a second factor, a program and a browser that goes on with what it was given.</summary>
    private sealed class Person(TestUser user, TestClient machine, Authenticator authenticator, Queue<string> recoveryCodes)
    {
        private readonly object review = new { resource_type = "product", resource_id = $"{Guid.CreateVersion7():N}", rating = 4, title = "Good", content = "I have used it every day." };
        private readonly string idempotencyKey = $"key-{Guid.CreateVersion7():N}";

        private string PresentedBefore { get; set; } = "";

        private string RefreshToken { get; set; } = "";

        private string MfaToken { get; set; } = "";

        private string Cursor { get; set; } = "";

        private Answer? First { get; set; }

        public static async Task<Person> ComeAsync(GoApiHost host, Instance at)
        {
            var (user, machine) = (await host.UserAsync(), await host.MachineAsync("reviews:write"));
            var api = at.As(user.AccessToken);
            (await api.PatchAsync($"{Users}/me", new { city = "Canterbury" }, ("User-Agent", "Browser/2"))).Is(200);
            var authenticator = new Authenticator((await api.PostAsync($"{Users}/me/mfa/totp")).Is(200).Field("secret")!);
            var codes = (await api.PostAsync($"{Users}/me/mfa/totp/confirm", new { code = authenticator.Code(-1) })).Is(200).Data.GetProperty("codes");
            var person = new Person(user, machine, authenticator, new(codes.EnumerateArray().Select(code => code.GetString()!))) { RefreshToken = user.RefreshToken };
            person.First = (await api.PostAsync(Reviews, person.review, ("Idempotency-Key", person.idempotencyKey))).Is(201);
            person.Cursor = (await api.GetAsync($"{Users}/me/activity?limit=2")).Is(200).NextCursor!;
            person.MfaToken = await person.PasswordAsync(at);
            return person;
        }

        /// <summary>At this instance, with what an instance before it gave.</summary>
        public async Task FindsEverythingAsync(Instance at)
        {
            // The access token, the remembered answer and the cursor.
            var api = at.As(user.AccessToken);
            var replay = (await api.PostAsync(Reviews, review, ("Idempotency-Key", idempotencyKey))).Is(201);
            Assert.Equal(("true", First!.Data.ToString()), (replay.Header("Idempotency-Replayed"), replay.Data.ToString()));
            Assert.NotEmpty((await api.GetAsync($"{Users}/me/activity?limit=2&cursor={Cursor}")).Is(200).Ids);

            // What is personal in the trail.
            var history = (await api.GetAsync($"{Users}/me/activity?limit=100")).Is(200).Data.EnumerateArray().ToArray();
            Assert.Equal("Browser/2", history.Single(entry => entry.GetProperty("action").GetString() == "users.update_profile").GetProperty("user_agent").GetString());
            Assert.Contains("Canterbury", (await api.GetAsync($"{Users}/me/export")).Is(200).Data.GetProperty("activity").ToString(), StringComparison.Ordinal);

            // The first step was at the instance before, the second is here: one with the authenticator, once, and one with a recovery code.
            var later = MfaToken;
            MfaToken = await PasswordAsync(at);
            (await at.Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = later, code = recoveryCodes.Dequeue() })).Is(200);
            (await at.Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = MfaToken, code = authenticator.WrongCode() })).Is(401);

            // The refresh token, and the one before it, presented again.
            if (PresentedBefore.Length > 0) Assert.Equal(RefreshToken, await RefreshAsync(at, PresentedBefore));
            var next = await RefreshAsync(at, RefreshToken);
            (PresentedBefore, RefreshToken) = (RefreshToken, next);
            Assert.Equal(next, await RefreshAsync(at, PresentedBefore));

            Assert.Equal(200, (await at.TokenAsync(machine.ClientId, machine.Secret, "reviews:write")).Status);
        }

        public async Task TypesCodeAsync(Instance at, int later) =>
            (await at.Anonymous.PostAsync($"{Users}/login/mfa", new { mfa_token = MfaToken, code = authenticator.Code(later) })).Is(200);

        private static async Task<string> RefreshAsync(Instance at, string token) =>
            (await at.Anonymous.PostAsync($"{Users}/refresh", new { refresh_token = token })).Is(200).Field("refresh_token")!;

        private async Task<string> PasswordAsync(Instance at) =>
            (await at.Anonymous.PostAsync($"{Users}/login", new { email = user.Email, password = GoApiHost.Password })).Is(200).Field("mfa_token")!;
    }
}
