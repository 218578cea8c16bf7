using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GoApi.BrowserTests;

/// <summary>The program that the person came from: it takes the answer of the authorization server.</summary>
public sealed class Callback : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly TaskCompletionSource<IQueryCollection> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Callback()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapGet("/favicon.ico", () => Results.NoContent());
        app.MapGet("/callback", (HttpRequest request) =>
        {
            answered.TrySetResult(request.Query);
            return Results.Text("<!doctype html><title>Shop</title><h1>Back in the shop</h1>", "text/html");
        });
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<Callback> StartAsync()
    {
        var callback = new Callback();
        await callback.app.StartAsync();
        callback.Address = new Uri(new Uri(callback.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()), "/callback");
        return callback;
    }

    public Task<IQueryCollection> AnsweredAsync() => answered.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
