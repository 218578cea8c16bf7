using System.Text.Json;
using GoApi.Domain.Users;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace GoApi.ApiTests;

public abstract class ClientTests(GoApiHost host) : ApiTest(host)
{
    private const string Clients = "/api/v1/clients";

    [Fact]
    public async Task Registered_client_shows_its_secret_once_and_it_works()
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answer = (await admin.Api.PostAsync(Clients, new { name = " Shop ", description = "Sells", redirect_uris = new[] { "https://shop.example/cb" }, scopes = new[] { "users:read", "openid" }, grant_types = new[] { "authorization_code", "client_credentials" } })).Is(201);

        Assert.Equal($"{Clients}/{answer.Id}", answer.Header("Location"));
        Assert.Equal("Shop", answer.Field("name"));
        Assert.Equal(admin.Id, answer.Data.GetProperty("created_by").GetGuid());
        Assert.True(answer.Data.GetProperty("is_active").GetBoolean());
        var (clientId, secret) = (answer.Field("client_id")!, answer.Field("client_secret")!);
        Assert.True(secret.Length >= 43);
        var entry = await AuditedAsync(answer, "clients.register");
        Assert.DoesNotContain(secret, entry.Changes!, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, (await Host.WithDatabaseAsync(db => db.Set<OAuthApplication>().AsNoTracking().SingleAsync(row => row.Id == answer.Id))).ClientSecret!, StringComparison.Ordinal);
        Assert.DoesNotContain("\"client_secret\"", (await admin.Api.GetAsync($"{Clients}/{answer.Id}")).Is(200).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, (await admin.Api.GetAsync($"{Clients}?limit=100")).Is(200).Text, StringComparison.Ordinal);
        Assert.Equal(200, (await Host.Main.TokenAsync(clientId, secret, "users:read")).Status);
        Assert.Equal("invalid_client", (await Host.Main.TokenAsync(clientId, secret + "x", "users:read")).Json.GetProperty("error").GetString());
        Assert.False((await Host.Main.TokenAsync(clientId, secret, "users:manage")).Json.TryGetProperty("access_token", out _));
    }

    [Fact]
    public async Task Public_client_has_no_secret()
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answer = (await admin.Api.PostAsync(Clients, new { name = "App", is_public = true, redirect_uris = new[] { "com.example.app:/cb" }, grant_types = new[] { "authorization_code" } })).Is(201);

        Assert.False(answer.Data.TryGetProperty("client_secret", out _));
        await LeftNothingAsync((await admin.Api.PostAsync($"{Clients}/{answer.Id}/regenerate-secret")).Is(409, "CONFLICT"));
        await LeftNothingAsync((await admin.Api.PutAsync($"{Clients}/{answer.Id}", new { name = "App", grant_types = new[] { "client_credentials" } })).Is(422));
        Assert.Equal(["grant_types"], (await admin.Api.PostAsync(Clients, new { name = "App", is_public = true, grant_types = new[] { "client_credentials" } })).Is(422).Fields);
    }

    [Theory]
    [InlineData("https://shop.example/cb", true)]
    [InlineData("https://shop.example:8443/cb?next=1", true)]
    [InlineData("http://localhost:3000/cb", true)]
    [InlineData("http://127.0.0.1/cb", true)]
    [InlineData("http://[::1]:8080/cb", true)]
    [InlineData("com.example.app:/cb", true)]
    [InlineData("http://shop.example/cb", false)]
    [InlineData("http://localhost.evil.example/cb", false)]
    [InlineData("http://127.0.0.1.evil.example/cb", false)]
    [InlineData("https://shop.example/cb#fragment", false)]
    [InlineData("https://shop.example/cb#", false)]
    [InlineData("https://user:secret@shop.example/cb", false)]
    [InlineData("https://*.shop.example/cb", false)]
    [InlineData("/cb", false)]
    [InlineData("//shop.example/cb", false)]
    [InlineData("shop.example/cb", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("https:///cb", false)]
    [InlineData("https://shop.example/c b", false)]
    [InlineData("", false)]
    public async Task Redirect_uri_is_held_against_the_rules(string uri, bool allowed)
    {
        var admin = await Host.UserAsync(Role.Admin);

        var redirect = await admin.Api.PostAsync(Clients, new { name = "Shop", redirect_uris = new[] { uri }, grant_types = new[] { "authorization_code" } });
        var logout = await admin.Api.PostAsync(Clients, new { name = "Shop", post_logout_redirect_uris = new[] { uri }, grant_types = new[] { "client_credentials" } });

        redirect.Is(allowed ? 201 : 422);
        logout.Is(allowed ? 201 : 422);
        if (allowed) return;
        Assert.Equal(["redirect_uris[0]"], redirect.Fields);
        Assert.Equal(["post_logout_redirect_uris[0]"], logout.Fields);
        await LeftNothingAsync(redirect);
        await LeftNothingAsync(logout);
    }

    [Theory]
    [InlineData("""{}""", "grant_types,name")]
    [InlineData("""{"name":"x","grant_types":["password"]}""", "grant_types[0]")]
    [InlineData("""{"name":"x","grant_types":["refresh_token"]}""", "grant_types")]
    [InlineData("""{"name":"x","grant_types":["authorization_code"]}""", "redirect_uris")]
    [InlineData("""{"name":"x","grant_types":["client_credentials"],"scopes":["users:read","everything"]}""", "scopes[1]")]
    public async Task Invalid_registration_is_422_and_nothing_is_saved(string body, string fields)
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answer = (await admin.Api.PostAsync(Clients, body)).Is(422, "VALIDATION_FAILED");

        Assert.Equal(fields.Split(','), answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Client_is_changed_and_keeps_its_secret()
    {
        var (admin, machine) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("users:read", "audit:read"));
        var before = (await admin.Api.GetAsync($"{Clients}/{machine.Id}")).Is(200);

        var answer = (await admin.Api.PutAsync($"{Clients}/{machine.Id}", new { name = "Renamed", scopes = new[] { "users:read" }, grant_types = new[] { "client_credentials" } }, ("If-Match", before.Header("ETag")!))).Is(200);

        Assert.Equal("Renamed", answer.Field("name"));
        Assert.NotEqual(before.Header("ETag"), answer.Header("ETag"));
        await AuditedAsync(answer, "clients.update");
        Assert.Equal(200, (await Host.Main.TokenAsync(machine.ClientId, machine.Secret, "users:read")).Status);
        Assert.False((await Host.Main.TokenAsync(machine.ClientId, machine.Secret, "audit:read")).Json.TryGetProperty("access_token", out _));
        await LeftNothingAsync((await admin.Api.PutAsync($"{Clients}/{machine.Id}", new { name = "Late", grant_types = new[] { "client_credentials" } }, ("If-Match", before.Header("ETag")!))).Is(412, "PRECONDITION_FAILED"));
    }

    [Fact]
    public async Task New_secret_replaces_the_old_one()
    {
        var (admin, machine) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("users:read"));

        var answer = (await admin.Api.PostAsync($"{Clients}/{machine.Id}/regenerate-secret")).Is(200);

        var secret = answer.Field("client_secret")!;
        Assert.NotEqual(machine.Secret, secret);
        await AuditedAsync(answer, "clients.regenerate_secret");
        Assert.Equal("invalid_client", (await Host.Main.TokenAsync(machine.ClientId, machine.Secret, "users:read")).Json.GetProperty("error").GetString());
        Assert.Equal(200, (await Host.Main.TokenAsync(machine.ClientId, secret, "users:read")).Status);
    }

    [Fact]
    public async Task Old_secret_works_as_long_as_its_grace_and_one_regeneration_more_ends_it()
    {
        var (admin, machine) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("users:read"));

        var answer = (await admin.Api.PostAsync($"{Clients}/{machine.Id}/regenerate-secret", new { grace_seconds = 3600 })).Is(200);
        var secret = answer.Field("client_secret")!;
        Assert.DoesNotContain("sha256:", (await AuditedAsync(answer, "clients.regenerate_secret")).Changes!, StringComparison.Ordinal);
        foreach (var works in new[] { machine.Secret, secret }) Assert.Equal(200, (await Host.Main.TokenAsync(machine.ClientId, works, "users:read")).Status);

        // The hour is over.
        await Host.WithDatabaseAsync(async db =>
        {
            (await db.Set<OAuthApplication>().SingleAsync(row => row.Id == machine.Id)).PreviousSecretExpiresAt = TimeProvider.System.GetUtcNow();
            return await db.SaveChangesAsync();
        });
        Assert.Equal(401, (await Host.Main.TokenAsync(machine.ClientId, machine.Secret, "users:read")).Status);
        Assert.Equal(200, (await Host.Main.TokenAsync(machine.ClientId, secret, "users:read")).Status);

        (await admin.Api.PostAsync($"{Clients}/{machine.Id}/regenerate-secret", new { grace_seconds = 3600 })).Is(200);
        (await admin.Api.PostAsync($"{Clients}/{machine.Id}/regenerate-secret", "{}")).Is(200);
        Assert.Equal("invalid_client", (await Host.Main.TokenAsync(machine.ClientId, secret, "users:read")).Json.GetProperty("error").GetString());
        await LeftNothingAsync((await admin.Api.PostAsync($"{Clients}/{machine.Id}/regenerate-secret", new { grace_seconds = -1 })).Is(422));
        await LeftNothingAsync((await admin.Api.PostAsync($"{Clients}/{machine.Id}/regenerate-secret", new { grace_seconds = "long" })).Is(400));
    }

    [Fact]
    public async Task Nobody_grants_or_takes_over_what_they_may_not_do()
    {
        var (admin, keeper) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("clients:manage", "users:read"));
        var strong = await Host.MachineAsync("users:manage");

        foreach (var answer in new[]
        {
            await keeper.Api.PostAsync(Clients, new { name = "Mine", scopes = new[] { "users:read", "users:manage" }, grant_types = new[] { "client_credentials" } }),
            await keeper.Api.PostAsync($"{Clients}/{strong.Id}/regenerate-secret"),
            await keeper.Api.PutAsync($"{Clients}/{strong.Id}", new { name = "Mine", scopes = new[] { "users:read" }, grant_types = new[] { "client_credentials" } }),
        })
        {
            Assert.Equal(["scopes"], answer.Is(403, "FORBIDDEN").Fields);
            Assert.Contains("users:manage", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(await AuditAsync(answer), entry => entry.Status == GoApi.Application.Abstractions.Auditing.AuditStatus.Success);
        }

        Assert.Equal(200, (await Host.Main.TokenAsync(strong.ClientId, strong.Secret, "users:manage")).Status);
        (await keeper.Api.PostAsync(Clients, new { name = "Fine", scopes = new[] { "users:read", "openid", "profile:write" }, grant_types = new[] { "client_credentials" } })).Is(201);
        // Turning off gains nobody anything.
        (await keeper.Api.PutAsync($"{Clients}/{strong.Id}/status", new { is_active = false })).Is(200);
        (await admin.Api.PutAsync($"{Clients}/{strong.Id}/status", new { is_active = true })).Is(200);
    }

    [Theory]
    [InlineData("""{"keys":[{"kty":"RSA"}]}""")]
    [InlineData("""{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""")]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""[1]""")]
    [InlineData("\"x\"")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}""")]
    public async Task Keys_that_prove_nothing_are_422(string jwks)
    {
        var admin = await Host.UserAsync(Role.Admin);

        var answer = (await admin.Api.PostAsync(Clients, $$"""{"name":"x","grant_types":["client_credentials"],"jwks":{{jwks}}}""")).Is(422, "VALIDATION_FAILED");

        Assert.Equal(["jwks"], answer.Fields);
        await LeftNothingAsync(answer);
    }

    [Fact]
    public async Task Device_and_exchange_clients_are_registered_as_they_need()
    {
        var admin = await Host.UserAsync(Role.Admin);
        const string device = "urn:ietf:params:oauth:grant-type:device_code", exchange = "urn:ietf:params:oauth:grant-type:token-exchange";

        var tv = (await admin.Api.PostAsync(Clients, new { name = "TV", is_public = true, grant_types = new[] { device, "refresh_token" } })).Is(201);
        Assert.Equal("none", tv.Field("token_endpoint_auth_method"));
        Assert.Equal("client_secret_basic", (await admin.Api.PostAsync(Clients, new { name = "Gateway", grant_types = new[] { exchange } })).Is(201).Field("token_endpoint_auth_method"));
        Assert.Equal(["grant_types"], (await admin.Api.PostAsync(Clients, new { name = "App", is_public = true, grant_types = new[] { exchange } })).Is(422).Fields);
    }

    [Fact]
    public async Task Client_that_is_off_gets_no_token_and_its_tokens_are_refused_until_it_is_on()
    {
        var (admin, machine) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("clients:manage"));
        (await machine.Api.GetAsync(Clients)).Is(200);

        var answer = (await admin.Api.PutAsync($"{Clients}/{machine.Id}/status", new { is_active = false })).Is(200);

        Assert.False(answer.Data.GetProperty("is_active").GetBoolean());
        await AuditedAsync(answer, "clients.set_status");
        await EventuallyAsync(async () => (await machine.Api.GetAsync(Clients)).Status == 401, "its token is refused", seconds: 1.5);
        var (status, json) = await Host.Main.TokenAsync(machine.ClientId, machine.Secret, "clients:manage");
        Assert.InRange(status, 400, 401);
        Assert.False(json.TryGetProperty("access_token", out _));
        await LeftNothingAsync((await admin.Api.PutAsync($"{Clients}/{machine.Id}/status", "{}")).Is(422));

        (await admin.Api.PutAsync($"{Clients}/{machine.Id}/status", new { is_active = true })).Is(200);
        await EventuallyAsync(async () => (await Host.Main.TokenAsync(machine.ClientId, machine.Secret, "clients:manage")).Status == 200, "it gets tokens again", seconds: 5);
        (await machine.Api.GetAsync(Clients)).Is(401);
    }

    [Fact]
    public async Task Deleted_client_is_gone_with_its_tokens()
    {
        var (admin, machine) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("clients:manage"));
        (await machine.Api.GetAsync(Clients)).Is(200);

        var answer = (await admin.Api.DeleteAsync($"{Clients}/{machine.Id}")).Is(200);

        Assert.Contains(await AuditAsync(answer), entry => entry.Action == "clients.delete" && entry.ResourceId == machine.Id.ToString());
        (await admin.Api.GetAsync($"{Clients}/{machine.Id}")).Is(404);
        await EventuallyAsync(async () => (await machine.Api.GetAsync(Clients)).Status == 401, "its token is refused", seconds: 1.5);
        Assert.Equal("invalid_client", (await Host.Main.TokenAsync(machine.ClientId, machine.Secret, "clients:manage")).Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task List_is_newest_first_and_filtered_and_without_the_clients_of_the_system()
    {
        var (admin, on, off) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("users:read"), await Host.MachineAsync("users:read"));
        (await admin.Api.PutAsync($"{Clients}/{off.Id}/status", new { is_active = false })).Is(200);

        var active = (await admin.Api.GetAsync($"{Clients}?is_active=true&limit=100")).Is(200);
        var inactive = (await admin.Api.GetAsync($"{Clients}?is_active=false&limit=100")).Is(200);

        Assert.Contains(on.Id, active.Ids);
        Assert.DoesNotContain(off.Id, active.Ids);
        Assert.Contains(off.Id, inactive.Ids);
        Assert.All(active.Data.EnumerateArray(), client => Assert.True(client.GetProperty("is_active").GetBoolean()));
        Assert.Equal(active.Ids.OrderByDescending(id => id.ToString(), StringComparer.Ordinal), active.Ids);
        Assert.Equal(JsonValueKind.Array, active.Data.ValueKind);
        Assert.All(active.Data.EnumerateArray(), client => Assert.DoesNotContain(client.GetProperty("client_id").GetString(), (string[])[FirstParty.ClientId, DocsClient.ClientId]));
    }
}

public sealed class ClientTestsEmbedded(EmbeddedHost host) : ClientTests(host);

public sealed class ClientTestsServices(ServicesHost host) : ClientTests(host)
{
    [Fact]
    public async Task Client_that_is_off_is_refused_by_another_instance_within_a_second()
    {
        await using var twin = Host.Start();
        var (admin, machine) = (await Host.UserAsync(Role.Admin), await Host.MachineAsync("clients:manage"));
        (await twin.As(machine.AccessToken).GetAsync("/api/v1/clients")).Is(200);

        (await admin.Api.PutAsync($"/api/v1/clients/{machine.Id}/status", new { is_active = false })).Is(200);

        await EventuallyAsync(async () => (await twin.As(machine.AccessToken).GetAsync("/api/v1/clients")).Status == 401, "the other instance refuses the token", seconds: 1.5);
    }
}
