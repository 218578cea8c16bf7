using Xunit;

namespace GoApi.OAuthTests;

public abstract class OAuthTest : IAsyncLifetime
{
    private readonly OAuthHost host;

    protected OAuthTest(OAuthHost host) => this.host = host;

    protected OAuthHost Host => host;

    protected Browser Browser { get; private set; } = null!;

    public ValueTask InitializeAsync()
    {
        host.Needed();
        Browser = host.NewBrowser();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Browser?.Dispose();
        GC.SuppressFinalize(this);
        host.Watcher.AssertComplete();
        return ValueTask.CompletedTask;
    }

    /// <summary>The token endpoint refuses this, in the words of its RFC.</summary>
    protected async Task RefusedAsync(string error, TestClient client, params (string, string)[] fields)
    {
        var answer = await Browser.PostAsync(Browser.Oauth + "token", client, fields);
        var json = await answer.JsonAsync();
        Assert.InRange((int)answer.StatusCode, 400, 401);
        Assert.Equal(error, json["error"]?.ToString());
        Assert.Null(json["access_token"]);
        Assert.Null(json["error_uri"]);
    }
}

public static class Within
{
    /// <summary>Polls: S3 gives a revocation one second; a busy machine gets a little more before it is called broken.</summary>
    public static async Task OneSecondAsync(Func<Task<bool>> holds, double seconds = 1.5)
    {
        var until = Environment.TickCount64 + (long)(seconds * 1_000);
        while (!await holds())
        {
            Assert.True(Environment.TickCount64 < until, "It did not hold within a second.");
            await Task.Delay(25);
        }
    }
}
