using System.Text.Json;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Idempotency;
using GoApi.Infrastructure.Outbox;
using GoApi.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

[Trait("Promise", "S7")]
public abstract class SecretTests(GoApiHost host) : ApiTest(host)
{
    [Fact]
    public async Task Planted_secrets_are_in_no_log_entry_message_mail_or_error()
    {
        var log = CapturedLog.Install();
        await using var instance = Host.Start(("LOG_LEVEL", "verbose"));
        var (email, password, wrong) = ($"planted-{Guid.CreateVersion7():N}@example.test", $"planted-{Guid.CreateVersion7():N}", $"wrong-{Guid.CreateVersion7():N}");
        List<Answer> answers = [];
        List<string> secrets = [password, wrong];
        var admin = await Host.UserAsync(Role.Admin);

        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/register", new { email, password, first_name = "Ada", last_name = "Lovelace" })).Is(201));
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/register", new { email, password, first_name = "Ada", last_name = "Lovelace" })).Is(409));
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/register", new { email = "none", password = wrong })).Is(422));
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/register", $"{{\"password\":\"{wrong}\",")).Is(400));
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password = wrong })).Is(401));
        var login = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password })).Is(200);
        var (access, refresh) = (login.Field("access_token")!, login.Field("refresh_token")!);
        secrets.AddRange([access, access.Split('.')[2], refresh]);
        answers.Add((await instance.As(access).GetAsync($"/api/v1/nowhere?access_token={access}&password={password}")).Is(404));
        answers.Add((await instance.As(access).GetAsync("/api/v1/clients")).Is(403));
        answers.Add((await instance.As(access + "x").GetAsync("/api/v1/users/me")).Is(401));
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/refresh", new { refresh_token = refresh + "x" })).Is(401));
        secrets.Add((await instance.Anonymous.PostAsync("/api/v1/users/refresh", new { refresh_token = refresh })).Is(200).Field("refresh_token")!);
        var client = (await instance.As(admin.AccessToken).PostAsync("/api/v1/clients", new { name = "Planted", scopes = new[] { "audit:read" }, grant_types = new[] { "client_credentials" } }, ("Idempotency-Key", Guid.CreateVersion7().ToString()))).Is(201);
        secrets.Add(client.Field("client_secret")!);
        secrets.Add((await instance.TokenAsync(client.Field("client_id")!, client.Field("client_secret")!, "audit:read")).Json.GetProperty("access_token").GetString()!);
        await instance.TokenAsync(client.Field("client_id")!, wrong, "audit:read");
        secrets.Add((await instance.As(admin.AccessToken).PostAsync($"/api/v1/clients/{client.Id}/regenerate-secret")).Is(200).Field("client_secret")!);
        secrets.Add(admin.AccessToken);
        var mailed = TokenIn((await MailAsync(email, "Verify")).Text);
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/email/verify", new { token = mailed + "x" })).Is(422));
        (await instance.Anonymous.PostAsync("/api/v1/users/email/verify", new { token = mailed })).Is(200);
        secrets.Add(mailed);
        var enrolment = (await instance.As(access).PostAsync("/api/v1/users/me/mfa/totp", null, ("Idempotency-Key", Guid.CreateVersion7().ToString()))).Is(200);
        var authenticator = new Authenticator(enrolment.Field("secret")!);
        var confirmed = (await instance.As(access).PostAsync("/api/v1/users/me/mfa/totp/confirm", new { code = authenticator.Code() }, ("Idempotency-Key", Guid.CreateVersion7().ToString()))).Is(200);
        var recovery = confirmed.Data.GetProperty("codes").EnumerateArray().Select(code => code.GetString()!).ToArray();
        secrets.AddRange([enrolment.Field("secret")!, .. recovery]);
        var mfaToken = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password })).Is(200).Field("mfa_token")!;
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/login/mfa", new { mfa_token = mfaToken, code = "no code at all" })).Is(401));
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/login/mfa", new { mfa_token = mfaToken + "x", code = recovery[0] })).Is(401));
        (await instance.Anonymous.PostAsync("/api/v1/users/login/mfa", new { mfa_token = mfaToken, code = recovery[0] })).Is(200);
        secrets.Add(mfaToken);
        (await instance.Anonymous.PostAsync("/api/v1/users/password/forgot", new { email })).Is(202);
        var (reset, renewed) = (TokenIn((await MailAsync(email, "Set a new password")).Text), $"renewed-{Guid.CreateVersion7():N}");
        answers.Add((await instance.Anonymous.PostAsync("/api/v1/users/password/reset", new { token = reset + "x", new_password = renewed })).Is(422));
        (await instance.Anonymous.PostAsync("/api/v1/users/password/reset", new { token = reset, new_password = renewed })).Is(200);
        secrets.AddRange([reset, renewed]);

        var again = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password = renewed })).Is(200).Field("mfa_token")!;
        var session = (await instance.Anonymous.PostAsync("/api/v1/users/login/mfa", new { mfa_token = again, code = recovery[1] }, ("User-Agent", "planted"))).Is(200);
        var (device, own) = (session.Header("Set-Cookie")!.Split(';')[0].Split('=')[1], instance.As(session.Field("access_token")!));
        secrets.AddRange([again, session.Field("access_token")!, session.Field("refresh_token")!, device]);
        var (changed, next) = ($"changed-{Guid.CreateVersion7():N}", $"next-{Guid.CreateVersion7():N}@example.test");
        answers.Add((await own.PutAsync("/api/v1/users/me/password", new { old_password = wrong, new_password = changed })).Is(422));
        (await own.PutAsync("/api/v1/users/me/password", new { old_password = renewed, new_password = changed })).Is(200);
        answers.Add((await own.PostAsync("/api/v1/users/me/email", new { email = next, password = wrong })).Is(422));
        (await own.PostAsync("/api/v1/users/me/email", new { email = next, password = changed })).Is(202);
        var moved = TokenIn((await MailAsync(next, "Confirm")).Text);
        (await instance.Anonymous.PostAsync("/api/v1/users/email/verify", new { token = moved })).Is(200);
        answers.Add((await own.DeleteAsync($"/api/v1/users/me/sessions/{Guid.CreateVersion7()}")).Is(404));
        answers.Add((await own.PostAsync("/api/v1/users/me/anonymize", new { password = wrong })).Is(422));
        secrets.AddRange([changed, moved]);

        var stored = await Host.WithDatabaseAsync(async db => new Dictionary<string, string>
        {
            ["audit entries"] = Text(await db.Set<AuditEntry>().AsNoTracking().ToListAsync()),
            ["messages"] = Text(await db.Set<OutboxMessage>().AsNoTracking().ToListAsync()),
            ["mails"] = Text(await db.Set<MailboxMessage>().AsNoTracking().Where(mail => !mail.Text.Contains(mailed) && !mail.Text.Contains(reset) && !mail.Text.Contains(moved)).ToListAsync()),
            ["idempotency records"] = Text(await db.Set<IdempotencyRecord>().AsNoTracking().ToListAsync()),
        });
        stored["the log"] = log.ToString();
        stored["errors"] = string.Join('\n', answers.Select(answer => answer.Text));

        // The log is on, and the words looked for would be found.
        Assert.Contains("/api/v1/users/login", stored["the log"], StringComparison.Ordinal);
        Assert.Contains(login.RequestId, stored["the log"], StringComparison.Ordinal);
        Assert.Contains(login.RequestId, stored["audit entries"], StringComparison.Ordinal);
        Assert.Empty(from place in stored from secret in secrets where place.Value.Contains(secret, StringComparison.OrdinalIgnoreCase) select $"{secret[..Math.Min(12, secret.Length)]}… is in {place.Key}");
    }

    private static string Text<T>(List<T> rows) => JsonSerializer.Serialize(rows);
}

public sealed class SecretTestsEmbedded(EmbeddedHost host) : SecretTests(host);

public sealed class SecretTestsServices(ServicesHost host) : SecretTests(host);
