using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using GoApi.Tests.Hosting;
using Xunit;

namespace GoApi.OAuthTests;

/// <summary>Client libraries of others, as they are: <c>npm ci --prefix tests/OAuthClients</c> installs them.</summary>
public sealed class ClientLibraryTests(EmbeddedHost host) : OAuthTest(host)
{
    [Theory]
    [InlineData("openid-client")]
    [InlineData("oauth4webapi")]
    public async Task Unmodified_client_library_works(string library)
    {
        var folder = Path.Combine(Services.RepositoryRoot, "tests", "OAuthClients");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", library))) Missing("'npm ci --prefix tests/OAuthClients' has not been run.");

        var (user, web, spa, machine) = (await Host.RegisterAsync(), await Host.AddCodeClientAsync(), await Host.AddCodeClientAsync(isPublic: true), await Host.AddMachineAsync("users:read"));
        var (device, exchanger) = (await Host.AddDeviceAsync(), await Host.AddExchangerAsync("profile:read"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (signer, jwk) = (await Host.AddSignerAsync(key, "users:read"), key.ExportParameters(true));
        var start = new ProcessStartInfo("node", $"{library}.mjs") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GOAPI_CLIENTS"] = JsonSerializer.Serialize(new
        {
            issuer = Host.Origin,
            web = new { id = web.Id, secret = web.Secret, redirectUri = TestClient.RedirectUri, logoutUri = TestClient.LogoutUri },
            spa = new { id = spa.Id, redirectUri = TestClient.RedirectUri },
            device = new { id = device.Id },
            exchanger = new { id = exchanger.Id, secret = exchanger.Secret },
            machine = new { id = machine.Id, secret = machine.Secret },
            signer = new { id = signer.Id, key = new { kty = "EC", crv = "P-256", kid = "k1", x = Web.Encode(jwk.Q.X!), y = Web.Encode(jwk.Q.Y!), d = Web.Encode(jwk.D!) } },
            person = new { email = user.Email, password = OAuthHost.Password },
        });

        using var process = Run(start);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0 && output.StartsWith("ok", StringComparison.Ordinal), output);
    }

    private static Process Run(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Missing("node is not installed.");
            throw new UnreachableException();
        }
    }

    private static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        Assert.Skip(reason);
    }
}
